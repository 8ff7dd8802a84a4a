"""How long ties last: spells with right-censoring, Kaplan-Meier curves, discrete-time hazard by age."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from clusternet.dynamics._waves import last_start, one_date
from clusternet.errors import NetworkError, OptionError, listing
from clusternet.measure import choose
from clusternet.result import Result, Settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from clusternet.network import Network

__all__ = ["TieHazard", "TieSurvival", "tie_hazard", "tie_spells", "tie_survival"]

YEAR = 365.25
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
        leaving it; the last day counts, a year is 365.25 days) and ``ended`` (False: right-censored). Ties without a
        start, with a start after `until`, or over before `since` are left out.

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
    close = last_start(network) if until is None else one_date("until", until)
    close = close.normalize()
    begins = ties["start"].dt.normalize()
    ends = ties["end"].dt.normalize()
    open_at = None if since is None else one_date("since", since).normalize()
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


def _check_level(level: float) -> float:
    if not 0 < level < 1:
        raise OptionError(f"level is {level!r}; give a share between 0 and 1, such as 0.95.")
    return NormalDist().inv_cdf((1 + level) / 2)


def _left_out(network: Network, spells: pd.DataFrame) -> dict[str, int]:
    unknown = int(network.ties["start"].isna().sum())
    return {"without_start": unknown, "outside_observation": network.n_ties - len(spells) - unknown}


def _spell_groups(spells: pd.DataFrame, by: str | None) -> list[tuple[str, pd.DataFrame]]:
    if by is None:
        return [("all", spells)]
    if by not in spells.columns:
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
        half = curve["time"][curve["survival"] <= 0.5]
        ended = int(part["ended"].sum())
        rows.append((name, len(part), ended, len(part) - ended, float(half.iloc[0]) if len(half) else NAN))
    groups = pd.DataFrame(rows, columns=["group", "ties", "ended", "censored", "median"]).set_index("group")
    options = {"by": by, "level": level, **_dates_of(network, since, until), **_left_out(network, spells)}
    return TieSurvival(
        curve=pd.concat(curves, ignore_index=True) if curves else _kaplan_meier(spells, z).assign(group=""),
        groups=groups,
        p=_log_rank(parts),
        settings=Settings(options),
    )


def _dates_of(network: Network, since: object, until: object) -> dict[str, str | None]:
    close = last_start(network) if until is None else one_date("until", until)
    return {
        "since": None if since is None else str(one_date("since", since).date()),
        "until": str(close.date()),
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
    """Return the p-value of the log-rank test with delayed entry; NaN where there is nothing to compare."""
    filled = [(name, part) for name, part in parts if len(part)]
    if len(filled) < 2 or not any(part["ended"].any() for _, part in filled):
        return NAN
    everyone = pd.concat([part.assign(group_=name) for name, part in filled])
    from statsmodels.duration.survfunc import survdiff

    late = everyone["entry"].to_numpy(dtype=float)
    _, p = survdiff(
        everyone["time"].to_numpy(dtype=float),
        everyone["ended"].to_numpy(dtype=int),
        everyone["group_"].to_numpy(dtype=object),
        entry=late if late.any() else None,
    )
    return float(p)


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
        (``settings["separated"]``).
    settings
        Options, and the number of ties left out, by reason.
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
        Numeric or true/false columns of ties. Ties that lack one are left out.
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
        If a covariate is missing or not numeric, or an option is outside its range.

    Notes
    -----
    A right-censored tie counts for the periods it completed, not for the one in which observation ended. The fit is
    maximum likelihood by statsmodels on counts by age and covariates, which has the same maximum as on single rows.

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
    if not (np.isfinite(period_years) and period_years > 0):
        raise OptionError(f"period_years is {period_years!r}; give a positive number of years.")
    names = [covariates] if isinstance(covariates, str) else list(covariates)
    spells = tie_spells(network, since=since, until=until)
    notes = _left_out(network, spells)
    values = _covariates(spells, names)
    whole = values.notna().all(axis=1).to_numpy(dtype=bool)
    notes["without_covariates"] = int((~whole).sum())
    rows = _periods(spells[whole], values[whole], period_years)
    by_age = rows.groupby("age")["ended"].agg(at_risk="size", ended="sum").reset_index()
    if not rows["ended"].any() or len(by_age) < 2:
        raise NetworkError(
            f"{int(rows['ended'].sum()):,} ends in {len(rows):,} tie-periods of {len(by_age):,} ages: too few for a "
            "hazard by age. Dated ends and a shorter period_years help."
        )
    cells = rows.groupby(["age", *names])["ended"].agg(["size", "sum"]).reset_index()
    term = "age" if age == "linear" else "log_age"
    scaled = cells["age"] if age == "linear" else np.log1p(cells["age"])
    design = pd.DataFrame({"intercept": 1.0, term: scaled.astype(float), **{name: cells[name] for name in names}})
    fitted, coefficients, separated = _fit(design, cells["sum"], cells["size"], z)
    if not separated:
        means = {name: float(rows[name].mean()) for name in names}
        line = pd.DataFrame({"intercept": 1.0, term: by_age["age"] if age == "linear" else np.log1p(by_age["age"])})
        odds = line.assign(**means).to_numpy(dtype=float) @ fitted
        by_age["fitted"] = 1 / (1 + np.exp(-odds))
    else:
        by_age["fitted"] = np.nan
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
        settings=Settings(options | _dates_of(network, since, until) | notes | {"separated": separated}),
    )


def _covariates(spells: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    columns = {}
    for name in names:
        if name not in spells.columns:
            raise OptionError(f"ties have no column {name!r}; they have {listing(spells.columns, 20)}.")
        if name in ("age", "ended") or not (
            pd.api.types.is_numeric_dtype(spells[name].dtype) or pd.api.types.is_bool_dtype(spells[name].dtype)
        ):
            raise OptionError(f"the covariate {name!r} is not numeric or true/false, or is called like the response.")
        columns[name] = spells[name].astype("Float64").astype(float)
    return pd.DataFrame(columns, index=spells.index)


def _periods(spells: pd.DataFrame, values: pd.DataFrame, years: float) -> pd.DataFrame:
    """Return one row per tie and period that was seen whole, or in which the tie ended."""
    first = np.ceil(spells["entry"].to_numpy(dtype=float) / years - 1e-9).astype(np.int64)
    lived = spells["time"].to_numpy(dtype=float) / years
    over = spells["ended"].to_numpy(dtype=bool)
    # A tie that ends at age 1.0 has lived one whole period and ended in it, the first.
    last = np.where(over, np.ceil(lived - 1e-9), np.floor(lived + 1e-9)).astype(np.int64)
    size = np.maximum(last - first, 0)
    row = np.repeat(np.arange(len(spells)), size)
    step = np.arange(len(row)) - np.repeat(np.cumsum(size) - size, size)
    table = values.iloc[row].reset_index(drop=True)
    table["age"] = first[row] + step
    table["ended"] = over[row] & (table["age"].to_numpy() == last[row] - 1)
    return table


def _fit(
    design: pd.DataFrame, ended: pd.Series, size: pd.Series, z: float
) -> tuple[NDArray[np.float64], pd.DataFrame, bool]:
    """Return the coefficients, the table of them, and whether the data separate perfectly."""
    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    x = design.to_numpy(dtype=float)
    counts = np.column_stack([ended, size - ended]).astype(float)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        found: Any = sm.GLM(counts, x, family=sm.families.Binomial()).fit(tol=1e-12)
    estimate, se = np.asarray(found.params, dtype=float), np.asarray(found.bse, dtype=float)
    separated = any(issubclass(one.category, PerfectSeparationWarning) for one in heard)
    # Without a finite maximum the estimates run away with their standard errors.
    separated = separated or bool((se > 1e3 * np.maximum(1.0, 1 / np.maximum(np.abs(x).max(axis=0), 1e-12))).any())
    separated = separated or np.linalg.matrix_rank(x) < x.shape[1]
    if separated:
        estimate = se = np.full(x.shape[1], np.nan)
    ratio = estimate / se
    p = np.array([2 * (1 - NormalDist().cdf(abs(value))) if np.isfinite(value) else NAN for value in ratio])
    table = pd.DataFrame(
        {
            "estimate": estimate,
            "se": se,
            "z": ratio,
            "p": p,
            "odds_ratio": np.exp(estimate),
            "low": np.exp(estimate - z * se),
            "high": np.exp(estimate + z * se),
        },
        index=pd.Index(design.columns, name="term"),
    )
    return estimate, table, separated
