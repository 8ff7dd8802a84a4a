"""Read references.bib, the one bibliography that docstrings, report and paper share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from clusternet.errors import OptionError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Reference", "cite", "parse_bibtex", "references"]

_PEOPLE = ("author", "editor")
_ACCENTS = {
    "'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304", ".": "\u0307",
    "c": "\u0327", "v": "\u030c", "u": "\u0306", "H": "\u030b", "k": "\u0328", "r": "\u030a",
}  # fmt: skip
_LETTERS = {
    "ss": "ß", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ae": "æ", "AE": "Æ", "aa": "å", "AA": "Å", "i": "ı", "&": "&",
}  # fmt: skip
_ACCENT = re.compile(r"""\\(['`^"~=.]|[cvuHkr](?![A-Za-z]))\s*\{?\\?([A-Za-z])\}?""")
_LETTER = re.compile(r"\\(ss|ae|AE|aa|AA|[oOlLi&])(?![A-Za-z])\s?")


@dataclass(frozen=True, slots=True)
class Reference:
    """One entry of the bibliography, its fields as plain text."""

    key: str
    kind: str
    fields: dict[str, str]

    @property
    def authors(self) -> list[tuple[str, str]]:
        """Authors (or editors) as (last name, first names)."""
        people = re.split(r"\s+and\s+(?![^{}]*\})", self.fields.get("author") or self.fields.get("editor") or "")
        pairs = []
        for person in filter(None, people):
            if person.startswith("{"):
                pairs.append((person.strip("{}"), ""))
                continue
            last, comma, first = person.partition(",")
            if not comma:
                first, _, last = person.rpartition(" ")
            pairs.append((last.strip(), first.strip()))
        return pairs

    @property
    def label(self) -> str:
        """Short form for the running text, such as "Freeman 1977"."""
        last = [name for name, _ in self.authors] or [self.key]
        who = last[0] if len(last) == 1 else f"{last[0]} and {last[1]}" if len(last) == 2 else f"{last[0]} et al."
        return f"{who} {self.fields.get('year', 'n.d.')}"

    @property
    def doi(self) -> str:
        """The DOI without an address in front; empty when there is none."""
        return re.sub(r"^(https?://)?(dx\.)?doi\.org/", "", self.fields.get("doi", ""))

    def text(self) -> str:
        """Return the full reference as one line of plain text.

        Examples
        --------
        >>> references()["freeman1977"].text().startswith("Freeman, L. C. (1977) A Set of Measures")
        True
        """
        field = self.fields.get
        names = []
        for last, first in self.authors:
            initials = " ".join(f"{part[0]}." for part in re.split(r"[\s.]+", first) if part)
            names.append(f"{last}, {initials}" if initials else last)
        who = names[0] if len(names) == 1 else ", ".join(names[:-1]) + f" and {names[-1]}" if names else self.key
        where = field("journal") or field("booktitle") or ""
        volume = field("volume", "") + (f"({field('number')})" if field("number") else "")
        edition = f"edition {field('edition')}" if field("edition") else ""
        preprint = f"{field('archiveprefix', '')}:{field('eprint')}".lstrip(":") if field("eprint") else ""
        houses = [field(name, "") for name in ("publisher", "school", "institution", "address")]
        pieces = [where, volume, field("pages", ""), edition, *(house for house in houses if house != who), preprint]
        told = [field("title", ""), ", ".join(piece for piece in pieces if piece)]
        ended = [f"{part.rstrip('.')}." for part in told if part]
        return " ".join([f"{who} ({field('year', 'n.d.')})", *ended, *([f"doi:{self.doi}"] if self.doi else [])])


def _plain(value: str) -> str:
    """Turn BibTeX markup into plain text: accents, special letters, braces, dashes."""
    import unicodedata

    value = _ACCENT.sub(lambda found: unicodedata.normalize("NFC", found[2] + _ACCENTS[found[1]]), value)
    value = _LETTER.sub(lambda found: _LETTERS[found[1]], value)
    value = value.replace("{", "").replace("}", "").replace("---", "\u2014").replace("--", "\u2013")
    value = value.replace("``", "\u201c").replace("''", "\u201d")
    value = re.sub(r"(?<!\w)`", "\u2018", value).replace("'", "\u2019").replace("\\&", "&").replace("~", " ")
    return " ".join(value.split())


def _people(value: str) -> str:
    """Turn a list of authors into plain text; one in braces of its own, an institution, keeps a pair around it."""
    people, depth, begin = [], 0, 0
    for found in re.finditer(r"\\.|[{}]|\s+and\s+", value):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if depth == 0 and found[0].strip() == "and":
            people.append(value[begin : found.start()])
            begin = found.end()
    people.append(value[begin:])
    whole = re.compile(r"\s*\{(?!\\)(?:[^{}]|\{[^{}]*\})*\}\s*")
    return " and ".join(f"{{{_plain(person)}}}" if whole.fullmatch(person) else _plain(person) for person in people)


def _value(text: str, start: int) -> tuple[str, int]:
    """Return the value that begins at `start` and the place after it; braces and quotes nest."""
    opening = text[start]
    if opening not in '{"':
        end = re.compile(r"[,}\n]").search(text, start)
        stop = end.start() if end else len(text)
        return text[start:stop].strip(), stop
    depth, place = 0, start
    while place < len(text):
        sign = text[place]
        if sign == "\\":
            place += 2
            continue
        if sign == "{":
            depth += 1
        elif sign == "}":
            depth -= 1
        if (opening == "{" and depth == 0) or (opening == '"' and sign == '"' and depth == 0 and place > start):
            return text[start + 1 : place], place + 1
        place += 1
    raise OptionError(f"a value of the bibliography that begins with {text[start : start + 40]!r} is never closed.")


def parse_bibtex(text: str) -> dict[str, Reference]:
    """Read BibTeX entries into a dictionary by key; comments and text between entries are skipped.

    Raises
    ------
    OptionError
        If a key stands twice or a value is never closed.
    """
    found: dict[str, Reference] = {}
    head = re.compile(r"^[ \t]*@(\w+)\s*\{\s*([^,\s{}]+)\s*,", re.MULTILINE)
    name = re.compile(r"[\s,]*([A-Za-z_-]+)\s*=\s*")
    place = 0
    while begin := head.search(text, place):
        kind, key = begin[1].casefold(), begin[2]
        place = begin.end()
        fields: dict[str, str] = {}
        while field := name.match(text, place):
            value, place = _value(text, field.end())
            label = field[1].casefold()
            fields[label] = value if label == "doi" else _people(value) if label in _PEOPLE else _plain(value)
        if key in found:
            raise OptionError(f"the bibliography has two entries {key!r}; keep one.")
        found[key] = Reference(key, kind, fields)
    return found


@cache
def references() -> dict[str, Reference]:
    """Return the bibliography of the package by key."""
    return parse_bibtex(files("clusternet").joinpath("references.bib").read_text(encoding="utf-8"))


def cite(keys: Iterable[str]) -> list[Reference]:
    """Return the references of `keys`, once each, ordered by author and year.

    Raises
    ------
    OptionError
        If a key is not in references.bib.
    """
    known = references()
    wanted = dict.fromkeys(keys)
    for key in wanted:
        if key not in known:
            raise OptionError(f"{key!r} is not in references.bib.{nearest(key, known)}")
    return sorted((known[key] for key in wanted), key=lambda entry: (entry.text().casefold(), entry.key))
