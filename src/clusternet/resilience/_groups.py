"""What is left when ties are cut, or when whole sets go at once: a layer, a sector, a place, a platform."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np
import pandas as pd

from clusternet import _percolation
from clusternet._compiled import call
from clusternet.errors import OptionError, listing, nearest
from clusternet.measure import choose, firm_values
from clusternet.network import igraph_view
from clusternet.resilience._orders import as_scores, by_score, members_of
from clusternet.resilience._paths import (
    COUNTED,
    Path,
    check_responses,
    completed,
    counted,
    curve_of,
    ties_of,
    weak_path,
)
from clusternet.result import Result, Settings, resolve_seed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from clusternet.network import Network
    from clusternet.resilience._paths import CountedResponse, Response

__all__ = ["TIE_ORDERS", "GroupRemoval", "TieRemoval", "remove_groups", "remove_ties", "tie_scores"]

TieOrder = Literal["random", "strongest", "weakest", "betweenness"]
GroupOrder = Literal["size", "loss", "random"]
TIE_ORDERS: tuple[str, ...] = get_args(TieOrder)
"""Names of the orders that `remove_ties` knows."""
GROUP_ORDERS: tuple[str, ...] = get_args(GroupOrder)

if TYPE_CHECKING:
    Groups: TypeAlias = str | pd.Series | Mapping[object, Iterable[object]]

_USUAL = ("giant_share", "n_components", "reachable_pairs", "reachable_share")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TieRemoval(Result):
    """What is left after 0, 1, ... ties have been cut in one order; all firms stay.

    Attributes
    ----------
    curve
        One row per number of ties cut (index ``removed``), one column per response.
    order
        Tie ids in the order in which they were cut.
    robustness
        Mean of the giant share after 1, ..., m cuts: R of schneider2011 for ties. NaN if some ties were never cut or
        there are none.
    settings
        Order, ties and responses; the seed where chance was used.
    """

    curve: pd.DataFrame
    order: pd.Index
    robustness: float
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return the curve with a first column ``tie``: the tie that was cut at that step (missing at 0)."""
        frame = self.curve.copy()
        frame.insert(0, "tie", pd.Series([None, *self.order], index=frame.index, dtype=object))
        return frame

    def summary(self) -> str:
        """Return the order, the number of ties and the robustness in one line."""
        about = self.settings.parameters
        return f"{len(self.order):,} of {about['n_ties']:,} ties by {about['order']}, robustness {self.robustness:.3f}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class GroupRemoval(Result):
    """What is left after 0, 1, ... whole groups of firms or ties have gone.

    Attributes
    ----------
    curve
        One row per number of groups gone (index ``removed``): ``n_left``, firms or ties still there, then one column
        per response.
    order
        Groups in the order in which they went.
    settings
        Order, what the groups are of, responses; the seed where chance was used.
    """

    curve: pd.DataFrame
    order: pd.Index
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return the curve with a first column ``group``: what went at that step (missing at 0)."""
        frame = self.curve.copy()
        frame.insert(0, "group", pd.Series([None, *self.order], index=frame.index, dtype=object))
        return frame

    def summary(self) -> str:
        """Return the groups and what is left in one line."""
        about = self.settings.parameters
        left = self.curve["n_left"]
        return (
            f"{len(self.order):,} groups of {about['of']} by {about['order']}: {listing(self.order)}; "
            f"{left.iloc[-1]:,} of {left.iloc[0]:,} {about['of']} left"
        )


def _tie_path(net: Network, order: NDArray[np.int64]) -> Path:
    source, target = net._codes  # noqa: SLF001  (ends as positions, in the order of the tie table)
    n, m = net.n_firms, net.n_ties
    everything = completed(order, m).astype(np.int64)
    scratch = [np.empty(n, dtype=np.int64), np.empty(n + 1, dtype=np.int64)]
    path = Path(*(np.empty(m + 1, dtype=np.int64) for _ in range(4)))
    inputs: list[NDArray[Any]] = [source.astype(np.int64), target.astype(np.int64), everything]
    call(_percolation.tie_path, inputs, [*scratch, *path], work=n + 2 * m)
    return Path(*(row[: len(order) + 1] for row in path))


def _tie_curve(net: Network, order: NDArray[np.int64], wanted: Iterable[str]) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    path = _tie_path(net, order)
    columns = {}
    for name in wanted:
        counts, divisor = counted(name, path, net.n_firms, stay=True)
        columns[name] = counts if name in ("n_components", "reachable_pairs") else counts / divisor
    return pd.DataFrame(columns, index=pd.RangeIndex(len(order) + 1, name="removed")), path.giant


def _positions(ids: pd.Index, wanted: Iterable[object], what: str) -> NDArray[np.int64]:
    given = pd.Index([wanted] if isinstance(wanted, str) else list(wanted), tupleize_cols=False)
    if not given.is_unique:
        raise OptionError(f"{what}s are listed twice: {listing(given[given.duplicated()].unique())}.")
    place = ids.get_indexer(given)
    if (place < 0).any():
        raise OptionError(f"these {what}s are not in the network: {listing(given[place < 0])}.")
    return np.asarray(place, dtype=np.int64)


def _given(
    ids: pd.Index, order: pd.Series | Iterable[object], what: str, prior: NDArray[np.int64] | None
) -> tuple[str, NDArray[np.int64]]:
    """Return the name of an order by scores or by a list, and the positions in that order."""
    if isinstance(order, (set, frozenset)):
        raise OptionError(f"the order is a set, which has none; give a list, or a Series of scores by {what}.")
    if isinstance(order, Mapping):  # its keys alone would pass for a list
        order = pd.Series(dict(order), dtype=None if order else "float64")
    if not isinstance(order, pd.Series):
        return "list", _positions(ids, order, what)
    scores = np.full(len(ids), np.nan)
    scores[_positions(ids, order.index, what)] = as_scores(order)
    return str(order.name) if order.name is not None else "scores", by_score(scores, prior)


def tie_scores(net: Network, order: str) -> NDArray[np.float64]:
    strength: NDArray[np.float64] = net.ties["strength"].to_numpy(dtype=np.float64)
    if order == "strongest":
        return strength
    if order == "weakest":
        return -strength
    graph = net.simple("undirected")
    source, target = net._codes  # noqa: SLF001
    scores = np.full(net.n_ties, np.nan)
    apart = source != target
    n = np.int64(max(net.n_firms, 1))
    between = np.array(igraph_view(net, "undirected").edge_betweenness(), dtype=np.float64)
    key = np.minimum(source, target)[apart] * n + np.maximum(source, target)[apart]
    scores[apart] = _percolation.rounded(between)[np.searchsorted(graph.source * n + graph.target, key)]
    return scores


def _counted_only(responses: Iterable[Any]) -> list[str]:
    wanted = list(check_responses(responses))
    unknown = [name for name in wanted if name not in COUNTED]
    if unknown:
        raise OptionError(f"{listing(unknown)} cannot be followed while ties are cut; choose of {listing(COUNTED, 9)}.")
    return wanted


def remove_ties(
    net: Network,
    *,
    order: TieOrder | pd.Series | Iterable[object] = "strongest",
    responses: Iterable[CountedResponse] = _USUAL,  # type: ignore[assignment]
    ties: Literal["first", "random"] = "first",
    seed: int | None = None,
) -> TieRemoval:
    """Cut ties one after the other, and record what is left after each.

    Ties are the rows of ``net.ties``: parallel ties are cut one by one, and a pair stays connected until the last of
    them is gone. Direction is ignored.

    Parameters
    ----------
    net
        The network.
    order
        ``"strongest"`` or ``"weakest"`` first (onnela2007: where weak ties bridge, the second breaks a network
        sooner); ``"betweenness"`` of the tied pair, unweighted, highest first, once on the intact network;
        ``"random"``; a Series of scores by tie id, highest first, the unscored last; or a list of tie ids, which need
        not name every tie.
    responses
        As in `remove_firms`, all those that count components; shares are of all firms.
    ties
        Who goes first among equal scores: ``"first"`` in the tie table, or one at ``"random"`` by `seed`.
    seed
        For a random order or random ties; a fresh one is drawn and stored when omitted.

    Returns
    -------
    TieRemoval
        ``.curve`` with m + 1 rows, ``.order``, ``.robustness``.

    Raises
    ------
    OptionError
        If an option is outside its set, scores are not numbers, or a list names a tie twice or one there is not.

    References
    ----------
    newmanziff2001, schneider2011, onnela2007

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo", 3.0), ("Bo", "Cy", 1.0), ("Cy", "Di", 2.0)])
    >>> remove_ties(net, order="weakest").curve["n_components"].tolist()
    [1, 2, 3, 4]
    """
    wanted = _counted_only(responses)
    choose("ties", ties, ("first", "random"))
    if isinstance(order, str):
        choose("order", order, TIE_ORDERS)
    chance = ties == "random" or (isinstance(order, str) and order == "random")
    used = resolve_seed(seed) if chance or seed is not None else None
    rng = np.random.default_rng(used)
    prior = rng.permutation(net.n_ties) if ties == "random" else None
    ids = net.ties.index
    if isinstance(order, str):
        name = order
        going = rng.permutation(net.n_ties) if order == "random" else by_score(tie_scores(net, order), prior)
    else:
        name, going = _given(ids, order, "tie", prior)
    curve, giant = _tie_curve(net, going, wanted)
    m, n = net.n_ties, net.n_firms
    parameters = {"order": name, "ties": ties, "responses": tuple(wanted), "n_firms": n, "n_ties": m}
    return TieRemoval(
        curve=curve,
        order=ids[going],
        robustness=float(giant[1:].sum() / (m * n)) if len(going) == m > 0 else math.nan,
        settings=Settings(parameters, used if chance else None),
    )


def _members(net: Network, groups: Groups, of: str) -> dict[object, NDArray[np.int64]]:
    """Positions of the members of every group."""
    ids = net.firms.index if of == "firms" else net.ties.index
    if isinstance(groups, Mapping):
        return {name: _positions(ids, members, of[:-1]) for name, members in groups.items()}
    if isinstance(groups, pd.Series):
        _positions(ids, groups.index, of[:-1])
        values = groups.reindex(ids)
    elif not isinstance(groups, str):
        raise OptionError(f"groups is a {type(groups).__name__}; give a column, a Series or a dict of lists of {of}.")
    elif of == "firms":
        values = firm_values(net, groups)
    elif groups not in net.ties.columns:
        raise OptionError(
            f"ties has no column {groups!r}; it has {listing(net.ties.columns, 20)}."
            f"{nearest(groups, map(str, net.ties.columns))}"
        )
    else:
        values = net.ties[groups]
    codes, names = pd.factorize(values)
    return dict(zip(names, members_of(codes), strict=True))


def _pairs_left(net: Network, members: NDArray[np.int64], of: str) -> int:
    """Pairs of firms that can reach each other once the members are gone."""
    gone = len(members)
    if of == "ties":
        squares, left = int(_tie_path(net, members).squares[-1]), net.n_firms
    else:
        indptr, indices = ties_of(net)
        n = net.n_firms
        path = weak_path(indptr, indices, completed(members, n), n + len(indices))
        squares, left = int(path.squares[gone]), n - gone
    return (squares - left) // 2


def remove_groups(
    net: Network,
    groups: Groups,
    *,
    of: Literal["firms", "ties"] = "firms",
    order: GroupOrder | pd.Series | Iterable[object] = "size",
    responses: Iterable[Response | Callable[[Network], float]] = _USUAL,  # type: ignore[assignment]
    seed: int | None = None,
) -> GroupRemoval:
    """Remove whole groups at once: the firms of a sector, place or scenario, or the ties of a layer or platform.

    Parameters
    ----------
    net
        The network. In a network of firms and agreements (two-mode), a platform or joint venture is a firm-like node
        of its own, so that ``groups={"platform": ["its id"]}`` ends it.
    groups
        A column of ``net.firms`` (with ``of="ties"``: of ``net.ties``, such as "layer"); a Series of group names by
        firm (tie); or group names to lists of ids, which may overlap. What has no group never leaves.
    of
        Whether groups are of "firms", who leave with their ties, or of "ties", which are cut while the firms stay.
    order
        ``"size"``: the group with most members first; ``"loss"``: the group whose loss alone costs most reachable
        pairs first; ``"random"``; a Series of scores by group, highest first, the unscored last; or a list of groups,
        which need not name all. Equal groups in the order in which they first appear.
    responses
        As in `remove_firms` (weak components). With ``of="ties"`` only those that count components.
    seed
        For a random order; a fresh one is drawn and stored when omitted.

    Returns
    -------
    GroupRemoval
        ``.curve`` (first column ``n_left``) and ``.order``.

    Raises
    ------
    OptionError
        If an option is outside its set, there is no such column, group, firm or tie, or one is listed twice.

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Cy", "Di")])
    >>> sector = pd.Series({"Ada": "food", "Bo": "wood", "Cy": "wood", "Di": "food"})
    >>> remove_groups(net, sector, order=["wood", "food"]).curve[["n_left", "giant_share"]].values.tolist()
    [[4.0, 1.0], [2.0, 0.25], [0.0, 0.0]]
    """
    choose("of", of, ("firms", "ties"))
    wanted = check_responses(responses) if of == "firms" else dict.fromkeys(_counted_only(responses))
    members = _members(net, groups, of)
    names = pd.Index(list(members), dtype=object, tupleize_cols=False)
    chance = isinstance(order, str) and order == "random"
    used = resolve_seed(seed) if chance or seed is not None else None
    if isinstance(order, str):
        label = order
        choose("order", order, GROUP_ORDERS)
        if order == "random":
            going = np.random.default_rng(used).permutation(len(names))
        elif order == "size":
            going = by_score(np.array([len(group) for group in members.values()], dtype=np.float64), None)
        else:
            left = [_pairs_left(net, group, of) for group in members.values()]
            going = by_score(-np.array(left, dtype=np.float64), None)
    else:
        label, going = _given(names, order, "group", None)
    sets = list(members.values())
    size = net.n_firms if of == "firms" else net.n_ties
    there = np.ones(size, dtype=bool)
    parts: list[NDArray[np.int64]] = []
    for group in going:
        parts.append(sets[group][there[sets[group]]])  # who is in two groups leaves with the first
        there[parts[-1]] = False
    path = np.concatenate([np.empty(0, dtype=np.int64), *parts])
    ends = np.cumsum([0, *map(len, parts)])
    if of == "firms":
        at = np.zeros(len(path) + 1, dtype=bool)
        at[ends] = True
        whole = curve_of(net, path, wanted, "weak", None, at=at)[0]
    else:
        whole = _tie_curve(net, path, wanted)[0]
    curve = whole.iloc[ends].set_axis(pd.RangeIndex(len(ends), name="removed"))
    curve.insert(0, "n_left", size - ends)
    return GroupRemoval(
        curve=curve,
        order=names[going],
        settings=Settings({"order": label, "of": of, "responses": tuple(wanted)}, used if chance else None),
    )
