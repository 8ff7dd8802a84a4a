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
from clusternet.errors import OptionError
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
