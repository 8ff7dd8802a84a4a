"""Sectors that lean on each other, the edge of a supply network, capabilities that go with their last firm."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from clusternet.cascades._run import numbers
from clusternet.errors import NetworkError, OptionError, listing
from clusternet.measure import choose, firm_values
from clusternet.result import Result, Settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clusternet.network import Network

__all__ = ["SecondaryLoss", "inoperability", "interdependency", "precipice", "reliability", "secondary_loss"]


# ── inoperability ──


def interdependency(
    flows: pd.DataFrame, *, output: pd.Series | None = None, side: Literal["demand", "supply"] = "demand"
) -> pd.DataFrame:
    """Interdependency matrix of the inoperability input-output model, from a table of flows (santos2004).

    Row i, column j: how much of i's operation is lost per unit of j's. "demand" (i loses the purchases of j) is
    z_ij / x_i, the matrix A* of the source; "supply" (i loses the deliveries of j) is z_ji / x_i.

    Parameters
    ----------
    flows
        Square table: row sells to column, money, 0 or more; rows and columns the same sectors or firms.
    output
        Total output x of each, final demand (or value added) included; row sums (column sums for "supply") when
        omitted, that is, nothing is sold (bought) outside the table. Rows then add up to 1, and in `inoperability`
        any shock, however small, ends in the loss of all that it reaches: give the output where you can.
    side
        Which way a loss travels.

    Returns
    -------
    DataFrame
        Square, floats in [0, 1]; the row of a sector without output is 0.

    Raises
    ------
    OptionError
        If the table is not square, holds something else than flows, or an output is below the flows in it.

    References
    ----------
    santos2004

    Examples
    --------
    >>> flows = pd.DataFrame([[0.0, 40.0], [20.0, 0.0]], index=["farms", "food"], columns=["farms", "food"])
    >>> interdependency(flows, output=pd.Series({"farms": 100.0, "food": 80.0})).to_numpy().tolist()
    [[0.0, 0.4], [0.25, 0.0]]
    """
    choose("side", side, ("demand", "supply"))
    table = _square(flows, "flows")
    values = table.to_numpy() if side == "demand" else table.to_numpy().T
    inside = values.sum(axis=1)
    total = inside if output is None else _by_row(output, table.index, "output")
    short = ~(np.isfinite(total) & (total >= inside * (1 - 1e-9)))
    if short.any():
        raise OptionError(
            f"output is missing, no number or below the flows in the table for {listing(table.index[short])}; it "
            "counts all that is produced, final demand included."
        )
    rows = np.divide(values, total[:, None], out=np.zeros_like(values), where=total[:, None] > 0)
    return pd.DataFrame(rows, index=table.index, columns=table.columns)


def inoperability(dependence: pd.DataFrame, shock: pd.Series) -> pd.Series:
    """Share of its operation that every sector or firm loses in the end (haimes2001).

    The least q with q = min(1, A q + c): what is lost at once, c, and what is lost because others are.

    Parameters
    ----------
    dependence
        Matrix A: row i, column j is the inoperability of i per unit of j's, 0 or more (see `interdependency`).
    shock
        The share c lost at once, in [0, 1], by sector or firm; those it does not name lose nothing at once.

    Returns
    -------
    Series
        One float per row of `dependence`, in [0, 1].

    Raises
    ------
    OptionError
        If the matrix is not square and nonnegative, or the shock is outside [0, 1] or names strangers.

    References
    ----------
    haimes2001

    Examples
    --------
    >>> pair = pd.DataFrame([[0.0, 0.9], [0.4, 0.0]], index=["power", "water"], columns=["power", "water"])
    >>> inoperability(pair, pd.Series({"water": 0.5})).round(3).to_dict()  # water: .5 / (1 - .36)
    {'power': 0.703, 'water': 0.781}
    """
    table = _square(dependence, "dependence")
    strange = shock.index.difference(table.index)
    if len(strange):
        raise OptionError(f"shock names what the table does not: {listing(strange)}.")
    direct = np.where(table.index.isin(shock.index), _by_row(shock, table.index, "shock"), 0.0)
    bad = ~((direct >= 0) & (direct <= 1))
    if bad.any():
        raise OptionError(
            f"shock is missing, no number or outside its range for {listing(table.index[bad])}; give the shares lost "
            "at once, from 0 to 1."
        )
    matrix = table.to_numpy()
    # Whoever can be reached by no loss stays whole, and keeps closed circles of others out of the equations.
    hit = direct > 0
    while True:
        more = hit | (matrix[:, hit].sum(axis=1) > 0)
        if (more == hit).all():
            break
        hit = more
    # From above: all is lost, then solve for those that lose less than all, until nobody joins them. The rule is
    # concave and every firm left in it is reached by a shock, so that there is one solution only.
    lost = hit.astype(np.float64)
    free = np.zeros(len(direct), dtype=bool)
    while True:
        less = free | (hit & (matrix @ lost + direct < 1 - 1e-14))
        if (less == free).all():
            break
        free = less
        known = direct[free] + matrix[np.ix_(free, hit & ~free)].sum(axis=1)
        lost[free] = np.linalg.solve(np.eye(int(free.sum())) - matrix[np.ix_(free, free)], known)
    return pd.Series(np.clip(lost, 0.0, 1.0), index=table.index, name="inoperability")


def _by_row(values: pd.Series, rows: pd.Index, name: str) -> NDArray[np.float64]:
    if not values.index.is_unique:
        raise OptionError(f"{name} names twice: {listing(values.index[values.index.duplicated()].unique())}.")
    found = pd.to_numeric(values, errors="coerce").reindex(rows)
    return np.asarray(found.to_numpy(dtype=np.float64, na_value=np.nan))


def _square(table: pd.DataFrame, name: str) -> pd.DataFrame:
    if not table.index.is_unique or not table.columns.is_unique or set(table.index) != set(table.columns):
        raise OptionError(f"{name} must have the same sectors or firms, each once, as rows and as columns.")
    ordered = table[table.index].apply(pd.to_numeric, errors="coerce").astype("float64")
    bad = ~(np.isfinite(ordered.to_numpy()) & (ordered.to_numpy() >= 0))
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise OptionError(
            f"{name} holds {int(bad.sum()):,} cells that are no numbers of 0 or more, first at "
            f"{ordered.index[row]!r}, {ordered.columns[column]!r}; fill them, 0 where nothing flows."
        )
    return ordered


# ── the precipice ──


def _sourcing(inputs: int, suppliers: int) -> None:
    for name, number in (("inputs", inputs), ("suppliers", suppliers)):
        if isinstance(number, bool) or not isinstance(number, (int, np.integer)) or number < 1:
            raise OptionError(f"{name} is {number!r}; give a whole number of 1 or more.")


def precipice(
    inputs: int | Iterable[int] = (1, 2, 3, 5), *, suppliers: int | Iterable[int] = (2, 3, 4, 5)
) -> pd.DataFrame:
    """Critical strength of relationships, below which a deep supply network stops producing (elliott2022).

    Every firm needs `inputs` different inputs, has `suppliers` possible suppliers for each, and every relationship
    works with probability x. The share r of firms that can produce solves r = (1 - (1 - x r)^n)^m; the critical
    strength is min over y in (0, 1] of y / (1 - (1 - y)^n)^m. With one input r falls to 0 smoothly, with two or more
    it jumps.

    Parameters
    ----------
    inputs, suppliers
        Numbers m and n of 1 or more; every pair of them is one row.

    Returns
    -------
    DataFrame
        Index ``inputs``, ``suppliers``; ``critical_strength`` in (0, 1], and ``reliability`` at that strength, in
        [0, 1]: the height of the fall.

    Raises
    ------
    OptionError
        If a number is not a whole number of 1 or more.

    References
    ----------
    elliott2022

    Examples
    --------
    >>> precipice(2, suppliers=2).round(4).iloc[0].to_dict()  # exactly 27/32 and 64/81
    {'critical_strength': 0.8438, 'reliability': 0.7901}
    """
    from scipy.optimize import brentq

    rows = {}
    ms, ns = ([*given] if isinstance(given, Iterable) else [given] for given in (inputs, suppliers))
    for m in ms:
        for n in ns:
            _sourcing(m, n)
            if n == 1:  # y^(1 - m) is least at the end, y = 1
                rows[int(m), int(n)] = (1.0, 1.0)
                continue
            if m == 1:  # least as y goes to 0
                rows[int(m), int(n)] = (1.0 / n, 0.0)
                continue

            # With t = -n log(1 - y) the slope is 0 where (e^t - 1) (1 - y) = m n y, and r = (1 - e^-t)^m.
            def slope(t: float, m: int = m, n: int = n) -> float:
                return float(t + np.log(-np.expm1(-t)) - t / n - np.log(-n * np.expm1(-t / n)) - np.log(m))

            t = brentq(slope, 1e-9, 2 * np.log(2.0 * m * n) + 2, xtol=1e-15)
            log_r = m * np.log(-np.expm1(-t))
            rows[int(m), int(n)] = (float(np.exp(np.log(-np.expm1(-t / n)) - log_r)), float(np.exp(log_r)))
    index = pd.MultiIndex.from_tuples(list(rows), names=["inputs", "suppliers"])
    return pd.DataFrame(list(rows.values()), index=index, columns=["critical_strength", "reliability"])


def reliability(
    strength: float | Iterable[float], *, inputs: int = 2, suppliers: int = 2, depth: int | None = None
) -> pd.Series:
    """Share of firms that can produce when every relationship works with a given probability (elliott2022).

    Parameters
    ----------
    strength
        Probability x that a relationship works, in [0, 1]; one or many.
    inputs, suppliers
        Inputs m that a firm needs, possible suppliers n of each.
    depth
        Number of tiers above the firm; the last one always produces. None: no end. Shallow chains look safe below
        the critical strength, because the fall takes many tiers.

    Returns
    -------
    Series
        Reliability r in [0, 1], index ``strength``. Without end it is the largest solution of
        r = (1 - (1 - x r)^n)^m.

    Raises
    ------
    OptionError
        If a number is outside its range.

    References
    ----------
    elliott2022

    Examples
    --------
    >>> reliability([0.84, 0.85], inputs=2, suppliers=2).round(3).to_dict()
    {0.84: 0.0, 0.85: 0.863}
    """
    from scipy.optimize import brentq

    _sourcing(inputs, suppliers)
    x = numbers(strength, "strength")
    if not ((x >= 0) & (x <= 1)).all():
        raise OptionError(f"strength is {listing(x[~((x >= 0) & (x <= 1))].tolist())}; probabilities lie in [0, 1].")
    if depth is not None:
        if isinstance(depth, bool) or not isinstance(depth, (int, np.integer)) or depth < 0:
            raise OptionError(f"depth is {depth!r}; give a number of tiers, 0 or more, or None for no end.")
        r = np.ones(len(x))
        for _ in range(depth):
            r = (1 - (1 - x * r) ** suppliers) ** inputs
        return pd.Series(r, index=pd.Index(x, name="strength"), name="reliability")
    edge = precipice(inputs, suppliers=suppliers).iloc[0]
    critical, height = float(edge["critical_strength"]), float(edge["reliability"])
    r = np.zeros(len(x))
    for place, one in enumerate(x.tolist()):
        if one < critical or one == 0.0:
            continue
        if one == 1.0:
            r[place] = 1.0
            continue
        low = max(critical * height, 1e-15)  # on y from here to x, the strength that y needs rises

        def gap(y: float, x: float = one) -> float:
            return x * float((-np.expm1(suppliers * np.log1p(-y))) ** inputs) - y

        r[place] = brentq(gap, low, one, xtol=1e-15) / one if gap(low) > 0 else low / one if height > 0 else 0.0
    return pd.Series(r, index=pd.Index(x, name="strength"), name="reliability")


# ── secondary loss ──


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class SecondaryLoss(Result):
    """Capabilities that are left as the firms that have them leave one by one.

    Attributes
    ----------
    curve
        Index ``removed`` = 0..n firms; column ``left``, the share of capabilities that some firm still has.
    area
        Area under the curve against the share of firms removed, in [0, 1]: R of burgos2007. Near 1 when capabilities
        last to the end, 1/2 when each hangs on one firm of its own.
    capabilities
        One row per capability: ``n_firms`` that have it, and ``lost_at``, after how many removals it is gone (with
        order "random" the expected number).
    settings
        Mode and order.
    """

    curve: pd.DataFrame
    area: float
    capabilities: pd.DataFrame
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return the curve."""
        return self.curve.copy()

    def summary(self) -> str:
        """Return the order and the area in one line."""
        about = self.settings.parameters
        return (
            f"{len(self.capabilities):,} capabilities of {len(self.curve) - 1:,} firms, {about['order']} first, "
            f"area {self.area:.3f}"
        )


def secondary_loss(
    network: Network,
    *,
    mode: str = "firm",
    order: Literal["random", "most_linked", "least_linked"] | pd.Series | Iterable[object] = "random",
) -> SecondaryLoss:
    """Capabilities lost with the firms: those that no firm left has (memmott2004, burgos2007).

    Parameters
    ----------
    network
        Two-mode: firms and what they have (capabilities, certificates, markets). What no firm has at the start is
        left out.
    mode
        The value of ``firms["mode"]`` that is removed.
    order
        "random": the exact mean over all orders, no draws. "most_linked" or "least_linked": by the number of
        capabilities at the start, ties in the order of the firm table. A Series of scores: highest first (missing
        last). A list: these firms in this order; the rest follows in the order of the table.

    Returns
    -------
    SecondaryLoss
        The curve, its area (NaN without firms or capabilities), and when each capability goes.

    Raises
    ------
    NetworkError
        If the network is not two-mode or has no such mode.
    OptionError
        If the order is unknown or lists what is no firm of that mode.

    References
    ----------
    memmott2004, burgos2007

    Examples
    --------
    >>> from clusternet import Network
    >>> firms = pd.DataFrame({"mode": ["firm", "firm", "skill", "skill"]}, index=["Ada", "Bo", "weld", "cast"])
    >>> net = Network.from_edges([("Ada", "weld"), ("Ada", "cast"), ("Bo", "cast")], firms=firms)
    >>> secondary_loss(net, order="most_linked").curve["left"].to_list()
    [1.0, 0.5, 0.0]
    """
    table = network.firms
    if "mode" not in table.columns or not network.is_two_mode:
        raise NetworkError("secondary loss needs a two-mode network; firms['mode'] must split every tie.")
    inside = (table["mode"] == mode).to_numpy(dtype=bool)
    if not inside.any():
        raise NetworkError(f"there is no mode {mode!r}; the modes are {listing(table['mode'].unique())}.")
    graph = network.simple("undirected")
    swap = inside[graph.target]
    firm, skill = np.where(swap, graph.target, graph.source), np.where(swap, graph.source, graph.target)
    n = int(inside.sum())
    place_of = np.cumsum(inside) - 1
    held = np.bincount(skill, minlength=network.n_firms)
    there = np.flatnonzero(held)
    number = held[there]
    if isinstance(order, str):
        choose("order", order, ("random", "most_linked", "least_linked"))
        about: str = order
    else:
        about = "scores given" if isinstance(order, pd.Series) else "list given"
    if isinstance(order, str) and order == "random":
        # A capability of k firms is gone after q removals if the last of its k firms is among them:
        # C(n - k, q - k) / C(n, q), which grows by (q + 1) / (q + 1 - k) from q to q + 1 starting at 1 for q = n.
        sizes, count = np.unique(number, return_counts=True)
        gone = np.zeros((len(sizes), n + 1))
        gone[:, n] = 1.0
        for q in range(n - 1, -1, -1):
            gone[:, q] = gone[:, q + 1] * np.maximum(q + 1 - sizes, 0) / (q + 1)
        left = 1 - (count[:, None] * gone).sum(axis=0) / max(len(there), 1)
        lost_at = number * (n + 1) / (number + 1)
    else:
        step = np.empty(n, dtype=np.int64)
        step[_order_of(network, order, inside, np.bincount(firm, minlength=network.n_firms))] = np.arange(1, n + 1)
        last = np.zeros(network.n_firms, dtype=np.int64)
        np.maximum.at(last, skill, step[place_of[firm]])
        lost_at = last[there].astype(np.float64)
        left = 1 - np.cumsum(np.bincount(last[there], minlength=n + 1)) / max(len(there), 1)
    if not len(there):
        left = np.full(n + 1, np.nan)
    area = float((left[1:] + left[:-1]).sum() / (2 * n))
    return SecondaryLoss(
        curve=pd.DataFrame({"left": left}, index=pd.RangeIndex(n + 1, name="removed")),
        area=area,
        capabilities=pd.DataFrame(
            {"n_firms": number, "lost_at": lost_at}, index=table.index[there].rename("capability")
        ),
        settings=Settings({"mode": mode, "order": about}),
    )


def _order_of(
    network: Network, order: str | pd.Series | Iterable[object], inside: NDArray[np.bool_], linked: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return places among the firms of the mode, in the order in which they leave."""
    if isinstance(order, str):
        score = linked[inside] if order == "least_linked" else -linked[inside]
        return np.argsort(score, kind="stable")
    if isinstance(order, pd.Series):
        scores = pd.to_numeric(firm_values(network, order), errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        if np.isnan(scores[inside]).all():
            raise OptionError(
                f"order gives no firm of the mode that is removed a number; its index names {listing(order.index)}."
            )
        return np.argsort(-scores[inside], kind="stable")
    listed = list(order)
    places = network.positions(listed)
    if len(np.unique(places)) < len(places) or not inside[places].all():
        raise OptionError(f"order must list firms of the mode that is removed, each once: {listing(listed)}.")
    rest = np.setdiff1d(np.flatnonzero(inside), places)
    return np.asarray((np.cumsum(inside) - 1)[np.concatenate([places, rest])])
