"""What the parts of cohesion share: options, the graph in the direction asked for, and ties counted by group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from clusternet.measure import Weights, choose

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clusternet.network import Network, SimpleGraph

__all__ = [
    "DIRECTIONS", "NAN", "PATHS", "WEIGHTS", "Mixing", "Paths", "by_size", "graph_of", "mixing_of", "modularity_of",
    "share",
]  # fmt: skip

Paths = Literal["keep", "all"]
PATHS = ("keep", "all")
DIRECTIONS = ("in", "out", "all")
WEIGHTS = ("ignore", "strength")
NAN = float("nan")


def graph_of(network: Network, direction: Paths) -> SimpleGraph:
    """Return the simple graph that a measure with this `direction` sees."""
    choose("direction", direction, PATHS)
    return network.simple("keep" if direction == "keep" else "undirected")


def share(part: float, whole: float) -> float:
    """Return part/whole, NaN when there is no whole."""
    return float(part / whole) if whole else NAN


def by_size(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Renumber groups (numbered by first appearance) so that the largest is 0; those of one size keep their order."""
    order = np.argsort(-np.bincount(codes), kind="stable") if len(codes) else codes
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[codes]


@dataclass(frozen=True, slots=True, eq=False)
class Mixing:
    """Strength (or number) of ties by group: inside each group, sent by it, received by it. Undirected ties: both."""

    inside: NDArray[np.float64]
    sent: NDArray[np.float64]
    received: NDArray[np.float64]
    total: float


def mixing_of(graph: SimpleGraph, codes: NDArray[np.int64], weights: Weights) -> Mixing:
    """Return the ties by group; those of firms without a group (code -1) are left out."""
    source, target = codes[graph.source], codes[graph.target]
    values = graph.strength if weights == "strength" else None
    if codes.min(initial=0) < 0:
        known = (source >= 0) & (target >= 0)
        source, target = source[known], target[known]
        values = None if values is None else values[known]
    groups = int(codes.max(initial=-1)) + 1
    if groups**2 <= len(source):  # few groups: one count by pair of groups serves all three
        pairs = np.bincount(source * groups + target, weights=values, minlength=groups**2).reshape(groups, groups)
        inside, sent, received = pairs.diagonal(), pairs.sum(axis=1), pairs.sum(axis=0)
    else:
        same = source == target
        inside = np.bincount(source[same], weights=None if values is None else values[same], minlength=groups)
        sent = np.bincount(source, weights=values, minlength=groups)
        received = np.bincount(target, weights=values, minlength=groups)
    if not graph.directed:
        inside, sent = 2 * inside, sent + received
        received = sent
    return Mixing(inside.astype(float), sent.astype(float), received.astype(float), float(sent.sum()))


def modularity_of(graph: SimpleGraph, codes: NDArray[np.int64], weights: Weights, resolution: float) -> float:
    mixing = mixing_of(graph, codes, weights)
    total = mixing.total
    if total == 0:
        return NAN
    return float(mixing.inside.sum() / total - resolution * ((mixing.sent / total) @ (mixing.received / total)))
