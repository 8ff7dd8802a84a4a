"""Section A5: specialization, niches, clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from clusternet import cohesion, specialization
from clusternet.errors import OptionError, plural
from clusternet.network._rewiring import memberships
from clusternet.theory._finding import Found, Part, UntestableError, against_chance, claim, estimated
from clusternet.theory._firms import (
    dyad_fit,
    narrowness,
    pair_sample,
    robustness,
    single,
    size_of,
    tag_table,
    width,
    working,
)
from clusternet.theory._relations import dealt_anew, log_degree, null_test
from clusternet.theory._statistics import contracts, growth, least_squares, optional, spells

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from clusternet.theory._evidence import Evidence
    from clusternet.theory._finding import Direction

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = [
    "gains_differ",
    "niches_are_held",
    "platforms_replace_proximity",
    "sectors_cluster",
    "selection_pays",
    "specialists_differ_in_focus",
    "specialists_last_together",
    "specialists_need_partners",
    "specialists_reach_farther",
    "specialists_work_deeper",
    "ties_at_moderate_overlap",
]

EARTH = 6371.0
"""Radius in kilometers."""


@claim(33)
def niches_are_held(evidence: Evidence, *, draws: int, seed: int) -> Found:
    """Test whether a specialist shares its capabilities with fewer firms than chance gives.

    The mean share of all other firms that have any capability of a narrow firm, in the narrower half of the firms by
    number of capabilities, against tables in which every firm keeps its number of capabilities and every capability
    its number of firms (godard2022). The mean overlap of all pairs (pianka1973) cannot be tested that way, because
    those numbers fix it, nor H2' of a table of yes and no (bluethgen2006); few rivals is what a niche means. Whether
    narrow firms overlap with each other stands beside the test.
    """
    from scipy import sparse

    table = tag_table(evidence)
    row, column = np.nonzero(table.to_numpy() > 0)
    n, m = table.shape
    breadth = np.bincount(row, minlength=n)
    narrow = breadth <= np.median(breadth)
    if n < 10 or m < 3 or len(np.unique(column)) < 3:
        raise UntestableError(
            f"{plural(n, 'firm')} with {plural(m, 'capability', 'capabilities')}; at least 10 with 3 are needed"
        )
    scale = np.sqrt(breadth)
    some = int(narrow.sum())
    chosen = np.flatnonzero(narrow)

    def numbers(rows: Ints, columns: Ints) -> tuple[float, float]:
        held = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(n, m))
        some_of = held[chosen]
        alike = (some_of / scale[chosen, None]).sum(axis=0)
        return (
            float(((some_of @ held.T).nnz - some) / (some * (n - 1))),
            float((alike @ alike - some) / max(some * (some - 1), 1)),
        )

    drawn = np.array([numbers(*ends) for ends in memberships(row, column, draws, seed)])
    rivals, among = numbers(row, column)
    null = "firms and capabilities keep their numbers"
    tests = [
        null_test("share of rivals", rivals, drawn[:, 0], null, seed),
        null_test("overlap of specialists", among, drawn[:, 1], null, seed),
    ]
    parts = [
        against_chance("rivals of a specialist, against chance", tests[0], n=some, of="narrow firms",
                       unit="share of firms", expected="less")
    ]  # fmt: skip
    optional(parts, [], "", lambda: against_chance(
        "overlap of specialists with each other, against chance", tests[1], n=some, of="narrow firms",
        unit="Pianka's overlap", expected="told",
    ))  # fmt: skip
    most = plural(np.floor(np.median(breadth)), "capability", "capabilities")
    note = (
        f"A narrow firm (at most {most}) shares one with {rivals:.1%} of the other firms; "
        f"capabilities dealt at random give {tests[0].expected:.1%}. Niche width is {width(evidence).median():.1f} in "
        "the median."
    )
    return Found(parts=parts, note=note, tests=tests)


@claim(36)
def specialists_need_partners(evidence: Evidence) -> Found:
    """Test whether narrow firms have more partners.

    The slope of log(1 + partners) on the narrowness of the firm (minus the log of its niche width, levins1968), at
    equal numbers of employees where these are known (least squares, HC3). Firms without a tie count, with no partner.
    How concentrated the dealings of narrow firms are (`partner_hhi`) stands beside it.
    """
    from clusternet.dependence import partner_hhi

    working(evidence)
    net = evidence.network
    layers = [name for name in net.layers if name != "referral"]
    work = net.layer(*layers)
    narrow = narrowness(evidence)
    firms = narrow.index
    terms = {"narrow": narrow, **size_of(evidence, firms)}

    def slope(outcome: pd.Series) -> tuple[float, float, float, int]:
        table = pd.DataFrame({"outcome": outcome, **terms}, index=firms).dropna()
        x = np.column_stack([table[list(terms)].to_numpy(dtype=float), np.ones(len(table))])
        fit = least_squares(table["outcome"].to_numpy(dtype=float), x)
        return (*single(fit, 0), fit.df, fit.n)

    if narrow.std() < 1e-9:
        raise UntestableError("all firms are of one niche width")
    estimate, se, df, n = slope(log_degree(work).reindex(firms))
    parts = [
        estimated("partners with narrowness", estimate, se, df=df, n=n, of="firms",
                  unit="log partners per log width given up")
    ]  # fmt: skip

    def concentration() -> Part:
        value, error, free, count = slope(partner_hhi(work.undirected()).reindex(firms))
        return estimated("concentration on few partners with narrowness", value, error, df=free, n=count, of="firms",
                         unit="HHI per log width given up", expected="told")  # fmt: skip

    untested: list[str] = []
    optional(parts, untested, "whether narrow firms lean on few partners", concentration)
    note = f"A firm of half the niche width has {2**estimate:.2f} times the partners (counting each firm as one more)."
    return Found(parts=parts, note=note, untested=untested, parameters={"controls": tuple(terms)[1:]})


@claim(37)
def ties_at_moderate_overlap(evidence: Evidence, *, draws: int, seed: int, high: float = 0.6) -> Found:
    """Test whether firms work together that overlap somewhat, rather than not at all or nearly wholly.

    Pairs of firms with capabilities fall into three groups by Pianka's overlap (pianka1973): none, moderate, high. The
    log ratios of the shares of tied pairs, moderate against high and moderate against none, are compared with the
    firms permuted (QAP). Symbiosis needs both to be positive; if ties only rise with overlap, the first is negative
    (an inverted U is the shape that nooteboom2007 finds).

    Parameters
    ----------
    high
        Overlap from which on two firms count as alike.
    """
    table = tag_table(evidence)
    net = working(evidence)
    firms = net.firms.index[net.firms.index.isin(table.index)]
    if len(firms) < 10:
        raise UntestableError(
            f"only {plural(len(firms), 'firm with partners tells', 'firms with partners tell')} "
            "capabilities; at least 10 are needed"
        )
    if len(firms) > 5000:
        raise UntestableError(f"overlaps among {len(firms):,} firms are too many; give a part of the network")
    overlap = specialization.niche_overlap(table.loc[firms]).to_numpy()
    group = np.where(overlap <= 0, 0, np.where(overlap < high, 1, 2))
    upper = np.triu_indices(len(firms), 1)
    size = np.bincount(group[upper], minlength=3)
    if size[0] == 0 or size[1] < 10 or size[2] < 10:
        raise UntestableError(
            f"{plural(size[0], 'pair overlaps', 'pairs overlap')} in nothing, {size[1]:,} somewhat, {size[2]:,} by "
            f"{high:g} or more; at least 10 of each are needed"
        )
    graph = net.subset(firms).simple("undirected")

    def ratios(order: Ints) -> tuple[float, float]:
        tied = np.bincount(group[order[graph.source], order[graph.target]], minlength=3)
        rate = np.log((tied + 0.5) / (size + 1))
        return float(rate[1] - rate[2]), float(rate[1] - rate[0])

    rng = np.random.default_rng(seed)
    observed = ratios(np.arange(len(firms)))
    drawn = np.array([ratios(rng.permutation(len(firms))) for _ in range(draws)])
    names = ("moderate overlap against high", "moderate overlap against none")
    tests = [null_test(name, observed[k], drawn[:, k], "firms permuted", seed) for k, name in enumerate(names)]
    parts = [
        against_chance(f"ties at {name}", test, n=len(graph.source), of="tied pairs", unit="log ratio of tie rates")
        for name, test in zip(names, tests, strict=True)
    ]
    rate = np.bincount(group[graph.source, graph.target], minlength=3) / size
    note = (
        f"Of pairs without a common capability {rate[0]:.2%} work together, of those that overlap by less than "
        f"{high:g} {rate[1]:.2%}, of those that overlap by more {rate[2]:.2%}."
    )
    return Found(parts=parts, note=note, tests=tests)


@claim(38)
def sectors_cluster(evidence: Evidence, *, draws: int, seed: int) -> Found:
    """Test whether sectors are more localized than darts thrown at the map would be.

    The index of ellisonglaeser1997, averaged over sectors by number of firms, with regions as places and employees as
    size (every firm one where these are not known); against sectors dealt anew among the firms, which keeps how many
    firms of what size every region has. Only sectors of at least five firms count.
    """
    table = evidence.table("firms").dropna(subset=["sector", "region"])
    size = table["employees"].fillna(table["employees"].median())
    size = size.where(size > 0, 1.0) if size.notna().all() else pd.Series(1.0, index=table.index)
    sector, names = pd.factorize(table["sector"], sort=True)
    place, places = pd.factorize(table["region"], sort=True)
    count = np.bincount(sector, minlength=len(names))
    enough = count >= 5
    if len(places) < 2 or not enough.any() or len(names) < 2:
        raise UntestableError(f"{plural(len(places), 'region')} and {plural(enough.sum(), 'sector')} of five firms "
                              f"among {len(names):,}; at least two regions, and one such sector among several, are "
                              "needed")  # fmt: skip
    weight = size.to_numpy(dtype=float)
    reference = np.bincount(place, weight)
    reference = reference / reference.sum()
    free = 1 - (reference**2).sum()

    def gamma(label: Ints) -> Floats:
        """Return the index of every sector that counts: that of a single firm is undefined."""
        grid = np.bincount(label * len(places) + place, weight, len(names) * len(places))
        grid = grid.reshape(len(names), len(places))[enough]
        total = grid.sum(axis=1)
        herfindahl = np.bincount(label, weight**2, len(names))[enough] / total**2
        spread = ((grid / total[:, None] - reference) ** 2).sum(axis=1)
        values: Floats = (spread / free - herfindahl) / (1 - herfindahl)
        return values

    share = count[enough] / count[enough].sum()
    found = gamma(sector)
    test = dealt_anew("mean Ellison-Glaeser index", lambda order: float(gamma(sector[order]) @ share), len(sector),
                      "sectors dealt anew", draws=draws, seed=seed)  # fmt: skip
    part = against_chance("localization of sectors, above chance", test, n=int(count[enough].sum()), of="firms",
                          unit="Ellison-Glaeser index")  # fmt: skip
    top, high = int(found.argmax()), int((found > 0.05).sum())
    note = (
        f"The index is {test.observed:.3f} in the mean and {found[top]:.3f} for {names[enough][top]}, the most "
        f"localized; sectors above 0.05, which counts as high: {high} of {enough.sum()}."
    )
    return Found(parts=[part], note=note, tests=(test,))


def _distance(firms: pd.DataFrame, one: Ints, other: Ints) -> Floats:
    """Return kilometers along the surface between firms by position."""
    lat, lon = (np.radians(firms[name].to_numpy(dtype=float)) for name in ("lat", "lon"))
    half = np.sin((lat[other] - lat[one]) / 2) ** 2
    half = half + np.cos(lat[one]) * np.cos(lat[other]) * np.sin((lon[other] - lon[one]) / 2) ** 2
    kilometers: Floats = 2 * EARTH * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    return kilometers


@claim(39)
def platforms_replace_proximity(evidence: Evidence, *, seed: int) -> Found:
    """Test whether distance deters ties less among fellow members of a platform.

    A logit of being tied on log(1 + kilometers), being on a common platform, and their product (aronow2015: errors
    robust to pairs that share a firm). The product is the difference of the two slopes: positive if distance counts
    for less on the platform. Ties that only a group of several firms stands behind are left out, for members of a
    platform are tied by construction.
    """
    net = working(evidence)
    firms = evidence.table("firms").dropna(subset=["lat", "lon"])
    firms = firms[firms["firm_id"].isin(net.firms.index)].reset_index(drop=True)
    groups = evidence.table("groups").dropna(subset=["group_id", "firm"])
    groups = groups[(groups["kind"] == "platform").to_numpy(dtype=bool)]
    if not len(groups):
        raise UntestableError("these records have no group of kind platform", ("groups.kind",))
    ids = pd.Index(firms["firm_id"])
    if len(ids) < 15:
        raise UntestableError(
            f"places of only {plural(len(ids), 'firm')} with partners are known; at least 15 are needed", ("firms.lat",)
        )
    pairs = pair_sample(net, ids, seed)
    member = pd.crosstab(groups["firm"], groups["group_id"]).reindex(ids).fillna(0).to_numpy() > 0
    fellow = (member[pairs.one] & member[pairs.other]).any(axis=1).astype(float)
    inside = int((pairs.tied & (fellow > 0)).sum())
    if inside < 5:
        raise UntestableError(f"{plural(inside, 'pair is', 'pairs are')} fellow members of a platform and tied in "
                              "another way; at least 5 are needed", ("groups.firm",))  # fmt: skip
    far = np.log1p(_distance(firms, pairs.one, pairs.other))
    x = np.column_stack([far * fellow, far, fellow, np.ones(len(far))])
    fit = dyad_fit(pairs.tied.astype(float), x, pairs.one, pairs.other, logit=True)
    found = [single(fit, place) for place in range(2)]
    about = {"df": fit.df, "n": int(pairs.tied.sum()), "of": "tied pairs", "unit": "log odds per log kilometer"}
    parts = [
        estimated("slope of distance on a platform, less off it", *found[0], **about),  # type: ignore[arg-type]
        estimated("slope of distance off platforms", *found[1], expected="told", **about),  # type: ignore[arg-type]
    ]
    note = (
        f"Twice the distance changes the odds of a tie by a factor of {2 ** found[1][0]:.2f}, among fellow members of "
        f"a platform by {2 ** (found[0][0] + found[1][0]):.2f}; {inside:,} tied pairs are such fellows."
    )
    return Found(parts=parts, note=note)


@claim(40)
def selection_pays(evidence: Evidence, *, draws: int, seed: int, share: float = 0.25) -> Found:
    """Test whether the community does better without its generalists, or without its outsiders.

    What if the community had not admitted the broadest quarter of its firms (by niche width)? Robustness of the
    network as firms leave best tied first (R of schneider2011) and the share of all capabilities that is left, each
    against leaving out as many firms at random: communities of equal size are compared, since any firm adds something.
    The claim holds if both are higher without the generalists. The same for outsiders (the quarter with the fewest
    partners) is told beside it: there robustness rises nearly by construction. Both directions can come out.

    Parameters
    ----------
    share
        Share of the firms left out.
    """
    if not 0 < share < 1:
        raise OptionError(f"share is {share!r}; give a share between 0 and 1.")
    net = working(evidence)
    table = tag_table(evidence)
    firms = net.firms.index[net.firms.index.isin(table.index)]
    out = round(share * len(firms))
    if len(firms) < 16 or out < 3:
        raise UntestableError(
            f"only {plural(len(firms), 'firm with partners tells', 'firms with partners tell')} "
            "capabilities; at least 16 are needed"
        )
    graph = net.subset(firms).simple("undirected")
    held = table.loc[firms].to_numpy() > 0
    known = held.any(axis=0).sum()
    rng = np.random.default_rng(seed)
    lot = rng.random(len(firms))

    def worth(leave: Ints) -> tuple[float, float]:
        stay = np.ones(len(firms), dtype=bool)
        stay[leave] = False
        place = np.cumsum(stay) - 1
        kept = stay[graph.source] & stay[graph.target]
        left = robustness(int(stay.sum()), place[graph.source[kept]], place[graph.target[kept]])
        return left, float(held[stay].any(axis=0).sum() / known)

    breadth = width(evidence).loc[firms].to_numpy()
    degree = np.bincount(np.append(graph.source, graph.target), minlength=len(firms))
    broad = np.lexsort((lot, -breadth))[:out]
    outer = np.lexsort((lot, degree))[:out]
    drawn = np.array([worth(rng.choice(len(firms), out, replace=False)) for _ in range(draws)])
    parts, tests = [], []
    asked: tuple[tuple[Ints, str, Direction], ...] = ((broad, "generalists", "more"), (outer, "outsiders", "told"))
    for leave, who, expected in asked:
        for value, column, what, unit in zip(
            worth(leave), drawn.T, ("robustness", "coverage"), ("R, 0 to 0.5", "share of capabilities"), strict=True
        ):
            test = null_test(f"{what} without {who}", value, column, "as many firms left out at random", seed)
            tests.append(test)
            part = against_chance(
                f"{what} without {who}, against random firms",
                test,
                n=len(firms),
                of="firms",
                unit=unit,
                expected=expected,
            )
            parts.append(part)
    note = (
        f"Without its {out} broadest firms the community covers {tests[1].observed:.0%} of its capabilities, without "
        f"as many random ones {tests[1].expected:.0%}; robustness is {tests[0].observed:.3f} against "
        f"{tests[0].expected:.3f}."
    )
    return Found(parts=parts, note=note, tests=tests)


@claim(41, needs=("partnerships.a|referrals.from", "outcomes.firm_id", "outcomes.revenue", "outcomes.period"))
def gains_differ(evidence: Evidence, *, draws: int, seed: int) -> Found:
    """Test whether what a firm gains from its ties differs between firms by more than noise.

    Growth of log revenue is fitted on log(1 + partners) (least squares). If all firms gained alike, the spread of the
    residuals would not depend on the number of partners; if gains differ, it grows with it. The rank correlation of
    the absolute residual with partners is compared with residuals dealt anew. The difference between the slopes at the
    upper and the lower quarter of growth (quantile regression) stands beside it, and the Gini of growth in the note.
    """
    from scipy.stats import rankdata

    grown = growth(evidence)
    partners = log_degree(evidence.network).reindex(grown.index)
    known = partners.notna()
    y, x = grown[known].to_numpy(dtype=float), partners[known].to_numpy(dtype=float)
    if len(y) < 20 or np.ptp(x) < 1e-9:
        raise UntestableError(f"{plural(len(y), 'firm')} with growth and ties that vary; at least 20 are needed")
    design = np.column_stack([x, np.ones(len(x))])
    beta = np.linalg.lstsq(design, y, rcond=None)[0]
    left = y - design @ beta

    def spread(values: Floats) -> float:
        one, other = rankdata(np.abs(values)), rankdata(x)
        return float(np.corrcoef(one, other)[0, 1])

    rng = np.random.default_rng(seed)
    drawn = np.empty(draws)
    for place in range(draws):
        again = rng.permutation(left)
        again = again - design @ np.linalg.lstsq(design, again, rcond=None)[0]
        drawn[place] = spread(again)
    test = null_test("spread of growth with partners", spread(left), drawn, "residuals dealt anew", seed)
    parts = [against_chance("spread of growth with partners", test, n=len(y), of="firms", unit="rank correlation")]
    low, high = (_quantile_slope(y, x, at) for at in (0.25, 0.75))
    worst = float(np.mean(left[x >= np.median(x)] + beta[0] * x[x >= np.median(x)] < 0))
    note = (
        f"Per unit of log partners growth rises by {low:.3f} at the lower quarter of firms and by {high:.3f} at the "
        f"upper one; of the better tied half {worst:.0%} gain less than firms without ties are expected to."
    )
    return Found(parts=parts, note=note, tests=(test,))


def _quantile_slope(y: Floats, x: Floats, at: float) -> float:
    """Return the slope of a quantile of y on x, by linear programming."""
    from scipy.optimize import linprog

    n = len(y)
    cost = np.concatenate([np.zeros(2), np.full(n, at), np.full(n, 1 - at)])
    equal = np.column_stack([x, np.ones(n), np.eye(n), -np.eye(n)])
    bounds = [(None, None)] * 2 + [(0, None)] * (2 * n)
    return float(linprog(cost, A_eq=equal, b_eq=y, bounds=bounds, method="highs").x[0])


@claim(42, needs=("capabilities.firm_id", "capabilities.tag", "partnerships.a|referrals.from"))
def specialists_differ_in_focus(evidence: Evidence, *, draws: int, seed: int) -> Found:
    """Test whether communities fall into two regimes of focus, narrow and broad.

    The firms' log niche widths (levins1968) are averaged within the communities found in the ties (those with at least
    three firms that tell capabilities). First, the share of the spread of the averages that the best split into two
    groups explains: nearly all if there are two regimes, about two thirds if focus varies continuously. Second, the
    share of the spread of firms that lies between communities at all. Both against widths dealt anew among the firms.
    Two clusters are compared by `table2`, which does not need them to be found.
    """
    net = evidence.network.undirected()
    net = net.without(net.isolates)
    values = np.log(width(evidence))
    firms = net.firms.index[net.firms.index.isin(values.index)]
    if len(firms) < 18 or values.loc[firms].std() < 1e-9:
        raise UntestableError(f"{plural(len(firms), 'firm')} with ties and niches that vary; at least 18 are needed")
    member = cohesion.communities(net, seed=seed, runs=5).membership.loc[firms].to_numpy()
    count = pd.Series(member).value_counts()
    member = pd.Series(member).where(lambda names: names.map(count) >= 3)
    kept = member.notna().to_numpy()
    label = pd.factorize(member[kept])[0]
    groups = int(label.max(initial=-1)) + 1
    if groups < 5:
        raise UntestableError(
            f"{plural(groups, 'community', 'communities')} of at least three firms that tell capabilities; 5 are needed"
        )
    focus = values.loc[firms].to_numpy(dtype=float)[kept]
    size = np.bincount(label)

    def numbers(widths: Floats) -> tuple[float, float]:
        mean = np.bincount(label, widths) / size
        between = float(((mean - widths.mean()) ** 2) @ size) / float(((widths - widths.mean()) ** 2).sum())
        order = np.argsort(mean)
        weight, total = np.cumsum(size[order]), np.cumsum((mean * size)[order])
        whole = total[-1] ** 2 / weight[-1]
        split = total[:-1] ** 2 / weight[:-1] + (total[-1] - total[:-1]) ** 2 / (weight[-1] - weight[:-1]) - whole
        spread = float((mean**2) @ size) - whole
        return float(split.max()) / spread if spread > 0 else float("nan"), between

    rng = np.random.default_rng(seed)
    observed = numbers(focus)
    drawn = np.array([numbers(rng.permutation(focus)) for _ in range(draws)])
    names = ("spread of focus that two regimes explain", "spread of focus between communities")
    tests = [null_test(name, observed[k], drawn[:, k], "widths dealt anew", seed) for k, name in enumerate(names)]
    parts = [
        against_chance(f"{name}, above chance", test, n=groups if k == 0 else len(focus),
                       of="communities" if k == 0 else "firms", unit="share, 0 to 1")
        for k, (name, test) in enumerate(zip(names, tests, strict=True))
    ]  # fmt: skip
    note = (
        f"Two groups of the {groups} communities explain {observed[0]:.0%} of how their focus differs (chance "
        f"{tests[0].expected:.0%}); {observed[1]:.0%} of the spread between firms lies between communities (chance "
        f"{tests[1].expected:.0%})."
    )
    return Found(parts=parts, note=note, tests=tests)


# ── rows of the table of generalist and specialized communities ─────────────────────────────────────────────────────


@claim(43, needs=("capabilities.firm_id", "capabilities.tag", "partnerships.a",
                  "partnerships.formal|partnerships.start"))  # fmt: skip
def specialists_work_deeper(evidence: Evidence, *, draws: int, seed: int) -> Found:
    """Test whether narrow firms work together more deeply than broad ones.

    Of every pair that works together: whether it has a formal contract, in how many layers it is tied, and how much
    longer its relation lasted than others of its kind and age (martingale residual, so that relations that are still
    open count rightly). The mean of these, each in standard deviations, is the depth of the pair; its correlation with
    the mean narrowness of the two firms is compared with narrowness dealt anew among the firms. The three correlations
    and that of k-core numbers are told beside it.
    """
    narrow = narrowness(evidence)
    table = contracts(evidence)
    table = table[table["a"].isin(narrow.index) & table["b"].isin(narrow.index)].reset_index(drop=True)
    low, high = np.minimum(table["a"], table["b"]), np.maximum(table["a"], table["b"])
    by = table.groupby([low, high], sort=True)
    pair = pd.DataFrame({"formal": by["formal"].apply(lambda flags: flags.astype("float64").mean()),
                         "layers": by["kind"].nunique().astype(float)})  # fmt: skip
    if len(pair) < 15 or narrow.std() < 1e-9:
        raise UntestableError(f"{plural(len(pair), 'pair')} of firms that tell capabilities; at least 15 are needed")
    untested: list[str] = []
    try:
        pair["lasting"] = _lasting(evidence).reindex(pair.index)
    except UntestableError as why:
        untested.append(f"whether their relations last longer: {why}")
    names = [name for name in ("formal", "layers", "lasting") if name in pair and pair[name].std() > 1e-9]
    if not names:
        raise UntestableError("all pairs are tied alike", ("partnerships.formal", "partnerships.end"))
    scaled = (pair[names] - pair[names].mean()) / pair[names].std()
    depth = scaled.mean(axis=1).rename("depth")
    one = narrow.index.get_indexer(pair.index.get_level_values(0))
    other = narrow.index.get_indexer(pair.index.get_level_values(1))
    used = np.unique(np.append(one, other))
    values = narrow.to_numpy(dtype=float)
    columns = [column for column in (depth, *(scaled[name] for name in names)) if column.notna().sum() >= 15]
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(used) for _ in range(draws)]

    def drawn(column: pd.Series) -> Floats:
        known = column.notna().to_numpy()
        y = column[known].to_numpy(dtype=float)
        y = (y - y.mean()) / max(np.linalg.norm(y - y.mean()), 1e-300)

        def correlation(dealt: Floats) -> float:
            x = dealt[one[known]] + dealt[other[known]]
            return float((x - x.mean()) @ y / max(np.linalg.norm(x - x.mean()), 1e-300))

        made = [correlation(values)]
        for order in orders:
            dealt = values.copy()
            dealt[used] = values[order]
            made.append(correlation(dealt))
        return np.array(made)

    words = {"depth": "depth of relations", "formal": "formal contracts", "layers": "ties in several ways",
             "lasting": "lasting relations"}  # fmt: skip
    parts, tests = [], []
    for place, column in enumerate(columns):
        numbers = drawn(column)
        name = f"{words[str(column.name)]} with narrowness"
        test = null_test(name, numbers[0], numbers[1:], "narrowness dealt anew among the firms", seed)
        tests.append(test)
        parts.append(against_chance(name, test, n=int(column.notna().sum()), of="pairs", unit="correlation",
                                    expected="more" if place == 0 else "told"))  # fmt: skip
    if "formal" not in names:
        untested.append("whether their relations are more formal: partnerships.formal is missing or does not vary")
    narrower = (values[one] + values[other]) >= np.median(values[one] + values[other])
    halves = [f"{pair['formal'][side].mean():.0%}" for side in (narrower, ~narrower)]
    note = f"Depth and narrowness go together with a correlation of {tests[0].observed:.2f}"
    note += (
        f"; {halves[0]} of the narrower pairs have a formal contract, {halves[1]} of the broader."
        if "formal" in names
        else "."
    )
    return Found(parts=parts, note=note, tests=tests, untested=untested)


def _lasting(seen: Evidence) -> pd.Series:
    """Return by pair how much less often its relations ended than relations of that kind at that age do."""
    table = spells(seen)
    table = table[(table["parties"] == 2) & table["time"].notna()]
    if table["ended"].sum() < 5:
        raise UntestableError(
            f"{plural(table['ended'].sum(), 'dated end')}; at least 5 are needed", ("partnerships.end",)
        )
    made = []
    for _, rows in table.groupby("kind"):
        time, ended = rows["time"].to_numpy(dtype=float), rows["ended"].to_numpy(dtype=bool)
        moments, count = np.unique(time[ended], return_counts=True)
        at_risk = len(time) - np.searchsorted(np.sort(time), moments, side="left")
        risk = np.concatenate([[0.0], np.cumsum(count / at_risk)])[np.searchsorted(moments, time, side="right")]
        made.append(pd.Series(risk - ended, index=rows.index))
    rest = pd.concat(made).loc[table.index]
    low, high = np.minimum(table["a"], table["b"]), np.maximum(table["a"], table["b"])
    return rest.groupby([low, high]).mean()


@claim(46, needs=("capabilities.firm_id", "capabilities.tag", "firms.lat|firms.region|markets.sales",
                  "referrals.from|markets.sales"))  # fmt: skip
def specialists_reach_farther(evidence: Evidence) -> Found:
    """Test whether narrow firms send and get customers from farther away.

    Of every firm, over the referrals that it sends or gets: the mean log(1 + kilometers), and the share that leaves
    the region; and, where sales by market are told, the log of the number of markets that would be as spread (1 / HHI).
    Each is regressed on the narrowness of the firm, at equal numbers of partners and employees (least squares, HC3).
    The claim needs all that can be tested.
    """
    narrow = narrowness(evidence)
    if narrow.std() < 1e-9:
        raise UntestableError("all firms are of one niche width")
    parts: list[Part] = []
    untested: list[str] = []
    terms = {"narrow": narrow, "degree": log_degree(evidence.network), **size_of(evidence, narrow.index)}

    def part(outcome: Callable[[], pd.Series], name: str, unit: str) -> Part:
        table = pd.DataFrame({"outcome": outcome(), **terms}).dropna()
        used = [term for place, term in enumerate(terms) if place == 0 or table[term].std() > 1e-9]
        x = np.column_stack([table[used].to_numpy(dtype=float), np.ones(len(table))])
        fit = least_squares(table["outcome"].to_numpy(dtype=float), x)
        return estimated(name, *single(fit, 0), df=fit.df, n=fit.n, of="firms", unit=unit)

    optional(parts, untested, "how far referrals go",
             lambda: part(lambda: referral_reach(evidence, "distance"), "distances of referrals with narrowness",
                          "log kilometers per log width given up"))  # fmt: skip
    optional(parts, untested, "whether referrals leave the region",
             lambda: part(lambda: referral_reach(evidence, "region"), "referrals out of the region with narrowness",
                          "share per log width given up"))  # fmt: skip
    optional(parts, untested, "in how many markets firms sell",
             lambda: part(lambda: market_spread(evidence), "markets with narrowness",
                          "log markets per log width given up"))  # fmt: skip
    if not parts:
        raise UntestableError("; ".join(untested), ("referrals.from", "firms.lat", "firms.region", "markets.sales"))
    what, step = parts[0].name.split(" with ")[0], float(np.log(2) * parts[0].estimate)
    by = f"{np.expm1(step):+.0%}" if parts[0].unit.startswith("log") else f"{100 * step:+.0f} points in a hundred"
    note = f"With every halving of the niche width, {what} change by {by}."
    return Found(parts=parts, note=note, untested=untested)


def referral_values(seen: Evidence, what: str) -> tuple[Ints, Ints, Floats]:
    """Return who refers to whom, by position in the network, and log(1 + kilometers) or whether it leaves the region.

    Raises
    ------
    UntestableError
        If places or regions are not known.
    """
    table = seen.table("referrals").dropna(subset=["from", "to"])
    table = table[table["from"] != table["to"]]
    firms = seen.table("firms")
    ids = pd.Index(firms["firm_id"])
    one, other = ids.get_indexer(table["from"]), ids.get_indexer(table["to"])
    if what == "distance":
        if not (seen.has("firms.lat") and seen.has("firms.lon")):
            raise UntestableError("firms have no lat and lon", ("firms.lat", "firms.lon"))
        value = np.log1p(_distance(firms, one, other))
    else:
        region, names = pd.factorize(firms["region"])
        if len(names) < 2:
            raise UntestableError("firms are of one region, or none is known", ("firms.region",))
        unknown = (region[one] < 0) | (region[other] < 0)
        value = np.where(unknown, np.nan, (region[one] != region[other]).astype(float))
    places = seen.network.firms.index
    return places.get_indexer(table["from"]), places.get_indexer(table["to"]), value


def referral_reach(seen: Evidence, what: str) -> pd.Series:
    """Return by firm the mean of `referral_values` over the referrals that it sends or gets."""
    one, other, value = referral_values(seen, what)
    rows = pd.Series(np.append(value, value)).groupby(np.append(one, other)).mean()
    made = pd.Series(rows.to_numpy(), index=seen.network.firms.index[rows.index])
    if made.notna().sum() < 10:
        raise UntestableError(f"referrals of {plural(made.notna().sum(), 'firm')}; at least 10 are needed",
                              ("referrals.from",))  # fmt: skip
    return made


def market_spread(seen: Evidence) -> pd.Series:
    """Return by firm the log of the number of equal markets that would be as spread as its sales."""
    table = seen.table("markets").dropna(subset=["firm_id", "market", "sales"])
    table = table[table["sales"] > 0].groupby(["firm_id", "market"])["sales"].sum()
    if not len(table):
        raise UntestableError("these records have no markets (sales)", ("markets.sales",))
    share = table / table.groupby("firm_id").transform("sum")
    return -np.log((share**2).groupby("firm_id").sum())


def redundancy_of(holders: Floats) -> float:
    """Return the mean share of capabilities left while firms leave in random order, until all are gone.

    A capability with k holders is lost when the last of them leaves; averaged over all orders and numbers of leavers it
    is there for a share k / (k + 1) of the time, however many firms there are (the robustness of burgos2007).

    Examples
    --------
    >>> redundancy_of(np.array([1.0, 3.0]))
    0.625
    """
    return float(np.mean(holders / (holders + 1)))


@claim(47)
def specialists_last_together(evidence: Evidence, *, draws: int, seed: int) -> Found:
    """Test whether narrow firms keep more of their capabilities than broad ones as firms leave.

    The firms are split at the median niche width. Of each half, the share of its capabilities that some firm still has,
    averaged while the firms leave one by one in random order (burgos2007), which is known exactly from the number of
    firms behind every capability. The difference, narrow less broad, has a jackknife error over firms. A narrow firm
    brings few capabilities; unless narrow firms also draw on fewer, redundancy falls with specialization, and the
    literature leaves room for both. How well the two halves hang together as the best tied leave (R of schneider2011),
    against halves dealt at random, stands beside it.
    """
    table = tag_table(evidence)
    breadth = width(evidence).loc[table.index].to_numpy()
    narrow = breadth <= np.median(breadth)
    if narrow.all() or narrow.sum() < 6 or (~narrow).sum() < 6:
        raise UntestableError("niche widths do not split the firms into two halves of at least six")
    held = table.to_numpy() > 0

    def kept(side: np.ndarray) -> tuple[float, Floats]:
        rows = held[side]
        holders = rows.sum(axis=0)
        base = holders > 0
        rows, holders = rows[:, base], holders[base].astype(float)
        # Without a firm, each of its capabilities has one holder less.
        loss = holders / (holders + 1) - (holders - 1) / holders
        without = redundancy_of(holders) - rows @ loss / len(holders)
        return redundancy_of(holders), without

    (one, drops), (other, falls) = kept(narrow), kept(~narrow)
    variance = sum((len(left) - 1) / len(left) * ((left - left.mean()) ** 2).sum() for left in (drops, falls))
    parts = [
        estimated("capabilities kept as firms leave, narrow less broad", one - other, float(np.sqrt(variance)),
                  df=min(len(drops), len(falls)) - 1, n=len(table), of="firms", unit="mean share of capabilities")
    ]  # fmt: skip
    tests = []
    untested: list[str] = []

    def structure() -> Part:
        net = working(evidence)
        firms = net.firms.index[net.firms.index.isin(table.index)]
        graph = net.subset(firms).simple("undirected")
        side = pd.Series(narrow, index=table.index).loc[firms].to_numpy()
        if side.sum() < 6 or (~side).sum() < 6:
            raise UntestableError("fewer than six narrow or broad firms have partners")

        def apart(order: Ints) -> float:
            made = []
            for half in (side[order], ~side[order]):
                inside = half[graph.source] & half[graph.target]
                place = np.cumsum(half) - 1
                made.append(robustness(int(half.sum()), place[graph.source[inside]], place[graph.target[inside]]))
            return made[0] - made[1]

        test = dealt_anew("robustness, narrow less broad", apart, len(side), "halves dealt at random",
                          draws=min(draws, 399), seed=seed)  # fmt: skip
        tests.append(test)
        return against_chance("robustness of ties, narrow less broad", test, n=len(firms), of="firms",
                              unit="R, 0 to 0.5", expected="told")  # fmt: skip

    optional(parts, untested, "whether ties among narrow firms hold better", structure)
    backing = [held[side].sum() / held[side].any(axis=0).sum() for side in (narrow, ~narrow)]
    note = (
        f"Behind a capability stand {backing[0]:.1f} firms in the narrow half and {backing[1]:.1f} in the broad one; "
        f"as firms leave at random, {one:.0%} and {other:.0%} of capabilities are left, averaged until all are gone."
    )
    return Found(parts=parts, note=note, tests=tests, untested=untested)
