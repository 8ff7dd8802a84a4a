"""Dirty simulated records in documented ways, and keep the answer key."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clusternet.errors import OptionError, nearest
from clusternet.result import Settings, resolve_seed, spawn_generators
from clusternet.simulate._names import HOSTILE, LEGAL_FORMS, TOWNS, fold, name_key, unknown_names
from clusternet.simulate._simulation import ANSWERS, Simulation, as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

__all__ = ["RATES", "mess"]

RATES: Mapping[str, float] = MappingProxyType(
    {
        "hostile_name": 0.01,  # firms renamed to HOSTILE names (each once) that a careless program would run or misread
        "registry_duplicate": 0.03,  # firms registered again: other id, misspelt name, city missing or wrong
        "missing_city": 0.02,  # firms
        "wrong_city": 0.01,  # firms
        "by_name": 1.0,  # references to firms in partnerships and referrals written as names, not ids
        "misspelt": 0.06,  # of the references by name: one of the variants below
        "unknown_firm": 0.01,  # extra rows that name a firm outside the registry
        "one_sided": 0.05,  # of the ties that both sides report: one report removed
        "exact_duplicate": 0.01,  # extra rows, equal in every cell
        "near_duplicate": 0.01,  # extra rows, equal but for the case of a name (and the record id of a partnership)
        "self_tie": 0.004,  # extra rows that tie a firm to itself
        "unknown_kind": 0.003,  # kinds that mean nothing
        "kind_synonym": 0.05,  # kinds in other words: JV, co-op, supply chain
        "bad_date": 0.01,  # impossible (31/02/2021), ambiguous (03/04/2021), year 1201, or words
        "end_before_start": 0.004,  # partnerships and agreements
        "negative": 0.004,  # strength, value, customers below zero
        "not_a_number": 0.004,  # words where a number belongs
        "missing_value": 0.01,  # optional cells left empty
    }
)
"""Share of rows (for ``misspelt``: of references; for ``one_sided``: of double reports) that each dirt befalls.

A share above 0 makes at least one mistake in each table or column that can have it."""

_SYNONYMS: dict[str, tuple[str, ...]] = {
    "alliance": ("strategic alliance", "Alliance", "ALLIANCE"),
    "joint_venture": ("JV", "joint venture", "Joint-Venture"),
    "cooperative": ("co-op", "coop", "Cooperative"),
    "platform": ("Platform", "PLATFORM"),
    "supply": ("supply chain", "Supply", "supplier"),
}
_NONSENSE = ("tbd", "misc", "friendly", "???")
_WORDS = ("about 5", "tbd", "lots", "see contract")
_NUMBERS = {
    "partnerships": ("strength", "value"),
    "referrals": ("customers", "converted", "value"),
    "agreements": ("value",),
}
_DATES = {"partnerships": ("start",), "referrals": ("date",), "agreements": ("start",)}
_OPTIONAL = {
    "firms": ("sector", "founded", "employees", "revenue"),
    "partnerships": ("strength", "value", "formal", "reported_by"),
    "referrals": ("customers", "converted", "value"),
}
_REFERENCES = {"partnerships": ("a", "b", "reported_by"), "referrals": ("from", "to")}
_EXTRA_ROWS = ("partnerships", "referrals")


def mess(
    simulation: Simulation, *, rates: Mapping[str, float] | None = None, level: float = 1.0, seed: int | None = None
) -> Simulation:
    """Return the simulation with dirty tables and the answer key to every mistake.

    Parameters
    ----------
    simulation
        As `cluster` returns it.
    rates
        Shares in [0, 1] that replace those of `RATES`, say ``{"misspelt": 0.2, "self_tie": 0}``.
    level
        Factor on every share that `rates` does not name, except ``by_name``; 0 keeps only what `rates` asks for.
    seed
        Makes the same mess again; None draws a fresh one.

    Returns
    -------
    Simulation
        Tables of text, the truth of the clean cluster, ``answers`` and ``links``. A cell gets one mistake at
        most, and a misspelt name never equals the name of another firm, case and accents aside.

    Raises
    ------
    OptionError
        If a rate is unknown or not in [0, 1], or the simulation comes from `mess`.

    Notes
    -----
    Misspellings are: legal form dropped or changed, a typo (a letter dropped, doubled, changed, or two swapped),
    words reordered, upper or lower case, accents lost, "&" written out, doubled spaces. Groups, agreements and
    capabilities keep firm ids, as a register of members would. Mixed encodings are made by `Simulation.write`.

    Examples
    --------
    >>> from clusternet.simulate import cluster
    >>> messy = mess(cluster(120, seed=1), level=0, rates={"self_tie": 0.01}, seed=1)
    >>> messy.answers[["table", "dirt"]].value_counts().to_dict()
    {('referrals', 'self_tie'): 6, ('partnerships', 'self_tie'): 3}
    """
    shares = _shares(rates, level)
    if "rates" in simulation.settings.parameters:
        raise OptionError("the simulation is messy already; mess a clean one, with all rates at once.")
    seed = resolve_seed(seed)
    work = _Work(simulation, shares, seed)
    work.firms()
    work.references()
    work.one_sided()
    for table in _EXTRA_ROWS:
        if table in work.tables:
            work.extra_rows(table)
    work.kinds()
    work.dates()
    work.numbers()
    work.missing()
    parameters = {**simulation.settings.parameters, "cluster_seed": simulation.settings.seed, "rates": shares}
    return work.result(Settings(parameters, seed=seed))


def _shares(rates: Mapping[str, float] | None, level: float) -> dict[str, float]:
    if not (_is_number(level) and level >= 0):
        raise OptionError(f"level is {level!r}; give a factor of 0 or more.")
    shares = {name: share if name == "by_name" else min(share * level, 1.0) for name, share in RATES.items()}
    if rates is not None and not isinstance(rates, Mapping):
        raise OptionError(f"rates is {rates!r}; give a dictionary from dirt to share, such as {{'misspelt': 0.2}}.")
    for name, share in (rates or {}).items():
        if name not in RATES:
            raise OptionError(f"there is no dirt {name!r}; choose from {', '.join(RATES)}.{nearest(name, RATES)}")
        if not (_is_number(share) and 0 <= share <= 1):
            raise OptionError(f"the rate of {name!r} is {share!r}; give a share from 0 to 1.")
        shares[name] = float(share)
    return shares


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)


def _there(columns: Mapping[str, tuple[str, ...]], tables: Mapping[str, pd.DataFrame]) -> dict[str, tuple[str, ...]]:
    """Return the columns of the tables that there are: a cluster may have no referrals."""
    return {table: names for table, names in columns.items() if table in tables}


class _Work:
    """The tables while they are dirtied: ``_id`` names a row, ``_at`` places it, ``_firm_x`` is who x means."""

    def __init__(self, simulation: Simulation, shares: dict[str, float], seed: int) -> None:
        self.simulation = simulation
        self.shares = shares
        names = ("firms", "references", "one_sided", *_EXTRA_ROWS, "kinds", "dates", "numbers", "missing")
        self.rngs = dict(zip(names, spawn_generators(seed, len(names)), strict=True))
        self.tables = {name: as_text(table) for name, table in simulation.tables.items()}
        for table in self.tables.values():
            table["_id"] = table["_at"] = np.arange(len(table), dtype=float)
        for name, columns in _there(_REFERENCES, self.tables).items():
            for column in columns:
                self.tables[name][f"_firm_{column}"] = self.tables[name][column]
        self.log: list[tuple[Any, ...]] = []
        self.dirty: dict[tuple[str, str], set[float]] = {}
        self.meaning: dict[str, str] = {}  # folded text to the firm it means

    # ── tools ──

    def draw(self, rng: np.random.Generator, dirt: str, pool: NDArray[Any]) -> NDArray[Any]:
        """Return a share of the pool, as given by the rate; at least one if the rate is positive."""
        share = self.shares[dirt]
        count = min(max(round(share * len(pool)), 1), len(pool)) if share > 0 and len(pool) else 0
        chosen: NDArray[Any] = np.sort(rng.choice(pool, count, replace=False))
        return chosen

    def clean(self, table: str, column: str, where: pd.Series | None = None) -> NDArray[Any]:
        """Return the ids of rows whose cell is filled and has no mistake yet."""
        frame = self.tables[table]
        good = frame[column].notna() & ~frame["_id"].isin(self.dirty.get((table, column), set()))
        rows: NDArray[Any] = frame.loc[good if where is None else good & where, "_id"].to_numpy()
        return rows

    def note(
        self, table: str, row: float, column: str, dirt: str, *, written: object, truth: object, firm: object = None,
        detail: str = "",
    ) -> None:  # fmt: skip
        self.log.append((table, row, column, dirt, written, truth, firm, detail))
        self.dirty.setdefault((table, column), set()).add(row)

    def rewrite(self, table: str, column: str, rows: Iterable[float], dirt: str, change: Callable[[str], Any]) -> None:
        """Replace cells by what `change` makes of them: the new text, or the new text and a detail."""
        frame = self.tables[table]
        place = pd.Index(frame["_id"]).get_indexer(list(rows))
        values = frame[column].to_numpy(dtype=object, copy=True)
        ids = frame["_id"].to_numpy()
        for at in place:
            made = change(values[at])
            written, detail = made if isinstance(made, tuple) else (made, "")
            self.note(table, ids[at], column, dirt, written=written, truth=values[at], detail=detail)
            values[at] = written
        frame[column] = pd.Series(values, index=frame.index, dtype="str")

    def append(self, table: str, rows: pd.DataFrame, rng: np.random.Generator) -> NDArray[Any]:
        """Add copies of rows somewhere behind their originals and return the ids of the copies."""
        frame = self.tables[table]
        ids: NDArray[Any] = frame["_id"].max() + 1 + np.arange(len(rows))
        rows = rows.assign(_id=ids, _at=rng.uniform(rows["_at"].to_numpy(), frame["_at"].max() + 1))
        rows = rows.astype(frame.dtypes.to_dict())
        self.tables[table] = pd.concat([frame, rows], ignore_index=True)
        return ids

    # ── firms ──

    def firms(self) -> None:
        """Hostile names, registry duplicates, cities."""
        rng, firms = self.rngs["firms"], self.tables["firms"]
        ids = firms["firm_id"]
        self.country = dict(zip(ids, firms["country"], strict=True))
        chosen = self.draw(rng, "hostile_name", firms["_id"].to_numpy())[: len(HOSTILE)]
        self.rewrite("firms", "name", chosen, "hostile_name", _in_turn(HOSTILE))
        firms = self.tables["firms"]
        self.name = dict(zip(ids, firms["name"], strict=True))
        self.meaning = {fold(name): firm for firm, name in self.name.items()}
        self.taken = {name_key(_split(name, self.country[firm])[0]) for firm, name in self.name.items()}
        twice = firms[firms["_id"].isin(self.draw(rng, "registry_duplicate", firms["_id"].to_numpy()))]
        more = twice.copy()
        width = len(ids.iloc[0]) - 1
        more["firm_id"] = [f"F{number:0{width}d}" for number in range(len(firms) + 1, len(firms) + 1 + len(more))]
        spelt = [self.misspell(rng, firm) for firm in twice["firm_id"]]
        more["name"] = [text for text, _ in spelt]
        fate = rng.random(len(more))
        city = [_other_city(rng, c) if 0.35 < f < 0.6 else c for c, f in zip(more["city"], fate, strict=True)]
        more["city"] = pd.Series(city, index=more.index, dtype="str").mask(fate <= 0.35)
        for column in ("employees", "revenue", "founded"):
            more[column] = more[column].mask(rng.random(len(more)) < 0.4)
        added = self.append("firms", more, rng)
        for row, old, new, (_, detail) in zip(added, twice["firm_id"], more["firm_id"], spelt, strict=True):
            self.note(
                "firms",
                row,
                "firm_id",
                "registry_duplicate",
                written=new,
                truth=old,
                firm=old,
                detail=detail or "same name",
            )
        once = ~self.tables["firms"]["_id"].isin(added)
        missing = self.draw(rng, "missing_city", self.clean("firms", "city", once))
        self.rewrite("firms", "city", missing, "missing_city", lambda _: None)
        wrong = self.draw(rng, "wrong_city", self.clean("firms", "city", once))
        self.rewrite("firms", "city", wrong, "wrong_city", lambda city: _other_city(rng, city))

    # ── references ──

    def references(self) -> None:
        """Write names for ids and misspell some; a reporter is written as the party it is."""
        rng = self.rngs["references"]
        for table, columns in _there(_REFERENCES, self.tables).items():
            frame = self.tables[table]
            parties = columns[:2]
            named = {column: rng.random(len(frame)) < self.shares["by_name"] for column in parties}
            for column in parties:
                names = frame[column].map(self.name)
                frame[column] = names.where(named[column], frame[column])
            if "reported_by" in columns:
                by_name = np.where(frame["_firm_reported_by"] == frame["_firm_a"], named["a"], named["b"])
                frame["reported_by"] = frame["reported_by"].map(self.name).where(by_name, frame["reported_by"])
            for column in parties:
                pool = self.clean(table, column, pd.Series(named[column], index=frame.index))
                rows = self.draw(rng, "misspelt", pool)
                place = pd.Index(frame["_id"]).get_indexer(rows)
                values = frame[column].to_numpy(dtype=object, copy=True)
                meant = frame[f"_firm_{column}"].to_numpy(dtype=object)
                for at, row in zip(place, rows, strict=True):
                    written, detail = self.misspell(rng, meant[at])
                    if written != values[at]:
                        self.note(
                            table, row, column, "misspelt",
                            written=written, truth=values[at], firm=meant[at], detail=detail,
                        )  # fmt: skip
                        values[at] = written
                frame[column] = pd.Series(values, index=frame.index, dtype="str")

    def misspell(self, rng: np.random.Generator, firm: str) -> tuple[str, str]:
        """Return a wrong spelling of a firm's name that no other firm has, and which kind it is."""
        name = self.name[firm]
        for _ in range(20):
            variant = _VARIANTS[int(rng.integers(len(_VARIANTS)))]
            written = variant(rng, name, self.country[firm])
            if written == name or not written.strip():
                continue
            if self.meaning.setdefault(fold(written), firm) == firm:
                self.taken.add(name_key(_split(written, self.country[firm])[0]))
                return written, variant.__name__.strip("_").replace("_", " ")
        return name, ""

    def other_case(self, name: str, firm: str) -> str:
        """Return a name in capitals, or in small letters if it stands in capitals; an id as it is."""
        if name == firm:
            return name
        other = name.upper() if name != name.upper() else name.lower()
        return other if self.meaning.setdefault(fold(other), firm) == firm else name

    def one_sided(self) -> None:
        """Remove one of two reports of a tie."""
        frame = self.tables["partnerships"]
        a, b = frame["_firm_a"], frame["_firm_b"]
        low, high = a.where(a < b, b), b.where(a < b, a)
        pair = pd.DataFrame({"low": low, "high": high, "kind": frame["kind"], "_id": frame["_id"]})
        first = pair.groupby(["low", "high", "kind"])["_id"].transform("first")
        second = pair.loc[first != pair["_id"], "_id"].to_numpy()
        gone = self.draw(self.rngs["one_sided"], "one_sided", second)
        partner = dict(zip(pair["_id"], first, strict=True))
        record = dict(zip(frame["_id"], frame["record"], strict=True))
        self.log = [entry for entry in self.log if entry[0] != "partnerships" or entry[1] not in set(gone)]
        for row in gone:
            self.note("partnerships", partner[row], "", "one_sided", written=None, truth=None, detail=record[row])
        self.tables["partnerships"] = frame[~frame["_id"].isin(gone)].reset_index(drop=True)

    # ── rows ──

    def extra_rows(self, table: str) -> None:
        """Add duplicates, self ties and firms outside the registry."""
        rng = self.rngs[table]
        one, two = _REFERENCES[table][:2]
        for dirt in ("exact_duplicate", "near_duplicate", "self_tie", "unknown_firm"):
            frame = self.tables[table]
            pure = frame["_id"].to_numpy()[: len(self.simulation.tables[table])]
            rows = frame[frame["_id"].isin(self.draw(rng, dirt, pure))].copy()
            if rows.empty:
                continue
            if dirt == "near_duplicate":
                name, firm = rows[one].to_numpy(dtype=object), rows[f"_firm_{one}"].to_numpy(dtype=object)
                rows[one] = pd.array([self.other_case(*both) for both in zip(name, firm, strict=True)], dtype="str")
                if table == "referrals":  # which would be an exact copy otherwise
                    rows = rows[(rows[one] != name).to_numpy()]
            sources = rows["record"].tolist()
            if dirt != "exact_duplicate" and (dirt, table) != ("near_duplicate", "referrals"):
                rows["record"] = [f"{record[0]}X{dirt[0].upper()}{i:03d}" for i, record in enumerate(sources, start=1)]
            if dirt == "self_tie":
                rows[two], rows[f"_firm_{two}"] = rows[one], rows[f"_firm_{one}"]
                if "reported_by" in rows.columns:
                    rows["reported_by"], rows["_firm_reported_by"] = rows[one], rows[f"_firm_{one}"]
            if dirt == "unknown_firm":
                rows[two] = unknown_names(rng, len(rows), self.taken)
                self.meaning |= {fold(name): "" for name in rows[two]}
                rows[f"_firm_{two}"] = None
                if "reported_by" in rows.columns:
                    rows["reported_by"], rows["_firm_reported_by"] = rows[one], rows[f"_firm_{one}"]
            added = self.append(table, rows, rng)
            for row, source, written in zip(added, sources, rows[two], strict=True):
                column = two if dirt in ("self_tie", "unknown_firm") else "record"
                for name in frame.columns:  # a copy stays as it is, so that it stays a copy
                    self.dirty.setdefault((table, name), set()).add(row)
                shown = written if column == two else None
                self.note(table, row, column, dirt, written=shown, truth=None, detail=f"made from {source}")
            originals = frame.loc[frame["record"].isin(sources), "_id"]
            for name in frame.columns:
                self.dirty.setdefault((table, name), set()).update(originals)

    # ── cells ──

    def kinds(self) -> None:
        """Unknown kinds and synonyms of kinds."""
        rng = self.rngs["kinds"]
        rows = self.draw(rng, "unknown_kind", self.clean("partnerships", "kind"))
        self.rewrite("partnerships", "kind", rows, "unknown_kind", lambda _: _pick(rng, _NONSENSE))
        for table in ("partnerships", "groups"):
            rows = self.draw(rng, "kind_synonym", self.clean(table, "kind"))
            self.rewrite(table, "kind", rows, "kind_synonym", lambda kind: _pick(rng, _SYNONYMS[kind]))

    def dates(self) -> None:
        """Bad dates, and ends before starts."""
        rng = self.rngs["dates"]
        for table, columns in _there(_DATES, self.tables).items():
            for column in columns:
                rows = self.draw(rng, "bad_date", self.clean(table, column))
                self.rewrite(table, column, rows, "bad_date", lambda date: _bad_date(rng, date))
        for table in ("partnerships", "agreements"):
            frame = self.tables[table]
            started = frame["_id"].isin(self.clean(table, "start"))
            rows = self.draw(rng, "end_before_start", self.clean(table, "end", started))
            start = dict(zip(frame["_id"], frame["start"], strict=True))
            earlier = [str(np.datetime64(start[row], "D") - np.timedelta64(200, "D")) for row in rows]
            self.rewrite(table, "end", rows, "end_before_start", _in_turn(earlier))

    def numbers(self) -> None:
        """Numbers below zero, and words for numbers."""
        rng = self.rngs["numbers"]
        for table, columns in _there(_NUMBERS, self.tables).items():
            for column in columns:
                positive = pd.to_numeric(self.tables[table][column], errors="coerce") > 0
                rows = self.draw(rng, "negative", self.clean(table, column, positive))
                self.rewrite(table, column, rows, "negative", lambda number: f"-{number}")
                rows = self.draw(rng, "not_a_number", self.clean(table, column))
                self.rewrite(table, column, rows, "not_a_number", lambda _: _pick(rng, _WORDS))

    def missing(self) -> None:
        """Empty optional cells."""
        for table, columns in _there(_OPTIONAL, self.tables).items():
            for column in columns:
                rows = self.draw(self.rngs["missing"], "missing_value", self.clean(table, column))
                self.rewrite(table, column, rows, "missing_value", lambda _: None)

    # ── the end ──

    def result(self, settings: Settings) -> Simulation:
        """Return tables in their final order, with answers and links."""
        tables, rows = {}, {}
        links = [pd.DataFrame({"reference": list(self.name), "firm": list(self.name)})]
        for name, table in self.tables.items():
            frame = table.sort_values(["_at", "_id"], kind="stable", ignore_index=True)
            rows[name] = dict(zip(frame["_id"], frame.index, strict=True))
            links += [
                frame[[column, f"_firm_{column}"]].set_axis(["reference", "firm"], axis=1)
                for column in _REFERENCES.get(name, ())
            ]
            tables[name] = frame[[column for column in frame.columns if not column.startswith("_")]]
        answers = pd.DataFrame(
            [(table, rows[table][row], *entry) for table, row, *entry in self.log], columns=list(ANSWERS)
        )
        order = {name: place for place, name in enumerate(tables)}
        answers = answers.sort_values(
            ["table", "row", "column"], key=lambda c: c.map(order) if c.name == "table" else c, kind="stable"
        )
        again = answers.loc[answers["dirt"] == "registry_duplicate", ["written", "firm"]]
        links.append(again.set_axis(["reference", "firm"], axis=1))
        link = pd.concat(links, ignore_index=True).dropna(subset="reference").drop_duplicates(ignore_index=True)
        return Simulation(
            tables=tables,
            truth=self.simulation.truth,
            answers=answers.reset_index(drop=True),
            links=link,
            settings=settings,
        )


# ── ways to get a cell wrong ──


def _pick(rng: np.random.Generator, options: tuple[str, ...]) -> str:
    return options[int(rng.integers(len(options)))]


def _in_turn(texts: Iterable[str]) -> Callable[[str], str]:
    supply = iter(texts)
    return lambda _: next(supply)


def _other_city(rng: np.random.Generator, city: str) -> str:
    cities = tuple(name for name in TOWNS["city"] if name != city)
    return _pick(rng, cities)


def _bad_date(rng: np.random.Generator, date: str) -> tuple[str, str]:
    year, month, day = date.split("-")
    ways = {
        "impossible": f"31/02/{year}",
        "out of range": f"1201-{month}-{day}",
        "words": f"spring {year}",
        "ambiguous": f"{day}/{month}/{year}" if int(day) <= 12 and day != month else f"30/02/{year}",
    }
    way = _pick(rng, tuple(ways))
    return ways[way], way if ways[way] != f"30/02/{year}" else "impossible"


def _split(name: str, country: str) -> tuple[str, str]:
    for form in sorted(set(LEGAL_FORMS[country]), key=len, reverse=True):
        if name.endswith(f" {form}"):
            return name.removesuffix(f" {form}"), form
    return name, ""


def _form_dropped(rng: np.random.Generator, name: str, country: str) -> str:  # noqa: ARG001
    return _split(name, country)[0]


def _form_changed(rng: np.random.Generator, name: str, country: str) -> str:
    core, form = _split(name, country)
    plain = form.replace(".", "")
    long = {"GmbH": "G.m.b.H.", "Ltd": "Limited", "B.V.": "BV", "ApS": "Aps", "d.o.o.": "d.o.o"}.get(form, plain)
    return f"{core} {_pick(rng, (long, *sorted(set(LEGAL_FORMS[country]))))}" if form else name


def _typo(rng: np.random.Generator, name: str, country: str) -> str:
    core, form = _split(name, country)
    words = core.split(" ")
    long = [place for place, word in enumerate(words) if len(word) >= 5 and word.isalpha()]
    if not long:
        return name
    place = long[int(rng.integers(len(long)))]
    word = words[place]
    at = int(rng.integers(1, len(word) - 1))
    letter = "aeinorst"[int(rng.integers(8))]
    words[place] = (
        word[:at] + word[at + 1 :],
        word[:at] + word[at] + word[at:],
        word[:at] + letter + word[at + 1 :],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    )[int(rng.integers(4))]
    return " ".join([*words, form]).strip()


def _words_reordered(rng: np.random.Generator, name: str, country: str) -> str:
    core, form = _split(name, country)
    words = core.split(" ")
    if len(words) < 2:
        return name
    at = int(rng.integers(1, len(words)))
    return " ".join([*words[at:], *words[:at], form]).strip(" &")


def _case(rng: np.random.Generator, name: str, country: str) -> str:  # noqa: ARG001
    return name.upper() if rng.random() < 0.5 else name.lower()


_UMLAUTS = {ord(letter): text for letter, text in zip("äöüÄÖÜ", ("ae", "oe", "ue", "Ae", "Oe", "Ue"), strict=True)}


def _accents_lost(rng: np.random.Generator, name: str, country: str) -> str:
    if country == "DE" and rng.random() < 0.5:
        return name.translate(_UMLAUTS)
    folded = [fold(letter) for letter in name]
    return "".join(
        new.upper() if old.isupper() and len(new) == 1 else new for old, new in zip(name, folded, strict=True)
    )


def _and_written_out(rng: np.random.Generator, name: str, country: str) -> str:  # noqa: ARG001
    core, form = _split(name, country)
    word = {"DE": "und", "DK": "og", "NL": "en", "GB": "and", "FR": "et", "IT": "e", "ES": "y", "SI": "in"}[country]
    return f"{core.replace(' & ', f' {word} ')} {form}".strip()


def _spaces_doubled(rng: np.random.Generator, name: str, country: str) -> str:  # noqa: ARG001
    return name.replace(" ", "  ", 1)


_VARIANTS = (
    _form_dropped, _form_dropped, _form_changed, _typo, _typo, _words_reordered, _case, _accents_lost,
    _and_written_out, _spaces_doubled,
)  # fmt: skip
