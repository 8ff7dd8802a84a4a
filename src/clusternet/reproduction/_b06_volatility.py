"""Whether shocks to single firms average out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from clusternet import dependence, models
from clusternet.network import Network
from clusternet.reproduction._ledger import Entry, finding, holds, number, within

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["network_origins"]


def star(n: int) -> Network:
    """Return an economy in which all firms, the hub too, buy from the hub alone."""
    return Network.from_edges([("hub", f"f{i}") for i in range(1, n)], directed=True)


def ring(n: int) -> Network:
    """Return an economy in which every firm buys from the one before it."""
    return Network.from_edges([(f"f{i}", f"f{(i + 1) % n}") for i in range(n)], directed=True)


@finding("B6", "Does the risk of single firms average out?")
def network_origins(_seed: int) -> Iterator[Entry]:
    """Compute aggregate volatility in the economies of acemoglu2012 and how it falls with their size.

    Parameters
    ----------
    _seed
        Not used: nothing is drawn.
    """
    source, alpha = "acemoglu2012", 1 / 3
    for n, printed in ((10, 0.70711), (100, 0.67082), (1000, 0.66708)):
        found = dependence.aggregate_volatility(star(n), alpha=alpha)
        yield number(f"star of {n}", printed, source, "C", found, absolute=5e-6)
        closed = float(np.sqrt((alpha / n + 1 - alpha) ** 2 + (n - 1) * (alpha / n) ** 2))
        yield number(f"star of {n}, against its closed form", closed, source, "C", found, absolute=1e-10)
        found = dependence.aggregate_volatility(ring(n), alpha=alpha)
        yield number(f"ring of {n}", n**-0.5, source, "C", found, absolute=1e-10)
    total = dependence.influence(star(100), alpha=alpha).sum()
    yield number("influence of all firms together", 1, source, "C", total)
    for tail, first, last in ((1.38, 0.337, 0.277), (1.18, 0.245, 0.161)):
        sizes = 10 ** np.arange(2, 9)
        volatility = [models.pareto_volatility(int(n), tail=tail, alpha=alpha) for n in sizes]
        slopes = -np.diff(np.log10(volatility))
        bound = (tail - 1) / tail
        yield number(f"tail {tail}: slope from 100 to 1,000 firms", first, source, "C", slopes[0], absolute=5e-4)
        yield number(f"tail {tail}: slope from 10 to 100 million", last, source, "C", slopes[-1], absolute=5e-4)
        yield within(f"tail {tail}: the slope never falls below its bound", f"{bound:.4f}", source, "C", slopes.min(),
                     low=bound, high=1.0)  # fmt: skip
    slow = bool((np.diff(slopes) < 0).all() and slopes[0] > bound + 0.05)
    yield holds("a slope fitted to a thousand firms is far from the bound", "slow convergence", source, "C",
                float(slopes[0]), passed=slow, tolerance="over by .05, falling")  # fmt: skip
    yield number("the rate printed for the United States, from its tail of 1.18", 0.15, source, "V", bound,
                 absolute=0.005)  # fmt: skip
