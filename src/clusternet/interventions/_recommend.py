"""Which ties or firms to add: greedy choice under rules and a budget, against chance."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from clusternet.errors import OptionError, listing, nearest, share_between
from clusternet.interventions._change import changed, check_two_mode, listed_ids, tie_frame
from clusternet.interventions._objectives import Aim, Backup, aim_of, evaluator, held_by, network_value, supplies
from clusternet.measure import choose, whole_number
from clusternet.result import Result, Settings, resolve_seed, spawn_generators, warn_interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray
    from scipy import sparse

    from clusternet.interventions._change import Firms, Ties
    from clusternet.interventions._objectives import Objective
    from clusternet.network import Network

__all__ = ["Recommendation", "recommend_firms", "recommend_ties"]

Kind: TypeAlias = Literal["introduction", "backup_supplier"]
_MOST_CANDIDATES = 2_000_000
_SAME = 1e-12  # smaller differences, relative to a value above 1, are rounding
_ALIKE = 20
"""Candidates of which one is drawn in place of a recommended one, at most, where that is a quarter of them."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Recommendation(Result):
    """Ties or firms worth adding, in order, and what chance would have got.

    Attributes
    ----------
    chosen
        One row per recommendation, best first (index ``rank`` from 1): ``source`` and ``target`` of a tie or
        ``firm``; ``gain``, the improvement given those before it (positive even where less is better); ``value``,
        the objective with those up to it; ``cost``; ``reason``, one sentence.
    objective
        Name of the objective.
    before, after
        The objective without and with all recommendations.
    bound
        No choice of as many candidates can improve more than this: the least of gain / (1 - 1/e) (nemhauser1978) and
        gain plus the largest gains left. NaN unless the objective is submodular and there is no budget.
    baselines
        The improvement of every draw (index ``draw``): columns ``random`` (as many feasible candidates at random; up
        to k that the budget buys, where there is one) and ``matched`` (in place of each recommendation, as far as the
        budget goes, one of the candidates with the nearest degrees, itself among them: a quarter of the candidates,
        at least 5 and at most 20, and all others as near).
    level
        Share of the draws between low and high of `against_chance`.
    n_candidates
        Number of candidates that the rules left.
    network
        The network with all recommendations taken.
    settings
        Objective, rules, budget, draws and the seed.
    """

    chosen: pd.DataFrame
    objective: str
    before: float
    after: float
    bound: float
    baselines: pd.DataFrame
    level: float
    n_candidates: int
    network: Network
    settings: Settings

    @property
    def gain(self) -> float:
        """Improvement of the objective by all recommendations."""
        return float(self.chosen["gain"].sum())

    @property
    def against_chance(self) -> pd.DataFrame:
        """One row per baseline: ``mean``, ``low``, ``high`` of its improvements, and ``p``.

        p is the share of draws that improve at least as much as the recommendations, (r + 1)/(draws + 1); NaN without
        draws.
        """
        tail = (1 - self.level) / 2
        draws = self.baselines
        return pd.DataFrame(
            {
                "mean": draws.mean(),
                "low": draws.quantile(tail),
                "high": draws.quantile(1 - tail),
                "p": ((draws >= self.gain - _least(self.after)).sum() + 1)
                / (len(draws) + 1 if len(draws) else math.nan),
            }
        ).rename_axis(index="baseline")

    def to_frame(self) -> pd.DataFrame:
        """Return one row per recommendation, with its reason."""
        return self.chosen.copy()

    def summary(self) -> str:
        """Return the number of recommendations and what they gain in one line."""
        if self.chosen.empty:
            return f"none of {self.n_candidates:,} candidates improves {self.objective}"
        chance = f", by chance {self.baselines['random'].mean():.3g}" if len(self.baselines) else ""
        return (
            f"{len(self.chosen):,} of {self.n_candidates:,} candidates take {self.objective} from {self.before:.3f} to "
            f"{self.after:.3f}, gain {self.gain:.3g}{chance}"
        )


class _Choice(NamedTuple):
    picked: list[int]
    values: list[float]
    before: float
    bound: float
    stopped: bool


class _Evaluate(NamedTuple):
    """How a set of candidates is worth: all anew, one more, keep one."""

    value: Callable[[Iterable[int]], float]
    tried: Callable[[int], float]
    take: Callable[[int], None]
    sign: int
    lazy: bool


def _better(value: float, than: float, sign: int) -> float:
    gain = sign * (value - than)
    return -math.inf if math.isnan(gain) else gain


def _least(value: float) -> float:
    """Return the smallest improvement on a value that is none of rounding."""
    return _SAME * max(1.0, abs(value))


def _greedy(
    make: Callable[[], _Evaluate],
    cost: NDArray[np.float64],
    k: int,
    budget: float | None,
    progress: Callable[[int, int], None] | None,
) -> _Choice:
    """Return the greedy choice; under a budget the better one of gain per cost and gain alone (leskovec2007)."""
    at = make()
    choice = _chosen(at, cost, k, budget, progress, per_cost=budget is not None)
    if budget is None or choice.stopped or (cost == cost[0]).all():
        return choice
    other = _chosen(make(), cost, k, budget, progress, per_cost=False)
    ends = [[found.before, *found.values][-1] for found in (other, choice)]
    return other if at.sign * (ends[0] - ends[1]) > _least(ends[1]) else choice


def _chosen(
    at: _Evaluate,
    cost: NDArray[np.float64],
    k: int,
    budget: float | None,
    progress: Callable[[int, int], None] | None,
    *,
    per_cost: bool,
) -> _Choice:
    """Take the candidate with the largest gain (per cost) until k, the budget or the gains run out."""
    value = before = at.value([])
    if math.isnan(before):
        raise OptionError("the objective is undefined (NaN) for this network; there is nothing to improve on.")
    left = np.ones(len(cost), dtype=bool)
    known = np.full(len(cost), np.inf)
    divisor = cost if per_cost else np.ones(len(cost))
    purse = math.inf if budget is None else float(budget)
    picked: list[int] = []
    values: list[float] = []
    stopped = False
    try:
        while len(picked) < k:
            open_ = np.flatnonzero(left & (cost <= purse + 1e-9))
            if not len(open_):
                break
            if not at.lazy:
                for item in open_:
                    known[item] = _better(at.tried(int(item)), value, at.sign)
                best = _first_best(open_, known[open_] / divisor[open_])
            else:
                best = _lazily(at, open_, known, divisor, value)
            if known[best] <= _least(value):
                break
            after = at.value([*picked, best])
            at.take(best)
            picked.append(best)
            values.append(after)
            value = after
            left[best] = False
            purse -= cost[best]
            if progress is not None:
                progress(len(picked), k)
    except KeyboardInterrupt:
        if not values:
            raise
        stopped = True
        warn_interrupted(len(values), k, "choices")
        del picked[len(values) :]
    bound = math.nan
    if at.lazy and budget is None:
        gained = at.sign * (value - before)
        rest = [max(_better(at.tried(int(item)), value, at.sign), 0.0) for item in np.flatnonzero(left)]
        bound = min(gained / (1 - math.exp(-1)), gained + float(np.sort(rest)[::-1][:k].sum()))
    return _Choice(picked, values, before, bound, stopped)


def _first_best(items: NDArray[np.int64], scores: NDArray[np.float64]) -> int:
    """Return the first item whose score is the largest but for rounding."""
    return int(items[np.flatnonzero(scores >= scores.max() - _SAME)[0]])


def _lazily(
    at: _Evaluate, items: NDArray[np.int64], known: NDArray[np.float64], divisor: NDArray[np.float64], value: float
) -> int:
    """Return the best item, looking again only at those whose last gain could still win (minoux1978)."""
    fresh: list[int] = []
    best = -math.inf
    for item in items[np.argsort(-known[items] / divisor[items], kind="stable")]:
        if known[item] / divisor[item] < best - _SAME:
            break
        known[item] = _better(at.tried(int(item)), value, at.sign)
        best = max(best, known[item] / divisor[item])
        fresh.append(int(item))
    looked = np.sort(np.array(fresh, dtype=np.int64))
    return _first_best(looked, known[looked] / divisor[looked])


def _baselines(
    at: _Evaluate,
    choice: _Choice,
    cost: NDArray[np.float64],
    kind: NDArray[np.int64],
    *,
    k: int,
    draws: int,
    budget: float | None,
    seed: int,
) -> pd.DataFrame:
    """Return the improvement of random and of degree-matched candidates, by draw; `kind` holds the degrees."""
    rows = []
    most, purse = (len(choice.picked), math.inf) if budget is None else (k, float(budget))
    alike = alike_candidates(kind, choice.picked)
    for rng in spawn_generators(seed, draws):
        random = _bought([rng.permutation(len(cost))], cost, most, purse)
        matched = _bought([rng.permutation(pool) for pool in alike], cost, 1, purse)
        rows.append([at.sign * (at.value(items) - choice.before) for items in (random, matched)])
    return pd.DataFrame(rows, columns=["random", "matched"], index=pd.RangeIndex(draws, name="draw"), dtype="float64")


def alike_candidates(kind: NDArray[np.int64], items: list[int]) -> list[NDArray[np.int64]]:
    """Return, for each item, the candidates whose numbers (row) are nearest to its own, of equals all."""
    pools = []
    for item in items:
        far = np.abs(kind - kind[item]).sum(axis=1)
        most = min(max(min(_ALIKE, len(far) // 4), 5, len(items)), len(far))
        pools.append(np.flatnonzero(far <= np.partition(far, most - 1)[most - 1]))
    return pools


def _bought(shuffled: list[NDArray[np.int64]], cost: NDArray[np.float64], most: int, purse: float) -> list[int]:
    """Return from each list the first few that the purse pays for and that are not taken before."""
    taken: dict[int, None] = {}
    for pool in shuffled:
        end = len(taken) + most
        for item in pool.tolist():
            if len(taken) == end:
                break
            if item not in taken and cost[item] <= purse + 1e-9:
                taken[item] = None
                purse -= cost[item]
    return list(taken)


# ── rules ──


class _Rules(NamedTuple):
    same: str | None
    complementary: bool
    capabilities: pd.DataFrame | None
    consent: frozenset[object] | None


def _rules(
    net: Network, same: str | None, capabilities: pd.DataFrame | None, consent: object, *, complementary: bool
) -> _Rules:
    willing = None if consent is None else listed_ids(consent)
    net.positions(willing or ())
    return _Rules(same, complementary, capabilities, None if willing is None else frozenset(willing))


def _attribute(firms: pd.DataFrame, column: str) -> pd.Series:
    if not isinstance(column, Hashable) or column not in firms.columns:
        raise OptionError(
            f"firms has no column {column!r} for the rule same=; it has {listing(firms.columns, 20) or 'none'}."
            f"{nearest(str(column), map(str, firms.columns))}"
        )
    return firms[column]


def _allowed(rules: _Rules, firms: pd.DataFrame, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which pairs of firms (row numbers) the rules allow."""
    keep = np.ones(len(one), dtype=bool)
    if rules.same is not None:
        codes = pd.factorize(_attribute(firms, rules.same))[0]
        keep &= (codes[one] == codes[other]) & (codes[one] >= 0)
    if rules.consent is not None:
        willing = np.array([firm in rules.consent for firm in firms.index], dtype=bool)
        keep &= willing[one] & willing[other]
    if rules.complementary:
        held = held_by(rules.capabilities, firms.index, "the rule complementary").astype(np.float64)
        shared, own = held @ held.T, held.sum(axis=1)
        keep &= (shared[one, other] < own[one]) & (shared[one, other] < own[other])
    return keep


def _costs(frame: pd.DataFrame, what: str) -> NDArray[np.float64]:
    if "cost" not in frame.columns:
        return np.ones(len(frame))
    numbers = pd.to_numeric(frame["cost"], errors="coerce")
    cost: NDArray[np.float64] = numbers.to_numpy(dtype=np.float64, na_value=np.nan)
    if not (np.isfinite(cost) & (cost > 0)).all():
        bad = frame.loc[~(np.isfinite(cost) & (cost > 0)), "cost"]
        raise OptionError(f"the column cost of {what} must hold positive numbers; found {listing(bad)}.")
    return cost


def _check(draws: int, level: float, budget: float | None) -> None:
    whole_number("draws", draws, 0)
    share_between("level", level)
    number = isinstance(budget, (int, float, np.integer, np.floating)) and not isinstance(budget, bool)
    if budget is not None and not (number and budget > 0):
        raise OptionError(f"budget is {budget!r}; give a positive number, in the unit of the column cost.")


def _within(net: Network, most: int) -> sparse.csr_array:
    """Return a matrix with a positive entry for firms at most so many ties apart, direction ignored."""
    from scipy import sparse

    step = net.simple("undirected").csr() + sparse.eye_array(net.n_firms, format="csr")
    within = step
    for _ in range(most - 1):
        # Whoever is near a firm is near all its partners' partners: so many pairs there are at least.
        least = int((np.bincount(within.indices, minlength=net.n_firms) * np.diff(step.indptr)).max(initial=0))
        before = within.nnz
        if least <= 2 * _MOST_CANDIDATES:
            within = sparse.csr_array(within @ step)
            within.data[:] = 1.0
        if max(least, within.nnz) > 2 * _MOST_CANDIDATES:
            raise OptionError(
                f"over {_MOST_CANDIDATES:,} pairs are that near; lower distance_at_most or give candidates."
            )
        if within.nnz == before:
            break
    return within


def _near(net: Network, most: int | None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the untied pairs of firms at most so many ties apart, low row number first."""
    n = net.n_firms
    if most is None:
        if n * (n - 1) // 2 > _MOST_CANDIDATES:
            raise OptionError(f"{n:,} firms make too many pairs to compare; set distance_at_most or candidates.")
        one, other = np.triu_indices(n, 1)
    else:
        from scipy import sparse

        pairs = sparse.triu(_within(net, most), k=1).tocoo()
        order = np.lexsort((pairs.col, pairs.row))
        one, other = pairs.row[order], pairs.col[order]
    one, other = one.astype(np.int64), other.astype(np.int64)
    apart = ~_tied(net, one, other)
    return one[apart], other[apart]


def _are_near(net: Network, one: NDArray[np.int64], other: NDArray[np.int64], most: int) -> NDArray[np.bool_]:
    """Return which pairs are at most so many ties apart, direction ignored."""
    from scipy import sparse

    firms, place = np.unique(one, return_inverse=True)
    step = net.simple("undirected").csr() + sparse.eye_array(net.n_firms, format="csr")
    within = sparse.csr_array(step[firms])
    for _ in range(most - 1):
        before = within.nnz
        within = sparse.csr_array(within @ step)
        within.data[:] = 1.0
        if within.nnz == before:
            break
    there, n = within.tocoo(), np.int64(net.n_firms)
    return np.isin(place * n + other, there.row * n + there.col)


def _backups(net: Network, capabilities: pd.DataFrame | None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return every (firm, buyer) where the firm could replace a supplier and does not supply the buyer yet."""
    from scipy import sparse

    held = held_by(capabilities, net.firms.index, "kind='backup_supplier'").astype(np.float64)
    supplier, buyer = supplies(net)
    if not len(buyer):
        raise OptionError("there is no directed tie in the layer 'supply', so that nobody needs a backup supplier.")
    n = net.n_firms
    buys = sparse.csr_array((np.ones(len(buyer)), (supplier, buyer)), shape=(n, n))
    able = sparse.csr_array(held)
    could = (able @ (able.T @ buys)).tocoo()
    if could.nnz > _MOST_CANDIDATES:
        raise OptionError(f"{could.nnz:,} firms could supply somebody else's customer; give fewer in candidates.")
    fresh = (could.row != could.col) & ~np.isin(could.row * np.int64(n) + could.col, supplier * np.int64(n) + buyer)
    one, other = could.row[fresh].astype(np.int64), could.col[fresh].astype(np.int64)
    order = np.lexsort((other, one))
    return one[order], other[order]


def recommend_ties(
    net: Network,
    *,
    k: int = 5,
    objective: Objective | Callable[[Network], float] = "robustness",
    kind: Kind = "introduction",
    candidates: Ties | None = None,
    distance_at_most: int | Literal["by_kind"] | None = "by_kind",
    same: str | None = None,
    complementary: bool = False,
    capabilities: pd.DataFrame | None = None,
    consent: Iterable[object] | None = None,
    budget: float | None = None,
    steps: int = 2,
    lose: float = 0.1,
    focus: Iterable[object] | None = None,
    submodular: bool = False,
    draws: int = 100,
    level: float = 0.9,
    progress: Callable[[int, int], None] | None = None,
    seed: int | None = None,
) -> Recommendation:
    """Recommend the ties that, added one after the other, most improve a stated objective.

    Parameters
    ----------
    net
        The network, one-mode; it is not changed.
    k
        How many ties at most; fewer when no candidate improves the objective any more, or the budget is spent.
    objective
        ``"robustness"``: R of schneider2011 when firms leave by degree. ``"giant_share_after"``: giant share, of all
        firms, after the share `lose` of best-tied firms has left. ``"coverage"``: mean over firms of the share of
        capabilities that the firm has or a direct partner offers, all columns of `capabilities` counting.
        ``"constraint"``: mean constraint (burt1992) of the firms in `focus`, less is better; an isolate counts 1, as
        if it had one partner. ``"reach"``: mean share of other firms at most `steps` ties away, along directed ties;
        for referrals take ``net.layer("referral")``. ``"backup"``: share of the supplies there are (directed ties in
        the layer "supply") whose buyer has another supplier with a capability of the first. Or a function of a
        network, more is better; it is called for every candidate at every choice.
    kind
        ``"introduction"``: an undirected tie of two firms not tied yet, in the layer of the network if it has only
        one. ``"backup_supplier"``: a directed tie in the layer "supply" from a firm that shares a capability with
        a supplier of the buyer.
    candidates
        The ties to choose from, as tuples or as a frame with ``source``, ``target``, maybe ``cost`` and any column of
        ties, such as ``layer`` and ``directed``; those that break a rule, or are there already, are left out. Of
        candidates for one pair the first counts, but both ways of directed ones do. All pairs that the rules allow
        when omitted.
    distance_at_most
        How many ties apart the two may be, direction ignored; 2 is a partner's partner, None any distance or none.
        "by_kind": 2 for introductions, which a common partner makes, None for backup suppliers.
    same
        A column of firms, such as ``city``, in which the two must agree.
    complementary
        Whether each of the two must have a capability that the other lacks.
    capabilities
        Firms in rows, capabilities in columns: positive for "has it". A firm that it does not name has none.
    consent
        Firms that agree to be introduced; everybody when omitted.
    budget
        Limit of the summed ``cost`` (1 where there is no such column). The choice is then by gain per cost, or by gain
        alone where that ends better (leskovec2007); both are tried.
    steps, lose
        Of the objectives "reach" and "giant_share_after".
    focus
        Of "constraint": the firms to relieve; the tied firms in the lowest quarter of degrees when omitted.
    submodular
        States that your own objective never falls with a tie, and never gains more from it the more ties there are:
        it is then evaluated lazily, and gets a bound. "coverage" and "backup" are known to be; "robustness" and
        "reach" are not.
    draws, level
        Number of random and of degree-matched choices to compare with, and the share of them between low and high.
    progress
        Called as ``progress(chosen, k)``. An interrupt (Ctrl-C) keeps what is chosen and warns.
    seed
        Of the baselines; a fresh one is drawn and stored when omitted.

    Returns
    -------
    Recommendation
        ``.chosen`` (with a reason each), ``.before``, ``.after``, ``.bound``, ``.baselines``, ``.against_chance``.

    Raises
    ------
    NetworkError
        If the network is two-mode.
    OptionError
        If an option is outside its set or range, a table it needs is missing, or no candidate is left.
    UnknownFirmError
        If a candidate, or a firm in `focus` or `consent`, is not in the network.

    References
    ----------
    burt1992, leskovec2007, minoux1978, nemhauser1978, schneider2011

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("a", "b"), ("b", "c"), ("c", "d"), ("d", "e")])
    >>> found = recommend_ties(net, k=1, objective="reach", distance_at_most=None, seed=1)
    >>> found.chosen[["source", "target"]].values.tolist()
    [['a', 'e']]
    """
    check_two_mode(net, "recommend_ties")
    k, steps = whole_number("k", k), whole_number("steps", steps)
    choose("kind", kind, ("introduction", "backup_supplier"))
    if distance_at_most == "by_kind":
        distance_at_most = 2 if kind == "introduction" else None
    elif distance_at_most is not None:
        distance_at_most = whole_number("distance_at_most", distance_at_most, 2)
    _check(draws, level, budget)
    used = resolve_seed(seed)
    aim = aim_of(net, objective, steps=steps, lose=lose, capabilities=capabilities, focus=focus)
    backup = kind == "backup_supplier"
    if aim.objective == "backup" and not backup:
        raise OptionError("the objective 'backup' counts suppliers; ask for kind='backup_supplier'.")
    rules = _rules(net, same, capabilities, consent, complementary=complementary)
    given = None if candidates is None else tie_frame(candidates, "candidates")
    ties = _candidate_ties(net, given, distance_at_most, capabilities, backup=backup)
    one, other = net.positions(ties["source"]), net.positions(ties["target"])
    ties = ties[_allowed(rules, net.firms, one, other)].reset_index(drop=True)
    if ties.empty:
        raise OptionError("no candidate is left by the rules; loosen distance_at_most, same, complementary or consent.")
    cost = _costs(ties, "candidates")

    def make() -> _Evaluate:
        at = evaluator(net, aim, ties)
        lazy = at.submodular or (submodular and callable(objective))
        return _Evaluate(at.value, at.tried, at.take, aim.sign, lazy)

    choice = _greedy(make, cost, k, budget, progress)
    graph = net.simple("undirected")
    degree = np.bincount(np.concatenate([graph.source, graph.target]), minlength=graph.n)
    ends = np.sort(degree[np.stack([net.positions(ties["source"]), net.positions(ties["target"])], axis=1)], axis=1)
    tell = _TellTie(net, aim, rules, backup=backup)
    rows = []
    before = choice.before
    for item, value in zip(choice.picked, choice.values, strict=True):
        a, b = ties.loc[item, "source"], ties.loc[item, "target"]
        gain = aim.sign * (value - before)
        rows.append((a, b, gain, value, cost[item], tell(a, b, before, value)))
        before = value
    taken = ties.loc[choice.picked].drop(columns="cost", errors="ignore")
    about = {"kind": kind, "distance_at_most": distance_at_most, "submodular": submodular}
    return _recommendation(
        pd.DataFrame(rows, columns=["source", "target", *_TOLD]),
        choice,
        _baselines(make(), choice, cost, ends, k=k, draws=draws, budget=budget, seed=used),
        network=changed(net, add_ties=taken) if len(taken) else net,
        n_candidates=len(ties),
        settings=_settings(aim, rules, k=k, budget=budget, draws=draws, level=level, seed=used, **about),
    )


_TOLD = ("gain", "value", "cost", "reason")


def _settings(aim: Aim, rules: _Rules, *, seed: int, **more: Any) -> Settings:
    about = {
        "objective": aim.name,
        "steps": aim.steps,
        "lose": aim.lose,
        "focus": None if aim.focus is None else len(aim.focus),
        "same": rules.same,
        "complementary": rules.complementary,
        "consent": None if rules.consent is None else len(rules.consent),
    }
    return Settings({**about, **more}, seed)


def _recommendation(
    rows: pd.DataFrame,
    choice: _Choice,
    baselines: pd.DataFrame,
    *,
    network: Network,
    n_candidates: int,
    settings: Settings,
) -> Recommendation:
    return Recommendation(
        chosen=rows.set_axis(pd.RangeIndex(1, len(rows) + 1, name="rank"), axis=0),
        objective=settings.parameters["objective"],
        before=choice.before,
        after=choice.values[-1] if choice.values else choice.before,
        bound=choice.bound,
        baselines=baselines,
        level=settings.parameters["level"],
        n_candidates=n_candidates,
        network=network,
        settings=settings,
    )


def _candidate_ties(
    net: Network, given: pd.DataFrame | None, most: int | None, capabilities: pd.DataFrame | None, *, backup: bool
) -> pd.DataFrame:
    """Return the ties to choose from: new, no loops, each once, near enough."""
    if backup:
        one, other = _backups(net, capabilities)
        if most is not None:
            near = _are_near(net, one, other, most)
            one, other = one[near], other[near]
    elif given is None:
        one, other = _near(net, most)
    else:
        one, other = net.positions(given["source"]), net.positions(given["target"])
        ties = given.assign(**{name: value for name, value in _manner(net, backup=False).items() if name not in given})
        directed = ties["directed"].fillna(value=False).astype(bool)
        keep = (one != other) & ~_tied(net, one, other)
        if most is not None:
            keep[keep] = _are_near(net, one[keep], other[keep], most)
        low, high = np.minimum(one, other), np.maximum(one, other)
        pair = pd.Series(low * np.int64(net.n_firms) + high, index=ties.index)
        both_ways = ~pair.isin(pair[~directed])
        way = pd.Series(one > other, index=ties.index) & both_ways
        keep &= ~pd.DataFrame({"pair": pair, "way": way}).duplicated().to_numpy()
        return ties.assign(directed=directed)[keep].reset_index(drop=True)
    ids = net.firms.index
    ties = pd.DataFrame({"source": ids[one], "target": ids[other]}).assign(**_manner(net, backup=backup))
    if given is not None:
        wanted = given.drop_duplicates(["source", "target"])
        net.positions([*wanted["source"], *wanted["target"]])
        ties = ties.merge(wanted.drop(columns=["layer", "directed"], errors="ignore"), on=["source", "target"])
    return ties


def _manner(net: Network, *, backup: bool) -> dict[str, Any]:
    layer = "supply" if backup else net.layers[0] if len(net.layers) == 1 else "tie"
    return {"directed": backup, "layer": layer}


def _tied(net: Network, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.bool_]:
    graph = net.simple("undirected")
    key = graph.source * np.int64(graph.n) + graph.target
    return np.isin(np.minimum(one, other) * np.int64(graph.n) + np.maximum(one, other), key)


def _change_words(aim: Aim, before: float, value: float) -> str:
    verb = "rises" if value > before else "falls"
    if before.is_integer() and value.is_integer():
        return f"{aim.words} {verb} from {before:,.0f} to {value:,.0f}"
    # As many places as it takes to tell the two apart.
    digits = next((places for places in (3, 5, 8) if abs(value - before) >= 1.5 * 10**-places), 12)
    return f"{aim.words} {verb} from {before:,.{digits}f} to {value:,.{digits}f}"


def _called(firms: pd.DataFrame, firm: Any) -> str:
    name = firms.loc[firm, "name"] if "name" in firms.columns else None
    return str(firm) if name is None or pd.isna(name) else f"{name} ({firm})"


class _TellTie:
    """One plain sentence on why two firms should be tied."""

    def __init__(self, net: Network, aim: Aim, rules: _Rules, *, backup: bool) -> None:
        self.net, self.aim, self.rules, self.backup = net, aim, rules, backup
        graph = net.simple("undirected")
        self.near = graph.csr()
        self.codes = net.component_codes()

    def _name(self, firm: Any) -> str:
        return _called(self.net.firms, firm)

    def __call__(self, a: Any, b: Any, before: float, value: float) -> str:
        i, j = self.net.positions([a, b])
        facts = [_change_words(self.aim, before, value)]
        shared = np.intersect1d(self.near[[i]].indices, self.near[[j]].indices)
        if len(shared):
            brokers = [self._name(self.net.firms.index[place]) for place in shared]
            more = f" and {len(brokers) - 1} more" if len(brokers) > 1 else ""
            facts.append(f"both work with {brokers[0]}{more} already")
        elif self.codes[i] != self.codes[j]:
            facts.append("no chain of ties joins the two today")
        if self.rules.same is not None:
            facts.append(f"both have {self.rules.same} {self.net.firms.loc[a, self.rules.same]}")
        if self.rules.capabilities is not None:
            facts.extend(self._capabilities(i, j))
        start = f"Win {self._name(a)} as a backup supplier of" if self.backup else f"Introduce {self._name(a)} to"
        return f"{start} {self._name(b)}: {'; '.join(facts)}."

    def _capabilities(self, i: int, j: int) -> list[str]:
        table = self.rules.capabilities
        held = held_by(table, self.net.firms.index, "the reason")
        columns = np.asarray(table.columns if table is not None else [], dtype=object)
        if self.backup:
            supplier, buyer = supplies(self.net)
            now = held[supplier[buyer == j]].any(axis=0)
            return [f"it too offers {_few(columns[held[i] & now])}"]
        told = []
        for mine, theirs in ((i, j), (j, i)):
            brought = columns[held[mine] & ~held[theirs]]
            if len(brought):
                told.append(f"{self._name(self.net.firms.index[mine])} brings {_few(brought)}")
        return told


def _few(words: NDArray[Any]) -> str:
    shown = ", ".join(str(word) for word in words[:3])
    return f"{shown} and {len(words) - 3} more" if len(words) > 3 else shown


def recommend_firms(
    net: Network,
    *,
    recruits: Firms,
    ties: Ties,
    k: int = 3,
    objective: Objective | Callable[[Network], float] = "robustness",
    same: str | None = None,
    complementary: bool = False,
    capabilities: pd.DataFrame | None = None,
    consent: Iterable[object] | None = None,
    budget: float | None = None,
    steps: int = 2,
    lose: float = 0.1,
    focus: Iterable[object] | None = None,
    draws: int = 100,
    level: float = 0.9,
    progress: Callable[[int, int], None] | None = None,
    seed: int | None = None,
) -> Recommendation:
    """Recommend the firms to recruit that, joining one after the other, most improve a stated objective.

    Parameters
    ----------
    net
        The network, one-mode; it is not changed.
    recruits
        Firms that could join and are not in the network: ids, or a frame indexed by id with attributes and maybe a
        column ``cost``.
    ties
        The ties that each recruit would bring, to firms of the network or to other recruits (these count once both
        have joined): tuples, or a frame with ``source``, ``target`` and any column of ties.
    k
        How many firms at most; fewer when no recruit improves the objective any more, or the budget is spent.
    objective
        As in `recommend_ties`. Shares are of the firms then in the network; "backup" counts the supplies there were
        at the start, and the ties of recruits that are directed in the layer "supply".
    same, complementary, consent
        Rules of `recommend_ties` for the ties that recruits bring: ties that break one are left out, and recruits
        without a tie left to the network are no candidates. `consent` names recruits and firms.
    capabilities
        Firms and recruits in rows, capabilities in columns.
    budget
        Limit of the summed ``cost``, as in `recommend_ties`.
    steps, lose, focus, draws, level, progress, seed
        As in `recommend_ties`; the matched baseline takes recruits that bring about as many partners.

    Returns
    -------
    Recommendation
        ``.chosen`` (column ``firm``, with a reason each), ``.before``, ``.after``, ``.baselines``; the bound is NaN
        but for "backup", because shares of a growing number of firms are not submodular.

    Raises
    ------
    NetworkError
        If the network is two-mode, or a tie names a firm that is neither there nor a recruit.
    OptionError
        If an option is outside its set or range, a recruit is in the network, or none is left by the rules.

    References
    ----------
    burt1992, schneider2011

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("a", "b"), ("c", "d")])
    >>> plans = [("x", "a"), ("x", "b"), ("y", "b"), ("y", "c")]
    >>> recommend_firms(net, recruits=["x", "y"], ties=plans, objective="reach", seed=1).chosen["firm"].tolist()
    ['y']
    """
    check_two_mode(net, "recommend_firms")
    k, steps = whole_number("k", k), whole_number("steps", steps)
    _check(draws, level, budget)
    used = resolve_seed(seed)
    aim = aim_of(net, objective, steps=steps, lose=lose, capabilities=capabilities, focus=focus)
    new = (
        recruits
        if isinstance(recruits, pd.DataFrame)
        else pd.DataFrame(index=pd.Index(listed_ids(recruits), tupleize_cols=False))
    )
    plans = tie_frame(ties, "ties")
    everyone = changed(net, join=new.drop(columns="cost", errors="ignore"), add_ties=plans)  # checks ids and columns
    rules = _rules(everyone, same, capabilities, consent, complementary=complementary)
    one, other = everyone.positions(plans["source"]), everyone.positions(plans["target"])
    plans = plans[_allowed(rules, everyone.firms, one, other) & (one != other)].reset_index(drop=True)
    from_new, to_new = plans["source"].isin(new.index), plans["target"].isin(new.index)
    settled = plans[from_new ^ to_new]
    plans = plans[from_new | to_new]
    tied = set(settled["source"]) | set(settled["target"])
    firms = new[[firm in tied for firm in new.index]]
    if not len(firms):
        raise OptionError("no recruit has a tie to the network that the rules allow; give ties, or loosen the rules.")
    cost = _costs(firms, "recruits")
    firms = firms.drop(columns="cost", errors="ignore")
    there = {*net.firms.index, *firms.index}
    plans = plans[
        [one in there and other in there for one, other in zip(plans["source"], plans["target"], strict=True)]
    ]
    joined = changed(net, join=firms, add_ties=plans)

    def with_these(items: Iterable[int]) -> Network:
        rows = list(items)
        return joined.without(firms.index.delete(rows)) if rows else net

    def make() -> _Evaluate:
        if aim.objective == "backup":
            return _backup_firms(net, joined, firms.index, aim)
        taken: list[int] = []

        def value_of(items: Iterable[int]) -> float:
            return network_value(with_these(items), aim)

        return _Evaluate(value_of, lambda item: value_of([*taken, item]), taken.append, aim.sign, lazy=False)

    choice = _greedy(make, cost, k, budget, progress)
    tell = _TellFirm(net, joined, firms.index, rules, aim)
    rows, before = [], choice.before
    for item, value in zip(choice.picked, choice.values, strict=True):
        firm = firms.index[item]
        rows.append((firm, aim.sign * (value - before), value, cost[item], tell(firm, before, value)))
        before = value
    return _recommendation(
        pd.DataFrame(rows, columns=["firm", *_TOLD]),
        choice,
        _baselines(make(), choice, cost, tell.partners[:, None], k=k, draws=draws, budget=budget, seed=used),
        network=with_these(choice.picked),
        n_candidates=len(firms),
        settings=_settings(aim, rules, k=k, budget=budget, draws=draws, level=level, seed=used),
    )


def _backup_firms(net: Network, joined: Network, recruits: pd.Index, aim: Aim) -> _Evaluate:
    """Return how to evaluate recruits as backup suppliers: each by all the supplies it brings."""
    brought = joined.ties[joined.ties["source"].isin(recruits) & (joined.ties["layer"] == "supply")]
    brought = brought[brought["directed"] & brought["target"].isin(net.firms.index)].reset_index(drop=True)
    at = Backup(changed(net, join=recruits), aim, brought)
    ties_of = brought.groupby("source", sort=False).indices
    of = [ties_of.get(firm, np.empty(0, dtype=np.int64)).tolist() for firm in recruits]
    taken: list[int] = []

    def value_of(items: Iterable[int]) -> float:
        return at.value([tie for item in items for tie in of[item]])

    return _Evaluate(value_of, lambda item: value_of([*taken, item]), taken.append, aim.sign, lazy=True)


class _TellFirm:
    """One plain sentence on why a firm should be won."""

    def __init__(self, net: Network, joined: Network, recruits: pd.Index, rules: _Rules, aim: Aim) -> None:
        self.net, self.joined, self.rules, self.aim = net, joined, rules, aim
        self.near = joined.simple("undirected").csr()
        self.partners = np.diff(self.near.indptr)[joined.positions(recruits)].astype(np.int64)
        self.codes = net.component_codes()
        self.won = np.zeros(joined.n_firms, dtype=bool)
        self.won[: net.n_firms] = True

    def __call__(self, firm: Any, before: float, value: float) -> str:
        place = int(self.joined.positions([firm])[0])
        partners = self.near[[place]].indices
        partners = partners[self.won[partners]]
        told = np.asarray([_called(self.joined.firms, self.joined.firms.index[p]) for p in partners], dtype=object)
        facts = [_change_words(self.aim, before, value), f"it would work with {_few(told)}"]
        parts = len(set(self.codes[partners[partners < self.net.n_firms]].tolist()))
        if parts > 1:
            facts.append(f"it joins {parts} parts of the network that no tie joins today")
        if self.rules.capabilities is not None:
            columns = np.asarray(self.rules.capabilities.columns, dtype=object)
            held = held_by(self.rules.capabilities, self.joined.firms.index, "the reason")
            fresh = columns[held[place] & ~held[self.won].any(axis=0)]
            if len(fresh):
                facts.append(f"it brings {_few(fresh)}, which nobody there has")
        self.won[place] = True
        return f"Recruit {_called(self.joined.firms, firm)}: {'; '.join(facts)}."
