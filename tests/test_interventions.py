"""Interventions: brute force on small networks, hand-worked cases, a planted broker, and what must never change."""

from __future__ import annotations

import itertools
import math

import igraph
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import golden
from clusternet import Network, interventions
from clusternet.errors import NetworkError, OptionError, UnknownFirmError
from clusternet.interventions import _greedy, _objectives, _recommend
from clusternet.interventions._change import changed
from clusternet.resilience import RESPONSES, _bands, capabilities_lost, firms_cut_off, remove_firms
from clusternet.result import igraph_seed
from strategies_network import networks

often = settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def chain(*ids: str) -> Network:
    return Network.from_edges(list(itertools.pairwise(ids)))


def bridged() -> Network:
    """Two cliques of five that only the broker x holds together, tied to three firms of each."""
    ties = [(a + str(i), a + str(j)) for a in "lr" for i, j in itertools.combinations(range(5), 2)]
    return Network.from_edges([*ties, *((side + str(i), "x") for side in "lr" for i in range(3))])


def small(seed: int, n: int = 9, p: float = 0.25) -> Network:
    with igraph_seed(seed):
        graph = igraph.Graph.Erdos_Renyi(n, p)
    return Network.from_edges([(f"f{a}", f"f{b}") for a, b in graph.get_edgelist()], firms=[f"f{i}" for i in range(n)])


# ── changes ──


def test_changes_keep_tables_and_leave_the_network_alone():
    ties = pd.DataFrame(
        {
            "source": ["a", "b", "a"],
            "target": ["b", "c", "c"],
            "layer": ["supply", "alliance", "alliance"],
            "start": ["2020-01-01", None, None],
            "note": ["x", "y", "z"],
        },
        index=["t1", "t2", "added 1"],
    )
    net = Network(pd.DataFrame({"jobs": [1, 2, 3], "member": [True, False, True]}, index=list("abc")), ties)
    copy = Network(net.firms, net.ties)
    after = changed(
        net,
        leave=["c"],
        join=pd.DataFrame({"jobs": [7], "place": ["Leeds"]}, index=["d"]),
        add_ties=[("a", "d", 2.0)],
        drop_ties=[("b", "a")],
    )
    assert net.equals(copy)
    assert after.firms.index.tolist() == ["a", "b", "d"]
    assert after.firms["jobs"].tolist() == [1, 2, 7]
    assert after.firms["member"].tolist()[:2] == [True, False]
    assert pd.isna(after.firms.loc["d", "member"])
    assert after.firms.loc["d", "place"] == "Leeds"
    assert after.ties[["source", "target", "layer", "strength"]].to_numpy().tolist() == [["a", "d", "tie", 2.0]]
    more = changed(net, add_ties=[("b", "c")])
    assert more.ties.index.tolist() == ["t1", "t2", "added 1", "added 2"]
    assert more.ties.loc["t1", "start"] == pd.Timestamp("2020-01-01")
    assert more.ties["note"].tolist()[:3] == ["x", "y", "z"]
    assert changed(net, drop_ties=pd.DataFrame({"source": ["a"], "target": ["c"], "layer": ["alliance"]})).n_ties == 2


def test_firms_that_join_may_be_of_a_new_category():
    firms = pd.DataFrame({"kind": pd.Categorical(["u", "v"], ordered=True)}, index=["a", "b"])
    net = Network(firms, pd.DataFrame({"source": ["a"], "target": ["b"]}))
    after = changed(net, join=pd.DataFrame({"kind": ["w", None]}, index=["c", "d"]))
    assert after.firms["kind"].tolist()[:3] == ["u", "v", "w"]
    assert after.firms["kind"].cat.categories.tolist() == ["u", "v", "w"]


def test_changes_that_cannot_be_are_refused():
    net = chain("a", "b", "c")
    with pytest.raises(UnknownFirmError, match="zz"):
        changed(net, leave=["zz"])
    with pytest.raises(OptionError, match="in the network already: 'a'"):
        changed(net, join=["a"])
    with pytest.raises(OptionError, match=r"not there: \('a', 'c'\)"):
        changed(net, drop_ties=[("a", "c")])
    with pytest.raises(NetworkError, match="not in the firm table"):
        changed(net, leave=["a"], add_ties=[("a", "c")])
    with pytest.raises(OptionError, match="tuples"):
        changed(net, add_ties=["ab"])


# ── what if ──


def test_what_if_by_hand():
    net = Network.from_edges([("a", "b"), ("b", "c"), ("d", "e")])
    found = interventions.what_if(net, leave="b", add_ties=[("c", "d")], measures=["density"], seed=1, draws=20)
    want = {  # before: parts of 3 and 2 firms; after: a alone, c-d-e a chain
        "density": (0.3, 1 / 3),
        "giant_firms": (3, 3),
        "giant_share": (0.6, 0.75),
        "n_components": (2, 2),
        "isolates": (0, 1),
        "reachable_pairs": (4, 3),
        "reachable_share": (0.4, 0.5),
        # b (degree 2) first: 2; then a, c: 2, 2; then d: 1; then none: (2 + 2 + 2 + 1)/25. After: d first: 1, 1, 1, 0.
        "robustness_degree": (7 / 25, 3 / 16),
    }
    table = found.to_frame()
    for name, (before, after) in want.items():
        assert table.loc[name, ["before", "after", "difference"]].tolist() == pytest.approx(
            [before, after, after - before], abs=1e-12
        ), name
    assert table.loc["robustness_random", "interval"] == "random orders"
    assert set(table["interval"]) == {"vertex bootstrap", "random orders"}
    assert found.after.n_firms == 4
    assert net.n_firms == 5
    assert "leave 1, add ties 1" in found.summary()
    assert len(found.draws) == 20


def test_what_if_without_a_change_is_all_zero_and_repeats_by_seed():
    net = bridged()
    still = interventions.what_if(net, seed=3, draws=5)
    defined = still.table["before"].notna()
    assert (still.table.loc[defined, "difference"] == 0).all()
    assert (still.draws.fillna(0) == 0).all().all()
    one, two = (interventions.what_if(net, add_ties=[("l1", "r1")], seed=9, draws=5, measures=[]) for _ in range(2))
    pd.testing.assert_frame_equal(one.table, two.table)
    row = one.table.loc["robustness_degree"]
    assert row["low"] <= row["difference"] <= row["high"]
    assert row["difference"] > 0


def test_what_if_own_response_and_options():
    net = Network(pd.DataFrame({"jobs": [5, 10]}, index=["a", "b"]), pd.DataFrame({"source": ["a"], "target": ["b"]}))

    def jobs(network):
        return network.firms["jobs"].sum()

    found = interventions.what_if(net, leave=["b"], measures=[], responses=[jobs], draws=0)
    assert found.table.loc["jobs", ["before", "after"]].tolist() == [15, 5]
    assert found.table.loc["jobs", "interval"] == "none"
    with pytest.raises(OptionError, match="Did you mean 'giant_share'"):
        interventions.what_if(net, responses=["giant_shar"])
    with pytest.raises(OptionError, match="level"):
        interventions.what_if(net, level=1.0)


def test_bootstrap_of_a_complete_network_stays_complete():
    from clusternet.interventions._what_if import _resampled

    net = Network.from_edges(list(itertools.combinations(range(4), 2)))
    copies = np.array([2, 0, 1, 1])
    again = _resampled(net, copies, np.full((1, 3), 0.5))
    assert again.n_firms == 4
    assert len(again.simple().source) == 6
    none = _resampled(Network.from_edges([], firms=list("ab")), np.array([2, 0]), np.full((1, 3), 0.0))
    assert none.n_ties == 0


def test_copies_of_a_firm_are_tied_both_ways_where_pairs_are():
    from clusternet.interventions._what_if import _resampled

    net = Network.from_edges(list(itertools.permutations(range(4), 2)), directed=True)
    luck = np.random.default_rng(1).random((3, 3))
    again = _resampled(net, np.array([3, 1, 0, 0]), luck)
    assert len(again.simple().source) == 12  # all arcs among four, as before
    # One-way ties: which copy sends is chance, not the order of the copies.
    chained = Network.from_edges([("a", "b"), ("c", "b"), ("a", "c")], directed=True)
    ways = {
        tuple(_resampled(chained, np.array([2, 0, 0]), np.array([[0.0, which, way]])).ties["source"])
        for which in (0.1, 0.5, 0.9)
        for way in (0.1, 0.9)
    }
    assert ways == {("a",), ("a copy 0",)}


def test_responses_that_name_firms_know_them_in_resamples():
    # Six firms with a skill each: who is drawn keeps it, so that the loss of one is uncertain. (Numbers for ids made
    # all skills lost in every resample, and the interval a point.)
    table = pd.DataFrame(np.eye(6, dtype=int), columns=list("uvwxyz"))
    for ids in (list("abcdef"), [3, 1, 4, 15, 9, 2]):
        net = Network.from_edges(list(itertools.pairwise(ids)), firms=ids)
        lost = capabilities_lost(table.set_axis(ids, axis=0))
        cut = firms_cut_off([ids[0]])
        found = interventions.what_if(net, leave=[ids[2]], measures=[], responses=[lost, cut], draws=50, seed=1)
        assert found.table["difference"].to_list() == [1, 3]
        # The skill is lost with its firm if the resample holds the firm at all: 1 - (5/6)^6 = .67 of the time.
        assert found.draws["capabilities_lost"].isin([0, 1]).all()
        assert found.draws["capabilities_lost"].mean() == pytest.approx(1 - (5 / 6) ** 6, abs=0.15)
        assert (found.table["low"] < found.table["difference"]).all()
    with pytest.raises(UnknownFirmError, match="in neither network: 'zz'"):
        interventions.what_if(net, leave=[3], measures=[], responses=[firms_cut_off(["zz"])], draws=0)


def test_what_if_knows_every_response_of_a_removal():
    net = Network.from_edges([("a", "b"), ("b", "c"), ("d", "e"), ("c", "a"), ("e", "f"), ("c", "d")])
    names = [name for name in RESPONSES if name != "reachable_share_left"]
    found = interventions.what_if(net, leave=["c"], measures=[], responses=names, draws=0).table
    curve = remove_firms(net, order=["c"], responses=RESPONSES).curve
    after = remove_firms(net.without(["c"]), order=[], responses=RESPONSES).curve
    for name in names:
        assert found.loc[name, "before"] == pytest.approx(curve[name].iloc[0]), name
        assert found.loc[name, "after"] == pytest.approx(after[name].iloc[0]), name


def test_what_if_takes_a_response_or_measure_alone():
    net = chain("a", "b", "c", "d")
    found = interventions.what_if(net, leave=["a", "a"], measures=[], responses=["robustness_random"], draws=9, seed=1)
    assert found.table.index.tolist() == ["robustness_random"]
    assert len(found.draws) == 9
    assert found.settings.parameters["leave"] == 1
    one = interventions.what_if(net, leave="a", measures="density", responses=[], draws=0)
    assert one.table.loc["density", ["before", "after"]].tolist() == pytest.approx([1 / 2, 2 / 3])
    # A number that is known on one side only is told there; one draw makes no interval.
    joined = interventions.what_if(Network.from_edges([]), join=["a", "b"], add_ties=[("a", "b")], draws=1, measures=[])
    assert joined.table.loc["robustness_random", "after"] == pytest.approx(1 / 4)
    assert np.isnan(joined.table.loc["robustness_random", "before"])
    assert interventions.what_if(net, leave="a", draws=1, measures=[]).table["low"].isna().all()


def test_what_if_refuses_responses_that_are_no_numbers_or_hide_a_measure():
    net = chain("a", "b", "c")

    def density(_network):
        return 5.0

    def words(_network):
        return "five"

    with pytest.raises(OptionError, match="called like measures: 'density'"):
        interventions.what_if(net, leave="a", measures=["density"], responses=[density], draws=0)
    with pytest.raises(OptionError, match="words returned a str"):
        interventions.what_if(net, leave="a", measures=[], responses=[words], draws=0)


def test_a_number_is_one_firm():
    net = Network.from_edges([(1, 2), (2, 3)])
    assert interventions.fragmentation(net, leave=2) == 1
    assert interventions.reach(net, 2, steps=1) == 1
    assert changed(net, leave=2, join=9).firms.index.tolist() == [1, 3, 9]
    with pytest.raises(OptionError, match="tuples"):
        changed(net, add_ties=7)


# ── key players ──


@pytest.mark.reference
@pytest.mark.parametrize("name", ["fragmentation", "distance_weighted_fragmentation"])
def test_fragmentation_agrees_with_golden(name):
    golden.require()
    rows = golden.rows(f"u.{name}")
    assert len(rows) > 5
    for row in rows:
        net = golden.load_network(row.network, "u")
        assert getattr(interventions, name)(net) == pytest.approx(row.entry["value"], rel=1e-6, abs=1e-8), row.network
        goal = interventions.key_players(net, k=1, goal=name)
        assert goal.base == pytest.approx(row.entry["value"], rel=1e-6, abs=1e-8)


def test_key_players_by_hand():
    net = chain("a", "b", "c", "d", "e")
    assert interventions.fragmentation(net) == 0
    assert interventions.fragmentation(net, leave=["c"]) == pytest.approx(4 / 6)
    # a-b-c-d-e without c: two pairs at distance 1 of six.
    assert interventions.distance_weighted_fragmentation(net, leave=["c"]) == pytest.approx(4 / 6)
    assert interventions.distance_weighted_fragmentation(chain("a", "b", "c")) == pytest.approx(1 - 2.5 / 3)
    assert interventions.reach(net, ["c"], steps=1) == pytest.approx(3 / 5)
    assert interventions.reach(net, ["c"], steps=2) == 1
    assert interventions.reach(net, []) == 0
    assert interventions.distance_weighted_reach(net, ["a"]) == pytest.approx((1 + 1 + 1 / 2 + 1 / 3 + 1 / 4) / 5)
    directed = Network.from_edges([("a", "b"), ("b", "c")], directed=True)
    assert interventions.reach(directed, "a", direction="out") == 1
    assert interventions.reach(directed, "a", direction="in") == pytest.approx(1 / 3)
    assert math.isnan(interventions.fragmentation(Network.from_edges([], firms=["a"])))
    with pytest.raises(OptionError, match="memory holds"):
        interventions.key_players(Network.from_edges([], firms=range(12_001)), goal="reach")
    with pytest.raises(OptionError, match="k is 9"):
        interventions.key_players(net, k=9)
    with pytest.raises(OptionError, match="too many"):
        interventions.key_players(Network.from_edges([], firms=range(200)), k=9, goal="reach", method="exact")


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("k", [1, 2, 3])
def test_key_players_against_brute_force(seed, k):
    net = small(seed)
    value = {
        "fragmentation": lambda firms: interventions.fragmentation(net, leave=firms),
        "distance_weighted_fragmentation": lambda firms: interventions.distance_weighted_fragmentation(
            net, leave=firms
        ),
        "reach": lambda firms: interventions.reach(net, firms, steps=1),
        "distance_weighted_reach": lambda firms: interventions.distance_weighted_reach(net, firms),
    }
    for goal, of in value.items():
        best = max(of(list(firms)) for firms in itertools.combinations(net.firms.index, k))
        exact = interventions.key_players(net, k=k, goal=goal, steps=1, method="exact")
        greedy = interventions.key_players(net, k=k, goal=goal, steps=1, method="greedy")
        assert exact.exact
        assert exact.value == exact.bound == pytest.approx(best, abs=1e-12), goal
        assert of(exact.firms) == pytest.approx(best, abs=1e-12)
        assert of(greedy.firms) == pytest.approx(greedy.value, abs=1e-12)
        if goal.endswith("reach"):
            assert greedy.bound >= best - 1e-12
            assert greedy.value >= (1 - 1 / math.e) * best - 1e-12
        else:
            assert greedy.value - 1e-12 <= best <= greedy.bound + 1e-12


def test_the_bound_of_a_greedy_fragmentation():
    # Two stars of five: without both hubs nobody is tied, and the bound is met.
    stars = Network.from_edges([(hub, hub + str(i)) for hub in "ab" for i in range(4)])
    found = interventions.key_players(stars, k=2, method="greedy")
    assert (found.value, found.bound) == (1.0, 1.0)
    # A ring of eight: two firms take at most 4 of 8 ties with them, so that 4 of the 15 pairs stay tied.
    ring = Network.from_edges([(i, (i + 1) % 8) for i in range(8)])
    for goal in ("fragmentation", "distance_weighted_fragmentation"):
        two = interventions.key_players(ring, k=2, goal=goal, method="greedy")
        assert two.bound == pytest.approx(1 - 4 / 15)
        assert "greedy, at most" in two.summary()
    # A tree on few high degrees: 7 firms in at most 1 + 4 - 1 parts.
    bush = Network.from_edges([("r", i) for i in range(4)] + [(i, 10 + i) for i in range(3)])
    assert interventions.key_players(bush, k=1, goal="distance_weighted_fragmentation", method="greedy").bound == (
        pytest.approx(1 - 3 / 21)
    )
    assert math.isnan(interventions.key_players(ring, k=7, method="greedy").bound)


def test_key_players_are_listed_best_first():
    # Of the pair that reaches most, the one that reaches more alone comes first, though it is last in the table.
    net = Network.from_edges([("a", "b"), *(("z", leaf) for leaf in "cdef")], firms=list("abcdefz"))
    for goal in ("reach", "distance_weighted_reach"):
        found = interventions.key_players(net, k=2, goal=goal, steps=1, method="exact")
        assert found.firms.tolist() == ["z", "a"]
        assert found.steps["value"].tolist() == pytest.approx([5 / 7, 1])


def test_lazy_greedy_is_greedy():
    rng = np.random.default_rng(5)
    for _ in range(50):
        sets = rng.random((12, 20)) < 0.2
        there = np.zeros(20, dtype=bool)

        def gain(item, there=there, sets=sets):
            return float((sets[item] & ~there).sum())

        def take(item, there=there, sets=sets):
            there |= sets[item]

        lazy = _greedy.lazy_greedy(12, 5, gain, take)
        there, plain = np.zeros(20, dtype=bool), []
        for _ in range(5):
            gains = [-1 if item in plain else int((sets[item] & ~there).sum()) for item in range(12)]
            plain.append(int(np.argmax(gains)))
            there |= sets[plain[-1]]
        assert lazy == plain


# ── recommendations ──


def crosses(row) -> bool:
    return {row["source"][0], row["target"][0]} == {"l", "r"}


@pytest.mark.parametrize("objective", ["robustness", "reach", "giant_share_after"])
def test_a_planted_broker_is_bypassed(objective):
    net = bridged()
    found = interventions.recommend_ties(net, k=1, objective=objective, draws=50, seed=2)
    assert crosses(found.chosen.iloc[0])
    assert found.after > found.before
    assert found.against_chance["p"].between(0, 1).all()
    assert found.gain >= found.baselines["random"].max() - 1e-12
    assert net.n_ties == 26
    assert found.network.n_ties == 27
    reason = found.chosen["reason"].iloc[0]
    assert reason.startswith("Introduce ")
    assert reason.endswith(".")
    assert "rises from" in reason


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("objective", ["robustness", "reach", "giant_share_after", "constraint", "coverage"])
def test_first_tie_is_the_brute_force_best(seed, objective):
    net = small(seed, 8, 0.3)
    table = pd.DataFrame(np.random.default_rng(seed).random((8, 4)) < 0.4, index=net.firms.index).astype(int)
    found = interventions.recommend_ties(
        net, k=2, objective=objective, capabilities=table, distance_at_most=None, draws=3, seed=1
    )
    aim = _objectives.aim_of(net, objective, steps=2, lose=0.1, capabilities=table, focus=None)
    graph = net.simple()
    tied = set(zip(graph.source.tolist(), graph.target.tolist(), strict=True))
    ids = net.firms.index
    start = _objectives.network_value(net, aim)
    assert found.before == pytest.approx(start, abs=1e-12)
    values = {
        (ids[a], ids[b]): aim.sign * _objectives.network_value(changed(net, add_ties=[(ids[a], ids[b])]), aim)
        for a, b in itertools.combinations(range(8), 2)
        if (a, b) not in tied
    }
    best = max(values.values())
    if best <= aim.sign * start + 1e-12:
        assert found.chosen.empty
        return
    first = found.chosen.iloc[0]
    assert aim.sign * first["value"] == pytest.approx(best, abs=1e-12)
    assert values[first["source"], first["target"]] == pytest.approx(best, abs=1e-12)
    assert found.after == pytest.approx(_objectives.network_value(found.network, aim), abs=1e-12)
    assert found.gain == pytest.approx(aim.sign * (found.after - found.before), abs=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_coverage_bound_holds_against_brute_force(seed):
    net = small(seed, 6, 0.2)
    table = pd.DataFrame(np.random.default_rng(seed).random((6, 5)) < 0.4, index=net.firms.index).astype(int)
    found = interventions.recommend_ties(
        net, k=2, objective="coverage", capabilities=table, distance_at_most=None, draws=0, seed=1
    )
    aim = _objectives.aim_of(net, "coverage", steps=2, lose=0.1, capabilities=table, focus=None)
    pairs = list(itertools.combinations(net.firms.index, 2))
    best = max(_objectives.network_value(changed(net, add_ties=ties), aim) for ties in itertools.combinations(pairs, 2))
    assert found.bound >= best - found.before - 1e-12
    assert found.gain >= (1 - 1 / math.e) * (best - found.before) - 1e-12


@pytest.mark.slow
def test_rules_leave_out_what_they_forbid():
    firms = pd.DataFrame({"place": ["X", "X", "X", "Y", None]}, index=list("abcde"))
    net = Network(firms, pd.DataFrame({"source": list("abcd"), "target": list("bcde")}))
    table = pd.DataFrame({"mill": [1, 1, 0, 0, 0], "weld": [0, 0, 1, 1, 0]}, index=list("abcde"))

    def options(**rules):
        try:
            found = interventions.recommend_ties(net, k=9, objective=lambda n: n.n_ties, draws=0, **rules)
        except OptionError:
            return []
        return sorted(a + b for a, b in found.chosen[["source", "target"]].to_numpy())

    assert options() == ["ac", "bd", "ce"]
    assert options(distance_at_most=None) == ["ac", "ad", "ae", "bd", "be", "ce"]
    assert options(distance_at_most=3) == ["ac", "ad", "bd", "be", "ce"]
    assert options(same="place") == ["ac"]
    assert options(complementary=True, capabilities=table) == ["ac", "bd"]
    assert options(consent=["b", "d", "e"]) == ["bd"]
    assert options(consent=["a", "e"]) == []
    assert options(candidates=[("c", "a"), ("a", "b"), ("a", "e"), ("a", "c"), ("a", "a")]) == ["ca"]
    with pytest.raises(OptionError, match="capability table"):
        interventions.recommend_ties(net, complementary=True)
    with pytest.raises(OptionError, match="same="):
        interventions.recommend_ties(net, same="plaice")
    with pytest.raises(OptionError, match="objective is 'R'"):
        interventions.recommend_ties(net, objective="R")


@pytest.mark.slow
def test_a_budget_buys_gain_per_cost():
    net = Network.from_edges([], firms=list("abcdef"))

    def worth(network):
        values = {("a", "b"): 10.0, ("c", "d"): 6.0, ("e", "f"): 5.0}
        return sum(values[tuple(pair)] for pair in network.ties[["source", "target"]].to_numpy().tolist())

    ties = pd.DataFrame({"source": list("ace"), "target": list("bdf"), "cost": [10.0, 2.0, 2.5]})
    options = {"candidates": ties, "objective": worth, "distance_at_most": None, "draws": 20, "seed": 1}
    found = interventions.recommend_ties(net, k=3, budget=5, **options)
    assert found.chosen[["source", "cost"]].to_numpy().tolist() == [["c", 2.0], ["e", 2.5]]
    assert found.gain == 11
    assert set(found.baselines["random"]) <= {6.0, 5.0, 11.0}
    assert interventions.recommend_ties(net, k=1, **options).chosen["source"].tolist() == ["a"]
    lazy = interventions.recommend_ties(net, k=2, submodular=True, **options)
    assert lazy.chosen["source"].tolist() == ["a", "c"]
    assert lazy.bound == pytest.approx(min(16 / (1 - 1 / math.e), 16 + 5))


def test_a_cheap_first_choice_does_not_eat_the_budget():
    net = Network.from_edges([], firms=list("abcd"))

    def worth(network):
        values = {"a": 100.0, "c": 11.0}
        return sum(values[firm] for firm in network.ties["source"])

    ties = pd.DataFrame({"source": ["a", "c"], "target": ["b", "d"], "cost": [10.0, 1.0]})
    found = interventions.recommend_ties(
        net, candidates=ties, objective=worth, budget=10, distance_at_most=None, draws=19, seed=1
    )
    assert found.chosen["source"].tolist() == ["a"]  # by gain per cost it would be c, and 11 instead of 100
    assert set(found.baselines["random"]) == {100.0, 11.0}


def test_baselines_keep_to_the_budget_and_use_it():
    ids = [f"f{i}" for i in range(20)]
    net = Network.from_edges([], firms=ids)
    ties = pd.DataFrame({"source": ids[::2], "target": ids[1::2], "cost": [6.0, *[1.0] * 9]})

    def spent(network):
        return float(sum(10 if firm == "f0" else 1 for firm in network.ties["source"]))

    found = interventions.recommend_ties(
        net, k=4, candidates=ties, objective=spent, budget=6, distance_at_most=None, draws=50, seed=3
    )
    assert found.chosen["source"].tolist() == ["f0"]
    # What the budget buys: the dear one, or four cheap ones; never the dear one and others.
    assert set(found.baselines["random"]) == {10.0, 4.0}
    assert set(found.baselines["matched"]) == {10.0, 1.0}


def test_the_matched_baseline_is_not_the_choice_itself():
    net = bridged()
    found = interventions.recommend_ties(net, k=1, objective="reach", draws=99, seed=2, distance_at_most=None)
    assert len(set(found.baselines["matched"])) > 1
    assert found.against_chance.loc["matched", "p"] < 1


def test_both_ways_of_directed_candidates_are_tried():
    net = Network.from_edges([("a", "b"), ("b", "c"), ("c", "d")], directed=True)
    ties = pd.DataFrame({"source": ["a", "d"], "target": ["d", "a"], "directed": True})
    found = interventions.recommend_ties(
        net, k=1, objective="reach", candidates=ties, distance_at_most=None, steps=3, draws=0
    )
    assert found.n_candidates == 2
    assert found.chosen.loc[1, ["source", "value"]].tolist() == ["d", 1.0]  # d -> a closes the ring, a -> d adds none


def test_candidates_in_a_network_too_large_for_all_distances():
    net = Network.from_edges([(i, i + 1) for i in range(12_500)])
    options = {"objective": "reach", "k": 1, "draws": 0}
    with pytest.raises(OptionError, match="no candidate"):
        interventions.recommend_ties(net, candidates=[(0, 3)], **options)
    found = interventions.recommend_ties(
        net, candidates=[(0, 2), (0, 3), (7, 7)], objective=lambda network: float(network.n_ties), k=1, draws=0
    )
    assert found.n_candidates == 1


def test_without_draws_there_is_no_p():
    found = interventions.recommend_ties(bridged(), k=1, objective="reach", draws=0)
    assert found.against_chance["p"].isna().all()
    with pytest.raises(OptionError, match="no column"):
        interventions.recommend_ties(bridged(), same=["place"])


def test_rounding_is_no_improvement():
    net = chain("a", "b", "c", "d")
    calls = itertools.count()

    def revenue(_network):
        return 1e9 + 1e-7 * next(calls)

    assert interventions.recommend_ties(net, objective=revenue, draws=0).chosen.empty


def test_reasons_say_what_was_asked():
    net = chain(*"abcdefg")
    far = interventions.recommend_ties(net, k=1, objective="reach", steps=3, draws=0).chosen["reason"].iloc[0]
    assert "at most 3 ties away" in far
    hub = Network.from_edges([("h", leaf) for leaf in "abcd"])
    relieved = interventions.recommend_ties(hub, k=1, objective="constraint", focus=["h"], draws=0)
    assert relieved.chosen.empty
    one = interventions.recommend_ties(hub, k=1, objective="constraint", focus=["a"], draws=0).chosen["reason"].iloc[0]
    assert "the mean constraint of the firms to relieve falls" in one
    small_step = (
        interventions.recommend_ties(net, k=1, objective=lambda network: 0.5 + network.n_ties * 1e-9, draws=0)
        .chosen["reason"]
        .iloc[0]
    )
    assert "rises from 0.500000006000 to 0.500000007000" in small_step


@pytest.mark.parametrize("seed", range(4))
def test_own_objectives_see_the_changed_network(seed):
    net = small(seed, 7, 0.3)

    def worth(network):
        return float(network.ties["strength"].sum()) + len(network.layers)

    ties = pd.DataFrame(list(itertools.combinations(net.firms.index, 2)), columns=["source", "target"])
    ties = ties.assign(strength=np.arange(1.0, len(ties) + 1), layer="new", cost=1.0)
    found = interventions.recommend_ties(net, k=2, candidates=ties, objective=worth, distance_at_most=None, draws=0)
    assert "cost" not in found.network.ties.columns
    taken = found.chosen[["source", "target"]].merge(ties, on=["source", "target"]).drop(columns="cost")
    assert found.after == worth(changed(net, add_ties=taken)) == worth(found.network)
    assert found.gain == found.after - worth(net)


@pytest.mark.parametrize("seed", range(6))
def test_backups_against_brute_force(seed):
    rng = np.random.default_rng(seed)
    ids = [f"f{i}" for i in range(8)]
    arcs = [(a, b) for a, b in itertools.permutations(ids[:6], 2) if rng.random() < 0.2]
    net = Network(ids, pd.DataFrame(arcs, columns=["source", "target"]).assign(layer="supply", directed=True))
    table = pd.DataFrame((rng.random((8, 4)) < 0.4).astype(int), index=ids)
    able = {firm: set(np.flatnonzero(table.loc[firm])) for firm in ids}
    could = {(f, b) for s, b in arcs for f in ids if able[f] & able[s] and f != b and (f, b) not in arcs}

    def backed(more):
        return sum(any(t != s and c == b and able[t] & able[s] for t, c in [*arcs, *more]) for s, b in arcs) / len(arcs)

    options = {"capabilities": table, "objective": "backup", "draws": 0}
    found = interventions.recommend_ties(net, k=2, kind="backup_supplier", **options)
    assert found.n_candidates == len(could)
    assert found.before == pytest.approx(backed([]))
    assert found.after == pytest.approx(backed([*found.chosen[["source", "target"]].itertuples(index=False)]))
    best = max(backed(more) for more in itertools.combinations(sorted(could), 2))
    assert found.bound >= best - found.before - 1e-12
    # Recruits: f6 and f7 stay outside, each with all that it could supply; against all sets of two.
    inside = net.subset(ids[:6])
    plans = pd.DataFrame([tie for tie in sorted(could) if tie[0] in ids[6:]], columns=["source", "target"])
    if plans["source"].nunique() < 2:
        return
    won = interventions.recommend_firms(
        inside, recruits=ids[6:], ties=plans.assign(layer="supply", directed=True), k=2, **options
    )
    brought = {firm: [*rows.itertuples(index=False)] for firm, rows in plans.groupby("source")}
    assert won.before == pytest.approx(backed([]))
    best = max(backed(brought["f6"]), backed(brought["f7"]), backed(brought["f6"] + brought["f7"]))
    assert won.after == pytest.approx(best)
    if len(won.chosen):
        assert won.chosen["value"].iloc[0] == pytest.approx(max(backed(brought["f6"]), backed(brought["f7"])))
        assert won.bound >= best - won.before - 1e-12


def test_what_a_recruit_brings_is_said_of_those_there_then():
    net = Network(pd.DataFrame({"name": ["Ada", "Bo"]}, index=["a", "b"]), chain("a", "b").ties)
    recruits = pd.DataFrame({"name": ["Mill", None]}, index=["x", "y"])
    table = pd.DataFrame({"milling": [1, 1]}, index=["x", "y"])
    found = interventions.recommend_firms(
        net, recruits=recruits, ties=[("x", "a"), ("y", "b"), ("y", "x")], objective="coverage", capabilities=table,
        draws=0,
    )  # fmt: skip
    first, second = found.chosen["reason"]
    assert first.startswith("Recruit Mill (x): ")
    assert first.endswith("it would work with Ada (a); it brings milling, which nobody there has.")
    assert second.startswith("Recruit y: ")
    assert second.endswith("it would work with Bo (b), Mill (x).")


def test_candidates_for_backup_keep_their_columns():
    ties = pd.DataFrame({"source": ["s", "t"], "target": ["b", "c"], "layer": "supply", "directed": True})
    net = Network(list("stbc"), ties)
    table = pd.DataFrame({"steel": [1, 1]}, index=["s", "t"])
    wanted = pd.DataFrame({"source": ["t"], "target": ["b"], "strength": [4.0], "layer": ["x"]})
    found = interventions.recommend_ties(
        net, kind="backup_supplier", objective="backup", candidates=wanted, capabilities=table, draws=0
    )
    assert found.network.ties.iloc[-1][["source", "layer", "strength"]].tolist() == ["t", "supply", 4.0]


def test_backup_suppliers():
    ties = pd.DataFrame({"source": ["s", "t", "u"], "target": ["b", "c", "b"], "layer": "supply", "directed": True})
    net = Network(["s", "t", "u", "b", "c"], ties)
    table = pd.DataFrame({"steel": [1, 1, 0], "paint": [0, 0, 1]}, index=["s", "t", "u"])
    found = interventions.recommend_ties(
        net,
        k=5,
        objective="backup",
        kind="backup_supplier",
        capabilities=table,
        draws=10,
        seed=1,
    )
    # Only s and t can stand in for each other, so that two of three supplies get a backup; paint has nobody else.
    assert sorted(map(tuple, found.chosen[["source", "target"]].to_numpy())) == [("s", "c"), ("t", "b")]
    assert (found.before, found.after) == (0, pytest.approx(2 / 3))
    assert found.network.ties.iloc[-1][["layer", "directed"]].tolist() == ["supply", True]
    assert "backup supplier" in found.chosen["reason"].iloc[0]
    assert "steel" in found.chosen["reason"].iloc[0]
    with pytest.raises(OptionError, match="kind='backup_supplier'"):
        interventions.recommend_ties(net, objective="backup", capabilities=table)


def test_recruits_by_hand():
    net = Network.from_edges([("a", "b"), ("c", "d")])
    plans = [("x", "a"), ("x", "b"), ("y", "b"), ("y", "c"), ("z", "y")]
    found = interventions.recommend_firms(
        net, recruits=["x", "y", "z"], ties=plans, k=3, objective="reach", draws=10, seed=4
    )
    # Pairs within two steps: 2 of 6 before; with y, the chain a-b-y-c-d, 7 of 10; with x 4 of 10; with both 10 of 15.
    assert found.before == pytest.approx(2 / 6)
    assert found.chosen[["firm", "value"]].to_numpy().tolist() == [["y", pytest.approx(7 / 10)]]
    assert found.n_candidates == 2  # z would know nobody there
    assert set(found.baselines["random"].round(9)) <= {round(4 / 10 - 2 / 6, 9), round(7 / 10 - 2 / 6, 9)}
    # By robustness R neither helps: 5/16 before; with y the order is b, c, then 3, 1, 1, 1, 0 of 5.
    none = interventions.recommend_firms(net, recruits=["y"], ties=plans[2:4], draws=2)
    assert none.chosen.empty
    assert none.before == none.after == pytest.approx(5 / 16)
    assert "none of 1 candidates" in none.summary()
    assert "joins 2 parts" in found.chosen["reason"].iloc[0]
    table = pd.DataFrame({"mill": [1, 0, 0], "weld": [0, 1, 0], "cast": [0, 0, 1]}, index=["a", "x", "y"])
    skilled = interventions.recommend_firms(
        net, recruits=["x", "y"], ties=plans[:4], k=1, objective="coverage", capabilities=table, draws=0
    )
    # a, b know milling: 2/12. With x (a, b, x know both): 6/15. With y (b knows both, c, y casting): 5/15.
    assert skilled.before == pytest.approx(2 / 12)
    assert skilled.chosen.loc[1, ["firm", "value"]].tolist() == ["x", pytest.approx(6 / 15)]
    assert "brings weld, which nobody there has" in skilled.chosen["reason"].iloc[0]
    with pytest.raises(OptionError, match="nothing to improve"):
        interventions.recommend_firms(
            net, recruits=["x"], ties=[("x", "a")], objective="backup", capabilities=table, draws=0
        )
    with pytest.raises(OptionError, match="in the network already"):
        interventions.recommend_firms(net, recruits=["a"], ties=[("a", "c")])
    with pytest.raises(OptionError, match="no recruit"):
        interventions.recommend_firms(net, recruits=["x"], ties=[("x", "a")], consent=["x"])


def test_two_mode_networks_are_refused():
    firms = pd.DataFrame({"mode": ["firm", "deal"]}, index=["a", "d"])
    net = Network(firms, pd.DataFrame({"source": ["a"], "target": ["d"]}))
    with pytest.raises(NetworkError, match="project"):
        interventions.recommend_ties(net)


def test_candidates_keep_their_layer_and_direction():
    net = Network.from_edges([("a", "b"), ("b", "c"), ("c", "d")], directed=True)
    ties = pd.DataFrame({"source": ["c", "d"], "target": ["a", "b"], "layer": "referral", "directed": [True, False]})
    found = interventions.recommend_ties(net, k=1, objective="reach", candidates=ties, steps=1, draws=0)
    # c -> a adds one ordered pair of 12, d - b adds two.
    assert found.chosen.loc[1, ["source", "target", "value"]].tolist() == ["d", "b", pytest.approx(5 / 12)]
    assert found.network.ties.iloc[-1][["layer", "directed"]].tolist() == ["referral", False]


def test_an_interrupt_keeps_what_is_done():
    def stop_at(count):
        def progress(done, _total):
            if done == count:
                raise KeyboardInterrupt

        return progress

    net = bridged()
    with pytest.warns(RuntimeWarning, match="after 2 of 4 choices"):
        found = interventions.recommend_ties(net, k=4, objective="reach", progress=stop_at(2), draws=3, seed=1)
    whole = interventions.recommend_ties(net, k=2, objective="reach", draws=3, seed=1)
    pd.testing.assert_frame_equal(found.chosen, whole.chosen)
    with pytest.warns(RuntimeWarning, match="after 3 of 9 draws"):
        kept = interventions.what_if(net, leave="x", measures=[], draws=9, progress=stop_at(3), seed=1)
    assert len(kept.draws) == 3


# ── invariants ──


@settings(max_examples=15, deadline=None)
@given(networks(max_firms=6, max_ties=8), st.data())
def test_what_if_is_consistent_on_any_network(net, data):
    before = Network(net.firms, net.ties)
    leave = data.draw(st.lists(st.sampled_from(net.firms.index.tolist()), unique=True)) if net.n_firms else []
    found = interventions.what_if(net, leave=leave, join=["new"], draws=1, seed=1)
    table = found.table
    both = table["before"].notna() & table["after"].notna()
    difference = table["after"] - table["before"]
    assert np.allclose(table.loc[both, "difference"], difference[both])
    assert table.loc[~both, "difference"].isna().all()
    assert table.loc["giant_firms", "after"] <= max(table.loc["giant_firms", "before"], 1)
    assert net.equals(before)
    assert found.after.n_firms == net.n_firms - len(leave) + 1


@settings(max_examples=30, deadline=None)
@given(networks(max_firms=6, max_ties=8), st.data())
def test_a_tie_never_lowers_reach_or_coverage(net, data):
    if net.n_firms < 2:
        return
    pair = data.draw(st.lists(st.sampled_from(net.firms.index.tolist()), min_size=2, max_size=2, unique=True))
    after = changed(net, add_ties=[tuple(pair)])
    for objective in ("reach", "coverage"):
        table = pd.DataFrame(np.eye(net.n_firms), index=net.firms.index)
        aim = _objectives.aim_of(net, objective, steps=2, lose=0.1, capabilities=table, focus=None)
        assert _objectives.network_value(after, aim) >= _objectives.network_value(net, aim) - 1e-12
    firm = net.firms.index[0]
    for direction in ("out", "in", "all"):
        assert interventions.reach(after, [firm], direction=direction) >= interventions.reach(
            net, [firm], direction=direction
        )
    assert interventions.fragmentation(after) <= interventions.fragmentation(net) + 1e-12


@pytest.mark.slow
@often
@given(
    networks(max_firms=6, max_ties=8),
    st.sampled_from(_objectives.OBJECTIVES[:-1]),
    st.lists(st.booleans(), min_size=4, max_size=4),
)
def test_fast_evaluation_equals_the_changed_network(net, objective, flags):
    ids = net.firms.index.tolist()
    pairs = list(itertools.combinations(ids, 2))[:4]
    if not pairs:
        return
    table = pd.DataFrame(np.eye(net.n_firms), index=net.firms.index)
    aim = _objectives.aim_of(net, objective, steps=2, lose=0.4, capabilities=table, focus=ids[:3])
    ties = pd.DataFrame(pairs, columns=["source", "target"]).assign(directed=flags[: len(pairs)])
    at = _objectives.evaluator(net, aim, ties)
    for item in range(len(pairs)):
        after = changed(net, add_ties=ties.iloc[: item + 1])
        assert at.tried(item) == pytest.approx(_objectives.network_value(after, aim), abs=1e-12)
        at.take(item)
        assert at.value(range(item + 1)) == pytest.approx(_objectives.network_value(after, aim), abs=1e-12)


@pytest.mark.slow
@often
@given(networks(max_firms=6, max_ties=9), st.integers(1, 3), st.sampled_from(["out", "in", "all"]), st.integers(1, 3))
def test_key_players_equal_brute_force(net, k, direction, steps):
    if k > net.n_firms:
        return
    sets = [list(firms) for firms in itertools.combinations(net.firms.index, k)]
    value = {
        "fragmentation": lambda firms: interventions.fragmentation(net, leave=firms),
        "distance_weighted_fragmentation": lambda firms: interventions.distance_weighted_fragmentation(
            net, leave=firms
        ),
        "reach": lambda firms: interventions.reach(net, firms, steps=steps, direction=direction),
        "distance_weighted_reach": lambda firms: interventions.distance_weighted_reach(net, firms, direction=direction),
    }
    for goal, of in value.items():
        best = max(of(firms) for firms in sets)
        options = {"k": k, "goal": goal, "steps": steps, "direction": direction}
        exact = interventions.key_players(net, method="exact", **options)
        greedy = interventions.key_players(net, method="greedy", **options)
        for found in (exact, greedy):
            assert of(found.firms) == pytest.approx(found.value, abs=1e-12, nan_ok=True)
        if math.isnan(best):
            assert math.isnan(exact.value)
            continue
        assert exact.value == exact.bound == pytest.approx(best, abs=1e-12)
        assert greedy.value <= best + 1e-12
        assert greedy.bound >= best - 1e-12
        if goal.endswith("reach"):
            assert greedy.value >= (1 - 1 / math.e) * best - 1e-12


@pytest.mark.slow
@often
@given(networks(max_firms=6, max_ties=8), st.lists(st.integers(0, 15), min_size=6, max_size=6), st.booleans())
def test_lazy_choices_equal_plain_ones_and_keep_their_bound(net, held, backup):
    ids = net.firms.index
    table = pd.DataFrame(
        [[mask >> bit & 1 for bit in range(4)] for mask in held[: len(ids)]], index=ids, columns=range(4)
    )
    objective, kind = ("backup", "backup_supplier") if backup else ("coverage", "introduction")
    options = {"objective": objective, "kind": kind, "capabilities": table, "distance_at_most": None, "draws": 0}
    try:
        found = interventions.recommend_ties(net, k=3, **options)
    except OptionError:
        return  # nothing to choose from
    aim = _objectives.aim_of(net, objective, steps=2, lose=0.1, capabilities=table, focus=None)
    ties = _recommend._candidate_ties(net, None, None, table, backup=backup)
    at = _objectives.evaluator(net, aim, ties)
    picked, value = [], at.value([])
    while len(picked) < 3:
        values = {item: at.value([*picked, item]) for item in range(len(ties)) if item not in picked}
        if max(values.values(), default=0.0) <= value + 1e-12:
            break
        value = max(values.values())
        picked.append(next(item for item, other in values.items() if other >= value - 1e-12))
    ends = ["source", "target"]
    assert found.chosen[ends].to_numpy().tolist() == ties.loc[picked, ends].to_numpy().tolist()
    best = max(at.value(items) for items in itertools.combinations(range(len(ties)), min(2, len(ties))))
    assert best - found.before <= found.bound + 1e-12


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("at", [60, 150])
def test_an_interrupt_keeps_the_orders_that_both_networks_have(monkeypatch, at):
    net = Network.from_edges([(i, i + 1) for i in range(11)])
    real, calls = _bands.weak_path, itertools.count()

    def interrupted(*inputs):
        if next(calls) == at:
            raise KeyboardInterrupt
        return real(*inputs)

    whole = interventions.what_if(net, leave=[3], measures=[], responses=["robustness_random"], draws=100, seed=1)
    monkeypatch.setattr(_bands, "weak_path", interrupted)
    cut = interventions.what_if(net, leave=[3], measures=[], responses=["robustness_random"], draws=100, seed=1)
    row, entire = cut.table.loc["robustness_random"], whole.table.loc["robustness_random"]
    assert row["low"] <= row["difference"] <= row["high"]
    assert row["difference"] != entire["difference"]
    assert row["difference"] == pytest.approx(entire["difference"], abs=0.05)
