"""Density, dyads and triads: how many of the possible ties exist, and how many are answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from clusternet.cohesion._common import NAN, PATHS, WEIGHTS, Paths, graph_of, share
from clusternet.errors import OptionError
from clusternet.measure import Weights, choose, network_measure
from clusternet.network import igraph_view

if TYPE_CHECKING:
    from clusternet.network import Network, SimpleGraph

__all__ = ["density", "dyad_census", "layer_density", "reciprocity", "triad_census"]

TRIADS = (
    "003", "012", "102", "021D", "021U", "021C", "111D", "111U",
    "030T", "030C", "201", "120D", "120U", "120C", "210", "300",
)  # fmt: skip
"""The sixteen kinds of triads: mutual, asymmetric and null dyads, then Down, Up, Cyclic or Transitive."""


@network_measure(label="Density", cites=("wasserman1994",))
def density(network: Network, *, direction: Paths = "keep") -> float:
    """Share of the possible ties that exist.

    Parameters
    ----------
    network
        The network; parallel ties count once, loops not at all.
    direction
        "keep": arcs out of n(n - 1) when directed. "all": tied pairs out of n(n - 1)/2.

    Returns
    -------
    float
        From 0 to 1. In a two-mode network only ties between the modes are possible: n1 times n2 pairs, or twice that
        many arcs. NaN with fewer than two firms.

    References
    ----------
    wasserman1994

    Examples
    --------
    >>> from clusternet import Network
    >>> density(Network.from_edges([("Ada", "Bo"), ("Bo", "Cy")], firms=["Ada", "Bo", "Cy", "Di"])).__round__(3)
    0.333
    """
    graph, possible = _possible(network, direction)
    return share(len(graph.source), possible)


def _possible(network: Network, direction: Paths) -> tuple[SimpleGraph, int]:
    """Return the simple graph, and how many ties it could have."""
    graph = graph_of(network, direction)
    pairs = graph.n * (graph.n - 1) // 2
    if network.is_two_mode:
        sizes = network.firms["mode"].value_counts().to_numpy()
        pairs = int(sizes[0] * sizes[1])
    return graph, pairs * (2 if graph.directed else 1)


def layer_density(network: Network, *, direction: Paths = "keep") -> pd.DataFrame:
    """Return the density of every layer.

    Parameters
    ----------
    network
        The network; within a layer parallel ties count once, loops not at all.
    direction
        "keep": a layer with a directed tie counts arcs. "all": every layer counts tied pairs.

    Returns
    -------
    DataFrame
        One row per layer that holds a tie, indexed by ``layer``: ``ties`` (tied pairs, or arcs where the layer is
        directed), ``possible`` and ``density``, as in `density` with all firms of the network in the denominator.

    References
    ----------
    wasserman1994

    Examples
    --------
    >>> from clusternet import Network
    >>> import pandas as pd
    >>> ties = pd.DataFrame({"source": ["Ada", "Bo"], "target": ["Bo", "Cy"], "layer": ["alliance", "supply"]})
    >>> layer_density(Network.from_edges(ties))["density"].round(3).to_dict()
    {'alliance': 0.333, 'supply': 0.333}
    """
    choose("direction", direction, PATHS)
    rows = []
    for name in network.layers:
        graph, possible = _possible(network.layer(name), direction)
        rows.append((len(graph.source), possible))
    index = pd.Index(network.layers, name="layer", dtype="str")
    table = pd.DataFrame(rows, index=index, columns=["ties", "possible"]).astype({"ties": "int64", "possible": "int64"})
    return table.assign(density=table["ties"] / table["possible"].where(table["possible"] > 0))


@network_measure(label="Reciprocity", cites=("wasserman1994", "garlaschelli2004"))
def reciprocity(
    network: Network,
    *,
    weights: Weights = "ignore",
    variant: Literal["arcs", "dyads", "all_dyads", "rho"] = "arcs",
) -> float:
    """Share of directed ties that are answered.

    Parameters
    ----------
    network
        The network; an undirected tie in a directed network is an answered one.
    weights
        "strength": the share of strength that is answered, the sum of min(w_ij, w_ji) over the sum of w_ij
        (squartini2013); for ``variant="arcs"`` only.
    variant
        With M mutual, A one-sided and N empty pairs. "arcs": answered arcs among arcs, 2M/(2M + A). "dyads": mutual
        among tied pairs, M/(M + A). "all_dyads": pairs that agree, empty ones included, (M + N)/(M + A + N), the
        default of sna. "rho": "arcs" against chance, (r - d)/(1 - d) with d the density (garlaschelli2004).

    Returns
    -------
    float
        From 0 to 1; "rho" from -1 to 1, 0 at chance. NaN in an undirected network, without ties, or for "rho" when
        every possible tie exists.

    Raises
    ------
    OptionError
        If ``weights="strength"`` is combined with another variant than "arcs".

    References
    ----------
    wasserman1994, garlaschelli2004, squartini2013

    Examples
    --------
    >>> from clusternet import Network
    >>> reciprocity(Network.from_edges([("Ada", "Bo"), ("Bo", "Ada"), ("Bo", "Cy")], directed=True)).__round__(3)
    0.667
    """
    choose("weights", weights, WEIGHTS)
    choose("variant", variant, ("arcs", "dyads", "all_dyads", "rho"))
    if weights == "strength" and variant != "arcs":
        raise OptionError(f"variant={variant!r} counts pairs; weights='strength' goes with variant='arcs'.")
    graph = network.simple()
    if not graph.directed or len(graph.source) == 0:
        return NAN
    if weights == "strength":
        there = graph.csr(weights="strength")
        return share(there.minimum(there.T.tocsr()).sum(), there.sum())
    mutual, onesided, empty = dyad_census(network)
    if variant == "dyads":
        return share(mutual, mutual + onesided)
    if variant == "all_dyads":
        return share(mutual + empty, mutual + onesided + empty)
    answered = share(2 * mutual, 2 * mutual + onesided)
    if variant == "arcs":
        return answered
    chance = density(network) if not network.is_two_mode else len(graph.source) / (graph.n * (graph.n - 1))
    return share(answered - chance, 1 - chance)


def dyad_census(network: Network) -> pd.Series:
    """How many pairs of firms are tied both ways, one way, or not at all.

    Parameters
    ----------
    network
        The network; every undirected tie is mutual.

    Returns
    -------
    Series
        Three integers, indexed ``mutual``, ``asymmetric``, ``null``; they sum to n(n - 1)/2.

    References
    ----------
    hollandleinhardt1970

    Examples
    --------
    >>> from clusternet import Network
    >>> dyad_census(Network.from_edges([("Ada", "Bo"), ("Bo", "Ada"), ("Bo", "Cy")], directed=True)).to_dict()
    {'mutual': 1, 'asymmetric': 1, 'null': 1}
    """
    tied = len(network.simple("undirected").source)
    graph = network.simple()
    mutual = len(graph.source) - tied if graph.directed else tied
    pairs = graph.n * (graph.n - 1) // 2
    return pd.Series({"mutual": mutual, "asymmetric": tied - mutual, "null": pairs - tied}, name="dyad_census")


def triad_census(network: Network) -> pd.Series:
    """How many triples of firms are of each of the sixteen kinds.

    Parameters
    ----------
    network
        The network; every undirected tie is mutual, so that only 003, 102, 201 and 300 occur without direction.

    Returns
    -------
    Series
        Sixteen integers, indexed by the MAN labels ("003" ... "300"); they sum to n(n - 1)(n - 2)/6.

    References
    ----------
    davisleinhardt1972

    Examples
    --------
    >>> from clusternet import Network
    >>> census = triad_census(Network.from_edges([("Ada", "Bo"), ("Bo", "Cy")], directed=True))
    >>> census[census > 0].to_dict()
    {'021C': 1}
    """
    graph = igraph_view(network)
    n = graph.vcount()
    counts = dict.fromkeys(TRIADS, 0)
    if graph.is_directed() and n >= 3:
        census = graph.triad_census()
        counts = {kind: int(getattr(census, f"t{kind}")) for kind in TRIADS}
    elif n >= 3:
        partners = np.asarray(graph.degree(), dtype=np.int64)
        paths = int((partners * (partners - 1) // 2).sum())
        counts["300"] = round(graph.transitivity_undirected(mode="zero") * paths / 3)
        counts["201"] = paths - 3 * counts["300"]
        counts["102"] = graph.ecount() * (n - 2) - 2 * counts["201"] - 3 * counts["300"]
        counts["003"] = n * (n - 1) * (n - 2) // 6 - sum(counts.values())
    return pd.Series(list(counts.values()), index=pd.Index(TRIADS, dtype="str"), name="triad_census")
