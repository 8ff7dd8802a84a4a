"""Section A6: innovation, knowledge, learning."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from clusternet import brokerage
from clusternet.errors import OptionError, plural
from clusternet.theory._finding import Found, Part, UntestableError, against_chance, claim, estimated
from clusternet.theory._firms import (
    count_part,
    counts,
    dyad_fit,
    pair_sample,
    single,
    size_of,
    tag_table,
    working,
)
from clusternet.theory._relations import dealt_anew, log_degree, null_test
from clusternet.theory._statistics import optional

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clusternet.network import Network
    from clusternet.result import NullTest
    from clusternet.theory._evidence import Evidence

    Floats = NDArray[np.float64]

__all__ = [
    "closure_with_reach",
    "dense_firms_launch_more",
    "diverse_partners_spark",
    "knowledge_leaks",
    "likes_work_together",
]

NEEDS = ("partnerships.a", "outcomes.firm_id", "outcomes.launches")


def closure(net: Network) -> pd.Series:
    """Return the share of pairs of a firm's partners that are tied; missing with fewer than two partners."""
    matrix = net.simple("undirected").csr()
    degree = np.asarray(matrix.sum(axis=1)).ravel()
    triangles = np.asarray((matrix @ matrix).multiply(matrix).sum(axis=1)).ravel()
    pairs = degree * (degree - 1)
    return pd.Series(np.divide(triangles, pairs, out=np.full(len(pairs), np.nan), where=pairs > 0), net.firms.index)


def scaled(values: pd.Series) -> pd.Series:
    """Return the values in standard deviations from their mean."""
    spread = values.std()
    if not spread > 1e-12:
        raise UntestableError("firms do not differ in what the claim compares")
    return (values - values.mean()) / spread


@claim(49, needs=NEEDS)
def dense_firms_launch_more(evidence: Evidence, *, seed: int) -> Found:
    """Test whether firms in dense surroundings launch more, and go on doing so.

    The ratio of launches per standard deviation of closure (the share of a firm's partners who work together), at equal
    numbers of partners and employees (Poisson, errors robust to any variance). Then the same for launches of the later
    half of the periods alone: dense networks may learn fast and then know all the same (lazer2007), though mason2012
    finds the opposite. What a search of a rugged landscape yields on this very network in the long run, against random
    networks of as many ties, is told beside it: it needs no outcomes.
    """
    net = working(evidence)
    dense = closure(net).dropna()
    terms = {"closure": scaled(dense), "degree": log_degree(net), **size_of(evidence, net.firms.index)}
    unit = "ratio per standard deviation"
    parts = [count_part(counts(evidence, "launches"), terms, "launches with closure among partners", unit=unit)]
    untested: list[str] = []
    optional(parts, untested, "whether closure still helps in the long run",
             lambda: count_part(counts(evidence, "launches", half=1), terms, "launches in later periods with closure",
                                unit=unit))  # fmt: skip
    tests = []

    def search() -> Part:
        from clusternet.models import collective_search, make_landscape

        graph = net.simple("undirected")
        rng = np.random.default_rng(seed)
        worlds = [(make_landscape(10, interactions=4, seed=int(rng.integers(2**32))), int(rng.integers(2**32)))
                  for _ in range(2)]  # fmt: skip

        def found(where: Network) -> float:
            return float(np.mean([collective_search(where, hill, periods=40, seed=start).scores.mean()
                                  for hill, start in worlds]))  # fmt: skip

        from clusternet.models import random_network

        drawn = np.array([found(random_network(graph.n, len(graph.source), seed=int(rng.integers(2**32))))
                          for _ in range(39)])  # fmt: skip
        test = null_test("long-run score of search", found(net), drawn, "random networks of as many ties", seed)
        tests.append(test)
        return against_chance("long-run score of a search on this network, above random networks", test, n=graph.n,
                              of="firms", unit="score, 0 to 1", expected="told")  # fmt: skip

    optional(parts, untested, "what a search on this network finds", search)
    note = (
        f"Where partners work together one standard deviation more, firms launch {parts[0].estimate:.2f} times as much"
        + (f", in later periods {parts[1].estimate:.2f} times." if len(parts) > 1 and "later" in parts[1].name else ".")
    )
    return Found(parts=parts, note=note, tests=tests, untested=untested)


@claim(50, needs=NEEDS)
def closure_with_reach(evidence: Evidence) -> Found:
    """Test whether closure and reach multiply: firms that have both launch more than either would suggest.

    The interaction of closure (share of partners who work together) and reach (sum of 1/distance to all firms), each in
    standard deviations, on launches (Poisson, errors robust to any variance), at equal numbers of partners and
    employees. schillingphelps2007 find it positive over eleven industries, fleming2007 finds none; a single cluster
    compares its firms instead. Stated beforehand, either answer counts: above 1, below 1, or open.
    """
    from clusternet._paths import inverse_distance_sums

    net = working(evidence)
    dense = scaled(closure(net).dropna())
    reach = pd.Series(np.asarray(inverse_distance_sums(net, "all", "ignore")), net.firms.index).reindex(dense.index)
    reach = scaled(reach)
    terms = {"both": dense * reach, "closure": dense, "reach": reach, "degree": log_degree(net),
             **size_of(evidence, net.firms.index)}  # fmt: skip
    launches = counts(evidence, "launches")
    unit = "ratio per standard deviation of each"
    parts = [
        count_part(launches, terms, "launches with closure times reach", unit=unit),
        count_part(launches, terms, "launches with closure", unit="ratio per standard deviation", expected="told",
                   place=1),
        count_part(launches, terms, "launches with reach", unit="ratio per standard deviation", expected="told",
                   place=2),
    ]  # fmt: skip
    note = (
        f"One standard deviation more closure multiplies launches by {parts[1].estimate:.2f}, of reach by "
        f"{parts[2].estimate:.2f}, and both together by a further {parts[0].estimate:.2f}."
    )
    return Found(parts=parts, note=note)


@claim(52, needs=("firms.sector", *NEEDS))
def diverse_partners_spark(evidence: Evidence) -> Found:
    """Test whether firms with partners of many sectors, and with little constraint, launch more.

    The ratios of launches per standard deviation of diversity (the chance that two partners, one drawn after the other
    with replacement, are of different sectors: 1 - sum p^2 of blau1977) and of constraint (burt1992), at equal numbers
    of partners and employees (Poisson, errors robust to any variance). The claim needs the first above 1 and the second
    below.
    """
    net = working(evidence)
    graph = net.simple("undirected")
    sector, names = pd.factorize(net.firms["sector"])
    if len(names) < 2:
        raise UntestableError("firms with partners are of one sector", ("firms.sector",))
    one, other = np.append(graph.source, graph.target), np.append(graph.target, graph.source)
    known = sector[other] >= 0
    grid = np.zeros((graph.n, len(names)))
    np.add.at(grid, (one[known], sector[other[known]]), 1)
    total = grid.sum(axis=1)
    share = np.divide(grid, total[:, None], out=np.full(grid.shape, np.nan), where=total[:, None] > 0)
    diverse = pd.Series(1 - (share**2).sum(axis=1), net.firms.index)
    # With one partner there is nothing to be diverse about.
    diverse = diverse.where(total >= 2)
    tight = brokerage.constraint(net).where(total >= 2)
    terms = {"diverse": scaled(diverse), "tight": scaled(tight), "degree": log_degree(net),
             **size_of(evidence, net.firms.index)}  # fmt: skip
    launches = counts(evidence, "launches")
    unit = "ratio per standard deviation"
    parts = [
        count_part(launches, terms, "launches with diversity of partners", unit=unit),
        count_part(launches, terms, "launches with constraint", unit=unit, expected="less", place=1),
    ]
    note = (
        f"One standard deviation more diversity of partners multiplies launches by {parts[0].estimate:.2f}, of "
        f"constraint by {parts[1].estimate:.2f}."
    )
    return Found(parts=parts, note=note)


@claim(53)
def likes_work_together(evidence: Evidence, *, seed: int) -> Found:
    """Test whether firms of one identity work together more often than others.

    A logit of working together on being of one sector and on having a capability in common, at equal numbers of
    partners of both firms (log(1 + partners) of each, summed) and of one region or not; errors are robust to pairs that
    share a firm (aronow2015). Where both identities are known each is tested at half the level, since one is enough.
    """
    net = working(evidence)
    firms = net.firms.index
    if len(firms) < 15:
        raise UntestableError(f"only {plural(len(firms), 'firm has', 'firms have')} partners; at least 15 are needed")
    pairs = pair_sample(net, firms, seed)
    terms: dict[str, Floats] = {}

    def same(column: str) -> Floats | None:
        if column not in net.firms.columns:
            return None
        code, names = pd.factorize(net.firms[column])
        if len(names) < 2 or (code >= 0).mean() < 0.5:
            return None
        made: Floats = ((code[pairs.one] == code[pairs.other]) & (code[pairs.one] >= 0)).astype(float)
        return made

    sector = same("sector")
    if sector is not None:
        terms["one sector"] = sector
    try:
        held = (tag_table(evidence).reindex(firms).fillna(0).to_numpy() > 0).astype(float)
        if held.any(axis=1).mean() >= 0.5:
            terms["a capability in common"] = ((held @ held.T)[pairs.one, pairs.other] > 0).astype(float)
    except UntestableError:
        pass
    if not terms:
        raise UntestableError("neither sectors nor capabilities of half of the firms with partners are known",
                              ("firms.sector|capabilities.tag",))  # fmt: skip
    degree = log_degree(net).to_numpy()
    controls = [degree[pairs.one] + degree[pairs.other]]
    region = same("region")
    if region is not None:
        controls.append(region)
    x = np.column_stack([*terms.values(), *controls, np.ones(len(pairs.one))])
    fit = dyad_fit(pairs.tied.astype(float), x, pairs.one, pairs.other, logit=True)
    parts = [
        estimated(f"odds of working together, {name}", *single(fit, place), df=fit.df, n=int(pairs.tied.sum()),
                  of="tied pairs", unit="odds ratio", ratio=True, tests=len(terms))
        for place, name in enumerate(terms)
    ]  # fmt: skip
    said = [
        f"{values[pairs.tied].mean():.1%} of pairs that work together {'are of' if 'sector' in name else 'have'} {name}"
        f" ({values.mean():.1%} of all pairs)"
        for name, values in terms.items()
    ]
    return Found(
        parts=parts, note=f"{'; '.join(said)}.", combine="any",
        untested=("whether members grow alike: capabilities are not dated",),
        parameters={"controls": ("partners", "region") if region is not None else ("partners",)},
    )  # fmt: skip


@claim(57)
def knowledge_leaks(evidence: Evidence, *, draws: int, seed: int, chance: float = 0.3) -> Found:
    """Test whether secrets stand nearer to rivals than chance gives.

    A secret is a capability marked confidential; rivals of its holder are firms of its sector that lack it. A secret
    passes along each tie with the `chance`, so that it reaches a rival at d steps along the shortest path with
    chance^d; the mean over all holders and rivals is compared with firms dealt anew over the places in the network,
    holders and rivals together. If the risk does not depend on the structure, the two agree. How many rivals stand
    within two steps, and how many ties would have to be cut to part a holder from its nearest rival, is told beside it.

    Parameters
    ----------
    chance
        Probability that a secret passes along a tie.
    """
    from scipy.sparse.csgraph import shortest_path

    if not 0 < chance < 1:
        raise OptionError(f"chance is {chance!r}; give a probability between 0 and 1.")
    net = working(evidence)
    table = evidence.table("capabilities").dropna(subset=["firm_id", "tag"])
    secret = table[table["confidential"].fillna(False).astype(bool)]
    ids = net.firms.index
    sector, _ = pd.factorize(net.firms["sector"])
    rows = []
    for tag, owners in secret.groupby("tag")["firm_id"]:
        holder = ids.get_indexer(pd.Index(owners.unique()))
        able = ids.get_indexer(pd.Index(table.loc[table["tag"] == tag, "firm_id"].unique()))
        for one in holder[holder >= 0]:
            rivals = np.flatnonzero((sector == sector[one]) & (sector[one] >= 0))
            rivals = np.setdiff1d(rivals, able)
            rows.append(np.column_stack([np.full(len(rivals), one), rivals]))
    pairs = np.concatenate(rows) if rows else np.zeros((0, 2), dtype=np.int64)
    pairs = np.unique(pairs, axis=0)
    if len(pairs) < 10:
        raise UntestableError(f"{plural(len(pairs), 'pair')} of a holder of a secret and a rival with partners; at "
                              "least 10 are needed", ("capabilities.confidential",))  # fmt: skip
    n = len(ids)
    if n > 4000:
        raise UntestableError(f"distances among {n:,} firms are too many; give a part of the network")
    steps = shortest_path(net.simple("undirected").csr(), directed=False, unweighted=True)
    one, other = pairs.T
    rng = np.random.default_rng(seed)

    def against_places(name: str, values: Floats) -> NullTest:
        return dealt_anew(name, lambda order: float(values[order[one], order[other]].mean()), n,
                          "firms dealt anew over places", draws=draws, seed=seed, rng=rng)  # fmt: skip

    test = against_places("chance that a rival learns a secret", chance**steps)
    close = against_places("share of rivals within two steps", (steps <= 2).astype(float))
    parts = [
        against_chance("risk that a rival learns a secret, above chance", test, n=len(pairs),
                       of="pairs of holder and rival", unit="probability"),
        against_chance("rivals within two steps, above chance", close, n=len(pairs), of="pairs of holder and rival",
                       unit="share", expected="told"),
    ]  # fmt: skip
    cut = _cuts(net, steps, pairs)
    note = (
        f"A rival learns a secret with probability {test.observed:.3f} (a firm anywhere {test.expected:.3f}); "
        f"{close.observed:.0%} of rivals stand within two steps, and {cut:g} "
        f"{'tie parts' if cut == 1 else 'ties part'} a holder from its nearest rival in the median."
    )
    return Found(parts=parts, note=note, tests=(test, close))


def _cuts(net: Network, steps: Floats, pairs: NDArray[np.int64]) -> float:
    """Return the median over holders of the number of ties that part each from its nearest rival."""
    graph = net.igraph_undirected
    found = []
    for holder in np.unique(pairs[:, 0])[:200]:
        rivals = pairs[pairs[:, 0] == holder, 1]
        nearest = rivals[np.argmin(steps[holder, rivals])]
        found.append(graph.mincut_value(int(holder), int(nearest)) if np.isfinite(steps[holder, nearest]) else 0)
    return float(np.median(found))
