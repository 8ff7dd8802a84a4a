"""Structural cohesion: how many firms must leave before the rest falls apart.

The k-components of a network are its largest parts of more than k firms that no k - 1 of them can split by leaving
(White and Harary 2001). They nest: each lies within one (k - 1)-component, and two of them share fewer than k firms.

Neither igraph 1.0 (``cohesive_blocks``) nor networkx 3.6 (``k_components``) finds all of them, so they are computed
here: within a (k - 1)-component keep the k-core, look for a cut of fewer than k firms, and go on with every piece
together with the cut, because a k-component that contains cut firms lies within one such piece. Pieces without a cut
are the k-components. Level 2 are the biconnected components.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from clusternet.cohesion._common import NAN
from clusternet.errors import NetworkError
from clusternet.measure import firm_measure, firm_series, network_measure
from clusternet.network import igraph_view
from clusternet.result import Result, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from igraph import Graph

    from clusternet.network import Network

__all__ = [
    "WORK_LIMIT",
    "CohesiveBlocks",
    "cohesive_blocks",
    "edge_connectivity",
    "k_components",
    "structural_cohesion",
    "vertex_connectivity",
]

WORK_LIMIT = 100_000
"""Firms in the 3-core times the k of its deepest core; up to here a minute or two, beyond it hours."""

Neighbors = dict[int, set[int]]


# ── cuts ──


def _reach(neighbors: Neighbors, gone: set[int]) -> Iterator[set[int]]:
    """Yield the connected pieces that are left when the firms in `gone` leave."""
    left = set(neighbors) - gone
    while left:
        piece = {left.pop()}
        front = piece
        while front:
            front = set().union(*(neighbors[firm] for firm in front)) & left
            left -= front
            piece = piece | front
        yield piece


def _core(neighbors: Neighbors, k: int) -> Neighbors:
    """Return the k-core: firms with fewer than k partners leave until none is left."""
    kept = {firm: set(near) for firm, near in neighbors.items()}
    leaving = [firm for firm, near in kept.items() if len(near) < k]
    while leaving:
        firm = leaving.pop()
        for other in kept.pop(firm, ()):
            kept[other].discard(firm)
            if len(kept[other]) == k - 1:
                leaving.append(other)
    return kept


class _Flow:
    """Smallest cuts between two firms: every firm is an arc of capacity 1, ties carry any amount."""

    def __init__(self, neighbors: Neighbors) -> None:
        import igraph

        self._ids = list(neighbors)
        self._place = {firm: place for place, firm in enumerate(self._ids)}
        n = len(self._ids)
        arcs = [(2 * place, 2 * place + 1) for place in range(n)]
        arcs += [
            (2 * self._place[one] + 1, 2 * self._place[other]) for one, near in neighbors.items() for other in near
        ]
        self._graph = igraph.Graph(n=2 * n, edges=arcs, directed=True)
        self._capacity = [1.0] * n + [float(n)] * (len(arcs) - n)

    def remove(self, firm: int) -> None:
        self._capacity[self._place[firm]] = 0.0

    def cut(self, one: int, other: int) -> list[int]:
        """Return the fewest firms whose leaving parts two firms without a tie."""
        found = self._graph.mincut(2 * self._place[one] + 1, 2 * self._place[other], self._capacity)
        return [self._ids[arc] for arc in found.cut if self._capacity[arc] == 1.0]


def small_cut(neighbors: Neighbors, k: int) -> set[int] | None:
    """Return fewer than k firms whose leaving splits a connected graph of more than k firms, or None if there are none.

    A cut that spares a pivot parts it from some firm, so the pivot is tested against all; a cut that contains it is a
    cut of fewer than k - 1 firms in the rest, which gets a pivot of its own. Most tests need no flow: whoever has k
    neighbors that cannot be parted from the pivot cannot be parted from it either.
    """
    rest = {firm: set(near) for firm, near in neighbors.items()}
    gone, flow = set[int](), None
    for need in range(k, 2, -1):
        pivot = max(rest, key=lambda firm: len(rest[firm]))
        tied = dict.fromkeys(rest, 0)
        safe, news = {pivot, *rest[pivot]}, list(rest[pivot])
        for firm in sorted(rest, key=lambda firm: len(rest[firm])):
            while news:
                for near in rest[news.pop()]:
                    tied[near] += 1
                    if tied[near] == need and near not in safe:
                        safe.add(near)
                        news.append(near)
            if firm in safe:
                continue
            if flow is None:
                flow = _Flow(neighbors)
                for left in gone:
                    flow.remove(left)
            cut = flow.cut(pivot, firm)
            if len(cut) < need:
                return gone | set(cut)
            safe.add(firm)
            news.append(firm)
        gone.add(pivot)
        for near in rest.pop(pivot):
            rest[near].discard(pivot)
        if flow is not None:
            flow.remove(pivot)
    graph, ids = _graph(rest)
    if not graph.is_connected():
        return gone
    last = graph.articulation_points()
    return gone | {ids[last[0]]} if last else None


def _graph(neighbors: Neighbors) -> tuple[Graph, list[int]]:
    """Return the graph for igraph, and the firm of every vertex."""
    import igraph

    ids = list(neighbors)
    place = {firm: number for number, firm in enumerate(ids)}
    edges = [(place[one], place[other]) for one, near in neighbors.items() for other in near if one < other]
    return igraph.Graph(n=len(ids), edges=edges), ids


def _split(neighbors: Neighbors, k: int) -> Iterator[set[int]]:
    """Yield the k-components (k of at least 3) within a graph."""
    todo = [neighbors]
    while todo:
        core = _core(todo.pop(), k)
        for piece in _reach(core, set()):
            part = {firm: core[firm] & piece for firm in piece}
            cut = small_cut(part, k)
            if cut is None:
                yield piece
                continue
            sides = (side | cut for side in _reach(part, cut))
            todo += [{firm: part[firm] & side for firm in side} for side in sides]


# ── levels and blocks ──


@lru_cache(maxsize=4)
def _levels(network: Network) -> tuple[tuple[tuple[int, ...], ...], ...]:
    """Return the k-components for k = 1, 2, ... as sorted tuples of positions, larger ones first: do not change."""
    graph = igraph_view(network, "undirected")
    core = np.asarray(graph.coreness(), dtype=np.int64)
    inner, deepest = int((core >= 3).sum()), int(core.max(initial=0))
    if inner * deepest > WORK_LIMIT:
        raise NetworkError(
            f"{inner:,} firms are in the 3-core and the deepest core is {deepest}; k-components are computed while the "
            f"product is at most {WORK_LIMIT:,}. Take a layer or a slice, net.subset(...) of the firms of interest, or "
            "use k_coreness (an upper bound of structural cohesion) or bicomponents (its level 2)."
        )
    first = [set(part) for part in graph.connected_components() if len(part) > 1]
    second = [set(part) for part in graph.biconnected_components() if len(part) > 2]
    levels = [first, second]
    near = [set(firms) for firms in graph.get_adjlist()]
    while levels[-1]:
        k = len(levels) + 1
        found: list[set[int]] = []
        for part in levels[-1]:
            if len(part) > k:
                found += _split({firm: near[firm] & part for firm in part}, k)
        levels.append(found)
    sort = [sorted((tuple(sorted(part)) for part in level), key=lambda part: (-len(part), part)) for level in levels]
    return tuple(tuple(level) for level in sort if level)


@firm_measure(label="Structural cohesion", cites=("whiteharary2001", "moodywhite2003"), heavy=True)
def structural_cohesion(network: Network) -> pd.Series:
    """Largest k such that the firm lies in a part of the network that no k - 1 of its members can split by leaving.

    Known as nestedness or embeddedness of the firm (moodywhite2003). Not the coreness of core-periphery models, and
    never above `k_coreness`.

    Parameters
    ----------
    network
        The network; direction is forgotten.

    Returns
    -------
    Series
        One float per firm, a whole number of at least 0. Isolates get 0; never NaN.

    Raises
    ------
    NetworkError
        If the number of firms in the 3-core times the k of the deepest core is above 100,000, which would take hours:
        sparse networks pass with some 15,000 firms, those of large consortia with a thousand.

    References
    ----------
    whiteharary2001, moodywhite2003

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Ada", "Cy"), ("Cy", "Di")])
    >>> structural_cohesion(net).to_dict()
    {'Ada': 2.0, 'Bo': 2.0, 'Cy': 2.0, 'Di': 1.0}
    """
    depth = np.zeros(len(network))
    for k, level in enumerate(_levels(network), start=1):
        for part in level:
            depth[list(part)] = k
    return firm_series(network, depth, "structural_cohesion")


def k_components(network: Network) -> pd.DataFrame:
    """Return the members of every k-component: the largest parts of more than k firms that no k - 1 can split.

    Parameters
    ----------
    network
        The network; direction is forgotten.

    Returns
    -------
    DataFrame
        One row per component and firm: ``k``, ``component`` (0, 1, ... within k, larger ones first) and ``firm``, in
        the order of the firm table. A firm can be in several components of one k that is above 1. No rows without
        ties.

    Raises
    ------
    NetworkError
        If the network is too large, as in `structural_cohesion`.

    References
    ----------
    whiteharary2001, moodywhite2003

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Ada", "Cy"), ("Cy", "Di")])
    >>> k_components(net).groupby(["k", "component"])["firm"].agg(list).to_dict()
    {(1, 0): ['Ada', 'Bo', 'Cy', 'Di'], (2, 0): ['Ada', 'Bo', 'Cy']}
    """
    rows = [
        (k, number, firm)
        for k, level in enumerate(_levels(network), start=1)
        for number, part in enumerate(level)
        for firm in part
    ]
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    ids = network.firms.index
    return pd.DataFrame({"k": table[:, 0], "component": table[:, 1], "firm": ids[table[:, 2]]})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class CohesiveBlocks(Result):
    """The cohesive blocks of a network, as the tree in which they nest.

    Attributes
    ----------
    blocks
        DataFrame indexed by ``block``: ``cohesion`` (how many members must leave to split it), ``size`` (firms), and
        ``parent``, the smallest block around it (missing for the first row, which is the whole network). Sorted by
        cohesion, then size, largest first.
    members
        DataFrame, one row per block and firm: ``block`` and ``firm``.
    nestedness
        Series by firm: cohesion of the deepest block that it belongs to, as from `structural_cohesion`.
    settings
        Version.
    """

    blocks: pd.DataFrame
    members: pd.DataFrame
    nestedness: pd.Series
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return one row per block: cohesion, size, parent and the ids of its members, joined with "; "."""
        names = self.members["firm"].astype(str).groupby(self.members["block"]).agg("; ".join)
        return self.blocks.assign(firms=names.reindex(self.blocks.index).astype("str").fillna(""))

    def summary(self) -> str:
        """Return the blocks in one line."""
        deepest = int(self.blocks["cohesion"].max()) if len(self.blocks) else 0
        count = len(self.blocks)
        return f"{count:,} block{'' if count == 1 else 's'}, deepest cohesion {deepest}"


def cohesive_blocks(network: Network) -> CohesiveBlocks:
    """Find the parts of the network that are harder to split than what surrounds them.

    Parameters
    ----------
    network
        The network; direction is forgotten.

    Returns
    -------
    CohesiveBlocks
        The whole network and every distinct k-component with its largest k, each with the block around it.

    Raises
    ------
    NetworkError
        If the network is too large, as in `structural_cohesion`.

    References
    ----------
    whiteharary2001, moodywhite2003

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Ada", "Cy"), ("Cy", "Di")])
    >>> cohesive_blocks(net).to_frame()["firms"].to_dict()
    {0: 'Ada; Bo; Cy; Di', 1: 'Ada; Bo; Cy'}
    """
    whole = tuple(range(len(network)))
    depth = {whole: 0} if whole else {}
    for k, level in enumerate(_levels(network), start=1):
        depth |= dict.fromkeys(level, k)
    order = sorted(depth, key=lambda part: (depth[part], -len(part), part))
    inside = [set(part) for part in order]
    parents: list[int | None] = []
    for number, part in enumerate(inside):
        around = [other for other in range(number) if part < inside[other]]
        parents.append(min(around, key=lambda other: len(inside[other]), default=None))
    index = pd.RangeIndex(len(order), name="block")
    blocks = pd.DataFrame(
        {
            "cohesion": pd.Series([depth[part] for part in order], index=index, dtype="int64"),
            "size": pd.Series([len(part) for part in order], index=index, dtype="int64"),
            "parent": pd.Series(parents, index=index, dtype="Int64"),
        },
        index=index,
    )
    positions = np.array([firm for part in order for firm in part], dtype=np.int64)
    members = pd.DataFrame({"block": np.repeat(index, blocks["size"]), "firm": network.firms.index[positions]})
    return CohesiveBlocks(
        blocks=blocks, members=members, nestedness=structural_cohesion(network), settings=Settings({})
    )


# ── connectivity of the whole ──


@network_measure(label="Vertex connectivity", cites=("whiteharary2001",), heavy=True)
def vertex_connectivity(network: Network) -> float:
    """How many firms must leave before the remaining ones are no longer connected.

    Parameters
    ----------
    network
        The network; direction is forgotten.

    Returns
    -------
    float
        From 0 (not connected) to n - 1 (everybody is tied to everybody, by convention). NaN with fewer than two firms.

    References
    ----------
    whiteharary2001

    Examples
    --------
    >>> from clusternet import Network
    >>> vertex_connectivity(Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Cy", "Di"), ("Di", "Ada")]))
    2.0
    """
    n = len(network)
    if n < 2:
        return NAN
    graph = igraph_view(network, "undirected")
    if not graph.is_connected():
        return 0.0
    least = int(min(graph.degree()))
    if n > 2 and (least == 1 or graph.articulation_points()):
        return 1.0
    neighbors = {firm: set(near) for firm, near in enumerate(graph.get_adjlist())}
    for k in range(3, min(least, n - 2) + 1):
        if small_cut(neighbors, k) is not None:
            return float(k - 1)
    return float(least)


@network_measure(label="Edge connectivity", cites=("whiteharary2001",), heavy=True)
def edge_connectivity(network: Network) -> float:
    """How many tied pairs must part before the firms are no longer connected.

    Parameters
    ----------
    network
        The network; direction is forgotten and parallel ties count as one.

    Returns
    -------
    float
        From 0 (not connected) to n - 1. NaN with fewer than two firms.

    References
    ----------
    whiteharary2001

    Examples
    --------
    >>> from clusternet import Network
    >>> edge_connectivity(Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Ada", "Cy"), ("Cy", "Di")]))
    1.0
    """
    if len(network) < 2:
        return NAN
    return float(igraph_view(network, "undirected").edge_connectivity())
