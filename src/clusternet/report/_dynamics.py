"""How the cluster has changed: indicators per year, with bands, where ties are dated."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clusternet import plots
from clusternet.report._blocks import text_table
from clusternet.report._parts import Figure, Heading, Paragraph
from clusternet.report._text import NONE, count, decimal, join, plural, share

if TYPE_CHECKING:
    from clusternet.dynamics import IndicatorPanel, Snapshots
    from clusternet.network import Network
    from clusternet.report._analysis import Analysis
    from clusternet.report._config import ReportConfig
    from clusternet.report._parts import Part

__all__ = ["Dynamics", "formulas_used", "numbers", "parts", "study", "tables"]

DATED = 0.5
"""Share of ties that must have a date to speak of years."""
WORK = 3_000_000
"""Ties of all years times draws behind the bands that a report affords."""
MOST_WAVES = 40
NAMES = {
    "connected_share": ("Firms with a tie", "share of all firms that have a tie in that year"),
    "giant_share": ("Largest connected group", "its share of all firms"),
    "mean_partners": ("Partners per firm", "mean number of firms that a firm is tied to"),
    "two_core_share": (
        "Firms tied more than once over",
        "share that stays tied when chains and hangers-on are taken off",
    ),
    "average_clustering": ("Partners who know each other", "how often two partners of a firm are partners, on average"),
    "reciprocity": ("Referrals answered", "share of referral links that run both ways"),
    "referral_hhi": ("Reliance on few senders", "concentration of those from whom a firm receives, 1 for a single one"),
    "persistence": ("Ties kept", "ties of this year and the last one, as a share of those of either"),
    "repayment": ("Favors returned a year later", "share of last year's one-way referrals that are answered now"),
}
"""What the page calls the indicators, and how to read each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dynamics:
    """The indicator panel and the years behind it."""

    panel: IndicatorPanel
    waves: Snapshots
    undated: int
    draws: int


def study(net: Network, config: ReportConfig) -> Dynamics | None:
    """Compute the section; None where too few ties are dated or they span a single year."""
    from clusternet.dynamics import indicators, snapshots

    ties = net.ties
    if net.is_two_mode or "start" not in ties.columns or not len(ties):
        return None
    start = ties["start"]
    if not pd.api.types.is_datetime64_any_dtype(start.dtype) or start.notna().mean() < DATED:
        return None
    years = start.dropna().dt.year
    if not 1 < years.max() - years.min() + 1 <= MOST_WAVES:
        return None
    waves = snapshots(net)
    size = sum(wave.n_ties for wave in waves.values()) + net.n_firms * len(waves)
    draws = min(config.dynamics.draws, WORK // max(size, 1))
    # Fewer would give a band that is itself a guess.
    draws = draws if draws >= 20 else 0
    return Dynamics(
        panel=indicators(waves, draws=draws, seed=config.seed),
        waves=waves,
        undated=int(start.isna().sum()),
        draws=draws,
    )


def formulas_used(found: Analysis) -> tuple[str, ...]:
    """Return the names of the formulas that the section needs."""
    return ("persistence",) if found.dynamics is not None else ()


def _told(made: Dynamics) -> pd.DataFrame:
    """Return the panel without indicators that are undefined throughout."""
    table = made.panel.table
    known = table.groupby("indicator", sort=False)["value"].transform(lambda values: values.notna().sum() > 1)
    # Without referrals there is nobody who sends.
    sent = any("referral" in wave.layers for wave in made.waves.values())
    told = [name for name in NAMES if sent or name != "referral_hhi"]
    return table[known & table["indicator"].isin(told)]


def numbers(found: Analysis) -> dict[str, object]:
    """Return the headline numbers of the section."""
    made = found.dynamics
    if made is None:
        return {}
    raw: dict[str, object] = {"dynamics.waves": len(made.waves), "dynamics.draws": made.draws}
    for name, mine in _told(made).groupby("indicator", sort=False):
        whole = mine[mine["complete"] & mine["value"].notna()]
        if len(whole):
            raw |= {f"dynamics.{name}.{wave}": value for wave, value in whole[["wave", "value"]].iloc[[-1]].to_numpy()}
    return raw


def tables(found: Analysis) -> dict[str, pd.DataFrame]:
    """Return the full tables of the section by file name."""
    return {} if found.dynamics is None else {"indicators": found.dynamics.panel.table}


def parts(found: Analysis) -> list[Part]:
    """Return the section."""
    opening = Heading(text="How it has changed", anchor="dynamics")
    made = found.dynamics
    if made is None:
        text = (
            "With no ties on record there is nothing that could change."
            if found.pairs == 0
            else "How the cluster changes from year to year takes ties with dates (column start of partnerships, "
            "date of referrals) that span at least two years; most ties here have none, or lie in one year."
        )
        return [opening, Paragraph(text=text)]
    told = _told(made)
    labels = list(made.waves)
    cut = [str(wave) for wave, whole in made.waves.table["complete"].items() if not whole]
    text = (
        f"Every year from {labels[0]} to {labels[-1]} is a network of its own: the ties that were alive at any time in "
        "it. A tie without an end is taken as alive ever since. The first years are thin because records begin there, "
        "which says little of the cluster itself."
    )
    if cut:
        one = len(cut) == 1
        text += f" The records of {join(cut)} end before the year {'does, so it is' if one else 'did; these are'} drawn"
        text += " hollow."
    if made.undated:
        text += f" {plural(made.undated, 'tie')} without a date {'is' if made.undated == 1 else 'are'} left out."
    text += (
        f" The gray bands are 95% intervals from {count(made.draws)} draws of firms with replacement: how much the "
        "number depends on which firms happened to be there."
        if made.draws
        else " No bands were asked for."
        if found.config.dynamics.draws == 0
        else " The network is too large for bands in the time of a report."
    )
    whole = made.waves.table.index[made.waves.table["complete"]]
    return [opening, Paragraph(text=text), _lines(told), *_changes(told, [str(wave) for wave in whole])]


def _lines(told: pd.DataFrame) -> Figure:
    wanted = list(dict.fromkeys(told["indicator"]))
    rows = max(math.ceil(len(wanted) / 3), 1)

    def draw(figure: Any) -> None:
        axes = list(figure.subplots(rows, 3, squeeze=False).ravel())
        plots.indicator_lines(told, axes=axes, names={name: NAMES[name][0] for name in wanted})

    return Figure(
        svg=plots.draw_svg(draw, (9.4, 2.05 * rows)),
        alt=f"Small charts over the years, one per indicator: {join(NAMES[name][0].lower() for name in wanted)}.",
        caption="One chart per indicator; all but partners per firm can run from 0 to 1, though a scale may end lower.",
    )


def _changes(told: pd.DataFrame, whole: list[str]) -> list[Part]:
    if len(whole) < 2:
        return []
    # From the first year in which the records are no longer thin: half way, told as such.
    first, last = whole[len(whole) // 2], whole[-1]
    if first == last:
        first = whole[0]
    banded = bool(told[["low", "high"]].notna().any(axis=None))
    rows = []
    for name, mine in told.groupby("indicator", sort=False):
        by_wave = mine.set_index(mine["wave"].astype("str"))
        before, after = by_wave.loc[first], by_wave.loc[last]
        apart = before["high"] < after["low"] or after["high"] < before["low"]
        moved = (
            NONE
            if not np.isfinite([before["low"], after["low"]]).all()
            else ("up" if after["value"] > before["value"] else "down")
            if apart
            else "cannot be told"
        )
        row = [NAMES[str(name)][0], NAMES[str(name)][1], _cell(before), _cell(after)]
        rows.append([*row, moved] if banded else row)
    return [
        text_table(
            f"{first} and {last}",
            f"Each line is an indicator and what it says, its value in {first} and in {last}"
            + (", each with its 95% interval, and whether it moved further than the intervals reach." * banded)
            + ("; without intervals it cannot be said what moved by more than chance." * (not banded)),
            f"Indicator|What it says|#{first}|#{last}" + "|Moved" * banded,
            rows,
            note="indicators.csv has all years.",
        )
    ]


def _cell(row: pd.Series) -> str:
    if not math.isfinite(row["value"]):
        return NONE
    form = (lambda value: decimal(value, 1)) if row["indicator"] == "mean_partners" else share
    between = f" ({form(row['low'])} to {form(row['high'])})" if math.isfinite(row["low"]) else ""
    return f"{form(row['value'])}{between}"
