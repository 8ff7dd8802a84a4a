"""claims: all 85 claims of the register, with what these records say to each."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import pandas as pd

from clusternet.theory._evidence import Source, as_evidence
from clusternet.theory._finding import TESTS, Finding, all_findings, number_text, register_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["claims", "claims_text", "findings"]

_HEADS = {
    "agrees": "AGREES: the whole interval lies where the claim says",
    "contradicts": "CONTRADICTS: a whole interval lies on the other side",
    "open": "OPEN: these records leave room for both",
}


def findings(
    evidence: Source, *, numbers: Iterable[int] | None = None, draws: int = 999, seed: int | None = None
) -> dict[int, Finding]:
    """Test claims, and return the findings by number.

    Parameters
    ----------
    evidence
        What `evidence` returned, or records, a folder or a network to make it from.
    numbers
        Numbers of the claims; all that have a test when omitted.
    draws
        Number of random draws of each test that takes any, at least 39.
    seed
        Seed of all of them: each claim gets its own from it, whichever others are tested. A fresh one when omitted.

    Returns
    -------
    dict of int to Finding
        In the order asked for.

    Raises
    ------
    OptionError
        If a claim has no test, or an option is outside its range.
    """
    return all_findings(evidence, None if numbers is None else list(numbers), draws, seed)[0]


def claims(evidence: Source | None = None, *, draws: int = 999, seed: int | None = None) -> pd.DataFrame:
    """List all 85 claims, each with what these records say to it.

    Parameters
    ----------
    evidence
        What `evidence` returned, or records, a folder or a network to make it from. None: the register alone.
    draws
        Number of random draws of each test that takes any, at least 39.
    seed
        Seed of all of them. A fresh one is drawn when omitted; ``attrs["seed"]`` tells it.

    Returns
    -------
    DataFrame
        Indexed by ``number``: ``section``; ``claim``, in words; ``status``, "tested", "needs" (a column that these
        records lack), "registered" (clusternet has no test) or, without evidence, "not asked"; ``verdict`` ("agrees",
        "contradicts", "open", "not tested") and ``agrees`` (missing where open); of the most telling number
        ``estimate``, ``low``, ``high`` (95 % interval), ``p`` (two-sided), ``n``, ``measured`` (what it is), ``unit``
        and ``expected``; ``needs``, columns that would test it, and ``lacks``, those that are not there; ``note``, what
        the number means, or why there is none; ``others``, the further parts in a sentence; ``untested`` parts
        of the claim; ``reading``, ``falsified``,
        ``contested``, ``essays``, ``test`` (name of the function) and ``cites``.

    Raises
    ------
    OptionError
        If an option is outside its range.

    Examples
    --------
    >>> table = claims()
    >>> len(table), int(table["contested"].sum())
    (85, 6)
    """
    if evidence is None:
        return register_rows({}, None)
    seen = as_evidence(evidence)
    found, seed = all_findings(seen, sorted(TESTS), draws, seed)
    table = register_rows(found, seen)
    table.attrs["seed"] = seed
    return table


def claims_text(table: pd.DataFrame, *, width: int = 110) -> str:
    """Return the table of `claims` as a page to read.

    Claims that were tested come first, those that agree, contradict and are open apart; then what column would test
    which others; then the number of claims without a test.

    Parameters
    ----------
    table
        What `claims` returned.
    width
        Signs per line.

    Returns
    -------
    str
        Lines of text.
    """
    lines: list[str] = []
    for verdict, head in _HEADS.items():
        rows = table[table["verdict"] == verdict]
        if len(rows):
            lines += [f"{head} ({len(rows)})", ""]
            for row in rows.itertuples():
                lines += _entry(row, width)
    missing = table[table["status"] == "needs"]
    if len(missing):
        lines += [f"NOT TESTED: these records lack what it takes ({len(missing)})", ""]
        for row in missing.itertuples():
            lines += textwrap.wrap(f"{row.claim}", width, initial_indent=f"{row.Index:>3}  ", subsequent_indent=" " * 5)
            lines += textwrap.wrap(f"{row.note[:1].upper()}{row.note[1:]}.", width, initial_indent=" " * 5,
                                   subsequent_indent=" " * 5)  # fmt: skip
        lines.append("")
    rest = table[table["status"] == "registered"]
    if len(rest):
        numbers = ", ".join(str(number) for number in rest.index)
        text = f"NO TEST YET ({len(rest)}): claims {numbers}. The table tells what each says and the columns it needs."
        lines += [*textwrap.wrap(text, width), ""]
    reading = (
        "An estimate stands with its 95 % interval. Against chance, it is the number less what chance gives. Whether a "
        "claim is true is for the reader to judge: intervals tell chance, not causes or wrong records."
    )
    return "\n".join([*lines, *textwrap.wrap(reading, width)])


def _entry(row: Any, width: int) -> list[str]:
    contested = " [contested in the literature]" if row.contested else ""
    p = "" if pd.isna(row.p) else f", p {'below 0.001' if row.p < 0.001 else f'{row.p:.3f}'}"
    interval = f"{number_text(row.estimate)} ({number_text(row.low)} to {number_text(row.high)})"
    said = f"{row.measured[:1].upper()}{row.measured[1:]}: {interval}, {row.unit}; the claim expects {row.expected}{p}."
    made = textwrap.wrap(
        f"{row.claim}{contested}", width, initial_indent=f"{row.Index:>3}  ", subsequent_indent=" " * 5
    )
    texts = [row.note, said, row.others, f"Not tested: {row.untested}." if row.untested else ""]
    for text in texts:
        made += textwrap.wrap(text, width, initial_indent=" " * 5, subsequent_indent=" " * 5)
    return [*made, ""]
