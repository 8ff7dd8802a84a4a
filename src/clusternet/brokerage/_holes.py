"""Structural holes: how far a firm's partners are tied to one another, and what that leaves it to broker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from clusternet._compiled import call
from clusternet.brokerage import _kernels
from clusternet.errors import NetworkError
from clusternet.measure import Weights, choose, firm_measure, firm_series
from clusternet.network import igraph_view

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

    from clusternet.network import Network

WEIGHTS = ("ignore", "strength")


def _invested(network: Network, weights: Weights) -> sparse.csr_array:
    """Return z_ij + z_ji of Burt: both directions of a tie summed."""
    choose("weights", weights, WEIGHTS)
    matrix = network.simple().csr(weights=weights)
    return (matrix + matrix.T).tocsr() if network.is_directed else matrix


def _scaled(matrix: sparse.csr_array, by: NDArray[np.float64]) -> sparse.csr_array:
    """Return the matrix with every row divided by its number in `by`; rows of zero stay empty."""
    from scipy import sparse

    scale = np.divide(1.0, by, out=np.zeros_like(by), where=by > 0)
    return (sparse.diags_array(scale) @ matrix).tocsr()


def _proportions(invested: sparse.csr_array) -> sparse.csr_array:
    """Return p_ij, the share of what firm i invests in its ties that goes to j."""
    return _scaled(invested, np.asarray(invested.sum(axis=1)).ravel())


def _pattern(matrix: sparse.csr_array) -> sparse.csr_array:
    contact = matrix.copy()
    contact.data = np.ones_like(contact.data)
    return contact


def _by_partner(network: Network, weights: Weights) -> sparse.csr_array:
    proportion = _proportions(_invested(network, weights))
    both_ways = (proportion + (proportion @ proportion).multiply(_pattern(proportion))).tocsr()
    both_ways.data **= 2
    both_ways.sort_indices()
    return both_ways


def _partners(network: Network) -> NDArray[np.float64]:
    graph = network.simple("undirected")
    return np.bincount(np.concatenate([graph.source, graph.target]), minlength=graph.n).astype(float)


@firm_measure(label="Constraint", cites=("burt1992",))
def constraint(network: Network, *, weights: Weights = "ignore") -> pd.Series:
    """Burt's constraint: how far a firm's partners lead back to each other.

    With p_ij the share of i's ties that goes to j (both directions summed), the sum over partners j of
    (p_ij + sum_q p_iq p_qj)^2. Only direct partners j count, as in igraph and networkx.

    Parameters
    ----------
    network
        Any network; layers are merged and the two directions of a directed tie summed. In a two-mode network no two
        partners can be tied, so that only the number of memberships counts: `two_mode_constraint` says more.
    weights
        "ignore" counts a tie (each arc) as 1, "strength" as its strength.

    Returns
    -------
    Series
        One float per firm: 1 with a single partner, 1/k with k partners that are not tied, above 1 in some closed
        triples. Low means room to broker. NaN without partners.

    References
    ----------
    burt1992

    Examples
    --------
    >>> from clusternet import Network
    >>> constraint(Network.from_edges([("hub", "a"), ("hub", "b"), ("hub", "c")])).round(3).to_dict()
    {'hub': 0.333, 'a': 1.0, 'b': 1.0, 'c': 1.0}
    """
    choose("weights", weights, WEIGHTS)
    if network.n_firms == 0:
        return firm_series(network, [], "constraint")
    return firm_series(
        network, igraph_view(network).constraint(weights=None if weights == "ignore" else weights), "constraint"
    )


def constraint_by_partner(network: Network, *, weights: Weights = "ignore") -> pd.DataFrame:
    """Burt's constraint, partner by partner: who it is that closes a firm in.

    Parameters
    ----------
    network
        Any network, read as in `constraint`.
    weights
        "ignore" counts a tie (each arc) as 1, "strength" as its strength.

    Returns
    -------
    DataFrame
        One row per firm and partner, both ways, in the order of the firms: ``firm``, ``partner``, ``constraint``
        (above 0; sums to `constraint` over the partners of a firm).

    References
    ----------
    burt1992

    Examples
    --------
    >>> from clusternet import Network
    >>> constraint_by_partner(Network.from_edges([("Ada", "Bo"), ("Bo", "Cy")]))["constraint"].tolist()
    [1.0, 0.25, 0.25, 1.0]
    """
    pairs = _by_partner(network, weights).tocoo()
    ids = network.firms.index
    return pd.DataFrame({"firm": ids[pairs.row], "partner": ids[pairs.col], "constraint": pairs.data})


@firm_measure(label="Effective size", cites=("burt1992", "borgatti1997"))
def effective_size(network: Network, *, weights: Weights = "ignore") -> pd.Series:
    """Burt's effective size: the number of partners less the redundancy among them.

    The sum over partners j of 1 - sum_q p_iq m_jq, where p_iq is the share of i's ties that goes to q and m_jq is j's
    tie with q relative to j's strongest tie. Without direction and strengths this is n - 2t/n, with n partners and t
    ties among them (borgatti1997).

    Parameters
    ----------
    network
        Any network, read as in `constraint`; in a two-mode network use `two_mode_effective_size`.
    weights
        "ignore" counts a tie (each arc) as 1, "strength" as its strength.

    Returns
    -------
    Series
        One float per firm, in partners: from 1 (all partners tied to each other) to their number (none are). NaN
        without partners.

    References
    ----------
    burt1992, borgatti1997

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Ada", "Cy"), ("Cy", "Di")])
    >>> effective_size(net).round(2).to_dict()
    {'Ada': 1.0, 'Bo': 1.0, 'Cy': 2.33, 'Di': 1.0}
    """
    choose("weights", weights, WEIGHTS)
    partners = _partners(network)
    if network.n_firms == 0:
        return firm_series(network, partners, "effective_size")
    if weights == "ignore" and not network.is_directed:
        closed = np.asarray(igraph_view(network).transitivity_local_undirected(mode="zero"), dtype=float)
        redundancy = closed * (partners - 1)
    else:
        invested = _invested(network, weights)
        relative = _scaled(invested, invested.max(axis=1).toarray().ravel())
        shared = (_proportions(invested) @ relative.T).multiply(_pattern(invested))
        redundancy = np.asarray(shared.sum(axis=1)).ravel()
    return firm_series(network, np.where(partners > 0, partners - redundancy, np.nan), "effective_size")


@firm_measure(label="Ego efficiency", cites=("burt1992",))
def ego_efficiency(network: Network, *, weights: Weights = "ignore") -> pd.Series:
    """Burt's efficiency: effective size per partner.

    Not to be confused with Krackhardt's efficiency of a whole network or Latora and Marchiori's global efficiency.

    Parameters
    ----------
    network
        Any network, read as in `constraint`.
    weights
        "ignore" counts a tie (each arc) as 1, "strength" as its strength.

    Returns
    -------
    Series
        One float per firm above 0 and up to 1, where no two partners are tied. NaN without partners.

    References
    ----------
    burt1992

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Ada", "Cy"), ("Cy", "Di")])
    >>> ego_efficiency(net).round(2).to_dict()
    {'Ada': 0.5, 'Bo': 0.5, 'Cy': 0.78, 'Di': 1.0}
    """
    partners = _partners(network)
    size = effective_size(network, weights=weights).to_numpy()
    share = np.divide(size, partners, out=np.full_like(partners, np.nan), where=partners > 0)
    return firm_series(network, share, "ego_efficiency")


@firm_measure(label="Ego hierarchy", cites=("burt1992",))
def ego_hierarchy(network: Network, *, weights: Weights = "ignore") -> pd.Series:
    """Burt's hierarchy: how far a firm's constraint comes from one partner.

    The Coleman-Theil disorder of the constraints by partner, sum_j r_j ln r_j / (N ln N) with r_j = c_ij / (C / N) over
    the N partners.

    Parameters
    ----------
    network
        Any network, read as in `constraint`.
    weights
        "ignore" counts a tie (each arc) as 1, "strength" as its strength.

    Returns
    -------
    Series
        One float per firm from 0 (all partners constrain alike) to 1 (all constraint comes from one; also with a single
        partner). NaN without partners.

    References
    ----------
    burt1992

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Ada", "Cy"), ("Cy", "Di")])
    >>> ego_hierarchy(net).round(3).to_dict()
    {'Ada': 0.01, 'Bo': 0.01, 'Cy': 0.052, 'Di': 1.0}
    """
    pairs = _by_partner(network, weights)
    partners = np.diff(pairs.indptr).astype(float)
    total = np.asarray(pairs.sum(axis=1)).ravel()
    firm = np.repeat(np.arange(network.n_firms), np.diff(pairs.indptr))
    ratio = pairs.data * partners[firm] / total[firm]
    # r ln r is 0 at 0, which a share of 1e-200 is once it is squared.
    disorder = np.bincount(firm, weights=ratio * np.log(np.where(ratio > 0, ratio, 1.0)), minlength=network.n_firms)
    value = np.where(partners == 1, 1.0, np.nan)
    several = partners > 1
    value[several] = disorder[several] / (partners[several] * np.log(partners[several]))
    return firm_series(network, np.clip(value, 0.0, 1.0), "ego_hierarchy")


# ── two-mode ──


def _memberships(network: Network) -> sparse.csr_array:
    if not network.is_two_mode:
        raise NetworkError(
            "this network is not two-mode: firms['mode'] must have two values and split every tie; "
            "constraint and effective_size are the measures of a one-mode network."
        )
    return network.simple("undirected").csr()


def two_mode_constraint(
    network: Network, *, variant: Literal["burchard_cornwell", "hollway"] = "burchard_cornwell"
) -> pd.Series:
    """Constraint of a firm through the agreements it shares with others, without projecting them.

    Parameters
    ----------
    network
        A two-mode network, such as firms and joint ventures. Direction and strengths play no part.
    variant
        "burchard_cornwell": the sum over firms j that share an agreement with i of (s_ij / s_i)^2, where s_ij counts
        the agreements they share and s_i those of i that anybody else is in (burchard2018). "hollway": the sum over i's
        agreements a of (p_ia + sum p_ib p_bj p_ja)^2 over other agreements b of i and other firms j, where p is the
        share of a node's ties (hollway2020; as node_constraint of the R package migraph).

    Returns
    -------
    Series
        One float per member of either mode (an agreement is constrained through its firms in the same way); at least
        0, and above 1 where the same firms meet in all agreements. NaN for who shares no agreement with anybody
        ("hollway": who is in none).

    Raises
    ------
    NetworkError
        If the network is not two-mode.

    References
    ----------
    burchard2018, hollway2020

    Examples
    --------
    >>> import pandas as pd
    >>> from clusternet import Network
    >>> modes = pd.DataFrame({"mode": [*"fffddd"]}, index=[*"abcxyz"])
    >>> net = Network.from_edges([("a", "x"), ("b", "x"), ("a", "y"), ("c", "y"), ("c", "z")], firms=modes)
    >>> two_mode_constraint(net)[["a", "b", "c"]].to_dict()
    {'a': 0.5, 'b': 1.0, 'c': 1.0}
    """
    choose("variant", variant, ("burchard_cornwell", "hollway"))
    member = _memberships(network)
    tied = np.diff(member.indptr)
    if variant == "hollway":
        p = _proportions(member)
        back = (p @ p).tocsr()
        around = back.diagonal()
        three = (back @ p).multiply(_pattern(p)).tocoo()
        i, a = three.row, three.col
        direct = p[i, a]
        # Without the walks that come back to i on the way, or that go out through a itself.
        indirect = three.data - around[i] * direct - direct * around[a] + direct * p[a, i] * direct
        value = np.bincount(i, weights=(direct + indirect) ** 2, minlength=network.n_firms)
        return firm_series(network, np.where(tied > 0, value, np.nan), "two_mode_constraint")
    from scipy import sparse

    joint = (member @ sparse.diags_array((tied > 1).astype(float))).tocsr()
    shared = (joint @ joint.T).tocoo()
    size = np.asarray(joint.sum(axis=1)).ravel()
    others = shared.row != shared.col
    part = shared.data[others] / size[shared.row[others]]
    value = np.bincount(shared.row[others], weights=part**2, minlength=network.n_firms)
    return firm_series(network, np.where(size > 0, value, np.nan), "two_mode_constraint")


def two_mode_effective_size(network: Network) -> pd.Series:
    """Effective size of a firm among those it shares agreements with, without projecting them.

    n - 2t/n, where n counts the firms that share an agreement with the firm and t the pairs of them that share one of
    *its* agreements: who meet elsewhere only are not redundant to it (burchard2018).

    Parameters
    ----------
    network
        A two-mode network, such as firms and joint ventures. Direction and strengths play no part.

    Returns
    -------
    Series
        One float per member of either mode, in firms (or agreements): from 1 up to their number. NaN for who shares no
        agreement with anybody.

    Raises
    ------
    NetworkError
        If the network is not two-mode.

    References
    ----------
    burchard2018

    Examples
    --------
    >>> import pandas as pd
    >>> from clusternet import Network
    >>> modes = pd.DataFrame({"mode": [*"fffddd"]}, index=[*"abcxyz"])
    >>> net = Network.from_edges([("a", "x"), ("b", "x"), ("a", "y"), ("c", "y"), ("c", "z")], firms=modes)
    >>> two_mode_effective_size(net)[["a", "b", "c"]].to_dict()
    {'a': 2.0, 'b': 1.0, 'c': 1.0}
    """
    member = _memberships(network)
    n = network.n_firms
    size = np.diff(member.indptr).astype(np.int64)
    contacts, pairs = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    scratch = [np.full(n, -1, dtype=np.int64) for _ in range(3)]
    graph = (member.indptr.astype(np.int64), member.indices.astype(np.int64))
    call(_kernels.ego_pairs, graph, (contacts, pairs, *scratch), work=int((size**2).sum() * max(size.mean(), 1)))
    value = contacts - np.divide(pairs, contacts, out=np.full(n, np.nan), where=contacts > 0)
    return firm_series(network, value, "two_mode_effective_size")
