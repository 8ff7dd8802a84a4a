"""Section A7: resilience, dependence, risk."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from clusternet._percolation import neighbors
from clusternet.errors import plural
from clusternet.resilience._paths import alone_of
from clusternet.theory._finding import Found, Part, UntestableError, against_chance, claim, estimated
from clusternet.theory._firms import called, dyad_fit, robustness, single, size_of, working
from clusternet.theory._relations import dealt_anew, log_degree, null_test
from clusternet.theory._statistics import contracts, least_squares, optional, outcome_panel, period_starts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clusternet.result import NullTest
    from clusternet.theory._evidence import Evidence

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = [
    "community_buffers",
    "concentration_harms",
    "connection_stabilizes",
    "coordination_costs_rise",
    "failures_cascade",
    "free_riding_erodes",
    "platforms_bind",
    "single_firms_cut_off",
    "spreading_partners_spreads_risk",
    "triads_balance",
    "ventures_share_risk",
]


def only_against(part: Part) -> Part:
    """Return a part that counts where it contradicts, and else only stands beside the test."""
    return part if part.agrees is False else replace(part, expected="told")


def changes(seen: Evidence) -> pd.DataFrame:
    """Return one row per firm and period with the period before known: firm_id, start, step, growth of log revenue."""
    panel = outcome_panel(seen)
    by = panel.groupby("firm_id")
    panel = panel.assign(growth=by["log"].diff(), before=by["step"].diff())
    return panel[panel["before"] == 1].reset_index(drop=True)[["firm_id", "start", "step", "growth"]]


def _shares(seen: Evidence) -> tuple[pd.Index, NDArray[np.float64]]:
    """Return the firms, and the share of every partner (column) in the dealings of every firm (row)."""
    net = seen.network.undirected()
    if net.n_firms > 5000:
        raise UntestableError(f"{net.n_firms:,} firms are too many to compare all with all; give a part of the network")
    flow = net.adjacency.toarray().astype(float)
    np.fill_diagonal(flow, 0)
    total = flow.sum(axis=1, keepdims=True)
    return net.firms.index, np.divide(flow, total, out=np.zeros_like(flow), where=total > 0)


@claim(60)
def community_buffers(evidence: Evidence) -> Found:
    """Test whether firms with many partners lose less when a shock hits them.

    Growth of log revenue of every firm and period on: the size of a shock to it (the absolute value, so that a larger
    number is a harder blow), that times log(1 + partners), log(1 + partners), the mean shock of its partners, and every
    period (least squares, errors clustered by firm). A shock names a firm, a sector or a region. The claim expects the
    product to be positive: embedded firms are hit less. If shocked partners pull a firm down (as in carvalho2021), that
    counts against it.
    """
    table = changes(evidence)
    ids, share = _shares(evidence)
    firms = evidence.network.firms
    shocks = evidence.table("shocks").dropna(subset=["period", "target"])
    shocks = shocks.assign(start=period_starts(shocks["period"]), size=shocks["size"].abs().fillna(1.0))
    starts = np.sort(table["start"].unique())
    blow = np.zeros((len(starts), len(ids)))
    for when, target, size in shocks[["start", "target", "size"]].itertuples(index=False):
        step = np.flatnonzero(starts == np.datetime64(when))
        hit = ids == target
        for column in ("sector", "region"):
            if not hit.any() and column in firms.columns:
                hit = (firms[column] == target).to_numpy(dtype=bool)
        blow[np.ix_(step, np.flatnonzero(hit))] += size
    row, step = ids.get_indexer(table["firm_id"]), np.searchsorted(starts, table["start"].to_numpy())
    kept = row >= 0
    table, row, step = table[kept], row[kept], step[kept]
    own = blow[step, row]
    if (own > 0).sum() < 10:
        raise UntestableError(f"{plural((own > 0).sum(), 'change of revenue falls', 'changes of revenue fall')} "
                              "together with a shock to the firm; at least 10 are "
                              "needed", ("shocks.target", "shocks.period"))  # fmt: skip
    degree = log_degree(evidence.network).to_numpy()[row]
    degree = degree - degree.mean()
    partners = (blow @ share.T)[step, row]
    terms = [own * degree, own, degree] + ([partners] if partners.std() > 1e-9 else [])
    periods = np.eye(len(starts))[step]
    x = np.column_stack([*terms, periods[:, periods.any(axis=0)]])
    fit = least_squares(table["growth"].to_numpy(dtype=float), x, groups=pd.factorize(row)[0])
    about = {"df": fit.df, "n": int((own > 0).sum()), "of": "shocked firms and periods"}
    parts = [
        estimated("growth under shock with partners", *single(fit, 0), unit="log revenue per shock and log partners",
                  **about),  # type: ignore[arg-type]
        estimated("growth under shock", *single(fit, 1), unit="log revenue per shock", expected="told",
                  **about),  # type: ignore[arg-type]
    ]  # fmt: skip
    if len(terms) == 4:
        name = "growth when partners are shocked"
        pull = estimated(name, *single(fit, 3), unit="log revenue per shock", **about)  # type: ignore[arg-type]
        parts.append(only_against(pull))
    note = (
        f"A shock of size 1 moves revenue by {np.expm1(parts[1].estimate):+.1%} at a mean number of partners; with "
        f"twice the partners, by {np.expm1(parts[1].estimate + np.log(2) * parts[0].estimate):+.1%}."
    )
    return Found(parts=parts, note=note)


def _random_pairs(n: int, m: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Return m distinct random pairs of n firms."""
    code = np.sort(rng.choice(n * (n - 1) // 2, m, replace=False, shuffle=False))
    # Pairs in order of the larger firm: the first of them with larger firm k is k (k - 1) / 2.
    high = ((1 + np.sqrt(1 + 8.0 * code)) / 2).astype(np.int64)
    high -= high * (high - 1) // 2 > code
    return code - high * (high - 1) // 2, high


@claim(61)
def connection_stabilizes(evidence: Evidence, *, draws: int, seed: int) -> Found:
    """Test whether the network withstands the loss of its best tied firms better than a random one.

    Robustness as firms leave best tied first (R of schneider2011), against as many ties between random firms: higher if
    connection stabilizes, lower if hubs carry the network (albert2000). Contested, because it holds under conditions.
    Told beside it: the same in random order; against networks with every firm's number of partners; how far shocks to
    single firms move the output of all, times the root of the number of firms (1 if they average out, acemoglu2012);
    and of the firms tied in both of the two largest layers, the share that would still hang together if half of them
    left at random, by either layer and if each needs both (buldyrev2010). At most 399 draws.
    """
    net = working(evidence)
    graph = net.simple("undirected")
    n, m = graph.n, len(graph.source)
    if n < 10 or m >= n * (n - 1) // 2:
        raise UntestableError(f"nothing to compare among {plural(n, 'firm')} with {plural(m, 'tie')}")
    rng = np.random.default_rng(seed)
    lots = [rng.permutation(n) for _ in range(5)]

    def numbers(source: Ints, target: Ints) -> tuple[float, float]:
        return robustness(n, source, target), robustness(n, source, target, lots)

    observed = numbers(graph.source, graph.target)
    drawn = np.array([numbers(*_random_pairs(n, m, rng)) for _ in range(min(draws, 399))])
    null = "as many ties between random firms"
    tests: list[NullTest] = [
        null_test("robustness under attack", observed[0], drawn[:, 0], null, seed),
        null_test("robustness in random order", observed[1], drawn[:, 1], null, seed),
    ]
    about = {"n": n, "of": "firms", "unit": "R, 0 to 0.5"}
    parts = [
        against_chance("robustness as the best tied leave, above random networks", tests[0], **about),  # type: ignore[arg-type]
        against_chance("robustness as firms leave at random, above random networks", tests[1], expected="told",
                       **about),  # type: ignore[arg-type]
    ]  # fmt: skip
    untested: list[str] = []

    def degrees() -> Part:
        from clusternet.network._rewiring import rewired

        made = np.array([robustness(n, *_ordered(*ends)) for ends in rewired(net, min(draws, 199), seed)])
        test = null_test("robustness under attack", observed[0], made, "every firm's number of partners", seed)
        tests.append(test)
        return against_chance("robustness as the best tied leave, above networks of the same numbers of partners",
                              test, expected="told", **about)  # type: ignore[arg-type]  # fmt: skip

    optional(parts, untested, "against networks of the same numbers of partners", degrees)
    said = _supply_and_layers(evidence, rng, untested)
    note = (
        f"R is {observed[0]:.3f} as the best tied firms leave (random networks {tests[0].expected:.3f}) and "
        f"{observed[1]:.3f} in random order ({tests[1].expected:.3f}).{said}"
    )
    return Found(parts=parts, note=note, tests=tests, untested=untested)


def _ordered(source: Ints, target: Ints) -> tuple[Ints, Ints]:
    return np.minimum(source, target), np.maximum(source, target)


def _supply_and_layers(seen: Evidence, rng: np.random.Generator, untested: list[str]) -> str:
    """Say how far supply spreads shocks, and what layers that need each other leave."""
    from clusternet.cascades import mutual_giant
    from clusternet.cohesion import giant_share
    from clusternet.dependence import aggregate_volatility

    said = ""
    layers = seen.network.layers
    if "supply" in layers:
        supply = seen.network.layer("supply")
        supply = supply.without(supply.isolates)
        moves = aggregate_volatility(supply) * np.sqrt(supply.n_firms)
        said += f" Shocks to single firms move output {moves:.1f} times as much as if they averaged out over suppliers."
    else:
        untested.append("whether shocks average out over suppliers: no ties in the layer supply")
    tied = {name: set(seen.network.firms.index) - set(seen.network.layer(name).isolates) for name in layers}
    whole = sorted(layers, key=lambda name: len(tied[name]), reverse=True)[:2]
    both = set.intersection(*(tied[name] for name in whole)) if len(whole) == 2 else set()
    if len(both) < 10:
        untested.append("what layers that need each other do: fewer than ten firms are tied in two layers")
        return said
    net = seen.network.layer(*whole).subset([firm for firm in seen.network.firms.index if firm in both])
    any_layer, all_layers = [], []
    for _ in range(20):
        lost = net.firms.index[rng.permutation(net.n_firms)[: net.n_firms // 2]]
        any_layer.append(giant_share(net.without(lost)) * (1 - len(lost) / net.n_firms))
        all_layers.append(mutual_giant(net, removed=lost).share)
    return said + (
        f" Of the {len(both)} firms with ties of both {whole[0]} and {whole[1]}, {np.mean(any_layer):.0%} would "
        f"still hang together if half of them left at random, but {np.mean(all_layers):.0%} if each needed both."
    )


@claim(62, needs=("partnerships.a|referrals.from", "outcomes.firm_id", "outcomes.period", "outcomes.revenue",
                  "outcomes.exit"))  # fmt: skip
def concentration_harms(evidence: Evidence) -> Found:
    """Test whether firms that deal with few lose more when a partner leaves.

    Of every firm and period in which a partner exits: the growth of log revenue in that period and the next, less what
    firms without an exiting partner grew by, regressed on the concentration of the firm's dealings (HHI over its
    partners) with errors clustered by the partner that left (several if several did: the largest). Growth on the share
    of the lost partner, which is dependence itself (emerson1962, pfeffer1978), is told beside it.
    """
    table = changes(evidence)
    ids, share = _shares(evidence)
    out = evidence.table("outcomes").dropna(subset=["firm_id", "period", "exit"])
    out = out[out["exit"].astype(bool)]
    out = out.assign(start=period_starts(out["period"])).groupby("firm_id", as_index=False)["start"].min()
    starts = np.sort(table["start"].unique())
    row = ids.get_indexer(table["firm_id"])
    table, row = table[row >= 0], row[row >= 0]
    values = np.full((len(starts), len(ids)), np.nan)
    values[np.searchsorted(starts, table["start"].to_numpy()), row] = table["growth"].to_numpy(dtype=float)
    gone: dict[int, int] = {}
    for firm, when in out.itertuples(index=False):
        place, step = int(ids.get_indexer([firm])[0]), int(np.searchsorted(starts, np.datetime64(when)))
        if place >= 0 and step < len(starts) and starts[step] == np.datetime64(when):
            gone[place] = step
    rows = []
    for at in sorted(set(gone.values())):
        leavers = np.array([place for place, step in gone.items() if step == at])
        lost = share[:, leavers]
        near = np.nan_to_num(values[at : at + 2])
        known = np.isfinite(values[at : at + 2])
        mean = np.divide(near.sum(axis=0), known.sum(axis=0), out=np.full(len(ids), np.nan), where=known.any(axis=0))
        touched = lost.sum(axis=1) > 0
        touched[leavers] = False
        others = ~touched & np.isfinite(mean)
        others[leavers] = False
        base = np.nanmean(mean[others]) if others.any() else np.nanmean(mean)
        rows += [
            (mean[one] - base, (share[one] ** 2).sum(), lost[one].sum(), leavers[lost[one].argmax()])
            for one in np.flatnonzero(touched & np.isfinite(mean))
        ]
    if len(rows) < 15:
        raise UntestableError(f"{plural(len(rows), 'firm has', 'firms have')} revenues around the exit of a partner; "
                              "at least 15 are needed",
                              ("outcomes.exit",))  # fmt: skip
    y, hhi, lost_share, who = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    groups = pd.factorize(who)[0]
    parts: list[Part] = []
    for x, name, unit, expected in (
        (hhi, "growth after the exit of a partner with concentration", "log revenue per unit of HHI", "less"),
        (lost_share, "growth after the exit of a partner with its share", "log revenue per unit of share", "told"),
    ):
        fit = least_squares(y, np.column_stack([x, np.ones(len(x))]), groups=groups)
        parts.append(estimated(name, *single(fit, 0), df=fit.df, n=fit.n, of="firms whose partner left", unit=unit,
                               expected=expected))  # type: ignore[arg-type]  # fmt: skip
    flagged = (share**2).sum(axis=1)[share.any(axis=1)] > 0.25
    note = (
        f"{flagged.mean():.0%} of firms have an HHI above 0.25, so that few partners make up most of their dealings; "
        f"where a partner left, revenue moved by {np.expm1(y.mean()):+.1%} against other firms."
    )
    return Found(parts=parts, note=note)


@claim(63)
def single_firms_cut_off(
    evidence: Evidence, *, draws: int, seed: int, least: float = 0.05, unseen: float = 0.1
) -> Found:
    """Test whether the loss of one firm cuts others off from each other.

    The largest share of the connected pairs of other firms that the loss of any one firm parts. Records may miss ties,
    and a missed tie can hide a way around: the interval comes from networks with a share `unseen` of further ties
    between random firms. p says how often these come down to `least`, below which the loss counts as none.

    Parameters
    ----------
    least
        Share of pairs from which on others count as cut off.
    unseen
        Ties that may be missing, as a share of those recorded.
    """
    net = working(evidence)
    graph = net.simple("undirected")
    n, m = graph.n, len(graph.source)
    if n < 6:
        raise UntestableError(f"only {plural(n, 'firm has', 'firms have')} partners; at least 6 are needed")

    def parted(source: Ints, target: Ints) -> tuple[Ints, int]:
        key = np.unique(np.minimum(source, target) * np.int64(n) + np.maximum(source, target))
        indptr, indices, _ = neighbors(n, key // n, key % n)
        alone = alone_of(indptr, indices, np.ones(n, dtype=np.int8), n + len(indices))
        return alone.pairs_before - (alone.size - 1) - alone.pairs, alone.pairs_before

    lost, pairs = parted(graph.source, graph.target)
    share, worst = float(lost.max() / pairs), called(net, net.firms.index[lost.argmax()])
    rng = np.random.default_rng(seed)
    count, more = min(draws, 199), max(1, round(unseen * m))
    made = np.empty(count)
    for place in range(count):
        one, other = rng.integers(0, n, more), rng.integers(0, n - 1, more)
        cut, connected = parted(np.append(graph.source, one), np.append(graph.target, other + (other >= one)))
        made[place] = cut.max() / connected
    cuts = int((lost > 0).sum())
    low, high = np.quantile(made, [0.025, 0.975])
    # The recorded network counts as one more: what it does not show, further ties cannot prove.
    against = made <= least if share > least else made >= least
    part = Part(
        name="connected pairs parted by the worst single loss", estimate=share, low=float(min(low, share)),
        high=float(max(high, share)), p=min(1.0, 2 * (int(against.sum()) + 1) / (count + 1)), n=n, of="firms",
        unit="share of pairs", null=least, expected="more",
    )  # fmt: skip
    note = (
        f"The loss of {worst} parts {share:.1%} of the pairs of others that are connected; {cuts:,} of {n:,} firms "
        f"{'is such a cut point' if cuts == 1 else 'are such cut points'}. With {unseen:.0%} more ties, unrecorded, "
        f"the worst loss would be {np.median(made):.1%}."
    )
    return Found(parts=[part], note=note)


@claim(64)
def failures_cascade(evidence: Evidence, *, threshold: float = 0.5) -> Found:
    """Test whether failures in supply reach beyond the direct buyers.

    Every supplier fails in turn; a buyer fails as soon as the share `threshold` of its suppliers has (watts2002). The
    number of failures further on per failure of a direct buyer; a tenth counts as no cascade, as in claim 12. The error
    is that of a ratio over suppliers taken as a sample. How often overload (motter2002) would spread is in the note.

    Parameters
    ----------
    threshold
        Share of suppliers that must fail.
    """
    from clusternet.cascades import load_cascades, threshold_cascades

    net = evidence.network.layer("supply") if "supply" in evidence.network.layers else None
    if net is None or net.n_ties < 10:
        raise UntestableError("fewer than ten ties in the layer supply", ("supply.supplier", "supply.buyer"))
    net = net.without(net.isolates)
    graph = net.simple()
    failed = threshold_cascades(net, threshold=threshold, direction="in").sizes["n_failed"].to_numpy(dtype=float) - 1
    buyers = np.bincount(graph.target, minlength=graph.n)
    direct = np.zeros(graph.n)
    # A buyer fails directly if this supplier alone makes up the threshold.
    np.add.at(direct, graph.source, (1 / buyers[graph.target] >= threshold - 1e-12).astype(float))
    further = np.maximum(failed - direct, 0)
    active = np.bincount(graph.source, minlength=graph.n) > 0
    further, direct = further[active], direct[active]
    if len(direct) < 5:
        raise UntestableError(f"only {plural(len(direct), 'supplier')}; at least 5 are needed", ("supply.supplier",))
    if direct.sum() == 0:
        raise UntestableError(
            f"no supplier alone makes up {threshold:.0%} of a buyer's suppliers, so no single failure brings one down",
            ("supply.supplier",),
        )
    ratio = further.sum() / direct.sum()
    se = float(np.sqrt(((further - ratio * direct) ** 2).sum() * len(direct) / (len(direct) - 1)) / direct.sum())
    name, null = "further failures per direct one", 0.1
    about = {"n": int(active.sum()), "of": "suppliers", "unit": "failures"}
    if se > 0:
        part = estimated(name, ratio, se, null=null, df=len(direct) - 1, **about)  # type: ignore[arg-type]
    else:
        part = Part(name=name, estimate=ratio, low=ratio, high=ratio, p=float("nan"), null=null, expected="more",
                    **about)  # type: ignore[arg-type]  # fmt: skip
    load = load_cascades(net).sizes["n_failed"].to_numpy(dtype=float)
    worst = int(np.argmax(further))
    note = (
        f"The failure of one of {int(active.sum()):,} suppliers brings down {direct.mean():.2f} buyers and "
        f"{further.mean():.2f} firms further on in the mean; the worst ({called(net, net.firms.index[active][worst])}) "
        f"{int(further[worst] + direct[worst])} in all. By overload of shortest paths {load.mean() - 1:.2f} others "
        "fail."
    )
    return Found(parts=[part], note=note, parameters={"threshold": threshold})


@claim(65, needs=("partnerships.a", "outcomes.firm_id", "outcomes.revenue", "outcomes.period"))
def spreading_partners_spreads_risk(evidence: Evidence) -> Found:
    """Test whether revenue varies less the more a firm spreads its dealings over partners.

    The log variance of the growth of log revenue of a firm (at least four periods) on the log of its effective partners
    (1 / HHI of its dealings), at equal numbers of employees (least squares, HC3). Spreading helps as far as partners do
    not move together (markowitz1952): the mean correlation of the growth of a firm's partners is told in the note.
    """
    from clusternet.dependence import effective_partners

    table = changes(evidence)
    by = table.groupby("firm_id")["growth"]
    variance = by.var()[by.size() >= 4]
    variance = variance[variance > 0]
    spread = np.log(effective_partners(evidence.network.undirected())).reindex(variance.index)
    terms = {"spread": spread, **size_of(evidence, variance.index)}
    rows = pd.DataFrame({"variance": np.log(variance), **terms}).dropna()
    if len(rows) < 12:
        raise UntestableError(f"{plural(len(rows), 'firm with partners has', 'firms with partners have')} four changes "
                              "of revenue; at least 12 are needed",
                              ("outcomes.revenue", "outcomes.period"))  # fmt: skip
    x = np.column_stack([rows[list(terms)].to_numpy(dtype=float), np.ones(len(rows))])
    fit = least_squares(rows["variance"].to_numpy(dtype=float), x)
    part = estimated("variance of growth with effective partners", *single(fit, 0), df=fit.df, n=fit.n, of="firms",
                     unit="log variance per log partners", expected="less")  # fmt: skip
    together = _moves_together(evidence, table)
    note = f"Twice the effective partners change the variance of growth by a factor of {2**part.estimate:.2f}." + (
        f" The growth of two partners of one firm is correlated by {together:.2f} in the mean."
        if np.isfinite(together) else ""
    )  # fmt: skip
    return Found(parts=[part], note=note)


def _moves_together(seen: Evidence, table: pd.DataFrame) -> float:
    """Return the mean correlation of the growth of two partners of one firm."""
    wide = table.pivot_table(index="step", columns="firm_id", values="growth")
    wide = wide.loc[:, (wide.notna().sum() >= 4) & (wide.std() > 0)]
    if wide.shape[1] < 3:
        return float("nan")
    corr = wide.corr(min_periods=4).to_numpy()
    graph = seen.network.simple("undirected")
    place = pd.Index(wide.columns).get_indexer(seen.network.firms.index)
    every = graph.csr()[:, np.flatnonzero(place >= 0)]
    order = place[place >= 0]
    shared = (every.T @ every).toarray()
    corr = corr[np.ix_(order, order)]
    upper = np.triu_indices(len(order), 1)
    weight, value = shared[upper], corr[upper]
    good = np.isfinite(value) & (weight > 0)
    return float(np.average(value[good], weights=weight[good])) if good.any() else float("nan")


@claim(66, needs=("groups.kind|partnerships.kind", "outcomes.firm_id", "outcomes.revenue", "outcomes.period"))
def ventures_share_risk(evidence: Evidence, *, draws: int, seed: int) -> Found:
    """Test whether firms in joint ventures vary less, and move together more.

    First the log variance of the growth of log revenue (at least four periods), firms in a joint venture against
    others, at equal numbers of partners and employees (least squares, HC3); then the mean correlation of the growth of
    two firms of one venture, against ventures dealt anew among the firms that are in any. The claim is lower variance
    at the price of correlation; it is false if both rise.
    """
    table = changes(evidence)
    wide = table.pivot_table(index="step", columns="firm_id", values="growth")
    wide = wide.loc[:, (wide.notna().sum() >= 4) & (wide.std() > 0)]
    variance = wide.var()
    one, other = _venture_pairs(evidence, pd.Index(wide.columns))
    inside = np.zeros(wide.shape[1])
    inside[np.append(one, other)] = 1
    if inside.sum() < 6 or (inside == 0).sum() < 6:
        raise UntestableError(
            f"{plural(inside.sum(), 'firm')} of joint ventures and {plural((inside == 0).sum(), 'other')} have four "
            "changes of revenue; at least 6 of each are needed", ("groups.kind", "outcomes.revenue"),
        )  # fmt: skip
    terms = {"venture": pd.Series(inside, index=wide.columns), "degree": log_degree(evidence.network),
             **size_of(evidence, pd.Index(wide.columns))}  # fmt: skip
    rows = pd.DataFrame({"variance": np.log(variance), **terms}).dropna()
    used = [term for place, term in enumerate(terms) if place == 0 or rows[term].std() > 1e-9]
    x = np.column_stack([rows[used].to_numpy(dtype=float), np.ones(len(rows))])
    fit = least_squares(rows["variance"].to_numpy(dtype=float), x)
    parts = [
        estimated("variance of growth, firms in ventures against others", *single(fit, 0), df=fit.df, n=fit.n,
                  of="firms", unit="ratio", expected="less", ratio=True)
    ]  # fmt: skip
    tests = []
    untested: list[str] = []

    def together() -> Part:
        corr = wide.corr(min_periods=4).to_numpy()
        if len(one) < 5:
            raise UntestableError(f"{plural(len(one), 'pair')} of firms in one venture; at least 5 are needed")

        def mean(order: Ints) -> float:
            known = corr[order[one], order[other]]
            known = known[np.isfinite(known)]  # two firms may share fewer than four periods
            return float(known.mean()) if len(known) else float("nan")

        test = dealt_anew("correlation of growth", mean, len(corr), "ventures dealt anew", draws=draws, seed=seed,
                          among=np.flatnonzero(inside))  # fmt: skip
        tests.append(test)
        return against_chance("correlation of growth within ventures, above chance", test, n=len(one),
                              of="pairs of one venture", unit="correlation")  # fmt: skip

    optional(parts, untested, "whether partners of a venture move together", together)
    note = (
        f"Growth of the {int(inside.sum())} firms in ventures varies {parts[0].estimate:.2f} times as much as that of "
        "others."
    )
    return Found(parts=parts, note=note, tests=tests, untested=untested)


def _venture_pairs(seen: Evidence, firms: pd.Index) -> tuple[Ints, Ints]:
    """Return the pairs of firms of one joint venture, by position."""
    rows = seen.table("groups").dropna(subset=["group_id", "firm"])
    rows = rows[(rows["kind"] == "joint_venture").to_numpy(dtype=bool)]
    pairs = rows[["group_id", "firm"]].merge(rows[["group_id", "firm"]], on="group_id")
    made = contracts(seen)
    made = made[made["kind"] == "joint_venture"]
    one = firms.get_indexer(pd.concat([pairs["firm_x"], made["a"]]))
    other = firms.get_indexer(pd.concat([pairs["firm_y"], made["b"]]))
    good = (one >= 0) & (other >= 0) & (one != other)
    both = np.unique(np.column_stack(_ordered(one[good], other[good])), axis=0).astype(np.int64)
    if not len(both):
        raise UntestableError("no two firms with revenues are in one joint venture", ("groups.kind", "groups.firm"))
    return both[:, 0], both[:, 1]


@claim(67, needs=("partnerships.record", "partnerships.a", "governance.record_id", "governance.cost"))
def coordination_costs_rise(evidence: Evidence) -> Found:
    """Test whether a tie costs more to keep, the more partners its two firms have already.

    The log of the cost of a tie (governance, by record) on the mean log(1 + partners) of its firms, of ties of one kind
    (least squares, errors robust to ties that share a firm, aronow2015). Only rising costs put the best number of
    partners inside the range (jacksonwolinsky1996, goyal2001); at falling costs more is always better. Where revenues
    are known: whether growth rises with partners at few and falls at many, told as the slope at the best tied tenth.
    """
    cost = evidence.table("governance").dropna(subset=["record_id", "cost"]).groupby("record_id")["cost"].sum()
    table = evidence.table("partnerships")[["record", "kind", "a", "b"]].dropna()
    table = table[table["record"].isin(cost.index) & (table["a"] != table["b"])]
    degree = log_degree(evidence.network)
    table = table[table["a"].isin(degree.index) & table["b"].isin(degree.index)]
    value = cost.loc[table["record"]].to_numpy(dtype=float)
    table, value = table[value > 0], value[value > 0]
    if len(table) < 15:
        raise UntestableError(f"{plural(len(table), 'tie of two firms has', 'ties of two firms have')} a cost; at "
                              "least 15 are needed",
                              ("governance.record_id", "governance.cost"))  # fmt: skip
    busy = (degree.loc[table["a"]].to_numpy() + degree.loc[table["b"]].to_numpy()) / 2
    kinds = pd.get_dummies(table["kind"], dtype=float).to_numpy()
    one, other = (degree.index.get_indexer(table[side]) for side in ("a", "b"))
    fit = dyad_fit(np.log(value), np.column_stack([busy, kinds]), one, other, logit=False)
    parts = [
        estimated("cost of a tie with partners of its firms", *single(fit, 0), df=fit.df, n=fit.n, of="ties",
                  unit="log cost per log partners")
    ]  # fmt: skip
    untested: list[str] = []

    def turn() -> Part:
        from clusternet.theory._statistics import growth

        rows = pd.DataFrame({"growth": growth(evidence), "degree": degree}).dropna()
        x = rows["degree"].to_numpy(dtype=float)
        at = float(np.quantile(x, 0.9))
        # Centered where the slope is wanted: there the linear term is the slope.
        fitted = least_squares(rows["growth"].to_numpy(dtype=float),
                               np.column_stack([x - at, (x - at) ** 2, np.ones(len(x))]))  # fmt: skip
        return estimated("growth with partners at the best tied tenth", *single(fitted, 0), df=fitted.df, n=fitted.n,
                         of="firms", unit="log revenue per log partners", expected="told")  # fmt: skip

    optional(parts, untested, "whether growth turns down at many partners", turn)
    note = f"Twice the partners change the cost of a tie by a factor of {2 ** parts[0].estimate:.2f}."
    return Found(parts=parts, note=note, untested=untested)


@claim(68, needs=("groups.group_id", "groups.firm", "groups.value", "outcomes.exit|groups.end"))
def free_riding_erodes(evidence: Evidence) -> Found:
    """Test whether members leave groups in which contributions are uneven.

    The chance that a member has left (an end of its membership, or an exit) on the Gini coefficient of the
    contributions to its group and the log of the number of members (linear probability, errors clustered by group).
    Then, over all firms that are in a group, on the k-core number in which they stand, at equal numbers of partners:
    the core should persist.
    """
    rows = evidence.table("groups").dropna(subset=["group_id", "firm"])
    out = evidence.table("outcomes").dropna(subset=["firm_id"])
    left = set(out.loc[out["exit"].fillna(False).astype(bool), "firm_id"])
    rows = rows.assign(left=rows["end"].notna() | rows["firm"].isin(left))
    member = rows.groupby(["group_id", "firm"], as_index=False).agg(value=("value", "sum"), left=("left", "max"))
    size = member.groupby("group_id")["firm"].transform("size")
    told = member.groupby("group_id")["value"].transform("sum") > 0
    member = member[(size >= 3) & told].reset_index(drop=True)
    group, names = pd.factorize(member["group_id"])
    if len(names) < 8 or member["left"].nunique() < 2:
        raise UntestableError(f"contributions are told by {plural(len(names), 'group')} of at least three members, of "
                              f"whom {member['left'].sum():,} left; 8 groups and some leavers are needed",
                              ("groups.value", "groups.end"))  # fmt: skip
    gini = member.groupby("group_id")["value"].apply(_gini).reindex(names).to_numpy()
    if np.ptp(gini) < 1e-9:
        raise UntestableError("contributions are as even in all groups; groups.value must tell that of each member",
                              ("groups.value",))  # fmt: skip
    count = np.bincount(group)
    y = member["left"].to_numpy(dtype=float)
    terms = [gini[group], np.ones(len(y))] + ([np.log(count)[group]] if np.ptp(count) else [])
    fit = least_squares(y, np.column_stack(terms), groups=group)
    parts = [
        estimated("leaving with the Gini of contributions", *single(fit, 0), df=fit.df, n=fit.n, of="members",
                  unit="probability per unit of Gini")
    ]  # fmt: skip
    untested: list[str] = []

    def core() -> Part:
        from clusternet.cohesion import k_coreness

        net = working(evidence)
        gone = member.groupby("firm")["left"].max()
        table = pd.DataFrame({"left": gone.astype(float), "core": k_coreness(net), "degree": log_degree(net)})
        table = table.dropna()
        if len(table) < 15:
            raise UntestableError(
                f"{plural(len(table), 'member works', 'members work')} with others; at least 15 are needed"
            )
        x = np.column_stack([table[["core", "degree"]].to_numpy(dtype=float), np.ones(len(table))])
        made = least_squares(table["left"].to_numpy(dtype=float), x)
        return estimated("leaving with the k-core number", *single(made, 0), df=made.df, n=made.n, of="firms",
                         unit="probability per core", expected="less")  # fmt: skip

    optional(parts, untested, "whether the core persists", lambda: only_against(core()))
    note = (
        f"{y.mean():.0%} of {len(y):,} members of {len(names)} groups have left; the Gini of contributions runs from "
        f"{gini.min():.2f} to {gini.max():.2f}."
    )
    return Found(parts=parts, note=note, untested=untested)


def _gini(values: pd.Series) -> float:
    """Return the Gini coefficient of contributions, unknown ones counting as none."""
    ordered = np.sort(values.fillna(0).to_numpy(dtype=float))
    n = len(ordered)
    return float((2 * np.arange(1, n + 1) - n - 1) @ ordered / (n * ordered.sum()))


@claim(69)
def triads_balance(evidence: Evidence, *, draws: int, seed: int) -> Found:
    """Test whether triangles of ties are balanced more often than chance gives.

    A triangle is balanced if the product of its three signs is positive: friends of friends are friends
    (cartwright1956). The share of balanced triangles, against signs dealt anew among the ties. Signs are read from
    ``partnerships.sign``: positive or negative numbers, or words and marks ("+", "positive", "cooperation", "yes"; "-",
    "negative", "conflict", "rivalry", "no"). Pairs whose records disagree count by the majority, a draw not at all.
    """
    table = evidence.table("partnerships").dropna(subset=["a", "b", "sign"])
    sign = _signs(table["sign"])
    net = evidence.network
    one, other = (net.firms.index.get_indexer(table[side]) for side in ("a", "b"))
    good = (one >= 0) & (other >= 0) & (one != other) & (sign != 0)
    low, high = _ordered(one[good], other[good])
    total = pd.Series(sign[good]).groupby([low, high]).sum()
    total = np.sign(total[total != 0])
    source, target = (total.index.get_level_values(level).to_numpy() for level in (0, 1))
    triangles = _triangles(net.n_firms, source, target)
    if len(triangles) < 5 or total.nunique() < 2:
        raise UntestableError(f"{plural(len(triangles), 'triangle')} of ties with known signs; at least 5, and both "
                              "signs, are needed",
                              ("partnerships.sign",))  # fmt: skip
    values = total.to_numpy(dtype=float)

    def share(order: Ints) -> float:
        return float((values[order[triangles]].prod(axis=1) > 0).mean())

    test = dealt_anew(
        "share of balanced triangles", share, len(values), "signs dealt anew among the ties", draws=draws, seed=seed
    )
    part = against_chance("balanced triangles, above chance", test, n=len(triangles), of="triangles", unit="share")
    note = (
        f"{test.observed:.0%} of {len(triangles):,} triangles are balanced, {test.expected:.0%} by chance; "
        f"{(values < 0).mean():.0%} of ties are negative."
    )
    return Found(parts=[part], note=note, tests=(test,))


PLUS = {"+", "+1", "1", "1.0", "positive", "pos", "cooperation", "friend", "yes", "true"}
MINUS = {"-", "-1", "-1.0", "−", "−1", "negative", "neg", "conflict", "rival", "rivalry", "no", "false"}


def _signs(column: pd.Series) -> Floats:
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float)
    words = column.astype("str").str.strip().str.lower()
    made = np.where(words.isin(PLUS), 1.0, np.where(words.isin(MINUS), -1.0, 0.0))
    signs: Floats = np.where(np.isfinite(numbers), np.sign(numbers), made)
    return signs


def _triangles(n: int, source: Ints, target: Ints) -> Ints:
    """Return the three ties, by number, of every triangle."""
    number = {(int(a), int(b)): place for place, (a, b) in enumerate(zip(source, target, strict=True))}
    later: list[set[int]] = [set() for _ in range(n)]
    for a, b in number:
        later[a].add(b)
    found = [(place, number[a, c], number[b, c]) for (a, b), place in number.items() for c in later[a] & later[b]]
    return np.array(found, dtype=np.int64).reshape(-1, 3)


@claim(70)
def platforms_bind(evidence: Evidence, *, draws: int, seed: int, least: float = 0.01) -> Found:
    """Test whether firms on a platform live on it, and whether using several makes the cluster more robust.

    First, the share of referrals of platform members that go to fellow members of a platform, against memberships dealt
    anew among the firms that refer. Second, what multi-homing is worth (rochet2003): the share of members that still
    hang together through platforms, averaged while the platforms shut down, largest first, less the same if every
    firm had kept only one of its platforms, drawn at random; below `least` it counts as nothing.

    Parameters
    ----------
    least
        Gain of robustness below which using several platforms changes nothing.
    """
    rows = evidence.table("groups").dropna(subset=["group_id", "firm"])
    rows = rows[(rows["kind"] == "platform").to_numpy(dtype=bool)].drop_duplicates(["group_id", "firm"])
    if not len(rows):
        raise UntestableError("these records have no group of kind platform", ("groups.kind",))
    ids = evidence.network.firms.index
    code, names = pd.factorize(rows["group_id"])
    member = ids.get_indexer(rows["firm"])
    code, member = code[member >= 0], member[member >= 0]
    sent = evidence.table("referrals").dropna(subset=["from", "to"])
    one, other = ids.get_indexer(sent["from"]), ids.get_indexer(sent["to"])
    good = (one >= 0) & (other >= 0) & (one != other)
    one, other = one[good], other[good]
    held = np.zeros((len(ids), len(names)), dtype=bool)
    held[member, code] = True
    rng = np.random.default_rng(seed)

    def fellows(order: Ints) -> float:
        sends = held[order[one]]
        base = sends.any(axis=1)
        return float((sends & held[order[other]]).any(axis=1).sum() / base.sum()) if base.any() else float("nan")

    if held[one].any(axis=1).sum() < 10:
        raise UntestableError(f"members of platforms sent {plural(held[one].any(axis=1).sum(), 'referral')}; at least "
                              "10 are needed", ("referrals.from",))  # fmt: skip
    test = dealt_anew("share of referrals to fellow members", fellows, len(ids), "memberships dealt anew", draws=draws,
                      seed=seed, among=np.unique(np.append(one, other)), rng=rng)  # fmt: skip
    parts = [
        against_chance("referrals to fellow members of a platform, above chance", test,
                       n=int(held[one].any(axis=1).sum()), of="referrals", unit="share")
    ]  # fmt: skip
    untested: list[str] = []
    homes = held.sum(axis=1)
    multi = int((homes > 1).sum())

    def gain() -> Part:
        if not multi or len(names) < 2:
            raise UntestableError("no firm is on two platforms")
        whole = _platform_robustness(held)
        made = np.empty(min(draws, 199))
        users = np.flatnonzero(homes)
        for place in range(len(made)):
            lot = np.where(held[users], rng.random((len(users), len(names))), -1)
            kept = np.zeros_like(held)
            kept[users, lot.argmax(axis=1)] = True
            made[place] = whole - _platform_robustness(kept)
        low, high = np.quantile(made, [0.025, 0.975])
        under, over = ((made <= least).sum() + 1) / (len(made) + 1), ((made >= least).sum() + 1) / (len(made) + 1)
        return Part(name="robustness through multi-homing", estimate=float(made.mean()), low=float(low),
                    high=float(high), p=min(1.0, 2 * min(under, over)), n=int((homes > 0).sum()), of="members",
                    unit="mean share of members", null=least, expected="more")  # fmt: skip

    optional(parts, untested, "whether using several platforms makes the cluster more robust", gain)
    note = (
        f"{plural((homes > 0).sum(), 'member')} of {plural(len(names), 'platform')}, {multi:,} on more than one; "
        f"{test.observed:.0%} of the referrals that members send stay among fellow members, {test.expected:.0%} by "
        "chance."
    )
    return Found(parts=parts, note=note, tests=(test,), untested=untested)


def _platform_robustness(held: np.ndarray) -> float:
    """Return the mean share of members in one piece as platforms shut down, largest first."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    users = held[held.any(axis=1)]
    n, p = users.shape
    order = np.argsort(-users.sum(axis=0), kind="stable")
    shares = []
    for gone in range(1, p):
        left = users[:, order[gone:]]
        firm, platform = np.nonzero(left)
        graph = coo_array((np.ones(len(firm)), (firm, n + platform)), shape=(n + p, n + p))
        label = connected_components(graph, directed=False)[1][:n]
        shares.append(np.bincount(label).max() / n if left.any() else 0.0)
    return float(np.mean(shares)) if shares else 0.0
