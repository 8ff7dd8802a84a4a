"""The kernel behind betweenness against igraph, on whole networks and on what is left while firms leave."""

from __future__ import annotations

import itertools
import sys

import igraph
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusternet import Network, _betweenness, _compiled, centrality, remove_firms
from clusternet._betweenness import Betweenness


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    monkeypatch.setattr(_compiled, "COMPILE_ABOVE", -1)


def network(graph: igraph.Graph) -> Network:
    ids = [f"{i:04d}" for i in range(graph.vcount())]
    ties = [(ids[a], ids[b]) for a, b in graph.get_edgelist()]
    return Network.from_edges(ties, firms=ids, directed=graph.is_directed())


def agrees(graph: igraph.Graph, leavers: list[int], *, compiled: bool = True) -> None:
    between = Betweenness(network(graph), "keep", runs=1)
    assert (between._kernel is not None) == compiled

    def as_igraph_says() -> None:
        left = np.flatnonzero(between.left)
        rest = graph.induced_subgraph(left.tolist())
        np.testing.assert_allclose(between.score[left], rest.betweenness(), rtol=1e-12, atol=1e-10)
        pieces = {frozenset(left[piece]) for piece in rest.connected_components(mode="weak")}
        assert {frozenset(left[between.piece[left] == label]) for label in between.piece[left]} == pieces

    as_igraph_says()
    for firm in leavers:
        hit = between.leave(firm)
        assert not {firm} & set(hit)
        as_igraph_says()
    between.restore()
    as_igraph_says()
    between.leave(np.array(leavers, dtype=np.int64))
    assert set(np.flatnonzero(~between.left)) == set(leavers)
    as_igraph_says()


@pytest.mark.slow
@pytest.mark.usefixtures("kernel")
@settings(max_examples=1_000, deadline=None)
@given(
    n=st.integers(1, 90),
    density=st.floats(0, 4),
    directed=st.booleans(),
    seed=st.integers(0, 2**31),
    n_leavers=st.integers(0, 5),
)
def test_kernel_agrees_with_igraph_on_any_network(
    *, n: int, density: float, directed: bool, seed: int, n_leavers: int
) -> None:
    rng = np.random.default_rng(seed)
    ends = rng.integers(0, n, (int(density * n), 2))
    graph = igraph.Graph(n, ends[ends[:, 0] != ends[:, 1]].tolist(), directed=directed).simplify()
    agrees(graph, rng.permutation(n)[:n_leavers].tolist())


@pytest.mark.usefixtures("kernel")
@pytest.mark.parametrize("directed", [False, True])
def test_kernel_agrees_with_igraph(*, directed: bool) -> None:
    rng = np.random.default_rng(3)
    for n, density in itertools.product((1, 2, 3, 64, 65, 150), (0.4, 1.2, 3.0)):
        ends = rng.integers(0, n, (int(density * n), 2))
        graph = igraph.Graph(n, ends[ends[:, 0] != ends[:, 1]].tolist(), directed=directed).simplify()
        agrees(graph, rng.permutation(n)[:3].tolist())


@pytest.mark.usefixtures("kernel")
def test_sources_in_blocks_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(9)
    net = network(igraph.Graph(300, rng.integers(0, 300, (700, 2)).tolist()).simplify(loops=True))
    whole = Betweenness(net, "keep")
    monkeypatch.setattr(_betweenness, "UNHEARD", 1)
    blocks = Betweenness(net, "keep")
    assert blocks._block == 64 < whole._block
    assert blocks.score.tolist() == whole.score.tolist()


def test_igraph_alone_keeps_the_same_books() -> None:
    graph = igraph.Graph(7, [(0, 1), (1, 2), (2, 3), (3, 4), (5, 6)])
    agrees(graph, [2, 5, 3], compiled=False)


@pytest.mark.usefixtures("kernel")
def test_long_ways() -> None:
    ring = igraph.Graph.Ring(300)
    between = Betweenness(network(ring), "keep")
    # Inside a way of 2 to 149 steps lie 1 to 148 firms; to the opposite firm there are two ways of 150 steps.
    np.testing.assert_allclose(between.score, sum(range(1, 149)) + 149 / 2)
    agrees(ring, [0, 40, 41, 250])


@pytest.mark.usefixtures("kernel")
def test_order_and_measure_are_those_of_igraph(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    ties = [(firm, int(rng.integers(firm))) for firm in range(1, 120) for _ in range(2)]
    net = network(igraph.Graph(120, ties).simplify())
    compiled = [
        remove_firms(net, order="betweenness", adaptive=True).order,
        remove_firms(net, order="betweenness").order,
        centrality.betweenness(net),
    ]
    monkeypatch.setattr(_compiled, "COMPILE_ABOVE", 2**62)
    assert list(compiled[0]) == list(remove_firms(net, order="betweenness", adaptive=True).order)
    assert list(compiled[1]) == list(remove_firms(net, order="betweenness").order)
    np.testing.assert_allclose(compiled[2], centrality.betweenness(net), rtol=1e-12)


def test_without_numba_igraph_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.setattr(_compiled, "_compiled", {})
    monkeypatch.setattr(_compiled, "COMPILE_ABOVE", -1)
    star = igraph.Graph.Star(6)
    between = Betweenness(network(star), "keep")
    assert between._kernel is None
    assert between.score.tolist() == [10.0, 0, 0, 0, 0, 0]
    assert between.leave(0).tolist() == [1, 2, 3, 4, 5]
    assert between.score[1:].tolist() == [0.0] * 5


def test_which_road_is_taken_depends_on_the_network_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_compiled, "_spent", {_betweenness._between: 2**62})
    assert Betweenness(network(igraph.Graph.Star(6)), "keep")._kernel is None
