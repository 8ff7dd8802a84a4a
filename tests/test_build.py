"""Records to ties: every rule, against counts by hand, a plain-Python reading of the rules, and three engines."""

from __future__ import annotations

import functools
from collections import defaultdict
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clusternet.build import aggregate_ties, build_agreements, build_network, coverage
from clusternet.build._reports import stable_order
from clusternet.errors import NetworkError, OptionError
from clusternet.linkage import link_firms
from clusternet.network import LAYERS, Network
from clusternet.records import SCHEMA, Records
from clusternet.result import Settings

DTYPES = {"text": "str", "kind": "str", "firm": "str", "number": "float64", "date": "datetime64[us]", "flag": "boolean"}
SHARED = Path(__file__).parents[2] / "shared"


@functools.cache
def empty(name: str) -> pd.DataFrame:
    columns = {column: pd.Series(dtype=DTYPES[kind]) for column, kind in SCHEMA[name].items()}
    return pd.DataFrame(columns).assign(row=pd.Series(dtype="int64"))


def make(duplicates=None, **frames) -> Records:
    """Records as read_records hands them over, from columns or rows."""
    tables = {}
    for name, columns in SCHEMA.items():
        if not len(frames.get(name, ())):
            tables[name] = empty(name)
            continue
        given_ = pd.DataFrame(frames.get(name, {})).reset_index(drop=True)
        table = pd.DataFrame(index=range(len(given_)))
        for column, kind in columns.items():
            values = given_[column] if column in given_ else pd.Series([None] * len(given_), dtype="object")
            table[column] = (pd.to_datetime(values) if kind == "date" else values).astype(DTYPES[kind])
        if "record" in columns:
            table["record"] = table["record"].fillna(pd.Series([f"{name}:{i}" for i in table.index], dtype="str"))
        table["row"] = np.arange(len(table), dtype="int64")
        for column in given_.columns.difference(list(columns)):
            table[column] = given_[column].astype("str")
        tables[name] = table
    twice = pd.DataFrame(duplicates or [], columns=["table", "row", "kept_row", "kind"])
    return Records(**tables, issues=pd.DataFrame(), counts=pd.DataFrame(), duplicates=twice, settings=Settings())


def firms(ids="ABCDEF", **columns):
    return {"firm_id": list(ids), "name": [f"Firm {one}" for one in ids], **columns}


def pacts(*rows):
    """Partnership rows (a, b, reporter, start, end, value), all alliances unless the row ends with a kind."""
    names = ("a", "b", "reported_by", "start", "end", "value", "kind")
    return [dict(zip(names, (*row, *[None] * (6 - len(row)), "alliance")[:7], strict=True)) for row in rows]


def members(text: str, kind="cooperative", **columns):
    """Group rows from "G1:ABC G2:AD"."""
    return [
        {"group_id": part.split(":")[0], "kind": kind, "firm": one, **columns}
        for part in text.split()
        for one in part.split(":")[1]
    ]


def strengths(net, *layers):
    ties = net.ties
    if layers:
        ties = ties[ties["layer"].isin(layers)]
    return {a + b: s for a, b, s in zip(ties["source"], ties["target"], ties["strength"], strict=True)}


# ── what an agreement is ──


def test_two_sides_reports_of_one_contract_count_once():
    records = make(
        firms=firms(),
        partnerships=pacts(
            ("A", "B", "A", "2019-01-01", "2020-01-01", 10), ("B", "A", "B", "2019-02-01", "2020-03-01", 14)
        ),
    )
    tie = build_network(records).ties.iloc[0]
    assert (tie["source"], tie["target"], tie["strength"]) == ("A", "B", 1.0)
    assert (tie["n_agreements"], tie["n_records"], tie["n_reporters"], tie["confirmed"]) == (1, 2, 2, True)
    assert (tie["start"], tie["end"]) == (pd.Timestamp("2019-01-01"), pd.Timestamp("2020-03-01"))
    assert tie["value"] == 14
    assert build_network(records, reports="sum").ties["strength"].tolist() == [2.0]
    assert build_network(records, reports="sum").ties["value"].tolist() == [24.0]
    assert build_network(records, reports="intersection").ties["value"].tolist() == [10.0]
    assert build_network(records, minimum=2).n_ties == 0


def test_two_contracts_of_one_reporter_count_twice():
    records = make(firms=firms(), partnerships=pacts(("A", "B", "A"), ("A", "B", "A"), ("B", "A", "B")))
    tie = build_network(records).ties.iloc[0]
    assert (tie["strength"], tie["n_records"], tie["confirmed"]) == (2.0, 3, True)
    assert build_network(records, reports="intersection").ties["strength"].tolist() == [1.0]


def test_reports_of_separate_spells_do_not_confirm_each_other():
    records = make(
        firms=firms(),
        partnerships=pacts(("A", "B", "A", "2010-01-01", "2012-01-01"), ("A", "B", "B", "2015-01-01", "2016-01-01")),
    )
    tie = build_network(records).ties.iloc[0]
    assert (tie["strength"], tie["confirmed"], tie["n_reporters"]) == (2.0, False, 2)
    assert build_network(records, reports="intersection").n_ties == 0


def test_union_and_intersection_differ_and_silent_firms_confirm_nothing():
    rows = pacts(("A", "B", "A"), ("A", "B", "B"), ("A", "C", "A"), ("C", "D", "Chamber"), ("D", "E"))
    records = make(firms=firms(), partnerships=rows)
    assert strengths(build_network(records)) == {"AB": 1, "AC": 1, "CD": 1, "DE": 1}
    both = build_network(records, reports="intersection")
    assert strengths(both) == {"AB": 1}
    assert both.settings["dropped"] == {
        "pairs whose reports are not confirmed": 3,
        "partnerships: unconfirmed, or of a pair that was dropped": 3,
    }
    # A third party next to a side is a second reporter of the same agreement, but no confirmation.
    third = build_network(make(firms=firms(), partnerships=pacts(("A", "B", "A"), ("A", "B", "Chamber")))).ties.iloc[0]
    assert (third["strength"], third["n_reporters"], third["confirmed"]) == (1.0, 2, False)


def test_intersection_without_any_reporter_is_refused():
    records = make(firms=firms(), partnerships=pacts(("A", "B")))
    with pytest.raises(OptionError, match="no partnership record says who reported it"):
        build_network(records, reports="intersection")


def test_a_third_party_that_only_reports_is_no_firm():
    records = make(firms=firms("AB"), partnerships=pacts(("A", "B", "Chamber of Commerce")))

    class Told:
        firms = pd.DataFrame(
            {"name": ["A", "B", "Chamber of Commerce"], "registered": [True, True, False]},
            index=["A", "B", "Chamber of Commerce"],
        )

        def resolve(self, values):
            return values

    assert build_network(records, linkage=Told()).firms.index.tolist() == ["A", "B"]


def test_a_stranger_in_the_outcomes_alone_is_no_firm_of_the_network():
    records = make(
        firms=firms("AB"),
        partnerships=pacts(("A", "Zeta Nord")),
        outcomes=[{"firm_id": one, "period": "2020"} for one in ("A", "Omega Sud", "Kappa West")],
        capabilities=[{"firm_id": "Lambda Ost", "tag": "welding"}],
    )
    assert build_network(records).firms.index.tolist() == ["A", "B", "Zeta Nord"]
    assert build_network(records, linkage=link_firms(records)).firms.index.tolist() == ["A", "B", "Zeta Nord"]


def test_columns_that_mean_something_in_a_network_are_set_aside():
    registry = firms("ABC", mode=["export", "home", "home"], registered=["2001", "2002", "2003"])
    records = make(firms=registry | {"firm_mode": ["x", "y", "z"]}, partnerships=pacts(("A", "B")))
    for linkage in (None, link_firms(records)):
        net = build_network(records, linkage=linkage)
        assert not net.is_two_mode
        assert net.firms["registered"].tolist() == [True, True, True]
        assert net.firms["firm_registered"].tolist() == ["2001", "2002", "2003"]
        assert net.firms["firm_firm_mode"].tolist() == ["export", "home", "home"]
        assert net.firms["firm_mode"].tolist() == ["x", "y", "z"]
        two = build_agreements(records, linkage=linkage, bilateral="alliance")
        assert two.firms["mode"].tolist() == ["firm"] * 3 + ["agreement"]
        assert two.firms["firm_registered"].tolist()[:3] == ["2001", "2002", "2003"]


@pytest.mark.parametrize(
    "rules",
    [
        {"reports": "intersection"},
        {"minimum": 2},
        {"strength": "sum"},
        {"layers": ["supply", "referral"]},
        {"window": ("2011-01-01", "2012-01-01"), "undated": "drop"},
    ],
)
def test_every_record_is_behind_a_tie_or_counted_with_a_reason(rules):
    rows = pacts(
        ("A", "B", "A", "2010-01-01", "2010-12-31", 5),
        ("A", "B", "B", "2010-06-01", "2011-12-31", 4),
        ("A", "B", "A", "2015-01-01", None, 3),  # not confirmed, of a pair that is
        ("A", "C", "C"),
        ("C", "D", "Chamber", None, None, 2, "supply"),
        ("C", "C", "C"),
    )
    sent = [{"from": a, "to": b, "date": day, "value": 1} for a, b, day in (("A", "B", None), ("B", "B", None))]
    sent += [{"from": "A", "to": "B", "date": "2011-05-05", "value": 0}]
    net = build_network(make(firms=firms(), partnerships=rows, referrals=sent), **rules)
    used = net.lineage_table.groupby("table", observed=True)["row"].nunique()
    for table, count in (("partnerships", 6), ("referrals", 3)):
        lost = sum(number for reason, number in net.settings["dropped"].items() if reason.startswith(f"{table}:"))
        assert used.get(table, 0) + lost == count, net.settings["dropped"]


# ── direction, layers, loops, names ──


def test_direction_by_layer_and_by_choice():
    rows = [
        {"a": "B", "b": "A", "kind": "supply"},
        {"a": "A", "b": "B", "kind": "supply"},
        {"a": "B", "b": "A", "kind": "alliance"},
    ]
    sent = [{"from": "C", "to": "A"}, {"from": "A", "to": "C"}]
    records = make(firms=firms(), partnerships=rows, referrals=sent)
    net = build_network(records)
    assert strengths(net, "supply") == {"AB": 1, "BA": 1}
    assert strengths(net, "referral") == {"AC": 1, "CA": 1}
    assert strengths(net, "alliance") == {"AB": 1}
    assert net.ties.set_index("layer")["directed"].to_dict() == {"alliance": False, "supply": True, "referral": True}
    plain = build_network(records, directed=())
    assert not plain.is_directed
    assert strengths(plain, "supply") == {"AB": 2}
    assert strengths(build_network(records, directed="alliance"), "alliance") == {"BA": 1}
    only = build_network(records, layers="referral")
    assert only.layers == ("referral",)
    assert only.settings["dropped"] == {"partnerships: other layers": 3}


def test_names_resolve_exactly_and_loops_after_linking_are_counted():
    table = {"firm_id": ["1", "2", "3", "4"], "name": ["Café Nord", "Bakery", "Twin", "Twin"]}
    rows = pacts(
        ("cafe  NORD", "2"), ("1", "Café Nord"), ("bakery", "Unknown Ltd"), ("UNKNOWN ltd", "1"), ("Twin", "1")
    )
    net = build_network(make(firms=table, partnerships=rows))
    assert net.firms.index.tolist() == ["1", "2", "3", "4", "Twin", "UNKNOWN ltd"]
    assert net.firms["registered"].tolist() == [True] * 4 + [False] * 2
    assert strengths(net) == {"12": 1, "2UNKNOWN ltd": 1, "1UNKNOWN ltd": 1, "1Twin": 1}
    assert net.settings["dropped"] == {"partnerships: a firm tied to itself": 1}
    assert net.isolates.tolist() == ["3", "4"]


def test_a_linkage_of_other_records_is_refused():
    class Other:
        firms = pd.DataFrame({"registered": [True]}, index=["A"])

        def resolve(self, values):
            return values.where(values == "A")

    records = make(firms=firms(), partnerships=pacts(("A", "B", "A"), ("B", "C", "B")))
    with pytest.raises(NetworkError, match="1 names of the records are not in the linkage: 'B'"):
        build_network(records, linkage=Other())


def test_no_records_make_a_network_of_isolates():
    net = build_network(make(firms=firms("AB")))
    assert (net.n_firms, net.n_ties) == (2, 0)
    assert list(net.ties.columns[7:]) == ["n_agreements", "n_records", "n_reporters", "confirmed", "value"]
    assert build_network(make()).n_firms == 0
    two = build_agreements(make(firms=firms("AB")))
    assert (two.n_firms, two.n_ties) == (2, 0)
    assert coverage(make(firms=firms("AB")))["registered"].to_dict() == {
        "(missing)": 2,
        "(not registered)": 0,
        "(total)": 2,
    }


# ── time ──

DATED = pacts(
    ("A", "B", None, "2018-01-01", "2019-12-31"),
    ("A", "C", None, "2020-06-01", None),
    ("A", "D", None, None, "2017-12-31"),
    ("A", "E", None, None, None),
)


@pytest.mark.parametrize(
    ("rules", "kept"),
    [
        ({}, "BCDE"),
        ({"undated": "drop"}, "BCD"),
        ({"window": ("2019-01-01", "2019-06-30")}, "BE"),
        ({"window": ("2019-12-31", "2020-06-01")}, "BCE"),
        ({"window": ("2020-01-01", "2020-05-31")}, "E"),
        ({"window": ("2016-01-01", "2017-12-31"), "undated": "drop"}, "D"),
        ({"window": ("2022-01-01", "2023-01-01")}, "CE"),
        ({"window": ("2022-01-01", "2023-01-01"), "open_end": "unknown"}, "E"),
        ({"window": ("2022-01-01", "2023-01-01"), "open_end": 2}, "CE"),
        ({"window": ("2022-06-02", "2023-01-01"), "open_end": 2}, "E"),
        ({"window": ("2020-06-01", "2020-06-01"), "open_end": "unknown"}, "CE"),
    ],
)
def test_window_undated_and_open_end(rules, kept):
    net = build_network(make(firms=firms(), partnerships=DATED), **rules)
    assert "".join(net.ties["target"]) == kept
    assert len(DATED) - len(kept) == sum(net.settings["dropped"].values())


def test_open_end_shows_in_the_ties():
    records = make(firms=firms(), partnerships=DATED)
    ends = {
        rule: build_network(records, open_end=rule).ties.set_index("target")["end"] for rule in ("open", "unknown", 1)
    }
    assert ends["open"].isna().to_dict() == {"B": False, "C": True, "D": False, "E": True}
    assert ends["unknown"]["C"] == pd.Timestamp("2020-06-01")
    assert ends[1]["C"] == pd.Timestamp("2021-06-01 06:00")  # 365.25 days
    twice = build_network(
        make(firms=firms(), partnerships=pacts(("A", "B", None, "2018-01-01", "2019-01-01"), ("B", "A")))
    )
    assert pd.isna(twice.ties["end"][0])
    assert twice.ties["start"][0] == pd.Timestamp("2018-01-01")


def test_the_last_day_of_a_window_counts_whole():
    days = ["2020-05-05 23:00", "2020-05-06 00:00", "2020-05-06 09:30", "2020-05-07 00:00"]
    sent = [{"from": "A", "to": "B", "date": day} for day in days]
    records = make(firms=firms(), referrals=sent, partnerships=pacts(("C", "D", None, "2020-01-01", "2020-05-06")))
    for window, count in ((("2020-05-05", "2020-05-05"), 1), (("2020-05-06", "2020-05-06"), 2)):
        net = build_network(records, window=window, layers="referral")
        assert net.ties["n_agreements"].tolist() == [count]
    # What ends on a day, no time given, lasts until that day is over.
    noon = build_network(records, window=("2020-05-06 12:00", "2020-05-06 13:00"))
    assert strengths(noon) == {"CD": 1, "AB": 1}
    late = build_network(records, strength="recency", as_of="2020-05-06", layers="referral")
    assert late.ties["n_agreements"].tolist() == [3]


def test_referrals_live_on_their_day():
    sent = [{"from": "A", "to": "B", "date": day} for day in ("2020-01-01", "2020-03-01", "2021-01-01")]
    net = build_network(make(firms=firms(), referrals=sent), window=("2020-01-01", "2020-12-31"))
    assert net.ties["strength"].tolist() == [2.0]
    assert net.ties["end"].tolist() == [pd.Timestamp("2020-03-01")]


# ── strength ──


def test_strength_by_sum_max_and_each_column():
    rows = [
        {"a": "A", "b": "B", "kind": "alliance", "strength": 2, "value": 100},
        {"a": "A", "b": "B", "kind": "alliance", "strength": 3, "value": None},
    ]
    sent = [{"from": "A", "to": "B", "customers": n, "value": v} for n, v in ((4, 10), (5, 20), (None, 40))]
    records = make(firms=firms(), partnerships=rows, referrals=sent)
    by = {
        (how, of): strengths(build_network(records, strength=how, strength_of=of, layers=layers))["AB"]
        for how in ("sum", "max")
        for of, layers in (("strength", "alliance"), ("customers", "referral"), ("value", "referral"))
    }
    assert by == {
        ("sum", "strength"): 5, ("sum", "customers"): 9, ("sum", "value"): 70,
        ("max", "strength"): 3, ("max", "customers"): 5, ("max", "value"): 40,
    }  # fmt: skip
    assert build_network(records).ties.set_index("layer")["value"].to_dict() == {"alliance": 100, "referral": 70}
    with pytest.raises(OptionError, match="no record of alliance has a 'customers'; layers that have it: referral"):
        build_network(records, strength="sum", strength_of="customers")


def test_ties_without_a_positive_strength_are_dropped_and_counted():
    rows = [{"a": "A", "b": one, "kind": "alliance", "value": v} for one, v in (("B", 5), ("C", 0), ("D", None))]
    net = build_network(make(firms=firms(), partnerships=rows), strength="sum")
    assert strengths(net) == {"AB": 5}
    assert net.settings["dropped"] == {
        "pairs without a positive strength": 2,
        "partnerships: unconfirmed, or of a pair that was dropped": 2,
    }


def test_recency_halves_and_never_looks_at_the_clock():
    rows = pacts(
        ("A", "B", None, "2010-01-01", "2016-01-01"),
        ("A", "C", None, "2010-01-01", None),
        ("A", "D", None, "2020-01-01", "2030-01-01"),
    )
    net = build_network(make(firms=firms(), partnerships=rows), strength="recency", half_life=2)
    # 2016-01-01 to 2020-01-01 are 1,461 days, four years of 365.25 days, two half-lives.
    assert strengths(net) == {"AB": 0.25, "AC": 1.0, "AD": 1.0}
    assert net.settings["as_of"] == "2020-01-01"
    earlier = build_network(make(firms=firms(), partnerships=rows), strength="recency", half_life=2, as_of="2018-01-01")
    assert strengths(earlier) == {"AB": pytest.approx(0.5, rel=1e-3), "AC": 1.0}
    assert earlier.settings["dropped"] == {"records that start after as_of": 1}
    undated = build_network(make(firms=firms(), partnerships=pacts(("A", "B"))), strength="recency")
    assert (strengths(undated), undated.settings["as_of"]) == ({"AB": 1.0}, None)


# ── agreements of several parties ──


def test_multiparty_expansions():
    records = make(firms=firms(), groups=members("G1:ABCD G2:AB G3:E"))
    records.groups.loc[0, "role"] = "Lead_Partner"
    clique = strengths(build_network(records))
    assert clique == {"AB": 2, "AC": 1, "AD": 1, "BC": 1, "BD": 1, "CD": 1}
    newman = strengths(build_network(records, multiparty="clique_newman"))
    assert newman == pytest.approx({pair: value / 3 for pair, value in clique.items()} | {"AB": 1 / 3 + 1})
    star = build_network(records, multiparty="star")
    assert strengths(star) == {"AB": 2, "AC": 1, "AD": 1}
    none = build_network(records, multiparty="none")
    assert none.n_ties == 0
    assert none.settings["dropped"] == {
        "groups: agreements with one firm": 1, "groups: agreements left to build_agreements": 2,
    }  # fmt: skip


def test_star_without_a_lead():
    records = make(firms=firms(), groups=members("G1:ABC G2:DE G3:DEF"))
    with pytest.raises(NetworkError, match="2 agreements of three or more firms name no lead: 'G1', 'G3'"):
        build_network(records, multiparty="star")
    assert strengths(build_network(records, multiparty="star", no_lead="drop")) == {"DE": 1}
    assert len(strengths(build_network(records, multiparty="star", no_lead="clique"))) == 6
    records.groups.loc[[0, 1, 5], "role"] = "coordinator"
    # G1 has two leads: each with every other member, their own pair once.
    assert strengths(build_network(records, multiparty="star")) == {"AB": 1, "AC": 1, "BC": 1, "DE": 2, "DF": 1}


def test_members_are_tied_while_both_belong():
    rows = [
        {"group_id": "G", "kind": "platform", "firm": "A", "start": "2010-01-01", "end": "2015-01-01"},
        {"group_id": "G", "kind": "platform", "firm": "B", "start": "2014-01-01", "end": None},
        {"group_id": "G", "kind": "platform", "firm": "C", "start": "2016-01-01", "end": None},
        {"group_id": "G", "kind": "platform", "firm": "C", "start": "2018-01-01", "end": "2019-01-01"},
    ]
    net = build_network(make(firms=firms(), groups=rows))
    ties = net.ties.set_index(["source", "target"])
    assert list(ties.index) == [("A", "B"), ("B", "C")]
    assert tuple(ties.loc[("A", "B"), ["start", "end"]]) == (pd.Timestamp("2014-01-01"), pd.Timestamp("2015-01-01"))
    assert ties.loc[("B", "C"), "start"] == pd.Timestamp("2016-01-01")
    assert pd.isna(ties.loc[("B", "C"), "end"])
    assert net.settings["dropped"] == {"groups: pairs that were never members at one time": 1}
    # C's two rows are one membership; lineage keeps both.
    assert net.lineage(1)["row"].tolist() == [1, 2, 3]


def test_members_of_one_day_are_members_at_one_time():
    groups = [
        {"group_id": "G1", "kind": "cooperative", "firm": "A", "start": "2019-01-01 00:00", "end": "2020-05-06 00:00"},
        {"group_id": "G1", "kind": "cooperative", "firm": "B", "start": "2020-05-06 09:00"},
        {"group_id": "G1", "kind": "cooperative", "firm": "C", "start": "2020-05-07 09:00"},
    ]
    net = build_network(make(firms=firms(), groups=groups))
    assert sorted(strengths(net)) == ["AB", "BC"]
    assert net.ties["end"].iloc[0] == pd.Timestamp("2020-05-06 09:00")


def test_group_kinds_and_values():
    rows = members("G:ABC")
    rows[1]["kind"] = None
    rows[0]["value"], rows[1]["value"] = 10, 30
    net = build_network(make(firms=firms(), groups=rows), strength="sum")
    assert strengths(net, "cooperative") == {"AB": 20, "AC": 10, "BC": 30}
    rows[2]["kind"] = "platform"
    mixed = build_network(make(firms=firms(), groups=rows))
    assert mixed.n_ties == 0  # one member of each kind left: the row without a kind cannot be told
    assert mixed.settings["dropped"] == {
        "groups: no group id, kind or firm": 1, "groups: agreements with one firm": 2,
    }  # fmt: skip


def test_more_pairs_than_memory_are_refused():
    many = 6_326
    table = pd.DataFrame({"firm_id": [f"F{i}" for i in range(many)]})
    rows = pd.DataFrame({"group_id": "G", "kind": "platform", "firm": table["firm_id"]})
    records = make(firms=table, groups=rows)
    with pytest.raises(OptionError, match=r"make 20,005,975 pairs.*take multiparty='star'"):
        build_network(records)
    with pytest.raises(OptionError, match="make 20,005,975 pairs, more than 20,000,000; keep the agreements whole"):
        build_network(records, multiparty="star", no_lead="clique")  # without a lead a clique again
    all_lead = make(firms=table, groups=rows.assign(role="lead"))
    with pytest.raises(OptionError, match="pairs, more than 20,000,000"):
        build_network(all_lead, multiparty="star")
    assert not build_network(records, multiparty="none").n_ties
    assert build_agreements(records).n_ties == many


# ── lineage ──


def test_lineage_keeps_dropped_duplicates_and_leaves_out_what_did_not_count():
    rows = pacts(("A", "B", "A"), ("B", "A", "B"), ("A", "B", "A", "2001-01-01", "2002-01-01"))
    rows[0]["start"] = rows[1]["start"] = "2010-01-01"
    twice = [("partnerships", 17, 0, "exact"), ("groups", 9, 1, "near"), ("firms", 3, 1, "exact")]
    records = make(twice, firms=firms(), partnerships=rows, groups=members("G1:BC"))
    net = build_network(records)
    pact = net.lineage(0)
    assert pact["table"].tolist() == ["partnerships"] * 4
    assert pact["row"].tolist() == [0, 1, 2, 17]
    assert pact["record"].tolist() == ["partnerships:0", "partnerships:1", "partnerships:2", "partnerships:17"]
    assert net.lineage(1)["row"].tolist() == [0, 1, 9]
    assert net.lineage(1)["record"].tolist() == ["G1", "G1", "groups:9"]
    both = build_network(records, reports="intersection")
    assert both.lineage(0)["row"].tolist() == [0, 1, 17]
    assert both.ties["n_records"].tolist() == [2, 1]
    two = build_agreements(records, bilateral=LAYERS)
    assert [len(two.lineage(tie)) for tie in two.ties.index] == [1, 2, 3, 1, 3, 1]


# ── the two-mode view ──


def test_agreements_are_entities():
    rows = [
        {"a": "A", "b": "B", "kind": "joint_venture", "reported_by": "A", "record": "P1", "value": 5},
        {"a": "B", "b": "A", "kind": "joint_venture", "reported_by": "B", "record": "P2", "start": "2015-01-01"},
        {"a": "C", "b": "D", "kind": "supply", "record": "P3"},
    ]
    groups = members("G1:ABC A:DE", role="parent", value=3)
    told = [{"group_id": "G1", "name": "firm e", "kind": "cooperative", "value": 77}]
    records = make(firms=firms(kind="x"), partnerships=rows, groups=groups, agreements=told)
    net = build_agreements(records)
    assert net.is_two_mode
    nodes = net.firms[net.firms["mode"] == "agreement"]
    assert nodes.index.tolist() == ["G1", "agreement:A", "P1"]  # "A" is a firm
    assert nodes["size"].tolist() == [3, 2, 2]
    assert nodes["kind"].tolist() == ["cooperative", "cooperative", "joint_venture"]
    assert nodes["value"].tolist() == [77, 3, 5]
    assert nodes["group_id"].fillna("").tolist() == ["G1", "A", ""]
    assert nodes["same_firm"].fillna("").tolist() == ["E", "", ""]
    assert nodes["start"].isna().tolist() == [True, True, False]
    assert not nodes["registered"].any()
    assert net.firms.loc["A", "firm_kind"] == "x"
    assert net.firms.loc["A", "name"] == "Firm A"
    assert nodes["name"].fillna("").tolist() == ["firm e", "", ""]
    ties = net.ties[net.ties["target"] == "P1"]
    assert ties["source"].tolist() == ["A", "B"]
    assert ties["n_records"].tolist() == [2, 2]
    assert net.isolates.tolist() == ["F"]
    all_ = build_agreements(records, bilateral=LAYERS, kinds=["supply", "joint_venture"])
    assert all_.ties.groupby("target")["role"].agg(list).to_dict()["P3"] == ["supplier", "buyer"]
    assert "G1" not in all_.firms.index
    groups_only = build_agreements(records, bilateral=())
    assert (groups_only.firms["mode"] == "agreement").sum() == 2


def test_agreements_without_members_are_counted_and_roles_are_not_lost():
    groups = [
        {"group_id": "G1", "kind": "cooperative", "firm": one, "role": role}
        for one, role in (("A", None), ("A", "lead"), ("B", "member"))
    ]
    told = [{"group_id": "G1", "name": "Pool"}, {"group_id": "G9", "name": "Ghost"}]
    net = build_agreements(make(firms=firms(), groups=groups, agreements=told))
    assert net.settings["dropped"] == {"agreements: no member in groups": 1}
    assert net.ties["role"].tolist() == ["lead", "member"]
    assert net.ties["n_records"].tolist() == [2, 1]


# ── coverage ──


def test_coverage_counts_by_hand():
    table = firms(sector=["food", "food", "wood", "wood", None, None])
    rows = pacts(("A", "B", "A"), ("A", "B", "B"), ("A", "C", "A"), ("B", "C", "B"), ("C", "Stranger", "Office"))
    records = make(firms=table, partnerships=rows, referrals=[{"from": "E", "to": "A"}])
    out = coverage(records)
    assert out.index.tolist() == ["food", "wood", "(missing)", "(not registered)", "(total)"]
    expected = {
        "registered": [2, 2, 2, 0, 6],
        "named": [2, 1, 1, 0, 4],
        "unregistered": [0, 0, 0, 1, 1],
        "reporting": [2, 0, 0, 0, 2],
        "ties": [3, 3, 0, 1, 4],
        "confirmed": [1, 0, 0, 0, 1],
        "one_sided": [2, 2, 0, 0, 2],
        "unknown": [0, 1, 0, 1, 1],
        "silent": [2, 2, 0, 0, 2],
    }
    assert out[list(expected)].to_dict("list") == expected
    assert out.loc["(total)", "named_share"] == pytest.approx(4 / 6)
    assert np.isnan(out.loc["(not registered)", "named_share"])
    # Wilson's interval for 1 of 3, worked by hand: (1/3 + z^2/6 -+ z sqrt(2/27 + z^2/36)) / (1 + z^2/3), z = 1.96.
    low, share, high = out.loc["(total)", ["confirmed_low", "confirmed_share", "confirmed_high"]]
    assert (low, share, high) == pytest.approx((0.061492, 1 / 3, 0.792345), abs=1e-5)
    assert out.loc["(missing)", ["confirmed_share", "confirmed_low"]].isna().all()
    with pytest.raises(OptionError, match="Did you mean 'sector'"):
        coverage(records, by="secter")


def test_wilson_interval_agrees_with_statsmodels():
    from statsmodels.stats.proportion import proportion_confint

    rows = pacts(*[("A", one, "A") for one in "BCDEF"], ("A", "B", "B"), ("A", "C", "C"))
    out = coverage(make(firms=firms(), partnerships=rows)).loc["(total)"]
    assert (out["confirmed"], out["one_sided"], out["silent"]) == (2, 3, 3)
    assert (out["confirmed_low"], out["confirmed_high"]) == pytest.approx(proportion_confint(2, 5, method="wilson"))


def test_wilson_interval_ends_at_zero_and_one():
    out = coverage(make(firms=firms(), partnerships=pacts(("A", "B", "A"))))
    assert out.loc["(total)", ["confirmed_share", "confirmed_low"]].tolist() == [0.0, 0.0]
    out = coverage(make(firms=firms(), partnerships=pacts(("A", "B", "A"), ("A", "B", "B"))))
    assert out.loc["(total)", ["confirmed_share", "confirmed_high"]].tolist() == [1.0, 1.0]


# ── a cluster whose truth is known ──


def test_reports_of_a_simulated_cluster_lead_back_to_its_agreements():
    """The simulator plants agreements and has one or both sides report each; the builder must find them again."""
    from clusternet import simulate

    planted = simulate.cluster(n_firms=120, seed=7)
    records = planted.records
    ties = planted.truth.ties
    net = build_network(records, multiparty="none", layers=[kind for kind in LAYERS if kind != "referral"])
    assert len(records.partnerships) > len(ties)  # some reports come from both sides
    assert net.ties["n_agreements"].sum() == len(ties)
    assert net.ties["n_records"].sum() == len(records.partnerships)
    found = {frozenset(pair) for pair in zip(net.ties["source"], net.ties["target"], strict=True)}
    assert found == {frozenset(pair) for pair in zip(ties["a"], ties["b"], strict=True)}
    # Every second report names its reporter, so each of them confirms an agreement.
    assert coverage(records).loc["(total)", "confirmed"] == len(records.partnerships) - len(ties)


# ── refusals ──


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"reports": "both"}, "reports is 'both'; choose 'union', 'intersection', 'sum'"),
        ({"multiparty": "cliqe"}, "Did you mean 'clique'"),
        ({"strength": "mean"}, "strength is 'mean'"),
        ({"strength_of": "weight"}, "strength_of is 'weight'"),
        ({"no_lead": "x"}, "no_lead is 'x'"),
        ({"layers": ["aliance"]}, "Did you mean 'alliance'"),
        ({"directed": "all"}, "directed is 'all'"),
        ({"undated": "x"}, "undated is 'x'"),
        ({"open_end": "x"}, "open_end is 'x'"),
        ({"open_end": -1}, "open_end is -1"),
        ({"open_end": None}, "open_end is None"),
        ({"open_end": 1e9}, "open_end is 1000000000.0"),
        ({"layers": 5}, "layers is 5; give one or several"),
        ({"window": ("2020-01-01", "2019-01-01")}, "not two dates in order"),
        ({"window": 2019}, "give two dates"),
        ({"window": (2019, 2021)}, "window is 2019, which is no date; .* A year is text"),
        ({"window": ("03/04/2021", "2021-12-31")}, "window is '03/04/2021', which is no date"),  # of March or April?
        ({"window": ("2021-01-01", "now")}, "window is 'now', which is no date"),
        ({"strength": "recency", "as_of": 2020}, "as_of is 2020"),
        ({"minimum": 0}, "minimum is 0"),
        ({"minimum": 1.5}, "minimum is 1.5"),
        ({"half_life": 0}, "half_life is 0"),
        ({"half_life": "long"}, "half_life is 'long'"),
        ({"strength": "recency", "as_of": "soon"}, "as_of is 'soon'"),
    ],
)
def test_options_are_checked(rules, message):
    with pytest.raises(OptionError, match=message):
        build_network(make(firms=firms(), partnerships=pacts(("A", "B"))), **rules)


def test_every_rule_lands_in_the_settings():
    import inspect

    records = make(firms=firms(), partnerships=pacts(("A", "B", "A", "2019-01-01")), groups=members("G:AB"))
    rules = {
        name for name, part in inspect.signature(build_network).parameters.items() if part.kind.name == "KEYWORD_ONLY"
    }
    sets = [
        build_network(
            records, strength=how, multiparty="star", layers=layers, window=("2018-01-01", "2020-01-01")
        ).settings
        for how, layers in (("count", None), ("sum", "alliance"), ("recency", None))
        if how != "sum"
    ]
    kept = set().union(*sets) | {"strength_of"}
    assert rules <= kept
    assert sets[0]["window"] == ("2018-01-01", "2020-01-01")
    priced = make(firms=firms(), partnerships=pacts(("A", "B", "A", None, None, 3)))
    assert build_network(priced, strength="sum").settings["strength_of"] == "value"


# ── the rules read again in plain Python, and the three engines ──

DAYS = [None, "2010-01-01", "2011-01-01", "2012-01-01", "2013-01-01"]


@st.composite
def reports_(draw):
    rows = []
    for _ in range(draw(st.integers(0, 14))):
        a, b = draw(st.lists(st.sampled_from("ABCD"), min_size=2, max_size=2, unique=True))
        start, length = draw(st.integers(0, 4)), draw(st.sampled_from([None, 0, 1, 2]))
        end = None if length is None else DAYS[min(start + length, 4)]
        rows.append(
            {
                "a": a,
                "b": b,
                "kind": draw(st.sampled_from(["alliance", "supply"])),
                "reported_by": draw(st.sampled_from([None, a, b, a, b, "Office"])),
                "start": DAYS[start],
                "end": end,
                "value": draw(st.sampled_from([None, 1.0, 2.0, 5.0])),
            }
        )
    return rows


@st.composite
def mixed(draw):
    groups = []
    for name in range(draw(st.integers(0, 3))):
        groups += members(f"G{name}:" + "".join(draw(st.sets(st.sampled_from("ABCDE"), min_size=1))))
    sent = [
        {"from": a, "to": b, "date": draw(st.sampled_from(DAYS))}
        for a, b in draw(st.lists(st.permutations("ABCD").map(lambda p: p[:2]), max_size=5))
    ]
    return draw(reports_()), groups, sent


def by_hand(rows, rule):
    """n_agreements, value and confirmed of every tie, from the Notes of build_network, one loop a sentence."""
    low, high = pd.Timestamp("1700-01-01"), pd.Timestamp("2200-01-01")
    pairs = defaultdict(list)
    for row in rows:
        pair = (row["a"], row["b"]) if row["kind"] == "supply" else tuple(sorted((row["a"], row["b"])))
        spell = (pd.Timestamp(row["start"]) if row["start"] else low, pd.Timestamp(row["end"]) if row["end"] else high)
        pairs[row["kind"], *pair].append((spell, row["reported_by"], row["value"]))
    out = {}
    for (kind, a, b), reports in pairs.items():
        episodes = []
        for report in sorted(reports, key=lambda r: r[0]):
            if episodes and report[0][0] <= max(r[0][1] for r in episodes[-1]):
                episodes[-1].append(report)
            else:
                episodes.append([report])
        agreements = []
        for episode in episodes:
            by = defaultdict(list)
            for report in sorted(episode, key=lambda r: (*r[0], -(r[2] or -1))):
                by[report[1]].append(report)
            most = max(map(len, by.values()))
            agreements += [[part[place] for part in by.values() if place < len(part)] for place in range(most)]
        both = [{a, b} <= {r[1] for r in agreement} for agreement in agreements]
        if rule == "intersection":
            agreements = [agreement for agreement, sure in zip(agreements, both, strict=True) if sure]
            values = [
                min((r[2] for r in agreement if r[1] in (a, b) and r[2] is not None), default=None)
                for agreement in agreements
            ]
        elif rule == "union":
            values = [max((r[2] for r in agreement if r[2] is not None), default=None) for agreement in agreements]
        else:
            agreements = [[r] for agreement in agreements for r in agreement]
            values = [agreement[0][2] for agreement in agreements]
        if agreements:
            known = [value for value in values if value is not None]
            records = [r for agreement in agreements for r in agreement]
            reporters = {r[1] for r in records} - {None}
            out[kind, a, b] = (len(agreements), len(records), len(reporters), any(both), sum(known) if known else None)
    return out


def told(ties):
    columns = ["layer", "source", "target", "n_agreements", "n_records", "n_reporters", "confirmed", "value"]
    return {
        tuple(row[:3]): (*map(int, row[3:6]), bool(row[6]), None if pd.isna(row[7]) else row[7])
        for row in ties[columns].itertuples(index=False, name=None)
    }


RULES = st.sampled_from(["union", "intersection", "sum"])
FEW = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
QUICK = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@QUICK
@given(reports_(), RULES)
def test_ties_follow_the_written_rules(rows, rule):
    if rule == "intersection" and not any(row["reported_by"] for row in rows):
        return
    net = build_network(make(firms=firms("ABCD"), partnerships=rows), reports=rule)
    assert told(net.ties) == by_hand(rows, rule)


@pytest.mark.slow
@FEW
@given(reports_().filter(len), RULES, st.sampled_from(["count", "sum", "max"]), st.integers(1, 2))
def test_three_engines_and_the_builder_agree(rows, rule, how, least):
    frame = pd.DataFrame(rows).rename(
        columns={"a": "source", "b": "target", "reported_by": "reporter", "kind": "layer"}
    )
    frame = frame[frame["layer"] == "alliance"].reset_index(drop=True)
    frame = frame.assign(amount=frame["value"].astype("float64"), value=frame["value"].astype("float64"))
    for column in ("start", "end"):
        frame[column] = pd.to_datetime(frame[column]).astype("datetime64[us]")
    for column in ("source", "target", "layer", "reporter"):
        frame[column] = frame[column].astype("str")
    options = {"reports": rule, "strength": how, "minimum": least}
    engines = {
        "pandas": aggregate_ties(frame, **options),
        "polars": aggregate_ties(pl.from_pandas(frame), **options).to_pandas(),
        "lazy": aggregate_ties(pl.from_pandas(frame).lazy(), **options).collect().to_pandas(),
        "duckdb": aggregate_ties(duckdb.from_df(frame), **options).df(),
    }
    answers = {}
    for name, ties in engines.items():
        spells = [
            tuple(None if pd.isna(day) else pd.Timestamp(day) for day in pair)
            for pair in zip(ties["start"], ties["end"], strict=True)
        ]
        keys = zip(ties["source"], ties["target"], strict=True)
        answers[name] = told(ties), dict(zip(keys, zip(ties["strength"], spells, strict=True), strict=True))
    records = make(firms=firms("ABCD"), partnerships=[row for row in rows if row["kind"] == "alliance"])
    try:
        ties = build_network(records, reports=rule, strength=how, minimum=least).ties
    except OptionError as error:  # no amounts or no reporters at all: the builder says so, the engine gives no ties
        assert "no record of alliance" in str(error) or "who reported" in str(error)  # noqa: PT017
        assert not len(engines["pandas"])
    else:
        spells = [
            tuple(None if pd.isna(day) else day for day in pair)
            for pair in zip(ties["start"], ties["end"], strict=True)
        ]
        keys = zip(ties["source"], ties["target"], strict=True)
        answers["builder"] = told(ties), dict(zip(keys, zip(ties["strength"], spells, strict=True), strict=True))
    for name, answer in answers.items():
        assert answer == answers["pandas"], name


@pytest.mark.parametrize("engine", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
def test_rows_without_a_layer_are_not_lost_and_blanks_do_not_count(engine):
    frame = engine({"source": ["A", "A", "B"], "target": ["B", "B", "C"], "layer": ["alliance", None, None]})
    ties = aggregate_ties(frame)
    ties = ties if isinstance(ties, pd.DataFrame) else ties.to_pandas()
    assert sorted(zip(ties["source"], ties["target"], ties["layer"], strict=True)) == [
        ("A", "B", "alliance"),
        ("A", "B", "tie"),
        ("B", "C", "tie"),
    ]
    blanks = engine({"source": ["A", "A ", "", "A"], "target": [" B", "B", "B", None], "reporter": ["A", " B", "", ""]})
    ties = aggregate_ties(blanks)
    assert ties["n_records"].to_list() == [2]
    assert ties["confirmed"].to_list() == [True]
    with pytest.raises(OptionError, match="minimum is 'two'"):
        aggregate_ties(frame, minimum="two")


@pytest.mark.slow
@FEW
@given(mixed(), st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(data, random):
    rows, groups, sent = data
    first = build_network(make(firms=firms("ABCDE"), partnerships=rows, groups=groups, referrals=sent))
    mixed_up = [random.sample(part, len(part)) for part in data]
    again = build_network(
        make(firms=firms("ABCDE"), partnerships=mixed_up[0], groups=mixed_up[1], referrals=mixed_up[2])
    )
    pd.testing.assert_frame_equal(first.ties, again.ties)


@pytest.mark.slow
@FEW
@given(mixed())
def test_identities(data):
    rows, groups, sent = data
    records = make(firms=firms("ABCDE"), partnerships=rows, groups=groups, referrals=sent)
    net = build_network(records)
    ties = net.ties
    # Under "count" the strengths sum to the agreements; every tie has lineage, of n_records partnerships and referrals.
    assert ties["strength"].sum() == ties["n_agreements"].sum()
    sizes = pd.DataFrame(groups, columns=["group_id", "kind", "firm"]).groupby("group_id").size()
    pairs = int((sizes * (sizes - 1) / 2).sum())
    assert ties["n_records"].sum() == len(rows) + pairs + len(sent)
    lineage = net.lineage_table
    assert set(lineage.index) == set(ties.index)
    assert (lineage["table"] == "groups").sum() == 2 * pairs
    # In- equals out-strength in sum.
    matrix = net.adjacency
    assert matrix.sum(axis=0).sum() == pytest.approx(matrix.sum(axis=1).sum())
    if any(row["reported_by"] for row in rows):
        sure = build_network(records, reports="intersection").ties.set_index(["source", "target", "layer"])["strength"]
        union = ties.set_index(["source", "target", "layer"])["strength"]
        summed = build_network(records, reports="sum").ties.set_index(["source", "target", "layer"])["strength"]
        assert (union.reindex(sure.index) >= sure).all()
        assert (summed.reindex(union.index) >= union).all()
    newman = build_network(make(firms=firms("ABCDE"), groups=groups), multiparty="clique_newman")
    assert newman.ties["strength"].sum() == pytest.approx(sizes[sizes > 1].sum() / 2)
    two = build_agreements(make(firms=firms("ABCDE"), groups=groups))
    if two.is_two_mode:
        projected = two.project("firm", "newman")
        assert strengths(projected) == pytest.approx(strengths(newman))


# ── the short cuts for a million rows ──


@QUICK
@given(st.lists(st.integers(0, 5) | st.integers(0, 2**62), max_size=30))
def test_the_quick_sort_is_the_stable_one(key):
    values = np.array(key, dtype=np.int64)
    assert stable_order(values).tolist() == sorted(range(len(key)), key=key.__getitem__)


def test_a_network_of_row_numbers_is_the_network_of_ids():
    rows = [
        {"a": "C", "b": "A", "kind": "alliance", "start": "2020-01-01", "value": 2.0},
        {"a": "B", "b": "D", "kind": "supply", "end": "2021-01-01"},
    ]
    net = build_network(make(firms=firms("DABC"), partnerships=rows))
    assert net.equals(Network(net.firms, net.ties))
    assert net.ties[["source", "target"]].values.tolist() == [["A", "C"], ["B", "D"]]
    arcs = net.simple()  # by row numbers; the tie without direction is two arcs
    assert list(zip(arcs.source.tolist(), arcs.target.tolist(), strict=True)) == [(1, 3), (2, 0), (3, 1)]


# ── real records ──


@pytest.fixture(scope="module")
def consortia() -> Records:
    folder = SHARED / "data" / "h2020_2016"
    if not folder.exists():
        pytest.skip("shared/data/h2020_2016 is absent")
    read_records = pytest.importorskip("clusternet.records").read_records
    mapping = {
        "firms": {"file": "unique_org.csv", "columns": {"firm_id": "new_org_id", "name": "name", "country": "country"}},
        "groups": {
            "file": "edges.csv",
            "columns": {"group_id": "projectRcn", "firm": "new_org_id"},
            "constants": {"kind": "joint_venture"},
        },
    }
    return read_records(folder, mapping=mapping)


@pytest.mark.slow
@pytest.mark.reference
def test_european_consortia_counts(consortia):
    """Published on the wiki of the project that collected them: shared/data/h2020_2016/SOURCE.md."""
    net = build_network(consortia)
    assert net.n_firms == 12_326
    assert len(net.isolates) == 1_246
    assert net.n_ties == 170_120
    assert net.ties["strength"].sum() == 196_436
    stable = build_network(consortia, minimum=2)
    assert stable.n_ties == 16_289
    assert stable.largest_component().n_firms == 2_069
    two = build_agreements(consortia)
    assert (two.firms["mode"] == "agreement").sum() == 7_574
    assert two.n_ties == 31_868
    shares = build_network(consortia, multiparty="clique_newman")
    projected = two.project("firm", "newman")
    assert projected.n_ties == 170_120
    size = two.firms["size"].dropna()
    assert shares.ties["strength"].sum() == pytest.approx(size[size > 1].sum() / 2)
    assert projected.ties["strength"].sum() == pytest.approx(size[size > 1].sum() / 2)
    assert len(net.lineage_table) == 2 * 196_436
