"""Layers of collaboration that need each other fall apart at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from clusternet import cascades, cohesion, models
from clusternet.reproduction._ledger import Entry, finding, holds, number, within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusternet.network import Network

__all__ = ["collapse", "interdependent_layers"]


def collapse(net: Network, *, ties: float, seed: int, steps: int = 9) -> tuple[float, float, float]:
    """Return p k just above and just below the collapse of the mutual giant, and its share just above.

    Firms leave in one random order; the last number that keeps a mutual giant is found by bisection.

    Parameters
    ----------
    net
        A network with layers.
    ties
        Mean number of ties k per firm and layer.
    seed
        Of the order.
    steps
        Halvings of the interval, p k from 2 to 3.
    """
    order = np.random.default_rng(seed).permutation(net.n_firms)
    low, high, share = 2.0, 3.0, float("nan")
    for _ in range(steps):
        middle = (low + high) / 2
        gone = net.firms.index[order[round(net.n_firms * middle / ties) :]]
        found = cascades.mutual_giant(net, removed=gone).share
        if found > 0.05:
            high, share = middle, found
        else:
            low = middle
    return high, low, share


@finding("B5", "What if firms need several layers at once?")
def interdependent_layers(seed: int) -> Iterator[Entry]:
    """Compute the thresholds of buldyrev2010 and gao2011 and simulate the collapse.

    Parameters
    ----------
    seed
        Seed of networks and order of exit.
    """
    table = cascades.interdependence_threshold((1, 2, 3, 4, 5))
    two = table.loc[2]
    yield number("two layers: p k at the collapse", 2.4554, "buldyrev2010", "M", two["kept_ties"], absolute=1e-4)
    yield number("two layers: P k at the collapse", 1.2564, "buldyrev2010", "M", two["giant_ties"], absolute=1e-4)
    yield number("two layers: f at the collapse", 0.28467, "buldyrev2010", "M", two["f"], absolute=1e-5)
    for layers, kept in ((3, 3.0891), (4, 3.5089), (5, 3.8225)):
        found = table.loc[layers, "kept_ties"]
        yield number(f"{layers} layers: p k at the collapse", kept, "gao2011", "C", found, absolute=1e-4)
    yield number("one layer: p k where the giant vanishes", 1, "gao2011", "C", table.loc[1, "kept_ties"])
    yield number("one layer: height of the fall", 0, "gao2011", "C", table.loc[1, "giant_ties"])

    n, ties = 50_000, 4.0
    net = models.random_layers(n, ties=ties, seed=seed)
    above, below, share = collapse(net, ties=ties, seed=seed)
    yield number("simulated, 50,000 firms: p k at the collapse", 2.455, "buldyrev2010", "C", (above + below) / 2,
                 relative=0.02)  # fmt: skip
    yield within("simulated: share of firms that falls at once", "a jump", "buldyrev2010", "C", share,
                 low=0.2, high=1.0)  # fmt: skip
    order = np.random.default_rng(seed).permutation(n)
    left = net.layer("supply").without(order[round(n * below / ties) :])
    single = cohesion.giant_share(left) * left.n_firms / n
    yield holds("simulated: share of all firms that one layer alone still holds there", "about .53", "buldyrev2010",
                "C", single, passed=abs(single - 0.53) < 0.03, tolerance="±.03")  # fmt: skip
