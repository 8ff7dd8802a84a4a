"""Collective search on rugged landscapes: copy the best partner, or try something oneself (lazer2007)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from clusternet._compiled import call
from clusternet.errors import OptionError
from clusternet.measure import share_between, whole_number
from clusternet.models._common import amount
from clusternet.result import Result, Settings, resolve_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clusternet._compiled import Array
    from clusternet.network import Network

__all__ = ["Landscape", "Search", "collective_search", "make_landscape", "search_round"]

MOST_CHOICES = 22
"""Beyond this the table of all solutions would take more than 32 MB."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Landscape(Result):
    """What every combination of yes-or-no choices is worth.

    Attributes
    ----------
    scores
        Array of ``2**choices`` numbers from 0 to 1; the best solution scores 1. Choice c of solution s is bit c of s.
    choices
        Number of choices.
    settings
        Parameters, seed and version.
    """

    scores: NDArray[np.float64]
    choices: int
    settings: Settings

    @property
    def peaks(self) -> int:
        """Number of solutions that no single change improves."""
        solutions = np.arange(len(self.scores))
        top = np.ones(len(self.scores), dtype=bool)
        for choice in range(self.choices):
            top &= self.scores >= self.scores[solutions ^ (1 << choice)]
        return int(top.sum())

    def to_frame(self) -> pd.DataFrame:
        """Return one row per solution: its score."""
        return pd.DataFrame({"score": self.scores}).rename_axis("solution")

    def summary(self) -> str:
        """Return size and mean in one line."""
        return f"{len(self.scores):,} solutions, mean score {self.scores.mean():.3f}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Search(Result):
    """How well firms do that search and copy, period by period.

    Attributes
    ----------
    path
        DataFrame indexed by period (0 is the start): ``score``, the mean over the firms, ``best``, and ``solutions``,
        the number of different solutions in use.
    scores
        Series, one score per firm in the end.
    settings
        Parameters, seed and version.
    """

    path: pd.DataFrame
    scores: pd.Series
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return the path."""
        return self.path

    def summary(self) -> str:
        """Return start and end in one line."""
        first, last = self.path.iloc[0], self.path.iloc[-1]
        return (
            f"mean score from {first['score']:.3f} to {last['score']:.3f} in {len(self.path) - 1:,} periods, "
            f"{int(last['solutions']):,} solutions left"
        )


def make_landscape(
    choices: int = 20, *, interactions: int = 5, power: float = 8.0, seed: int | None = None
) -> Landscape:
    """Return an NK landscape: the worth of each choice depends on some others.

    Each choice contributes a number drawn evenly from 0 to 1 for every combination of itself and `interactions` other
    choices, drawn at random. The mean contribution, over that of the best solution, to the `power`, is the score: most
    solutions are poor and few are good.

    Parameters
    ----------
    choices
        Number of yes-or-no choices, from 2 to 22.
    interactions
        Other choices that the worth of a choice depends on: 0 gives one peak, ``choices - 1`` pure chance.
    power
        Exponent, above 0.
    seed
        Seed; a fresh one is drawn and stored in ``.settings`` when omitted.

    Returns
    -------
    Landscape
        The scores of all solutions.

    Raises
    ------
    OptionError
        If an option is out of range.

    References
    ----------
    lazer2007

    Examples
    --------
    >>> make_landscape(10, interactions=0, seed=1).peaks
    1
    """
    choices = whole_number("choices", choices, 2)
    interactions = whole_number("interactions", interactions, 0)
    if choices > MOST_CHOICES:
        raise OptionError(f"choices is {choices}; give at most {MOST_CHOICES}, since every solution is scored.")
    if interactions >= choices:
        raise OptionError(f"interactions is {interactions}; give fewer than the {choices} choices.")
    power = amount("power", power, above=True)
    seed = resolve_seed(seed)
    rng = np.random.default_rng(seed)
    # A solution is looked up in two halves, so that the table of a choice is one sum of two short ones.
    low_bits = choices // 2
    low, high = np.arange(1 << low_bits), np.arange(1 << (choices - low_bits))
    total = np.zeros((len(high), len(low)))
    for choice in range(choices):
        others = np.delete(np.arange(choices), choice)
        bits = [choice, *rng.permutation(others)[:interactions].tolist()]
        worth = rng.random(1 << len(bits))
        from_low, from_high = np.zeros(len(low), dtype=np.int64), np.zeros(len(high), dtype=np.int64)
        for place, bit in enumerate(bits):
            if bit < low_bits:
                from_low |= ((low >> bit) & 1) << place
            else:
                from_high |= ((high >> (bit - low_bits)) & 1) << place
        total += worth[from_high[:, None] + from_low[None, :]]
    scores = (total.ravel() / total.max()) ** power
    parameters = {"choices": choices, "interactions": interactions, "power": power}
    return Landscape(scores=scores, choices=choices, settings=Settings(parameters, seed=seed))


def collective_search(
    network: Network, landscape: Landscape, *, periods: int = 200, copying: float = 1.0, seed: int | None = None
) -> Search:
    """Let firms search a landscape, each copying its best partner where that one does better.

    Firms start at random solutions. In every period all firms act at once: one whose best partner scores higher than
    itself copies that solution, any other changes one choice at random and keeps the change if it scores higher.

    Parameters
    ----------
    network
        Who sees whom; direction, strengths and layers play no part.
    landscape
        What solutions are worth, from `make_landscape`.
    periods
        Number of periods, at least 1.
    copying
        Chance that a firm which sees a better partner copies; else it tries a change of its own.
    seed
        Seed; a fresh one is drawn and stored in ``.settings`` when omitted.

    Returns
    -------
    Search
        The path of mean score, best score and number of solutions, and the firms' scores in the end.

    Raises
    ------
    OptionError
        If an option is out of range.

    References
    ----------
    lazer2007, mason2012

    Examples
    --------
    >>> from clusternet.models import rewired_ring
    >>> hill = make_landscape(8, interactions=0, seed=1)
    >>> collective_search(rewired_ring(20, 4), hill, periods=100, seed=1).scores.min()
    np.float64(1.0)
    """
    periods = whole_number("periods", periods, 1)
    copying = share_between("copying", copying, zero=True, one=True)
    if not isinstance(landscape, Landscape) or len(landscape.scores) != 1 << landscape.choices:
        raise OptionError("landscape has not one score for every solution; make_landscape makes one that has.")
    seed = resolve_seed(seed)
    rng = np.random.default_rng(seed)
    matrix = network.simple("undirected").csr()
    n = len(network)
    solutions = rng.integers(0, len(landscape.scores), n)
    flips = np.int64(1) << rng.integers(0, landscape.choices, (periods, n))
    copies = (rng.random((periods, n)) < copying).astype(np.int8) if copying < 1 else np.ones((periods, n), np.int8)
    history = np.empty((periods + 1, n), dtype=np.int64)
    history[0] = solutions
    if n:
        ends = [matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64)]
        work = periods * (n + matrix.nnz)
        call(search_round, [*ends, landscape.scores, flips.ravel(), copies.ravel()], [history.ravel()], work=work)
    scores = landscape.scores[history]
    ordered = np.sort(history, axis=1)
    path = pd.DataFrame(
        {
            "score": scores.mean(axis=1) if n else np.nan,
            "best": scores.max(axis=1) if n else np.nan,
            "solutions": (np.diff(ordered, axis=1) > 0).sum(axis=1) + (n > 0),
        },
        index=pd.RangeIndex(periods + 1, name="period"),
    )
    return Search(
        path=path,
        scores=pd.Series(scores[-1], index=network.firms.index, name="score"),
        settings=Settings(
            {"periods": periods, "copying": copying, "landscape": landscape.settings.to_dict()}, seed=seed
        ),
    )


def search_round(  # noqa: PLR0917 (kernels take arrays by position)
    indptr: Array, indices: Array, scores: Array, flips: Array, copies: Array, history: Array
) -> None:
    """Fill the solutions of all firms, period after period; the first n of `history` are the start."""
    n = len(indptr) - 1
    for period in range(len(flips) // n):
        now, then = period * n, (period + 1) * n
        for firm in range(n):
            mine = history[now + firm]
            best, from_whom = scores[mine], -1
            for place in range(indptr[firm], indptr[firm + 1]):
                theirs = scores[history[now + indices[place]]]
                if theirs > best:
                    best, from_whom = theirs, indices[place]
            if from_whom >= 0 and copies[now + firm] == 1:
                history[then + firm] = history[now + from_whom]
            else:
                tried = mine ^ flips[now + firm]
                history[then + firm] = tried if scores[tried] > scores[mine] else mine
