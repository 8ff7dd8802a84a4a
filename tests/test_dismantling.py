"""Dismantling orders, putting back, other ways to hold together, and spectral responses against brute force."""

import itertools
import math

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusternet import Network
from clusternet.errors import NetworkError, OptionError, UnknownFirmError
from clusternet.resilience import _orders, _spectral, reachable_from, remove_firms
from clusternet.resilience._dismantle import _cover
from removal import digraph, networks, of, often, seldom, sizes_of

SPECTRA = ["component_entropy", "algebraic_connectivity", "algebraic_connectivity_giant", "natural_connectivity"]


# ── generalized network dismantling ──


def lightest_cover(cut, cost):
    """Least cost of a set with an end of every tie, by trying all sets."""
    ends = sorted({firm for tie in cut for firm in tie})
    sets = itertools.chain.from_iterable(itertools.combinations(ends, size) for size in range(len(ends) + 1))
    return min(sum(cost[firm] for firm in chosen) for chosen in map(set, sets) if all(chosen & set(tie) for tie in cut))


@pytest.mark.slow
@often
@given(networks(largest=8), st.booleans())
def test_every_stage_of_dismantling_covers_the_spectral_cut_at_least_cost(net, by_ties):
    graph = nx.Graph(digraph(net))
    place = {firm: row for row, firm in enumerate(net.firms.index)}
    start = np.random.default_rng(0).normal(size=len(place))
    going = list(remove_firms(net, order="gnd_degree" if by_ties else "gnd_unit", adaptive=True).order)
    assert sorted(going) == sorted(place)
    while True:
        parts = [sorted(part, key=place.get) for part in nx.connected_components(graph) if len(part) > 1]
        if not parts:
            break
        members = min(parts, key=lambda part: (-len(part), place[part[0]]))
        cost = dict.fromkeys(graph, 1) if not by_ties else dict(graph.degree)
        if len(members) == 2:
            assert going.pop(0) == members[0]
            graph.remove_node(members[0])
            continue
        weights = nx.to_numpy_array(graph, members, weight=None) * (
            np.add.outer([cost[v] for v in members], [cost[v] for v in members]) - 1
        )
        values, vectors = np.linalg.eigh(np.diag(weights.sum(axis=1)) - weights)
        same = vectors[:, 1:][:, values[1:] < values[1] + 1e-6]
        side = same @ same.T @ start[[place[v] for v in members]]
        # An entry of 0 stands with the positive ones, as a sign of noise must not decide.
        sides = dict(zip(members, side / np.abs(side).max() > -1e-8, strict=True))
        cut = [(a, b) for a, b in graph.subgraph(members).edges if sides[a] != sides[b]]
        least = lightest_cover(cut, cost)
        taken, paid = set(), 0
        while not all(taken & set(tie) for tie in cut):
            firm = going.pop(0)
            taken.add(firm)
            paid += cost[firm]
        assert paid == least
        graph.remove_nodes_from(taken)
    assert going == sorted(going, key=place.get)


@seldom
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(5, 9)), min_size=1, unique=True), st.data())
def test_the_cover_of_a_cut_is_the_cheapest(cut, data):
    cost = np.array(data.draw(st.lists(st.integers(1, 5), min_size=10, max_size=10)))
    one, other = np.array(cut).T
    chosen = set(_cover(one, other, cost).tolist())
    assert all(chosen & set(tie) for tie in cut)
    assert cost[list(chosen)].sum() == lightest_cover(cut, cost)


def cliques_joined_by_one():
    graph = nx.disjoint_union(nx.complete_graph(6), nx.complete_graph(6))
    return nx.relabel_nodes(nx.compose(graph, nx.Graph([(0, 12), (1, 12), (12, 6), (12, 7)])), {12: 3.5, 3: 12})


@pytest.mark.parametrize("order", ["gnd_unit", "gnd_degree", "best_first"])
def test_two_cliques_come_apart_at_the_first_loss(order):
    removal = remove_firms(of(cliques_joined_by_one()), order=order, adaptive=True)
    assert removal.order[0] == "f3.5"
    assert removal.curve["giant_share"].tolist()[:2] == [1.0, 6 / 13]


@pytest.mark.parametrize(
    "graph",
    [
        nx.convert_node_labels_to_integers(nx.grid_2d_graph(9, 9)),
        nx.convert_node_labels_to_integers(nx.grid_2d_graph(4, 30)),
        nx.random_labeled_tree(120, seed=3),
        nx.balanced_tree(2, 6),
        nx.connected_watts_strogatz_graph(700, 4, 0.1, seed=1),  # above the size that is decomposed densely
    ],
    ids=["square", "strip", "tree", "binary", "ring"],
)
def test_dismantling_beats_degree_where_hubs_are_few(graph):
    net = of(graph)
    attack = remove_firms(net, order="degree", adaptive=True).robustness
    tree = nx.is_tree(graph)  # there hubs cost more than leaves, so that the cheapest loss is not the shortest path
    for order in ("gnd_unit",) if tree else ("gnd_unit", "gnd_degree"):
        found = remove_firms(net, order=order, adaptive=True)
        assert found.robustness < attack - (0 if tree else 0.05)
        assert sorted(found.order) == sorted(net.firms.index)


# ── explosive ──


def brute_explosive(graph, place, draws=None, most=math.inf):
    """The order that clusella2016's two scores give, of all firms or of as many candidates as are drawn."""
    degree = dict(graph.degree)
    inner = {v: sum(degree[u] > 1 for u in graph[v]) for v in graph}
    effective = dict(degree)
    for _ in range(10):
        effective = {v: inner[v] - sum(degree[u] > 1 and effective[u] >= 6 for u in graph[v]) for v in graph}
    there, going, out = set(), [], list(graph)
    while len(there) < len(graph):
        tried = len(out)
        if tried > most:
            tried = most
            for slot in range(most):  # the first of a shuffle
                other = slot + int(next(draws) * (len(out) - slot))
                out[slot], out[other] = out[other], out[slot]
        parts = list(nx.connected_components(graph.subgraph(there)))
        largest = max(map(len, parts), default=0)
        scores = {}
        for firm in out[:tried]:
            near = sorted((len(part) for part in parts if part & set(graph[firm])), reverse=True)
            if largest > math.isqrt(len(graph)) and largest in near:
                scores[firm] = (0, len(near), [*near, 0][1], -place[firm])
            else:
                harm = effective[firm] + sum(math.sqrt(size) - 1 for size in near)
                scores[firm] = (1, round(harm, 7), 0, -place[firm])
        back = min(scores, key=scores.get)
        there.add(back)
        going.append(back)
        out[out.index(back)] = out[-1]
        out.pop()
    return going[::-1]


@pytest.mark.slow
@often
@given(networks(largest=10))
def test_explosive_order_is_that_of_its_scores(net):
    place = {firm: row for row, firm in enumerate(net.firms.index)}
    got = remove_firms(net, order="explosive")
    assert list(got.order) == brute_explosive(nx.Graph(digraph(net)), place)
    assert got.settings.seed is None


@pytest.mark.slow
@often
@given(networks(largest=10), st.integers(1, 5), st.integers(0, 99))
def test_explosive_order_is_that_of_the_scores_of_the_candidates_drawn(net, most, seed):
    place = {firm: row for row, firm in enumerate(net.firms.index)}
    got = remove_firms(net, order="explosive", candidates=most, seed=seed)
    draws = iter(np.random.default_rng(seed).random(most * len(place)))
    assert list(got.order) == brute_explosive(nx.Graph(digraph(net)), place, draws, most)


def test_explosive_scores_on_a_network_with_hubs_and_leaves():
    graph = nx.barabasi_albert_graph(60, 2, seed=4)
    graph.add_edges_from((v, 100 + v) for v in range(20))
    net = of(graph)
    place = {firm: row for row, firm in enumerate(net.firms.index)}
    assert list(remove_firms(net, order="explosive").order) == brute_explosive(nx.Graph(digraph(net)), place)


def test_explosive_candidates_follow_the_seed_and_beat_chance_by_far():
    net = of(nx.gnm_random_graph(1500, 3000, seed=1))
    once = remove_firms(net, order="explosive", candidates=50, seed=5)
    assert once.settings.seed == 5
    assert once.settings.parameters["candidates"] == 50
    assert sorted(once.order) == sorted(net.firms.index)
    assert list(once.order) == list(remove_firms(net, order="explosive", candidates=50, seed=5).order)
    assert list(once.order) != list(remove_firms(net, order="explosive", candidates=50, seed=6).order)
    chance = remove_firms(net, order="random", seed=1).robustness
    assert chance == pytest.approx(0.40, abs=0.03)
    assert once.robustness < 0.5 * chance
    assert remove_firms(net, order="explosive", seed=5).robustness < once.robustness


def test_explosive_in_blocks_equals_one_go(monkeypatch):
    from clusternet.resilience import _dismantle

    net = of(nx.gnm_random_graph(90, 200, seed=2))
    whole = remove_firms(net, order="explosive", candidates=10, seed=1)
    monkeypatch.setattr(_dismantle, "_BLOCK", 70)  # seven steps at a time
    seen = []
    parts = remove_firms(net, order="explosive", candidates=10, seed=1, progress=lambda done, total: seen.append(done))
    assert list(parts.order) == list(whole.order)
    assert seen == [*range(7, 90, 7), 90]


def test_influence_in_blocks_equals_one_go(monkeypatch):
    net = of(nx.gnm_random_graph(200, 240, seed=2))
    options = {"order": "collective_influence", "adaptive": True, "responses": ["giant_share"]}
    whole = remove_firms(net, **options)
    monkeypatch.setattr(_orders, "_BLOCK", 1)
    seen = []
    assert list(remove_firms(net, progress=lambda done, total: seen.append(done), **options).order) == list(whole.order)
    assert seen == list(range(1, 201))


# ── putting back ──


@pytest.mark.slow
@often
@given(networks(largest=9, smallest=1), st.sampled_from([0.15, 0.3, 0.5]), st.data())
def test_putting_back_equals_trying_every_firm(net, share, data):
    graph = nx.Graph(digraph(net))
    order = data.draw(st.permutations(list(net.firms.index)))
    bound = share * len(graph)
    cut = next(
        step for step in range(len(order) + 1) if max(sizes_of(graph.subgraph(order[step:])), default=0) <= bound
    )
    there, out, back = set(order[cut:]), list(order[:cut]), []
    while True:
        size = {firm: len(nx.node_connected_component(graph.subgraph(there | {firm}), firm)) for firm in out}
        fitting = [firm for firm in out if size[firm] <= bound]
        if not fitting:
            break
        firm = min(fitting, key=lambda firm: (size[firm], -order.index(firm)))
        out.remove(firm)
        there.add(firm)
        back.append(firm)
    got = remove_firms(net, order=order, reinsert=share)
    assert list(got.order) == [*out, *back[::-1], *order[cut:]]
    assert got.curve["giant_share"].to_numpy()[len(out) :].max() <= share + 1e-12


def test_putting_back_saves_firms():
    net = of(nx.convert_node_labels_to_integers(nx.grid_2d_graph(10, 10)))
    plain = remove_firms(net, order="degree", adaptive=True)
    better = remove_firms(net, order="degree", adaptive=True, reinsert=0.1)
    lost = [int((path.curve["giant_share"] <= 0.1).to_numpy().argmax()) for path in (plain, better)]
    assert lost[1] < lost[0]
    assert better.settings.parameters["reinsert"] == 0.1
    assert "reinsert" not in plain.settings.parameters


# ── what holds firms together ──


def mutual_sizes(net, layers):
    """Sizes of the largest sets that are connected within themselves in every layer, by trying every set."""
    graphs = [nx.Graph(digraph(net.layer(name))) for name in layers] or [nx.empty_graph(net.firms.index)]
    left, sizes = set(net.firms.index), []
    while left:
        found = next(
            set(chosen)
            for size in range(len(left), 0, -1)
            for chosen in itertools.combinations(sorted(left), size)
            if all(nx.is_connected(graph.subgraph(chosen)) for graph in graphs)
        )
        sizes.append(len(found))
        left -= found
    return sizes


@pytest.mark.slow
@often
@given(networks(largest=5), st.data())
def test_components_that_need_all_layers_equal_trying_every_set(net, data):
    order = data.draw(st.permutations(list(net.firms.index)))
    names = ["giant_share", "n_components", "reachable_pairs", "second_share", "component_entropy"]
    got = remove_firms(net, order=order, connection="all_layers", responses=names).curve
    n = net.n_firms
    for step in range(n + 1):
        sizes = mutual_sizes(net.without(order[:step]), net.layers)
        left = sum(sizes)
        expected = [
            max(sizes, default=0) / n if n else math.nan,
            len(sizes),
            sum(math.comb(size, 2) for size in sizes),
            [*sizes, 0, 0][1] / n if n else math.nan,
            -sum(size / left * math.log(size / left) for size in sizes) if left else math.nan,
        ]
        assert got.loc[step].tolist() == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_any_layer_and_all_layers():
    ties = pd.DataFrame(
        [
            ("a", "b", "supply"),
            ("b", "c", "supply"),
            ("c", "d", "supply"),
            ("a", "b", "platform"),
            ("c", "d", "platform"),
        ],
        columns=["source", "target", "layer"],
    )
    net = Network.from_edges(ties)

    def sizes(**options):
        return remove_firms(
            net, order=["d"], responses=["giant_share", "n_components"], **options
        ).curve.values.tolist()

    assert sizes() == [[1.0, 1], [0.75, 1]]
    assert sizes(layers=["platform"]) == [[0.5, 2], [0.5, 2]]
    assert sizes(layers=["supply"]) == [[1.0, 1], [0.75, 1]]
    assert sizes(connection="all_layers") == [[0.5, 2], [0.5, 2]]
    assert sizes(connection="all_layers", layers=["supply"]) == [[1.0, 1], [0.75, 1]]
    # A layer that is needed and has no tie holds nobody together.
    assert sizes(connection="all_layers", layers=["supply", "alliance"]) == [[0.25, 4], [0.25, 3]]
    assert remove_firms(net, layers="platform", order=["d"]).settings.parameters["layers"] == ("platform",)


@pytest.mark.slow
@often
@given(networks(smallest=1), st.data())
def test_layers_that_hold_are_the_network_of_their_ties(net, data):
    order = data.draw(st.permutations(list(net.firms.index)))
    names = data.draw(st.lists(st.sampled_from(["alliance", "supply", "platform"]), min_size=1, unique=True))
    got = remove_firms(net, order=order, layers=names, responses=["giant_share", "n_components", "efficiency"]).curve
    graph = digraph(Network(net.firms, net.ties[net.ties["layer"].isin(names)]))
    for step in range(len(order) + 1):
        if step:
            graph.remove_node(order[step - 1])
        sizes, left = sizes_of(graph), len(graph)
        distances = [d for _, row in nx.all_pairs_shortest_path_length(graph) for d in row.values() if d]
        near = sum(1 / d for d in distances) / (left * (left - 1)) if left > 1 else 0.0
        assert got.loc[step].tolist() == pytest.approx([max(sizes, default=0) / len(order), len(sizes), near])


@pytest.mark.slow
@often
@given(networks(smallest=1), st.data())
def test_reach_from_sources_equals_recomputation(net, data):
    order = data.draw(st.permutations(list(net.firms.index)))
    sources = data.draw(st.lists(st.sampled_from(order), min_size=1, unique=True))
    both = [reachable_from(sources), reachable_from(sources, direction="in", name="reaching")]
    got = remove_firms(net, order=order, responses=both).curve
    graph = nx.DiGraph(digraph(net))
    for step in range(len(order) + 1):
        if step:
            graph.remove_node(order[step - 1])
        left = [firm for firm in sources if firm in graph]
        onto = set(left).union(*(nx.descendants(graph, firm) for firm in left))
        into = set(left).union(*(nx.ancestors(graph, firm) for firm in left))
        assert got.loc[step].tolist() == pytest.approx([len(onto) / len(order), len(into) / len(order)], abs=1e-12)
    assert both[0](net) == got.loc[0, "reachable_from"]


# ── spectral responses and entropy ──


def brute_spectra(graph):
    n = len(graph)
    if not n:
        return [math.nan, math.nan, math.nan, math.nan]
    parts = sorted(nx.connected_components(graph), key=len, reverse=True)
    shares = np.array([len(part) for part in parts]) / n

    def fiedler(part):
        return np.sort(nx.laplacian_spectrum(graph.subgraph(part), weight=None))[1] if len(part) > 1 else math.nan

    first = next(part for firm in graph for part in parts if firm in part and len(part) == len(parts[0]))
    whole = fiedler(set(graph)) if len(parts) == 1 else 0.0
    adjacency = np.linalg.eigvalsh(nx.to_numpy_array(graph, weight=None))
    return [-(shares * np.log(shares)).sum(), whole, fiedler(first), math.log(np.exp(adjacency).mean())]


@pytest.mark.slow
@often
@given(networks(largest=7), st.data())
def test_spectral_responses_equal_recomputation(net, data):
    order = data.draw(st.permutations(list(net.firms.index)))
    got = remove_firms(net, order=order, responses=SPECTRA).curve
    graph = nx.Graph(digraph(net))
    for step in range(len(order) + 1):
        if step:
            graph.remove_node(order[step - 1])
        assert got.loc[step].tolist() == pytest.approx(brute_spectra(graph), abs=1e-9, nan_ok=True)


@pytest.mark.slow
def test_large_networks_have_the_spectra_of_small_ones(monkeypatch):
    monkeypatch.setattr(_spectral, "_DENSE", 2)  # from three firms on as above 1,500

    @often
    @given(networks(largest=9))
    def check(net):
        names = ["algebraic_connectivity", "algebraic_connectivity_giant"]
        graph = nx.Graph(digraph(net))
        removal = remove_firms(net, responses=names)
        for step in range(net.n_firms + 1):
            if step:
                graph.remove_node(removal.order[step - 1])
            assert removal.curve.loc[step].tolist() == pytest.approx(brute_spectra(graph)[1:3], abs=1e-8, nan_ok=True)

    check()


@pytest.mark.parametrize("n", [3, 8, 41])
def test_spectra_of_complete_star_and_ring_networks(n):
    ring = [2 * math.cos(2 * math.pi * k / n) for k in range(n)]
    hub = math.sqrt(n - 1)
    expected = {
        "complete": (nx.complete_graph(n), n, math.log((math.exp(n - 1) + (n - 1) / math.e) / n)),
        "star": (nx.star_graph(n - 1), 1, math.log((2 * math.cosh(hub) + n - 2) / n)),
        "ring": (nx.cycle_graph(n), 2 - 2 * math.cos(2 * math.pi / n), math.log(sum(map(math.exp, ring)) / n)),
    }
    for graph, algebraic, natural in expected.values():
        curve = remove_firms(of(graph), order="degree", responses=SPECTRA).curve
        assert curve.loc[0].tolist() == pytest.approx([0.0, algebraic, algebraic, natural], abs=1e-10)
    star = remove_firms(of(nx.star_graph(n - 1)), order="degree", responses=SPECTRA).curve
    assert star.loc[1].tolist() == pytest.approx([math.log(n - 1), 0.0, math.nan, 0.0], abs=1e-10, nan_ok=True)
    chain = remove_firms(of(nx.cycle_graph(n)), order="degree", responses=SPECTRA).curve
    path = 2 - 2 * math.cos(math.pi / (n - 1))
    assert chain.loc[1, ["algebraic_connectivity", "component_entropy"]].tolist() == pytest.approx([path, 0], abs=1e-10)


def test_a_large_network_has_the_same_algebraic_connectivity(monkeypatch):
    from clusternet.resilience import _spectral

    net = of(nx.connected_watts_strogatz_graph(120, 4, 0.2, seed=1))
    dense = remove_firms(net, order=["f0"], responses="algebraic_connectivity").curve
    monkeypatch.setattr(_spectral, "_DENSE", 10)
    sparse = remove_firms(net, order=["f0"], responses="algebraic_connectivity").curve
    np.testing.assert_allclose(sparse, dense, atol=1e-10)


def test_slow_responses_can_be_sampled():
    net = of(nx.gnm_random_graph(23, 40, seed=1))
    names = [*SPECTRA[1:], "efficiency", "giant_share", lambda rest: rest.n_ties]
    whole = remove_firms(net, responses=names).curve
    some = remove_firms(net, responses=names, every=5).curve
    kept = [0, 5, 10, 15, 20, 23]
    pd.testing.assert_frame_equal(some.loc[kept], whole.loc[kept])
    assert some["giant_share"].equals(whole["giant_share"])
    assert some.drop(index=kept)[[*SPECTRA[1:], "efficiency", "<lambda>"]].isna().all(axis=None)


# ── refusals ──


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"order": "gnd_unit"}, OptionError, "choose adaptive=True"),
        ({"order": "explosive", "adaptive": True}, OptionError, "cannot adapt"),
        ({"order": "explosive", "candidates": 0}, OptionError, "candidates is 0"),
        ({"reinsert": 1.0}, OptionError, "reinsert is 1.0"),
        ({"reinsert": 0.5, "order": ["a"]}, OptionError, "order of all firms"),
        ({"every": 0}, OptionError, "every is 0"),
        ({"connection": "any"}, OptionError, "connection"),
        ({"layers": ["suply"]}, NetworkError, "'suply'"),
        ({"layers": []}, OptionError, "at least one layer"),
    ],
)
def test_wrong_options_are_refused(options, error, words):
    with pytest.raises(error, match=words):
        remove_firms(Network.from_edges([("a", "b"), ("b", "c")]), **options)


def test_wrong_sources_are_refused():
    net = Network.from_edges([("a", "b")])
    with pytest.raises(OptionError, match="no source"):
        reachable_from([])
    with pytest.raises(OptionError, match="direction"):
        reachable_from(["a"], direction="down")
    with pytest.raises(UnknownFirmError, match="'zz'"):
        remove_firms(net, responses=[reachable_from(["zz"])])
    assert reachable_from("a")(net) == 1.0


@seldom
@given(networks(largest=8), st.sampled_from(["best_first", "gnd_unit", "gnd_degree", "explosive"]))
def test_random_ties_give_an_order_of_everybody(net, order):
    adaptive = order != "explosive"
    one, two = (remove_firms(net, order=order, adaptive=adaptive, ties="random", seed=3) for _ in range(2))
    assert list(one.order) == list(two.order)
    assert sorted(one.order) == sorted(net.firms.index)


def test_an_interrupted_plan_keeps_what_is_done(monkeypatch):
    net = of(nx.path_graph(30))

    def stop(done, total):
        if done >= 5:
            raise KeyboardInterrupt

    monkeypatch.setattr(_orders, "_BLOCK", 5)
    for order in ("best_first", "gnd_unit", "collective_influence"):
        with pytest.warns(RuntimeWarning, match="interrupted after"):
            removal = remove_firms(net, order=order, adaptive=True, progress=stop)
        whole = remove_firms(net, order=order, adaptive=True)
        assert 5 <= len(removal.order) < 30
        assert list(removal.order) == list(whole.order[: len(removal.order)])
