"""The ledger of published findings: complete, honest, repeatable."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pandas as pd
import pytest

from clusternet import bibliography, reproduction
from clusternet.errors import OptionError
from clusternet.reproduction import _ledger
from clusternet.reproduction._ledger import TAGS, holds, number, within

QUICK = ["B1", "B2", "B3"]


@pytest.fixture(scope="module")
def quick():
    return reproduction.ledger(QUICK)


def test_quick_findings_are_as_published(quick):
    off = quick[~quick["passed"]]
    assert off.loc[off["note"] == "", "quantity"].tolist() == []
    assert quick["finding"].value_counts().to_dict().keys() == set(QUICK)
    assert len(quick) > 100


def test_every_source_is_in_the_bibliography_and_every_tag_explained(quick):
    known = bibliography.references()
    for key in quick["source"].unique():
        assert key in known, key
    assert set(quick["tag"]) <= set(TAGS)
    assert (quick["quantity"].str.len() > 0).all()
    assert not quick.duplicated(["finding", "quantity"]).any()


def test_the_numbers_that_decide(quick):
    rows = quick.set_index(["finding", "quantity"])["computed"]
    assert rows["B2", "information: betweenness centralization"] == pytest.approx(0.2011, abs=5e-5)
    assert rows["B3", "betweenness of Medici, n = 15"] == pytest.approx(0.521978, abs=1e-6)
    assert rows["B3", "marriage and business: correlation"] == pytest.approx(0.371868, abs=1e-6)
    assert rows["B1", "Sweden 1990: distance in a random network"] == pytest.approx(2.366137, abs=1e-6)


def test_a_finding_alone_gives_what_it_gives_among_others(quick):
    alone = reproduction.ledger("B2", seed=1)
    pd.testing.assert_frame_equal(alone, quick[quick["finding"] == "B2"].reset_index(drop=True))


def test_every_finding_has_a_module_and_a_title():
    titles = reproduction.findings()
    for label in ("B1", "B2", "B3", "B8", "B9"):
        assert titles[label]
    assert titles.index.is_unique


def test_unknown_findings_are_refused():
    with pytest.raises(OptionError, match="B99"):
        reproduction.ledger("B99")


# ── entries ──


def test_numbers_pass_within_their_tolerance_only():
    assert number("x", 2.4, "k", "C", 2.43, absolute=0.03).passed
    assert not number("x", 2.4, "k", "C", 2.4301, absolute=0.03).passed
    assert number("x", 200, "k", "C", 203, relative=0.02).passed
    assert not number("x", -200, "k", "C", -205, relative=0.02).passed
    assert not number("x", 1, "k", "C", 1.00001).passed
    assert not number("x", 1, "k", "C", float("nan"), absolute=5).passed
    assert not within("x", "y", "k", "C", float("nan"), low=0, high=1).passed
    assert within("x", "y", "k", "C", 1, low=0, high=1).passed
    assert not within("x", "y", "k", "C", 1.1, low=0, high=1).passed


def test_tolerances_are_told_in_words():
    assert number("x", 1, "k", "C", 1).tolerance == "exact"
    assert number("x", 1, "k", "C", 1, absolute=0.05).tolerance == "±0.05"
    assert number("x", 1, "k", "C", 1, relative=0.02).tolerance == "±2 %"
    assert within("x", 1, "k", "C", 1, low=0, high=2).tolerance == "from 0 to 2"
    with pytest.raises(OptionError, match="two tolerances"):
        number("x", 1, "k", "C", 1, absolute=1, relative=1)


@pytest.fixture
def invented(monkeypatch):
    """A ledger with one finding of three rows: right, wrong, wrong but explained."""

    def rows(seed):
        yield number("right", 1, "kogut2008", "C", 1)
        yield number("wrong", 1, "kogut2008", "C", 2 + seed)
        yield holds("explained", "=yes", "kogut2008", "M", "no", passed=False, note="the source errs")

    module = "clusternet.reproduction._b98_invented"
    monkeypatch.setitem(sys.modules, module, types.ModuleType(module))
    monkeypatch.setattr(_ledger, "_registered", dict(_ledger._registered))
    monkeypatch.setattr(_ledger, "_modules", lambda: {"B98": ["_b98_invented"]})
    _ledger.finding("B98", "Invented")(rows)


@pytest.mark.usefixtures("invented")
def test_rows_off_are_unexplained_unless_a_note_says_why():
    table = reproduction.ledger(seed=3)
    assert table["passed"].tolist() == [True, False, False]
    assert reproduction.unexplained(table)["quantity"].tolist() == ["wrong"]
    assert table["computed"][1] == 5
    assert table.attrs["seed"] == 3


@pytest.mark.usefixtures("invented")
def test_progress_is_told():
    told = []
    reproduction.ledger(progress=lambda *step: told.append(step))
    assert told == [("B98", 0, 1), ("done", 1, 1)]


@pytest.mark.usefixtures("invented")
def test_a_module_loaded_again_does_not_double_its_rows():
    def rows(_seed):
        yield number("new", 1, "kogut2008", "C", 1)

    rows.__qualname__ = rows.__name__ = "rows"
    _ledger.finding("B98", "Invented")(rows)
    assert reproduction.ledger()["quantity"].tolist() == ["new"]


@pytest.mark.usefixtures("invented")
def test_the_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    table = reproduction.ledger()
    path = reproduction.write_ledger(table, tmp_path / "new" / "reproduction.csv")
    first = path.read_bytes()
    assert reproduction.write_ledger(table, path).read_bytes() == first
    assert [p.name for p in path.parent.iterdir()] == ["reproduction.csv"]
    lines = first.decode().splitlines()
    assert lines[0] == "finding,quantity,published,source,tag,computed,tolerance,passed,note"
    assert lines[1] == "B98,right,1,kogut2008,C,1,exact,yes,"
    assert lines[2].endswith(",no,")

    def broken(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", broken)
    with pytest.raises(OptionError, match="No space left"):
        reproduction.write_ledger(table, path)
    assert path.read_bytes() == first
    assert [p.name for p in path.parent.iterdir()] == ["reproduction.csv"]


def test_a_file_in_the_way_of_the_folder_is_named(tmp_path, quick):
    (tmp_path / "file").write_text("")
    with pytest.raises(OptionError, match="cannot write"):
        reproduction.write_ledger(quick, tmp_path / "file" / "reproduction.csv")


def test_digits_are_those_of_print():
    assert _ledger._digits(-1.6094379124341) == "-1.609438"
    assert _ledger._digits(-1e-17) == "0"
    assert _ledger._digits(float("nan")) == "nan"
    assert _ledger._digits(49.0) == "49"


@pytest.mark.slow
@pytest.mark.reference
def test_the_whole_ledger_is_as_published_or_explained(tmp_path):
    table = reproduction.ledger()
    assert reproduction.unexplained(table).to_dict("records") == []
    known = bibliography.references()
    assert all(key in known for key in table["source"])
    assert not table.duplicated(["finding", "quantity"]).any()
    path = reproduction.write_ledger(table, tmp_path / "reproduction.csv")
    # The file that README and paper print comes out again.
    committed = Path(__file__).parents[1] / "reproduction.csv"
    now, kept = (pd.read_csv(one, dtype="str", keep_default_na=False) for one in (path, committed))
    texts = ["finding", "quantity", "published", "source", "tag", "tolerance", "passed", "note"]
    pd.testing.assert_frame_equal(now[texts], kept[texts])
    for one, other in zip(now["computed"], kept["computed"], strict=True):
        try:  # seven digits are printed; the last may turn on another processor
            assert float(one) == pytest.approx(float(other), rel=1e-5, abs=1e-9)
        except ValueError:
            assert one == other
