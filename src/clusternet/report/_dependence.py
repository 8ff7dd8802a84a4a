"""Whom the cluster depends on: concentration, sole suppliers, referrals, leakage, and the firms most at risk."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clusternet import plots
from clusternet.network import Network
from clusternet.plots import short
from clusternet.report._blocks import firm_name, has_outside, text_table, tidied
from clusternet.report._parts import Figure, Heading, Paragraph
from clusternet.report._text import count, decimal, join, layer_name, number, plural, share, units

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusternet.dependence import ReproductionNumber
    from clusternet.measure import Direction
    from clusternet.records import Records
    from clusternet.report._analysis import Analysis
    from clusternet.report._config import ReportConfig
    from clusternet.report._parts import Part

__all__ = ["Dependence", "formulas_used", "numbers", "parts", "study", "tables"]

MANY_REFERRALS, FEW_DRAWS = 20_000, 50
"""Referral records above which the interval rests on fewer draws."""
FEW_SUPPLIES = 10
"""Supply ties from which the page speaks of shocks along them."""
WAYS: dict[str, tuple[tuple[str, Direction], ...]] = {
    "supply": (("bought", "in"), ("sold", "out")),
    "referral": (("received", "in"), ("sent", "out")),
}
"""How a directed layer is read from either end; the others are read as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependence:
    """All results of the section; frames by firm are indexed by firm id."""

    partners: pd.DataFrame
    firms: pd.DataFrame
    sole: pd.DataFrame
    inputs_known: bool
    inputs_missing: int
    balance: pd.DataFrame
    unit: str
    net_gini: float
    reproduction: ReproductionNumber | None
    why_no_reproduction: str
    leakage: dict[str, float]
    volatility: float
    systemic: pd.Series


def study(
    net: Network,
    flat: Network,
    records: Records | None,
    config: ReportConfig,
    *,
    names: pd.Series,
    marks: Mapping[Any, str],
) -> Dependence | None:
    """Compute the section; None without ties and in a network of firms and agreements."""
    from clusternet import dependence
    from clusternet.dependence._risk import MARKET_LIMIT

    if not len(flat.simple().source) or net.is_two_mode:
        return None
    told = [short(name, 60) + marks.get(firm, "") for firm, name in names.items()]
    supplied = _with_inputs(net, records, told)
    supply = supplied.layer("supply")
    referral, unit = _customers(net, records)
    risk = dependence.risk_lines(supplied)
    sole = dependence.sole_suppliers(supply)
    # As in the risk lines: a supplier with nearly all deliveries of an input is no easier to replace.
    sole["hard_to_replace"] = sole["critical"] | (sole["market_share"] >= MARKET_LIMIT)
    sole = sole.sort_values("hard_to_replace", ascending=False, kind="stable", ignore_index=True)
    told_inputs = supply.ties["input"].notna() if "input" in supply.ties.columns else pd.Series(dtype=bool)
    known = bool(len(sole)) and bool(told_inputs.any())
    reproduction, why = _reproduction(net, records, config)
    leaks = {}
    if has_outside(net):
        leaks["all"] = dependence.leakage(net, direction="all")
        leaks |= {
            part.layers[0]: dependence.leakage(part, direction="out")
            for part in (net.layer("supply"), referral)
            if part.is_directed and part.layers
        }
    chain = len(supply.ties) > 0 and supply.is_directed
    return Dependence(
        partners=_concentration(net),
        firms=risk,
        sole=sole,
        inputs_known=known,
        inputs_missing=int((~told_inputs).sum()) if told_inputs.any() else 0,
        balance=_balance(referral),
        unit=unit,
        net_gini=dependence.net_flow_gini(referral),
        reproduction=reproduction,
        why_no_reproduction=why,
        leakage=leaks,
        volatility=dependence.aggregate_volatility(supply) * math.sqrt(net.n_firms) if chain else math.nan,
        systemic=dependence.systemic_share(supply) if chain else pd.Series(dtype="float64"),
    )


def _behind(net: Network, records: Records, layer: str, table: str) -> pd.DataFrame:
    """Return the rows of a table that made ties of a layer under the report's own rules, with the tie and its ends."""
    lineage = net.lineage_table
    rows = getattr(records, table)
    if lineage is None or not len(lineage) or not len(rows):
        return rows.head(0).assign(tie=pd.Series(dtype="int64"), source="", target="")
    ends = net.ties.loc[net.ties["layer"] == layer, ["source", "target"]]
    behind = lineage.loc[lineage["table"] == table, ["row"]].join(ends, how="inner").rename_axis(index="tie")
    return rows.merge(behind.reset_index().drop_duplicates(["tie", "row"]), on="row", how="inner")


def _with_inputs(net: Network, records: Records | None, names: list[str]) -> Network:
    """Return the network with one supply tie per input, its strength parted evenly, and names fit for a page."""
    firms = net.firms.assign(name=names)
    if not has_outside(net):
        firms = firms.drop(columns="registered", errors="ignore")
    ties = net.ties.reset_index(drop=True)
    if records is None or "input" not in records.partnerships.columns or "supply" not in net.layers:
        return Network(firms, ties)
    rows = _behind(net, records, "supply", "partnerships")
    kind = tidied(rows["input"])
    known = rows.assign(kind=kind)[kind.notna() & (kind != "")].drop_duplicates(["tie", "kind"])
    if not len(known):
        return Network(firms, ties)
    shared = known.groupby("tie")["kind"].transform("size")
    own = net.ties.loc[known["tie"]]
    inputs = own.assign(
        input=[short(text, 60) for text in known["input"]], strength=own["strength"].to_numpy() / shared.to_numpy()
    )
    rest = net.ties.drop(index=known["tie"].unique()).assign(input=None)
    return Network(
        firms, pd.concat([rest.astype({"input": "str"}), inputs.astype({"input": "str"})], ignore_index=True)
    )


def _customers(net: Network, records: Records | None) -> tuple[Network, str]:
    """Return the layer referral with customers as strengths where records tell them, and what the strengths are."""
    layer = net.layer("referral")
    rows = _behind(net, records, "referral", "referrals") if records is not None else pd.DataFrame()
    if not len(rows) or not rows["customers"].notna().any():
        return layer, "referrals"
    ties = rows[["source", "target"]].assign(
        layer="referral",
        directed=True,
        strength=rows["customers"].fillna(rows["converted"]).fillna(1.0),
    )
    return Network(net.firms, ties[ties["strength"] > 0]), "customers"


def _concentration(net: Network) -> pd.DataFrame:
    """Return how concentrated partners are, one row per kind of tie and end of it."""
    from clusternet.dependence import HHI_LIMIT, effective_partners, partner_hhi, top_partner_share

    told = []
    cases: list[tuple[str, Network, Direction]] = []
    for layer in net.layers:
        part = net.layer(layer)
        ways = WAYS.get(layer, ()) if part.is_directed else ()
        cases += [(f"{layer_name(layer)}, {what}", part, way) for what, way in ways] or [
            (layer_name(layer), part, "all")
        ]
    if len(cases) > 1:
        cases.insert(0, ("all ties", net.undirected(), "all"))
    for what, part, way in cases:
        concentrated = partner_hhi(part, direction=way).dropna()
        told.append(
            {
                "ties": what,
                "firms": len(concentrated),
                "partners_median": (1 / partner_hhi(part, direction=way, weights="ignore")).median(),
                "effective_partners_median": effective_partners(part, direction=way).median(),
                "top_share_median": top_partner_share(part, direction=way).median(),
                "concentrated_firms": int((concentrated > HHI_LIMIT).sum()),
                "single_partner_firms": int((concentrated >= 1 - 1e-12).sum()),
            }
        )
    return pd.DataFrame(told)


def _balance(referral: Network) -> pd.DataFrame:
    """Return customers received and sent by firm, for firms with any."""
    graph = referral.simple()
    if not graph.directed or not len(graph.source):
        return pd.DataFrame()
    sent = np.bincount(graph.source, graph.strength, graph.n)
    got = np.bincount(graph.target, graph.strength, graph.n)
    table = pd.DataFrame({"received": got, "sent": sent, "net_given": sent - got}, index=referral.firms.index)
    return table[(sent + got) > 0]


def _reproduction(net: Network, records: Records | None, config: ReportConfig) -> tuple[ReproductionNumber | None, str]:
    from clusternet.dependence import reproduction_number

    if "referral" not in net.layers:
        return None, ""
    rows = _behind(net, records, "referral", "referrals") if records is not None else pd.DataFrame()
    if not len(rows):
        return None, "Whether referrals feed themselves takes records of single referrals."
    told = pd.DataFrame({"from": rows["source"], "to": rows["target"]})
    told[["customers", "converted"]] = rows[["customers", "converted"]]
    usable = told["converted"].notna() & ~(told["customers"] <= 0) & (told["from"] != told["to"])
    if not usable.any():
        return None, "No referral says how many customers bought (column converted), so no reproduction number is told."
    draws = min(config.dependence.draws, FEW_DRAWS) if len(told) > MANY_REFERRALS else config.dependence.draws
    return reproduction_number(told, draws=draws, seed=config.seed), ""


# ── told ──


def formulas_used(found: Analysis) -> tuple[str, ...]:
    """Return the names of the formulas that the section needs."""
    made = found.dependence
    if made is None:
        return ()
    used = ["hhi"]
    if made.reproduction is not None:
        used.append("reproduction_number")
    if made.leakage:
        used.append("leakage")
    if _shocks_told(found, made):
        used.append("influence")
    return tuple(used)


def numbers(found: Analysis) -> dict[str, object]:
    """Return the headline numbers of the section."""
    made = found.dependence
    if made is None:
        return {}
    raw: dict[str, object] = {}
    for _, row in made.partners.iterrows():
        key = str(row["ties"]).replace(", ", ".").replace(" ", "_")
        raw |= {f"dependence.{key}.{name}": row[name] for name in made.partners.columns.drop("ties")}
    raw["dependence.firms_at_risk"] = int((made.firms["risks"] != "").sum())
    if len(made.sole):
        raw["dependence.sole_suppliers"] = made.sole["supplier"].nunique()
        raw["dependence.sole_customers"] = made.sole["firm"].nunique()
        if made.inputs_known:
            raw["dependence.hard_to_replace"] = int(made.sole["hard_to_replace"].sum())
    if len(made.balance):
        raw |= {
            "referrals.sent": made.balance["sent"].sum(),
            "referrals.net_givers": int((made.balance["net_given"] > 0).sum()),
            "referrals.net_receivers": int((made.balance["net_given"] < 0).sum()),
            "referrals.net_gini": made.net_gini,
        }
    loop = made.reproduction
    if loop is not None:
        raw |= {
            "referrals.R": loop.value,
            "referrals.R_low": loop.low,
            "referrals.R_high": loop.high,
            "referrals.converted": loop.probability,
            "referrals.loop_firms": len(loop.loop),
        }
    raw |= {f"leakage.{name}": value for name, value in made.leakage.items()}
    if math.isfinite(made.volatility):
        raw["supply.shock_multiplier"] = made.volatility
        raw["supply.systemic.firm"] = found.names[made.systemic.idxmax()]
        raw["supply.systemic.share"] = made.systemic.max()
    return raw


def tables(found: Analysis) -> dict[str, pd.DataFrame]:
    """Return the full tables of the section by file name, indexed by firm where they are by firm."""
    made = found.dependence
    if made is None:
        return {}
    risk = made.firms.copy()
    for name in ("top_supplier", "top_buyer", "top_sender"):
        risk[f"{name}_name"] = found.names.reindex(risk[name]).to_numpy()
    if len(made.balance):
        risk = risk.join(made.balance.add_prefix("referrals_"))
    if math.isfinite(made.volatility):
        risk["systemic_share"] = made.systemic
    told = {"risk": risk, "partner_concentration": made.partners}
    if len(made.sole):
        sole = (
            made.sole
            if made.inputs_known
            else made.sole.drop(columns=["input", "substitutes", "critical", "hard_to_replace"])
        )
        sole.insert(1, "firm_name", found.names.loc[sole["firm"]].to_numpy())
        sole.insert(
            int(sole.columns.get_loc("supplier")) + 1, "supplier_name", found.names.loc[sole["supplier"]].to_numpy()
        )
        told["sole_suppliers"] = sole
    return told


def parts(found: Analysis) -> list[Part]:
    """Return the section."""
    opening = Heading(text="Whom it depends on", anchor="dependence")
    made = found.dependence
    if made is None:
        why = (
            "With no ties on record, no firm depends on another."
            if found.pairs == 0
            else "The network ties firms to agreements; who depends on whom is told for ties among firms."
        )
        return [opening, Paragraph(text=why)]
    return [
        opening,
        *_partner_parts(found, made),
        *_sole_parts(found, made),
        *_referral_parts(found, made),
        *_risk_parts(found, made),
    ]


def _shocks_told(found: Analysis, made: Dependence) -> bool:
    """Tell whether the supply chain is large enough for a sentence on shocks."""
    return math.isfinite(made.volatility) and found.net.layer("supply").n_ties >= FEW_SUPPLIES


def _partner_parts(found: Analysis, made: Dependence) -> list[Part]:
    from clusternet.dependence import HHI_LIMIT

    first = made.partners.iloc[0]
    few = f"fewer than {count(1 / HHI_LIMIT)} equal partners"
    top = first["top_share_median"]
    half = (
        "one partner only"
        if top >= 1
        else f"at least {share(top)} of their dealings, by strength of ties, with one partner"
    )
    lean, every = first["concentrated_firms"], first["firms"]
    who = f"{count(lean)} of the {plural(every, 'firm')} with partners ({share(lean / every)})"
    who = f"All {plural(every, 'firm')} with partners" if lean == every else who
    does, whose = ("leans", "its") if lean == 1 else ("lean", "their")
    text = (
        f"{who} {does} on few: {whose} dealings are as concentrated as with {few}. Half of the firms with partners "
        f"have {half}."
    )
    if made.leakage and math.isfinite(made.leakage["all"]):
        text += (
            f" {share(made.leakage['all'])} of all dealings of the registered firms are with firms outside of the "
            "registry"
        )
        sends = [
            f"{share(made.leakage[layer])} of {what}"
            for layer, what in (("supply", "what they deliver"), ("referral", "the customers they send"))
            if math.isfinite(made.leakage.get(layer, math.nan))
        ]
        text += f" ({join(sends)})." if sends else "."
    told: list[Part] = [Paragraph(text=text)]
    if _shocks_told(found, made):
        who = made.systemic.idxmax()
        text = (
            f"Along the supply chain a failure travels on: if every firm had ups and downs of its own, the output of "
            f"all would vary {decimal(made.volatility, 1)} times as much as among firms that buy nothing from each "
            f"other, and {firm_name(found, who)} alone would account for {share(made.systemic.max())} of it."
        )
        told.append(Paragraph(text=text))
    rows = [
        [
            str(row["ties"]).capitalize(),
            count(row["firms"]),
            number(row["partners_median"]),
            decimal(row["effective_partners_median"], 1),
            share(row["top_share_median"]),
            share(row["concentrated_firms"] / row["firms"] if row["firms"] else math.nan),
            count(row["single_partner_firms"]),
        ]
        for _, row in made.partners.iterrows()
    ]
    return [
        *told,
        text_table(
            "How concentrated partners are",
            "Each line is a kind of tie, for the firms that have it: the partners of the middle firm, how many equal "
            "ones would be as concentrated, the share of its largest, the share of firms that deal as with "
            f"{few}, and the firms with a single one.",
            "Kind of tie|#Firms|#Partners|#Equal partners|#Largest|#Lean on few|#Single partner",
            rows,
        ),
    ]


def _sole_parts(found: Analysis, made: Dependence) -> list[Part]:
    from clusternet.dependence._risk import MARKET_LIMIT

    sole = made.sole
    opening = Heading(text="Sole suppliers", level=3)
    if "supply" not in found.net.layers:
        return []
    left = made.inputs_missing
    blank = (
        f" {plural(left, 'supply', 'supplies')} of which no input is told {'is' if left == 1 else 'are'} left out here."
        if left
        else ""
    )
    if not len(sole):
        none = "No input on record is bought" if left else "Nothing is bought"
        return [opening, Paragraph(text=f"{none} from one supplier only.{blank}")]
    hard = int(sole["hard_to_replace"].sum())
    what = "an input" if made.inputs_known else "everything"
    buyers = sole["firm"].nunique()
    text = f"{plural(buyers, 'firm')} {'buys' if buyers == 1 else 'buy'} {what} from one supplier only."
    if made.inputs_known:
        text += (
            f" In {plural(hard, 'case')} that supplier is hard to replace: no other firm on record supplies the input, "
            f"or the others make less than {share(1 - MARKET_LIMIT)} of all deliveries."
            if hard
            else " In every case other firms on record supply the same input."
        )
    else:
        text += (
            " What is supplied is not recorded (column input of partnerships), so it cannot be said who could step in."
        )
    text += blank
    grouped = sole.groupby("supplier", sort=False)
    order = pd.DataFrame({"firms": grouped["firm"].nunique()})
    stuck = sole[sole["hard_to_replace"]] if made.inputs_known else sole.head(0)
    order["hard"] = stuck.groupby("supplier")["firm"].nunique().reindex(order.index, fill_value=0)
    order = order.sort_values(["hard", "firms"], ascending=False, kind="stable")
    rows = []
    for supplier, row in order.head(8).iterrows():
        mine = sole[sole["supplier"] == supplier]
        customers = [firm_name(found, firm) for firm in dict.fromkeys(mine["firm"])]
        inputs = [short(text, 40) for text in dict.fromkeys(mine["input"])]
        rows.append(
            [
                firm_name(found, supplier),
                *([_some(inputs, 2)] if made.inputs_known else []),
                count(row["firms"]),
                *([count(row["hard"])] if made.inputs_known else []),
                _some(customers, 2),
            ]
        )
    left = len(order) - len(rows)
    extra = (
        "; without a substitute are those for whom no or hardly another firm on record supplies the same"
        if made.inputs_known
        else ""
    )
    return [
        opening,
        Paragraph(text=text),
        text_table(
            "Suppliers that are somebody's only one",
            f"Each line is a firm and the customers that buy something from it and from nobody else{extra}.",
            "|".join(
                [
                    "Supplier",
                    *(["Inputs"] if made.inputs_known else []),
                    "#Customers",
                    *(["#Without a substitute"] if made.inputs_known else []),
                    "Among them",
                ]
            ),
            rows,
            note=f"{plural(left, 'more supplier')} in sole_suppliers.csv." if left > 0 else "",
        ),
    ]


def _some(words: list[str], limit: int) -> str:
    more = len(words) - limit
    return join([*words[:limit], f"{count(more)} more"] if more > 0 else words)


def _referral_parts(found: Analysis, made: Dependence) -> list[Part]:
    balance = made.balance
    if not len(balance):
        return []
    ranked = balance["net_given"].sort_values(kind="stable")
    more, less = int((ranked > 0).sum()), int((ranked < 0).sum())
    gives, takes = ranked[ranked > 0].index[::-1][:3], ranked[ranked < 0].index[:3]
    text = (
        f"{plural(len(balance), 'firm')} {'sends or receives' if len(balance) == 1 else 'send or receive'} referrals, "
        f"{units(balance['sent'].sum(), made.unit)} in all; "
        f"{plural(more, 'firm')} {'sends more than it receives' if more == 1 else 'send more than they receive'}, "
        f"{count(less)} {'receives' if less == 1 else 'receive'} more."
    )
    if len(gives) and len(takes):
        givers = join(f"{firm_name(found, firm)} ({_signed(ranked[firm])})" for firm in gives)
        takers = join(f"{firm_name(found, firm)} ({_signed(ranked[firm])})" for firm in takes)
        one, other = "giver on balance is" if len(gives) == 1 else "givers on balance are", "s" * (len(takes) > 1)
        text += f" The largest {one} {givers}; the largest taker{other} {takers}."
    if math.isfinite(made.net_gini):
        text += (
            f" The gaps are spread with a Gini coefficient of {decimal(made.net_gini, 2)} (0: all gaps alike, near 1: "
            "one firm has them all)."
        )
    told: list[Part] = [Heading(text="Referrals", level=3), Paragraph(text=text)]
    if len(balance) >= 5:
        told.append(_picture(found, made))
    loop = made.reproduction
    if loop is None:
        return [*told, Paragraph(text=made.why_no_reproduction)] if made.why_no_reproduction else told
    return [*told, Paragraph(text=_loop(loop))]


def _loop(loop: ReproductionNumber) -> str:
    """Say what the reproduction number means."""
    bought = f"Do referrals feed themselves? {share(loop.probability)} of the customers sent bought"
    low, high = (loop.low, loop.high) if math.isfinite(loop.low) else (loop.value, loop.value)
    # In the time in which they are sent, no more customers can be passed on than are received.
    ceiling = loop.probability
    if loop.value > 0 and ceiling < 1 and max(high, loop.value) >= ceiling * (1 - 1e-9):
        return (
            f"{bought}, so the loop cannot feed itself on what firms receive: without customers from elsewhere it dies "
            "out. The reproduction number says no more than that here, as it cannot be told apart from that share, its "
            "ceiling."
        )
    interval = f" (95% interval {decimal(loop.low, 2)} to {decimal(loop.high, 2)})" if math.isfinite(loop.low) else ""
    text = (
        f"{bought}. The reproduction "
        f"number is {decimal(loop.value, 2)}{interval}: a customer who comes by referral leads to so many buying "
        "customers in the next round, if firms pass on as they did. "
    )
    if loop.value == 0:
        return text + "No chain of referrals ever returns to a firm, so each dies out."
    state = (
        "Below 1 the loop dies out unless firms bring in new customers from elsewhere."
        if high < 1
        else "Above 1 the loop feeds itself."
        if low > 1
        else "The interval holds 1, so it is open whether the loop feeds itself."
    )
    above = " (the interval reaches above it because that share is itself uncertain)" if high > ceiling else ""
    return (
        f"{text}{state} Counted this way it cannot exceed {decimal(ceiling, 2)}, the share who bought, which "
        f"it would reach if firms sent on just as many as they receive{above}. {plural(len(loop.loop), 'firm')} "
        f"{'forms' if len(loop.loop) == 1 else 'form'} the loop behind the number: customers can pass from each of "
        "them to every other."
    )


def _signed(value: float) -> str:
    return ("+" if value > 0 else "") + number(round(value, 1))


def _picture(found: Analysis, made: Dependence) -> Figure:
    balance = made.balance
    unit = made.unit.capitalize()
    above = int((balance["net_given"] > 0).sum())
    frame = balance[["received", "sent"]].set_axis([f"{unit} received", f"{unit} sent"], axis=1)
    svg = plots.draw_svg(lambda figure: plots.firm_scatter(frame, ax=figure.subplots(), names=found.names), (6.8, 4.2))
    return Figure(
        svg=svg,
        narrow=True,
        alt=f"Dots, one per firm: {made.unit} received across, {made.unit} sent upward; "
        f"{plural(above, 'firm')} {'lies' if above == 1 else 'lie'} above the line of balance.",
        caption="Every dot is a firm. Above the dashed line it sends more than it receives, below it receives more.",
    )


def _risk_parts(found: Analysis, made: Dependence) -> list[Part]:
    risk = made.firms
    asked = [name for name in ("supply", "referral", "platform") if name in found.net.layers]
    if not asked and not made.leakage:
        return [
            Paragraph(
                text="Risks by firm are told from ties of the kinds supply, referral and platform, and from firms "
                "outside of the registry; the records hold none of them."
            )
        ]
    opening = Heading(text="Firms most at risk", level=3)
    at_risk = risk[risk["risks"] != ""]
    if not len(at_risk):
        return [opening, Paragraph(text="No firm depends on one partner above the limits.")]
    order = _by_risk(at_risk)
    text = (
        f"{plural(len(at_risk), 'firm')} ({share(len(at_risk) / found.n)} of all) "
        f"{'depends' if len(at_risk) == 1 else 'depend'} on few partners in at least one way. Many a small firm has "
        "one supplier or buyer on record; that is a question to ask it, not a verdict."
    )
    shown, many = _varied(_leaned_on(made, at_risk), order)
    if len(many):
        named = join(f"{firm_name(found, firm)} ({plural(times, 'firm')})" for firm, times in many.head(3).items())
        text += f" Most often they depend on {named}; the table lists at most two of those who depend on "
        text += "the same firm."
    rows = [
        [firm_name(found, firm), count(risk.loc[firm, "n_partners"]), short(risk.loc[firm, "line"], 400)]
        for firm in shown[:10]
    ]
    left = len(at_risk) - len(rows)
    return [
        opening,
        Paragraph(text=text),
        text_table(
            "On whom they depend",
            "Each line says in words on whom a firm depends: inputs without a substitute come first, then firms that "
            "depend in most ways, and of these the ones with most partners, with most to lose.",
            "Firm|#Partners|Depends on",
            rows,
            note=f"{plural(left, 'more firm')} in risk.csv." if left > 0 else "risk.csv has all firms.",
        ),
    ]


def _leaned_on(made: Dependence, at_risk: pd.DataFrame) -> dict[Any, list[Any]]:
    """Return on whom each firm depends: for half of its dealings in a role, or for an input without a substitute."""
    stuck = made.sole[made.sole["hard_to_replace"]] if made.inputs_known else made.sole.head(0)
    needs = stuck.groupby("firm")["supplier"].agg(list).to_dict() if len(stuck) else {}
    ends = ("supplier", "buyer", "sender")
    on = {}
    for firm, row in at_risk.iterrows():
        flagged = str(row["risks"]).split("; ")
        tops = [row[f"top_{end}"] for end in ends if end in flagged and row[f"top_{end}_share"] >= 0.5]
        # A set would have another order in every run.
        on[firm] = list(dict.fromkeys([*tops, *needs.get(firm, ())]))
    return on


def _varied(on: dict[Any, list[Any]], order: list[Any]) -> tuple[list[Any], pd.Series]:
    """Return the firms in order less those who depend on somebody of whom two lines tell, and how often on whom.

    Two firms show what it means to depend on a third; the others would repeat it.
    """
    times = pd.Series([other for tops in on.values() for other in tops], dtype=object).value_counts()
    seen: Counter[Any] = Counter()
    shown = []
    for firm in order:
        if all(seen[other] < 2 for other in on[firm]):
            shown.append(firm)
            seen.update(on[firm])
    return shown, times[times > 2]


def _by_risk(at_risk: pd.DataFrame) -> list[Any]:
    ways = at_risk["risks"].str.count(";") + 1
    ranked = pd.DataFrame(
        {"critical": at_risk["critical_inputs"].fillna(0), "ways": ways, "partners": at_risk["n_partners"]}
    )
    return list(ranked.sort_values(["critical", "ways", "partners"], ascending=False, kind="stable").index)
