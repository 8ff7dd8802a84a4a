"""What happens when firms leave: removal paths, chance, and what is lost with each firm."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clusternet.plots import short
from clusternet.report import _charts
from clusternet.report._blocks import amounts, attribute, firm_name, kind_columns, text_table
from clusternet.report._parts import Heading, Listing, Paragraph
from clusternet.report._text import NONE, count, decimal, join, number, plural, share

if TYPE_CHECKING:
    from clusternet.network import Network
    from clusternet.report._analysis import Analysis
    from clusternet.report._config import ReportConfig
    from clusternet.report._dependence import Dependence
    from clusternet.report._parts import Part
    from clusternet.report._specialization import Capabilities
    from clusternet.resilience import CostliestFirms, RelativeRobustness, Removal, RemovalBand

__all__ = ["Leaving", "formulas_used", "numbers", "parts", "study", "tables"]

ORDERS = {"most partners first": "degree", "most betweenness first": "betweenness"}
"""The two orders fixed beforehand, by the name on the page."""
NULL_WORK = 2_000_000
"""Tied pairs times random networks that a report affords, per order."""
FEW_DRAWS = 39
"""Random networks below which no R lies outside the middle 95%."""
EXACT_FIRMS = 24
"""Firms up to which every set of five is compared: about a second."""
MOST_PATHS = 2_000
"""Firms whose loss is followed one by one, to see the jobs that are cut off with it."""
LOSSES = {
    "pairs": ("pairs_lost", "pairs of firms that can reach each other"),
    "jobs": ("jobs_lost", "jobs"),
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
    jobs_unknown: int
    values_unknown: int
    paths_followed: bool


def study(
    net: Network,
    measures: pd.DataFrame,
    config: ReportConfig,
    *,
    capabilities: Capabilities | None,
    dependence: Dependence | None,
) -> Leaving | None:
    """Compute the section; None without firms."""
    from clusternet.resilience import costliest_firms, removal_band, remove_firms, vulnerability

    flat = net.undirected()
    n = flat.n_firms
    if n == 0:
        return None
    band = removal_band(flat, draws=config.resilience.draws, level=0.95, seed=config.seed)
    # Betweenness was computed for the table of firms: the order shares it.
    routes = measures["betweenness"].fillna(0.0).round(10)
    removals = {
        "most partners first": remove_firms(flat, order="degree"),
        "most betweenness first": remove_firms(flat, order=routes),
    }
    adaptive = 3 <= n <= config.resilience.adaptive_limit
    if adaptive:
        removals["most betweenness first, measured anew each time"] = remove_firms(
            flat, order="betweenness", adaptive=True
        )
    tied = len(flat.simple().source) > 0
    nulls, null_band = _chance(flat, config) if tied else ({}, None)
    alone = vulnerability(flat)
    jobs = amounts(flat.firms, "employees")
    losses, followed = _losses(net, alone, jobs, capabilities, dependence)
    return Leaving(
        band=band,
        removals=removals,
        adaptive=adaptive,
        nulls=nulls,
        null_band=null_band,
        alone=alone,
        costliest=costliest_firms(flat, min(5, n), method="auto" if n <= EXACT_FIRMS else "greedy") if tied else None,
        losses=losses,
        jobs_unknown=0 if jobs is None else int(jobs.isna().sum()),
        values_unknown=int(net.ties["value"].isna().sum()) if "value" in net.ties.columns else 0,
        paths_followed=followed,
    )


def _chance(flat: Network, config: ReportConfig) -> tuple[dict[str, RelativeRobustness], pd.DataFrame | None]:
    """Compare R with that of random networks with the same numbers of partners, and keep their curves."""
    from clusternet.centrality import degree
    from clusternet.resilience import relative_robustness, remove_firms

    pairs = len(flat.simple().source)
    draws = min(config.resilience.null_draws, max(FEW_DRAWS, NULL_WORK // pairs))
    if draws == 0 or flat.n_firms < 3:
        return {}, None
    curves: list[np.ndarray] = []

    def most_partners(of: Network) -> pd.Series:
        # Called once on the network and once on each random one: the place to keep the curves.
        path = remove_firms(of, order="degree", responses=("giant_share",))
        curves.append(path.curve["giant_share"].to_numpy(dtype=float))
        return degree(of)

    nulls = {"most partners first": relative_robustness(flat, order=most_partners, draws=draws, seed=config.seed)}
    if flat.n_firms <= config.resilience.adaptive_limit:
        # Betweenness has to be found anew in every network.
        fewer = min(draws, 99)
        nulls["most betweenness first"] = relative_robustness(flat, order="betweenness", draws=fewer, seed=config.seed)
    low, median, high = np.quantile(np.array(curves[1:]), [0.025, 0.5, 0.975], axis=0)
    band = pd.DataFrame({"low": low, "median": median, "high": high}, index=pd.RangeIndex(len(low), name="removed"))
    band.attrs["label"] = "most partners first in random networks, middle 95%"
    return nulls, band


def _losses(
    net: Network,
    alone: pd.DataFrame,
    jobs: pd.Series | None,
    capabilities: Capabilities | None,
    dependence: Dependence | None,
) -> tuple[pd.DataFrame, bool]:
    """Return what is lost with each firm, in every unit that the records know, and the mean of the shares lost."""
    flat = net.undirected()
    firms, n = flat.firms.index, flat.n_firms
    codes = flat.component_codes()
    sizes = np.bincount(codes) if n else np.zeros(0, dtype=np.int64)
    inside = codes == sizes.argmax() if n else np.zeros(0, dtype=bool)
    lost = np.rint(alone["giant_share_loss"].to_numpy() * n)
    table = pd.DataFrame(
        {
            "firms_cut": np.maximum(lost - inside, 0).astype(np.int64),
            "pairs_cut": alone["pairs_lost_others"],
            "pairs_lost": alone["pairs_lost"],
        },
        index=firms,
    )
    whole = {"pairs": float((sizes * (sizes - 1)).sum() / 2)}
    followed = True
    if jobs is not None:
        cut, followed = _jobs_cut(flat, alone, jobs.fillna(0.0))
        table["jobs_own"] = jobs
        table["jobs_cut"] = cut
        table["jobs_lost"] = jobs.fillna(0.0) + cut.fillna(0.0)
        whole["jobs"] = float(jobs.sum())
    revenue = amounts(flat.firms, "revenue")
    if revenue is not None:
        table["revenue_own"] = revenue
    value = amounts(net.ties, "value")
    if value is not None:
        apart = (net.ties["source"] != net.ties["target"]).to_numpy()
        known = value.fillna(0.0).to_numpy() * apart
        table["tie_value"] = sum(
            pd.Series(known).groupby(net.ties[end].to_numpy()).sum().reindex(firms, fill_value=0.0)
            for end in ("source", "target")
        )
        whole["value"] = float(known.sum())
    if dependence is not None and len(dependence.balance):
        balance = dependence.balance.reindex(firms, fill_value=0.0)
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
    return table, followed


def _jobs_cut(flat: Network, alone: pd.DataFrame, jobs: pd.Series) -> tuple[pd.Series, bool]:
    """Return the jobs of others that hang together with fewer when a firm alone leaves, its own left out.

    Jobs hang together in the connected group that has most of them.
    """
    from clusternet.resilience import attribute_connected, remove_firms

    cut = pd.Series(0.0, index=flat.firms.index)
    response = attribute_connected(jobs.rename("jobs"))
    before = response(flat)
    breaking = alone.index[alone["components_gained"] > 0]
    order = alone.loc[breaking, "pairs_lost_others"].sort_values(ascending=False, kind="stable").index
    group = flat.component_codes()
    most = pd.Series(jobs.to_numpy()).groupby(group).sum()
    main = pd.Series(group == int(most.idxmax()), index=flat.firms.index)
    for firm in order[:MOST_PATHS]:
        if main[firm]:
            after = float(remove_firms(flat, order=[firm], responses=[response]).curve.iloc[1, 0])
            cut[firm] = max(before - after - jobs[firm], 0.0)
    cut[order[MOST_PATHS:]] = np.nan
    return cut, len(order) <= MOST_PATHS


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
            for name in ("firms_cut", "pairs_lost", "jobs_lost", "tie_value", "customers", "capabilities_lost")
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
        "stays connected. Random departures stand for bad luck; departures of the best-connected firms for the worst "
        "case. Partners are not replaced and nobody else falls with them: this is the structure alone. On the "
        "interactive map above you can let firms leave yourself."
    )
    told: list[Part] = [opening, Paragraph(text=text), _charts.removal(made), *_path_table(found, made)]
    if found.n >= 8:
        told.append(_charts.stages(found, made))
    return [*told, *_chance_parts(made), *_who_parts(found, made), *_costliest(found, made)]


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
            "R is the mean size of the largest group over the whole path, as a share of all firms (at most 0.5): the "
            "smaller, the more fragile. “Half” is the number of departures after which the largest group has at most "
            "half of its first size; the last columns give its share of all firms after so many departures.",
            "|".join(["Who leaves", "#R", "#Half", *(f"#after {count(k)} ({share(k / n)})" for k in marks)]),
            rows,
            note=""
            if made.adaptive or n <= found.config.resilience.adaptive_limit
            else "The order that measures betweenness anew after each departure is computed up to "
            f"{count(found.config.resilience.adaptive_limit)} firms.",
        )
    ]


def _half(curve: pd.Series, start: float) -> float:
    below = curve.index[(curve <= start / 2 + 1e-12)]
    return float(below[0]) if len(below) else math.nan


def _chance_parts(made: Leaving) -> list[Part]:
    """Say whether the cluster is more fragile than its numbers of partners make it."""
    if not made.nulls:
        return []
    told: list[Part] = [Heading(text="More fragile than chance?", level=3)]
    draws = max(len(test.draws) for test in made.nulls.values())
    text = (
        "A cluster in which few firms have most partners breaks early in any case. The fair question is whether this "
        "one is more fragile than others like it. So ties were redrawn at random, such that every firm keeps its "
        f"number of partners but not who they are ({count(draws)} such networks), and firms were "
        "removed from each of them."
    )
    rows = []
    verdicts = []
    for name, test in made.nulls.items():
        low, high = np.quantile(test.draws, [0.025, 0.975])
        verdict, p = _verdict(test)
        verdicts.append((name, test, verdict))
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
    name, test, verdict = verdicts[0]
    difference = abs(test.relative - 1)
    answer = {
        "more fragile": f"Yes: when {_leavers(name)} leave first, what stays connected is on average "
        f"{share(difference)} less than in such networks. Who is tied to whom makes it fragile, and can be mended.",
        "more robust": f"No, it is sturdier: when {_leavers(name)} leave first, what stays "
        f"connected is on average {share(difference)} more than in such networks.",
        "as by chance": "No more and no less: what stays connected is about what numbers of partners alone lead to.",
    }[verdict]
    return [
        *told,
        Paragraph(text=f"{text} {answer}"),
        text_table(
            "Robustness beside that of random networks",
            "R by chance is the mean over the random networks with the range of the middle 95%; R over chance is below "
            "1 if this cluster is more fragile; p is how rarely chance does as much in that direction.",
            "Who leaves|#R|#R by chance (middle 95%)|#R over chance|#p|So it is",
            rows,
        ),
    ]


def _leavers(name: str) -> str:
    return {"degree": "firms with most partners", "betweenness": "firms on most routes between others"}[ORDERS[name]]


def _verdict(test: RelativeRobustness) -> tuple[str, float]:
    fewer, more = test.p_fewer, test.p_more
    p = min(fewer, more)
    # Two directions are looked at: each gets half of the five percent.
    if p > 0.025 + 1e-12 and p > 1 / (len(test.draws) + 1) + 1e-12:
        return "as by chance", p
    return ("more fragile" if fewer < more else "more robust"), p


def _who_parts(found: Analysis, made: Leaving) -> list[Part]:
    losses, ranked = made.losses, _ranked(made)
    kinds = kind_columns(found)
    known = [name for name, (column, _) in LOSSES.items() if column in losses.columns]
    heads = {
        "jobs": "#Jobs lost|#of these cut off",
        "value": "#Value of its ties",
        "customers": f"#{_unit(found).capitalize()} sent or received",
        "capabilities": "Nobody else offers",
    }
    rows = []
    for firm, row in ranked.head(min(found.config.show.top, 12)).iterrows():
        cells = {
            "jobs": [count(row["jobs_lost"]), count(row["jobs_cut"])] if "jobs" in known else [],
            "value": [count(row["tie_value"])] if "value" in known else [],
            "customers": [number(row["customers"])] if "customers" in known else [],
            "capabilities": [_tags(row["capabilities_named"])] if "capabilities" in known else [],
        }
        rows.append(
            [
                firm_name(found, firm),
                *(attribute(found, firm, name) for name in kinds),
                count(row["firms_cut"]),
                count(row["pairs_lost"]),
                *(cell for name in heads for cell in cells[name]),
            ]
        )
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
        notes.append(
            f"{plural(made.jobs_unknown, 'firm')} without a number of employees {_counts(made.jobs_unknown)} 0 jobs."
        )
    if "value" in known and made.values_unknown:
        notes.append(f"{plural(made.values_unknown, 'tie')} without a value {_counts(made.values_unknown)} 0.")
    if not made.paths_followed:
        notes.append(f"Jobs cut off were followed for the {count(MOST_PATHS)} firms that cut most pairs.")
    told: list[Part] = [
        Heading(text="Who must not leave", level=3),
        Paragraph(
            text="What would be gone if one firm left tomorrow, and nobody took its place? "
            f"Firms are ordered by the mean of their losses in {join(LOSSES[name][1] for name in known)}, "
            "each as a share of what the cluster has."
        ),
        Listing(items=tuple(_sentence(found, made, firm) for firm in ranked.index[:3])),
        text_table(
            "What leaves with a firm",
            "Read a line as: if this firm alone leaves, so many others are cut off from the largest connected group "
            "and so many pairs can no longer reach each other (its own pairs included)"
            + ("; so many jobs leave, its own and those of firms that are cut off" if "jobs" in known else "")
            + ("; ties worth so much end, in the unit of your records" if "value" in known else "")
            + (f"; so many {_unit(found)} that it sent or received" if "customers" in known else "")
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


def _counts(times: int) -> str:
    return "counts as" if times == 1 else "count as"


def _unit(found: Analysis) -> str:
    return found.dependence.unit if found.dependence is not None else "referrals"


def _tags(named: str) -> str:
    tags = named.split("; ") if named else []
    more = len(tags) - 3
    return join([*(short(tag, 40) for tag in tags[:3]), *([f"{count(more)} more"] if more > 0 else [])]) or NONE


def _sentence(found: Analysis, made: Leaving, firm: Any) -> str:
    """Say in words what leaves with a firm, with the names of those cut off."""
    row = made.losses.loc[firm]
    said = []
    if "jobs_own" in row.index and row["jobs_own"] > 0:
        said.append(f"its {plural(row['jobs_own'], 'job')} {'goes' if row['jobs_own'] == 1 else 'go'}")
    cut = int(row["firms_cut"])
    if cut:
        lost = _cut_off(found, firm)
        names = [firm_name(found, other) for other in lost[:3]] + (
            [f"{count(len(lost) - 3)} more"] if len(lost) > 3 else []
        )
        jobs = f", with {plural(row['jobs_cut'], 'job')}" if "jobs_cut" in row.index and row["jobs_cut"] > 0 else ""
        said.append(f"{plural(cut, 'other firm')} {'is' if cut == 1 else 'are'} cut off ({join(names)}){jobs}")
    if row.get("tie_value", 0) > 0:
        said.append(f"ties worth {count(row['tie_value'])} end")
    if row.get("customers", 0) > 0:
        said.append(f"{number(row['customers'])} {_unit(found)} pass through it")
    if row.get("capabilities_lost", 0) > 0:
        said.append(f"nobody else offers {_tags(str(row['capabilities_named']))}")
    partners = plural(found.measures.loc[firm, "degree"], "partner")
    return f"{firm_name(found, firm)} ({partners}): {'; '.join(said) if said else 'little else is lost'}."


def _cut_off(found: Analysis, firm: Any) -> list[Any]:
    """Return the firms of the largest group that a departure cuts off from what is then the largest."""
    flat = found.flat
    codes = pd.Series(flat.component_codes(), index=flat.firms.index)
    mates = codes.index[codes == codes.value_counts(sort=False).idxmax()].drop(firm, errors="ignore")
    left = flat.subset(flat.firms.index.drop(firm))
    after = pd.Series(left.component_codes(), index=left.firms.index)
    largest = after.value_counts(sort=False).idxmax()
    lost = mates[after.loc[mates].to_numpy() != largest]
    order = found.measures.loc[lost, "degree"].sort_values(ascending=False, kind="stable")
    return list(order.index)


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
        else "Every set of that size was compared."
        if set_of.exact
        else "The firms were added one at a time, each the costliest next one; with so many "
        "firms not every set can be compared."
    )
    return [
        Heading(text="Firms that must not leave together", level=3),
        text_table(
            f"{plural(len(steps), 'firm')} together" if len(steps) > 1 else "The costliest firm",
            "The set whose joint loss cuts most; each line adds one firm to those above it "
            "and says what is then lost in all.",
            "Firm|#Pairs lost if alone|#Pairs lost so far|#Share of reachable pairs",
            [
                [firm_name(found, firm), count(row["loss_alone"]), count(row["loss"]), share(row["loss_share"])]
                for firm, row in steps.iterrows()
            ],
            note=how,
        ),
    ]
