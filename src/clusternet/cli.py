"""The command line: read a folder and a TOML file, call the functions, say what happened."""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clusternet.errors import ClusternetError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from clusternet.report import ReportConfig

__all__ = ["app", "main"]

DONE, PROBLEMS, CANNOT = 0, 1, 2

EXIT_CODES = """**Exit codes:** 0 done; 1 done, but `--strict` found problems in the records or
`reproduce` a number that is off, or an unexpected failure;
2 could not start: a wrong option, a missing file or column, clashing ids."""

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    epilog=EXIT_CODES,
    help="""From partnership and referral records of small businesses to a report on their network.

Start with `clusternet check FOLDER` to see how your tables are understood and what is wrong with them,
then write the report with `clusternet report FOLDER --out DIR`.
""",
)

Source = Annotated[
    Path,
    typer.Argument(
        help="Folder with firms, partnerships, groups or referrals (CSV, Parquet, XLSX), or one Excel workbook with "
        "named sheets.",
        show_default=False,
    ),
]
Config = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", help="Settings in a TOML file: columns, rules, thresholds, seed.", show_default=False
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the numbers as JSON to standard output.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors (and JSON if asked for).")]


def _load_config(path: Path | None) -> ReportConfig:
    from clusternet.report import ReportConfig

    return ReportConfig() if path is None else ReportConfig.from_toml(path)


@contextlib.contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[str, int, int], None] | None]:
    """Give a callback ``(step, done, total)`` that draws on standard error, or None when nobody looks."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Starting", total=1)
        yield lambda step, done, total: bar.update(task, description=step, completed=done, total=total)


def _print_json(numbers: Any) -> None:
    typer.echo(json.dumps(numbers, indent=2, ensure_ascii=False, allow_nan=False))


def _rejected(numbers: Mapping[str, Any]) -> Iterator[str]:
    """Yield one line per table with rejected rows, so that nobody takes half a table for a whole one."""
    for key, count in numbers.items():
        if count and key.startswith("records.") and key.endswith(".rejected"):
            table = key.split(".")[1]
            read, kept = numbers[f"records.{table}.read"], numbers[f"records.{table}.kept"]
            word = "Warning: " if count > read / 10 else ""
            yield f"{word}{table}: {read:,} rows read, {kept:,} kept, {count:,} rejected; issues.csv says why"


@app.command(epilog=EXIT_CODES)
def report(
    source: Source,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder for the report; made if missing.", show_default=False)
    ],
    config: Config = None,
    *,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Write one self-contained HTML page and the tables behind it.

    The page opens without a network connection. The same records, settings and versions give the same bytes.
    Nothing is written outside DIR, and a run that fails leaves no half report.
    """
    from clusternet.report import make_report, write_report

    settings = _load_config(config)
    with _progress(quiet=quiet) as progress:
        made = make_report(source, config=settings, progress=progress)
        page = write_report(made, out)
    if as_json:
        _print_json(made.numbers)
    if not quiet:
        for line in _rejected(made.numbers):
            typer.echo(line, err=True)
        typer.echo(f"The report is {page}", err=as_json)


@app.command(epilog=EXIT_CODES)
def check(
    source: Source,
    config: Config = None,
    *,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 if any row has a problem.")] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Say how the tables are understood, count rows read, kept and rejected, and list every problem.

    Nothing is written. Each problem names the table, the row as your file counts it, the column, the value and
    what was done about it.
    """
    from clusternet.records import problems, read_records, report_text

    records = read_records(source, mapping=_load_config(config).records)
    found = problems(records)
    if as_json:
        _print_json(
            {
                "counts": json.loads(records.counts.to_json(orient="index")),
                "issues": json.loads(records.issues.to_json(orient="records")),
            }
        )
    elif not quiet:
        typer.echo(report_text(records))
    if strict and len(found):
        raise typer.Exit(PROBLEMS)


@app.command(epilog=EXIT_CODES)
def reproduce(
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write; one that is there is replaced.")] = Path(
        "reproduction.csv"
    ),
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="A finding such as B1; may be given several times.", show_default=False),
    ] = None,
    *,
    quiet: Quiet = False,
) -> None:
    """Compute published findings again and write the ledger: published, computed, tolerance, passed.

    All findings take some minutes. The same version gives the same bytes. Exits with 1 if a number is off and no note
    says why.
    """
    from clusternet.reproduction import findings, ledger, unexplained, write_ledger

    with _progress(quiet=quiet) as progress:
        table = ledger(only or None, progress=progress)
    write_ledger(table, out)
    off = unexplained(table)
    if not quiet:
        titles = findings()
        for label, rows in table.groupby("finding", sort=False):
            typer.echo(f"{label:>3}  {int(rows['passed'].sum()):3} of {len(rows):3} as published  {titles[label]}")
        for row in table[~table["passed"]].itertuples():
            why = row.note or "no note says why"
            published, computed = (v if isinstance(v, str) else f"{v:.4g}" for v in (row.published, row.computed))
            typer.echo(f"{row.finding}: {row.quantity}: published {published}, computed {computed} ({why})")
        typer.echo(f"The ledger is {out}")
    if len(off):
        raise typer.Exit(PROBLEMS)


@app.command(epilog=EXIT_CODES)
def claims(
    source: Source,
    config: Config = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="CSV file for the whole table of 85 claims.", show_default=False)
    ] = None,
    *,
    draws: Annotated[int, typer.Option("--draws", min=39, help="Random draws of each test that takes any.")] = 499,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Say what cluster theory claims, and what these records say to it.

    Each claim that the records can test is told with its estimate, interval and whether they agree; for the others
    the missing columns are named. The same records, settings and versions give the same numbers.
    """
    from clusternet.linkage import link_firms
    from clusternet.records import read_records
    from clusternet.report._analysis import _build, _link
    from clusternet.result import safe_cells
    from clusternet.theory import claims as list_claims
    from clusternet.theory import claims_text, evidence

    settings = _load_config(config)
    records = read_records(source, mapping=settings.records or None, strict=settings.strict)
    linkage = _link(records, settings)
    network = _build(records, linkage, settings)
    # Tables are told by the same ids as the network: without linkage, by exact matches alone.
    seen = evidence(records, linkage=linkage or link_firms(records, threshold=1.0, review=1.0), network=network)
    table = list_claims(seen, draws=draws, seed=settings.seed)
    if out is not None:
        safe_cells(table).to_csv(out, encoding="utf-8", lineterminator="\n")
    if as_json:
        _print_json(json.loads(table.reset_index().to_json(orient="records")))
    elif not quiet:
        typer.echo(f"What theory claims, and what the records in {source} say: {network.n_firms:,} firms, "
                   f"{network.n_ties:,} ties; {draws:,} draws, seed {settings.seed}\n")  # fmt: skip
        typer.echo(claims_text(table))
    if out is not None and not quiet:
        typer.echo(f"\nThe table is {out}", err=as_json)


def _version(value: bool) -> None:  # noqa: FBT001  (typer calls it so)
    if value:
        from clusternet.result import package_version

        typer.echo(package_version())
        raise typer.Exit


@app.callback()
def options(
    *,
    _version_asked: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Hold the options that stand before a command."""


def main() -> None:
    """Run the command line; errors made on purpose are printed in one paragraph, without a traceback."""
    try:
        app()
    except ClusternetError as error:
        typer.echo(f"clusternet: {error}", err=True)
        sys.exit(CANNOT)
    except KeyboardInterrupt:
        typer.echo("clusternet: interrupted; nothing was written.", err=True)
        sys.exit(130)
