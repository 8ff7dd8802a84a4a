"""Which names could be one firm (blocking), and how much speaks for it (evidence in log odds)."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from clusternet.linkage._legal_forms import FORMS, LOCAL, MEMBERS, SPELLINGS
from clusternet.linkage._names import Name, country_code, fold, is_number
from clusternet.linkage._telling import tells_apart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy import sparse

__all__ = ["Context", "Corpus", "Evidence", "candidates"]

# Log odds; see `Corpus.compare` for what each stands for. Set on simulated records (tests/test_linkage.py).
CEILING = 5.3  # names alone never speak for more than 200 to 1
LETTER_COST = (0.0, 1.0, 2.5, 4.0)  # 0 to 3 letters wrong in a word
SHORT_WORD_COST = 1.5  # ... when the word has at most four letters
FIRST_LETTER_COST = 0.5
TWO_WORDS_COST = 4.0  # both spellings are words that other names use
UMLAUT_COST = 0.3  # ue for u with umlaut
ORDER_COST = 0.7
SPLIT_COST = 0.7  # one word written as two
SHORTENED_COST = 2.5  # int for international
FORM_COST = 0.5  # the legal form is misspelled or out of place
PLACE_COST = 1.0  # the town is part of one spelling only
MISSING_WORD_COST = 6.0
OTHER_WORD_COST = 9.0
NUMBER_COST = 6.0
LEGAL_SAME, LEGAL_MISSING, LEGAL_DIFFERENT = 0.5, -0.3, -3.2
HAPAX = 0.005  # expected number of other firms with a word that no other name has
# Chance that the word of another firm is one letter away, by length of the word up to 8; each more letter 30 times.
NEAR = (1.0, 3e-2, 1e-2, 5e-3, 3e-3, 5e-4, 2e-4, 1e-4, 5e-5)

MAX_GROUP = 60  # rows with one and the same name that are all compared with each other
MAX_PRODUCT = 2_000
MAX_LETTERS = 300  # longer texts are no names; they are compared for equality only


class Context(NamedTuple):
    """What a row tells about the firm beside its name; "" where it tells nothing."""

    city: str = ""
    region: str = ""
    country: str = ""
    sector: str = ""


def context_of(city: object = None, region: object = None, country: object = None, sector: object = None) -> Context:
    """Return the context in comparable form: lower case, no accents, country as code."""
    plain = [" ".join(fold(value).split()) if isinstance(value, str) else "" for value in (city, region, sector)]
    land = country_code(country) or (" ".join(fold(country).split()) if isinstance(country, str) else "")
    return Context(plain[0], plain[1], land, plain[2])


class Evidence(NamedTuple):
    """Log odds that two rows are one firm, and whether the pair may be merged without a person."""

    odds: float
    free: bool


@dataclass(frozen=True, slots=True)
class _WordMatch:
    """How the words of two cores correspond: words shared (rarity), cost of what differs, veto."""

    shared: float
    cost: float
    free: bool


class Corpus:
    """Word and context frequencies of all rows that are compared: rare agreement says more than common agreement."""

    def __init__(
        self, names: Sequence[Name], contexts: Sequence[Context], *, duplication: float, inside: bool = True
    ) -> None:
        self.inside = inside  # whether the left name of a pair is one of `names`
        cores = dict.fromkeys(name.words for name in names)
        self.words = Counter(word for words in cores for word in dict.fromkeys(words))
        self._holding: dict[str, list[frozenset[str]]] = {}
        for words in cores:
            core = frozenset(words)
            for word in dict.fromkeys(words):
                self._holding.setdefault(word, []).append(core)
        self._phrases: dict[frozenset[str], int] = {}
        self.size = max(len(names), 100)  # a handful of names is a sample of more
        self.prior = math.log(self.size / duplication)
        self.told = [Counter(context[position] for context in contexts if context[position]) for position in range(4)]
        self.totals = [counts.total() for counts in self.told]
        self.places = frozenset(word for context in contexts for place in context[:3] for word in place.split())
        towns: dict[tuple[str, ...], set[str]] = {}
        for name, context in zip(names, contexts, strict=True):
            if context.city:
                towns.setdefault(name.words, set()).add(context.city)
        self.towns = {words: len(places) for words, places in towns.items()}
        self._matches: dict[tuple[tuple[str, ...], tuple[str, ...], str], _WordMatch] = {}

    def _chance(self, word: str, holders: int) -> float:
        """Return the chance that another firm has `word`, which `holders` of the compared names have."""
        return max(self.words[word] - holders, HAPAX) / self.size

    def _rarity(self, word: str, holders: int) -> float:
        return math.log(0.9 / min(self._chance(word, holders), 0.9))

    def _rarity_together(self, words: Sequence[str], holders: int) -> float:
        """Return the evidence of words that two names share: what names are made of tends to come in phrases."""
        alone = sum(self._rarity(word, holders) for word in words)
        if len(words) < 2:
            return alone
        key = frozenset(words)
        count = self._phrases.get(key)
        if count is None:
            first, *others = sorted(key, key=lambda word: (self.words[word], word))
            count = sum(all(word in core for word in others) for core in self._holding.get(first, ()))
            self._phrases[key] = count
        return min(alone, math.log(0.9 * self.size / (count - holders))) if count > holders else alone

    def _rarity_near(self, left: str, right: str, distance: int) -> float:
        """Return the evidence of two words that are nearly one: another firm's word can come as near by chance."""
        chance = max(self._chance(left, int(self.inside)), self._chance(right, 1))
        if distance:
            near = NEAR[min(len(left), len(right), len(NEAR) - 1)] * 30.0 ** (distance - 1)
            chance = max(chance, near)
        return math.log(0.9 / min(chance, 0.9))

    def compare(self, left: Name, right: Name, here: Context, there: Context) -> Evidence:
        """Return the evidence that `left` in `here` is `right` in `there`.

        A sum of log likelihood ratios [fellegi1969]_ with weights by frequency [winkler1990]_: words shared count by
        rarity, up to a ceiling because the words of a name are not independent of each other; typing errors, missing
        words, legal forms and context add or subtract.
        """
        # A town in one name alone is that of a branch where the other row tells another town.
        elsewhere = here.city and there.city and here.city != there.city
        match = self._match_words(left, right, "" if elsewhere else here.city or there.city)
        odds = min(match.shared - self.prior, CEILING)
        free = match.free
        if left.words == right.words:
            towns = self.towns.get(left.words, 0)
            if towns > 1:  # a name used in several towns is no proof by itself
                odds = min(odds, math.log(0.3 / max(towns - 2, 0.1)))
        odds -= match.cost
        if left.legal and right.legal:
            odds += LEGAL_SAME if left.legal == right.legal else LEGAL_DIFFERENT
            free = free and (left.legal == right.legal or not {left.legal, right.legal} & MEMBERS)
        elif left.legal or right.legal:
            odds += LEGAL_MISSING
        odds += self._context(here, there)
        return Evidence(odds, free)

    def _context(self, here: Context, there: Context) -> float:
        odds = 0.0
        if here.city and there.city:
            odds += self._agree(0, here.city, there.city, most=4.5, otherwise=-3.0)
        elif here.region and there.region:
            odds += self._agree(1, here.region, there.region, most=2.0, otherwise=-2.0)
        if here.country and there.country:
            odds += self._agree(2, here.country, there.country, most=1.0, otherwise=-4.0)
        if here.sector and there.sector:
            odds += self._agree(3, here.sector, there.sector, most=2.0, otherwise=-1.2)
        return odds

    def _agree(self, position: int, left: str, right: str, *, most: float, otherwise: float) -> float:
        told = self.told[position]
        if left != right:
            if position > 1 or len(left) < 5 or len(right) < 5 or OSA.distance(left, right, score_cutoff=1) > 1:
                return otherwise
            # Places are misspelled too, but Freiburg and Freiberg both stand in the records again and again.
            seldom, often = sorted((told[left], told[right]))
            if seldom > max(1, 0.01 * often):
                return otherwise
        share = told[left] / self.totals[position] if left in told else 1.0
        return min(max(math.log(0.85 / share), 0.0), most)

    def _match_words(self, left: Name, right: Name, town: str) -> _WordMatch:
        key = (left.words, right.words, town)
        found = self._matches.get(key)
        if found is None:
            found = self._matches[key] = self._align(left, right, town)
        return found

    def _align(self, left: Name, right: Name, town: str) -> _WordMatch:
        if left.words == right.words:
            return _WordMatch(self._rarity_together(left.words, 1), 0.0, free=True)
        holders = 2 if self.inside else 1
        rest_left, rest_right = list(enumerate(left.words)), list(enumerate(right.words))
        shared, cost, free = 0.0, 0.0, True
        pairs: list[tuple[int, int]] = []
        common: list[str] = []

        def take(one: tuple[int, str], other: tuple[int, str]) -> None:
            rest_left.remove(one)
            rest_right.remove(other)
            pairs.append((one[0], other[0]))

        for one in tuple(rest_left):
            other = next((item for item in rest_right if item[1] == one[1]), None)
            if other is not None:
                take(one, other)
                common.append(one[1])
        shared += self._rarity_together(common, holders)
        if rest_left and rest_right:
            for distance, one, other in self._near_words(rest_left, rest_right):
                if one in rest_left and other in rest_right:
                    take(one, other)
                    price, certain = self._typo_cost(one[1], other[1], distance)
                    shared += self._rarity_near(one[1], other[1], distance)
                    cost += price
                    free &= certain
            joined = self._joined(rest_left, rest_right) or self._joined(rest_right, rest_left)
            if joined:
                gone, whole = joined
                cost += SPLIT_COST
                shared += self._rarity(whole[1], 1)
                for item in gone:
                    (rest_left if item in rest_left else rest_right).remove(item)
                (rest_left if whole in rest_left else rest_right).remove(whole)
        in_order = sorted(pairs)
        if any(later[1] < former[1] for former, later in pairwise(in_order)):
            cost += ORDER_COST
        for one in tuple(rest_left):
            short = next((item for item in rest_right if _shortens(one[1], item[1])), None)
            if short is not None:
                take(one, short)
                cost += SHORTENED_COST
                free = False
        for rest, name, other_name in ((rest_left, left, right), (rest_right, right, left)):
            for item in tuple(rest):
                if len(name.words) > 1 and not name.legal and _is_form(item[1], other_name.legal):
                    rest.remove(item)
                    cost += FORM_COST
                    free &= (item[1],) in FORMS or len(item[1]) > 3  # an Inn is no misspelled Inc
                    break
        replaced = min(len(rest_left), len(rest_right))
        missing = [word for _, word in (*rest_left, *rest_right)]
        if replaced:
            cost += OTHER_WORD_COST * replaced
            free = False
        else:
            for word in missing:
                if word and word in town.split():
                    cost += PLACE_COST
                else:
                    cost += MISSING_WORD_COST
                    free = False
        if left.numbers != right.numbers:
            cost += NUMBER_COST
            free = False
        elif cost > SPLIT_COST + LETTER_COST[1] and len(left.words) + len(right.words) > 2:
            # A space that slid by a letter spoils two words at once: "Krüge rSystems".
            here, there = "".join(left.words), "".join(right.words)
            # One letter may be wrong as well, but not the letter that tells "Werft A" from "Werft B", or UK from US.
            differing = set(left.words) ^ set(right.words)
            allowed = int(
                len(differing) > 2 and all(len(word) > 1 for word in differing) and not tells_apart(here, there)
            )
            if min(len(here), len(there)) > 6 and OSA.distance(here, there, score_cutoff=1) <= allowed:
                gain = sum(self._rarity(word, 1) for word in right.words)
                price = SPLIT_COST + LETTER_COST[1]
                if gain - price > shared - cost and not (
                    len(left.words) == len(right.words) and self._all_known(left.words, right.words)
                ):
                    return _WordMatch(gain, price, free=True)
        return _WordMatch(shared, cost, free=free)

    def _all_known(self, left: tuple[str, ...], right: tuple[str, ...]) -> bool:
        """Return whether each word on either side is a word of another name too."""
        return all(self.words[word] > int(self.inside) for word in left) and all(self.words[word] > 1 for word in right)

    def _near_words(
        self, left: list[tuple[int, str]], right: list[tuple[int, str]]
    ) -> list[tuple[int, tuple[int, str], tuple[int, str]]]:
        """Return the pairs of words that could be one word misspelled, nearest first."""
        found = []
        for one in left:
            for other in right:
                a, b = one[1], other[1]
                if is_number(a) or is_number(b):
                    continue
                longest = max(len(a), len(b))
                allowed = 0 if min(len(a), len(b)) < 3 else 1 if longest <= 4 else 2 if longest <= 9 else 3
                if _umlauts(a) == _umlauts(b):
                    found.append((0, one, other))
                elif allowed:
                    distance = OSA.distance(a, b, score_cutoff=allowed)
                    if distance <= allowed:
                        found.append((distance, one, other))
        return sorted(found)

    def _typo_cost(self, left: str, right: str, distance: int) -> tuple[float, bool]:
        if distance == 0:
            return UMLAUT_COST, True
        if tells_apart(left, right):
            return NUMBER_COST, False
        cost = LETTER_COST[distance]
        if max(len(left), len(right)) <= 4:
            cost += SHORT_WORD_COST
        if left[0] != right[0]:
            cost += FIRST_LETTER_COST
        # A typing error makes a word that nobody else uses, save that errors in a common word recur.
        seldom, often = sorted((self.words[left] - int(self.inside), self.words[right] - 1))
        known = seldom > 0.01 * often or (left in self.places and right in self.places)
        if known:
            cost += TWO_WORDS_COST
        return cost, not known and _slips(left, right, distance, common=often > 2)

    @staticmethod
    def _joined(
        parts: list[tuple[int, str]], wholes: list[tuple[int, str]]
    ) -> tuple[list[tuple[int, str]], tuple[int, str]] | None:
        """Return two adjacent words of `parts` that are one word of `wholes`."""
        for first, second in pairwise(parts):
            if second[0] == first[0] + 1 and not (is_number(first[1]) or is_number(second[1])):
                for whole in wholes:
                    joined = first[1] + second[1]
                    if OSA.distance(joined, whole[1], score_cutoff=1) <= (len(whole[1]) > 6) and not tells_apart(
                        joined, whole[1]
                    ):
                        return [first, second], whole
        return None


def _slips(left: str, right: str, distance: int, *, common: bool) -> bool:
    """Return whether two words look like one slip of the hand, rather than like two words that are as near.

    What tells "Import" from "Export", "Iran" from "Irak" or "Martin" from "Martina" is a letter or two as well. A slip
    in a word that is common in the records may be short.
    """
    letters = len(left) + len(right)
    if distance > 1:
        return distance == 2 and common and letters >= 14
    short = letters < (9 if left[0] == right[0] else 11)
    return common or not (short or left + "a" == right or right + "a" == left)


def _umlauts(word: str) -> str:
    return word.replace("ae", "a").replace("oe", "o").replace("ue", "u").replace("aa", "a")


def _is_form(word: str, legal: str) -> bool:
    """Return whether a word left over is a legal form out of place, or the misspelled form of the other name."""
    if (word,) in FORMS and (word,) not in LOCAL:
        return True
    return any(OSA.distance(word, form, score_cutoff=1) <= (len(word) > 2) for form in SPELLINGS.get(legal, ()))


def _shortens(left: str, right: str) -> bool:
    short, long = (left, right) if len(left) < len(right) else (right, left)
    return len(short) >= 3 and len(long) >= len(short) + 3 and long.startswith(short)


def _gram_matrix(texts: Sequence[str], vocabulary: dict[str, int], *, grow: bool) -> sparse.csr_array:
    """Return counts of character trigrams, one row a text; `vocabulary` grows in order of first use."""
    from scipy import sparse

    indices: list[int] = []
    starts = [0]
    for text in texts:
        padded = f"  {text} " if len(text) <= MAX_LETTERS else ""
        grams = dict.fromkeys(padded[at : at + 3] for at in range(len(padded) - 2))
        if grow:
            indices.extend(vocabulary.setdefault(gram, len(vocabulary)) for gram in grams)
        else:
            indices.extend(vocabulary[gram] for gram in grams if gram in vocabulary)
        starts.append(len(indices))
    return sparse.csr_array(
        (np.ones(len(indices), dtype=np.float32), np.array(indices, dtype=np.int32), np.array(starts, dtype=np.int32)),
        shape=(len(texts), len(vocabulary)),
    )


def _weigh(matrix: sparse.csr_array, idf: NDArray[np.float32]) -> sparse.csr_array:
    matrix = matrix.copy()
    matrix.data = idf[matrix.indices]
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    norms = np.sqrt(np.bincount(rows, weights=matrix.data.astype(float) ** 2, minlength=matrix.shape[0]))
    matrix.data = (matrix.data / np.maximum(norms[rows], 1e-12)).astype(np.float32)
    return matrix


def _rare_part(matrix: sparse.csr_array, dropped: float) -> sparse.csr_array:
    """Return `matrix` without the lightest entries of each row, up to the share `dropped` of its squared length."""
    from scipy import sparse

    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    order = np.lexsort((matrix.indices, matrix.data, rows))
    squares = np.cumsum(matrix.data[order].astype(float) ** 2)
    before = np.concatenate([[0.0], squares])[matrix.indptr[:-1]]
    keep = order[(squares - before[rows]) > dropped]
    keep.sort()
    return sparse.csr_array(
        (matrix.data[keep], (rows[keep], matrix.indices[keep])), shape=matrix.shape, dtype=np.float32
    )


def _nearest_in_chunk(
    queries: sparse.csr_array, targets: sparse.csr_array, start: int, floor: float, most: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    product = queries @ targets
    rows = np.repeat(np.arange(product.shape[0]), np.diff(product.indptr))
    keep = np.flatnonzero(product.data >= floor)
    rows, columns, scores = rows[keep], product.indices[keep], product.data[keep]
    order = np.lexsort((columns, -scores, rows))
    rows, columns = rows[order], columns[order]
    first = np.searchsorted(rows, np.arange(product.shape[0]))
    rank = np.arange(len(rows)) - first[rows]
    near = rank < most
    return rows[near].astype(np.int64) + start, columns[near].astype(np.int64)


def candidates(
    left: Sequence[str], right: Sequence[str] | None = None, *, floor: float = 0.35, most: int = 30
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return positions of texts that share enough rare character trigrams (cosine of TF-IDF of at least `floor`).

    At most `most` per text of `left`, nearest first. With ``right=None`` the texts of `left` are compared with each
    other and each pair comes once, smaller position first. The result does not depend on the number of threads.
    """
    from joblib import Parallel, delayed

    own = right is None
    targets_text = left if right is None else right
    if not len(left) or not len(targets_text):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    vocabulary: dict[str, int] = {}
    counts = _gram_matrix(targets_text, vocabulary, grow=True)
    holders = np.bincount(counts.indices, minlength=counts.shape[1])
    idf = (np.log((1 + counts.shape[0]) / (1 + holders)) + 1).astype(np.float32)
    targets = _weigh(counts, idf)
    queries = targets if own else _weigh(_gram_matrix(left, vocabulary, grow=False), idf)
    queries = _rare_part(queries, 0.25)
    transposed = targets.T.tocsr()
    step = 1_000
    parts = Parallel(n_jobs=-1, prefer="threads")(
        delayed(_nearest_in_chunk)(queries[start : start + step], transposed, start, floor, most + own)
        for start in range(0, len(left), step)
    )
    one_off = _one_letter_apart(left, targets_text, own=own)
    rows = np.concatenate([*(part[0] for part in parts), one_off[0]])
    columns = np.concatenate([*(part[1] for part in parts), one_off[1]])
    if own:
        rows, columns = np.minimum(rows, columns), np.maximum(rows, columns)
    code = np.unique(
        (rows * len(targets_text) + columns)[rows != columns] if own else rows * len(targets_text) + columns
    )
    rows, columns = code // len(targets_text), code % len(targets_text)
    texts_left, texts_right = [left[at] for at in rows], [targets_text[at] for at in columns]
    if not texts_left:
        return rows, columns
    likeness = process.cpdist(texts_left, texts_right, scorer=fuzz.token_sort_ratio, workers=-1)
    straight = process.cpdist(texts_left, texts_right, scorer=fuzz.ratio, workers=-1)
    alike = np.maximum(likeness, straight) >= 65
    return rows[alike], columns[alike]


def _spellings(text: str) -> set[str]:
    """Return `text` without spaces, in both orders of words, whole and with each letter left out."""
    if len(text) > MAX_LETTERS:
        return set()
    words = text.split()
    wholes = {"".join(words), "".join(sorted(words))}
    found = set(wholes)
    for whole in wholes:
        if len(whole) > 3:
            found.update(whole[:at] + whole[at + 1 :] for at in range(len(whole)))
    return found


def _one_letter_apart(
    left: Sequence[str], right: Sequence[str], *, own: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs of texts with one letter wrong, swapped, missing or too much, spaces and order aside.

    Both texts of such a pair come to one spelling when each leaves out at most one letter.
    """
    holders: dict[str, list[int]] = {}
    for at, text in enumerate(right):
        for spelling in _spellings(text):
            holders.setdefault(spelling, []).append(at)
    pairs: set[int] = set()
    size = len(right)
    if own:
        for rows in holders.values():
            if 1 < len(rows) <= MAX_GROUP:
                pairs.update(one * size + other for at, one in enumerate(rows) for other in rows[at + 1 :])
    else:
        for at, text in enumerate(left):
            for spelling in _spellings(text):
                rows = holders.get(spelling, [])
                if len(rows) <= MAX_GROUP:
                    pairs.update(at * size + other for other in rows)
    code = np.array(sorted(pairs), dtype=np.int64)
    return code // max(size, 1), code % max(size, 1)
