"""Distances: how many steps firms are apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusternet._paths import distance_sums, inverse_distance_sums
from clusternet.cohesion._common import PATHS, WEIGHTS, Paths, share
from clusternet.measure import Direction, Weights, choose, network_measure

if TYPE_CHECKING:
    from clusternet.network import Network

__all__ = ["global_efficiency", "mean_distance"]


@network_measure(label="Mean distance", cites=("wattsstrogatz1998",))
def mean_distance(network: Network, *, direction: Paths = "keep", weights: Weights = "ignore") -> float:
    """Mean length of the shortest paths between firms that reach each other.

    Parameters
    ----------
    network
        The network.
    direction
        "keep": along the ties' direction, over ordered pairs. "all": direction is forgotten (strengths summed).
    weights
        "ignore": every tie has length 1. "strength": a tie has length 1/strength.

    Returns
    -------
    float
        At least 1 when unweighted. Pairs without a path are left out: read it beside `giant_share`. NaN when nobody
        reaches anybody.

    References
    ----------
    wattsstrogatz1998

    Examples
    --------
    >>> from clusternet import Network
    >>> mean_distance(Network.from_edges([("Ada", "Bo"), ("Bo", "Cy")])).__round__(3)
    1.333
    """
    choose("direction", direction, PATHS)
    choose("weights", weights, WEIGHTS)
    reached, total = distance_sums(network, "out" if direction == "keep" and network.is_directed else "all", weights)
    return share(total.sum(), reached.sum())


@network_measure(label="Global efficiency", cites=("latora2001",))
def global_efficiency(network: Network, *, direction: Paths = "keep", weights: Weights = "ignore") -> float:
    """Mean of 1/distance over all pairs of firms, where pairs without a path count 0.

    Parameters
    ----------
    network
        The network.
    direction
        "keep": along the ties' direction, over ordered pairs. "all": direction is forgotten (strengths summed).
    weights
        "ignore": every tie has length 1. "strength": a tie has length 1/strength, and the mean is not divided by that
        of an ideal network.

    Returns
    -------
    float
        At least 0; at most 1 when unweighted. NaN with fewer than two firms.

    References
    ----------
    latora2001

    Examples
    --------
    >>> from clusternet import Network
    >>> global_efficiency(Network.from_edges([("Ada", "Bo"), ("Bo", "Cy")])).__round__(3)
    0.833
    """
    choose("direction", direction, PATHS)
    choose("weights", weights, WEIGHTS)
    way: Direction = "out" if direction == "keep" and network.is_directed else "all"
    n = len(network)
    return share(inverse_distance_sums(network, way, weights).sum(), n * (n - 1))
