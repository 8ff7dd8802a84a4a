"""Many tests at once: p-values adjusted for their number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd

from clusternet.errors import OptionError
from clusternet.measure import choose

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["adjust"]

Method = Literal["bh", "by", "holm", "bonferroni"]


def adjusted(p: NDArray[np.float64], method: Method) -> NDArray[np.float64]:
    """Return adjusted p-values; NaN stays NaN and does not count as a test."""
    out = np.full(len(p), np.nan)
    known = np.flatnonzero(~np.isnan(p))
    n = len(known)
    if n == 0:
        return out
    order = known[np.argsort(p[known], kind="stable")]
    ranked, rank = p[order], np.arange(1, n + 1)
    if method == "bonferroni":
        values = ranked * n
    elif method == "holm":
        values = np.maximum.accumulate(ranked * (n - rank + 1))
    else:
        more = (1 / rank).sum() if method == "by" else 1.0
        values = np.minimum.accumulate((ranked * n * more / rank)[::-1])[::-1]
    out[order] = np.minimum(values, 1.0)
    return out


def adjust(p: pd.Series | pd.DataFrame, *, method: Method = "holm", by: str | None = None) -> pd.Series | pd.DataFrame:
    """Adjust p-values for the number of tests.

    Parameters
    ----------
    p
        p-values in [0, 1]: a Series, or a frame with a column ``p``. NaN stays NaN and does not count as a test.
    method
        "holm" (holm1979) and "bonferroni" bound the chance of any false finding, whatever the tests have to do with
        each other. "bh" (benjamini1995) bounds the expected share of false ones among the findings, for tests that are
        independent or go together; "by" (benjamini2001) does so for any tests. Where the draws are there, the maxT of
        `test_against_null` is sharper than "holm".
    by
        Column of the frame: every group of rows is a family of its own. None: all rows are one family.

    Returns
    -------
    Series or DataFrame
        A Series ``p_<method>`` with the same index, or the frame with that column added; in [0, 1].

    Raises
    ------
    OptionError
        If a value is not in [0, 1], a column is missing, or the method is another one.

    References
    ----------
    holm1979, benjamini1995, benjamini2001

    Examples
    --------
    >>> adjust(pd.Series([0.01, 0.04, 0.03])).tolist()
    [0.03, 0.06, 0.06]
    """
    choose("method", method, get_args(Method))
    name = f"p_{method}"
    if isinstance(p, pd.DataFrame):
        for column in ("p", *([] if by is None else [by])):
            if column not in p.columns:
                raise OptionError(f"the frame has no column {column!r}.")
        if by is None:
            return p.assign(**{name: adjust(p["p"], method=method)})
        parts = p.groupby(by, sort=False, dropna=False)["p"]
        return p.assign(**{name: parts.transform(lambda values: adjusted(_checked(values), method))})
    if by is not None:
        raise OptionError("by names a column; give a frame with a column 'p'.")
    return pd.Series(adjusted(_checked(p), method), index=p.index, name=name)


def _checked(p: pd.Series) -> NDArray[np.float64]:
    values = np.asarray(p, dtype=np.float64)
    if ((values < 0) | (values > 1)).any():
        raise OptionError("there are p-values outside [0, 1].")
    return values
