"""link_firms and its result."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from clusternet.errors import OptionError, RecordsError, listing, share_between
from clusternet.linkage._evidence import Context, Corpus, context_of
from clusternet.linkage._groups import HELD, Groups, Pair, best_per_group, group_rows, score_candidates, shares
from clusternet.linkage._names import Name, country_code, parse
from clusternet.linkage._quality import LinkageQuality, evaluate
from clusternet.linkage._review import REVIEW_COLUMNS, Decision, read_decisions, write_pairs
from clusternet.records import SCHEMA
from clusternet.result import Result, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clusternet.records import Records

__all__ = ["Linkage", "link_firms"]

CANDIDATES_SHOWN = 5
_CONTEXT = ("city", "region", "country", "sector")
_REGISTRY_DUPLICATION, _REFERENCE_DUPLICATION, _NAME_DUPLICATION = 0.3, 9.0, 0.6  # true partners per row


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Linkage(Result):
    """Which firm each name in the records is.

    Attributes
    ----------
    firms
        One row per firm, indexed by `firm` (str): the registry with duplicates merged (the first row's id is kept, its
        gaps are filled from the others), then one row per name that is in no registry (`registered` False). A column
        of the registry that is called `registered` is kept as `firm_registered`.
    links
        One row per reference as written: `reference`, `n_records` (cells that hold it), `firm`, `score` (0 to 1; of
        the best candidate where nothing was linked, NaN without any), `status`, `exact` (equals an id or a name
        letter by letter). Status: ``id``, ``name`` (equal once normalized, and unique), ``match`` (scored),
        ``decision`` (settled by a person), ``review`` (undecided: stands for itself meanwhile), ``unresolved``.
    duplicates
        Registry rows that were merged into another: `firm_id`, `firm` (kept id), `name`, `kept_name`, `score`,
        `status` (``match`` or ``decision``).
    review
        What a person should settle: `kind` (``reference``: a name and a registry firm, ``registry``: two registry
        rows, ``names``: two names that are in no registry), `left`, `right` with name and context, `score`, blank
        `decision`.
    settled
        Decisions that came in, as they stood in the file.
    stale
        Decisions that no longer count, because a name or id is gone, or two names are registered firms by themselves
        by now: `row`, `kind`, `left`, `right`, `reason`. (If one of the two is, the decision holds for the other and
        that firm.)
    notes
        What else a reader should know, in sentences.
    """

    firms: pd.DataFrame
    links: pd.DataFrame
    duplicates: pd.DataFrame
    review: pd.DataFrame
    settled: pd.DataFrame
    stale: pd.DataFrame
    notes: tuple[str, ...]
    registry: Mapping[str, str]
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return the links, one row per reference."""
        return self.links.copy()

    def summary(self) -> str:
        """Return the counts in one line."""
        registered = int(self.firms["registered"].sum())
        linked = int(self.links["status"].isin(["id", "name", "match", "decision"]).sum())
        return (
            f"{registered:,} registered firms ({len(self.duplicates):,} duplicates merged), {linked:,} of "
            f"{len(self.links):,} references linked, {len(self.firms) - registered:,} unregistered firms, "
            f"{len(self.review):,} pairs to review"
        )

    def resolve(self, values: pd.Series) -> pd.Series:
        """Return the firm ids of references.

        Parameters
        ----------
        values
            Ids or names as written in the records.

        Returns
        -------
        pandas.Series
            Ids in ``firms.index``, dtype str, index of `values`. NaN for NaN. A name that only ever stands in
            `reported_by` and is in no registry is no firm: it stays as written.

        Raises
        ------
        RecordsError
            If a value is neither in the registry nor among the references of the records.
        """
        table = dict(zip(self.links["reference"], self.links["firm"], strict=True))
        table = {**table, **self.registry}
        texts = values.astype("str").str.strip()
        found = texts.map(table)
        lost = found.isna() & texts.notna() & (texts != "")
        if lost.any():
            raise RecordsError(
                f"{int(lost.sum()):,} values are no reference of these records: {listing(texts[lost].unique())}; "
                "link the records that hold them with link_firms(records)."
            )
        return found.astype("str").rename(values.name)

    def write_review(self, path: str | Path) -> Path:
        """Write the undecided pairs, then the settled and stale ones, as CSV; return its path.

        Fill the column `decision` with same or different and give the file to ``link_firms(decisions=...)``. What
        was settled stays in the file, so that one file can be carried on. Cells that a spreadsheet would take for a
        formula get a leading apostrophe, which reading undoes.
        """
        parts = [part for part in (self.review, self.settled) if len(part)]
        return write_pairs(pd.concat(parts, ignore_index=True) if parts else self.review, path)

    def evaluate(self, truth: pd.Series | pd.DataFrame) -> LinkageQuality:
        """Return precision, recall and F1 against the truth.

        Parameters
        ----------
        truth
            From each reference, and from each registry id that is a duplicate, to the true firm; a Series, or a
            frame with the columns `reference` and `firm`. A registry id that is left out is its own firm. NaN
            means that the firm is not in the registry and not known; references left out are not judged.

        Returns
        -------
        LinkageQuality
            Counts, shares and 95 % intervals by kind, and the recall once an oracle has settled the review.
        """
        return evaluate(dict(self.registry), self.links, self.review, truth, self.settings)


@dataclass(frozen=True, slots=True)
class _Registry:
    ids: list[str]
    names: list[str]
    contexts: list[Context]
    parsed: list[Name]
    table: pd.DataFrame


@dataclass(frozen=True, slots=True)
class _References:
    texts: list[str]
    counts: list[int]
    contexts: list[Context]
    parsed: list[Name]
    parties: set[str]  # in a column that names a party, not only in reported_by


def _texts(frame: pd.DataFrame, column: str) -> list[object]:
    return frame[column].tolist() if column in frame.columns else [None] * len(frame)


def _read_registry(firms: pd.DataFrame) -> _Registry:
    ids: list[str] = []
    names: list[str] = []
    keep: list[int] = []
    taken: set[str] = {str(value).strip() for value in _texts(firms, "firm_id") if isinstance(value, str)}
    for at, (identity, name) in enumerate(zip(_texts(firms, "firm_id"), _texts(firms, "name"), strict=True)):
        text = " ".join(name.split()) if isinstance(name, str) else ""
        label = identity.strip() if isinstance(identity, str) else ""
        if not label and not text:
            continue
        if not label:  # a registry without ids: the name is the id, made distinct
            label, number = text, 2
            while label in taken:
                label, number = f"{text} ({number})", number + 1
            taken.add(label)
        ids.append(label)
        names.append(text)
        keep.append(at)
    if len(set(ids)) < len(ids):
        twice = [label for label, count in Counter(ids).items() if count > 1]
        raise RecordsError(f"{len(twice):,} firm ids stand more than once: {listing(twice)}; give each row its own id.")
    table = firms.iloc[keep].reset_index(drop=True)
    contexts = [context_of(*values) for values in zip(*(_texts(table, column) for column in _CONTEXT), strict=True)]
    parsed = [
        parse(name, country_code(country)) if name else Name("", (), "", ())
        for name, country in zip(names, _texts(table, "country"), strict=True)
    ]
    return _Registry(ids, names, contexts, parsed, table)


def _plain(value: str | None, position: int) -> str:
    """Return a place or sector in comparable form; a country as code."""
    told: list[str | None] = [None] * len(_CONTEXT)
    told[position] = value
    return context_of(*told)[position]


def _read_references(records: Records, notes: list[str]) -> _References:
    counts: dict[str, int] = {}
    context: dict[str, list[str | None]] = {}
    mixed: set[str] = set()
    parties: set[str] = set()
    for table, columns in SCHEMA.items():
        frame: pd.DataFrame = getattr(records, table)
        for column, kind in columns.items():
            if kind != "firm" or column not in frame.columns:
                continue
            cells = frame[column].dropna().astype("str").str.strip()
            cells = cells[cells != ""]
            for text, count in cells.value_counts(sort=False).items():
                counts[text] = counts.get(text, 0) + int(count)
            if column != "reported_by":
                parties.update(cells.unique())
            for position, field in enumerate(_CONTEXT):
                extra = f"{column}_{field}"
                if extra not in frame.columns:
                    continue
                told = frame.loc[cells.index, extra].dropna().astype("str")
                for text, value in zip(cells[told.index], told, strict=True):
                    known = context.setdefault(text, [None] * len(_CONTEXT))
                    if known[position] is None:
                        known[position] = value
                    elif known[position] and _plain(known[position], position) != _plain(value, position):
                        known[position] = ""
                        mixed.add(text)
    if mixed:
        notes.append(
            f"{len(mixed):,} names stand in the records with more than one place or sector, which then does not count: "
            f"{listing(sorted(mixed))}."
        )
    texts = list(counts)
    contexts = [context_of(*context[text]) if text in context else Context() for text in texts]
    return _References(texts, list(counts.values()), contexts, [parse(text) for text in texts], parties)


def _contradiction(rows: Sequence[int], what: str) -> RecordsError:
    numbers = " and ".join(str(row) for row in dict.fromkeys(rows))
    return RecordsError(f"Rows {numbers} of the decisions contradict each other: {what}; correct one of them.")


def _settle(decisions: Sequence[Decision], places: Mapping[str, int]) -> tuple[list[Decision], list[Decision]]:
    """Return the decisions on pairs as same and different, after the check that they do not contradict each other."""
    same = [one for one in decisions if one.same]
    different = [one for one in decisions if not one.same]
    joined = Groups(len(places))
    for one in same:
        joined.join(places[one.left], places[one.right])
    for one in different:
        head = joined.of(places[one.left])
        if head == joined.of(places[one.right]):
            members = set(joined.members(head))
            rows = [other.row for other in same if places[other.left] in members and places[other.right] in members]
            raise _contradiction([one.row, *rows], f"{one.left!r} and {one.right!r} come out both same and different")
    return same, different


def _split_decisions(
    decisions: Sequence[Decision], registry: _Registry, references: _References
) -> tuple[dict[str, list[Decision]], pd.DataFrame]:
    """Return the usable decisions by kind, and the stale ones."""
    ids, texts = set(registry.ids), set(references.texts)
    usable: dict[str, list[Decision]] = {"reference": [], "registry": [], "names": []}
    stale = []
    for one in decisions:
        left_in, right_in = (one.left in ids, one.right in ids)
        if one.kind == "reference":
            gone = [text for text, there in ((one.left, one.left in texts), (one.right, right_in)) if not there]
            reason = f"not in the records: {listing(gone)}" if gone else f"{one.left!r} is an id" if left_in else ""
        elif one.kind == "registry":
            gone = [text for text, there in ((one.left, left_in), (one.right, right_in)) if not there]
            reason = f"not in the registry: {listing(gone)}" if gone else ""
        else:
            gone = [text for text in (one.left, one.right) if text not in texts]
            reason = f"not in the records: {listing(gone)}" if gone else ""
        if reason:
            stale.append((one.row, one.kind, one.left, one.right, reason))
        else:
            usable[one.kind].append(one)
    return usable, pd.DataFrame(stale, columns=["row", "kind", "left", "right", "reason"])


class _Index:
    """Registry groups by name as written, by name and legal form, and by name."""

    def __init__(self, registry: _Registry, groups: Groups) -> None:
        self.raw: dict[str, set[int]] = {}
        self.full: dict[tuple[str, str], set[int]] = {}
        self.core: dict[str, set[int]] = {}
        self.legal: dict[int, set[str]] = {}
        for row, name in enumerate(registry.names):
            if not name:
                continue
            head = groups.of(row)
            self.raw.setdefault(name, set()).add(head)
            for parsed in {registry.parsed[row], parse(name)}:
                self.full.setdefault((parsed.core, parsed.legal), set()).add(head)
                self.core.setdefault(parsed.core, set()).add(head)
                self.legal.setdefault(head, set()).add(parsed.legal)

    def find(self, text: str, name: Name) -> int | None:
        """Return the one group that has this name, if there is one."""
        for heads in (self.raw.get(" ".join(text.split())), self.full.get((name.core, name.legal))):
            if heads:
                return next(iter(heads)) if len(heads) == 1 else None
        heads = self.core.get(name.core, set())
        if len(heads) != 1:
            return None
        head = next(iter(heads))
        # A changed legal form is evidence against: left to the score.
        return head if not name.legal or self.legal[head] & {"", name.legal} else None


@dataclass(frozen=True, slots=True)
class _Outcome:
    row: int | None  # registry row of the firm, None where the reference is not linked
    score: float
    status: str
    options: tuple[tuple[int, float], ...] = ()  # for review: registry rows and scores


def _link_references(
    registry: _Registry,
    references: _References,
    groups: Groups,
    *,
    decisions: Sequence[Decision],
    threshold: float,
    review: float,
    notes: list[str],
) -> list[_Outcome]:
    place = {label: row for row, label in enumerate(registry.ids)}
    index = _Index(registry, groups)
    corpus = Corpus(registry.parsed, registry.contexts, duplication=_REFERENCE_DUPLICATION, inside=False)
    chosen: dict[str, Decision] = {}
    refused: dict[str, set[int]] = {}
    for one in decisions:
        if not one.same:
            refused.setdefault(one.left, set()).add(groups.of(place[one.right]))
            continue
        former = chosen.setdefault(one.left, one)
        if groups.of(place[former.right]) != groups.of(place[one.right]):
            raise _contradiction(
                [former.row, one.row], f"{one.left!r} cannot be both {former.right!r} and {one.right!r}"
            )
    outcomes: dict[int, _Outcome] = {}
    both: list[str] = []
    for at, text in enumerate(references.texts):
        name, here = references.parsed[at], references.contexts[at]
        if text in place:
            outcomes[at] = _Outcome(place[text], 1.0, "id")
            if index.raw.get(" ".join(text.split()), set()) - {groups.of(place[text])}:
                both.append(text)
            continue
        if text in chosen:
            outcomes[at] = _Outcome(place[chosen[text].right], 1.0, "decision")
            continue
        head = index.find(text, name)
        if head is None or head in refused.get(text, ()):
            continue
        there = registry.contexts[head]
        if any(a and b and a != b for a, b in ((here.city, there.city), (here.country, there.country))):
            continue  # the same name in another town or country: left to the score
        outcomes[at] = _Outcome(head, 1.0, "name")
    if both:
        notes.append(f"{len(both):,} references are an id and the name of another firm; the id wins: {listing(both)}.")
    rest = [at for at in range(len(references.texts)) if at not in outcomes]
    pairs = score_candidates(
        [references.parsed[at] for at in rest],
        [references.contexts[at] for at in rest],
        corpus,
        1e-3,
        against=(registry.parsed, registry.contexts),
    )
    found: dict[int, dict[int, tuple[float, int, bool]]] = {}
    for pair in pairs:  # best first
        at, head = rest[pair.left], groups.of(pair.right)
        if head not in refused.get(references.texts[at], ()):
            found.setdefault(at, {}).setdefault(head, (pair.odds, pair.right, pair.free))
    for at in rest:
        options = list(found.get(at, {}).values())
        chances = shares([odds for odds, _, _ in options])
        scored = sorted(
            (
                (chance if free else min(chance, HELD), row, free)
                for chance, (_, row, free) in zip(chances, options, strict=True)
            ),
            key=lambda item: (-item[0], item[1]),
        )
        if not scored:
            outcomes[at] = _Outcome(None, float("nan"), "unresolved")
        elif scored[0][0] >= threshold and scored[0][2]:
            outcomes[at] = _Outcome(scored[0][1], scored[0][0], "match")
        elif sum(chances) >= review:
            # Many firms with one name share the probability: each alone may be below the review level.
            shown = [(row, score) for score, row, _ in scored if score >= min(review, scored[0][0] / 2)]
            outcomes[at] = _Outcome(None, scored[0][0], "review", tuple(shown[:CANDIDATES_SHOWN]))
        else:
            outcomes[at] = _Outcome(None, scored[0][0], "unresolved")
    return [outcomes[at] for at in range(len(references.texts))]


def _told(context: Sequence[object]) -> str:
    return "; ".join(
        f"{field}={value}" for field, value in zip(_CONTEXT, context, strict=True) if isinstance(value, str) and value
    )


def _merge_registry(registry: _Registry, groups: Groups) -> pd.DataFrame:
    """Return one row per group: the first row, its gaps filled from the others in order."""
    table = registry.table.drop(columns=[name for name in ("firm_id", "row") if name in registry.table.columns])
    if "registered" in table.columns:  # which says something else here
        kept = "firm_registered"
        while kept in table.columns:
            kept = f"firm_{kept}"
        table = table.rename(columns={"registered": kept})
    heads = pd.Series(groups.heads(), dtype="int64")
    merged = table[(heads == heads.index).to_numpy()].copy()
    shared = heads[heads.duplicated(keep=False)]
    if len(shared):
        filled = table.loc[shared.index].groupby(shared, sort=True).first()
        for column in table.columns:
            merged.loc[filled.index, column] = filled[column]
    merged.index = pd.Index([registry.ids[row] for row in merged.index], dtype="str", name="firm")
    merged["registered"] = True
    return merged


def link_firms(
    records: Records,
    *,
    threshold: float = 0.9,
    review: float = 0.15,
    decisions: str | Path | pd.DataFrame | None = None,
) -> Linkage:
    """Match the names in partnership, group, referral, capability and outcome rows to the registry.

    Registry rows that are one firm are merged first. A reference is then a registry id, else a registry name letter by
    letter, else equal once normalized (and unique), else scored; names left over are grouped among themselves, those
    that are equal once normalized (legal form, and place if told, included) without a score.

    Parameters
    ----------
    records
        Records with a registry in ``records.firms``. Context counts where it is told: `city`, `region`, `country` and
        `sector` of registry rows, and extra columns such as `a_city`, `b_city`, `from_city`, `to_city`.
    threshold
        Score from which two rows are merged without a person, in (0, 1].
    review
        Score from which a pair is listed for a person, in (0, threshold].
    decisions
        The settled file of ``Linkage.write_review``, or such a frame.

    Returns
    -------
    Linkage
        Firms, links, merged duplicates, and what is left to review.

    Raises
    ------
    OptionError
        If a level is outside its range.
    RecordsError
        If registry ids are not unique, or decisions cannot be read or contradict each other.

    Notes
    -----
    The score is the probability from a sum of log likelihood ratios [fellegi1969]_: shared words count by their rarity
    in these records [winkler1990]_, typing errors, word order, legal form and context (only where both rows tell it)
    add or subtract. It is a scale set on simulated records, not a measured frequency. Never merged without a person:
    pairs whose numbers differ ("Hafen 1", "Hafen 2"), where one name has a word more, where a word is replaced by
    another, by its opposite ("Ostpark", "Westpark"; "Import", "Export") or by more than a slip of the hand, where two
    spellings both are words of other names or places, or where an association or cooperative meets another form. For a
    reference the candidates compete: two firms that fit equally well get at most one half each and go to review.
    Groups of rows are merged only if every pair in them reaches the review level, so that likeness does not chain.

    Names are compared when they share enough rare letter triples. Of more than 60 rows with one and the same name only
    those in one town are compared.
    """
    threshold, review = share_between("threshold", threshold, one=True), share_between("review", review, one=True)
    if review > threshold:
        raise OptionError(f"review is {review}, above the threshold {threshold}; give a review level below it.")
    notes: list[str] = []
    registry = _read_registry(records.firms)
    references = _read_references(records, notes)
    all_decisions, settled = read_decisions(decisions)
    usable, stale = _split_decisions(all_decisions, registry, references)
    place = {label: row for row, label in enumerate(registry.ids)}

    same, different = _settle([*usable["registry"], *_implied(usable["reference"])], place)
    groups, merged, open_pairs = group_rows(
        registry.parsed,
        registry.contexts,
        Corpus(registry.parsed, registry.contexts, duplication=_REGISTRY_DUPLICATION),
        threshold=threshold,
        review=review,
        same=[(place[one.left], place[one.right]) for one in same],
        different=[(place[one.left], place[one.right]) for one in different],
    )
    carried: list[Decision] = []
    more: list[Decision] | None = None
    while more is None or more:  # what is known of one name may settle another
        told: list[str] = []
        outcomes = _link_references(
            registry,
            references,
            groups,
            decisions=[*usable["reference"], *carried],
            threshold=threshold,
            review=review,
            notes=told,
        )
        more, stale_names = _carried(usable["names"], references, outcomes, registry, groups)
        more = [one for one in more if one not in carried]
        carried += more
    notes += told
    stale = pd.concat([stale, stale_names], ignore_index=True) if len(stale_names) else stale

    loose = [at for at, outcome in enumerate(outcomes) if outcome.row is None]
    spot = {references.texts[at]: number for number, at in enumerate(loose)}
    on_names = [one for one in usable["names"] if one.left in spot and one.right in spot]
    if len(stale):
        notes.append(f"{len(stale):,} decisions are stale: see linkage.stale for the reason of each.")
    same_names, different_names = _settle(on_names, spot)
    loose_names = [references.parsed[at] for at in loose]
    loose_contexts = [references.contexts[at] for at in loose]
    name_groups, _, open_names = group_rows(
        loose_names,
        loose_contexts,
        Corpus([*registry.parsed, *loose_names], [*registry.contexts, *loose_contexts], duplication=_NAME_DUPLICATION),
        threshold=threshold,
        review=review,
        same=[(spot[one.left], spot[one.right]) for one in same_names],
        different=[(spot[one.left], spot[one.right]) for one in different_names],
        equal=_equal(loose_names, loose_contexts),
    )

    firms = _merge_registry(registry, groups)
    taken = set(registry.ids)
    firm_of = {}
    for number, at in enumerate(loose):
        label = references.texts[loose[name_groups.of(number)]]
        while label in taken:
            label += " (unregistered)"
        firm_of[at] = label
    links = pd.DataFrame(
        {
            "reference": pd.Series(references.texts, dtype="str"),
            "n_records": pd.Series(references.counts, dtype="int64"),
            "firm": pd.Series(
                [
                    firm_of[at] if outcome.row is None else registry.ids[groups.of(outcome.row)]
                    for at, outcome in enumerate(outcomes)
                ],
                dtype="str",
            ),
            "score": pd.Series([outcome.score for outcome in outcomes], dtype="float64"),
            "status": pd.Series([outcome.status for outcome in outcomes], dtype="str"),
        }
    )
    written = set(registry.ids) | {name for name in registry.names if name}
    links["exact"] = pd.array([" ".join(text.split()) in written for text in references.texts], dtype=bool)
    parties = {firm_of[at] for at in loose if references.texts[at] in references.parties}
    extra = [at for at in loose if firm_of[at] in parties and loose[name_groups.of(spot[references.texts[at]])] == at]
    firms = _add_unregistered(firms, [references.texts[at] for at in extra], [firm_of[at] for at in extra])

    review_table = _review_table(
        registry,
        references,
        groups,
        outcomes,
        open_pairs=open_pairs,
        loose=loose,
        name_groups=name_groups,
        open_names=open_names,
    )
    by_score: dict[int, float] = {}
    for pair in merged:
        by_score.setdefault(pair.right, pair.score)
        by_score.setdefault(pair.left, pair.score)
    decided = {place[label] for one in same for label in (one.left, one.right)}
    duplicates = pd.DataFrame(
        [
            (
                registry.ids[row], registry.ids[head], registry.names[row], registry.names[head],
                by_score.get(row, 1.0), "decision" if row in decided else "match",
            )
            for row, head in enumerate(groups.heads())
            if row != head
        ],
        columns=["firm_id", "firm", "name", "kept_name", "score", "status"],
    )  # fmt: skip
    source = "none" if decisions is None else "frame" if isinstance(decisions, pd.DataFrame) else Path(decisions).name
    settings = Settings(
        parameters={
            "threshold": threshold,
            "review": review,
            "decisions": source,
            "decisions_honored": len(all_decisions) - len(stale),
            "decisions_stale": len(stale),
            "notes": tuple(notes),
        }
    )
    return Linkage(
        firms=firms,
        links=links,
        duplicates=duplicates.astype({"score": "float64"}),
        review=review_table,
        settled=settled,
        stale=stale,
        notes=tuple(notes),
        registry={label: registry.ids[groups.of(row)] for row, label in enumerate(registry.ids)},
        settings=settings,
    )


def _equal(names: Sequence[Name], contexts: Sequence[Context]) -> list[tuple[int, int]]:
    """Return each row whose name (legal form included) and context are equal to a former one's, with that one."""
    first: dict[tuple[str, str, Context], int] = {}
    keys = ((name.core, name.legal, context) for name, context in zip(names, contexts, strict=True))
    return [(first[key], row) for row, key in enumerate(keys) if first.setdefault(key, row) != row]


def _carried(
    on_names: Sequence[Decision],
    references: _References,
    outcomes: Sequence[_Outcome],
    registry: _Registry,
    groups: Groups,
) -> tuple[list[Decision], pd.DataFrame]:
    """Return what decisions on two names say about registry rows once a name is linked, and those that are overtaken.

    If one of the two is a registered firm, the other is it as well, or is not. If both are, a scored match yields to an
    id, an equal name or a decision; between equals the decision is overtaken.
    """
    at = {text: number for number, text in enumerate(references.texts)}
    more, overtaken = [], []
    for one in on_names:
        sides = [(text, outcomes[at[text]]) for text in (one.left, one.right)]
        linked = [(text, outcome.row, outcome.status) for text, outcome in sides if outcome.row is not None]
        if not linked:
            continue
        if len(linked) == 2:
            heads = [groups.of(row) for _, row, _ in linked]
            if (heads[0] == heads[1]) == one.same:
                continue
            weak = [text for text, _, status in linked if status == "match"]
            if len(weak) != 1:
                firms = listing(dict.fromkeys(registry.ids[head] for head in heads))
                overtaken.append((one.row, one.kind, one.left, one.right, f"both linked to registered firms: {firms}"))
                continue
            linked = [side for side in linked if side[0] != weak[0]]
        (known, row, _), *_ = linked
        other = one.right if known == one.left else one.left
        more.append(Decision("reference", other, registry.ids[row], one.same, one.row))
    return more, pd.DataFrame(overtaken, columns=["row", "kind", "left", "right", "reason"])


def _implied(decisions: Sequence[Decision]) -> list[Decision]:
    """Return what decisions on one reference say about two registry rows: one is it, the other is not."""
    by_name: dict[str, list[Decision]] = {}
    for one in decisions:
        by_name.setdefault(one.left, []).append(one)
    return [
        Decision("registry", yes.right, no.right, same=False, row=no.row)
        for group in by_name.values()
        for yes in group
        if yes.same
        for no in group
        if not no.same
    ]


def _add_unregistered(firms: pd.DataFrame, names: list[str], ids: list[str]) -> pd.DataFrame:
    if not ids:
        return firms
    extra = pd.DataFrame(index=pd.Index(ids, dtype="str", name="firm"), columns=firms.columns)
    extra = extra.astype(firms.dtypes.to_dict() | {"registered": "object"})
    if "name" in extra.columns:
        extra["name"] = names
    extra["registered"] = False
    both = pd.concat([firms, extra.astype(firms.dtypes.to_dict())])
    both.index.name = "firm"
    return both


def _review_table(
    registry: _Registry,
    references: _References,
    groups: Groups,
    outcomes: Sequence[_Outcome],
    *,
    open_pairs: Sequence[Pair],
    loose: Sequence[int],
    name_groups: Groups,
    open_names: Sequence[Pair],
) -> pd.DataFrame:
    told = [_told(values) for values in zip(*(_texts(registry.table, column) for column in _CONTEXT), strict=True)]
    rows: list[tuple[object, ...]] = []
    for at, outcome in enumerate(outcomes):
        text = references.texts[at]
        for row, score in outcome.options:
            rows.append(
                ("reference", text, text, _told(references.contexts[at]), registry.ids[row], registry.names[row],
                 told[row], score, "")
            )  # fmt: skip
    for pair in best_per_group(open_pairs, groups):
        left, right = sorted((pair.left, pair.right), key=lambda row: registry.ids[row])
        rows.append(
            ("registry", registry.ids[left], registry.names[left], told[left], registry.ids[right],
             registry.names[right], told[right], pair.score, "")
        )  # fmt: skip
    for pair in best_per_group(open_names, name_groups):
        one, other = sorted((loose[pair.left], loose[pair.right]), key=lambda at: references.texts[at])
        first, second = references.texts[one], references.texts[other]
        rows.append(
            ("names", first, first, _told(references.contexts[one]), second, second, _told(references.contexts[other]),
             pair.score, "")
        )  # fmt: skip
    table = pd.DataFrame(rows, columns=list(REVIEW_COLUMNS))
    return table.astype(dict.fromkeys(REVIEW_COLUMNS, "str") | {"score": "float64"})
