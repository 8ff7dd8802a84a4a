"""What claims of sections A5 to A7 share: niches of firms, regressions of pairs and of counts, robustness."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from clusternet import specialization
from clusternet.errors import plural
from clusternet.network import Network
from clusternet.resilience._paths import weak_path
from clusternet.theory._finding import Part, UntestableError, estimated, lacking_text
from clusternet.theory._statistics import Fit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from clusternet.theory._evidence import Evidence
    from clusternet.theory._finding import Direction

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = [
    "Pairs", "called", "count_part", "counts", "dyad_fit", "narrowness", "pair_sample", "poisson", "robustness",
    "single", "size_of", "tag_table", "width", "working",
]  # fmt: skip


# ── niches ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def tag_table(seen: Evidence) -> pd.DataFrame:
    """Return firms by capabilities: the weight of each, 1 where no weight is told; firms without any are left out.

    Raises
    ------
    UntestableError
        If fewer than five firms have a capability.
    """

    def make() -> pd.DataFrame:
        table = seen.table("capabilities").dropna(subset=["firm_id", "tag"])
        weight = table["weight"].fillna(table["weight"].median()).fillna(1.0)
        table = table.assign(weight=weight)[(weight > 0).to_numpy()]
        table = table.groupby(["firm_id", "tag"], as_index=False)["weight"].max()
        return specialization.tabulate(table, rows="firm_id", columns="tag", values="weight")

    table = seen.kept("tags", make)
    if len(table) < 5:
        raise UntestableError(
            f"only {plural(len(table), 'firm tells', 'firms tell')} capabilities; at least 5 are needed",
            ("capabilities.tag",),
        )
    return table


def width(seen: Evidence) -> pd.Series:
    """Return over how many capabilities each firm effectively spreads (levins1968), by firm id."""
    return seen.kept("width", lambda: specialization.niche_width(tag_table(seen)))


def narrowness(seen: Evidence) -> pd.Series:
    """Return minus the logarithm of the niche width: the larger, the more specialized."""
    return -np.log(width(seen))


def called(net: Network, firm: object) -> str:
    """Return the name of a firm where the records tell one, else its id."""
    name = net.firms["name"].get(firm) if "name" in net.firms.columns else None
    return name if isinstance(name, str) and name else str(firm)


def working(seen: Evidence, *, least: int = 10) -> Network:
    """Return who works with whom: ties other than referrals that a record of two firms stands behind, no isolates.

    Agreements of many parties would tie all of them by construction.

    Raises
    ------
    UntestableError
        If there are fewer than `least` pairs.
    """

    def make() -> Network:
        net = seen.network
        ties = net.ties
        kept = (ties["layer"] != "referral").to_numpy()
        lineage = net.lineage_table
        if lineage is not None:
            grouped = lineage["table"].isin(["groups", "agreements"])
            kept = kept & ties.index.isin(lineage.index[~grouped])
        net = Network(net.firms, ties[kept]).undirected().merge_layers()
        return net.without(net.isolates)

    net = seen.kept("working", make)
    pairs = len(net.simple("undirected").source)
    if pairs < least:
        raise UntestableError(
            f"only {plural(pairs, 'pair of firms works', 'pairs of firms work')} together; at least {least} are needed",
            ("partnerships.a",),
        )
    return net


def size_of(seen: Evidence, firms: pd.Index) -> dict[str, pd.Series]:
    """Return the log of employees as a control, where most of the firms tell it."""
    table = seen.network.firms
    if "employees" not in table.columns:
        return {}
    size = pd.to_numeric(table["employees"], errors="coerce").reindex(firms)
    if size.notna().mean() <= 0.8 or size.nunique() < 2:
        return {}
    return {"employees": np.log1p(size.fillna(size.median()))}


# ── pairs of firms ──────────────────────────────────────────────────────────────────────────────────────────────────


class Pairs:
    """All pairs of firms, or all tied ones and a sample of the others; positions `one` < `other`, and who is tied."""

    MOST = 300_000

    def __init__(self, n: int, source: Ints, target: Ints, rng: np.random.Generator) -> None:
        key = np.unique(np.minimum(source, target) * np.int64(n) + np.maximum(source, target))
        if n * (n - 1) // 2 <= self.MOST:
            self.one, self.other = np.triu_indices(n, 1)
            self.tied = np.isin(self.one * np.int64(n) + self.other, key)
            return
        # A logit keeps its slopes when pairs without a tie are sampled; only its constant moves.
        first, second = rng.integers(0, n, (2, self.MOST))
        drawn = np.unique(np.minimum(first, second) * np.int64(n) + np.maximum(first, second))
        drawn = drawn[(drawn // n != drawn % n) & ~np.isin(drawn, key)]
        every = np.concatenate([key, drawn])
        self.one, self.other = every // n, every % n
        self.tied = np.arange(len(every)) < len(key)


def pair_sample(net: Network, firms: pd.Index, seed: int) -> Pairs:
    """Return the pairs among the listed firms of a network, by position in the list."""
    graph = net.simple("undirected")
    place = firms.get_indexer(net.firms.index)
    one, other = place[graph.source], place[graph.target]
    kept = (one >= 0) & (other >= 0)
    return Pairs(len(firms), one[kept], other[kept], np.random.default_rng(seed))


def dyad_fit(y: Floats, x: Floats, one: Ints, other: Ints, *, logit: bool) -> Fit:
    """Fit pairs of firms by a logit or least squares, with errors robust to pairs that share a firm (aronow2015).

    The errors are those of leaving out one firm after the other, as HC3 leaves out rows: where few firms have most
    pairs, errors from plain residuals are too small. t has as many degrees of freedom as there are firms, less the
    number of terms.

    Raises
    ------
    UntestableError
        If there is no finite estimate.
    """
    from scipy import sparse

    k = x.shape[1]
    firms = np.unique(np.append(one, other))
    if len(firms) - k < 5 or np.linalg.matrix_rank(x) < k:
        raise UntestableError(f"pairs of {plural(len(firms), 'firm')} that do not vary enough for {plural(k, 'term')}")
    beta: Floats = np.zeros(k)
    mean: Floats = np.zeros(len(y))
    weight: Floats = np.ones(len(y))
    if logit:
        for _ in range(50):
            mean = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
            weight = mean * (1 - mean)
            step = np.linalg.solve((x * weight[:, None]).T @ x + 1e-10 * np.eye(k), x.T @ (y - mean))
            beta = beta + np.clip(step, -2, 2)
            if np.abs(step).max() < 1e-9:
                break
        if not np.isfinite(beta).all() or np.abs(beta).max() > 25:
            raise UntestableError("no finite odds: one group of pairs has no tie, or all")
    else:
        beta = np.linalg.solve(x.T @ x, x.T @ y).astype(np.float64)
        mean = x @ beta
    curve = (x * weight[:, None]).T @ x
    inverse = np.linalg.inv(curve)
    score = x * (y - mean)[:, None]
    ends = np.searchsorted(firms, np.append(one, other))
    pairs_of = sparse.csr_array((np.ones(len(ends)), (ends, np.tile(np.arange(len(y)), 2))))
    # How far the estimates move without a firm, or without a pair: the few best tied ones move them most.
    rows = (x[:, :, None] * (x * weight[:, None])[:, None, :]).reshape(len(y), k * k)
    others = curve - (pairs_of @ rows).reshape(-1, k, k)
    left = np.linalg.pinv(others, rcond=1e-10, hermitian=True)
    if (np.abs((left @ others)[:, 0, 0] - 1) > 1e-6).any():
        raise UntestableError("what is compared hangs on a single firm")
    firm = np.einsum("fij,fj->fi", left, pairs_of @ score)
    lever = np.clip(np.einsum("ij,jk,ik->i", x, inverse, x) * weight, 0, 1 - 1e-9)
    pair = (score / (1 - lever)[:, None]) @ inverse
    present = len(firms)
    # Each pair goes with both its firms: its own square is counted twice, and taken off once.
    spread = (firm.T @ firm - pair.T @ pair) * ((present - 1) / present)
    # The estimate of a variance can come out small or negative by chance: independent pairs are the floor.
    plain = np.diag(inverse) * (1.0 if logit else float(((y - mean) ** 2).sum()) / (len(y) - k))
    return Fit(beta, np.sqrt(np.maximum(np.diag(spread), plain)), present - k, len(y))


def single(fit: Fit, place: int) -> tuple[float, float]:
    """Return one estimate and its standard error."""
    return float(fit.estimate[place]), float(fit.se[place])


# ── counts ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def poisson(y: Floats, x: Floats, exposure: Floats | None = None) -> Fit:
    """Fit counts by Poisson quasi-likelihood, with errors robust to any variance, of HC3 type.

    The estimates need the mean to be right, not the variance: overdispersed counts widen the errors.

    Raises
    ------
    UntestableError
        If there is no finite estimate.
    """
    n, k = x.shape
    if n - k < 10 or np.linalg.matrix_rank(x) < k or y.sum() <= 0:
        raise UntestableError(f"{plural(n, 'firm that does', 'firms that do')} not vary enough for {plural(k, 'term')}")
    offset = np.zeros(n) if exposure is None else np.log(exposure)
    beta = np.linalg.lstsq(x, np.log(y + 0.5) - offset, rcond=None)[0]
    mean = y
    for _ in range(100):
        mean = np.exp(np.clip(x @ beta + offset, -30, 30))
        step = np.linalg.solve((x * mean[:, None]).T @ x + 1e-10 * np.eye(k), x.T @ (y - mean))
        beta = beta + np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-9:
            break
    if not np.isfinite(beta).all() or np.abs(beta).max() > 30:
        raise UntestableError("no finite rate ratio: one group of firms has no count at all")
    inverse = np.linalg.inv((x * mean[:, None]).T @ x)
    lever = np.clip(np.einsum("ij,jk,ik->i", x, inverse, x) * mean, 0, 1 - 1e-9)
    score = x * ((y - mean) / (1 - lever))[:, None]
    return Fit(beta, np.sqrt(np.diag(inverse @ (score.T @ score) @ inverse)), n - k, n)


def counts(seen: Evidence, column: str, *, half: int | None = None) -> pd.DataFrame:
    """Return the sum of a column of outcomes by firm, ``total``, and in how many ``periods`` it was told.

    Parameters
    ----------
    seen, column
        The evidence, and the column.
    half
        0: periods of the earlier half only; 1: of the later half. All when omitted.
    """
    lacking = seen.lacks(("outcomes.firm_id", f"outcomes.{column}"))
    if lacking:
        raise UntestableError(lacking_text(lacking), lacking)
    table = seen.table("outcomes")[["firm_id", "period", column]].dropna(subset=["firm_id", column])
    if (table[column] < 0).any():
        raise UntestableError(f"outcomes.{column} holds negative numbers, which counts cannot be")
    if half is not None:
        names = np.sort(table["period"].dropna().unique())
        if len(names) < 4:
            raise UntestableError(f"{plural(len(names), 'period')}; at least 4 are needed", ("outcomes.period",))
        chosen = names[: len(names) // 2] if half == 0 else names[len(names) // 2 :]
        table = table[table["period"].isin(chosen)]
    return table.groupby("firm_id")[column].agg(total="sum", periods="size")


def count_part(
    table: pd.DataFrame,
    terms: Mapping[str, pd.Series],
    name: str,
    *,
    unit: str,
    expected: Direction = "more",
    place: int = 0,
) -> Part:
    """Return by what ratio a count rises with one of the terms, the others held equal."""
    rows = table.join(pd.DataFrame(dict(terms)), how="inner").dropna()
    used = [term for at, term in enumerate(terms) if at <= place or rows[term].std() > 1e-9]
    x = np.column_stack([rows[used].to_numpy(dtype=float), np.ones(len(rows))])
    fit = poisson(rows["total"].to_numpy(dtype=float), x, rows["periods"].to_numpy(dtype=float))
    estimate, se = single(fit, place)
    return estimated(name, estimate, se, df=fit.df, n=fit.n, of="firms", unit=unit, expected=expected, ratio=True)


# ── robustness ──────────────────────────────────────────────────────────────────────────────────────────────────────


def robustness(n: int, source: Ints, target: Ints, orders: Sequence[Ints] | None = None) -> float:
    """Return R of schneider2011: the mean share of firms in the largest group as all leave, best tied first.

    Parameters
    ----------
    n, source, target
        A simple undirected graph by positions, one row per pair with source < target.
    orders
        Other orders of leaving, over which R is averaged.
    """
    from clusternet._percolation import neighbors

    rank = np.argsort(source, kind="stable")
    indptr, indices, _ = neighbors(n, source[rank], target[rank])
    if orders is None:
        orders = [np.argsort(-np.diff(indptr), kind="stable")]
    work = n + len(indices)
    return float(np.mean([weak_path(indptr, indices, order, work).giant[1:].sum() for order in orders]) / n**2)
