"""What the tests of removal share: small networks of every kind, and the same answers the slow way."""

import math

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clusternet import Network

often = settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
rarely = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
seldom = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def a_thousand(test, *strategies, times=often):
    """Return a slow test of the same property on 1,000 networks, or as many as `times` says."""
    return pytest.mark.slow(times(given(*strategies)(test.hypothesis.inner_test)))


STRENGTHS = [0.1, 0.2, 0.3, 1.0, 2.5]


def of(graph, **firms):
    return Network.from_edges([(f"f{a}", f"f{b}") for a, b in graph.edges], firms=[f"f{v}" for v in graph], **firms)


@st.composite
def networks(draw, *, kind="any", largest=9, smallest=0):
    """Small networks of every kind: directed or not, weighted, layered, two-mode, with loops, parallels, isolates."""
    n = draw(st.integers(smallest, largest))
    ids = [f"f{v}" for v in range(n)]
    firms = pd.DataFrame(index=pd.Index(ids, dtype="str", name="firm"))
    # One number per tie: drawing its five parts one by one takes ten times as long.
    kinds = (n, n, 2, 1 if kind == "undirected" else 2, len(STRENGTHS))
    codes = np.array(draw(st.lists(st.integers(0, math.prod(kinds) - 1), max_size=2 * n)) if n else [], dtype=np.int64)
    source, target, layer, directed, strength = np.unravel_index(codes, kinds) if n else [codes] * 5
    if n > 1 and draw(st.integers(0, 3)) == 0:
        first = np.arange(n) < draw(st.integers(1, n - 1))
        firms["mode"] = np.where(first, "firm", "agreement")
        across = first[source] != first[target]
        source, target, layer, directed, strength = (
            part[across] for part in (source, target, layer, directed, strength)
        )
    never = np.full(len(source), "NaT", dtype="datetime64[us]")
    columns = {
        "source": firms.index[source],
        "target": firms.index[target],
        "layer": pd.array(np.array(["alliance", "supply"])[layer], dtype="str"),
        "directed": directed.astype(bool),
        "strength": np.array(STRENGTHS)[strength],
        "start": never,
        "end": never,
    }
    ties = pd.DataFrame(columns, index=pd.RangeIndex(len(source), name="tie"))
    # Tables as the checks of the class leave them: checking thousands of them would take most of the time.
    return Network._trusted(firms, ties, (source, target), {}, None)


def digraph(net):
    """The network as networkx sees it, from the tie table alone."""
    directed = bool(net.ties["directed"].any())
    graph = nx.DiGraph() if directed else nx.Graph()
    graph.add_nodes_from(net.firms.index)
    columns = [net.ties[name].tolist() for name in ("source", "target", "directed", "strength")]
    for source, target, one_way, strength in zip(*columns, strict=True):
        if source == target:
            continue
        arcs = [(source, target)]
        if directed and not one_way:
            arcs.append((target, source))
        for a, b in arcs:
            before = graph.get_edge_data(a, b, {"strength": 0.0})["strength"]
            graph.add_edge(a, b, strength=before + strength)
    return graph


def sizes_of(graph, connection="weak"):
    if graph.is_directed():
        parts = nx.strongly_connected_components if connection == "strong" else nx.weakly_connected_components
    else:
        parts = nx.connected_components
    return sorted((len(part) for part in parts(graph)), reverse=True)


def going_by(graph, scores_of, place, *, adaptive):
    if not adaptive:
        scores = scores_of(graph)
        return sorted(graph, key=lambda firm: (*(-x for x in np.atleast_1d(scores[firm])), place[firm]))
    graph, order = graph.copy(), []
    while len(graph):
        order.append(going_by(graph, scores_of, place, adaptive=False)[0])
        graph.remove_node(order[-1])
    return order
