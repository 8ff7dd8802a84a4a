"""The parts of a report: plain frozen records that know nothing of HTML."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from clusternet.result import Result, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Facts",
    "Figure",
    "Formula",
    "Formulas",
    "Heading",
    "KeyFigure",
    "KeyFigures",
    "Listing",
    "Map",
    "Paragraph",
    "Part",
    "Report",
    "Table",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading; level 2 opens a section and stands in the table of contents."""

    text: str
    level: int = 2
    anchor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Running text; ``note`` marks a caveat that is set apart."""

    text: str
    note: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A bulleted list of sentences."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFigure:
    """One number of the summary, the sentence that says it, and what to keep in mind."""

    value: str
    label: str
    sentence: str
    caveat: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFigures:
    """The summary: a few numbers, each with its sentence."""

    items: tuple[KeyFigure, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """A table of ready text, with one sentence that says how to read it.

    ``columns`` are (name, kind) with kind "text" or "number"; every cell is text already.
    """

    title: str
    reading: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A picture as SVG text, with its alternative text and caption."""

    svg: str
    alt: str
    caption: str
    narrow: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Map:
    """Data of the interactive network, a caption that says what is shown, and a sentence for screen readers."""

    data: Mapping[str, Any]
    caption: str
    alt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """A measure: its name, its formula in MathML, what the signs mean, and the keys of its sources."""

    name: str
    mathml: str
    meaning: str
    cites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Formulas:
    """The formulas of the methods section."""

    items: tuple[Formula, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Pairs of a name and a value, such as settings and versions."""

    title: str
    items: tuple[tuple[str, str], ...]


Part = Heading | Paragraph | Listing | KeyFigures | Table | Figure | Map | Formulas | Facts


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Report(Result):
    """A report: its parts in reading order, the tables behind it, its numbers, and what made it.

    Attributes
    ----------
    title
        The title of the page.
    parts
        Headings, paragraphs, tables, figures and the map, in reading order.
    tables
        Full tables by file name without ending; `write_report` writes each as CSV.
    numbers
        Every headline number by a dotted name; None where a number is undefined.
    manifest
        Versions, input hashes, seed and settings.
    settings
        Parameters, seed and version, as on every result.
    """

    title: str
    parts: tuple[Part, ...]
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    numbers: Mapping[str, float | int | str | None] = field(default_factory=dict)
    manifest: Mapping[str, Any] = field(default_factory=dict)
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return the numbers as a table with columns number and value."""
        return pd.DataFrame(
            {"number": list(self.numbers), "value": pd.Series(list(self.numbers.values()), dtype=object)}
        )

    def summary(self) -> str:
        """Return the title and the size of the report in one line."""
        return f"{self.title!r}, {len(self.parts)} parts, {len(self.tables)} tables"
