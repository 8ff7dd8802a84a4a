"""What several claims share: growth of firms, spells of relations, and three regressions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from clusternet.errors import plural
from clusternet.network import Network
from clusternet.theory._finding import Direction, Part, UntestableError, estimated, lacking_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from clusternet.theory._evidence import Evidence

    Floats = NDArray[np.float64]

__all__ = [
    "agreements", "contracts", "dyadic", "growth", "growth_part", "hazard", "least_squares", "optional",
    "outcome_panel", "period_starts", "spells",
]  # fmt: skip

YEAR = 365.25


def optional(parts: list[Part], untested: list[str], what: str, make: Callable[[], Part]) -> None:
    """Add a part if the records can test it; else say what of the claim stays untested, and why."""
    try:
        parts.append(make())
    except UntestableError as why:
        untested.append(f"{what}: {why}")


# ── regressions ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Fit:
    """Coefficients in the order of the columns, their standard errors, and the degrees of freedom of t."""

    estimate: Floats
    se: Floats
    df: float
    n: int


def least_squares(y: Floats, x: Floats, *, groups: NDArray[np.int64] | None = None, absorbed: int = 0) -> Fit:
    """Fit y by ordinary least squares on the columns of `x`, an intercept included by the caller.

    Standard errors are HC3, or clustered by `groups` with t of groups less one degrees of freedom.

    Parameters
    ----------
    y, x
        Response, and one column per term.
    groups
        Group number of every row.
    absorbed
        Degrees of freedom spent before, by demeaning.

    Raises
    ------
    UntestableError
        If the terms are collinear or the rows too few.
    """
    n, k = x.shape
    free = n - k - absorbed
    if free < 5 or np.linalg.matrix_rank(x) < k:
        raise UntestableError(
            f"{plural(n, 'observation that does', 'observations that do')} not vary enough for {plural(k, 'term')}"
        )
    inverse = np.linalg.inv(x.T @ x)
    estimate = inverse @ (x.T @ y)
    left = y - x @ estimate
    if groups is None:
        lever = np.clip(np.einsum("ij,jk,ik->i", x, inverse, x), 0, 1 - 1e-9)
        score = x * (left / (1 - lever))[:, None]
        df: float = free
        spread = inverse @ (score.T @ score) @ inverse
    else:
        size = int(groups.max()) + 1
        score = np.zeros((size, k))
        np.add.at(score, groups, x * left[:, None])
        present = len(np.unique(groups))
        if present < 5:
            raise UntestableError(f"only {plural(present, 'group')} of observations; at least 5 are needed")
        df = present - 1
        # Demeaned firms cost no degree of freedom where errors are clustered by firm.
        spread = inverse @ (score.T @ score) @ inverse * (present / df * (n - 1) / (n - k))
    return Fit(estimate, np.sqrt(np.diag(spread)), df, n)


def hazard(
    table: pd.DataFrame, terms: list[str], *, strata: str | None = None, groups: NDArray[np.int64] | None = None
) -> Fit:
    """Fit the risk that a relation ends by proportional hazards (cox1972): logarithms of hazard ratios.

    Ties in time by Breslow's rule.

    Parameters
    ----------
    table
        One row per relation: ``time`` (years), ``ended``, and the terms.
    terms
        Columns of the table.
    strata
        A column: relations of each kind have a baseline of their own.
    groups
        Group number of every row, for robust standard errors.

    Raises
    ------
    UntestableError
        If there is no finite estimate.
    """
    ended = table["ended"].to_numpy(dtype=bool)
    x = table[terms].to_numpy(dtype=float)
    if ended.sum() < 5 or np.linalg.matrix_rank(x - x.mean(axis=0)) < len(terms):
        raise UntestableError(
            f"{plural(ended.sum(), 'end')} among "
            f"{plural(len(table), 'relation that does', 'relations that do')} not vary enough"
        )
    kind = np.zeros(len(table), dtype=np.int64) if strata is None else pd.factorize(table[strata])[0]
    cluster = np.arange(len(table)) if groups is None else groups
    order = np.lexsort((table["time"].to_numpy(dtype=float), kind))
    risks = _Risks(table["time"].to_numpy(dtype=float)[order], ended[order], kind[order], (x - x.mean(axis=0))[order])
    estimate = risks.fit()
    if not (np.isfinite(estimate).all() and (np.abs(estimate) < 15).all()):
        raise UntestableError("no finite hazard ratio: one group has no end, or all")
    return Fit(estimate, risks.errors(estimate, cluster[order], robust=groups is not None), math.inf, len(table))


class _Risks:
    """Relations in order of kind and time, for the partial likelihood with Breslow's rule for ties."""

    def __init__(self, time: Floats, ended: NDArray[np.bool_], kind: NDArray[np.int64], x: Floats) -> None:
        self.x, self.ended = x, np.flatnonzero(ended)
        place = pd.factorize(pd.MultiIndex.from_arrays([kind, time]))[0]
        # Rows of one kind and time are neighbors: where they begin and end, and where their kind does.
        self.first = np.searchsorted(place, place, side="left")
        self.last = np.searchsorted(place, place, side="right")
        self.stop = np.searchsorted(kind, kind, side="right")
        self.begin = np.searchsorted(kind, kind, side="left")

    def _at_risk(self, values: Floats) -> Floats:
        """Return the sum of the values over those at risk when each ended relation ended."""
        total = np.zeros((len(values) + 1, *values.shape[1:]))
        total[1:] = np.cumsum(values, axis=0)
        sums: Floats = total[self.stop[self.ended]] - total[self.first[self.ended]]
        return sums

    def _means(self, beta: Floats) -> tuple[Floats, Floats, Floats]:
        weight = np.exp(np.clip(self.x @ beta, -50, 50))
        size = self._at_risk(weight)
        return weight, size, self._at_risk(weight[:, None] * self.x) / size[:, None]

    def _curve(self, weight: Floats, size: Floats, mean: Floats) -> Floats:
        square = self._at_risk(weight[:, None, None] * self.x[:, :, None] * self.x[:, None, :])
        curve: Floats = (square / size[:, None, None]).sum(axis=0) - mean.T @ mean
        return curve

    def fit(self) -> Floats:
        """Return the coefficients; large ones where there is no maximum."""
        beta = np.zeros(self.x.shape[1])
        for _ in range(40):
            weight, size, mean = self._means(beta)
            curve = self._curve(weight, size, mean) + 1e-9 * np.eye(len(beta))
            step = np.linalg.solve(curve, (self.x[self.ended] - mean).sum(axis=0))
            beta = beta + np.clip(step, -2, 2)
            if np.abs(step).max() < 1e-9 or np.abs(beta).max() > 20:
                break
        return beta

    def errors(self, beta: Floats, cluster: NDArray[np.int64], *, robust: bool) -> Floats:
        """Return standard errors, from the curvature or robust to clusters (lin1989)."""
        weight, size, mean = self._means(beta)
        inverse = np.linalg.inv(self._curve(weight, size, mean))
        if not robust:
            plain: Floats = np.sqrt(np.diag(inverse))
            return plain
        score = np.zeros_like(self.x)
        score[self.ended] = self.x[self.ended] - mean
        # What each relation was expected to add, while it was at risk.
        steps = np.zeros((len(self.x) + 1, 1 + self.x.shape[1]))
        steps[self.ended + 1] = np.column_stack([1 / size, mean / size[:, None]])
        steps = np.cumsum(steps, axis=0)
        lived = steps[self.last] - steps[self.begin]
        score -= weight[:, None] * (self.x * lived[:, :1] - lived[:, 1:])
        total = np.zeros((int(cluster.max()) + 1, self.x.shape[1]))
        np.add.at(total, cluster, score)
        sandwich: Floats = np.sqrt(np.diag(inverse @ (total.T @ total) @ inverse))
        return sandwich


# ── growth of firms ─────────────────────────────────────────────────────────────────────────────────────────────────


def period_starts(periods: pd.Series) -> pd.Series:
    """Return the first day of each period ("2021", "2021Q3", "2021-07").

    Raises
    ------
    UntestableError
        If a period is no year, quarter, month or day.
    """
    texts = pd.Series(periods.dropna().unique())
    try:
        days = {text: pd.Period(str(text).removesuffix(".0")).start_time for text in texts}
    except (ValueError, TypeError) as error:
        raise UntestableError("outcomes.period is no year, quarter or month, such as 2021 or 2021Q3") from error
    return pd.to_datetime(periods.map(days)).astype("datetime64[us]")


def outcome_panel(seen: Evidence, column: str = "revenue") -> pd.DataFrame:
    """Return one row per firm and period with a positive value: firm, start, step (place of the period), log value."""
    lacking = seen.lacks(("outcomes.firm_id", "outcomes.period", f"outcomes.{column}"))
    if lacking:
        raise UntestableError(lacking_text(lacking), lacking)

    def make() -> pd.DataFrame:
        table = seen.table("outcomes")[["firm_id", "period", column]].dropna()
        table = table[table[column] > 0]
        table = table.assign(start=period_starts(table["period"]), log=np.log(table[column]))
        # Two rows of one firm and period are registrations that were merged: their mean.
        table = table.groupby(["firm_id", "start"], as_index=False)["log"].mean()
        table["step"] = pd.factorize(table["start"], sort=True)[0]
        return table.sort_values(["firm_id", "step"], ignore_index=True)

    return seen.kept(f"panel {column}", make)


def growth(seen: Evidence) -> pd.Series:
    """Return the mean growth of log revenue per period of every firm with two periods, by firm id.

    Raises
    ------
    UntestableError
        If there are no outcomes.
    """

    def make() -> pd.Series:
        panel = outcome_panel(seen)
        ends = panel.groupby("firm_id").agg(first=("log", "first"), last=("log", "last"), a=("step", "first"),
                                            b=("step", "last"))  # fmt: skip
        ends = ends[ends["b"] > ends["a"]]
        return (ends["last"] - ends["first"]) / (ends["b"] - ends["a"])

    return seen.kept("growth", make)


def growth_part(
    seen: Evidence,
    terms: Mapping[str, pd.Series],
    name: str,
    *,
    unit: str,
    expected: Direction = "more",
) -> Part:
    """Return the effect of the first term on the growth of revenue, the other terms held equal.

    Ordinary least squares with HC3 errors; terms are Series by firm id.
    """
    table = pd.DataFrame({"growth": growth(seen), **terms}).dropna()
    x = np.column_stack([table[term] for term in terms] + [np.ones(len(table))]) if len(table) else np.ones((0, 1))
    fit = least_squares(table["growth"].to_numpy(dtype=float), x.astype(float))
    return estimated(
        name, float(fit.estimate[0]), float(fit.se[0]), df=fit.df, n=fit.n, of="firms", unit=unit, expected=expected
    )


# ── relations and how long they last ────────────────────────────────────────────────────────────────────────────────


def contracts(seen: Evidence) -> pd.DataFrame:
    """Return one row per partnership record between two firms, counted once where both sides report.

    Of each pair and kind the reports of one side are taken, of the side that reports most. Columns: kind, a, b (in
    order for kinds without direction), start, end, strength, value, formal, pair (number of the pair and kind).
    """

    def make() -> pd.DataFrame:
        table = seen.table("partnerships")
        columns = ["kind", "a", "b", "start", "end", "strength", "value", "formal", "reported_by"]
        table = table.loc[table["a"].notna() & table["b"].notna() & (table["kind"] != "referral"), columns]
        turn = (table["a"] > table["b"]) & (table["kind"] != "supply")
        table = table.assign(a=table["a"].where(~turn, table["b"]), b=table["b"].where(~turn, table["a"]))
        table = table[table["a"] != table["b"]].reset_index(drop=True)
        table["pair"] = table.groupby(["kind", "a", "b"], sort=False).ngroup()
        table["reporter"] = pd.factorize(table["reported_by"])[0]
        rows = table.groupby(["pair", "reporter"], sort=False).size().rename("rows").reset_index()
        best = rows.sort_values(["pair", "rows"], ascending=[True, False], kind="stable").drop_duplicates("pair")
        return table.merge(best[["pair", "reporter"]], on=["pair", "reporter"]).drop(columns=["reporter"])

    return seen.kept("contracts", make)


def last_day(seen: Evidence) -> pd.Timestamp:
    """Return the day on which observation ended: the latest date on which anything starts."""
    days = [
        seen.tables["partnerships"]["start"].max(),
        seen.tables["groups"]["start"].max(),
        seen.tables["agreements"]["start"].max(),
        seen.tables["referrals"]["date"].max(),
    ]
    known = [day for day in days if pd.notna(day)]
    if not known:
        raise UntestableError("no record says when it started", ("partnerships.start",))
    return max(known).normalize()


def spells(seen: Evidence) -> pd.DataFrame:
    """Return one row per relation that is dated: a pair's contract, or an agreement of several firms.

    Columns of `contracts`, ``parties``, ``time`` (years to its end, or to the last day on which anything starts) and
    ``ended`` (False: still open then).
    """

    def make() -> pd.DataFrame:
        pairs = contracts(seen).assign(parties=2)
        table = pd.concat([pairs, agreements(seen)], ignore_index=True)
        close = last_day(seen)
        begins, ends = table["start"].dt.normalize(), table["end"].dt.normalize()
        ended = (ends <= close).fillna(False).to_numpy(dtype=bool)
        time = ((ends.where(ended, close) - begins) / pd.Timedelta(days=1) + 1) / YEAR
        return table.assign(time=time, ended=ended)[(begins <= close) & (time > 0)].reset_index(drop=True)

    return seen.kept("spells", make)


def dyadic(seen: Evidence) -> Network:
    """Return the ties that a record of two firms stands behind, layers merged and direction forgotten, no isolates.

    An agreement of many parties becomes a clique, which closes triangles by construction: it must not count as closure.
    """

    def make() -> Network:
        net = seen.network
        lineage = net.lineage_table
        if lineage is not None:
            paired = lineage.index[~lineage["table"].isin(["groups", "agreements"])].unique()
            net = Network(net.firms, net.ties[net.ties.index.isin(paired)])
        net = net.undirected().merge_layers()
        return net.without(net.isolates)

    return seen.kept("dyadic", make)


def agreements(seen: Evidence) -> pd.DataFrame:
    """Return one row per agreement of several firms: group_id, kind, start, end, value, parties."""
    rows = seen.table("groups")
    rows = rows[rows["group_id"].notna() & rows["firm"].notna()]
    by = rows.groupby("group_id", sort=False)
    table = pd.DataFrame(
        {
            "kind": by["kind"].first(),
            "start": by["start"].min(),
            "end": by["end"].max().mask(by["end"].apply(lambda ends: bool(ends.isna().any()))),
            "value": by["value"].sum(min_count=1),
            "parties": by["firm"].nunique(),
        }
    )
    told = seen.table("agreements").dropna(subset=["group_id"]).drop_duplicates("group_id").set_index("group_id")
    for column in ("kind", "start", "end", "value"):
        own = told[column].reindex(table.index)
        table[column] = own.where(own.notna(), table[column])
    return table.reset_index()
