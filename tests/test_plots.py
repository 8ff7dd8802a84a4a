"""Pictures: what is drawn, where, and that names are only ever names."""

from __future__ import annotations

import io
import random
import re

import igraph
import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from clusternet import Network, plots
from clusternet.cascades import dependence_cascades, threshold_cascades
from clusternet.errors import OptionError
from clusternet.resilience import (
    record_band,
    removal_band,
    remove_firms,
    remove_groups,
    remove_scenario,
    remove_ties,
)

HOSTILE = [
    "<script>alert(1)</script>",
    '=HYPERLINK("x")',
    r"$\alpha$ and A$B$C",
    "$unclosed",
    "شركة الميناء",
    "🚀 Rocket 港口",
    "line\nbreak\x00 and \u202e turned",
    "very long name " * 40,
    "",
]


def firms_with_names() -> Network:
    ids = [f"F{place}" for place in range(len(HOSTILE))]
    firms = pd.DataFrame({"name": HOSTILE, "sector": HOSTILE[::-1]}, index=ids)
    edges = pd.DataFrame({"source": ["F0"] * 8, "target": ids[1:], "layer": HOSTILE[:1] * 4 + ["supply"] * 4})
    return Network(firms, edges)


def barbell() -> Network:
    edges = [("a", "b"), ("b", "c"), ("a", "c"), ("c", "d"), ("d", "e"), ("e", "f"), ("d", "f"), ("x", "y")]
    return Network.from_edges(edges, firms=[*"abcdefxy", "alone", "lonely"])


def axes() -> object:
    return Figure().subplots()


class TestText:
    def test_short_cuts_and_cleans(self):
        assert plots.short("a\nb\x00c", 10) == "a b c"
        assert plots.short("x" * 50, 10) == "x" * 9 + "…"
        assert plots.short("\u202eevil", 10) == "evil"

    def test_names_fall_back_to_ids(self):
        net = Network(
            pd.DataFrame({"name": ["Ada", None, " "]}, index=["a", "b", "c"]),
            pd.DataFrame({"source": [], "target": []}),
        )
        assert plots.firm_names(net).tolist() == ["Ada", "b", "c"]

    def test_names_of_a_network_without_names_are_ids(self):
        assert plots.firm_names(Network.from_edges([(1, 2)])).tolist() == ["1", "2"]


class TestLayout:
    def test_every_firm_has_a_place_and_the_seed_decides(self):
        net = barbell()
        one, again = plots.layout(net, seed=1), plots.layout(net, seed=1)
        assert one.index.equals(net.firms.index)
        pd.testing.assert_frame_equal(one, again)
        assert np.isfinite(one.to_numpy()).all()
        assert one["x"].between(0, 1).all()
        assert one["y"].min() == 0
        assert len(one.drop_duplicates()) == len(one)

    def test_the_seed_moves_a_large_network(self):
        big = Network.from_edges([(i, (i + 1) % 450) for i in range(450)] + [(i, i * i % 450) for i in range(450)])
        assert not plots.layout(big, seed=1).equals(plots.layout(big, seed=2))

    def test_small_groups_and_isolates_stand_below_the_largest(self):
        place = plots.layout(barbell())
        assert place.loc[["x", "y", "alone", "lonely"], "y"].max() < place.loc[list("abcdef"), "y"].min()
        assert place.loc["alone", "y"] == place.loc["lonely", "y"]

    def test_tied_firms_are_nearer_than_others(self):
        place = plots.layout(barbell())

        def apart(one: str, other: str) -> float:
            return float(np.hypot(*(place.loc[one] - place.loc[other])))

        assert apart("a", "b") < apart("a", "f")

    def test_igraph_gets_its_generator_back(self):
        random.seed(5)
        before = igraph.Graph.Erdos_Renyi(30, 0.3).get_edgelist()
        plots.layout(barbell(), seed=3)
        random.seed(5)
        assert igraph.Graph.Erdos_Renyi(30, 0.3).get_edgelist() == before

    @pytest.mark.parametrize("pairs", [0, 5, 40])
    def test_many_small_groups_do_not_make_a_tower(self, pairs):
        ties = pd.DataFrame({"source": range(0, 2 * pairs, 2), "target": range(1, 2 * pairs, 2)})
        place = plots.layout(Network(range(300), ties))
        assert np.ptp(place["y"]) < 1.5 * np.ptp(place["x"])
        assert len(place.round(6).drop_duplicates()) == 300

    @pytest.mark.parametrize(
        "net",
        [
            Network([], pd.DataFrame({"source": [], "target": []})),
            Network(["a"], pd.DataFrame({"source": [], "target": []})),
        ],
    )
    def test_tiny(self, net):
        place = plots.layout(net)
        assert list(place.columns) == ["x", "y"]
        assert len(place) == net.n_firms
        assert not place.isna().any().any()


class TestNetworkMap:
    def test_draws_every_pair_and_every_firm_at_its_place(self):
        net = barbell()
        positions = plots.layout(net)
        ax = plots.network_map(net, ax=axes(), positions=positions, labels=0)
        segments = sum(len(patch.get_path().vertices) // 2 for patch in ax.patches)
        assert segments == 8
        np.testing.assert_allclose(ax.collections[0].get_offsets(), positions.to_numpy())

    def test_areas_are_in_proportion_to_size_by(self):
        net = barbell()
        size = pd.Series(0.0, index=net.firms.index)
        size["c"], size["d"], size["e"] = 4.0, 2.0, np.nan
        ax = plots.network_map(net, ax=axes(), size_by=size, labels=0)
        area = pd.Series(ax.collections[0].get_sizes(), index=net.firms.index)
        assert area["c"] == pytest.approx(2 * area["d"])
        assert area["a"] == area["e"] > 5  # nothing is too small to see

    @pytest.mark.parametrize(
        ("size", "message"),
        [
            (pd.Series({"a": -1.0}), r"size_by has -1\.0 for 'a'"),
            (pd.Series({"a": np.inf}), "size_by has inf"),
            (pd.Series({"a": "large"}), "size_by has 'large'"),
            (pd.Series({"Ada": 1.0}), "names no firm of the network: 'Ada'"),
        ],
    )
    def test_sizes_that_no_dot_can_have(self, size, message):
        with pytest.raises(OptionError, match=message):
            plots.network_map(barbell(), size_by=size)

    def test_a_sector_called_other_keeps_its_color(self):
        groups = pd.Series(["other"] * 3 + ["b"] * 2 + ["c"])
        colors, legend = plots.group_colors(groups, limit=2)
        assert list(legend) == ["other", "b", "all other"]
        assert colors.tolist() == [legend["other"]] * 3 + [legend["b"]] * 2 + [plots.PALE]
        assert list(plots.group_colors(pd.Series(["a", None]))[1]) == ["a", "unknown"]
        assert list(plots.group_colors(pd.Series([3.0, np.nan]))[1]) == ["3", "unknown"]

    def test_names_leave_room_for_each_other_on_small_axes(self):
        net = Network.from_edges([("Harbor Works", "Norderwik")])
        positions = pd.DataFrame({"x": [0.0, 1.0], "y": [0.0, 0.0]}, index=net.firms.index)
        wide, narrow = (Figure(figsize=(inches, 2)).subplots() for inches in (6, 1))
        written = [len(plots.network_map(net, ax=ax, positions=positions).texts) for ax in (wide, narrow)]
        assert written == [2, 1]

    def test_names_the_largest_and_colors_by_sector(self):
        net = firms_with_names()
        ax = plots.network_map(net, ax=axes(), labels=1)
        assert [text.get_text() for text in ax.texts] == ["<script>alert(1)</script>"]
        legend = ax.get_legend().get_texts()
        assert len(legend) == 7
        assert legend[-1].get_text().startswith("other")
        assert not any(text.get_parse_math() for text in [*legend, *ax.texts])

    def test_positions_are_places_of_single_firms(self):
        place = plots.layout(barbell())
        for wrong in (place[["x"]], pd.concat([place, place])):
            with pytest.raises(OptionError, match="columns x and y and one row per firm"):
                plots.network_map(barbell(), positions=wrong)

    def test_positions_must_cover_the_firms(self):
        with pytest.raises(OptionError, match="lacks 1 firms of the network: 'alone'"):
            plots.network_map(barbell(), positions=plots.layout(barbell()).drop("alone"))

    def test_makes_a_figure_of_its_own(self):
        assert plots.network_map(barbell()).figure.axes

    def test_empty(self):
        ax = plots.network_map(Network([], pd.DataFrame({"source": [], "target": []})))
        assert ax.texts[0].get_text() == "There is no firm to draw."


class TestLayerMaps:
    def test_one_axes_per_layer_with_counts(self):
        ties = pd.DataFrame({"source": list("aab"), "target": list("bcc"), "layer": ["supply", "supply", "alliance"]})
        made = plots.layer_maps(Network(list("abcd"), ties))
        assert [ax.get_title() for ax in made] == ["alliance\n2 firms, 1 pair", "supply\n3 firms, 2 pairs"]

    def test_too_few_axes(self):
        with pytest.raises(OptionError, match="1 axes for 2 layers"):
            plots.layer_maps(firms_with_names(), axes=[axes()])

    def test_no_tie(self):
        made = plots.layer_maps(Network(["a"], pd.DataFrame({"source": [], "target": []})))
        assert made[0].texts[0].get_text() == "No tie has been recorded."


class TestCurves:
    def test_draws_the_curves_and_the_band(self):
        net = barbell()
        removal, band = remove_firms(net, order="degree"), removal_band(net, draws=40, seed=1, level=0.8)
        ax = plots.removal_paths({"most $ first": removal}, band=band, ax=axes())
        assert [text.get_text() for text in ax.get_legend().get_texts()] == [
            "middle 80% of 40 random orders",
            "their median",
            "most $ first",
        ]
        x, y = ax.lines[1].get_data()
        np.testing.assert_allclose(x, np.arange(11) / 10)
        np.testing.assert_allclose(y, removal.curve["giant_share"])
        np.testing.assert_allclose(ax.lines[0].get_ydata(), band.curve["median"])
        shade = ax.collections[0].get_paths()[0].vertices
        assert shade[:, 1].max() == pytest.approx(band.curve["high"].max())

    def test_unknown_response(self):
        removal = remove_firms(barbell(), order="degree")
        with pytest.raises(OptionError, match="Did you mean 'giant_share'"):
            plots.removal_paths({"degree": removal}, response="giant_shar")

    def test_band_of_another_response(self):
        with pytest.raises(OptionError, match="the band holds 'giant_share'"):
            plots.removal_paths({}, band=removal_band(barbell(), draws=2, seed=1), response="n_components")

    def test_a_path_that_ends_early_is_not_drawn_to_the_end(self):
        net = barbell()
        five = remove_firms(net, order=list("abcde"))
        ax = plots.removal_paths({"five": five}, ax=axes())
        np.testing.assert_allclose(ax.lines[0].get_xdata(), np.arange(6) / 10)

    def test_ties_groups_and_periods_are_counted_as_what_they_are(self):
        net = barbell()
        cut = remove_ties(net, order="random", seed=1)
        ax = plots.removal_paths({"cut": cut}, ax=axes())
        assert ax.get_xlabel() == "Ties that were cut (share of all ties)"
        np.testing.assert_allclose(ax.lines[0].get_xdata(), np.arange(9) / 8)
        groups = remove_groups(net, {"large": list("abcd"), "small": ["x"]}, order="size")
        ax = plots.removal_paths({"groups": groups}, ax=axes())
        np.testing.assert_allclose(ax.lines[0].get_xdata(), [0, 0.4, 0.5])
        table = pd.DataFrame({"period": [1, 2], "target": ["a", "x"]})
        ax = plots.removal_paths({"periods": remove_scenario(net, table, seed=1)}, ax=axes())
        np.testing.assert_allclose(ax.lines[0].get_xdata(), [0, 0.1, 0.2])
        with pytest.raises(OptionError, match="axes of its own"):
            plots.removal_paths({"cut": cut, "groups": groups})

    def test_values_computed_now_and_then_make_a_line(self):
        removal = remove_firms(barbell(), order="degree", responses=["giant_share", "efficiency"], every=4)
        (line,) = plots.removal_paths({"all": removal}, response="efficiency", ax=axes()).lines
        np.testing.assert_allclose(line.get_xdata(), [0, 0.4, 0.8, 1])
        assert np.isfinite(line.get_ydata()).all()
        assert line.get_marker() == "."

    def test_few_draws_are_shown_as_the_range_they_are(self):
        band = removal_band(barbell(), draws=4, seed=1)
        ax = plots.removal_paths({}, band=band, ax=axes())
        assert ax.get_legend().get_texts()[0].get_text() == "all 4 random orders"
        shade = ax.collections[0].get_paths()[0].vertices
        inside = shade[np.isclose(shade[:, 0], 0.5)][:, 1]
        assert (inside.min(), inside.max()) == pytest.approx((band.curves[:, 5].min(), band.curves[:, 5].max()))

    def test_a_band_of_records_is_not_called_one_of_orders(self):
        band = record_band(barbell(), order="degree", drop=0.1, draws=40, seed=1)
        ax = plots.removal_paths({}, band=band, ax=axes())
        assert ax.get_legend().get_texts()[0].get_text() == "middle 90% of 40 draws of the records"

    def test_what_is_counted_begins_at_zero_and_a_response_may_be_called_anything(self):
        def named(net):
            return net.n_firms + 50

        named.__name__ = "$a_b$ <b>"
        removal = remove_firms(barbell(), order="degree", responses=["giant_share", named])
        ax = plots.removal_paths({"all": removal}, response="$a_b$ <b>", ax=axes())
        assert ax.get_ylim()[0] == 0
        assert not ax.yaxis.label.get_parse_math()

    def test_the_band_of_chance(self):
        null = pd.DataFrame({"low": [1.0, 0.2, 0.0], "median": [1.0, 0.3, 0.0], "high": [1.0, 0.4, 0.0]})
        null.attrs["label"] = "by $chance$"
        ax = plots.removal_paths({}, null=null, ax=axes())
        (shade,) = ax.collections[0].get_paths()
        inside = shade.vertices[np.isclose(shade.vertices[:, 0], 0.5)][:, 1]
        assert {round(float(y), 9) for y in inside} == {0.2, 0.4}
        assert [text.get_text() for text in ax.get_legend().get_texts()] == ["by $chance$"]
        drawn = io.StringIO()
        ax.figure.savefig(drawn, format="svg")
        grounds = re.findall(r'<pattern id[^>]*>\s*<rect[^>]*fill="([^"]*)"', drawn.getvalue())
        assert grounds == ["none"]  # else the lines of the hatching would be drawn on their own color

    def test_stages_are_where_the_largest_group_shrinks(self):
        chain = Network.from_edges([(i, i + 1) for i in range(7)])
        removal = remove_firms(chain, order=[4, 2, 6, 0, 1, 3, 5, 7])
        # 8 firms: 4 left after the first, 3 after the second (5, 6, 7), 2 after the third (0, 1)
        assert removal.curve["giant_share"].tolist()[:4] == [1.0, 0.5, 0.375, 0.25]
        assert plots.stages_of(removal) == (0.0, 1 / 8, 3 / 8)

    def test_a_dismantled_network_shows_who_is_left(self):
        net = barbell()
        removal = remove_firms(net, order=["c", "a"])
        positions = plots.layout(net)
        made = plots.dismantled(net, removal, stages=[0.0, 0.1, 0.2], positions=positions)
        assert [ax.get_title() for ax in made] == [
            "0 gone (0%)\n6 in the largest group",
            "1 gone (10%)\n3 in the largest group",
            "2 gone (20%)\n3 in the largest group",
        ]
        groups = [
            [positions.index[(positions == spot).all(axis=1)][0] for spot in dots.get_offsets()]
            for dots in made[1].collections
        ]
        assert groups == [["alone", "lonely"], ["a", "b", "x", "y"], ["d", "e", "f"]]
        colors = [to_hex(dots.get_facecolor()[0]) for dots in made[1].collections]
        assert colors == [plots.PALE, plots.OKABE_ITO[1].lower(), plots.OKABE_ITO[0].lower()]
        # a, b, d-e-f and x, y: of eight pairs five are left
        assert sum(len(patch.get_path().vertices) // 2 for patch in made[1].patches) == 5

    def test_stages_beyond_the_end_of_a_path(self):
        net = barbell()
        removal = remove_firms(net, order=["c", "a"])
        assert plots.stages_of(remove_firms(net, order=["x"])) == (0.0,)
        with pytest.raises(OptionError, match=r"2 of 10 firms gone; give stages up to 0\.2"):
            plots.dismantled(net, removal, stages=[0.0, 0.5])
        assert plots.dismantled(net, removal, stages=[0.14])[0].get_title().startswith("1 gone (10%)")
        for other in (remove_ties(net, order="random", seed=1), remove_groups(net, {"one": ["a"]})):
            with pytest.raises(OptionError, match="path of single firms"):
                plots.dismantled(net, other)

    def test_stages_out_of_range(self):
        removal = remove_firms(barbell(), order="degree")
        with pytest.raises(OptionError, match=r"stages holds 1\.5"):
            plots.dismantled(barbell(), removal, stages=[0.1, 1.5])
        with pytest.raises(OptionError, match="1 axes for 2 stages"):
            plots.dismantled(barbell(), removal, stages=[0.1, 0.5], axes=[axes()])


class TestShocks:
    def test_the_sizes_of_cascades(self):
        star = Network.from_edges([("Hub", name) for name in "abcd"])
        ax = plots.cascade_sizes(threshold_cascades(star, threshold=0.5), ax=axes())
        x, y = ax.lines[0].get_data()
        np.testing.assert_allclose(x, [0.2, 1.0])
        np.testing.assert_allclose(y, [1.0, 0.2])
        assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")

    @pytest.mark.parametrize("sizes", [[0.2, 0.3, 0.35, 0.5], [0.3], [0.0011, 0.002], [1e-6, 0.1], [1.0, 0.9]])
    def test_every_scale_has_ticks_and_no_share_is_above_all(self, sizes):
        class Made:
            distribution = pd.DataFrame(
                {"share_at_least": np.arange(len(sizes), 0, -1) / len(sizes)}, index=sorted(sizes)
            )

        ax = plots.cascade_sizes(Made, ax=axes())
        ax.figure.draw_without_rendering()
        for axis, (low, high) in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
            shown = [place for place in axis.get_majorticklocs() if low <= place <= high]
            assert 2 <= len(shown) <= 9
            assert len({label.get_text() for label in axis.get_majorticklabels()}) > 1
        assert ax.get_ylim()[1] < 1.05

    def test_ranks_of_few_firms_have_ticks_and_firms_without_a_name_their_id(self):
        ax = plots.risk_ranks(pd.Series({"a": 0.3, "b": 0.2, "c": 0.1}), ax=axes(), names=pd.Series({"a": "Ada"}))
        ax.figure.draw_without_rendering()
        shown = {label.get_text() for label in ax.get_xticklabels() if 0.85 < label.get_position()[0] < 3.5}
        assert shown == {"1", "2"}
        assert {text.get_text() for text in ax.texts} == {"Ada", "b", "c"}
        assert plots.risk_ranks(pd.Series([0.0, 0.0])).texts[0].get_text() == "No failure costs anything."

    def test_no_shock_costs_anything(self):
        still = dependence_cascades(Network(["a", "b"], pd.DataFrame({"source": [], "target": []})))
        assert plots.cascade_sizes(still).texts[0].get_text() == "No shock costs anything."

    def test_the_costliest_comes_first_and_is_named(self):
        sizes = pd.Series({"a": 0.1, "b": 0.5, "c": np.nan, "d": 0.2})
        ax = plots.risk_ranks(sizes, ax=axes(), names=pd.Series({"a": "Ada", "b": "$Bo$", "d": "Di"}), labels=2)
        np.testing.assert_allclose(ax.lines[0].get_data(), [[1, 2, 3], [0.5, 0.2, 0.1]])
        assert sorted(text.get_text() for text in ax.texts) == ["$Bo$", "Di"]
        assert not any(text.get_parse_math() for text in ax.texts)
        heights = {text.get_text(): text.xyann[1] for text in ax.texts}
        assert heights["$Bo$"] > heights["Di"] > 0.2
        assert plots.risk_ranks(pd.Series([np.nan])).texts[0].get_text() == "No failure was followed."

    def test_a_shock_map_writes_what_is_lost(self):
        table = pd.DataFrame({"$wood$": [0.5, 0.001], "food": [np.nan, 0.25]}, index=["Ada", "<b>Bo</b>"])
        ax = plots.shock_map(table, ax=axes())
        assert [text.get_text() for text in ax.texts] == ["50%", "25%"]
        assert [text.get_position() for text in ax.texts] == [(0, 0), (1, 1)]
        assert [label.get_text() for label in ax.get_yticklabels()] == ["Ada", "<b>Bo</b>"]
        assert [label.get_text() for label in ax.get_xticklabels()] == ["$wood$", "food"]
        drawn = ax.images[0].get_array()
        np.testing.assert_allclose(drawn.filled(-1), [[np.sqrt(0.5), -1], [np.sqrt(0.001), 0.5]])
        ax.figure.draw_without_rendering()

    def test_a_shock_short_of_everything_is_not_called_everything(self):
        ax = plots.shock_map(pd.DataFrame({"x": [0.999, 1.0, 0.005]}), ax=axes())
        assert [text.get_text() for text in ax.texts] == [">99%", "100%", "1%"]

    def test_no_failure_spreads(self):
        assert plots.shock_map(pd.DataFrame()).texts[0].get_text() == "No failure spreads."


class TestYears:
    def table(self) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "indicator": ["one"] * 3 + ["two"] * 3,
                "wave": ["2020", "2021", "2022"] * 2,
                "value": [0.1, 0.2, 0.3, np.nan, 2.0, 4.0],
                "low": [0.0, 0.1, 0.2, np.nan, 1.0, 3.0],
                "high": [0.2, 0.3, 0.4, np.nan, 3.0, 5.0],
                "complete": [True, True, False] * 2,
            }
        )

    def test_one_chart_per_indicator(self):
        one, two = plots.indicator_lines(self.table(), names={"one": "First $thing$"})
        assert (one.get_title(loc="left"), two.get_title(loc="left")) == ("First $thing$", "two")
        np.testing.assert_allclose(two.lines[0].get_ydata(), [np.nan, 2.0, 4.0])
        whole, cut = one.collections[1:]
        assert len(whole.get_offsets()) == 2
        np.testing.assert_allclose(cut.get_offsets(), [[2, 0.3]])
        assert one.collections[0].get_paths()[0].vertices[:, 1].max() == pytest.approx(0.4)
        assert [label.get_text() for label in one.get_xticklabels()] == ["2020", "2021", "2022"]

    def test_indicators_below_zero_are_drawn_and_others_begin_at_zero(self):
        table = self.table()
        table.loc[:2, ["value", "low", "high"]] -= 1.0
        below, above = plots.indicator_lines(table)
        assert below.get_ylim()[0] < -1
        assert above.get_ylim()[0] == 0

    def test_a_band_of_one_wave_is_a_bar(self):
        table = self.table()
        one, _ = plots.indicator_lines(table[table["wave"] == "2021"])
        assert [segment.tolist() for segment in one.collections[1].get_segments()] == [[[0, 0.1], [0, 0.3]]]

    def test_too_few_axes(self):
        with pytest.raises(OptionError, match="1 axes for 2 indicators"):
            plots.indicator_lines(self.table(), axes=[axes()])


class TestCharts:
    def test_distribution_counts_whole_numbers(self):
        ax = plots.distribution(pd.Series([0, 1, 1, 3, np.nan], name="k"), ax=axes())
        assert {bar.get_x() + bar.get_width() / 2: bar.get_height() for bar in ax.patches} == pytest.approx(
            {0: 1, 1: 2, 3: 1}
        )
        assert ax.get_xlabel() == "k"

    def test_histogram_keeps_every_firm(self):
        ax = plots.distribution(pd.Series(np.random.default_rng(1).random(200)), ax=axes())
        assert sum(bar.get_height() for bar in ax.patches) == 200

    def test_every_bar_of_whole_numbers_holds_as_many_of_them(self):
        ax = plots.distribution(pd.Series(np.repeat(np.arange(60), 10)), ax=axes())
        assert {bar.get_height() for bar in ax.patches} == {30}
        assert sum(bar.get_height() for bar in ax.patches) == 600

    def test_infinite_values_are_left_out_and_one_firm_is_one_bar_of_whole_firms(self):
        ax = plots.distribution(pd.Series([1.5, np.inf, 2.5]), ax=axes())
        assert sum(bar.get_height() for bar in ax.patches) == 2
        ax = plots.distribution(pd.Series([3]), ax=axes())
        assert ax.get_xlim() == (1, 5)
        assert all(place == round(place) for place in [*ax.get_xticks(), *ax.get_yticks()])

    def test_on_a_log_scale_a_bar_of_one_firm_can_be_seen(self):
        ax = plots.distribution(pd.Series([1] * 300 + [2, 3, 4]), ax=axes())
        assert ax.get_yscale() == "log"
        assert ax.get_ylim()[0] == 0.5

    def test_values_that_are_no_numbers(self):
        with pytest.raises(OptionError, match="values has 'many' for 'b'; give numbers"):
            plots.distribution(pd.Series({"a": 1, "b": "many"}))

    def test_distribution_of_nothing(self):
        assert plots.distribution(pd.Series([np.nan])).texts[0].get_text() == "No value is defined."

    def test_rank_chart_writes_each_rank(self):
        ranks = pd.DataFrame({"A": [1.0, 2.0], "B": [2.0, np.nan]}, index=["x", "y"])
        ax = plots.rank_chart(ranks, ax=axes(), names=pd.Series({"x": "Ada", "y": "$Bo$"}))
        assert [text.get_text() for text in ax.texts] == ["1", "2", "2"]
        assert [label.get_text() for label in ax.get_yticklabels()] == ["Ada", "$Bo$"]
        ax.figure.draw_without_rendering()
        colors = [to_hex(color) for color in ax.collections[0].get_facecolor()]
        assert colors[0] != colors[1]
        assert colors[1] == colors[2]

    def test_ranks_that_are_shared_or_long_are_not_rounded_away(self):
        ranks = pd.DataFrame({"A": [2.5, 1499.0, 12_345.0]}, index=["x", "y", "z"])
        ax = plots.rank_chart(ranks, ax=axes(), names=pd.Series({"x": "Ada"}))
        assert [text.get_text() for text in ax.texts] == ["2.5", "1.5k", "12k"]
        assert [label.get_text() for label in ax.get_yticklabels()] == ["Ada", "y", "z"]

    def test_share_bars_are_as_long_as_the_shares(self):
        table = pd.DataFrame({"share": [0.75, np.nan], "text": ["3 of 4", "none"]}, index=["wood", "food"])
        ax = plots.share_bars(table, ax=axes())
        assert [bar.get_width() for bar in ax.patches] == [0.75, 0.0]
        assert [text.get_text() for text in ax.texts] == ["3 of 4", "none"]

    def test_firms_stand_where_their_numbers_say(self):
        table = pd.DataFrame({"got": [4.0, 0.0, np.nan, 2.0], "gave": [1.0, 8.0, 3.0, 2.0]}, index=list("abcd"))
        names = pd.Series({"a": "$Ada$", "b": "Bo", "c": "Cy", "d": "Di"})
        ax = plots.firm_scatter(table, ax=axes(), names=names, color_by=pd.Series({"a": "x", "b": "y"}), labels=2)
        np.testing.assert_allclose(ax.collections[0].get_offsets(), [[4, 1], [0, 8], [2, 2]])
        np.testing.assert_allclose(ax.lines[0].get_data(), [[0, 4], [0, 4]])
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("got", "gave")
        # the highest first, then the one furthest right
        assert [text.get_text() for text in ax.texts] == ["Bo", "$Ada$"]
        assert not any(text.get_parse_math() for text in ax.texts)
        assert [text.get_text() for text in ax.get_legend().get_texts()] == ["x", "y", "unknown"]

    def test_names_of_dots_do_not_cover_each_other(self):
        table = pd.DataFrame({"x": [10.0, 10.0, 1.0], "y": [10.0, 9.99, 1.0]}, index=["first", "second", "third"])
        ax = plots.firm_scatter(table, ax=axes(), labels=3)
        assert [text.get_text() for text in ax.texts] == ["first", "third"]

    @pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
    def test_dots_of_nothing(self, value):
        ax = plots.firm_scatter(pd.DataFrame({"x": [value], "y": [value]}), ax=axes())
        ax.figure.draw_without_rendering()
        assert len(ax.collections) == (1 if np.isfinite(value) else 0)

    @pytest.mark.parametrize(
        ("draw", "table", "message"),
        [
            (plots.share_bars, pd.DataFrame({"share": [75.0], "text": ["3 of 4"]}), r"75\.0; .* from 0 to 1"),
            (plots.shock_map, pd.DataFrame({"x": [-0.1]}), r"-0\.1; .* from 0 to 1"),
            (plots.firm_scatter, pd.DataFrame({"x": [1.0], "y": [-2.0]}), r"-2\.0; .* 0 or more"),
        ],
    )
    def test_what_would_be_cut_off_is_refused(self, draw, table, message):
        with pytest.raises(OptionError, match=message):
            draw(table)

    def test_intervals_above_the_reference_stand_out(self):
        table = pd.DataFrame(
            {"value": [3.0, 1.2], "low": [2.0, 0.5], "high": [4.0, 2.0], "text": ["9 firms", "5 $firms$"]},
            index=["wine, $Nord$", "steel, Sud"],
        )
        ax = plots.intervals(table, ax=axes(), reference=1.0)
        lines, dots = ax.collections
        assert [segment.tolist() for segment in lines.get_segments()] == [[[2, 1], [4, 1]], [[0.5, 0], [2, 0]]]
        np.testing.assert_allclose(dots.get_offsets(), [[3, 1], [1.2, 0]])
        assert [to_hex(color) for color in dots.get_facecolor()] == ["#0072b2", plots.QUIET]
        assert [label.get_text() for label in ax.get_yticklabels()] == ["wine, $Nord$", "steel, Sud"]
        assert [text.get_text() for text in ax.texts] == ["9 firms", "5 $firms$"]
        ax.figure.draw_without_rendering()

    def test_intervals_below_zero_and_without_an_end(self):
        table = pd.DataFrame(
            {"value": [-0.5, 3.0], "low": [-1.0, 2.0], "high": [0.0, np.inf], "text": ["a\n🚀", "b"]}, index=["x", "y"]
        )
        ax = plots.intervals(table, ax=axes(), reference=0)
        left, right = ax.get_xlim()
        assert left < -1
        first, second = (segment[:, 0].tolist() for segment in ax.collections[0].get_segments())
        assert first == [-1, 0]
        assert second == [2, right]
        ax.figure.draw_without_rendering()  # a sign that the font lacks would warn

    def test_intervals_of_nothing(self):
        empty = pd.DataFrame({"value": [], "low": [], "high": [], "text": []})
        assert plots.intervals(empty).texts[0].get_text() == "There is nothing to show."

    def test_the_largest_groups_get_a_color(self):
        groups = pd.Series(["a"] * 3 + ["b"] * 5 + ["c"] * 2 + [None])
        colors, legend = plots.group_colors(groups, limit=2)
        assert list(legend) == ["b", "a", "other or unknown"]
        assert colors.tolist() == [legend["a"]] * 3 + [legend["b"]] * 5 + [plots.PALE] * 3

    def test_layer_colors_are_distinct_okabe_ito(self):
        assert len(set(plots.LAYER_COLORS.values())) == 6
        assert set(plots.LAYER_COLORS.values()) < set(plots.OKABE_ITO)


class TestSvg:
    def test_hostile_names_draw_without_warning_or_mathematics(self):
        net = firms_with_names()
        positions = plots.layout(net)
        svg = plots.draw_svg(lambda figure: plots.network_map(net, ax=figure.subplots(), positions=positions), (6, 5))
        assert svg.startswith("<svg")
        assert "alert" not in svg.replace("<!--", "").split("-->")[0]

        def layers(figure):
            plots.layer_maps(net, axes=list(figure.subplots(1, 2)), positions=positions)

        assert plots.draw_svg(layers, (6, 3)).count("<svg") == 1
        ranks = pd.DataFrame({"$x": range(1, 10)}, index=net.firms.index, dtype=float)
        plots.draw_svg(
            lambda figure: plots.rank_chart(ranks, ax=figure.subplots(), names=plots.firm_names(net)), (5, 5)
        )

    def test_same_drawing_same_bytes_whatever_the_users_style(self):
        net = barbell()

        def draw(figure):
            plots.network_map(net, ax=figure.subplots())

        one = plots.draw_svg(draw, (4, 3))
        with mpl.rc_context({"font.size": 22, "axes.facecolor": "red", "svg.hashsalt": "other"}):
            assert plots.draw_svg(draw, (4, 3)) == one
        assert "<dc:date>" not in one

    def test_pictures_of_many_firms_stay_small(self):
        n = 20_000
        falling = pd.DataFrame({"low": np.linspace(1, 0, n) ** 3, "high": np.linspace(1, 0, n) ** 2})
        sizes = pd.Series(1 / np.arange(1, n + 1))

        class Made:
            distribution = pd.DataFrame({"share_at_least": np.arange(n, 0, -1) / n}, index=sizes.to_numpy()[::-1])

        def draw(figure):
            one, two, three = figure.subplots(1, 3)
            plots.removal_paths({}, null=falling, ax=one)
            plots.risk_ranks(sizes, ax=two)
            plots.cascade_sizes(Made, ax=three)
            ends = [line.get_xydata()[[0, -1]].tolist() for line in (two.lines[0], three.lines[0])]
            assert ends == [[[1, 1], [n, 1 / n]], [[1 / n, 1], [1, 1 / n]]]
            for line in (two.lines[0], three.lines[0]):
                marked = line.get_markevery()
                assert (marked[0], marked[-1]) == (0, n - 1)

        assert len(plots.draw_svg(draw, (9, 3))) < 500_000

    def test_settings_of_the_user_come_back(self):
        with mpl.rc_context({"font.size": 22}):
            plots.draw_svg(lambda figure: figure.subplots(), (2, 2))
            assert mpl.rcParams["font.size"] == 22

    def test_comments_hold_no_names(self):
        # matplotlib writes drawn text into SVG comments; "--" there would break the file
        svg = plots.draw_svg(
            lambda figure: figure.text(0, 0, plots._label("a--><script>x</script>"), parse_math=False), (2, 2)
        )
        assert "<script" not in svg


def test_a_notebook_gets_figures_that_it_shows(monkeypatch):
    import sys
    import types

    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    plots.distribution(pd.Series([1.0, 2.0, 3.0]))
    assert plt.get_fignums() == before  # elsewhere a figure belongs to whoever asked for it
    monkeypatch.setitem(sys.modules, "ipykernel", types.ModuleType("ipykernel"))
    ax = plots.distribution(pd.Series([1.0, 2.0, 3.0]))
    assert plt.figure(plt.get_fignums()[-1]) is ax.figure
    plt.close(ax.figure)
    maps = plots.layer_maps(barbell())
    assert plt.figure(plt.get_fignums()[-1]) is maps[0].figure
    plt.close(maps[0].figure)
