"""Claims on niches, innovation and risk (A5 to A7), and the table of two communities."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import clusternet as cn
from clusternet import theory
from clusternet.errors import OptionError
from clusternet.theory._evidence import TABLES
from clusternet.theory._finding import TESTS, UntestableError, estimated
from clusternet.theory._firms import Pairs, dyad_fit, poisson, robustness
from clusternet.theory._innovation import closure
from clusternet.theory._niches import _quantile_slope, redundancy_of
from clusternet.theory._planted_risk import capabilities
from clusternet.theory._risk import _gini, _platform_robustness, _random_pairs, _signs, _triangles

DISTRICT = Path(__file__).parents[1] / "data" / "harbor_district"
A5 = [33, 36, 37, 38, 39, 40, 41, 42, 43, 46, 47]
A6 = [49, 50, 52, 53, 57]
A7 = list(range(60, 71))
MINE = A5 + A6 + A7


@pytest.fixture(scope="module")
def district():
    return theory.evidence(DISTRICT)


def tagged(net, held, **tables):
    """Evidence of a network whose firms hold the tags of a frame of yes and no."""
    table = capabilities(held.to_numpy(dtype=bool), held.index)
    return theory.evidence(network=net, tables={"capabilities": table, **tables})


def among(seen, firms):
    """Evidence of some firms only."""
    tables = {}
    for name, table in seen.tables.items():
        named = table[[column for column, kind in TABLES[name].items() if kind == "firm"]]
        rows = table[(named.isna() | named.isin(firms)).all(axis=1)]
        if name not in ("firms", "supply") and len(rows):
            tables[name] = rows
    return theory.evidence(network=seen.network.subset(firms), tables=tables)


# ── all of them ──


ALONE = re.compile(r"(?<![\d.,])1 (?!moves)[a-z]+(?:s| are| have| do| tell| give| work)\b")


@pytest.mark.parametrize(
    "numbers",
    [
        pytest.param((4, 9, 28, 29, 31, 36, 43, 67), id="some"),
        pytest.param(tuple(sorted(theory.PLANTED)), marks=pytest.mark.slow, id="all"),
    ],
)
def test_one_is_told_in_the_singular(numbers):
    texts = []
    for number in numbers:
        seen = theory.planted(number, seed=number)
        order = np.random.default_rng(number).permutation(seen.network.firms.index)
        for size in (2, 3, 4, 6, 7, 9):
            found = TESTS[number](among(seen, order[:size].tolist()), draws=39, seed=1)
            texts += [found.note, found.reason, *found.untested, found.summary()]
    assert any(re.search(r"\b1 [a-z]", text) for text in texts)
    assert [text for text in texts if ALONE.search(text)] == []


@pytest.mark.parametrize("number", MINE)
def test_every_test_tells_its_claim_and_what_falsifies_it(number):
    text = TESTS[number].__doc__
    assert f"**Claim {number}**" in text
    assert "Falsified when" in text
    assert TESTS[number].__name__ in theory.__all__


@pytest.mark.parametrize("number", MINE)
def test_without_records_a_test_says_what_it_needs(number):
    found = TESTS[number](cn.Network.from_edges([("A", "B"), ("B", "C")]), draws=39, seed=1)
    assert found.status == "needs"
    assert found.agrees is None
    assert found.reason


@pytest.mark.parametrize("number", MINE)
def test_a_planted_claim_is_found(number):
    found = TESTS[number](theory.planted(number, effect=2.0 if number == 41 else 1.5, seed=11), draws=79, seed=1)
    assert found.agrees is True, found


def test_contested_claims_can_be_contradicted():
    # Hubs break what evenly tied firms hold together.
    star = cn.models.preferential_attachment(70, 2, seed=1)
    found = theory.connection_stabilizes(star, draws=99, seed=1)
    assert found.contested
    assert found.agrees is False
    made = theory.simulate_communities(60, seed=2)
    both = theory.evidence(network=made.general.network, tables={"capabilities": made.general.table("capabilities")})
    assert theory.specialists_last_together(both, draws=39, seed=1).contested


@pytest.mark.parametrize("number", [40, 47, 49, 50, 61])
def test_contested_claims_say_so(number):
    assert theory.REGISTER[number].contested
    assert "literature disagrees" in TESTS[number].__doc__


def test_closure_can_slow_launches():
    seen = theory.planted(49, effect=0.0, seed=3)
    dense = closure(seen.network).fillna(0)
    table = seen.table("outcomes")
    rate = np.exp(1 - 3 * table["firm_id"].map(dense))
    table["launches"] = np.random.default_rng(1).poisson(rate).astype(float)
    against = theory.evidence(network=seen.network, tables={"outcomes": table})
    assert theory.dense_firms_launch_more(against, seed=1).agrees is False


# ── numbers worked by hand ──


def test_rivals_and_overlap_by_hand():
    held = pd.DataFrame(0, index=[f"F{k}" for k in range(10)], columns=list("abcdef"))
    for firm, tags in enumerate(["a", "a", "b", "b", "c", "c", "cdef", "adef", "bdef", "defa"]):
        held.loc[f"F{firm}", list(tags)] = 1
    net = cn.Network.from_edges([("F0", "F1")], firms=list(held.index))
    found = theory.niches_are_held(tagged(net, held), draws=49, seed=1)
    # The six narrow firms share with 3, 3, 2, 2, 2 and 2 of nine others.
    assert found.tests[0].observed == pytest.approx((3 + 3 + 2 + 2 + 2 + 2) / 54)
    assert found.tests[1].observed == pytest.approx(3 / 15)
    assert found.n == 6


def test_tie_rates_by_overlap_by_hand():
    held = pd.DataFrame(0, index=[f"F{k:02d}" for k in range(12)], columns=list("abcdefgh"))
    for firm in range(12):
        held.iloc[firm, [firm % 4, 4 + firm % 3]] = 1
    net = cn.Network.from_edges([(f"F{k:02d}", f"F{(k + 4) % 12:02d}") for k in range(12)])
    with pytest.raises(AssertionError):
        assert theory.ties_at_moderate_overlap(tagged(net, held), draws=49, seed=1).status == "tested"
    held.iloc[:, :] = 0
    for firm in range(12):
        held.iloc[firm, [firm % 2, 2 + firm % 4 // 2]] = 1
    found = theory.ties_at_moderate_overlap(tagged(net, held), draws=49, seed=1)
    # Firms four apart hold the same two tags: all twelve ties join firms that are wholly alike.
    assert found.tests[0].observed == pytest.approx(np.log(0.5 / 37) - np.log(12.5 / 13))


def test_localization_is_the_listed_index(district):
    found = theory.sectors_cluster(district, draws=39, seed=1)
    firms = district.table("firms").dropna(subset=["sector", "region"])
    firms = firms.assign(employees=firms["employees"].fillna(firms["employees"].median()))
    listed = cn.specialization.ellison_glaeser(firms, place="region", activity="sector", size="employees")
    listed = listed[listed["n_plants"] >= 5]
    assert found.tests[0].observed == pytest.approx(np.average(listed["gamma"], weights=listed["n_plants"]))


@pytest.mark.parametrize("number", [7, 9, 52, 53, 57, 84])
def test_firms_told_in_a_table_are_those_of_the_network(number):
    whole = theory.planted(number, seed=1)
    bare = cn.Network(whole.network.firms[[]], whole.network.ties, lineage=whole.network.lineage_table)
    tables = {name: table for name, table in whole.tables.items() if name != "supply" and len(table)}
    apart = theory.evidence(network=bare, tables=tables)
    one, other = (TESTS[number](seen, draws=39, seed=1) for seen in (whole, apart))
    pd.testing.assert_frame_equal(one.to_frame(), other.to_frame())
    with pytest.raises(OptionError, match="names no firm; give a column firm_id"):
        theory.evidence(network=bare, tables={"firms": pd.DataFrame({"sector": ["bakery"]})})


def test_members_of_a_platform_are_those_of_the_day():
    # Ten platforms with 2 to 11 members for good, and as many who had left before the cost was set.
    rows, costs = [], []
    for size in range(2, 12):
        for place in range(size):
            rows += [
                (f"P{size}", f"F{place}", "2020-01-01", None),
                (f"P{size}", f"G{place}", "2020-01-01", "2020-12-31"),
            ]
        rows.append((f"P{size}", f"G{size}", "2020-01-01", "2020-12-31"))
        costs.append((f"P{size}", 100.0 * size ** (0.5 + 0.01 * (size % 2)), "2022-01-01"))
    groups = pd.DataFrame(rows, columns=["group_id", "firm", "start", "end"]).assign(kind="platform")
    governance = pd.DataFrame(costs, columns=["record_id", "cost", "adopted_on"])
    firms = sorted(set(groups["firm"]))
    net = cn.Network(firms, pd.DataFrame({"source": ["F0"], "target": ["F1"]}))
    seen = theory.evidence(network=net, tables={"groups": groups, "governance": governance})
    found = theory.platforms_scale(seen, draws=39, seed=1)
    costs = governance["cost"].to_numpy()
    assert found.estimate == pytest.approx(np.polyfit(np.log(np.arange(2, 12)), np.log(costs), 1)[0], rel=1e-9)


def test_p_is_never_zero():
    part = estimated("x", 100.0, 1e-3, n=10, of="firms", unit="")
    assert 0 < part.p < 1e-300


def test_a_sector_of_one_firm_has_no_index():
    # A warning would be an error here: that sector's index divides by zero.
    firms = pd.DataFrame(
        {
            "sector": ["bakery"] * 5 + ["smith"] * 6 + ["mill"],
            "region": ["north"] * 5 + ["south"] * 6 + ["north"],
            "employees": 1.0,
        },
        index=pd.Index([f"F{place}" for place in range(12)], name="firm"),
    )
    net = cn.Network(firms, pd.DataFrame({"source": ["F0"], "target": ["F1"]}))
    found = theory.sectors_cluster(net, draws=39, seed=1)
    # Bakeries by hand: all in the north, where half of the firms are.
    assert found.tests[0].observed == pytest.approx(1.0)
    assert found.note.endswith("sectors above 0.05, which counts as high: 2 of 2.")
    assert "1.000 for bakery" in found.note


def test_ventures_of_firms_that_share_no_periods_are_not_tested():
    periods = [str(year) for year in range(2000, 2012)]
    rng = np.random.default_rng(1)
    # Half of the firms report early, half late; every venture has one of each.
    rows = [
        (f"F{firm}", period, float(np.exp(rng.normal())))
        for firm in range(24)
        for period in (periods[:6] if firm % 2 else periods[6:])
    ]
    outcomes = pd.DataFrame(rows, columns=["firm_id", "period", "revenue"])
    groups = pd.DataFrame(
        [(f"G{place}", f"F{place * 2 + side}", "joint_venture") for place in range(6) for side in (0, 1)],
        columns=["group_id", "firm", "kind"],
    )
    ties = [(f"F{firm}", f"F{firm + 1}") for firm in range(23)]
    seen = theory.evidence(network=cn.Network.from_edges(ties), tables={"outcomes": outcomes, "groups": groups})
    found = theory.ventures_share_risk(seen, draws=39, seed=1)
    assert found.status == "tested"
    assert "move together" in found.untested[0]
    assert "undefined" in found.untested[0]


def test_redundancy_is_what_random_orders_give():
    rng = np.random.default_rng(1)
    held = rng.random((9, 5)) < 0.4
    held[0] = True
    kept = []
    for _ in range(4000):
        order = rng.permutation(9)
        kept.append(np.mean([held[order[gone:]].any(axis=0).mean() for gone in range(10)]))
    assert redundancy_of(held.sum(axis=0).astype(float)) == pytest.approx(np.mean(kept), abs=0.01)


def test_jackknife_of_redundancy_is_leaving_each_out():
    seen = theory.planted(47, seed=1)
    found = theory.specialists_last_together(seen, draws=39, seed=1)
    table = pd.crosstab(seen.table("capabilities")["firm_id"], seen.table("capabilities")["tag"]).to_numpy() > 0
    narrow = table.sum(axis=1) == 2
    sides = []
    for side in (narrow, ~narrow):
        rows = table[side]
        rows = rows[:, rows.any(axis=0)]
        left = [redundancy_of(np.delete(rows, firm, axis=0).sum(axis=0).astype(float)) for firm in range(len(rows))]
        sides.append((redundancy_of(rows.sum(axis=0).astype(float)), np.var(left) * (len(left) - 1)))
    assert found.estimate == pytest.approx(sides[0][0] - sides[1][0])
    error = np.sqrt(sides[0][1] + sides[1][1])
    assert (found.interval[1] - found.interval[0]) / 2 == pytest.approx(2.0227 * error, rel=1e-3)


def test_worst_single_loss_is_the_listed_vulnerability(district):
    from clusternet.theory._firms import working

    found = theory.single_firms_cut_off(district, draws=39, seed=1)
    net = working(district)
    lost = cn.resilience.vulnerability(net)["pairs_lost_others"]
    size = np.bincount(net.component_codes())
    assert found.estimate == pytest.approx(lost.max() / (size * (size - 1) // 2).sum())
    assert net.firms.loc[lost.idxmax(), "name"] in found.note


def test_ties_that_may_be_missing_do_not_prove_a_cut():
    # Eight triangles: no firm parts others, but further ties would make firms that do.
    ties = [(f"F{3 * row + a}", f"F{3 * row + b}") for row in range(8) for a, b in ((0, 1), (1, 2), (0, 2))]
    found = theory.single_firms_cut_off(cn.Network.from_edges(ties), draws=99, seed=1, unseen=0.3)
    assert found.estimate == 0
    assert found.interval[0] == 0 < found.interval[1]
    assert found.agrees is None
    assert found.p == 1


def test_no_single_loss_cuts_a_ring():
    ring = cn.Network.from_edges([(k, (k + 1) % 12) for k in range(12)])
    found = theory.single_firms_cut_off(ring, draws=39, seed=1)
    assert found.estimate == 0
    assert found.agrees is False


def test_cascade_ratio_by_hand():
    # A chain of eleven: the loss of firm k stops all behind it, one directly.
    chain = pd.DataFrame({"source": range(11), "target": range(1, 12), "layer": "supply", "directed": True})
    found = theory.failures_cascade(cn.Network.from_edges(chain), draws=39, seed=1)
    assert found.estimate == pytest.approx(sum(range(11)) / 11)
    stars = pd.DataFrame({"source": np.arange(12) % 6, "target": range(6, 18), "layer": "supply", "directed": True})
    assert theory.failures_cascade(cn.Network.from_edges(stars), draws=39, seed=1).agrees is False
    star = stars.assign(source=0)
    assert theory.failures_cascade(cn.Network.from_edges(star), draws=39, seed=1).status == "needs"
    # Every buyer has six suppliers: nothing fails, so that 0 of 0 go further.
    spread = pd.DataFrame({"source": np.arange(18) % 6, "target": 6 + np.arange(18) // 6, "layer": "supply"})
    found = theory.failures_cascade(cn.Network.from_edges(spread.assign(directed=True)), draws=39, seed=1)
    assert found.status == "needs"
    assert "no supplier alone makes up 50%" in found.summary()


def test_balanced_triangles_by_hand():
    pairs = [("A", "B"), ("B", "C"), ("A", "C"), ("C", "D"), ("B", "D"), ("A", "D"), ("D", "E"), ("C", "E")]
    net = cn.Network.from_edges(pairs)
    table = pd.DataFrame(pairs, columns=["a", "b"]).assign(
        kind="alliance", sign=["+", "+", "-", "+", "+", "-", "+", "+"]
    )
    found = theory.triads_balance(theory.evidence(network=net, tables={"partnerships": table}), draws=49, seed=1)
    # ABC -, BCD +, ABD -, ACD +, CDE +.
    assert found.tests[0].observed == pytest.approx(3 / 5)
    assert found.n == 5
    assert len(_triangles(3, np.array([0, 0, 1]), np.array([1, 2, 2]))) == 1


def test_signs_are_read_from_words_and_numbers():
    assert _signs(pd.Series(["Positive", "conflict", "-2", "0.5", "who knows", 0])).tolist() == [1, -1, -1, 1, 0, 0]


def test_gini_by_hand():
    assert _gini(pd.Series([1.0, 1.0, 1.0])) == pytest.approx(0)
    assert _gini(pd.Series([0.0, 0.0, np.nan, 8.0])) == pytest.approx(0.75)


def test_platforms_shut_down_by_hand():
    held = np.array([[1, 0], [1, 0], [1, 1], [0, 1]], dtype=bool)
    # The first shuts down: two of four members still meet on the other.
    assert _platform_robustness(held) == pytest.approx(0.5)
    single = held.copy()
    single[2, 1] = False
    assert _platform_robustness(single) == pytest.approx(0.25)


# ── the statistics underneath ──


def test_robustness_is_that_of_removal(district):
    from clusternet.theory._firms import working

    net = working(district)
    graph = net.simple("undirected")
    want = cn.resilience.remove_firms(net, responses=("giant_share",)).robustness
    assert robustness(graph.n, graph.source, graph.target) == pytest.approx(want)


def test_random_pairs_are_all_equally_likely():
    rng = np.random.default_rng(1)
    count = np.zeros((6, 6))
    for _ in range(2000):
        one, other = _random_pairs(6, 3, rng)
        assert (one < other).all()
        assert len(set(zip(one, other, strict=True))) == 3
        count[one, other] += 1
    assert np.abs(count[np.triu_indices(6, 1)] - 400).max() < 80


def test_poisson_agrees_with_statsmodels():
    rng = np.random.default_rng(2)
    x = np.column_stack([rng.normal(size=80), np.ones(80)])
    time = rng.uniform(1, 3, 80)
    y = rng.poisson(time * np.exp(0.4 * x[:, 0] + 0.2)).astype(float)
    fit = poisson(y, x, time)
    theirs = sm.GLM(y, x, family=sm.families.Poisson(), offset=np.log(time)).fit(cov_type="HC3")
    assert fit.estimate == pytest.approx(theirs.params, abs=1e-6)
    assert fit.se == pytest.approx(theirs.bse, rel=0.15)
    with pytest.raises(UntestableError):
        poisson(np.zeros(80), x)


def test_dyad_fit_is_the_logit_with_errors_by_brute_force():
    rng = np.random.default_rng(3)
    pairs = Pairs(14, np.array([0, 1]), np.array([1, 2]), rng)
    common = rng.normal(0, 1, 14)
    x = np.column_stack([common[pairs.one] + common[pairs.other], np.ones(len(pairs.one))])
    y = (rng.random(len(x)) < 0.3 + 0.1 * (x[:, 0] > 0)).astype(float)
    fit = dyad_fit(y, x, pairs.one, pairs.other, logit=True)
    theirs = sm.Logit(y, x).fit(disp=0)
    assert fit.estimate == pytest.approx(theirs.params, abs=1e-6)
    # One step of Newton's method without each firm, and without each pair.
    weight = theirs.predict() * (1 - theirs.predict())
    score = x * (y - theirs.predict())[:, None]

    def moved(out):
        return np.linalg.solve((x[~out] * weight[~out, None]).T @ x[~out], score[out].sum(axis=0))

    firms = [moved((pairs.one == firm) | (pairs.other == firm)) for firm in range(14)]
    alone = [moved(np.arange(len(y)) == pair) for pair in range(len(y))]
    want = 13 / 14 * (np.square(firms).sum(axis=0) - np.square(alone).sum(axis=0))
    plain = np.diag(np.linalg.inv((x * weight[:, None]).T @ x))
    assert fit.se**2 == pytest.approx(np.maximum(want, plain), rel=1e-6)
    assert (want > plain).any()


def test_errors_of_pairs_are_those_of_the_jackknife_over_firms():
    rng = np.random.default_rng(4)
    pairs = Pairs(30, np.array([0, 1]), np.array([1, 2]), rng)
    own, common = rng.normal(0, 1, (2, 30))
    x = np.column_stack([common[pairs.one] + common[pairs.other], np.ones(len(pairs.one))])
    y = own[pairs.one] + own[pairs.other] + rng.normal(0, 0.1, len(x))
    fit = dyad_fit(y, x, pairs.one, pairs.other, logit=False)
    kept = [(pairs.one != firm) & (pairs.other != firm) for firm in range(30)]
    without = np.array([np.linalg.lstsq(x[rows], y[rows], rcond=None)[0] for rows in kept])
    jackknife = 29 / 30 * np.square(without - fit.estimate).sum(axis=0)
    # The share of single pairs, counted twice by the jackknife, is small where firms make the differences.
    assert fit.se**2 == pytest.approx(jackknife, rel=0.1)
    assert (fit.se**2 < jackknife).all()


def test_what_hangs_on_one_firm_is_not_tested():
    rng = np.random.default_rng(5)
    pairs = Pairs(20, np.array([0, 1]), np.array([1, 2]), rng)
    hub = ((pairs.one == 0) | (pairs.other == 0)).astype(float)
    x = np.column_stack([hub, np.ones(len(hub))])
    with pytest.raises(UntestableError, match="hangs on a single firm"):
        dyad_fit(rng.normal(size=len(hub)), x, pairs.one, pairs.other, logit=False)
    # A term that is only held equal may.
    both = np.column_stack([rng.normal(size=len(hub)), x])
    assert np.isfinite(dyad_fit(rng.normal(size=len(hub)), both, pairs.one, pairs.other, logit=False).se).all()


def test_pairs_of_many_firms_are_sampled(monkeypatch):
    monkeypatch.setattr(Pairs, "MOST", 500)
    source, target = np.arange(60), np.arange(60) + 1
    pairs = Pairs(200, source, target, np.random.default_rng(1))
    assert pairs.tied.sum() == 60
    assert len(pairs.one) < 600
    assert (pairs.one < pairs.other).all()


def test_quantile_slope_agrees_with_statsmodels():
    rng = np.random.default_rng(4)
    x = rng.uniform(0, 3, 60)
    y = 0.5 * x + rng.normal(0, 0.2 + 0.3 * x)
    theirs = sm.QuantReg(y, sm.add_constant(x)).fit(q=0.75)
    assert _quantile_slope(y, x, 0.75) == pytest.approx(theirs.params[1], abs=0.02)


def test_closure_is_local_clustering(district):
    import networkx as nx

    from clusternet.theory._firms import working

    net = working(district)
    want = nx.clustering(net.to_networkx(simple=True))
    told = closure(net).dropna()
    assert told.to_numpy() == pytest.approx([want[firm] for firm in told.index])


# ── two communities ──


@pytest.fixture(scope="module")
def communities():
    return theory.simulate_communities(seed=4)


@pytest.fixture(scope="module")
def compared(communities):
    return theory.table2(communities.general, communities.specialized, bundles=communities.bundles, draws=199, seed=1)


def test_table2_has_every_row(compared):
    table = compared.table
    assert sorted(set(table["claim"])) == [42, 43, 44, 45, 46, 47]
    assert (table["needs"] == "").all()
    assert (table["low"] <= table["difference"]).all()
    assert (table["difference"] <= table["high"]).all()
    assert table["difference"].to_numpy() == pytest.approx((table["specialized"] - table["general"]).to_numpy())
    assert "as the essays expect" in compared.summary()
    assert "formal contracts" in compared._repr_html_()


def test_table2_finds_what_was_planted(communities, compared):
    table, truth = compared.table, communities.truth
    for measure, quantity in (
        ("formal contracts", "formal"), ("ends of relations", "ends_per_year"),
        ("pairs tied in several ways", "several_ways"), ("launches", "launches"),
    ):  # fmt: skip
        row = table.loc[measure]
        planted = truth.loc[quantity, "specialized"] - truth.loc[quantity, "general"]
        assert row["low"] <= planted <= row["high"], measure
        assert row["agrees"] is np.True_ or row["agrees"] == True, measure  # noqa: E712
    assert table.loc["revenue with reach of capabilities rather than age", "agrees"]
    assert table.loc["distance of referrals", "agrees"]


def test_table2_splits_resilience_by_mechanism(compared, communities):
    table = compared.table
    # As many capabilities are held by firms of a third of the width: a third of the firms stand behind each.
    ratio = table.loc["firms behind a capability", "specialized"] / table.loc["firms behind a capability", "general"]
    assert ratio == pytest.approx(1 / 3, abs=0.05)
    assert table.loc["capabilities kept as firms leave at random", "higher"] == "general"
    assert not table.loc["capabilities kept as firms leave at random", "agrees"]
    # The simulator says nothing about resilience; specialists that draw on fewer capabilities would keep as many.
    assert not any("resil" in name or "kept" in name for name in communities.truth.index)
    even = theory.simulate_communities(80, n_capabilities=40, widths=(6, 6), seed=4)
    same = theory.table2(even.general, even.specialized, draws=99, seed=1).table
    assert same.loc["capabilities kept as firms leave at random", "higher"] == "open"


def test_table2_says_what_is_missing():
    net = cn.Network.from_edges([("A", "B")])
    table = theory.table2(net, net, draws=39, seed=1).table
    assert (table["needs"] != "").all()
    assert table["agrees"].isna().all()
    assert "no capabilities (firm_id, tag)" in table.loc["niche width of a typical firm", "needs"]
    assert "give bundles" in table.loc["demanded bundles that a team delivers", "needs"]
    with pytest.raises(OptionError, match="at least 39"):
        theory.table2(net, net, draws=5)


def test_table2_of_one_community_with_itself_is_open(communities):
    table = theory.table2(communities.general, communities.general, bundles=communities.bundles, draws=99, seed=1).table
    assert (table["difference"] == 0).all()
    assert (table["higher"] == "open").all()


def test_table2_is_reproducible(communities):
    one, other = (theory.table2(communities.general, communities.specialized, draws=49, seed=3).table for _ in range(2))
    pd.testing.assert_frame_equal(one, other)


def test_communities_refuse_what_they_cannot_make():
    with pytest.raises(OptionError, match="at least 20 firms"):
        theory.simulate_communities(10)
    with pytest.raises(OptionError, match="contrast"):
        theory.simulate_communities(contrast=-1)
    for options in (
        {"widths": (6, 1), "n_firms": 20},  # twenty capabilities of the forty would be unknown
        {"widths": (2.5, 1.5)},
        {"widths": (2,)},
        {"widths": (2, 1), "n_capabilities": 4},
        {"partners": 40},
        {"n_bundles": 2.5},
        {"n_firms": "many"},
        {"contrast": "strong"},
    ):
        with pytest.raises(OptionError, match="two whole widths"):
            theory.simulate_communities(**options)


def test_communities_have_as_many_partners_as_asked_for():
    made = theory.simulate_communities(60, partners=15, contrast=0, seed=3)
    for side in (made.general, made.specialized):
        partners = side.network.merge_layers().simple("undirected").csr().astype(bool).sum(axis=1)
        assert 13 < np.mean(partners) < 17


# ── size and power ──

AT_BORDER = {63, 64}
"""Claims about a level: without the effect the number lies well below it, so that p is small by right."""
REPLICATIONS = {33: 20, 49: 12, 43: 16, 61: 16, 68: 16, 70: 16, 63: 16}
POWER = {33: 0.5, 62: 0.4, 69: 0.4, 41: 0.5, 38: 0.5, 64: 0.5}


@pytest.mark.slow
@pytest.mark.parametrize("number", MINE)
def test_size_is_near_nominal_and_the_planted_claim_is_found(number):
    from scipy.stats import binom

    count = REPLICATIONS.get(number, 30)
    found = theory.power(number, replications=count, draws=79, seed=2000 + number)
    most = binom.ppf(0.9999, count, 0.05) / count
    assert number in AT_BORDER or found.size <= most, found
    assert found.false_agreement <= most, found
    assert found.power >= POWER.get(number, 0.7), found
    assert found.contradicted <= 0.1, found
    assert found.untested == 0, found


@pytest.mark.slow
def test_table2_of_equal_communities_is_open_as_often_as_it_should():
    wrong = []
    for seed in range(12):
        made = theory.simulate_communities(60, widths=(3, 3), contrast=0, seed=seed)
        table = theory.table2(made.general, made.specialized, bundles=made.bundles, draws=79, seed=1).table
        wrong.append((table["p"] <= 0.05).mean())
    assert np.mean(wrong) <= 0.12
