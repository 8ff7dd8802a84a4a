"""Tables of shocks against taking firms and ties out by hand."""

import datetime as dt
import math
import re

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusternet import Network
from clusternet.errors import NetworkError, OptionError, UnknownFirmError
from clusternet.resilience import attribute_connected, remove_firms, remove_scenario, tie_value
from removal import a_thousand, networks, of, seldom, sizes_of

FIRMS = pd.DataFrame(
    {
        "sector": ["food", "food", "food", "wood", "wood", "metal"],
        "place": ["Riga", "Riga", "Oulu", "Oulu", "Oulu", None],
        "hazard": [0.1, 0.5, 0.3, 0.9, np.nan, 0.2],
    },
    index=list("abcdef"),
)
TIES = pd.DataFrame(
    [
        ("a", "b", "supply", 1.0),
        ("b", "c", "supply", 3.0),
        ("c", "d", "platform", 2.0),
        ("d", "e", "platform", 1.0),
        ("e", "f", "supply", 5.0),
        ("a", "f", "platform", 1.0),
    ],
    columns=["source", "target", "layer", "strength"],
    index=[f"t{row}" for row in range(6)],
)
RING = Network(FIRMS, TIES)


def shocks(*rows):
    return pd.DataFrame(rows, columns=["period", "kind", "target", "size"])


def brute(net, firms, ties):
    """Giant share and reachable pairs, of the firms at the start, once these firms and ties are gone."""
    graph = nx.Graph()
    graph.add_nodes_from(set(net.firms.index) - set(firms))
    for tie, a, b in zip(net.ties.index, net.ties["source"], net.ties["target"], strict=True):
        if tie not in ties and a in graph and b in graph:
            graph.add_edge(a, b)
    sizes = sizes_of(graph)
    n = net.n_firms
    return [max(sizes, default=0) / n if n else math.nan, sum(math.comb(size, 2) for size in sizes)]


# ── what is left ──


@seldom
@given(networks(smallest=1), st.data())
def test_every_period_equals_taking_firms_and_ties_out(net, data):
    firms = net.firms.assign(sector=[data.draw(st.sampled_from(["food", "wood"])) for _ in net.firms.index])
    net = Network(firms, net.ties)
    sizes = st.sampled_from(["30%", "50%", None, 0.4, 0.0])
    targets = [("sector", name) for name in firms["sector"].unique()] + [("layer", name) for name in net.layers]
    targets += [("firm", firm) for firm in firms.index] + [("all", None)]
    row = st.tuples(st.integers(2020, 2023), st.sampled_from(targets), sizes)
    rows = data.draw(st.lists(row, min_size=1, max_size=5))
    table = shocks(*[(period, kind, target, size) for period, (kind, target), size in rows])
    got = remove_scenario(net, table, draws=3, seed=1, responses=["giant_share", "reachable_pairs"])
    periods = sorted({period for period, _, _ in rows})
    sector = net.firms["sector"].to_dict()
    ends = {tie: tuple(rest) for tie, *rest in net.ties[["source", "target", "layer"]].itertuples(name=None)}
    assert got.curve["period"].tolist()[1:] == periods
    for draw, paths in got.draws.groupby("draw"):
        lost = got.left[got.left["draw"] == draw]
        assert not lost.duplicated(["what", "id"]).any()
        firms_gone, ties_gone = set(), set()
        for step in range(len(periods) + 1):
            asked = table[table["period"] == periods[step - 1]].itertuples() if step else ()
            for shock in asked:
                gone = set(lost.loc[lost["row"] == shock.Index, "id"])
                if shock.kind == "layer":
                    standing = {tie for tie, (a, b, _) in ends.items() if not {a, b} & firms_gone}
                    members = {tie for tie in standing - ties_gone if ends[tie][2] == shock.target}
                else:
                    asks = {"sector": lambda firm, of=shock.target: sector[firm] == of, "all": bool}
                    asks["firm"] = lambda firm, of=shock.target: firm == of
                    members = {firm for firm in sector if asks[shock.kind](firm)} - firms_gone
                share = {"30%": 0.3, "50%": 0.5, None: 1.0}.get(shock.size, shock.size)
                share = 1.0 if pd.isna(share) else share
                assert len(gone) == math.floor(share * len(members) + 0.5)
                assert gone <= members
                (ties_gone if shock.kind == "layer" else firms_gone).update(gone)
            values = paths.loc[(draw, step)].to_dict()
            found = [values["giant_share"], values["reachable_pairs"]]
            assert found == pytest.approx(brute(net, firms_gone, ties_gone))
            assert values["n_firms"] == net.n_firms - len(firms_gone)
            there = {tie for tie, (a, b, _) in ends.items() if not {a, b} & firms_gone}
            assert values["n_ties"] == len(there - ties_gone)


test_every_period_on_a_thousand = a_thousand(
    test_every_period_equals_taking_firms_and_ties_out, networks(smallest=1, largest=6), st.data()
)


def test_a_scenario_of_single_firms_is_a_removal_path():
    net = of(nx.gnm_random_graph(12, 20, seed=1))
    order = list(net.firms.index[::-1])
    table = pd.DataFrame({"period": range(12), "target": order})
    names = ["giant_share", "reachable_share_left", "efficiency", "component_entropy", "natural_connectivity"]
    jobs = attribute_connected(pd.Series(np.arange(12.0), index=net.firms.index, name="jobs"))
    got = remove_scenario(net, table, responses=[*names, jobs])
    path = remove_firms(net, order=order, responses=[*names, jobs]).curve
    pd.testing.assert_frame_equal(got.curve[[*names, "jobs_connected"]], path, check_names=False)
    assert got.settings.seed is None
    assert got.settings.parameters["draws"] == 1
    assert got.left["id"].tolist() == order
    # A cut that cuts nothing takes the way of cut ties, and must not change the rest.
    tied = Network(net.firms, net.ties.assign(layer="one"))
    cut = pd.concat(
        [
            table.assign(kind="firm", size=None),
            pd.DataFrame([(99, "one", "layer", 0.0)], columns=["period", "target", "kind", "size"]),
        ]
    )
    other = remove_scenario(tied, cut.reset_index(drop=True), responses=[*names, jobs])
    pd.testing.assert_frame_equal(other.curve.iloc[:13], got.curve, check_dtype=False)


# ── who fails ──


def gone(table, **options):
    return gone_of(RING, table, **options)


def gone_of(net, table, **options):
    return remove_scenario(net, table, **options).left["id"].tolist()


def test_who_fails_by_order_column_and_row():
    assert gone(shocks((1, "sector", "food", 1)), who="hazard") == ["b"]
    assert gone(shocks((1, "sector", "food", 2)), who="hazard") == ["b", "c"]
    assert gone(shocks((1, "sector", "wood", 1)), who="hazard") == ["d"]  # the unscored last
    assert gone(shocks((1, "all", None, 2)), who=pd.Series({"f": 5.0, "a": 1.0})) == ["f", "a"]
    # The ring without a: b and f have one tie left, so that the best tied of food is c.
    assert gone(shocks((1, "firm", "a", None), (2, "sector", "food", 1)), who="degree") == ["a", "c"]
    assert gone(shocks((1, "firm", "a", None), (2, "all", None, 1)), who="gnd_unit")[0] == "a"
    assert gone(shocks((1, "layer", "supply", 1)), who="strongest") == ["t4"]
    assert gone(shocks((1, "layer", "supply", 1)), who="strength") == ["t4"]
    assert gone(shocks((1, "layer", "supply", "34%"), (1, "firm", "e", None)), who="strongest") == ["t4", "e"]
    # With e gone, its tie to f has gone as well and cannot be cut.
    assert gone(shocks((1, "firm", "e", None), (1, "layer", "supply", 1)), who="strongest") == ["e", "t1"]
    rows = shocks((1, "sector", "food", 1), (2, "place", "Oulu", 1)).assign(who=["hazard", "degree"])
    assert gone(rows) == ["b", "d"]


def test_periods_come_in_their_order():
    table = shocks((2030, "firm", "a", None), (2025, "firm", "b", None))
    assert gone(table) == ["b", "a"]
    assert gone(table.assign(period=["late", "early"])) == ["a", "b"]
    dated = remove_scenario(RING, table.assign(period=pd.to_datetime(["2030-01-01", "2025-06-01"])))
    assert dated.left["id"].tolist() == ["b", "a"]
    assert dated.curve["period"].tolist()[1:] == [pd.Timestamp("2025-06-01"), pd.Timestamp("2030-01-01")]
    days = remove_scenario(RING, table.assign(period=[dt.date(2030, 1, 1), dt.date(2025, 6, 1)]))
    assert days.left["id"].tolist() == ["b", "a"]
    named = pd.Categorical(["late", "early"], categories=["early", "late"], ordered=True)
    assert gone(table.assign(period=named)) == ["b", "a"]
    assert gone({"period": [2, 1], "target": ["a", "b"]}) == ["b", "a"]  # a table as a dict of columns
    same = remove_scenario(RING, shocks((1, "sector", "food", None), (1, "place", "Riga", None)))
    assert same.left["row"].tolist() == [0, 0, 0]  # who is gone is not there for the second
    assert len(same.curve) == 2


def test_sizes_are_shares_counts_or_all():
    for size, expected in [
        (0.34, 1),
        ("34%", 1),
        ("50 %", 2),
        (0.5, 2),
        (2, 2),
        ("3", 3),
        (None, 3),
        ("100%", 3),
        (0, 0),
    ]:
        assert len(gone(shocks((1, "sector", "food", size)), who="degree")) == expected, size
    unit = shocks((1, "sector", "food", 1), (2, "sector", "wood", 0.5)).assign(unit=["share", None])
    assert len(gone(unit, who="degree")) == 4
    unit["unit"] = ["count", None]
    assert len(gone(unit, who="degree")) == 2


def test_blank_cells_are_missing_ones():
    # As csv.DictReader leaves them.
    row = {"period": "2026", "kind": "", "target": "a", "size": " ", "unit": "", "who": ""}
    assert gone([row]) == ["a"]
    assert gone([{**row, "kind": "sector", "target": "wood"}]) == ["d", "e"]


def test_halves_are_rounded_up_whatever_the_float():
    net = Network(range(100), pd.DataFrame({"source": [], "target": []}))
    for size in ("14.5%", 0.145):  # 0.145 * 100 is 14.499999999999998
        assert len(gone_of(net, shocks((1, "all", None, size)), draws=1)) == 15
    assert len(gone_of(net, shocks((1, "all", None, "14.4%")), draws=1)) == 14


def test_the_value_on_a_layer_that_is_cut_on_the_way():
    net = Network(FIRMS, TIES.assign(layer=TIES["layer"].replace("platform", "club")))
    table = shocks((1, "layer", "club", None), (2, "firm", "b", None))
    value = remove_scenario(net, table, responses=[tie_value("club"), tie_value("supply")]).curve
    assert value[["club_value", "supply_value"]].values.tolist() == [[4, 9], [0, 9], [0, 5]]
    with pytest.raises(NetworkError, match="'clubb'"):
        remove_scenario(net, table, responses=[tie_value("clubb")])


def test_random_draws_follow_the_seed_and_reach_everybody():
    table = shocks((1, "sector", "food", 1), (2, "sector", "wood", "50%"))
    once = remove_scenario(RING, table, draws=60)
    again = remove_scenario(RING, table, draws=60, seed=once.settings.seed)
    pd.testing.assert_frame_equal(once.draws, again.draws)
    pd.testing.assert_frame_equal(once.left, again.left)
    shorter = remove_scenario(RING, table, draws=20, seed=once.settings.seed)
    pd.testing.assert_frame_equal(shorter.draws, once.draws.loc[:19])
    shares = remove_scenario(RING, table, draws=900, seed=3).share_of_draws
    assert shares[["a", "b", "c"]].to_numpy() == pytest.approx([1 / 3] * 3, abs=4 * math.sqrt(2 / 9 / 900))
    assert shares[["d", "e"]].to_numpy() == pytest.approx([0.5] * 2, abs=4 * math.sqrt(0.25 / 900))
    assert "f" not in shares
    assert "mean of 60 draws" in repr(once)
    assert "2 shocks in 2 periods: 4 of 6 firms left" in repr(once)


def test_bands_are_quantiles_of_the_draws():
    got = remove_scenario(RING, shocks((1, "all", None, 2), (2, "all", None, 3)), draws=101, level=0.8, seed=2)
    bands = got.bands.set_index(["response", "step"])
    for name in ("giant_share", "reachable_pairs"):
        values = got.draws[name].to_numpy().reshape(101, 3)
        for step in range(3):
            expected = np.quantile(values[:, step], [0.1, 0.5, 0.9])
            assert bands.loc[(name, step), ["low", "median", "high"]].tolist() == pytest.approx(expected.tolist())
            assert got.curve.loc[step, name] == pytest.approx(values[:, step].mean())
    assert got.to_frame()["period"].tolist()[:3] == [pd.NA, 1, 2] or got.to_frame()["period"].isna().iloc[0]
    undefined = remove_scenario(RING, shocks((1, "all", None, 5)), draws=5, responses="reachable_share_left", seed=1)
    assert undefined.curve.loc[1].isna()["reachable_share_left"]


def test_an_interrupt_within_a_draw_keeps_the_draws_before_it():
    calls = iter(range(1, 100))

    def interrupted(net):
        if next(calls) == 8:
            raise KeyboardInterrupt
        return net.n_firms

    table = shocks((1, "all", None, 2), (2, "all", None, 1))  # three looks a draw
    with pytest.warns(RuntimeWarning, match="interrupted after 2 of 9"):
        cut = remove_scenario(RING, table, responses=[interrupted, "giant_share"], draws=9, seed=1)
    whole = remove_scenario(RING, table, responses="giant_share", draws=2, seed=1)
    assert cut.draws["giant_share"].tolist() == whole.draws["giant_share"].tolist()


def test_a_layer_that_is_needed_stays_needed_when_it_is_cut():
    net = Network(FIRMS, pd.concat([TIES.assign(layer="one"), TIES.assign(layer="two")], ignore_index=True))
    table = [{"period": 1, "target": "a"}, {"period": 2, "kind": "layer", "target": "two"}]
    names = ["giant_share", "n_components"]
    both = remove_scenario(net, table, connection="all_layers", responses=names)
    assert both.curve[names].to_numpy().tolist() == [[1.0, 1], [5 / 6, 1], [1 / 6, 5]]
    assert both.settings.parameters["connection"] == "all_layers"
    assert remove_scenario(net, table, responses=names).curve["n_components"].tolist() == [1, 1, 1]
    arcs = Network(FIRMS, TIES.assign(directed=True))  # the arcs lead from a to f both ways round: none back
    assert remove_scenario(arcs, table[:1], connection="strong").curve["n_components"].tolist() == [6, 5]
    with pytest.raises(OptionError, match="connection"):
        remove_scenario(net, table, connection="tight")


def test_an_empty_scenario_and_an_interrupt():
    nothing = remove_scenario(RING, [])
    assert nothing.curve["giant_share"].tolist() == [1.0]
    assert nothing.left.empty

    def stop(done, total):
        if done == 4:
            raise KeyboardInterrupt

    with pytest.warns(RuntimeWarning, match="interrupted after 4 of 50"):
        cut = remove_scenario(RING, shocks((1, "all", None, 2)), draws=50, seed=1, progress=stop)
    assert cut.settings.parameters["draws"] == 4
    whole = remove_scenario(RING, shocks((1, "all", None, 2)), draws=50, seed=1)
    pd.testing.assert_frame_equal(cut.draws, whole.draws.loc[:3])


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (pd.DataFrame({"period": [1]}), "lacks the columns 'target'"),
        (shocks((1, "firm", "a", 1)).assign(severity=1), "unknown columns 'severity'"),
        (shocks((1, "firm", "a", 1), (None, "firm", "b", 1)), "row 1, column 'period'"),
        (shocks((1, "firm", "zz", 1)), "row 0, column 'target': 'zz' is not a firm"),
        (shocks((1, "firm", None, 1)), "row 0, column 'target'"),
        ([{"period": 1, "target": ["a", "b"]}], "row 0, column 'target': ['a', 'b'] is more than one"),
        (shocks((1, "sectr", "food", 1)), "row 0, column 'kind': 'sectr'"),
        (shocks((1, "sector", "fod", 1)), "row 0, column 'target': 'fod' is nobody's sector. Did you mean 'food'"),
        (shocks((1, "layer", "joint_venture", 1)), "row 0, column 'target': 'joint_venture'"),
        (shocks((1, "sector", "food", -1)), "row 0, column 'size'"),
        (shocks((1, "sector", "food", "many")), "row 0, column 'size': 'many'"),
        (shocks((1, "sector", "food", 4)), "is more than the target has: 3"),
        (shocks((1, "sector", "food", 1.5)), "not whole"),
        (shocks((1, "sector", "food", "120%")), "is a share above 1"),
        (
            shocks((1, "sector", "wood", 0.5), (2, "sector", "food", 1.0)),
            "row 1, column 'size': 1.0 could be one or all",
        ),
        (shocks((1, "sector", "food", 1)).assign(unit="firms"), "row 0, column 'unit': 'firms'"),
        (shocks((1, "sector", "food", None)).assign(unit="count"), "row 0, column 'size'"),
        (shocks((1, "sector", "food", "10%")).assign(unit="count"), "beside the unit 'count'"),
        (shocks((1, "sector", "food", 1)).assign(who="degre"), "Did you mean 'degree'"),
        (shocks((1, "sector", "food", 1)).assign(who="place"), "row 0, column 'who': 'place'"),
        (shocks((1, "layer", "supply", 1)).assign(who="degree"), "row 0, column 'who': 'degree'"),
    ],
)
def test_a_wrong_row_is_named(table, words):
    with pytest.raises(OptionError, match=re.escape(words)):
        remove_scenario(RING, table)


def test_scores_of_firms_do_not_say_which_ties_fail():
    with pytest.raises(OptionError, match="scores of firms"):
        remove_scenario(RING, shocks((1, "layer", "supply", 1)), who=pd.Series({"a": 1.0}))
    with pytest.raises(UnknownFirmError, match="'zz'"):
        remove_scenario(RING, shocks((1, "all", None, 1)), who=pd.Series({"zz": 1.0}))
    with pytest.raises(OptionError, match="draws"):
        remove_scenario(RING, [], draws=0)


def test_flags_and_numbers_may_be_told_as_text():
    net = Network.from_edges([("a", "b"), ("b", "c")])
    firms = net.firms.assign(retires=[True, False, True], code=[7, 8, 8])
    net = Network(firms, net.ties)
    for kind, target, gone in (("retires", "True", {"a", "c"}), ("code", "8", {"b", "c"}), ("code", 7, {"a"})):
        scenario = pd.DataFrame({"period": [1], "target": pd.Series([target], dtype=object), "kind": [kind]})
        assert set(remove_scenario(net, scenario, draws=1, seed=1).left["id"]) == gone
    with pytest.raises(OptionError, match="retires"):
        remove_scenario(net, pd.DataFrame({"period": [1], "target": ["yes"], "kind": ["retires"]}))


def test_a_column_named_like_an_order_is_not_guessed():
    net = of(nx.path_graph(3))
    net = Network(net.firms.assign(degree=[3.0, 2.0, 1.0]), net.ties)
    table = pd.DataFrame({"period": [1], "target": [None], "kind": ["all"], "size": ["50%"], "who": ["degree"]})
    with pytest.raises(OptionError, match="order and a column of firms; rename the column"):
        remove_scenario(net, table)
