"""Speed of structural cohesion, two-mode closure and rewiring: equal outputs asserted first, ratios printed.

    python benchmarks/cohesion.py [--large]

Us is the public call; the peer is the only library that has the measure (networkx), or the fastest one. CPU time of one
thread. networkx misses some k-components (NAMES.md), so the networks are ones on which it is right. The rest of the
measures is in benchmarks/measures.py.
"""

from __future__ import annotations

import argparse
import os
import time
from typing import TYPE_CHECKING, Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import networkx as nx
import numpy as np

from clusternet import Network, cohesion

if TYPE_CHECKING:
    from collections.abc import Callable


def seconds(call: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    got = call()
    return time.process_time() - start, got


def network_of(graph: nx.Graph) -> Network:
    return Network.from_edges(list(graph.edges), firms=list(graph.nodes))


def report(name: str, us: float, peer: float, least: float) -> None:
    ratio = peer / max(us, 1e-9)
    verdict = "" if ratio >= least else f"  BELOW {least:g}"
    print(f"{name:48} us {us * 1e3:9.2f} ms   networkx {peer * 1e3:10.2f} ms   ratio {ratio:9.1f}{verdict}")


def k_components(name: str, graph: nx.Graph) -> None:
    net = network_of(graph)
    us, found = seconds(lambda: cohesion.k_components(net))
    peer, wanted = seconds(lambda: nx.k_components(graph))
    ours = found.groupby(["k", "component"])["firm"].agg(frozenset)
    levels = {(k, frozenset(part)) for k, level in wanted.items() for part in level}
    assert {(k, part) for (k, _), part in ours.items()} == levels, name
    report(f"k-components, {name}", us, peer, 20)


def connectivity(name: str, graph: nx.Graph) -> None:
    net = network_of(graph)
    us, found = seconds(lambda: cohesion.vertex_connectivity(net))
    peer, wanted = seconds(lambda: nx.node_connectivity(graph))
    engine = net.igraph
    igraph, again = seconds(engine.vertex_connectivity)
    assert found == wanted == again
    report(f"vertex connectivity, {name}", us, peer, 1)
    print(f"{'':48} igraph {igraph * 1e3:.2f} ms, ratio {igraph / us:.1f}")


def two_mode(n: int, groups: int) -> None:
    graph = nx.bipartite.random_graph(n, groups, 4 / groups, seed=1)
    net = Network.from_networkx(graph)
    us, found = seconds(lambda: cohesion.robins_alexander_clustering(net))
    peer, wanted = seconds(lambda: nx.bipartite.robins_alexander_clustering(graph))
    assert np.isclose(found, wanted)
    report(f"Robins-Alexander clustering, {n} firms", us, peer, 20)
    us, local = seconds(lambda: cohesion.local_two_mode_clustering(net, variant="latapy_dot"))
    peer, latapy = seconds(lambda: nx.bipartite.clustering(graph))
    assert np.allclose(local.fillna(0), [latapy[firm] for firm in local.index])
    report(f"Latapy clustering, {n} firms", us, peer, 20)
    us, _ = seconds(lambda: cohesion.two_mode_clustering(net, 0))
    print(f"{f'Opsahl clustering, {n} firms':48} us {us * 1e3:9.2f} ms   no peer in Python")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--large", action="store_true", help="add our own times on 1,000 to 5,000 firms")
    options = parser.parse_args()
    cohesion.cohesive_blocks(network_of(nx.karate_club_graph()))  # loads what is loaded on first use
    cohesion.robins_alexander_clustering(Network.from_networkx(nx.davis_southern_women_graph()))
    k_components("60 firms, Barabasi-Albert", nx.barabasi_albert_graph(60, 3, seed=1))
    k_components("100 firms, Barabasi-Albert", nx.barabasi_albert_graph(100, 3, seed=1))
    k_components("100 firms, random", nx.gnp_random_graph(100, 0.06, seed=1))
    connectivity("200 firms, Watts-Strogatz", nx.watts_strogatz_graph(200, 8, 0.1, seed=1))
    two_mode(1_000, 400)
    if options.large:
        for n in (1_000, 5_000):
            for name, graph in (
                ("Barabasi-Albert", nx.barabasi_albert_graph(n, 3, seed=1)),
                ("Watts-Strogatz", nx.watts_strogatz_graph(n, 6, 0.1, seed=1)),
            ):
                net = network_of(graph)
                us, _ = seconds(lambda: cohesion.structural_cohesion(net))  # noqa: B023
                print(f"{f'structural cohesion, {n} firms, {name}':48} us {us:9.2f} s    no peer ends in time")


if __name__ == "__main__":
    main()
