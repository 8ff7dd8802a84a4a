"""Responses in economic units: jobs, revenue, referral value, capabilities, bundles, firms cut off.

Each function here makes a response for `remove_firms` or `remove_groups`. It is also a function of a network, which
gives the value as it stands; along a removal path all values are found in one pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clusternet import _percolation
from clusternet._compiled import call
from clusternet.errors import OptionError, UnknownFirmError, listing
from clusternet.measure import firm_values
from clusternet.resilience._paths import completed, ties_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from clusternet.network import Network

__all__ = [
    "PathResponse",
    "attribute_connected",
    "attribute_tied",
    "bundles_coverable",
    "capabilities_lost",
    "firms_cut_off",
    "ids_of",
    "settled",
    "tie_value",
]


@dataclass(frozen=True, slots=True, eq=False)
class PathResponse:
    """A response in units of its own, known at once along a whole removal path.

    Attributes
    ----------
    label
        Name of its column in the curve.
    along
        Function of a network and the positions that leave, in order: the value after 0, 1, ... removals.
    firms, layers
        Firm ids and layers that must be there at the start (empty when it asks for none).
    """

    label: str
    along: Callable[[Network, NDArray[np.int64]], NDArray[Any]]
    firms: tuple[object, ...] = ()
    layers: tuple[str, ...] = ()

    @property
    def __name__(self) -> str:  # as a function has one
        return self.label

    def __call__(self, net: Network) -> float:
        """Return the value on this network as it stands; firms and layers that have left it are passed over."""
        return float(self.along(net, np.empty(0, dtype=np.int64))[0])

    def path(self, net: Network, order: NDArray[np.int64]) -> NDArray[Any]:
        """Return the value after 0, 1, ... of the listed firms have left."""
        self.check(net)
        return self.along(net, order)

    def check(self, net: Network) -> None:
        """Refuse a network that lacks a firm or layer that the response names."""
        if self.layers:
            net.layer(*self.layers)
        known = pd.Index(self.firms, dtype=object).isin(net.firms.index)
        if not known.all():
            unknown = [firm for firm, there in zip(self.firms, known, strict=True) if not there]
            raise UnknownFirmError(f"{self.label} names firms that the network lacks: {listing(unknown)}.")


def settled(net: Network, wanted: dict[str, Any]) -> dict[str, Any]:
    """Return the responses with what they name looked up once, as a layer may be cut and a firm leave on the way."""
    for response in wanted.values():
        if isinstance(response, PathResponse):
            response.check(net)
    return {
        name: replace(response, firms=(), layers=()) if isinstance(response, PathResponse) else response
        for name, response in wanted.items()
    }


def _lives(n: int, order: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number of rows of the curve in which each firm is still there."""
    lives = np.full(n, len(order) + 1, dtype=np.int64)
    lives[order] = np.arange(1, len(order) + 1)
    return lives


def _still(lives: NDArray[np.int64], values: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    """Sum of the values that are still alive after 0, 1, ..., steps removals."""
    ends = np.bincount(lives, weights=values, minlength=steps + 2)
    return np.asarray(ends[:0:-1].cumsum()[::-1][: steps + 1], dtype=np.float64)


def _amounts(values: pd.Series, what: str) -> NDArray[np.float64]:
    if not pd.api.types.is_numeric_dtype(values.dtype):
        raise OptionError(f"{what} holds {listing(values)} ({values.dtype}); give numbers.")
    amounts = np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan))
    wrong = ~(np.isfinite(amounts) & (amounts >= 0))
    if wrong.any():
        raise OptionError(
            f"{what} is missing, negative or infinite for {listing(values.index[wrong])}; unknown is not 0, so fill "
            "these in first, for example with Series.fillna."
        )
    return amounts


def _named(values: str | pd.Series) -> str:
    if not isinstance(values, (str, pd.Series)):
        raise OptionError(f"values is a {type(values).__name__}; give a column of net.firms or a Series by firm.")
    return values if isinstance(values, str) else str(values.name if values.name is not None else "value")


def ids_of(ids: object) -> list[object]:
    """Return the ids, each once; a text, or a single number, is one id."""
    return list(dict.fromkeys(ids)) if isinstance(ids, Iterable) and not isinstance(ids, str) else [ids]


def _path_of_values(
    net: Network, order: NDArray[np.int64], values: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    indptr, indices = ties_of(net)
    n = net.n_firms
    everyone = completed(order, n).astype(np.int32)
    scratch: list[NDArray[Any]] = [np.empty(n, dtype=np.int32), np.empty(n)]
    best, held = np.empty(n + 1), np.empty(n + 1, dtype=np.int64)
    call(_percolation.value_path, [indptr, indices, everyone, values], [*scratch, best, held], work=n + len(indices))
    return best[: len(order) + 1], held[: len(order) + 1]


def attribute_connected(values: str | pd.Series, *, name: str | None = None) -> PathResponse:
    """Return the response "jobs (or revenue) in one piece": the largest sum of an attribute within one component.

    Parameters
    ----------
    values
        A numeric column of ``net.firms``, such as "employees" or "revenue", or a Series by firm; at least 0, none
        missing. Direction is ignored.
    name
        Column of the curve; ``<column>_connected`` when omitted.

    Raises
    ------
    OptionError
        If `values` is neither; when used: if there is no such column, or values are no numbers, missing or negative.

    Examples
    --------
    >>> from clusternet import Network
    >>> from clusternet.resilience import remove_firms
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy")])
    >>> jobs = pd.Series({"Ada": 10, "Bo": 2, "Cy": 30}, name="jobs")
    >>> remove_firms(net, order=["Bo", "Cy"], responses=[attribute_connected(jobs)]).curve["jobs_connected"].tolist()
    [42.0, 30.0, 10.0]
    """
    label = _named(values)

    def along(net: Network, order: NDArray[np.int64]) -> NDArray[np.float64]:
        return _path_of_values(net, order, _amounts(firm_values(net, values), label))[0]

    return PathResponse(name or f"{label}_connected", along)


def attribute_tied(values: str | pd.Series, at_least: int = 1, *, name: str | None = None) -> PathResponse:
    """Return the response "jobs (or revenue) in firms that still have partners".

    Parameters
    ----------
    values
        As in `attribute_connected`.
    at_least
        Least number of remaining partners with which a firm counts; 0 counts every firm still there.
    name
        Column of the curve; ``<column>_tied`` when omitted.

    Raises
    ------
    OptionError
        If `at_least` is no whole number from 0; when used, as `attribute_connected`.
    """
    if isinstance(at_least, bool) or not isinstance(at_least, (int, np.integer)) or at_least < 0:
        raise OptionError(f"at_least is {at_least!r}; give a whole number of partners, 0 or more.")
    label = _named(values)

    def along(net: Network, order: NDArray[np.int64]) -> NDArray[np.float64]:
        amounts = _amounts(firm_values(net, values), label)
        n = net.n_firms
        lives = _lives(n, order)
        if at_least:
            indptr, indices = ties_of(net)
            degree = np.diff(indptr)
            row = np.repeat(np.arange(n), degree)
            near = lives[indices]
            near = near[np.lexsort((-near, row))]  # the partners who stay longest first
            enough = degree >= at_least
            last = np.zeros(n, dtype=np.int64)
            last[enough] = near[indptr[:-1][enough] + at_least - 1]
            lives = np.minimum(lives, last)
        return _still(lives, amounts, len(order))

    return PathResponse(name or f"{label}_tied", along)


def tie_value(*layers: str, column: str = "strength", name: str | None = None) -> PathResponse:
    """Return the response "value on the ties left", such as the referrals whose two firms are both still there.

    Parameters
    ----------
    layers
        Layers that count, such as "referral"; all when omitted. Ties of a firm with itself never count.
    column
        Numeric column of ``net.ties``, at least 0 and none missing on these layers.
    name
        Column of the curve; ``<layers>_value`` when omitted.

    Raises
    ------
    OptionError
        If a layer is no text; when used: if there is no such column, or values are no numbers, missing or negative.
    NetworkError
        When used: if a layer is neither in the network nor one of the six known names.
    """
    strange = [layer for layer in layers if not isinstance(layer, str)]
    if strange:
        raise OptionError(f"layers are {listing(strange)}; name them one by one: tie_value('supply', 'referral').")

    def along(net: Network, order: NDArray[np.int64]) -> NDArray[np.float64]:
        ties = net.ties
        if column not in ties.columns:
            raise OptionError(f"ties has no column {column!r}; it has {listing(ties.columns, 20)}.")
        if layers:
            ties = ties[ties["layer"].isin(layers)]
        ties = ties[ties["source"] != ties["target"]]
        lives = _lives(net.n_firms, order)
        one, other = (lives[net.firms.index.get_indexer(ties[end])] for end in ("source", "target"))
        return _still(np.minimum(one, other), _amounts(ties[column], column), len(order))

    return PathResponse(name or f"{'_'.join(layers) or 'tie'}_value", along, layers=layers)


def _held(table: pd.DataFrame) -> NDArray[np.bool_]:
    if not isinstance(table, pd.DataFrame):
        raise OptionError(f"table is a {type(table).__name__}; give a DataFrame of firms by capabilities.")
    for what, names in (("firms", table.index), ("capabilities", table.columns)):
        if not names.is_unique:
            raise OptionError(f"the table lists {what} twice: {listing(names[names.duplicated()].unique())}.")
    if not all(pd.api.types.is_numeric_dtype(kind) for kind in table.dtypes):
        raise OptionError("the table of capabilities must hold numbers or flags: 1 for 'has it', 0 for 'has it not'.")
    cells = table.to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = ~(np.isfinite(cells) & (cells >= 0)).all(axis=1)
    if wrong.any():
        raise OptionError(
            f"cells are missing, negative or infinite for {listing(table.index[wrong])}; unknown is not 0."
        )
    return np.asarray(cells > 0)


def capabilities_lost(table: pd.DataFrame, *, name: str = "capabilities_lost") -> PathResponse:
    """Return the response "capabilities that no remaining firm has".

    Parameters
    ----------
    table
        Firms in rows, capabilities in columns: 1 for "has it", or a weight (any above 0 counts). A column that nobody
        has counts as lost from the start. Every firm of the table must be in the network.
    name
        Column of the curve.

    Raises
    ------
    OptionError
        If the table names a firm or capability twice, or a cell is missing, negative or no number.
    UnknownFirmError
        When used: if the network lacks a firm of the table.
    """
    held = _held(table)
    firm, capability = np.nonzero(held)

    def along(net: Network, order: NDArray[np.int64]) -> NDArray[np.float64]:
        place = net.firms.index.get_indexer(table.index)[firm]
        there = place >= 0
        lives = np.zeros(held.shape[1], dtype=np.int64)
        np.maximum.at(lives, capability[there], _lives(net.n_firms, order)[place[there]])
        return np.asarray(held.shape[1] - _still(lives, np.ones(len(lives)), len(order)))

    return PathResponse(name, along, tuple(table.index))


def bundles_coverable(
    table: pd.DataFrame, bundles: Mapping[object, Iterable[object]], *, name: str = "bundles_coverable"
) -> PathResponse:
    """Return the response "demanded bundles that some connected set of remaining firms can cover between them".

    Parameters
    ----------
    table
        As in `capabilities_lost`.
    bundles
        Name of the bundle to the capabilities that it asks for; a capability that no column names is one nobody has.
    name
        Column of the curve, a count of bundles. Direction is ignored.

    Raises
    ------
    OptionError
        If the bundles are no dict, one is empty, or as in `capabilities_lost`.
    UnknownFirmError
        When used: if the network lacks a firm of the table.
    """
    held = _held(table)
    if not isinstance(bundles, (Mapping, pd.Series)):
        raise OptionError(f"bundles is a {type(bundles).__name__}; give a dict of names to lists of capabilities.")
    asked = []
    for bundle, wanted in bundles.items():
        places = table.columns.get_indexer(pd.Index(ids_of(wanted), dtype=object))
        if not len(places):
            raise OptionError(f"bundle {bundle!r} asks for nothing; list its capabilities.")
        if (places >= 0).all():
            asked.append(sum(1 << int(place) for place in places))
    kept = [sum(1 << place for place in np.flatnonzero(row).tolist()) for row in held]

    def along(net: Network, order: NDArray[np.int64]) -> NDArray[np.int64]:
        indptr, indices = (array.tolist() for array in ties_of(net))
        n = net.n_firms
        has = [0] * n
        for place, what in zip(net.firms.index.get_indexer(table.index).tolist(), kept, strict=True):
            if place >= 0:
                has[place] = what
        root, open_bundles, covered = [-1] * n, asked, 0
        counts = np.zeros(n + 1, dtype=np.int64)
        for step, v in reversed(list(enumerate(completed(order, n).tolist()))):
            root[v] = v
            for near in indices[indptr[v] : indptr[v + 1]]:
                if root[near] < 0:
                    continue
                top = near
                while root[top] != top:
                    root[top] = root[root[top]]
                    top = root[top]
                if top == v:
                    continue
                root[top] = v
                has[v] |= has[top]
            # Components only grow on the way back, so what is covered once stays covered.
            left = [bundle for bundle in open_bundles if bundle & ~has[v]]
            covered += len(open_bundles) - len(left)
            open_bundles = left
            counts[step] = covered
        return counts[: len(order) + 1]

    return PathResponse(name, along, tuple(table.index))


def firms_cut_off(brokers: Iterable[object], *, name: str = "firms_cut_off") -> PathResponse:
    """Return the response "remaining firms from which no broker can be reached any more".

    Parameters
    ----------
    brokers
        Ids of the brokers (support organizations, chambers, hubs); all must be in the network. They are not counted
        themselves. Direction is ignored.
    name
        Column of the curve, a count of firms.

    Raises
    ------
    UnknownFirmError
        When used: if the network lacks a broker.
    """
    wanted = pd.Index(ids_of(brokers), tupleize_cols=False, dtype=object)

    def along(net: Network, order: NDArray[np.int64]) -> NDArray[np.int64]:
        value = net.firms.index.isin(wanted).astype(np.float64)
        held = _path_of_values(net, order, value)[1]
        return net.n_firms - np.arange(len(order) + 1) - held

    return PathResponse(name, along, tuple(wanted))
