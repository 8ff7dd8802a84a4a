"""Section A8: governance, automation, measurement."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from clusternet import cohesion
from clusternet.errors import plural
from clusternet.theory._finding import Found, Part, UntestableError, against_chance, claim, estimated
from clusternet.theory._relations import dealt_anew, log_degree
from clusternet.theory._statistics import contracts, dyadic, hazard, optional, spells

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clusternet.network import Network
    from clusternet.result import NullTest
    from clusternet.theory._evidence import Evidence

    Ints = NDArray[np.int64]

__all__ = [
    "boundaries_hold",
    "confirmed_ties_last",
    "formal_ties_last",
    "pilots_grow",
    "whole_exceeds_parts",
]

BOUNDARIES = ("cluster", "region", "sector", "registered")


def _with_ends(seen: Evidence, table: pd.DataFrame) -> pd.DataFrame:
    """Return the relations with the log value and the log partners of both ends."""
    degree = log_degree(seen.network)
    table = table[table["a"].notna() & table["a"].isin(degree.index) & table["b"].isin(degree.index)]
    value = np.log(table["value"].where(table["value"] > 0))
    # Unknown values count as ordinary ones of their kind.
    value = value.fillna(value.groupby(table["kind"]).transform("median")).fillna(0.0)
    ends = degree.loc[table["a"]].to_numpy() + degree.loc[table["b"]].to_numpy()
    return table.assign(log_value=value, ends=ends).reset_index(drop=True)


def _varying(table: pd.DataFrame, terms: list[str]) -> list[str]:
    """Return the terms that vary, the first always."""
    return [term for place, term in enumerate(terms) if place == 0 or table[term].std() > 1e-9]


@claim(71)
def formal_ties_last(evidence: Evidence) -> Found:
    """Test whether formal relations end later than informal ones.

    The hazard ratio of ending, formal against informal (cox1972), at equal value and equal numbers of partners of the
    two ends, each kind with a baseline of its own; errors are robust to several contracts of one pair. Formality is not
    dealt at random: what leads firms to a contract may also make a relation last.
    """
    table = _with_ends(evidence, spells(evidence))
    table = table[table["formal"].notna()].reset_index(drop=True)
    table["is_formal"] = table["formal"].astype("float64")
    terms = _varying(table, ["is_formal", "log_value", "ends"])
    fit = hazard(table, terms, strata="kind", groups=pd.factorize(table["pair"])[0])
    part = estimated(
        "hazard of ending, formal against informal", float(fit.estimate[0]), float(fit.se[0]), n=fit.n, of="relations",
        unit="hazard ratio", expected="less", ratio=True,
    )  # fmt: skip
    note = f"{table['is_formal'].mean():.0%} of the relations that say so are formal."
    return Found(parts=[part], note=note, parameters={"controls": tuple(terms[1:])})


@claim(72)
def pilots_grow(evidence: Evidence) -> Found:
    """Test whether deals grow from one to the next, and whether relations that began small last.

    Of pairs that dealt more than once in one kind: the mean change of log value from deal to deal, averaged by pair
    (t test over pairs), told as a ratio. Then the hazard ratio of the end of the whole relation (from its first start
    to its last end), pairs that began below the median value of their kind against the others (cox1972).
    """
    table = contracts(evidence)
    table = table[(table["value"] > 0) & table["start"].notna()].sort_values(["pair", "start"], kind="stable")
    change = np.log(table["value"]).groupby(table["pair"]).diff()
    by_pair = change.groupby(table["pair"]).mean().dropna()
    if len(by_pair) < 8:
        raise UntestableError(f"{plural(len(by_pair), 'pair')} dealt twice with known values; at least 8 are needed",
                              ("partnerships.value",))  # fmt: skip
    se = float(by_pair.std() / np.sqrt(len(by_pair)))
    parts = [
        estimated("value of the next deal, against the one before", float(by_pair.mean()), se, df=len(by_pair) - 1,
                  n=len(by_pair), of="pairs that dealt again", unit="ratio", ratio=True)
    ]  # fmt: skip
    untested: list[str] = []

    def lasting() -> Part:
        # Every contract of the pair, whether its value is known or not, belongs to the relation.
        whole = spells(evidence)
        whole = whole[whole["pair"].notna()]
        by = whole.sort_values("start", kind="stable").groupby("pair")
        relation = pd.DataFrame(
            {
                "kind": by["kind"].first(),
                "value": by["value"].first(),
                "start": by["start"].first(),
                "ended": by["ended"].all(),
                "last": (whole["start"] + pd.to_timedelta(whole["time"] * 365.25, unit="D"))
                .groupby(whole["pair"])
                .max(),
            }
        )
        relation = relation[relation["value"] > 0]
        relation["time"] = (relation["last"] - relation["start"]) / pd.Timedelta(days=365.25)
        middle = relation.groupby("kind")["value"].transform("median")
        relation["small"] = (relation["value"] < middle).astype(float)
        fit = hazard(relation[relation["time"] > 0].reset_index(drop=True), ["small"], strata="kind")
        return estimated("hazard of ending, relations that began small", float(fit.estimate[0]), float(fit.se[0]),
                         n=fit.n, of="pairs", unit="hazard ratio", expected="less", ratio=True)  # fmt: skip

    optional(parts, untested, "whether relations that began small last", lasting)
    note = f"Among {len(by_pair):,} pairs that dealt again, the next deal is {parts[0].estimate:.2f} times the last."
    return Found(parts=parts, note=note, untested=untested)


@claim(75)
def confirmed_ties_last(evidence: Evidence) -> Found:
    """Test whether ties that both sides report last longer than those that one side reports.

    Only pairs count of which both firms report something, so that a silent firm is not taken for a distrustful one.
    The hazard ratio of ending, reported by both against by one (cox1972), at equal numbers of contracts of the pair
    (more contracts give more occasions to report) and of partners, each kind with a baseline of its own.
    """
    rows = evidence.table("partnerships")
    rows = rows[rows["kind"] != "referral"]
    reporters = set(rows["reported_by"].dropna())
    turn = (rows["a"] > rows["b"]) & (rows["kind"] != "supply")
    keys = pd.DataFrame({"kind": rows["kind"], "a": rows["a"].where(~turn, rows["b"]),
                         "b": rows["b"].where(~turn, rows["a"])})  # fmt: skip
    own = (rows["reported_by"] == rows["a"]) | (rows["reported_by"] == rows["b"])
    sides = rows["reported_by"].where(own).groupby([keys["kind"], keys["a"], keys["b"]]).nunique().rename("sides")
    table = _with_ends(evidence, spells(evidence))
    table = table.merge(sides.reset_index(), on=["kind", "a", "b"], how="inner")
    table = table[table["a"].isin(reporters) & table["b"].isin(reporters) & (table["sides"] > 0)]
    if len(table) < 20:
        raise UntestableError(f"{plural(len(table), 'dated relation')} of firms that both report; at least 20 are "
                              "needed",
                              ("partnerships.reported_by",))  # fmt: skip
    table = table.assign(both=(table["sides"] == 2).astype(float))
    table["contracts"] = np.log(table.groupby("pair")["pair"].transform("size").astype(float))
    table = table.reset_index(drop=True)
    terms = _varying(table, ["both", "contracts", "ends"])
    fit = hazard(table, terms, strata="kind", groups=pd.factorize(table["pair"])[0])
    part = estimated(
        "hazard of ending, both sides report against one", float(fit.estimate[0]), float(fit.se[0]), n=fit.n,
        of="relations", unit="hazard ratio", expected="less", ratio=True,
    )  # fmt: skip
    note = f"{table['both'].mean():.0%} of the relations between firms that report are reported by both."
    return Found(parts=[part], note=note, parameters={"controls": tuple(terms[1:])})


@claim(81, needs=("partnerships.a|referrals.from",))
def boundaries_hold(evidence: Evidence, *, draws: int, seed: int, boundary: str | None = None) -> Found:
    """Test whether few ties cross the declared boundary.

    The share of tied pairs that cross from one group of firms to another, against the groups dealt anew among the
    firms with ties. How near the declared groups come to the best ones stands in the note: the ratio of their
    modularity to that of the communities found (newmangirvan2004).

    Parameters
    ----------
    boundary
        Column of firms that declares the groups; when omitted the first of cluster, region, sector and registered
        that has two values.
    """
    net = evidence.network.undirected()
    net = net.without(net.isolates)
    firms = net.firms
    names = BOUNDARIES if boundary is None else (boundary,)
    name = next((one for one in names if one in firms.columns and len(firms[one].dropna().unique()) > 1), None)
    if name is None:
        raise UntestableError(f"firms have no {' or '.join(names)} of two values",
                              tuple(f"firms.{one}" for one in names))  # fmt: skip
    codes = pd.factorize(firms[name])[0]
    inside = net.subset(firms.index[codes >= 0])
    codes = codes[codes >= 0]
    graph = inside.simple("undirected")
    if len(graph.source) < 10:
        raise UntestableError(f"only {plural(len(graph.source), 'tie')} between firms whose {name} is known")

    def crossing(order: Ints) -> float:
        return float((codes[order[graph.source]] != codes[order[graph.target]]).mean())

    test = dealt_anew("share of ties across", crossing, len(codes), f"{name} dealt anew", draws=draws, seed=seed)
    part = against_chance(f"ties across {name}, against chance", test, n=len(graph.source), of="tied pairs",
                          unit="share", expected="less")  # fmt: skip
    best = cohesion.communities(inside, seed=seed, runs=5).modularity
    declared = cohesion.modularity(inside, inside.firms[name])
    near = f" Its modularity is {declared:.2f}, that of the best groups {best:.2f}." if best > 0 else ""
    note = f"{test.observed:.0%} of ties cross between values of {name}; chance gives {test.expected:.0%}.{near}"
    return Found(parts=[part], note=note, tests=(test,), parameters={"boundary": name})


@claim(84)
def whole_exceeds_parts(evidence: Evidence, *, draws: int, seed: int) -> Found:
    """Test whether closure exceeds what partners per firm and likeness of partners explain.

    Transitivity of the network, layers merged, against networks in which every firm keeps its number of partners in
    every sector (or region; where firms have neither, its number of partners): a property of the whole that no list of
    its members tells (maslov2002). Ties that only an agreement of several firms stands behind are left out: they close
    triangles by construction.
    """
    from clusternet.inference import test_against_null

    net = dyadic(evidence)
    place = next((one for one in ("sector", "region") if one in net.firms.columns
                  and len(net.firms[one].dropna().unique()) > 1), None)  # fmt: skip
    if place is None:
        found = test_against_null(net, _closure, null="degree", draws=draws, seed=seed)
    else:
        found = test_against_null(net, _closure, null="places", place=place, draws=draws, seed=seed)
    test = cast("NullTest", found)
    pairs = len(net.simple("undirected").source)
    part = against_chance("closure above chance", test, n=pairs, of="tied pairs", unit="transitivity, 0 to 1")
    note = (
        f"Of the pairs of partners of a firm, {test.observed:.1%} are tied; partners per firm"
        f"{' and ' + place if place else ''} alone give {test.expected:.1%}"
    )
    note += f" (z {test.z:.1f})." if np.isfinite(test.z) else "."
    return Found(parts=[part], note=note, tests=(test,), parameters={"kept": place or "degree"})


def _closure(net: Network) -> float:
    return cohesion.transitivity(net)
