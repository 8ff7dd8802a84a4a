"""Firms of the network, and where in the firm table each reference of the records stands."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from clusternet.errors import NetworkError, listing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from clusternet.records import Records

__all__ = ["Links", "Resolver", "link", "normalize", "set_aside"]

PARTIES = (("partnerships", "a"), ("partnerships", "b"), ("groups", "firm"), ("referrals", "from"), ("referrals", "to"))
"""Table and column of every reference that makes a firm a party; a reporter is not one."""
REPORTERS = ("partnerships", "reported_by")


class Resolver(Protocol):
    """What a builder needs of a linkage."""

    @property
    def firms(self) -> pd.DataFrame:
        """One row per firm, with the column ``registered``."""

    def resolve(self, values: pd.Series) -> pd.Series:
        """Return the firm id of every reference."""


def normalize(text: str) -> str:
    """Return a name without case, accents, width variants and repeated blanks.

    Examples
    --------
    >>> normalize("  Café   NORD ")
    'cafe nord'
    """
    if text.isascii():
        return " ".join(text.casefold().split())
    plain = unicodedata.normalize("NFKD", text)
    return " ".join("".join(sign for sign in plain if not unicodedata.combining(sign)).casefold().split())


def set_aside(firms: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    """Return the firms with "firm_" before the columns of these names, which mean something else in a network.

    Examples
    --------
    >>> set_aside(pd.DataFrame(columns=["name", "mode"]), ["mode", "registered"]).columns.tolist()
    ['name', 'firm_mode']
    """
    new: dict[str, str] = {}
    for name in names:
        if name in firms.columns:
            other = f"firm_{name}"
            while other in firms.columns:
                other = f"firm_{other}"
            new[name] = other
    return firms.rename(columns=new) if new else firms


class _Exact:
    """Links by id, then by normalized name where one firm alone has it; all else is unregistered."""

    def __init__(self, records: Records, references: Iterable[str]) -> None:
        registry = records.firms
        ids = registry["firm_id"].fillna(registry["name"]).astype("str")
        table = registry.drop(columns=["firm_id", "row"], errors="ignore").set_axis(pd.Index(ids, name="firm"))
        table = set_aside(table[table.index.notna() & ~table.index.duplicated()], ["registered"])
        self._ids = frozenset(table.index.tolist())
        names = set(references) - self._ids
        named: dict[str, str | None] = {}
        for firm, name in zip(table.index.tolist(), table["name"].tolist(), strict=True) if names else ():
            if isinstance(name, str):
                plain = normalize(name)
                named[plain] = None if plain in named else firm  # a name that two firms share names neither
        self._table = {plain: firm for plain, firm in named.items() if firm is not None}
        strangers: dict[str, str] = {}
        for name in names:
            plain = normalize(name)
            if plain not in self._table:
                strangers[plain] = min(name, strangers.get(plain, name))
        self._table |= strangers
        ids = pd.Index(sorted(strangers.values()), dtype="str")
        self.firms = pd.concat([table, pd.DataFrame({"name": ids}, index=ids)]).rename_axis(index="firm")
        self.firms["registered"] = np.arange(len(self.firms)) < len(table)

    def resolve(self, values: pd.Series) -> pd.Series:
        """Return ids; a reference that is neither an id nor a known name is missing."""
        found = [
            name if name in self._ids else self._table.get(normalize(name)) if isinstance(name, str) else None
            for name in values.tolist()
        ]
        return pd.Series(found, index=values.index, dtype="str")


@dataclass(frozen=True, slots=True)
class Links:
    """The firm table of the network, and the way from references to its rows."""

    firms: pd.DataFrame
    label: str | dict[str, object]
    _names: NDArray[np.object_]  # distinct references
    _which: dict[tuple[str, str], NDArray[np.int64]]  # the name of every row, per table and column; -1 where missing
    _place: NDArray[np.int64]  # the row of `firms` of every name, -1 for none

    def codes(self, table: str, column: str) -> NDArray[np.int64]:
        """Return the row numbers in `firms` of a column's references; -1 where missing.

        Reporters that are no firm get numbers past the end, one per name.
        """
        which = self._which[table, column]
        place = self._place
        lost = place < 0
        if lost.any():
            if (table, column) == REPORTERS:
                place = np.where(lost, len(self.firms) + np.cumsum(lost) - 1, place)
            elif (strangers := pd.unique(which[np.append(lost, False)[which]])).size:
                raise NetworkError(
                    f"{len(strangers):,} names of the records are not in the linkage: "
                    f"{listing(self._names[strangers])}; link these records with link_firms(records)."
                )
        found: NDArray[np.int64] = np.append(place, -1)[which]
        return found


def link(records: Records, linkage: Resolver | None) -> Links:
    """Return the firms of the network: the registry, then unregistered firms that are party to a record."""
    columns = {where: getattr(records, where[0])[where[1]] for where in (*PARTIES, REPORTERS)}
    codes, unique = pd.factorize(pd.concat(columns.values(), ignore_index=True))
    names = np.asarray(unique, dtype=object)
    stops = np.cumsum([len(column) for column in columns.values()])
    which = dict(zip(columns, np.split(codes.astype(np.int64, copy=False), stops[:-1]), strict=True))
    party = np.zeros(len(names) + 1, dtype=bool)
    for where in PARTIES:
        party[which[where]] = True
    resolver: Resolver = linkage if linkage is not None else _Exact(records, names[party[:-1]].tolist())
    firms = resolver.firms
    place = np.empty(0, dtype=np.int64)
    if len(names):
        ids = resolver.resolve(pd.Series(names, dtype="str"))
        place = firms.index.get_indexer(pd.Index(ids)).astype(np.int64)
    if linkage is not None and "registered" in firms.columns:
        # A chamber that only reports is no firm of the network, nor a stranger in the tables of outcomes alone.
        tied = np.zeros(len(firms) + 1, dtype=bool)
        tied[place[party[:-1]]] = True
        only = ~tied[:-1] & ~firms["registered"].to_numpy(dtype=bool)
        if only.any():
            firms = firms[~only]
            place = np.append(np.where(only, -1, np.cumsum(~only) - 1), -1)[place]
    firms = set_aside(firms, ["mode"])
    told = getattr(linkage, "settings", None)
    return Links(firms, "exact ids and names" if told is None else dict(told.parameters), names, which, place)
