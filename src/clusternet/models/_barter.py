"""Knowledge barter: firms trade what they know with partners who know something else (cowan2004)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from clusternet._compiled import call
from clusternet.measure import share_between, whole_number
from clusternet.models._common import amount
from clusternet.result import Result, Settings, resolve_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clusternet._compiled import Array
    from clusternet.network import Network

__all__ = ["Barter", "knowledge_barter", "trade_knowledge"]

ROUNDS = 20
"""Rounds of meetings between two looks at whether anybody still learns."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Barter(Result):
    """What firms know once barter has run its course.

    Attributes
    ----------
    knowledge
        DataFrame, one row per firm, one column per type of knowledge (0, 1, ...): the level in the end.
    start
        The same at the start.
    rounds
        Rounds played; in a round every pair of partners meets about once.
    settled
        Whether learning had stopped; False if `max_rounds` ran out first.
    settings
        Parameters, seed and version.
    """

    knowledge: pd.DataFrame
    start: pd.DataFrame
    rounds: int
    settled: bool
    settings: Settings

    @property
    def levels(self) -> pd.Series:
        """Mean level of each firm over the types."""
        return self.knowledge.mean(axis=1).rename("level")

    @property
    def mean(self) -> float:
        """Mean level over firms and types."""
        return float(self.levels.mean())

    @property
    def variance(self) -> float:
        """Variance of the firms' levels."""
        return float(self.levels.var(ddof=0))

    @property
    def variation(self) -> float:
        """Standard deviation of the firms' levels over their mean."""
        return float(np.sqrt(self.variance) / self.mean) if self.mean else float("nan")

    def to_frame(self) -> pd.DataFrame:
        """Return one row per firm: level at the start, level in the end."""
        return pd.DataFrame({"start": self.start.mean(axis=1), "end": self.levels})

    def summary(self) -> str:
        """Return the mean before and after in one line."""
        begun = float(self.start.to_numpy().mean()) if self.start.size else float("nan")
        return f"mean knowledge from {begun:.3f} to {self.mean:.3f} in {self.rounds:,} rounds"


def knowledge_barter(
    network: Network,
    *,
    types: int = 5,
    absorbed: float = 0.25,
    experts: float = 0.1,
    expertise: float = 10.0,
    tolerance: float = 1e-4,
    max_rounds: int = 20_000,
    seed: int | None = None,
) -> Barter:
    """Let partners swap knowledge until nobody learns more.

    Every firm starts with levels drawn evenly from 0 to 1 in each type; a share of firms are experts in one type.
    Pairs of partners meet at random. They trade only if each leads the other in some type; they then exchange as many
    types as the one with fewer leads has, chosen at random, and the learner closes the share `absorbed` of the gap.

    Parameters
    ----------
    network
        Who meets whom; direction, strengths and layers play no part.
    types
        Number of types of knowledge, at least 2.
    absorbed
        Share of the gap that is closed in one trade, above 0 and at most 1: the absorptive capacity.
    experts
        Share of firms that are experts, from 0 to 1, rounded to whole firms.
    expertise
        Level of an expert in the type it is expert in.
    tolerance
        Learning has stopped when the mean level grows by less than this per 20 rounds.
    max_rounds
        Rounds after which to stop in any case.
    seed
        Seed of levels and meetings; a fresh one is drawn and stored in ``.settings`` when omitted.

    Returns
    -------
    Barter
        The levels in the end, their mean, variance and variation.

    Raises
    ------
    OptionError
        If an option is out of range.

    References
    ----------
    cowan2004

    Examples
    --------
    >>> from clusternet.models import rewired_ring
    >>> ring = rewired_ring(50, 6, chance=0.1, seed=1)
    >>> barter = knowledge_barter(ring, seed=1)
    >>> barter.mean > float(barter.start.to_numpy().mean())
    True
    """
    types = whole_number("types", types, 2)
    absorbed = share_between("absorbed", absorbed, one=True)
    experts = share_between("experts", experts, zero=True, one=True)
    max_rounds = whole_number("max_rounds", max_rounds, 1)
    expertise, tolerance = amount("expertise", expertise), amount("tolerance", tolerance)
    seed = resolve_seed(seed)
    rng = np.random.default_rng(seed)
    graph = network.simple("undirected")
    n, m = graph.n, len(graph.source)
    levels = rng.random((n, types))
    chosen = rng.permutation(n)[: round(experts * n)]
    levels[chosen, rng.integers(0, types, len(chosen))] = expertise
    start = levels.copy()
    done, settled = 0, m == 0
    before = float(levels.mean()) if n else 0.0
    while not settled and done < max_rounds:
        rounds = min(ROUNDS, max_rounds - done)
        _meet((graph.source, graph.target), levels, absorbed, rounds=rounds, rng=rng)
        done += rounds
        after = float(levels.mean())
        settled = after - before < tolerance * rounds / ROUNDS
        before = after
    return Barter(
        knowledge=pd.DataFrame(levels, index=network.firms.index),
        start=pd.DataFrame(start, index=network.firms.index),
        rounds=done,
        settled=settled,
        settings=Settings(
            {
                "types": types,
                "absorbed": absorbed,
                "experts": experts,
                "expertise": expertise,
                "tolerance": tolerance,
                "max_rounds": max_rounds,
            },
            seed=seed,
        ),
    )


def _meet(
    pairs: tuple[NDArray[np.int64], NDArray[np.int64]],
    levels: NDArray[np.float64],
    absorbed: float,
    *,
    rounds: int,
    rng: np.random.Generator,
) -> None:
    """Let as many random pairs meet as there are pairs, times `rounds`, and change `levels`."""
    types = levels.shape[1]
    meetings = rounds * len(pairs[0])
    pick = rng.integers(0, len(pairs[0]), meetings)
    source, target = pairs[0][pick], pairs[1][pick]
    known = levels.ravel()
    state = np.zeros(2, dtype=np.int64)
    work = meetings * types
    while state[0] < meetings:
        chance = rng.random(meetings + types)
        state[1] = 0
        call(trade_knowledge, [source, target, chance, np.array([absorbed, types])], [known, state], work=work)
        work = 0


def trade_knowledge(  # noqa: PLR0917 (kernels take arrays by position)
    source: Array, target: Array, chance: Array, rules: Array, known: Array, state: Array
) -> None:
    """Let the listed pairs trade until the random numbers could run out; `state` is meetings done and chances used.

    `rules` are the share absorbed and the number of types.
    """
    absorbed, types = rules[0], int(rules[1])
    done, used = state[0], state[1]
    while done < len(source) and used + types <= len(chance):
        one, other = source[done] * types, target[done] * types
        done += 1
        mine, theirs = 0, 0
        for kind in range(types):
            gap = known[one + kind] - known[other + kind]
            if gap > 0:
                mine += 1
            elif gap < 0:
                theirs += 1
        swaps = min(mine, theirs)
        if swaps == 0:
            continue
        give, take = swaps, swaps
        for kind in range(types):
            gap = known[one + kind] - known[other + kind]
            if gap > 0:
                if give < mine:  # a choice of types: each subset is as likely
                    hit = chance[used] * mine < give
                    used += 1
                else:
                    hit = True
                mine -= 1
                if hit:
                    give -= 1
                    known[other + kind] += absorbed * gap
            elif gap < 0:
                if take < theirs:
                    hit = chance[used] * theirs < take
                    used += 1
                else:
                    hit = True
                theirs -= 1
                if hit:
                    take -= 1
                    known[one + kind] -= absorbed * gap
    state[0], state[1] = done, used
