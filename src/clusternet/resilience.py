"""What is left when firms leave: removal paths, robustness, bands over random orders, the loss each firm would cause.

*Robustness* is function kept under loss, *vulnerability* the loss that one firm causes. Recovery is not modeled here.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, get_args

import numpy as np
import pandas as pd

from clusternet import _percolation
from clusternet.errors import OptionError, listing, nearest
from clusternet.result import Result, Settings, resolve_seed, spawn_generators

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from clusternet.network import Network

__all__ = [
    "ORDERS",
    "RESPONSES",
    "CostliestFirms",
    "Removal",
    "RemovalBand",
    "costliest_firms",
    "removal_band",
    "remove_firms",
    "vulnerability",
]

OrderName = Literal["random", "degree", "strength", "betweenness"]
Connection = Literal["weak", "strong"]
CountedResponse = Literal[
    "giant_share",
    "second_share",
    "n_components",
    "reachable_pairs",
    "reachable_share",
    "reachable_share_left",
    "susceptibility",
]
Response = Literal[CountedResponse, "efficiency"]
ORDERS: tuple[str, ...] = get_args(OrderName)
"""Names of the removal orders that `remove_firms` knows."""
RESPONSES: tuple[str, ...] = get_args(Response)
"""Names of the responses that `remove_firms` knows."""
_COUNTED: tuple[str, ...] = get_args(CountedResponse)

if TYPE_CHECKING:
    Progress: TypeAlias = Callable[[int, int], None]
    Order: TypeAlias = OrderName | pd.Series | Iterable[object] | Callable[[Network], pd.Series]

_BLOCK = 50  # draws per generator; part of what a seed means, so never tuned to the machine
_EXACT_AUTO = 30_000_000
_EXACT_LIMIT = 5_000_000_000


class _Path(NamedTuple):
    """Component statistics after 0, 1, ... removals; the last axis is the number removed."""

    giant: NDArray[np.int64]
    second: NDArray[np.int64]
    parts: NDArray[np.int64]
    squares: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Removal(Result):
    """One removal path: what is left after 0, 1, ..., n firms have left in one order.

    Attributes
    ----------
    curve
        One row per number of firms removed (index ``removed``), one column per response.
    order
        Firm ids in the order in which they left.
    robustness
        R of schneider2011: the mean of the giant share after 1, ..., n removals, shares of the *original* n. From
        1/n (nothing ever held together) to (n - 1)/(2n) (complete network). NaN if some firms never left.
    area
        Area under the giant share *divided by its value at the start*, against the share of firms removed
        (trapezoids); in [0, 1], 1/2 for a complete network. NaN if some firms never left.
    settings
        Order, adaptive, ties, connection and responses; the seed where chance was used.
    """

    curve: pd.DataFrame
    order: pd.Index
    robustness: float
    area: float
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return the curve with a first column ``firm``: the firm that left at that step (missing at 0)."""
        frame = self.curve.copy()
        frame.insert(0, "firm", pd.Series([None, *self.order], index=frame.index, dtype=object))
        return frame

    def summary(self) -> str:
        """Return the order, the number of firms and robustness R in one line."""
        about = self.settings.parameters
        how = f"{about['order']}{', adaptive' if about['adaptive'] else ''}"
        of = "" if len(self.order) == about["n_firms"] else f" of {about['n_firms']:,}"
        return f"{len(self.order):,}{of} firms by {how}, robustness R {self.robustness:.3f}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class RemovalBand(Result):
    """Removal paths along many random orders.

    Attributes
    ----------
    curve
        Index ``removed`` = 0..n; columns ``mean``, ``low``, ``median``, ``high`` of the response over the draws;
        low and high bound the central `level` of the draws at that step.
    response, level
        The response, and the share of draws between low and high.
    robustness
        Robustness R (see `Removal`) of every draw, index ``draw``.
    counts, divisor
        The draws themselves: the response of draw d after q removals is ``counts[d, q] / divisor[q]``.
    settings
        Draws, response, level and the seed; repeating with that seed gives the same draws.
    """

    curve: pd.DataFrame
    response: str
    level: float
    robustness: pd.Series
    counts: NDArray[Any]
    divisor: NDArray[np.float64]
    settings: Settings

    @property
    def curves(self) -> NDArray[np.float64]:
        """The response of every draw: draws by n + 1, float."""
        return np.asarray(self.counts / self.divisor, dtype=np.float64)

    def quantile(self, q: float) -> pd.Series:
        """Return the quantile q (0 to 1) of the response after every number of removals."""
        values = _quantiles(self.counts, [q])[0] / self.divisor
        return pd.Series(values, index=self.curve.index, name=f"q{q:g}")

    def interval(self, level: float | None = None) -> tuple[float, float]:
        """Return the central `level` of robustness R over the draws (the band's own level when omitted)."""
        tail = (1 - (self.level if level is None else _check_level(level))) / 2
        low, high = np.quantile(self.robustness.to_numpy(), [tail, 1 - tail])
        return float(low), float(high)

    def to_frame(self) -> pd.DataFrame:
        """Return the curve: mean, low, median and high after every number of removals."""
        return self.curve.copy()

    def summary(self) -> str:
        """Return the number of draws and robustness R with its interval in one line."""
        low, high = self.interval()
        return (
            f"{len(self.robustness):,} random orders of {len(self.curve) - 1:,} firms, robustness R mean "
            f"{self.robustness.mean():.3f}, {self.level:.0%} of orders {low:.3f} to {high:.3f}"
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class CostliestFirms(Result):
    """The k firms whose loss together costs most.

    Attributes
    ----------
    firms
        Their ids, each the costliest next one given those before it.
    loss
        What is lost when all leave: reachable pairs (own pairs included) or giant share (of the original n).
    loss_share
        `loss` divided by the value at the start; NaN if that was 0.
    exact
        True if every set of k firms was compared, False if the firms were added greedily.
    steps
        One row per firm in that order: ``loss_alone``, ``loss`` (with those before it), ``loss_share``.
    settings
        k, response and method.
    """

    firms: pd.Index
    loss: float
    loss_share: float
    exact: bool
    steps: pd.DataFrame
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return one row per firm: loss alone, and loss together with the firms before it."""
        return self.steps.copy()

    def summary(self) -> str:
        """Return the firms and their joint loss in one line."""
        what = "reachable pairs" if self.settings.parameters["response"] == "reachable_pairs" else "giant share"
        how = "exact" if self.exact else "greedy"
        return f"{listing(self.firms)} together cost {self.loss_share:.1%} of {what} ({how})"


# ── orders ──


def _ties_of(net: Network) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    def make() -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        graph = net.simple("undirected")
        return _percolation.neighbors(graph.n, graph.source, graph.target)[:2]

    return net._cached("neighbors", make)  # noqa: SLF001  (the network keeps all its derived views)


def _pair_weights(net: Network, order: str) -> NDArray[np.float64]:
    """Weight of every undirected pair: its arcs or their strength, summed over both directions when directed."""
    graph = net.simple()
    weights = graph.strength if order == "strength" else np.ones(len(graph.source))
    if not graph.directed:
        return weights
    low, high = np.minimum(graph.source, graph.target), np.maximum(graph.source, graph.target)
    place = np.unique(low * np.int64(graph.n) + high, return_inverse=True)[1]
    return np.bincount(place, weights=weights).astype(np.float64)


def _sums(net: Network, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of the weights of each firm's pairs."""
    graph = net.simple("undirected")
    ends = np.concatenate([graph.source, graph.target])
    return np.bincount(ends, weights=np.concatenate([weights, weights]), minlength=graph.n).astype(np.float64)


def _by_score(scores: NDArray[Any], prior: NDArray[np.int64] | None) -> NDArray[np.int64]:
    """Positions by score, highest first, ties by lowest prior (positions if None), NaN last."""
    if scores.dtype.kind == "i" and len(scores) and scores.max() < 2**16:
        falling = (scores.max() - scores).astype(np.uint16)  # numpy sorts these by radix, in linear time
    else:
        falling = -scores  # NaN sorts last
    if prior is None:
        return np.argsort(falling, kind="stable")
    return np.lexsort((prior, falling))


def _adaptive_weight(net: Network, order: str, prior: NDArray[np.int64]) -> NDArray[np.int64]:
    if order == "degree" and not net.is_directed:
        indptr, indices = _ties_of(net)
        aligned = np.ones(len(indices))
        left = np.diff(indptr).astype(np.float64)
    else:
        graph = net.simple("undirected")
        weights = _pair_weights(net, order)
        indptr, indices, aligned = _percolation.neighbors(graph.n, graph.source, graph.target, weights)
        left = _sums(net, weights)
    n = len(left)
    score = _percolation.rounded(left)
    heap = _by_score(score, prior).astype(np.int32)
    made = np.empty(n, dtype=np.int32)
    inputs: list[NDArray[Any]] = [indptr, indices, aligned, prior.astype(np.int32)]
    _percolation.call(_percolation.adaptive_order, inputs, [left, score, heap, made], work=4 * (n + len(indices)))
    return made.astype(np.int64)


def _adaptive_betweenness(net: Network, prior: NDArray[np.int64], progress: Progress | None) -> NDArray[np.int64]:
    """Remove the firm of highest betweenness, recompute in the component it left, repeat."""
    n = net.n_firms
    score = np.zeros(n)
    home = np.zeros(n, dtype=np.int64)
    pieces: list[tuple[Any, NDArray[np.int64]]] = []

    def settle(graph: Any, members: NDArray[np.int64]) -> None:
        groups = graph.connected_components(mode="weak")
        for group in groups:
            firms = members[group]
            if len(firms) < 3:
                score[firms] = 0.0
                continue
            piece = graph if len(groups) == 1 else graph.induced_subgraph(group)
            score[firms] = _percolation.rounded(np.array(piece.betweenness()))
            home[firms] = len(pieces)
            pieces.append((piece, firms))

    settle(_bare(net), np.arange(n))
    order: list[int] = []
    try:
        while len(order) < n:
            firm = int(score.argmax())
            if score[firm] <= 0:  # only complete components are left, and they stay complete
                rest = np.flatnonzero(score == 0)
                order.extend(rest[np.argsort(prior[rest])].tolist())
                break
            tied = np.flatnonzero(score == score[firm])
            firm = int(tied[np.argmin(prior[tied])])
            graph, members = pieces[home[firm]]
            pieces[home[firm]] = (None, members)
            place = int(np.searchsorted(members, firm))
            graph.delete_vertices(place)
            score[firm] = -1.0
            order.append(firm)
            settle(graph, np.delete(members, place))
            if progress is not None:
                progress(len(order), n)
    except KeyboardInterrupt:
        _warn_interrupted(len(order), n)
    return np.array(order, dtype=np.int64)


def _bare(net: Network) -> Any:
    """Return a copy of the simple igraph without attributes, which would be copied at every split."""
    graph = net.igraph.copy()
    for attribute in graph.es.attributes():
        del graph.es[attribute]
    return graph


def _scores_from(function: Callable[[Network], pd.Series], net: Network) -> NDArray[np.float64]:
    values = function(net)
    if not isinstance(values, pd.Series) or not values.index.equals(net.firms.index):
        name = getattr(function, "__name__", "order")
        raise OptionError(f"{name} must return a Series indexed like net.firms, to order firms by it.")
    return _as_scores(values)


def _as_scores(values: pd.Series) -> NDArray[np.float64]:
    if not pd.api.types.is_numeric_dtype(values.dtype):
        raise OptionError(f"the scores hold {listing(values)} ({values.dtype}); give numbers, highest leaves first.")
    return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan))


def _adaptive_function(
    net: Network,
    function: Callable[[Network], pd.Series],
    prior: NDArray[np.int64] | None,
    progress: Progress | None,
) -> NDArray[np.int64]:
    left = np.arange(net.n_firms)
    order: list[int] = []
    try:
        while len(left):
            place = int(_by_score(_scores_from(function, net), None if prior is None else prior[left])[0])
            order.append(int(left[place]))
            net = net.without([net.firms.index[place]])
            left = np.delete(left, place)
            if progress is not None:
                progress(len(order), len(order) + len(left))
    except KeyboardInterrupt:
        _warn_interrupted(len(order), len(order) + len(left))
    return np.array(order, dtype=np.int64)


def _listed(net: Network, ids: Iterable[object]) -> NDArray[np.int64]:
    wanted = pd.Index(list(ids), tupleize_cols=False)
    if not wanted.is_unique:
        raise OptionError(f"the order lists firms twice: {listing(wanted[wanted.duplicated()].unique())}.")
    return net.positions(wanted)


def _named_order(
    net: Network,
    order: str,
    *,
    adaptive: bool,
    prior: NDArray[np.int64] | None,
    rng: np.random.Generator | None,
    progress: Progress | None,
) -> NDArray[np.int64]:
    if order == "random" and rng is not None:
        return rng.permutation(net.n_firms)
    if adaptive:
        places = np.arange(net.n_firms) if prior is None else prior
        if order == "betweenness":
            return _adaptive_betweenness(net, places, progress)
        return _adaptive_weight(net, order, places)
    if order == "betweenness":
        return _by_score(_percolation.rounded(np.array(net.igraph.betweenness(), dtype=np.float64)), prior)
    if order == "degree" and not net.is_directed:
        return _by_score(np.diff(_ties_of(net)[0]), prior)
    return _by_score(_percolation.rounded(_sums(net, _pair_weights(net, order))), prior)


# ── responses ──


def _weak_path(indptr: NDArray[np.int64], indices: NDArray[np.int32], order: NDArray[Any], work: int) -> _Path:
    n = len(order)
    scratch = [np.empty(n + 1, dtype=np.int32) for _ in range(3)]
    path = _Path(*(np.empty(n + 1, dtype=np.int64) for _ in range(4)))
    inputs: list[NDArray[Any]] = [indptr, indices, np.ascontiguousarray(order, dtype=np.int32)]
    _percolation.call(_percolation.union_path, inputs, [*scratch, *path], work=work)
    return path


def _strong_path(net: Network, order: NDArray[np.int64], progress: Progress | None) -> _Path:
    from scipy.sparse.csgraph import connected_components

    matrix = net.simple().csr()
    there = np.ones(net.n_firms, dtype=bool)
    rows: list[tuple[int, int, int, int]] = []
    try:
        for step in range(len(order) + 1):
            if step:
                there[order[step - 1]] = False
            if not there.any():
                rows.append((0, 0, 0, 0))
                continue
            labels = connected_components(matrix[there][:, there], directed=True, connection="strong")[1]
            sizes = np.sort(np.bincount(labels))[::-1]
            second = int(sizes[1]) if len(sizes) > 1 else 0
            rows.append((int(sizes[0]), second, len(sizes), int((sizes.astype(np.int64) ** 2).sum())))
            if progress is not None:
                progress(step, len(order))
    except KeyboardInterrupt:
        if not rows:
            raise
        _warn_interrupted(len(rows) - 1, len(order))
    return _Path(*np.array(rows, dtype=np.int64).T)


def _counted(name: str, path: _Path, n: int) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Return a response as counts and the divisor that each step's count has."""
    steps = path.giant.shape[-1]
    left = n - np.arange(steps, dtype=np.int64)
    same = np.ones(steps)
    if name == "giant_share":
        return path.giant, same * (n or np.nan)
    if name == "second_share":
        return path.second, same * (n or np.nan)
    if name == "n_components":
        return path.parts, same
    if name == "susceptibility":
        outside = left - path.giant
        spread = path.squares - path.giant**2
        return np.divide(spread, outside, out=np.zeros(outside.shape), where=outside > 0), same
    pairs = (path.squares - left) // 2
    if name == "reachable_pairs":
        return pairs, same
    possible = left * (left - 1) / 2
    if name == "reachable_share":
        return pairs, same * (possible[0] or np.nan)
    return pairs, np.where(possible > 0, possible, np.nan)


def _efficiency(net: Network, order: NDArray[np.int64], progress: Progress | None) -> list[float]:
    graph = _bare(net)
    members = np.arange(net.n_firms)
    values: list[float] = []
    try:
        for step in range(len(order) + 1):
            if step:
                place = int(np.searchsorted(members, order[step - 1]))
                graph.delete_vertices(place)
                members = np.delete(members, place)
            size = len(members)
            total = 0.0
            if size > 1:
                total = sum(count / length for length, _, count in graph.path_length_hist(directed=True).bins())
                total *= 1 if graph.is_directed() else 2
            values.append(total / (size * (size - 1)) if size > 1 else 0.0)
            if progress is not None:
                progress(step, len(order))
    except KeyboardInterrupt:
        if not values:
            raise
        _warn_interrupted(len(values) - 1, len(order))
    return values


def _called(
    net: Network, function: Callable[[Network], float], order: NDArray[np.int64], progress: Progress | None
) -> list[float]:
    ids = net.firms.index[order]
    values = [float(function(net))]
    try:
        for step, firm in enumerate(ids, start=1):
            net = net.without([firm])
            values.append(float(function(net)))
            if progress is not None:
                progress(step, len(ids))
    except KeyboardInterrupt:
        _warn_interrupted(len(values) - 1, len(ids))
    return values


def _warn_interrupted(done: int, total: int) -> None:
    message = f"interrupted after {done:,} of {total:,} steps; the result holds those."
    warnings.warn(message, RuntimeWarning, stacklevel=4)


# ── the public calls ──


def remove_firms(
    net: Network,
    *,
    order: Order = "degree",
    adaptive: bool = False,
    responses: Iterable[Response | Callable[[Network], float]] = (
        "giant_share",
        "n_components",
        "reachable_pairs",
        "reachable_share",
    ),
    ties: Literal["first", "random"] = "first",
    connection: Connection = "weak",
    progress: Progress | None = None,
    seed: int | None = None,
) -> Removal:
    """Remove firms one after the other, and record what is left after each.

    Parameters
    ----------
    net
        The network. Parallel ties count once and loops not at all (see `Network`).
    order
        ``"random"``; ``"degree"`` or ``"strength"`` (directed: in plus out) or ``"betweenness"`` (unweighted, raw,
        along directed ties), highest first; a Series of scores indexed by firm, highest first, firms without a score
        last; a function of a network that returns such a Series; or a list of firm ids. A list need not name every
        firm: the path then ends early.
    adaptive
        False: rank once, on the intact network. True: rank again after every removal (degree, strength, betweenness
        and functions; a function is called on every remaining network, which is slow).
    responses
        What to record; shares are of the firms or pairs *at the start*. ``"giant_share"`` and ``"second_share"``:
        firms in the largest and second largest component, 0 to 1. ``"n_components"``. ``"reachable_pairs"``:
        unordered pairs of remaining firms in one component (a count), ``"reachable_share"``: those as a share of
        the n(n - 1)/2 pairs at the start, ``"reachable_share_left"``: as a share of the pairs of firms still there
        (NaN for fewer than two). ``"susceptibility"``: mean size of the component of a firm outside the giant, 0 if
        there is none; its peak marks the breakdown. ``"efficiency"``: global efficiency of the firms still there,
        along directed ties (latora2001). Or any function of a network that returns a number (slow: the network is
        rebuilt at every step, down to the empty one).
    ties
        Who goes first among equal scores: ``"first"`` in the firm table, or one at ``"random"`` by `seed`.
        Degree, strength and betweenness are equal when they agree to 8 decimals; your own scores when identical.
        Where the table is sorted by age or size, "first" prefers the old or large: compare with "random".
    connection
        What a component is in a directed network. ``"strong"`` is recomputed at every step: slow above some
        thousand firms.
    progress
        Called as ``progress(done, total)`` on long steps. An interrupt (Ctrl-C) keeps the steps done and warns.
    seed
        For a random order or random ties; a fresh one is drawn and stored when omitted.

    Returns
    -------
    Removal
        ``.curve`` with n + 1 rows, ``.order``, ``.robustness`` (R of schneider2011), ``.area``.

    Raises
    ------
    OptionError
        If an option is outside its set, scores are not numbers, a list names a firm twice, or an order that is
        fixed is asked to adapt.
    UnknownFirmError
        If the order names a firm that is not in the network.

    References
    ----------
    schneider2011, newmanziff2001, albert2000, holme2002

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Hub", "Ada"), ("Hub", "Bo"), ("Hub", "Cy")])
    >>> removal = remove_firms(net, order="degree")
    >>> removal.curve["giant_share"].tolist()
    [1.0, 0.25, 0.25, 0.25, 0.0]
    >>> removal.robustness
    0.1875
    """
    wanted = _check_responses(responses)
    if ties not in ("first", "random"):
        raise OptionError(f"ties is {ties!r}; choose 'first' or 'random'.")
    if connection not in ("weak", "strong"):
        raise OptionError(f"connection is {connection!r}; choose 'weak' or 'strong'.")
    if isinstance(order, str) and order not in ORDERS:
        raise OptionError(
            f"order is {order!r}.{nearest(order, ORDERS)} Choose one of {listing(ORDERS)}, or give a Series of "
            "scores, a function or a list of firm ids."
        )
    chance = ties == "random" or (isinstance(order, str) and order == "random")
    used = resolve_seed(seed) if chance or seed is not None else None
    rng = np.random.default_rng(used) if chance else None
    n = net.n_firms
    prior = rng.permutation(n) if rng is not None and ties == "random" else None
    if adaptive and not callable(order) and (not isinstance(order, str) or order == "random"):
        raise OptionError(
            "a random order, a Series and a list cannot adapt; choose adaptive=False, or give a function of a network."
        )
    n_unscored = 0
    if isinstance(order, dict):  # its keys alone would pass for a list of ids
        order = pd.Series(order, dtype=None if order else "float64")
    if isinstance(order, str):
        name = order
        going = _named_order(net, order, adaptive=adaptive, prior=prior, rng=rng, progress=progress)
    elif isinstance(order, pd.Series):
        name = str(order.name) if order.name is not None else "scores"
        place = _listed(net, order.index)
        scores = np.full(n, np.nan)
        scores[place] = _as_scores(order)
        n_unscored = int(np.isnan(scores).sum())
        going = _by_score(scores, prior)
    elif callable(order):
        name = getattr(order, "__name__", type(order).__name__)
        going = (
            _adaptive_function(net, order, prior, progress) if adaptive else _by_score(_scores_from(order, net), prior)
        )
    else:
        name = "list"
        going = _listed(net, order)

    curve, giant = _curve(net, going, wanted, connection, progress)
    steps = len(curve) - 1
    going = going[:steps]
    whole = steps == n and n > 0
    parameters = {
        "order": name,
        "adaptive": adaptive,
        "ties": ties,
        "connection": connection,
        "responses": tuple(wanted),
        "n_firms": n,
        "n_unscored": n_unscored,
    }
    return Removal(
        curve=curve,
        order=net.firms.index[going],
        robustness=float(giant[1:].sum() / n**2) if whole else math.nan,
        area=float((giant[:-1] + giant[1:]).sum() / (2 * n * giant[0])) if whole else math.nan,
        settings=Settings(parameters, used if chance else None),
    )


def _check_responses(responses: Iterable[Any]) -> dict[str, Any]:
    if isinstance(responses, str) or callable(responses):
        responses = (responses,)
    wanted: dict[str, Any] = {}
    for response in responses:
        name = response if isinstance(response, str) else getattr(response, "__name__", type(response).__name__)
        if isinstance(response, str) and response not in RESPONSES:
            raise OptionError(
                f"{response!r} is not a response.{nearest(response, RESPONSES)} Choose of {listing(RESPONSES, 20)}, "
                "or give a function of a network."
            )
        if not isinstance(response, str) and not callable(response):
            raise OptionError(f"{response!r} is not a response; give a name or a function of a network.")
        if name in wanted:
            raise OptionError(f"two responses are called {name!r}; give functions of your own distinct names.")
        wanted[name] = response
    return wanted


def _curve(
    net: Network, order: NDArray[np.int64], wanted: dict[str, Any], connection: str, progress: Progress | None
) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Return the responses after every removal, and the size of the giant."""
    n = net.n_firms
    if connection == "strong" and net.is_directed:
        path = _strong_path(net, order, progress)
    else:
        indptr, indices = _ties_of(net)
        everyone = order
        if len(order) < n:
            stay = np.ones(n, dtype=bool)
            stay[order] = False
            everyone = np.concatenate([order, np.flatnonzero(stay)])
        path = _Path(*(row[: len(order) + 1] for row in _weak_path(indptr, indices, everyone, n + len(indices))))
    columns: dict[str, Any] = {}
    for name, response in wanted.items():
        if not isinstance(response, str):
            columns[name] = _called(net, response, order, progress)
        elif name == "efficiency":
            columns[name] = _efficiency(net, order, progress)
        else:
            counts, divisor = _counted(name, path, n)
            columns[name] = counts if name in ("n_components", "reachable_pairs") else counts / divisor
    # Fewer than all after an interrupt.
    done = min([len(path.giant), *map(len, columns.values())])
    index = pd.RangeIndex(done, name="removed")
    return pd.DataFrame({name: values[:done] for name, values in columns.items()}, index=index), path.giant[:done]


def _check_level(level: float) -> float:
    if not 0 < level < 1:
        raise OptionError(f"level is {level!r}; give a share between 0 and 1, such as 0.9.")
    return level


def _quantiles(draws: NDArray[Any], at: list[float]) -> NDArray[np.float64]:
    """Quantiles over the first axis, linearly interpolated as numpy does; one sort serves all of them."""
    ordered = np.ascontiguousarray(draws.T)
    ordered.sort(axis=1)
    values = []
    for q in at:
        if not 0 <= q <= 1:
            raise OptionError(f"the quantile is {q!r}; give a number from 0 to 1.")
        place = q * (len(draws) - 1)
        low = math.floor(place)
        high = min(low + 1, len(draws) - 1)
        below = ordered[:, low].astype(np.float64)
        values.append(below + (ordered[:, high] - below) * (place - low))
    return np.array(values)


def removal_band(
    net: Network,
    *,
    draws: int = 1000,
    response: CountedResponse = "giant_share",
    level: float = 0.9,
    progress: Progress | None = None,
    seed: int | None = None,
) -> RemovalBand:
    """Remove all firms along many random orders, and summarize what is left.

    Parameters
    ----------
    net
        The network; direction is ignored (weak components).
    draws
        Number of random orders.
    response
        What to record; see `remove_firms` (all its responses but "efficiency").
    level
        Share of the draws between the columns low and high of the curve, at each step.
    progress
        Called as ``progress(done, draws)``. An interrupt (Ctrl-C) keeps the finished draws and warns.
    seed
        A fresh one is drawn and stored when omitted. The draws come in blocks of 50 with one generator each, so
        that the first 50 of 1,000 draws are the 50 of a shorter run.

    Returns
    -------
    RemovalBand
        ``.curve`` (mean, low, median, high), ``.robustness`` of every draw, the draws.

    Raises
    ------
    OptionError
        If an option is outside its set or range.

    References
    ----------
    newmanziff2001, schneider2011

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Cy", "Ada")])
    >>> band = removal_band(net, draws=100, seed=1)
    >>> band.curve.loc[1].tolist()
    [0.6666666666666666, 0.6666666666666666, 0.6666666666666666, 0.6666666666666666]
    """
    if isinstance(draws, bool) or not isinstance(draws, (int, np.integer)) or draws < 1:
        raise OptionError(f"draws is {draws!r}; give a positive whole number.")
    if response not in _COUNTED:
        raise OptionError(
            f"response is {response!r}.{nearest(str(response), _COUNTED)} Choose of {listing(_COUNTED, 9)}."
        )
    _check_level(level)
    used = resolve_seed(seed)
    n = net.n_firms
    indptr, indices = _ties_of(net)
    work = draws * (n + len(indices))
    kind = np.float64 if response == "susceptibility" else np.int64 if response.startswith("reachable") else np.int32
    counts = np.empty((draws, n + 1), dtype=kind)
    robustness = np.empty(draws)
    divisor = np.ones(n + 1)
    done = 0
    everyone = np.arange(n, dtype=np.int32)
    try:
        for rng in spawn_generators(used, -(-draws // _BLOCK)):
            orders = rng.permuted(np.broadcast_to(everyone, (_BLOCK, n)), axis=1)
            for order in orders[: draws - done]:
                path = _weak_path(indptr, indices, order, 0 if done else work)
                counts[done], divisor = _counted(response, path, n)
                robustness[done] = path.giant[1:].sum() / n**2 if n else np.nan
                done += 1
            if progress is not None:
                progress(done, draws)
    except KeyboardInterrupt:
        if done == 0:
            raise
        _warn_interrupted(done, draws)
        counts, robustness = counts[:done], robustness[:done]
    tail = (1 - level) / 2
    low, median, high = _quantiles(counts, [tail, 0.5, 1 - tail]) / divisor
    curve = pd.DataFrame(
        {"mean": counts.mean(axis=0) / divisor, "low": low, "median": median, "high": high},
        index=pd.RangeIndex(n + 1, name="removed"),
    )
    parameters = {"draws": done, "response": response, "level": level, "n_firms": n}
    return RemovalBand(
        curve=curve,
        response=response,
        level=level,
        robustness=pd.Series(robustness, index=pd.RangeIndex(done, name="draw"), name="robustness"),
        counts=counts,
        divisor=divisor,
        settings=Settings(parameters, used),
    )


class _Alone(NamedTuple):
    """For every firm: its component's size, the pieces that its loss leaves of it, and the network after."""

    size: NDArray[np.int64]
    parts: NDArray[np.int64]
    giant: NDArray[np.int64]
    pairs: NDArray[np.int64]
    giant_before: int
    pairs_before: int


def _alone(indptr: NDArray[np.int64], indices: NDArray[np.int32], alive: NDArray[np.int8], work: int) -> _Alone:
    n = len(alive)
    fields = [np.empty(n, dtype=np.int64) for _ in range(10)]
    _percolation.call(_percolation.single_removals, [indptr, indices, alive], fields, work=work)
    size, parts, biggest, squares = fields[2], fields[7], fields[8], fields[9]
    total = int(size.sum())  # every firm brings the size of its component: the sum of squared sizes
    left = int(alive.sum())
    top = int(size.max()) if n else 0
    below = size[size < top]
    # Largest component among the others: another of the same size, or else the next size.
    other = top if int((size == top).sum()) > top else int(below.max()) if len(below) else 0
    giant = np.maximum(biggest, np.where(size == top, other, top))
    pairs = (total - size**2 + squares - (left - 1)) // 2
    return _Alone(size, parts, giant, pairs, top, (total - left) // 2)


def vulnerability(net: Network) -> pd.DataFrame:
    """Return what the network loses when one firm alone leaves, for every firm.

    All firms at once, in time linear in firms plus ties: an articulation firm splits its component into the
    branches that hang on it in a depth-first search. Direction is ignored (weak components).

    Parameters
    ----------
    net
        The network.

    Returns
    -------
    DataFrame
        One row per firm in the order of ``net.firms``:

        - ``giant_share_loss``: fall of the giant share (of the original n), the firm itself included; 0 to 1.
        - ``components_gained``: components after minus before; -1 for an isolate, 0 if nothing breaks.
        - ``pairs_lost``: pairs that could reach each other and no longer can, the firm's own pairs included.
        - ``pairs_lost_others``: those among the other firms only; 0 unless the firm is an articulation firm.
        - ``reachable_share_left``: share of the pairs of other firms that can still reach each other, 0 to 1; NaN
          if there are fewer than two others.

    References
    ----------
    hopcroft1973

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Hub", "Ada"), ("Hub", "Bo"), ("Bo", "Ada"), ("Hub", "Cy")])
    >>> vulnerability(net)["pairs_lost_others"].to_dict()
    {'Hub': 2, 'Ada': 0, 'Bo': 0, 'Cy': 0}
    """
    n = net.n_firms
    indptr, indices = _ties_of(net)
    alone = _alone(indptr, indices, np.ones(n, dtype=np.int8), work=n + len(indices))
    lost = alone.pairs_before - alone.pairs
    possible = (n - 1) * (n - 2) / 2
    return pd.DataFrame(
        {
            "giant_share_loss": (alone.giant_before - alone.giant) / max(n, 1),
            "components_gained": alone.parts - 1,
            "pairs_lost": lost,
            "pairs_lost_others": lost - (alone.size - 1),
            "reachable_share_left": alone.pairs / possible if possible > 0 else np.full(n, np.nan),
        },
        index=net.firms.index,
    )


def costliest_firms(
    net: Network,
    k: int = 5,
    *,
    response: Literal["reachable_pairs", "giant_share"] = "reachable_pairs",
    method: Literal["auto", "greedy", "exact"] = "auto",
) -> CostliestFirms:
    """Return the k firms whose loss together costs most.

    Parameters
    ----------
    net
        The network; direction is ignored (weak components).
    k
        Number of firms, at most the number in the network.
    response
        What counts as cost: pairs of firms that can no longer reach each other (the pairs of the lost firms
        included; this maximizes the fragmentation of borgatti2006), or the fall of the giant share.
    method
        ``"exact"`` compares all sets of k firms; ``"greedy"`` adds the costliest firm k times; ``"auto"`` is exact
        where that takes about a second. Of sets that cost the same, the first in the firm table.

    Returns
    -------
    CostliestFirms
        ``.firms``, ``.loss``, ``.loss_share``, ``.exact``, ``.steps``.

    Raises
    ------
    OptionError
        If k is not a whole number from 1 to n, an option is outside its set, or an exact search would not end.

    References
    ----------
    borgatti2006

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("a", "b"), ("b", "c"), ("c", "d"), ("d", "e")])
    >>> costliest_firms(net, 1).firms.tolist()
    ['c']
    """
    n = net.n_firms
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or not 1 <= k <= n:
        raise OptionError(f"k is {k!r}; give a whole number from 1 to {n:,}, the number of firms.")
    if response not in ("reachable_pairs", "giant_share"):
        raise OptionError(f"response is {response!r}; choose 'reachable_pairs' or 'giant_share'.")
    if method not in ("auto", "greedy", "exact"):
        raise OptionError(f"method is {method!r}; choose 'auto', 'greedy' or 'exact'.")
    indptr, indices = _ties_of(net)
    step = n + len(indices)
    cost = math.comb(n, k - 1) * step
    if method == "exact" and cost > _EXACT_LIMIT:
        raise OptionError(f"{math.comb(n, k):,} sets of {k} of {n:,} firms are too many; choose method='greedy'.")
    exact = k == 1 or method == "exact" or (method == "auto" and cost <= _EXACT_AUTO)
    kind = "pairs" if response == "reachable_pairs" else "giant"

    def left_after(gone: Iterable[int], work: int) -> NDArray[np.int64]:
        alive = np.ones(n, dtype=np.int8)
        alive[list(gone)] = 0
        values: NDArray[np.int64] = getattr(_alone(indptr, indices, alive, work), kind)
        return np.where(alive == 1, values, np.iinfo(np.int64).max)

    if exact:
        least: int | None = None
        best: tuple[int, ...] = ()
        for gone in combinations(range(n), k - 1):
            after = left_after(gone, 0 if best else cost)
            first = gone[-1] + 1 if gone else 0  # so that every set is looked at once
            if first < n:
                last = first + int(after[first:].argmin())
                if least is None or after[last] < least:
                    least, best = int(after[last]), (*gone, last)
        pool = np.array(best, dtype=np.int64)
    else:
        pool = np.arange(n)
    chosen: list[int] = []
    for _ in range(k):
        after = left_after(chosen, step)
        chosen.append(int(pool[after[pool].argmin()]))

    path = remove_firms(net, order=net.firms.index[chosen], responses=[response]).curve[response]
    alone = vulnerability(net)["pairs_lost" if kind == "pairs" else "giant_share_loss"].to_numpy()
    start = float(path.iloc[0])
    lost = start - path.to_numpy(dtype=np.float64)[1:]
    steps = pd.DataFrame(
        {"loss_alone": alone[chosen].astype(np.float64), "loss": lost, "loss_share": lost / (start or np.nan)},
        index=net.firms.index[chosen],
    )
    return CostliestFirms(
        firms=steps.index,
        loss=float(lost[-1]),
        loss_share=float(steps["loss_share"].iloc[-1]),
        exact=exact,
        steps=steps,
        settings=Settings({"k": int(k), "response": response, "method": method}),
    )
