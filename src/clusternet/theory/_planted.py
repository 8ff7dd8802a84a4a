"""Clusters in which a claim is true, or is not, by construction: sections A1, A2, A4 and A8."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from clusternet.network import Network
from clusternet.theory._evidence import Evidence, evidence
from clusternet.theory._power import plants

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Rng = np.random.Generator

DAY_ONE = pd.Timestamp("2012-01-01")
YEAR = 365.25


def ids(n: int) -> pd.Index:
    """Return n firm ids."""
    return pd.Index([f"F{number:03d}" for number in range(n)], name="firm", dtype="str")


def days(years: Floats) -> pd.Series:
    """Return dates so many years after the first day; NaN becomes missing."""
    return pd.Series(DAY_ONE + pd.to_timedelta(np.round(years * YEAR), unit="D")).astype("datetime64[us]")


def random_pairs(n: int, m: int, rng: Rng, *, directed: bool = False) -> tuple[Ints, Ints]:
    """Return m distinct pairs of n firms, ordered pairs if directed."""
    if directed:
        one, other = np.divmod(rng.choice(n * (n - 1), m, replace=False), n - 1)
        return one, other + (other >= one)
    one, other = np.triu_indices(n, 1)
    kept = rng.choice(len(one), m, replace=False)
    return one[kept], other[kept]


def network(firms: pd.DataFrame, source: Ints, target: Ints, **columns: object) -> Network:
    """Return a network of ties by position."""
    ties = pd.DataFrame({"source": firms.index[source], "target": firms.index[target], **columns})
    return Network(firms, ties)


def outcomes(firms: pd.Index, growth: Floats, rng: Rng, *, noise: float = 0.1) -> pd.DataFrame:
    """Return revenues of two years, three apart, that grow by `growth` a year and noise."""
    start = rng.normal(13, 0.6, len(firms))
    grown = growth + rng.normal(0, noise, len(firms))
    table = {"firm_id": np.tile(firms, 2), "period": np.repeat(["2020", "2021"], len(firms))}
    return pd.DataFrame({**table, "revenue": np.exp(np.append(start, start + grown))})


def degree_of(n: int, source: Ints, target: Ints) -> Ints:
    """Return how many ties each firm has."""
    return np.bincount(np.append(source, target), minlength=n)


def lifetimes(start: Floats, rate: Floats, rng: Rng, *, shape: float = 1.0, until: float = 10.0) -> Floats:
    """Return the ends of relations, in years, that end at a risk of `rate` a year; NaN if after `until`.

    With a `shape` below 1 the risk falls with age (Weibull), and `rate` is that of the scale.
    """
    end = start + rng.weibull(shape, len(start)) / rate
    return np.where(end < until, end, np.nan)


# ── A1 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@plants(1)
def _reciprocity(rng: Rng, effect: float) -> Evidence:
    firms = pd.DataFrame(index=ids(40))
    n, m = 40, 130
    source, target = random_pairs(n, m, rng, directed=True)
    answer = rng.random(m) < min(0.35 * effect, 1)
    key = np.unique(np.append(source * n + target, (target * n + source)[answer]))
    source, target = np.divmod(key, n)
    back = np.isin(target * n + source, key)
    share = degree_of(n, source[back], target[back]) / np.maximum(degree_of(n, source, target), 1)
    net = network(firms, source, target, layer="referral", directed=True)
    return evidence(network=net, tables={"outcomes": outcomes(firms.index, 0.4 * effect * share, rng)})


@plants(2)
def _balance(rng: Rng, effect: float) -> Evidence:
    firms = pd.DataFrame(index=ids(40))
    one, other = random_pairs(40, 45, rng)
    common = rng.normal(0, 1, len(one))
    share = min(effect * 0.8, 1.0)
    sizes = [np.sqrt(share) * common + np.sqrt(1 - share) * rng.normal(0, 1, len(one)) for _ in range(2)]
    source, target = np.append(one, other), np.append(other, one)
    customers = np.ceil(np.exp(1 + np.concatenate(sizes)))
    net = network(firms, source, target, layer="referral", directed=True)
    table = {"from": firms.index[source], "to": firms.index[target], "customers": customers}
    return evidence(network=net, tables={"referrals": pd.DataFrame(table)})


def _referrals(rng: Rng, n: int, m: int, passed: float, *, within: float = 45.0) -> pd.DataFrame:
    """Return m referrals over three years; a share of them is set off by one that the sender got shortly before."""
    busy, liked = rng.gamma(2, 1, n), rng.gamma(2, 1, n)
    roots = round(m * (1 - passed))
    source = rng.choice(n, roots, p=busy / busy.sum())
    target = rng.choice(n, roots, p=liked / liked.sum())
    when = rng.uniform(0, 1100, roots)
    events = list(zip(when.tolist(), source.tolist(), target.tolist(), strict=True))
    while len(events) < m:
        day, first, sender = events[rng.integers(len(events))]
        third = int(rng.integers(n))
        if third not in {first, sender}:
            events.append((day + rng.exponential(within / 3), sender, third))
    when, source, target = (np.array(column) for column in zip(*events, strict=True))
    firms = ids(n)
    table = pd.DataFrame(
        {"from": firms[source.astype(int)], "to": firms[target.astype(int)], "date": days(when / YEAR)}
    )
    return table[table["from"] != table["to"]].sort_values("date", ignore_index=True)


def _referral_evidence(n: int, table: pd.DataFrame, **tables: pd.DataFrame) -> Evidence:
    pairs = table.drop_duplicates(["from", "to"])
    ties = pd.DataFrame({"source": pairs["from"], "target": pairs["to"], "layer": "referral", "directed": True,
                         "start": pairs["date"]})  # fmt: skip
    net = Network(pd.DataFrame(index=ids(n)), ties.reset_index(drop=True))
    return evidence(network=net, tables={"referrals": table, **tables})


@plants(3)
def _passing_on(rng: Rng, effect: float) -> Evidence:
    return _referral_evidence(16, _referrals(rng, 16, 160, min(0.35 * effect, 0.9)))


@plants(4)
def _age(rng: Rng, effect: float) -> Evidence:
    n, m = 60, 260
    firms = pd.DataFrame(index=ids(n))
    source, target = random_pairs(n, m, rng)
    start = rng.uniform(0, 10, m)
    shape = 1 / (1 + 0.9 * effect)
    end = lifetimes(start, np.full(m, 0.3), rng, shape=shape)
    net = network(firms, source, target, layer="alliance", start=days(start), end=days(end))
    alive = np.isnan(end)
    age = degree_of(n, source[alive], target[alive]) * 0.0
    np.add.at(age, source[alive], 10 - start[alive])
    np.add.at(age, target[alive], 10 - start[alive])
    mean = age / np.maximum(degree_of(n, source[alive], target[alive]), 1)
    return evidence(network=net, tables={"outcomes": outcomes(firms.index, 0.2 * effect * np.log1p(mean), rng)})


@plants(5)
def _depth(rng: Rng, effect: float) -> Evidence:
    n = 50
    firms = pd.DataFrame(index=ids(n))
    lattice = np.arange(n)
    source = np.concatenate([lattice, lattice])
    target = np.concatenate([(lattice + 1) % n, (lattice + 2) % n])
    far = rng.random(len(target)) < 0.35
    target = np.where(far, rng.integers(n, size=len(target)), target)
    low, high = np.minimum(source, target), np.maximum(source, target)
    key = np.unique((low * n + high)[low != high])
    source, target = np.divmod(key, n)
    plain = network(firms, source, target)
    from clusternet.brokerage import tie_embeddedness

    shared = tie_embeddedness(plain)["shared_partners"].to_numpy(dtype=float)
    strength = np.exp(effect * 0.8 * shared + rng.normal(0, 0.7, len(key)))
    start = rng.uniform(0, 10, len(key))
    # The effect is on strength; without it, strong ties end as soon as others.
    end = lifetimes(start, 0.5 * strength ** (-0.8 * effect), rng)
    net = network(firms, source, target, layer="alliance", strength=strength, start=days(start), end=days(end))
    return evidence(network=net)


@plants(6)
def _layers(rng: Rng, effect: float) -> Evidence:
    firms = pd.DataFrame(index=ids(30))
    ends = [random_pairs(30, 60, rng) for _ in range(2)]
    copied = rng.random(60) < min(0.25 * effect, 1)
    second = [np.where(copied, ends[0][end], ends[1][end]) for end in range(2)]
    source, target = np.append(ends[0][0], second[0]), np.append(ends[0][1], second[1])
    net = network(firms, source, target, layer=["alliance"] * 60 + ["supply"] * 60)
    return evidence(network=net)


@plants(7)
def _islands(rng: Rng, effect: float) -> Evidence:
    n = 90
    firms = pd.DataFrame(
        {"sector": rng.choice(["food", "wood", "metal"], n), "employees": rng.integers(2, 60, n).astype(float)},
        index=ids(n),
    )
    tied = np.arange(55)
    net = network(firms, tied, (tied + 1) % 55)
    grown = 0.1 * effect * (np.arange(n) < 55) + 0.05 * (firms["sector"] == "food").to_numpy()
    return evidence(network=net, tables={"outcomes": outcomes(firms.index, grown, rng)})


def _blocks(rng: Rng, n: int, groups: int, inside: float, across: float) -> tuple[Ints, Ints, Ints]:
    """Return the group of every firm, and ties that join members more often than others."""
    group = np.arange(n) % groups
    one, other = np.triu_indices(n, 1)
    kept = rng.random(len(one)) < np.where(group[one] == group[other], inside, across)
    return group, one[kept], other[kept]


@plants(8)
def _places(rng: Rng, effect: float) -> Evidence:
    n = 48
    group, source, target = _blocks(rng, n, 4, 0.45, 0.03)
    follow = rng.random(n) < min(0.6 * effect, 1)
    region = np.where(follow, group, rng.integers(4, size=n))
    firms = pd.DataFrame(
        {"region": np.array(list("NESW"))[region], "sector": rng.choice(["food", "wood", "metal"], n)}, index=ids(n)
    )
    return evidence(network=network(firms, source, target))


@plants(9)
def _trios(rng: Rng, effect: float) -> Evidence:
    n = 45
    sector = np.arange(n) % 3
    firms = pd.DataFrame({"sector": np.array(["bakery", "coffee", "catering"])[sector]}, index=ids(n))
    source, target = random_pairs(n, 80, rng)
    keys = [np.minimum(source, target) * n + np.maximum(source, target)]
    member = np.zeros(n)
    for _ in range(round(14 * effect)):
        trio = np.sort([rng.choice(np.flatnonzero(sector == one)) for one in range(3)])
        member[trio] = 1
        keys.append(np.array([trio[0] * n + trio[1], trio[0] * n + trio[2], trio[1] * n + trio[2]]))
    source, target = np.divmod(np.unique(np.concatenate(keys)), n)
    net = network(firms, source, target)
    return evidence(network=net, tables={"outcomes": outcomes(firms.index, 0.25 * effect * member, rng)})


@plants(10)
def _hubs(rng: Rng, effect: float) -> Evidence:
    n, years = 40, 7
    firms = pd.DataFrame(index=ids(n))
    m = 170
    source, target = random_pairs(n, m, rng)
    start = rng.uniform(0, years, m)
    net = network(firms, source, target, layer="alliance", start=days(start))
    level = rng.normal(13, 0.5, n)
    own = rng.normal(0, 0.05, n)
    rows = []
    for year in range(years):
        early = start < year
        grown = own + 0.15 * effect * np.log1p(degree_of(n, source[early], target[early])) + rng.normal(0, 0.15, n)
        level = level + grown
        rows.append(pd.DataFrame({"firm_id": firms.index, "period": str(2012 + year), "revenue": np.exp(level)}))
    return evidence(network=net, tables={"outcomes": pd.concat(rows, ignore_index=True)})


# ── A2 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@plants(12)
def _feeding(rng: Rng, effect: float) -> Evidence:
    # Without the effect one referral in ten sets off another, where the claim is neither true nor false.
    table = _referrals(rng, 16, 300, min(0.1 + 0.3 * effect, 0.9))
    return _referral_evidence(16, table)


@plants(14)
def _targets(rng: Rng, effect: float) -> Evidence:
    n, firms = 60, pd.DataFrame(index=ids(60))
    # Without the effect all firms have four partners.
    where = rng.permutation(n)
    source, target = np.tile(where, 2), np.concatenate([np.roll(where, -1), np.roll(where, -2)])
    drawn = rng.random(2 * n) < min(0.7 * effect, 1)
    weight = 1 / (1 + np.arange(n))
    hub = rng.choice(n, 2 * n, p=weight / weight.sum())
    target = np.where(drawn & (hub != source), hub, target)
    return evidence(network=network(firms, source, target))


@plants(15)
def _health(rng: Rng, effect: float) -> Evidence:
    n, years = 30, 26
    firms = pd.DataFrame(index=ids(n))
    parts, rows = [], []
    level, rise, before = rng.normal(13, 0.5, n), 0.0, 60
    for year in range(years):
        size = int(np.clip(rng.normal(60, 14), 20, 110))
        source, target = random_pairs(n, size, rng)
        start = np.full(size, year + 0.01)
        parts.append(pd.DataFrame({"source": firms.index[source], "target": firms.index[target],
                                   "start": days(start), "end": days(start + 0.97)}))  # fmt: skip
        level = level + 0.004 * effect * rise + rng.normal(0, 0.02) + rng.normal(0, 0.05, n)
        rise, before = size - before, size
        rows.append(pd.DataFrame({"firm_id": firms.index, "period": str(2012 + year), "revenue": np.exp(level)}))
    net = Network(firms, pd.concat(parts, ignore_index=True).assign(layer="alliance"))
    return evidence(network=net, tables={"outcomes": pd.concat(rows, ignore_index=True)})


@plants(16)
def _segments(rng: Rng, effect: float) -> Evidence:
    n, m = 40, 260
    group, source, target = _blocks(rng, n, 4, 0.45, 0.02)
    firms = pd.DataFrame(index=ids(n))
    one, other = rng.integers(n, size=m), rng.integers(n - 1, size=m)
    other = other + (other >= one)
    near = rng.random(m) < 0.4
    for place in np.flatnonzero(near):
        fellows = np.flatnonzero((group == group[one[place]]) & (np.arange(n) != one[place]))
        other[place] = rng.choice(fellows)
    sent = rng.integers(1, 5, m)
    chance = np.clip(0.3 * (1 + 0.8 * effect * (group[one] == group[other])), 0, 1)
    table = {"from": firms.index[one], "to": firms.index[other], "customers": sent.astype(float),
             "converted": rng.binomial(sent, chance).astype(float)}  # fmt: skip
    net = network(firms, source, target, layer="alliance")
    return evidence(network=net, tables={"referrals": pd.DataFrame(table)})


# ── A4 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _relations(rng: Rng, kind: Ints, names: tuple[str, str], shape: float) -> tuple[pd.DataFrame, Ints, Ints]:
    """Return firms, and as many distinct pairs as kinds; with `shape`, the second kind stands among hubs."""
    n = 60
    weight = np.where(np.arange(n) < 6, 1 + 40 * shape, 1.0)
    seen: set[tuple[int, int]] = set()
    ends = []
    for one in kind:
        while True:
            left = int(rng.choice(n, p=weight / weight.sum()) if one else rng.integers(n))
            right = int(rng.integers(n))
            pair = (min(left, right), max(left, right))
            if left != right and pair not in seen:
                break
        seen.add(pair)
        ends.append(pair)
    source, target = np.array(ends).T
    table = pd.DataFrame({"kind": np.array(names)[kind], "a": ids(n)[source], "b": ids(n)[target]})
    return table, source, target


@plants(27)
def _alliances(rng: Rng, effect: float) -> Evidence:
    m = 150
    kind = (rng.random(m) < 0.5).astype(int)
    table, source, target = _relations(rng, kind, ("supply", "alliance"), min(effect, 2))
    start = rng.uniform(0, 10, m)
    end = lifetimes(start, 0.25 * np.exp(0.9 * effect * kind), rng)
    net = network(pd.DataFrame(index=ids(60)), source, target, layer=table["kind"], start=days(start), end=days(end))
    return evidence(network=net)


@plants(28)
def _ventures(rng: Rng, effect: float) -> Evidence:
    m = 160
    kind = (rng.random(m) < 0.4).astype(int)
    table, source, target = _relations(rng, kind, ("alliance", "joint_venture"), min(effect, 2))
    start = rng.uniform(0, 10, m)
    end = lifetimes(start, 0.4 * np.exp(-0.9 * effect * kind), rng)
    value = np.exp(rng.normal(10, 1, m) + effect * kind)
    net = network(pd.DataFrame(index=ids(60)), source, target, layer=table["kind"], start=days(start), end=days(end),
                  value=value)  # fmt: skip
    return evidence(network=net)


def _groups(rng: Rng, n: int, count: int, size: int, kind: str) -> pd.DataFrame:
    """Return memberships of `count` groups of random firms."""
    members = [rng.choice(n, size, replace=False) for _ in range(count)]
    return pd.DataFrame({"group_id": np.repeat([f"G{one:02d}" for one in range(count)], size),
                         "kind": kind, "firm": ids(n)[np.concatenate(members)]})  # fmt: skip


@plants(29)
def _fellows(rng: Rng, effect: float) -> Evidence:
    n = 60
    groups = _groups(rng, n, 6, 7, "cooperative")
    source, target = random_pairs(n, 120, rng)
    place = ids(n).get_indexer(groups["firm"]).reshape(6, 7)
    fellow = rng.random(120) < min(0.2 * effect, 1)
    for tie in np.flatnonzero(fellow):
        source[tie], target[tie] = rng.choice(place[rng.integers(6)], 2, replace=False)
    net = network(pd.DataFrame(index=ids(n)), source, target, layer="alliance")
    return evidence(network=net, tables={"groups": groups})


@plants(30)
def _scale(rng: Rng, effect: float) -> Evidence:
    n, count = 60, 14
    sizes = rng.integers(4, 40, count)
    groups = pd.concat([_groups(rng, n, 1, int(size), "platform").assign(group_id=f"G{place:02d}")
                        for place, size in enumerate(sizes)], ignore_index=True)  # fmt: skip
    cost = np.exp(5 + (1 - 0.5 * effect) * np.log(sizes) + rng.normal(0, 0.25, count))
    governance = pd.DataFrame({"record_id": [f"G{place:02d}" for place in range(count)], "cost": cost})
    source, target = random_pairs(n, 60, rng)
    net = network(pd.DataFrame(index=ids(n)), source, target, layer="alliance")
    return evidence(network=net, tables={"groups": groups, "governance": governance})


@plants(31)
def _tiers(rng: Rng, effect: float) -> Evidence:
    n = 45
    source, target = random_pairs(n, 110, rng)
    tier = np.arange(n) % 3
    down = np.where(tier[source] == tier[target], rng.random(110) < 0.5, tier[source] < tier[target])
    turn = np.where(rng.random(110) < min(0.9 * effect, 1), ~down, rng.random(110) < 0.5)
    source, target = np.where(turn, target, source), np.where(turn, source, target)
    net = network(pd.DataFrame(index=ids(n)), source, target, layer="supply", directed=True)
    return evidence(network=net)


# ── A8 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@plants(71)
def _formal(rng: Rng, effect: float) -> Evidence:
    n, m = 60, 200
    source, target = random_pairs(n, m, rng)
    value = np.exp(rng.normal(10, 1, m))
    # Larger deals are formal more often, and last longer by themselves: value must be held equal.
    formal = rng.random(m) < 1 / (1 + np.exp(-(np.log(value) - 10)))
    start = rng.uniform(0, 10, m)
    end = lifetimes(start, 0.4 * np.exp(-0.8 * effect * formal - 0.3 * (np.log(value) - 10)), rng)
    net = network(pd.DataFrame(index=ids(n)), source, target, layer="alliance", start=days(start), end=days(end),
                  value=value, formal=formal)  # fmt: skip
    return evidence(network=net)


@plants(72)
def _pilots(rng: Rng, effect: float) -> Evidence:
    n, m = 60, 90
    source, target = random_pairs(n, m, rng)
    first = rng.normal(9, 0.8, m)
    start = rng.uniform(0, 6, m)
    end = lifetimes(start, 0.35 * np.exp(-0.9 * effect * (first < 9)), rng)
    close = np.where(np.isnan(end), 10.0, end)
    # A relation is one or two deals, the second from the middle of its life on.
    twice = rng.random(m) < 0.5
    middle = (start + close) / 2
    rows = [
        pd.DataFrame({"a": ids(n)[source], "b": ids(n)[target], "start": days(start), "value": np.exp(first),
                      "end": days(np.where(twice, middle, end))}),
        pd.DataFrame({"a": ids(n)[source[twice]], "b": ids(n)[target[twice]], "start": days(middle[twice] + 0.01),
                      "value": np.exp(first + 0.4 * effect + rng.normal(0, 0.7, m))[twice], "end": days(end[twice])}),
    ]  # fmt: skip
    table = pd.concat(rows, ignore_index=True).assign(kind="alliance")
    table = table[table["end"].isna() | (table["end"] >= table["start"])].reset_index(drop=True)
    net = network(pd.DataFrame(index=ids(n)), source, target, layer="alliance", start=days(start), end=days(end))
    return evidence(network=net, tables={"partnerships": table})


@plants(75)
def _confirmed(rng: Rng, effect: float) -> Evidence:
    n, m = 50, 180
    source, target = random_pairs(n, m, rng)
    both = rng.random(m) < 0.5
    start = rng.uniform(0, 10, m)
    end = lifetimes(start, 0.4 * np.exp(-0.8 * effect * both), rng)
    table = pd.DataFrame(
        {
            "kind": "alliance",
            "a": ids(n)[source],
            "b": ids(n)[target],
            "start": days(start),
            "end": days(end),
            "reported_by": ids(n)[np.where(rng.random(m) < 0.5, source, target)],
        }
    )
    other = table[both].assign(reported_by=table["a"].where(table["reported_by"] == table["b"], table["b"]))
    net = network(pd.DataFrame(index=ids(n)), source, target, layer="alliance", start=days(start), end=days(end))
    return evidence(network=net, tables={"partnerships": pd.concat([table, other], ignore_index=True)})


@plants(81)
def _boundary(rng: Rng, effect: float) -> Evidence:
    n, m = 48, 110
    region = np.arange(n) % 4
    source, target = random_pairs(n, m, rng)
    home = rng.random(m) < min(0.25 * effect, 1)
    for tie in np.flatnonzero(home):
        target[tie] = rng.choice(np.flatnonzero((region == region[source[tie]]) & (np.arange(n) != source[tie])))
    firms = pd.DataFrame({"region": np.array(list("NESW"))[region]}, index=ids(n))
    return evidence(network=network(firms, source, target))


@plants(84)
def _emergence(rng: Rng, effect: float) -> Evidence:
    n = 45
    firms = pd.DataFrame({"sector": rng.choice(["food", "wood", "metal"], n)}, index=ids(n))
    source, target = random_pairs(n, 90, rng)
    keys = [np.minimum(source, target) * n + np.maximum(source, target)]
    for _ in range(round(38 * effect)):
        trio = np.sort(rng.choice(n, 3, replace=False))
        keys.append(np.array([trio[0] * n + trio[1], trio[0] * n + trio[2], trio[1] * n + trio[2]]))
    source, target = np.divmod(np.unique(np.concatenate(keys)), n)
    return evidence(network=network(firms, source, target))
