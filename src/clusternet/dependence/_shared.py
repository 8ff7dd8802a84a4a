"""What the modules of dependence share: partners and their strengths, and rows of records behind ties."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clusternet.build import build_network
from clusternet.errors import OptionError, listing
from clusternet.measure import choose

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clusternet.linkage import Linkage
    from clusternet.measure import Direction, Weights
    from clusternet.network import Network
    from clusternet.records import Records

__all__ = [
    "NAN",
    "WEIGHTS",
    "check_ends",
    "kept_rows",
    "layer_or_all",
    "partner_links",
    "partner_shares",
    "per_firm",
    "ratio",
]

WEIGHTS = ("ignore", "strength")
NAN = float("nan")


def per_firm(place: NDArray[np.int64], values: NDArray[Any] | None = None, *, size: int) -> NDArray[np.float64]:
    """Return the sum of the values (or the number of rows) per firm."""
    return np.asarray(np.bincount(place, weights=values, minlength=size), dtype=np.float64)


def partner_links(
    network: Network, direction: Direction, weights: Weights
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return firm, partner and strength, one row per partner of every firm."""
    choose("direction", direction, ("in", "out", "all"))
    choose("weights", weights, WEIGHTS)
    graph = network.simple("undirected" if direction == "all" else "keep")
    strength = graph.strength if weights == "strength" else np.ones(len(graph.source))
    if not graph.directed:
        firm = np.concatenate([graph.source, graph.target])
        return firm, np.concatenate([graph.target, graph.source]), np.concatenate([strength, strength])
    if direction == "out":
        return graph.source, graph.target, strength
    return graph.target, graph.source, strength


def ratio(top: NDArray[np.float64], bottom: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return top/bottom, NaN where bottom is 0."""
    return np.asarray(np.divide(top, bottom, out=np.full(len(bottom), np.nan), where=bottom != 0))


def partner_shares(
    network: Network, direction: Direction, weights: Weights
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return firm, partner, and the partner's share of the firm's total."""
    firm, partner, strength = partner_links(network, direction, weights)
    total = per_firm(firm, strength, size=network.n_firms)
    return firm, partner, strength / total[firm]


def layer_or_all(network: Network, name: str) -> Network:
    """Return the named layer where the network has it, else the network as it is."""
    return network.layer(name) if name in network.layers else network


def check_ends(table: pd.DataFrame, ends: tuple[str, str], advice: str) -> None:
    """Refuse a table without the columns that say who and whom, or with columns of one name.

    Raises
    ------
    OptionError
        If the table is no such table.
    """
    if not isinstance(table, pd.DataFrame):
        raise OptionError(f"a {type(table).__name__} was given; {advice}")
    missing = [name for name in ends if name not in table.columns]
    if missing:
        raise OptionError(f"the table lacks {listing(missing)}; it has {listing(table.columns, 10)}. {advice}")
    if not table.columns.is_unique:
        raise OptionError(f"the table has repeated columns: {listing(table.columns[table.columns.duplicated()])}.")


def kept_rows(records: Records, linkage: Linkage | None, layer: str, table: str) -> pd.DataFrame:
    """Return the rows of a table that became ties of a layer, with ``source`` and ``target`` as firm ids."""
    network = build_network(records, linkage=linkage, layers=layer)
    lineage = network.lineage_table
    rows = getattr(records, table)
    if lineage is None or not len(lineage):
        return rows.head(0).assign(source=pd.Series(dtype="str"), target=pd.Series(dtype="str"))
    behind = lineage.loc[lineage["table"] == table, ["row"]].join(network.ties[["source", "target"]])
    # Rows that were dropped as duplicates are in the lineage, but not in the table. The user's own columns of these two
    # names, such as where a row comes from, would be taken for firms.
    rows = rows.drop(columns=["source", "target"], errors="ignore")
    return rows.merge(behind.drop_duplicates("row"), on="row", how="inner")
