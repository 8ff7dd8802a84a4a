"""Supply order: how far down the chain each firm stands, and how orderly the whole network is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from clusternet.centrality._common import WEIGHTS, ratio
from clusternet.centrality._status import walks
from clusternet.measure import Weights, choose, firm_measure, firm_series, network_measure

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from clusternet.network import Network

Definition = Literal["mackay", "levine"]
DEFINITIONS = ("mackay", "levine")

DIRECT = 2_000
"""Up to this many firms a direct solver is at once fast and exact."""


@firm_measure(label="Trophic level", cites=("mackay2020", "levine1980"))
def trophic_level(network: Network, *, definition: Definition = "mackay", weights: Weights = "ignore") -> pd.Series:
    """Place of each firm in the order of supply, from the suppliers of raw goods up to the firms nearest to customers.

    Parameters
    ----------
    network
        The network. Ties run from supplier to buyer; an undirected tie counts as one each way.
    definition
        "mackay": the levels h that come closest to every buyer standing one above its supplier, the least squares of
        h(buyer) - h(supplier) - 1 over all ties; the lowest firm of a component stands at 0 (mackay2020). Defined
        for every network. "levine": firms that only sell stand at 1, every other firm 1 above the mean of its suppliers
        (levine1980), as in networkx.
    weights
        "ignore": all ties count alike. "strength": in proportion to their strength.

    Returns
    -------
    Series
        One float per firm, in steps; at least 0 ("levine": at least 1), comparable only within a component. Isolates
        are NaN: they have no place in the order. With "levine", so is every firm whose supply, however far back, comes
        out of a cycle that no firm feeds from outside (all tied firms of an undirected network).

    References
    ----------
    mackay2020, levine1980

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Farm", "Mill"), ("Farm", "Bakery"), ("Mill", "Bakery")], directed=True)
    >>> trophic_level(net).round(3).to_dict()
    {'Farm': 0.0, 'Mill': 0.667, 'Bakery': 1.333}
    >>> trophic_level(net, definition="levine").to_dict()
    {'Farm': 1.0, 'Mill': 2.0, 'Bakery': 2.5}
    """
    choose("definition", definition, DEFINITIONS)
    choose("weights", weights, WEIGHTS)
    return firm_series(network, _levels(network, definition, weights), "trophic_level")


@network_measure(label="Trophic incoherence", cites=("mackay2020", "johnson2014"))
def trophic_incoherence(network: Network, *, definition: Definition = "mackay", weights: Weights = "ignore") -> float:
    """How far the ties are from all leading exactly one level up: 0 for a clean chain of supply.

    Let x be the difference of the trophic levels of buyer and supplier.

    Parameters
    ----------
    network
        The network. Ties run from supplier to buyer; an undirected tie counts as one each way.
    definition
        "mackay": the mean of (x - 1)^2 over the ties (mackay2020). "levine": the square root of that mean, with the
        levels of `levine1980` (johnson2014), as in networkx.
    weights
        "ignore": all ties count alike. "strength": in proportion to their strength, in the levels and in the mean.

    Returns
    -------
    float
        At least 0; with "mackay" at most 1, reached when nothing leads up (a ring, an undirected network). NaN without
        ties, and with "levine" when a tied firm has no level.

    References
    ----------
    mackay2020, johnson2014

    Examples
    --------
    >>> from clusternet import Network
    >>> trophic_incoherence(Network.from_edges([("Farm", "Mill"), ("Mill", "Bakery")], directed=True))
    0.0
    """
    choose("definition", definition, DEFINITIONS)
    choose("weights", weights, WEIGHTS)
    graph = network.simple()
    if len(graph.source) == 0:
        return float("nan")
    level = _levels(network, definition, weights)
    step = level[graph.target] - level[graph.source] - 1
    if not graph.directed:
        step = np.append(step, -step - 2)  # the same tie, the other way
    strength = np.resize(graph.strength, len(step)) if weights == "strength" else np.ones(len(step))
    value = float(strength @ step**2 / strength.sum())
    # Rounding leaves some 1e-32 where every step is 1.
    value = 0.0 if value < 1e-24 else value
    return value if definition == "mackay" else float(np.sqrt(value))


@network_measure(label="Flow hierarchy", cites=("luomagee2011",))
def flow_hierarchy(network: Network, *, weights: Weights = "ignore") -> float:
    """Share of the ties that lie on no cycle.

    Parameters
    ----------
    network
        The network. An undirected tie counts as one each way, and so is a cycle of its own.
    weights
        "ignore": share of ties. "strength": share of strength.

    Returns
    -------
    float
        From 0 (every tie is on a cycle) to 1 (a strict order). NaN without ties.

    References
    ----------
    luomagee2011

    Examples
    --------
    >>> from clusternet import Network
    >>> flow_hierarchy(Network.from_edges([("Ada", "Bo"), ("Bo", "Ada"), ("Bo", "Cy"), ("Cy", "Di")], directed=True))
    0.5
    """
    choose("weights", weights, WEIGHTS)
    graph = network.simple()
    strength = graph.strength if weights == "strength" else np.ones(len(graph.source))
    codes = network.component_codes("strong")
    free = codes[graph.source] != codes[graph.target]
    return float(ratio(strength[free].sum(), strength.sum()))


def _levels(network: Network, definition: Definition, weights: Weights) -> NDArray[np.float64]:
    graph = network.simple()
    matrix = graph.csr(weights=weights)
    received, sent = matrix.sum(axis=0), matrix.sum(axis=1)
    if definition == "levine":
        return _levine(matrix, received, sent)
    level = _mackay(matrix, received, sent)
    codes = network.component_codes()
    lowest = np.full(codes.max(initial=-1) + 1, np.inf)
    np.minimum.at(lowest, codes, level)
    return np.where(received + sent > 0, level - lowest[codes], np.nan)


def _mackay(matrix: Any, received: NDArray[np.float64], sent: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return levels up to a constant per component: the solution of (diag(in + out) - W - W') h = in - out."""
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components
    from scipy.sparse.linalg import cg, spsolve

    n = len(sent)
    total, surplus = received + sent, received - sent
    level = np.zeros(n)
    if not np.any(surplus):
        return level
    laplacian = (sparse.diags_array(total) - matrix - matrix.T).tocsr()
    if n > DIRECT:
        # Each component is consistent by itself, since its surpluses add up to 0.
        scale = sparse.diags_array(np.divide(1.0, total, out=np.zeros(n), where=total > 0))
        level, failed = cg(laplacian, surplus, rtol=1e-13, maxiter=2_000, M=scale)
        if not failed:
            return np.asarray(level)
    codes = connected_components(matrix, directed=False)[1]
    grounded = np.ones(n, dtype=bool)
    grounded[np.unique(codes, return_index=True)[1]] = False
    level = np.zeros(n)
    free = np.flatnonzero(grounded)
    level[free] = spsolve(laplacian[free][:, free].tocsc(), surplus[free])
    return level


def _levine(matrix: Any, received: NDArray[np.float64], sent: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return s = 1 + P s with P(j, i) the share of supplier i in what j receives; NaN where it has no solution."""
    first = (received == 0) & (sent > 0)
    trapped = ~_reached(matrix, first) & (received > 0)
    known = received + sent > 0
    if trapped.any():
        known &= ~_reached(matrix, trapped)
    supply = matrix.T.tocsr()
    # A known firm has known suppliers only, so the rows of the others can stay empty.
    supply.data *= np.repeat(np.where(known, np.nan_to_num(ratio(1.0, received)), 0.0), np.diff(supply.indptr))
    return np.where(known, walks(supply, 1.0, known.astype(float)), np.nan)


def _reached(matrix: Any, start: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which firms can be reached from the starting ones, these included."""
    from scipy import sparse
    from scipy.sparse.csgraph import breadth_first_order

    n = len(start)
    first = np.flatnonzero(start)
    # One more row, tied to all starting firms.
    indices = np.concatenate([matrix.indices, first])
    indptr = np.append(matrix.indptr, len(indices))
    both = sparse.csr_array((np.ones(len(indices)), indices, indptr), shape=(n + 1, n + 1))
    reached = np.zeros(n + 1, dtype=bool)
    reached[breadth_first_order(both, n, return_predecessors=False)] = True
    return reached[:n]
