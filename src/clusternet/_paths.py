"""Sums of shortest path lengths from every firm, the ground of closeness, harmonic, mean distance and efficiency."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from clusternet.network import igraph_view

if TYPE_CHECKING:
    import igraph
    from numpy.typing import NDArray

    from clusternet.measure import Direction, Weights
    from clusternet.network import Network

__all__ = [
    "View",
    "distance_sums",
    "inverse_distance_sums",
    "lengths",
    "level_counts",
    "numbered",
    "reached_firms",
    "step_counts",
    "unit",
]

View = Literal["keep", "undirected"]
"""Which simple graph is walked: the one with its directions, or the one that forgets them."""

DEPTH_LIMIT = 64
"""Beyond this many steps (chains, rings) one search per firm is faster than searching in parallel bits."""


def lengths(network: Network, view: View, weights: Weights) -> list[float] | None:
    """Return the length of every edge of the view, `unit`/strength, or None where strengths are ignored."""
    if weights == "ignore":
        return None
    strength = network.simple(view).strength
    length: list[float] = (unit(strength) / strength).tolist()
    return length


def unit(strength: NDArray[np.float64]) -> float:
    """Return a power of 2 near the largest strength; libraries that stop at a fixed size need numbers of about 1.

    igraph takes lengths that differ by 1e-10 for equal, and ARPACK stops where numbers are small, not where exact.
    """
    return float(np.exp2(np.floor(np.log2(strength.max())))) if len(strength) else 1.0


@lru_cache(maxsize=4)
def reached_firms(network: Network, direction: Direction) -> NDArray[np.int64]:
    """Return how many other firms each firm reaches: treat it as read-only."""
    if direction == "all" or not network.is_directed:
        codes = network.component_codes()
        return np.asarray(np.bincount(codes)[codes] - 1)
    counts = step_counts(network, direction)
    if counts is not None:
        return np.asarray(counts.sum(axis=0))
    graph = igraph_view(network)
    return np.array(graph.neighborhood_size(order=len(network), mode=direction), dtype=np.int64) - 1


@lru_cache(maxsize=4)
def distance_sums(
    network: Network, direction: Direction, weights: Weights
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return, per firm, how many others it reaches and the sum of the distances to them: treat both as read-only.

    The last few answers are kept, because several measures rest on the same ones.
    """
    counts = step_counts(network, direction) if weights == "ignore" else None
    if counts is not None:
        steps = np.arange(1, len(counts) + 1)[:, None]
        return counts.sum(axis=0), (counts * steps).sum(axis=0).astype(float)
    reached = reached_firms(network, direction)
    graph, length, scale = _walked(network, direction, weights)
    one_over = np.array(graph.closeness(mode=direction, weights=length, normalized=False), dtype=float)
    return reached, np.divide(1.0 / scale, one_over, out=np.zeros(len(network)), where=reached > 0)


@lru_cache(maxsize=4)
def inverse_distance_sums(network: Network, direction: Direction, weights: Weights) -> NDArray[np.float64]:
    """Return, per firm, the sum of 1/distance to all firms it reaches: treat it as read-only."""
    if weights == "ignore":
        counts = step_counts(network, direction)
        if counts is not None:
            return np.asarray((counts / np.arange(1, len(counts) + 1)[:, None]).sum(axis=0))
    graph, length, scale = _walked(network, direction, weights)
    return np.array(graph.harmonic_centrality(mode=direction, weights=length, normalized=False), dtype=float) * scale


def _walked(network: Network, direction: Direction, weights: Weights) -> tuple[igraph.Graph, list[float] | None, float]:
    """Return the graph, the lengths of its edges, and what the lengths are multiplied by."""
    view: View = "undirected" if direction == "all" else "keep"
    length = lengths(network, view, weights)
    return igraph_view(network, view), length, 1.0 if length is None else unit(network.simple(view).strength)


@lru_cache(maxsize=4)
def step_counts(network: Network, direction: Direction) -> NDArray[np.int64] | None:
    """Return how many firms each firm reaches in exactly 1, 2, ... steps, or None when paths are very long."""
    graph = network.simple("undirected" if direction == "all" else "keep")
    matrix = graph.csr()
    if direction == "in" and graph.directed:
        matrix = matrix.T.tocsr()
    return level_counts(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64))


class _Neighbors:
    """The neighbors of all rows, laid out so that "or" over each row's neighbors is a few long operations.

    Firms are numbered by number of neighbors, most first. Neighbor j of every firm that has as many is one column;
    what the few firms with more still have follows in one piece.
    """

    FEW = 32  # firms that have a column for themselves cost less in one piece
    MOST = 64  # columns

    def __init__(self, indptr: NDArray[np.int64], indices: NDArray[np.int64]) -> None:
        n = len(indptr) - 1
        degree = np.diff(indptr)
        self.order = np.argsort(-degree, kind="stable")
        self.n_rows = int(np.count_nonzero(degree))
        place = np.empty(n, dtype=np.int64)
        place[self.order] = np.arange(n)
        start, degree = indptr[self.order[: self.n_rows]], degree[self.order[: self.n_rows]]
        common = np.flatnonzero(np.bincount(degree[degree <= self.MOST], minlength=2)[1:] >= self.FEW)
        width = int(common[-1]) + 1 if len(common) else 1
        self.columns = [place[indices[start[degree > j] + j]] for j in range(width)]
        left = degree[degree > width] - width
        self.starts = np.cumsum(left) - left
        self.rest = place[indices[np.repeat(start[: len(left)] + width - self.starts, left) + np.arange(left.sum())]]

    def union(self, bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """Return, for every row, the bits that any of its neighbors has."""
        found = bits.take(self.columns[0], axis=0, mode="clip")
        for column in self.columns[1:]:
            found[: len(column)] |= bits.take(column, axis=0, mode="clip")
        if len(self.starts):
            gathered = bits.take(self.rest, axis=0, mode="clip")
            found[: len(self.starts)] |= np.bitwise_or.reduceat(gathered, self.starts, axis=0)
        return found


def numbered(indptr: NDArray[np.int64], indices: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number of every firm within its component, direction ignored."""
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components

    n = len(indptr) - 1
    graph = sparse.csr_array((np.ones(len(indices), dtype=np.int8), indices, indptr), shape=(n, n))
    component = connected_components(graph, directed=True, connection="weak")[1]
    order = np.argsort(component, kind="stable")
    size = np.bincount(component)
    number = np.empty(n, dtype=np.int64)
    number[order] = np.arange(n) - np.repeat(np.cumsum(size) - size, size)
    return number


def level_counts(
    indptr: NDArray[np.int64], indices: NDArray[np.int64], number: NDArray[np.int64] | None = None
) -> NDArray[np.int64] | None:
    """Return one row per number of steps and one column per firm, or None when paths grow too long.

    One bit per target and many targets per word: a step of all searches is a few gathers and bitwise ors. Searches in
    different components never meet, so that they share bits. Bit t of row v says that v reaches t, so that counting
    the new bits of a row counts what the firm reaches at this distance. `number`, which bit a firm has, need only
    differ within components: what `numbered` gave for a network that has lost ties since will do.
    """
    n = len(indptr) - 1
    if not len(indices):
        return np.empty((0, n), dtype=np.int64)
    near = _Neighbors(indptr, indices)
    number = (numbered(indptr, indices) if number is None else number)[near.order]
    rows, top = near.n_rows, int(number.max()) + 1
    # About a megabyte of bits stays in cache.
    words = min(int(np.clip(2**17 // rows, 4, 16)), -(-top // 64))
    ones = np.ones(words, dtype=np.float32)
    levels: list[NDArray[np.int64]] = []
    for first in range(0, top, 64 * words):
        batch = np.flatnonzero((number >= first) & (number < first + 64 * words))
        bit = number[batch] - first
        frontier = np.zeros((n, words), dtype=np.uint64)
        frontier[batch, bit // 64] = np.uint64(1) << (bit % 64).astype(np.uint64)
        unseen = ~frontier[:rows]
        for level in range(DEPTH_LIMIT + 1):
            new = near.union(frontier)
            new &= unseen
            found = np.bitwise_count(new)
            if not found.any():
                break
            if level == DEPTH_LIMIT:
                return None
            if level == len(levels):
                levels.append(np.zeros(n, dtype=np.int64))
            # A product adds up short rows several times faster than sum(); 64 times 16 is exact.
            levels[level][:rows] += (found.astype(np.float32) @ ones).astype(np.int64)
            unseen ^= new
            frontier[:rows], frontier[rows:] = new, 0  # who has no neighbors is reached, but leads nowhere
    counts = np.empty((len(levels), n), dtype=np.int64)
    counts[:, near.order] = levels
    return counts
