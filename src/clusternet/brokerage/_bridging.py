"""Bridging: ties without common partners, what the network loses with a tie, and ties across communities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from clusternet._compiled import call
from clusternet.brokerage import _kernels
from clusternet.measure import Weights, choose, firm_groups, firm_measure, firm_series

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray
    from scipy import sparse

    from clusternet.network import Network

WEIGHTS = ("ignore", "strength")


def _slots(matrix: sparse.csr_array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64)


def _shared(matrix: sparse.csr_array, source: NDArray[np.int64], target: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number of common neighbors of every pair."""
    shared = np.zeros(len(source), dtype=np.int64)
    degree = np.diff(matrix.indptr)
    work = int((degree[source] + degree[target]).sum())
    call(_kernels.shared_partners, (*_slots(matrix), source, target), (shared,), work=work)
    return shared


def _mutual(network: Network) -> sparse.csr_array:
    """Return the ties that go both ways."""
    matrix = network.simple().csr()
    mutual = matrix.multiply(matrix.T).tocsr() if network.is_directed else matrix
    mutual.sort_indices()
    return mutual


def _simmelian(network: Network) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the mutual pairs (source < target) and how many thirds are tied both ways to both."""
    from scipy import sparse

    mutual = _mutual(network)
    upper = sparse.triu(mutual, k=1).tocoo()
    source, target = upper.row.astype(np.int64), upper.col.astype(np.int64)
    return source, target, _shared(mutual, source, target)


def tie_embeddedness(network: Network, *, span: bool = False) -> pd.DataFrame:
    """How every tie is embedded: common partners, whether it is a local bridge, whether it is Simmelian.

    Parameters
    ----------
    network
        The network. Common partners and spans forget direction; a tie is mutual if it goes both ways, as every
        undirected tie does.
    span
        Whether to find the spans of local bridges, which takes a search per bridge.

    Returns
    -------
    DataFrame
        One row per tied pair: ``source``, ``target`` (in table order); ``shared_partners`` (number);
        ``overlap``, shared partners over all other partners of the two, from 0 to 1, NaN if they have none
        (onnela2007); ``local_bridge``, no common partner (granovetter1973); ``mutual``; ``simmelian_thirds``, the
        number of firms tied both ways to both ends of a mutual tie; ``simmelian``, at least one such third
        (krackhardt1999). With `span`, ``span``: steps between the two ends without the tie, 2 with a common partner, at
        least 3 for a local bridge, infinite for a bridge, which no other way replaces.

    References
    ----------
    granovetter1973, krackhardt1999, onnela2007

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Ada", "Cy"), ("Cy", "Di")])
    >>> tie_embeddedness(net, span=True)[["source", "target", "shared_partners", "span"]].to_numpy().tolist()
    [['Ada', 'Bo', 1, 2.0], ['Ada', 'Cy', 1, 2.0], ['Bo', 'Cy', 1, 2.0], ['Cy', 'Di', 0, inf]]
    """
    graph = network.simple("undirected")
    matrix = graph.csr()
    source, target = graph.source, graph.target
    degree = np.diff(matrix.indptr).astype(float)
    shared = _shared(matrix, source, target)
    around = degree[source] + degree[target] - 2 - shared
    thirds, mutual = shared.copy(), np.ones(len(source), dtype=bool)
    if network.is_directed:
        one, other, found = _simmelian(network)
        width = max(network.n_firms, 1)
        place = np.searchsorted(source * width + target, one * width + other)
        thirds[:], mutual[:] = 0, False
        thirds[place], mutual[place] = found, True
    ids = network.firms.index
    table = pd.DataFrame(
        {
            "source": ids[source],
            "target": ids[target],
            "shared_partners": shared,
            "overlap": np.divide(shared, around, out=np.full(len(source), np.nan), where=around > 0),
            "local_bridge": shared == 0,
            "mutual": mutual,
            "simmelian_thirds": thirds,
            "simmelian": thirds > 0,
        }
    )
    if span:
        steps = np.full(len(source), 2, dtype=np.int64)
        local = np.flatnonzero(shared == 0)
        around_bridges = np.full(len(local), -1, dtype=np.int64)
        n = network.n_firms
        scratch = [np.full(n, -1, dtype=np.int64), np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)]
        call(
            _kernels.spans,
            (*_slots(matrix), source[local], target[local]),
            (around_bridges, *scratch),
            work=len(local) * min(len(matrix.indices), 1000),
        )
        steps[local] = around_bridges
        table["span"] = np.where(steps < 0, np.inf, steps)
    return table


@firm_measure(label="Local bridges", cites=("granovetter1973",))
def local_bridges(network: Network) -> pd.Series:
    """Count a firm's ties to partners with whom it has no other partner in common.

    Parameters
    ----------
    network
        The network; direction is forgotten.

    Returns
    -------
    Series
        One float per firm: a whole number from 0 to the number of its partners. 0 for isolates.

    References
    ----------
    granovetter1973

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Ada", "Cy"), ("Cy", "Di")])
    >>> local_bridges(net).to_dict()
    {'Ada': 0.0, 'Bo': 0.0, 'Cy': 1.0, 'Di': 1.0}
    """
    graph = network.simple("undirected")
    bridge = _shared(graph.csr(), graph.source, graph.target) == 0
    ends = np.concatenate([graph.source[bridge], graph.target[bridge]])
    return firm_series(network, np.bincount(ends, minlength=network.n_firms), "local_bridges")


@firm_measure(label="Simmelian ties", cites=("krackhardt1999",))
def simmelian_ties(network: Network) -> pd.Series:
    """Count a firm's mutual ties that a third firm shares, tied both ways to both.

    Parameters
    ----------
    network
        The network; undirected ties go both ways.

    Returns
    -------
    Series
        One float per firm: a whole number from 0 to the number of its partners. 0 for isolates.

    References
    ----------
    krackhardt1999

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Ada", "Cy"), ("Cy", "Di")])
    >>> simmelian_ties(net).to_dict()
    {'Ada': 2.0, 'Bo': 2.0, 'Cy': 2.0, 'Di': 0.0}
    """
    source, target, thirds = _simmelian(network)
    ends = np.concatenate([source[thirds > 0], target[thirds > 0]])
    return firm_series(network, np.bincount(ends, minlength=network.n_firms), "simmelian_ties")


@firm_measure(label="Bridging", cites=("valente2010",), heavy=True)
def bridging(network: Network, *, cut: Literal["tie", "direction"] = "tie") -> pd.Series:
    """Mean loss of cohesion when one of a firm's ties is cut.

    Cohesion is the mean of 1/distance over all pairs of firms (0 without a path). Every tie is removed alone, and a
    firm gets the mean loss over its ties: high for the firm whose ties are short cuts that nothing replaces.

    Parameters
    ----------
    network
        The network; direction and strengths are ignored.
    cut
        "tie": a tie falls whole. "direction": it can still be passed the other way, as in the R package influenceR;
        every value is then exactly half.

    Returns
    -------
    Series
        One float per firm from 0 to 1, usually small. NaN for firms without ties.

    References
    ----------
    valente2010

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Ada", "Cy"), ("Cy", "Di")])
    >>> bridging(net).round(3).to_dict()
    {'Ada': 0.097, 'Bo': 0.097, 'Cy': 0.185, 'Di': 0.333}
    """
    choose("cut", cut, ("tie", "direction"))
    graph = network.simple("undirected")
    matrix = graph.csr()
    n, ties = graph.n, len(graph.source)
    row = np.repeat(np.arange(n, dtype=np.int64), np.diff(matrix.indptr))
    column = matrix.indices.astype(np.int64)
    key = np.minimum(row, column) * max(n, 1) + np.maximum(row, column)
    tie_of = np.searchsorted(graph.source * max(n, 1) + graph.target, key).astype(np.int64)
    loss = np.zeros(ties)
    scratch = [np.zeros(n, dtype=np.int64) for _ in range(8)]
    call(_kernels.tie_losses, (*_slots(matrix), tie_of), (loss, *scratch), work=4 * n * (n + 4 * ties))
    # By symmetry each direction of a tie carries half of the loss.
    share = loss / (n * (n - 1)) * (1.0 if cut == "tie" else 0.5) if n > 1 else loss
    total = np.bincount(row, weights=share[tie_of], minlength=n)
    degree = np.diff(matrix.indptr)
    value = np.divide(total, degree, out=np.full(n, np.nan), where=degree > 0)
    return firm_series(network, value, "bridging")


# ── positions among groups ──


def _to_groups(
    network: Network, groups: str | pd.Series | Iterable[object], weights: Weights
) -> tuple[sparse.csr_array, NDArray[np.int64]]:
    """Return ties from firms to groups (firms by groups, direction forgotten) and the groups' codes."""
    from scipy import sparse

    choose("weights", weights, WEIGHTS)
    codes, labels = firm_groups(network, groups)
    member = np.flatnonzero(codes >= 0)
    to = sparse.csr_array((np.ones(len(member)), (member, codes[member])), shape=(network.n_firms, max(len(labels), 1)))
    return (network.simple("undirected").csr(weights=weights) @ to).tocsr(), codes


def participation_coefficient(
    network: Network, groups: str | pd.Series | Iterable[object], *, weights: Weights = "ignore"
) -> pd.Series:
    """How evenly a firm's ties spread over groups: 1 - sum_s (k_is / k_i)^2.

    Parameters
    ----------
    network
        The network; direction is forgotten (strengths of the two directions summed).
    groups
        Column of ``firms``, Series or dict by firm (such as the membership of `communities`) or one value per firm.
        Partners without a group are left out.
    weights
        "ignore" counts ties, "strength" adds up their strengths.

    Returns
    -------
    Series
        One float per firm from 0 (all ties to one group) to 1 - 1/groups. NaN for firms without a tie to a grouped
        firm.

    References
    ----------
    guimera2005

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Ada", "Cy"), ("Cy", "Di")])
    >>> participation_coefficient(net, [*"xxxy"]).round(2).to_dict()
    {'Ada': 0.0, 'Bo': 0.0, 'Cy': 0.44, 'Di': 0.0}
    """
    to, _ = _to_groups(network, groups, weights)
    total = np.asarray(to.sum(axis=1)).ravel()
    squares = np.asarray(to.multiply(to).sum(axis=1)).ravel()
    value = 1 - np.divide(squares, total**2, out=np.full(len(total), np.nan), where=total > 0)
    return firm_series(network, value, "participation_coefficient")


def within_module_z(
    network: Network, groups: str | pd.Series | Iterable[object], *, weights: Weights = "ignore"
) -> pd.Series:
    """How many ties a firm has inside its group, in standard deviations from the group's mean.

    Parameters
    ----------
    network
        The network; direction is forgotten (strengths of the two directions summed).
    groups
        Column of ``firms``, Series or dict by firm (such as the membership of `communities`) or one value per firm.
    weights
        "ignore" counts ties, "strength" adds up their strengths.

    Returns
    -------
    Series
        One float per firm, around 0, above 2.5 for the hubs of guimera2005. The standard deviation divides by the
        number of firms less one. NaN for firms without a group, alone in it, or in a group whose firms are all alike.

    References
    ----------
    guimera2005

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Cy", "Di")])
    >>> within_module_z(net, [*"xxxy"]).round(3).to_dict()
    {'Ada': -0.577, 'Bo': 1.155, 'Cy': -0.577, 'Di': nan}
    """
    to, codes = _to_groups(network, groups, weights)
    value = np.full(network.n_firms, np.nan)
    firm = np.flatnonzero(codes >= 0)
    if len(firm):
        code = codes[firm]
        inside = np.asarray(to[firm, code]).ravel()
        size = np.bincount(code)
        mean = (np.bincount(code, weights=inside) / np.maximum(size, 1))[code]
        apart = inside - mean
        variance = np.bincount(code, weights=apart**2) / np.maximum(size - 1, 1)
        deviation = np.sqrt(variance)[code]
        alike = deviation <= 1e-12 * mean
        value[firm] = np.divide(apart, deviation, out=np.full(len(firm), np.nan), where=~alike)
    return firm_series(network, value, "within_module_z")
