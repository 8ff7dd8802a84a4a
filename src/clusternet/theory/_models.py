"""Section A4: the five collaboration models, and whether their structure tells them apart."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from clusternet.errors import OptionError, plural
from clusternet.result import NullTest, Result, Settings, resolve_seed
from clusternet.theory._evidence import Source, as_evidence
from clusternet.theory._finding import (
    Direction,
    Found,
    Part,
    UntestableError,
    against_chance,
    claim,
    estimated,
)
from clusternet.theory._relations import dealt_anew, null_test
from clusternet.theory._statistics import agreements, contracts, hazard, least_squares, optional, spells

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clusternet.theory._evidence import Evidence

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = [
    "Signatures",
    "alliances_are_flexible",
    "cooperatives_create_community",
    "model_signatures",
    "platforms_scale",
    "supply_runs_in_tiers",
    "ventures_are_large_and_long",
]

FEATURES = ("parties", "least_partners", "most_partners", "common_partners", "repeats")
FOLDS = 10
PLURAL = {"alliance": "alliances", "joint_venture": "joint ventures", "cooperative": "cooperatives",
          "platform": "platforms", "supply": "deliveries"}  # fmt: skip
LEAST = 8
"""Relations of a kind, below which it is not classified."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Signatures(Result):
    """How well structure alone tells the kinds of relations apart.

    Attributes
    ----------
    table
        One row per relation: ``declared`` and ``guessed`` kind, and the features.
    kappa
        Indexed by kind, and "all": Cohen's kappa between declared and guessed (1 perfect, 0 chance; for a kind, of
        that kind against the rest), ``expected`` and ``high`` (97.5 %) with kinds dealt at random, ``n`` relations.
    tests
        `NullTest` by kind and "all".
    settings
        Draws, folds and seed.
    """

    table: pd.DataFrame
    kappa: pd.DataFrame
    tests: dict[str, NullTest]
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return the kappas."""
        return self.kappa.copy(deep=False)

    def summary(self) -> str:
        """Return the overall kappa with its test in one line."""
        return f"{len(self.table):,} relations of {len(self.kappa) - 1} kinds; {self.tests['all'].summary()}"


def model_signatures(evidence: Source, *, draws: int = 199, seed: int | None = None) -> Signatures:
    """Guess the kind of every relation from structure alone, and compare with what was declared.

    The typology of five models has structural content only if this works better than chance (cohen1960). What the
    classifier sees of a relation: the number of parties; the least and the largest number of partners among them; the
    mean number of partners that two of them share; how many relations the same parties have. It never sees kinds or
    directions. Kinds are guessed by linear discriminants, each relation from the others: in ten parts, with the
    relations of one set of parties always in one part.

    Parameters
    ----------
    evidence
        What `evidence` returned, or records, a folder or a network to make it from.
    draws
        Number of random draws: kinds dealt anew among sets of parties of the same number of relations.
    seed
        A fresh one is drawn and stored when omitted.

    Returns
    -------
    Signatures
        Kappa overall and by kind, with tests, and the guess for every relation.

    Raises
    ------
    OptionError
        If an option is outside its range, or fewer than two kinds have eight relations.

    References
    ----------
    cohen1960
    """
    try:
        return _signatures(as_evidence(evidence), draws, resolve_seed(seed))
    except UntestableError as why:
        raise OptionError(str(why)) from why


def _relations(seen: Evidence) -> pd.DataFrame:
    """Return the features of every relation, its kind, and the number of its set of parties."""
    net = seen.network
    graph = net.simple("undirected")
    degree = np.bincount(np.append(graph.source, graph.target), minlength=graph.n)
    near = graph.csr()
    ids = net.firms.index
    pairs = contracts(seen)
    rows = []
    one, other = ids.get_indexer(pairs["a"]), ids.get_indexer(pairs["b"])
    known = (one >= 0) & (other >= 0)
    one, other, kinds = one[known], other[known], pairs["kind"].to_numpy()[known]
    shared = np.asarray(near[one].multiply(near[other]).sum(axis=1)).ravel() if len(one) else np.zeros(0)
    low, high = np.minimum(one, other), np.maximum(one, other)
    for place, kind in enumerate(kinds):
        ends = degree[[one[place], other[place]]]
        parties = (int(low[place]), int(high[place]))
        rows.append((kind, parties, 2, ends.min(), ends.max(), shared[place]))
    groups = seen.table("groups").dropna(subset=["group_id", "firm", "kind"])
    for _, part in groups.groupby("group_id", sort=False):
        members = np.unique(ids.get_indexer(part["firm"]))
        members = members[members >= 0]
        if len(members) < 2:
            continue
        inside = near[members]
        common = (inside @ inside.T).toarray()[np.triu_indices(len(members), 1)]
        rows.append((part["kind"].iloc[0], tuple(members.tolist()), len(members), degree[members].min(),
                     degree[members].max(), common.mean()))  # fmt: skip
    table = pd.DataFrame(rows, columns=["declared", "who", "parties", "least_partners", "most_partners",
                                        "common_partners"])  # fmt: skip
    table["block"] = pd.factorize(pd.Series(table["who"], dtype=object))[0]
    table["repeats"] = table.groupby("block")["block"].transform("size")
    enough = table["declared"].map(table["declared"].value_counts()) >= LEAST
    return table[enough].drop(columns="who").reset_index(drop=True)


def _signatures(seen: Evidence, draws: int, seed: int) -> Signatures:
    def make() -> Signatures:
        table = _relations(seen)
        declared, kinds = pd.factorize(table["declared"], sort=True)
        if len(kinds) < 2:
            raise UntestableError(f"fewer than two kinds of relations have {LEAST} records", ("partnerships.kind",))
        x = np.log1p(table[list(FEATURES)].to_numpy(dtype=float))
        x = (x - x.mean(axis=0)) / np.where(x.std(axis=0) > 0, x.std(axis=0), 1)
        rng = np.random.default_rng(seed)
        block = pd.factorize(table["block"])[0]
        fold = rng.permutation(int(block.max()) + 1)[block] % FOLDS
        parts = [(x[fold != one], x[fold == one], fold == one) for one in range(FOLDS) if (fold == one).any()]
        guessed = _guess(parts, declared, len(kinds))
        observed = _kappas(declared, guessed, len(kinds))
        drawn = np.empty((draws, len(kinds) + 1))
        first = np.unique(block, return_index=True)[1]
        size = np.bincount(block)
        for place in range(draws):
            # Sets of parties keep their relations together: blocks of one size trade their kinds.
            label = declared.copy()
            for width in np.unique(size):
                same = np.flatnonzero(size == width)
                if width == 1:
                    label[first[same]] = declared[first[rng.permutation(same)]]
                else:
                    order = np.argsort(block, kind="stable")
                    begin = np.searchsorted(block[order], same)
                    rows = order[begin[:, None] + np.arange(width)]
                    label[rows] = declared[rows[rng.permutation(len(same))]]
            drawn[place] = _kappas(label, _guess(parts, label, len(kinds)), len(kinds))
        names = [*map(str, kinds), "all"]
        tests = {
            name: null_test(f"kappa of {name}", observed[column], drawn[:, column], "kinds dealt anew", seed)
            for column, name in enumerate(names)
        }
        counts = [*np.bincount(declared, minlength=len(kinds)).tolist(), len(table)]
        kappa = pd.DataFrame(
            {
                "kappa": observed,
                "expected": drawn.mean(axis=0),
                "high": np.quantile(drawn, 0.975, axis=0),
                "p": [test.p_more for test in tests.values()],
                "n": counts,
            },
            index=pd.Index(names, name="kind"),
        )
        shown = table.assign(guessed=np.asarray(kinds, dtype=object)[guessed])
        columns = ["declared", "guessed", *FEATURES]
        return Signatures(
            table=shown[columns], kappa=kappa, tests=tests,
            settings=Settings({"draws": draws, "folds": FOLDS, "features": FEATURES}, seed),
        )  # fmt: skip

    return seen.kept(f"signatures {draws} {seed}", make)


def _guess(parts: list[tuple[Floats, Floats, NDArray[np.bool_]]], label: Ints, size: int) -> Ints:
    """Return the guess for every row by linear discriminants fitted without its part."""
    guessed = np.zeros(len(label), dtype=np.int64)
    for train, held, rows in parts:
        known = label[~rows]
        count = np.bincount(known, minlength=size).astype(float)
        member = np.eye(size)[known]
        mean = (member.T @ train) / np.maximum(count, 1)[:, None]
        left = train - mean[known]
        # A little shrinkage, for features that do not vary within kinds.
        spread = left.T @ left / max(len(known) - size, 1) + 0.05 * np.eye(train.shape[1])
        turn = np.linalg.solve(spread, mean.T)
        with np.errstate(divide="ignore"):
            offset = np.log(count / count.sum()) - 0.5 * np.einsum("ck,kc->c", mean, turn)
        guessed[rows] = (held @ turn + offset).argmax(axis=1)
    return guessed


def _kappas(one: Ints, other: Ints, size: int) -> Floats:
    """Return Cohen's kappa of every kind against the rest, then of all kinds."""
    joint = np.bincount(one * size + other, minlength=size * size).reshape(size, size) / len(one)
    rows, columns, same = joint.sum(axis=1), joint.sum(axis=0), np.diag(joint)
    agree = 1 - rows - columns + 2 * same
    chance = rows * columns + (1 - rows) * (1 - columns)
    each = np.divide(agree - chance, 1 - chance, out=np.zeros(size), where=chance < 1 - 1e-12)
    whole = rows @ columns
    return np.append(each, (same.sum() - whole) / (1 - whole) if whole < 1 - 1e-12 else 0.0)


def _told_apart(seen: Evidence, kind: str, draws: int, parts: list[Part], untested: list[str]) -> None:
    """Add whether structure tells the models apart, and how well it tells this one.

    One classification serves claims 27 to 31, so that its seed is not the claim's.
    """

    def told(name: str, label: str, expected: Direction) -> Part:
        found = _signatures(seen, min(draws, 199), 1)
        if name not in found.tests:
            raise UntestableError(f"fewer than {LEAST} relations of kind {name}")
        about = {"n": int(found.kappa.loc[name, "n"]), "of": "relations", "unit": "Cohen's kappa, above chance"}
        return against_chance(label, found.tests[name], expected=expected, **about)  # type: ignore[arg-type]

    optional(parts, untested, "whether structure tells the models apart",
             lambda: told("all", "models told apart by structure", "more"))  # fmt: skip
    with suppress(UntestableError):
        parts.append(told(kind, f"{PLURAL[kind]} told from the others", "told"))


def _dated(seen: Evidence, kind: str) -> pd.DataFrame:
    table = spells(seen)
    table = table.assign(is_kind=(table["kind"] == kind).astype(float))
    count = int(table["is_kind"].sum())
    if count < LEAST or count > len(table) - LEAST:
        raise UntestableError(f"{plural(count, 'dated relation')} of kind {kind} and "
                              f"{plural(len(table) - count, 'other')}; at least {LEAST} of each are "
                              "needed", ("partnerships.kind", "partnerships.start"))  # fmt: skip
    return table


def _ending(seen: Evidence, kind: str, name: str, expected: str) -> Part:
    table = _dated(seen, kind)
    fit = hazard(table, ["is_kind"])
    return estimated(
        name, float(fit.estimate[0]), float(fit.se[0]), n=fit.n, of="relations", unit="hazard ratio",
        expected="more" if expected == "more" else "less", ratio=True,
    )  # fmt: skip


def _medians(seen: Evidence, kind: str) -> str:
    """Return the median duration of ended relations of a kind and of the others, in words."""
    table = _dated(seen, kind)
    ended = table[table["ended"]]
    own = ended.loc[ended["is_kind"] == 1, "time"].median()
    rest = ended.loc[ended["is_kind"] == 0, "time"].median()
    return f"those that ended lasted {own:.1f} years in the median, others {rest:.1f}"


@claim(27)
def alliances_are_flexible(evidence: Evidence, *, draws: int) -> Found:
    """Test whether alliances end sooner than other relations.

    The hazard ratio of ending, alliances against all other dated relations (cox1972); relations that are open at the
    last start are censored. Then whether structure tells the five models apart, see `model_signatures`.

    References
    ----------
    cox1972
    """
    parts = [_ending(evidence, "alliance", "hazard of ending, alliances against others", "more")]
    untested: list[str] = []
    _told_apart(evidence, "alliance", draws, parts, untested)
    return Found(parts=parts, note=f"Of alliances, {_medians(evidence, 'alliance')}.", untested=untested)


@claim(28)
def ventures_are_large_and_long(evidence: Evidence, *, draws: int) -> Found:
    """Test whether joint ventures are worth more and last longer than other relations.

    The ratio of geometric mean values, joint ventures against all other relations (least squares on log value, HC3);
    the hazard ratio of ending (cox1972); and whether structure tells the five models apart, see `model_signatures`.

    References
    ----------
    cox1972
    """
    table = pd.concat([contracts(evidence), agreements(evidence)], ignore_index=True)
    table = table[table["value"] > 0]
    own = (table["kind"] == "joint_venture").to_numpy(dtype=float)
    if not LEAST <= own.sum() <= len(own) - LEAST:
        raise UntestableError(f"{plural(own.sum(), 'joint venture')} with a value and "
                              f"{plural((1 - own).sum(), 'other')}; at least {LEAST} of each are needed",
                              ("partnerships.value",))  # fmt: skip
    fit = least_squares(np.log(table["value"].to_numpy(dtype=float)), np.column_stack([own, np.ones(len(own))]))
    parts = [
        estimated("value, joint ventures against others", float(fit.estimate[0]), float(fit.se[0]), df=fit.df, n=fit.n,
                  of="relations", unit="ratio", ratio=True)
    ]  # fmt: skip
    untested: list[str] = []
    name = "hazard of ending, joint ventures against others"
    optional(parts, untested, "whether they last longer", lambda: _ending(evidence, "joint_venture", name, "less"))
    _told_apart(evidence, "joint_venture", draws, parts, untested)
    note = f"The typical joint venture is worth {parts[0].estimate:.1f} times as much as the typical other relation."
    return Found(parts=parts, note=note, untested=untested)


@claim(29)
def cooperatives_create_community(evidence: Evidence, *, draws: int, seed: int) -> Found:
    """Test whether fellow members of a cooperative are tied in other ways more often than chance gives.

    The share of pairs of fellow members that are tied in a layer other than the cooperative one, against firms dealt
    anew among all that have a tie or a membership: ties and cooperatives keep their shape. Then whether structure
    tells the five models apart, see `model_signatures`.
    """
    rows = evidence.table("groups").dropna(subset=["group_id", "firm"])
    rows = rows[rows["kind"] == "cooperative"].drop_duplicates(["group_id", "firm"])
    others = [name for name in evidence.network.layers if name != "cooperative"]
    if not len(rows) or not others:
        raise UntestableError("no cooperative with members, or no other ties", ("groups.kind",))
    net = evidence.network
    graph = net.layer(*others).simple("undirected")
    ids = net.firms.index
    firm, group = ids.get_indexer(rows["firm"]), pd.factorize(rows["group_id"])[0]
    pairs = []
    for one in np.unique(group):
        members = np.sort(firm[(group == one) & (firm >= 0)])
        left, right = np.triu_indices(len(members), 1)
        pairs.append(members[left] * np.int64(graph.n) + members[right])
    fellow = np.unique(np.concatenate(pairs))
    if len(fellow) < 5:
        raise UntestableError(f"only {plural(len(fellow), 'pair')} of fellow members; at least 5 are needed")
    one, other = np.divmod(fellow, graph.n)
    ties = graph.source * np.int64(graph.n) + graph.target
    active = np.unique(np.concatenate([firm[firm >= 0], graph.source, graph.target]))

    def share(where: Ints) -> float:
        low, high = np.minimum(where[one], where[other]), np.maximum(where[one], where[other])
        return float(np.isin(low * np.int64(graph.n) + high, ties).mean())

    test = dealt_anew("share of fellow members tied otherwise", share, graph.n, "firms dealt anew", draws=draws,
                      seed=seed, among=active)  # fmt: skip
    parts = [
        against_chance("fellow members tied otherwise, above chance", test, n=len(fellow), of="pairs of fellow members",
                       unit="share")
    ]  # fmt: skip
    untested: list[str] = []
    _told_apart(evidence, "cooperative", draws, parts, untested)
    note = f"{test.observed:.1%} of the pairs of fellow members have another tie; chance gives {test.expected:.1%}."
    return Found(parts=parts, note=note, tests=(test,), untested=untested)


@claim(30)
def platforms_scale(evidence: Evidence, *, draws: int) -> Found:
    """Test whether the cost of a platform grows less than in proportion to its members.

    The elasticity of cost to members: least squares of log cost (governance.cost) on the log number of members on that
    day (adopted_on; all that ever were where there is no date), with HC3 errors; a platform with several costs is
    compared with itself, and errors are clustered by platform. Below 1 the cost per member, and so per tie to the
    platform, falls. Then whether structure tells the five models apart, see `model_signatures`.
    """
    rows = evidence.table("groups").dropna(subset=["group_id", "firm"])
    rows = rows[rows["kind"] == "platform"]
    costs = evidence.table("governance").dropna(subset=["record_id", "cost"])
    costs = costs[(costs["cost"] > 0) & costs["record_id"].isin(rows["group_id"])]
    if len(costs) < LEAST:
        raise UntestableError(
            f"{plural(len(costs), 'cost')} of platforms; at least {LEAST} are needed", ("governance.cost",)
        )
    joined = dict(iter(rows.groupby("group_id")))

    def members_on(name: str, day: pd.Timestamp) -> int:
        part = joined[name]
        if not pd.isna(day):
            part = part[~(part["start"] > day) & ~(part["end"] < day)]
        return int(part["firm"].nunique())

    pairs = zip(costs["record_id"], costs["adopted_on"], strict=True)
    members = np.array([members_on(name, day) for name, day in pairs], dtype=float)
    y, x = np.log(costs["cost"].to_numpy(dtype=float)), np.log(np.maximum(members, 1))
    platform = pd.factorize(costs["record_id"])[0]
    size = np.bincount(platform)
    if (size > 1).sum() >= 5:
        y, x = (values - (np.bincount(platform, weights=values) / size)[platform] for values in (y, x))
        fit = least_squares(y, x[:, None], groups=platform)
    else:
        fit = least_squares(y, np.column_stack([x, np.ones(len(x))]))
    parts = [
        estimated("elasticity of cost to members", float(fit.estimate[0]), float(fit.se[0]), df=fit.df, n=fit.n,
                  of="costs", unit="elasticity", null=1.0, expected="less")
    ]  # fmt: skip
    untested: list[str] = []
    _told_apart(evidence, "platform", draws, parts, untested)
    note = f"With twice the members a platform costs {2 ** parts[0].estimate:.2f} times as much."
    return Found(parts=parts, note=note, untested=untested)


@claim(31)
def supply_runs_in_tiers(evidence: Evidence, *, draws: int, seed: int) -> Found:
    """Test whether supply runs in tiers.

    The trophic incoherence of the layer supply (mackay2020): the mean of (x - 1)^2 over the deliveries, x being the
    difference in level of buyer and supplier; 0 in a clean chain. Against deliveries that each run either way by the
    toss of a coin. Where lead times are known (supply.lead_days), also whether they fall level by level toward the
    customer (least squares on the log). Then whether structure tells the five models apart, see `model_signatures`.
    """
    if "supply" not in evidence.network.layers:
        raise UntestableError("these records have no supply", ("supply.supplier",))
    net = evidence.network.layer("supply")
    net = net.without(net.isolates)
    graph = net.simple()
    n, m = graph.n, len(graph.source)
    if m < 10 or n > 5000:
        raise UntestableError(
            f"{plural(m, 'delivery', 'deliveries')} among {plural(n, 'firm')}; 10 deliveries are the least, 5,000 "
            "firms the most"
        )
    # Levels solve L h = v; L does not depend on directions, so that one inverse serves all draws.
    laplace = np.zeros((n, n))
    np.add.at(laplace, (graph.source, graph.target), -1.0)
    np.add.at(laplace, (graph.target, graph.source), -1.0)
    laplace -= np.diag(laplace.sum(axis=1))
    part_of = net.component_codes()
    same = part_of[:, None] == part_of[None, :]
    inverse = np.linalg.inv(laplace + same / np.bincount(part_of)[part_of])

    def levels(sign: Floats) -> Floats:
        v = np.zeros(n)
        np.add.at(v, graph.target, sign)
        np.add.at(v, graph.source, -sign)
        return np.asarray(inverse @ v)

    def incoherence(sign: Floats) -> float:
        level = levels(sign)
        return float(np.mean((sign * (level[graph.target] - level[graph.source]) - 1) ** 2))

    rng = np.random.default_rng(seed)
    drawn = np.array([incoherence(rng.choice([-1.0, 1.0], m)) for _ in range(draws)])
    test = null_test("trophic incoherence", incoherence(np.ones(m)), drawn, "every delivery runs either way", seed)
    parts = [
        against_chance("incoherence of tiers, against random directions", test, n=m, of="deliveries", unit="0 to 1",
                       expected="less")
    ]  # fmt: skip
    level = levels(np.ones(m))
    level = pd.Series(level - level.min(), index=net.firms.index)
    untested: list[str] = []

    def lead_times() -> Part:
        table = evidence.table("supply").dropna(subset=["lead_days"])
        table = table[(table["lead_days"] > 0) & table["buyer"].isin(level.index)]
        if len(table) < 10:
            raise UntestableError("these records have no supply.lead_days", ("supply.lead_days",))
        tier = level.reindex(table["buyer"]).to_numpy(dtype=float)
        days = np.log(table["lead_days"].to_numpy(dtype=float))
        fit = least_squares(days, np.column_stack([tier, np.ones(len(tier))]))
        return estimated("lead time per level toward the customer", float(fit.estimate[0]), float(fit.se[0]), df=fit.df,
                         n=fit.n, of="deliveries", unit="log days", expected="less")  # fmt: skip

    optional(parts, untested, "whether lead times follow tiers", lead_times)
    _told_apart(evidence, "supply", draws, parts, untested)
    note = f"Levels range over {level.max():.1f}; incoherence is {test.observed:.2f} (0 a clean chain, 1 no direction)."
    return Found(parts=parts, note=note, tests=(test,), untested=untested)
