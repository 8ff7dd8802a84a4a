"""The list of measures and the calls that compute many at once."""

from __future__ import annotations

import functools
import math

import numpy as np
import pandas as pd
import pytest

from clusternet import (
    Network,
    brokerage,
    centrality,
    cohesion,
    dependence,
    list_measures,
    measure_firms,
    measure_network,
)
from clusternet.errors import OptionError
from clusternet.measure import choose, firm_groups, firm_series, firm_values, real_number, share_between, whole_number
from reference import florentine, ties


def test_the_list_holds_the_measures_of_this_release() -> None:
    firm = [info.name for info in list_measures("firm")]
    network = [info.name for info in list_measures("network")]
    for name in ("degree", "strength", "closeness", "harmonic", "betweenness", "eigenvector", "pagerank"):
        assert name in firm
    for name in ("density", "reciprocity", "transitivity", "average_clustering", "n_components", "giant_share"):
        assert name in network
    assert len(list_measures()) == len(firm) + len(network)
    assert not set(firm) & set(network)
    for info in list_measures():
        assert any(
            getattr(home, info.name, None) is info.function for home in (centrality, cohesion, brokerage, dependence)
        )


def test_heavy_measures_are_computed_only_when_named() -> None:
    heavy = {info.name for info in list_measures("firm") if info.heavy}
    assert {"bridging", "current_flow_betweenness", "information"} <= heavy
    assert not heavy & set(measure_firms(ties("A-B B-C")).columns)
    assert measure_firms(ties("A-B B-C"), sorted(heavy)).shape == (3, len(heavy))


def test_measures_that_need_more_than_a_network_are_not_listed() -> None:
    listed = {info.name for info in list_measures()}
    assert not listed & {"modularity", "ei_index", "nominal_assortativity", "communities", "components", "bridges"}


def test_measure_firms_takes_names_functions_and_your_own() -> None:
    def twice(network: Network) -> pd.Series:
        return centrality.degree(network) * 2

    strong = functools.partial(centrality.betweenness, weights="strength")
    table = measure_firms(florentine(), ["degree", twice, strong, lambda network: centrality.closeness(network) * 2])
    # The Series of `twice` carries the name of what it was made from; the function's own name wins.
    assert list(table.columns) == ["degree", "twice", "betweenness", "closeness"]
    assert table["twice"].tolist() == (2 * table["degree"]).tolist()
    assert table.loc["Medici", "betweenness"] == pytest.approx(47.5 / 105)


def test_columns_that_would_share_a_name_are_refused() -> None:
    with pytest.raises(OptionError, match="two measures are called 'degree'"):
        measure_firms(florentine(), ["degree", centrality.degree])
    with pytest.raises(OptionError, match="two measures are called 'density'"):
        measure_network(florentine(), ["density", "density"])


def test_unknown_names_get_the_nearest_one() -> None:
    with pytest.raises(OptionError, match="Did you mean 'betweenness'"):
        measure_firms(florentine(), ["betweeness"])
    with pytest.raises(OptionError, match="'density' is not a listed firm measure"):
        measure_firms(florentine(), ["density"])


def test_functions_that_answer_something_else_are_refused() -> None:
    with pytest.raises(OptionError, match="indexed like"):
        measure_firms(florentine(), [lambda network: [1.0] * 16])
    with pytest.raises(OptionError, match="indexed like"):
        measure_firms(florentine(), [lambda network: pd.Series(range(16))])
    with pytest.raises(OptionError, match="one number"):
        measure_network(florentine(), [lambda network: "many"])
    with pytest.raises(OptionError, match="one number"):
        measure_network(florentine(), [centrality.degree])


def test_measure_network_keeps_order_and_undefined_values() -> None:
    numbers = measure_network(ties("A-B", firms="A B C"), ["transitivity", "density", "giant_share"])
    assert list(numbers.index) == ["transitivity", "density", "giant_share"]
    assert math.isnan(numbers["transitivity"])
    assert numbers["density"] == pytest.approx(1 / 3)
    assert numbers["giant_share"] == pytest.approx(2 / 3)
    assert numbers.dtype == "float64"


def test_choose_says_what_there_is() -> None:
    with pytest.raises(
        OptionError, match=r"weights is 'strenght'; choose 'ignore', 'strength'\. Did you mean 'strength'\?"
    ):
        choose("weights", "strenght", ("ignore", "strength"))
    choose("weights", "ignore", ("ignore", "strength"))


def test_numbers_of_any_kind_are_taken_and_nothing_else() -> None:
    assert whole_number("draws", np.int64(3)) == 3
    assert real_number("resolution", np.float32(0.5)) == 0.5
    assert [share_between("level", value, zero=True, one=True) for value in (0, 0.5, np.float64(1))] == [0, 0.5, 1]
    for check, wrong, message in (
        (whole_number, 0, r"x is 0; give a whole number of at least 1\."),
        (
            functools.partial(whole_number, most=5, what=" of firms"),
            6,
            "whole number of firms of at least 1 and at most 5",
        ),
        (whole_number, 2.0, "x is 2.0"),
        (whole_number, True, "x is True"),
        (real_number, "3", "x is '3'; give a number"),
        (real_number, np.True_, "give a number"),
        (functools.partial(real_number, positive="number of days"), math.inf, "give a positive number of days"),
        (share_between, 0, "x is 0; give a share between 0 and 1, such as 0.95"),
        (functools.partial(share_between, one=True), 0.0, "above 0 and up to 1"),
        (functools.partial(share_between, zero=True, one=True), math.nan, "from 0 to 1"),
        (share_between, "0.5", "x is '0.5'"),
        (share_between, None, "x is None"),
    ):
        with pytest.raises(OptionError, match=message):
            check("x", wrong)


def test_firm_attributes_follow_the_order_of_the_firms() -> None:
    net = Network.from_edges([("B", "A")], firms=pd.DataFrame({"sector": ["x", None]}, index=["A", "B"]))
    assert firm_values(net, "sector").tolist()[0] == "x"
    assert firm_values(net, pd.Series({"B": 1, "A": 2, "Z": 3})).tolist() == [2, 1]
    codes, names = firm_groups(net, "sector")
    assert codes.tolist() == [0, -1]
    assert names.tolist() == ["x"]
    codes, names = firm_groups(net, [("a", 1), ("b", 2)])
    assert codes.tolist() == [0, 1]


def test_firm_series_is_float_and_named() -> None:
    made = firm_series(ties("A-B"), [1, 2], "size")
    assert made.name == "size"
    assert made.dtype == "float64"
    assert made.index.tolist() == ["A", "B"]
