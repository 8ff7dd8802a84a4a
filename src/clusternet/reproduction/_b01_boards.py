"""Board interlocks: small worlds against a random network, with little of it left against two-mode nulls."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from clusternet.datasets import load
from clusternet.reproduction._ledger import Entry, finding, holds, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

__all__ = ["board_small_worlds", "small_world_ratios"]

WORDS = {
    "rand": "a random network",
    "robins": "random networks of directors and boards",
    "nsw": "the generating functions of boards",
}
DIGITS = {"C": 2, "L": 1, "C_robins": 2, "C_nsw": 2, "L_robins": 1, "L_nsw": 1}


def small_world_ratios() -> pd.DataFrame:
    """Return the published interlock table with everything in it that can be computed again.

    Returns
    -------
    pandas.DataFrame
        Indexed by country: the columns of ``datasets.load("interlocks")``, then density_again, k, L_again and C_again
        (distance ln N/ln k and clustering k/N of a random network), and for each null (rand, robins, nsw) the ratios
        L_ratio, C_ratio and sw = C_ratio/L_ratio, as in ``sw_nsw``.
    """
    table = cast("pd.DataFrame", load("interlocks")).copy()
    table["density_again"] = 2 * table["links"] / (table["N"] * (table["N"] - 1))
    table["k"] = 2 * table["links"] / table["N"]
    table["L_again"] = np.log(table["N"]) / np.log(table["k"])
    table["C_again"] = table["k"] / table["N"]
    for null, ending in (("rand", "again"), ("robins", "robins"), ("nsw", "nsw")):
        for letter in ("L", "C"):
            table[f"{letter}_ratio_{null}"] = table[letter] / table[f"{letter}_{ending}"]
        table[f"sw_{null}"] = table[f"C_ratio_{null}"] / table[f"L_ratio_{null}"]
    return table


def _slack(row: pd.Series, letter: str, null: str) -> float:
    """Return how far a ratio of two printed numbers may be off the printed ratio because all three are rounded."""
    above, below = f"{letter}", f"{letter}_{null}"
    share = 0.5 * 10 ** -DIGITS[above] / row[above] + 0.5 * 10 ** -DIGITS[below] / row[below]
    return float(row[f"{letter}_ratio_{null}"] * share + 0.05)


@finding("B1", "Are firm networks small worlds, or is it the boards?")
def board_small_worlds(seed: int) -> Iterator[Entry]:
    """Compute the six countries of kogut2008 and the four networks of heemskerk2008 again.

    Parameters
    ----------
    seed
        Not used: nothing is drawn.
    """
    del seed
    table = small_world_ratios()
    for country, row in table.iterrows():
        where = f"{country} {row['year']:.0f}"
        yield number(f"{where}: density", row["density"], "kogut2008", "V", row["density_again"], absolute=5e-4)
        words = f"in {WORDS['rand']}"
        yield number(f"{where}: distance {words}", row["L_rand"], "kogut2008", "V", row["L_again"], absolute=0.05)
        yield number(f"{where}: clustering {words}", row["C_rand"], "kogut2008", "V", row["C_again"], relative=0.06)
        for null, words in WORDS.items():
            for letter, name in (("L", "distance"), ("C", "clustering")):
                quantity = f"{where}: {name} over that of {words}"
                published, again = row[f"{letter}q_{null}"], row[f"{letter}_ratio_{null}"]
                if null == "rand":
                    yield number(quantity, published, "kogut2008", "V", again, relative=0.02)
                else:
                    # Numerator, denominator and ratio are all printed with one or two digits.
                    slack = round(_slack(row, letter, null), 2)
                    yield number(quantity, published, "kogut2008", "V", again, absolute=slack)
    for null, low, high in (("rand", 2.9, 73), ("nsw", 1.2, 3.15), ("robins", 2.1, 6.3)):
        ratios = table[f"sw_{null}"]
        quantity = f"six countries: small-world ratio against {WORDS[null]}"
        yield number(f"{quantity}, smallest", low, "kogut2008", "C", ratios.min(), absolute=0.05)
        yield number(f"{quantity}, largest", high, "kogut2008", "C", ratios.max(), relative=0.01)
    drop = int((table["sw_nsw"] < table["sw_rand"]).sum())
    yield holds(
        "countries whose small-world ratio falls when the null keeps the boards",
        "most",
        "kogut2008",
        "V",
        drop,
        passed=drop >= 5,
        tolerance="at least 5 of 6",
    )
    four = cast("pd.DataFrame", load("interlocks_hs"))
    random = four["k"] / four["N"], np.log(four["N"]) / np.log(four["k"])
    again = (four["C"] / random[0]) / (four["L"] / random[1])
    for name, row in four.iterrows():
        yield number(f"{name}: small-world ratio", row["SW"], "heemskerk2008", "V", again[name], relative=0.01)
