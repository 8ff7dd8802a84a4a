"""Centrality: what the definitions say at the edges. Agreement with other software is in test_reference.py."""

from __future__ import annotations

import itertools
import math

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from clusternet import Network, _paths, centrality
from clusternet.errors import NetworkError, OptionError, UnknownFirmError
from reference import florentine, ties


def chain(n: int, *, directed: bool = False) -> Network:
    return Network.from_edges([(i, i + 1) for i in range(n - 1)], firms=range(n), directed=directed)


def random_network(n: int, p: float, seed: int, *, directed: bool = False) -> tuple[Network, nx.Graph]:
    graph = nx.gnp_random_graph(n, p, seed=seed, directed=directed)
    rng = np.random.default_rng(seed)
    for _, _, data in graph.edges(data=True):
        data["strength"] = float(rng.integers(1, 6))
        data["length"] = 1 / data["strength"]
    edges = [(a, b, data["strength"]) for a, b, data in graph.edges(data=True)]
    return Network.from_edges(edges, firms=range(n), directed=directed), graph


# ── counting ties ──


def test_all_counts_a_mutual_partner_twice_and_undirected_counts_partners() -> None:
    net = ties("A-B:2 B-A:3 B-C:1", directed=True)
    assert centrality.degree(net)["B"] == 3
    assert centrality.degree(net.undirected())["B"] == 2
    assert centrality.degree(net, direction="in")["B"] == 1
    assert centrality.degree(net, direction="out")["B"] == 2
    assert centrality.degree(net, scale="normalized")["B"] == 3 / 4
    assert centrality.degree(net, scale="normalized", direction="out")["B"] == 1.0
    assert centrality.strength(net)["B"] == 6
    assert centrality.strength(net, direction="in")["B"] == 2


def test_parallel_ties_count_once_and_add_strength() -> None:
    edges = pd.DataFrame(
        {"source": ["A", "B"], "target": ["B", "A"], "layer": ["alliance", "supply"], "strength": [1.0, 4]}
    )
    net = Network.from_edges(edges)
    assert centrality.degree(net).tolist() == [1.0, 1.0]
    assert centrality.strength(net).tolist() == [5.0, 5.0]


def test_in_strength_equals_out_strength_in_sum() -> None:
    net, _ = random_network(40, 0.1, 3, directed=True)
    total = net.simple().strength.sum()
    assert centrality.strength(net, direction="in").sum() == total
    assert centrality.strength(net, direction="out").sum() == total


def test_an_undirected_tie_in_a_directed_network_counts_both_ways() -> None:
    table = pd.DataFrame({"source": ["A", "A"], "target": ["B", "C"], "directed": [True, False]})
    net = Network.from_edges(table)
    assert centrality.degree(net, direction="in").to_dict() == {"A": 1.0, "B": 1.0, "C": 1.0}
    assert centrality.degree(net, direction="out").to_dict() == {"A": 2.0, "B": 0.0, "C": 1.0}


# ── along shortest paths ──


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_distances_equal_networkx(seed: int, *, directed: bool) -> None:
    net, graph = random_network(90, 0.02, seed, directed=directed)
    for way, view in (("in", graph), ("out", graph.reverse() if directed else graph)):
        wanted = pd.Series(nx.closeness_centrality(view))
        got = centrality.closeness(net, direction=way, variant="wasserman_faust").fillna(0.0)
        assert got.to_numpy() == pytest.approx(wanted.to_numpy())
        assert centrality.harmonic(net, direction=way, scale="raw").to_numpy() == pytest.approx(
            pd.Series(nx.harmonic_centrality(view)).to_numpy()
        )
        weighted = pd.Series(nx.closeness_centrality(view, distance="length"))
        got = centrality.closeness(net, direction=way, variant="wasserman_faust", weights="strength").fillna(0.0)
        assert got.to_numpy() == pytest.approx(weighted.to_numpy())


def test_bits_spill_over_into_further_words_and_batches() -> None:
    net, graph = random_network(1300, 0.004, 9)
    counts = _paths.step_counts(net, "all")
    assert counts is not None
    for firm in (0, 63, 64, 511, 512, 513, 1024, 1299):
        steps = nx.single_source_shortest_path_length(graph, firm).values()
        found = np.bincount([step for step in steps if step], minlength=len(counts) + 1)[1:]
        assert counts[:, firm].tolist() == found.tolist()


@pytest.mark.parametrize("n", [60, 65, 66, 67, 120])
@pytest.mark.parametrize("directed", [False, True])
def test_long_chains_are_searched_one_firm_at_a_time(n: int, *, directed: bool) -> None:
    net = chain(n, directed=directed)
    assert (_paths.step_counts(net, "out") is None) == (n > _paths.DEPTH_LIMIT + 1)
    total = centrality.closeness(net, direction="out", scale="raw")
    assert 1 / total[0] == pytest.approx(n * (n - 1) / 2)
    normalized = centrality.closeness(net, direction="out")
    assert normalized[0] == pytest.approx((n - 1) / (n * (n - 1) / 2))
    assert math.isnan(normalized[n - 1]) == directed
    assert centrality.harmonic(net, direction="out", scale="raw")[0] == pytest.approx(sum(1 / k for k in range(1, n)))


def test_structurally_equal_firms_score_exactly_equal() -> None:
    net = chain(41)
    for measure in (centrality.closeness, centrality.harmonic, centrality.betweenness):
        values = measure(net).to_numpy()
        assert (values == values[::-1]).all(), measure.__name__


def test_distances_are_not_mixed_up_between_networks() -> None:
    one, other = chain(5), ties("A-B B-C")
    first = centrality.closeness(one)
    assert centrality.closeness(other).tolist() == pytest.approx([2 / 3, 1, 2 / 3])
    assert centrality.closeness(one).equals(first)


def test_strength_turns_into_length_and_scaling_it_keeps_betweenness() -> None:
    net, graph = random_network(40, 0.15, 5)
    doubled = Network(net.firms, net.ties.assign(strength=net.ties["strength"] * 7))
    one, two = (centrality.betweenness(each, weights="strength") for each in (net, doubled))
    assert one.to_numpy() == pytest.approx(two.to_numpy())
    closer = centrality.closeness(doubled, weights="strength") / centrality.closeness(net, weights="strength")
    assert closer.dropna().to_numpy() == pytest.approx(7.0)
    # Integer lengths lcm(1..5)/strength make equal paths exactly equal.
    for _, _, data in graph.edges(data=True):
        data["whole"] = int(60 / data["strength"])
    exact = nx.betweenness_centrality(graph, weight="whole", normalized=False)
    got = centrality.betweenness(net, weights="strength", scale="raw")
    assert got.to_numpy() == pytest.approx(pd.Series(exact).to_numpy())


def test_betweenness_of_the_two_florentine_sizes() -> None:
    assert round(centrality.betweenness(florentine().largest_component())["Medici"], 3) == 0.522
    assert round(centrality.betweenness(florentine())["Medici"], 3) == 0.452


def test_betweenness_sums_to_path_lengths() -> None:
    net, graph = random_network(50, 0.08, 2)
    lengths = dict(nx.all_pairs_shortest_path_length(graph))
    inner = sum(step - 1 for row in lengths.values() for step in row.values() if step > 1) / 2
    assert centrality.betweenness(net, scale="raw").sum() == pytest.approx(inner)
    assert centrality.tie_betweenness(net, scale="raw")["betweenness"].sum() == pytest.approx(
        sum(step for row in lengths.values() for step in row.values()) / 2
    )


@pytest.mark.parametrize("scale", ["degree", "closeness", "betweenness"])
def test_two_mode_scales_equal_networkx_and_refuse_one_mode(scale: str) -> None:
    modes = pd.DataFrame({"mode": ["firm"] * 3 + ["deal"] * 4}, index=[*"abcwxyz"])
    net = Network.from_edges([*zip("aaabbc", "wxyxyz", strict=True)], firms=modes)
    graph = net.to_networkx(simple=True)
    wanted = getattr(nx.bipartite, f"{scale}_centrality")(graph, ["a", "b", "c"])
    got = getattr(centrality, scale)(net, scale="two_mode")
    assert got.to_dict() == pytest.approx(wanted)
    with pytest.raises(NetworkError, match="two-mode"):
        getattr(centrality, scale)(net.project("firm"), scale="two_mode")


# ── status ──


def test_eigenvector_follows_the_component_with_the_largest_eigenvalue() -> None:
    net = ties("A-B B-C A-C D-E", firms="A B C D E F")
    got = centrality.eigenvector(net)
    assert got.to_dict() == pytest.approx({"A": 1, "B": 1, "C": 1, "D": 0, "E": 0, "F": 0})
    twins = ties("A-B B-C A-C D-E E-F D-F")
    assert centrality.eigenvector(twins).isna().all()
    assert centrality.eigenvector(ties("A-B:2 B-C:2 A-C:2 D-E E-F D-F"), weights="strength")["D"] == 0.0


@pytest.mark.parametrize("n", [40, 200])
def test_eigenvector_is_an_eigenvector(n: int) -> None:
    for directed, direction in ((False, "all"), (True, "in"), (True, "out"), (True, "all")):
        net, _ = random_network(n, 4 / n, 7, directed=directed)
        for weights in ("ignore", "strength"):
            x = centrality.eigenvector(net, direction=direction, weights=weights, scale="l2").to_numpy()
            a = net.simple("undirected" if direction == "all" else "keep").csr(weights=weights)
            a = a.T if direction == "in" else a
            y = np.ones(n)
            for _ in range(2000):  # power iteration, shifted so that no second eigenvalue has the same size
                y = a @ y + y
                y /= np.sqrt(y @ y)
            assert a @ x == pytest.approx((y @ (a @ y)) * x, abs=1e-6)
            assert x @ x == pytest.approx(1.0)
            assert (x >= 0).all()


def test_downstream_firms_have_status_and_upstream_firms_none() -> None:
    # up -> (A <-> B) -> down -> further, eigenvalue 1: each firm downstream has the status of its one source
    net = ties("U-A A-B B-A B-D D-E", directed=True)
    assert centrality.eigenvector(net, direction="in").to_dict() == pytest.approx(
        {"U": 0, "A": 1, "B": 1, "D": 1, "E": 1}
    )
    assert centrality.eigenvector(net, direction="out").to_dict() == pytest.approx(
        {"U": 1, "A": 1, "B": 1, "D": 0, "E": 0}
    )


def test_pagerank_sums_to_one_with_dangling_firms_and_isolates() -> None:
    net, _ = random_network(50, 0.03, 1, directed=True)
    for direction in ("in", "out", "all"):
        assert centrality.pagerank(net, direction=direction).sum() == pytest.approx(1.0)
    assert centrality.pagerank(net, damping=0.0).to_numpy() == pytest.approx(1 / 50)
    for damping in (1.0, -0.1, math.nan):
        with pytest.raises(OptionError, match="damping"):
            centrality.pagerank(net, damping=damping)


def test_walks_solve_their_equations() -> None:
    net, _ = random_network(60, 0.06, 11, directed=True)
    a = net.simple().csr(weights="strength").toarray()
    radius = max(abs(np.linalg.eigvals(a)))
    x = centrality.katz(net, weights="strength", alpha=0.999 / radius).to_numpy()
    assert x == pytest.approx(np.linalg.solve(np.eye(60) - 0.999 / radius * a.T, np.ones(60)), rel=1e-7)
    c = centrality.bonacich_power(net, weights="strength", beta=-0.9 / radius).to_numpy()
    raw = np.linalg.solve(np.eye(60) + 0.9 / radius * a, a.sum(axis=1))
    assert c == pytest.approx(raw * np.sqrt(60 / (raw @ raw)), rel=1e-7)
    assert c @ c == pytest.approx(60)


def test_attenuation_beyond_the_largest_eigenvalue_is_refused() -> None:
    net = ties("A-B B-C A-C")  # lambda is 2
    with pytest.raises(OptionError, match=r"alpha is 0\.5"):
        centrality.katz(net, alpha=0.5)
    with pytest.raises(OptionError, match=r"beta is -0\.6"):
        centrality.bonacich_power(net, beta=-0.6)
    with pytest.raises(OptionError, match="less than 0"):
        centrality.katz(net, alpha=-0.1)
    with pytest.raises(OptionError, match="alpha is nan"):
        centrality.katz(net, alpha=math.nan)


def test_without_cycles_katz_asks_for_alpha() -> None:
    net = chain(3, directed=True)
    assert centrality.katz(net).isna().all()
    assert centrality.katz(net, alpha=2.0).tolist() == [1.0, 3.0, 7.0]
    assert centrality.katz(Network.from_edges([], firms=["A", "B"])).tolist() == [1.0, 1.0]
    assert centrality.bonacich_power(Network.from_edges([], firms=["A", "B"])).isna().all()


def test_power_of_dependence_ranks_the_middle_of_a_chain_below_its_neighbors() -> None:
    power = centrality.bonacich_power(chain(5), beta=-0.3)
    assert power[1] > power[2] > power[0]
    assert centrality.bonacich_power(chain(5), beta=0.3).idxmax() == 2


def test_chains_whose_eigenvalues_crowd_are_solved() -> None:
    n = 800
    wanted = np.sin(np.pi * np.arange(1, n + 1) / (n + 1))
    assert centrality.eigenvector(chain(n)).to_numpy() == pytest.approx(wanted / wanted.max(), abs=1e-7)


def test_hubs_and_authorities_are_the_leading_singular_vectors() -> None:
    net, _ = random_network(80, 0.05, 4, directed=True)
    left, _, right = np.linalg.svd(net.simple().csr(weights="strength").toarray())
    for got, wanted in ((centrality.hubs, abs(left[:, 0])), (centrality.authorities, abs(right[0]))):
        assert got(net, weights="strength").to_numpy() == pytest.approx(wanted / wanted.max(), abs=1e-7)
        assert got(net, weights="strength", scale="sum1").sum() == pytest.approx(1.0)
    assert centrality.hubs(ties("A-B")).isna().all()  # bipartite: two pairs of vectors tie
    assert centrality.hubs(ties("A-B B-C A-C")).tolist() == pytest.approx([1, 1, 1])


# ── the whole network ──


@pytest.mark.parametrize(
    "measure", ["degree", "closeness", "harmonic", "betweenness", "current_flow_betweenness", "eigenvector"]
)
@pytest.mark.parametrize("n", [4, 9])
def test_a_star_is_fully_centralized_and_a_ring_not_at_all(measure: str, n: int) -> None:
    star = Network.from_edges([(0, i) for i in range(1, n)])
    ring = Network.from_edges([(i, (i + 1) % n) for i in range(n)])
    assert centrality.centralization(star, measure=measure) == pytest.approx(1.0)
    assert centrality.centralization(ring, measure=measure) == pytest.approx(0.0, abs=1e-9)
    assert math.isnan(centrality.centralization(ring.subset([0, 1]), measure=measure))


def test_directed_stars_are_fully_centralized() -> None:
    out = Network.from_edges([(0, i) for i in range(1, 6)], directed=True)
    assert centrality.centralization(out, direction="out") == pytest.approx(1.0)
    assert centrality.centralization(out, direction="in") == pytest.approx(0.04)
    assert centrality.centralization(out, direction="in", denominator="igraph") == pytest.approx(1 / 30)


def test_closeness_centralization_is_undefined_when_disconnected() -> None:
    assert math.isnan(centrality.centralization(florentine(), measure="closeness"))
    assert math.isnan(centrality.centralization(chain(4, directed=True), measure="closeness", direction="out"))


# ── along all paths ──


@pytest.mark.parametrize("seed", range(3))
def test_current_flow_equals_networkx_with_strengths(seed: int) -> None:
    net, graph = random_network(40, 0.12, seed)
    net = net.largest_component()
    graph = graph.subgraph(net.firms.index)
    for weights, column in (("ignore", None), ("strength", "strength")):
        wanted = pd.Series(nx.current_flow_betweenness_centrality(graph, weight=column))
        got = centrality.current_flow_betweenness(net, weights=weights)
        assert got.to_numpy() == pytest.approx(wanted.reindex(got.index).to_numpy(), abs=1e-9)
        wanted = pd.Series(nx.current_flow_closeness_centrality(graph, weight=column))
        got = centrality.information(net, weights=weights, variant="current_flow")
        assert got.to_numpy() == pytest.approx(wanted.reindex(got.index).to_numpy())


def test_on_a_tree_current_has_one_way() -> None:
    tree = Network.from_edges([(0, 1), (1, 2), (1, 3), (3, 4), (3, 5), (5, 6)])
    for scale in ("raw", "normalized"):
        current = centrality.current_flow_betweenness(tree, scale=scale)
        assert current.to_numpy() == pytest.approx(centrality.betweenness(tree, scale=scale).to_numpy(), abs=1e-12)
    # Resistance is distance on a tree: n over the sum of distances.
    assert centrality.information(tree).to_numpy() == pytest.approx(
        len(tree) * centrality.closeness(tree, scale="raw").to_numpy()
    )


def test_blocks_of_ties_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    from clusternet.centrality import _current

    net, _ = random_network(50, 0.1, 2)
    whole = centrality.current_flow_betweenness(net)
    monkeypatch.setattr(_current, "BLOCK", 130)
    assert centrality.current_flow_betweenness(net).to_numpy() == pytest.approx(whole.to_numpy(), abs=1e-12)


def test_current_through_a_component_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from clusternet.centrality import _current

    monkeypatch.setattr(_current, "LARGEST", 4)
    with pytest.raises(NetworkError, match="a component has 5 firms"):
        centrality.information(chain(5))
    assert centrality.information(chain(4)).notna().all()


def test_components_of_any_order_and_size_keep_their_own_current() -> None:
    net = ties("C-A D-B A-E F-B B-H", firms="A B C D E F G H")
    values = centrality.information(net)
    assert values.drop("G").to_dict() == pytest.approx(
        {"A": 1.5, "C": 1.0, "E": 1.0, "B": 4 / 3, "D": 0.8, "F": 0.8, "H": 0.8}
    )
    assert math.isnan(values["G"])
    assert centrality.current_flow_betweenness(net, scale="raw")[["A", "B", "C"]].tolist() == pytest.approx([1, 3, 0])


# ── supply order ──


def random_order(n: int, p: float, seed: int) -> tuple[Network, nx.DiGraph]:
    _, graph = random_network(n, p, seed, directed=True)
    order = nx.DiGraph([(a, b, data) for a, b, data in graph.edges(data=True) if a < b])
    return Network.from_edges([(a, b, d["strength"]) for a, b, d in order.edges(data=True)], directed=True), order


@pytest.mark.parametrize("seed", range(3))
def test_trophic_levels_equal_networkx(seed: int) -> None:
    net, graph = random_order(60, 0.06, seed)
    for weights, column in (("ignore", None), ("strength", "strength")):
        wanted = pd.Series(nx.trophic_levels(graph, weight=column))
        got = centrality.trophic_level(net, definition="levine", weights=weights)
        assert got.to_numpy() == pytest.approx(wanted.reindex(got.index).to_numpy())
    assert centrality.trophic_incoherence(net, definition="levine") == pytest.approx(
        nx.trophic_incoherence_parameter(graph, cannibalism=True, weight=None)
    )


@pytest.mark.parametrize("direct", [0, 10_000])
@pytest.mark.parametrize("weights", ["ignore", "strength"])
def test_mackay_levels_are_the_least_squares_ones(direct: int, weights: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from clusternet.centrality import _order

    monkeypatch.setattr(_order, "DIRECT", direct)
    net, _ = random_network(50, 0.04, 5, directed=True)
    graph = net.simple()
    weight = np.sqrt(graph.strength if weights == "strength" else np.ones(len(graph.source)))
    rows = np.zeros((len(weight), len(net)))
    rows[np.arange(len(weight)), graph.target] = 1
    rows[np.arange(len(weight)), graph.source] -= 1
    level = np.linalg.lstsq(rows * weight[:, None], weight, rcond=None)[0]
    codes = net.component_codes()
    got = centrality.trophic_level(net, weights=weights)
    for code in np.unique(codes):
        part = codes == code
        if part.sum() > 1:
            assert got[part].to_numpy() == pytest.approx(level[part] - level[part].min(), abs=1e-9)
    assert got[net.isolates].isna().all()
    assert centrality.trophic_incoherence(net, weights=weights) == pytest.approx(
        float(weight**2 @ (rows @ level - 1) ** 2 / (weight @ weight))
    )


def test_supply_out_of_a_closed_cycle_has_no_levine_level() -> None:
    net = ties("A-B B-A B-C D-C D-E E-F F-E", directed=True)
    level = centrality.trophic_level(net, definition="levine")
    assert level[["A", "B", "C"]].isna().all()
    # E = 1 + (1 + F)/2 and F = 1 + E
    assert level[["D", "E", "F"]].tolist() == pytest.approx([1.0, 4.0, 5.0])
    assert math.isnan(centrality.trophic_incoherence(net, definition="levine"))
    assert centrality.trophic_level(net).notna().all()


def test_without_direction_there_is_no_order() -> None:
    net = ties("A-B B-C", firms="A B C D")
    assert centrality.trophic_level(net)[["A", "B", "C"]].tolist() == [0.0, 0.0, 0.0]
    assert centrality.trophic_level(net, definition="levine").isna().all()
    assert centrality.trophic_incoherence(net) == 1.0
    assert centrality.flow_hierarchy(net) == 0.0
    assert centrality.flow_hierarchy(chain(4, directed=True)) == 1.0


# ── groups ──


def all_paths(graph: nx.Graph, group: list[int], weight: str | None) -> float:
    """Walk every shortest path between outsiders and add up the shares that meet the group."""
    outside = [v for v in graph if v not in group]
    pairs = itertools.permutations(outside, 2) if graph.is_directed() else itertools.combinations(outside, 2)
    points = 0.0
    for s, t in pairs:
        if nx.has_path(graph, s, t):
            paths = list(nx.all_shortest_paths(graph, s, t, weight=weight))
            points += sum(not set(group).isdisjoint(path) for path in paths) / len(paths)
    return points


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("group", [[3], [1, 5, 9], [0, 7, 8, 20]])
def test_group_betweenness_equals_all_paths_walked(group: list[int], *, directed: bool) -> None:
    net, graph = random_network(24, 0.1, 11, directed=directed)
    for _, _, data in graph.edges(data=True):
        data["whole"] = round(60 / data["strength"])  # exact lengths
    for weights, column in (("ignore", None), ("strength", "whole")):
        got = centrality.group_betweenness(net, group, scale="raw", weights=weights)
        assert got == pytest.approx(all_paths(graph, group, column))
    if len(group) == 1:
        assert centrality.group_betweenness(net, group) == pytest.approx(centrality.betweenness(net)[group[0]])


@pytest.mark.parametrize("directed", [False, True])
def test_group_degree_and_closeness_equal_networkx(*, directed: bool) -> None:
    net, graph = random_network(40, 0.3, 4, directed=directed)
    group = [0, 7, 12]
    if directed:
        assert centrality.group_degree(net, group, direction="in") == nx.group_in_degree_centrality(graph, group)
        assert centrality.group_degree(net, group, direction="out") == nx.group_out_degree_centrality(graph, group)
    else:
        assert centrality.group_degree(net, group) == nx.group_degree_centrality(graph, group)
    got = centrality.group_closeness(net, group, direction="in", variant="wasserman_faust")
    assert got == pytest.approx(nx.group_closeness_centrality(graph, group))
    weighted = centrality.group_closeness(net, group, direction="in", weights="strength")
    assert weighted == pytest.approx(nx.group_closeness_centrality(graph, group, weight="length"))


@pytest.mark.parametrize("n", [20, 70, 90])
def test_group_betweenness_on_long_chains(n: int) -> None:
    # Firms 5 and 6 part the 5 firms before them from the n - 7 behind.
    assert centrality.group_betweenness(chain(n), [5, 6], scale="raw") == pytest.approx(5 * (n - 7))
    assert centrality.group_betweenness(chain(n, directed=True), [5, 6], scale="raw") == pytest.approx(5 * (n - 7))
    assert centrality.group_betweenness(chain(n), [0, n - 1], scale="raw") == 0.0


@pytest.mark.parametrize("n", [20, 70, 90])
def test_group_closeness_on_long_chains(n: int) -> None:
    # 5 firms before the group at distances 5, ..., 1 and n - 7 behind it at 1, ..., n - 7.
    total = 15 + (n - 7) * (n - 6) / 2
    assert centrality.group_closeness(chain(n), [5, 6]) == pytest.approx((n - 2) / total)
    assert centrality.group_closeness(chain(n, directed=True), [5, 6], direction="in") == pytest.approx(5 / 15)
    out = centrality.group_closeness(chain(n, directed=True), [5, 6], direction="out")
    assert out == pytest.approx((n - 7) / ((n - 7) * (n - 6) / 2))


def test_a_group_of_one_is_its_firm() -> None:
    net = florentine()
    for family in ("Medici", "Guadagni", "Pazzi"):
        assert centrality.group_degree(net, [family], scale="raw") == centrality.degree(net)[family]
        for variant in ("component", "wasserman_faust"):
            alone = centrality.closeness(net, variant=variant)[family]
            assert centrality.group_closeness(net, [family], variant=variant) == pytest.approx(alone)


def test_groups_at_the_edges() -> None:
    net = ties("A-B B-C", firms="A B C D")
    assert math.isnan(centrality.group_closeness(net, ["D"]))
    assert math.isnan(centrality.group_degree(net, list("ABCD")))
    assert centrality.group_degree(net, list("ABCD"), scale="raw") == 0.0
    assert math.isnan(centrality.group_betweenness(net, list("ABC")))
    assert centrality.group_betweenness(net, ["B", "B"], scale="raw") == 1.0
    with pytest.raises(OptionError, match="group is empty"):
        centrality.group_degree(net, [])
    with pytest.raises(UnknownFirmError, match="Z"):
        centrality.group_closeness(net, ["Z"])


# ── ranges of ranks ──


def dominated(net: Network, weights: str) -> np.ndarray:
    """Whether the row's firm is dominated by the column's, straight from the definition."""
    strength = net.simple("undirected").csr(weights=weights).toarray()
    n = len(strength)
    return np.array(
        [
            [i != j and all(strength[i, k] <= strength[j, k] for k in range(n) if k not in (i, j)) for j in range(n)]
            for i in range(n)
        ]
    )


@pytest.mark.parametrize("block", [3, 2**22])
@pytest.mark.parametrize("weights", ["ignore", "strength"])
@pytest.mark.parametrize("p", [0.03, 0.1, 0.2, 0.5, 0.85])
def test_rank_intervals_follow_the_definition(
    p: float, weights: str, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clusternet.centrality import _ranks

    monkeypatch.setattr(_ranks, "BLOCK", block)
    for seed in range(4):
        net, _ = random_network(13, p, seed)
        below = dominated(net, weights)
        mutual = below & below.T
        above, under, alike = (below & ~mutual).sum(axis=1), (below & ~mutual).sum(axis=0), mutual.sum(axis=1)
        got = centrality.rank_intervals(net, weights=weights)
        assert (got[["above", "below", "alike"]].to_numpy() == np.c_[above, under, alike]).all()
        assert (got["best"] == 1 + above).all()
        assert (got["worst"] == len(net) - under - alike).all()


@pytest.mark.parametrize("seed", range(8))
def test_centralities_rank_firms_within_their_intervals(seed: int) -> None:
    net, _ = random_network(16, 0.2, seed)
    net = net.largest_component()
    interval = centrality.rank_intervals(net)
    for measure in (centrality.degree, centrality.closeness, centrality.eigenvector, centrality.katz):
        rank = measure(net).round(9).rank(ascending=False, method="min")
        assert (rank >= interval["best"]).all(), measure.__name__
        assert (rank <= interval["worst"]).all(), measure.__name__


def test_a_star_and_a_ring_have_the_narrowest_and_the_widest_intervals() -> None:
    star = Network.from_edges([("hub", i) for i in range(3000)])
    assert centrality.rank_intervals(star).loc["hub"].tolist() == [1, 1, 0, 3000, 0]
    assert (centrality.rank_intervals(star).drop("hub")[["best", "worst", "alike"]] == [2, 2, 2999]).all(axis=None)
    ring = Network.from_edges([(i, (i + 1) % 6) for i in range(6)])
    assert (centrality.rank_intervals(ring)[["best", "worst"]] == [1, 6]).all(axis=None)
    alone = centrality.rank_intervals(Network.from_edges([], firms=["A", "B"]))
    assert (alone[["best", "worst", "alike"]] == [1, 1, 1]).all(axis=None)
    assert len(centrality.rank_intervals(Network.from_edges([]))) == 0


def test_ranks_over_draws() -> None:
    rng = np.random.default_rng(1)
    draws = pd.DataFrame(rng.normal([3.0, 2.0, 0.0], 0.5, (400, 3)), columns=["A", "B", "C"])
    draws["D"] = np.nan
    draws.loc[:9, "C"] = np.nan
    got = centrality.draw_rank_intervals(draws, level=0.9)
    ranks = draws.rank(axis=1, ascending=False)
    assert got["n_draws"].to_dict() == {"A": 400, "B": 400, "C": 390, "D": 0}
    assert got["median"].dropna().to_dict() == {"A": 1.0, "B": 2.0, "C": 3.0}
    for firm in "ABC":
        inside = ranks[firm].dropna().between(got.loc[firm, "best"], got.loc[firm, "worst"]).mean()
        assert inside >= 0.9
    assert centrality.draw_rank_intervals(draws, level=1.0).loc["A", "worst"] == ranks["A"].max()
    assert got.loc["D", ["best", "median", "worst"]].isna().all()
    assert centrality.draw_rank_intervals(draws.iloc[:0])["n_draws"].eq(0).all()
    tied = centrality.draw_rank_intervals(pd.DataFrame({"A": [1], "B": [1], "C": [0]}))
    assert tied["best"].tolist() == [1.0, 1.0, 3.0]
    with pytest.raises(OptionError, match="level is 0"):
        centrality.draw_rank_intervals(draws, level=0)
    with pytest.raises(OptionError, match="two columns"):
        centrality.draw_rank_intervals(draws.rename(columns={"B": "A"}))


def test_denominators_of_a_directed_star() -> None:
    star = Network.from_edges([(0, i) for i in range(1, 6)], directed=True)
    assert centrality.centralization(star, direction="out", denominator="freeman") == pytest.approx(25 / 20)
    for measure in ("harmonic", "reach"):
        assert centrality.centralization(star, measure=measure, direction="out") == pytest.approx(1.0)
    assert centrality.centralization(star, measure="harmonic", direction="out", denominator="freeman") == 2.5


def weighted(scale: float = 1.0, *, directed: bool = False, n: int = 24, m: int = 50) -> Network:
    rng = np.random.default_rng(3)
    pairs = sorted({(int(min(a, b)), int(max(a, b))) for a, b in rng.integers(0, n, (m, 2)) if a != b})
    strengths = rng.exponential(size=len(pairs))
    edges = [(a, b, float(w) * scale) for (a, b), w in zip(pairs, strengths, strict=True)]
    edges += [(b, a, float(w) * scale) for (a, b), w in zip(pairs[::3], strengths, strict=False)]
    return Network.from_edges(edges, firms=range(n), directed=directed)


@pytest.mark.parametrize("scale", [1e-30, 1e-12, 1e12, 1e30])
@pytest.mark.parametrize("directed", [False, True])
def test_the_unit_of_strength_changes_no_ranking(scale: float, directed: bool) -> None:  # noqa: FBT001
    one, other = weighted(directed=directed), weighted(scale, directed=directed)
    for name in ("betweenness", "eigenvector", "pagerank", "katz", "bonacich_power", "hubs", "trophic_level"):
        measure = getattr(centrality, name)
        assert measure(other, weights="strength").to_numpy() == pytest.approx(
            measure(one, weights="strength").to_numpy(), rel=1e-6, abs=1e-9, nan_ok=True
        ), name
    for name in ("closeness", "harmonic", "information"):
        measure = getattr(centrality, name)
        assert measure(other, weights="strength").to_numpy() / scale == pytest.approx(
            measure(one, weights="strength").to_numpy(), rel=1e-9, nan_ok=True
        ), name
    ties_of = [centrality.tie_betweenness(net, weights="strength")["betweenness"].to_numpy() for net in (one, other)]
    assert ties_of[0] == pytest.approx(ties_of[1])
    through = [centrality.group_betweenness(net, [0, 1, 2], weights="strength") for net in (one, other)]
    assert through[0] == pytest.approx(through[1])


def test_the_unit_of_strength_does_not_stop_large_eigenproblems_early() -> None:
    one, other = (weighted(scale, directed=True, n=150, m=600) for scale in (1.0, 1e-30))
    for kind in ("in", "all"):
        found = [centrality.eigenvector(net, direction=kind, weights="strength") for net in (one, other)]
        assert found[0].to_numpy() == pytest.approx(found[1].to_numpy(), abs=1e-9)


@pytest.mark.parametrize("n", [3, 4, 6, 7, 66])
def test_at_one_over_the_largest_eigenvalue_walks_never_die_out(n: int) -> None:
    full = Network.from_edges(list(itertools.combinations(range(n), 2)))
    with pytest.raises(OptionError, match="must lie within"):
        centrality.katz(full, alpha=1 / (n - 1))
    with pytest.raises(OptionError, match="must lie within"):
        centrality.bonacich_power(full, beta=-1 / (n - 1))
    assert centrality.katz(full, alpha=0.99 / (n - 1)).to_numpy() == pytest.approx(np.full(n, 100.0))


def test_walks_of_one_component_do_not_cut_short_those_of_another() -> None:
    heavy = [(f"x{i}", f"x{i + 1}", 1e6) for i in range(5)]
    light = [(f"y{i}", f"y{i + 1}", 1.0) for i in range(20)]
    net = Network.from_edges(heavy + light, directed=True)
    assert centrality.katz(net, alpha=1.0, weights="strength")["y20"] == 21.0


def test_eigenvector_of_a_long_directed_ring_with_a_short_cut() -> None:
    n = 500
    ring = Network.from_edges([(i, (i + 1) % n) for i in range(n)] + [(0, n // 2)], directed=True)
    status = centrality.eigenvector(ring, direction="in").to_numpy()
    growth = (ring.simple().csr().T @ status) / status
    assert np.ptp(growth) < 1e-10
    # A turn takes n steps or n/2 + 1, so that the largest eigenvalue solves x^-n + x^-(n/2 + 1) = 1.
    assert growth[0] ** -n + growth[0] ** -(n // 2 + 1) == pytest.approx(1.0)


def test_hubs_of_a_long_chain_are_a_wave() -> None:
    n = 2000
    pairs = [(f"a{i}", f"b{i}") for i in range(n)] + [(f"a{i + 1}", f"b{i}") for i in range(n - 1)]
    found = centrality.hubs(Network.from_edges(pairs, directed=True))
    wave = np.sin(np.pi * (2 * np.arange(n) + 1) / (2 * n + 1))
    assert found[[f"a{i}" for i in range(n)]].to_numpy() == pytest.approx(wave / wave.max(), abs=1e-6)


def test_current_is_refused_before_rounding_decides() -> None:
    def triangles(link: float) -> Network:
        sides = [("a", "b", 1.0), ("b", "c", 1.0), ("a", "c", 1.0), ("d", "e", 1.0), ("e", "f", 1.0), ("d", "f", 1.0)]
        return Network.from_edges([*sides, ("c", "d", link)])

    # Two steps within a triangle make 4/3, and 6 firms see the link three times.
    resistance = 4 / 3 + 3 * (2 / 3 + 1e9 + 0) + 2 * 2 / 3
    got = centrality.information(triangles(1e-9), weights="strength", variant="current_flow")["a"]
    assert got == pytest.approx(1 / resistance, rel=1e-5)
    for measure in (centrality.information, centrality.current_flow_betweenness):
        with pytest.raises(NetworkError, match="orders of magnitude"):
            measure(triangles(1e-14), weights="strength")


def test_no_current_flows_through_a_firm_with_one_partner() -> None:
    for seed in range(12):
        graph = nx.gnm_random_graph(30, 40, seed=seed)
        net = Network.from_edges(list(graph.edges), firms=range(30))
        leaves = (centrality.degree(net) == 1).to_numpy()
        assert (centrality.current_flow_betweenness(net, scale="raw").to_numpy()[leaves] == 0).all()


def test_rounding_makes_no_rank() -> None:
    # .1 + .2 from two layers is .3 in one record of the other firm.
    parts = [("a", "h", 0.1), ("a", "h", 0.2), ("b", "h", 0.3), ("h", "z", 1.0)]
    got = centrality.rank_intervals(Network.from_edges(parts), weights="strength")
    assert got.loc["a", ["best", "worst", "alike"]].tolist() == got.loc["b", ["best", "worst", "alike"]].tolist()
    assert got.loc["a", "alike"] == 1
    draws = pd.DataFrame({"a": [0.1 + 0.2], "b": [0.3], "c": [0.2]})
    assert centrality.draw_rank_intervals(draws)["best"].tolist() == [1.0, 1.0, 3.0]


def test_options_that_are_no_numbers_are_refused_plainly() -> None:
    net = Network.from_edges([("a", "b")])
    for call in (
        lambda: centrality.katz(net, alpha="0.1"),  # type: ignore[arg-type]
        lambda: centrality.bonacich_power(net, beta="0.1"),  # type: ignore[arg-type]
        lambda: centrality.pagerank(net, damping="0.1"),  # type: ignore[arg-type]
        lambda: centrality.draw_rank_intervals(pd.DataFrame({"a": [1]}), level="0.9"),  # type: ignore[arg-type]
    ):
        with pytest.raises(OptionError, match="give a number"):
            call()
    with pytest.raises(OptionError, match="no number"):
        centrality.draw_rank_intervals(pd.DataFrame({"a": ["x"]}))
    with pytest.raises(OptionError, match="DataFrame"):
        centrality.draw_rank_intervals([[1, 2]])  # type: ignore[arg-type]
