"""The records that `cluster` and `mess` return: tables, planted truth and answer key."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import pandas as pd

from clusternet.errors import OptionError, listing
from clusternet.result import Result, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusternet.records import Records

__all__ = ["ANSWERS", "Simulation", "Truth", "as_text"]

ANSWERS = ("table", "row", "column", "dirt", "written", "truth", "firm", "detail")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Truth:
    """What was planted in a simulated cluster; firms are given by firm id.

    Attributes
    ----------
    hub
        The firm with the most partners.
    broker
        The only firm that joins the far side to the rest: an articulation firm.
    far_side
        The firms that reach the rest of the cluster only through the broker.
    sole_supplier, sole_input, sole_customers
        The only supplier of an input, that input, and the firms that buy it.
    platform, platform_members
        The operator of the largest platform, and its complementors in all agreements that it leads.
    core
        A small set of firms (hub included) densely tied to each other.
    isolates
        Firms of the registry that no partnership, group or referral names.
    communities
        Community number of every firm (isolates have that of their neighbors in space); index firm id.
    ties
        The dyadic ties before anyone reported them: a, b, kind, input, start, end; supply runs from a to b.
    """

    hub: str
    broker: str
    far_side: pd.Index
    sole_supplier: str
    sole_input: str
    sole_customers: pd.Index
    platform: str
    platform_members: pd.Index
    core: pd.Index
    isolates: pd.Index
    communities: pd.Series
    ties: pd.DataFrame

    def to_dict(self) -> dict[str, object]:
        """Return the planted roles as plain text and lists; communities and ties are left out."""
        return {
            "hub": self.hub,
            "broker": self.broker,
            "far_side": list(self.far_side),
            "sole_supplier": self.sole_supplier,
            "sole_input": self.sole_input,
            "sole_customers": list(self.sole_customers),
            "platform": self.platform,
            "platform_members": list(self.platform_members),
            "core": list(self.core),
            "isolates": list(self.isolates),
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Simulation(Result):
    """Simulated records with everything that is known about them.

    Attributes
    ----------
    tables
        Raw tables as a user would deliver them (firms, partnerships, groups, agreements, referrals,
        capabilities), columns named as in `clusternet.records.SCHEMA`.
    truth
        What was planted.
    answers
        One row per deliberate mistake: table, row (0-based position in the table; add 2 for the row of a written
        file, whose header is row 1), column, dirt (a key of `RATES`), written, truth (the right value),
        firm (the id of the firm that is meant) and detail (which variant). Empty for a clean cluster.
    links
        One row per distinct reference to a firm, as written in partnerships, groups, referrals and capabilities,
        and one per registry duplicate: reference, firm (the id of the firm meant; NaN for firms outside the
        registry). ``Linkage.evaluate`` takes it as it is.
    """

    tables: Mapping[str, pd.DataFrame]
    truth: Truth
    answers: pd.DataFrame
    links: pd.DataFrame
    settings: Settings

    def __post_init__(self) -> None:
        object.__setattr__(self, "tables", MappingProxyType(dict(self.tables)))

    @property
    def records(self) -> Records:
        """The tables as `clusternet.read_records` reads them; read anew on every use."""
        from clusternet.records import read_records

        return read_records(dict(self.tables))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per table: index table; columns rows and mistakes, both counts."""
        mistakes = self.answers["table"].value_counts()
        return pd.DataFrame(
            {
                "rows": {name: len(table) for name, table in self.tables.items()},
                "mistakes": {name: int(mistakes.get(name, 0)) for name in self.tables},
            }
        ).rename_axis(index="table")

    def summary(self) -> str:
        """Return the numbers of rows and planted mistakes in one line."""
        rows = ", ".join(f"{len(table):,} {name}" for name, table in self.tables.items())
        return f"{rows}; {len(self.answers):,} mistakes; seed {self.settings.seed}"

    def write(
        self,
        folder: str | Path,
        *,
        xlsx: str | Path | None = None,
        answers: str | Path | None = None,
        delimiter: str = ",",
        encodings: Mapping[str, str] | None = None,
    ) -> list[Path]:
        """Write one CSV per table, the same bytes for the same simulation, and return the paths.

        Parameters
        ----------
        folder
            Folder for the CSV files, made if absent. Cells are written as they are, hostile names included.
        xlsx
            Path of a workbook with one sheet per table. Keep it outside `folder`: a reader of the folder would
            find every table twice.
        answers
            Folder for the answer key: answers.csv, links.csv, communities.csv and planted.json.
        delimiter
            Between cells.
        encodings
            Encoding by table where it is not UTF-8, say ``{"referrals": "cp1252", "firms": "utf-8-sig"}``.

        Raises
        ------
        OptionError
            If the delimiter, a table or an encoding is unknown, or a cell cannot be written in its encoding.
        """
        if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\r\n':
            raise OptionError(f"delimiter is {delimiter!r}; give one character, such as a comma or a semicolon.")
        encodings = dict(encodings or {})
        unknown = [name for name in encodings if name not in self.tables]
        if unknown:
            raise OptionError(f"encodings names {listing(unknown)}; the tables are {listing(self.tables, 10)}.")
        content: dict[Path, bytes] = {}
        for name, table in self.tables.items():
            text = table.to_csv(index=False, lineterminator="\n", sep=delimiter)
            try:
                content[Path(folder) / f"{name}.csv"] = text.encode(encodings.get(name, "utf-8"))
            except UnicodeEncodeError as error:
                found = error.object[max(error.start - 20, 0) : error.end + 20]
                raise OptionError(f"{name} cannot be written as {error.encoding}: near {found!r}.") from error
            except LookupError:
                raise OptionError(f"encodings gives {encodings[name]!r} for {name}; Python knows none such.") from None
        if xlsx is not None:
            content[Path(xlsx)] = workbook(self.tables)
        if answers is not None:
            content |= {Path(answers) / name: data for name, data in self._answer_key().items()}
        for path, data in content.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return list(content)

    def _answer_key(self) -> dict[str, bytes]:
        import json

        communities = self.truth.communities.rename("community").rename_axis(index="firm").reset_index()
        frames = {"answers": self.answers, "links": self.links, "communities": communities}
        files = {
            f"{name}.csv": frame.to_csv(index=False, lineterminator="\n").encode() for name, frame in frames.items()
        }
        files["planted.json"] = (json.dumps(self.truth.to_dict(), indent=1, ensure_ascii=False) + "\n").encode()
        return files


def as_text(table: pd.DataFrame) -> pd.DataFrame:
    """Return the cells as the text that a CSV file would hold; missing stays missing."""
    buffer = io.StringIO(table.to_csv(index=False, lineterminator="\n"))
    return pd.read_csv(buffer, dtype="str", keep_default_na=False, na_values=[""])


# ── a workbook of constant bytes ──

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_ILLEGAL = {code: None for code in range(32) if code not in (9, 10, 13)}


def workbook(tables: Mapping[str, pd.DataFrame]) -> bytes:
    """Return an XLSX file with one sheet per table.

    Written by hand, stored without compression and without dates, so that the bytes depend on nothing but the
    tables. Text cells are shared strings: a cell that starts with "=" is text, never a formula.
    """
    strings: dict[str, int] = {}
    sheets = [_sheet(table, strings) for table in tables.values()]
    count = range(1, len(sheets) + 1)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_TYPE}.sharedStrings+xml"/>'
        + "".join(
            f'<Override PartName="/xl/worksheets/sheet{i}.xml" ContentType="{_TYPE}.worksheet+xml"/>' for i in count
        )
        + "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets>'
        + "".join(
            f'<sheet name="{escape(name)}" sheetId="{i}" r:id="rId{i}"/>' for i, name in zip(count, tables, strict=True)
        )
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="rId{i}" Type="{_REL}/worksheet" Target="worksheets/sheet{i}.xml"/>' for i in count
        )
        + f'<Relationship Id="rId{len(sheets) + 1}" Type="{_REL}/sharedStrings" Target="sharedStrings.xml"/>'
        "</Relationships>",
        **{f"xl/worksheets/sheet{i}.xml": sheet for i, sheet in zip(count, sheets, strict=True)},
        "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}">'
        + "".join(f'<si><t xml:space="preserve">{escape(text.translate(_ILLEGAL))}</t></si>' for text in strings)
        + "</sst>",
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression=zipfile.ZIP_STORED) as archive:
        for name, text in parts.items():
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.create_system = 3  # the same on every system
            archive.writestr(info, (_HEAD + text).encode())
    return buffer.getvalue()


def _sheet(table: pd.DataFrame, strings: dict[str, int]) -> str:
    letters = [_letters(place) for place in range(len(table.columns))]
    numeric = [pd.api.types.is_numeric_dtype(dtype) for dtype in table.dtypes]
    columns = []
    for position, is_number in enumerate(numeric):
        values = table.iloc[:, position]
        empty = values.isna().to_numpy()
        texts = values.astype("object").tolist()
        cells: list[str | None] = []
        for value, missing in zip(texts, empty, strict=True):
            if missing:
                cells.append(None)
            elif is_number:
                cells.append(f"><v>{value!r}</v></c>")
            else:
                cells.append(f' t="s"><v>{strings.setdefault(str(value), len(strings))}</v></c>')
        columns.append(cells)
    header = [f' t="s"><v>{strings.setdefault(str(name), len(strings))}</v></c>' for name in table.columns]
    rows = []
    for number, cells_of_row in enumerate([header, *map(list, zip(*columns, strict=True))], start=1):
        inside = "".join(
            f'<c r="{letter}{number}"{cell}' for letter, cell in zip(letters, cells_of_row, strict=True) if cell
        )
        rows.append(f'<row r="{number}">{inside}</row>')
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(rows)}</sheetData></worksheet>'


def _letters(place: int) -> str:
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
