"""Projections, and their significance, beside igraph, networkx and scipy: same input, equal ties asserted, one run.

    python benchmarks/projection.py [--sizes 10000 100000 1000000]

A call starts from the tool's own two-mode graph and ends with the tied pairs and their strengths in that tool;
"+ build" adds making the graph from arrays of ids. CPU seconds, best of several; a ratio above 1 means that we are
faster. networkx is left out above 10^5 memberships (half a minute). Significance: the same p by scipy's hypergeometric
tail, pair by pair.
"""

from __future__ import annotations

import argparse
import os
import time
from typing import TYPE_CHECKING, Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import igraph
import networkx as nx
import numpy as np
import pandas as pd
from scipy import stats

from clusternet import Network

if TYPE_CHECKING:
    from collections.abc import Callable

NETWORKX_UP_TO = 100_000


def memberships(n: int) -> tuple[np.ndarray, np.ndarray, int, int]:
    """About n distinct memberships: n / 2 firms, n / 4 agreements of four on average."""
    rng = np.random.default_rng(n)
    firms, deals = n // 2, n // 4
    both = np.unique(rng.integers(0, firms, n) * deals + rng.integers(0, deals, n))
    return both // deals, both % deals, firms, deals


def best(call: Callable[[], Any], times: int) -> tuple[float, Any]:
    spent, made = [], None
    for _ in range(times):
        begin = time.process_time()
        made = call()
        spent.append(time.process_time() - begin)
    return min(spent), made


def line(name: str, ours: float, peer: float) -> None:
    print(f"{name:56s} {ours:9.4f} s {peer:9.4f} s {peer / ours:8.1f} x", flush=True)


def run(n: int) -> None:
    firm, deal, firms, deals = memberships(n)
    times = 5
    modes = pd.DataFrame({"mode": np.repeat(["firm", "deal"], [firms, deals])}, index=range(firms + deals))

    def our_graph() -> Network:
        return Network(modes, pd.DataFrame({"source": firm, "target": deal + firms}))

    def igraph_graph() -> igraph.Graph:
        kinds = [0] * firms + [1] * deals
        return igraph.Graph.Bipartite(kinds, list(zip(firm.tolist(), (deal + firms).tolist(), strict=True)))

    def networkx_graph() -> nx.Graph:
        graph = nx.Graph()
        graph.add_nodes_from(range(firms), bipartite=0)
        graph.add_nodes_from(range(firms, firms + deals), bipartite=1)
        graph.add_edges_from(zip(firm.tolist(), (deal + firms).tolist(), strict=True))
        return graph

    our_build, net = best(our_graph, times)
    net.is_two_mode  # noqa: B018  (a cached view)
    count, shared = best(lambda: net.project("firm"), times)
    newman, weighted = best(lambda: net.project("firm", "newman"), times)
    ties = shared.ties
    print(f"-- {len(firm):,} memberships, {len(ties):,} pairs" + 24 * " " + "clusternet        peer    ratio")

    build, graph = best(igraph_graph, times)
    spent, made = best(lambda: graph.bipartite_projection(multiplicity=True, which=0), times)
    pairs = np.sort(np.array(made.get_edgelist()), axis=1)
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    assert (pairs[order] == ties[["source", "target"]].to_numpy()).all()
    assert (np.array(made.es["weight"])[order] == ties["strength"]).all()
    line("projection: igraph bipartite_projection", count, spent)
    line("projection: igraph, + build", our_build + count, build + spent)
    del made

    if n <= NETWORKX_UP_TO:
        build, other = best(networkx_graph, 1)
        for name, ours, peer, result in (
            ("weighted_projected_graph", count, nx.bipartite.weighted_projected_graph, shared),
            (
                "collaboration_weighted_projected_graph",
                newman,
                nx.bipartite.collaboration_weighted_projected_graph,
                weighted,
            ),
        ):
            spent, made = best(lambda peer=peer: peer(other, range(firms)), 1)
            table = result.ties
            assert made.number_of_edges() == len(table)
            found = np.array([made[a][b]["weight"] for a, b in zip(table["source"], table["target"], strict=True)])
            assert np.allclose(found, table["strength"], rtol=1e-12)
            line(f"projection: networkx {name}", ours, spent)
        line("projection: networkx (newman), + build", our_build + newman, build + spent)

    tested, made = best(lambda: net.project("firm", backbone="hypergeometric", keep="all"), times)
    held = np.bincount(firm, minlength=firms)
    a, b = held[ties["source"]], held[ties["target"]]
    filled = len(np.unique(deal))
    some = slice(0, 20_000)  # scipy takes the pairs one by one
    spent, p = best(lambda: stats.hypergeom.sf(ties["n_shared"][some] - 1, filled, a[some], b[some]), 1)
    assert np.allclose(made.ties["p"][some], p, rtol=1e-8)
    line("hypergeometric p: scipy (from 20,000 pairs)", tested, count + spent * len(ties) / len(p))
    sdsm, _ = best(lambda: net.project("firm", backbone="sdsm"), times)
    print(f"{'SDSM, exact tail':56s} {sdsm:9.4f} s")
    if n <= NETWORKX_UP_TO:
        fdsm, _ = best(lambda: net.project("firm", backbone="fdsm", draws=20, keep="all", seed=1), 2)
        print(f"{'FDSM, per draw':56s} {fdsm / 20:9.4f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Projections beside igraph, networkx and scipy.")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    for size in parser.parse_args().sizes:
        run(size)
