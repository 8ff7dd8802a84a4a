"""What the cluster is good at: sectors by place, concentration, and capabilities that few firms have."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from clusternet import plots
from clusternet.plots import short
from clusternet.report._blocks import firm_name, text_table, tidied
from clusternet.report._parts import Figure, Heading, Paragraph
from clusternet.report._text import NONE, count, decimal, join, plural, share

if TYPE_CHECKING:
    from clusternet.linkage import Linkage
    from clusternet.network import Network
    from clusternet.records import Records
    from clusternet.report._analysis import Analysis
    from clusternet.report._config import ReportConfig
    from clusternet.report._parts import Part
    from clusternet.specialization import BundleCoverage

__all__ = [
    "PLACES",
    "Capabilities",
    "Sectors",
    "formulas_used",
    "holders",
    "named_capabilities",
    "numbers",
    "parts",
    "study",
    "tables",
]

PLACES = ("region", "country", "city")
MOST_CELLS = 20_000
"""Places times sectors up to which quotients are told; a finer split holds hardly any firm per cell."""
MOST_TAGS = 5_000_000
"""Firms times capabilities up to which capabilities are told."""
ENOUGH = 0.8
"""Share of firms whose employees must be known to weigh firms by them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sectors:
    """Sectors of the registered firms; without a place there are no quotients."""

    place: str
    sized: bool
    minimum: int
    n_firms: int
    n_left_out: int
    profile: pd.DataFrame
    table: pd.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """Who can do what; confidential ones are counted but not named."""

    n_records: int
    n_hidden: int
    n_unknown: int
    table: pd.DataFrame
    firms: pd.DataFrame
    bundles: BundleCoverage | None


def study(
    net: Network, records: Records | None, linkage: Linkage | None, config: ReportConfig
) -> tuple[Sectors | None, Capabilities | None]:
    """Compute the section; None for what the records cannot support."""
    return _sectors(net, config), _capabilities(net, records, linkage, config)


def _known(firms: pd.DataFrame, name: str) -> bool:
    return name in firms.columns and bool(firms[name].notna().any())


def _sectors(net: Network, config: ReportConfig) -> Sectors | None:
    from clusternet import specialization

    firms = net.firms
    if "registered" in firms.columns:
        firms = firms[firms["registered"].astype(bool)]
    if not _known(firms, "sector"):
        return None
    sectors = firms["sector"].nunique()
    place = next(
        (
            name
            for name in PLACES
            if name in firms.columns and 1 < len(firms[name].dropna().unique()) <= MOST_CELLS / sectors
        ),
        "",
    )
    asked = firms[["sector", *([place] if place else [])]].notna().all(axis=1)
    size = pd.to_numeric(firms.get("employees", pd.Series(np.nan, index=firms.index)), errors="coerce").astype(
        "float64"
    )
    size = size.where((size >= 0) & (size < np.inf))
    sized = bool(size[asked].notna().mean() >= ENOUGH and size[asked].sum() > 0)
    if sized:
        asked &= size.notna()
    mine = pd.DataFrame({"sector": firms["sector"].astype("str"), "size": size if sized else 1.0})
    mine["place"] = firms[place].astype("str") if place else "all"
    mine = mine[asked]
    minimum = config.specialization.minimum
    profile = pd.DataFrame()
    if place and len(mine):
        profile = specialization.cluster_profile(
            mine, size="size", minimum=minimum, draws=config.specialization.draws, seed=config.seed
        ).table
        profile["above_1"] = profile.pop("specialized")
    by_sector = specialization.tabulate(mine, rows="place", columns="sector", values="size")
    whole = by_sector.to_numpy().sum()
    table = pd.DataFrame(
        {
            "firms": mine["sector"].value_counts().reindex(by_sector.columns),
            "size": by_sector.sum(),
            "share": by_sector.sum() / whole if whole else np.nan,
        }
    ).rename_axis(index="sector")
    if place:
        top = by_sector.idxmax().where(by_sector.sum() > 0)
        table["largest_place"] = top
        table["largest_place_share"] = by_sector.max() / by_sector.sum().where(by_sector.sum() > 0)
        table["effective_places"] = specialization.hhi(by_sector, by="activity", scale="equivalent")
        darts = specialization.ellison_glaeser(mine, activity="sector", size="size")
        table[["gamma", "gamma_sd", "gamma_z"]] = darts[["gamma", "sd", "z"]]
    return Sectors(
        place=place,
        sized=sized,
        minimum=minimum,
        n_firms=len(mine),
        n_left_out=len(firms) - len(mine),
        profile=profile,
        table=table.sort_values(["size", "firms"], ascending=False, kind="stable"),
    )


def holders(net: Network, records: Records, linkage: Linkage | None) -> pd.DataFrame:
    """Return the capability records with ``firm`` (missing where it is not in the network) and ``key``."""
    rows = records.capabilities.dropna(subset=["firm_id", "tag"]).copy()
    if linkage is not None:
        rows["firm"] = linkage.resolve(rows["firm_id"])
    else:
        names = net.firms["name"] if "name" in net.firms.columns else pd.Series(dtype="str")
        names = names[~names.duplicated(keep=False) & names.notna()]
        by_name = pd.Series(names.index, index=names.to_numpy())
        rows["firm"] = rows["firm_id"].where(rows["firm_id"].isin(net.firms.index), rows["firm_id"].map(by_name))
    rows["firm"] = rows["firm"].where(rows["firm"].isin(net.firms.index))
    # Case and blanks aside a capability is one capability; it is shown as first written.
    rows["key"] = tidied(rows["tag"])
    return rows[rows["key"] != ""]


def named_capabilities(net: Network, records: Records | None, linkage: Linkage | None) -> pd.DataFrame | None:
    """Return who openly has which capability, 1 or 0, for firms that have any; confidential records are left out."""
    if records is None or not len(records.capabilities):
        return None
    rows = holders(net, records, linkage).dropna(subset="firm")
    rows = rows[~rows["confidential"].fillna(value=False).astype(bool)].drop_duplicates(["firm", "key"])
    if not len(rows) or rows["firm"].nunique() * rows["key"].nunique() > MOST_TAGS:
        return None
    said = rows.groupby("key")["tag"].first()
    table = pd.crosstab(rows["firm"], rows["key"]).clip(upper=1)
    return table.set_axis([str(said[key]) for key in table.columns], axis=1).rename_axis(index="firm")


def _capabilities(
    net: Network, records: Records | None, linkage: Linkage | None, config: ReportConfig
) -> Capabilities | None:
    from clusternet import specialization

    if records is None or not len(records.capabilities):
        return None
    every = holders(net, records, linkage)
    rows = every.dropna(subset="firm")
    if not len(rows) or rows["firm"].nunique() * rows["key"].nunique() > MOST_TAGS:
        return None
    has = specialization.tabulate(rows.drop_duplicates(["firm", "key"]), rows="firm", columns="key")
    hidden = rows["confidential"].fillna(value=False).astype(bool)
    # A capability is named if a record tells it openly, its only holder if that record is open.
    open_rows = rows[~hidden]
    told = open_rows.groupby("key")["tag"].first()
    seen = set(zip(open_rows["firm"], open_rows["key"], strict=True))
    table = specialization.redundancy(has)
    table["sole"] = [
        firm if firm is None or (firm, key) in seen else None
        for key, firm in zip(table.index, table["sole"], strict=True)
    ]
    table.insert(0, "capability", told.reindex(table.index))
    table["capability"] = table["capability"].fillna("(confidential)")
    table = table.sort_values(["firms", "capability"], kind="stable").reset_index(drop=True)
    firms = pd.DataFrame(
        {
            "capabilities": (has > 0).sum(axis=1),
            "uniqueness": specialization.uniqueness(has),
            "other_holders": specialization.substitutability(has),
        }
    ).reindex(net.firms.index)
    firms["capabilities"] = firms["capabilities"].fillna(0)
    bundles = None
    if not net.is_two_mode and len(net.firms) * has.shape[1] <= MOST_TAGS:
        firms = pd.concat([firms, specialization.capability_coverage(net, has)], axis=1)
        asked = config.specialization.bundles
        if asked:
            keyed = {name: [" ".join(tag.split()).casefold() for tag in tags] for name, tags in asked.items()}
            bundles = specialization.bundle_coverage(net, has, dict(keyed.items()))
    return Capabilities(
        n_records=len(every),
        n_hidden=int(hidden.sum()),
        n_unknown=int(every["firm"].isna().sum()),
        table=table,
        firms=firms,
        bundles=bundles,
    )


# ── told ──


def formulas_used(found: Analysis) -> tuple[str, ...]:
    """Return the names of the formulas that the section needs."""
    if found.sectors is None:
        return ()
    return ("location_quotient", "ellison_glaeser") if found.sectors.place else ("hhi",)


def numbers(found: Analysis) -> dict[str, object]:
    """Return the headline numbers of the section."""
    raw: dict[str, object] = {}
    made, has = found.sectors, found.capabilities
    if made is not None and len(made.table):
        raw |= {
            "sectors.count": len(made.table),
            "sectors.firms": made.n_firms,
            "sectors.left_out": made.n_left_out,
            "sectors.weighed_by": "employees" if made.sized else "firms",
            "sectors.effective": _effective(made),
            "sectors.top": str(made.table.index[0]),
            "sectors.top_share": made.table["share"].iloc[0],
        }
        if made.place:
            raw |= {
                "sectors.place": made.place,
                "sectors.places": made.profile["place"].nunique(),
                "sectors.specialized": int(made.profile["above_1"].sum()),
                "sectors.too_few": int(made.profile["too_few"].sum()),
            }
    if has is not None:
        raw |= {
            "capabilities.records": has.n_records,
            "capabilities.count": len(has.table),
            "capabilities.firms": int((has.firms["capabilities"] > 0).sum()),
            "capabilities.sole": int((has.table["firms"] == 1).sum()),
            "capabilities.holders_median": has.table["firms"].median(),
        }
        if "own" in has.firms.columns:
            raw |= {
                "capabilities.own_median": has.firms["own"].median(),
                "capabilities.with_partners_median": has.firms["with_partners"].median(),
            }
        if has.bundles is not None:
            raw["capabilities.bundles_covered"] = has.bundles.share
    return raw


def tables(found: Analysis) -> dict[str, pd.DataFrame]:
    """Return the full tables of the section by file name."""
    told: dict[str, pd.DataFrame] = {}
    made, has = found.sectors, found.capabilities
    if made is not None:
        told["sectors"] = made.table.reset_index()
        if made.place:
            told["sector_profile"] = made.profile.rename(columns={"place": made.place, "activity": "sector"})
    if has is not None:
        told["capability_redundancy"] = has.table.assign(sole=_named(found, has.table["sole"]))
        told["firm_capabilities"] = has.firms
        if has.bundles is not None:
            told["bundles"] = has.bundles.bundles.reset_index()
    return told


def _named(found: Analysis, firms: pd.Series) -> list[str]:
    return ["" if pd.isna(firm) else str(found.names[firm]) for firm in firms]


def parts(found: Analysis) -> list[Part]:
    """Return the section."""
    return [
        Heading(text="What the cluster is good at", anchor="specialization"),
        *_sector_parts(found),
        *_capability_parts(found),
    ]


def _effective(made: Sectors) -> float:
    squares = float((made.table["share"] ** 2).sum())
    return 1 / squares if squares > 0 else math.nan


def _sector_parts(found: Analysis) -> list[Part]:
    made = found.sectors
    if made is None or not len(made.table):
        return [
            Paragraph(
                text="Nothing can be said about sectors: the firm table has no filled column sector. With sector and a "
                "place (region, country or city; employees if known) this section tells where which sector is at home."
            )
        ]
    table = made.table
    unit = "employees" if made.sized else "firms"
    top = short(table.index[0], 60)
    text = (
        f"{plural(made.n_firms, 'registered firm')} {'works' if made.n_firms == 1 else 'work'} in "
        f"{plural(len(table), 'sector')}, as varied as "
        f"{decimal(_effective(made), 1)} equally large ones. The largest is {top} with "
        f"{share(table['share'].iloc[0])} of all {unit}."
    )
    if made.n_left_out:
        lacking = join(["sector", *([made.place] if made.place else []), *(["employees"] if made.sized else [])])
        lacking = lacking.replace(" and ", " or ")
        text += (
            f" {plural(made.n_left_out, 'firm')} without {lacking} {'is' if made.n_left_out == 1 else 'are'} left out."
        )
    told: list[Part] = [Paragraph(text=text)]
    if made.place:
        told += _profile_parts(made, unit)
    else:
        told.append(
            Paragraph(
                text="Where a sector is at home cannot be said: that takes a column region, country or city with at "
                "least two different places (and not nearly as many places as firms)."
            )
        )
    told.append(_sector_table(made, unit))
    return told


def _profile_parts(made: Sectors, unit: str) -> list[Part]:
    profile = made.profile
    known = profile[~profile["too_few"] & profile["lq"].notna()].sort_values("lq", ascending=False, kind="stable")
    few = int(profile["too_few"].sum())
    above = known[known["above_1"]]
    if not len(known):
        return [
            Paragraph(
                text=f"No sector has {count(made.minimum)} firms or more in any one {made.place}, too few to say where "
                "a sector is at home."
            )
        ]
    if len(above):
        first = above.iloc[0]
        text = (
            f"In {count(len(above))} of {plural(len(known), 'case')} a sector is clearly over-represented in a "
            f"{made.place} (one case in forty would look so by chance); most of all "
            f"{short(first['activity'], 50)} in {short(first['place'], 50)}, whose share of {unit} there is "
            f"{decimal(first['lq'], 1)} times its share overall (95% interval "
            f"{decimal(first['low'], 1)} to {decimal(first['high'], 1)})."
        )
    else:
        every = "the one case" if len(known) == 1 else f"all {count(len(known))} cases"
        text = (
            f"No sector is clearly over-represented in any {made.place}: in {every} with "
            "enough firms the interval reaches down to 1 or below."
        )
    text += (
        f" {plural(few, 'other combination')} of sector and {made.place} {'has' if few == 1 else 'have'} fewer than "
        f"{count(made.minimum)} firms, on which no quotient should rest."
        if few
        else ""
    )
    shown = pd.concat([above, known[~known["above_1"]]]).head(12)
    return [Paragraph(text=text), _quotients(shown, made)]


def _quotients(shown: pd.DataFrame, made: Sectors) -> Figure:
    bars = pd.DataFrame(
        {
            "value": shown["lq"].to_numpy(),
            "low": shown["low"].to_numpy(),
            "high": shown["high"].to_numpy(),
            "text": [plural(firms, "firm") for firms in shown["n"]],
        },
        index=[f"{short(row['activity'], 30)}, {short(row['place'], 24)}" for _, row in shown.iterrows()],
    )
    svg = plots.draw_svg(
        lambda figure: plots.intervals(
            bars, ax=figure.subplots(), label="Location quotient (1: as common as overall)", reference=1.0
        ),
        (7.0, 0.8 + 0.28 * len(bars)),
    )
    said = "; ".join(
        f"{name} {decimal(row['value'], 1)} ({decimal(row['low'], 1)} to {decimal(row['high'], 1)})"
        for name, row in bars.head(6).iterrows()
    )
    return Figure(
        svg=svg,
        narrow=True,
        alt=f"Location quotients with 95% intervals: {said}.",
        caption=f"How over-represented a sector is in a {made.place}: the dot is its share there over its share "
        "overall, the line the 95% interval. Where the whole line lies right of 1 (blue), chance is an unlikely "
        "reason, though one line in forty would lie there by chance. sector_profile.csv has all.",
    )


def _sector_table(made: Sectors, unit: str) -> Part:
    shown = made.table.head(15)
    rows = []
    for name, row in shown.iterrows():
        cells = [short(name, 60), count(row["firms"])]
        cells += [count(row["size"])] if made.sized else []
        cells.append(share(row["share"]))
        if made.place:
            where = NONE if pd.isna(row["largest_place"]) else short(row["largest_place"], 40)
            cells += [
                f"{where} {share(row['largest_place_share'])}",
                decimal(row["gamma"], 2) if row["firms"] >= made.minimum else NONE,
                _crowded(row) if row["firms"] >= made.minimum else "too few firms",
            ]
        rows.append(cells)
    reading = f"Each line is a sector with its share of all {unit}"
    if made.place:
        reading += (
            f", and the {made.place} that holds most of it. Gamma is about 0 if its firms are spread as if each had "
            "picked its place by chance, above 0 if they crowd together, and below 0 if they share places less than "
            "chance would have it. The last column rests on gamma over its standard deviation under chance: at 2 or "
            "more they are crowded together, at −2 or less spread more evenly, between the two spread as by chance; "
            f"it is told from {plural(made.minimum, 'firm')}"
        )
    left = len(made.table) - len(shown)
    columns = "Sector|#Firms" + ("|#Employees" if made.sized else "") + "|#Share"
    return text_table(
        "Sectors and how concentrated they are" if made.place else "Sectors",
        f"{reading}.",
        columns + (f"|Largest {made.place}|#Gamma|So its firms are" if made.place else ""),
        rows,
        note=f"{plural(left, 'smaller sector')} in sectors.csv." if left > 0 else "",
    )


def _crowded(row: pd.Series) -> str:
    if not math.isfinite(row["gamma_z"]):
        return NONE
    if abs(row["gamma_z"]) < 2:
        return "spread as by chance"
    return "crowded together" if row["gamma_z"] > 0 else "spread more evenly"


def _capability_parts(found: Analysis) -> list[Part]:
    has = found.capabilities
    opening = Heading(text="Capabilities", level=3)
    if has is None:
        # A network that was not made from records has no such table, and nothing is missing.
        if found.records is None:
            return []
        why = (
            "The records hold no table of capabilities (columns firm_id and tag), so it cannot be said what only one "
            "firm can do."
            if not len(found.records.capabilities)
            else "The capabilities could not be told: no firm of the network has any, or there are more than "
            f"{count(MOST_TAGS)} combinations of firm and capability."
        )
        return [opening, Paragraph(text=why)]
    table = has.table
    holders = int((has.firms["capabilities"] > 0).sum())
    sole = int((table["firms"] == 1).sum())
    text = (
        f"{plural(holders, 'firm')} {'names' if holders == 1 else 'name'} "
        f"{plural(len(table), 'capability', 'capabilities')}. "
        f"{count(sole)} of them {'is' if sole == 1 else 'are'} held by one firm only, and would be lost with it; half "
        f"of all capabilities are held by at most {plural(math.floor(table['firms'].median()), 'firm')}."
    )
    if "own" in has.firms.columns:
        own, near = has.firms["own"].median(), has.firms["with_partners"].median()
        text += (
            f" Alone, half of all firms can offer at least {share(own)} of what there is; together with their "
            f"partners, {share(near)}."
        )
    if has.n_hidden:
        text += (
            f" {plural(has.n_hidden, 'record')} marked confidential {'is' if has.n_hidden == 1 else 'are'} counted, "
            "but neither named nor tied to a firm here."
        )
    if has.n_unknown:
        text += f" {plural(has.n_unknown, 'record')} of firms that are not in the network could not be used."
    told: list[Part] = [opening, Paragraph(text=text), _rare(found, has)]
    if has.bundles is not None:
        told.append(_bundle_table(has.bundles))
    return told


def _rare(found: Analysis, has: Capabilities) -> Part:
    rows = []
    for _, row in has.table.head(12).iterrows():
        unique = NONE if pd.isna(row["sole"]) else firm_name(found, row["sole"])
        if row["firms"] == 1 and pd.isna(row["sole"]):
            unique = "confidential"
        rows.append([short(row["capability"], 60), count(row["firms"]), count(row["spare"]), unique])
    left = len(has.table) - len(rows)
    return text_table(
        "The rarest capabilities",
        "Each line is a capability, how many firms have it, and how many could fail before the last one goes; where "
        "only one firm has it, its name.",
        "Capability|#Firms|#Could fail|Only firm",
        rows,
        note=f"{plural(left, 'more common one')} in capability_redundancy.csv; firm_capabilities.csv tells by firm "
        "what share of its capabilities nobody else has."
        if left > 0
        else "",
    )


def _bundle_table(made: BundleCoverage) -> Part:
    rows = [
        [
            short(name, 60),
            count(row["tags"]),
            "yes" if row["covered"] else "no",
            count(row["missing"]),
        ]
        for name, row in made.bundles.head(25).iterrows()
    ]
    return text_table(
        "Bundles asked for",
        f"Each line is a bundle of capabilities from the settings file, and whether some connected set of firms has "
        f"all of it: {share(made.share)} of the bundles can be delivered.",
        "Bundle|#Capabilities|Covered|#Missing",
        rows,
        note=f"{plural(len(made.bundles) - 25, 'more bundle')} in bundles.csv." if len(made.bundles) > 25 else "",
    )
