"""Which rows are one firm: scored pairs become groups, without chains."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from clusternet.linkage._evidence import MAX_GROUP, MAX_PRODUCT, Context, Corpus, Evidence, candidates

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from clusternet.linkage._names import Name

__all__ = ["Groups", "Pair", "group_rows", "probability", "score_candidates"]

HELD = 0.89
"""The most that a pair may score which only a person may merge (numbers differ, a word is missing ...)."""


class Pair(NamedTuple):
    """Two rows, the probability and log odds that they are one firm, and whether they may be merged unseen."""

    score: float
    left: int
    right: int
    free: bool
    odds: float


def probability(evidence: Evidence) -> float:
    """Return log odds as a probability, held back where only a person may decide."""
    value = 1 / (1 + math.exp(-max(min(evidence.odds, 50.0), -50.0)))
    return value if evidence.free else min(value, HELD)


class Groups:
    """Disjoint groups of rows; the first row of a group stands for it."""

    def __init__(self, size: int) -> None:
        self._of = list(range(size))
        self._members: dict[int, list[int]] = {}

    def of(self, row: int) -> int:
        """Return the row that stands for the group of `row`."""
        return self._of[row]

    def members(self, head: int) -> list[int]:
        """Return the rows of the group that `head` stands for."""
        return self._members.get(head, [head])

    def join(self, left: int, right: int) -> None:
        """Make one group of the groups of two rows."""
        one, other = sorted((self._of[left], self._of[right]))
        if one == other:
            return
        rows = sorted([*self.members(one), *self.members(other)])
        self._members.pop(other, None)
        self._members[one] = rows
        for row in rows:
            self._of[row] = one

    def heads(self) -> list[int]:
        """Return for each row the row that stands for its group."""
        return list(self._of)


def _within(rows: Sequence[int], contexts: Sequence[Context]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of rows with one name; where there are too many, only those in one town."""
    if len(rows) <= MAX_GROUP:
        for at, left in enumerate(rows):
            for right in rows[at + 1 :]:
                yield left, right
        return
    towns: dict[str, list[int]] = {}
    for row in rows:
        if contexts[row].city:
            towns.setdefault(contexts[row].city, []).append(row)
    for members in towns.values():
        for at, left in enumerate(members[:MAX_GROUP]):
            for right in members[at + 1 : MAX_GROUP]:
                yield left, right


def _across(
    left: Sequence[int], right: Sequence[int], here: Sequence[Context], there: Sequence[Context]
) -> Iterator[tuple[int, int]]:
    """Yield the pairs of rows with two names; where there are too many, only those in one town."""
    few = len(left) * len(right) <= MAX_PRODUCT
    for one in left:
        for other in right:
            if few or (here[one].city and here[one].city == there[other].city):
                yield one, other


def _by_core(names: Sequence[Name]) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        if name.words:
            rows.setdefault(" ".join(name.words), []).append(row)
    return rows


def score_candidates(
    names: Sequence[Name],
    contexts: Sequence[Context],
    corpus: Corpus,
    least: float,
    *,
    against: tuple[Sequence[Name], Sequence[Context]] | None = None,
) -> list[Pair]:
    """Return the pairs that score at least `least`, best first; rows of `names` with each other or with `against`."""
    cores = _by_core(names)
    texts = list(cores)
    pairs: list[Pair] = []
    other_names, other_contexts = (names, contexts) if against is None else against
    if against is None:
        other_cores, other_texts = cores, texts
        lefts, rights = candidates(texts)
    else:
        other_cores = _by_core(other_names)
        other_texts = list(other_cores)
        lefts, rights = candidates(texts, other_texts)

    def add(rows: Iterable[tuple[int, int]]) -> None:
        for left, right in rows:
            evidence = corpus.compare(names[left], other_names[right], contexts[left], other_contexts[right])
            score = probability(evidence)
            if score >= least:
                one, other = (left, right) if against is not None else (min(left, right), max(left, right))
                pairs.append(Pair(score, one, other, evidence.free, evidence.odds))

    if against is None:
        for rows in cores.values():
            if len(rows) > 1:
                add(_within(rows, contexts))
    for left, right in zip(lefts.tolist(), rights.tolist(), strict=True):
        add(_across(cores[texts[left]], other_cores[other_texts[right]], contexts, other_contexts))
    return sorted(pairs, key=lambda pair: (-pair.score, pair.left, pair.right))


def group_rows(
    names: Sequence[Name],
    contexts: Sequence[Context],
    corpus: Corpus,
    *,
    threshold: float,
    review: float,
    same: Sequence[tuple[int, int]] = (),
    different: Sequence[tuple[int, int]] = (),
    equal: Sequence[tuple[int, int]] = (),
) -> tuple[Groups, list[Pair], list[Pair]]:
    """Return the groups, the pairs merged, and the pairs left to a person.

    Decisions come first, then the pairs that are `equal` beyond doubt. Then pairs are merged from the best down, if
    every pair of rows that would come together scores at least `review`: complete linkage, so that A is not joined to
    C because both look a little like B.
    """
    groups = Groups(len(names))
    for left, right in same:
        groups.join(left, right)
    apart: dict[int, set[int]] = {}
    for left, right in different:
        apart.setdefault(left, set()).add(right)
        apart.setdefault(right, set()).add(left)

    def parted(one: int, other: int) -> bool:
        return any(b in apart.get(a, ()) for a in groups.members(one) for b in groups.members(other))

    for left, right in equal:
        if not parted(groups.of(left), groups.of(right)):
            groups.join(left, right)
    pairs = score_candidates(names, contexts, corpus, review)
    known = {(pair.left, pair.right): pair.score for pair in pairs}

    def agree(left: int, right: int) -> bool:
        if right in apart.get(left, ()):
            return False
        key = (min(left, right), max(left, right))
        score = known.get(key)
        if score is None:
            score = known[key] = probability(corpus.compare(names[left], names[right], contexts[left], contexts[right]))
        return score >= review

    merged: list[Pair] = []
    for pair in pairs:
        if not pair.free or pair.score < threshold or right_in(apart, pair):
            continue
        one, other = groups.of(pair.left), groups.of(pair.right)
        if one == other or all(agree(a, b) for a in groups.members(one) for b in groups.members(other)):
            groups.join(one, other)
            merged.append(pair)
    open_pairs = []
    for pair in pairs:
        one, other = groups.of(pair.left), groups.of(pair.right)
        if one != other and not parted(one, other):
            open_pairs.append(pair)
    return groups, merged, open_pairs


def right_in(apart: dict[int, set[int]], pair: Pair) -> bool:
    """Return whether a person said that the two rows are different firms."""
    return pair.right in apart.get(pair.left, ())


def best_per_group(pairs: Iterable[Pair], groups: Groups) -> list[Pair]:
    """Return one pair, the best, for each two groups."""
    best: dict[tuple[int, int], Pair] = {}
    for pair in pairs:
        one, other = sorted((groups.of(pair.left), groups.of(pair.right)))
        best.setdefault((one, other), pair)
    return list(best.values())


def shares(odds: Sequence[float]) -> list[float]:
    """Return the probability of each candidate when at most one of them is the firm."""
    if not odds:
        return []
    values = np.asarray(odds, dtype=float)
    top = max(float(values.max()), 0.0)
    weights = np.exp(values - top)
    return [float(weight) for weight in weights / (math.exp(-top) + weights.sum())]
