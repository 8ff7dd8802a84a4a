"""Giving, receiving and leaking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from clusternet.dependence._shared import NAN, WEIGHTS, partner_links, partner_shares, per_firm, ratio
from clusternet.errors import OptionError, listing
from clusternet.measure import Direction, Weights, choose, firm_measure, firm_series, firm_values, network_measure

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from numpy.typing import NDArray

    from clusternet.network import Network

    Inside: TypeAlias = str | pd.Series | Iterable[object]

__all__ = ["dyadic_balance", "firm_leakage", "leakage", "net_balance", "net_flow_gini"]


def _two_ways(network: Network, weights: Weights) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return the flow there and back of every tied pair; None without direction or ties."""
    choose("weights", weights, WEIGHTS)
    graph = network.simple()
    if not graph.directed or not len(graph.source):
        return None
    strength = graph.strength if weights == "strength" else np.ones(len(graph.source))
    low, high = np.minimum(graph.source, graph.target), np.maximum(graph.source, graph.target)
    place = np.unique(low * np.int64(graph.n) + high, return_inverse=True)[1]
    size = int(place.max()) + 1
    up = graph.source < graph.target
    there = per_firm(place[up], strength[up], size=size)
    return there, per_firm(place[~up], strength[~up], size=size)


@network_measure(label="Dyadic balance", cites=("squartini2013",))
def dyadic_balance(
    network: Network, *, weights: Weights = "strength", average: Literal["pairs", "value"] = "pairs"
) -> float:
    """How evenly tied firms give to and receive from each other.

    The balance of a pair is 1 - abs(w_ij - w_ji) / (w_ij + w_ji): 1 when both give the same, 0 when one gives all.

    Parameters
    ----------
    network
        The network; an undirected tie in a directed network is balanced in itself.
    weights
        "strength" or "ignore" (then a pair is balanced when each names the other).
    average
        "pairs": the mean over tied pairs. "value": the mean with each pair weighing what flows in it, which equals
        the reciprocated share of strength (squartini2013).

    Returns
    -------
    float
        From 0 to 1. NaN in an undirected network and without ties.

    References
    ----------
    squartini2013

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo", 3.0), ("Bo", "Ada", 1.0), ("Bo", "Cy", 2.0)], directed=True)
    >>> dyadic_balance(net), dyadic_balance(net, average="value").__round__(3)
    (0.25, 0.333)
    """
    choose("average", average, ("pairs", "value"))
    flows = _two_ways(network, weights)
    if flows is None:
        return NAN
    there, back = flows
    even = 2 * np.minimum(there, back)
    if average == "value":
        return float(even.sum() / (there + back).sum())
    return float((even / (there + back)).mean())


def _in_and_out(network: Network, weights: Weights) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return what every firm receives and sends; None without direction."""
    choose("weights", weights, WEIGHTS)
    graph = network.simple()
    if not graph.directed:
        return None
    strength = graph.strength if weights == "strength" else np.ones(len(graph.source))
    received = per_firm(graph.target, strength, size=graph.n)
    return received, per_firm(graph.source, strength, size=graph.n)


@firm_measure(label="Net giving", cites=("squartini2013",))
def net_balance(
    network: Network, *, weights: Weights = "strength", scale: Literal["share", "raw"] = "share"
) -> pd.Series:
    """How much more each firm gives than it receives.

    Parameters
    ----------
    network
        The network, such as the layer referral; an undirected tie in a directed network gives as much as it takes.
    weights
        "strength" or "ignore" (ties are counted).
    scale
        "share": (out - in) / (out + in). "raw": out - in, which sums to 0 over the firms.

    Returns
    -------
    Series
        One float per firm; "share" from -1 (only receives) to 1 (only gives). NaN in an undirected network, and with
        "share" for firms without ties.

    References
    ----------
    squartini2013

    Examples
    --------
    >>> from clusternet import Network
    >>> net_balance(Network.from_edges([("Ada", "Bo", 3.0), ("Bo", "Ada", 1.0)], directed=True)).to_dict()
    {'Ada': 0.5, 'Bo': -0.5}
    """
    choose("scale", scale, ("share", "raw"))
    flows = _in_and_out(network, weights)
    if flows is None:
        return firm_series(network, np.full(network.n_firms, np.nan), "net_balance")
    received, sent = flows
    net = sent - received
    return firm_series(network, net if scale == "raw" else ratio(net, sent + received), "net_balance")


@network_measure(label="Gini of net flows", cites=("gini1912",))
def net_flow_gini(network: Network, *, weights: Weights = "strength") -> float:
    """How unequally the gaps between giving and receiving are spread over the firms.

    The Gini coefficient of abs(out - in) over the firms with ties: 0 when all gaps are of one size, near 1 when one
    firm has them all.

    Parameters
    ----------
    network
        The network, such as the layer referral.
    weights
        "strength" or "ignore" (ties are counted).

    Returns
    -------
    float
        From 0 to 1 - 1/n. NaN in an undirected network, without ties, and when everybody gives what it receives.

    References
    ----------
    gini1912

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo", 2.0), ("Bo", "Cy", 2.0)], directed=True)
    >>> net_flow_gini(net).__round__(3)  # gaps 2, 0, 2
    0.333
    """
    flows = _in_and_out(network, weights)
    if flows is None:
        return NAN
    received, sent = flows
    whole = sent + received
    gaps = np.abs(sent - received)[whole > 0]
    gaps = np.sort(np.where(gaps > 1e-12 * whole[whole > 0], gaps, 0.0))  # .1 + .2 is no gap to .3
    total = gaps.sum()
    if not total > 0:
        return NAN
    n = len(gaps)
    return float((2 * np.arange(1, n + 1) - n - 1) @ gaps / (n * total))


def _inside(network: Network, inside: Inside) -> NDArray[np.bool_]:
    """Return which firms belong to the cluster; a missing flag means no."""
    values = firm_values(network, inside)
    present = values.dropna()
    odd = [value for value in present.unique() if not isinstance(value, (bool, np.bool_))]
    if odd:
        raise OptionError(
            f"inside holds {listing(odd)}; give True for firms of the cluster and False for others, such as "
            "net.firms['region'] == 'North'."
        )
    if len(values) and not len(present):
        raise OptionError("inside says of no firm whether it belongs to the cluster; index the flags by firm id.")
    return np.asarray(values.astype(object).map(lambda value: value is True or value is np.True_), dtype=bool)


def firm_leakage(
    network: Network, *, inside: Inside = "registered", direction: Direction = "all", weights: Weights = "strength"
) -> pd.Series:
    """Share of each firm's dealings that are with firms outside of the cluster.

    Parameters
    ----------
    network
        The network, with the outside partners among its firms.
    inside
        A column of ``network.firms``, a Series by firm, or one flag per firm: True for the cluster's own firms; a
        missing flag means outside. The default is the column that `build_network` fills: False for names that the
        registry does not hold.
    direction, weights
        As in `partner_hhi`.

    Returns
    -------
    Series
        One float per firm from 0 to 1. NaN for outside firms and for firms without a partner in that direction.

    Raises
    ------
    OptionError
        If there is no such column, or it holds other things than True and False, or nothing.

    References
    ----------
    krackhardtstern1988

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo", 3.0), ("Ada", "Far", 1.0)], directed=True)
    >>> firm_leakage(net, inside=[True, True, False]).to_dict()
    {'Ada': 0.25, 'Bo': 0.0, 'Far': nan}
    """
    own = _inside(network, inside)
    firm, partner, share = partner_shares(network, direction, weights)
    tied = per_firm(firm, size=network.n_firms) > 0
    gone = per_firm(firm, share * ~own[partner], size=network.n_firms)
    return firm_series(network, np.where(own & tied, gone, np.nan), "firm_leakage")


def leakage(
    network: Network, *, inside: Inside = "registered", direction: Direction = "out", weights: Weights = "strength"
) -> float:
    """Share of the cluster's dealings that are with firms outside of it.

    Parameters
    ----------
    network, inside, weights
        As in `firm_leakage`.
    direction
        "out": of what its firms send, the part that leaves. "in": of what they receive, the part from outside.
        "all": of all ties with at least one end inside, those that cross the boundary.

    Returns
    -------
    float
        From 0 to 1. NaN when the firms of the cluster have no ties in that direction.

    Raises
    ------
    OptionError
        If there is no such column, or it holds other things than True and False, or nothing.

    References
    ----------
    krackhardtstern1988

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo", 3.0), ("Ada", "Far", 1.0), ("Far", "Bo", 4.0)], directed=True)
    >>> sides = [True, True, False]
    >>> leakage(net, inside=sides), leakage(net, inside=sides, direction="all")
    (0.25, 0.625)
    """
    own = _inside(network, inside)
    firm, partner, strength = partner_links(network, direction, weights)
    mine = own[firm]
    across = strength[mine & ~own[partner]].sum()
    within = strength[mine & own[partner]].sum()
    if direction == "all" or not network.is_directed:
        within /= 2  # a tie inside stands once for each of its ends
    return float(across / (across + within)) if across + within else NAN
