"""The location quotient, and how sure one can be of it with the counts at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from clusternet.errors import OptionError
from clusternet.measure import whole_number
from clusternet.result import Result, Settings, resolve_seed
from clusternet.specialization._tables import (
    cells,
    coded,
    column,
    is_number,
    numbers,
    ratio,
    shares,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray


MOST_COUNTED = 1e15


def _quotient(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return ratio(shares(values), ratio(values.sum(axis=0), values.sum()))


def location_quotient(table: pd.DataFrame) -> pd.DataFrame:
    """Share of an activity in a place, over its share in the whole economy (also called the Balassa index or RCA).

    LQ_ij = (e_ij / e_i.) / (e_.j / e_..). Above 1 the place has more of the activity than its size explains.

    Parameters
    ----------
    table
        Places in rows, activities in columns: employment or counts. The whole economy is the sum of the table, so the
        places must make up the economy of reference.

    Returns
    -------
    DataFrame
        Shape and labels of the table, from 0 up. For each activity the mean over places, weighted by their
        employment, is 1. NaN in a place without employment and for an activity that nobody does.

    Raises
    ------
    OptionError
        If a cell is missing, negative or no number.

    References
    ----------
    florence1939, balassa1965

    Examples
    --------
    >>> import pandas as pd
    >>> jobs = pd.DataFrame({"wine": [30, 10], "steel": [10, 50]}, index=["Nord", "Sud"])
    >>> location_quotient(jobs).loc["Nord", "wine"]
    np.float64(1.875)
    """
    return pd.DataFrame(_quotient(cells(table)), index=table.index, columns=table.columns)


def rca(table: pd.DataFrame, *, threshold: float = 1.0) -> pd.DataFrame:
    """Tell in which activities each place is specialized: a location quotient of at least `threshold`.

    Parameters
    ----------
    table
        Places in rows, activities in columns: employment or counts.
    threshold
        Smallest quotient that counts, above 0. A quotient equal to it counts.

    Returns
    -------
    DataFrame
        Integer 1 or 0, shape and labels of the table; 0 also where the quotient is undefined.

    Raises
    ------
    OptionError
        If a cell is missing, negative or no number, or the threshold is not positive.

    References
    ----------
    balassa1965, hidalgo2007

    Examples
    --------
    >>> import pandas as pd
    >>> rca(pd.DataFrame({"wine": [30, 10], "steel": [10, 50]}, index=["Nord", "Sud"])).loc["Sud"].to_dict()
    {'wine': 0, 'steel': 1}
    """
    if not (is_number(threshold) and threshold > 0):
        raise OptionError(f"threshold is {threshold!r}; give a positive number.")
    # Rounding must not decide a tie at the threshold.
    return (location_quotient(table) >= threshold * (1 - 1e-12)).astype("int64")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class QuotientIntervals(Result):
    """Location quotients with percentile intervals, one row per place and activity.

    Attributes
    ----------
    table
        DataFrame with ``place``, ``activity``, ``n`` (what the guard counts: firms, or the count in the cell),
        ``size`` (employment, or the same as n), ``share`` (of the place's size, 0 to 1), ``lq``, ``low``, ``high``,
        ``specialized`` (True when the whole interval is above 1) and ``too_few`` (n is below the minimum: ``lq``,
        ``low`` and ``high`` are then NaN). Within a place the largest quotient comes first, what is too few last.
    draws
        DataFrame, one row per draw and one column per (place, activity) that is not too few.
    n_left_out
        Rows of the firms that had no place, activity or size and took no part.
    settings
        Parameters, seed and version.
    """

    table: pd.DataFrame
    draws: pd.DataFrame
    n_left_out: int
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return ``table``."""
        return self.table

    def summary(self) -> str:
        """Return the counts in one line."""
        t = self.table
        left = f", {self.n_left_out:,} firms left out" if self.n_left_out else ""
        return (
            f"{t['place'].nunique():,} places by {t['activity'].nunique():,} activities: "
            f"{int(t['specialized'].sum()):,} specialized, {int(t['too_few'].sum()):,} too few to say{left}"
        )


def _options(level: float, draws: int, minimum: int) -> None:
    if not (is_number(level) and 0 < level < 1):
        raise OptionError(f"level is {level!r}; give a share between 0 and 1, such as 0.95.")
    whole_number("draws", draws, 2)
    whole_number("minimum", minimum, 1)


def _intervals(
    *,
    size: NDArray[np.float64],
    n: NDArray[np.float64],
    drawn: NDArray[np.float64],
    labels: tuple[pd.Index, pd.Index],
    settings: Settings,
    n_left_out: int,
) -> QuotientIntervals:
    """Put quotients, intervals and guards into one table. `drawn` holds the cells with n >= minimum, draw by draw."""
    places, activities = labels
    minimum, level = settings.parameters["minimum"], settings.parameters["level"]
    enough = (n >= minimum).ravel()
    value = np.where(enough, _quotient(size).ravel(), np.nan)
    low, high = np.full(len(enough), np.nan), np.full(len(enough), np.nan)
    told = enough.copy()
    told[enough] = ~np.isnan(drawn).all(axis=0)
    if told.any():
        ends = [(1 - level) / 2, (1 + level) / 2]
        low[told], high[told] = np.nanquantile(drawn[:, told[enough]], ends, axis=0)
    pairs = pd.MultiIndex.from_product([places, activities], names=["place", "activity"])
    table = pd.DataFrame(
        {
            "n": n.ravel().astype(np.int64) if (n == np.floor(n)).all() else n.ravel(),
            "size": size.ravel(),
            "share": shares(size).ravel(),
            "lq": value,
            "low": low,
            "high": high,
            "specialized": low > 1,
            "too_few": ~enough,
        },
        index=pairs,
    )
    order = np.lexsort((-np.nan_to_num(value, nan=-1.0), np.repeat(np.arange(len(places)), len(activities))))
    return QuotientIntervals(
        table=table.iloc[order].reset_index(),
        draws=pd.DataFrame(drawn, columns=pairs[enough]),
        n_left_out=n_left_out,
        settings=settings,
    )


def location_quotient_interval(
    table: pd.DataFrame, *, level: float = 0.95, draws: int = 1000, minimum: int = 5, seed: int | None = None
) -> QuotientIntervals:
    """Location quotients of a table of counts, with bootstrap intervals.

    Each draw replaces every cell by a Poisson number with the cell's count as its mean, so the counted things must be
    independent of each other: firms or plants. Employees of one plant are not: from employment the intervals come out
    far too narrow; give the firms to `cluster_profile`, which resamples them, instead.

    Parameters
    ----------
    table
        Places in rows, activities in columns: counts.
    level
        Share of the draws inside the interval, between 0 and 1.
    draws
        Number of draws, at least 2.
    minimum
        Smallest count for which a quotient is told; fewer are flagged ``too_few`` and get NaN.
    seed
        Seed of the draws; a fresh one is drawn and stored in ``.settings`` when omitted.

    Returns
    -------
    QuotientIntervals
        One row per place and activity, the draws and the settings.

    Raises
    ------
    OptionError
        If a cell is missing, negative or no number, or an option is out of range.

    References
    ----------
    florence1939, efron1993

    Examples
    --------
    >>> import pandas as pd
    >>> firms = pd.DataFrame({"wine": [30, 10], "steel": [10, 50]}, index=["Nord", "Sud"])
    >>> location_quotient_interval(firms, seed=1)
    <QuotientIntervals: 2 places by 2 activities: 2 specialized, 0 too few to say>
    """
    _options(level, draws, minimum)
    seed = resolve_seed(seed)
    values = cells(table)
    if values.max(initial=0.0) > MOST_COUNTED:
        raise OptionError(f"table has a cell of {values.max():.3g}, which is no count of firms or plants.")
    enough = values >= minimum
    rng = np.random.default_rng(seed)
    drawn = np.empty((draws, int(enough.sum())))
    for draw in range(draws):
        drawn[draw] = _quotient(rng.poisson(values).astype("float64"))[enough]
    settings = Settings({"resample": "poisson", "level": level, "draws": draws, "minimum": minimum}, seed=seed)
    return _intervals(
        size=values,
        n=values,
        drawn=drawn,
        labels=(table.index, table.columns),
        settings=settings,
        n_left_out=0,
    )


def cluster_profile(
    firms: pd.DataFrame,
    *,
    place: str = "place",
    activity: str = "sector",
    size: str | None = None,
    minimum: int = 5,
    level: float = 0.95,
    draws: int = 1000,
    seed: int | None = None,
) -> QuotientIntervals:
    """Which activities each place is specialized in, with intervals from resampled firms and a guard on small counts.

    Each draw takes as many firms as there are, with replacement, each with its place, activity and size; so one large
    employer widens the interval of its activity, as it should. Draws without any firm of the place or the activity do
    not count for its interval.

    Parameters
    ----------
    firms
        One row per firm or plant.
    place, activity
        Columns that say where the firm is and what it does. Firms without either are left out and counted in
        ``n_left_out``.
    size
        Column of the weight, such as employees; nonnegative. Firms count 1 each when omitted. Firms whose size is
        missing are left out and counted.
    minimum
        Smallest number of firms for which a quotient is told; fewer are flagged ``too_few`` and get NaN.
    level
        Share of the draws inside the interval, between 0 and 1.
    draws
        Number of draws, at least 2.
    seed
        Seed of the draws; a fresh one is drawn and stored in ``.settings`` when omitted.

    Returns
    -------
    QuotientIntervals
        One row per place and activity, the draws and the settings.

    Raises
    ------
    OptionError
        If a column is not there, a size is negative or no number, or an option is out of range.

    References
    ----------
    florence1939, efron1993

    Examples
    --------
    >>> import pandas as pd
    >>> firms = pd.DataFrame({"place": ["Nord"] * 8 + ["Sud"] * 12, "sector": ["wine"] * 7 + ["steel"] * 13})
    >>> profile = cluster_profile(firms, seed=1)
    >>> profile.table.loc[0, ["place", "activity"]].tolist(), float(profile.table.loc[0, "lq"])
    (['Nord', 'wine'], 2.5)
    >>> profile.table.query("place == 'Nord' and activity == 'steel'")[["n", "lq", "too_few"]].values.tolist()
    [[1, nan, True]]
    """
    _options(level, draws, minimum)
    seed = resolve_seed(seed)
    where, what = column(firms, place, "firms"), column(firms, activity, "firms")
    weight = np.ones(len(firms)) if size is None else numbers(column(firms, size, "firms"), size, missing=True)
    known = where.notna().to_numpy() & what.notna().to_numpy() & ~np.isnan(weight)
    down, places = coded(where[known])
    across, activities = coded(what[known])
    weight = weight[known]
    cell = down * len(activities) + across
    shape = (len(places), len(activities))

    def added(codes: NDArray[np.int64], of: NDArray[np.float64]) -> NDArray[np.float64]:
        summed = np.bincount(codes, weights=of, minlength=shape[0] * shape[1])
        return summed.astype("float64").reshape(shape)

    n = added(cell, np.ones(len(cell)))
    rng = np.random.default_rng(seed)
    drawn = np.empty((draws, int((n >= minimum).sum())))
    for draw in range(draws if drawn.size else 0):
        picked = rng.integers(0, len(cell), len(cell))
        drawn[draw] = _quotient(added(cell[picked], weight[picked]))[n >= minimum]
    settings = Settings(
        {
            "resample": "firms",
            "place": place,
            "activity": activity,
            "size": size,
            "minimum": minimum,
            "level": level,
            "draws": draws,
        },
        seed=seed,
    )
    return _intervals(
        size=added(cell, weight),
        n=n,
        drawn=drawn,
        labels=(places, activities),
        settings=settings,
        n_left_out=int((~known).sum()),
    )
