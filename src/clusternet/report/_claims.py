"""What theory says, and what these records say: one line per claim."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from clusternet.plots import short
from clusternet.report._blocks import text_table
from clusternet.report._parts import Heading, Paragraph
from clusternet.report._text import count, decimal, plural

if TYPE_CHECKING:
    from clusternet.linkage import Linkage
    from clusternet.network import Network
    from clusternet.records import Records
    from clusternet.report._analysis import Analysis
    from clusternet.report._config import ReportConfig
    from clusternet.report._parts import Part

__all__ = ["claims_section", "numbers", "parts", "study", "tables"]

VERDICTS = {"agrees": ("agrees", "agree"), "contradicts": ("does not", "do not"), "open": ("is open", "are open")}
"""What is said of one claim, and of any other number of them."""
OPENING = Heading(text="What theory says, what these records say", anchor="theory")


def study(records: Records | None, linkage: Linkage | None, net: Network, config: ReportConfig) -> pd.DataFrame | None:
    """Test the claims; None where the settings say so, or the network is two-mode or too large for the time."""
    if config.theory.draws == 0 or net.is_two_mode or not net.n_ties or net.n_firms > config.theory.firms_at_most:
        return None
    from clusternet.theory import claims, evidence

    seen = evidence(records, linkage=linkage, network=net)
    return claims(seen, draws=config.theory.draws, seed=config.seed)


def parts(found: Analysis) -> list[Part]:
    """Return the section."""
    if found.claims is not None:
        return list(claims_section(found.claims))
    limit = found.config.theory.firms_at_most
    if found.n > limit and found.config.theory.draws:
        text = (
            f"The claims of cluster theory are not tested here: with {plural(found.n, 'firm')} the tests take long. "
            f"Set theory.firms_at_most above {count(limit)} in the settings, or run the command clusternet claims."
        )
        return [OPENING, Paragraph(text=text)]
    return []


def numbers(found: Analysis) -> dict[str, object]:
    """Return how many claims were tested, and how they came out."""
    if found.claims is None:
        return {}
    verdicts = found.claims["verdict"].value_counts()
    return {f"theory.{name}": int(verdicts.get(name, 0)) for name in VERDICTS}


def tables(found: Analysis) -> dict[str, pd.DataFrame]:
    """Return the whole register with what the records say."""
    return {} if found.claims is None else {"claims": found.claims.rename_axis(index="number").reset_index()}


def claims_section(frame: pd.DataFrame) -> tuple[Part, ...]:
    """Return the section "What theory says, what these records say".

    Parameters
    ----------
    frame
        What `clusternet.theory.claims` returned.

    Returns
    -------
    tuple of parts
        A heading, sentences that count the claims, the table of those tested, and the table of those that these
        records lack columns for. Texts are shown as they are and never become markup.
    """
    tested = frame[frame["status"] == "tested"]
    lacking = frame[frame["status"] == "needs"]
    said = tested["verdict"].value_counts()
    outcome = ", ".join(
        f"{count(many)} {words[many != 1]}" for name, words in VERDICTS.items() for many in [int(said.get(name, 0))]
    )
    rest = len(frame) - len(tested) - len(lacking)
    text = (
        f"Two essays on the growth of small businesses make {plural(len(frame), 'claim')} that records could speak to. "
        f"These records allow {count(len(tested))} to be tested"
        + (f": {outcome}" if len(tested) else "")
        + (f"; {count(len(lacking))} cannot be told from them" if len(lacking) else "")
        + (f", and for {count(rest)} there is no test yet." if rest else ".")
    )
    if len(tested):
        text += (
            " A number agrees with its claim when its whole interval lies where the claim says, and contradicts it "
            "when all of it lies on the other side. Where a claim rests on several numbers the further ones follow in "
            "words, and the last column counts them too. Claims about who works together leave out referrals and the "
            "ties among fellow members of an agreement, which come with it; so their numbers differ from those of the "
            "whole network. One cluster proves no theory: a claim that fails here may "
            "hold elsewhere, a pattern is no cause, and of many tests some find something by chance."
        )
    told: list[Part] = [OPENING, Paragraph(text=text)]
    if len(tested):
        order = tested["verdict"].map({name: place for place, name in enumerate(VERDICTS)})
        rows = [
            [
                str(number),
                _claim(row),
                _told(row),
                f"{_sentence(row['measured']).rstrip('.')}: {_interval(row)}{_unit(row)}",
                _p(row["p"]),
                count(_number(row["n"])),
                str(row["verdict"]) if row["verdict"] in VERDICTS else "open",
            ]
            for number, row in tested.loc[order.sort_values(kind="stable").index].iterrows()
        ]
        told.append(
            text_table(
                "Claims tested",
                "Each line is a claim, what the records say, the first number behind it with its 95% interval and its "
                "unit, how rarely chance does as much (p), the number of cases, and whether the records agree.",
                "Claim|What it says|What the records say|The number (interval)|#p|#Cases|These records",
                rows,
            )
        )
    if len(lacking):
        rows = [[str(number), _claim(row), _sentence(row["note"])] for number, row in lacking.iterrows()]
        told.append(
            text_table(
                "Claims that these records cannot test",
                "Each line is a claim, and what the records lack to speak to it: a column, or enough rows of it.",
                "Claim|What it says|What is missing",
                rows,
            )
        )
    return tuple(told)


def _number(value: object) -> float:
    return float(pd.to_numeric(pd.Series([value]), errors="coerce").iloc[0])


def _sentence(value: object) -> str:
    if not isinstance(value, str) or not value:
        return ""
    text = re.sub(r"(?<=[ (])-(?=\d)", "−", short(value, 700))
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "…")) else ".")


def _told(row: pd.Series) -> str:
    """Return the note, the further numbers, and what of the claim was not tested."""
    left = _sentence(f"Not tested: {row['untested']}" if isinstance(row["untested"], str) and row["untested"] else "")
    return " ".join(text for text in (_sentence(row["note"]), _sentence(row["others"]), left) if text)


def _unit(row: pd.Series) -> str:
    return f", {short(row['unit'], 60)}" if isinstance(row["unit"], str) and row["unit"] else ""


def _claim(row: pd.Series) -> str:
    return short(row["claim"], 300) + (" (contested in the literature)" if row["contested"] else "")


def _p(value: object) -> str:
    p = _number(value)
    return "under 0.001" if p < 0.001 else decimal(p)


def _interval(row: pd.Series) -> str:
    low, high = _number(row["low"]), _number(row["high"])
    between = f" ({decimal(low)} to {decimal(high)})" if np.isfinite(low) and np.isfinite(high) else ""
    return f"{decimal(_number(row['estimate']))}{between}"
