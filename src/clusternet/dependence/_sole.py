"""Sole suppliers, sole senders, platforms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from clusternet.dependence._shared import WEIGHTS, check_ends, kept_rows, layer_or_all, partner_links, per_firm, ratio
from clusternet.measure import choose
from clusternet.network import Network
from clusternet.records import Records

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clusternet.linkage import Linkage
    from clusternet.measure import Weights

__all__ = ["platform_dependence", "sole_senders", "sole_suppliers"]


def _supplies(source: Network | Records | pd.DataFrame, linkage: Linkage | None, column: str) -> pd.DataFrame:
    """Return who supplies what to whom: supplier, buyer, input (missing where nothing but blanks stands there)."""
    ends = ("source", "target")
    if isinstance(source, Records):
        table = kept_rows(source, linkage, "supply", "partnerships")
    elif isinstance(source, Network):
        table = layer_or_all(source, "supply").ties
    else:
        ends = ("supplier", "buyer")
        check_ends(source, ends, "Rename its columns to supplier and buyer, or hand over a Network or Records.")
        table = source.dropna(subset=list(ends))
    # As arrays, because columns of categories cannot be compared.
    made = pd.DataFrame({"supplier": table[ends[0]].to_numpy(), "buyer": table[ends[1]].to_numpy()})
    made["input"] = pd.Series("", index=made.index, dtype="str")
    if column in table.columns:
        values = pd.Series(table[column].to_numpy()).map(
            lambda value: value.strip() if isinstance(value, str) else value
        )
        values = values.mask(values.eq(""))
        if values.notna().any():
            made["input"] = values
    return made[made["supplier"] != made["buyer"]]


def sole_suppliers(
    source: Network | Records | pd.DataFrame, *, linkage: Linkage | None = None, column: str = "input"
) -> pd.DataFrame:
    """List what each firm buys from one supplier only, with the number of others who could step in.

    Parameters
    ----------
    source
        Records (supply rows of partnerships), a Network (its layer supply where it has one, else all ties; from
        source to target), or a table with the columns ``supplier`` and ``buyer``.
    linkage
        With Records: what `link_firms` returned.
    column
        Where the input stands: what is supplied. A column of partnerships, ties or the table. Where it is missing, or
        empty in all supplies, these count as one input; else rows in which it is blank are left out, for they may be
        of any input.

    Returns
    -------
    DataFrame
        One row per buyer and input that comes from one supplier only: ``firm`` (the buyer), ``input`` (empty text
        where no column says), ``supplier``, ``substitutes``, the number of other firms that supply this input to
        anybody in the data (the buyer itself not counted), ``market_share``, the supplier's share of all pairs of
        buyer and supplier in this input, and ``critical``, True without a substitute. Critical rows come first, then
        by supplier, input and firm.

    Raises
    ------
    OptionError
        If a table lacks the columns supplier or buyer, or has two columns of one name.

    Notes
    -----
    Past and present supplies count alike: take a window first where dates matter.

    References
    ----------
    pfeffer1978

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"supplier": ["M", "M", "N", "O"], "buyer": [*"ABAC"],
    ...                       "input": ["flour", "flour", "milk", "milk"]})
    >>> sole_suppliers(table)[["firm", "input", "supplier", "substitutes", "critical"]].values.tolist()
    [['A', 'flour', 'M', 0, True], ['B', 'flour', 'M', 0, True], ['A', 'milk', 'N', 1, False], ['C', 'milk', 'O', 1, False]]
    """  # noqa: E501
    supplies = _supplies(source, linkage, column).dropna(subset="input")
    # Case and blanks aside an input is one input; it is shown as first written.
    kind = supplies["input"].astype("str").str.casefold()
    supplies["input"] = supplies.groupby(kind)["input"].transform("first")
    pairs = supplies.drop_duplicates(["buyer", "input", "supplier"])
    size = pairs.groupby(["buyer", "input"])["supplier"].transform("size")
    sole = pairs.loc[size == 1, ["buyer", "input", "supplier"]].rename(columns={"buyer": "firm"})
    offers = pairs.drop_duplicates(["input", "supplier"])
    market = sole["input"].map(pairs.groupby("input").size()).to_numpy()
    served = pairs.groupby(["supplier", "input"]).size()
    anybody = sole["input"].map(offers.groupby("input").size()).to_numpy()
    own = pd.MultiIndex.from_frame(sole[["firm", "input"]]).isin(
        pd.MultiIndex.from_frame(offers[["supplier", "input"]])
    )
    sole["substitutes"] = anybody.astype(np.int64) - 1 - own
    at = pd.MultiIndex.from_frame(sole[["supplier", "input"]])
    sole["market_share"] = served.reindex(at).to_numpy(dtype=float) / market
    sole["critical"] = sole["substitutes"] == 0
    by = ["critical", "supplier", "input", "firm"]
    return sole.sort_values(by, ascending=[False, True, True, True]).reset_index(drop=True)


def sole_senders(network: Network) -> pd.DataFrame:
    """List the firms to which all customers are sent by one firm.

    Parameters
    ----------
    network
        The network; its layer referral where it has one, else all ties.

    Returns
    -------
    DataFrame
        One row per firm with a single sender: ``firm``, ``sender``, ``strength``, ``dependents`` (how many firms have
        this sender as their only one). Senders with most dependents come first.

    References
    ----------
    pfeffer1978

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Hotel", "Cafe", 3.0), ("Hotel", "Tours"), ("Cafe", "Tours")], directed=True)
    >>> sole_senders(net).values.tolist()
    [['Cafe', 'Hotel', 3.0, 1]]
    """
    firm, partner, strength = partner_links(layer_or_all(network, "referral"), "in", "strength")
    alone = per_firm(firm, size=network.n_firms)[firm] == 1
    firm, partner, strength = firm[alone], partner[alone], strength[alone]
    dependents = np.bincount(partner, minlength=network.n_firms)[partner]
    order = np.lexsort((firm, partner, -dependents))
    ids = network.firms.index
    return pd.DataFrame(
        {
            "firm": ids[firm[order]],
            "sender": ids[partner[order]],
            "strength": strength[order],
            "dependents": dependents[order],
        }
    )


def platform_dependence(
    network: Network, *, platforms: Iterable[object] | None = None, weights: Weights = "strength"
) -> pd.DataFrame:
    """How far each firm works through platforms, and whether through more than one.

    Parameters
    ----------
    network
        The network, of one mode, or of firms and agreements as `build_agreements` makes it.
    platforms
        Ids of the platforms. When omitted: in a network of firms and agreements those of the kind "platform"; else
        the ties of the layer platform count as made through a platform, and which platform is unknown.
    weights
        "strength" or "ignore" (every partner counts the same).

    Returns
    -------
    DataFrame
        One row per firm, in table order. ``share``: of all its ties, those to or through platforms, 0 to 1, NaN
        without ties. ``referral_share``: of the customers sent to it, those that platforms sent, NaN if none were
        sent or the platforms are unknown. ``n_platforms``: how many it is tied to; ``platform``: the one with the
        largest share; ``multi_homing``: True with two platforms or more, missing without one. The last three are
        missing where the platforms are unknown. The rows of platforms themselves are missing throughout.

    Raises
    ------
    UnknownFirmError
        If a platform is not in the network.

    References
    ----------
    rochet2003

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Shop", "Amaz", 3.0), ("Shop", "Bank"), ("Cafe", "Eats"), ("Cafe", "Amaz")])
    >>> platform_dependence(net, platforms=["Amaz", "Eats"]).loc["Shop", "share"]
    np.float64(0.75)
    """
    choose("weights", weights, WEIGHTS)
    n, ids = network.n_firms, network.firms.index
    firm, partner, strength = partner_links(network, "all", weights)
    whole = per_firm(firm, strength, size=n)
    is_platform = np.zeros(n, dtype=bool)
    known = True
    if platforms is not None:
        is_platform[network.positions(platforms)] = True
    elif network.is_two_mode and "kind" in network.firms.columns:
        is_platform = network.firms["kind"].eq("platform").to_numpy(dtype=bool, na_value=False)
    else:
        known = False
    table = pd.DataFrame(index=ids)
    if not known:
        through = partner_links(network.layer("platform"), "all", weights)
        part = per_firm(through[0], through[2], size=n)
        blank = np.full(n, np.nan)
        top = pd.Series(np.nan, index=ids, dtype=object)
        count, referred = blank, blank
    else:
        hit = is_platform[partner]
        part = per_firm(firm[hit], strength[hit], size=n)
        count = per_firm(firm[hit], size=n)
        got, sender, customers = partner_links(network.layer("referral"), "in", weights)
        sent = is_platform[sender]
        referred = ratio(
            per_firm(got[sent], customers[sent], size=n),
            per_firm(got, customers, size=n),
        )
        order = np.lexsort((partner[hit], -strength[hit], firm[hit]))
        best = pd.Series(partner[hit][order], index=firm[hit][order])
        best = best[~best.index.duplicated()]
        top = pd.Series(np.nan, index=ids, dtype=object)
        top.iloc[best.index.to_numpy()] = ids[best.to_numpy()].to_numpy()
    table["share"] = ratio(part, whole)
    table["referral_share"] = referred
    table["n_platforms"] = count
    table["platform"] = top
    homes = pd.array(count >= 2, dtype="boolean")
    homes[np.isnan(count) | (count == 0)] = pd.NA
    table["multi_homing"] = homes
    table.loc[is_platform, ["share", "referral_share", "n_platforms"]] = np.nan
    table.loc[is_platform, "platform"] = np.nan
    table.loc[is_platform, "multi_homing"] = pd.NA
    return table
