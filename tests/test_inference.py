"""Null models drawn alike, tests against them, many tests at once, several clusters together."""

from __future__ import annotations

import itertools
import math
import warnings
from collections import Counter
from typing import Any

import joblib
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from clusternet import Network, _compiled, cohesion, inference
from clusternet.errors import NetworkError, OptionError
from clusternet.inference import _against
from clusternet.network import _rewiring
from clusternet.network._rewiring import Switching, Trading
from clusternet.result import NullTest, Settings

Pair = tuple[int, int]
NULLS = tuple(inference.NULLS)
ONE_MODE = tuple(null for null in NULLS if null != "two_mode")


def network(
    ties: list[Pair], n: int, *, directed: bool = False, firms: pd.DataFrame | None = None, **columns: Any
) -> Network:
    frame = pd.DataFrame(ties, columns=["source", "target"]).assign(directed=directed, **columns)
    return Network(range(n) if firms is None else firms, frame)


def ends(net: Network) -> frozenset[Pair]:
    graph = net.simple()
    return frozenset(zip(graph.source.tolist(), graph.target.tolist(), strict=True))


def triangles(net: Network) -> float:
    graph = net.simple("undirected")
    matrix = np.zeros((graph.n, graph.n))
    matrix[graph.source, graph.target] = 1
    return float((matrix @ matrix * matrix).sum())  # source < target: each triangle once


def options(null: str, firms: pd.DataFrame | None = None) -> dict[str, Any]:
    return {"place": "county"} if null == "places" else {}


# ── every network with these degrees, counted ──


def all_networks(ties: list[Pair], n: int, *, directed: bool, place: list[int] | None = None) -> set[frozenset[Pair]]:
    """All simple networks in which every firm has as many partners (in every place; in and out) as here."""

    def kept(edges: tuple[Pair, ...]) -> Counter[Any]:
        count: Counter[Any] = Counter()
        for a, b in edges:
            count[a, "out", place and place[b]] += 1
            count[b, "in" if directed else "out", place and place[a]] += 1
        return count

    pairs = list(itertools.permutations(range(n), 2) if directed else itertools.combinations(range(n), 2))
    wanted = kept(tuple(ties))
    return {frozenset(edges) for edges in itertools.combinations(pairs, len(ties)) if kept(edges) == wanted}


def evenness(found: Counter[Any], every: set[Any]) -> float:
    """p-value of equal chances; a network outside `every` fails."""
    assert set(found) <= every
    return float(stats.chisquare([found[one] for one in every]).pvalue)


CYCLE, FED = [(0, 1), (1, 2), (2, 0)], [(0, 1), (1, 2), (2, 0), (0, 3), (1, 3), (2, 3)]
CASES: dict[str, tuple[list[Pair], int, bool, list[int] | None, int]] = {
    "path": ([(0, 2), (2, 3), (3, 4), (4, 1)], 5, False, None, 7),
    "three-cycle": (CYCLE, 3, True, None, 2),
    "three-cycle that feeds": (FED, 4, True, None, 2),
    "arcs": ([(0, 1), (1, 2), (2, 0), (3, 1), (0, 3)], 4, True, None, 7),
    "two places": ([(0, 3), (1, 4), (2, 5), (0, 1)], 6, False, [0, 0, 0, 1, 1, 1], 6),
    "arcs in two places": ([(0, 1), (1, 2), (2, 0), (3, 1), (0, 3), (4, 2)], 5, True, [0, 0, 0, 1, 1], 4),
}
BIG_CASES: dict[str, tuple[list[Pair], int, bool, list[int] | None, int]] = {
    "ring with a chord": ([(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0), (0, 3)], 6, False, None, 54),
    "seven arcs": ([(0, 1), (1, 2), (2, 0), (3, 1), (0, 3), (4, 0), (2, 4)], 5, True, None, 53),
    "eight ties in two places": (
        [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0), (0, 3), (1, 4)], 6, False, [0, 0, 0, 1, 1, 1], 5,
    ),
}  # fmt: skip


def counted(case: tuple[list[Pair], int, bool, list[int] | None, int], draws: int, seed: int) -> Counter[Any]:
    ties, n, directed, place, _ = case
    source, target = np.array(ties).T
    chain = Switching(n, source, target, directed=directed, place=None if place is None else np.array(place))
    chain.plan(10**9)  # compiled
    hub, *each = np.random.default_rng(seed).spawn(draws + 1)
    chain.run(chain.tries(), hub)
    found: Counter[Any] = Counter()
    for rng in each:
        pairs = zip(*(end.tolist() for end in chain.drawn(rng)), strict=True)
        found[frozenset(pairs if directed else map(lambda p: (min(p), max(p)), pairs))] += 1  # noqa: C417
    return found


@pytest.mark.parametrize("name", CASES)
def test_switching_draws_every_network_with_these_degrees_alike(name):
    case = CASES[name]
    every = all_networks(case[0], case[1], directed=case[2], place=case[3])
    assert len(every) == case[4]
    assert evenness(counted(case, 800, 4), every) > 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1])
@pytest.mark.parametrize("name", [*CASES, *BIG_CASES])
def test_switching_is_even_over_long_runs(name, seed):
    case = (CASES | BIG_CASES)[name]
    every = all_networks(case[0], case[1], directed=case[2], place=case[3])
    assert len(every) == case[4]
    assert evenness(counted(case, 8000, seed), every) > 1e-3


def test_without_the_reversal_of_three_cycles_arcs_would_be_stuck(monkeypatch):
    """Exchanges alone never turn a cycle of three: the reason for the other kind of step."""
    case = CASES["three-cycle"]
    monkeypatch.setattr(_rewiring, "ARCS", _rewiring.CROSSING)
    assert len(counted(case, 50, 1)) == 1


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_memberships_are_dealt_alike(seed):
    row, column = np.array([0, 0, 1, 1, 2, 3]), np.array([0, 1, 1, 2, 0, 3])
    rows, columns = np.bincount(row), np.bincount(column)
    every = set()
    for cells in itertools.combinations(range(16), 6):
        one, other = np.divmod(cells, 4)
        same = (np.bincount(one, minlength=4) == rows).all() and (np.bincount(other, minlength=4) == columns).all()
        every |= {frozenset(cells)} if same else set()
    chain = Trading(row, column)
    hub, *each = np.random.default_rng(seed).spawn(1001 if seed == 1 else 3001)
    chain.run(hub)
    drawn = (chain.drawn(rng) for rng in each)
    assert evenness(Counter(frozenset((one * 4 + other).tolist()) for one, other in drawn), every) > 1e-3


@st.composite
def random_ties(draw: st.DrawFn) -> tuple[int, np.ndarray, np.ndarray, bool, np.ndarray | None]:
    n, directed = draw(st.integers(2, 14)), draw(st.booleans())
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    matrix = rng.random((n, n)) < draw(st.sampled_from([0.1, 0.3, 0.6, 0.95]))
    np.fill_diagonal(matrix, val=False)
    source, target = np.nonzero(matrix if directed else np.triu(matrix))
    turn = rng.random(len(source)) < 0.5
    if not directed:
        source, target = np.where(turn, target, source), np.where(turn, source, target)
    order = rng.permutation(len(source))
    place = rng.integers(0, 3, n) if draw(st.booleans()) else None
    return n, source[order], target[order], directed, place


@given(made=random_ties(), seed=st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_switched_networks_are_simple_and_keep_degrees(made, seed):
    n, source, target, directed, place = made
    chain = Switching(n, source, target, directed=directed, place=place)
    one, other = chain.ends()
    assert {*zip(one, other, strict=True)} <= {*zip(source, target, strict=True)} | {*zip(target, source, strict=True)}
    observed = _degrees(n, source, target, directed, place)
    for rng in np.random.default_rng(seed).spawn(2):
        new, end = chain.drawn(rng)
        assert (new != end).all()
        keys = new * n + end if directed else np.minimum(new, end) * n + np.maximum(new, end)
        assert len(np.unique(keys)) == len(source)
        assert (_degrees(n, new, end, directed, place) == observed).all()
    assert all((a == b).all() for a, b in zip(chain.ends(), (one, other), strict=True))  # the hub stays


def _degrees(n, source, target, directed, place):
    codes = np.zeros(n, dtype=int) if place is None else place
    table = np.zeros((2, n, 3), dtype=int)
    np.add.at(table, (0, source, codes[target]), 1)
    np.add.at(table, (1, target, codes[source]), 1)
    return table if directed else table.sum(axis=0)


@pytest.mark.parametrize("directed", [False, True])
def test_compiled_and_plain_switching_give_the_same(directed, monkeypatch):
    graph = nx.gnp_random_graph(25, 0.3, seed=2, directed=directed)
    source, target = np.array(graph.edges).T
    chain = Switching(25, source, target, directed=directed)

    def some() -> list[np.ndarray]:
        return [np.stack(chain.drawn(rng)) for rng in np.random.default_rng(1).spawn(3)]

    monkeypatch.setattr(_compiled, "_compiled", {})
    monkeypatch.setattr(_compiled, "COMPILE_ABOVE", 10**12)
    plain = some()
    monkeypatch.setattr(_compiled, "COMPILE_ABOVE", -1)
    assert all((one == two).all() for one, two in zip(plain, some(), strict=True))
    assert not (plain[0] == plain[1]).all()
    # Random numbers drawn in small pieces are the same numbers.
    monkeypatch.setattr(_rewiring, "PIECE", 7)
    assert all((one == two).all() for one, two in zip(plain, some(), strict=True))


# ── what each null keeps ──


def rich(*, directed: bool = False) -> Network:
    """Thirty firms in three counties, three of them isolates, ties in two layers with strengths and dates."""
    rng = np.random.default_rng(11)
    pairs = [p for p in itertools.combinations(range(27), 2) if rng.random() < 0.15]
    pairs = [p[::-1] if rng.random() < 0.5 else p for p in pairs]
    if directed:
        pairs += [p[::-1] for p in pairs[:9]]
    firms = pd.DataFrame({"county": [*"abc"] * 10, "size": np.arange(30.0)}, index=[f"f{i}" for i in range(30)])
    ties = pd.DataFrame(pairs, columns=["source", "target"]).map(lambda i: f"f{i}")
    ties["layer"] = np.where(rng.random(len(ties)) < 0.4, "supply", "alliance")
    ties["strength"] = rng.integers(1, 9, len(ties)).astype(float)
    ties["start"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, len(ties)), "D")
    ties["note"] = [f"n{i}" for i in range(len(ties))]
    return Network(firms, ties.assign(directed=directed))


def memberships() -> Network:
    rng = np.random.default_rng(4)
    firms = pd.DataFrame({"mode": ["firm"] * 12 + ["deal"] * 8, "county": [*"ab"] * 10}, index=range(20))
    cells = [(i, j) for i in range(12) for j in range(12, 20) if rng.random() < 0.3]
    return network([c if rng.random() < 0.5 else c[::-1] for c in cells], 20, firms=firms)


def in_out(net: Network, *, by: str | None = None) -> np.ndarray:
    graph = net.simple()
    groups = np.zeros(net.n_firms, dtype=int) if by is None else pd.factorize(net.firms[by])[0]
    table = np.zeros((2, net.n_firms, int(groups.max()) + 1), dtype=int)
    np.add.at(table, (0, graph.source, groups[graph.target]), 1)
    np.add.at(table, (1, graph.target, groups[graph.source]), 1)
    return table if graph.directed else table.sum(axis=0)


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("null", ONE_MODE)
def test_nulls_keep_what_they_say_and_nothing_is_the_same(null, directed):
    net = rich(directed=directed)
    before = net.ties
    every = list(inference.draw_networks(net, null=null, draws=4, seed=5, **options(null)))
    assert net.ties.equals(before)
    for drawn in every:
        assert drawn.firms.index.equals(net.firms.index)
        assert drawn.is_directed == directed
        assert list(drawn.ties.columns) == list(net.ties.columns)
        assert drawn.ties.dtypes.equals(net.ties.dtypes)
        rebuilt = Network(drawn.firms, drawn.ties)  # what was trusted is what the tables say
        assert ends(rebuilt) == ends(drawn)
        if null != "labels":
            assert drawn.firms.equals(net.firms)
        if null not in {"size", "density"}:
            assert drawn.n_ties == net.n_ties
            assert sorted(drawn.ties["strength"]) == sorted(net.ties["strength"])
            assert sorted(drawn.ties["note"]) == sorted(net.ties["note"])
        if null in {"degree", "places", "strength"}:
            assert (in_out(drawn) == in_out(net)).all()
            assert len(ends(drawn)) == net.n_ties
        if null in {"degree", "layers", "places", "strength"}:
            assert ends(drawn) != ends(net)
            assert set(net.isolates) == set(drawn.isolates)
        if null == "layers":
            for name in net.layers:
                assert (in_out(drawn.layer(name)) == in_out(net.layer(name))).all()
                assert sorted(drawn.layer(name).ties["note"]) == sorted(net.layer(name).ties["note"])
        if null == "places":
            assert (in_out(drawn, by="county") == in_out(net, by="county")).all()
        if null == "dyads" and directed:
            assert len({frozenset(p) for p in ends(drawn)}) == len({frozenset(p) for p in ends(net)})
        if null in {"labels", "strengths"}:
            assert ends(drawn) == ends(net)
        if null == "strengths":
            assert drawn.ties["note"].equals(net.ties["note"])
            assert not drawn.ties["strength"].equals(net.ties["strength"])
        if null == "labels":
            assert not drawn.firms["size"].equals(net.firms["size"])
            pairs = set(zip(net.firms["county"], net.firms["size"], strict=True))
            assert set(zip(drawn.firms["county"], drawn.firms["size"], strict=True)) == pairs  # rows stay together
    assert not every[0].equals(every[1])


def test_rows_of_ties_stay_together_and_are_dealt_anew():
    net = rich()
    rows = set(net.ties[["layer", "strength", "note"]].itertuples(index=False, name=None))
    [drawn] = inference.draw_networks(net, draws=1, seed=1)
    assert set(drawn.ties[["layer", "strength", "note"]].itertuples(index=False, name=None)) == rows
    assert drawn.lineage_table is None
    assert drawn.settings["slices"][-1] == "drawn from a null model"


def test_parallel_and_mixed_ties_become_a_simple_graph():
    net = Network.from_edges(
        pd.DataFrame(
            [
                (0, 1, "supply", 2.0, False),
                (1, 0, "alliance", 3.0, False),
                (2, 3, "supply", 1.0, True),
                (2, 2, "x", 9, 0),
            ],
            columns=["source", "target", "layer", "strength", "directed"],
        ),
        firms=range(5),
    )
    [drawn] = inference.draw_networks(net, draws=1, seed=1)
    assert drawn.n_ties == 3  # two arcs of the undirected pair, and the arc
    assert sorted(drawn.ties["strength"]) == [1.0, 5.0, 5.0]
    assert drawn.ties["layer"].unique().tolist() == ["all"]
    [layered] = inference.draw_networks(net, null="layers", draws=1, seed=1)
    assert sorted(layered.ties["layer"]) == ["alliance", "supply", "supply", "supply"]
    # The observed number is that of the same form: three ties, not four.
    tested = inference.test_against_null(net, lambda one: one.n_ties, draws=9, seed=1)
    assert (tested.observed, tested.p) == (3.0, 1.0)
    assert tested.settings.parameters["merged"] is True


def test_two_modes():
    net = memberships()
    for null in ("two_mode", "ties", "density", "size", "labels"):
        for drawn in inference.draw_networks(net, null=null, draws=3, seed=2):
            assert drawn.is_two_mode
            assert drawn.firms["mode"].equals(net.firms["mode"])
            if null == "two_mode":
                assert (in_out(drawn) == in_out(net)).all()
                assert ends(drawn) != ends(net)
            if null == "labels":  # never across the modes
                for mode in ("firm", "deal"):
                    inside = net.firms["mode"] == mode
                    assert sorted(drawn.firms.loc[inside, "county"]) == sorted(net.firms.loc[inside, "county"])


def test_labels_stay_in_their_place():
    net = rich()
    [drawn] = inference.draw_networks(net, null="labels", columns="size", place="county", draws=1, seed=3)
    by = net.firms.assign(new=drawn.firms["size"]).groupby("county")
    assert all(sorted(part["size"]) == sorted(part["new"]) for _, part in by)
    assert drawn.firms["county"].equals(net.firms["county"])
    places = pd.Series([None] * 3 + ["x"] * 27, index=net.firms.index)
    [other] = inference.draw_networks(net, null="labels", columns=["size"], place=places, draws=1, seed=3)
    assert sorted(other.firms["size"].iloc[:3]) == [0, 1, 2]


def test_strengths_ranked_to_the_firms_come_near_their_totals():
    rng = np.random.default_rng(3)
    graph = nx.gnm_random_graph(60, 300, seed=1)
    net = network(list(graph.edges), 60, strength=rng.pareto(1.5, 300) + 1)

    def totals(one: Network) -> np.ndarray:
        return one.adjacency.sum(axis=0)

    def closeness(null: str) -> float:
        drawn = inference.draw_networks(net, null=null, draws=5, seed=1)
        return float(np.mean([np.corrcoef(totals(net), totals(one))[0, 1] for one in drawn]))

    assert closeness("strength") > 0.9
    assert closeness("degree") < 0.7


@pytest.mark.parametrize(
    ("net", "given", "error", "words"),
    [
        (memberships, {"null": "degree"}, NetworkError, "two_mode"),
        (memberships, {"null": "dyads"}, NetworkError, "one mode"),
        (rich, {"null": "two_mode"}, NetworkError, "not two-mode"),
        (rich, {"null": "place"}, OptionError, "Did you mean 'places'"),
        (rich, {"null": "places"}, OptionError, "needs the places"),
        (rich, {"null": "degree", "place": "county"}, OptionError, "place belongs"),
        (rich, {"null": "degree", "columns": "size"}, OptionError, "columns belongs"),
        (rich, {"null": "labels", "columns": "sizes"}, OptionError, "'sizes'"),
        (rich, {"draws": 0}, OptionError, "draws is 0"),
        (rich, {"tries": 0}, OptionError, "tries is 0"),
        (rich, {"seed": -1}, OptionError, "seed"),
        (lambda: network([(0, 1)], 3), {"null": "strengths"}, NetworkError, "all ties have the same"),
        (lambda: network([(0, 1)], 3), {"null": "strength"}, NetworkError, "all ties have the same"),
        (lambda: network([(0, 1)], 3), {"null": "labels"}, NetworkError, "have none"),
        (lambda: network([], 3), {"null": "size"}, NetworkError, "has none"),
    ],
)
def test_nulls_that_do_not_apply_are_refused(net, given, error, words):
    with pytest.raises(error, match=words):
        inference.draw_networks(net(), **given)


@pytest.mark.parametrize("ties", [[], [(0, 1)], [(0, 1), (1, 2), (0, 2)]])
@pytest.mark.parametrize("null", ["ties", "density", "dyads", "degree", "layers"])
def test_networks_that_leave_no_choice(null, ties):
    net = network(ties, 3)
    for drawn in inference.draw_networks(net, null=null, draws=3, seed=1):
        if null not in {"density", "ties", "dyads"} or len(ties) in {0, 3}:
            assert ends(drawn) == ends(net)


# ── exact values by listing everything ──


def test_expected_and_p_equal_the_enumeration():
    ties = [(0, 1), (1, 2), (0, 2), (2, 3), (3, 4), (4, 5)]
    net = network(ties, 6)
    values = [triangles(network(sorted(one), 6)) for one in all_networks(ties, 6, directed=False)]
    exact, mean = float(np.mean(np.array(values) >= 1)), float(np.mean(values))
    tested = inference.test_against_null(net, triangles, draws=200, seed=1)
    assert tested.observed == 1
    assert tested.p_more == pytest.approx(exact, abs=4 * math.sqrt(exact * (1 - exact) / 200) + 1 / 201)
    assert tested.expected == pytest.approx(mean, abs=4 * np.std(values) / math.sqrt(200))
    # Six of fifteen pairs at random: 20 triangles, each with chance 6 5 4 / (15 14 13).
    by_ties = inference.test_against_null(net, triangles, null="ties", draws=300, seed=1)
    assert by_ties.expected == pytest.approx(20 * 120 / 2730, abs=4 * by_ties.draws.std() / math.sqrt(300))
    by_density = inference.test_against_null(net, triangles, null="density", draws=200, seed=1)
    assert by_density.expected == pytest.approx(20 * 0.4**3, abs=4 * by_density.draws.std() / math.sqrt(200))
    by_size = inference.test_against_null(net, triangles, null="size", draws=200, seed=1)
    assert by_size.expected == pytest.approx(20 / 8, abs=4 * by_size.draws.std() / math.sqrt(200))


def test_pairs_are_picked_alike():
    """All 15 sets of two ties among four firms, and all dyads of a mutual and a one-way pair, come up alike."""
    drawn = inference.draw_networks(network([(0, 1), (1, 2)], 4), null="ties", draws=300, seed=1)
    pairs = list(itertools.combinations(range(4), 2))
    assert evenness(Counter(map(ends, drawn)), {frozenset(two) for two in itertools.combinations(pairs, 2)}) > 1e-3
    arcs = network([(0, 1), (1, 0), (1, 2)], 3, directed=True)
    every = {
        frozenset([(a, b), (b, a), one])
        for a, b in itertools.combinations(range(3), 2)
        for one in itertools.permutations(range(3), 2)
        if set(one) != {a, b}
    }
    assert len(every) == 12
    found = Counter(map(ends, inference.draw_networks(arcs, null="dyads", draws=300, seed=1)))
    assert evenness(found, every) > 1e-3
    in_arcs = Counter(map(ends, inference.draw_networks(arcs, null="ties", draws=300, seed=1)))
    arc_pairs = list(itertools.permutations(range(3), 2))
    assert evenness(in_arcs, {frozenset(three) for three in itertools.combinations(arc_pairs, 3)}) > 1e-3


def test_labels_equal_all_permutations():
    firms = pd.DataFrame({"size": [1.0, 2.0, 4.0, 8.0, 16.0]})
    ties = [(0, 1), (1, 2), (3, 4), (2, 4)]
    net = network(ties, 5, firms=firms)

    def product(one: Network) -> float:
        size = one.firms["size"].to_numpy()
        return float(sum(size[a] * size[b] for a, b in ties))

    every = [sum(p[a] * p[b] for a, b in ties) for p in itertools.permutations(firms["size"])]
    exact = float(np.mean(np.array(every) >= product(net)))
    tested = inference.test_against_null(net, product, null="labels", draws=500, seed=2)
    assert tested.p_more == pytest.approx(exact, abs=4 * math.sqrt(exact * (1 - exact) / 500) + 1 / 501)
    assert tested.expected == pytest.approx(np.mean(every), abs=4 * np.std(every) / math.sqrt(500))


def test_a_sole_network_is_never_unusual():
    star = network([(0, i) for i in range(1, 6)], 6)
    tested = inference.test_against_null(star, "transitivity", draws=19, seed=1)
    assert (tested.observed, tested.p, math.isnan(tested.z)) == (0.0, 1.0, True)


# ── the test ──


def caveman(k: int = 5, size: int = 4) -> Network:
    return Network.from_networkx(nx.connected_caveman_graph(k, size))


def test_a_measure_may_be_a_name_a_function_or_several():
    net = caveman()
    by_name = inference.test_against_null(net, "transitivity", draws=30, seed=1)
    by_function = inference.test_against_null(net, cohesion.transitivity, draws=30, seed=1)
    assert by_name.draws.equals(by_function.draws)
    assert by_name.statistic == "transitivity"
    assert by_name.p_more == 1 / 31
    several = inference.test_against_null(net, ["transitivity", triangles], draws=30, seed=1)
    assert several.observed.index.tolist() == ["transitivity", "triangles"]
    assert several.draws["transitivity"].tolist() == by_name.draws.tolist()
    mixed = inference.test_against_null(net, {"T": triangles, "degree": "degree"}, draws=5, seed=1)
    assert mixed.observed.index[:2].tolist() == [("T", ""), ("degree", net.firms.index[0])]
    assert mixed.to_frame().loc[("degree", slice(None)), "p"].eq(1).all()  # the null keeps degrees
    alone = mixed.test(("T", ""))
    assert alone.observed == triangles(net)
    listed = inference.test_against_null(net, lambda one: {"a": 1.0, "b": triangles(one)}, draws=5, seed=1)
    assert listed.observed.index.tolist() == ["a", "b"]


def test_settings_tell_all_and_a_run_can_be_repeated():
    fresh = inference.test_against_null(caveman(), triangles, null="ties", draws=9)
    again = inference.test_against_null(caveman(), triangles, null="ties", draws=9, seed=fresh.settings.seed)
    assert fresh.draws.equals(again.draws)
    assert fresh.settings.parameters == {
        "null": "ties", "keeps": inference.NULLS["ties"], "sampler": "independent draws", "merged": False, "draws": 9,
    }  # fmt: skip
    few = inference.test_against_null(caveman(), triangles, draws=4, seed=8)
    more = inference.test_against_null(caveman(), triangles, draws=9, seed=8)
    assert more.draws[:4].equals(few.draws)
    assert few.settings.parameters["tries_per_tie"] == 10
    assert (
        inference.test_against_null(caveman(), triangles, draws=4, seed=8, tries=3).draws.tolist() != few.draws.tolist()
    )


@pytest.mark.parametrize(
    ("null", "backend"),
    [
        ("degree", "threading"),
        pytest.param("degree", "loky", marks=pytest.mark.slow),
        pytest.param("two_mode", "loky", marks=pytest.mark.slow),
    ],
)
def test_workers_do_not_matter(null, backend):
    net = memberships() if null == "two_mode" else caveman()
    measure = triangles if null == "degree" else lambda one: triangles(one.project("firm"))
    with joblib.parallel_config(backend=backend):
        one, *others = (
            inference.test_against_null(net, measure, null=null, draws=40, seed=3, workers=workers)
            for workers in ((1, 2, 4, 4) if backend == "threading" else (1, 2))
        )
    for other in others:
        assert one.draws.equals(other.draws)


def test_progress_and_interrupt_keep_what_is_done():
    seen: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> None:
        seen.append((done, total))
        if done == 7:
            raise KeyboardInterrupt

    with pytest.warns(RuntimeWarning, match="interrupted after 7 of 50"):
        tested = inference.test_against_null(caveman(), triangles, draws=50, progress=progress, seed=1)
    assert seen[-1] == (7, 50)
    assert len(tested.draws) == tested.settings.parameters["draws"] == 7
    whole = inference.test_against_null(caveman(), triangles, draws=50, seed=1)
    assert whole.draws[:7].equals(tested.draws)


def test_undefined_numbers():
    net = caveman()
    drawn = iter([1.0, math.nan, 3.0, 4.0, math.nan, 2.0])
    tested = inference.test_against_null(net, lambda _: next(drawn), draws=5, seed=1)
    assert tested.observed == 1.0
    assert tested.p_fewer == 1 / 4  # three draws are defined, none is that small
    assert tested.expected == 3.0
    nothing = inference.test_against_null(net, lambda _: math.nan, draws=5, seed=1)
    assert math.isnan(nothing.p)
    frames = iter(
        [
            pd.Series({"a": 1.0, "b": math.nan, "c": 5.0, "e": 2.0}),
            pd.Series({"a": 2.0, "b": 1.0, "d": 1.0, "e": 2.0}),
            pd.Series({"c": 4.0, "a": math.nan, "e": 2.0}),
            pd.Series({"a": 0.0, "b": 1.0, "c": 6.0, "e": 2.0}),
        ]
    )
    several = inference.test_against_null(net, lambda _: next(frames), draws=3, seed=1).to_frame()
    assert several.index.tolist() == ["a", "b", "c", "e"]  # what only draws have is left out
    assert several["draws"].tolist() == [2, 2, 2, 3]
    assert several.loc["a", ["p_more", "p_fewer", "p", "expected"]].tolist() == [2 / 3, 2 / 3, 1.0, 1.0]
    assert several.loc["b", ["expected", "z", "p", "p_maxt", "p_bh"]].isna().all()
    assert several.loc["c", "p_more"] == 2 / 3
    assert several.loc["e", ["p", "p_maxt"]].tolist() == [1.0, 1.0]
    assert math.isnan(several.loc["e", "z"])


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        ("transitivty", "Did you mean 'transitivity'"),
        (lambda _: "much", "returned a str"),
        (lambda _: pd.DataFrame({"a": [1]}), "returned a DataFrame"),
        (lambda _: pd.Series([1, 2], index=["a", "a"]), "repeated entries"),
        (lambda _: pd.Series(["a"]), "Series of"),
        ([], "at least one"),
        ([triangles, triangles], "distinct names"),
    ],
)
def test_measures_that_cannot_be_tested(measure, words):
    with pytest.raises(OptionError, match=words):
        inference.test_against_null(caveman(), measure, draws=2, seed=1)
    with pytest.raises(OptionError, match="workers"):
        inference.test_against_null(caveman(), triangles, draws=2, workers=0)


def test_several_numbers_equal_one_test_each():
    net = rich()
    several = inference.test_against_null(net, "betweenness", draws=60, seed=4)
    table = several.to_frame()
    for firm in ("f0", "f5", "f29"):
        alone = several.test(firm).to_frame().iloc[0]
        for column in ("observed", "expected", "sd", "z", "p_more", "p_fewer", "p"):
            assert table.loc[firm, column] == pytest.approx(alone[column], nan_ok=True), column
    assert (table["p_maxt"] >= table["p"] - 0.4).all()
    assert "30 entries against 'degree'" in several.summary()
    with pytest.raises(OptionError, match="no entry"):
        several.test("nobody")


# ── many tests ──


def slow_max_t(seen: np.ndarray, drawn: np.ndarray) -> list[float]:
    """Step-down maxT by the book: for the k-th largest, the maximum over it and all smaller ones."""
    every = np.vstack([seen, drawn])
    z = np.abs(every - every.mean(axis=0)) / every.std(axis=0)
    order = sorted(range(len(seen)), key=lambda j: -z[0, j])
    p: dict[int, float] = {}
    last = 0.0
    for k, j in enumerate(order):
        hits = sum(max(z[row, i] for i in order[k:]) >= z[0, j] for row in range(1, len(every)))
        last = max(last, (hits + 1) / (len(drawn) + 1))
        p[j] = last
    return [p[j] for j in range(len(seen))]


def test_max_t_equals_its_definition():
    rng = np.random.default_rng(1)
    drawn = rng.normal(size=(40, 6)) @ rng.normal(size=(6, 6))
    seen = drawn.mean(axis=0) + drawn.std(axis=0) * [4, 0.1, -3, 2, 1, -2.4]
    assert _against.max_t(seen, drawn).tolist() == pytest.approx(slow_max_t(seen, drawn))


@pytest.mark.slow
def test_max_t_holds_the_family_wise_rate():
    """Twenty correlated numbers without any effect: some false finding in at most 5 % of 600 families."""
    rng = np.random.default_rng(2)
    mix = np.full((20, 20), 0.2) + 0.8 * np.eye(20)
    false = naive = power = 0
    for _ in range(600):
        every = rng.normal(size=(100, 20)) @ mix
        p = _against.max_t(every[0], every[1:])
        false += p.min() <= 0.05
        naive += ((every[1:] >= every[0]).sum(axis=0) + 1).min() / 100 <= 0.025
        every[0, 0] += 5
        power += _against.max_t(every[0], every[1:])[0] <= 0.05
    assert stats.binomtest(false, 600, 0.05, alternative="greater").pvalue > 1e-3
    assert false > 10  # not merely timid
    assert naive / 600 > 0.1  # what one would find without it
    assert power / 600 > 0.7  # to find the one number that is off by 3.7 standard deviations


@pytest.mark.parametrize(
    ("method", "theirs"), [("bh", "fdr_bh"), ("by", "fdr_by"), ("holm", "holm"), ("bonferroni",) * 2]
)
def test_adjusted_p_equal_statsmodels(method, theirs):
    from statsmodels.stats.multitest import multipletests

    p = pd.Series(np.random.default_rng(5).random(30) ** 2, index=[f"t{i}" for i in range(30)])
    assert inference.adjust(p, method=method).tolist() == pytest.approx(multipletests(p, method=theirs)[1].tolist())
    holed = pd.concat([p, pd.Series({"none": math.nan})])
    again = inference.adjust(holed, method=method)
    assert math.isnan(again["none"])
    assert again.drop("none").tolist() == inference.adjust(p, method=method).tolist()


def test_adjusting_tables():
    table = pd.DataFrame({"p": [0.01, 0.04, 0.03, 0.2], "family": [*"aabb"]})
    assert inference.adjust(table)["p_holm"].tolist() == pytest.approx([0.04, 0.09, 0.09, 0.2])
    assert inference.adjust(table, by="family")["p_holm"].tolist() == pytest.approx([0.02, 0.04, 0.06, 0.2])
    for wrong in (table.rename(columns={"p": "q"}), table.assign(p=2.0)):
        with pytest.raises(OptionError):
            inference.adjust(wrong)
    with pytest.raises(OptionError, match="by names a column"):
        inference.adjust(table["p"], by="family")


# ── several clusters ──


def made_test(observed: float, draws: np.ndarray, seed: int | None = None) -> NullTest:
    return NullTest(
        statistic="ties", observed=observed, draws=pd.Series(draws, dtype=float), settings=Settings({}, seed)
    )


def test_pool_by_hand():
    one, two = made_test(5, np.array([1, 2, 3, 6.0])), made_test(3, np.array([4, 1, 1, 2.0, 9.0]))
    added = inference.pool_tests({"A": one, "B": two}, pool="sum")
    assert (added.observed, added.draws.tolist()) == (8.0, [5.0, 3.0, 4.0, 8.0])  # the fifth draw has no partner
    assert (added.p_more, added.p_fewer) == (2 / 5, 5 / 5)
    weighted = inference.pool_tests([one, two], pool="sum", weights={0: 1, 1: 3})
    assert weighted.observed == 14.0
    mean = inference.pool_tests({"A": one, "B": two}, weights={"A": 3, "B": 1})
    a, b = np.array([5, 1, 2, 3, 6.0]), np.array([3, 4, 1, 1, 2.0])
    z = 0.75 * (a - a.mean()) / a.std() + 0.25 * (b - b.mean()) / b.std()
    assert [mean.observed, *mean.draws] == pytest.approx(z.tolist())
    assert mean.clusters["weight"].to_dict() == {"A": 0.75, "B": 0.25}
    assert mean.to_frame()["clusters"].tolist() == [2]
    assert "in each of 2 clusters" in mean.summary()


def test_pooled_p_equal_scipy():
    rng = np.random.default_rng(7)
    tests = [made_test(rng.normal(1), rng.normal(size=199)) for _ in range(6)]
    pooled = inference.pool_tests(tests)
    more, both = [t.p_more for t in tests], [t.p for t in tests]
    one_sided = stats.combine_pvalues(more, method="stouffer").pvalue
    assert pooled.stouffer_p == pytest.approx(2 * min(one_sided, 1 - one_sided))
    assert pooled.fisher_p == pytest.approx(stats.combine_pvalues(both, method="fisher").pvalue)
    assert pooled.p == pytest.approx(pooled.stouffer_p, abs=0.06)


def test_clusters_that_tell_nothing():
    told, flat = made_test(3.0, np.arange(9.0)), made_test(1.0, np.ones(9))
    pooled = inference.pool_tests({"told": told, "flat": flat, "none": made_test(math.nan, np.arange(9.0))})
    assert pooled.clusters["weight"].tolist() == [1.0, 0.0, 0.0]
    assert pooled.p_more == told.p_more
    for tests, words in (
        ([flat], "no cluster"),
        ([], "no tests"),
        ([made_test(1, np.arange(3.0), 5), made_test(2, np.arange(3.0), 5)], "share a seed"),
    ):
        with pytest.raises(OptionError, match=words):
            inference.pool_tests(tests)
    with pytest.raises(OptionError, match="weights has no positive number"):
        inference.pool_tests([told, told], weights={0: 1, 1: 0})


def test_many_small_clusters_tell_together():
    small = {name: caveman(3, 3) for name in "ABCDEF"}
    pooled = inference.pooled_test(small, triangles, null="ties", draws=29, seed=1)
    again = inference.pooled_test(small, triangles, null="ties", draws=29, seed=1)
    assert pooled.draws.equals(again.draws)
    assert pooled.settings.seed == 1
    assert pooled.p_more <= pooled.clusters["p_more"].min()
    assert len({tuple(row) for row in pooled.clusters[["expected", "sd"]].to_numpy()}) == 6  # draws of their own
    with pytest.raises(OptionError, match="one at a time"):
        inference.pooled_test(small, "betweenness", draws=5)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_meta_analysis_equals_statsmodels(seed):
    from statsmodels.stats.meta_analysis import combine_effects

    rng = np.random.default_rng(seed)
    names = pd.Index([*"ABCDEFG"], name="cluster")
    effects = pd.Series(rng.normal(0.3, 0.02 if seed == 3 else 1.0, 7), index=names)
    errors = pd.Series(rng.uniform(0.1, 0.5, 7), index=names)
    ours = inference.meta_analysis(effects, errors)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of a root that is not used
        theirs = combine_effects(effects.to_numpy(), errors.to_numpy() ** 2, method_re="dl")
    assert ours.tau2 == pytest.approx(max(theirs.tau2, 0.0))
    assert ours.q == pytest.approx(theirs.q)
    assert ours.i2 == pytest.approx(max(theirs.i2, 0))
    assert ours.q_p == pytest.approx(theirs.test_homogeneity().pvalue)
    assert ours.table.loc["fixed", "effect"] == pytest.approx(theirs.mean_effect_fe)
    assert ours.table.loc["fixed", "se"] == pytest.approx(theirs.sd_eff_w_fe)
    if theirs.tau2 <= 0:  # theirs goes on with a negative variance, ours with none
        assert seed == 3
        assert ours.table.loc["random"].tolist() == pytest.approx(ours.table.loc["fixed"].tolist())
        return
    assert ours.table.loc["random", "effect"] == pytest.approx(theirs.mean_effect_re)
    assert ours.table.loc["random", "se"] == pytest.approx(theirs.sd_eff_w_re)
    frame = theirs.summary_frame()
    for mine, row in (("fixed", "fixed effect"), ("random", "random effect")):
        assert ours.table.loc[mine, ["low", "high"]].tolist() == pytest.approx(
            frame.loc[row, ["ci_low", "ci_upp"]].tolist()
        )
    assert ours.clusters["weight_random"].sum() == pytest.approx(1)


def test_prediction_interval_and_few_clusters():
    """Effects 0, 1, 2 with errors 0.5: Q = 8, tau2 = (8 - 2) / (12 - 4) = 0.75, se2 = 1/3, t(1) at 0.975 = 12.706."""
    found = inference.meta_analysis(pd.Series([0.0, 1.0, 2.0]), pd.Series([0.5] * 3))
    assert (found.q, found.tau2, found.i2) == pytest.approx((8, 0.75, 0.75))
    half = 12.706205 * math.sqrt(0.75 + 1 / 3)
    assert found.prediction == pytest.approx((1 - half, 1 + half), rel=1e-6)
    two = inference.meta_analysis(pd.Series([0.0, 1.0]), pd.Series([0.5] * 2))
    assert math.isnan(two.prediction[0])
    one = inference.meta_analysis(pd.Series([0.4]), pd.Series([0.2]))
    assert math.isnan(one.tau2)
    assert one.table.loc["random", "effect"] == pytest.approx(0.4)
    assert one.table.loc["random", "z"] == pytest.approx(2)
    for effects, errors in (([], []), ([1.0], [0.0]), ([math.nan], [1.0])):
        with pytest.raises(OptionError):
            inference.meta_analysis(pd.Series(effects, dtype=float), pd.Series(errors, dtype=float))
    with pytest.raises(OptionError, match="level"):
        inference.meta_analysis(pd.Series([1.0]), pd.Series([1.0]), level=95)


# ── what could have been found ──


def test_the_detectable_effect_is_found_with_the_power_asked_for():
    rng = np.random.default_rng(3)
    draws = rng.gamma(2, 2, 4000)  # skewed: the two sides differ
    test = made_test(4.0, draws)
    found = inference.detectable_effect(test)
    assert found.normal == pytest.approx((1.959964 + 0.841621) * draws.std(ddof=1), rel=1e-6)
    assert found.more - draws.mean() > draws.mean() - found.fewer
    assert found.effect == pytest.approx(found.more - draws.mean())
    for alternative, target in (("more", "p_more"), ("fewer", "p_fewer")):
        one = inference.detectable_effect(test, alternative=alternative, power=0.6)
        shift = one.effect if alternative == "more" else -one.effect
        moved = rng.gamma(2, 2, 800) + shift
        hits = np.mean([getattr(made_test(x, draws), target) <= 0.05 for x in moved])
        assert hits == pytest.approx(0.6, abs=0.06)
    assert math.isnan(inference.detectable_effect(made_test(1.0, np.ones(99))).effect)
    assert math.isnan(inference.detectable_effect(made_test(1.0, np.arange(19.0))).effect)  # p is never below 0.1
    assert inference.detectable_effect(made_test(1.0, np.arange(39.0))).effect > 0
    with pytest.raises(OptionError, match="power"):
        inference.detectable_effect(test, power=80)


def planted(share: float, rng: np.random.Generator) -> Network:
    """Twenty-four firms in which a share of the ties is rolled into triangles."""
    pairs: set[Pair] = set()
    while len(pairs) < 48:
        three = rng.choice(24, 3, replace=False).tolist()
        made = three if rng.random() < share else three[:2]
        pairs |= set(itertools.combinations(sorted(made), 2))
    return network(sorted(pairs), 24)


def test_power_curve_rises_from_the_level():
    curve = inference.power_curve(
        planted, triangles, effects=[0.0, 0.8], networks=6, draws=19, null="ties", alternative="more", seed=2
    )
    low, high = curve.table["power"]
    assert low <= 0.2
    assert high >= 0.9
    assert curve.table.loc[0.8, "mean"] > curve.table.loc[0.0, "mean"]
    assert 0.0 < curve.detectable(0.8) <= 0.8
    assert math.isnan(curve.detectable(1.1))
    assert (curve.table["low"] <= curve.table["power"]).all()
    assert (curve.p.to_numpy() <= 0.05).mean(axis=0).tolist() == [low, high]
    wrong = ({"effects": []}, "rising"), ({"effects": [1, 0]}, "rising"), ({"effects": [0], "draws": 19}, "more draws")
    for told, words in wrong:
        with pytest.raises(OptionError, match=words):
            inference.power_curve(planted, triangles, **told)


@pytest.mark.slow
def test_power_to_find_planted_triangles():
    """48 ties of 24 firms, degrees kept: triangles planted in 7 of 10 steps are found in 3 of 4 networks."""
    curve = inference.power_curve(
        planted, triangles, effects=[0.0, 0.7], networks=40, draws=39, alternative="more", seed=5
    )
    assert stats.binomtest(round(40 * curve.table.loc[0.0, "power"]), 40, 0.05).pvalue > 1e-3
    assert curve.table.loc[0.7, "power"] >= 0.6


# ── p-values are uniform under the null ──


def random_network(null: str, rng: np.random.Generator) -> tuple[Network, Any]:
    """A network from a distribution that the null leaves unchanged, and a number that says much about it."""
    n = 16
    directed = bool(null in {"degree", "dyads", "places"})
    weight = rng.normal(size=(n, n))

    def score(one: Network) -> float:
        # A random weight for every pair: continuous, so that p has no ties to speak of.
        graph = one.simple()
        return float((weight[graph.source, graph.target] * graph.strength).sum())

    if null == "two_mode":
        cells = [(i, j) for i in range(9) for j in range(9, n) if rng.random() < 0.35]
        firms = pd.DataFrame({"mode": ["firm"] * 9 + ["deal"] * 7})
        return network(cells, n, firms=firms), score
    chance = 0.5 if null == "size" else 0.2
    pairs = itertools.permutations(range(n), 2) if directed else itertools.combinations(range(n), 2)
    ties = [p for p in pairs if rng.random() < chance]
    firms = pd.DataFrame({"county": rng.integers(0, 3, n), "size": rng.random(n)})
    net = network(
        ties, n, directed=directed, firms=firms, strength=rng.random(len(ties)) + 0.5,
        layer=np.where(rng.random(len(ties)) < 0.5, "supply", "alliance"),
    )  # fmt: skip
    if null == "labels":
        ends_ = np.array(ties).T
        return net, lambda one: float((one.firms["size"].to_numpy()[ends_] * weight[0, ends_]).sum())
    if null == "layers":

        def by_layer(one: Network) -> float:
            supply = (one.ties["layer"] == "supply").to_numpy()
            return float((weight[one._codes] * one.ties["strength"] * np.where(supply, 1, -2)).sum())

        return net, by_layer
    return net, score


@pytest.mark.slow
@pytest.mark.parametrize("null", [null for null in NULLS if null not in {"strength", "density"}])
def test_p_is_uniform_under_the_null(null):
    """The rank of the observed among 19 draws, over 100 networks; a tenth of the tries, for mixing plays no part."""
    ranks = []
    for rng in np.random.default_rng(17).spawn(100):
        net, measure = random_network(null, rng)
        given_tries = {"tries": 1} if null in {"degree", "layers", "places", "two_mode"} else {}
        tested = inference.test_against_null(
            net, measure, null=null, draws=19, seed=int(rng.integers(2**40)), **given_tries, **options(null)
        )
        ranks.append(round(tested.p_more * 20) - 1)
    counts = np.bincount(np.array(ranks) // 4, minlength=5)
    assert stats.chisquare(counts).pvalue > 1e-3, counts


# ── found in review: numbers that looked sure and were not ──


def test_max_t_of_one_entry_is_the_p_of_its_defined_draws():
    rng = np.random.default_rng(0)
    drawn = np.full((999, 1), np.nan)
    drawn[:10, 0] = rng.normal(size=10)
    assert _against.max_t(np.array([3.0]), drawn)[0] == pytest.approx(1 / 11)


def test_max_t_with_undefined_draws_is_never_below_its_own_p_and_keeps_its_level():
    rng = np.random.default_rng(1)
    hits, below = 0, 0
    for _ in range(200):
        every = rng.normal(size=(40, 6))
        every[1:, :3][rng.random((39, 3)) < 0.8] = np.nan
        p = _against.max_t(every[0], every[1:])
        hits += p.min() <= 0.1
        z = np.abs(every - np.nanmean(every, axis=0)) / np.nanstd(every, axis=0)
        own = ((z[1:] >= z[0] - 1e-9).sum(axis=0) + 1) / ((~np.isnan(z[1:])).sum(axis=0) + 1)
        below += int((p < own - 1e-9).sum())
    assert below == 0
    assert hits <= 200 * 0.1 + 2.6 * math.sqrt(200 * 0.09)


def test_an_infinite_number_is_not_more_than_chance_that_gives_it_too():
    draws = pd.Series([np.inf] * 10 + [1.0] * 9)
    test = NullTest(statistic="length", observed=np.inf, draws=draws, settings=Settings())
    assert (test.p_more, test.p_fewer) == (11 / 20, 1.0)
    several = inference.NullTests(
        statistic="length", observed=pd.Series({"a": np.inf}), draws=draws.to_frame("a"), settings=Settings()
    )
    with np.errstate(invalid="ignore"):
        table = several.to_frame()
    assert table.loc["a", ["p_more", "p_fewer"]].tolist() == [11 / 20, 1.0]


def test_one_cluster_has_no_share_of_heterogeneity():
    for effect, error in ((0.3, 0.1), (0.7, 0.3), (1 / 3, 0.7), (0.1, 0.7)):
        found = inference.meta_analysis(pd.Series([effect]), pd.Series([error]))
        assert math.isnan(found.i2)
        assert math.isnan(found.q_p)
        assert math.isnan(found.tau2)


def test_a_pool_tells_the_seeds_and_only_what_all_tests_share():
    net = Network.from_networkx(nx.connected_caveman_graph(3, 4))
    tests = [inference.test_against_null(net, "transitivity", null=null, draws=19, seed=seed)
             for seed, null in enumerate(("degree", "ties"))]  # fmt: skip
    settings_of = inference.pool_tests(tests).settings.parameters
    assert settings_of["seeds"] == [0, 1]
    assert "null" not in settings_of
    assert settings_of["draws"] == 19


def test_columns_from_a_generator_serve_every_network():
    rng = np.random.default_rng(3)

    def colored(_effect: float = 0.0, rng: np.random.Generator = rng) -> Network:
        firms = pd.DataFrame({"color": rng.integers(0, 2, 8)}, index=range(8))
        return network([(i, (i + 1) % 8) for i in range(8)], 8, firms=firms)

    def alike(net: Network) -> float:
        color = net.firms["color"]
        return float((color[net.ties["source"]].to_numpy() == color[net.ties["target"]].to_numpy()).mean())

    asked = {"null": "labels", "draws": 19, "seed": 1}
    nets = [colored(), colored()]
    listed = inference.pooled_test(nets, alike, columns=["color"], **asked)
    assert inference.pooled_test(nets, alike, columns=iter(["color"]), **asked).draws.equals(listed.draws)
    curve = inference.power_curve(
        colored, alike, effects=[0.0], networks=3, columns=iter(["color"]), alpha=0.2, **asked
    )
    assert curve.settings.parameters["columns"] == ["color"]
    assert curve.settings.parameters["effects"] == [0.0]
