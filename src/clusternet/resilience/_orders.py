"""In which order firms leave."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np
import pandas as pd

from clusternet import _percolation
from clusternet._betweenness import Betweenness
from clusternet._compiled import call
from clusternet.errors import OptionError, listing
from clusternet.network import Network, igraph_view
from clusternet.resilience._dismantle import (
    dismantled,
    explosive,
    least_giants,
    least_left,
    ranked_once,
    smallest_piece,
    smallest_pieces,
)
from clusternet.resilience._paths import ties_of
from clusternet.result import warn_interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from clusternet.resilience._paths import Progress

_BLOCK = 2000  # losses between two looks at progress and interrupts

__all__ = [
    "ONLY_ADAPTIVE",
    "ONLY_STATIC",
    "ORDERS",
    "Order",
    "adaptive_function",
    "as_scores",
    "by_score",
    "listed",
    "members_of",
    "named_order",
    "scores_from",
]

OrderName = Literal[
    "random",
    "degree",
    "strength",
    "betweenness",
    "closeness",
    "eigenvector",
    "pagerank",
    "k_coreness",
    "collective_influence",
    "articulation",
    "corehd",
    "best_first",
    "gnd_unit",
    "gnd_degree",
    "explosive",
]
ORDERS: tuple[str, ...] = get_args(OrderName)
"""Names of the removal orders that `remove_firms` knows."""
ONLY_STATIC = ("random", "explosive")
ONLY_ADAPTIVE = ("gnd_unit", "gnd_degree")

if TYPE_CHECKING:
    Order: TypeAlias = OrderName | pd.Series | Iterable[object] | Callable[[Network], pd.Series]


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


def by_score(scores: NDArray[Any], prior: NDArray[np.int64] | None) -> NDArray[np.int64]:
    """Positions by score, highest first, ties by lowest prior (positions if None), NaN last."""
    if scores.dtype.kind == "i" and len(scores) and scores.max() < 2**16:
        falling = (scores.max() - scores).astype(np.uint16)  # numpy sorts these by radix, in linear time
    else:
        falling = -scores  # NaN sorts last
    if prior is None:
        return np.argsort(falling, kind="stable")
    return np.lexsort((prior, falling))


def _by_degree(net: Network) -> NDArray[np.int64]:
    def make() -> NDArray[np.int64]:
        going = by_score(np.diff(ties_of(net)[0]), None)
        going.flags.writeable = False
        return going

    return net._cached("by_degree", make)  # noqa: SLF001  (the network keeps all its derived views)


def _adaptive_weight(net: Network, order: str, prior: NDArray[np.int64]) -> NDArray[np.int64]:
    if order == "degree" and not net.is_directed:
        indptr, indices = ties_of(net)
        aligned = np.ones(len(indices))
        left = np.diff(indptr).astype(np.float64)
    else:
        graph = net.simple("undirected")
        weights = _pair_weights(net, order)
        indptr, indices, aligned = _percolation.neighbors(graph.n, graph.source, graph.target, weights)
        left = _sums(net, weights)
    n = len(left)
    score = _percolation.rounded(left)
    heap = by_score(score, prior).astype(np.int32)
    made = np.empty(n, dtype=np.int32)
    inputs: list[NDArray[Any]] = [indptr, indices, aligned, prior.astype(np.int32)]
    call(_percolation.adaptive_order, inputs, [left, score, heap, made], work=4 * (n + len(indices)))
    return made.astype(np.int64)


def _adaptive_betweenness(net: Network, prior: NDArray[np.int64], progress: Progress | None) -> NDArray[np.int64]:
    """Remove the firm of highest betweenness, recompute in the component it left, repeat."""
    n = net.n_firms
    between = Betweenness(net, "keep", runs=n / 3)  # pieces get smaller: a third of n whole computations
    score = _percolation.rounded(between.score)
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
            hit = between.leave(firm)
            score[hit] = _percolation.rounded(between.score[hit])
            score[firm] = -1.0
            order.append(firm)
            if progress is not None:
                progress(len(order), n)
    except KeyboardInterrupt:
        warn_interrupted(len(order), n)
    return np.array(order, dtype=np.int64)


def members_of(codes: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return the positions that have code 0, 1, ..., in order; -1 has no list."""
    by = np.argsort(codes, kind="stable")
    ends = np.searchsorted(codes[by], np.arange(int(codes.max(initial=-1)) + 2))
    return np.split(by, ends)[1:-1]


def scores_from(function: Callable[[Network], pd.Series], net: Network) -> NDArray[np.float64]:
    values = function(net)
    if not isinstance(values, pd.Series) or not values.index.equals(net.firms.index):
        name = getattr(function, "__name__", "order")
        raise OptionError(f"{name} must return a Series indexed like net.firms, to order firms by it.")
    return as_scores(values)


def as_scores(values: pd.Series) -> NDArray[np.float64]:
    if not pd.api.types.is_numeric_dtype(values.dtype):
        raise OptionError(f"the scores hold {listing(values)} ({values.dtype}); give numbers, highest leaves first.")
    return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan))


def adaptive_function(
    net: Network,
    function: Callable[[Network], pd.Series],
    prior: NDArray[np.int64] | None,
    progress: Progress | None,
) -> NDArray[np.int64]:
    left = np.arange(net.n_firms)
    order: list[int] = []
    try:
        while len(left):
            place = int(by_score(scores_from(function, net), None if prior is None else prior[left])[0])
            order.append(int(left[place]))
            net = net.without([net.firms.index[place]])
            left = np.delete(left, place)
            if progress is not None:
                progress(len(order), len(order) + len(left))
    except KeyboardInterrupt:
        warn_interrupted(len(order), len(order) + len(left))
    return np.array(order, dtype=np.int64)


def listed(net: Network, ids: Iterable[object]) -> NDArray[np.int64]:
    wanted = pd.Index([ids] if isinstance(ids, str) else list(ids), tupleize_cols=False)
    if not wanted.is_unique:
        raise OptionError(f"the order lists firms twice: {listing(wanted[wanted.duplicated()].unique())}.")
    return net.positions(wanted)


def _closeness(net: Network) -> NDArray[np.float64]:
    """Return closeness scaled to the whole network (wasserman1994), so that reaching few lowers it; isolates 0."""
    from clusternet.centrality import closeness

    values: NDArray[np.float64] = closeness(net, variant="wasserman_faust").fillna(0).to_numpy(dtype=np.float64)
    return values


def _eigenvector(net: Network) -> NDArray[np.float64]:
    """Rank by the eigenvalue of the firm's component, then by the firm's own entry in its vector (largest 1)."""
    from scipy.sparse.csgraph import connected_components

    from clusternet.centrality._status import perron

    found = np.zeros((net.n_firms, 2))
    matrix = net.simple("undirected").csr()
    parts, label = connected_components(matrix, directed=False)
    order = np.argsort(label, kind="stable")
    matrix = matrix[order][:, order]  # components in blocks
    ends = np.cumsum(np.bincount(label, minlength=parts)).tolist()
    for first, end in pairwise([0, *ends]):
        if end - first > 1:
            value, vector = perron(matrix[first:end, first:end], symmetric=True)
            found[order[first:end], 0] = value
            found[order[first:end], 1] = vector / vector.max()
    ranked = np.unique(_percolation.rounded(found), axis=0, return_inverse=True)[1]
    return ranked.reshape(-1).astype(np.float64)


def _pagerank(net: Network) -> NDArray[np.float64]:
    from clusternet.centrality import pagerank

    values: NDArray[np.float64] = pagerank(net).to_numpy(dtype=np.float64) * net.n_firms
    return values  # a share of n is too small to be rounded


def _k_coreness(net: Network) -> NDArray[np.float64]:
    return np.array(igraph_view(net, "undirected").coreness(), dtype=np.float64)


_MEASURED: dict[str, Callable[[Network], NDArray[np.float64]]] = {
    "closeness": _closeness,
    "eigenvector": _eigenvector,
    "pagerank": _pagerank,
    "k_coreness": _k_coreness,
}


def _measured(net: Network, order: str) -> NDArray[np.float64]:
    return _percolation.rounded(_MEASURED[order](net)) if net.n_firms else np.empty(0)


def _tournament(n: int) -> NDArray[np.int32]:
    return np.empty(2 << max(n - 1, 1).bit_length(), dtype=np.int32)


def _influence(
    net: Network, radius: int, prior: NDArray[np.int64], *, steps: int, progress: Progress | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the collective influence of every firm, and the first firms of the adaptive order."""
    indptr, indices = ties_of(net)
    n = net.n_firms
    score, order = np.zeros(n, dtype=np.int64), np.empty(steps, dtype=np.int32)
    inputs: list[NDArray[Any]] = [indptr, indices, prior.astype(np.int32)]
    touched, state = np.arange(n + 1, dtype=np.int32), np.array([n, 0, 0])
    room: list[NDArray[Any]] = [np.zeros(n, dtype=np.int64), np.empty(n + 1, dtype=np.int32), touched, state]
    outputs = [np.diff(indptr), score, np.full_like(_tournament(n), -1), *room, order]
    work = 20 * (n + len(indices)) * max(1, steps // 50)
    try:
        for end in [*range(_BLOCK, steps, _BLOCK), steps]:  # a kernel hears no interrupt
            call(_percolation.influence_order, [*inputs, np.array([radius, end])], outputs, work=work)
            work = 0
            if progress is not None and steps:
                progress(end, steps)
    except KeyboardInterrupt:
        warn_interrupted(int(state[2]), steps)
    return score, order[: state[2]].astype(np.int64)


def _core(net: Network, prior: NDArray[np.int64], *, steps: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Ties of every firm within the 2-core (-1 outside), and the order in which CoreHD empties it."""
    indptr, indices = ties_of(net)
    n = net.n_firms
    degree, order, filled = np.diff(indptr), np.empty(steps, dtype=np.int32), np.zeros(1, dtype=np.int64)
    inputs: list[NDArray[Any]] = [indptr, indices, prior.astype(np.int32)]
    outputs: list[NDArray[Any]] = [degree, _tournament(n), np.empty(n + 1, dtype=np.int32), order, filled]
    call(_percolation.core_order, inputs, outputs, work=10 * (n + len(indices)))
    return degree, order[: filled[0]].astype(np.int64)


def named_order(
    net: Network,
    order: str,
    *,
    adaptive: bool,
    prior: NDArray[np.int64] | None,
    rng: np.random.Generator | None,
    radius: int,
    candidates: int,
    progress: Progress | None,
) -> NDArray[np.int64]:
    """Return the firms' positions in the order of removal."""
    n = net.n_firms
    places = np.arange(n) if prior is None else prior
    if order == "random" and rng is not None:
        return rng.permutation(n)
    if order == "explosive":
        return explosive(net, places, candidates, rng or np.random.default_rng(0), progress)
    if order in ONLY_ADAPTIVE:
        return dismantled(net, places, by_ties=order == "gnd_degree", progress=progress)
    if order in ("best_first", "articulation"):
        if not adaptive:
            return ranked_once(net, least_left if order == "best_first" else smallest_piece, places)
        return (
            least_giants(net, places, progress)
            if order == "best_first"
            else smallest_pieces(net, places[:0], places, progress)
        )
    if order == "collective_influence":
        score, going = _influence(net, radius, places, steps=n if adaptive else 0, progress=progress)
        return going if adaptive else by_score(score, prior)
    if order == "corehd":
        degree, going = _core(net, places, steps=n if adaptive else 0)
        if not adaptive:
            return by_score(degree.astype(np.float64), prior)
        return smallest_pieces(net, going, places, progress)
    if order in _MEASURED:
        if not adaptive:
            return by_score(_measured(net, order), prior)
        return adaptive_function(net, lambda left: pd.Series(_measured(left, order), left.firms.index), prior, progress)
    if adaptive:
        return (
            _adaptive_betweenness(net, places, progress)
            if order == "betweenness"
            else _adaptive_weight(net, order, places)
        )
    if order == "betweenness":
        return by_score(_percolation.rounded(Betweenness(net, "keep").score), prior)
    if order == "degree" and not net.is_directed:
        return by_score(np.diff(ties_of(net)[0]), prior) if prior is not None else _by_degree(net)
    return by_score(_percolation.rounded(_sums(net, _pair_weights(net, order))), prior)
