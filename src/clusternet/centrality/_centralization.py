"""How far the whole network is centered on one firm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from clusternet.centrality._common import DIRECTIONS
from clusternet.centrality._current import current_flow_betweenness
from clusternet.centrality._shortest import betweenness, closeness, harmonic, reach
from clusternet.centrality._status import eigenvector
from clusternet.centrality._ties import degree
from clusternet.measure import Direction, choose, network_measure

if TYPE_CHECKING:
    from clusternet.network import Network


Centralized = Literal[
    "degree", "closeness", "harmonic", "betweenness", "current_flow_betweenness", "eigenvector", "reach"
]
MEASURES = get_args(Centralized)
DENOMINATORS = ("star", "freeman", "igraph")


@network_measure(label="Degree centralization", cites=("freeman1979",))
def centralization(
    network: Network,
    *,
    measure: Centralized = "degree",
    direction: Direction = "all",
    denominator: Literal["star", "freeman", "igraph"] = "star",
) -> float:
    """How far the network is centered on one firm: summed distance to the highest centrality over the largest possible.

    Parameters
    ----------
    network
        The network; strengths are ignored.
    measure
        Whose centrality: raw degree, normalized closeness, harmonic closeness, betweenness or current-flow betweenness,
        eigenvector with maximum 1, or reach (with ``direction="out"`` the global reaching centrality of mones2012).
    direction
        "in", "out" or "all", as in that measure, but with "all" as the default for each of them: by itself betweenness
        forgets direction here (with "in" or "out" it follows it, and the two agree), and so does reach, whose global
        reaching centrality is that of "out". Current-flow betweenness always forgets direction.
    denominator
        The largest possible sum. "star": that of a star of n firms, whose ties all point the same way when direction
        counts: for "in" or "out" degree (n - 1)^2, as in sna. "freeman": the formulas of freeman1979, made for
        undirected networks, whatever the direction: for degree (n - 1)(n - 2), so that a directed star reaches
        (n - 1)/(n - 2). "igraph": the default of R igraph, which differs for degree, where a firm may tie itself
        (n(n - 1)), and for eigenvector, where the largest sum is that of a single tie among n firms (n - 2). Where
        direction plays no part "star" and "freeman" agree.

    Returns
    -------
    float
        From 0 (all firms alike) to 1 (a star); with "freeman" it can pass 1 in directed networks, and eigenvector
        centralization in disconnected ones with "star" or "freeman". NaN with fewer than three firms, or when the
        measure is undefined for some firm (closeness with isolates or several components, eigenvector without a
        principal vector).

    References
    ----------
    freeman1979, mones2012

    Examples
    --------
    >>> from clusternet import Network
    >>> centralization(Network.from_edges([("Ada", "Bo"), ("Ada", "Cy"), ("Ada", "Di")]))
    1.0
    """
    choose("measure", measure, MEASURES)
    choose("direction", direction, DIRECTIONS)
    choose("denominator", denominator, DENOMINATORS)
    n = len(network)
    if n < 3:
        return float("nan")
    directed = network.is_directed and direction != "all"
    if measure == "closeness" and network.component_codes("strong" if directed else "weak").any():
        return float("nan")
    values = {
        "degree": lambda: degree(network, direction=direction),
        "closeness": lambda: closeness(network, direction=direction),
        "harmonic": lambda: harmonic(network, direction=direction),
        "betweenness": lambda: betweenness(network, direction="keep" if directed else "all"),
        "current_flow_betweenness": lambda: current_flow_betweenness(network),
        "eigenvector": lambda: eigenvector(network, direction=direction),
        "reach": lambda: reach(network, direction=direction),
    }[measure]()
    if measure == "degree":
        both = network.is_directed and direction == "all"
        largest = _largest_degree_sum(n, both=both, one_way=directed, denominator=denominator)
    else:
        largest = _largest_sum(n, measure, one_way=directed and denominator != "freeman", denominator=denominator)
    return float((values.max() - values).sum(skipna=False) / largest)


def _largest_degree_sum(n: int, *, both: bool, one_way: bool, denominator: str) -> float:
    if denominator == "igraph":
        return float(n * (n - 1) * (2 if both else 1))
    if one_way and denominator == "star":
        return float((n - 1) ** 2)
    return float((n - 1) * (n - 2) * (2 if both else 1))


def _largest_sum(n: int, measure: str, *, one_way: bool, denominator: str) -> float:
    if measure == "closeness":
        # Every firm of a network with closeness for all reaches all others, so no one-way star does.
        return (n - 1) * (1 - 1 / n) if one_way else (n - 1) * (n - 2) / (2 * n - 3)
    if measure == "harmonic":
        return n - 1.0 if one_way else (n - 2) / 2
    if measure == "eigenvector":
        return n - 2.0 if denominator == "igraph" else float((n - 1) * (1 - 1 / np.sqrt(n - 1)))
    return n - 1.0
