"""The records of removal: one path, a band over many, the costliest firms."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clusternet.errors import OptionError, listing, share_between
from clusternet.result import Result, Settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "CostliestFirms",
    "Removal",
    "RemovalBand",
    "band_of",
    "check_whole",
    "quantiles",
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Removal(Result):
    """One removal path: what is left after 0, 1, ..., n firms have left in one order.

    Attributes
    ----------
    curve
        One row per number of firms removed (index ``removed``), one column per response.
    order
        Firm ids in the order in which they left.
    robustness
        R of schneider2011: the mean of the giant share after 1, ..., n removals, shares of the *original* n. From
        (n - 1)/n^2 (nothing ever held together) to (n - 1)/(2n) (complete network). NaN if some firms never left.
    area
        Area under the giant share *divided by its value at the start*, against the share of firms removed
        (trapezoids); in [0, 1], 1/2 for a complete network. NaN if some firms never left.
    settings
        Order, adaptive, ties, connection and responses; the seed where chance was used.
    """

    curve: pd.DataFrame
    order: pd.Index
    robustness: float
    area: float
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return the curve with a first column ``firm``: the firm that left at that step (missing at 0)."""
        frame = self.curve.copy()
        frame.insert(0, "firm", pd.Series([None, *self.order], index=frame.index, dtype=object))
        return frame

    def summary(self) -> str:
        """Return the order, the number of firms and robustness R in one line."""
        about = self.settings.parameters
        how = f"{about['order']}{', adaptive' if about['adaptive'] else ''}"
        of = "" if len(self.order) == about["n_firms"] else f" of {about['n_firms']:,}"
        return f"{len(self.order):,}{of} firms by {how}, robustness R {self.robustness:.3f}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class RemovalBand(Result):
    """Removal paths along many random orders, or under many draws of errors in the records.

    Attributes
    ----------
    curve
        Index ``removed`` = 0..n; columns ``mean``, ``low``, ``median``, ``high`` of the response over the draws;
        low and high bound the central `level` of the draws at that step.
    response, level
        The response, and the share of draws between low and high.
    robustness
        Robustness R (see `Removal`) of every draw, index ``draw``.
    counts, divisor
        The draws themselves: the response of draw d after q removals is ``counts[d, q] / divisor[q]``.
    settings
        Draws, response, level and the seed; repeating with that seed gives the same draws.
    """

    curve: pd.DataFrame
    response: str
    level: float
    robustness: pd.Series
    counts: NDArray[Any]
    divisor: NDArray[np.float64]
    settings: Settings

    @property
    def curves(self) -> NDArray[np.float64]:
        """The response of every draw: draws by n + 1, float."""
        return np.asarray(self.counts / self.divisor, dtype=np.float64)

    def quantile(self, q: float) -> pd.Series:
        """Return the quantile q (0 to 1) of the response after every number of removals."""
        values = quantiles(self.counts, [q])[0] / self.divisor
        return pd.Series(values, index=self.curve.index, name=f"q{q:g}")

    def interval(self, level: float | None = None) -> tuple[float, float]:
        """Return the central `level` of robustness R over the draws (the band's own level when omitted)."""
        tail = (1 - (self.level if level is None else share_between("level", level))) / 2
        low, high = np.quantile(self.robustness.to_numpy(), [tail, 1 - tail])
        return float(low), float(high)

    def to_frame(self) -> pd.DataFrame:
        """Return the curve: mean, low, median and high after every number of removals."""
        return self.curve.copy()

    def summary(self) -> str:
        """Return the number of draws and robustness R with its interval in one line."""
        low, high = self.interval()
        what = "draws of the records" if "drop" in self.settings.parameters else "random orders"
        return (
            f"{len(self.robustness):,} {what} of {len(self.curve) - 1:,} firms, robustness R mean "
            f"{self.robustness.mean():.3f}, {self.level:.0%} of them {low:.3f} to {high:.3f}"
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class CostliestFirms(Result):
    """The k firms whose loss together costs most.

    Attributes
    ----------
    firms
        Their ids, each the costliest next one given those before it.
    loss
        What is lost when all leave: reachable pairs (own pairs included) or giant share (of the original n).
    loss_share
        `loss` divided by the value at the start; NaN if that was 0.
    exact
        True if every set of k firms was compared, False if the firms were added greedily.
    steps
        One row per firm in that order: ``loss_alone``, ``loss`` (with those before it), ``loss_share``.
    settings
        k, response and method.
    """

    firms: pd.Index
    loss: float
    loss_share: float
    exact: bool
    steps: pd.DataFrame
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return one row per firm: loss alone, and loss together with the firms before it."""
        return self.steps.copy()

    def summary(self) -> str:
        """Return the firms and their joint loss in one line."""
        what = "reachable pairs" if self.settings.parameters["response"] == "reachable_pairs" else "giant share"
        how = "exact" if self.exact else "greedy"
        if np.isnan(self.loss_share):
            return f"{listing(self.firms)}: no {what} is there to lose"
        return f"{listing(self.firms)} together cost {self.loss_share:.1%} of {what} ({how})"


def quantiles(draws: NDArray[Any], at: list[float]) -> NDArray[np.float64]:
    """Quantiles over the first axis, linearly interpolated as numpy does; one sort serves all of them."""
    ordered = np.ascontiguousarray(draws.T)
    ordered.sort(axis=1)
    values = []
    for q in at:
        if not 0 <= q <= 1:
            raise OptionError(f"the quantile is {q!r}; give a number from 0 to 1.")
        place = q * (len(draws) - 1)
        low = math.floor(place)
        high = min(low + 1, len(draws) - 1)
        below = ordered[:, low].astype(np.float64)
        values.append(below + (ordered[:, high] - below) * (place - low))
    return np.array(values)


def band_of(draws: NDArray[Any], level: float, step: str, divisor: NDArray[np.float64] | float = 1.0) -> pd.DataFrame:
    """Return mean, low, median and high over the draws (first axis), each over its divisor, at every step."""
    tail = (1 - level) / 2
    low, median, high = quantiles(draws, [tail, 0.5, 1 - tail]) / divisor
    columns = {"mean": draws.mean(axis=0) / divisor, "low": low, "median": median, "high": high}
    return pd.DataFrame(columns, index=pd.RangeIndex(draws.shape[1], name=step))


def check_whole(name: str, value: object) -> int:
    """Return the value if it is a positive whole number."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise OptionError(f"{name} is {value!r}; give a positive whole number.")
    return int(value)
