"""How sure is a number: networks of resampled firms, and the difference of two networks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from clusternet.errors import ClusternetError, NetworkError, OptionError, listing, share_between
from clusternet.inference._against import _Asked
from clusternet.measure import choose
from clusternet.network import Network
from clusternet.resilience._results import check_whole
from clusternet.result import Result, Settings, resolve_seed, spawn_generators

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Measure = str | Callable[[Network], Any]

__all__ = ["NetworkDifference", "VertexBootstrap", "compare_networks", "resampled", "vertex_bootstrap"]

Copies = Literal["random", "untied"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class VertexBootstrap(Result):
    """A number with a standard error and intervals from networks of resampled firms.

    Attributes
    ----------
    measure
        Its name.
    observed
        The number.
    draws
        Series, one float per resampled network; NaN where undefined, which intervals leave out.
    level
        Of the intervals.
    settings
        Copies, draws, level and seed.
    """

    measure: str
    observed: float
    draws: pd.Series
    level: float
    settings: Settings

    @property
    def se(self) -> float:
        """Standard deviation of the draws."""
        return float(self.draws.std())

    @property
    def bias(self) -> float:
        """Mean of the draws less the observed number: what resampling itself does to the measure."""
        return float(self.draws.mean()) - self.observed

    @property
    def percentile(self) -> tuple[float, float]:
        """The interval between quantiles of the draws."""
        return _interval(self.draws, self.level)

    @property
    def basic(self) -> tuple[float, float]:
        """The percentile interval mirrored at the observed number, which takes out the bias twice over."""
        low, high = self.percentile
        return 2 * self.observed - high, 2 * self.observed - low

    def to_frame(self) -> pd.DataFrame:
        """Return one row: observed, se, bias, both intervals, draws, undefined."""
        (low, high), (basic_low, basic_high) = self.percentile, self.basic
        row = {
            "observed": self.observed,
            "se": self.se,
            "bias": self.bias,
            "percentile_low": low,
            "percentile_high": high,
            "basic_low": basic_low,
            "basic_high": basic_high,
            "draws": len(self.draws),
            "undefined": int(self.draws.isna().sum()),
        }
        return pd.DataFrame([row], index=pd.Index([self.measure], name="measure"))

    def summary(self) -> str:
        """Return the number and its interval in one line."""
        low, high = self.percentile
        return (
            f"{self.measure} {self.observed:.3g}, se {self.se:.2g}, {self.level:.0%} of {len(self.draws):,} draws from "
            f"{low:.3g} to {high:.3g}"
        )


def _interval(draws: pd.Series, level: float) -> tuple[float, float]:
    known = draws.dropna()
    if not len(known):
        return math.nan, math.nan
    tail = (1 - level) / 2
    return float(known.quantile(tail)), float(known.quantile(1 - tail))


def resampled(network: Network, chosen: Sequence[int] | Ints, *, copies: Copies, rng: np.random.Generator) -> Network:
    """Return the network of the firms in these rows, repeats included, as firms 0, 1, 2, ...

    Parameters
    ----------
    network
        The network; loops are dropped.
    chosen
        Row numbers of firms.
    copies
        What ties a firm to its own copy, as in `vertex_bootstrap`.
    rng
        Generator.
    """
    rows = np.asarray(chosen, dtype=np.int64)
    n = network.n_firms
    source, target = network._codes  # noqa: SLF001  (ends as positions)
    tie = np.flatnonzero(source != target)
    source, target = source[tie], target[tie]
    by_firm = np.argsort(rows, kind="stable")
    count = np.bincount(rows, minlength=n)
    first = np.concatenate([[0], np.cumsum(count)])
    # Every tie once for each pair of a copy of its source and a copy of its target.
    times = count[source] * count[target]
    which = np.repeat(np.arange(len(tie)), times)
    within = np.arange(len(which)) - np.repeat(np.cumsum(times) - times, times)
    at_source, at_target = np.divmod(within, np.maximum(count[target[which]], 1))
    ends = by_firm[first[source[which]] + at_source], by_firm[first[target[which]] + at_target]
    taken = tie[which]
    if copies == "random" and n > 1:
        one, other = _same(by_firm, count, first)
        # Two copies are tied as a random pair of firms is, the pair turned at random.
        low = rng.integers(0, n, len(one))
        high = (low + rng.integers(1, n, len(one))) % n
        key = np.minimum(source, target) * np.int64(n) + np.maximum(source, target)
        order = np.argsort(key, kind="stable")
        asked = np.minimum(low, high) * np.int64(n) + np.maximum(low, high)
        left, right = (np.searchsorted(key[order], asked, side=side) for side in ("left", "right"))
        size = right - left
        place = np.repeat(np.arange(len(one)), size)
        row = order[np.repeat(left, size) + np.arange(len(place)) - np.repeat(np.cumsum(size) - size, size)]
        forward = source[row] == low[place]
        more = np.where(forward, one[place], other[place]), np.where(forward, other[place], one[place])
        ends = np.concatenate([ends[0], more[0]]), np.concatenate([ends[1], more[1]])
        taken = np.concatenate([taken, tie[row]])
    firms = network.firms.iloc[rows].set_axis(pd.RangeIndex(len(rows), name="firm"))
    ties = network.ties.iloc[taken].reset_index(drop=True)
    ties["source"], ties["target"] = ends
    ties.index.name = "tie"
    step = f"resampled({len(rows)} firms)"
    return Network._trusted(firms, ties, ends, network._noted(step), None)  # noqa: SLF001  (checked before)


def _same(by_firm: Ints, count: Ints, first: Ints) -> tuple[Ints, Ints]:
    """Return all pairs of positions that hold the same firm."""
    ends = [(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))]
    for firm in np.flatnonzero(count > 1):
        one, other = np.triu_indices(int(count[firm]), 1)
        ends.append((first[firm] + one, first[firm] + other))
    one, other = (np.concatenate(side) for side in zip(*ends, strict=True))
    return by_firm[one], by_firm[other]


def vertex_bootstrap(
    network: Network,
    measure: Measure,
    *,
    copies: Copies = "random",
    draws: int = 1000,
    level: float = 0.95,
    seed: int | None = None,
) -> VertexBootstrap:
    """Return a standard error and intervals of a number, from networks of firms drawn with replacement.

    The firms are taken as a sample of firms that could have been there; ties between two drawn firms are as recorded.

    Parameters
    ----------
    network
        The network.
    measure
        Name of a listed measure, or a function of a network that returns a number. Measures that live on who is who
        (a named firm's centrality) have no meaning here: the firms of a draw are 0, 1, 2, ..., with their attributes.
    copies
        A firm drawn twice meets itself, and no record says how. ``"random"``: the two copies are tied as a pair of
        firms drawn at random from all pairs is (snijders1999), so that the expected density stays. ``"untied"``.
    draws
        Number of resampled networks.
    level
        Of the intervals.
    seed
        A fresh one is drawn and stored when omitted.

    Returns
    -------
    VertexBootstrap
        ``.se``, ``.percentile``, ``.basic``, ``.bias``, ``.draws``. Check the bias: of measures of closure and of
        paths it can exceed the standard error, since copies share all partners. The intervals are on the safe side:
        where firms hardly differ, they cover more often than `level` says.

    Raises
    ------
    OptionError
        If an option is outside its set, or the measure returns no number.
    NetworkError
        If there are fewer than three firms, or the network is two-mode and copies are "random".

    References
    ----------
    snijders1999

    Examples
    --------
    >>> from clusternet import datasets
    >>> made = vertex_bootstrap(datasets.load("florentine").layer("marriage"), "density", draws=200, seed=1)
    >>> made.percentile[0] < made.observed < made.percentile[1]
    True
    """
    choose("copies", copies, ("random", "untied"))
    n_draws = check_whole("draws", draws)
    share_between("level", level)
    asked = _Asked(measure)
    observed = _number(asked, network)
    _check_resampled(network, copies)
    used = resolve_seed(seed)
    found = [
        _drawn(asked, network, rng.integers(0, network.n_firms, network.n_firms), copies, rng)
        for rng in spawn_generators(used, n_draws)
    ]
    parameters = {"measure": asked.name, "copies": copies, "draws": n_draws, "level": level}
    return VertexBootstrap(
        measure=asked.name,
        observed=observed,
        draws=pd.Series(found, index=pd.RangeIndex(n_draws, name="draw"), name=asked.name, dtype="float64"),
        level=level,
        settings=Settings(parameters, used),
    )


def _check_resampled(network: Network, copies: Copies) -> None:
    if network.n_firms < 3:
        raise NetworkError(f"a network has {network.n_firms} firms; resampling needs at least three.")
    if network.is_two_mode and copies == "random":
        raise NetworkError(
            "the network is two-mode, and copies='random' would tie firms to firms; take copies='untied', or give "
            "network.project(mode)."
        )


def _number(asked: _Asked, network: Network) -> float:
    value = asked(network)
    if isinstance(value, pd.Series):
        raise OptionError(f"{asked.name} returned a Series; give a measure of the whole network, or one entry of it.")
    return value


def _drawn(asked: _Asked, network: Network, rows: Ints, copies: Copies, rng: np.random.Generator) -> float:
    try:
        return _number(asked, resampled(network, rows, copies=copies, rng=rng))
    except OptionError:
        raise
    except ClusternetError:  # undefined in this draw
        return math.nan


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class NetworkDifference(Result):
    """A number in two networks, and their difference with its standard error and interval.

    Attributes
    ----------
    measure
        Its name.
    first, second
        The number in both.
    draws
        Frame, one row per draw: ``first``, ``second``, and ``difference`` (first less second).
    level
        Of the interval.
    settings
        Whether paired, copies, draws and seed.
    """

    measure: str
    first: float
    second: float
    draws: pd.DataFrame
    level: float
    settings: Settings

    @property
    def difference(self) -> float:
        """First less second."""
        return self.first - self.second

    @property
    def se(self) -> float:
        """Standard deviation of the difference over the draws."""
        return float(self.draws["difference"].std())

    @property
    def z(self) -> float:
        """Difference in standard errors; NaN if the draws do not vary."""
        return self.difference / self.se if self.se > 0 else math.nan

    @property
    def p(self) -> float:
        """Two-sided p-value of z by the normal law, as snijders1999 propose."""
        return math.erfc(abs(self.z) / math.sqrt(2))

    @property
    def interval(self) -> tuple[float, float]:
        """Difference, less and plus the normal quantile of `level` standard errors."""
        from statistics import NormalDist

        half = NormalDist().inv_cdf(0.5 + self.level / 2) * self.se
        return self.difference - half, self.difference + half

    def to_frame(self) -> pd.DataFrame:
        """Return one row: first, second, difference, se, z, p, low, high, draws."""
        low, high = self.interval
        row = {
            "first": self.first,
            "second": self.second,
            "difference": self.difference,
            "se": self.se,
            "z": self.z,
            "p": self.p,
            "low": low,
            "high": high,
            "draws": len(self.draws),
        }
        return pd.DataFrame([row], index=pd.Index([self.measure], name="measure"))

    def summary(self) -> str:
        """Return the difference in one line."""
        low, high = self.interval
        return (
            f"{self.measure} {self.first:.3g} and {self.second:.3g}, difference {self.difference:.3g} "
            f"[{low:.3g}, {high:.3g}], p {self.p:.3g}"
        )


def compare_networks(
    first: Network,
    second: Network,
    measure: Measure = "density",
    *,
    paired: bool = False,
    copies: Copies = "random",
    draws: int = 1000,
    level: float = 0.95,
    seed: int | None = None,
) -> NetworkDifference:
    """Compare a number between two networks by resampling their firms.

    Parameters
    ----------
    first, second
        Two clusters; or, paired, two layers or dates of one.
    measure
        Name of a listed measure, or a function of a network that returns a number.
    paired
        The same firms in both: each draw takes the same firms from both, so that what is common to the two drops
        out of the difference. The firms must be the same.
    copies, draws, level, seed
        As in `vertex_bootstrap`.

    Returns
    -------
    NetworkDifference
        ``.difference`` (first less second), ``.se``, ``.interval``, ``.z``, ``.p`` and the draws.

    Raises
    ------
    OptionError
        If an option is outside its set, or the measure returns no number.
    NetworkError
        If a network has fewer than three firms, or is two-mode while copies are "random", or the firms differ although
        paired.

    References
    ----------
    snijders1999

    Examples
    --------
    >>> from clusternet import datasets
    >>> net = datasets.load("florentine")
    >>> made = compare_networks(net.layer("marriage"), net.layer("business"), paired=True, draws=200, seed=1)
    >>> round(made.difference, 4)
    0.0417
    """
    choose("copies", copies, ("random", "untied"))
    n_draws = check_whole("draws", draws)
    share_between("level", level)
    asked = _Asked(measure)
    values = _number(asked, first), _number(asked, second)
    for network in (first, second):
        _check_resampled(network, copies)
    place = np.empty(0, dtype=np.int64)
    if paired:
        odd = first.firms.index.symmetric_difference(second.firms.index)
        if len(odd):
            raise NetworkError(f"paired needs the same firms in both; not in both are {listing(odd)}.")
        place = second.positions(first.firms.index)
    used = resolve_seed(seed)
    rows = []
    for rng in spawn_generators(used, n_draws):
        chosen = rng.integers(0, first.n_firms, first.n_firms)
        other = place[chosen] if paired else rng.integers(0, second.n_firms, second.n_firms)
        rows.append((_drawn(asked, first, chosen, copies, rng), _drawn(asked, second, other, copies, rng)))
    table = pd.DataFrame(rows, columns=["first", "second"], index=pd.RangeIndex(n_draws, name="draw"))
    table["difference"] = table["first"] - table["second"]
    parameters = {"measure": asked.name, "paired": paired, "copies": copies, "draws": n_draws, "level": level}
    return NetworkDifference(
        measure=asked.name,
        first=values[0],
        second=values[1],
        draws=table,
        level=level,
        settings=Settings(parameters, used),
    )
