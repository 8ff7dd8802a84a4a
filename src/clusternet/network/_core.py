"""The class Network: two tables, derived views, slices and projections."""

from __future__ import annotations

import copy
import html
from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar, cast

import numpy as np
import pandas as pd

from clusternet.errors import NetworkError, OptionError, UnknownFirmError, choose, listing, nearest
from clusternet.network._dates import read_date, read_dates

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import networkx as nx
    from igraph import Graph as IGraph
    from numpy.typing import NDArray
    from scipy import sparse

    from clusternet.network._backbone import Correction, Keep, PairModel, Tail

__all__ = ["LAYERS", "Network", "SimpleGraph", "igraph_view"]

LAYERS = ("alliance", "joint_venture", "cooperative", "platform", "supply", "referral")
"""The five collaboration models and the referral."""

TIE_COLUMNS = ("source", "target", "layer", "directed", "strength", "start", "end")
Direction = Literal["keep", "undirected"]
Codes: TypeAlias = "tuple[NDArray[np.int64], NDArray[np.int64]]"
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class SimpleGraph:
    """A network with parallel ties merged and loops dropped, as arrays of firm positions.

    Undirected: one row per tied pair with ``source < target``. Directed: one row per arc, and an undirected
    tie counts as two arcs. ``strength`` is the sum over the merged ties, ``count`` their number.
    """

    n: int
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    strength: NDArray[np.float64]
    count: NDArray[np.int64]
    directed: bool

    def csr(self, *, weights: Literal["ignore", "strength"] = "ignore") -> sparse.csr_array:
        """Return the n by n adjacency matrix (symmetric when undirected), with ones or strengths as float."""
        from scipy import sparse

        values = self.strength if weights == "strength" else np.ones(len(self.source))
        rows, columns = self.source, self.target
        if not self.directed:
            rows, columns = np.concatenate([rows, columns]), np.concatenate([columns, rows])
            values = np.concatenate([values, values])
        matrix = sparse.csr_array((values, (rows, columns)), shape=(self.n, self.n))
        matrix.sort_indices()
        return matrix


def _firm_table(firms: pd.DataFrame | Iterable[object]) -> pd.DataFrame:
    if isinstance(firms, str):
        raise NetworkError(f"firms is one text, {firms[:40]!r}; give a table or a list of firm ids.")
    if not isinstance(firms, pd.DataFrame):
        if not isinstance(firms, Iterable):
            raise NetworkError(f"firms is a {type(firms).__name__}; give a table or a list of firm ids.")
        firms = pd.DataFrame(index=pd.Index(list(firms), tupleize_cols=False))
    table = firms.copy(deep=False)
    ids = table.index
    if isinstance(ids, pd.MultiIndex):
        raise NetworkError("firms has a MultiIndex; index it by one firm id.")
    if ids.hasnans:
        raise NetworkError(f"{int(ids.isna().sum()):,} firms have no id; give every firm an id.")
    if isinstance(ids, pd.CategoricalIndex):
        # Slices and look-ups need plain ids: a category nobody uses any more is not a firm.
        ids = table.index = ids.astype(ids.categories.dtype)
    if ids.dtype == object:
        odd = [name for name in ids if not pd.api.types.is_scalar(name)]
        if odd:
            raise NetworkError(f"{len(odd):,} firm ids are not texts, numbers or dates: {listing(odd)}.")
    if not ids.is_unique:
        twice = ids[ids.duplicated()].unique()
        raise NetworkError(f"{len(twice):,} firm ids stand more than once: {listing(twice)}; keep one row per firm.")
    if isinstance(table.columns, pd.MultiIndex):
        raise NetworkError("firms has headings of several levels; give every column one name.")
    if not table.columns.is_unique:
        raise NetworkError(f"firms has repeated columns: {listing(table.columns[table.columns.duplicated()])}.")
    return table.rename_axis(index="firm")


def _flags(values: pd.Series) -> NDArray[np.bool_]:
    """Return the column ``directed`` as booleans; missing means undirected."""
    if values.dtype == bool:
        return np.asarray(values, dtype=bool)
    words = {"true": True, "false": False, "1": True, "0": False, "1.0": True, "0.0": False}
    known = values.isna().to_numpy(dtype=bool)
    flags = values.astype(object).map(lambda value: words.get(str(value).lower())).where(~known, False)
    if flags.isna().any():
        raise NetworkError(f"ties.directed holds {listing(values[flags.isna()].unique())}; give True or False.")
    return np.asarray(flags, dtype=bool)


def _tie_table(ties: pd.DataFrame, ids: pd.Index, codes: Codes | None = None) -> tuple[pd.DataFrame, Codes]:
    """Return the checked ties and the row numbers of their firms; a builder that knows `codes` spares the look-up."""
    if not isinstance(ties, pd.DataFrame):
        raise NetworkError(
            f"ties is a {type(ties).__name__}; give a table with source and target, or call Network.from_edges."
        )
    for column in ("source", "target"):
        if codes is None and column not in ties.columns:
            raise NetworkError(f"ties lacks the column {column!r}; it has {listing(ties.columns, 10)}.")
    table = ties.copy(deep=False)
    if not table.columns.is_unique:
        raise NetworkError(f"ties has repeated columns: {listing(table.columns[table.columns.duplicated()])}.")
    if isinstance(table.index, pd.MultiIndex) or table.index.hasnans or not table.index.is_unique:
        raise NetworkError("the index of ties holds tie ids and must be unique; reset_index(drop=True) gives one.")
    defaults: dict[str, object] = {"layer": "tie", "directed": False, "strength": 1.0}
    for column, value in defaults.items():
        if column not in table.columns:
            table[column] = value
    for column in ("start", "end"):
        given = table[column] if column in table.columns else pd.Series(pd.NaT, index=table.index)
        table[column] = read_dates(given, f"ties.{column}", NetworkError)
    table["layer"] = table["layer"].astype("str").fillna("tie")
    table["directed"] = _flags(table["directed"])
    if table["strength"].dtype.kind in "mMc":
        raise NetworkError(f"ties.strength holds {table['strength'].dtype}; give positive numbers.")
    strength = pd.to_numeric(table["strength"], errors="coerce").astype("float64")
    bad = ~(np.isfinite(strength) & (strength > 0))
    if bad.any():
        raise NetworkError(
            f"{int(bad.sum()):,} ties have a strength that is not a positive finite number: "
            f"{listing(table.loc[bad, 'strength'])}; drop them, or put signed values in a column of their own."
        )
    table["strength"] = strength
    backward = (table["end"] < table["start"]).to_numpy()
    if backward.any():
        raise NetworkError(f"{int(backward.sum()):,} ties end before they start: {listing(table.index[backward])}.")
    if codes is None:
        codes = _codes(table["source"], ids), _codes(table["target"], ids)
    # The ids as the firm table writes them: one type, whatever the tie table came with.
    table["source"], table["target"] = ids[codes[0]], ids[codes[1]]
    extras = [column for column in table.columns if column not in TIE_COLUMNS]
    return table[[*TIE_COLUMNS, *extras]].rename_axis(index="tie"), codes


def _codes(ends: pd.Series, ids: pd.Index) -> NDArray[np.int64]:
    try:
        code = ids.get_indexer(ends) if len(ends) else np.empty(0, dtype=np.int64)
    except TypeError:  # a list or the like
        odd = [name for name in ends if not pd.api.types.is_scalar(name)]
        raise NetworkError(f"ties.{ends.name} holds what is no firm id: {listing(odd)}; give one id a cell.") from None
    if (code < 0).any():
        strangers = ends[code < 0].unique()
        texts = set(map(str, ids[:20_000]))
        hint = (
            "the ids are text in one table and numbers in the other; make them one type."
            if any(str(stranger) in texts for stranger in strangers[:1000])
            else "add them to firms (Network.from_edges does this for you)."
        )
        raise NetworkError(
            f"{len(strangers):,} firms in ties.{ends.name} are not in the firm table: {listing(strangers)}; {hint}"
        )
    return code.astype(np.int64, copy=False)


def _free(name: str, taken: Iterable[object]) -> str:
    """Return `name`, with underscores added until no column in `taken` has it."""
    known = set(taken)
    while name in known:
        name += "_"
    return name


class Network:
    """Firms joined by ties in layers. Immutable: every slice returns a new Network.

    Parameters
    ----------
    firms
        One row per firm, indexed by firm id (any hashable scalars); columns are attributes. Isolates belong
        here too: the registry is the denominator. A column ``mode`` with two values makes the network two-mode.
        A plain list of ids will do.
    ties
        One row per tie, indexed by tie id. ``source`` and ``target`` are firm ids. Optional: ``layer`` (default
        "tie"), ``directed`` (default False), ``strength`` (positive, default 1; larger is closer), ``start`` and
        ``end`` (dates; missing means unknown or still open), and any extras.
    settings
        The rules that made the network; builders fill this in.
    lineage
        One row per tie and record, indexed by tie id: the records behind every tie.

    Notes
    -----
    Measures see the network as a simple graph (`simple`): parallel ties of all layers merged, their strengths
    summed, loops ignored. If any tie is directed the network is directed, and an undirected tie counts both ways.
    Take one layer with `layer`, or merge by another rule with `merge_layers`, before measuring.

    Examples
    --------
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy")], firms=["Ada", "Bo", "Cy", "Di"])
    >>> net
    <Network: 4 firms (1 isolate), 2 ties, undirected>
    """

    __slots__ = ("_cache", "_codes", "_firms", "_lineage", "_settings", "_ties")

    def __init__(
        self,
        firms: pd.DataFrame | Iterable[object],
        ties: pd.DataFrame,
        *,
        settings: Mapping[str, Any] | None = None,
        lineage: pd.DataFrame | None = None,
    ) -> None:
        self._fill(firms, ties, None, settings, lineage)

    def _fill(
        self,
        firms: pd.DataFrame | Iterable[object],
        ties: pd.DataFrame,
        codes: Codes | None,
        settings: Mapping[str, Any] | None,
        lineage: pd.DataFrame | None,
    ) -> None:
        self._firms = _firm_table(firms)
        self._ties, self._codes = _tie_table(ties, self._firms.index, codes)
        self._settings = MappingProxyType(copy.deepcopy(dict(settings or {})))
        if not (lineage is None or isinstance(lineage, pd.DataFrame)):
            raise NetworkError(f"lineage is a {type(lineage).__name__}; give a table indexed by tie id.")
        self._lineage = None if lineage is None else lineage.copy(deep=False)
        self._cache: dict[str, Any] = {}

    @classmethod
    def _of_codes(
        cls,
        firms: pd.DataFrame,
        ties: pd.DataFrame,
        codes: Codes,
        *,
        settings: Mapping[str, Any],
        lineage: pd.DataFrame,
    ) -> Network:
        """Return the network of ties whose ends are row numbers of `firms`; all else is checked as in the class."""
        made = object.__new__(cls)
        made._fill(firms, ties, codes, settings, lineage)
        return made

    @classmethod
    def _trusted(
        cls,
        firms: pd.DataFrame,
        ties: pd.DataFrame,
        codes: tuple[NDArray[np.int64], NDArray[np.int64]],
        settings: Mapping[str, Any],
        lineage: pd.DataFrame | None,
    ) -> Network:
        """Return a network of tables that a network has checked before."""
        made = object.__new__(cls)
        made._firms, made._ties, made._codes, made._lineage = firms, ties, codes, lineage
        made._settings = MappingProxyType(dict(settings))
        made._cache = {}
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        # Workers of joblib get the tables; the cache and the read-only view of the settings cannot be pickled.
        return Network._trusted, (self._firms, self._ties, self._codes, dict(self._settings), self._lineage)

    def _cached(self, key: str, make: Callable[[], T]) -> T:
        if key not in self._cache:
            self._cache[key] = make()
        return cast("T", self._cache[key])

    def _noted(self, step: str) -> dict[str, Any]:
        return {**self._settings, "slices": (*self._settings.get("slices", ()), step)}

    def _pick(self, keep: NDArray[np.bool_], step: str) -> Network:
        """Return the network of the ties in `keep`; all firms stay."""
        source, target = self._codes
        codes = (source[keep], target[keep])
        return self._trusted(self._firms, self._ties[keep], codes, self._noted(step), self._lineage)

    # ── the two tables ──

    @property
    def firms(self) -> pd.DataFrame:
        """One row per firm, indexed by firm id (a shallow copy: changing it does not change the network)."""
        return _copy(self._firms)

    @property
    def ties(self) -> pd.DataFrame:
        """One row per tie, indexed by tie id (a shallow copy: changing it does not change the network)."""
        return _copy(self._ties)

    @property
    def settings(self) -> Mapping[str, Any]:
        """The rules that made this network, and the slices taken since (a copy)."""
        return MappingProxyType(copy.deepcopy(dict(self._settings)))

    @property
    def n_firms(self) -> int:
        """Number of firms, isolates included."""
        return len(self._firms)

    @property
    def n_ties(self) -> int:
        """Number of rows of the tie table (parallel ties and loops counted)."""
        return len(self._ties)

    @property
    def is_directed(self) -> bool:
        """True when at least one tie is directed."""
        return self._cached("directed", lambda: bool(self._ties["directed"].any()))

    @property
    def is_two_mode(self) -> bool:
        """True when every firm has one of two values of ``mode`` and every tie joins one mode to the other."""

        def check() -> bool:
            codes, names = self._modes
            source, target = self._codes
            return len(names) == 2 and bool((codes >= 0).all() and (codes[source] != codes[target]).all())

        return self._cached("two_mode", check)

    @property
    def _modes(self) -> tuple[NDArray[np.int64], list[Any]]:
        """The mode of every firm as a number (-1 if missing), and the modes by first appearance."""
        if "mode" not in self._firms.columns:
            return np.full(self.n_firms, -1), []

        def find() -> tuple[NDArray[np.int64], list[Any]]:
            codes, names = pd.factorize(self._firms["mode"])
            return codes, pd.Index(names).tolist()

        return self._cached("modes", find)

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers that hold a tie: the six known ones first, then others by name."""
        present = self._cached("layers", lambda: set(self._ties["layer"].unique()))
        return (*(name for name in LAYERS if name in present), *sorted(present.difference(LAYERS)))

    @property
    def isolates(self) -> pd.Index:
        """Ids of the firms without a tie to another firm."""
        graph = self.simple()
        tied = np.zeros(self.n_firms, dtype=bool)
        tied[graph.source] = True
        tied[graph.target] = True
        return self._firms.index[~tied]

    def __len__(self) -> int:
        return self.n_firms

    def __repr__(self) -> str:
        isolates = len(self.isolates)
        layers = self.layers
        firms = f"{self.n_firms:,} firm{'' if self.n_firms == 1 else 's'}"
        what = [
            f"{firms} ({isolates:,} isolate{'' if isolates == 1 else 's'})",
            f"{self.n_ties:,} tie{'' if self.n_ties == 1 else 's'}",
            "directed" if self.is_directed else "undirected",
        ]
        if len(layers) > 1:
            what.append(f"layers {', '.join(layers)}")
        if self.is_two_mode:
            what.append("two-mode")
        return f"<Network: {', '.join(what)}>"

    def _repr_html_(self) -> str:
        parts = [f"<p><strong>{html.escape(repr(self)[1:-1])}</strong></p>"]
        for title, table in (("firms", self._firms), ("ties", self._ties)):
            shown = f"{title}, first {min(5, len(table))} of {len(table):,}"
            parts.append(f"<p>{shown}</p>{table.head(5).to_html(escape=True, border=0)}")
        return "".join(parts)

    def equals(self, other: object) -> bool:
        """Return whether the other network has the same two tables: ids, columns, types, values and order.

        Settings and lineage are not compared.
        """
        if not isinstance(other, Network):
            return False
        pairs = ((self._firms, other.firms), (self._ties, other.ties))
        return all(one.equals(two) and one.index.dtype == two.index.dtype for one, two in pairs)

    # ── derived views ──

    def simple(self, direction: Direction = "keep") -> SimpleGraph:
        """Return the network as a simple graph; ``direction="undirected"`` ties i and j if either names the other."""
        choose("direction", direction, ("keep", "undirected"))
        directed = self.is_directed and direction == "keep"
        return self._cached(f"simple_{directed}", lambda: self._simple(directed=directed))

    def _simple(self, *, directed: bool) -> SimpleGraph:
        source, target = self._codes
        strength = self._ties["strength"].to_numpy()
        if directed:
            both = ~self._ties["directed"].to_numpy()
            source, target = np.concatenate([source, target[both]]), np.concatenate([target, source[both]])
            strength = np.concatenate([strength, strength[both]])
        else:
            source, target = np.minimum(source, target), np.maximum(source, target)
        keep = source != target
        key = source[keep] * np.int64(max(self.n_firms, 1)) + target[keep]
        pair, place, count = np.unique(key, return_inverse=True, return_counts=True)
        total = np.bincount(place, weights=strength[keep], minlength=len(pair))
        one, other = np.divmod(pair, np.int64(max(self.n_firms, 1)))
        arrays = (one, other, total.astype(float), count.astype(np.int64))
        for array in arrays:
            array.flags.writeable = False  # the graph is cached and shared
        return SimpleGraph(self.n_firms, *arrays, directed)

    @property
    def adjacency(self) -> sparse.csr_array:
        """Sparse matrix of summed strengths, firms in table order; symmetric when undirected, no loops."""
        return self._cached("adjacency", lambda: self.simple().csr(weights="strength")).copy()

    @property
    def igraph(self) -> IGraph:
        """The simple graph as igraph sees it: vertices in table order, ``strength`` on the edges.

        Every call hands out a fresh copy, so that nothing done to it changes the network. `to_igraph` gives
        all ties and attributes.
        """
        return igraph_view(self).copy()

    @property
    def igraph_undirected(self) -> IGraph:
        """As `igraph`, with direction ignored and the strengths of both directions summed."""
        return igraph_view(self, "undirected").copy()

    def lineage(self, tie: object) -> pd.DataFrame:
        """Return the records that made a tie: one row per record, with table, row and record id.

        Raises
        ------
        NetworkError
            If the network was not built from records, is a projection, or has no such tie.
        """
        if not pd.api.types.is_scalar(tie) or tie not in self._ties.index:
            raise NetworkError(f"there is no tie {tie!r}; tie ids are the index of net.ties.")
        if self._lineage is None:
            raise NetworkError(
                "this network was not built from records, or is a projection; build_network keeps lineage, and so do "
                "all slices of its network: ask the two-mode network."
            )
        rows = self._lineage.loc[[tie]] if tie in self._lineage.index else self._lineage.iloc[:0]
        return rows.reset_index(drop=True)

    @property
    def lineage_table(self) -> pd.DataFrame | None:
        """The whole lineage: one row per tie and record, indexed by tie id; None if not built from records."""
        if self._lineage is None:
            return None
        return self._lineage[self._lineage.index.isin(self._ties.index)]

    def positions(self, ids: Iterable[object]) -> NDArray[np.int64]:
        """Return the row numbers of firms; a single text, number or date counts as one id.

        Raises
        ------
        UnknownFirmError
            If an id is not in the network.
        """
        wanted = pd.Index([ids] if pd.api.types.is_scalar(ids) else list(ids), tupleize_cols=False)
        try:
            place = self._firms.index.get_indexer(wanted) if len(wanted) else np.empty(0, dtype=np.int64)
        except TypeError:  # a list within the list
            place = np.array([0 if pd.api.types.is_scalar(name) else -1 for name in wanted])
        if (place < 0).any():
            missing = wanted[place < 0]
            table = isinstance(ids, pd.DataFrame) or wanted.dtype == bool
            raise UnknownFirmError(
                f"{len(missing):,} ids are not firms of this network: {listing(missing)}."
                + (
                    " Give the ids themselves: table.index, or net.firms.index[mask]."
                    if table
                    else nearest(str(missing[0]), map(str, self._firms.index[:20_000]))
                )
            )
        return place.astype(np.int64)

    # ── slices ──

    def layer(self, *names: str) -> Network:
        """Return the ties of the named layers; all firms stay.

        Raises
        ------
        NetworkError
            If a layer is neither present nor one of the six known names.
        OptionError
            If no layer is named.
        """
        if not names:
            raise OptionError(f"name at least one layer; this network has {listing(self.layers, 10)}.")
        for name in names:
            if name not in self.layers and name not in LAYERS:
                raise NetworkError(f"there is no layer {name!r}; this network has {listing(self.layers, 10)}.")
        return self._pick(self._ties["layer"].isin(names).to_numpy(), f"layer({', '.join(names)})")

    def at(self, date: object, *, undated: Literal["keep", "drop"] = "keep") -> Network:
        """Return the ties alive on a date: started on or before it, and not ended before it; all firms stay."""
        return self.window(date, date, undated=undated)

    def window(self, first: object, last: object, *, undated: Literal["keep", "drop"] = "keep") -> Network:
        """Return the ties alive on some day from `first` to `last`, both included; all firms stay.

        A missing start counts as "always was", a missing end as "still open". Ties with neither date are kept
        or dropped as `undated` says. A `last` without a time of day means the whole of that day. Texts are ISO 8601:
        "2021-06-30", or "2021-06" and "2021" for their first day.

        Raises
        ------
        OptionError
            If the two are not dates in order.
        """
        start, end = read_date("first", first), read_date("last", last)
        if end < start:
            raise OptionError(f"the window {first!r} to {last!r} is not two dates in order.")
        choose("undated", undated, ("keep", "drop"))
        begins, ends = self._ties["start"], self._ties["end"]
        if end == end.normalize():
            end += pd.Timedelta(1, "D") - pd.Timedelta(1, "us")
        # A tie that ends on a day, no time given, lasts until that day is over.
        over = ends.mask(ends == ends.dt.normalize(), ends + (pd.Timedelta(1, "D") - pd.Timedelta(1, "us")))
        alive = (begins.isna() | (begins <= end)) & (ends.isna() | (over >= start))
        if undated == "drop":
            alive &= begins.notna() | ends.notna()
        return self._pick(alive.to_numpy(), f"window({start.date()}, {end.date()}, undated={undated})")

    def between(self, group: Iterable[object], other: Iterable[object]) -> Network:
        """Return the ties that join a firm of one group with a firm of the other; all firms stay."""
        one, two = np.zeros(self.n_firms, dtype=bool), np.zeros(self.n_firms, dtype=bool)
        one[self.positions(group)] = True
        two[self.positions(other)] = True
        source, target = self._codes
        keep = (one[source] & two[target]) | (two[source] & one[target])
        return self._pick(keep, f"between({int(one.sum())} firms, {int(two.sum())} firms)")

    def subset(self, ids: Iterable[object]) -> Network:
        """Return the listed firms, in table order, and the ties among them."""
        keep = np.zeros(self.n_firms, dtype=bool)
        keep[self.positions(ids)] = True
        return self._keep(keep, f"subset({int(keep.sum())} firms)")

    def without(self, ids: Iterable[object]) -> Network:
        """Return the network after the listed firms and their ties have left."""
        keep = np.ones(self.n_firms, dtype=bool)
        keep[self.positions(ids)] = False
        return self._keep(keep, f"without({int((~keep).sum())} firms)")

    def _keep(self, keep: NDArray[np.bool_], step: str) -> Network:
        source, target = self._codes
        rows = keep[source] & keep[target]
        place = np.cumsum(keep) - 1
        codes = (place[source[rows]], place[target[rows]])
        return self._trusted(self._firms[keep], self._ties[rows], codes, self._noted(step), self._lineage)

    def component_codes(self, connection: Literal["weak", "strong"] = "weak") -> NDArray[np.int64]:
        """Return a component number for every firm, numbered by first appearance in the firm table."""
        from scipy.sparse.csgraph import connected_components

        choose("connection", connection, ("weak", "strong"))

        def compute() -> NDArray[np.int64]:
            if self.n_firms == 0:
                return np.empty(0, dtype=np.int64)
            labels = connected_components(self.simple().csr(), directed=True, connection=connection)[1]
            return np.asarray(pd.factorize(labels)[0], dtype=np.int64)

        return self._cached(f"components_{connection}", compute).copy()

    def largest_component(self, connection: Literal["weak", "strong"] = "weak") -> Network:
        """Return the largest component; of several of one size, the one that comes first in the firm table."""
        codes = self.component_codes(connection)
        giant = int(np.bincount(codes).argmax()) if len(codes) else 0
        return self._keep(codes == giant, f"largest_component({connection})")

    def undirected(self) -> Network:
        """Return the same ties with direction forgotten; a mutual pair keeps both ties, in parallel."""
        ties = self._ties.assign(directed=False)
        return self._trusted(self._firms, ties, self._codes, self._noted("undirected()"), self._lineage)

    def merge_layers(self, strength: Literal["sum", "count", "max"] = "sum") -> Network:
        """Return one tie per pair of firms, across layers and periods, in the layer "all".

        The strength is the `sum` or `max` of the merged strengths or the `count` of merged ties. Column
        ``layers`` joins the layer names with "+", column ``n_ties`` counts the merged ties. Start is the earliest
        and end the latest date, and missing if it is missing in any merged tie; so a merged tie also covers the
        time between two ties: take `at` or `window` first. In a directed network an undirected tie merges into
        both arcs. Loops stay. Other columns are left out.
        """
        choose("strength", strength, ("sum", "count", "max"))
        source, target = self._codes
        rows = np.arange(self.n_ties)
        if self.is_directed:
            both = ~self._ties["directed"].to_numpy() & (source != target)
            rows = np.concatenate([rows, rows[both]])
            source, target = np.concatenate([source, target[both]]), np.concatenate([target, source[both]])
        else:
            source, target = np.minimum(source, target), np.maximum(source, target)
        old = self._ties.iloc[rows]
        pair, place = np.unique(source * np.int64(max(self.n_firms, 1)) + target, return_inverse=True)
        one, other = np.divmod(pair, np.int64(max(self.n_firms, 1)))
        by = old.groupby(place, sort=True)
        size = np.bincount(place, minlength=len(pair))
        merged = pd.DataFrame(
            {
                "source": self._firms.index[one],
                "target": self._firms.index[other],
                "layer": "all",
                "directed": self.is_directed,
                "strength": size.astype(float) if strength == "count" else by["strength"].agg(strength),
                "start": by["start"].min().mask(old["start"].isna().groupby(place).any()),
                "end": by["end"].max().mask(old["end"].isna().groupby(place).any()),
                "layers": pd.Series(_joined(old["layer"], place, len(pair)), dtype="str"),
                "n_ties": size,
            },
        )
        lineage = self._lineage
        if lineage is not None:
            order = np.lexsort((rows, place))
            step = pd.DataFrame({"old": old.index[order], "new": place[order]})
            lineage = step.merge(lineage.rename_axis(index="old").reset_index(), on="old").drop(columns="old")
            lineage = lineage.drop_duplicates().set_index("new").rename_axis(index="tie").sort_index(kind="stable")
        return Network(self._firms, merged, settings=self._noted(f"merge_layers({strength})"), lineage=lineage)

    def project(
        self,
        mode: object,
        weights: Literal["count", "newman"] = "count",
        *,
        backbone: PairModel | None = None,
        alpha: float = 0.05,
        correction: Correction = "none",
        keep: Keep = "significant",
        tail: Tail = "exact",
        draws: int = 1000,
        seed: int | None = None,
    ) -> Network:
        """Return the one-mode network of `mode`: two members tied if they share at least one partner.

        Two busy members share partners by chance alone. With `backbone`, each tie is tested against a null model of the
        memberships, and the ties that share no more than chance would give are dropped.

        Parameters
        ----------
        mode
            The value of ``firms["mode"]`` to keep.
        weights
            "count": strength is the number of shared partners. "newman": each shared partner of k members adds
            1/(k - 1), so that large agreements do not dominate (newman2001).
        backbone
            What chance keeps of the memberships. None: no test. "hypergeometric": the number of every member (fixed
            row; tumminello2011, neal2013). "fixedcol": the number of every partner. "fixedfill": only the total.
            "sdsm": both numbers on average, every cell a coin with the chance of the bipartite configuration model
            (neal2014, saracco2015). "fdsm": both numbers exactly, by random draws with the fastball algorithm
            (zweig2011, godard2022). neal2021 compares them. Members and partners without a membership play no part.
        alpha
            Level of the one-sided test: a tie is significant if ``p_adjusted`` is at most `alpha`.
        correction
            For the many pairs tested: "none", "bonferroni" or "holm" (chance of any false tie), "fdr" (expected share
            of false ties; benjamini1995). All pairs of members count, those that share nothing included.
        keep
            "significant" drops the other ties, "all" keeps them.
        tail
            Of "sdsm" and "fixedcol": "exact" probabilities (Poisson-binomial), or their refined "normal" approximation
            (hong2013), which the R package backbone uses. It is off by 0.02 where pairs share a few partners, and far
            too bold where chance gives less than one: use it to reproduce results, or for very dense networks.
        draws, seed
            Of "fdsm": the number of random networks and the seed of their chain.

        Returns
        -------
        Network
            Undirected, one tie per pair, in the layer "shared", with a column ``n_shared``. Direction, strength and
            dates of the memberships play no part, and one that stands twice counts once: take `at` or `window` first.
            With `backbone` also ``p``, the chance to share at least ``n_shared`` partners under the null model, in
            [0, 1], never NaN, and ``p_adjusted``, the same corrected; ``settings["backbone"]`` tells model, level,
            number of tests, draws and seed. The p of "fdsm" is (r + 1) / (draws + 1), r the draws that share as many.

        Raises
        ------
        NetworkError
            If the network is not two-mode or has no such mode, or the exact tail would take too long.
        OptionError
            If an option is outside its choices, or so few draws are asked for that no tie can pass the correction.

        Examples
        --------
        >>> deals = [("Ada", 1), ("Bo", 1), ("Ada", 2), ("Bo", 2), ("Cy", 3), ("Di", 3), ("Cy", 4), ("Ada", 4)]
        >>> firms = pd.DataFrame({"mode": ["firm"] * 4 + ["deal"] * 4}, index=["Ada", "Bo", "Cy", "Di", 1, 2, 3, 4])
        >>> net = Network(firms, pd.DataFrame(deals, columns=["source", "target"]))
        >>> ties = net.project("firm", backbone="hypergeometric", keep="all").ties
        >>> [f"{a}-{b}: {n} shared, p = {p:.2f}" for a, b, n, p in ties[["source", "target", "n_shared", "p"]].values]
        ['Ada-Bo: 2 shared, p = 0.50', 'Ada-Cy: 1 shared, p = 1.00', 'Cy-Di: 1 shared, p = 0.50']
        """
        from clusternet.network import _backbone
        from clusternet.network._projection import distinct, shared_pairs

        choose("weights", weights, ("count", "newman"))
        if backbone is not None:
            rules = _backbone.PairRules(backbone, alpha, correction, keep, tail, draws, seed)
            rules.check()
        elif (alpha, correction, keep, tail) != (0.05, "none", "significant", "exact"):
            raise OptionError("alpha, correction, keep and tail belong to a test; name its null model in backbone=.")
        if not self.is_two_mode:
            raise NetworkError("only a two-mode network can be projected; firms['mode'] must split every tie.")
        codes, names = self._modes
        if mode not in names:
            raise NetworkError(f"there is no mode {mode!r}; the modes are {listing(names)}.")
        stay = codes == names.index(mode)
        source, target = self._codes
        swap = stay[target]
        member = (np.cumsum(stay) - 1)[np.where(swap, target, source)]
        partner = (np.cumsum(~stay) - 1)[np.where(swap, source, target)]
        size = int(stay.sum()), self.n_firms - int(stay.sum())
        membership = distinct(member, partner, size[0])
        one, other, count, strength = shared_pairs(*membership, *size, newman=weights == "newman")
        settings = self._noted(f"project({mode}, {weights}{'' if backbone is None else f', backbone={backbone}'})")
        columns: dict[str, Any] = {}
        if backbone is not None:
            test = _backbone.tested_pairs(membership, (one, other, count), size, rules)
            settings["backbone"] = test.settings
            one, other, count = one[test.kept], other[test.kept], count[test.kept]
            strength = strength[test.kept]
            columns = {"p": test.p[test.kept], "p_adjusted": test.p_adjusted[test.kept]}
        firms = self._firms[stay]
        ties = pd.DataFrame(
            {
                "source": firms.index[one],
                "target": firms.index[other],
                "layer": pd.Series("shared", index=pd.RangeIndex(len(one)), dtype="str"),
                "directed": False,
                "strength": strength,
                "start": np.full(len(one), "NaT", dtype="datetime64[us]"),
                "end": np.full(len(one), "NaT", dtype="datetime64[us]"),
                "n_shared": count,
                **columns,
            },
            index=pd.RangeIndex(len(one), name="tie"),
        )
        return self._trusted(firms, ties, (one, other), settings, None)

    # ── doors ──

    @classmethod
    def from_edges(
        cls,
        edges: pd.DataFrame | Iterable[tuple[object, ...]],
        *,
        firms: pd.DataFrame | Iterable[object] | None = None,
        directed: bool = False,
    ) -> Network:
        """Return a network from an edge table or from (source, target[, strength]) tuples.

        Parameters
        ----------
        edges
            A frame with ``source`` and ``target`` (and any tie columns), or tuples.
        firms
            Firms to include even if no tie names them (isolates), as a frame or list of ids. Firms named only in
            `edges` are added after them, in order of appearance.
        directed
            Whether ties are directed; a ``directed`` column in the frame wins.
        """
        if isinstance(edges, pd.DataFrame):
            ties = edges.copy(deep=False)
        else:
            rows = _edge_rows(edges)
            ties = pd.DataFrame(
                {
                    "source": pd.Series([row[0] for row in rows], dtype=None if rows else "object"),
                    "target": pd.Series([row[1] for row in rows], dtype=None if rows else "object"),
                    "strength": pd.Series([row[2] if len(row) == 3 else 1.0 for row in rows], dtype=object),
                }
            )
        if "directed" not in ties.columns:
            ties["directed"] = directed
        table = _firm_table(firms if firms is not None else [])
        for column in ("source", "target"):
            if column not in ties.columns:
                raise NetworkError(f"edges lacks the column {column!r}; it has {listing(ties.columns, 10)}.")
            if ties[column].isna().any():
                raise NetworkError(f"{int(ties[column].isna().sum()):,} edges have no {column}; drop or fill them.")
        named = pd.unique(np.ravel(ties[["source", "target"]].astype(object).to_numpy())) if len(ties) else []
        strangers = [name for name in named if name not in table.index]
        if strangers:
            ids = [*table.index, *strangers]
            # A flag that is unknown for the firms added is missing, not False.
            flags = [name for name, dtype in table.dtypes.items() if pd.api.types.is_bool_dtype(dtype)]
            table = table.astype(dict.fromkeys(flags, "boolean"))
            table = table.reindex(pd.Index(ids, tupleize_cols=False)) if len(table.columns) else _firm_table(ids)
        return cls(table, ties)

    @classmethod
    def from_networkx(cls, graph: nx.Graph) -> Network:
        """Return a network from any networkx graph.

        Node ids become firm ids (a tuple becomes its text), node attributes columns of ``firms``, edge attributes
        columns of ``ties``. ``strength`` is the edge attribute of that name, else ``weight``; an edge without
        one has strength 1, one without ``layer`` is in the layer "tie". The node attribute ``bipartite`` becomes
        ``mode``. Text keys of a multigraph go to a column ``key``. A graph from `to_networkx` gives an equal
        network: types, tie ids, order and settings included, lineage not.

        Raises
        ------
        NetworkError
            If a strength is not positive, or ``start`` or ``end`` are not dates.

        Examples
        --------
        >>> import networkx as nx
        >>> Network.from_networkx(nx.path_graph(3))
        <Network: 3 firms (0 isolates), 2 ties, undirected>
        """
        from clusternet.network import _exchange

        return _exchange.from_networkx(cls, graph)

    @classmethod
    def from_igraph(cls, graph: IGraph) -> Network:
        """Return a network from an igraph graph.

        Firm ids are the vertex attribute ``name``, else ``id``, where it is there and distinct, else the vertex
        numbers. A boolean vertex attribute ``type`` becomes ``mode``. Strengths and layers as in `from_networkx`;
        a graph from `to_igraph` gives an equal network, lineage apart.

        Raises
        ------
        NetworkError
            If a strength is not positive, or ``start`` or ``end`` are not dates.
        """
        from clusternet.network import _exchange

        return _exchange.from_igraph(cls, graph)

    @classmethod
    def read(cls, path: str | Path) -> Network:
        """Return a network from a ``.graphml``, ``.gexf``, ``.net`` (Pajek) or ``.json`` (node-link) file.

        A file from `write` gives back an equal network (Pajek apart). In files of other programs, weights, layers
        and modes are understood as in `from_networkx`.

        Raises
        ------
        NetworkError
            If there is no such file, it is not of the format its name says, lists a node twice, has ties to nodes
            it does not list, hyperedges or XML entities.
        OptionError
            If the ending is another one.
        """
        from clusternet.network import _exchange

        return _exchange.read(cls, path)

    def to_networkx(self, *, simple: bool = False) -> nx.Graph:
        """Return the network for networkx, with nothing lost but the lineage.

        The graph is a MultiGraph, or a MultiDiGraph if any tie is directed (then every edge has its own
        ``directed``). Keys are the tie ids; columns become attributes under their names as text, missing values are
        left out. A two-mode network also gets the node attribute ``bipartite`` (0 or 1), as networkx expects. The
        graph attribute ``clusternet`` keeps column types, the order of ties and the settings. Edges of a MultiGraph
        carry ``source`` and ``target`` too, because networkx forgets which end came first.

        With `simple`, a Graph or DiGraph with one edge per tied pair, loops dropped, and the summed ``strength`` and
        the ``count`` of ties on it.

        To write a file, use `write`: the writers of networkx fail on dates.
        """
        from clusternet.network import _exchange

        return _exchange.to_networkx(self, simple=simple)

    def to_igraph(self) -> IGraph:
        """Return the network for igraph, with nothing lost but the lineage.

        The vertex attribute ``name`` is the firm id, the edge attribute ``tie`` the tie id. A column of firms called
        ``name`` becomes ``name_``, a column of ties called ``tie`` becomes ``tie_``; `from_igraph` gives them their
        names back. Missing values are None. A two-mode network also gets the boolean vertex attribute ``type``.
        """
        from clusternet.network import _exchange

        return _exchange.to_igraph(self)

    def write(self, path: str | Path) -> Path:
        """Write GraphML, GEXF (1.3), Pajek or node-link JSON, chosen by the ending, and return the path.

        The same network gives the same bytes. GraphML, GEXF and JSON keep everything but the lineage: a description
        in the file holds column types and settings. In a column of mixed objects, dates come back as text, tuples
        and sets as lists. GEXF has strength as ``weight``, layer as ``kind``, and start and end as Gephi's timeline
        wants them. In GraphML a network with any directed tie is a directed graph, whose edges tell their own
        ``directed``. What XML cannot hold, control characters, is written ``_x0001_``, as in office documents.

        Pajek (``.net``) keeps ids as labels, layers as numbered relations, direction, strength and the two-mode
        header; it loses all other columns, dates, tie ids, types and settings. Quotes and line breaks in labels
        become ' and spaces.

        Raises
        ------
        NetworkError
            If a column holds objects that no file can keep, is not called by a text or number, or two firm ids
            are alike in Pajek.
        OptionError
            If the ending is none of the four.
        """
        from clusternet.network import _exchange

        return _exchange.write(self, path)

    def to_csv(self, folder: str | Path) -> tuple[Path, Path]:
        """Write ``firms.csv`` and ``ties.csv`` for R or a spreadsheet, and return their paths.

        A text that starts with ``= + - @``, a tab or a line break gets an apostrophe in front, so that no cell
        becomes a formula; numbers stay as they are.
        """
        from clusternet.network import _exchange

        return _exchange.to_csv(self, folder)


def _copy(table: pd.DataFrame) -> pd.DataFrame:
    """Return a shallow copy whose index can be renamed: pandas shares the index itself."""
    made = table.copy(deep=False)
    made.index = made.index.view()
    return made


def _edge_rows(edges: Iterable[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Return the edges as tuples of two or three; a text is not taken for an edge of its letters."""
    for door, part in (("from_networkx", "adj"), ("from_igraph", "vs")):
        if hasattr(edges, part):
            raise NetworkError(f"edges is a {type(edges).__name__}; call Network.{door}.")
    what = "edges must be (source, target) or (source, target, strength) tuples"
    if isinstance(edges, str) or not isinstance(edges, Iterable):
        raise NetworkError(f"{what}, or a table; it is {edges!r:.60}.")
    listed = list(edges)
    odd = [edge for edge in listed if isinstance(edge, str) or not isinstance(edge, Iterable)]
    rows = [] if odd else [tuple(edge) for edge in listed]
    odd = odd or [row for row in rows if len(row) not in (2, 3)]
    if odd:
        raise NetworkError(f"{what}; {len(odd):,} are not: {listing(odd)}.")
    return rows


def _joined(layers: pd.Series, place: NDArray[np.int64], size: int) -> list[str]:
    """Return the sorted, distinct layer names of every group, joined with "+"."""
    codes, names = pd.factorize(layers, sort=True)
    width = max(len(names), 1)
    group, code = np.divmod(np.unique(place * np.int64(width) + codes), width)
    first = np.searchsorted(group, np.arange(size))
    joined: list[str] = np.asarray(names, dtype=object)[code[first]].tolist()
    for row in np.flatnonzero(np.bincount(group, minlength=size) > 1).tolist():
        stop = first[row + 1] if row + 1 < size else len(code)
        joined[row] = "+".join(names[code[first[row] : stop]])
    return joined


def igraph_view(network: Network, direction: Direction = "keep") -> IGraph:
    """Return the cached simple graph itself, for measures that only read it: do not change it.

    A copy costs more than many a measure; `Network.igraph` hands one out to everybody else.

    Parameters
    ----------
    network
        The network.
    direction
        "keep" for what `Network.igraph` copies, "undirected" for `Network.igraph_undirected`.
    """
    key = "igraph_undirected" if network.is_directed and direction == "undirected" else "igraph"
    return network._cached(key, lambda: _simple_igraph(network.simple(direction)))  # noqa: SLF001


def _simple_igraph(graph: SimpleGraph) -> IGraph:
    import igraph

    # Lists of Python ints are several times faster for igraph than an array.
    made = igraph.Graph(
        n=graph.n, edges=zip(graph.source.tolist(), graph.target.tolist(), strict=True), directed=graph.directed
    )
    made.es["strength"] = graph.strength.tolist()
    return made
