"""Speed of the measures against igraph and networkx: one run, equal outputs asserted before timing, ratios printed.

    python benchmarks/measures.py [--sizes 1000 10000] [--large] [--limit SECONDS] [--only NAME ...]

Us is the public call on a network whose derived views are warm (building them is one cost, shared by all measures);
a peer is its own call on its own graph, answer turned into an array. Where that answers less than we do, the peer comes
a second time, with a star, giving the same answer from the same input: a Series by firm id, tied pairs by their ids,
groups from labels instead of numbers. Both ratios are printed; the bar is held to the second. (Where a peer takes long
a Series cannot show and is not made.)

CPU time of one thread, best of several. A call that by its times at the smaller sizes would pass --limit is left out,
and so is one that has no peer left; the end of each size says which. A measure that only networkx has must be 20 times
faster than it, any other not slower than the best peer by more than 1.2 times (ratio 0.83); the run fails if one is,
unless it takes less than a millisecond: there, checks and the looking up of ids are what is timed. Only ratios within
one run count: machines are noisy, and two calls of the same C function have differed by a tenth.
"""

from __future__ import annotations

import argparse
import math
import os
import time
import warnings
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
    ties["directed"] = graph.is_directed()
    return Network(range(graph.vcount()), ties)


def networkx_of(graph: igraph.Graph) -> nx.Graph:
    made = nx.DiGraph() if graph.is_directed() else nx.Graph()
    made.add_nodes_from(range(graph.vcount()))
    made.add_edges_from(graph.get_edgelist())
    return made


def directed_of(graph: igraph.Graph) -> igraph.Graph:
    """The same ties from newcomer to incumbent, and every tenth of them the other way too."""
    edges = [(max(pair), min(pair)) for pair in graph.get_edgelist()]
    back = [pair[::-1] for pair in edges[::10]]
    made = igraph.Graph(n=graph.vcount(), edges=edges + back, directed=True)
    made.es["strength"] = graph.es["strength"] + graph.es["strength"][::10]
    return made


def quiet(call: Call) -> Any:
    """Let igraph doubt in silence whether the answer is unique; it is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call()


def cold(call: Call) -> Call:
    """Forget the distance sums first, so that no measure gets them for nothing."""

    def run() -> Any:
        kept_sums = (_paths.distance_sums, _paths.inverse_distance_sums, _paths.step_counts, _paths.reached_firms)
        for kept in kept_sums:
            kept.cache_clear()
        return call()

    return run


def contests(net: Network, g: igraph.Graph, x: nx.Graph) -> dict[str, dict[str, Call]]:
    length = [1 / s for s in g.es["strength"]]
    n = g.vcount()
    group = (np.arange(n) % 5).tolist()
    labels = pd.Series([f"group {number}" for number in group], index=net.firms.index)
    team = [0, 5, n // 2, n - 1]
    blocks = [set(range(k, n, 5)) for k in range(5)]
    return {
        "degree": {"us": lambda: centrality.degree(net), "igraph": g.degree, "networkx": lambda: dict(x.degree)},
        "strength": {"us": lambda: centrality.strength(net), "igraph": lambda: g.strength(weights="strength")},
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
        "harmonic": {
            "us": cold(lambda: centrality.harmonic(net)),
            "igraph": g.harmonic_centrality,
        },
        "harmonic, strength": {
            "us": cold(lambda: centrality.harmonic(net, weights="strength")),
            "igraph": lambda: g.harmonic_centrality(weights=length),
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
        "information": {
            "us": lambda: centrality.information(net, variant="current_flow"),
            "networkx": lambda: nx.information_centrality(x),
        },
        "current-flow betweenness": {
            "us": lambda: centrality.current_flow_betweenness(net),
            "networkx": lambda: nx.current_flow_betweenness_centrality(x),
        },
        "group degree": {
            "us": lambda: centrality.group_degree(net, team),
            "networkx": lambda: nx.group_degree_centrality(x, team),
        },
        "group closeness": {
            "us": lambda: centrality.group_closeness(net, team),
            "networkx": lambda: nx.group_closeness_centrality(x, team),
        },
        "group betweenness": {
            "us": lambda: centrality.group_betweenness(net, team, scale="raw"),
            "networkx": lambda: nx.group_betweenness_centrality(x, team, normalized=False),
        },
        "eigenvector": {
            "us": lambda: centrality.eigenvector(net),
            "igraph": g.eigenvector_centrality,
            "networkx": lambda: _max1(nx.eigenvector_centrality(x, max_iter=2000, tol=1e-10)),
        },
        "pagerank": {
            "us": lambda: centrality.pagerank(net),
            "igraph": g.pagerank,
            "networkx": lambda: nx.pagerank(x, tol=1e-12),
        },
        "katz": {
            "us": lambda: centrality.katz(net, alpha=0.01),
            "networkx": lambda: nx.katz_centrality(x, alpha=0.01, normalized=False, tol=1e-12),
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
            "us": lambda: cohesion.bridges(net),
            "igraph": lambda: np.array([g.es[tie].tuple for tie in sorted(g.bridges())]).reshape(-1, 2),
            "igraph*": lambda: _pairs(g, net.firms.index),
            "networkx": lambda: np.array(sorted(sorted(pair) for pair in nx.bridges(x))).reshape(-1, 2),
        },
        "modularity": {
            "us": lambda: cohesion.modularity(net, labels),
            "igraph": lambda: g.modularity(group),
            "igraph*": lambda: g.modularity(pd.factorize(labels)[0].tolist()),
            "networkx": lambda: nx.community.modularity(x, blocks),
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


def directed_contests(net: Network, g: igraph.Graph, x: nx.DiGraph) -> dict[str, dict[str, Call]]:
    # networkx has levels only where every firm is fed from outside, so without the ties that lead back.
    onward = net.ties[net.ties["source"] > net.ties["target"]]
    supply = Network(net.firms, onward)
    supplied = nx.DiGraph(list(zip(onward["source"], onward["target"], strict=True)))
    return {
        "in-degree, directed": {
            "us": lambda: centrality.degree(net, direction="in"),
            "igraph": g.indegree,
            "networkx": lambda: dict(x.in_degree),
        },
        "closeness, directed": {
            "us": cold(lambda: centrality.closeness(net, direction="in", variant="wasserman_faust").fillna(0)),
            "networkx": lambda: nx.closeness_centrality(x),
        },
        "betweenness, directed": {
            "us": lambda: centrality.betweenness(net, scale="raw"),
            "igraph": g.betweenness,
            "networkx": lambda: nx.betweenness_centrality(x, normalized=False),
        },
        "pagerank, directed": {
            "us": lambda: centrality.pagerank(net),
            "igraph": g.pagerank,
            "networkx": lambda: nx.pagerank(x, tol=1e-12),
        },
        "hubs": {
            "us": lambda: centrality.hubs(net),
            "igraph": lambda: quiet(g.hub_score),
        },
        "reach": {
            "us": cold(lambda: centrality.reach(net)),
            "igraph": lambda: (np.array(g.neighborhood_size(order=g.vcount(), mode="out")) - 1) / (g.vcount() - 1),
            "networkx": lambda: {v: len(nx.descendants(x, v)) / (len(x) - 1) for v in x},
        },
        "trophic level, Levine": {
            "us": lambda: centrality.trophic_level(supply, definition="levine"),
            "networkx": lambda: nx.trophic_levels(supplied),
        },
        "flow hierarchy": {
            "us": lambda: centrality.flow_hierarchy(net),
            "networkx": lambda: nx.flow_hierarchy(x),
        },
    }


NEW = {
    "trophic level": centrality.trophic_level,
    "rank intervals": centrality.rank_intervals,
    "rank intervals, strength": lambda net: centrality.rank_intervals(net, weights="strength"),
}
"""What no peer in Python has: the time alone."""

SHORT = 0.05
"""Seconds above which the making of a Series is lost in the peer's own time."""

GROWTH = {
    ("information", "us"): 3.0,
    ("information", "networkx"): 3.0,
    ("current-flow betweenness", "us"): 3.0,
    ("current-flow betweenness", "networkx"): 3.0,
    ("trophic level, Levine", "us"): 1.0,
    ("trophic level, Levine", "networkx"): 3.0,
}
"""How the time is taken to grow with n before two sizes have shown it; n squared where nothing is said."""


def _max1(scores: dict[int, float]) -> list[float]:
    top = max(scores.values())
    return [score / top for score in scores.values()]


def _pairs(g: igraph.Graph, ids: pd.Index) -> pd.DataFrame:
    """The bridges as igraph finds them, by the ids of the firms."""
    ends = np.array([g.es[tie].tuple for tie in sorted(g.bridges())], dtype=np.int64).reshape(-1, 2)
    return pd.DataFrame({"source": ids[ends[:, 0]], "target": ids[ends[:, 1]]})


def as_series(call: Call, index: pd.Index) -> Call:
    """The peer's answer as we give ours: a Series by firm."""

    def run() -> pd.Series:
        found = call()
        values = [found[firm] for firm in index] if isinstance(found, dict) else found
        return pd.Series(values, index=index, dtype=float)

    return run


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


class Clock:
    """The times so far, and what a call will take by them."""

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self.spent: dict[tuple[str, str], list[tuple[int, float]]] = {}

    def expected(self, name: str, who: str, n: int) -> float:
        known = self.spent.get((name, who), [])
        if not known:
            return 0.0
        power = GROWTH.get((name, who), 2.0)
        if len(known) > 1 and known[-1][1] > 0.05:
            (small, first), (large, second) = known[-2:]
            power = min(max(math.log(second / max(first, 1e-6)) / math.log(large / small), 1.0), 3.0)
        size, time_then = known[-1]
        return time_then * (n / size) ** power

    def run(self, name: str, calls: dict[str, Call], n: int) -> dict[str, float] | str:
        """Return the best time of everybody, or why nobody ran."""
        costs = {who: self.expected(name, who, n) for who in calls}
        invited = [who for who in calls if costs[who] <= self.limit]
        if "us" not in invited or len(invited) < 2:
            return ", ".join(f"{who} about {cost:,.0f} s" for who, cost in costs.items() if cost > self.limit)
        took: dict[str, float] = {}
        reference, index = None, None
        for who in invited:
            start = time.process_time()
            answer = calls[who]()
            got = numbers(answer)
            first = time.process_time() - start
            if reference is None:
                reference = got
            else:
                # networkx counts a clustering of 0 where igraph and we say undefined.
                wanted = np.nan_to_num(reference) if who == "networkx" else reference
                assert np.allclose(got, wanted, rtol=1e-5, atol=1e-6, equal_nan=True), f"{name}: {who} differs"
            took[who] = seconds(calls[who], first)
            self.spent.setdefault((name, who), []).append((n, took[who]))
            if who == "us":
                index = answer.index if isinstance(answer, pd.Series) else None
            elif index is not None and took[who] < SHORT:
                took[f"{who}*"] = seconds(as_series(calls[who], index), first)
        return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--large", action="store_true", help="add n = 100,000")
    parser.add_argument("--limit", type=float, default=60.0, help="leave out calls expected to take longer")
    parser.add_argument("--only", nargs="+", default=[""], help="run the measures whose name holds one of these")
    options = parser.parse_args()
    clock = Clock(options.limit)
    behind: list[str] = []
    # The smallest size shows what the others will cost.
    for n in sorted({1_000, *options.sizes, *([100_000] if options.large else [])}):
        graph = graph_of(n)
        arcs = directed_of(graph)
        plain, directed = network_of(graph), network_of(arcs)
        rows = contests(plain, graph, networkx_of(graph)) | directed_contests(directed, arcs, networkx_of(arcs))
        for net in (plain, directed):
            _ = net.igraph, net.igraph_undirected
        print(f"\nn = {n:,}, {graph.ecount():,} ties; ms of CPU; ratio = best peer / us (above 1: we are faster)")
        left_out = []
        for name, calls in rows.items():
            if not any(part in name for part in options.only):
                continue
            took = clock.run(name, calls, n)
            if isinstance(took, str):
                left_out.append(f"{name} ({took})")
                continue
            same = {who: value for who, value in took.items() if who != "us" and f"{who}*" not in took}
            bare = {who: value for who, value in took.items() if who != "us" and not who.endswith("*")}
            best = min(bare, key=bare.__getitem__)
            peer = min(same, key=same.__getitem__)
            ratio = same[peer] / max(took["us"], 1e-9)
            # Below a millisecond the making of a Series is what is timed.
            alone = set(bare) == {"networkx"}
            if took["us"] > 1e-3 and ratio < (20 if alone else 1 / 1.2):
                behind.append(f"{name} at n = {n:,}: {ratio:.2f}")
            shown = "  ".join(f"{who} {value * 1e3:10.2f}" for who, value in took.items())
            short = f"{bare[best] / max(took['us'], 1e-9):.2f} ({best}), same answer " if peer.endswith("*") else ""
            print(f"{name:26} {shown:90} ratio {short}{ratio:.2f} ({peer})", flush=True)
        for name, call in NEW.items():
            if any(part in name for part in options.only):
                start = time.process_time()
                call(directed if name == "trophic level" else plain)
                print(f"{name:26} us {(time.process_time() - start) * 1e3:10.2f}  (no peer)")
        if left_out:
            print(f"left out, longer than {options.limit:g} s: {'; '.join(left_out)}")
    print("\nbehind the bar: " + ("; ".join(behind) or "none"))
    if behind:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
