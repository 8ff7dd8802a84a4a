"""Section A2: referrals, marketing, community growth."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from clusternet import cohesion, dynamics
from clusternet.errors import plural
from clusternet.theory._finding import LEAST_P, Found, Part, UntestableError, against_chance, claim, estimated
from clusternet.theory._relations import dealt_anew, null_test
from clusternet.theory._statistics import least_squares, outcome_panel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clusternet.network import Network
    from clusternet.theory._evidence import Evidence

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["health_leads_revenue", "referrals_feed_themselves", "segments_convert_better", "targeting_beats_outreach"]

DELAYS = (7.0, 15.0, 30.0, 60.0, 120.0)
LIMIT = 0.1
LEADING = ("connected_share", "giant_share", "mean_partners", "average_clustering", "persistence")


@claim(12)
def referrals_feed_themselves(evidence: Evidence) -> Found:
    """Test whether a referral received sets off further referrals.

    The branching ratio of a self-exciting process (hawkes1971): every firm refers at a pace of its own, which follows
    the pace of the whole cluster from year to year, and every customer it receives adds `a` referrals, spread over the
    following days with an exponential delay (a mean of 7 to 120 days). The interval and p are those of the profile
    likelihood: at every ratio, paces and delay are those that fit best there. Below 1 a chain dies out, and each
    referral is worth 1 / (1 - a) in all; the register calls referrals independent noise where the interval lies below
    0.1, which is what the claim is tested against. Common causes that make firms busy at one time within a year still
    look like feeding.
    """
    table = evidence.table("referrals").dropna(subset=["from", "to", "date"])
    table = table[table["from"] != table["to"]].sort_values("date", kind="stable")
    if len(table) < 30:
        raise UntestableError(f"only {plural(len(table), 'dated referral')}; at least 30 are needed")
    clock = ((table["date"] - table["date"].min()) / pd.Timedelta(days=1)).to_numpy(dtype=float)
    if clock[-1] < 4 * DELAYS[0]:
        raise UntestableError(f"referrals of {plural(clock[-1], 'day')} only")
    firms = pd.Index(pd.unique(table[["from", "to"]].to_numpy().ravel()))
    source, target = firms.get_indexer(table["from"]), firms.get_indexer(table["to"])
    fits = [_Cascade.of(clock, source, target, delay) for delay in DELAYS if delay < clock[-1] / 3]
    peaks = [fit.peak() for fit in fits]
    _, peak, best = max(zip((fit.profile(at) for fit, at in zip(fits, peaks, strict=True)), peaks, fits, strict=True),
                        key=lambda found: found[0])  # fmt: skip
    low, high, p = _interval(fits, peak)
    part = Part(
        name="referrals set off by each", estimate=peak, low=low, high=high, p=p, n=len(table), of="referrals",
        unit="branching ratio, 1 sustains itself", null=LIMIT, expected="more",
    )  # fmt: skip
    note = f"A referral received sets off {peak:.2f} further ones, on average after {best.delay:g} days."
    if high < LIMIT:
        note = f"Of a hundred referrals received, fewer than {math.floor(100 * high) + 1} set off another."
    return Found(parts=[part], note=note, parameters={"mean_delay_days": best.delay})


@dataclass(frozen=True, slots=True)
class _Cascade:
    """A self-exciting process of referrals with one delay; what every referral owes to pace and to excitement."""

    delay: float
    sender: Ints
    pace: Floats
    push: Floats
    exposure: Floats

    @classmethod
    def of(cls, clock: Floats, source: Ints, target: Ints, delay: float) -> _Cascade:
        """Prepare the sums for a mean delay in days."""
        end = clock[-1] + 1.0
        bins = max(1, round(end / 365.25))
        place = np.minimum((clock / end * bins).astype(np.int64), bins - 1)
        pace = (np.bincount(place, minlength=bins) / len(clock) * bins / end)[place]
        push = np.zeros(len(clock))
        order = np.argsort(target, kind="stable")
        starts = np.searchsorted(target[order], np.arange(int(max(source.max(), target.max())) + 2))
        for firm in np.unique(source):
            mine = np.flatnonzero(source == firm)
            received = clock[order[starts[firm] : starts[firm + 1]]]
            gap = clock[mine][:, None] - received[None, :]
            push[mine] = np.where(gap > 0, np.exp(-np.maximum(gap, 0) / delay), 0.0).sum(axis=1) / delay
        share = 1 - np.exp(-(end - clock) / delay)
        return cls(delay, source, pace, push, np.array([share.sum()]))

    def profile(self, ratio: float) -> float:
        """Return the log likelihood of a branching ratio, every firm's own pace chosen best."""
        size = int(self.sender.max()) + 1
        own = np.bincount(self.sender, minlength=size).astype(float)
        pushed = ratio * self.push
        for _ in range(60):
            # Newton's method for every firm at once; the slope falls, so that the next step mends one too far down.
            share = self.pace / (own[self.sender] * self.pace + pushed)
            excess = np.bincount(self.sender, weights=share, minlength=size) - 1
            slope = np.bincount(self.sender, weights=share**2, minlength=size)
            step = np.divide(excess, slope, out=np.zeros(size), where=slope > 0)
            new = np.maximum(own + step, 0.1 * own)
            done = np.abs(new - own).max() < 1e-6
            own = new
            if done:
                break
        rate = own[self.sender] * self.pace + pushed
        return float(np.log(np.maximum(rate, 1e-300)).sum() - own.sum() - ratio * self.exposure[0])

    def peak(self) -> float:
        """Return the branching ratio of highest likelihood."""
        from scipy.optimize import minimize_scalar

        found = minimize_scalar(lambda ratio: -self.profile(ratio), bounds=(0.0, 1.5), method="bounded",
                                options={"xatol": 1e-3})  # fmt: skip
        return float(found.x) if -found.fun > self.profile(0.0) else 0.0


def _interval(fits: list[_Cascade], peak: float) -> tuple[float, float, float]:
    """Return the 95 % interval of the profile likelihood over paces and delay, and p of a ratio of `LIMIT`."""
    from scipy.optimize import brentq
    from scipy.stats import chi2

    def profile(ratio: float) -> float:
        return max(fit.profile(ratio) for fit in fits)

    top, cut = profile(peak), float(chi2.ppf(0.95, 1)) / 2

    def gap(ratio: float) -> float:
        return profile(ratio) - top + cut

    low = 0.0 if peak == 0 or gap(0.0) >= 0 else float(brentq(gap, 0.0, peak, xtol=1e-3))
    far = max(2 * peak, 0.2)
    while gap(far) > 0:
        far *= 2
    high = float(brentq(gap, peak, far, xtol=1e-3))
    return low, high, max(float(chi2.sf(max(0.0, 2 * (top - profile(LIMIT))), 1)), LEAST_P)


@claim(14)
def targeting_beats_outreach(evidence: Evidence, *, draws: int, seed: int, contacts: float = 0.05) -> Found:
    """Test whether addressing the best-connected firms reaches more firms than addressing firms at random.

    A what-if on the ties as they are: with as many contacts as `contacts` of the firms (two at least), the share of
    firms that are a contact or a partner of one, contacts being the firms with most partners (ties broken at random);
    against contacts at random. Where all firms are alike in partners there is nothing to target, and the claim fails.
    A greedy choice reaches at least as much, and never less than 1 - 1/e of the most that is possible
    (nemhauser1978).

    Parameters
    ----------
    contacts
        Share of the firms to address, above 0 and below 1.
    """
    net = evidence.network
    graph = net.simple("undirected")
    n = graph.n
    if not len(graph.source) or n < 10:
        raise UntestableError(f"too few to choose among: {plural(n, 'firm')} with {plural(len(graph.source), 'tie')}")
    count = min(max(2, round(contacts * n)), n - 1)
    near = graph.csr().astype(bool)
    rng = np.random.default_rng(seed)
    degree = np.diff(graph.csr().indptr)
    best = np.lexsort((rng.random(n), -degree))[:count]

    def reached(chosen: Ints) -> float:
        inside = np.zeros(n, dtype=bool)
        inside[chosen] = True
        for firm in chosen:
            inside[near.indices[near.indptr[firm] : near.indptr[firm + 1]]] = True
        return float(inside.mean())

    drawn = np.array([reached(rng.choice(n, count, replace=False)) for _ in range(draws)])
    test = null_test("share of firms reached", reached(best), drawn, f"{count} firms at random", seed)
    part = against_chance("firms reached by targeting, above random outreach", test, n=n, of="firms", unit="share")
    note = f"{count} chosen contacts reach {test.observed:.0%} of the firms, as many at random {test.expected:.0%}"
    note += "; where few firms have most partners this is nearly bound to be so." if part.agrees else "."
    return Found(parts=[part], note=note, tests=(test,), parameters={"contacts": count})


@claim(15)
def health_leads_revenue(evidence: Evidence) -> Found:
    """Test whether indicators of the network move before revenue does.

    The cluster's mean growth of log revenue in a period on its own value and on the change of an indicator in the
    period before (least squares, HC3): Granger's question, one indicator at a time. Indicators: share of firms with a
    tie and in the largest group, partners per firm, closure, persistence of ties. One that leads is enough, so that
    each is tested at a level divided by their number. Twelve periods are the least.
    """
    panel = outcome_panel(evidence)
    before = panel.groupby("firm_id")[["log", "step"]].shift()
    rows = panel.assign(growth=(panel["log"] - before["log"]).where(panel["step"] - before["step"] == 1))
    grown = rows.groupby("start")["growth"].mean()
    starts = grown.index
    if len(starts) < 12:
        raise UntestableError(f"{plural(len(starts), 'period')} of outcomes; at least 12 are needed to tell what leads",
                              ("outcomes.period",))  # fmt: skip
    span = min(starts[1:] - starts[:-1])
    ties = evidence.network
    if ties.ties["start"].isna().all():
        raise UntestableError("no tie is dated", ("partnerships.start",))
    waves: dict[str, Network] = {
        str(start.date()): ties.window(start, start + span - pd.Timedelta(days=1), undated="drop") for start in starts
    }
    panel_of = dynamics.indicators(waves, measures=LEADING, draws=0, seed=1).wide
    usable = [name for name in LEADING if panel_of[name].notna().sum() >= 11 and panel_of[name].std() > 1e-12]
    parts = []
    growth = grown.to_numpy(dtype=float)
    for name in usable:
        change = np.append(np.nan, np.diff(panel_of[name].to_numpy(dtype=float)))
        y, own, lead = growth[1:], growth[:-1], change[:-1]
        known = np.isfinite(y) & np.isfinite(own) & np.isfinite(lead)
        y, own, lead = y[known], own[known], lead[known]
        if len(y) < 10 or lead.std() < 1e-12:
            continue
        lead = (lead - lead.mean()) / lead.std()
        try:
            fit = least_squares(y, np.column_stack([lead, own, np.ones(len(y))]))
        except UntestableError:
            continue
        label = f"revenue growth after a rise of {name.replace('_', ' ')}"
        parts.append(
            estimated(label, float(fit.estimate[0]), float(fit.se[0]), df=fit.df, n=fit.n, of="periods",
                      unit="log revenue per standard deviation", tests=len(usable))
        )  # fmt: skip
    if not parts:
        raise UntestableError("the network does not change between the periods", ("partnerships.start",))
    parts.sort(key=lambda part: part.p)
    leading = sum(part.agrees is True for part in parts)
    note = f"Indicators that rise before revenue does: {leading} of {len(parts)}."
    return Found(parts=parts, note=note, combine="any")


@claim(16)
def segments_convert_better(evidence: Evidence, *, draws: int, seed: int) -> Found:
    """Test whether referrals inside a segment lead to purchases more often than those across.

    Segments are the communities of highest modularity of all ties but referrals, or of the referrals where there are
    no others. The logarithm of the ratio of the two conversion rates (customers who bought over customers sent) is
    compared with segments dealt anew among the firms.
    """
    table = evidence.table("referrals").dropna(subset=["from", "to", "customers", "converted"])
    table = table[(table["customers"] > 0) & (table["from"] != table["to"])]
    if len(table) < 30:
        raise UntestableError(
            f"only {plural(len(table), 'referral tells', 'referrals tell')} customers and "
            "conversions; at least 30 are needed"
        )
    others = [name for name in evidence.network.layers if name != "referral"]
    net = evidence.network.layer(*others) if others else evidence.network
    groups = cohesion.communities(net.undirected(), seed=seed, runs=5).membership
    segment = groups.to_numpy(dtype=float)
    ids = evidence.network.firms.index
    source, target = ids.get_indexer(table["from"]), ids.get_indexer(table["to"])
    sent, bought = (table[name].to_numpy(dtype=float) for name in ("customers", "converted"))
    bought = np.minimum(bought, sent)
    tied = np.unique(np.append(source, target))

    def log_ratio(order: Ints) -> float:
        inside = segment[order[source]] == segment[order[target]]
        rates = [bought[side].sum() / sent[side].sum() if sent[side].sum() else np.nan for side in (inside, ~inside)]
        return float(np.log(rates[0] / rates[1])) if min(rates) > 0 else float("nan")

    test = dealt_anew(
        "log ratio of conversion", log_ratio, len(ids), "segments dealt anew", draws=draws, seed=seed, among=tied
    )
    part = against_chance("conversion within segments, against across", test, n=len(table), of="referrals",
                          unit="log ratio")  # fmt: skip
    note = f"Within segments customers buy {np.exp(test.observed):.2f} times as often as across."
    return Found(parts=[part], note=note, tests=(test,))
