"""Orders that plan how to dismantle a network: exact one-step greed, spectral bisection, explosive percolation."""

from __future__ import annotations

import heapq
import math
import warnings
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from clusternet import _percolation
from clusternet._compiled import call
from clusternet.resilience._kernels import explosive_order
from clusternet.resilience._paths import alone_of, ties_of
from clusternet.result import warn_interrupted

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from scipy import sparse

    from clusternet.network import Network
    from clusternet.resilience._paths import Alone, Progress

    Keys: TypeAlias = tuple[NDArray[np.int64], ...]

__all__ = [
    "dismantled",
    "explosive",
    "least_giants",
    "least_left",
    "put_back",
    "ranked_once",
    "smallest_piece",
    "smallest_pieces",
]

_HUB = 6  # partners from which a firm counts as a hub in the effective degree (clusella2016)
_ROUNDS = 10
_DENSE = 600  # firms up to which all eigenvectors of a component are found
_BLOCK = 1_000_000  # random numbers drawn at once


# ── by what a single loss leaves ──


def smallest_piece(alone: Alone, degree: NDArray[np.int64]) -> Keys:
    """Of a largest component, the firm whose loss leaves the smallest largest piece of it, then most ties."""
    return -alone.size, alone.biggest, -degree


def least_left(alone: Alone, degree: NDArray[np.int64]) -> Keys:
    """Least giant after the loss of the firm alone, then fewest pairs, then most ties."""
    return alone.giant, alone.pairs, -degree


def ranked_once(
    net: Network, keys: Callable[[Alone, NDArray[np.int64]], Keys], prior: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return all firms by what each one's loss would leave of the intact network, lowest keys first."""
    indptr, indices = ties_of(net)
    n = net.n_firms
    alone = alone_of(indptr, indices, np.ones(n, dtype=np.int8), n + len(indices))
    return np.lexsort((prior, *keys(alone, np.diff(indptr))[::-1]))


class _Leaving:
    """Firms leave one by one, and their partners lose a tie each."""

    def __init__(self, net: Network, begun: NDArray[np.int64]) -> None:
        self.indptr, self.indices = ties_of(net)
        self.n = net.n_firms
        self.alive = np.ones(self.n, dtype=np.int8)
        self.degree = np.diff(self.indptr).copy()
        self.order: list[int] = []
        for firm in begun.tolist():
            self.take(firm)

    def take(self, firm: int) -> None:
        self.order.append(firm)
        self.alive[firm] = 0
        self.degree[self.indices[self.indptr[firm] : self.indptr[firm + 1]]] -= 1

    def finish(self, rest: NDArray[np.int64], prior: NDArray[np.int64]) -> None:
        """Take what is left, isolates and pairs: one of each pair, then the rest."""
        rest = rest[np.argsort(prior[rest])]
        for firm in rest.tolist():
            if self.degree[firm] > 0:
                self.take(firm)
        self.order.extend(rest[self.alive[rest] == 1].tolist())


def least_giants(net: Network, prior: NDArray[np.int64], progress: Progress | None) -> NDArray[np.int64]:
    """Return the order in which the firm leaves that leaves least; what each would leave is found at every step."""
    left = _Leaving(net, prior[:0])
    try:
        while len(left.order) < left.n:
            alone = alone_of(left.indptr, left.indices, left.alive, left.n + len(left.indices))
            rest = np.flatnonzero(left.alive)
            if alone.giant_before < 3:
                left.finish(rest, prior)
                break
            for key in least_left(alone, left.degree):
                rest = rest[key[rest] == key[rest].min()]
            left.take(int(rest[prior[rest].argmin()]))
            if progress is not None:
                progress(len(left.order), left.n)
    except KeyboardInterrupt:
        warn_interrupted(len(left.order), left.n)
    return np.array(left.order, dtype=np.int64)


def smallest_pieces(
    net: Network, begun: NDArray[np.int64], prior: NDArray[np.int64], progress: Progress | None
) -> NDArray[np.int64]:
    """Go on from `begun`: every component names its firm of `smallest_piece`, and one that falls apart does so anew."""
    left = _Leaving(net, begun)
    fields = [np.empty(left.n, dtype=np.int64) for _ in range(10)]
    size, visit, biggest = fields[2], fields[6], fields[8]
    first: list[tuple[int, int, int, int, NDArray[np.int32]]] = []
    small: list[NDArray[np.int32]] = []

    def name(firms: NDArray[np.int32]) -> None:
        inputs: list[NDArray[Any]] = [left.indptr, left.indices, left.alive, firms]
        # Uncompiled, whole arrays are copied for every piece.
        call(_percolation.single_removals, inputs, fields, work=left.n + len(left.indices))
        begin = 0
        while begin < len(firms):
            piece = visit[begin : begin + int(size[visit[begin]])].astype(np.int32)
            begin += len(piece)
            if len(piece) < 3:
                small.append(piece)
                continue
            best = piece[np.lexsort((prior[piece], -left.degree[piece], biggest[piece]))[0]]
            entry = (-len(piece), int(biggest[best]), -int(left.degree[best]), int(prior[best]), piece)
            heapq.heappush(first, entry)

    at = np.argsort(prior)
    try:
        name(np.flatnonzero(left.alive).astype(np.int32))
        while first:
            *_, place, piece = heapq.heappop(first)
            firm = int(at[place])
            left.take(firm)
            name(piece[piece != firm])
            if progress is not None:
                progress(len(left.order), left.n)
        if small:
            left.finish(np.concatenate(small), prior)
    except KeyboardInterrupt:
        warn_interrupted(len(left.order), left.n)
    return np.array(left.order, dtype=np.int64)


# ── generalized network dismantling ──


def _split(laplacian: sparse.csr_array, start: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Cut a connected graph in two by the sign of the eigenvector of the second smallest eigenvalue.

    Of several such vectors (a ring, a star) the projection of `start` on their space, so that the choice is the same
    wherever it is computed.
    """
    n = len(start)
    if n <= _DENSE:
        values, vectors = np.linalg.eigh(laplacian.toarray())
        same = vectors[:, (values <= values[1] + 1e-8 * max(values[-1], 1.0)) & (np.arange(n) > 0)]
        vector = same @ (same.T @ start)
    else:
        from scipy import sparse
        from scipy.sparse.linalg import lobpcg

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a vector near the last one bisects as well
            vector = lobpcg(
                laplacian,
                start[:, None],
                M=sparse.diags_array(1 / laplacian.diagonal()),
                Y=np.ones((n, 1)),
                tol=1e-6 * n,
                maxiter=60,
                largest=False,
            )[1][:, 0]
    vector /= np.abs(vector).max()
    side = vector >= -1e-9
    if side.all():  # cannot be for an exact vector, whose entries sum to 0
        side = vector > np.median(vector)
    return np.asarray(side)


def _cover(one: NDArray[np.int64], other: NDArray[np.int64], cost: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the cheapest set of firms that has an end of every tie cut: exact, as these ties are bipartite."""
    from igraph import Graph

    firms = np.unique(np.concatenate([one, other]))
    left = np.unique(one)
    n, source, sink = len(firms), len(firms), len(firms) + 1
    heads, tails = np.searchsorted(firms, one), np.searchsorted(firms, other)
    first = np.isin(firms, left)
    rows = np.arange(n)
    arcs = np.concatenate(
        [
            np.column_stack([np.full(first.sum(), source), rows[first]]),
            np.column_stack([rows[~first], np.full((~first).sum(), sink)]),
            np.column_stack([heads, tails]),
        ]
    )
    capacity = np.concatenate([cost[firms[first]], cost[firms[~first]], np.full(len(one), cost[firms].sum() + 1)])
    graph = Graph(n=n + 2, edges=arcs.tolist(), directed=True)
    flow = graph.maxflow(source, sink, capacity=capacity.tolist())
    reached = np.zeros(n + 2, dtype=bool)
    reached[flow.partition[0]] = True
    if not reached[source]:
        reached = ~reached
    return firms[np.where(first, ~reached[:n], reached[:n])]


def dismantled(
    net: Network, prior: NDArray[np.int64], *, by_ties: bool, progress: Progress | None
) -> NDArray[np.int64]:
    """Return the order of generalized network dismantling (ren2019): bisect the largest component, cover the cut."""
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components

    n = net.n_firms
    matrix = net.simple("undirected").csr()
    start = np.random.default_rng(0).normal(size=n)[prior] if n else np.empty(0)
    waiting: list[tuple[int, int, NDArray[np.int64]]] = []
    order: list[int] = []
    done = np.zeros(n, dtype=bool)

    def queue(members: NDArray[np.int64], piece: sparse.csr_array) -> None:
        labels = connected_components(piece, directed=False)[1] if len(members) else np.empty(0, dtype=np.int64)
        by = np.argsort(labels, kind="stable")
        for part in np.split(members[by], np.flatnonzero(np.diff(labels[by])) + 1):
            if len(part) > 1:
                heapq.heappush(waiting, (-len(part), int(prior[part].min()), part))

    queue(np.arange(n), matrix)
    try:
        while waiting:
            members = heapq.heappop(waiting)[2]
            if len(members) == 2:
                going = members[[int(prior[members].argmin())]]
            else:
                piece = matrix[members][:, members].tocoo()
                degree = np.bincount(piece.row, minlength=len(members))
                cost = degree if by_ties else np.ones_like(degree)
                weight = cost[piece.row] + cost[piece.col] - 1.0
                pull = sparse.csr_array((weight, (piece.row, piece.col)), shape=piece.shape)
                laplacian = sparse.csr_array(sparse.diags_array(pull.sum(axis=1)) - pull)
                side = _split(laplacian, start[members])
                cut = side[piece.row] & ~side[piece.col]
                going = _cover(piece.row[cut], piece.col[cut], cost)
                going = members[going[np.lexsort((prior[members[going]], -degree[going]))]]
            order.extend(going.tolist())
            done[going] = True
            left = members[~done[members]]
            queue(left, matrix[left][:, left])
            if progress is not None:
                progress(len(order), n)
    except KeyboardInterrupt:
        warn_interrupted(len(order), n)
        return np.array(order, dtype=np.int64)
    rest = np.flatnonzero(~done)
    return np.array([*order, *rest[np.argsort(prior[rest])].tolist()], dtype=np.int64)


# ── explosive ──


def _effective(indptr: NDArray[np.int64], indices: NDArray[np.int32]) -> NDArray[np.float64]:
    """Partners that are neither leaves nor hubs, hubs being told by the same number (clusella2016)."""
    degree = np.diff(indptr)
    row = np.repeat(np.arange(len(degree)), degree)
    inner = degree - np.bincount(row[degree[indices] == 1], minlength=len(degree))
    effective = degree
    for _ in range(_ROUNDS):
        found = inner - np.bincount(row[(effective[indices] >= _HUB) & (degree[indices] > 1)], minlength=len(degree))
        if (found == effective).all():
            break
        effective = found
    return effective.astype(np.float64)


def explosive(
    net: Network, prior: NDArray[np.int64], candidates: int, rng: np.random.Generator, progress: Progress | None
) -> NDArray[np.int64]:
    """Return the order of explosive dismantling: the firms put back into an empty network, turned round."""
    indptr, indices = ties_of(net)
    n = net.n_firms
    most = min(candidates, n)
    inputs: list[NDArray[Any]] = [indptr, indices, prior.astype(np.int32), _effective(indptr, indices)]
    outputs: list[NDArray[Any]] = [
        np.full(n, n, dtype=np.int32),
        np.zeros(n, dtype=np.int64),
        np.arange(n, dtype=np.int32),
        np.array([n, 0, 0]),
        np.full(n, -1, dtype=np.int32),
    ]
    steps = n if n <= candidates else max(1, _BLOCK // most)
    work = most * (n + len(indices))
    done = 0
    while done < n:
        drawing = max(0, min(steps, n - done - most))
        limits = np.array([most, math.isqrt(n), min(steps, n - done)])
        call(explosive_order, [*inputs, rng.random(drawing * most), limits], outputs, work=0 if done else work)
        done += int(limits[2])
        if progress is not None:
            progress(done, n)
    return outputs[-1].astype(np.int64)


# ── putting back ──


def put_back(net: Network, order: NDArray[np.int64], share: float) -> NDArray[np.int64]:
    """Let the firms whose loss a dismantled network can spare leave later (braunstein2016).

    Once the giant is at most `share` of all firms, those lost return one by one: whoever then stands in the smallest
    component, as long as that is no larger. They leave after those who stay out, the last to return first.
    """
    indptr, indices = ties_of(net)
    n = net.n_firms
    bound = share * n
    parent = [n] * n  # n: not there; a root holds minus its size

    def top(v: int) -> int:
        while parent[v] >= 0:
            if parent[parent[v]] >= 0:
                parent[v] = parent[parent[v]]
            v = parent[v]
        return v

    def near(v: int) -> set[int]:
        return {top(u) for u in indices[indptr[v] : indptr[v + 1]].tolist() if parent[u] != n}

    def enter(v: int) -> int:
        roots = near(v)
        parent[v] = -1 + sum(parent[root] for root in roots)
        for root in roots:
            parent[root] = v
        return -parent[v]

    cut = len(order)
    while cut > 0:  # from the end of the path back to the first step at which the giant is small enough
        firm = int(order[cut - 1])
        if 1 - sum(parent[root] for root in near(firm)) > bound:
            break
        enter(firm)
        cut -= 1
    place = {int(firm): step for step, firm in enumerate(order[:cut])}
    heap = [(1 - sum(parent[root] for root in near(firm)), -step, firm) for firm, step in place.items()]
    heapq.heapify(heap)
    returned: list[int] = []
    while heap:
        size, step, firm = heapq.heappop(heap)
        now = 1 - sum(parent[root] for root in near(firm))
        if now > bound:
            continue  # components only grow
        if now > size:
            heapq.heappush(heap, (now, step, firm))
            continue
        enter(firm)
        returned.append(firm)
    back = set(returned)
    kept = [firm for firm in order[:cut].tolist() if firm not in back]
    return np.array([*kept, *returned[::-1], *order[cut:].tolist()], dtype=np.int64)
