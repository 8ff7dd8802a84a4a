"""Section A1: relations, reciprocity, persistence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from clusternet import brokerage, cohesion
from clusternet.errors import plural
from clusternet.result import NullTest, Settings
from clusternet.theory._finding import Found, Part, UntestableError, against_chance, claim, estimated
from clusternet.theory._statistics import (
    dyadic,
    growth,
    growth_part,
    hazard,
    least_squares,
    optional,
    outcome_panel,
    spells,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from clusternet.network import Network
    from clusternet.theory._evidence import Evidence

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = [
    "balanced_exchange",
    "communities_follow_place_or_trade",
    "deep_ties_are_embedded_and_last",
    "favors_are_passed_on",
    "hubs_grow",
    "layers_support_each_other",
    "members_outgrow_isolates",
    "old_ties_are_firm",
    "reciprocity_above_chance",
    "trios_of_trades",
]

YEAR = 365.25


def null_test(name: str, observed: float, draws: Floats, null: str, seed: int) -> NullTest:
    """Return a NullTest of draws made here."""
    values = pd.Series(draws, index=pd.RangeIndex(len(draws), name="draw"), name=name, dtype="float64")
    settings = Settings({"null": null, "draws": len(draws)}, seed)
    return NullTest(statistic=name, observed=float(observed), draws=values, settings=settings)


def dealt_anew(
    name: str,
    number: Callable[[Ints], float],
    n: int,
    null: str,
    *,
    draws: int,
    seed: int,
    among: Ints | None = None,
    rng: np.random.Generator | None = None,
) -> NullTest:
    """Return a NullTest of a number of the order of `n` things, each draw an order at random.

    Only those `among` them trade places; all of them when omitted.
    """
    rng = np.random.default_rng(seed) if rng is None else rng
    asis = np.arange(n)
    trading = asis if among is None else among
    drawn = np.empty(draws)
    for place in range(draws):
        order = asis.copy()
        order[trading] = rng.permutation(trading)
        drawn[place] = number(order)
    return null_test(name, number(asis), drawn, null, seed)


def log_degree(network: Network) -> pd.Series:
    """Return log(1 + partners) of every firm, direction and layers set aside."""
    graph = network.simple("undirected")
    degree = np.bincount(np.append(graph.source, graph.target), minlength=graph.n)
    return pd.Series(np.log1p(degree), index=network.firms.index)


def flows(seen: Evidence, layer: str) -> tuple[Network, Ints, Ints, Floats]:
    """Return the layer among the firms that have a tie in it, and its arcs: sender, receiver, strength.

    Raises
    ------
    UntestableError
        If the layer has no directed ties between two firms.
    """
    needs = ("referrals.from", "referrals.to") if layer == "referral" else ()
    if layer not in seen.network.layers:
        raise UntestableError(f"these records have no ties in the layer {layer}", needs)
    net = seen.network.layer(layer)
    net = net.without(net.isolates)
    if not net.is_directed or len(net.simple().source) < 3:
        raise UntestableError(f"the layer {layer} has fewer than three directed ties", needs)
    graph = net.simple()
    return net, graph.source, graph.target, graph.strength


def _mutual(source: Ints, target: Ints, n: int) -> int:
    """Return how many arcs are answered."""
    return int(np.isin(target * n + source, source * n + target).sum())


@claim(1, needs=())
def reciprocity_above_chance(evidence: Evidence, *, draws: int, seed: int, layer: str = "referral") -> Found:
    """Test whether flows are answered more often than the density of flows implies.

    The reciprocity of garlaschelli2004, (r - a) / (1 - a), where r is the share of arcs that are answered and a the
    density among the firms with any; the band comes from networks with as many arcs between random firms. Where
    revenues are known, also whether firms grow faster the larger the share of their partners with whom flows go both
    ways, at equal numbers of partners (least squares, HC3).

    Parameters
    ----------
    layer
        Layer of directed ties to look at.
    """
    net, source, target, _ = flows(evidence, layer)
    n, m = net.n_firms, len(source)
    density = m / (n * (n - 1))
    if density == 1:
        raise UntestableError("every firm has a flow to every other")
    rng = np.random.default_rng(seed)
    drawn = np.empty(draws)
    for place in range(draws):
        cell = rng.choice(n * (n - 1), m, replace=False, shuffle=False)
        one, other = np.divmod(cell, n - 1)
        drawn[place] = _mutual(one, other + (other >= one), n)
    share = _mutual(source, target, n) / m
    test = null_test(
        "reciprocity", (share - density) / (1 - density), (drawn / m - density) / (1 - density),
        "as many arcs between random firms", seed,
    )  # fmt: skip
    parts = [against_chance("reciprocity above chance", test, n=m, of="flows", unit="correlation, −1 to 1")]
    untested: list[str] = []

    def effect() -> Part:
        back = pd.Series(np.isin(target * n + source, source * n + target), dtype=float)
        ends = pd.concat([pd.Series(source), pd.Series(target)], ignore_index=True)
        answered = pd.concat([back, back], ignore_index=True).groupby(ends).mean()
        mutual = pd.Series(answered.to_numpy(), index=net.firms.index[answered.index])
        terms = {"mutual": mutual, "degree": log_degree(net)}
        return growth_part(evidence, terms, "growth with the share of mutual flows", unit="log revenue per period")

    optional(parts, untested, "whether mutual relations make firms grow", effect)
    note = f"{share:.0%} of {m:,} flows are answered; by density alone it would be {density:.1%}."
    return Found(parts=parts, note=note, tests=(test,), untested=untested)


@claim(2, needs=())
def balanced_exchange(evidence: Evidence, *, draws: int, seed: int, layer: str = "referral") -> Found:
    """Test whether both sides of a mutual relation give about as much.

    The balance of a pair is 1 - abs(w_ij - w_ji) / (w_ij + w_ji); its mean over the pairs that give both ways is
    compared with their amounts permuted over the same arcs, so that who gives to whom plays no part: that is claim 1.
    Flows that are not answered take no part: they may be of other sizes, which alone would shift the balance. The
    amounts are customers, where not told revenue, where not told the number of referrals.

    Parameters
    ----------
    layer
        Layer of directed ties to look at.
    """
    net, source, target, strength = flows(evidence, layer)
    amount, of_what = (_customers(evidence, net) if layer == "referral" else None) or (strength, "strength")
    n = net.n_firms
    key = source * n + target
    back = target * n + source
    order = np.argsort(key)
    place = np.searchsorted(key, back, sorter=order).clip(max=len(key) - 1)
    partner = order[place]
    up = np.flatnonzero((key[partner] == back) & (source < target))
    if len(up) < 5:
        raise UntestableError(f"only {plural(len(up), 'pair gives', 'pairs give')} both ways; at least 5 are needed")
    answered = np.concatenate([amount[up], amount[partner[up]]])
    if len(np.unique(answered)) < 2:
        raise UntestableError("all answered flows are of one size, so that balance says nothing",
                              ("referrals.customers",))  # fmt: skip

    def balance(order: Ints) -> float:
        there, again = np.split(answered[order], 2)
        return float(np.mean(1 - np.abs(there - again) / (there + again)))

    test = dealt_anew(
        "mean balance", balance, len(answered), "amounts permuted over the answered flows", draws=draws, seed=seed
    )
    note = (
        f"In the {len(up):,} pairs that give both ways the balance of {of_what} is {test.observed:.2f} (1: even); "
        f"dealt at random it would be {test.expected:.2f}."
    )
    part = against_chance("balance above chance", test, n=len(up), of="mutual pairs", unit="balance, 0 to 1")
    return Found(parts=[part], note=note, tests=(test,), parameters={"amount": of_what})


def _customers(seen: Evidence, net: Network) -> tuple[Floats, str] | None:
    """Return the customers in every arc of the referrals, else the revenue; None where neither is told."""
    table = seen.table("referrals")
    for column, name in (("customers", "customers"), ("value", "revenue")):
        if seen.has(f"referrals.{column}"):
            total = table.groupby(["from", "to"])[column].sum(min_count=1)
            ids, graph = net.firms.index, net.simple()
            pairs = pd.MultiIndex.from_arrays([ids[graph.source], ids[graph.target]])
            amount = total.reindex(pairs).to_numpy(dtype=float)
            if (amount > 0).mean() > 0.5:
                # A flow without an amount counts as an ordinary one.
                return np.where(amount > 0, amount, np.nanmedian(amount[amount > 0])), name
    return None


@claim(3)
def favors_are_passed_on(evidence: Evidence, *, draws: int, seed: int, days: float = 90.0) -> Found:
    """Test whether a firm that got a customer sends one on to a third firm.

    A relational event model (butts2008). At every referral, the pair it joined is compared with pairs picked at random,
    by conditional logit on: whether the receiver had sent to the sender in the `days` before (repaid); how much the
    sender had received from others (passed on, log(1 + n)); what the sender had sent in all, and to this receiver. The
    coefficient of passing on is compared with the same referrals in shuffled order, which keeps who refers to whom
    and how busy every firm is, and leaves only timing to speak.

    Parameters
    ----------
    days
        How long a favor is remembered.
    """
    table = evidence.table("referrals").dropna(subset=["from", "to", "date"])
    table = table[table["from"] != table["to"]].sort_values("date", kind="stable")
    if len(table) < 30:
        raise UntestableError(f"only {plural(len(table), 'dated referral')}; at least 30 are needed")
    firms = pd.Index(pd.unique(table[["from", "to"]].to_numpy().ravel()))
    if len(firms) < 4:
        raise UntestableError(
            f"only {plural(len(firms), 'firm takes', 'firms take')} part in referrals; at least 4 are needed"
        )
    source, target = firms.get_indexer(table["from"]), firms.get_indexer(table["to"])
    clock = (table["date"] - table["date"].min()) / pd.Timedelta(days=1)
    rng = np.random.default_rng(seed)
    events = _Events(len(firms), clock.to_numpy(dtype=float), days, rng)
    observed = events.fit(source, target, np.zeros(4))
    if not np.isfinite(observed).all():
        raise UntestableError("the referrals do not vary enough in time")
    shuffled = np.array([events.fit(*_shuffled(source, target, rng), observed) for _ in range(draws)])
    tests = [
        null_test(name, observed[place], shuffled[:, place], "referrals in shuffled order", seed)
        for place, name in enumerate(("passed on", "repaid"))
    ]
    n, unit = len(table), "log odds"
    parts = [
        against_chance("passing on, above shuffled order", tests[0], n=n, of="referrals", unit=unit),
        against_chance("repaying, above shuffled order", tests[1], n=n, of="referrals", unit=unit, expected="told"),
    ]
    ratio = observed[0] / observed[1] if observed[1] else float("nan")
    note = (
        f"Per doubling of what a firm received from others within {days:g} {'day' if days == 1 else 'days'}, its odds "
        f"to send to a third change by a factor of {2 ** parts[0].estimate:.2f} beyond its usual pace; passing on "
        f"weighs {ratio:.2f} times repaying."
    )
    return Found(parts=parts, note=note, tests=tests)


def _shuffled(source: Ints, target: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    order = rng.permutation(len(source))
    return source[order], target[order]


class _Events:
    """Referrals in order of time, each against pairs that it might have joined instead."""

    CONTROLS = 7

    def __init__(self, n: int, clock: Floats, days: float, rng: np.random.Generator) -> None:
        self.n, self.clock = n, clock
        m = len(clock)
        # Where the memory of every event begins and ends: events of the same day are not remembered yet.
        self.first = np.searchsorted(clock, clock - days, side="left")
        self.now = np.searchsorted(clock, clock, side="left")
        self.one = rng.integers(n, size=(m, self.CONTROLS))
        other = rng.integers(n - 1, size=(m, self.CONTROLS))
        self.other = other + (other >= self.one)

    def _count(self, code: Ints, asked: Ints) -> Floats:
        """Return how many events with the asked code stand in the memory of each row of `asked`."""
        m = len(code)
        order = np.argsort(code, kind="stable")
        # Sorted by code, then time: the memory of one code is a stretch.
        keys = code[order] * np.int64(m + 1) + order
        begin = np.searchsorted(keys, asked * np.int64(m + 1) + self.first[:, None])
        end = np.searchsorted(keys, asked * np.int64(m + 1) + self.now[:, None])
        return (end - begin).astype(float)

    def fit(self, source: Ints, target: Ints, guess: Floats) -> Floats:
        """Return the coefficients: passing on, repaying, sent in all, sent to this receiver."""
        one = np.column_stack([source, self.one])
        other = np.column_stack([target, self.other])
        n = np.int64(self.n)
        pair = source * n + target
        repaid = self._count(pair, other * n + one)
        received = self._count(target, one)
        passed = received - repaid
        sent, again = self._count(source, one), self._count(pair, one * n + other)
        terms = np.stack([np.log1p(passed), (repaid > 0).astype(float), np.log1p(sent), np.log1p(again)], axis=2)
        return _conditional_logit(terms, guess)


def _conditional_logit(terms: Floats, guess: Floats) -> Floats:
    """Return the coefficients of a conditional logit in which alternative 0 was chosen; NaN without a maximum."""
    events, choices, k = terms.shape
    apart = (terms - terms[:, :1]).reshape(events * choices, k)
    beta = guess.copy()
    for _ in range(25):
        score = (apart @ beta).reshape(events, choices)
        share = np.exp(score - score.max(axis=1, keepdims=True))
        share /= share.sum(axis=1, keepdims=True)
        weighed = apart * share.reshape(-1, 1)
        mean = weighed.reshape(events, choices, k).sum(axis=1)
        curve = weighed.T @ apart - mean.T @ mean + 1e-6 * np.eye(k)
        step = np.linalg.solve(curve, -mean.sum(axis=0))
        beta += np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-5:
            break
    return beta if np.abs(beta).max() < 20 else np.full(k, np.nan)


@claim(4)
def old_ties_are_firm(evidence: Evidence) -> Found:
    """Test whether the risk that a tie ends falls with its age.

    A discrete-time logit of ending in a year of life on log(1 + age), with a constant for every kind of tie, since
    kinds that last longer would by themselves look like a falling risk. The odds ratio is told; below 1 old ties are
    safer. Differences between ties that the kinds do not tell still bias it downwards. Ties are unbroken dated
    relations (see `clusternet.theory`); those open at the last start are censored. Where revenues are known, also
    whether firms with older ties grow faster, at equal numbers of partners.
    """
    table = spells(evidence)
    table = table[table["time"].notna()]
    years, row = _tie_years(table)
    if years["ended"].sum() < 10 or years["age"].nunique() < 3:
        raise UntestableError(
            f"{plural(years['ended'].sum(), 'end')} over {plural(years['age'].nunique(), 'year')} of age; at least 10 "
            "over 3 are needed", ("partnerships.end",),
        )  # fmt: skip
    kinds = pd.get_dummies(table["kind"].to_numpy()[row], dtype=float)
    x = np.column_stack([np.log1p(years["age"].to_numpy(dtype=float)), kinds.to_numpy()])
    estimate, se = _logit(years["ended"].to_numpy(dtype=float), x, row)
    part = estimated(
        "odds of ending, per unit of log age", estimate, se, n=len(table), of="relations",
        unit="odds ratio", expected="less", ratio=True,
    )  # fmt: skip
    parts = [part]
    untested: list[str] = []

    def effect() -> Part:
        alive = table[~table["ended"] & table["a"].notna()]
        ends = pd.concat([alive.set_index("a")["time"], alive.set_index("b")["time"]])
        terms = {"age": np.log1p(ends.groupby(level=0).mean()), "degree": log_degree(evidence.network)}
        return growth_part(evidence, terms, "growth with the mean age of ties", unit="log revenue per period")

    optional(parts, untested, "whether firms with older ties do better", effect)
    by_age = years.groupby("age")["ended"].mean()
    later = int(by_age.index[by_age.index <= 5].max())
    note = (
        f"In their first year {by_age.iloc[0]:.0%} of relations end; of those that are {plural(later, 'year')} old "
        f"{by_age[later]:.0%} within a year."
    )
    return Found(parts=parts, note=note, untested=untested)


def _tie_years(table: pd.DataFrame) -> tuple[pd.DataFrame, Ints]:
    """Return one row per relation and year of its life that was seen whole, or in which it ended."""
    time, over = table["time"].to_numpy(dtype=float), table["ended"].to_numpy(dtype=bool)
    size = np.where(over, np.ceil(time - 1e-9), np.floor(time + 1e-9)).astype(np.int64)
    row = np.repeat(np.arange(len(table)), size)
    age = np.arange(len(row)) - np.repeat(np.cumsum(size) - size, size)
    return pd.DataFrame({"age": age, "ended": over[row] & (age == size[row] - 1)}), row


def _logit(y: Floats, x: Floats, groups: Ints) -> tuple[float, float]:
    """Return coefficient and cluster-robust standard error of the first column; NaN without a maximum."""
    keep = x.any(axis=0)
    x = x[:, keep]
    beta = np.zeros(x.shape[1])
    for _ in range(40):
        share = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        curve = (x * (share * (1 - share))[:, None]).T @ x + 1e-9 * np.eye(x.shape[1])
        step = np.linalg.solve(curve, x.T @ (y - share))
        beta += np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-8:
            break
    inverse = np.linalg.inv(curve)
    score = np.zeros((int(groups.max()) + 1, x.shape[1]))
    np.add.at(score, groups, x * (y - share)[:, None])
    spread = inverse @ (score.T @ score) @ inverse
    if not np.isfinite(beta[0]) or abs(beta[0]) > 15:
        return float("nan"), float("nan")
    return float(beta[0]), float(np.sqrt(spread[0, 0]))


@claim(5)
def deep_ties_are_embedded_and_last(evidence: Evidence, *, draws: int, seed: int) -> Found:
    """Test whether strong ties stand among common partners, and last.

    The rank correlation of the strength of a tie, summed over layers, with the overlap of its ends' partners
    (onnela2007), against strengths permuted over the ties. Where relations have a strength of their own and dated
    ends, also the hazard ratio of ending per doubling of strength, each kind with a baseline of its own (cox1972).
    Ties that only an agreement of several firms stands behind are left out: they share partners by construction.
    """
    from scipy.stats import rankdata

    net = dyadic(evidence)
    graph = net.simple("undirected")
    overlap = brokerage.tie_embeddedness(net)["overlap"].to_numpy(dtype=float)
    known = np.isfinite(overlap)
    strength, overlap = graph.strength[known], overlap[known]
    if len(strength) < 10 or len(np.unique(strength)) < 2 or len(np.unique(overlap)) < 2:
        raise UntestableError("ties of one strength, or without common partners: nothing to compare",
                              ("partnerships.strength",))  # fmt: skip
    one, other = (_standard(rankdata(values)) for values in (strength, overlap))
    test = dealt_anew("rank correlation", lambda order: float(one[order] @ other), len(one),
                      "strengths permuted over the ties", draws=draws, seed=seed)  # fmt: skip
    parts = [against_chance("strength with overlap of partners", test, n=len(one), of="ties", unit="rank correlation")]
    untested: list[str] = []
    optional(parts, untested, "whether strong ties last longer", lambda: _strength_lasts(evidence))
    local = int((brokerage.tie_embeddedness(net)["shared_partners"] == 0).sum())
    note = (
        f"Strength and common partners go together with a rank correlation of {test.observed:.2f} (−1 to 1); {local:,} "
        f"of {plural(len(graph.source), 'tied pair')} {'has' if local == 1 else 'have'} no common partner."
    )
    return Found(parts=parts, note=note, tests=(test,), untested=untested)


def _standard(values: Floats) -> Floats:
    apart = values - values.mean()
    return np.asarray(apart / np.sqrt(apart @ apart))


def _strength_lasts(seen: Evidence) -> Part:
    table = spells(seen)
    table = table[(table["strength"] > 0) & (table["parties"] == 2)]
    if not len(table):
        raise UntestableError("these records have no partnerships.strength", ("partnerships.strength",))
    table = table.assign(strength=np.log2(table["strength"]))
    fit = hazard(table, ["strength"], strata="kind")
    return estimated(
        "hazard of ending per doubling of strength", float(fit.estimate[0]), float(fit.se[0]), n=fit.n, of="relations",
        unit="hazard ratio", expected="less", ratio=True,
    )  # fmt: skip


@claim(6)
def layers_support_each_other(evidence: Evidence, *, draws: int, seed: int) -> Found:
    """Test whether more pairs of firms are tied in several layers than if layers were unrelated.

    The share of tied pairs that are tied in two layers or more, against the firms of every layer permuted (QAP): each
    layer keeps its shape, and only who stands where is left to chance. Firms without any tie are left out, since they
    would be alike in every layer. In `knokewood1981` money and information go together weakly: contested.

    References
    ----------
    krackhardt1987
    """
    net = evidence.network.without(evidence.network.isolates)
    layers = net.layers
    if len(layers) < 2:
        raise UntestableError("these records have ties of one kind only", ("partnerships.kind",))
    n = net.n_firms
    pairs = []
    for layer in layers:
        graph = net.layer(layer).simple("undirected")
        pairs.append((graph.source, graph.target))

    def share(orders: list[Ints] | None) -> float:
        keys = []
        for place, (source, target) in enumerate(pairs):
            one, other = (source, target) if orders is None else (orders[place][source], orders[place][target])
            keys.append(np.minimum(one, other) * np.int64(n) + np.maximum(one, other))
        count = np.unique(np.concatenate(keys), return_counts=True)[1]
        return float((count > 1).mean())

    rng = np.random.default_rng(seed)
    drawn = np.array([share([rng.permutation(n) for _ in layers]) for _ in range(draws)])
    test = null_test("share of pairs tied in several layers", share(None), drawn, "firms permuted in each layer", seed)
    total = len(net.simple("undirected").source)
    part = against_chance("pairs tied in several ways, above chance", test, n=total, of="tied pairs", unit="share")
    note = (
        f"{test.observed:.1%} of tied pairs are tied in more than one way; unrelated layers give {test.expected:.1%}."
    )
    return Found(parts=[part], note=note, tests=(test,), parameters={"layers": layers})


@claim(7)
def members_outgrow_isolates(evidence: Evidence) -> Found:
    """Test whether firms with ties grow faster than comparable firms without.

    The difference in yearly growth of log revenue between registered firms with and without a tie, at equal numbers of
    employees and in the same sector where these are known (least squares, HC3). Firms that choose to join may differ
    in other ways: this is no experiment. The share of firms in the largest connected group stands beside it.
    """
    net = evidence.network
    firms = net.firms
    tied = pd.Series(~firms.index.isin(net.isolates), index=firms.index, dtype=float)
    terms: dict[str, pd.Series] = {"tied": tied}
    known = growth(evidence).index.intersection(firms.index)
    if not (tied.loc[known] == 0).sum() >= 5:
        raise UntestableError("revenues of fewer than five firms without ties", ("outcomes.revenue",))
    if "employees" in firms.columns and firms.loc[known, "employees"].notna().mean() > 0.8:
        size = pd.to_numeric(firms["employees"], errors="coerce")
        terms["size"] = np.log1p(size.fillna(size.median()))
    if "sector" in firms.columns and firms.loc[known, "sector"].notna().any():
        sectors = firms["sector"].loc[known].value_counts()
        for name in sectors.index[1:][sectors.iloc[1:] >= 5]:
            terms[f"sector {name}"] = (firms["sector"] == name).astype(float)
    parts = [growth_part(evidence, terms, "growth of firms with ties, less without", unit="log revenue per period")]
    giant = cohesion.giant_share(net)
    note = f"{len(net.isolates):,} of {net.n_firms:,} firms have no tie; {giant:.0%} hang together in one group."
    return Found(parts=parts, note=note, parameters={"controls": tuple(terms)[1:]})


@claim(8)
def communities_follow_place_or_trade(evidence: Evidence, *, draws: int, seed: int) -> Found:
    """Test whether the communities found in the ties coincide with regions or with sectors.

    Communities of highest modularity (Leiden) and, for each attribute, the mutual information with it less its mean
    under attributes permuted over the firms, in units of the largest possible excess: 0 chance, 1 identical. Each of
    the two is tested at half the level, since one is enough.
    """
    net = evidence.network.without(evidence.network.isolates)
    if net.n_firms < 10:
        raise UntestableError(f"only {plural(net.n_firms, 'firm has', 'firms have')} ties; at least 10 are needed")
    found = cohesion.communities(net.undirected(), seed=seed, runs=5)
    member = found.membership.to_numpy()
    attributes = {
        name: net.firms[name] for name in ("region", "sector")
        if name in net.firms.columns and len(net.firms[name].dropna().unique()) > 1
    }  # fmt: skip
    if not attributes or len(np.unique(member)) < 2:
        raise UntestableError("one region and one sector, or one community: nothing to compare",
                              ("firms.region|firms.sector",))  # fmt: skip
    rng = np.random.default_rng(seed)
    parts, tests, notes = [], [], []
    for name, values in attributes.items():
        known = values.notna().to_numpy()
        label, group = pd.factorize(values[known])[0], pd.factorize(member[known])[0]
        observed, top = _shared_information(label, group)
        drawn = np.array([_shared_information(rng.permutation(label), group)[0] for _ in range(draws)])
        width = top - drawn.mean()
        if width <= 1e-9:
            continue
        test = null_test(f"information shared with {name}", observed / width, drawn / width, f"{name} permuted", seed)
        tests.append(test)
        parts.append(
            against_chance(f"communities coincide with {name}", test, n=int(known.sum()), of="firms",
                           unit="adjusted mutual information, 1 identical", tests=len(attributes))
        )  # fmt: skip
        notes.append(f"{name} {parts[-1].estimate:.2f}")
    if not parts:
        raise UntestableError("regions and sectors cannot be told apart from chance in so small a network")
    parts.sort(key=lambda part: part.estimate, reverse=True)
    note = (
        f"The ties fall into {len(np.unique(member))} communities; on a scale from 0 (chance) to 1 (identical) they "
        f"coincide with {' and '.join(notes)}."
    )
    return Found(parts=parts, note=note, tests=tests, combine="any")


def _shared_information(one: Ints, other: Ints) -> tuple[float, float]:
    """Return the mutual information of two labelings, and the mean of their entropies."""
    n = len(one)
    rows, columns = int(one.max()) + 1, int(other.max()) + 1
    joint = np.bincount(one * columns + other, minlength=rows * columns).reshape(rows, columns) / n

    def entropy(share: Floats) -> float:
        share = share[share > 0]
        return float(-(share * np.log(share)).sum())

    left, right, both = entropy(joint.sum(axis=1)), entropy(joint.sum(axis=0)), entropy(joint.ravel())
    return left + right - both, (left + right) / 2


@claim(9)
def trios_of_trades(evidence: Evidence, *, draws: int, seed: int) -> Found:
    """Test whether triangles of three different sectors are more frequent than chance.

    The number of triangles whose three firms are of three sectors, against networks in which every firm keeps its
    number of partners in every sector (maslov2002, switching within pairs of sectors). Where revenues are known,
    also whether firms grow faster that are in such a triangle, at equal numbers of partners. Ties that only an
    agreement of several firms stands behind are left out: they close triangles by construction.
    """
    from clusternet.inference import test_against_null

    net = dyadic(evidence)
    if "sector" not in net.firms.columns:
        raise UntestableError("these records have no firms.sector", ("firms.sector",))
    sector = net.firms["sector"]
    codes = pd.factorize(sector)[0]

    def trios(drawn: Network) -> float:
        return float(len(_trios(drawn, codes)[0]))

    test = cast("NullTest", test_against_null(net, trios, null="places", place=sector, draws=draws, seed=seed))
    # As a share of what is there: numbers of triangles say little by themselves.
    scale = max(test.expected, 1.0)
    relative = null_test("trios", test.observed / scale, test.draws.to_numpy() / scale, "partners by sector kept", seed)
    parts = [
        against_chance("triangles of three sectors, above chance", relative, n=int(test.observed), of="triangles",
                       unit="share more than chance; 1 is twice as many")
    ]  # fmt: skip
    untested: list[str] = []

    def effect() -> Part:
        inside = np.zeros(net.n_firms)
        for end in _trios(net, codes):
            inside[end] = 1
        terms = {"trio": pd.Series(inside, index=net.firms.index), "degree": log_degree(net)}
        return growth_part(evidence, terms, "growth of members of such triangles", unit="log revenue per period")

    optional(parts, untested, "whether members of such triangles grow faster", effect)
    joins = plural(test.observed, "triangle joins", "triangles join")
    note = f"{joins} three sectors; chance gives {test.expected:,.0f}."
    return Found(parts=parts, note=note, tests=(test,), untested=untested)


def _trios(net: Network, codes: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the three firms of every triangle of three known sectors."""
    graph = net.simple("undirected")
    keep = (codes[graph.source] >= 0) & (codes[graph.target] >= 0) & (codes[graph.source] != codes[graph.target])
    source, target, n = graph.source[keep], graph.target[keep], graph.n
    key = source * n + target  # sorted, for the rows of a simple graph are
    size = np.bincount(source, minlength=n)
    begin = np.cumsum(size) - size
    # Every tie i < j with every tie j < k: a triangle if i and k are tied.
    times = size[target]
    row = np.repeat(np.arange(len(source)), times)
    step = np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times)
    third = target[begin[target[row]] + step] if len(row) else row
    asked = source[row] * n + third
    place = np.searchsorted(key, asked).clip(max=max(len(key) - 1, 0))
    closed = key[place] == asked if len(key) else np.zeros(0, dtype=bool)
    closed &= codes[source[row]] != codes[third]
    return source[row][closed], target[row][closed], third[closed]


@claim(10)
def hubs_grow(evidence: Evidence) -> Found:
    """Test whether revenue grows after a firm gained partners.

    The growth of log revenue from one period to the next on log(1 + partners) when the latter began, with an effect of
    every firm and of every period: firms are compared with themselves, and periods with their mean. Standard errors
    are clustered by firm. What makes a firm gain partners and grow at once is still not ruled out.
    """
    panel = outcome_panel(evidence)
    before = panel.groupby("firm_id")[["log", "step"]].shift()
    rows = panel[(panel["step"] - before["step"]) == 1].assign(growth=panel["log"] - before["log"])
    ids = evidence.network.firms.index
    rows = rows[rows["firm_id"].isin(ids)]
    firm = ids.get_indexer(rows["firm_id"])
    partners = np.empty(len(rows))
    for start in rows["start"].unique():
        here = (rows["start"] == start).to_numpy()
        partners[here] = _partners_at(evidence.network, start)[firm[here]]
    if len(rows) < 20:
        raise UntestableError(f"{plural(len(rows), 'known growth')} of a firm in a period; at least 20 are needed",
                              ("outcomes.revenue",))  # fmt: skip
    y, x = rows["growth"].to_numpy(dtype=float), np.log1p(partners)
    unit, when = pd.factorize(rows["firm_id"])[0], pd.factorize(rows["start"])[0]
    y, x = _within(y, unit, when), _within(x, unit, when)
    if x @ x < 1e-9:
        raise UntestableError("no firm gains or loses partners between the periods", ("partnerships.start",))
    absorbed = len(np.unique(when)) - 1
    fit = least_squares(y, x[:, None], groups=unit, absorbed=absorbed)
    part = estimated(
        "growth after gaining partners", float(fit.estimate[0]), float(fit.se[0]), df=fit.df, n=fit.n,
        of="firms and periods", unit="log revenue per log partners",
    )  # fmt: skip
    note = f"Twice the partners go with {2**part.estimate - 1:+.1%} revenue in the period that follows."
    return Found(parts=[part], note=note)


def _partners_at(net: Network, day: Any) -> Ints:
    alive = net.at(day, undated="drop").simple("undirected")
    return np.bincount(np.append(alive.source, alive.target), minlength=alive.n)


def _within(values: Floats, firm: Ints, period: Ints) -> Floats:
    """Return the values less the means of their firm and of their period, by turns until nothing changes."""
    left = values.astype(float)
    by: list[tuple[Ints, Floats]] = [(codes, np.bincount(codes).astype(float)) for codes in (firm, period)]
    for _ in range(500):
        old = left
        for codes, size in by:
            left = left - (np.bincount(codes, weights=left) / size)[codes]
        if np.abs(left - old).max() < 1e-12:
            break
    return left
