"""Evidence: records, linkage, network and further tables in one record, with one id per firm throughout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import numpy as np
import pandas as pd

from clusternet.build import build_network
from clusternet.errors import OptionError, RecordsError, listing, nearest, plural
from clusternet.linkage import Linkage, link_firms
from clusternet.network import Network
from clusternet.records import SCHEMA, Records, read_records
from clusternet.result import Result, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["FURTHER", "TABLES", "Evidence", "Source", "as_evidence", "evidence"]

T = TypeVar("T")

FURTHER: dict[str, dict[str, str]] = {
    "markets": {"firm_id": "firm", "market": "text", "sales": "number", "period": "text"},
    "shocks": {"period": "text", "target": "text", "size": "number"},
    "governance": {
        "record_id": "text", "kpi": "text", "target": "number", "actual": "number", "cost": "number",
        "automation": "flag", "adopted_on": "date",
    },
}  # fmt: skip
"""Tables that some claims need and `read_records` does not know, with the type of each column.

``record_id`` of governance is a record of partnerships or a group id; ``target`` of shocks is a firm id, sector or
region.
"""

SUPPLY = {
    "record": "text", "supplier": "firm", "buyer": "firm", "start": "date", "end": "date", "strength": "number",
    "value": "number", "input": "text", "lead_days": "number",
}  # fmt: skip

TABLES: dict[str, dict[str, str]] = {**SCHEMA, "supply": SUPPLY, **FURTHER}
"""Columns of every table of an `Evidence`; ``supply`` holds the partnerships of that kind, by supplier and buyer."""

_DTYPES = {"text": "str", "kind": "str", "firm": "str", "number": "float64", "date": "datetime64[us]",
           "flag": "boolean"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Evidence(Result):
    """What a claim is tested on.

    Attributes
    ----------
    network
        All ties of all layers.
    tables
        Frame by name of `TABLES`, each with all of its columns (missing where not given) and any further ones. Columns
        that name a firm hold ids of ``network.firms``. Made from the ties where only a network was given.
    records, linkage
        What the network was built from; None where only a network was given.
    settings
        Where each table came from.
    """

    network: Network
    tables: Mapping[str, pd.DataFrame]
    records: Records | None
    linkage: Linkage | None
    settings: Settings
    _kept: dict[str, Any] = field(default_factory=dict)

    def table(self, name: str) -> pd.DataFrame:
        """Return a table by its name, perhaps empty.

        Raises
        ------
        OptionError
            If there is no such table.
        """
        if name not in self.tables:
            raise OptionError(f"there is no table {name!r}; tables are {', '.join(TABLES)}.{nearest(name, TABLES)}")
        return self.tables[name].copy(deep=False)

    def has(self, column: str) -> bool:
        """Return whether "table.column" holds any value."""
        name, _, which = column.partition(".")
        table = self.tables.get(name)
        return table is not None and which in table.columns and bool(table[which].notna().any())

    def lacks(self, needs: Iterable[str]) -> tuple[str, ...]:
        """Return the needs that no column meets; "firms.sector|firms.region" is met by either."""
        return tuple(need for need in needs if not any(self.has(one) for one in need.split("|")))

    def kept(self, name: str, make: Callable[[], T]) -> T:
        """Return what `make` returned when first asked for `name`: claims share what is dear to compute."""
        if name not in self._kept:
            self._kept[name] = make()
        value: T = self._kept[name]
        return value

    def to_frame(self) -> pd.DataFrame:
        """Return one row per table: rows, and its columns that hold a value."""
        rows = [
            (name, len(table), ", ".join(str(column) for column in table.columns if table[column].notna().any()))
            for name, table in self.tables.items()
        ]
        return pd.DataFrame(rows, columns=["table", "rows", "columns"]).set_index("table")

    def summary(self) -> str:
        """Return firms, ties and the rows of each table that has any, in one line."""
        filled = ", ".join(f"{len(table):,} {name}" for name, table in self.tables.items() if len(table))
        return f"{plural(self.network.n_firms, 'firm')}, {plural(self.network.n_ties, 'tie')}; {filled}"


Source: TypeAlias = Evidence | Records | Network | str | Path | Mapping[str, Any]


def as_evidence(source: Source) -> Evidence:
    """Return evidence from whatever a claim was given."""
    if isinstance(source, Evidence):
        return source
    return evidence(network=source) if isinstance(source, Network) else evidence(source)


def evidence(
    records: Records | str | Path | Mapping[str, Any] | None = None,
    *,
    linkage: Linkage | None = None,
    network: Network | None = None,
    tables: Mapping[str, pd.DataFrame] | None = None,
) -> Evidence:
    """Gather what claims are tested on: read, link and build in one call, or take what is there already.

    Parameters
    ----------
    records
        What `read_records` returned, or what it reads: a folder, a workbook, tables by name.
    linkage
        What `link_firms` returned; computed when omitted.
    network
        What `build_network` returned; built by its defaults when omitted. Without `records` it is all there is: its
        firms make the table of firms, its referrals and other ties the tables of referrals and partnerships.
    tables
        Further frames by name: those of `FURTHER`, and any of the records to replace; columns of "firms" are joined to
        the firms of the network. Firms are named by id, or as in the records. A column of `TABLES` that is left out
        counts as missing; more columns are kept.

    Returns
    -------
    Evidence
        Network and tables with one id per firm.

    Raises
    ------
    OptionError
        If neither records nor a network is given, the network is two-mode, a table is unknown or names unknown firms,
        or a column cannot be read as what it should be.

    Examples
    --------
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Ada")], directed=True)
    >>> evidence(network=net)
    <Evidence: 2 firms, 2 ties; 2 firms, 2 partnerships>
    """
    if records is None and network is None:
        raise OptionError("give records (a folder, or what read_records returned) or a network.")
    if records is not None and not isinstance(records, Records):
        records = read_records(records)
    if records is not None and linkage is None:
        linkage = link_firms(records)
    if network is None:
        assert records is not None  # noqa: S101  (one of the two was given)
        network = build_network(records, linkage=linkage)
    if network.is_two_mode:
        raise OptionError("the network is two-mode; claims are about ties among firms: give build_network's network.")
    made = _of_records(records, linkage, network) if records is not None else _of_network(network)
    empty = {name: _empty(name) for name in TABLES}
    given = dict(tables or {})
    unknown = [name for name in given if name not in TABLES]
    if unknown:
        raise OptionError(
            f"tables holds {listing(unknown)}; tables are {', '.join(TABLES)}.{nearest(str(unknown[0]), TABLES)}"
        )
    for name, frame in given.items():
        made[name] = _checked(name, frame, network, linkage)
    if "firms" in given:
        network = _described(network, made["firms"])
        made["firms"] = _firms(network)
    if "supply" not in given:
        made["supply"] = _supply(made.get("partnerships", empty["partnerships"]))
    filled = empty | made
    origin = "records" if records is not None else "network"
    return Evidence(
        network=network,
        tables=MappingProxyType(filled),
        records=records,
        linkage=linkage,
        settings=Settings({"tables": {name: "given" if name in given else origin for name in filled}}),
    )


@cache
def _empty(name: str) -> pd.DataFrame:
    return pd.DataFrame({column: _blank(kind, pd.RangeIndex(0)) for column, kind in TABLES[name].items()})


def _blank(kind: str, index: pd.Index) -> pd.Series:
    """Return a column of nothing."""
    if kind == "number":
        return pd.Series(np.full(len(index), np.nan), index=index)
    return pd.Series([None] * len(index), index=index, dtype=_DTYPES[kind])


def _of_records(records: Records, linkage: Linkage | None, network: Network) -> dict[str, pd.DataFrame]:
    """Return the tables of the records with firms as ids."""
    made = {}
    for name, columns in SCHEMA.items():
        table = getattr(records, name).copy(deep=False)
        for column, kind in columns.items():
            if kind == "firm" and linkage is not None and len(table):
                table[column] = linkage.resolve(table[column])
        made[name] = table
    made["firms"] = _firms(network)
    return made


def _firms(network: Network) -> pd.DataFrame:
    firms = network.firms
    firms = firms.drop(columns="firm_id", errors="ignore").rename_axis(index="firm_id").reset_index()
    return _typed("firms", firms)


def _described(network: Network, told: pd.DataFrame) -> Network:
    """Return the network with the columns of a table of firms, so that every claim sees the same firms."""
    told = told.dropna(subset=["firm_id"]).drop_duplicates("firm_id").set_index("firm_id").dropna(axis=1, how="all")
    if not len(told):
        raise OptionError("tables['firms'] names no firm; give a column firm_id with the ids of network.firms.")
    firms = network.firms.assign(**told.reindex(network.firms.index))
    return Network(firms, network.ties, settings=network.settings, lineage=network.lineage_table)


def _of_network(network: Network) -> dict[str, pd.DataFrame]:
    """Return tables as records would have told the ties: one row per tie."""
    ties = network.ties
    is_sent = (ties["layer"] == "referral").to_numpy(dtype=bool)
    rest = ties[~is_sent]
    rest = rest.rename(columns={"source": "a", "target": "b", "layer": "kind"}).reset_index(names="record")
    sent = ties[is_sent].reset_index(names="record")
    sent = sent.rename(columns={"source": "from", "target": "to", "start": "date"})
    made = {"firms": _firms(network)}
    if len(rest):
        made["partnerships"] = _typed("partnerships", rest)
    if len(sent):
        made["referrals"] = _typed("referrals", sent)
    return made


def _supply(partnerships: pd.DataFrame) -> pd.DataFrame:
    rows = partnerships[(partnerships["kind"] == "supply").to_numpy(dtype=bool)]
    if not len(rows):
        return _empty("supply")
    return _typed("supply", rows.rename(columns={"a": "supplier", "b": "buyer"}).reset_index(drop=True))


def _typed(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with all columns of the table, each of its type, then any others.

    Raises
    ------
    OptionError
        If a column holds what is not of its type.
    """
    columns: dict[Any, pd.Series] = {}
    for column, kind in TABLES[name].items():
        if column not in frame.columns:
            columns[column] = _blank(kind, frame.index)
            continue
        values = frame[column]
        try:
            if kind == "number":
                columns[column] = pd.to_numeric(values).astype("float64")
            elif kind == "date":
                columns[column] = pd.to_datetime(values).dt.tz_localize(None).astype("datetime64[us]")
            else:
                columns[column] = values.astype(_DTYPES[kind])
        except (ValueError, TypeError) as error:
            raise OptionError(
                f"{name}.{column} cannot be read as {kind}: {listing(values.dropna().unique())}."
            ) from error
    columns |= {column: frame[column] for column in frame.columns if column not in columns}
    return pd.DataFrame(columns, index=frame.index)


def _checked(name: str, frame: object, network: Network, linkage: Linkage | None) -> pd.DataFrame:
    if not isinstance(frame, pd.DataFrame):
        raise OptionError(f"tables[{name!r}] is a {type(frame).__name__}; give a DataFrame.")
    if not frame.columns.is_unique:
        raise OptionError(
            f"tables[{name!r}] has repeated columns: {listing(frame.columns[frame.columns.duplicated()])}."
        )
    table = _typed(name, frame.reset_index(drop=True))
    ids = network.firms.index.astype("str")
    for column, kind in TABLES[name].items():
        if kind != "firm" or table[column].isna().all():
            continue
        known = table[column].isin(ids) | table[column].isna()
        if not known.all() and linkage is not None:
            try:
                table[column] = table[column].where(known, linkage.resolve(table[column].where(~known)))
                known = table[column].isin(ids) | table[column].isna()
            except RecordsError:
                pass  # told below, with the name of the table
        if not known.all():
            strangers = table.loc[~known, column].unique()
            raise OptionError(
                f"{plural(len(strangers), 'firm')} in tables[{name!r}].{column} "
                f"{'is' if len(strangers) == 1 else 'are'} not in the network: {listing(strangers)}; name firms by the "
                "ids of network.firms, or as the records do." + nearest(str(strangers[0]), ids[:20_000])
            )
    return table
