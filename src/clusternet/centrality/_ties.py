"""Counting ties: degree and strength."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from clusternet.centrality._common import DIRECTIONS, incident, other_mode, ratio
from clusternet.measure import Direction, choose, firm_measure, firm_series

if TYPE_CHECKING:
    import pandas as pd

    from clusternet.network import Network


@firm_measure(label="Degree", cites=("freeman1979",))
def degree(
    network: Network,
    *,
    direction: Direction = "all",
    scale: Literal["raw", "normalized", "two_mode"] = "raw",
) -> pd.Series:
    """How many ties each firm has.

    Parameters
    ----------
    network
        The network; parallel ties of all layers count once.
    direction
        "in" counts ties received, "out" ties sent, "all" their sum, so that a mutual partner counts twice in a
        directed network. ``degree(network.undirected())`` counts distinct partners.
    scale
        "raw": ties. "normalized": divided by the largest possible number, n - 1 (2(n - 1) for "all" in a directed
        network). "two_mode": divided by the number of firms of the other mode (borgattieverett1997).

    Returns
    -------
    Series
        One float per firm; ties, or a share from 0 to 1. Isolates get 0. NaN where the share has no denominator
        (a single firm).

    Raises
    ------
    NetworkError
        If ``scale="two_mode"`` and the network is not two-mode.

    References
    ----------
    freeman1979, borgattieverett1997

    Examples
    --------
    >>> from clusternet import Network
    >>> degree(Network.from_edges([("Ada", "Bo"), ("Bo", "Cy")])).to_dict()
    {'Ada': 1.0, 'Bo': 2.0, 'Cy': 1.0}
    """
    choose("direction", direction, DIRECTIONS)
    choose("scale", scale, ("raw", "normalized", "two_mode"))
    counts = incident(network, direction, "ignore")
    if scale == "raw":
        return firm_series(network, counts, "degree")
    both = 2.0 if direction == "all" and network.is_directed else 1.0
    possible = other_mode(network)[0] if scale == "two_mode" else np.full(len(network), len(network) - 1.0)
    return firm_series(network, ratio(counts, both * possible), "degree")


@firm_measure(label="Strength", cites=("barrat2004",))
def strength(network: Network, *, direction: Direction = "all") -> pd.Series:
    """Sum of the strengths of each firm's ties.

    Parameters
    ----------
    network
        The network; strengths of parallel ties add up.
    direction
        "in" adds ties received, "out" ties sent, "all" both.

    Returns
    -------
    Series
        One float per firm, in the unit of the strengths, at least 0. Isolates get 0; never NaN.

    References
    ----------
    barrat2004

    Examples
    --------
    >>> from clusternet import Network
    >>> strength(Network.from_edges([("Ada", "Bo", 2.0), ("Bo", "Cy", 0.5)])).to_dict()
    {'Ada': 2.0, 'Bo': 2.5, 'Cy': 0.5}
    """
    choose("direction", direction, DIRECTIONS)
    return firm_series(network, incident(network, direction, "strength"), "strength")
