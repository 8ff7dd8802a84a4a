"""What every section is made of: a table of ready text, and firms by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from clusternet.plots import short
from clusternet.report._parts import Table
from clusternet.report._text import NONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clusternet.network import Network
    from clusternet.report._analysis import Analysis

__all__ = [
    "FIRM_MEASURES",
    "GROUPINGS",
    "amounts",
    "attribute",
    "firm_name",
    "has_outside",
    "kind_columns",
    "text_table",
    "undecided_firms",
]

FIRM_MEASURES = {
    "degree": "Partners",
    "strength": "Strength",
    "betweenness": "Betweenness",
    "harmonic": "Closeness",
    "eigenvector": "Eigenvector",
    "pagerank": "PageRank",
}
"""The centralities of the report and what its tables call them."""

GROUPINGS = ("sector", "region", "country")
"""Columns of the firm table by which ties within and across groups are told."""

KIND_COLUMNS = ("sector", "region", "country", "city")
"""Columns that say of what kind a firm is, the most telling first."""


def text_table(title: str, reading: str, columns: str, rows: Iterable[Sequence[str]], note: str = "") -> Table:
    """Make a table; in `columns`, names are parted by "|" and those of numbers begin with "#"."""
    kinds = tuple(
        (name.strip().removeprefix("#"), "number" if name.strip().startswith("#") else "text")
        for name in columns.split("|")
    )
    return Table(title=title, reading=reading, columns=kinds, rows=tuple(tuple(row) for row in rows), note=note)


def firm_name(found: Analysis, firm: Any) -> str:
    """Return a firm's name on one line."""
    return short(found.names[firm], 70)


def amounts(firms: pd.DataFrame, column: str) -> pd.Series | None:
    """Return a column as nonnegative numbers, NaN where it is none; None where no firm has one above 0."""
    if column not in firms.columns:
        return None
    known = pd.to_numeric(firms[column], errors="coerce").astype("float64")
    known = known.where((known >= 0) & (known < float("inf")))
    return known if known.sum() > 0 else None


def attribute(found: Analysis, firm: Any, column: str) -> str:
    """Return what the firm table says of a firm."""
    value = found.net.firms.loc[firm, column]
    return NONE if pd.isna(value) else short(value, 50)


def kind_columns(found: Analysis) -> tuple[str, ...]:
    """Return the column that says of what kind firms are, as a tuple of one; empty when no column is filled."""
    firms = found.net.firms
    return tuple(name for name in KIND_COLUMNS if name in firms.columns and firms[name].notna().any())[:1]


def has_outside(net: Network) -> bool:
    """Tell whether some firms are of the registry and some are not."""
    if "registered" not in net.firms.columns or not pd.api.types.is_bool_dtype(net.firms["registered"]):
        return False
    inside = net.firms["registered"].fillna(value=False)
    return bool(inside.any() and not inside.all())


def undecided_firms(found: Analysis) -> pd.Index:
    """Return the firms of the network that are names waiting for a person to decide, counted as not registered."""
    firms = found.net.firms
    if found.linkage is None or "registered" not in firms.columns:
        return firms.index[:0]
    links = found.linkage.links
    waiting = firms.index.isin(links.loc[links["status"] == "review", "firm"].dropna())
    return firms.index[waiting & ~firms["registered"].to_numpy(dtype=bool)]
