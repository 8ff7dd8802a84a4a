"""Doors: networkx, igraph, GraphML, GEXF, Pajek, node-link JSON, CSV. What goes out comes back equal."""

import csv
import datetime as dt
import json
from decimal import Decimal
from xml.etree import ElementTree as ET

import igraph
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import golden
from clusternet import Network
from clusternet.errors import NetworkError, OptionError
from clusternet.network import _files
from strategies_network import networks

FILES = [".graphml", ".gexf", ".json"]
ODD = "Ada \"&<GmbH>' ]]> \x01_x0001_ _x005F_\r\n\t\ufffe عربى 🎉 "
IDS = ["a", "b b", "<\"c'&>", ODD]


def same(one, two):
    assert_frame_equal(one.firms, two.firms)
    assert_frame_equal(one.ties, two.ties)
    assert dict(one.settings) == dict(two.settings)


def through(net, door, folder):
    if door == "networkx":
        return Network.from_networkx(net.to_networkx())
    if door == "igraph":
        return Network.from_igraph(net.to_igraph())
    return Network.read(net.write(folder / f"net{door}"))


DOORS = ["networkx", "igraph", *FILES]


@pytest.fixture(params=["mixed", "undirected", "directed", "numbers"])
def rich(request):
    """Every type of column, every kind of gap, names that clash with those of the formats, odd texts."""
    firms = pd.DataFrame(
        {
            "name": [ODD, "", None, "=1+1"],
            "id": [4, 3, 2, 1],
            "label": ["a", "b", "c", None],
            "type": [True, False, True, True],
            "bipartite": [0, 1, 1, 0],
            "start": [1.5, np.nan, np.inf, -np.inf],
            "end": np.array([1, 2, 3, 4], dtype="int8"),
            "big": np.array([2**64 - 1, 0, 1, 2], dtype="uint64"),
            "maybe": pd.array([True, None, False, True], dtype="boolean"),
            "count": pd.array([2**60 + 1, None, -1, 0], dtype="Int64"),
            "share": pd.array([0.1, None, 1e300, -0.0], dtype="Float64"),
            "small": np.array([0.1, np.nan, 1, 2], dtype="float32"),
            "text": pd.array(["a", None, "", "b"], dtype="string"),
            "kind": pd.Categorical(["b", None, "a", "b"], categories=["b", "a", "unused"], ordered=True),
            "size": pd.Categorical([3, 1, None, 3]),
            "founded": np.array(["2001-02-03", "NaT", "1999-12-31T23:59:59.123456", "2020-01-01"], "M8[us]"),
            "nano": pd.to_datetime(["2001-02-03 00:00:00.123456789", None, None, None]).astype("datetime64[ns]"),
            "zoned": pd.DatetimeIndex(["2020-07-01", None, "2020-01-01", "2020-01-02"]).tz_localize("Europe/Berlin"),
            "age": pd.to_timedelta(["1 days 02:00:00.000001", None, "0 days", "-3 days"]),
            "month": pd.PeriodIndex(["2020-01", None, "2021-12", "2020-05"], freq="M"),
            "tags": [["x", 1], [], None, [["deep", None, 2.5]]],
            "mixed": [1, "1", True, 1.5],
            "day": [dt.date(2020, 1, 1), None, dt.date(1900, 1, 1), dt.date(2020, 1, 1)],
            "price": [Decimal("1.10"), None, Decimal(2), Decimal(3)],
            "half": pd.Series(["\ud800", "ok", None, "\udfff!"], dtype=object, index=IDS),
            "nothing": pd.Series([None] * 4, dtype=object, index=IDS),
            "unknown": [np.nan] * 4,
            "arrow": pd.array([1, None, 3, 4], dtype="int64[pyarrow]"),
            '<&">': [1, 2, 3, 4],
            7: [1, 2, 3, 4],
            "7": ["a", "b", "c", "d"],
        },
        index=IDS,
    )  # fmt: skip
    a, b, c, d = firms.index
    ties = pd.DataFrame(
        {
            "source": [c, a, a, b, d, b],
            "target": [a, b, b, a, d, c],
            "layer": ["supply", "alliance", "alliance", 'own <"&>', "referral", "supply"],
            "directed": [True, False, False, True, True, False],
            "strength": [0.1, 1e-300, 1e300, 1.0, 2.0, 3.0],
            "start": ["2020-01-01", None, "2019-05-05T10:00:00.000001", None, "2020-01-01", None],
            "end": [None, "2020-01-01", "2020-05-05", None, "2020-01-01", None],
            "id": [9, 8, 7, 6, 5, 4],
            "key": ["k", None, "", "=k", ODD, "k"],
            "weight": [1, 2, 3, 4, 5, 6],
            "kind": list("xyzxyz"),
            "label": [None, "l", "m", "n", "o", "p"],
            "tie": [True, False, True, False, True, False],
            "source_": range(6),
            "type": ["directed"] * 6,
            "formal": pd.array([True, None, False, None, True, True], dtype="boolean"),
        },
    )  # fmt: skip
    ties.index = ["t9", "t1", "t 2", "t3", "t4", ODD]
    if request.param in {"undirected", "directed"}:
        ties["directed"] = request.param == "directed"
    if request.param == "numbers":
        number = dict(zip(firms.index, [30, 10, 20, -1], strict=True))
        firms.index = firms.index.map(number)
        ties["source"], ties["target"] = ties["source"].map(number), ties["target"].map(number)
        ties.index = [5, 3, 4, 1, 0, 100]
    return Network(
        firms, ties, settings={"window": 5, "steps": ("a", ("b", None)), "rule": {"x": 1.5}, "slices": ("s",)}
    )


@pytest.mark.parametrize("door", DOORS)
def test_everything_comes_back(rich, door, tmp_path):
    same(through(rich, door, tmp_path), rich)


@pytest.mark.slow
@settings(max_examples=40)
@given(networks(), st.sampled_from(DOORS))
def test_random_networks_come_back(tmp_path_factory, net, door):
    same(through(net, door, tmp_path_factory.getbasetemp()), net)


@settings(max_examples=25)
@given(networks(two_mode=True), st.sampled_from(DOORS))
def test_random_two_mode_networks_come_back(tmp_path_factory, net, door):
    back = through(net, door, tmp_path_factory.getbasetemp())
    same(back, net)
    assert back.is_two_mode == net.is_two_mode


@settings(max_examples=60)
@given(st.text(max_size=12), st.text(max_size=12), st.sampled_from(FILES))
def test_any_text_comes_back(tmp_path_factory, one, two, ending):
    ids = pd.Index(["x" + one, "y" + two], dtype=object)
    table = pd.DataFrame({"note": pd.Series([one, two], dtype=object, index=ids)}, index=ids)
    net = Network(table, pd.DataFrame({"source": table.index[:1], "target": table.index[1:], "layer": ["supply"]}))
    same(through(net, ending, tmp_path_factory.getbasetemp()), net)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "ids", [[], ["a"], [1, 2], [1, "1"], [1.5, 2.0], list(pd.to_datetime(["2020-01-01", "2021-01-01"]))]
)
def test_ids_keep_their_type(ids, door, tmp_path):
    firms = pd.DataFrame(
        {"x": np.arange(len(ids))}, index=pd.Index(ids, dtype=object if len({*map(type, ids)}) > 1 else None)
    )
    ties = pd.DataFrame({"source": ids[:1], "target": ids[-1:]}) if ids else pd.DataFrame({"source": [], "target": []})
    net = Network(firms, ties)
    same(through(net, door, tmp_path), net)


@pytest.mark.parametrize("ending", [*FILES, ".net"])
def test_same_network_same_bytes(rich, ending, tmp_path):
    first = rich.write(tmp_path / f"one{ending}").read_bytes()
    again = Network(rich.firms, rich.ties, settings=rich.settings)
    assert again.write(tmp_path / "sub" / f"two{ending}").read_bytes() == first
    assert b"NaN" not in first
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["one" + ending, "sub", "two" + ending]


# ── networkx ──


@pytest.fixture
def small():
    ties = pd.DataFrame(
        {
            "source": ["b", "a", "c"],
            "target": ["a", "b", "c"],
            "layer": ["supply", "alliance", "referral"],
            "strength": [2.0, 1.0, 1.0],
            "directed": [True, False, True],
            "start": ["2020-01-01", None, None],
        },
        index=["t1", "t2", "t3"],
    )
    return Network(pd.DataFrame({"size": [1.0, np.nan, 3.0, 4.0]}, index=list("abcd")), ties)


def test_networkx_graph_holds_what_it_says(small):
    graph = small.to_networkx()
    assert type(graph) is nx.MultiDiGraph
    assert dict(graph.nodes(data=True)) == {"a": {"size": 1.0}, "b": {}, "c": {"size": 3.0}, "d": {"size": 4.0}}
    assert graph.edges["b", "a", "t1"] == {
        "layer": "supply", "directed": True, "strength": 2.0, "start": pd.Timestamp("2020-01-01"),
    }  # fmt: skip
    assert graph.edges["a", "b", "t2"] == {"layer": "alliance", "directed": False, "strength": 1.0}
    assert type(small.undirected().to_networkx()) is nx.MultiGraph
    simple = small.to_networkx(simple=True)
    assert type(simple) is nx.DiGraph
    assert dict(simple.edges) == {("a", "b"): {"strength": 1.0, "count": 1}, ("b", "a"): {"strength": 3.0, "count": 2}}
    flat = small.undirected().to_networkx(simple=True)
    assert type(flat) is nx.Graph
    assert dict(flat.edges) == {("a", "b"): {"strength": 3.0, "count": 2}}
    assert list(flat) == list("abcd")


def test_networkx_graph_may_be_edited_on_the_way(small):
    graph = small.to_networkx()
    nx.set_node_attributes(graph, {"a": 0.5, "b": 0.25}, "score")
    graph.remove_edge("b", "a", "t1")
    graph.add_edge("a", "new", "t9", strength=4.0)
    net = Network.from_networkx(graph)
    assert net.ties.index.tolist() == ["t2", "t3", "t9"]
    assert net.ties.loc["t9", ["source", "target", "layer", "directed", "strength"]].tolist() == [
        "a",
        "new",
        "tie",
        True,
        4.0,
    ]
    assert net.firms["score"].tolist()[:2] == [0.5, 0.25]
    assert net.firms.index.tolist() == ["a", "b", "c", "d", "new"]
    renamed = Network.from_networkx(nx.relabel_nodes(small.undirected().to_networkx(), {"a": "z"}))
    assert renamed.ties[["source", "target"]].values.tolist() == [["b", "z"], ["z", "b"], ["c", "c"]] or set(
        map(frozenset, renamed.ties[["source", "target"]].values.tolist())
    ) == {frozenset("bz"), frozenset("c")}
    flat = Network.from_networkx(small.to_networkx().to_undirected())
    assert not flat.is_directed


@pytest.mark.parametrize("kind", [nx.Graph, nx.DiGraph, nx.MultiGraph, nx.MultiDiGraph])
def test_any_networkx_graph(kind):
    graph = kind()
    graph.add_edge(1, 2, weight=2.5)
    graph.add_edge(2, 2)
    graph.add_edge(2, 3, layer="supply", source="press", start="2020-05-01")
    graph.add_node(4, size=3)
    net = Network.from_networkx(graph)
    assert net.firms.index.tolist() == [1, 2, 3, 4]
    assert net.firms["size"].isna().tolist() == [True, True, True, False]
    assert net.ties["strength"].tolist() == [2.5, 1.0, 1.0]
    assert net.ties["layer"].tolist() == ["tie", "tie", "supply"]
    assert net.ties["source_"].tolist()[2] == "press"
    assert "weight" not in net.ties
    assert net.ties["start"].tolist()[2] == pd.Timestamp("2020-05-01")
    assert net.ties["directed"].tolist() == [graph.is_directed()] * 3


def test_networkx_conventions():
    davis = nx.davis_southern_women_graph()
    net = Network.from_networkx(davis)
    assert net.is_two_mode
    assert net.firms["mode"].value_counts().to_dict() == {0: 18, 1: 14}
    assert net.project(0).n_ties == 139
    named = nx.MultiGraph([("a", "b", "friend"), ("a", "b", "kin")])
    assert Network.from_networkx(named).ties["key"].tolist() == ["friend", "kin"]
    both = nx.Graph()
    both.add_edge("a", "b", weight=3, strength=2)
    assert Network.from_networkx(both).ties[["strength", "weight"]].values.tolist() == [[2.0, 3.0]]
    grid = Network.from_networkx(nx.grid_graph([2, 2]))
    assert grid.firms.index.tolist() == ["(0, 0)", "(0, 1)", "(1, 0)", "(1, 1)"]
    clash = nx.Graph([((0, 1), "(0, 1)")])
    with pytest.raises(NetworkError, match="relabel"):
        Network.from_networkx(clash)
    assert Network.from_networkx(nx.Graph()).n_firms == 0
    assert Network.from_networkx(nx.Graph([(1, "1")])).firms.index.tolist() == [1, "1"]
    negative = nx.Graph()
    negative.add_edge(1, 2, weight=-1)
    with pytest.raises(NetworkError, match="positive finite"):
        Network.from_networkx(negative)
    odd = nx.Graph()
    odd.add_edge(1, 2)
    odd.graph["clusternet"] = {"firms": "something else"}
    assert Network.from_networkx(odd).n_ties == 1


def test_two_mode_graph_suits_the_libraries():
    net = Network(
        pd.DataFrame({"mode": ["deal", "firm", "firm"]}, index=["x", "a", "b"]),
        pd.DataFrame({"source": ["a", "b"], "target": ["x", "x"]}),
    )
    graph = net.to_networkx()
    assert nx.get_node_attributes(graph, "bipartite") == {"x": 0, "a": 1, "b": 1}
    assert "bipartite" not in Network.from_networkx(graph).firms
    other = net.to_igraph()
    assert other.vs["type"] == [False, True, True]
    assert other.bipartite_projection(which=1).ecount() == 1
    assert "type" not in Network.from_igraph(other).firms


# ── igraph ──


def test_igraph_graph_holds_what_it_says(small):
    graph = Network(small.firms.assign(name=["Ada", "Bo", None, "Di"]), small.ties).to_igraph()
    assert graph.is_directed()
    assert graph.vs["name"] == list("abcd")
    assert graph.vs["name_"] == ["Ada", "Bo", None, "Di"]
    assert graph.vs["size"] == [1.0, None, 3.0, 4.0]
    assert graph.get_edgelist() == [(1, 0), (0, 1), (2, 2)]
    assert graph.es["tie"] == ["t1", "t2", "t3"]
    assert graph.es["start"] == [pd.Timestamp("2020-01-01"), None, None]
    graph.delete_edges([1])
    graph.add_vertex("new")
    graph.add_edge("new", "a")
    net = Network.from_igraph(graph)
    assert net.firms.index.tolist() == ["a", "b", "c", "d", "new"]
    assert net.ties[["source", "target", "strength"]].values.tolist() == [
        ["b", "a", 2.0],
        ["c", "c", 1.0],
        ["new", "a", 1.0],
    ]


def test_any_igraph_graph():
    graph = igraph.Graph([(2, 0), (1, 1)], n=4)
    net = Network.from_igraph(graph)
    assert net.firms.index.tolist() == [0, 1, 2, 3]
    assert net.n_ties == 2
    assert not net.is_directed
    graph.es["weight"] = [2.0, 0.5]
    graph.vs["name"] = ["a", "b", "a", "c"]
    net = Network.from_igraph(graph)
    assert net.firms.index.tolist() == [0, 1, 2, 3]
    assert net.firms["name"].tolist() == ["a", "b", "a", "c"]
    assert net.ties["strength"].tolist() == [2.0, 0.5]
    graph.vs["name"] = list("abcd")
    assert Network.from_igraph(graph).firms.index.tolist() == list("abcd")
    two = igraph.Graph.Full_Bipartite(2, 3)
    assert Network.from_igraph(two).project(0).n_ties == 1
    assert Network.from_igraph(igraph.Graph(directed=True)).n_firms == 0


# ── files, as others write and read them ──


def test_other_programs_read_our_files(small, tmp_path):
    graph = nx.read_graphml(small.write(tmp_path / "n.graphml"), force_multigraph=True)
    assert graph.is_directed()
    assert dict(graph.nodes(data="size")) == {"a": 1.0, "b": None, "c": 3.0, "d": 4.0}
    assert graph.edges["b", "a", "t1"]["strength"] == 2.0
    assert graph.edges["a", "b", "t2"]["directed"] is False
    other = igraph.Graph.Read_GraphML(str(tmp_path / "n.graphml"))
    assert other.vs["id"] == list("abcd")
    assert other.es["strength"] == [2.0, 1.0, 1.0]
    flat = small.undirected()
    gexf = nx.read_gexf(flat.write(tmp_path / "n.gexf"))
    assert sorted(gexf.edges(data="weight")) == [("a", "b", 1.0), ("a", "b", 2.0), ("c", "c", 1.0)]
    assert {data["start"] for *_, data in gexf.edges(data=True) if "start" in data} == {"2020-01-01"}
    data = json.loads(small.write(tmp_path / "n.json").read_text(encoding="utf-8"))
    link = nx.node_link_graph(data, edges="edges")
    assert link.edges["b", "a", "t1"]["layer"] == "supply"
    assert Network.from_networkx(link).equals(small) or Network.from_networkx(link).n_ties == 3
    plain = Network.from_edges([("a b", "c", 2.5), ("c", "d")])
    assert igraph.Graph.Read_Pajek(str(plain.write(tmp_path / "n.net"))).es["weight"] == [2.5, 1.0]
    assert sorted(nx.read_pajek(tmp_path / "n.net").edges(data="weight")) == [("a b", "c", 2.5), ("c", "d", 1.0)]


def test_we_read_what_others_write(tmp_path):
    graph = nx.Graph()
    graph.add_node("a", size=3, label="Ada", big=True)
    graph.add_edge("a", "b", weight=2.5, layer="supply")
    graph.add_edge("b", "c", weight=1)
    writers = {".graphml": nx.write_graphml, ".gexf": nx.write_gexf}
    for ending, write in writers.items():
        write(graph, tmp_path / f"n{ending}")
        net = Network.read(tmp_path / f"n{ending}")
        assert net.firms.index.tolist() == list("abc")
        assert (net.firms.loc["a", "size"], net.firms.loc["a", "label"], net.firms.loc["a", "big"]) == (
            3.0,
            "Ada",
            True,
        )
        assert net.ties[["source", "target", "layer", "strength"]].values.tolist() == [
            ["a", "b", "supply", 2.5], ["b", "c", "tie", 1.0],
        ]  # fmt: skip
    for name in ("edges", "links"):
        (tmp_path / "n.json").write_text(json.dumps(nx.node_link_data(nx.grid_graph([2, 2]), edges=name)))
        assert Network.read(tmp_path / "n.json").firms.index.tolist() == ["(0, 0)", "(0, 1)", "(1, 0)", "(1, 1)"]
    other = igraph.Graph([(0, 1), (1, 2)], directed=True)
    other.vs["name"], other.es["weight"] = ["x", "y", "z"], [1.0, 2.0]
    other.write_graphml(str(tmp_path / "i.graphml"))
    net = Network.read(tmp_path / "i.graphml")
    assert net.ties[["source", "target", "directed", "strength"]].values.tolist() == [
        ["x", "y", True, 1.0],
        ["y", "z", True, 2.0],
    ]


def test_graphml_of_the_standard(tmp_path):
    path = tmp_path / "n.graphml"
    path.write_text(
        """<?xml version="1.0" encoding="ISO-8859-1"?><!-- by hand -->
        <graphml xmlns="http://graphml.graphdrawing.org/xmlns">
        <key id="d0" for="node" attr.name="color" attr.type="string"><default>yellow</default></key>
        <key id="d1" for="edge" attr.name="weight" attr.type="double"/>
        <graph edgedefault="undirected"><node id="n0"><data key="d0">green</data><port name="p"/></node><node id="n1"/>
        <node id="n2"><data key="d0"></data></node>
        <edge source="n0" target="n1" directed="true"><data key="d1">1.5</data></edge><edge source="n1" target="n2"/>
        </graph></graphml>""",
        encoding="latin-1",
    )
    net = Network.read(path)
    assert net.firms["color"].tolist() == ["green", "yellow", ""]
    assert net.ties["directed"].tolist() == [True, False]
    assert net.ties["strength"].tolist() == [1.5, 1.0]


def test_gexf_of_the_standard(tmp_path):
    path = tmp_path / "n.gexf"
    path.write_text(
        """<gexf xmlns="http://gexf.net/1.2draft" version="1.2"><graph mode="dynamic" defaultedgetype="directed"
        timeformat="double"><attributes class="node"><attribute id="0" title="ok" type="boolean"><default>true</default>
        </attribute></attributes><nodes><node id="0" label="Ada"/><node id="1" label="Bo"><attvalues>
        <attvalue for="0" value="false"/></attvalues></node></nodes><edges>
        <edge id="0" source="0" target="1" start="1.5"/>
        <edge id="1" source="1" target="0" type="undirected" weight="2"/></edges></graph></gexf>""",
        encoding="utf-8",
    )
    net = Network.read(path)
    assert net.firms["ok"].tolist() == [True, False]
    assert net.firms["label"].tolist() == ["Ada", "Bo"]
    assert net.ties["directed"].tolist() == [True, False]
    assert net.ties["start_value"].tolist()[0] == 1.5
    assert net.ties["start"].isna().all()


def test_gexf_of_ours_is_what_gephi_wants(small, tmp_path):
    root = ET.parse(small.write(tmp_path / "n.gexf")).getroot()
    space = "{http://gexf.net/1.3}"
    graph = root.find(f"{space}graph")
    assert graph.attrib == {"defaultedgetype": "directed", "mode": "dynamic", "timeformat": "date"}
    edges = [edge.attrib for edge in graph.iter(f"{space}edge")]
    assert edges[0] == {
        "id": "t1", "source": "b", "target": "a", "type": "directed", "kind": "supply", "weight": "2.0",
        "start": "2020-01-01",
    }  # fmt: skip
    assert edges[1]["type"] == "undirected"
    assert "lastmodified" not in (tmp_path / "n.gexf").read_text(encoding="utf-8")


# ── Pajek ──


def test_pajek_keeps_layers_direction_strength_and_modes(tmp_path):
    firms = pd.DataFrame({"mode": ["firm", "deal", "firm"]}, index=["Ada & Co", "x", "بوب 🎉"])
    ties = pd.DataFrame(
        {
            "source": ["Ada & Co", "x", "x"],
            "target": ["x", "بوب 🎉", "Ada & Co"],
            "layer": ["supply", "alliance", "supply"],
            "directed": [True, False, False],
            "strength": [0.1, 2.0, 3.0],
        }
    )
    net = Network(firms, ties)
    text = net.write(tmp_path / "n.net").read_text(encoding="utf-8")
    assert text == (
        '*Vertices 3 2\n1 "Ada & Co"\n2 "بوب 🎉"\n3 "x"\n*Edges :1 "alliance"\n3 2 2.0\n*Arcs :2 "supply"\n1 3 0.1\n'
        '*Edges :2 "supply"\n3 1 3.0\n'
    )
    back = Network.read(tmp_path / "n.net")
    assert back.firms["mode"].to_dict() == {"Ada & Co": 0, "بوب 🎉": 0, "x": 1}
    assert back.is_two_mode
    key = ["layer", "source", "target", "directed", "strength"]
    assert sorted(back.ties[key].values.tolist()) == sorted(net.ties[key].values.tolist())


@pytest.mark.slow
@given(networks(), st.booleans())
@settings(max_examples=25)
def test_pajek_round_trip(tmp_path_factory, net, two_mode):
    back = Network.read(net.write(tmp_path_factory.getbasetemp() / "net.net"))
    assert back.firms.index.tolist() == [str(name) for name in net.firms.index]
    key = ["layer", "source", "target", "directed", "strength"]
    expected = net.ties[key].astype({"source": str, "target": str})
    assert sorted(back.ties[key].values.tolist()) == sorted(expected.values.tolist())


def test_pajek_of_others(tmp_path):
    path = tmp_path / "n.net"
    path.write_bytes(
        b'\xef\xbb\xbf*Network demo\r\n% a comment\r\n*Vertices 4\r\n1 "Ada Co" 0.1 0.2 ellipse\r\n2 Bo\r\n\r\n'
        b"*Arcs\r\n1 2 2.5 c Blue\r\n*Edges\r\n2 3\r\n*Arcslist\r\n1 3 4\r\n*Edgeslist\r\n4 1\r\n2: 1 2 3\r\n"
    )  # fmt: skip
    with pytest.raises(NetworkError, match="line 15"):
        Network.read(path)
    path.write_bytes(path.read_bytes().replace(b"2: 1 2 3\r\n", b""))
    net = Network.read(path)
    assert net.firms.index.tolist() == ["Ada Co", "Bo", "3", "4"]
    assert net.ties[["source", "target", "directed", "strength"]].values.tolist() == [
        ["Ada Co", "Bo", True, 2.5], ["Bo", "3", False, 1.0], ["Ada Co", "3", True, 1.0], ["Ada Co", "4", True, 1.0],
        ["4", "Ada Co", False, 1.0],
    ]  # fmt: skip
    path.write_text('*Vertices 3\n1 x\n2 x\n3 y\n*Matrix :1 "advice"\n0 1 0\n0 0 2\n0 0 0\n', encoding="utf-8")
    net = Network.read(path)
    assert net.firms["name"].tolist() == ["x", "x", "y"]
    assert net.ties[["source", "target", "layer", "strength"]].values.tolist() == [
        ["1", "2", "advice", 1.0],
        ["2", "3", "advice", 2.0],
    ]
    path.write_bytes('*Vertices 3 2\n1 "Caf\u00e9"\n2 b\n3 c\n*Matrix\n1\n0\n'.encode("latin-1"))
    net = Network.read(path)
    assert net.is_two_mode
    assert net.ties[["source", "target", "directed"]].values.tolist() == [["Café", "c", False]]


# ── what is refused ──


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("n.graphml", "", "no well-formed XML"),
        ("n.graphml", "<graphml><graph></graphml>", "no well-formed XML"),
        ("n.graphml", "<html/>", "no <graphml> element"),
        ("n.gexf", "<graphml/>", "no <gexf> element"),
        ("n.graphml", '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><graphml>&e;</graphml>', "entities"),
        ("n.gexf", '<!DOCTYPE x [<!ENTITY e "ha">]><gexf>&e;</gexf>', "entities"),
        ("n.graphml", "<graphml><graph><hyperedge/></graph></graphml>", "hyperedges"),
        ("n.graphml", '<graphml><graph><node id="a"/><edge source="a" target="b"/></graph></graphml>', "not list: 'b'"),
        ("n.graphml", '<graphml><graph><node id="a"/><node id="a"/></graph></graphml>', "more than once: 'a'"),
        ("n.json", "{", "no JSON"),
        ("n.json", "[" * 100_000, "no JSON"),
        ("n.json", "[]", "no node-link JSON"),
        ("n.json", '{"nodes": [1], "edges": []}', "no node-link JSON"),
        ("n.json", '{"nodes": [{"name": 1}], "edges": []}', "1 nodes lack one of 'id'"),
        ("n.json", '{"nodes": [{"id": 1}], "edges": [{"source": 1}]}', "1 edges lack one of 'source', 'target'"),
        ("n.json", '{"nodes": [{"id": 1}], "edges": [{"source": 1, "target": 2}]}', "not list: 2"),
        ("n.net", "hello", "line 1"),
        ("n.net", "", "no \\*Vertices"),
        ("n.net", "*Vertices 2\n*Arcs\n1 3\n", "line 3"),
        ("n.net", "*Vertices x\n", "line 1"),
        ("n.net", "*Vertices 1\n*Matrix\n0 1\n", "line 3"),
        ("n.net", "*Vertices 1\n*Vertices 1\n", "more than one network"),
    ],
)  # fmt: skip
def test_bad_files_are_refused(name, content, message, tmp_path):
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(NetworkError, match=message):
        Network.read(tmp_path / name)


def test_files_that_are_not_there(small, tmp_path):
    with pytest.raises(NetworkError, match="there is no file"):
        Network.read(tmp_path / "nothing.graphml")
    small.write(tmp_path / "cluster.graphml")
    with pytest.raises(NetworkError, match=r"Did you mean 'cluster\.graphml'"):
        Network.read(tmp_path / "clustr.graphml")
    for call in (Network.read, small.write):
        with pytest.raises(OptionError, match=r"'\.graphml', '\.gexf', '\.net', '\.json'"):
            call(tmp_path / "net.docx")


@pytest.mark.parametrize("ending", FILES)
def test_what_no_file_can_keep_is_refused_and_leaves_nothing(ending, tmp_path):
    ties = pd.DataFrame({"source": ["a"], "target": ["b"]})
    for table, message in (
        (pd.DataFrame({"thing": [object(), 1]}, index=["a", "b"]), "'thing' of firms holds a object"),
        (pd.DataFrame({None: [1, 2]}, index=["a", "b"]), "rename it to a text"),
        (pd.DataFrame({dt.date(2020, 1, 1): [1, 2]}, index=["a", "b"]), "rename it to a text"),
    ):
        path = tmp_path / f"n{ending}"
        with pytest.raises(NetworkError, match=message):
            Network(table, ties).write(path)
        assert list(tmp_path.iterdir()) == []


def test_an_old_file_survives_a_failed_write(small, tmp_path):
    path = small.write(tmp_path / "n.json")
    before = path.read_bytes()
    bad = Network(small.firms.assign(x=[object()] * 4), small.ties)
    with pytest.raises(NetworkError):
        bad.write(path)
    assert path.read_bytes() == before


def test_ids_alike_in_pajek_are_refused(tmp_path):
    net = Network(['a"', "a'"], pd.DataFrame({"source": ['a"'], "target": ["a'"]}))
    with pytest.raises(NetworkError, match="2 firm ids are alike in Pajek"):
        net.write(tmp_path / "n.net")


# ── CSV ──


def test_csv_cannot_become_formulas(rich, tmp_path):
    paths = rich.to_csv(tmp_path / "out")
    assert [path.name for path in paths] == ["firms.csv", "ties.csv"]
    for path in paths:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        numbers = {"start", "share", "strength", "count", "age", "mixed", "small"}
        for row in rows[1:]:
            for heading, cell in zip(rows[0], row, strict=True):
                if heading not in numbers and not cell.startswith("-"):
                    assert not cell.startswith(("=", "+", "@", "\t", "\r")), (heading, cell)
    table = pd.read_csv(paths[0], encoding="utf-8", keep_default_na=False)
    assert table["name"].tolist()[3] == "'=1+1"
    assert table.columns[0] == "firm"
    assert len(pd.read_csv(paths[1])) == 6


def test_csv_numbers_are_untouched(tmp_path):
    net = Network(
        pd.DataFrame({"firm": ["-1", "x"], "change": [-0.1, 1 / 3]}, index=["=cmd", "@b"]),
        pd.DataFrame({"source": ["=cmd"], "target": ["@b"], "start": ["2020-01-01"]}),
    )
    firms, ties = net.to_csv(tmp_path)
    assert firms.read_text(encoding="utf-8") == f"firm_,firm,change\n'=cmd,'-1,-0.1\n'@b,x,{1 / 3!r}\n"
    assert ties.read_text(encoding="utf-8") == (
        "tie,source,target,layer,directed,strength,start,end\n0,'=cmd,'@b,tie,False,1.0,2020-01-01,\n"
    )


@pytest.mark.reference
@pytest.mark.parametrize("door", DOORS)
def test_golden_two_mode_network_comes_back(door, tmp_path):
    golden.require()
    net = golden.load_network("southern_women", "b")
    back = through(net, door, tmp_path)
    same(back, net)
    assert back.project(0, "newman").equals(net.project(0, "newman"))


def test_formats_read_are_formats_written():
    assert list(_files.READERS) == list(_files.WRITERS)


# ── what a reviewer found ──


def test_an_edge_with_a_weight_only_keeps_it_beside_edges_with_a_strength():
    graph = nx.Graph()
    graph.add_edge("a", "b", weight=2)
    graph.add_edge("b", "c", strength=3, weight=7)
    graph.add_edge("c", "d")
    assert Network.from_networkx(graph).ties["strength"].tolist() == [2, 3, 1]
    more = Network.from_networkx(graph).to_networkx()
    more.add_edge("a", "d", weight=5)
    assert sorted(Network.from_networkx(more).ties["strength"]) == [1, 2, 3, 5]


def test_a_graph_made_directed_has_two_arcs_and_no_doubled_ties():
    net = Network.from_edges([("a", "b"), ("b", "c")])
    back = Network.from_networkx(net.to_networkx().to_directed())
    assert back.ties["directed"].all()
    pairs = [("a", "b"), ("b", "a"), ("b", "c"), ("c", "b")]
    assert sorted(zip(back.ties["source"], back.ties["target"], strict=True)) == pairs
    assert back.simple().strength.tolist() == [1, 1, 1, 1]


def test_attributes_that_read_alike_are_two_columns():
    graph = nx.Graph()
    graph.add_edge("a", "b", **{"1": "text"})
    graph["a"]["b"][1] = "number"
    graph.add_node("a", **{"1": "x"})
    ties = Network.from_networkx(graph).ties
    assert ties.iloc[0][["1", "1_"]].tolist() == ["text", "number"]


def test_what_is_no_graph_is_refused_with_the_right_door():
    for wrong in ([1], igraph.Graph.Ring(3)):
        with pytest.raises(NetworkError, match=r"no networkx graph but a .*Network\.from_igraph"):
            Network.from_networkx(wrong)
    for wrong in ([1], nx.path_graph(3)):
        with pytest.raises(NetworkError, match=r"no igraph graph but a .*from_networkx"):
            Network.from_igraph(wrong)


def test_ids_that_no_set_can_hold(tmp_path):
    graph = igraph.Graph.Ring(3)
    graph.vs["name"] = [["a"], ["b"], ["c"]]
    assert Network.from_igraph(graph).firms.index.tolist() == [0, 1, 2]
    path = tmp_path / "odd.json"
    path.write_text('{"nodes": [{"id": {"n": 1}}, {"id": 2}], "edges": [{"source": {"n": 1}, "target": 2}]}')
    assert Network.read(path).ties["source"].tolist() == ['{"n": 1}']


def test_a_file_of_two_graphs_is_refused_and_a_nested_graph_is_not(tmp_path):
    two = '<graphml><graph><node id="a"/></graph><graph><node id="b"/></graph></graphml>'
    nested = '<graphml><graph><node id="a"><graph><node id="b"/></graph></node></graph></graphml>'
    (tmp_path / "two.graphml").write_text(two)
    (tmp_path / "nested.graphml").write_text(nested)
    with pytest.raises(NetworkError, match="more than one graph; split the file"):
        Network.read(tmp_path / "two.graphml")
    assert sorted(Network.read(tmp_path / "nested.graphml").firms.index) == ["a", "b"]
