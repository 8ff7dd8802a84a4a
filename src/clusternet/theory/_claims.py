"""claims: all 85 claims of the register, with what these records say to each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusternet.theory._evidence import Source, as_evidence
from clusternet.theory._finding import TESTS, Finding, all_findings, register_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

__all__ = ["claims", "findings"]


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
        the number means, or why there is none; ``untested`` parts of the claim; ``reading``, ``falsified``,
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
