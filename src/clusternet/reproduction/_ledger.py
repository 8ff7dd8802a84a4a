"""The ledger: what is published, what this package computes, how far the two may differ, and whether they do.

A finding lives in a module ``_bNN_name.py`` of this package, which is found by its name; nothing else need be edited.
It holds one or more functions that yield entries::

    @finding("B1", "Are firm networks small worlds, or is it the boards?")
    def board_small_worlds(seed: int) -> Iterator[Entry]:
        yield number("random distance, Sweden 1990", 2.4, "kogut2008", "V", 2.37, absolute=0.05)
        yield within("peak of the curve", "about .09", "cowan2004", "C", peak, low=0.05, high=0.15)
        yield holds("welfare peaks before the complete network", "yes", "goyal2001", "V", k, passed=k < n - 1)

`seed` is the only parameter: a function that draws nothing ignores it. The whole ledger is to end within minutes.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

import pandas as pd

from clusternet.errors import OptionError, listing, nearest
from clusternet.result import resolve_seed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["TAGS", "Entry", "finding", "findings", "holds", "ledger", "number", "unexplained", "within", "write_ledger"]

Tag = Literal["V", "C", "M"]
Value = float | str
F = TypeVar("F", bound="Callable[[int], Iterator[Entry]]")

TAGS = {"V": "read in the source", "C": "recomputed independently", "M": "as usually reported"}
"""What the column ``tag`` means: where the published value comes from."""

COLUMNS = ("finding", "quantity", "published", "source", "tag", "computed", "tolerance", "passed", "note")

_MODULE = re.compile(r"_b(\d\d)_\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the ledger, without its finding.

    Attributes
    ----------
    quantity
        What is compared, in words.
    published, computed
        Numbers or texts.
    source
        Key of references.bib.
    tag
        Key of `TAGS`.
    tolerance
        How far the two may differ, in words.
    passed
        Whether they do not differ further.
    note
        Why a row fails or what to know about it; empty for most.
    """

    quantity: str
    published: Value
    source: str
    tag: Tag
    computed: Value
    tolerance: str
    passed: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A published finding: its label, its title, and the functions that compute it."""

    label: str
    title: str
    functions: tuple[Callable[[int], Iterator[Entry]], ...]


_registered: dict[str, Finding] = {}


# ── for the modules of findings ──


def finding(label: str, title: str) -> Callable[[F], F]:
    """Enter a function ``f(seed)`` that yields entries into the ledger, and hand it back unchanged.

    Parameters
    ----------
    label
        Such as "B1", the number of its module.
    title
        The finding as a question or a sentence.
    """

    def hand_back(function: F) -> F:
        before = _registered.get(label)
        functions = () if before is None else before.functions
        # A module that is loaded again replaces its functions instead of doubling its rows.
        functions = tuple(
            f for f in functions if (f.__module__, f.__name__) != (function.__module__, function.__name__)
        )
        _registered[label] = Finding(label, title if before is None else before.title, (*functions, function))
        return function

    return hand_back


def number(
    quantity: str,
    published: float,
    source: str,
    tag: Tag,
    computed: float,
    *,
    absolute: float | None = None,
    relative: float | None = None,
    note: str = "",
) -> Entry:
    """Return an entry that passes if two numbers are close; equal to 1e-6 if no tolerance is given.

    Parameters
    ----------
    quantity, published, source, tag, computed, note
        As in `Entry`.
    absolute
        Largest difference, in the unit of the quantity.
    relative
        Largest difference as a share of the published number.
    """
    if absolute is not None and relative is not None:
        raise OptionError(f"{quantity!r} has two tolerances; give absolute or relative.")
    if relative is None:
        limit = 1e-6 if absolute is None else absolute
        words = "exact" if absolute is None else f"±{limit:.7g}"
    else:
        limit, words = relative * abs(published), f"±{relative * 100:.7g} %"
    # Printed digits are decimal: 2.37 against 2.4 ± .03 is no miss by 1e-16.
    passed = bool(abs(computed - published) <= limit + 1e-12 * max(1.0, abs(published)))
    return Entry(
        quantity=quantity,
        published=float(published),
        source=source,
        tag=tag,
        computed=float(computed),
        tolerance=words,
        passed=passed,
        note=note,
    )


def within(
    quantity: str,
    published: Value,
    source: str,
    tag: Tag,
    computed: float,
    *,
    low: float,
    high: float,
    note: str = "",
) -> Entry:
    """Return an entry that passes if a number lies between two bounds, either included.

    Parameters
    ----------
    quantity, published, source, tag, computed, note
        As in `Entry`.
    low, high
        The bounds.
    """
    return Entry(
        quantity=quantity,
        published=published if isinstance(published, str) else float(published),
        source=source,
        tag=tag,
        computed=float(computed),
        tolerance=f"from {low:.7g} to {high:.7g}",
        passed=bool(low <= computed <= high),
        note=note,
    )


def holds(
    quantity: str,
    published: Value,
    source: str,
    tag: Tag,
    found: Value,
    *,
    passed: bool,
    tolerance: str = "as stated",
    note: str = "",
) -> Entry:
    """Return an entry for a statement, such as a direction or a set, that holds or does not.

    Parameters
    ----------
    quantity, published, source, tag, passed, note
        As in `Entry`.
    found
        What was computed.
    tolerance
        The rule by which it passes, in words.
    """
    return Entry(
        quantity=quantity,
        published=published if isinstance(published, str) else float(published),
        source=source,
        tag=tag,
        computed=found if isinstance(found, str) else float(found),
        tolerance=tolerance,
        passed=bool(passed),
        note=note,
    )


# ── for everybody ──


def _modules() -> dict[str, list[str]]:
    """Return the modules of every finding by its label, in order, without loading them."""
    package = importlib.import_module("clusternet.reproduction")
    found: dict[str, list[str]] = {}
    for name in sorted(info.name for info in pkgutil.iter_modules(package.__path__)):
        match = _MODULE.fullmatch(name)
        if match:
            found.setdefault(f"B{int(match[1])}", []).append(name)
    return found


def _load(label: str, names: Iterable[str]) -> Finding:
    for name in names:
        importlib.import_module(f"clusternet.reproduction.{name}")
    return _registered[label]


def findings() -> pd.Series:
    """Return the title of every finding in the ledger, indexed by its label.

    Examples
    --------
    >>> findings()["B1"]
    'Are firm networks small worlds, or is it the boards?'
    """
    titles = {label: _load(label, names).title for label, names in _modules().items()}
    return pd.Series(titles, name="title", dtype="str").rename_axis("finding")


def ledger(
    finding: str | Iterable[str] | None = None,
    *,
    seed: int = 1,
    progress: Callable[[str, int, int], None] | None = None,
) -> pd.DataFrame:
    """Compute published findings again and compare.

    Parameters
    ----------
    finding
        A label such as "B1", several of them, or None for all.
    seed
        Seed of everything drawn. A finding gives the same numbers alone and among others.
    progress
        Called as ``progress(label, done, total)`` before each finding and once at the end.

    Returns
    -------
    pandas.DataFrame
        One row per quantity: finding, quantity, published and computed (numbers or texts), source (key of
        references.bib), tag (key of `TAGS`), tolerance (words), passed (bool), note. A row that does not pass and
        has a note is explained by it. ``attrs["seed"]`` is the seed.

    Raises
    ------
    OptionError
        If there is no such finding.

    Examples
    --------
    >>> rows = ledger("B1")
    >>> row = rows.set_index("quantity").loc["Germany 1993: distance in a random network"]
    >>> row["published"], round(row["computed"], 2), row["tolerance"]
    (2.1, 2.11, '±0.05')
    """
    seed = resolve_seed(seed)
    known = _modules()
    asked = list(known) if finding is None else [finding] if isinstance(finding, str) else list(dict.fromkeys(finding))
    strangers = [label for label in asked if label not in known]
    if strangers:
        raise OptionError(
            f"there is no finding {listing(strangers)}; choose from {listing(known, 20)}.{nearest(strangers[0], known)}"
        )
    rows = []
    for done, label in enumerate(asked):
        if progress is not None:
            progress(label, done, len(asked))
        for function in _load(label, known[label]).functions:
            rows += [
                (label, e.quantity, e.published, e.source, e.tag, e.computed, e.tolerance, e.passed, e.note)
                for e in function(seed)
            ]
    if progress is not None:
        progress("done", len(asked), len(asked))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table = table.astype(dict.fromkeys(("published", "computed"), object)).astype({"passed": bool})
    table.attrs["seed"] = seed
    return table


def unexplained(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a ledger that do not pass and have no note that says why.

    Parameters
    ----------
    table
        What `ledger` returned.
    """
    return table[~table["passed"] & (table["note"] == "")]


def _digits(value: Value) -> str:
    if isinstance(value, str):
        return value
    # Seven digits: what the sources print, and short of what may differ between processors; so is what is left of 0.
    return "0" if abs(value) < 1e-9 else f"{value:.7g}"


def write_ledger(table: pd.DataFrame, path: str | Path) -> Path:
    """Write a ledger as CSV, whole or not at all, and return its path; the same ledger gives the same bytes.

    Parameters
    ----------
    table
        What `ledger` returned.
    path
        The file; an earlier one is replaced. Numbers are written with seven digits.

    Raises
    ------
    OptionError
        If the file cannot be written.
    """
    path = Path(path)
    frame = table.assign(
        published=table["published"].map(_digits),
        computed=table["computed"].map(_digits),
        passed=table["passed"].map({True: "yes", False: "no"}),
    )
    part = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", dir=path.parent, prefix=f".{path.name}.", suffix=".part", delete=False, encoding="utf-8", newline=""
        ) as handle:
            part = Path(handle.name)
            frame.to_csv(handle, index=False, lineterminator="\n")
        part.chmod(0o644)
        part.replace(path)
    except OSError as error:
        raise OptionError(f"cannot write {str(path)!r}: {error.strerror or error}.") from error
    finally:
        if part is not None:
            with suppress(OSError):
                part.unlink(missing_ok=True)
    return path
