"""What happens when firms leave: removal paths, chance, and what is lost with each firm."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clusternet.plots import short
from clusternet.report import _charts
from clusternet.report._blocks import amounts, attribute, firm_name, kind_columns, text_table, ties_of_many
from clusternet.report._parts import Heading, Listing, Paragraph
from clusternet.report._text import NONE, count, decimal, join, number, plural, share, units

if TYPE_CHECKING:
    from scipy import sparse

    from clusternet.linkage import Linkage
    from clusternet.network import Network
    from clusternet.records import Records
    from clusternet.report._analysis import Analysis
    from clusternet.report._config import ReportConfig
    from clusternet.report._dependence import Dependence
    from clusternet.report._parts import Part
    from clusternet.report._specialization import Capabilities
    from clusternet.resilience import CostliestFirms, RelativeRobustness, Removal, RemovalBand

__all__ = ["Leaving", "formulas_used", "numbers", "parts", "study", "tables"]

ORDERS = {"most partners first": "degree", "most routes between others first": "betweenness"}
"""The two orders fixed beforehand, by the name on the page."""
NULL_WORK = 2_000_000
"""Tied pairs times random networks that a report affords, per order."""
FEW_DRAWS = 39
"""Random networks below which no R lies outside the middle 95%."""
EXACT_FIRMS = 24
"""Firms up to which every set of five is compared: about a second."""
FEW_TO_DRAW = 8
"""Firms of the largest group from which its stages are drawn."""
MOST_PATHS = 2_000
"""Firms whose loss is followed one by one, to see who is cut off by it, at most."""
PATH_WORK = 100_000_000
"""Firms and ties times firms whose loss is followed: about ten seconds."""
NO_OTHER = "cannot be told"
"""The verdict where all random networks have the R of this one."""
NAMED = 3
"""Firms cut off that are named, at most."""
ALIKE = 1e-12
"""Losses that differ by no more are equal."""
LOSSES = {
    "pairs": ("pairs_lost", "pairs of firms that can reach each other"),
    "jobs": ("jobs_touched", "jobs (its own and those cut off)"),
    "value": ("tie_value", "value of ties"),
    "customers": ("customers", "referrals"),
    "capabilities": ("capabilities_lost", "capabilities"),
}
"""What a loss is measured in: its column, and the whole of which it is a share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """All results of the section; frames by firm are indexed by firm id."""

    band: RemovalBand
    removals: dict[str, Removal]
    adaptive: bool
    nulls: dict[str, RelativeRobustness]
    null_band: pd.DataFrame | None
    alone: pd.DataFrame
    costliest: CostliestFirms | None
    losses: pd.DataFrame
    cut_first: dict[Any, list[Any]]
    n_pairs: float
    jobs_unknown: int
    values_unknown: int
    n_ended: int
    n_dated: int
    as_of: str
    paths_followed: bool


def study(
    net: Network,
    measures: pd.DataFrame,
    config: ReportConfig,
    *,
    capabilities: Capabilities | None,
    dependence: Dependence | None,
    records: Records | None = None,
    linkage: Linkage | None = None,
) -> Leaving | None:
    """Compute the section; None without firms."""
    from clusternet.centrality import degree
    from clusternet.resilience import costliest_firms, removal_band, remove_firms, vulnerability

    flat = net.undirected()
    n = flat.n_firms
    if n == 0:
        return None
    band = removal_band(flat, draws=config.resilience.draws, level=0.95, seed=config.seed)
    # Betweenness was computed for the table of firms: the order shares it.
    removals = {
        "most partners first": remove_firms(flat, order=fair(degree(flat), config.seed)),
        "most routes between others first": remove_firms(flat, order=fair(measures["betweenness"], config.seed)),
    }
    adaptive = 3 <= n <= config.resilience.adaptive_limit
    if adaptive:
        removals["most routes between others first, counted anew each time"] = remove_firms(
            flat, order="betweenness", adaptive=True, ties="random", seed=config.seed
        )
    tied = len(flat.simple().source) > 0
    # Of few firms nearly any set breaks the rest.
    most = min(5, (n - len(flat.isolates)) // 4)
    joint = costliest_firms(flat, most, method="auto" if n <= EXACT_FIRMS else "greedy") if most > 1 else None
    nulls, null_band = _chance(flat, config) if tied else ({}, None)
    alone = vulnerability(flat)
    jobs = amounts(flat.firms, "employees")
    worth, total, unvalued = _worth(net, config, records, linkage)
    losses, cut_first, followed = _losses(
        net, alone, jobs, (worth, total), capabilities=capabilities, dependence=dependence
    )
    sizes = np.bincount(flat.component_codes())
    ended, dated, as_of = _ended(net)
    return Leaving(
        band=band,
        removals=removals,
        adaptive=adaptive,
        nulls=nulls,
        null_band=null_band,
        alone=alone,
        costliest=joint,
        losses=losses,
        cut_first=cut_first,
        n_pairs=float((sizes * (sizes - 1)).sum() / 2),
        jobs_unknown=0 if jobs is None else int(jobs.isna().sum()),
        values_unknown=unvalued,
        n_ended=ended,
        n_dated=dated,
        as_of=as_of,
        paths_followed=followed,
    )


def fair(scores: pd.Series, seed: int) -> pd.Series:
    """Return scores in which equal firms are told apart by lot.

    In the order of the records neighbors often stand side by side, and would leave one after the other.
    """
    lot = np.random.default_rng(seed).permutation(len(scores)) / (len(scores) + 1)
    return scores.fillna(0.0).round(10).rank(method="dense") + lot


def _ended(net: Network) -> tuple[int, int, str]:
    """Return how many partnership ties ended before the latest of them began, how many have a date, and that day."""
    if not {"start", "end"} <= set(net.ties.columns):
        return 0, 0, ""
    ties = net.ties[net.ties["layer"] != "referral"]
    start, end = (pd.to_datetime(ties[name], errors="coerce") for name in ("start", "end"))
    if not start.notna().any():
        return 0, 0, ""
    return int((end < start.max()).sum()), int((start.notna() | end.notna()).sum()), str(start.max().date())


def _chance(flat: Network, config: ReportConfig) -> tuple[dict[str, RelativeRobustness], pd.DataFrame | None]:
    """Compare R with that of random networks with the same numbers of partners, and keep their curves."""
    from clusternet.centrality import betweenness, degree
    from clusternet.resilience import relative_robustness, remove_firms

    pairs = len(flat.simple().source)
    draws = min(config.resilience.null_draws, max(FEW_DRAWS, NULL_WORK // pairs))
    if draws == 0 or flat.n_firms < 3:
        return {}, None
    curves: list[np.ndarray] = []

    def most_partners(of: Network) -> pd.Series:
        # Called once on the network and once on each random one: the place to keep the curves.
        scores = fair(degree(of), config.seed)
        path = remove_firms(of, order=scores, responses=("giant_share",))
        curves.append(path.curve["giant_share"].to_numpy(dtype=float))
        return scores

    def most_routes(of: Network) -> pd.Series:
        return fair(betweenness(of), config.seed)

    nulls = {"most partners first": relative_robustness(flat, order=most_partners, draws=draws, seed=config.seed)}
    if flat.n_firms <= config.resilience.adaptive_limit:
        # Betweenness has to be found anew in every network.
        fewer = min(draws, 99)
        nulls["most routes between others first"] = relative_robustness(
            flat, order=most_routes, draws=fewer, seed=config.seed
        )
    low, median, high = np.quantile(np.array(curves[1:]), [0.025, 0.5, 0.975], axis=0)
    band = pd.DataFrame({"low": low, "median": median, "high": high}, index=pd.RangeIndex(len(low), name="removed"))
    band.attrs["label"] = "most partners first in random networks, middle 95%"
    return nulls, band


def _worth(
    net: Network, config: ReportConfig, records: Records | None, linkage: Linkage | None
) -> tuple[pd.Series, float, int]:
    """Return the value of every firm's ties and agreements, that of all in the cluster, and how many lack one.

    The ties of the network tie every member of an agreement to every other and carry its value each; here an
    agreement counts once, in full, for each of its members.
    """
    from clusternet.build import build_agreements, build_network

    firms = net.firms.index
    ties, parties = net.ties, None
    if records is not None and len(records.groups):
        rules = dict(config.build)
        if isinstance(rules.get("window"), list):
            rules["window"] = tuple(rules["window"])
        kept = {name: rules[name] for name in ("window", "undated", "open_end") if name in rules}
        ties = build_network(records, linkage=linkage, **rules | {"multiparty": "none"}).ties
        kinds = [layer for layer in net.layers if layer in set(records.groups["kind"].dropna())]
        if kinds and rules.get("multiparty") != "none":
            parties = build_agreements(records, linkage=linkage, kinds=kinds, bilateral=(), **kept)
    ties = ties[(ties["source"] != ties["target"]) & ties["source"].isin(firms) & ties["target"].isin(firms)]
    value = amounts(ties, "value")
    known = pd.Series(0.0, index=ties.index) if value is None else value.fillna(0.0)
    worth = sum(
        (known.groupby(ties[end]).sum().reindex(firms, fill_value=0.0) for end in ("source", "target")),
        pd.Series(0.0, index=firms),
    )
    total, lacking = float(known.sum()), int(len(ties) - (0 if value is None else value.notna().sum()))
    if parties is not None:
        each = parties.firms[parties.firms["mode"] == "agreement"]
        members = parties.ties[parties.ties["source"].isin(firms)]
        each = each[each.index.isin(members["target"])]
        told = amounts(each, "value")
        lacking += int(len(each) - (0 if told is None else told.notna().sum()))
        if told is not None:
            paid = members["target"].map(told.fillna(0.0)).groupby(members["source"]).sum()
            worth, total = worth + paid.reindex(firms, fill_value=0.0), total + float(told.sum())
    return worth, total, lacking


def _losses(
    net: Network,
    alone: pd.DataFrame,
    jobs: pd.Series | None,
    worth: tuple[pd.Series, float],
    *,
    capabilities: Capabilities | None,
    dependence: Dependence | None,
) -> tuple[pd.DataFrame, dict[Any, list[Any]], bool]:
    """Return what is lost with each firm, in every unit that the records know, and the mean of the shares lost.

    Also a few of those cut off by each, and whether every loss was followed.
    """
    flat = net.undirected()
    firms = flat.firms.index
    sizes = np.bincount(flat.component_codes())
    cut, jobs_cut, first, followed = _cut_by_each(flat, alone, jobs)
    table = pd.DataFrame(
        {"firms_cut": cut, "pairs_cut": alone["pairs_lost_others"], "pairs_lost": alone["pairs_lost"]}, index=firms
    )
    whole = {"pairs": float((sizes * (sizes - 1)).sum() / 2)}
    if jobs is not None:
        table["jobs_own"] = jobs
        table["jobs_cut"] = jobs_cut
        table["jobs_touched"] = jobs.fillna(0.0) + jobs_cut.fillna(0.0)
        whole["jobs"] = float(jobs.sum())
    revenue = amounts(flat.firms, "revenue")
    if revenue is not None:
        table["revenue_own"] = revenue
    if worth[1] > 0:
        table["tie_value"], whole["value"] = worth
    if dependence is not None and len(dependence.balance):
        balance = dependence.balance.reindex(firms, fill_value=0.0)
        table["customers_sent"], table["customers_received"] = balance["sent"], balance["received"]
        table["customers"] = balance["sent"] + balance["received"]
        whole["customers"] = float(balance["sent"].sum())
    if capabilities is not None:
        sole = capabilities.table.dropna(subset="sole")
        names = sole.groupby("sole")["capability"].agg(lambda tags: "; ".join(sorted(map(str, tags))))
        table["capabilities_lost"] = sole["sole"].value_counts().reindex(firms, fill_value=0).astype(np.int64)
        table["capabilities_named"] = names.reindex(firms).fillna("")
        whole["capabilities"] = float(len(capabilities.table))
    shares = pd.DataFrame(
        {name: table[LOSSES[name][0]] / total for name, total in whole.items() if total > 0}, index=firms
    )
    table["mean_share"] = shares.mean(axis=1) if shares.shape[1] else 0.0
    return table, first, followed


def _cut_by_each(
    flat: Network, alone: pd.DataFrame, jobs: pd.Series | None
) -> tuple[pd.Series, pd.Series, dict[Any, list[Any]], bool]:
    """Return how many others each firm alone would cut off, the jobs in them, and the `NAMED` with most partners.

    Jobs are NaN where none of those cut off tells a number, or the loss was not followed; the last says whether every
    loss was.
    """
    firms, n = flat.firms.index, flat.n_firms
    codes = flat.component_codes()
    sizes = np.bincount(codes)
    # Those not followed lie in one large group, beside which no other counts.
    cut = np.maximum(np.rint(alone["giant_share_loss"].to_numpy() * n) - (codes == sizes.argmax()), 0).astype(np.int64)
    work = np.zeros(n)
    breaking = np.flatnonzero(alone["components_gained"].to_numpy() > 0)
    breaking = breaking[np.argsort(-alone["pairs_lost_others"].to_numpy()[breaking], kind="stable")]
    most = min(MOST_PATHS, max(PATH_WORK // (n + 2 * len(flat.simple().source)), 100))
    people = np.zeros(n) if jobs is None else jobs.fillna(0.0).to_numpy()
    known = np.ones(n, dtype=bool) if jobs is None else jobs.notna().to_numpy()
    matrix = flat.simple().csr()
    partners = np.diff(matrix.indptr)
    first = {}
    for firm in breaking[:most]:
        lost = _cut_off(matrix, int(firm), codes, people)
        cut[firm] = len(lost)
        work[firm] = people[lost].sum() if known[lost].any() or not len(lost) else np.nan
        first[firms[firm]] = firms[lost[np.argsort(-partners[lost], kind="stable")[:NAMED]]].tolist()
    work[breaking[most:]] = np.nan
    return pd.Series(cut, index=firms), pd.Series(work, index=firms), first, len(breaking) <= most


def _cut_off(matrix: sparse.csr_array, firm: int, codes: np.ndarray, jobs: np.ndarray) -> np.ndarray:
    """Return who is cut off from the largest part of a connected group when a firm of it leaves, all by position.

    Of several largest parts the one with most jobs stays.
    """
    from scipy.sparse.csgraph import connected_components

    mates: np.ndarray = np.flatnonzero(codes == codes[firm])
    mates = mates[mates != firm]
    if not len(mates):
        return mates
    number, part = connected_components(matrix[mates][:, mates], directed=False)
    size, work = np.bincount(part), np.bincount(part, jobs[mates])
    stays = int(np.lexsort((-np.arange(number), work, size))[-1])
    return np.asarray(mates[part != stays])


# ── told ──


def formulas_used(found: Analysis) -> tuple[str, ...]:
    """Return the names of the formulas that the section needs."""
    made = found.leaving
    return ("robustness", "band", *(("relative_robustness",) if made is not None and made.nulls else ()), "pairs_lost")


def numbers(found: Analysis) -> dict[str, object]:
    """Return the headline numbers of the section."""
    made = found.leaving
    if made is None:
        return {}
    low, high = made.band.interval()
    raw: dict[str, object] = {
        "removal.random.R": made.band.robustness.median(),
        "removal.random.R_low": low,
        "removal.random.R_high": high,
    }
    for name, removal in made.removals.items():
        key = ORDERS.get(name, "adaptive_betweenness")
        raw |= {f"removal.{key}.R": removal.robustness, f"removal.{key}.area": removal.area}
    for name, test in made.nulls.items():
        key = ORDERS[name]
        raw |= {
            f"removal.{key}.R_expected": test.expected,
            f"removal.{key}.R_relative": test.relative,
            f"removal.{key}.p_more_fragile": test.p_fewer,
            f"removal.{key}.p_more_robust": test.p_more,
            f"removal.{key}.null_draws": len(test.draws),
        }
    if made.costliest is not None:
        raw["costliest.pairs_lost"] = made.costliest.loss
        raw["costliest.share_lost"] = made.costliest.loss_share
        raw |= {f"costliest.{place}": found.names[firm] for place, firm in enumerate(made.costliest.firms, start=1)}
    if found.pairs:
        first = _ranked(made).index[0]
        raw["losses.top.firm"] = found.names[first]
        raw |= {
            f"losses.top.{name}": made.losses.loc[first, name]
            for name in (
                "firms_cut",
                "pairs_lost",
                "jobs_own",
                "jobs_cut",
                "tie_value",
                "customers",
                "capabilities_lost",
            )
            if name in made.losses.columns
        }
    return raw


def tables(found: Analysis) -> dict[str, pd.DataFrame]:
    """Return the full tables of the section by file name, indexed by firm where they are by firm."""
    made = found.leaving
    if made is None:
        return {}
    curves = {
        "random, median": made.band.curve["median"],
        "random, low": made.band.curve["low"],
        "random, high": made.band.curve["high"],
    }
    curves |= {name: removal.curve["giant_share"] for name, removal in made.removals.items()}
    if made.null_band is not None:
        curves |= {f"most partners first, by chance, {end}": made.null_band[end] for end in ("median", "low", "high")}
    orders = {name: pd.Series(found.names.loc[removal.order].to_numpy()) for name, removal in made.removals.items()}
    told = {
        "vulnerability": made.alone,
        "losses": _ranked(made),
        "removal_curves": pd.DataFrame(curves).rename_axis(index="removed").reset_index(),
        "removal_orders": pd.DataFrame(orders).rename_axis(index="step").reset_index(),
    }
    told["removal_orders"]["step"] += 1
    return told


def _ranked(made: Leaving) -> pd.DataFrame:
    return made.losses.sort_values(["mean_share", "pairs_lost"], ascending=False, kind="stable")


def parts(found: Analysis) -> list[Part]:
    """Return the section."""
    opening = Heading(text="What happens when firms leave", anchor="leaving")
    made = found.leaving
    if made is None or found.pairs == 0:
        return [opening, Paragraph(text="With no ties on record there is nothing that a departure could break.")]
    text = (
        "Firms close, move or are bought. Here they leave one after the other, and we look at the largest group that "
        "stays connected, so that ties lead from each of its firms to every other, be it over partners of partners. "
        "Random departures stand for bad luck; the other orders for the loss of those on whom most "
        "hangs, equal firms by lot. Partners are not replaced and nobody else falls with them: this is the structure "
        "alone. On the interactive map above you can let firms leave yourself."
    )
    told: list[Part] = [opening, Paragraph(text=text), *_past(made), _charts.removal(made), *_path_table(found, made)]
    if found.component_sizes.iloc[0] >= FEW_TO_DRAW:
        told.append(_charts.stages(found, made))
    return [*told, *_chance_parts(found, made), *_who_parts(found, made), *_costliest(found, made)]


def _past(made: Leaving) -> list[Part]:
    """Say that ties of the past count, where the records tell that some have ended."""
    if not made.n_ended:
        return []
    verb = "has" if made.n_ended == 1 else "have"
    text = (
        f"Of the {plural(made.n_dated, 'partnership tie')} with a date, {count(made.n_ended)} "
        f"({share(made.n_ended / made.n_dated)}) {verb} ended before {made.as_of}, when the last one began. Apart from "
        "the section on how the cluster has changed, this page counts them as if they were alive. To look at the "
        "present alone, set window under [build] in the settings to the last year."
    )
    return [Paragraph(text=text, note=True)]


def _path_table(found: Analysis, made: Leaving) -> list[Part]:
    n, band = found.n, made.band
    marks = sorted({max(1, round(n * part)) for part in (0.05, 0.10, 0.20)})
    low, high = band.interval()
    start = band.curve["median"].iloc[0]
    rows = [
        [
            "at random (middle 95% of orders)",
            f"{decimal(float(band.robustness.median()))} ({decimal(low)} to {decimal(high)})",
            count(_half(band.curve["median"], start)),
            *(
                f"{share(band.curve['median'].loc[k])} ({share(band.curve['low'].loc[k])} to "
                f"{share(band.curve['high'].loc[k])})"
                for k in marks
            ),
        ]
    ]
    for name, removal in made.removals.items():
        curve = removal.curve["giant_share"]
        rows.append(
            [name, decimal(removal.robustness), count(_half(curve, start)), *(share(curve.loc[k]) for k in marks)]
        )
    return [
        text_table(
            "Robustness by order of leaving",
            "R is the share of all firms in the largest group, on average from the first departure to the last "
            "(at most 0.5): the smaller, the more fragile. “Half” is the number of departures after which the largest "
            "group has at most half of its first size; the last columns give its share of all firms after so many "
            "departures. Routes between others are the shortest ones, of pairs of other firms, on which a firm stands "
            "(betweenness)"
            + ("; counted anew, always the firm leaves that stands on most of them in what is left." * made.adaptive)
            + "." * (not made.adaptive),
            "|".join(["Who leaves", "#R", "#Half", *(f"#after {count(k)} ({share(k / n)})" for k in marks)]),
            rows,
            note=""
            if made.adaptive or n <= found.config.resilience.adaptive_limit
            else "The order that counts routes anew after each departure is computed up to "
            f"{count(found.config.resilience.adaptive_limit)} firms.",
        )
    ]


def _half(curve: pd.Series, start: float) -> float:
    below = curve.index[(curve <= start / 2 + 1e-12)]
    return float(below[0]) if len(below) else math.nan


def _chance_parts(found: Analysis, made: Leaving) -> list[Part]:
    """Say whether the cluster is more fragile than its numbers of partners make it."""
    if not made.nulls:
        return []
    told: list[Part] = [Heading(text="More fragile than chance?", level=3)]
    draws = [len(test.draws) for test in made.nulls.values()]
    text = (
        "A cluster in which few firms have most partners breaks early in any case. The fair question is whether this "
        "one is more fragile than others like it. So ties were redrawn at random, such that every firm keeps its "
        f"number of partners but not who they are ({count(max(draws))} such networks), and firms were "
        "removed from each of them."
    )
    rows, said, verdicts = [], [], []
    for name, test in made.nulls.items():
        low, high = np.quantile(test.draws, [0.025, 0.975])
        verdict, p = _verdict(test)
        verdicts.append(verdict)
        difference = share(abs(test.relative - 1))
        leave = f"when {_leavers(name)} leave first"
        said.append(
            {
                "more fragile": f"{leave}, what stays connected is on average {difference} less than in such networks",
                "more robust": f"{leave}, what stays connected is on average {difference} more than in such networks",
                "as by chance": f"{leave}, it cannot be told apart from such networks",
                NO_OTHER: f"{leave}, such networks all break alike, so it cannot be told",
            }[verdict]
        )
        rows.append(
            [
                name,
                decimal(test.observed),
                f"{decimal(test.expected)} ({decimal(low)} to {decimal(high)})",
                decimal(test.relative, 2),
                decimal(p),
                verdict,
            ]
        )
    if set(verdicts) == {NO_OTHER}:
        answer = "That cannot be told here: whoever is tied to whom, firms with these numbers of partners break alike."
    elif set(verdicts) <= {"as by chance", NO_OTHER}:
        answer = (
            "No more and no less, as far as can be told: what stays connected is about what these numbers of partners "
            "lead to."
        )
    else:
        alike = set(verdicts) == {"more fragile"}
        begin = "Yes" if alike else "In part" if "more fragile" in verdicts else "No"
        answer = f"{begin}: {'; '.join(said)}." + (
            " So it is also who is tied to whom that makes the cluster fragile." if "more fragile" in verdicts else ""
        )
    bound = len(ties_of_many(found.net))
    if bound:
        answer += (
            f" Mind that {count(bound)} of the {plural(found.net.n_ties, 'tie')} come from agreements that tie all "
            "their members to each other. The random networks have no such clumps, which alone makes a difference."
        )
    return [
        *told,
        Paragraph(text=f"{text} {answer}"),
        text_table(
            "Robustness beside that of random networks",
            "R by chance is the mean over the random networks with the range of the middle 95%; R over chance is below "
            "1 if this cluster is more fragile; p is the share of networks, this one among them, that go at least as "
            "far in that direction, and up to 0.025 is told as more than chance.",
            "Who leaves|#R|#R by chance (middle 95%)|#R over chance|#p|So it is",
            rows,
            note="So few random networks cannot tell a difference from chance."
            if max(draws) < FEW_DRAWS
            else f"The lines rest on {join(map(count, draws))} random networks."
            if len(set(draws)) > 1
            else "",
        ),
    ]


def _leavers(name: str) -> str:
    return {"degree": "firms with most partners", "betweenness": "firms on most routes between others"}[ORDERS[name]]


def _verdict(test: RelativeRobustness) -> tuple[str, float]:
    fewer, more = test.p_fewer, test.p_more
    p = min(fewer, more)
    if np.ptp(test.draws) <= ALIKE and abs(test.observed - test.expected) <= ALIKE:
        return NO_OTHER, p
    # Two directions are looked at: each gets half of the five percent.
    if p > 0.025 + ALIKE:
        return "as by chance", p
    return ("more fragile" if fewer < more else "more robust"), p


def _who_parts(found: Analysis, made: Leaving) -> list[Part]:
    losses, ranked = made.losses, _ranked(made)
    kinds = kind_columns(found)
    known = [name for name, (column, _) in LOSSES.items() if column in losses.columns]
    heads = {
        "jobs": "#Its own jobs|#Jobs in firms cut off",
        "value": "#Value of its ties",
        "customers": f"#{_unit(found).capitalize()} sent or received",
        "capabilities": "Nobody else offers",
    }
    rows = []
    shown = ranked.head(min(found.config.show.top, 12))
    for firm, row in shown.iterrows():
        cells = {
            "jobs": [count(row["jobs_own"]), count(row["jobs_cut"])] if "jobs" in known else [],
            "value": [count(row["tie_value"])] if "value" in known else [],
            "customers": [number(row["customers"])] if "customers" in known else [],
            "capabilities": [_tags(row["capabilities_named"])] if "capabilities" in known else [],
        }
        rows.append(
            [
                firm_name(found, firm),
                *(attribute(found, firm, name) for name in kinds),
                count(row["firms_cut"]),
                f"{count(row['pairs_lost'])} ({share(row['pairs_lost'] / made.n_pairs)})",
                *(cell for name in heads for cell in cells[name]),
            ]
        )
    ties = found.net.ties
    sent = ", referrals among them," if _valued(ties[ties["layer"] == "referral"]) else ""
    missing = [
        said
        for name, said in (
            ("jobs", "jobs (column employees of firms)"),
            ("value", "money (column value of partnerships)"),
            ("customers", "referrals"),
            ("capabilities", "capabilities"),
        )
        if name not in known
    ]
    notes = [f"The records say nothing of {join(missing)}."] if missing else []
    if made.jobs_unknown:
        blank = "jobs" in known and made.paths_followed and shown["jobs_cut"].isna().any()
        notes.append(
            f"{plural(made.jobs_unknown, 'firm')} without a number of employees {_counts(made.jobs_unknown)} 0 jobs"
            + (f"; {NONE} stands where none of the firms cut off has such a number." if blank else ".")
        )
    if "value" in known and made.values_unknown:
        lacking = plural(made.values_unknown, "tie or agreement", "ties and agreements")
        notes.append(f"{lacking} without a value {_counts(made.values_unknown)} 0.")
    if not made.paths_followed and "jobs" in known:
        notes.append("Jobs cut off were followed for the firms that cut most pairs only.")
    last = ranked["mean_share"].iloc[len(shown) - 1]
    more = int((ranked["mean_share"].iloc[len(shown) :] >= last - ALIKE).sum())
    if more:
        notes.append(f"{plural(more, 'further firm')} would cost as much as the last one listed.")
    told: list[Part] = [
        Heading(text="Who must not leave", level=3),
        Paragraph(
            text="What would be gone if one firm left tomorrow, and nobody took its place? "
            + (
                f"Firms are ordered by the mean of their losses in {join(LOSSES[name][1] for name in known)}, "
                "each as a share of what the cluster has."
                if len(known) > 1
                else f"Firms are ordered by their losses in {LOSSES[known[0]][1]}."
            )
            + (
                " Whether others are cut off hangs on few ties, and one that is not on record undoes it: ask before "
                "you act."
                if shown["firms_cut"].any()
                else ""
            )
        ),
        Listing(items=_first(found, made, ranked)),
        text_table(
            "What leaves with a firm",
            "Read a line as: if this firm alone leaves, so many others are cut off from most of those whom they could "
            "reach, and so many pairs of firms can no longer reach each other, its own pairs included (in brackets, of "
            "all pairs that can)"
            + (
                "; so many jobs are its own, and so many are in the firms cut off, which lose contact, not jobs"
                if "jobs" in known
                else ""
            )
            + (
                f"; its ties and agreements{sent} are worth so much {_years(found)}, in the unit of your records (an "
                "agreement of several firms counts in full for each)"
                if "value" in known
                else ""
            )
            + (f"; it sent or received so many {_unit(found)} {_years(found)}" if "customers" in known else "")
            + ("; and these capabilities have no supplier left" if "capabilities" in known else "")
            + ".",
            "|".join(
                [
                    "Firm",
                    *(name.capitalize() for name in kinds),
                    "#Firms cut off|#Pairs lost",
                    *(heads[name] for name in heads if name in known),
                ]
            ),
            rows,
            note=" ".join([*notes, "losses.csv has all firms."]),
        ),
    ]
    return told


def _valued(ties: pd.DataFrame) -> bool:
    return amounts(ties, "value") is not None


def _counts(times: int) -> str:
    return "counts as" if times == 1 else "count as"


def _years(found: Analysis) -> str:
    return "in the window of the settings" if found.config.build.get("window") else "in all years on record"


def _unit(found: Analysis) -> str:
    return found.dependence.unit if found.dependence is not None else "referrals"


def _tags(named: str) -> str:
    tags = named.split("; ") if named else []
    more = len(tags) - 3
    return join([*(short(tag, 40) for tag in tags[:3]), *([f"{count(more)} more"] if more > 0 else [])]) or NONE


def _first(found: Analysis, made: Leaving, ranked: pd.DataFrame) -> tuple[str, ...]:
    """Say in words what leaves with the first three, or with fewer where others would cost as much as these."""
    values = ranked["mean_share"].to_numpy()
    most = min(3, len(values))
    alike = int((np.abs(values - values[most - 1]) <= ALIKE).sum())
    if values[most:].size and values[most - 1] - values[most] <= ALIKE:
        most = int((values > values[most - 1] + ALIKE).sum())
        rest = (
            f"After {'it' if most == 1 else 'these'} come {count(alike)} firms that would cost the cluster alike."
            if most
            else f"All {count(alike)} firms would cost the cluster alike: none stands out."
            if alike == len(values)
            else f"{count(alike)} firms share the first place: each would cost the cluster alike."
        )
        return (*(_sentence(found, made, firm) for firm in ranked.index[:most]), rest)
    return tuple(_sentence(found, made, firm) for firm in ranked.index[:most])


def _sentence(found: Analysis, made: Leaving, firm: Any) -> str:
    """Say in words what leaves with a firm, with the names of those cut off."""
    row = made.losses.loc[firm]
    said = []
    own, revenue = row.get("jobs_own", 0), row.get("revenue_own", 0)
    goes = [plural(own, "job")] if own > 0 else []
    goes += [f"revenue of {count(revenue)}"] if revenue > 0 else []
    if goes:
        said.append(f"its {join(goes)} {'go' if len(goes) > 1 or own > 1 else 'goes'}")
    if math.isnan(own):
        said.append("how many jobs go is not on record")
    cut = int(row["firms_cut"])
    if cut:
        names = [firm_name(found, other) for other in made.cut_first.get(firm, ())]
        more = [f"{count(cut - len(names))} more"] if cut > len(names) else []
        who = f" ({join([*names, *more])})" if names else ""
        work = f" with {plural(row['jobs_cut'], 'job')}" if row.get("jobs_cut", 0) > 0 else ""
        said.append(f"{plural(cut, 'other firm')}{work} {'is' if cut == 1 else 'are'} cut off{who}")
    if row.get("tie_value", 0) > 0:
        said.append(f"its ties and agreements are worth {count(row['tie_value'])}")
    if row.get("customers", 0) > 0:
        sent = units(row["customers_sent"], _unit(found))
        said.append(f"it sent {sent} and received {number(row['customers_received'])}")
    if row.get("capabilities_lost", 0) > 0:
        said.append(f"nobody else offers {_tags(str(row['capabilities_named']))}")
    partners = plural(found.measures.loc[firm, "degree"], "partner")
    return f"{firm_name(found, firm)} ({partners}): {'; '.join(said) if said else 'little else is lost'}."


def _costliest(found: Analysis, made: Leaving) -> list[Part]:
    set_of = made.costliest
    if set_of is None:
        return []
    # Once no two of those left can reach each other, a further firm adds nothing.
    steps = set_of.steps
    steps = steps[(steps["loss"].shift(fill_value=0) < set_of.loss).to_numpy()]
    how = (
        "No two firms can reach each other after that."
        if len(steps) < len(set_of.steps)
        else "Every set of that size was compared; others may cost as much."
        if set_of.exact
        else "The firms were added one at a time, each the costliest next one; with so many "
        "firms not every set can be compared."
    )
    k, largest = len(steps), int(found.component_sizes.iloc[0])
    own = (largest * (largest - 1) - (largest - k) * (largest - k - 1)) / 2
    if k < largest:
        who = f"{count(k)} firms" if k > 1 else "A firm"
        how = (
            f"{who} of the largest group that {'hold' if k > 1 else 'holds'} nothing together would take "
            f"{plural(own, 'pair')} along ({share(own / made.n_pairs)}): {'their' if k > 1 else 'its'} own. {how}"
        )
    return [
        Heading(text="Firms that must not leave together", level=3),
        text_table(
            f"{plural(len(steps), 'firm')} together" if len(steps) > 1 else "The costliest firm",
            "The set found whose joint loss parts most pairs of firms; each line adds one firm to those above it "
            "and says what is then lost in all, the firms' own pairs included.",
            "Firm|#Pairs lost if alone|#Pairs lost so far|#Share of reachable pairs",
            [
                [firm_name(found, firm), count(row["loss_alone"]), count(row["loss"]), share(row["loss_share"])]
                for firm, row in steps.iterrows()
            ],
            note=how,
        ),
    ]
