"""Groups that are given (sector, place, owner): how far ties stay within them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from clusternet.cohesion._common import DIRECTIONS, NAN, WEIGHTS, Paths, graph_of, mixing_of, modularity_of, share
from clusternet.errors import OptionError
from clusternet.measure import Direction, Weights, choose, firm_groups, firm_series, firm_values, network_measure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from clusternet.network import Network, SimpleGraph

__all__ = [
    "degree_assortativity",
    "ei_index",
    "firm_ei_index",
    "modularity",
    "nominal_assortativity",
    "numeric_assortativity",
]


def modularity(
    network: Network,
    groups: str | pd.Series | Iterable[object],
    *,
    direction: Paths = "keep",
    weights: Weights = "ignore",
    resolution: float = 1.0,
) -> float:
    """Share of ties inside groups, less the share expected if ties were dealt at random with the same degrees.

    Parameters
    ----------
    network
        The network.
    groups
        A column of ``network.firms``, a Series by firm id, or one group per firm. Firms without a group are left out,
        with their ties.
    direction
        "keep": the expected share of a directed network uses ties sent and ties received (leicht2008). "all":
        direction is forgotten (strengths of the two directions summed).
    weights
        "ignore": ties exist or not. "strength": ties count by strength.
    resolution
        Factor of the expected share.

    Returns
    -------
    float
        From -1 to 1 at resolution 1; 0 when all firms are one group. NaN without ties.

    References
    ----------
    newmangirvan2004, leicht2008

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Cy", "Di")])
    >>> modularity(net, ["x", "x", "y", "y"])
    0.5
    """
    graph = graph_of(network, direction)
    choose("weights", weights, WEIGHTS)
    return modularity_of(graph, firm_groups(network, groups)[0], weights, resolution)


def ei_index(
    network: Network,
    groups: str | pd.Series | Iterable[object],
    *,
    direction: Paths = "keep",
    weights: Weights = "ignore",
) -> float:
    """Ties between groups less ties within groups, over all ties.

    Parameters
    ----------
    network
        The network.
    groups
        A column of ``network.firms``, a Series by firm id, or one group per firm. Ties of firms without a group are
        left out.
    direction
        "keep": arcs count. "all": tied pairs count (strengths of the two directions summed).
    weights
        "ignore": ties count. "strength": their strengths do.

    Returns
    -------
    float
        From -1 (all ties within groups) to 1 (all between). NaN without ties.

    References
    ----------
    krackhardtstern1988

    Examples
    --------
    >>> from clusternet import Network
    >>> ei_index(Network.from_edges([("Ada", "Bo"), ("Bo", "Cy")]), ["x", "x", "y"])
    0.0
    """
    graph = graph_of(network, direction)
    choose("weights", weights, WEIGHTS)
    mixing = mixing_of(graph, firm_groups(network, groups)[0], weights)
    return share(mixing.total - 2 * mixing.inside.sum(), mixing.total)


def firm_ei_index(
    network: Network,
    groups: str | pd.Series | Iterable[object],
    *,
    direction: Direction = "all",
    weights: Weights = "ignore",
) -> pd.Series:
    """Ties of each firm to other groups less ties to its own group, over all its ties.

    Parameters
    ----------
    network
        The network.
    groups
        A column of ``network.firms``, a Series by firm id, or one group per firm. Partners without a group are left
        out.
    direction
        "in" ties received, "out" ties sent, "all" direction forgotten: each partner counts once (strengths of the two
        directions summed).
    weights
        "ignore": partners count. "strength": the strengths of the ties to them do.

    Returns
    -------
    Series
        One float per firm from -1 (its own group only) to 1 (other groups only). NaN for isolates and for firms
        without a group.

    References
    ----------
    krackhardtstern1988

    Examples
    --------
    >>> from clusternet import Network
    >>> firm_ei_index(Network.from_edges([("Ada", "Bo"), ("Bo", "Cy")]), ["x", "x", "y"]).to_dict()
    {'Ada': -1.0, 'Bo': 0.0, 'Cy': 1.0}
    """
    choose("direction", direction, DIRECTIONS)
    choose("weights", weights, WEIGHTS)
    graph = graph_of(network, "all" if direction == "all" else "keep")
    codes = firm_groups(network, groups)[0]
    ego, alter, values = graph.source, graph.target, graph.strength
    if not graph.directed:
        ego, alter = np.concatenate([ego, alter]), np.concatenate([alter, ego])
        values = np.concatenate([values, values])
    elif direction == "in":
        ego, alter = alter, ego
    known = (codes[ego] >= 0) & (codes[alter] >= 0)
    ego, alter, values = ego[known], alter[known], values[known]
    if weights == "ignore":
        values = np.ones(len(values))
    total = np.bincount(ego, weights=values, minlength=graph.n)
    signed = np.bincount(ego, weights=np.where(codes[ego] == codes[alter], -values, values), minlength=graph.n)
    index = np.divide(signed, total, out=np.full(graph.n, np.nan), where=total > 0)
    return firm_series(network, index, "firm_ei_index")


def nominal_assortativity(
    network: Network,
    groups: str | pd.Series | Iterable[object],
    *,
    direction: Paths = "keep",
    weights: Weights = "ignore",
) -> float:
    """How far ties join firms of one group, between what chance gives (0) and always (1).

    (sum of e_gg - sum of a_g b_g) / (1 - sum of a_g b_g), with e_gg the share of ties inside group g, a_g the share
    that g sends and b_g the share that it receives.

    Parameters
    ----------
    network
        The network.
    groups
        A column of ``network.firms``, a Series by firm id, or one group per firm. Ties of firms without a group are
        left out.
    direction
        "keep": arcs count. "all": direction is forgotten (strengths of the two directions summed).
    weights
        "ignore": ties count. "strength": their strengths do.

    Returns
    -------
    float
        From -1 to 1. NaN without ties, or when all ties are inside one and the same group.

    References
    ----------
    newman2003

    Examples
    --------
    >>> from clusternet import Network
    >>> nominal_assortativity(Network.from_edges([("Ada", "Bo"), ("Cy", "Di")]), ["x", "x", "y", "y"])
    1.0
    """
    graph = graph_of(network, direction)
    choose("weights", weights, WEIGHTS)
    mixing = mixing_of(graph, firm_groups(network, groups)[0], weights)
    if mixing.total == 0 or np.count_nonzero(mixing.sent + mixing.received) < 2:
        return NAN
    chance = float(mixing.sent @ mixing.received) / mixing.total**2
    return share(float(mixing.inside.sum()) / mixing.total - chance, 1 - chance)


def numeric_assortativity(
    network: Network, values: str | pd.Series | Iterable[float], *, direction: Paths = "keep"
) -> float:
    """Correlation of a number of the firms (size, age, strength) over the ties.

    Parameters
    ----------
    network
        The network.
    values
        A column of ``network.firms``, a Series by firm id, or one number per firm. Ties of firms without a number
        are left out.
    direction
        "keep": source against target over arcs. "all": direction is forgotten, every tied pair counts both ways.

    Returns
    -------
    float
        From -1 to 1. NaN without ties, or when all sources or all targets have the same number.

    References
    ----------
    newman2003

    Examples
    --------
    >>> from clusternet import Network
    >>> numeric_assortativity(Network.from_edges([("Ada", "Bo"), ("Bo", "Cy")]), [1, 5, 1])
    -1.0
    """
    graph = graph_of(network, direction)
    numbers = firm_values(network, values)
    if not (pd.api.types.is_numeric_dtype(numbers) or len(numbers) == 0):
        raise OptionError("values must be numbers; nominal_assortativity takes groups.")
    return _tie_correlation(graph, *(numbers.to_numpy(dtype=float, na_value=np.nan),) * 2)


@network_measure(label="Degree assortativity", cites=("newman2003",))
def degree_assortativity(
    network: Network,
    *,
    weights: Weights = "ignore",
    ends: Literal["all", "out_in", "out_out", "in_in", "in_out"] = "all",
) -> float:
    """Correlation of the partners' degrees over the ties.

    Parameters
    ----------
    network
        The network.
    weights
        "ignore": degrees. "strength": strengths; every tie counts once either way.
    ends
        "all": degrees of the network with direction forgotten. The others keep direction and name the degree of the
        source, then that of the target: "out_in" asks whether firms that send many ties send them to firms that
        receive many (the default of igraph and networkx in directed networks).

    Returns
    -------
    float
        From -1 to 1. NaN without ties, or when all degrees on one side are equal.

    References
    ----------
    newman2003

    Examples
    --------
    >>> from clusternet import Network
    >>> degree_assortativity(Network.from_edges([("Ada", "Bo"), ("Ada", "Cy"), ("Ada", "Di")]))
    -1.0
    """
    choose("weights", weights, WEIGHTS)
    choose("ends", ends, ("all", "out_in", "out_out", "in_in", "in_out"))
    graph = network.simple("undirected" if ends == "all" else "keep")
    values = graph.strength if weights == "strength" else np.ones(len(graph.source))
    sums = {
        "out": np.bincount(graph.source, weights=values, minlength=graph.n).astype(np.float64),
        "in": np.bincount(graph.target, weights=values, minlength=graph.n).astype(np.float64),
    }
    if not graph.directed:
        sums["out"] = sums["in"] = sums["out"] + sums["in"]
    first, second = ("out", "out") if ends == "all" else ends.split("_")
    return _tie_correlation(graph, sums[first], sums[second])


def _tie_correlation(graph: SimpleGraph, source: NDArray[np.float64], target: NDArray[np.float64]) -> float:
    """Correlate a number of the source with one of the target over the ties; undirected ties count both ways."""
    one, other = source[graph.source], target[graph.target]
    known = np.isfinite(one) & np.isfinite(other)
    one, other = one[known], other[known]
    if not graph.directed:
        one, other = np.concatenate([one, other]), np.concatenate([other, one])
    if len(one) == 0 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return NAN
    one, other = one - one.mean(), other - other.mean()
    return float(np.clip((one @ other) / np.sqrt((one @ one) * (other @ other)), -1, 1))
