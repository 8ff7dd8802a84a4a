"""Status that partners hand on: eigenvector, PageRank, Katz, Bonacich power, hubs and authorities."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from clusternet._paths import unit
from clusternet.centrality._common import DIRECTIONS, WEIGHTS, ratio
from clusternet.errors import OptionError
from clusternet.measure import Direction, Weights, choose, firm_measure, firm_series, real_number
from clusternet.network import igraph_view

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from numpy.typing import NDArray
    from scipy import sparse

    from clusternet.network import Network

# Two eigenvalues closer than this (relative) count as one, and then no eigenvector is the principal one.
SAME = 1e-9
# Up to this size a dense solver is both faster and exact to the last digits.
DENSE = 64


@firm_measure(label="Eigenvector", cites=("bonacich1972",))
def eigenvector(
    network: Network,
    *,
    direction: Direction = "all",
    weights: Weights = "ignore",
    scale: Literal["max1", "l2"] = "max1",
) -> pd.Series:
    """Status of each firm, proportional to the summed status of its partners.

    The principal eigenvector: the nonnegative x with A x = lambda x for the largest eigenvalue lambda of the adjacency
    matrix A.

    Parameters
    ----------
    network
        The network.
    direction
        "in": status comes from the firms that send ties. "out": from the firms that receive them. "all": direction
        is forgotten (strengths of the two directions summed).
    weights
        "ignore": ones and zeros. "strength": tie strengths.
    scale
        "max1": the largest value is 1. "l2": the squares sum to 1.

    Returns
    -------
    Series
        One float per firm from 0 to 1. In a disconnected network only the component with the largest lambda has
        status and all other firms, isolates included, get 0 (with "in" or "out": the strong component with the largest
        lambda and the firms downstream of it). NaN for every firm when no vector is the principal one: two components
        share the largest lambda, or the network has no ties (for "in" and "out": no cycle).

    References
    ----------
    bonacich1972

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Ada", "Cy"), ("Cy", "Di")], firms=["Eve"])
    >>> eigenvector(net).round(3).to_dict()
    {'Eve': 0.0, 'Ada': 0.855, 'Bo': 0.855, 'Cy': 1.0, 'Di': 0.461}
    """
    choose("direction", direction, DIRECTIONS)
    choose("weights", weights, WEIGHTS)
    choose("scale", scale, ("max1", "l2"))
    matrix, symmetric = _status_matrix(network, direction, weights)
    vector = _principal(matrix, symmetric=symmetric)[1]
    return firm_series(network, _scaled(vector, scale), "eigenvector")


@firm_measure(label="PageRank", cites=("brin1998",))
def pagerank(
    network: Network,
    *,
    direction: Direction = "in",
    weights: Weights = "ignore",
    damping: float = 0.85,
) -> pd.Series:
    """Share of time that a random walk along the ties spends at each firm.

    At each step the walk follows a tie with probability `damping`, otherwise it jumps to a firm at random. A firm
    without a tie to follow passes the walk to a firm at random.

    Parameters
    ----------
    network
        The network.
    direction
        "in": the walk follows ties from source to target, so status comes from ties received. "out": the walk goes
        against them. "all": direction is forgotten (strengths of the two directions summed).
    weights
        "ignore": all ties of a firm are equally likely. "strength": in proportion to their strength.
    damping
        Probability of following a tie; at least 0 and below 1.

    Returns
    -------
    Series
        One float per firm above 0; they sum to 1. Never NaN.

    Raises
    ------
    OptionError
        If `damping` is not in [0, 1).

    References
    ----------
    brin1998

    Examples
    --------
    >>> from clusternet import Network
    >>> pagerank(Network.from_edges([("Ada", "Cy"), ("Bo", "Cy")], directed=True)).round(3).to_dict()
    {'Ada': 0.213, 'Cy': 0.574, 'Bo': 0.213}
    """
    choose("direction", direction, DIRECTIONS)
    choose("weights", weights, WEIGHTS)
    damping = real_number("damping", damping)
    if not 0 <= damping < 1:
        raise OptionError(f"damping is {damping!r}; give a number from 0 up to, but not including, 1.")
    if len(network) == 0:
        return firm_series(network, [], "pagerank")
    if damping == 0:
        return firm_series(network, np.full(len(network), 1 / len(network)), "pagerank")
    graph = igraph_view(network, "undirected" if direction == "all" else "keep")
    if direction == "out" and graph.is_directed():
        graph = graph.copy()
        graph.reverse_edges()
    values = graph.pagerank(weights="strength" if weights == "strength" else None, damping=damping)
    return firm_series(network, values, "pagerank")


@firm_measure(label="Katz", cites=("katz1953",))
def katz(
    network: Network,
    *,
    direction: Direction = "in",
    weights: Weights = "ignore",
    alpha: float | None = None,
) -> pd.Series:
    """How many walks end at each firm, a walk of k steps counting alpha to the power k.

    The solution of x = alpha A' x + 1; the walk of no steps counts 1.

    Parameters
    ----------
    network
        The network.
    direction
        "in": walks that end at the firm. "out": walks that start there. "all": direction is forgotten (strengths of
        the two directions summed).
    weights
        "ignore": ones and zeros. "strength": a walk counts the product of its strengths.
    alpha
        Attenuation per step, at least 0 and below 1/lambda, with lambda the largest eigenvalue of the matrix. Half of
        1/lambda when omitted.

    Returns
    -------
    Series
        One float per firm, at least 1; isolates get 1. NaN for every firm when `alpha` is omitted and lambda is 0
        although there are ties (a directed network without a cycle): then every alpha is admissible, so give one.

    Raises
    ------
    OptionError
        If `alpha` is negative or not below 1/lambda.

    References
    ----------
    katz1953

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy")], directed=True)
    >>> katz(net, alpha=0.5).to_dict()
    {'Ada': 1.0, 'Bo': 1.5, 'Cy': 1.75}
    """
    choose("direction", direction, DIRECTIONS)
    choose("weights", weights, WEIGHTS)
    matrix, symmetric = _status_matrix(network, direction, weights)
    alpha = _attenuation("alpha", alpha, matrix, symmetric=symmetric)
    if alpha is not None and alpha < 0:
        raise OptionError(f"alpha is {alpha!r}; a walk cannot count less than 0. bonacich_power takes a negative beta.")
    ones = np.ones(len(network))
    return firm_series(network, ones * np.nan if alpha is None else walks(matrix, alpha, ones), "katz")


@firm_measure(label="Bonacich power", cites=("bonacich1987",))
def bonacich_power(
    network: Network,
    *,
    direction: Direction = "out",
    weights: Weights = "ignore",
    beta: float | None = None,
) -> pd.Series:
    """Power of each firm: ties to powerful firms (positive beta) or to firms that depend on it (negative beta).

    c = a (I - beta A)^-1 A 1, with a such that the squares sum to the number of firms.

    Parameters
    ----------
    network
        The network.
    direction
        "out": power through ties sent. "in": through ties received. "all": direction is forgotten (strengths of the
        two directions summed).
    weights
        "ignore": ones and zeros. "strength": tie strengths.
    beta
        Between -1/lambda and 1/lambda, with lambda the largest eigenvalue of the matrix. Half of 1/lambda when omitted.

    Returns
    -------
    Series
        One float per firm; may be negative when beta is. Isolates get 0. NaN for every firm when the network has no
        ties, or when `beta` is omitted and lambda is 0 (a directed network without a cycle).

    Raises
    ------
    OptionError
        If `beta` is outside of its range.

    References
    ----------
    bonacich1987

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Cy", "Di"), ("Di", "Ed")])
    >>> bonacich_power(net, beta=-0.3).round(2).to_dict()
    {'Ada': 0.49, 'Bo': 1.34, 'Cy': 0.97, 'Di': 1.34, 'Ed': 0.49}
    """
    choose("direction", direction, DIRECTIONS)
    choose("weights", weights, WEIGHTS)
    matrix, symmetric = _status_matrix(network, direction, weights)
    beta = _attenuation("beta", beta, matrix, symmetric=symmetric)
    if beta is None or matrix.nnz == 0:
        return firm_series(network, np.full(len(network), np.nan), "bonacich_power")
    power = walks(matrix, beta, np.asarray(matrix.sum(axis=1)).ravel())
    return firm_series(network, power * np.sqrt(len(network) / (power @ power)), "bonacich_power")


@firm_measure(label="Hub score", cites=("kleinberg1999",))
def hubs(network: Network, *, weights: Weights = "ignore", scale: Literal["max1", "sum1"] = "max1") -> pd.Series:
    """Score of each firm as a hub: the summed authority of the firms to which it sends ties.

    Parameters
    ----------
    network
        The network. An undirected tie counts as sent both ways.
    weights
        "ignore": ones and zeros. "strength": tie strengths.
    scale
        "max1": the largest score is 1. "sum1": the scores sum to 1.

    Returns
    -------
    Series
        One float per firm from 0 to 1; 0 for firms that send no tie to the leading authorities. NaN for every firm
        when no pair of score vectors is the principal one: two separate groups of senders and receivers tie for the
        largest singular value (always so in an undirected two-mode network), or there are no ties.

    References
    ----------
    kleinberg1999

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Cy"), ("Bo", "Cy"), ("Bo", "Di")], directed=True)
    >>> hubs(net).round(3).to_dict()
    {'Ada': 0.618, 'Cy': 0.0, 'Bo': 1.0, 'Di': 0.0}
    """
    choose("weights", weights, WEIGHTS)
    choose("scale", scale, ("max1", "sum1"))
    return firm_series(network, _scaled(_hubs_authorities(network, weights)[0], scale), "hubs")


@firm_measure(label="Authority score", cites=("kleinberg1999",))
def authorities(network: Network, *, weights: Weights = "ignore", scale: Literal["max1", "sum1"] = "max1") -> pd.Series:
    """Score of each firm as an authority: the summed hub score of the firms from which it receives ties.

    Parameters
    ----------
    network
        The network. An undirected tie counts as received both ways.
    weights
        "ignore": ones and zeros. "strength": tie strengths.
    scale
        "max1": the largest score is 1. "sum1": the scores sum to 1.

    Returns
    -------
    Series
        One float per firm from 0 to 1; NaN as in `hubs`.

    References
    ----------
    kleinberg1999

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Cy"), ("Bo", "Cy"), ("Bo", "Di")], directed=True)
    >>> authorities(net).round(3).to_dict()
    {'Ada': 0.0, 'Cy': 1.0, 'Bo': 0.0, 'Di': 0.618}
    """
    choose("weights", weights, WEIGHTS)
    choose("scale", scale, ("max1", "sum1"))
    return firm_series(network, _scaled(_hubs_authorities(network, weights)[1], scale), "authorities")


def _status_matrix(network: Network, direction: Direction, weights: Weights) -> tuple[sparse.csr_array, bool]:
    """Return the matrix whose row i holds the ties that give status to firm i, and whether it is symmetric."""
    graph = network.simple("undirected" if direction == "all" else "keep")
    matrix = graph.csr(weights=weights)
    if direction == "in" and graph.directed:
        matrix = matrix.T.tocsr()
    return matrix, not graph.directed


def _hubs_authorities(network: Network, weights: Weights) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return both score vectors: the principal eigenvector of senders and receivers seen as two separate sets."""
    from scipy import sparse

    graph = network.simple()
    n = graph.n
    if n == 0:
        return np.empty(0), np.empty(0)
    matrix = graph.csr(weights=weights)
    matrix.data /= unit(matrix.data)
    back = matrix.T.tocsr() if graph.directed else matrix
    places = np.concatenate([matrix.indices + n, back.indices])
    starts = np.concatenate([matrix.indptr, matrix.indptr[-1] + back.indptr[1:]])
    both = sparse.csr_array((np.concatenate([matrix.data, back.data]), places, starts), shape=(2 * n, 2 * n))
    vector = _principal(both, symmetric=True, solve=lambda part: _singular(matrix, back, part))[1]
    return vector[:n], vector[n:]


def _singular(
    matrix: sparse.csr_array, back: sparse.csr_array, part: NDArray[np.int64]
) -> tuple[float, NDArray[np.float64]]:
    """Return the largest singular value of a connected part of a matrix and its vectors, that of the rows first.

    `back` is the transpose. The part holds rows as they are and columns raised by n.
    """
    from scipy import sparse
    from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator

    n = matrix.shape[0]
    rows, columns = part[part < n], part[part >= n] - n
    if min(len(rows), len(columns)) <= DENSE:
        block = matrix[rows][:, columns]
        first, second = (block, block.T) if len(rows) <= len(columns) else (block.T, block)
        values, vectors = np.linalg.eigh((first @ second).toarray())
        value, one = float(np.sqrt(values[-1])), np.abs(vectors[:, -1])
        other = second @ one / value
        return value, np.concatenate([one, other] if len(rows) <= len(columns) else [other, one])
    # Started on the rows of the part, the search never leaves it, so nothing has to be cut out.
    start = np.zeros(n)
    start[rows] = 1.0
    product = LinearOperator((n, n), matvec=lambda x: matrix @ (back @ x), dtype=np.float64)
    try:
        square, one = _leading(product, start)
    except ArpackNoConvergence:
        block = matrix[rows][:, columns]
        return _leading(sparse.block_array([[None, block], [block.T, None]], format="csr"), np.ones(len(part)))
    value = float(np.sqrt(square))
    return value, np.concatenate([one[rows], (back @ one)[columns] / value])


def _scaled(vector: NDArray[np.float64], scale: str) -> NDArray[np.float64]:
    if len(vector) == 0 or np.isnan(vector).any():
        return vector
    size = {"max1": vector.max(), "l2": np.sqrt(vector @ vector), "sum1": vector.sum()}[scale]
    return np.asarray(vector / size)


def _principal(
    matrix: sparse.csr_array,
    *,
    symmetric: bool,
    solve: Callable[[NDArray[np.int64]], tuple[float, NDArray[np.float64]]] | None = None,
) -> tuple[float, NDArray[np.float64]]:
    """Return the largest eigenvalue of a nonnegative matrix and its nonnegative vector; NaN if it is not unique.

    `solve` does so for the rows of one (strong) component, if there is a better way than `_perron`.
    """
    from scipy.sparse.csgraph import connected_components

    n = matrix.shape[0]
    undefined = np.full(n, np.nan)
    if matrix.nnz == 0:
        return 0.0, undefined
    scale = unit(matrix.data)
    if scale != 1:
        matrix = matrix / scale
    labels = connected_components(matrix, directed=not symmetric, connection="strong")[1]
    sizes = np.bincount(labels)
    order = np.argsort(labels, kind="stable")
    first = np.cumsum(sizes) - sizes
    rows = np.asarray(matrix.sum(axis=1)).ravel()
    # No eigenvalue passes the largest row sum, so parts that cannot win need no solving.
    limit = np.where(sizes > 1, np.maximum.reduceat(rows[order], first), 0.0)
    found: list[tuple[float, int, NDArray[np.float64]]] = []
    best = 0.0
    for number in np.argsort(-limit, kind="stable"):
        if limit[number] == 0 or limit[number] < best * (1 - SAME):
            break
        part = order[first[number] : first[number] + sizes[number]]
        if solve is not None:
            value, vector = solve(part)
        else:
            value, vector = perron(matrix if len(part) == n else matrix[part][:, part], symmetric=symmetric)
        found.append((value, int(number), vector))
        best = max(best, value)
    leading = [entry for entry in found if entry[0] >= best * (1 - SAME)]
    if len(leading) != 1:
        return best * scale, undefined
    number = leading[0][1]
    part = order[first[number] : first[number] + sizes[number]]
    whole = np.zeros(n)
    whole[part] = leading[0][2]
    return best * scale, whole if symmetric or len(part) == n else _downstream(matrix, whole, best)


def perron(block: sparse.csr_array, *, symmetric: bool) -> tuple[float, NDArray[np.float64]]:
    """Return the largest eigenvalue of one (strongly) connected block and its positive vector."""
    if block.shape[0] <= DENSE:
        dense = block.toarray()
        values, vectors = np.linalg.eigh(dense) if symmetric else np.linalg.eig(dense)
        top = int(np.argmax(values.real))
        return float(values[top].real), np.abs(vectors[:, top].real)
    # Not igraph: it is slower, and its releases disagree on which end of a directed edge gives status.
    from scipy.sparse.linalg import ArpackNoConvergence, eigs

    start = np.ones(block.shape[0])
    if symmetric:
        return _leading(block, start)
    try:
        values, vectors = eigs(block, k=1, which="LR", v0=start, maxiter=100)
    except ArpackNoConvergence:
        return _noda(block)
    return float(values[0].real), np.abs(vectors[:, 0].real)


def _noda(block: sparse.csr_array) -> tuple[float, NDArray[np.float64]]:
    """Return what `perron` does, by inverse iteration from above (Noda 1971): for long rings, whose gap is tiny."""
    from scipy import sparse
    from scipy.sparse.linalg import spsolve

    vector = np.ones(block.shape[0])
    identity = sparse.eye_array(len(vector))
    for _ in range(100):
        growth = (block @ vector) / vector
        above = float(growth.max())
        if above - growth.min() <= 1e-12 * above:
            break
        vector = np.abs(spsolve((above * (1 + 1e-13) * identity - block).tocsc(), vector))
        vector /= vector.max()
    return above, vector


def _leading(symmetric: Any, start: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """Return the largest eigenvalue of a large symmetric matrix without negative entries, or operator, and its vector.

    An operator may fail to converge (ArpackNoConvergence).
    On long chains there is hardly a gap to the next eigenvalue, but equations in their matrix are solved in no time.
    """
    from scipy import sparse
    from scipy.sparse.linalg import ArpackNoConvergence, eigsh

    if not sparse.issparse(symmetric):
        values, vectors = eigsh(symmetric, k=1, which="LA", v0=start, maxiter=300)
        return float(values[0]), np.abs(vectors[:, 0])
    try:
        values, vectors = eigsh(symmetric, k=1, which="LA", v0=start, maxiter=100)
    except ArpackNoConvergence:
        pairs, sums = symmetric.tocoo(), np.asarray(symmetric.sum(axis=1)).ravel()
        above = math.sqrt((sums[pairs.row] * sums[pairs.col]).max()) * (1 + 1e-6)  # no eigenvalue is
        values, vectors = eigsh(symmetric.tocsc(), k=1, sigma=above, which="LM", v0=start)
    return float(values[0]), np.abs(vectors[:, 0])


def _downstream(matrix: sparse.csr_array, status: NDArray[np.float64], value: float) -> NDArray[np.float64]:
    """Hand the status of the leading strong component on to all firms that it reaches."""
    leading = status > 0
    for _ in range(100_000):
        # Outside of the component the matrix has a smaller spectral radius, so repeated handing on converges.
        handed = np.where(leading, status, (matrix @ status) / value)
        if np.abs(handed - status).max() <= 1e-14 * handed.max():
            return np.asarray(handed)
        status = handed
    return np.full(len(status), np.nan)


def _attenuation(name: str, given: float | None, matrix: sparse.csr_array, *, symmetric: bool) -> float | None:
    """Return the factor per step: the one given if admissible, else half of the largest admissible, else None."""
    given = None if given is None else real_number(name, given)
    if given is not None and np.isfinite(given):
        # No eigenvalue passes the k-th root of the largest number of walks of k steps, so most need no solving.
        steps = np.ones(matrix.shape[0])
        for k in range(1, 6):
            steps = matrix @ steps
            if abs(given) ** k * steps.max(initial=0.0) < 1 - SAME:
                return given
    largest = _principal(matrix, symmetric=symmetric)[0]
    if given is None:
        if largest > 0:
            return 0.5 / largest
        return 0.0 if matrix.nnz == 0 else None
    # At one over the largest eigenvalue rounding would decide, and the sums have no size.
    if not np.isfinite(given) or abs(given) * largest >= 1 - SAME:
        raise OptionError(
            f"{name} is {given!r}; in this network it must lie within 1/{largest:.6g} = {ratio(1, largest):.6g} of 0, "
            "one over the largest eigenvalue, or longer walks never die out."
        )
    return given


def walks(matrix: sparse.csr_array, factor: float, start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return x = factor * matrix x + start, by adding up walks until the next step adds nothing."""
    total, size = start.copy(), np.abs(start)
    step = start
    for _ in range(10_000):
        step = factor * (matrix @ step)
        total, size = total + step, size + np.abs(step)
        # For every firm by its own size: walks of one component may be worth a billion times those of another.
        if (np.abs(step) <= 1e-15 * size).all():
            return np.asarray(total)
    from scipy import sparse
    from scipy.sparse.linalg import spsolve

    return np.asarray(spsolve((sparse.eye_array(len(start)) - factor * matrix).tocsc(), start))
