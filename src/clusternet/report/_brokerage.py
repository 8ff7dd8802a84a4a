"""Who connects whom: bridging firms, roles between groups, gatekeepers to the outside, core and periphery."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clusternet import plots
from clusternet.report._blocks import attribute, firm_name, has_outside, kind_columns, text_table, undecided_firms
from clusternet.report._parts import Figure, Heading, Paragraph
from clusternet.report._text import NONE, a_or_an, count, decimal, join, plural, share

if TYPE_CHECKING:
    from clusternet.brokerage import CorePeriphery
    from clusternet.cohesion import Communities
    from clusternet.network import Network
    from clusternet.report._analysis import Analysis
    from clusternet.report._config import ReportConfig
    from clusternet.report._parts import Part

__all__ = ["FORMULAS_USED", "Brokerage", "numbers", "parts", "study", "tables"]

FORMULAS_USED = ("effective_size", "constraint", "brokerage_roles", "core_periphery")
SMALL = 30
"""Firms with a tie below which one tie more or less changes who bridges."""
SEARCHED = 100
"""Firms up to which the core is searched firm by firm; above, cores of the best-connected firms are compared."""
LEAST_DRAWS = 19
FEW_CLOSED = 0.7
"""Separate partners per partner from which few of them count as partners of each other."""
TEST_PAIRS = 50_000
"""Tied pairs up to which the core is tested against networks of the same degrees."""
CORE_WORK, ROLE_WORK = 1_000_000, 1_200_000_000
"""Tied pairs drawn, and paths of two ties looked at, that one test may take in all."""

ROLES = {
    "coordinator": "all three are of one group",
    "consultant": "joins two firms of one group from outside of it",
    "gatekeeper": "joins a firm of its own group with one of another",
    "liaison": "all three are of different groups",
}
"""Roles without direction: what a gatekeeper lets in and a representative takes out is one tie there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brokerage:
    """All results of the section; `firms` is indexed by firm id."""

    firms: pd.DataFrame
    by: str
    roles: pd.DataFrame
    role_draws: int
    core: CorePeriphery
    gates: pd.DataFrame


def study(
    net: Network, flat: Network, groups: Communities | None, grouping: str, config: ReportConfig
) -> Brokerage | None:
    """Compute the section; None without ties and in a network of firms and agreements."""
    from clusternet import brokerage

    if groups is None or net.is_two_mode:
        return None
    table = pd.DataFrame(
        {
            "effective_size": brokerage.effective_size(flat),
            "ego_efficiency": brokerage.ego_efficiency(flat),
            "constraint": brokerage.constraint(flat),
            "ego_hierarchy": brokerage.ego_hierarchy(flat),
            "local_bridges": brokerage.local_bridges(flat),
            "communities_reached": _reached(flat, groups.membership),
            "participation_coefficient": brokerage.participation_coefficient(flat, groups.membership),
        }
    )
    core = _core(flat, config)
    table["core"] = flat.firms.index.isin(core.core)
    by, roles, draws, counts = _roles(flat, groups, grouping, config)
    return Brokerage(
        firms=pd.concat([table, counts], axis=1), by=by, roles=roles, role_draws=draws, core=core, gates=_gates(net)
    )


def _reached(flat: Network, membership: pd.Series) -> pd.Series:
    """Return the number of communities to which a firm's partners belong."""
    graph = flat.simple()
    label = pd.factorize(membership)[0]
    ends = np.concatenate([graph.source, graph.target])
    others = label[np.concatenate([graph.target, graph.source])]
    seen = np.unique(np.column_stack([ends, others])[others >= 0], axis=0)
    return pd.Series(np.bincount(seen[:, 0], minlength=flat.n_firms).astype(float), index=flat.firms.index)


def _core(flat: Network, config: ReportConfig) -> CorePeriphery:
    from clusternet.brokerage import core_periphery

    pairs = max(len(flat.simple().source), 1)
    wanted = config.brokerage.draws
    draws = min(wanted, max(CORE_WORK // pairs, LEAST_DRAWS)) if pairs <= TEST_PAIRS else 0
    method: Any = "search" if flat.n_firms <= SEARCHED else "degree"
    return core_periphery(flat, method=method, draws=draws, seed=config.seed)


def _roles(
    flat: Network, groups: Communities, grouping: str, config: ReportConfig
) -> tuple[str, pd.DataFrame, int, pd.DataFrame]:
    """Return the groups' name, counts of the whole network by role, draws of the test, and counts by firm."""
    from clusternet.brokerage import brokerage_roles, test_brokerage_roles

    degree = np.bincount(np.concatenate([flat.simple().source, flat.simple().target]), minlength=flat.n_firms)
    possible = int(ROLE_WORK // max(int((degree.astype(np.int64) ** 2).sum()), 1))
    draws = min(config.brokerage.draws, possible) if grouping else 0
    # Communities are made from the ties, so that a test by communities would find what it put in.
    if draws >= min(LEAST_DRAWS, config.brokerage.draws) and draws > 0:
        test = test_brokerage_roles(flat, grouping, draws=draws, seed=config.seed)
        overall, by_firm, z = test.overall, test.counts, test.z
    else:
        draws = 0
        told = brokerage_roles(flat, grouping or groups.membership)
        overall, by_firm = told.overall[["count"]], told.counts
        overall = overall.reindex(columns=["count", "expected", "z", "p_more", "p_fewer"])
        z = None
    names = [*ROLES, "total"]
    # Without direction each pair is met from both ends, but a gatekeeper's from one.
    once = np.array([1.0 if name == "gatekeeper" else 0.5 for name in names])
    table = overall.loc[names, ["count", "expected", "z", "p_more", "p_fewer"]].copy()
    table[["count", "expected"]] = table[["count", "expected"]].mul(once, axis=0)
    firms = by_firm[names].mul(once, axis=1).rename(columns={"total": "brokered_pairs"})
    if z is not None:
        firms = pd.concat([firms, z[list(ROLES)].add_suffix("_z")], axis=1)
    return grouping or "community", table, draws, firms


def _gates(net: Network) -> pd.DataFrame:
    """Return the firms that have partners outside of the registry; empty where all or none are registered."""
    from clusternet.brokerage import gatekeepers

    if not has_outside(net):
        return pd.DataFrame()
    table = gatekeepers(net.undirected(), inside="registered")
    return table[table["outside_partners"] > 0].drop(columns=["sends_out", "gatekeeper"])


# ── told ──


def numbers(found: Analysis) -> dict[str, object]:
    """Return the headline numbers of the section."""
    made = found.brokerage
    if made is None:
        return {}
    core = made.core
    raw: dict[str, object] = {
        "brokerage.roles_by": made.by,
        "brokerage.role_draws": made.role_draws,
        "brokerage.effective_size_median": made.firms["effective_size"].median(),
        "brokerage.local_bridges": made.firms["local_bridges"].sum() / 2,
        "core.firms": len(core.core),
        "core.fit": core.fit,
        "core.p": core.p,
        "core.method": core.settings.parameters["method"],
        "core.draws": len(core.draws),
    }
    raw |= {f"core.density.{name}": value for name, value in core.densities.items()}
    for role, row in made.roles.iterrows():
        raw |= {f"brokerage.{role}.{name}": row[name] for name in ("count", "expected", "z")}
    if _bridged(made):
        leader = _leaders(made).index
        raw["brokerage.top.firm"] = found.names[leader[0]]
        raw["brokerage.top.effective_size"] = made.firms.loc[leader[0], "effective_size"]
    if len(made.gates):
        raw["gatekeepers.firms"] = int((made.gates["brings_in"] > 0).sum())
        raw["gatekeepers.outside_firms"] = len(_outside(found))
    return raw


def tables(found: Analysis) -> dict[str, pd.DataFrame]:
    """Return the full tables of the section by file name, indexed by firm where they are by firm."""
    made = found.brokerage
    if made is None:
        return {}
    roles = made.roles.rename_axis(index="role").reset_index()
    roles.insert(0, "groups", made.by)
    told = {"brokerage": made.firms, "roles": roles}
    return told | ({"gatekeepers": made.gates} if len(made.gates) else {})


def _leaders(made: Brokerage) -> pd.DataFrame:
    known = made.firms[made.firms["effective_size"].notna()]
    return known.sort_values(["effective_size", "constraint"], ascending=[False, True], kind="stable")


def _bridged(made: Brokerage) -> bool:
    """Tell whether any firm has two partners that are not partners of each other."""
    return bool(made.firms["effective_size"].max() > 1 + 1e-9)


def _outside(found: Analysis) -> pd.Index:
    """Return the outside firms with a partner in the registry."""
    inside = found.flat.firms["registered"].to_numpy(dtype=bool)
    graph = found.flat.simple()
    ends = np.concatenate([graph.source, graph.target])
    others = np.concatenate([graph.target, graph.source])
    return found.flat.firms.index[np.unique(ends[~inside[ends] & inside[others]])]


def parts(found: Analysis) -> list[Part]:
    """Return the section."""
    opening = Heading(text="Who connects whom", anchor="brokerage")
    made = found.brokerage
    if made is None:
        why = (
            "With no ties on record, nobody stands between others."
            if found.pairs == 0
            else "The network ties firms to agreements, where no two partners of a firm can be tied; "
            "net.project() makes a network of firms of it."
        )
        return [opening, Paragraph(text=why)]
    tied = found.n - len(found.flat.isolates)
    told: list[Part] = [opening]
    if tied < SMALL:
        told.append(
            Paragraph(
                text=f"Only {plural(tied, 'firm')} {'has' if tied == 1 else 'have'} a tie: one tie more or less can "
                "change who bridges, so take names, roles and the core as hints.",
                note=True,
            )
        )
    if not _bridged(made):
        text = "No firm has two partners that are not partners of each other, so nobody stands between others."
        return [*told, Paragraph(text=text), *(_core_parts(made) if len(made.core.core) else [])]
    return [*told, *_bridging(found, made), *_role_parts(found, made), *_gate_parts(found, made), *_core_parts(made)]


def _bridging(found: Analysis, made: Brokerage) -> list[Part]:
    leaders = _leaders(made).head(10)
    # One partner, or partners who all know each other, count as one: such a firm bridges nothing.
    leaders = leaders[leaders["effective_size"] > 1 + 1e-9]
    kinds = kind_columns(found)
    partners = found.measures["degree"]
    first = leaders.index[0]
    size = leaders.loc[first, "effective_size"]
    closed = "none" if size >= partners[first] else "few" if size >= FEW_CLOSED * partners[first] else "many"
    alike = int((made.firms["effective_size"] >= size - 1e-9).sum())
    text = (
        f"{firm_name(found, first)} bridges most: its {plural(partners[first], 'partner')} count as "
        f"{decimal(size, 1)} separate ones, because {closed} of them are partners of each other."
        if alike == 1
        else f"{count(alike)} firms bridge most, each with partners that count as {decimal(size, 1)} separate ones."
    )
    text += (
        f" Half of all tied firms have at most {decimal(made.firms['effective_size'].median(), 1)}. A firm between "
        "others hears more, sooner, and is asked for introductions; where it fails, its partners lose sight of each "
        "other."
    )
    told: list[Part] = [Paragraph(text=text)]
    if len(_leaders(made)) >= 5 and partners.max() > 1:
        told.append(_picture(found, made))
    rows = [
        [
            firm_name(found, firm),
            *(attribute(found, firm, name) for name in kinds),
            count(partners[firm]),
            decimal(row["effective_size"], 1),
            decimal(row["constraint"], 3),
            count(row["local_bridges"]),
            count(row["communities_reached"]),
        ]
        for firm, row in leaders.iterrows()
    ]
    told.append(
        text_table(
            f"The {count(len(rows))} firms that bridge most" if len(rows) > 1 else "The firm that bridges most",
            "Separate partners is the number of partners less the overlap among them; constraint is near 0 for a firm "
            "with many separate partners and near 1 for one whose partners lead back to each other; unshared ties lead "
            "to a partner with whom it has no other partner in common; communities are those its partners belong to.",
            "|".join(
                [
                    "Firm",
                    *(name.capitalize() for name in kinds),
                    "#Partners|#Separate partners|#Constraint|#Unshared ties|#Communities",
                ]
            ),
            rows,
            note="brokerage.csv has all firms.",
        )
    )
    return told


def _picture(found: Analysis, made: Brokerage) -> Figure:
    frame = pd.DataFrame(
        {
            "Partners": found.measures["degree"],
            "Separate partners (effective size)": made.firms["effective_size"],
        }
    ).dropna()
    side = pd.Series(np.where(made.firms["core"], "core", "periphery"), index=made.firms.index).loc[frame.index]
    svg = plots.draw_svg(
        lambda figure: plots.firm_scatter(
            frame, ax=figure.subplots(), names=found.names, color_by=side if len(made.core.core) else None
        ),
        (6.8, 4.2),
    )
    lead = _leaders(made).index[:3]
    return Figure(
        svg=svg,
        narrow=True,
        alt="Dots, one per firm: number of partners across, separate partners upward. Highest are "
        f"{join(firm_name(found, firm) for firm in lead)}.",
        caption="Every dot is a firm. On the dashed line no two of its partners are partners of each other; the "
        "further below, the more they form a closed circle.",
    )


def _role_parts(found: Analysis, made: Brokerage) -> list[Part]:
    roles = made.roles
    total = roles.loc["total", "count"]
    groups = {"community": "communities", "country": "countries"}.get(made.by, f"{made.by}s")
    told: list[Part] = [Heading(text=f"Roles between {groups}", level=3)]
    if not total > 0:
        text = "No firm stands between two others that are not tied themselves."
        return [*told, Paragraph(text=text)]
    text = (
        f"{plural(total, 'time')} a firm stands between two others that are not tied themselves. "
        f"In {share(1 - roles.loc['coordinator', 'count'] / total)} of these cases a line between {groups} is crossed."
    )
    tested = made.role_draws > 0 and found.n - len(found.flat.isolates) >= SMALL
    if tested:
        text += (
            f" Chance means: the same ties, with the {groups} dealt anew among the firms {count(made.role_draws)} "
            "times. A z beyond 2 in either direction is rare by chance."
        )
    elif made.role_draws:
        text += " With so few firms the numbers are not compared with chance."
    elif made.by == "community":
        text += " Communities are made from the ties, so that a comparison with chance would find what it put in."
    else:
        text += " The network is too large to compare with chance in the time of a report."
    told.append(Paragraph(text=text))
    rows = []
    for role, what in ROLES.items():
        row, by_firm = roles.loc[role], made.firms[role]
        best = firm_name(found, by_firm.idxmax()) if by_firm.max() > 0 else NONE
        chance = [count(row["expected"]), decimal(row["z"], 1), _against(row["z"])] if tested else []
        rows.append(
            [
                role.capitalize(),
                what.replace("groups", groups).replace("group", made.by),
                count(row["count"]),
                *chance,
                best,
            ]
        )
    told.append(
        text_table(
            "Ways of standing between two firms",
            f"Each line is a role that a firm plays between two others by the {made.by} of the three, how often it is "
            "played" + (", how often it would be by chance," if tested else ",") + " and the firm that plays it most.",
            "Role|What it does|#Times" + ("|#By chance|#z|So it occurs" if tested else "") + "|Most often",
            rows,
        )
    )
    return told


def _against(z: float) -> str:
    if not math.isfinite(z):
        return NONE
    return "as by chance" if abs(z) < 2 else "more than by chance" if z > 0 else "less than by chance"


def _gate_parts(found: Analysis, made: Brokerage) -> list[Part]:
    gates = made.gates
    if not len(gates):
        return []
    order = gates.sort_values(["brings_in", "outside_partners", "sole_access"], ascending=False, kind="stable")
    stands = int((gates["brings_in"] > 0).sum())
    beyond = _outside(found)
    outside = len(beyond)
    undecided = len(beyond.intersection(undecided_firms(found)))
    sole = int(gates["sole_access"].sum())
    text = (
        f"{plural(outside, 'firm')} outside of the registry {'has' if outside == 1 else 'have'} a partner in it, and "
        f"{plural(len(gates), 'registered firm')} {'reaches' if len(gates) == 1 else 'reach'} "
        f"{'it' if outside == 1 else 'them'}."
    )
    if outside > 1:
        text += f" {count(sole)} of the {count(outside)} can be reached through one registered firm only."
    if undecided:
        which = (
            "It is an undecided name"
            if outside == 1
            else f"{count(undecided)} of the {count(outside)} are undecided names"
        )
        which = f"One of the {count(outside)} is an undecided name" if outside > 1 and undecided == 1 else which
        text += f" {which}, counted as outside until someone decides in review.csv."
    if not stands:
        return [Heading(text="Gatekeepers to the outside", level=3), Paragraph(text=text)]
    rows = [
        [
            firm_name(found, firm),
            count(row["inside_partners"]),
            count(row["outside_partners"]),
            count(row["brings_in"]),
            count(row["sole_access"]),
        ]
        for firm, row in order.head(5).iterrows()
    ]
    left = len(gates) - len(rows)
    return [
        Heading(text="Gatekeepers to the outside", level=3),
        Paragraph(text=text),
        text_table(
            "Firms that connect the registry with firms outside of it",
            "Pairs joined counts the pairs of an outside and a registered partner that only meet through the firm; "
            "only access counts outside firms with no other partner in the registry.",
            "Firm|#Partners in the registry|#Partners outside|#Pairs joined|#Only access",
            rows,
            note=f"{plural(left, 'more firm')} in gatekeepers.csv." if left > 0 else "",
        ),
    ]


def _core_parts(made: Brokerage) -> list[Part]:
    core = made.core
    told: list[Part] = [Heading(text="Core and periphery", level=3)]
    if not len(core.core):
        return [
            *told,
            Paragraph(text="No core stands out from the rest: there are too few ties, or all firms are tied."),
        ]
    inside, across, outside = (core.densities[name] for name in core.densities.index)
    text = (
        f"{plural(len(core.core), 'firm')} ({share(len(core.core) / len(core.coreness))} of all) form the core that "
        f"fits best: {share(inside)} of the pairs among them are tied, against {share(across)} of the pairs of a core "
        f"and another firm and {share(outside)} of the pairs of others. The fit is {decimal(core.fit, 2)} on a scale "
        "from 0 (no core) to 1 (everybody tied in the core, nobody outside)."
    )
    if len(core.draws):
        better = round(core.p * (len(core.draws) + 1)) - 1
        fits = "none fits" if better == 0 else f"{a_or_an(better)} {'fits' if better == 1 else 'fit'}"
        alike = (
            "so the core is more than many partners of few firms"
            if core.p <= 0.05
            else "so a core as clear as this one comes about by the numbers of partners alone"
        )
        text += (
            f" Of {plural(len(core.draws), 'network')} in which every firm keeps its number of partners but not who "
            f"they are, {fits} as well (p = {decimal(core.p)}), {alike}."
        )
    else:
        text += f" It was not tested: that is done up to {count(TEST_PAIRS)} tied pairs."
    how = (
        "cores were searched firm by firm"
        if core.settings.parameters["method"] == "search"
        else "cores of the firms with the most partners were compared"
    )
    text += f" Pairs of a core firm and another do not count for the fit; {how}. The column core of brokerage.csv "
    return [*told, Paragraph(text=text + "names its firms.")]
