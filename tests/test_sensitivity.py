"""Sensitivity to records, the CS-coefficient and the vertex bootstrap: what is planted, and brute force."""

from __future__ import annotations

import igraph
import numpy as np
import pandas as pd
import pytest

from clusternet import Network, build_network, datasets, inference, link_firms, read_records, simulate
from clusternet.errors import NetworkError, OptionError
from clusternet.inference._bootstrap import resampled
from clusternet.inference._sensitivity import _DrawnLinkage, _membership
from clusternet.result import igraph_seed
from reference import ties


def star(leaves: int = 30) -> Network:
    return Network.from_edges([("Hub", f"F{place:02d}") for place in range(leaves)])


def graded(seed: int, n: int = 80) -> Network:
    """Firms whose expected numbers of partners differ tenfold."""
    rng = np.random.default_rng(seed)
    want = np.linspace(0.05, 0.5, n)
    one, other = np.triu_indices(n, 1)
    tied = rng.random(len(one)) < np.sqrt(want[one] * want[other])
    return Network(pd.RangeIndex(n), pd.DataFrame({"source": one[tied], "target": other[tied]}))


def random_network(n: int, density: float, seed: int) -> Network:
    with igraph_seed(seed):
        graph = igraph.Graph.Erdos_Renyi(n, density)
    ends = np.array(graph.get_edgelist()).reshape(-1, 2)
    return Network(pd.RangeIndex(n), pd.DataFrame({"source": ends[:, 0], "target": ends[:, 1]}))


def brokered(seed: int = 2) -> Network:
    """Five dense groups of ten that only the broker joins."""
    rng = np.random.default_rng(seed)
    edges = [
        (f"g{group}-{one}", f"g{group}-{other}")
        for group in range(5)
        for one in range(10)
        for other in range(one)
        if rng.random() < 0.6
    ]
    edges += [("Broker", f"g{group}-{member}") for group in range(5) for member in range(3)]
    return Network.from_edges(edges)


# ── errors ──


@pytest.mark.parametrize("error", inference.ERRORS)
def test_no_error_no_change(error: str) -> None:
    net = graded(1)
    made = inference.sensitivity(net, "betweenness", errors={error: 0.0}, draws=5, seed=1)
    row = made.table.iloc[0]
    assert row[["spearman", "kendall", "overlap", "first", "overlap_low"]].tolist() == pytest.approx([1.0] * 5)
    assert (made.survival[f"{error} 0"] == 1).all()
    number = inference.sensitivity(net, "density", errors={error: 0.0}, draws=5, seed=1).table.iloc[0]
    assert number["change"] == 0
    assert number["low"] == number["high"] == number["mean"]


@pytest.mark.parametrize("error", inference.ERRORS)
def test_more_errors_agree_less(error: str) -> None:
    rates = (0.05, 0.2, 0.5)
    table = inference.sensitivity(graded(1), "degree", errors={error: rates}, draws=10, seed=1).table
    assert table["rate"].tolist() == list(rates)
    assert table["spearman"].is_monotonic_decreasing
    assert table["spearman"].iloc[2] < table["spearman"].iloc[0] - 0.01
    assert table["kendall"].is_monotonic_decreasing


def test_planted_broker_survives_small_errors() -> None:
    made = inference.sensitivity(brokered(), "betweenness", top=1, draws=21, seed=3)
    assert len(made.table) == 6
    assert made.survival.index.tolist() == ["Broker"]
    kept = made.survival.drop(columns=["value", "rank"]).loc["Broker"]
    assert (kept > 0.95).all()
    assert (made.firms.loc[("missing_ties 0.1", "Broker"), "rank_high"]) == 1
    assert "top 1 by betweenness: at worst" in repr(made)


def test_what_each_error_takes_away() -> None:
    net = graded(2)
    assert inference.with_errors(net, missing_firms=0.25, seed=1).n_firms == 60
    assert inference.with_errors(net, missing_fringe=0.25, seed=1).n_firms == 60
    degree = net.igraph.degree()
    left = np.concatenate(
        [inference.with_errors(net, missing_fringe=0.25, seed=seed).firms.index.to_numpy() for seed in range(30)]
    )
    random = np.concatenate(
        [inference.with_errors(net, missing_firms=0.25, seed=seed).firms.index.to_numpy() for seed in range(30)]
    )
    assert np.mean([degree[firm] for firm in left]) > np.mean([degree[firm] for firm in random]) + 0.5
    lost = [net.n_ties - inference.with_errors(net, missing_ties=0.2, seed=seed).n_ties for seed in range(30)]
    assert np.mean(lost) / net.n_ties == pytest.approx(0.2, abs=0.02)
    more = [inference.with_errors(net, false_ties=0.2, seed=seed).n_ties - net.n_ties for seed in range(30)]
    assert np.mean(more) / net.n_ties == pytest.approx(0.2, abs=0.02)


def test_silent_firms_take_what_only_they_could_tell() -> None:
    both = ties("A-B B-C C-A", firms="A B C")
    assert inference.with_errors(both, silent_firms=1.0, seed=1).n_ties == 0
    assert inference.with_errors(both, silent_firms=1 / 3, seed=1).n_ties == 3
    arrows = ties("A-B B-C C-A", directed=True, firms="A B C")
    assert inference.with_errors(arrows, silent_firms=1 / 3, seed=1).n_ties == 2
    assert inference.with_errors(arrows, silent_firms=1 / 3, seed=1).n_firms == 3


def test_joint_errors_are_one_scenario() -> None:
    errors = {"missing_ties": 0.1, "false_ties": 0.1, "missing_firms": 0.1}
    made = inference.sensitivity(graded(1), "degree", errors=errors, joint=True, draws=10, seed=1)
    assert made.table.index.tolist() == ["missing_ties 0.1, false_ties 0.1, missing_firms 0.1"]
    alone = inference.sensitivity(graded(1), "degree", errors=errors, draws=10, seed=1).table
    assert made.table["spearman"].iloc[0] < alone["spearman"].min()
    with pytest.raises(OptionError, match="one rate per error"):
        inference.sensitivity(graded(1), "degree", errors={"missing_ties": [0.1, 0.2]}, joint=True)


def test_number_under_missing_ties() -> None:
    net = graded(3)
    made = inference.sensitivity(net, "density", errors={"missing_ties": 0.2}, draws=50, seed=1)
    row = made.table.loc["missing_ties 0.2"]
    assert made.top == 0
    assert made.survival.empty
    assert row["mean"] / made.observed == pytest.approx(0.8, abs=0.01)
    assert row["low"] < row["mean"] < row["high"]
    assert len(made.draws) == 50
    assert made.draws["value"].quantile(0.025) == row["low"]
    assert made.to_frame().equals(made.table)


def test_seed_repeats_the_study() -> None:
    one, two = (inference.sensitivity(graded(1), "degree", draws=3) for _ in range(2))
    again = inference.sensitivity(graded(1), "degree", draws=3, seed=one.settings.seed)
    assert again.table.equals(one.table)
    assert not two.draws.equals(one.draws)


def test_undefined_draws_are_counted() -> None:
    def never(network: Network) -> float:
        if network.n_ties < 20:
            raise NetworkError("too few")
        return 1.0

    net = ties(" ".join(f"A{i}-B{i}" for i in range(20)))
    row = inference.sensitivity(net, never, errors={"missing_ties": 0.5}, draws=10, seed=1).table.iloc[0]
    assert row["undefined"] == 10
    assert np.isnan(row["mean"])


def test_membership_shares_the_last_places() -> None:
    assert _membership(np.array([3.0, 2.0, 2.0, 1.0]), 2).tolist() == [1, 0.5, 0.5, 0]
    assert _membership(np.array([3.0, 2.0, np.nan, 1.0]), 5).tolist() == [1, 1, 0, 1]
    assert _membership(np.array([0.1 + 0.2, 0.3, 0.0]), 1).tolist() == [0.5, 0.5, 0.0]


def test_sensitivity_refuses() -> None:
    net = star()
    with pytest.raises(OptionError, match=r"Did you mean 'missing_ties'"):
        inference.sensitivity(net, "degree", errors={"missing_tie": 0.1})
    with pytest.raises(OptionError, match="rate from 0 to 1"):
        inference.sensitivity(net, "degree", errors={"missing_ties": 1.5})
    with pytest.raises(OptionError, match="need the records"):
        inference.sensitivity(net, "degree", build={"reports": "union"})
    with pytest.raises(OptionError, match="source is a str"):
        inference.sensitivity("records", "degree")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="not a listed"):
        inference.sensitivity(net, "degre")


# ── rules and linkage ──


def tables() -> dict[str, pd.DataFrame]:
    return {
        "firms": pd.DataFrame({"firm_id": list("ABCDE"), "name": [f"Firm {x}" for x in "ABCDE"]}),
        "partnerships": pd.DataFrame(
            {
                "a": ["A", "B", "A", "A"],
                "b": ["B", "A", "C", "D"],
                "kind": "alliance",
                "reported_by": ["A", "B", "A", "A"],
            }
        ),
    }


def test_rules_are_rebuilt_from_the_records() -> None:
    records = read_records(tables())
    made = inference.sensitivity(records, "density", seed=1)
    assert made.observed == pytest.approx(3 / 10)
    assert made.table["mean"].to_dict() == pytest.approx(
        {"reports: intersection": 1 / 10, "reports: sum": 3 / 10, "minimum: 2": 0.0}
    )
    assert (made.table["draws"] == 1).all()
    own = inference.sensitivity(
        records,
        "degree",
        rules={"both sides": {"reports": "intersection"}, "star": {"multiparty": "star"}, "odd": {"layers": "supply"}},
        build={"reports": "sum"},
        top=1,
        seed=1,
    )
    assert own.table["overlap"].round(3).tolist()[0] == 0.5  # A shares the first place with B
    assert own.table.index.tolist() == ["both sides", "star", "odd"]
    assert own.settings.parameters["rules"]["both sides"] == {"reports": "intersection"}


def test_rule_that_cannot_be_applied_says_why() -> None:
    given = tables()
    given["partnerships"] = given["partnerships"].drop(columns="reported_by")
    made = inference.sensitivity(read_records(given), "degree", rules={"both": {"reports": "intersection"}}, seed=1)
    assert "reported_by" in made.table.loc["both", "note"]
    assert made.table.loc["both", "draws"] == 0
    assert made.survival.columns.tolist() == ["value", "rank"]
    assert "no scenario" in repr(made)


@pytest.fixture(scope="module")
def messy() -> tuple[simulate.Simulation, object]:
    made = simulate.mess(simulate.cluster(n_firms=60, seed=3), seed=3)
    return made, link_firms(made.records)


def test_linkage_is_drawn_by_its_scores(messy) -> None:
    made, linkage = messy
    assert len(linkage.review) >= 3
    base = build_network(made.records, linkage=linkage)
    sizes, merged = [], dict.fromkeys(linkage.review.index, 0)
    draws = 25
    for seed in range(draws):
        drawn = _DrawnLinkage(linkage, np.random.default_rng(seed))
        if seed < 3:
            sizes.append(build_network(made.records, linkage=drawn).n_firms)
        for place, row in linkage.review.iterrows():
            one, other = drawn.resolve(pd.Series([row["left"], row["right"]]))
            merged[place] += one == other
    assert max(sizes) <= base.n_firms
    assert min(sizes) < base.n_firms
    lone = linkage.review.groupby("left")["left"].transform("size") == 1
    for place, row in linkage.review[lone & ~linkage.review["right"].duplicated(keep=False)].iterrows():
        assert merged[place] / draws == pytest.approx(row["score"], abs=0.25)


def test_linkage_scenario(messy) -> None:
    made, linkage = messy
    table = inference.sensitivity(made.records, "degree", linkage=linkage, rules={}, draws=6, seed=1).table
    assert table.index.tolist() == ["linkage"]
    assert 0.9 < table.loc["linkage", "spearman"] <= 1
    assert table.loc["linkage", "draws"] == 6


def test_settled_linkage_has_nothing_to_draw() -> None:
    records = read_records(tables())
    linkage = link_firms(records)
    drawn = _DrawnLinkage(linkage, np.random.default_rng(1))
    assert build_network(records, linkage=drawn).equals(build_network(records, linkage=linkage))
    assert inference.sensitivity(records, "degree", linkage=linkage, rules={}, seed=1).table.empty


# ── CS-coefficient ──


def test_stability_of_a_star_beats_a_random_network() -> None:
    shares = [0.1, 0.3, 0.5, 0.75]
    options = {"drop": "ties", "correlation": "pearson", "shares": shares, "draws": 15, "seed": 1}
    sure = inference.case_stability(star(40), "degree", **options)
    chance = inference.case_stability(random_network(40, 0.1, 1), "degree", **options)
    assert sure.coefficient == 0.75
    assert chance.coefficient < 0.55
    assert chance.curve["mean"].iloc[0] > chance.curve["mean"].iloc[-1]
    ordered = inference.case_stability(graded(1), "degree", shares=shares, draws=15, seed=1)
    random = inference.case_stability(random_network(80, 0.25, 1), "degree", shares=shares, draws=15, seed=1)
    assert ordered.coefficient > random.coefficient + 0.1


def test_coefficient_is_the_last_share_before_the_first_failure() -> None:
    made = inference.case_stability(graded(4), "betweenness", draws=20, shares=[0.2, 0.1, 0.6], seed=1)
    assert made.curve.index.tolist() == [0.1, 0.2, 0.6]
    passed = made.curve["reached"] >= 0.95
    assert made.coefficient == made.curve.index[passed][-1]
    assert "CS-coefficient" in repr(made)
    flat = inference.case_stability(ties("A-B B-C C-A"), "degree", drop="ties", draws=5, seed=1)
    assert flat.coefficient == 0
    assert (flat.curve["undefined"] == 5).any()
    with pytest.raises(OptionError, match="number"):
        inference.case_stability(graded(4), "density")
    with pytest.raises(OptionError, match="between 0 and 1"):
        inference.case_stability(graded(4), "degree", shares=[0, 0.5])


# ── vertex bootstrap ──


def test_resampled_ties_by_brute_force() -> None:
    rng = np.random.default_rng(5)
    net = ties("A-B:2 B-C:3 D-A:4 C-C:9 A-B:1", directed=True, firms="A B C D E")
    matrix = net.adjacency.toarray()
    rows = np.array([1, 0, 0, 2, 4, 3, 1])
    made = resampled(net, rows, copies="untied", rng=rng)
    expected = matrix[np.ix_(rows, rows)]
    expected[rows[:, None] == rows[None, :]] = 0
    assert np.array_equal(made.adjacency.toarray(), expected)
    assert made.firms.index.tolist() == list(range(7))
    tied = resampled(net, rows, copies="random", rng=rng).adjacency.toarray()
    differ = np.argwhere(tied != expected)
    assert all(rows[one] == rows[other] for one, other in differ)
    # Over many draws the copies are tied as random ordered pairs are, strengths included.
    pair = np.mean([resampled(net, [0, 0], copies="random", rng=rng).adjacency.toarray()[0, 1] for _ in range(200)])
    assert pair == pytest.approx(matrix.sum() / 20, abs=0.25)


def test_vertex_bootstrap_of_density_by_brute_force() -> None:
    net = graded(6, n=30)
    made = inference.vertex_bootstrap(net, "density", draws=200, seed=1)
    matrix = net.adjacency.toarray()
    rng = np.random.default_rng(2)
    off = matrix[~np.eye(30, dtype=bool)]
    found = []
    for _ in range(600):
        rows = rng.integers(0, 30, 30)
        drawn = matrix[np.ix_(rows, rows)]
        same = np.triu(rows[:, None] == rows[None, :], 1)
        drawn[same] = rng.choice(off, same.sum())
        found.append(drawn[np.triu_indices(30, 1)].mean())
    assert made.se == pytest.approx(np.std(found), rel=0.18)
    assert made.draws.mean() == pytest.approx(made.observed, abs=4 * made.se / np.sqrt(200))
    low, high = made.percentile
    assert made.basic == pytest.approx((2 * made.observed - high, 2 * made.observed - low))
    assert made.to_frame().loc["density", "draws"] == 200
    assert low == pytest.approx(made.draws.quantile(0.025))


def test_compare_networks() -> None:
    florence = datasets.load("florentine")
    marriage, business = florence.layer("marriage"), florence.layer("business")
    paired = inference.compare_networks(marriage, business, paired=True, draws=50, seed=1)
    alone = inference.compare_networks(marriage, business, draws=50, seed=1)
    assert paired.difference == alone.difference == pytest.approx(5 / 120)
    assert paired.se < alone.se  # the layers go together
    shuffled = Network(business.firms.iloc[::-1], business.ties)
    again = inference.compare_networks(marriage, shuffled, paired=True, draws=50, seed=1)
    assert again.se == pytest.approx(paired.se, rel=0.35)
    low, high = paired.interval
    assert (low < 0 < high) == (paired.p > 0.05)
    dense = inference.compare_networks(random_network(40, 0.5, 1), random_network(40, 0.1, 2), draws=50, seed=1)
    assert dense.p < 1e-6
    with pytest.raises(NetworkError, match="same firms"):
        inference.compare_networks(marriage, star(), paired=True)
    with pytest.raises(OptionError, match="Series"):
        inference.vertex_bootstrap(star(), "degree")


@pytest.mark.slow
def test_intervals_of_the_bootstrap_cover() -> None:
    """Firms of two kinds at random: 95 % intervals cover the expected density in at least 90 % of networks."""
    chance = np.array([[0.35, 0.05], [0.05, 0.2]])
    expected = chance.mean()
    n, runs = 50, 60
    covered = {"percentile": 0, "basic": 0}
    for run in range(runs):
        rng = np.random.default_rng(run)
        kind = rng.integers(0, 2, n)
        one, other = np.triu_indices(n, 1)
        tied = rng.random(len(one)) < chance[kind[one], kind[other]]
        net = Network(pd.RangeIndex(n), pd.DataFrame({"source": one[tied], "target": other[tied]}))
        made = inference.vertex_bootstrap(net, "density", draws=80, seed=run)
        for name in covered:
            low, high = getattr(made, name)
            covered[name] += low <= expected <= high
    assert all(count / runs >= 0.9 for count in covered.values()), covered


@pytest.mark.slow
def test_size_of_the_comparison() -> None:
    """Two networks of one law differ at 5 % in at most about 5 % of the pairs; at double density nearly always."""
    runs = 32
    false = sum(
        inference.compare_networks(
            random_network(40, 0.15, 2 * run), random_network(40, 0.15, 2 * run + 1), draws=40, seed=run
        ).p
        < 0.05
        for run in range(runs)
    )
    right = sum(
        inference.compare_networks(
            random_network(40, 0.3, 2 * run), random_network(40, 0.15, 2 * run + 1), draws=40, seed=run
        ).p
        < 0.05
        for run in range(12)
    )
    assert false / runs < 0.1
    assert right >= 11


# ── small and two-mode networks ──


def two_mode() -> Network:
    firms = pd.DataFrame({"mode": ["firm"] * 6 + ["agreement"] * 3}, index=list("abcdefXYZ"))
    pairs = [("a", "X"), ("b", "X"), ("c", "X"), ("c", "Y"), ("d", "Y"), ("e", "Z"), ("f", "Z"), ("a", "Z")]
    return Network(firms, pd.DataFrame(pairs, columns=["source", "target"]))


def test_a_small_share_of_few_firms_is_some_firm_at_times():
    net = Network.from_edges([("a", "b"), ("b", "c"), ("c", "d"), ("a", "c")])
    left = [inference.with_errors(net, seed=seed, missing_firms=0.1).n_firms for seed in range(150)]
    assert set(left) == {3, 4}
    assert 0.28 < left.count(3) / 150 < 0.52  # 0.4 firms on average
    assert inference.with_errors(net, seed=1, missing_firms=0.5).n_firms == 2
    assert inference.with_errors(net, seed=1, missing_firms=1.0).n_firms == 0
    assert inference.with_errors(net, seed=1, missing_firms=0.0).n_firms == 4


def test_a_list_of_everybody_tells_nothing():
    net = Network.from_edges([("a", "b"), ("b", "c"), ("c", "d"), ("a", "c")])
    made = inference.sensitivity(net, "degree", errors={"missing_ties": 0.2}, top=10, draws=10, seed=1)
    assert made.table["overlap"].isna().all()
    assert made.firms["kept"].isna().all()
    assert (made.firms["present"] == 1).all()
    assert "more firms than that" in made.summary()
    short = inference.sensitivity(net, "degree", errors={"missing_ties": 0.2}, top=2, draws=20, seed=1)
    assert 0 < short.table["overlap"].iloc[0] < 1


def test_two_mode_networks_stay_two_mode():
    net = two_mode()
    for errors in ({"false_ties": 0.2}, {"misassigned_ties": 0.2}):
        with pytest.raises(NetworkError, match=r"two-mode.*project"):
            inference.sensitivity(net, "degree", errors=errors, draws=2, seed=1)
        with pytest.raises(NetworkError, match=r"two-mode.*project"):
            inference.with_errors(net, seed=1, **errors)
    made = inference.sensitivity(net, lambda of: float(of.is_two_mode), draws=10, seed=1)
    assert made.table["mean"].tolist() == [1.0] * 4
    with pytest.raises(NetworkError, match="two-mode"):
        inference.vertex_bootstrap(net, "density", draws=5, seed=1)
    with pytest.raises(NetworkError, match="two-mode"):
        inference.compare_networks(net, net, "density", draws=5, seed=1)
    untied = inference.vertex_bootstrap(net, lambda of: float(of.is_two_mode), copies="untied", draws=10, seed=1)
    assert untied.draws.mean() == 1.0
