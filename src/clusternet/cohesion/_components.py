"""Components and cores: which firms hang together, and which would fall apart if one left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from clusternet.cohesion._common import DIRECTIONS, by_size, share
from clusternet.measure import Direction, choose, firm_measure, firm_series, network_measure
from clusternet.network import igraph_view

if TYPE_CHECKING:
    from clusternet.network import Network

__all__ = [
    "articulation_firms",
    "bicomponents",
    "bridges",
    "components",
    "degeneracy",
    "giant_share",
    "k_coreness",
    "k_truss",
    "n_components",
]


def components(network: Network, *, connection: Literal["weak", "strong"] = "weak") -> pd.Series:
    """Return the component of each firm.

    Parameters
    ----------
    network
        The network.
    connection
        "weak": joined by paths that forget direction. "strong": each reaches the other along the ties' direction.

    Returns
    -------
    Series
        One integer per firm: 0 is the largest component; components of one size are numbered in the order in which
        they appear in the firm table. An isolate is a component of its own.

    References
    ----------
    wasserman1994

    Examples
    --------
    >>> from clusternet import Network
    >>> components(Network.from_edges([("Di", "Ed"), ("Ada", "Bo"), ("Bo", "Cy")])).to_dict()
    {'Di': 1, 'Ed': 1, 'Ada': 0, 'Bo': 0, 'Cy': 0}
    """
    codes = by_size(network.component_codes(connection))
    return pd.Series(codes, index=network.firms.index, name="components")


@network_measure(label="Components", cites=("wasserman1994",))
def n_components(network: Network, *, connection: Literal["weak", "strong"] = "weak") -> float:
    """How many components the network has, isolates included.

    Parameters
    ----------
    network
        The network.
    connection
        "weak" or "strong", as in `components`.

    Returns
    -------
    float
        From 0 (no firm) to n (no tie).

    References
    ----------
    wasserman1994

    Examples
    --------
    >>> from clusternet import Network
    >>> n_components(Network.from_edges([("Ada", "Bo"), ("Bo", "Cy")], firms=["Di"]))
    2.0
    """
    return float(network.component_codes(connection).max(initial=-1) + 1)


@network_measure(label="Giant component share", cites=("wasserman1994",))
def giant_share(network: Network, *, connection: Literal["weak", "strong"] = "weak") -> float:
    """Share of the firms that belong to the largest component.

    Parameters
    ----------
    network
        The network.
    connection
        "weak" or "strong", as in `components`.

    Returns
    -------
    float
        Above 0, up to 1. NaN without firms.

    References
    ----------
    wasserman1994

    Examples
    --------
    >>> from clusternet import Network
    >>> giant_share(Network.from_edges([("Ada", "Bo"), ("Bo", "Cy")], firms=["Di"]))
    0.75
    """
    codes = network.component_codes(connection)
    return share(np.bincount(codes).max(initial=0), len(codes))


def bicomponents(network: Network) -> pd.DataFrame:
    """Return the members of every bicomponent: the largest parts that no single firm can split by leaving.

    Parameters
    ----------
    network
        The network; direction is forgotten.

    Returns
    -------
    DataFrame
        One row per bicomponent and firm: ``component`` (0, 1, ..., larger ones first) and ``firm``, in the order of
        the firm table. Articulation firms are in several. A tie that is a bridge is a bicomponent of two; from three
        firms on they are the 2-components of `k_components`. Isolates are in none.

    References
    ----------
    hopcroft1973

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Ada", "Cy"), ("Cy", "Di")])
    >>> bicomponents(net).groupby("component")["firm"].agg(list).to_dict()
    {0: ['Ada', 'Bo', 'Cy'], 1: ['Cy', 'Di']}
    """
    parts = [sorted(part) for part in igraph_view(network, "undirected").biconnected_components()]
    parts.sort(key=lambda part: (-len(part), part))
    number = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    positions = np.array([firm for part in parts for firm in part], dtype=np.int64)
    return pd.DataFrame({"component": number, "firm": network.firms.index[positions]})


@firm_measure(label="k-coreness", cites=("seidman1983",))
def k_coreness(network: Network, *, direction: Direction = "all") -> pd.Series:
    """Largest k such that the firm belongs to a group in which all have at least k ties within the group.

    Not the coreness of core-periphery models.

    Parameters
    ----------
    network
        The network.
    direction
        Which ties count: "in" ties received, "out" ties sent, "all" both, so that a mutual partner counts twice in a
        directed network (use ``network.undirected()`` to count partners).

    Returns
    -------
    Series
        One float per firm, at least 0. Isolates get 0; never NaN.

    References
    ----------
    seidman1983

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Ada", "Cy"), ("Cy", "Di")])
    >>> k_coreness(net).to_dict()
    {'Ada': 2.0, 'Bo': 2.0, 'Cy': 2.0, 'Di': 1.0}
    """
    choose("direction", direction, DIRECTIONS)
    values = igraph_view(network).coreness(mode=direction)
    return firm_series(network, np.fromiter(values, dtype=np.float64, count=len(values)), "k_coreness")


def degeneracy(network: Network, *, direction: Direction = "all") -> float:
    """Largest k for which the network has a k-core, a group in which all have at least k ties within the group.

    Parameters
    ----------
    network
        The network.
    direction
        As in `k_coreness`.

    Returns
    -------
    float
        A whole number of at least 0. NaN without firms.

    References
    ----------
    seidman1983

    Examples
    --------
    >>> from clusternet import Network
    >>> degeneracy(Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Ada", "Cy"), ("Cy", "Di")]))
    2.0
    """
    return float(k_coreness(network, direction=direction).max())


@firm_measure(label="k-truss", cites=("cohen2008",))
def k_truss(network: Network) -> pd.Series:
    """Largest k such that the firm has a tie in a group whose ties all close k - 2 triangles within the group.

    Parameters
    ----------
    network
        The network; direction is forgotten.

    Returns
    -------
    Series
        One float per firm: 0 for isolates, 2 for firms in no triangle, at most 1 above `k_coreness`. Never NaN.

    References
    ----------
    cohen2008

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Ada", "Cy"), ("Cy", "Di")])
    >>> k_truss(net).to_dict()
    {'Ada': 3.0, 'Bo': 3.0, 'Cy': 3.0, 'Di': 2.0}
    """
    near = [set(firms) for firms in igraph_view(network, "undirected").get_adjlist()]
    graph = network.simple("undirected")
    left = {
        (one, other): len(near[one] & near[other])
        for one, other in zip(graph.source.tolist(), graph.target.tolist(), strict=True)
    }
    depth = np.zeros(len(network))
    k = 2
    while left:
        leaving = [tie for tie, triangles in left.items() if triangles <= k - 2]
        for one, other in leaving:  # grows while ties lose their triangles
            if left.pop((one, other), None) is None:
                continue
            depth[one] = depth[other] = k
            near[one].discard(other)
            near[other].discard(one)
            for third in near[one] & near[other]:
                for tie in ((min(one, third), max(one, third)), (min(other, third), max(other, third))):
                    left[tie] -= 1
                    if left[tie] == k - 2:
                        leaving.append(tie)
        k += 1
    return firm_series(network, depth, "k_truss")


def articulation_firms(network: Network) -> pd.Index:
    """Return the firms whose leaving would split their component.

    Parameters
    ----------
    network
        The network; direction is forgotten.

    Returns
    -------
    Index
        Firm ids in the order of ``network.firms``; empty when there is none.

    References
    ----------
    hopcroft1973

    Examples
    --------
    >>> from clusternet import Network
    >>> articulation_firms(Network.from_edges([("Ada", "Bo"), ("Bo", "Cy")])).tolist()
    ['Bo']
    """
    return network.firms.index[sorted(igraph_view(network, "undirected").articulation_points())]


def bridges(network: Network) -> pd.DataFrame:
    """Return the tied pairs whose parting would split their component.

    Parameters
    ----------
    network
        The network; direction is forgotten and parallel ties count as one.

    Returns
    -------
    DataFrame
        One row per pair: ``source`` and ``target``, the firm that stands first in ``network.firms`` as source.

    References
    ----------
    tarjan1972

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Ada", "Cy"), ("Cy", "Di")])
    >>> bridges(net).to_dict("records")
    [{'source': 'Cy', 'target': 'Di'}]
    """
    graph, ids = network.simple("undirected"), network.firms.index
    edges = np.array(sorted(igraph_view(network, "undirected").bridges()), dtype=np.int64)
    return pd.DataFrame({"source": ids[graph.source[edges]], "target": ids[graph.target[edges]]})
