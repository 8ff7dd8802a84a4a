"""Centrality: how prominent each firm is, from counting partners to status that partners hand on.

Three options recur. ``direction``: in a directed network "in" looks at ties received, "out" at ties sent and "all" at
both; each docstring says what "all" means there. In an undirected network the three agree. ``weights``: "ignore" sees
only whether a tie exists, "strength" uses its strength; strength is closeness, so measures that walk along paths use
the length 1/strength. ``scale``: the unit of the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from clusternet._paths import distance_sums, inverse_distance_sums, lengths
from clusternet.errors import NetworkError, OptionError
from clusternet.measure import Direction, Weights, choose, firm_measure, firm_series, network_measure

if TYPE_CHECKING:
    import igraph
    from numpy.typing import NDArray
    from scipy import sparse

    from clusternet.network import Network

__all__ = [
    "authorities",
    "betweenness",
    "bonacich_power",
    "centralization",
    "closeness",
    "degree",
    "eigenvector",
    "harmonic",
    "hubs",
    "katz",
    "pagerank",
    "strength",
    "tie_betweenness",
]

Paths = Literal["keep", "all"]
Floats = "NDArray[np.float64]"

DIRECTIONS = ("in", "out", "all")
WEIGHTS = ("ignore", "strength")
PATHS = ("keep", "all")

# Two eigenvalues closer than this (relative) count as one, and then no eigenvector is the principal one.
SAME = 1e-9
# Up to this size a dense solver is both faster and exact to the last digits.
DENSE = 64


# ── counting ties ──


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
    counts = _incident(network, direction, "ignore")
    if scale == "raw":
        return firm_series(network, counts, "degree")
    both = 2.0 if direction == "all" and network.is_directed else 1.0
    possible = _other_mode(network)[0] if scale == "two_mode" else np.full(len(network), len(network) - 1.0)
    return firm_series(network, _ratio(counts, both * possible), "degree")


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
    return firm_series(network, _incident(network, direction, "strength"), "strength")


def _incident(network: Network, direction: Direction, weights: Weights) -> NDArray[np.float64]:
    graph = network.simple()
    values = graph.strength if weights == "strength" else np.ones(len(graph.source))
    total = np.zeros(graph.n)
    if direction != "in" or not graph.directed:
        total += np.bincount(graph.source, weights=values, minlength=graph.n)
    if direction != "out" or not graph.directed:
        total += np.bincount(graph.target, weights=values, minlength=graph.n)
    return total


def _ratio(top: Any, bottom: Any) -> NDArray[np.float64]:
    """Divide, and say NaN where the denominator is 0."""
    top, bottom = np.broadcast_arrays(np.asarray(top, dtype=float), np.asarray(bottom, dtype=float))
    ratio: NDArray[np.float64] = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom != 0)
    return ratio


def _other_mode(network: Network) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return, per firm, the number of firms of the other mode and of its own."""
    if not network.is_two_mode:
        raise NetworkError(
            "scale='two_mode' needs a two-mode network: firms['mode'] with two values, every tie from one to the "
            "other; build_agreements makes one."
        )
    codes = pd.factorize(network.firms["mode"])[0]
    sizes = np.bincount(codes[codes >= 0], minlength=2).astype(float)
    own = np.where(codes >= 0, sizes[codes], np.nan)
    return sizes.sum() - own, own


# ── along shortest paths ──


@firm_measure(label="Closeness", cites=("freeman1979", "wasserman1994"))
def closeness(
    network: Network,
    *,
    direction: Direction = "all",
    weights: Weights = "ignore",
    variant: Literal["component", "wasserman_faust"] = "component",
    scale: Literal["normalized", "raw", "two_mode"] = "normalized",
) -> pd.Series:
    """Inverse of the mean distance from each firm to the firms it can reach.

    Let r be the number of other firms within reach and D the sum of the distances to them.

    Parameters
    ----------
    network
        The network.
    direction
        "out" measures distances from the firm along ties sent, "in" distances to the firm, "all" distances that
        forget direction (strengths of the two directions summed).
    weights
        "ignore": every tie has length 1. "strength": a tie has length 1/strength.
    variant
        What unreachable firms mean. "component": nothing; r/D, comparable only within a component. "wasserman_faust":
        r/D times r/(n - 1), so that reaching few firms lowers the score.
    scale
        "normalized": as above. "raw": 1/D (times r/(n - 1) for "wasserman_faust"). "two_mode": the smallest D that a
        firm of this mode could have, over D, times r/(n - 1) whatever the variant (borgattihalgin2011).

    Returns
    -------
    Series
        One float per firm, above 0; at most 1 when normalized and unweighted. NaN when the firm reaches nobody
        (isolates), in both variants.

    Raises
    ------
    NetworkError
        If ``scale="two_mode"`` and the network is not two-mode.

    Notes
    -----
    networkx answers "wasserman_faust" with 0 for isolates and takes "in" distances in directed networks; igraph
    answers "component".

    References
    ----------
    freeman1979, wasserman1994, borgattihalgin2011

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Di", "Ed")])
    >>> closeness(net).round(2).to_dict()
    {'Ada': 0.67, 'Bo': 1.0, 'Cy': 0.67, 'Di': 1.0, 'Ed': 1.0}
    >>> closeness(net, variant="wasserman_faust").round(2).to_dict()
    {'Ada': 0.33, 'Bo': 0.5, 'Cy': 0.33, 'Di': 0.25, 'Ed': 0.25}
    """
    choose("direction", direction, DIRECTIONS)
    choose("weights", weights, WEIGHTS)
    choose("variant", variant, ("component", "wasserman_faust"))
    choose("scale", scale, ("normalized", "raw", "two_mode"))
    reached, total = distance_sums(network, direction, weights)
    values = _ratio(1.0, total)
    if scale == "normalized":
        values *= reached
    elif scale == "two_mode":
        other, own = _other_mode(network)
        values *= other + 2 * (own - 1)
    if variant == "wasserman_faust" or scale == "two_mode":
        values *= _ratio(reached, len(network) - 1)
    return firm_series(network, values, "closeness")


@firm_measure(label="Harmonic closeness", cites=("rochat2009",))
def harmonic(
    network: Network,
    *,
    direction: Direction = "all",
    weights: Weights = "ignore",
    scale: Literal["normalized", "raw"] = "normalized",
) -> pd.Series:
    """Mean of 1/distance from each firm to all others, where out of reach counts 0.

    Parameters
    ----------
    network
        The network.
    direction
        "out": distances from the firm, "in": to the firm, "all": direction forgotten (strengths summed).
    weights
        "ignore": every tie has length 1. "strength": a tie has length 1/strength.
    scale
        "normalized": divided by n - 1, the number of other firms of the whole network. "raw": the sum.

    Returns
    -------
    Series
        One float per firm, at least 0; at most 1 when normalized and unweighted. Isolates get 0. NaN for the only firm
        of a network when normalized.

    References
    ----------
    rochat2009

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Di", "Ed")])
    >>> harmonic(net, scale="raw").to_dict()
    {'Ada': 1.5, 'Bo': 2.0, 'Cy': 1.5, 'Di': 1.0, 'Ed': 1.0}
    """
    choose("direction", direction, DIRECTIONS)
    choose("weights", weights, WEIGHTS)
    choose("scale", scale, ("normalized", "raw"))
    total = inverse_distance_sums(network, direction, weights)
    return firm_series(network, total.copy() if scale == "raw" else _ratio(total, len(network) - 1), "harmonic")


@firm_measure(label="Betweenness", cites=("freeman1977", "brandes2001"))
def betweenness(
    network: Network,
    *,
    direction: Paths = "keep",
    weights: Weights = "ignore",
    scale: Literal["normalized", "raw", "two_mode"] = "normalized",
) -> pd.Series:
    """Share of the shortest paths between other firms that pass through each firm.

    Each pair of other firms gives its shortest paths one point in all, shared equally among them.

    Parameters
    ----------
    network
        The network.
    direction
        "keep": paths follow the ties' direction, and (a, b) and (b, a) are two pairs. "all": direction is forgotten
        (strengths of the two directions summed). There is no "in" or "out": turning all ties round changes nothing.
    weights
        "ignore": every tie has length 1. "strength": a tie has length 1/strength; lengths that differ by rounding
        only count as equal.
    scale
        "raw": points; each unordered pair counts once in an undirected network. "normalized": divided by the number
        of pairs of other firms, (n - 1)(n - 2)/2, or twice that when directed. "two_mode": divided by the largest
        value that a firm of this mode can have (borgattihalgin2011); direction is forgotten.

    Returns
    -------
    Series
        One float per firm, at least 0; at most 1 when normalized. Isolates get 0. NaN when normalized and the network
        has fewer than three firms.

    Raises
    ------
    NetworkError
        If ``scale="two_mode"`` and the network is not two-mode.

    References
    ----------
    freeman1977, brandes2001, borgattihalgin2011

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Cy", "Di")])
    >>> betweenness(net, scale="raw").to_dict()
    {'Ada': 0.0, 'Bo': 2.0, 'Cy': 2.0, 'Di': 0.0}
    """
    choose("direction", direction, PATHS)
    choose("weights", weights, WEIGHTS)
    choose("scale", scale, ("normalized", "raw", "two_mode"))
    most = _most_between(network) if scale == "two_mode" else None
    graph = network.igraph if direction == "keep" and most is None else network.igraph_undirected
    values = np.array(graph.betweenness(weights=lengths(graph) if weights == "strength" else None), dtype=float)
    if scale == "raw":
        return firm_series(network, values, "betweenness")
    if most is None:
        n = float(len(network))
        most = np.full(len(network), (n - 1) * (n - 2) / (1 if graph.is_directed() else 2))
    return firm_series(network, _ratio(values, most), "betweenness")


def _most_between(network: Network) -> NDArray[np.float64]:
    """Return the largest betweenness a firm of each mode can have (Borgatti and Everett 1997)."""
    other, own = _other_mode(network)
    most = np.full(len(network), np.nan)
    known = own > 0
    m = other[known]
    s, t = np.divmod(own[known] - 1, m)
    most[known] = 0.5 * (m**2 * (s + 1) ** 2 + m * (s + 1) * (2 * t - s - 1) - t * (2 * s - t + 3))
    return most


def tie_betweenness(
    network: Network,
    *,
    direction: Paths = "keep",
    weights: Weights = "ignore",
    scale: Literal["normalized", "raw"] = "normalized",
) -> pd.DataFrame:
    """Share of the shortest paths between firms that run along each tie.

    Parameters
    ----------
    network
        The network; parallel ties count as one.
    direction
        "keep": paths follow the ties' direction. "all": direction is forgotten (strengths summed).
    weights
        "ignore": every tie has length 1. "strength": a tie has length 1/strength.
    scale
        "raw": each pair gives one point to its shortest paths. "normalized": divided by the number of pairs,
        n(n - 1)/2, or twice that when directed.

    Returns
    -------
    DataFrame
        One row per tied pair (per arc when directed): ``source``, ``target``, ``betweenness`` (float above 0; at most
        1 when normalized).

    References
    ----------
    newmangirvan2004

    Examples
    --------
    >>> from clusternet import Network
    >>> tie_betweenness(Network.from_edges([("Ada", "Bo"), ("Bo", "Cy")]), scale="raw")["betweenness"].tolist()
    [2.0, 2.0]
    """
    choose("direction", direction, PATHS)
    choose("weights", weights, WEIGHTS)
    choose("scale", scale, ("normalized", "raw"))
    graph = network.igraph if direction == "keep" else network.igraph_undirected
    pairs = network.simple("keep" if direction == "keep" else "undirected")
    values = graph.edge_betweenness(weights=lengths(graph) if weights == "strength" else None)
    ids, n = network.firms.index, float(len(network))
    possible = 1.0 if scale == "raw" else n * (n - 1) / (1 if pairs.directed else 2)
    return pd.DataFrame(
        {
            "source": ids[pairs.source],
            "target": ids[pairs.target],
            "betweenness": np.asarray(values, dtype="float64") / max(possible, 1.0),
        }
    )


# ── status that partners hand on ──


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
    if len(network) > DENSE and (direction == "all" or not network.is_directed) and not network.component_codes().any():
        # One component has one principal vector, and igraph's view of the network is at hand.
        vector = _igraph_vector(network.igraph_undirected, "strength" if weights == "strength" else None)[1]
    else:
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
    if not 0 <= damping < 1:
        raise OptionError(f"damping is {damping!r}; give a number from 0 up to, but not including, 1.")
    if len(network) == 0:
        return firm_series(network, [], "pagerank")
    if damping == 0:
        return firm_series(network, np.full(len(network), 1 / len(network)), "pagerank")
    graph = network.igraph_undirected if direction == "all" else network.igraph
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
    return firm_series(network, ones * np.nan if alpha is None else _walks(matrix, alpha, ones), "katz")


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
    power = _walks(matrix, beta, np.asarray(matrix.sum(axis=1)).ravel())
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

    matrix = network.simple().csr(weights=weights)
    n = matrix.shape[0]
    if n == 0:
        return np.empty(0), np.empty(0)
    both = sparse.block_array([[None, matrix], [matrix.T, None]], format="csr")
    vector = _principal(both, symmetric=True)[1]
    return vector[:n], vector[n:]


def _scaled(vector: NDArray[np.float64], scale: str) -> NDArray[np.float64]:
    if len(vector) == 0 or np.isnan(vector).any():
        return vector
    size = {"max1": vector.max(), "l2": np.sqrt(vector @ vector), "sum1": vector.sum()}[scale]
    return np.asarray(vector / size)


def _principal(matrix: sparse.csr_array, *, symmetric: bool) -> tuple[float, NDArray[np.float64]]:
    """Return the largest eigenvalue of a nonnegative matrix and its nonnegative vector; NaN if it is not unique."""
    from scipy.sparse.csgraph import connected_components

    n = matrix.shape[0]
    undefined = np.full(n, np.nan)
    if matrix.nnz == 0:
        return 0.0, undefined
    labels = connected_components(matrix, directed=not symmetric, connection="strong")[1]
    order = np.argsort(labels, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(labels))[:-1])
    rows = np.asarray(matrix.sum(axis=1)).ravel()
    # No eigenvalue passes the largest row sum, so parts that cannot win need no solving.
    limit = np.array([rows[part].max() if len(part) > 1 else 0.0 for part in parts])
    found: list[tuple[float, int, NDArray[np.float64]]] = []
    best = 0.0
    for number in np.argsort(-limit, kind="stable"):
        if limit[number] == 0 or limit[number] < best * (1 - SAME):
            break
        part = parts[number]
        block = matrix if len(part) == n else matrix[part][:, part]
        value, vector = _perron(block, symmetric=symmetric)
        found.append((value, int(number), vector))
        best = max(best, value)
    leading = [entry for entry in found if entry[0] >= best * (1 - SAME)]
    if len(leading) != 1:
        return best, undefined
    part = parts[leading[0][1]]
    whole = np.zeros(n)
    whole[part] = leading[0][2]
    return best, whole if symmetric or len(part) == n else _downstream(matrix, whole, best)


def _perron(block: sparse.csr_array, *, symmetric: bool) -> tuple[float, NDArray[np.float64]]:
    """Return the largest eigenvalue of one (strongly) connected block and its positive vector."""
    if block.shape[0] <= DENSE:
        dense = block.toarray()
        values, vectors = np.linalg.eigh(dense) if symmetric else np.linalg.eig(dense)
        top = int(np.argmax(values.real))
        return float(values[top].real), np.abs(vectors[:, top].real)
    if not symmetric:
        # Releases of igraph disagree on which end of an edge gives status, so directed blocks go to scipy.
        from scipy.sparse.linalg import eigs

        values, vectors = eigs(block, k=1, which="LR", v0=np.ones(block.shape[0]))
        return float(values[0].real), np.abs(vectors[:, 0].real)
    return _igraph_vector(_undirected_graph(block), "value")


def _igraph_vector(graph: igraph.Graph, weights: str | None) -> tuple[float, NDArray[np.float64]]:
    vector, value = graph.eigenvector_centrality(weights=weights, return_eigenvalue=True)
    return float(value), np.abs(np.array(vector, dtype=float))


def _undirected_graph(block: sparse.csr_array) -> igraph.Graph:
    import igraph

    entries = block.tocoo()
    keep = entries.row < entries.col
    edges = zip(entries.row[keep].tolist(), entries.col[keep].tolist(), strict=True)
    graph = igraph.Graph(n=block.shape[0], edges=edges)
    graph.es["value"] = entries.data[keep].tolist()
    return graph


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
    largest = _principal(matrix, symmetric=symmetric)[0]
    if given is None:
        if largest > 0:
            return 0.5 / largest
        return 0.0 if matrix.nnz == 0 else None
    if not np.isfinite(given) or abs(given) * largest >= 1:
        raise OptionError(
            f"{name} is {given!r}; in this network it must lie within 1/{largest:.6g} = {_ratio(1, largest):.6g} of 0, "
            "one over the largest eigenvalue, or longer walks never die out."
        )
    return float(given)


def _walks(matrix: sparse.csr_array, factor: float, start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return x = factor * matrix x + start, by adding up walks until the next step adds nothing."""
    total = start.copy()
    step = start
    for _ in range(10_000):
        step = factor * (matrix @ step)
        total = total + step
        if not np.abs(step).max(initial=0.0) > 1e-15 * np.abs(total).max(initial=0.0):
            return np.asarray(total)
    from scipy import sparse
    from scipy.sparse.linalg import spsolve

    return np.asarray(spsolve((sparse.eye_array(len(start)) - factor * matrix).tocsc(), start))


# ── the whole network ──


@network_measure(label="Degree centralization", cites=("freeman1979",))
def centralization(
    network: Network,
    *,
    measure: Literal["degree", "closeness", "betweenness", "eigenvector"] = "degree",
    direction: Direction = "all",
    denominator: Literal["star", "igraph"] = "star",
) -> float:
    """How far the network is centered on one firm: summed distance to the highest centrality over the largest possible.

    Parameters
    ----------
    network
        The network; strengths are ignored.
    measure
        Whose centrality: raw degree, normalized closeness, betweenness, or eigenvector with maximum 1.
    direction
        As in that measure, where betweenness follows direction unless "all" is asked for explicitly.
    denominator
        The largest possible sum. "star": that of a star of n firms (freeman1979), as in sna and UCINET. "igraph": the
        default of R igraph, which differs for degree, where a firm may tie itself (n(n - 1)), and for eigenvector,
        where the largest sum is that of a single tie among n firms (n - 2).

    Returns
    -------
    float
        From 0 (all firms alike) to 1 (a star); eigenvector centralization of disconnected networks can pass 1 with
        "star". NaN with fewer than three firms, or when the measure is undefined for some firm (closeness with
        isolates or several components, eigenvector without a principal vector).

    References
    ----------
    freeman1979

    Examples
    --------
    >>> from clusternet import Network
    >>> centralization(Network.from_edges([("Ada", "Bo"), ("Ada", "Cy"), ("Ada", "Di")]))
    1.0
    """
    choose("measure", measure, ("degree", "closeness", "betweenness", "eigenvector"))
    choose("direction", direction, DIRECTIONS)
    choose("denominator", denominator, ("star", "igraph"))
    n = len(network)
    if n < 3:
        return float("nan")
    directed = network.is_directed and direction != "all"
    if measure == "degree":
        values = degree(network, direction=direction)
        largest = _largest_degree_sum(n, directed=network.is_directed, direction=direction, denominator=denominator)
    elif measure == "closeness":
        values = closeness(network, direction=direction)
        if network.component_codes("strong" if directed else "weak").any():
            return float("nan")
        largest = (n - 1) * (1 - 1 / n) if directed else (n - 1) * (n - 2) / (2 * n - 3)
    elif measure == "betweenness":
        values = betweenness(network, direction="keep" if directed else "all")
        largest = n - 1.0
    else:
        values = eigenvector(network, direction=direction)
        largest = n - 2.0 if denominator == "igraph" else (n - 1) * (1 - 1 / np.sqrt(n - 1))
    return float((values.max() - values).sum(skipna=False) / largest)


def _largest_degree_sum(n: int, *, directed: bool, direction: Direction, denominator: str) -> float:
    if not directed:
        return float(n * (n - 1) if denominator == "igraph" else (n - 1) * (n - 2))
    if direction == "all":
        return float(2 * n * (n - 1) if denominator == "igraph" else 2 * (n - 1) * (n - 2))
    return float(n * (n - 1) if denominator == "igraph" else (n - 1) ** 2)
