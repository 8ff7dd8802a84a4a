"""Null models and permutation tests beside their peers: same input, equal outputs asserted, one run.

    python benchmarks/inference.py [--sizes 1000 10000 100000]

CPU seconds, best of several, compiling apart; a ratio above 1 means that we are faster. Rewiring: the same number of
tried switches in clusternet and igraph (ten per tie); networkx counts switches that succeed, so that its time is scaled
to as many as were tried here, from a few thousand. QAP and MRQAP: 500 firms and 5,000 permutations, the loops of numpy
scaled from a few; the same permutations give the same numbers.
"""

from __future__ import annotations

import argparse
import os
import random
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import igraph
import networkx as nx
import numpy as np
import pandas as pd
from projection import best, line

from clusternet import Network
from clusternet.inference import draw_networks, mrqap, qap_correlation
from clusternet.inference._dyads import permutations, permuted
from clusternet.network._rewiring import TRIES_PER_TIE, Switching


def degrees(n: int, ends: np.ndarray) -> np.ndarray:
    assert len(np.unique(ends.min(axis=1) * n + ends.max(axis=1))) == len(ends)  # simple
    return np.bincount(ends.ravel(), minlength=n)


def rewiring(n: int) -> None:
    random.seed(n)
    graph = igraph.Graph.Barabasi(n, 3).simplify()
    pairs = np.array(graph.get_edgelist())
    tries = TRIES_PER_TIE * len(pairs)
    print(f"-- rewiring, {n:,} firms, {len(pairs):,} ties" + 22 * " " + "clusternet        peer    ratio")
    chain = Switching(n, pairs[:, 0], pairs[:, 1])
    chain.plan(10**9)
    kernel, made = best(lambda: np.column_stack(chain.drawn(np.random.default_rng(1))), 5)
    theirs, other = best(lambda: igraph_rewired(graph, tries), 3)
    assert (degrees(n, made) == degrees(n, other)).all()
    line("igraph rewire, one draw", kernel, theirs)
    net = Network(range(n), pd.DataFrame(pairs, columns=["source", "target"]))
    draws = 10
    whole, _ = best(lambda: list(draw_networks(net, draws=draws, seed=1)), 3)
    line("igraph rewire, per draw of draw_networks", whole / draws, theirs)
    few, other_graph = 3000, nx.Graph(pairs.tolist())
    begin = time.process_time()
    nx.double_edge_swap(other_graph, nswap=few, max_tries=100 * few, seed=1)
    spent = time.process_time() - begin
    line("networkx double_edge_swap, one draw (scaled)", kernel, spent / few * tries)


def igraph_rewired(graph: igraph.Graph, tries: int) -> np.ndarray:
    other = graph.copy()
    other.rewire(n=tries)
    return np.array(other.get_edgelist())


def matrix(n: int, density: float, rng: np.random.Generator) -> np.ndarray:
    upper = np.triu(rng.random((n, n)) < density, 1).astype(float)
    return upper + upper.T


def qap(n: int, draws: int) -> None:
    rng = np.random.default_rng(1)
    x, y = matrix(n, 0.06, rng), matrix(n, 0.06, rng)
    print(f"-- QAP, {n:,} firms, {draws:,} permutations" + 18 * " " + "clusternet        peer    ratio")
    qap_correlation(x, y, draws=draws, seed=1)  # compiled
    ours, made = best(lambda: qap_correlation(x, y, draws=draws, seed=1), 3)
    cells = np.tril_indices(n, -1)
    orders = next(permutations(n, draws, np.random.default_rng(1), blocks=np.zeros(n, dtype=int), exact=False))[:60]
    assert np.isclose(made.observed, np.corrcoef(x[cells], y[cells])[0, 1])

    def loop() -> list[float]:
        return [np.corrcoef(x[cells], permuted(y, order)[cells])[0, 1] for order in orders]

    spent, values = best(loop, 2)
    assert np.allclose(values, made.draws[: len(values)])  # the same permutations
    line("numpy corrcoef loop (scaled)", ours, spent / len(orders) * draws)


def regression(n: int, draws: int) -> None:
    rng = np.random.default_rng(2)
    y, xs = matrix(n, 0.06, rng), {name: matrix(n, 0.08, rng) for name in "abc"}
    print(f"-- MRQAP, {n:,} firms, 3 regressors, {draws:,} permutations" + 3 * " " + "clusternet        peer    ratio")
    mrqap(y, xs, draws=draws, seed=1)  # compiled
    ours, made = best(lambda: mrqap(y, xs, draws=draws, seed=1), 2)
    cells = np.tril_indices(n, -1)
    outcome = y[cells]
    design = np.column_stack([np.ones(len(outcome)), *(x[cells] for x in xs.values())])
    beta = np.linalg.lstsq(design, outcome, rcond=None)[0]
    assert np.allclose(made.coefficients["estimate"], beta)

    orders = next(permutations(n, draws, np.random.default_rng(1), blocks=np.zeros(n, dtype=int), exact=False))[:4]

    def once(order: np.ndarray) -> list[float]:
        found = []
        for k in range(1, 4):
            rest = np.delete(design, k, axis=1)
            left = np.zeros((n, n))
            left[cells] = design[:, k] - rest @ np.linalg.lstsq(rest, design[:, k], rcond=None)[0]
            moved = permuted(left + left.T, order)[cells]
            full = np.column_stack([rest, moved])
            fitted, *_ = np.linalg.lstsq(full, outcome, rcond=None)
            error = outcome - full @ fitted
            spread = np.linalg.inv(full.T @ full)[-1, -1] * (error @ error) / (len(outcome) - 4)
            found.append(fitted[-1] / np.sqrt(spread))
        return found

    spent, values = best(lambda: [once(order) for order in orders], 2)
    assert np.allclose(values, made.draws[: len(values)])  # the same t of the same permutations
    line("numpy lstsq loop (scaled)", ours, spent / len(orders) * draws)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Null models and permutation tests beside their peers.")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    for size in parser.parse_args().sizes:
        rewiring(size)
    qap(500, 5000)
    regression(500, 5000)
