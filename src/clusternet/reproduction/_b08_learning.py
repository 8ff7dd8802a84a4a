"""When do local clusters learn fastest? Knowledge barter on rings, and search on rugged landscapes."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from clusternet import models
from clusternet.network import Network
from clusternet.reproduction._ledger import Entry, finding, holds, number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

__all__ = ["barter_curve", "barter_optimum", "exploration", "search_networks", "search_table"]

CHANCES = (0.0005, 0.01, 0.03, 0.09, 0.15, 0.3, 1.0)
MEANS = {
    0.25: {0.0005: 6.37, 0.01: 6.45, 0.09: 6.68, 0.3: 6.43, 1.0: 5.82},
    0.5: {0.0005: 6.81, 0.01: 7.05, 0.09: 7.45, 0.3: 7.48, 1.0: 7.10},
    1.0: {0.0005: 4.20, 0.01: 4.68, 0.09: 6.67, 0.3: 7.84, 1.0: 8.06},
}
SEARCH = {
    "everybody sees everybody": {5: 0.473, 20: 0.538, 200: 0.538},
    "random, four partners": {5: 0.358, 20: 0.591, 200: 0.595},
    "small world": {5: 0.313, 20: 0.669, 200: 0.670},
    "line": {5: 0.212, 20: 0.550, 200: 0.771},
    "nobody sees anybody": {5: 0.103, 20: 0.233, 200: 0.418},
}


def barter_curve(
    absorbed: float,
    *,
    chances: Sequence[float] = CHANCES,
    runs: int = 30,
    n_firms: int = 500,
    partners: int = 10,
    experts: float = 0.1,
    seed: int = 1,
) -> pd.DataFrame:
    """Return what firms on rings with ever more rewired ties know in the end.

    Parameters
    ----------
    absorbed, experts
        As in `models.knowledge_barter`.
    chances
        Chances of rewiring.
    runs
        Runs per chance.
    n_firms, partners
        As in `models.rewired_ring`.
    seed
        Seed of all runs.

    Returns
    -------
    pandas.DataFrame
        Indexed by the chance: ``mean``, ``se`` (its standard error over the runs), ``variance``, ``variation``.
    """
    return _curve(absorbed, tuple(chances), runs, n_firms, partners, experts, seed).copy()


@lru_cache(maxsize=16)  # the notebook draws what the ledger tests
def _curve(  # noqa: PLR0917 (a cache takes arguments by position)
    absorbed: float, chances: tuple[float, ...], runs: int, n_firms: int, partners: int, experts: float, seed: int
) -> pd.DataFrame:
    rows = {}
    seeds = iter(np.random.SeedSequence(seed).generate_state(len(chances) * runs).tolist())
    for chance in chances:
        ended = []
        for _ in range(runs):
            drawn = next(seeds)
            ring = models.rewired_ring(n_firms, partners, chance=chance, seed=drawn)
            barter = models.knowledge_barter(ring, absorbed=absorbed, experts=experts, seed=drawn)
            ended.append((barter.mean, barter.variance, barter.variation))
        values = np.array(ended)
        se = values[:, 0].std(ddof=1) / np.sqrt(runs) if runs > 1 else np.nan
        rows[chance] = (values[:, 0].mean(), se, values[:, 1].mean(), values[:, 2].mean())
    columns = ["mean", "se", "variance", "variation"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return table.rename_axis("share of ties rewired")


def search_networks(n_firms: int, seed: int) -> dict[str, Network]:
    """Return five networks of the same firms, from everybody tied to nobody.

    Parameters
    ----------
    n_firms
        Number of firms.
    seed
        Seed of those with chance in them.
    """
    every = np.column_stack(np.triu_indices(n_firms, 1))
    rng = np.random.default_rng(seed)
    made = _fixed(n_firms) | {
        "random, four partners": _drawn(every[rng.choice(len(every), 2 * n_firms, replace=False)], n_firms),
        "small world": models.rewired_ring(n_firms, 4, chance=0.1, seed=seed),
    }
    return {name: made[name] for name in SEARCH}


@lru_cache
def _fixed(n_firms: int) -> dict[str, Network]:
    every = np.column_stack(np.triu_indices(n_firms, 1))
    return {
        "everybody sees everybody": _drawn(every, n_firms),
        "line": _drawn(every[every[:, 1] == every[:, 0] + 1], n_firms),
        "nobody sees anybody": _drawn(every[:0], n_firms),
    }


def _drawn(pairs: NDArray[np.int64], n_firms: int) -> Network:
    return Network.from_edges(pd.DataFrame(pairs, columns=["source", "target"]), firms=range(n_firms))


def search_table(
    *, landscapes: int = 30, runs: int = 3, n_firms: int = 100, interactions: int = 5, periods: int = 200, seed: int = 1
) -> pd.DataFrame:
    """Return the mean score by period of firms that search together in five networks.

    Parameters
    ----------
    landscapes, runs
        Number of landscapes, and of runs on each.
    n_firms
        Number of firms.
    interactions
        As in `models.make_landscape`.
    periods
        As in `models.collective_search`.
    seed
        Seed of all.

    Returns
    -------
    pandas.DataFrame
        Indexed by period, one column per network.
    """
    return _paths(landscapes, runs, n_firms, interactions, periods, seed).copy()


@lru_cache(maxsize=16)
def _paths(  # noqa: PLR0917 (a cache takes arguments by position)
    landscapes: int, runs: int, n_firms: int, interactions: int, periods: int, seed: int
) -> pd.DataFrame:
    total: dict[str, np.ndarray] = {}
    for drawn in np.random.SeedSequence(seed).generate_state(landscapes).tolist():
        landscape = models.make_landscape(20, interactions=interactions, seed=drawn)
        for run in range(runs):
            for name, net in search_networks(n_firms, drawn + run).items():
                path = models.collective_search(net, landscape, periods=periods, seed=drawn + run).path["score"]
                total[name] = total.get(name, 0) + path.to_numpy() / (landscapes * runs)
    return pd.DataFrame(total).rename_axis("period")


@finding("B8", "When do local clusters learn fastest?")
def barter_optimum(seed: int) -> Iterator[Entry]:
    """Let firms barter knowledge on rings, small worlds and random networks.

    Parameters
    ----------
    seed
        Seed of all runs.
    """
    few = tuple(chance for chance in CHANCES if chance != 0.03)
    curves = {0.25: barter_curve(0.25, runs=25, seed=seed)}
    curves |= {absorbed: barter_curve(absorbed, chances=few, runs=12, seed=seed) for absorbed in (0.5, 1.0)}
    for absorbed, means in MEANS.items():
        for chance, value in means.items():
            quantity = f"barter, {absorbed:.0%} of a gap closed: mean knowledge, rewired {chance:.4g}"
            again = curves[absorbed]["mean"][chance]
            yield number(quantity, value, "cowan2004", "C", again, absolute=0.25)
    slow = curves[0.25]
    best = slow["mean"].idxmax()
    ends = slow["mean"].iloc[[0, -1]].max()
    yield holds("barter, 25% closed: share of ties rewired at which firms know most", "about 0.1", "cowan2004", "V",
                best, passed=0.03 <= best <= 0.15 and slow["mean"][best] - ends > 2 * slow["se"].max(),
                tolerance="from 0.03 to 0.15, above both ends by 2 standard errors")  # fmt: skip
    unequal = slow["variance"].idxmax()
    yield holds("barter, 25% closed: where the variance of knowledge is largest", "in the small world", "cowan2004",
                "V", unequal, passed=0.01 <= unequal <= 0.15, tolerance="from 0.01 to 0.15")  # fmt: skip
    even = slow["variation"].idxmin()
    yield holds("barter, 25% closed: where the coefficient of variation is smallest", "in the small world",
                "cowan2004", "V", even, passed=0.03 <= even <= 0.3, tolerance="from 0.03 to 0.3")  # fmt: skip
    half, whole = curves[0.5]["mean"].idxmax(), curves[1.0]["mean"].idxmax()
    yield holds("barter, 50% closed: share of ties rewired at which firms know most", 0.15, "cowan2004", "C", half,
                passed=0.09 <= half <= 0.3, tolerance="from 0.09 to 0.3")  # fmt: skip
    yield holds("barter, 100% closed: share of ties rewired at which firms know most", 1.0, "cowan2004", "C", whole,
                passed=whole == 1.0, tolerance="no peak between",
                note="the small world is best only where firms learn a part of what they could")  # fmt: skip
    flat = barter_curve(0.25, chances=(0.0005, 0.09, 1.0), runs=10, experts=0.0, seed=seed)["mean"]
    yield holds("barter without experts: largest over smallest mean knowledge", "flat", "cowan2004", "C",
                float(flat.max() / flat.min()), passed=flat.max() / flat.min() < 1.1,
                tolerance="below 1.1")  # fmt: skip


@finding("B8", "When do local clusters learn fastest?")
def exploration(seed: int) -> Iterator[Entry]:
    """Let firms search rugged landscapes and copy the best they see.

    Parameters
    ----------
    seed
        Seed of landscapes, networks and runs.
    """
    table = search_table(seed=seed)
    for name, scores in SEARCH.items():
        for period, value in scores.items():
            again = table[name][period]
            yield number(f"search, {name}: mean score in period {period}", value, "lazer2007", "C", again, absolute=0.1)
    full, line = table["everybody sees everybody"], table["line"]
    yield holds("search: lead of everybody over the line in period 5", "efficient networks win the short run",
                "lazer2007", "V", float(full[5] - line[5]), passed=full[5] - line[5] > 0.1,
                tolerance="above 0.1")  # fmt: skip
    yield holds("search: lead of the line over everybody in period 200", "and lose the long run", "lazer2007", "V",
                float(line[200] - full[200]), passed=line[200] - full[200] > 0.1, tolerance="above 0.1",
                note="people in web experiments did the opposite (mason2012)")  # fmt: skip
    ahead = line > full
    crossing = int(ahead[ahead].index[0]) if ahead.any() else float("nan")
    yield number("search: period in which the line overtakes", 20, "lazer2007", "C", crossing, absolute=5)
