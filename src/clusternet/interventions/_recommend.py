"""Which ties or firms to add: greedy choice under rules and a budget, against chance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from clusternet.errors import OptionError, listing, nearest
from clusternet.interventions._change import changed, check_two_mode, listed_ids, tie_frame, whole
from clusternet.interventions._greedy import distances
from clusternet.interventions._objectives import WORDS, Aim, aim_of, evaluator, held_by, network_value, supplies
from clusternet.measure import choose
from clusternet.result import Result, Settings, resolve_seed, spawn_generators, warn_interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from clusternet.interventions._change import Firms, Ties
    from clusternet.interventions._objectives import Objective
    from clusternet.network import Network

__all__ = ["Recommendation", "recommend_firms", "recommend_ties"]

Kind: TypeAlias = Literal["introduction", "backup_supplier"]
_MOST_CANDIDATES = 2_000_000
_SAME = 1e-12  # smaller differences are rounding


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
        gain plus the largest gains left. NaN unless the objective is submodular and every cost is alike.
    baselines
        The improvement of every draw (index ``draw``): columns ``random`` (as many feasible candidates at random, or
        what the budget buys) and ``matched`` (candidates with the degrees of those recommended).
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

        p is the share of draws that improve at least as much as the recommendations, (r + 1)/(draws + 1).
        """
        tail = (1 - self.level) / 2
        draws = self.baselines
        return pd.DataFrame(
            {
                "mean": draws.mean(),
                "low": draws.quantile(tail),
                "high": draws.quantile(1 - tail),
                "p": ((draws >= self.gain - _SAME).sum() + 1) / (len(draws) + 1),
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


def _greedy(
    at: _Evaluate, cost: NDArray[np.float64], k: int, budget: float | None, progress: Callable[[int, int], None] | None
) -> _Choice:
    """Take the candidate with the best gain (per cost, under a budget) until k, the budget or the gains run out."""
    value = before = at.value([])
    if math.isnan(before):
        raise OptionError("the objective is undefined (NaN) for this network; there is nothing to improve on.")
    left = np.ones(len(cost), dtype=bool)
    known = np.full(len(cost), np.inf)
    divisor = cost if budget is not None else np.ones(len(cost))
    purse = math.inf if budget is None else float(budget)
    picked: list[int] = []
    values: list[float] = []
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
            if known[best] <= _SAME:
                break
            picked.append(best)
            at.take(best)
            value = at.value(picked)
            values.append(value)
            left[best] = False
            purse -= cost[best]
            if progress is not None:
                progress(len(picked), k)
    except KeyboardInterrupt:
        if not picked:
            raise
        warn_interrupted(len(picked), k, "choices")
        del picked[len(values) :]
    bound = math.nan
    if at.lazy and budget is None:
        gained = at.sign * (value - before)
        rest = [_better(at.tried(int(item)), value, at.sign) for item in np.flatnonzero(left)]
        bound = min(gained / (1 - math.exp(-1)), gained + float(np.sort(rest)[::-1][:k].sum()))
    return _Choice(picked, values, before, bound)


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
    draws: int,
    budget: float | None,
    seed: int,
) -> pd.DataFrame:
    """Return the improvement of random and of degree-matched candidates, by draw."""
    rows = []
    for rng in spawn_generators(seed, draws):
        shuffled = rng.permutation(len(cost))
        if budget is None:
            random = shuffled[: len(choice.picked)].tolist()
        else:
            random, purse = [], float(budget)
            for item in shuffled.tolist():
                if cost[item] <= purse + 1e-9 and len(random) < len(choice.picked):
                    random.append(item)
                    purse -= cost[item]
        matched: list[int] = []
        for item in choice.picked:
            # The nearest degrees that are left, drawn among equals: shuffled first, then a stable sort.
            far = np.abs(kind[shuffled] - kind[item]).sum(axis=1)
            order = shuffled[np.argsort(far, kind="stable")]
            matched.append(int(next(other for other in order if other not in matched)))
        rows.append([at.sign * (at.value(items) - choice.before) for items in (random, matched)])
    return pd.DataFrame(rows, columns=["random", "matched"], index=pd.RangeIndex(draws, name="draw"), dtype="float64")


# ── rules ──


class _Rules(NamedTuple):
    same: str | None
    complementary: bool
    capabilities: pd.DataFrame | None
    consent: frozenset[object] | None


def _attribute(firms: pd.DataFrame, column: str) -> pd.Series:
    if column not in firms.columns:
        raise OptionError(
            f"firms has no column {column!r} for the rule same=; it has {listing(firms.columns, 20) or 'none'}."
            f"{nearest(column, map(str, firms.columns))}"
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
    whole("draws", draws, 0)
    if not 0 < level < 1:
        raise OptionError(f"level is {level!r}; give a share between 0 and 1, such as 0.9.")
    if budget is not None and not (isinstance(budget, (int, float)) and budget > 0):
        raise OptionError(f"budget is {budget!r}; give a positive number, in the unit of the column cost.")


def _near(net: Network, most: int | None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the untied pairs of firms at most so many ties apart, low row number first."""
    n = net.n_firms
    matrix = net.simple("undirected").csr()
    if most is None:
        if n * (n - 1) // 2 > _MOST_CANDIDATES:
            raise OptionError(f"{n:,} firms make too many pairs to compare; set distance_at_most or candidates.")
        one, other = np.triu_indices(n, 1)
        tied = np.asarray(matrix.todense())[one, other] > 0
        return one[~tied].astype(np.int64), other[~tied].astype(np.int64)
    from scipy import sparse

    within = matrix + sparse.eye_array(n, format="csr")
    for _ in range(most - 1):
        within = within @ (matrix + sparse.eye_array(n, format="csr"))
        within.data[:] = 1.0
        if within.nnz > 2 * _MOST_CANDIDATES:
            raise OptionError(
                f"over {_MOST_CANDIDATES:,} pairs are that near; lower distance_at_most or give candidates."
            )
    pairs = sparse.triu(within - within.multiply(matrix + sparse.eye_array(n, format="csr")), k=1).tocoo()
    apart = pairs.data > 0
    one, other = pairs.row[apart].astype(np.int64), pairs.col[apart].astype(np.int64)
    order = np.lexsort((other, one))
    return one[order], other[order]


def _backups(net: Network, capabilities: pd.DataFrame | None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return every (firm, buyer) where the firm could replace a supplier and does not supply the buyer yet."""
    held = held_by(capabilities, net.firms.index, "kind='backup_supplier'").astype(np.float64)
    supplier, buyer = supplies(net)
    if not len(buyer):
        raise OptionError("there is no directed tie in the layer 'supply', so that nobody needs a backup supplier.")
    alike = (held @ held.T) > 0
    there = set(zip(supplier.tolist(), buyer.tolist(), strict=True))
    pairs = {
        (int(firm), int(b))
        for s, b in there
        for firm in np.flatnonzero(alike[s])
        if firm not in (s, b) and (int(firm), b) not in there
    }
    listed = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
    return listed[:, 0], listed[:, 1]


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
        network; more is better.
    kind
        ``"introduction"``: an undirected tie of two firms not tied yet, in the layer of the network if it has only
        one. ``"backup_supplier"``: a directed tie in the layer "supply" from a firm that shares a capability with
        a supplier of the buyer.
    candidates
        The ties to choose from, as tuples or as a frame with ``source``, ``target``, maybe ``cost`` and any column of
        ties, such as ``layer`` and ``directed``; those that break a rule, or are there already, are left out. All
        pairs that the rules allow when omitted.
    distance_at_most
        How many ties apart the two may be, direction ignored; 2 is a partner's partner, None any distance or none.
        "by_kind": 2 for introductions, which a common partner makes, None for backup suppliers.
    same
        A column of firms, such as the place, in which the two must agree.
    complementary
        Whether each of the two must have a capability that the other lacks.
    capabilities
        Firms in rows, capabilities in columns: positive for "has it". A firm that it does not name has none.
    consent
        Firms that agree to be introduced; everybody when omitted.
    budget
        Limit of the summed ``cost`` (1 where there is no such column); the choice is then by gain per cost.
    steps, lose
        Of the objectives "reach" and "giant_share_after".
    focus
        Of "constraint": the firms to relieve; the tied firms in the lowest quarter of degrees when omitted.
    submodular
        States that your own objective never gains more from a tie the more ties there are: it is then evaluated
        lazily, and gets a bound. "coverage" and "backup" are known to be; "robustness" and "reach" are not.
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
    burt1992, minoux1978, nemhauser1978, schneider2011

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("a", "b"), ("b", "c"), ("c", "d"), ("d", "e")])
    >>> found = recommend_ties(net, k=1, objective="reach", distance_at_most=None, seed=1)
    >>> found.chosen[["source", "target"]].values.tolist()
    [['a', 'e']]
    """
    check_two_mode(net, "recommend_ties")
    k, steps = whole("k", k), whole("steps", steps)
    choose("kind", kind, ("introduction", "backup_supplier"))
    if distance_at_most == "by_kind":
        distance_at_most = 2 if kind == "introduction" else None
    elif distance_at_most is not None:
        distance_at_most = whole("distance_at_most", distance_at_most, 2)
    _check(draws, level, budget)
    used = resolve_seed(seed)
    aim = aim_of(net, objective, steps=steps, lose=lose, capabilities=capabilities, focus=focus)
    backup = kind == "backup_supplier"
    if aim.objective == "backup" and not backup:
        raise OptionError("the objective 'backup' counts suppliers; ask for kind='backup_supplier'.")
    willing = None if consent is None else frozenset(listed_ids(consent))
    net.positions(willing or ())
    rules = _Rules(same, complementary, capabilities, willing)
    given = None if candidates is None else tie_frame(candidates, "candidates")
    ties = _candidate_ties(net, given, distance_at_most, capabilities, backup=backup)
    one, other = net.positions(ties["source"]), net.positions(ties["target"])
    ties = ties[_allowed(rules, net.firms, one, other)].reset_index(drop=True)
    if ties.empty:
        raise OptionError("no candidate is left by the rules; loosen distance_at_most, same, complementary or consent.")
    cost = _costs(ties, "candidates")
    at = evaluator(net, aim, ties)
    evaluate = _Evaluate(at.value, at.tried, at.take, aim.sign, at.submodular or (submodular and callable(objective)))
    choice = _greedy(evaluate, cost, k, budget, progress)
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
        _baselines(evaluate, choice, cost, ends, draws=draws, budget=budget, seed=used),
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
            near = distances(net, "all")[one, other] <= most
            one, other = one[near], other[near]
    elif given is None:
        one, other = _near(net, most)
    else:
        one, other = net.positions(given["source"]), net.positions(given["target"])
        keep = (one != other) & ~_tied(net, one, other)
        if most is not None:
            keep &= distances(net, "all")[one, other] <= most
        low, high = np.minimum(one, other), np.maximum(one, other)
        keep &= ~pd.Series(low * np.int64(net.n_firms) + high).duplicated().to_numpy()
        ties = given[keep].reset_index(drop=True)
        ties = ties.assign(**{name: value for name, value in _manner(net, backup=False).items() if name not in ties})
        return ties.assign(directed=ties["directed"].fillna(value=False).astype(bool))
    ids = net.firms.index
    ties = pd.DataFrame({"source": ids[one], "target": ids[other]}).assign(**_manner(net, backup=backup))
    if given is not None:
        wanted = given.drop_duplicates(["source", "target"])
        net.positions([*wanted["source"], *wanted["target"]])
        ties = ties.merge(wanted[[c for c in ("source", "target", "cost") if c in wanted]], on=["source", "target"])
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
    words = WORDS.get(aim.name, aim.name) if isinstance(aim.objective, str) else aim.name
    digits = 3 if abs(value - before) >= 0.0015 else 5
    return f"{words} {verb} from {before:.{digits}f} to {value:.{digits}f}"


class _TellTie:
    """One plain sentence on why two firms should be tied."""

    def __init__(self, net: Network, aim: Aim, rules: _Rules, *, backup: bool) -> None:
        self.net, self.aim, self.rules, self.backup = net, aim, rules, backup
        graph = net.simple("undirected")
        self.near = graph.csr()
        self.codes = net.component_codes()
        self.names = net.firms["name"] if "name" in net.firms.columns else None

    def _name(self, firm: Any) -> str:
        name = None if self.names is None else self.names.loc[firm]
        return str(firm) if name is None or pd.isna(name) else f"{name} ({firm})"

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
        As in `recommend_ties`, "backup" apart. Shares are of the firms then in the network.
    same, complementary, consent
        Rules of `recommend_ties` for the ties that recruits bring: ties that break one are left out, and recruits
        without a tie left to the network are no candidates. `consent` names recruits and firms.
    capabilities
        Firms and recruits in rows, capabilities in columns.
    budget
        Limit of the summed ``cost``; the choice is then by gain per cost.
    steps, lose, focus, draws, level, progress, seed
        As in `recommend_ties`; the matched baseline takes recruits that bring about as many ties.

    Returns
    -------
    Recommendation
        ``.chosen`` (column ``firm``, with a reason each), ``.before``, ``.after``, ``.baselines``; the bound is NaN,
        because shares of a growing number of firms are not submodular.

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
    k, steps = whole("k", k), whole("steps", steps)
    _check(draws, level, budget)
    used = resolve_seed(seed)
    aim = aim_of(net, objective, steps=steps, lose=lose, capabilities=capabilities, focus=focus)
    if aim.objective == "backup":
        raise OptionError("the objective 'backup' is for recommend_ties with kind='backup_supplier'.")
    new = (
        recruits
        if isinstance(recruits, pd.DataFrame)
        else pd.DataFrame(index=pd.Index(listed_ids(recruits), tupleize_cols=False))
    )
    plans = tie_frame(ties, "ties")
    everyone = changed(net, join=new.drop(columns="cost", errors="ignore"), add_ties=plans)  # checks ids and columns
    willing = None if consent is None else frozenset(listed_ids(consent))
    everyone.positions(willing or ())
    rules = _Rules(same, complementary, capabilities, willing)
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

    def with_these(items: Iterable[int]) -> Network:
        rows = list(items)
        if not rows:
            return net
        joining = firms.iloc[rows].drop(columns="cost", errors="ignore")
        there = net.firms.index.append(joining.index)
        brought = plans[plans["source"].isin(there) & plans["target"].isin(there)]
        return changed(net, join=joining, add_ties=brought)

    taken: list[int] = []

    def value_of(items: Iterable[int]) -> float:
        return network_value(with_these(items), aim)

    evaluate = _Evaluate(value_of, lambda item: value_of([*taken, item]), taken.append, aim.sign, lazy=False)
    choice = _greedy(evaluate, cost, k, budget, progress)
    ends = pd.concat([plans["source"], plans["target"]]).value_counts()
    brings = ends.reindex(firms.index).to_numpy(dtype=np.int64)[:, None]
    rows, before = [], choice.before
    for item, value in zip(choice.picked, choice.values, strict=True):
        firm = firms.index[item]
        reason = _tell_firm(net, firm, plans, rules, _change_words(aim, before, value))
        rows.append((firm, aim.sign * (value - before), value, cost[item], reason))
        before = value
    return _recommendation(
        pd.DataFrame(rows, columns=["firm", *_TOLD]),
        choice,
        _baselines(evaluate, choice, cost, brings, draws=draws, budget=budget, seed=used),
        network=with_these(choice.picked),
        n_candidates=len(firms),
        settings=_settings(aim, rules, k=k, budget=budget, draws=draws, level=level, seed=used),
    )


def _tell_firm(net: Network, firm: Any, plans: pd.DataFrame, rules: _Rules, change: str) -> str:
    """Return one plain sentence on why a firm should be won."""
    partners = [b if a == firm else a for a, b in zip(plans["source"], plans["target"], strict=True) if firm in (a, b)]
    there = pd.Index(
        [partner for partner in dict.fromkeys(partners) if partner in net.firms.index], tupleize_cols=False
    )
    facts = [change, f"it would work with {_few(np.asarray(there, dtype=object))}"]
    parts = len(set(net.component_codes()[net.positions(there)].tolist()))
    if parts > 1:
        facts.append(f"it joins {parts} parts of the network that no tie joins today")
    if rules.capabilities is not None:
        columns = np.asarray(rules.capabilities.columns, dtype=object)
        own = held_by(rules.capabilities, pd.Index([firm], tupleize_cols=False), "the reason")[0]
        fresh = columns[own & ~held_by(rules.capabilities, net.firms.index, "the reason").any(axis=0)]
        if len(fresh):
            facts.append(f"it brings {_few(fresh)}, which nobody there has")
    return f"Recruit {firm}: {'; '.join(facts)}."
