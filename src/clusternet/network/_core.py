"""The class Network: two tables, derived views, slices and projections."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

import numpy as np
import pandas as pd

from clusternet.errors import NetworkError, OptionError, UnknownFirmError, listing, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    import igraph
    import networkx as nx
    from numpy.typing import NDArray
    from scipy import sparse

__all__ = ["LAYERS", "Network", "SimpleGraph"]

LAYERS = ("alliance", "joint_venture", "cooperative", "platform", "supply", "referral")
"""The five collaboration models and the referral."""

TIE_COLUMNS = ("source", "target", "layer", "directed", "strength", "start", "end")
Direction = Literal["keep", "undirected"]
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
    if not isinstance(firms, pd.DataFrame):
        firms = pd.DataFrame(index=pd.Index(list(firms), tupleize_cols=False))
    table = firms.copy(deep=False)
    if isinstance(table.index, pd.MultiIndex):
        raise NetworkError("firms has a MultiIndex; index it by one firm id.")
    if table.index.hasnans:
        raise NetworkError(f"{int(table.index.isna().sum()):,} firms have no id; give every firm an id.")
    if not table.index.is_unique:
        twice = table.index[table.index.duplicated()].unique()
        raise NetworkError(f"{len(twice):,} firm ids stand more than once: {listing(twice)}; keep one row per firm.")
    if not table.columns.is_unique:
        raise NetworkError(f"firms has repeated columns: {listing(table.columns[table.columns.duplicated()])}.")
    return table.rename_axis(index="firm")


def _tie_table(ties: pd.DataFrame, firms: pd.DataFrame) -> tuple[pd.DataFrame, NDArray[np.int64], NDArray[np.int64]]:
    for column in ("source", "target"):
        if column not in ties.columns:
            raise NetworkError(f"ties lacks the column {column!r}; it has {listing(ties.columns, 10)}.")
    table = ties.copy(deep=False)
    if not table.columns.is_unique:
        raise NetworkError(f"ties has repeated columns: {listing(table.columns[table.columns.duplicated()])}.")
    if not table.index.is_unique:
        raise NetworkError("the index of ties holds tie ids and must be unique; reset_index(drop=True) gives one.")
    size = len(table)
    defaults: dict[str, object] = {"layer": "tie", "directed": False, "strength": 1.0, "start": pd.NaT, "end": pd.NaT}
    for column, value in defaults.items():
        if column not in table.columns:
            table[column] = value
    table["layer"] = table["layer"].astype("str")
    table["directed"] = table["directed"].astype(bool)
    strength = pd.to_numeric(table["strength"], errors="coerce").astype("float64")
    bad = ~(np.isfinite(strength) & (strength > 0))
    if bad.any():
        raise NetworkError(
            f"{int(bad.sum()):,} ties have a strength that is not a positive finite number: "
            f"{listing(table.loc[bad, 'strength'])}; drop them, or put signed values in a column of their own."
        )
    table["strength"] = strength
    for column in ("start", "end"):
        if table[column].dtype.kind != "M":
            table[column] = pd.to_datetime(table[column], errors="raise")
        table[column] = table[column].astype("datetime64[us]")
    codes = []
    for column in ("source", "target"):
        code = firms.index.get_indexer(table[column]) if size else np.empty(0, dtype=np.int64)
        if (code < 0).any():
            strangers = table.loc[code < 0, column].unique()
            raise NetworkError(
                f"{len(strangers):,} firms in ties.{column} are not in the firm table: {listing(strangers)}; "
                "add them to firms (Network.from_edges does this for you)."
            )
        codes.append(code.astype(np.int64))
    extras = [column for column in table.columns if column not in TIE_COLUMNS]
    return table[[*TIE_COLUMNS, *extras]].rename_axis(index="tie"), codes[0], codes[1]


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
        self._firms = _firm_table(firms)
        self._ties, source, target = _tie_table(ties, self._firms)
        self._codes = (source, target)
        self._settings = MappingProxyType(dict(settings or {}))
        self._lineage = lineage
        self._cache: dict[str, Any] = {}

    def _cached(self, key: str, make: Callable[[], T]) -> T:
        if key not in self._cache:
            self._cache[key] = make()
        return cast("T", self._cache[key])

    def _derive(self, firms: pd.DataFrame, ties: pd.DataFrame, step: str) -> Network:
        steps = [*self._settings.get("slices", ()), step]
        return Network(firms, ties, settings={**self._settings, "slices": tuple(steps)}, lineage=self._lineage)

    # ── the two tables ──

    @property
    def firms(self) -> pd.DataFrame:
        """One row per firm, indexed by firm id (a shallow copy: changing it does not change the network)."""
        return self._firms.copy(deep=False)

    @property
    def ties(self) -> pd.DataFrame:
        """One row per tie, indexed by tie id (a shallow copy: changing it does not change the network)."""
        return self._ties.copy(deep=False)

    @property
    def settings(self) -> Mapping[str, Any]:
        """The rules that made this network, and the slices taken since."""
        return self._settings

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
        return bool(self._ties["directed"].any())

    @property
    def is_two_mode(self) -> bool:
        """True when firms have a ``mode`` with two values and every tie joins one mode to the other."""

        def check() -> bool:
            if "mode" not in self._firms.columns or self._firms["mode"].nunique() != 2:
                return False
            mode = pd.factorize(self._firms["mode"])[0]
            source, target = self._codes
            return bool((mode[source] != mode[target]).all())

        return self._cached("two_mode", check)

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers that hold a tie: the six known ones first, then others by name."""
        present = set(self._ties["layer"].unique())
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
        what = [
            f"{self.n_firms:,} firms ({isolates:,} isolate{'' if isolates == 1 else 's'})",
            f"{self.n_ties:,} tie{'' if self.n_ties == 1 else 's'}",
            "directed" if self.is_directed else "undirected",
        ]
        if len(layers) > 1:
            what.append(f"layers {', '.join(layers)}")
        if self.is_two_mode:
            what.append("two-mode")
        return f"<Network: {', '.join(what)}>"

    # ── derived views ──

    def simple(self, direction: Direction = "keep") -> SimpleGraph:
        """Return the network as a simple graph; ``direction="undirected"`` ties i and j if either names the other."""
        if direction not in ("keep", "undirected"):
            raise OptionError(f"direction is {direction!r}; choose 'keep' or 'undirected'.")
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
        return SimpleGraph(self.n_firms, one, other, total.astype(float), count.astype(np.int64), directed)

    @property
    def adjacency(self) -> sparse.csr_array:
        """Sparse matrix of summed strengths, firms in table order; symmetric when undirected, no loops."""
        return self._cached("adjacency", lambda: self.simple().csr(weights="strength")).copy()

    @property
    def igraph(self) -> igraph.Graph:
        """The simple graph as igraph sees it: vertices in table order, ``strength`` on the edges.

        The object is cached: treat it as read-only. `to_igraph` gives a full copy of your own.
        """
        return self._cached("igraph", lambda: _simple_igraph(self.simple()))

    @property
    def igraph_undirected(self) -> igraph.Graph:
        """As `igraph`, with direction ignored and the strengths of both directions summed."""
        if not self.is_directed:
            return self.igraph
        return self._cached("igraph_undirected", lambda: _simple_igraph(self.simple("undirected")))

    def lineage(self, tie: object) -> pd.DataFrame:
        """Return the records that made a tie: one row per record, with table, row and record id.

        Raises
        ------
        NetworkError
            If the network was not built from records, or has no such tie.
        """
        if tie not in self._ties.index:
            raise NetworkError(f"there is no tie {tie!r}; tie ids are the index of net.ties.")
        if self._lineage is None:
            raise NetworkError("this network was not built from records; build_network keeps lineage.")
        return self._lineage.loc[[tie]].reset_index(drop=True)

    @property
    def lineage_table(self) -> pd.DataFrame | None:
        """The whole lineage: one row per tie and record, indexed by tie id; None if not built from records."""
        if self._lineage is None:
            return None
        return self._lineage[self._lineage.index.isin(self._ties.index)]

    def positions(self, ids: Iterable[object]) -> NDArray[np.int64]:
        """Return the row numbers of firms.

        Raises
        ------
        UnknownFirmError
            If an id is not in the network.
        """
        wanted = pd.Index(list(ids), tupleize_cols=False)
        place = self._firms.index.get_indexer(wanted) if len(wanted) else np.empty(0, dtype=np.int64)
        if (place < 0).any():
            missing = wanted[place < 0]
            raise UnknownFirmError(
                f"{len(missing):,} ids are not firms of this network: {listing(missing)}."
                + nearest(str(missing[0]), map(str, self._firms.index[:20_000]))
            )
        return place.astype(np.int64)

    # ── slices ──

    def layer(self, *names: str) -> Network:
        """Return the ties of the named layers; all firms stay.

        Raises
        ------
        NetworkError
            If a layer is neither present nor one of the six known names.
        """
        for name in names:
            if name not in self.layers and name not in LAYERS:
                raise NetworkError(f"there is no layer {name!r}; this network has {listing(self.layers, 10)}.")
        return self._derive(self._firms, self._ties[self._ties["layer"].isin(names)], f"layer({', '.join(names)})")

    def at(self, date: object, *, undated: Literal["keep", "drop"] = "keep") -> Network:
        """Return the ties alive on a date: started on or before it, and not ended before it; all firms stay."""
        return self.window(date, date, undated=undated)

    def window(self, first: object, last: object, *, undated: Literal["keep", "drop"] = "keep") -> Network:
        """Return the ties alive on some day from `first` to `last`, both included; all firms stay.

        A missing start counts as "always was", a missing end as "still open". Ties with neither date are kept
        or dropped as `undated` says.
        """
        start, end = pd.Timestamp(cast("Any", first)), pd.Timestamp(cast("Any", last))
        if pd.isna(start) or pd.isna(end) or end < start:
            raise OptionError(f"the window {first!r} to {last!r} is not two dates in order.")
        if undated not in ("keep", "drop"):
            raise OptionError(f"undated is {undated!r}; choose 'keep' or 'drop'.")
        begins, ends = self._ties["start"], self._ties["end"]
        alive = (begins.isna() | (begins <= end)) & (ends.isna() | (ends >= start))
        if undated == "drop":
            alive &= begins.notna() | ends.notna()
        return self._derive(self._firms, self._ties[alive], f"window({start.date()}, {end.date()}, undated={undated})")

    def between(self, group: Iterable[object], other: Iterable[object]) -> Network:
        """Return the ties that join a firm of one group with a firm of the other; all firms stay."""
        one, two = np.zeros(self.n_firms, dtype=bool), np.zeros(self.n_firms, dtype=bool)
        one[self.positions(group)] = True
        two[self.positions(other)] = True
        source, target = self._codes
        keep = (one[source] & two[target]) | (two[source] & one[target])
        return self._derive(self._firms, self._ties[keep], f"between({int(one.sum())} firms, {int(two.sum())} firms)")

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
        return self._derive(self._firms[keep], self._ties[keep[source] & keep[target]], step)

    def component_codes(self, connection: Literal["weak", "strong"] = "weak") -> NDArray[np.int64]:
        """Return a component number for every firm, numbered by first appearance in the firm table."""
        from scipy.sparse.csgraph import connected_components

        if connection not in ("weak", "strong"):
            raise OptionError(f"connection is {connection!r}; choose 'weak' or 'strong'.")

        def compute() -> NDArray[np.int64]:
            if self.n_firms == 0:
                return np.empty(0, dtype=np.int64)
            labels = connected_components(self.simple().csr(), directed=True, connection=connection)[1]
            return pd.factorize(labels)[0].astype(np.int64)

        return self._cached(f"components_{connection}", compute).copy()

    def largest_component(self, connection: Literal["weak", "strong"] = "weak") -> Network:
        """Return the largest component; of several of one size, the one that comes first in the firm table."""
        codes = self.component_codes(connection)
        giant = int(np.bincount(codes).argmax()) if len(codes) else 0
        return self._keep(codes == giant, f"largest_component({connection})")

    def undirected(self) -> Network:
        """Return the same ties with direction forgotten; a mutual pair keeps both ties, in parallel."""
        return self._derive(self._firms, self._ties.assign(directed=False), "undirected()")

    def merge_layers(self, strength: Literal["sum", "count", "max"] = "sum") -> Network:
        """Return one tie per pair of firms, across layers and periods, in the layer "all".

        The strength is the `sum` or `max` of the merged strengths or the `count` of merged ties. Column
        ``layers`` joins the layer names with "+". Start is the earliest known start; end is the latest, and
        open if any merged tie is open. In a directed network an undirected tie merges into both arcs. Loops stay.
        """
        if strength not in ("sum", "count", "max"):
            raise OptionError(f"strength is {strength!r}; choose 'sum', 'count' or 'max'.")
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
        end = by["end"].max()
        merged = pd.DataFrame(
            {
                "source": self._firms.index[one],
                "target": self._firms.index[other],
                "layer": "all",
                "directed": self.is_directed,
                "strength": by.size().astype(float) if strength == "count" else by["strength"].agg(strength),
                "start": by["start"].min(),
                "end": end.mask(old["end"].isna().groupby(place).any()),
                "layers": by["layer"].agg(lambda names: "+".join(sorted(set(names)))).astype("str"),
                "n_ties": by.size(),
            },
        )
        lineage = self._lineage
        if lineage is not None:
            step = pd.DataFrame({"old": old.index, "new": place})
            lineage = step.merge(lineage.rename_axis(index="old").reset_index(), on="old").drop(columns="old")
            lineage = lineage.drop_duplicates().set_index("new").rename_axis(index="tie").sort_index(kind="stable")
        settings = {**self._settings, "slices": (*self._settings.get("slices", ()), f"merge_layers({strength})")}
        return Network(self._firms, merged, settings=settings, lineage=lineage)

    def project(self, mode: object, weights: Literal["count", "newman"] = "count") -> Network:
        """Return the one-mode network of `mode`: two members tied if they share at least one partner.

        Parameters
        ----------
        mode
            The value of ``firms["mode"]`` to keep.
        weights
            "count": strength is the number of shared partners. "newman": each shared partner of k members adds
            1/(k - 1), so that large agreements do not dominate (newman2001).

        Raises
        ------
        NetworkError
            If the network is not two-mode or has no such mode.
        """
        from scipy import sparse

        if weights not in ("count", "newman"):
            raise OptionError(f"weights is {weights!r}; choose 'count' or 'newman'.")
        if not self.is_two_mode:
            raise NetworkError("only a two-mode network can be projected; firms['mode'] must split every tie.")
        modes = self._firms["mode"].to_numpy()
        if mode not in set(modes):
            raise NetworkError(f"there is no mode {mode!r}; the modes are {listing(dict.fromkeys(modes))}.")
        keep = modes == mode
        graph = self.simple("undirected")
        swap = keep[graph.target]
        member = np.where(swap, graph.target, graph.source)
        partner = np.where(swap, graph.source, graph.target)
        row = np.cumsum(keep) - 1
        column = np.cumsum(~keep) - 1
        shape = (int(keep.sum()), int((~keep).sum()))
        incidence = sparse.csr_array((np.ones(len(member)), (row[member], column[partner])), shape=shape)
        size = np.asarray(incidence.sum(axis=0)).ravel()
        scale = 1.0 / np.maximum(size - 1, 1) if weights == "newman" else np.ones(shape[1])
        shared = sparse.triu(incidence @ sparse.diags_array(scale) @ incidence.T, k=1).tocoo()
        count = sparse.triu(incidence @ incidence.T, k=1).tocsr()
        ids = self._firms.index[keep]
        order = np.lexsort((shared.col, shared.row))
        one, other = shared.row[order], shared.col[order]
        ties = pd.DataFrame(
            {
                "source": ids[one],
                "target": ids[other],
                "layer": "shared",
                "strength": shared.data[order],
                "n_shared": np.asarray(count[one, other]).ravel().astype(np.int64),
            }
        )
        settings = {**self._settings, "slices": (*self._settings.get("slices", ()), f"project({mode}, {weights})")}
        return Network(self._firms[keep], ties, settings=settings)

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
            rows = [tuple(edge) for edge in edges]
            if any(len(row) not in (2, 3) for row in rows):
                raise NetworkError("edges must be (source, target) or (source, target, strength) tuples.")
            ties = pd.DataFrame(
                {
                    "source": pd.Series([row[0] for row in rows], dtype=None if rows else "object"),
                    "target": pd.Series([row[1] for row in rows], dtype=None if rows else "object"),
                    "strength": [float(cast("Any", row[2])) if len(row) == 3 else 1.0 for row in rows],
                }
            )
        if "directed" not in ties.columns:
            ties["directed"] = directed
        table = _firm_table(firms if firms is not None else [])
        for column in ("source", "target"):
            if column not in ties.columns:
                raise NetworkError(f"edges lacks the column {column!r}; it has {listing(ties.columns, 10)}.")
        named = pd.unique(np.ravel(ties[["source", "target"]].astype(object).to_numpy())) if len(ties) else []
        strangers = [name for name in named if name not in table.index]
        if strangers:
            ids = [*table.index, *strangers]
            table = table.reindex(pd.Index(ids, tupleize_cols=False)) if len(table.columns) else _firm_table(ids)
        return cls(table, ties)

    @classmethod
    def from_networkx(cls, graph: nx.Graph) -> Network:
        """Return a network from any networkx graph; `to_networkx` gives back an equal one."""
        from clusternet.network import _exchange

        return _exchange.from_networkx(cls, graph)

    @classmethod
    def from_igraph(cls, graph: igraph.Graph) -> Network:
        """Return a network from an igraph graph; `to_igraph` gives back an equal one."""
        from clusternet.network import _exchange

        return _exchange.from_igraph(cls, graph)

    @classmethod
    def read(cls, path: str | Path) -> Network:
        """Return a network from a GraphML, GEXF, Pajek or node-link JSON file, told apart by its ending."""
        from clusternet.network import _exchange

        return _exchange.read(cls, path)

    def to_networkx(self, *, simple: bool = False) -> nx.Graph:
        """Return the network for networkx: all ties and attributes, or with `simple` one merged edge per pair."""
        from clusternet.network import _exchange

        return _exchange.to_networkx(self, simple=simple)

    def to_igraph(self) -> igraph.Graph:
        """Return the network for igraph, with all ties and attributes."""
        from clusternet.network import _exchange

        return _exchange.to_igraph(self)

    def write(self, path: str | Path) -> Path:
        """Write GraphML, GEXF, Pajek (.net) or node-link JSON, chosen by the ending, and return the path."""
        from clusternet.network import _exchange

        return _exchange.write(self, path)

    def to_csv(self, folder: str | Path) -> tuple[Path, Path]:
        """Write ``firms.csv`` and ``ties.csv`` for R or a spreadsheet; cells cannot become formulas."""
        from clusternet.network import _exchange

        return _exchange.to_csv(self, folder)


def _simple_igraph(graph: SimpleGraph) -> igraph.Graph:
    import igraph

    # Lists of Python ints are several times faster for igraph than an array.
    made = igraph.Graph(
        n=graph.n, edges=zip(graph.source.tolist(), graph.target.tolist(), strict=True), directed=graph.directed
    )
    made.es["strength"] = graph.strength.tolist()
    return made
