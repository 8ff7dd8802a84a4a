"""Speed of the brokerage measures against igraph and networkx: one run, equal outputs asserted first, ratios printed.

    python benchmarks/brokerage.py [n ...]        (default 1000 10000)

Barabasi-Albert networks with three ties per newcomer. Us is the public call on a network whose derived views are warm
and whose kernels are compiled where that pays; a peer is its own call on its own graph. CPU time, best of up to three.
A peer that by its time at the smaller size (growing with n) would run longer than 20 s is left out. Brokerage roles and
bridging have no peer in Python: dense matrix products, and removing every tie with igraph or networkx, stand in.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import igraph
import networkx as nx
import numpy as np
import pandas as pd

from clusternet import Network, brokerage
from clusternet.result import igraph_seed

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT = 20.0


def graph_of(n: int) -> tuple[Network, igraph.Graph, nx.Graph]:
    with igraph_seed(n):
        graph = igraph.Graph.Barabasi(n, 3)
    strength = np.random.default_rng(n).integers(1, 6, graph.ecount()).astype(float)
    graph.es["strength"] = strength.tolist()
    ends = np.array(graph.get_edgelist())
    ties = pd.DataFrame({"source": ends[:, 0], "target": ends[:, 1], "strength": strength})
    made = nx.Graph()
    made.add_nodes_from(range(n))
    made.add_weighted_edges_from(zip(ends[:, 0].tolist(), ends[:, 1].tolist(), strength.tolist(), strict=True))
    return Network(range(n), ties), graph, made


def dense_roles(net: Network, group: np.ndarray) -> np.ndarray:
    """Gould-Fernandez counts by dense matrix products, as one would write them without this package."""
    matrix = net.simple().csr().toarray()
    same = group[:, None] == group[None, :]
    inner, outer = matrix * same, matrix * ~same
    gap = 1 - matrix
    np.fill_diagonal(gap, 0)

    def count(first: np.ndarray, second: np.ndarray, ends: np.ndarray) -> np.ndarray:
        return np.einsum("ab,ab->b", first, (gap * ends) @ second.T)

    everyone = np.ones_like(matrix)
    roles = [
        count(inner, inner, everyone),
        count(outer, outer, same),
        count(inner, outer, everyone),
        count(outer, inner, everyone),
        count(outer, outer, ~same),
    ]
    return np.column_stack([*roles, sum(roles)])


def removal_bridging(x: nx.Graph) -> np.ndarray:
    before = nx.global_efficiency(x)
    loss = np.zeros(len(x))
    for a, b in list(x.edges):
        x.remove_edge(a, b)
        lost = before - nx.global_efficiency(x)
        x.add_edge(a, b)
        loss[a] += lost / x.degree(a)
        loss[b] += lost / x.degree(b)
    return loss


def igraph_bridging(g: igraph.Graph) -> np.ndarray:
    n, degree = g.vcount(), g.degree()

    def efficiency(graph: igraph.Graph) -> float:
        return float(np.sum(graph.harmonic_centrality())) / n

    before, loss = efficiency(g), np.zeros(n)
    for edge in g.es:
        rest = g.copy()
        rest.delete_edges(edge.index)
        lost = before - efficiency(rest)
        for end in edge.tuple:
            loss[end] += lost / degree[end]
    return loss


def shared(x: nx.Graph) -> np.ndarray:
    return np.array([sum(1 for _ in nx.common_neighbors(x, a, b)) for a, b in sorted(map(sorted, x.edges))])


def contests(net: Network, g: igraph.Graph, x: nx.Graph) -> dict[str, dict[str, Callable[[], Any]]]:
    group = np.arange(len(net)) % 7
    found = {
        "constraint": {
            "us": lambda: brokerage.constraint(net),
            "igraph": g.constraint,
            "networkx": lambda: list(nx.constraint(x).values()),
        },
        "constraint, strength": {
            "us": lambda: brokerage.constraint(net, weights="strength"),
            "igraph": lambda: g.constraint(weights="strength"),
        },
        "effective size": {
            "us": lambda: brokerage.effective_size(net),
            "networkx": lambda: list(nx.effective_size(x).values()),
        },
        "effective size, strength": {
            "us": lambda: brokerage.effective_size(net, weights="strength"),
            # The other path of networkx is wrong with weights (CONVENTIONS.md 18).
            "networkx": lambda: list(nx.effective_size(x, nodes=list(x), weight="weight").values()),
        },
        "common partners": {
            "us": lambda: brokerage.tie_embeddedness(net)["shared_partners"],
            "networkx": lambda: shared(x),
        },
    }
    if len(net) > 20_000:
        del found["effective size"]["networkx"]  # takes a dense matrix of firms by firms
    if len(net) <= 2000:
        found["brokerage roles"] = {
            "us": lambda: brokerage.brokerage_roles(net, group).counts,
            "numpy, dense": lambda: dense_roles(net, group),
        }
    if len(net) <= 200:
        found["bridging"] = {
            "us": lambda: brokerage.bridging(net),
            "igraph, tie by tie": lambda: igraph_bridging(g),
            "networkx, tie by tie": lambda: removal_bridging(x),
        }
    return found


def alone(net: Network) -> dict[str, Callable[[], Any]]:
    """Return calls whose peers are too slow, or absent, at this size."""
    group = np.arange(len(net)) % 7
    calls: dict[str, Callable[[], Any]] = {
        "brokerage roles": lambda: brokerage.brokerage_roles(net, group),
        "10 permutations of roles": lambda: brokerage.test_brokerage_roles(net, group, draws=10, seed=1),
        "spans of local bridges": lambda: brokerage.tie_embeddedness(net, span=True),
        "core by degree": lambda: brokerage.core_periphery(net, method="degree", draws=0),
        "coreness (minres)": lambda: brokerage.cp_coreness(net, draws=0),
    }
    if len(net) <= 10_000:
        calls["core, 5 starts"] = lambda: brokerage.core_periphery(net, restarts=5, draws=0, seed=1)
    if len(net) <= 2_000:
        calls["bridging"] = lambda: brokerage.bridging(net)
    return calls


def numbers(result: Any) -> np.ndarray:
    return np.asarray(result, dtype=float)


def seconds(call: Callable[[], Any]) -> float:
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        call()
        best = min(best, time.process_time() - start)
        if best > 1:
            break
    return best


def main() -> None:
    sizes = [int(size) for size in sys.argv[1:]] or [1_000, 10_000]
    smaller: dict[tuple[str, str], tuple[int, float]] = {}
    for n in [150, *sizes]:
        net, g, x = graph_of(n)
        for call in alone(graph_of(max(300, min(n, 1000)))[0]).values():
            call()  # compile the kernels
        print(f"\nn = {n:,}, {g.ecount():,} ties; ms of CPU; ratio = peer / us (above 1: we are faster)")
        for name, calls in contests(net, g, x).items():
            reference = numbers(calls["us"]())
            took = {"us": seconds(calls["us"])}
            for who, call in calls.items():
                at, spent = smaller.get((name, who), (n, 0.0))
                if who == "us" or spent * (n / at) > LIMIT:
                    continue
                assert np.allclose(numbers(call()), reference, rtol=1e-6, atol=1e-9, equal_nan=True), f"{name}: {who}"
                took[who] = seconds(call)
                smaller[name, who] = (n, took[who])
            ratios = [f"{who} {value / took['us']:,.1f}x" for who, value in took.items() if who != "us"]
            print(f"{name:26} us {took['us'] * 1e3:10.2f}   {'   '.join(ratios)}")
        for name, call in alone(net).items():
            print(f"{name:26} us {seconds(call) * 1e3:10.2f}   (no peer timed)")


if __name__ == "__main__":
    main()
