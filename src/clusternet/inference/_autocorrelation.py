"""Are tied firms alike: Moran, Geary, Lagrange multipliers, and regressions with network autocorrelation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from clusternet.errors import NetworkError, OptionError, share_between
from clusternet.inference._design import INTERCEPT, Covariate, Source, make_design, split_formula
from clusternet.inference._weights import Nearness, Normalization, nearness
from clusternet.measure import Weights, choose
from clusternet.network import Network
from clusternet.result import Result, Settings, resolve_seed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

__all__ = [
    "Autocorrelation",
    "AutocorrelationModel",
    "autocorrelation_tests",
    "geary",
    "moran",
    "network_autocorrelation",
]

Model = Literal["effects", "disturbances", "both"]
Estimator = Literal["auto", "ml", "gmm"]
Size = Literal["firms", "tied"]
Reals: TypeAlias = "NDArray[np.floating[Any]]"
_ML_LIMIT = 3000  # firms: eigenvalues and inverses of a dense matrix take half a minute there
_UNBOUND = 100.0  # rho where no cycle of influence bounds it
_TRACE_LIMIT = 1000  # firms: above, the moments come without eigenvalues and traces are probed
_POWERS, _PROBES = 5_000, 50


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AutocorrelationModel(Result):
    """A regression in which tied firms influence each other.

    Attributes
    ----------
    outcome, model, estimator
        What was explained; "effects", "disturbances" or "both"; "ml" or "gmm".
    estimates
        One row per coefficient, rho (effects) and lambda (disturbances) last: estimate, se, low, high, p (normal).
        With "gmm" lambda has no standard error (NaN).
    impacts
        For "effects" and "both", per covariate: direct (on the firm itself), indirect (on the others) and total mean
        change of the outcome for one unit more, with standard errors by the delta method. Empty else. NaN where rho
        of "gmm" is outside the admissible interval or near its end (.995), so that influence hardly ends.
    covariance
        Covariance matrix of the estimates.
    loglik, loglik_ols, aic, sigma2
        Log-likelihood, that of least squares with the same covariates, AIC and error variance. loglik and aic are NaN
        with "gmm".
    lr_p
        p-value of the likelihood-ratio test against least squares; NaN with "gmm".
    n, n_left_out
        Firms used; firms left out, with their ties, because a value is missing.
    n_links, n_isolates, weights_sha256
        Nonzero weights, firms without any, and the fingerprint of the weights matrix that was used.
    residuals
        The innovations, by firm.
    settings
        Formula, options, interval of admissible rho, seed and version.
    """

    outcome: str
    model: Model
    estimator: str
    estimates: pd.DataFrame
    impacts: pd.DataFrame
    covariance: pd.DataFrame
    loglik: float
    loglik_ols: float
    lr_p: float
    aic: float
    sigma2: float
    n: int
    n_left_out: int
    n_links: int
    n_isolates: int
    weights_sha256: str
    residuals: pd.Series
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return one row per coefficient: estimate, se, low, high, p."""
        return self.estimates.copy()

    def summary(self) -> str:
        """Return model, strength of influence, size and the weights used in one line."""
        named = [f"{name} {self.estimates.loc[name, 'estimate']:.3f}" for name in ("rho", "lambda") if name in self]
        return (
            f"{self.outcome}, network {self.model}, {', '.join(named)}, {self.n:,} firms, {self.n_links:,} links, "
            f"weights {self.weights_sha256[:12]}"
        )

    def __contains__(self, name: object) -> bool:
        return name in self.estimates.index


def network_autocorrelation(
    network: Network | Source,
    outcome: str,
    covariates: Iterable[Covariate] | None = None,
    *,
    model: Model = "effects",
    matrix: Any = None,
    weights: Weights = "ignore",
    normalize: Normalization = "row",
    estimator: Estimator = "auto",
    level: float = 0.95,
    seed: int | None = None,
) -> AutocorrelationModel:
    """Regress an outcome of firms on covariates and on the outcomes, or the errors, of the firms they are tied to.

    Effects: y = rho W y + X b + e, a firm's outcome follows its partners' outcomes. Disturbances: y = X b + u with
    u = lambda W u + e, what the covariates miss is shared by partners. Both: the two at once, with the same W.

    Parameters
    ----------
    network
        The network, whose row i of W holds the firms that firm i names (or is tied to); or a table of firms, with
        `matrix`.
    outcome, covariates
        As in `firm_regression`, a whole formula included.
    model
        "effects" (spatial lag), "disturbances" (spatial error), "both".
    matrix
        Square weights instead of the network's ties: a table by firm, an array or a sparse matrix in order of firms.
    weights
        "strength" takes tie strength as weight, "ignore" counts every tie as one.
    normalize
        "row": the mean over partners (a firm without partners has a row of zeros). "spectral": the sum over partners,
        divided by the largest eigenvalue. "none": the plain sum. rho depends on it, so it is reported.
    estimator
        "ml": maximum likelihood with the log-determinant by eigenvalues (ord1975, anselin1988). "gmm": two-stage
        least squares with X, WX and WWX as instruments, and generalized moments for lambda (kelejian1998,
        kelejian1999), for large networks; it needs a covariate that varies. "auto": "ml" up to 3,000 firms.
    level
        Of the intervals low to high.
    seed
        Of the random probes for the impacts with "gmm" above 1,000 firms.

    Returns
    -------
    AutocorrelationModel

    Raises
    ------
    OptionError
        If a name or option is unknown, or a column follows from others.
    NetworkError
        If there are no ties among the firms with complete values, the weights do not fit the firms, or the likelihood
        has no top inside the admissible interval.

    Notes
    -----
    Standard errors come from the analytic information matrix. Which W is used decides the result (leenders2002): on
    the 49 areas of anselin1988 three neighbor lists in circulation give rho .4310, .4039 and .4233. Hence the
    fingerprint in the result. Influence and selection are not told apart by this model: partners may be alike because
    like firms choose each other. Firms with a missing value leave the network before W is normalized.

    Examples
    --------
    >>> from clusternet import datasets
    >>> fit = network_autocorrelation(datasets.load("columbus"), "crime ~ income + home_value")
    >>> fit.estimates["estimate"].round(3).to_dict()
    {'(intercept)': 45.079, 'income': -1.032, 'home_value': -0.266, 'rho': 0.431}
    >>> fit.n_links
    232
    """
    choose("model", model, ("effects", "disturbances", "both"))
    choose("estimator", estimator, ("auto", "ml", "gmm"))
    share_between("level", level)
    name, terms = split_formula(outcome, covariates)
    design = make_design(network, name, terms)
    near = _near(network, matrix, design.complete, design.outcome.index, weights=weights, normalize=normalize)
    n = len(design.outcome)
    chosen = estimator if estimator != "auto" else ("ml" if n <= _ML_LIMIT else "gmm")
    y, x = design.outcome.to_numpy(), design.columns.to_numpy()
    probed = chosen == "gmm" and n > _TRACE_LIMIT
    used = resolve_seed(seed) if probed else None
    eigenvalues = None if probed else near.eigenvalues()
    low, high = (float("nan"), float("nan")) if eigenvalues is None else _admissible(eigenvalues)
    fit = _gmm(y, x, near, model) if eigenvalues is None or chosen == "gmm" else _ml(y, x, near, model, eigenvalues)
    names = [*design.columns.columns, *(["rho"] if model != "disturbances" else [])]
    names += ["lambda"] if model != "effects" else []
    loglik_ols = _ols_loglik(y, x)
    extra = 1 if model != "both" else 2
    from scipy import stats

    lr = max(0.0, 2 * (fit.loglik - loglik_ols)) if chosen == "ml" else float("nan")
    return AutocorrelationModel(
        outcome=name,
        model=model,
        estimator=chosen,
        estimates=_table(fit.theta, fit.cov, names, level),
        impacts=_no_impacts()
        if model == "disturbances"
        else _impacts(fit, list(design.columns.columns), _multipliers(fit.rho, near, eigenvalues, used or 0)),
        covariance=pd.DataFrame(fit.cov, index=names, columns=names),
        loglik=fit.loglik,
        loglik_ols=loglik_ols,
        lr_p=float(stats.chi2.sf(lr, extra)),
        aic=2 * (len(names) + 1) - 2 * fit.loglik,
        sigma2=fit.sigma2,
        n=n,
        n_left_out=int((~design.complete).sum()),
        n_links=near.n_links,
        n_isolates=near.n_isolates,
        weights_sha256=near.sha256,
        residuals=pd.Series(fit.residuals, index=design.outcome.index, name="residual"),
        settings=Settings(
            {
                "outcome": name,
                "covariates": list(design.columns.columns[1:]),
                "model": model,
                "weights": weights,
                "normalize": normalize,
                "matrix": "the network's ties" if matrix is None else "given",
                "estimator": chosen,
                "admissible": (low, high),
                "level": level,
            },
            used,
        ),
    )


def _near(
    network: Source,
    matrix: Any,
    keep: NDArray[np.bool_],
    index: pd.Index,
    *,
    weights: Weights,
    normalize: Normalization,
) -> Nearness:
    if matrix is None and not isinstance(network, Network):
        raise NetworkError("a table has no ties; give matrix=, or a Network.")
    everyone = network.firms.index if isinstance(network, Network) else network.index
    near = nearness(
        network if matrix is None else matrix, keep=keep, index=everyone, weights=weights, normalize=normalize
    )
    if near.n_links == 0:
        raise NetworkError(f"the {len(index):,} firms with complete values have no ties among them.")
    return near


# ── maximum likelihood ──


@dataclass(frozen=True, slots=True)
class _Fit:
    theta: Reals
    cov: Reals
    loglik: float
    sigma2: float
    residuals: Reals
    n_beta: int
    rho: float


def _admissible(eigenvalues: NDArray[Any]) -> tuple[float, float]:
    """Return the interval around zero in which I - rho W can be inverted: real eigenvalues bound it."""
    real = eigenvalues.real[np.abs(np.imag(eigenvalues)) < 1e-9]
    radius = float(np.abs(eigenvalues).max())
    top, bottom = (float(real.max()), float(real.min())) if len(real) else (0.0, 0.0)
    # Without a real eigenvalue on one side the series of powers still bounds that side.
    high = 1 / top if top > 1e-9 else 1 / radius if radius > 1e-9 else _UNBOUND
    low = 1 / bottom if bottom < -1e-9 else -1 / radius if radius > 1e-9 else -_UNBOUND
    return low, high


def _refuse_bound(value: float, bounds: tuple[float, float], name: str) -> None:
    low, high = bounds
    near = high if high - value < value - low else low
    if abs(near - value) < 1e-5 * (high - low):
        raise NetworkError(
            f"{name} runs to {near:.4g}, the end of the admissible interval: the likelihood has no top inside, and "
            "errors and intervals would mean nothing. Try another model, normalize= or covariates, or estimator='gmm'."
        )


def _log_det(rho: float, eigenvalues: NDArray[Any]) -> float:
    return float(np.log(np.abs(1 - rho * eigenvalues)).sum())


def _least_squares(y: Reals, x: Reals) -> tuple[Reals, Reals]:
    beta = np.linalg.lstsq(x, y, rcond=None)[0]
    return beta, y - x @ beta


def _ols_loglik(y: Reals, x: Reals) -> float:
    n, e = len(y), _least_squares(y, x)[1]
    return float(-n / 2 * (np.log(2 * np.pi * (e @ e) / n) + 1))


def _maximum(loglik: Callable[[float], float], low: float, high: float) -> float:
    """Return where a function of one number is largest: a grid finds the hill, Brent its top."""
    from scipy.optimize import minimize_scalar

    margin = 1e-6 * (high - low)
    grid = np.linspace(low + margin, high - margin, 81)
    best = int(np.argmax([loglik(value) for value in grid]))
    bounds = (grid[max(best - 1, 0)], grid[min(best + 1, 80)])
    found = minimize_scalar(lambda value: -loglik(value), bounds=bounds, method="bounded", options={"xatol": 1e-11})
    return float(found.x)


def _ml(y: Reals, x: Reals, near: Nearness, model: Model, eigenvalues: NDArray[Any]) -> _Fit:
    w, n, bounds = near.matrix, len(y), _admissible(eigenvalues)
    wy = w @ y
    wx, wwy = w @ x, w @ wy
    constant = -n / 2 * (np.log(2 * np.pi) + 1)

    def parts(rho: float, lam: float) -> tuple[Reals, Reals]:
        left = y - rho * wy - lam * (wy - rho * wwy)
        return _least_squares(left, x - lam * wx)

    def loglik(rho: float, lam: float) -> float:
        e = parts(rho, lam)[1]
        jacobian = (_log_det(rho, eigenvalues) if rho else 0.0) + (_log_det(lam, eigenvalues) if lam else 0.0)
        return float(constant - n / 2 * np.log(e @ e / n) + jacobian)

    rho = lam = 0.0
    if model == "effects":
        rho = _maximum(lambda value: loglik(value, 0.0), *bounds)
    elif model == "disturbances":
        lam = _maximum(lambda value: loglik(0.0, value), *bounds)
    else:
        rho, lam = _both(loglik, bounds)
    for name, value in (("rho", rho), ("lambda", lam)):
        _refuse_bound(value, bounds, name)
    beta, e = parts(rho, lam)
    sigma2 = float(e @ e / n)
    k = x.shape[1]
    # Only what the model estimates takes part: beta, rho and lambda as there are, sigma2.
    free = [*range(k), *([k] if model != "disturbances" else []), *([k + 1] if model != "effects" else []), k + 2]
    information = _information(x, beta, sigma2, w.toarray(), (rho, lam))
    cov = np.linalg.inv(information[np.ix_(free, free)])[:-1, :-1]
    theta = np.concatenate([beta, [rho] if model != "disturbances" else [], [lam] if model != "effects" else []])
    return _Fit(theta, cov, loglik(rho, lam), sigma2, e, k, rho)


def _both(loglik: Callable[[float, float], float], bounds: tuple[float, float]) -> tuple[float, float]:
    """Return the best pair of rho and lambda; the surface often has two hills, so the search starts from a grid."""
    from scipy.optimize import minimize

    low, high = bounds
    margin = 1e-6 * (high - low)
    limits = [(low + margin, high - margin)] * 2
    grid = np.linspace(low * 0.9, high * 0.9, 13)
    starts = sorted(((loglik(a, b), a, b) for a in grid for b in grid), reverse=True)[:4]
    runs = [
        minimize(
            lambda pair: -loglik(pair[0], pair[1]), start[1:], method="Nelder-Mead", bounds=limits,
            options={"xatol": 1e-9, "fatol": 1e-11, "maxiter": 4000},
        )
        for start in starts
    ]  # fmt: skip
    best = min(runs, key=lambda run: run.fun)
    return float(best.x[0]), float(best.x[1])


def _information(x: Reals, beta: Reals, sigma2: float, w: Reals, pair: tuple[float, float]) -> Reals:
    """Return the expected information of beta, rho, lambda and sigma2 (anselin1988, section 6.2)."""
    (n, k), (rho, lam) = x.shape, pair
    eye = np.eye(n)
    b = eye - lam * w
    g = np.linalg.solve((eye - rho * w).T, w.T).T  # W A^-1
    h = b @ g if lam else g
    if lam:
        h = np.linalg.solve(b.T, h.T).T  # B W A^-1 B^-1
    f = np.linalg.solve(b.T, w.T).T  # W B^-1
    bx, pull = b @ x, b @ (g @ (x @ beta))
    made = np.zeros((k + 3, k + 3))
    made[:k, :k] = bx.T @ bx / sigma2
    made[:k, k] = made[k, :k] = bx.T @ pull / sigma2
    made[k, k] = np.sum(g * g.T) + np.sum(h * h) + pull @ pull / sigma2
    made[k, k + 1] = made[k + 1, k] = np.sum(f * h) + np.sum(f.T * h)
    made[k + 1, k + 1] = np.sum(f * f.T) + np.sum(f * f)
    made[k, k + 2] = made[k + 2, k] = np.trace(g) / sigma2
    made[k + 1, k + 2] = made[k + 2, k + 1] = np.trace(f) / sigma2
    made[k + 2, k + 2] = n / (2 * sigma2**2)
    return made


# ── moments ──


def _gmm(y: Reals, x: Reals, near: Nearness, model: Model) -> _Fit:
    w, n, k = near.matrix, len(y), x.shape[1]
    wy = w @ y
    right = x if model == "disturbances" else np.column_stack([x, wy])
    instruments = x if model == "disturbances" else _instruments(x, near)
    beta, e = _two_stage(y, right, instruments)
    lam = float("nan")
    if model != "effects":
        lam = _moments_lambda(e, near)
        left, filtered = y - lam * wy, right - lam * (w @ right)
        beta, e = _two_stage(left, filtered, instruments)
        right = filtered
    sigma2 = float(e @ e / n)
    fitted = instruments @ np.linalg.lstsq(instruments, right, rcond=None)[0]
    cov = sigma2 * np.linalg.inv(fitted.T @ fitted)
    theta = beta
    if model != "effects":
        theta = np.append(beta, lam)
        cov = np.pad(cov, (0, 1), constant_values=np.nan)
    return _Fit(theta, cov, float("nan"), sigma2, e, k, float(beta[k]) if model != "disturbances" else 0.0)


def _instruments(x: Reals, near: Nearness) -> Reals:
    """Return X, WX and WWX without what follows from the rest."""
    slopes = x[:, 1:]
    if slopes.shape[1] == 0:
        raise OptionError("two-stage least squares needs a covariate whose lags serve as instruments; use 'ml'.")
    lag = near.matrix @ slopes
    every = np.column_stack([x, lag, near.matrix @ lag])
    scale = np.linalg.norm(every, axis=0)
    from scipy.linalg import qr

    _, r, order = qr(every / np.where(scale > 0, scale, 1), mode="economic", pivoting=True)
    rank = int((np.abs(np.diag(r)) > 1e-9).sum())
    if rank <= x.shape[1]:
        raise OptionError("the lags of the covariates follow from the covariates; nothing identifies rho.")
    return np.asarray(every[:, np.sort(order[:rank])])


def _two_stage(y: Reals, right: Reals, instruments: Reals) -> tuple[Reals, Reals]:
    fitted = instruments @ np.linalg.lstsq(instruments, right, rcond=None)[0]
    beta = np.linalg.lstsq(fitted, y, rcond=None)[0]
    return beta, y - right @ beta


def _moments_lambda(u: Reals, near: Nearness) -> float:
    """Return lambda by the three moments of kelejian1999."""
    from scipy.optimize import least_squares

    w, n = near.matrix, len(u)
    wu = w @ u
    wwu = w @ wu
    trace = float((w.multiply(w)).sum())
    g = np.array(
        [
            [2 * u @ wu, -wu @ wu, n],
            [2 * wwu @ wu, -wwu @ wwu, trace],
            [u @ wwu + wu @ wu, -wu @ wwu, 0.0],
        ]
    ) / n  # fmt: skip
    target = np.array([u @ u, wu @ wu, u @ wu]) / n
    scale = float(u @ u) / n

    def gap(pair: Reals) -> Reals:
        lam, size = pair
        return np.asarray((g @ np.array([lam, lam**2, size * scale]) - target) / scale)

    found = least_squares(gap, [0.0, 1.0], bounds=([-0.999, 1e-9], [0.999, np.inf]), xtol=1e-14, ftol=1e-14, gtol=1e-14)
    return float(found.x[0])


# ── tables ──


def _table(theta: Reals, cov: Reals, names: list[str], level: float) -> pd.DataFrame:
    from scipy import stats

    se = np.sqrt(np.diag(cov))
    wide = stats.norm.ppf(0.5 + level / 2)
    return pd.DataFrame(
        {
            "estimate": theta,
            "se": se,
            "low": theta - wide * se,
            "high": theta + wide * se,
            "p": 2 * stats.norm.sf(np.abs(theta / se)),
        },
        index=pd.Index(names, name="term"),
    )


_IMPACTS = ("direct", "indirect", "total", "direct_se", "indirect_se", "total_se")


def _no_impacts() -> pd.DataFrame:
    return pd.DataFrame(columns=list(_IMPACTS), index=pd.Index([], name="term"), dtype="float64")


def _impacts(fit: _Fit, names: list[str], multipliers: tuple[float, float, float, float]) -> pd.DataFrame:
    """Return direct, indirect and total effects: own and row-sum means of (I - rho W)^-1, times beta (lesage2009)."""
    own, every, own_slope, every_slope = multipliers
    rows = {}
    for place, name in enumerate(names):
        if name == INTERCEPT:
            continue
        beta = fit.theta[place]
        values, errors = [], []
        for level, slope in ((own, own_slope), (every - own, every_slope - own_slope), (every, every_slope)):
            gradient = np.zeros(len(fit.theta))
            gradient[place], gradient[fit.n_beta] = level, beta * slope
            known = np.isfinite(np.diag(fit.cov))
            variance = gradient[known] @ fit.cov[np.ix_(known, known)] @ gradient[known]
            values.append(beta * level)
            errors.append(float(np.sqrt(variance)))
        rows[name] = [*values, *errors]
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(_IMPACTS), dtype="float64").rename_axis("term")


def _multipliers(
    rho: float, near: Nearness, eigenvalues: NDArray[Any] | None, seed: int
) -> tuple[float, float, float, float]:
    """Return mean diagonal and mean row sum of (I - rho W)^-1, and their slopes in rho."""
    from scipy.sparse import eye_array
    from scipy.sparse.linalg import splu

    w, n = near.matrix, near.matrix.shape[0]
    if eigenvalues is not None and not _admissible(eigenvalues)[0] < rho < _admissible(eigenvalues)[1]:
        return (float("nan"),) * 4
    if eigenvalues is not None:
        solve = splu((eye_array(n) - rho * w).tocsc()).solve
        sums = solve(np.ones(n))
        own = np.real(1 / (1 - rho * eigenvalues)).mean()
        own_slope = np.real(eigenvalues / (1 - rho * eigenvalues) ** 2).mean()
        return float(own), float(sums.mean()), float(own_slope), float(solve(w @ sums).mean())
    # Traces of powers by random signs, row sums exactly; powers until no row of what is left counts.
    probes = np.random.default_rng(seed).choice([-1.0, 1.0], size=(n, _PROBES))
    moved, sums = probes.copy(), np.ones(n)
    own, every, own_slope, every_slope = 1.0, 1.0, 0.0, 0.0
    for power in range(1, _POWERS + 1):
        moved, sums = w @ moved, w @ sums
        trace = 0.0 if power == 1 else float((probes * moved).sum() / (n * _PROBES))
        total = float(sums.mean())
        own, every = own + rho**power * trace, every + rho**power * total
        own_slope += power * rho ** (power - 1) * trace
        every_slope += power * rho ** (power - 1) * total
        left = power * abs(rho) ** (power - 1) * max(float(np.abs(sums).max()), float(np.abs(moved).max()))
        if left < 1e-8:
            return own, every, own_slope, every_slope
        if not left < 1e12:  # influence grows without end
            break
    return (float("nan"),) * 4


# ── is there any autocorrelation ──


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Autocorrelation(Result):
    """Likeness of tied firms in one number, beside what independence gives.

    Attributes
    ----------
    statistic
        "moran" or "geary".
    outcome
        The attribute.
    observed, expected, variance, z, p
        The number; its mean and variance when the values are shuffled over the firms; the standardized difference,
        positive for alike; two-sided p from the normal.
    p_permutation
        (r + 1)/(draws + 1), two-sided; NaN without draws.
    draws
        The number in every permutation.
    n, n_links, weights_sha256
        Firms counted, links, and the fingerprint of the weights.
    settings
        Options, seed and version.
    """

    statistic: str
    outcome: str
    observed: float
    expected: float
    variance: float
    z: float
    p: float
    p_permutation: float
    draws: pd.Series
    n: int
    n_links: int
    weights_sha256: str
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return one row: observed, expected, variance, z, p, p_permutation, n, n_links."""
        names = ("observed", "expected", "variance", "z", "p", "p_permutation", "n", "n_links")
        return pd.DataFrame(
            [{name: getattr(self, name) for name in names}], index=pd.Index([self.statistic], name="statistic")
        )

    def summary(self) -> str:
        """Return the comparison in one line."""
        return (
            f"{self.statistic} of {self.outcome} {self.observed:.3f}, by chance {self.expected:.3f}, z {self.z:.2f}, "
            f"p {self.p:.3g}, {self.n:,} firms, {self.n_links:,} links"
        )


def moran(
    network: Network,
    outcome: str,
    *,
    matrix: Any = None,
    weights: Weights = "ignore",
    normalize: Normalization = "row",
    size: Size = "firms",
    draws: int = 0,
    seed: int | None = None,
) -> Autocorrelation:
    """Return Moran's I: how far tied firms lie on the same side of the mean (moran1950).

    I = n/S0 sum_ij w_ij z_i z_j / sum_i z_i^2, z the outcome less its mean.

    Parameters
    ----------
    network
        The network (or a table of firms, with `matrix`).
    outcome
        A column, a listed measure, or a transformation such as "log1p(x)".
    matrix, weights, normalize
        The weights, as in `network_autocorrelation`.
    size
        "firms" counts all of them in n, and mean and variance by chance are those of shuffling exactly. "tied" counts
        the firms with a link only, while mean and sum of squares stay those of all firms, as adjust.n does in the R
        package spdep. The two agree without isolates.
    draws
        Number of permutations; 0 for the normal approximation alone.
    seed
        Of the permutations.

    Returns
    -------
    Autocorrelation
        Mean and variance under random shuffling (cliff1981). NaN if the outcome does not vary.

    Examples
    --------
    >>> from clusternet import datasets
    >>> round(moran(datasets.load("columbus"), "crime").observed, 3)
    0.511
    """
    return _likeness("moran", network, outcome, (matrix, (weights, normalize), size), draws=draws, seed=seed)


def geary(
    network: Network,
    outcome: str,
    *,
    matrix: Any = None,
    weights: Weights = "ignore",
    normalize: Normalization = "row",
    size: Size = "firms",
    draws: int = 0,
    seed: int | None = None,
) -> Autocorrelation:
    """Return Geary's C: squared differences between tied firms over those between any two (geary1954).

    C = (n - 1)/(2 S0) sum_ij w_ij (y_i - y_j)^2 / sum_i z_i^2; 1 by chance, below 1 when tied firms are alike.

    Parameters
    ----------
    network
        The network (or a table of firms, with `matrix`).
    outcome
        A column, a listed measure, or a transformation such as "log1p(x)".
    matrix, weights, normalize
        The weights, as in `network_autocorrelation`.
    size
        As in `moran`. (The variance of geary.test of spdep mixes the two sizes where there are isolates.)
    draws
        Number of permutations; 0 for the normal approximation alone.
    seed
        Of the permutations.

    Returns
    -------
    Autocorrelation
        z is positive when tied firms are alike. NaN if the outcome does not vary.
    """
    return _likeness("geary", network, outcome, (matrix, (weights, normalize), size), draws=draws, seed=seed)


_NearAs: TypeAlias = "tuple[Any, tuple[Weights, Normalization], Size]"


def _likeness(
    statistic: Literal["moran", "geary"],
    network: Source,
    outcome: str,
    near_as: _NearAs,
    *,
    draws: int,
    seed: int | None,
) -> Autocorrelation:
    from scipy import stats

    matrix, how, size = near_as

    choose("size", size, ("tied", "firms"))
    if draws < 0:
        raise OptionError(f"draws is {draws}; give a number of permutations, or 0.")
    design = make_design(network, outcome, [])
    near = _near(network, matrix, design.complete, design.outcome.index, weights=how[0], normalize=how[1])
    y, w = design.outcome.to_numpy(), near.matrix
    z = y - y.mean()
    counted = len(y) if size == "firms" else len(y) - near.n_isolates
    spread = float(z @ z)
    used = resolve_seed(seed) if draws else None
    s0 = float(w.sum())
    both = w + w.T
    s1 = float(both.multiply(both).sum()) / 2
    s2 = float(((np.asarray(w.sum(axis=1)).ravel() + np.asarray(w.sum(axis=0)).ravel()) ** 2).sum())

    def number(values: Reals) -> float:
        if not spread > 1e-12 * float(y @ y):
            return float("nan")
        if statistic == "moran":
            return float(counted / s0 * (values @ (w @ values)) / spread)
        rows, columns = np.asarray(w.sum(axis=1)).ravel(), np.asarray(w.sum(axis=0)).ravel()
        squares = (rows + columns) @ values**2 - 2 * values @ (w @ values)
        return float((counted - 1) / (2 * s0) * squares / spread)

    observed = number(z)
    expected, variance = _moments(statistic, counted, (s0, s1, s2), z)
    score = (observed - expected) / np.sqrt(variance) if variance > 0 else float("nan")
    score = -score if statistic == "geary" else score
    rng = np.random.default_rng(used)
    drawn = np.array([number(rng.permutation(z)) for _ in range(draws)])
    p_permutation = float("nan")
    if draws and np.isfinite(observed):
        more, fewer = (drawn >= observed - 1e-12).sum(), (drawn <= observed + 1e-12).sum()
        p_permutation = float(min(1.0, 2 * (min(more, fewer) + 1) / (draws + 1)))
    return Autocorrelation(
        statistic=statistic,
        outcome=design.outcome.name,
        observed=observed,
        expected=expected,
        variance=variance,
        z=float(score),
        p=float(2 * stats.norm.sf(abs(score))),
        p_permutation=p_permutation,
        draws=pd.Series(drawn, name=statistic, dtype="float64"),
        n=counted,
        n_links=near.n_links,
        weights_sha256=near.sha256,
        settings=Settings({"weights": how[0], "normalize": how[1], "size": size, "draws": draws}, used),
    )


def _moments(statistic: str, n: int, sums: tuple[float, float, float], z: Reals) -> tuple[float, float]:
    """Return mean and variance under random shuffling (cliff1981)."""
    (s0, s1, s2), spread = sums, float(z @ z)
    if n < 4 or not spread > 0:
        return float("nan"), float("nan")
    kurtosis = float(len(z) * (z**4).sum() / spread**2)
    if statistic == "moran":
        mean = -1 / (n - 1)
        square = (
            n * ((n**2 - 3 * n + 3) * s1 - n * s2 + 3 * s0**2) - kurtosis * ((n**2 - n) * s1 - 2 * n * s2 + 6 * s0**2)
        ) / ((n - 1) * (n - 2) * (n - 3) * s0**2)
        return mean, square - mean**2
    top = (n - 1) * s1 * (n**2 - 3 * n + 3 - (n - 1) * kurtosis)
    top -= (n - 1) * s2 * (n**2 + 3 * n - 6 - (n**2 - n + 2) * kurtosis) / 4
    top += s0**2 * (n**2 - 3 - (n - 1) ** 2 * kurtosis)
    return 1.0, top / (n * (n - 2) * (n - 3) * s0**2)


def autocorrelation_tests(
    network: Source,
    outcome: str,
    covariates: Iterable[Covariate] | None = None,
    *,
    matrix: Any = None,
    weights: Weights = "ignore",
    normalize: Normalization = "row",
) -> pd.DataFrame:
    """Test the residuals of least squares for either kind of network autocorrelation.

    Parameters
    ----------
    network, outcome, covariates
        As in `network_autocorrelation`.
    matrix, weights, normalize
        The weights, as in `network_autocorrelation`.

    Returns
    -------
    DataFrame
        Lagrange-multiplier tests, one row each, columns statistic (chi-square), df and p: lm_effects, lm_disturbances,
        their robust forms, each of which allows for a little of the other kind (anselin1996), and lm_both. ``attrs``
        hold n_links and weights_sha256. Read the plain forms first; if both reject, the robust ones tell which model.

    Examples
    --------
    >>> from clusternet import datasets
    >>> tests = autocorrelation_tests(datasets.load("columbus"), "crime ~ income + home_value")
    >>> tests["p"].round(3).to_dict()["lm_effects"]
    0.002
    """
    from scipy import stats

    name, terms = split_formula(outcome, covariates)
    design = make_design(network, name, terms)
    near = _near(network, matrix, design.complete, design.outcome.index, weights=weights, normalize=normalize)
    y, x, w = design.outcome.to_numpy(), design.columns.to_numpy(), near.matrix
    beta, e = _least_squares(y, x)
    sigma2 = float(e @ e / len(y))
    score_error = float(e @ (w @ e)) / sigma2
    trace = float(w.multiply(w).sum() + w.multiply(w.T).sum())
    pull = w @ (x @ beta)
    left = _least_squares(pull, x)[1]
    if left @ left <= 1e-20 * (pull @ pull):  # W X b follows from X: what is left is rounding
        left = np.zeros_like(left)
    # e is orthogonal to X, so that e'W y = e'W e + e'left; summed as such, a large mean of y does no harm.
    score_lag = score_error + float(e @ left) / sigma2
    size = float(left @ left) / sigma2 + trace
    found = {
        "lm_effects": (score_lag**2 / size, 1),
        "lm_disturbances": (score_error**2 / trace, 1),
        "lm_effects_robust": ((score_lag - score_error) ** 2 / (size - trace), 1) if size > trace else (np.nan, 1),
        "lm_disturbances_robust": (
            (score_error - trace / size * score_lag) ** 2 / (trace * (1 - trace / size)) if size > trace else np.nan,
            1,
        ),
        "lm_both": (
            score_error**2 / trace + (score_lag - score_error) ** 2 / (size - trace) if size > trace else np.nan,
            2,
        ),
    }
    frame = pd.DataFrame.from_dict(found, orient="index", columns=["statistic", "df"]).rename_axis("test")
    frame["p"] = stats.chi2.sf(frame["statistic"], frame["df"])
    frame.attrs.update(n_links=near.n_links, weights_sha256=near.sha256)
    return frame
