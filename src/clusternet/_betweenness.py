"""Betweenness along fewest steps, of a whole network or of what is left while firms leave.

igraph computes it where loading the compiler would not pay; else a kernel follows 64 sources at once (brandes2001).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from clusternet import _compiled
from clusternet.network import igraph_view

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clusternet._compiled import Array
    from clusternet._paths import View
    from clusternet.network import Network

__all__ = ["Betweenness"]

LANES = 64
"""Sources followed at once: the bits of a word."""

IGRAPH_PACE = 20
"""Firms times ties that igraph does while plain Python does a unit of `_compiled.COMPILE_ABOVE`."""

UNHEARD = 2**24
"""Sources times firms and ties that the kernel goes through, about a second, before it looks up for an interrupt."""

DE_BRUIJN = 0x03F79D71B4CB0A89
"""Times a power of 2, this has a different number in its upper six bits for each of the 64."""

_LANE_OF = np.zeros(LANES, dtype=np.uint64)
_LANE_OF[[((DE_BRUIJN << lane) % 2**64) >> 58 for lane in range(LANES)]] = np.arange(LANES, dtype=np.uint64)


class Betweenness:
    """Betweenness of every firm that is left, by number of steps.

    Parameters
    ----------
    network
        The network.
    view
        "keep": paths follow the ties' direction; "undirected": direction is forgotten.
    runs
        How many whole computations are planned, to decide whether loading the compiler pays.
    """

    def __init__(self, network: Network, view: View, *, runs: float = 1) -> None:
        self._network, self._view = network, view
        graph = network.simple(view)
        n = graph.n
        self.score = np.zeros(n)
        """Points per firm, each unordered pair once where undirected; what firms that left had last."""
        self.left = np.ones(n, dtype=bool)
        """Whether a firm is left."""
        self.piece = np.zeros(n, dtype=np.int32)
        """A firm of the same component, one for all of it; what firms that left had last."""
        self._most = np.zeros(1, dtype=np.int64)
        self._half = 1.0 if graph.directed else 0.5
        work = int(min(runs * n * (n + len(graph.source)) / IGRAPH_PACE, 2**62))
        # By this network alone: the last digits of a number must not depend on what ran before.
        self._kernel = _compiled.compiled(_between, work) if work > _compiled.COMPILE_ABOVE else None
        if self._kernel is not None:
            along = graph.csr()
            back = along.T.tocsr() if graph.directed else along
            word = np.uint64
            self._inputs = (
                *(array.astype(np.int32) for array in (along.indptr, along.indices, back.indptr, back.indices)),
                *(_LANE_OF, word(DE_BRUIJN)),
            )
            self._scratch = (
                self.piece,
                *(np.empty(n, dtype=np.int32) for _ in range(2)),  # number, walk
                *(np.zeros(n, dtype=word) for _ in range(2)),  # seen, front
                *(np.zeros(n * LANES) for _ in range(2)),  # paths, share
                *(np.empty(n * LANES, dtype=kind) for kind in (np.int32, word)),  # node, lanes
                np.empty(n + 2, dtype=np.int64),  # start
                self._most,
            )
            self._block = LANES * max(1, UNHEARD // (LANES * (n + len(graph.source))))
        self._settle(np.arange(n, dtype=np.int32))
        self._whole = self.score.copy(), self.piece.copy()

    def restore(self) -> None:
        """Let all firms come back."""
        self.left[:] = True
        self.score[:], self.piece[:] = self._whole

    def leave(self, firms: int | NDArray[np.int64]) -> NDArray[np.int32]:
        """Take firms out, and return those whose betweenness was computed again: the ones they were connected with."""
        self.left[firms] = False
        hit = np.flatnonzero(np.isin(self.piece, self.piece[firms]) & self.left).astype(np.int32)
        self._settle(hit)
        return hit

    def _settle(self, firms: NDArray[np.int32]) -> None:
        """Compute the betweenness of firms that no others are connected with."""
        if self._kernel is not None:
            done = 0
            while done == 0 or done < self._most[0]:
                self._kernel(*self._inputs, done, done + self._block, firms, self.left, *self._scratch, self.score)
                done += self._block
            self.score[firms] *= self._half
            return
        graph = igraph_view(self._network, self._view)
        if len(firms) < graph.vcount():
            graph = graph.induced_subgraph(firms.tolist())
        self.score[firms] = graph.betweenness()
        for group in graph.connected_components(mode="weak"):
            self.piece[firms[group]] = firms[group[0]]


def _between(  # noqa: PLR0917 (kernels take arrays by position)
    out_start: Array,
    out: Array,
    in_start: Array,
    into: Array,
    lane_of: Array,
    magic: Array,
    begin: int,
    end: int,
    firms: Array,
    left: Array,
    piece: Array,
    number: Array,
    walk: Array,
    seen: Array,
    front: Array,
    paths: Array,
    share: Array,
    node: Array,
    lanes: Array,
    start: Array,
    most: Array,
    score: Array,
) -> None:
    """Add up the dependencies of whole components on sources `begin` to `end` of each, 64 at once, one a lane.

    From 0 on, components are found and their firms numbered; `most` becomes the size of the largest.

    `node` and `lanes` list, step by step from `start`, who is reached and from which sources. Firm v has lanes 64 v to
    64 v + 63 of `paths`, its number of shortest paths, and of `share`, what a path through it is worth; all are 0
    before and after, `front` too.
    """
    none, one, upper, width = np.uint64(0), np.uint64(1), np.uint64(58), np.uint64(64)
    if begin == 0:
        for v in firms:
            number[v] = -1
            score[v] = 0.0
        most[0] = 0
        for root in firms:
            if number[root] >= 0:
                continue
            number[root] = 0
            walk[0] = root
            size = 1
            at = 0
            while at < size:
                v = walk[at]
                piece[v] = root
                at += 1
                for bounds, near in ((out_start, out), (in_start, into)):
                    for e in range(bounds[v], bounds[v + 1]):
                        w = near[e]
                        if left[w] and number[w] < 0:
                            number[w] = size
                            walk[size] = w
                            size += 1
            most[0] = max(most[0], size)
    for first in range(begin, min(end, most[0]), LANES):
        # Sources in different components share lanes: their searches never meet.
        m = 0
        for v in firms:
            seen[v] = none
            place = number[v] - first
            if 0 <= place < LANES:
                seen[v] = one << np.uint64(place)
                paths[np.uint64(v) * width + np.uint64(place)] = 1.0
                node[m] = v
                lanes[m] = seen[v]
                m += 1
        start[0] = 0
        start[1] = m
        step = 0
        while start[step] < start[step + 1]:
            for i in range(start[step], start[step + 1]):
                v = node[i]
                base = np.uint64(v) * width
                for e in range(out_start[v], out_start[v + 1]):
                    w = out[e]
                    new = lanes[i] & ~seen[w]
                    if new and left[w]:
                        if front[w] == none:
                            node[m] = w
                            m += 1
                        front[w] |= new
                        to = np.uint64(w) * width
                        while new:
                            low = new & (~new + one)
                            k = lane_of[(low * magic) >> upper]
                            paths[to + k] += paths[base + k]
                            new ^= low
            for i in range(start[step + 1], m):
                w = node[i]
                lanes[i] = front[w]
                seen[w] |= front[w]
                front[w] = none
            step += 1
            start[step + 1] = m
        # Back from the farthest: a firm's own end and all that its share stands for go to those a step nearer.
        for at in range(step - 1, 0, -1):
            for i in range(start[at - 1], start[at]):
                front[node[i]] = lanes[i]
            for i in range(start[at], start[at + 1]):
                w = node[i]
                base = np.uint64(w) * width
                rest = lanes[i]
                while rest:
                    low = rest & (~rest + one)
                    k = base + lane_of[(low * magic) >> upper]
                    score[w] += share[k] * paths[k]
                    share[k] += 1.0 / paths[k]
                    rest ^= low
                for e in range(in_start[w], in_start[w + 1]):
                    v = into[e]
                    rest = lanes[i] & front[v]
                    to = np.uint64(v) * width
                    while rest:
                        low = rest & (~rest + one)
                        k = lane_of[(low * magic) >> upper]
                        share[to + k] += share[base + k]
                        rest ^= low
                rest = lanes[i]
                while rest:
                    low = rest & (~rest + one)
                    k = base + lane_of[(low * magic) >> upper]
                    share[k] = paths[k] = 0.0
                    rest ^= low
            for i in range(start[at - 1], start[at]):
                front[node[i]] = none
        for i in range(start[1]):
            k = np.uint64(node[i]) * width + lane_of[(lanes[i] * magic) >> upper]
            share[k] = paths[k] = 0.0
