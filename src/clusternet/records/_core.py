"""Records and their reader: from a folder, workbook, files or frames to checked tables and one issue log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from clusternet.errors import OptionError, RecordsError, listing, nearest
from clusternet.records import _validate as rules
from clusternet.records._log import Log, printable
from clusternet.records._read import PARQUET, TEXT_FILES, WORKBOOKS, Raw, read_file, read_frame, sheet_names
from clusternet.records._schema import KINDS, SCHEMA, fold, kind_names, kind_of, table_of
from clusternet.result import Result, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from clusternet.records._log import Severity

__all__ = ["Records", "problems", "read_records", "report_text"]

OPTIONS = {
    "file": str, "sheet": str, "delimiter": str, "encoding": str, "decimal": str, "date_format": str,
    "columns": Mapping, "constants": Mapping, "kinds": Mapping,
}  # fmt: skip
ORDER = ("firms", "agreements", "partnerships", "groups", "referrals", "capabilities", "outcomes")  # of reading


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Records(Result):
    """Checked tables, and the log of everything that was read by a rule, dropped or rejected.

    Attributes
    ----------
    firms, partnerships, groups, agreements, referrals, capabilities, outcomes : pandas.DataFrame
        One table each, empty where none was given. Columns: every canonical one of ``SCHEMA`` (all missing where not
        given), then ``row`` (as the user's file counts it: the header is row 1; in a frame, the position from 0),
        then the user's own further columns as text. Text is ``str`` with NaN for an empty cell, numbers are float,
        dates ``datetime64[us]``, flags ``boolean``. ``kind`` is one of the six layers. In supply rows ``a`` is the
        supplier and ``b`` the buyer; referrals go ``from`` -> ``to``; other kinds have no direction.
    issues : pandas.DataFrame
        One row per issue: table, row (missing where the whole table or column is meant), column, value, problem,
        action, severity. An *error* rejected a row, a *warning* dropped a value or a duplicate or names rows that
        contradict each other, a *note* says how something was read.
    counts : pandas.DataFrame
        Per table that was read: read, kept, rejected, and duplicates (which are among the rejected);
        read = kept + rejected.
    duplicates : pandas.DataFrame
        One row per duplicate that was left out: table, row, kept_row, kind ("exact" or "near").
    settings : Settings
        The mapping, and per table its source: file, sha256, bytes, encoding, delimiter, and what each column was
        read as.
    """

    firms: pd.DataFrame
    partnerships: pd.DataFrame
    groups: pd.DataFrame
    agreements: pd.DataFrame
    referrals: pd.DataFrame
    capabilities: pd.DataFrame
    outcomes: pd.DataFrame
    issues: pd.DataFrame
    counts: pd.DataFrame
    duplicates: pd.DataFrame
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return the issues, one row each."""
        return self.issues.copy(deep=False)

    def summary(self) -> str:
        """Return the number of rows kept per table, and of errors and warnings, in one line."""
        parts = [f"{count.kept:,} {count.Index}" for count in self.counts.itertuples()]
        severity = self.issues["severity"].value_counts()
        lost = int(self.counts["rejected"].sum())
        return (
            f"{', '.join(parts)}; {lost:,} rows rejected, {int(severity.get('warning', 0)):,} warnings, "
            f"{int(severity.get('note', 0)):,} notes"
        )


# ── what was asked ──────────────────────────────────────────────────────────────────────────────────────────────────


def _check_mapping(mapping: Mapping[str, Any] | None) -> dict[str, dict[str, Any]]:
    """Return the mapping as plain dictionaries, or say what in it is not understood."""
    checked: dict[str, dict[str, Any]] = {}
    if mapping is not None and not isinstance(mapping, Mapping):
        raise OptionError(f"mapping is a {type(mapping).__name__}; give a dictionary of tables.")
    for table, options in (mapping or {}).items():
        if table not in SCHEMA:
            known = table_of(str(table))
            hint = f" Did you mean {known[0]!r}?" if known else nearest(str(table), SCHEMA)
            raise OptionError(f"mapping names the table {table!r}; tables are {', '.join(SCHEMA)}.{hint}")
        if not isinstance(options, Mapping):
            raise OptionError(f"mapping[{table!r}] is {options!r}; give a dictionary with any of {', '.join(OPTIONS)}.")
        for name, value in options.items():
            if name not in OPTIONS:
                raise OptionError(
                    f"mapping[{table!r}] has the option {name!r}; options are {', '.join(OPTIONS)}."
                    f"{nearest(str(name), OPTIONS)}"
                )
            if not isinstance(value, OPTIONS[name]):
                wanted = "a dictionary" if OPTIONS[name] is Mapping else "text"
                raise OptionError(f"mapping[{table!r}][{name!r}] is {value!r}; it must be {wanted}.")
        checked[table] = {name: dict(value) if isinstance(value, Mapping) else value for name, value in options.items()}
        _check_options(table, checked[table])
    return checked


def _check_options(table: str, options: dict[str, Any]) -> None:
    where = f"mapping[{table!r}]"
    names = set(SCHEMA[table]) | (set(SCHEMA["groups"]) if table == "partnerships" else set())
    for part in ("columns", "constants"):
        for canonical in options.get(part, {}):
            if canonical not in names:
                raise OptionError(
                    f"{where}[{part!r}] names {canonical!r}; columns of {table} are {', '.join(SCHEMA[table])}."
                    f"{nearest(str(canonical), names)}"
                )
    if blank := [name for name, value in options.get("constants", {}).items() if value is None]:
        raise OptionError(f"{where}['constants'] sets {listing(blank)} to None; leave it out, or give a value.")
    for word, kind in options.get("kinds", {}).items():
        if kind_of(str(kind)) is None:
            raise OptionError(
                f"{where}['kinds'] reads {word!r} as {kind!r}; kinds are {', '.join(KINDS)} "
                "(or 'customer of', 'referred by' where the second firm comes first)."
                f"{nearest(str(kind), kind_names())}"
            )
    if "kind" in options.get("constants", {}):
        kind = options["constants"]["kind"]
        own = {fold(str(word)) for word in options.get("kinds", {})}
        if kind_of(str(kind)) is None and fold(str(kind)) not in own:
            raise OptionError(f"{where}['constants'] sets kind to {kind!r}; kinds are {', '.join(KINDS)}.")
    if options.get("decimal", ".") not in {".", ","}:
        raise OptionError(f"{where}['decimal'] is {options['decimal']!r}; it must be '.' or ','.")
    if "delimiter" in options and (len(options["delimiter"]) != 1 or options["delimiter"] in '"\n\r\0'):
        raise OptionError(f"{where}['delimiter'] is {options['delimiter']!r}; it must be one sign, such as ';'.")
    if "file" in options:
        name = options["file"]
        if not name or name in {".", ".."} or any(sign in name for sign in "/\\\0") or Path(name).is_absolute():
            raise OptionError(f"{where}['file'] is {name!r}; it must be the plain name of a file in the folder.")


@dataclass(slots=True)
class _Source:
    """Where a table comes from: a path (and sheet), or a frame."""

    table: str
    label: str
    options: dict[str, Any]
    path: Path | None = None
    frame: object = None


def _locate(source: object, mapping: dict[str, dict[str, Any]], log: Log) -> list[_Source]:
    """Return which source each table comes from."""
    if isinstance(source, (str, Path)):
        path = Path(source)
        if _is(path, Path.is_dir):
            return _in_folder(path, mapping, log)
        if not _is(path, Path.is_file):
            raise RecordsError(_not_there(path))
        return _in_file(path, mapping, log)
    if isinstance(source, Mapping):
        return _in_mapping(source, mapping)
    if isinstance(source, (list, tuple)) and source and all(isinstance(item, (str, Path)) for item in source):
        named: dict[str, Path] = {}
        for item in source:
            known = table_of(Path(item).stem)
            if known is None or known[0] in named:
                raise RecordsError(
                    f"{Path(item).name} does not tell which table it is; "
                    'give a dictionary such as {"firms": "list.csv"}.'
                )
            named[known[0]] = Path(item)
        return _in_mapping(named, mapping)
    raise RecordsError(
        f"the source is a {type(source).__name__}; give a folder, a workbook, or a dictionary such as "
        '{"firms": "firms.csv", "partnerships": frame}.'
    )


def _is(path: Path, test: Callable[[Path], bool]) -> bool:
    """Whether the path is there; a path that cannot be one (too long, a NUL in it) is not."""
    try:
        return test(path)
    except (OSError, ValueError):
        return False


def _not_there(path: Path) -> str:
    near = ""
    if _is(path.parent, Path.is_dir):
        near = nearest(path.name, [item.name for item in path.parent.iterdir()])
    return f"there is no file or folder {str(path)!r}.{near}"


def _in_mapping(source: Mapping[Any, Any], mapping: dict[str, dict[str, Any]]) -> list[_Source]:
    found: dict[str, _Source] = {}
    for key, value in source.items():
        known = table_of(str(key))
        if known is None:
            raise RecordsError(f"{key!r} is no table; tables are {', '.join(SCHEMA)}.{nearest(str(key), SCHEMA)}")
        table = known[0]
        if table in found:
            raise RecordsError(f"the table {table} is given twice; give it once.")
        options = mapping.get(table, {})
        if isinstance(value, (str, Path)):
            path = Path(value)
            if not _is(path, Path.is_file):
                raise RecordsError(_not_there(path))
            found[table] = _Source(table, f"{table} ({path.name})", _with_sheet(path, table, options), path=path)
        else:
            found[table] = _Source(table, f"{table} (frame)", options, frame=value)
    if not found:
        raise RecordsError(f"the source names no table; tables are {', '.join(SCHEMA)}.")
    return list(found.values())


def _with_sheet(path: Path, table: str, options: dict[str, Any]) -> dict[str, Any]:
    """Return the options with the sheet whose name means the table, where a workbook has one and none is stated."""
    if path.suffix.lower() not in WORKBOOKS or "sheet" in options:
        return options
    named = [name for name in sheet_names(path.read_bytes(), path.name) if (table_of(name) or ("",))[0] == table]
    return options | {"sheet": named[0]} if named else options


def _in_file(path: Path, mapping: dict[str, dict[str, Any]], log: Log) -> list[_Source]:
    if path.suffix.lower() in WORKBOOKS:
        offers = _sheets(path, mapping)
        found = _choose(offers, mapping, log)
        if found:
            return found
        known = table_of(path.stem)
        if known is None:
            sheets = sheet_names(path.read_bytes(), path.name)
            raise RecordsError(
                f"{path.name} has no sheet that names a table; sheets found: {listing(sheets, 10)}. "
                f"Sheets are expected to be called {', '.join(SCHEMA)}.{_nearest_table(sheets)} "
                'Or say which is which: mapping={"firms": {"sheet": "..."}}.'
            )
        return [_Source(known[0], f"{known[0]} ({path.name})", mapping.get(known[0], {}), path=path)]
    known = table_of(path.stem)
    tables = list(mapping)
    if known is None and len(tables) != 1:
        raise RecordsError(
            f"{path.name} does not tell which table it is; give read_records({{'partnerships': '{path.name}'}}) "
            f"or call the file one of {', '.join(SCHEMA)}.{_nearest_table([path.stem])}"
        )
    table = known[0] if known else tables[0]
    return [_Source(table, f"{table} ({path.name})", mapping.get(table, {}), path=path)]


def _nearest_table(names: Iterable[str]) -> str:
    return next((hint for name in names if (hint := nearest(Path(name).stem, SCHEMA))), "")


@dataclass(slots=True)
class _Offer:
    """A file or sheet whose name means a table; a lower rank is preferred."""

    table: str
    rank: tuple[int, int]
    path: Path
    sheet: str | None = None

    @property
    def label(self) -> str:
        return self.path.name if self.sheet is None else f"{self.path.name}, sheet {self.sheet!r}"


def _sheets(path: Path, mapping: dict[str, dict[str, Any]]) -> list[_Offer]:
    names = sheet_names(path.read_bytes(), path.name)
    offers = []
    stated = {options["sheet"]: table for table, options in mapping.items() if "sheet" in options}
    for name in names:
        if name in stated:
            offers.append(_Offer(stated[name], (0, 3), path, name))
        elif (known := table_of(name)) is not None:
            offers.append(_Offer(known[0], (1 if known[1] else 2, 3), path, name))
    return offers


def _choose(offers: Sequence[_Offer], mapping: dict[str, dict[str, Any]], log: Log) -> list[_Source]:
    """Return one source per table; what else could be it is named in the log."""
    chosen = []
    for table in SCHEMA:
        fits = sorted((offer for offer in offers if offer.table == table), key=lambda offer: offer.rank)
        if not fits:
            continue
        if len(fits) > 1 and fits[0].rank == fits[1].rank:
            names = listing([offer.label for offer in fits if offer.rank == fits[0].rank])
            raise RecordsError(
                f"several sources could be {table}: {names}. "
                f'Say which it is with mapping={{"{table}": {{"file": "{fits[0].path.name}"}}}}.'
            )
        best = fits[0]
        options = mapping.get(table, {})
        if best.sheet is not None and "sheet" not in options:
            options = options | {"sheet": best.sheet}
        chosen.append(_Source(table, f"{table} ({best.label})", options, path=best.path))
        for other in fits[1:]:
            # the same table in another format is usual; another name for it may hold other rows
            severity: Severity = "note" if other.path.suffix != best.path.suffix else "warning"
            action = f"not read: {table} comes from {best.label}"
            log.add(table, "another source of the table", action, severity=severity, values=other.label)
    return chosen


def _in_folder(folder: Path, mapping: dict[str, dict[str, Any]], log: Log) -> list[_Source]:
    home = folder.resolve()
    files = sorted(item for item in folder.iterdir() if not item.name.startswith((".", "~$")))
    inside: dict[str, Path] = {}
    unread: list[tuple[str, str]] = []
    for item in files:
        if not item.is_file():
            unread.append((item.name, "a folder" if item.is_dir() else "not a plain file"))
        elif item.resolve().parent != home:
            unread.append((item.name, "a link out of the folder"))
        else:
            inside[item.name] = item
    stated: list[_Source] = []
    for table, options in mapping.items():
        if "file" not in options:
            continue
        name = options["file"]
        if name not in inside:
            why = next((f" It is {reason}." for other, reason in unread if other == name), "")
            raise RecordsError(
                f"the mapping says {table} is in {name!r}, which the folder does not hold.{why} "
                f"Files found: {listing(inside, 10)}.{nearest(name, inside)}"
            )
        stated.append(_Source(table, f"{table} ({name})", _with_sheet(inside[name], table, options), path=inside[name]))
    claimed = {source.path.name for source in stated if source.path}
    offers: list[_Offer] = []
    unknown: list[str] = []
    for name, path in inside.items():
        suffix = path.suffix.lower()
        if name in claimed:
            continue
        known = table_of(path.stem)
        if suffix in TEXT_FILES and known:
            offers.append(_Offer(known[0], (1 if known[1] else 2, 1), path))
        elif suffix in PARQUET and known:
            offers.append(_Offer(known[0], (1 if known[1] else 2, 2), path))
        elif suffix in WORKBOOKS:
            try:
                sheets = _sheets(path, mapping)
            except RecordsError:
                unknown.append(name)
                continue
            if not sheets and known:
                sheets = [_Offer(known[0], (1 if known[1] else 2, 4), path)]
            offers += sheets
            if not sheets:
                unknown.append(name)
        else:
            unknown.append(name)
    offers = [offer for offer in offers if offer.table not in {source.table for source in stated}]
    found = [*stated, *_choose(offers, mapping, log)]
    if not found:
        names = [item.name for item in files]
        held = f"it holds {listing(names, 10)}" if names else "it is empty"
        raise RecordsError(
            f"the folder {folder.name!r} has no known table; {held}. Needed is at least firms.csv or partnerships.csv "
            f"(also .xlsx, .parquet, .tsv); tables are {', '.join(SCHEMA)}.{_nearest_table(names)} "
            'Or say which file is which: mapping={"firms": {"file": "..."}}.'
        )
    for name in unknown:
        log.add("source", "file that names no table", "not read", severity="note", values=name)
    for name, reason in unread:
        log.add("source", f"{reason} beside the tables", "not read", severity="note", values=name)
    return found


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _score(table: str, options: Mapping[str, Any]) -> Callable[[Sequence[str]], tuple[bool, int]]:
    return lambda header: rules.match_columns(table, header, options).score


def _understand(source: _Source, log: Log, problems: list[str]) -> rules.Table | None:
    """Read one source and say what its columns are; a table that cannot be used adds to `problems`."""
    options = source.options
    try:
        if source.path is None:
            raw = read_frame(source.frame, source.label)
        else:
            raw = read_file(source.path, options, _score(source.table, options))
    except RecordsError as error:
        text = str(error)
        problems.append(text if text.startswith(source.label) else f"{source.table}: {text}")
        return None
    found = rules.match_columns(source.table, raw.header, options)
    bad = rules.column_problems(found, raw.header, source.label, options)
    if not raw.header:
        bad = [f"{source.label} is empty: no columns; it needs a header row and at least one row."]
    elif not bad and not len(raw.rows) and not raw.rejected:
        names = listing(map(printable, raw.header), 8)
        bad = [f"{source.label} is empty: a header ({names}) and no rows; fill it or leave it out."]
    if bad:
        problems += bad
        return None
    _log_reading(source, raw, found, log)
    table = rules.Table(raw, found, options, log)
    table.source = raw.source | {
        "rows": table.read,
        "columns": {name: raw.header[place] for name, place in _in_order(found.table, found.places).items()},
        "constants": {name: str(value) for name, value in found.constants.items()},
        "extra": list(table.extras),
    }
    return table


def _in_order(table: str, places: Mapping[str, int]) -> dict[str, int]:
    return {name: places[name] for name in SCHEMA[table] if name in places}


def _log_reading(source: _Source, raw: Raw, found: rules.Matched, log: Log) -> None:
    """Log how the source and its columns were understood."""
    name = found.table
    if name != source.table:
        log.add(name, "a group id and one firm per row", f"{source.label} read as groups", severity="note")
    for remark in raw.remarks:
        log.add(name, remark.problem, remark.action, severity=remark.severity, rows=remark.rows, values=remark.values)
    stated = source.options.get("columns", {})
    for canonical, place in _in_order(name, found.places).items():
        header = raw.header[place]
        if fold(header) != fold(canonical) and canonical not in stated:
            log.add(
                name, "column in other words", f"read as {canonical}", severity="note", column=canonical, values=header
            )
    for canonical, place in found.unclear:
        chosen = raw.header[found.places[canonical]]
        action = f"kept as an extra column; {canonical} is {str(printable(chosen))!r}; the mapping can say otherwise"
        severity: Severity = "note" if SCHEMA[name][canonical] == "firm" else "warning"
        log.add(
            name, f"another column that could be {canonical}", action, severity=severity, column=canonical,
            values=raw.header[place],
        )  # fmt: skip
    for canonical, value in found.constants.items():
        action = f"{value} for every row" + (
            "" if canonical in source.options.get("constants", {}) else ", by the columns' names"
        )
        log.add(name, "constant", action, severity="note", column=canonical, values=str(value))
    if name == "partnerships":
        used = set(found.places.values())
        more = [
            header for place, header in enumerate(raw.header)
            if place not in used and fold(header) in {f"{noun}{number}" for noun in _NOUNS for number in range(3, 10)}
        ]  # fmt: skip
        for header in more:
            action = (
                "kept as an extra column, makes no tie; give agreements of several firms as groups, one firm per row"
            )
            log.add(name, "column of a further partner", action, severity="warning", values=header)


_NOUNS = ("firm", "partner", "company", "member", "organization", "organisation", "org", "business", "party")


def read_records(source: object, *, mapping: Mapping[str, Any] | None = None, strict: bool = False) -> Records:
    """Read firms, partnerships, groups and referrals, check every cell, and log everything that was done.

    Dirt in a row is never an exception: the row is kept without the bad value, or rejected where the value is
    required, and `Records.issues` says so. The rules are listed under Notes.

    Parameters
    ----------
    source : path, mapping or list
        A folder of files named after their tables (``firms.csv``, ``partnerships.xlsx``, ``referrals.parquet`` ...),
        one workbook with sheets so named, a list of such files, or a dictionary of table to path or frame (pandas,
        polars, DuckDB or any other that narwhals knows).
    mapping : dict, optional
        What to read as what, per table; all keys optional: ``file`` (plain name inside the folder), ``sheet``,
        ``delimiter``, ``encoding``, ``decimal`` ("." or ","), ``date_format`` (as in ``strptime``), ``columns``
        (canonical name -> the user's column), ``constants`` (canonical name -> value for all rows, in place of a
        column) and ``kinds`` (the user's word -> one of the six kinds). It overrides every synonym.
    strict : bool, default False
        Raise once, with all warnings and errors; also for a firm that the registry does not hold.

    Returns
    -------
    Records
        Seven tables, the issues, the counts and the settings.

    Raises
    ------
    RecordsError
        If a file, a known table or a required column is missing, a table is empty, one firm id stands on rows that
        differ, or `strict` finds anything. The message says what was found, what is needed, and the nearest match.
    OptionError
        If `mapping` holds something that is not understood.
    MissingExtraError
        If a Parquet file is given and pyarrow is not installed.

    Notes
    -----
    Files: text is UTF-8 (with or without mark), UTF-16 with a mark, else cp1252, which the log says; the delimiter
    is the one of comma, semicolon, tab and bar under which the header is understood best. Row numbers count the header
    as row 1; in a text file whose quoted cells run over lines they count records, as a spreadsheet does. Wholly blank
    rows are no records. A line with more cells than the header is rejected, one with fewer is filled up.

    Cells: only an empty cell is missing (a firm may be called "NA"); in number and date columns "n/a", "-", "unknown"
    and the like are too. Direction marks and other invisible signs are removed; a cell is cut after 10,000 characters.

    Numbers: see ``parse_numbers``; negative numbers are dropped (except coordinates), and so are percentages, infinite
    ones and a strength of zero. Dates: see ``parse_dates``; they must lie in 1800 to 2100. Where the end comes before
    the start, the end is dropped.

    Duplicates: rows equal in every cell (exact), or equal once names and texts are folded, undirected pairs ordered,
    dates and numbers read (near), are kept once. A different reporter, a different further column, and in referrals a
    different record id make another record; in partnerships the record id alone does not. Referrals with neither a
    date nor a record id are events of their own.

    Contradictions: where the two firms of a supply both report it and each tells the other direction, the log warns;
    where the two firms of a tie each tell another kind, or times that do not meet, it notes so. All such rows are kept,
    and the log names both sides' rows.

    Columns: a canonical name wins over its synonyms; of several synonyms the one listed first in ``SYNONYMS`` is used
    and the log warns, but where two columns could be a required firm (and not one its id, the other its name) the
    mapping has to say which.

    Examples
    --------
    >>> import pandas as pd
    >>> ties = pd.DataFrame({"Firm A": ["Bakery", "Bakery"], "Firm B": ["Mill", "Bakery"], "Type": ["JV", "JV"]})
    >>> records = read_records({"partnerships": ties})
    >>> records.counts.loc["partnerships"].tolist()
    [2, 1, 1, 0]
    >>> records.partnerships["kind"].tolist()
    ['joint_venture']
    """
    checked = _check_mapping(mapping)
    log = Log()
    sources = _locate(source, checked, log)
    faults: list[str] = []
    tables: dict[str, rules.Table] = {}
    for place in sorted(sources, key=lambda item: ORDER.index(item.table)):
        table = _understand(place, log, faults)
        if table is None:
            continue
        if table.name in tables:
            faults.append(
                f"{place.label} has a group id and one firm per row, so it is the table groups, which is given too; "
                "join the two, or name a column for each of two firms with the mapping."
            )
            continue
        tables[table.name] = table
    with_kind = [name for name in ("groups", "agreements") if name in tables and "kind" in tables[name].columns]
    if "groups" in tables and not with_kind:
        faults.append(_no_kind(tables["groups"]))
    rules.raise_if(faults)
    frames = _validate(tables, log, strict=strict)
    issues = log.to_frame()
    counts = _counts(tables)
    parts = [table.duplicates for table in tables.values() if len(table.duplicates)]
    duplicates = (
        pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["table", "row", "kept_row", "kind"])
    )
    records = Records(
        **frames,
        issues=issues,
        counts=counts,
        duplicates=duplicates.astype({"table": "str", "row": "int64", "kept_row": "int64", "kind": "str"}),
        settings=Settings(
            {"mapping": checked, "strict": strict, "sources": {name: table.source for name, table in tables.items()}}
        ),
    )
    if strict:
        _raise_strictly(issues)
    return records


def _no_kind(groups: rules.Table) -> str:
    columns = listing([str(printable(name)) for name in [*groups.source["columns"].values(), *groups.extras]], 12)
    return (
        f"groups: no column for kind, and no agreements table that holds it. Columns found: {columns}. "
        'Say which it is with mapping={"groups": {"columns": {"kind": "..."}}}, '
        'or "constants": {"kind": "cooperative"} if all groups are of one kind.'
    )


def _validate(tables: dict[str, rules.Table], log: Log, *, strict: bool) -> dict[str, pd.DataFrame]:
    """Apply each table's rules in an order that lets later tables use earlier ones; return the frames."""
    frames = {name: rules.empty_table(name) for name in SCHEMA}
    if "firms" in tables:
        problem = rules.validate_firms(tables["firms"])
        rules.raise_if([problem] if problem else [])
        frames["firms"] = tables["firms"].to_frame()
    else:
        action = "every firm named in a record counts as unregistered, and firms without ties are not known"
        log.add("firms", "no table of firms", action, severity="warning")
    registry = rules.Registry(frames["firms"])
    if "agreements" in tables:
        rules.validate_agreements(tables["agreements"])
        frames["agreements"] = tables["agreements"].to_frame()
    if "partnerships" in tables:
        rules.validate_partnerships(tables["partnerships"], registry)
    if "groups" in tables:
        rules.validate_groups(tables["groups"], registry, frames["agreements"])
    if "referrals" in tables:
        rules.validate_referrals(tables["referrals"], registry)
    if "capabilities" in tables:
        rules.validate_capabilities(tables["capabilities"], registry)
    if "outcomes" in tables:
        rules.validate_outcomes(tables["outcomes"], registry)
    if not tables.keys() & {"partnerships", "groups", "referrals"}:
        log.add("partnerships", "no table of ties", "every firm stands alone", severity="warning")
    for name, table in tables.items():
        if name not in {"firms", "agreements"}:
            frames[name] = table.to_frame()
        if strict and "firms" in tables:
            rules.strangers(table, registry)
        if not len(frames[name]):
            log.add(name, "no row could be used", "the table is empty", severity="warning")
    return frames


def _counts(tables: dict[str, rules.Table]) -> pd.DataFrame:
    rows = {
        name: {
            "read": tables[name].read,
            "kept": int(tables[name].live.sum()),
            "rejected": tables[name].read - int(tables[name].live.sum()),
            "duplicates": len(tables[name].duplicates),
        }
        for name in SCHEMA
        if name in tables
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(index="table").astype("int64")


def _raise_strictly(issues: pd.DataFrame) -> None:
    bad = issues[issues["severity"] != "note"]
    if bad.empty:
        return
    lines = [f"  {_place(issue)}: {issue.problem}{_shown(issue.value)}" for issue in bad.head(10).itertuples()]
    more = [f"  ... and {len(bad) - 10:,} more"] if len(bad) > 10 else []
    raise RecordsError(
        "\n".join(
            [
                f"strict reading found {len(bad):,} issues:",
                *lines,
                *more,
                "Without strict=True the records are read and records.issues lists them all.",
            ]
        )
    )


def problems(records: Records) -> pd.DataFrame:
    """Return the issues without the notes: rejected rows, dropped values, duplicates, missing tables."""
    return records.issues[records.issues["severity"] != "note"].reset_index(drop=True)


# ── telling ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _place(issue: Any) -> str:
    row = "" if pd.isna(issue.row) else f" row {int(issue.row):,}"
    column = f", {issue.column}" if isinstance(issue.column, str) and issue.column else ""
    return f"{issue.table}{row}{column}"


def _shown(value: object) -> str:
    return f" {value!r}" if isinstance(value, str) else ""


def report_text(records: Records, *, examples: int = 3) -> str:
    """Return the records' check as plain text: tables, columns, counts, issues with examples, what to do next.

    Parameters
    ----------
    records : Records
        What `read_records` returned.
    examples : int, default 3
        Rows named per kind of issue.
    """
    sources = records.settings.parameters["sources"]
    lines = ["Rows read = kept + rejected (duplicates are among the rejected)", ""]
    lines += ["  " + line for line in records.counts.reset_index().to_string(index=False).splitlines()]
    lines += ["", "Columns, and what they were read as", ""]
    for table in records.counts.index:
        source = sources[table]
        facts = [source.get("file", source.get("frame", "")), source.get("sheet"), source.get("encoding")]
        delimiter = source.get("delimiter")
        facts.append(f"delimiter {delimiter!r}" if delimiter else None)
        lines.append(f"  {table} ({', '.join(str(printable(fact)) for fact in facts if fact)})")
        for canonical, header in source["columns"].items():
            lines.append(f"    {canonical:<12} {printable(header)}")
        for canonical, value in source["constants"].items():
            lines.append(f"    {canonical:<12} {printable(value)!r} for every row")
        if table == "partnerships" and {"a", "b"} <= source["columns"].keys():
            giver, taker = printable(source["columns"]["a"]), printable(source["columns"]["b"])
            lines.append(f"    supply:      {giver} delivers to {taker}; kinds such as 'customer' say the reverse")
        absent = [name for name in SCHEMA[table] if name not in source["columns"] | source["constants"]]
        if absent:
            lines.append(f"    not given:   {', '.join(absent)}")
        if source["extra"]:
            more = len(source["extra"]) - 12
            names = ", ".join(source["extra"][:12]) + (f" and {more:,} more" if more > 0 else "")
            lines.append(f"    kept as is:  {names}")
    titles = {
        "error": "Rejected rows, and why",
        "warning": "Values dropped, duplicates, and other warnings",
        "note": "How things were read",
    }
    issues = records.issues
    for severity, title in titles.items():
        part = issues[issues["severity"] == severity]
        if len(part):
            lines += ["", title, "", *_grouped(part, max(examples, 12) if severity == "note" else examples)]
    lines += ["", "What to do next", "", *(f"  - {line}" for line in _advice(records))]
    return "\n".join(lines) + "\n"


def _grouped(issues: pd.DataFrame, examples: int) -> list[str]:
    """Return one line per table, column and problem, with its number of rows and some examples."""
    lines = []
    keys = issues[["table", "column", "problem"]].fillna("")
    for (table, column, problem), group in issues.groupby([keys[name] for name in keys], sort=False):
        head = f"  {table}{'.' + column if column else ''}: {problem}"
        rows = group["row"].notna().sum()
        if rows:
            head += f", {rows:,} {'row' if rows == 1 else 'rows'}"
        lines.append(head)
        shown = group.head(examples)
        actions = shown["action"].unique()
        for issue in shown.itertuples():
            where = "" if pd.isna(issue.row) else f"row {int(issue.row):,}"
            what = f"{where}{_shown(issue.value)}".strip()
            told = f": {issue.action}" if len(actions) > 1 or len(group) == 1 else ""
            lines.append(f"      {what}{told}" if what else f"      {issue.action}")
        if len(actions) == 1 and len(group) > 1:
            lines.append(f"      -> {actions[0]}")
        if len(group) > examples:
            lines.append(f"      ... and {len(group) - examples:,} more")
    return lines


def _advice(records: Records) -> list[str]:
    issues = records.issues
    problems = set(issues["problem"])
    advice = []
    if "unknown kind" in problems:
        advice.append(
            "Say what the unknown kinds mean under `kinds` in the mapping (cluster.toml), or correct the cells."
        )
    if "day or month first is unclear" in problems:
        advice.append("State `date_format` for the table in the mapping, for example '%d/%m/%Y'.")
    if problems & {"decimal comma or thousands unclear", "decimal point or thousands"}:
        advice.append("State `decimal` for the table in the mapping: ',' or '.'.")
    if "merged cells" in problems:
        advice.append("Unmerge the merged cells in the spreadsheet, and fill the value into every row.")
    if "text encoding" in problems:
        advice.append("Look at some names with accents; if they are wrong, state `encoding` in the mapping.")
    if "no table of firms" in problems:
        advice.append("Give the registry as firms.csv: without it firms that have no tie cannot be seen.")
    if (issues["severity"] != "note").any():
        advice.append("Correct the cells above in your files where you can, and run the check again.")
    else:
        advice.append("Nothing to correct.")
    advice.append("If a column was read as the wrong thing, say which it is under `columns` in the mapping.")
    advice.append("Then: clusternet report, or in Python build_network(records).")
    return advice
