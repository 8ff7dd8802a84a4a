"""Sets of firms that hold together in every one of several layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from clusternet.network import Network

__all__ = ["MutualComponents", "components_of", "mutual_blocks"]


def components_of(pairs: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Return the component of each of n firms, numbered by first appearance, from pairs of positions (two rows)."""
    if not pairs.shape[1]:
        return np.arange(n)
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components

    matrix = sparse.csr_array((np.ones(pairs.shape[1], dtype=np.int8), (pairs[0], pairs[1])), shape=(n, n))
    return np.asarray(connected_components(matrix, directed=False)[1], dtype=np.int64)


def mutual_blocks(layers: Sequence[NDArray[np.int64]], there: NDArray[np.bool_]) -> tuple[NDArray[np.int64], int]:
    """Split the firms into the largest sets connected within themselves in every layer (buldyrev2010).

    Parameters
    ----------
    layers
        Ties of every layer: two rows of positions.
    there
        Which firms are there; every other one is a block of its own, so that no tie of it counts.

    Returns
    -------
    tuple
        Block of every firm, numbered by first appearance, and the rounds until no layer split a block.
    """
    n = len(there)
    block = np.where(there, 0, np.arange(n) + 1)
    n_blocks, rounds, calm = len(np.unique(block)), 0, 0
    while calm < len(layers):
        pairs = layers[rounds % len(layers)]
        inside = pairs[:, block[pairs[0]] == block[pairs[1]]]
        # The ties inside blocks split each of them by itself.
        block = components_of(inside, n)
        rounds += 1
        now = int(block.max()) + 1 if n else 0
        calm = calm + 1 if now == n_blocks else 0
        n_blocks = now
    return block, rounds


class MutualComponents:
    """The sets of `mutual_blocks` while firms leave: only the set of the firm that left is split again."""

    def __init__(self, net: Network, layers: Iterable[str]) -> None:
        n = net.n_firms
        layer = net._ties["layer"]  # noqa: SLF001  (a layer may have lost all its ties, and with them its name)
        graphs = [net._pick((layer == name).to_numpy(), name).simple("undirected") for name in layers]  # noqa: SLF001
        pairs = [np.vstack([graph.source, graph.target]) for graph in graphs]
        self._pairs = pairs or [np.empty((2, 0), dtype=np.int64)]  # no layer ties anybody
        self._block = np.zeros(n, dtype=np.int64)  # -1 once gone
        self._sizes = {0: n}
        self._made = 1
        self._split(0)

    def _split(self, home: int) -> None:
        """Split a set as the ties within it demand."""
        # A tie between two sets never counts again.
        self._pairs = [pairs[:, self._block[pairs[0]] == self._block[pairs[1]]] for pairs in self._pairs]
        members = np.flatnonzero(self._block == home)
        place = np.empty(len(self._block), dtype=np.int64)
        place[members] = np.arange(len(members))
        own = [place[pairs[:, self._block[pairs[0]] == home]] for pairs in self._pairs]
        parts = mutual_blocks(own, np.ones(len(members), dtype=bool))[0]
        del self._sizes[home]
        self._sizes.update(enumerate(np.bincount(parts).tolist(), self._made))
        self._block[members] = self._made + parts
        self._made += len(members)

    def remove(self, firm: int) -> None:
        """Let a firm leave."""
        home = int(self._block[firm])
        self._block[firm] = -1
        self._split(home)

    def sizes(self) -> list[int]:
        """Return the sizes of the sets, largest first."""
        return sorted(self._sizes.values(), reverse=True)
