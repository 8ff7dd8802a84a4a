"""Recommendations and key players: fast evaluation against the plain loop that rebuilds the network every time.

``python benchmarks/interventions.py [n]`` (default 300). Choices are compared before times are printed: the plain loop
evaluates a sample of the candidates only, its total is extrapolated and labeled `ext`.
"""

from __future__ import annotations

import itertools
import sys
import time
from typing import TYPE_CHECKING, Any

import igraph
import numpy as np
import pandas as pd

from clusternet import Network, interventions
from clusternet.interventions import _objectives
from clusternet.interventions._change import changed
from clusternet.result import igraph_seed

if TYPE_CHECKING:
    from collections.abc import Callable

SAMPLE = 60


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    value = call()
    return time.process_time() - start, value


def line(what: str, ours: float, naive: float, note: str = "ext") -> None:
    print(f"{what:<44} us {ours:>8.2f} s   plain loop {naive:>9.2f} s {note:<3} {naive / ours:>8.1f}x")


def own(net: Network) -> float:
    return float(net.ties["strength"].sum())


def ties(net: Network, objective: Any, table: pd.DataFrame) -> None:
    def ours() -> interventions.Recommendation:
        return interventions.recommend_ties(net, k=1, objective=objective, capabilities=table, draws=0, seed=1)

    ours()  # imports and compiled kernels
    seconds, found = timed(ours)
    aim = _objectives.aim_of(net, objective, steps=2, lose=0.1, capabilities=table, focus=None)
    first = found.chosen.iloc[0]
    rng = np.random.default_rng(1)
    graph = net.simple().csr()
    two = np.argwhere(np.triu((graph @ graph).toarray() > 0, 1) & (graph.toarray() == 0))
    assert len(two) == found.n_candidates
    sample = two[rng.permutation(len(two))[:SAMPLE]]

    def plain() -> list[float]:
        return [
            _objectives.network_value(changed(net, add_ties=[tuple(net.firms.index[pair])]), aim) for pair in sample
        ]

    naive, values = timed(plain)
    assert max(aim.sign * value for value in values) <= aim.sign * first["value"] + 1e-12
    line(f"one tie of {len(two):,} for {aim.name}", seconds, naive * len(two) / len(sample))


def players(net: Network, k: int) -> None:
    def ours() -> interventions.KeyPlayers:
        return interventions.key_players(net, k=k, goal="reach", steps=1, method="greedy")

    seconds, found = timed(ours)
    near = [set(igraph_neighbors) for igraph_neighbors in net.igraph.neighborhood(order=1)]

    def plain() -> list[int]:
        picked: list[int] = []
        for _ in range(k):
            there = set().union(*(near[firm] for firm in picked)) if picked else set()
            gains = [len(near[firm] - there) for firm in range(len(near))]
            picked.append(int(np.argmax(gains)))
        return picked

    naive, picked = timed(plain)
    assert net.firms.index[picked].tolist() == found.firms.tolist()
    print(f"greedy key players by reach, k = {k:<12} us {seconds:>8.3f} s   plain greedy {naive:>8.3f} s")
    small = net.subset(net.firms.index[:40])
    seconds, exact = timed(
        lambda: interventions.key_players(small, k=3, goal="distance_weighted_reach", method="exact")
    )

    def brute() -> float:
        away = np.array(small.igraph.distances(), dtype=float)
        worth = 1 / np.maximum(away, 1)
        return max(worth[list(firms)].max(axis=0).mean() for firms in itertools.combinations(range(40), 3))

    naive, best = timed(brute)
    assert abs(exact.value - best) < 1e-12
    line("exact key players, 3 of 40 firms", seconds, naive, "")


def main() -> None:
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    with igraph_seed(1):
        graph = igraph.Graph.Barabasi(n, 2)
    net = Network.from_edges(graph.get_edgelist(), firms=range(n))
    table = pd.DataFrame(np.random.default_rng(1).random((n, 12)) < 0.2, index=net.firms.index).astype(int)
    print(f"{n:,} firms, {net.n_ties:,} ties")
    for objective in ("reach", "coverage", "robustness", "constraint", own):
        ties(net, objective, table)
    players(net, 10)
    seconds, _ = timed(lambda: interventions.what_if(net, leave=[0], draws=20, seed=1))
    print(f"what_if, all measures and responses, 20 draws  {seconds:.2f} s")


if __name__ == "__main__":
    main()
