"""What every listed measure promises, on networks of every kind; a new measure is walked as soon as it is tagged."""

from __future__ import annotations

import inspect
import itertools
import math
import typing
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clusternet import LAYERS, Network, list_measures, measure_firms, measure_network
from clusternet.errors import ClusternetError
from clusternet.measure import Direction, MeasureInfo, Weights

FIRM = list_measures("firm")
NETWORK = list_measures("network")
EVERY = [*FIRM, *NETWORK]
QUICK = settings(max_examples=15, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))

# What an isolate gets; a list names all that the docstring allows.
NAN = math.nan
ISOLATE: dict[str, tuple[float, ...]] = {
    "degree": (0.0,),
    "strength": (0.0,),
    "closeness": (NAN,),
    "harmonic": (0.0,),
    "betweenness": (0.0,),
    "reach": (0.0,),
    "information": (NAN,),
    "current_flow_betweenness": (0.0,),
    "trophic_level": (NAN,),
    "eigenvector": (0.0, NAN),  # NaN when no vector is the principal one
    "pagerank": (),  # above 0, tested below
    "katz": (1.0, NAN),  # NaN without a default attenuation
    "bonacich_power": (0.0, NAN),
    "hubs": (0.0, NAN),
    "authorities": (0.0, NAN),
    "local_clustering": (NAN,),
    "k_coreness": (0.0,),
    "k_truss": (0.0,),
    "structural_cohesion": (0.0,),
    "constraint": (NAN,),
    "effective_size": (NAN,),
    "ego_efficiency": (NAN,),
    "ego_hierarchy": (NAN,),
    "local_bridges": (0.0,),
    "simmelian_ties": (0.0,),
    "bridging": (NAN,),
    "partner_hhi": (NAN,),
    "top_partner_share": (NAN,),
    "effective_partners": (NAN,),
    "net_balance": (NAN,),
    "influence": (),  # 1/n, tested below
    "systemic_share": (),  # above 0, tested below
}
# Least and largest value with default options.
RANGE: dict[str, tuple[float, float]] = {
    "degree": (0, math.inf),
    "strength": (0, math.inf),
    "closeness": (0, 1),
    "harmonic": (0, 1),
    "betweenness": (0, 1),
    "reach": (0, 1),
    "information": (0, math.inf),
    "current_flow_betweenness": (0, 1),
    "trophic_level": (0, math.inf),
    "trophic_incoherence": (0, 1),
    "flow_hierarchy": (0, 1),
    "eigenvector": (0, 1),
    "pagerank": (0, 1),
    "katz": (1, math.inf),
    "bonacich_power": (-math.inf, math.inf),
    "hubs": (0, 1),
    "authorities": (0, 1),
    "local_clustering": (0, 1),
    "k_coreness": (0, math.inf),
    "centralization": (0, 1),
    "density": (0, 1),
    "reciprocity": (0, 1),
    "transitivity": (0, 1),
    "average_clustering": (0, 1),
    "n_components": (0, math.inf),
    "giant_share": (0, 1),
    "mean_distance": (1, math.inf),
    "global_efficiency": (0, 1),
    "k_truss": (0, math.inf),
    "structural_cohesion": (0, math.inf),
    "vertex_connectivity": (0, math.inf),
    "edge_connectivity": (0, math.inf),
    "gtd_connectedness": (0, 1),
    "gtd_hierarchy": (0, 1),
    "gtd_efficiency": (0, 1),
    "gtd_lubness": (0, 1),
    "hierarchy_slope": (-math.inf, 0),
    "assortativity_slope": (-math.inf, math.inf),
    "degree_assortativity": (-1, 1),
    "constraint": (0, 2),
    "effective_size": (1, math.inf),
    "ego_efficiency": (0, 1),
    "ego_hierarchy": (0, 1),
    "local_bridges": (0, math.inf),
    "simmelian_ties": (0, math.inf),
    "bridging": (0, 1),
    "partner_hhi": (0, 1),
    "top_partner_share": (0, 1),
    "effective_partners": (1, math.inf),
    "net_balance": (-1, 1),
    "influence": (0, 1),
    "systemic_share": (0, 1),
    "dyadic_balance": (0, 1),
    "net_flow_gini": (0, 1),
    "aggregate_volatility": (0, 1),
}


def by_name(info: MeasureInfo) -> str:
    return info.name


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Undirected, directed, mixed, weighted, layered, two-mode; with loops, parallel ties, isolates, or nothing."""
    n = draw(st.integers(0, 8))
    firms = pd.DataFrame(index=pd.Index([f"f{i}" for i in range(n)], dtype=object))
    place = st.integers(0, max(n - 1, 0))
    rows = draw(st.lists(st.tuples(place, place), max_size=18)) if n else []
    if draw(st.booleans()) and n > 1:
        firms["mode"] = ["firm" if i < n // 2 else "deal" for i in range(n)]
        rows = [(i, j) for i, j in rows if (i < n // 2) != (j < n // 2)]
    size = len(rows)
    kind = draw(st.sampled_from(["undirected", "directed", "mixed"]))
    ties = pd.DataFrame(
        {
            "source": pd.Series([f"f{i}" for i, _ in rows], dtype=object),
            "target": pd.Series([f"f{j}" for _, j in rows], dtype=object),
            "layer": [draw(st.sampled_from(LAYERS)) for _ in rows],
            "directed": [kind == "directed" or (kind == "mixed" and number % 2 == 0) for number in range(size)],
            "strength": [draw(st.sampled_from([0.5, 1.0, 3.0])) for _ in rows],
        }
    )
    return Network(firms, ties)


def empty() -> Network:
    return Network([], pd.DataFrame({"source": [], "target": []}))


def one_firm() -> Network:
    return Network(["f0"], pd.DataFrame({"source": [], "target": []}))


def fixed() -> list[Network]:
    """One network of each kind that must not crash any option."""
    rows = [("a", "b", 2.0), ("b", "c", 1.0), ("c", "a", 4.0), ("c", "d", 1.0), ("e", "f", 3.0), ("b", "a", 1.0)]
    directed = Network.from_edges(rows, firms=[*"abcdefg"], directed=True)
    modes = pd.DataFrame({"mode": ["firm"] * 3 + ["deal"] * 2}, index=[*"abcxy"])
    two_mode = Network.from_edges([("a", "x", 1.0), ("b", "x", 2.0), ("b", "y", 1.0)], firms=modes)
    layered = Network.from_edges(
        pd.DataFrame({"source": [*"aab"], "target": [*"bbc"], "layer": ["alliance", "supply", "supply"],
                      "directed": [False, True, True]})
    )  # fmt: skip
    return [directed, directed.undirected(), two_mode, layered, empty(), one_firm(), directed.subset(["d", "g"])]


def close(one: Any, other: Any) -> bool:
    return bool(np.allclose(one, other, rtol=1e-8, atol=1e-9, equal_nan=True))


@given(net=networks())
@QUICK
def test_firm_measure_answers_one_float_per_firm(net: Network) -> None:
    for info in FIRM:
        values = info.function(net)
        assert isinstance(values, pd.Series), info.name
        assert values.index.equals(net.firms.index)
        assert values.index.name == "firm"
        assert values.name == info.name
        assert values.dtype == "float64"
        assert not np.isinf(values).any()
        low, high = RANGE[info.name]
        known = values.dropna()
        assert ((known >= low - 1e-9) & (known <= high + 1e-9)).all(), info.name


@given(net=networks())
@QUICK
def test_network_measure_answers_one_float(net: Network) -> None:
    for info in NETWORK:
        value = info.function(net)
        assert type(value) is float, info.name
        low, high = RANGE[info.name]
        assert math.isnan(value) or low - 1e-9 <= value <= high + 1e-9, info.name


@given(net=networks(), order=st.randoms(use_true_random=False))
@QUICK
def test_relabeling_firms_changes_nothing(net: Network, order: Any) -> None:
    shuffled = list(net.firms.index)
    order.shuffle(shuffled)
    new = {firm: f"x{number}" for number, firm in enumerate(shuffled)}
    firms = net.firms.loc[shuffled].rename(index=new)
    ties = net.ties.assign(source=net.ties["source"].map(new), target=net.ties["target"].map(new)).iloc[::-1]
    relabeled = Network(firms, ties)
    for info in EVERY:
        before, after = info.function(net), info.function(relabeled)
        if info.per == "firm":
            after = after.rename(index={value: key for key, value in new.items()}).reindex(before.index)
        assert close(before, after), info.name


@given(net=networks())
@QUICK
def test_loops_change_nothing(net: Network) -> None:
    if net.n_firms == 0 or net.is_two_mode:  # with a loop a network is no longer two-mode
        return
    firm = net.firms.index[0]
    loop = pd.DataFrame({"source": [firm], "target": [firm], "strength": [7.0], "directed": [net.is_directed]})
    ties = pd.concat([net.ties[["source", "target", "strength", "directed"]], loop], ignore_index=True)
    looped = Network(net.firms, ties)
    for info in EVERY:
        assert close(info.function(net), info.function(looped)), info.name


@given(net=networks())
@QUICK
def test_input_is_untouched(net: Network) -> None:
    firms, ties = net.firms.copy(deep=True), net.ties.copy(deep=True)
    views = [net.simple("keep"), net.simple("undirected")]
    arrays = [array.copy() for view in views for array in (view.source, view.target, view.strength)]
    edges = net.igraph.get_edgelist(), list(net.igraph.es["strength"])
    for info in EVERY:
        result = info.function(net)
        if isinstance(result, pd.Series) and len(result):
            result.iloc[:] = -1.0  # a caller may write on the answer, and the next call must not notice
            assert not (info.function(net) == -1.0).all(), info.name
        pd.testing.assert_frame_equal(net.firms, firms)
        pd.testing.assert_frame_equal(net.ties, ties)
        after = [array for view in views for array in (view.source, view.target, view.strength)]
        assert all(np.array_equal(one, other) for one, other in zip(arrays, after, strict=True)), info.name
        assert edges == (net.igraph.get_edgelist(), list(net.igraph.es["strength"])), info.name
        assert net.igraph.es.attributes() == ["strength"], info.name


@given(net=networks())
@QUICK
def test_isolates_get_what_the_docstring_says(net: Network) -> None:
    if net.n_firms < 3:
        return  # some scales have no denominator then
    for info in FIRM:
        everyone = info.function(net)
        for value in everyone[net.isolates]:
            if info.name == "pagerank":
                assert 0 < value <= everyone.min() + 1e-12
            elif info.name == "influence":
                assert close(value, 1 / len(net))  # it uses its own product
            elif info.name == "systemic_share":
                assert 0 < value <= 1
            else:
                assert any(close(value, allowed) for allowed in ISOLATE[info.name]), info.name


@pytest.mark.parametrize("info", EVERY, ids=by_name)
def test_all_options_run_on_all_kinds(info: MeasureInfo) -> None:
    places = {"Network": Network, "Direction": Direction, "Weights": Weights, "pd": pd}
    hints = typing.get_type_hints(info.function, localns=places)
    parameters = [name for name in inspect.signature(info.function).parameters if name != "network"]
    closed = {
        name: typing.get_args(hints[name])
        for name in parameters
        if typing.get_origin(hints[name]) is typing.Literal
    }  # fmt: skip
    for net in fixed():
        answered = 0
        for choice in itertools.product(*closed.values()):
            try:
                result = info.function(net, **dict(zip(closed, choice, strict=True)))
            except ClusternetError:
                continue  # a clear refusal
            answered += 1
            assert len(result) == len(net) if info.per == "firm" else type(result) is float
        assert answered
        info.function(net)  # the default always answers
    for name in closed:
        with pytest.raises(ClusternetError, match=name):
            info.function(fixed()[0], **{name: "no such choice"})


@given(net=networks())
@QUICK
def test_direction_does_not_matter_without_direction(net: Network) -> None:
    flat = net.undirected()
    for info in FIRM:
        said = inspect.signature(info.function)
        if "direction" in said.parameters:
            choices = ("in", "out", "all") if "Direction" in str(said) else ("keep", "all")
            first, *others = (info.function(flat, direction=way) for way in choices)
            assert all(close(first, other) for other in others), info.name


@given(net=networks())
@QUICK
def test_turning_all_ties_round_swaps_in_and_out(net: Network) -> None:
    if not net.is_directed:
        return
    turned = Network(net.firms, net.ties.rename(columns={"source": "target", "target": "source"}))
    for info in FIRM:
        if "Direction" in str(inspect.signature(info.function)):
            assert close(info.function(net, direction="in"), info.function(turned, direction="out")), info.name
    hub, authority = (next(i.function for i in FIRM if i.name == name) for name in ("hubs", "authorities"))
    assert close(hub(net), authority(turned))


def test_every_listed_measure_is_described_here() -> None:
    assert set(ISOLATE) == {info.name for info in FIRM}
    assert set(RANGE) == {info.name for info in EVERY}
    for info in EVERY:
        assert info.label
        assert info.cites
        assert "References" in (info.function.__doc__ or "")


@given(net=networks())
@QUICK
def test_all_at_once_equals_one_by_one(net: Network) -> None:
    table = measure_firms(net, [info.name for info in FIRM])
    numbers = measure_network(net, [info.name for info in NETWORK])
    assert list(table.columns) == [info.name for info in FIRM]
    assert list(numbers.index) == [info.name for info in NETWORK]
    for info in FIRM:
        assert close(table[info.name], info.function(net))
    for info in NETWORK:
        assert close(numbers[info.name], info.function(net))


@pytest.mark.parametrize("make", [empty, one_firm])
def test_empty_and_one_firm(make: Any) -> None:
    net = make()
    assert measure_firms(net, [info.name for info in FIRM]).shape == (len(net), len(FIRM))
    numbers = measure_network(net)
    assert numbers["n_components"] == len(net)
    assert numbers.drop(["n_components", "giant_share", "average_clustering", "aggregate_volatility"]).isna().all()
