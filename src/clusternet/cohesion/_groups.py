"""Groups that are given (sector, place, owner): how far ties stay within them."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from clusternet.cohesion._common import (
    DIRECTIONS,
    NAN,
    WEIGHTS,
    Paths,
    graph_of,
    mixing_of,
    modularity_of,
    share,
)
from clusternet.errors import OptionError, listing
from clusternet.measure import (
    Direction,
    Weights,
    choose,
    firm_groups,
    firm_series,
    firm_values,
    network_measure,
    real_number,
    whole_number,
)
from clusternet.network import igraph_view
from clusternet.result import NullTest, Settings, resolve_seed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from clusternet.network import Network, SimpleGraph

__all__ = [
    "coleman_index",
    "degree_assortativity",
    "ei_index",
    "firm_blau_index",
    "firm_ei_index",
    "group_density",
    "mixing_matrix",
    "modularity",
    "nominal_assortativity",
    "numeric_assortativity",
    "test_ei_index",
    "yule_q",
]


def modularity(
    network: Network,
    groups: str | pd.Series | Iterable[object],
    *,
    direction: Paths = "keep",
    weights: Weights = "ignore",
    resolution: float = 1.0,
) -> float:
    """Share of ties inside groups, less the share expected if ties were dealt at random with the same degrees.

    Parameters
    ----------
    network
        The network.
    groups
        A column of ``network.firms``, a Series by firm id, or one group per firm. Firms without a group are left out,
        with their ties.
    direction
        "keep": the expected share of a directed network uses ties sent and ties received (leicht2008). "all":
        direction is forgotten (strengths of the two directions summed).
    weights
        "ignore": ties exist or not. "strength": ties count by strength.
    resolution
        Factor of the expected share.

    Returns
    -------
    float
        From -1 to 1 at resolution 1; 0 when all firms are one group. NaN without ties.

    References
    ----------
    newmangirvan2004, leicht2008

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Cy", "Di")])
    >>> modularity(net, ["x", "x", "y", "y"])
    0.5
    """
    graph = graph_of(network, direction)
    choose("weights", weights, WEIGHTS)
    resolution = real_number("resolution", resolution)
    return modularity_of(graph, firm_groups(network, groups)[0], weights, resolution)


def ei_index(
    network: Network,
    groups: str | pd.Series | Iterable[object],
    *,
    direction: Paths = "keep",
    weights: Weights = "ignore",
) -> float:
    """Ties between groups less ties within groups, over all ties.

    Parameters
    ----------
    network
        The network.
    groups
        A column of ``network.firms``, a Series by firm id, or one group per firm. Ties of firms without a group are
        left out.
    direction
        "keep": arcs count. "all": tied pairs count (strengths of the two directions summed).
    weights
        "ignore": ties count. "strength": their strengths do.

    Returns
    -------
    float
        From -1 (all ties within groups) to 1 (all between). NaN without ties.

    References
    ----------
    krackhardtstern1988

    Examples
    --------
    >>> from clusternet import Network
    >>> ei_index(Network.from_edges([("Ada", "Bo"), ("Bo", "Cy")]), ["x", "x", "y"])
    0.0
    """
    graph = graph_of(network, direction)
    choose("weights", weights, WEIGHTS)
    mixing = mixing_of(graph, firm_groups(network, groups)[0], weights)
    return float(np.clip(share(mixing.total - 2 * mixing.inside.sum(), mixing.total), -1, 1))


def firm_ei_index(
    network: Network,
    groups: str | pd.Series | Iterable[object],
    *,
    direction: Direction = "all",
    weights: Weights = "ignore",
) -> pd.Series:
    """Ties of each firm to other groups less ties to its own group, over all its ties.

    Parameters
    ----------
    network
        The network.
    groups
        A column of ``network.firms``, a Series by firm id, or one group per firm. Partners without a group are left
        out.
    direction
        "in" ties received, "out" ties sent, "all" direction forgotten: each partner counts once (strengths of the two
        directions summed).
    weights
        "ignore": partners count. "strength": the strengths of the ties to them do.

    Returns
    -------
    Series
        One float per firm from -1 (its own group only) to 1 (other groups only). NaN for isolates and for firms
        without a group.

    References
    ----------
    krackhardtstern1988

    Examples
    --------
    >>> from clusternet import Network
    >>> firm_ei_index(Network.from_edges([("Ada", "Bo"), ("Bo", "Cy")]), ["x", "x", "y"]).to_dict()
    {'Ada': -1.0, 'Bo': 0.0, 'Cy': 1.0}
    """
    ego, alter, values = _partners(network, direction, weights)
    codes = firm_groups(network, groups)[0]
    known = (codes[ego] >= 0) & (codes[alter] >= 0)
    ego, alter, values = ego[known], alter[known], values[known]
    total = np.bincount(ego, weights=values, minlength=len(network))
    signed = np.bincount(ego, weights=np.where(codes[ego] == codes[alter], -values, values), minlength=len(network))
    index = np.divide(signed, total, out=np.full(len(network), np.nan), where=total > 0)
    return firm_series(network, index, "firm_ei_index")


def test_ei_index(
    network: Network,
    groups: str | pd.Series | Iterable[object],
    *,
    direction: Paths = "keep",  # noqa: PT028  (a test of hypotheses, not of this code)
    weights: Weights = "ignore",  # noqa: PT028
    draws: int = 999,  # noqa: PT028
    seed: int | None = None,  # noqa: PT028
) -> NullTest:
    """Compare the E-I index to what the same ties give when the firms trade their groups at random.

    Group sizes alone make ties to other groups more or less likely, so the index is read beside this expectation.

    Parameters
    ----------
    network
        The network.
    groups
        As in `ei_index`. Firms without a group stay without one; in a two-mode network those of one mode trade among
        themselves.
    direction, weights
        As in `ei_index`.
    draws
        Number of permutations, at least 1.
    seed
        Seed of the permutations; a fresh one is drawn and stored in ``.settings`` when omitted.

    Returns
    -------
    NullTest
        Observed index, draws, z and p-values: ``p_fewer`` is small when firms keep to their own group.

    Raises
    ------
    OptionError
        If `draws` is below 1.

    References
    ----------
    krackhardtstern1988

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Ada", "Cy"), ("Di", "Ed")])
    >>> test_ei_index(net, ["x", "x", "x", "y", "y"], seed=1).observed
    -1.0
    """
    draws = whole_number("draws", draws, 1)
    graph = graph_of(network, direction)
    choose("weights", weights, WEIGHTS)
    seed = resolve_seed(seed)
    codes = firm_groups(network, groups)[0]
    observed = ei_index(network, groups, direction=direction, weights=weights)
    side = pd.factorize(network.firms["mode"])[0] if network.is_two_mode else np.zeros(len(codes), dtype=np.int64)
    pools = [np.flatnonzero((codes >= 0) & (side == one)) for one in range(int(side.max(initial=0)) + 1)]
    tied = (codes[graph.source] >= 0) & (codes[graph.target] >= 0)
    source, target = graph.source[tied], graph.target[tied]
    values = graph.strength[tied] if weights == "strength" else np.ones(len(source))
    shuffled, rng = codes.copy(), np.random.default_rng(seed)
    found = np.empty(draws)
    for draw in range(draws):
        for pool in pools:
            shuffled[pool] = rng.permutation(codes[pool])
        between = values[shuffled[source] != shuffled[target]].sum()
        found[draw] = share(2 * between - values.sum(), values.sum())
    return NullTest(
        statistic="E-I index",
        observed=observed,
        draws=pd.Series(found, index=pd.RangeIndex(len(found), name="draw"), name="ei_index"),
        settings=Settings(
            {"null": "groups permuted", "direction": direction, "weights": weights, "draws": draws}, seed=seed
        ),
    )


def mixing_matrix(
    network: Network,
    groups: str | pd.Series | Iterable[object],
    *,
    direction: Paths = "keep",
    weights: Weights = "ignore",
) -> pd.DataFrame:
    """Count the ties within and between groups.

    Parameters
    ----------
    network
        The network.
    groups
        A column of ``network.firms``, a Series by firm id, or one group per firm. Ties of firms without a group are
        left out.
    direction
        "keep": arcs count, rows send and columns receive. "all": tied pairs count (strengths of the two directions
        summed).
    weights
        "ignore": ties count. "strength": their strengths do.

    Returns
    -------
    DataFrame
        Groups by groups, in order of first appearance, floats. Without direction it is symmetric, and the diagonal
        counts each tie within a group once.

    References
    ----------
    newman2003

    Examples
    --------
    >>> from clusternet import Network
    >>> mixing_matrix(Network.from_edges([("Ada", "Bo"), ("Bo", "Cy")]), ["x", "x", "y"]).to_numpy().tolist()
    [[1.0, 1.0], [1.0, 0.0]]
    """
    graph = graph_of(network, direction)
    choose("weights", weights, WEIGHTS)
    codes, names = firm_groups(network, groups)
    counts = _counts(graph, codes, len(names), weights)
    return pd.DataFrame(counts, index=names.rename("source_group"), columns=names.rename("target_group"))


def _counts(graph: SimpleGraph, codes: NDArray[np.int64], size: int, weights: Weights) -> NDArray[np.float64]:
    source, target = codes[graph.source], codes[graph.target]
    known = (source >= 0) & (target >= 0)
    values = graph.strength[known] if weights == "strength" else np.ones(int(known.sum()))
    cells = np.bincount(source[known] * size + target[known], weights=values, minlength=size * size)
    counts = cells.astype(float).reshape(size, size)
    if not graph.directed:
        counts = counts + counts.T
        np.fill_diagonal(counts, np.diagonal(counts) / 2)
    return counts


def group_density(
    network: Network, groups: str | pd.Series | Iterable[object], *, direction: Paths = "keep"
) -> pd.DataFrame:
    """Return the density within every group and between every two groups.

    Parameters
    ----------
    network
        The network; in a two-mode network only ties between the modes are possible.
    groups
        A column of ``network.firms``, a Series by firm id, or one group per firm. Firms without a group are left out.
    direction
        "keep": arcs count, and every ordered pair of groups has a row. "all": tied pairs count, one row per pair of
        groups, the one that appears first as source; so too in an undirected network.

    Returns
    -------
    DataFrame
        One row per pair of groups: ``source_group``, ``target_group``, ``ties``, ``possible`` and ``density`` (from 0
        to 1; NaN where no tie is possible, as within a group of one firm).

    References
    ----------
    wasserman1994

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy")])
    >>> group_density(net, ["x", "x", "y"])[["source_group", "target_group", "density"]].to_numpy().tolist()
    [['x', 'x', 1.0], ['x', 'y', 0.5], ['y', 'y', nan]]
    """
    graph = graph_of(network, direction)
    codes, names = firm_groups(network, groups)
    size = len(names)
    ties = _counts(graph, codes, size, "ignore")
    mode = pd.factorize(network.firms["mode"])[0] if network.is_two_mode else np.zeros(len(network), dtype=np.int64)
    modes = int(mode.max(initial=0)) + 1
    known = codes >= 0
    firms = np.bincount(codes[known] * modes + mode[known], minlength=size * modes).reshape(size, modes).astype(float)
    if modes == 2:
        possible = np.outer(firms[:, 0], firms[:, 1]) + np.outer(firms[:, 1], firms[:, 0])
    else:
        possible = np.outer(firms[:, 0], firms[:, 0]) - np.diag(firms[:, 0])
    if graph.directed:
        one, other = (part.ravel() for part in np.indices((size, size)))
    else:
        np.fill_diagonal(possible, np.diagonal(possible) / 2)
        one, other = np.triu_indices(size)
    table = pd.DataFrame(
        {"source_group": names[one], "target_group": names[other], "ties": ties[one, other].astype("int64")}
    )
    table["possible"] = possible[one, other].astype("int64")
    return table.assign(density=table["ties"] / table["possible"].where(table["possible"] > 0))


def coleman_index(
    network: Network, groups: str | pd.Series | Iterable[object], *, direction: Paths = "keep"
) -> pd.Series:
    """How far the ties that a group sends stay within it, between what chance gives (0) and always (1).

    With m the ties of group g within it, e those expected if its firms chose partners at random (all its ties times
    (n_g - 1)/(n - 1)) and s all its ties: (m - e)/(s - e) if m is at least e, else (m - e)/e.

    Parameters
    ----------
    network
        The network.
    groups
        A column of ``network.firms``, a Series by firm id, or one group per firm. Firms without a group are left out,
        with their ties.
    direction
        "keep": ties sent count. "all": direction is forgotten, every tied pair counts for both its firms.

    Returns
    -------
    Series
        One float per group from -1 (never within) to 1 (only within), in order of first appearance. NaN for groups
        that send no tie, and for the only group.

    References
    ----------
    coleman1958

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Cy", "Di"), ("Bo", "Cy")])
    >>> coleman_index(net, ["x", "x", "y", "y"]).to_dict()
    {'x': 0.5, 'y': 0.5}
    """
    graph = graph_of(network, direction)
    codes, names = firm_groups(network, groups)
    mixing = mixing_of(graph, codes, "ignore")
    firms = np.bincount(codes[codes >= 0], minlength=len(names)).astype(float)
    inside, sent = mixing.inside, mixing.sent
    expected = sent * (firms - 1) / max(firms.sum() - 1, 1)
    base = np.where(inside >= expected, sent - expected, expected)
    index = np.divide(inside - expected, base, out=np.full(len(names), np.nan), where=base > 0)
    return pd.Series(index, index=names.rename("group"), name="coleman_index")


def yule_q(network: Network, groups: str | pd.Series | Iterable[object], *, direction: Paths = "keep") -> float:
    """How much more likely a tie is between two firms of one group than between firms of different groups.

    (ad - bc)/(ad + bc), with a and b the pairs of one group that are tied and not tied, c and d those of different
    groups. Unlike the E-I index it does not depend on the sizes of the groups.

    Parameters
    ----------
    network
        The network.
    groups
        A column of ``network.firms``, a Series by firm id, or one group per firm. Firms without a group are left out.
    direction
        "keep": ordered pairs and arcs. "all": pairs, tied if either names the other.

    Returns
    -------
    float
        From -1 (ties between groups only) to 1 (within groups only); 0 when both are as likely. NaN when it is 0/0, as
        without ties or with one group.

    References
    ----------
    yule1900

    Examples
    --------
    >>> from clusternet import Network
    >>> yule_q(Network.from_edges([("Ada", "Bo"), ("Cy", "Di"), ("Bo", "Cy")]), ["x", "x", "y", "y"])
    1.0
    """
    table = group_density(network, groups, direction=direction)
    same = table["source_group"] == table["target_group"]
    within, between = table[same][["ties", "possible"]].sum(), table[~same][["ties", "possible"]].sum()
    a, b = float(within["ties"]), float(within["possible"] - within["ties"])
    c, d = float(between["ties"]), float(between["possible"] - between["ties"])
    return share(a * d - b * c, a * d + b * c)


def firm_blau_index(
    network: Network,
    groups: str | pd.Series | Iterable[object],
    *,
    direction: Direction = "all",
    weights: Weights = "ignore",
    variant: Literal["blau", "iqv"] = "blau",
) -> pd.Series:
    """How mixed each firm's partners are: the chance that two of them, drawn with return, are of different groups.

    Parameters
    ----------
    network
        The network.
    groups
        A column of ``network.firms``, a Series by firm id, or one group per firm. Partners without a group are left
        out.
    direction
        "in" ties received, "out" ties sent, "all" direction forgotten: each partner counts once (strengths of the two
        directions summed).
    weights
        "ignore": partners count. "strength": the strengths of the ties to them do.
    variant
        With p_g the share of group g among the partners. "blau": 1 - sum of p_g squared, at most 1 - 1/K (blau1977).
        "iqv": that over its maximum, with K the number of groups in the network, so that 1 is an even mix
        (muellerschuessler1970).

    Returns
    -------
    Series
        One float per firm from 0 (partners of one group) to below 1, or to 1 for "iqv". NaN for firms without partners
        in a group; "iqv" also when there is only one group.

    References
    ----------
    blau1977, muellerschuessler1970

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy")])
    >>> firm_blau_index(net, ["x", "x", "y"]).to_dict()
    {'Ada': 0.0, 'Bo': 0.5, 'Cy': 0.0}
    """
    choose("variant", variant, ("blau", "iqv"))
    ego, alter, values = _partners(network, direction, weights)
    codes, names = firm_groups(network, groups)
    known = codes[alter] >= 0
    ego, alter, values = ego[known], alter[known], values[known]
    size = max(len(names), 1)
    met, place = np.unique(ego * size + codes[alter], return_inverse=True)
    held = np.bincount(place, weights=values, minlength=len(met))
    total = np.bincount(ego, weights=values, minlength=len(network))
    squares = np.bincount(met // size, weights=held**2, minlength=len(network))
    index = 1 - np.divide(squares, total**2, out=np.full(len(network), np.nan), where=total > 0)
    if variant == "iqv":
        index = index * size / (size - 1) if size > 1 else np.full(len(network), np.nan)
    return firm_series(network, np.clip(index, 0.0, 1.0), "firm_blau_index")


def _partners(
    network: Network, direction: Direction, weights: Weights
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return one row per firm and partner: positions of both, and the strength between them (1 if ignored)."""
    choose("direction", direction, DIRECTIONS)
    choose("weights", weights, WEIGHTS)
    graph = graph_of(network, "all" if direction == "all" else "keep")
    ego, alter, values = graph.source, graph.target, graph.strength
    if not graph.directed:
        ego, alter = np.concatenate([ego, alter]), np.concatenate([alter, ego])
        values = np.concatenate([values, values])
    elif direction == "in":
        ego, alter = alter, ego
    return ego, alter, values if weights == "strength" else np.ones(len(values))


def nominal_assortativity(
    network: Network,
    groups: str | pd.Series | Iterable[object],
    *,
    direction: Paths = "keep",
    weights: Weights = "ignore",
) -> float:
    """How far ties join firms of one group, between what chance gives (0) and always (1).

    (sum of e_gg - sum of a_g b_g) / (1 - sum of a_g b_g), with e_gg the share of ties inside group g, a_g the share
    that g sends and b_g the share that it receives.

    Parameters
    ----------
    network
        The network.
    groups
        A column of ``network.firms``, a Series by firm id, or one group per firm. Ties of firms without a group are
        left out.
    direction
        "keep": arcs count. "all": direction is forgotten (strengths of the two directions summed).
    weights
        "ignore": ties count. "strength": their strengths do.

    Returns
    -------
    float
        From -1 to 1. NaN without ties, or when all ties are inside one and the same group.

    References
    ----------
    newman2003

    Examples
    --------
    >>> from clusternet import Network
    >>> nominal_assortativity(Network.from_edges([("Ada", "Bo"), ("Cy", "Di")]), ["x", "x", "y", "y"])
    1.0
    """
    graph = graph_of(network, direction)
    choose("weights", weights, WEIGHTS)
    mixing = mixing_of(graph, firm_groups(network, groups)[0], weights)
    if mixing.total == 0 or np.count_nonzero(mixing.sent + mixing.received) < 2:
        return NAN
    chance = float(mixing.sent @ mixing.received) / mixing.total**2
    return share(float(mixing.inside.sum()) / mixing.total - chance, 1 - chance)


def numeric_assortativity(
    network: Network, values: str | pd.Series | Iterable[float], *, direction: Paths = "keep"
) -> float:
    """Correlation of a number of the firms (size, age, strength) over the ties.

    Parameters
    ----------
    network
        The network.
    values
        A column of ``network.firms``, a Series by firm id, or one number per firm. Ties of firms without a number
        are left out.
    direction
        "keep": source against target over arcs. "all": direction is forgotten, every tied pair counts both ways.

    Returns
    -------
    float
        From -1 to 1. NaN without ties, or when all sources or all targets have the same number.

    References
    ----------
    newman2003

    Examples
    --------
    >>> from clusternet import Network
    >>> numeric_assortativity(Network.from_edges([("Ada", "Bo"), ("Bo", "Cy")]), [1, 5, 1])
    -1.0
    """
    graph = graph_of(network, direction)
    numbers = firm_values(network, values)
    if not pd.api.types.is_numeric_dtype(numbers):
        odd = [value for value in numbers.dropna() if not isinstance(value, Real)]
        if odd:
            raise OptionError(f"values holds {listing(odd)}; give numbers, or take nominal_assortativity for groups.")
    return _tie_correlation(graph, *(numbers.to_numpy(dtype=float, na_value=np.nan),) * 2)


@network_measure(label="Degree assortativity", cites=("newman2003",))
def degree_assortativity(
    network: Network,
    *,
    weights: Weights = "ignore",
    ends: Literal["all", "out_in", "out_out", "in_in", "in_out"] = "all",
) -> float:
    """Correlation of the partners' degrees over the ties.

    Parameters
    ----------
    network
        The network.
    weights
        "ignore": degrees. "strength": strengths; every tie counts once either way.
    ends
        "all": degrees of the network with direction forgotten. The others keep direction and name the degree of the
        source, then that of the target: "out_in" asks whether firms that send many ties send them to firms that
        receive many (the default of igraph and networkx in directed networks).

    Returns
    -------
    float
        From -1 to 1. NaN without ties, or when all degrees on one side are equal.

    References
    ----------
    newman2003

    Examples
    --------
    >>> from clusternet import Network
    >>> degree_assortativity(Network.from_edges([("Ada", "Bo"), ("Ada", "Cy"), ("Ada", "Di")]))
    -1.0
    """
    choose("weights", weights, WEIGHTS)
    choose("ends", ends, ("all", "out_in", "out_out", "in_in", "in_out"))
    graph = network.simple("undirected" if ends == "all" else "keep")
    if weights == "ignore" and not graph.directed:
        engine = igraph_view(network, "undirected")
        some = engine.degree(graph.source[:8].tolist() + graph.target[-8:].tolist())
        # Where all degrees are alike rounding would decide: that is looked at below.
        if len(set(some)) > 1:
            return float(engine.assortativity_degree(directed=False))
    values = graph.strength if weights == "strength" else np.ones(len(graph.source))
    sums = {
        "out": np.bincount(graph.source, weights=values, minlength=graph.n).astype(np.float64),
        "in": np.bincount(graph.target, weights=values, minlength=graph.n).astype(np.float64),
    }
    if not graph.directed:
        sums["out"] = sums["in"] = sums["out"] + sums["in"]
    first, second = ("out", "out") if ends == "all" else ends.split("_")
    return _tie_correlation(graph, sums[first], sums[second])


def _tie_correlation(graph: SimpleGraph, source: NDArray[np.float64], target: NDArray[np.float64]) -> float:
    """Correlate a number of the source with one of the target over the ties; undirected ties count both ways."""
    one, other = source[graph.source], target[graph.target]
    known = np.isfinite(one) & np.isfinite(other)
    one, other = one[known], other[known]
    if not graph.directed:
        one, other = np.concatenate([one, other]), np.concatenate([other, one])
    # Sums of equal strengths differ by rounding only.
    if len(one) == 0 or any(np.ptp(end) <= 1e-12 * np.abs(end).max() for end in (one, other)):
        return NAN
    one, other = one - one.mean(), other - other.mean()
    return float(np.clip((one @ other) / np.sqrt((one @ one) * (other @ other)), -1, 1))
