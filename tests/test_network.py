"""The class Network: its two tables, what it refuses, views, slices, projections."""

import copy
import math
import pickle
from collections import defaultdict
from itertools import combinations

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal, assert_series_equal

import golden
from clusternet import LAYERS, Network
from clusternet.errors import NetworkError, OptionError, UnknownFirmError
from clusternet.network import _projection
from strategies_network import DAYS, networks


@pytest.fixture
def toy():
    """Ada and Bo share an alliance and a supply tie, Bo refers to Cy twice, Cy to itself; Di stands alone."""
    ties = pd.DataFrame(
        [
            ("Ada", "Bo", "alliance", False, 2.0, "2020-01-01", "2021-12-31"),
            ("Bo", "Ada", "supply", True, 1.0, "2021-06-01", None),
            ("Bo", "Cy", "referral", True, 3.0, None, "2020-06-30"),
            ("Bo", "Cy", "referral", True, 0.5, None, None),
            ("Cy", "Cy", "referral", True, 9.0, "2020-01-01", "2020-01-01"),
        ],
        columns=["source", "target", "layer", "directed", "strength", "start", "end"],
        index=["t1", "t2", "t3", "t4", "t5"],
    )
    firms = pd.DataFrame({"sector": ["x", "x", "y", None]}, index=["Ada", "Bo", "Cy", "Di"])
    lineage = pd.DataFrame(
        {"table": "partnerships", "row": [2, 3, 4, 5, 6, 7], "record": list("abcdef")},
        index=["t1", "t1", "t2", "t3", "t4", "t5"],
    )
    return Network(firms, ties, lineage=lineage, settings={"rule": "all"})


# ── the two tables ──


def test_defaults_and_column_order():
    net = Network(["a", "b"], pd.DataFrame({"extra": [1], "target": ["b"], "source": ["a"]}))
    assert net.ties.columns.tolist() == ["source", "target", "layer", "directed", "strength", "start", "end", "extra"]
    row = net.ties.iloc[0]
    assert (row["layer"], row["directed"], row["strength"]) == ("tie", False, 1.0)
    assert net.ties.dtypes.astype(str).to_dict() == {
        "source": "str", "target": "str", "layer": "str", "directed": "bool", "strength": "float64",
        "start": "datetime64[us]", "end": "datetime64[us]", "extra": "int64",
    }  # fmt: skip
    assert (net.firms.index.name, net.ties.index.name) == ("firm", "tie")


def test_ids_in_ties_take_the_type_of_the_firm_table():
    firms = pd.DataFrame(index=pd.Index([1, 2, 3]))
    ties = pd.DataFrame({"source": pd.Categorical([1, 2]), "target": np.array([2, 3], dtype="float64")})
    net = Network(firms, ties)
    assert net.ties["source"].dtype == net.ties["target"].dtype == np.dtype("int64")
    text = pd.DataFrame({"source": pd.Series(["a"], dtype="string[pyarrow]"), "target": pd.Series(["b"], dtype=object)})
    net = Network(pd.DataFrame(index=pd.CategoricalIndex(["a", "b"])), text)
    assert str(net.firms.index.dtype) == str(net.ties["source"].dtype) == str(net.ties["target"].dtype) == "str"


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ([1, 0], [True, False]),
        ([True, None], [True, False]),
        (["true", "False"], [True, False]),
        (pd.array([None, True], dtype="boolean"), [False, True]),
        ([0.0, float("nan")], [False, False]),
    ],
)
def test_direction_is_understood_not_guessed(flags, expected):
    net = Network(["a", "b"], pd.DataFrame({"source": ["a", "a"], "target": ["b", "b"], "directed": flags}))
    assert net.ties["directed"].tolist() == expected


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (["2020-01-31", None], "2020-01-31"),
        (["2016", "2017-05"], "2016-01-01"),
        ([pd.Timestamp("2020-01-31 10:00"), pd.NaT], "2020-01-31 10:00"),
        (pd.to_datetime(["2020-01-31 23:30", None]).tz_localize("America/New_York"), "2020-01-31 23:30"),
        (pd.array([pd.Timestamp("2020-01-31").date(), None], dtype=object), "2020-01-31"),
        ([None, None], None),
        ([float("nan"), None], None),
    ],
)
def test_dates_of_many_forms(start, expected):
    net = Network(["a", "b"], pd.DataFrame({"source": ["a", "a"], "target": ["b", "b"], "start": start}))
    assert str(net.ties["start"].dtype) == "datetime64[us]"
    assert net.ties["start"].iloc[0] == pd.Timestamp(expected) if expected else net.ties["start"].isna().all()


EDGE = {"source": ["a"], "target": ["b"]}


@pytest.mark.parametrize(
    ("firms", "ties", "message"),
    [
        (["a", "b"], {"source": ["a"]}, "lacks the column 'target'"),
        (["a", "b", "a"], EDGE, "1 firm ids stand more than once: 'a'"),
        (["a", "b", None], EDGE, "1 firms have no id"),
        ([("a", 1), ("b", 2)], EDGE, "2 firm ids are not texts"),
        ("ab", EDGE, "one text"),
        (["a"], EDGE, "1 firms in ties.target are not in the firm table: 'b'"),
        ([1, 2], {"source": ["1"], "target": ["2"]}, "text in one table and numbers in the other"),
        (["a", "b"], {"source": ["a"], "target": [None]}, "not in the firm table: None"),
        (["a", "b"], {**EDGE, "strength": [0]}, "positive finite"),
        (["a", "b"], {**EDGE, "strength": [-1]}, "positive finite"),
        (["a", "b"], {**EDGE, "strength": [math.inf]}, "positive finite"),
        (["a", "b"], {**EDGE, "strength": [None]}, "positive finite"),
        (["a", "b"], {**EDGE, "strength": ["high"]}, "positive finite"),
        (["a", "b"], {**EDGE, "directed": ["perhaps"]}, "ties.directed holds 'perhaps'"),
        (["a", "b"], {**EDGE, "start": [2016]}, "ties.start holds numbers: 2016"),
        (["a", "b"], {**EDGE, "end": ["03/04/2021"]}, "no date like 2021-06-30: '03/04/2021'"),
        (["a", "b"], {**EDGE, "start": ["2021-02-30"]}, "no date"),
        (["a", "b"], {**EDGE, "start": ["2021-01-02"], "end": ["2021-01-01"]}, "1 ties end before they start: 0"),
    ],
)
def test_what_is_refused_is_named(firms, ties, message):
    with pytest.raises(NetworkError, match=message):
        Network(firms, pd.DataFrame(ties))


def test_index_and_columns_that_cannot_be():
    ties = pd.DataFrame({"source": ["a", "a"], "target": ["b", "b"]})
    for index in ([0, 0], [0, None], pd.MultiIndex.from_tuples([(0, 1), (0, 2)])):
        with pytest.raises(NetworkError, match="tie ids"):
            Network(["a", "b"], ties.set_axis(index))
    with pytest.raises(NetworkError, match="repeated columns: 'source'"):
        Network(["a", "b"], ties.set_axis(["source", "source"], axis=1).assign(target="b"))
    with pytest.raises(NetworkError, match="repeated columns"):
        Network(pd.DataFrame([[1, 2]], columns=["x", "x"], index=["a"]), ties.iloc[:0])
    with pytest.raises(NetworkError, match="several levels"):
        Network(pd.DataFrame({("x", 1): [1]}, index=["a"]), ties.iloc[:0])
    with pytest.raises(NetworkError, match="MultiIndex"):
        Network(pd.DataFrame(index=pd.MultiIndex.from_tuples([("a", 1)])), ties.iloc[:0])


def test_missing_layer_is_the_plain_one():
    net = Network(["a", "b"], pd.DataFrame({"source": ["a", "a"], "target": ["b", "b"], "layer": ["supply", None]}))
    assert net.layers == ("supply", "tie")


def test_caller_cannot_change_the_network(toy):
    firms = pd.DataFrame({"size": [1, 2]}, index=["a", "b"])
    ties = pd.DataFrame({"source": ["a"], "target": ["b"], "strength": [2.0]})
    rules = {"steps": ["one"]}
    lineage = pd.DataFrame({"record": ["r"]}, index=[0])
    net = Network(firms, ties, settings=rules, lineage=lineage)
    firms.loc["a", "size"] = 99
    firms.index.name = "other"
    firms["size"] *= 2
    ties.loc[0, "strength"] = 99.0
    rules["steps"].append("two")
    lineage.loc[0, "record"] = "changed"
    assert net.firms["size"].tolist() == [1, 2]
    assert net.firms.index.name == "firm"
    assert net.ties["strength"].tolist() == [2.0]
    assert net.settings["steps"] == ["one"]
    assert net.lineage(0)["record"].tolist() == ["r"]


def test_what_is_handed_out_cannot_change_the_network(toy):
    before = toy.firms.copy(), toy.ties.copy(), toy.adjacency.toarray()
    firms, ties, lineage = toy.firms, toy.ties, toy.lineage_table
    firms["sector"] = "z"
    firms.loc["Ada", "sector"] = "y"
    ties.loc["t1", "strength"] = 7
    ties["strength"] *= 2
    lineage.loc["t1", "record"] = "changed"
    toy.adjacency.data[:] = 0
    toy.component_codes()[:] = 5
    graph = toy.igraph
    graph.delete_vertices([0])
    toy.igraph_undirected.es["strength"] = 0.0
    with pytest.raises(ValueError, match="read-only"):
        toy.simple().strength[0] = 5
    with pytest.raises(ValueError, match="read-only"):
        toy.ties["strength"].to_numpy()[0] = 5
    with pytest.raises(TypeError):
        toy.settings["rule"] = "none"
    with pytest.raises(AttributeError):
        toy.firms = None
    assert_frame_equal(toy.firms, before[0])
    assert_frame_equal(toy.ties, before[1])
    assert (toy.adjacency.toarray() == before[2]).all()
    assert toy.component_codes().tolist() == [0, 0, 0, 1]
    assert (toy.igraph.vcount(), sum(toy.igraph_undirected.es["strength"])) == (4, 6.5)
    assert toy.lineage("t1")["record"].tolist() == ["a", "b"]


def test_pickling_and_copies(toy):
    toy.adjacency, toy.igraph  # noqa: B018  (fill the cache)
    for twin in (pickle.loads(pickle.dumps(toy)), copy.deepcopy(toy), copy.copy(toy)):
        assert twin.equals(toy)
        assert dict(twin.settings) == dict(toy.settings)
        assert twin.lineage("t1").equals(toy.lineage("t1"))
        assert (twin.adjacency != toy.adjacency).nnz == 0


def test_equals_sees_every_difference(toy):
    assert toy.equals(Network(toy.firms, toy.ties))
    assert not toy.equals(Network(toy.firms, toy.ties.iloc[::-1]))
    assert not toy.equals(Network(toy.firms.assign(sector="x"), toy.ties))
    assert not toy.equals(Network(toy.firms, toy.ties.assign(strength=1.0)))
    assert not toy.equals(Network(toy.firms, toy.ties.rename(index={"t1": "u1"})))
    assert not toy.equals("toy")


def test_repr_is_one_line_and_html_is_escaped(toy):
    assert repr(toy) == "<Network: 4 firms (1 isolate), 5 ties, directed, layers alliance, supply, referral>"
    assert (
        repr(Network([], pd.DataFrame({"source": [], "target": []})))
        == "<Network: 0 firms (0 isolates), 0 ties, undirected>"
    )
    assert (
        repr(Network(["a"], pd.DataFrame({"source": ["a"], "target": ["a"]})))
        == "<Network: 1 firm (1 isolate), 1 tie, undirected>"
    )
    ties = pd.DataFrame({"source": ["<b>"], "target": ["<i>"], "layer": ["<script>"]})
    shown = Network(["<b>", "<i>"], pd.concat([ties, ties.assign(layer="x")], ignore_index=True))._repr_html_()
    assert "<b>" not in shown
    assert "<script>" not in shown
    assert "&lt;script&gt;, x" in shown
    assert "firms, first 2 of 2" in shown


# ── derived views ──


def test_simple_by_hand(toy):
    graph = toy.simple()
    rows = zip(graph.source.tolist(), graph.target.tolist(), graph.strength.tolist(), graph.count.tolist(), strict=True)
    # Ada-Bo undirected counts both ways; Bo -> Ada also directed; the two referrals add up; the loop is gone.
    assert list(rows) == [(0, 1, 2.0, 1), (1, 0, 3.0, 2), (1, 2, 3.5, 2)]
    flat = toy.simple("undirected")
    rows = zip(flat.source.tolist(), flat.target.tolist(), flat.strength.tolist(), flat.count.tolist(), strict=True)
    assert list(rows) == [(0, 1, 3.0, 2), (1, 2, 3.5, 2)]
    assert (graph.directed, flat.directed) == (True, False)
    with pytest.raises(OptionError, match="choose 'keep'"):
        toy.simple("both")


def test_views_agree_on_the_toy(toy):
    expected = np.zeros((4, 4))
    expected[0, 1], expected[1, 0], expected[1, 2] = 2.0, 3.0, 3.5
    assert (toy.adjacency.toarray() == expected).all()
    graph = toy.igraph
    found = {edge.tuple: edge["strength"] for edge in graph.es}
    assert found == {(0, 1): 2.0, (1, 0): 3.0, (1, 2): 3.5}
    assert graph.is_directed()
    assert toy.isolates.tolist() == ["Di"]
    assert toy.layer("referral").isolates.tolist() == ["Ada", "Di"]
    assert toy.component_codes("strong").tolist() == [0, 0, 1, 2]


def test_isolate_with_a_loop_is_an_isolate():
    net = Network(["a", "b", "c"], pd.DataFrame({"source": ["a", "b"], "target": ["a", "c"]}))
    assert net.isolates.tolist() == ["a"]
    assert net.component_codes().tolist() == [0, 1, 1]
    assert net.adjacency.toarray().trace() == 0


def test_empty_networks_do_everything():
    for firms in ([], ["a"], [1, 2]):
        net = Network(firms, pd.DataFrame({"source": [], "target": []}))
        size = len(firms)
        assert (net.n_firms, net.n_ties, len(net), net.layers) == (size, 0, size, ())
        assert net.adjacency.shape == (size, size)
        assert net.igraph.vcount() == size
        assert net.component_codes().tolist() == list(range(size))
        assert net.largest_component().n_firms == min(size, 1)
        assert net.merge_layers().n_ties == 0
        assert net.layer("supply").at("2020-01-01").undirected().n_ties == 0
        assert net.subset(firms).without(firms).n_firms == 0
        assert not net.is_two_mode
        assert not net.is_directed
        assert net.isolates.tolist() == list(firms)


def test_lineage(toy):
    assert toy.lineage("t1")["record"].tolist() == ["a", "b"]
    assert toy.layer("alliance").lineage_table["record"].tolist() == ["a", "b"]
    with pytest.raises(NetworkError, match="no tie 't2'"):
        toy.layer("alliance").lineage("t2")
    with pytest.raises(NetworkError, match="not built from records"):
        Network(["a", "b"], pd.DataFrame(EDGE)).lineage(0)
    assert Network(["a", "b"], pd.DataFrame(EDGE)).lineage_table is None


def test_positions(toy):
    assert toy.positions(["Cy", "Ada", "Cy"]).tolist() == [2, 0, 2]
    assert toy.positions("Bo").tolist() == [1]
    assert toy.positions([]).tolist() == []
    with pytest.raises(UnknownFirmError, match="Did you mean 'Ada'"):
        toy.positions(["Adaa"])


# ── slices ──


def test_layer(toy):
    assert toy.layer("referral", "supply").ties.index.tolist() == ["t2", "t3", "t4", "t5"]
    assert toy.layer("cooperative").n_ties == 0
    assert toy.layer("alliance").n_firms == 4
    assert toy.settings.get("slices") is None
    assert toy.layer("alliance").at("2020-05-05").settings["slices"] == (
        "layer(alliance)", "window(2020-05-05, 2020-05-05, undated=keep)",
    )  # fmt: skip
    with pytest.raises(NetworkError, match="no layer 'refferal'"):
        toy.layer("refferal")
    with pytest.raises(OptionError, match="at least one layer"):
        toy.layer()


@pytest.mark.parametrize(
    ("first", "last", "undated", "expected"),
    [
        ("2019-12-31", "2019-12-31", "keep", ["t3", "t4"]),
        ("2020-01-01", "2020-01-01", "keep", ["t1", "t3", "t4", "t5"]),
        ("2020-01-02", "2020-01-02", "keep", ["t1", "t3", "t4"]),
        ("2020-06-30", "2020-06-30", "drop", ["t1", "t3"]),
        ("2020-07-01", "2020-07-01", "drop", ["t1"]),
        ("2021-12-31", "2022-01-01", "drop", ["t1", "t2"]),
        ("2022-01-01", "2030-01-01", "drop", ["t2"]),
        ("2000-01-01", "2030-01-01", "drop", ["t1", "t2", "t3", "t5"]),
    ],
)
def test_window(toy, first, last, undated, expected):
    assert toy.window(first, last, undated=undated).ties.index.tolist() == expected
    if first == last:
        assert toy.at(pd.Timestamp(first), undated=undated).ties.index.tolist() == expected
        assert toy.at(pd.Timestamp(first).date(), undated=undated).ties.index.tolist() == expected


def test_window_counts_whole_days():
    ties = pd.DataFrame({"source": ["a", "a"], "target": ["b", "b"], "start": ["2020-01-02 15:00", "2020-01-01"],
                         "end": ["2020-01-02 18:00", "2020-01-02"]})  # fmt: skip
    net = Network(["a", "b"], ties)
    assert net.at("2020-01-02").n_ties == 2
    assert net.at("2020-01-02 16:00").n_ties == 2
    assert net.at("2020-01-02 19:00").ties.index.tolist() == [1]
    assert net.at("2020-01-03").n_ties == 0
    assert net.at(pd.Timestamp("2020-01-02", tz="UTC")).n_ties == 2


@pytest.mark.parametrize("window", [("2021-01-01", "2020-01-01"), (None, "2020-01-01"), ("x", "2020-01-01")])
def test_window_refuses(toy, window):
    with pytest.raises(OptionError):
        toy.window(*window)
    with pytest.raises(OptionError, match="undated"):
        toy.at("2020-01-01", undated="maybe")


def test_between_subset_without(toy):
    assert toy.between(["Ada"], ["Bo", "Cy"]).ties.index.tolist() == ["t1", "t2"]
    assert toy.between(["Cy"], ["Cy"]).ties.index.tolist() == ["t5"]
    assert toy.between(["Ada"], ["Cy"]).n_firms == 4
    part = toy.subset(["Cy", "Bo"])
    assert part.firms.index.tolist() == ["Bo", "Cy"]
    assert part.ties.index.tolist() == ["t3", "t4", "t5"]
    assert part.adjacency.toarray().tolist() == [[0, 3.5], [0, 0]]
    assert toy.without(["Bo"]).ties.index.tolist() == ["t5"]
    assert toy.without("Bo").firms.index.tolist() == ["Ada", "Cy", "Di"]
    assert toy.without([]).equals(toy)
    with pytest.raises(UnknownFirmError):
        toy.without(["Eve"])


def test_largest_component(toy):
    assert toy.largest_component().firms.index.tolist() == ["Ada", "Bo", "Cy"]
    assert toy.largest_component("strong").firms.index.tolist() == ["Ada", "Bo"]
    net = Network(list("abcd"), pd.DataFrame({"source": ["c", "a"], "target": ["d", "b"]}))
    assert net.largest_component().firms.index.tolist() == ["a", "b"]
    with pytest.raises(OptionError, match="weak"):
        toy.largest_component("biggest")


def test_undirected_keeps_parallel_ties(toy):
    flat = toy.undirected()
    assert not flat.is_directed
    assert flat.n_ties == 5
    assert flat.adjacency.toarray()[0, 1] == 3.0
    assert toy.is_directed


def test_merge_layers_by_hand(toy):
    merged = toy.merge_layers()
    rows = merged.ties[["source", "target", "directed", "strength", "layers", "n_ties"]].values.tolist()
    assert rows == [
        ["Ada", "Bo", True, 2.0, "alliance", 1],
        ["Bo", "Ada", True, 3.0, "alliance+supply", 2],
        ["Bo", "Cy", True, 3.5, "referral", 2],
        ["Cy", "Cy", True, 9.0, "referral", 1],
    ]
    assert merged.ties["start"].tolist()[:2] == [pd.Timestamp("2020-01-01")] * 2
    # Open if any merged tie is open, and without a start if any merged tie "always was".
    assert merged.ties["end"].isna().tolist() == [False, True, True, False]
    assert merged.ties["start"].isna().tolist() == [False, False, True, False]
    assert merged.layers == ("all",)
    assert merged.lineage(1)["record"].tolist() == ["a", "b", "c"]
    assert merged.lineage(2)["record"].tolist() == ["d", "e"]
    assert toy.merge_layers("count").ties["strength"].tolist() == [1.0, 2.0, 2.0, 1.0]
    assert toy.merge_layers("max").ties["strength"].tolist() == [2.0, 2.0, 3.0, 9.0]
    flat = toy.undirected().merge_layers()
    assert flat.ties["strength"].tolist() == [3.0, 3.5, 9.0]
    assert flat.lineage(0)["record"].tolist() == ["a", "b", "c"]
    with pytest.raises(OptionError, match="'sum'"):
        toy.merge_layers("mean")


# ── projections ──


def _two_mode(pairs, **options):
    firms = sorted({a for a, _ in pairs})
    deals = sorted({b for _, b in pairs})
    table = pd.DataFrame({"mode": ["firm"] * len(firms) + ["deal"] * len(deals)}, index=firms + deals)
    return Network(table, pd.DataFrame(pairs, columns=["source", "target"]), **options)


def test_projection_by_hand():
    # Deal x joins a, b and c; deal y joins a and b; b stands twice in y; deal z has c alone.
    pairs = [("a", "x"), ("b", "x"), ("c", "x"), ("a", "y"), ("b", "y"), ("b", "y"), ("c", "z")]
    net = _two_mode(pairs)
    assert net.is_two_mode
    count = net.project("firm")
    assert count.ties[["source", "target", "strength", "n_shared"]].values.tolist() == [
        ["a", "b", 2.0, 2], ["a", "c", 1.0, 1], ["b", "c", 1.0, 1],
    ]  # fmt: skip
    newman = net.project("firm", "newman").ties
    # 1/(3 - 1) from x and 1/(2 - 1) from y.
    assert newman["strength"].tolist() == [1.5, 0.5, 0.5]
    assert newman["n_shared"].tolist() == [2, 1, 1]
    deals = net.project("deal")
    assert deals.ties[["source", "target", "strength"]].values.tolist() == [["x", "y", 2.0], ["x", "z", 1.0]]
    assert deals.firms.index.tolist() == ["x", "y", "z"]
    assert count.layers == ("shared",)
    assert Network(count.firms, count.ties).equals(count)
    assert count.settings["slices"] == ("project(firm, count)",)


def test_projection_refuses(toy):
    with pytest.raises(NetworkError, match="only a two-mode"):
        toy.project("firm")
    net = _two_mode([("a", "x")])
    with pytest.raises(NetworkError, match="no mode 'frim'; the modes are 'firm', 'deal'"):
        net.project("frim")
    with pytest.raises(OptionError, match="newman"):
        net.project("firm", "jaccard")
    assert not Network(net.firms, pd.DataFrame({"source": ["a"], "target": ["a"]})).is_two_mode
    lacking = net.firms.assign(mode=["firm", None])
    assert not Network(lacking, net.ties).is_two_mode


@pytest.mark.reference
@pytest.mark.parametrize("mode", [0, 1])
def test_southern_women_projections(mode):
    golden.require()
    net = golden.load_network("southern_women", "b")
    entries = golden.values("southern_women")
    assert (net.n_firms, net.n_ties, net.is_two_mode) == (32, 89, True)
    for weights, key in (("count", "weights"), ("newman", "newman")):
        shared = net.project(mode, weights)
        expected = entries[f"b.projection.mode{mode}.{key}"]["value"]
        found = {
            f"{a}|{b}": w for a, b, w in zip(*(shared.ties[c] for c in ("source", "target", "strength")), strict=True)
        }
        assert found.keys() == expected.keys()
        assert max(abs(found[pair] - expected[pair]) for pair in expected) < 1e-12
    assert net.project(0).n_ties == 139
    assert net.project(1).n_ties == 66
    pairs = shared.n_firms * (shared.n_firms - 1) / 2
    assert shared.n_ties / pairs == pytest.approx(entries[f"b.projection.mode{mode}.density"]["value"], abs=1e-12)


@settings(max_examples=40)
@given(networks(two_mode=True, max_firms=8, max_ties=20), st.sampled_from(["firm", "agreement"]), st.booleans())
def test_projection_is_brute_force(net, mode, by_product):
    if not net.is_two_mode:
        return
    members = defaultdict(set)
    kinds = net.firms["mode"]
    for a, b in zip(net.ties["source"], net.ties["target"], strict=True):
        one, other = (a, b) if kinds[a] == mode else (b, a)
        members[other].add(one)
    order = {name: place for place, name in enumerate(net.firms.index)}
    count, newman = defaultdict(int), defaultdict(float)
    for group in members.values():
        for pair in combinations(sorted(group, key=order.get), 2):
            count[pair] += 1
            newman[pair] += 1 / (len(group) - 1)
    with pytest.MonkeyPatch.context() as patch:
        if by_product:
            patch.setattr(_projection, "EXPAND_BELOW", -1)
        for weights, expected in (("count", count), ("newman", newman)):
            ties = net.project(mode, weights).ties
            pairs = list(zip(ties["source"], ties["target"], strict=True))
            assert pairs == sorted(expected, key=lambda pair: (order[pair[0]], order[pair[1]]))
            assert ties["strength"].tolist() == pytest.approx([expected[pair] for pair in pairs])
            assert ties["n_shared"].tolist() == [count[pair] for pair in pairs]


# ── from_edges ──


def test_from_edges_of_tuples_and_frames():
    net = Network.from_edges([("a", "b"), ("b", "c", 2.5)], firms=["z", "b"])
    assert net.firms.index.tolist() == ["z", "b", "a", "c"]
    assert net.ties["strength"].tolist() == [1.0, 2.5]
    assert Network.from_edges([], firms=["a"]).n_firms == 1
    assert Network.from_edges([]).n_firms == 0
    assert Network.from_edges([(1, 2)], directed=True).is_directed
    frame = pd.DataFrame({"source": ["a"], "target": ["b"], "directed": [False]})
    assert not Network.from_edges(frame, directed=True).is_directed
    with pytest.raises(NetworkError, match="tuples"):
        Network.from_edges([("a", "b", 1, 2)])
    with pytest.raises(NetworkError, match="lacks the column 'source'"):
        Network.from_edges(frame.drop(columns="source"))
    with pytest.raises(NetworkError, match="1 edges have no target"):
        Network.from_edges(frame.assign(target=None))


def test_from_edges_keeps_what_is_known_of_firms():
    firms = pd.DataFrame({"registered": [True], "employees": [12], "name": ["Ada"]}, index=["a"])
    net = Network.from_edges([("a", "b")], firms=firms)
    assert net.firms["employees"].tolist()[0] == 12
    assert net.firms.isna().to_numpy().tolist() == [[False] * 3, [True] * 3]
    assert str(net.firms["registered"].dtype) == "boolean"


# ── properties ──


@given(networks())
@settings(max_examples=30)
def test_simple_is_brute_force(net):
    expected, times = defaultdict(float), defaultdict(int)
    for row in net.ties.itertuples():
        a, b = net.positions([row.source, row.target])
        ways = {(a, b)} if row.directed else {(a, b), (b, a)}
        if not net.is_directed:
            ways = {(min(a, b), max(a, b))}
        for way in ways:
            if a != b:
                expected[way] += row.strength
                times[way] += 1
    graph = net.simple()
    pairs = list(zip(graph.source.tolist(), graph.target.tolist(), strict=True))
    assert pairs == sorted(expected)
    assert graph.strength.tolist() == pytest.approx([expected[pair] for pair in pairs])
    assert graph.count.tolist() == [times[pair] for pair in pairs]
    loops = net.ties["source"] == net.ties["target"]
    assert net.simple("undirected").strength.sum() == pytest.approx(net.ties["strength"][~loops].sum())
    matrix = net.adjacency.toarray()
    assert matrix.sum() == pytest.approx(graph.strength.sum() * (1 if net.is_directed else 2))
    assert net.is_directed or (matrix == matrix.T).all()


@given(networks())
@settings(max_examples=30)
def test_components_are_those_of_networkx(net):
    graph = net.to_networkx(simple=True)
    for connection, find in (
        ("weak", nx.weakly_connected_components if net.is_directed else nx.connected_components),
        ("strong", nx.strongly_connected_components if net.is_directed else nx.connected_components),
    ):
        codes = pd.Series(net.component_codes(connection), index=net.firms.index)
        found = {frozenset(group.index) for _, group in codes.groupby(codes)}
        assert found == {frozenset(part) for part in find(graph)}
        assert codes.drop_duplicates().tolist() == list(range(codes.nunique()))  # numbered by first appearance


@given(networks(), st.data())
@settings(max_examples=30)
def test_slices_commute(net, data):
    layers = data.draw(st.lists(st.sampled_from(net.layers or LAYERS), min_size=1, max_size=2))
    first, last = sorted(data.draw(st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS))))
    undated = data.draw(st.sampled_from(["keep", "drop"]))
    keep = data.draw(st.lists(st.sampled_from(net.firms.index.tolist()), unique=True)) if len(net) else []
    steps = [
        lambda n: n.layer(*[name for name in layers if name in n.layers] or ["platform"]),
        lambda n: n.window(first, last, undated=undated),
        lambda n: n.subset(keep),
        lambda n: n.undirected(),
    ]
    forward, backward = net, net
    for step in steps:
        forward = step(forward)
    for step in reversed(steps):
        backward = step(backward)
    assert forward.equals(backward)
    # A slice is what the constructor makes of the sliced tables.
    rebuilt = Network(forward.firms, forward.ties)
    assert rebuilt.equals(forward)
    assert (rebuilt.adjacency != forward.adjacency).nnz == 0


@given(networks())
@settings(max_examples=30)
def test_merging_layers_keeps_the_simple_graph(net):
    merged = net.merge_layers()
    one, two = net.simple(), merged.simple()
    assert (one.source == two.source).all()
    assert (one.target == two.target).all()
    assert one.strength == pytest.approx(two.strength)
    counted = net.merge_layers("count").simple()
    assert counted.strength.tolist() == one.count.tolist()
    for day in DAYS[1:3]:
        # Merging first never loses a tie of the day; it may bridge a gap between two.
        before, after = net.at(day).simple("undirected"), merged.at(day).simple("undirected")
        assert set(zip(before.source, before.target, strict=True)) <= set(zip(after.source, after.target, strict=True))


def test_relabeling_changes_nothing(toy):
    names = {"Ada": 4, "Bo": 3, "Cy": 2, "Di": 1}
    firms = toy.firms.rename(index=names)
    other = Network(firms, toy.ties.assign(source=toy.ties["source"].map(names), target=toy.ties["target"].map(names)))
    assert (other.adjacency != toy.adjacency).nnz == 0
    assert_series_equal(other.ties["strength"], toy.ties["strength"])


# ── what a reviewer found ──


def test_names_of_returned_indexes_and_nested_settings_stay_out_of_the_network(toy):
    net = Network(toy.firms, toy.ties, settings={"rule": {"steps": ["one"]}})
    net.firms.index.name = net.ties.index.name = "mine"
    net.settings["rule"]["steps"].append("two")
    net.layer("alliance").settings["rule"]["steps"].append("three")
    assert (net.firms.index.name, net.ties.index.name) == ("firm", "tie")
    assert net.settings == {"rule": {"steps": ["one"]}}


@pytest.mark.parametrize("date", ["03/04/2021", "now", "today", "2021Q1", "30 June 2021", " ", True])
def test_a_date_that_is_ambiguous_or_moves_is_refused(toy, date):
    with pytest.raises(OptionError, match="is no date; write it like"):
        toy.at(date)


@pytest.mark.parametrize("date", ["2021", "2021-06", "2021-06-30", "20210630", "2021-06-30T10:00+02:00"])
def test_iso_dates_of_all_lengths_are_read(toy, date):
    day = {"2021": "2021-01-01", "2021-06": "2021-06-01"}.get(date, "2021-06-30")
    assert toy.at(date).settings["slices"] == (f"window({day}, {day}, undated=keep)",)


def test_dates_of_several_zones_and_periods_keep_the_day_on_the_wall():
    start = ["2021-01-01T23:30+01:00", "2021-01-02T00:30-05:00", "2021-03-04", None, pd.Period("2021-05")]
    ties = pd.DataFrame({"source": "a", "target": "b", "start": pd.Series(start, dtype=object)})
    found = Network(["a", "b"], ties).ties["start"]
    assert found.dtype == "datetime64[us]"
    wanted = ["2021-01-01 23:30", "2021-01-02 00:30", "2021-03-04", None, "2021-05-01"]
    assert found.tolist() == [pd.NaT if day is None else pd.Timestamp(day) for day in wanted]
    with pytest.raises(NetworkError, match="no date like 2021-06-30: 'now'"):
        Network(["a", "b"], ties.assign(start=["now", "2021-01-01", None, None, None]))


def test_lineage_of_a_tie_without_records_is_empty_and_a_projection_says_why(toy):
    partial = Network(toy.firms, toy.ties, lineage=toy.lineage_table.drop("t2"))
    assert partial.lineage("t2").empty
    assert partial.lineage("t1")["row"].tolist() == [2, 3]
    for derived in (toy.without(["Di"]), toy.layer("alliance"), toy.at("2020-05-05"), toy.undirected()):
        assert derived.lineage("t1")["row"].tolist() == [2, 3]
    with pytest.raises(NetworkError, match="no tie"):
        toy.lineage(["t1"])
    deals = pd.DataFrame({"source": ["a", "b"], "target": ["c", "c"]})
    rows = pd.DataFrame({"row": [2, 3]})
    net = Network(pd.DataFrame({"mode": [0, 0, 1]}, index=list("abc")), deals, lineage=rows)
    with pytest.raises(NetworkError, match="is a projection"):
        net.project(0).lineage(0)


@pytest.mark.parametrize(
    ("edges", "message"),
    [
        (["AB", "CD"], "2 are not: 'AB', 'CD'"),  # were firms A, B, C and D
        ([1, 2], "2 are not: 1, 2"),
        ("edges.csv", "it is 'edges.csv'"),
        (None, "it is None"),
        (nx.path_graph(2), "call Network.from_networkx"),
        ([("A", "B", "x")], "positive finite number: 'x'"),
        ([("A", "B", None)], "positive finite number: None"),
    ],
)
def test_edges_that_are_none_are_refused(edges, message):
    with pytest.raises(NetworkError, match=message):
        Network.from_edges(edges)


def test_tables_and_ids_of_the_wrong_kind_are_refused(toy):
    ties = pd.DataFrame({"source": ["a"], "target": ["b"]})
    for firms, table, lineage, message in (
        (["a", "b"], [("a", "b")], None, "ties is a list; .* call Network.from_edges"),
        (3, ties, None, "firms is a int"),
        (["a", "b"], ties, [1], "lineage is a list"),
        (["a", "b"], ties.assign(source=[["a"]]), None, r"no firm id: \['a'\]"),
        (["a", "b"], ties.assign(strength=[pd.Timestamp("2021")]), None, "strength holds datetime64"),
        (["a", "b"], ties.assign(strength=[1j]), None, "strength holds complex128"),
    ):
        with pytest.raises(NetworkError, match=message):
            Network(firms, table, lineage=lineage)
    with pytest.raises(UnknownFirmError, match=r"firms of this network: \['Ada'\]"):
        toy.subset([["Ada"]])
    for wrong in (toy.firms["sector"] == "x", toy.firms):
        with pytest.raises(UnknownFirmError, match=r"table\.index, or net\.firms\.index\[mask\]"):
            toy.subset(wrong)
    numbered = Network([0, 1, 2], pd.DataFrame({"source": [0], "target": [1]}))
    assert numbered.without(1).firms.index.tolist() == [0, 2]
    with pytest.raises(UnknownFirmError):
        numbered.subset([True, False, True])  # a mask is not the firms 1 and 0
