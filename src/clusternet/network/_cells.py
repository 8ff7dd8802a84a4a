"""Columns of any type to plain cells and back: the one step in front of every conversion and every writer."""

from __future__ import annotations

import datetime as dt
import importlib
import json
import math
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clusternet.errors import NetworkError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

__all__ = ["Column", "Declared", "infer", "is_missing", "pack", "pack_values", "plain", "restore", "to_json", "typed"]

Declared = tuple[Any, str, Any]
"""A column as a file or graph declares it: label in the frame, name outside, type."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column outside a frame: its label there, its name here, its type, and one cell per row (None = missing)."""

    label: Any
    name: str
    type: Any
    cells: list[Any]

    @property
    def declared(self) -> Declared:
        """What a reader needs to rebuild the column."""
        return self.label, self.name, self.type

    @property
    def kind(self) -> str:
        """How a cell is written: bool, int, float, text, date, duration or json."""
        return kind_of(self.type)


def is_missing(value: object) -> bool:
    """Return whether a cell is None, NaN, NaT or NA."""
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value))


def pack(frame: pd.DataFrame, reserved: Iterable[str] = ()) -> list[Column]:
    """Return the columns of a frame under text names that are distinct and none of `reserved`."""
    taken = set(reserved)
    columns = []
    for position, label in enumerate(frame.columns):
        name = str(label)
        while name in taken:
            name += "_"
        taken.add(name)
        values = frame.iloc[:, position]
        columns.append(Column(label, name, *pack_values(values)))
    return columns


def pack_values(values: pd.Series | pd.Index) -> tuple[Any, list[Any]]:
    """Return the type of a column, as text or JSON, and its cells as Python scalars with None for missing."""
    series = pd.Series(values.array, dtype=values.dtype) if isinstance(values, pd.Index) else values
    dtype = series.dtype
    cells = series.astype(object).tolist()
    gaps: NDArray[np.bool_] = series.isna().to_numpy(dtype=bool)
    mixed = pd.api.types.is_object_dtype(dtype)
    if mixed or gaps.any():
        cells = [
            None if gap else cell.item() if isinstance(cell, np.generic) else cell
            for cell, gap in zip(cells, gaps.tolist(), strict=True)
        ]
    if isinstance(dtype, pd.CategoricalDtype):
        of, categories = pack_values(dtype.categories)
        return {"categories": categories, "of": of, "ordered": bool(dtype.ordered)}, cells
    if isinstance(dtype, pd.ArrowDtype):
        return f"arrow:{dtype.pyarrow_dtype}", cells
    if mixed:
        kinds = {type(cell) for cell in cells if cell is not None}
        named = {str: "text", dt.date: "date", Decimal: "decimal"}
        return f"object:{named.get(kinds.pop(), 'json') if len(kinds) == 1 else 'json'}", cells
    return str(dtype), cells


def kind_of(declared: Any) -> str:
    """Return how cells of a declared type are written."""
    if isinstance(declared, dict):
        return kind_of(declared["of"])
    if declared.startswith("object:"):
        return "json" if declared.endswith(":json") else "text"
    dtype = _dtype(declared)
    if isinstance(dtype, (pd.PeriodDtype, pd.StringDtype)):
        return "text"
    return {"b": "bool", "i": "int", "u": "int", "f": "float", "M": "date", "m": "duration"}.get(dtype.kind, "text")


def _dtype(declared: str) -> Any:
    if declared.startswith("arrow:"):
        arrow = importlib.import_module("pyarrow")
        return pd.ArrowDtype(arrow.type_for_alias(declared.removeprefix("arrow:")))
    return pd.api.types.pandas_dtype(declared)


def plain(value: Any, where: str, *, force: bool = False) -> Any:
    """Return a value as strict JSON holds it: no NaN, no numpy, no dates; `force` turns the rest into text.

    Raises
    ------
    NetworkError
        If the value has no plain form and `force` is not set.
    """
    if is_missing(value):
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, pd.Timedelta):
        return value.isoformat()
    if isinstance(value, (dt.date, dt.time)):  # a datetime and a Timestamp are dates
        return value.isoformat()
    if isinstance(value, (Decimal, Path, pd.Period)):
        return str(value)
    if isinstance(value, (list, tuple, np.ndarray, pd.Index, pd.Series)):
        return [plain(item, where, force=force) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((plain(item, where, force=force) for item in value), key=repr)
    if hasattr(value, "items"):
        return {str(key): plain(item, where, force=force) for key, item in value.items()}
    if force:
        return str(value)
    raise NetworkError(f"{where} holds a {type(value).__name__}, which no file format can keep; turn it into text.")


def to_json(value: Any) -> str:
    """Return strict JSON with nothing but ASCII."""
    return json.dumps(value, allow_nan=False)


def typed(text: str, kind: str) -> Any:
    """Return the cell that a file wrote as text; text that does not fit the kind stays text."""
    try:
        if kind == "bool":
            return {"true": True, "1": True, "false": False, "0": False}[text.strip().lower()]
        if kind == "int":
            return int(text)
        if kind == "float":
            return float(text)
        if kind == "json":
            return json.loads(text)
    except (ValueError, KeyError):
        pass
    return text


def restore(cells: Sequence[Any], declared: Any) -> pd.Series:
    """Return the column that `pack_values` took apart; a column that was edited since gets the type it now has."""
    try:
        return _restore(cells, declared)
    except (ValueError, TypeError, OverflowError, KeyError, AttributeError, ImportError):
        return infer(cells)


def _restore(cells: Sequence[Any], declared: Any) -> pd.Series:
    if isinstance(declared, dict):
        categories = pd.Index(_restore(declared["categories"], declared["of"]))
        values = _restore(cells, declared["of"])
        if not values.dropna().isin(categories).all():
            return infer(cells)
        return pd.Series(pd.Categorical(values, categories=categories, ordered=bool(declared["ordered"])))
    if declared.startswith("object:"):
        make: Any = {"date": dt.date.fromisoformat, "decimal": Decimal}.get(declared.removeprefix("object:"))
        made = [make(cell) if make and isinstance(cell, str) else cell for cell in cells]
        return pd.Series(made, dtype=object)
    dtype = _dtype(declared)
    kind = kind_of(declared)
    gaps = any(cell is None for cell in cells)
    if kind == "bool" and not all(isinstance(cell, (bool, np.bool_)) or cell is None for cell in cells):
        return infer(cells)
    if kind == "text" and not all(isinstance(cell, (str, pd.Period)) or cell is None for cell in cells):
        return infer(cells)
    if gaps and isinstance(dtype, np.dtype) and kind in {"bool", "int"}:
        dtype = pd.BooleanDtype() if kind == "bool" else np.dtype("float64")
    if kind == "float":
        cells = [float(cell) if isinstance(cell, str) else cell for cell in cells]
    if kind == "int" and any(isinstance(cell, float) and not cell.is_integer() for cell in cells):
        return infer(cells)
    if kind == "date":
        if any(isinstance(cell, (int, float)) for cell in cells):
            return infer(cells)
        zone = getattr(dtype, "tz", None)
        dates = pd.to_datetime(pd.Series(cells, dtype=object), format="ISO8601", utc=zone is not None)
        return (dates.dt.tz_convert(zone) if zone is not None else dates).astype(dtype)
    if kind == "duration":
        return pd.to_timedelta(pd.Series(cells, dtype=object)).astype(dtype)
    return pd.Series(cells, dtype=dtype)


def infer(cells: Sequence[Any]) -> pd.Series:
    """Return a column of cells whose type nobody declared: gaps stay gaps, a mixed column stays mixed."""
    known = [None if is_missing(cell) else cell for cell in cells]
    present = [cell for cell in known if cell is not None]
    if not present:
        return pd.Series(known, dtype="float64")
    if all(isinstance(cell, (bool, np.bool_)) for cell in present):
        return pd.Series(known, dtype="bool" if len(present) == len(known) else "boolean")
    if any(isinstance(cell, (bool, np.bool_)) or not pd.api.types.is_scalar(cell) for cell in present):
        return pd.Series(known, dtype=object)
    try:
        return pd.Series(known)
    except UnicodeEncodeError:  # half of a surrogate pair, which a text column cannot hold
        return pd.Series(known, dtype=object)
