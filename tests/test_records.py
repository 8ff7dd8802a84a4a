"""Records: one test per kind of dirt, the files and frames that are read, and garbage that must never break through."""

from __future__ import annotations

import io
import struct
import sys
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clusternet.errors import ClusternetError, MissingExtraError, OptionError, RecordsError
from clusternet.network import LAYERS
from clusternet.records import KINDS, REQUIRED, SCHEMA, SYNONYMS, Records, _read, problems, read_records, report_text
from clusternet.records import _schema as schema
from clusternet.records._read import _structure, cut_records
from clusternet.records._validate import _combine
from clusternet.result import safe_cells

FIRMS = "firm_id,name,city\nF1,Harbor Bakery,Porto\nF2,Café Müller,Porto\nF3,Mill & Sons,Gaia\n"
TIES = "a,b,kind,start\nF1,F2,alliance,2021-01-02\nF2,F3,supply,2021-03-04\n"


def folder(path: Path, **files: str | bytes) -> Path:
    for name, text in files.items():
        target = path / name.replace("__", ".")
        target.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def ties(text: str, **options: object) -> Records:
    """Read a partnership table given as CSV text through a frame of text, without a registry."""
    frame = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    return read_records({"partnerships": frame}, mapping={"partnerships": options} if options else None)


def issues(records: Records, problem: str) -> pd.DataFrame:
    return records.issues[records.issues["problem"] == problem]


def attempt(source: object) -> tuple[Records | None, str]:
    """Return the records, or the message of the refusal; any other exception breaks the test."""
    try:
        return read_records(source), ""
    except RecordsError as error:
        return None, str(error)


def balanced(records: Records) -> bool:
    counts = records.counts
    lost = records.issues[(records.issues["severity"] == "error") & records.issues["row"].notna()]
    named = lost.groupby("table").size().reindex(counts.index, fill_value=0)
    return bool(
        (counts["read"] == counts["kept"] + counts["rejected"]).all()
        and (counts["rejected"] == named + counts["duplicates"]).all()
        and all(len(getattr(records, table)) == counts.loc[table, "kept"] for table in counts.index)
        and len(records.duplicates) == counts["duplicates"].sum()
    )


# ── the tables as promised ──────────────────────────────────────────────────────────────────────────────────────────


def test_kinds_are_the_layers():
    assert KINDS == LAYERS


def test_no_synonym_is_a_canonical_name_of_the_same_table_and_every_kind_is_known():
    for table, columns in SYNONYMS["columns"].items():
        canonical = {schema.fold(name) for name in SCHEMA[table]}
        for name, words in columns.items():
            clash = {schema.fold(word) for word in words} & canonical - {schema.fold(name)}
            assert not clash, (table, name, clash)
    for way in ("forward", "reversed"):
        for layer, words in SYNONYMS["kinds"][way].items():
            for word in words:
                assert schema.kind_of(word) == (layer, way == "reversed"), word
    for table, words in SYNONYMS["tables"]["names"].items():
        assert {schema.table_of(word)[0] for word in (table, *words)} == {table}


def test_every_table_has_every_column_with_its_type(tmp_path):
    records = read_records(folder(tmp_path, firms__csv=FIRMS, partnerships__csv=TIES))
    types = {"text": "str", "firm": "str", "kind": "str", "number": "float64", "date": "datetime64[us]"}
    for table, columns in SCHEMA.items():
        frame = getattr(records, table)
        assert list(frame.columns)[: len(columns) + 1] == [*columns, "row"]
        assert isinstance(frame.index, pd.RangeIndex)
        for name, kind in columns.items():
            assert str(frame[name].dtype) == types.get(kind, "boolean"), (table, name)
        assert frame["row"].dtype == np.int64
    assert records.firms["row"].tolist() == [2, 3, 4]
    assert records.partnerships["record"].tolist() == ["partnerships:2", "partnerships:3"]
    assert records.partnerships["start"].tolist() == [pd.Timestamp("2021-01-02"), pd.Timestamp("2021-03-04")]
    assert records.counts.loc["firms"].tolist() == [3, 3, 0, 0]
    assert list(records.issues.columns) == ["table", "row", "column", "value", "problem", "action", "severity"]
    assert balanced(records)
    assert "3 firms, 2 partnerships" in repr(records)
    assert records.to_frame().equals(records.issues)


def test_settings_tell_the_source(tmp_path):
    import hashlib

    records = read_records(folder(tmp_path, firms__csv=FIRMS, partnerships__csv=TIES.replace(",", ";")))
    source = records.settings.parameters["sources"]["partnerships"]
    assert source["sha256"] == hashlib.sha256(TIES.replace(",", ";").encode()).hexdigest()
    assert (source["file"], source["delimiter"], source["encoding"]) == ("partnerships.csv", ";", "utf-8")
    assert source["bytes"] == len(TIES)
    assert source["columns"] == {"kind": "kind", "a": "a", "b": "b", "start": "start"}
    one, two = (read_records({"firms": pd.DataFrame({"name": [name]})}) for name in ("A", "B"))
    again = read_records({"firms": pd.DataFrame({"name": ["A"]})})
    digest = [item.settings.parameters["sources"]["firms"]["sha256"] for item in (one, two, again)]
    assert digest[0] == digest[2] != digest[1]


# ── dirt: what is missing ───────────────────────────────────────────────────────────────────────────────────────────


def test_missing_folder_names_the_nearest(tmp_path):
    folder(tmp_path, firms__csv=FIRMS)
    with pytest.raises(RecordsError, match=r"no file or folder .*frms.csv.*Did you mean 'firms.csv'"):
        read_records(tmp_path / "frms.csv")


def test_folder_without_known_tables_names_what_it_holds(tmp_path):
    folder(tmp_path, frms__csv=FIRMS, notes__txt="hello")
    with pytest.raises(RecordsError, match=r"no known table; it holds 'frms.csv', 'notes.txt'.*Did you mean 'firms'"):
        read_records(tmp_path)
    with pytest.raises(RecordsError, match="it is empty"):
        read_records(folder(tmp_path / "x") if (tmp_path / "x").mkdir() is None else tmp_path)


def test_required_column_absent_names_found_needed_nearest(tmp_path):
    folder(tmp_path, firms__csv=FIRMS, partnerships__csv="Firm A,Partnr B,kind\nF1,F2,alliance\n")
    with pytest.raises(RecordsError) as caught:
        read_records(tmp_path)
    text = str(caught.value)
    assert "no column for b" in text
    assert "'Firm A', 'Partnr B', 'kind'" in text
    assert "Did you mean 'Partnr B'?" in text
    assert '"columns": {"b": "..."}' in text


def test_all_unusable_tables_are_named_in_one_error(tmp_path):
    folder(tmp_path, firms__csv="city\nPorto\n", partnerships__csv="a,b\nx,y\n", referrals__csv=b"")
    with pytest.raises(RecordsError) as caught:
        read_records(tmp_path)
    text = str(caught.value)
    assert "no column for firm_id or name" in text
    assert "no column for kind" in text
    assert "referrals.csv is empty (0 bytes)" in text


@pytest.mark.parametrize("content", [b"", b"\n\n", b"a,b,kind\n", b"\xef\xbb\xbf", b"a,b,kind\n,,\n\n"])
def test_empty_table_is_an_error(tmp_path, content):
    with pytest.raises(RecordsError, match="empty"):
        read_records(folder(tmp_path, firms__csv=FIRMS, partnerships__csv=content))


def test_empty_frame_is_an_error():
    with pytest.raises(RecordsError, match=r"header.*and no rows"):
        read_records({"firms": pd.DataFrame({"name": []})})
    with pytest.raises(RecordsError, match="no columns"):
        read_records({"firms": pd.DataFrame()})


def test_without_a_registry_a_warning(tmp_path):
    records = read_records(folder(tmp_path, partnerships__csv=TIES))
    assert issues(records, "no table of firms")["severity"].tolist() == ["warning"]
    assert len(records.firms) == 0
    assert len(records.partnerships) == 2


# ── dirt: kinds ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_unknown_kind_rejects_the_row_and_names_the_nearest():
    records = ties("a,b,kind\nx,y,alliance\nx,z,aliance\nx,w,\n")
    assert records.partnerships["b"].tolist() == ["y"]
    issue = issues(records, "unknown kind").iloc[0]
    assert (issue["row"], issue["value"], issue["severity"]) == (1, "aliance", "error")
    assert "nearest kind: alliance" in issue["action"]
    assert '[records.partnerships] kinds = { "aliance" = "..." }' in issue["action"]
    assert issues(records, "no kind")["row"].tolist() == [2]
    assert records.counts.loc["partnerships"].tolist() == [3, 1, 2, 0]


def test_kinds_in_other_words_and_reversed_ones():
    words = ["JV", "Joint-Venture", "strategic alliance", "Co-op", "PLATFORM", "supplier", "customer of", "referred_by"]
    text = "a,b,kind\n" + "".join(f"x{i},y{i},{word}\n" for i, word in enumerate(words))
    records = ties(text)
    table = records.partnerships
    assert table["kind"].tolist() == [
        "joint_venture", "joint_venture", "alliance", "cooperative", "platform", "supply", "supply", "referral",
    ]  # fmt: skip
    assert table["a"].tolist() == ["x0", "x1", "x2", "x3", "x4", "x5", "y6", "y7"]
    assert table["b"].tolist() == ["y0", "y1", "y2", "y3", "y4", "y5", "x6", "x7"]
    log = issues(records, "kind in other words").set_index("value")["action"]
    assert "the two firms change places: the second delivers to the first" in log["customer of"]
    assert "change places" not in log["supplier"]
    assert set(records.issues["severity"]) == {"note", "warning"}  # the warning: no registry


def test_mapping_overrides_a_kind():
    records = ties("a,b,kind\nx,y,JV\nx,z,Freundschaft\n", kinds={"JV": "alliance", "freundschaft": "customer"})
    assert records.partnerships["kind"].tolist() == ["alliance", "supply"]
    assert records.partnerships["a"].tolist() == ["x", "z"]


def test_supplier_and_buyer_columns_imply_supply():
    records = ties("Supplier,Buyer\nx,y\n")
    assert records.partnerships[["a", "b", "kind"]].iloc[0].tolist() == ["x", "y", "supply"]
    with pytest.raises(RecordsError, match="no column for kind"):
        ties("Firm,Buyer\nx,y\n")


# ── dirt: dates ─────────────────────────────────────────────────────────────────────────────────────────────────────


def dates(values: list[str], **options: object) -> tuple[list[str], Records]:
    text = "a,b,kind,start\n" + "".join(f'x,y{i},alliance,"{value}"\n' for i, value in enumerate(values))
    records = ties(text, **options)
    return records.partnerships["start"].dt.strftime("%Y-%m-%d").fillna("").tolist(), records


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("31/02/2021", "no such day"),
        ("2021-02-30", "no such day"),
        ("2021-13-01", "no such day"),
        ("45/45/2021", "no such day"),
        ("1201-05-01", "date outside 1800 to 2100"),
        ("2101-01-01", "date outside 1800 to 2100"),
        ("44197", "looks like a spreadsheet's day number"),
        ("3/4/21", "year of two figures"),
        ("soon", "not a date"),
        ("03/04/2021", "day or month first is unclear"),
        ("2021-01-01T25:00", "no such day"),
    ],
)
def test_bad_dates_are_dropped_and_the_row_kept(value, problem):
    found, records = dates([value, "2020-01-01"])
    assert found == ["", "2020-01-01"]
    issue = issues(records, problem)
    assert (issue["row"].tolist(), issue["value"].tolist(), issue["severity"].tolist()) == ([0], [value], ["warning"])


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2021-06-30", "2021-06-30"), ("2021-06-30T23:15:01Z", "2021-06-30"), ("2021-06-30 23:15", "2021-06-30"),
        ("2021/6/3", "2021-06-03"), ("20210603", "2021-06-03"), ("2021.06.03", "2021-06-03"), ("2021", "2021-01-01"),
        ("2021.0", "2021-01-01"), ("2021-06", "2021-06-01"), ("06/2021", "2021-06-01"), ("2021 Q3", "2021-07-01"),
        ("3 March 2021", "2021-03-03"), ("03-Mar-2021", "2021-03-03"), ("March 3, 2021", "2021-03-03"),
        ("Sept 2021", "2021-09-01"), ("31.12.2021", "2021-12-31"), ("12/31/2021", "2021-12-31"),
        ("31/12/2021 14:00", "2021-12-31"), ("5/5/2021", "2021-05-05"), ("", ""), ("n/a", ""), ("Unknown", ""),
    ],
)  # fmt: skip
def test_dates_that_are_read(value, day):
    found, records = dates([value, "2020-01-01"])
    assert found == [day, "2020-01-01"]
    assert problems(records)["problem"].tolist() == ["no table of firms"]


def test_a_year_alone_is_noted_once():
    _, records = dates(["2019", "2020", "2020-05"])
    note = issues(records, "a year, quarter or month for a date")
    assert len(note) == 1
    assert "3 rows" in note.iloc[0]["action"]


def test_day_first_by_evidence():
    found, records = dates(["13/04/2021", "03/04/2021", "05/06/2021"])
    assert found == ["2021-04-13", "2021-04-03", "2021-06-05"]
    rule = issues(records, "day and month in figures").iloc[0]
    assert "day first: 1 different values can only be so" in rule["action"]
    assert "3 rows" in rule["action"]


def test_month_first_by_evidence():
    found, records = dates(["04/13/2021", "03/04/2021"])
    assert found == ["2021-04-13", "2021-03-04"]
    assert "month first" in issues(records, "day and month in figures").iloc[0]["action"]


def test_contradictory_evidence_drops_only_the_unclear():
    found, records = dates(["04/13/2021", "13/04/2021", "03/04/2021", "06/06/2021"])
    assert found == ["2021-04-13", "2021-04-13", "", "2021-06-06"]
    assert issues(records, "day or month first is unclear")["row"].tolist() == [2]


def test_a_stated_date_format_comes_first():
    found, records = dates(["03/04/2021", "2021-05-06", "13/13/2021"], date_format="%m/%d/%Y")
    assert found == ["2021-03-04", "2021-05-06", ""]
    assert "'%m/%d/%Y'" in issues(records, "not a date").iloc[0]["action"]
    assert dates(["03.04.21"], date_format="%d.%m.%y")[0] == ["2021-04-03"]
    with pytest.raises(OptionError, match="date_format"):
        dates(["03.04.21"], date_format="%Q")


def test_open_ends_are_no_end():
    records = ties("a,b,kind,start,end\nx,y,alliance,2020-01-01,present\n")
    assert records.partnerships["end"].isna().all()
    assert issues(records, "a word for an open end")["severity"].tolist() == ["note"]


def test_end_before_start_drops_the_end():
    records = ties("a,b,kind,start,end\nx,y,alliance,2021-05-01,2020-05-01\nx,z,alliance,2021-05-01,2021-05-01\n")
    assert records.partnerships["start"].notna().all()
    assert records.partnerships["end"].isna().tolist() == [True, False]
    issue = issues(records, "end before start").iloc[0]
    assert (issue["row"], issue["value"], issue["column"]) == (0, "2021-05-01 to 2020-05-01", "end")


# ── dirt: numbers ───────────────────────────────────────────────────────────────────────────────────────────────────


def numbers(values: list[str], **options: object) -> tuple[list[float], Records]:
    text = "a,b,kind,value\n" + "".join(f'x,y{i},alliance,"{value}"\n' for i, value in enumerate(values))
    records = ties(text, **options)
    return records.partnerships["value"].tolist(), records


def same(found: list[float], wanted: list[float]) -> bool:
    return np.array_equal(np.array(found), np.array(wanted, dtype=float), equal_nan=True)


NAN = float("nan")


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("-3", "negative number"),
        ("many", "not a number"),
        ("12 apples", "not a number"),
        ("45%", "a share in percent"),
        ("inf", "not a finite number"),
        ("1e400", "not a finite number"),
        ("1,234", "decimal comma or thousands unclear"),
        ("1.2.3", "not a number"),
        ("12k", "not a number"),
    ],
)
def test_bad_numbers_are_dropped_and_the_row_kept(value, problem):
    found, records = numbers([value, "5"])
    assert same(found, [NAN, 5])
    issue = issues(records, problem)
    assert (issue["row"].tolist(), issue["value"].tolist(), issue["severity"].tolist()) == ([0], [value], ["warning"])


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        (["12.5", "3", "1e3", " 7 ", "+2", ".5"], [12.5, 3, 1000, 7, 2, 0.5]),
        (["12,5", "1,234", "3"], [12.5, 1.234, 3]),  # 12,5 can only be a decimal comma
        (["12,5", "1.234", "1.234,50"], [12.5, 1234, 1234.5]),
        (["12.5", "1,234", "1,234,567.5"], [12.5, 1234, 1234567.5]),
        (["1,234,567", "1,234"], [1234567, 1234]),
        (["12,5", "12.5", "1,234", "1.234"], [12.5, 12.5, NAN, NAN]),  # mixed: only the clear ones
        (["1.234", "2"], [1.234, 2]),
        (["€ 1 200", "$5", "7 EUR", "1'000"], [1200, 5, 7, 1000]),
        (["n/a", "-", "unknown", "NaN"], [NAN] * 4),
    ],
)
def test_numbers_that_are_read(values, wanted):
    assert same(numbers(values)[0], wanted)


def test_rules_for_numbers_are_logged():
    _, records = numbers(["12,5", "1,234"])
    note = issues(records, "decimal comma or thousands").iloc[0]
    assert note["severity"] == "note"
    assert "decimal sign" in note["action"]
    assert "2 rows" in note["action"]
    assert issues(numbers(["€5", "1"])[1], "currency sign").iloc[0]["value"] == "€5"
    assert issues(numbers(["n/a", "1"])[1], "a word for nothing")["severity"].tolist() == ["note"]


def test_a_stated_decimal_sign():
    assert same(numbers(["1.234", "12,5", "12.5"], decimal=",")[0], [1234, 12.5, NAN])
    assert same(numbers(["1,234", "12.5", "12,5"], decimal=".")[0], [1234, 12.5, NAN])
    frame = pd.DataFrame({"a": ["x", "x"], "b": ["y", "z"], "kind": "alliance", "value": [12.5, 1.234]})
    found = read_records({"partnerships": frame}, mapping={"partnerships": {"decimal": ","}}).partnerships["value"]
    assert found.tolist() == [12.5, 1.234]  # true numbers are not text with a point
    with pytest.raises(OptionError, match="decimal"):
        numbers(["1"], decimal=";")


def test_strength_of_zero_and_places_off_the_globe():
    records = ties("a,b,kind,strength\nx,y,alliance,0\nx,z,alliance,-1\nx,w,alliance,2\n")
    assert same(records.partnerships["strength"].tolist(), [NAN, NAN, 2])
    firms = pd.DataFrame({"name": ["x", "y"], "lat": ["-41.1", "95"], "lon": ["-181", "8.6"]})
    table = read_records({"firms": firms}).firms
    assert same(table["lat"].tolist(), [-41.1, NAN])
    assert same(table["lon"].tolist(), [NAN, 8.6])


def test_flags():
    records = ties(
        "a,b,kind,formal\n"
        + "".join(f"x,y{i},alliance,{word}\n" for i, word in enumerate(["yes", "Nein", "", "maybe", "contract"]))
    )
    assert records.partnerships["formal"].isna().tolist() == [False, False, True, True, False]
    assert records.partnerships["formal"].dropna().tolist() == [True, False, True]
    assert issues(records, "neither yes nor no")["value"].tolist() == ["maybe"]


# ── dirt: firms and ties ────────────────────────────────────────────────────────────────────────────────────────────


def test_missing_firm_rejects_the_row():
    records = ties("a,b,kind\nx,,alliance\n ,y,alliance\n-,y,alliance\nNA,None,alliance\n")
    assert records.partnerships[["a", "b"]].to_numpy().tolist() == [["NA", "None"]]  # may be names
    assert issues(records, "no firm")["row"].tolist() == [0, 1, 2]
    assert issues(records, "placeholder")["row"].tolist() == [2]
    assert balanced(records)


def test_a_firm_tied_to_itself_is_rejected(tmp_path):
    text = "a,b,kind\nF1,F1,alliance\nHarbor Bakery,HARBOR  bakery,alliance\nF1,Harbor Bakery,supply\nF1,F2,alliance\n"
    records = read_records(folder(tmp_path, firms__csv=FIRMS, partnerships__csv=text))
    assert issues(records, "a firm tied to itself")["row"].tolist() == [2, 3, 4]
    assert records.partnerships["row"].tolist() == [5]
    referrals = pd.DataFrame({"from": ["F1", "Café X"], "to": ["F2", "CAFE-X."]})
    assert read_records({"referrals": referrals}).counts.loc["referrals", "kept"] == 1


def test_ids_that_differ_only_in_case_or_punctuation_stay_apart():
    firms = pd.DataFrame({"firm_id": ["1-1", "11", "aB", "Ab"], "name": ["P", "Q", "R", "S"]})
    pairs = pd.DataFrame({"a": ["1-1", "aB"], "b": ["11", "Ab"], "kind": "alliance"})
    records = read_records({"firms": firms, "partnerships": pairs})
    assert len(records.partnerships) == 2


def test_registry_with_one_id_on_rows_that_differ(tmp_path):
    text = "firm_id,name\nF1,Bakery\nF2,Mill\nF1,Brewery\nF2,Mill\nF3,Inn\n"
    with pytest.raises(RecordsError) as caught:
        read_records(folder(tmp_path, firms__csv=text))
    message = str(caught.value)
    assert "1 ids stand on several rows that differ: 'F1' (row 2 'Bakery', row 4 'Brewery')" in message
    assert "F2" not in message


def test_equal_registry_rows_are_merged(tmp_path):
    records = read_records(folder(tmp_path, firms__csv="firm_id,name\nF1,Bakery\nF1,Bakery\nF1,BAKERY \n"))
    assert records.firms["firm_id"].tolist() == ["F1"]
    assert records.duplicates[["row", "kept_row", "kind"]].to_numpy().tolist() == [[3, 2, "exact"], [4, 2, "near"]]
    assert records.counts.loc["firms"].tolist() == [3, 1, 2, 2]


def test_firms_without_ids_get_them_from_names():
    records = read_records(
        {"firms": pd.DataFrame({"id": ["F1", "", "", ""], "name": ["X", "Y", "Y", ""], "city": list("abcd")})}
    )
    assert records.firms["firm_id"].tolist() == ["F1", "Y", "Y (2)"]
    assert issues(records, "no firm id and no name")["row"].tolist() == [3]
    assert issues(records, "no firm id")["severity"].unique().tolist() == ["note"]
    records = read_records({"firms": pd.DataFrame({"company": ["X", "Y"]})})
    assert records.firms[["firm_id", "name"]].to_numpy().tolist() == [["X", "X"], ["Y", "Y"]]
    assert len(issues(records, "no firm ids")) == 1


def test_a_firm_not_in_the_registry_is_kept_unless_strict(tmp_path):
    path = folder(tmp_path, firms__csv=FIRMS, partnerships__csv=TIES + "F1,Nobody Ltd,alliance,\n")
    assert len(problems(read_records(path))) == 0
    with pytest.raises(RecordsError, match="firm not in the registry 'Nobody Ltd'"):
        read_records(path, strict=True)
    read_records(folder(tmp_path, partnerships__csv=TIES + "F1,cafe muller,alliance,\n"), strict=True)


def test_strict_raises_once_with_all():
    text = "a,b,kind,value\nx,y,alliance,-1\nx,x,alliance,1\nx,z,magic,1\n"
    frame = pd.read_csv(io.StringIO(text), dtype=str)
    with pytest.raises(RecordsError) as caught:
        read_records({"firms": pd.DataFrame({"name": list("xyz")}), "partnerships": frame}, strict=True)
    message = str(caught.value)
    assert "found 3 issues" in message
    assert "negative number" in message
    assert "tied to itself" in message
    assert "unknown kind" in message


# ── dirt: duplicates ────────────────────────────────────────────────────────────────────────────────────────────────


def test_exact_and_near_duplicates_are_kept_once():
    text = (
        "a,b,kind,start,reported_by,note\n"
        "Café Müller,Mill Ltd.,alliance,2021-01-02,x,n\n"
        "Café Müller,Mill Ltd.,alliance,2021-01-02,x,n\n"  # exact
        "MILL LTD,cafe  muller,Strategic Alliance,2021/01/02,X,n\n"  # near: folded, turned round, other spelling
        "Café Müller,Mill Ltd.,alliance,2021-01-02,y,n\n"  # another reporter
        "Café Müller,Mill Ltd.,alliance,2021-01-03,x,n\n"  # another day
        "Café Müller,Mill Ltd.,alliance,2021-01-02,x,m\n"  # another note
        "Café Müller,Mill Ltd.,supply,2021-01-02,x,n\n"
        "Mill Ltd.,Café Müller,supply,2021-01-02,x,n\n"  # supply has a direction
    )
    records = ties(text)
    assert records.partnerships["row"].tolist() == [0, 3, 4, 5, 6, 7]
    assert records.duplicates.to_numpy().tolist() == [["partnerships", 1, 0, "exact"], ["partnerships", 2, 0, "near"]]
    assert records.counts.loc["partnerships"].tolist() == [8, 6, 2, 2]
    assert issues(records, "near duplicate").iloc[0]["action"] == "kept once, as row 0"
    assert balanced(records)


def test_a_reversed_kind_is_a_near_duplicate_of_its_mirror():
    records = ties("a,b,kind\nx,y,supplier\ny,x,customer of\n")
    assert records.partnerships[["a", "b"]].to_numpy().tolist() == [["x", "y"]]
    assert records.duplicates["kind"].tolist() == ["near"]


def test_unreadable_dates_do_not_make_duplicates():
    records = ties("a,b,kind,start\nx,y,alliance,31/02/2021\nx,y,alliance,30/02/2021\n")
    assert len(records.partnerships) == 2


def test_an_id_and_the_name_it_stands_for_make_a_near_duplicate(tmp_path):
    text = "record,a,b,kind\n1,F1,F2,alliance\n2,Harbor Bakery,cafe muller,alliance\n"
    records = read_records(folder(tmp_path, firms__csv=FIRMS, partnerships__csv=text))
    assert records.partnerships["record"].tolist() == ["1"]


def test_one_record_id_on_rows_that_differ_keeps_both():
    records = ties("id,a,b,kind\n7,x,y,alliance\n7,x,z,alliance\n8,x,w,alliance\n")
    assert len(records.partnerships) == 3
    assert issues(records, "one record id on rows that differ")["row"].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("rows", "problem", "named"),
    [
        ("x,y,supply,x,,,5\ny,x,supply,y,,,\n", "each side tells the other direction", [0, 1]),
        ("x,y,supply,x,,,\nx,y,customer of,y,,,\n", "each side tells the other direction", [0, 1]),
        ("x,y,alliance,x,,,\ny,x,joint venture,y,,,\n", "each side tells another kind", [0, 1]),
        ("x,y,alliance,x,2015,2016,\ny,x,alliance,y,2019,,\n", "the two sides tell times that do not meet", [0, 1]),
        # No contradiction: the other says the same too, another time, one reporter, nobody's report, a third party.
        ("x,y,supply,x,,,5\ny,x,supply,y,,,\nx,y,supply,y,,,\n", "", []),
        ("x,y,supply,x,2015,2016,\ny,x,supply,y,2019,,\n", "", []),
        ("x,y,supply,x,,,\ny,x,supply,x,,,\n", "", []),
        ("x,y,supply,x,,,\ny,x,supply,,,,\n", "", []),
        ("x,y,supply,x,,,\ny,x,supply,z,,,\n", "", []),
        ("x,y,refers to,x,,,\ny,x,refers to,y,,,\n", "", []),
        ("x,y,alliance,x,,2016,\nx,y,alliance,y,2015,,\nx,y,supply,y,,,\n", "", []),
    ],
)
def test_sides_that_contradict_each_other_are_named(rows, problem, named):
    records = ties(f"a,b,kind,reported_by,start,end,value\n{rows}")
    assert len(records.partnerships) == rows.count("\n")  # nobody else can say who is right
    found = records.issues[records.issues["problem"].str.contains("sides? tell")]
    assert found["row"].tolist() == named
    assert set(found["problem"]) == ({problem} if named else set())
    assert [text[-5:] for text in found["action"]] == [f"row {row}" for row in reversed(named)]
    assert set(found["severity"]) <= {"warning" if "direction" in problem else "note"}  # firms may deal in two ways


def test_referrals_without_date_or_id_are_events_of_their_own():
    frame = pd.DataFrame(
        {
            "from": ["x"] * 6,
            "to": ["y"] * 6,
            "date": ["", "", "2021-01-01", "2021-01-01", "", ""],
            "id": ["", "", "", "", "r1", "r1"],
        }
    )
    records = read_records({"referrals": frame})
    assert records.referrals["row"].tolist() == [0, 1, 2, 4]
    assert records.referrals["record"].tolist() == ["referrals:0", "referrals:1", "referrals:2", "r1"]
    frame = pd.DataFrame({"from": ["x", "x"], "to": ["y", "y"], "date": "2021-01-01", "id": ["r1", "r2"]})
    assert len(read_records({"referrals": frame}).referrals) == 2


# ── groups and agreements ───────────────────────────────────────────────────────────────────────────────────────────


def test_partnerships_of_one_firm_per_row_are_groups(tmp_path):
    text = "group_id,firm,kind\ng1,F1,JV\ng1,F2,JV\ng1,F2,JV\n"
    records = read_records(folder(tmp_path, firms__csv=FIRMS, partnerships__csv=text))
    assert records.groups[["group_id", "firm", "kind"]].to_numpy().tolist() == [
        ["g1", "F1", "joint_venture"], ["g1", "F2", "joint_venture"],
    ]  # fmt: skip
    assert records.counts.loc["groups"].tolist() == [3, 2, 1, 1]
    assert len(records.partnerships) == 0
    with pytest.raises(RecordsError, match="which is given too"):
        read_records(folder(tmp_path, groups__csv=text))


def test_agreements_fill_what_memberships_leave_out():
    groups = pd.DataFrame(
        {
            "group": ["g1", "g1", "g2", "g3"],
            "member": list("xyxy"),
            "from": ["2020-05-01", "", "", ""],
            "until": ["", "2019-01-01", "", ""],
        }
    )
    agreements = pd.DataFrame(
        {
            "id": ["g1", "g2", "g2", "g4"],
            "type": ["JV", "coop", "coop", "magic"],
            "start": ["2018-01-01", "2019", "2020", ""],
            "end": ["2022-01-01", "", "", ""],
            "budget": [5, 6, 6, 7],
        }
    )
    records = read_records({"groups": groups, "agreements": agreements})
    table = records.groups.set_index(["group_id", "firm"])
    assert table["kind"].tolist() == ["joint_venture", "joint_venture", "cooperative"]
    assert table["start"].dt.strftime("%Y-%m-%d").tolist() == ["2020-05-01", "2018-01-01", "2019-01-01"]
    assert table["end"].dt.strftime("%Y-%m-%d").fillna("").tolist() == ["2022-01-01", "2019-01-01", ""]
    assert table["value"].tolist() == [5, 5, 6]
    assert issues(records, "no kind")["row"].tolist() == [3]
    assert issues(records, "a group has two rows that differ")["row"].tolist() == [2]
    assert issues(records, "unknown kind")["severity"].tolist() == ["warning"]
    assert balanced(records)


def test_groups_without_any_kind_say_how_to_give_one():
    with pytest.raises(RecordsError, match=r"no column for kind.*constants"):
        read_records({"groups": pd.DataFrame({"group_id": ["g"], "firm": ["x"]})})
    mapping = {"groups": {"constants": {"kind": "coop"}}}
    records = read_records({"groups": pd.DataFrame({"group_id": ["g"], "firm": ["x"]})}, mapping=mapping)
    assert records.groups["kind"].tolist() == ["cooperative"]


def test_capabilities_and_outcomes():
    skills = pd.DataFrame(
        {"firm": ["x", "x", "x", ""], "skill": ["Baking", "baking", "", "Milling"], "level": [1, 1, 2, 3]}
    )
    results = pd.DataFrame(
        {"company": ["x", "x"], "year": [2020, 2021.0], "turnover": ["5", "-1"], "closed": ["no", "yes"]}
    )
    records = read_records({"skills": skills, "outcomes": results})
    assert records.capabilities[["firm_id", "tag", "weight"]].to_numpy().tolist() == [["x", "Baking", 1.0]]
    assert records.duplicates["kind"].tolist() == ["near"]
    assert records.outcomes["period"].tolist() == ["2020", "2021"]
    assert same(records.outcomes["revenue"].tolist(), [5, NAN])
    assert records.outcomes["exit"].tolist() == [False, True]


# ── columns ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_columns_in_other_words_are_logged_and_overridable():
    text = "Company 1;Company 2;Relationship type;Since;Nr\nx;y;JV;2020;7\n"
    frame = pd.read_csv(io.StringIO(text), sep=";", dtype=str)
    records = read_records({"partnerships": frame})
    assert records.partnerships.loc[0, ["a", "b", "kind", "record"]].tolist() == ["x", "y", "joint_venture", "7"]
    log = issues(records, "column in other words")
    assert log["severity"].unique().tolist() == ["note"]
    assert dict(zip(log["value"], log["action"], strict=True)) == {
        "Company 1": "read as a", "Company 2": "read as b", "Relationship type": "read as kind",
        "Since": "read as start", "Nr": "read as record",
    }  # fmt: skip
    assert log["row"].isna().all()
    mapping = {"partnerships": {"columns": {"a": "Company 2", "b": "company 1", "end": "Since"}}}
    turned = read_records({"partnerships": frame}, mapping=mapping).partnerships
    assert turned.loc[0, ["a", "b"]].tolist() == ["y", "x"]
    assert turned["end"].notna().all()
    assert turned["start"].isna().all()


def test_a_canonical_column_wins_over_synonyms():
    frame = pd.DataFrame({"label": ["L"], "company": ["C"], "name": ["N"], "industry": ["i"], "branch": ["b"]})
    records = read_records({"firms": frame})
    assert records.firms.loc[0, ["name", "sector", "company", "branch"]].tolist() == ["N", "i", "C", "b"]
    issue = issues(records, "another column that could be sector").iloc[0]
    assert (issue["value"], issue["severity"]) == ("branch", "warning")


def test_two_columns_for_a_required_firm_need_a_mapping():
    with pytest.raises(RecordsError, match="2 columns could be a: 'company', 'organization'"):
        ties("company,organization,partner,kind\nx,q,y,alliance\n")
    records = ties("firm a id,firm a name,firm b id,firm b name,kind\n1,x,2,y,alliance\n")
    assert records.partnerships.loc[0, ["a", "b", "firm a name"]].tolist() == ["1", "2", "x"]


def test_from_and_to_are_dates_where_the_firms_are_named():
    records = ties("firm_a,firm_b,kind,from,to\nx,y,alliance,2020-01-01,2021-01-01\n")
    assert records.partnerships["end"].tolist() == [pd.Timestamp("2021-01-01")]
    records = ties("from,to,kind\nx,y,alliance\n")
    assert records.partnerships.loc[0, ["a", "b"]].tolist() == ["x", "y"]


def test_extra_columns_stay_as_text_and_never_hide_canonical_ones():
    frame = pd.DataFrame({"name": ["x"], "row": [9], "employees": [3], "note": ["=1+1"], "staff": [4], 5: [1.5]})
    table = read_records({"firms": frame}).firms
    assert table["row"].tolist() == [0]
    assert table["employees"].tolist() == [3.0]
    assert table.loc[0, ["row (extra)", "staff", "5", "note"]].tolist() == ["9", "4", "1.5", "=1+1"]
    assert str(table["staff"].dtype) == "str"


def test_repeated_and_blank_headers(tmp_path):
    text = "name,city,city,,\nx,p,q,r,\n"
    records = read_records(folder(tmp_path, firms__csv=text))
    assert records.firms.loc[0, ["city", "city (2)", "column 4"]].tolist() == ["p", "q", "r"]


def test_a_third_partner_column_is_warned_of():
    records = ties("partner 1,partner 2,partner 3,kind\nx,y,z,JV\n")
    assert issues(records, "column of a further partner")["value"].tolist() == ["partner 3"]


def test_whole_number_ids_lose_their_point():
    frame = pd.DataFrame({"a": [1001.0, np.nan, 1003.0], "b": ["1002.0", "x", "1.5"], "kind": "alliance"})
    records = read_records({"partnerships": frame})
    assert records.partnerships[["a", "b"]].to_numpy().tolist() == [["1001", "1002"], ["1003", "1.5"]]


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"companies": {}}, "Did you mean 'firms'"),
        ({"firms": {"colums": {}}}, "Did you mean 'columns'"),
        ({"firms": {"columns": {"nmae": "x"}}}, "Did you mean 'name'"),
        ({"firms": {"columns": "x"}}, "must be a dictionary"),
        ({"firms": "x"}, "give a dictionary"),
        ({"partnerships": {"kinds": {"x": "friends"}}}, "reads 'x' as 'friends'"),
        ({"partnerships": {"constants": {"kind": "friends"}}}, "sets kind to 'friends'"),
        ({"firms": {"delimiter": ";;"}}, "delimiter"),
        ({"firms": {"encoding": "klingon"}}, "encoding 'klingon' is unknown"),
        ({"firms": {"file": "../firms.csv"}}, "plain name"),
        ({"firms": {"file": "/etc/passwd"}}, "plain name"),
        ({"firms": {"file": "sub/firms.csv"}}, "plain name"),
        ({"firms": {"file": "c:\\firms.csv"}}, "plain name"),
        ({"firms": {"file": ".."}}, "plain name"),
    ],
)
def test_a_mapping_that_is_not_understood(tmp_path, mapping, message):
    with pytest.raises(OptionError, match=message.replace("\\", "\\\\")):
        read_records(folder(tmp_path, firms__csv=FIRMS), mapping=mapping)


def test_a_mapped_column_or_file_that_is_absent(tmp_path):
    path = folder(tmp_path, firms__csv=FIRMS)
    with pytest.raises(RecordsError, match=r"mapping says name is 'nam'.*Did you mean 'name'"):
        read_records(path, mapping={"firms": {"columns": {"name": "nam"}}})
    with pytest.raises(RecordsError, match=r"'firm.csv', which the folder does not hold.*Did you mean 'firms.csv'"):
        read_records(path, mapping={"firms": {"file": "firm.csv"}})


# ── files ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252"])
def test_delimiters_and_encodings(tmp_path, delimiter, encoding):
    text = 'name;city;employees\nCafé Müller;Köln;12\n"Smith; Sons, Ltd | Co";Porto;3\n'
    text = text.replace('"Smith; Sons, Ltd | Co"', "@").replace(";", delimiter).replace("@", '"Smith; Sons, Ltd | Co"')
    records = read_records(folder(tmp_path, firms__csv=text.encode(encoding)))
    assert records.firms["name"].tolist() == ["Café Müller", "Smith; Sons, Ltd | Co"]
    assert records.firms["city"].tolist() == ["Köln", "Porto"]
    assert records.firms["employees"].tolist() == [12, 3]
    said = issues(records, "text encoding")
    assert len(said) == (0 if encoding.startswith("utf-8") else 1)
    source = records.settings.parameters["sources"]["firms"]
    assert source["delimiter"] == delimiter
    assert source["encoding"] == encoding


def test_a_few_bad_bytes_do_not_spoil_a_utf8_file(tmp_path):
    text = "name\nCafé Müller\nBöse".encode() + b"\xff" + "\nÄrger\nÖl\n".encode()
    records = read_records(folder(tmp_path, firms__csv=text))
    assert records.firms["name"].tolist() == ["Café Müller", "Böse\ufffd", "Ärger", "Öl"]
    assert issues(records, "unreadable bytes")["row"].tolist() == [3]


def test_a_stated_encoding(tmp_path):
    path = folder(tmp_path, firms__csv="name\nŁódź\n".encode("cp1250"))
    assert read_records(path, mapping={"firms": {"encoding": "cp1250"}}).firms["name"].tolist() == ["Łódź"]


def test_decimal_commas_do_not_fool_the_delimiter(tmp_path):
    text = "name;lat;lon\nx;41,15;-8,61\ny;41,2;-8,7\n"
    table = read_records(folder(tmp_path, firms__csv=text)).firms
    assert table["lat"].tolist() == [41.15, 41.2]
    assert table["lon"].tolist() == [-8.61, -8.7]


def test_one_column_with_commas_in_names(tmp_path):
    records = read_records(folder(tmp_path, firms__csv="name\nAcme, Inc.\nMill, Sons, Ltd\n"))
    assert records.firms["name"].tolist() == ["Acme, Inc.", "Mill, Sons, Ltd"]


def test_figures_stay_text_where_the_column_is_text(tmp_path):
    records = read_records(folder(tmp_path, firms__csv="firm_id,name\n007,1\n008,2\n"))
    assert records.firms["firm_id"].tolist() == ["007", "008"]


def test_only_an_empty_cell_is_missing(tmp_path):
    records = read_records(folder(tmp_path, firms__csv="name,city\nNA,null\nNone,\nnan,NaN\n"))
    assert records.firms["name"].tolist() == ["NA", "None", "nan"]
    assert records.firms["city"].isna().tolist() == [False, True, False]


def test_a_title_above_the_header_and_blank_rows(tmp_path):
    text = "Registry of the harbor,,\n,,\nfirm_id,name,city\nF1,x,p\n,,\n\nF2,y,q\n\n\n"
    records = read_records(folder(tmp_path, firms__csv=text))
    assert records.firms["row"].tolist() == [4, 7]
    assert "row 3 is the header" in issues(records, "header").iloc[0]["action"]
    assert "2 blank rows are no records: 5, 6" in issues(records, "blank rows").iloc[0]["action"]
    assert records.counts.loc["firms", "read"] == 2


def test_excel_sep_line_is_hidden_as_excel_hides_it(tmp_path):
    records = read_records(folder(tmp_path, firms__csv="sep=;\r\nname;city\r\nx;a,b\r\n"))
    assert records.firms.loc[0, ["name", "city", "row"]].tolist() == ["x", "a,b", 2]


def test_ragged_rows(tmp_path):
    text = "firm_id,name,city\nF1,x,p\nF2,Acme, Inc.,q\nF3,z\nF4,w,r,,\n"
    records = read_records(folder(tmp_path, firms__csv=text))
    assert records.firms["firm_id"].tolist() == ["F1", "F3", "F4"]
    assert records.firms["row"].tolist() == [2, 4, 5]
    long = issues(records, "more cells than the header").iloc[0]
    assert (long["row"], long["severity"], long["value"]) == (3, "error", "F2,Acme, Inc.,q")
    assert "a comma in double quotes" in long["action"]
    assert issues(records, "fewer cells than the header")["row"].tolist() == [4]
    assert records.counts.loc["firms"].tolist() == [4, 3, 1, 0]
    assert balanced(records)


def test_quotes_within_and_over_lines(tmp_path):
    text = 'name,city\n"The ""Old"" Mill","Gaia,\nNorte"\n"x",y\n'
    records = read_records(folder(tmp_path, firms__csv=text))
    assert records.firms["name"].tolist() == ['The "Old" Mill', "x"]
    assert records.firms["city"].tolist() == ["Gaia, Norte", "y"]
    assert records.firms["row"].tolist() == [2, 3]  # records, as a spreadsheet shows them


def test_a_stray_quote_costs_one_row_and_not_the_file(tmp_path):
    rows = "".join(f"F{i},firm {i}\n" for i in range(3, 80))
    records = read_records(folder(tmp_path, firms__csv='firm_id,name\nF1,"Acme\nF2,5" Pipes\n' + rows))
    assert len(records.firms) == 79
    assert records.firms["name"].tolist()[:3] == ["Acme", '5" Pipes', "firm 3"]
    assert issues(records, "quote that is never closed")["row"].tolist() == [2]


def test_nul_bytes_mixed_line_ends_controls(tmp_path):
    data = b"firm_id,name\r\nF1,Ac\0me\rF2,Mi\x07ll\nF3,\x1b[31mRed\r\nF4,ok\n"
    records = read_records(folder(tmp_path, firms__csv=data))
    assert records.firms["name"].tolist() == ["Acme", "Mill", "[31mRed", "ok"]
    assert issues(records, "NUL byte")["row"].tolist() == [2]
    assert issues(records, "control character")["row"].tolist() == [3, 4]
    assert len(issues(records, "mixed line ends")) == 1
    assert "\x1b" not in report_text(records)


def test_a_million_character_cell(tmp_path):
    records = read_records(folder(tmp_path, firms__csv="firm_id,name\nF1," + "x" * 1_000_000 + "\nF2,y\n"))
    assert records.firms["name"].str.len().tolist() == [10_000, 1]
    issue = issues(records, "cell too long").iloc[0]
    assert issue["row"] == 2
    assert len(issue["value"]) < 200
    quoted = read_records(folder(tmp_path, firms__csv='firm_id,name\nF1,"a"b' + "x" * 1_000_000 + "\nF2,y,z\n"))
    assert quoted.counts.loc["firms"].tolist() == [2, 1, 1, 0]


def test_emoji_right_to_left_and_hidden_marks(tmp_path):
    names = [
        "👩‍💻 Code",
        "شركة الميناء",
        "می‌خواهم",
        "\u202eevil\u202c",
        "Zero\u200bWidth",
        "Cafe\u0301",
        "  a \u00a0 b  ",
    ]
    records = read_records(folder(tmp_path, firms__csv="name\n" + "\n".join(names) + "\n"))
    assert records.firms["name"].tolist() == [*names[:3], "evil", "ZeroWidth", "Café", "a b"]
    assert issues(records, "invisible or direction mark")["row"].tolist() == [5, 6]


def test_binary_files_are_refused(tmp_path):
    for content, message in [
        (b"PK\x03\x04rest", "workbook or archive"), (b"\x1f\x8b\x08rest", "not a text file"),
        (b"\x89PNG\r\n", "not a text file"),
        (bytes(range(256)) * 20 + b"\0" * 3000, "not a text file"),
    ]:  # fmt: skip
        with pytest.raises(RecordsError, match=message):
            read_records(folder(tmp_path, firms__csv=content))


def test_unknown_files_are_named_and_never_read(tmp_path):
    path = folder(tmp_path, firms__csv=FIRMS, holiday__jpg=b"\xff\xd8", answers__csv="a,b\n1,2\n", _hidden="x")
    (path / "sub").mkdir()
    (path / ".git").mkdir()
    records = read_records(path)
    assert issues(records, "file that names no table")["value"].tolist() == ["_hidden", "answers.csv", "holiday.jpg"]
    assert issues(records, "a folder beside the tables")["value"].tolist() == ["sub"]


def test_links_out_of_the_folder_are_not_followed(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "in").mkdir()
    secret = folder(tmp_path / "out", firms__csv=FIRMS) / "firms.csv"
    inside = folder(tmp_path / "in", partnerships__csv=TIES)
    (inside / "firms.csv").symlink_to(secret)
    records = read_records(inside)
    assert len(records.firms) == 0
    assert issues(records, "a link out of the folder beside the tables")["value"].tolist() == ["firms.csv"]
    with pytest.raises(RecordsError, match="a link out of the folder"):
        read_records(inside, mapping={"firms": {"file": "firms.csv"}})


def test_file_names_in_other_words(tmp_path):
    records = read_records(folder(tmp_path, Companies_2021__csv=FIRMS, alliances__tsv=TIES.replace(",", "\t")))
    assert records.counts["kept"].to_dict() == {"firms": 3, "partnerships": 2}


def test_a_canonical_file_name_wins_and_the_other_is_named(tmp_path):
    records = read_records(folder(tmp_path, firms__csv=FIRMS, companies__csv="name\nx\n"))
    assert len(records.firms) == 3
    issue = issues(records, "another source of the table").iloc[0]
    assert (issue["value"], issue["severity"]) == ("companies.csv", "warning")
    (tmp_path / "firms.csv").unlink()
    with pytest.raises(RecordsError, match=r"several sources could be firms: 'companies.csv', 'registry.csv'"):
        read_records(folder(tmp_path, registry__csv="name\nx\n"))
    mapping = {"firms": {"file": "registry.csv"}}
    assert read_records(tmp_path, mapping=mapping).firms["name"].tolist() == ["x"]


def test_single_files_and_lists_of_files(tmp_path):
    path = folder(tmp_path, firms__csv=FIRMS, ties__csv=TIES, stuff__csv=FIRMS)
    assert len(read_records(path / "firms.csv").firms) == 3
    assert len(read_records([path / "firms.csv", str(path / "ties.csv")]).partnerships) == 2
    assert len(read_records({"firms": path / "stuff.csv"}).firms) == 3
    assert len(read_records(path / "stuff.csv", mapping={"firms": {}}).firms) == 3
    with pytest.raises(RecordsError, match="does not tell which table"):
        read_records(path / "stuff.csv")
    with pytest.raises(RecordsError, match=r"no table.*Did you mean 'firms'"):
        read_records({"fimrs": path / "firms.csv"})
    for source in (None, 5, [], {}, {"firms": 5}, {"firms": None}):
        with pytest.raises(RecordsError):
            read_records(source)


# ── workbooks ───────────────────────────────────────────────────────────────────────────────────────────────────────


def workbook(path: Path, **sheets: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_workbook_with_named_sheets(tmp_path):
    day = pd.Timestamp("2021-03-04").to_pydatetime()
    path = workbook(
        tmp_path / "cluster.xlsx",
        Companies=[
            ["List of 2021"], [], ["ID", "Name", "Founded", "Staff"],
            [1001, "x", 1999, 12.5], [None], [1002.0, "y", day, "1e3"],
        ],
        partnerships=[
            ["a", "b", "kind", "start"],
            [1001, 1002, "JV", day], [1001, 1002, "supplier", "2021-05-06"], [1001, "#N/A", "JV", None],
        ],
        Notes=[["hello"]],
    )  # fmt: skip
    records = read_records(path)
    assert records.firms[["firm_id", "name", "row"]].to_numpy().tolist() == [["1001", "x", 4], ["1002", "y", 6]]
    assert records.firms["founded"].tolist() == [pd.Timestamp("1999-01-01"), pd.Timestamp("2021-03-04")]
    assert records.firms["employees"].tolist() == [12.5, 1000]
    assert records.partnerships["a"].tolist() == ["1001", "1001"]
    assert records.partnerships["start"].tolist() == [pd.Timestamp("2021-03-04"), pd.Timestamp("2021-05-06")]
    assert "1 cells of the workbook" in issues(records, "formula errors")["action"].iloc[0]
    assert issues(records, "no firm")["row"].tolist() == [4]
    assert records.settings.parameters["sources"]["firms"]["sheet"] == "Companies"
    assert balanced(records)


def test_workbook_in_a_folder_and_by_mapping(tmp_path):
    folder(tmp_path, firms__csv=FIRMS)
    workbook(tmp_path / "all.xlsx", firms=[["name"], ["q"]], referrals=[["from", "to"], ["F1", "F2"]])
    records = read_records(tmp_path)
    assert len(records.firms) == 3
    assert len(records.referrals) == 1
    assert issues(records, "another source of the table")["severity"].tolist() == ["note"]
    mapping = {"firms": {"file": "all.xlsx", "sheet": "firms"}}
    assert read_records(tmp_path, mapping=mapping).firms["name"].tolist() == ["q"]
    with pytest.raises(RecordsError, match=r"no sheet 'firm'; it has 'firms', 'referrals'"):
        read_records(tmp_path, mapping={"firms": {"file": "all.xlsx", "sheet": "firm"}})


def test_workbook_without_known_sheets(tmp_path):
    path = workbook(tmp_path / "stuff.xlsx", Frms=[["name"], ["q"]], Other=[["x"]])
    with pytest.raises(RecordsError, match=r"sheets found: 'Frms', 'Other'.*Did you mean 'firms'"):
        read_records(path)
    assert read_records(path, mapping={"firms": {"sheet": "Frms"}}).firms["name"].tolist() == ["q"]
    assert read_records(path.rename(tmp_path / "firms.xlsx")).firms["name"].tolist() == ["q"]


def test_a_cell_far_out_is_refused_before_memory_is_taken(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "firms"
    book.active["A1"] = "name"
    book.active["XFD1048576"] = "far"
    book.save(tmp_path / "firms.xlsx")
    with pytest.raises(RecordsError, match=r"row 1,048,576 and column 16,384"):
        read_records(tmp_path / "firms.xlsx")


def test_a_zip_bomb_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "firms.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0")
    data = bytearray((tmp_path / "firms.xlsx").read_bytes())
    place = data.index(b"PK\x01\x02") + 24  # the uncompressed size in the directory
    data[place : place + 4] = struct.pack("<I", 3_000_000_000)
    (tmp_path / "firms.xlsx").write_bytes(bytes(data))
    with pytest.raises(RecordsError, match="unpacks to 3,000,000,000 bytes"):
        read_records(tmp_path / "firms.xlsx")


# ── frames and Parquet ──────────────────────────────────────────────────────────────────────────────────────────────


def plain() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "a": ["x", "y", None], "b": ["y", "z", "w"], "kind": ["JV", "supplier", "coop"],
            "start": pd.to_datetime(["2021-01-02", None, "2021-03-04"]), "value": [1.5, None, 3.0],
            "formal": pd.array([True, None, False], dtype="boolean"),
        }
    )  # fmt: skip


def test_frames_of_every_engine_give_the_same_tables():
    import duckdb
    import polars as pl

    frame = plain()
    want = read_records({"partnerships": frame})
    assert want.partnerships["value"].isna().tolist() == [False, True]
    assert want.partnerships["start"].tolist() == [pd.Timestamp("2021-01-02"), pd.NaT]
    assert want.partnerships["formal"].isna().tolist() == [False, True]
    relation = duckdb.sql("select * from frame")
    for other in (pl.from_pandas(frame), pl.from_pandas(frame).lazy(), relation, frame.astype({"kind": "category"})):
        found = read_records({"partnerships": other})
        pd.testing.assert_frame_equal(found.partnerships, want.partnerships)
        assert found.issues["problem"].tolist() == want.issues["problem"].tolist()


def test_pandas_frames_backed_by_arrow_and_nullable_types():
    want = read_records({"partnerships": plain()}).partnerships
    for backend in ("pyarrow", "numpy_nullable"):
        found = read_records({"partnerships": plain().convert_dtypes(dtype_backend=backend)}).partnerships
        pd.testing.assert_frame_equal(found, want)
    zoned = plain().assign(start=plain()["start"].dt.tz_localize("Asia/Tokyo"))
    pd.testing.assert_frame_equal(read_records({"partnerships": zoned}).partnerships, want)


def test_polars_dates_integers_and_nulls():
    import datetime as dt

    import polars as pl

    frame = pl.DataFrame(
        {"name": ["x", "y"], "founded": [dt.date(1999, 5, 1), None], "employees": [3, None], "id": [7, 8]}
    )
    table = read_records({"firms": frame}).firms
    assert table["founded"].tolist() == [pd.Timestamp("1999-05-01"), pd.NaT]
    assert same(table["employees"].tolist(), [3, NAN])
    assert table["firm_id"].tolist() == ["7", "8"]


def test_the_callers_frame_is_not_changed_and_a_named_index_is_a_column():
    frame = pd.DataFrame({"name": [" x "], "employees": ["-1"]}, index=pd.Index(["F1"], name="firm_id"))
    before = frame.copy(deep=True)
    assert read_records({"firms": frame}).firms["firm_id"].tolist() == ["F1"]
    pd.testing.assert_frame_equal(frame, before)


def test_odd_objects_in_a_frame():
    frame = pd.DataFrame({"name": ["x", 5, 2.0, True, ["l"]], "city": [pd.NA, None, NAN, pd.NaT, b"y"]})
    table = read_records({"firms": frame}).firms
    assert table["name"].tolist() == ["x", "5", "2", "true", "['l']"]
    assert table["city"].isna().tolist() == [True, True, True, True, False]


def test_parquet_with_plain_dates(tmp_path):
    import datetime as dt

    import pyarrow as pa
    from pyarrow import parquet

    table = pa.table(
        {
            "a": ["x", "y"], "b": ["y", "z"], "kind": pa.array(["JV", "coop"]).dictionary_encode(),
            "start": pa.array([dt.date(2021, 1, 2), None], pa.date32()),
            "value": pa.array([1, None], pa.decimal128(5, 2)),
        }
    )  # fmt: skip
    parquet.write_table(table, tmp_path / "partnerships.parquet")
    found = read_records(tmp_path).partnerships
    assert str(found["start"].dtype) == "datetime64[us]"
    assert found["start"].tolist() == [pd.Timestamp("2021-01-02"), pd.NaT]
    assert same(found["value"].tolist(), [1, NAN])
    assert found["kind"].tolist() == ["joint_venture", "cooperative"]
    assert found["row"].tolist() == [2, 3]
    (tmp_path / "partnerships.parquet").write_bytes(b"PAR1garbage")
    with pytest.raises(RecordsError, match="cannot be read as Parquet"):
        read_records(tmp_path)


def test_parquet_without_pyarrow_names_the_extra(tmp_path, monkeypatch):
    folder(tmp_path, firms__parquet=b"PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'clusternet\[scale\]'"):
        read_records(tmp_path)


# ── nothing in a record becomes code, markup, formula or path ───────────────────────────────────────────────────────

NASTY = [
    '=HYPERLINK("http://x")',
    "+1+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "-2+3",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "{{7*7}}",
    "%s%n",
]


def test_nasty_names_stay_text(tmp_path):
    frame = pd.DataFrame({"name": NASTY})
    records = read_records({"firms": frame})
    assert records.firms["name"].tolist() == NASTY
    assert "<script>" not in records._repr_html_()
    text = report_text(read_records({"firms": pd.DataFrame({"name": NASTY, "<b>\x1b[2J": "x"})}))
    assert "\x1b" not in text
    cells = safe_cells(records.firms)["name"].tolist()
    assert [cell[0] for cell in cells[:4]] == ["'"] * 4
    assert cells[4:] == NASTY[4:]
    safe_cells(records.firms).to_excel(tmp_path / "out.xlsx", index=False)
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {
        "s",
        "n",
        "d",
        "inlineStr",
    }  # never "f", a formula


def test_issues_escape_and_are_safe_to_export():
    records = ties("a,b,kind\nx,y,<b>\nx,y,=cmd()\n")
    page = records._repr_html_()
    assert "<b>" not in page
    assert "&lt;b&gt;" in page
    assert safe_cells(records.issues)["value"].dropna().tolist() == ["<b>", "'=cmd()"]


# ── telling ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_report_text_tells_columns_counts_issues_and_next_steps(tmp_path):
    twice = "F1;F2;JV;03/04/2021;good\n"
    text = f"Firm A;Firm B;Type;Since;Mood\n{twice}F1;F3;magic;;bad\nF2;F2;coop;;\n{twice}"
    records = read_records(folder(tmp_path, firms__csv=FIRMS, partnerships__csv=text))
    told = report_text(records)
    row = next(line for line in told.splitlines() if line.strip().startswith("partnerships "))
    assert row.split() == ["partnerships", "4", "1", "3", "1"]
    assert "a            Firm A" in told
    assert "kept as is:  Mood" in told
    assert "not given:   record, end, strength" in told
    assert "unknown kind, 1 row" in told
    assert "row 3 'magic'" in told
    assert "a firm tied to itself" in told
    assert "exact duplicate" in told
    assert "State `date_format`" in told
    assert told.isascii() or "é" in told
    assert problems(records)["severity"].isin(["warning", "error"]).all()


# ── properties ──────────────────────────────────────────────────────────────────────────────────────────────────────

CELLS = st.one_of(
    st.sampled_from(
        [
            "", " ", "F1", "F2", "f 1", "NA", "JV", "alliance", "customer", "2021-01-02", "03/04/2021", "31/02/2021",
            "12,5", "1,234", "1e999", "-1", "yes", "x" * 50, '"', "a\nb", "\0", "=1", "\u202e", "-",
        ]
    ),
    st.text(max_size=12),
)  # fmt: skip
MANY = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@MANY
@given(data=st.data())
def test_rows_read_are_kept_or_rejected(data):
    tables = data.draw(
        st.lists(st.sampled_from([name for name in SCHEMA if name != "firms"]), min_size=1, max_size=3, unique=True)
    )
    frames = {}
    for table in tables:
        columns = list(REQUIRED[table]) + [name for name in SCHEMA[table] if name not in REQUIRED[table]]
        rows = data.draw(
            st.lists(st.lists(CELLS, min_size=len(columns), max_size=len(columns)), min_size=1, max_size=12)
        )
        frames[table] = pd.DataFrame(rows, columns=columns, dtype=object)
    records, refusal = attempt(frames)
    if records is None:
        assert "empty" in refusal  # nothing but blank cells
        return
    assert balanced(records)
    for table in frames:
        kept = getattr(records, table)
        assert kept["row"].is_monotonic_increasing
        for name in REQUIRED[table]:
            assert kept[name].notna().all()
        assert kept.select_dtypes("float").ge(0).where(kept.select_dtypes("float").notna(), other=True).all(axis=None)
    assert isinstance(report_text(records), str)


@MANY
@given(rows=st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=12))
def test_a_registry_of_garbage_is_read_or_refused(rows):
    records, refusal = attempt({"firms": pd.DataFrame(rows, columns=["firm_id", "name"], dtype=object)})
    if records is None:
        assert "rows that differ" in refusal or "empty" in refusal
        return
    assert balanced(records)
    assert records.firms["firm_id"].is_unique
    assert records.firms["firm_id"].notna().all()


@MANY
@given(
    content=st.one_of(
        st.binary(max_size=300),
        st.binary(max_size=200).map(lambda data: b"firm_id,name\nF1,x\n" + data),
        st.text(alphabet='abFN,;\t"\n\r\0 é', max_size=200).map(lambda text: ("name,city\n" + text).encode()),
    ),
    name=st.sampled_from(["firms.csv", "firms.tsv", "firms.xlsx", "firms.xls", "firms.parquet"]),
)
def test_bytes_are_read_or_refused_never_a_traceback(tmp_path_factory, content, name):
    path = tmp_path_factory.mktemp("garbage")
    (path / name).write_bytes(content)
    records, refusal = attempt(path)
    if records is None:
        assert refusal
        return
    assert balanced(records)
    assert report_text(records).startswith("Rows read = kept + rejected")


@MANY
@given(place=st.integers(0, 5000), value=st.integers(0, 255))
def test_a_damaged_workbook_is_read_or_refused(tmp_path_factory, place, value):
    path = tmp_path_factory.mktemp("damaged") / "firms.xlsx"
    workbook(path, firms=[["name", "founded"], ["x", 1999], ["y", "2001"]])
    data = bytearray(path.read_bytes())
    data[place % len(data)] = value
    path.write_bytes(bytes(data))
    records, refusal = attempt(path)
    assert "firms" in refusal if records is None else balanced(records)


@MANY
@given(
    rows=st.lists(st.lists(st.text(alphabet="ab\",\n é'", max_size=8), min_size=3, max_size=3), min_size=1, max_size=8)
)
def test_what_the_csv_module_writes_is_read_back(rows):
    import csv

    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    text = stream.getvalue()
    assert [cells for cells, _ in cut_records(text, ",")] == rows
    structure = _structure(text.encode(), b",")
    assert structure is not None
    assert structure[1].tolist() == [3] * len(rows)


def test_the_fast_and_the_careful_reader_agree(tmp_path):
    rng = np.random.default_rng(5)
    lines = [f'"F{i}","Name, {rng.integers(9)}",{rng.integers(5)}' for i in range(400)]
    text = "firm_id,name,employees\n" + "\n".join(lines) + "\n"
    fast = read_records(folder(tmp_path, firms__csv=text))
    careful = read_records(folder(tmp_path, firms__csv=text + "short\n"))
    pd.testing.assert_frame_equal(fast.firms, careful.firms.iloc[:400])


@MANY
@given(
    rows=st.lists(
        st.lists(
            st.sampled_from(["", "a", "007", "7", "True", "nan", "NULL", "1e5", 'x,"y"', "two\nlines"]),
            min_size=3,
            max_size=3,
        ),
        min_size=1,
        max_size=12,
    ),
    last=st.sampled_from(["", "\n", "\n\n\n"]),
    size=st.integers(1, 9),
)
def test_a_file_read_in_blocks_is_the_file(rows, last, size):
    import csv

    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerows([["p", "q", "r"], *rows])
    data = (stream.getvalue().removesuffix("\n") + last).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_read, "BLOCK_ROWS", size)
        patch.setattr(_read, "BLOCK_BYTES", size)
        found = _read._fast_columns(data, ",", 0, 3)
    assert found is not None
    columns, read = found
    wanted = [*rows, *[["", "", ""]] * max(len(last) - 1, 0)]
    cells = [[cell or "" for cell in column.cells()] for column in columns]
    assert read == len(wanted)
    assert list(map(list, zip(*cells, strict=True))) == wanted


def test_equal_rows_get_equal_codes_even_where_the_columns_are_too_many_for_one_number():
    rng = np.random.default_rng(3)
    rows = [rng.integers(-1, 3, 500) * 2**40 for _ in range(4)]
    rows += [rng.choice([np.nan, 1.5, -1.0], 500), rng.integers(0, 2, 500).astype("datetime64[D]")]
    codes = _combine(rows)
    texts = [str(cells) for cells in zip(*rows, strict=True)]
    assert codes.tolist() == pd.factorize(np.array(texts, dtype=object))[0].tolist()


def test_rereading_gives_the_same(tmp_path):
    path = folder(tmp_path, firms__csv=FIRMS, partnerships__csv=TIES)
    one, two = read_records(path), read_records(path)
    pd.testing.assert_frame_equal(one.issues, two.issues)
    pd.testing.assert_frame_equal(one.partnerships, two.partnerships)
    assert one.settings.to_dict() == two.settings.to_dict()


def test_errors_are_clusternet_errors():
    assert issubclass(RecordsError, ClusternetError)
    assert issubclass(OptionError, ClusternetError)


# ── real records ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_european_consortia_through_a_mapping():
    path = Path(__file__).parents[2] / "shared" / "data" / "h2020_2016"
    if not path.is_dir():
        pytest.skip("shared/data/h2020_2016 is absent")
    mapping = {
        "firms": {"file": "unique_org.csv", "columns": {"firm_id": "new_org_id"}},
        "groups": {
            "file": "edges.csv", "columns": {"group_id": "projectRcn", "firm": "new_org_id"},
            "constants": {"kind": "alliance"},
        },
        "agreements": {
            "file": "projects.csv", "decimal": ",",
            "columns": {
                "group_id": "rcn", "name": "acronym", "start": "startDate", "end": "endDate", "value": "totalCost",
            },
        },
    }  # fmt: skip
    records = read_records(path, mapping=mapping)
    assert records.counts["read"].to_dict() == {"firms": 12_326, "groups": 31_868, "agreements": 7_574}
    assert records.counts["kept"].to_dict() == {"firms": 12_326, "groups": 31_868, "agreements": 7_574}
    assert records.groups["group_id"].nunique() == 7_574
    assert records.groups["firm"].isin(set(records.firms["firm_id"])).all()
    assert set(records.groups["kind"]) == {"alliance"}
    assert records.agreements["start"].isna().sum() == 767  # as counted in projects.csv
    assert records.agreements["value"].isna().sum() == 35
    first = records.agreements.iloc[0]
    assert (first["group_id"], first["value"]) == ("193157", 230_000.0)
    assert first["start"] == pd.Timestamp("2014-01-01")
    assert issues(records, "file that names no table")["value"].tolist() == [
        "LICENSE_repo",
        "SOURCE.md",
        "h2020deathstar.csv",
    ]


def test_a_day_that_does_not_exist_is_no_evidence_of_the_order():
    firms = pd.DataFrame({"firm_id": ["F1", "F2", "F3"]})
    ties = pd.DataFrame(
        {"kind": "alliance", "a": ["F1", "F2"], "b": ["F2", "F3"], "start": ["31/02/2021", "03/04/2021"]}
    )
    records = read_records({"firms": firms, "partnerships": ties})
    assert records.partnerships["start"].isna().all()
    assert set(records.issues.loc[records.issues["column"] == "start", "value"]) == {"31/02/2021", "03/04/2021"}


def test_german_words_for_kinds_columns_and_tables(tmp_path):
    (tmp_path / "firmen.csv").write_text("Firma;Branche;Ort\nAda;x;Kiel\nBo;y;Kiel\n", encoding="utf-8")
    (tmp_path / "kooperationen.csv").write_text(
        "Firma A;Firma B;Art;Beginn\nAda;Bo;Lieferant;2020-01-01\nAda;Bo;Kunde;2020-01-01\nAda;Bo;Kooperation;\n",
        encoding="utf-8",
    )
    table = read_records(tmp_path).partnerships
    assert table["kind"].tolist() == ["supply", "supply", "alliance"]
    assert table["a"].tolist() == ["Ada", "Bo", "Ada"]
    assert table["start"].notna().tolist() == [True, True, False]


def test_a_word_unlike_any_kind_gets_no_nearest_kind():
    records = ties("a,b,kind\nx,y,alliance\nx,z,Lizenzgeber\n")
    assert "nearest" not in issues(records, "unknown kind").iloc[0]["action"]


# ── what a reviewer found ──


def strengths(*cells: str, **options: object) -> tuple[list[float], Records]:
    """Return the strengths read from a column of texts, in order; NaN where a value was dropped."""
    frame = pd.DataFrame({"a": [f"A{i}" for i in range(len(cells))], "b": "B", "kind": "alliance", "strength": cells})
    records = read_records({"partnerships": frame}, mapping={"partnerships": options} if options else None)
    return records.partnerships["strength"].tolist(), records


@pytest.mark.parametrize("cell", ["1 234 5678", "100 200 3", "1 234 56"])
def test_figures_with_blanks_that_are_no_groups_of_three_are_no_number(cell):
    values, records = strengths(cell, "1 234 567", "1'234.5")
    np.testing.assert_array_equal(values, [np.nan, 1_234_567, 1234.5])
    assert issues(records, "not a number")["value"].tolist() == [cell]


def test_an_exponent_belongs_to_no_thousands():
    # read as 1234 hundreds because the column has a decimal comma elsewhere, before
    values, _ = strengths("1.234e2", "1,5", "2e3")
    assert values == [123.4, 1.5, 2000.0]


def test_a_column_of_points_before_three_figures_is_told():
    values, records = strengths("1.234", "2.500")
    assert values == [1.234, 2.5]
    told = issues(records, "decimal point or thousands")
    assert told["severity"].tolist() == ["note"]
    assert "`decimal` = ','" in told["action"].iloc[0]
    assert "State `decimal`" in report_text(records)
    assert strengths("1.234", "2.500", decimal=",")[0] == [1234.0, 2500.0]
    for clear in (("1.234", "2.5"), ("0.125", "0.250"), ("1234",)):
        assert issues(strengths(*clear)[1], "decimal point or thousands").empty


@pytest.mark.parametrize("cell", ["2021 06.30", "2021 12:30", "June#2021", 2021.1, 2021.5])
def test_a_year_with_something_behind_it_is_no_first_of_january(cell):
    frame = pd.DataFrame({"a": ["A"], "b": ["B"], "kind": ["alliance"], "start": [cell]})
    records = read_records({"partnerships": frame})
    assert records.partnerships["start"].isna().all()
    assert issues(records, "not a date")["value"].tolist() == [str(cell)]


def test_yes_and_no_in_many_languages():
    words = {"Sì": True, "Verdadero": True, "VERO": True, "tak": True, "si\u0301": True, "J": True, "waar": True}
    words |= {"falso": False, "não": False, "nie": False, "nei": False, "FAŁSZ": False, "onwaar": False, "✗": False}
    frame = pd.DataFrame(
        {"a": [f"A{i}" for i in range(len(words))], "b": "B", "kind": "alliance", "formal": list(words)}
    )
    records = read_records({"partnerships": frame})
    assert records.partnerships["formal"].tolist() == list(words.values())
    assert issues(records, "neither yes nor no").empty


@pytest.mark.parametrize(("one", "other"), [("-5", "5"), ("<5", ">5"), ("(500)", "500"), ("≥ 5", "≤ 5")])
def test_rows_that_differ_in_the_sign_of_a_figure_are_two(one, other):
    records = ties(f"a,b,kind,change\nA,B,alliance,{one}\nA,B,alliance,{other}\n")
    assert records.partnerships["change"].tolist() == [one, other]
    assert records.duplicates.empty


def test_ids_in_an_index_without_a_name_are_missed_aloud():
    frame = pd.DataFrame({"name": ["Acme", "Bolt"]}, index=["F1", "F2"])
    told = issues(read_records({"firms": frame}), "index without a name")
    assert told["value"].tolist() == ["F1"]
    assert "rename_axis('firm_id')" in told["action"].iloc[0]
    named = read_records({"firms": frame.rename_axis("firm_id")})
    assert named.firms["firm_id"].tolist() == ["F1", "F2"]
    assert issues(named, "index without a name").empty
    for plain in (frame.reset_index(drop=True), frame.reset_index(drop=True).iloc[[1]]):
        assert issues(read_records({"firms": plain}), "index without a name").empty


def test_merged_cells_are_told_with_their_rows(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    rows = [["Members of the year", None, None], ["group id", "firm", "kind"]]
    rows += [["G1", "A", "alliance"], [None, "B", "alliance"], ["G2", "C", "alliance"]]
    for row in rows:
        sheet.append(row)
    sheet.merge_cells("A1:C1")  # of a title: no news
    sheet.merge_cells("A3:A4")
    book.save(tmp_path / "groups.xlsx")
    records = read_records(tmp_path / "groups.xlsx")
    told = issues(records, "merged cells")
    assert told["severity"].tolist() == ["warning"]
    assert "rows 3;" in told["action"].iloc[0]
    assert issues(records, "no group id")["row"].tolist() == [4]
    assert "Unmerge" in report_text(records)


@pytest.mark.parametrize("name", ["firms.ods", "firms.xlsb"])
def test_other_workbooks_are_refused_with_a_way_on(tmp_path, name):
    (tmp_path / name).write_bytes(b"PK\x03\x04 and so on")
    with pytest.raises(RecordsError, match=r"save it as Excel workbook \(\.xlsx\)"):
        read_records({"firms": tmp_path / name})


def test_a_constant_of_none_is_refused_and_no_firm_is_of_the_sector_none():
    with pytest.raises(OptionError, match="sets 'sector' to None; leave it out"):
        read_records({"firms": pd.DataFrame({"name": ["A"]})}, mapping={"firms": {"constants": {"sector": None}}})


def test_a_repeated_column_is_a_warning_because_one_of_the_two_is_not_read(tmp_path):
    folder(tmp_path, partnerships__csv="a,b,kind,start,start\nX,Y,alliance,,2021-01-01\n")
    records = read_records(tmp_path)
    told = issues(records, "column name stands twice")
    assert told[["value", "severity"]].to_numpy().tolist() == [["start", "warning"]]
    assert "rename or delete one" in told["action"].iloc[0]
    assert records.partnerships["start (2)"].tolist() == ["2021-01-01"]


def test_two_outcomes_of_a_firm_in_a_period_are_told():
    frame = pd.DataFrame(
        {"firm_id": ["A", "A", "A", "B"], "year": ["2021", "2021", "2022", "2021"], "revenue": ["1", "2", "3", "4"]}
    )
    records = read_records({"outcomes": frame})
    assert len(records.outcomes) == 4
    assert issues(records, "one firm and period on rows that differ")["row"].tolist() == [0, 1]
    assert issues(read_records({"outcomes": frame.iloc[1:]}), "one firm and period on rows that differ").empty
