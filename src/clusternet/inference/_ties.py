"""Why these ties: exponential random graph models, by (pseudo-)likelihood here and by simulation through ergmx."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from clusternet.errors import MissingExtraError, NetworkError, OptionError, listing, share_between
from clusternet.inference._terms import (
    Term,
    TieData,
    dyads_independent,
    evaluate,
    independent,
    parse_terms,
    tie_data,
)
from clusternet.measure import choose
from clusternet.result import Result, Settings, resolve_seed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import igraph
    from numpy.typing import NDArray

    from clusternet.network import Network

__all__ = ["TieModel", "tie_model"]

Method = Literal["mple", "mcmle"]
TieErrors = Literal["auto", "classical", "bootstrap"]
_LIMIT = 3000  # firms: dense matrices of nine million cells
_RUNAWAY = 500.0  # error of a pair's log odds, beyond which there is no finite estimate
_MAX_RHAT, _MIN_EFFECTIVE, _MAX_SHIFT = 1.1, 50, 0.3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TieModel(Result):
    """A fitted model of who is tied to whom.

    Attributes
    ----------
    formula, method, errors
        The terms; "mple" or "mcmle"; the standard errors used, "classical", "bootstrap" or "mcmc".
    likelihood
        "exact" (ties independent: the pseudo-likelihood is the likelihood), "pseudo" or "simulated".
    estimates
        One row per coefficient: statistic (its count in the network), estimate (log odds of a tie per unit of
        change), se, low, high, p (normal). With classical errors of a model with dependent ties low, high and p are
        NaN: those errors are too small, and no test should rest on them.
    covariance
        Covariance matrix of the estimates.
    loglik, aic, bic
        Of the likelihood named above; of a pseudo-likelihood they do not compare models.
    n_firms, n_dyads
        Firms, and possible ties.
    diagnostics
        "mcmle": per statistic the mean deviation from the observed one in standard deviations, effective size, R-hat.
        "bootstrap": per coefficient the mean of the refitted coefficients, their bias, and draws that could not be
        refitted. Empty else.
    settings
        Options, seed and version.
    """

    formula: str
    method: Method
    errors: str
    likelihood: str
    estimates: pd.DataFrame
    covariance: pd.DataFrame
    loglik: float
    aic: float
    bic: float
    n_firms: int
    n_dyads: int
    diagnostics: pd.DataFrame
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return one row per coefficient: statistic, estimate, se, low, high, p."""
        return self.estimates.copy()

    def summary(self) -> str:
        """Return formula, method, likelihood and size in one line."""
        return (
            f"ties by {self.formula}, {self.method}, {self.likelihood} log-likelihood {self.loglik:.2f}, "
            f"{self.n_firms:,} firms, {self.n_dyads:,} possible ties"
        )


def tie_model(
    network: Network,
    terms: str | Iterable[str],
    *,
    method: Method = "mple",
    errors: TieErrors = "auto",
    covariates: Mapping[str, Any] | None = None,
    draws: int = 200,
    level: float = 0.95,
    seed: int | None = None,
) -> TieModel:
    """Model the log odds of each tie by attributes of its firms and by the ties around it.

    Parameters
    ----------
    network
        One layer, or layers merged; strengths and parallel ties do not count.
    terms
        A sum of terms of the R package ergm, as one text or a list: edges, mutual, nodecov("wealth"), nodefactor,
        absdiff, nodematch("sector") and nodematch("sector", diff=TRUE), the directed forms nodeicov, nodeocov,
        nodeifactor, nodeofactor, edgecov("name"), triangle, ttriple, ctriple, kstar(2), istar(2), ostar(2), gwesp(0.5),
        gwdsp(0.5), gwdegree(0.5), gwidegree, gwodegree. Of the factor terms the first level in sorted order is the
        base. Directed gwesp and gwdsp count two-paths from sender to receiver.
    method
        "mple": maximum pseudo-likelihood, a logit of ties on change statistics (strauss1990). It is the maximum
        likelihood if ties are independent (attributes and edge covariates only). "mcmle": maximum likelihood by
        simulation, through ergmx (GPL-3.0-only; extra "ergm").
    errors
        Of "mple". "classical": from the curvature; right only if ties are independent. "bootstrap": networks drawn from
        the fitted model and refitted (schmid2017); drawn exactly if pairs are independent (attributes and mutual, as in
        holland1981), else by ergmx. "auto": classical if ties are independent, else bootstrap.
    covariates
        For edgecov: a matrix, a table by firm, or a network (its strengths), by name.
    draws
        Networks of the bootstrap.
    level
        Of the intervals low to high.
    seed
        Of bootstrap and simulation.

    Returns
    -------
    TieModel

    Raises
    ------
    OptionError
        If a term or option is unknown, needs the other kind of network, or misses an attribute.
    NetworkError
        If the model has no finite estimate, or simulation shows it to be degenerate or not converged: then there is
        no result, because its numbers would mean nothing.
    MissingExtraError
        If ergmx is needed and missing.

    Notes
    -----
    Matrices are dense, and every bootstrap draw is fitted anew: 300 firms take seconds, 3,000 take minutes for the
    model and hours for 200 draws. Terms are those of hunter2007 and snijders2006. A triangle or star term makes many
    networks degenerate: almost empty or almost full ones get nearly all probability. Use gwesp and gwdegree then.

    Examples
    --------
    >>> from clusternet import datasets
    >>> marriage = datasets.load("florentine").layer("marriage")
    >>> fit = tie_model(marriage, "edges + nodecov('wealth')")
    >>> fit.estimates["estimate"].round(6).to_dict()
    {'edges': -2.594929, 'nodecov.wealth': 0.010546}
    """
    choose("method", method, ("mple", "mcmle"))
    choose("errors", errors, ("auto", "classical", "bootstrap"))
    share_between("level", level)
    if network.n_firms > _LIMIT:
        raise NetworkError(f"{network.n_firms:,} firms have too many pairs for a tie model; take up to {_LIMIT:,}.")
    if network.is_two_mode:
        raise NetworkError("this network is two-mode; project it first, or every pair within a mode counts as no tie.")
    if network.n_firms < 3:
        raise NetworkError(f"{network.n_firms} firms are too few for a tie model.")
    parsed = parse_terms(terms)
    data = tie_data(network, covariates)
    statistics, changes = evaluate(data, parsed)
    names = list(statistics.index)
    rows, columns = data.dyads()
    x = np.column_stack([changes[name][rows, columns] for name in names])
    y = data.adjacency[rows, columns]
    free = independent(parsed)
    chosen: str = errors if errors != "auto" else ("classical" if free else "bootstrap")
    needs_seed = method == "mcmle" or chosen == "bootstrap"
    used = resolve_seed(seed) if needs_seed else None
    theta, cov, loglik = _mple(y, x, names)
    diagnostics = pd.DataFrame()
    likelihood, told = ("exact" if free else "pseudo"), chosen
    if method == "mcmle" and not free:
        theta, cov, loglik, diagnostics = _mcmle(data, parsed, names, used or 0)
        likelihood, told = "simulated", "mcmc"
    elif method == "mple" and chosen == "bootstrap":
        cov, diagnostics = _bootstrap(data, parsed, theta, draws, used or 0)
    elif method == "mcmle":
        told = "classical"  # ties are independent: the likelihood is exact, there is nothing to simulate
    trusted = free or told != "classical"
    k = len(names)
    return TieModel(
        formula=" + ".join(map(str, parsed)),
        method=method,
        errors=told,
        likelihood=likelihood,
        estimates=_table(statistics, theta, cov, level, trusted=trusted),
        covariance=pd.DataFrame(cov, index=names, columns=names),
        loglik=loglik,
        aic=2 * k - 2 * loglik,
        bic=float(np.log(len(y)) * k - 2 * loglik),
        n_firms=data.n,
        n_dyads=len(y),
        diagnostics=diagnostics,
        settings=Settings(
            {
                "terms": [str(term) for term in parsed],
                "method": method,
                "errors": told,
                "covariates": sorted(covariates or {}),
                "draws": draws if told == "bootstrap" else 0,
                "level": level,
                "directed": data.directed,
            },
            used,
        ),
    )


def _table(
    statistics: pd.Series, theta: NDArray[np.float64], cov: NDArray[np.float64], level: float, *, trusted: bool
) -> pd.DataFrame:
    from scipy import stats

    se = np.sqrt(np.diag(cov))
    wide = stats.norm.ppf(0.5 + level / 2) if trusted else np.nan
    p = 2 * stats.norm.sf(np.abs(theta / se)) if trusted else np.nan
    columns = {"estimate": theta, "se": se, "low": theta - wide * se, "high": theta + wide * se, "p": p}
    return pd.DataFrame({"statistic": statistics.to_numpy(), **columns}, index=pd.Index(statistics.index, name="term"))


# ── pseudo-likelihood ──


def _mple(
    y: NDArray[np.float64], x: NDArray[np.float64], names: list[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Return coefficients, covariance and log-likelihood of the logit of ties on change statistics."""
    import warnings

    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import ConvergenceWarning, PerfectSeparationError, PerfectSeparationWarning

    if y.min() == y.max():
        raise NetworkError(f"{'every' if y[0] else 'no'} pair is tied; a tie model has nothing to explain.")
    if empty := [name for name, column in zip(names, x.T, strict=True) if not column.any()]:
        raise NetworkError(f"no pair could change {listing(empty)} (a level with a single firm, say); leave it out.")
    if np.linalg.matrix_rank(x / np.maximum(np.linalg.norm(x, axis=0), 1e-300)) < x.shape[1]:
        raise NetworkError(f"the change statistics of {listing(names, 10)} follow from each other; leave one out.")
    # Pairs with the same changes weigh as one binomial row: the same likelihood, far fewer rows.
    cells, place = np.unique(x, axis=0, return_inverse=True)
    place = place.ravel()
    yes = np.bincount(place, weights=y, minlength=len(cells))
    every = np.bincount(place, minlength=len(cells)).astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        warnings.simplefilter("error", PerfectSeparationWarning)
        warnings.filterwarnings("ignore", category=RuntimeWarning)
        try:
            scale = np.maximum(np.abs(cells).max(axis=0), 1e-12)
            counts = np.concatenate([yes, every - yes])
            answers = np.repeat([1.0, 0.0], len(cells))[counts > 0]
            rows = np.concatenate([cells, cells])[counts > 0] / scale
            binomial = sm.families.Binomial()
            made = sm.GLM(answers, rows, family=binomial, freq_weights=counts[counts > 0]).fit(tol=1e-12, maxiter=200)
        except (ConvergenceWarning, PerfectSeparationWarning, PerfectSeparationError, ValueError) as error:
            raise _no_estimate(names) from error
    theta, cov = np.asarray(made.params) / scale, np.asarray(made.cov_params()) / np.outer(scale, scale)
    eta = cells @ theta
    # Where a term separates ties from non-ties, the log odds of some pairs run away and their error explodes.
    unsure = np.sqrt(np.abs(np.einsum("ij,jk,ik->i", cells, cov, cells)))
    if not (np.isfinite(theta).all() and unsure.max() <= _RUNAWAY):
        runaway = np.sqrt(np.abs(np.diag(cov))) * np.ptp(cells, axis=0) > _RUNAWAY
        raise _no_estimate([name for name, bad in zip(names, runaway, strict=True) if bad] or names)
    loglik = float((yes * -np.logaddexp(0, -eta) + (every - yes) * -np.logaddexp(0, eta)).sum())
    return theta, cov, loglik


def _no_estimate(names: list[str]) -> NetworkError:
    return NetworkError(
        f"the model has no finite estimate: {listing(names)} separate the tied pairs from the others (a level without "
        "any tie, or with every tie); leave the term out or merge levels."
    )


# ── parametric bootstrap ──


def _bootstrap(
    data: TieData, terms: list[Term], theta: NDArray[np.float64], draws: int, seed: int
) -> tuple[NDArray[np.float64], pd.DataFrame]:
    if draws < 20:
        raise OptionError(f"draws is {draws}; a bootstrap of standard errors needs at least 20, 200 is usual.")
    source = _drawn_pairs if dyads_independent(terms) else _drawn_ergmx
    rows, columns = data.dyads()
    found, failed = [], 0
    for adjacency in source(data, terms, theta, draws, seed):
        again = TieData(adjacency, data.directed, data.firms, data.matrices)
        statistics, changes = evaluate(again, terms)
        x = np.column_stack([changes[name][rows, columns] for name in statistics.index])
        try:
            found.append(_mple(adjacency[rows, columns], x, list(statistics.index))[0])
        except NetworkError:
            failed += 1
    if failed > draws // 10:
        raise NetworkError(
            f"{failed} of {draws} networks drawn from the model could not be refitted: it is degenerate or too rich "
            "for this network; leave terms out, or use gwesp and gwdegree for triangle and kstar."
        )
    again_theta = np.array(found)
    cov = np.atleast_2d(np.cov(again_theta.T))
    table = pd.DataFrame(
        {
            "mean": again_theta.mean(axis=0),
            "bias": again_theta.mean(axis=0) - theta,
            "se": np.sqrt(np.diag(cov)),
            "not_refitted": failed,
        },
        index=pd.Index(list(statistics.index), name="term"),
    )
    return cov, table


def _drawn_pairs(
    data: TieData, terms: list[Term], theta: NDArray[np.float64], draws: int, seed: int
) -> Iterator[NDArray[np.float64]]:
    """Draw networks exactly: pairs are independent, and a pair of arcs has four states."""
    statistics, changes = evaluate(data, terms)
    weight = dict(zip(statistics.index, theta, strict=True))
    mutual = weight.pop("mutual", 0.0)
    eta = sum((weight[name] * changes[name] for name in weight), np.zeros((data.n, data.n)))
    one, two = np.triu_indices(data.n, 1)
    rng = np.random.default_rng(seed)
    forth, back = eta[one, two], eta[two, one]
    states = np.column_stack([np.zeros(len(one)), forth, back, forth + back + mutual])
    if not data.directed:
        states = states[:, :2]
    chance = np.exp(states - states.max(axis=1, keepdims=True))
    steps = np.cumsum(chance / chance.sum(axis=1, keepdims=True), axis=1)[:, :-1]
    for _ in range(draws):
        state = (rng.random(len(one))[:, None] > steps).sum(axis=1)
        drawn = np.zeros((data.n, data.n))
        drawn[one, two] = state % 2
        drawn[two, one] = (state >= 2) if data.directed else state
        yield drawn


def _drawn_ergmx(
    data: TieData, terms: list[Term], theta: NDArray[np.float64], draws: int, seed: int
) -> Iterator[NDArray[np.float64]]:
    ergmx = _ergmx("bootstrap errors of a model with dependent ties, or use errors='classical', which gives no p")
    graphs = _quietly(
        lambda: ergmx.simulate(_graph(data), _formula(terms), list(theta), draws, seed=seed % 2**32),
        "networks cannot be drawn from the fitted model",
    )
    for graph in graphs:
        drawn = np.zeros((data.n, data.n))
        pairs = np.array(graph.get_edgelist(), dtype=np.int64).reshape(-1, 2)
        drawn[pairs[:, 0], pairs[:, 1]] = 1.0
        yield drawn if data.directed else np.maximum(drawn, drawn.T)


# ── ergmx ──


def _ergmx(purpose: str) -> Any:
    try:
        import ergmx
    except ImportError as error:
        raise MissingExtraError(
            f'ergmx is missing: pip install "clusternet[ergm]" for {purpose}. It is under GPL-3.0-only.'
        ) from error
    return ergmx


def _graph(data: TieData) -> igraph.Graph:
    import igraph

    rows, columns = np.nonzero(data.adjacency if data.directed else np.triu(data.adjacency))
    graph = igraph.Graph(n=data.n, edges=np.column_stack([rows, columns]).tolist(), directed=data.directed)
    for name in data.firms.columns:
        graph.vs[str(name)] = data.firms[name].tolist()
    for name, matrix in data.matrices.items():
        graph[name] = matrix
    return graph


def _formula(terms: Iterable[Term]) -> str:
    return " + ".join(map(str, terms))


def _quietly(run: Any, what: str) -> Any:
    """Run ergmx; what it warns of is an error here, for a result must not rest on it."""
    import warnings

    import ergmx

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ergmx.ErgmDifferenceWarning)
        try:
            return run()
        except (ergmx.DegeneracyError, ValueError, FloatingPointError, np.linalg.LinAlgError) as error:
            raise NetworkError(
                f"{what}: {error} Use gwesp and gwdegree for triangle and kstar, or leave terms out."
            ) from error


def _mcmle(
    data: TieData, terms: list[Term], names: list[str], seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], float, pd.DataFrame]:
    ergmx = _ergmx("method='mcmle'")
    fit = _quietly(
        # Two chains, whatever the machine: the result must not depend on the number of cores.
        lambda: ergmx.ergm(_graph(data), _formula(terms), seed=seed % 2**32, n_chains=2, samplesize=2048),
        "the model is degenerate on this network",
    )
    theta, cov = np.asarray(fit.params, dtype=float), np.asarray(fit.cov, dtype=float)
    if len(theta) != len(names):
        raise NetworkError(f"ergmx fitted {listing(fit.names, 10)} where {listing(names, 10)} were meant.")
    checks = fit.mcmc_diagnostics()
    spread = np.where(checks.sd > 0, checks.sd, 1.0)
    table = pd.DataFrame(
        {"shift": checks.mean / spread, "effective_size": checks.effective_size, "rhat": checks.rhat},
        index=pd.Index(names, name="term"),
    )
    problems = []
    if not fit.converged:
        problems.append(f"it did not converge in {fit.iterations} iterations")
    if not (table["rhat"] <= _MAX_RHAT).all():
        problems.append(f"the chains disagree (R-hat up to {table['rhat'].max():.2f}, at most {_MAX_RHAT} is sound)")
    if not (table["effective_size"] >= _MIN_EFFECTIVE).all():
        problems.append(f"the sample is worth only {table['effective_size'].min():.0f} networks")
    if not (table["shift"].abs() <= _MAX_SHIFT).all():
        problems.append(
            "the simulated networks are not like the observed one in "
            + listing(table.index[table["shift"].abs() > _MAX_SHIFT])
        )
    if problems or not np.isfinite(theta).all():
        raise NetworkError(
            f"the simulated likelihood is not to be trusted: {'; '.join(problems)}. Use gwesp and gwdegree for "
            "triangle and kstar, leave terms out, or try another seed."
        )
    loglik = float("nan") if fit.loglik is None else float(fit.loglik)
    return theta, cov, loglik, table
