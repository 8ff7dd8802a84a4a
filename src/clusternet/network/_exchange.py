"""Doors of a network: networkx, igraph, files, and tables for other programs."""

from __future__ import annotations

import os
from collections.abc import Hashable
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clusternet.errors import NetworkError, OptionError, listing, nearest
from clusternet.network._cells import Column, Declared, infer, is_missing, pack, pack_values, restore
from clusternet.result import safe_cells

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import igraph
    import networkx as nx

    from clusternet.network._core import Network

__all__ = [
    "Parts",
    "assemble",
    "from_igraph",
    "from_networkx",
    "meta_of",
    "read",
    "to_csv",
    "to_igraph",
    "to_networkx",
    "write",
]

META = "clusternet"
"""The graph attribute that keeps column types, settings and the order of ties."""

NATIVE = ("source", "target", "layer", "directed", "strength", "start", "end")


@dataclass(slots=True)
class Parts:
    """A graph in no library's terms: what every door takes apart and `assemble` puts together."""

    ids: list[Any]
    firms: dict[str, list[Any]]
    source: list[int]
    target: list[int]
    ties: dict[str, list[Any]]
    directed: bool
    tie_ids: list[Any] | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)


# ── in common ──


def meta_of(net: Network, firms: Sequence[Column], ties: Sequence[Column], **more: Any) -> dict[str, Any]:
    """Return what a graph or file must remember to give back an equal network."""
    return {
        "firm_id": pack_values(net.firms.index)[0],
        "tie_id": pack_values(net.ties.index)[0],
        "firms": [column.declared for column in firms],
        "ties": [column.declared for column in ties],
        "settings": dict(net.settings),
        **more,
    }


def assemble(cls: type[Network], parts: Parts) -> Network:
    """Return the network of the parts: declared columns get their type back, the others get one."""
    meta = parts.meta
    ids = _index(parts.ids, meta.get("firm_id"))
    firms = _frame(parts.firms, meta.get("firms", ()), len(ids))
    if not meta and "mode" not in firms.columns and "bipartite" in firms.columns:
        firms = firms.rename(columns={"bipartite": "mode"})
    firms.index = ids
    cells = parts.ties
    if "weight" in cells:
        if "strength" not in cells:
            cells = {("strength" if name == "weight" else name): column for name, column in cells.items()}
        else:  # a tie with a weight only, beside others with a strength
            pairs = zip(cells["strength"], cells["weight"], strict=True)
            cells = {**cells, "strength": [weight if is_missing(own) else own for own, weight in pairs]}
    size = len(parts.source)
    # A tie that lacks what others have gets what a network without the column would have.
    defaults: dict[str, Any] = {"strength": 1.0, "layer": "tie", "directed": parts.directed}
    for name, value in defaults.items():
        column = cells.get(name, [None] * size)
        cells = {**cells, name: [value if is_missing(cell) else cell for cell in column]}
    if not parts.directed:
        cells = {**cells, "directed": [False] * size}
    declared = [column for column in meta.get("ties", ()) if column[1] not in {"source", "target"}]
    ties = _frame(cells, declared, size)
    # What an outside graph calls source or target is not what it joins.
    ties = ties.rename(columns={name: f"{name}_" for name in ("source", "target") if name in ties.columns})
    ties.insert(0, "source", ids[np.asarray(parts.source, dtype=np.int64)])
    ties.insert(1, "target", ids[np.asarray(parts.target, dtype=np.int64)])
    if parts.tie_ids is not None and len(set(parts.tie_ids)) == size:
        keys = restore(parts.tie_ids, meta["tie_id"]) if "tie_id" in meta else infer(parts.tie_ids)
        ties.index = pd.Index(keys, dtype=keys.dtype)
    return cls(firms, ties, settings=_settings(meta.get("settings", {})))


def _index(ids: list[Any], declared: Any) -> pd.Index:
    if not all(pd.api.types.is_scalar(name) for name in ids):
        made = [name if pd.api.types.is_scalar(name) else str(name) for name in ids]
        if len(set(made)) < len(set(ids)):
            raise NetworkError("some ids are tuples and others read like them as text; relabel the graph first.")
        ids = made
    if declared is not None:
        values = restore(ids, declared)
    else:
        alike = len({type(name) for name in ids}) == 1
        values = infer(ids) if alike else pd.Series(ids, dtype=object if ids else "str")
    return pd.Index(values, dtype=values.dtype)


def _frame(cells: Mapping[str, list[Any]], declared: Iterable[Declared], size: int) -> pd.DataFrame:
    columns: dict[Any, pd.Series] = {}
    seen = set()
    for label, name, kind in declared:
        seen.add(name)
        columns[label] = restore(cells.get(name, [None] * size), kind)
    for name, column in cells.items():
        if name not in seen:
            columns[name] = infer(column)
    return pd.DataFrame(columns, index=pd.RangeIndex(size))


def _settings(value: Any) -> Any:
    """Return settings as a network keeps them: a list that came through JSON is a tuple again."""
    if isinstance(value, dict):
        return {key: _settings(item) for key, item in value.items()}
    return tuple(_settings(item) for item in value) if isinstance(value, list) else value


def _by_column(rows: Sequence[Mapping[Any, Any]]) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {}
    for name in dict.fromkeys(chain.from_iterable(rows)):
        text = str(name)
        while text in columns:  # 1 and "1" are two attributes
            text += "_"
        columns[text] = [row.get(name) for row in rows]
    return columns


def _rows(columns: Sequence[Column], size: int) -> list[dict[str, Any]]:
    if not columns:
        return [{} for _ in range(size)]
    names = [column.name for column in columns]
    return [
        {name: cell for name, cell in zip(names, cells, strict=True) if cell is not None}
        for cells in zip(*(column.cells for column in columns), strict=True)
    ]


def _modes(net: Network) -> list[int]:
    codes: list[int] = pd.factorize(net.firms["mode"])[0].tolist()
    return codes


# ── networkx ──


def to_networkx(net: Network, *, simple: bool = False) -> nx.Graph:
    """Return the network for networkx; see `Network.to_networkx`."""
    import networkx as nx

    frame, ties = net.firms, net.ties
    ids = frame.index.tolist()
    columns = pack(frame)
    nodes = _rows(columns, len(ids))
    two_mode = net.is_two_mode and all(column.name != "bipartite" for column in columns)
    if two_mode:
        for node, code in zip(nodes, _modes(net), strict=True):
            node["bipartite"] = code
    if simple:
        merged = net.simple()
        graph = nx.DiGraph() if merged.directed else nx.Graph()
        graph.add_nodes_from(zip(ids, nodes, strict=True))
        graph.add_edges_from(
            (ids[one], ids[other], {"strength": strength, "count": count})
            for one, other, strength, count in zip(
                merged.source.tolist(),
                merged.target.tolist(),
                merged.strength.tolist(),
                merged.count.tolist(),
                strict=True,
            )
        )
        return graph
    graph = nx.MultiDiGraph() if net.is_directed else nx.MultiGraph()
    graph.add_nodes_from(zip(ids, nodes, strict=True))
    # An undirected networkx edge forgets which end came first, so the ends are attributes there.
    packed = pack(ties.drop(columns=["source", "target"]) if net.is_directed else ties)
    keys = pack_values(ties.index)[1]
    ends = (pack_values(ties[end])[1] for end in ("source", "target"))
    graph.add_edges_from(zip(*ends, keys, _rows(packed, len(ties)), strict=True))
    graph.graph[META] = meta_of(net, columns, packed, tie_ids=keys, added=["bipartite"] if two_mode else [])
    return graph


def from_networkx(cls: type[Network], graph: nx.Graph) -> Network:
    """Return a network from any networkx graph; see `Network.from_networkx`."""
    if not hasattr(graph, "adj"):
        raise NetworkError(f"this is no networkx graph but a {type(graph).__name__}{_DOORS}")
    meta = _meta(graph.graph.get(META))
    nodes = list(graph.nodes(data=True))
    firms = _by_column([data for _, data in nodes])
    for name in meta.get("added", ()):
        firms.pop(name, None)
    place = {node: position for position, (node, _) in enumerate(nodes)}
    keyed = graph.is_multigraph()
    if keyed:
        edges = list(graph.edges(keys=True, data=True))
    else:
        edges = [(one, other, None, data) for one, other, data in graph.edges(data=True)]
    keys: list[Any] | None = [key for _, _, key, _ in edges]
    order = {key: position for position, key in enumerate(meta.get("tie_ids", ()))}
    if order:
        edges.sort(key=lambda edge: order.get(edge[2], len(order)))
        keys = [edge[2] for edge in edges]
    source, target = [place[edge[0]] for edge in edges], [place[edge[1]] for edge in edges]
    ties = _by_column([data for *_, data in edges])
    if "tie_id" in meta and graph.is_directed() and "source" in ties:
        # Only an undirected graph keeps its ends: networkx has made two arcs of every edge since.
        for name in ("source", "target", "directed"):
            ties.pop(name, None)
    if "tie_id" in meta:
        stored = zip(ties.pop("source", ()), ties.pop("target", ()), strict=True)
        for row, (one, other) in enumerate(stored):
            # Only an edge that still joins the same firms: nodes may have been relabeled.
            if place.get(one) == target[row] and place.get(other) == source[row]:
                source[row], target[row] = target[row], source[row]
    else:
        # Text keys of an outside graph tell parallel edges apart; the numbers networkx hands out say nothing.
        if keyed and any(isinstance(key, str) for key in keys or ()) and "key" not in ties:
            ties["key"] = list(keys or ())
        keys = None
    return assemble(cls, Parts(list(place), firms, source, target, ties, graph.is_directed(), keys, meta))


_DOORS = "; a graph of igraph goes through Network.from_igraph, one of networkx through from_networkx."


def _meta(found: Any) -> dict[str, Any]:
    """Return the description that clusternet left in a graph, or nothing if it is not one."""
    known = {"firm_id", "tie_id", "firms", "ties"}
    return dict(found) if isinstance(found, dict) and known <= set(found) else {}


# ── igraph ──


def to_igraph(net: Network) -> igraph.Graph:
    """Return the network for igraph; see `Network.to_igraph`."""
    import igraph

    frame, ties = net.firms, net.ties
    source, target = (frame.index.get_indexer(ties[end]).tolist() for end in ("source", "target"))
    graph = igraph.Graph(n=net.n_firms, edges=list(zip(source, target, strict=True)), directed=net.is_directed)
    columns, packed = pack(frame, ["name"]), pack(ties, ["tie"])
    graph.vs["name"] = frame.index.tolist()
    graph.es["tie"] = ties.index.tolist()
    two_mode = net.is_two_mode and all(column.name != "type" for column in columns)
    if two_mode:
        graph.vs["type"] = [code == 1 for code in _modes(net)]
    for column in columns:
        graph.vs[column.name] = column.cells
    for column in packed:
        graph.es[column.name] = column.cells
    graph[META] = meta_of(net, columns, packed, added=["type"] if two_mode else [])
    return graph


def from_igraph(cls: type[Network], graph: igraph.Graph) -> Network:
    """Return a network from an igraph graph; see `Network.from_igraph`."""
    if not hasattr(graph, "vs"):
        raise NetworkError(f"this is no igraph graph but a {type(graph).__name__}{_DOORS}")
    meta = _meta(graph[META] if META in graph.attributes() else None)
    firms = {name: graph.vs[name] for name in graph.vs.attributes()}
    ties = {name: graph.es[name] for name in graph.es.attributes()}
    for name in meta.get("added", ()):
        firms.pop(name, None)
    ids: list[Any] = list(range(graph.vcount()))
    for name in ("name", "id"):
        column = firms.get(name, [])
        told = all(isinstance(cell, Hashable) and not is_missing(cell) for cell in column)
        if name in firms and told and len(set(column)) == len(column):
            ids = firms.pop(name)
            break
    if not meta and "mode" not in firms and firms.get("type") and set(map(type, firms["type"])) == {bool}:
        firms["mode"] = [int(cell) for cell in firms.pop("type")]
    ends = graph.get_edgelist()
    source, target = [one for one, _ in ends], [other for _, other in ends]
    keys = None
    if meta:
        keys = ties.pop("tie", None)
        place = {name: position for position, name in enumerate(ids)}
        for row, (one, other) in enumerate(zip(ties.pop("source", ()), ties.pop("target", ()), strict=True)):
            # igraph sorts the ends of an undirected edge; an edge that was rewired keeps its new ends.
            if not graph.is_directed() and (place.get(one), place.get(other)) == (target[row], source[row]):
                source[row], target[row] = target[row], source[row]
        if keys is not None and any(is_missing(key) for key in keys):
            keys = None
    return assemble(cls, Parts(ids, firms, source, target, ties, graph.is_directed(), keys, meta))


# ── files ──


def read(cls: type[Network], path: str | Path) -> Network:
    """Return a network from a file; see `Network.read`."""
    from clusternet.network import _files

    place = Path(path)
    reader = _files.READERS[_ending(place)]
    if not place.is_file():
        near = nearest(place.name, [other.name for other in place.parent.glob("*")] if place.parent.is_dir() else [])
        raise NetworkError(f"there is no file {str(place)!r}.{near}")
    return assemble(cls, reader(place))


def write(net: Network, path: str | Path) -> Path:
    """Write a file; see `Network.write`."""
    from clusternet.network import _files

    place = Path(path)
    writer = _files.WRITERS[_ending(place)]
    return _put(place, writer(net))


def to_csv(net: Network, folder: str | Path) -> tuple[Path, Path]:
    """Write firms.csv and ties.csv; see `Network.to_csv`."""
    place = Path(folder)
    made = []
    for name, frame in (("firm", net.firms), ("tie", net.ties)):
        label = name
        while label in frame.columns:
            label += "_"
        table = safe_cells(frame.rename_axis(index=label).reset_index())
        made.append(_put(place / f"{name}s.csv", [table.to_csv(index=False, lineterminator="\n")]))
    return made[0], made[1]


def _ending(path: Path) -> str:
    from clusternet.network._files import WRITERS

    ending = path.suffix.lower()
    if ending not in WRITERS:
        raise OptionError(f"the ending of {path.name!r} chooses the format: use one of {listing(WRITERS)}.")
    return ending


def _put(path: Path, chunks: Iterable[str]) -> Path:
    """Write text beside the goal and move it there when all is well: a failed run leaves no half file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        # A lone surrogate has no UTF-8 form; in JSON the backslash form of Python is the right one.
        with half.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.writelines(chunks)
        half.replace(path)
    except BaseException:
        half.unlink(missing_ok=True)
        raise
    return path
