"""Models of learning and tie formation: closed forms, brute force on small cases, and the published directions."""

from __future__ import annotations

import importlib
import itertools

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from clusternet import Network, brokerage, models
from clusternet.errors import NetworkError, OptionError
from clusternet.models._barter import trade_knowledge
from clusternet.models._formation import shape, wishes
from clusternet.models._holes import seek_holes
from clusternet.models._search import search_round


def network(edges, n):
    return Network.from_edges(edges, firms=range(n))


# ── rings and boards ──


def test_a_ring_without_chance_is_a_ring():
    graph = models.rewired_ring(12, 4).to_networkx(simple=True)
    assert nx.is_isomorphic(graph, nx.watts_strogatz_graph(12, 4, 0.0))


def test_rewiring_keeps_the_ties_and_loses_the_clustering():
    ring, mixed = models.rewired_ring(500, 10), models.rewired_ring(500, 10, chance=1.0, seed=1)
    assert ring.n_ties == mixed.n_ties == len(mixed.ties[["source", "target"]].drop_duplicates()) == 2500
    assert (mixed.ties["source"] != mixed.ties["target"]).all()
    clustering = [nx.transitivity(net.to_networkx(simple=True)) for net in (ring, mixed)]
    assert clustering[0] == pytest.approx(3 * 8 / (4 * 9))
    assert clustering[1] < 0.03
    kept = len(set(map(tuple, ring.ties[["source", "target"]].to_numpy())) & set(
        map(tuple, models.rewired_ring(500, 10, chance=0.2, seed=1).ties[["source", "target"]].to_numpy())
    ))  # fmt: skip
    assert 0.76 < kept / 2500 < 0.84


def test_a_full_ring_cannot_be_rewired_and_stays_as_it_is():
    assert models.rewired_ring(5, 4, chance=1.0, seed=1).n_ties == 10


def test_random_boards_have_the_seats_asked_for_and_local_ones_stay_home():
    net = models.random_boards(200, 1500, seats=8, seed=1)
    assert net.is_two_mode
    sizes = net.ties.groupby("source").size()
    assert sizes.min() >= 3
    assert sizes.mean() == pytest.approx(8, abs=0.5)
    assert not net.ties.duplicated(["source", "target"]).any()

    def at_home(made):
        region = made.firms["region"]
        return (made.ties["source"].map(region) == made.ties["target"].map(region)).mean()

    assert at_home(net) == pytest.approx(0.1, abs=0.03)
    assert at_home(models.random_boards(200, 1500, local=0.5, seed=1)) == pytest.approx(0.55, abs=0.04)


@pytest.mark.parametrize(
    "call",
    [
        lambda: models.rewired_ring(10, 3),
        lambda: models.rewired_ring(10, 10),
        lambda: models.rewired_ring(10, 4, chance=1.2),
        lambda: models.rewired_ring(2, 2),
        lambda: models.random_boards(10, 100, seats=2),
        lambda: models.random_boards(10, 5),
        lambda: models.random_boards(10, 100, local=-0.1),
        lambda: models.knowledge_barter(models.rewired_ring(10, 2), absorbed=0),
        lambda: models.knowledge_barter(models.rewired_ring(10, 2), types=1),
        lambda: models.make_landscape(30),
        lambda: models.make_landscape(5, interactions=5),
        lambda: models.make_landscape(5, interactions=1, power=0),
        lambda: models.collective_search(
            models.rewired_ring(10, 2), models.make_landscape(4, interactions=0), periods=0
        ),
        lambda: models.regular_effort(4, 4),
        lambda: models.rnd_payoffs(cost=0),
        lambda: models.connection_payoffs(decay=2),
        lambda: models.hole_payoffs(contacts="some"),
        lambda: models.hole_dynamics(2),
        lambda: models.small_network(0),
        lambda: models.small_network(1.5),
        lambda: models.random_boards(10, 100, seats=np.inf),
        lambda: models.random_boards(10, 100, busy="2"),
        lambda: models.knowledge_barter(models.rewired_ring(10, 2), expertise="10"),
        lambda: models.make_landscape(5, interactions=1, power="8"),
        lambda: models.rnd_payoffs(cost=np.nan),
        lambda: models.rnd_equilibrium(models.rewired_ring(4, 2), cost=np.inf),
        lambda: models.connection_payoffs(cost=np.nan),
        lambda: models.dartboard("0.2", 10),
        lambda: models.dartboard(0.2, 30, tail=0.001, seed=1),
        lambda: models.random_layers(10, ties="2"),
        lambda: models.small_networks(3, lambda ties: ties.sum()),
        lambda: models.is_pairwise_stable(models.rewired_ring(4, 2), lambda ties: ties),
    ],
)
def test_options_out_of_range_are_refused(call):
    with pytest.raises(OptionError):
        call()


# ── knowledge barter ──


def traded(levels, *, absorbed=1.0, meetings=1):
    known = np.array(levels, dtype=float)
    n, types = known.shape
    assert n == 2
    flat, state = known.ravel().tolist(), [0, 0]
    chance = np.random.default_rng(1).random(meetings + types).tolist()
    trade_knowledge([0] * meetings, [1] * meetings, chance, [absorbed, types], flat, state)
    assert state[0] == meetings
    return np.array(flat).reshape(n, types)


def test_two_that_lead_each_other_swap_and_close_the_gap():
    assert traded([[4.0, 0.0], [0.0, 2.0]]).tolist() == [[4.0, 2.0], [4.0, 2.0]]
    assert traded([[4.0, 0.0], [0.0, 2.0]], absorbed=0.25).tolist() == [[4.0, 0.5], [1.0, 2.0]]


def test_nobody_gives_for_nothing():
    assert traded([[4.0, 2.0], [0.0, 1.0]]).tolist() == [[4.0, 2.0], [0.0, 1.0]]


def test_as_many_types_change_hands_each_way():
    after = traded([[1.0, 1.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]])
    assert after[0].tolist() == [1.0, 1.0, 1.0, 1.0]
    assert after[1].sum() == 2.0  # one of the three types on offer


def test_the_type_taken_is_drawn_evenly():
    taken = np.zeros(3)
    for seed in range(3000):
        flat = [1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0]
        chance = np.random.default_rng(seed).random(5).tolist()
        trade_knowledge([0], [1], chance, [1.0, 4], flat, [0, 0])
        taken += np.array(flat[4:7])
    assert taken.sum() == 3000
    assert taken / 3000 == pytest.approx([1 / 3] * 3, abs=0.03)


def test_barter_ends_where_no_pair_can_trade():
    net = models.rewired_ring(60, 4, chance=0.2, seed=1)
    barter = models.knowledge_barter(net, absorbed=1.0, seed=1)
    assert barter.settled
    known = barter.knowledge.to_numpy()
    for i, j in net.ties[["source", "target"]].to_numpy():
        assert not ((known[i] > known[j]).any() and (known[j] > known[i]).any())
    assert (barter.knowledge >= barter.start).all(axis=None)
    assert barter.knowledge.max().tolist() == barter.start.max().tolist()  # nobody invents


def test_barter_is_repeatable_and_works_without_ties():
    net = models.rewired_ring(60, 4, seed=1)
    assert models.knowledge_barter(net, seed=3).mean == models.knowledge_barter(net, seed=3).mean
    alone = models.knowledge_barter(network([], 3), seed=1)
    assert alone.settled
    assert alone.knowledge.equals(alone.start)
    empty = models.knowledge_barter(network([], 0), seed=1)
    assert np.isnan(empty.mean)


def test_experts_are_as_many_as_asked_for():
    barter = models.knowledge_barter(models.rewired_ring(50, 4), experts=0.1, expertise=10, max_rounds=1, seed=1)
    assert int((barter.start == 10).to_numpy().sum()) == 5


@pytest.mark.slow
@pytest.mark.reference
def test_a_small_world_knows_most_where_little_is_absorbed():
    from clusternet.reproduction._b08_learning import barter_curve

    curve = barter_curve(0.25, chances=(0.0005, 0.09, 1.0), runs=15)
    assert curve["mean"].idxmax() == 0.09
    assert barter_curve(1.0, chances=(0.0005, 0.09, 1.0), runs=5)["mean"].idxmax() == 1.0


# ── collective search ──


def test_a_landscape_without_interactions_has_one_peak_and_its_worth_adds_up():
    hill = models.make_landscape(6, interactions=0, power=1, seed=2)
    assert hill.peaks == 1
    assert hill.scores.max() == 1
    single = [hill.scores[1 << c] - hill.scores[0] for c in range(6)]
    for solution in range(64):
        on = [c for c in range(6) if solution >> c & 1]
        assert hill.scores[solution] == pytest.approx(hill.scores[0] + sum(single[c] for c in on))


def test_interactions_make_peaks_as_many_as_theory_says():
    # Scores drawn at random have 2^n/(n + 1) peaks on average.
    found = [models.make_landscape(9, interactions=8, seed=seed).peaks for seed in range(60)]
    assert np.mean(found) == pytest.approx(2**9 / 10, rel=0.06)


@pytest.mark.parametrize("choices", [5, 6])
def test_a_choice_depends_on_as_many_others_as_asked_for(choices):
    land = models.make_landscape(choices, interactions=2, power=1, seed=1)
    scores = land.scores.reshape((2,) * choices)
    # Fourier terms of order above three vanish when each choice looks at two others.
    wave = np.fft.fftn(scores).real
    order = np.indices(wave.shape).sum(axis=0)
    assert np.abs(wave[order > 3]).max() < 1e-9
    assert np.abs(wave[order == 3]).max() > 1e-3


def test_search_by_hand():
    scores = [0.1, 0.5, 0.2, 1.0]  # of 0, 1, 2, 3
    history = [0, 1, 0, 0, 0, 0, 0, 0, 0]
    # Firms 0 - 1 - 2 in a line, two periods; the first and the last copy the middle, which flips choice 1.
    search_round([0, 1, 3, 4], [1, 0, 2, 1], scores, [1, 2, 1, 2, 2, 2], [1] * 6, history)
    assert history == [0, 1, 0, 1, 3, 1, 3, 3, 3]


def test_a_firm_that_tries_keeps_only_what_is_better():
    scores = [0.9, 0.5, 1.0, 0.2]
    history = [0, 0, 0]
    search_round([0, 0], [], scores, [1, 2], [1, 1], history)
    assert history == [0, 0, 2]


def test_a_landscape_that_lacks_solutions_is_refused():
    land = models.make_landscape(4, interactions=0, seed=1)
    cut = models.Landscape(scores=land.scores[:8], choices=4, settings=land.settings)
    with pytest.raises(OptionError, match="one score for every solution"):
        models.collective_search(network([], 3), cut, seed=1)


def test_all_find_the_one_peak_and_scores_never_fall():
    hill = models.make_landscape(8, interactions=0, seed=1)
    for net in (network([], 20), models.rewired_ring(20, 4)):
        search = models.collective_search(net, hill, periods=120, seed=1)
        assert search.path["score"].is_monotonic_increasing
        assert search.scores.min() == 1
        assert search.path["solutions"].iloc[-1] == 1


def test_without_copying_the_network_does_not_matter():
    land = models.make_landscape(10, interactions=3, seed=1)
    runs = [models.collective_search(net, land, copying=0, periods=30, seed=5).scores.to_numpy()
            for net in (network([], 30), models.rewired_ring(30, 4))]  # fmt: skip
    assert (runs[0] == runs[1]).all()


@pytest.mark.slow
def test_compiled_kernels_agree_with_plain_python():
    numba = pytest.importorskip("numba")
    rng = np.random.default_rng(1)
    net = models.rewired_ring(20, 4, chance=0.3, seed=1).simple().csr()
    land = models.make_landscape(8, interactions=3, seed=1)
    inputs = [net.indptr.astype(np.int64), net.indices.astype(np.int64), land.scores,
              1 << rng.integers(0, 8, 400), np.ones(400, np.int8)]  # fmt: skip
    history = np.concatenate([rng.integers(0, 256, 20), np.zeros(400, np.int64)])
    plain = history.tolist()
    search_round(*(array.tolist() for array in inputs), plain)
    numba.njit(search_round)(*inputs, history)
    assert history.tolist() == plain

    one, other = np.triu_indices(7, 1)
    ties = np.zeros((7, 7), dtype=np.int64)
    ties[one[::2], other[::2]] = ties[other[::2], one[::2]] = 1
    listed, changes = ties.ravel().tolist(), [0]
    seek_holes(one.tolist(), other.tolist(), [1], listed, changes, [0.0] * 7)
    compiled, counted = ties.ravel().copy(), np.zeros(1, np.int64)
    numba.njit(seek_holes)(one, other, np.array([1]), compiled, counted, np.zeros(7))
    assert compiled.tolist() == listed
    assert counted.tolist() == changes

    levels, chance = rng.random(5 * 20), rng.random(405)
    pairs = [rng.integers(0, 10, 400), rng.integers(10, 20, 400)]
    slow, state = levels.tolist(), [0, 0]
    trade_knowledge(pairs[0].tolist(), pairs[1].tolist(), chance.tolist(), [0.25, 5.0], slow, state)
    fast, counts = levels.copy(), np.zeros(2, np.int64)
    numba.njit(trade_knowledge)(*pairs, chance, np.array([0.25, 5.0]), fast, counts)
    assert fast.tolist() == slow
    assert counts.tolist() == state


# ── R&D networks ──


def test_effort_falls_with_partners_and_the_closed_form_is_the_solution():
    for n, k in ((4, 2), (6, 2), (6, 4), (8, 6)):
        solved = models.rnd_equilibrium(models.rewired_ring(n, k), cost=1).firms
        assert solved["effort"].to_numpy() == pytest.approx([models.regular_effort(n, k, cost=1)] * n, abs=1e-12)
    efforts = [models.regular_effort(8, k) for k in range(8)]
    assert efforts == sorted(efforts, reverse=True)


@pytest.mark.parametrize("edges", [[(0, 1)], [(0, 1), (1, 2)], [(0, 1), (1, 2), (2, 3), (3, 0), (0, 2)]])
def test_no_firm_gains_by_another_effort(edges):
    net = network(edges, 4)
    solved = models.rnd_equilibrium(net, cost=2)
    assert solved.interior
    efforts = solved.firms["effort"]
    profits = models.rnd_profits(net, efforts, cost=2)
    assert profits.to_numpy() == pytest.approx(solved.firms["profit"].to_numpy())
    for firm, change in itertools.product(range(4), (-0.01, -1e-4, 1e-4, 0.01)):
        tried = efforts.copy()
        tried[firm] += change
        assert models.rnd_profits(net, tried, cost=2)[firm] < profits[firm]


def test_profits_are_those_of_cournot_competition():
    # Unit costs 0 and 0.2 with demand 1 - Q: quantities (1 + 0.2)/3 and (1 - 0.4)/3.
    profits = models.rnd_profits(network([], 2), pd.Series([0.2, 0.0]), margin=0.8, cost=1)
    assert profits.tolist() == pytest.approx([0.4**2 - 0.04, 0.2**2])


def test_a_firm_that_cannot_sell_makes_nothing():
    # Firm 0 halves its costs and more: alone it makes (1 + 2)/2, firm 1 would have to buy back.
    net = network([], 2)
    assert models.rnd_profits(net, pd.Series([2.0, 0.0]), cost=1).tolist() == pytest.approx([1.5**2 - 4, 0.0])
    rng = np.random.default_rng(1)
    for _ in range(20):
        n = int(rng.integers(2, 7))
        ties = np.triu(rng.random((n, n)) < 0.4, 1)
        efforts = pd.Series(rng.random(n) * 2)
        reduction = (ties + ties.T + np.eye(n)) @ efforts.to_numpy()
        made = np.zeros(n)  # best answers in turn, until they do not move
        for _ in range(400):
            for firm in range(n):
                made[firm] = max(0.0, (1 + reduction[firm] - made.sum() + made[firm]) / 2)
        profits = models.rnd_profits(network(np.argwhere(ties).tolist(), n), efforts, cost=1)
        assert profits.to_numpy() == pytest.approx(made**2 - efforts.to_numpy() ** 2, abs=1e-9)


def test_profits_need_the_efforts_of_all():
    with pytest.raises(OptionError, match="none for 1"):
        models.rnd_profits(network([], 2), pd.Series({0: 0.1}))


def test_welfare_is_profit_and_half_the_squared_output():
    solved = models.rnd_equilibrium(network([(0, 1)], 3), margin=2, cost=3)
    assert solved.welfare == pytest.approx(solved.firms["profit"].sum() + solved.firms["quantity"].sum() ** 2 / 2)


def test_a_market_without_interior_equilibrium_is_said_to_be_so():
    solved = models.rnd_equilibrium(network([(0, 1), (1, 2), (0, 2)], 4), cost=1)
    assert not solved.interior
    assert np.isnan(models.rnd_payoffs(cost=1)(np.zeros((1, 1), dtype=bool) | False)).sum() == 0
    listed = models.small_networks(4, models.rnd_payoffs(cost=1))
    assert listed["total"].isna().sum() == 3
    assert not listed.loc[listed["total"].isna(), "stable"].any()


# ── stability ──


def brute_stable(ties, payoffs):
    now = payoffs(ties)
    for i, j in itertools.combinations(range(len(ties)), 2):
        other = ties.copy()
        other[i, j] = other[j, i] = not ties[i, j]
        then = payoffs(other)
        if ties[i, j] and (then[i] > now[i] + 1e-9 or then[j] > now[j] + 1e-9):
            return False
        gains = sorted([then[i] - now[i], then[j] - now[j]])
        if not ties[i, j] and gains[1] > 1e-9 and gains[0] > -1e-9:
            return False
    return True


@pytest.mark.parametrize(
    "payoffs",
    [
        models.connection_payoffs(cost=0.3),
        models.rnd_payoffs(cost=2),
        pytest.param(models.connection_payoffs(cost=0.1), marks=pytest.mark.slow),
    ],
)
def test_stability_is_as_defined(payoffs):
    listed = models.small_networks(5, payoffs)
    assert len(listed) == 34
    for number, row in listed.iterrows():
        ties = models.small_network(number).adjacency.toarray() > 0
        assert row["stable"] == brute_stable(ties, payoffs), row["shape"]
        assert row["stable"] == models.is_pairwise_stable(models.small_network(number), payoffs)


def test_listing_stability_may_be_left_out():
    listed = models.small_networks(4, models.connection_payoffs(), stability=False)
    assert "stable" not in listed
    assert len(listed) == 11


def test_connections_are_worth_what_their_distance_says():
    line = np.zeros((3, 3), dtype=bool)
    line[0, 1] = line[1, 0] = line[1, 2] = line[2, 1] = True
    paid = models.connection_payoffs(decay=0.5, cost=0.2)(line)
    assert paid.tolist() == pytest.approx([0.5 + 0.25 - 0.2, 1.0 - 0.4, 0.5 + 0.25 - 0.2])


@pytest.mark.parametrize(("n", "cost", "best"), [(4, 0.2, "complete 4"), (5, 0.3, "star 5"), (5, 0.9, "empty")])
def test_the_best_network_of_the_connections_model(n, cost, best):
    listed = models.small_networks(n, models.connection_payoffs(decay=0.5, cost=cost), stability=False)
    assert listed["shape"][listed["total"].idxmax()] == best


def test_hole_payoffs_are_minus_the_constraint_of_brokerage():
    rng = np.random.default_rng(1)
    for _ in range(10):
        ties = np.triu(rng.random((7, 7)) < 0.4, 1)
        net = network(np.argwhere(ties).tolist(), 7)
        held = brokerage.constraint(net).to_numpy()
        paid = models.hole_payoffs()(ties | ties.T)
        assert np.isneginf(paid[np.isnan(held)]).all()
        assert -paid[~np.isnan(held)] == pytest.approx(held[~np.isnan(held)])


def test_constraint_over_all_contacts_counts_those_behind_partners():
    line = np.zeros((3, 3), dtype=bool)
    line[0, 1] = line[1, 0] = line[1, 2] = line[2, 1] = True
    assert models.hole_payoffs()(line).tolist() == pytest.approx([-1.0, -0.5, -1.0])
    assert models.hole_payoffs(contacts="all")(line).tolist() == pytest.approx([-1.25, -0.5, -1.25])


@pytest.mark.parametrize("n", [4, 5, 6])
def test_balanced_bipartite_networks_hold_when_everybody_seeks_holes(n):
    listed = models.small_networks(n, models.hole_payoffs())
    stable = set(listed.loc[listed["stable"], "shape"])
    assert f"complete bipartite {n - n // 2}+{n // 2}" in stable
    assert "empty" not in stable
    assert f"complete {n}" not in stable


@pytest.mark.parametrize("contacts", ["direct", "all"])
def test_the_dynamics_end_where_nobody_wants_a_change(contacts):
    ended = models.hole_dynamics(6, runs=15, contacts=contacts, seed=2)
    assert ended.runs["settled"].all()
    for run in range(15):
        assert models.is_pairwise_stable(ended.network(run), models.hole_payoffs(contacts=contacts))
        assert ended.network(run).n_ties == ended.runs["ties"][run]


def test_the_dynamics_are_repeatable():
    first, again = (models.hole_dynamics(5, runs=5, seed=4) for _ in range(2))
    assert first.runs.equals(again.runs)
    assert 0 <= first.bipartite_share <= 1


def test_toggles_are_wished_for_by_both_or_cut_by_one():
    ties = np.zeros((3, 3), dtype=bool)
    ties[0, 1] = ties[1, 0] = True
    gains, wanted = wishes(ties, lambda net: net.sum(axis=1) * np.array([1.0, -1.0, 1.0]))
    assert wanted[0, 1]  # firm 1 pays for its tie
    assert wanted[0, 2]  # both gain
    assert not wanted[1, 2]  # firm 1 would lose
    assert gains[1, 0] == 1


@pytest.mark.parametrize(
    ("edges", "n", "name"),
    [
        ([], 3, "empty"),
        ([(0, 1)], 2, "complete 2"),
        ([(0, 1)], 4, "complete 2 + 2 isolates"),
        ([(0, 1), (0, 2), (0, 3)], 4, "star 4"),
        ([(0, 1), (1, 2), (2, 3), (3, 0)], 5, "complete bipartite 2+2 + 1 isolate"),
        ([(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)], 5, "cycle 5"),
        ([(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3)], 6, "2 2 2 2 2 2"),
        ([(0, 1), (1, 2), (2, 3)], 4, "2 2 1 1"),
    ],
)
def test_shapes_have_names(edges, n, name):
    assert shape(network(edges, n).adjacency.toarray() > 0) == name


def test_too_many_firms_to_list_are_refused():
    with pytest.raises(NetworkError, match="at most 7"):
        models.small_networks(8, models.hole_payoffs())


def test_all_public_names_are_sorted_and_there():
    assert list(models.__all__) == sorted(models.__all__)
    for name in models.__all__:
        assert getattr(importlib.import_module("clusternet.models"), name) is not None


def test_results_tell_themselves_in_one_line():
    net = models.rewired_ring(20, 4, seed=1)
    land = models.make_landscape(6, interactions=1, seed=1)
    results = [
        models.knowledge_barter(net, seed=1),
        land,
        models.collective_search(net, land, periods=3, seed=1),
        models.rnd_equilibrium(net),
        models.hole_dynamics(4, runs=3, seed=1),
    ]
    for result in results:
        assert "\n" not in repr(result)
        assert len(result.to_frame()) > 0
        assert result.settings.version


def test_cheap_effort_has_no_closed_form():
    for n, partners, cost in ((1, 0, 0.25), (3, 1, 0.1), (3, 0, 0.5)):
        with pytest.raises(OptionError, match="best effort only if"):
            models.regular_effort(n, partners, cost=cost)
    # The bound is that of the equilibrium: just above it the one of a network of equals is interior.
    assert models.rnd_equilibrium(Network.from_edges([], firms=range(3)), cost=0.57).interior
    assert not models.rnd_equilibrium(Network.from_edges([], firms=range(3)), cost=0.56).interior


def test_barter_needs_numbers():
    ring = models.rewired_ring(10, 2, seed=1)
    for option in ("expertise", "tolerance"):
        for value in (float("nan"), -1.0, float("inf")):
            with pytest.raises(OptionError, match=option):
                models.knowledge_barter(ring, **{option: value}, seed=1)


def test_pairs_of_strengths_are_tested_with_the_totals_of_the_draws():
    # Under the null of strengths dealt anew p must not crowd near 1, as it does when draws are judged by other totals.
    p = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        one, other = np.triu_indices(14, 1)
        tied = rng.random(len(one)) < 0.25
        ties = {"source": one[tied], "target": other[tied], "strength": rng.pareto(1.2, int(tied.sum())) + 1}
        net = Network(range(14), pd.DataFrame(ties))
        p.append(brokerage.core_periphery_pairs(net, weights="strength", runs=2, draws=19, seed=seed).p)
    assert 0.3 < np.mean(p) < 0.7
