"""The Economic Systemic Risk Index: what production is lost when a firm, a sector or a place fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

import numpy as np
import pandas as pd

from clusternet._compiled import call
from clusternet.cascades._kernels import mean_sweeps, spread_by_groups
from clusternet.cascades._result import Cascade
from clusternet.cascades._run import compressed, each_block, firm_numbers, severities, single_shocks
from clusternet.errors import NetworkError, OptionError, listing
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
_SWEEPS = 20_000
_ESSENTIAL, _NON_ESSENTIAL, _IRRELEVANT = range(3)


class _Flows(NamedTuple):
    """The supply network: inputs by customer for the way down, shares of sales for the way up."""

    down: tuple[NDArray[np.int64], list[NDArray[Any]]]
    sold_to: Any  # sparse: share of a seller's (row) sales that goes to a customer (column)
    resold_to: Any  # the same, of customers that sell as well
    sellers: NDArray[np.int64]
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
    from scipy import sparse

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
    sales = np.bincount(seller, weights=value, minlength=n)
    bought = np.bincount(buyer, weights=value, minlength=n)
    need = _needs_of(needs, industries, sector[seller], sector[buyer])
    width = max(len(industries), 1)
    keep = need != _IRRELEVANT
    # One group of inputs per essential industry of a customer, and one for all that is not essential.
    key = buyer * (width + 1) + np.where(need == _ESSENTIAL, sector[seller], width)
    named, group = np.unique(key[keep], return_inverse=True)
    whole = np.bincount(group, weights=value[keep], minlength=len(named))
    base = np.where(need[keep] == _ESSENTIAL, whole[group], bought[buyer[keep]])
    sellers = np.flatnonzero(sales)
    row = (np.cumsum(sales > 0) - 1)[seller]
    sold_to = sparse.csr_array((value / sales[seller], (row, buyer)), shape=(len(sellers), n))
    return _Flows(
        compressed(n, seller[keep], buyer[keep], value[keep] / base, group.astype(np.int64)),
        sold_to,
        sold_to[:, sellers].tocsr(),
        sellers,
        sector,
        sales.astype(np.float64),
        np.bincount(sector, weights=sales, minlength=width).astype(np.float64),
        len(named),
    )


def _upstream(flows: _Flows, severity: NDArray[np.float64], block: Block, work: int) -> NDArray[np.float64]:
    """Return what every firm cannot sell: shocks by firms.

    A firm loses the mean of its customers' losses, x = P x, and where a shock hits no less than that takes. What a
    sweep leaves to do shrinks by a constant factor in the long run, which Aitken's extrapolation takes at once.
    """
    from scipy import sparse

    n, sellers = len(flows.sales), flows.sellers
    number = len(block[0]) - 1
    firm = block[1]
    shock, depth = np.repeat(np.arange(number), np.diff(block[0])), severity[firm]
    lost = np.zeros((number, n))
    lost[shock, firm] = depth
    if len(sellers):
        sells = flows.sales[firm] > 0
        # What a firm cannot sell to customers that sell nothing themselves is known from the start.
        there = sparse.csr_array((depth[~sells], (firm[~sells], shock[~sells])), shape=(n, number))
        given = (flows.sold_to @ there).tocoo()
        # Where all firms hit lose alike, none can lose more through the others, and a leap must not say so.
        top, bottom = np.zeros(number), np.ones(number)
        np.maximum.at(top, shock, depth)
        np.minimum.at(bottom, shock, depth)
        even = bottom >= top
        row, lane, least = np.searchsorted(sellers, firm[sells]), shock[sells], depth[sells]
        level, step, kept = (np.zeros((len(sellers), number)) for _ in range(3))
        level[row, lane] = least
        order = np.argsort(row, kind="stable")
        cells = [of[order] for of in (row, lane, least, np.where(even[lane], least, 1.0))]
        rising = np.argsort(given.row, kind="stable")
        # Of one kind always: for another kind of whole number the kernel would be compiled anew.
        gifts = [given.row[rising].astype(np.int64), given.col[rising].astype(np.int64), given.data[rising]]
        matrix = flows.resold_to
        pointers = [matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32)]
        inputs = [*pointers, matrix.data, *gifts, *cells]
        sums, fresh, before = np.zeros((3, number)), np.zeros(number), np.full(number, np.inf)
        leap, back = np.zeros(number), np.zeros(number, dtype=bool)
        pause, due = np.ones(number, dtype=np.int64), np.zeros(number, dtype=np.int64)
        for turn in range(_SWEEPS // 5):
            outputs = [level, step, kept, sums, fresh]
            call(mean_sweeps, [*inputs, back.astype(np.int64), leap], outputs, work=0 if turn else work)
            product, square, largest = sums
            ratio = np.divide(product, square, out=np.zeros(number), where=square > 0)
            # What all later sweeps add is at most the geometric series of this one.
            busy = largest > _TOLERANCE * np.maximum(1 - ratio, 1e-4)
            if not busy.any():
                break
            back = (leap > 0) & busy & (largest >= before)  # it helped nothing: wait until faster changes died out
            pause[back] *= 2
            due[back] = turn + pause[back]
            # Uneven shocks do without: a leap could lift a closed circle above its loss, and it would stay there.
            far = busy & even & (ratio > 0) & (ratio < 1) & (turn >= due) & ~back
            leap = np.where(far, ratio / np.maximum(1 - ratio, 1e-9), 0.0)
            before = np.where(back, before, largest)
        else:
            raise NetworkError(
                f"losses of sales still circle between firms after {_SWEEPS:,} rounds: almost nothing leaves the "
                "circle; drop its ties of negligible strength."
            )
        lost[:, sellers] = np.clip(level, 0.0, 1.0, out=level).T
    return lost


def _downstream(flows: _Flows, severity: NDArray[np.float64], block: Block, work: int) -> NDArray[np.float64]:
    """Return what every firm cannot produce: shocks by firms."""
    n, number = len(flows.sales), len(block[0]) - 1
    lost = np.zeros(number * n)
    scratch = [np.zeros(len(flows.sector_sales)), np.zeros(flows.n_groups), np.zeros(n), np.zeros(n, dtype=np.int64)]
    inputs = [flows.down[0], *flows.down[1], flows.sector, flows.sales, flows.sector_sales, severity, *block]
    call(spread_by_groups, inputs, [lost, *scratch], work=work)
    return lost.reshape(number, n)


def economic_risk(
    network: Network,
    *,
    industry: str | pd.Series | Iterable[object],
    needs: Need | pd.DataFrame = "essential",
    shocks: str | pd.Series | Iterable[object] | None = None,
    severity: float | str | pd.Series = 1.0,
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
    1 - min(downstream, upstream), and the index weighs the losses by sales. Both levels are followed
    to their limit (1e-7 of any firm; where a sector that supplies itself stands on the edge of collapse, losses rise
    ever more slowly and the last 1e-4 may lack). Stopping at a change of 0.01, as some programs do, gives less.

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
        ``sector`` or ``place``. Firms without a group fail in none.
    severity
        Share of its output that a hit firm loses at once, 0 to 1: one number, or a column or Series with one per
        firm. 1: it fails. It may lose more in the end, when its own suppliers or customers do.
    value
        What a loss is weighed by, such as ``employment``; sales within the network when omitted.
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
    NetworkError
        If sales circle among firms with next to no way out, so that no limit is reached in 20,000 rounds.

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
    worth = flows.sales if value is None else firm_numbers(network, value, "value")
    total = float(worth.sum())
    worth = worth / total if total > 0 else np.full(n, np.nan)

    def job(block: Block, work: int) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        down, up = _downstream(flows, share, block, work), _upstream(flows, share, block, work)
        loss = np.maximum(down, up)
        counts = np.count_nonzero(loss > 1e-6, axis=1)
        return np.column_stack([loss @ worth, down @ worth, up @ worth, counts]), None if shocks is None else loss

    found = each_block(job, hit, 16 * (n + len(flows.down[1][0])) * len(names), progress)
    table = np.concatenate([np.empty((0, 4)), *(rows for rows, _ in found)])
    names = names[: len(table)]
    sizes = pd.DataFrame(table, index=names, columns=["size", "downstream", "upstream", "n_hit"])
    losses = None
    if shocks is not None:
        whole = np.concatenate([np.empty((0, n)), *(loss for _, loss in found)])
        losses = pd.DataFrame(whole.T, index=network.firms.index, columns=names)
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
