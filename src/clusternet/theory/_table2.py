"""Two communities row by row: what the essays expect of generalist and specialized ones, and what records say."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from clusternet import specialization
from clusternet.errors import OptionError, plural
from clusternet.result import Result, Settings, resolve_seed
from clusternet.theory._evidence import Source, as_evidence
from clusternet.theory._finding import LEAST_DRAWS, LEAST_P, UntestableError, lacking_text, number_text
from clusternet.theory._firms import counts, robustness, tag_table, width, working
from clusternet.theory._niches import referral_values
from clusternet.theory._statistics import contracts, outcome_panel, spells

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    from clusternet.theory._evidence import Evidence

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Value = Callable[[Floats], float]
    """A number of a community, given how often each of its firms counts."""

__all__ = ["Table2", "table2"]

ROWS = {
    42: "focus",
    43: "collaboration",
    44: "competitive advantage",
    45: "innovation",
    46: "market reach",
    47: "resilience",
}

Side = Literal["general", "specialized"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Table2(Result):
    """A generalist community beside a specialized one.

    Attributes
    ----------
    table
        One row per measure, indexed by ``measure``: ``claim`` (42 to 47), ``row`` (of the essays' table), ``general``
        and ``specialized`` (the numbers), ``difference`` (specialized less general), ``low`` and ``high`` (95 %
        interval), ``p`` (two-sided), ``higher`` (side, or "open" where the interval holds 0), ``expected`` (side that
        the essays expect to be higher), ``agrees`` (missing where open), ``unit``, ``error`` ("bootstrap", "jackknife"
        or "bundles") and ``needs`` (what the records lack; then there are no numbers).
    settings
        Draws and seed.
    """

    table: pd.DataFrame
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        return self.table.copy(deep=False)

    def summary(self) -> str:
        """Return how many measures agree with the essays, contradict them, and are open."""
        said = self.table["agrees"]
        untested = int((self.table["needs"] != "").sum())
        return (
            f"generalist against specialized community: {plural(said.sum(), 'measure')} as the essays expect, "
            f"{int((~said).sum())} against, {int(said.isna().sum()) - untested} open, {untested} not tested"
        )

    def _repr_html_(self) -> str:
        shown = self.table[["row", "general", "specialized", "difference", "low", "high", "p", "higher", "expected"]]
        made = shown.to_html(border=0, na_rep="", float_format=number_text)
        return f"<p><strong>{html.escape(self.summary())}</strong></p>{made}"


@dataclass(frozen=True, slots=True)
class _Measure:
    claim: int
    name: str
    unit: str
    expected: Side
    make: Callable[[Evidence], Value]
    error: Literal["bootstrap", "jackknife"] = "bootstrap"


def table2(
    general: Source,
    specialized: Source,
    *,
    bundles: Mapping[object, Iterable[object]] | None = None,
    max_firms: int = 4,
    draws: int = 999,
    seed: int | None = None,
) -> Table2:
    """Compare a generalist with a specialized community, row by row of the essays' table.

    Focus: typical niche width, diversity of sectors. Collaboration: formal contracts, ends of relations per year, pairs
    tied in several ways, k-core numbers. Competitive advantage: demanded bundles that a connected team can deliver,
    capabilities that a firm reaches with its partners, and how much more revenue goes with these than with age.
    Innovation: launches, unusual combinations of capabilities. Market reach: distance of referrals, referrals that
    leave the region. Resilience: firms behind a capability, capabilities kept as firms leave at random or best tied
    first, robustness of ties. The essays expect resilience of the specialized community; since a narrow firm backs
    few capabilities, the opposite can come out.

    Parameters
    ----------
    general, specialized
        The two communities, each as `evidence` makes it or takes it. Swap them, and differences change sign.
    bundles
        Name of each demanded bundle to the capabilities that it asks for. Without them that measure is not tested.
    max_firms
        Largest team that may deliver a bundle.
    draws
        Bootstrap draws of firms.
    seed
        A fresh one is drawn and stored when omitted.

    Returns
    -------
    Table2
        One row per measure, those without the columns that they need included.

    Raises
    ------
    OptionError
        If `draws` is below 39, or a bundle is empty or has more than ten capabilities.

    Notes
    -----
    Firms are the sample: they are drawn with replacement within each community (a pair counts by the product of its
    firms' counts), and the standard errors of the two add up in squares. Numbers that hang on who holds what alone are
    jackknifed instead, because doubled firms would back their capabilities twice. Bundles are the sample where they
    are counted. The communities themselves are one each: a difference between them need not be due to specialization.

    References
    ----------
    levins1968, uzzi2013, burgos2007, schneider2011, efron1993
    """
    if isinstance(draws, bool) or not isinstance(draws, (int, np.integer)) or draws < LEAST_DRAWS:
        raise OptionError(f"draws is {draws!r}; give a whole number of at least {LEAST_DRAWS}.")
    seed = resolve_seed(seed)
    sides = {"general": as_evidence(general), "specialized": as_evidence(specialized)}
    rows = []
    for place, measure in enumerate(_MEASURES):
        if measure.name == "capabilities within reach of partners":
            rows.append(_bundle_row(sides, bundles, max_firms))
        rows.append(_row(sides, measure, int(draws), np.random.default_rng([seed, place])))
    table = pd.DataFrame(rows).set_index("measure")
    return Table2(
        table=table.astype({"agrees": "boolean"}),
        settings=Settings({"draws": int(draws), "max_firms": max_firms}, seed),
    )


def _row(sides: Mapping[str, Evidence], measure: _Measure, draws: int, rng: np.random.Generator) -> dict[str, object]:
    found: dict[str, tuple[float, float, int]] = {}
    lacks: list[str] = []
    for name, seen in sides.items():
        try:
            found[name] = _with_error(measure.make(seen), seen.network.n_firms, measure.error, draws, rng)
        except UntestableError as why:
            lacks.append(f"{name}: {why}")
    told = {"claim": measure.claim, "name": measure.name, "unit": measure.unit, "expected": measure.expected}
    return _entry(told, found, measure.error, "; ".join(lacks))


def _with_error(value: Value, n: int, error: str, draws: int, rng: np.random.Generator) -> tuple[float, float, int]:
    """Return the number, its standard error and the number of firms."""
    estimate = value(np.ones(n))
    if not np.isfinite(estimate):
        raise UntestableError("undefined in these records")
    if error == "jackknife":
        left = np.empty(n)
        for firm in range(n):
            weight = np.ones(n)
            weight[firm] = 0
            left[firm] = value(weight)
        left = left[np.isfinite(left)]
        return estimate, float(np.sqrt((len(left) - 1) / len(left) * ((left - left.mean()) ** 2).sum())), n
    made = np.array([value(rng.multinomial(n, np.full(n, 1 / n)).astype(float)) for _ in range(draws)])
    made = made[np.isfinite(made)]
    if len(made) < LEAST_DRAWS:
        raise UntestableError("undefined in nearly all bootstrap draws")
    return estimate, float(made.std(ddof=1)), n


def _entry(
    told: Mapping[str, object], found: Mapping[str, tuple[float, float, int]], error: str, needs: str
) -> dict[str, object]:
    from scipy import stats

    row: dict[str, object] = {"measure": told["name"], "claim": told["claim"], "row": ROWS[int(str(told["claim"]))]}
    nan = float("nan")
    numbers = {name: found[name][0] if name in found else nan for name in ("general", "specialized")}
    difference = low = high = p = nan
    higher, agrees = "", None
    if len(found) == 2:
        difference = numbers["specialized"] - numbers["general"]
        se = float(np.hypot(found["general"][1], found["specialized"][1]))
        law = stats.t(max(1, min(found["general"][2], found["specialized"][2]) - 1))
        low, high = difference - law.ppf(0.975) * se, difference + law.ppf(0.975) * se
        p = max(float(2 * law.sf(abs(difference) / se)), LEAST_P) if se > 0 else (1.0 if difference == 0 else nan)
        higher = "specialized" if low > 0 else "general" if high < 0 else "open"
        agrees = None if higher == "open" else higher == told["expected"]
    return row | numbers | {
        "difference": difference, "low": low, "high": high, "p": p, "higher": higher, "expected": told["expected"],
        "agrees": agrees, "unit": told["unit"], "error": error, "needs": needs,
    }  # fmt: skip


def _bundle_row(
    sides: Mapping[str, Evidence], bundles: Mapping[object, Iterable[object]] | None, max_firms: int
) -> dict[str, object]:
    """Return the share of bundles that a connected team can deliver; bundles are the sample."""
    told = {"claim": 44, "name": "demanded bundles that a team delivers", "unit": "share of bundles",
            "expected": "specialized"}  # fmt: skip
    if not bundles:
        return _entry(told, {}, "bundles", "the capabilities that customers ask for together: give bundles")
    covered, lacks = {}, []
    for name, seen in sides.items():
        try:
            net, table = working(seen), tag_table(seen)
            inside = table.index.intersection(net.firms.index)
            made = specialization.bundle_coverage(
                net, table.loc[inside], {key: list(tags) for key, tags in bundles.items()}, max_firms=max_firms
            )
            covered[name] = made.bundles["covered"].to_numpy(dtype=float)
        except UntestableError as why:
            lacks.append(f"{name}: {why}")
    n = len(bundles)
    found = {name: (float(values.mean()), 0.0, n) for name, values in covered.items()}
    if len(covered) == 2 and n > 1:
        # The same bundles are asked of both: their differences are the sample.
        apart = covered["specialized"] - covered["general"]
        found["specialized"] = (found["specialized"][0], float(apart.std(ddof=1) / np.sqrt(n)), n)
    return _entry(told, found, "bundles", "; ".join(lacks))


# ── measures: each takes an evidence and returns a function of firm weights ─────────────────────────────────────────


def _place(seen: Evidence, firms: pd.Index | pd.Series) -> Ints:
    places: Ints = np.asarray(seen.network.firms.index.get_indexer(firms), dtype=np.int64)
    return places


def _mean(values: Floats, one: Ints, other: Ints | None = None) -> Value:
    """Return the mean of values of firms, or of pairs, by weight."""
    good = np.isfinite(values) & (one >= 0) & (True if other is None else other >= 0)
    if good.sum() < 5:
        raise UntestableError(f"only {good.sum():,} known; at least 5 are needed")
    values, one = values[good], one[good]
    second = None if other is None else other[good]

    def value(weight: Floats) -> float:
        counted = weight[one] if second is None else weight[one] * weight[second]
        total = counted.sum()
        return float(counted @ values / total) if total > 0 else float("nan")

    return value


def _need(seen: Evidence, *columns: str) -> None:
    lacking = seen.lacks(columns)
    if lacking:
        raise UntestableError(lacking_text(lacking), lacking)


def _typical_width(seen: Evidence) -> Value:
    _need(seen, "capabilities.firm_id", "capabilities.tag")
    breadth = width(seen)
    mean = _mean(np.log(breadth.to_numpy(dtype=float)), _place(seen, breadth.index))
    return lambda weight: float(np.exp(mean(weight)))


def _sector_entropy(seen: Evidence) -> Value:
    _need(seen, "firms.sector")
    code, names = pd.factorize(seen.network.firms["sector"])
    known = code >= 0

    def value(weight: Floats) -> float:
        share = np.bincount(code[known], weight[known], len(names))
        share = share[share > 0] / share.sum()
        return float(-(share * np.log(share)).sum())

    return value


def _formal(seen: Evidence) -> Value:
    _need(seen, "partnerships.a", "partnerships.formal")
    table = contracts(seen)
    flags = table["formal"].astype("float64").to_numpy(dtype=float)
    return _mean(flags, _place(seen, table["a"]), _place(seen, table["b"]))


def _ending(seen: Evidence) -> Value:
    _need(seen, "partnerships.a", "partnerships.start", "partnerships.end")
    table = spells(seen)
    table = table[(table["parties"] == 2) & table["time"].notna()]
    one, other = _place(seen, table["a"]), _place(seen, table["b"])
    good = (one >= 0) & (other >= 0)
    if good.sum() < 5:
        raise UntestableError(
            f"only {plural(good.sum(), 'dated relation')}; at least 5 are needed", ("partnerships.start",)
        )
    one, other = one[good], other[good]
    time, ended = table["time"].to_numpy(dtype=float)[good], table["ended"].to_numpy(dtype=float)[good]

    def value(weight: Floats) -> float:
        counted = weight[one] * weight[other]
        total = counted @ time
        return float(counted @ ended / total) if total > 0 else float("nan")

    return value


def _several_ways(seen: Evidence) -> Value:
    _need(seen, "partnerships.a")
    table = contracts(seen)
    one, other = _place(seen, table["a"]), _place(seen, table["b"])
    pairs = pd.DataFrame({"one": np.minimum(one, other), "other": np.maximum(one, other), "kind": table["kind"]})
    by = pairs[pairs["one"] >= 0].groupby(["one", "other"])["kind"].nunique()
    if len(by) < 5 or pairs["kind"].nunique() < 2:
        raise UntestableError("ties of one kind only, or hardly any", ("partnerships.kind",))
    ends = [by.index.get_level_values(level).to_numpy(dtype=np.int64) for level in (0, 1)]
    return _mean((by.to_numpy() > 1).astype(float), *ends)


def _cores(seen: Evidence) -> Value:
    from clusternet.cohesion import k_coreness

    _need(seen, "partnerships.a")
    core = k_coreness(working(seen))
    return _mean(core.to_numpy(dtype=float), _place(seen, core.index))


def _within_reach(seen: Evidence) -> pd.DataFrame:
    net, table = working(seen), tag_table(seen)
    inside = table.index.intersection(net.firms.index)
    return specialization.capability_coverage(net, table.loc[inside])


def _reach_of_partners(seen: Evidence) -> Value:
    _need(seen, "capabilities.tag", "partnerships.a")
    covered = _within_reach(seen)
    return _mean(covered["with_partners"].to_numpy(dtype=float), _place(seen, covered.index))


def _premium(seen: Evidence) -> Value:
    _need(seen, "capabilities.tag", "partnerships.a", "outcomes.revenue|firms.revenue", "firms.founded")
    firms = seen.table("firms").set_index("firm_id")
    if seen.has("outcomes.revenue"):
        revenue = outcome_panel(seen).groupby("firm_id")["log"].mean()
    else:
        revenue = np.log(firms["revenue"].where(firms["revenue"] > 0))
    age = np.log1p((firms["founded"].max() - firms["founded"]) / pd.Timedelta(days=365.25))
    table = pd.DataFrame({"revenue": revenue, "covered": _within_reach(seen)["with_partners"], "age": age}).dropna()
    if len(table) < 12:
        raise UntestableError(
            f"{plural(len(table), 'firm tells', 'firms tell')} revenue, age and capabilities; at least 12 are needed"
        )
    place = _place(seen, table.index)
    values = table.to_numpy(dtype=float)

    def value(weight: Floats) -> float:
        counted = weight[place]
        if (counted > 0).sum() < 6:
            return float("nan")
        mean = counted @ values / counted.sum()
        spread = np.sqrt(counted @ (values - mean) ** 2 / counted.sum())
        if not (spread > 1e-12).all():
            return float("nan")
        scaled = (values - mean) / spread * np.sqrt(counted)[:, None]
        beta = np.linalg.lstsq(scaled[:, 1:], scaled[:, 0], rcond=None)[0]
        return float(beta[0] - beta[1])

    return value


def _launches(seen: Evidence) -> Value:
    _need(seen, "outcomes.firm_id", "outcomes.launches")
    table = counts(seen, "launches")
    return _mean((table["total"] / table["periods"]).to_numpy(dtype=float), _place(seen, table.index))


def _unusual(seen: Evidence) -> Value:
    _need(seen, "capabilities.tag")
    table = tag_table(seen)
    held = table.to_numpy() > 0
    together = held.T.astype(float) @ held
    firms = np.diag(together)
    # How far others hold both of two capabilities less often than independent dealing would give them (uzzi2013):
    # the firm itself is left out, or every pair that it holds would look usual.
    expected = np.outer(firms - 1, firms - 1) / max(len(held) - 1, 1)
    rare = np.divide(expected - (together - 1), np.sqrt(expected), out=np.zeros_like(expected), where=expected > 0)
    known = (expected > 0).astype(float)
    np.fill_diagonal(rare, val=0)
    np.fill_diagonal(known, val=0)
    own = held.astype(float)
    total, pairs = (np.einsum("it,ts,is->i", own, values, own) for values in (rare, known))
    return _mean(np.divide(total, pairs, out=np.full(len(pairs), np.nan), where=pairs > 0), _place(seen, table.index))


def _distance(seen: Evidence) -> Value:
    _need(seen, "referrals.from", "firms.lat", "firms.lon")
    one, other, values = referral_values(seen, "distance")
    mean = _mean(values, one, other)
    return lambda weight: float(np.expm1(mean(weight)))


def _outside(seen: Evidence) -> Value:
    _need(seen, "referrals.from", "firms.region")
    one, other, values = referral_values(seen, "region")
    return _mean(values, one, other)


def _held(seen: Evidence) -> tuple[NDArray[np.bool_], Ints]:
    _need(seen, "capabilities.firm_id", "capabilities.tag")
    table = tag_table(seen)
    return table.to_numpy() > 0, _place(seen, table.index)


def _backing(seen: Evidence) -> Value:
    held, place = _held(seen)
    return lambda weight: float((weight[place] @ held).mean())


def _kept_at_random(seen: Evidence) -> Value:
    held, place = _held(seen)

    def value(weight: Floats) -> float:
        holders = weight[place] @ held
        return float(np.mean(holders / (holders + 1)))

    return value


def _kept_under_attack(seen: Evidence) -> Value:
    held, place = _held(seen)
    _need(seen, "partnerships.a")
    net = working(seen)
    graph = net.simple("undirected")
    at = _place(seen, net.firms.index)
    source, target = at[graph.source], at[graph.target]
    n = seen.network.n_firms

    def value(weight: Floats) -> float:
        there = weight > 0
        kept = there[source] & there[target]
        degree = np.bincount(np.append(source[kept], target[kept]), minlength=n)[place]
        here = there[place]
        order = np.argsort(-degree[here], kind="stable")
        rows = held[here][order]
        # The last holder in the order decides how long a capability stays.
        last = np.where(rows.any(axis=0), len(rows) - rows[::-1].argmax(axis=0), 0)
        return float(last.mean() / (len(rows) + 1))

    return value


def _ties_hold(seen: Evidence) -> Value:
    _need(seen, "partnerships.a")
    net = working(seen)
    graph = net.simple("undirected")
    at = _place(seen, net.firms.index)

    def value(weight: Floats) -> float:
        there = weight[at] > 0
        place = np.cumsum(there) - 1
        kept = there[graph.source] & there[graph.target]
        return robustness(int(there.sum()), place[graph.source[kept]], place[graph.target[kept]])

    return value


_MEASURES = (
    _Measure(42, "niche width of a typical firm", "capabilities", "general", _typical_width),
    _Measure(42, "diversity of sectors", "Shannon entropy", "general", _sector_entropy),
    _Measure(43, "formal contracts", "share of contracts", "specialized", _formal),
    _Measure(43, "ends of relations", "per relation and year", "general", _ending),
    _Measure(43, "pairs tied in several ways", "share of pairs", "specialized", _several_ways),
    _Measure(43, "k-core of a firm", "core number", "specialized", _cores),
    _Measure(44, "capabilities within reach of partners", "share of capabilities", "specialized", _reach_of_partners),
    _Measure(44, "revenue with reach of capabilities rather than age", "difference of standardized slopes",
             "specialized", _premium),
    _Measure(45, "launches", "per firm and period", "specialized", _launches),
    _Measure(45, "unusual combinations of capabilities", "standard deviations below chance", "specialized", _unusual),
    _Measure(46, "distance of referrals", "kilometers", "specialized", _distance),
    _Measure(46, "referrals out of the region", "share of referrals", "specialized", _outside),
    _Measure(47, "firms behind a capability", "firms", "specialized", _backing, "jackknife"),
    _Measure(47, "capabilities kept as firms leave at random", "mean share", "specialized", _kept_at_random,
             "jackknife"),
    _Measure(47, "capabilities kept as the best tied leave", "mean share", "specialized", _kept_under_attack,
             "jackknife"),
    _Measure(47, "robustness of ties as the best tied leave", "R, 0 to 0.5", "specialized", _ties_hold, "jackknife"),
)  # fmt: skip
