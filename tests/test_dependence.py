"""Dependence: golden rows, hand calculations, closed forms, and what is planted in a simulated cluster."""

# ruff: noqa: E501  (the table of hand calculations reads better in rows)
from __future__ import annotations

import inspect
import itertools
import math
import time
import typing
from typing import Any

import igraph
import networkx as nx
import numpy as np
import pandas as pd
import pytest

import golden
from clusternet import Network, build_agreements, build_network, cohesion, dependence, read_records, simulate
from clusternet.errors import ClusternetError, OptionError, UnknownFirmError
from clusternet.measure import Direction, Weights
from reference import ties


def trade() -> Network:
    """A sells 3 to B and 2 to C, B sells 1 to A, C sells 1 to B; D does nothing."""
    return ties("A-B:3 C-B:1 B-A:1 A-C:2", directed=True, firms="A B C D")


def pair() -> Network:
    """A supplies B."""
    return ties("A-B", directed=True)


def fork() -> Network:
    """B buys 3 from A and 1 from C."""
    return ties("A-B:3 C-B:1", directed=True, firms="A B C")


# ── concentration: golden rows ──

GOLDEN = [
    ("uw.partner_hhi", {}),
    ("dw.partner_hhi.in", {"direction": "in"}),
    ("dw.partner_hhi.out", {"direction": "out"}),
]


@pytest.mark.reference
@pytest.mark.parametrize(("key", "options"), GOLDEN, ids=[key for key, _ in GOLDEN])
def test_golden_partner_hhi(key: str, options: dict[str, Any]) -> None:
    golden.require()
    rows = [row for row in golden.rows(key) if row.key == key]
    assert len(rows) >= 4
    for row in rows:
        net = golden.load_network(row.network, typing.cast("Any", key.split(".", maxsplit=1)[0]))
        golden.check(row, dependence.partner_hhi(net, **options))
        if key == "uw.partner_hhi" and golden.meta(row.network)["directed"]:
            directed = golden.load_network(row.network, "dw")
            golden.check(row, dependence.partner_hhi(directed, direction="all", weights="strength"))


@pytest.mark.reference
def test_no_golden_key_of_these_measures_is_passed_over() -> None:
    golden.require()
    keys = {row.key for row in golden.rows() if row.key.split(".")[1] == "partner_hhi"}
    assert keys == {key for key, _ in GOLDEN}


# ── hand calculations ──

NAN = math.nan
THIRD = {"A": 0.5, "B": 1 / 9, "C": 7 / 18}
SQUARES = 0.25 + 1 / 81 + 49 / 324
SIDES = {"inside": [True, True, False, True]}
HAND: list[tuple[str, Any, dict[str, Any], Any, str]] = [
    ("partner_hhi", trade, {}, {"A": 5 / 9, "B": 0.68, "C": 5 / 9, "D": NAN}, "AB 4, AC 2, BC 1: (4/6)^2 + (2/6)^2"),
    ("partner_hhi", trade, {"direction": "in"}, {"A": 1, "B": 0.625, "C": 1, "D": NAN}, "(3/4)^2 + (1/4)^2"),
    ("partner_hhi", trade, {"direction": "out"}, {"A": 0.52, "B": 1, "C": 1}, "(3/5)^2 + (2/5)^2"),
    ("partner_hhi", trade, {"weights": "ignore"}, {"A": 0.5, "B": 0.5, "C": 0.5}, "two partners each"),
    ("top_partner_share", trade, {}, {"A": 4 / 6, "B": 0.8, "C": 2 / 3, "D": NAN}, "largest share"),
    ("top_partner_share", trade, {"direction": "in"}, {"A": 1, "B": 0.75}, "3 of 4"),
    ("top_partner_share", trade, {"direction": "out"}, {"A": 0.6, "D": NAN}, "3 of 5"),
    ("top_partner_share", trade, {"weights": "ignore"}, {"A": 0.5}, "one of two"),
    ("effective_partners", trade, {}, {"A": 1.8, "B": 1 / 0.68, "D": NAN}, "9/5"),
    ("effective_partners", trade, {"direction": "in"}, {"B": 1.6}, "1/.625"),
    ("effective_partners", trade, {"direction": "out"}, {"A": 1 / 0.52}, "1/.52"),
    ("effective_partners", trade, {"weights": "ignore"}, {"A": 2.0}, "two equal partners"),
    ("dyadic_balance", trade, {}, 1 / 6, "AB 1 - 2/4, others 0, over three pairs"),
    ("dyadic_balance", trade, {"average": "value"}, 2 / 7, "twice min(3, 1) over 7"),
    ("dyadic_balance", trade, {"weights": "ignore"}, 1 / 3, "one mutual pair of three"),
    ("net_balance", trade, {}, {"A": 4 / 6, "B": -3 / 5, "C": -1 / 3, "D": NAN}, "(5 - 1)/6"),
    ("net_balance", trade, {"scale": "raw"}, {"A": 4, "B": -3, "C": -1, "D": 0}, "5 - 1, 1 - 4, 1 - 2"),
    ("net_balance", trade, {"weights": "ignore"}, {"A": 1 / 3, "B": -1 / 3, "C": 0}, "(2 - 1)/3"),
    ("net_flow_gini", trade, {}, 0.25, "gaps 4, 3, 1: differences 2 (1 + 2 + 3) over 2 x 9 x 8/3"),
    ("net_flow_gini", trade, {"weights": "ignore"}, 1 / 3, "gaps 1, 1, 0: differences 4 over 2 x 9 x 2/3"),
    ("firm_leakage", trade, SIDES, {"A": 2 / 6, "B": 1 / 5, "C": NAN, "D": NAN}, "C is outside: 2 of 6, 1 of 5"),
    ("firm_leakage", trade, SIDES | {"direction": "in"}, {"A": 0, "B": 0.25}, "B gets 1 of 4 from C"),
    ("firm_leakage", trade, SIDES | {"direction": "out"}, {"A": 0.4, "B": 0}, "A sends 2 of 5 to C"),
    ("firm_leakage", trade, SIDES | {"weights": "ignore"}, {"A": 0.5, "B": 0.5}, "one of two partners"),
    ("leakage", trade, SIDES, 2 / 6, "A and B send 6, of which 2 to C"),
    ("leakage", trade, SIDES | {"direction": "in"}, 1 / 5, "A and B receive 5, of which 1 from C"),
    ("leakage", trade, SIDES | {"direction": "all"}, 3 / 7, "3 of all 7 cross"),
    ("leakage", trade, SIDES | {"weights": "ignore"}, 1 / 3, "one of three arcs"),
    ("influence", pair, {}, {"A": 5 / 6, "B": 1 / 6}, "v_A = 1/6 + 2/3 (v_A + v_B), v_B = 1/6"),
    ("influence", pair, {"no_inputs": "outside"}, {"A": 5 / 18, "B": 1 / 6}, "v_A = 1/6 + 2/3 v_B"),
    ("influence", pair, {"no_inputs": "uniform"}, {"A": 0.625, "B": 0.375}, "v_A = 1/6 + 2/3 (v_B + v_A/2), v_B = 1/6 + v_A/3"),
    ("influence", pair, {"alpha": 0.5}, {"A": 0.75, "B": 0.25}, "v_B = 1/4"),
    ("influence", pair, {"alpha": 1.0}, {"A": 0.5, "B": 0.5}, "nobody buys anything"),
    ("influence", fork, {}, THIRD, "v_A = 3 (1/9 + 2/3 x 3/4 x 1/9)"),
    ("influence", fork, {"weights": "ignore"}, {"A": 4 / 9, "B": 1 / 9, "C": 4 / 9}, "half from each"),
    ("aggregate_volatility", fork, {}, math.sqrt(SQUARES), "length of (1/2, 1/9, 7/18)"),
    ("aggregate_volatility", fork, {"sigma": 2.0}, 2 * math.sqrt(SQUARES), "twice as much"),
    ("aggregate_volatility", fork, {"weights": "ignore"}, math.sqrt(33) / 9, "length of (4, 1, 4)/9"),
    ("aggregate_volatility", pair, {"alpha": 0.5}, math.sqrt(10) / 4, "length of (3, 1)/4"),
    ("aggregate_volatility", pair, {"no_inputs": "outside"}, math.sqrt(34) / 18, "length of (5, 3)/18"),
    ("aggregate_volatility", pair, {"no_inputs": "uniform"}, math.sqrt(34) / 8, "length of (5, 3)/8"),
    ("systemic_share", fork, {}, {"A": 0.25 / SQUARES, "B": 1 / 81 / SQUARES}, "v^2 over their sum"),
    ("systemic_share", fork, {"weights": "ignore"}, {"A": 16 / 33, "B": 1 / 33}, "16, 1, 16"),
    ("systemic_share", pair, {"alpha": 0.5}, {"A": 0.9, "B": 0.1}, "9 and 1"),
    ("systemic_share", pair, {"no_inputs": "outside"}, {"A": 25 / 34}, "25 and 9"),
    ("systemic_share", pair, {}, {"A": 25 / 26}, "25 and 1"),
]  # fmt: skip


@pytest.mark.reference
@pytest.mark.parametrize(
    ("name", "make", "options", "expected", "origin"), HAND, ids=lambda value: value if isinstance(value, str) else None
)
def test_hand_value(name: str, make: Any, options: dict[str, Any], expected: Any, origin: str) -> None:
    got = getattr(dependence, name)(make(), **options)
    for firm, value in expected.items() if isinstance(expected, dict) else [(None, expected)]:
        found = got if firm is None else got[firm]
        assert found == pytest.approx(value, abs=1e-12, nan_ok=True), f"{firm}: {origin}"


@pytest.mark.parametrize("name", sorted({row[0] for row in HAND}))
def test_every_option_has_a_row_that_tells_it_apart(name: str) -> None:
    function = getattr(dependence, name)
    places = {"Network": Network, "Direction": Direction, "Weights": Weights, "pd": pd, "Inside": object}
    hints = typing.get_type_hints(function, localns=places)
    rows = [row for row in HAND if row[0] == name]
    for option, parameter in list(inspect.signature(function).parameters.items())[1:]:
        used = {str(row[2].get(option, parameter.default)) for row in rows}
        if typing.get_origin(hints[option]) is not typing.Literal:
            assert len(used) > 1 or option == "inside", f"no row of {name} gives {option}"
            continue
        assert set(typing.get_args(hints[option])) <= used
        for one, other in itertools.combinations(typing.get_args(hints[option]), 2):
            assert any(
                not np.allclose(
                    function(row[1](), **row[2] | {option: one}),
                    function(row[1](), **row[2] | {option: other}),
                    equal_nan=True,
                )
                for row in rows
            ), f"no row of {name} tells {option}={one} from {other}"


# ── identities ──


def random_trade(n: int = 40, seed: int = 3) -> Network:
    rng = np.random.default_rng(seed)
    rows = [(i, j, float(rng.integers(1, 9))) for i, j in itertools.permutations(range(n), 2) if rng.random() < 0.08]
    return Network.from_edges(rows, firms=range(n), directed=True)


def test_balance_is_reciprocity_in_other_words() -> None:
    net = random_trade()
    assert dependence.dyadic_balance(net, average="value") == pytest.approx(
        cohesion.reciprocity(net, weights="strength")
    )
    assert dependence.dyadic_balance(net, weights="ignore") == pytest.approx(cohesion.reciprocity(net, variant="dyads"))


def test_raw_net_flows_sum_to_zero_and_turn_with_the_ties() -> None:
    net = random_trade()
    raw = dependence.net_balance(net, scale="raw")
    assert raw.sum() == pytest.approx(0)
    turned = Network(net.firms, net.ties.rename(columns={"source": "target", "target": "source"}))
    assert dependence.net_balance(turned, scale="raw").to_numpy() == pytest.approx(-raw.to_numpy())
    gaps = raw.abs()[dependence.partner_hhi(net).notna()].to_numpy()
    formula = np.abs(gaps[:, None] - gaps[None, :]).sum() / (2 * len(gaps) ** 2 * gaps.mean())
    assert dependence.net_flow_gini(net) == pytest.approx(formula)


def test_hhi_lies_between_one_over_partners_and_one() -> None:
    net = random_trade()
    for way in ("in", "out", "all"):
        hhi = dependence.partner_hhi(net, direction=way)
        least = dependence.partner_hhi(net, direction=way, weights="ignore")
        assert (hhi.dropna() >= least.dropna() - 1e-12).all()
        assert (dependence.top_partner_share(net, direction=way) ** 2 <= hhi + 1e-12)[hhi.notna()].all()


def test_what_has_no_direction_has_no_net_flow() -> None:
    flat = trade().undirected()
    assert dependence.net_balance(flat).isna().all()
    assert math.isnan(dependence.dyadic_balance(flat))
    assert math.isnan(dependence.net_flow_gini(flat))
    assert math.isnan(dependence.net_flow_gini(ties("A-B:2 B-A:2", directed=True)))
    # B gives .3 and receives .1 + .2, which floats tell apart.
    assert math.isnan(dependence.net_flow_gini(ties("A-B:.1 C-B:.2 B-D:.3 D-A:.1 D-C:.2", directed=True)))


# ── two sides of a tie ──


def test_bilateral_dependence_by_hand() -> None:
    table = dependence.bilateral_dependence(trade(), direction="in").set_index(["firm", "partner"])
    assert table.loc[("B", "A")].tolist() == pytest.approx([3, 3 / 4, 3 / 5, 5 / 4])
    assert table.loc[("B", "C")].tolist() == pytest.approx([1, 1 / 4, 1, 1 / 4])
    assert table.loc[("C", "A")].tolist() == pytest.approx([2, 1, 2 / 5, 5 / 2])
    assert [*table.index] == [("A", "B"), ("B", "A"), ("B", "C"), ("C", "A")]
    both = dependence.bilateral_dependence(trade()).set_index(["firm", "partner"])
    assert both.loc[("A", "B")].tolist() == pytest.approx([4, 4 / 6, 4 / 5, 5 / 6])
    alike = dependence.bilateral_dependence(trade(), weights="ignore")
    assert (alike["asymmetry"] == 1).all()


def test_asymmetry_seen_from_the_other_side_is_the_reciprocal() -> None:
    net = random_trade()
    for way, back in (("in", "out"), ("all", "all")):
        one = dependence.bilateral_dependence(net, direction=way).set_index(["firm", "partner"])["asymmetry"]
        two = dependence.bilateral_dependence(net, direction=back).set_index(["partner", "firm"])["asymmetry"]
        assert (one * two.reindex(one.index)).to_numpy() == pytest.approx(1.0)
    shares = dependence.bilateral_dependence(net, direction="in").groupby("firm")["share"]
    assert shares.sum().to_numpy() == pytest.approx(1.0)
    hhi = (
        dependence.bilateral_dependence(net, direction="in")
        .assign(q=lambda t: t["share"] ** 2)
        .groupby("firm")["q"]
        .sum()
    )
    assert hhi.to_numpy() == pytest.approx(dependence.partner_hhi(net, direction="in").dropna().to_numpy())


# ── the only one ──


def supplies() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "supplier": ["M", "M", "N", "O", "P", "P", "C"],
            "buyer": ["A", "B", "A", "C", "A", "A", "A"],
            "input": ["flour", " Flour", "milk", "milk", "salt", None, "sugar"],
        }
    )


def test_sole_suppliers_by_hand() -> None:
    found = dependence.sole_suppliers(supplies()).set_index(["firm", "input"])
    assert found.loc[("A", "flour")].tolist() == ["M", 0, 1.0, True]
    assert found.loc[("B", "flour")].tolist() == ["M", 0, 1.0, True]
    assert found.loc[("A", "milk")].tolist() == ["N", 1, 0.5, False]
    assert found.loc[("A", "salt")].tolist() == ["P", 0, 1.0, True]
    assert len(found) == 6
    assert found["critical"].tolist() == [True] * 4 + [False] * 2


def test_a_firm_is_no_substitute_for_its_own_supplier() -> None:
    table = pd.DataFrame({"supplier": ["M", "A"], "buyer": ["A", "B"], "input": "flour"})
    found = dependence.sole_suppliers(table).set_index("firm")
    assert found["substitutes"].to_dict() == {"A": 0, "B": 1}  # B may buy from M, A not from itself


def test_a_blank_input_may_be_any_input() -> None:
    table = pd.DataFrame({"supplier": [*"MNO"], "buyer": [*"AAB"], "input": ["", "  ", " Milk "]})
    assert dependence.sole_suppliers(table)[["firm", "input"]].values.tolist() == [["B", "Milk"]]


def test_inputs_are_read_under_other_names_and_where_none_is_told_all_supplies_are_of_one() -> None:
    rows = pd.DataFrame({"a": [*"MNO"], "b": [*"AAB"], "kind": "supply", "Goods": ["flour", "", "milk"]})
    read = records(partnerships=rows)
    assert read.partnerships["input"].tolist()[::2] == ["flour", "milk"]
    assert dependence.sole_suppliers(read)["input"].tolist() == ["flour", "milk"]
    blank = dependence.sole_suppliers(records(partnerships=rows.assign(Goods="")))
    assert blank[["firm", "input", "supplier"]].values.tolist() == [["B", "", "O"]]  # A buys from two


def test_sole_suppliers_equal_a_count_by_sets() -> None:
    rng = np.random.default_rng(5)
    for _ in range(5):
        table = pd.DataFrame({name: rng.choice([*"ABCDEF"], 20) for name in ("supplier", "buyer")})
        table["input"] = rng.choice(["x", "X ", "y", None, ""], 20)
        arcs = {
            (row.supplier, row.buyer, row.input.strip().lower())
            for row in table.dropna().itertuples()
            if row.supplier != row.buyer and row.input
        }
        expected = set()
        for _, buyer, kind in arcs:
            sellers = {s for s, b, k in arcs if (b, k) == (buyer, kind)}
            if len(sellers) == 1:
                others = {s for s, _, k in arcs if k == kind} - sellers - {buyer}
                sold = [s for s, _, k in arcs if k == kind]
                expected.add((buyer, kind, *sellers, len(others), sold.count(*sellers) / len(sold)))
        found = dependence.sole_suppliers(table)
        columns = ["firm", "supplier", "substitutes", "market_share"]
        assert {
            (f, i, *rest)
            for (f, *rest), i in zip(found[columns].values.tolist(), found["input"].str.lower(), strict=True)
        } == expected


def test_without_a_column_all_supplies_are_one_input() -> None:
    net = ties("M-A N-A M-B", directed=True)
    assert dependence.sole_suppliers(net)[["firm", "supplier", "substitutes"]].values.tolist() == [["B", "M", 1]]
    with pytest.raises(OptionError, match="supplier and buyer"):
        dependence.sole_suppliers(pd.DataFrame({"seller": ["M"]}))


def records(**tables: Any) -> Any:
    firms = pd.DataFrame({"firm_id": [*"ABCMN"], "name": ["Ada Ltd", "Bo Ltd", "Cy Ltd", "Mill Inc.", "Nest Ltd"]})
    return read_records({"firms": firms, **tables})


def test_sole_suppliers_from_records_use_names_and_drop_duplicates() -> None:
    rows = pd.DataFrame(
        {"a": ["Mill Inc.", "M", "N", "M", "M"], "b": ["A", "Bo Ltd", "A", "A", "C"], "kind": ["supply"] * 4 + ["alliance"],
         "input": ["flour", "flour", "milk", "flour", "flour"], "record": ["1", "2", "3", "4", "5"]}
    )  # fmt: skip
    found = dependence.sole_suppliers(records(partnerships=rows)).set_index(["firm", "input"])
    assert found["supplier"].to_dict() == {("A", "flour"): "M", ("B", "flour"): "M", ("A", "milk"): "N"}
    assert found["market_share"].tolist() == [1.0, 1.0, 1.0]


def test_sole_senders_by_hand() -> None:
    net = ties("H-A:3 H-B A-C H-C", directed=True)
    assert dependence.sole_senders(net).values.tolist() == [["A", "H", 3.0, 2], ["B", "H", 1.0, 2]]
    layered = Network(
        net.firms, net.ties.assign(layer=["referral", "supply", "referral", "supply"])
    )  # only A <- H and C <- A refer
    assert dependence.sole_senders(layered)[["firm", "sender"]].values.tolist() == [["A", "H"], ["C", "A"]]


def test_the_planted_sole_supplier_is_found() -> None:
    made = simulate.cluster(n_firms=120, seed=5)
    found = dependence.sole_suppliers(made.records)
    critical = found[found["critical"] & (found["input"] == made.truth.sole_input)]
    assert set(critical["supplier"]) == {made.truth.sole_supplier}
    assert set(made.truth.sole_customers) <= set(critical["firm"])
    lines = dependence.risk_lines(made.records)
    named = lines.loc[list(made.truth.sole_customers)]
    assert named["risks"].str.contains("input").all()
    assert named["line"].str.contains(made.truth.sole_input).all()


# ── platforms ──


def test_platform_dependence_by_hand() -> None:
    net = ties("S-P:3 S-B:1 C-P C-Q C-B:2", firms="S B C P Q D")
    table = dependence.platform_dependence(net, platforms=["P", "Q"])
    assert table["share"].to_dict() == pytest.approx(
        {"S": 0.75, "B": 0.0, "C": 0.5, "P": NAN, "Q": NAN, "D": NAN}, nan_ok=True
    )
    assert table["n_platforms"].tolist()[:3] == [1.0, 0.0, 2.0]
    assert table["platform"].tolist()[:1] == ["P"]
    homes = table["multi_homing"]
    assert (homes["S"], homes["C"]) == (False, True)
    assert homes[["B", "P", "Q", "D"]].isna().all()
    alike = dependence.platform_dependence(net, platforms=["P", "Q"], weights="ignore")
    assert alike.loc["S", "share"] == 0.5
    with pytest.raises(UnknownFirmError):
        dependence.platform_dependence(net, platforms=["Z"])


def test_platform_dependence_without_names_takes_the_layer_or_the_agreements() -> None:
    rows = pd.DataFrame(
        {
            "source": [*"AAA"],
            "target": [*"BCD"],
            "layer": ["platform", "alliance", "referral"],
            "strength": [1.0, 2.0, 1.0],
        }
    )
    table = dependence.platform_dependence(Network.from_edges(rows))
    assert table["share"].to_dict() == {"A": 0.25, "B": 1.0, "C": 0.0, "D": 0.0}
    assert table[["n_platforms", "platform", "multi_homing"]].isna().all(axis=None)
    groups = pd.DataFrame(
        {"group_id": [*"xxyz"], "firm": [*"ABAA"], "kind": ["platform", "platform", "platform", "alliance"]}
    )
    two_mode = build_agreements(records(groups=groups))
    table = dependence.platform_dependence(two_mode)
    assert table.loc["A", "share"] == pytest.approx(2 / 3)
    assert table.loc[["A", "B"], "n_platforms"].tolist() == [2.0, 1.0]
    assert table.loc["x"].isna().all()


def test_referrals_by_platforms() -> None:
    rows = pd.DataFrame(
        {
            "source": ["P", "B", "A"],
            "target": [*"AAB"],
            "layer": "referral",
            "directed": True,
            "strength": [3.0, 1.0, 5.0],
        }
    )
    table = dependence.platform_dependence(Network.from_edges(rows), platforms=["P"])
    assert table.loc["A", "referral_share"] == 0.75
    assert table.loc["A", "share"] == pytest.approx(3 / 9)
    assert table.loc["B", "referral_share"] == 0.0


# ── leakage ──


def test_leakage_reads_the_registry_of_build_network() -> None:
    rows = pd.DataFrame({"a": [*"AAB"], "b": ["B", "Elsewhere Ltd", "C"], "kind": "alliance"})
    net = build_network(records(partnerships=rows))
    assert dependence.leakage(net, direction="all") == pytest.approx(1 / 3)
    assert dependence.firm_leakage(net).to_dict() == pytest.approx(
        {"A": 0.5, "B": 0.0, "C": 0.0, "M": NAN, "N": NAN, "Elsewhere Ltd": NAN}, nan_ok=True
    )


def test_leakage_refuses_what_is_no_flag() -> None:
    with pytest.raises(OptionError, match="True for firms"):
        dependence.leakage(trade(), inside=["yes", "no", "no", "yes"])
    with pytest.raises(OptionError, match="registered"):
        dependence.leakage(trade())
    assert math.isnan(dependence.leakage(trade(), inside=[False, False, False, True]))
    assert dependence.leakage(trade(), inside=pd.Series({"A": True})) == 1.0  # a missing flag means outside
    with pytest.raises(OptionError, match="names no firm of the network"):
        dependence.leakage(trade(), inside=pd.Series({1: True}))


# ── referrals that convert ──


def referrals() -> pd.DataFrame:
    return pd.DataFrame(
        {"from": [*"ABCAB"], "to": [*"BAABB"], "customers": [8.0, 4, 4, None, 9], "converted": [4.0, 2, 2, None, 1], "value": [10.0, None, None, 5, 1]}
    )  # fmt: skip


def test_conversion_flow_by_hand() -> None:
    table = dependence.conversion_flow(referrals()).set_index(["source", "target"])
    # 8 of 16 bought; the record without numbers is one customer, who buys with that probability. B to B is left out.
    assert table.loc[("A", "B")].tolist() == pytest.approx([2, 9, 4, 0.5, 4.5, 15])
    assert table.loc[("B", "A")].tolist() == pytest.approx([1, 4, 2, 0.5, 2, NAN], nan_ok=True)
    assert [*table.columns] == ["n_referrals", "customers", "converted", "conversion", "flow", "value"]


def test_more_buyers_than_customers_count_as_all_of_them() -> None:
    table = pd.DataFrame({"from": ["A", "A"], "to": ["B", "C"], "customers": [2, None], "converted": [5, 3]})
    flow = dependence.conversion_flow(table)
    assert flow["converted"].tolist() == [2, 3]
    assert flow["customers"].tolist() == [2, 3]
    number = dependence.reproduction_number(table, draws=0)
    assert number.settings.parameters["converted_above_customers"] == 1
    assert number.value == 0.0


def test_reproduction_number_by_hand() -> None:
    table = referrals()[:3]
    found = dependence.reproduction_number(table, draws=0)
    # A receives 8 and sends on 8, B receives 8 and sends on 4, half of them buy: sqrt(1/2 x 1/4).
    assert found.value == pytest.approx(math.sqrt(1 / 8))
    assert found.probability == 0.5
    assert set(found.loop) == {"A", "B"}
    kernel = found.kernel.set_index(["source", "target"])
    assert kernel.loc[("A", "B")].tolist() == [8, 8, 0.5]
    assert kernel.loc[("B", "A")].tolist() == [4, 8, 0.25]
    assert len(kernel) == 2  # C receives nothing and is on no loop
    assert dependence.reproduction_number(table, draws=0, received="converted").value == pytest.approx(math.sqrt(1 / 2))
    own = pd.Series({"A": 40.0, "B": 10.0})
    assert dependence.reproduction_number(table, draws=0, received=own).value == pytest.approx(
        math.sqrt(4 / 40 * 2 / 10)
    )
    with pytest.raises(OptionError, match="'B'"):
        dependence.reproduction_number(table, draws=0, received=own[:1])


def test_a_closed_loop_keeps_its_flow_and_a_chain_dies() -> None:
    loop = pd.DataFrame({"from": [*"ABC"], "to": [*"BCA"], "customers": [5, 5, 5], "converted": [1, 2, 3]})
    assert dependence.reproduction_number(loop, draws=0, received="converted").value == pytest.approx(1.0)
    assert dependence.reproduction_number(loop, draws=0).value == pytest.approx(0.4)
    chain = loop.replace({"to": {"A": "D"}})
    found = dependence.reproduction_number(chain, draws=20, seed=1)
    assert (found.value, found.low, found.high, len(found.loop)) == (0.0, 0.0, 0.0, 0)


def test_growth_shows_only_with_a_lag() -> None:
    table = pd.DataFrame(
        {"from": [*"ABAB"], "to": [*"BABA"], "customers": [4, 4, 12, 12], "converted": [2, 2, 6, 6],
         "date": pd.to_datetime(["2020-01-01", "2020-01-01", "2020-12-31", "2020-12-31"])}
    )  # fmt: skip
    assert dependence.reproduction_number(table, draws=0, received="converted").value == pytest.approx(1.0)
    assert dependence.reproduction_number(table, draws=0, received="converted", lag_days=365).value == pytest.approx(
        3.0
    )
    assert dependence.reproduction_number(table, draws=0, lag_days=365).value == pytest.approx(1.5)
    with pytest.raises(OptionError, match="span 365 days"):
        dependence.reproduction_number(table, draws=0, lag_days=400)


def test_reproduction_number_interval_repeats_and_covers() -> None:
    rng = np.random.default_rng(2)
    customers = rng.integers(1, 5, 300)
    table = pd.DataFrame(
        {"from": rng.choice([*"ABCDEFGH"], 300), "to": rng.choice([*"ABCDEFGH"], 300), "customers": customers,
         "converted": rng.binomial(customers, 0.4)}
    )  # fmt: skip
    one, two = (dependence.reproduction_number(table, draws=60, seed=4) for _ in range(2))
    assert np.array_equal(one.draws, two.draws)
    assert one.low < one.value < one.high < 1
    assert one.high - one.low == pytest.approx(4 * one.draws.std(), rel=0.3)
    # Within one time R cannot exceed the share who buy: that it lies below 1 is no finding.
    assert "of at most 0.4" in one.summary()
    assert "dies out" not in one.summary()
    own = pd.Series(table.groupby("to")["customers"].sum() + 100)
    assert "dies out" in dependence.reproduction_number(table, received=own, draws=60, seed=4).summary()
    assert len(one.to_frame()) > 40
    assert dependence.reproduction_number(table, draws=0).settings.seed is not None


def test_reproduction_number_of_a_large_loop_equals_the_dense_eigenvalue() -> None:
    rng = np.random.default_rng(8)
    n = 90
    arcs = [(i, (i + 1) % n) for i in range(n)] + [tuple(rng.choice(n, 2, replace=False)) for _ in range(150)]
    customers = rng.integers(1, 9, len(arcs))
    table = pd.DataFrame(
        {"from": [a for a, _ in arcs], "to": [b for _, b in arcs], "customers": customers, "converted": customers}
    )
    sent = np.zeros((n, n))
    np.add.at(sent, (table["from"], table["to"]), customers)
    kernel = sent / sent.sum(axis=0)[:, None]
    own = pd.Series(sent.sum(axis=0) + rng.integers(1, 30, n), index=range(n))
    found = dependence.reproduction_number(table, draws=0, received=own)
    dense = np.abs(np.linalg.eigvals(sent / own.to_numpy()[:, None])).max()
    assert found.value == pytest.approx(dense, rel=1e-9)
    assert dependence.reproduction_number(table, draws=0).value == pytest.approx(
        np.abs(np.linalg.eigvals(kernel)).max()
    )


def test_reproduction_number_from_records_and_refusals() -> None:
    table = pd.DataFrame({"from": ["A", "Bo Ltd"], "to": ["B", "Ada Ltd"], "customers": [4, 4], "converted": [1, 1]})
    assert dependence.reproduction_number(records(referrals=table), draws=0).value == pytest.approx(0.25)
    nothing = dependence.reproduction_number(records(), draws=5, seed=1)
    assert math.isnan(nothing.value)
    assert "no referrals" in repr(nothing)
    with pytest.raises(OptionError, match="converted"):
        dependence.reproduction_number(table.drop(columns="converted"), draws=0)
    with pytest.raises(OptionError, match="from"):
        dependence.conversion_flow(table.rename(columns={"from": "x"}))
    for wrong in (
        {"draws": -1},
        {"level": 1.0},
        {"level": "0.9"},
        {"lag_days": 0},
        {"lag_days": "30"},
        {"received": "both"},
    ):
        with pytest.raises(OptionError):
            dependence.reproduction_number(table, **wrong)


def test_a_draw_in_which_nobody_says_who_bought_has_no_number() -> None:
    table = pd.DataFrame({"from": [*"AABBB"], "to": [*"BBAAA"], "customers": 1.0, "converted": [1, *[None] * 4]})
    found = dependence.reproduction_number(table, draws=200, seed=1)
    assert 0.2 < np.isnan(found.draws).mean() < 0.45  # (4/5)^5 = .33
    assert found.value == found.high == 1.0


def test_columns_of_the_user_called_like_ours_are_not_taken_for_firms() -> None:
    arcs = pd.DataFrame({"from": [*"AB"], "to": [*"BA"], "customers": [4, 2], "converted": [1, 1]})
    plain = dependence.conversion_flow(arcs)
    more = arcs.assign(source="a fair", target=7)
    assert dependence.conversion_flow(more).equals(plain)
    assert dependence.conversion_flow(records(referrals=more)).equals(plain)
    rows = pd.DataFrame({"a": [*"MN"], "b": [*"AB"], "kind": "supply", "input": ["flour", "milk"]})
    plain = dependence.sole_suppliers(records(partnerships=rows))
    assert plain["supplier"].tolist() == ["M", "N"]
    more = rows.assign(source="a fair", target=7, supplier="yes", buyer="no")
    assert dependence.sole_suppliers(records(partnerships=more)).equals(plain)
    net = Network.from_edges(more.assign(source=rows["a"], target=rows["b"], layer="supply", directed=True))
    assert dependence.sole_suppliers(net).equals(plain)


def test_tables_of_categories_texts_and_dates_are_understood_or_refused() -> None:
    arcs = pd.DataFrame({"from": [*"AB"], "to": [*"BA"], "customers": [4, 2], "converted": [1, 1]})
    kinds = arcs.astype({"from": "category", "to": pd.CategoricalDtype([*"BAZ"])})
    assert dependence.conversion_flow(kinds)["flow"].tolist() == [1.0, 1.0]
    assert len(dependence.sole_suppliers(supplies().astype("category"))) == 6
    for column, wrong, word in (
        ("customers", ["4", "many"], "'many'"),
        ("converted", [1.0, np.inf], "inf"),
        ("date", ["03/04/2020", "2020-01-01"], "'03/04/2020'"),
        ("date", [2020, 2021], "2020"),
    ):
        with pytest.raises(OptionError, match=word):
            dependence.conversion_flow(arcs.assign(**{column: wrong}))
    dates = dependence.reproduction_number(arcs.assign(date=["2020-01-01", "2020-01-09"]), lag_days=4, draws=0)
    again = dependence.reproduction_number(  # two tables under each other count their rows from 0 twice
        arcs.assign(date=["2020-01-01", "2020-01-09"]).set_axis([0, 0]), lag_days=4, draws=0
    )
    assert again.value == dates.value
    zones = ["2020-01-01T23:30:00+01:00", "2020-01-09"]
    for told in (pd.Categorical(["2020-01-01", "2020-01-09"]), zones):  # a table may hold dates in any way
        again = dependence.reproduction_number(arcs.assign(date=told), lag_days=4, draws=0)
        assert again.value == dates.value
    assert dates.settings.parameters["undated"] == 0
    for options, word in (
        ({"received": 0.5}, "received"),
        ({"received": pd.Series([1.0, 2, 3], index=[*"ABA"])}, "more than once"),
        ({"lag_days": 3}, "no referral has a date"),
    ):
        with pytest.raises(OptionError, match=word):
            dependence.reproduction_number(arcs, draws=0, **options)
    twice = pd.DataFrame([[*"ABC"]], columns=["supplier", "buyer", "buyer"])
    with pytest.raises(OptionError, match="repeated"):
        dependence.sole_suppliers(twice)


# ── influence: FINDINGS.md B6 ──


@pytest.mark.reference
@pytest.mark.parametrize(
    ("n", "star", "ring"), [(10, 0.70711, 0.31623), (100, 0.67082, 0.1), (1000, 0.66708, 0.031623)]
)
def test_volatility_of_star_and_ring(n: int, star: float, ring: float) -> None:
    hub = Network.from_edges([(0, i) for i in range(1, n)], directed=True)
    alpha = 1 / 3
    closed = math.sqrt((alpha / n + 1 - alpha) ** 2 + (n - 1) * (alpha / n) ** 2)
    assert dependence.aggregate_volatility(hub) == pytest.approx(closed, abs=1e-12)
    assert dependence.aggregate_volatility(hub) == pytest.approx(star, abs=5e-6)
    assert dependence.systemic_share(hub)[0] == pytest.approx(((alpha / n + 1 - alpha) / closed) ** 2, abs=1e-12)
    round_table = Network.from_edges([(i, (i + 1) % n) for i in range(n)], directed=True)
    assert dependence.aggregate_volatility(round_table) == pytest.approx(1 / math.sqrt(n), abs=1e-12)
    assert dependence.aggregate_volatility(round_table) == pytest.approx(ring, abs=5e-6)


@pytest.mark.reference
def test_influence_is_the_pagerank_of_the_suppliers() -> None:
    net = random_trade(60)
    graph = nx.DiGraph()
    graph.add_nodes_from(net.firms.index)
    graph.add_weighted_edges_from(net.ties[["target", "source", "strength"]].itertuples(index=False))
    for alpha in (0.15, 1 / 3, 0.8):
        other = pd.Series(nx.pagerank(graph, alpha=1 - alpha, tol=1e-14, max_iter=2000)).reindex(net.firms.index)
        got = dependence.influence(net, alpha=alpha, no_inputs="uniform")
        assert got.to_numpy() == pytest.approx(other.to_numpy(), abs=1e-11)


@pytest.mark.reference
def test_influence_solves_the_linear_system() -> None:
    net = random_trade(60)
    buy = net.adjacency.toarray().T
    total = buy.sum(axis=1)
    shares = buy / np.where(total > 0, total, 1)[:, None]
    for choice in ("self", "outside"):
        w = shares + (np.diag((total == 0).astype(float)) if choice == "self" else 0)
        v = np.linalg.solve(np.eye(60) - 0.6 * w.T, np.full(60, 0.4 / 60))
        assert dependence.influence(net, alpha=0.4, no_inputs=choice).to_numpy() == pytest.approx(v, abs=1e-14)


def test_influence_sums_to_one_and_large_networks_take_a_moment() -> None:
    rng = np.random.default_rng(1)
    n = 20_000
    buyers = np.repeat(np.arange(n), 3)
    rows = pd.DataFrame({"source": rng.integers(0, n, 3 * n), "target": buyers, "directed": True})
    net = Network(range(n), rows[rows["source"] != rows["target"]])
    vector = dependence.influence(net)
    assert vector.sum() == pytest.approx(1.0, abs=1e-12)
    graph = igraph.Graph(n=n, edges=list(zip(*net.simple().csr().T.nonzero(), strict=True)), directed=True)
    other = graph.pagerank(damping=2 / 3)
    assert dependence.influence(net, no_inputs="uniform", weights="ignore").to_numpy() == pytest.approx(
        np.array(other), abs=1e-10
    )


def test_influence_stops_where_rounding_keeps_the_last_digit_going() -> None:
    rng = np.random.default_rng(0)
    spent, n, m = 0.0, 60, 150
    for _ in range(8):
        rows = pd.DataFrame(
            {
                "source": rng.integers(0, n, m),
                "target": rng.integers(0, n, m),
                "strength": rng.lognormal(0, 3, m),
                "directed": rng.random(m) < 0.8,
            }
        )
        net = Network(range(n), rows)
        buy = net.adjacency.toarray().T
        total = buy.sum(axis=1)
        shares = buy / np.where(total > 0, total, 1)[:, None] + np.diag((total == 0).astype(float))
        exact = np.linalg.solve(np.eye(n) - 0.99 * shares.T, np.full(n, 0.01 / n))
        before = time.process_time()
        found = dependence.influence(net, alpha=0.01)
        spent += time.process_time() - before
        assert found.to_numpy() == pytest.approx(exact, rel=1e-12)
    assert spent < 3  # about .1 seconds each; one that goes on for 100,000 rounds takes two


def test_influence_refuses_impossible_shares() -> None:
    for wrong in (0.0, 1.1, NAN, -1.0):
        with pytest.raises(OptionError, match="alpha"):
            dependence.influence(pair(), alpha=wrong)
    with pytest.raises(OptionError, match="sigma"):
        dependence.aggregate_volatility(pair(), sigma=-1)


# ── in words ──


def market() -> Network:
    rows = [
        ("Mill", "Baker", "supply", 9.0, "flour"), ("Farm", "Baker", "supply", 1.0, "eggs"), ("Farm", "Cafe", "supply", 1.0, "eggs"),
        ("Dairy", "Cafe", "supply", 1.0, "milk"), ("Coop", "Baker", "supply", 0.5, "milk"), ("Coop", "Cafe", "supply", 1.0, "milk"), ("Mill", "Cafe", "supply", 1.0, "sugar"), ("Roaster", "Cafe", "supply", 1.0, "beans"),
        ("Hotel", "Cafe", "referral", 4.0, None), ("Hotel", "Tours", "referral", 1.0, None),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["source", "target", "layer", "strength", "input"]).assign(directed=True)
    firms = ["Mill", "Farm", "Dairy", "Coop", "Roaster", "Baker", "Cafe", "Hotel", "Tours", "Idle"]
    return Network.from_edges(table, firms=firms)


def test_risk_lines_say_what_the_numbers_say() -> None:
    table = dependence.risk_lines(market())
    assert [*table.index] == [*market().firms.index]
    assert table.loc["Baker", "line"] == (
        "86% of its supply comes from one supplier (Mill), which has no substitute for flour. Farm alone supplies eggs."
    )
    assert table.loc["Baker", "risks"] == "supplier; input"
    assert table.loc["Cafe", "line"] == (
        "All of its referred customers come from one sender (Hotel). Farm alone supplies eggs. "
        "Mill alone supplies sugar. Roaster alone supplies beans."
    )
    assert table.loc["Idle", ["line", "risks"]].tolist() == ["No recorded partner.", ""]
    assert table.loc["Tours", "line"] == "All of its referred customers come from one sender (Hotel)."
    assert table.loc["Mill", "line"] == "90% of its deliveries go to one buyer (Baker)."
    assert table.loc["Baker", "supplier_hhi"] == pytest.approx((81 + 1 + 0.25) / 10.5**2)
    assert table.loc["Baker", ["sole_inputs", "critical_inputs"]].tolist() == [3, 2]
    assert table["critical_inputs"].sum() == 5


def test_risk_lines_follow_their_limits() -> None:
    calm = dependence.risk_lines(market(), hhi_limit=1.0)
    assert calm.loc["Tours", "line"] == "1 partner, no dependence above the limits."
    assert set(calm["risks"]) == {"", "input"}
    platform = dependence.risk_lines(market(), hhi_limit=1.0, platforms=["Hotel"], share_limit=0.4)
    assert platform.loc["Cafe", "risks"] == "input; platform"
    assert "44% of its ties run through platforms." in platform.loc["Cafe", "line"]
    with pytest.raises(OptionError, match="hhi_limit"):
        dependence.risk_lines(market(), hhi_limit=2.0)


def test_risk_lines_use_names_and_know_the_registry() -> None:
    rows = pd.DataFrame(
        {
            "a": ["Mill Inc.", "A", "A"],
            "b": ["Ada Ltd", "Elsewhere Ltd", "Far Ltd"],
            "kind": ["supply", "alliance", "alliance"],
        }
    )
    table = dependence.risk_lines(records(partnerships=rows))
    assert table.loc["A", "line"] == (
        "All of its supply comes from one supplier (Mill Inc.). 67% of its ties are with firms outside of the registry."
    )
    assert table.loc["A", "risks"] == "supplier; outside"
    assert table.loc["M", "line"] == "All of its deliveries go to one buyer (Ada Ltd)."


def test_a_firm_that_makes_the_input_itself_is_no_substitute_in_words_either() -> None:
    rows = pd.DataFrame({"source": [*"MA"], "target": [*"AB"], "layer": "supply", "directed": True, "input": "flour"})
    line = dependence.risk_lines(Network.from_edges(rows)).loc["A", "line"]
    assert line.startswith("All of its supply comes from one supplier (M), which has no substitute for flour.")


def test_inputs_that_all_have_two_suppliers_are_none_and_not_unknown() -> None:
    rows = pd.DataFrame({"source": [*"MNMN"], "target": [*"AABB"], "layer": "supply", "directed": True})
    known = dependence.risk_lines(Network.from_edges(rows.assign(input="flour")))
    assert (known[["sole_inputs", "critical_inputs"]] == 0).all(axis=None)
    for unknown in (rows, rows.assign(input=None)):
        told = dependence.risk_lines(Network.from_edges(unknown))
        assert told[["sole_inputs", "critical_inputs"]].isna().all(axis=None)


def test_risk_lines_take_numbers_as_ids_and_leave_foreign_columns_alone() -> None:
    firms = pd.DataFrame({"name": pd.Series(["Ada", None], index=[1, 2], dtype="str"), "registered": "1999-01-01"})
    rows = pd.DataFrame({"source": [1], "target": [2], "layer": "supply", "directed": True})
    table = dependence.risk_lines(Network(firms, rows))
    assert table.loc[1, "line"] == "All of its deliveries go to one buyer (2)."
    assert table["outside_share"].isna().all()


@pytest.mark.parametrize(
    "net",
    [Network([], pd.DataFrame({"source": [], "target": []})), ties("A-B"), trade()],
    ids=["empty", "flat", "directed"],
)
def test_tables_have_their_columns_on_any_network(net: Network) -> None:
    assert len(dependence.risk_lines(net)) == len(net)
    assert len(dependence.platform_dependence(net)) == len(net)
    assert [*dependence.bilateral_dependence(net).columns] == [
        "firm",
        "partner",
        "strength",
        "share",
        "partner_share",
        "asymmetry",
    ]
    assert [*dependence.sole_suppliers(net).columns] == [
        "firm",
        "input",
        "supplier",
        "substitutes",
        "market_share",
        "critical",
    ]
    assert [*dependence.sole_senders(net).columns] == ["firm", "sender", "strength", "dependents"]


def test_wrong_choices_are_refused() -> None:
    for name, options in (
        ("partner_hhi", {"direction": "up"}), ("partner_hhi", {"weights": "w"}), ("net_balance", {"scale": "x"}),
        ("dyadic_balance", {"average": "x"}), ("influence", {"no_inputs": "x"}), ("platform_dependence", {"weights": "x"}),
    ):  # fmt: skip
        with pytest.raises(ClusternetError):
            getattr(dependence, name)(trade(), **options)
