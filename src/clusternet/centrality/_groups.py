"""Group centrality: how prominent a set of firms is as a whole, its members counted together and not added up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from clusternet._paths import DEPTH_LIMIT, View, lengths
from clusternet.centrality._common import DIRECTIONS, PATHS, WEIGHTS, Paths, ratio
from clusternet.errors import OptionError
from clusternet.measure import Direction, Weights, choose

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from clusternet.network import Network, SimpleGraph

BLOCK = 2**20
"""Numbers held at a time while paths grow step by step."""


def group_degree(
    network: Network,
    firms: Iterable[object],
    *,
    direction: Direction = "all",
    scale: Literal["normalized", "raw"] = "normalized",
) -> float:
    """How many firms outside of a group have a tie to at least one of its members.

    Parameters
    ----------
    network
        The network.
    firms
        Ids of the group's members; a repeated id counts once.
    direction
        "in": outsiders that send a tie to a member. "out": outsiders that receive one. "all": either; each counts once.
    scale
        "normalized": the share of all outsiders. "raw": their number.

    Returns
    -------
    float
        From 0 to 1, or a count. NaN when normalized and nobody is outside.

    Raises
    ------
    OptionError
        If the group is empty.
    UnknownFirmError
        If an id is not in the network.

    References
    ----------
    everettborgatti1999

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Cy", "Di"), ("Di", "Ed")])
    >>> group_degree(net, ["Bo", "Cy"], scale="raw")
    2.0
    """
    choose("direction", direction, DIRECTIONS)
    choose("scale", scale, ("normalized", "raw"))
    inside = _members(network, firms)
    graph = network.simple("undirected" if direction == "all" else "keep")
    touched = np.zeros(len(network), dtype=bool)
    if direction != "in" or not graph.directed:
        touched[graph.target[inside[graph.source]]] = True
    if direction != "out" or not graph.directed:
        touched[graph.source[inside[graph.target]]] = True
    count = float((touched & ~inside).sum())
    return count if scale == "raw" else float(ratio(count, (~inside).sum()))


def group_closeness(
    network: Network,
    firms: Iterable[object],
    *,
    direction: Direction = "all",
    weights: Weights = "ignore",
    variant: Literal["component", "wasserman_faust"] = "component",
) -> float:
    """Inverse of the mean distance between a group and the firms outside of it that it can reach.

    The distance of an outsider is that to the nearest member. Let r be the number of outsiders within reach and D the
    sum of their distances.

    Parameters
    ----------
    network
        The network.
    firms
        Ids of the group's members; a repeated id counts once.
    direction
        "out": distances from the group along ties sent. "in": to the group. "all": direction is forgotten (strengths
        of the two directions summed).
    weights
        "ignore": every tie has length 1. "strength": a tie has length 1/strength.
    variant
        What unreachable outsiders mean, as in `closeness`. "component": nothing; r/D. "wasserman_faust": r/D times the
        share of outsiders within reach.

    Returns
    -------
    float
        Above 0; at most 1 when strengths are ignored. NaN when the group reaches no outsider.

    Raises
    ------
    OptionError
        If the group is empty.
    UnknownFirmError
        If an id is not in the network.

    Notes
    -----
    networkx divides the number of all outsiders by the distances to those within reach, so that its value rises when
    firms are out of reach; the two agree in connected networks.

    References
    ----------
    everettborgatti1999

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Cy", "Di"), ("Di", "Ed")])
    >>> group_closeness(net, ["Bo", "Cy"])
    0.75
    """
    choose("direction", direction, DIRECTIONS)
    choose("weights", weights, WEIGHTS)
    choose("variant", variant, ("component", "wasserman_faust"))
    inside = _members(network, firms)
    graph = network.simple("undirected" if direction == "all" else "keep")
    distance = _steps_from(graph, inside, direction) if weights == "ignore" else None
    if distance is None:
        distance = _distances_from(graph, inside, direction, weights)
    distance = distance[~inside]
    near = np.isfinite(distance)
    value = ratio(near.sum(), distance[near].sum())
    return float(value if variant == "component" else value * near.mean())


def group_betweenness(
    network: Network,
    firms: Iterable[object],
    *,
    direction: Paths = "keep",
    weights: Weights = "ignore",
    scale: Literal["normalized", "raw"] = "normalized",
) -> float:
    """Share of the shortest paths between outsiders that pass through at least one member of a group.

    Each pair of outsiders gives its shortest paths one point in all, shared equally among them; a path through several
    members counts once.

    Parameters
    ----------
    network
        The network.
    firms
        Ids of the group's members; a repeated id counts once.
    direction
        "keep": paths follow the ties' direction, and (a, b) and (b, a) are two pairs. "all": direction is forgotten
        (strengths of the two directions summed).
    weights
        "ignore": every tie has length 1. "strength": a tie has length 1/strength.
    scale
        "raw": points; each unordered pair counts once in an undirected network. "normalized": divided by the number of
        pairs of outsiders, k(k - 1)/2, or twice that when directed.

    Returns
    -------
    float
        At least 0; at most 1 when normalized. NaN when normalized and fewer than two firms are outside.

    Raises
    ------
    OptionError
        If the group is empty.
    UnknownFirmError
        If an id is not in the network.

    References
    ----------
    everettborgatti1999

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Cy", "Di"), ("Di", "Ed")])
    >>> group_betweenness(net, ["Bo", "Cy"], scale="raw")
    2.0
    """
    choose("direction", direction, PATHS)
    choose("weights", weights, WEIGHTS)
    choose("scale", scale, ("normalized", "raw"))
    inside = _members(network, firms)
    view: View = "keep" if direction == "keep" else "undirected"
    directed = network.simple(view).directed
    points = _through_by_steps(network, inside, view) if weights == "ignore" else None
    if points is None:
        points = _through(network, inside, view, weights)
    points /= 1 if directed else 2
    outside = float((~inside).sum())
    return points if scale == "raw" else float(ratio(points, outside * (outside - 1) / (1 if directed else 2)))


def _members(network: Network, firms: Iterable[object]) -> NDArray[np.bool_]:
    inside = np.zeros(len(network), dtype=bool)
    inside[network.positions(firms)] = True
    if not inside.any():
        raise OptionError("the group is empty; name at least one firm, as in group_degree(net, ['f1', 'f2']).")
    return inside


def _steps_from(graph: SimpleGraph, inside: NDArray[np.bool_], direction: Direction) -> NDArray[np.float64] | None:
    """Return the number of steps between the group and every firm, or None when paths grow too long."""
    distance = np.where(inside, 0.0, np.inf)
    edge = inside
    for step in range(1, DEPTH_LIMIT + 1):
        new = np.zeros(graph.n, dtype=bool)
        if direction != "in" or not graph.directed:
            new[graph.target[edge[graph.source]]] = True
        if direction != "out" or not graph.directed:
            new[graph.source[edge[graph.target]]] = True
        edge = new & np.isinf(distance)
        if not edge.any():
            return distance
        distance[edge] = step
    return None


def _distances_from(
    graph: SimpleGraph, inside: NDArray[np.bool_], direction: Direction, weights: Weights
) -> NDArray[np.float64]:
    """Return the length of the shortest path between the group and every firm."""
    from scipy.sparse.csgraph import dijkstra

    matrix = graph.csr(weights=weights)
    matrix.data = 1.0 / matrix.data
    if direction == "in":
        matrix = matrix.T.tocsr()
    return np.asarray(dijkstra(matrix, indices=np.flatnonzero(inside), min_only=True))


def _through_by_steps(network: Network, inside: NDArray[np.bool_], view: View) -> float | None:
    """Return what `_through` returns where every tie has length 1, or None when paths grow too long.

    All paths take one step at a time, from a block of outsiders at once: those from a firm to every other, and among
    them those that have avoided the group.
    """
    step = network.simple(view).csr().T.tocsr()
    n = len(network)
    outside = np.flatnonzero(~inside)
    points = 0.0
    size = max(BLOCK // max(n, 1), 1)
    for first in range(0, len(outside), size):
        sources = outside[first : first + size]
        paths = np.zeros((n, len(sources)))
        paths[sources, np.arange(len(sources))] = 1.0
        avoiding, unseen = paths.copy(), paths == 0
        for _ in range(DEPTH_LIMIT):
            paths, avoiding = step @ paths, step @ avoiding
            paths *= unseen
            avoiding *= unseen
            avoiding[inside] = 0.0
            arrived = paths > 0
            if not arrived.any():
                break
            unseen &= ~arrived
            arrived[inside] = False
            points += arrived.sum() - np.divide(avoiding, paths, out=np.zeros_like(paths), where=arrived).sum()
        else:
            return None
    # What is left of rounding where no path meets the group.
    return float(points) if points > 1e-9 else 0.0


def _through(network: Network, inside: NDArray[np.bool_], view: View, weights: Weights) -> float:
    """Return the points of all ordered pairs of outsiders whose paths pass through a member.

    Every firm has two places: v for paths that have met no member yet and n + v for paths that have. A tie to a member
    leads over for good. From both places of an outsider one more tie leads to its exit, 2n + v, so that the pair (s, t)
    has the same paths as from s to the exit of t, and those that met a member are those that take the tie from n + t.
    """
    import igraph

    n = len(network)
    graph = network.simple(view)
    source, target = graph.source, graph.target
    length = np.array(lengths(network, view, weights) or np.ones(len(source)))
    if not graph.directed:
        source, target = np.concatenate([source, target]), np.concatenate([target, source])
        length = np.tile(length, 2)
    # Only paths from outsiders to outsiders are asked for; a member is never the start of one.
    early = ~inside[source]
    outside = np.flatnonzero(~inside)
    if len(outside) < 2:
        return 0.0
    start = np.concatenate([source[early], n + source, n + outside, outside])
    end = np.concatenate(
        [np.where(inside[target], n + target, target)[early], n + target, 2 * n + outside, 2 * n + outside]
    )
    exits = np.full(2 * len(outside), length.min(initial=1.0))
    doubled = igraph.Graph(n=3 * n, edges=zip(start.tolist(), end.tolist(), strict=True), directed=True)
    flows = doubled.edge_betweenness(
        weights=None if weights == "ignore" else np.concatenate([length[early], length, exits]).tolist(),
        sources=outside.tolist(),
        targets=(2 * n + outside).tolist(),
    )
    first = int(early.sum()) + len(source)
    return float(sum(flows[first : first + len(outside)]))
