"""Firms of the network, and where in the firm table each reference of the records stands."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from clusternet.errors import NetworkError, listing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clusternet.records import Records

__all__ = ["Links", "Resolver", "link", "normalize"]

PARTIES = (("partnerships", "a"), ("partnerships", "b"), ("groups", "firm"), ("referrals", "from"), ("referrals", "to"))
"""Table and column of every reference that makes a firm a party; a reporter is not one."""


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


class _Exact:
    """Links by id, then by normalized name where one firm alone has it; all else is unregistered."""

    def __init__(self, records: Records) -> None:
        registry = records.firms
        ids = registry["firm_id"].fillna(registry["name"]).astype("str")
        table = registry.drop(columns=["firm_id", "row"], errors="ignore").set_axis(pd.Index(ids, name="firm"))
        table = table[table.index.notna() & ~table.index.duplicated()]
        self._ids = frozenset(table.index.tolist())
        references: set[str] = set()
        for where, column in PARTIES:
            references.update(getattr(records, where)[column].dropna().unique().tolist())
        names = references - self._ids
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


@dataclass(slots=True)
class Links:
    """The firm table of the network, and the way from references to its rows."""

    firms: pd.DataFrame
    resolver: Resolver
    label: str | dict[str, object]
    _outside: dict[str, int] = field(default_factory=dict)

    def codes(self, values: pd.Series, *, reporters: bool = False) -> NDArray[np.int64]:
        """Return row numbers in `firms`; -1 where missing. Reporters that are no firm get numbers past the end."""
        which, names = pd.factorize(values)
        ids = self.resolver.resolve(pd.Series(names, dtype="str")) if len(names) else pd.Series(dtype="str")
        place = self.firms.index.get_indexer(pd.Index(ids)).astype(np.int64) if len(names) else np.empty(0, np.int64)
        lost = place < 0
        if lost.any() and not reporters:
            raise NetworkError(
                f"{int(lost.sum()):,} names of the records are not in the linkage: {listing(names[lost])}; "
                "link these records with link_firms(records)."
            )
        for spot in np.flatnonzero(lost):
            place[spot] = len(self.firms) + self._outside.setdefault(str(names[spot]), len(self._outside))
        return np.asarray(np.append(place, -1)[which], dtype=np.int64)


def link(records: Records, linkage: Resolver | None) -> Links:
    """Return the firms of the network: the registry, then unregistered firms that are party to a record."""
    resolver: Resolver = linkage if linkage is not None else _Exact(records)
    firms = resolver.firms
    told = getattr(linkage, "settings", None)
    links = Links(firms, resolver, "exact ids and names" if told is None else dict(told.parameters))
    if linkage is not None and "registered" in firms.columns:
        # A chamber or a registry that only reports is no firm of the network.
        reporters = links.codes(records.partnerships["reported_by"], reporters=True)
        only = np.zeros(len(firms), dtype=bool)
        only[reporters[(reporters >= 0) & (reporters < len(firms))]] = True
        only[firms["registered"].to_numpy(dtype=bool)] = False
        if only.any():
            for where, column in PARTIES:
                party = links.codes(getattr(records, where)[column])
                only[party[party >= 0]] = False
            links.firms = firms[~only]
    return links
