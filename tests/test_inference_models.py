"""Models of firms and of ties: against R, against print, against planted truth, and against wrong use."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import golden
from clusternet import Network, datasets
from clusternet.errors import MissingExtraError, NetworkError, OptionError
from clusternet.inference import (
    autocorrelation_tests,
    firm_regression,
    geary,
    moran,
    network_autocorrelation,
    tie_model,
    write_siena,
)
from clusternet.inference._terms import TieData, evaluate, parse_terms

GRUNFELD = Path(__file__).resolve().parents[2] / "shared" / "golden" / "networks" / "panel_grunfeld"
ORNSTEIN = {  # Fox and Weisberg, An R Companion to Applied Regression: the Poisson model of interlocks
    "(intercept)": -0.8394, "log2(assets)": 0.3129, "nation[OTH]": -0.1070, "nation[UK]": -0.3872,
    "nation[US]": -0.7724, "sector[BNK]": -0.1665, "sector[CON]": -0.4893, "sector[FIN]": -0.1116,
    "sector[HLD]": -0.0149, "sector[MAN]": 0.1219, "sector[MER]": 0.0616, "sector[MIN]": 0.2498,
    "sector[TRN]": 0.1518, "sector[WOD]": 0.4983,
}  # fmt: skip


# ── regressions of firms ──


@pytest.mark.reference
def test_ornstein_as_printed():
    fit = firm_regression(datasets.load("ornstein"), "interlocks ~ log2(assets) + nation + sector", family="poisson")
    assert (fit.estimates["estimate"] - pd.Series(ORNSTEIN)).abs().max() < 1e-4
    assert fit.statistics[["null_deviance", "deviance", "aic"]].round(1).tolist() == [3737.0, 1547.1, 2473.1]
    quasi = firm_regression(
        datasets.load("ornstein"), "interlocks ~ log2(assets) + nation + sector", family="quasipoisson"
    )
    assert round(quasi.statistics["dispersion"], 2) == 6.40
    ratio = quasi.estimates["se"] / fit.estimates["se"]
    assert np.allclose(ratio, np.sqrt(quasi.statistics["dispersion"]))
    assert np.isnan(quasi.statistics["aic"])
    assert fit.n == 248
    # What the doubling of assets does, and foreign control: 1.37 times as many, 54 percent fewer.
    assert round(np.exp(fit.estimates.loc["log2(assets)", "estimate"]), 2) == 1.37
    assert round(np.exp(fit.estimates.loc["nation[US]", "estimate"]), 2) == 0.46


def test_negative_binomial_maximizes_the_likelihood():
    from scipy import optimize, stats

    table = datasets.load("ornstein")
    fit = firm_regression(table, "interlocks ~ log2(assets) + nation", family="negative_binomial")
    x = np.column_stack(
        [np.ones(248), np.log2(table["assets"]), *[table["nation"] == level for level in ("OTH", "UK", "US")]]
    ).astype(float)
    y = table["interlocks"].to_numpy()

    def loglik(theta):
        alpha, mu = np.exp(theta[-1]), np.exp(x @ theta[:-1])
        return stats.nbinom.logpmf(y, 1 / alpha, 1 / (1 + alpha * mu)).sum()

    at = np.append(fit.estimates["estimate"], np.log(fit.statistics["alpha"]))
    assert fit.statistics["loglik"] == pytest.approx(loglik(at), abs=1e-6)
    best = optimize.minimize(lambda theta: -loglik(theta), at, method="Nelder-Mead", options={"maxiter": 4000})
    assert -best.fun - loglik(at) < 1e-4
    assert fit.statistics["aic"] == pytest.approx(2 * 6 - 2 * loglik(at))


@pytest.mark.reference
@pytest.mark.parametrize(
    ("key", "options"),
    [
        ("plm.pooling", {}),
        ("plm.pooling.cluster_group_sss", {"errors": "cluster", "groups": "firm"}),
        ("plm.within", {"fixed": True}),
    ],
)  # fmt: skip
def test_grunfeld_as_plm_has_it(key, options):
    golden.require()
    panel = pd.read_csv(GRUNFELD / "panel.csv") if (GRUNFELD / "panel.csv").exists() else _only_csv(GRUNFELD)
    entry = golden.values("panel_grunfeld")[key]
    terms = "inv ~ value + capital" + (" + C(firm)" if options.pop("fixed", False) else "")
    fit = firm_regression(panel, terms, **options)
    names = {"(Intercept)": "(intercept)"}
    for column, part in (("estimate", "coef"), ("se", "se")):
        got = {name: fit.estimates.loc[names.get(name, name), column] for name in entry["value"][part]}
        want = entry | {"value": entry["value"][part]}
        golden.check(golden.Row("panel_grunfeld", key, want), got)


def _only_csv(folder):
    return pd.read_csv(next(folder.glob("*.csv")))


def sample(n=60, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"x": rng.normal(size=n), "z": rng.normal(size=n), "g": rng.integers(0, 8, n)})
    frame["y"] = 1 + 0.5 * frame["x"] + rng.normal(size=n)
    frame["binary"] = (frame["y"] > 1).astype(int)
    return frame


@pytest.mark.parametrize("errors", ["classical", "robust", "cluster"])
def test_errors_are_those_of_statsmodels(errors):
    import statsmodels.api as sm

    frame = sample()
    groups = {"groups": "g"} if errors == "cluster" else {}
    fit = firm_regression(frame, "y ~ x + z", errors=errors, **groups)
    how = {
        "classical": {},
        "robust": {"cov_type": "HC3"},
        "cluster": {"cov_type": "cluster", "cov_kwds": {"groups": frame["g"]}},
    }[errors]
    model = sm.OLS(frame["y"], sm.add_constant(frame[["x", "z"]])).fit(**how, use_t=True)
    assert np.allclose(fit.estimates["se"], model.bse, rtol=1e-12)
    assert np.allclose(fit.estimates["p"], model.pvalues, rtol=1e-9)
    assert np.allclose(fit.estimates[["low", "high"]], model.conf_int())
    logit = firm_regression(frame, "binary ~ x + z", family="logit", errors=errors, **groups)
    how = how | ({"cov_type": "HC0"} if errors == "robust" else {})
    direct = sm.Logit(frame["binary"], sm.add_constant(frame[["x", "z"]])).fit(disp=0, **how)
    assert np.allclose(logit.estimates[["estimate", "se"]], np.column_stack([direct.params, direct.bse]), rtol=1e-8)


@pytest.mark.parametrize("errors", ["classical", "robust", "cluster"])
def test_freedman_lane_is_what_it_says(errors):
    """Refit on permuted residuals, one by one, and count."""
    frame = sample(40, 3)
    groups = {"groups": "g"} if errors == "cluster" else {}
    fit = firm_regression(frame, "y ~ x + z", errors=errors, permutation="freedman_lane", draws=40, seed=5, **groups)
    from clusternet.inference._regression import _permuted

    member = pd.factorize(frame["g"])[0] if groups else None
    orders = _permuted(np.random.default_rng(fit.settings.seed), 40, 40, member)
    assert (np.sort(orders, axis=0) == np.arange(40)[:, None]).all()
    if groups:
        assert (member[orders] == member[:, None]).all()
    reduced = firm_regression(frame, "y ~ z")
    observed = abs(fit.estimates.loc["x", "estimate"] / fit.estimates.loc["x", "se"])
    hits = 0
    for order in orders.T:
        again = frame.assign(y=reduced.fitted.to_numpy() + reduced.residuals.to_numpy()[order])
        row = firm_regression(again, "y ~ x + z", errors=errors, **groups).estimates.loc["x"]
        hits += abs(row["estimate"] / row["se"]) >= observed
    assert fit.estimates.loc["x", "p_permutation"] == pytest.approx((hits + 1) / 41)
    assert np.isnan(fit.estimates.loc["(intercept)", "p_permutation"])


def test_outcome_permutation_for_counts_and_its_limits():
    frame = datasets.load("ornstein").iloc[:80]
    fit = firm_regression(frame, "interlocks ~ log2(assets)", family="poisson", permutation="outcome", draws=99, seed=1)
    assert fit.estimates.loc["log2(assets)", "p_permutation"] == 0.01
    with pytest.raises(OptionError, match="not of poisson"):
        firm_regression(frame, "interlocks ~ log2(assets)", family="poisson", permutation="freedman_lane")
    data = sample()
    data["of_group"] = data["g"] * 1.0
    fit = firm_regression(
        data, "y ~ x + of_group", errors="cluster", groups="g", permutation="freedman_lane", draws=19, seed=1
    )
    assert np.isnan(fit.estimates.loc["of_group", "p_permutation"])  # no firm can change places
    assert fit.estimates.loc["x", "p_permutation"] >= 0.05


def test_measures_join_by_name_and_missing_rows_are_told():
    net = datasets.load("florentine").layer("marriage")
    firms = net.firms
    firms["wealth"] = firms["wealth"].astype(float)
    firms.loc[["Medici", "Pazzi"], "wealth"] = np.nan
    net = Network(firms, net.ties)
    fit = firm_regression(net, "wealth", ["degree", "betweenness"])
    assert (fit.n, fit.n_left_out) == (14, 2)
    assert fit.missing.to_dict() == {"wealth": 2, "degree": 0, "betweenness": 0}
    assert "2 left out" in repr(fit)
    assert fit.to_frame().index.tolist() == ["(intercept)", "degree", "betweenness"]
    own = pd.Series({name: float(len(name)) for name in firms.index}, name="letters")
    assert "letters" in firm_regression(net, "wealth", [own]).estimates.index
    assert np.allclose(fit.fitted + fit.residuals, firms["wealth"].dropna())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda d: firm_regression(d, "y ~ xx"), "Did you mean 'x'"),
        (lambda d: firm_regression(d, "y ~ log(x)"), r"log\(x\) is undefined for \d+ rows"),
        (lambda d: firm_regression(d, "y ~ exec(x)"), "no transformation 'exec'"),
        (lambda d: firm_regression(d, "y ~ x + twice"), "'twice'; leave them out"),
        (lambda d: firm_regression(d, "y ~ x + x"), "stand twice"),
        (lambda d: firm_regression(d, "y ~ x", family="poisson"), "needs counts"),
        (lambda d: firm_regression(d, "y ~ x", family="logit"), "needs 0 and 1"),
        (lambda d: firm_regression(d, "y ~ x", errors="cluster"), "belong together"),
        (lambda d: firm_regression(d, "y ~ x", level=95), "between 0 and 1"),
        (lambda d: firm_regression(d, "y ~ x ~ z"), "no formula"),
        (lambda d: firm_regression(d.iloc[:3], "y ~ x + z"), "3 complete rows cannot carry 3"),
        (lambda d: firm_regression(d.assign(x=np.nan), "y ~ x"), "no row is complete"),
        (lambda d: firm_regression(d, "separated ~ x", family="logit"), "no finite estimate"),
        (lambda d: firm_regression(d, "name ~ x"), "holds what is no number"),
        (lambda d: firm_regression(d, "y ~ name"), "a name or id"),
    ],
)  # fmt: skip
def test_wrong_regressions_are_refused(call, message):
    frame = sample()
    frame["twice"] = 2 * frame["x"] + 1
    frame["separated"] = (frame["x"] > 0).astype(int)
    frame["name"] = [f"firm {at}" for at in range(len(frame))]
    with pytest.raises(OptionError, match=message):
        call(frame)


def test_regressions_leave_the_callers_table_alone():
    frame = sample()
    before = frame.copy(deep=True)
    firm_regression(frame, "y ~ center(x) + C(g)")
    pd.testing.assert_frame_equal(frame, before)


# ── network autocorrelation ──


@pytest.mark.reference
def test_columbus_as_printed_by_anselin():
    net = datasets.load("columbus")
    lag = network_autocorrelation(net, "crime ~ income + home_value")
    error = network_autocorrelation(net, "crime ~ income + home_value", model="disturbances")
    got = lag.estimates["estimate"]
    assert got["rho"] == pytest.approx(0.431023, abs=1e-6)
    printed = [45.0793, -1.03162, -0.265926]
    assert got[["(intercept)", "income", "home_value"]].tolist() == pytest.approx(printed, abs=1e-4)
    assert error.estimates.loc["lambda", "estimate"] == pytest.approx(0.56179, abs=5e-6)
    assert (round(lag.loglik, 3), round(error.loglik, 3), round(lag.loglik_ols, 3)) == (-182.390, -183.380, -187.377)
    assert lag.n_links == 232
    # Anselin, Bera, Florax and Yoon (1996) test the same regression.
    tests = autocorrelation_tests(net, "crime ~ income + home_value")
    assert tests["statistic"].round(2).tolist() == [9.36, 5.72, 3.72, 0.08, 9.44]
    # Each of the two counts one kind fully and the other net of it.
    both = tests.loc["lm_both", "statistic"]
    assert both == pytest.approx(tests.loc[["lm_effects", "lm_disturbances_robust"], "statistic"].sum())
    # With another neighbor list rho is another number, and the fingerprint says so.
    fewer = Network(net.firms, net.ties.iloc[2:])
    other = network_autocorrelation(fewer, "crime ~ income + home_value")
    assert abs(other.estimates.loc["rho", "estimate"] - got["rho"]) > 0.001
    assert other.weights_sha256 != lag.weights_sha256


AUTOCORRELATION = [
    ("inference_florentine", "marriage.wealth", "florentine_marriage", "u", "wealth", "priorates"),
    ("inference_krackhardt", "advice.tenure", "krackhardt_advice", "d", "tenure", "age"),
    ("inference_lazega", "cowork.seniority", "lazega_cowork", "d", "seniority", "age"),
    ("inference_lazega36", "cowork.years", "lazega36_cowork", "u", "years", "age"),
    ("inference_gen_pp120", "x", "gen_pp120", "u", "x", "outdegree"),
]


def autocorrelation_case(case):
    golden.require()
    file, key, name, view, outcome, covariate = case
    net, values = golden.load_network(name, view), golden.values(file)
    if covariate == "outdegree":
        degree = golden.load_network(name, "d").adjacency.astype(bool).sum(axis=1)
        covariate = pd.Series(degree, index=net.firms.index, name="outdegree")
    return net, values, f"{key}.", outcome, [covariate]


@pytest.mark.reference
@pytest.mark.parametrize("case", AUTOCORRELATION, ids=lambda case: case[1])
def test_autocorrelation_models_equal_lnam_and_spatialreg(case):
    net, values, key, outcome, covariates = autocorrelation_case(case)
    for model, tools, name in (
        ("effects", ("lnam_lag", "lagsarlm"), "rho"),
        ("disturbances", ("lnam_error", "errorsarlm"), "lambda"),
    ):
        fit = network_autocorrelation(net, outcome, covariates, model=model)
        for tool in tools:
            entry = values[key + tool]
            got = {"beta": fit.estimates["estimate"].drop(name).to_dict(), "loglik": fit.loglik}
            got[name] = fit.estimates.loc[name, "estimate"]
            want = {part: entry["value"][part] for part in got}
            golden.check(golden.Row(case[2], tool, entry | {"value": want}), got)
            sigma2 = entry["value"].get("sigma2", entry["value"].get("sigma", 0) ** 2)
            assert fit.sigma2 == pytest.approx(sigma2, rel=3e-4)
        # R's two packages differ in errors by up to a quarter (observed against expected information).
        if model == "effects":
            assert fit.estimates.loc["rho", "se"] == pytest.approx(
                values[key + "lagsarlm"]["value"]["rho_se"], rel=1e-4
            )
        slope = covariates[0] if isinstance(covariates[0], str) else covariates[0].name
        assert fit.estimates.loc[slope, "se"] == pytest.approx(
            values[key + tools[0]]["value"]["beta_se"][slope], rel=0.06
        )


@pytest.mark.reference
@pytest.mark.parametrize("case", AUTOCORRELATION, ids=lambda case: case[1])
def test_moran_and_geary_equal_spdep(case):
    net, values, key, outcome, _ = autocorrelation_case(case)
    found = moran(net, outcome, size="tied")
    entry = values[key + "moran"]
    got = {"I": found.observed, "expectation": found.expected, "variance": found.variance, "z": found.z}
    from scipy import stats

    golden.check(golden.Row(case[2], "moran", entry), got | {"p_greater": float(stats.norm.sf(found.z))})
    likeness = geary(net, outcome, size="tied")
    entry = values[key + "geary"]
    got = {"C": likeness.observed, "expectation": likeness.expected, "variance": likeness.variance}
    if likeness.n < net.n_firms:  # spdep's variance counts all firms in one place and the tied ones in the others
        assert abs(got["variance"] / entry["value"]["variance"] - 1) > 0.01
        got["variance"] = entry["value"]["variance"]
    golden.check(golden.Row(case[2], "geary", entry), got)


@pytest.mark.parametrize("measure", [moran, geary])
def test_likeness_by_chance_is_that_of_shuffling(measure):
    net = datasets.load("florentine").layer("marriage")  # with an isolate
    found = measure(net, "wealth", draws=2000, seed=3)
    assert found.draws.mean() == pytest.approx(found.expected, abs=4 * np.sqrt(found.variance / 2000))
    assert found.draws.var() == pytest.approx(found.variance, rel=0.12)
    assert 0 < found.p_permutation <= 1
    assert found.n == 16
    flat = Network(net.firms.assign(wealth=3.0), net.ties)
    assert np.isnan(measure(flat, "wealth", draws=10, seed=1).p_permutation)


def ring(n, seed, *, degree=4):
    rng = np.random.default_rng(seed)
    ends = rng.integers(0, n, (n * degree // 2, 2))
    ends = ends[ends[:, 0] != ends[:, 1]]
    return Network(range(n), pd.DataFrame(ends, columns=["source", "target"]))


def planted(net, rho, lam, rng, beta=(1.0, 2.0)):
    from clusternet.inference._weights import nearness

    w = nearness(net).matrix.toarray()
    eye = np.eye(len(w))
    x = rng.normal(size=len(w))
    u = np.linalg.solve(eye - lam * w, rng.normal(size=len(w)))
    y = np.linalg.solve(eye - rho * w, beta[0] + beta[1] * x + u)
    return Network(net.firms.assign(x=x, y=y), net.ties)


def test_impacts_are_the_derivatives_of_the_outcome():
    net = planted(ring(40, 1), 0.4, 0.0, np.random.default_rng(2))
    fit = network_autocorrelation(net, "y ~ x")
    from clusternet.inference._weights import nearness

    w = nearness(net).matrix.toarray()
    s = np.linalg.inv(np.eye(40) - fit.estimates.loc["rho", "estimate"] * w) * fit.estimates.loc["x", "estimate"]
    row = fit.impacts.loc["x"]
    assert row["direct"] == pytest.approx(np.diag(s).mean())
    assert row["total"] == pytest.approx(s.sum() / 40)
    assert row["indirect"] == pytest.approx((s.sum() - np.trace(s)) / 40)
    # The delta method against draws of the coefficients.
    rng = np.random.default_rng(5)
    drawn = rng.multivariate_normal(fit.estimates["estimate"], fit.covariance, 4000)
    total = [b * np.linalg.solve(np.eye(40) - r * w, np.ones(40)).mean() for _, b, r in drawn[:1500]]
    assert row["total_se"] == pytest.approx(np.std(total), rel=0.15)


def test_both_kinds_at_once_nests_either_and_is_a_maximum():
    net = planted(ring(80, 4), 0.4, 0.3, np.random.default_rng(6))
    both = network_autocorrelation(net, "y ~ x", model="both")
    lag = network_autocorrelation(net, "y ~ x")
    error = network_autocorrelation(net, "y ~ x", model="disturbances")
    assert both.loglik > max(lag.loglik, error.loglik) - 1e-8
    assert both.aic == pytest.approx(2 * 5 - 2 * both.loglik)
    assert set(both.estimates.index) == {"(intercept)", "x", "rho", "lambda"}
    # Standard errors against the curvature of the whole log-likelihood.
    from clusternet.inference._weights import nearness

    w, n = nearness(net).matrix.toarray(), 80
    y, x = net.firms["y"].to_numpy(), np.column_stack([np.ones(n), net.firms["x"]])

    def loglik(theta):
        a, b = np.eye(n) - theta[2] * w, np.eye(n) - theta[3] * w
        e = b @ (a @ y - x @ theta[:2])
        return (
            np.linalg.slogdet(a)[1] + np.linalg.slogdet(b)[1] - n / 2 * np.log(2 * np.pi * theta[4])
            - e @ e / 2 / theta[4]
        )  # fmt: skip

    from statsmodels.tools.numdiff import approx_fprime, approx_hess

    at = np.append(both.estimates["estimate"], both.sigma2)
    assert loglik(at) == pytest.approx(both.loglik, abs=1e-6)
    assert np.abs(approx_fprime(at, loglik, centered=True)).max() < 0.01
    observed = np.sqrt(np.diag(np.linalg.inv(-approx_hess(at, loglik))))[:4]
    assert np.allclose(both.estimates["se"], observed, rtol=0.25)


def test_moments_agree_with_likelihood_on_a_large_network():
    net = planted(ring(1100, 7, degree=6), 0.4, 0.0, np.random.default_rng(8))
    fit = network_autocorrelation(net, "y ~ x", estimator="gmm")
    row = fit.estimates.loc["rho"]
    assert abs(row["estimate"] - 0.4) < 3.5 * row["se"]
    assert row["se"] < 0.06
    assert np.isnan(fit.loglik)
    assert fit.estimator == "gmm"
    error = planted(ring(1100, 9, degree=6), 0.0, 0.5, np.random.default_rng(10))
    moments = network_autocorrelation(error, "y ~ x", model="disturbances", estimator="gmm")
    assert moments.estimates.loc["lambda", "estimate"] == pytest.approx(0.5, abs=0.15)
    assert np.isnan(moments.estimates.loc["lambda", "se"])
    with pytest.raises(OptionError, match="needs a covariate"):
        network_autocorrelation(net, "y", estimator="gmm")


def test_large_networks_take_moments_and_probes(monkeypatch):
    from clusternet.inference import _autocorrelation

    net = planted(ring(250, 7), 0.4, 0.0, np.random.default_rng(8))
    exact = network_autocorrelation(net, "y ~ x", estimator="gmm")
    monkeypatch.setattr(_autocorrelation, "_ML_LIMIT", 100)
    monkeypatch.setattr(_autocorrelation, "_TRACE_LIMIT", 100)
    probed = network_autocorrelation(net, "y ~ x", seed=1)
    assert probed.estimator == "gmm"
    assert np.allclose(probed.impacts.loc["x", ["direct", "total"]].tolist(),
                       exact.impacts.loc["x", ["direct", "total"]].tolist(), rtol=0.01)  # fmt: skip


def test_the_fingerprint_knows_firms_and_not_their_order():
    net = datasets.load("columbus")
    moved = Network(net.firms.sample(frac=1, random_state=1), net.ties.sample(frac=1, random_state=2))
    one = network_autocorrelation(net, "crime ~ income")
    two = network_autocorrelation(moved, "crime ~ income")
    assert one.weights_sha256 == two.weights_sha256
    assert one.estimates["estimate"].to_numpy() == pytest.approx(two.estimates["estimate"].to_numpy(), rel=1e-6)
    table = pd.DataFrame(net.adjacency.toarray(), index=net.firms.index, columns=net.firms.index)
    given = network_autocorrelation(net.firms, "crime ~ income", matrix=table.iloc[::-1, ::-1])
    assert given.weights_sha256 == one.weights_sha256
    summed = network_autocorrelation(net, "crime ~ income", normalize="spectral")
    assert summed.weights_sha256 != one.weights_sha256
    assert summed.settings.parameters["admissible"][1] == pytest.approx(1.0)
    plain = network_autocorrelation(net, "crime ~ income", normalize="none")
    assert plain.loglik == pytest.approx(summed.loglik, abs=1e-6)
    strong = Network(net.firms, net.ties.assign(strength=np.arange(1.0, 117.0)))
    weighted = network_autocorrelation(strong, "crime ~ income", weights="strength")
    assert weighted.weights_sha256 != one.weights_sha256


def test_firms_without_a_value_leave_the_network_first():
    net = datasets.load("columbus")
    firms = net.firms
    firms.loc[[1, 20], "income"] = np.nan
    holed = network_autocorrelation(Network(firms, net.ties), "crime ~ income + home_value")
    clean = network_autocorrelation(net.without([1, 20]), "crime ~ income + home_value")
    assert holed.n_left_out == 2
    assert holed.weights_sha256 == clean.weights_sha256
    pd.testing.assert_frame_equal(holed.estimates, clean.estimates)


def test_wrong_autocorrelation_is_refused():
    net = datasets.load("columbus")
    with pytest.raises(NetworkError, match="no ties among them"):
        network_autocorrelation(Network(net.firms, net.ties.iloc[:0]), "crime ~ income")
    with pytest.raises(NetworkError, match="a table has no ties"):
        network_autocorrelation(net.firms, "crime ~ income")
    with pytest.raises(NetworkError, match="need a square"):
        network_autocorrelation(net, "crime ~ income", matrix=np.ones((3, 3)))
    with pytest.raises(OptionError, match="not negative"):
        network_autocorrelation(net, "crime ~ income", matrix=-net.adjacency)
    with pytest.raises(OptionError, match="model is 'lag'"):
        network_autocorrelation(net, "crime ~ income", model="lag")


@pytest.mark.reference
def test_autocorrelation_equals_spreg():
    spreg = pytest.importorskip("spreg")
    libpysal = pytest.importorskip("libpysal")
    net = datasets.load("columbus")
    w = libpysal.weights.WSP(net.adjacency).to_W()
    w.transform = "r"
    y = net.firms[["crime"]].to_numpy()
    x = net.firms[["income", "home_value"]].to_numpy()
    ours = network_autocorrelation(net, "crime ~ income + home_value")
    assert np.allclose(ours.estimates["estimate"], spreg.ML_Lag(y, x, w).betas.ravel(), rtol=1e-5)


# ── tie models ──


ERGM = [
    ("ergm_florentine_marriage", "florentine_marriage", "u"),
    ("ergm_kapferer_t1", "kapferer_t1", "u"),
    ("ergm_krackhardt_advice", "krackhardt_advice", "d"),
    ("ergm_sampson", "sampson", "d"),
]


def ergm_rows(kind):
    if not golden.available():
        return []
    return [
        pytest.param(name, view, key, entry, id=f"{name}-{key}")
        for file, name, view in ERGM
        for key, entry in golden.values(file).items()
        if key.endswith(kind)
    ]


def edge_covariates(name):
    return {"business": datasets.load("florentine").layer("business").adjacency} if "florentine" in name else None


@pytest.mark.reference
@pytest.mark.parametrize(("name", "view", "key", "entry"), ergm_rows("statistics"))
def test_statistics_equal_ergm(name, view, key, entry):
    net = golden.load_network(name, view)
    fit = tie_model(net, entry["params"]["formula"], errors="classical", covariates=edge_covariates(name))
    golden.check(golden.Row(name, key, entry), fit.estimates["statistic"].to_dict())


@pytest.mark.reference
@pytest.mark.parametrize(("name", "view", "key", "entry"), ergm_rows("mple"))
def test_pseudo_likelihood_equals_ergm(name, view, key, entry):
    net = golden.load_network(name, view)
    fit = tie_model(net, entry["params"]["formula"], errors="classical", covariates=edge_covariates(name))
    got = {
        "coef": fit.estimates["estimate"].to_dict(),
        "se": fit.estimates["se"].to_dict(),
        **{part: getattr(fit, part) for part in ("loglik", "aic", "bic")},
    }
    if name == "kapferer_t1" and "gwesp" in key:
        entry = entry | {"tolerance": {"rel": 2e-4}}  # glm stops one step early: its errors, not its coefficients, lag
        assert fit.estimates.loc["edges", "estimate"] == pytest.approx(entry["value"]["coef"]["edges"], rel=1e-4)
    golden.check(golden.Row(name, key, entry), got)
    dependent = any(word in key for word in ("gwesp", "triangle", "mutual"))
    assert fit.likelihood == ("pseudo" if dependent or "ttriple" in key else "exact")
    assert fit.estimates["p"].isna().all() == (fit.likelihood == "pseudo")


@pytest.mark.reference
def test_edges_and_mutual_have_a_closed_form():
    for file, name, view in ERGM[2:]:
        golden.require()
        entry = golden.values(file)["edges_mutual.exact_ml"]
        fit = tie_model(golden.load_network(name, view), "edges + mutual", errors="classical")
        want = entry | {"value": entry["value"]["coef"]}
        golden.check(golden.Row(name, "edges_mutual.exact_ml", want), fit.estimates["estimate"].to_dict())


@pytest.mark.reference
def test_florentine_families_as_published():
    florentine = datasets.load("florentine")
    marriage, business = florentine.layer("marriage"), florentine.layer("business")
    for net, terms, covariates, want, errors in (
        (marriage, "edges", None, [-1.609438], [0.244949]),
        (marriage, "edges + nodecov('wealth')", None, [-2.594929, 0.010546], [0.536056, 0.004674]),
        (marriage, "edges + absdiff('wealth')", None, [-2.302042, 0.015519], [None, 0.006157]),
        (business, "edges + edgecov('marriage')", {"marriage": marriage}, [-2.586689, 2.181224], [None, None]),
    ):
        fit = tie_model(net, terms, covariates=covariates)
        assert fit.estimates["estimate"].tolist() == pytest.approx(want, abs=1e-6)
        for got, printed in zip(fit.estimates["se"], errors, strict=True):
            assert printed is None or got == pytest.approx(printed, abs=1e-6)


def simulated_rows(*, slow):
    def is_slow(param):
        return "kapferer" in param.values[0] or "gwesp" in str(param.values[3]["params"])

    return [param for param in ergm_rows("mcmle") if is_slow(param) == slow]


def check_simulated(name, view, entry):
    pytest.importorskip("ergmx")
    net = golden.load_network(name, view)
    fit = tie_model(net, entry["params"]["formula"], method="mcmle", seed=1)
    want = entry["value"]
    for term, value in want["coef"].items():
        gap = abs(fit.estimates.loc[term, "estimate"] - value) / want["se"][term]
        assert gap < entry["tolerance"]["abs_in_se"], term
        assert fit.estimates.loc[term, "se"] == pytest.approx(want["se"][term], rel=0.15)
    # Both programs simulate the log-likelihood; they differ by .47 for kapferer and by less than .03 elsewhere.
    slack = 0.6 if name == "kapferer_t1" else entry["tolerance"]["loglik_abs"]
    assert fit.loglik == pytest.approx(want["loglik"], abs=slack)
    assert (fit.diagnostics["rhat"] < 1.1).all()
    assert (fit.likelihood, fit.errors) == ("simulated", "mcmc")


@pytest.mark.slow
@pytest.mark.reference
@pytest.mark.parametrize(("name", "view", "key", "entry"), simulated_rows(slow=True))
def test_simulated_likelihood_equals_ergm_for_shared_partners(name, view, key, entry):
    check_simulated(name, view, entry)


@pytest.mark.slow
@pytest.mark.reference
@pytest.mark.parametrize(("name", "view", "key", "entry"), simulated_rows(slow=False))
def test_simulated_likelihood_equals_ergm(name, view, key, entry):
    check_simulated(name, view, entry)


ALL_TERMS = (
    "edges + triangle + gwesp(0.5) + gwesp(0) + gwdsp(0.7) + gwdsp(0) + nodematch('g') + nodematch('g', diff=TRUE) + "
    "nodecov('x') + nodefactor('g') + absdiff('x') + edgecov('m')"
)
ONE_WAY = (
    "mutual + ttriple + ctriple + istar(2) + ostar(3) + gwidegree(0.3) + gwodegree(0.4) + nodeicov('x') + "
    "nodeocov('x') + nodeifactor('g') + nodeofactor('g')"
)


@pytest.mark.parametrize("density", [0.15, 0.6])
@pytest.mark.parametrize("directed", [False, True])
def test_a_change_is_the_difference_that_one_tie_makes(directed, density):
    rng, n = np.random.default_rng(4), 7
    matrix = (rng.random((n, n)) < density).astype(float)
    np.fill_diagonal(matrix, 0)
    if not directed:
        matrix = np.triu(matrix) + np.triu(matrix).T
    firms = pd.DataFrame({"g": list("aabbccc"), "x": rng.normal(size=n)})
    near = rng.normal(size=(n, n))
    terms = parse_terms(f"{ALL_TERMS} + {ONE_WAY if directed else 'kstar(2) + kstar(3) + gwdegree(0.5)'}")

    def totals(adjacency):
        return evaluate(TieData(adjacency, directed, firms, {"m": near + near.T}), terms)

    changes = totals(matrix)[1]
    for i, j in [(i, j) for i in range(n) for j in range(n) if (i != j if directed else i < j)]:
        on, off = matrix.copy(), matrix.copy()
        on[i, j], off[i, j] = 1, 0
        if not directed:
            on[j, i], off[j, i] = 1, 0
        made = totals(on)[0] - totals(off)[0]
        for name, change in changes.items():
            assert change[i, j] == pytest.approx(made[name], abs=1e-9), (name, i, j)


def test_statistics_by_hand():
    """A square with one diagonal: 5 ties, 2 triangles; the diagonal has 2 shared partners, every side has 1."""
    net = Network.from_edges([("a", "b"), ("b", "c"), ("c", "d"), ("d", "a"), ("a", "c")])
    terms = "edges + triangle + kstar(2) + gwesp(0.5) + gwdsp(0.5) + gwdegree(0.5)"
    data = TieData(net.simple().csr().toarray(), False, net.firms, {})
    got = evaluate(data, parse_terms(terms))[0]
    scale, r = np.exp(0.5), 1 - np.exp(-0.5)
    weigh = {k: scale * (1 - r**k) for k in (1, 2, 3)}
    want = [5, 2, 2 * 3 + 2 * 1, 4 * weigh[1] + weigh[2], 4 * weigh[1] + 2 * weigh[2], 2 * weigh[3] + 2 * weigh[2]]
    assert got.tolist() == pytest.approx(want)


def test_bootstrap_errors_of_independent_ties_are_those_of_likelihood():
    net = datasets.load("florentine").layer("marriage")
    plain = tie_model(net, "edges + nodecov('wealth')")
    drawn = tie_model(net, "edges + nodecov('wealth')", errors="bootstrap", draws=60, seed=3)
    assert drawn.estimates["se"].tolist() == pytest.approx(plain.estimates["se"].tolist(), rel=0.3)
    assert drawn.settings.seed == 3
    again = tie_model(net, "edges + nodecov('wealth')", errors="bootstrap", draws=60, seed=3)
    pd.testing.assert_frame_equal(drawn.estimates, again.estimates)


@pytest.mark.reference
def test_bootstrap_mends_the_errors_of_mutual_ties():
    golden.require()
    net = golden.load_network("sampson", "d")
    known = golden.values("ergm_sampson")["edges_mutual.mcmle"]["value"]["se"]["mutual"]
    naive = tie_model(net, "edges + mutual", errors="classical")
    mended = tie_model(net, "edges + mutual", draws=100, seed=1)
    assert mended.errors == "bootstrap"
    assert naive.estimates.loc["mutual", "se"] < 0.75 * known  # why no p is given there
    assert mended.estimates.loc["mutual", "se"] == pytest.approx(known, rel=0.25)
    assert mended.estimates["p"].notna().all()


def test_bootstrap_through_ergmx():
    pytest.importorskip("ergmx")
    net = datasets.load("florentine").layer("marriage")
    fit = tie_model(net, "edges + gwesp(0.5)", draws=60, seed=1)
    assert fit.errors == "bootstrap"
    assert fit.diagnostics["not_refitted"].max() <= 6
    assert 0.2 < fit.estimates.loc["edges", "se"] < 0.8


def test_degenerate_models_are_refused():
    pytest.importorskip("ergmx")
    rng = np.random.default_rng(1)
    blocks = np.kron(np.eye(6), np.ones((6, 6))) * (rng.random((36, 36)) < 0.9)
    ends = np.argwhere(np.triu(blocks, 1) > 0)
    net = Network(range(36), pd.DataFrame(ends, columns=["source", "target"]))
    with pytest.raises(NetworkError, match=r"degenerate|not to be trusted"):
        tie_model(net, "edges + triangle", method="mcmle", seed=1)


def test_without_ergmx_the_error_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "ergmx", None)
    net = datasets.load("florentine").layer("marriage")
    for options in ({}, {"method": "mcmle"}):
        with pytest.raises(MissingExtraError, match=r"clusternet\[ergm\].*GPL"):
            tie_model(net, "edges + gwesp(0.5)", **options)
    assert tie_model(net, "edges", method="mcmle").likelihood == "exact"
    assert tie_model(net, "edges + gwesp(0.5)", errors="classical").estimates["p"].isna().all()


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ("edges + gwesq(0.5)", "Did you mean 'gwesp'"),
        ("edges + gwesp", "gwesp needs 'decay'"),
        ("edges + gwesp(0.5, fixed=FALSE)", "curved"),
        ("edges + nodematch('sector')", "no column 'sector'"),
        ("edges + mutual", "needs a directed network"),
        ("edges + edgecov('km')", "no edge covariate 'km'"),
        ("edges + kstar(1.5)", "from 2 on"),
        ("edges + nodecov(open('x'))", "no plain number"),
        ("edges + __import__('os')", "not a term"),
        ("edges +", "no sum of terms"),
        ("edges + edges", "stand twice"),
        ("edges + nodecov('name')", "needs numbers"),
    ],
)
def test_wrong_terms_are_refused(terms, message):
    net = datasets.load("florentine").layer("marriage")
    net = Network(net.firms.assign(name=net.firms.index), net.ties)
    with pytest.raises(OptionError, match=message):
        tie_model(net, terms)


def test_models_without_an_estimate_are_refused():
    net = datasets.load("florentine").layer("marriage")
    alone = net.firms.index == "Pucci"
    net = Network(net.firms.assign(alone=alone.astype(int), one=1), net.ties)
    with pytest.raises(NetworkError, match=r"no finite estimate: 'nodecov.alone'"):
        tie_model(net, "edges + nodecov('alone')")
    with pytest.raises(NetworkError, match="follow from each other"):
        tie_model(net, "edges + nodecov('one')")
    with pytest.raises(NetworkError, match="no pair is tied"):
        tie_model(Network(list("abcd"), net.ties.iloc[:0]), "edges")


# ── siena ──


def read_wave(path):
    return pd.read_csv(path, sep=" ", header=None).to_numpy(dtype=float)  # NA becomes NaN


def arcs(edges, firms):
    ties = pd.DataFrame(edges, columns=["source", "target"]).assign(directed=True)
    return Network(firms, ties)


def siena_waves():
    first = pd.DataFrame({"size": [5.0, 2.5, 9.0], "sector": ["x", "y", "x"]}, index=["Ada", "Bo", "=cmd()"])
    later = pd.DataFrame({"size": [5.0, 3.5, np.nan], "sector": ["x", "y", "z"]}, index=["Ada", "Bo", "Di"])
    one = arcs([("Ada", "Bo"), ("Bo", "=cmd()"), ("Bo", "Ada")], first)
    two = arcs([("Ada", "Bo"), ("Di", "Ada")], later)
    return {"2019": one, "2020": two}


def test_waves_come_back_as_they_went(tmp_path):
    written = write_siena(siena_waves(), tmp_path / "out", covariates=["size", "sector"], silent={"2020": ["Bo"]})
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(written.files.index)
    # Ada, Bo, =cmd(), Di; Di comes later, =cmd() has gone, Bo says nothing in 2020.
    first, second = (read_wave(tmp_path / "out" / f"wave{at}.txt") for at in (1, 2))
    assert first.tolist() == [[0, 1, 0, 10], [1, 0, 1, 10], [0, 0, 0, 10], [10, 10, 10, 0]]
    nan = np.nan
    assert np.array_equal(second, [[0, 1, 10, 0], [nan, 0, 10, nan], [10, 10, 0, 10], [1, 0, 10, 0]], equal_nan=True)
    actors = pd.read_csv(tmp_path / "out" / "actors.csv")
    assert actors["firm"].tolist() == ["Ada", "Bo", "'=cmd()", "Di"]
    size = read_wave(tmp_path / "out" / "size_1.txt")
    assert np.array_equal(size, [[5, 5], [2.5, 3.5], [9, nan], [nan, nan]], equal_nan=True)
    sector = read_wave(tmp_path / "out" / "sector_2.txt")  # constant, as no firm changes
    assert sector.ravel().tolist() == [1, 2, 1, 3]
    codes = pd.read_csv(tmp_path / "out" / "codes.csv")
    assert codes[["code", "word"]].to_numpy().tolist() == [[1, "x"], [2, "y"], [3, "z"]]
    row = written.waves.loc["2020"]
    # Only Ada to Bo was seen and free both times: Di came, =cmd() left, Bo was silent.
    assert row[["created", "dissolved", "kept", "jaccard"]].tolist() == [0, 0, 1, 1]
    assert row["missing_pairs"] == 2
    script = (tmp_path / "out" / "siena.R").read_text()
    assert "array(unlist(waves), dim = c(4, 4, 2))" in script
    assert "cmd" not in script
    assert 'covariate2 <- coCovar(as.vector(read_matrix("sector_2.txt")))' in script


def test_structural_codes_and_undirected_silence(tmp_path):
    ids = list("abcd")
    waves = [Network.from_edges([("a", "b")], firms=ids), Network.from_edges([("a", "b"), ("c", "d")], firms=ids)]
    never = pd.DataFrame(False, index=ids, columns=ids)
    never.loc["a", "d"] = never.loc["d", "a"] = True
    always = pd.DataFrame([[False, True], [True, False]], index=["a", "b"], columns=["a", "b"])
    write_siena(waves, tmp_path / "out", silent={1: ["c"]}, impossible=never, certain=always)
    nan = np.nan
    second = read_wave(tmp_path / "out" / "wave2.txt")
    assert np.array_equal(second, [[0, 11, nan, 10], [11, 0, nan, 0], [nan, nan, 0, 1], [10, 0, 1, 0]], equal_nan=True)
    assert np.array_equal(second, second.T, equal_nan=True)


def test_waves_of_snapshots_and_three_of_them(tmp_path):
    from clusternet.dynamics import snapshots

    ties = pd.DataFrame(
        {"source": ["a", "b", "c"], "target": ["b", "c", "a"], "start": ["2019-01-05", "2020-02-01", "2021-03-01"]}
    )
    waves = snapshots(Network.from_edges(ties), last="2021-12-31")
    written = write_siena(waves, tmp_path / "out")
    assert written.waves.index.tolist() == list(waves)
    assert written.waves["ties"].tolist() == [1, 2, 3]
    assert len(list((tmp_path / "out").glob("wave*.txt"))) == 3


def test_hostile_names_stay_in_the_folder(tmp_path):
    waves = siena_waves()
    name = '../../evil"); system("x'
    waves = {key: Network(net.firms.rename(columns={"size": name}), net.ties) for key, net in waves.items()}
    written = write_siena(waves, tmp_path / "deep" / "out", covariates=[name])
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == sorted(written.files.index)
    assert {path.parent for path in tmp_path.rglob("*") if path.is_file()} == {tmp_path / "deep" / "out"}
    script = (tmp_path / "deep" / "out" / "siena.R").read_text()
    assert "evil_system_x_1.txt" in script
    assert 'system("' not in script


def test_wrong_waves_are_refused_and_nothing_is_left(tmp_path):
    waves = siena_waves()
    with pytest.raises(NetworkError, match="two or more"):
        write_siena([waves["2019"]], tmp_path / "out")
    with pytest.raises(OptionError, match="no column 'profit'"):
        write_siena(waves, tmp_path / "out", covariates=["profit"])
    with pytest.raises(OptionError, match="unknown firms: 'Zed'"):
        write_siena(waves, tmp_path / "out", silent={"2019": ["Zed"]})
    with pytest.raises(NetworkError, match="some waves are directed"):
        write_siena([waves["2019"], waves["2020"].undirected()], tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    with pytest.raises(OptionError, match="is not empty"):
        write_siena(waves, tmp_path / "full")
    assert (tmp_path / "full" / "mine.txt").read_text() == "mine"


# ── size, power, coverage ──


@pytest.mark.slow
@pytest.mark.parametrize("errors", ["classical", "robust", "cluster"])
def test_permutation_p_is_uniform_under_the_null(errors):
    """Skewed errors and a correlated covariate; the nominal 5 percent within three standard errors."""
    from scipy import stats

    rng, found = np.random.default_rng(11), []
    groups = {"groups": "g"} if errors == "cluster" else {}
    for _ in range(250):
        z = rng.normal(size=48)
        frame = pd.DataFrame({"z": z, "x": 0.6 * z + rng.normal(size=48), "g": np.arange(48) % 12})
        frame["y"] = 1 + z + rng.exponential(size=48)
        fit = firm_regression(
            frame,
            "y ~ x + z",
            errors=errors,
            permutation="freedman_lane",
            draws=99,
            seed=int(rng.integers(1e9)),
            **groups,
        )
        found.append(fit.estimates.loc["x", "p_permutation"])
    found = np.array(found)
    assert abs((found <= 0.05).mean() - 0.05) < 3 * np.sqrt(0.05 * 0.95 / 250)
    assert stats.kstest(found - rng.random(250) / 100, "uniform").pvalue > 0.001


@pytest.mark.slow
def test_permutation_has_power():
    rng, found = np.random.default_rng(12), []
    for _ in range(100):
        frame = pd.DataFrame({"x": rng.normal(size=50)})
        frame["y"] = 0.5 * frame["x"] + rng.normal(size=50)
        fit = firm_regression(frame, "y ~ x", permutation="freedman_lane", draws=199, seed=int(rng.integers(1e9)))
        found.append(fit.estimates.loc["x", "p_permutation"] <= 0.05)
    assert np.mean(found) > 0.85  # 0.93 by the noncentral t


@pytest.mark.slow
@pytest.mark.parametrize(("model", "name"), [("effects", "rho"), ("disturbances", "lambda")])
def test_planted_autocorrelation_is_found_with_fair_intervals(model, name):
    rng, net = np.random.default_rng(13), ring(100, 14)
    truth = (0.4, 0.0) if model == "effects" else (0.0, 0.4)
    rows = []
    for _ in range(30):
        fit = network_autocorrelation(planted(net, *truth, rng), "y ~ x", model=model)
        rows.append(fit.estimates.loc[name])
    frame = pd.DataFrame(rows)
    # Maximum likelihood pulls toward zero in small networks, lambda more than rho.
    assert abs(frame["estimate"].mean() - 0.4) < 0.08
    assert abs(frame["se"].mean() / frame["estimate"].std() - 1) < 0.35
    covered = ((frame["low"] < 0.4) & (frame["high"] > 0.4)).mean()
    assert 0.82 <= covered <= 1
    assert (frame["p"] < 0.05).mean() > 0.7


@pytest.mark.slow
def test_tests_for_autocorrelation_keep_their_size():
    rng, net = np.random.default_rng(15), ring(80, 16)
    rows = []
    for _ in range(100):
        made = planted(net, 0.0, 0.0, rng)
        tests = autocorrelation_tests(made, "y ~ x")["p"].to_dict()
        tests["lr"] = network_autocorrelation(made, "y ~ x").lr_p
        tests["moran"] = moran(made, "y").p
        rows.append(tests)
    rejected = (pd.DataFrame(rows) < 0.05).mean()
    assert (rejected.between(0.0, 0.11)).all(), rejected.to_dict()


@pytest.mark.slow
def test_tie_models_find_what_was_planted():
    """Homophily of 1.2 on the log odds and reciprocity of 1.5, in 25 networks drawn pair by pair."""
    from clusternet.inference._ties import _drawn_pairs

    firms = pd.DataFrame({"sector": list("abcd") * 10})
    data = TieData(np.zeros((40, 40)), True, firms, {})
    terms = parse_terms("edges + mutual + nodematch('sector')")
    rows, covered = [], []
    for at, matrix in enumerate(_drawn_pairs(data, terms, np.array([-3.0, 1.5, 1.2]), 25, 17)):
        ends = np.argwhere(matrix > 0)
        net = Network(firms, pd.DataFrame(ends, columns=["source", "target"]).assign(directed=True))
        fit = tie_model(net, "edges + mutual + nodematch('sector')", draws=25, seed=at)
        rows.append(fit.estimates["estimate"])
        covered.append((fit.estimates["low"] < [-3, 1.5, 1.2]) & (fit.estimates["high"] > [-3, 1.5, 1.2]))
    assert pd.DataFrame(rows).mean().tolist() == pytest.approx([-3, 1.5, 1.2], abs=0.15)
    assert pd.DataFrame(covered).mean().between(0.8, 1).all()


# ── found in review: numbers that looked sure and were not ──


def test_errors_that_mean_nothing_are_refused():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"y": rng.normal(size=20), "s": list("a" * 10 + "b" * 9 + "c"), "x": rng.normal(size=20)})
    with pytest.raises(OptionError, match=r"HC3.*19 exactly"):
        firm_regression(table, "y ~ s + x", errors="robust")
    assert firm_regression(table, "y ~ s + x").n == 20
    with pytest.raises(OptionError, match="residuals sum to zero in every group"):
        firm_regression(table, "y ~ s", errors="cluster", groups="s")  # p was 1e-31


@pytest.mark.parametrize("family", ["poisson", "negative_binomial", "logit"])
def test_a_level_without_any_count_has_no_estimate(family):
    counts = [0, 1, 0, 1, 1] if family == "logit" else [0, 1, 0, 5, 9]
    table = pd.DataFrame({"y": counts * 4 + [0] * 5, "s": list("a" * 20 + "b" * 5)})
    with pytest.raises(OptionError, match="no finite estimate"):
        firm_regression(table, "y ~ s", family=family)


def test_a_year_as_covariate_is_no_separation():
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"year": 2000 + np.arange(12) % 4, "y": rng.poisson(4.0, 12)})
    year = firm_regression(table, "y ~ year", family="poisson")
    shifted = firm_regression(table.assign(year=table["year"] - 2000), "y ~ year", family="poisson")
    assert year.estimates.loc["year", "se"] == pytest.approx(shifted.estimates.loc["year", "se"], rel=1e-6)
    firms = pd.DataFrame({"year": 2000 + np.arange(8) % 4}, index=pd.RangeIndex(8))
    pairs = [(i, j) for i in range(8) for j in range(i) if rng.random() < 0.4]
    net = Network(firms, pd.DataFrame(pairs, columns=["source", "target"]))
    moved = Network(firms - 2000, net.ties)
    one, other = (tie_model(of, "edges + nodecov('year')").estimates["se"]["nodecov.year"] for of in (net, moved))
    assert one == pytest.approx(other, rel=1e-5)


def test_a_permuted_outcome_without_estimate_is_a_hit():
    table = pd.DataFrame({"y": [0, 1] * 10 + [1, 0, 1], "s": list("a" * 20 + "b" * 3)})
    fit = firm_regression(table, "y ~ s", family="logit", permutation="outcome", draws=29, seed=1)
    # One to three of three firms with 1: only one or two have an estimate, and those are no nearer to 0.
    assert fit.estimates.loc["s[b]", "p_permutation"] == 1.0


def chain(n=30, rho=1.6):
    rng = np.random.default_rng(2)
    matrix = np.tril(rng.random((n, n)) < 0.2, -1).astype(float)
    w = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    x = rng.normal(size=n)
    return matrix, w, pd.DataFrame({"y": np.linalg.solve(np.eye(n) - rho * w, x + 0.3 * rng.normal(size=n)), "x": x})


def test_without_cycles_rho_may_exceed_one():
    # Nobody influences himself back: the determinant is 1, and maximum likelihood is least squares on y, Wy and x.
    matrix, w, table = chain()
    fit = network_autocorrelation(table, "y ~ x", matrix=matrix)
    right = np.column_stack([np.ones(len(table)), table["x"], w @ table["y"]])
    assert fit.estimates["estimate"].to_numpy() == pytest.approx(np.linalg.lstsq(right, table["y"])[0], abs=1e-6)
    assert fit.estimates.loc["rho", "estimate"] > 1.4


def test_a_likelihood_without_a_top_inside_is_refused():
    # A directed ring of three: the determinant is not zero at -1, so that rho can run there.
    ring = np.roll(np.eye(3), 1, axis=1)
    matrix = np.kron(np.eye(10), ring)
    x = np.random.default_rng(3).normal(size=30)
    table = pd.DataFrame({"y": np.linalg.solve(np.eye(30) + 1.5 * matrix, x), "x": x})
    with pytest.raises(NetworkError, match="rho runs to -1, the end of the admissible"):
        network_autocorrelation(table, "y ~ x", matrix=matrix)


def test_impacts_of_strong_influence_are_summed_to_their_end(monkeypatch):
    from clusternet.inference import _autocorrelation

    monkeypatch.setattr(_autocorrelation, "_TRACE_LIMIT", 100)
    n = 300
    rng = np.random.default_rng(1)
    one, other = np.triu_indices(n, 1)
    tied = rng.random(len(one)) < 6 / n
    matrix = np.zeros((n, n))
    matrix[one[tied], other[tied]] = matrix[other[tied], one[tied]] = 1
    w = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    x = rng.normal(size=n)
    table = pd.DataFrame({"y": np.linalg.solve(np.eye(n) - 0.97 * w, 1 + x + 0.1 * rng.normal(size=n)), "x": x})
    fit = network_autocorrelation(table, "y ~ x", matrix=matrix, estimator="gmm", seed=1)
    rho, slope = fit.estimates.loc["rho", "estimate"], fit.estimates.loc["x", "estimate"]
    inverse = np.linalg.inv(np.eye(n) - rho * w)
    assert fit.impacts.loc["x", "total"] == pytest.approx(slope * inverse.sum() / n, rel=1e-6)  # was a tenth short
    assert fit.impacts.loc["x", "direct"] == pytest.approx(slope * np.trace(inverse) / n, rel=0.03)


def test_lagrange_multipliers_bear_a_large_mean():
    n = 49
    rng = np.random.default_rng(3)
    ring = np.roll(np.eye(n), 1, axis=1) + np.roll(np.eye(n), 7, axis=1)
    y = rng.normal(size=n)
    near, far = (autocorrelation_tests(pd.DataFrame({"y": y + mean}), "y", matrix=ring + ring.T) for mean in (0, 1e8))
    assert far["statistic"]["lm_effects"] == pytest.approx(near["statistic"]["lm_disturbances"], rel=1e-5)
    assert far["statistic"][["lm_effects_robust", "lm_disturbances_robust", "lm_both"]].isna().all()


def test_a_term_that_no_pair_can_change_is_named():
    firms = pd.DataFrame({"s": list("aaaaaaaab")}, index=pd.RangeIndex(9))
    pairs = [(0, 1), (1, 2), (2, 3), (4, 5), (5, 8), (6, 7)]
    net = Network(firms, pd.DataFrame(pairs, columns=["source", "target"]))
    with pytest.raises(NetworkError, match=r"no pair could change 'nodematch\.s\.b'"):
        tie_model(net, "edges + nodematch('s', diff=TRUE)")


def test_siena_takes_true_and_false_of_one_mode_alone(tmp_path):
    net = Network.from_edges([("a", "b"), ("b", "c"), ("c", "d")])
    for cell in (np.nan, "False", 0.5):
        table = pd.DataFrame(False, index=list("abcd"), columns=list("abcd")).astype(object)
        table.loc["a", "c"] = table.loc["c", "a"] = cell
        with pytest.raises(NetworkError, match="true and false alone"):
            write_siena([net, net], tmp_path / "x", impossible=table)
    numbers = pd.DataFrame(0.0, index=list("abcd"), columns=list("abcd"))
    numbers.loc["a", "c"] = numbers.loc["c", "a"] = 1.0
    write_siena([net, net], tmp_path / "y", impossible=numbers)
    assert (tmp_path / "y" / "wave1.txt").read_text().splitlines()[0] == "0 1 10 0"
    with pytest.raises(NetworkError, match="both impossible and certain"):
        write_siena([net, net], tmp_path / "x", impossible=numbers, certain=numbers)
    modes = pd.DataFrame({"mode": ["firm", "firm", "agreement"]}, index=list("abX"))
    boards = Network(modes, pd.DataFrame({"source": ["a", "b"], "target": ["X", "X"]}))
    with pytest.raises(NetworkError, match="two-mode"):
        write_siena([boards, boards], tmp_path / "x")
