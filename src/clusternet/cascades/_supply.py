"""The Economic Systemic Risk Index: what production is lost when a firm, a sector or a place fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

import numpy as np
import pandas as pd

from clusternet._compiled import call
from clusternet.cascades._edge import Production, limit_of
from clusternet.cascades._kernels import mean_sweeps, spread_by_groups, sweep_order
from clusternet.cascades._result import Cascade
from clusternet.cascades._run import compressed, each_block, firm_numbers, severities, single_shocks
from clusternet.errors import OptionError, listing
from clusternet.measure import Weights, choose, firm_groups
from clusternet.result import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from clusternet.cascades._run import Block, Progress
    from clusternet.network import Network

__all__ = ["NEEDS", "economic_risk"]

Need = Literal["essential", "non_essential", "irrelevant"]
NEEDS: tuple[str, ...] = get_args(Need)
"""What an input can be to the production of the customer."""
_TOLERANCE = 1e-7  # of a round, in the loss of any firm
_SWEEPS = 2000
_COUNTS = 1e-6
_ROUNDING = 1e-15
_DENSE = 500  # firms whose table is quick to solve
_REFINED = 20
_CLOSE = 1e-9
_ESSENTIAL, _NON_ESSENTIAL, _IRRELEVANT = range(3)


class _Flows(NamedTuple):
    """The supply network, its firms numbered anew: those that sell come first, in the order they are swept."""

    order: NDArray[np.int64]  # firms of the network by their new number
    rank: NDArray[np.int64]  # and back
    down: tuple[NDArray[np.int64], list[NDArray[Any]]]  # ties by supplier: customer, share, group of inputs
    up: tuple[NDArray[np.int64], list[NDArray[Any]]]  # ties by seller: customer that sells as well, share of sales
    end: tuple[NDArray[np.int64], list[NDArray[Any]]]  # ties by customer that sells nothing: seller, share of sales
    core: NDArray[np.int64]  # first and end of the sellers on circles or between them
    closed: NDArray[np.int64]  # number of the circle that nothing leaves, by seller; -1: on none
    pace: float  # bound on what a sweep leaves of an error in the long run
    sector: NDArray[np.int64]
    sales: NDArray[np.float64]
    sector_sales: NDArray[np.float64]
    n_groups: int


def _needs_of(
    needs: Need | pd.DataFrame, industries: pd.Index, supplier: NDArray[np.int64], customer: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the need behind every tie, given the industries at its ends."""
    if isinstance(needs, str):
        choose("needs", needs, NEEDS)
        return np.full(len(supplier), NEEDS.index(needs), dtype=np.int64)
    lacking = [name for name in ("supplier", "customer", "need") if name not in needs.columns]
    if lacking:
        raise OptionError(f"needs lacks {listing(lacking)}; it takes one row per pair: supplier, customer, need.")
    strange = needs.loc[~needs["need"].isin(NEEDS), "need"].unique()
    if len(strange):
        raise OptionError(f"needs.need holds {listing(strange)}; choose {listing(NEEDS)}.")
    rows = needs[["supplier", "customer", "need"]].drop_duplicates()
    twice = rows.duplicated(["supplier", "customer"])
    if twice.any():
        pairs = rows.loc[twice, ["supplier", "customer"]].itertuples(index=False, name=None)
        raise OptionError(f"needs gives some pairs of industries two answers: {listing(pairs)}; keep one row per pair.")
    width = len(industries)
    one, other = industries.get_indexer(rows["supplier"]), industries.get_indexer(rows["customer"])
    known = (one >= 0) & (other >= 0)
    table = np.full((width, width), -1, dtype=np.int64)
    table[one[known], other[known]] = rows["need"].map(NEEDS.index).to_numpy(dtype=np.int64)[known]
    found: NDArray[np.int64] = table[supplier, customer]
    missing = np.unique(supplier[found < 0] * width + customer[found < 0])
    if len(missing):
        pairs = [(industries[pair // width], industries[pair % width]) for pair in missing.tolist()]
        raise OptionError(
            f"needs has no row for {len(missing):,} pairs of industries that trade: {listing(pairs)}; add a row for "
            "each, as supplier, customer, need."
        )
    return found


def _flows(
    network: Network, industry: str | pd.Series | Iterable[object], needs: Need | pd.DataFrame, weights: Weights
) -> _Flows:
    n = network.n_firms
    sector, industries = firm_groups(network, industry)
    matrix = network.simple().csr(weights=weights).tocoo()
    seller, buyer, value = matrix.row.astype(np.int64), matrix.col.astype(np.int64), matrix.data
    without = np.zeros(n, dtype=bool)
    without[seller] = without[buyer] = True
    without &= sector < 0
    if without.any():
        raise OptionError(
            f"{int(without.sum()):,} firms with ties have no industry: {listing(network.firms.index[without])}; give "
            "one, or say what unknown means, such as network.firms['sector'].fillna('unknown')."
        )
    # Firms without ties sell nothing, so any industry will do for them.
    sector = np.where(sector < 0, 0, sector)
    sales = np.bincount(seller, weights=value, minlength=n).astype(np.float64)
    bought = np.bincount(buyer, weights=value, minlength=n)
    need = _needs_of(needs, industries, sector[seller], sector[buyer])
    width = max(len(industries), 1)
    share = value / sales[seller]
    closed = _closed_circles(sales, seller, buyer)
    order, core = _sweep_order(sales, seller, buyer, share, closed)
    rank = np.empty(n, dtype=np.int64)
    rank[order] = np.arange(n)
    keep = need != _IRRELEVANT
    # One group of inputs per essential industry of a customer, and one for all that is not essential.
    key = rank[buyer] * (width + 1) + np.where(need == _ESSENTIAL, sector[seller], width)
    named, group = np.unique(key[keep], return_inverse=True)
    whole = np.bincount(group, weights=value[keep], minlength=len(named))
    base = np.where(need[keep] == _ESSENTIAL, whole[group], bought[buyer[keep]])
    again = sales[buyer] > 0
    seller, buyer = rank[seller].astype(np.int32), rank[buyer].astype(np.int32)
    up = compressed(int(np.count_nonzero(sales)), seller[again], buyer[again], share[again])
    return _Flows(
        order,
        rank,
        compressed(n, seller[keep], buyer[keep], value[keep] / base, group.astype(np.int32)),
        up,
        compressed(n, buyer[~again], seller[~again], share[~again]),
        core,
        closed[order[: len(up[0]) - 1]],
        _pace(*up, core),
        sector[order],
        sales[order],
        np.bincount(sector, weights=sales, minlength=width).astype(np.float64),
        len(named),
    )


def _closed_circles(
    sales: NDArray[np.float64], seller: NDArray[np.int64], buyer: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the number of the closed circle that every firm is on, -1 for none: firms that sell to each other only.

    If some of them lose a share, all do in the end, however long it takes.
    """
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components

    n = len(sales)
    trade = sparse.csr_array((np.ones(len(seller)), (seller, buyer)), shape=(n, n))
    _, circle = connected_components(trade, directed=True, connection="strong")
    left = sales == 0
    left[seller[circle[seller] != circle[buyer]]] = True
    closed = ~np.isin(circle, circle[left])
    return np.where(closed, circle, -1)


def _sweep_order(
    sales: NDArray[np.float64],
    seller: NDArray[np.int64],
    buyer: NDArray[np.int64],
    share: NDArray[np.float64],
    closed: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the firms, those that sell first, each after its customers where it can be, and the core that cannot.

    Closed circles come first of all: what they lose is known before any sweep.
    """
    n, sellers = len(sales), np.flatnonzero(sales)
    number = np.cumsum(sales > 0) - 1
    again = (sales[buyer] > 0) & (closed[seller] < 0)
    one, other = number[seller[again]], number[buyer[again]]
    (ahead, (customer,)), (back, (supplier,)) = (
        compressed(len(sellers), one, other),
        compressed(len(sellers), other, one),
    )
    order, span = np.zeros(len(sellers), dtype=np.int64), np.zeros(2, dtype=np.int64)
    scratch = [np.zeros(len(sellers), dtype=np.int64) for _ in range(2)]
    call(sweep_order, [ahead, customer, back, supplier], [order, span, *scratch], work=n + 2 * len(seller))
    core = order[span[0] : span[1]]
    place = np.full(len(sellers), -1)
    place[core] = np.arange(len(core))
    inside = (place[one] >= 0) & (place[other] >= 0)
    order[span[0] : span[1]] = core[
        _circle_order(len(core), place[one[inside]], place[other[inside]], share[again][inside])
    ]
    return np.concatenate([sellers[order], np.flatnonzero(sales == 0)]), span


def _circle_order(
    n: int, seller: NDArray[np.int64], buyer: NDArray[np.int64], share: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Order firms on circles so that a sweep meets the customers that matter before their sellers, as far as it goes.

    A greedy feedback arc set (eades1993), a twentieth of the firms at a time: those first that are needed most for
    what they need of others. A tie weighs what it adds to the slowest decay of a sweep's error, the product of the
    share with what reaches the seller and what the customer has in the long run.
    """
    reach: NDArray[np.float64] = np.ones(n)
    have: NDArray[np.float64] = np.ones(n)
    for _ in range(5):
        reach = np.bincount(buyer, reach[seller] * share, n).astype(np.float64)
        have = np.bincount(seller, have[buyer] * share, n).astype(np.float64)
        reach, have = reach / reach.max(initial=0.0), have / have.max(initial=0.0)
    weight, n_customers = reach[seller] * share * have[buyer], np.bincount(seller, minlength=n)
    firms, batches = np.arange(n), [np.arange(0)]
    while len(firms):
        needs, needed = np.bincount(seller, weight, len(firms)), np.bincount(buyer, weight, len(firms))
        score = np.divide(needed, needs, out=np.full(len(firms), np.inf), where=needs > 0)
        first = np.argsort(-score, kind="stable")[: 1 + len(firms) // 20]
        batch = firms[first]
        # Rows of as many customers in a row: the processor foresees how long each will take.
        batches.append(batch[np.argsort(-n_customers[batch], kind="stable")])
        stay = np.ones(len(firms), dtype=bool)
        stay[first] = False
        ties, number = stay[seller] & stay[buyer], np.cumsum(stay) - 1
        seller, buyer, weight, firms = number[seller[ties]], number[buyer[ties]], weight[ties], firms[stay]
    return np.concatenate(batches)


def _pace(pointers: NDArray[np.int64], columns: list[NDArray[Any]], core: NDArray[np.int64]) -> float:
    """Return a bound on the factor by which errors on circles shrink: max P x / x for some x > 0 (collatz1942)."""
    from scipy import sparse

    first, end = core.tolist()
    n = len(pointers) - 1
    shares = sparse.csr_array((columns[1], columns[0], pointers), shape=(n, n))[first:end, first:end]
    error, pace = np.ones(end - first), 1.0
    for _ in range(50 if end > first else 0):
        after = shares @ error
        pace = min(pace, float(np.divide(after, error, out=np.zeros_like(after), where=error > 0).max()))
        error = after / after.max()
    return pace if end > first else 0.0


def _upstream(flows: _Flows, severity: NDArray[np.float64], block: Block, work: int) -> NDArray[np.float64]:
    """Return what every firm cannot sell: firms by shocks.

    A firm loses the mean of its customers' losses, x = P x, and where a shock hits no less than that takes. What a
    sweep leaves to do shrinks by a constant factor in the long run, which Aitken's extrapolation takes at once. Firms
    on no circle need one sweep only, and those on a closed circle lose alike; shocks that go on circling after many
    sweeps are solved as equations.
    """
    pointers, (customer, share) = flows.up
    first, end = flows.core.tolist()
    n_sellers, number = len(pointers) - 1, len(block[0]) - 1
    firm, shock = block[1], np.repeat(np.arange(number), np.diff(block[0]))
    depth = severity[firm]
    # What a firm cannot sell to customers that sell nothing themselves is known from the start.
    starts, (giver, part) = flows.end
    many = starts[firm + 1] - starts[firm]
    ties = np.repeat(starts[firm] - np.cumsum(many) + many, many) + np.arange(many.sum())
    gifts = [giver[ties].astype(np.int64), np.repeat(shock, many), part[ties] * np.repeat(depth, many)]
    gifts = [of[np.argsort(gifts[0], kind="stable")] for of in gifts]
    # Where all firms hit lose alike, none can lose more through the others, and a leap must not say so.
    top, bottom = np.zeros(number), np.ones(number)
    np.maximum.at(top, shock, depth)
    np.minimum.at(bottom, shock, depth)
    even = bottom >= top
    sells = np.flatnonzero(firm < n_sellers)
    sells = sells[np.argsort(firm[sells], kind="stable")]
    row, lane, least = firm[sells], shock[sells], depth[sells]
    cells = [row, lane, least, np.where(even[lane], least, 1.0)]
    level, step = np.zeros((len(flows.sales), number)), np.zeros((max(end, 1), number))
    level[firm, shock] = depth
    mixed = _close(flows.closed, level)
    sums, fresh, before = np.zeros((3, number)), np.zeros(number), np.full(number, np.inf)
    leap, back = np.zeros(number), np.zeros(number, dtype=bool)
    pause, due = np.ones(number, dtype=np.int64), np.zeros(number, dtype=np.int64)
    outputs = [level, step, sums, fresh]

    def sweep(first: int, end: int, quiet: int, observed: int, work: int = 0) -> None:
        plan = np.array([first, end, quiet, observed])
        moves = [plan, back.astype(np.int64), leap]
        call(mean_sweeps, [pointers, customer, share, *gifts, *cells, *moves], outputs, work=work)

    sweep(0, first, 1, 0, work)
    for turn in range(_SWEEPS // 3):
        sweep(first, end, 0 if turn else 5, 2)
        earlier, later, largest = sums
        ratio = np.divide(later, earlier, out=np.zeros(number), where=earlier > 0)
        # What all later sweeps add is at most the geometric series of this one.
        rate = np.maximum(ratio, flows.pace)
        busy = largest > np.maximum(_TOLERANCE * (1 - rate), _ROUNDING)
        if not busy.any():
            break
        back = (leap > 0) & busy & (largest >= before)  # it helped nothing: wait until faster changes died out
        pause[back] *= 2
        due[back] = turn + pause[back]
        # Uneven shocks do without: a leap could lift a closed circle above its loss, and it would stay there.
        far = busy & even & (ratio > 0) & (ratio < 1) & (turn >= due) & ~back
        leap = np.where(far, ratio / np.maximum(1 - ratio, 1e-9), 0.0)
        before = np.where(back, before, largest)
    back, leap = np.zeros(number, dtype=bool), np.zeros(number)
    sweep(end, n_sellers, 1, 0)
    np.clip(level[:n_sellers], 0.0, top, out=level[:n_sellers])  # a mean of losses exceeds none of them
    # Nor can sweeps be trusted where next to nothing leaves a circle: the last changes drown in rounding.
    for late in np.flatnonzero(busy | mixed | (largest > _TOLERANCE * (1 - rate))):
        hurt = np.zeros(len(level))
        hurt[firm[shock == late]] = depth[shock == late]
        level[:, late] = _solved(flows, hurt)
    return level


def _close(closed: NDArray[np.int64], level: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Raise `level` on closed circles to the loss of those hit there; return where these lose unlike shares."""
    mixed = np.zeros(level.shape[1], dtype=bool)
    firms = np.flatnonzero(closed >= 0)
    for circle in np.split(firms[np.argsort(closed[firms], kind="stable")], _starts(np.sort(closed[firms]))):
        lost = level[circle]
        most = lost.max(axis=0, initial=0.0)
        mixed |= ((lost > 0) & (lost < most)).any(axis=0)
        level[circle] = most
    return mixed


def _starts(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where a sorted number differs from the one before."""
    return np.flatnonzero(np.diff(numbers)) + 1


def _solved(flows: _Flows, shock: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the least x = max(shock, P x) from equations, for one shock that sweeps are too slow for.

    Those who lose what the shock takes are held fixed; whoever loses more through customers is let go, until nobody is.
    """
    from scipy import sparse
    from scipy.sparse.csgraph import breadth_first_order

    n, n_sellers = len(shock), len(flows.up[0]) - 1
    resold = sparse.csr_array((flows.up[1][1], flows.up[1][0], flows.up[0]), shape=(n_sellers, n))
    ended = sparse.csr_array((flows.end[1][1], flows.end[1][0], flows.end[0]), shape=(n, n_sellers)).T
    shares = sparse.vstack([resold + ended, sparse.csr_array((n - n_sellers, n))], format="csr")
    onward, held = shares.T.tocsr(), shock > 0
    reached = held.copy()
    for firm in np.flatnonzero(held):
        reached[breadth_first_order(onward, firm, return_predecessors=False)] = True
    while True:
        loss, free = np.where(held, shock, 0.0), reached & ~held
        if free.any():
            rows = shares[np.flatnonzero(free)]
            loss[free] = np.minimum(_absorbed(rows[:, np.flatnonzero(free)], rows @ loss, rows @ ~free), shock.max())
        more = held & (shares @ loss > shock + 1e-12)  # rounding must not let go of all there are
        if not more.any():
            return loss
        held &= ~more


def _absorbed(inside: Any, gain: NDArray[np.float64], out: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return x = inside x + gain, where rows of `inside` and `out` add up to 1.

    Where next to nothing leaves, 1 - inside is all rounding. So the equations of many firms are solved again for what
    the solution leaves open, which differences tell exactly; few firms are taken out one by one, and what remains of
    each is summed, never subtracted (grassmann1985).
    """
    from scipy import sparse
    from scipy.sparse.linalg import splu

    n = len(gain)
    if n > _DENSE:
        pairs, loss = inside.tocoo(), np.zeros(n)
        factors = splu((sparse.diags_array((inside.sum(axis=1) + out) * (1 + _ROUNDING)) - inside).tocsc())
        for _ in range(_REFINED):
            apart = pairs.data * (loss[pairs.col] - loss[pairs.row])
            more = factors.solve(gain - out * loss + np.bincount(pairs.row, apart, n))
            loss += more
            if np.abs(more).max() < _CLOSE:
                break
        return loss
    ties, gain, out, rest = inside.toarray(), gain.copy(), out.copy(), np.ones(n)
    for last in range(n - 1, -1, -1):
        row, column = ties[last, :last], ties[:last, last]
        rest[last] = row.sum() + out[last]
        part = column / rest[last]
        ties[:last, :last] += np.outer(part, row)
        np.fill_diagonal(ties, 0.0)
        gain[:last] += part * gain[last]
        out[:last] += part * out[last]
    for first in range(n):
        gain[first] = (gain[first] + ties[first, :first] @ gain[:first]) / rest[first]
    return gain


def _downstream(
    flows: _Flows,
    severity: NDArray[np.float64],
    worth: NDArray[np.float64],
    block: Block,
    level: NDArray[np.float64],
    *,
    work: int,
) -> NDArray[np.float64]:
    """Raise `level`, firms by shocks, to what every firm cannot produce; return sums by shock.

    These are the worth that is lost, what of it was not in `level`, and the number of firms new in it.
    """
    n, sums = len(flows.sales), np.zeros((4, len(block[0]) - 1))
    scratch = [np.zeros(size) for size in (len(flows.sector_sales), n, n, flows.n_groups)]
    scratch += [np.zeros(n + 1, dtype=np.int64), np.zeros(n + 1, dtype=np.int64)]
    inputs = [flows.down[0], *flows.down[1], flows.sector, flows.sales, flows.sector_sales, severity, worth, *block]
    call(spread_by_groups, inputs, [level, sums, *scratch], work=work)
    for late in np.flatnonzero(sums[3]):
        hit, shock = block[1][block[0][late] : block[0][late + 1]], np.zeros(n)
        shock[hit] = severity[hit]
        loss, before = limit_of(_production(flows), shock), level[:, late].copy()
        level[:, late] = np.maximum(before, loss)
        new = np.count_nonzero((before <= _COUNTS) & (loss > _COUNTS))
        sums[:3, late] = worth @ loss, worth @ np.maximum(loss - before, 0.0), new
    return sums[:3]


def _production(flows: _Flows) -> Production:
    customer, share, group = (column for column in flows.down[1])
    supplier = np.repeat(np.arange(len(flows.sales)), np.diff(flows.down[0]))
    return Production(supplier, customer, share, group, flows.n_groups, flows.sector, flows.sales)


def economic_risk(
    network: Network,
    *,
    industry: str | pd.Series | Iterable[object],
    needs: Need | pd.DataFrame = "essential",
    shocks: str | pd.Series | Iterable[object] | None = None,
    severity: float | str | pd.Series | Iterable[object] = 1.0,
    value: str | pd.Series | Iterable[object] | None = None,
    weights: Weights = "strength",
    progress: Progress | None = None,
) -> Cascade:
    """Economic Systemic Risk Index: the share of all production lost when a firm fails (diem2022).

    Ties run from supplier to customer. *Downstream*, a firm with the generalized Leontief function produces no more
    than its scarcest essential input (an industry of suppliers) allows, nor more than the share of all its purchases
    that is left when non-essential inputs fail. The loss of supplier j counts by the share of j in what its industry
    still sells, s_j / sum s_l h_l, at most 1: the less the competitors can sell, the harder j is to replace.
    *Upstream*, a firm sells what its customers still buy; one without customers sells all. A firm loses
    1 - min(downstream, upstream), and the index weighs the losses by sales. Both levels are followed to their limit,
    1e-7 of any firm, also where losses circle for long or a sector that supplies itself stands on the edge of collapse.
    Stopping at a change of 0.01, as some programs do, gives less.

    Parameters
    ----------
    network
        The network, usually the layer supply; loops are ignored, an undirected tie trades both ways.
    industry
        Column of the firms, Series by firm, or one value per firm: the product a firm sells and who can replace it.
    needs
        One row per pair of industries, columns ``supplier``, ``customer`` and ``need``: "essential" inputs stop
        production in proportion, "non_essential" ones only by their share of all purchases, "irrelevant" ones not
        at all. A single name holds for all pairs.
    shocks
        Whose failure is looked at: every firm alone when omitted, else groups that fail together, such as the column
        ``sector`` or ``region``. Firms without a group fail in none.
    severity
        Share of its output that a hit firm loses at once, 0 to 1: one number, or a column, Series or list with one
        per firm. 1: it fails. It may lose more in the end, when its own suppliers or customers do.
    value
        What a loss is weighed by, such as ``employees``; sales within the network when omitted.
    weights
        "strength": ties count by their strength, best money. "ignore": all alike.
    progress
        Called as ``progress(done, total)`` with numbers of shocks. An interrupt (Ctrl-C) keeps the shocks done and
        warns.

    Returns
    -------
    Cascade
        ``size`` is the index, in [0, 1], NaN if nobody sells anything; it counts the failing firm itself.
        ``downstream`` and ``upstream`` are what each channel alone would cost, ``n_hit`` the number of firms that
        lose more than a millionth, those that fail included. With groups, ``losses`` keeps every firm's loss.

    Raises
    ------
    OptionError
        If a firm with ties has no industry, a pair of industries that trades no need, an option is unknown, or a
        severity outside its range.

    Notes
    -----
    Seconds for every firm of 10,000 with 50,000 ties. Shocks that reach circles which less than a millionth leaves take
    up to half a second each at that size, as sweeps would not end; they are right where at least 1e-12 leaves.

    References
    ----------
    diem2022

    Examples
    --------
    >>> from clusternet import Network
    >>> chain = Network.from_edges([("mill", "baker", 2.0), ("baker", "shop", 2.0)], directed=True)
    >>> economic_risk(chain, industry=["flour", "bread", "retail"]).size.to_dict()
    {'mill': 1.0, 'baker': 1.0, 'shop': 1.0}
    >>> economic_risk(chain, industry=["flour", "bread", "retail"]).sizes["downstream"].to_dict()
    {'mill': 1.0, 'baker': 0.5, 'shop': 0.0}
    """
    choose("weights", weights, ("ignore", "strength"))
    n = network.n_firms
    flows = _flows(network, industry, needs, weights)
    share = severities(network, severity)
    hit, names = single_shocks(network, shocks, share)
    worth = flows.sales[flows.rank] if value is None else firm_numbers(network, value, "value")
    total = float(worth.sum())
    worth = worth / total if total > 0 else np.full(n, np.nan)

    share, weight = share[flows.order], worth[flows.order]

    def job(block: Block, work: int) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        block = block[0], flows.rank[block[1]]
        level = _upstream(flows, share, block, work)
        above, count = weight @ level, np.count_nonzero(level > _COUNTS, axis=0)
        below, more, new = _downstream(flows, share, weight, block, level, work=work)
        sums = np.column_stack([above + more, below, above, count + new])
        return sums, None if shocks is None else level[flows.rank]

    found = each_block(job, hit, 16 * (n + len(flows.down[1][0])) * len(names), progress)
    table = np.concatenate([np.empty((0, 4)), *(rows for rows, _ in found)])
    names = names[: len(table)]
    sizes = pd.DataFrame(table, index=names, columns=["size", "downstream", "upstream", "n_hit"])
    losses = None
    if shocks is not None:
        whole = np.hstack([np.empty((n, 0)), *(loss for _, loss in found)])
        losses = pd.DataFrame(whole, index=network.firms.index, columns=names)
    return Cascade(
        model="economic risk",
        sizes=sizes.astype({"n_hit": "int64"}),
        losses=losses,
        settings=Settings(
            {
                "industry": industry if isinstance(industry, str) else "values given",
                "needs": needs if isinstance(needs, str) else f"{len(needs):,} pairs of industries",
                "shocks": "every firm" if shocks is None else shocks if isinstance(shocks, str) else "groups given",
                "severity": severity if isinstance(severity, (int, float, str)) else "values given",
                "value": "sales" if value is None else value if isinstance(value, str) else "values given",
                "weights": weights,
            }
        ),
    )
