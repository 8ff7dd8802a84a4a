"""What the modules of dependence share: partners and their strengths, and rows of records behind ties."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clusternet.build import build_network
from clusternet.measure import choose

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clusternet.linkage import Linkage
    from clusternet.measure import Direction, Weights
    from clusternet.network import Network
    from clusternet.records import Records

__all__ = ["NAN", "WEIGHTS", "kept_rows", "layer_or_all", "partner_links", "partner_shares", "per_firm", "ratio"]

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


def kept_rows(records: Records, linkage: Linkage | None, layer: str, table: str) -> pd.DataFrame:
    """Return the rows of a table that became ties of a layer, with ``source`` and ``target`` as firm ids."""
    network = build_network(records, linkage=linkage, layers=layer)
    lineage = network.lineage_table
    rows = getattr(records, table)
    if lineage is None or not len(lineage):
        return rows.head(0).assign(source=pd.Series(dtype="str"), target=pd.Series(dtype="str"))
    behind = lineage.loc[lineage["table"] == table, ["row"]].join(network.ties[["source", "target"]])
    # Rows that were dropped as duplicates are in the lineage, but not in the table.
    return rows.merge(behind.drop_duplicates("row"), on="row", how="inner")
