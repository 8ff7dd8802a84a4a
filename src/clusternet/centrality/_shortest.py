"""Along shortest paths: closeness, harmonic closeness, betweenness of firms and of ties, reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from clusternet._betweenness import Betweenness
from clusternet._paths import View, distance_sums, inverse_distance_sums, lengths, reached_firms
from clusternet.centrality._common import DIRECTIONS, PATHS, WEIGHTS, Paths, other_mode, ratio
from clusternet.measure import Direction, Weights, choose, firm_measure, firm_series
from clusternet.network import igraph_view

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clusternet.network import Network


@firm_measure(label="Closeness", cites=("freeman1979", "wasserman1994"))
def closeness(
    network: Network,
    *,
    direction: Direction = "all",
    weights: Weights = "ignore",
    variant: Literal["component", "wasserman_faust"] = "component",
    scale: Literal["normalized", "raw", "two_mode"] = "normalized",
) -> pd.Series:
    """Inverse of the mean distance from each firm to the firms it can reach.

    Let r be the number of other firms within reach and D the sum of the distances to them.

    Parameters
    ----------
    network
        The network.
    direction
        "out" measures distances from the firm along ties sent, "in" distances to the firm, "all" distances that
        forget direction (strengths of the two directions summed).
    weights
        "ignore": every tie has length 1. "strength": a tie has length 1/strength.
    variant
        What unreachable firms mean. "component": nothing; r/D, comparable only within a component. "wasserman_faust":
        r/D times r/(n - 1), so that reaching few firms lowers the score.
    scale
        "normalized": as above. "raw": 1/D (times r/(n - 1) for "wasserman_faust"). "two_mode": the smallest D that a
        firm of this mode could have, over D, times r/(n - 1) whatever the variant (borgattihalgin2011).

    Returns
    -------
    Series
        One float per firm, above 0; at most 1 when normalized and unweighted. NaN when the firm reaches nobody
        (isolates), in both variants.

    Raises
    ------
    NetworkError
        If ``scale="two_mode"`` and the network is not two-mode.

    Notes
    -----
    networkx answers "wasserman_faust" with 0 for isolates and takes "in" distances in directed networks; igraph
    answers "component".

    References
    ----------
    freeman1979, wasserman1994, borgattihalgin2011

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Di", "Ed")])
    >>> closeness(net).round(2).to_dict()
    {'Ada': 0.67, 'Bo': 1.0, 'Cy': 0.67, 'Di': 1.0, 'Ed': 1.0}
    >>> closeness(net, variant="wasserman_faust").round(2).to_dict()
    {'Ada': 0.33, 'Bo': 0.5, 'Cy': 0.33, 'Di': 0.25, 'Ed': 0.25}
    """
    choose("direction", direction, DIRECTIONS)
    choose("weights", weights, WEIGHTS)
    choose("variant", variant, ("component", "wasserman_faust"))
    choose("scale", scale, ("normalized", "raw", "two_mode"))
    reached, total = distance_sums(network, direction, weights)
    values = ratio(1.0, total)
    if scale == "normalized":
        values *= reached
    elif scale == "two_mode":
        other, own = other_mode(network)
        values *= other + 2 * (own - 1)
    if variant == "wasserman_faust" or scale == "two_mode":
        values *= ratio(reached, len(network) - 1)
    return firm_series(network, values, "closeness")


@firm_measure(label="Harmonic closeness", cites=("rochat2009",))
def harmonic(
    network: Network,
    *,
    direction: Direction = "all",
    weights: Weights = "ignore",
    scale: Literal["normalized", "raw"] = "normalized",
) -> pd.Series:
    """Mean of 1/distance from each firm to all others, where out of reach counts 0.

    Parameters
    ----------
    network
        The network.
    direction
        "out": distances from the firm, "in": to the firm, "all": direction forgotten (strengths summed).
    weights
        "ignore": every tie has length 1. "strength": a tie has length 1/strength.
    scale
        "normalized": divided by n - 1, the number of other firms of the whole network. "raw": the sum.

    Returns
    -------
    Series
        One float per firm, at least 0; at most 1 when normalized and unweighted. Isolates get 0. NaN for the only firm
        of a network when normalized.

    References
    ----------
    rochat2009

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Di", "Ed")])
    >>> harmonic(net, scale="raw").to_dict()
    {'Ada': 1.5, 'Bo': 2.0, 'Cy': 1.5, 'Di': 1.0, 'Ed': 1.0}
    """
    choose("direction", direction, DIRECTIONS)
    choose("weights", weights, WEIGHTS)
    choose("scale", scale, ("normalized", "raw"))
    total = inverse_distance_sums(network, direction, weights)
    return firm_series(network, total.copy() if scale == "raw" else ratio(total, len(network) - 1), "harmonic")


@firm_measure(label="Reach", cites=("mones2012",))
def reach(network: Network, *, direction: Direction = "out") -> pd.Series:
    """Share of all other firms to which a path leads, in any number of steps (local reaching centrality).

    Parameters
    ----------
    network
        The network.
    direction
        "out": firms that can be reached from the firm. "in": firms that can reach it. "all": direction is forgotten,
        so all other firms of its component.

    Returns
    -------
    Series
        One float per firm from 0 to 1. Isolates get 0. NaN for the only firm of a network.

    References
    ----------
    mones2012

    Examples
    --------
    >>> from clusternet import Network
    >>> reach(Network.from_edges([("Ada", "Bo"), ("Bo", "Cy")], directed=True)).to_dict()
    {'Ada': 1.0, 'Bo': 0.5, 'Cy': 0.0}
    """
    choose("direction", direction, DIRECTIONS)
    return firm_series(network, ratio(reached_firms(network, direction), len(network) - 1), "reach")


@firm_measure(label="Betweenness", cites=("freeman1977", "brandes2001"))
def betweenness(
    network: Network,
    *,
    direction: Paths = "keep",
    weights: Weights = "ignore",
    scale: Literal["normalized", "raw", "two_mode"] = "normalized",
) -> pd.Series:
    """Share of the shortest paths between other firms that pass through each firm.

    Each pair of other firms gives its shortest paths one point in all, shared equally among them.

    Parameters
    ----------
    network
        The network.
    direction
        "keep": paths follow the ties' direction, and (a, b) and (b, a) are two pairs. "all": direction is forgotten
        (strengths of the two directions summed). There is no "in" or "out": turning all ties round changes nothing.
    weights
        "ignore": every tie has length 1. "strength": a tie has length 1/strength; lengths that differ by rounding
        only count as equal.
    scale
        "raw": points; each unordered pair counts once in an undirected network. "normalized": divided by the number
        of pairs of other firms, (n - 1)(n - 2)/2, or twice that when directed. "two_mode": divided by the largest
        value that a firm of this mode can have (borgattihalgin2011); direction is forgotten.

    Returns
    -------
    Series
        One float per firm, at least 0; at most 1 when normalized. Isolates get 0. NaN when normalized and the network
        has fewer than three firms.

    Raises
    ------
    NetworkError
        If ``scale="two_mode"`` and the network is not two-mode.

    References
    ----------
    freeman1977, brandes2001, borgattihalgin2011

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Cy", "Di")])
    >>> betweenness(net, scale="raw").to_dict()
    {'Ada': 0.0, 'Bo': 2.0, 'Cy': 2.0, 'Di': 0.0}
    """
    choose("direction", direction, PATHS)
    choose("weights", weights, WEIGHTS)
    choose("scale", scale, ("normalized", "raw", "two_mode"))
    most = _most_between(network) if scale == "two_mode" else None
    view: View = "keep" if direction == "keep" and most is None else "undirected"
    length = lengths(network, view, weights)
    if length is None:
        values = Betweenness(network, view).score
    else:
        values = np.array(igraph_view(network, view).betweenness(weights=length), dtype=float)
    if scale == "raw":
        return firm_series(network, values, "betweenness")
    if most is None:
        n = float(len(network))
        most = np.full(len(network), (n - 1) * (n - 2) / (1 if network.simple(view).directed else 2))
    return firm_series(network, ratio(values, most), "betweenness")


def _most_between(network: Network) -> NDArray[np.float64]:
    """Return the largest betweenness a firm of each mode can have (Borgatti and Everett 1997)."""
    other, own = other_mode(network)
    most = np.full(len(network), np.nan)
    known = own > 0
    m = other[known]
    s, t = np.divmod(own[known] - 1, m)
    most[known] = 0.5 * (m**2 * (s + 1) ** 2 + m * (s + 1) * (2 * t - s - 1) - t * (2 * s - t + 3))
    return most


def tie_betweenness(
    network: Network,
    *,
    direction: Paths = "keep",
    weights: Weights = "ignore",
    scale: Literal["normalized", "raw"] = "normalized",
) -> pd.DataFrame:
    """Share of the shortest paths between firms that run along each tie.

    Parameters
    ----------
    network
        The network; parallel ties count as one.
    direction
        "keep": paths follow the ties' direction. "all": direction is forgotten (strengths summed).
    weights
        "ignore": every tie has length 1. "strength": a tie has length 1/strength.
    scale
        "raw": each pair gives one point to its shortest paths. "normalized": divided by the number of pairs,
        n(n - 1)/2, or twice that when directed.

    Returns
    -------
    DataFrame
        One row per tied pair (per arc when directed): ``source``, ``target``, ``betweenness`` (float above 0; at most
        1 when normalized).

    References
    ----------
    newmangirvan2004

    Examples
    --------
    >>> from clusternet import Network
    >>> tie_betweenness(Network.from_edges([("Ada", "Bo"), ("Bo", "Cy")]), scale="raw")["betweenness"].tolist()
    [2.0, 2.0]
    """
    choose("direction", direction, PATHS)
    choose("weights", weights, WEIGHTS)
    choose("scale", scale, ("normalized", "raw"))
    view: View = "keep" if direction == "keep" else "undirected"
    pairs = network.simple(view)
    values = igraph_view(network, view).edge_betweenness(weights=lengths(network, view, weights))
    ids, n = network.firms.index, float(len(network))
    possible = 1.0 if scale == "raw" else n * (n - 1) / (1 if pairs.directed else 2)
    return pd.DataFrame(
        {
            "source": ids[pairs.source],
            "target": ids[pairs.target],
            "betweenness": np.asarray(values, dtype="float64") / max(possible, 1.0),
        }
    )
