"""What would mend it: introductions and backup suppliers, against chance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clusternet.network import Network
from clusternet.plots import short
from clusternet.report._blocks import firm_name, text_table
from clusternet.report._parts import Heading, Paragraph
from clusternet.report._text import NONE, count, decimal, join, plural, share

if TYPE_CHECKING:
    from clusternet.interventions import Recommendation
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
CHANCE_WORK = 2_000_000
"""Firms and ties times random choices to compare with."""
BACKUP_FIRMS = 2_000
"""Firms with capabilities up to which backup suppliers are looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mending:
    """Recommendations; ``chance`` holds the gains of random introductions."""

    ties: Recommendation | None
    n_pairs: int
    n_tried: int
    whole: bool
    chance: np.ndarray
    backups: Recommendation | None
    backup_why: str
    capabilities: pd.DataFrame | None


def study(
    net: Network, flat: Network, leaving: Leaving | None, capabilities: pd.DataFrame | None, config: ReportConfig
) -> Mending | None:
    """Compute the section; None without ties, in a network of agreements, or if none is asked for."""
    wanted = config.resilience.introductions
    if leaving is None or wanted == 0 or net.is_two_mode or not len(flat.simple().source):
        return None
    backups, why = _backups(net, capabilities, wanted, config)
    one, other, whole = _candidates(flat)
    empty = np.empty(0)
    if not len(one):
        return Mending(
            ties=None, n_pairs=0, n_tried=0, whole=whole, chance=empty, backups=backups, backup_why=why,
            capabilities=capabilities,
        )  # fmt: skip
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
    chosen = ties.chosen.assign(**{end: ids[ties.chosen[end].astype(np.int64)] for end in ("source", "target")})
    ties = replace(ties, chosen=chosen)
    draws = min(int(np.clip(CHANCE_WORK // size, 19, 99)), config.resilience.null_draws)
    chance = _by_chance(bare, held, (one, other), k=len(ties.chosen), draws=draws, seed=config.seed) - ties.before
    return Mending(
        ties=ties,
        n_pairs=len(one),
        n_tried=len(tried),
        whole=whole,
        chance=chance,
        backups=backups,
        backup_why=why,
        capabilities=capabilities,
    )


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


def _candidates(flat: Network) -> tuple[np.ndarray, np.ndarray, bool]:
    """Return the untied pairs with a partner in common, and whether all were looked at.

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
    apart = (two.data > 0) & ~np.isin(one * size + other, graph.source * size + graph.target)
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
    net: Network, objective: Any, pairs: tuple[np.ndarray, np.ndarray], *, k: int, draws: int, seed: int
) -> np.ndarray:
    """Return the objective after as many introductions drawn at random from all candidates."""
    one, other = pairs
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(draws if k else 0):
        rows = rng.choice(len(one), size=min(k, len(one)), replace=False)
        drawn = pd.DataFrame({"source": one[rows], "target": other[rows]})
        ties = pd.concat([net.ties[["source", "target"]], drawn], ignore_index=True)
        values.append(objective(Network(net.firms.index, ties)))
    return np.array(values)


def _backups(
    net: Network, capabilities: pd.DataFrame | None, wanted: int, config: ReportConfig
) -> tuple[Recommendation | None, str]:
    """Recommend backup suppliers; a sentence says why not."""
    from clusternet.errors import OptionError
    from clusternet.interventions import recommend_ties

    supply = net.layer("supply") if "supply" in net.layers else None
    if supply is None or not supply.is_directed:
        return None, ""
    if capabilities is None or not len(capabilities):
        return None, "Who could step in as a backup supplier takes a table of capabilities (columns firm_id and tag)."
    if net.n_firms > BACKUP_FIRMS:
        return None, (
            f"Backup suppliers are looked for up to {count(BACKUP_FIRMS)} firms; "
            "interventions.recommend_ties does it for more."
        )
    try:
        found = recommend_ties(
            supply, k=wanted, objective="backup", kind="backup_supplier", distance_at_most=None,
            capabilities=capabilities,
            draws=min(99, config.resilience.null_draws), seed=config.seed,
        )  # fmt: skip
    except OptionError:
        return None, "No firm on record shares a capability with another's supplier, so nobody could step in."
    if found.chosen.empty:
        return None, "Every supply whose kind is known has a second supplier already, or nobody who could be one."
    return found, ""


# ── told ──


def numbers(found: Analysis) -> dict[str, object]:
    """Return the headline numbers of the section."""
    made = found.mending
    if made is None or made.ties is None:
        return {}
    raw: dict[str, object] = {
        "mending.introductions": len(made.ties.chosen),
        "mending.before": made.ties.before,
        "mending.after": made.ties.after,
        "mending.candidates": made.n_pairs,
    }
    if len(made.chance):
        raw["mending.by_chance"] = made.chance.mean()
        raw["mending.p"] = _rarely(made)
    if made.backups is not None:
        raw |= {"mending.backup_before": made.backups.before, "mending.backup_after": made.backups.after}
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
    return told


def _rarely(made: Mending) -> float:
    gained = made.ties.after - made.ties.before if made.ties is not None else 0.0
    return float(((made.chance >= gained - 1e-12).sum() + 1) / (len(made.chance) + 1))


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
    return [opening, *_introductions(found, made), *_backup_parts(found, made)]


def _introductions(found: Analysis, made: Mending) -> list[Part]:
    ties = made.ties
    if ties is None or ties.chosen.empty:
        text = (
            "No two firms without a tie share a partner who could introduce them."
            if ties is None
            else "No single introduction between partners of partners would keep more firms together."
        )
        return [Paragraph(text=text)]
    n = found.n
    gained = (ties.after - ties.before) * n
    k = len(ties.chosen)
    text = (
        "Suppose again that firms leave in today's order, those with most partners first, until a quarter of the "
        "largest group is left. Which introductions, made now, would keep most firms together? Looked at are "
        "pairs who share a partner but have no tie of their own: their partner can introduce them, and once the "
        "partner has left, they still have each other. "
        f"{plural(k, 'introduction')} would keep {decimal(gained, 1)} more firms in the largest group, on average over "
        f"the path ({decimal(ties.before * n, 1)} today)."
    )
    if len(made.chance):
        low, high = np.quantile(made.chance, [0.025, 0.975]) * n
        text += (
            f" As many introductions drawn at random from the {count(made.n_pairs)} such pairs keep "
            f"{decimal(made.chance.mean() * n, 1)} more (95% of {count(len(made.chance))} draws: {decimal(low, 1)} to "
            f"{decimal(high, 1)}; p = {decimal(_rarely(made))})."
        )
    told: list[Part] = [Paragraph(text=text)]
    rows = [
        [
            firm_name(found, row["source"]),
            firm_name(found, row["target"]),
            f"+{decimal(row['gain'] * n, 1)}",
            _reason(found, row["source"], row["target"]),
        ]
        for _, row in ties.chosen.iterrows()
    ]
    tried = made.n_tried
    who = f"the {count(tried)} that promise most were" if tried > 1 else "the one that promises most was"
    note = (
        f"Of {count(made.n_pairs)} pairs, {who} tried in full, one introduction after the other."
        if tried < made.n_pairs
        else f"All {count(tried)} pairs were tried in full, one introduction after the other."
        if tried > 1
        else "There is one such pair only."
    )
    if not made.whole:
        note += " Pairs that share only firms with very many partners were left out, for the sake of time."
    told.append(
        text_table(
            "Introductions worth making" if k > 1 else "The introduction worth making",
            "Each line is an introduction, on top of those above it: who meets whom, how many more firms stay together "
            "on average, and why. Whether the two want to meet is for them to say.",
            "Introduce|to|#Firms kept together|Why",
            rows,
            note=note,
        )
    )
    return told


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
    text = f"Both work with {who}"
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
        f"{share(backups.before)} of the supplies on record have a second supplier of the same kind; "
        f"{plural(k, 'backup supplier')} would make it {share(backups.after, 1)}."
    )
    if len(backups.baselines):
        chance = backups.against_chance.loc["random"]
        text += (
            f" As many firms that could step in, drawn at random, raise it by {share(chance['mean'], 1)} "
            f"(90% of draws: {share(chance['low'], 1)} to {share(chance['high'], 1)}), against "
            f"{share(backups.gain, 1)} (p = {decimal(chance['p'])})."
        )
    rows = [
        [
            firm_name(found, row["source"]),
            firm_name(found, row["target"]),
            _shared_tags(found, made, row["source"], row["target"]),
            f"+{share(row['gain'], 1)}",
        ]
        for _, row in backups.chosen.iterrows()
    ]
    return [
        Heading(text="Backup suppliers", level=3),
        Paragraph(text=text),
        text_table(
            "Backup suppliers worth winning",
            "Each line is a firm that could also supply a customer, because it offers what the customer's supplier "
            "offers; the last column says how much of all supplies gets a second supplier by it.",
            "Win|as a supplier of|It too offers|#Supplies covered",
            rows,
        ),
    ]


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
