"""Shocks that spread along supply ties: whose failure costs most, and whom it hits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clusternet import plots
from clusternet.network import Network
from clusternet.report._blocks import amounts, firm_name, text_table
from clusternet.report._parts import Figure, Heading, Paragraph
from clusternet.report._text import NONE, count, join, plural, share

if TYPE_CHECKING:
    from clusternet.cascades import Cascade
    from clusternet.report._analysis import Analysis
    from clusternet.report._parts import Part

__all__ = ["Shocks", "formulas_used", "numbers", "parts", "study", "tables"]

FEW_SUPPLIES = 10
"""Supply ties from which shocks along them are told."""
VALUED = 0.8
"""Share of supply ties whose value must be known to weigh them by money."""
WORK = 150_000_000
"""Failures times firms and ties that a report affords: about half a minute."""
BLOCK = 250
TOP = 10
MAPPED = 0.005
"""Loss of a sector from which the shock map names it."""
FELT = 0.01
"""Loss of its production from which a firm counts as hit."""
ALIKE = 1e-9
"""Sizes of shocks that differ by no more are equal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shocks:
    """Single-firm shocks: sizes by firm, and for the worst of them who is hit how hard."""

    kind: str
    why: str
    cascade: Cascade
    supply: Network
    hits: pd.DataFrame
    by_sector: pd.DataFrame
    n_left_out: int
    n_followed: int
    n_firms: int
    n_no_sector: int
    n_no_jobs: int
    jobs: pd.Series


def study(net: Network) -> Shocks | None:
    """Compute the section; None without a supply chain worth the name."""
    if net.is_two_mode or "supply" not in net.layers:
        return None
    supply = net.layer("supply")
    if not supply.is_directed or supply.n_ties < FEW_SUPPLIES:
        return None
    value = amounts(supply.ties, "value")
    known = value is not None and float((value > 0).mean()) >= VALUED
    sector = "sector" in net.firms.columns and bool(net.firms["sector"].notna().any())
    ties = supply.ties
    left_out = 0
    if known and sector and value is not None:
        paid = (value > 0).to_numpy()
        left_out = int((~paid).sum())
        ties = ties[paid].assign(strength=value[paid])
    ends = pd.unique(pd.concat([ties["source"], ties["target"]]))
    firms = supply.firms[supply.firms.index.isin(ends)]
    chain = Network(firms, ties.reset_index(drop=True))
    if known and sector:
        return _priced(chain, left_out)
    lacking = [] if known else ["the value of supply ties (column value of partnerships)"]
    lacking += [] if sector else ["the sector of firms (column sector)"]
    return _leaning(chain, f"With {join(lacking)}, this would be told in money.")


def _priced(chain: Network, left_out: int) -> Shocks:
    from clusternet.cascades import Cascade, economic_risk

    industry = chain.firms["sector"].astype("str").fillna("not stated")
    graph = chain.simple()
    sales = pd.Series(np.bincount(graph.source, graph.strength, graph.n), index=chain.firms.index)
    most = max(WORK // (chain.n_firms + len(graph.source)), TOP)
    if chain.n_firms <= most:
        cascade = economic_risk(chain, industry=industry)
    else:
        # Those who sell most, block by block: a block keeps the loss of every firm under every shock.
        chosen = sales.sort_values(ascending=False, kind="stable").index[:most]
        found = []
        for start in range(0, len(chosen), BLOCK):
            block = chosen[start : start + BLOCK]
            cascade = economic_risk(chain, industry=industry, shocks=pd.Series(block, index=block))
            found.append(cascade.sizes)
        cascade = Cascade(model=cascade.model, sizes=pd.concat(found), settings=cascade.settings)
    worst = cascade.size.sort_values(ascending=False, kind="stable").index[:TOP]
    followed = economic_risk(chain, industry=industry, shocks=pd.Series(worst, index=worst))
    # Kept whenever shocks are named.
    losses = pd.DataFrame(followed.losses)[worst]
    weighed = losses.mul(sales, axis=0).groupby(industry).sum()
    total = sales.groupby(industry).sum()
    by_sector = (weighed[total > 0].div(total[total > 0], axis=0)).T
    people = amounts(chain.firms, "employees")
    jobs = losses.mul(people.fillna(0.0), axis=0).sum() if people is not None else pd.Series(dtype="float64")
    rows = []
    for firm in worst:
        mine = losses[firm].drop(firm)
        mine = mine[mine > 1e-6].sort_values(ascending=False, kind="stable")
        rows += [(firm, other, lost) for other, lost in mine.items()]
    return Shocks(
        kind="economic risk",
        why="",
        cascade=cascade,
        supply=chain,
        hits=pd.DataFrame(rows, columns=["failing", "hit", "loss"]),
        by_sector=by_sector,
        n_left_out=left_out,
        n_followed=len(cascade.sizes),
        n_firms=chain.n_firms,
        n_no_sector=int(chain.firms["sector"].isna().sum()),
        n_no_jobs=0 if people is None else int(people.isna().sum()),
        jobs=jobs,
    )


def _leaning(chain: Network, why: str) -> Shocks | None:
    from clusternet.cascades import dependence_cascades

    graph = chain.simple()
    if chain.n_firms * (chain.n_firms + len(graph.source)) > 4 * WORK:
        return None
    cascade = dependence_cascades(chain)
    bought = np.bincount(graph.target, graph.strength, graph.n)
    hits = pd.DataFrame(
        {
            "failing": chain.firms.index[graph.source],
            "hit": chain.firms.index[graph.target],
            "loss": graph.strength / bought[graph.target],
        }
    )
    worst = cascade.size.sort_values(ascending=False, kind="stable").index[:TOP]
    hits = hits[hits["failing"].isin(worst)]
    place = pd.Series(range(len(worst)), index=worst)
    hits = hits.assign(place=hits["failing"].map(place)).sort_values(
        ["place", "loss"], ascending=[True, False], kind="stable"
    )
    return Shocks(
        kind="dependence",
        why=why,
        cascade=cascade,
        supply=chain,
        hits=hits.drop(columns="place").reset_index(drop=True),
        by_sector=pd.DataFrame(),
        n_left_out=0,
        n_followed=chain.n_firms,
        n_firms=chain.n_firms,
        n_no_sector=0,
        n_no_jobs=0,
        jobs=pd.Series(dtype="float64"),
    )


# ── told ──


def formulas_used(found: Analysis) -> tuple[str, ...]:
    """Return the names of the formulas that the section needs."""
    made = found.shocks
    return () if made is None else ("economic_risk",) if made.kind == "economic risk" else ("dependence_cascade",)


def numbers(found: Analysis) -> dict[str, object]:
    """Return the headline numbers of the section."""
    made = found.shocks
    if made is None:
        return {}
    size = made.cascade.size
    return {
        "shocks.model": made.kind,
        "shocks.firms": made.n_followed,
        "shocks.mean": size.mean(),
        "shocks.worst.firm": found.names[size.idxmax()],
        "shocks.worst.size": size.max(),
    }


def tables(found: Analysis) -> dict[str, pd.DataFrame]:
    """Return the full tables of the section by file name, indexed by firm where they are by firm."""
    made = found.shocks
    if made is None:
        return {}
    sizes = made.cascade.sizes.sort_values("size", ascending=False, kind="stable").rename_axis(index="firm")
    hits = made.hits.copy()
    for place, end in ((1, "failing"), (3, "hit")):
        hits.insert(place, f"{end}_name", found.names.loc[hits[end]].to_numpy())
    return {"shocks": sizes, "shocks_spread": hits}


def parts(found: Analysis) -> list[Part]:
    """Return the section."""
    opening = Heading(text="Whose failure spreads", anchor="shocks")
    made = found.shocks
    if made is None:
        supply = found.net.layer("supply") if "supply" in found.net.layers and not found.net.is_two_mode else None
        held = 0 if supply is None else supply.n_ties
        why = (
            f"The records hold {plural(held, 'supply tie') if held else 'no supply ties'}; following how a failure "
            f"spreads from supplier to customer takes at least {FEW_SUPPLIES}."
            if supply is None or held < FEW_SUPPLIES
            else "The supply ties do not say who delivers to whom, which following a failure takes."
            if not supply.is_directed
            else "The supply chain is too large to follow every failure in the time of a report; "
            "cascades.dependence_cascades does it."
        )
        return [opening, Paragraph(text=why)]
    size = made.cascade.size
    quiet = int((made.cascade.sizes["n_hit"] <= 1).sum())
    chain = plural(made.n_followed, "firm")
    mean = "" if size.max() - size.min() <= ALIKE else f"; the mean over {chain} is {share(size.mean())}"
    if made.kind == "economic risk":
        text = (
            "A firm that fails stops delivering, so its customers produce less, and it stops buying, so its suppliers "
            "sell less; both travel on. Here every firm with a supply tie of known value fails once, alone. The size "
            "of a shock is the share of all deliveries on record that is lost, those of the failing firm included. "
            f"{_worst(found, size)} of all deliveries{mean}."
        )
        caution = (
            "This is the worst case that the records allow; take it as a list of whom to ask. Only supplies on record "
            "count: a firm whose one supplier or one customer on record fails stands still here, though it may have "
            "others, stocks, or time to find them. Every sector's input is taken as necessary; competitors of the same "
            "sector on record step in as far as their share of the market lets them."
        )
    else:
        text = (
            "Here every firm with a supply tie fails once, alone. A customer suffers as far as it buys from the failed "
            "firm, and hands its own trouble on to its customers in proportion. The size of a shock is the share of "
            "the supply chain that is lost beyond the failing firm, all firms alike: 10% may be one firm in ten that "
            f"stands still, or all at nine tenths. {_worst(found, size)} of the chain{mean}. {made.why}"
        )
        caution = (
            "This is the worst case that the records allow; take it as a list of whom to ask. Only supplies on record "
            "count: a firm whose one supplier on record fails stands still here, though it may have others, stocks, or "
            "time to find them."
        )
    text += f" The failure of {plural(quiet, 'firm')} hits nobody else." if quiet else ""
    told: list[Part] = [opening, Paragraph(text=text), Paragraph(text=caution, note=True)]
    if made.n_followed < made.n_firms:
        told.append(
            Paragraph(
                text=f"Of the {count(made.n_firms)} firms in the supply chain, the failures of the "
                f"{count(made.n_followed)} that sell most were followed, for the sake of time.",
                note=True,
            )
        )
    told.append(_sizes(found, made))
    by_sector = made.by_sector.loc[:, (made.by_sector >= MAPPED).any(axis=0)] if len(made.by_sector) else made.by_sector
    if by_sector.shape[1]:
        told.append(_map(found, made, by_sector))
    told.append(_table(found, made))
    return told


def _worst(found: Analysis, size: pd.Series) -> str:
    """Begin the sentence on the worst shock: whose it is, or theirs, and its size."""
    alike = size.index[size >= size.max() - ALIKE]
    cost = share(size.max())
    if len(alike) == 1:
        return f"{firm_name(found, alike[0])} weighs most: its failure costs {cost}"
    if len(alike) == len(size):
        return f"All weigh the same: the failure of any one costs {cost}"
    if len(alike) <= 3:
        return f"{join(firm_name(found, firm) for firm in alike)} weigh most: the failure of each alone costs {cost}"
    return f"{count(len(alike))} firms weigh most: the failure of each alone costs {cost}"


def _order(made: Shocks) -> pd.Index:
    """Return the costliest failures, those that cost nothing left out unless all do."""
    size = made.cascade.size.sort_values(ascending=False, kind="stable")
    return size.index[: max(1, min(TOP, int((size > ALIKE).sum())))]


def _sizes(found: Analysis, made: Shocks) -> Figure:
    size = made.cascade.size
    what = "Share of all deliveries lost" if made.kind == "economic risk" else "Share of firms lost beyond the first"

    def draw(figure: Any) -> None:
        left, right = figure.subplots(1, 2, width_ratios=(1.25, 1))
        plots.risk_ranks(size, ax=left, names=found.names, label=what)
        plots.cascade_sizes(made.cascade, ax=right, label=what)

    first = _order(made)[:3]
    said = join(f"{firm_name(found, firm)} {share(size[firm])}" for firm in first)
    return Figure(
        svg=plots.draw_svg(draw, (9.2, 3.5)),
        alt=f"Two charts of what failures cost: firms by rank, and how many cost how much. Most: {said}.",
        caption="Left: what the failure of each firm costs, the costliest first. Right: the share of failures that "
        "cost at least so much. A line that falls steeply at the left and stays low means "
        "that few firms carry the risk. Ranks, and both axes to the right, are drawn in powers of ten.",
    )


def _map(found: Analysis, made: Shocks, table: pd.DataFrame) -> Figure:
    table = table.loc[[firm for firm in _order(made) if firm in table.index]]
    table = table[table.sum().sort_values(ascending=False, kind="stable").index[:14]]
    first = table.iloc[0].sort_values(ascending=False, kind="stable")
    said = (
        f"{firm_name(found, table.index[0])} costs the sector {plots.short(first.index[0], 40)} {share(first.iloc[0])}"
    )
    named = table.set_axis([firm_name(found, firm) for firm in table.index])
    return Figure(
        svg=plots.draw_svg(lambda figure: plots.shock_map(named, ax=figure.subplots()), (9.2, 1.7 + 0.3 * len(table))),
        alt=f"Grid of failing firms and the sectors that they hit; the first: {said}.",
        caption="The shock map: if the firm on the left fails, the sector on top loses this share of its deliveries. "
        "The darker, the more; blank is less than half a percent. Sectors that lose less in every line are left out.",
    )


def _table(found: Analysis, made: Shocks) -> Part:
    sizes, order = made.cascade.sizes, _order(made)
    priced = made.kind == "economic risk"
    rows = []
    for firm in order:
        mine = made.hits[made.hits["failing"] == firm]
        if priced:
            mine = mine[mine["loss"] >= FELT]
        others = len(mine) if priced else int(sizes.loc[firm, "n_hit"]) - 1
        named = [f"{firm_name(found, row.hit)} ({share(row.loss)})" for row in mine.head(3).itertuples()]
        cells = [share(sizes.loc[firm, "size"], 1)]
        if priced:
            cells += [share(sizes.loc[firm, name], 1) for name in ("downstream", "upstream")]
            cells += [count(made.jobs[firm])] if len(made.jobs) else []
        rest = [f"{count(others - len(named))} more"] if others > len(named) else []
        rows.append([firm_name(found, firm), *cells, count(others), join([*named, *rest]) or NONE])
    heads = "Firm that fails|#Deliveries lost" if priced else "Firm that fails|#Chain lost"
    if priced:
        heads += "|#by lack of its goods alone|#by lack of its orders alone"
        heads += "|#Jobs affected" if len(made.jobs) else ""
    reading = (
        "Read a line as: if this firm fails, so much of all deliveries is lost, its own included, and so much if only "
        "the lack of its goods, or only that of its orders, spread (the two overlap)"
        + (
            "; jobs affected are employees times the share of production that their firm loses, its own included"
            if len(made.jobs)
            else ""
        )
        + "; so many others lose at least 1% of their production, most of all these, with the share that each loses."
        if priced
        else "Read a line as: if this firm fails, so much of the chain is lost among the others, and so many others "
        "suffer at all; its direct customers that lean on it most are named, with the share of their purchases that "
        "comes from it."
    )
    note = "shocks.csv has all firms, shocks_spread.csv whom the worst failures hit."
    if made.n_left_out:
        verb = "is" if made.n_left_out == 1 else "are"
        note = f"{plural(made.n_left_out, 'supply tie')} without a value {verb} left out. {note}"
    if made.n_no_sector:
        verb = "counts" if made.n_no_sector == 1 else "count"
        note = f"{plural(made.n_no_sector, 'firm')} without a sector {verb} as one sector. {note}"
    if made.n_no_jobs:
        verb = "counts" if made.n_no_jobs == 1 else "count"
        note = f"{plural(made.n_no_jobs, 'firm')} without a number of employees {verb} as 0 jobs. {note}"
    last = made.cascade.size[order[-1]]
    more = int((made.cascade.size >= last - ALIKE).sum()) - len(order)
    if more > 0:
        note = f"{plural(more, 'further failure')} would cost as much as the last one listed. {note}"
    return text_table("The failures that spread furthest", reading, f"{heads}|#Others hit|Hit hardest", rows, note=note)
