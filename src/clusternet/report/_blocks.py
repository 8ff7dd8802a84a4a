"""What every section is made of: a table of ready text, and firms by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from clusternet.plots import short
from clusternet.report._parts import Table
from clusternet.report._text import NONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clusternet.linkage import Linkage
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
    "outside_marks",
    "text_table",
    "tidied",
    "ties_of_many",
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

STRANGER, UNDECIDED = " [not registered]", " [undecided]"
"""Marks behind the names of firms outside of the registry; the second is a name that waits for a person."""

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
    """Return a firm's name on one line, marked where it is not of the registry."""
    return short(found.names[firm], 70) + found.marks.get(firm, "")


def tidied(texts: pd.Series) -> pd.Series:
    """Return texts with case and blanks set aside; missing ones stay missing."""
    return texts.astype("str").map(lambda text: " ".join(text.split()).casefold(), na_action="ignore").astype("str")


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


def ties_of_many(net: Network) -> pd.Index:
    """Return the ties that rest on an agreement of three or more firms that ties every member to every other."""
    lineage = net.lineage_table
    if lineage is None or str(net.settings.get("multiparty")) not in ("clique", "clique_newman"):
        return net.ties.index[:0]
    rows = lineage[lineage["table"] == "groups"]
    large = rows.groupby("record")["row"].nunique() >= 3
    return net.ties.index.intersection(rows.index[rows["record"].isin(large.index[large])].unique())


def outside_marks(net: Network, linkage: Linkage | None) -> dict[Any, str]:
    """Return the mark behind the name of every firm outside of the registry; empty where nobody or everybody is."""
    if not has_outside(net):
        return {}
    outside = net.firms.index[~net.firms["registered"].fillna(value=False).to_numpy(dtype=bool)]
    marks = dict.fromkeys(outside, STRANGER)
    if linkage is not None:
        waiting = linkage.links.loc[linkage.links["status"] == "review", "firm"].dropna()
        marks |= dict.fromkeys(outside.intersection(waiting), UNDECIDED)
    return marks


def undecided_firms(found: Analysis) -> pd.Index:
    """Return the firms of the network that are names waiting for a person to decide, counted as not registered."""
    ids = found.net.firms.index
    return ids[[found.marks.get(firm) == UNDECIDED for firm in ids]]
