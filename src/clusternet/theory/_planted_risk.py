"""Clusters in which a claim is true, or is not, by construction: sections A5, A6 and A7."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from clusternet.theory._evidence import Evidence, evidence
from clusternet.theory._planted import days, degree_of, ids, lifetimes, network, outcomes, random_pairs
from clusternet.theory._power import plants

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clusternet.network import Network

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Rng = np.random.Generator


def capabilities(held: Bools, firms: pd.Index) -> pd.DataFrame:
    """Return the table of capabilities of firms (rows) by tags (columns)."""
    row, column = np.nonzero(held)
    return pd.DataFrame({"firm_id": firms[row], "tag": [f"T{one:02d}" for one in column]})


def random_tags(sizes: Ints, n_tags: int, rng: Rng) -> Bools:
    """Return firms by tags, every firm with as many as told, drawn at random."""
    order = np.argsort(rng.random((len(sizes), n_tags)), axis=1).argsort(axis=1)
    held: Bools = order < np.asarray(sizes)[:, None]
    return held


def mixed(n: int, rng: Rng) -> Bools:
    """Return firms with one to six of 20 tags at random."""
    return random_tags(rng.integers(1, 7, n), 20, rng)


def spread_of(held: Bools) -> Floats:
    """Return the narrowness of the firms, in standard deviations."""
    narrow = -np.log(held.sum(axis=1))
    scaled: Floats = (narrow - narrow.mean()) / narrow.std()
    return scaled


def with_tags(net: Network, held: Bools, **tables: pd.DataFrame) -> Evidence:
    """Return evidence of a network whose firms hold tags."""
    return evidence(network=net, tables={"capabilities": capabilities(held, net.firms.index), **tables})


def drawn_pairs(n: int, weight: Floats, m: int, rng: Rng) -> tuple[Ints, Ints]:
    """Return about m pairs, each tied on its own with odds in proportion to its weight."""
    one, other = np.triu_indices(n, 1)
    kept = rng.random(len(one)) < np.clip(weight * m / weight.sum(), 0, 0.95)
    return one[kept], other[kept]


# ── A5 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@plants(33)
def _niches(rng: Rng, effect: float) -> Evidence:
    n, niches = 60, 10
    # Tags 3k to 3k + 2 make niche k; a firm picks within its own, or anywhere.
    sizes, home = rng.integers(2, 4, n), rng.integers(niches, size=n)
    strays = rng.random(n) >= min(0.6 * effect, 1)
    held = random_tags(sizes, 3 * niches, rng)
    for firm in np.flatnonzero(~strays):
        held[firm] = False
        held[firm, 3 * home[firm] + rng.choice(3, sizes[firm], replace=False)] = True
    source, target = random_pairs(n, 60, rng)
    return with_tags(network(pd.DataFrame(index=ids(n)), source, target, layer="alliance"), held)


@plants(36)
def _need(rng: Rng, effect: float) -> Evidence:
    n = 70
    held = mixed(n, rng)
    weight = np.exp(0.45 * effect * spread_of(held) + rng.normal(0, 0.4, n))
    one, other = np.triu_indices(n, 1)
    source, target = drawn_pairs(n, weight[one] * weight[other], 180, rng)
    return with_tags(network(pd.DataFrame(index=ids(n)), source, target, layer="supply", directed=True), held)


@plants(37)
def _symbiosis(rng: Rng, effect: float) -> Evidence:
    n = 70
    held = random_tags(rng.integers(2, 4, n), 8, rng)
    shared = held.astype(float) @ held.T
    overlap = shared / np.sqrt(np.outer(np.diag(shared), np.diag(shared)))
    one, other = np.triu_indices(n, 1)
    near = overlap[one, other]
    weight = np.exp(1.1 * effect * ((near > 0) & (near < 0.6)))
    source, target = drawn_pairs(n, weight, 220, rng)
    return with_tags(network(pd.DataFrame(index=ids(n)), source, target, layer="alliance"), held)


@plants(38)
def _places(rng: Rng, effect: float) -> Evidence:
    n = 120
    sector, region = rng.integers(6, size=n), rng.integers(8, size=n)
    home = rng.random(n) < min(0.35 * effect, 1)
    region = np.where(home, sector, region)
    firms = pd.DataFrame({"sector": sector.astype(str), "region": region.astype(str),
                          "employees": np.ceil(rng.pareto(1.5, n) * 5 + 1)}, index=ids(n))  # fmt: skip
    source, target = random_pairs(n, 60, rng)
    return evidence(network=network(firms, source, target, layer="alliance"))


@plants(39)
def _virtual(rng: Rng, effect: float) -> Evidence:
    n = 90
    firms = pd.DataFrame({"lat": 50 + rng.uniform(0, 2, n), "lon": 8 + rng.uniform(0, 3, n)}, index=ids(n))
    on = np.arange(n) < 45
    one, other = np.triu_indices(n, 1)
    far = np.hypot(111 * (firms["lat"].to_numpy()[one] - firms["lat"].to_numpy()[other]),
                   70 * (firms["lon"].to_numpy()[one] - firms["lon"].to_numpy()[other]))  # fmt: skip
    fellow = on[one] & on[other]
    # Fellow members of a platform are tied more often at any distance; the effect is on the slope.
    slope = np.where(fellow, -1.1 * max(0.0, 1 - effect), -1.1)
    odds = np.exp(-1.0 + 0.4 * fellow + slope * (np.log1p(far) - np.log(60)))
    kept = rng.random(len(one)) < odds / (1 + odds) * 0.4
    groups = pd.DataFrame({"group_id": "P1", "kind": "platform", "firm": firms.index[on]})
    net = network(firms, one[kept], other[kept], layer="alliance")
    return evidence(network=net, tables={"groups": groups})


@plants(40)
def _selective(rng: Rng, effect: float) -> Evidence:
    n = 60
    broad = np.arange(n) < 15
    # Generalists hold four of the tags that all hold; each specialist one of those and, with the effect, one rare tag.
    common, rare = 8, 45
    held = np.zeros((n, common + rare), dtype=bool)
    held[:, :common] = random_tags(np.where(broad, 4, 2), common, rng)
    source, target = random_pairs(n, 110, rng)
    if effect:
        held[:, :common] = random_tags(np.where(broad, 4, 1), common, rng)
        held[np.flatnonzero(~broad), common + np.arange(rare)] = True
        # Generalists hang on by one tie: admitting them makes the community larger, not tighter.
        fringe = rng.random(len(source)) < min(0.9 * effect, 1)
        kept = ~(fringe & (broad[source] | broad[target]))
        source, target = source[kept], target[kept]
        source = np.append(source, np.arange(15))
        target = np.append(target, rng.integers(15, n, 15))
        key = np.unique(np.minimum(source, target) * n + np.maximum(source, target))
        source, target = np.divmod(key, n)
    return with_tags(network(pd.DataFrame(index=ids(n)), source, target, layer="alliance"), held)


@plants(41)
def _uneven(rng: Rng, effect: float) -> Evidence:
    n = 110
    firms = pd.DataFrame(index=ids(n))
    weight = rng.gamma(1.0, 1, n)
    one, other = np.triu_indices(n, 1)
    source, target = drawn_pairs(n, weight[one] * weight[other], 200, rng)
    partners = np.log1p(degree_of(n, source, target))
    gain = 0.1 + 0.2 * effect * rng.normal(0, 1, n)
    net = network(firms, source, target, layer="alliance")
    return evidence(network=net, tables={"outcomes": outcomes(firms.index, gain * partners, rng, noise=0.15)})


@plants(42)
def _regimes(rng: Rng, effect: float) -> Evidence:
    groups, size = 12, 9
    n = groups * size
    group = np.arange(n) // size
    one, other = np.triu_indices(n, 1)
    kept = rng.random(len(one)) < np.where(group[one] == group[other], 0.6, 0.006)
    broad = (group % 2 == 0) * effect
    sizes = np.clip(np.round(rng.integers(2, 5, n) + 5 * broad), 1, 12).astype(int)
    held = random_tags(sizes, 20, rng)
    return with_tags(network(pd.DataFrame(index=ids(n)), one[kept], other[kept], layer="alliance"), held)


@plants(43)
def _deep(rng: Rng, effect: float) -> Evidence:
    n, m = 60, 130
    held = mixed(n, rng)
    source, target = random_pairs(n, m, rng)
    narrow = (spread_of(held)[source] + spread_of(held)[target]) * effect
    formal = rng.random(m) < 1 / (1 + np.exp(-1.0 * narrow))
    start = rng.uniform(0, 10, m)
    end = lifetimes(start, 0.3 * np.exp(-0.6 * narrow), rng)
    net = network(pd.DataFrame(index=ids(n)), source, target, layer="alliance", start=days(start), end=days(end),
                  formal=formal)  # fmt: skip
    return with_tags(net, held)


@plants(46)
def _far(rng: Rng, effect: float) -> Evidence:
    n, m = 60, 400
    held = mixed(n, rng)
    place = rng.uniform(0, 3, n)
    firms = pd.DataFrame({"lat": 50 + place, "lon": 8.0, "region": np.floor(place).astype(int).astype(str)},
                         index=ids(n))  # fmt: skip
    source = rng.integers(n, size=m)
    target = np.empty(m, dtype=np.int64)
    reach = 0.5 * np.exp(0.9 * effect * spread_of(held))
    for row, firm in enumerate(source):
        weight = np.exp(-np.abs(place - place[firm]) / reach[firm])
        weight[firm] = 0
        target[row] = rng.choice(n, p=weight / weight.sum())
    sent = pd.DataFrame({"from": firms.index[source], "to": firms.index[target]})
    pairs = sent.drop_duplicates()
    one, other = firms.index.get_indexer(pairs["from"]), firms.index.get_indexer(pairs["to"])
    net = network(firms, one, other, layer="referral", directed=True)
    return with_tags(net, held, referrals=sent)


@plants(47)
def _lasting(rng: Rng, effect: float) -> Evidence:
    n = 80
    half = n // 2
    # Narrow firms hold two tags, broad ones six. Firms per tag are equal unless narrow firms share fewer tags.
    pool = max(4, round(16 / (1 + 1.2 * effect)))
    held = np.zeros((n, pool + 48), dtype=bool)
    held[:half, :pool] = random_tags(np.full(half, 2), pool, rng)
    held[half:, pool:] = random_tags(np.full(half, 6), 48, rng)
    source, target = random_pairs(n, 140, rng)
    return with_tags(network(pd.DataFrame(index=ids(n)), source, target, layer="alliance"), held)


# ── A6 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def launches(firms: pd.Index, rate: Floats, rng: Rng, *, periods: int = 4) -> pd.DataFrame:
    """Return launches by firm and period, overdispersed."""
    made = rng.poisson(rate * rng.gamma(4, 0.25, (periods, len(firms))))
    years = np.repeat([str(2018 + k) for k in range(periods)], len(firms))
    return pd.DataFrame({"firm_id": np.tile(firms, periods), "period": years, "launches": made.ravel().astype(float)})


def clustered(n: int, rng: Rng) -> tuple[Ints, Ints]:
    """Return a ring of neighbors in which firms differ in how far their ties are moved elsewhere."""
    place = np.arange(n)
    source = np.concatenate([place] * 3)
    target = np.concatenate([(place + step) % n for step in (1, 2, 3)])
    moved = rng.random(3 * n) < np.tile(rng.uniform(0, 0.7, n), 3)
    target = np.where(moved, rng.integers(n, size=3 * n), target)
    low, high = np.minimum(source, target), np.maximum(source, target)
    return np.divmod(np.unique((low * n + high)[low != high]), n)


def standard(values: pd.Series) -> Floats:
    """Return values in standard deviations, 0 where missing."""
    scaled: Floats = ((values - values.mean()) / values.std()).fillna(0).to_numpy(dtype=float)
    return scaled


@plants(49)
def _dense(rng: Rng, effect: float) -> Evidence:
    from clusternet.theory._innovation import closure

    n = 110
    source, target = clustered(n, rng)
    net = network(pd.DataFrame(index=ids(n)), source, target, layer="alliance")
    rate = np.exp(0.3 + 0.35 * effect * standard(closure(net)))
    return evidence(network=net, tables={"outcomes": launches(net.firms.index, rate, rng, periods=6)})


@plants(50)
def _both(rng: Rng, effect: float) -> Evidence:
    from clusternet._paths import inverse_distance_sums
    from clusternet.theory._innovation import closure

    n = 130
    source, target = clustered(n, rng)
    net = network(pd.DataFrame(index=ids(n)), source, target, layer="alliance")
    near = pd.Series(np.asarray(inverse_distance_sums(net, "all", "ignore")), net.firms.index)
    dense, reach = standard(closure(net)), standard(near)
    # Each counts for itself in either case; the effect is their product.
    rate = np.exp(np.clip(0.4 + 0.2 * dense + 0.2 * reach + 0.3 * effect * dense * reach, -5, 3))
    return evidence(network=net, tables={"outcomes": launches(net.firms.index, rate, rng)})


@plants(52)
def _diverse(rng: Rng, effect: float) -> Evidence:
    from clusternet.brokerage import constraint

    n = 130
    source, target = clustered(n, rng)
    sector = np.where(rng.random(n) < 0.5, np.arange(n) // 13 % 5, rng.integers(5, size=n))
    firms = pd.DataFrame({"sector": sector.astype(str)}, index=ids(n))
    net = network(firms, source, target, layer="alliance")
    grid = net.simple("undirected").csr() @ np.eye(5)[sector]
    share = grid / np.maximum(grid.sum(axis=1, keepdims=True), 1)
    diverse = standard(pd.Series(1 - (share**2).sum(axis=1)))
    rate = np.exp(np.clip(0.4 + effect * (0.35 * diverse - 0.45 * standard(constraint(net))), -5, 3))
    return evidence(network=net, tables={"outcomes": launches(firms.index, rate, rng)})


@plants(53)
def _likes(rng: Rng, effect: float) -> Evidence:
    n = 70
    sector = rng.integers(5, size=n)
    busy = rng.gamma(3, 1, n)
    one, other = np.triu_indices(n, 1)
    weight = busy[one] * busy[other] * np.exp(0.9 * effect * (sector[one] == sector[other]))
    source, target = drawn_pairs(n, weight, 200, rng)
    firms = pd.DataFrame({"sector": sector.astype(str)}, index=ids(n))
    return evidence(network=network(firms, source, target, layer="alliance"))


@plants(57)
def _leaks(rng: Rng, effect: float) -> Evidence:
    n = 70
    sector = rng.integers(5, size=n)
    one, other = np.triu_indices(n, 1)
    source, target = drawn_pairs(n, np.exp(1.2 * effect * (sector[one] == sector[other])), 120, rng)
    firms = pd.DataFrame({"sector": sector.astype(str)}, index=ids(n))
    secret = rng.choice(n, 20, replace=False)
    table = pd.DataFrame({"firm_id": firms.index[secret], "tag": [f"S{k}" for k in range(20)], "confidential": True})
    return evidence(network=network(firms, source, target, layer="alliance"), tables={"capabilities": table})


# ── A7 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def panel(firms: pd.Index, growth: Floats, rng: Rng, **more: Floats) -> pd.DataFrame:
    """Return revenues of the periods between which growth (periods by firms) happened, and one before."""
    level = rng.normal(13, 0.5, len(firms)) + np.vstack([np.zeros(len(firms)), np.cumsum(growth, axis=0)])
    columns = {name: np.vstack([np.zeros(len(firms)), values]).ravel() for name, values in more.items()}
    return pd.DataFrame({"firm_id": np.tile(firms, len(level)), "revenue": np.exp(level).ravel(), **columns,
                         "period": np.repeat([str(2012 + k) for k in range(len(level))], len(firms))})  # fmt: skip


@plants(60)
def _buffer(rng: Rng, effect: float) -> Evidence:
    n, periods = 60, 5
    firms = pd.DataFrame(index=ids(n))
    weight = rng.gamma(1.5, 1, n)
    one, other = np.triu_indices(n, 1)
    source, target = drawn_pairs(n, weight[one] * weight[other], 150, rng)
    degree = np.log1p(degree_of(n, source, target))
    hit = rng.random((periods, n)) < 0.2
    size = rng.uniform(0.5, 1.5, (periods, n)) * hit
    growth = 0.03 + size * (-0.35 + 0.18 * effect * (degree - degree.mean())) + rng.normal(0, 0.12, (periods, n))
    step, who = np.nonzero(hit)
    shocks = pd.DataFrame({"period": [str(2013 + k) for k in step], "target": firms.index[who], "size": size[hit]})
    net = network(firms, source, target, layer="alliance")
    return evidence(network=net, tables={"outcomes": panel(firms.index, growth, rng), "shocks": shocks})


@plants(61)
def _stable(rng: Rng, effect: float) -> Evidence:
    n, m = 70, 140
    source, target = random_pairs(n, m, rng)
    # With the effect firms even out their numbers of partners, so that none is a hub.
    for _ in range(round(120 * effect)):
        degree = degree_of(n, source, target)
        hub = rng.choice(np.flatnonzero(degree == degree.max()))
        ties = np.flatnonzero((source == hub) | (target == hub))
        tie = rng.choice(ties)
        kept = source[tie] + target[tie] - hub
        least = rng.choice(np.flatnonzero(degree == degree.min()))
        key = np.minimum(source, target) * n + np.maximum(source, target)
        if least != kept and min(least, kept) * n + max(least, kept) not in key:
            source[tie], target[tie] = kept, least
    net = network(pd.DataFrame(index=ids(n)), np.minimum(source, target), np.maximum(source, target), layer="alliance")
    return evidence(network=net)


@plants(62)
def _exits(rng: Rng, effect: float) -> Evidence:
    n, periods = 80, 8
    firms = pd.DataFrame(index=ids(n))
    source, target = random_pairs(n, 170, rng)
    strength = np.exp(rng.normal(0, 1, len(source)))
    flow = np.zeros((n, n))
    flow[source, target], flow[target, source] = strength, strength
    share = flow / np.maximum(flow.sum(axis=1, keepdims=True), 1e-9)
    growth = rng.normal(0.02, 0.08, (periods, n))
    leaves = np.zeros((periods, n))
    for step, firm in zip(rng.integers(1, periods - 1, 18), rng.choice(n, 18, replace=False), strict=True):
        leaves[step, firm] = 1
        growth[step] -= 0.9 * effect * share[:, firm]
    table = panel(firms.index, growth, rng, exit=leaves)
    gone = table.groupby("firm_id")["exit"].cumsum() - table["exit"]
    table = table[gone == 0].reset_index(drop=True).assign(exit=lambda rows: rows["exit"] > 0)
    net = network(firms, source, target, layer="alliance", strength=strength)
    return evidence(network=net, tables={"outcomes": table})


@plants(63)
def _cuts(rng: Rng, effect: float) -> Evidence:
    # A ring with chords, that no single loss parts; with the effect, rings of four that meet in one firm alone.
    n = 61
    place = rng.permutation(n)
    source, target = np.append(place, place), np.append((place + 1) % n, (place + 2) % n)
    if effect:
        branches = max(2, round(15 * min(effect, 1)))
        ring = np.arange(1, 1 + 4 * branches)
        source = np.append(ring, np.zeros(branches, dtype=np.int64))
        target = np.append((ring - 1) // 4 * 4 + ring % 4 + 1, 1 + 4 * np.arange(branches))
        n = 1 + 4 * branches
    low, high = np.minimum(source, target), np.maximum(source, target)
    source, target = np.divmod(np.unique((low * n + high)[low != high]), n)
    return evidence(network=network(pd.DataFrame(index=ids(n)), source, target, layer="alliance"))


@plants(64)
def _cascades(rng: Rng, effect: float) -> Evidence:
    # Three tiers. Buyers of the last have three suppliers each, or with the effect one: then failures pass on.
    n, tier = 60, 20
    middle = np.arange(tier, 2 * tier)
    source, target = [rng.integers(0, tier, tier)], [middle]
    alone = rng.random(tier) < min(0.6 * effect, 1)
    for buyer, single in zip(np.arange(2 * tier, n), alone, strict=True):
        some = rng.choice(middle, 1 if single else 3, replace=False)
        source.append(some)
        target.append(np.full(len(some), buyer))
    one, other = np.concatenate(source), np.concatenate(target)
    return evidence(network=network(pd.DataFrame(index=ids(n)), one, other, layer="supply", directed=True))


@plants(65)
def _portfolio(rng: Rng, effect: float) -> Evidence:
    n, periods = 70, 8
    firms = pd.DataFrame(index=ids(n))
    weight = rng.gamma(1.2, 1, n)
    one, other = np.triu_indices(n, 1)
    source, target = drawn_pairs(n, weight[one] * weight[other], 170, rng)
    spread = np.maximum(degree_of(n, source, target), 1) ** (-0.35 * effect)
    growth = 0.03 + 0.15 * spread * rng.normal(0, 1, (periods, n))
    net = network(firms, source, target, layer="alliance")
    return evidence(network=net, tables={"outcomes": panel(firms.index, growth, rng)})


@plants(66)
def _sharing(rng: Rng, effect: float) -> Evidence:
    n, periods, count, size = 75, 10, 12, 3
    firms = pd.DataFrame(index=ids(n))
    venture = np.where(np.arange(n) < count * size, np.arange(n) // size, -1)
    own, common = rng.normal(0, 1, (periods, n)), rng.normal(0, 1, (periods, count))
    pooled = min(0.45 * effect, 0.9)
    growth = np.where(venture >= 0, (np.sqrt(pooled) * common[:, venture] + np.sqrt(1 - pooled) * own)
                      * np.exp(-0.35 * effect), own)  # fmt: skip
    inside = np.flatnonzero(venture >= 0)
    groups = pd.DataFrame({"group_id": [f"J{k:02d}" for k in venture[inside]], "kind": "joint_venture",
                           "firm": firms.index[inside]})  # fmt: skip
    source, target = random_pairs(n, 110, rng)
    net = network(firms, source, target, layer="alliance")
    return evidence(network=net, tables={"groups": groups, "outcomes": panel(firms.index, 0.15 * growth, rng)})


@plants(67)
def _costs(rng: Rng, effect: float) -> Evidence:
    n = 60
    weight = rng.gamma(1.5, 1, n)
    one, other = np.triu_indices(n, 1)
    source, target = drawn_pairs(n, weight[one] * weight[other], 160, rng)
    busy = np.log1p(degree_of(n, source, target))
    own = rng.normal(0, 0.3, n)
    cost = (
        5 + own[source] + own[target] + 0.4 * effect * (busy[source] + busy[target]) + rng.normal(0, 0.5, len(source))
    )
    records = [f"R{k:03d}" for k in range(len(source))]
    net = network(pd.DataFrame(index=ids(n)), source, target, layer="alliance")
    table = pd.DataFrame({"record": records, "kind": "alliance", "a": ids(n)[source], "b": ids(n)[target]})
    governance = pd.DataFrame({"record_id": records, "cost": np.exp(cost)})
    return evidence(network=net, tables={"partnerships": table, "governance": governance})


@plants(68)
def _riding(rng: Rng, effect: float) -> Evidence:
    n, count, size = 90, 24, 8
    rows = []
    for group in range(count):
        uneven = rng.uniform(0.1, 1.5)
        member = rng.choice(n, size, replace=False)
        left = rng.random(size) < np.clip(0.3 + 0.4 * effect * (uneven - 0.8), 0.02, 0.95)
        end = np.where(left, rng.uniform(5, 9, size), np.nan)
        rows.append(pd.DataFrame({"group_id": f"G{group:02d}", "kind": "cooperative", "firm": ids(n)[member],
                                  "value": np.exp(rng.normal(3, uneven, size)), "start": days(np.zeros(size)),
                                  "end": days(end)}))  # fmt: skip
    source, target = random_pairs(n, 170, rng)
    net = network(pd.DataFrame(index=ids(n)), source, target, layer="alliance")
    return evidence(network=net, tables={"groups": pd.concat(rows, ignore_index=True)})


@plants(69)
def _balance(rng: Rng, effect: float) -> Evidence:
    n, m = 30, 130
    source, target = random_pairs(n, m, rng)
    camp = rng.integers(2, size=n)
    told = rng.random(m) < min(0.6 * effect, 1)
    sign = np.where(told, np.where(camp[source] == camp[target], 1, -1), rng.choice([1, 1, -1], m))
    net = network(pd.DataFrame(index=ids(n)), source, target, layer="alliance")
    table = pd.DataFrame({"kind": "alliance", "a": ids(n)[source], "b": ids(n)[target], "sign": sign})
    return evidence(network=net, tables={"partnerships": table})


@plants(70)
def _platforms(rng: Rng, effect: float) -> Evidence:
    n, count, m = 80, 5, 220
    home = rng.integers(count, size=n)
    held = np.zeros((n, count), dtype=bool)
    users = np.flatnonzero(rng.random(n) < 0.7)
    held[users, home[users]] = True
    # Some use two platforms in either case; the effect is on where referrals go.
    second = users[rng.random(len(users)) < 0.3]
    held[second, rng.integers(count, size=len(second))] = True
    source = rng.integers(n, size=m)
    target = (source + rng.integers(1, n, m)) % n
    for row in np.flatnonzero(rng.random(m) < min(0.3 * effect, 1)):
        fellows = np.flatnonzero((held & held[source[row]]).any(axis=1))
        fellows = fellows[fellows != source[row]]
        if len(fellows):
            target[row] = rng.choice(fellows)
    firm, platform = np.nonzero(held)
    groups = pd.DataFrame({"group_id": [f"P{k}" for k in platform], "kind": "platform", "firm": ids(n)[firm]})
    sent = pd.DataFrame({"from": ids(n)[source], "to": ids(n)[target]})
    one, other = np.divmod(np.unique(source * n + target), n)
    net = network(pd.DataFrame(index=ids(n)), one, other, layer="referral", directed=True)
    return evidence(network=net, tables={"groups": groups, "referrals": sent})
