"""What would mend it: introductions, backup suppliers and recruits, against chance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clusternet.network import Network
from clusternet.plots import short
from clusternet.report._blocks import firm_name, has_outside, text_table, undecided_firms
from clusternet.report._parts import Heading, Paragraph
from clusternet.report._specialization import PLACES, holders, named_capabilities
from clusternet.report._text import NONE, count, decimal, join, plural, share

if TYPE_CHECKING:
    from clusternet.interventions import Recommendation
    from clusternet.linkage import Linkage
    from clusternet.records import Records
    from clusternet.report._analysis import Analysis
    from clusternet.report._config import ReportConfig
    from clusternet.report._leaving import Leaving
    from clusternet.report._parts import Part
    from clusternet.resilience import Removal

__all__ = ["Mending", "numbers", "parts", "study", "tables"]

LEFT = 0.25
"""Part of the largest group down to which firms leave: what is left of it later is too small to be worth mending."""
STEPS = 60
"""Places along the removal path at which candidates are compared beforehand."""
NEAR_WORK = 3_000_000
"""Pairs of partners of one firm that are looked at."""
TRY_WORK = 250_000
"""Firms and ties times candidates that are tried in full, per introduction."""
CHANCE_WORK = 1_000_000
"""Firms and ties times draws of random choices to compare with."""
BACKUP_FIRMS = 1_400
"""Firms up to which backup suppliers and recruits are looked for: all their pairs can be compared."""
LEVEL = 0.95
"""Share of the random choices between the two numbers told of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mending:
    """Recommendations; ``chance`` holds the gains of random and of degree-matched introductions, by draw."""

    ties: Recommendation | None
    n_pairs: int
    n_tried: int
    whole: bool
    chance: pd.DataFrame
    backups: Recommendation | None
    backup_why: str
    recruits: Recruits
    missing: pd.DataFrame
    capabilities: pd.DataFrame | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recruits:
    """Registered firms without a tie that are worth bringing in.

    ``rows`` tells of each what it ``offers`` that customers want, and the ``customers`` that have one supplier of the
    kind and that no recruit before it could supply; ``why`` says why there are none.
    """

    n_outside: int
    n_able: int
    n_supplies: int
    found: Recommendation | None
    rows: pd.DataFrame
    why: str


def study(
    net: Network,
    flat: Network,
    leaving: Leaving | None,
    config: ReportConfig,
    *,
    records: Records | None = None,
    linkage: Linkage | None = None,
) -> Mending | None:
    """Compute the section; None without ties, in a network of agreements, or if none is asked for."""
    wanted = config.resilience.introductions
    if leaving is None or wanted == 0 or net.is_two_mode or not len(flat.simple().source):
        return None
    inside = _inside(net)
    capabilities = named_capabilities(net, records, linkage)
    backups, why = _backups(net, flat.firms.index[inside].difference(flat.isolates, sort=False), capabilities, config)
    rest: dict[str, Any] = {
        "backups": backups,
        "backup_why": why,
        "recruits": _recruits(net, flat, capabilities, wanted, config),
        "missing": _missing(
            net, None if records is None else holders(net, records, linkage).dropna(subset="firm"), config
        ),
        "capabilities": capabilities,
    }
    one, other, whole = _candidates(flat, inside)
    if not len(one):
        return Mending(ties=None, n_pairs=0, n_tried=0, whole=whole, chance=pd.DataFrame(), **rest)
    path = leaving.removals["most partners first"]
    order = path.order[: _breaking(path)]
    size = flat.n_firms + flat.n_ties
    tried = _promising(flat, order, (one, other), rounds=wanted, most=int(np.clip(TRY_WORK // size, 2 * wanted, 30)))
    from clusternet.interventions import recommend_ties

    # Pairs by position and nothing else: a network is made anew for every candidate.
    ids, graph = flat.firms.index, flat.simple()
    bare = Network(range(flat.n_firms), pd.DataFrame({"source": graph.source, "target": graph.target}))
    held = _held_together(ids.get_indexer(order).tolist())
    pairs = pd.DataFrame({"source": one[tried], "target": other[tried]})
    ties = recommend_ties(
        bare, k=wanted, objective=held, candidates=pairs, distance_at_most=None, draws=0, seed=config.seed
    )
    place = {pair: int(row) for pair, row in zip(zip(one[tried], other[tried], strict=True), tried, strict=True)}
    picked = [place[pair] for pair in ties.chosen[["source", "target"]].itertuples(index=False, name=None)]
    chosen = ties.chosen.assign(**{end: ids[ties.chosen[end].astype(np.int64)] for end in ("source", "target")})
    ties = replace(ties, chosen=chosen)
    draws = min(int(np.clip(CHANCE_WORK // size, 19, 99)), config.resilience.null_draws)
    chance = _by_chance(bare, held, (one, other), picked, draws=draws, seed=config.seed) - ties.before
    return Mending(ties=ties, n_pairs=len(one), n_tried=len(tried), whole=whole, chance=chance, **rest)


def _breaking(path: Removal) -> int:
    """Return after how many departures the largest group is down to a part of its first size."""
    curve = path.curve["giant_share"].to_numpy(dtype=float)
    return max(int(np.argmax(curve <= curve[0] * LEFT + 1e-12)), 1)


def _held_together(order: list[Any]) -> Any:
    """Return the objective: mean share of firms in the largest group while these firms leave one after the other."""
    from clusternet.resilience import remove_firms

    def firms_held_together(network: Network) -> float:
        curve = remove_firms(network, order=order, responses=("giant_share",)).curve["giant_share"]
        return float(curve.iloc[1:].mean())

    return firms_held_together


def _inside(net: Network) -> np.ndarray:
    """Tell by firm who can be introduced: all, or those of the registry where some are not of it.

    A name that is not of the registry may be misspelt, and its firm may have the tie already.
    """
    return (
        net.firms["registered"].fillna(value=False).to_numpy(dtype=bool)
        if has_outside(net)
        else np.ones(net.n_firms, dtype=bool)
    )


def _candidates(flat: Network, inside: np.ndarray) -> tuple[np.ndarray, np.ndarray, bool]:
    """Return the untied pairs of these firms with a partner in common, and whether all were looked at.

    In large networks those are left out whose common partners all have very many partners.
    """
    from scipy import sparse

    matrix = flat.simple().csr()
    degree = np.diff(matrix.indptr).astype(np.int64)
    cheap = np.argsort(degree, kind="stable")
    afford = cheap[np.cumsum(degree[cheap] ** 2) <= NEAR_WORK]
    keep = np.zeros(flat.n_firms)
    keep[afford] = 1.0
    two = sparse.triu(matrix @ sparse.diags_array(keep) @ matrix, k=1).tocoo()
    one, other = two.row.astype(np.int64), two.col.astype(np.int64)
    graph = flat.simple()
    size = np.int64(flat.n_firms)
    apart = (two.data > 0) & inside[one] & inside[other]
    apart &= ~np.isin(one * size + other, graph.source * size + graph.target)
    one, other = one[apart], other[apart]
    sorted_ = np.lexsort((other, one))
    return one[sorted_], other[sorted_], len(afford) == flat.n_firms


def _promising(
    flat: Network, order: pd.Index, pairs: tuple[np.ndarray, np.ndarray], *, rounds: int, most: int
) -> np.ndarray:
    """Return places of candidates worth trying in full: the best few, given that the best of each round was taken.

    Without the new tie the two are in different groups at some steps of the path; with it, these are one group there.
    """
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components

    one, other = pairs
    n = flat.n_firms
    matrix = flat.simple().csr()
    leaves = np.full(n, n + 1, dtype=np.int64)
    leaves[flat.firms.index.get_indexer(order)] = np.arange(1, len(order) + 1)
    steps = np.unique(np.linspace(1, len(order), min(STEPS, len(order))).astype(np.int64))
    short: list[int] = []
    for _ in range(rounds):
        gain = np.zeros(len(one))
        for step in steps:
            there = np.flatnonzero(leaves > step)
            if len(there) < 2:
                continue
            codes = np.full(n, -1, dtype=np.int64)
            codes[there] = connected_components(matrix[there][:, there], directed=False)[1]
            sizes = np.bincount(codes[there])
            a, b = codes[one], codes[other]
            joined = (a >= 0) & (b >= 0) & (a != b)
            gain[joined] += np.maximum(sizes[a[joined]] + sizes[b[joined]] - sizes.max(), 0)
        gain[short] = 0.0
        best = np.argsort(-gain, kind="stable")[: max(most // rounds, 1)]
        best = best[gain[best] > 0]
        if not len(best):
            break
        short += best.tolist()
        ends = [one[best[0]], other[best[0]]]
        matrix = matrix + sparse.csr_array((np.ones(2), (ends, ends[::-1])), shape=(n, n))
    return np.array(short or [0], dtype=np.int64)


def _by_chance(
    net: Network, objective: Any, pairs: tuple[np.ndarray, np.ndarray], picked: list[int], *, draws: int, seed: int
) -> pd.DataFrame:
    """Return the objective after as many introductions drawn from all candidates, and from those of like degrees."""
    from clusternet.interventions._recommend import alike_candidates

    one, other = pairs
    graph = net.simple()
    degree = np.bincount(np.concatenate([graph.source, graph.target]), minlength=graph.n)
    alike = alike_candidates(np.sort(degree[np.stack(pairs, axis=1)], axis=1), picked)
    rng = np.random.default_rng(seed)

    def value(rows: Any) -> float:
        drawn = pd.DataFrame({"source": one[rows], "target": other[rows]})
        ties = pd.concat([net.ties[["source", "target"]], drawn], ignore_index=True)
        return float(objective(Network(net.firms.index, ties)))

    values = []
    for _ in range(draws if picked else 0):
        matched: list[int] = []
        for pool in alike:
            matched.append(int(rng.choice(pool[~np.isin(pool, matched)])))
        values.append((value(rng.choice(len(one), size=len(picked), replace=False)), value(matched)))
    return pd.DataFrame(values, columns=["random", "matched"], dtype="float64")


def _supplies(net: Network) -> pd.DataFrame:
    """Return who supplies whom on record, once per pair."""
    ties = net.layer("supply").ties if "supply" in net.layers else net.ties.iloc[:0]
    return ties[ties["directed"] & (ties["source"] != ties["target"])].drop_duplicates(["source", "target"])


def _no_supply(net: Network, capabilities: pd.DataFrame | None) -> str:
    """Say what the records lack to tell who could supply whom; empty if nothing."""
    if "supply" not in net.layers or not net.layer("supply").is_directed:
        return "supply ties, which say who needs what"
    if capabilities is None or not len(capabilities):
        return "a table of capabilities (columns firm_id and tag)"
    return ""


def _backups(
    net: Network, among: pd.Index, capabilities: pd.DataFrame | None, config: ReportConfig
) -> tuple[Recommendation | None, str]:
    """Recommend backup suppliers and customers among these firms; a sentence says why not."""
    from clusternet.errors import OptionError
    from clusternet.interventions import recommend_ties

    lacking = _no_supply(net, capabilities)
    if lacking:
        return None, f"Who could step in as a backup supplier takes {lacking}." if "supply" in net.layers else ""
    if net.n_firms > BACKUP_FIRMS:
        return None, (
            f"Backup suppliers are looked for up to {count(BACKUP_FIRMS)} firms; "
            "interventions.recommend_ties does it for more."
        )
    try:
        found = recommend_ties(
            net.layer("supply"), k=config.resilience.introductions, objective="backup", kind="backup_supplier",
            distance_at_most=None, capabilities=capabilities, consent=among,
            draws=min(99, config.resilience.null_draws), level=LEVEL, seed=config.seed,
        )  # fmt: skip
    except OptionError:
        return (
            None,
            "No firm with ties shares a capability with another's supplier, so nobody among them could step in.",
        )
    if found.chosen.empty:
        return None, "Every supply whose kind is known has a second supplier already, or nobody who could be one."
    return found, ""


def _recruits(
    net: Network, flat: Network, capabilities: pd.DataFrame | None, wanted: int, config: ReportConfig
) -> Recruits:
    """Recommend registered firms without a tie as second suppliers of those who buy what they offer."""
    from clusternet.interventions import recommend_firms

    outside = flat.isolates
    if "registered" in flat.firms.columns and pd.api.types.is_bool_dtype(flat.firms["registered"]):
        outside = outside[flat.firms.loc[outside, "registered"].fillna(value=False).astype(bool)]
    able = outside[:0] if capabilities is None else outside[outside.isin(capabilities.index)]
    told: dict[str, Any] = {"n_outside": len(outside), "n_able": len(able), "n_supplies": 0}
    none: dict[str, Any] = {**told, "found": None, "rows": pd.DataFrame()}
    alone = len(outside) == 1
    who = "the one firm without ties" if alone else f"the {plural(len(outside), 'firm')} without ties"
    if not len(outside):
        why = "Every firm of the registry has a tie, so that there is nobody in it to bring in."
        if "registered" in net.firms.columns and not net.firms["registered"].any():
            why = "Without a table of firms, those without ties are not known, so nobody can be named to bring in."
        return Recruits(**none, why=why)
    lacking = _no_supply(net, capabilities)
    if capabilities is None or lacking:
        return Recruits(
            **none, why=f"{'Whether' if alone else 'Whom'} to bring in {'' if alone else 'of '}{who} takes {lacking}."
        )
    if not len(able):
        none_says = f"{who.capitalize()} does not say" if alone else f"Of {who} none says"
        return Recruits(**none, why=f"{none_says} openly what it can do, so nobody knows whom to bring in.")
    if net.n_firms > BACKUP_FIRMS:
        return Recruits(**none, why=f"Recruits are looked for up to {count(BACKUP_FIRMS)} firms.")
    nobody = "No firm without ties" if alone else f"None of {who}"
    supply = net.layer("supply")
    arcs = _supplies(net)
    has = capabilities.reindex(arcs["source"]).fillna(0).to_numpy() > 0
    offers = capabilities.loc[able].to_numpy() > 0
    could = pd.DataFrame(offers.astype(float) @ has.T.astype(float) > 0, index=able, columns=arcs["target"])
    recruit, row = np.nonzero(could.to_numpy())
    plans = pd.DataFrame({"source": able[recruit], "target": could.columns[row]}).drop_duplicates()
    if not len(plans):
        return Recruits(**none, why=f"{nobody} offers what a supplier on record does.")
    found = recommend_firms(
        supply.without(outside), recruits=able, ties=plans.assign(layer="supply", directed=True), k=wanted,
        objective="backup", capabilities=capabilities, draws=min(99, config.resilience.null_draws), level=LEVEL,
        seed=config.seed,
    )  # fmt: skip
    if found.chosen.empty:
        return Recruits(**none, why=f"{nobody} could be a second supplier where there is but one of the kind so far.")
    alike = has.astype(float) @ has.T.astype(float) > 0
    np.fill_diagonal(alike, val=False)
    same_buyer = arcs["target"].to_numpy()[:, None] == arcs["target"].to_numpy()
    alone = ~(alike & same_buyer).any(axis=1)
    rows = []
    for firm in found.chosen["firm"]:
        mine = alone & could.loc[firm].to_numpy()
        shared = has[mine].any(axis=0) & (capabilities.loc[firm].to_numpy() > 0)
        customers = arcs.loc[mine, "target"].drop_duplicates().tolist()
        rows.append((firm, capabilities.columns[shared].tolist(), int(mine.sum()), customers))
        alone &= ~mine
    listed = pd.DataFrame(rows, columns=["firm", "offers", "supplies", "customers"])
    return Recruits(**told | {"n_supplies": len(arcs)}, found=found, rows=listed, why="")


def _missing(net: Network, every: pd.DataFrame | None, config: ReportConfig) -> pd.DataFrame:
    """Return the capabilities that at most one firm offers and somebody asks for: who to look for elsewhere.

    A capability is asked for by a bundle of the settings, or by those who buy from the one firm that offers it. One
    that is offered confidentially only is left out.
    """
    columns = ["capability", "firm", "customers", "bundles"]
    if every is None or not len(every):
        return pd.DataFrame(columns=columns)
    asked: dict[str, list[str]] = {}
    said: dict[str, str] = {}
    for name, tags in config.specialization.bundles.items():
        for tag in dict.fromkeys(tags):
            key = " ".join(tag.split()).casefold()
            asked.setdefault(key, []).append(name)
            said.setdefault(key, tag)
    buyers = _supplies(net).groupby("source", sort=False)["target"].unique()
    rows = []
    for key, group in every.groupby("key", sort=True):
        firms = group["firm"].unique()
        open_ = group.loc[~group["confidential"].fillna(value=False).astype(bool)]
        if len(firms) == 1 and len(open_):
            customers = list(buyers.get(firms[0], ()))
            if customers or str(key) in asked:
                rows.append((open_["tag"].iloc[0], firms[0], customers, asked.get(str(key), [])))
    offered = set(every["key"])
    rows += [(said[key], None, [], names) for key, names in asked.items() if key not in offered]
    listed = pd.DataFrame(rows, columns=columns)
    order = np.lexsort(
        (listed["capability"].to_numpy(), -listed["customers"].map(len).to_numpy(), listed["firm"].notna().to_numpy())
    )
    return listed.iloc[order].reset_index(drop=True)


# ── told ──


def numbers(found: Analysis) -> dict[str, object]:
    """Return the headline numbers of the section."""
    made = found.mending
    if made is None:
        return {}
    raw: dict[str, object] = {}
    if made.ties is not None:
        raw |= {
            "mending.introductions": len(made.ties.chosen),
            "mending.before": made.ties.before,
            "mending.after": made.ties.after,
            "mending.candidates": made.n_pairs,
        }
    if made.ties is not None and len(made.chance):
        raw["mending.by_chance"] = made.chance["random"].mean()
        raw["mending.by_matched_chance"] = made.chance["matched"].mean()
        p = _rarely(made.chance, made.ties.after - made.ties.before)
        raw |= {"mending.p": p["random"], "mending.p_matched": p["matched"]}
    if made.backups is not None:
        raw |= {"mending.backup_before": made.backups.before, "mending.backup_after": made.backups.after}
    won = made.recruits.found
    if won is not None:
        raw |= {
            "mending.recruits": len(won.chosen),
            "mending.recruit_candidates": won.n_candidates,
            "mending.recruits_before": won.before,
            "mending.recruits_after": won.after,
        }
        if len(won.baselines):
            raw |= {"mending.recruits_by_chance": won.baselines["random"].mean()}
            raw |= {"mending.recruits_p": won.against_chance.loc["random", "p"]}
    return raw


def tables(found: Analysis) -> dict[str, pd.DataFrame]:
    """Return the full tables of the section by file name."""
    made = found.mending
    if made is None:
        return {}
    told = {}
    for name, recommended in (("introductions", made.ties), ("backup_suppliers", made.backups)):
        if recommended is not None and len(recommended.chosen):
            rows = recommended.chosen.drop(columns="reason").reset_index()
            for place, end in ((2, "source"), (4, "target")):
                rows.insert(place, f"{end}_name", found.names.loc[rows[end]].to_numpy())
            told[name] = rows
    won = made.recruits
    if won.found is not None:
        rows = won.rows.assign(
            name=found.names.loc[won.rows["firm"]].to_numpy(),
            gain=won.found.chosen["gain"].to_numpy(),
            value=won.found.chosen["value"].to_numpy(),
            offers=won.rows["offers"].map("; ".join),
            customers=won.rows["customers"].map(lambda firms: "; ".join(map(str, firms))),
        )
        rows = rows[["firm", "name", "offers", "supplies", "customers", "gain", "value"]]
        told["recruits"] = rows.set_axis(pd.RangeIndex(1, len(rows) + 1, name="rank"), axis=0).reset_index()
    if len(made.missing):
        rows = made.missing.assign(
            customers=made.missing["customers"].map(lambda firms: "; ".join(map(str, firms))),
            bundles=made.missing["bundles"].map("; ".join),
        )
        rows.insert(2, "name", found.names.reindex(rows["firm"]).to_numpy())
        told["missing_capabilities"] = rows
    return told


def _rarely(chance: pd.DataFrame, gained: float) -> pd.Series:
    """Return by baseline the share of draws, and the choice itself, that gain as much."""
    return ((chance >= gained - 1e-12).sum() + 1) / (len(chance) + 1)


def _by_luck(chance: pd.DataFrame, gained: float, *, pool: str, alike: str, unit: str = "") -> str:
    """Say in a few sentences what random and degree-matched choices gain, in firms or in percentage points."""
    p = _rarely(chance, gained)
    low, high = chance.quantile((1 - LEVEL) / 2), chance.quantile((1 + LEVEL) / 2)
    told = [
        f"drawn at random from {who} {_tenths(chance[name].mean())}{unit} ({share(LEVEL)} of draws: "
        f"{_tenths(low[name])} to {_tenths(high[name])}; p = {decimal(p[name])})"
        for name, who in (("random", pool), ("matched", alike))
    ]
    text = f" The same number {told[0]}; {told[1]}."
    return text if _beats_chance(chance, gained) else f"{text} So this choice is not clearly better than chance."


def _points_by_luck(found: Recommendation, *, pool: str, alike: str) -> str:
    """Say the same of a share, in percentage points."""
    return _by_luck(100 * found.baselines, 100 * found.gain, pool=pool, alike=alike, unit=" percentage points")


def _beats_chance(chance: pd.DataFrame, gained: float) -> bool:
    return not len(chance) or bool((_rarely(chance, gained) <= 1 - LEVEL).all())


def parts(found: Analysis) -> list[Part]:
    """Return the section."""
    opening = Heading(text="What would mend it", anchor="mending")
    made = found.mending
    if made is None:
        why = (
            "With no ties on record there is nothing to mend."
            if found.pairs == 0
            else "The network ties firms to agreements; introductions are told for ties among firms."
            if found.net.is_two_mode
            else "No introductions were asked for."
        )
        return [opening, Paragraph(text=why)]
    won = made.recruits.found
    chances = [made.chance, *(one.baselines for one in (made.backups, won) if one is not None)]
    meant = (
        "Each recommendation stands beside random ones: p is the share of random draws that gain as much, with the "
        "choice itself counted in. A small p says that luck would hardly gain as much."
    )
    return [
        opening,
        *([Paragraph(text=meant, note=True)] if any(map(len, chances)) else []),
        *_introductions(found, made),
        *_backup_parts(found, made),
        *_recruit_parts(found, made.recruits),
        *_missing_parts(found, made.missing, made.capabilities),
    ]


def _introductions(found: Analysis, made: Mending) -> list[Part]:
    ties = made.ties
    if ties is None or ties.chosen.empty:
        text = (
            f"No two {'registered ' if found.marks else ''}firms without a tie share a partner who could introduce "
            "them."
            if ties is None
            else "No single introduction between partners of partners would keep more firms together."
            if made.n_tried == made.n_pairs
            else f"Of the {count(made.n_pairs)} pairs of partners of partners, the one that promises most was tried in "
            "full: it would not keep more firms together."
            if made.n_tried == 1
            else f"Of the {count(made.n_pairs)} pairs of partners of partners, the {count(made.n_tried)} that promise "
            "most were tried in full: none of them would keep more firms together."
        )
        return [Paragraph(text=text)]
    n = found.n
    gained = (ties.after - ties.before) * n
    k = len(ties.chosen)
    of = " of registered firms" if found.marks else ""
    asked = (
        "Suppose again that firms leave in the order of the partners they have today, most first, until a quarter of "
        "the largest group is left. Which introductions, made now, would keep most firms together? Looked at are "
        f"pairs{of} who share a partner but have no tie of their own: their partner can introduce them, and once the "
        "partner has left, they still have each other."
    )
    text = (
        f"{plural(k, 'introduction')} would keep {_tenths(gained)} more firms in the largest group, on average over "
        f"these departures: {decimal(ties.after * n, 1)} instead of {decimal(ties.before * n, 1)}."
    )
    if len(made.chance) and made.n_pairs > 1:
        text += _by_luck(
            made.chance * n,
            gained,
            pool=f"the {count(made.n_pairs)} such pairs would keep",
            alike="those whose firms have about as many partners,",
        )
    if found.marks:
        text += (
            " Names that are not in the registry, or undecided, are not recommended: such a name may be a known firm, "
            "misspelt, that has the tie already."
        )
    told: list[Part] = [Paragraph(text=asked), Paragraph(text=text)]
    rows = [
        [
            firm_name(found, row["source"]),
            firm_name(found, row["target"]),
            f"+{_tenths(row['gain'] * n)}",
            _reason(found, row["source"], row["target"]),
        ]
        for _, row in ties.chosen.iterrows()
    ]
    tried = made.n_tried
    note = (
        f"Of {count(made.n_pairs)} pairs, the {count(tried)} that promise most were tried in full, one introduction "
        "after the other."
        if 1 < tried < made.n_pairs
        else f"Of {count(made.n_pairs)} pairs, the one that promises most was tried in full."
        if tried < made.n_pairs
        else f"All {count(tried)} pairs were tried in full, one introduction after the other."
        if tried > 1
        else "There is one such pair only."
    )
    if not made.whole:
        note += " Pairs that share only firms with very many partners were left out, for the sake of time."
    told.append(
        text_table(
            _title("introduction", "making", k, made.chance * n, gained),
            "Each line is an introduction, on top of those above it: who meets whom, how many more firms stay together "
            "on average, and why. Whether the two want to meet is for them to say.",
            "Introduce|to|#Firms kept together|Why",
            rows,
            note=note,
        )
    )
    return told


def _tenths(value: float) -> str:
    return "less than 0.1" if 0 < value < 0.05 else decimal(round(value, 1), 1)


def _title(what: str, worth: str, k: int, chance: pd.DataFrame, gained: float) -> str:
    beaten = f"worth {worth}" if _beats_chance(chance, gained) else "to consider"
    return f"{what.capitalize()}s {beaten}" if k > 1 else f"The {what} {beaten}"


def _reason(found: Analysis, one: Any, other: Any) -> str:
    """Say who could introduce the two, when those leave, and what each brings."""
    matrix = found.flat.simple().csr()
    ids = found.flat.firms.index
    i, j = ids.get_indexer([one, other])
    shared = ids[np.intersect1d(matrix[[i]].indices, matrix[[j]].indices)]
    leaving = found.leaving
    order = leaving.removals["most partners first"].order if leaving is not None else ids
    rank = pd.Series(range(1, len(order) + 1), index=order).loc[shared].sort_values(kind="stable")
    names = [firm_name(found, firm) for firm in rank.index[:2]]
    more = len(rank) - len(names)
    who = join([*names, *([f"{count(more)} more"] if more > 0 else [])])
    text = f"Both have ties to {who}"
    apart = _apart_after(found.flat, order, one, other)
    if apart:
        last = firm_name(found, order[apart - 1])
        gone = f"{last} has" if apart == 1 else f"{count(apart)} firms ({last} the last) have"
        text += f"; without the introduction, no chain of ties joins them once {gone} left"
    return f"{text}."


def _apart_after(flat: Network, order: pd.Index, one: Any, other: Any) -> int:
    """Return after how many departures the two are in different groups; 0 if one of them leaves before."""
    from scipy.sparse.csgraph import connected_components

    matrix = flat.simple().csr()
    going = flat.firms.index.get_indexer(order)
    i, j = flat.firms.index.get_indexer([one, other])
    low, high = 0, int(min(np.flatnonzero((going == i) | (going == j))))

    def parted(step: int) -> bool:
        there = np.ones(flat.n_firms, dtype=bool)
        there[going[:step]] = False
        place = np.cumsum(there) - 1
        codes = connected_components(matrix[there][:, there], directed=False)[1]
        return bool(codes[place[i]] != codes[place[j]])

    if not parted(high):
        return 0
    # Once parted they stay parted.
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (low, middle) if parted(middle) else (middle, high)
    return high


def _backup_parts(found: Analysis, made: Mending) -> list[Part]:
    backups = made.backups
    if backups is None:
        return [Heading(text="Backup suppliers", level=3), Paragraph(text=made.backup_why)] if made.backup_why else []
    k = len(backups.chosen)
    text = (
        f"{share(backups.before, 1)} of the supplies on record have a second supplier of the same kind, one that "
        "offers something the first offers (what was delivered is not compared); "
        f"{plural(k, 'backup supplier')} would make it {share(backups.after, 1)}."
    )
    unknown = _of_unknown_kind(found, made)
    if unknown:
        text += (
            f" {plural(unknown, 'supply', 'supplies')} of firms that do not say openly what they can do "
            f"{'counts' if unknown == 1 else 'count'} as having none."
        )
    if len(backups.baselines) and backups.n_candidates > 1:
        text += _points_by_luck(
            backups,
            pool=f"the {count(backups.n_candidates)} pairs of such a firm and a customer raise it by",
            alike="those whose firms have about as many partners in supply,",
        )
    rows = [
        [
            firm_name(found, row["source"]),
            firm_name(found, row["target"]),
            _shared_tags(found, made, row["source"], row["target"]),
            f"+{decimal(100 * row['gain'], 1)}",
        ]
        for _, row in backups.chosen.iterrows()
    ]
    return [
        Heading(text="Backup suppliers", level=3),
        Paragraph(text=text),
        text_table(
            _title("backup supplier", "winning", k, backups.baselines, backups.gain),
            "Each line is a firm that could also supply a customer, because it offers what the customer's supplier "
            "offers; the last column says how many in a hundred supplies get a second supplier by it.",
            "Win|as a supplier of|It too offers|#Of 100 supplies",
            rows,
        ),
    ]


def _of_unknown_kind(found: Analysis, made: Mending) -> int:
    """Return the number of supplies whose supplier names no capability."""
    arcs = _supplies(found.net)
    return len(arcs) if made.capabilities is None else int((~arcs["source"].isin(made.capabilities.index)).sum())


def _shared_tags(found: Analysis, made: Mending, firm: Any, buyer: Any) -> str:
    table = made.capabilities
    if table is None:
        return NONE
    supply = found.net.layer("supply").ties
    now = supply.loc[supply["directed"] & (supply["target"] == buyer), "source"]
    have = (table.reindex(now.unique()).fillna(0.0) > 0).any(axis=0) & (table.loc[firm] > 0)
    tags = [short(tag, 40) for tag in table.columns[have]]
    more = len(tags) - 3
    return join([*tags[:3], *([f"{count(more)} more"] if more > 0 else [])]) or NONE


def _recruit_parts(found: Analysis, made: Recruits) -> list[Part]:
    opening = Heading(text="Recruits", level=3)
    if made.found is None:
        return [opening, Paragraph(text=made.why)]
    won, rows = made.found, made.rows
    total = int(rows["supplies"].sum())
    waiting = len(undecided_firms(found))
    asked = (
        f"{plural(made.n_outside, 'registered firm')} {'has' if made.n_outside == 1 else 'have'} no tie on record; "
        f"{count(made.n_able)} of them {'says openly what it' if made.n_able == 1 else 'say openly what they'} can do. "
        "Which would be worth bringing in? Needs are read off the supply ties: a firm could supply a customer if it "
        "offers something that one of the customer's suppliers offers. Counted is every customer that it could supply; "
        "how many it would win nobody knows."
    )
    text = (
        f"{plural(len(rows), 'recruit')} could at most give {plural(total, 'supply', 'supplies')} a second supplier of "
        "the same kind"
        + (
            f", which {share(won.before, 1)} of the {count(made.n_supplies)} on record have and "
            f"{share(won.after, 1)} would have then."
            if made.n_supplies > 1
            else "."
        )
    )
    if len(won.baselines) and won.n_candidates > 1:
        text += _points_by_luck(
            won,
            pool=f"the {plural(won.n_candidates, 'firm')} that could supply somebody raise it by",
            alike="those that could supply about as many,",
        )
    place = _place(found)
    listed = [
        [
            firm_name(found, row["firm"]),
            _some(row["offers"], 3),
            f"+{decimal(100 * gain, 1)}",
            _recruit_reason(found, row, place),
        ]
        for (_, row), gain in zip(rows.iterrows(), won.chosen["gain"], strict=True)
    ]
    note = "A firm without a tie may also be one whose ties nobody has recorded"
    note += (
        f", or one of the {plural(waiting, 'name')} that wait for a person to decide." if waiting else "; ask it first."
    )
    return [
        opening,
        Paragraph(text=asked),
        Paragraph(text=text),
        text_table(
            _title("firm", "bringing in", len(rows), won.baselines, won.gain),
            "Each line is a registered firm without ties, on top of those above it: what it offers that customers here "
            "buy, how many in a hundred supplies could get a second supplier by it, and whose.",
            "Bring in|It offers|#Of 100 supplies|Why",
            listed,
            note=note,
        ),
    ]


def _recruit_reason(found: Analysis, row: pd.Series, place: str) -> str:
    customers = row["customers"]
    some = _some([firm_name(found, firm) for firm in customers], 2)
    many = len(customers) > 1
    text = f"{plural(len(customers), 'customer')} ({some}) {'have' if many else 'has'} one supplier only of the kind"
    firms = found.net.firms
    if place and pd.notna(firms.loc[row["firm"], place]):
        where = firms.loc[row["firm"], place]
        near = int((firms.loc[customers, place] == where).sum())
        text += f", {count(near)} of {count(len(customers))} in its own {place} ({short(where, 40)})"
    return f"{text}."


def _place(found: Analysis) -> str:
    firms = found.net.firms
    return next((name for name in PLACES if name in firms.columns and firms[name].notna().any()), "")


def _some(words: list[str], most: int) -> str:
    """Return the first few of an enumeration, and how many more there are."""
    shown = [short(word, 60) for word in words[:most]]
    more = len(words) - len(shown)
    return join([*shown, *([f"{count(more)} more"] if more > 0 else [])]) or NONE


def _missing_parts(found: Analysis, missing: pd.DataFrame, capabilities: pd.DataFrame | None) -> list[Part]:
    """Tell which capabilities to look for outside the registry."""
    if not len(missing):
        if capabilities is None or "supply" not in found.net.layers:
            return []
        text = (
            "Nothing calls for a firm from elsewhere: what the suppliers on record openly offer, a second firm offers"
        )
        text += ", and also what the bundles ask for." if found.config.specialization.bundles else " too."
        return [Paragraph(text=text)]
    place = _place(found)
    rows = []
    for _, row in missing.head(found.config.show.top).iterrows():
        where = (
            found.net.firms.loc[row["customers"], place].value_counts(sort=True) if place else pd.Series(dtype="int64")
        )
        where = where.sort_index(kind="stable").sort_values(ascending=False, kind="stable")
        rows.append(
            [
                short(row["capability"], 60),
                "nobody" if pd.isna(row["firm"]) else firm_name(found, row["firm"]),
                count(len(row["customers"])),
                _some([f"{name} ({count(number)})" for name, number in where.items()], 3),
                _some(row["bundles"], 3),
            ]
        )
    left = len(missing) - len(rows)
    return [
        text_table(
            "Whom to look for elsewhere",
            "Each line is a capability that one firm on record offers, or none, although somebody asks for it: the "
            "customers of that firm (who may buy something else of it), or a bundle of the settings file. No other "
            "firm on record offers it, so that a second one would have to come from elsewhere.",
            "Capability|Offered by|#Customers|Customers in|Asked for in",
            rows,
            note=f"{plural(left, 'more')} in missing_capabilities.csv." if left > 0 else "",
        )
    ]
