"""Along all paths at once, as electric current takes them: information centrality and current-flow betweenness."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from clusternet.centrality._common import WEIGHTS, ratio
from clusternet.errors import NetworkError
from clusternet.measure import Weights, choose, firm_measure, firm_series

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from clusternet.network import Network, SimpleGraph

LARGEST = 20_000
"""Firms of a component: the inverse of the Laplacian is dense, and of this many firms it takes 3.2 GB."""

BLOCK = 2**21
"""Numbers sorted at a time."""


@firm_measure(label="Information", cites=("stephensonzelen1989",), heavy=True)
def information(
    network: Network,
    *,
    variant: Literal["stephenson_zelen", "current_flow"] = "stephenson_zelen",
    weights: Weights = "ignore",
) -> pd.Series:
    """How much information all paths together, not only the shortest, carry between each firm and the others.

    R(i, j) is the effective resistance between two firms when every tie conducts: many and short paths make it small.
    The information between them is 1/R(i, j).

    Parameters
    ----------
    network
        The network; direction is forgotten (strengths of the two directions summed).
    variant
        "stephenson_zelen": the harmonic mean of the information between the firm and each firm of its component,
        m/sum R(i, j) for m firms (stephensonzelen1989), as in sna and UCINET. "current_flow": 1/sum R(i, j), the
        current-flow closeness of `brandesfleischer2005`, as in networkx: smaller by the factor m.
    weights
        "ignore": every tie conducts 1. "strength": a tie conducts its strength.

    Returns
    -------
    Series
        One float per firm, above 0, comparable only within a component. NaN for isolates.

    Raises
    ------
    NetworkError
        If a component has more than 20,000 firms, or its strengths differ so much (more than some ten billion times)
        that the current would be rounding.

    References
    ----------
    stephensonzelen1989, brandesfleischer2005

    Examples
    --------
    >>> from clusternet import Network
    >>> information(Network.from_edges([("Ada", "Bo"), ("Bo", "Cy")])).to_dict()
    {'Ada': 1.0, 'Bo': 1.5, 'Cy': 1.0}
    """
    choose("variant", variant, ("stephenson_zelen", "current_flow"))
    choose("weights", weights, WEIGHTS)
    values = np.full(len(network), np.nan)
    for firms, part in _parts(network, weights):
        m = len(firms)
        root = _inverse_root(part)
        # With C the inverse of the Laplacian without its last firm, R(i, j) = C(i, i) + C(j, j) - 2 C(i, j), and C is 0
        # for the last firm.
        own = np.append(np.einsum("ij,ij->j", root, root), 0.0)
        whole = np.append(root.T @ root.sum(axis=1), 0.0)
        resistance = m * own + own.sum() - 2 * whole
        values[firms] = (m if variant == "stephenson_zelen" else 1.0) / resistance
    return firm_series(network, values, "information")


@firm_measure(label="Current-flow betweenness", cites=("newman2005", "brandesfleischer2005"), heavy=True)
def current_flow_betweenness(
    network: Network,
    *,
    weights: Weights = "ignore",
    scale: Literal["normalized", "raw", "newman"] = "normalized",
) -> pd.Series:
    """Share of the current between other firms that flows through each firm, over all paths and not only the shortest.

    Each pair of firms sends one unit of current from one to the other; equally, a random walk between them, counted
    without its detours that lead back. Pairs in different components send none.

    Parameters
    ----------
    network
        The network; direction is forgotten (strengths of the two directions summed).
    weights
        "ignore": every tie conducts 1. "strength": a tie conducts its strength.
    scale
        "raw": units of current, each unordered pair of other firms counted once. "normalized": divided by the number of
        these pairs, (n - 1)(n - 2)/2 (brandesfleischer2005), as in networkx. "newman": a firm's own pairs count as
        well, one unit each, and the sum is divided by n(n - 1)/2 (newman2005).

    Returns
    -------
    Series
        One float per firm, at least 0; at most 1 unless raw. Isolates get 0. NaN when the scale has no pairs: fewer
        than three firms ("newman": than two).

    Raises
    ------
    NetworkError
        If a component has more than 20,000 firms, or its strengths differ so much (more than some ten billion times)
        that the current would be rounding.

    References
    ----------
    newman2005, brandesfleischer2005

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Ada", "Cy"), ("Cy", "Di")])
    >>> current_flow_betweenness(net).round(3).to_dict()
    {'Ada': 0.222, 'Bo': 0.222, 'Cy': 0.778, 'Di': 0.0}
    """
    choose("weights", weights, WEIGHTS)
    choose("scale", scale, ("normalized", "raw", "newman"))
    n = float(len(network))
    values = np.zeros(len(network))
    for firms, part in _parts(network, weights):
        m = len(firms)
        through = _throughput(part)
        # Nothing flows through a firm with one partner; what is left there is rounding.
        single = np.bincount(np.concatenate([part.source, part.target]), minlength=m) == 1
        through[single] = (m - 1) / 2
        # A firm's own m - 1 pairs leave half a unit each in the sum over its ties.
        values[firms] = np.maximum(through - (m - 1) / 2, 0.0) if scale != "newman" else through + (m - 1) / 2
    if scale != "raw":
        values = ratio(values, n * (n - 1) / 2 if scale == "newman" else (n - 1) * (n - 2) / 2)
    return firm_series(network, values, "current_flow_betweenness")


def _parts(network: Network, weights: Weights) -> Iterator[tuple[NDArray[np.int64], SimpleGraph]]:
    """Yield the firms of each component that has a tie, and the component; its best tied firm is the last."""
    from clusternet.network import SimpleGraph

    graph = network.simple("undirected")
    strength = graph.strength if weights == "strength" else np.ones(len(graph.source))
    codes = network.component_codes()
    sizes = np.bincount(codes)
    if sizes.max(initial=0) > LARGEST:
        raise NetworkError(
            f"a component has {sizes.max():,} firms; current through all paths needs a matrix of firms by firms, which "
            f"is made for up to {LARGEST:,}. Take a subset, or use closeness or betweenness."
        )
    degree = np.bincount(graph.source, minlength=graph.n) + np.bincount(graph.target, minlength=graph.n)
    # The ground of the current is the firm with most ties: sums over it round least.
    order = np.lexsort((degree, codes))
    first = np.cumsum(sizes) - sizes
    place = np.empty(graph.n, dtype=np.int64)
    place[order] = np.arange(graph.n)
    ties = np.argsort(codes[graph.source], kind="stable")
    bounds = np.searchsorted(codes[graph.source][ties], np.arange(len(sizes) + 1))
    for number in np.flatnonzero(sizes > 1):
        mine = ties[bounds[number] : bounds[number + 1]]
        source, target = (place[end[mine]] - first[number] for end in (graph.source, graph.target))
        size = int(sizes[number])
        part = SimpleGraph(size, source, target, strength[mine], graph.count[mine], directed=False)
        yield order[first[number] : first[number] + size], part


def _factor(part: SimpleGraph) -> NDArray[np.float64]:
    """Return the lower Cholesky factor L of a component's Laplacian without its last firm."""
    from scipy.linalg.lapack import dpotrf

    m = part.n
    total = np.bincount(part.source, part.strength, m) + np.bincount(part.target, part.strength, m)
    laplacian = np.zeros((m - 1, m - 1), order="F")
    inner = np.maximum(part.source, part.target) < m - 1
    one, other = part.source[inner], part.target[inner]
    laplacian[one, other] = laplacian[other, one] = -part.strength[inner]
    np.fill_diagonal(laplacian, total[:-1])
    factor, failed = dpotrf(laplacian, lower=1, overwrite_a=1)
    # What is left of a firm's total once the others are eliminated: a tenth of a billionth is a number of six digits.
    if failed or (factor.diagonal() ** 2 < 1e-10 * total[:-1]).any():
        raise NetworkError(
            "strengths differ by so many orders of magnitude that the current cannot be computed; rescale them or take "
            "weights='ignore'."
        )
    return np.asarray(factor)


def _inverse_root(part: SimpleGraph) -> NDArray[np.float64]:
    """Return K, the inverse of L, so that K'K is the inverse of the Laplacian without its last firm."""
    from scipy.linalg.lapack import dtrtri

    return np.asarray(dtrtri(_factor(part), lower=1, overwrite_c=1)[0])


def _inverse(part: SimpleGraph) -> NDArray[np.float64]:
    """Return the inverse of the Laplacian without its last firm, whose row and column are 0."""
    from scipy.linalg.lapack import dpotri

    # Only the lower triangle is filled; above it are zeros.
    lower = dpotri(_factor(part), lower=1, overwrite_c=1)[0]
    inverse = np.zeros((part.n, part.n))
    inverse[:-1, :-1] = lower
    inverse[:-1, :-1] += np.tril(lower, -1).T
    return inverse


def _throughput(part: SimpleGraph) -> NDArray[np.float64]:
    """Return, per firm, half of the current in its ties, summed over all unordered pairs of firms."""
    m = part.n
    inverse = _inverse(part)
    # Of the pair (i, j) a tie carries |f(i) - f(j)|; sorted, the sum over all pairs is one product.
    rank = 2.0 * np.arange(m) - (m - 1)
    carried = np.empty(len(part.source))
    step = max(BLOCK // m, 1)
    for first in range(0, len(carried), step):
        rows = slice(first, first + step)
        flow = inverse[part.source[rows]]
        flow -= inverse[part.target[rows]]
        flow.sort(axis=1)
        carried[rows] = flow @ rank
    carried *= part.strength
    return (np.bincount(part.source, carried, m) + np.bincount(part.target, carried, m)) / 2
