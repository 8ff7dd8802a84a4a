"""A firm name, taken apart: the words that name the firm, its legal form, its numbers."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from clusternet.linkage._legal_forms import FORMS, LOCAL

__all__ = ["Name", "normalize", "parse"]

# Letters that Unicode does not decompose; casefold has already made ss of the sharp s.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h", "ŧ": "t", "ŋ": "n"}
)
_AND = frozenset({"and", "und", "et", "y", "e", "og", "och", "en"})
_APOSTROPHES = re.compile(r"(?<=\w)['’‘`´ʼ](?=\w)")
_DOTTED = re.compile(r"(?<![^\W\d_])([^\W\d_])[./]\s*(?=[^\W\d_](?![^\W\d_]))")
_UNSPACED = "株式会社"  # a legal form that stands before or behind the name without a blank
_JOINERS = re.compile(r"[&+]")
_ROMAN = frozenset({"ii", "iii", "iv", "vi", "vii", "viii", "ix", "xi", "xii"})
_LONGEST_FORM = max(len(form) for form in FORMS)
_COUNTRIES = {
    "germany": "DE", "deutschland": "DE", "austria": "AT", "osterreich": "AT", "switzerland": "CH", "schweiz": "CH",
    "united kingdom": "GB", "great britain": "GB", "england": "GB", "uk": "GB", "ireland": "IE", "france": "FR",
    "italy": "IT", "italia": "IT", "spain": "ES", "espana": "ES", "portugal": "PT", "netherlands": "NL",
    "the netherlands": "NL", "nederland": "NL", "belgium": "BE", "luxembourg": "LU", "denmark": "DK", "danmark": "DK",
    "sweden": "SE", "sverige": "SE", "norway": "NO", "norge": "NO", "finland": "FI", "suomi": "FI", "iceland": "IS",
    "estonia": "EE", "latvia": "LV", "lithuania": "LT", "poland": "PL", "polska": "PL", "czech republic": "CZ",
    "czechia": "CZ", "slovakia": "SK", "hungary": "HU", "slovenia": "SI", "croatia": "HR", "serbia": "RS",
    "romania": "RO", "bulgaria": "BG", "greece": "GR", "el": "GR", "cyprus": "CY", "turkey": "TR", "turkiye": "TR",
    "united states": "US", "united states of america": "US", "usa": "US", "canada": "CA", "japan": "JP",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Name:
    """A name taken apart: `core` without legal form, `words` of the core, `legal` class, `numbers` in the core."""

    core: str
    words: tuple[str, ...]
    legal: str
    numbers: tuple[str, ...]


def fold(text: str) -> str:
    """Return `text` in lower case without Latin, Greek and Cyrillic accents; other scripts keep their marks."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    kept: list[str] = []
    base = ""
    for letter in decomposed:
        if not unicodedata.combining(letter):
            base = letter
        elif base < "\u0530":  # Latin, Greek and Cyrillic stand before U+0530
            continue
        kept.append(letter)
    return unicodedata.normalize("NFC", "".join(kept)).casefold().translate(_LETTERS)


def _is_word(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "LMN"


def _tokens(name: str) -> list[str]:
    text = _DOTTED.sub(r"\1", _APOSTROPHES.sub("", fold(name)))
    text = _JOINERS.sub(" and ", text)
    if text.isascii():
        text = re.sub(r"[^a-z0-9]", " ", text)
    else:
        text = "".join(letter if _is_word(letter) else " " for letter in text)
        text = text.replace(_UNSPACED, f" {_UNSPACED} ")
    words = text.split()
    while words and words[0] == "and":
        words = words[1:]
    last = len(words) - 1
    return ["and" if word in _AND and 0 < at < last else word for at, word in enumerate(words)]


def country_code(country: object) -> str:
    """Return the two-letter code of a country written as code or name, or "" where it is not known."""
    if not isinstance(country, str):
        return ""
    text = " ".join(fold(country).split())
    code = _COUNTRIES.get(text, text.upper() if len(text) == 2 else "")
    return "GB" if code == "UK" else code


def _legal_form(words: list[str], country: str) -> tuple[int, str]:
    """Return how many final words are the legal form (0: none), and its class."""
    for length in range(min(_LONGEST_FORM, len(words)), 0, -1):
        form = tuple(words[-length:])
        found = FORMS.get(form)
        if found is None and 2 <= length <= 4 and all(len(word) == 1 for word in form):
            form = ("".join(form),)  # "S A", "s r l"
            found = FORMS.get(form)
        if found is None or (form in LOCAL and country and country not in found[1] and "EU" not in found[1]):
            continue
        return length, found[0]
    return 0, ""


@lru_cache(maxsize=400_000)
def parse(name: str, country: str = "") -> Name:
    """Return the parts of `name`; a name with nothing but punctuation or emoji stays as it is, in lower case."""
    words = _tokens(name)
    if not words:
        kept = " ".join(name.casefold().split())
        return Name(kept, (kept,) if kept else (), "", ())
    length, legal = _legal_form(words, country)
    if length == len(words):  # nothing but a legal form: that is the name
        length, legal = 0, ""
    core = words[: len(words) - length]
    while len(core) > 1 and core[-1] == "and":
        core = core[:-1]
    return compose(tuple(core), legal)


def compose(core: tuple[str, ...], legal: str) -> Name:
    """Return the name made of the words of `core`."""
    words = tuple(word for word in core if word != "and") or core
    return Name(" ".join(core), words, legal, tuple(sorted(word for word in words if is_number(word))))


def is_number(word: str) -> bool:
    """Return whether a word tells one of several apart: it has a digit or is a Roman numeral above one."""
    return word in _ROMAN or any(letter.isdigit() for letter in word)


def normalize(name: str, country: str | None = None) -> str:
    """Return `name` in the form in which names are compared, without its legal form.

    Case, accents, punctuation and white space go; "&", "und", "et", "y" become "and"; a legal form goes where it
    ends the name, and only there. Short forms such as AB or AS go only in the countries that use them, or where the
    country is not given. A name that is nothing but a legal form stays, and so does one without letters.

    Parameters
    ----------
    name
        The name as written, in any script.
    country
        Two-letter code or English name of the firm's country; None if not known.

    Returns
    -------
    str
        The normalized name; empty only if `name` is blank.

    Examples
    --------
    >>> normalize("Müller & Söhne G.m.b.H.")
    'muller and sohne'
    >>> normalize("AB Foods"), normalize("Limited Editions Ltd."), normalize("GmbH")
    ('ab foods', 'limited editions', 'gmbh')
    """
    return parse(str(name), country_code(country)).core
