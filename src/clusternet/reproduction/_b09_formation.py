"""Individually rational, collectively excessive: R&D networks, structural holes, connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from clusternet import brokerage, models
from clusternet.network import Network
from clusternet.reproduction._ledger import Entry, finding, holds, number

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["best_replies", "connections", "holes_close", "regular_network", "too_much_collaboration"]

SOLVED = {
    # firms, cost of effort: stable, best for all, best for the firms; as in the findings computed independently
    (3, 1.0): (["complete 2 + 1 isolate", "complete 3"], "complete 2 + 1 isolate", "complete 2 + 1 isolate"),
    (4, 1.0): (["complete 4"], "complete bipartite 2+2", ""),
    (5, 2.0): (["complete 5"], "complete bipartite 2+2 + 1 isolate", "complete 3 + 2 isolates"),
    (6, 2.0): (["complete 6"], "complete 4 + 2 isolates", "complete 3 + 3 isolates"),
}
"""A complete bipartite network 2+2 is a cycle of four."""


def regular_network(n_firms: int, partners: int) -> Network:
    """Return a network in which each firm has the same number of partners, the nearest on a circle.

    Parameters
    ----------
    n_firms, partners
        Their product is even; an odd number of partners adds the firm opposite.
    """
    steps = [*range(1, partners // 2 + 1), *([n_firms // 2] if partners % 2 else [])]
    pairs = {tuple(sorted((i, (i + step) % n_firms))) for step in steps for i in range(n_firms)}
    return Network.from_edges(sorted(pairs), firms=range(n_firms))


def best_replies(network: Network, efforts: pd.Series, *, cost: float) -> pd.Series:
    """Return the effort at which each firm's profit is largest while the others keep theirs, found by trying.

    Knows nothing but the profits: each is a parabola in the firm's own effort as long as nobody is priced out, so that
    half the effort, all of it and half as much again tell the top. In an equilibrium every effort is its own reply.

    Parameters
    ----------
    network
        Who collaborates.
    efforts
        One effort per firm.
    cost
        As in `models.rnd_equilibrium`.
    """
    replies = {}
    for firm in network.firms.index:
        less, same, more = (
            models.rnd_profits(network, efforts.where(efforts.index != firm, times * efforts[firm]), cost=cost)[firm]
            for times in (0.5, 1.0, 1.5)
        )
        replies[firm] = efforts[firm] * (1 + (less - more) / (4 * (less - 2 * same + more)))
    return pd.Series(replies)


@finding("B9", "Individually rational, collectively excessive")
def too_much_collaboration(seed: int) -> Iterator[Entry]:
    """Solve R&D networks in closed form, by trying, and by listing every network.

    Parameters
    ----------
    seed
        Not used: nothing is drawn.
    """
    del seed
    source = "goyal2001"
    for n, welfare, profit in ((4, 2, 2), (6, 3, 4), (8, 4, 5)):
        nets = {k: regular_network(n, k) for k in range(n)}
        solved = {k: models.rnd_equilibrium(net, cost=1) for k, net in nets.items()}
        efforts = {k: models.regular_effort(n, k, cost=1) for k in nets}
        alike = {k: pd.Series(effort, index=range(n)) for k, effort in efforts.items()}
        off = np.max([np.abs(best_replies(nets[k], alike[k], cost=1) - efforts[k]).max() for k in nets])
        yield number(f"{n} firms: effort in closed form less the best reply to it, largest", 0, source, "C", off)
        off = np.max([np.abs(solved[k].firms["effort"] - efforts[k]).max() for k in nets])
        yield number(f"{n} firms: effort in closed form less effort solved for, largest", 0, source, "C", off)
        best = max(solved, key=lambda k: solved[k].welfare)
        quantity = f"{n} firms with equally many partners: partners at the largest welfare"
        yield number(quantity, welfare, source, "C", best)
        richest = max(solved, key=lambda k: solved[k].profit)
        quantity = f"{n} firms with equally many partners: partners at the largest profit"
        yield number(quantity, profit, source, "C", richest)
    reductions = [(k + 1) * models.regular_effort(8, k, cost=1) for k in range(8)]
    top = [k for k, value in enumerate(reductions) if value > max(reductions) - 1e-12]
    yield holds("8 firms: partners at the largest cost reduction", "3 and 4", source, "C", " and ".join(map(str, top)),
                passed=top == [3, 4], tolerance="exact")  # fmt: skip
    for (n, cost), (stable, best_all, best_firms) in SOLVED.items():
        listed = models.small_networks(n, models.rnd_payoffs(cost=cost))
        found = listed.loc[listed["stable"], "shape"].tolist()
        where = f"{n} firms, cost {cost:g}"
        yield holds(f"{where}: stable R&D networks", "; ".join(stable), source, "C", "; ".join(found),
                    passed=found == stable, tolerance="exact")  # fmt: skip
        defined = listed.index[listed["total"].notna()]
        welfare_of = {i: models.rnd_equilibrium(models.small_network(i), cost=cost).welfare for i in defined}
        shape = str(listed["shape"][max(defined, key=lambda i: welfare_of[i])])
        yield holds(f"{where}: R&D network with the largest welfare", best_all, source, "C", shape,
                    passed=shape == best_all, tolerance="exact")  # fmt: skip
        if best_firms:
            shape = str(listed["shape"][listed["total"].idxmax()])
            yield holds(f"{where}: R&D network with the largest profit", best_firms, source, "C", shape,
                        passed=shape == best_firms, tolerance="exact")  # fmt: skip


@finding("B9", "Individually rational, collectively excessive")
def holes_close(seed: int) -> Iterator[Entry]:
    """List the networks in which nobody can lower his constraint, and watch firms get there.

    Parameters
    ----------
    seed
        Seed of the random starts and orders.
    """
    source = "buskens2008"
    payoffs = models.hole_payoffs()
    for n in range(4, 8):
        listed = models.small_networks(n, payoffs)
        stable = listed.loc[listed["stable"], "shape"].tolist()
        balanced = f"complete bipartite {n - n // 2}+{n // 2}"
        yield holds(f"{n} firms: networks in which nobody can lower his constraint", f"with {balanced}", source, "C",
                    "; ".join(stable), passed=balanced in stable, tolerance=f"{balanced} among them")  # fmt: skip
    pairs = [(f"a{i}", f"b{j}") for i in range(4) for j in range(3)]
    held = brokerage.constraint(Network.from_edges(pairs))
    yield number("constraint of the four in a complete bipartite network 4+3", 1 / 3, source, "C", held["a0"])
    yield number("constraint of the three in a complete bipartite network 4+3", 1 / 4, source, "C", held["b0"])
    for n, value in ((6, 0.68), (8, 0.63), (10, 0.86), (12, 0.90)):
        ended = models.hole_dynamics(n, runs=400, seed=seed)
        quantity = f"{n} firms that seek holes: share of runs that end complete bipartite"
        yield number(quantity, value, source, "C", ended.bipartite_share, absolute=0.1)
        if n in (6, 12):
            spread = float(ended.runs["spread"].mean())
            quantity = f"{n} firms that seek holes: spread of constraint in the end"
            yield number(quantity, 0.09 if n == 6 else 0.025, source, "C", spread, absolute=0.035)
    ended = models.hole_dynamics(12, runs=150, contacts="all", seed=seed)
    share = float((ended.runs["shape"] == "complete 12").mean())
    yield number(
        "12 firms, constraint summed over contacts of contacts too: share that end complete", 0.97, source, "C", share,
        absolute=0.05, note="what counts as constraint decides what survives",
    )  # fmt: skip


@finding("B9", "Individually rational, collectively excessive")
def connections(seed: int) -> Iterator[Entry]:
    """Find the best network of the connections model among all.

    Parameters
    ----------
    seed
        Not used: nothing is drawn.
    """
    del seed
    decay = 0.5
    for n in range(4, 7):
        misses, tried = 0, 0
        for cost in np.arange(0.02, 1.5, 0.04):
            listed = models.small_networks(n, models.connection_payoffs(decay=decay, cost=float(cost)), stability=False)
            best = listed.loc[np.isclose(listed["total"], listed["total"].max(), atol=1e-9), "shape"].tolist()
            star = decay + (n - 2) * decay**2 / 2
            expected = f"complete {n}" if cost < decay - decay**2 else f"star {n}" if cost < star else "empty"
            misses += best != [expected]
            tried += 1
        yield number(
            f"{n} firms: tie costs (of {tried}) at which the best network is not as stated",
            0, "jacksonwolinsky1996", "C", misses,
        )  # fmt: skip
