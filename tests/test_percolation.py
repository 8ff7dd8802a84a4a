"""Kernels against brute force, and compiled against plain."""

import sys

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusternet import _compiled
from clusternet import _percolation as kernels
from clusternet.resilience import attribute_connected, reachable_from, remove_firms, remove_ties, vulnerability
from clusternet.resilience._paths import COUNTED
from removal import networks, often

COMPILED = {}


@st.composite
def graphs(draw, *, largest=14):
    n = draw(st.integers(0, largest))
    graph = nx.empty_graph(n)
    if n > 1:
        firm = st.integers(0, n - 1)
        pairs = draw(st.lists(st.tuples(firm, firm), max_size=3 * n))
        graph.add_edges_from((a, b) for a, b in pairs if a != b)
    return graph


def arrays(graph, weights=None):
    pairs = sorted((min(a, b), max(a, b)) for a, b in graph.edges)
    one = np.array([a for a, _ in pairs], dtype=np.int64)
    other = np.array([b for _, b in pairs], dtype=np.int64)
    values = None if weights is None else np.array([weights[pair] for pair in pairs], dtype=float)
    return kernels.neighbors(len(graph), one, other, values)


def union_path(graph, order, work=0):
    n = len(graph)
    indptr, indices, _ = arrays(graph)
    out = [*(np.empty(n + 1, np.int32) for _ in range(4)), *(np.empty(n + 1, np.int64) for _ in range(4))]
    _compiled.call(kernels.union_path, [indptr, indices, np.array(order, dtype=np.int32)], out, work=work)
    return [array.tolist() for array in out[4:]]


def brute_path(graph, order):
    graph = graph.copy()
    rows = []
    for step in range(len(order) + 1):
        if step:
            graph.remove_node(order[step - 1])
        sizes = sorted((len(part) for part in nx.connected_components(graph)), reverse=True)
        rows.append(
            (max(sizes, default=0), [*sizes, 0, 0][1], len(sizes), sum(size**2 for size in sizes)),
        )
    return [list(column) for column in zip(*rows, strict=True)]


@settings(max_examples=300, deadline=None)
@given(graphs(), st.randoms(use_true_random=False))
def test_union_path_equals_deleting_firms_one_at_a_time(graph, random):
    order = list(graph)
    random.shuffle(order)
    assert union_path(graph, order) == brute_path(graph, order)


def brute_adaptive(graph, weights, prior):
    graph = graph.copy()
    order = []
    while len(graph):
        left = {v: round(sum(weights[min(u, v), max(u, v)] for u in graph[v]), 8) for v in graph}
        firm = min(graph, key=lambda v: (-left[v], prior[v]))
        order.append(firm)
        graph.remove_node(firm)
    return order


def adaptive_order(graph, weights, prior, work=0):
    n = len(graph)
    indptr, indices, values = arrays(graph, weights)
    left = np.zeros(n)
    np.add.at(left, np.repeat(np.arange(n), np.diff(indptr)), values)
    score = kernels.rounded(left)
    heap = np.lexsort((prior, -score)).astype(np.int32)
    order = np.empty(n, np.int32)
    inputs = [indptr, indices, values, np.array(prior, dtype=np.int32)]
    _compiled.call(kernels.adaptive_order, inputs, [left, score, heap, order], work=work)
    return order.tolist()


@settings(max_examples=300, deadline=None)
@given(graphs(), st.data())
def test_adaptive_order_equals_ranking_again_after_every_removal(graph, data):
    strength = st.sampled_from([0.1, 0.2, 0.3, 0.7, 1.0, 2.0])
    weights = {(min(a, b), max(a, b)): data.draw(strength) for a, b in graph.edges}
    prior = data.draw(st.permutations(range(len(graph))))
    assert adaptive_order(graph, weights, prior) == brute_adaptive(graph, weights, prior)


def single_removals(graph, alive, work=0):
    n = len(graph)
    indptr, indices, _ = arrays(graph)
    out = [np.empty(n, np.int64) for _ in range(10)]
    inputs = [indptr, indices, np.array(alive, dtype=np.int8), np.arange(n, dtype=np.int32)]
    _compiled.call(kernels.single_removals, inputs, out, work=work)
    size, parts, biggest, squares = (out[place].tolist() for place in (2, 7, 8, 9))
    return list(zip(size, parts, biggest, squares, strict=True))


@settings(max_examples=300, deadline=None)
@given(graphs(), st.data())
def test_single_removals_equal_taking_each_firm_out(graph, data):
    alive = data.draw(st.lists(st.integers(0, 1), min_size=len(graph), max_size=len(graph)))
    got = single_removals(graph, alive)
    there = graph.subgraph([v for v in graph if alive[v]])
    for v in there:
        mine = nx.node_connected_component(there, v)
        sizes = [len(part) for part in nx.connected_components(there.subgraph(mine - {v}))]
        assert got[v] == (len(mine), len(sizes), max(sizes, default=0), sum(size**2 for size in sizes))


def test_a_path_of_a_thousand_firms_needs_no_recursion():
    n = 5000
    got = single_removals(nx.path_graph(n), [1] * n)
    assert got[0] == (n, 1, n - 1, (n - 1) ** 2)
    assert got[1000] == (n, 2, n - 1001, 1000**2 + (n - 1001) ** 2)


@pytest.fixture
def _forget(monkeypatch):
    monkeypatch.setattr(_compiled, "_compiled", {})
    monkeypatch.setattr(_compiled, "_spent", {})


@pytest.mark.usefixtures("_forget")
def test_compiled_and_plain_kernels_give_the_same():
    graph = nx.gnm_random_graph(200, 300, seed=3)
    rng = np.random.default_rng(4)
    order = rng.permutation(200).tolist()
    weights = {(min(a, b), max(a, b)): float(w) for (a, b), w in zip(graph.edges, rng.random(300), strict=True)}
    prior = rng.permutation(200).tolist()
    alive = (rng.random(200) < 0.8).astype(int).tolist()

    def everything(work):
        dead = [row for row, there in zip(single_removals(graph, alive, work), alive, strict=True) if there]
        return union_path(graph, order, work), adaptive_order(graph, weights, prior, work), dead

    plain = everything(0)
    assert not _compiled._compiled
    fast = everything(_compiled.COMPILE_ABOVE + 1)
    assert all(kernel is not None for kernel in _compiled._compiled.values())
    assert len(_compiled._compiled) == 3
    assert fast == plain


def followed(net, order, seed):
    """What every kernel gives for one network."""
    jobs = pd.Series(np.arange(net.n_firms) % 3.0, index=net.firms.index, name="jobs")
    responses = [*COUNTED, "component_entropy", attribute_connected(jobs)]
    if net.n_firms:
        responses.append(reachable_from(order[:2]))
    frames = [
        remove_firms(net, order=order, responses=responses).curve,
        remove_ties(net, order="random", responses=COUNTED, seed=seed).curve,
        vulnerability(net),
    ]
    options = {"responses": ["giant_share"], "ties": "random", "seed": seed}
    orders = [
        list(remove_firms(net, order=name, adaptive=adaptive, **options).order)
        for name in ("degree", "strength", "collective_influence", "corehd", "articulation")
        for adaptive in (False, True)
    ]
    return frames, [*orders, list(remove_firms(net, order="explosive", candidates=4, **options).order)]


@pytest.mark.slow
@often
@given(networks(largest=12), st.data())
def test_every_kernel_gives_the_same_compiled(net, data):
    order = data.draw(st.permutations(list(net.firms.index)))
    seed = data.draw(st.integers(0, 99))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_compiled, "_compiled", {})
        patch.setattr(_compiled, "_spent", {})
        plain = followed(net, order, seed)
        assert not _compiled._compiled
        patch.setattr(_compiled, "_compiled", COMPILED)
        patch.setattr(_compiled, "COMPILE_ABOVE", -1)
        fast = followed(net, order, seed)
    assert fast[1] == plain[1]
    for one, other in zip(fast[0], plain[0], strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)
    assert len(COMPILED) == 10 or net.n_firms == 0
    assert None not in COMPILED.values()


@pytest.mark.usefixtures("_forget")
def test_without_numba_the_plain_kernel_runs(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    assert union_path(nx.path_graph(3), [1, 0, 2], _compiled.COMPILE_ABOVE + 1)[0] == [3, 1, 1, 0]
    assert _compiled._compiled == {kernels.union_path: None}


@pytest.mark.usefixtures("_forget")
def test_many_small_runs_add_up_to_compiling():
    graph = nx.path_graph(3)
    for _ in range(3):
        assert union_path(graph, [1, 0, 2], _compiled.COMPILE_ABOVE // 3)[0] == [3, 1, 1, 0]
        assert not _compiled._compiled
    assert union_path(graph, [1, 0, 2], _compiled.COMPILE_ABOVE // 3)[0] == [3, 1, 1, 0]
    assert list(_compiled._compiled) == [kernels.union_path]


def test_rounding_keeps_large_numbers_and_joins_float_noise():
    assert kernels.rounded(np.array([0.1 + 0.2, 0.3])).tolist() == [3e7, 3e7]
    assert kernels.rounded(np.array([3e12 + 0.5])).tolist() == [(3e12 + 0.5) * 1e8]


def test_neighbors_of_a_weighted_triangle_with_a_tail():
    indptr, indices, weights = kernels.neighbors(
        5, np.array([0, 0, 1, 2]), np.array([1, 2, 2, 3]), np.array([1.0, 2.0, 3.0, 4.0])
    )
    assert indptr.tolist() == [0, 2, 4, 7, 8, 8]
    assert indices.tolist() == [1, 2, 0, 2, 0, 1, 3, 2]
    assert weights.tolist() == [1.0, 2.0, 1.0, 3.0, 2.0, 3.0, 4.0, 4.0]
