"""Random networks to compare with, and the volatility of an economy with Pareto suppliers."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from clusternet import Network, cohesion, dependence, models
from clusternet.centrality import degree
from clusternet.errors import NetworkError, OptionError
from clusternet.models._random import _pairs


def pairs_of(net):
    return frozenset(zip(net.ties["source"], net.ties["target"], strict=True))


@pytest.mark.parametrize(("n", "ties"), [(4, 2), (5, 2)])  # one by listing all pairs, one by drawing and rejecting
def test_every_set_of_ties_is_equally_likely(n, ties):
    sets = [frozenset(chosen) for chosen in combinations(combinations(range(n), 2), ties)]
    draws = 60 * len(sets)
    rng = np.random.default_rng(1)
    drawn = pd.Series([frozenset(map(tuple, _pairs(n, ties, rng).tolist())) for _ in range(draws)]).value_counts()
    assert set(drawn.index) == set(sets)
    assert stats.chisquare(drawn.to_numpy()).pvalue > 1e-3


def test_random_networks_have_the_size_asked_for():
    net = models.random_network(2_000, 4_000, seed=1)
    assert (net.n_firms, net.n_ties) == (2_000, 4_000)
    assert not (net.ties["source"] == net.ties["target"]).any()
    assert net.equals(models.random_network(2_000, 4_000, seed=1))
    assert not net.equals(models.random_network(2_000, 4_000, seed=2))
    assert models.random_network(0, 0, seed=1).n_firms == 0
    assert models.random_network(4, 6, seed=1).n_ties == 6
    with pytest.raises(OptionError, match="6 pairs"):
        models.random_network(4, 7)


def test_layers_are_drawn_anew():
    net = models.random_layers(300, ties=4.0, layers=["supply", "platform", "alliance"], seed=3)
    parts = [pairs_of(net.layer(name)) for name in net.layers]
    assert [len(part) for part in parts] == [600, 600, 600]
    overlap = len(parts[0] & parts[1])
    assert overlap < 30  # 600 * 600 / 44,850 pairs = 8 by chance
    with pytest.raises(OptionError, match="once"):
        models.random_layers(5, ties=1, layers=["a", "a"])


def test_attachment_by_ties_makes_larger_hubs_than_with_an_appeal():
    tails = [degree(models.preferential_attachment(5_000, 2, appeal=a, seed=1)).nlargest(5).mean() for a in (0, 1, 50)]
    assert tails[0] > 1.2 * tails[1] > 1.2 * tails[2]
    # Mean k(k + 1) of the model's law 2m(m + 1)/(k(k + 1)(k + 2)): the share of firms with m ties is 2/(m + 2).
    ties = degree(models.preferential_attachment(5_000, 2, seed=2))
    assert (ties == 2).mean() == pytest.approx(0.5, abs=0.02)
    assert (ties == 3).mean() == pytest.approx(12 / 60, abs=0.02)
    with pytest.raises(OptionError, match="appeal"):
        models.preferential_attachment(10, 2, appeal=-1)


def test_sorting_by_degree_keeps_degrees_and_moves_assortativity():
    grown = models.preferential_attachment(60, 2, appeal=1.0, seed=4)
    slopes = {}
    for toward in ("alike", "unlike"):
        net = models.sorted_by_degree(grown, toward=toward, seed=1)
        assert degree(net).equals(degree(grown))
        assert len(pairs_of(net)) == grown.n_ties
        slopes[toward] = cohesion.degree_assortativity(net)
    assert slopes["alike"] > 0.1 > cohesion.degree_assortativity(grown) > slopes["unlike"]
    assert models.sorted_by_degree(grown, switches=0, seed=1).n_ties == grown.n_ties


def test_dartboard_has_the_moments_of_its_index():
    table, share = models.dartboard(0.3, 2, places=5, draws=4_000, seed=1)
    assert share.sum() == pytest.approx(1)
    pairs = table["place"].to_numpy().reshape(-1, 2)
    same = (pairs[:, 0] == pairs[:, 1]).mean()  # two plants meet with probability gamma + (1 - gamma) sum x^2
    assert same == pytest.approx(0.3 + 0.7 * (share**2).sum(), abs=0.03)
    met = table["place"].value_counts(normalize=True).reindex(share.index)
    assert met.to_numpy() == pytest.approx(share.to_numpy(), abs=0.03)
    darts, share = models.dartboard(0.0, 50, draws=200, seed=1)
    counts = darts["place"].value_counts().reindex(share.index, fill_value=0)
    assert stats.chisquare(counts, share * len(darts)).pvalue > 1e-3
    with pytest.raises(OptionError, match="gamma"):
        models.dartboard(1.0, 10)


@pytest.mark.parametrize("tail", [0.9, 1.0, 1.38, 2.0, 3.0])
def test_volatility_is_that_of_the_economy_described(tail):
    n = 12
    size = ((np.arange(n) + 0.5) / n) ** (-1 / tail)
    # Every firm buys from all, itself included, in one mix: v = (alpha/n) (I - (1 - alpha) W')^-1 1.
    bought = np.outer(size / size.sum(), np.ones(n))
    wanted = np.linalg.solve(np.eye(n) - 2 / 3 * bought, np.full(n, 1 / 3 / n))
    assert models.pareto_volatility(n, tail=tail) == pytest.approx(np.sqrt((wanted**2).sum()), abs=1e-12)


def test_long_sums_of_volatility_are_exact(monkeypatch):
    from clusternet.models import _origins

    for tail in (1.0, 1.18, 2.0):
        whole = models.pareto_volatility(300_000, tail=tail)
        with monkeypatch.context() as patch:
            patch.setattr(_origins, "_LISTED", 20_000)
            assert models.pareto_volatility(300_000, tail=tail) == pytest.approx(whole, rel=1e-9)


def test_equal_suppliers_average_out_and_labor_alone_too():
    assert models.pareto_volatility(100, tail=1e9) == pytest.approx(0.1, rel=1e-6)
    assert models.pareto_volatility(100, tail=1.2, alpha=1.0) == pytest.approx(0.1)
    assert models.pareto_volatility(1, tail=1.5) == pytest.approx(1.0)
    ring = Network.from_edges([(i, (i + 1) % 100) for i in range(100)], directed=True)
    assert dependence.aggregate_volatility(ring) == pytest.approx(models.pareto_volatility(100, tail=1e9), rel=1e-6)


@pytest.mark.parametrize(("n", "options"), [(0, {"tail": 1}), (5, {"tail": 0}), (5, {"tail": 1, "alpha": 0})])
def test_bad_numbers_of_volatility_are_refused(n, options):
    with pytest.raises(OptionError):
        models.pareto_volatility(n, **options)


def test_a_two_mode_network_is_not_sorted_into_another():
    with pytest.raises(NetworkError, match="two-mode"):
        models.sorted_by_degree(models.random_boards(5, 30, seed=1), seed=1)


def test_one_text_is_one_layer():
    assert models.random_layers(10, ties=1, layers="alice", seed=1).layers == ("alice",)


def test_the_steepest_law_leaves_one_supplier():
    assert models.pareto_volatility(1000, tail=0.001) == pytest.approx(
        np.sqrt((1 / 3000 + 2 / 3) ** 2 + 999 / 3000**2), rel=1e-12
    )


def test_layers_need_names_and_ties():
    with pytest.raises(OptionError, match="ties is -1"):
        models.random_layers(10, ties=-1.0)
    with pytest.raises(OptionError, match="at least one"):
        models.random_layers(10, ties=1.0, layers=[])
