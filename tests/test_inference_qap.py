"""QAP, MRQAP, logistic QAP and CUG: golden rows, brute force over all orders, size and power."""

from __future__ import annotations

import functools
import itertools
import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import golden
from clusternet import Network, datasets, inference
from clusternet.errors import NetworkError, OptionError
from clusternet.inference import _dyads

if TYPE_CHECKING:
    from numpy.typing import NDArray

# ── golden rows ──


@functools.cache
def inference_values(name: str) -> dict[str, dict[str, Any]]:
    path = golden.GOLDEN / "values" / f"inference_{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))


def same(net: Network, column: str) -> pd.DataFrame:
    return inference.attribute_matrix(net, column)


def apart(net: Network, column: str) -> pd.DataFrame:
    return inference.attribute_matrix(net, column, rule="difference")


def total(net: Network, column: str) -> pd.DataFrame:
    return inference.attribute_matrix(net, column, rule="sum")


def turned(net: Network) -> pd.DataFrame:
    ids = net.firms.index
    return pd.DataFrame(net.adjacency.toarray().T, index=ids, columns=ids)


def model(name: str) -> tuple[Network, dict[str, Any]]:
    if name == "florentine":
        marriage, business = (
            golden.load_network("florentine_marriage", "u"),
            golden.load_network("florentine_business", "u"),
        )
        return business, {
            "marriage": marriage,
            "absdiff_wealth": apart(business, "wealth"),
            "sum_wealth": total(business, "wealth"),
        }
    if name == "krackhardt":
        net = golden.load_network("krackhardt_advice", "d")
        return net, {
            "friendship": golden.load_network("krackhardt_friendship", "d"),
            "reports": golden.load_network("krackhardt_reports", "d"),
            "same_dept": same(net, "dept"),
            "absdiff_tenure": apart(net, "tenure"),
        }
    if name == "lazega":
        net = golden.load_network("lazega_advice", "d")
        return net, {
            "cowork": golden.load_network("lazega_cowork", "d"),
            "friendship": golden.load_network("lazega_friendship", "d"),
            "same_office": same(net, "office"),
            "same_practice": same(net, "practice"),
            "absdiff_seniority": apart(net, "seniority"),
        }
    if name == "lazega36":
        net = golden.load_network("lazega36_cowork", "u")
        return net, {
            "same_practice": same(net, "practice"),
            "same_office": same(net, "office"),
            "same_gender": same(net, "gender"),
            "sum_seniority": total(net, "seniority"),
        }
    if name == "sampson":
        net = golden.load_network("sampson", "dw")
        return net, {"same_group": same(net, "group"), "transpose": turned(net)}
    net = golden.load_network("gen_pp120", "dw")
    return net, {"same_sector": same(net, "group"), "absdiff_x": apart(net, "x"), "transpose": turned(net)}


def renamed(frame: pd.Series) -> dict[str, float]:
    return {str(term): float(value) for term, value in frame.items()}


@pytest.mark.reference
@pytest.mark.parametrize(
    ("name", "first", "second", "view"),
    [
        ("florentine", "florentine_marriage", "florentine_business", "u"),
        ("krackhardt", "krackhardt_advice", "krackhardt_friendship", "d"),
        ("lazega", "lazega_advice", "lazega_friendship", "d"),
    ],
)
def test_golden_qap(name: str, first: str, second: str, view: golden.View) -> None:
    golden.require()
    values = inference_values(name)
    label = "marriage_business" if name == "florentine" else "advice_friendship"
    one, other = golden.load_network(first, view), golden.load_network(second, view)
    test = inference.qap_correlation(one, other, draws=5000, seed=1)
    assert test.observed == pytest.approx(values[f"{label}.gcor"]["value"], rel=1e-6)
    chance = values[f"{label}.qap_p"]["value"]
    assert test.p_more == pytest.approx(chance["p_ge"], abs=0.01)
    assert test.p_fewer == pytest.approx(chance["p_le"], abs=0.01)
    assert test.expected == pytest.approx(chance["perm_mean"], abs=0.01)
    assert float(test.draws.std()) == pytest.approx(chance["perm_sd"], abs=0.01)
    if name == "florentine":
        jaccard = inference.qap_correlation(one, other, statistic="jaccard", draws=1, seed=1)
        matching = inference.qap_correlation(one, other, statistic="matching", draws=1, seed=1)
        assert jaccard.observed == pytest.approx(values[f"{label}.jaccard"]["value"], rel=1e-6)
        assert 120 * (1 - matching.observed) == pytest.approx(values[f"{label}.hamming"]["value"])


@pytest.mark.reference
@pytest.mark.parametrize("method", ["dsp", "y"])
@pytest.mark.parametrize("name", ["florentine", "krackhardt", "lazega", "lazega36", "sampson", "gen_pp120"])
def test_golden_mrqap(name: str, method: str) -> None:
    golden.require()
    sna = {"dsp": "qapspp", "y": "qapy"}[method]
    values = inference_values(name)
    key = next((key for key in values if key.endswith(f"netlm.{sna}.estimates")), None)
    if key is None:
        pytest.skip(f"no golden row of {name} by {sna}")
    y, xs = model(name)
    made = inference.mrqap(y, xs, method=method, weights="strength", draws=4000, seed=3)  # type: ignore[arg-type]
    entry, found = values[key], made.coefficients
    got = {
        "coefficients": renamed(found["estimate"]),
        "tstat": renamed(found["statistic"]),
        "r2": made.r2,
        "n_dyads": made.n_cells,
        "df_residual": made.df,
    }
    golden.check(golden.Row(name, key, entry), got)
    chance = values[key.replace("estimates", "permutation_p")]["value"]
    for column, theirs in (("p", "p_two"), ("p_more", "p_ge"), ("p_fewer", "p_le")):
        for term in xs:
            assert found.loc[term, column] == pytest.approx(chance[theirs][term], abs=0.02), (term, column)
    assert found.loc["(intercept)", ["p", "p_more", "p_fewer"]].isna().all()


@pytest.mark.reference
@pytest.mark.parametrize(
    "name", ["florentine", "krackhardt", pytest.param("lazega36", marks=pytest.mark.slow), "sampson"]
)
def test_golden_logistic_qap(name: str) -> None:
    golden.require()
    values = inference_values(name)
    key = next(key for key in values if key.endswith("netlogit.estimates"))
    y, xs = model(name)
    made = inference.logistic_qap(y, xs, weights="strength", draws=500, seed=3)
    got = {
        "coefficients": renamed(made.coefficients["estimate"]),
        "se": renamed(made.coefficients["se"]),
        **{fit: float(made.fit[fit]) for fit in ("deviance", "aic", "bic")},
        "null_deviance": 2 * made.n_cells * math.log(2),  # sna's null has no intercept, ours has one
    }
    golden.check(golden.Row(name, key, values[key]), got)
    chance = values[key.replace("estimates", "permutation_p")]["value"]
    for term in xs:
        assert made.coefficients.loc[term, "p"] == pytest.approx(chance["p_two"][term], abs=0.05)
        assert made.coefficients.loc[term, "p_more"] == pytest.approx(chance["p_ge"][term], abs=0.05)


def gtrans(net: Network) -> float:
    """Share of two-paths i -> j -> k that i -> k closes."""
    matrix = net.simple().csr()
    paths = matrix @ matrix
    total = paths.sum() - paths.diagonal().sum()
    return float(paths.multiply(matrix).sum() / total) if total else float("nan")


def betweenness_spread(net: Network) -> float:
    """Freeman's centralization of raw betweenness."""
    values = np.array(net.igraph.betweenness())
    n = net.n_firms
    most = (n - 1) ** 2 * (n - 2) / (1 if net.is_directed else 2)
    return float((values.max() - values).sum() / most)


def mutual(net: Network) -> float:
    return float(net.igraph.reciprocity())


CUG = {"gtrans": gtrans, "centralization_betweenness": betweenness_spread, "grecip_edgewise": mutual}
CUG_NETWORKS = {
    "marriage": ("florentine", "florentine_marriage", "u"),
    "t1": ("kapferer", "kapferer_t1", "u"),
    "advice": ("krackhardt", "krackhardt_advice", "d"),
    "cowork": ("lazega36", "lazega36_cowork", "u"),
    "sampson": ("sampson", "sampson", "d"),
}


def check_cug(label: str, measure: str, mode: str, draws: int) -> bool:
    """Compare one golden CUG row; False if there is none."""
    name, network, view = CUG_NETWORKS[label]
    entry = inference_values(name).get(f"{label}.cug.{measure}.{mode}")
    if entry is None:
        return False
    condition = {"dyad.census": "dyads"}.get(mode, mode)
    net = golden.load_network(network, view)  # type: ignore[arg-type]
    test = inference.cug_test(net, CUG[measure], condition=condition, draws=draws, seed=1)  # type: ignore[arg-type]
    value = entry["value"]
    assert test.observed == pytest.approx(value["observed"], rel=1e-6)
    slack = 0.03 + 3 * 0.5 / math.sqrt(draws) * (draws < 1000)
    assert test.p_more == pytest.approx(value["p_ge"], abs=slack)
    assert test.p_fewer == pytest.approx(value["p_le"], abs=slack)
    noise = value["sim_sd"] * math.sqrt(1 / 2000 + 1 / draws)
    assert test.expected == pytest.approx(value["sim_mean"], abs=4 * noise)
    return True


@pytest.mark.reference
def test_golden_cug_quick() -> None:
    golden.require()
    rows = [
        ("marriage", "gtrans", "edges"),
        ("sampson", "gtrans", "dyad.census"),
        ("sampson", "grecip_edgewise", "size"),
    ]
    assert all(check_cug(label, measure, mode, 120) for label, measure, mode in rows)


@pytest.mark.slow
@pytest.mark.reference
def test_golden_cug() -> None:
    golden.require()
    modes = ("size", "edges", "dyad.census")
    done = [
        (label, measure, mode)
        for label, measure, mode in itertools.product(CUG_NETWORKS, CUG, modes)
        if check_cug(label, measure, mode, 400 if measure == "gtrans" else 120)
    ]
    assert len(done) == 28


# ── published ──


def test_florence_and_knoke() -> None:
    florence, knoke = datasets.load("florentine"), datasets.load("knoke")
    test = inference.qap_correlation(florence.layer("marriage"), florence.layer("business"), draws=100_000, seed=1)
    assert round(test.observed, 4) == 0.3719
    assert 0.0004 <= test.p_more <= 0.0011
    information, money = knoke.layer("information"), knoke.layer("money")
    test = inference.qap_correlation(information, money, seed=1)
    assert round(test.observed, 3) == -0.051
    assert test.p_more == pytest.approx(0.72, abs=0.02)
    assert test.n_cells == 90
    for statistic, value in (("matching", 0.456), ("jaccard", 0.183)):
        found = inference.qap_correlation(information, money, statistic=statistic, seed=1)  # type: ignore[arg-type]
        assert round(found.observed, 3) == value


# ── brute force ──


def moved(matrix: NDArray[np.float64], order: tuple[int, ...] | NDArray[np.int64]) -> NDArray[np.float64]:
    made = np.empty_like(matrix)
    for i in range(len(matrix)):
        for j in range(len(matrix)):
            made[order[i], order[j]] = matrix[i, j]
    return made


def statistic_of(x: NDArray[np.float64], y: NDArray[np.float64], *, directed: bool, statistic: str) -> float:
    n = len(x)
    cells = [(i, j) for i in range(n) for j in range(n) if (i != j if directed else i > j)]
    pairs = np.array([(x[c], y[c]) for c in cells if not (np.isnan(x[c]) or np.isnan(y[c]))])
    if statistic == "pearson":
        spread = pairs.std(axis=0) if len(pairs) else np.zeros(2)
        return float(np.corrcoef(pairs.T)[0, 1]) if (spread > 0).all() else np.nan
    if statistic == "matching":
        return float((pairs[:, 0] == pairs[:, 1]).mean())
    either = (pairs.sum(axis=1) > 0).sum()
    return float((pairs.sum(axis=1) == 2).sum() / either) if either else np.nan


def matrices(kind: str, *, directed: bool, gaps: bool, seed: int, n: int = 5) -> list[NDArray[np.float64]]:
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(3):
        matrix = rng.normal(3, 1, (n, n)) if kind == "valued" else (rng.random((n, n)) < 0.5).astype(float)
        if gaps:
            matrix[rng.random((n, n)) < 0.12] = np.nan
        made.append(matrix if directed else np.tril(matrix) + np.tril(matrix, -1).T)
    return made


@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("gaps", [True, False])
@pytest.mark.parametrize(
    ("kind", "statistic"),
    [("valued", "pearson"), ("binary", "pearson"), ("binary", "matching"), ("binary", "jaccard")],
)
def test_qap_goes_through_all_orders(kind: str, statistic: str, *, directed: bool, gaps: bool) -> None:
    x, y, _ = matrices(kind, directed=directed, gaps=gaps, seed=7)
    test = inference.qap_correlation(x, y, statistic=statistic, directed=directed)  # type: ignore[arg-type]
    assert test.exact
    assert test.settings.seed is None
    observed = statistic_of(x, y, directed=directed, statistic=statistic)
    every = [
        statistic_of(moved(x, order), y, directed=directed, statistic=statistic)
        for order in itertools.permutations(range(5))
    ]
    assert test.observed == pytest.approx(observed)
    np.testing.assert_allclose(np.sort([*test.draws, test.observed]), np.sort(every), atol=1e-12)
    hits = np.sum(np.array(every) >= observed - 1e-12)
    assert test.p_more == pytest.approx(hits / 120)


def t_statistics(y: NDArray[np.float64], xs: list[NDArray[np.float64]], cells: list[tuple[int, int]]) -> Any:
    rows = np.array([[y[cell], 1.0, *(x[cell] for x in xs)] for cell in cells])
    rows = rows[~np.isnan(rows).any(axis=1)]
    outcome, design = rows[:, 0], rows[:, 1:]
    if len(rows) <= design.shape[1] or np.linalg.matrix_rank(design) < design.shape[1]:
        return np.full(design.shape[1], np.nan)
    beta, *_ = np.linalg.lstsq(design, outcome, rcond=None)
    left = outcome - design @ beta
    variance = (left @ left) / (len(outcome) - design.shape[1]) * np.linalg.inv(design.T @ design)
    return beta / np.sqrt(np.diag(variance))


@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("gaps", [True, False])
@pytest.mark.parametrize("method", ["dsp", "y"])
def test_mrqap_goes_through_all_orders(method: str, *, directed: bool, gaps: bool) -> None:
    y, *xs = matrices("valued", directed=directed, gaps=gaps, seed=11, n=6 if gaps else 5)
    xs[1] = (xs[1] > 3).astype(float) if not gaps else xs[1]
    made = inference.mrqap(y, xs, method=method, directed=directed)  # type: ignore[arg-type]
    n = len(y)
    cells = [(i, j) for i in range(n) for j in range(n) if (i != j if directed else i > j)]
    known = [c for c in cells if not any(np.isnan(matrix[c]) for matrix in (y, *xs))]
    observed = t_statistics(y, xs, known)
    np.testing.assert_allclose(made.coefficients["statistic"], observed, rtol=1e-9)
    whole = [np.full((n, n), np.nan) for _ in xs]
    held = np.full((n, n), np.nan)
    for place, x in enumerate(xs):
        other = xs[1 - place]
        design = np.array([[1.0, other[c]] for c in known])
        target = np.array([x[c] for c in known])
        left = target - design @ np.linalg.lstsq(design, target, rcond=None)[0]
        for cell, value in zip(known, left, strict=True):
            whole[place][cell] = value
            if not directed:
                whole[place][cell[::-1]] = value
    for cell in known:
        held[cell] = y[cell]
        if not directed:
            held[cell[::-1]] = y[cell]
    every = []
    for order in list(itertools.permutations(range(n)))[1:]:
        if method == "y":
            every.append(t_statistics(moved(held, order), xs, known)[1:])
        else:
            row = []
            for place in range(2):
                swapped = list(xs)
                swapped[place] = moved(whole[place], order)
                row.append(t_statistics(y, swapped, known)[place + 1])
            every.append(row)
    np.testing.assert_allclose(made.draws.to_numpy(), every, rtol=1e-6, atol=1e-8)
    hits = ((np.abs(every) >= np.abs(observed[1:]) - 1e-12) | np.isnan(every)).sum(axis=0)
    np.testing.assert_allclose(made.coefficients["p"].iloc[1:], (hits + 1) / math.factorial(n))


@pytest.mark.parametrize("method", ["dsp", "y"])
def test_logistic_against_statsmodels(method: str) -> None:
    import statsmodels.api as sm

    rng = np.random.default_rng(5)
    n = 14
    xs = [rng.normal(size=(n, n)), (rng.random((n, n)) < 0.4).astype(float)]
    y = (rng.random((n, n)) < 1 / (1 + np.exp(1 - xs[0]))).astype(float)
    made = inference.logistic_qap(y, xs, method=method, draws=6, seed=2, directed=True)  # type: ignore[arg-type]
    rows, columns = _dyads.Dyads(pd.RangeIndex(n), (y,), directed=True).cells
    flat = np.column_stack([np.ones(len(rows)), *(x[rows, columns] for x in xs)])
    fit = sm.Logit(y[rows, columns], flat).fit(disp=0)
    np.testing.assert_allclose(made.coefficients["estimate"], fit.params, rtol=1e-6)
    np.testing.assert_allclose(made.coefficients["se"], fit.bse, rtol=1e-4)
    assert made.r2 == pytest.approx(fit.prsquared)
    orders = next(_dyads.permutations(n, 6, np.random.default_rng(2), blocks=np.zeros(n, dtype=np.int64), exact=False))
    for run, order in enumerate(orders):
        if method == "y":
            again = sm.Logit(moved(y, order)[rows, columns], flat).fit(disp=0).tvalues[1:]
        else:
            again = []
            for place in (1, 2):
                others = np.delete(flat, place, axis=1)
                residual = np.zeros((n, n))
                residual[rows, columns] = sm.OLS(flat[:, place], others).fit().resid
                design = np.column_stack([others, moved(residual, order)[rows, columns]])
                again.append(sm.Logit(y[rows, columns], design).fit(disp=0).tvalues[-1])
        np.testing.assert_allclose(made.draws.iloc[run], again, rtol=1e-3)


@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("density", [0.1, 1.0])
@pytest.mark.parametrize("targets", [1, 4, 6])
def test_kernels_compiled_and_plain_agree_with_numpy(targets: int, density: float, *, directed: bool) -> None:
    rng = np.random.default_rng(3)
    n = 12

    def matrix() -> NDArray[np.float64]:
        made = rng.normal(size=(n, n)) * (rng.random((n, n)) < density)
        return made if directed else np.tril(made) + np.tril(made, -1).T

    one, several = matrix(), [matrix() for _ in range(targets)]
    orders = np.array([rng.permutation(n) for _ in range(9)])
    cells = np.tril_indices(n, -1) if not directed else np.nonzero(~np.eye(n, dtype=bool))
    expected = [[(_dyads.permuted(one, order)[cells] * t[cells]).sum() for t in several] for order in orders]
    for planned in (0, 10**9):  # plain, then compiled
        found = _dyads.cross_products(one, several, orders, directed=directed, planned=planned)
        np.testing.assert_allclose(found, expected, atol=1e-12)
    ones, other = (np.abs(one) > 0.5).astype(float), (np.abs(several[0]) > 0.5).astype(float)
    counted = [(_dyads.permuted(ones, order)[cells] * other[cells]).sum() for order in orders]
    for planned in (0, 10**9):
        found = _dyads.cross_products(ones, [other], orders, directed=directed, planned=planned)
        assert found[:, 0].tolist() == counted


# ── properties ──


def test_labels_are_matched() -> None:
    rng = np.random.default_rng(1)
    ids = [f"F{place}" for place in range(12)]
    x, y = (pd.DataFrame(rng.normal(size=(12, 12)), index=ids, columns=ids) for _ in range(2))
    shuffled = y.sample(frac=1, random_state=1).sample(frac=1, axis=1, random_state=2)
    one = inference.qap_correlation(x, y, draws=50, seed=4)
    two = inference.qap_correlation(x, shuffled, draws=50, seed=4)
    assert one.observed == two.observed
    assert one.draws.tolist() == two.draws.tolist()
    assert inference.mrqap(x, {"y": shuffled}, draws=5, seed=1).r2 == pytest.approx(one.observed**2)


def test_large_means_do_not_spoil_the_correlation() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, 30, 30))
    plain = inference.qap_correlation(x, y, draws=20, seed=1)
    far = inference.qap_correlation(x + 1e7, y - 1e7, draws=20, seed=1)
    assert far.observed == pytest.approx(plain.observed, abs=1e-7)
    np.testing.assert_allclose(far.draws, plain.draws, atol=1e-7)
    t = inference.mrqap(x + 1e6, {"y": y - 1e6}, draws=20, seed=1)
    u = inference.mrqap(x, {"y": y}, draws=20, seed=1)
    np.testing.assert_allclose(t.draws, u.draws, atol=1e-6)


def test_blocks_keep_firms_at_home() -> None:
    blocks = np.array([0, 1, 0, 1, 2, 2, 0])
    orders = next(_dyads.permutations(7, 200, np.random.default_rng(1), blocks=blocks, exact=False))
    assert (blocks[orders] == blocks).all()
    assert len(np.unique(orders, axis=0)) == 3 * 2 * 2 * 2
    # What the blocks alone explain is no finding within them.
    rng = np.random.default_rng(2)
    place = np.repeat([0, 1], 20)
    same_place = place[:, None] == place[None, :]

    def layer() -> NDArray[np.float64]:
        tied = np.tril(rng.random((40, 40)) < np.where(same_place, 0.5, 0.05), -1)
        return (tied + tied.T).astype(float)

    x, y = layer(), layer()
    assert inference.qap_correlation(x, y, draws=400, seed=1).p_more < 0.01
    assert inference.qap_correlation(x, y, within=place, draws=400, seed=1).p_more > 0.05
    held = inference.mrqap(y, [x], within=pd.Series(place), draws=400, seed=1)
    assert held.coefficients.loc["x1", "p"] > 0.05
    assert held.settings.parameters["within"] == 2


def test_attribute_matrix() -> None:
    firms = pd.DataFrame({"place": ["x", "y", "x", None], "size": [1.0, 4.0, 2.0, 8.0]}, index=list("ABCD"))
    net = Network(firms, pd.DataFrame({"source": [], "target": []}))
    made = inference.attribute_matrix(net, "place")
    assert (made.loc["A", "C"], made.loc["A", "B"]) == (1.0, 0.0)
    assert made.loc["D"].isna().all()
    assert np.isnan(np.diag(made)).all()
    values = {
        rule: inference.attribute_matrix(net, "size", rule=rule).loc["A", "B"]  # type: ignore[arg-type]
        for rule in ("difference", "sum", "product", "from", "to")
    }
    assert values == {"difference": 3.0, "sum": 5.0, "product": 4.0, "from": 1.0, "to": 4.0}
    with pytest.raises(OptionError, match="needs numbers"):
        inference.attribute_matrix(net, "place", rule="sum")


def test_refusals() -> None:
    ids = list("ABC")
    square = pd.DataFrame(np.arange(9.0).reshape(3, 3), index=ids, columns=ids)
    with pytest.raises(OptionError, match="square"):
        inference.qap_correlation(np.zeros((3, 2)), square)
    with pytest.raises(OptionError, match="lacks firms of the first matrix: 'C'"):
        inference.qap_correlation(square, square.rename(index={"C": "D"}, columns={"C": "D"}))
    with pytest.raises(OptionError, match="same firms as rows and columns"):
        inference.qap_correlation(square, square.rename(columns={"C": "D"}))
    with pytest.raises(OptionError, match="4 firms, the first matrix 3"):
        inference.qap_correlation(square, np.zeros((4, 4)))
    with pytest.raises(OptionError, match="needs cells of 0 and 1"):
        inference.qap_correlation(square, square, statistic="jaccard")
    with pytest.raises(OptionError, match="across the diagonal"):
        inference.qap_correlation(square, square, directed=False)
    with pytest.raises(NetworkError, match="do not vary"):
        inference.qap_correlation(square, np.ones((3, 3)))
    with pytest.raises(OptionError, match="exact enumeration"):
        inference.qap_correlation(np.eye(11), np.eye(11), exact=True)
    with pytest.raises(NetworkError, match="regressors need more"):
        inference.mrqap(np.eye(2), [square.iloc[:2, :2].to_numpy(), square.iloc[:2, :2].to_numpy()])
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, 12, 12))
    with pytest.raises(NetworkError, match="sum of others"):
        inference.mrqap(y, {"x": x, "double": 2 * x})
    with pytest.raises(NetworkError, match="x1 is 3 in every cell"):
        inference.mrqap(y, [np.full((12, 12), 3.0)])
    with pytest.raises(OptionError, match="empty"):
        inference.mrqap(y, {})
    with pytest.raises(OptionError, match="needs 0 and 1"):
        inference.logistic_qap(y, [x])
    with pytest.raises(NetworkError, match="does not settle"):
        inference.logistic_qap((x > 0).astype(float), {"x": x})
    with pytest.raises(OptionError, match="Series"):
        inference.cug_test(datasets.load("knoke"), "degree", draws=2)


def test_records_tell_their_numbers() -> None:
    net = datasets.load("florentine")
    test = inference.qap_correlation(net.layer("marriage"), net.layer("business"), draws=19, seed=1)
    assert test.to_frame().loc["pearson", ["n_firms", "n_cells", "exact"]].tolist() == [16, 120, False]
    assert test.settings.seed == 1
    made = inference.mrqap(net.layer("business"), {"marriage": net.layer("marriage")}, draws=19, seed=1)
    assert "marriage 0.3" in repr(made)
    assert made.to_frame().index.tolist() == ["(intercept)", "marriage"]
    assert made.draws.shape == (19, 1)


# ── size and power ──


def autocorrelated(rng: np.random.Generator, n: int = 20) -> NDArray[np.float64]:
    """Cells that share a firm go together, as in all networks."""
    firm = rng.normal(size=n)
    made = firm[:, None] + firm[None, :] + rng.normal(size=(n, n))
    return np.tril(made, -1) + np.tril(made, -1).T


@pytest.mark.slow
def test_p_values_are_uniform_when_nothing_goes_together() -> None:
    """600 pairs of unrelated, autocorrelated networks: QAP keeps its size, a test of cells does not."""
    from scipy import stats

    rng = np.random.default_rng(1)
    found, naive = [], []
    for seed in range(600):
        x, y = autocorrelated(rng), autocorrelated(rng)
        found.append(inference.qap_correlation(x, y, draws=199, seed=seed).p_more)
        cells = np.tril_indices(20, -1)
        naive.append(stats.pearsonr(x[cells], y[cells]).pvalue)
    jitter = np.array(found) - rng.random(600) / 200
    assert stats.kstest(jitter, "uniform").pvalue > 0.01
    assert np.mean(np.array(found) <= 0.05) == pytest.approx(0.05, abs=0.025)
    assert np.mean(np.array(naive) <= 0.05) > 0.15


@pytest.mark.slow
def test_semi_partialling_keeps_its_size_and_finds_what_is_there() -> None:
    """Collinear, autocorrelated regressors (r about .7): DSP rejects a void one in about 5 %, a real one often."""
    rng = np.random.default_rng(2)
    runs, void, real = 250, 0, 0
    for seed in range(runs):
        one = autocorrelated(rng)
        other = one + autocorrelated(rng)
        y = 0.5 * one + autocorrelated(rng)
        made = inference.mrqap(y, {"one": one, "other": other}, draws=199, seed=seed).coefficients["p"]
        void += made["other"] <= 0.05
        real += made["one"] <= 0.05
    assert 0.02 <= void / runs <= 0.09
    assert real / runs > 0.6


# ── two-mode networks ──


def memberships(seed: int) -> Network:
    rng = np.random.default_rng(seed)
    firms = pd.DataFrame({"mode": ["firm"] * 12 + ["agreement"] * 6}, index=[f"n{i}" for i in range(18)])
    one, other = np.nonzero(rng.random((12, 6)) < 0.3)
    ties = pd.DataFrame({"source": [f"n{i}" for i in one], "target": [f"n{12 + i}" for i in other]})
    return Network(firms, ties)


def test_two_mode_networks_are_refused():
    # Pairs within a mode have no tie in either, so that independent networks were called alike in half the cases.
    one, other = memberships(1), memberships(2)
    with pytest.raises(NetworkError, match=r"two-mode.*project"):
        inference.qap_correlation(one, other, draws=19, seed=1)
    with pytest.raises(NetworkError, match=r"two-mode.*project"):
        inference.mrqap(one, {"other": other}, draws=19, seed=1)
    with pytest.raises(NetworkError, match=r"two-mode.*project"):
        inference.logistic_qap(one, {"other": other}, draws=19, seed=1)
