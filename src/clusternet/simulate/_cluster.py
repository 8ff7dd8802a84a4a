"""Make the records of a cluster whose truth is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd

from clusternet.errors import OptionError, nearest
from clusternet.result import Settings, resolve_seed, spawn_generators
from clusternet.simulate._names import COUNTRIES, SECTORS, TOWNS, make_names
from clusternet.simulate._simulation import ANSWERS, Simulation, Truth

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Archetype", "cluster"]

Archetype = Literal["marshallian", "hub_and_spoke", "satellite", "state_anchored"]

KINDS = ("alliance", "joint_venture", "cooperative", "platform", "supply")
ALLIANCE, JOINT, COOP, PLATFORM, SUPPLY = range(5)
ANY = -1  # drawn later from the shares of ordinary ties
_KIND_SHARES = (0.46, 0.08, 0.12, 0.0, 0.34)  # a platform tie needs an operator, so it is never drawn at random
_VALUE = (40_000, 400_000, 15_000, 6_000, 120_000)  # median value of a tie by kind
_FORMAL = (0.45, 0.98, 0.85, 0.90, 0.75)  # share with a written contract by kind
_YEARS = (1.8, 5.0, 6.0, 3.0, 3.0)  # median duration by kind
_SOLE_INPUT = "propeller castings"


@dataclass(frozen=True, slots=True)
class _Shape:
    """How an archetype differs."""

    hub_power: float  # the hub has n ** hub_power partners
    hub_supply: float  # share of them that supply the hub
    hub_sector: str
    hub_employees: int
    size: float  # factor on the usual number of employees
    isolates: float
    within: float  # share of ordinary ties inside a community
    ties: float  # ties per firm
    branches: float  # share of firms that are plants of a parent outside


_SHAPES: dict[str, _Shape] = {
    "marshallian": _Shape(0.62, 0.3, "marine engineering", 45, 0.7, 0.05, 0.9, 2.1, 0.0),
    "hub_and_spoke": _Shape(0.72, 0.6, "ship repair", 620, 1.0, 0.08, 0.85, 2.05, 0.0),
    "satellite": _Shape(0.66, 0.3, "logistics", 180, 1.6, 0.20, 0.8, 1.75, 0.4),
    "state_anchored": _Shape(0.72, 0.95, "public administration", 2_400, 1.0, 0.08, 0.85, 2.05, 0.0),
}


@dataclass(frozen=True, slots=True)
class _Plan:
    """Who is who, by firm number."""

    shape: _Shape
    community: NDArray[np.int64]
    far: NDArray[np.bool_]
    active: NDArray[np.bool_]
    hub: int
    broker: int
    sole: int
    platform: int
    small_platforms: NDArray[np.int64]
    core: NDArray[np.int64]
    parents: NDArray[np.int64]


def cluster(
    n_firms: int = 300,
    *,
    archetype: Archetype = "hub_and_spoke",
    n_partnerships: int | None = None,
    n_referrals: int | None = None,
    years: tuple[int, int] = (2019, 2024),
    seed: int | None = None,
) -> Simulation:
    """Return the records of a simulated harbor cluster and what was planted in it.

    Parameters
    ----------
    n_firms
        Number of registered firms, at least 60; 42,000 take a few seconds.
    archetype
        Kind of cluster after markusen1996: "marshallian" (small local firms, much local trade, a modest hub),
        "hub_and_spoke" (one large firm that many supply), "satellite" (branch plants tied to parents outside, thin
        local ties) or "state_anchored" (a naval base that buys from many).
    n_partnerships
        Rows of the partnership table; default 8/3 per firm, more below 90 firms. A tie that both sides report makes
        two rows.
    n_referrals
        Rows of the referral table; default 5 per firm. With 0 there is no such table.
    years
        First and last year of the observation; referrals fall in them, partnerships may be older.
    seed
        Makes the same cluster again; None draws a fresh one, kept in ``settings.seed``.

    Returns
    -------
    Simulation
        Clean tables that refer to firms by id; `mess` dirties them.

    Raises
    ------
    OptionError
        If a number is out of range.

    Notes
    -----
    Invented names, places and numbers; any likeness with a real firm is chance. Every active firm hangs in one
    tree of its community, so the active firms make one component, held together by the broker alone. Every
    random number comes from one child per table of ``numpy.random.SeedSequence(seed)``.

    Examples
    --------
    >>> simulation = cluster(120, seed=1)
    >>> simulation.to_frame().loc[["firms", "partnerships", "referrals"], "rows"].tolist()
    [120, 320, 600]
    """
    if archetype not in get_args(Archetype):
        options = get_args(Archetype)
        raise OptionError(f"archetype is {archetype!r}; choose from {', '.join(options)}.{nearest(archetype, options)}")
    n_firms = _whole("n_firms", n_firms)
    if n_firms < 60:
        raise OptionError(f"n_firms is {n_firms}; the planted roles need at least 60 firms.")
    usual = max(round(8 / 3 * n_firms), 2 * n_firms + 60)
    n_partnerships = usual if n_partnerships is None else _whole("n_partnerships", n_partnerships)
    n_referrals = 5 * n_firms if n_referrals is None else _whole("n_referrals", n_referrals)
    if n_partnerships > n_firms * (n_firms - 1) / 6:
        raise OptionError(f"n_partnerships is {n_partnerships:,}; {n_firms:,} firms hold at most a third of all pairs.")
    if n_referrals < 0:
        raise OptionError(f"n_referrals is {n_referrals}; give a count.")
    years = _years(years)
    seed = resolve_seed(seed)
    parameters = {
        "n_firms": n_firms,
        "archetype": archetype,
        "n_partnerships": n_partnerships,
        "n_referrals": n_referrals,
        "years": years,
    }
    rng_plan, rng_firms, rng_ties, rng_rows, rng_groups, rng_referrals, rng_tags = spawn_generators(seed, 7)
    plan = _plan(rng_plan, n_firms, _SHAPES[archetype])
    firms = _firms(rng_firms, plan, years)
    ids = firms["firm_id"].to_numpy()
    ties = _ties(rng_ties, plan, firms["sector"].to_numpy(), round(n_partnerships / 1.3))
    ties = _spells(rng_ties, ties, years)
    groups = _groups(rng_groups, plan, years)
    group_table, agreement_table = _group_tables(groups, ids)
    # The operator may run a small platform agreement beside the large one.
    led = [group.members for group in groups if group.kind == PLATFORM and group.members[0] == plan.platform]
    members = np.union1d(np.concatenate(led), ties.loc[(ties["kind"] == PLATFORM) & (ties["a"] == plan.platform), "b"])
    tables = {
        "firms": firms,
        "partnerships": _reports(rng_rows, ties, ids, n_partnerships),
        "groups": group_table,
        "agreements": agreement_table,
        "referrals": _referrals(rng_referrals, plan, ties, ids=ids, rows=n_referrals, years=years),
        "capabilities": _capabilities(rng_tags, firms),
    }
    if not n_referrals:
        del tables["referrals"]  # a table without rows is none: a reader would refuse it
    sole = ties[(ties["a"] == plan.sole) & (ties["input"] == _SOLE_INPUT)]
    truth = Truth(
        hub=ids[plan.hub],
        broker=ids[plan.broker],
        far_side=pd.Index(ids[plan.far & plan.active], name="firm"),
        sole_supplier=ids[plan.sole],
        sole_input=_SOLE_INPUT,
        sole_customers=pd.Index(ids[np.sort(sole["b"].to_numpy())], name="firm"),
        platform=ids[plan.platform],
        platform_members=pd.Index(ids[members[members != plan.platform]], name="firm"),
        core=pd.Index(ids[np.sort(plan.core)], name="firm"),
        isolates=pd.Index(ids[~plan.active], name="firm"),
        communities=pd.Series(plan.community, index=pd.Index(ids, name="firm"), name="community"),
        ties=_named(ties, ids),
    )
    return Simulation(
        tables=tables,
        truth=truth,
        answers=pd.DataFrame(columns=list(ANSWERS), dtype="object"),
        links=pd.DataFrame({"reference": ids, "firm": ids}),
        settings=Settings(parameters, seed=seed),
    )


def _whole(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise OptionError(f"{name} is {value!r}; give a whole number.")
    return int(value)


def _years(years: object) -> tuple[int, int]:
    given = tuple(years) if isinstance(years, (tuple, list)) else ()
    whole = len(given) == 2 and all(isinstance(year, (int, np.integer)) for year in given)
    if not (whole and 1900 <= given[0] <= given[1] <= 2200):
        raise OptionError(f"years is {years!r}; give a first and a last year in order, from 1900 to 2200.")
    return int(given[0]), int(given[1])


# ── who is who ──


def _plan(rng: np.random.Generator, n: int, shape: _Shape) -> _Plan:
    n_communities = max(5, round(n / 60))
    weight = rng.lognormal(0.0, 0.25, n_communities)
    n_far = max(1, round(0.18 * n_communities))
    weight[-n_far:] *= 0.18 / weight[-n_far:].sum() * weight[:-n_far].sum() / 0.82  # the far side has 18 % of firms
    community = rng.choice(n_communities, n, p=weight / weight.sum())
    far = community >= n_communities - n_far
    active = np.ones(n, dtype=bool)
    active[rng.choice(n, round(shape.isolates * n), replace=False)] = False
    near = rng.permutation(np.flatnonzero(active & ~far))
    n_core = int(np.clip(round(0.07 * n), 6, 40))
    n_small = max(2, n // 150)
    n_parents = max(3, n // 60) if shape.branches else 0
    hub, broker, sole, platform = (int(firm) for firm in near[:4])
    rest = near[4:]
    core = np.concatenate([[hub], rest[: n_core - 1]])
    small_platforms = rest[n_core - 1 : n_core - 1 + n_small]
    parents = rest[n_core - 1 + n_small :][:n_parents]
    return _Plan(shape, community, far, active, hub, broker, sole, platform, small_platforms, core, parents)


def _firms(rng: np.random.Generator, plan: _Plan, years: tuple[int, int]) -> pd.DataFrame:
    n = len(plan.community)
    names = np.array(list(SECTORS))
    shares = np.array([SECTORS[name].share for name in names])
    code = rng.choice(len(names), n, p=shares / shares.sum())
    of = {name: place for place, name in enumerate(names)}
    code[plan.broker] = of["logistics"]
    code[plan.sole] = of["metalwork"]
    code[[plan.platform, *plan.small_platforms]] = of["it services"]
    code[plan.hub] = of.get(plan.shape.hub_sector, of["port services"])
    # A community sits in one region; three in four of its firms do.
    regions = TOWNS.groupby("country", sort=False).indices
    countries = np.array(list(COUNTRIES))
    share = np.array(list(COUNTRIES.values()))
    home = rng.choice(len(countries), int(plan.community.max()) + 1, p=share / share.sum())
    home[0] = 0  # the first community is in the largest region
    own = rng.choice(len(countries), n, p=share / share.sum())
    country = countries[np.where(rng.random(n) < 0.75, home[plan.community], own)]
    country[plan.parents] = countries[rng.integers(4, len(countries), len(plan.parents))]
    u = rng.random(n)
    town = np.array([regions[c][int(v * len(regions[c]))] for c, v in zip(country, u, strict=True)])
    median = np.array([SECTORS[name].employees for name in names])[code] * plan.shape.size
    employees = np.clip(np.round(median * rng.lognormal(0.0, 0.8, n)), 1, 249).astype(np.int64)
    employees[plan.hub] = plan.shape.hub_employees
    per_head = np.array([SECTORS[name].revenue for name in names])[code]
    revenue = np.round(employees * per_head * rng.lognormal(0.0, 0.35, n), -3).astype(np.int64)
    age = np.minimum(np.round(rng.gamma(1.6, 14.0, n) * 365.25), 110 * 365).astype(np.int64) + 1_550
    founded = np.datetime64(f"{years[0]}-01-01", "D") - age
    text, forms = make_names(rng, names[code], country)
    sector = names[code].astype(object)
    sector[plan.hub] = plan.shape.hub_sector
    full = [f"{name} {form}" for name, form in zip(text, forms, strict=True)]
    if plan.shape.hub_sector not in of:
        full[plan.hub] = f"Naval Base {TOWNS['city'].iloc[town[plan.hub]]}"
    width = max(4, len(str(n)))
    return pd.DataFrame(
        {
            "firm_id": [f"F{number:0{width}d}" for number in range(1, n + 1)],
            "name": full,
            "sector": sector,
            "region": TOWNS["region"].to_numpy()[town],
            "city": TOWNS["city"].to_numpy()[town],
            "country": country,
            "lat": np.round(TOWNS["lat"].to_numpy()[town] + rng.normal(0, 0.02, n), 5),
            "lon": np.round(TOWNS["lon"].to_numpy()[town] + rng.normal(0, 0.03, n), 5),
            "founded": np.datetime_as_string(founded),
            "employees": employees,
            "revenue": revenue,
        }
    )


# ── ties ──


def _ties(rng: np.random.Generator, plan: _Plan, sector: NDArray[np.object_], wanted: int) -> pd.DataFrame:
    """Return the dyadic ties: planted ones first, then one tree per community, then ordinary ties up to `wanted`."""
    n = len(plan.community)
    near = np.flatnonzero(plan.active & ~plan.far)
    far = np.flatnonzero(plan.active & plan.far)
    shape = plan.shape
    parts: list[tuple[object, object, object, bool]] = []

    def others(pool: NDArray[np.int64], count: float, *without: int) -> NDArray[np.int64]:
        free = np.setdiff1d(pool, without)
        return rng.choice(free, min(round(count), len(free)), replace=False)

    spokes = others(near, max(n**shape.hub_power, 18), plan.hub, plan.broker)
    kind = rng.choice([SUPPLY, ALLIANCE], len(spokes), p=[shape.hub_supply, 1 - shape.hub_supply])
    parts.append((spokes, np.full(len(spokes), plan.hub), kind, True))
    one, two = np.triu_indices(len(plan.core), 1)
    tied = rng.random(len(one)) < min(0.45, 11 / len(plan.core))
    parts.append((plan.core[one[tied]], plan.core[two[tied]], ALLIANCE, True))
    customers = others(near, max(n ** min(0.6, shape.hub_power - 0.1), 7), plan.sole, plan.broker)
    parts.append((np.full(len(customers), plan.sole), customers, SUPPLY, True))
    operators = [(plan.platform, near, 0.55), *((int(firm), near, 0.4) for firm in plan.small_platforms)]
    for operator, pool, power in operators:
        complementors = others(pool, n**power, operator, plan.platform, plan.broker, plan.hub)
        parts.append((np.full(len(complementors), operator), complementors, PLATFORM, True))
    for side in (near, far):
        clients = others(side, n**0.4, plan.broker)
        parts.append((np.full(len(clients), plan.broker), clients, ALLIANCE, True))
    if len(plan.parents):
        branches = others(near, shape.branches * len(near), plan.broker, plan.hub, *plan.parents)
        parts.append((branches, rng.choice(plan.parents, len(branches)), SUPPLY, True))

    # Each firm ties itself to one that came to its community before it; each community to the one before.
    order = rng.permutation(np.flatnonzero(plan.active))
    order = order[np.argsort(plan.community[order], kind="stable")]
    first = np.searchsorted(plan.community[order], plan.community[order])
    place = np.arange(len(order)) - first
    earlier = order[first + np.floor(rng.random(len(order)) * place).astype(np.int64)]
    parts.append((order[place > 0], earlier[place > 0], ANY, False))
    roots = order[place == 0]
    joined = plan.far[roots[1:]] == plan.far[roots[:-1]]
    parts.append((roots[1:][joined], roots[:-1][joined], ALLIANCE, False))

    frames = [pd.DataFrame({"a": a, "b": b, "kind": kind, "planted": planted}) for a, b, kind, planted in parts]
    ties = pd.concat(frames, ignore_index=True)
    ties["kind"] = _draw_kinds(rng, ties["kind"].to_numpy())
    ties = ties[~pd.Series(_keys(ties, n)).duplicated().to_numpy()]
    if len(ties) > wanted:
        raise OptionError(
            f"n_partnerships is too few for {n:,} firms: the planted ties alone need {round(1.3 * len(ties)) + 1:,}."
        )
    ties = _ordinary(rng, plan, ties, wanted)
    return _inputs(rng, plan, ties.reset_index(drop=True), sector)


def _keys(ties: pd.DataFrame, n: int) -> NDArray[np.int64]:
    a, b = ties["a"].to_numpy(dtype=np.int64), ties["b"].to_numpy(dtype=np.int64)
    keys: NDArray[np.int64] = (np.minimum(a, b) * n + np.maximum(a, b)) * 8 + ties["kind"].to_numpy(dtype=np.int64)
    return keys


def _draw_kinds(rng: np.random.Generator, kinds: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.where(kinds == ANY, rng.choice(len(KINDS), len(kinds), p=_KIND_SHARES), kinds)


class _Chooser:
    """Draws partners inside a community or inside a side, busy firms more often."""

    def __init__(self, rng: np.random.Generator, plan: _Plan) -> None:
        self.rng = rng
        self.community = plan.community
        self.far = plan.far
        firms = np.flatnonzero(plan.active)
        firms = firms[firms != plan.broker]  # whose ties are all planted
        self.firms = firms[np.argsort(plan.community[firms], kind="stable")]  # far communities come last
        self.up_to = np.concatenate([[0.0], np.cumsum(rng.lognormal(0.0, 0.6, len(self.firms)))])
        of_firm = plan.community[self.firms]
        numbers = np.arange(int(plan.community.max()) + 1)
        self.low, self.high = np.searchsorted(of_firm, numbers), np.searchsorted(of_firm, numbers, side="right")
        self.first_far = int(np.searchsorted(plan.far[self.firms], True))

    def anyone(self, count: int) -> NDArray[np.int64]:
        """Return `count` firms."""
        zero = np.zeros(count, dtype=np.int64)
        return self._between(zero, zero + len(self.firms))

    def partner(self, firms: NDArray[np.int64], within: float) -> NDArray[np.int64]:
        """Return a firm of the same community with chance `within`, else of the same side, for every firm."""
        inside = self.rng.random(len(firms)) < within
        far = self.far[firms]
        low = np.where(inside, self.low[self.community[firms]], np.where(far, self.first_far, 0))
        side = np.where(far, len(self.firms), self.first_far)
        high = np.where(inside, self.high[self.community[firms]], side)
        return self._between(low, high)

    def _between(self, low: NDArray[np.int64], high: NDArray[np.int64]) -> NDArray[np.int64]:
        start, stop = self.up_to[low], self.up_to[high]
        place = np.searchsorted(self.up_to, start + self.rng.random(len(low)) * (stop - start), side="right") - 1
        found: NDArray[np.int64] = self.firms[np.clip(place, low, np.maximum(high - 1, low))]
        return found


def _ordinary(rng: np.random.Generator, plan: _Plan, ties: pd.DataFrame, wanted: int) -> pd.DataFrame:
    n = len(plan.community)
    chooser = _Chooser(rng, plan)
    for _ in range(60):
        missing = wanted - len(ties)
        if missing <= 0:
            return ties
        a = chooser.anyone(2 * missing + 10)
        b = chooser.partner(a, plan.shape.within)
        kind = _draw_kinds(rng, np.full(len(a), ANY))
        more = pd.DataFrame({"a": a, "b": b, "kind": kind, "planted": False})[a != b]
        both = pd.concat([ties, more], ignore_index=True)
        ties = both[~pd.Series(_keys(both, n)).duplicated().to_numpy()].iloc[:wanted]
    raise OptionError(f"n_partnerships asks for {wanted:,} different ties, more than communities of {n:,} firms hold.")


def _inputs(rng: np.random.Generator, plan: _Plan, ties: pd.DataFrame, sector: NDArray[np.object_]) -> pd.DataFrame:
    """Orient supplies down the chain and name the input; only the planted input has a single supplier."""
    tier = np.array([SECTORS[name].tier if name in SECTORS else 2 for name in sector])
    a, b = ties["a"].to_numpy(), ties["b"].to_numpy()
    supply = (ties["kind"] == SUPPLY).to_numpy()
    planted = ties["planted"].to_numpy()
    turn = supply & ~planted & (tier[a] > tier[b])
    a, b = np.where(turn, b, a), np.where(turn, a, b)
    u = rng.random(len(ties))
    options = [SECTORS[name].inputs if name in SECTORS else ("services",) for name in sector[a]]
    named = np.array([inputs[int(v * len(inputs))] for inputs, v in zip(options, u, strict=True)], dtype=object)
    table = ties.assign(a=a, b=b, input=pd.Series(named, index=ties.index).where(supply))
    sole = supply & planted & (a == plan.sole) & (b != plan.hub)
    table.loc[sole, "input"] = _SOLE_INPUT
    for instead in ("consumables", "services"):
        suppliers = table[supply & ~sole].groupby("input")["a"].nunique().sort_values(ascending=False, kind="stable")
        rare = supply & ~sole & table["input"].isin(suppliers.index[suppliers < 2]).to_numpy()
        table.loc[rare, "input"] = instead if instead == "consumables" else suppliers.index[0]
    return table


def _spells(rng: np.random.Generator, ties: pd.DataFrame, years: tuple[int, int]) -> pd.DataFrame:
    first, last = np.datetime64(f"{years[0]}-01-01", "D"), np.datetime64(f"{years[1]}-12-31", "D")
    span = (last - first).astype(int)
    n = len(ties)
    kind, planted = ties["kind"].to_numpy(), ties["planted"].to_numpy()
    latest = np.where(planted, 0.8 * span, 0.92 * span)
    start = first - 1_500 + np.floor(rng.random(n) * (latest + 1_500)).astype(np.int64)
    days = np.round(np.array(_YEARS)[kind] * 365 * rng.lognormal(0.0, 0.6, n)).astype(np.int64)
    end = start + np.maximum(days, 30)
    still = planted | (end > last) | (end < first) | (rng.random(n) < 0.2)
    end[still] = np.datetime64("NaT")
    return ties.assign(start=start, end=end)


def _named(ties: pd.DataFrame, ids: NDArray[np.object_]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "a": ids[ties["a"]],
            "b": ids[ties["b"]],
            "kind": np.array(KINDS)[ties["kind"]],
            "input": ties["input"],
            "start": ties["start"],
            "end": ties["end"],
        }
    )


def _reports(rng: np.random.Generator, ties: pd.DataFrame, ids: NDArray[np.object_], rows: int) -> pd.DataFrame:
    """Return the partnership table: each tie as one side reports it, some ties as both sides do."""
    n = len(ties)
    kind = ties["kind"].to_numpy()
    by_a = rng.random(n) < 0.5
    silent = rng.random(n) < 0.08  # nobody noted who reported it
    twice = rng.choice(np.flatnonzero(~silent), min(rows - n, int((~silent).sum())), replace=False)
    place = np.concatenate([np.arange(n), twice])
    second = np.arange(len(place)) >= n
    value = np.array(_VALUE)[kind] * rng.lognormal(0.0, 0.9, n)
    value = value[place] * np.where(second, rng.lognormal(0.0, 0.15, len(place)), 1.0)
    strength = rng.choice(5, n, p=[0.1, 0.2, 0.3, 0.25, 0.15])[place] + 1
    strength = np.clip(strength + np.where(second, rng.integers(-1, 2, len(place)), 0), 1, 5)
    jitter = np.where(second, rng.integers(-20, 21, len(place)), 0)
    start = ties["start"].to_numpy().astype("datetime64[D]")[place] + jitter
    end = ties["end"].to_numpy().astype("datetime64[D]")[place]
    a, b = ties["a"].to_numpy()[place], ties["b"].to_numpy()[place]
    reporter = ids[np.where(by_a[place] ^ second, a, b)]
    turn = second & (kind[place] != SUPPLY)  # the other side names the two the other way round
    table = pd.DataFrame(
        {
            "kind": np.array(KINDS)[kind[place]],
            "a": ids[np.where(turn, b, a)],
            "b": ids[np.where(turn, a, b)],
            "start": pd.Series(np.datetime_as_string(start), dtype="str"),
            "end": pd.Series(np.datetime_as_string(end), dtype="str").replace("NaT", None),
            "strength": strength,
            "value": np.round(value, -2).astype(np.int64),
            "formal": np.where(rng.random(n)[place] < np.array(_FORMAL)[kind[place]], "yes", "no"),
            "reported_by": pd.Series(reporter).mask(silent[place]),
            "input": ties["input"].to_numpy()[place],
        }
    )
    table = table.iloc[rng.permutation(len(table))].sort_values("start", kind="stable").reset_index(drop=True)
    table.insert(0, "record", [f"P{number:05d}" for number in range(1, len(table) + 1)])
    return table


# ── agreements of many parties ──


@dataclass(frozen=True, slots=True)
class _Group:
    kind: int
    members: NDArray[np.int64]  # the lead first
    start: NDArray[np.datetime64]  # of each member
    end: np.datetime64
    value: int


_ROLES = ("member", "parent", "member", "complementor")
_PARTIES = ((3, 6), (3, 5), (5, 15), (8, 30))  # fewest and most parties by kind


def _groups(rng: np.random.Generator, plan: _Plan, years: tuple[int, int]) -> list[_Group]:
    """Return the agreements: that of the core, that of the large platform, and smaller ones of all kinds."""
    n = len(plan.community)
    first, last = np.datetime64(f"{years[0]}-01-01", "D"), np.datetime64(f"{years[1]}-12-31", "D")
    span = int((last - first).astype(int))
    of_community = pd.Series(np.arange(n))[plan.active & (np.arange(n) != plan.broker)]
    pools = [firms.to_numpy() for _, firms in of_community.groupby(plan.community[of_community])]
    pools = [pool for pool in pools if len(pool) >= 3]
    near = np.flatnonzero(plan.active & ~plan.far)

    def make(kind: int, members: NDArray[np.int64], *, lasting: bool = False) -> _Group:
        begin = first - 700 + int(rng.random() * (span if not lasting else span // 2))
        joined = begin + np.where(rng.random(len(members)) < 0.3, rng.integers(30, 500, len(members)), 0)
        joined[0] = begin
        days = int(np.array(_YEARS)[kind] * 365 * rng.lognormal(0.3, 0.5)) + 600
        end = np.datetime64("NaT", "D") if lasting or begin + days > last else begin + days
        value = round(float(_VALUE[kind] * len(members) * rng.lognormal(0.0, 0.7)), -3)
        return _Group(kind, members, joined, end, int(value))

    rest = np.setdiff1d(near, [*plan.core, plan.broker, plan.platform])
    guests = rng.choice(rest, min(6, max(0, 30 - len(plan.core))), replace=False)
    complementors = rng.choice(rest, min(22, len(rest)), replace=False)
    platform = np.concatenate([[plan.platform], complementors])
    groups = [make(COOP, np.concatenate([plan.core, guests]), lasting=True), make(PLATFORM, platform, lasting=True)]
    for _ in range(max(10, n // 15) - 2):
        kind = int(rng.choice([ALLIANCE, JOINT, COOP, PLATFORM], p=[0.15, 0.4, 0.3, 0.15]))
        pool = pools[int(rng.integers(len(pools)))]
        low, high = _PARTIES[kind]
        size = min(low + int((high - low + 1) * rng.random() ** 2), len(pool))
        groups.append(make(kind, rng.choice(pool, size, replace=False)))
    return groups


def _group_tables(groups: list[_Group], ids: NDArray[np.object_]) -> tuple[pd.DataFrame, pd.DataFrame]:
    word = ("Consortium", "Joint Venture", "Cooperative", "Platform")
    width = max(3, len(str(len(groups))))
    names = [f"G{number:0{width}d}" for number in range(1, len(groups) + 1)]
    sizes = [len(group.members) for group in groups]
    kinds = [KINDS[group.kind] for group in groups]
    roles = [role for group in groups for role in ["lead", *[_ROLES[group.kind]] * (len(group.members) - 1)]]
    table = pd.DataFrame(
        {
            "group_id": np.repeat(names, sizes),
            "kind": np.repeat(kinds, sizes),
            "firm": ids[np.concatenate([group.members for group in groups])],
            "role": roles,
            "start": np.datetime_as_string(np.concatenate([group.start for group in groups])),
        }
    )
    agreements = pd.DataFrame(
        {
            "group_id": names,
            "name": [f"{word[group.kind]} {number}" for number, group in enumerate(groups, start=1)],
            "kind": kinds,
            "start": [str(group.start[0]) for group in groups],
            "end": [None if np.isnat(group.end) else str(group.end) for group in groups],
            "value": [group.value for group in groups],
        }
    )
    return table, agreements


# ── referrals and skills ──


def _referrals(
    rng: np.random.Generator,
    plan: _Plan,
    ties: pd.DataFrame,
    *,
    ids: NDArray[np.object_],
    rows: int,
    years: tuple[int, int],
) -> pd.DataFrame:
    """Return referrals: three in four run along a partnership, the others inside a community; more every year."""
    first, last = np.datetime64(f"{years[0]}-01-01", "D"), np.datetime64(f"{years[1]}-12-31", "D")
    span = int((last - first).astype(int)) + 1
    lean = rng.beta(1.5, 1.5, len(ties))  # how one-sided each pair is
    popular = rng.lognormal(0.0, 0.8, len(ties))
    chosen = rng.choice(len(ties), rows, p=popular / popular.sum())
    source, target = ties["a"].to_numpy()[chosen], ties["b"].to_numpy()[chosen]
    turn = rng.random(rows) < lean[chosen]
    source, target = np.where(turn, target, source), np.where(turn, source, target)
    chooser = _Chooser(rng, plan)
    stranger = chooser.anyone(rows)
    friend = chooser.partner(stranger, 1.0)
    along = (rng.random(rows) < 0.75) | (stranger == friend)
    source, target = np.where(along, source, stranger), np.where(along, target, friend)
    date = first + np.floor(rng.random(rows) ** 0.8 * span).astype(np.int64)
    customers = 1 + rng.poisson(1.6, rows)
    same = plan.community[source] == plan.community[target]
    converted = rng.binomial(customers, np.where(same, 0.42, 0.26))
    value = np.round(converted * 9_000 * rng.lognormal(0.0, 0.8, rows), -1).astype(np.int64)
    table = pd.DataFrame(
        {
            "from": ids[source],
            "to": ids[target],
            "date": np.datetime_as_string(date),
            "customers": customers,
            "converted": converted,
            "value": value,
        }
    ).sort_values("date", kind="stable", ignore_index=True)
    table.insert(0, "record", [f"R{number:05d}" for number in range(1, rows + 1)])
    return table


def _capabilities(rng: np.random.Generator, firms: pd.DataFrame) -> pd.DataFrame:
    n = len(firms)
    count = np.minimum(1 + rng.poisson(1.4, n), 5)
    firm = np.repeat(np.arange(n), count)
    every = np.array([tag for sector in SECTORS.values() for tag in sector.tags])
    own = [SECTORS[name].tags if name in SECTORS else SECTORS["port services"].tags for name in firms["sector"]]
    u = rng.random(len(firm))
    tags = np.array([own[place][int(v * len(own[place]))] for place, v in zip(firm, u, strict=True)])
    strange = rng.random(len(firm)) < 0.15
    tags = np.where(strange, every[rng.integers(len(every), size=len(firm))], tags)
    table = pd.DataFrame(
        {
            "firm_id": firms["firm_id"].to_numpy()[firm],
            "tag": tags,
            "weight": np.round(rng.beta(3, 2, len(firm)), 2),
            "confidential": np.where(rng.random(len(firm)) < 0.1, "yes", "no"),
        }
    )
    return table.drop_duplicates(["firm_id", "tag"], ignore_index=True)
