"""Regressions whose rows are firms, with network measures among the covariates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from clusternet.errors import OptionError, listing, share_between
from clusternet.inference._design import Covariate, Source, make_design, split_formula
from clusternet.measure import choose
from clusternet.network import Network
from clusternet.result import Result, Settings, resolve_seed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["FirmRegression", "firm_regression"]

Family = Literal["ols", "poisson", "quasipoisson", "negative_binomial", "logit"]
Errors = Literal["classical", "robust", "cluster"]
Permutation = Literal["none", "freedman_lane", "outcome"]
_SLACK = 1e-9  # relative: t that are equal but for rounding count as equal
_RUNAWAY = 500.0  # error of a linear predictor, beyond which a coefficient has no finite estimate
_BATCH = 2_000_000  # cells of one batch of permuted residuals


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class FirmRegression(Result):
    """A fitted regression of firms.

    Attributes
    ----------
    outcome, family, errors, permutation
        What was explained, by which family, with which standard errors and permutation scheme.
    estimates
        One row per coefficient: estimate, se, low, high, p (t for "ols", else normal) and p_permutation (NaN when
        none was asked for, and for the constant).
    covariance
        Covariance matrix of the coefficients.
    n, n_left_out
        Rows used; rows left out because a value is missing.
    missing
        Missing values by column.
    statistics
        Fit: r2 and adjusted r2 ("ols"), loglik, aic, bic, deviance, null_deviance, dispersion (Pearson chi-square
        by degrees of freedom), alpha (variance of the negative binomial, Var = mu + alpha mu^2), n_groups. NaN where
        the family has no such number: a quasi-likelihood has neither loglik nor aic.
    fitted, residuals
        Expected outcome and outcome less expected, by firm.
    settings
        Formula, options, seed and version.
    """

    outcome: str
    family: Family
    errors: Errors
    permutation: Permutation
    estimates: pd.DataFrame
    covariance: pd.DataFrame
    n: int
    n_left_out: int
    missing: pd.Series
    statistics: pd.Series
    fitted: pd.Series
    residuals: pd.Series
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return one row per coefficient: estimate, se, low, high, p, p_permutation."""
        return self.estimates.copy()

    def summary(self) -> str:
        """Return outcome, family, size and what was left out in one line."""
        left = f", {self.n_left_out:,} left out for missing values" if self.n_left_out else ""
        return f"{self.outcome} by {len(self.estimates)} coefficients, {self.family}, {self.n:,} firms{left}"


def firm_regression(
    source: Source,
    outcome: str,
    covariates: Iterable[Covariate] | None = None,
    *,
    family: Family = "ols",
    errors: Errors = "classical",
    groups: str | pd.Series | None = None,
    permutation: Permutation = "none",
    draws: int = 999,
    level: float = 0.95,
    seed: int | None = None,
) -> FirmRegression:
    """Regress an outcome of firms on their attributes and their place in the network.

    Parameters
    ----------
    source
        A network, or a table with one row per firm.
    outcome
        A column, or a whole formula, "interlocks ~ log2(assets) + nation".
    covariates
        Columns of the firms, names of listed measures (a column comes first), functions of the network, or Series by
        firm. "log(x)", and so log2, log10, log1p, sqrt, square, center and standardize, transform a column; "C(x)"
        takes numbers as categories. Words become one column per level but the first in sorted order (or in the order
        of a categorical column).
    family
        "ols" least squares; "poisson" counts; "quasipoisson" the same with errors scaled by the dispersion;
        "negative_binomial" (NB2, alpha estimated); "logit" for an outcome of 0 and 1.
    errors
        "classical"; "robust" to unequal variance (HC3 for "ols", else HC0); "cluster": robust to dependence within
        `groups`, with the usual small-sample factor G/(G-1) (n-1)/(n-k). Few groups (below some thirty) make the
        latter too small (cameron2008).
    groups
        Column or Series for "cluster".
    permutation
        "freedman_lane" (only "ols"): permutes the residuals of the model without the covariate and compares t, so
        that the others are held (freedman1983). "outcome": permutes the outcome, which tests that it depends on no
        covariate at all; a permuted outcome that has no finite estimate (a logit that a sparse level separates) counts
        as a hit, which is on the safe side. With "cluster" firms change places within their group only, and a
        covariate that does not vary within any group gets NaN.
    draws
        Number of permutations.
    level
        Of the intervals low to high.
    seed
        Of the permutations.

    Returns
    -------
    FirmRegression
        p_permutation is (r + 1)/(draws + 1), r the permutations with an absolute t at least as large, never zero.

    Raises
    ------
    OptionError
        If a name is unknown, an option is outside its choices, the outcome does not fit the family, a column follows
        from others, there are fewer rows than coefficients, or a coefficient has no finite estimate. Also where errors
        mean nothing: HC3 with a firm that a coefficient of its own fits exactly, and clustered errors of coefficients
        that fit the mean of their groups exactly (a column for each group).

    Notes
    -----
    The errors take firms (or groups) as independent. Outcomes of tied firms seldom are: compare with
    `network_autocorrelation`, and see `moran`.

    Examples
    --------
    >>> from clusternet import datasets
    >>> firms = datasets.load("ornstein")
    >>> fit = firm_regression(firms, "interlocks ~ log2(assets) + nation + sector", family="poisson")
    >>> fit.estimates.loc[["log2(assets)", "nation[US]"], "estimate"].round(4).to_dict()
    {'log2(assets)': 0.3129, 'nation[US]': -0.7724}
    """
    choose("family", family, ("ols", "poisson", "quasipoisson", "negative_binomial", "logit"))
    choose("errors", errors, ("classical", "robust", "cluster"))
    choose("permutation", permutation, ("none", "freedman_lane", "outcome"))
    share_between("level", level)
    if permutation == "freedman_lane" and family != "ols":
        raise OptionError(f"Freedman and Lane permute residuals of least squares, not of {family}; use 'outcome'.")
    if permutation != "none" and draws < 1:
        raise OptionError(f"draws is {draws}; permute at least once, 999 is usual.")
    if (errors == "cluster") != (groups is not None):
        raise OptionError("groups and errors='cluster' belong together: give both or neither.")
    name, terms = split_formula(outcome, covariates)
    group = _groups(source, groups)
    design = make_design(source, name, terms, needed=[] if group is None else [group])
    member = None if group is None else pd.factorize(group[design.complete])[0]
    rows = _Rows(design.outcome.to_numpy(), design.columns.to_numpy(), family, errors, member)
    _check_outcome(design.outcome, family)
    if member is not None and member.max() < 1:
        raise OptionError("all firms are in one group; clustered errors need at least two.")
    _check_errors(rows, design.outcome.index)
    used = resolve_seed(seed) if permutation != "none" else None
    fit = _fitted(rows)
    if member is not None and family == "ols":
        _check_clusters(rows, fit, design.columns.columns)
    p_permutation = np.full(rows.k, np.nan)
    if permutation == "freedman_lane":
        p_permutation = _freedman_lane(rows, draws, np.random.default_rng(used))
    elif permutation == "outcome":
        p_permutation = _outcome_permutation(rows, fit, draws, np.random.default_rng(used))
    p_permutation[0] = np.nan
    columns = design.columns.columns
    return FirmRegression(
        outcome=name,
        family=family,
        errors=errors,
        permutation=permutation,
        estimates=_estimates(fit, columns, level, p_permutation),
        covariance=pd.DataFrame(fit.cov, index=columns, columns=columns),
        n=rows.n,
        n_left_out=int((~design.complete).sum()),
        missing=design.missing,
        statistics=pd.Series(fit.statistics, dtype="float64", name="value"),
        fitted=pd.Series(fit.mu, index=design.outcome.index, name="fitted"),
        residuals=pd.Series(rows.y - fit.mu, index=design.outcome.index, name="residual"),
        settings=Settings(
            {
                "outcome": name,
                "covariates": list(columns[1:]),
                "family": family,
                "errors": errors,
                "groups": None if group is None else str(group.name),
                "permutation": permutation,
                "draws": draws if permutation != "none" else 0,
                "level": level,
            },
            used,
        ),
    )


def _groups(source: Source, groups: str | pd.Series | None) -> pd.Series | None:
    if groups is None:
        return None
    table = source.firms if isinstance(source, Network) else source
    if isinstance(groups, str):
        if groups not in table.columns:
            raise OptionError(f"there is no column {groups!r} to group by; there are {listing(table.columns, 12)}.")
        return table[groups]
    return groups.reindex(table.index).rename(groups.name or "groups")


def _check_outcome(y: pd.Series, family: Family) -> None:
    if family == "logit":
        if not y.isin([0, 1]).all():
            raise OptionError(f"{y.name} is {listing(y[~y.isin([0, 1])].unique())}; a logit needs 0 and 1.")
    elif family != "ols" and ((y < 0) | (y != y.round())).any():
        odd = y[(y < 0) | (y != y.round())].unique()
        raise OptionError(f"{y.name} holds {listing(odd)}; {family} needs counts, whole numbers from zero on.")
    if y.nunique() < 2:
        raise OptionError(f"{y.name} is {y.iloc[0]:g} in every row; there is nothing to explain.")


def _check_errors(rows: _Rows, index: pd.Index) -> None:
    """Refuse HC3 where a firm's residual is zero whatever it does: error and leverage are then 0/0."""
    if rows.errors != "robust" or rows.family != "ols":
        return
    leverage = (np.linalg.qr(rows.x)[0] ** 2).sum(axis=1)
    alone = leverage > 1 - 1e-9
    if alone.any():
        raise OptionError(
            f"robust errors (HC3) are undefined: a coefficient fits {listing(index[alone])} exactly, such as a level "
            "with one firm; merge or leave out such levels, or take errors='classical'."
        )


def _check_clusters(rows: _Rows, fit: _Fit, names: pd.Index) -> None:
    """Refuse clustered errors that are zero but for rounding, because residuals sum to zero in every group."""
    e = rows.y - fit.mu
    plain = float(e @ e) / rows.n * np.diag(np.linalg.inv(rows.x.T @ rows.x))
    flat = np.diag(fit.cov) <= 1e-16 * plain
    if flat.any() and float(e @ e) > 1e-20 * float(rows.y @ rows.y):
        raise OptionError(
            f"clustered errors of {listing(names[flat])} are zero, because the residuals sum to zero in every group; "
            "cluster by other groups than those that have a coefficient each, or take errors='robust'."
        )


@dataclass(frozen=True, slots=True)
class _Rows:
    """What is fitted: the numbers, the family and the kind of errors."""

    y: NDArray[np.float64]
    x: NDArray[np.float64]
    family: Family
    errors: Errors
    member: NDArray[np.int64] | None

    @property
    def n(self) -> int:
        return len(self.y)

    @property
    def k(self) -> int:
        return int(self.x.shape[1])


@dataclass(frozen=True, slots=True)
class _Fit:
    beta: NDArray[np.float64]
    cov: NDArray[np.float64]
    mu: NDArray[np.float64]
    df: float  # of t; infinite for the normal
    statistics: dict[str, float]

    @property
    def t(self) -> NDArray[np.float64]:
        return np.asarray(self.beta / np.sqrt(np.diag(self.cov)))


def _fitted(rows: _Rows) -> _Fit:
    import warnings

    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import ConvergenceWarning, PerfectSeparationError, PerfectSeparationWarning

    y, x, family, member, k = rows.y, rows.x, rows.family, rows.member, rows.k
    how: dict[str, Any] = {"cov_type": "nonrobust"}
    if rows.errors == "robust":
        how = {"cov_type": "HC3" if family == "ols" else "HC0"}
    elif member is not None:
        how = {"cov_type": "cluster", "cov_kwds": {"groups": member}}
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        warnings.simplefilter("error", PerfectSeparationWarning)
        warnings.filterwarnings("ignore", category=RuntimeWarning)
        try:
            if family == "ols":
                made = sm.OLS(y, x).fit(**how, use_t=True)
            elif family == "negative_binomial":
                made = _negative_binomial(y, x, how)
            elif family == "logit":
                made = sm.Logit(y, x).fit(disp=0, maxiter=200, **how)
            else:
                scale = {"scale": "X2"} if family == "quasipoisson" else {}
                made = sm.GLM(y, x, family=sm.families.Poisson()).fit(tol=1e-12, maxiter=200, **scale, **how)
        except (ConvergenceWarning, PerfectSeparationWarning, PerfectSeparationError, np.linalg.LinAlgError) as error:
            raise OptionError(
                f"the {family} model has no finite estimate on these rows ({error}); a covariate may separate the "
                "outcomes: leave out sparse levels."
            ) from error
    beta, cov = np.asarray(made.params)[:k], np.asarray(made.cov_params())[:k, :k]
    mu = np.asarray(made.predict())
    df = float("inf")
    if family == "ols":
        df = len(y) - k if member is None else int(member.max())
    if not (np.isfinite(beta).all() and np.isfinite(cov).all() and np.abs(beta).max() < 1e8):
        raise OptionError(f"the {family} model has no finite estimate on these rows; leave out sparse levels.")
    if family != "ols":
        # Where a covariate separates, its estimate runs away and what the rows tell of it goes to nothing.
        plain = np.asarray(made.normalized_cov_params)[:k, :k]
        if not np.sqrt(np.abs(np.einsum("ij,jk,ik->i", x, plain, x))).max() <= _RUNAWAY:
            raise OptionError(
                f"the {family} model has no finite estimate on these rows: coefficients run away (a level without any "
                "count or case, or with nothing else); leave out or merge sparse levels."
            )
    return _Fit(beta, cov, mu, df, _statistics(made, rows, mu))


def _negative_binomial(y: NDArray[np.float64], x: NDArray[np.float64], how: dict[str, Any]) -> Any:
    import statsmodels.api as sm

    # The Poisson fit and its moment estimate of alpha: a start from which the search hardly ever fails.
    poisson = sm.GLM(y, x, family=sm.families.Poisson()).fit()
    mu = np.asarray(poisson.mu)
    alpha = max(0.01, float((((y - mu) ** 2 - y) / mu**2).mean()))
    start = np.append(poisson.params, alpha)
    return sm.NegativeBinomial(y, x).fit(start_params=start, disp=0, maxiter=500, method="bfgs", gtol=1e-6, **how)


def _statistics(made: Any, rows: _Rows, mu: NDArray[np.float64]) -> dict[str, float]:
    y, family, member, n, k = rows.y, rows.family, rows.member, rows.n, rows.k
    nan = float("nan")
    found = dict.fromkeys(("r2", "r2_adjusted", "loglik", "aic", "bic"), nan)
    found |= dict.fromkeys(("deviance", "null_deviance", "dispersion", "alpha"), nan)
    if family == "ols":
        found["r2"], found["r2_adjusted"] = float(made.rsquared), float(made.rsquared_adj)
        found["deviance"], found["null_deviance"] = float(made.ssr), float(made.centered_tss)
        found["dispersion"] = float(made.scale)
    elif family in ("poisson", "quasipoisson"):
        found["deviance"], found["null_deviance"] = float(made.deviance), float(made.null_deviance)
        found["dispersion"] = float(((y - mu) ** 2 / mu).sum() / (n - k))
    elif family == "logit":
        found["deviance"], found["null_deviance"] = -2 * float(made.llf), -2 * float(made.llnull)
        found["dispersion"] = float(((y - mu) ** 2 / (mu * (1 - mu))).sum() / (n - k))
    else:
        alpha = float(np.asarray(made.params)[-1])
        found["alpha"], found["dispersion"] = alpha, float(((y - mu) ** 2 / (mu + alpha * mu**2)).sum() / (n - k))
    if family != "quasipoisson":
        counted = k + (family == "negative_binomial")
        found["loglik"] = float(made.llf)
        found["aic"], found["bic"] = 2 * counted - 2 * found["loglik"], np.log(n) * counted - 2 * found["loglik"]
    found["n_groups"] = nan if member is None else float(member.max() + 1)
    return found


def _estimates(fit: _Fit, columns: pd.Index, level: float, p_permutation: NDArray[np.float64]) -> pd.DataFrame:
    from scipy import stats

    se = np.sqrt(np.diag(fit.cov))
    law = stats.norm() if np.isinf(fit.df) else stats.t(fit.df)
    wide = law.ppf(0.5 + level / 2)
    return pd.DataFrame(
        {
            "estimate": fit.beta,
            "se": se,
            "low": fit.beta - wide * se,
            "high": fit.beta + wide * se,
            "p": 2 * law.sf(np.abs(fit.beta / se)),
            "p_permutation": p_permutation,
        },
        index=pd.Index(columns, name="term"),
    )


# ── permutation ──


def _permuted(rng: np.random.Generator, n: int, count: int, member: NDArray[np.int64] | None) -> NDArray[np.int64]:
    """Return `count` orders of n rows, one per column; within groups when there are groups."""
    keys = rng.random((n, count))
    if member is None:
        return np.argsort(keys, axis=0)
    # Rows sorted by group, and rows sorted by group and chance: the one takes the place of the other.
    home = np.argsort(member, kind="stable")
    drawn = np.argsort(keys + member[:, None], axis=0)
    orders = np.empty((n, count), dtype=np.int64)
    orders[home] = drawn
    return orders


def _squared_errors(
    rows: _Rows, x_free: NDArray[np.float64], residuals: NDArray[np.float64], leverage: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the squared standard error of one coefficient for every column of residuals.

    By Frisch, Waugh and Lovell the coefficient's variance needs only what the other covariates leave of its own.
    """
    n, k, member, size = rows.n, rows.k, rows.member, float(x_free @ x_free)
    if rows.errors == "classical":
        return np.asarray((residuals**2).sum(axis=0) / (n - k) / size)
    if rows.errors == "robust":
        return np.asarray(x_free**2 @ (residuals / (1 - leverage)[:, None]) ** 2 / size**2)
    if member is None:
        raise OptionError("clustered errors need groups.")
    groups = int(member.max()) + 1
    scores = np.zeros((groups, residuals.shape[1]))
    np.add.at(scores, member, x_free[:, None] * residuals)
    factor = groups / (groups - 1) * (n - 1) / (n - k)
    return np.asarray(factor * (scores**2).sum(axis=0) / size**2)


def _freedman_lane(rows: _Rows, draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
    y, x, member, n, k = rows.y, rows.x, rows.member, rows.n, rows.k
    q = np.linalg.qr(x)[0]
    leverage = np.minimum((q**2).sum(axis=1), 1 - 1e-12)
    hits, reachable = np.zeros(k), np.ones(k, dtype=bool)
    parts = []
    for j in range(1, k):
        rest = np.linalg.qr(np.delete(x, j, axis=1))[0]
        x_free = x[:, j] - rest @ (rest.T @ x[:, j])
        e = y - rest @ (rest.T @ y)
        if member is not None:
            means = np.bincount(member, x[:, j]) / np.bincount(member)
            reachable[j] = np.abs(x[:, j] - means[member]).max() > 1e-9
        parts.append((x_free, e, abs(_t(rows, x_free, e[:, None], q, leverage)[0])))
    left = draws
    while left:
        count = min(left, max(1, _BATCH // n))
        orders = _permuted(rng, n, count, member)
        for j, (x_free, e, observed) in enumerate(parts, start=1):
            t = np.abs(_t(rows, x_free, e[orders], q, leverage))
            hits[j] += (t >= observed - _SLACK * max(1.0, observed)).sum()
        left -= count
    return np.where(reachable, (hits + 1) / (draws + 1), np.nan)


def _t(
    rows: _Rows,
    x_free: NDArray[np.float64],
    e: NDArray[np.float64],
    q: NDArray[np.float64],
    leverage: NDArray[np.float64],
) -> NDArray[np.float64]:
    residuals = e - q @ (q.T @ e)
    beta = x_free @ e / float(x_free @ x_free)
    variance = _squared_errors(rows, x_free, residuals, leverage)
    return np.asarray(beta / np.sqrt(np.maximum(variance, np.finfo(float).tiny)))


def _outcome_permutation(rows: _Rows, fit: _Fit, draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
    observed = np.abs(fit.t)
    x, member = rows.x, rows.member
    hits = np.zeros(rows.k)
    for order in _permuted(rng, rows.n, draws, member).T:
        try:
            t = np.abs(_fitted(replace(rows, y=rows.y[order])).t)
        except OptionError:  # no finite estimate: on the safe side, as extreme as what was observed
            hits += 1
            continue
        hits += ~(t < observed - _SLACK * np.maximum(1.0, observed))
    found = (hits + 1) / (draws + 1)
    if member is not None:
        size = np.bincount(member)
        means = np.array([np.bincount(member, column) / size for column in x.T]).T
        found[np.abs(x - means[member]).max(axis=0) <= 1e-9] = np.nan
    return found
