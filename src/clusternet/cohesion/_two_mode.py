"""Closure in two-mode networks, where ties join firms to agreements and a triangle is impossible.

The clustering of a projection mostly shows how large the agreements are: every agreement of k members is a clique.
These measures count what agreements cannot produce alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from clusternet.cohesion._common import NAN, share
from clusternet.errors import NetworkError, listing
from clusternet.measure import choose, firm_series

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray
    from scipy import sparse

    from clusternet.network import Network

__all__ = ["local_two_mode_clustering", "robins_alexander_clustering", "two_mode_clustering"]

ROWS = 1024
"""Partners of one firm that are compared with all others at a time."""


def _matrix(network: Network) -> sparse.csr_array:
    if not network.is_two_mode:
        raise NetworkError(
            "two-mode clustering needs a two-mode network: firms['mode'] with two values that split every tie, as "
            "build_agreements makes it. For one mode there are transitivity and local_clustering."
        )
    return network.simple("undirected").csr()


def _four_paths(matrix: sparse.csr_array, wanted: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return, per firm in `wanted`, the four-paths around it and those that a third agreement closes.

    A four-path a - x - b - y - c joins three firms through two agreements; it is closed if a and c also share an
    agreement other than x and y. Of the agreements x of a and b, t also hold c.
    """
    shared = (matrix @ matrix).tocsr()
    paths, closed = np.zeros(matrix.shape[0]), np.zeros(matrix.shape[0])
    for firm in wanted.tolist():
        agreements = matrix.indices[matrix.indptr[firm] : matrix.indptr[firm + 1]]
        others = shared.indices[shared.indptr[firm] : shared.indptr[firm + 1]]
        others = others[others != firm]
        if len(others) < 2:
            continue
        held = matrix[agreements][:, others].toarray()
        common = held.sum(axis=0)
        for start in range(0, len(others), ROWS):
            rows = slice(start, start + ROWS)
            all_three = held[:, rows].T @ held
            ends = shared[others[rows]][:, others].toarray()
            pair = np.ones_like(ends)
            pair[np.arange(len(pair)), start + np.arange(len(pair))] = 0  # a is not c
            left, right = common[rows, None] - all_three, common[None, :] - all_three
            neither, one, both = left * right, all_three * (left + right), all_three * (all_three - 1)
            paths[firm] += ((neither + one + both) * pair).sum()
            closed[firm] += ((neither * (ends >= 1) + one * (ends >= 2) + both * (ends >= 3)) * pair).sum()
    return paths, closed


def two_mode_clustering(network: Network, mode: object) -> float:
    """Share of the four-paths between firms of one mode whose ends share a further agreement.

    Parameters
    ----------
    network
        A two-mode network; direction, strengths and repeated memberships play no part.
    mode
        The mode whose members the paths start, pass and end at, such as "firm".

    Returns
    -------
    float
        From 0 to 1. NaN when there is no four-path.

    Raises
    ------
    NetworkError
        If the network is not two-mode or has no such mode.

    References
    ----------
    opsahl2013

    Examples
    --------
    >>> from clusternet import Network
    >>> import pandas as pd
    >>> modes = pd.DataFrame({"mode": ["firm"] * 3 + ["deal"] * 3}, index=["Ada", "Bo", "Cy", "x", "y", "z"])
    >>> pairs = [("Ada", "x"), ("Bo", "x"), ("Bo", "y"), ("Cy", "y"), ("Ada", "z"), ("Cy", "z")]
    >>> two_mode_clustering(Network.from_edges(pairs, firms=modes), "firm")
    1.0
    """
    matrix = _matrix(network)
    modes = network.firms["mode"]
    chosen = np.flatnonzero((modes == mode).to_numpy())
    if len(chosen) == 0:
        raise NetworkError(f"there is no mode {mode!r}; the modes are {listing(modes.unique().tolist())}.")
    paths, closed = _four_paths(matrix, chosen)
    return share(closed.sum(), paths.sum())


def local_two_mode_clustering(
    network: Network, *, variant: Literal["opsahl", "latapy_dot", "latapy_min", "latapy_max"] = "opsahl"
) -> pd.Series:
    """How far the ones a firm meets through its agreements meet elsewhere as well.

    Parameters
    ----------
    network
        A two-mode network; direction, strengths and repeated memberships play no part. Both modes get values.
    variant
        "opsahl": share of the four-paths centered at the firm whose ends share a further agreement (opsahl2013).
        The others are the mean, over those it shares an agreement with, of the number of agreements shared, divided
        by the number that the two have together ("latapy_dot"), that the one with fewer has ("latapy_min"), or that
        the one with more has ("latapy_max") (latapy2008).

    Returns
    -------
    Series
        One float from 0 to 1 per firm and agreement. NaN where there is no four-path ("opsahl") or nobody met (the
        others).

    Raises
    ------
    NetworkError
        If the network is not two-mode.

    References
    ----------
    opsahl2013, latapy2008

    Examples
    --------
    >>> from clusternet import Network
    >>> import pandas as pd
    >>> modes = pd.DataFrame({"mode": ["firm", "firm", "deal", "deal"]}, index=["Ada", "Bo", "x", "y"])
    >>> net = Network.from_edges([("Ada", "x"), ("Bo", "x"), ("Bo", "y")], firms=modes)
    >>> local_two_mode_clustering(net, variant="latapy_dot").to_dict()
    {'Ada': 0.5, 'Bo': 0.5, 'x': 0.5, 'y': 0.5}
    """
    choose("variant", variant, ("opsahl", "latapy_dot", "latapy_min", "latapy_max"))
    matrix = _matrix(network)
    name = "local_two_mode_clustering"
    if variant == "opsahl":
        paths, closed = _four_paths(matrix, np.arange(len(network)))
        return firm_series(network, np.divide(closed, paths, out=np.full(len(paths), NAN), where=paths > 0), name)
    shared = (matrix @ matrix).tocoo()
    met = shared.row != shared.col
    one, other, common = shared.row[met], shared.col[met], shared.data[met]
    size = np.asarray(matrix.sum(axis=1)).ravel()
    base = {
        "latapy_dot": lambda: size[one] + size[other] - common,
        "latapy_min": lambda: np.minimum(size[one], size[other]),
        "latapy_max": lambda: np.maximum(size[one], size[other]),
    }[variant]()
    total = np.bincount(one, weights=common / base, minlength=len(size))
    others = np.bincount(one, minlength=len(size))
    return firm_series(network, np.divide(total, others, out=np.full(len(size), NAN), where=others > 0), name)


def robins_alexander_clustering(network: Network) -> float:
    """Share of the paths of three memberships whose ends are joined too, so that two firms share two agreements.

    Four times the four-cycles over the three-paths; the two modes play the same part.

    Parameters
    ----------
    network
        A two-mode network; direction, strengths and repeated memberships play no part.

    Returns
    -------
    float
        From 0 to 1. NaN when there is no three-path.

    Raises
    ------
    NetworkError
        If the network is not two-mode.

    References
    ----------
    robins2004

    Examples
    --------
    >>> from clusternet import Network
    >>> import pandas as pd
    >>> modes = pd.DataFrame({"mode": ["firm", "firm", "deal", "deal"]}, index=["Ada", "Bo", "x", "y"])
    >>> pairs = [("Ada", "x"), ("Ada", "y"), ("Bo", "x"), ("Bo", "y")]
    >>> robins_alexander_clustering(Network.from_edges(pairs, firms=modes))
    1.0
    """
    matrix = _matrix(network)
    graph = network.simple("undirected")
    degree = np.bincount(np.concatenate([graph.source, graph.target]), minlength=graph.n).astype(float)
    paths = ((degree[graph.source] - 1) * (degree[graph.target] - 1)).sum()
    modes = network.firms["mode"].to_numpy()
    sides = [np.flatnonzero(modes == mode) for mode in dict.fromkeys(modes)]
    # Every four-cycle has two members of each mode, so the side with less to compare is enough.
    side = min(sides, key=lambda members: (np.asarray(matrix[members].sum(axis=0)) ** 2).sum())
    part = matrix[side]
    common = (part @ part.T).tocsr()
    common.setdiag(0)
    return share(4 * (common.data * (common.data - 1)).sum() / 4, paths)
