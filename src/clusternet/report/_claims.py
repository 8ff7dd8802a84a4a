"""What theory says and what these records say: one line per claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from clusternet.plots import short
from clusternet.report._blocks import text_table
from clusternet.report._parts import Heading, Paragraph
from clusternet.report._text import NONE, count, decimal, plural

if TYPE_CHECKING:
    from clusternet.report._parts import Part

__all__ = ["claims_section"]


def claims_section(frame: pd.DataFrame) -> tuple[Part, ...]:
    """Return the section "What theory says, what these records say".

    Parameters
    ----------
    frame
        One row per claim: ``claim`` (its number), ``wording`` (one sentence), ``status``, ``estimate``, ``low``,
        ``high``, ``p``, ``n`` (NaN where the records do not allow a test), ``agrees`` (True, False, or missing where it
        is open) and ``needs`` (what the records lack, empty otherwise).

    Returns
    -------
    tuple of parts
        A heading, a sentence that counts the claims, the table of those tested, and the table of those that are not,
        with what they would need. Texts are shown as they are and never become markup.
    """
    opening = Heading(text="What theory says, what these records say", anchor="theory")
    tested = frame["estimate"].notna()
    agrees = frame["agrees"].astype("boolean")
    yes, no = int((tested & agrees.fillna(value=False)).sum()), int((tested & ~agrees.fillna(value=True)).sum())
    text = (
        f"Theories of clusters make {plural(len(frame), 'claim')} that records could speak to. These records allow "
        f"{count(tested.sum())} to be tested: {count(yes)} agree, {count(no)} do not, "
        f"{count(tested.sum() - yes - no)} stay open. One cluster proves no theory; a claim that fails here may hold "
        "elsewhere, and many tests find something by chance."
    )
    told: list[Part] = [opening, Paragraph(text=text)]
    if tested.any():
        rows = [
            [
                str(row["claim"]),
                short(row["wording"], 300),
                _interval(row),
                decimal(_number(row["p"])),
                count(_number(row["n"])),
                NONE if pd.isna(agreed) else "agrees" if agreed else "does not agree",
            ]
            for (_, row), agreed in zip(frame[tested].iterrows(), agrees[tested], strict=True)
        ]
        told.append(
            text_table(
                "Claims tested",
                "Each line is a claim, what was estimated with its interval, how rarely chance does as much (p), the "
                "number of cases, and whether the records agree.",
                "Claim|What it says|#Estimate (interval)|#p|#Cases|These records",
                rows,
            )
        )
    if not tested.all():
        rows = [
            [str(row["claim"]), short(row["wording"], 300), short(row["status"], 60), _text(row["needs"])]
            for _, row in frame[~tested].iterrows()
        ]
        told.append(
            text_table(
                "Claims not tested",
                "Each line is a claim that these records cannot speak to, and what it would take.",
                "Claim|What it says|Status|It would take",
                rows,
            )
        )
    return tuple(told)


def _number(value: object) -> float:
    return float(pd.to_numeric(pd.Series([value]), errors="coerce").iloc[0])


def _text(value: object) -> str:
    return (
        NONE if value is None or (isinstance(value, float) and pd.isna(value)) or not str(value) else short(value, 200)
    )


def _interval(row: pd.Series) -> str:
    low, high = _number(row["low"]), _number(row["high"])
    between = f" ({decimal(low)} to {decimal(high)})" if pd.notna(low) and pd.notna(high) else ""
    return f"{decimal(_number(row['estimate']))}{between}"
