"""Closure: how far the partners of a firm are partners of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from clusternet.cohesion._common import NAN, WEIGHTS, Paths, graph_of, share
from clusternet.errors import OptionError
from clusternet.measure import Weights, choose, firm_measure, firm_series, network_measure
from clusternet.network import igraph_view

if TYPE_CHECKING:
    import pandas as pd

    from clusternet.network import Network

__all__ = ["average_clustering", "local_clustering", "transitivity"]


@network_measure(label="Transitivity", cites=("wasserman1994",))
def transitivity(
    network: Network,
    *,
    direction: Paths = "all",
    weights: Weights = "ignore",
    variant: Literal["weak", "strong"] = "weak",
) -> float:
    """Share of the paths of two ties whose ends are tied as well.

    Parameters
    ----------
    network
        The network.
    direction
        "all": three times the triangles over the connected triples, direction forgotten (strengths of the two
        directions summed). "keep": of the paths i -> j -> k, the share with i -> k.
    weights
        "strength": a path weighs the mean strength of its two ties (opsahlpanzarasa2009, their arithmetic mean).
    variant
        "weak": as above. "strong": of all ordered triples i, j, k the share in which i is tied to k exactly if a path
        leads there through j; absent ties count as agreement, so that sparse networks come close to 1. Without
        strengths only.

    Returns
    -------
    float
        From 0 to 1. NaN when there is no path of two ties ("strong": with fewer than three firms).

    Raises
    ------
    OptionError
        If ``variant="strong"`` is combined with ``weights="strength"``.

    References
    ----------
    wasserman1994, opsahlpanzarasa2009

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Ada", "Cy"), ("Cy", "Di")])
    >>> transitivity(net).__round__(3)
    0.6
    """
    graph = graph_of(network, direction)
    choose("weights", weights, WEIGHTS)
    choose("variant", variant, ("weak", "strong"))
    if variant == "strong" and weights == "strength":
        raise OptionError("variant='strong' counts triples; weights='strength' goes with variant='weak'.")
    if not graph.directed and weights == "ignore" and variant == "weak":
        return float(igraph_view(network, "undirected").transitivity_undirected(mode="nan"))
    matrix = graph.csr()
    twos = matrix @ matrix
    if weights == "strength":
        strong = graph.csr(weights="strength")
        twos = (strong @ matrix + matrix @ strong) / 2
    paths, closed = twos.sum() - twos.diagonal().sum(), twos.multiply(matrix).sum()
    if variant == "weak":
        return min(share(closed, paths), 1.0) if paths else NAN  # rounding may pass 1
    triples = graph.n * (graph.n - 1) * (graph.n - 2)
    return share(triples - (paths - closed) - (matrix.sum() * (graph.n - 2) - closed), triples)


@firm_measure(label="Local clustering", cites=("wattsstrogatz1998",))
def local_clustering(
    network: Network,
    *,
    direction: Paths = "all",
    weights: Weights = "ignore",
    formula: Literal["onnela", "barrat"] = "onnela",
) -> pd.Series:
    """Share of the pairs of each firm's partners that are tied to each other.

    Parameters
    ----------
    network
        The network.
    direction
        "all": direction is forgotten (strengths of the two directions summed). "keep": of the directed triangles that
        the firm's ties in and out could form, the share that exists (fagiolo2007).
    weights
        "ignore": ties exist or not. "strength": triangles weigh as `formula` says.
    formula
        With strengths only. "onnela": a triangle weighs the geometric mean of its strengths over the largest strength
        in the network (onnela2005). "barrat": a triangle weighs the mean strength of the firm's two ties in it, over
        the mean strength of all its ties (barrat2004); not with ``direction="keep"``.

    Returns
    -------
    Series
        One float per firm from 0 to 1. NaN for firms with fewer than two partners (with "keep": whose ties in and out
        allow no triangle).

    Raises
    ------
    OptionError
        If ``formula="barrat"`` is asked for in a directed network that keeps direction.

    References
    ----------
    wattsstrogatz1998, onnela2005, barrat2004, fagiolo2007

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Ada", "Cy"), ("Cy", "Di")])
    >>> local_clustering(net).round(2).to_dict()
    {'Ada': 1.0, 'Bo': 1.0, 'Cy': 0.33, 'Di': nan}
    """
    graph = graph_of(network, direction)
    choose("weights", weights, WEIGHTS)
    choose("formula", formula, ("onnela", "barrat"))
    if weights == "strength" and formula == "barrat" and graph.directed:
        raise OptionError("formula='barrat' is defined without direction; use formula='onnela' or direction='all'.")
    if not graph.directed and (weights == "ignore" or formula == "barrat"):
        values = igraph_view(network, "undirected").transitivity_local_undirected(
            mode="nan", weights="strength" if weights == "strength" else None
        )
        return firm_series(network, np.minimum(values, 1.0), "local_clustering")  # rounding may pass 1
    matrix = graph.csr(weights=weights)
    ones = graph.csr()
    if weights == "strength" and matrix.nnz:
        matrix.data = np.cbrt(matrix.data / matrix.data.max())
    both = matrix + matrix.T
    triangles = np.asarray((both @ both).multiply(both).sum(axis=1)).ravel()
    mutual = np.asarray(ones.multiply(ones.T).sum(axis=1)).ravel()
    ties = np.asarray(ones.sum(axis=1)).ravel() + np.asarray(ones.sum(axis=0)).ravel()
    possible = 2 * (ties * (ties - 1) - 2 * mutual)
    values = np.divide(triangles, possible, out=np.full(graph.n, np.nan), where=possible > 0)
    return firm_series(network, values, "local_clustering")


@network_measure(label="Average clustering", cites=("wattsstrogatz1998",))
def average_clustering(network: Network, *, undefined: Literal["exclude", "zero"] = "exclude") -> float:
    """Mean local clustering of the firms.

    Parameters
    ----------
    network
        The network; direction and strengths are ignored.
    undefined
        Firms with fewer than two partners are left out ("exclude", as igraph and R do) or count 0 ("zero", as networkx
        does). State which: on networks with many small firms the two differ widely.

    Returns
    -------
    float
        From 0 to 1. NaN when no firm has two partners ("zero": when there is no firm).

    References
    ----------
    wattsstrogatz1998

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Ada", "Cy"), ("Cy", "Di")])
    >>> average_clustering(net).__round__(3), average_clustering(net, undefined="zero").__round__(3)
    (0.778, 0.583)
    """
    choose("undefined", undefined, ("exclude", "zero"))
    local = local_clustering(network)
    return float(local.mean() if undefined == "exclude" else local.fillna(0.0).mean())
