"""Dates as users give them: a column of a table, or an option."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from clusternet.errors import OptionError, listing

if TYPE_CHECKING:
    from clusternet.errors import ClusternetError

__all__ = ["read_date", "read_dates"]

_ZONE = r"(T\d\d|:\d\d(?:\.\d+)?)\s*(?:[Zz]|[+-]\d\d(?::?\d\d)?)$"


def read_dates(values: pd.Series, label: str, error: type[ClusternetError]) -> pd.Series:
    """Return dates without a time zone, to the microsecond; text must be ISO 8601 because 03/04 is ambiguous.

    A time is kept as the clock on the wall showed it, also where the cells come from several zones; a period is its
    first moment.

    Parameters
    ----------
    values
        Dates, periods or texts; NaT where missing.
    label
        What the column is called in messages.
    error
        What is raised if a value is no date.
    """
    if values.dtype.kind != "M":
        values = values.astype(object)  # categories cannot be looked up, and periods not be converted
        known = values.notna()
        present = values[known]
        numbers = present[[isinstance(value, (int, float, np.number)) for value in present]]
        if len(numbers):
            raise error(
                f"{label} holds numbers: {listing(numbers)}; give dates. A year may be given as text, '2016', and then "
                "means its first day."
            )
        codes, unique = pd.factorize(present.astype("str"))
        texts = pd.Series(unique, dtype="str").str.strip()
        bare = texts.str.replace(_ZONE, r"\1", regex=True)
        days = pd.to_datetime(bare, format="ISO8601", errors="coerce", utc=True).dt.tz_localize(None)
        words = texts.str.lower()
        bad = days.isna() & ~words.isin(["", "nat", "nan"]) | words.isin(["now", "today"])
        if bad.any():
            raise error(
                f"{label} holds what is no date like 2021-06-30: {listing(present[bad.to_numpy()[codes]].unique())}; "
                "parse it with pd.to_datetime, or let read_records read the file."
            )
        made = pd.Series(pd.NaT, index=values.index, dtype="datetime64[us]")
        made[known.to_numpy()] = days.to_numpy()[codes]
        values = made
    if getattr(values.dtype, "tz", None) is not None:
        values = values.dt.tz_localize(None)
    return values.astype("datetime64[us]")


def read_date(name: str, value: object) -> pd.Timestamp:
    """Return the date of an option, without a time zone; text must be ISO 8601, with four digits of the year first.

    Parameters
    ----------
    name
        What the option is called.
    value
        What was given.

    Raises
    ------
    OptionError
        If it is missing or no date, as are numbers, which pandas counts in nanoseconds since 1970, and "now".

    Examples
    --------
    >>> read_date("first", "2021-06")
    Timestamp('2021-06-01 00:00:00')
    """
    no_date = (
        f"{name} is {value!r}, which is no date; write it like '2021-06-30'. A year is text: '2021', its first day."
    )
    if isinstance(value, (int, float, np.number)) and not pd.isna(value):
        raise OptionError(no_date)
    try:
        if isinstance(value, str):
            text = value.strip()
            date = pd.to_datetime(text if text[:4].isdigit() else "no date", format="ISO8601")
        else:
            date = pd.Timestamp(cast("Any", value))
    except (ValueError, TypeError) as error:
        raise OptionError(no_date) from error
    if pd.isna(date):
        raise OptionError(f"{name} is missing; write a date like '2021-06-30'.")
    return date.tz_localize(None)
