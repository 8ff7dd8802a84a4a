"""How long ties last: spells with right-censoring, Kaplan-Meier curves, discrete-time hazard by age."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from clusternet.dynamics._waves import last_start
from clusternet.errors import NetworkError, OptionError, listing
from clusternet.measure import choose, real_number, share_between
from clusternet.network import read_date
from clusternet.result import Result, Settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from clusternet.network import Network

__all__ = ["TieHazard", "TieSurvival", "tie_hazard", "tie_spells", "tie_survival"]

YEAR = 365.25
TINY = float(np.finfo(float).tiny)
SPELL = ("entry", "time", "ended")
NAN = float("nan")


def tie_spells(network: Network, *, since: object = None, until: object = None) -> pd.DataFrame:
    """Return how long each tie lasted, and whether its end was seen.

    Parameters
    ----------
    network
        The network, with starts and ends of ties. Every row of its tie table is a spell of its own.
    since
        Day on which observation began, if ties that had ended before were never recorded: then an older tie counts
        only from its age on that day (delayed entry), for had it ended earlier nobody would know. None: all ties are
        followed from their start.
    until
        Day on which observation ended. A tie that is open then, or whose end is later, is right-censored. When
        omitted the latest start of any tie: planned ends lie in the future.

    Returns
    -------
    DataFrame
        The tie table, indexed by tie, with ``entry`` (age in years on entering observation), ``time`` (age in years on
        leaving it; the last day counts, a year is 365.25 days) and ``ended`` (False: right-censored), which take the
        place of columns so called. Ties without a start, with a start after `until`, or over before `since` are left
        out.

    Raises
    ------
    NetworkError
        If `until` is omitted and no tie has a start.
    OptionError
        If the two are not dates in order.

    References
    ----------
    kaplanmeier1958

    Examples
    --------
    >>> from clusternet import Network
    >>> ties = pd.DataFrame({"source": [*"AB"], "target": [*"BC"], "start": ["2020-01-01", "2021-01-01"],
    ...                      "end": ["2020-12-31", None]})
    >>> tie_spells(Network.from_edges(ties), until="2022-12-31")[["time", "ended"]].round(3).values.tolist()
    [[1.002, True], [1.999, False]]
    """
    ties = network.ties
    close = _close(network, until)
    begins = ties["start"].dt.normalize()
    ends = ties["end"].dt.normalize()
    open_at = None if since is None else read_date("since", since).normalize()
    if open_at is not None and close < open_at:
        raise OptionError(f"observation ends on {close.date()}, before it begins on {open_at.date()}.")
    ended = (ends <= close).to_numpy(dtype=bool)
    leave = ends.where(ended, close)
    day = pd.Timedelta(days=1)
    time = ((leave - begins) / day + 1) / YEAR
    entry = pd.Series(0.0, index=ties.index)
    seen = begins.notna() & (begins <= close)
    if open_at is not None:
        entry = ((open_at - begins) / day).clip(lower=0) / YEAR
        seen &= leave >= open_at
    return ties.assign(entry=entry, time=time, ended=ended)[seen.to_numpy(dtype=bool)]


def _close(network: Network, until: object) -> pd.Timestamp:
    """Return the day on which observation ends."""
    return (last_start(network) if until is None else read_date("until", until)).normalize()


def _check_level(level: float) -> float:
    return NormalDist().inv_cdf((1 + share_between("level", level)) / 2)


def _left_out(network: Network, spells: pd.DataFrame) -> dict[str, int]:
    unknown = int(network.ties["start"].isna().sum())
    return {"without_start": unknown, "outside_observation": network.n_ties - len(spells) - unknown}


def _spell_groups(spells: pd.DataFrame, by: str | None) -> list[tuple[str, pd.DataFrame]]:
    if by is None:
        return [("all", spells)]
    if pd.api.types.is_hashable(by) and by in SPELL:
        raise OptionError(f"by is {by!r}, which says how long a tie lasted; give a column of ties of another name.")
    if not pd.api.types.is_hashable(by) or by not in spells.columns:
        raise OptionError(f"by is {by!r}, but ties have no such column; they have {listing(spells.columns, 20)}.")
    return [(str(name), part) for name, part in spells.groupby(by, sort=True)]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TieSurvival(Result):
    """Survival of ties by age.

    Attributes
    ----------
    curve
        One row per group and age at which a tie ended: ``group``, ``time`` (years), ``at_risk``, ``ended``,
        ``survival`` (share still alive after that age), ``se`` (Greenwood), ``low``, ``high`` (log-log interval; NaN
        where nobody is left).
    groups
        Indexed by ``group``: ``ties``, ``ended``, ``censored``, ``median`` (years; NaN if more than half are alive at
        the end of the curve).
    p
        p-value of the log-rank test that all groups have one curve; NaN with one group.
    settings
        Options, and the number of ties left out, by reason.
    """

    curve: pd.DataFrame
    groups: pd.DataFrame
    p: float
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return the curves."""
        return self.curve.copy(deep=False)

    def summary(self) -> str:
        """Return ties, ends and medians in one line."""
        shown = ", ".join(
            f"{name} {'not reached' if np.isnan(median) else f'{median:.2f} years'}"
            for name, median in self.groups["median"].items()
        )
        test = "" if np.isnan(self.p) else f"; log-rank p {self.p:.3g}"
        total, ended = int(self.groups["ties"].sum()), int(self.groups["ended"].sum())
        return f"{total:,} ties, {ended:,} ended, {total - ended:,} censored; median {shown}{test}"


def tie_survival(
    network: Network, *, by: str | None = None, since: object = None, until: object = None, level: float = 0.95
) -> TieSurvival:
    """Estimate the share of ties that reach each age (Kaplan-Meier).

    S(t) is the product over the ages at which ties ended, up to t, of 1 - ended/at risk. A tie that is still open at
    the end of observation is at risk up to its age then, and does not count as ended.

    With `since` a curve is conditional on having reached the youngest age at which a tie was seen, and starts with few
    ties at risk: if all of them end it stays at 0, whatever older ties do. Look at ``at_risk`` first.

    Parameters
    ----------
    network, since, until
        As in `tie_spells`.
    by
        A column of ties ("layer", "formal", ...): one curve per value, and a log-rank test. Ties without a value are
        left out.
    level
        Coverage of the interval.

    Returns
    -------
    TieSurvival
        Curves, medians, log-rank p.

    Raises
    ------
    OptionError
        If there is no such column, or an option is outside its range.
    NetworkError
        If no tie has a start.

    References
    ----------
    kaplanmeier1958

    Examples
    --------
    >>> from clusternet import Network
    >>> ties = pd.DataFrame({"source": [*"ABC"], "target": [*"BCD"], "start": "2020-01-01",
    ...                      "end": ["2020-12-31", "2021-12-31", None]})
    >>> tie_survival(Network.from_edges(ties), until="2022-12-31").curve["survival"].round(3).tolist()
    [0.667, 0.333]
    """
    z = _check_level(level)
    spells = tie_spells(network, since=since, until=until)
    parts = _spell_groups(spells, by)
    curves, rows = [], []
    for name, part in parts:
        curve = _kaplan_meier(part, z)
        curve.insert(0, "group", pd.Series([name] * len(curve), dtype="str"))
        curves.append(curve)
        half = curve["time"][curve["survival"] <= 0.5 + 1e-9]  # a product of shares may miss a half by a hair
        ended = int(part["ended"].sum())
        rows.append((name, len(part), ended, len(part) - ended, float(half.iloc[0]) if len(half) else NAN))
    groups = pd.DataFrame(rows, columns=["group", "ties", "ended", "censored", "median"]).set_index("group")
    options = {"by": by, "level": level, **_dates_of(network, since, until), **_left_out(network, spells)}
    options["without_group"] = len(spells) - int(groups["ties"].sum())
    if not curves:
        curves = [_kaplan_meier(spells.head(0), z)]
        curves[0].insert(0, "group", pd.Series(dtype="str"))
    return TieSurvival(
        curve=pd.concat(curves, ignore_index=True),
        groups=groups,
        p=_log_rank(parts),
        settings=Settings(options),
    )


def _dates_of(network: Network, since: object, until: object) -> dict[str, str | None]:
    return {
        "since": None if since is None else str(read_date("since", since).date()),
        "until": str(_close(network, until).date()),
    }


def _kaplan_meier(spells: pd.DataFrame, z: float) -> pd.DataFrame:
    time, entry = spells["time"].to_numpy(dtype=float), np.sort(spells["entry"].to_numpy(dtype=float))
    over = spells["ended"].to_numpy(dtype=bool)
    ages, ended = np.unique(time[over], return_counts=True)
    left = len(time) - np.searchsorted(np.sort(time), ages, side="left")
    late = len(time) - np.searchsorted(entry, ages, side="left")  # entered at this age or later: not at risk yet
    at_risk = left - late
    survival = np.cumprod(1 - ended / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        total = np.cumsum(ended / (at_risk * (at_risk - ended)))
        se = np.where(survival > 0, survival * np.sqrt(total), np.nan)
        spread = z * np.sqrt(total) / np.abs(np.log(survival))
        low, high = survival ** np.exp(spread), survival ** np.exp(-spread)
    inside = (survival > 0) & (survival < 1)
    return pd.DataFrame(
        {
            "time": ages,
            "at_risk": at_risk,
            "ended": ended,
            "survival": survival,
            "se": se,
            "low": np.where(inside, low, np.nan),
            "high": np.where(inside, high, np.nan),
        }
    )


def _log_rank(parts: list[tuple[str, pd.DataFrame]]) -> float:
    """Return the p-value of the log-rank test with delayed entry; NaN where there is nothing to compare.

    Groups that are never at risk together cannot be compared: they leave the covariance without full rank, and the
    degrees of freedom are what is left.
    """
    ages = np.unique(
        np.concatenate([part.loc[part["ended"], "time"].to_numpy(dtype=float) for _, part in parts] or [[]])
    )
    if len(parts) < 2 or not len(ages):
        return NAN
    from scipy.stats import chi2

    at_risk, ended = np.empty((len(parts), len(ages))), np.empty((len(parts), len(ages)))
    for row, (_, part) in enumerate(parts):
        time, entry = (np.sort(part[name].to_numpy(dtype=float)) for name in ("time", "entry"))
        at_risk[row] = np.searchsorted(entry, ages, side="left") - np.searchsorted(time, ages, side="left")
        ends = part.loc[part["ended"], "time"].to_numpy(dtype=float)
        ended[row] = np.bincount(np.searchsorted(ages, ends), minlength=len(ages))
    whole, over = at_risk.sum(axis=0), ended.sum(axis=0)
    share = at_risk / whole
    gap = (ended - share * over).sum(axis=1)
    spread = over * (whole - over) / np.maximum(whole - 1, 1)
    covariance = np.diag((share * spread).sum(axis=1)) - (share * spread) @ share.T
    sizes, axes = np.linalg.eigh(covariance)
    firm = sizes > 1e-9 * max(sizes.max(), 1e-9)
    if not firm.any():
        return NAN
    p = chi2.sf(((gap @ axes[:, firm]) ** 2 / sizes[firm]).sum(), int(firm.sum()))
    return max(float(p), TINY)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TieHazard(Result):
    """Risk that a tie ends, by its age.

    Attributes
    ----------
    table
        One row per age in completed periods: ``age``, ``at_risk``, ``ended``, ``hazard`` = ended / at risk, ``low``,
        ``high`` (Wilson), ``fitted`` (by the model, at the mean of the covariates).
    coefficients
        Indexed by ``term`` ("intercept", "age" or "log_age", covariates): ``estimate`` (log odds), ``se``, ``z``,
        ``p``, ``odds_ratio``, ``low``, ``high`` (of the odds ratio). An odds ratio of age below 1 means that older ties
        are safer. All NaN where the data separate perfectly, so that no finite estimate exists
        (``settings["separated"]``), or where a covariate is constant or follows from the others
        (``settings["collinear"]``).
    settings
        Options, the number of ties left out, by reason, and ``ends_in_unfinished_periods``, which are not counted.
    """

    table: pd.DataFrame
    coefficients: pd.DataFrame
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return the table by age."""
        return self.table.copy(deep=False)

    def summary(self) -> str:
        """Return the odds ratio of age with its interval, in one line."""
        row = self.coefficients.iloc[1]
        ended, risk = int(self.table["ended"].sum()), int(self.table["at_risk"].sum())
        said = "no finite estimate"
        if np.isfinite(row["odds_ratio"]):
            said = f"odds ratio {row['odds_ratio']:.3f} ({row['low']:.3f} to {row['high']:.3f})"
        return f"{ended:,} ends in {risk:,} tie-periods; {self.coefficients.index[1]} {said}"


def tie_hazard(
    network: Network,
    *,
    age: Literal["linear", "log"] = "linear",
    covariates: Iterable[str] = (),
    period_years: float = 1.0,
    since: object = None,
    until: object = None,
    level: float = 0.95,
) -> TieHazard:
    """Fit the risk that a tie ends to its age (discrete-time logit).

    One observation per tie and period of its life that was seen whole; the response is whether it ended in it.

    Parameters
    ----------
    network, since, until
        As in `tie_spells`.
    age
        "linear": log odds linear in the number of completed periods. "log": in the logarithm of 1 + that number.
    covariates
        Numeric or true/false columns of ties. Ties that lack one, or have an infinite one, are left out.
    period_years
        Length of a period in years.
    level
        Coverage of the intervals.

    Returns
    -------
    TieHazard
        Hazard by age, and the coefficients.

    Raises
    ------
    NetworkError
        If no tie has a start, none ended or none outlived a period, so that there is no risk by age to estimate.
    OptionError
        If a covariate is missing, not numeric, given twice or called like a term of the model, or an option is outside
        its range.

    Notes
    -----
    A tie counts for the periods of its life that were over when observation ended, and not for the one then under way,
    even if it ended in that one: where ends are counted and survival cannot be, the risk would come out too high.
    Years are 365.25 days and a day more or less does not matter, so that a contract of one calendar year ends in its
    first year. The fit is maximum likelihood by statsmodels on counts by age and covariates, which has the same maximum
    as on single rows.

    References
    ----------
    allison1982, wilson1927

    Examples
    --------
    >>> from clusternet import Network
    >>> ends = ["2020-06-30", "2020-06-30", "2021-06-30", None, None, None]
    >>> ties = pd.DataFrame({"source": [*"ABCDEF"], "target": [*"BCDEFG"], "start": "2020-01-01", "end": ends})
    >>> tie_hazard(Network.from_edges(ties), until="2023-01-01").table[["at_risk", "ended"]].values.tolist()[:2]
    [[6, 2], [4, 1]]
    """
    choose("age", age, ("linear", "log"))
    z = _check_level(level)
    period_years = real_number("period_years", period_years, positive="number of years")
    names = [covariates] if isinstance(covariates, str) else list(covariates)
    spells = tie_spells(network, since=since, until=until)
    notes = _left_out(network, spells)
    values = _covariates(spells, names)
    whole = values.notna().all(axis=1).to_numpy(dtype=bool)
    notes["without_covariates"] = int((~whole).sum())
    spells, values = spells[whole], values[whole]
    span = ((_close(network, until) - spells["start"].dt.normalize()) / pd.Timedelta(days=1) + 1) / YEAR
    rows = _periods(spells, values, period_years, span.to_numpy(dtype=float))
    notes["ends_in_unfinished_periods"] = int(spells["ended"].sum()) - int(rows["ended"].sum())
    by_age = rows.groupby("age")["ended"].agg(at_risk="size", ended="sum").reset_index()
    if not rows["ended"].any() or len(by_age) < 2:
        raise NetworkError(
            f"{int(rows['ended'].sum()):,} ends in {len(rows):,} tie-periods of {len(by_age):,} ages: too few for a "
            "hazard by age. Dated ends and a shorter period_years help."
        )
    groups = rows.groupby(["age", *names])["ended"]
    cells = groups.size().index.to_frame(index=False)
    term = "age" if age == "linear" else "log_age"
    scaled = cells["age"] if age == "linear" else np.log1p(cells["age"])
    design = pd.DataFrame({"intercept": 1.0, term: scaled.astype(float), **{name: cells[name] for name in names}})
    fitted, coefficients, trouble = _fit(design, groups.sum().to_numpy(), groups.size().to_numpy(), z)
    notes |= {word: trouble == word for word in ("separated", "collinear")}
    means = [float(rows[name].mean()) for name in names]
    odds = fitted[0] + fitted[1] * (by_age["age"] if age == "linear" else np.log1p(by_age["age"])) + fitted[2:] @ means
    with np.errstate(over="ignore"):
        by_age["fitted"] = 1 / (1 + np.exp(-odds))
    share = (by_age["ended"] / by_age["at_risk"]).to_numpy(dtype=float)
    size = by_age["at_risk"].to_numpy(dtype=float)
    middle = (share + z**2 / (2 * size)) / (1 + z**2 / size)
    width = z / (1 + z**2 / size) * np.sqrt(share * (1 - share) / size + z**2 / (4 * size**2))
    by_age.insert(3, "hazard", share)
    by_age.insert(4, "low", np.clip(middle - width, 0, 1))
    by_age.insert(5, "high", np.clip(middle + width, 0, 1))
    options = {"age": age, "covariates": tuple(names), "period_years": float(period_years), "level": level}
    return TieHazard(
        table=by_age,
        coefficients=coefficients,
        settings=Settings(options | _dates_of(network, since, until) | notes),
    )


def _covariates(spells: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    columns = {}
    taken = ("intercept", "age", "log_age", *SPELL)
    for name in names:
        if name in taken or names.count(name) > 1:
            raise OptionError(
                f"the covariate {name!r} is given twice, or called like a term of the model ({listing(taken, 6)}); "
                "give every column of ties once, under a name of its own."
            )
        if name not in spells.columns:
            raise OptionError(f"ties have no column {name!r}; they have {listing(spells.columns, 20)}.")
        if not (pd.api.types.is_numeric_dtype(spells[name].dtype) or pd.api.types.is_bool_dtype(spells[name].dtype)):
            raise OptionError(f"the covariate {name!r} is not numeric or true/false; turn it into numbers.")
        values = spells[name].astype("Float64").astype(float)
        columns[name] = values.where(np.isfinite(values))
    return pd.DataFrame(columns, index=spells.index)


def _periods(spells: pd.DataFrame, values: pd.DataFrame, years: float, span: NDArray[np.float64]) -> pd.DataFrame:
    """Return one row per tie and period of its life that observation, which went on to the age `span`, saw whole."""
    slack = min(1 / (YEAR * years), 0.05)  # a day: calendar years are not all of one length
    first = np.ceil(spells["entry"].to_numpy(dtype=float) / years - slack).astype(np.int64)
    lived = spells["time"].to_numpy(dtype=float) / years
    over = spells["ended"].to_numpy(dtype=bool)
    # A tie that ends at age 1.0 has lived one whole period and ended in it, the first.
    last = np.where(over, np.maximum(np.ceil(lived - slack), 1), np.floor(lived + slack)).astype(np.int64)
    size = np.maximum(np.minimum(last, np.floor(span / years + slack).astype(np.int64)) - first, 0)
    row = np.repeat(np.arange(len(spells)), size)
    step = np.arange(len(row)) - np.repeat(np.cumsum(size) - size, size)
    table = values.iloc[row].reset_index(drop=True)
    table["age"] = first[row] + step
    table["ended"] = over[row] & (table["age"].to_numpy() == last[row] - 1)
    return table


def _fit(
    design: pd.DataFrame, ended: NDArray[np.int64], size: NDArray[np.int64], z: float
) -> tuple[NDArray[np.float64], pd.DataFrame, str]:
    """Return the coefficients, the table of them, and why there are none: "separated", "collinear" or nothing."""
    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    # Covariates around 0 and of size 1, for years and sums of money are neither; turned back afterwards.
    raw = design.to_numpy(dtype=float)
    middle, scale = raw.mean(axis=0), raw.std(axis=0)
    flat = scale <= 1e-12 * np.abs(middle)
    flat[0] = False
    middle, scale = np.where(flat, 0.0, middle), np.where(flat, 1.0, scale)
    middle[0], scale[0] = 0.0, 1.0
    x = (raw - middle) / scale
    back = np.diag(1 / scale)
    back[0, 1:] = -middle[1:] / scale[1:]
    counts = np.column_stack([ended, size - ended]).astype(float)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        found: Any = sm.GLM(counts, x, family=sm.families.Binomial()).fit(tol=1e-12)
    estimate = back @ np.asarray(found.params, dtype=float)
    se = np.sqrt(np.diag(back @ np.asarray(found.cov_params(), dtype=float) @ back.T))
    trouble = ""
    # Without a finite maximum the estimates run away with their standard errors.
    if any(issubclass(one.category, PerfectSeparationWarning) for one in heard) or (np.asarray(found.bse) > 1e3).any():
        trouble = "separated"
    if np.linalg.matrix_rank(x) < x.shape[1]:
        trouble = "collinear"
    if trouble:
        estimate = se = np.full(x.shape[1], np.nan)
    ratio = estimate / se
    with np.errstate(over="ignore"):  # the odds of an intercept far from the data may be beyond all numbers
        table = pd.DataFrame(
            {
                "estimate": estimate,
                "se": se,
                "z": ratio,
                "p": [max(math.erfc(abs(value) / math.sqrt(2)), TINY) for value in ratio],
                "odds_ratio": np.exp(estimate),
                "low": np.exp(estimate - z * se),
                "high": np.exp(estimate + z * se),
            },
            index=pd.Index(design.columns, name="term"),
        )
    return estimate, table, trouble
