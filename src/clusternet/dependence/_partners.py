"""Partner concentration and bilateral dependence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from clusternet.dependence._shared import partner_links, partner_shares, per_firm
from clusternet.measure import Direction, Weights, firm_measure, firm_series

if TYPE_CHECKING:
    from clusternet.network import Network

__all__ = ["HHI_LIMIT", "bilateral_dependence", "effective_partners", "partner_hhi", "top_partner_share"]

HHI_LIMIT = 0.25
"""Above this a market counts as highly concentrated (dojftc2010), and a firm's partners as too few."""


@firm_measure(label="Partner concentration (HHI)", cites=("hirschman1945", "herfindahl1950"))
def partner_hhi(network: Network, *, direction: Direction = "all", weights: Weights = "strength") -> pd.Series:
    """How concentrated each firm's dealings are on few partners.

    The sum over partners of the squared share of each in the firm's total. Also known as the disparity Y2.

    Parameters
    ----------
    network
        The network; parallel ties are summed, loops ignored.
    direction
        "in": over those it receives from. "out": over those it sends to. "all": over all, both directions summed.
    weights
        "strength": shares of strength. "ignore": every partner counts the same, which gives 1 over their number.

    Returns
    -------
    Series
        One float per firm, from 1 over the number of partners to 1 (a single partner). Above 0.25 (`HHI_LIMIT`) a
        market counts as highly concentrated (dojftc2010). NaN for firms without a partner in that direction.

    References
    ----------
    hirschman1945, herfindahl1950, dojftc2010

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo", 3.0), ("Cy", "Bo", 1.0)], directed=True)
    >>> partner_hhi(net, direction="in")["Bo"]
    np.float64(0.625)
    """
    firm, _, share = partner_shares(network, direction, weights)
    tied = per_firm(firm, size=network.n_firms) > 0
    squares = per_firm(firm, share**2, size=network.n_firms)
    return firm_series(network, np.where(tied, squares, np.nan), "partner_hhi")


@firm_measure(label="Share of the largest partner", cites=("pfeffer1978",))
def top_partner_share(network: Network, *, direction: Direction = "all", weights: Weights = "strength") -> pd.Series:
    """Share of each firm's largest partner.

    Parameters
    ----------
    network, direction, weights
        As in `partner_hhi`.

    Returns
    -------
    Series
        One float per firm, above 0 to 1. NaN for firms without a partner in that direction.

    References
    ----------
    pfeffer1978

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo", 3.0), ("Cy", "Bo", 1.0)], directed=True)
    >>> top_partner_share(net, direction="in")["Bo"]
    np.float64(0.75)
    """
    firm, _, share = partner_shares(network, direction, weights)
    top = np.full(network.n_firms, np.nan)
    np.fmax.at(top, firm, share)
    return firm_series(network, top, "top_partner_share")


@firm_measure(label="Effective partners", cites=("hirschman1945",))
def effective_partners(network: Network, *, direction: Direction = "all", weights: Weights = "strength") -> pd.Series:
    """How many equal partners would be as concentrated as each firm's own.

    Parameters
    ----------
    network, direction, weights
        As in `partner_hhi`, of which this is the reciprocal.

    Returns
    -------
    Series
        One float per firm, from 1 to the number of partners. NaN for firms without a partner in that direction.

    References
    ----------
    hirschman1945

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo", 3.0), ("Cy", "Bo", 1.0)], directed=True)
    >>> effective_partners(net, direction="in")["Bo"]
    np.float64(1.6)
    """
    return (1 / partner_hhi(network, direction=direction, weights=weights)).rename("effective_partners")


def bilateral_dependence(
    network: Network, *, direction: Direction = "all", weights: Weights = "strength"
) -> pd.DataFrame:
    """How much each firm needs each partner, against how much the partner needs it.

    With s_ij the share of partner j in the dealings of firm i, the asymmetry is d_ij = s_ij / s_ji: above 1 the firm
    depends on the partner more than the partner on the firm, and the partner has the power (emerson1962).

    Parameters
    ----------
    network
        The network; parallel ties are summed, loops ignored.
    direction
        "in": the firm receives, so its share is of what it receives and the partner's of what the partner sends (a
        buyer and its supplier). "out": the firm sends. "all": shares of everything, both directions summed.
    weights
        "strength" or "ignore" (every partner counts the same).

    Returns
    -------
    DataFrame
        One row per firm and partner in that direction, by firm and then by falling share: ``firm``, ``partner``,
        ``strength``, ``share`` (s_ij) and ``partner_share`` (s_ji), above 0 to 1, ``asymmetry`` (s_ij / s_ji).

    References
    ----------
    emerson1962, pfeffer1978

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Mill", "Baker"), ("Mill", "Cafe")], directed=True)
    >>> bilateral_dependence(net, direction="in")[["firm", "partner", "share", "partner_share", "asymmetry"]]
        firm partner  share  partner_share  asymmetry
    0  Baker    Mill    1.0            0.5        2.0
    1   Cafe    Mill    1.0            0.5        2.0
    """
    firm, partner, strength = partner_links(network, direction, weights)
    own = per_firm(firm, strength, size=network.n_firms)
    other = own
    if direction != "all" and network.is_directed:
        other = per_firm(partner, strength, size=network.n_firms)
    share, back = strength / own[firm], strength / other[partner]
    order = np.lexsort((partner, -share, firm))
    ids = network.firms.index
    return pd.DataFrame(
        {
            "firm": ids[firm[order]],
            "partner": ids[partner[order]],
            "strength": strength[order],
            "share": share[order],
            "partner_share": back[order],
            "asymmetry": (share / back)[order],
        }
    )
