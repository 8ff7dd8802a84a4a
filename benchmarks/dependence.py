"""Speed of dependence and dynamics against what one would call instead: one run, equal outputs asserted first.

    python benchmarks/dependence.py [n ...]        (default 1000 10000)

Directed networks with three suppliers per firm and strengths of 1 to 5. Us is the public call on a network whose
derived views are warm; a peer is its own call on its own graph (statsmodels gets its spells from tie_spells). Influence
with uniform inputs is the PageRank of the suppliers, so igraph and networkx can do it. Concentration has no peer
in Python: a loop over networkx neighbors stands in, as do sets of networkx edges for persistence. CPU time, best of
three; a peer that would run longer than 20 s by its time at the smaller size is left out.
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
from statsmodels.duration.survfunc import SurvfuncRight

from clusternet import Network, dependence, dynamics

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT = 20.0


def ties_of(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"source": (n * rng.random(3 * n) ** 2).astype(int), "target": np.repeat(np.arange(n), 3)})
    table = table[table["source"] != table["target"]].drop_duplicates(ignore_index=True)
    start = pd.Timestamp("2015-01-01") + pd.to_timedelta(rng.integers(0, 2000, len(table)), unit="D")
    end = pd.Series(start + pd.to_timedelta(rng.integers(1, 3000, len(table)), unit="D"))
    return table.assign(
        strength=rng.integers(1, 6, len(table)).astype(float),
        start=start,
        end=end.where(end < "2021-01-01"),
        directed=True,
    )


def graph_of(table: pd.DataFrame, n: int) -> nx.DiGraph:
    made = nx.DiGraph()
    made.add_nodes_from(range(n))
    made.add_weighted_edges_from(table[["target", "source", "strength"]].itertuples(index=False))
    return made


def loop_hhi(graph: nx.DiGraph) -> np.ndarray:
    found = []
    for firm in graph:
        strengths = [data["weight"] for _, _, data in graph.out_edges(firm, data=True)]
        total = sum(strengths)
        found.append(sum((value / total) ** 2 for value in strengths) if strengths else np.nan)
    return np.array(found)


def contests(n: int) -> dict[str, dict[str, Callable[[], Any]]]:
    table, later = ties_of(n, 1), ties_of(n, 2)
    later = pd.concat([table[: len(table) // 2], later], ignore_index=True).drop_duplicates(["source", "target"])
    net, after = Network(range(n), table), Network(range(n), later)
    made, then = graph_of(table, n), graph_of(later, n)
    engine = igraph.Graph(n=n, edges=table[["target", "source"]].to_numpy().tolist(), directed=True)
    engine.es["strength"] = table["strength"].tolist()
    for view in (net, after):
        view.simple()

    def shared() -> np.ndarray:
        old, now = set(made.edges), set(then.edges)
        return np.array([len(old & now) / len(old | now)])

    def survfunc() -> np.ndarray:
        spells = dynamics.tie_spells(net, until="2020-12-31")
        return SurvfuncRight(spells["time"].to_numpy(), spells["ended"].to_numpy().astype(int)).surv_prob

    def persistence() -> np.ndarray:
        return dynamics.persistence({1: net, 2: after})["jaccard"].to_numpy()

    def survival() -> np.ndarray:
        return dynamics.tie_survival(net, until="2020-12-31").curve["survival"].to_numpy()

    return {
        "partner_hhi": {
            "us": lambda: dependence.partner_hhi(net, direction="in").to_numpy(),
            "networkx loop": lambda: loop_hhi(made),
        },
        "influence": {
            "us": lambda: dependence.influence(net, no_inputs="uniform").to_numpy(),
            "igraph": lambda: np.array(engine.pagerank(damping=2 / 3, weights="strength")),
            "networkx": lambda: np.array(list(nx.pagerank(made, alpha=2 / 3, tol=1e-14, max_iter=500).values())),
        },
        "persistence": {
            "us": persistence,
            "networkx sets": shared,
        },
        "tie_survival": {
            "us": survival,
            "statsmodels": survfunc,
        },
    }


def clock(call: Callable[[], Any]) -> float:
    best = np.inf
    for _ in range(3):
        start = time.process_time()
        call()
        best = min(best, time.process_time() - start)
    return best


def main(sizes: list[int]) -> None:
    seen: dict[tuple[str, str], tuple[int, float]] = {}
    for n in sizes:
        print(f"n = {n:,}")
        for name, calls in contests(n).items():
            ours = calls["us"]()
            times = {"us": clock(calls["us"])}
            for peer, call in calls.items():
                if peer == "us":
                    continue
                size, before = seen.get((name, peer), (n, 0.0))
                if before * n / size > LIMIT:
                    continue
                theirs = call()
                assert np.allclose(ours, theirs, rtol=1e-8, atol=1e-10, equal_nan=True), f"{name}: {peer} differs"
                times[peer] = clock(call)
                seen[name, peer] = (n, times[peer])
            ratios = ", ".join(f"{peer} {spent / times['us']:.1f} x" for peer, spent in times.items() if peer != "us")
            print(f"  {name:14} {1000 * times['us']:9.2f} ms   {ratios}")


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [1_000, 10_000])
