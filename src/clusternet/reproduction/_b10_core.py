"""Core and periphery: one set of citations, many fits; and what a closed core costs a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from clusternet import brokerage, cohesion, models, resilience
from clusternet.datasets import load
from clusternet.reproduction._ledger import Entry, finding, holds, number, within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusternet.network import Network

__all__ = ["core_of_journals", "open_and_closed_cores"]

SEVEN = ["CW", "CYSR", "JSWE", "SCW", "SSR", "SW", "SWRA"]
READINGS: tuple[tuple[str, float, dict[str, Any]], ...] = (
    ("asymmetric citations", 0.826, {"direction": "keep"}),
    ("mutual citations only", 0.944, {"direction": "mutual"}),
    ("core-periphery cells 1", 0.540, {"between": "tied"}),
    ("core-periphery cells 0", 0.536, {"between": "untied"}),
    ("valued, core-periphery cells 0", 0.591, {"between": "untied", "direction": "keep", "weights": "strength"}),
)


@finding("B10", "Core and periphery: how well does it fit, and does a closed core lock in?")
def core_of_journals(seed: int) -> Iterator[Entry]:
    """Fit a core to the journals of baker1992, as borgatti1999 did and in the other readings of their model.

    Parameters
    ----------
    seed
        Seed of the searches.
    """
    baker = cast("Network", load("baker"))
    found = brokerage.core_periphery(baker, draws=0, seed=seed)
    yield within("journals: fit of the discrete core", 0.86, "borgatti1999", "M", found.fit, low=0.855, high=0.865)
    core = sorted(found.core)
    yield holds("journals: the core", ", ".join(SEVEN), "borgatti1999", "C", ", ".join(core), passed=core == SEVEN,
                tolerance="the same set")  # fmt: skip
    fits = [found.fit]
    for words, value, options in READINGS:
        fits.append(brokerage.core_periphery(baker, draws=0, seed=seed, **options).fit)
        yield number(f"journals, {words}: fit", value, "borgatti1999", "C", fits[-1], absolute=5e-4)
    valued = brokerage.core_periphery(baker, between="untied", direction="keep", weights="strength", draws=0, seed=seed)
    four = ["CW", "SCW", "SSR", "SW"]
    yield holds("journals, valued: the core", ", ".join(four), "borgatti1999", "C", ", ".join(sorted(valued.core)),
                passed=sorted(valued.core) == four, tolerance="the same set")  # fmt: skip
    yield within("journals: range of the fit over readings of one model", ".51 to .94", "borgatti1999", "C",
                 max(fits) - min(fits), low=0.3, high=0.5)  # fmt: skip


@finding("B10", "Core and periphery: how well does it fit, and does a closed core lock in?")
def open_and_closed_cores(seed: int) -> Iterator[Entry]:
    """Switch the ties of small clusters at fixed degrees, after crespo2014, and remove their firms.

    Parameters
    ----------
    seed
        Seed of networks, switches and exits.
    """
    rows: dict[str, list[list[float]]] = {"alike": [], "as grown": [], "unlike": []}
    for run in range(20):
        grown = models.preferential_attachment(60, 2, appeal=1.0, seed=seed + run)
        for kind, found in rows.items():
            net = grown
            if kind != "as grown":
                net = models.sorted_by_degree(grown, toward=kind, seed=seed + run)  # type: ignore[arg-type]
            attack = resilience.remove_firms(net, order="degree", adaptive=True).robustness
            chance = float(resilience.removal_band(net, draws=100, seed=seed + run).robustness.mean())
            slope = cohesion.hierarchy_slope(net)
            found.append([slope, cohesion.assortativity_slope(net), attack, chance, cohesion.mean_distance(net)])
    means = {kind: np.mean(found, axis=0).tolist() for kind, found in rows.items()}
    a, b, lost, random, apart = ({kind: float(mean[i]) for kind, mean in means.items()} for i in range(5))
    source = "crespo2014"
    same = max(a.values()) - min(a.values())
    yield number("60 firms: difference in hierarchy between the three", 0.0, source, "C", same)
    yield within("60 firms, closed core: slope of partners' ties on own ties", 0.65, source, "C", b["alike"],
                 low=0.0, high=2.0)  # fmt: skip
    yield within("60 firms, open core: slope of partners' ties on own ties", -1.08, source, "C", b["unlike"],
                 low=-3.0, high=0.0)  # fmt: skip
    for words, values, more, less, published in (
        ("robustness R under attack", lost, "alike", "unlike", ".208 against .108"),
        ("robustness R under random exit", random, "unlike", "alike", ".399 against .292"),
        ("mean distance", apart, "alike", "unlike", "6.9 against 3.3"),
    ):
        who = "closed" if more == "alike" else "open"
        yield holds(f"60 firms: {words} is higher with the {who} core", published, source, "C",
                    f"{values[more]:.3f} against {values[less]:.3f}", passed=values[more] > values[less],
                    tolerance="the direction")  # fmt: skip
