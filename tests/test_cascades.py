"""Spreading shocks against published values, closed forms, hand calculation and the same model written naively."""

import functools
import itertools
from collections import Counter
from fractions import Fraction
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from clusternet import Network, _compiled, cascades
from clusternet.cascades import (
    NEEDS,
    dependence_cascades,
    economic_risk,
    inoperability,
    interdependence_threshold,
    interdependency,
    layer_correlation,
    load_cascades,
    mutual_giant,
    mutual_giant_share,
    precipice,
    reliability,
    secondary_loss,
    threshold_cascades,
)
from clusternet.errors import NetworkError, OptionError, UnknownFirmError

TOY = Path(__file__).parents[2] / "shared" / "golden" / "esri_toy"
many = settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
some = settings(many, max_examples=100)


@st.composite
def of_every_kind(draw, *, max_firms=7, max_ties=14, least=0.5):
    """Directed, undirected or mixed, with loops, parallel ties, layers and isolates."""
    n = draw(st.integers(1, max_firms))
    ways = draw(st.sampled_from([[True], [False], [True, False]]))
    tie = st.tuples(
        st.integers(0, n - 1),
        st.integers(0, n - 1),
        st.sampled_from([least, 1.0, 2.0, 5.0]),
        st.sampled_from(ways),
        st.sampled_from(["supply", "referral"]),
    )
    columns = ["source", "target", "strength", "directed", "layer"]
    ties = pd.DataFrame(draw(st.lists(tie, max_size=max_ties)), columns=columns)
    kinds = {"strength": "float64", "directed": "bool", "layer": "str"}
    return Network(range(n), ties.astype({"source": "int64", "target": "int64", **kinds}))


def flows(net):
    return net.simple().csr(weights="strength").toarray()


# ── economic systemic risk ──


def toy():
    if not TOY.is_dir():
        pytest.skip("shared/golden/esri_toy is absent")
    edges = pd.read_csv(TOY / "edges.csv")
    ends = [edges.set_index(end)[f"{end}NACE"] for end in ("supplier", "customer")]
    industry = pd.concat(ends)
    needs = edges[["supplierNACE", "customerNACE"]].set_axis(["supplier", "customer"], axis=1)
    needs["need"] = edges["type"].map({2: "essential", 1: "non_essential", 0: "irrelevant"})
    ties = edges.rename(columns={"supplier": "source", "customer": "target", "weight": "strength"})
    net = Network.from_edges(ties[["source", "target", "strength"]], directed=True)
    return net, industry[~industry.index.duplicated()], needs


@pytest.mark.reference
def test_esri_agrees_with_the_reference_toy():
    net, industry, needs = toy()
    expected = pd.read_csv(TOY / "expected.csv").set_index("company")["esri"]
    found = economic_risk(net, industry=industry, needs=needs)
    assert np.abs(found.size - expected.reindex(found.size.index)).max() < 1e-12
    # The rows can tell the options apart: other needs give other values.
    for other in NEEDS:
        assert np.abs(economic_risk(net, industry=industry, needs=other).size - expected).max() > 0.01


def test_esri_by_hand():
    # mill1 (sells 3) and mill2 (sells 1) make flour, oven sells bread for 4 to shop, which buys 4 of ads as well.
    ties = [("mill1", "oven", 3.0), ("mill2", "oven", 1.0), ("oven", "shop", 4.0), ("ads", "shop", 4.0)]
    net = Network.from_edges(ties, directed=True)
    industry = pd.Series({"mill1": "flour", "mill2": "flour", "oven": "bread", "shop": "retail", "ads": "media"})
    needs = pd.DataFrame(
        [("flour", "bread", "essential"), ("bread", "retail", "essential"), ("media", "retail", "non_essential")],
        columns=["supplier", "customer", "need"],
    )
    found = economic_risk(net, industry=industry, needs=needs)
    # mill1: the flour left is 1 of 4, less than mill1 sold, so its share is capped at 1: oven loses 3/4, shop 3/4
    # (sells nothing). Loss 3 + 3/4 4 = 6 of 12 sold. mill2: of 3 left, share 1/3: oven loses 1/4 1/3 = 1/12.
    # oven: mills lose all sales, shop all bread: upstream 4, own 4, shop sells nothing; ads sells to shop all the same.
    # ads: itself only (shop loses half and sells nothing); shop: everybody upstream.
    expected = {"mill1": 6 / 12, "mill2": (1 + 4 / 12) / 12, "oven": 8 / 12, "ads": 4 / 12, "shop": 1.0}
    assert found.size.to_dict() == pytest.approx(expected, abs=1e-12)
    together = economic_risk(net, industry=industry, needs=needs, shocks=industry)
    assert together.size["flour"] == pytest.approx(8 / 12)
    assert together.losses.loc["shop", "media"] == pytest.approx(0.5)
    assert together.losses.loc["shop", "flour"] == pytest.approx(1.0)
    jobs = pd.Series({"mill1": 1.0, "mill2": 1.0, "oven": 1.0, "ads": 1.0, "shop": 6.0})
    by_jobs = economic_risk(net, industry=industry, needs=needs, value=jobs)
    assert by_jobs.size["ads"] == pytest.approx((1 + 0.5 * 6) / 10)


def naive_esri(flow, industry, need, shocked, worth):
    """One failing set of firms; the published equations as they stand, run to the limit."""
    n = len(flow)
    sold, bought = flow.sum(axis=1), flow.sum(axis=0)
    inputs = []  # customer, and the share of every supplier in one group of its inputs
    for i in range(n):
        for a in [*set(industry), None]:
            kind = "non_essential" if a is None else "essential"
            of = np.array([a in {None, industry[j]} and need[industry[j], industry[i]] == kind for j in range(n)])
            whole = bought[i] if a is None else flow[of, i].sum()
            if flow[of, i].any():
                inputs.append((i, np.where(of, flow[:, i], 0) / whole))
    customer, shares = [i for i, _ in inputs], np.array([share for _, share in inputs]).reshape(-1, n)
    same = np.equal.outer(industry, industry)
    down = np.zeros(n)
    down[shocked] = 1
    for _ in range(2000):
        left = same @ (sold * (1 - down))
        short = shares @ (np.where(left > sold, sold / np.maximum(left, 1e-99), 1.0) * down)
        before, down = down, down.copy()
        np.maximum.at(down, customer, np.minimum(short, 1))
        if (down - before).max() < 1e-14:
            break
    else:
        reject()  # at a critical point losses rise like 1/t
    loss = np.maximum(down, exact_upstream(flow, shocked))
    return (loss * worth).sum() / worth.sum() if worth.sum() else np.nan


def exact_upstream(flow, shocked):
    """The mean of the customers' losses, for all that the shock reaches, in fractions."""
    flow = [[Fraction(value) for value in row] for row in flow.tolist()]
    n, lost = len(flow), [Fraction(i in shocked) for i in range(len(flow))]
    reached = set(shocked)
    while more := {i for i in range(n) if any(flow[i][j] for j in reached)} - reached:
        reached |= more
    free = sorted(reached - set(shocked))
    rows = [[sum(flow[i]) * (i == j) - flow[i][j] for j in free] + [sum(flow[i][j] for j in shocked)] for i in free]
    for k in range(len(free)):
        pivot = next(r for r in range(k, len(free)) if rows[r][k])
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [value / rows[k][k] for value in rows[k]]
        for r in set(range(len(free))) - {k}:
            rows[r] = [one - rows[r][k] * other for one, other in zip(rows[r], rows[k], strict=True)]
    for i, row in zip(free, rows, strict=True):
        lost[i] = row[-1]
    return np.array(lost, dtype=float)


@pytest.mark.slow
@many
@given(
    of_every_kind(max_firms=6, least=1e-9),
    st.lists(st.integers(0, 2), min_size=6, max_size=6),
    st.randoms(use_true_random=False),
)
def test_esri_equals_the_naive_equations(net, codes, rng):
    n = net.n_firms
    industry = codes[:n]
    need = {(a, b): rng.choice(NEEDS) for a in range(3) for b in range(3)}
    table = pd.DataFrame([(a, b, kind) for (a, b), kind in need.items()], columns=["supplier", "customer", "need"])
    sold = flows(net).sum(axis=1)
    found = economic_risk(net, industry=industry, needs=table).size.to_numpy()
    expected = [naive_esri(flows(net), industry, need, [i], sold) for i in range(n)]
    np.testing.assert_allclose(found, expected, atol=1e-7)
    grouped = economic_risk(net, industry=industry, needs=table, shocks=pd.Series(industry), value=[1.0] * n)
    for group, size in grouped.size.items():
        firms = [i for i in range(n) if industry[i] == group]
        assert size == pytest.approx(naive_esri(flows(net), industry, need, firms, np.ones(n)), abs=1e-7)


def test_upstream_where_losses_circle_for_long():
    # A dense random network with one small leak: plain rounds need thousands of steps.
    rng = np.random.default_rng(3)
    n = 60
    flow = (rng.random((n, n)) < 0.1) * rng.lognormal(size=(n, n))
    np.fill_diagonal(flow, 0)
    flow[np.arange(n), (np.arange(n) + 1) % n] += 1.0
    flow[5, n - 1] = 1e-3
    source, target = np.nonzero(flow)
    ties = pd.DataFrame({"source": source, "target": target, "strength": flow[source, target]})
    leak = pd.DataFrame({"source": [5], "target": [n], "strength": [0.01]})
    net = Network.from_edges(pd.concat([ties, leak], ignore_index=True), firms=range(n + 1), directed=True)
    found = economic_risk(net, industry=[0] * (n + 1), needs="irrelevant").sizes["upstream"].to_numpy()
    whole = net.adjacency.toarray()
    sold = whole.sum(axis=1)
    share = np.divide(whole, sold[:, None], out=np.zeros_like(whole), where=sold[:, None] > 0)
    inverse = np.linalg.inv(np.eye(n + 1) - share)
    expected = (sold / sold.sum()) @ (inverse / np.diag(inverse))
    np.testing.assert_allclose(found, expected, atol=1e-6)
    # A closed circle: whoever fails, all lose everything.
    ring = Network.from_edges([(i, (i + 1) % 50, 1.0) for i in range(50)], directed=True)
    np.testing.assert_allclose(economic_risk(ring, industry=range(50)).size, 1.0, atol=1e-9)


def test_upstream_on_circles_that_next_to_nothing_leaves():
    # Two pairs of firms trade all but a sliver among themselves; slivers of unlike size, so that no leap helps both.
    ties = [("A", "B", 1.0), ("B", "A", 1.0), ("C", "D", 1.0), ("D", "C", 1.0), ("A", "hit", 1e-6), ("C", "A", 1e-4)]
    net = Network.from_edges([*ties, ("D", "out", 1e-9), ("B", "out", 1e-6)], directed=True)
    found = economic_risk(
        net, industry=["x"] * 6, needs="irrelevant", shocks=pd.Series({"hit": "g", "out": "h"}), severity=0.5
    )
    # A and B: the sliver of each goes to one of the two; C and D follow A, but for what D sells to out.
    lost = found.losses["g"]
    a = 0.5 * 1e-6 * (1 + 1e-6) / ((1 + 1e-6) ** 2 - 1)
    c = 1e-4 * a * (1 + 1e-9) / ((1 + 1e-4) * (1 + 1e-9) - 1)
    assert lost["A"] == pytest.approx(a, abs=2e-7)
    assert lost["B"] == pytest.approx(a / (1 + 1e-6), abs=2e-7)
    assert lost["C"] == pytest.approx(c, abs=2e-7)
    np.testing.assert_allclose(found.losses.loc[["A", "B", "C", "D"]].sum(axis=1), 0.5, atol=1e-6)


@pytest.mark.parametrize("sliver", [1e-6, 1e-9, 1e-12])
def test_upstream_where_the_slow_part_hides_behind_fast_changes(sliver):
    # A and B trade all but a sliver with each other; nothing leaves the circle, so all is lost in the end.
    ties = [("A", "B", 1.0), ("B", "A", 1.0), ("B", "hit", sliver), ("hit", "C", 1.0), ("C", "D", 1.0)]
    ties += [("D", "A", 1.0), ("D", "C", 2.0)]
    hit = pd.Series({"hit": "g"})
    options = {"needs": "irrelevant", "shocks": hit}
    found = economic_risk(Network.from_edges(ties, directed=True), industry=list("uvwxy"), **options)
    np.testing.assert_allclose(found.losses["g"], 1.0, atol=1e-9)
    # With as small a sliver sold outside half of it is.
    drained = Network.from_edges([*ties, ("A", "shop", sliver)], directed=True)
    lost = economic_risk(drained, industry=list("uvwxyz"), **options).losses["g"]
    np.testing.assert_allclose(lost[["A", "B", "C", "D"]], 0.5, atol=0.3 * sliver + 1e-8)
    # Two firms of a circle hit in unlike measure: all lose as much as the one that loses more.
    ring = Network.from_edges([(i, (i + 1) % 5, 1.0) for i in range(5)], directed=True)
    mixed = economic_risk(
        ring, industry=range(5), needs="irrelevant", shocks=["g", "g", *"hhh"], severity=[0.2, 0.5, *[0] * 3]
    )
    np.testing.assert_allclose(mixed.losses["g"], 0.5, atol=1e-12)


def test_many_firms_on_circles_that_next_to_nothing_leaves():
    # Too many to be taken out one by one: a circle of 600 of which one sells a sliver to a firm that fails and as much
    # to one that does not.
    ring = [(i, (i + 1) % 600, 1.0) for i in range(600)]
    rng = np.random.default_rng(1)
    ends = zip(rng.integers(0, 600, 900).tolist(), rng.integers(0, 600, 900).tolist(), strict=True)
    more = [(a, b, 0.5) for a, b in ends if a != b]
    net = Network.from_edges([*ring, *more, (5, "hit", 1e-10), (5, "shop", 1e-10)], directed=True)
    found = economic_risk(net, industry=[0] * 602, needs="irrelevant", shocks=pd.Series({"hit": "g"}))
    np.testing.assert_allclose(found.losses.loc[range(600), "g"], 0.5, atol=1e-7)


@pytest.mark.parametrize("sliver", [1e-3, 1e-5, 1e-6, 1e-9])
def test_downstream_where_losses_circle_for_long(sliver):
    # a = (1 - sliver) s b, s the share of B in what its industry still sells, b = (a + sliver) / (1 + sliver): b = 1/2.
    ties = [("B", "A", 1 - sliver), ("X", "A", sliver), ("A", "B", 1.0), ("Y", "B", sliver)]
    needs = pd.DataFrame(
        [("b", "a", "essential"), ("a", "b", "non_essential"), ("y", "b", "non_essential")],
        columns=["supplier", "customer", "need"],
    )
    industry = pd.Series({"A": "a", "B": "b", "X": "b", "Y": "y"})
    net = Network.from_edges(ties, directed=True)
    lost = economic_risk(net, industry=industry, needs=needs, shocks=pd.Series({"Y": "g"})).losses["g"]
    assert lost["B"] == pytest.approx(0.5, abs=2e-8)
    assert lost["A"] == pytest.approx((1 - sliver) / 2, abs=2e-8)
    assert lost["X"] == 0


def test_downstream_on_the_edge_of_collapse():
    # A and B sell 2 each to C, C supplies A, B loses half: c = a = (a + 1/2) / (3 - 2 a), that is (a - 1/2)^2 = 0.
    # Plain rounds get there like 1/t.
    net = Network.from_edges([("A", "C", 2.0), ("B", "C", 2.0), ("C", "A", 1.0)], directed=True)
    industry = pd.Series({"A": "x", "B": "x", "C": "y"})
    hit = pd.Series({"B": "g"})
    lost = economic_risk(net, industry=industry, shocks=hit, severity=0.5).losses["g"]
    np.testing.assert_allclose(lost, 0.5, atol=1e-7)
    # Past the edge losses go on until nobody replaces anything: a = (a + b) / 2.
    more = economic_risk(net, industry=industry, shocks=hit, severity=0.5 + 1e-6).losses["g"]
    np.testing.assert_allclose(more, 0.5 + 1e-6, atol=1e-8)


def test_market_shares_at_their_limits():
    def lost(ties, industry, group, **options):
        net = Network.from_edges(ties, directed=True)
        shocks = pd.Series("g", index=list(group))
        return economic_risk(net, industry=pd.Series(industry), shocks=shocks, **options).losses["g"]

    # Nobody else in the industry: what it does not deliver is lost, whole or in part.
    alone = [("mill", "oven", 2.0), ("oven", "shop", 1.0)]
    made = {"mill": "flour", "oven": "bread", "shop": "retail"}
    assert lost(alone, made, ["mill"])["oven"] == 1.0
    assert lost(alone, made, ["mill"], severity=0.25)["oven"] == pytest.approx(0.25, abs=1e-12)
    # A firm of the industry that sells to nobody replaces nobody.
    assert lost(alone, {**made, "shop": "flour"}, ["mill"])["oven"] == 1.0
    # Two of one industry: the other, however small, can take over a failed share of at most its size; and no one is
    # left to when both fail (a total of 0).
    two = [("big", "oven", 9.0), ("tiny", "oven", 1.0)]
    of_two = {"big": "flour", "tiny": "flour", "oven": "bread"}
    assert lost(two, of_two, ["big"])["oven"] == pytest.approx(0.9)
    assert lost(two, of_two, ["tiny"])["oven"] == pytest.approx(0.1 / 9)
    assert lost(two, of_two, ["big", "tiny"])["oven"] == 1.0
    # Half of both: 5 of 10 are still sold, so that big is capped at 1 and tiny counts 1/5.
    assert lost(two, of_two, ["big", "tiny"], severity=0.5)["oven"] == pytest.approx(0.9 * 0.5 + 0.1 * 0.5 / 5)


def test_compiled_kernels_give_the_same(monkeypatch):
    rng = np.random.default_rng(5)
    ties = pd.DataFrame({"source": rng.integers(0, 60, 240), "target": rng.integers(0, 60, 240)})
    ties["strength"] = rng.lognormal(size=240)
    net = Network.from_edges(ties, firms=range(60), directed=True)
    industry = rng.integers(0, 6, 60)

    def run():
        return [
            economic_risk(net, industry=industry).sizes,
            threshold_cascades(net, threshold=0.3).sizes,
            dependence_cascades(net).sizes,
            dependence_cascades(net, variant="repeated", pass_on=0.7).sizes,
        ]

    monkeypatch.setattr(_compiled, "_compiled", {})
    monkeypatch.setattr(_compiled, "COMPILE_ABOVE", 10**12)
    plain = run()
    monkeypatch.setattr(_compiled, "_compiled", {})
    monkeypatch.setattr(_compiled, "COMPILE_ABOVE", -1)
    for one, other in zip(plain, run(), strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=False, atol=1e-12)


def test_esri_refusals_and_empty():
    net = Network.from_edges([("A", "B")], directed=True)
    with pytest.raises(OptionError, match="1 firms with ties have no industry: 'B'"):
        economic_risk(net, industry=pd.Series({"A": "x"}))
    table = pd.DataFrame({"supplier": ["x"], "customer": ["x"], "need": ["essential"]})
    with pytest.raises(OptionError, match=r"no row for 1 pairs .*'x', 'y'"):
        economic_risk(net, industry=["x", "y"], needs=table)
    with pytest.raises(OptionError, match="vital"):
        economic_risk(net, industry=["x", "y"], needs=table.assign(need="vital"))
    twice = pd.concat([table, table.assign(need="irrelevant")])
    with pytest.raises(OptionError, match="two answers"):
        economic_risk(net, industry=["x", "y"], needs=twice)
    with pytest.raises(OptionError, match="value is missing"):
        economic_risk(net, industry=["x", "y"], value=[1.0, None])
    empty = Network([], pd.DataFrame({"source": [], "target": []}))
    assert economic_risk(empty, industry=[]).sizes.empty
    alone = economic_risk(Network(["A", "B"], pd.DataFrame({"source": [], "target": []})), industry=[None, None])
    assert alone.size.isna().all()


# ── thresholds, load, dependence ──


def partners(net, direction, weights):
    """Matrix whose entry j, i is what firm i leans on partner j."""
    flow = net.simple("undirected" if direction == "all" else "keep").csr(weights=weights).toarray()
    return flow.T if direction == "out" else flow


@pytest.mark.slow
@many
@given(
    of_every_kind(),
    st.sampled_from([0.1, 0.25, 1 / 3, 0.5, 0.75, 1.0]),
    st.sampled_from(["in", "out", "all"]),
    st.sampled_from(["ignore", "strength"]),
)
def test_threshold_cascades_equal_the_naive_rule(net, threshold, direction, weights):
    lean = partners(net, direction, weights)
    total = lean.sum(axis=0)
    found = threshold_cascades(net, threshold=threshold, direction=direction, weights=weights)
    for seed in range(net.n_firms):
        failed = np.zeros(net.n_firms, dtype=bool)
        failed[seed] = True
        rounds = -1
        while True:
            rounds += 1
            more = failed | ((total > 0) & (lean[failed].sum(axis=0) >= threshold * total - 1e-9))
            if (more == failed).all():
                break
            failed = more
        assert tuple(found.sizes.loc[seed, ["n_failed", "rounds"]]) == (failed.sum(), rounds)
    assert found.distribution["n_shocks"].sum() == net.n_firms
    assert found.distribution["share_at_least"].iloc[0] == 1.0


def test_who_leans_on_whom():
    chain = Network.from_edges([("A", "B"), ("B", "C")], directed=True)
    mixed = Network(
        ["A", "B", "C", "D"], pd.DataFrame({"source": ["A", "B"], "target": ["B", "C"], "directed": [True, False]})
    )
    expected = {"in": ([3, 2, 1], [3, 2, 2, 1]), "out": ([1, 2, 3], [1, 3, 3, 1]), "all": ([1, 3, 1], [3, 3, 3, 1])}
    for direction, (of_chain, of_mixed) in expected.items():
        assert threshold_cascades(chain, threshold=1.0, direction=direction).sizes["n_failed"].to_list() == of_chain
        assert threshold_cascades(mixed, threshold=0.5, direction=direction).sizes["n_failed"].to_list() == of_mixed
        hit = dependence_cascades(chain, direction=direction).sizes["n_hit"].to_list()
        assert hit == (of_chain if direction != "all" else [3, 3, 3])


def test_threshold_per_firm_and_refusals():
    net = Network.from_edges([("A", "B"), ("B", "C")], directed=True)
    found = threshold_cascades(net, threshold=pd.Series({"A": 1.0, "B": 1.0, "C": 0.5}))
    assert found.sizes["n_failed"].to_list() == [3, 2, 1]
    assert found.distribution.to_dict("list") == {
        "n_shocks": [1, 1, 1],
        "share_at_least": pytest.approx([1, 2 / 3, 1 / 3]),
    }
    assert "worst 'A' 1.0000" in repr(found)
    for wrong in (0.0, 1.5, float("nan")):
        with pytest.raises(OptionError, match="threshold"):
            threshold_cascades(net, threshold=wrong)


@pytest.mark.slow
@many
@given(of_every_kind(max_firms=6), st.sampled_from([0.0, 0.3, 1.0]), st.booleans())
def test_load_cascades_equal_networkx(net, tolerance, endpoints):
    graph = nx.DiGraph() if net.simple().directed else nx.Graph()
    graph.add_nodes_from(range(net.n_firms))
    graph.add_edges_from(zip(net.simple().source.tolist(), net.simple().target.tolist(), strict=True))

    def load(graph):
        through = nx.betweenness_centrality(graph, normalized=False)
        reach = dict(nx.all_pairs_shortest_path_length(graph))
        back = dict(nx.all_pairs_shortest_path_length(graph.reverse())) if graph.is_directed() else None
        ends = {v: len(reach[v]) - 1 + (len(back[v]) - 1 if back else 0) for v in graph}
        return {v: through[v] + (ends[v] if endpoints else 0) for v in graph}

    room = {v: (1 + tolerance) * value for v, value in load(graph).items()}
    found = load_cascades(net, tolerance=tolerance, endpoints=endpoints)
    for seed in range(net.n_firms):
        left, gone = graph.copy(), [seed]
        while gone:
            left.remove_nodes_from(gone)
            gone = [v for v, value in load(left).items() if value > room[v] + 1e-9]
        assert found.sizes.loc[seed, "n_failed"] == net.n_firms - len(left)


def test_load_counts_the_paths_that_end_at_a_firm():
    # motter2002 on a ring of six: every firm carries 5 paths of its own and 2 of others. One fails, of the five left
    # the middle one carries 4 of its own and 4 of others: 8 of 7.
    ring = Network.from_edges([(i, (i + 1) % 6) for i in range(6)])
    assert load_cascades(ring, tolerance=0.1).sizes["n_failed"].to_list() == [2] * 6
    assert load_cascades(ring, tolerance=1 / 7).sizes["n_failed"].to_list() == [1] * 6
    # By betweenness alone 3 of the five go from 2 to 3 or 4.
    assert load_cascades(ring, tolerance=0.1, endpoints=False).sizes["n_failed"].to_list() == [4] * 6


@pytest.mark.slow
@many
@given(
    of_every_kind(),
    st.sampled_from([1.0, 0.6]),
    st.sampled_from(["in", "out", "all"]),
    st.sampled_from([None, 0.5, 4.0]),
    st.sampled_from([1.0, 0.2]),
)
def test_dependence_cascades_equal_the_published_rule(net, pass_on, direction, buffer, severity):
    n = net.n_firms
    lean = partners(net, direction, "strength")
    total = lean.sum(axis=0) if buffer is None else np.full(n, buffer)
    leverage = pass_on * np.divide(lean, total, out=np.zeros_like(lean), where=total > 0)
    impact = np.minimum(1, leverage)
    options = {"pass_on": pass_on, "direction": direction, "buffer": buffer, "severity": severity}
    once = dependence_cascades(net, **options)
    again = dependence_cascades(net, variant="repeated", **options)
    for seed in range(n):
        # battiston2012: states undistressed, distressed, inactive.
        h = np.zeros(n)
        h[seed] = severity
        state = np.where(h > 0, "D", "U")
        while (state == "D").any():
            new = np.minimum(1, h + impact[state == "D"].T @ h[state == "D"])
            state = np.where(state == "D", "I", np.where((new > 0) & (state == "U"), "D", state))
            h = new
        assert once.size[seed] == pytest.approx((h.sum() - severity) / n, abs=1e-12)
        # bardoscia2015: every increment is handed on, and a loan may be more than the buffer.
        before, h = np.zeros(n), np.zeros(n)
        h[seed] = severity
        for _ in range(100_000):
            before, h = h, np.minimum(1, h + leverage.T @ (h - before))
            if np.abs(h - before).max() < 1e-14:
                break
        assert again.size[seed] == pytest.approx((h.sum() - severity) / n, abs=1e-7)


def test_dependence_value_and_buffer():
    net = Network.from_edges([("A", "B", 2.0), ("B", "C", 2.0)], directed=True)
    found = dependence_cascades(net, buffer=pd.Series({"A": 1.0, "B": 8.0, "C": 4.0}), value=[1.0, 4.0, 5.0])
    # A: B loses 1/4, C loses 1/4 of 1/2.
    assert found.size.to_dict() == pytest.approx({"A": 0.1 + 0.5 / 8, "B": 0.25, "C": 0.0})
    assert found.sizes["own"].to_list() == [0.1, 0.4, 0.5]
    with pytest.raises(OptionError, match="buffer is 0 for 1 firms with partners: 'C'"):
        dependence_cascades(net, buffer=pd.Series({"A": 1.0, "B": 8.0, "C": 0.0}))
    with pytest.raises(OptionError, match="pass_on"):
        dependence_cascades(net, pass_on=0.0)


def test_repeated_distress_knows_leverage_above_one():
    # bardoscia2015: B has lent A five times its buffer, so a loss of .1 of A costs B half; C as much as B.
    net = Network.from_edges([("A", "B", 5.0), ("B", "C", 1.0)], directed=True)
    given_ = {"buffer": 1, "severity": [0.1, 0.0, 0.0]}
    assert dependence_cascades(net, variant="repeated", **given_).size["A"] == pytest.approx(1.0 / 3, abs=1e-9)
    # battiston2012: the impact of a partner is at most 1.
    assert dependence_cascades(net, **given_).size["A"] == pytest.approx(0.2 / 3, abs=1e-12)


def test_repeated_distress_where_losses_circle_for_long():
    # All lean on each other, so that all go in the end; handed on round by round that takes n^2 rounds.
    path = Network.from_edges([(i, i + 1) for i in range(299)])
    np.testing.assert_allclose(dependence_cascades(path, variant="repeated").size, 299 / 300, atol=1e-9)
    # A circle of 150, of whom the first buys 1 % outside: those before the firm that fails lose 1 / 1.01.
    ties = [(i, (i + 1) % 150, 1.0) for i in range(150)]
    ring = Network.from_edges([*ties, (150, 0, 0.01)], firms=range(151), directed=True)
    size = dependence_cascades(ring, variant="repeated").size
    at = np.arange(150)
    np.testing.assert_allclose(size[:150], (149 - at + at / 1.01) / 151, atol=1e-9)
    # Half a failure of a firm outside stays half in a circle that nothing leaves.
    fed = Network.from_edges([(i, (i + 1) % 40, 1.0) for i in range(40)] + [(40, 0, 0.001)], directed=True)
    half = dependence_cascades(fed, variant="repeated", severity=0.5)
    assert half.size[40] == pytest.approx(0.5 * 40 * (0.001 / 1.001) / (1 - 1 / 1.001) / 41, abs=1e-7)


def test_numbers_of_every_kind_and_undefined_sizes():
    net = Network.from_edges([("A", "B", 2.0), ("B", "C", 1.0)], directed=True)
    assert threshold_cascades(net, threshold=np.float32(0.5)).sizes["n_failed"].to_list() == [3, 2, 1]
    assert threshold_cascades(net, threshold=[1.0, 1.0, 1.0]).sizes["n_failed"].to_list() == [3, 2, 1]
    assert dependence_cascades(net, severity=[0.5, 0.0, 1.0]).sizes["own"].to_list() == pytest.approx([1 / 6, 0, 1 / 3])
    for call in (threshold_cascades, dependence_cascades):
        option = "threshold" if call is threshold_cascades else "severity"
        for wrong in (None, -0.5, float("nan")):
            with pytest.raises(OptionError, match=f"{option} is"):
                call(net, **{option: wrong})
    with pytest.raises(OptionError, match="severity is missing, negative or no number for 2 firms: 'B', 'C'"):
        dependence_cascades(net, severity=pd.Series({"A": 0.5}))
    worthless = dependence_cascades(net, value=[0, 0, 0])
    assert worthless.size.isna().all()
    assert "3 shocks, of undefined size" in repr(worthless)
    assert worthless.distribution.empty
    numbered = threshold_cascades(Network.from_edges([(1, 2), (2, 3)]), threshold=1.0)
    assert "worst 2 1.0000" in repr(numbered)


# ── inoperability, precipice, secondary loss ──


def test_inoperability_by_hand():
    # haimes2001, two infrastructures: q1 = .9 q2, q2 = .4 q1 + .5, so q2 = .5 / .64.
    pair = pd.DataFrame([[0.0, 0.9], [0.4, 0.0]], index=["power", "water"], columns=["power", "water"])
    found = inoperability(pair, pd.Series({"water": 0.5}))
    assert found.to_dict() == pytest.approx({"power": 0.703125, "water": 0.78125}, abs=1e-12)
    flows = pd.DataFrame([[10.0, 40.0], [20.0, 0.0]], index=["a", "b"], columns=["a", "b"])
    output = pd.Series({"a": 100.0, "b": 80.0})
    assert interdependency(flows, output=output).to_numpy().tolist() == [[0.1, 0.4], [0.25, 0.0]]
    assert interdependency(flows, output=output, side="supply").to_numpy().tolist() == [[0.1, 0.2], [0.5, 0.0]]
    with pytest.raises(OptionError, match="'a'"):
        interdependency(flows, output=pd.Series({"a": 1.0, "b": 80.0}))
    with pytest.raises(OptionError, match="names what the table does not: 'z'"):
        inoperability(pair, pd.Series({"z": 0.5}))
    with pytest.raises(OptionError, match=r"range for 'water'.*from 0 to 1"):
        inoperability(pair, pd.Series({"water": 1.5}))
    with pytest.raises(OptionError, match=r"no number.*'water'"):
        inoperability(pair, pd.Series({"water": "half"}))
    with pytest.raises(OptionError, match="output names twice: 'a'"):
        interdependency(flows, output=pd.Series([1.0, 100.0, 80.0], index=["a", "a", "b"]))
    for wrong in ("much", float("inf")):
        with pytest.raises(OptionError, match=r"output is missing, no number .*'b'"):
            interdependency(flows, output=pd.Series({"a": 100.0, "b": wrong}))


@some
@given(st.integers(1, 5), st.integers(0, 10**6))
def test_inoperability_is_the_least_solution(n, seed):
    rng = np.random.default_rng(seed)
    matrix = rng.choice([0.0, 0.0, 0.3, 0.7, 1.0, 1.4], size=(n, n))
    shock = rng.choice([0.0, 0.0, 0.2, 1.0], size=n)
    found = inoperability(pd.DataFrame(matrix), pd.Series(shock)).to_numpy()
    lost = np.zeros(n)
    for _ in range(200_000):
        step = np.minimum(1, matrix @ lost + shock)
        if np.abs(step - lost).max() < 1e-15:
            break
        lost = step
    np.testing.assert_allclose(found, lost, atol=1e-9)


def test_precipice_closed_form():
    # B7 of the list of findings; m = n = 2 is exactly 27/32 and 64/81.
    table = precipice([2, 3, 5], suppliers=[2, 3, 4, 5])["critical_strength"].to_numpy().reshape(3, 4)
    expected = [[0.8438, 0.6474, 0.5176, 0.4294], [0.9042, 0.7307, 0.6001, 0.5061], [0.9459, 0.8026, 0.6779, 0.5818]]
    np.testing.assert_allclose(table, expected, atol=6e-5)
    exact = precipice(2, suppliers=2).iloc[0]
    assert exact.to_list() == pytest.approx([27 / 32, 64 / 81], abs=1e-7)
    assert precipice(1, suppliers=4).iloc[0].to_list() == [0.25, 0.0]
    assert precipice(3, suppliers=1).iloc[0].to_list() == [1.0, 1.0]
    edge = precipice(5, suppliers=4)["critical_strength"].iloc[0]
    assert reliability(edge + 0.0005, inputs=5, suppliers=4).iloc[0] == pytest.approx(0.842, abs=2e-3)
    assert reliability(edge - 0.001, inputs=5, suppliers=4).iloc[0] == 0.0
    # Shallow chains look safe just below the edge.
    shallow, deep = (reliability(edge - 0.01, inputs=5, suppliers=4, depth=d).iloc[0] for d in (10, 20))
    assert shallow == pytest.approx(0.79, abs=5e-3)
    assert deep == pytest.approx(0.001, abs=5e-4)
    # Far out, where powers under- and overflow: (e^t - 1)(1 - y) = m n y at t = -n log(1 - y).
    far = precipice([2, 2000], suppliers=[2, 10_000])
    for (m, n), (strength, height) in zip(far.index, far.to_numpy(), strict=True):
        y = strength * height
        assert (1 - (1 - y) ** n) == pytest.approx(m * n * y * (1 - y) ** (n - 1), rel=1e-6)
        assert height == pytest.approx((1 - (1 - y) ** n) ** m, rel=1e-6)
        below, above = reliability([strength * 0.9999, strength * 1.0001], inputs=m, suppliers=n)
        assert below == 0.0
        assert above > height
    assert reliability(np.float32(1.0)).to_list() == [1.0]
    with pytest.raises(OptionError, match="strength is 'high'"):
        reliability("high")
    with pytest.raises(OptionError, match="probabilities"):
        reliability(1.2)
    with pytest.raises(OptionError, match="inputs"):
        precipice(0, suppliers=2)


@pytest.mark.slow
@many
@given(st.integers(1, 5), st.integers(1, 5), st.floats(0, 1))
def test_reliability_is_the_limit_of_depth(m, n, x):
    found = reliability(x, inputs=m, suppliers=n).iloc[0]
    assert found == pytest.approx((1 - (1 - x * found) ** n) ** m, abs=1e-6)
    deep = reliability(x, inputs=m, suppliers=n, depth=3000).iloc[0]
    edge = precipice(m, suppliers=n)["critical_strength"].iloc[0]
    if abs(x - edge) > 0.01:
        assert found == pytest.approx(deep, abs=1e-6)


@st.composite
def two_mode(draw):
    n, k = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    links = draw(st.sets(st.tuples(st.integers(0, n - 1), st.integers(0, k - 1)), min_size=1))
    firms = pd.DataFrame({"mode": ["skill"] * k + ["firm"] * n}, index=[f"s{i}" for i in range(k)] + list("abcde"[:n]))
    return Network.from_edges([(f"s{s}", "abcde"[f]) for f, s in links], firms=firms), n, links


def survival(order, links):
    held = {}
    for f, s in links:
        held.setdefault(s, set()).add(f)
    return [sum(bool(firms - set(order[:q])) for firms in held.values()) / len(held) for q in range(len(order) + 1)]


@pytest.mark.slow
@many
@given(two_mode())
def test_secondary_loss_equals_brute_force(made):
    net, n, links = made
    exact = np.mean([survival(order, links) for order in itertools.permutations(range(n))], axis=0)
    found = secondary_loss(net)
    np.testing.assert_allclose(found.curve["left"], exact, atol=1e-12)
    assert found.area == pytest.approx(np.trapezoid(exact, dx=1 / n))
    degree = [sum(f == firm for f, _ in links) for firm in range(n)]
    for name, sign in (("most_linked", -1), ("least_linked", 1)):
        order = sorted(range(n), key=lambda f: (sign * degree[f], f))
        assert secondary_loss(net, order=name).curve["left"].to_list() == pytest.approx(survival(order, links))
    backward = [n - 1, *range(n - 1)]
    assert secondary_loss(net, order=["abcde"[n - 1]]).curve["left"].to_list() == pytest.approx(
        survival(backward, links)
    )


def test_secondary_loss_series_and_refusals():
    firms = pd.DataFrame({"mode": ["firm", "firm", "skill", "skill"]}, index=["Ada", "Bo", "weld", "cast"])
    net = Network.from_edges([("Ada", "weld"), ("Ada", "cast"), ("Bo", "cast")], firms=firms)
    assert secondary_loss(net, order=pd.Series({"Bo": 2, "Ada": 1})).curve["left"].to_list() == [1.0, 1.0, 0.0]
    assert secondary_loss(net).capabilities["lost_at"].to_dict() == pytest.approx({"weld": 1.5, "cast": 2.0})
    with pytest.raises(OptionError, match="mode that is removed"):
        secondary_loss(net, order=["weld"])
    with pytest.raises(OptionError, match="no firm of the mode that is removed a number; its index names 'weld', 'Di'"):
        secondary_loss(net, order=pd.Series({"weld": 2, "Di": 1}))
    with pytest.raises(NetworkError, match="two-mode"):
        secondary_loss(Network.from_edges([("A", "B")]))


# ── layers that need each other ──


def test_interdependence_closed_form():
    table = interdependence_threshold([1, 2, 3, 4, 5])
    np.testing.assert_allclose(table["kept_ties"], [1, 2.455407, 3.0891, 3.5089, 3.8225], atol=5e-5)
    assert table.loc[2].to_list() == pytest.approx([2.455407, 1.256431, 0.284668], abs=1e-6)
    # Weak dependence: the fall becomes a smooth decline. For two layers p k = 1/(1-q) at P = 0 up to q = 1/3:
    # x/((1-e^-x)(1-q e^-x)) = (1 + x/2 + ...)(1/(1-q))(1 - q x/(1-q) + ...), which falls from there if q/(1-q) > 1/2.
    smooth = interdependence_threshold(2, dependence=0.3).loc[2]
    assert smooth["kept_ties"] == pytest.approx(1 / 0.7)
    assert smooth["giant_ties"] == 0.0
    assert interdependence_threshold(2, dependence=0.4).loc[2, "giant_ties"] > 0.1


@functools.cache
def needed_layers(n):
    """All ways in which n layers can need each other, by number of needs and of layers that the first one needs."""
    pairs = [(a, b) for a in range(n) for b in range(n) if a != b]
    found = Counter()
    for kept in itertools.product([False, True], repeat=len(pairs)):
        needs = [pair for pair, keep in zip(pairs, kept, strict=True) if keep]
        reached = {0}
        while more := {b for a, b in needs if a in reached} - reached:
            reached |= more
        found[len(needs), len(reached)] += 1
    arcs, size = np.array(list(found)).T
    return arcs, size, np.array(list(found.values()))


@pytest.mark.slow
@many
@given(st.floats(0, 1), st.floats(0.5, 8), st.integers(1, 4), st.floats(0, 1))
def test_mutual_giant_share_is_the_limit_from_above(p, k, n, q):
    found = mutual_giant_share(p, ties=k, layers=n, dependence=q).iloc[0]
    arcs, size, count = needed_layers(n)
    chance = count * q**arcs * (1 - q) ** (n * (n - 1) - arcs)
    share = p
    for _ in range(20_000):
        before, share = share, p * (chance * (1 - np.exp(-k * share)) ** size).sum()
        if before - share < 1e-13:
            break
    edge = interdependence_threshold(n, dependence=q)["kept_ties"].iloc[0]
    if abs(p * k - edge) > 1e-3:
        assert found == pytest.approx(share, abs=1e-5)


def layered(n, layers):
    rows = [(a, b, f"l{i}") for i, pairs in enumerate(layers) for a, b in pairs]
    ties = pd.DataFrame(rows, columns=["source", "target", "layer"]).astype({"layer": "str"})
    return Network(range(n), ties)


@st.composite
def multiplexes(draw):
    n = draw(st.integers(2, 6))
    pair = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1))
    layers = [draw(st.lists(pair, min_size=1, max_size=9)) for _ in range(draw(st.integers(2, 3)))]
    return n, layers, draw(st.sets(st.integers(0, n - 1), max_size=2))


def connected(firms, pairs):
    graph = nx.Graph([pair for pair in pairs if set(pair) <= set(firms)])
    graph.add_nodes_from(firms)
    return nx.is_connected(graph)


@pytest.mark.slow
@many
@given(multiplexes())
def test_mutual_giant_is_the_largest_set_connected_in_all_layers(made):
    n, layers, removed = made
    found = mutual_giant(layered(n, layers), removed=removed)
    there = [i for i in range(n) if i not in removed]
    best = max(
        (size for size in range(len(there) + 1) for firms in itertools.combinations(there, size)
         if size and all(connected(firms, pairs) for pairs in layers)),
        default=0,
    )  # fmt: skip
    assert len(found.firms) == best
    assert found.share == best / n
    assert not set(found.firms) & removed
    assert not best or all(connected(list(found.firms), pairs) for pairs in layers)


@pytest.mark.slow
@many
@given(multiplexes(), st.sampled_from([0.0, 0.5, 0.9]), st.integers(0, 1000))
def test_partial_dependence(made, q, seed):
    n, layers, removed = made
    net = layered(n, layers)
    found = mutual_giant(net, removed=removed, dependence=q, seed=seed)
    assert mutual_giant(net, removed=removed, dependence=q, seed=seed).working.equals(found.working)
    for name, pairs in zip(found.working.columns, layers, strict=True):
        firms = found.working.index[found.working[name]]
        assert not len(firms) or connected(list(firms), pairs)
        assert not set(firms) & removed
        if q == 0:  # each layer for itself: its largest component
            graph = nx.Graph([pair for pair in pairs if not set(pair) & removed])
            graph.add_nodes_from(i for i in range(n) if i not in removed)
            assert len(firms) == max(map(len, nx.connected_components(graph)), default=0)


def random_layers(n, k, n_layers, seed):
    rng = np.random.default_rng(seed)
    frames = []
    for i in range(n_layers):
        ends = rng.integers(0, n, (2, n * k // 2))
        frames.append(pd.DataFrame({"source": ends[0], "target": ends[1], "layer": f"l{i}"}))
    return Network(range(n), pd.concat(frames, ignore_index=True)), rng


def test_simulated_layers_fall_at_the_published_threshold():
    n, k = 50_000, 4
    net, rng = random_layers(n, k, 2, seed=11)
    order = rng.permutation(n)
    share = {}
    for pk in (2.455 * 0.98, 2.455 * 1.03):
        removed = order[: n - round(n * pk / k)]
        share[pk] = mutual_giant(net, removed=removed).share
    low, high = share.values()
    assert low < 0.001
    assert high - low > 0.2  # a fall, not a decline
    assert high == pytest.approx(mutual_giant_share(2.455 * 1.03 / k, ties=k).iloc[0], abs=0.02)
    half = mutual_giant(net, removed=order[: n // 4], dependence=0.5, seed=1)
    assert half.share < half.working["l0"].mean()


def test_partial_dependence_meets_its_closed_form():
    net, rng = random_layers(20_000, 4, 2, seed=2)
    removed = rng.permutation(20_000)[:8_000]
    found = mutual_giant(net, removed=removed, dependence=0.5, seed=3)
    assert found.working["l0"].mean() == pytest.approx(
        mutual_giant_share(0.6, ties=4, dependence=0.5).iloc[0], abs=0.015
    )


def test_partial_dependence_of_three_layers_counts_needs_of_needs():
    # A firm that needs itself in a second layer needs what that one needs in the third.
    p, k, q = 0.8, 4.0, 0.5
    found = mutual_giant_share(p, ties=k, layers=3, dependence=q).iloc[0]
    g = 1 - np.exp(-k * found)
    one = (1 - q) * g + q * g**2
    assert found == pytest.approx(p * g * ((1 - q) ** 2 + 2 * q * (1 - q) * one + q**2 * g**2), abs=1e-12)
    net, rng = random_layers(20_000, 4, 3, seed=4)
    simulated = mutual_giant(net, removed=rng.permutation(20_000)[:4_000], dependence=q, seed=5).working.mean()
    assert simulated.mean() == pytest.approx(found, abs=0.006)  # with direct needs only it would be .71
    assert found == pytest.approx(0.6927, abs=1e-4)


def test_thresholds_of_many_layers():
    many_layers = interdependence_threshold([50, 300])
    x = many_layers["giant_ties"].to_numpy()
    n = np.array([50, 300])
    # The slope is 0 where e^x - 1 = n x.
    np.testing.assert_allclose(np.expm1(x), n * x, rtol=1e-5)
    np.testing.assert_allclose(many_layers["kept_ties"], x / (-np.expm1(-x)) ** n, rtol=1e-12)
    # Four layers, weak need: a small fall on a share that then declines to nothing.
    late = interdependence_threshold(4, dependence=0.211).loc[4]
    assert late["giant_ties"] == 0.0
    assert late["kept_ties"] == pytest.approx((1 - 0.211) ** -3)
    assert mutual_giant_share(0.5, ties=2 * late["kept_ties"] * 1.0001, layers=4, dependence=0.211).iloc[0] > 0
    assert mutual_giant_share(0.5, ties=2 * late["kept_ties"] * 0.9999, layers=4, dependence=0.211).iloc[0] == 0


def test_layer_correlation_by_hand():
    net = layered(4, [[(0, 1), (0, 2), (0, 3)], [(0, 1), (1, 2)]])
    row = layer_correlation(net).iloc[0]
    one, other = [3, 1, 1, 1], [1, 2, 1, 0]
    assert row["degree_correlation"] == pytest.approx(np.corrcoef(one, other)[0, 1], abs=1e-12)
    assert row["rank_correlation"] == pytest.approx(pd.Series(one).corr(pd.Series(other), method="spearman"), abs=1e-12)
    assert row["tie_overlap"] == 1 / 4
    assert row["firm_overlap"] == 3 / 4
    same = layer_correlation(layered(3, [[(0, 1), (1, 2)], [(0, 1), (1, 2)]])).iloc[0]
    assert same[["degree_correlation", "rank_correlation", "tie_overlap"]].to_list() == pytest.approx([1, 1, 1])


def test_layers_refusals():
    net = layered(3, [[(0, 1)], [(1, 2)]])
    with pytest.raises(OptionError, match="two or more"):
        mutual_giant(net, layers=["l0"])
    with pytest.raises(NetworkError, match="no layer 'x'"):
        mutual_giant(net, layers=["l0", "x"])
    with pytest.raises(UnknownFirmError):
        mutual_giant(net, removed=[9])
    with pytest.raises(OptionError, match="dependence"):
        mutual_giant(net, dependence=1.5)


def test_public_face():
    assert set(cascades.__all__) <= set(dir(cascades))
    assert all(getattr(cascades, name).__doc__ for name in cascades.__all__ if name != "NEEDS")


# ── partial shocks, progress, workers ──


def supply_of_sixty():
    rng = np.random.default_rng(8)
    ties = pd.DataFrame({"source": rng.integers(0, 60, 240), "target": rng.integers(0, 60, 240)})
    ties["strength"] = rng.lognormal(size=240)
    return Network.from_edges(ties[ties["source"] != ties["target"]], firms=range(60), directed=True)


def test_half_a_failure_upstream_is_half_the_loss_and_a_mixed_one_solves_its_equations():
    net = supply_of_sixty()
    industry, groups = np.arange(60) % 6, np.arange(60) % 5
    whole = economic_risk(net, industry=industry, shocks=groups)
    half = economic_risk(net, industry=industry, shocks=groups, severity=0.5)
    np.testing.assert_allclose(half.sizes["upstream"], whole.sizes["upstream"] / 2, atol=1e-7)
    assert (half.sizes["downstream"] < whole.sizes["downstream"]).all()
    # One failing firm and one that loses a fifth, in one group: x = max(shock, P x).
    severity = pd.Series(0.0, index=range(60))
    severity[[0, 5]] = 1.0, 0.2
    mixed = economic_risk(net, industry=industry, needs="irrelevant", shocks=groups, severity=severity)
    flow = net.adjacency.toarray()
    sold = flow.sum(axis=1)
    share = np.divide(flow, sold[:, None], out=np.zeros_like(flow), where=sold[:, None] > 0)
    lost = severity.to_numpy()
    for _ in range(5000):
        lost = np.maximum(severity, share @ lost).to_numpy()
    np.testing.assert_allclose(mixed.losses[0], lost, atol=1e-6)
    assert mixed.sizes.loc[1:, "size"].eq(0).all()  # groups in which nobody is hit
    with pytest.raises(OptionError, match="severity is"):
        economic_risk(net, industry=industry, severity=1.5)


def test_a_partial_shock_downstream_costs_its_share():
    chain = Network.from_edges([("mill", "baker", 2.0), ("baker", "shop", 2.0)], directed=True)
    found = economic_risk(chain, industry=["flour", "bread", "retail"], severity=0.3)
    np.testing.assert_allclose(found.sizes["downstream"], [0.3, 0.15, 0.0], atol=1e-12)


@pytest.mark.parametrize("variant", ["once", "repeated"])
def test_partial_distress_scales_where_nothing_saturates(variant):
    net = supply_of_sixty()
    whole = dependence_cascades(net, variant=variant, pass_on=0.3, severity=0.4)
    half = dependence_cascades(net, variant=variant, pass_on=0.3, severity=0.2)
    np.testing.assert_allclose(half.size, whole.size / 2, atol=1e-7)
    np.testing.assert_allclose(whole.sizes["own"], 0.4 / 60)


def test_repeated_distress_solves_its_linear_equations():
    net = supply_of_sixty()
    found = dependence_cascades(net, variant="repeated", pass_on=0.5, severity=0.1)
    flow = net.adjacency.toarray()
    bought = flow.sum(axis=0)
    impact = 0.5 * np.divide(flow, bought, out=np.zeros_like(flow), where=bought > 0).T
    lost = 0.1 * np.linalg.inv(np.eye(60) - impact)
    assert lost.max() < 1
    np.testing.assert_allclose(found.size, lost.mean(axis=0) - 0.1 / 60, atol=1e-7)


def test_an_interrupt_keeps_finished_shocks_and_workers_do_not_matter(monkeypatch):
    rng = np.random.default_rng(9)
    ties = pd.DataFrame({"source": rng.integers(0, 200, 800), "target": rng.integers(0, 200, 800)})
    net = Network.from_edges(ties[ties["source"] != ties["target"]], firms=range(200), directed=True)
    monkeypatch.setattr(_compiled, "COMPILE_ABOVE", -1)
    results = []
    for workers in (1, 3, 8):
        monkeypatch.setattr("os.cpu_count", lambda workers=workers: workers)
        results.append(economic_risk(net, industry=np.arange(200) % 9).sizes)
    for other in results[1:]:
        pd.testing.assert_frame_equal(results[0], other, check_exact=True)
    told = []

    def stop(done, total):
        told.append((done, total))
        if done >= 64:
            raise KeyboardInterrupt

    with pytest.warns(RuntimeWarning, match="interrupted after 64 of 200"):
        some = economic_risk(net, industry=np.arange(200) % 9, progress=stop)
    assert told == [(32, 200), (64, 200)]
    pd.testing.assert_frame_equal(some.sizes, results[0].head(64), check_exact=True)
    for call in (threshold_cascades, dependence_cascades):
        with pytest.warns(RuntimeWarning, match="interrupted after 64 of 200"):
            assert len(call(net, progress=stop).sizes) == 64
    small = net.subset(range(80))
    told.clear()
    with pytest.warns(RuntimeWarning, match="interrupted after 64 of 80"):
        assert len(load_cascades(small, progress=stop).sizes) == 64
