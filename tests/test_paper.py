"""The paper: no typed number, every number asked for, the same bytes; README and paper print the ledger as it is."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pandas as pd
import pytest

import clusternet as cn

ROOT = Path(__file__).parents[1]
PAPER = ROOT / "paper"
LEDGER = ROOT / "reproduction.csv"


def script(name):
    spec = importlib.util.spec_from_file_location(name, PAPER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def maker():
    import sys

    module = importlib.util.spec_from_file_location("make_paper", PAPER / "make_paper.py")
    made = importlib.util.module_from_spec(module)
    sys.modules["make_paper"] = made  # dataclasses look their module up
    module.loader.exec_module(made)
    yield made
    del sys.modules["make_paper"]


# ── words ──


def typed_numbers(text):
    """Return the digits in the words of the paper that are neither a key, a citation, a label nor a formula."""
    text = re.sub(r'#(?:n|b)\("[^"]*"\)', "", text)  # asked for
    text = re.sub(r'#(?:printed|picture)\(\s*"[^"]*"', "", text)
    text = re.sub(r"@[\w.:-]+|<[\w.:-]+>", "", text)  # citations and labels
    text = re.sub(r"\$[^$]*\$", lambda found: re.sub(r"(?<![\d.])[012](?![\d.])", "", found[0]), text)
    text = re.sub(r"\b(?:size|width): [\d.]+(?:pt|%)", "", text)
    return [line.strip() for line in text.splitlines() if re.search(r"\d", line)]


def test_no_number_is_typed():
    assert typed_numbers((PAPER / "paper.typ").read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("words", ["We found 12 firms.", "$R = 0.24$", "a fit of .86 @baker1992", "95~% of them"])
def test_a_typed_number_is_seen(words):
    assert typed_numbers(words)


@pytest.mark.parametrize(
    "words", ['#n("slope.1.18.first") @baker1992', "$(r + 1) \\/ (m + 1)$", '#b("B4") #by(<kogut2008>)']
)
def test_what_may_hold_digits(words):
    assert not typed_numbers(words)


def test_every_citation_resolves():
    text = (PAPER / "paper.typ").read_text(encoding="utf-8")
    cited = set(re.findall(r"@([a-z]+(?:18|19|20)\d\d[a-z]?)\b", text)) | set(re.findall(r"#by\(<(\w+)>\)", text))
    known = set(
        re.findall(r"^@\w+\{([^,\s]+),", (ROOT / "src/clusternet/references.bib").read_text("utf-8"), re.MULTILINE)
    )
    assert len(cited) > 15
    assert cited <= known


# ── numbers as printed ──


def test_numbers_are_printed_plainly(maker):
    assert maker.text(1234) == "1,234"
    assert maker.text(-0.256) == "\u22120.26"
    assert maker.text(-0.001) == "0.00"
    assert maker.text(float("nan")) == "\u2013"
    assert maker.p_text(0.0004) == "p < .001"
    assert maker.p_text(0.0123) == "p = .012"
    assert maker.p_text(1.0) == "p = 1.000"
    assert maker.power_of_ten(4e-11) == "4 \u00b7 10\u207b\u00b9\u00b9"
    assert maker.listed([12, 37, 47]) == "12, 37 and 47"
    assert maker.listed([12]) == "12"
    assert maker.number_text("-0.10699330") == "\u22120.10699"
    assert maker.number_text("11, 2, 1") == "11, 2, 1"


def test_a_key_is_made_once(maker):
    book = maker.Book()
    book.put("firms", 3)
    with pytest.raises(KeyError, match="firms"):
        book.put("firms", 4)
    other = maker.Book()
    other.put("firms", 5)
    with pytest.raises(KeyError, match="firms"):
        book.merge(other)
    with pytest.raises(ValueError, match="rectangular"):
        book.table("t", ["a", "b"], [["1"]], "ll")


# ── the ledger ──


def test_readme_prints_the_ledger():
    table = script("readme_table")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert table.with_table(readme, table.ledger_table(LEDGER)) == readme
    shown = readme.split(table.BEGIN)[1].split(table.END)[0]
    rows = pd.read_csv(LEDGER)
    assert f"| all | {len(rows)} | {(rows['passed'] == 'yes').sum()} |" in shown


def test_a_changed_ledger_changes_the_readme(tmp_path):
    table = script("readme_table")
    rows = pd.read_csv(LEDGER, dtype="str", keep_default_na=False)
    rows.loc[0, "passed"] = "no"
    rows.to_csv(tmp_path / "ledger.csv", index=False)
    assert table.ledger_table(tmp_path / "ledger.csv") != table.ledger_table(LEDGER)


def test_the_ledger_has_every_finding_and_no_row_without_a_reason():
    rows = pd.read_csv(LEDGER, dtype="str", keep_default_na=False)
    assert rows["finding"].unique().tolist() == cn.reproduction.findings().index.tolist()
    assert rows[(rows["passed"] == "no") & (rows["note"] == "")].empty


def test_the_paper_reads_the_ledger(maker, tmp_path):
    book = maker.part_ledger(LEDGER)
    rows = pd.read_csv(LEDGER, dtype="str", keep_default_na=False)
    assert book.numbers["ledger.rows"] == str(len(rows))
    assert len(book.tables["ledger.full"]["rows"]) == len(rows)
    place = rows.index[rows["quantity"] == "random ties, random failure: threshold"]
    rows.loc[place, "computed"] = "0.123"
    rows.to_csv(tmp_path / "ledger.csv", index=False)
    assert maker.part_ledger(tmp_path / "ledger.csv").numbers["failure.found"] == "0.12"


# ── the PDF ──


@pytest.fixture(scope="module")
def made(maker, tmp_path_factory):
    """The paper without its slow parts: numbers that stand in, every key that the words ask for."""
    pytest.importorskip("typst")
    words = (PAPER / "paper.typ").read_text(encoding="utf-8") + (PAPER / "layout.typ").read_text(encoding="utf-8")
    book = maker.part_ledger(LEDGER)
    for key in dict.fromkeys(re.findall(r'#n\("([^"]+)"\)|[( ]n\("([^"]+)"\)', words)):
        name = key[0] or key[1]
        if name not in book.numbers:
            book.put(name, f"<{name}>")
    for name in re.findall(r'#printed\("([^"]+)"', words):
        if name not in book.tables:
            book.table(name, ["a", "b"], [["1", "2"]], "lr")
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="5"><rect width="10" height="5"/></svg>'
    for name in re.findall(r'#picture\(\s*"([^"]+)"', words):
        book.figures[name] = svg
    return {"numbers": book.numbers, "tables": book.tables, "figures": book.figures}


def marks(out):
    import typst
    from matplotlib import get_data_path

    fonts = [Path(get_data_path()) / "fonts" / "ttf"]
    found = json.loads(
        typst.query(out / "paper.typ", "<number>", root=out, font_paths=fonts, ignore_system_fonts=True, field="value")
    )
    return dict(map(tuple, found))


@pytest.mark.slow
def test_the_same_numbers_give_the_same_bytes(maker, made, tmp_path):
    maker.write(made, tmp_path / "one")
    maker.write(made, tmp_path / "two")
    first = maker.typeset(tmp_path / "one").read_bytes()
    assert first.startswith(b"%PDF-")
    assert maker.typeset(tmp_path / "two").read_bytes() == first


@pytest.mark.slow
def test_a_changed_number_is_printed(maker, made, tmp_path):
    maker.write(made, tmp_path)
    before = maker.typeset(tmp_path).read_bytes()
    assert marks(tmp_path)["failure.found"] == made["numbers"]["failure.found"]
    changed = made | {"numbers": made["numbers"] | {"failure.found": "0.9876"}}
    maker.write(changed, tmp_path)
    assert maker.typeset(tmp_path).read_bytes() != before
    assert marks(tmp_path)["failure.found"] == "0.9876"


@pytest.mark.slow
def test_a_missing_number_is_an_error(maker, made, tmp_path):
    lacking = made | {"numbers": {k: v for k, v in made["numbers"].items() if k != "failure.found"}}
    maker.write(lacking, tmp_path)
    with pytest.raises(Exception, match=r"failure\.found"):
        maker.typeset(tmp_path)


@pytest.mark.slow
def test_a_finding_that_is_not_in_the_ledger_is_an_error(maker, made, tmp_path):
    maker.write(made, tmp_path)
    source = tmp_path / "other.typ"
    source.write_text((PAPER / "paper.typ").read_text("utf-8").replace('#b("B4")', '#b("B99")'), encoding="utf-8")
    with pytest.raises(Exception, match="B99"):
        maker.typeset(tmp_path, source)


def test_without_typst_the_answer_is_one_line(maker, monkeypatch, tmp_path):
    import sys

    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(SystemExit, match=r"pip install 'clusternet\[report\]'"):
        maker.typeset(tmp_path)


@pytest.mark.slow
def test_all_numbers_that_are_made_are_asked_for(maker):
    """What the quick parts compute is printed somewhere: no dead numbers, no missing ones."""
    words = (PAPER / "paper.typ").read_text(encoding="utf-8") + (PAPER / "layout.typ").read_text(encoding="utf-8")
    asked = set(re.findall(r'\bn\("([^"]+)"\)', words))
    for part in (maker.part_records, maker.part_disagreement):
        book = part()
        assert set(book.numbers) <= asked, part.__name__
        assert set(book.tables) <= set(re.findall(r'#printed\("([^"]+)"', words))
        assert set(book.figures) == set(book.figures) & set(re.findall(r'#picture\(\s*"([^"]+)"', words))
    assert set(maker.part_ledger(LEDGER).numbers) <= asked
