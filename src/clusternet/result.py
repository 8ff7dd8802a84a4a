"""The base of result records: every record tells its numbers, its settings and the seed that made it."""

from __future__ import annotations

import functools
import html
import random
import secrets
import warnings
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from clusternet.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import pandas as pd

__all__ = [
    "NullTest",
    "Result",
    "Settings",
    "igraph_seed",
    "package_version",
    "resolve_seed",
    "safe_cells",
    "spawn_generators",
    "until_interrupted",
    "warn_interrupted",
]


T = TypeVar("T")
R = TypeVar("R")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_within: ContextVar[bool] = ContextVar("within", default=False)
"""Whether one of many runs is under way: an interrupt then ends the runs, and what is half done does not count."""


@functools.cache
def package_version() -> str:
    """Return the installed version of clusternet."""
    try:
        return version("clusternet")
    except PackageNotFoundError:  # a source tree that was never installed
        return "0+unknown"


def resolve_seed(seed: int | None) -> int:
    """Return `seed`, or a fresh one that the result stores so that the run can be repeated.

    Raises
    ------
    OptionError
        If `seed` is not a nonnegative integer.
    """
    if seed is None:
        return secrets.randbits(32)
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise OptionError(f"seed is {seed!r}; give a nonnegative integer, or None for a fresh one.")
    return int(seed)


def spawn_generators(seed: int, count: int) -> list[np.random.Generator]:
    """Return one independent generator per job, so that results do not depend on the number of workers.

    Parameters
    ----------
    seed
        Seed of all of them.
    count
        Number of jobs.
    """
    return [np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(count)]


@contextmanager
def igraph_seed(seed: int) -> Iterator[None]:
    """Let igraph draw from a generator of its own, seeded with `seed`; afterwards it draws from ``random`` again.

    Examples
    --------
    >>> import igraph
    >>> graph = igraph.Graph.Ring(12)
    >>> with igraph_seed(7):
    ...     first = graph.layout_fruchterman_reingold().coords
    >>> with igraph_seed(7):
    ...     first == graph.layout_fruchterman_reingold().coords
    True
    """
    import igraph

    igraph.set_random_number_generator(random.Random(seed))
    try:
        yield
    finally:
        igraph.set_random_number_generator(random)


def warn_interrupted(done: int, total: int, what: str = "steps") -> None:
    """Warn the caller's caller that an interrupt ended a long run, and that what is done is kept.

    One of the runs of `until_interrupted` passes the interrupt on instead.

    Parameters
    ----------
    done, total
        How many there are, and how many were wanted.
    what
        What is counted.
    """
    if _within.get():
        raise KeyboardInterrupt
    message = f"interrupted after {done:,} of {total:,} {what}; the result holds those."
    warnings.warn(message, RuntimeWarning, stacklevel=4)


@contextmanager
def _many_runs() -> Iterator[None]:
    outer = _within.set(True)
    try:
        yield
    finally:
        _within.reset(outer)


def until_interrupted(
    run: Callable[[T], R],
    jobs: Iterable[T],
    total: int,
    progress: Callable[[int, int], None] | None,
    *,
    start: int = 0,
    what: str = "steps",
) -> list[R]:
    """Run the jobs one after the other; an interrupt keeps the results there are, and warns.

    Parameters
    ----------
    run
        What to do with each job.
    jobs
        What to go through; an interrupt may come while the next one is made.
    total
        How many results are wanted.
    progress
        Called as ``progress(done, total)`` after each.
    start
        Results that come before the first step of `total`, such as that of the whole network.
    what
        What is counted, for the warning.

    Returns
    -------
    list
        The results. An interrupt before any is passed on.
    """
    results: list[R] = []
    try:
        with _many_runs():
            for job in jobs:
                results.append(run(job))
                if progress is not None:
                    progress(len(results) - start, total)
    except KeyboardInterrupt:
        if not results:
            raise
        warn_interrupted(len(results) - start, total, what)
    return results


def safe_cells(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame as a spreadsheet may open it: no text cell, label or heading can become a formula.

    A text that starts with ``= + - @``, a tab or a line break gets an apostrophe in front, which spreadsheets take
    for "this is text". Numbers, dates and flags keep their type and value; the caller's frame is not changed.

    Examples
    --------
    >>> import pandas as pd
    >>> safe_cells(pd.DataFrame({"name": ["=1+1", "Ada"], "change": [-1.5, 2.0]}))["name"].tolist()
    ["'=1+1", 'Ada']
    """
    import pandas as pd

    def safe(value: Any) -> Any:
        return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value

    def column(values: pd.Series) -> pd.Series:
        if isinstance(values.dtype, pd.CategoricalDtype):
            values = values.astype(object)
        if pd.api.types.is_object_dtype(values.dtype):
            return pd.Series([safe(value) for value in values], index=values.index, dtype=object)
        if pd.api.types.is_string_dtype(values.dtype):
            return values.mask(values.str.startswith(_FORMULA, na=False), "'" + values)
        return values

    safed = pd.DataFrame({place: column(frame.iloc[:, place]) for place in range(frame.shape[1])}, index=frame.index)
    safed.columns = frame.columns.map(safe) if frame.shape[1] else frame.columns
    if not isinstance(frame.index, pd.MultiIndex):
        safed.index = pd.Index(column(frame.index.to_series()), name=safe(frame.index.name))
    return safed


@dataclass(frozen=True, slots=True)
class Settings:
    """What made a result: the parameters, the seed that was used, and the version of clusternet."""

    parameters: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None
    version: str = field(default_factory=package_version)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", MappingProxyType(dict(self.parameters)))

    def __reduce__(self) -> tuple[Any, ...]:
        # A read-only view cannot be pickled, and workers of joblib must hand results back.
        return Settings, (dict(self.parameters), self.seed, self.version)

    def to_dict(self) -> dict[str, Any]:
        """Return a plain dictionary: parameters, seed, version."""
        return {"parameters": dict(self.parameters), "seed": self.seed, "version": self.version}


class Result:
    """Base of frozen result records: ``to_frame()``, a one-line repr, an HTML repr, ``settings``.

    Subclasses are ``@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)``, carry a
    ``settings`` field and define `to_frame` and `summary`.
    """

    __slots__ = ()
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return the result as one tidy table."""
        raise NotImplementedError

    def summary(self) -> str:
        """Return the result in one line."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.summary()}>"

    def _repr_html_(self) -> str:
        head = html.escape(f"{type(self).__name__}: {self.summary()}")
        table = self.to_frame().head(20).to_html(escape=True, border=0)
        return f"<p><strong>{head}</strong></p>{table}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class NullTest(Result):
    """A number beside what chance gives.

    Attributes
    ----------
    statistic
        Name of the number.
    observed
        The number; NaN if undefined.
    draws
        Series, one float per draw under the null; NaN where undefined. Such draws do not count in the p-values.
    settings
        The null, parameters, seed and version.
    """

    statistic: str
    observed: float
    draws: pd.Series
    settings: Settings

    @property
    def expected(self) -> float:
        """Mean of the draws."""
        return float(self.draws.mean())

    @property
    def z(self) -> float:
        """Observed less expected, in standard deviations of the draws; NaN if they do not vary."""
        sd = float(self.draws.std())
        return (self.observed - self.expected) / sd if sd > self._slack() else float("nan")

    @property
    def p_more(self) -> float:
        """Share of draws at least as large as the observed number, (r + 1)/(draws + 1)."""
        return self._share(self.draws >= self.observed - self._slack())

    @property
    def p_fewer(self) -> float:
        """Share of draws at most as large as the observed number, (r + 1)/(draws + 1)."""
        return self._share(self.draws <= self.observed + self._slack())

    @property
    def p(self) -> float:
        """Two-sided p-value: twice the smaller of the two shares, at most 1."""
        return float(np.minimum(1.0, 2 * np.minimum(self.p_more, self.p_fewer)))  # NaN stays NaN

    def _slack(self) -> float:
        # Equal but for rounding counts as equal; an infinite number is equal to itself alone.
        return 1e-12 * max(1.0, abs(self.observed)) if np.isfinite(self.observed) else 1e-12

    def _share(self, hits: pd.Series) -> float:
        defined = int(self.draws.notna().sum())  # an undefined draw is no draw: it would make p too small
        if np.isnan(self.observed) or defined == 0:
            return float("nan")
        return (float(hits.sum()) + 1) / (defined + 1)

    def to_frame(self) -> pd.DataFrame:
        """Return one row: observed, expected, sd, z, p_more, p_fewer, p, draws."""
        import pandas as pd

        row = {
            "observed": self.observed,
            "expected": self.expected,
            "sd": float(self.draws.std()),
            "z": self.z,
            "p_more": self.p_more,
            "p_fewer": self.p_fewer,
            "p": self.p,
            "draws": len(self.draws),
        }
        return pd.DataFrame([row], index=pd.Index([self.statistic], name="statistic"))

    def summary(self) -> str:
        """Return the comparison in one line."""
        return (
            f"{self.statistic} {self.observed:.3f}, by chance {self.expected:.3f}, z {self.z:.1f}, p {self.p:.3g} "
            f"over {len(self.draws):,} draws"
        )
