"""Who ties whom when everybody looks after himself: pairwise stability, R&D networks, connections, structural holes.

A payoff function takes a symmetric boolean matrix of ties and returns one number per firm; `rnd_payoffs`,
`connection_payoffs` and `hole_payoffs` make such functions, and any other will do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import pandas as pd

from clusternet.errors import NetworkError, OptionError, listing
from clusternet.measure import choose, firm_values, real_number, share_between, whole_number
from clusternet.models._common import amount, made_network
from clusternet.result import Result, Settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clusternet.network import Network

__all__ = [
    "Payoffs",
    "RndEquilibrium",
    "connection_payoffs",
    "hole_payoffs",
    "is_pairwise_stable",
    "regular_effort",
    "rnd_equilibrium",
    "rnd_payoffs",
    "rnd_profits",
    "small_network",
    "small_networks",
    "wishes",
]

Payoffs: TypeAlias = Callable[["NDArray[np.bool_]"], "NDArray[np.float64]"]
"""A function of a symmetric boolean matrix of ties that returns one payoff per firm."""

SLACK = 1e-9
"""Gains below this are noise of rounding, not reasons to tie or cut."""

MOST_FIRMS = 7
"""The atlas of networks ends here: 1,252 networks up to renaming."""


def _matrix(network: Network) -> NDArray[np.bool_]:
    return np.asarray(network.simple("undirected").csr().toarray() > 0, dtype=bool)


# ── R&D networks (goyal2001) ──


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class RndEquilibrium(Result):
    """Efforts, outputs and profits when every firm does its best, given its R&D partners.

    Attributes
    ----------
    firms
        DataFrame, one row per firm: ``partners``, ``effort``, ``cost_reduction`` (own effort and the partners'),
        ``quantity``, ``profit``.
    profit
        Sum of the profits.
    consumers
        Consumer surplus, half the squared total quantity.
    interior
        Whether it is an equilibrium: no effort or quantity is negative, and profit falls off to either side of every
        effort. If not, the numbers solve the first-order conditions only.
    settings
        Parameters and version.
    """

    firms: pd.DataFrame
    profit: float
    consumers: float
    interior: bool
    settings: Settings

    @property
    def welfare(self) -> float:
        """Profits plus consumer surplus."""
        return self.profit + self.consumers

    def to_frame(self) -> pd.DataFrame:
        """Return one row per firm."""
        return self.firms

    def summary(self) -> str:
        """Return the sums in one line."""
        return f"{len(self.firms):,} firms, profit {self.profit:.4f}, consumers {self.consumers:.4f}" + (
            "" if self.interior else ", not interior"
        )


def _check_market(margin: float, cost: float) -> None:
    amount("margin", margin, above=True)
    amount("cost", cost, above=True)


def _efforts(ties: NDArray[np.bool_], margin: float, cost: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return efforts and quantities that solve all first-order conditions; NaN where the system is singular.

    Quantity is (margin + n * own reduction - the others')/(n + 1), and effort is quantity (n - k)/(cost (n + 1)):
    an own unit of effort lowers one's cost, but also that of k rivals.
    """
    n = len(ties)
    reduces = ties + np.eye(n)
    quantity_of = ((n + 1) * reduces - reduces.sum(axis=0)[None, :]) / (n + 1)
    pull = (n - ties.sum(axis=1)) / (cost * (n + 1))
    system = np.eye(n) - pull[:, None] * quantity_of
    try:
        efforts = np.linalg.solve(system, pull * margin / (n + 1))
    except np.linalg.LinAlgError:
        return np.full(n, np.nan), np.full(n, np.nan)
    if np.linalg.cond(system) > 1e12:
        return np.full(n, np.nan), np.full(n, np.nan)
    return efforts, margin / (n + 1) + quantity_of @ efforts


def _interior(
    ties: NDArray[np.bool_], efforts: NDArray[np.float64], quantity: NDArray[np.float64], cost: float
) -> bool:
    n = len(ties)
    concave = ((n - ties.sum(axis=1)) / (n + 1)) ** 2 < cost
    # A firm that just stays out, with nothing made and nothing tried, is a limit that still counts.
    return bool((efforts > -SLACK).all() and (quantity > -SLACK).all() and concave.all())


def rnd_equilibrium(network: Network, *, margin: float = 1.0, cost: float = 2.0) -> RndEquilibrium:
    """Return what firms do that share R&D with partners and compete in one market with all.

    Firms choose effort, effort lowers their own unit cost and that of their partners, one for one, and costs
    ``cost * effort**2``. They then compete in quantities for a homogeneous product with linear demand.

    Parameters
    ----------
    network
        Who collaborates; direction, strengths and layers play no part.
    margin
        Demand intercept less unit cost without R&D, above 0; all quantities scale with it.
    cost
        Steepness of the cost of effort, above 0. Below about 1 firms would like effort without bound in some networks.

    Returns
    -------
    RndEquilibrium
        Efforts, cost reductions, quantities and profits; NaN where the conditions have no single solution.

    Raises
    ------
    OptionError
        If `margin` or `cost` is not above 0.

    References
    ----------
    goyal2001

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo")], firms=["Ada", "Bo", "Cy"])
    >>> rnd_equilibrium(net, cost=2).firms["effort"].round(3).to_dict()
    {'Ada': 0.076, 'Bo': 0.076, 'Cy': 0.091}
    """
    _check_market(margin, cost)
    ties = _matrix(network)
    n = len(ties)
    efforts, quantity = _efforts(ties, margin, cost) if n else (np.zeros(0), np.zeros(0))
    profit = quantity**2 - cost * efforts**2
    frame = pd.DataFrame(
        {
            "partners": ties.sum(axis=1),
            "effort": efforts,
            "cost_reduction": (ties + np.eye(n)) @ efforts,
            "quantity": quantity,
            "profit": profit,
        },
        index=network.firms.index,
    )
    return RndEquilibrium(
        firms=frame,
        profit=float(profit.sum()),
        consumers=float(quantity.sum() ** 2 / 2),
        interior=_interior(ties, efforts, quantity, cost),
        settings=Settings({"margin": margin, "cost": cost}),
    )


def rnd_profits(network: Network, efforts: pd.Series, *, margin: float = 1.0, cost: float = 2.0) -> pd.Series:
    """Return every firm's profit at given efforts, when quantities are chosen best: the game behind `rnd_equilibrium`.

    A firm whose costs are too far above those of its rivals makes nothing.

    Parameters
    ----------
    network
        Who collaborates.
    efforts
        One effort per firm, indexed by firm.
    margin, cost
        As in `rnd_equilibrium`.

    Returns
    -------
    Series
        One profit per firm.

    Raises
    ------
    OptionError
        If a firm has no effort, or `margin` or `cost` is not above 0.

    References
    ----------
    goyal2001
    """
    _check_market(margin, cost)
    ties = _matrix(network)
    given = firm_values(network, efforts)
    if given.isna().any():
        raise OptionError(
            f"efforts has none for {listing(given.index[given.isna()])}; every profit depends on the efforts of all."
        )
    effort = given.to_numpy(dtype=float)
    quantity = _quantities((ties + np.eye(len(ties))) @ effort, margin)
    return pd.Series(quantity**2 - cost * effort**2, index=network.firms.index, name="profit")


def _quantities(reduction: NDArray[np.float64], margin: float) -> NDArray[np.float64]:
    """Return what firms make in a market of quantities, none of them below 0."""
    makes = np.ones(len(reduction), dtype=bool)
    while True:
        n = int(makes.sum())
        quantity = np.where(makes, (margin - reduction[makes].sum()) / (n + 1) + reduction, 0.0)
        if (quantity >= 0).all():
            return quantity
        makes &= quantity > 0  # fewer sellers of a good that was bought back: price falls, so nobody comes back


def regular_effort(n_firms: int, partners: int, *, margin: float = 1.0, cost: float = 2.0) -> float:
    """Return the effort of each firm when all have the same number of R&D partners.

    margin (n - k)/(cost (n + 1)^2 - (n - k)(k + 1)), with n firms and k partners (goyal2001).

    Parameters
    ----------
    n_firms
        Number of firms, at least 1.
    partners
        Partners of each, from 0 to ``n_firms - 1``.
    margin, cost
        As in `rnd_equilibrium`.

    Raises
    ------
    OptionError
        If an option is out of range, or effort is so cheap that firms have no best effort (its profit must fall off to
        either side, and efforts must not drive each other up without bound).

    Examples
    --------
    >>> round(regular_effort(4, 2, cost=1), 4)
    0.1053
    """
    n, k = whole_number("n_firms", n_firms, 1), whole_number("partners", partners, 0)
    if k >= n:
        raise OptionError(f"partners is {k}; {n:,} firms have at most {n - 1:,} partners.")
    _check_market(margin, cost)
    least = (n - k) * max(n - k, k + 1) / (n + 1) ** 2
    if not cost > least:
        raise OptionError(
            f"cost is {cost!r}; {n:,} firms with {k:,} partners have a best effort only if it is above {least:.4g}."
        )
    return margin * (n - k) / (cost * (n + 1) ** 2 - (n - k) * (k + 1))


# ── payoff functions ──


def rnd_payoffs(*, margin: float = 1.0, cost: float = 2.0) -> Payoffs:
    """Return the payoff function of R&D networks: profits in `rnd_equilibrium`, NaN where it is not interior.

    Parameters
    ----------
    margin, cost
        As in `rnd_equilibrium`.

    References
    ----------
    goyal2001
    """
    _check_market(margin, cost)

    def payoffs(ties: NDArray[np.bool_]) -> NDArray[np.float64]:
        efforts, quantity = _efforts(ties, margin, cost)
        profits = quantity**2 - cost * efforts**2
        return profits if _interior(ties, efforts, quantity, cost) else np.full(len(ties), np.nan)

    return payoffs


def connection_payoffs(*, decay: float = 0.5, cost: float = 0.2) -> Payoffs:
    """Return the payoff function of the connections model: near firms are worth much, far ones little.

    A firm d ties away is worth ``decay**d``, one out of reach nothing, and every partner costs ``cost``.

    Parameters
    ----------
    decay
        From 0 to 1.
    cost
        Cost of a tie to each of its ends.

    References
    ----------
    jacksonwolinsky1996
    """
    decay, cost = share_between("decay", decay, zero=True, one=True), real_number("cost", cost)

    def payoffs(ties: NDArray[np.bool_]) -> NDArray[np.float64]:
        n = len(ties)
        near = np.eye(n, dtype=bool)
        value = -cost * ties.sum(axis=1)
        for distance in range(1, n):
            further = near | ((near.astype(np.int64) @ ties) > 0)
            new = (further & ~near).sum(axis=1)
            if not new.any():
                break
            value = value + decay**distance * new
            near = further
        return np.asarray(value, dtype=float)

    return payoffs


def hole_payoffs(*, contacts: Literal["direct", "all"] = "direct") -> Payoffs:
    """Return the payoff function of firms that seek structural holes: minus Burt's constraint.

    A firm without partners has nothing to broker and gets minus infinity.

    Parameters
    ----------
    contacts
        Over whom constraint is summed: "direct" partners only, as `brokerage.constraint`, igraph and networkx do, or
        "all" firms that can be reached through a partner as well. The stable networks differ.

    References
    ----------
    burt1992, buskens2008
    """
    choose("contacts", contacts, ("direct", "all"))

    def payoffs(ties: NDArray[np.bool_]) -> NDArray[np.float64]:
        partners = ties.sum(axis=1)
        share = ties / np.maximum(partners, 1)[:, None]
        terms = (share + share @ share) ** 2
        np.fill_diagonal(terms, 0.0)
        constraint = (terms * ties if contacts == "direct" else terms).sum(axis=1)
        return np.where(partners > 0, -constraint, -np.inf)

    return payoffs


# ── stability ──


def wishes(ties: NDArray[np.bool_], payoffs: Payoffs) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return what each firm gains if its tie with another is toggled, and which toggles will happen.

    A tie is cut if one end gains; one is made if an end gains and the other does not lose. Row i, column j of the
    first array is the gain of i, NaN where a payoff is.
    """
    n = len(ties)
    gains, wanted = np.zeros((n, n)), np.zeros((n, n), dtype=bool)
    now = _paid(ties, payoffs)
    changed = ties.copy()
    for i in range(n):
        for j in range(i + 1, n):
            changed[i, j] = changed[j, i] = not ties[i, j]
            then = payoffs(changed)
            changed[i, j] = changed[j, i] = ties[i, j]
            gain = [_gain(now[k], then[k]) for k in (i, j)]
            gains[i, j], gains[j, i] = gain
            if ties[i, j]:
                wanted[i, j] = max(gain) > SLACK
            else:
                wanted[i, j] = max(gain) > SLACK and min(gain) >= -SLACK
            wanted[j, i] = wanted[i, j]
    return gains, wanted


def _paid(ties: NDArray[np.bool_], payoffs: Payoffs) -> NDArray[np.float64]:
    paid = np.asarray(payoffs(ties), dtype=float)
    if paid.shape != (len(ties),):
        raise OptionError(f"payoffs returned {paid.shape} numbers for {len(ties)} firms; it must return one per firm.")
    return paid


def _gain(now: float, then: float) -> float:
    return 0.0 if now == then else float(then - now)  # minus infinity twice is no change


def _stable(ties: NDArray[np.bool_], payoffs: Payoffs) -> bool:
    gains, wanted = wishes(ties, payoffs)
    return not wanted.any() and not np.isnan(gains).any()


def is_pairwise_stable(network: Network, payoffs: Payoffs) -> bool:
    """Return whether no firm gains by cutting a tie and no two by making one; False where a payoff is NaN.

    Parameters
    ----------
    network
        The network; direction, strengths and layers play no part. The work grows with the square of the firms.
    payoffs
        Function of a symmetric boolean matrix of ties that returns one payoff per firm: `rnd_payoffs`,
        `connection_payoffs`, `hole_payoffs`, or your own.

    References
    ----------
    jacksonwolinsky1996

    Examples
    --------
    >>> from clusternet import Network
    >>> square = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Cy", "Di"), ("Di", "Ada")])
    >>> is_pairwise_stable(square, hole_payoffs())
    True
    """
    return _stable(_matrix(network), payoffs)


@lru_cache(maxsize=1)
def _atlas() -> tuple[NDArray[np.bool_], ...]:
    import networkx as nx

    made = []
    for graph in nx.graph_atlas_g():
        matrix = np.zeros((graph.number_of_nodes(),) * 2, dtype=bool)
        for i, j in graph.edges:
            matrix[i, j] = matrix[j, i] = True
        made.append(matrix)
    return tuple(made)


def small_network(number: int) -> Network:
    """Return one of the 1,252 networks of at least one and at most seven firms, by its number in the atlas.

    Parameters
    ----------
    number
        Index of a row of `small_networks`.

    Raises
    ------
    OptionError
        If there is no such network.
    """
    atlas = _atlas()
    number = whole_number("number", number, 1, most=len(atlas) - 1)
    source, target = np.nonzero(np.triu(atlas[number]))
    return made_network(len(atlas[number]), source, target, {"atlas": number})


def small_networks(n_firms: int, payoffs: Payoffs, *, stability: bool = True) -> pd.DataFrame:
    """Return all networks of so many firms, up to renaming, with what they pay and whether they are stable.

    Parameters
    ----------
    n_firms
        From 1 to 7: 1, 2, 4, 11, 34, 156, 1,044 networks.
    payoffs
        As in `is_pairwise_stable`.
    stability
        False leaves out the column ``stable``, which takes most of the time.

    Returns
    -------
    DataFrame
        Indexed by the number in the atlas (`small_network` draws it up): ``ties``, ``shape`` (such as "complete",
        "star", "complete bipartite 3+2", "cycle", "empty"; isolates are counted as in "complete 4 + 2 isolates"; else
        the degrees), ``total`` and ``lowest`` and ``highest`` payoff, and ``stable``. NaN where payoffs are undefined;
        a network is not called stable if they are so in it or one tie away.

    Raises
    ------
    NetworkError
        If `n_firms` is above 7.

    References
    ----------
    jacksonwolinsky1996

    Examples
    --------
    >>> networks = small_networks(3, rnd_payoffs(cost=1))
    >>> networks.loc[networks["stable"], "shape"].tolist()
    ['complete 2 + 1 isolate', 'complete 3']
    """
    n = whole_number("n_firms", n_firms, 1)
    if n > MOST_FIRMS:
        raise NetworkError(f"{n} firms have too many networks to list; give at most {MOST_FIRMS}.")
    rows = {}
    for number, ties in enumerate(_atlas()):
        if len(ties) != n:
            continue
        paid = _paid(ties, payoffs)
        row = (int(ties.sum()) // 2, shape(ties), paid.sum(), paid.min(), paid.max())
        rows[number] = (*row, not np.isnan(paid).any() and _stable(ties, payoffs)) if stability else row
    columns = ["ties", "shape", "total", "lowest", "highest", *(["stable"] if stability else [])]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("network")


def shape(ties: NDArray[np.bool_]) -> str:
    """Return the name of a network if it has one, else its degrees, largest first."""
    degree = ties.sum(axis=1)
    tied = degree > 0
    alone = int((~tied).sum())
    if not tied.any():
        return "empty"
    core, degree = ties[np.ix_(tied, tied)], degree[tied]
    n = len(core)
    name = " ".join(map(str, sorted(degree.tolist(), reverse=True)))
    side = core[0]  # in a complete bipartite network everybody opposite the first firm
    if (degree == n - 1).all():
        name = f"complete {n}"
    elif n > 2 and (core == (side[:, None] != side[None, :])).all():
        big, small = max(side.sum(), n - side.sum()), min(side.sum(), n - side.sum())
        name = f"star {n}" if small == 1 else f"complete bipartite {big}+{small}"
    elif (degree == 2).all() and _connected(core):
        name = f"cycle {n}"
    return name + (f" + {alone} isolate{'s' if alone > 1 else ''}" if alone else "")


def _connected(ties: NDArray[np.bool_]) -> bool:
    reached = np.zeros(len(ties), dtype=bool)
    reached[0] = True
    while True:
        more = reached | ties[reached].any(axis=0)
        if (more == reached).all():
            return bool(reached.all())
        reached = more
