"""Write the table "What it reproduces" of README.md from reproduction.csv, between its two marks."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from clusternet import reproduction

ROOT = Path(__file__).parents[1]
BEGIN, END = "<!-- ledger: written by paper/readme_table.py -->", "<!-- end of ledger -->"


def ledger_table(path: Path) -> str:
    """Return the ledger in short as Markdown."""
    ledger = pd.read_csv(path, dtype="str", keep_default_na=False)
    titles = reproduction.findings()
    passed = ledger["passed"] == "yes"
    lines = ["| finding | rows | as published | explained |", "|---|---:|---:|---:|"]
    for label, rows in ledger.groupby("finding", sort=False):
        good = int(passed[rows.index].sum())
        why = int((~passed[rows.index] & (rows["note"] != "")).sum())
        lines.append(f"| {label} {titles[label]} | {len(rows)} | {good} | {why or ''} |")
    why = int((~passed & (ledger["note"] != "")).sum())
    lines.append(f"| all | {len(ledger)} | {int(passed.sum())} | {why} |")
    return "\n".join(lines)


def with_table(text: str, table: str) -> str:
    """Return the text of README.md with another table between the marks."""
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ValueError(f"README.md needs the marks {BEGIN} and {END} once each.")
    before, rest = text.split(BEGIN)
    return re.sub(r"\n{3,}", "\n\n", f"{before}{BEGIN}\n\n{table}\n\n{END}{rest.split(END)[1]}")


def main() -> None:
    """Write the table into README.md."""
    readme = ROOT / "README.md"
    table = ledger_table(ROOT / "reproduction.csv")
    readme.write_text(with_table(readme.read_text(encoding="utf-8"), table), encoding="utf-8")


if __name__ == "__main__":
    main()
