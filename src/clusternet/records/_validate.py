"""Columns to tables: which column is which, and what each kind of dirt gets; read = kept + rejected."""

from __future__ import annotations

import difflib
import functools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clusternet.errors import RecordsError, listing
from clusternet.records._log import Log, printable
from clusternet.records._parse import Finding, clean, parse_dates, parse_flags, parse_numbers
from clusternet.records._read import Column
from clusternet.records._schema import KINDS, REQUIRED, SCHEMA, SYNONYMS, fold, fold_all, kind_names, kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from clusternet.records._log import Severity
    from clusternet.records._read import Raw
    from clusternet.records._schema import Kind

__all__ = ["Matched", "Registry", "Table", "empty_table", "match_columns"]

SIGNED = {"lat", "lon"}  # the only numbers that may be negative
LIMITS = {"lat": 90.0, "lon": 180.0}
LAST_RESORT = {"name", "id", "label"}  # words that fit a firm column only when nothing better is there
SUPPLY_COLUMNS = ({"supplier", "supplierid", "seller", "vendor"}, {"buyer", "buyerid", "customer", "customerid"})
MOST_KEYS = 1 << 62  # of one integer that stands for several columns
UNDIRECTED = ("alliance", "joint_venture", "cooperative", "platform")


# ── which column is which ───────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Matched:
    """What a header was understood as."""

    table: str
    places: dict[str, int]  # canonical name -> place in the header
    missing: list[str]  # required and not found
    unclear: list[tuple[str, int]] = field(default_factory=list)  # further columns that also fit
    constants: dict[str, object] = field(default_factory=dict)

    @property
    def score(self) -> tuple[bool, int]:
        """Whether every required column was found, and how many columns were."""
        return not self.missing, len(self.places)


_SYNONYM_RANKS = {
    table: {
        canonical: {fold(name): rank for rank, name in reversed(list(enumerate(names)))}
        for canonical, names in columns.items()
    }
    for table, columns in SYNONYMS["columns"].items()
}
_WHOLE = re.compile(r"[0-9]+\.0")
_SIGNED_FIGURE = re.compile(r"[-−(<>≤≥]\s*[0-9.,]*[0-9]")
_UNIT = re.compile(r"\s*[\(\[][^()\[\]]*[\)\]]\s*$")


def match_columns(table: str, header: Sequence[str], options: Mapping[str, Any]) -> Matched:
    """Return which column is which: the mapping first, then canonical names, then synonyms in their listed order.

    A partnership table of one firm per row (a group id, a firm, a kind) is matched as groups.
    """
    found = _match(table, header, options)
    if table == "partnerships" and found.missing:
        grouped = _match("groups", header, options)
        if {"group_id", "firm"} <= grouped.places.keys() | grouped.constants.keys():
            return grouped
    return found


def _match(table: str, header: Sequence[str], options: Mapping[str, Any]) -> Matched:
    constants = {name: value for name, value in options.get("constants", {}).items() if name in SCHEMA[table]}
    folded = [fold(_UNIT.sub("", name) or name) if name else "" for name in header]
    places: dict[str, int] = {}
    missing = []
    for canonical, wanted in options.get("columns", {}).items():
        if canonical not in SCHEMA[table]:
            continue
        if wanted in header:
            places[canonical] = list(header).index(wanted)
        elif fold(str(wanted)) in folded:
            places[canonical] = folded.index(fold(str(wanted)))
        else:
            missing.append(canonical)
    used = set(places.values())
    wanted_columns = [name for name in SCHEMA[table] if name not in places and name not in constants]
    for canonical in wanted_columns:
        place = next((i for i, name in enumerate(folded) if name == fold(canonical) and i not in used), None)
        if place is not None:
            places[canonical] = place
            used.add(place)
    others: list[tuple[str, int]] = []
    for canonical in wanted_columns:
        if canonical in places or canonical in missing:
            continue
        ranks = _SYNONYM_RANKS[table][canonical]
        fits = sorted((ranks[name], i) for i, name in enumerate(folded) if name in ranks and i not in used)
        if fits:
            places[canonical] = fits[0][1]
            used.add(fits[0][1])
            others += [(canonical, i) for _, i in fits[1:] if folded[i] not in LAST_RESORT]
    unclear = [(canonical, i) for canonical, i in others if i not in used]
    if table == "partnerships" and "kind" not in places and "kind" not in constants and "kind" not in missing:
        sides = [folded[places[side]] if side in places else "" for side in ("a", "b")]
        if all(side in names for side, names in zip(sides, SUPPLY_COLUMNS, strict=True)):
            constants["kind"] = "supply"
    have = places.keys() | constants.keys()
    needed = [name for name in REQUIRED[table] if (table, name) != ("groups", "kind")]  # agreements may hold it
    missing += [name for name in needed if name not in have and name not in missing]
    if table == "firms" and not have & {"firm_id", "name"}:
        missing.append("firm_id or name")
    return Matched(table, places, missing, unclear, constants)


def column_problems(found: Matched, header: Sequence[str], label: str, options: Mapping[str, Any]) -> list[str]:
    """Return what makes the table unusable: required columns that are absent, or that two columns could be."""
    problems = []
    for name in found.missing:
        wanted = options.get("columns", {}).get(name)
        if wanted is not None:
            near = _closest([str(wanted)], header)
            problems.append(
                f"{label}: the mapping says {name} is {wanted!r}, but there is no such column.{near} "
                f"Columns found: {listing(map(printable, header), 12)}."
            )
            continue
        names = name.split(" or ")
        words = [word for part in names for word in (part, *SYNONYMS["columns"][found.table].get(part, ()))]
        free = [column for place, column in enumerate(header) if place not in found.places.values()]
        near = _closest(words, free)
        constant = ', or "constants": {"kind": "alliance"} if all rows are of one kind' if name == "kind" else ""
        problems.append(
            f"{label}: no column for {name}. Columns found: {listing(map(printable, header), 12)}. "
            f"{found.table} needs {', '.join(REQUIRED[found.table]) or 'firm_id or name'}.{near} "
            f'Say which it is with mapping={{"{found.table}": {{"columns": {{"{names[0]}": "..."}}}}}}{constant}.'
        )
    for canonical in dict.fromkeys(name for name, _ in found.unclear):
        if SCHEMA[found.table][canonical] != "firm" or canonical not in REQUIRED[found.table]:
            continue
        fits = [found.places[canonical], *(place for name, place in found.unclear if name == canonical)]
        ids = [place for place in fits if re.search("(id|code|nr)$", fold(header[place]))]
        if ids != [found.places[canonical]]:  # an id beside a name is plain; anything else is not
            shown = listing((printable(header[place]) for place in fits), 5)
            problems.append(
                f"{label}: {len(fits)} columns could be {canonical}: {shown}. "
                f'Say which it is with mapping={{"{found.table}": {{"columns": {{"{canonical}": "..."}}}}}}.'
            )
    return problems


def _closest(words: Sequence[str], header: Sequence[str]) -> str:
    folded = {fold(name): name for name in header if name}
    best = max(
        ((difflib.SequenceMatcher(None, fold(word), name).ratio(), name) for word in words for name in folded),
        default=(0.0, ""),
    )
    return f" Did you mean {printable(folded[best[1]])!r}?" if best[0] >= 0.7 else ""


# ── the registry, as far as exact names go ──────────────────────────────────────────────────────────────────────────


class Registry:
    """Registered ids and names, to tell when two references mean one firm without guessing."""

    def __init__(self, firms: pd.DataFrame) -> None:
        self.ids = pd.Index(firms["firm_id"].to_numpy(dtype=object))
        names = firms["name"].to_numpy(dtype=object)
        named = np.flatnonzero(~pd.isna(names))
        self.names: dict[str, int] = {}
        for place, name in zip(named.tolist(), fold_all(names[named].tolist()), strict=True):
            self.names[name] = -1 if name in self.names else place  # -1: several firms share it

    def keys(self, texts: NDArray[np.object_]) -> NDArray[np.int64]:
        """Return one key per text: the firm's place for an id or a name of one firm, else a key of the folded text."""
        keys: NDArray[np.int64] = self.ids.get_indexer(pd.Index(texts, dtype=object)).astype(np.int64)
        other = np.flatnonzero(keys < 0)
        folded = fold_all(texts[other].tolist())
        keys[other] = len(self.ids) + pd.factorize(np.array(folded, dtype=object))[0]
        if self.names:
            places = np.array([self.names.get(name, -1) for name in folded], dtype=np.int64)
            keys[other] = np.where(places >= 0, places, keys[other])
        return keys


# ── one table ───────────────────────────────────────────────────────────────────────────────────────────────────────


@functools.cache
def _empty(table: str) -> pd.DataFrame:
    dtypes = {"number": "float64", "date": "datetime64[us]", "flag": "boolean"}
    columns = {name: pd.Series(dtype=dtypes.get(kind, "str")) for name, kind in SCHEMA[table].items()}
    return pd.DataFrame({**columns, "row": pd.Series(dtype="int64")})


def empty_table(table: str) -> pd.DataFrame:
    """Return the table without rows, with every canonical column and its type."""
    return _empty(table).copy(deep=False)


def _combine(arrays: Sequence[NDArray[Any]]) -> NDArray[np.int64]:
    """Return one code per row, equal where the rows agree in every array (missing equals missing)."""
    key, size = np.zeros(len(arrays[0]), dtype=np.int64), 1  # key < size
    for array in arrays:
        codes = array if array.dtype.kind == "i" else pd.factorize(array)[0]
        low, high = int(codes.min(initial=0)), int(codes.max(initial=0))
        if size * (high - low + 1) > MOST_KEYS:
            key, codes = pd.factorize(key)[0], pd.factorize(codes)[0]
            size, low, high = len(key), 0, len(codes)
        key = key * (high - low + 1) + (codes - low)
        size *= high - low + 1
    combined: NDArray[np.int64] = pd.factorize(key)[0].astype(np.int64, copy=False)
    return combined


class Table:
    """One table on its way from text to values; rows leave it only through `reject` and `drop_duplicates`."""

    def __init__(self, raw: Raw, found: Matched, options: Mapping[str, Any], log: Log) -> None:
        self.name = found.table
        self.rows = raw.rows
        self.read = len(raw.rows) + raw.rejected
        self.log = log
        self.options = options
        self.live = np.ones(len(raw.rows), dtype=bool)
        self.kinds = np.full(len(raw.rows), -1, dtype=np.int64)  # place in KINDS, -1: none
        self.values: dict[str, NDArray[Any]] = {}  # numbers, dates and flags, one per row
        self.keys: dict[str, NDArray[np.int64]] = {}  # of firm columns: equal where the firm is
        self.duplicates = pd.DataFrame({"table": [], "row": [], "kept_row": [], "kind": []})
        self.columns: dict[str, Column] = {}
        self.extras: dict[str, Column] = {}
        self.source: dict[str, Any] = {}
        self._clean_columns(raw, found)

    # filling

    def _clean_columns(self, raw: Raw, found: Matched) -> None:
        names = {place: name for name, place in found.places.items()}
        multiple = [name for name, place in found.places.items() if names[place] != name]  # one column, two meanings
        for place, column in enumerate(raw.columns):
            canonical = names.get(place)
            if canonical is None:
                self.extras[self._extra_name(raw.header[place])] = self._clean(column, raw.header[place], text=False)
            else:
                self.columns[canonical] = self._canonical(canonical, column)
        for name in multiple:
            self.columns[name] = self._canonical(name, raw.columns[found.places[name]])
        for name, value in found.constants.items():
            text = np.array([str(value)], dtype=object)
            self.columns[name] = self._canonical(name, Column(np.zeros(len(self.rows), dtype=np.int64), text))

    def _extra_name(self, header: str) -> str:
        name = str(printable(header))
        while name in SCHEMA[self.name] or name == "row" or name in self.extras:
            name += " (extra)"
        return name

    def _canonical(self, name: str, column: Column) -> Column:
        kind = SCHEMA[self.name][name]
        if kind in {"number", "date", "flag"}:
            return column
        column = self._clean(column, name, text=True)
        if kind == "firm" or name in {"firm_id", "group_id", "record"}:
            column = self._whole_ids(column, name)
        return column

    def _clean(self, column: Column, name: str, *, text: bool) -> Column:
        kept, findings = clean(column, placeholders=text)
        self.note(findings, column, name)
        return _recode(column, kept)

    def _whole_ids(self, column: Column, name: str) -> Column:
        """Return ids without the ".0" that spreadsheets and pandas add to whole numbers."""
        if ".0\n" not in "\n".join([*column.texts, ""]):
            return column
        place = [i for i, text in enumerate(column.texts.tolist()) if text[-2:] == ".0" and _WHOLE.fullmatch(text)]
        if not place:
            return column
        mask = np.zeros(len(column.texts), dtype=bool)
        mask[place] = True
        finding = Finding(mask, "whole number written with a point", "read without .0", "note", per_row=False)
        self.note([finding], column, name)
        return _recode(column, [text.split(".")[0] if mask[i] else text for i, text in enumerate(column.texts)])

    # logging

    def note(self, findings: Sequence[Finding], column: Column, name: str) -> None:
        """Log what a rule did, on the rows that are still kept."""
        for finding in findings:
            hit = np.append(finding.mask, False)[column.codes] & self.live
            places = np.flatnonzero(hit)
            if not len(places):
                continue
            first = column.texts[column.codes[places[0]]]
            if finding.per_row:
                self.log.add(
                    self.name, finding.problem, finding.action, severity=finding.severity, rows=self.rows[places],
                    column=name, values=column.cells(places),
                )  # fmt: skip
            else:
                count = f"{len(places):,} {'row' if len(places) == 1 else 'rows'}"
                self.log.add(
                    self.name, finding.problem, f"{finding.action} ({count}; first in row {self.rows[places[0]]:,})",
                    severity=finding.severity, column=name, values=first,
                )  # fmt: skip

    def reject(
        self, mask: NDArray[np.bool_], column: str, problem: str, action: str | Sequence[str], *, values: Any = None
    ) -> None:
        """Reject rows, one error each."""
        places = np.flatnonzero(mask & self.live)
        if not len(places):
            return
        if values is None and column in self.columns:
            values = self.columns[column].cells(places)
        self.log.add(self.name, problem, action, severity="error", rows=self.rows[places], column=column, values=values)
        self.live[places] = False

    # rules

    def require(self, *names: str) -> None:
        """Reject rows in which a required cell is empty."""
        for name in names:
            given = self.columns.get(name)
            empty = np.ones(len(self.rows), dtype=bool) if given is None else given.codes < 0
            what = "firm" if SCHEMA[self.name][name] == "firm" else name.replace("_", " ")
            self.reject(empty, name, f"no {what}", "row rejected; fill the cell")

    def understand_kinds(self, *, required: bool) -> None:
        """Turn kinds into layers; "customer of" and the like swap the two firms."""
        column = self.columns.get("kind")
        if column is None:
            return
        own = {fold(str(word)): kind_of(str(meaning)) for word, meaning in self.options.get("kinds", {}).items()}
        kinds: list[Kind | None] = [own.get(fold(text)) or kind_of(text) for text in column.texts]
        layers = np.array([*(-1 if kind is None else KINDS.index(kind.layer) for kind in kinds), -1])
        unknown = np.array([kind is None for kind in kinds] + [False])
        swapped = np.array([kind is not None and kind.swap for kind in kinds] + [False])
        near = {
            text: self._kind_help(text) for text, kind in zip(column.texts.tolist(), kinds, strict=True) if kind is None
        }
        bad = unknown[column.codes]
        if required:
            places = np.flatnonzero(bad & self.live)
            cells = column.cells(places)
            self.reject(bad, "kind", "unknown kind", [f"row rejected; {near[cell]}" for cell in cells], values=cells)
        else:
            places = np.flatnonzero(bad & self.live)
            cells = column.cells(places)
            self.log.add(
                self.name, "unknown kind", [f"value dropped, row kept; {near[cell]}" for cell in cells],
                severity="warning", rows=self.rows[places], column="kind", values=cells,
            )  # fmt: skip
        for code, (text, kind) in enumerate(zip(column.texts.tolist(), kinds, strict=True)):
            if kind is None or (text == kind.layer and not kind.swap):
                continue
            count = int(((column.codes == code) & self.live).sum())
            if count:
                change = "; the two firms change places" if kind.swap and "a" in self.columns else ""
                if kind.layer == "supply" and "a" in self.columns:
                    change += (
                        ": the second delivers to the first" if kind.swap else ": the first delivers to the second"
                    )
                self.log.add(
                    self.name, "kind in other words", f"read as {kind.layer}{change} ({count:,} rows)",
                    severity="note", column="kind", values=text,
                )  # fmt: skip
        self.kinds = layers[column.codes]
        swap = swapped[column.codes]
        if swap.any() and {"a", "b"} <= self.columns.keys():
            a, b = self.columns["a"], self.columns["b"]
            texts = np.concatenate([a.texts, b.texts])
            second = np.where(b.codes < 0, -1, b.codes + len(a.texts))
            self.columns["a"] = _recode(Column(np.where(swap, second, a.codes), texts), texts.tolist())
            self.columns["b"] = _recode(Column(np.where(swap, a.codes, second), texts), texts.tolist())

    def _kind_help(self, text: str) -> str:
        names = {fold(name): name for name in kind_names()}
        # A loose match would offer "client" for a word that means the opposite.
        close = difflib.get_close_matches(fold(text), names, n=1, cutoff=0.8)
        hint = f"nearest kind: {names[close[0]]}" if close else f"kinds are {', '.join(KINDS)}"
        word = str(printable(text))[:40].replace('"', "'")
        return f'{hint}; or say what it means in the settings, [records.{self.name}] kinds = {{ "{word}" = "..." }}'

    def identify(self, registry: Registry) -> None:
        """Give every firm column a key per row that is equal where two references surely mean one firm."""
        names = [name for name, kind in SCHEMA[self.name].items() if kind == "firm" and name in self.columns]
        if not names:
            return
        codes, texts = pd.factorize(np.concatenate([self.columns[name].texts for name in names]))
        keys = np.append(registry.keys(np.asarray(texts, dtype=object))[codes], -1)
        start = 0
        for name in names:
            column = self.columns[name]
            own = np.append(keys[start : start + len(column.texts)], -1)
            self.keys[name] = own[column.codes]
            start += len(column.texts)

    def reject_loops(self, first: str, second: str) -> None:
        """Reject rows that tie a firm to itself, by id or by a name that differs in spelling only."""
        loops = (self.keys[first] == self.keys[second]) & (self.keys[first] >= 0)
        places = np.flatnonzero(loops & self.live)
        pairs = [
            f"{a} = {b}"
            for a, b in zip(self.columns[first].cells(places), self.columns[second].cells(places), strict=True)
        ]
        self.reject(loops, second, "a firm tied to itself", "row rejected", values=pairs)

    def parse(self) -> None:
        """Read numbers, dates and flags; what cannot be read is dropped and logged, and the row stays."""
        for name, kind in SCHEMA[self.name].items():
            column = self.columns.get(name)
            if column is None or kind not in {"number", "date", "flag"}:
                continue
            values: NDArray[Any]
            if kind == "number":
                values, findings = parse_numbers(column, decimal=self.options.get("decimal"), flags=name == "converted")
                findings += _out_of_bounds(name, values)
            elif kind == "date":
                values, findings = parse_dates(
                    column, date_format=self.options.get("date_format"), open_end=name == "end"
                )
            else:
                values, findings = parse_flags(column)
            self.note(findings, column, name)
            missing = np.array([np.datetime64("NaT", "us") if kind == "date" else np.nan], dtype=values.dtype)
            self.values[name] = np.concatenate([values, missing])[column.codes]
        if {"start", "end"} <= self.values.keys():
            wrong = self.values["end"] < self.values["start"]
            places = np.flatnonzero(wrong & self.live)
            starts, ends = self.columns["start"].cells(places), self.columns["end"].cells(places)
            self.log.add(
                self.name, "end before start", "end dropped, row kept", severity="warning", rows=self.rows[places],
                column="end", values=[f"{start} to {end}" for start, end in zip(starts, ends, strict=True)],
            )  # fmt: skip
            self.values["end"] = np.where(wrong, np.datetime64("NaT", "us"), self.values["end"])

    # duplicates

    def drop_duplicates(
        self, primary: Sequence[NDArray[Any]], *, record: bool, only: NDArray[np.bool_] | None = None
    ) -> None:
        """Keep one of each set of equal rows; the log and `duplicates` name the others and the row that was kept.

        Exact: every cell is written the same. Near: the same after folding names and texts, ordering undirected pairs
        and reading dates and numbers. `primary` are columns that duplicates must agree in: comparing only rows that
        agree there keeps a million rows fast. With `record`, two different record ids make two records.
        """
        live = self.live if only is None else self.live & only
        places = np.flatnonzero(live)
        if len(places) < 2:
            return
        first = primary[0][places] if len(primary) == 1 else _combine([array[places] for array in primary])
        places = places[pd.Series(first).duplicated(keep=False).to_numpy()]
        if not len(places):
            return
        near = _combine([array[places] for array in primary] + self._comparable(places, record=record))
        written = [column.codes[places] for column in (*self.columns.values(), *self.extras.values())]
        exact = _combine(written)
        again = pd.Series(near).duplicated().to_numpy()
        if not again.any():
            return
        kept = np.zeros(near.max() + 1, dtype=np.int64)
        kept[near[::-1]] = np.arange(len(near))[::-1]  # the first row of each set
        kept = kept[near]
        same = exact == exact[kept]
        for kind, mask in (("exact", again & same), ("near", again & ~same)):
            lost, stays = places[mask], places[kept[mask]]
            if not len(lost):
                continue
            self.log.add(
                self.name, f"{kind} duplicate", [f"kept once, as row {row}" for row in self.rows[stays].tolist()],
                severity="warning", rows=self.rows[lost],
            )  # fmt: skip
            found = {"table": self.name, "row": self.rows[lost], "kept_row": self.rows[stays], "kind": kind}
            self.duplicates = (
                pd.DataFrame(found)
                if self.duplicates.empty
                else pd.concat([self.duplicates, pd.DataFrame(found)], ignore_index=True)
            )
            self.live[lost] = False

    def _comparable(self, places: NDArray[np.int64], *, record: bool) -> list[NDArray[Any]]:
        """Return the columns, beside the primary ones, in which near duplicates agree."""
        arrays: list[NDArray[Any]] = []
        for name, column in self.columns.items():
            if name in self.keys:
                if name == "reported_by" or self.name in {"capabilities", "outcomes"}:
                    arrays.append(self.keys[name][places])
            elif name in self.values:
                value = self.values[name][places]
                arrays += [value, np.where(pd.isna(value), column.codes[places], -1)]  # two unreadable cells may differ
            elif (name == "record" and not record) or name == "kind":
                continue
            elif name in {"record", "group_id", "firm_id"}:
                arrays.append(column.codes[places])
            else:
                arrays.append(_folded(column, places))
        arrays += [_folded(column, places) for column in self.extras.values()]
        return arrays

    def warn_repeated_records(self) -> None:
        """Warn of one record id on rows that differ; both are kept."""
        column = self.columns.get("record")
        if column is None:
            return
        places = np.flatnonzero(self.live & (column.codes >= 0))
        places = places[pd.Series(column.codes[places]).duplicated(keep=False).to_numpy()]
        self.log.add(
            self.name, "one record id on rows that differ", "all kept", severity="warning", rows=self.rows[places],
            column="record", values=column.cells(places),
        )  # fmt: skip

    def warn_repeated_periods(self) -> None:
        """Warn of two outcomes of one firm in one period; both are kept."""
        places = np.flatnonzero(self.live)
        firm, period = self.columns["firm_id"], self.columns.get("period")
        told_apart = [self.keys["firm_id"][places]] + ([] if period is None else [_folded(period, places)])
        places = places[pd.Series(_combine(told_apart)).duplicated(keep=False).to_numpy()]
        self.log.add(
            self.name, "one firm and period on rows that differ", "all kept; correct or delete all but one",
            severity="warning", rows=self.rows[places], column="firm_id", values=firm.cells(places),
        )  # fmt: skip

    # result

    def to_frame(self) -> pd.DataFrame:
        """Return the kept rows with every canonical column, then `row`, then the user's extra columns."""
        size = int(self.live.sum())
        places = np.flatnonzero(self.live) if size < len(self.live) else slice(None)  # numbers would copy every column
        data: dict[str, Any] = {}
        for name, kind in SCHEMA[self.name].items():
            if name == "kind":
                data[name] = _text_array(Column(self.kinds, np.array(KINDS, dtype=object)), places)
            elif kind == "flag":
                flags = self.values[name][places] if name in self.values else np.full(size, np.nan)
                data[name] = pd.arrays.BooleanArray(flags == 1, np.isnan(flags))
            elif kind == "number":
                data[name] = self.values[name][places] if name in self.values else np.full(size, np.nan)
            elif kind == "date":
                none = np.full(size, np.datetime64("NaT", "us"))
                data[name] = self.values[name][places] if name in self.values else none
            elif name in self.columns:
                data[name] = _text_array(self.columns[name], places)
            else:
                data[name] = _text_array(Column(np.full(size, -1, dtype=np.int64), np.empty(0, dtype=object)))
        data["row"] = self.rows[places].astype(np.int64, copy=False)
        for name, column in self.extras.items():
            data[name] = _text_array(column, places)
        frame = pd.DataFrame(data, copy=False)
        if "record" in SCHEMA[self.name]:
            blank = frame["record"].isna()
            if blank.any():
                made = f"{self.name}:" + frame["row"].astype("str")
                frame["record"] = made if blank.all() else frame["record"].where(~blank, made)
        return frame


def _recode(column: Column, texts: Sequence[str]) -> Column:
    """Return the column with new texts; equal texts share a code, and "" means no cell."""
    if "" not in texts and len(set(texts)) == len(texts):
        return Column(column.codes, np.array([*texts, None], dtype=object)[:-1])
    array = np.array([*texts, None], dtype=object)[:-1]
    array[[place for place, text in enumerate(texts) if text == ""]] = None
    codes, unique = pd.factorize(array)
    return Column(np.append(codes, -1).astype(np.int64)[column.codes], np.asarray(unique, dtype=object))


def _text_array(column: Column, places: NDArray[np.int64] | slice = slice(None)) -> Any:
    return pd.array(column.texts, dtype="str").take(column.codes[places], allow_fill=True)


def _folded(column: Column, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return codes that are equal where the folded texts are; -5 and 5, or <5 and >5, are not equal."""
    used = column.codes[places]
    codes, unique = pd.factorize(used[used >= 0])
    texts = column.texts[unique].tolist()
    short = [text if _SIGNED_FIGURE.match(text) else bare for text, bare in zip(texts, fold_all(texts), strict=True)]
    folded = pd.factorize(np.array([*short, None], dtype=object)[:-1])[0]
    result = np.full(len(places), -1, dtype=np.int64)
    result[used >= 0] = folded[codes]
    return result


def _out_of_bounds(name: str, values: NDArray[np.float64]) -> list[Finding]:
    """Drop numbers that cannot be: negative counts and money, no strength at all, places off the globe."""
    findings = []
    with np.errstate(invalid="ignore"):
        if name in SIGNED:
            limit = LIMITS[name]
            findings.append(
                Finding(
                    np.abs(values) > limit,
                    f"{name} outside -{limit:g} to {limit:g}",
                    "value dropped, row kept",
                    "warning",
                )
            )
        else:
            findings.append(Finding(values < 0, "negative number", "value dropped, row kept", "warning"))
        if name == "strength":
            why = "value dropped, row kept; a tie of no strength is no tie"
            findings.append(Finding(values == 0, "strength of zero", why, "warning"))
    for finding in findings:
        values[finding.mask] = np.nan
    return [finding for finding in findings if finding.mask.any()]


# ── the tables, each by its rules ───────────────────────────────────────────────────────────────────────────────────


def validate_firms(table: Table) -> str:
    """Apply the rules for the registry; return what makes it unusable, or an empty string."""
    size = len(table.rows)
    none = np.full(size, -1, dtype=np.int64)
    ids = table.columns["firm_id"].codes if "firm_id" in table.columns else none
    names = table.columns["name"].codes if "name" in table.columns else none
    table.reject((ids < 0) & (names < 0), "firm_id", "no firm id and no name", "row rejected; fill either cell")
    table.parse()
    table.drop_duplicates([ids, np.where(ids < 0, names, -1)], record=False)
    live = np.flatnonzero(table.live & (ids >= 0))
    twice = live[pd.Series(ids[live]).duplicated(keep=False).to_numpy()]
    if len(twice):
        return _clash(table, twice)
    if (ids < 0).any():
        _make_ids(table, ids)
    return ""


def _clash(table: Table, places: NDArray[np.int64]) -> str:
    """Say which ids stand on several rows that differ."""
    column = table.columns["firm_id"]
    cells = column.cells(places)
    shown = []
    for firm in dict.fromkeys(cells.tolist()):
        where = places[cells == firm]
        names = table.columns["name"].cells(where) if "name" in table.columns else np.full(len(where), None)
        rows = ", ".join(
            f"row {row:,}" + (f" {str(printable(name))!r}" if name is not None else "")
            for row, name in zip(table.rows[where[:5]].tolist(), names, strict=False)
        )
        shown.append(f"{str(printable(firm))!r} ({rows})")
    more = f" ... and {len(shown) - 5:,} more" if len(shown) > 5 else ""
    return (
        f"firms: {len(shown):,} ids stand on several rows that differ: {'; '.join(shown[:5])}{more}. "
        "Give each firm one id and one row; rows that are equal are merged without asking."
    )


def _make_ids(table: Table, ids: NDArray[np.int64]) -> None:
    """Give firms without an id one made from the name, told apart from every other id."""
    places = np.flatnonzero(table.live & (ids < 0))
    if not len(places):
        return
    column = table.columns.get("firm_id", Column(ids, np.empty(0, dtype=object)))
    names = table.columns["name"].cells(places).tolist()
    taken = set(column.texts.tolist())
    counts: dict[str, int] = {}
    made = []
    for name in names:
        text = name
        if text in taken:
            number = counts.get(name, 1)
            while text in taken:
                number += 1
                text = f"{name} ({number})"
            counts[name] = number
        taken.add(text)
        made.append(text)
    codes = ids.copy()
    codes[places] = len(column.texts) + np.arange(len(places))
    texts = np.concatenate([column.texts, np.array([*made, None], dtype=object)[:-1]])
    table.columns["firm_id"] = Column(codes, texts)
    if (ids >= 0).any():
        table.log.add(
            "firms", "no firm id", [f"id made from the name: {printable(text)}" for text in made], severity="note",
            rows=table.rows[places], column="firm_id", values=names,
        )  # fmt: skip
    else:
        changed = sum(1 for name, text in zip(names, made, strict=True) if name != text)
        more = f"; {changed:,} firms of equal name got a number" if changed else ""
        table.log.add("firms", "no firm ids", f"the name serves as id{more}", severity="note", column="firm_id")


def validate_partnerships(table: Table, registry: Registry) -> None:
    """Apply the rules for ties between two firms."""
    table.require("a", "b", "kind")
    table.understand_kinds(required=True)
    table.identify(registry)
    table.reject_loops("a", "b")
    table.parse()
    a, b = table.keys["a"], table.keys["b"]
    undirected = np.array([*(kind in UNDIRECTED for kind in KINDS), False])[table.kinds]
    low, high = np.where(undirected, np.minimum(a, b), a), np.where(undirected, np.maximum(a, b), b)
    size = int(max(a.max(initial=0), b.max(initial=0))) + 2
    table.drop_duplicates([(low * size + high) * 8 + table.kinds], record=False)
    table.warn_repeated_records()
    _warn_contradictions(table)


def _warn_contradictions(table: Table) -> None:
    """Warn where the two firms of a tie contradict each other about its direction, and note it about kind or time.

    Nobody but they can say who is right, so both reports stay, and become two ties (or agreements). Where one side
    also tells what the other does, or tells it of another time, the two do not contradict each other.
    """
    if "reported_by" not in table.keys:
        return
    a, b, who = table.keys["a"], table.keys["b"], table.keys["reported_by"]
    places = np.flatnonzero(table.live & ((who == a) | (who == b)))
    pair = _combine([np.minimum(a, b)[places], np.maximum(a, b)[places]])
    places = places[_two_sided(pair, (who == np.minimum(a, b))[places])[pair]]
    if not len(places):
        return
    low = np.minimum(a, b)[places]
    side, kind = who[places] == low, table.kinds[places]
    pair = _combine([low, np.maximum(a, b)[places]])
    directed = ~np.isin(kind, [KINDS.index(name) for name in UNDIRECTED])
    arrow = np.where(directed & (a[places] == low), 1, 0)
    none = np.full(len(table.rows), np.datetime64("NaT", "us"))
    dates = [table.values.get(name, none)[places].astype(np.int64) for name in ("start", "end")]
    unknown = np.iinfo(np.int64).min
    begin, until = dates[0], np.where(dates[1] == unknown, np.iinfo(np.int64).max, dates[1])

    def together(group: NDArray[np.int64]) -> NDArray[np.bool_]:
        spells = pd.DataFrame({"group": group, "side": side, "begin": begin, "until": until})
        hull = spells.groupby(["group", "side"]).agg({"begin": "min", "until": "max"}).groupby("group")
        meets: NDArray[np.bool_] = (hull["begin"].max() <= hull["until"].min()).to_numpy(dtype=bool)
        return meets

    def apart(group: NDArray[np.int64], label: NDArray[np.int64]) -> NDArray[np.bool_]:
        cell = _combine([group, label])
        shared = np.bincount(group, _two_sided(cell, side)[cell]) > 0
        return (_two_sided(group, side) & ~shared & together(group))[group]

    by_kind = _combine([pair, kind])
    by_arrow = _combine([by_kind, arrow])
    # Two firms that refer customers to each other each tell their own side of it; who delivers to whom is one fact.
    reversals, kinds = apart(by_kind, arrow) & (kind == KINDS.index("supply")), apart(pair, kind)
    times = (_two_sided(by_arrow, side) & ~together(by_arrow))[by_arrow]
    rules: tuple[tuple[str, str, str, Severity, NDArray[np.int64], NDArray[np.bool_]], ...] = (
        ("each side tells the other direction", "a", "both kept, as two ties", "warning", by_kind, reversals),
        # Firms deal in several ways and at several times, so these two may both be true.
        ("each side tells another kind", "kind", "both kept, as a tie in each layer", "note", pair, kinds),
        ("the two sides tell times that do not meet", "start", "both kept, as two agreements", "note", by_arrow, times),
    )
    for problem, column, action, severity, group, mask in rules:
        hit = np.flatnonzero(mask)
        rows = table.rows[places[hit]]
        others: dict[tuple[int, bool], list[int]] = {}
        keys = list(zip(group[hit].tolist(), side[hit].tolist(), strict=True))
        for key, row in zip(keys, rows.tolist(), strict=True):
            others.setdefault(key, []).append(row)
        told = table.columns.get(column)
        table.log.add(
            table.name, problem,
            [f"{action}; the other side's: row {listing(others[code, not one], 3)}" for code, one in keys],
            severity=severity, rows=rows, column=column,
            values=None if told is None else told.cells(places[hit]),
        )  # fmt: skip


def _two_sided(codes: NDArray[np.int64], side: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return for every code whether rows of both sides have it."""
    size = int(codes.max(initial=-1)) + 1
    told: NDArray[np.bool_] = (np.bincount(codes, side, size) > 0) & (np.bincount(codes, ~side, size) > 0)
    return told


def validate_groups(table: Table, registry: Registry, agreements: pd.DataFrame) -> None:
    """Apply the rules for memberships; what a membership leaves out comes from its agreement."""
    table.require("group_id", "firm")
    table.understand_kinds(required=True)
    table.identify(registry)
    table.parse()
    groups = table.columns["group_id"]
    if len(agreements):
        _fill_from_agreements(table, groups, agreements)
    table.reject(table.kinds < 0, "kind", "no kind", "row rejected; fill the cell, here or in agreements")
    table.drop_duplicates([groups.codes, table.keys["firm"], table.kinds], record=False)


def _fill_from_agreements(table: Table, groups: Column, agreements: pd.DataFrame) -> None:
    places = pd.Index(agreements["group_id"].to_numpy(dtype=object)).get_indexer(pd.Index(groups.texts, dtype=object))
    places = np.append(places, -1)[groups.codes]
    known = places >= 0
    kinds = np.append(pd.Index(KINDS).get_indexer(agreements["kind"]), -1)
    table.kinds = np.where(table.kinds < 0, kinds[places], table.kinds)
    filled = 0
    for name in ("start", "end", "value"):
        whole = agreements[name].to_numpy()
        missing = np.array(["NaT"], dtype="datetime64[us]") if name != "value" else np.array([np.nan])
        own = table.values.get(name)
        if own is None:
            own = np.repeat(missing, len(table.rows))
        given = np.concatenate([whole, missing])[places]
        blank = np.isnat(own) if name != "value" else np.isnan(own)
        use = blank & known & ~pd.isna(given)
        if name == "end" and "start" in table.values:
            use &= ~(given < table.values["start"])  # a firm that joined after the agreement's end keeps an open end
        filled += int((use & table.live).sum())
        table.values[name] = np.where(use, given, own)
    if filled:
        action = f"{filled:,} empty dates and values taken from the agreement of the group"
        table.log.add("groups", "filled from agreements", action, severity="note")


def validate_agreements(table: Table) -> None:
    """Apply the rules for agreements: one row per group."""
    table.require("group_id")
    table.understand_kinds(required=False)
    table.parse()
    groups = table.columns["group_id"]
    table.drop_duplicates([groups.codes], record=False)
    live = np.flatnonzero(table.live)
    again = live[pd.Series(groups.codes[live]).duplicated().to_numpy()]
    mask = np.zeros(len(table.rows), dtype=bool)
    mask[again] = True
    table.reject(mask, "group_id", "a group has two rows that differ", "row rejected; the first one is kept")


def validate_referrals(table: Table, registry: Registry) -> None:
    """Apply the rules for referrals; rows with neither a date nor a record id are events of their own."""
    table.require("from", "to")
    table.identify(registry)
    table.reject_loops("from", "to")
    table.parse()
    told_apart = np.zeros(len(table.rows), dtype=bool)
    if "record" in table.columns:
        told_apart |= table.columns["record"].codes >= 0
    if "date" in table.values:
        told_apart |= ~np.isnat(table.values["date"])
    table.drop_duplicates([table.keys["from"], table.keys["to"]], record=True, only=told_apart)
    table.warn_repeated_records()


def validate_capabilities(table: Table, registry: Registry) -> None:
    """Apply the rules for capabilities."""
    table.require("firm_id", "tag")
    table.identify(registry)
    table.parse()
    table.drop_duplicates([table.keys["firm_id"]], record=False)


def validate_outcomes(table: Table, registry: Registry) -> None:
    """Apply the rules for outcomes."""
    table.require("firm_id")
    table.identify(registry)
    table.parse()
    table.drop_duplicates([table.keys["firm_id"]], record=False)
    table.warn_repeated_periods()


def strangers(table: Table, registry: Registry) -> None:
    """Log, for strict reading, references to firms that are not in the registry."""
    for name, keys in table.keys.items():
        places = np.flatnonzero(table.live & (keys >= len(registry.ids)))
        table.log.add(
            table.name, "firm not in the registry", "kept, and not registered", severity="error",
            rows=table.rows[places], column=name, values=table.columns[name].cells(places),
        )  # fmt: skip


def raise_if(problems: Sequence[str]) -> None:
    """Raise one error with all problems."""
    if problems:
        raise RecordsError("\n".join(problems))
