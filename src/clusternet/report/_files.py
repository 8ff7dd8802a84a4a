"""A report as files: the page, the tables behind it, and the manifest; all of them or none."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from clusternet.errors import OptionError
from clusternet.linkage._review import write_pairs
from clusternet.report._html import render_html
from clusternet.result import safe_cells

if TYPE_CHECKING:
    from clusternet.report._parts import Report

__all__ = ["FILES", "write_report"]

TABLES = (
    "firms", "ties", "measures", "network_measures", "communities", "removal_curves", "removal_orders",
    "vulnerability", "counts", "issues", "duplicates", "coverage", "links", "firm_duplicates", "review",
    "brokerage", "roles", "gatekeepers", "sectors", "sector_profile", "capability_redundancy", "firm_capabilities",
    "bundles", "risk", "partner_concentration", "sole_suppliers", "losses", "shocks", "shocks_spread",
    "introductions", "backup_suppliers", "recruits", "missing_capabilities", "indicators", "claims",
)  # fmt: skip
FILES = ("report.html", "manifest.json", *(f"{name}.csv" for name in TABLES))
"""Every file that a report may write; nothing else in the folder is touched."""


def write_report(report: Report, out: str | Path) -> Path:
    """Write ``report.html``, the tables as CSV and ``manifest.json`` into a folder.

    Everything is first written to a hidden folder inside `out` and moved when complete, so a failure leaves no half
    report and an earlier one intact. Files of an earlier report that this one lacks are removed; other files stay.

    Parameters
    ----------
    report
        What `make_report` returned.
    out
        The folder; made if missing.

    Returns
    -------
    Path
        The HTML page.

    Raises
    ------
    OptionError
        If `out` is a file, cannot be written, or holds a ``review.csv`` with a person's decisions.
    """
    out = Path(out)
    if out.exists() and not out.is_dir():
        raise OptionError(f"{str(out)!r} is a file; give a folder for the report.")
    _guard_decisions(out / "review.csv", report)
    made = [folder for folder in (out, *out.parents) if not folder.exists()]
    partial: Path | None = None
    try:
        out.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=out))
        _fill(report, partial)
        written = {path.name for path in partial.iterdir()}
        for name in FILES:
            if name in written:
                (partial / name).replace(out / name)
            else:
                (out / name).unlink(missing_ok=True)
        partial.rmdir()
    except BaseException as error:
        if partial is not None:
            shutil.rmtree(partial, ignore_errors=True)
        for folder in made:
            # Only what this call made, and only if it is empty.
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
        if isinstance(error, OSError):
            raise OptionError(f"the report cannot be written to {str(out)!r}: {error.strerror or error}.") from error
        raise
    return out / "report.html"


def _guard_decisions(path: Path, report: Report) -> None:
    """Refuse to overwrite a review list with a person's decisions, unless the new one holds them too."""
    if not path.is_file():
        return
    try:
        old = pd.read_csv(path, dtype="str", keep_default_na=False)
    except (ValueError, OSError):
        return
    if "decision" not in old.columns:
        return
    settled = int((old["decision"].str.strip() != "").sum())
    review = report.tables.get("review")
    kept = int((review["decision"].fillna("").astype("str").str.strip() != "").sum()) if review is not None else 0
    if settled > kept:
        raise OptionError(
            f"{str(path)!r} holds {settled:,} decision{'' if settled == 1 else 's'} that would be lost; name it (or a "
            "copy beside your records) under [linkage] decisions in the settings file, so that the next report "
            "honors it."
        )


def _fill(report: Report, folder: Path) -> None:
    page = render_html(report)
    (folder / "report.html").write_bytes(page.encode("utf-8", errors="xmlcharrefreplace"))
    for name, table in report.tables.items():
        if name not in TABLES:
            raise OptionError(f"{name!r} is not a table of a report; the names are {', '.join(TABLES)}.")
        if name == "review":
            write_pairs(table, folder / "review.csv")
        else:
            write_csv(table, folder / f"{name}.csv")
    sums = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}
    manifest = {**report.manifest, "numbers": dict(report.numbers), "files": sums}
    text = json.dumps(manifest, indent=2, ensure_ascii=False, allow_nan=False, default=str)
    (folder / "manifest.json").write_bytes((text + "\n").encode("utf-8", errors="backslashreplace"))


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write a table as UTF-8 CSV that a spreadsheet opens right and cannot run."""
    # Twelve digits: the last ones depend on the machine's linear algebra.
    text = safe_cells(table).to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d", float_format="%.12g")
    path.write_bytes(text.encode("utf-8-sig", errors="backslashreplace"))
