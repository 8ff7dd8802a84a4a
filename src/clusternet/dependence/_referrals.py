"""Referrals that convert, and whether they feed themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from clusternet.dependence._shared import NAN, check_ends, kept_rows, per_firm, ratio
from clusternet.errors import OptionError, listing
from clusternet.measure import choose, real_number, share_between, whole_number
from clusternet.network import read_dates
from clusternet.records import Records
from clusternet.result import Result, Settings, resolve_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

    from clusternet.linkage import Linkage

__all__ = ["ReproductionNumber", "conversion_flow", "reproduction_number"]

_DENSE = 64
"""Up to this many firms all eigenvalues at once are faster than iterating."""


def _numbers(values: pd.Series) -> NDArray[np.float64]:
    """Return a column as floats, or say what in it is no number."""
    made: NDArray[np.float64] = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    odd = np.isinf(made) | (np.isnan(made) & values.notna().to_numpy(dtype=bool))
    if odd.any():
        raise OptionError(
            f"{values.name} holds what is no finite number: {listing(values[odd].unique())}; give numbers and leave "
            "empty what is unknown, or let read_records read the file."
        )
    return made


def _referrals(source: Records | pd.DataFrame, linkage: Linkage | None) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return the usable referrals (source, target, date, customers, converted, value), and what was mended."""
    ends = ("source", "target")
    if isinstance(source, Records):
        rows = kept_rows(source, linkage, "referral", "referrals")
        seen = len(source.referrals)
    else:
        ends = ("from", "to")
        check_ends(source, ends, "Rename its columns to from, to, customers, converted and date, or hand over Records.")
        rows = source
        seen = len(rows)
    # As arrays, because columns of categories cannot be compared.
    table = pd.DataFrame({"source": rows[ends[0]].to_numpy(), "target": rows[ends[1]].to_numpy()})
    for name in ("customers", "converted", "value"):
        table[name] = _numbers(rows[name]) if name in rows.columns else np.nan
    table["date"] = read_dates(rows["date"], "date", OptionError).to_numpy() if "date" in rows.columns else pd.NaT
    unknown = table["customers"].isna()
    # A referral names at least one customer, and no fewer than those who bought.
    table["customers"] = table["customers"].fillna(np.fmax(table["converted"], 1.0)).fillna(1.0)
    usable = table["source"].notna() & table["target"].notna() & (table["source"] != table["target"])
    usable &= table["customers"] > 0
    above = usable & (table["converted"] > table["customers"])
    table["converted"] = table["converted"].clip(lower=0, upper=table["customers"])
    notes = {
        "records": seen,
        "left_out": seen - int(usable.sum()),
        "customers_unknown": int((unknown & usable).sum()),
        "converted_unknown": int((table["converted"].isna() & usable).sum()),
        "converted_above_customers": int(above.sum()),
    }
    return table[usable].reset_index(drop=True), notes


def _conversion(table: pd.DataFrame) -> float:
    """Return the share of the customers sent who bought, over the records that say so."""
    known = table["converted"].notna()
    return float(table.loc[known, "converted"].sum() / table.loc[known, "customers"].sum()) if known.any() else NAN


def conversion_flow(source: Records | pd.DataFrame, *, linkage: Linkage | None = None) -> pd.DataFrame:
    """Sum referrals by pair of firms, with the customers who bought.

    Parameters
    ----------
    source
        Records, or a table with the columns ``from`` and ``to`` and, where known, ``customers``, ``converted`` and
        ``value``. A missing number of customers counts as one (or as those who bought), one above the number of
        customers as all of them. Referrals of a firm to itself and of no customers are left out.
    linkage
        With Records: what `link_firms` returned.

    Returns
    -------
    DataFrame
        One row per ordered pair, in order of first appearance: ``source``, ``target``, ``n_referrals``, ``customers``,
        ``converted`` (known ones), ``conversion`` (share of the customers of records that tell it; NaN if none does),
        ``flow``, the conversion-weighted flow: customers who bought, where unknown the customers sent times the
        conversion over all records (NaN if no record tells it), and ``value`` (NaN if never given).

    Raises
    ------
    OptionError
        If a table lacks the columns from or to, or holds text where numbers or dates (ISO 8601) are needed.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"from": [*"AAB"], "to": [*"BBC"], "customers": [4, 2, 6], "converted": [1, None, 3]})
    >>> conversion_flow(table)[["source", "target", "customers", "conversion", "flow"]].values.tolist()
    [['A', 'B', 6.0, 0.25, 1.8], ['B', 'C', 6.0, 0.5, 3.0]]
    """
    table, _ = _referrals(source, linkage)
    known = table["converted"].notna()
    table["flow"] = table["converted"].where(known, table["customers"] * _conversion(table))
    table["asked"] = table["customers"].where(known)
    by = table.groupby(["source", "target"], sort=False)
    made = by.agg(
        n_referrals=("customers", "size"),
        customers=("customers", "sum"),
        converted=("converted", "sum"),
        asked=("asked", "sum"),
    )
    made["conversion"] = ratio(made["converted"].to_numpy(), made.pop("asked").to_numpy())
    # Flows are missing in all records or in none.
    return made.assign(flow=by["flow"].sum(min_count=1), value=by["value"].sum(min_count=1)).reset_index()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ReproductionNumber(Result):
    """The referral reproduction number.

    Attributes
    ----------
    value
        The reproduction number R: the spectral radius of the next-generation matrix; 0 when no chain of referrals
        ever returns to a firm. NaN without referrals.
    low, high
        Percentile interval over the bootstrap draws; NaN without draws.
    probability
        Share of the customers sent who bought.
    kernel
        The next-generation matrix, one row per positive entry: ``source``, ``target``, ``sent`` (customers),
        ``received`` (the source's denominator), ``kernel``.
    loop
        Firms of the part of the network that attains the radius: those who feed each other; empty when R is 0.
    draws
        R of every bootstrap draw; NaN where no record drawn says how many bought.
    settings
        Options, counts of records used and mended, and the seed.
    """

    value: float
    low: float
    high: float
    probability: float
    kernel: pd.DataFrame
    loop: pd.Index
    draws: NDArray[np.float64]
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return the next-generation matrix, one row per positive entry."""
        return self.kernel.copy(deep=False)

    def summary(self) -> str:
        """Return R, its interval and what it means, in one line.

        Whether the loop dies out or sustains itself is said only where R could show either.
        """
        if np.isnan(self.value):
            return "no referrals, so no reproduction number"
        interval = "" if np.isnan(self.low) else f" ({self.low:.3f} to {self.high:.3f})"
        rules = self.settings.parameters
        if rules["lag_days"] is None and rules["received"] in ("sent", "converted"):
            # All that is received has been sent: that the loop does not grow is no finding.
            most = self.probability if rules["received"] == "sent" else 1.0
            return f"R {self.value:.3f}{interval} of at most {most:.3f} within one time; lag_days would show growth"
        # An interval that reaches 1 leaves it open.
        top, bottom = (self.value, self.value) if np.isnan(self.low) else (self.high, self.low)
        reading = "dies out" if top < 1 else "sustains itself" if bottom > 1 else "may or may not sustain itself"
        return f"R {self.value:.3f}{interval}; the referral loop {reading}"


def reproduction_number(
    source: Records | pd.DataFrame,
    *,
    linkage: Linkage | None = None,
    received: Literal["sent", "converted"] | pd.Series = "sent",
    lag_days: float | None = None,
    draws: int = 500,
    level: float = 0.95,
    seed: int | None = None,
) -> ReproductionNumber:
    """How many buying customers one customer leads to in the next round of referrals.

    The spectral radius of the next-generation matrix K (diekmann1990) with

        K_ij = (customers that i sent on to j / customers that i received) x p,

    p being the share of all customers sent who bought. Of R customers per customer, below 1 the loop dies out unless
    new customers come from elsewhere; above 1 it feeds itself.

    Parameters
    ----------
    source, linkage
        As in `conversion_flow`; ``date`` is needed with `lag_days`.
    received
        What a firm received, the denominator. "sent": all customers sent to it, whether they bought or not.
        "converted": those of them who bought, that is times p, which then cancels out: R is the growth of the flow
        from round to round. A Series by firm: its new customers from all sources, which is the right one where known.
    lag_days
        Length of a round. None: both counts are of the same time. Else `received` counts the time up to that many days
        before the last date, and sending on the time from that many days after the first date; undated records are
        left out.
    draws
        Number of bootstrap draws: the records are drawn with replacement. 0 gives no interval.
    level
        Share of the draws inside the interval.
    seed
        A fresh one is drawn and stored when omitted.

    Returns
    -------
    ReproductionNumber
        R with its interval, the matrix, and the firms in the loop.

    Raises
    ------
    OptionError
        If an option is outside its range, no record tells conversions, `lag_days` leaves no records or dates are
        missing, a table holds text where numbers or dates are needed, or a Series names a firm twice or lacks the new
        customers of a firm that both receives and sends.

    Notes
    -----
    Within one and the same time all that is received has been sent, so that without `lag_days` R cannot exceed p
    with "sent" and 1 with "converted": it then says which part of the flow the loop feeds by itself, and the gap to
    that bound is what firms bring in that receive nothing. Only with `lag_days` or a Series can R show growth.
    A firm that receives nothing is on no loop and does not matter; with `lag_days`, a firm that sends before it
    receives has no denominator, and what it sent on is counted in ``settings["customers_without_denominator"]``.

    References
    ----------
    diekmann1990

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"from": [*"ABC"], "to": [*"BAA"], "customers": [8, 4, 4], "converted": [4, 2, 2]})
    >>> reproduction_number(table, draws=0)  # A sends on 8 of 8, B 4 of 8 received: sqrt(1 x 1/2) / 2
    <ReproductionNumber: R 0.354 of at most 0.500 within one time; lag_days would show growth>
    """
    if not isinstance(received, pd.Series):
        choose("received", received, ("sent", "converted"))
    draws, level = whole_number("draws", draws, 0), share_between("level", level)
    if lag_days is not None:
        lag_days = real_number("lag_days", lag_days, positive="number of days, or None")
    seed = resolve_seed(seed)
    table, notes = _referrals(source, linkage)
    late = early = np.ones(len(table), dtype=bool)
    if lag_days is not None and len(table):
        date = table["date"]
        step = pd.Timedelta(days=float(lag_days))
        late = (date >= date.min() + step).to_numpy(dtype=bool)
        early = (date <= date.max() - step).to_numpy(dtype=bool)
        notes["undated"] = int(date.isna().sum())
        if date.isna().all():
            raise OptionError("no referral has a date, which lag_days needs; fill the column date, or give None.")
        if not (late.any() and early.any()):
            raise OptionError(
                f"lag_days is {lag_days:g}, but the dated referrals ({int(date.notna().sum()):,}) span "
                f"{(date.max() - date.min()) / pd.Timedelta(days=1):g} days; give a shorter lag, or None."
            )
    ids = pd.Index(pd.unique(table[["source", "target"]].to_numpy().ravel()))
    rounds = _Rounds.of(table, ids, late, early, received)
    if len(table) and np.isnan(rounds.conversion(np.ones(len(table)))):
        raise OptionError("no referral record says how many customers bought; fill the column converted.")
    whole = np.ones(len(table))
    matrix, sent, denominator = rounds.matrix(whole)
    value, members = _spectral_radius(matrix)
    rng = np.random.default_rng(seed)
    size = len(table)
    found = np.full(int(draws) if size else 0, np.nan)
    for number in range(len(found)):
        times = rng.multinomial(size, np.full(size, 1 / size)).astype(float)
        if np.isfinite(rounds.conversion(times)):
            found[number] = _spectral_radius(rounds.matrix(times)[0])[0]
    tail = (1 - level) / 2
    low, high = np.nanquantile(found, [tail, 1 - tail]) if np.isfinite(found).any() else (NAN, NAN)
    entries = matrix.tocoo()
    sends = sent.tocsr()[entries.row, entries.col] if entries.nnz else np.empty(0)
    kernel = pd.DataFrame(
        {
            "source": ids[entries.row],
            "target": ids[entries.col],
            "sent": np.asarray(sends, dtype=float).ravel(),
            "received": denominator[entries.row],
            "kernel": entries.data,
        }
    )
    row_sums = np.asarray(sent.sum(axis=1)).ravel()
    notes["customers_without_denominator"] = round(float(row_sums[~(denominator > 0)].sum()))
    told = received if isinstance(received, str) else "a Series of new customers"
    options = {"received": told, "lag_days": lag_days, "draws": int(draws), "level": level}
    return ReproductionNumber(
        value=value if size else NAN,
        low=float(low),
        high=float(high),
        probability=rounds.conversion(whole),
        kernel=kernel,
        loop=ids[members],
        draws=found,
        settings=Settings(options | notes, seed=seed),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Rounds:
    """Referral records as arrays, so that a bootstrap draw is a reweighting."""

    n: int
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    customers: NDArray[np.float64]
    converted: NDArray[np.float64]
    late: NDArray[np.bool_]
    early: NDArray[np.bool_]
    scale: bool
    own: NDArray[np.float64] | None

    @classmethod
    def of(
        cls,
        table: pd.DataFrame,
        ids: pd.Index,
        late: NDArray[np.bool_],
        early: NDArray[np.bool_],
        received: str | pd.Series,
    ) -> _Rounds:
        source = ids.get_indexer(table["source"]).astype(np.int64)
        target = ids.get_indexer(table["target"]).astype(np.int64)
        own = None
        if isinstance(received, pd.Series):
            if not received.index.is_unique:
                twice = received.index[received.index.duplicated()].unique()
                raise OptionError(f"received names firms more than once: {listing(twice)}; keep one value per firm.")
            own = pd.to_numeric(received.reindex(ids), errors="coerce").to_numpy(dtype=float, na_value=np.nan)
            between = np.isin(np.arange(len(ids)), source) & np.isin(np.arange(len(ids)), target)
            bad = between & ~(np.isfinite(own) & (own > 0))
            if bad.any():
                raise OptionError(
                    f"received lacks a positive number of new customers for {int(bad.sum()):,} firms that both receive "
                    f"and send: {listing(ids[bad])}; count their customers from all sources."
                )
            own = np.where(np.isfinite(own), own, 0.0)
        customers = table["customers"].to_numpy(dtype=float)
        converted = table["converted"].to_numpy(dtype=float)
        scale = isinstance(received, str) and received == "converted"
        return cls(len(ids), source, target, customers, converted, late, early, scale, own)

    def conversion(self, times: NDArray[np.float64]) -> float:
        """Return the share of the customers sent who bought, each record counted so many times."""
        known = ~np.isnan(self.converted)
        asked = (times * self.customers)[known].sum()
        return float((times * self.converted)[known].sum() / asked) if asked > 0 else NAN

    def matrix(self, times: NDArray[np.float64]) -> tuple[sparse.csr_array, sparse.csr_array, NDArray[np.float64]]:
        """Return the next-generation matrix, the customers sent on, and the denominators."""
        from scipy import sparse

        p = self.conversion(times)
        weight = times * self.customers
        shape = (self.n, self.n)
        go = self.late & (weight > 0)
        sent = sparse.csr_array((weight[go], (self.source[go], self.target[go])), shape=shape)
        if self.own is None:
            come = self.early
            got = per_firm(self.target[come], weight[come], size=self.n)
            got = got * p if self.scale else got
        else:
            got = self.own
        factor = np.divide(p, got, out=np.zeros(self.n), where=got > 0)
        matrix = sparse.csr_array(sent.multiply(factor[:, None]))
        matrix.eliminate_zeros()
        return matrix, sent, got


def _spectral_radius(matrix: sparse.csr_array) -> tuple[float, NDArray[np.int64]]:
    """Return the spectral radius of a nonnegative matrix, and the strongly connected part that attains it."""
    from scipy.sparse.csgraph import connected_components

    nobody = np.empty(0, dtype=np.int64)
    if matrix.nnz == 0:
        return 0.0, nobody
    labels = connected_components(matrix, directed=True, connection="strong")[1]
    best, members = 0.0, nobody
    for label in np.flatnonzero(np.bincount(labels) > 1):
        part = np.flatnonzero(labels == label)
        radius = _perron(matrix[part][:, part])
        if radius > best:
            best, members = radius, part
    return best, members


def _perron(block: sparse.csr_array) -> float:
    """Return the largest eigenvalue of an irreducible nonnegative matrix."""
    n = block.shape[0]
    if n <= _DENSE:
        return float(np.abs(np.linalg.eigvals(block.toarray())).max())
    from scipy.sparse.linalg import ArpackNoConvergence, eigs

    try:
        largest = eigs(block, k=1, which="LR", v0=np.ones(n), return_eigenvectors=False)
    except ArpackNoConvergence:
        largest = np.linalg.eigvals(block.toarray())
    return float(largest.real.max())
