"""Cohesion: what the definitions say at the edges. Agreement with other software is in test_reference.py."""

from __future__ import annotations

import itertools
import math
import random

import igraph
import networkx as nx
import numpy as np
import pandas as pd
import pytest

from clusternet import Network, cohesion
from clusternet.errors import NetworkError, OptionError
from clusternet.network._rewiring import memberships, rewired
from reference import florentine, karate, knoke, ties


def triangles() -> Network:
    """Two triangles joined by one tie, and an isolate."""
    return ties("A-B B-C A-C C-D D-E E-F D-F", firms="A B C D E F G")


# ── density, dyads, triads ──


def test_density_counts_what_is_possible() -> None:
    assert cohesion.density(ties("A-B B-C A-C")) == 1.0
    assert cohesion.density(ties("A-B B-C", directed=True)) == 2 / 6
    assert cohesion.density(ties("A-B B-C", directed=True), direction="all") == 2 / 3
    assert math.isnan(cohesion.density(Network.from_edges([], firms=["A"])))
    modes = {"a": "firm", "b": "firm", "x": "deal", "y": "deal", "z": "deal"}
    assert cohesion.density(ties("a-x a-y b-x", modes=modes)) == 3 / 6
    assert cohesion.density(ties("a-x a-y b-x", modes=modes, directed=True)) == 3 / 12


def test_reciprocity_of_what_has_no_direction_is_undefined() -> None:
    assert math.isnan(cohesion.reciprocity(ties("A-B B-C")))
    assert math.isnan(cohesion.reciprocity(Network.from_edges([], firms=["A", "B"], directed=True)))
    assert cohesion.reciprocity(ties("A-B B-A", directed=True)) == 1.0
    assert math.isnan(cohesion.reciprocity(ties("A-B B-A", directed=True), variant="rho"))
    with pytest.raises(OptionError, match="arcs"):
        cohesion.reciprocity(knoke(), variant="rho", weights="strength")


def test_rho_is_zero_at_chance() -> None:
    rng = np.random.default_rng(5)
    values = []
    for _ in range(25):
        arcs = [(i, j) for i, j in itertools.permutations(range(30), 2) if rng.random() < 0.2]
        values.append(cohesion.reciprocity(Network.from_edges(arcs, firms=range(30), directed=True), variant="rho"))
    assert abs(np.mean(values)) < 4 * np.std(values) / np.sqrt(25)
    assert np.mean(values) != 0


def test_censuses_count_all_pairs_and_triples() -> None:
    graph = nx.gnp_random_graph(25, 0.15, seed=3, directed=True)
    net = Network.from_edges(list(graph.edges), firms=range(25), directed=True)
    dyads, triads = cohesion.dyad_census(net), cohesion.triad_census(net)
    assert dyads.sum() == 25 * 24 / 2
    assert 2 * dyads["mutual"] + dyads["asymmetric"] == graph.number_of_edges()
    assert triads.to_dict() == nx.triadic_census(graph)
    assert cohesion.triad_census(Network.from_edges([("A", "B")])).sum() == 0
    assert cohesion.dyad_census(ties("A-B B-C")).to_dict() == {"mutual": 2, "asymmetric": 0, "null": 1}


# ── closure ──


def test_clustering_leaves_out_or_zeroes_firms_with_one_partner() -> None:
    net = florentine()
    assert cohesion.average_clustering(net) == pytest.approx(0.218182, abs=1e-6)  # traps.json T7
    assert cohesion.average_clustering(net, undefined="zero") == pytest.approx(0.15)
    assert math.isnan(cohesion.average_clustering(ties("A-B")))
    assert cohesion.average_clustering(ties("A-B"), undefined="zero") == 0.0
    assert math.isnan(cohesion.transitivity(ties("A-B")))
    assert cohesion.transitivity(ties("A-B B-C")) == 0.0


def test_directed_closure_follows_direction() -> None:
    cycle, shortcut = ties("A-B B-C C-A", directed=True), ties("A-B B-C A-C", directed=True)
    assert cohesion.transitivity(cycle, direction="keep") == 0.0
    assert cohesion.transitivity(shortcut, direction="keep") == 1.0
    assert cohesion.transitivity(cycle) == cohesion.transitivity(shortcut) == 1.0
    assert cohesion.local_clustering(cycle, direction="keep").tolist() == [0.5, 0.5, 0.5]
    with pytest.raises(OptionError, match="barrat"):
        cohesion.local_clustering(cycle, direction="keep", weights="strength", formula="barrat")


def test_equal_strengths_make_all_clusterings_agree() -> None:
    plain = cohesion.local_clustering(karate())
    for formula in ("onnela", "barrat"):
        weighted = cohesion.local_clustering(karate(), weights="strength", formula=formula)
        assert weighted.to_numpy() == pytest.approx(plain.to_numpy(), nan_ok=True)


# ── components and cores ──


def test_components_are_numbered_by_size_then_by_first_firm() -> None:
    net = ties("D-E A-B B-C F-G", firms="Z D A")
    assert cohesion.components(net).to_dict() == {"Z": 3, "D": 1, "A": 0, "E": 1, "B": 0, "C": 0, "F": 2, "G": 2}
    assert cohesion.n_components(net) == 4.0
    assert cohesion.giant_share(net) == 3 / 8
    assert (cohesion.components(net) == 0).sum() == net.largest_component().n_firms
    assert cohesion.components(ties("A-B B-A B-C", directed=True), connection="strong").tolist() == [0, 0, 1]
    assert cohesion.components(Network.from_edges([])).tolist() == []


def test_cut_firms_and_bridges_do_cut() -> None:
    rng = random.Random(4)
    for _ in range(8):
        edges = [pair for pair in itertools.combinations(range(12), 2) if rng.random() < 0.16]
        net = Network.from_edges(edges, firms=range(12))
        parts = cohesion.n_components(net)
        cutting = [
            firm for firm in range(12) if cohesion.n_components(net.without([firm])) > parts - (firm in net.isolates)
        ]
        assert cohesion.articulation_firms(net).tolist() == cutting
        found = {frozenset(pair) for pair in cohesion.bridges(net)[["source", "target"]].itertuples(index=False)}
        for edge in edges:
            rest = Network.from_edges([other for other in edges if other != edge], firms=range(12))
            assert (frozenset(edge) in found) == (cohesion.n_components(rest) > parts)


def test_bridge_to_nobody() -> None:
    net = ties("A-B B-C A-C")
    assert len(cohesion.bridges(net)) == 0
    assert list(cohesion.bridges(net).columns) == ["source", "target"]
    assert len(cohesion.articulation_firms(net)) == 0


def test_coreness_keeps_its_promise() -> None:
    net = karate()
    core = cohesion.k_coreness(net)
    assert core.max() == 4.0
    for k in range(1, 5):
        inside = net.subset(core.index[core >= k])
        assert (inside.adjacency.astype(bool).sum(axis=0) >= k).all()


def test_parallel_ties_are_no_way_round() -> None:
    table = pd.DataFrame({"source": ["A", "A"], "target": ["B", "B"], "layer": ["alliance", "supply"]})
    net = Network.from_edges(table)
    assert len(cohesion.bridges(net)) == 1
    assert cohesion.k_coreness(net).tolist() == [1.0, 1.0]


# ── distances ──


def test_distances_leave_out_or_zero_what_is_out_of_reach() -> None:
    net = ties("A-B B-C", firms="A B C D")
    assert cohesion.mean_distance(net) == pytest.approx(4 / 3)
    assert cohesion.global_efficiency(net) == pytest.approx((1 + 1 + 0.5) * 2 / 12)
    assert math.isnan(cohesion.mean_distance(Network.from_edges([], firms=["A", "B"])))
    assert cohesion.global_efficiency(Network.from_edges([], firms=["A", "B"])) == 0.0
    arrow = ties("A-B B-C", directed=True)
    assert cohesion.mean_distance(arrow) == pytest.approx(4 / 3)
    assert cohesion.global_efficiency(arrow) == pytest.approx(2.5 / 6)
    assert cohesion.global_efficiency(arrow, direction="all") == pytest.approx(5 / 6)


# ── communities and groups ──


def test_communities_of_two_triangles() -> None:
    found = cohesion.communities(triangles(), seed=3)
    assert found.membership.tolist()[:6] == [0, 0, 0, 1, 1, 1]
    assert math.isnan(found.membership["G"])
    assert found.n_communities == 2
    assert found.modularity == pytest.approx(5 / 14)
    assert found.stability == 1.0
    assert found.runs.shape == (7, 20)
    frame = found.to_frame()
    assert frame.loc["A":"F", "togetherness"].tolist() == [1.0] * 6
    assert math.isnan(frame.loc["G", "togetherness"])
    assert repr(found) == "<Communities: 2 communities, modularity 0.357, stability 1.000 over 20 runs>"
    assert "<table" in found._repr_html_()
    assert cohesion.modularity(triangles(), found.membership) == pytest.approx(found.modularity)


def test_communities_repeat_with_the_seed_and_leave_igraph_alone() -> None:
    graph = nx.connected_caveman_graph(6, 5)
    graph.add_edges_from(nx.gnp_random_graph(30, 0.12, seed=2).edges)
    net = Network.from_edges(list(graph.edges), firms=range(30))
    one, two = (cohesion.communities(net, runs=12, seed=8) for _ in range(2))
    assert one.runs.equals(two.runs)
    assert one.stability == two.stability
    fresh = cohesion.communities(net, runs=12)
    again = cohesion.communities(net, runs=12, seed=fresh.settings.seed)
    assert fresh.runs.equals(again.runs)
    random.seed(5)
    first = igraph.Graph.Erdos_Renyi(30, 0.2).get_edgelist()
    random.seed(5)
    cohesion.communities(net, runs=2, seed=1)
    assert igraph.Graph.Erdos_Renyi(30, 0.2).get_edgelist() == first
    random.seed(5)
    assert random.random() == pytest.approx(0.6229016948897019)


def test_the_best_run_is_kept() -> None:
    graph = nx.gnp_random_graph(80, 0.06, seed=5)
    net = Network.from_edges(list(graph.edges), firms=range(80))
    found = cohesion.communities(net, runs=15, seed=2)
    scores = [cohesion.modularity(net, found.runs[run]) for run in found.runs]
    assert found.modularity == pytest.approx(max(scores))
    assert len({round(score, 9) for score in scores}) > 1  # a network without communities: runs disagree
    assert found.membership.equals(found.runs[found.settings.parameters["best_run"]].rename("community"))
    assert found.stability < 0.9
    lists = [found.runs[run].dropna().astype(int).tolist() for run in found.runs]
    agreements = [
        igraph.compare_communities(one, other, "adjusted_rand") for one, other in itertools.combinations(lists, 2)
    ]
    assert found.stability == pytest.approx(np.mean(agreements))
    assert found.membership.value_counts().sort_index().is_monotonic_decreasing


def test_planted_communities_are_found() -> None:
    graph = nx.planted_partition_graph(4, 20, 0.5, 0.02, seed=6)
    net = Network.from_edges(list(graph.edges), firms=range(80))
    found = cohesion.communities(net, seed=1)
    assert found.n_communities == 4
    assert all(len(set(found.membership[20 * k : 20 * k + 20])) == 1 for k in range(4))
    assert found.stability > 0.99
    assert cohesion.communities(net, resolution=0.05, seed=1).n_communities < 4
    assert cohesion.communities(net, resolution=8.0, seed=1).n_communities > 4


@pytest.mark.parametrize(
    ("edges", "resolution"),
    [
        # igraph moves firms round in a circle for ever in the first two where gains carry rounding errors.
        ([(0, 3, 4.406527357883247e-08), (1, 2, 0.04089979051685207), (1, 3, 248093.87020377375)], 2.0),
        ([(0, 1), (0, 2), (0, 10), (1, 4), (2, 3), (2, 5), (2, 6), (2, 8), (2, 10), (2, 13), (3, 12), (4, 7), (4, 8),
          (4, 9), (4, 10), (5, 6), (5, 7), (5, 8), (5, 12), (5, 13), (6, 9), (6, 10), (6, 13), (7, 13), (8, 9), (8, 13),
          (9, 10), (11, 12), (12, 13)], 2 * 29 / 35),
        ([(*pair, math.sqrt(2 + sum(pair))) for pair in itertools.combinations(range(30), 2)], 1.0),
        ([(0, 1, 1e-300), (1, 2, 1e300), (2, 3, 1.0)], 1e-9),
        ([(0, 1, 1.0), (1, 2, 2.0), (2, 3, 3.0)], 1e9),
    ],
)  # fmt: skip
def test_leiden_always_ends_because_its_gains_are_exact(
    monkeypatch: pytest.MonkeyPatch, edges: list[tuple[float, ...]], resolution: float
) -> None:
    search = igraph.Graph.community_leiden

    def checked(graph: igraph.Graph, **options: object) -> igraph.VertexClustering:
        assert options["objective_function"] == "CPM"
        assert options["resolution"] == 1.0
        loads, weights = np.array(options["node_weights"]), np.array(options["weights"])
        assert (loads % 1 == 0).all()
        assert (weights % 1 == 0).all()
        assert weights.min() >= 1
        assert max(weights.sum(), loads.sum() ** 2 / 4) < 2**53
        return search(graph, **options)

    monkeypatch.setattr(igraph.Graph, "community_leiden", checked)
    net = Network.from_edges(edges)
    for weights in ("ignore", "strength"):
        found = cohesion.communities(net, weights=weights, resolution=resolution, runs=5, seed=1, keep="consensus")
        assert found.modularity == pytest.approx(
            cohesion.modularity(net, found.membership, weights=weights, resolution=resolution)
        )


def test_communities_of_next_to_nothing() -> None:
    for net in (Network.from_edges([]), Network.from_edges([], firms=["A", "B"])):
        found = cohesion.communities(net, seed=1)
        assert found.n_communities == 0
        assert math.isnan(found.modularity)
        assert math.isnan(found.stability)
        assert found.membership.isna().all()
        assert len(found.to_frame()) == len(net)
    assert math.isnan(cohesion.communities(triangles(), runs=1, seed=1).stability)
    for wrong in ({"runs": 0}, {"runs": 2.5}, {"resolution": 0.0}, {"resolution": math.nan}, {"seed": -1}):
        with pytest.raises(OptionError, match=next(iter(wrong))):
            cohesion.communities(triangles(), **wrong)


def test_modularity_of_one_group_is_zero_and_of_any_is_that_of_networkx() -> None:
    net = karate()
    assert cohesion.modularity(net, [0] * 34) == pytest.approx(0.0)
    groups = [firm % 4 for firm in range(34)]
    blocks = [{firm for firm in range(34) if firm % 4 == k} for k in range(4)]
    for resolution in (0.5, 1.0, 2.0):
        wanted = nx.community.modularity(nx.karate_club_graph(), blocks, weight=None, resolution=resolution)
        assert cohesion.modularity(net, groups, resolution=resolution) == pytest.approx(wanted)
    assert math.isnan(cohesion.modularity(Network.from_edges([], firms=["A"]), ["x"]))


def test_groups_come_as_column_series_or_list() -> None:
    firms = pd.DataFrame({"sector": ["x", "x", "y"]}, index=[*"ABC"])
    net = Network.from_edges([("A", "B", 3.0), ("B", "C", 1.0)], firms=firms)
    for groups in ("sector", pd.Series({"C": 9, "A": 7, "B": 7}), ("x", "x", "y"), np.array([0, 0, 1])):
        assert cohesion.ei_index(net, groups) == 0.0
        assert cohesion.ei_index(net, groups, weights="strength") == -0.5
        assert cohesion.firm_ei_index(net, groups).tolist() == [-1.0, 0.0, 1.0]
    with pytest.raises(OptionError, match=r"no column 'secter'; it has 'sector'.* Did you mean 'sector'"):
        cohesion.ei_index(net, "secter")
    with pytest.raises(OptionError, match="2 values were given for 3 firms"):
        cohesion.ei_index(net, ["x", "y"])
    with pytest.raises(OptionError, match="more than once: 'A'"):
        cohesion.ei_index(net, pd.Series(["x", "y", "y"], index=["A", "A", "B"]))


def test_firms_without_a_group_leave_with_their_ties() -> None:
    net = ties("A-B B-C C-D D-A", firms="A B C D")
    known = pd.Series({"A": "x", "B": "x", "C": "y"})  # D has none
    inner = net.without(["D"])
    assert cohesion.ei_index(net, known) == cohesion.ei_index(inner, known) == 0.0
    assert cohesion.modularity(net, known) == pytest.approx(cohesion.modularity(inner, known))
    assert cohesion.nominal_assortativity(net, known) == pytest.approx(cohesion.nominal_assortativity(inner, known))
    assert math.isnan(cohesion.firm_ei_index(net, known)["D"])
    assert cohesion.firm_ei_index(net, known)["A"] == -1.0
    sizes = pd.Series({"A": 1.0, "B": 5.0, "C": 2.0})
    assert cohesion.numeric_assortativity(net, sizes) == pytest.approx(cohesion.numeric_assortativity(inner, sizes))


def test_ei_index_runs_from_minus_one_to_one() -> None:
    net = ties("A-B C-D")
    assert cohesion.ei_index(net, ["x", "x", "y", "y"]) == -1.0
    assert cohesion.ei_index(net, ["x", "y", "x", "y"]) == 1.0
    assert math.isnan(cohesion.ei_index(Network.from_edges([], firms=["A"]), ["x"]))
    arrows = ties("A-B B-A B-C", directed=True)
    assert cohesion.ei_index(arrows, ["x", "x", "y"]) == pytest.approx(-1 / 3)
    assert cohesion.ei_index(arrows, ["x", "x", "y"], direction="all") == 0.0


def test_assortativity_without_variation_is_undefined() -> None:
    net = ties("A-B C-D")
    assert math.isnan(cohesion.nominal_assortativity(net, ["x"] * 4))
    assert math.isnan(cohesion.numeric_assortativity(net, [2.0] * 4))
    assert math.isnan(cohesion.degree_assortativity(net))
    assert math.isnan(cohesion.degree_assortativity(Network.from_edges([], firms=["A"])))
    assert cohesion.nominal_assortativity(net, [*"xyxy"]) == -1.0
    with pytest.raises(OptionError, match="nominal_assortativity"):
        cohesion.numeric_assortativity(net, [*"xyxy"])


def test_degree_assortativity_with_strength_correlates_strengths() -> None:
    net = ties("A-B:5 B-C:1 C-D:2 D-A:1 A-C:3")
    strength = net.adjacency.sum(axis=0)
    assert cohesion.degree_assortativity(net, weights="strength") == pytest.approx(
        cohesion.numeric_assortativity(net, strength)
    )


# ── structural cohesion ──


def parts(net: Network) -> dict[int, list[tuple[int, ...]]]:
    """The k-components of a network of numbered firms, by k."""
    found = cohesion.k_components(net).groupby(["k", "component"])["firm"].agg(tuple)
    levels: dict[int, list[tuple[int, ...]]] = {}
    for (k, _), firms in found.items():
        levels.setdefault(k, []).append(firms)
    return {k: sorted(level) for k, level in levels.items()}


def every_part(n: int, edges: list[tuple[int, int]]) -> dict[int, list[tuple[int, ...]]]:
    """The k-components by definition: the connectivity of every subset of at most eight firms."""
    near = [sum(1 << other for pair in edges if firm in pair for other in pair if other != firm) for firm in range(n)]

    def connected(members: int) -> bool:
        seen = front = members & -members
        while front:
            reached = 0
            for firm in range(n):
                if front >> firm & 1:
                    reached |= near[firm]
            front = reached & members & ~seen
            seen |= front
        return seen == members

    connectivity = {0: 0}
    for members in sorted(range(1, 1 << n), key=int.bit_count):
        size = members.bit_count()
        # Whoever leaves lowers the connectivity by at most one, and a member of a smallest cut does.
        rest = [connectivity[members & ~(1 << firm)] for firm in range(n) if members >> firm & 1]
        connectivity[members] = min(size - 1, min(rest) + 1) if size > 1 and connected(members) else 0
    levels = {}
    for k in range(1, max(connectivity.values()) + 1):
        strong = [members for members, value in connectivity.items() if value >= k and members.bit_count() > k]
        largest = [one for one in strong if not any(one != other and one & other == one for other in strong)]
        levels[k] = sorted(tuple(firm for firm in range(n) if one >> firm & 1) for one in largest)
    return levels


def check_all_parts(seed: int, count: int) -> None:
    rng = random.Random(seed)
    for _ in range(count):
        n, chance = rng.randint(1, 8), rng.choice([0.3, 0.45, 0.6, 0.75, 0.9])
        edges = [pair for pair in itertools.combinations(range(n), 2) if rng.random() < chance]
        assert parts(Network.from_edges(edges, firms=range(n))) == every_part(n, edges), edges


@pytest.mark.slow
def test_k_components_are_those_of_the_definition() -> None:
    check_all_parts(1, 200)


@pytest.mark.slow
def test_k_components_are_those_of_the_definition_on_two_thousand_networks() -> None:
    check_all_parts(2, 2000)


@pytest.mark.slow
def test_no_piece_of_a_large_network_is_missed_or_too_weak() -> None:
    graph = nx.disjoint_union(nx.powerlaw_cluster_graph(60, 4, 0.6, seed=3), nx.random_geometric_graph(50, 0.3, seed=2))
    graph.add_edges_from([(0, 60), (1, 61), (2, 62)])
    net = Network.from_edges(list(graph.edges), firms=range(110))
    levels = parts(net)
    assert max(levels) >= 6
    engine = net.igraph
    for k, level in levels.items():
        for part in level:
            assert engine.induced_subgraph(part).vertex_connectivity() >= k
        for one, other in itertools.combinations(level, 2):
            assert len(set(one) & set(other)) < k
        if k > 1:
            assert all(any(set(part) <= set(around) for around in levels[k - 1]) for part in level)
    for k in (2, 3):  # nobody else could join
        for part in levels[k]:
            for firm in set(range(110)) - set(part):
                assert engine.induced_subgraph([*part, firm]).vertex_connectivity() < k
    assert (cohesion.structural_cohesion(net) <= cohesion.k_coreness(net)).all()


def test_level_two_are_the_bicomponents() -> None:
    graph = nx.gnp_random_graph(60, 0.05, seed=4)
    net = Network.from_edges(list(graph.edges), firms=range(60))
    wanted = sorted(tuple(sorted(part)) for part in nx.biconnected_components(graph) if len(part) > 2)
    assert parts(net)[2] == wanted
    twos = cohesion.bicomponents(net)
    assert sorted(twos.groupby("component")["firm"].agg(tuple)) == sorted(
        tuple(sorted(part)) for part in nx.biconnected_components(graph)
    )
    assert twos.groupby("component").size().is_monotonic_decreasing
    shared = twos["firm"].value_counts()
    assert sorted(shared.index[shared > 1]) == sorted(cohesion.articulation_firms(net))


# Six firms: the cycle 0 1 2 3 with a pendant at 0 and one at 2.
PENDANTS = [(0, 1), (1, 2), (2, 3), (3, 0), (0, 4), (2, 5)]
# A complete group of four, 0 1 2 5, and two firms with two partners in it each.
FOUR_OF_SIX = [(0, 1), (0, 2), (0, 4), (0, 5), (1, 2), (1, 3), (1, 5), (2, 3), (2, 5), (4, 5)]


def test_the_cycle_that_igraph_misses() -> None:
    """cohesive_blocks of igraph returns the whole only; the four firms of the cycle hang together twofold."""
    assert parts(Network.from_edges(PENDANTS)) == {1: [(0, 1, 2, 3, 4, 5)], 2: [(0, 1, 2, 3)]}
    assert every_part(6, PENDANTS)[2] == [(0, 1, 2, 3)]


def test_the_group_that_networkx_misses() -> None:
    """k_components of networkx 3.6 finds no 3-component, though four firms are all tied to each other."""
    assert parts(Network.from_edges(FOUR_OF_SIX, firms=range(6)))[3] == [(0, 1, 2, 5)]
    assert every_part(6, FOUR_OF_SIX)[3] == [(0, 1, 2, 5)]


MOODY_WHITE = """
1-2 1-3 1-4 1-5 1-6 2-3 2-4 2-5 2-7 3-4 3-6 3-7 4-5 4-6 4-7 5-6 5-7 5-21 6-7 7-8 7-11 7-14 7-19 8-9 8-11 8-14 9-10
10-12 10-13 11-12 11-14 12-16 13-16 14-15 15-16 17-18 17-19 17-20 18-20 18-21 19-20 19-22 19-23 20-21 21-22 21-23
22-23
"""


def test_moody_and_white() -> None:
    """Figure of Moody and White (2003), as in the manual of igraph: blocks of 23, 14, 10, 7 and 4 firms."""
    found = cohesion.cohesive_blocks(ties(MOODY_WHITE))
    assert found.blocks["size"].tolist() == [23, 14, 10, 4, 7]
    assert found.blocks["cohesion"].tolist() == [1, 2, 2, 3, 5]
    assert found.blocks["parent"].tolist() == [pd.NA, 0, 0, 2, 1]
    assert found.to_frame().loc[3, "firms"] == "7; 8; 11; 14"
    assert found.nestedness.equals(cohesion.structural_cohesion(ties(MOODY_WHITE)))
    assert repr(found) == "<CohesiveBlocks: 5 blocks, deepest cohesion 5>"
    assert "<table" in found._repr_html_()


def test_blocks_of_next_to_nothing() -> None:
    nothing = cohesion.cohesive_blocks(Network.from_edges([]))
    assert len(nothing.blocks) == len(nothing.members) == len(nothing.to_frame()) == 0
    assert nothing.summary() == "0 blocks, deepest cohesion 0"
    alone = cohesion.cohesive_blocks(Network.from_edges([], firms=["A", "B"]))
    assert alone.blocks["cohesion"].tolist() == [0]
    assert alone.blocks["size"].tolist() == [2]
    assert cohesion.k_components(Network.from_edges([], firms=["A"])).empty
    assert cohesion.structural_cohesion(Network.from_edges([], firms=["A"])).tolist() == [0.0]


def test_too_large_a_network_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clusternet.cohesion._structural.WORK_LIMIT", 30 * 3)
    graph = nx.random_regular_graph(4, 30, seed=1)
    net = Network.from_edges(list(graph.edges), firms=range(30))
    with pytest.raises(NetworkError, match=r"30 firms are in the 3-core and the deepest core is 4.* k_coreness"):
        cohesion.structural_cohesion(net)
    assert cohesion.structural_cohesion(Network.from_edges(list(nx.cycle_graph(200).edges))).eq(2).all()


def test_connectivity_is_that_of_networkx() -> None:
    rng = random.Random(6)
    for _ in range(40):
        n, chance = rng.randint(2, 14), rng.choice([0.2, 0.4, 0.7, 0.95, 1.0])
        graph = nx.gnp_random_graph(n, chance, seed=rng.randint(0, 9999))
        net = Network.from_edges(list(graph.edges), firms=range(n))
        assert cohesion.vertex_connectivity(net) == nx.node_connectivity(graph)
        assert cohesion.edge_connectivity(net) == nx.edge_connectivity(graph)
    assert math.isnan(cohesion.vertex_connectivity(Network.from_edges([], firms=["A"])))
    assert math.isnan(cohesion.edge_connectivity(Network.from_edges([], firms=["A"])))


def test_trusses_are_those_of_networkx() -> None:
    for seed in range(4):
        graph = nx.powerlaw_cluster_graph(40, 5, 0.7, seed=seed)
        graph.remove_edges_from([(a, b) for a, b in graph.edges if 7 in (a, b)])
        depth = cohesion.k_truss(Network.from_edges(list(graph.edges), firms=range(40)))
        assert depth[7] == 0
        for k in range(2, int(depth.max()) + 2):
            assert set(depth.index[depth >= k]) == set(nx.k_truss(graph, k))


# ── two-mode closure and small worlds ──


def davis() -> Network:
    """Davis, Gardner and Gardner (1941): eighteen women (mode 0) at fourteen events (mode 1), 89 attendances."""
    return Network.from_networkx(nx.davis_southern_women_graph())


def slow_two_mode_clustering(graph: nx.Graph, women: set[str]) -> dict[str, tuple[int, int]]:
    """Four-paths and closed ones around every woman, one by one."""
    counts = {}
    for b in women:
        total = closed = 0
        for x, y in itertools.permutations(graph[b], 2):
            for a, c in itertools.product(set(graph[x]) - {b}, set(graph[y]) - {b}):
                if a != c:
                    total += 1
                    closed += bool((set(graph[a]) & set(graph[c])) - {x, y})
        counts[b] = (closed, total)
    return counts


def test_two_mode_clustering_counts_four_paths() -> None:
    graph = nx.davis_southern_women_graph()
    women = {name for name, mode in graph.nodes(data="bipartite") if mode == 0}
    counts = slow_two_mode_clustering(graph, women)
    local = cohesion.local_two_mode_clustering(davis())
    assert {name: local[name] for name in women} == pytest.approx({n: a / b for n, (a, b) in counts.items()})
    total = [sum(column) for column in zip(*counts.values(), strict=True)]
    assert cohesion.two_mode_clustering(davis(), 0) == pytest.approx(total[0] / total[1])
    assert cohesion.two_mode_clustering(davis(), 0) == pytest.approx(0.7718967999)  # Opsahl 2013
    assert cohesion.two_mode_clustering(davis(), 1) != pytest.approx(0.7718967999)
    random_graph = nx.bipartite.random_graph(12, 9, 0.3, seed=3)
    net = Network.from_networkx(random_graph)
    slow = slow_two_mode_clustering(random_graph, set(range(21)))
    expected = [closed / all_ if all_ else math.nan for _, (closed, all_) in sorted(slow.items())]
    assert cohesion.local_two_mode_clustering(net).tolist() == pytest.approx(expected, nan_ok=True)
    wanted = nx.bipartite.robins_alexander_clustering(random_graph)
    assert cohesion.robins_alexander_clustering(net) == pytest.approx(wanted)


def test_many_partners_are_compared_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = cohesion.local_two_mode_clustering(davis())
    monkeypatch.setattr("clusternet.cohesion._two_mode.ROWS", 5)
    assert cohesion.local_two_mode_clustering(davis()).equals(whole)


def test_two_mode_measures_refuse_what_is_not_two_mode() -> None:
    for call in (
        lambda: cohesion.two_mode_clustering(triangles(), "firm"),
        lambda: cohesion.local_two_mode_clustering(triangles()),
        lambda: cohesion.robins_alexander_clustering(triangles()),
        lambda: cohesion.two_mode_small_world(triangles(), "firm"),
    ):
        with pytest.raises(NetworkError, match="two-mode"):
            call()
    for call in (cohesion.two_mode_clustering, cohesion.two_mode_small_world):
        with pytest.raises(NetworkError, match="no mode 'women'; the modes are 0, 1"):
            call(davis(), "women")


@pytest.mark.slow
def test_the_clustering_of_a_projection_is_that_of_chance() -> None:
    """FINDINGS.md B11: .928 observed, .932 +- .015 by chance; two-mode clustering is below chance, z about -3.9."""
    found = cohesion.two_mode_small_world(davis(), 0, draws=200, seed=3)
    row = found.table.loc["clustering"]
    assert (found.n, found.ties) == (18, 139)
    assert row["observed"] == pytest.approx(0.9284, abs=5e-5)
    assert row["expected"] == pytest.approx(0.932, abs=0.004)
    assert row["sd"] == pytest.approx(0.015, abs=0.003)
    assert min(row["p_more"], row["p_fewer"]) > 0.3
    assert found.sigma == pytest.approx(1.0, abs=0.02)
    net = davis()
    graph = net.simple("undirected")
    drawn = []
    for rows, columns in memberships(graph.source, graph.target, 60, 5):
        made = Network(net.firms, pd.DataFrame({"source": net.firms.index[rows], "target": net.firms.index[columns]}))
        assert made.simple().count.max() == 1
        assert made.is_two_mode
        drawn.append(cohesion.two_mode_clustering(made, 0))
    assert np.mean(drawn) == pytest.approx(0.811, abs=0.005)
    assert (0.7718968 - np.mean(drawn)) / np.std(drawn, ddof=1) == pytest.approx(-3.9, abs=0.8)


def test_no_sigma_of_a_projection_without_the_two_mode_null() -> None:
    with pytest.raises(NetworkError, match=r"is a projection.*two_mode_small_world"):
        cohesion.small_world(davis().project(0))
    with pytest.raises(NetworkError, match="is a projection"):
        cohesion.small_world(davis().project(0).largest_component(), null="random")
    with pytest.raises(NetworkError, match="is two-mode"):
        cohesion.small_world(davis())


@pytest.mark.slow
def test_watts_and_strogatz_found_a_small_world() -> None:
    graph = nx.watts_strogatz_graph(150, 8, 0.05, seed=2)
    net = Network.from_edges(list(graph.edges), firms=range(150))
    found = cohesion.small_world(net, draws=30, seed=1)
    assert found.sigma > 4
    assert found.table.loc["clustering", "p_more"] == 1 / 31
    assert found.table.loc["clustering", "z"] > 20
    assert found.draws.shape == (30, 3)
    assert found.draws.equals(cohesion.small_world(net, draws=30, seed=1).draws)
    closed = cohesion.small_world(net, null="random")
    assert closed.table.loc["clustering", "expected"] == pytest.approx(8 / 149)
    assert closed.draws.empty
    assert closed.table["z"].isna().all()
    assert repr(closed).startswith("<SmallWorld: sigma ")
    chance = nx.gnm_random_graph(150, 600, seed=1)
    assert cohesion.small_world(Network.from_edges(list(chance.edges)), seed=1).sigma == pytest.approx(1, abs=0.25)
    for net in (Network.from_edges([]), Network.from_edges([], firms=["A"])):
        assert math.isnan(cohesion.small_world(net, seed=1).sigma)
        assert math.isnan(cohesion.small_world(net, null="random").sigma)
    with pytest.raises(OptionError, match="draws"):
        cohesion.small_world(triangles(), draws=0)


@pytest.mark.slow
def test_the_formulas_for_memberships_hold_in_large_sparse_ones() -> None:
    """Newman, Strogatz and Watts (2001) against dealt memberships: 3,000 firms, agreements of two to five."""
    rng = np.random.default_rng(1)
    sizes = rng.integers(2, 6, 1800)
    rows = rng.integers(0, 3000, sizes.sum())
    ties_ = pd.DataFrame({"source": rows, "target": 3000 + np.repeat(np.arange(1800), sizes)}).drop_duplicates()
    net = Network(pd.DataFrame({"mode": ["firm"] * 3000 + ["deal"] * 1800}, index=range(4800)), ties_)
    dealt = cohesion.two_mode_small_world(net, "firm", draws=3, seed=1).table["expected"]
    closed = cohesion.two_mode_small_world(net, "firm", null="moments").table["expected"]
    assert closed["clustering"] == pytest.approx(dealt["clustering"], rel=0.04)
    assert closed["distance"] == pytest.approx(dealt["distance"], rel=0.1)


# ── hierarchy ──


def test_pure_hierarchy_and_its_opposite() -> None:
    """Krackhardt (1994): an out-tree has all four conditions, a network of mutual ties has no hierarchy."""
    four = (cohesion.gtd_connectedness, cohesion.gtd_hierarchy, cohesion.gtd_efficiency, cohesion.gtd_lubness)
    tree = ties("A-B A-C B-D B-E C-F", directed=True)
    assert [measure(tree) for measure in four] == [1.0, 1.0, 1.0, 1.0]
    everybody = ties(" ".join(f"{a}-{b}" for a, b in itertools.permutations("ABCD", 2)), directed=True)
    assert [measure(everybody) for measure in four] == [1.0, 0.0, 0.0, 1.0]
    assert cohesion.gtd_efficiency(ties("A-B B-C")) == 1.0
    assert cohesion.gtd_efficiency(ties("A-B B-C A-C")) == 0.0
    for net in (Network.from_edges([]), Network.from_edges([], firms=["A"])):
        assert all(math.isnan(measure(net)) for measure in four)


def test_common_superiors_one_by_one() -> None:
    """Both bounds by their definition, on random networks with cycles and without."""
    rng = random.Random(3)
    for number in range(30):
        n = rng.randint(3, 9)
        arcs = [pair for pair in itertools.permutations(range(n), 2) if rng.random() < rng.choice([0.1, 0.2, 0.3])]
        if number % 2:
            arcs = [(min(pair), max(pair)) for pair in arcs]
        graph = nx.DiGraph(arcs)
        graph.add_nodes_from(range(n))
        reach = {a: nx.descendants(graph, a) | {a} for a in range(n)}
        bad, most = {"least": 0, "greatest": 0}, 0.0
        for part in nx.weakly_connected_components(graph):
            most += (len(part) - 1) * (len(part) - 2) / 2
            for i, j in itertools.combinations(part, 2):
                above = [k for k in part if i in reach[k] and j in reach[k]]
                bad["least"] += not any(all(low in reach[k] for k in above) for low in above)
                bad["greatest"] += not any(all(k in reach[top] for k in above) for top in above)
        net = Network.from_edges(arcs, firms=range(n), directed=True)
        for bound, count in bad.items():
            got = cohesion.gtd_lubness(net, bound=bound) if net.is_directed else math.nan
            assert got == pytest.approx(1 - count / most if most and net.is_directed else math.nan, nan_ok=True)


def test_slopes_are_those_of_least_squares() -> None:
    """Crespo, Suire and Vicente (2014); FINDINGS.md B10: a is about -.62 in Barabasi-Albert networks of 60."""
    slopes = []
    for seed in range(20):
        graph = nx.barabasi_albert_graph(60, 2, seed=seed)
        net = Network.from_edges(list(graph.edges), firms=[*range(60), 99])
        degree = np.sort([d for _, d in graph.degree])[::-1]
        slopes.append(cohesion.hierarchy_slope(net))
        assert slopes[-1] == pytest.approx(np.polyfit(np.log(np.arange(1, 61)), np.log(degree), 1)[0])
        near = nx.average_neighbor_degree(graph)
        b = np.polyfit([graph.degree[v] for v in near], list(near.values()), 1)[0]
        assert cohesion.assortativity_slope(net) == pytest.approx(b)
    assert np.mean(slopes) == pytest.approx(-0.62, abs=0.03)
    ring = ties("A-B B-C C-D D-A")
    assert cohesion.hierarchy_slope(ring) == 0.0
    assert math.isnan(cohesion.assortativity_slope(ring))
    assert math.isnan(cohesion.hierarchy_slope(Network.from_edges([], firms=["A", "B"])))


def test_rich_club_is_read_beside_networks_with_the_same_degrees() -> None:
    graph = nx.barabasi_albert_graph(80, 2, seed=1)
    net = Network.from_edges(list(graph.edges), firms=range(80))
    found = cohesion.rich_club(net, draws=60, seed=4)
    assert found.table.equals(cohesion.rich_club(net, draws=60, seed=4).table)
    assert found.draws.shape == (60, len(found.table))
    assert found.table.loc[0, "ratio"] == pytest.approx(1.0)
    assert found.table["p"].dropna().between(1 / 61, 1).all()
    rich = [firm for firm, degree in graph.degree if degree > 6]
    closed = net.ties[["source", "target"]].itertuples(index=False, name=None)
    tied = Network.from_edges([*closed, *itertools.combinations(rich, 2)], firms=range(80))
    planted = cohesion.rich_club(tied, draws=60, seed=4).table
    assert planted["ratio"].max() > 1.2
    assert planted["p"].min() == 1 / 61
    assert "times, p" in cohesion.rich_club(tied, draws=5, seed=1).summary()
    assert "no draws" in cohesion.rich_club(tied, draws=0).summary()
    assert len(cohesion.rich_club(Network.from_edges([]), draws=2, seed=1).table) == 1
    with pytest.raises(OptionError, match="draws"):
        cohesion.rich_club(net, draws=-1)


def test_rewired_networks_keep_degrees_and_are_drawn_alike() -> None:
    """All 70 labeled networks of degrees 1 1 2 2 2 come up, each about as often (chi-square)."""
    net = ties("A-C C-D D-E E-B")
    degree = np.bincount(net.igraph.get_edgelist() and np.ravel(net.igraph.get_edgelist()))
    seen: dict[bytes, int] = {}
    for source, target in rewired(net, 2000, 7):
        assert (np.bincount(np.concatenate([source, target])) == degree).all()
        pairs_ = np.sort(np.minimum(source, target) * 5 + np.maximum(source, target))
        seen[pairs_.tobytes()] = seen.get(pairs_.tobytes(), 0) + 1
    all_of_them = {
        edges
        for edges in itertools.combinations(itertools.combinations(range(5), 2), 4)
        if (np.bincount(np.ravel(edges), minlength=5) == degree).all()
    }
    assert len(seen) == len(all_of_them)
    counts = np.array(list(seen.values()))
    expected = 2000 / len(counts)
    assert ((counts - expected) ** 2 / expected).sum() < 3 * len(counts)


# ── more on groups and communities ──


def test_group_table_adds_up_to_density() -> None:
    groups = [firm % 3 for firm in range(34)]
    table = cohesion.group_density(karate(), groups)
    assert table["ties"].sum() == 78
    assert table["possible"].sum() == 34 * 33 / 2
    assert len(table) == 6
    halves = ["a"] * 4 + ["b"] * 6
    directed = cohesion.group_density(knoke(), halves)
    assert (directed["ties"].sum(), directed["possible"].sum(), len(directed)) == (49, 90, 4)
    assert directed["ties"].tolist() == cohesion.mixing_matrix(knoke(), halves).to_numpy().ravel().tolist()
    modes = {"a": "firm", "b": "firm", "x": "deal", "y": "deal", "z": "deal"}
    two_mode = cohesion.group_density(ties("a-x a-y b-x", modes=modes), [*"ppqqr"])
    assert two_mode["possible"].tolist() == [0, 4, 2, 0, 0, 0]
    assert two_mode["ties"].tolist() == [0, 3, 0, 0, 0, 0]
    assert cohesion.group_density(Network.from_edges([]), []).empty


def test_layers_have_densities_of_their_own() -> None:
    table = cohesion.layer_density(Network.from_edges([]))
    assert table.empty
    assert list(table.columns) == ["ties", "possible", "density"]
    assert math.isnan(cohesion.layer_density(ties("A-A"))["density"].iloc[0])


def test_segregation_at_the_edges() -> None:
    net = ties("A-B C-D", firms="A B C D E")
    assert cohesion.coleman_index(net, [*"xxyyz"]).isna().tolist() == [False, False, True]
    assert cohesion.coleman_index(net, ["x"] * 5).isna().all()
    assert cohesion.yule_q(net, [*"xxyyz"]) == 1.0
    assert cohesion.yule_q(net, [*"xyxyz"]) == -1.0
    assert math.isnan(cohesion.yule_q(net, ["x"] * 5))
    assert math.isnan(cohesion.yule_q(Network.from_edges([], firms=["A", "B"]), ["x", "y"]))
    assert cohesion.firm_blau_index(net, [*"xxyyz"], variant="iqv").isna().tolist() == [False] * 4 + [True]
    assert cohesion.firm_blau_index(net, ["x"] * 5, variant="iqv").isna().all()
    assert cohesion.firm_blau_index(net, [None, *"xyyz"])["B"] != 0.0  # its only partner has no group


def test_ei_permutations_agree_with_all_deals() -> None:
    net = ties("A-B B-C A-C D-E E-F D-F C-D")
    groups = [*"xxxyyy"]
    every = [cohesion.ei_index(net, deal) for deal in set(itertools.permutations(groups))]
    found = cohesion.test_ei_index(net, groups, draws=3000, seed=2)
    assert found.observed == pytest.approx(-5 / 7)
    assert found.expected == pytest.approx(np.mean(every), abs=0.02)
    assert found.p_fewer == pytest.approx(np.mean(np.array(every) <= found.observed + 1e-12), abs=0.02)
    assert found.draws.equals(cohesion.test_ei_index(net, groups, draws=3000, seed=2).draws)
    assert found.p == pytest.approx(2 * found.p_fewer)
    frame = found.to_frame()
    assert frame.loc["E-I index", "z"] == pytest.approx((found.observed - found.expected) / found.draws.std())
    assert repr(found).startswith("<NullTest: E-I index -0.714, by chance ")
    some = cohesion.test_ei_index(net, pd.Series([*"xxy"], index=[*"ABC"]), draws=50, seed=1)
    assert set(some.draws.round(6)) == {round(1 / 3, 6)}  # three firms in a triangle: always two ties between
    assert math.isnan(some.z)
    assert math.isnan(cohesion.test_ei_index(Network.from_edges([], firms=["A"]), ["x"], draws=5, seed=1).p)
    with pytest.raises(OptionError, match="draws"):
        cohesion.test_ei_index(net, groups, draws=0)


def test_infomap_codelength_is_the_map_equation() -> None:
    """Two triangles joined by a tie: 14 tie ends, exits 1/14 each, visits 2/14 or 3/14."""
    found = cohesion.communities(triangles(), method="infomap", seed=1)

    def bits(*rates: float) -> float:
        total = sum(rates)
        return -sum(rate * math.log2(rate / total) for rate in rates)

    wanted = bits(1 / 14, 1 / 14) + 2 * bits(1 / 14, 2 / 14, 2 / 14, 3 / 14)
    assert found.codelength == pytest.approx(wanted, abs=1e-6)
    assert found.membership.tolist()[:6] == [0, 0, 0, 1, 1, 1]
    assert math.isnan(cohesion.communities(triangles(), seed=1).codelength)
    with pytest.raises(OptionError, match="Infomap has none"):
        cohesion.communities(triangles(), method="infomap", resolution=2.0)
    nothing = cohesion.communities(Network.from_edges([], firms=["A"]), method="infomap", keep="consensus", seed=1)
    assert nothing.n_communities == 0
    assert math.isnan(nothing.codelength)


def test_consensus_is_a_partition_that_runs_agree_on() -> None:
    graph = nx.planted_partition_graph(4, 10, 0.7, 0.1, seed=21)
    net = Network.from_edges(list(graph.edges), firms=range(40))
    planted = np.arange(40) // 10
    best = cohesion.communities(net, resolution=1.8, seed=1)
    found = cohesion.communities(net, resolution=1.8, keep="consensus", seed=1)
    assert found.runs.equals(best.runs)
    assert best.stability < 1
    assert cohesion.modularity(net, found.membership) == pytest.approx(cohesion.modularity(net, planted))
    assert cohesion.modularity(net, best.membership) != pytest.approx(cohesion.modularity(net, planted))
    again = cohesion.communities(net, resolution=1.8, keep="consensus", seed=1)
    assert again.membership.equals(found.membership)
    sure = cohesion.communities(triangles(), keep="consensus", seed=1)
    assert sure.membership.equals(cohesion.communities(triangles(), seed=1).membership)


def test_a_series_that_names_no_firm_is_refused() -> None:
    net = Network.from_edges([("a", "b"), ("b", "c")])
    for groups in (pd.Series(["x", "y", "y"]), {"A": "x", "B": "y"}):
        with pytest.raises(OptionError, match="names no firm of the network"):
            cohesion.ei_index(net, groups)
    assert cohesion.ei_index(net, {"a": "x", "b": "x", "stranger": "y"}) == -1.0
    with pytest.raises(OptionError, match="texts or numbers"):
        cohesion.yule_q(net, [["x"], ["x"], ["y"]])


def test_shares_of_strength_stay_within_their_range() -> None:
    for seed in range(60):
        rng = np.random.default_rng(seed)
        full = Network.from_edges([(i, j, float(rng.exponential())) for i in range(6) for j in range(i)])
        assert cohesion.transitivity(full, weights="strength") <= 1
        assert cohesion.local_clustering(full, weights="strength", formula="barrat").max() <= 1
        assert cohesion.ei_index(full, ["x"] * 6, weights="strength") >= -1


def test_assortativity_of_equal_strengths_is_undefined() -> None:
    # Every firm has 0.1 + 0.2 + 0.3, in one order or another.
    matchings = [(0, 1, 0.1), (2, 3, 0.1), (0, 2, 0.2), (1, 3, 0.2), (0, 3, 0.3), (1, 2, 0.3)]
    assert math.isnan(cohesion.degree_assortativity(Network.from_edges(matchings), weights="strength"))


def test_numbers_of_any_dtype_correlate() -> None:
    net = Network.from_edges([("a", "b"), ("b", "c"), ("a", "c"), ("c", "d")])
    plain = cohesion.numeric_assortativity(net, [1, 2, 5, 9])
    boxed = pd.Series([1, 2, 5, 9], index=list("abcd"), dtype=object)
    assert cohesion.numeric_assortativity(net, boxed) == plain
    assert math.isnan(cohesion.numeric_assortativity(net, [None] * 4))
    with pytest.raises(OptionError, match="'12'"):
        cohesion.numeric_assortativity(net, [1, "12", 5, 9])


def test_leiden_does_not_depend_on_the_unit_of_strength() -> None:
    rng = np.random.default_rng(4)
    pairs = [(a, b, float(rng.exponential())) for a, b in itertools.combinations(range(40), 2) if rng.random() < 0.12]
    runs = [
        cohesion.communities(
            Network.from_edges([(a, b, w * scale) for a, b, w in pairs], firms=range(40)),
            weights="strength",
            runs=8,
            seed=1,
        ).runs
        for scale in (1.0, 1e-6, 1e6)
    ]
    assert runs[0].equals(runs[1])
    assert runs[0].equals(runs[2])
    huge = Network.from_edges([(i, (i + 1) % 7, 1e300) for i in range(7)])
    assert cohesion.communities(huge, weights="strength", seed=1).modularity == pytest.approx(11 / 49)
    with pytest.raises(OptionError, match="give a positive number"):
        cohesion.communities(triangles(), resolution="1")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="give a number"):
        cohesion.modularity(triangles(), range(len(triangles())), resolution="1")  # type: ignore[arg-type]


def test_an_undefined_draw_of_a_small_world_counts_for_nothing() -> None:
    modes = pd.DataFrame({"mode": ["firm"] * 4 + ["deal"] * 3}, index=list("ABCDxyz"))
    pairs = [("A", "x"), ("B", "x"), ("A", "y"), ("C", "y"), ("B", "z"), ("D", "z")]
    found = cohesion.two_mode_small_world(Network.from_edges(pairs, firms=modes), "firm", draws=60, seed=1)
    clustering = found.draws["clustering"].dropna()
    assert 0 < len(clustering) < 60
    hits = int((clustering >= found.table.loc["clustering", "observed"] - 1e-12).sum())
    assert found.table.loc["clustering", "p_more"] == (hits + 1) / (len(clustering) + 1)


def test_the_null_of_two_modes_keeps_to_them() -> None:
    modes = pd.DataFrame({"mode": ["firm"] * 4 + ["deal"] * 4}, index=list("ABCDwxyz"))
    held = {"A": "wxy", "B": "wxz", "C": "wy", "D": "z"}
    net = Network.from_edges([(firm, deal) for firm in held for deal in held[firm]], firms=modes)
    club = cohesion.rich_club(net, draws=30, seed=1)
    # More than one membership: A, B, C and all deals, 8 of 12 pairs; more than two: A, B and w.
    assert club.table.loc[1, "density"] == pytest.approx(8 / 12)
    assert club.table.loc[2, "density"] == pytest.approx(2 / 2)
    assert club.draws.max(axis=None) <= 1
    assert club.table.loc[0, ["density", "expected"]].tolist() == pytest.approx([9 / 16, 9 / 16])
    # Groups that split the modes: every tie runs between them, whoever trades with whom in a mode.
    split = cohesion.test_ei_index(net, "mode", draws=20, seed=1)
    assert split.observed == 1
    assert split.draws.eq(1).all()
    assert split.p_more == 1
