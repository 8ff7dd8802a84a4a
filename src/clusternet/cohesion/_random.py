"""Random networks that keep something of the observed one, for measures that mean little without a comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from clusternet.network import igraph_view
from clusternet.network._fastball import Fastball
from clusternet.result import igraph_seed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from clusternet.network import Network

__all__ = ["memberships", "rewired"]

Ends = tuple["NDArray[np.int64]", "NDArray[np.int64]"]


def rewired(network: Network, draws: int, seed: int) -> Iterator[Ends]:
    """Yield the ends of the ties of random networks with the same degrees, ten tried switches per tie each."""
    original = igraph_view(network, "undirected")
    with igraph_seed(seed):
        for _ in range(draws):
            graph = original.copy()
            if graph.ecount() > 1:
                graph.rewire(10 * graph.ecount())
            ends = np.array(graph.get_edgelist(), dtype=np.int64).reshape(-1, 2)
            yield ends[:, 0], ends[:, 1]


def memberships(row: NDArray[np.int64], column: NDArray[np.int64], draws: int, seed: int) -> Iterator[Ends]:
    """Yield random memberships in which every firm and every agreement keeps its number of them."""
    chain = Fastball(row, column, int(column.max(initial=-1)) + 1, np.random.default_rng(seed))
    rows = np.sort(row)
    for _ in range(draws):
        chain.trade(10 * chain.n_rows)
        yield rows, chain.indices.copy()
