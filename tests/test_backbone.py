"""Significance of projections and of strengths: golden rows, hand calculations, enumeration, margins, refusals."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import clusternet as cn
import golden
from clusternet import Network, _compiled
from clusternet.build import backbone
from clusternet.errors import NetworkError, OptionError
from clusternet.network import _backbone, _fastball

MODELS = ("hypergeometric", "fixedcol", "fixedfill", "sdsm", "fdsm")


def two_mode(pairs, *, members=(), partners=()):
    firms = sorted({a for a, _ in pairs} | set(members))
    deals = sorted({b for _, b in pairs} | set(partners))
    table = pd.DataFrame({"mode": ["firm"] * len(firms) + ["deal"] * len(deals)}, index=firms + deals)
    return Network(table, pd.DataFrame(pairs, columns=["source", "target"]))


def of_matrix(matrix):
    return two_mode([(f"f{i}", f"d{j:02}") for i, j in zip(*np.nonzero(matrix), strict=True)])


def named(net, column="p"):
    """Return a value per pair under golden's names: the firm that comes first in the table comes first."""
    place = {firm: row for row, firm in enumerate(net.firms.index)}
    ties = net.ties
    ends = zip(ties["source"], ties["target"], ties["directed"], ties[column], strict=True)
    return {
        f"{a}|{b}" if directed or place[a] < place[b] else f"{b}|{a}": float(value) for a, b, directed, value in ends
    }


def margins_of(matrix):
    rows, n_rows = np.unique(matrix.sum(axis=1), return_counts=True)
    columns, n_columns = np.unique(matrix.sum(axis=0), return_counts=True)
    return rows, n_rows, columns, n_columns


# ── golden rows ──

MODE = [f"mode{mode}" for mode in (0, 1)]
PROJECTED = {  # key of southern_women: the definition that it holds
    "b.projection.{}.hypergeom_upper_p": {"backbone": "hypergeometric"},
    "b.backbone.fixedrow.{}.pupper": {"backbone": "hypergeometric"},
    "b.backbone.fixedrow.{}.edges_alpha05": {"backbone": "hypergeometric"},
    "b.backbone.fixedcol.{}.pupper": {"backbone": "fixedcol", "tail": "normal"},
    "b.backbone.fixedcol.{}.edges_alpha05": {"backbone": "fixedcol", "tail": "normal"},
    "b.backbone.fixedfill.{}.pupper": {"backbone": "fixedfill"},
    "b.backbone.fixedfill.{}.edges_alpha05": {"backbone": "fixedfill"},
    "b.backbone.sdsm.{}.pupper": {"backbone": "sdsm", "tail": "normal"},
    "b.backbone.sdsm.{}.edges_alpha05": {"backbone": "sdsm", "tail": "normal"},
    "b.backbone.sdsm_exact.{}.pupper": {"backbone": "sdsm", "tail": "exact"},
    "b.backbone.disparity.{}.pupper": {},
    "b.backbone.disparity.{}.edges_alpha05": {},
}


def all_pairs(net, found, *, nothing_shared=1.0):
    """Add the pairs that share nothing, which a projection does not list: P(X >= 0) is 1."""
    return {f"{a}|{b}": found.get(f"{a}|{b}", nothing_shared) for a, b in itertools.combinations(net.firms.index, 2)}


@pytest.mark.reference
@pytest.mark.parametrize("mode", [0, 1])
@pytest.mark.parametrize("key", PROJECTED)
def test_golden_projection(key, mode):
    golden.require()
    key, options = key.format(MODE[mode]), PROJECTED[key]
    row = golden.Row("southern_women", key, golden.values("southern_women")[key])
    net = golden.load_network("southern_women", "b")
    keep = "significant" if key.endswith("edges_alpha05") else "all"
    made = net.project(mode, keep=keep, **options) if options else backbone(net.project(mode), keep=keep)
    if keep == "significant":
        assert sorted(named(made)) == sorted(row.entry["value"])
        return
    shares = net.project(mode)
    assert made.ties["strength"].equals(shares.ties["strength"])
    if key.startswith("b.backbone.fixedcol"):
        # The approximation says .993 and .995 where nothing is shared; by definition it is 1. The rest agrees.
        zero = _backbone._refined_normal(*fixedcol_classes(net, mode), *np.array([[0], [1], [0]]))[0]
        assert 0.99 < zero < 1
        golden.check(row, all_pairs(made, named(made), nothing_shared=float(zero)))
        return
    golden.check(row, all_pairs(made, named(made)))


def fixedcol_classes(net, mode):
    by = "target" if mode == 0 else "source"
    size = net.ties[by].value_counts().to_numpy()
    n = int((net.firms["mode"] == mode).sum())
    return np.vstack([size * (size - 1) / (n * (n - 1)), np.ones(len(size))]), np.ones(len(size), dtype=np.int64)


@pytest.mark.reference
def test_golden_bicm():
    golden.require()
    net = golden.load_network("southern_women", "b")
    held, filled = net.ties["source"].value_counts(), net.ties["target"].value_counts()
    rows, n_rows = np.unique(held, return_counts=True)
    columns, n_columns = np.unique(filled, return_counts=True)
    chance = pd.DataFrame(_backbone.bicm(rows, n_rows, columns, n_columns), index=rows, columns=columns)
    entry = golden.values("southern_women")["b.bicm.probabilities"]
    found = {a: {b: float(chance.loc[held[a], filled[b]]) for b in filled.index} for a in held.index}
    golden.check(golden.Row("southern_women", "b.bicm.probabilities", entry), found)


WEIGHTED = golden.rows("uw.backbone") + golden.rows("dw.backbone")


@pytest.mark.reference
@pytest.mark.parametrize("row", WEIGHTED, ids=lambda row: f"{row.network} {row.key}")
def test_golden_disparity(row):
    net = golden.load_network(row.network, row.key.split(".", 1)[0])
    if row.key.endswith("edges_alpha05"):
        assert sorted(named(backbone(net))) == sorted(row.entry["value"])
    else:
        assert row.key.endswith(".disparity.p")
        golden.check(row, named(backbone(net, keep="all")))


@pytest.mark.reference
def test_every_golden_row_is_covered():
    golden.require()
    walked = {key.format(mode) for key in PROJECTED for mode in MODE} | {"b.bicm.probabilities"}
    there = {row.key for prefix in ("b.backbone", "b.bicm") for row in golden.rows(prefix)}
    there |= {row.key for row in golden.rows("b.projection") if "hypergeom" in row.key}
    assert there == walked
    assert len(walked) == 25
    others = {row.key for row in golden.rows() if "backbone" in row.key} - there
    assert others == {row.key for row in WEIGHTED}
    assert len(WEIGHTED) == 16


@pytest.mark.reference
@pytest.mark.parametrize("mode", [0, 1])
def test_exact_and_normal_tails_of_a_small_network_are_close(mode):
    golden.require()
    net = golden.load_network("southern_women", "b")
    for model in ("sdsm", "fixedcol"):
        exact, normal = (net.project(mode, backbone=model, keep="all", tail=tail).ties["p"] for tail in TAILS)
        assert 0.003 < (exact - normal).abs().max() < 0.022  # the bound of CONVENTIONS.md 33


TAILS = ("exact", "normal")


@pytest.mark.reference
def test_the_models_differ():
    golden.require()
    net = golden.load_network("southern_women", "b")
    p = {model: net.project(0, backbone=model, keep="all", seed=1).ties["p"] for model in MODELS}
    for one, other in itertools.combinations(MODELS, 2):
        assert (p[one] - p[other]).abs().max() > 0.05 or {one, other} == {"fixedcol", "fixedfill"}
    assert (p["fixedcol"] - p["fixedfill"]).abs().max() > 0.03


# ── nulls against enumeration ──

TINY = np.array([[1, 1, 1, 0, 0], [1, 1, 0, 0, 0], [0, 1, 0, 1, 0], [0, 0, 1, 0, 1]])


def matrices(rows, columns):
    """List every 0/1 matrix with these totals."""
    choices = [list(itertools.combinations(range(len(columns)), r)) for r in rows]
    for picks in itertools.product(*choices):
        matrix = np.zeros((len(rows), len(columns)), dtype=int)
        for row, pick in enumerate(picks):
            matrix[row, list(pick)] = 1
        if (matrix.sum(axis=0) == columns).all():
            yield matrix


def test_fdsm_is_the_share_of_all_networks_with_these_margins():
    every = np.array([m @ m.T for m in matrices(TINY.sum(axis=1), TINY.sum(axis=0))])
    assert len(every) == 120
    seen = TINY @ TINY.T
    assert (every[:, 0, 1] >= seen[0, 1]).mean() == 22 / 120
    draws = 8000
    made = of_matrix(TINY).project("firm", backbone="fdsm", keep="all", draws=draws, seed=3)
    for pair, p in named(made).items():
        i, j = (int(name[1:]) for name in pair.split("|"))
        expected = (every[:, i, j] >= seen[i, j]).mean()
        assert p == pytest.approx(expected, abs=4 * math.sqrt(0.25 / draws) + 1 / draws)
    assert made.settings["backbone"] == {
        "model": "fdsm", "alpha": 0.05, "correction": "none", "keep": "all", "tests": 6,
        "draws": 8000, "seed": 3, "trades_per_row": 10,
    }  # fmt: skip


def drawn(matrix, draws, seed):
    row, column = np.nonzero(matrix)
    chain = _fastball.Fastball(row, column, matrix.shape[1], np.random.default_rng(seed))
    for _ in range(draws):
        chain.trade(_backbone.TRADES_PER_ROW * chain.n_rows)
        made = np.zeros_like(matrix)
        made[np.repeat(np.arange(chain.n_rows), np.diff(chain.indptr)), chain.indices] = 1
        yield made


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)])
@pytest.mark.parametrize("turned", [False, True])
def test_fastball_draws_every_network_with_these_margins_alike(seed, turned):
    matrix = TINY.T if turned else TINY
    every = [m.tobytes() for m in matrices(matrix.sum(axis=1), matrix.sum(axis=0))]
    found = dict.fromkeys(every, 0)
    for made in drawn(matrix, 12_000, seed):
        found[made.tobytes()] += 1  # a KeyError would be a network with other margins
    assert stats.chisquare(list(found.values())).pvalue > 1e-3


def test_fastball_keeps_margins_and_does_not_depend_on_the_compiler(monkeypatch):
    rng = np.random.default_rng(5)
    matrix = (rng.random((30, 40)) < rng.random(40) * 0.6).astype(int)
    matrix = matrix[matrix.sum(axis=1) > 0]
    plain = list(drawn(matrix, 3, 9))
    for made in plain:
        assert (made.sum(axis=0) == matrix.sum(axis=0)).all()
        assert (made.sum(axis=1) == matrix.sum(axis=1)).all()
    assert not (plain[0] == matrix).all()
    monkeypatch.setattr(_compiled, "COMPILE_ABOVE", -1)
    for compiled, made in zip(drawn(matrix, 3, 9), plain, strict=True):
        assert (compiled == made).all()
    # Random numbers that run out in the middle are drawn anew, and the trades go on.
    monkeypatch.setattr(_fastball, "CHANCES", 50)
    for made in drawn(matrix, 3, 9):
        assert (made.sum(axis=0) == matrix.sum(axis=0)).all()


@pytest.mark.parametrize("model", ["sdsm", "fdsm", "fixedcol"])
def test_compiled_and_plain_kernels_give_the_same(model, monkeypatch):
    net = of_matrix(TINY)
    plain = net.project("firm", backbone=model, keep="all", draws=50, seed=1)
    monkeypatch.setattr(_compiled, "_compiled", {})
    monkeypatch.setattr(_compiled, "COMPILE_ABOVE", -1)
    compiled = net.project("firm", backbone=model, keep="all", draws=50, seed=1)
    assert _compiled._compiled
    assert compiled.ties["p"].tolist() == pytest.approx(plain.ties["p"].tolist(), rel=1e-13)


def test_fdsm_repeats_with_its_seed():
    net = of_matrix(np.random.default_rng(1).integers(0, 2, (8, 9)))
    first = net.project("firm", backbone="fdsm", keep="all", draws=40)
    seed = first.settings["backbone"]["seed"]
    assert net.project("firm", backbone="fdsm", keep="all", draws=40, seed=seed).equals(first)
    assert not net.project("firm", backbone="fdsm", keep="all", draws=40, seed=seed + 1).equals(first)
    assert first.ties["p"].between(1 / 41, 1).all()


def test_fixedfill_and_hypergeometric_by_enumeration():
    matrix = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]])
    net = two_mode([("a", "x"), ("a", "y"), ("b", "x"), ("b", "y"), ("c", "z")])
    cells = list(itertools.combinations(range(9), 5))
    both = [sum(c in pick and c + 3 in pick for c in range(3)) for pick in cells]
    assert matrix.sum() == 5
    expected = sum(x >= 2 for x in both) / len(cells)
    assert named(net.project("firm", backbone="fixedfill", keep="all")) == {"a|b": pytest.approx(expected, rel=1e-12)}
    # Of the 3 ways b's two deals can lie, one is a's: 1 / 3.
    assert named(net.project("firm", backbone="hypergeometric", keep="all")) == {"a|b": pytest.approx(1 / 3, rel=1e-12)}
    # Deals x and y have two of three firms: each holds both a and b with chance 2 / 6. P(both) = 1 / 9.
    assert named(net.project("firm", backbone="fixedcol", keep="all")) == {"a|b": pytest.approx(1 / 9, rel=1e-12)}


@settings(max_examples=25)
@given(
    st.integers(1, 60), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=8), st.data()
)
def test_hypergeometric_is_scipys(n, sizes, data):
    low = np.array([min(a, b, n) for a, b in sizes])
    high = np.array([min(max(a, b), n) for a, b in sizes])
    shared = np.array([data.draw(st.integers(max(0, a + b - n), a)) for a, b in zip(low, high, strict=True)])
    found = _backbone._hypergeometric(_backbone._Few(low, high, shared, np.arange(len(low))), n)
    assert found == pytest.approx(stats.hypergeom.sf(shared - 1, n, low, high), rel=1e-10)


def exact_sum(chances, least):
    """P(X >= least) of a sum of coins, in fractions."""
    mass = [Fraction(1)]
    for p in map(Fraction, chances):
        mass = [a * (1 - p) + b * p for a, b in zip([*mass, 0], [0, *mass], strict=True)]
    return float(sum(mass[least:]))


@pytest.mark.parametrize("scale", [1.0, 0.2, 1e-3])
def test_exact_tail_keeps_its_digits(scale):
    rng = np.random.default_rng(4)
    chance = np.vstack([rng.random(6) * scale, rng.random(6), np.array([1.0, 1.0, 0.5, 0.0, 1.0, 0.9])])
    times = np.array([1, 3, 8, 2, 1, 5])
    one, other = np.array([0, 0, 0, 0, 0, 1, 2, 2]), np.array([1, 1, 1, 1, 2, 1, 2, 2])
    shared = np.array([1, 3, 7, 20, 2, 5, 5, 20])
    found = _backbone._poisson_binomial(chance, times, one, other, shared, "exact")
    for i, j, least, p in zip(one, other, shared, found, strict=True):
        coins = [float(q) for q, n in zip(chance[i] * chance[j], times, strict=True) for _ in range(n)]
        assert p == pytest.approx(exact_sum(coins, least), rel=1e-10)
    assert found[3] < (1e-3 if scale == 1 else 1e-9)


def test_exact_tail_of_many_alike_columns():
    # 40,000 coins of chance .3: (1 - p) to that power is no float any more.
    chance, times = np.array([[0.6], [0.5]]), np.array([40_000])
    shared = np.array([11_000, 12_000, 12_300, 13_000])
    zero, one = np.zeros(4, dtype=int), np.ones(4, dtype=int)
    found = _backbone._poisson_binomial(chance, times, zero, one, shared, "exact")
    assert found == pytest.approx(stats.binom.sf(shared - 1, 40_000, 0.3), rel=1e-7)
    normal = _backbone._poisson_binomial(chance, times, zero, one, shared, "normal")
    assert normal == pytest.approx(found, abs=1e-4)


def test_an_exact_tail_that_takes_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(_backbone, "EXACT_BELOW", 10)
    net = of_matrix(TINY)
    with pytest.raises(NetworkError, match=r"steps; use backbone='fdsm'"):
        net.project("firm", backbone="sdsm")
    assert len(net.project("firm", backbone="sdsm", tail="normal", keep="all").ties) == 4


# ── BiCM ──


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.integers(1, 12), st.integers(1, 12))
def test_bicm_keeps_the_margins(seed, height, width):
    rng = np.random.default_rng(seed)
    matrix = (rng.random((height, width)) < rng.random()).astype(int)
    matrix = matrix[matrix.sum(axis=1) > 0][:, matrix.sum(axis=0) > 0]
    if not matrix.size:
        return
    rows, n_rows, columns, n_columns = margins_of(matrix)
    chance = _backbone.bicm(rows, n_rows, columns, n_columns)
    assert chance @ n_columns == pytest.approx(rows, rel=1e-10)
    assert n_rows @ chance == pytest.approx(columns, rel=1e-10)
    # Odds factor into a row and a column: the form of the maximum-entropy model.
    inner = (chance > 1e-6).all(axis=1)[:, None] & (chance < 1 - 1e-6).all(axis=1)[:, None]
    odds = np.log(chance / (1 - np.minimum(chance, 1 - 1e-16)))[inner[:, 0]]
    if len(odds) > 1:
        assert odds - odds[0] == pytest.approx((odds - odds[0])[:, :1] * np.ones(odds.shape[1]), abs=1e-6)


@pytest.mark.parametrize(
    "matrix",
    [
        np.ones((3, 2)),
        np.array([[1, 1], [1, 0]]),
        np.triu(np.ones((5, 5))),
        # Rows 1 and 2 hold columns 1 and 2 in every matrix with these margins, and 3 and 4 never hold 3 and 4.
        np.array([[1, 1, 1, 0], [1, 1, 0, 1], [1, 0, 0, 0], [0, 1, 0, 0]]),
    ],
    ids=["full", "corner", "nested", "block"],
)
def test_bicm_of_margins_that_force_cells(matrix):
    rows, n_rows, columns, n_columns = margins_of(matrix.astype(int))
    chance = _backbone.bicm(rows, n_rows, columns, n_columns)
    assert chance @ n_columns == pytest.approx(rows, rel=1e-10)
    every = np.mean(list(matrices(matrix.sum(axis=1).astype(int), matrix.sum(axis=0).astype(int))), axis=0)
    found = chance[np.searchsorted(rows, matrix.sum(axis=1))][:, np.searchsorted(columns, matrix.sum(axis=0))]
    assert found == pytest.approx(every, abs=1e-9)  # here both models agree


def test_bicm_tells_when_it_fails(monkeypatch):
    monkeypatch.setattr(_backbone, "MOST_STEPS", 1)
    with pytest.raises(NetworkError, match="not found in 1 steps; use backbone='fdsm'"):
        of_matrix(TINY).project("firm", backbone="sdsm")


# ── correction ──


@pytest.mark.parametrize(("correction", "peer"), [("bonferroni", "bonferroni"), ("holm", "holm"), ("fdr", "fdr_bh")])
def test_correction_is_that_of_statsmodels_over_all_tests(correction, peer):
    from statsmodels.stats.multitest import multipletests

    p = np.random.default_rng(2).random(40) ** 4
    p[5] = p[6]
    expected = multipletests(np.concatenate([p, np.ones(25)]), method=peer)[1][:40]
    assert _backbone.adjusted(p, correction, 65) == pytest.approx(expected, rel=1e-12)
    gaps = np.insert(p, 3, np.nan)
    found = _backbone.adjusted(gaps, correction, 65)
    assert np.isnan(found[3])
    assert np.delete(found, 3) == pytest.approx(expected, rel=1e-12)
    assert _backbone.adjusted(np.empty(0), correction, 0).tolist() == []


def test_correction_decides_and_p_stays():
    golden.require()
    net = golden.load_network("southern_women", "b")
    every = net.project(0, backbone="hypergeometric", keep="all").ties
    assert every["p_adjusted"].equals(every["p"].rename("p_adjusted"))
    sizes = {}
    for correction in ("none", "fdr", "holm", "bonferroni"):
        made = net.project(0, backbone="hypergeometric", correction=correction, alpha=0.2)
        rows = every.set_index(["source", "target"]).loc[pd.MultiIndex.from_frame(made.ties[["source", "target"]])]
        for column in ("strength", "n_shared", "p"):
            assert made.ties[column].tolist() == rows[column].tolist()
        assert (made.ties["p_adjusted"] <= 0.2).all()
        assert made.n_firms == 18
        assert made.settings["backbone"]["tests"] == 153
        sizes[correction] = made.n_ties
    assert sizes["none"] == (every["p"] <= 0.2).sum()
    assert sizes["none"] > sizes["fdr"] >= sizes["holm"] >= sizes["bonferroni"]
    bonferroni = net.project(0, backbone="hypergeometric", correction="bonferroni", keep="all").ties
    assert bonferroni["p_adjusted"].tolist() == pytest.approx(np.minimum(every["p"] * 153, 1).tolist())


# ── project: the frame around it ──


def test_newman_strength_stays_beside_p():
    net = of_matrix(TINY)
    plain, tested = net.project("firm", "newman"), net.project("firm", "newman", backbone="sdsm", keep="all")
    assert tested.ties.drop(columns=["p", "p_adjusted"]).equals(plain.ties)
    assert "backbone" not in plain.settings
    assert tested.settings["slices"] == ("project(firm, newman, backbone=sdsm)",)
    assert tested.settings["backbone"] == {
        "model": "sdsm", "alpha": 0.05, "correction": "none", "keep": "all", "tests": 6, "tail": "exact",
    }  # fmt: skip


@pytest.mark.parametrize("model", MODELS)
def test_those_without_a_membership_play_no_part(model):
    pairs = [(f"f{i}", f"d{j}") for i, j in zip(*np.nonzero(TINY), strict=True)]
    net, more = two_mode(pairs), two_mode(pairs, members=["alone", "too"], partners=["empty"])
    one, other = (made.project("firm", backbone=model, keep="all", seed=2) for made in (net, more))
    assert named(one) == named(other)
    assert one.settings["backbone"] == other.settings["backbone"]
    assert "alone" in other.isolates


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("keep", ["significant", "all"])
def test_little_networks(model, keep):
    bare = Network(
        pd.DataFrame({"mode": ["firm", "deal"]}, index=["a", "x"]), pd.DataFrame(columns=["source", "target"])
    )
    assert bare.project("firm", backbone=model, keep=keep, draws=20).n_ties == 0
    lone = two_mode([("a", "x")]).project("firm", backbone=model, keep=keep, draws=20)
    assert (lone.n_firms, lone.n_ties, lone.settings["backbone"]["tests"]) == (1, 0, 0)
    apart = two_mode([("a", "x"), ("b", "y")]).project("firm", backbone=model, keep=keep, draws=20)
    assert (apart.n_firms, apart.n_ties, list(apart.ties.columns[-2:])) == (2, 0, ["p", "p_adjusted"])
    full = two_mode([("a", "x"), ("b", "x"), ("a", "y"), ("b", "y")]).project(
        "firm", backbone=model, keep=keep, alpha=1, draws=20
    )
    assert full.ties["p"].tolist() == pytest.approx([1.0], abs=1e-9)  # no other network has these margins


def test_a_tested_projection_survives_a_file(tmp_path):
    made = of_matrix(TINY).project("firm", backbone="fdsm", keep="all", draws=30, correction="fdr", seed=1)
    for name in ("a.graphml", "a.json"):
        back = Network.read(made.write(tmp_path / name))
        assert back.equals(made)
        assert back.settings["backbone"] == made.settings["backbone"]


def test_project_refuses():
    net = of_matrix(TINY)
    for options, words in (
        ({"backbone": "sdms"}, "backbone is 'sdms'; choose 'hypergeometric'.*, 'fdsm'.* Did you mean 'sdsm'"),
        ({"backbone": "sdsm", "alpha": 0}, "alpha is 0; give a share above 0 and up to 1"),
        ({"backbone": "sdsm", "alpha": True}, "alpha is True"),
        ({"backbone": "sdsm", "correction": "hommel"}, "correction is 'hommel'; choose 'none', 'bonferroni'"),
        ({"backbone": "sdsm", "keep": "some"}, "keep is 'some'; choose 'significant', 'all'"),
        ({"backbone": "sdsm", "tail": "fat"}, "tail is 'fat'"),
        ({"backbone": "hypergeometric", "tail": "normal"}, "is for 'sdsm' and 'fixedcol'"),
        ({"backbone": "fdsm", "draws": 0}, "draws is 0"),
        ({"backbone": "fdsm", "draws": 2.5}, "draws is 2.5"),
        ({"backbone": "fdsm", "seed": -1}, "seed is -1"),
        ({"alpha": 0.01}, "belong to a test; name its null model in backbone="),
        ({"correction": "fdr"}, "belong to a test"),
        ({"backbone": "fdsm", "draws": 18}, "no p is below 0.053.* ask for draws=19"),
        ({"backbone": "fdsm", "draws": 118, "correction": "holm"}, "for 6 tests; ask for draws=119"),
        ({"backbone": "fdsm", "draws": 28, "correction": "fdr"}, "ask for draws=29"),
    ):
        with pytest.raises(OptionError, match=words):
            net.project("firm", **options)
    net.project("firm", backbone="fdsm", draws=119, correction="holm")  # enough
    net.project("firm", backbone="fdsm", draws=2, correction="holm", keep="all")


# ── ties with strengths ──

# Ada 90 + 5 + 5, Cy 5 + 5, Di 5 + 5, Bo 90 alone.
TIES = [("Ada", "Bo", 90), ("Ada", "Cy", 5), ("Ada", "Di", 5), ("Cy", "Di", 5)]


def test_disparity_by_hand():
    made = backbone(Network.from_edges(TIES), keep="all")
    # Ada-Bo: (1 - .9)^2 at Ada, 1 at Bo. Ada-Cy: (1 - .05)^2 at Ada, (1 - .5)^1 at Cy.
    assert made.ties["p"].tolist() == pytest.approx([0.01, 0.5, 0.5, 0.5], rel=1e-12)
    kept = backbone(Network.from_edges(TIES))
    assert named(kept) == {"Ada|Bo": pytest.approx(0.01)}
    assert kept.n_firms == 4
    assert kept.settings["slices"] == ("backbone(disparity)",)
    assert kept.settings["backbone"] == {
        "method": "disparity", "alpha": 0.05, "correction": "none", "keep": "significant", "tests": 4,
    }  # fmt: skip
    assert backbone(Network.from_edges(TIES), correction="bonferroni", alpha=0.039).n_ties == 0
    assert backbone(Network.from_edges(TIES), correction="bonferroni", alpha=0.041).ties["p_adjusted"].tolist() == [
        pytest.approx(0.04)
    ]


def test_disparity_by_hand_directed():
    # a sends 6 of 8 to b; b receives 6 of 7. a -> b: min(1 - 6/8, 1 - 6/7) = 1/7. a -> c: min(1 - 2/8, c's only) = 3/4.
    made = backbone(Network.from_edges([("a", "b", 6), ("a", "c", 2), ("c", "b", 1)], directed=True), keep="all")
    assert made.ties["p"].tolist() == pytest.approx([1 / 7, 3 / 4, 6 / 7], rel=1e-12)
    # Without direction the tie x counts both ways: as a -> b with 1 - 6/8 and 1 - 6/7, and as b -> a, the only one.
    ties = pd.DataFrame(
        {
            "source": ["b", "a", "c", "a"],
            "target": ["a", "c", "b", "a"],
            "strength": [6.0, 2, 1, 9],
            "directed": [False, True, True, True],
        },
        index=["x", "y", "z", "loop"],
    )
    mixed = backbone(Network(["a", "b", "c"], ties), keep="all").ties["p"]
    assert mixed[["x", "y", "z"]].tolist() == pytest.approx([1 / 7, 3 / 4, 6 / 7], rel=1e-12)
    assert math.isnan(mixed["loop"])


def by_hand_noise_corrected(n, a, b, total):
    """The formulas of Coscia and Neffke in fractions; returns lift, posterior chance, and lift / sd."""
    n, a, b, total = map(Fraction, (n, a, b, total))
    kappa = total / (a * b)
    mean = a * b / total**2
    variance = a * b * (total - a) * (total - b) / (total**2 * (total - 1)) / total**2
    alpha = mean**2 / variance * (1 - mean) - mean
    beta = mean / variance * (1 - mean) ** 2 - (1 - mean)
    chance = (alpha + n) / (alpha + beta + total)
    slope = 2 * (kappa + n * (1 / (a * b) - total * (a + b) / (a * b) ** 2)) / (kappa * n + 1) ** 2
    lift = (kappa * n - 1) / (kappa * n + 1)
    return lift, chance, float(lift) / math.sqrt(float(total * chance * (1 - chance) * slope**2))


def test_noise_corrected_by_hand():
    # Undirected ab 6, ac 2, bc 1, cd 3: totals a 8, b 7, c 6, d 3, in all 24. Tie ab: k = 24 / 56 = 3/7,
    # lift (18/7 - 1) / (18/7 + 1) = 11/25; mean 7/72; variance 7/72 * 16 * 17 / (24^2 * 23) = 119/59616.
    # A Beta distribution with these has alpha + beta = 7/72 * 65/72 * 59616/119 - 1 = 1461/34. With 6 of 24 seen q is
    # (7/72 * 1461/34 + 6) / (1461/34 + 24) = .15197, Var(n) = 24 q (1 - q) = 3.0930. d lift / dn = 2 (3/7 + 6 (1/56 -
    # 24 * 15 / 56^2)) / (18/7 + 1)^2 = -.024, so sd(lift) = .04221.
    ties = [("a", "b", 6), ("a", "c", 2), ("b", "c", 1), ("c", "d", 3)]
    totals = {"a": 8, "b": 7, "c": 6, "d": 3}
    lift, chance, z = by_hand_noise_corrected(6, 8, 7, 24)
    assert lift == Fraction(11, 25)
    mean, variance = Fraction(7, 72), Fraction(7 * 8 * 16 * 17, 24**4 * 23)
    whole = mean * (1 - mean) / variance - 1
    assert whole == Fraction(1461, 34)
    assert chance == (mean * whole + 6) / (whole + 24)
    assert z == pytest.approx(0.44 / 0.04221, abs=2e-3)
    made = backbone(Network.from_edges(ties), method="noise_corrected", keep="all")
    expected = {f"{i}|{j}": stats.norm.sf(by_hand_noise_corrected(n, totals[i], totals[j], 24)[2]) for i, j, n in ties}
    assert named(made) == {pair: pytest.approx(p, rel=1e-10) for pair, p in expected.items()}
    assert named(backbone(Network.from_edges(ties), method="noise_corrected")).keys() == {"a|b", "c|d"}


def test_noise_corrected_by_hand_directed():
    # Sent a 8, c 4; received b 7, c 2, a 3: in all 12.
    ties = [("a", "b", 6), ("a", "c", 2), ("c", "b", 1), ("c", "a", 3)]
    sent, received = {"a": 8, "c": 4}, {"a": 3, "b": 7, "c": 2}
    made = backbone(Network.from_edges(ties, directed=True), method="noise_corrected", keep="all")
    expected = {f"{i}|{j}": stats.norm.sf(by_hand_noise_corrected(n, sent[i], received[j], 12)[2]) for i, j, n in ties}
    assert named(made) == {pair: pytest.approx(p, rel=1e-10) for pair, p in expected.items()}


def test_noise_corrected_without_any_surprise():
    # One sender and one receiver: exactly what the totals lead to expect.
    lone = backbone(Network.from_edges([("a", "b", 5)], directed=True), method="noise_corrected", keep="all").ties["p"]
    assert lone.tolist() == [0.5]
    with pytest.raises(NetworkError, match=r"add up to 0\.6, so they count nothing"):
        backbone(Network.from_edges([("a", "b", 0.3)]), method="noise_corrected")


def test_parallel_ties_share_the_p_of_their_pair_and_keep_all_else():
    firms = ["Ada", "Bo", "Cy", "Di"]
    ties = pd.DataFrame(
        {
            "source": ["Ada", "Bo", "Ada", "Di", "Cy", "Ada"],
            "target": ["Bo", "Ada", "Cy", "Ada", "Di", "Ada"],
            "layer": ["alliance", "supply", "alliance", "alliance", "alliance", "alliance"],
            "strength": [60.0, 30, 5, 5, 5, 7],
            "start": pd.to_datetime(["2020-01-01"] * 6),
            "note": list("uvwxyz"),
        },
        index=[10, 20, 30, 40, 50, 60],
    )
    lineage = pd.DataFrame({"record": ["r1", "r2", "r3"]}, index=pd.Index([10, 20, 30], name="tie"))
    net = Network(firms, ties, lineage=lineage, settings={"rule": 1})
    kept = backbone(net)
    assert kept.ties.drop(columns=["p", "p_adjusted"]).equals(net.ties.loc[[10, 20]])
    assert kept.ties["p"].tolist() == pytest.approx([0.01, 0.01])
    assert kept.lineage(20)["record"].tolist() == ["r2"]
    assert kept.settings["rule"] == 1
    every = backbone(net, keep="all")
    assert every.n_ties == 6
    assert math.isnan(every.ties.loc[60, "p_adjusted"])  # a loop
    assert net.ties.columns.tolist() == [*net.ties.columns]
    assert "p" not in net.ties
    again = backbone(every, method="noise_corrected", keep="all")
    assert list(again.ties.columns) == list(every.ties.columns)
    assert not again.ties["p"].equals(every.ties["p"])


def test_backbone_of_nothing():
    for net in (Network.from_edges([]), Network.from_edges([], firms=["a"]), Network.from_edges([("a", "a", 2)])):
        for method in ("disparity", "noise_corrected"):
            made = backbone(net, method=method, correction="fdr")
            assert (made.n_firms, made.n_ties, list(made.ties.columns[-2:])) == (net.n_firms, 0, ["p", "p_adjusted"])


def test_backbone_refuses():
    net = Network.from_edges(TIES)
    with pytest.raises(OptionError, match="method is 'sdsm'; choose 'disparity', 'noise_corrected'"):
        backbone(net, method="sdsm")
    with pytest.raises(OptionError, match="alpha is 5"):
        backbone(net, alpha=5)
    with pytest.raises(NetworkError, match=r"two-mode; test its projection with net.project\(mode, backbone='sdsm'"):
        backbone(of_matrix(TINY))
    assert cn.backbone is backbone


# ── size and power ──


@pytest.mark.slow
@pytest.mark.parametrize("model", ["sdsm", "fdsm", "hypergeometric"])
def test_p_is_no_smaller_than_chance_under_the_null_and_finds_a_planted_pair(model):
    rng = np.random.default_rng(8)
    held = rng.integers(4, 30, 40)
    pulls = rng.random(120) ** 2 + 0.1 if model != "hypergeometric" else np.ones(120)
    share, planted = [], []
    for draw in range(25):
        matrix = np.array(
            [np.isin(np.arange(120), rng.choice(120, h, replace=False, p=pulls / pulls.sum())) for h in held]
        )
        p = of_matrix(matrix).project("firm", backbone=model, keep="all", draws=199, seed=draw).ties["p"]
        share.append((p <= 0.05).sum() / (40 * 39 / 2))
        matrix[1] = matrix[0]
        planted.append(named(of_matrix(matrix).project("firm", backbone=model, keep="all", draws=199, seed=1))["f0|f1"])
    assert 0.005 < np.mean(share) < 0.055
    assert max(planted) < 0.02


# ── at full size ──


@pytest.fixture(scope="module")
def consortia():
    path = Path(__file__).resolve().parents[2] / "shared" / "data" / "h2020_2020" / "h2020.csv.gz"
    if not path.exists():
        pytest.skip("shared/data/h2020_2020 is absent")
    frame = pd.read_csv(path, usecols=["rcn", "pic"])
    firm, deal = "o" + frame["pic"].astype(str), "p" + frame["rcn"].astype(str)
    modes = pd.DataFrame(
        {"mode": ["firm"] * firm.nunique() + ["deal"] * deal.nunique()}, index=[*firm.unique(), *deal.unique()]
    )
    return Network(modes, pd.DataFrame({"source": firm, "target": deal}))


@pytest.mark.slow
@pytest.mark.reference
def test_all_consortia_of_horizon_2020(consortia):
    net = consortia
    assert (net.firms["mode"].value_counts()["firm"], net.firms["mode"].value_counts()["deal"]) == (35_871, 31_451)
    shared = net.project("firm")
    assert shared.n_ties == 796_670
    assert shared.n_firms - len(shared.isolates) == 31_665
    assert np.bincount(shared.component_codes()).max() == 31_152
    every = net.project("firm", backbone="hypergeometric", keep="all", correction="fdr").ties
    assert every["n_shared"].equals(shared.ties["n_shared"])
    assert every["p"].between(0, 1).all()
    held = net.ties.drop_duplicates(["source", "target"])["source"].value_counts()
    rows = every.iloc[np.linspace(0, len(every) - 1, 60).astype(int)]
    a, b = rows["source"].map(held), rows["target"].map(held)
    assert rows["p"].tolist() == pytest.approx(
        stats.hypergeom.sf(rows["n_shared"] - 1, 31_451, a, b).tolist(), rel=1e-8
    )
    assert (every["p_adjusted"] <= 0.05).sum() == 44_782
    sdsm = net.project("firm", backbone="sdsm", correction="fdr")
    assert sdsm.settings["backbone"]["tests"] == 35_871 * 35_870 // 2
    assert sdsm.n_ties == 19_076
