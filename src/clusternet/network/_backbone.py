"""How likely a tie is by chance: null models of shared partners and of strengths, and correction for many tests."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, get_args

import numpy as np

from clusternet._compiled import call
from clusternet.errors import NetworkError, OptionError, choose, share_between, whole_number
from clusternet.network._fastball import Fastball, pair_hits
from clusternet.result import resolve_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clusternet._compiled import Array
    from clusternet.network._core import SimpleGraph

__all__ = [
    "EXACT_BELOW",
    "Correction",
    "Keep",
    "PairModel",
    "PairRules",
    "Tail",
    "adjusted",
    "bicm",
    "check_options",
    "disparity_p",
    "noise_corrected_p",
    "tested_pairs",
]

PairModel = Literal["hypergeometric", "fixedcol", "fixedfill", "sdsm", "fdsm"]
Correction = Literal["none", "bonferroni", "holm", "fdr"]
Keep = Literal["significant", "all"]
Tail = Literal["exact", "normal"]
Memberships: TypeAlias = "tuple[NDArray[np.int64], NDArray[np.int64]]"
Pairs: TypeAlias = "tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]"
EXACT_BELOW = 2e11
"""Steps of the exact Poisson-binomial tail that are still done, a few minutes; beyond, it is refused."""

MOST_STEPS = 200
"""Newton steps to the chances of SDSM; a dozen are usual, full rows take about thirty."""

TRADES_PER_ROW = 10
"""Trades between two draws, per row: twice the number of godard2022, because neal2023 finds five to be too few."""


# ── options, correction ──


def check_options(*, alpha: float, correction: str, keep: str) -> None:
    """Refuse what is outside the closed choices of every backbone."""
    share_between("alpha", alpha, one=True)
    choose("correction", correction, get_args(Correction))
    choose("keep", keep, get_args(Keep))


def adjusted(p: NDArray[np.float64], correction: Correction, tests: int) -> NDArray[np.float64]:
    """Return p corrected for `tests` tests, of which those that are not listed have p = 1.

    A tie passes at level alpha if its corrected p is at most alpha: bonferroni and holm (holm1979) bound the chance of
    any false tie, fdr (benjamini1995) the expected share of false ties among those kept. NaN stays NaN.
    """
    if correction == "none":
        return p.copy()
    made = np.full(len(p), np.nan)
    order = np.argsort(p, kind="stable")[: int(np.isfinite(p).sum())]  # NaN sorts last
    rank = np.arange(1, len(order) + 1)
    if correction == "bonferroni":
        steps = p[order] * tests
    elif correction == "holm":
        steps = np.maximum.accumulate(p[order] * (tests - rank + 1))
    else:
        steps = np.minimum.accumulate((p[order] * tests / rank)[::-1])[::-1]
    made[order] = np.minimum(steps, 1.0)
    return made


# ── projections: how many partners would two members share by chance? ──


class PairRules(NamedTuple):
    """The options of a tested projection, as `Network.project` explains them."""

    model: PairModel
    alpha: float
    correction: Correction
    keep: Keep
    tail: Tail
    draws: int
    seed: int | None

    def check(self) -> None:
        """Refuse what is outside the closed choices."""
        check_options(alpha=self.alpha, correction=self.correction, keep=self.keep)
        choose("backbone", self.model, get_args(PairModel))
        choose("tail", self.tail, get_args(Tail))
        if self.tail == "normal" and self.model not in {"sdsm", "fixedcol"}:
            raise OptionError(f"tail='normal' is for 'sdsm' and 'fixedcol'; leave it out for {self.model!r}.")
        whole_number("draws", self.draws)

    def check_draws(self, pairs: int, tests: int) -> None:
        """Refuse draws so few that no tie could pass even if no draw ever reached it."""
        worth = {"none": 1.0, "fdr": tests / max(pairs, 1)}.get(self.correction, float(tests))
        if self.keep == "significant" and worth / (self.draws + 1) > self.alpha:
            raise OptionError(
                f"with {self.draws:,} draws no p is below {1 / (self.draws + 1):.2g}, so that no tie can pass at "
                f"{self.alpha:g} with correction {self.correction!r} for {tests:,} tests; ask for draws="
                f"{math.ceil(worth / self.alpha - 1):_}, or take 'sdsm', which needs none."
            )


class Tested(NamedTuple):
    """Of every pair: whether it is kept, its p, its corrected p; and what the settings should tell."""

    kept: NDArray[np.bool_]
    p: NDArray[np.float64]
    p_adjusted: NDArray[np.float64]
    settings: dict[str, Any]


def tested_pairs(membership: Memberships, pairs: Pairs, size: tuple[int, int], rules: PairRules) -> Tested:
    """Test pairs (one, other, shared) of members, given distinct memberships and the numbers of members and partners.

    Members and partners without a membership play no part. A pair that is not listed shares nothing and has p = 1.
    """
    members = int((np.bincount(membership[0]) > 0).sum())
    tests = members * (members - 1) // 2
    settings: dict[str, Any] = {
        "model": rules.model,
        "alpha": float(rules.alpha),
        "correction": rules.correction,
        "keep": rules.keep,
        "tests": tests,
    }
    if rules.model in {"sdsm", "fixedcol"}:
        settings["tail"] = rules.tail
    if rules.model == "fdsm":
        rules.check_draws(len(pairs[0]), tests)
        seed = resolve_seed(rules.seed)
        settings |= {"draws": int(rules.draws), "seed": seed, "trades_per_row": TRADES_PER_ROW}
        p = _fdsm(membership, pairs, size[0], int(rules.draws), np.random.default_rng(seed))
    else:
        p = _pair_p(membership, pairs, size, rules) if len(pairs[0]) else np.empty(0)
    corrected = adjusted(p, rules.correction, tests)
    kept = corrected <= rules.alpha if rules.keep == "significant" else np.ones(len(p), dtype=bool)
    return Tested(kept, p, corrected, settings)


def _pair_p(membership: Memberships, pairs: Pairs, size: tuple[int, int], rules: PairRules) -> NDArray[np.float64]:
    """Return P(X >= shared) of every pair under a model that needs no draws."""
    held, filled = (np.bincount(ends, minlength=n) for ends, n in zip(membership, size, strict=True))
    rows, n_rows = np.unique(held[held > 0], return_counts=True)
    columns, times = np.unique(filled[filled > 0], return_counts=True)
    n_members, n_partners = int(n_rows.sum()), int(times.sum())
    most = int(pairs[2].max())
    if rules.model == "fixedfill":
        return _fixedfill(most, len(membership[0]), n_members, n_partners)[pairs[2]]
    if rules.model == "fixedcol":
        both = columns * (columns - 1.0) / (n_members * (n_members - 1.0))
        counts = np.arange(1, most + 1)
        one = np.zeros(most, dtype=np.int64)
        by_count = _poisson_binomial(np.vstack([both, np.ones(len(both))]), times, one, one + 1, counts, rules.tail)
        return by_count[pairs[2] - 1]
    few = _few(held, pairs)
    if rules.model == "hypergeometric":
        return _hypergeometric(few, n_partners)[few.place]
    chance = bicm(rows, n_rows, columns, times)
    low, high = np.searchsorted(rows, few.low), np.searchsorted(rows, few.high)
    return _poisson_binomial(chance, times, low, high, few.shared, rules.tail)[few.place]


class _Few(NamedTuple):
    """What p depends on: two numbers of memberships and the number shared; and which of them every pair has."""

    low: NDArray[np.int64]
    high: NDArray[np.int64]
    shared: NDArray[np.int64]
    place: NDArray[np.int64]


def _few(held: NDArray[np.int64], pairs: Pairs) -> _Few:
    """Return the distinct combinations, sorted; there are far fewer of them than pairs."""
    one, other, shared = pairs
    low, high = np.minimum(held[one], held[other]), np.maximum(held[one], held[other])
    degrees = np.unique(held)
    width = np.int64(shared.max(initial=0) + 1)
    key = (np.searchsorted(degrees, low) * len(degrees) + np.searchsorted(degrees, high)) * width + shared
    kept, place = np.unique(key, return_inverse=True)
    ends, count = np.divmod(kept, width)
    first, second = np.divmod(ends, np.int64(max(len(degrees), 1)))
    return _Few(degrees[first], degrees[second], count, place)


def _log_choose(n: NDArray[np.float64] | float, k: NDArray[np.float64] | float) -> NDArray[np.float64]:
    from scipy.special import gammaln

    made: NDArray[np.float64] = gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)
    return made


def _hypergeometric(few: _Few, n_partners: int) -> NDArray[np.float64]:
    """Return P(X >= shared), X hypergeometric: `high` of the partners are marked, `low` are drawn.

    All terms of the sum are positive, so that the smallest p has as many right digits as the largest.
    """
    low, high, shared = (array.astype(float) for array in (few.low, few.high, few.shared))
    term = np.exp(
        _log_choose(high, shared) + _log_choose(n_partners - high, low - shared) - _log_choose(float(n_partners), low)
    )
    total = term.copy()
    going = np.arange(len(term))
    while len(going):
        a, b, x = low[going], high[going], shared[going]
        term[going] *= (a - x) * (b - x) / ((x + 1) * (n_partners - a - b + x + 1))
        total[going] += term[going]
        shared[going] += 1
        # Past the mode the terms fall ever faster.
        rising = (a - x) * (b - x) > (x + 1) * (n_partners - a - b + x + 1)
        going = going[(term[going] > 1e-17 * total[going]) | (rising & (x < a))]
    return np.minimum(total, 1.0)


def _fixedfill(most: int, fill: int, n_members: int, n_partners: int) -> NDArray[np.float64]:
    """Return P(X >= x) for x = 0..most when `fill` memberships fall on any cells (neal2021).

    Of the 2 n cells of a pair, n partners each with two, t are filled: hypergeometric. Of those, x partners have both.
    """
    from scipy.special import gammaln

    n = float(n_partners)
    cells = n * n_members
    t = np.arange(max(0.0, fill - cells + 2 * n), min(2 * n, fill) + 1)
    ratio = (2 * n - t[:-1]) * (fill - t[:-1]) / ((t[:-1] + 1) * (cells - 2 * n - fill + t[:-1] + 1))
    log = np.concatenate([[0.0], np.cumsum(np.log(ratio))])  # log-gamma of so many cells would lose digits
    weight = np.exp(log - log.max())
    t, weight = t[weight > 0], weight[weight > 0] / weight.sum()
    base = np.log(weight) - _log_choose(2 * n, t) + gammaln(n + 1.0) + t * math.log(2)
    terms = np.zeros(n_partners + 1)
    for x in range(n_partners + 1):
        inside = (t >= 2 * x) & (t <= n + x)
        some = t[inside]
        log = base[inside] - gammaln(x + 1.0) - gammaln(some - 2 * x + 1) - gammaln(n - some + x + 1)
        terms[x] = np.exp(log - 2 * x * math.log(2)).sum()
        if x > most and terms[x] <= 1e-18 * terms[most] and terms[x] <= terms[x - 1]:
            break
    return np.minimum(np.cumsum(terms[::-1])[::-1][: most + 1], 1.0)


# ── SDSM: memberships as independent coins whose chances keep the margins on average ──


def bicm(
    rows: NDArray[np.int64], n_rows: NDArray[np.int64], columns: NDArray[np.int64], n_columns: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the chances of the two-mode configuration model (saracco2015), one row and column per distinct margin.

    The chance of a cell is 1 / (1 + exp(-a - b)), with an a per row total and a b per column total such that every row
    and column has its total on average: the most random memberships with these margins.

    Parameters
    ----------
    rows, columns
        Distinct totals, all above 0.
    n_rows, n_columns
        How many rows and columns have each.

    Raises
    ------
    NetworkError
        If no solution is found.
    """
    wanted = np.concatenate([rows, columns]).astype(float)
    times = np.concatenate([n_rows, n_columns]).astype(float)
    cut = len(rows)
    cells = np.outer(times[:cut], times[cut:])
    total = float(wanted[:cut] @ times[:cut])
    theta = np.log(wanted / math.sqrt(total))

    def likelihood(theta: NDArray[np.float64]) -> float:
        return float(theta @ (wanted * times) - (cells * np.logaddexp(0, theta[:cut, None] + theta[cut:])).sum())

    best = likelihood(theta)
    for _ in range(MOST_STEPS):
        p: NDArray[np.float64] = 1 / (1 + np.exp(-(theta[:cut, None] + theta[cut:])))
        gap = wanted * times - np.concatenate([(cells * p).sum(axis=1), (cells * p).sum(axis=0)])
        if np.abs(gap / (wanted * times)).max() < 1e-11:
            return p
        spread = cells * p * (1 - p)
        scale = 1 / np.sqrt(np.maximum(np.concatenate([spread.sum(axis=1), spread.sum(axis=0)]), 1e-300))
        # Newton steps with a unit diagonal. A full row sends its a to infinity, about one unit a step.
        curve = np.eye(len(theta)) * (1 + 1e-9)
        curve[:cut, cut:] = spread * np.outer(scale[:cut], scale[cut:])
        curve[cut:, :cut] = curve[:cut, cut:].T
        step = scale * np.linalg.solve(curve, scale * gap)
        step *= min(1.0, 3.0 / max(np.abs(step).max(), 1e-300))
        while (now := likelihood(theta + step)) < best - 1e-12 * abs(best):
            step /= 2
        theta, best = theta + step, now
    raise NetworkError(
        f"the chances of {len(wanted):,} distinct totals were not found in {MOST_STEPS} steps; use backbone='fdsm'."
    )


def _poisson_binomial(  # noqa: PLR0917
    chance: NDArray[np.float64],
    times: NDArray[np.int64],
    one: NDArray[np.int64],
    other: NDArray[np.int64],
    shared: NDArray[np.int64],
    tail: Tail,
) -> NDArray[np.float64]:
    """Return P(X >= shared), X the partners that rows `one` and `other` of the chances share; sorted by both rows.

    `times` partners have the chances of each column. "exact" adds up the distribution, "normal" is the refined normal
    approximation with skewness (hong2013).
    """
    if tail == "normal":
        return _refined_normal(chance, times, one, other, shared)
    # Pairs of the same two rows have one distribution.
    begin = np.flatnonzero((np.diff(one, prepend=-1) != 0) | (np.diff(other, prepend=-1) != 0))
    ends = np.append(begin, len(one)).astype(np.int64)
    most = np.maximum.reduceat(shared, begin).astype(float) if len(begin) else np.zeros(0)
    steps = float(((most + 1) * (most + 20)).sum()) * len(times)
    if steps > EXACT_BELOW:
        raise NetworkError(
            f"the exact tail of {len(begin):,} pairs of totals takes {steps:.0e} steps; use "
            "backbone='fdsm', or, where the pairs share many partners, tail='normal'."
        )
    made = np.zeros(len(shared))
    top = int(shared.max(initial=0))
    room = [np.zeros(top + 2) for _ in range(3)]
    call(
        exact_tails,
        [chance.ravel(), times, one[begin], other[begin], ends, shared],
        [made, *room],
        work=int(steps),
    )
    return np.clip(made, 0.0, 1.0)


def exact_tails(  # noqa: PLR0917 (kernels take arrays by position)
    chance: Array,
    times: Array,
    one: Array,
    other: Array,
    ends: Array,
    shared: Array,
    made: Array,
    mass: Array,
    coin: Array,
    beyond: Array,
) -> None:
    """Fill `made` with P(X >= shared), X a sum of binomials, one per column of `chance`; only positive terms are added.

    `mass` is the distribution up to the largest count of the group, `coin` that of one binomial, ``beyond[x]`` its
    chance to reach x.
    """
    width = len(times)
    for group in range(len(one)):
        first, last = ends[group], ends[group + 1]
        top = 0
        for pair in range(first, last):
            top = max(top, shared[pair])
        for x in range(top):
            mass[x] = 0.0
        mass[0] = 1.0
        over = 0.0  # the chance of top or more
        for column in range(width):
            n = times[column]
            p = chance[one[group] * width + column] * chance[other[group] * width + column]
            if p <= 0.0:
                continue
            odds = p / (1.0 - p) if p < 1.0 else 0.0
            mode = min(n, int((n + 1) * p)) if p < 1.0 else n
            for x in range(top + 1):
                coin[x] = 0.0
            rest = 0.0
            here = 1.0
            if p < 1.0:
                log = mode * math.log(p) + (n - mode) * math.log1p(-p)
                here = math.exp(log + math.lgamma(n + 1) - math.lgamma(mode + 1) - math.lgamma(n - mode + 1))
            term = here
            x = mode
            while x <= n and (x <= top or term > 1e-18 * rest):
                if x < top:
                    coin[x] = term
                else:
                    rest += term
                term *= (n - x) / (x + 1) * odds
                x += 1
                if term <= 0.0:
                    break
            term = here
            for x in range(mode - 1, -1, -1):
                if p >= 1.0:
                    break
                term *= (x + 1) / (n - x) / odds
                if x < top:
                    coin[x] = term
                else:
                    rest += term
            beyond[top] = rest
            for x in range(top - 1, -1, -1):
                beyond[x] = beyond[x + 1] + coin[x]
            for x in range(top):
                over += mass[x] * beyond[top - x]
            for x in range(top - 1, -1, -1):
                total = 0.0
                for y in range(x + 1):
                    total += mass[x - y] * coin[y]
                mass[x] = total
        # From the largest count down, whatever order the pairs stand in.
        beyond[top] = over
        for x in range(top - 1, -1, -1):
            beyond[x] = beyond[x + 1] + mass[x]
        for pair in range(first, last):
            made[pair] = beyond[shared[pair]]


def _refined_normal(
    chance: NDArray[np.float64],
    times: NDArray[np.int64],
    one: NDArray[np.int64],
    other: NDArray[np.int64],
    shared: NDArray[np.int64],
) -> NDArray[np.float64]:
    from scipy.special import ndtr

    mean, square, cube = ((chance**power * times) @ (chance**power).T for power in (1, 2, 3))
    mean, square, cube = mean[one, other], square[one, other], cube[one, other]
    spread = np.sqrt(np.maximum(mean - square, 0.0))
    # Of a coin p the third central moment is p (1 - p) (1 - 2 p).
    with np.errstate(divide="ignore", invalid="ignore"):
        skew = (mean - 3 * square + 2 * cube) / spread**3
        z = (shared - 0.5 - mean) / spread
        upper = ndtr(-z) - skew * (1 - z**2) * np.exp(-(z**2) / 2) / (6 * math.sqrt(2 * math.pi))
    certain = spread <= 1e-12 * np.maximum(mean, 1.0)
    made: NDArray[np.float64] = np.where(certain, (mean > shared - 0.5).astype(float), np.clip(upper, 0.0, 1.0))
    return made


# ── FDSM: memberships drawn anew with both margins kept ──


def _fdsm(
    membership: Memberships, pairs: Pairs, n_members: int, draws: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return (r + 1) / (draws + 1), r the number of draws in which the pair shares at least as many partners."""
    one, other, shared = pairs
    chain = Fastball(membership[1], membership[0], n_members, rng)
    pair_ptr = np.searchsorted(one, np.arange(n_members + 1)).astype(np.int64)
    length = np.diff(chain.indptr)
    work = draws * (int((length**2).sum()) + 3 * len(chain.indices))
    hits = np.zeros(len(one), dtype=np.int64)
    room = [np.zeros(n_members + 1, dtype=np.int64), np.zeros(len(chain.indices), dtype=np.int64)]
    count = np.zeros(n_members, dtype=np.int64)
    for _ in range(draws):
        chain.trade(TRADES_PER_ROW * chain.n_rows)
        call(pair_hits, [chain.indptr, chain.indices, pair_ptr, other, shared], [*room, count, hits], work=work)
        work = 0
    return (hits + 1) / (draws + 1)


# ── one-mode ties: how much of a firm's strength would a tie take by chance? ──


def disparity_p(graph: SimpleGraph) -> NDArray[np.float64]:
    """Return per tie the smaller of the p of its two ends, (1 - w / s) to the power k - 1 (serrano2009).

    s and k are strength and number of ties of the end: of the ties sent at the source and of those received at the
    target of an arc. An end with a single tie gives 1.
    """
    w = graph.strength
    if graph.directed:
        ends = ((graph.source, graph.source), (graph.target, graph.target))
    else:
        both = np.concatenate([graph.source, graph.target])
        ends = ((graph.source, both), (graph.target, both))
    p = np.ones(len(w))
    for end, all_ends in ends:
        ties = np.bincount(all_ends, minlength=graph.n)
        strength = np.bincount(all_ends, weights=np.resize(w, len(all_ends)), minlength=graph.n)
        p = np.minimum(p, np.maximum(1 - w / strength[end], 0.0) ** (ties[end] - 1))
    return p


def noise_corrected_p(graph: SimpleGraph) -> NDArray[np.float64]:
    """Return per tie P(Z >= score / sd) of the lift against what both ends' totals lead to expect (coscia2017).

    Counts n out of N with totals a (sent by the source) and b (received by the target; both directions of an undirected
    tie count): lift (k n - 1) / (k n + 1) with k = N / (a b); its variance by the delta method from that of a binomial
    whose chance is Beta distributed with hypergeometric mean and variance, updated with n.
    """
    from scipy.special import ndtr

    n = graph.strength
    if graph.directed:
        sent = np.bincount(graph.source, weights=n, minlength=graph.n)
        received = np.bincount(graph.target, weights=n, minlength=graph.n)
    else:
        sent = received = np.bincount(graph.source, weights=n, minlength=graph.n) + np.bincount(
            graph.target, weights=n, minlength=graph.n
        )
    total = float(sent.sum())
    if len(n) and total <= 1:
        raise NetworkError(
            f"strengths add up to {total:.3g}, so they count nothing; 'noise_corrected' needs counts, use 'disparity'."
        )
    a, b = sent[graph.source], received[graph.target]
    kappa = total / (a * b)
    mean = a * b / total**2
    spread = a * b * (total - a) * (total - b) / (total**4 * (total - 1))
    # Beta with this mean and variance: alpha + beta = mean (1 - mean) / variance - 1, without bound as it vanishes.
    with np.errstate(divide="ignore", invalid="ignore"):
        prior = mean * (1 - mean) / spread - 1
        chance = np.where(spread > 0, (mean * prior + n) / (prior + total), mean)
    variance = total * chance * (1 - chance)
    slope = 2 * (kappa + n * (1 / (a * b) - total * (a + b) / (a * b) ** 2)) / (kappa * n + 1) ** 2
    score = (kappa * n - 1) / (kappa * n + 1)
    deviation = np.sqrt(variance) * np.abs(slope)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(np.abs(score) > 1e-12, score / deviation, 0.0)
    made: NDArray[np.float64] = ndtr(-z)
    return made
