"""Files and frames to columns of text: bytes, delimiters, header rows, sheets; nothing is interpreted here."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import itertools
import re
import sys
import zipfile
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from clusternet.errors import MissingExtraError, OptionError, RecordsError, listing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from clusternet.records._log import Severity

__all__ = ["Column", "Raw", "encode", "read_file", "read_frame", "sheet_names"]

TEXT_FILES = (".csv", ".tsv", ".txt", ".tab")
WORKBOOKS = (".xlsx", ".xlsm", ".xls")
PARQUET = (".parquet", ".pq")
DELIMITERS = (",", ";", "\t", "|")
MAX_HEADER_ROW = 20  # a header may stand below a title, but not deeper than this
MAX_JOINED_LINES = 50  # a quoted cell may run over this many lines before the quote counts as stray
MAX_WORKBOOK_BYTES = 1 << 30  # uncompressed
MAX_SHEET_CELLS = 50_000_000
BLOCK_BYTES = 1 << 20  # looked at in one go
BLOCK_ROWS = 200_000  # parsed in one go
_GUARD = "\x02guard\x02"
NUL_SHARE = 0.01  # more NUL bytes than this, and the file is not text


@dataclass(frozen=True, slots=True)
class Column:
    """A column as unique texts and a code per row (-1: no cell).

    ``numbers`` and ``dates`` hold the value of each unique text where the source gave a number or a date rather than
    text (Excel, Parquet, frames), so that a stated decimal comma is not applied to a true number.
    """

    codes: NDArray[np.int64]
    texts: NDArray[np.object_]
    numbers: NDArray[np.float64] | None = None
    dates: NDArray[np.datetime64] | None = None

    def take(self, rows: NDArray[Any]) -> Column:
        """Return the column for some rows."""
        return Column(self.codes[rows], self.texts, self.numbers, self.dates)

    def cells(self, rows: NDArray[Any] | slice = slice(None)) -> NDArray[np.object_]:
        """Return the texts of some rows, None where there is no cell."""
        codes = self.codes[rows]
        if not len(self.texts):
            return np.full(len(codes), None, dtype=object)
        found: NDArray[np.object_] = self.texts[codes]
        found[codes < 0] = None
        return found


class Remark(NamedTuple):
    """Something to log about a source before its columns are known: file rows (None: the whole), and what was done."""

    rows: NDArray[np.int64] | None
    values: Sequence[str] | str | None
    problem: str
    action: str
    severity: Severity


@dataclass(slots=True)
class Raw:
    """One table as delivered: header names, columns, the file's row numbers, remarks, facts for the report."""

    header: list[str]
    columns: list[Column]
    rows: NDArray[np.int64]
    source: dict[str, Any]
    remarks: list[Remark] = field(default_factory=list)
    rejected: int = 0  # rows that could not be cut into cells; each has a remark of severity error


def encode(cells: Sequence[object] | NDArray[Any]) -> Column:
    """Return a column from any Python cells: text, numbers, dates, booleans, None.

    Whole numbers lose ".0" (Excel and pandas write the id 1001 as 1001.0); a date at midnight loses its time.
    """
    texts: list[str | None] = []
    numbers: dict[str, float] = {}
    dates: dict[str, np.datetime64] = {}
    for cell in cells:
        if cell is None or cell is pd.NaT or cell is pd.NA:
            texts.append(None)
        elif isinstance(cell, str):
            texts.append(cell)
        elif isinstance(cell, (bool, np.bool_)):
            texts.append("true" if cell else "false")
        elif isinstance(cell, (int, float, np.integer, np.floating)):
            number = float(cell) if not isinstance(cell, (int, np.integer)) else cell
            if number != number:  # noqa: PLR0124  (NaN)
                texts.append(None)
                continue
            text = number_text(number)
            numbers[text] = as_float(number)
            texts.append(text)
        elif isinstance(cell, (dt.date, np.datetime64)):
            text, value = date_text(cell)
            if value is not None:
                dates[text] = value
            texts.append(text)
        else:
            texts.append(str(cell))
    array = np.empty(len(texts), dtype=object)
    array[:] = texts
    codes, unique = pd.factorize(array)
    unique = np.asarray(unique, dtype=object)
    return Column(
        codes.astype(np.int64),
        unique,
        np.array([numbers.get(text, np.nan) for text in unique], dtype=np.float64) if numbers else None,
        np.array([dates.get(text, np.datetime64("NaT")) for text in unique], dtype="datetime64[us]") if dates else None,
    )


def as_float(number: Any) -> float:
    """Return a number as float, infinite where it does not fit."""
    try:
        return float(number)
    except OverflowError:
        return np.inf


def number_text(number: Any) -> str:
    """Return a number as text, whole numbers without a decimal point."""
    if isinstance(number, (int, np.integer)):
        return str(number)[:400]
    return str(int(number)) if abs(number) < 1e15 and number == int(number) else repr(float(number))


def date_text(cell: dt.date | np.datetime64) -> tuple[str, np.datetime64 | None]:
    """Return a date as ISO text without a midnight time or zone, and its value."""
    if isinstance(cell, np.datetime64):
        value = cell.astype("datetime64[us]")
    else:
        if isinstance(cell, dt.datetime):
            cell = cell.replace(tzinfo=None)
        value = np.datetime64(cell, "us")
    if np.isnat(value):
        return "", None
    text = str(value)
    return (text[:-16] if text.endswith("T00:00:00.000000") else text.removesuffix(".000000")), value


# ── text files ──────────────────────────────────────────────────────────────────────────────────────────────────────


def decode(data: bytes, encoding: str | None) -> tuple[bytes, str, str]:
    """Return the text as UTF-8 bytes, the encoding that was used, and a remark (empty when it was plain UTF-8)."""
    if encoding is not None:
        try:
            return data.decode(encoding).encode("utf-8", "replace").removeprefix(b"\xef\xbb\xbf"), encoding, ""
        except LookupError:
            raise OptionError(f"encoding {encoding!r} is unknown; try 'utf-8', 'cp1252' or 'utf-16'.") from None
        except UnicodeError:
            text = data.decode(encoding, "replace")
            return text.encode("utf-8", "replace"), encoding, f"some bytes are not {encoding}; they read as U+FFFD"
    if data.startswith(b"\xef\xbb\xbf"):
        encoding, data = "utf-8-sig", data[3:]
    elif data.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        return data.decode("utf-32", "replace").encode("utf-8", "replace"), "utf-32", "read as UTF-32 by its mark"
    elif data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace").encode("utf-8", "replace"), "utf-16", "read as UTF-16 by its mark"
    elif (wide := _unmarked_utf16(data)) is not None:
        return data.decode(wide, "replace").encode("utf-8", "replace"), wide, f"no mark; every other byte is 0: {wide}"
    if data.isascii():
        return data, encoding or "utf-8", ""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return data, encoding or "utf-8", ""
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = sum(1 for letter in text if letter > "\x7f") - bad
    if good > bad or encoding:
        return text.encode("utf-8"), "utf-8", f"{bad:,} bytes are not UTF-8 amid text that is; they read as U+FFFD"
    for name in ("cp1252", "latin-1"):
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        break
    return text.encode("utf-8"), name, f"not UTF-8; read as {name}; state `encoding` in the mapping if names look wrong"


def _unmarked_utf16(data: bytes) -> str | None:
    head = data[:2000]
    if len(head) < 8:
        return None
    even, odd = head[::2].count(0) / len(head) * 2, head[1::2].count(0) / len(head) * 2
    if odd > 0.8 and even < 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > 0.8 and odd < 0.1 else None


@contextmanager
def _long_cells() -> Iterator[None]:
    """Let the csv module read cells of any length; its limit is global, so it is set back."""
    limit = csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    try:
        yield
    finally:
        csv.field_size_limit(limit)


def _cut(line: str, delimiter: str, *, strict: bool = False) -> list[str] | None:
    """Return the cells of one record, or None where a quote stays open (with `strict`, where it is misplaced)."""
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [""])
    except csv.Error as error:
        if strict or "unexpected end" in str(error):
            return None
    try:
        return next(csv.reader([line], delimiter=delimiter), [""])
    except csv.Error:
        return line.split(delimiter)


def cut_records(text: str, delimiter: str, limit: int | None = None) -> Iterator[tuple[list[str], bool]]:
    """Yield the cells of each record, and whether a stray quote was met; a blank line is a record of one empty cell.

    A quote that opens a cell and is not closed within `MAX_JOINED_LINES` lines is a stray one: its line is then cut at
    the delimiters, so that one bad quote costs one row and not the rest of the file.
    """
    lines = text.split("\n")
    if lines and lines[-1] == "":
        lines.pop()
    place = 0
    made = 0
    while place < len(lines) and (limit is None or made < limit):
        line = lines[place]
        place += 1
        made += 1
        cells = _cut(line, delimiter)
        if cells is not None:
            yield cells, False
            continue
        joined = line
        closed = False
        for step, following in enumerate(lines[place : place + MAX_JOINED_LINES]):
            joined += "\n" + following
            if '"' in following:
                cells = _cut(joined, delimiter, strict=True)
                if cells is not None:
                    place += step + 1
                    closed = True
                    break
        if closed and cells is not None:
            yield cells, False
        else:
            yield [cell.strip('"') for cell in line.split(delimiter)], True


def _head(data: bytes) -> str:
    """Return about the first hundred lines as text."""
    end = -1
    for _ in range(100):
        end = data.find(b"\n", end + 1)
        if end < 0 or end > 1 << 20:
            break
    head = data if end < 0 else data[: end + 1]
    return head[: 1 << 22].decode("utf-8", "replace")


def find_header(records: Sequence[Sequence[str]], score: Callable[[Sequence[str]], tuple[bool, int]]) -> int:
    """Return which record is the header: the first with every required column, else the first that is not blank."""
    first = None
    for place, cells in enumerate(records[:MAX_HEADER_ROW]):
        if not any(cell.strip() for cell in cells):
            continue
        if first is None:
            first = place
        if score(cells)[0]:
            return place
    return first or 0


def sniff(head: str, score: Callable[[Sequence[str]], tuple[bool, int]]) -> str:
    """Return the delimiter: the one whose header is understood best, then the one that cuts lines most evenly.

    Counting signs alone fails on decimal commas and on names such as "Acme, Inc."; the header decides.
    """
    best: tuple[tuple[bool, int, float, int], str] | None = None
    for delimiter in DELIMITERS:
        records = [cells for cells, _ in cut_records(head, delimiter, limit=60)]
        if not records:
            continue
        header = records[find_header(records, score)]
        body = [len(cells) for cells in records if any(cell.strip() for cell in cells)]
        even = sum(1 for size in body if size == len(header)) / max(len(body), 1)
        merit = (*score(header), even if len(header) > 1 else 0.0, len(header))
        if best is None or merit > best[0]:
            best = (merit, delimiter)
    if best is None or best[0][3] == 1:
        return "\x1f"  # one column: no delimiter occurs in the header
    return best[1]


def _structure(data: bytes, delimiter: bytes) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """Return where each record ends and how many cells it has, or None where quotes do not pair up.

    A sign is inside quotes when an odd number of quotes stands before it (doubled quotes count twice).
    """
    buffer = np.frombuffer(data, dtype=np.uint8)
    quotes = np.flatnonzero(buffer == 34) if b'"' in data else np.empty(0, dtype=np.int64)
    if len(quotes) % 2:
        return None
    if len(quotes):
        # pandas would read on past a quote that opens or closes within a cell: leave such files to the careful reader
        ends_cell = np.array([delimiter[0], 10, 34], dtype=np.uint8)
        before, after = quotes[::2] - 1, quotes[1::2] + 1
        before, after = before[before >= 0], after[after < len(buffer)]
        if not np.isin(buffer[before], ends_cell).all() or not np.isin(buffer[after], ends_cell).all():
            return None
    ends, last = [], []  # where records end: in the file, and in the count of all signs
    count = 0
    for start in range(0, len(buffer), BLOCK_BYTES):
        block = buffer[start : start + BLOCK_BYTES]
        line_end = block == 10
        signs = np.flatnonzero(line_end | (block == delimiter[0]))
        if len(quotes):
            signs = signs[np.searchsorted(quotes, signs + start) % 2 == 0]
        here = np.flatnonzero(line_end[signs])
        ends.append(signs[here] + start)
        last.append(here + count)
        count += len(signs)
    if not data.endswith(b"\n"):
        ends.append(np.array([len(data)]))
        last.append(np.array([count]))
    found, place = np.concatenate(ends).astype(np.int64, copy=False), np.concatenate(last)
    blank = np.diff(found, prepend=-1) == 1
    return found, np.where(blank, 0, np.diff(place, prepend=-1))


def _fast_columns(data: bytes, delimiter: str, header: int, width: int) -> tuple[list[Column], int] | None:
    """Return the columns and number of rows by the compiled reader, or None where the file needs the careful one."""
    sign = delimiter.encode()
    if len(sign) != 1 or b"\0" in data or (b"\x02" in data and _GUARD.encode() in data):  # one byte is found fast
        return None
    structure = _structure(data, sign)
    if structure is None:
        return None
    ends, cells = structure
    body = cells[header + 1 :]
    if cells[header] != width or not ((body == width) | (body == 0)).all():
        return None
    if not len(body):
        return [Column(np.empty(0, dtype=np.int64), np.empty(0, dtype=object)) for _ in range(width)], 0
    # a first row of text keeps pandas from turning a column of figures, "007" among them, into numbers
    guard = (delimiter.join([_GUARD] * width) + "\n").encode()
    stops = [*range(header, len(cells) - 1, BLOCK_ROWS), len(cells) - 1]
    blocks = []
    for first, final in itertools.pairwise(stops):  # block by block, or the parser would hold the file many times over
        stream = io.BytesIO(guard + memoryview(data)[int(ends[first]) + 1 : int(ends[final]) + 1])
        try:
            block = pd.read_csv(
                stream, sep=delimiter, header=None, names=list(range(width)), index_col=False, keep_default_na=False,
                na_filter=False, skip_blank_lines=False, low_memory=False, engine="c",
            )  # fmt: skip
        except (ValueError, OverflowError, MemoryError):
            return None
        if len(block) != final - first + 1:
            return None
        blocks.append(block)
    guards = np.cumsum([0, *map(len, blocks[:-1])])
    columns = []
    for name in range(width):
        codes, texts = pd.factorize(pd.concat([block.pop(name) for block in blocks]))
        codes = np.delete(codes, guards).astype(np.int64, copy=False)
        codes -= 1  # the guard is text 0
        columns.append(Column(codes, np.asarray(texts, dtype=object)[1:]))
    return columns, len(body)


def _careful_columns(
    data: bytes, delimiter: str, header: int, width: int
) -> tuple[list[Column], NDArray[np.int64], list[Remark], int]:
    """Return columns, record numbers, remarks and rejected rows of a file with ragged rows, stray quotes or NULs."""
    rows: list[int] = []
    table: list[list[str]] = []
    short: list[tuple[int, str]] = []
    long: list[tuple[int, str]] = []
    stray: list[tuple[int, str]] = []
    nul: list[tuple[int, str]] = []
    for place, (found, loose) in enumerate(cut_records(data.decode("utf-8", "replace"), delimiter)):
        if place <= header:
            continue
        cells, number = found, place + 1
        if any("\0" in cell for cell in cells):
            nul.append((number, next(cell for cell in cells if "\0" in cell).replace("\0", "\u2400")))
            cells = [cell.replace("\0", "") for cell in cells]
        if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
            cells = cells[:width]
        if len(cells) > width:
            long.append((number, delimiter.join(cells)[:200]))
            continue
        if loose:
            stray.append((number, delimiter.join(cells)[:200]))
        if len(cells) < width:
            if any(cell.strip() for cell in cells):
                short.append((number, delimiter.join(cells)[:200]))
            cells = cells + [""] * (width - len(cells))
        rows.append(number)
        table.append(cells)
    remarks = []
    kinds: list[tuple[list[tuple[int, str]], str, str, Severity]] = [
        (nul, "NUL byte", "NUL removed, row read", "warning"),
        (stray, "quote that is never closed", "the line was cut at its delimiters, row read", "warning"),
        (short, "fewer cells than the header", "missing cells read as empty", "warning"),
        (
            long,
            "more cells than the header",
            f"row rejected; put a cell that holds {_spoken(delimiter)} in double quotes",
            "error",
        ),
    ]
    for found_rows, problem, action, severity in kinds:
        if found_rows:
            numbers, values = zip(*found_rows, strict=True)
            remarks.append(Remark(np.array(numbers, dtype=np.int64), values, problem, action, severity))
    columns = [encode(cells) for cells in zip(*table, strict=True)] if table else [encode([]) for _ in range(width)]
    return columns, np.array(rows, dtype=np.int64), remarks, len(long)


def _spoken(delimiter: str) -> str:
    return {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}.get(delimiter, repr(delimiter))


def _read_text(
    data: bytes, options: Mapping[str, Any], score: Callable[[Sequence[str]], tuple[bool, int]], label: str
) -> Raw:
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise RecordsError(
            f"{label} is a workbook or archive, not text; save it as Excel workbook (.xlsx), or the sheet as CSV."
        )
    if data.startswith((b"\x1f\x8b", b"PAR1", b"%PDF", b"\x89PNG")):
        raise RecordsError(f"{label} is not a text file (it starts with {data[:4]!r}); unpack or export it as CSV.")
    text, encoding, remark = decode(data, options.get("encoding"))
    remarks = [Remark(None, encoding, "text encoding", remark, "note")] if remark else []
    if b"\0" in text and text.count(b"\0") > max(20, NUL_SHARE * len(text)):
        raise RecordsError(f"{label} is not a text file: {text.count(0):,} of its {len(text):,} bytes are NUL.")
    if b"\r" in text:
        pairs = text.count(b"\r\n")
        single = text.count(b"\r") - pairs
        if single or (pairs and text.count(b"\n") != pairs):
            remarks.append(Remark(None, None, "mixed line ends", "every line end counts as one", "note"))
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    delimiter = options.get("delimiter")
    if stated := re.match(rb"sep=([^\n])\n", text[:8], re.IGNORECASE):  # Excel's own first line, which Excel hides
        text = text[stated.end() :]
        delimiter = delimiter or stated[1].decode("utf-8", "replace")
    if not text or text.isspace():
        raise RecordsError(f"{label} is empty; it needs a header row and at least one row.")
    head = _head(text).replace("\0", "")
    delimiter = delimiter or sniff(head, score)
    records = [cells for cells, _ in cut_records(head, delimiter, limit=MAX_HEADER_ROW)]
    header = find_header(records, score)
    names = [cell.strip() for cell in records[header]]
    while len(names) > 1 and not names[-1] and not _used(records[header + 1 :], len(names) - 1):
        names.pop()
    fast = _fast_columns(text, delimiter, header, len(names))
    rejected = 0
    if fast is not None:
        columns, size = fast
        rows = np.arange(header + 2, header + 2 + size, dtype=np.int64)
    else:
        columns, rows, more, rejected = _careful_columns(text, delimiter, header, len(names))
        remarks += more
    if header:
        remarks.append(Remark(None, records[header][0][:60], "header", f"row {header + 1} is the header", "note"))
    source = {"encoding": encoding, "delimiter": None if delimiter == "\x1f" else delimiter}
    return Raw(names, columns, rows, source, remarks, rejected)


def _used(records: Sequence[Sequence[str]], column: int) -> bool:
    return any(len(cells) > column and cells[column].strip() for cells in records)


# ── workbooks, Parquet, frames ──────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def _refusing(label: str) -> Iterator[None]:
    """Turn whatever a library raises on a broken workbook into one clear error."""
    try:
        yield
    except (RecordsError, KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # noqa: BLE001  (compiled code panics with something that is no Exception)
        why = str(error)[:200]
        raise RecordsError(f"{label} cannot be opened as a workbook ({why}); save it again as .xlsx.") from None


def _check_workbook(data: bytes, label: str) -> None:
    """Refuse a workbook that would unpack to an absurd size, before any library allocates it."""
    if not data.startswith(b"PK"):
        return
    with _refusing(label), zipfile.ZipFile(io.BytesIO(data)) as archive:
        _check_size(label, sum(item.file_size for item in archive.infolist()))
        for item in archive.infolist():
            if item.filename.endswith(".xml"):
                with archive.open(item) as stream:
                    _check_sheet(stream, label, item.filename)


def _check_size(label: str, size: int) -> None:
    if size > MAX_WORKBOOK_BYTES:
        raise RecordsError(
            f"{label} unpacks to {size:,} bytes, more than {MAX_WORKBOOK_BYTES:,}; save the sheets as CSV."
        )


def _check_sheet(stream: Any, label: str, name: str) -> None:
    """Refuse a sheet with a cell so far out that the grid up to it would not fit in memory."""
    reference = re.compile(rb"""\br=["']([A-Z]{1,3})([0-9]{1,7})["']""")
    last_row = last_column = read = 0
    rest = b""
    while chunk := stream.read(1 << 22):
        read += len(chunk)
        _check_size(label, read)
        found = reference.findall(rest + chunk)
        rest = chunk[-30:]
        if found:
            letters, numbers = zip(*found, strict=True)
            last_row = max(last_row, *map(int, set(numbers)), 0)
            for word in set(letters):
                place = 0
                for letter in word:
                    place = place * 26 + letter - 64
                last_column = max(last_column, place)
    if last_row * last_column > MAX_SHEET_CELLS:
        raise RecordsError(
            f"{label}: {name} reaches row {last_row:,} and column {last_column:,}, "
            f"more than {MAX_SHEET_CELLS:,} cells; delete what stands far out, or save the sheet as CSV."
        )


def _formula_errors(data: bytes) -> int:
    """Return how many cells of an .xlsx workbook hold an error; the reader gives them as empty."""
    if not data.startswith(b"PK"):
        return 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/") and name.endswith(".xml")]
        return sum(len(re.findall(rb"""<c [^>]*\bt=["']e["']""", archive.read(name))) for name in sheets)


def _workbook(data: bytes, label: str) -> Any:
    import python_calamine

    _check_workbook(data, label)
    with _refusing(label):
        return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))


def sheet_names(data: bytes, label: str) -> list[str]:
    """Return the names of the sheets of a workbook."""
    return list(_workbook(data, label).sheet_names)


def _read_workbook(
    data: bytes, sheet: str | None, score: Callable[[Sequence[str]], tuple[bool, int]], label: str
) -> Raw:
    book = _workbook(data, label)
    names = list(book.sheet_names)
    if sheet is None:
        sheet = names[0] if names else ""
    if sheet not in names:
        raise RecordsError(f"{label} has no sheet {sheet!r}; it has {listing(names)}.")
    with _refusing(f"{label}, sheet {sheet!r},"):
        page = book.get_sheet_by_name(sheet)
        table = page.to_python(skip_empty_area=False)
        merged = page.merged_cell_ranges or []  # None where the format does not tell
        errors = _formula_errors(data)
    head = [["" if cell is None else str(cell) for cell in row] for row in table[:MAX_HEADER_ROW]]
    if not any(cell.strip() for row in head for cell in row):
        raise RecordsError(f"{label}, sheet {sheet!r}, is empty; it needs a header row and at least one row.")
    header = find_header(head, score)
    columns = [encode(cells) for cells in zip(*table[header + 1 :], strict=True)]
    remarks = []
    if not columns:
        columns = [encode([]) for _ in head[header]]
    if errors:
        told = f"{errors:,} cells of the workbook hold #N/A, #DIV/0! or the like; read as empty"
        remarks.append(Remark(None, None, "formula errors", told, "warning"))
    below = sorted(first[0] + 1 for first, last in merged if last[0] > header and last[0] > first[0])
    if below:
        told = f"{len(below):,} reach over several rows, and only the first row has the value: rows {listing(below)}"
        remarks.append(Remark(None, sheet, "merged cells", f"{told}; unmerge and fill them", "warning"))
    header_names = [_header_text(cell) for cell in table[header]]
    rows = np.arange(header + 2, len(table) + 1, dtype=np.int64)
    if header:
        remarks.append(Remark(None, header_names[0][:60], "header", f"row {header + 1} is the header", "note"))
    if len(names) > 1:
        remarks.append(Remark(None, sheet, "sheet", f"sheet {sheet!r} of {len(names)} read", "note"))
    return Raw(header_names, columns, rows, {"sheet": sheet}, remarks)


def _header_text(cell: object) -> str:
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return number_text(cell)
    return "" if cell is None else str(cell).strip()


def _read_parquet(data: bytes, label: str) -> Raw:
    try:
        import pyarrow as pa  # type: ignore[import-untyped,unused-ignore]
        from pyarrow import parquet  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        raise MissingExtraError(f"{label} needs pyarrow; run: pip install 'clusternet[scale]'") from None
    try:
        table = parquet.read_table(io.BytesIO(data))
        # dates as Python objects would make every later step a hundred times slower
        frame = table.to_pandas(date_as_object=False, timestamp_as_object=False, ignore_metadata=True)
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise RecordsError(f"{label} cannot be read as Parquet ({str(error)[:200]}).") from None
    raw = read_frame(frame, label)
    raw.rows = raw.rows + 2  # as a sheet would count: the names are row 1
    return raw


def read_file(
    path: Path,
    options: Mapping[str, Any],
    score: Callable[[Sequence[str]], tuple[bool, int]],
) -> Raw:
    """Read one text file, sheet or Parquet file.

    Raises
    ------
    RecordsError
        If the file cannot be read, is empty, or is not what its name says.
    MissingExtraError
        If a Parquet file is given and pyarrow is not installed.
    """
    label = path.name
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RecordsError(f"{label} cannot be read: {error.strerror or error}.") from None
    if not data:
        raise RecordsError(f"{label} is empty (0 bytes); it needs a header row and at least one row.")
    suffix = path.suffix.lower()
    if suffix in WORKBOOKS:
        raw = _read_workbook(data, options.get("sheet"), score, label)
    elif suffix in PARQUET:
        raw = _read_parquet(data, label)
    else:
        raw = _read_text(data, options, score, label)
    raw.source = {"file": label, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)} | raw.source
    return _tidy(raw)


def read_frame(frame: object, label: str) -> Raw:
    """Read a frame of pandas, polars, DuckDB or any other engine that narwhals knows; rows count from 0."""
    named = _frame_columns(frame, label)
    header = [str(name) for name, _ in named]
    columns = [_encode_array(values) for _, values in named]
    size = len(columns[0].codes) if columns else 0
    digest = hashlib.sha256("\x1f".join(header).encode("utf-8", "replace"))
    for column in columns:
        digest.update(np.ascontiguousarray(column.codes).tobytes())
        digest.update("\x1f".join(column.texts).encode("utf-8", "replace"))
    remarks = []
    if isinstance(frame, pd.DataFrame) and len(frame) and _unnamed_texts(frame.index):
        action = "not read; if it holds ids, name it after its column: frame.rename_axis('firm_id')"
        remarks.append(Remark(None, str(frame.index[0]), "index without a name", action, "warning"))
    source = {"frame": f"{type(frame).__module__.split('.')[0]}.{type(frame).__name__}", "sha256": digest.hexdigest()}
    return _tidy(Raw(header, columns, np.arange(size, dtype=np.int64), source, remarks))


def _unnamed_texts(index: pd.Index) -> bool:
    return all(name is None for name in index.names) and index.inferred_type == "string"


def _frame_columns(frame: Any, label: str) -> list[tuple[object, Any]]:
    if isinstance(frame, pd.DataFrame):
        if any(name is not None for name in frame.index.names):
            frame = frame.reset_index(allow_duplicates=True)
        names = [
            " ".join(str(part) for part in name) if isinstance(name, tuple) else name for name in frame.columns.tolist()
        ]
        return [(name, frame.iloc[:, place]) for place, name in enumerate(names)]
    import narwhals as nw

    try:
        native = nw.from_native(frame)
    except TypeError:
        raise RecordsError(
            f"{label} is a {type(frame).__name__}; give a path or a pandas, polars or DuckDB frame."
        ) from None
    if isinstance(native, nw.LazyFrame):
        native = native.collect()
    found: list[tuple[object, Any]] = []
    for name in native.columns:
        series = native[name]
        kind = series.dtype
        if isinstance(kind, nw.Date):
            series = series.cast(nw.Datetime("us"))
        if (kind.is_numeric() and not isinstance(kind, nw.Decimal)) or isinstance(kind, (nw.Date, nw.Datetime)):
            found.append((name, pd.Series(series.to_numpy())))
        else:
            found.append((name, pd.Series(series.to_list(), dtype=object)))
    return found


def _encode_array(series: Any) -> Column:
    """Return a column from a pandas Series; numbers and dates are told apart from text by their dtype."""
    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        inner = _encode_array(pd.Series(series.cat.categories))
        codes = series.cat.codes.to_numpy().astype(np.int64)
        back = np.append(inner.codes, -1)
        return Column(back[codes], inner.texts, inner.numbers, inner.dates)
    kind = getattr(dtype, "kind", "O")
    if isinstance(dtype, pd.DatetimeTZDtype):
        series, kind = series.dt.tz_localize(None), "M"
    if kind in "iufM":
        codes, unique = pd.factorize(series)
        inner = encode(np.asarray(unique) if kind == "M" else np.asarray(unique, dtype=object))
        back = np.append(inner.codes, -1)
        return Column(back[codes.astype(np.int64)], inner.texts, inner.numbers, inner.dates)
    if isinstance(dtype, pd.StringDtype):
        codes, unique = pd.factorize(series)
        return Column(codes.astype(np.int64), np.asarray(unique, dtype=object))
    return encode(series.tolist())


def _tidy(raw: Raw) -> Raw:
    """Name blank headers, tell repeated ones apart, and leave out rows and columns that are wholly empty."""
    filled = [_filled(column) for column in raw.columns]
    used = [place for place, name in enumerate(raw.header) if name or filled[place].any()]
    raw.header = [raw.header[place] or f"column {place + 1}" for place in used]
    raw.columns = [raw.columns[place] for place in used]
    blank = sum(1 for name in raw.header if re.fullmatch(r"column [0-9]+", name))
    if blank:
        raw.remarks.append(Remark(None, None, "column without a name", "named by its place; kept as extra", "note"))
    seen: Counter[str] = Counter()
    taken = set(raw.header)
    for place, name in enumerate(raw.header):
        seen[name] += 1
        if seen[name] > 1:
            number = seen[name]
            while f"{name} ({number})" in taken:
                number += 1
            raw.header[place] = f"{name} ({number})"
            taken.add(raw.header[place])
            told = f"the first is {name!r}, this one is read as {raw.header[place]!r}; rename or delete one"
            raw.remarks.append(Remark(None, name, "column name stands twice", told, "warning"))
    if filled:
        some = np.logical_or.reduce(filled)
        if not some.all():
            empty = raw.rows[~some]
            inner = empty[empty < raw.rows[some].max(initial=-1)]
            if len(inner):  # blank lines after the last record are no news
                action = f"{len(inner):,} blank rows are no records: {listing(inner.tolist())}"
                raw.remarks.append(Remark(None, None, "blank rows", action, "note"))
            raw.rows = raw.rows[some]
            raw.columns = [column.take(some) for column in raw.columns]
    return raw


def _filled(column: Column) -> NDArray[np.bool_]:
    """Return which rows have a cell that is not blank."""
    some = np.fromiter(map(bool, map(str.strip, column.texts)), dtype=bool, count=len(column.texts))
    if len(some) and some.all() and len(column.codes) and column.codes.min() >= 0:
        return np.ones(len(column.codes), dtype=bool)
    return np.append(some, False)[column.codes]
