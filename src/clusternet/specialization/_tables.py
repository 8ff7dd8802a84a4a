"""Read a table of places by activities, or of firms by capabilities, and refuse what has no meaning in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from clusternet.errors import OptionError, listing, nearest
from clusternet.measure import choose

if TYPE_CHECKING:
    from numpy.typing import NDArray

By = Literal["place", "activity"]
BY = ("place", "activity")
NAN = float("nan")


def is_number(value: object) -> bool:
    """Tell whether an option is a finite number."""
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool) and bool(np.isfinite(value))


def column(data: pd.DataFrame, name: object, what: str) -> pd.Series:
    """Return a column, or say which ones there are."""
    if not isinstance(data, pd.DataFrame):
        raise OptionError(f"{what} is a {type(data).__name__}; give a DataFrame.")
    if not pd.api.types.is_hashable(name) or name not in data.columns:
        raise OptionError(
            f"{what} has no column {name!r}; it has {listing(data.columns, 20) or 'none'}."
            f"{nearest(str(name), map(str, data.columns))}"
        )
    found = data[name]
    if isinstance(found, pd.DataFrame):
        raise OptionError(f"{what} has {found.shape[1]} columns {name!r}; keep one.")
    return found


def coded(values: pd.Series) -> tuple[NDArray[np.int64], pd.Index]:
    """Return the number of each label among the sorted ones, -1 where it is missing, and the sorted labels."""
    try:
        codes, labels = pd.factorize(values, sort=True)
    except TypeError as error:
        kinds = sorted({type(value).__name__ for value in values.dropna()})
        raise OptionError(
            f"{values.name or 'the labels'} holds {listing(kinds)}, which have no common order; make them one type, "
            "such as text (astype(str))."
        ) from error
    return codes.astype(np.int64), pd.Index(labels)


def _read(values: pd.Series) -> pd.Series:
    """Return numbers, NaN where there is none: pandas would count the nanoseconds of a date."""
    if values.dtype.kind in "mMc":
        return pd.Series(np.nan, index=values.index)
    return pd.to_numeric(values, errors="coerce")


def numbers(values: pd.Series, what: str, *, missing: bool = False) -> NDArray[np.float64]:
    """Return a column as nonnegative numbers; `missing` says whether NaN may stay."""
    read: NDArray[np.float64] = _read(values).to_numpy(dtype="float64", na_value=np.nan)
    # Text that is no number is unreadable even where a missing value may stay.
    unknown = np.isnan(read) & (values.notna().to_numpy() | (not missing))
    bad = unknown | np.isinf(read) | (read < 0)
    if bad.any():
        where = [f"{label}: {value}" for label, value in zip(values.index[bad], values[bad], strict=True)]
        raise OptionError(f"{what} must hold nonnegative numbers; found {listing(where)}.")
    return read


def cells(table: pd.DataFrame, what: str = "table") -> NDArray[np.float64]:
    """Return the cells of a table as floats.

    Raises
    ------
    OptionError
        If it is no DataFrame, a row or column is named twice, or a cell is missing, negative, infinite or no number.
    """
    if not isinstance(table, pd.DataFrame):
        raise OptionError(
            f"{what} is a {type(table).__name__}; give a DataFrame. specialization.tabulate(...) makes one from a list."
        )
    for side, labels in (("row", table.index), ("column", table.columns)):
        if not labels.is_unique:
            twice = labels[labels.duplicated()].unique()
            raise OptionError(f"{what} has more than one {side} {listing(twice)}; add them up or rename them.")
    values: NDArray[np.float64]
    if all(dtype.kind in "biuf" for dtype in table.dtypes):
        values = table.to_numpy(dtype="float64", na_value=np.nan)
    else:
        values = table.apply(_read).to_numpy(dtype="float64", na_value=np.nan)
    bad = ~np.isfinite(values) | (values < 0)
    if bad.any():
        where = [f"{table.index[i]}, {table.columns[j]}: {table.iloc[i, j]}" for i, j in np.argwhere(bad)]
        raise OptionError(
            f"{what} has cells that are missing, negative or no number: {listing(where)}. "
            "Correct them; where nothing is there, write 0 (table.fillna(0))."
        )
    return values


def presence(table: pd.DataFrame, what: str = "presence") -> NDArray[np.float64]:
    """Return the cells of a table that says 1 for present and 0 for absent."""
    values = cells(table, what)
    bad = (values != 0) & (values != 1)
    if bad.any():
        where = [f"{table.index[i]}, {table.columns[j]}: {table.iloc[i, j]}" for i, j in np.argwhere(bad)]
        raise OptionError(
            f"{what} must hold 0 and 1 only; found {listing(where)}. "
            "specialization.rca(table) tells in which activities a place is specialized; (table > 0) which it has."
        )
    return values


def oriented(table: pd.DataFrame, by: By) -> tuple[NDArray[np.float64], pd.Index]:
    """Return the cells with one row per place or per activity, and the rows' labels."""
    choose("by", by, BY)
    values = cells(table)
    return (values, table.index) if by == "place" else (values.T, table.columns)


def square(table: pd.DataFrame, what: str) -> NDArray[np.float64]:
    """Return the cells of a table whose rows and columns are the same, in the same order, and which is symmetric."""
    values = cells(table, what)
    if not table.index.equals(table.columns):
        raise OptionError(f"{what} must name the same things in rows and columns, in the same order.")
    if not np.allclose(values, values.T):
        raise OptionError(f"{what} must be symmetric.")
    return values


def aligned(values: pd.Series, labels: pd.Index, what: str) -> NDArray[np.float64]:
    """Return a Series in the order of `labels`, nonnegative and complete."""
    if not isinstance(values, pd.Series):
        raise OptionError(f"{what} is a {type(values).__name__}; give a Series indexed like the table.")
    if not values.index.is_unique:
        raise OptionError(f"{what} names {listing(values.index[values.index.duplicated()].unique())} more than once.")
    lacking = labels[~labels.isin(values.index)]
    if len(lacking):
        raise OptionError(f"{what} has no value for {listing(lacking)}.")
    return numbers(values.reindex(labels), what)


def ratio(top: Any, bottom: Any) -> NDArray[np.float64]:
    """Return top / bottom, NaN where the bottom is zero."""
    top, bottom = np.broadcast_arrays(np.asarray(top, dtype="float64"), np.asarray(bottom, dtype="float64"))
    found: NDArray[np.float64] = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom != 0)
    return found


def undefined(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return NaN for rows of zeros, 0 for the others."""
    return np.where(values.sum(axis=1) > 0, 0.0, np.nan)


def shares(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each row as shares of its sum; NaN for a row of zeros."""
    return ratio(values, values.sum(axis=1, keepdims=True))


def plogp(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return p ln p, 0 at p = 0, NaN where p is NaN."""
    found: NDArray[np.float64] = p * np.log(np.where(p > 0, p, 1.0))
    return found


def tabulate(
    data: pd.DataFrame, *, rows: object, columns: object, values: object = None, index: Iterable[object] | None = None
) -> pd.DataFrame:
    """Add up a list into a table: plants into places by activities, capability tags into firms by capabilities.

    Parameters
    ----------
    data
        One row per firm, plant or tag.
    rows, columns
        Columns of `data` whose values become the rows and columns of the table.
    values
        Column of `data` to add up; the lines are counted when omitted.
    index
        All rows the table shall have, in this order, also those without a line (firms without a tag). The rows that
        occur, sorted, when omitted.

    Returns
    -------
    DataFrame
        Float, 0 where no line falls. Lines without a row or column label are left out.

    Raises
    ------
    OptionError
        If a column is not there, a value to add up is missing or negative, or a row is not in `index`,
        or `index` names one twice.

    Examples
    --------
    >>> import pandas as pd
    >>> tags = pd.DataFrame({"firm": ["Ada", "Ada", "Bo"], "tag": ["milling", "welding", "welding"]})
    >>> tabulate(tags, rows="firm", columns="tag", index=["Ada", "Bo", "Cy"])["welding"].to_dict()
    {'Ada': 1.0, 'Bo': 1.0, 'Cy': 0.0}
    """
    row, col = column(data, rows, "data"), column(data, columns, "data")
    named = (row.notna() & col.notna()).to_numpy()
    row, col = row[named], col[named]
    weight = np.ones(len(row)) if values is None else numbers(column(data, values, "data")[named], str(values))
    across, labels = coded(col)
    if index is None:
        down, ids = coded(row)
    else:
        if isinstance(index, str) or not isinstance(index, Iterable):
            raise OptionError(f"index is {index!r}; give the list of all rows, such as network.firms.index.")
        ids = pd.Index(index if isinstance(index, pd.Index) else list(index))
        if not ids.is_unique:
            raise OptionError(f"index names {listing(ids[ids.duplicated()].unique())} more than once.")
        down = ids.get_indexer(row)
        if (down < 0).any():
            raise OptionError(f"data has rows that index lacks: {listing(row[down < 0].unique())}.")
    summed = np.bincount(down * len(labels) + across, weights=weight, minlength=len(ids) * len(labels))
    return pd.DataFrame(
        summed.reshape(len(ids), len(labels)),
        index=pd.Index(ids, name=str(rows)),
        columns=pd.Index(labels, name=str(columns)),
    )
