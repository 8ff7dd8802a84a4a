"""Speed of the Economic Systemic Risk Index against the straightforward loop over firms: one run, ratio printed.

    python benchmarks/cascades.py [firms links]        (default 10000 50000)

Firms of skewed size in 50 industries, three in ten selling to final demand only; a random third of the pairs of
industries essential, a third non-essential, a third irrelevant. The loop runs sparse matrix products for one failing
firm after the other, on a sample of firms. Both stop when by the pace of the last rounds all that are left cannot
change any firm's loss by 1e-7 upstream (ours asks for the slowest pace that the network allows, which is no laxer), and
no firm's by 1e-9 in a round downstream. Equal indices are asserted. CPU time of one thread (what a second core would
add is left out) and wall time, by turns, median of three.
"""

from __future__ import annotations

import os
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from scipy import sparse

from clusternet import Network
from clusternet.cascades import NEEDS, economic_risk

SAMPLE = 20


def economy(n: int, m: int, *, final: float = 0.3, seed: int = 1) -> tuple[Network, np.ndarray, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    pull = rng.pareto(1.5, n) + 1
    seller = pull * (rng.random(n) >= final)
    ties = pd.DataFrame(
        {
            "source": rng.choice(n, 2 * m, p=seller / seller.sum()),
            "target": rng.choice(n, 2 * m, p=pull / pull.sum()),
        }
    )
    ties = ties[ties["source"] != ties["target"]].drop_duplicates().head(m)
    ties["strength"] = rng.lognormal(0, 1.5, len(ties))
    industry = rng.integers(0, 50, n)
    pairs = [(a, b, NEEDS[k]) for (a, b), k in zip(np.ndindex(50, 50), rng.integers(0, 3, 2500), strict=True)]
    needs = pd.DataFrame(pairs, columns=["supplier", "customer", "need"])
    return Network.from_edges(ties, firms=range(n), directed=True), industry, needs


def straightforward(net: Network, industry: np.ndarray, needs: pd.DataFrame, firms: np.ndarray) -> np.ndarray:
    """The published equations, one failing firm and one sparse product at a time."""
    n = net.n_firms
    flow = net.adjacency.tocoo()
    kind = needs.set_index(["supplier", "customer"])["need"].map(NEEDS.index).to_dict()
    need = np.array([kind[a, b] for a, b in zip(industry[flow.row], industry[flow.col], strict=True)])
    bought, sold = np.bincount(flow.col, flow.data, n), np.bincount(flow.row, flow.data, n)
    key, group = np.unique(flow.col * 100 + np.where(need == 0, industry[flow.row], 50), return_inverse=True)
    group_sum = np.bincount(group, flow.data)
    base = np.where(need == 0, group_sum[group], bought[flow.col])
    keep = need != 2
    share = sparse.csr_array((flow.data[keep] / base[keep], (group[keep], flow.row[keep])), shape=(len(key), n))
    customer = key // 100
    upward = sparse.csr_array((flow.data / sold[flow.row], (flow.row, flow.col)), shape=(n, n))
    size = len(np.unique(industry))
    found = []
    for firm in firms:
        down = np.zeros(n)
        down[firm] = 1.0
        while True:
            still = np.bincount(industry, sold * (1 - down), size)[industry]
            replace = np.minimum(1.0, np.divide(sold, still, out=np.ones(n), where=still > 1e-12))
            after = down.copy()
            np.maximum.at(after, customer, np.minimum(share @ (replace * down), 1.0))
            if np.abs(after - down).max() < 1e-9:
                break
            down = after
        up, before = np.zeros(n), 1.0
        up[firm] = 1.0
        while True:
            after = upward @ up
            after[firm] = 1.0
            change = np.abs(after - up).max()
            up = after
            if change <= 1e-7 * max(1 - change / before, 1e-4):
                break
            before = change
        found.append((sold * np.maximum(down, up)).sum() / sold.sum())
    return np.array(found)


def main() -> None:
    n, m = (int(word) for word in sys.argv[1:3]) if len(sys.argv) > 2 else (10_000, 50_000)
    small = economy(300, 1500)
    economic_risk(small[0], industry=small[1], needs=small[2])  # loads the compiled kernels
    net, industry, needs = economy(n, m)
    times = []
    for turn in range(3):
        firms = np.random.default_rng(turn).choice(n, min(SAMPLE, n), replace=False)
        start = time.perf_counter(), time.process_time()
        ours = economic_risk(net, industry=industry, needs=needs)
        middle = time.perf_counter(), time.process_time()
        theirs = straightforward(net, industry, needs, firms)
        end = time.perf_counter(), time.process_time()
        gap = np.abs(ours.size.to_numpy()[firms] - theirs).max()
        assert gap < 1e-6, gap
        scale = n / len(firms)
        times.append([m - s for s, m in zip(start, middle, strict=True)])
        times[-1] += [(e - m) * scale for m, e in zip(middle, end, strict=True)]
    wall, cpu, loop_wall, loop_cpu = np.median(times, axis=0)
    print(
        f"ESRI of {n:,} firms, {net.n_ties:,} links; largest difference {gap:.1e}; loop scaled from {len(firms)} firms"
    )
    for clock, us, loop in (("CPU", cpu, loop_cpu), ("wall", wall, loop_wall)):
        verdict = f"  (at least 10x: {'met' if loop / us >= 10 else 'MISSED'})" if clock == "CPU" else ""
        print(f"{clock:<5} us {us:7.1f} s   loop over firms {loop:8.1f} s   ratio {loop / us:5.1f}x{verdict}")


if __name__ == "__main__":
    main()
