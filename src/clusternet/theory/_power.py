"""Is a claim found where it was planted, and not where it was not? Size and power of every test, by simulation."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from clusternet.errors import OptionError, listing
from clusternet.result import Result, Settings, resolve_seed, spawn_generators
from clusternet.theory._finding import TESTS, Finding, own_seed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from clusternet.theory._evidence import Evidence

    Planter: TypeAlias = Callable[[np.random.Generator, float], Evidence]

__all__ = ["PLANTED", "Power", "planted", "plants", "power", "power_table"]

PLANTED: dict[int, Planter] = {}
"""Makers of evidence in which a claim holds (effect 1) or does not (effect 0), by number; filled by `plants`."""


def plants(number: int) -> Callable[[Planter], Planter]:
    """List a function that makes evidence for a claim from a generator and an effect, and hand it back unchanged.

    With effect 0 the claim must be false by construction, in a way that its null allows: firms may differ in size and
    busyness, but what is claimed is absent. With effect 1 it must be plainly true.

    Parameters
    ----------
    number
        Number of the claim.
    """

    def keep(planter: Planter) -> Planter:
        PLANTED[number] = planter
        return planter

    return keep


def _planter(number: int) -> Planter:
    if number not in PLANTED or number not in TESTS:
        raise OptionError(f"claim {number!r} cannot be planted; those that can are {listing(sorted(PLANTED), 85)}.")
    return PLANTED[number]


def planted(number: int, *, effect: float = 1.0, seed: int | None = None) -> Evidence:
    """Make evidence in which a claim holds, or does not.

    Parameters
    ----------
    number
        Number of the claim.
    effect
        0: absent. 1: as `power` plants it. More or less for a stronger or weaker effect.
    seed
        A fresh one is drawn when omitted.

    Returns
    -------
    Evidence
        Simulated firms and ties.

    Raises
    ------
    OptionError
        If the claim cannot be planted, or `effect` is negative.
    """
    if not (np.isfinite(effect) and effect >= 0):
        raise OptionError(f"effect is {effect!r}; give 0 for none, 1 for a plain one.")
    return _planter(number)(np.random.default_rng(resolve_seed(seed)), float(effect))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Power(Result):
    """How often a test speaks, where its claim is absent and where it is planted.

    Attributes
    ----------
    number, test
        The claim and its function.
    replications
        Simulated clusters of each kind.
    n, of
        Median number of units behind the estimate, and what they are.
    size
        Share of clusters without the effect in which the most telling number has p of at most 5 %; nominal 0.05.
    false_agreement
        Share of clusters without the effect in which the finding agrees with the claim; at most 0.025 is nominal, for
        only one side agrees.
    power
        Share of clusters with the effect in which the finding agrees with the claim.
    contradicted
        Share of clusters with the effect in which it contradicts the claim.
    untested
        Clusters of either kind in which the test had no answer; they count as not found.
    intervals
        Indexed by the four shares: ``low``, ``high``, the 95 % Wilson interval of each.
    settings
        Effect, draws and seed.
    """

    number: int
    test: str
    replications: int
    n: float
    of: str
    size: float
    false_agreement: float
    power: float
    contradicted: float
    untested: int
    intervals: pd.DataFrame
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return one row: n, replications, size and power with intervals, false_agreement, contradicted, untested."""
        row = {
            "test": self.test,
            "n": self.n,
            "of": self.of,
            "replications": self.replications,
            "size": self.size,
            "size_low": self.intervals.loc["size", "low"],
            "size_high": self.intervals.loc["size", "high"],
            "false_agreement": self.false_agreement,
            "power": self.power,
            "power_low": self.intervals.loc["power", "low"],
            "power_high": self.intervals.loc["power", "high"],
            "contradicted": self.contradicted,
            "untested": self.untested,
        }
        return pd.DataFrame([row], index=pd.Index([self.number], name="claim"))

    def summary(self) -> str:
        """Return size and power in one line."""
        return (
            f"claim {self.number}, {self.test}: size {self.size:.3f}, power {self.power:.2f} at {self.n:g} {self.of} "
            f"({self.replications:,} clusters each)"
        )


def power(
    number: int, *, replications: int = 200, draws: int = 99, effect: float = 1.0, seed: int | None = None
) -> Power:
    """Measure how often the test of a claim speaks, in clusters with and without the effect.

    Parameters
    ----------
    number
        Number of the claim.
    replications
        Simulated clusters of each kind.
    draws
        Random draws of each test that takes any.
    effect
        Strength of what is planted, see `planted`.
    seed
        A fresh one is drawn and stored when omitted.

    Returns
    -------
    Power
        Size and power, with intervals.

    Raises
    ------
    OptionError
        If the claim cannot be planted, or an option is outside its range.
    """
    planter, test = _planter(number), TESTS[number]
    if isinstance(replications, bool) or not isinstance(replications, (int, np.integer)) or replications < 1:
        raise OptionError(f"replications is {replications!r}; give a positive whole number.")
    seed = resolve_seed(seed)
    made: dict[bool, list[Finding]] = {False: [], True: []}
    generators = spawn_generators(seed, 2 * int(replications))
    for place, rng in enumerate(generators):
        present = place % 2 == 1
        seen = planter(rng, effect if present else 0.0)
        made[present].append(test(seen, draws=draws, seed=int(rng.integers(2**32))))
    told = [one for kind in made.values() for one in kind if one.status == "tested"]
    shares = {
        "size": np.mean([one.p <= 0.05 + 1e-12 for one in made[False]]),
        "false_agreement": np.mean([one.agrees is True for one in made[False]]),
        "power": np.mean([one.agrees is True for one in made[True]]),
        "contradicted": np.mean([one.agrees is False for one in made[True]]),
    }
    z, size = NormalDist().inv_cdf(0.975), int(replications)
    share = pd.Series(shares)
    middle = (share + z**2 / (2 * size)) / (1 + z**2 / size)
    reach = z / (1 + z**2 / size) * np.sqrt(share * (1 - share) / size + z**2 / (4 * size**2))
    return Power(
        number=number,
        test=test.__name__,
        replications=size,
        n=float(np.median([one.n for one in told])) if told else float("nan"),
        of=told[0].parts[0].of if told else "",
        untested=2 * size - len(told),
        intervals=pd.DataFrame({"low": middle - reach, "high": middle + reach}),
        settings=Settings({"replications": size, "draws": int(draws), "effect": float(effect)}, seed=seed),
        **{name: float(value) for name, value in shares.items()},
    )


def power_table(
    numbers: Iterable[int] | None = None, *, replications: int = 200, draws: int = 99, seed: int | None = None
) -> pd.DataFrame:
    """Measure size and power of many tests.

    Parameters
    ----------
    numbers
        Numbers of the claims; all that can be planted when omitted.
    replications, draws
        As in `power`.
    seed
        Seed of all of them; each claim gets its own from it, whichever others are measured. A fresh one when omitted;
        ``attrs["seed"]`` tells it.

    Returns
    -------
    DataFrame
        One row per claim, as `Power.to_frame` tells it.

    Raises
    ------
    OptionError
        If a claim cannot be planted, or an option is outside its range.
    """
    seed = resolve_seed(seed)
    wanted = sorted(set(PLANTED) & set(TESTS)) if numbers is None else list(numbers)
    rows = [
        power(number, replications=replications, draws=draws, seed=own_seed(seed, number)).to_frame()
        for number in wanted
    ]
    table = pd.concat(rows) if rows else pd.DataFrame()
    table.attrs["seed"] = seed
    return table
