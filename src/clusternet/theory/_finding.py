"""Finding: what a claim says, what the records say, and whether the two agree."""

from __future__ import annotations

import functools
import html
import inspect
import math
import re
import sys
import warnings
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from clusternet.errors import NetworkError, OptionError, plural
from clusternet.result import NullTest, Result, Settings, resolve_seed
from clusternet.theory._evidence import Source, as_evidence
from clusternet.theory._register import REGISTER, SECTIONS, Claim, claim_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from clusternet.theory._evidence import Evidence

__all__ = [
    "TESTS", "Finding", "Found", "Part", "UntestableError", "against_chance", "claim", "estimated",
]  # fmt: skip

NAN = float("nan")
LEVEL = 0.95
LEAST_P = sys.float_info.min
"""What a p-value too small for a number is told as: it is never 0."""
LEAST_DRAWS = 39
"""Fewer draws cannot put a number outside a two-sided 95 % band."""

Direction = Literal["more", "less", "told"]
Combine = Literal["all", "any"]

TESTS: dict[int, Callable[..., Finding]] = {}
"""The functions that test claims, by number; filled by `claim`."""


class UntestableError(Exception):
    """The records cannot test the claim; the message says what is needed. Never leaves this room."""

    def __init__(self, reason: str, needs: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.needs = needs


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One number on which a claim stands or falls.

    Attributes
    ----------
    name
        What it measures, in words.
    estimate, low, high
        The number and its 95 % interval. Against chance: the number less its mean under the null, and the same less
        the band of the null.
    p
        Two-sided p-value of `null`; NaN where no test was made.
    n, of
        How many units stand behind it, and what they are ("firms", "ties").
    unit
        What the estimate is in.
    null
        The value at which the claim is neither true nor false: 0 for differences, 1 for ratios.
    expected
        "more" or "less" than `null`, if the claim is true; "told" for a number that stands beside the test only.
    """

    name: str
    estimate: float
    low: float
    high: float
    p: float
    n: int
    of: str
    unit: str
    null: float
    expected: Direction

    @property
    def agrees(self) -> bool | None:
        """True or False where the whole interval lies on one side of `null`; None where it does not."""
        if self.expected == "told" or not (self.low <= self.high):
            return None
        if self.low > self.null:
            return self.expected == "more"
        if self.high < self.null:
            return self.expected == "less"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a test hands back before the claim's own words are added."""

    parts: Sequence[Part]
    note: str = ""
    tests: Sequence[Result] = ()
    untested: Sequence[str] = ()
    combine: Combine = "all"
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Finding(Result):
    """A claim beside what the records say. The verdict is the reader's.

    Attributes
    ----------
    number, section, claim, essays, cites, contested, falsified
        The claim as `REGISTER` has it; a contested one is one on which the literature disagrees.
    test
        Name of the function.
    status
        "tested", or "needs" where the records lack what it takes.
    parts
        The numbers, the most telling first. Empty where nothing was tested.
    combine
        Whether the claim needs "all" parts or "any".
    needs
        Columns whose absence keeps the claim from being tested.
    reason
        Why nothing was tested, in words.
    note
        What the numbers mean, in a sentence.
    untested
        Parts of the claim that these records cannot test.
    tests
        Results behind the numbers, such as `NullTest`.
    settings
        Options and seed.
    """

    number: int
    section: str
    claim: str
    essays: str
    cites: tuple[str, ...]
    contested: bool
    falsified: str
    test: str
    status: Literal["tested", "needs"]
    parts: tuple[Part, ...]
    combine: Combine
    needs: tuple[str, ...]
    reason: str
    note: str
    untested: tuple[str, ...]
    tests: tuple[Result, ...]
    settings: Settings

    @property
    def _first(self) -> Part | None:
        return self.parts[0] if self.parts else None

    @property
    def estimate(self) -> float:
        """The most telling number; NaN if not tested."""
        return self._first.estimate if self._first else NAN

    @property
    def interval(self) -> tuple[float, float]:
        """Its 95 % interval."""
        return (self._first.low, self._first.high) if self._first else (NAN, NAN)

    @property
    def p(self) -> float:
        """Its two-sided p-value."""
        return self._first.p if self._first else NAN

    @property
    def n(self) -> int:
        """Units behind it."""
        return self._first.n if self._first else 0

    @property
    def unit(self) -> str:
        """What it is in."""
        return self._first.unit if self._first else ""

    @property
    def expected(self) -> str:
        """What the claim expects of it, such as "more than 0"."""
        return f"{self._first.expected} than {self._first.null:g}" if self._first else ""

    @property
    def agrees(self) -> bool | None:
        """Whether the numbers agree with the claim: True, False, or None where they leave it open.

        With "all", one part that contradicts makes it False and one that is open leaves it open; with "any", one part
        that agrees is enough.
        """
        said = [part.agrees for part in self.parts if part.expected != "told"]
        if not said:
            return None
        if self.combine == "any":
            return True if True in said else None if None in said else False
        return False if False in said else None if None in said else True

    @property
    def verdict(self) -> str:
        """`agrees` in words: agrees, contradicts, open, or not tested."""
        if self.status == "needs":
            return "not tested"
        return {True: "agrees", False: "contradicts", None: "open"}[self.agrees]

    def to_frame(self) -> pd.DataFrame:
        """Return one row per part: estimate, low, high, p, n, of, unit, expected, agrees."""
        rows = [
            {
                "part": part.name, "estimate": part.estimate, "low": part.low, "high": part.high, "p": part.p,
                "n": part.n, "of": part.of, "unit": part.unit,
                "expected": "" if part.expected == "told" else f"{part.expected} than {part.null:g}",
                "agrees": part.agrees,
            }
            for part in self.parts
        ]  # fmt: skip
        columns = ["part", "estimate", "low", "high", "p", "n", "of", "unit", "expected", "agrees"]
        return pd.DataFrame(rows, columns=columns).astype({"agrees": object}).set_index("part")

    def summary(self) -> str:
        """Return claim, verdict and the most telling number in one line."""
        head = f"claim {self.number}, {self.claim} {self.verdict.capitalize()}"
        if self._first is None:
            return f"{head}: {self.reason}"
        part = self._first
        p = "" if math.isnan(part.p) else f", p {part.p:.3g}"
        interval = f"({number_text(part.low)} to {number_text(part.high)})"
        return f"{head}: {part.name} {number_text(part.estimate)} {interval}{p}, {units_text(part.n, part.of)}"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{html.escape(name)}</th><td>{html.escape(text)}</td></tr>"
            for name, text in (
                ("Says", self.claim),
                ("Records", self.verdict + (f": {self.reason}" if self.reason else "")),
                ("Reading", self.note),
                ("False if", self.falsified),
                ("Contested", "the literature disagrees" if self.contested else ""),
                ("Not tested", "; ".join(self.untested)),
            )
            if text
        )
        table = (
            self.to_frame().to_html(escape=True, border=0, na_rep="", float_format=number_text) if self.parts else ""
        )
        return f"<p><strong>Claim {self.number}: {html.escape(self.test)}</strong></p><table>{rows}</table>{table}"


def number_text(value: float) -> str:
    """Return three significant digits without an exponent where possible.

    Examples
    --------
    >>> number_text(0.04567), number_text(1234.5), number_text(float("nan"))
    ('0.0457', '1,234', '–')
    """
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value and not 1e-4 <= abs(value) < 1e6:
        return f"{value:.2e}"
    digits = 2 if not value else max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{digits}f}"


def units_text(n: int, of: str) -> str:
    """Return how many units, in the singular for one.

    Examples
    --------
    >>> units_text(1, "pairs of holder and rival"), units_text(1, "deliveries"), units_text(1200, "firms")
    ('1 pair of holder and rival', '1 delivery', '1,200 firms')
    """
    return plural(n, re.sub(r"s\b", "", re.sub(r"ies\b", "y", of)), of)


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def against_chance(
    name: str,
    test: NullTest,
    *,
    n: int,
    of: str,
    unit: str,
    expected: Direction = "more",
    tests: int = 1,
) -> Part:
    """Return a part that compares a number with draws under a null.

    The interval holds 0 exactly when the two-sided p-value is above 5 % (divided by `tests`).

    Parameters
    ----------
    name, n, of, unit, expected
        As in `Part`.
    test
        The number and its draws; draws in which it is undefined are left out.
    tests
        Number of parts of which any one would do, for which the level is shared out.

    Raises
    ------
    UntestableError
        If the number, or nearly every draw of it, is undefined.
    """
    draws = np.sort(test.draws.to_numpy(dtype=float))
    draws = draws[np.isfinite(draws)]
    if not math.isfinite(test.observed):
        raise UntestableError(f"{name} is undefined in these records")
    if len(draws) < LEAST_DRAWS * tests:
        raise UntestableError(f"{name} is undefined in all but {plural(len(draws), 'random draw')}")
    slack = 1e-12 * max(1.0, abs(test.observed))
    more = (float((draws >= test.observed - slack).sum()) + 1) / (len(draws) + 1)
    fewer = (float((draws <= test.observed + slack).sum()) + 1) / (len(draws) + 1)
    spare = math.floor((1 - LEVEL) / (2 * tests) * (len(draws) + 1) + 1e-9) - 1
    low, high = test.observed - draws[-1 - spare], test.observed - draws[spare]
    # A draw that equals the number but for rounding must not decide.
    low, high = (0.0 if abs(edge) <= slack else float(edge) for edge in (low, high))
    estimate = test.observed - float(draws.mean())
    # The mean of lopsided draws may lie beyond their band: the interval is stretched to it, but never onto 0.
    low = min(low, estimate) if low <= 0 or estimate > 0 else low
    high = max(high, estimate) if high >= 0 or estimate < 0 else high
    return Part(
        name=name, estimate=estimate, low=low, high=high,
        p=min(1.0, 2 * min(more, fewer) * tests), n=int(n), of=of, unit=unit, null=0.0, expected=expected,
    )  # fmt: skip


def estimated(
    name: str,
    estimate: float,
    se: float,
    *,
    n: int,
    of: str,
    unit: str,
    expected: Direction = "more",
    null: float = 0.0,
    df: float = math.inf,
    ratio: bool = False,
    tests: int = 1,
) -> Part:
    """Return a part from an estimate with a standard error.

    Parameters
    ----------
    name, n, of, unit, expected, null
        As in `Part`; `null` on the scale of `estimate`.
    estimate, se
        The estimate and its standard error.
    df
        Degrees of freedom of the t distribution; infinite for the normal one.
    ratio
        Whether to tell the exponential of everything: `estimate` is then the logarithm of a ratio.
    tests
        Number of parts of which any one would do, for which the level is shared out.

    Raises
    ------
    UntestableError
        If there is no finite estimate.
    """
    from scipy import special

    if not (math.isfinite(estimate) and math.isfinite(se) and se > 0):
        raise UntestableError(f"{name} has no finite estimate in these records")
    # The functions themselves: a frozen scipy distribution takes a hundred times as long to make.
    tail, far = (1 - LEVEL) / (2 * tests), -abs(estimate - null) / se
    reach = -float(special.ndtri(tail) if math.isinf(df) else special.stdtrit(df, tail)) * se
    p = 2 * tests * float(special.ndtr(far) if math.isinf(df) else special.stdtr(df, far))
    p = min(1.0, max(p, LEAST_P))
    turn = math.exp if ratio else float
    try:
        numbers = [turn(value) for value in (estimate, estimate - reach, estimate + reach, null)]
    except OverflowError as error:
        raise UntestableError(f"{name} has no finite estimate in these records") from error
    return Part(
        name=name, estimate=numbers[0], low=numbers[1], high=numbers[2], p=p, n=int(n), of=of, unit=unit,
        null=numbers[3], expected=expected,
    )  # fmt: skip


# ── the decorator ───────────────────────────────────────────────────────────────────────────────────────────────────


_SHARED = {
    "evidence": inspect.Parameter("evidence", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation="Source"),
    "draws": inspect.Parameter("draws", inspect.Parameter.KEYWORD_ONLY, default=999, annotation="int"),
    "seed": inspect.Parameter("seed", inspect.Parameter.KEYWORD_ONLY, default=None, annotation="int | None"),
}
"""Parameters that all tests take."""


def claim(
    number: int, *, needs: tuple[str, ...] | None = None
) -> Callable[[Callable[..., Found]], Callable[..., Finding]]:
    """Make a function that tests a claim of the register, and list it.

    The function gets an `Evidence` and, if it takes them, ``draws`` and a settled ``seed``; it returns a `Found` or
    raises `UntestableError`. What comes out takes any source and returns a `Finding`; parameters, the words of the
    register and the sources are added to its docstring.

    Parameters
    ----------
    number
        Number of the claim.
    needs
        Columns without which there is nothing to test; those of the register when omitted.
    """
    entry = claim_of(number)
    wanted = entry.needs if needs is None else needs

    def make(body: Callable[..., Found]) -> Callable[..., Finding]:
        takes = inspect.signature(body).parameters

        @functools.wraps(body)
        def test(evidence: Source, *, draws: int = 999, seed: int | None = None, **options: Any) -> Finding:
            _check_draws(draws)
            seed = resolve_seed(seed)
            seen = as_evidence(evidence)
            asked: dict[str, Any] = {"draws": int(draws), "seed": seed}
            asked = {name: value for name, value in asked.items() if name in takes} | options
            for name in options:
                if name not in takes:
                    raise TypeError(f"{body.__name__}() got an unexpected keyword argument {name!r}")
            told = {name: value for name, value in asked.items() if name != "seed"}
            lacking = seen.lacks(wanted)
            found: Found | None = None
            reason, missing = lacking_text(lacking) if lacking else "", lacking
            if not lacking:
                try:
                    found = body(seen, **asked)
                    told |= dict(found.parameters)
                except UntestableError as why:
                    reason, missing = str(why), why.needs
                except NetworkError as why:
                    reason = str(why)
            settings = Settings(told, seed=seed)
            return _finding(entry, body.__name__, found, settings, reason=reason, needs=missing)

        own = [one for name, one in takes.items() if name not in _SHARED]
        shown = [*_SHARED.values(), *own]
        test.__signature__ = inspect.Signature(shown, return_annotation="Finding")  # type: ignore[attr-defined]
        test.__annotations__ = {one.name: one.annotation for one in shown} | {"return": "Finding"}
        test.__doc__ = _documented(inspect.getdoc(body) or "", entry, wanted)
        del test.__wrapped__
        TESTS[number] = test
        return test

    return make


def lacking_text(needs: tuple[str, ...]) -> str:
    """Say which columns are missing, table by table.

    Examples
    --------
    >>> lacking_text(("outcomes.firm_id", "outcomes.revenue", "firms.sector|firms.region"))
    'these records have no outcomes (firm_id, revenue), no firms (sector or region)'
    """
    tables: dict[str, list[str]] = {}
    for need in needs:
        options = [one.split(".") for one in need.split("|")]
        if len({table for table, _ in options}) == 1:
            tables.setdefault(options[0][0], []).append(" or ".join(column for _, column in options))
        else:
            tables.setdefault(" or ".join(f"{table} ({column})" for table, column in options), [])
    said = [f"no {table} ({', '.join(columns)})" if columns else f"no {table}" for table, columns in tables.items()]
    return f"these records have {', '.join(said)}"


def _documented(text: str, entry: Claim, needs: tuple[str, ...]) -> str:
    """Return the docstring with what all tests share."""
    shared = (
        "evidence\n    What `evidence` returned, or records, a folder or a network to make it from.\n"
        f"draws\n    Number of random draws where the test takes any, at least {LEAST_DRAWS}.\n"
        "seed\n    Seed of them; a fresh one is drawn and stored when omitted."
    )
    head, mark, tail = text.partition("\nReferences\n----------\n")
    head, own, options = head.partition("\nParameters\n----------\n")
    parameters = f"Parameters\n----------\n{shared}" + (f"\n{options.strip()}" if own else "")
    essays = {"a": "the first essay", "b": "the second essay", "ab": "both essays"}[entry.essays]
    contested = " The literature disagrees on it." if entry.contested else ""
    facts = (
        f"Notes\n-----\n**Claim {entry.number}** ({SECTIONS[entry.section]}; {essays}): {entry.claim}{contested}\n\n"
        f"Needs {', '.join(need.replace('|', ' or ') for need in needs) or 'ties'}. Falsified when {entry.falsified}."
    )
    says = 'Numbers with intervals beside the claim; status "needs" where columns are missing.'
    returns = f"Returns\n-------\nFinding\n    {says}"
    cites = ", ".join(dict.fromkeys([*entry.cites, *(key.strip() for key in tail.split(",") if mark and key.strip())]))
    references = f"\n\nReferences\n----------\n{cites}" if cites else ""
    return f"{head.strip()}\n\n{parameters}\n\n{returns}\n\n{facts}{references}\n"


def _finding(
    entry: Claim, name: str, found: Found | None, settings: Settings, *, reason: str, needs: tuple[str, ...]
) -> Finding:
    return Finding(
        number=entry.number,
        section=entry.section,
        claim=entry.claim,
        essays=entry.essays,
        cites=entry.cites,
        contested=entry.contested,
        falsified=entry.falsified,
        test=name,
        status="needs" if found is None else "tested",
        parts=() if found is None else tuple(found.parts),
        combine="all" if found is None else found.combine,
        needs=needs if found is None else (),
        reason=reason if found is None else "",
        note="" if found is None else found.note,
        untested=() if found is None else tuple(found.untested),
        tests=() if found is None else tuple(found.tests),
        settings=settings,
    )


def _check_draws(draws: object) -> None:
    if isinstance(draws, bool) or not isinstance(draws, (int, np.integer)) or draws < LEAST_DRAWS:
        raise OptionError(f"draws is {draws!r}; give a whole number of at least {LEAST_DRAWS}.")


def own_seed(seed: int, number: int) -> int:
    """Return the seed of one claim, the same whichever others are tested."""
    return zlib.crc32(f"{seed}:{number}".encode())


def all_findings(
    source: Source, numbers: Sequence[int] | None, draws: int, seed: int | None
) -> tuple[dict[int, Finding], int]:
    """Return the findings by number, and the seed behind them."""
    seen, seed = as_evidence(source), resolve_seed(seed)
    wanted = sorted(TESTS) if numbers is None else list(numbers)
    untested = [claim_of(number).number for number in wanted if number not in TESTS]
    if untested:
        raise OptionError(f"claims {untested} have no test; tested are {sorted(TESTS)}.")
    _check_draws(draws)
    findings = {}
    for number in wanted:
        own = own_seed(seed, number)
        try:
            findings[number] = TESTS[number](seen, draws=draws, seed=own)
        except Exception as error:  # noqa: BLE001  (what one test did not foresee must not cost the user the others)
            told = f"{type(error).__name__}: {error}"
            reason = f"The test failed, which is a fault of clusternet, not of the records ({told})."
            warnings.warn(f"claim {number}: {reason} Please report it.", RuntimeWarning, stacklevel=3)
            settings = Settings({"draws": int(draws)}, seed=own)
            entry = claim_of(number)
            findings[number] = _finding(entry, TESTS[number].__name__, None, settings, reason=reason, needs=())
    return findings, seed


def _others(found: Finding) -> str:
    """Say the parts after the first in a sentence each."""
    words = {True: "as claimed", False: "against the claim", None: "open"}
    texts = []
    for part in found.parts[1:]:
        interval = f"{number_text(part.estimate)} ({number_text(part.low)} to {number_text(part.high)})"
        tail = "" if part.expected == "told" else f", {words[part.agrees]}"
        texts.append(f"{part.name[:1].upper()}{part.name[1:]}: {interval}, {part.unit}{tail}.")
    return " ".join(texts)


def register_rows(findings: Mapping[int, Finding], seen: Evidence | None) -> pd.DataFrame:
    """Return one row per claim of the register."""
    rows = []
    for number, entry in REGISTER.items():
        found = findings.get(number)
        test = found.test if found else TESTS[number].__name__ if number in TESTS else ""
        needs = found.needs if found else () if number in TESTS and seen is not None else entry.needs
        lacks = needs if seen is None else seen.lacks(needs)
        rows.append(
            {
                "number": number,
                "section": entry.section,
                "claim": entry.claim,
                "status": found.status if found else "registered" if number not in TESTS else "not asked",
                "verdict": found.verdict if found else "",
                "agrees": found.agrees if found and found.status == "tested" else None,
                "estimate": found.estimate if found else NAN,
                "low": found.interval[0] if found else NAN,
                "high": found.interval[1] if found else NAN,
                "p": found.p if found else NAN,
                "n": found.n if found else 0,
                "measured": found.parts[0].name if found and found.parts else "",
                "unit": found.unit if found else "",
                "expected": found.expected if found else "",
                "needs": ", ".join(needs),
                "lacks": ", ".join(lacks),
                "note": (found.note or found.reason) if found else "",
                "others": _others(found) if found else "",
                "untested": "; ".join(found.untested) if found else "",
                "reading": entry.reading,
                "falsified": entry.falsified,
                "contested": entry.contested,
                "essays": entry.essays,
                "test": test,
                "cites": ", ".join(entry.cites),
            }
        )
    table = pd.DataFrame(rows).set_index("number")
    texts = [name for name in table.columns if name not in ("agrees", "estimate", "low", "high", "p", "n", "contested")]
    return table.astype(dict.fromkeys(texts, "str") | {"agrees": "boolean"})
