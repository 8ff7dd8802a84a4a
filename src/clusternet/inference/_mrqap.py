"""MRQAP: regress a network on several others, with p-values from joint permutations of the firms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from clusternet.errors import NetworkError, OptionError, listing
from clusternet.inference._dyads import (
    Dyads,
    Matrix,
    Within,
    cross_products,
    is_exact,
    permutations,
    permuted,
    read_dyads,
    within_codes,
)
from clusternet.measure import Weights, choose
from clusternet.network import Network
from clusternet.resilience._results import check_whole
from clusternet.result import Result, Settings, resolve_seed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    # orders of the firms, and how many the whole run has -> orders by terms
    Tester = Callable[[Ints, int], Floats]

__all__ = ["NetworkRegression", "logistic_qap", "mrqap"]

Method = Literal["dsp", "y"]
INTERCEPT = "(intercept)"
_SLACK = 1e-9  # relative: the observed t and the permuted ones come by two ways of computing
_STEPS = 25  # Newton steps of a logit; more means that it does not settle
_ROOM = 20_000_000  # cells held at once while logits are fitted side by side


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class NetworkRegression(Result):
    """A regression between firms: estimates, and p-values from permuted firms.

    Attributes
    ----------
    coefficients
        Per term: ``estimate``; ``se``, the conventional standard error, which takes cells for independent and is
        only the yardstick of the statistic; ``statistic`` (t, or z of a logit); ``p_more`` and ``p_fewer``, shares of
        orders with a statistic at least as large and as small; ``p``, at least as far from 0. (r + 1)/(draws + 1).
        The intercept is not tested: NaN.
    r2
        Share of the variance explained (ordinary), or McFadden's share of the deviance (logistic).
    fit
        Ordinary: ``r2``, ``r2_adjusted``, ``residual_se``. Logistic: ``deviance``, ``null_deviance``
        (of the intercept alone), ``aic``, ``bic``.
    n_firms, n_cells, df
        Firms, cells in the regression, cells less coefficients.
    draws
        The statistic of every term (columns) after every order (rows).
    settings
        Family, method and options.
    """

    coefficients: pd.DataFrame
    r2: float
    fit: pd.Series
    n_firms: int
    n_cells: int
    df: int
    draws: pd.DataFrame
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return the coefficients, one row per term."""
        return self.coefficients.copy()

    def summary(self) -> str:
        """Return the terms with their p-values in one line."""
        rows = self.coefficients.drop(index=INTERCEPT)
        told = ", ".join(f"{term} {row['estimate']:.3g} (p {row['p']:.3g})" for term, row in rows.iterrows())
        return f"{self.n_cells:,} cells of {self.n_firms:,} firms, R2 {self.r2:.3f}: {told}"


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    dyads: Dyads  # the outcome, then the regressors
    names: list[str]
    used: Floats  # mask of cells: 1 where all matrices are known
    y: Floats
    design: Floats  # cells by intercept and regressors
    blocks: Ints
    exact: bool

    @property
    def cells(self) -> tuple[Ints, Ints]:
        rows, columns = self.dyads.cells
        keep = self.used[rows, columns] > 0
        return rows[keep], columns[keep]

    @property
    def complete(self) -> bool:
        return len(self.y) == len(self.dyads.cells[0])


def _problem(
    y: Matrix,
    xs: Mapping[str, Matrix] | Iterable[Matrix],
    *,
    weights: Weights,
    directed: bool | None,
    within: Within,
    exact: bool | None,
    binary: bool,
) -> _Problem:
    outcome: Matrix = y
    if binary and isinstance(y, Network):
        labels = y.firms.index
        outcome = y if y.is_two_mode else pd.DataFrame(y.simple().csr().toarray(), index=labels, columns=labels)
    named = list(xs.items()) if hasattr(xs, "items") else [(f"x{place}", x) for place, x in enumerate(xs, 1)]
    if not named:
        raise OptionError("xs is empty; give at least one matrix, as {'name': matrix}.")
    names = [str(name) for name, _ in named]
    if len(set(names)) < len(names) or INTERCEPT in names:
        raise OptionError(f"the regressors are called {listing(names, 10)}; give distinct names, none {INTERCEPT!r}.")
    dyads = read_dyads([("y", outcome), *named], weights=weights, directed=directed)
    used = np.ones((dyads.n, dyads.n))
    for matrix in dyads.matrices:
        used[np.isnan(matrix)] = 0.0
    rows, columns = dyads.cells
    keep = used[rows, columns] > 0
    values = np.stack([matrix[rows[keep], columns[keep]] for matrix in dyads.matrices], axis=1)
    k = len(names)
    if len(values) <= k + 1:
        raise NetworkError(f"{len(values):,} cells are known in all matrices; {k} regressors need more than {k + 1}.")
    for name, column in zip(["y", *names], values.T, strict=True):
        if np.ptp(column) == 0:
            raise NetworkError(f"{name} is {column[0]:g} in every cell that counts; leave it out.")
    scaled = (values[:, 1:] - values[:, 1:].mean(axis=0)) / values[:, 1:].std(axis=0)
    if np.linalg.matrix_rank(scaled, tol=1e-9 * np.sqrt(len(scaled))) < k:
        raise NetworkError(f"of the regressors {listing(names, 10)} one is a sum of others; leave one out.")
    blocks = within_codes(dyads, within, y)
    design = np.column_stack([np.ones(len(values)), values[:, 1:]])
    return _Problem(dyads, names, used, values[:, 0], design, blocks, is_exact(dyads.n, blocks, exact=exact))


# ── ordinary ──


def mrqap(
    y: Matrix,
    xs: Mapping[str, Matrix] | Iterable[Matrix],
    *,
    method: Method = "dsp",
    weights: Weights = "ignore",
    directed: bool | None = None,
    within: Within = None,
    draws: int = 2000,
    exact: bool | None = None,
    seed: int | None = None,
) -> NetworkRegression:
    """Regress one network on others by least squares, with p-values from joint permutations of the firms.

    Parameters
    ----------
    y
        The outcome: a network, a square frame indexed by firms, or a square array.
    xs
        The regressors, name to matrix. `attribute_matrix` makes them from columns of the firms.
    method
        ``"dsp"``, double semi-partialling (dekker2007): each regressor's residual on the others is permuted, which
        keeps the size of the test when regressors go together. ``"y"``: the outcome is permuted, which tests that
        *no* regressor matters and is too liberal or too strict for one among correlated others.
    weights
        Networks as 0 and 1, or with the strengths of their ties.
    directed
        True: all cells but the diagonal; False: the lower triangle. None: that if every matrix is symmetric.
    within
        Column of the firms of `y`, Series or values: firms change places only within a group.
    draws
        Random orders.
    exact
        True: all orders, up to ten firms. None: up to eight.
    seed
        A fresh one is drawn and stored when omitted.

    Returns
    -------
    NetworkRegression
        ``.coefficients``, ``.r2``, ``.draws``. The test statistic is t, which unlike the estimate is comparable
        between orders. A cell missing in one matrix is left out; under "dsp" a missing cell moves with its firms.

    Raises
    ------
    OptionError
        If the firms differ, or an option is outside its set.
    NetworkError
        If a network is two-mode, a matrix does not vary, or a regressor is a sum of others.

    Notes
    -----
    Matrices are dense, and under "dsp" every regressor is permuted against all others: 2,000 firms and two regressors
    take a quarter of a second per order, each further doubling of the firms four times as long and as much memory.

    References
    ----------
    krackhardt1988, dekker2007

    Examples
    --------
    >>> from clusternet import datasets, inference
    >>> net = datasets.load("florentine")
    >>> wealth = inference.attribute_matrix(net, "wealth", rule="difference")
    >>> made = mrqap(net.layer("business"), {"marriage": net.layer("marriage"), "wealth": wealth}, draws=500, seed=1)
    >>> made.coefficients["p"].round(1).to_dict()["marriage"]
    0.0
    """
    return _run(
        "ordinary", y, xs, method=method, weights=weights, directed=directed, within=within, draws=draws, exact=exact,
        seed=seed,
    )  # fmt: skip


def _least_squares(y: Floats, design: Floats) -> tuple[Floats, Floats, float]:
    """Return estimates, standard errors and the residual sum of squares."""
    q, r = np.linalg.qr(design)
    beta = np.linalg.solve(r, q.T @ y)
    left = y - design @ beta
    rss = float(left @ left)
    inverse = np.linalg.inv(r)
    se = np.sqrt((inverse**2).sum(axis=1) * rss / (len(y) - design.shape[1]))
    return beta, se, rss


class _Correlations:
    """The t statistics of many orders from permuted cross-products alone.

    Least squares needs no more of the cells than their means, variances and products, and permuting changes only the
    products of what is permuted with what is not. These are sums over nonzero cells; all the rest is algebra of
    small matrices, for all orders at once.
    """

    def __init__(self, problem: _Problem, method: Method) -> None:
        self._directed = problem.dyads.directed
        values = np.column_stack([problem.y, problem.design[:, 1:]])
        self._n, self._k = len(values), values.shape[1] - 1
        center, scale = values.mean(axis=0), values.std(axis=0)
        self._corr = np.corrcoef(values, rowvar=False).reshape(self._k + 1, self._k + 1)
        self._method = method
        # A full matrix is centered first, a sparse one stays sparse and its mean comes off the sum.
        self._matrices, self._center = [], center.copy()
        for place, matrix in enumerate(problem.dyads.matrices):
            clean = np.nan_to_num(matrix)
            if np.count_nonzero(values[:, place]) * 2 > self._n:
                clean = clean - center[place]
                self._center[place] = 0.0
            self._matrices.append(clean)
        self._scale = scale

    def _permuted(self, moved: int, fixed: list[int], orders: Ints, planned: int) -> Floats:
        """Return correlations of matrix `moved`, permuted, with the `fixed` ones: orders by fixed."""
        targets = [self._matrices[place] for place in fixed]
        cross = cross_products(self._matrices[moved], targets, orders, directed=self._directed, planned=planned)
        covariance = cross / self._n - self._center[moved] * self._center[fixed]
        correlation: Floats = covariance / (self._scale[moved] * self._scale[fixed])
        return correlation

    def __call__(self, orders: Ints, planned: int) -> Floats:
        k, df = self._k, self._n - self._k - 1
        corr = self._corr
        terms = np.arange(1, k + 1)
        made = np.empty((len(orders), k))
        if self._method == "y":
            moved = self._permuted(0, terms.tolist(), orders, planned)
            inverse = np.linalg.inv(corr[1:, 1:])
            beta = moved @ inverse
            rss = np.maximum(1 - (beta * moved).sum(axis=1), 0.0)
            with np.errstate(divide="ignore", invalid="ignore"):
                made[:] = beta / np.sqrt(np.diag(inverse)[None, :] * rss[:, None] / df)
            return made
        # moved[:, a, b]: regressor a, permuted, with column b; 0 is the outcome.
        moved = np.stack([self._permuted(a, list(range(k + 1)), orders, planned) for a in terms.tolist()], axis=1)
        for term in terms.tolist():
            others = terms[terms != term]
            inverse = np.linalg.inv(corr[np.ix_(others, others)])
            weights = inverse @ corr[others, term]
            spread = 1 - corr[term, others] @ weights  # variance of the residual that is permuted
            residual = moved[:, term - 1] - np.einsum("o,dob->db", weights, moved[:, others - 1])
            overlap = residual[:, others]
            left = spread - np.einsum("do,op,dp->d", overlap, inverse, overlap)
            explained = corr[0, others] @ inverse @ corr[others, 0]
            with np.errstate(divide="ignore", invalid="ignore"):
                slope = (residual[:, 0] - overlap @ (inverse @ corr[others, 0])) / left
                rest = 1 - explained - slope**2 * left
                made[:, term - 1] = slope * np.sqrt(left) / np.sqrt(np.maximum(rest, 0.0) / df)
        return made


def _residuals(problem: _Problem, term: int) -> Floats:
    """Return a regressor's residual on the others as a matrix, NaN where a cell does not count."""
    target, others = problem.design[:, term], np.delete(problem.design, term, axis=1)
    rows, columns = problem.cells
    matrix = np.full((problem.dyads.n, problem.dyads.n), np.nan)
    matrix[rows, columns] = target - others @ np.linalg.lstsq(others, target, rcond=None)[0]
    if not problem.dyads.directed:
        matrix[columns, rows] = matrix[rows, columns]
    return matrix


def _moved(problem: _Problem, method: Method, orders: Ints) -> Iterator[tuple[int, int, Floats]]:
    """Yield (order, term, permuted cells) of what is permuted: residuals of every term, or the outcome (term 0)."""
    rows, columns = problem.cells
    if method == "y":
        y = np.where(problem.used > 0, problem.dyads.matrices[0], np.nan)
        for run, order in enumerate(orders):
            yield run, 0, permuted(y, order)[rows, columns]
        return
    for term in range(1, problem.design.shape[1]):
        matrix = _residuals(problem, term)
        for run, order in enumerate(orders):
            yield run, term, permuted(matrix, order)[rows, columns]


def _one_by_one(problem: _Problem, method: Method) -> Tester:
    """Return the t statistics fitted order by order: with gaps, every order has cells of its own."""

    def test(orders: Ints, _planned: int) -> Floats:
        made = np.full((len(orders), len(problem.names)), np.nan)
        for run, term, values in _moved(problem, method, orders):
            keep = ~np.isnan(values)
            design = problem.design[keep]
            if term:
                design = design.copy()
                design[:, term] = values[keep]
            outcome = problem.y[keep] if term else values[keep]
            if keep.sum() <= design.shape[1] or np.linalg.matrix_rank(design) < design.shape[1]:
                continue
            beta, se, _ = _least_squares(outcome, design)
            statistics = beta / se
            if term:
                made[run, term - 1] = statistics[term]
            else:
                made[run] = statistics[1:]
        return made

    return test


# ── logistic ──


def logistic_qap(
    y: Matrix,
    xs: Mapping[str, Matrix] | Iterable[Matrix],
    *,
    method: Method = "dsp",
    weights: Weights = "ignore",
    directed: bool | None = None,
    within: Within = None,
    draws: int = 1000,
    exact: bool | None = None,
    seed: int | None = None,
) -> NetworkRegression:
    """Regress the presence of a tie on other networks by a logit, with p-values from joint permutations.

    Parameters
    ----------
    y
        The outcome, 0 or 1: a network, a square frame indexed by firms, or a square array.
    xs
        The regressors, name to matrix. `weights` applies to them, never to `y`.
    method
        ``"dsp"``: each regressor's least-squares residual on the others is permuted and takes its place in the
        logit. ``"y"``: the outcome is permuted.
    weights, directed, within, draws, exact, seed
        As in `mrqap`.

    Returns
    -------
    NetworkRegression
        ``.coefficients``: estimates are log odds; the statistic is z. ``.fit``: deviance, AIC, BIC. The draws are
        NaN where a permuted fit does not settle; such an order counts as a hit, which is on the safe side.

    Raises
    ------
    OptionError
        If the firms differ, the outcome is not 0 and 1, or an option is outside its set.
    NetworkError
        If a matrix does not vary, a regressor is a sum of others, or one foretells the outcome perfectly, so that
        there are no finite estimates.

    References
    ----------
    dekker2007

    Examples
    --------
    >>> from clusternet import datasets
    >>> net = datasets.load("florentine")
    >>> made = logistic_qap(net.layer("business"), {"marriage": net.layer("marriage")}, draws=200, seed=1)
    >>> made.coefficients["estimate"].round(4).tolist()
    [-2.5867, 2.1812]
    """
    return _run(
        "logistic", y, xs, method=method, weights=weights, directed=directed, within=within, draws=draws, exact=exact,
        seed=seed,
    )  # fmt: skip


def _logits(y: Floats, fixed: Floats, varying: Floats, keep: Floats) -> tuple[Floats, Floats]:
    """Fit one logit per run on `fixed` (cells by terms) and a last regressor of its own (`varying`, runs by cells).

    `y` is cells, or runs by cells; `keep` weighs cells, runs by cells. Newton steps for all runs side by side;
    estimates and standard errors are NaN where a run does not settle.
    """
    runs, m = varying.shape
    k = fixed.shape[1]
    beta = np.zeros((runs, k + 1))
    pairs = (fixed[:, :, None] * fixed[:, None, :]).reshape(m, k * k)
    hessian = np.empty((runs, k + 1, k + 1))
    change = np.full(runs, np.inf)
    lost = np.zeros(runs, dtype=bool)
    for _ in range(_STEPS):
        eta = np.clip(beta[:, :k] @ fixed.T + beta[:, k:] * varying, -30.0, 30.0)
        chance = 1 / (1 + np.exp(-eta))
        left = (y - chance) * keep
        weight = chance * (1 - chance) * keep
        hessian[:, :k, :k] = (weight @ pairs).reshape(runs, k, k)
        hessian[:, :k, k] = hessian[:, k, :k] = (weight * varying) @ fixed
        hessian[:, k, k] = (weight * varying**2).sum(axis=1)
        lost |= ~(np.linalg.cond(hessian) < 1e14)
        hessian[lost] = np.eye(k + 1)
        if (change < 1e-9).all():
            break
        gradient = np.concatenate([left @ fixed, (left * varying).sum(axis=1, keepdims=True)], axis=1)
        step = np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0]
        step[lost] = 0.0
        beta += step
        change = np.abs(step).max(axis=1)
    lost |= ~(change < 1e-6)
    se = np.sqrt(np.diagonal(np.linalg.inv(hessian), axis1=1, axis2=2))
    return np.where(lost[:, None], np.nan, beta), np.where(lost[:, None], np.nan, se)


def _logistic_tester(problem: _Problem, method: Method) -> Tester:
    k = len(problem.names)
    m = len(problem.y)
    last = problem.design[:, k]
    chunk = max(1, _ROOM // (10 * m))

    def test(orders: Ints, _planned: int) -> Floats:
        made = np.full((len(orders), k), np.nan)
        spots: list[tuple[int, int]] = []
        rows: list[Floats] = []

        def fit() -> None:
            values = np.stack(rows)
            keep = (~np.isnan(values)).astype(float)
            clean = np.nan_to_num(values)
            term = spots[0][1]
            if term:
                beta, se = _logits(problem.y, np.delete(problem.design, term, axis=1), clean, keep)
                made[[run for run, _ in spots], term - 1] = (beta / se)[:, -1]
            else:
                beta, se = _logits(clean, problem.design[:, :k], np.broadcast_to(last, clean.shape), keep)
                made[[run for run, _ in spots]] = (beta / se)[:, 1:]
            spots.clear()
            rows.clear()

        for run, term, values in _moved(problem, method, orders):
            if rows and (len(rows) == chunk or spots[0][1] != term):
                fit()
            spots.append((run, term))
            rows.append(values)
        if rows:
            fit()
        return made

    return test


# ── both ──


def _run(
    family: Literal["ordinary", "logistic"],
    y: Matrix,
    xs: Mapping[str, Matrix] | Iterable[Matrix],
    *,
    method: Method,
    weights: Weights,
    directed: bool | None,
    within: Within,
    draws: int,
    exact: bool | None,
    seed: int | None,
) -> NetworkRegression:
    choose("method", method, ("dsp", "y"))
    n_draws = check_whole("draws", draws)
    problem = _problem(
        y, xs, weights=weights, directed=directed, within=within, exact=exact, binary=family == "logistic"
    )
    values, m, k = problem.y, len(problem.y), len(problem.names)
    if family == "ordinary":
        beta, se, rss = _least_squares(values, problem.design)
        r2 = 1 - rss / float(((values - values.mean()) ** 2).sum())
        adjusted = 1 - (1 - r2) * (m - 1) / (m - k - 1)
        fit = {"r2": r2, "r2_adjusted": adjusted, "residual_se": float(np.sqrt(rss / (m - k - 1)))}
        tester: Tester = _Correlations(problem, method) if problem.complete else _one_by_one(problem, method)
    else:
        beta, se, fit = _logit(problem)
        r2 = 1 - fit["deviance"] / fit["null_deviance"]
        tester = _logistic_tester(problem, method)
    used = resolve_seed(seed)
    orders = permutations(
        problem.dyads.n, n_draws, np.random.default_rng(used), blocks=problem.blocks, exact=problem.exact
    )
    found = [tester(chunk, n_draws if place == 0 else 0) for place, chunk in enumerate(orders)]
    permuted_t = np.concatenate(found) if found else np.empty((0, k))
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = beta / se
    table = pd.DataFrame(
        {"estimate": beta, "se": se, "statistic": statistic}, index=pd.Index([INTERCEPT, *problem.names], name="term")
    )
    slack = _SLACK * np.maximum(1.0, np.abs(statistic[1:]))
    unknown = np.isnan(permuted_t)
    for column, hits in (
        ("p_more", permuted_t >= statistic[1:] - slack),
        ("p_fewer", permuted_t <= statistic[1:] + slack),
        ("p", np.abs(permuted_t) >= np.abs(statistic[1:]) - slack),
    ):
        table[column] = np.append(np.nan, ((hits | unknown).sum(axis=0) + 1) / (len(permuted_t) + 1))
    parameters = {
        "family": family,
        "method": method,
        "weights": weights,
        "directed": problem.dyads.directed,
        "within": None if within is None else int(problem.blocks.max()) + 1,
        "draws": len(permuted_t),
        "exact": problem.exact,
    }
    return NetworkRegression(
        coefficients=table,
        r2=r2,
        fit=pd.Series(fit, name="value"),
        n_firms=problem.dyads.n,
        n_cells=m,
        df=m - k - 1,
        draws=pd.DataFrame(permuted_t, columns=problem.names, index=pd.RangeIndex(len(permuted_t), name="draw")),
        settings=Settings(parameters, None if problem.exact else used),
    )


def _logit(problem: _Problem) -> tuple[Floats, Floats, dict[str, float]]:
    y, k = problem.y, len(problem.names)
    if not np.isin(y, (0.0, 1.0)).all():
        raise OptionError(f"y holds {y[~np.isin(y, (0.0, 1.0))][0]:g}; a logit needs 0 and 1, or take mrqap.")
    ones = np.ones((1, len(y)))
    betas, errors = _logits(y, problem.design[:, :k], problem.design[:, k][None, :], ones)
    beta, se = betas[0], errors[0]
    if np.isnan(beta).any():
        raise NetworkError(
            f"the logit of y on {listing(problem.names, 10)} does not settle: some regressor foretells ties (or their "
            "absence) without exception; leave it out, or take mrqap."
        )
    eta = problem.design @ beta
    deviance = float(-2 * (y * eta - np.logaddexp(0.0, eta)).sum())
    share = float(y.mean())
    null = -2 * len(y) * (share * np.log(share) + (1 - share) * np.log(1 - share))
    aic, bic = deviance + 2 * (k + 1), deviance + np.log(len(y)) * (k + 1)
    return beta, se, {"deviance": deviance, "null_deviance": float(null), "aic": aic, "bic": float(bic)}
