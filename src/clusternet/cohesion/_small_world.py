"""Small worlds: short paths and high clustering, beside what chance gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from clusternet.cohesion._common import NAN
from clusternet.errors import NetworkError, listing
from clusternet.measure import choose, whole_number
from clusternet.network import igraph_view
from clusternet.network._projection import distinct, shared_pairs
from clusternet.network._rewiring import memberships, rewired
from clusternet.result import Result, Settings, resolve_seed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from igraph import Graph
    from numpy.typing import NDArray

    from clusternet.network import Network

__all__ = ["SmallWorld", "small_world", "two_mode_small_world"]

MEASURES = ("clustering", "average_clustering", "distance")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class SmallWorld(Result):
    """Clustering and distances in the largest component, beside a null.

    Attributes
    ----------
    n, ties
        Firms and tied pairs of the largest component.
    table
        DataFrame with one row for ``clustering`` (transitivity), ``average_clustering`` (firms with one partner count
        0) and ``distance`` (mean length of the shortest paths). Columns: ``observed``, ``expected``, ``ratio``, and
        with draws ``sd``, ``z``, ``p_more``, ``p_fewer``, the shares of draws with as much or more, and as much or
        less, (r + 1)/(draws + 1); a draw in which the number is undefined does not count.
    sigma
        Ratio of clustering over ratio of distance; far above 1 in a small world. NaN where a part is undefined.
    sigma_average
        The same with average clustering.
    draws
        DataFrame, one row per draw: the three numbers, each in the largest component of the random network.
    settings
        Null, draws, seed and version.
    """

    n: int
    ties: int
    table: pd.DataFrame
    sigma: float
    sigma_average: float
    draws: pd.DataFrame
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return one row per number: observed beside expected."""
        return self.table

    def summary(self) -> str:
        """Return sigma and its parts in one line."""
        null = self.settings.parameters["null"]
        parts = ", ".join(
            f"{name} {row['observed']:.3f} ({row['expected']:.3f} by chance)"
            for name, row in self.table.drop(index="average_clustering").iterrows()
        )
        return f"sigma {self.sigma:.2f} against {null}: {parts}"


def _numbers(graph: Graph) -> tuple[Graph, tuple[float, float, float]]:
    """Return the largest component (the first of the largest) and its three numbers."""
    parts = graph.connected_components()
    sizes = parts.sizes()
    giant = graph.induced_subgraph(parts[sizes.index(max(sizes))]) if sizes else graph
    average = giant.transitivity_avglocal_undirected(mode="zero") if giant.vcount() else NAN
    distance = giant.average_path_length() if giant.ecount() else NAN
    return giant, (giant.transitivity_undirected(mode="nan"), average, distance)


def _graph(n: int, source: NDArray[np.int64], target: NDArray[np.int64]) -> Graph:
    import igraph

    return igraph.Graph(n=n, edges=zip(source.tolist(), target.tolist(), strict=True))


def _record(
    giant: Graph,
    observed: tuple[float, float, float],
    expected: tuple[float, float, float] | None,
    drawn: Iterable[tuple[float, float, float]],
    settings: Settings,
) -> SmallWorld:
    rows = list(drawn)
    draws = pd.DataFrame(rows, columns=MEASURES, index=pd.RangeIndex(len(rows), name="draw"), dtype="float64")
    table = pd.DataFrame({"observed": observed}, index=pd.Index(MEASURES, name="measure"), dtype="float64")
    table["expected"] = draws.mean() if expected is None else pd.Series(expected, index=MEASURES, dtype="float64")
    table["ratio"] = table["observed"] / table["expected"].where(table["expected"] > 0)
    table["sd"] = draws.std() if expected is None else NAN
    table["z"] = (table["observed"] - table["expected"]) / table["sd"].where(table["sd"] > 1e-12)
    defined = draws.notna().sum()  # an undefined draw is no draw: it would make p too small
    for name, hits in (("p_more", draws >= table["observed"] - 1e-12), ("p_fewer", draws <= table["observed"] + 1e-12)):
        shares = (hits.sum() + 1) / (defined + 1)
        table[name] = shares.where(table["observed"].notna() & (defined > 0))
    ratio = table["ratio"]
    return SmallWorld(
        n=giant.vcount(),
        ties=giant.ecount(),
        table=table,
        sigma=float(ratio["clustering"] / ratio["distance"]),
        sigma_average=float(ratio["average_clustering"] / ratio["distance"]),
        draws=draws,
        settings=settings,
    )


def small_world(
    network: Network, *, null: Literal["degrees", "random"] = "degrees", draws: int = 100, seed: int | None = None
) -> SmallWorld:
    """Compare clustering and distances of a one-mode network to those of random networks.

    Parameters
    ----------
    network
        A one-mode network that is not a projection; direction is forgotten, and only the largest component counts.
    null
        "degrees": random networks with the same degrees, each by ten switches per tie (maslov2002). "random": the
        formulas for a random network with as many firms and ties, clustering k/(n - 1) and distance ln n/ln k, with k
        the mean degree (wattsstrogatz1998); no draws.
    draws
        Number of random networks, at least 1.
    seed
        Seed of the draws; a fresh one is drawn and stored in ``.settings`` when omitted.

    Returns
    -------
    SmallWorld
        Observed and expected numbers, sigma (humphries2008) and the draws.

    Raises
    ------
    NetworkError
        If the network is two-mode or a projection: every agreement of k members is a clique of k, so that a projection
        is clustered whatever the firms do. `two_mode_small_world` has the null for it. A network that was built with
        agreements as cliques is a projection, too, though it does not show.
    OptionError
        If `draws` is below 1.

    References
    ----------
    wattsstrogatz1998, humphries2008, maslov2002, kogut2008

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Ada", "Cy"), ("Cy", "Di")])
    >>> small_world(net, null="random")
    <SmallWorld: sigma 1.35 against random: clustering 0.600 (0.667 by chance), distance 1.333 (2.000 by chance)>
    """
    choose("null", null, ("degrees", "random"))
    count = whole_number("draws", draws, 1)
    projected = any(str(step).startswith("project(") for step in network.settings.get("slices", ()))
    if network.is_two_mode or projected:
        kind = "a projection" if projected else "two-mode"
        raise NetworkError(
            f"the network is {kind}: agreements of many members are cliques in a projection, so its clustering says "
            "little beside a one-mode null. Call two_mode_small_world(network, mode) on the two-mode network, which "
            "deals the memberships out at random."
        )
    seed = resolve_seed(seed)
    giant, observed = _numbers(igraph_view(network, "undirected"))
    if null == "random":
        n = giant.vcount()
        k = 2 * giant.ecount() / n if n else NAN
        expected = (k / (n - 1), k / (n - 1), float(np.log(n) / np.log(k)) if k > 1 else NAN) if n > 1 else (NAN,) * 3
        return _record(giant, observed, expected, [], Settings({"null": null}, seed=seed))
    largest = network.largest_component()
    drawn = (_numbers(_graph(giant.vcount(), *ends))[1] for ends in rewired(largest, count, seed))
    return _record(giant, observed, None, drawn, Settings({"null": null, "draws": count}, seed=seed))


def two_mode_small_world(
    network: Network,
    mode: object,
    *,
    null: Literal["memberships", "moments"] = "memberships",
    draws: int = 100,
    seed: int | None = None,
) -> SmallWorld:
    """Compare clustering and distances of a projection to those of random memberships.

    Parameters
    ----------
    network
        A two-mode network; direction, strengths and repeated memberships play no part.
    mode
        The mode that is projected, such as "firm": two members are tied if they share a partner.
    null
        "memberships": every firm and every agreement keeps its number of memberships, which are dealt out at random
        (strona2014, godard2022), and the result is projected. "moments": the formulas of newmanstrogatzwatts2001 for
        large networks of that kind; no draws, no average clustering.
    draws
        Number of random memberships, at least 1.
    seed
        Seed of the draws; a fresh one is drawn and stored in ``.settings`` when omitted.

    Returns
    -------
    SmallWorld
        Observed and expected numbers of the largest component of the projection, sigma and the draws.

    Raises
    ------
    NetworkError
        If the network is not two-mode or has no such mode.
    OptionError
        If `draws` is below 1.

    References
    ----------
    newmanstrogatzwatts2001, robins2004, kogut2008, strona2014, godard2022

    Examples
    --------
    >>> from clusternet import Network
    >>> import pandas as pd
    >>> modes = pd.DataFrame({"mode": ["firm"] * 3 + ["deal"] * 2}, index=["Ada", "Bo", "Cy", "x", "y"])
    >>> net = Network.from_edges([("Ada", "x"), ("Bo", "x"), ("Cy", "x"), ("Ada", "y"), ("Bo", "y")], firms=modes)
    >>> two_mode_small_world(net, "firm", draws=20, seed=1).table.loc["clustering", ["observed", "expected"]].tolist()
    [1.0, 1.0]
    """
    choose("null", null, ("memberships", "moments"))
    count = whole_number("draws", draws, 1)
    seed = resolve_seed(seed)
    if not network.is_two_mode:
        raise NetworkError(
            "two_mode_small_world needs a two-mode network: firms['mode'] with two values that split every tie, as "
            "build_agreements makes it. For one mode there is small_world."
        )
    modes = network.firms["mode"]
    chosen = (modes == mode).to_numpy()
    if not chosen.any():
        raise NetworkError(f"there is no mode {mode!r}; the modes are {listing(modes.unique().tolist())}.")
    graph = network.simple("undirected")
    swap = chosen[graph.target]
    member = (np.cumsum(chosen) - 1)[np.where(swap, graph.target, graph.source)]
    partner = (np.cumsum(~chosen) - 1)[np.where(swap, graph.source, graph.target)]
    size = int(chosen.sum())

    def projected(row: NDArray[np.int64], column: NDArray[np.int64]) -> Graph:
        pairs = shared_pairs(*distinct(row, column, size), size, int(column.max(initial=-1)) + 1, newman=False)
        return _graph(size, *pairs[:2])

    whole = projected(member, partner)
    giant, observed = _numbers(whole)
    if null == "moments":
        expected = _moments(whole, member, partner)
        return _record(giant, observed, expected, [], Settings({"mode": mode, "null": null}, seed=seed))
    drawn = (_numbers(projected(*made))[1] for made in memberships(member, partner, count, seed))
    return _record(giant, observed, None, drawn, Settings({"mode": mode, "null": null, "draws": count}, seed=seed))


def _moments(whole: Graph, member: NDArray[np.int64], partner: NDArray[np.int64]) -> tuple[float, float, float]:
    """Return the clustering and distance that the numbers of memberships alone give (newmanstrogatzwatts2001)."""
    parts = whole.connected_components()
    sizes = parts.sizes()
    inside = np.asarray(parts.membership) == int(np.argmax(sizes)) if sizes else np.zeros(0, dtype=bool)
    kept = inside[member]
    held = np.bincount(member[kept], minlength=len(inside))[inside].astype(float)
    groups = np.bincount(partner[kept]).astype(float)
    groups = groups[groups > 0]
    if len(held) < 2 or len(groups) == 0:
        return (NAN,) * 3
    mu1, mu2 = held.mean(), (held**2).mean()
    nu1, nu2, nu3 = groups.mean(), (groups**2).mean(), (groups**3).mean()
    triangles = mu1 * nu1 * (2 * nu1 - 3 * nu2 + nu3)
    others = (mu2 - mu1) * (nu2 - nu1) ** 2
    clustering = triangles / (triangles + others) if triangles + others > 0 else NAN
    first, growth = mu1 * (nu2 / nu1 - 1), (mu2 / mu1 - 1) * (nu2 / nu1 - 1)
    # The formula holds for sparse networks; where firms already meet nearly everybody it says nothing.
    distance = float(np.log(len(held) / first) / np.log(growth) + 1) if 0 < first < len(held) and growth > 1 else NAN
    return float(clustering), NAN, distance
