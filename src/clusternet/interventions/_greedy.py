"""Distances, and the greedy choice with lazy evaluation."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import numpy as np

from clusternet.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from clusternet.measure import Direction
    from clusternet.network import Network

__all__ = ["distances", "lazy_greedy"]

_MOST_FIRMS = 12_000  # a table of about a gigabyte


def distances(network: Network, direction: Direction) -> NDArray[np.float64]:
    """Return the number of ties from every firm (row) to every other, infinite where there is no path.

    Raises
    ------
    OptionError
        If the table of all pairs would not fit into memory.
    """
    from scipy.sparse.csgraph import shortest_path

    if network.n_firms > _MOST_FIRMS:
        raise OptionError(
            f"this compares all pairs of {network.n_firms:,} firms, and memory holds those of {_MOST_FIRMS:,}; take a "
            "part of the network, such as net.subset(...) or net.layer(...)."
        )
    if not network.n_firms:
        return np.zeros((0, 0))
    matrix = network.simple("undirected" if direction == "all" else "keep").csr()
    away = np.asarray(shortest_path(matrix, directed=True, unweighted=True), dtype=np.float64)
    return away.T if direction == "in" else away


def lazy_greedy(n: int, k: int, gain: Callable[[int], float], take: Callable[[int], None]) -> list[int]:
    """Return k of n items, each the one with the largest gain given those before; of equals the first.

    Valid where a gain never grows as more is taken (submodular): only the item on top is looked at again (minoux1978).
    """
    heap = [(-gain(item), item, 0) for item in range(n)]
    heapq.heapify(heap)
    picked: list[int] = []
    while heap and len(picked) < k:
        _, item, seen = heapq.heappop(heap)
        if seen < len(picked):
            heapq.heappush(heap, (-gain(item), item, len(picked)))
            continue
        picked.append(item)
        take(item)
    return picked
