"""Cohesion: how firmly the network hangs together, as a whole and around each firm.

"Cohesion" here covers density, closure, components and communities. Structural cohesion in the sense of White and
Harary (how many firms must leave before the rest falls apart) is a measure of its own.

``direction``: "keep" follows the ties' direction, "all" forgets it (two firms are tied if either names the other, and
the strengths of both directions add up). In an undirected network the two agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from clusternet._paths import distance_sums, inverse_distance_sums
from clusternet.errors import OptionError
from clusternet.measure import (
    Direction,
    Weights,
    choose,
    firm_groups,
    firm_measure,
    firm_series,
    firm_values,
    network_measure,
)
from clusternet.result import Result, Settings, igraph_seed, resolve_seed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from clusternet.network import Network, SimpleGraph

__all__ = [
    "Communities",
    "articulation_firms",
    "average_clustering",
    "bridges",
    "communities",
    "components",
    "degree_assortativity",
    "density",
    "dyad_census",
    "ei_index",
    "firm_ei_index",
    "giant_share",
    "global_efficiency",
    "k_coreness",
    "local_clustering",
    "mean_distance",
    "modularity",
    "n_components",
    "nominal_assortativity",
    "numeric_assortativity",
    "reciprocity",
    "transitivity",
    "triad_census",
]

Paths = Literal["keep", "all"]
PATHS = ("keep", "all")
DIRECTIONS = ("in", "out", "all")
WEIGHTS = ("ignore", "strength")
NAN = float("nan")

TRIADS = (
    "003", "012", "102", "021D", "021U", "021C", "111D", "111U",
    "030T", "030C", "201", "120D", "120U", "120C", "210", "300",
)  # fmt: skip
"""The sixteen kinds of triads: mutual, asymmetric and null dyads, then Down, Up, Cyclic or Transitive."""


def _graph(network: Network, direction: Paths) -> SimpleGraph:
    choose("direction", direction, PATHS)
    return network.simple("keep" if direction == "keep" else "undirected")


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else NAN


# ── density, dyads and triads ──


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
    graph = _graph(network, direction)
    pairs = graph.n * (graph.n - 1) / 2
    if network.is_two_mode:
        sizes = network.firms["mode"].value_counts().to_numpy()
        pairs = float(sizes[0] * sizes[1])
    return _share(len(graph.source), pairs * (2 if graph.directed else 1))


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
        return _share(there.minimum(there.T.tocsr()).sum(), there.sum())
    mutual, onesided, empty = dyad_census(network)
    if variant == "dyads":
        return _share(mutual, mutual + onesided)
    if variant == "all_dyads":
        return _share(mutual + empty, mutual + onesided + empty)
    answered = _share(2 * mutual, 2 * mutual + onesided)
    if variant == "arcs":
        return answered
    chance = density(network) if not network.is_two_mode else len(graph.source) / (graph.n * (graph.n - 1))
    return _share(answered - chance, 1 - chance)


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
    graph = network.igraph
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


# ── closure ──


@network_measure(label="Transitivity", cites=("wasserman1994",))
def transitivity(network: Network, *, direction: Paths = "all") -> float:
    """Share of the paths of two ties whose ends are tied as well.

    Parameters
    ----------
    network
        The network.
    direction
        "all": three times the triangles over the connected triples, direction forgotten. "keep": of the paths
        i -> j -> k, the share with i -> k.

    Returns
    -------
    float
        From 0 to 1. NaN when there is no path of two ties.

    References
    ----------
    wasserman1994

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Ada", "Cy"), ("Cy", "Di")])
    >>> transitivity(net).__round__(3)
    0.6
    """
    graph = _graph(network, direction)
    if not graph.directed:
        return float(network.igraph_undirected.transitivity_undirected(mode="nan"))
    matrix = graph.csr()
    twos = matrix @ matrix
    return _share(twos.multiply(matrix).sum(), twos.sum() - twos.diagonal().sum())


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
    graph = _graph(network, direction)
    choose("weights", weights, WEIGHTS)
    choose("formula", formula, ("onnela", "barrat"))
    if weights == "strength" and formula == "barrat" and graph.directed:
        raise OptionError("formula='barrat' is defined without direction; use formula='onnela' or direction='all'.")
    if not graph.directed and (weights == "ignore" or formula == "barrat"):
        values = network.igraph_undirected.transitivity_local_undirected(
            mode="nan", weights="strength" if weights == "strength" else None
        )
        return firm_series(network, values, "local_clustering")
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


# ── components and cores ──


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
    codes = _by_size(network.component_codes(connection))
    return pd.Series(codes, index=network.firms.index, name="components")


def _by_size(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Renumber groups (numbered by first appearance) so that the largest is 0; those of one size keep their order."""
    order = np.argsort(-np.bincount(codes), kind="stable") if len(codes) else codes
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[codes]


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
    return _share(np.bincount(codes).max(initial=0), len(codes))


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
    return firm_series(network, network.igraph.coreness(mode=direction), "k_coreness")


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
    return network.firms.index[sorted(network.igraph_undirected.articulation_points())]


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
    edges = np.sort(np.asarray(network.igraph_undirected.bridges(), dtype=np.int64))
    return pd.DataFrame({"source": ids[graph.source[edges]], "target": ids[graph.target[edges]]})


# ── distances ──


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
    return _share(total.sum(), reached.sum())


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
    return _share(inverse_distance_sums(network, way, weights).sum(), n * (n - 1))


# ── communities and groups ──


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Communities(Result):
    """Communities of firms, and how far they depend on the seed.

    Attributes
    ----------
    membership
        Series, one float per firm: 0 is the largest community; those of one size are numbered in the order of the firm
        table. NaN for isolates, which belong to none.
    modularity
        Modularity of `membership` at the resolution used; NaN without ties.
    n_communities
        Number of communities, isolates not counted.
    stability
        Mean adjusted Rand index over all pairs of runs, isolates left out: 1 when every seed finds the same
        communities, about 0 when they agree no more than chance. NaN with one run or fewer than two tied firms.
    runs
        DataFrame, one column per run: its membership, numbered as above. Which column became `membership` is the
        setting ``best_run``.
    settings
        Parameters, seed and version.
    """

    membership: pd.Series
    modularity: float
    n_communities: int
    stability: float
    runs: pd.DataFrame
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return one row per firm: ``community``, and ``togetherness``, the mean share of its fellows kept in a run.

        A togetherness well below 1 marks a firm between communities. NaN for isolates and for firms without fellows.
        """
        return pd.DataFrame({"community": self.membership, "togetherness": self._togetherness()})

    def summary(self) -> str:
        """Return the communities in one line."""
        return (
            f"{self.n_communities:,} communities, modularity {self.modularity:.3f}, "
            f"stability {self.stability:.3f} over {self.runs.shape[1]} runs"
        )

    def _togetherness(self) -> pd.Series:
        own = self.membership.to_numpy()
        tied = ~np.isnan(own)
        mine = own[tied].astype(np.int64)
        together = np.zeros(len(mine))
        fellows = np.bincount(mine)[mine] - 1 if len(mine) else np.zeros(0)
        for column in self.runs.columns:
            other = self.runs[column].to_numpy()[tied].astype(np.int64)
            both = mine * (other.max(initial=0) + 1) + other
            _, place, count = np.unique(both, return_inverse=True, return_counts=True)
            together += count[place] - 1
        share = np.full(len(own), np.nan)
        share[tied] = np.divide(
            together, fellows * self.runs.shape[1], out=np.full(len(mine), np.nan), where=fellows > 0
        )
        return pd.Series(share, index=self.membership.index)


def communities(
    network: Network,
    *,
    weights: Weights = "ignore",
    resolution: float = 1.0,
    runs: int = 20,
    seed: int | None = None,
) -> Communities:
    """Find communities with the Leiden algorithm, several times, and keep the partition with the highest modularity.

    Parameters
    ----------
    network
        The network; direction is forgotten (strengths of the two directions summed).
    weights
        "ignore": ties exist or not. "strength": ties count by strength.
    resolution
        Above 0; larger values give more and smaller communities.
    runs
        Number of runs, each of which iterates until it no longer improves. Of runs with equal modularity the first
        one is kept.
    seed
        Seed of all runs; a fresh one is drawn and stored in ``.settings`` when omitted.

    Returns
    -------
    Communities
        Membership, modularity, stability and all runs.

    Raises
    ------
    OptionError
        If `resolution` is not positive or `runs` is below 1.

    References
    ----------
    traag2019, newmangirvan2004, hubertarabie1985

    Examples
    --------
    >>> from clusternet import Network
    >>> ring = [("Ada", "Bo"), ("Bo", "Cy"), ("Ada", "Cy"), ("Cy", "Di"), ("Di", "Ed"), ("Ed", "Flo"), ("Di", "Flo")]
    >>> communities(Network.from_edges(ring), seed=1)
    <Communities: 2 communities, modularity 0.357, stability 1.000 over 20 runs>
    """
    choose("weights", weights, WEIGHTS)
    if not (np.isfinite(resolution) and resolution > 0):
        raise OptionError(f"resolution is {resolution!r}; give a positive number.")
    if isinstance(runs, bool) or not isinstance(runs, (int, np.integer)) or runs < 1:
        raise OptionError(f"runs is {runs!r}; give a whole number of at least 1.")
    seed = resolve_seed(seed)
    engine = network.igraph_undirected
    tied = np.asarray(engine.degree(), dtype=np.int64) > 0
    partitions: list[NDArray[np.int64]] = []
    with igraph_seed(seed):
        for _ in range(runs):
            found = engine.community_leiden(
                objective_function="modularity",
                weights="strength" if weights == "strength" else None,
                resolution=resolution,
                n_iterations=-1,
            ).membership
            partitions.append(_by_size(pd.factorize(np.asarray(found, dtype=np.int64)[tied])[0].astype(np.int64)))
    ids = network.firms.index
    memberships = np.full((len(ids), runs), np.nan)
    memberships[tied] = np.column_stack(partitions)
    graph = network.simple("undirected")
    labels = np.full((runs, len(ids)), -1, dtype=np.int64)
    labels[:, tied] = partitions
    scores = np.array([_modularity(graph, codes, weights, resolution) for codes in labels])
    # Rounding must not decide between runs that found the same communities.
    best = int(np.argmax(scores >= np.nanmax(scores) - 1e-12)) if tied.any() else 0
    return Communities(
        membership=pd.Series(memberships[:, best], index=ids, name="community"),
        modularity=float(scores[best]),
        n_communities=int(partitions[best].max(initial=-1) + 1),
        stability=_agreement(partitions),
        runs=pd.DataFrame(memberships, index=ids, columns=pd.RangeIndex(runs, name="run")),
        settings=Settings(
            {"weights": weights, "resolution": resolution, "runs": int(runs), "best_run": best}, seed=seed
        ),
    )


def _agreement(partitions: list[NDArray[np.int64]]) -> float:
    """Return the mean adjusted Rand index over all pairs of partitions."""
    distinct, times = np.unique(np.array(partitions), axis=0, return_counts=True)
    runs = len(partitions)
    if runs < 2 or distinct.shape[1] < 2:
        return NAN
    total = float((times * (times - 1) // 2).sum())
    for one in range(len(distinct)):
        for other in range(one):
            total += _adjusted_rand(distinct[one], distinct[other]) * int(times[one] * times[other])
    return total / (runs * (runs - 1) / 2)


def _adjusted_rand(one: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    """Return how far two partitions agree on which pairs belong together: 1 if fully, 0 as expected by chance."""

    def pairs(codes: NDArray[np.int64]) -> int:
        count = np.unique(codes, return_counts=True)[1]
        return int((count * (count - 1) // 2).sum())

    both = pairs(one * (int(other.max()) + 1) + other)
    first, second = pairs(one), pairs(other)
    expected = first * second / (len(one) * (len(one) - 1) / 2)
    mean = (first + second) / 2
    return 1.0 if mean == expected else (both - expected) / (mean - expected)


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
    graph = _graph(network, direction)
    choose("weights", weights, WEIGHTS)
    return _modularity(graph, firm_groups(network, groups)[0], weights, resolution)


def _modularity(graph: SimpleGraph, codes: NDArray[np.int64], weights: Weights, resolution: float) -> float:
    mixing = _mixing(graph, codes, weights)
    total = mixing.total
    if total == 0:
        return NAN
    return float(mixing.inside.sum() / total - resolution * (mixing.sent @ mixing.received) / total**2)


@dataclass(frozen=True, slots=True, eq=False)
class _Mixing:
    """Strength (or number) of ties by group: inside each group, sent by it, received by it. Undirected ties: both."""

    inside: NDArray[np.float64]
    sent: NDArray[np.float64]
    received: NDArray[np.float64]
    total: float


def _mixing(graph: SimpleGraph, codes: NDArray[np.int64], weights: Weights) -> _Mixing:
    source, target = codes[graph.source], codes[graph.target]
    known = (source >= 0) & (target >= 0)
    source, target = source[known], target[known]
    values = graph.strength[known] if weights == "strength" else np.ones(len(source))
    groups = int(codes.max(initial=-1)) + 1
    same = source == target
    inside = np.bincount(source[same], weights=values[same], minlength=groups).astype(np.float64)
    sent = np.bincount(source, weights=values, minlength=groups).astype(np.float64)
    received = np.bincount(target, weights=values, minlength=groups).astype(np.float64)
    if not graph.directed:
        inside, sent = 2 * inside, sent + received
        received = sent
    return _Mixing(inside, sent, received, float(sent.sum()))


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
    graph = _graph(network, direction)
    choose("weights", weights, WEIGHTS)
    mixing = _mixing(graph, firm_groups(network, groups)[0], weights)
    return _share(mixing.total - 2 * mixing.inside.sum(), mixing.total)


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
    graph = _graph(network, "all" if direction == "all" else "keep")
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
    graph = _graph(network, direction)
    choose("weights", weights, WEIGHTS)
    mixing = _mixing(graph, firm_groups(network, groups)[0], weights)
    if mixing.total == 0 or np.count_nonzero(mixing.sent + mixing.received) < 2:
        return NAN
    chance = float(mixing.sent @ mixing.received) / mixing.total**2
    return _share(float(mixing.inside.sum()) / mixing.total - chance, 1 - chance)


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
    graph = _graph(network, direction)
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
