"""Speed of the measures against igraph and networkx: one run, equal outputs asserted before timing, ratios printed.

    python benchmarks/measures.py [--sizes 1000 10000] [--large] [--limit SECONDS]

Us is the public call on a network whose derived views are warm (building them is one cost, shared by all measures);
a peer is its own call on its own graph, answer turned into an array. CPU time of one thread, best of several. A call
that by its time at the smaller size (growing with n squared) would pass --limit is left out. Only ratios within one run
count: machines are noisy.
"""

from __future__ import annotations

import argparse
import math
import os
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import igraph
import networkx as nx
import numpy as np
import pandas as pd

from clusternet import Network, _paths, centrality, cohesion
from clusternet.result import igraph_seed

Call = Callable[[], Any]


def graph_of(n: int) -> igraph.Graph:
    """A connected Barabasi-Albert network with three ties per newcomer and strengths of 1 to 5."""
    with igraph_seed(n):
        graph = igraph.Graph.Barabasi(n, 3)
    graph.es["strength"] = np.random.default_rng(n).integers(1, 6, graph.ecount()).astype(float).tolist()
    return graph


def network_of(graph: igraph.Graph) -> Network:
    edges = np.array(graph.get_edgelist())
    ties = pd.DataFrame({"source": edges[:, 0], "target": edges[:, 1], "strength": graph.es["strength"]})
    return Network(range(graph.vcount()), ties)


def networkx_of(graph: igraph.Graph) -> nx.Graph:
    made = nx.Graph()
    made.add_nodes_from(range(graph.vcount()))
    made.add_weighted_edges_from(
        (a, b, 1 / s) for (a, b), s in zip(graph.get_edgelist(), graph.es["strength"], strict=True)
    )
    return made


def cold(call: Call) -> Call:
    """Forget the distance sums first, so that no measure gets them for nothing."""

    def run() -> Any:
        for kept in (_paths.distance_sums, _paths.inverse_distance_sums, _paths.step_counts):
            kept.cache_clear()
        return call()

    return run


def contests(net: Network, g: igraph.Graph, x: nx.Graph) -> dict[str, dict[str, Call]]:
    length = [1 / s for s in g.es["strength"]]
    n = g.vcount()
    group = (np.arange(n) % 5).tolist()
    blocks = [set(range(k, n, 5)) for k in range(5)]
    return {
        "degree": {"us": lambda: centrality.degree(net), "igraph": g.degree, "networkx": lambda: dict(x.degree)},
        "closeness": {
            "us": cold(lambda: centrality.closeness(net)),
            "igraph": g.closeness,
            "networkx": lambda: nx.closeness_centrality(x),
        },
        "closeness and harmonic": {
            "us": cold(lambda: np.concatenate([centrality.closeness(net), centrality.harmonic(net)])),
            "igraph": lambda: g.closeness() + g.harmonic_centrality(),
        },
        "closeness, strength": {
            "us": cold(lambda: centrality.closeness(net, weights="strength")),
            "igraph": lambda: g.closeness(weights=length),
        },
        "mean distance": {
            "us": cold(lambda: cohesion.mean_distance(net)),
            "igraph": g.average_path_length,
        },
        "betweenness": {
            "us": lambda: centrality.betweenness(net, scale="raw"),
            "igraph": g.betweenness,
            "networkx": lambda: nx.betweenness_centrality(x, normalized=False),
        },
        "betweenness, strength": {
            "us": lambda: centrality.betweenness(net, scale="raw", weights="strength"),
            "igraph": lambda: g.betweenness(weights=length),
        },
        "tie betweenness": {
            "us": lambda: np.sort(centrality.tie_betweenness(net, scale="raw")["betweenness"]),
            "igraph": lambda: sorted(g.edge_betweenness()),
        },
        "eigenvector": {
            "us": lambda: centrality.eigenvector(net),
            "igraph": g.eigenvector_centrality,
            "networkx": lambda: _max1(nx.eigenvector_centrality(x, max_iter=2000, tol=1e-10)),
        },
        "pagerank": {
            "us": lambda: centrality.pagerank(net),
            "igraph": g.pagerank,
            "networkx": lambda: nx.pagerank(x, tol=1e-12, weight=None),
        },
        "k-coreness": {
            "us": lambda: cohesion.k_coreness(net),
            "igraph": g.coreness,
            "networkx": lambda: nx.core_number(x),
        },
        "local clustering": {
            "us": lambda: cohesion.local_clustering(net),
            "igraph": lambda: g.transitivity_local_undirected(mode="nan"),
            "networkx": lambda: nx.clustering(x),
        },
        "transitivity": {
            "us": lambda: cohesion.transitivity(net),
            "igraph": g.transitivity_undirected,
            "networkx": lambda: nx.transitivity(x),
        },
        "components": {
            "us": lambda: cohesion.n_components(net),
            "igraph": lambda: len(g.connected_components()),
            "networkx": lambda: nx.number_connected_components(x),
        },
        "articulation firms": {
            "us": lambda: cohesion.articulation_firms(net).to_numpy(),
            "igraph": lambda: sorted(g.articulation_points()),
            "networkx": lambda: sorted(nx.articulation_points(x)),
        },
        "bridges": {
            "us": lambda: len(cohesion.bridges(net)),
            "igraph": lambda: len(g.bridges()),
            "networkx": lambda: len(list(nx.bridges(x))),
        },
        "modularity": {
            "us": lambda: cohesion.modularity(net, group),
            "igraph": lambda: g.modularity(group),
            "networkx": lambda: nx.community.modularity(x, blocks, weight=None),
        },
        "degree assortativity": {
            "us": lambda: cohesion.degree_assortativity(net),
            "igraph": lambda: g.assortativity_degree(directed=False),
            "networkx": lambda: nx.degree_assortativity_coefficient(x),
        },
        "triad census": {
            "us": lambda: cohesion.triad_census(net)[["102", "201", "300"]],
            "igraph": lambda: _triads(g),
        },
    }


def _max1(scores: dict[int, float]) -> list[float]:
    top = max(scores.values())
    return [score / top for score in scores.values()]


def _triads(g: igraph.Graph) -> list[int]:
    both = g.copy()
    both.to_directed()
    census = both.triad_census()
    return [census.t102, census.t201, census.t300]


def numbers(result: Any) -> np.ndarray:
    if isinstance(result, dict):
        result = [result[key] for key in sorted(result)]
    return np.atleast_1d(np.asarray(result, dtype=float))


def seconds(call: Call, first: float) -> float:
    """Return the best CPU time of several runs; long ones are not repeated."""
    best = first
    for _ in range(0 if first > 2 else min(20, max(3, int(0.5 / max(first, 1e-4))))):
        start = time.process_time()
        numbers(call())
        best = min(best, time.process_time() - start)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--large", action="store_true", help="add n = 100,000")
    parser.add_argument("--limit", type=float, default=20.0, help="leave out calls expected to take longer")
    options = parser.parse_args()
    smaller: dict[tuple[str, str], tuple[int, float]] = {}
    worst: list[tuple[float, str]] = []
    for n in [*options.sizes, *([100_000] if options.large else [])]:
        graph = graph_of(n)
        net, made = network_of(graph), networkx_of(graph)
        _ = net.igraph, net.igraph_undirected
        print(f"\nn = {n:,}, {graph.ecount():,} ties; ms of CPU; ratio = best peer / us (above 1: we are faster)")
        for name, calls in contests(net, graph, made).items():
            took: dict[str, float] = {}
            reference = None
            for who, call in calls.items():
                at, spent = smaller.get((name, who), (n, 0.0))
                if spent * (n / at) ** 2 > options.limit:
                    continue
                start = time.process_time()
                got = numbers(call())
                first = time.process_time() - start
                if reference is None:
                    reference = got
                else:
                    # networkx counts a clustering of 0 where igraph and we say undefined.
                    wanted = np.nan_to_num(reference) if who == "networkx" else reference
                    assert np.allclose(got, wanted, rtol=1e-5, atol=1e-6, equal_nan=True), f"{name}: {who} differs"
                took[who] = seconds(call, first)
                smaller[name, who] = (n, took[who])
            if "us" not in took or len(took) < 2:
                continue
            peer = min((value, who) for who, value in took.items() if who != "us")
            ratio = peer[0] / max(took["us"], 1e-9)
            if took["us"] > 1e-3:
                worst.append((ratio, f"{name} at n = {n:,}"))
            shown = "  ".join(f"{who} {value * 1e3:10.2f}" for who, value in took.items())
            print(f"{name:24} {shown:60} ratio {ratio:7.2f} ({peer[1]})")
    low = min(worst, default=(math.inf, "none"))
    print(f"\nlowest ratio among calls of a millisecond or more: {low[0]:.2f}, {low[1]}")


if __name__ == "__main__":
    main()
