"""Test any measure against a null model, one number or many at once."""
# ruff: noqa: PT028 (test_against_null is no test of pytest)

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from clusternet.errors import OptionError, listing, nearest
from clusternet.inference._many import adjusted
from clusternet.inference._nulls import Null, Sampler, sampler
from clusternet.measure import list_measures, whole_number
from clusternet.result import NullTest, Result, Settings, resolve_seed, spawn_generators, until_interrupted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusternet.inference._nulls import Attribute
    from clusternet.network import Network

__all__ = ["NullTests", "test_against_null"]

Measure: TypeAlias = "str | Callable[[Network], Any]"
CHUNK = 16
"""Draws handed to a worker at a time: small enough to keep nearly all of them when interrupted."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class NullTests(Result):
    """Several numbers beside what chance gives: one per firm, layer or measure.

    Attributes
    ----------
    statistic
        What is measured.
    observed
        Series, one float per entry; NaN where undefined.
    draws
        DataFrame, one row per draw under the null, one column per entry; NaN where undefined.
    settings
        The null, its sampler, parameters, seed and version.
    """

    statistic: str
    observed: pd.Series
    draws: pd.DataFrame
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return one row per entry.

        Columns: ``observed``; ``expected`` and ``sd``, mean and standard deviation of the draws; ``z``; ``p_more`` and
        ``p_fewer``, the shares of draws with as much or more, and as much or less, (r + 1)/(d + 1) over the d draws
        in which the entry is defined; ``p``, twice the smaller of them, at most 1; ``p_maxt``, the chance to see any
        entry as extreme under the null (westfall1993, step-down); ``p_bh``, `p` after benjamini1995; and ``draws``,
        the number d. Everything is NaN where the observed number is undefined, and `z` where the draws do not vary.
        """
        seen, drawn = self.observed.to_numpy(dtype=np.float64), self.draws.to_numpy(dtype=np.float64)
        # Equal but for rounding counts as equal; an infinite number is equal to itself alone.
        slack = 1e-12 * np.maximum(1.0, np.where(np.isfinite(seen), np.abs(seen), 0.0))
        known = ~np.isnan(seen)
        count = (~np.isnan(drawn)).sum(axis=0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # an entry that is never defined has no mean
            mean = np.nanmean(drawn, axis=0) if len(drawn) else np.full(len(seen), np.nan)
            sd = np.nanstd(drawn, axis=0, ddof=1) if len(drawn) else np.full(len(seen), np.nan)
        answers = known & (count > 0)
        more = np.where(answers, ((drawn >= seen - slack).sum(axis=0) + 1) / (count + 1), np.nan)
        fewer = np.where(answers, ((drawn <= seen + slack).sum(axis=0) + 1) / (count + 1), np.nan)
        p = np.minimum(1.0, 2 * np.minimum(more, fewer))
        return pd.DataFrame(
            {
                "observed": seen,
                "expected": np.where(known, mean, np.nan),
                "sd": np.where(known, sd, np.nan),
                "z": np.divide(seen - mean, sd, out=np.full(len(seen), np.nan), where=known & (sd > slack)),
                "p_more": more,
                "p_fewer": fewer,
                "p": p,
                "p_maxt": max_t(seen, drawn),
                "p_bh": adjusted(p, "bh"),
                "draws": count,
            },
            index=self.observed.index,
        )

    def test(self, entry: Any) -> NullTest:
        """Return the test of one entry alone, with its draws.

        Raises
        ------
        OptionError
            If there is no such entry.
        """
        if entry not in self.observed.index:
            entries = listing(self.observed.index, 20)
            raise OptionError(f"there is no entry {entry!r}; there are {entries}.")
        return NullTest(
            statistic=f"{self.statistic} {entry}",
            observed=float(self.observed[entry]),
            draws=self.draws[entry].dropna().reset_index(drop=True).rename_axis("draw"),
            settings=self.settings,
        )

    def summary(self) -> str:
        """Return in one line how many entries differ from chance."""
        table = self.to_frame()
        found = int((table["p_maxt"] <= 0.05).sum())
        alone = int((table["p"] <= 0.05).sum())
        return (
            f"{self.statistic}, {len(table):,} entries against {self.settings.parameters['null']!r}: {found:,} beyond "
            f"chance at 5 % together (maxT), {alone:,} one by one, over {len(self.draws):,} draws"
        )


def max_t(seen: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Return step-down maxT p-values of westfall1993, two-sided; NaN where the observed number is undefined.

    All numbers are put in standard deviations from the mean of observed and draws together, so that observed and draws
    are treated alike. Where an entry is undefined in a draw, the draw counts with the share of the entry's defined
    draws that are as extreme (summed over such entries, at most 1): with a single entry p is that of its defined draws.
    An entry that never varies has p 1, as has one with infinite numbers.

    Parameters
    ----------
    seen
        Observed numbers.
    drawn
        One row per draw.
    """
    p = np.full(len(seen), np.nan)
    known = np.flatnonzero(~np.isnan(seen))
    if len(known) == 0 or len(drawn) == 0:
        return p
    every = np.vstack([seen[known], drawn[:, known]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        center, spread = np.nanmean(every, axis=0), np.nanstd(every, axis=0)
    flat = spread <= 1e-12 * np.maximum(1.0, np.abs(center))
    z = np.abs(every - center) / np.where(flat, 1.0, spread)
    z[:, flat] = 0.0
    unknown = np.isnan(drawn[:, known])
    z = np.nan_to_num(z, nan=-1.0)
    order = np.argsort(-z[0], kind="stable")
    # From the least extreme entry up, every draw keeps the largest deviation so far.
    largest = np.maximum.accumulate(z[1:, order[::-1]], axis=1)[:, ::-1]
    exceeds = largest >= z[0, order] - 1e-9
    hits = exceeds.sum(axis=0).astype(np.float64)
    gaps = unknown[:, order]
    holed = np.flatnonzero(gaps.any(axis=0))
    if len(holed):
        # Chance that each of these entries, where undefined, would be as extreme as entry k: that of its defined draws.
        chance = np.zeros((len(holed), len(order)))
        for row, place in enumerate(holed.tolist()):
            defined = np.sort(z[1:, order[place]][~gaps[:, place]])
            beyond = len(defined) - np.searchsorted(defined, z[0, order[: place + 1]] - 1e-9)
            chance[row, : place + 1] = (beyond + 1) / (len(defined) + 1)
        hits += np.where(exceeds, 0.0, np.minimum(gaps[:, holed] @ chance, 1.0)).sum(axis=0)
    p[known[order]] = np.maximum.accumulate((hits + 1) / (len(drawn) + 1))
    return p


# ── measures ──


def _name(measure: Measure) -> str:
    return measure if isinstance(measure, str) else getattr(measure, "__name__", type(measure).__name__)


def _function(measure: Measure) -> Callable[[Network], Any]:
    if callable(measure):
        return measure
    known = {info.name: info.function for info in list_measures()}
    if measure not in known:
        raise OptionError(
            f"{measure!r} is not a listed measure.{nearest(str(measure), known)} Give a listed name, or any function "
            "of a network that returns a number or a Series."
        )
    return known[measure]


class _Asked:
    """One or several measures as one function that returns a number or a Series."""

    __slots__ = ("functions", "several")

    def __init__(self, measure: Measure | Iterable[Measure] | Mapping[str, Measure]) -> None:
        if isinstance(measure, Mapping):
            named = list(measure.items())
        elif isinstance(measure, str) or callable(measure):
            named = [(_name(measure), measure)]
        else:
            named = [(_name(one), one) for one in measure]
        self.several = isinstance(measure, Mapping) or not (isinstance(measure, str) or callable(measure))
        names = [name for name, _ in named]
        if not names or len(set(names)) < len(names):
            raise OptionError(
                f"the measures are called {listing(names)}; give at least one, and distinct names as in "
                "{'share of mutual ties': function}."
            )
        self.functions = {name: _function(one) for name, one in named}

    @property
    def name(self) -> str:
        return ", ".join(self.functions)

    def __call__(self, network: Network) -> float | pd.Series:
        answers = {name: _answer(name, function(network)) for name, function in self.functions.items()}
        if not self.several:
            return next(iter(answers.values()))
        if not any(isinstance(answer, pd.Series) for answer in answers.values()):
            return pd.Series(answers, dtype="float64").rename_axis("measure")
        series = {
            name: answer if isinstance(answer, pd.Series) else pd.Series({"": answer})
            for name, answer in answers.items()
        }
        return pd.concat(series, names=["measure", "entry"])


def _answer(name: str, value: object) -> float | pd.Series:
    if isinstance(value, Mapping):
        value = pd.Series(dict(value))
    if isinstance(value, pd.Series):
        if not value.index.is_unique:
            raise OptionError(f"{name} returned a Series with repeated entries; one number per entry can be tested.")
        try:
            return value.astype("float64")
        except (TypeError, ValueError) as error:
            raise OptionError(f"{name} returned a Series of {value.dtype}; numbers can be tested.") from error
    if np.ndim(value) == 0 and isinstance(value, (int, float, np.number, np.bool_)):  # type: ignore[arg-type]
        return float(value)
    raise OptionError(f"{name} returned a {type(value).__name__}; a test needs a number or a Series of numbers.")


# ── the draws, here or by workers ──


def _some(made: Sampler, asked: Callable[[Network], Any], generators: list[np.random.Generator]) -> list[Any]:
    return [asked(made.draw(rng)) for rng in generators]


def drawn_values(
    made: Sampler, asked: Callable[[Network], Any], generators: list[np.random.Generator], workers: int
) -> Iterator[Any]:
    """Yield the measure of every draw, in the order of the generators."""
    if workers == 1:
        for rng in generators:
            yield asked(made.draw(rng))
        return
    from joblib import Parallel, delayed

    pieces = [generators[start : start + CHUNK] for start in range(0, len(generators), CHUNK)]
    jobs = (delayed(_some)(made, asked, piece) for piece in pieces)
    for values in Parallel(n_jobs=workers, return_as="generator")(jobs):
        yield from values


def test_against_null(
    network: Network,
    measure: Measure | Iterable[Measure] | Mapping[str, Measure],
    *,
    null: Null = "degree",
    draws: int = 999,
    columns: str | Iterable[str] | None = None,
    place: Attribute | None = None,
    tries: int | None = None,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
    seed: int | None = None,
) -> NullTest | NullTests:
    """Test whether a measure of the network is more or less than chance gives.

    Parameters
    ----------
    network
        The network.
    measure
        Any function of a network that returns a number or a Series, or the name of a listed measure. A list of them,
        or a mapping of names to them, is tested together. A measure that draws random numbers itself must fix its
        seed.
    null
        What chance keeps of the network: see `draw_networks` and ``NULLS``.
    draws
        Number of random networks.
    columns, place, tries
        Of the null, as in `draw_networks`.
    workers
        Number of processes; the result is the same for any number. -1 takes all cores.
    progress
        Called as ``progress(done, draws)``. An interrupt (Ctrl-C) keeps the finished draws and warns.
    seed
        A fresh one is drawn and stored when omitted.

    Returns
    -------
    NullTest or NullTests
        A `NullTest` if the measure is one number: observed, expected, sd, z, one-sided and two-sided p, each
        (r + 1)/(draws + 1), and the draws. `NullTests` if it is a Series or there are several measures: the same for
        every entry, and p adjusted for their number by maxT and by Benjamini-Hochberg.

    Raises
    ------
    NetworkError
        If the null does not apply to the network.
    OptionError
        If an option is outside its set, or a measure returns something else.

    Notes
    -----
    A draw in which a number is undefined (NaN) counts neither as more nor as less, and not among the draws: the test is
    then one among networks where the number is defined. Entries of the observed Series alone are tested; where a draw
    lacks one it is undefined, and what only draws have is left out. The observed number is that of the network in the
    form of its draws (see there): for measures of the simple graph, the same.

    References
    ----------
    besag1989, phipson2010, westfall1993, benjamini1995

    Examples
    --------
    >>> import networkx as nx
    >>> from clusternet import Network
    >>> net = Network.from_networkx(nx.connected_caveman_graph(4, 5))
    >>> tested = test_against_null(net, "transitivity", draws=99, seed=1)
    >>> tested.observed > tested.expected, tested.p_more
    (True, 0.01)
    """
    asked = _Asked(measure)
    count, n_workers = whole_number("draws", draws), workers
    if isinstance(workers, bool) or not isinstance(workers, (int, np.integer)) or workers == 0:
        raise OptionError(f"workers is {workers!r}; give a number of processes, or -1 for all cores.")
    used = resolve_seed(seed)
    hub, *each = spawn_generators(used, count + 1)
    made = sampler(network, null, columns, place, tries, count, hub)
    observed = asked(made.observed)
    found = until_interrupted(
        lambda value: value, drawn_values(made, asked, each, int(n_workers)), count, progress, what="draws"
    )
    settings = Settings({**made.settings, "draws": len(found)}, used)
    rows = pd.RangeIndex(len(found), name="draw")
    if isinstance(observed, pd.Series):
        if not all(isinstance(value, pd.Series) for value in found):
            raise OptionError(f"{asked.name} returned a Series once and a number another time.")
        values = np.array([_aligned(value, observed.index) for value in found]).reshape(len(found), len(observed))
        table = pd.DataFrame(values, index=rows, columns=observed.index)
        return NullTests(statistic=asked.name, observed=observed, draws=table, settings=settings)
    if any(isinstance(value, pd.Series) for value in found):
        raise OptionError(f"{asked.name} returned a number once and a Series another time.")
    return NullTest(
        statistic=asked.name,
        observed=observed,
        draws=pd.Series(found, index=rows, name=asked.name, dtype="float64"),
        settings=settings,
    )


def _aligned(values: pd.Series, index: pd.Index) -> np.ndarray:
    same = values.index is index or values.index.equals(index)
    return np.asarray(values if same else values.reindex(index), dtype=np.float64)
