"""The Economic Systemic Risk Index: what production is lost when a firm, a sector or a place fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

import numpy as np
import pandas as pd

from clusternet import _percolation
from clusternet.cascades._kernels import mean_rounds, spread_by_groups
from clusternet.cascades._result import Cascade
from clusternet.cascades._run import compressed, each_block, firm_numbers, single_shocks
from clusternet.errors import NetworkError, OptionError, listing
from clusternet.measure import Weights, choose, firm_groups
from clusternet.result import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from clusternet.cascades._run import Block
    from clusternet.network import Network

__all__ = ["NEEDS", "economic_risk"]

Need = Literal["essential", "non_essential", "irrelevant"]
NEEDS: tuple[str, ...] = get_args(Need)
"""What an input can be to the production of the customer."""
_TOLERANCE = 1e-7  # of a round, in the loss of any firm
_ROUNDS = 20_000
_ESSENTIAL, _NON_ESSENTIAL, _IRRELEVANT = range(3)


class _Flows(NamedTuple):
    """The supply network: inputs by customer for the way down, shares of sales for the way up."""

    down: tuple[NDArray[np.int64], list[NDArray[Any]]]
    sold_to: Any  # sparse: share of a seller's (row) sales that goes to a customer (column)
    resold_to: Any  # the same, of customers that sell as well
    sellers: NDArray[np.int64]
    slow: tuple[NDArray[np.float64], NDArray[np.float64]]  # left and right vector of what dies out last upstream
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
    resold_to = sold_to[:, sellers].tocsr()
    return _Flows(
        compressed(n, seller[keep], buyer[keep], value[keep] / base, group.astype(np.int64)),
        sold_to,
        resold_to,
        sellers,
        _slow_mode(resold_to),
        sector,
        sales.astype(np.float64),
        np.bincount(sector, weights=sales, minlength=width).astype(np.float64),
        len(named),
    )


def _slow_mode(matrix: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return vectors l, r with r (l x) near the part of sum_t P^t x that builds up slowly: a guess to start from."""
    right = np.ones(matrix.shape[0])
    left = np.ones(matrix.shape[0])
    leaks = np.asarray(matrix.sum(axis=1)).ravel() < 1 - 1e-9
    while True:
        more = leaks | (matrix @ leaks.astype(np.float64) > 0)
        if (more == leaks).all():
            break
        leaks = more
    if not leaks.all():  # in a closed circle a wrong guess would never die out
        return np.zeros_like(left), np.zeros_like(right)
    transposed = matrix.T.tocsr()
    for _ in range(40):
        right, left = matrix @ right, transposed @ left
        top = right.max(initial=0.0), left.max(initial=0.0)
        if not min(top) > 0:
            return np.zeros_like(left), np.zeros_like(right)
        right, left = right / top[0], left / top[1]
    both = left @ right
    value = left @ (matrix @ right) / both if both > 0 else 0.0
    if not 0.3 < value < 1 - 1e-9:
        return np.zeros_like(left), np.zeros_like(right)
    return left / both / (1 - value), right


def _upstream(flows: _Flows, block: Block, work: int) -> NDArray[np.float64]:
    """Return what every firm cannot sell: shocks by firms.

    A firm loses the mean of its customers' losses: x = P x, with x = 1 where a shock hits. What a round leaves to do
    shrinks by a constant factor in the long run, which Aitken's extrapolation takes at once where that leaves less.
    """
    from scipy import sparse

    n, sellers = len(flows.sales), flows.sellers
    number = len(block[0]) - 1
    shock, firm = np.repeat(np.arange(number), np.diff(block[0])), block[1]
    lost = np.zeros((number, n))
    if len(sellers):
        start = sparse.csr_array((np.ones(len(firm)), (firm, shock)), shape=(n, number))
        now = (flows.sold_to @ start).toarray()
        sells = flows.sales[firm] > 0
        row, lane = np.searchsorted(sellers, firm[sells]), shock[sells]
        now[row, lane] = 0.0
        matrix = flows.resold_to
        guess = flows.slow[1][:, None] * (flows.slow[0] @ now)
        guess[row, lane] = 0.0
        rest = now + matrix @ guess - guess
        rest[row, lane] = 0.0
        helps = np.abs(rest).sum(axis=0) <= 2 * now.sum(axis=0)
        guess[:, ~helps] = 0.0
        now = np.where(helps, rest, now)
        total, after = guess + now, np.zeros_like(now)
        inputs = [matrix.indptr, matrix.indices, matrix.data, row, lane]
        sums = np.zeros((3, number))
        done, turn = False, 0
        while not done:
            _percolation.call(mean_rounds, inputs, [now, after, total, sums], work=0 if turn else work)
            turn += 1
            if turn > _ROUNDS // 4:
                raise NetworkError(
                    f"losses of sales still circle between firms after {_ROUNDS:,} rounds: almost nothing leaves the "
                    "circle; drop its ties of negligible strength."
                )
            left, before, largest = sums
            ratio = np.divide(left, before, out=np.zeros(number), where=before > 0)
            # What all later rounds add is at most the geometric series of this one.
            done = bool((largest <= _TOLERANCE * np.maximum(1 - ratio, 1e-4)).all())
            if turn % 2 == 0 and not done:
                far = np.where((ratio > 0.3) & (ratio < 1), ratio / np.maximum(1 - ratio, 1e-12), 0.0)
                then = (1 + far) * now - far * after
                far[np.abs(then).sum(axis=0) >= left] = 0.0
                total += far * now
                now = np.where(far > 0, then, now)
        lost[:, sellers] = np.clip(total, 0.0, 1.0, out=total).T
    lost[shock, firm] = 1.0
    return lost


def _downstream(flows: _Flows, block: Block, work: int) -> NDArray[np.float64]:
    """Return what every firm cannot produce: shocks by firms."""
    n, number = len(flows.sales), len(block[0]) - 1
    lost = np.zeros(number * n)
    scratch = [np.zeros(len(flows.sector_sales)), np.zeros(flows.n_groups), np.zeros(n), np.zeros(n, dtype=np.int64)]
    inputs = [flows.down[0], *flows.down[1], flows.sector, flows.sales, flows.sector_sales, *block]
    _percolation.call(spread_by_groups, inputs, [lost, *scratch], work=work)
    return lost.reshape(number, n)


def economic_risk(
    network: Network,
    *,
    industry: str | pd.Series | Iterable[object],
    needs: Need | pd.DataFrame = "essential",
    shocks: str | pd.Series | Iterable[object] | None = None,
    value: str | pd.Series | Iterable[object] | None = None,
    weights: Weights = "strength",
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
    value
        What a loss is weighed by, such as ``employment``; sales within the network when omitted.
    weights
        "strength": ties count by their strength, best money. "ignore": all alike.

    Returns
    -------
    Cascade
        ``size`` is the index, in [0, 1], NaN if nobody sells anything; it counts the failing firm itself.
        ``downstream`` and ``upstream`` are what each channel alone would cost, ``n_hit`` the number of firms that
        lose more than a millionth, those that fail included. With groups, ``losses`` keeps every firm's loss.

    Raises
    ------
    OptionError
        If a firm with ties has no industry, a pair of industries that trades no need, or an option is unknown.
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
    hit, names = single_shocks(network, shocks)
    worth = flows.sales if value is None else firm_numbers(network, value, "value")
    total = float(worth.sum())
    worth = worth / total if total > 0 else np.full(n, np.nan)
    table = np.zeros((len(names), 4))
    kept: list[NDArray[np.float64]] = []

    def job(block: Block, work: int) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        down, up = _downstream(flows, block, work), _upstream(flows, block, work)
        loss = np.maximum(down, up)
        counts = np.count_nonzero(loss > 1e-6, axis=1)
        return np.column_stack([loss @ worth, down @ worth, up @ worth, counts]), None if shocks is None else loss

    for rows, (row, loss) in each_block(job, hit, 16 * (n + len(flows.down[1][0])) * len(names)):
        table[rows] = row
        if loss is not None:
            kept.append(loss)
    sizes = pd.DataFrame(table, index=names, columns=["size", "downstream", "upstream", "n_hit"])
    losses = None
    if shocks is not None:
        whole = np.concatenate([np.empty((0, n)), *kept])
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
                "value": "sales" if value is None else value if isinstance(value, str) else "values given",
                "weights": weights,
            }
        ),
    )
