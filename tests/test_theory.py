"""Claims of theory: the register, evidence from any source, what a finding says, and size and power of every test."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.hazard_regression import PHReg

import clusternet as cn
from clusternet import theory
from clusternet.errors import OptionError
from clusternet.result import NullTest, Settings
from clusternet.theory import _growth
from clusternet.theory._finding import TESTS, UntestableError, against_chance, estimated, number_text
from clusternet.theory._growth import DELAYS, _Cascade
from clusternet.theory._models import _guess, _kappas
from clusternet.theory._statistics import contracts, dyadic, hazard, least_squares, spells

DISTRICT = Path(__file__).parents[1] / "data" / "harbor_district"
MINE = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 15, 16, 27, 28, 29, 30, 31, 71, 72, 75, 81, 84]


@pytest.fixture(scope="module")
def district():
    return theory.evidence(DISTRICT)


# ── the register ──


def test_register_has_all_claims_once_in_our_own_words():
    assert sorted(theory.REGISTER) == list(range(1, 86))
    words = [entry.claim for entry in theory.REGISTER.values()]
    assert len(set(words)) == 85
    assert all(entry.claim.endswith(".") and len(entry.claim) < 130 for entry in theory.REGISTER.values())
    assert all(entry.falsified and entry.reading and entry.needs for entry in theory.REGISTER.values())
    assert all(
        re.fullmatch(r"[a-z]+\.[a-z_]+(\|[a-z]+\.[a-z_]+)*", need)
        for entry in theory.REGISTER.values()
        for need in entry.needs
    )


def test_register_keeps_contested_claims_contested():
    assert [number for number, entry in theory.REGISTER.items() if entry.contested] == [6, 40, 47, 49, 50, 61]
    assert "contested" in theory.layers_support_each_other.__doc__.lower() or "disagrees" in (
        theory.layers_support_each_other.__doc__
    )


@pytest.mark.parametrize(("number", "section"), [(1, "A1"), (11, "A2"), (26, "A3"), (31, "A4"), (32, "A5"), (85, "A8")])
def test_sections(number, section):
    assert theory.REGISTER[number].section == section


@pytest.mark.parametrize("number", MINE)
def test_every_test_tells_its_claim_and_what_falsifies_it(number):
    text = TESTS[number].__doc__
    assert f"**Claim {number}**" in text
    assert "Falsified when" in text
    assert TESTS[number].__name__ in theory.__all__


# ── claims ──


def test_claims_without_evidence_is_the_register():
    table = theory.claims()
    assert list(table.index) == list(range(1, 86))
    assert set(table["status"]) == {"not asked", "registered"}
    assert (table.loc[MINE, "status"] == "not asked").all()
    assert (table["needs"] != "").all()


def test_claims_never_raises_for_lack_of_columns():
    net = cn.Network.from_edges([("A", "B"), ("B", "C"), ("C", "A"), ("C", "D")])
    table = theory.claims(net, draws=39, seed=1)
    assert len(table) == 85
    assert table.attrs["seed"] == 1
    assert (table.loc[MINE, "status"] == "needs").sum() >= 20
    assert "referrals.from" in table.loc[1, "lacks"]
    assert table.loc[10, "note"] == (
        "these records have no partnerships (start) or referrals (date), no outcomes (firm_id, period, revenue)"
    )
    empty = theory.claims(cn.Network(["A"], pd.DataFrame({"source": [], "target": []})), draws=39, seed=1)
    assert (empty.loc[MINE, "status"] == "needs").all()


def test_claims_is_reproducible_and_independent_of_the_others(district):
    some = theory.findings(district, numbers=[6, 81], draws=49, seed=3)
    alone = theory.findings(district, numbers=[81], draws=49, seed=3)
    assert some[81].interval == alone[81].interval
    assert theory.findings(district, numbers=[81], draws=49, seed=4)[81].interval != alone[81].interval


def test_a_test_has_the_signature_it_says():
    import inspect

    text = str(inspect.signature(theory.boundaries_hold)).replace("'", "")
    assert (
        text
        == "(evidence: Source, *, draws: int = 999, seed: int | None = None, boundary: str | None = None) -> Finding"
    )
    with pytest.raises(TypeError, match="boundry"):
        theory.boundaries_hold(cn.Network.from_edges([("A", "B")]), boundry="region")


def test_findings_refuse_what_has_no_test():
    net = cn.Network.from_edges([("A", "B")])
    with pytest.raises(OptionError, match="no test"):
        theory.findings(net, numbers=[11])
    with pytest.raises(OptionError, match="numbered 1 to 85"):
        theory.findings(net, numbers=[86])
    with pytest.raises(OptionError, match="at least 39"):
        theory.reciprocity_above_chance(net, draws=10)


@pytest.mark.slow
def test_district_agrees_with_what_was_planted(district):
    table = theory.claims(district, draws=199, seed=1)
    # The simulator plants regional communities, tiers of supply, cliques of fellow members, and no self-feeding loop.
    assert table.loc[[8, 29, 31, 81, 84], "verdict"].tolist() == ["agrees"] * 5
    assert table.loc[12, "verdict"] == "contradicts"
    assert table.loc[[7, 10], "lacks"].str.contains("outcomes.revenue").all()
    text = theory.claims_text(table)
    assert "AGREES" in text
    assert "NOT TESTED" in text
    assert "No firm is an island." in text
    assert max(map(len, text.splitlines())) <= 110


# ── evidence ──


def records(**more):
    tables = {
        "firms": pd.DataFrame({"firm_id": ["F1", "F2", "F3"], "name": ["Ada Yachts", "Bo Ropes", "Cy Sails"]}),
        "partnerships": pd.DataFrame(
            {"kind": ["alliance", "supply"], "a": ["Ada Yachts", "Bo Ropes"], "b": ["Bo Ropes", "Cy Sails"],
             "start": ["2020-01-01", "2021-01-01"]}
        ),
        "referrals": pd.DataFrame({"from": ["Cy Sails"], "to": ["F1"], "date": ["2021-05-01"]}),
    }  # fmt: skip
    return cn.read_records(tables | more)


def test_evidence_names_firms_by_id_everywhere():
    outcomes = pd.DataFrame({"firm_id": ["Ada Yachts"], "period": ["2020"], "revenue": [10.0]})
    seen = theory.evidence(records(outcomes=outcomes))
    assert seen.table("partnerships")["a"].tolist() == ["F1", "F2"]
    assert seen.table("referrals")[["from", "to"]].values.tolist() == [["F3", "F1"]]
    assert seen.table("outcomes")["firm_id"].tolist() == ["F1"]
    assert seen.table("supply")[["supplier", "buyer"]].values.tolist() == [["F2", "F3"]]
    assert seen.lacks(("outcomes.revenue", "outcomes.exit", "firms.sector|firms.name")) == ("outcomes.exit",)


def test_evidence_of_a_network_alone_has_the_same_tables():
    net = cn.build_network(records())
    seen = theory.evidence(network=net)
    assert seen.table("supply")[["supplier", "buyer"]].values.tolist() == [["F2", "F3"]]
    assert seen.table("referrals")["date"].tolist() == [pd.Timestamp("2021-05-01")]
    assert seen.table("firms")["firm_id"].tolist() == ["F1", "F2", "F3"]
    assert seen.settings.parameters["tables"]["firms"] == "network"


def test_evidence_takes_further_tables_and_says_what_is_wrong_with_them():
    markets = pd.DataFrame({"firm_id": ["Bo Ropes", "F3"], "market": ["north", "south"], "sales": ["3", "4"]})
    seen = theory.evidence(records(), tables={"markets": markets})
    assert seen.table("markets")["firm_id"].tolist() == ["F2", "F3"]
    assert seen.table("markets")["sales"].tolist() == [3.0, 4.0]
    assert seen.table("markets")["period"].isna().all()
    with pytest.raises(OptionError, match="Did you mean 'markets'"):
        theory.evidence(records(), tables={"market": markets})
    with pytest.raises(OptionError, match="'Nobody'"):
        theory.evidence(records(), tables={"markets": markets.assign(firm_id="Nobody")})
    with pytest.raises(OptionError, match=r"markets\.sales cannot be read as number: 'much'"):
        theory.evidence(records(), tables={"markets": markets.assign(sales="much")})
    with pytest.raises(OptionError, match="give a DataFrame"):
        theory.evidence(records(), tables={"markets": [1, 2]})
    with pytest.raises(OptionError, match="repeated columns"):
        theory.evidence(records(), tables={"markets": pd.concat([markets, markets], axis=1)})
    with pytest.raises(OptionError, match="give records"):
        theory.evidence()
    with pytest.raises(OptionError, match="no table 'nothing'"):
        seen.table("nothing")


def test_evidence_refuses_two_modes():
    firms = pd.DataFrame({"mode": ["firm", "deal"]}, index=["A", "x"])
    with pytest.raises(OptionError, match="two-mode"):
        theory.evidence(network=cn.Network(firms, pd.DataFrame({"source": ["A"], "target": ["x"]})))


# ── findings ──


def draws_of(values, observed):
    return NullTest(statistic="x", observed=observed, draws=pd.Series(values, dtype=float), settings=Settings())


@pytest.mark.parametrize("rank", [0, 1, 24, 25, 26, 500, 973, 974, 975, 998])
def test_interval_against_chance_leaves_zero_out_exactly_when_p_is_small(rank):
    values = np.arange(999.0)
    part = against_chance("x", draws_of(values, values[rank]), n=1, of="ties", unit="x")
    assert (part.low > 0 or part.high < 0) == (part.p <= 0.05)
    assert part.estimate == pytest.approx(values[rank] - 499)


def test_part_agrees_by_its_interval():
    more = estimated("x", 2.0, 0.5, n=9, of="ties", unit="x")
    assert (more.low, more.high) == pytest.approx((2 - 1.96 * 0.5, 2 + 1.96 * 0.5), abs=1e-3)
    assert more.agrees is True
    assert estimated("x", 2.0, 0.5, n=9, of="ties", unit="x", expected="less").agrees is False
    assert estimated("x", 0.5, 0.5, n=9, of="ties", unit="x").agrees is None
    assert estimated("x", 2.0, 0.5, n=9, of="ties", unit="x", expected="told").agrees is None
    ratio = estimated("x", np.log(2), 0.1, n=9, of="ties", unit="ratio", ratio=True)
    assert (ratio.estimate, ratio.null) == pytest.approx((2.0, 1.0))
    assert estimated("x", 2.0, 1.0, n=5, of="x", unit="x", df=3).p == pytest.approx(0.1393, abs=1e-4)
    with pytest.raises(UntestableError):
        estimated("x", float("nan"), 1.0, n=5, of="x", unit="x")


def test_finding_tells_everything_and_leaves_the_verdict():
    seen = theory.planted(2, seed=1)
    found = theory.balanced_exchange(seen, draws=99, seed=1)
    assert found.status == "tested"
    assert found.agrees is True
    assert found.verdict == "agrees"
    assert found.expected == "more than 0"
    assert found.n == 45
    assert found.settings.seed == 1
    assert found.settings.parameters["draws"] == 99
    assert found.to_frame().loc["balance above chance", "agrees"] is True
    assert "claim 2" in found.summary()
    assert found.falsified in found._repr_html_()
    assert found.tests[0].observed == pytest.approx(found.estimate + found.tests[0].expected)


def test_finding_without_columns_names_them():
    found = theory.platforms_scale(cn.Network.from_edges([("A", "B")]))
    assert found.status == "needs"
    assert found.agrees is None
    assert found.verdict == "not tested"
    assert found.needs == ("groups.group_id", "groups.firm", "governance.record_id", "governance.cost")
    assert np.isnan(found.estimate)
    assert "no governance (record_id, cost)" in found.summary()
    assert "not tested" in found._repr_html_()


def test_text_of_others_is_escaped():
    firms = pd.DataFrame({"<b>": ["x", "y"] * 10}, index=[f"F{number}" for number in range(20)])
    ties = pd.DataFrame({"source": firms.index, "target": np.roll(firms.index, 1)})
    found = theory.boundaries_hold(cn.Network(firms, ties), draws=39, seed=1, boundary="<b>")
    assert found.status == "tested"
    assert "<b>" not in found._repr_html_().replace("<b>", "", 0).split("<table", 1)[1]


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0.00"), (1e-9, "1.00e-09"), (123456.0, "123,456"), (float("inf"), "∞"), (-0.5, "-0.500")]
)
def test_numbers_are_told_to_three_digits(value, text):
    assert number_text(value) == text


# ── single claims against numbers worked by hand ──


def test_reciprocity_is_that_of_the_literature():
    arcs = [("A", "B"), ("B", "A"), ("B", "C"), ("C", "D"), ("D", "A")]
    ties = pd.DataFrame(arcs, columns=["source", "target"]).assign(layer="referral", directed=True)
    found = theory.reciprocity_above_chance(cn.Network.from_edges(ties), draws=199, seed=1)
    density = 5 / 12
    assert found.tests[0].observed == pytest.approx((2 / 5 - density) / (1 - density))
    assert found.untested[0].startswith("whether mutual relations make firms grow")


def test_balance_by_hand():
    one = [f"F{number}" for number in range(6)]
    other = [f"G{number}" for number in range(6)]
    table = pd.DataFrame({"from": one + other, "to": other + one, "customers": [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 12]})
    ties = pd.DataFrame({"source": table["from"], "target": table["to"], "layer": "referral", "directed": True})
    seen = theory.evidence(network=cn.Network.from_edges(ties), tables={"referrals": table})
    found = theory.balanced_exchange(seen, draws=99, seed=1)
    assert found.tests[0].observed == pytest.approx((5 + 1 - 6 / 18) / 6)
    assert found.settings.parameters["amount"] == "customers"


def test_flows_without_an_answer_do_not_shift_the_balance():
    rng = np.random.default_rng(3)
    one, other = [f"F{k}" for k in range(40)], [f"G{k}" for k in range(40)]
    there, again = np.ceil(np.exp(rng.normal(1, 1.2, (2, 40))))
    table = pd.DataFrame({"from": one + other, "to": other + one, "customers": [*there, *again]})
    # All of one size: dealt among the mutual pairs they would make these look uneven.
    lone = pd.DataFrame({"from": one[:39], "to": one[1:], "customers": 3.0})
    answers = []
    for rows in (table, pd.concat([table, lone], ignore_index=True)):
        net = cn.Network.from_edges(rows.rename(columns={"from": "source", "to": "target"})[["source", "target"]]
                                    .assign(layer="referral"), directed=True)  # fmt: skip
        answers.append(theory.balanced_exchange(theory.evidence(network=net, tables={"referrals": rows}),
                                                draws=199, seed=1))  # fmt: skip
    alone, beside = answers
    assert alone.tests[0].observed == pytest.approx(beside.tests[0].observed)
    assert alone.tests[0].expected == pytest.approx(beside.tests[0].expected, abs=0.01)
    assert alone.agrees is beside.agrees is None


def test_the_interval_of_feeding_leaves_the_delay_open():
    seen = theory.planted(12, effect=0.0, seed=21)
    found = theory.referrals_feed_themselves(seen)
    table = seen.table("referrals").sort_values("date")
    clock = ((table["date"] - table["date"].min()) / pd.Timedelta(days=1)).to_numpy(dtype=float)
    firms = pd.Index(pd.unique(table[["from", "to"]].to_numpy().ravel()))
    source, target = firms.get_indexer(table["from"]), firms.get_indexer(table["to"])
    fits = [_Cascade.of(clock, source, target, delay) for delay in DELAYS]
    ratios = np.arange(0, 0.6, 0.005)
    best = np.array([max(fit.profile(ratio) for fit in fits) for ratio in ratios])
    inside = ratios[best > best.max() - 3.8415 / 2]
    assert found.interval == pytest.approx((inside[0], inside[-1]), abs=0.006)
    # With one delay chosen beforehand the interval is narrower: it forgets that the delay was chosen.
    chosen = max(fits, key=lambda fit: max(fit.profile(ratio) for ratio in ratios[::10]))
    narrow = np.array([chosen.profile(ratio) for ratio in ratios])
    assert np.ptp(ratios[narrow > narrow.max() - 3.8415 / 2]) <= np.ptp(inside)


def test_the_pace_of_every_firm_is_the_one_of_highest_likelihood():
    rng = np.random.default_rng(5)
    clock = np.sort(rng.uniform(0, 700, 60))
    source = rng.integers(0, 4, 60)
    fit = _Cascade.of(clock, source, (source + rng.integers(1, 4, 60)) % 4, 30.0)
    own = np.bincount(fit.sender, minlength=4).astype(float)
    for _ in range(5000):
        # Expectation and maximization in turns: slow and sure.
        part = own[fit.sender] * fit.pace
        own = np.bincount(fit.sender, weights=part / (part + 0.3 * fit.push), minlength=4)
    rate = own[fit.sender] * fit.pace + 0.3 * fit.push
    assert fit.profile(0.3) == pytest.approx(np.log(rate).sum() - own.sum() - 0.3 * fit.exposure[0], abs=1e-7)


@pytest.mark.parametrize(
    ("draws", "observed", "verdict"),
    [([0.0] * 98 + [5.0], 0.0, None), ([0.0] * 98 + [-5.0], 0.0, None), ([1.0] * 98 + [90.0], 1.5, True),
     ([-1.0] * 98 + [-90.0], -1.5, False), ([0.0] * 98 + [5.0], 1.0, True)],
)  # fmt: skip
def test_an_estimate_lies_within_its_interval(draws, observed, verdict):
    test = NullTest(statistic="x", observed=observed, draws=pd.Series(draws), settings=Settings({}))
    part = against_chance("x", test, n=9, of="ties", unit="")
    assert part.agrees is verdict
    assert (part.p <= 0.05) == (verdict is not None)
    if np.sign(part.estimate) == np.sign(observed):
        assert part.low <= part.estimate <= part.high


def test_notes_hold_at_the_edge(monkeypatch):
    seen = theory.planted(12, effect=0.0, seed=21)
    monkeypatch.setattr(_growth, "_interval", lambda fits, peak: (0.0, 0.0703, 0.001))
    assert "fewer than 8 set off another" in theory.referrals_feed_themselves(seen).note
    triangle = cn.Network.from_edges([("A", "B"), ("B", "C"), ("C", "A")])
    found = theory.whole_exceeds_parts(triangle, draws=39, seed=1)
    assert found.note.endswith("100.0% are tied; partners per firm alone give 100.0%.")
    even = theory.targeting_beats_outreach(theory.planted(14, effect=0.0, seed=3), draws=39, seed=1)
    assert "bound to be so" not in even.note


def test_ages_that_no_tie_reached_are_not_told():
    start = pd.Timestamp("2018-01-01") + pd.to_timedelta(np.arange(40) * 32, unit="D")
    years = np.tile([0.5, 1.5, 2.5, 9.0], 10)
    table = pd.DataFrame({"kind": "alliance", "a": [f"F{k}" for k in range(40)], "b": [f"G{k}" for k in range(40)],
                          "start": start, "end": start + pd.to_timedelta(years * 365.25, unit="D")})  # fmt: skip
    found = theory.old_ties_are_firm(theory.evidence({"partnerships": table.astype({"start": str, "end": str})}))
    assert "five years" not in found.note
    assert re.search(r"of those that are [1-4] years? old", found.note)


def test_layers_overlap_by_hand():
    ties = pd.DataFrame(
        {"source": [*"AABC"], "target": [*"BCCD"], "layer": ["alliance", "alliance", "supply", "supply"]}
    )
    both = pd.concat([ties, pd.DataFrame({"source": ["B"], "target": ["A"], "layer": ["supply"]})], ignore_index=True)
    found = theory.layers_support_each_other(cn.Network.from_edges(both), draws=99, seed=1)
    assert found.tests[0].observed == pytest.approx(1 / 4)
    assert found.contested


def test_incoherence_is_the_listed_measure():
    rng = np.random.default_rng(3)
    ties = pd.DataFrame({"source": rng.integers(0, 12, 30), "target": rng.integers(0, 12, 30)})
    ties = ties[ties["source"] != ties["target"]].drop_duplicates().assign(layer="supply", directed=True)
    net = cn.Network.from_edges(ties.reset_index(drop=True))
    found = theory.supply_runs_in_tiers(net, draws=99, seed=1)
    assert found.tests[0].observed == pytest.approx(cn.centrality.trophic_incoherence(net))


def test_trios_are_counted_like_brute_force():
    from itertools import combinations

    seen = theory.planted(9, seed=4)
    net, sector = seen.network, seen.network.firms["sector"]
    pairs = {frozenset(pair) for pair in net.ties[["source", "target"]].to_numpy().tolist()}
    want = sum(
        len({sector[firm] for firm in trio}) == 3 and all(frozenset(pair) in pairs for pair in combinations(trio, 2))
        for trio in combinations(net.firms.index, 3)
    )
    assert theory.trios_of_trades(seen, draws=39, seed=1).tests[0].observed == want


def test_hub_effect_is_the_regression_with_dummies():
    import statsmodels.api as sm

    seen = theory.planted(10, seed=6)
    found = theory.hubs_grow(seen)
    table = seen.table("outcomes")
    table["log"] = np.log(table["revenue"])
    table["growth"] = table.groupby("firm_id")["log"].diff()
    rows = table.dropna(subset=["growth"]).copy()
    ties = seen.network.ties
    rows["partners"] = [
        int((((ties["source"] == firm) | (ties["target"] == firm)) & (ties["start"] <= f"{period}-01-01")).sum())
        for firm, period in zip(rows["firm_id"], rows["period"], strict=True)
    ]
    dummies = pd.get_dummies(rows[["firm_id", "period"]], drop_first=True, dtype=float)
    x = sm.add_constant(dummies.assign(partners=np.log1p(rows["partners"])))
    fit = sm.OLS(rows["growth"], x).fit(cov_type="cluster", cov_kwds={"groups": pd.factorize(rows["firm_id"])[0]})
    assert found.estimate == pytest.approx(fit.params["partners"], abs=1e-8)
    assert (found.interval[1] - found.interval[0]) / 3.96 == pytest.approx(fit.bse["partners"], rel=0.12)


def test_cliques_of_agreements_do_not_count_as_closure(district):
    net = dyadic(district)
    lineage = district.network.lineage_table
    assert net.n_ties < len(district.network.simple("undirected").source)
    assert (lineage["table"] == "groups").any()
    found = theory.whole_exceeds_parts(district, draws=39, seed=1)
    assert found.tests[0].observed == pytest.approx(cn.cohesion.transitivity(net))


def test_one_contract_that_both_sides_report_counts_once():
    table = pd.DataFrame(
        {"kind": "alliance", "a": ["F1", "F2", "F2"], "b": ["F2", "F1", "F1"], "reported_by": ["F1", "F2", "F2"],
         "start": ["2020-01-01", "2020-01-01", "2021-01-01"], "end": ["2020-12-31", "2020-12-31", None]}
    )  # fmt: skip
    seen = theory.evidence(records(partnerships=table))
    assert len(contracts(seen)) == 2
    told = spells(seen)
    assert told["ended"].tolist() == [True, False]
    assert told["time"].tolist() == pytest.approx([366 / 365.25, 121 / 365.25])


# ── the statistics underneath ──


def test_least_squares_agrees_with_statsmodels():
    import statsmodels.api as sm

    rng = np.random.default_rng(1)
    x = np.column_stack([rng.normal(size=60), rng.normal(size=60), np.ones(60)])
    y = x @ [0.5, -1, 2] + rng.normal(size=60) * (1 + x[:, 0] ** 2)
    group = np.arange(60) // 5
    for ours, theirs in (
        (least_squares(y, x), sm.OLS(y, x).fit(cov_type="HC3")),
        (least_squares(y, x, groups=group), sm.OLS(y, x).fit(cov_type="cluster", cov_kwds={"groups": group})),
    ):
        assert ours.estimate == pytest.approx(theirs.params)
        assert ours.se == pytest.approx(theirs.bse)
    with pytest.raises(UntestableError):
        least_squares(y, np.column_stack([x, x[:, 0]]))


def test_hazard_agrees_with_statsmodels():
    rng = np.random.default_rng(2)
    n = 150
    table = pd.DataFrame({"one": rng.normal(size=n), "two": rng.integers(0, 2, n), "kind": rng.integers(0, 3, n)})
    time = rng.exponential(np.exp(-0.7 * table["one"]))
    table["time"] = np.round(np.minimum(time, 2), 1) + 0.1
    table["ended"] = time < 2
    model = PHReg(table["time"], table[["one", "two"]], status=table["ended"].astype(int), strata=table["kind"],
                  ties="breslow")  # fmt: skip
    theirs = model.fit(disp=0)
    ours = hazard(table, ["one", "two"], strata="kind")
    assert ours.estimate == pytest.approx(theirs.params, abs=1e-6)
    assert ours.se == pytest.approx(theirs.bse, abs=1e-6)
    # Every relation counted twice, in clusters of two, says no more than once.
    twice = pd.concat([table, table], ignore_index=True)
    alone = hazard(table, ["one", "two"], strata="kind", groups=np.arange(n))
    doubled = hazard(twice, ["one", "two"], strata="kind", groups=np.tile(np.arange(n), 2))
    assert doubled.se == pytest.approx(alone.se, rel=1e-6)
    assert alone.se == pytest.approx(ours.se, rel=0.3)


def test_hazard_without_a_maximum_is_untestable():
    table = pd.DataFrame({"time": np.arange(1.0, 41.0), "one": [0.0, 1.0] * 20, "ended": [False, True] * 20})
    with pytest.raises(UntestableError, match="no finite hazard ratio"):
        hazard(table, ["one"])


def test_kappa_by_hand():
    one, other = np.array([0, 0, 1, 1, 1, 2]), np.array([0, 1, 1, 1, 0, 2])
    agree, chance = 4 / 6, (2 * 2 + 3 * 3 + 1 * 1) / 36
    assert _kappas(one, other, 3)[-1] == pytest.approx((agree - chance) / (1 - chance))
    assert _kappas(one, one, 3).tolist() == pytest.approx([1.0] * 4)


def test_discriminants_guess_what_is_apart():
    rng = np.random.default_rng(1)
    label = np.repeat([0, 1], 40)
    x = rng.normal(size=(80, 2)) + 6 * label[:, None]
    rows = np.arange(80) % 4 == 0
    guessed = _guess([(x[~rows], x[rows], rows)], label, 2)
    assert (guessed[rows] == label[rows]).all()


def test_signatures_of_the_district(district):
    found = theory.model_signatures(district, draws=49, seed=1)
    assert found.kappa.loc["all", "kappa"] > found.kappa.loc["all", "high"]
    assert found.kappa.loc["all", "n"] == len(found.table)
    assert "all" in found.tests
    with pytest.raises(OptionError, match="two kinds"):
        theory.model_signatures(cn.Network.from_edges([("A", "B")]), seed=1)


# ── planted and absent ──


@pytest.mark.parametrize("number", [2, 8, 14, 29, 71, 81])
def test_a_planted_claim_is_found(number):
    found = TESTS[number](theory.planted(number, effect=1.5, seed=11), draws=99, seed=1)
    assert found.agrees is True, found


def test_planted_refuses_what_it_cannot_make():
    with pytest.raises(OptionError, match="cannot be planted"):
        theory.planted(11)
    with pytest.raises(OptionError, match="effect"):
        theory.planted(1, effect=-1)
    with pytest.raises(OptionError, match="replications"):
        theory.power(1, replications=0)


def test_power_tells_its_shares():
    found = theory.power(14, replications=6, draws=39, seed=2)
    row = found.to_frame().loc[14]
    assert row["power"] == found.power == 1.0
    assert row["power_low"] == pytest.approx(6 / (6 + 1.959964**2), abs=1e-6)
    assert found.untested == 0
    assert "size" in found.summary()
    again = theory.power(14, replications=6, draws=39, seed=2)
    assert again.size == found.size


def test_power_table_gives_each_claim_its_own_seed():
    both = theory.power_table([14, 81], replications=4, draws=39, seed=5)
    alone = theory.power_table([81], replications=4, draws=39, seed=5)
    assert both.index.tolist() == [14, 81]
    assert both.loc[81].to_dict() == alone.loc[81].to_dict()
    assert both.attrs["seed"] == 5


WEAKER = {72: 0.6, 9: 0.6, 84: 0.6}
"""Power that is enough, where 0.75 is not reached in so small a cluster."""


def verdicts(number, effect, count):
    draws = 79 if number == 8 else 39  # two attributes share the level of claim 8
    return [
        TESTS[number](theory.planted(number, effect=effect, seed=1000 * number + place), draws=draws, seed=place)
        for place in range(count)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("number", MINE)
def test_size_is_near_nominal_and_the_planted_claim_is_found(number):
    from scipy.stats import binom, kstest

    # Claim 15 takes a network for every year.
    absent, present = verdicts(number, 0.0, 24 if number == 15 else 40), verdicts(number, 1.0, 12)
    assert all(found.status == "tested" for found in absent + present)
    p = np.array([found.p for found in absent])
    # A test of size 5 % rejects more often than this once in ten thousand times, and its p are no smaller than chance.
    most = binom.ppf(0.9999, len(p), 0.05)
    assert (p <= 0.05 + 1e-12).sum() <= most
    assert sum(found.agrees is True for found in absent) <= most
    assert kstest(p, "uniform", alternative="greater").pvalue > 1e-4
    assert np.mean([found.agrees is True for found in present]) >= WEAKER.get(number, 0.75)
    assert sum(found.agrees is False for found in present) <= 1


def test_a_test_that_fails_costs_no_other_claim(monkeypatch):
    def broken(_evidence, **_options):
        return 1 / 0

    monkeypatch.setitem(TESTS, MINE[0], broken)
    net = cn.Network.from_edges([("a", "b"), ("b", "c")])
    with pytest.warns(RuntimeWarning, match=f"claim {MINE[0]}: The test failed.*ZeroDivisionError"):
        table = theory.claims(net, draws=39, seed=1)
    assert table.loc[MINE[0], "status"] == "needs"
    assert "ZeroDivisionError: division by zero" in table.loc[MINE[0], "note"]
    with pytest.raises(OptionError, match="draws is 5"):
        theory.claims(net, draws=5)
