"""Hierarchy: whether the network looks like an organization chart, and how unevenly ties are spread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from clusternet.cohesion._common import NAN, share
from clusternet.measure import choose, network_measure, whole_number
from clusternet.network import igraph_view
from clusternet.network._rewiring import rewired
from clusternet.result import Result, Settings, resolve_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clusternet.network import Network

__all__ = [
    "RichClub",
    "assortativity_slope",
    "gtd_connectedness",
    "gtd_efficiency",
    "gtd_hierarchy",
    "gtd_lubness",
    "hierarchy_slope",
    "rich_club",
]


# ── Krackhardt's four conditions of a pure hierarchy ──


@network_measure(label="GTD connectedness", cites=("krackhardt1994",))
def gtd_connectedness(network: Network) -> float:
    """Share of the pairs of firms that are joined by a path, direction forgotten.

    First of Krackhardt's four graph-theoretic dimensions (GTD), and 1 - F, the fragmentation of borgatti2006.

    Parameters
    ----------
    network
        The network.

    Returns
    -------
    float
        From 0 (no ties) to 1 (one component). NaN with fewer than two firms.

    References
    ----------
    krackhardt1994, borgatti2006

    Examples
    --------
    >>> from clusternet import Network
    >>> gtd_connectedness(Network.from_edges([("Ada", "Bo"), ("Bo", "Cy")], firms=["Di"]))
    0.5
    """
    size = np.bincount(network.component_codes()).astype(float)
    n = len(network)
    return share((size * (size - 1)).sum(), n * (n - 1))


@network_measure(label="GTD efficiency", cites=("krackhardt1994",))
def gtd_efficiency(network: Network) -> float:
    """How few ties there are beyond those that hold the components together.

    1 - (ties beyond n - 1 in each weak component) / (the most there could be). Neither Burt's ego efficiency nor
    `global_efficiency`.

    Parameters
    ----------
    network
        The network; where it is directed arcs count, and there could be n(n - 1) in a component of n firms; otherwise
        tied pairs, of n(n - 1)/2.

    Returns
    -------
    float
        From 0 (every tie in every component) to 1 (just enough). NaN when no component could have more ties than it
        needs.

    References
    ----------
    krackhardt1994

    Examples
    --------
    >>> from clusternet import Network
    >>> gtd_efficiency(Network.from_edges([("Ada", "Bo"), ("Ada", "Cy")], directed=True))
    1.0
    """
    graph = network.simple()
    size = np.bincount(network.component_codes()).astype(float)
    needed = (size - 1).sum()
    most = (size * (size - 1) / (1 if graph.directed else 2)).sum() - needed
    return 1 - share(len(graph.source) - needed, most)


def _condensed(network: Network) -> tuple[list[int], NDArray[np.int64], NDArray[np.int64]]:
    """Return what every strong component is reached from (itself included) as bits, its size and its weak component.

    Strong components are numbered so that arcs lead from lower numbers to higher ones.
    """
    graph = igraph_view(network)
    parts = graph.connected_components(mode="strong")
    number = np.asarray(parts.membership, dtype=np.int64)
    size = np.bincount(number, minlength=len(parts))
    simple = network.simple()
    between = np.unique(np.column_stack([number[simple.source], number[simple.target]]), axis=0)
    between = between[between[:, 0] != between[:, 1]]
    order = np.empty(len(size), dtype=np.int64)
    import igraph

    order[igraph.Graph(n=len(size), edges=between.tolist(), directed=True).topological_sorting()] = np.arange(len(size))
    above = [1 << part for part in range(len(size))]
    arcs = order[between]
    for source, target in arcs[np.argsort(arcs[:, 0], kind="stable")].tolist():
        above[target] |= above[source]
    weak = np.empty(len(size), dtype=np.int64)
    weak[order[number]] = network.component_codes()
    sizes = np.empty(len(size), dtype=np.int64)
    sizes[order] = size
    return above, sizes, weak


def _places(bits: int, count: int) -> NDArray[np.int64]:
    """Return the numbers of the bits that are set, of `count`."""
    packed = np.frombuffer(bits.to_bytes((count + 7) // 8, "little"), dtype=np.uint8)
    return np.flatnonzero(np.unpackbits(packed, bitorder="little"))


@network_measure(label="GTD hierarchy", cites=("krackhardt1994",), heavy=True)
def gtd_hierarchy(network: Network) -> float:
    """Share of the pairs in which one firm reaches the other, where the other does not reach it back.

    Parameters
    ----------
    network
        The network; paths follow the ties' direction.

    Returns
    -------
    float
        From 0 (everybody who is reached reaches back, as without direction) to 1 (no cycles). NaN without ties. Memory
        grows with the square of the number of strong components: meant for up to some ten thousand firms.

    References
    ----------
    krackhardt1994

    Examples
    --------
    >>> from clusternet import Network
    >>> gtd_hierarchy(Network.from_edges([("Ada", "Bo"), ("Bo", "Ada"), ("Ada", "Cy")], directed=True)).__round__(3)
    0.667
    """
    above, size, _ = _condensed(network)
    mutual = int((size * (size - 1) // 2).sum())
    higher = (int(size[_places(bits, len(size))].sum()) for bits in above)
    reached = sum(own * (all_above - own) for own, all_above in zip(size.tolist(), higher, strict=True))
    return share(reached, reached + mutual)


@network_measure(label="GTD least upper boundedness", cites=("krackhardt1994",), heavy=True)
def gtd_lubness(network: Network, *, bound: Literal["least", "greatest"] = "least") -> float:
    """Share of the pairs of firms that have a lowest common superior.

    A superior of two firms reaches both along the ties' direction (a firm reaches itself). Only pairs within a weak
    component count.

    Parameters
    ----------
    network
        The network; a tie leads from the superior down.
    bound
        "least": a common superior whom every other common superior reaches, the least upper bound of krackhardt1994.
        "greatest": one who reaches every other. The R package sna describes the former in its manual and computes the
        latter.

    Returns
    -------
    float
        Pairs without such a superior are divided by the sum of (n - 1)(n - 2)/2 over the components, since n - 1 pairs
        have one in any case; 1 is a pure hierarchy. NaN when no component has three firms. Time grows with the square
        of the number of strong components: meant for some thousand firms.

    References
    ----------
    krackhardt1994

    Examples
    --------
    >>> from clusternet import Network
    >>> gtd_lubness(Network.from_edges([("Ada", "Cy"), ("Bo", "Cy")], directed=True))
    0.0
    """
    choose("bound", bound, ("least", "greatest"))
    above, size, weak = _condensed(network)
    below = [0] * len(above)
    if bound == "greatest":
        for part, superiors in enumerate(above):
            for superior in _places(superiors, len(above)).tolist():
                below[superior] |= 1 << part
    firms = np.bincount(weak, weights=size) if len(size) else np.zeros(0)
    violations = 0
    for component in range(len(firms)):
        inside = np.flatnonzero(weak == component).tolist()
        for place, one in enumerate(inside):
            # Two firms of one strong component have the same superiors.
            if bound == "greatest" and not _has_greatest(above[one], below):
                violations += int(size[one] * (size[one] - 1) // 2)
            for other in inside[:place]:
                common = above[one] & above[other]
                # Arcs lead to higher numbers, so only the highest common superior can be reached by all others.
                found = common == above[common.bit_length() - 1] if bound == "least" else _has_greatest(common, below)
                if not common or not found:
                    violations += int(size[one] * size[other])
    return 1 - share(violations, float((np.maximum(firms - 1, 0) * np.maximum(firms - 2, 0) / 2).sum()))


def _has_greatest(superiors: int, below: list[int]) -> bool:
    """Tell whether the lowest number among the superiors, the only candidate, reaches all of them."""
    return bool(superiors) and not superiors & ~below[(superiors & -superiors).bit_length() - 1]


# ── hierarchy and assortativity of a cluster ──


def _degrees(network: Network) -> NDArray[np.float64]:
    graph = network.simple("undirected")
    ends = np.bincount(graph.source, minlength=graph.n) + np.bincount(graph.target, minlength=graph.n)
    return ends.astype(float)


def _slope(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    if len(x) < 2 or np.ptp(x) == 0:
        return NAN
    x = x - x.mean()
    return float(x @ (y - y.mean()) / (x @ x))


@network_measure(label="Hierarchy (slope)", cites=("crespo2014",))
def hierarchy_slope(network: Network) -> float:
    """Slope of the logarithm of degree on the logarithm of rank by degree.

    The steeper (more negative), the more a few firms hold the ties. Read it with `assortativity_slope`: a hierarchy
    whose core is closed (positive slope there) risks lock-in, one whose core reaches out (negative) does not.

    Parameters
    ----------
    network
        The network; direction is forgotten. Firms without a tie are left out.

    Returns
    -------
    float
        At most 0: 0 if all have as many partners. NaN with fewer than two tied firms.

    References
    ----------
    crespo2014

    Examples
    --------
    >>> from clusternet import Network
    >>> hierarchy_slope(Network.from_edges([("Ada", "Bo"), ("Ada", "Cy"), ("Ada", "Di")])).__round__(3)
    -0.805
    """
    degree = _degrees(network)
    degree = np.sort(degree[degree > 0])[::-1]
    slope = _slope(np.log(np.arange(1, len(degree) + 1)), np.log(degree))
    return min(slope, 0.0) if slope == slope else NAN  # noqa: PLR0124


@network_measure(label="Assortativity (slope)", cites=("crespo2014",))
def assortativity_slope(network: Network) -> float:
    """Slope of the mean degree of a firm's partners on its own degree.

    Above 0 the firms with many ties are tied to each other, below 0 to firms with few. See `degree_assortativity` for
    the correlation over ties, which has the same sign but weighs firms by their degree.

    Parameters
    ----------
    network
        The network; direction is forgotten. Firms without a tie are left out.

    Returns
    -------
    float
        Any number. NaN if all tied firms have as many partners.

    References
    ----------
    crespo2014

    Examples
    --------
    >>> from clusternet import Network
    >>> assortativity_slope(Network.from_edges([("Ada", "Bo"), ("Ada", "Cy"), ("Ada", "Di")]))
    -1.0
    """
    degree = _degrees(network)
    graph = network.simple("undirected")
    met = np.bincount(graph.source, weights=degree[graph.target], minlength=graph.n)
    met = met + np.bincount(graph.target, weights=degree[graph.source], minlength=graph.n)
    tied = degree > 0
    return _slope(degree[tied], met[tied] / degree[tied])


# ── rich club ──


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class RichClub(Result):
    """Density among firms with more than k partners, beside networks with the same degrees.

    Attributes
    ----------
    table
        DataFrame indexed by ``k`` from 0 to the largest degree: ``firms`` (with more than k partners), ``ties`` among
        them, ``density``, ``expected`` (its mean over the draws), ``ratio`` (density over expected) and ``p``, the
        share of draws at least as dense, (r + 1)/(draws + 1). NaN where no tie is possible, as with fewer than two such
        firms, and without draws.
    draws
        DataFrame, one row per draw, one column per k: density among the firms in the rewired network.
    settings
        Draws, seed and version.
    """

    table: pd.DataFrame
    draws: pd.DataFrame
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return one row per k."""
        return self.table

    def summary(self) -> str:
        """Return the k at which the club stands out most, in one line."""
        ratio = self.table["ratio"].dropna()
        if len(ratio) == 0:
            return f"densities for k = 0 to {len(self.table) - 1}, no draws"
        k = int(ratio.idxmax())
        row = self.table.loc[k]
        return f"densest beside chance at k = {k}: {row['ratio']:.2f} times, p {row['p']:.3g}, {len(self.draws)} draws"


def rich_club(network: Network, *, draws: int = 100, seed: int | None = None) -> RichClub:
    """Compare the density among firms with many partners to that in random networks with the same degrees.

    Firms with many partners are tied to each other by chance alone, so only the ratio to networks with the same
    degrees tells whether they seek each other.

    Parameters
    ----------
    network
        The network; direction is forgotten. In a two-mode network only ties between the modes are possible, and the
        draws keep to them.
    draws
        Networks with the same degrees, each by ten switches per tie; 0 gives the densities alone.
    seed
        Seed of the draws; a fresh one is drawn and stored in ``.settings`` when omitted.

    Returns
    -------
    RichClub
        Densities, expected densities, ratios and draws.

    Raises
    ------
    OptionError
        If `draws` is negative.

    References
    ----------
    zhou2004, colizza2006, maslov2002

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Ada", "Cy"), ("Cy", "Di")])
    >>> rich_club(net, draws=0).table["density"].round(3).to_dict()
    {0: 0.667, 1: 1.0, 2: nan, 3: nan}
    """
    draws = whole_number("draws", draws, 0)
    seed = resolve_seed(seed)
    degree = _degrees(network).astype(np.int64)
    graph = network.simple("undirected")
    most = int(degree.max(initial=0))
    firms = np.array([(degree > k).sum() for k in range(most + 1)], dtype=np.int64)
    possible, side = firms * (firms - 1) / 2, None
    if network.is_two_mode:
        side = pd.factorize(network.firms["mode"])[0].astype(np.int64)
        first = np.array([(degree[side == 0] > k).sum() for k in range(most + 1)], dtype=np.int64)
        possible = (first * (firms - first)).astype(float)
    pairs = np.where(possible > 0, possible, np.nan)

    def ties(source: NDArray[np.int64], target: NDArray[np.int64]) -> NDArray[np.int64]:
        lesser = np.bincount(np.minimum(degree[source], degree[target]), minlength=most + 1)
        return np.asarray(lesser[::-1].cumsum()[::-1] - lesser)

    observed = ties(graph.source, graph.target)
    ks = pd.RangeIndex(most + 1, name="k")
    drawn = pd.DataFrame(
        [ties(*made) / pairs for made in rewired(network, draws, seed, place=side)],
        columns=ks,
        index=pd.RangeIndex(draws, name="draw"),
        dtype="float64",
    )
    table = pd.DataFrame({"firms": firms, "ties": observed, "density": observed / pairs}, index=ks)
    table["expected"] = drawn.mean() if draws else NAN
    table["ratio"] = table["density"] / table["expected"].where(table["expected"] > 0)
    reached = (drawn >= table["density"] - 1e-12).sum() + 1
    table["p"] = (reached / (draws + 1)).where(table["density"].notna()) if draws else NAN
    return RichClub(table=table, draws=drawn, settings=Settings({"draws": draws}, seed=seed))
