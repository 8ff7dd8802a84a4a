"""Supply networks at the precipice: several suppliers for every input are not enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusternet import cascades
from clusternet.reproduction._ledger import Entry, finding, holds, number

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["precipice"]

CRITICAL = {
    (2, 2): 0.8438, (2, 3): 0.6474, (2, 4): 0.5176, (2, 5): 0.4294,
    (3, 2): 0.9042, (3, 3): 0.7307, (3, 4): 0.6001, (3, 5): 0.5061,
    (5, 2): 0.9459, (5, 3): 0.8026, (5, 4): 0.6779, (5, 5): 0.5818,
}  # fmt: skip


@finding("B7", "The precipice: is a second supplier enough?")
def precipice(_seed: int) -> Iterator[Entry]:
    """Compute critical strengths of relationships and what happens on either side, in the model of elliott2022.

    Parameters
    ----------
    _seed
        Not used: nothing is drawn.
    """
    source = "elliott2022"
    table = cascades.precipice((1, 2, 3, 5), suppliers=(2, 3, 4, 5))
    two = table.loc[(2, 2)]
    yield number("two inputs, two suppliers: critical strength", 27 / 32, source, "C", two["critical_strength"])
    yield number("two inputs, two suppliers: share that produces there", 64 / 81, source, "C", two["reliability"])
    for (inputs, suppliers), strength in CRITICAL.items():
        critical = table.loc[(inputs, suppliers), "critical_strength"]
        quantity = f"{inputs} inputs, {suppliers} suppliers each: critical strength"
        yield number(quantity, strength, source, "C", critical, absolute=1e-4)
    for suppliers in (2, 4):
        one = table.loc[(1, suppliers)]
        quantity = f"one input, {suppliers} suppliers: critical strength"
        yield number(quantity, 1 / suppliers, source, "C", one["critical_strength"], absolute=1e-4)
        yield number(f"one input, {suppliers} suppliers: height of the fall", 0, source, "C", one["reliability"])
    steep = table.loc[list(CRITICAL), "reliability"].min()
    yield holds("two or more inputs: the share that produces falls at once", "discontinuous", source, "V", steep,
                passed=steep > 0.5, tolerance="least fall over .5")  # fmt: skip
    edge = float(table.loc[(5, 4), "critical_strength"])
    above, below = cascades.reliability([edge + 0.0005, edge - 0.001], inputs=5, suppliers=4)
    yield number("5 inputs, 4 suppliers: share just above", 0.842, source, "C", above, absolute=5e-4)
    yield number("5 inputs, 4 suppliers: share just below", 0.0, source, "C", below)
    for depth, share, digits in ((10, 0.79, 0.005), (20, 0.001, 5e-4)):
        found = cascades.reliability(edge - 0.01, inputs=5, suppliers=4, depth=depth).iloc[0]
        yield number(f"a little below, {depth} tiers deep", share, source, "C", found, absolute=digits)
