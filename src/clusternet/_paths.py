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

__all__ = ["View", "distance_sums", "inverse_distance_sums", "lengths", "reached_firms", "step_counts"]

View = Literal["keep", "undirected"]
"""Which simple graph is walked: the one with its directions, or the one that forgets them."""

DEPTH_LIMIT = 64
"""Beyond this many steps (chains, rings) one search per firm is faster than searching in parallel bits."""


def lengths(network: Network, view: View, weights: Weights) -> list[float] | None:
    """Return the length 1/strength of every edge of the view, or None where strengths are ignored."""
    return None if weights == "ignore" else (1.0 / network.simple(view).strength).tolist()


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
    graph, length = _walked(network, direction, weights)
    one_over = np.array(graph.closeness(mode=direction, weights=length, normalized=False), dtype=float)
    return reached, np.divide(1.0, one_over, out=np.zeros(len(network)), where=reached > 0)


@lru_cache(maxsize=4)
def inverse_distance_sums(network: Network, direction: Direction, weights: Weights) -> NDArray[np.float64]:
    """Return, per firm, the sum of 1/distance to all firms it reaches: treat it as read-only."""
    if weights == "ignore":
        counts = step_counts(network, direction)
        if counts is not None:
            return np.asarray((counts / np.arange(1, len(counts) + 1)[:, None]).sum(axis=0))
    graph, length = _walked(network, direction, weights)
    return np.array(graph.harmonic_centrality(mode=direction, weights=length, normalized=False), dtype=float)


def _walked(network: Network, direction: Direction, weights: Weights) -> tuple[igraph.Graph, list[float] | None]:
    view: View = "undirected" if direction == "all" else "keep"
    return igraph_view(network, view), lengths(network, view, weights)


@lru_cache(maxsize=4)
def step_counts(network: Network, direction: Direction) -> NDArray[np.int64] | None:
    """Return how many firms each firm reaches in exactly 1, 2, ... steps, or None when paths are very long."""
    graph = network.simple("undirected" if direction == "all" else "keep")
    matrix = graph.csr()
    if direction == "in" and graph.directed:
        matrix = matrix.T.tocsr()
    return _level_counts(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64))


def _level_counts(indptr: NDArray[np.int64], indices: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Return one row per number of steps and one column per firm, or None when paths grow too long.

    One bit per target and many targets per word: a step of all searches is one gather and one bitwise or. Bit t of
    row v says that v reaches t, so that counting the new bits of a row counts what the firm reaches at this distance.
    """
    n = len(indptr) - 1
    rows = np.flatnonzero(np.diff(indptr))
    starts = indptr[rows]
    targets = np.unique(indices)
    # Half a megabyte per gather stays in cache.
    words = int(np.clip(2**16 // max(len(indices), 1), 1, 8))
    shape = (words,) if words > 1 else ()
    gathered = np.empty((len(indices), *shape), dtype=np.uint64)
    levels: list[NDArray[np.int64]] = []
    for first in range(0, len(targets), 64 * words):
        batch = targets[first : first + 64 * words]
        bit = np.arange(len(batch))
        frontier = np.zeros((n, *shape), dtype=np.uint64)
        frontier[(batch, bit // 64) if words > 1 else batch] = np.uint64(1) << (bit % 64).astype(np.uint64)
        unseen = ~frontier
        for level in range(DEPTH_LIMIT + 1):
            np.take(frontier, indices, axis=0, out=gathered, mode="clip")
            new = np.zeros_like(frontier)
            new[rows] = np.bitwise_or.reduceat(gathered, starts, axis=0)
            new &= unseen
            found = np.bitwise_count(new)
            if not found.any():
                break
            if level == DEPTH_LIMIT:
                return None
            if level == len(levels):
                levels.append(np.zeros(n, dtype=np.int64))
            levels[level] += found.sum(axis=1, dtype=np.int64) if words > 1 else found
            unseen &= ~new
            frontier = new
    return np.array(levels, dtype=np.int64).reshape(len(levels), n)
