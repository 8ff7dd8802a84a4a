"""The issue log: filled in arrays, one table at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["ISSUE_COLUMNS", "Log", "Severity"]

ISSUE_COLUMNS = ("table", "row", "column", "value", "problem", "action", "severity")
VALUE_LENGTH = 120  # characters of a value that the log shows

Severity = Literal["note", "warning", "error"]


class Log:
    """Collects issues: error = a row was rejected, warning = a value was dropped, note = how a thing was read."""

    def __init__(self) -> None:
        self._parts: list[tuple[int, dict[str, object]]] = []

    def add(
        self,
        table: str,
        problem: str,
        action: str | Sequence[str],
        *,
        severity: Severity,
        rows: NDArray[np.int64] | None = None,
        column: str = "",
        values: Sequence[object] | NDArray[Any] | str | None = None,
    ) -> None:
        """Add one issue per row, or one for the whole table or column where `rows` is None."""
        if rows is not None and not len(rows):
            return
        shown: object = np.nan
        if isinstance(values, str):
            shown = printable(values)
        elif values is not None:
            shown = [printable(value) for value in values]
        part = {
            "table": table, "row": -1 if rows is None else rows, "column": column, "value": shown, "problem": problem,
            "action": action, "severity": severity,
        }  # fmt: skip
        self._parts.append((1 if rows is None else len(rows), part))

    def to_frame(self) -> pd.DataFrame:
        """Return all issues: by table as they came, issues of the whole table first, then by row."""
        columns = {name: self._column(name) for name in ISSUE_COLUMNS}
        rows = columns["row"].astype(np.int64)
        tables = pd.factorize(columns["table"])[0]
        order = np.lexsort((rows, tables))
        data = {name: pd.array(values[order], dtype="str") for name, values in columns.items() if name != "row"}
        data["row"] = pd.arrays.IntegerArray(rows[order], rows[order] < 0)
        return pd.DataFrame(data)[list(ISSUE_COLUMNS)]

    def _column(self, name: str) -> NDArray[Any]:
        values = np.empty(sum(size for size, _ in self._parts), dtype=object)
        start = 0
        for size, part in self._parts:
            values[start : start + size] = part[name]
            start += size
        return values


def printable(value: object) -> object:
    """Return a value as the log shows it: one line, no control characters, at most `VALUE_LENGTH` characters."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return np.nan
    text = str(value)
    head = text[: VALUE_LENGTH + 1]
    if not head.isprintable():
        head = "".join(letter if letter.isprintable() else " " for letter in head)
    return head if len(text) <= VALUE_LENGTH else head[:VALUE_LENGTH] + f"... ({len(text):,} characters)"
