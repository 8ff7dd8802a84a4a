"""Removal paths against golden values, closed forms, published numbers and brute force."""

import functools
import itertools
import math
import re

import igraph
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import golden
from clusternet import Network, _compiled, _percolation
from clusternet._paths import DEPTH_LIMIT, level_counts, numbered
from clusternet.centrality import degree
from clusternet.errors import NetworkError, OptionError, UnknownFirmError
from clusternet.network._rewiring import Switching
from clusternet.resilience import (
    ORDERS,
    CostliestFirms,
    Removal,
    _recovery,
    attribute_connected,
    attribute_tied,
    bundles_coverable,
    capabilities_lost,
    costliest_firms,
    critical_fraction,
    firms_cut_off,
    record_band,
    recover,
    relative_robustness,
    removal_band,
    remove_firms,
    remove_groups,
    remove_ties,
    tie_value,
    vulnerability,
)
from clusternet.resilience._chance import _nulls, disturbed
from clusternet.resilience._orders import ONLY_ADAPTIVE, ONLY_STATIC
from clusternet.resilience._paths import COUNTED
from clusternet.result import igraph_seed
from removal import a_thousand, digraph, going_by, networks, of, often, rarely, seldom, sizes_of

# ── helpers: the same answers, the slow way ──


def brute_responses(net, order, connection="weak"):
    graph = digraph(net)
    n = len(graph)
    rows = []
    for step in range(len(order) + 1):
        if step:
            graph.remove_node(order[step - 1])
        sizes = sizes_of(graph, connection)
        left = len(graph)
        pairs = sum(size * (size - 1) // 2 for size in sizes)
        small = sizes[1:]
        distances = dict(nx.all_pairs_shortest_path_length(graph))
        near = sum(1 / d for a in graph for b, d in distances[a].items() if b != a)
        rows.append(
            {
                "giant_share": max(sizes, default=0) / n if n else math.nan,
                "second_share": [*sizes, 0, 0][1] / n if n else math.nan,
                "n_components": len(sizes),
                "reachable_pairs": pairs,
                "reachable_share": pairs / math.comb(n, 2) if n > 1 else math.nan,
                "reachable_share_left": pairs / math.comb(left, 2) if left > 1 else math.nan,
                "susceptibility": sum(size**2 for size in small) / sum(small) if small else 0.0,
                "component_entropy": -sum(size / left * math.log(size / left) for size in sizes) if left else math.nan,
                "efficiency": near / (left * (left - 1)) if left > 1 else 0.0,
            }
        )
    return pd.DataFrame(rows, index=pd.RangeIndex(len(rows), name="removed"))


def brute_scores(graph, order):
    if order == "betweenness":
        return nx.betweenness_centrality(graph, normalized=False)
    return dict(graph.degree(weight="strength" if order == "strength" else None))


def brute_order(net, order, *, adaptive):
    graph = digraph(net)
    place = {firm: row for row, firm in enumerate(net.firms.index)}

    def ranked(scores):
        return sorted(graph, key=lambda firm: (-round(scores[firm], 8), place[firm]))

    if not adaptive:
        return ranked(brute_scores(graph, order))
    going = []
    while len(graph):
        going.append(ranked(brute_scores(graph, order))[0])
        graph.remove_node(going[-1])
    return going


# ── brute force ──


@seldom
@given(networks(), st.data())
def test_every_response_equals_recomputation(net, data):
    order = data.draw(st.permutations(list(net.firms.index)))
    removal = remove_firms(net, order=order, responses=[*COUNTED, "component_entropy", "efficiency"])
    expected = brute_responses(net, order)
    pd.testing.assert_frame_equal(removal.curve[expected.columns], expected, check_dtype=False, atol=1e-12)
    assert list(removal.order) == order


test_every_response_on_a_thousand = a_thousand(test_every_response_equals_recomputation, networks(largest=7), st.data())


@seldom
@given(networks(), st.data())
def test_strong_components_equal_recomputation(net, data):
    order = data.draw(st.permutations(list(net.firms.index)))
    names = [*COUNTED, "component_entropy"]
    removal = remove_firms(net, order=order, responses=names, connection="strong")
    expected = brute_responses(net, order, "strong")[names]
    pd.testing.assert_frame_equal(removal.curve, expected, check_dtype=False, atol=1e-12)


test_strong_components_on_a_thousand = a_thousand(
    test_strong_components_equal_recomputation, networks(largest=6), st.data()
)


@seldom
@given(networks())
def test_degree_and_strength_orders_equal_recomputation(net):
    for order, adaptive in itertools.product(["degree", "strength"], [False, True]):
        got = remove_firms(net, order=order, adaptive=adaptive)
        assert list(got.order) == brute_order(net, order, adaptive=adaptive), (order, adaptive)


@seldom
@given(networks())
def test_betweenness_orders_equal_recomputation(net):
    for adaptive in (False, True):
        got = remove_firms(net, order="betweenness", adaptive=adaptive)
        assert list(got.order) == brute_order(net, "betweenness", adaptive=adaptive), adaptive


@seldom
@given(networks())
def test_vulnerability_equals_taking_each_firm_out(net):
    got = vulnerability(net)
    assert got.index.equals(net.firms.index)
    graph = nx.Graph(digraph(net))
    n = len(graph)
    before = sizes_of(graph)
    pairs = {frozenset(pair) for part in nx.connected_components(graph) for pair in itertools.combinations(part, 2)}
    for firm in graph:
        rest = graph.subgraph(set(graph) - {firm})
        after = sizes_of(rest)
        left = {frozenset(pair) for part in nx.connected_components(rest) for pair in itertools.combinations(part, 2)}
        row = got.loc[firm]
        assert row["giant_share_loss"] == pytest.approx((max(before) - max(after, default=0)) / n)
        assert row["components_gained"] == len(after) - len(before)
        assert row["pairs_lost"] == len(pairs - left)
        assert row["pairs_lost_others"] == sum(firm not in pair for pair in pairs - left)
        share = len(left) / math.comb(n - 1, 2) if n > 2 else math.nan
        assert row["reachable_share_left"] == pytest.approx(share, nan_ok=True)


test_vulnerability_on_a_thousand = a_thousand(test_vulnerability_equals_taking_each_firm_out, networks())


def brute_loss(graph, gone, response):
    def value(rest):
        sizes = sizes_of(rest)
        return max(sizes, default=0) if response == "giant_share" else sum(math.comb(size, 2) for size in sizes)

    lost = value(graph) - value(graph.subgraph(set(graph) - set(gone)))
    return lost / len(graph) if response == "giant_share" else lost


@seldom
@given(networks(smallest=1), st.integers(1, 4), st.sampled_from(["reachable_pairs", "giant_share"]))
def test_costliest_firms_equal_trying_every_set(net, k, response):
    k = min(k, net.n_firms)
    graph = nx.Graph(digraph(net))
    every = {gone: brute_loss(graph, gone, response) for gone in itertools.combinations(net.firms.index, k)}
    exact = costliest_firms(net, k, response=response, method="exact")
    assert exact.exact
    assert exact.loss == pytest.approx(max(every.values()))
    first = next(gone for gone, loss in every.items() if loss == max(every.values()))
    assert set(exact.firms) == set(first)
    greedy = costliest_firms(net, k, response=response, method="greedy")
    chosen = []
    for _ in range(k):
        chosen.append(
            max(
                (firm for firm in net.firms.index if firm not in chosen),
                key=lambda firm: brute_loss(graph, [*chosen, firm], response),
            )
        )
    assert list(greedy.firms) == chosen
    assert greedy.loss == pytest.approx(brute_loss(graph, chosen, response))
    assert greedy.loss <= exact.loss + 1e-12


test_costliest_firms_on_a_thousand = a_thousand(
    test_costliest_firms_equal_trying_every_set,
    networks(smallest=1, largest=7),
    st.integers(1, 3),
    st.sampled_from(["reachable_pairs", "giant_share"]),
)


# ── golden values ──

ROBUSTNESS = [row for view in ("u", "uw") for row in golden.rows(f"{view}.robustness.")]


@functools.cache
def golden_removal(network, view, way, *, unrounded):
    net = golden.load_network(network, view)
    if unrounded:
        return remove_firms(net, order=pd.Series(net.igraph.betweenness(), index=net.firms.index))
    if way == "fixed_order":
        return remove_firms(net, order=golden.values(network)["u.robustness.fixed_order.order"]["value"])
    name, adaptive = re.fullmatch("(.*)_(static|adaptive)", way).groups()
    return remove_firms(net, order=name, adaptive=adaptive == "adaptive", responses=[*COUNTED, "efficiency"])


@pytest.mark.reference
@pytest.mark.parametrize("row", ROBUSTNESS, ids=lambda row: f"{row.network}-{row.key}")
def test_golden_removal(row):
    view, _, way, what = row.key.split(".")
    removal = golden_removal(row.network, view, way, unrounded="unrounded" in what)
    if what == "order":
        got = list(removal.order)
    elif what == "R_index":
        got = removal.robustness
    elif what == "components_curve":
        got = removal.curve["n_components"].tolist()
    elif what == "efficiency_curve":
        got = removal.curve["efficiency"].tolist()
    else:
        got = [round(share * len(removal.order), 6) for share in removal.curve["giant_share"]]
    golden.check(row, got)


@pytest.mark.reference
def test_golden_removal_rows_are_all_there():
    golden.require()
    assert len(ROBUSTNESS) == 378


@pytest.mark.reference
@pytest.mark.parametrize("row", golden.rows("u.netswan.connectivity_drop"), ids=lambda row: row.network)
def test_golden_connectivity_drop(row):
    # NetSwan: disconnected ordered pairs among the n - 1 others, minus disconnected ordered pairs before.
    net = golden.load_network(row.network, "u")
    golden.check(row, (2 * vulnerability(net)["pairs_lost"] - 2 * (net.n_firms - 1)).astype(float))


@pytest.mark.reference
@pytest.mark.parametrize("row", golden.rows("u.netswan.connectivity_loss.degree_static"), ids=lambda row: row.network)
def test_golden_connectivity_loss_by_degree(row):
    # NetSwan takes the highest index first among ties: turn the firm table round.
    net = golden.load_network(row.network, "u")
    net = Network(net.firms.iloc[::-1], net.ties)
    pairs = remove_firms(net, order="degree", responses="reachable_pairs").curve["reachable_pairs"]
    golden.check(row, (1 - pairs[1:] / pairs[0]).tolist())


@pytest.mark.reference
@pytest.mark.parametrize("row", golden.rows("u.vulnerability.efficiency_drop"), ids=lambda row: row.network)
def test_golden_efficiency_drop(row):
    net = golden.load_network(row.network, "u")
    drop = {}
    for firm in net.firms.index:
        before, after = remove_firms(net, order=[firm], responses="efficiency").curve["efficiency"]
        # brainGraph gives isolates 0, although the mean over n - 1 firms rises when they leave.
        drop[firm] = 0.0 if firm in net.isolates else (before - after) / before
    golden.check(row, drop)


# ── closed forms and published numbers ──


@pytest.mark.parametrize("n", [2, 3, 10, 47])
def test_complete_network(n):
    for order in ("random", "degree", "betweenness"):
        removal = remove_firms(of(nx.complete_graph(n)), order=order, seed=1)
        assert removal.robustness == pytest.approx((n - 1) / (2 * n), abs=1e-12)
        assert removal.area == pytest.approx(0.5, abs=1e-12)


@pytest.mark.parametrize("n", [3, 10, 101])
def test_star_under_attack(n):
    removal = remove_firms(of(nx.star_graph(n - 1)), order="degree")
    assert removal.robustness == pytest.approx((n - 1) / n**2, abs=1e-12)
    # From 1 to 1/n at the first step, then flat, then 0: trapezoids.
    assert removal.area == pytest.approx(((1 + 1 / n) / 2 + (n - 2) / n + 1 / (2 * n)) / n, abs=1e-12)


@pytest.mark.parametrize("n", [4, 9, 30])
def test_ring_loses_one_firm_at_a_time_when_they_leave_in_a_row(n):
    removal = remove_firms(of(nx.cycle_graph(n)), order="degree", adaptive=False)
    assert removal.curve["giant_share"].tolist() == pytest.approx([(n - q) / n for q in range(n + 1)], abs=1e-12)
    assert removal.curve["n_components"].tolist() == [1] * n + [0]
    assert removal.robustness == pytest.approx((n - 1) / (2 * n), abs=1e-12)


def test_ring_without_every_other_firm_is_dust():
    removal = remove_firms(of(nx.cycle_graph(10)), order=[f"f{v}" for v in (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)])
    assert removal.curve["n_components"].tolist() == [1, 1, 2, 3, 4, 5, 4, 3, 2, 1, 0]
    assert (removal.curve["giant_share"] * 10).round(9).tolist() == [10, 9, 7, 5, 3, 1, 1, 1, 1, 1, 0]
    assert removal.robustness == pytest.approx((9 + 7 + 5 + 3 + 5) / 100, abs=1e-12)


@pytest.mark.reference
def test_florentine_families_without_one(florentine):
    # FINDINGS.md B3 on the 15 families with a marriage tie.
    path = remove_firms(florentine, order=["Medici"], responses=["n_components", "reachable_share_left"])
    assert path.curve.loc[1, "n_components"] == 3
    assert sorted(np.bincount(florentine.without(["Medici"]).component_codes())) == [1, 2, 11]
    assert path.curve.loc[1, "reachable_share_left"] == pytest.approx(56 / 91)
    left = vulnerability(florentine)["reachable_share_left"].round(3)
    assert left[["Medici", "Guadagni", "Albizzi", "Strozzi"]].tolist() == [0.615, 0.857, 0.857, 1.0]
    assert math.isnan(path.robustness)
    assert math.isnan(path.area)


@pytest.fixture
def florentine():
    golden.require()
    net = golden.load_network("florentine_marriage", "u")
    return net.without(net.isolates)


def peak(removal):
    return removal.curve["susceptibility"].idxmax() / (len(removal.curve) - 1)


@pytest.mark.slow
@pytest.mark.reference
def test_attack_threshold_of_preferential_attachment_without_correlations():
    # FINDINGS.md B4: sum of k(k - 1)p_k over the kept firms = <k> gives .170 where degrees are not correlated. In the
    # grown network old hubs are tied to each other and it breaks earlier; rewiring at fixed degrees removes that.
    n = 10_000
    grown = igraph.Graph.from_networkx(nx.barabasi_albert_graph(n, 2, seed=1))
    mixed = grown.copy()
    with igraph_seed(2):
        mixed.rewire(20 * grown.ecount())
    early, theory = (
        peak(
            remove_firms(
                Network.from_igraph(graph), order="degree", ties="random", responses=["susceptibility"], seed=3
            )
        )
        for graph in (grown, mixed)
    )
    assert theory == pytest.approx(0.170, abs=0.02)
    assert early < theory - 0.02


@pytest.mark.slow
@pytest.mark.reference
def test_thresholds_of_hub_dominated_and_random_networks():
    # FINDINGS.md B4 (albert2000), N = 10,000 and mean degree 4; thresholds within .02, R within .005.
    n = 10_000
    what = ["giant_share", "susceptibility"]
    with igraph_seed(5):
        grown = igraph.Graph.Barabasi(n, 2)
    ba = Network.from_igraph(grown)
    er = of(nx.gnm_random_graph(n, 2 * n, seed=5))
    static = remove_firms(ba, order="degree", responses=what)
    assert 0.16 <= peak(static) <= 0.20
    assert static.robustness == pytest.approx(0.125, abs=0.005)
    adaptive = remove_firms(ba, order="degree", adaptive=True, responses=what)
    assert peak(adaptive) == pytest.approx(0.163, abs=0.02)
    assert adaptive.robustness == pytest.approx(0.118, abs=0.005)
    failure = remove_firms(er, order="random", responses=what, seed=3)
    assert 0.70 <= peak(failure) <= 0.78
    assert failure.robustness == pytest.approx(0.403, abs=0.005)
    assert failure.curve.loc[n // 2, "giant_share"] == pytest.approx(0.40, abs=0.01)
    attack = remove_firms(er, order="degree", adaptive=True, responses=what)
    assert peak(attack) == pytest.approx(0.273, abs=0.02)
    assert attack.robustness == pytest.approx(0.200, abs=0.005)
    assert peak(remove_firms(er, order="degree", responses=what)) == pytest.approx(0.355, abs=0.02)


# ── orders ──

KITE = [("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("d", "e")]


def test_a_series_orders_highest_first_ties_by_table_and_the_unscored_last():
    net = Network.from_edges(KITE)
    scores = pd.Series({"d": 2.0, "e": 5.0, "b": 2.0, "a": np.nan}, name="revenue")
    removal = remove_firms(net, order=scores)
    assert list(removal.order) == ["e", "b", "d", "a", "c"]
    assert removal.settings.parameters["order"] == "revenue"
    assert removal.settings.parameters["n_unscored"] == 2
    assert list(remove_firms(net, order=scores.to_dict()).order) == ["e", "b", "d", "a", "c"]
    flags = pd.Series([False, True, False, False, True], index=list("abcde"))
    assert list(remove_firms(net, order=flags).order) == ["b", "e", "a", "c", "d"]
    whole = pd.Series([1, None, 3, 2, 5], index=list("abcde"), dtype="Int64")
    assert list(remove_firms(net, order=whole).order) == ["e", "c", "d", "a", "b"]


def test_a_list_may_end_early():
    removal = remove_firms(Network.from_edges(KITE), order=["c"])
    assert removal.curve.index.tolist() == [0, 1]
    assert removal.curve["giant_share"].tolist() == [1.0, 0.4]
    assert removal.curve["reachable_pairs"].tolist() == [10, 2]
    assert removal.curve["reachable_share"].tolist() == [1.0, 0.2]
    assert math.isnan(removal.robustness)
    assert repr(removal) == "<Removal: 1 of 5 firms by list, robustness R nan>"


def test_a_function_orders_and_adapts():
    net = Network.from_edges(KITE)

    def ties(network):
        return pd.Series(network.igraph.degree(), index=network.firms.index, dtype=float)

    assert list(remove_firms(net, order=ties).order) == list(remove_firms(net, order="degree").order)
    adaptive = remove_firms(net, order=ties, adaptive=True)
    assert list(adaptive.order) == list(remove_firms(net, order="degree", adaptive=True).order) == list("cadbe")
    assert adaptive.settings.parameters["order"] == "ties"


def test_degree_of_a_directed_network_counts_arcs_both_ways():
    ties = pd.DataFrame({"source": ["a", "b", "c", "d", "d"], "target": ["b", "a", "d", "e", "f"], "directed": True})
    net = Network.from_edges(ties)
    assert list(remove_firms(net, order="degree").order) == ["d", "a", "b", "c", "e", "f"]
    assert list(remove_firms(net.undirected(), order="degree").order) == ["d", "a", "b", "c", "e", "f"]
    with_mutual = Network.from_edges(
        pd.concat([ties, pd.DataFrame({"source": ["b"], "target": ["z"], "directed": True})]).reset_index(drop=True)
    )
    # b: in 1, out 2; d: in 1, out 2; undirected b has 2 partners and d has 3.
    assert list(remove_firms(with_mutual, order="degree").order)[:2] == ["b", "d"]
    assert list(remove_firms(with_mutual.undirected(), order="degree").order)[:2] == ["d", "b"]


def test_random_ties_follow_the_seed_and_reach_every_order():
    net = of(nx.complete_graph(4))
    firsts = {remove_firms(net, order="degree", ties="random", seed=seed).order[0] for seed in range(40)}
    assert firsts == {"f0", "f1", "f2", "f3"}
    for order, adaptive in [("degree", True), ("betweenness", True), ("betweenness", False)]:
        one, two = (remove_firms(net, order=order, adaptive=adaptive, ties="random", seed=9) for _ in range(2))
        assert list(one.order) == list(two.order)
        firsts = {
            remove_firms(net, order=order, adaptive=adaptive, ties="random", seed=seed).order[0] for seed in range(40)
        }
        assert len(firsts) == 4


def test_random_order_stores_its_seed():
    net = of(nx.gnm_random_graph(20, 30, seed=1))
    once = remove_firms(net, order="random")
    again = remove_firms(net, order="random", seed=once.settings.seed)
    assert list(once.order) == list(again.order)
    assert remove_firms(net, order="degree", seed=4).settings.seed is None


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"order": "betweeness"}, OptionError, "Did you mean 'betweenness'"),
        ({"order": "random", "adaptive": True}, OptionError, "cannot adapt"),
        ({"order": ["a"], "adaptive": True}, OptionError, "cannot adapt"),
        ({"order": {"a": 1.0}, "adaptive": True}, OptionError, "cannot adapt"),
        ({"order": ["a", "a"]}, OptionError, "twice: 'a'"),
        ({"order": ["a", "zz"]}, UnknownFirmError, "'zz'"),
        ({"order": pd.Series({"zz": 1.0})}, UnknownFirmError, "'zz'"),
        ({"order": pd.Series({"a": "high"})}, OptionError, "give numbers"),
        ({"order": len}, OptionError, "must return a Series"),
        ({"responses": ["giant"]}, OptionError, "not a response"),
        ({"responses": [3]}, OptionError, "give a name or a function"),
        ({"responses": ["giant_share", "giant_share"]}, OptionError, "distinct"),
        ({"ties": "last"}, OptionError, "'first', 'random'"),
        ({"connection": "both"}, OptionError, "'weak', 'strong', 'all_layers'"),
        ({"seed": -1}, OptionError, "seed"),
    ],
)
def test_wrong_options_are_refused(options, error, words):
    with pytest.raises(error, match=re.escape(words)):
        remove_firms(Network.from_edges(KITE), **options)


# ── responses ──


def test_functions_of_a_network_are_responses():
    net = Network.from_edges(KITE)

    def n_ties(network):
        return network.n_ties

    removal = remove_firms(net, order=list("cabde"), responses=[n_ties, "giant_share", lambda network: network.n_firms])
    assert removal.curve["n_ties"].tolist() == [5, 2, 1, 1, 0, 0]
    assert removal.curve["<lambda>"].tolist() == [5, 4, 3, 2, 1, 0]
    assert removal.curve["giant_share"].tolist() == [1.0, 0.4, 0.4, 0.4, 0.2, 0.0]


def test_input_is_untouched_and_the_frame_names_who_left():
    net = Network.from_edges(KITE)
    firms, ties = net.firms.copy(), net.ties.copy()
    frame = remove_firms(net, order="betweenness", adaptive=True).to_frame()
    pd.testing.assert_frame_equal(net.firms, firms)
    pd.testing.assert_frame_equal(net.ties, ties)
    assert net.igraph.vcount() == 5
    assert frame["firm"].tolist() == [None, "c", "a", "b", "d", "e"]
    assert "<table" in remove_firms(net)._repr_html_()


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("adaptive", [False, True])
def test_no_firm_and_one_firm(order, adaptive):
    if order in (ONLY_STATIC if adaptive else ONLY_ADAPTIVE):
        return
    empty = remove_firms(
        Network([], pd.DataFrame({"source": [], "target": []})), order=order, adaptive=adaptive, seed=1
    )
    assert len(empty.curve) == 1
    assert empty.curve["n_components"].tolist() == [0]
    assert math.isnan(empty.curve.loc[0, "giant_share"])
    assert math.isnan(empty.robustness)
    one = remove_firms(
        Network(["a"], pd.DataFrame({"source": [], "target": []})), order=order, adaptive=adaptive, seed=1
    )
    assert one.curve["giant_share"].tolist() == [1.0, 0.0]
    assert one.robustness == 0.0
    assert one.area == 0.5


@seldom
@given(networks(smallest=1), st.sampled_from(ORDERS))
def test_the_giant_never_grows_and_ends_at_nothing(net, order):
    removal = remove_firms(net, order=order, adaptive=order in ONLY_ADAPTIVE, seed=1)
    giant = removal.curve["giant_share"].to_numpy()
    assert len(giant) == net.n_firms + 1
    assert (np.diff(giant) <= 0).all()
    assert giant[-1] == 0
    assert removal.robustness <= (net.n_firms - 1) / (2 * net.n_firms) + 1e-12
    assert 0 <= removal.area <= 1


def test_layers_merge_and_parallel_ties_count_once():
    ties = pd.DataFrame(
        {
            "source": ["a", "a", "b", "c"],
            "target": ["b", "b", "a", "d"],
            "layer": ["supply", "alliance", "supply", "supply"],
            "strength": [1, 1, 1, 2.5],
        }
    )
    net = Network.from_edges(ties)
    assert list(remove_firms(net, order="degree").order) == ["a", "b", "c", "d"]
    assert list(remove_firms(net, order="strength").order) == ["a", "b", "c", "d"]
    assert list(remove_firms(net.layer("supply"), order="strength").order) == ["c", "d", "a", "b"]


# ── progress and interrupts ──


def test_an_interrupt_keeps_what_is_done():
    net = of(nx.path_graph(30))

    def stop(done, total):
        assert total == 30
        if done == 5:
            raise KeyboardInterrupt

    with pytest.warns(RuntimeWarning, match="interrupted after 5 of 30 steps"):
        removal = remove_firms(net, order="betweenness", adaptive=True, progress=stop)
    whole = remove_firms(net, order="betweenness", adaptive=True)
    pd.testing.assert_frame_equal(removal.curve, whole.curve.iloc[:6])
    assert list(removal.order) == list(whole.order[:5])
    assert math.isnan(removal.robustness)
    with pytest.warns(RuntimeWarning, match="interrupted after 5 of 30"):
        cut = remove_firms(net, order="degree", responses=["efficiency", "giant_share"], progress=stop)
    assert len(cut.curve) == 6
    assert len(cut.order) == 5


def test_an_interrupted_band_keeps_the_finished_draws():
    net = of(nx.gnm_random_graph(30, 40, seed=2))

    def stop(done, total):
        assert total == 200
        if done == 100:
            raise KeyboardInterrupt

    with pytest.warns(RuntimeWarning, match="interrupted after 100 of 200"):
        band = removal_band(net, draws=200, progress=stop, seed=8)
    whole = removal_band(net, draws=200, seed=8)
    assert np.array_equal(band.counts, whole.counts[:100])
    assert band.settings.parameters["draws"] == 100


def interrupting(at, value):
    """A function of a network that is interrupted at its n-th call."""
    calls = iter(range(1, 10**6))

    def count(net):
        if next(calls) == at:
            raise KeyboardInterrupt
        return value(net)

    return count


def test_an_interrupt_within_a_draw_keeps_the_draws_before_it():
    # What a draw asks for keeps half a path when interrupted: half a draw is none.
    net = of(nx.path_graph(6))
    options = {"adaptive": True, "draws": 4, "seed": 1}
    with pytest.warns(RuntimeWarning, match="interrupted after 1 of 4 steps"):
        test = relative_robustness(net, order=interrupting(15, degree), **options)  # 6 calls a draw
    assert test.draws.tolist() == relative_robustness(net, order=degree, **options).draws.tolist()[:1]
    with pytest.warns(RuntimeWarning, match="interrupted after 2 of 4 steps"):
        band = record_band(net, drop=0.1, order=interrupting(15, degree), **options)
    assert np.array_equal(band.counts, record_band(net, drop=0.1, order=degree, **options).counts[:2])
    with pytest.raises(KeyboardInterrupt):
        record_band(net, drop=0.1, order=interrupting(5, degree), **options)
    with pytest.warns(RuntimeWarning, match="interrupted after 4 of 6 steps"):  # alone, half a path is worth keeping
        path = remove_firms(net, order=interrupting(5, degree), adaptive=True, reinsert=0.2)
    assert list(path.order) == list(remove_firms(net, order=degree, adaptive=True).order[:4])


def test_an_interrupt_keeps_whole_groups_and_cut_ties():
    net = of(nx.path_graph(12))
    size = Network.n_firms.fget
    sector = pd.Series(list("abc") * 4, index=net.firms.index)
    with pytest.warns(RuntimeWarning, match="interrupted after"):
        got = remove_groups(net, sector, responses=["giant_share", interrupting(3, size)])
    assert got.order.tolist() == ["a"]
    whole = remove_groups(net, sector, responses="giant_share").curve
    assert got.curve["giant_share"].tolist() == whole["giant_share"].tolist()[:2]
    with pytest.warns(RuntimeWarning, match="interrupted after 3 of 11"):
        cut = remove_ties(net, order="random", responses=["giant_share", interrupting(5, size)], seed=4)
    assert list(cut.order) == list(remove_ties(net, order="random", seed=4).order[:3])
    assert len(cut.curve) == 4
    assert math.isnan(cut.robustness)
    seen = []

    def stop(done, total):
        seen.append((done, total))
        if done == 4:
            raise KeyboardInterrupt

    with pytest.warns(RuntimeWarning, match="interrupted after 4 of 11"):
        cut = remove_ties(net, order="betweenness", adaptive=True, progress=stop)
    assert list(cut.order) == list(remove_ties(net, order="betweenness", adaptive=True).order[:4])
    assert seen == [(1, 11), (2, 11), (3, 11), (4, 11)]


def test_a_search_for_the_costliest_shows_progress_and_keeps_the_best_so_far():
    net = of(nx.path_graph(9))
    seen = []

    def stop(done, total):
        seen.append((done, total))
        if done == 4:
            raise KeyboardInterrupt

    with pytest.warns(RuntimeWarning, match="interrupted after 4 of 9 sets"):
        got = costliest_firms(net, 2, method="exact", progress=stop)
    assert seen == [(done, 9) for done in (1, 2, 3, 4)]
    assert not got.exact
    assert sorted(got.firms) == ["f2", "f5"]  # the best of those with one of the first four
    with pytest.warns(RuntimeWarning, match="interrupted after 4 of 6 firms"):
        fewer = costliest_firms(net, 6, method="greedy", progress=stop)
    assert list(fewer.firms) == list(costliest_firms(net, 4, method="greedy").firms)


# ── bands ──


def test_band_of_a_star_has_its_expected_mean():
    # The hub leaves at step j with probability 1/n each; until then the giant is n - q, from then on 1.
    n, draws = 8, 4000
    band = removal_band(of(nx.star_graph(n - 1)), draws=draws, seed=11)
    for q in range(n):
        gone = q / n
        mean = ((1 - gone) * (n - q) + gone * 1) / n
        spread = (n - q - 1) / n * math.sqrt(gone * (1 - gone) / draws)
        assert band.curve.loc[q, "mean"] == pytest.approx(mean, abs=4 * spread + 1e-12)
    assert band.curve.loc[n].tolist() == [0.0] * 4


def test_band_columns_are_quantiles_of_its_draws():
    net = of(nx.gnm_random_graph(40, 50, seed=1))
    for response in COUNTED:
        band = removal_band(net, draws=123, response=response, level=0.8, seed=2)
        expected = np.quantile(band.curves, [0.1, 0.5, 0.9], axis=0)
        got = band.curve[["low", "median", "high"]].to_numpy().T
        np.testing.assert_allclose(got, expected, atol=1e-12)
        np.testing.assert_allclose(band.curve["mean"], band.curves.mean(axis=0), atol=1e-12)
        np.testing.assert_allclose(band.quantile(0.25), np.quantile(band.curves, 0.25, axis=0), atol=1e-12)
        assert band.curves.shape == (123, 41)
    assert band.response == "susceptibility"


def test_a_band_of_component_entropy():
    alone = removal_band(of(nx.empty_graph(5)), draws=7, response="component_entropy", seed=1)
    np.testing.assert_allclose(alone.curve["low"], [*np.log([5, 4, 3, 2, 1]), np.nan], atol=1e-12)
    # A star loses its hub at a random step: after the first loss one draw in five has only isolates left.
    star = removal_band(of(nx.star_graph(4)), draws=400, response="component_entropy", seed=2)
    assert star.curves[:, 0].tolist() == [0.0] * 400
    assert sorted(set(star.curves[:, 1].round(12))) == [0.0, round(math.log(4), 12)]
    assert star.curve.loc[1, "mean"] == pytest.approx(math.log(4) / 5, abs=0.12)
    path = remove_firms(of(nx.star_graph(4)), order=[f"f{v}" for v in range(5)], responses=["component_entropy"])
    assert path.curve["component_entropy"].tolist()[1] == pytest.approx(math.log(4))


def test_efficiency_at_every_step_equals_networkx_above_the_size_where_bits_are_used():
    graph = nx.barabasi_albert_graph(120, 3, seed=5)
    removal = remove_firms(of(graph), order="random", responses=["efficiency"], seed=3)
    for step, firm in enumerate([None, *removal.order[:-2]]):
        if firm is not None:
            graph.remove_node(int(firm[1:]))
        if step % 8 == 0:
            assert removal.curve.loc[step, "efficiency"] == pytest.approx(nx.global_efficiency(graph), abs=1e-12)


@pytest.mark.slow
@often
@given(st.integers(2, 150), st.sampled_from([0.7, 1.0, 1.5, 3.0]), st.booleans(), st.integers(0, 10**6))
def test_steps_counted_in_bits_equal_networkx(n, ties, directed, seed):
    graph = nx.gnm_random_graph(n, int(n * ties), seed=seed, directed=directed)
    rng = np.random.default_rng(seed)
    number = None
    for _ in range(3):  # firms leave, and those left keep the bits that they had in the first network
        matrix = nx.to_scipy_sparse_array(graph, nodelist=range(n), dtype=np.int8, format="csr")
        indptr, indices = matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64)
        if number is None:
            number = numbered(indptr, indices)
        counts = level_counts(indptr, indices, number)
        lengths = dict(nx.all_pairs_shortest_path_length(graph))
        longest = max(max(row.values()) for row in lengths.values())
        if counts is None:
            assert longest > DEPTH_LIMIT
        else:
            expected = np.zeros((longest, n), dtype=int)
            for firm, row in lengths.items():
                for steps in row.values():
                    if steps:
                        expected[steps - 1, firm] += 1
            assert np.array_equal(counts, expected)
        graph.remove_edges_from(list(graph.edges(rng.choice(n, max(1, n // 8), replace=False).tolist())))
        if directed:
            gone = set(rng.choice(n, max(1, n // 8), replace=False).tolist())
            graph.remove_edges_from([arc for arc in graph.edges if gone & set(arc)])


def test_efficiency_of_a_long_ring_and_of_arcs():
    ring = nx.cycle_graph(400)
    removal = remove_firms(of(ring), order=["f0", "f200"], responses=["efficiency"])
    ring.remove_nodes_from([0])
    assert removal.curve.loc[1, "efficiency"] == pytest.approx(nx.global_efficiency(ring), abs=1e-12)
    arcs = nx.gnp_random_graph(300, 0.02, seed=4, directed=True)
    net = Network.from_edges([(f"f{a}", f"f{b}") for a, b in arcs.edges], firms=[f"f{v}" for v in arcs], directed=True)
    removal = remove_firms(net, order="degree", responses=["efficiency"], every=75)
    for gone in (0, 75, 150):
        rest = arcs.copy()
        rest.remove_nodes_from([int(firm[1:]) for firm in removal.order[:gone]])
        lengths = dict(nx.all_pairs_shortest_path_length(rest))
        total = sum(1 / d for row in lengths.values() for d in row.values() if d)
        size = len(rest)
        assert removal.curve.loc[gone, "efficiency"] == pytest.approx(total / (size * (size - 1)), abs=1e-12)


def test_band_draws_are_removal_paths():
    # Every draw is a path of this network: the responses of one seed belong together and start at the whole.
    net = of(nx.gnm_random_graph(25, 30, seed=3))
    by = {
        name: removal_band(net, draws=60, response=name, seed=5)
        for name in ("giant_share", "n_components", "reachable_pairs")
    }
    giant, parts, pairs = (by[name].curves for name in by)
    start = remove_firms(net, order=list(net.firms.index)).curve.loc[0]
    assert (giant[:, 0] == start["giant_share"]).all()
    assert (parts[:, 0] == start["n_components"]).all()
    assert (pairs[:, 0] == start["reachable_pairs"]).all()
    assert (np.diff(giant, axis=1) <= 1e-12).all()
    assert (np.diff(pairs, axis=1) <= 0).all()
    size = giant * 25
    assert (pairs >= size * (size - 1) / 2 - 1e-6).all()
    expected = giant[:, 1:].sum(axis=1) / 25
    np.testing.assert_allclose(by["n_components"].robustness, expected, atol=1e-12)
    assert len(np.unique(giant, axis=0)) > 50


@rarely
@given(networks(largest=6), st.sampled_from([*COUNTED, "component_entropy"]), st.sampled_from(["weak", "strong"]))
def test_every_draw_of_a_band_equals_recomputation(net, response, connection):
    # A block of 50 draws has one generator, which gives one permutation after the other.
    band = removal_band(net, draws=3, response=response, connection=connection, seed=9)
    rng = np.random.default_rng(np.random.SeedSequence(9).spawn(1)[0])
    for values, robustness in zip(band.curves, band.robustness, strict=True):
        order = list(net.firms.index[rng.permutation(net.n_firms)])
        expected = brute_responses(net, order, connection)
        np.testing.assert_allclose(values, expected[response].astype(float), atol=1e-12)
        assert robustness == pytest.approx(expected["giant_share"][1:].mean(), nan_ok=True)


test_every_draw_on_a_thousand = a_thousand(
    test_every_draw_of_a_band_equals_recomputation,
    networks(largest=6),
    st.sampled_from([*COUNTED, "component_entropy"]),
    st.sampled_from(["weak", "strong"]),
)


def test_bands_of_jobs_and_of_money():
    net = of(nx.gnm_random_graph(20, 30, seed=6))
    ties = net.ties.assign(layer=["own", *["supply"] * 29], value=np.arange(1.0, 31.0))
    net = Network(net.firms.assign(jobs=np.arange(20.0)), ties)
    rng = np.random.default_rng(np.random.SeedSequence(3).spawn(1)[0])
    orders = [net.firms.index[rng.permutation(20)] for _ in range(5)]
    for response in (attribute_connected("jobs"), tie_value("own", column="value")):
        band = removal_band(net, draws=5, response=response, seed=3)
        paths = [remove_firms(net, order=order, responses=[response]).curve[response.label] for order in orders]
        assert band.curves.tolist() == [path.tolist() for path in paths]
        assert band.response == response.label
        missed = record_band(net, drop=0.5, draws=9, response=response, order="random", seed=3)
        assert missed.curves[:, -1].tolist() == [0.0] * 9

    jobs = record_band(net, drop=1.0, draws=2, response=attribute_connected("jobs"), seed=3)
    assert jobs.curves[:, 0].tolist() == [19.0, 19.0]
    with pytest.raises(OptionError, match="in economic units"):
        removal_band(net, draws=5, response=lambda left: 1.0)
    with pytest.raises(UnknownFirmError, match="'zz'"):
        removal_band(net, draws=5, response=firms_cut_off(["zz"]))


def test_band_repeats_with_its_seed_and_a_shorter_run_is_its_beginning():
    net = of(nx.gnm_random_graph(30, 40, seed=2))
    first = removal_band(net, draws=100)
    again = removal_band(net, draws=100, seed=first.settings.seed)
    assert np.array_equal(first.counts, again.counts)
    shorter = removal_band(net, draws=60, seed=first.settings.seed)
    assert np.array_equal(shorter.counts, first.counts[:60])
    low, high = first.interval()
    assert low < first.robustness.mean() < high
    assert first.interval(0.5)[0] > low
    assert "100 random orders of 30 firms" in repr(first)


def test_a_small_band_does_not_pay_for_the_compiler(monkeypatch):
    monkeypatch.setattr(_compiled, "_compiled", {})
    monkeypatch.setattr(_compiled, "_spent", {})
    net = of(nx.gnm_random_graph(300, 800, seed=1))
    plain = removal_band(net, draws=100, seed=1)
    costliest_firms(net, 5)
    assert not _compiled._compiled
    compiled = removal_band(net, draws=2000, seed=1)
    assert list(_compiled._compiled) == [_percolation.union_path]
    assert np.array_equal(compiled.counts[:100], plain.counts)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"draws": 0}, "positive whole number"),
        ({"draws": 2.5}, "positive whole number"),
        ({"response": "efficiency"}, "Choose of"),
        ({"level": 1.0}, "between 0 and 1"),
    ],
)
def test_wrong_band_options_are_refused(options, words):
    with pytest.raises(OptionError, match=words):
        removal_band(Network.from_edges(KITE), **options)


def test_band_of_no_firm():
    band = removal_band(Network([], pd.DataFrame({"source": [], "target": []})), draws=3, seed=1)
    assert band.curve.shape == (1, 4)
    assert band.robustness.isna().all()


# ── losses ──


def test_vulnerability_by_hand():
    # a-b-c triangle, c-d-e tail, isolate i: c splits {a, b} from {d, e}; d splits {a, b, c} from {e}.
    got = vulnerability(Network.from_edges(KITE, firms=list("abcdei")))
    assert got["giant_share_loss"].round(9).tolist() == [round(x, 9) for x in [1 / 6, 1 / 6, 3 / 6, 2 / 6, 1 / 6, 0]]
    assert got["components_gained"].tolist() == [0, 0, 1, 1, 0, -1]
    assert got["pairs_lost"].tolist() == [4, 4, 8, 7, 4, 0]
    assert got["pairs_lost_others"].tolist() == [0, 0, 4, 3, 0, 0]
    assert got["reachable_share_left"].tolist() == [0.6, 0.6, 0.2, 0.3, 0.6, 1.0]


def test_costliest_firms_tell_their_steps():
    net = of(nx.path_graph(7))
    found = costliest_firms(net, 2)
    assert isinstance(found, CostliestFirms)
    # A path of 7 without f2 and f4 (or f2, f5 ...) leaves 2 + 1 + 2: 2 pairs of 21, the least.
    assert found.exact
    assert found.loss == 19
    assert found.loss_share == pytest.approx(19 / 21)
    assert found.steps["loss"].iloc[-1] == 19
    assert found.steps["loss_alone"].tolist() == vulnerability(net).loc[found.firms, "pairs_lost"].tolist()
    assert found.steps["loss"].iloc[0] == found.steps["loss_alone"].iloc[0]
    assert "together cost 90.5% of reachable pairs (exact)" in repr(found)
    assert not costliest_firms(of(nx.path_graph(300)), 8).exact


def test_greedy_and_exact_differ_on_a_path():
    net = of(nx.path_graph(7))
    greedy = costliest_firms(net, 2, method="greedy")
    assert greedy.firms[0] == "f3"
    assert greedy.loss == 21 - 3
    assert costliest_firms(net, 2, method="exact").loss == 19


@pytest.mark.parametrize(
    ("k", "options", "words"),
    [
        (0, {}, "from 1 to 5"),
        (6, {}, "from 1 to 5"),
        (2, {"response": "n_components"}, "choose"),
        (2, {"method": "best"}, "choose"),
    ],
)
def test_wrong_costliest_options_are_refused(k, options, words):
    with pytest.raises(OptionError, match=words):
        costliest_firms(Network.from_edges(KITE), k, **options)


def test_an_endless_exact_search_is_refused():
    with pytest.raises(OptionError, match="choose method='greedy'"):
        costliest_firms(of(nx.path_graph(300)), 10, method="exact")


def test_auto_is_exact_only_where_a_look_at_every_set_takes_about_a_second():
    net = of(nx.gnm_random_graph(20, 40, seed=1))
    assert costliest_firms(net, 3).exact
    assert not costliest_firms(net, 10).exact  # 168,000 looks at one set less one firm: ten seconds


def test_records_are_frozen():
    removal = remove_firms(Network.from_edges(KITE))
    assert isinstance(removal, Removal)
    with pytest.raises(AttributeError):
        removal.robustness = 1.0


# ── more orders ──


def influence(graph, firm, radius):
    """(ties - 1) times the sum of (ties - 1) at exactly `radius` steps (morone2015)."""
    near = nx.single_source_shortest_path_length(graph, firm, cutoff=radius)
    return (graph.degree(firm) - 1) * sum(graph.degree(other) - 1 for other, d in near.items() if d == radius)


def eigen(graph):
    """(Largest eigenvalue of the component, entry of its eigenvector with the largest entry 1)."""
    scores = {}
    for part in nx.connected_components(graph):
        members = sorted(part)
        if len(members) == 1:
            scores[members[0]] = (0.0, 0.0)
            continue
        values, vectors = np.linalg.eigh(nx.to_numpy_array(graph, nodelist=members, weight=None))
        vector = np.abs(vectors[:, -1])
        for firm, entry in zip(members, vector / vector.max(), strict=True):
            scores[firm] = (round(values[-1], 7), round(entry, 7))
    return scores


def in_core(graph):
    core = nx.k_core(graph, 2)
    return {firm: core.degree(firm) if firm in core else -1 for firm in graph}


def breaking(graph):
    """Component size, smallest largest piece left of it, ties."""
    scores = {}
    for part in nx.connected_components(graph):
        for firm in part:
            rest = sizes_of(graph.subgraph(part - {firm}))
            scores[firm] = (len(part), -max(rest, default=0), graph.degree(firm))
    return scores


def left_by(graph):
    """Largest component and pairs left when each firm alone leaves, then its ties."""
    scores = {}
    for firm in graph:
        sizes = sizes_of(graph.subgraph(set(graph) - {firm}))
        scores[firm] = (-max(sizes, default=0), -sum(math.comb(size, 2) for size in sizes), graph.degree(firm))
    return scores


def core_then_break(graph):
    core = in_core(graph)
    return core if max(core.values()) > 0 else breaking(graph)


def closeness_of(graph):
    return {firm: round(value, 8) for firm, value in nx.closeness_centrality(graph, wf_improved=True).items()}


NAMED = {
    "closeness": (closeness_of, closeness_of),
    "eigenvector": (eigen, eigen),
    "k_coreness": (nx.core_number, nx.core_number),
    "collective_influence": (lambda graph: {firm: influence(graph, firm, 2) for firm in graph},) * 2,
    "articulation": (breaking, breaking),
    "best_first": (left_by, left_by),
    "corehd": (in_core, core_then_break),
}


@pytest.mark.slow
@often
@given(networks(largest=6), st.data())
def test_named_orders_equal_recomputation(net, data):
    graph = nx.Graph(digraph(net))
    place = {firm: row for row, firm in enumerate(net.firms.index)}
    for order, adaptive in itertools.product(NAMED, (False, True)):
        got = remove_firms(net, order=order, adaptive=adaptive, responses=["giant_share"])
        assert list(got.order) == going_by(graph, NAMED[order][adaptive], place, adaptive=adaptive), (order, adaptive)
    for order, adaptive in itertools.product(["degree", "strength", "betweenness"], (False, True)):
        got = remove_firms(net, order=order, adaptive=adaptive, responses=["giant_share"])
        assert list(got.order) == brute_order(net, order, adaptive=adaptive), (order, adaptive)
    radius = data.draw(st.integers(1, 3))
    got = remove_firms(net, order="collective_influence", adaptive=True, radius=radius)
    expected = going_by(
        graph, lambda graph: {firm: influence(graph, firm, radius) for firm in graph}, place, adaptive=True
    )
    assert list(got.order) == expected
    assert got.settings.parameters["radius"] == radius


@seldom
@given(networks(largest=8))
def test_pagerank_order_never_passes_over_a_higher_rank(net):
    # igraph and networkx agree to about 1e-7, so that near ties may fall either way.
    graph = digraph(net)
    for adaptive in (False, True):
        left = graph.copy()
        ranks = nx.pagerank(left, alpha=0.85, weight=None, tol=1e-13, max_iter=2000) if len(left) else {}
        for firm in remove_firms(net, order="pagerank", adaptive=adaptive).order:
            assert ranks[firm] >= max(ranks[other] for other in left) - 1e-7
            left.remove_node(firm)
            if adaptive and len(left):
                ranks = nx.pagerank(left, alpha=0.85, weight=None, tol=1e-13, max_iter=2000)


test_pagerank_order_on_a_thousand = a_thousand(test_pagerank_order_never_passes_over_a_higher_rank, networks(largest=5))


@pytest.mark.slow
def test_eigenvectors_of_large_networks_rank_as_those_of_small_ones(monkeypatch):
    from clusternet.centrality import _status

    monkeypatch.setattr(_status, "DENSE", 1)  # pairs of firms as components of more than 64

    @often
    @given(networks(largest=9))
    def check(net):
        place = {firm: row for row, firm in enumerate(net.firms.index)}
        got = remove_firms(net, order="eigenvector", responses=["giant_share"])
        assert list(got.order) == going_by(nx.Graph(digraph(net)), eigen, place, adaptive=False)

    check()


def test_compiled_orders_equal_plain_ones(monkeypatch):
    net = Network.from_igraph(igraph.Graph.from_networkx(nx.gnm_random_graph(120, 200, seed=4)))
    names = ["collective_influence", "corehd", "articulation"]
    plain = [list(remove_firms(net, order=name, adaptive=True).order) for name in names]
    monkeypatch.setattr(_compiled, "COMPILE_ABOVE", -1)
    assert [list(remove_firms(net, order=name, adaptive=True).order) for name in names] == plain
    assert _compiled._compiled[_percolation.influence_order] is not None


def test_eigenvectors_that_fade_and_those_of_long_chains(monkeypatch):
    graph = nx.lollipop_graph(10, 60)  # igraph takes entries near 0 for a sign of pieces, and warns
    net = of(graph)
    values = np.abs(np.linalg.eigh(nx.to_numpy_array(graph))[1][:, -1])
    order = remove_firms(net, order="eigenvector").order
    assert (np.diff(values[[int(firm[1:]) for firm in order]]) <= 1e-8).all()

    def give_up(*_, **__):
        raise igraph.InternalError("Maximum number of iterations reached")  # as on a path of 3,000 firms

    monkeypatch.setattr(igraph.Graph, "eigenvector_centrality", give_up)
    assert list(remove_firms(net, order="eigenvector").order) == list(order)
    path = [int(firm[1:]) for firm in remove_firms(of(nx.path_graph(3000)), order="eigenvector").order]
    entries = np.sin(np.pi * (np.array(path) + 1) / 3001)  # the closed form
    assert np.diff(entries).max() < 1e-8


def test_corehd_beats_degree_on_a_network_with_leaves():
    # Two rings of 6 joined by a hub-less bridge, and a star of 7 leaves: CoreHD leaves the star for later.
    graph = nx.disjoint_union(nx.cycle_graph(6), nx.star_graph(7))
    removal = remove_firms(of(graph), order="corehd", adaptive=True)
    assert removal.order[0] == "f0"
    assert remove_firms(of(graph), order="degree", adaptive=True).order[0] == "f6"


@pytest.mark.parametrize("radius", [0, 1.5, True])
def test_wrong_radius_is_refused(radius):
    with pytest.raises(OptionError, match="radius"):
        remove_firms(Network.from_edges(KITE), order="collective_influence", radius=radius)


# ── economic responses ──


@pytest.mark.slow
@often
@given(networks(largest=6), st.data())
def test_economic_responses_equal_recomputation(net, data):
    firms = list(net.firms.index)
    going = data.draw(st.permutations(firms))[: data.draw(st.integers(0, len(firms)))]
    jobs = pd.Series(
        data.draw(st.lists(st.sampled_from([0.0, 1.0, 2.5, 40.0]), min_size=len(firms), max_size=len(firms))),
        index=pd.Index(firms, dtype="str"),
        name="jobs",
        dtype=float,
    )
    holders = [firm for firm in firms if data.draw(st.booleans())]
    cells = st.lists(st.integers(0, 1), min_size=3, max_size=3)
    table = pd.DataFrame([data.draw(cells) for _ in holders], index=holders, columns=list("xyz"), dtype=int)
    bundles = {"one": ["x"], "two": ["x", "y"], "all": ["x", "y", "z"], "never": ["x", "q"]}
    brokers = [firm for firm in firms if data.draw(st.booleans())]
    least = data.draw(st.integers(0, 3))
    responses = [
        attribute_connected(jobs),
        attribute_tied(jobs, least),
        tie_value(),
        tie_value("supply"),
        capabilities_lost(table),
        bundles_coverable(table, bundles),
        firms_cut_off(brokers),
    ]
    got = remove_firms(net, order=going, responses=responses).curve
    graph = nx.Graph(digraph(net))
    for step in range(len(going) + 1):
        if step:
            graph.remove_node(going[step - 1])
        parts = list(nx.connected_components(graph))
        skills = [
            {skill for firm in part if firm in holders for skill in "xyz" if table.loc[firm, skill]} for part in parts
        ]
        here = net.ties[
            net.ties["source"].isin(graph) & net.ties["target"].isin(graph) & (net.ties["source"] != net.ties["target"])
        ]
        expected = {
            "jobs_connected": max((sum(jobs[firm] for firm in part) for part in parts), default=0.0),
            "jobs_tied": sum(jobs[firm] for firm in graph if graph.degree(firm) >= least),
            "tie_value": here["strength"].sum(),
            "supply_value": here.loc[here["layer"] == "supply", "strength"].sum(),
            "capabilities_lost": 3 - len(set().union(*skills)),
            "bundles_coverable": sum(any(set(asked) <= has for has in skills) for asked in bundles.values()),
            "firms_cut_off": sum(len(part) for part in parts if not part & set(brokers)),
        }
        assert got.loc[step].to_dict() == pytest.approx(expected, abs=1e-9)
        rest = net.without(going[:step])
        assert [response(rest) for response in responses] == pytest.approx(list(expected.values()), abs=1e-9)


def test_jobs_of_a_star_and_of_a_ring():
    star = of(nx.star_graph(4))
    jobs = pd.Series([7.0, 1, 2, 3, 4], index=star.firms.index, name="jobs")
    curve = remove_firms(star, order="degree", responses=[attribute_connected(jobs), attribute_tied(jobs)]).curve
    assert curve["jobs_connected"].tolist() == [17, 4, 4, 4, 4, 0]
    assert curve["jobs_tied"].tolist() == [17, 0, 0, 0, 0, 0]
    ring = of(nx.cycle_graph(5))
    ones = pd.Series(1.0, index=ring.firms.index)
    curve = remove_firms(ring, order="degree", responses=[attribute_tied(ones, 2), firms_cut_off(["f0"])]).curve
    assert curve["value_tied"].tolist() == [5, 2, 1, 0, 0, 0]
    assert curve["firms_cut_off"].tolist() == [0, 4, 3, 2, 1, 0]


def test_a_text_is_one_broker_and_one_capability():
    net = Network.from_edges([("Hub", "Ada"), ("Ada", "Bo")])
    can = pd.DataFrame({"weld": [1, 0], "w": [0, 1]}, index=["Hub", "Bo"])
    made = [firms_cut_off("Hub"), bundles_coverable(can, {"a": "weld", "b": ["weld", "w"]})]
    assert remove_firms(net, order=["Ada"], responses=made).curve.values.tolist() == [[0, 2], [1, 1]]


def test_a_known_layer_without_ties_is_worth_nothing():
    assert remove_firms(Network.from_edges(KITE), responses=[tie_value("referral")]).curve.to_numpy().sum() == 0


TWICE = pd.DataFrame([[1, 0]], index=["a"], columns=["x", "x"])


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: attribute_connected("employees"), OptionError, "no column 'employees'"),
        (lambda: attribute_connected(pd.Series({"a": 1.0})), OptionError, "missing, negative or infinite for 'b'"),
        (lambda: attribute_tied(pd.Series(dict.fromkeys("abcde", "x"))), OptionError, "give numbers"),
        (lambda: attribute_tied("x", -1), OptionError, "0 or more"),
        (lambda: tie_value(column="money"), OptionError, "no column 'money'"),
        (lambda: capabilities_lost(pd.DataFrame({"x": [1]}, index=["zz"])), UnknownFirmError, "'zz'"),
        (lambda: capabilities_lost(pd.DataFrame({"x": [1, 1]}, index=["a", "a"])), OptionError, "twice"),
        (lambda: capabilities_lost(pd.DataFrame({"x": [np.nan]}, index=["a"])), OptionError, "unknown is not 0"),
        (lambda: capabilities_lost(pd.DataFrame({"x": ["yes"]}, index=["a"])), OptionError, "numbers or flags"),
        (lambda: bundles_coverable(pd.DataFrame({"x": [1]}, index=["a"]), {"b": []}), OptionError, "asks for nothing"),
        (lambda: bundles_coverable(TWICE.iloc[:, :1], TWICE), OptionError, "bundles is a DataFrame"),
        (lambda: capabilities_lost(pd.Series([1], index=["a"])), OptionError, "table is a Series"),
        (lambda: attribute_connected({"a": 1.0}), OptionError, "values is a dict"),
        (lambda: attribute_tied([1.0] * 5), OptionError, "values is a list"),
        (lambda: tie_value(["supply", "referral"]), OptionError, "one by one"),
        (lambda: firms_cut_off(7), UnknownFirmError, "lacks: 7"),
        (lambda: bundles_coverable(TWICE, {"b": ["x"]}), OptionError, "capabilities twice: 'x'"),
        (lambda: capabilities_lost(TWICE), OptionError, "capabilities twice: 'x'"),
        (lambda: firms_cut_off(["zz"]), UnknownFirmError, "'zz'"),
        (lambda: firms_cut_off("ab"), UnknownFirmError, "'ab'"),
        (lambda: tie_value("referal"), NetworkError, "there is no layer 'referal'"),
    ],
)
def test_wrong_economic_responses_are_refused(make, error, words):
    with pytest.raises(error, match=re.escape(words)):
        remove_firms(Network.from_edges(KITE), responses=[make()])


# ── ties and groups ──


def brute_ties(net, order, connection="weak"):
    """Component statistics with the listed ties cut one after the other, from the tie table alone."""
    n, left, rows = net.n_firms, list(net.ties.index), []
    for step in range(len(order) + 1):
        if step:
            left.remove(order[step - 1])
        sizes = sizes_of(digraph(Network(net.firms, net.ties.loc[left])), connection)
        pairs = sum(math.comb(size, 2) for size in sizes)
        small = sizes[1:]
        rows.append(
            {
                "giant_share": max(sizes, default=0) / n if n else math.nan,
                "second_share": [*sizes, 0, 0][1] / n if n else math.nan,
                "n_components": len(sizes),
                "reachable_pairs": pairs,
                "reachable_share": pairs / math.comb(n, 2) if n > 1 else math.nan,
                "reachable_share_left": pairs / math.comb(n, 2) if n > 1 else math.nan,
                "susceptibility": sum(size**2 for size in small) / sum(small) if small else 0.0,
                "component_entropy": -sum(size / n * math.log(size / n) for size in sizes) if n else math.nan,
            }
        )
    return pd.DataFrame(rows, index=pd.RangeIndex(len(rows), name="removed"))


@rarely
@given(networks(largest=6), st.data(), st.sampled_from(["weak", "strong"]))
def test_cutting_ties_equals_recomputation(net, data, connection):
    order = data.draw(st.permutations(list(net.ties.index)))
    order = order[: data.draw(st.integers(0, len(order)))]
    expected = brute_ties(net, order, connection)
    names = list(expected.columns)
    got = remove_ties(net, order=order, responses=names, connection=connection)
    pd.testing.assert_frame_equal(got.curve, expected, check_dtype=False, atol=1e-12)
    if connection == "weak":  # without the entropy all of them come from one pass
        quick = remove_ties(net, order=order, responses=names[:-1])
        pd.testing.assert_frame_equal(quick.curve, expected[names[:-1]], check_dtype=False, atol=1e-12)
    if len(order) == net.n_ties > 0:
        assert got.robustness == pytest.approx(expected["giant_share"][1:].mean())
    else:
        assert math.isnan(got.robustness)


test_cutting_ties_on_a_thousand = a_thousand(
    test_cutting_ties_equals_recomputation, networks(), st.data(), st.sampled_from(["weak", "strong"])
)


@pytest.mark.slow
@often
@given(networks(largest=6), st.integers(1, 3), st.sets(st.integers(0, 20), max_size=3))
def test_any_response_can_be_followed_while_ties_are_cut(net, every, looked_at):
    jobs = pd.Series(np.arange(1.0, net.n_firms + 1), index=net.firms.index, name="jobs")
    named = ["efficiency", "natural_connectivity"]
    given_in = [attribute_connected(jobs), tie_value("supply"), lambda left: left.n_ties]
    got = remove_ties(net, order="weakest", responses=[*named, *given_in, "n_components"], every=every).curve
    left = list(net.ties.index)
    for step, tie in enumerate([None, *remove_ties(net, order="weakest").order]):
        if tie is not None:
            left.remove(tie)
        if step % every and left:
            assert got.loc[step].isna().tolist() == [True] * 5 + [False]
            continue
        if step // every not in looked_at:
            continue
        rest = Network(net.firms, net.ties.loc[left])
        whole = brute_responses(rest, []).loc[0]
        parts = nx.connected_components(nx.Graph(digraph(rest)))
        apart = rest.ties["source"] != rest.ties["target"]
        matrix = nx.to_numpy_array(nx.Graph(digraph(rest)), weight=None) if net.n_firms else np.empty((0, 0))
        expected = [
            whole["efficiency"],
            math.log(np.exp(np.linalg.eigvalsh(matrix)).mean()) if net.n_firms else math.nan,
            max((sum(jobs[firm] for firm in part) for part in parts), default=0.0),
            rest.ties.loc[apart & (rest.ties["layer"] == "supply"), "strength"].sum(),
            len(left),
            whole["n_components"],
        ]
        assert got.loc[step].tolist() == pytest.approx(expected, abs=1e-9, nan_ok=True)


@rarely
@given(networks(largest=5), st.data())
def test_adaptive_betweenness_of_ties_equals_recomputation(net, data):
    left, order = net.ties, []
    while len(left):
        graph = nx.Graph(digraph(Network(net.firms, left)))
        between = nx.edge_betweenness_centrality(graph, normalized=False)
        between |= {(b, a): value for (a, b), value in between.items()}
        scores = [round(between.get(pair, -1.0), 8) for pair in zip(left["source"], left["target"], strict=True)]
        order.append(left.index[np.argmax(scores)])
        left = left.drop(index=order[-1])
    assert list(remove_ties(net, order="betweenness", adaptive=True).order) == order
    lot = remove_ties(net, order="betweenness", adaptive=True, ties="random", seed=data.draw(st.integers(0, 99)))
    assert sorted(lot.order) == sorted(order)


test_adaptive_betweenness_of_ties_on_a_thousand = a_thousand(
    test_adaptive_betweenness_of_ties_equals_recomputation, networks(largest=5), st.data()
)


def test_ties_of_layers_that_are_all_needed():
    ties = pd.DataFrame(
        [("a", "b", "supply"), ("b", "c", "supply"), ("a", "b", "own"), ("b", "c", "own")],
        columns=["source", "target", "layer"],
        index=list("wxyz"),
    )
    net = Network.from_edges(ties)
    got = remove_ties(net, order=["w", "z", "y"], connection="all_layers", responses=["giant_share", "n_components"])
    # A layer that has lost its last tie is still needed, though its name is gone.
    assert got.curve.to_numpy().tolist() == [[1.0, 1], [2 / 3, 2], [1 / 3, 3], [1 / 3, 3]]
    whole = remove_groups(net, "layer", of="ties", order=["own"], connection="all_layers", responses="n_components")
    assert whole.curve["n_components"].tolist() == [1, 3]
    assert remove_groups(net, "layer", of="ties", order=["own"]).curve["n_components"].tolist() == [1, 1]


@seldom
@given(networks())
def test_tie_orders_equal_sorting(net):
    graph = nx.Graph(digraph(net))
    between = nx.edge_betweenness_centrality(graph, normalized=False)
    between |= {(b, a): value for (a, b), value in between.items()}
    score = {
        "strongest": lambda tie: tie.strength,
        "weakest": lambda tie: -tie.strength,
        "betweenness": lambda tie: round(between.get((tie.source, tie.target), -1.0), 8),
    }
    for order, key in score.items():
        expected = [tie.Index for tie in sorted(net.ties.itertuples(), key=lambda tie: -key(tie))]
        assert list(remove_ties(net, order=order).order) == expected, order


test_tie_orders_on_a_thousand = a_thousand(test_tie_orders_equal_sorting, networks())


def test_bridges_first_breaks_a_barbell():
    graph = nx.barbell_graph(4, 0)
    net = of(graph)
    removal = remove_ties(net, order="betweenness")
    assert net.ties.loc[removal.order[0], ["source", "target"]].tolist() == ["f3", "f4"]
    assert removal.curve["giant_share"].tolist()[:2] == [1.0, 0.5]
    assert removal.to_frame()["tie"].tolist()[0] is None
    weak = remove_ties(net, order=pd.Series({removal.order[0]: 1.0}))
    assert weak.order[0] == removal.order[0]
    assert "13 of 13 ties by scores" in repr(weak)
    once = remove_ties(net, order="random")
    assert list(remove_ties(net, order="random", seed=once.settings.seed).order) == list(once.order)


@pytest.mark.parametrize("n", [2, 5, 20])
def test_ties_of_a_star_and_a_path_have_their_closed_forms(n):
    # Each cut frees one leaf: the giant is n - q, so that R = n / 2 / n = the mean of (n - q)/n.
    assert remove_ties(of(nx.star_graph(n - 1))).robustness == pytest.approx(0.5, abs=1e-12)
    path = remove_ties(of(nx.path_graph(n)), order="strongest")
    assert path.curve["n_components"].tolist() == list(range(1, n + 1))


@pytest.mark.slow
@often
@given(networks(smallest=1, largest=6), st.data())
def test_groups_leave_at_once(net, data):
    firms = list(net.firms.index)
    sector = pd.Series(
        [data.draw(st.sampled_from(["food", "wood", "metal", None])) for _ in firms], index=net.firms.index, dtype="str"
    )
    names = list(sector.dropna().unique())
    order = data.draw(st.permutations(names))
    got = remove_groups(net, sector, order=order, responses=["giant_share", "reachable_pairs", "efficiency"])
    rest = net
    for step in range(len(order) + 1):
        if step:
            rest = rest.without(sector.index[sector == order[step - 1]])
        expected = brute_responses(rest, [])[["giant_share", "reachable_pairs", "efficiency"]].loc[0]
        share = expected["giant_share"] * rest.n_firms / net.n_firms if rest.n_firms else 0.0
        assert got.curve.loc[step].tolist() == pytest.approx(
            [rest.n_firms, share, expected["reachable_pairs"], expected["efficiency"]]
        )
    alone = [brute_responses(net.without(sector.index[sector == name]), []).loc[0, "reachable_pairs"] for name in names]
    costliest = [names[place] for place in np.argsort(alone, kind="stable")]
    assert list(remove_groups(net, sector, order="loss").order) == costliest
    rest, waiting, again = net, list(names), []
    while waiting:
        left = {name: brute_responses(rest.without(sector.index[sector == name]), []) for name in waiting}
        again.append(min(waiting, key=lambda name: left[name].loc[0, "reachable_pairs"]))
        waiting.remove(again[-1])
        rest = rest.without(sector.index[sector == again[-1]])
    assert list(remove_groups(net, sector, order="loss", adaptive=True).order) == again
    counts = sector.value_counts()
    assert list(remove_groups(net, sector).order) == sorted(names, key=lambda name: -counts[name])


@pytest.mark.slow
@often
@given(networks(largest=7))
def test_a_whole_layer_is_cut_at_once(net):
    got = remove_groups(net, "layer", of="ties", order="loss")
    assert set(got.order) == set(net.layers)
    kept = set(net.layers)
    for step, name in enumerate(got.order, start=1):
        kept.discard(name)
        rest = Network(net.firms, net.ties[net.ties["layer"].isin(kept)])
        assert got.curve.loc[step, "reachable_pairs"] == brute_responses(rest, []).loc[0, "reachable_pairs"]
        assert got.curve.loc[step, "n_left"] == rest.n_ties


def test_a_dict_of_scores_orders_highest_first():
    net = Network.from_edges([("a", "b"), ("b", "c"), ("c", "d")])
    assert remove_ties(net, order={0: 1.0, 1: 9.0, 2: 3.0}).order.tolist() == [1, 2, 0]
    assert remove_groups(net, {"x": ["a"], "y": ["d"]}, order={"x": 1, "y": 2}).order.tolist() == ["y", "x"]


def test_overlapping_groups_and_a_platform():
    net = Network.from_edges([("P", "a"), ("P", "b"), ("P", "c"), ("c", "d")])
    got = remove_groups(net, {"platform": ["P"], "both": ["P", "c"], "none": []}, order=["platform", "both", "none"])
    assert got.curve["n_left"].tolist() == [5, 4, 3, 3]
    assert got.curve["n_components"].tolist() == [1, 3, 3, 3]
    assert list(got.order) == ["platform", "both", "none"]
    assert list(remove_groups(net, {"x": ["a"], "y": ["P"]}, order=pd.Series({"y": 2, "x": 1})).order) == ["y", "x"]
    once = remove_groups(net, {"x": ["a"], "y": ["P"]}, order="random")
    again = remove_groups(net, {"x": ["a"], "y": ["P"]}, order="random", seed=once.settings.seed)
    assert list(once.order) == list(again.order)
    assert "3 groups of firms by list" in repr(got)
    assert got.to_frame()["group"].tolist() == [None, "platform", "both", "none"]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda net: remove_ties(net, order="strong"), "order"),
        (lambda net: remove_ties(net, order=["t0", "zz"]), "zz"),
        (lambda net: remove_ties(net, order=[net.ties.index[0]] * 2), "twice"),
        (lambda net: remove_ties(net, adaptive=True), "only order 'betweenness'"),
        (lambda net: remove_ties(net, connection="tight"), "connection"),
        (lambda net: remove_ties(net, every=0), "every"),
        (lambda net: remove_groups(net, {"x": ["a"]}, order="random", adaptive=True), "cannot adapt"),
        (lambda net: remove_groups(net, "sector"), "no column 'sector'"),
        (lambda net: remove_groups(net, "color", of="ties"), "no column 'color'"),
        (lambda net: remove_groups(net, {"x": ["zz"]}), "'zz'"),
        (lambda net: remove_groups(net, {"x": ["a"]}, order=["y"]), "'y'"),
        (lambda net: remove_groups(net, {"x": ["a"]}, of="pairs"), "of"),
        (lambda net: remove_groups(net, {"x": ["a"]}, order="big"), "order"),
        (lambda net: remove_groups(net, {"x": "ab"}), "'ab'"),
        (lambda net: remove_groups(net, pd.Series({"a": "x", "A": "x"})), "not in the network: 'A'"),
        (lambda net: remove_groups(net, ["x", "y"], of="ties"), "groups is a list"),
        (lambda net: remove_groups(net, {"x": ["a"], "y": ["b"]}, order={"x", "y"}), "is a set"),
        (lambda net: remove_ties(net, order={0, 1}), "is a set"),
    ],
)
def test_wrong_tie_and_group_options_are_refused(call, words):
    with pytest.raises(OptionError, match=re.escape(words)):
        call(Network.from_edges(KITE))


# ── critical fractions ──


@pytest.mark.parametrize(("k", "n"), [(3, 20), (4, 30), (6, 50)])
def test_random_failure_of_a_regular_network(k, n):
    net = of(nx.random_regular_graph(k, n, seed=1))
    assert critical_fraction(net) == pytest.approx(1 - 1 / (k - 1), abs=1e-10)
    # Attack on equal degrees is random loss: (1 - f) k (k - 1) = k.
    assert critical_fraction(net, method="degree_attack") == pytest.approx(1 - 1 / (k - 1), abs=1e-10)


def test_networks_without_a_giant_to_lose():
    assert critical_fraction(of(nx.cycle_graph(9))) == 0.0
    assert critical_fraction(of(nx.cycle_graph(9)), method="degree_attack") == 0.0
    assert math.isnan(critical_fraction(of(nx.empty_graph(4))))
    # A star of five: kappa = (16 + 4)/8 = 2.5, so 1 - 1/1.5; the hub gone leaves nothing: 12(1 - x) = 8.
    assert critical_fraction(of(nx.star_graph(4))) == pytest.approx(1 / 3, abs=1e-10)
    assert critical_fraction(of(nx.star_graph(4)), method="degree_attack") == pytest.approx(1 / 15, abs=1e-10)


def test_closed_forms_of_random_networks():
    # FINDINGS.md B4: Poisson degrees of mean 4 give .75 and .3616; BA(m = 2) gives .170 (.175 with k_max 100).
    net = of(nx.gnm_random_graph(10_000, 20_000, seed=7))
    assert critical_fraction(net) == pytest.approx(0.75, abs=0.01)
    assert critical_fraction(net, method="degree_attack") == pytest.approx(0.3616, abs=0.01)
    grown = of(nx.barabasi_albert_graph(10_000, 2, seed=1))
    assert critical_fraction(grown, method="degree_attack") == pytest.approx(0.17, abs=0.01)


def test_what_only_shrinks_does_not_break():
    whole = remove_firms(of(nx.complete_graph(6)), responses=["susceptibility", "giant_share"])
    assert math.isnan(critical_fraction(whole))
    assert critical_fraction(whole, method="threshold", threshold=0.5) == 4 / 6
    with pytest.raises(OptionError, match="RemovalBand"):
        critical_fraction(removal_band(of(nx.complete_graph(3)), draws=2))
    with pytest.raises(OptionError, match="threshold is 'half'"):
        critical_fraction(whole, method="threshold", threshold="half")


def test_critical_fraction_along_a_path():
    removal = remove_firms(of(nx.star_graph(9)), order="degree", responses=["giant_share", "susceptibility"])
    assert critical_fraction(removal) == 0.1
    assert critical_fraction(removal, method="threshold", threshold=0.5) == 0.1
    assert critical_fraction(removal, method="threshold") == 1.0
    short = remove_firms(of(nx.star_graph(9)), order=["f1"])
    assert math.isnan(critical_fraction(short, method="threshold"))
    with pytest.raises(OptionError, match="susceptibility"):
        critical_fraction(short)
    with pytest.raises(OptionError, match="method"):
        critical_fraction(removal, method="molloy_reed")
    with pytest.raises(OptionError, match="method"):
        critical_fraction(of(nx.star_graph(9)), method="threshold")
    with pytest.raises(OptionError, match="threshold"):
        critical_fraction(removal, method="threshold", threshold=1)


# ── chance and errors in the records ──


def partners(net, layers=None):
    graph = (net.layer(*layers) if layers else net).simple("undirected")
    return np.bincount(np.concatenate([graph.source, graph.target]), minlength=net.n_firms).tolist()


@pytest.mark.slow
@often
@given(networks(), st.integers(0, 1000))
def test_random_networks_keep_what_they_promise(net, seed):
    if net.is_two_mode:
        for drawn in _nulls(net, "two_mode", 2, seed):
            assert drawn.is_two_mode
            assert partners(drawn) == partners(net)
    for drawn in _nulls(net, "degree", 3, seed):
        assert partners(drawn) == partners(net)
        assert drawn.firms.index.equals(net.firms.index)
    for drawn in _nulls(net, "layers", 3, seed):
        for layer in net.layers:
            assert partners(drawn, [layer]) == partners(net, [layer])


def test_two_mode_networks_keep_memberships_and_modes():
    rng = np.random.default_rng(3)
    rows = sorted({(f"f{a}", f"g{b}") for a, b in zip(rng.integers(0, 12, 40), rng.integers(0, 6, 40), strict=True)})
    firms = pd.DataFrame(
        {"mode": ["firm"] * 12 + ["agreement"] * 6}, index=[f"f{v}" for v in range(12)] + [f"g{v}" for v in range(6)]
    )
    net = Network(firms, pd.DataFrame(rows, columns=["source", "target"]))
    drawn = list(_nulls(net, "two_mode", 5, 1))
    assert all(partners(one) == partners(net) and one.is_two_mode for one in drawn)
    pairs = {tuple(zip(one.simple().source.tolist(), one.simple().target.tolist(), strict=True)) for one in drawn}
    assert len(pairs) == 5
    got = relative_robustness(net, null="two_mode", draws=9, seed=1)
    assert len(got.draws) == 9
    assert got.observed == remove_firms(net).robustness


@pytest.mark.parametrize("null", ["degree", "layers"])
def test_the_observed_network_is_as_far_from_the_draws_as_they_are_from_each_other(null, monkeypatch):
    # Few switches, so that a draw still shows where it set out: all from one hub, as besag1989 asks.
    monkeypatch.setattr(Switching, "tries", lambda *_: 60)
    net = of(nx.cycle_graph(400))
    graphs = [one.simple("undirected") for one in [net, *_nulls(net, null, 12, 1)]]
    ties = [set(zip(graph.source.tolist(), graph.target.tolist(), strict=True)) for graph in graphs]
    from_observed = np.mean([len(ties[0] - other) for other in ties[1:]])
    apart = np.mean([len(one - other) for one, other in itertools.combinations(ties[1:], 2)])
    assert apart == pytest.approx(from_observed, rel=0.05)


def test_random_networks_keep_the_firms_columns():
    net = of(nx.path_graph(5))
    net = Network(net.firms.assign(jobs=[3, 1, 4, 1, 5]), net.ties)
    by_jobs = relative_robustness(net, order=lambda left: left.firms["jobs"], draws=3, seed=1)
    assert by_jobs.observed == remove_firms(net, order=net.firms["jobs"]).robustness


@pytest.mark.parametrize("graph", [nx.star_graph(6), nx.complete_graph(6), nx.empty_graph(5)])
def test_only_one_network_has_these_degrees(graph):
    net = of(graph)
    got = relative_robustness(net, draws=19, seed=1)
    assert got.relative == pytest.approx(1.0, abs=1e-12)
    assert got.p_more == got.p_fewer == 1.0
    assert got.to_frame()["relative"].tolist() == pytest.approx([1.0])


def test_caves_are_more_fragile_than_their_degrees():
    net = of(nx.connected_caveman_graph(8, 5))
    got = relative_robustness(net, draws=39, seed=2)
    assert got.observed == remove_firms(net, order="degree").robustness
    assert got.relative == got.observed / got.draws.mean() < 0.7
    assert got.p_fewer == 1 / 40
    again = relative_robustness(net, draws=39, seed=2)
    assert again.draws.tolist() == got.draws.tolist()
    assert "relative 0." in repr(got)
    by_size = relative_robustness(net, order=pd.Series(range(40), index=net.firms.index), draws=5, seed=2)
    assert by_size.p_fewer >= 1 / 6


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda net: relative_robustness(net, order="strength"), OptionError, "'strength'"),
        (lambda net: relative_robustness(net, null="er"), OptionError, "null"),
        (lambda net: relative_robustness(net, null="two_mode"), NetworkError, "not two-mode"),
        (lambda net: relative_robustness(net, draws=0), OptionError, "positive whole number"),
        (lambda net: relative_robustness(net, order=["a"], draws=2), OptionError, "every firm"),
        (lambda net: record_band(net, drop=1.2), OptionError, "drop"),
        (lambda net: record_band(net, add="0.1"), OptionError, "add is '0.1'"),
        (lambda net: record_band(net, draws=0), OptionError, "draws"),
        (lambda net: record_band(net, response="efficiency"), OptionError, "response"),
        (lambda net: record_band(net, order=["a"]), OptionError, "every firm"),
    ],
)
def test_wrong_chance_options_are_refused(call, error, words):
    with pytest.raises(error, match=re.escape(words)):
        call(Network.from_edges(KITE))


@pytest.mark.slow
@often
@given(networks(), st.sampled_from(["degree", "articulation"]))
def test_records_without_errors_give_the_path_itself(net, order):
    band = record_band(net, order=order, adaptive=True, draws=3, response="n_components", seed=1)
    path = remove_firms(net, order=order, adaptive=True).curve["n_components"]
    for column in ("mean", "low", "median", "high"):
        assert band.curve[column].tolist() == path.tolist()
    gone = record_band(net, drop=1.0, draws=2, response="n_components", seed=1)
    assert gone.curve["mean"].tolist() == list(range(net.n_firms, -1, -1))


def test_an_order_that_can_be_read_once_serves_all_draws():
    net = of(nx.path_graph(6))
    firms = list(net.firms.index)
    listed = record_band(net, drop=0.2, order=firms, draws=4, seed=1)
    assert record_band(net, drop=0.2, order=iter(firms), draws=4, seed=1).curve.equals(listed.curve)
    assert len(relative_robustness(net, order=iter(firms), draws=3, seed=1).draws) == 3


def test_errors_come_at_their_rates():
    net = of(nx.gnm_random_graph(200, 2000, seed=1))
    source, target = (codes.astype(np.int64) for codes in net._codes)
    drawn = disturbed(net, np.random.default_rng(1), 0.25, 0.0, 0.0)
    assert drawn.n_ties == pytest.approx(1500, abs=4 * math.sqrt(2000 * 0.25 * 0.75))
    drawn = disturbed(net, np.random.default_rng(1), 0.0, 0.1, 0.0)
    assert drawn.n_ties - 2000 == pytest.approx(200, abs=4 * math.sqrt(2000 * 0.1 * 0.9))
    assert np.array_equal(drawn._codes[0][:2000], source)
    drawn = disturbed(net, np.random.default_rng(1), 0.0, 0.0, 0.3)
    moved = (drawn._codes[0] != source).astype(int) + (drawn._codes[1] != target)
    assert moved.max() == 1
    assert moved.sum() == pytest.approx(600, abs=4 * math.sqrt(2000 * 0.3 * 0.7))
    assert (drawn._codes[0] != source).sum() == pytest.approx(300, abs=60)


def boards():
    rng = np.random.default_rng(5)
    modes = pd.DataFrame({"mode": ["firm"] * 20 + ["deal"] * 4}, index=[f"f{v}" for v in range(20)] + list("wxyz"))
    rows = {(f"f{a}", "wxyz"[b]) for a, b in zip(rng.integers(0, 20, 40), rng.integers(0, 4, 40), strict=True)}
    return Network.from_edges(sorted(rows), firms=modes)


def test_errors_in_a_network_of_firms_and_agreements_keep_to_their_mode():
    net = boards()
    drawn = disturbed(net, np.random.default_rng(2), 0.1, 0.4, 0.5)
    assert drawn.is_two_mode
    assert set(drawn.ties["layer"]) == set(net.ties["layer"])
    pairs = set(zip(net.ties["source"], net.ties["target"], strict=True))
    assert len(set(zip(drawn.ties["source"], drawn.ties["target"], strict=True)) - pairs) > 10
    one = Network.from_edges([("a", "x"), ("b", "x")], firms=pd.DataFrame({"mode": list("ffd")}, index=list("abx")))
    for seed in range(9):  # nobody else is of the agreement's mode
        assert set(disturbed(one, np.random.default_rng(seed), 0.0, 0.5, 1.0).ties["target"]) == {"x"}
    band = record_band(net, add=0.3, misassign=0.3, draws=20, seed=1)
    assert band.robustness.std() > 0


def test_a_band_over_records_where_arcs_lead_both_ways_or_all_layers_are_needed():
    ring = [(f"f{v}", f"f{(v + 1) % 6}") for v in range(6)]
    ties = pd.DataFrame([(*tie, True) for tie in ring], columns=["source", "target", "directed"])
    both = [ties.assign(layer=layer) for layer in ("supply", "own")]
    net = Network.from_edges(pd.concat(both, ignore_index=True))
    strong = record_band(net, connection="strong", order=["f0", *(f"f{v}" for v in range(1, 6))], draws=2, seed=1)
    assert strong.curve["mean"].tolist() == pytest.approx([1.0, *[1 / 6] * 5, 0.0])
    assert strong.robustness.tolist() == pytest.approx([5 / 36] * 2)
    lost = record_band(net, connection="all_layers", drop=1.0, draws=2, seed=1)
    assert lost.curve["mean"].tolist() == pytest.approx([*[1 / 6] * 6, 0.0])


@pytest.mark.slow
def test_band_over_records_of_a_star_has_its_mean():
    n, draws = 21, 400
    band = record_band(of(nx.star_graph(n - 1)), drop=0.3, draws=draws, seed=4)
    spread = math.sqrt((n - 1) * 0.3 * 0.7 / draws) / n
    assert band.curve.loc[0, "mean"] == pytest.approx((1 + 0.7 * (n - 1)) / n, abs=4 * spread)
    assert band.curve.loc[1].tolist() == pytest.approx([1 / n] * 4)
    assert "400 draws of the records" in repr(band)
    again = record_band(of(nx.star_graph(n - 1)), drop=0.3, draws=50, seed=4)
    assert np.array_equal(again.counts, band.counts[:50])


# ── recovery ──


@seldom
@given(networks(smallest=2), st.data())
def test_recovery_starts_at_what_the_loss_left_and_never_falls(net, data):
    firms = list(net.firms.index)
    lost = data.draw(st.lists(st.sampled_from(firms), unique=True, max_size=len(firms) - 1))
    path = remove_firms(net, order=lost, responses=["giant_share"]).curve["giant_share"]
    left = net.n_firms - len(lost)
    graph = nx.Graph(digraph(net))
    places = sum((a in lost) != (b in lost) for a, b in graph.edges)
    for rule in ("partners_partner", "substitute", "nothing"):
        groups = pd.Series("all", index=net.firms.index)
        got = recover(net, lost, rule=rule, groups=groups, draws=3, steps=8, chance=0.7, seed=1)
        assert got.before == path.loc[0]
        assert got.curve["mean"].iloc[0] == pytest.approx(path.iloc[-1] * net.n_firms / left)
        assert (np.diff(got.curve["mean"]) >= -1e-12).all()
        assert got.n_ties.max() <= places
        if rule == "nothing":
            assert got.n_ties.max() == 0
            assert got.curve["mean"].tolist() == [got.curve["mean"].iloc[0]] * 9


test_recovery_on_a_thousand = a_thousand(
    test_recovery_starts_at_what_the_loss_left_and_never_falls, networks(smallest=2), st.data()
)


@pytest.mark.parametrize("rule", ["partners_partner", "substitute"])
def test_recovery_of_firms_and_agreements_ties_no_two_of_one_mode(rule, monkeypatch):
    net, seen = boards(), []
    giant = _recovery._giant
    monkeypatch.setattr(_recovery, "_giant", lambda partners, there: (seen.append(partners), giant(partners, there))[1])
    groups = pd.Series("all", index=net.firms.index)
    got = recover(net, ["f3", "f4", "x"], rule=rule, groups=groups, draws=3, steps=6, seed=1)
    assert got.n_ties.min() > 0
    firm = (net.firms["mode"] == "firm").tolist()
    for partners in seen:
        assert all(firm[one] != firm[other] for one, near in enumerate(partners) for other in near)


def test_two_leaves_find_each_other_at_the_geometric_rate():
    # Either of two leaves acts with chance p in every step: apart after t steps with probability (1 - p)^(2t).
    net = of(nx.star_graph(2))
    p, draws = 0.2, 3000
    got = recover(net, ["f0"], chance=p, steps=6, draws=draws, target=1.0, seed=3)
    for step in range(7):
        apart = (1 - p) ** (2 * step)
        spread = math.sqrt(apart * (1 - apart) / draws) / 2
        assert got.curve.loc[step, "mean"] == pytest.approx(1 - apart / 2, abs=4 * spread + 1e-12)
    assert got.recovered == pytest.approx(1 - (1 - p) ** 12, abs=0.03)
    assert got.n_ties.max() == 1
    again = recover(net, ["f0"], chance=p, steps=6, draws=50, target=1.0, seed=3)
    assert again.times.tolist() == pytest.approx(got.times[:50].tolist(), nan_ok=True)


def test_a_second_hub_takes_over_when_it_can_do_the_same():
    net = of(nx.star_graph(4)).firms.index
    net = Network.from_edges([("f0", firm) for firm in net[1:]], firms=[*net, "other"])
    can = pd.Series({"f0": "weld", "other": "weld", "f1": "mill"})
    got = recover(net, ["f0"], rule="substitute", groups=can, draws=5, steps=3, seed=1)
    assert got.before == 5 / 6
    assert got.curve["mean"].tolist() == pytest.approx([0.2, 1, 1, 1])
    assert got.times.tolist() == [1] * 5
    assert got.n_ties.tolist() == [4] * 5
    never = recover(net, ["f0"], rule="substitute", groups=can.drop("f0"), draws=5, steps=3, seed=1)
    assert never.times.isna().all()
    assert never.recovered == 0.0
    assert "0% of 5 draws back at 90%" in repr(never)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"rule": "magic"}, OptionError, "rule"),
        ({"rule": "substitute"}, OptionError, "needs groups"),
        ({"chance": 1.5}, OptionError, "chance"),
        ({"target": "most"}, OptionError, "target is 'most'"),
        ({"lost": "ab"}, UnknownFirmError, "'ab'"),
        ({"steps": 0}, OptionError, "steps"),
        ({"lost": list("abcde")}, OptionError, "nobody"),
        ({"lost": ["a", "a"]}, OptionError, "twice"),
        ({"lost": ["zz"]}, UnknownFirmError, "'zz'"),
    ],
)
def test_wrong_recovery_options_are_refused(options, error, words):
    with pytest.raises(error, match=re.escape(words)):
        recover(Network.from_edges(KITE), **{"lost": ["a"], **options})


def test_refusals_of_networks_without_firms_or_ties_say_why():
    nobody = Network.from_edges([], firms=[])
    with pytest.raises(OptionError, match="this has none"):
        costliest_firms(nobody, 1)
    with pytest.raises(OptionError, match="no firms"):
        recover(nobody, [])
    assert "to lose" in repr(costliest_firms(Network.from_edges([], firms=["a", "b"]), 1))


def test_an_order_is_no_set_and_a_level_a_number():
    net = Network.from_edges([("a", "b"), ("b", "c")])
    with pytest.raises(OptionError, match="a set, which has none"):
        remove_firms(net, order={"a", "b"})
    with pytest.raises(OptionError, match="level is '0\\.9'"):
        removal_band(net, draws=10, level="0.9")
    with pytest.raises(OptionError, match="returned None for a network"):
        remove_firms(net, responses=[lambda left: None])
