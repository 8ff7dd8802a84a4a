"""Errors and the base of result records."""

import copy
import html
import pickle
import random
from dataclasses import dataclass
from types import MappingProxyType

import igraph
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusternet import errors
from clusternet.errors import OptionError, UnknownFirmError, listing, nearest
from clusternet.result import Result, Settings, igraph_seed, package_version, resolve_seed, safe_cells, spawn_generators

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Toy(Result):
    table: pd.DataFrame
    settings: Settings

    def to_frame(self):
        return self.table

    def summary(self):
        return f"{len(self.table)} rows of <b>"


# ── errors ──


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        ("RecordsError", ValueError),
        ("NetworkError", ValueError),
        ("OptionError", ValueError),
        ("UnknownFirmError", KeyError),
        ("DownloadError", OSError),
        ("MissingExtraError", ImportError),
    ],
)
def test_every_error_is_ours_and_a_builtin(kind, builtin):
    error = getattr(errors, kind)
    assert issubclass(error, errors.ClusternetError)
    assert issubclass(error, builtin)
    with pytest.raises(builtin):
        raise error("x")


def test_unknown_firm_says_its_message_without_quotes():
    assert str(UnknownFirmError("no firm 'Ada'")) == "no firm 'Ada'"
    assert str(UnknownFirmError()) == ""


def test_listing_counts_what_it_leaves_out():
    assert listing([]) == ""
    assert listing(range(5)) == "0, 1, 2, 3, 4"
    assert listing(iter("abcdefg")) == "'a', 'b', 'c', 'd', 'e' ... and 2 more"
    assert listing(range(10_005)).endswith("and 10,000 more")


def test_nearest_names_one_option_or_none():
    assert nearest("betwenness", ["degree", "betweenness"]) == " Did you mean 'betweenness'?"
    assert nearest("Betweenness", ["degree", "betweenness"]) == " Did you mean 'betweenness'?"
    assert nearest("adaa", ["Ada GmbH", "Ada"]) == " Did you mean 'Ada'?"
    assert nearest("xyz", ["degree"]) == ""


# ── seeds ──


def test_seed_is_kept_or_drawn():
    assert resolve_seed(7) == 7
    assert resolve_seed(np.int64(7)) == 7
    assert type(resolve_seed(np.int64(7))) is int
    assert len({resolve_seed(None) for _ in range(20)}) == 20


@pytest.mark.parametrize("seed", [-1, 1.5, "7", True])
def test_seed_refuses_what_is_no_seed(seed):
    with pytest.raises(OptionError, match="nonnegative"):
        resolve_seed(seed)


def test_generators_are_independent_and_do_not_depend_on_their_number():
    few = [generator.random() for generator in spawn_generators(3, 2)]
    many = [generator.random() for generator in spawn_generators(3, 5)]
    assert few == many[:2]
    assert len(set(many)) == 5


def test_igraph_seed_repeats_and_gives_the_generator_back():
    graph = igraph.Graph.Ring(10)
    with igraph_seed(1):
        first = graph.layout_fruchterman_reingold().coords
    with igraph_seed(1):
        assert graph.layout_fruchterman_reingold().coords == first
    with igraph_seed(2):
        assert graph.layout_fruchterman_reingold().coords != first
    random.seed(5)
    before = random.random()
    random.seed(5)
    with igraph_seed(1):
        graph.layout_fruchterman_reingold()
    assert random.random() == before


# ── settings and results ──


def test_settings_are_frozen_and_survive_pickling():
    given_ = {"order": "degree"}
    settings = Settings(given_, seed=7)
    given_["order"] = "random"
    assert settings.to_dict() == {"parameters": {"order": "degree"}, "seed": 7, "version": package_version()}
    with pytest.raises(TypeError):
        settings.parameters["order"] = "random"
    for twin in (pickle.loads(pickle.dumps(settings)), copy.deepcopy(settings), copy.copy(settings)):
        assert twin.to_dict() == settings.to_dict()
        assert isinstance(twin.parameters, MappingProxyType)


def test_result_escapes_what_it_shows():
    toy = Toy(table=pd.DataFrame({"<i>": ["<script>alert(1)</script>"] * 30}), settings=Settings())
    assert repr(toy) == "<Toy: 30 rows of <b>>"
    shown = toy._repr_html_()
    assert "<script>" not in shown
    assert html.escape("<script>") in shown
    assert "&lt;i&gt;" in shown
    assert "rows of &lt;b&gt;" in shown
    assert shown.count("alert(1)") == 20


def test_result_survives_pickling():
    toy = Toy(table=pd.DataFrame({"a": [1]}), settings=Settings({"x": 1}, seed=3))
    twin = pickle.loads(pickle.dumps(toy))
    assert twin.settings.to_dict() == toy.settings.to_dict()
    assert twin.table.equals(toy.table)


# ── cells that must not become formulas ──


def test_safe_cells_touches_text_only():
    frame = pd.DataFrame(
        {
            "name": ["=1+1", "Ada", None],
            "change": [-1.5, 2.0, np.nan],
            "count": [-1, 2, 3],
            "day": pd.to_datetime(["2020-01-01", None, "2021-01-01"]),
            "kind": pd.Categorical(["@a", "b", "@a"]),
            "mixed": ["+1", -1, None],
            "@heading": [True, False, True],
        },
        index=["-x", "y", "=z"],
    )
    before = frame.copy()
    safe = safe_cells(frame)
    assert safe["name"].tolist()[:2] == ["'=1+1", "Ada"]
    assert safe["name"].isna().tolist() == [False, False, True]
    assert safe["kind"].tolist() == ["'@a", "b", "'@a"]
    assert safe["mixed"].tolist() == ["'+1", -1, None]
    assert safe.columns.tolist() == [*frame.columns[:-1], "'@heading"]
    assert safe.index.tolist() == ["'-x", "y", "'=z"]
    for column in ("change", "count", "day"):
        pd.testing.assert_series_equal(
            safe[column].reset_index(drop=True), frame[column].reset_index(drop=True), check_names=True
        )
    pd.testing.assert_frame_equal(frame, before)


def test_safe_cells_of_nothing():
    assert safe_cells(pd.DataFrame()).shape == (0, 0)
    assert safe_cells(pd.DataFrame({"a": []})).columns.tolist() == ["a"]


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=6), max_size=8))
def test_safe_cells_leaves_no_formula_and_loses_nothing(texts):
    for dtype in ("str", object):
        safe = safe_cells(pd.DataFrame({"a": pd.Series(texts, dtype=dtype)}))["a"].tolist()
        assert not any(cell.startswith(FORMULA) for cell in safe)
        assert [cell[1:] if cell != text else cell for cell, text in zip(safe, texts, strict=True)] == texts
        assert all((cell != text) == text.startswith(FORMULA) for cell, text in zip(safe, texts, strict=True))
