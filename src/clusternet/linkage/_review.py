"""The undecided pairs as a CSV for a person, and the person's decisions back."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from clusternet.errors import RecordsError, listing

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["KINDS", "REVIEW_COLUMNS", "Decision", "read_decisions", "write_pairs"]

KINDS = ("reference", "registry", "names")
REVIEW_COLUMNS = (
    "kind", "left", "left_name", "left_context", "right", "right_name", "right_context", "score", "decision",
)  # fmt: skip
_TEXT = REVIEW_COLUMNS[:-2]
_YES = frozenset({"yes", "y", "1", "1.0", "same", "true"})
_NO = frozenset({"no", "n", "0", "0.0", "different", "false"})
_FORMULA = ("'", "=", "+", "-", "@", "\t", "\r", "\n")


class Decision(NamedTuple):
    """What a person settled: the pair, whether it is one firm, and the row of the file that says so."""

    kind: str
    left: str
    right: str
    same: bool
    row: int


def neutralize(text: str) -> str:
    """Return `text` so that no spreadsheet takes it for a formula; `restore` undoes exactly this."""
    return "'" + text if text.startswith(_FORMULA) else text


def restore(text: str) -> str:
    """Undo `neutralize`."""
    return text.removeprefix("'")


def write_pairs(pairs: pd.DataFrame, path: str | Path) -> Path:
    """Write `pairs` as UTF-8 CSV with a byte order mark, which spreadsheets need to show accents."""
    target = Path(path)
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_MINIMAL, lineterminator="\n")
        writer.writerow(REVIEW_COLUMNS)
        for row in pairs[list(REVIEW_COLUMNS)].itertuples(index=False):
            values = ["" if pd.isna(value) else value for value in row]
            score = f"{float(values[-2]):.4f}" if values[-2] != "" else ""
            writer.writerow([*(neutralize(str(value)) for value in values[:-2]), score, values[-1]])
    return target


def _rows_of_file(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise RecordsError(f"The decisions file {str(path)!r} does not exist; make it with linkage.write_review(path).")
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:  # a spreadsheet saved it in its own code page
        text = raw.decode("cp1252", errors="replace")
    header = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=header.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise RecordsError(f"The decisions file {str(path)!r} is not a CSV: {error}.") from None
    head = [cell.strip() for cell in rows[0]] if rows else []
    _need_columns(head)
    if len(set(head)) < len(head):
        raise RecordsError(f"The decisions file {str(path)!r} has repeated columns: {listing(head)}.")
    body = [[*row, *[""] * (len(head) - len(row))][: len(head)] for row in rows[1:]]
    table = pd.DataFrame(body, columns=head, dtype=object)
    table.index = pd.RangeIndex(2, 2 + len(table))
    for column in set(_TEXT) & set(head):
        table[column] = [restore(cell) for cell in table[column]]
    return table


def _need_columns(columns: Iterable[object]) -> None:
    missing = [column for column in ("kind", "left", "right", "decision") if column not in list(columns)]
    if missing:
        raise RecordsError(
            f"The decisions have no column {listing(missing)}; the columns needed are kind, left, right, decision "
            "as linkage.write_review(path) writes them."
        )


def read_decisions(decisions: str | Path | pd.DataFrame | None) -> tuple[list[Decision], pd.DataFrame]:
    """Return what a person settled, and the settled rows as they stand in the file.

    Rows with a blank decision are skipped. Rows of a file count from the header, row 1; those of a frame from 0.

    Raises
    ------
    RecordsError
        If a column is missing, a decision is not yes, no, same, different, 1 or 0, a kind is unknown, or two rows
        decide one pair differently.
    """
    if decisions is None:
        return [], pd.DataFrame(columns=list(REVIEW_COLUMNS), dtype=object)
    if isinstance(decisions, pd.DataFrame):
        _need_columns(decisions.columns)
        table = decisions.reset_index(drop=True).astype(object)
    else:
        table = _rows_of_file(Path(decisions))
    found: dict[tuple[str, str, str], Decision] = {}
    settled: list[int] = []
    for row, kind, left, right, answer in zip(
        table.index, table["kind"], table["left"], table["right"], table["decision"], strict=True
    ):
        word = "" if pd.isna(answer) else str(answer).strip().casefold()
        if not word:
            continue
        if word not in _YES | _NO:
            raise RecordsError(
                f"Row {row} of the decisions says {answer!r}; write same or different (yes, no, 1, 0), "
                "or leave it blank to decide later."
            )
        if pd.isna(kind) or str(kind).strip() not in KINDS:
            raise RecordsError(f"Row {row} of the decisions has the kind {kind!r}; needed is one of {listing(KINDS)}.")
        if pd.isna(left) or pd.isna(right):
            raise RecordsError(f"Row {row} of the decisions names no pair; left and right are needed.")
        one, other = str(left), str(right)
        if str(kind).strip() != "reference" and other < one:
            one, other = other, one
        decision = Decision(str(kind).strip(), one, other, word in _YES, int(row))
        former = found.setdefault((decision.kind, one, other), decision)
        if former.same != decision.same:
            raise RecordsError(
                f"Rows {former.row} and {decision.row} of the decisions contradict each other "
                f"on {one!r} and {other!r}; keep one of them."
            )
        settled.append(row)
    kept = table.loc[settled].reindex(columns=list(REVIEW_COLUMNS)).reset_index(drop=True)
    kept["score"] = pd.to_numeric(kept["score"], errors="coerce")
    return list(found.values()), kept
