"""Centrality: what the definitions say at the edges. Agreement with other software is in test_reference.py."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from clusternet import Network, _paths, centrality
from clusternet.errors import NetworkError, OptionError
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


def test_hubs_and_authorities_are_the_leading_singular_vectors() -> None:
    net, _ = random_network(80, 0.05, 4, directed=True)
    left, _, right = np.linalg.svd(net.simple().csr(weights="strength").toarray())
    for got, wanted in ((centrality.hubs, abs(left[:, 0])), (centrality.authorities, abs(right[0]))):
        assert got(net, weights="strength").to_numpy() == pytest.approx(wanted / wanted.max(), abs=1e-7)
        assert got(net, weights="strength", scale="sum1").sum() == pytest.approx(1.0)
    assert centrality.hubs(ties("A-B")).isna().all()  # bipartite: two pairs of vectors tie
    assert centrality.hubs(ties("A-B B-C A-C")).tolist() == pytest.approx([1, 1, 1])


# ── the whole network ──


@pytest.mark.parametrize("measure", ["degree", "closeness", "betweenness", "eigenvector"])
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
