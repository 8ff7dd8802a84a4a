"""GraphML, GEXF, Pajek and node-link JSON: readers and writers that give the same bytes for the same network."""

from __future__ import annotations

import json
import re
from itertools import repeat
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

import pandas as pd

from clusternet.errors import NetworkError, listing
from clusternet.network._cells import Column, kind_of, pack, pack_values, plain, to_json, typed
from clusternet.network._exchange import META, Parts, meta_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from clusternet.network._core import Network

__all__ = ["READERS", "WRITERS"]


# ── what every format needs ──


def _where(table: str, column: Column) -> str:
    return f"the column {column.label!r} of {table}"


def _plain_cells(column: Column, where: str) -> list[Any]:
    """Return the cells of a column as strict JSON values; a JSON cell of a mixed column stays nested."""
    if isinstance(column.type, str) and column.type in {"str", "object:text", "bool", "int64"}:
        return column.cells
    return [plain(cell, where) for cell in column.cells]


def _description(net: Network, firms: Sequence[Column], ties: Sequence[Column]) -> dict[str, Any]:
    """Return the description of a network for a file: the column types and the settings, all plain."""
    for table, columns in (("firms", firms), ("ties", ties)):
        for column in columns:
            if not isinstance(column.label, str) and type(column.label) is not int:
                raise NetworkError(f"a column of {table} is called {column.label!r}; rename it to a text.")
    return {
        key: plain(value, "the description", force=key == "settings")
        for key, value in meta_of(net, firms, ties).items()
    }


def _ends(net: Network, ids: Sequence[Any]) -> list[list[Any]]:
    """Return source and target of every tie as the file writes the ids, which may depend on all of them."""
    return [[ids[row] for row in net.positions(net.ties[end]).tolist()] for end in ("source", "target")]


def _positions(found: Sequence[Any], place: Mapping[Any, int], path: Path) -> list[int]:
    strangers = dict.fromkeys(name for name in found if name not in place)
    if strangers:
        raise NetworkError(
            f"{path.name} has ties to {len(strangers):,} nodes that it does not list: {listing(strangers)}."
        )
    return [place[name] for name in found]


def _places(ids: Sequence[Any], path: Path) -> dict[Any, int]:
    place = {name: position for position, name in enumerate(ids)}
    if len(place) < len(ids):
        twice = [name for position, name in enumerate(ids) if place[name] != position]
        raise NetworkError(f"{path.name} lists {len(twice):,} node ids more than once: {listing(twice)}.")
    return place


def _described(found: Any) -> dict[str, Any]:
    """Return the description that `_description` wrote, or nothing if the file has another origin."""
    if isinstance(found, str):
        try:
            found = json.loads(found)
        except ValueError:
            return {}
    known = {"firm_id", "tie_id", "firms", "ties"}
    return dict(found) if isinstance(found, dict) and known <= set(found) else {}


# ── node-link JSON ──


def _write_json(net: Network) -> Iterator[str]:
    firms, ties = pack(net.firms, ["id"]), pack(net.ties.iloc[:, 2:], ["key", "source", "target"])
    yield f'{{"directed": {to_json(net.is_directed)}, "multigraph": true,\n'
    yield f'"graph": {{"{META}": {to_json(_description(net, firms, ties))}}},\n"nodes": [\n'
    ids = _plain_cells(Column("", "", *pack_values(net.firms.index)), "a firm id")
    yield from _json_rows({"id": ids}, firms, "firms")
    source, target = _ends(net, ids)
    keys = _plain_cells(Column("", "", *pack_values(net.ties.index)), "a tie id")
    yield '\n],\n"edges": [\n'
    yield from _json_rows({"source": source, "target": target, "key": keys}, ties, "ties")
    yield "\n]}\n"


def _json_rows(fixed: dict[str, list[Any]], columns: Sequence[Column], table: str) -> Iterator[str]:
    cells = {**fixed, **{column.name: _plain_cells(column, _where(table, column)) for column in columns}}
    names = list(cells)
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
    for number, row in enumerate(zip(*cells.values(), strict=True)):
        yield ",\n" * (number > 0) + encode(
            {name: cell for name, cell in zip(names, row, strict=True) if cell is not None}
        )


def _read_json(path: Path) -> Parts:
    try:
        data = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise NetworkError(f"{path.name} is no JSON: {error}.") from error
    links: Any = data.get("edges", data.get("links")) if isinstance(data, dict) else None
    nodes: Any = data.get("nodes") if isinstance(data, dict) else None
    if not _records(nodes) or not _records(links):
        raise NetworkError(
            f"{path.name} is no node-link JSON: it needs lists 'nodes' and 'edges' (or 'links') of objects."
        )
    graph = data.get("graph")
    meta = _described(graph.get(META) if isinstance(graph, dict) else None)
    for table, rows, needed in (("nodes", nodes, {"id"}), ("edges", links, {"source", "target"})):
        lacking = [number for number, row in enumerate(rows) if not needed <= set(row)]
        if lacking:
            what = listing(sorted(needed))
            raise NetworkError(f"{path.name}: {len(lacking):,} {table} lack one of {what}: numbers {listing(lacking)}.")
    ids = [_hashable(row["id"]) for row in nodes]
    place = _places(ids, path)
    source, target = (_positions([_hashable(row[end]) for row in links], place, path) for end in ("source", "target"))
    firms = _spread(nodes, {"id"})
    ties = _spread(links, {"source", "target", "key"})
    keys = [row.get("key") for row in links] if meta else None
    return Parts(ids, firms, source, target, ties, bool(data.get("directed", False)), keys, meta)


def _records(rows: Any) -> bool:
    return isinstance(rows, list) and all(isinstance(row, dict) for row in rows)


def _hashable(value: Any) -> Any:
    if isinstance(value, dict):
        return to_json(value)
    return tuple(_hashable(item) for item in value) if isinstance(value, list) else value


def _spread(rows: Sequence[Mapping[str, Any]], without: set[str]) -> dict[str, list[Any]]:
    names = dict.fromkeys(name for row in rows for name in row if name not in without)
    return {name: [row.get(name) for row in rows] for name in names}


# ── XML ──

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def _legal(text: str) -> str:
    """Return text that XML can hold: what it cannot hold is written _x0001_, as office documents do."""
    return _ILLEGAL.sub(lambda match: f"_x{ord(match[0]):04X}_", text)


def _original(text: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)


def _body(text: str) -> str:
    if text.isalnum():
        return text  # nothing to escape, and most cells are such
    return escape(_legal(text), {"\r": "&#13;"})


def _attribute(text: str) -> str:
    if text.isalnum():
        return f'"{text}"'
    return quoteattr(_legal(text))


def _texts(column: Column, where: str) -> list[str | None]:
    """Return the cells of a column as text, missing as None."""
    kind = column.kind
    cells = _plain_cells(column, where)
    if kind == "bool":
        return [None if cell is None else "true" if cell else "false" for cell in cells]
    if kind == "json":
        return [None if cell is None else to_json(cell) for cell in cells]
    return [None if cell is None else str(cell) for cell in cells]


def _xml_type(column: Column) -> str:
    """Return the type name that GraphML and GEXF share; a number beyond 64 bits is text."""
    if column.kind == "int" and any(cell is not None and not -(2**63) <= cell < 2**63 for cell in column.cells):
        return "string"
    if column.kind == "bool" and isinstance(column.type, dict):
        return "string"
    return {"bool": "boolean", "int": "long", "float": "double"}.get(column.kind, "string")


_KINDS = {
    "boolean": "bool", "int": "int", "integer": "int", "long": "int", "short": "int", "byte": "int", "float": "float",
    "double": "float",
}  # fmt: skip


def _parse(path: Path) -> Iterator[tuple[str, str, ET.Element]]:
    """Yield event, tag without namespace, and element; an element is emptied by its reader."""
    if b"<!ENTITY" in path.read_bytes():
        # Entities can reach other files or grow without end, and no graph needs them.
        raise NetworkError(f"{path.name} declares XML entities, which are not read; save it without them.")
    try:
        for event, element in ET.iterparse(path, events=("start", "end")):  # noqa: S314  (entities are refused above)
            yield event, element.tag.rpartition("}")[2], element
    except (ET.ParseError, LookupError, ValueError) as error:
        if isinstance(error, NetworkError):
            raise
        raise NetworkError(f"{path.name} is no well-formed XML: {error}.") from error


class _Table:
    """Rows of attributes as an XML file gives them, column by column, gaps as None."""

    def __init__(self) -> None:
        self.size = 0
        self.cells: dict[str, list[Any]] = {}

    def add(self, row: Mapping[str, Any]) -> None:
        for name, cell in row.items():
            column = self.cells.setdefault(name, [])
            column.extend(repeat(None, self.size - len(column)))
            column.append(cell)
        self.size += 1

    def done(self) -> dict[str, list[Any]]:
        for column in self.cells.values():
            column.extend(repeat(None, self.size - len(column)))
        return self.cells


def _typed_columns(
    cells: dict[str, list[Any]], declared: Iterable[Any], kinds: Mapping[str, str], *, ours: bool
) -> dict[str, list[Any]]:
    """Turn texts into values: by the declared types in a file of ours, else by what the file says."""
    known = {name: kind_of(kind) for _, name, kind in declared}
    made = {}
    for name, column in cells.items():
        kind = known.get(name, kinds.get(name, "text"))
        made[name] = [_value(cell, kind, ours=ours) for cell in column]
    return made


def _value(cell: str | None, kind: str, *, ours: bool) -> Any:
    if cell is None:
        return None
    return typed(_original(cell) if ours else cell, kind)


def _finish(path: Path, parts: Parts, ends: tuple[list[str], list[str]]) -> Parts:
    """Return the parts with ties as positions, and ids of their declared type."""
    ids, meta = parts.ids, parts.meta
    place = _places(ids, path)
    parts.source, parts.target = (_positions(end, place, path) for end in ends)
    if meta:
        firm, tie = kind_of(meta["firm_id"]), kind_of(meta["tie_id"])
        parts.ids = [_value(name, firm, ours=True) for name in ids]
        parts.tie_ids = [_value(key, tie, ours=True) for key in parts.tie_ids or ()]
        return parts
    parts.tie_ids = None
    if ids == [f"n{position}" for position in range(len(ids))]:
        # igraph numbers the nodes so and keeps the real ids in an attribute.
        for name in ("name", "id"):
            column = parts.firms.get(name, [])
            if None not in column and len(set(column)) == len(ids) > 0:
                parts.ids = parts.firms.pop(name)
                break
    return parts


# ── GraphML ──


def _write_graphml(net: Network) -> Iterator[str]:
    # Other readers put the ids themselves under "id".
    firms, ties = pack(net.firms, ["id"]), pack(net.ties.iloc[:, 2:], ["id"])
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
    yield f'<key id="g0" for="graph" attr.name="{META}" attr.type="string"/>\n'
    for short, what, columns in (("n", "node", firms), ("e", "edge", ties)):
        for number, column in enumerate(columns):
            name = _attribute(column.name)
            yield f'<key id="{short}{number}" for="{what}" attr.name={name} attr.type="{_xml_type(column)}"/>\n'
    yield f'<graph id="G" edgedefault="{"directed" if net.is_directed else "undirected"}">\n'
    yield f'<data key="g0">{_body(to_json(_description(net, firms, ties)))}</data>\n'
    ids = _attributes(Column("", "", *pack_values(net.firms.index)), "a firm id")
    for name, data in zip(ids, _data(firms, "firms", "n", len(ids)), strict=True):
        yield f"<node id={name}>{data}</node>\n"
    keys = _attributes(Column("", "", *pack_values(net.ties.index)), "a tie id")
    source, target = _ends(net, ids)
    for key, one, other, data in zip(keys, source, target, _data(ties, "ties", "e", len(keys)), strict=True):
        yield f"<edge id={key} source={one} target={other}>{data}</edge>\n"
    yield "</graph>\n</graphml>\n"


def _attributes(column: Column, where: str) -> list[str]:
    return [_attribute(text or "") for text in _texts(column, where)]


def _data(columns: Sequence[Column], table: str, short: str, size: int) -> list[str]:
    """Return the data elements of every row."""
    parts = [
        ["" if text is None else f'<data key="{short}{number}">{_body(text)}</data>' for text in texts]
        for number, texts in enumerate(_texts(column, _where(table, column)) for column in columns)
    ]
    return list(map("".join, zip(*parts, strict=True))) if parts else [""] * size


def _read_graphml(path: Path) -> Parts:
    keys: dict[str, tuple[str, str, str | None]] = {}
    kinds: dict[str, dict[str, str]] = {"node": {}, "edge": {}, "graph": {}}
    tables = {"node": _Table(), "edge": _Table()}
    ids: list[str] = []
    ends: tuple[list[str], list[str]] = ([], [])
    tie_ids: list[str | None] = []
    flags: list[bool | None] = []
    graph: dict[str, Any] = {}
    default, inside, found, graphs = False, [], False, 0
    for event, tag, element in _parse(path):
        if event == "start":
            inside.append(tag)
            found = found or tag == "graphml"
            if tag == "graph":
                default = default or element.get("edgedefault") == "directed"
                graphs += inside[-2:] == ["graphml", "graph"]
                if graphs > 1:
                    raise NetworkError(f"{path.name} holds more than one graph; split the file.")
            continue
        inside.pop()
        if tag == "key":
            name = element.get("attr.name", element.get("id", ""))
            fallback = next((child.text or "" for child in element if child.tag.endswith("default")), None)
            what = element.get("for", "all")
            keys[element.get("id", "")] = (name, what, fallback)
            for place in ("node", "edge", "graph") if what == "all" else (what,):
                kinds.setdefault(place, {})[name] = _KINDS.get(element.get("attr.type", "string"), "text")
        elif tag == "hyperedge":
            raise NetworkError(f"{path.name} has hyperedges; a network keeps them as firms of a second mode.")
        elif tag == "data" and inside[-1:] == ["graph"]:
            name = keys.get(element.get("key", ""), ("", "", None))[0]
            graph[name] = element.text or ""
        elif tag in {"node", "edge"}:
            row = {
                name: fallback
                for name, what, fallback in keys.values()
                if what in {tag, "all"} and fallback is not None
            }
            for child in element:
                if child.tag.endswith("data") and child.get("key") in keys and len(child) == 0:
                    row[keys[child.get("key", "")][0]] = child.text or ""
            tables[tag].add(row)
            if tag == "node":
                ids.append(element.get("id", ""))
            else:
                ends[0].append(element.get("source", ""))
                ends[1].append(element.get("target", ""))
                tie_ids.append(element.get("id"))
                flags.append({"true": True, "false": False}.get(element.get("directed", "")))
            element.clear()
    if not found:
        raise NetworkError(f"{path.name} is no GraphML: it has no <graphml> element.")
    meta = _described(_original(graph.get(META, "")))
    firms = _typed_columns(tables["node"].done(), meta.get("firms", ()), kinds["node"], ours=bool(meta))
    ties = _typed_columns(tables["edge"].done(), meta.get("ties", ()), kinds["edge"], ours=bool(meta))
    if any(flag is not None for flag in flags) and "directed" not in ties:
        ties["directed"] = [default if flag is None else flag for flag in flags]
        default = default or any(ties["directed"])
    return _finish(path, Parts(ids, firms, [], [], ties, default, tie_ids, meta), ends)


# ── GEXF ──

_GEXF_TIES = ("source", "target", "directed", "strength", "start", "end")


def _write_gexf(net: Network) -> Iterator[str]:
    # Words that other readers keep for what stands on the node or edge itself.
    firms, ties = (
        pack(net.firms, ["id", "label", "pid", "start", "end"]),
        pack(net.ties, ["id", "key", "label", "weight"]),
    )
    native = {column.name: column for column in ties if column.name in _GEXF_TIES}
    rest = [column for column in ties if column.name not in _GEXF_TIES]
    declared = [column for column in ties if column.name not in {"source", "target"}]
    dates = net.ties[["start", "end"]]
    dated = bool(dates.notna().any(axis=None))
    days = all((dates[end].dropna() == dates[end].dropna().dt.normalize()).all() for end in ("start", "end"))
    mode = f'mode="dynamic" timeformat="{"date" if days else "dateTime"}"' if dated else 'mode="static"'
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<gexf xmlns="http://gexf.net/1.3" version="1.3">\n'
    yield f"<meta><creator>{META}</creator><description>{_body(to_json(_description(net, firms, declared)))}"
    yield "</description></meta>\n"
    yield f'<graph defaultedgetype="{"directed" if net.is_directed else "undirected"}" {mode}>\n'
    for what, columns in (("node", firms), ("edge", rest)):
        yield f'<attributes class="{what}">\n'
        for number, column in enumerate(columns):
            yield f'<attribute id="{what[0]}{number}" title={_attribute(column.name)} type="{_xml_type(column)}"/>\n'
        yield "</attributes>\n"
    index = Column("", "", *pack_values(net.firms.index))
    ids = _attributes(index, "a firm id")
    named = next((column for column in firms if column.name == "name"), index)
    labels = [label or name for label, name in zip(_texts(named, "a name"), _texts(index, "a firm id"), strict=True)]
    yield "<nodes>\n"
    for name, label, values in zip(ids, labels, _values(firms, "firms", "n", len(ids)), strict=True):
        yield f"<node id={name} label={_attribute(label or '')}>{values}</node>\n"
    yield "</nodes>\n<edges>\n"
    keys = _attributes(Column("", "", *pack_values(net.ties.index)), "a tie id")
    ends = _ends(net, ids)
    kinds = ["directed" if flag else "undirected" for flag in native["directed"].cells]
    layers = [_attribute(layer) for layer in net.ties["layer"]]
    starts, stops = (
        ["" if day is None else f' {end}="{(day.date() if days else day).isoformat()}"' for day in native[end].cells]
        for end in ("start", "end")
    )
    strength = native["strength"].cells
    data = _values(rest, "ties", "e", len(keys))
    for key, one, other, kind, layer, weight, start, stop, values in zip(
        keys, *ends, kinds, layers, strength, starts, stops, data, strict=True
    ):
        yield (
            f'<edge id={key} source={one} target={other} type="{kind}" kind={layer} weight="{weight!r}"{start}{stop}>'
            f"{values}</edge>\n"
        )
    yield "</edges>\n</graph>\n</gexf>\n"


def _values(columns: Sequence[Column], table: str, short: str, size: int) -> list[str]:
    """Return the attvalues element of every row."""
    parts = [
        ["" if text is None else f'<attvalue for="{short}{number}" value={_attribute(text)}/>' for text in texts]
        for number, texts in enumerate(_texts(column, _where(table, column)) for column in columns)
    ]
    rows = map("".join, zip(*parts, strict=True)) if parts else repeat("", size)
    return [f"<attvalues>{row}</attvalues>" if row else "" for row in rows]


def _read_gexf(path: Path) -> Parts:
    titles: dict[str, dict[str, tuple[str, str | None]]] = {"node": {}, "edge": {}}
    kinds: dict[str, dict[str, str]] = {"node": {}, "edge": {}}
    tables = {"node": _Table(), "edge": _Table()}
    ids: list[str] = []
    ends: tuple[list[str], list[str]] = ([], [])
    keys: list[str | None] = []
    flags: list[bool] = []
    meta: dict[str, Any] = {}
    default, dates, found, owner = False, True, False, "node"
    for event, tag, element in _parse(path):
        if event == "start":
            found = found or tag == "gexf"
            if tag == "graph":
                default = element.get("defaultedgetype") in {"directed", "mutual"}
                dates = element.get("timeformat", "date").lower() in {"date", "datetime"}
            elif tag == "attributes":
                owner = element.get("class", "node")
            continue
        if tag == "description":
            meta = _described(_original(element.text or ""))
        elif tag == "attribute":
            title = element.get("title", element.get("id", ""))
            fallback = next((child.text for child in element if child.tag.endswith("default")), None)
            titles.setdefault(owner, {})[element.get("id", "")] = (title, fallback)
            kinds.setdefault(owner, {})[title] = _KINDS.get(element.get("type", "string"), "text")
        elif tag in {"node", "edge"}:
            row = {title: fallback for title, fallback in titles[tag].values() if fallback is not None}
            for value in element.iter():
                known = value.get("for", value.get("id", ""))
                if value.tag.endswith("attvalue") and known in titles[tag]:
                    row[titles[tag][known][0]] = value.get("value", "")
            if tag == "node":
                ids.append(element.get("id", ""))
                if not meta and element.get("label") not in {None, element.get("id")}:
                    row.setdefault("label", element.get("label", ""))
            else:
                ends[0].append(element.get("source", ""))
                ends[1].append(element.get("target", ""))
                keys.append(element.get("id"))
                kind = element.get("type")
                flags.append(default if kind is None else kind != "undirected")
                row.update(_gexf_tie(element, dates=dates, ours=bool(meta)))
            tables[tag].add(row)
            element.clear()
    if not found:
        raise NetworkError(f"{path.name} is no GEXF: it has no <gexf> element.")
    kinds["edge"] |= {"strength": "float", "start_value": "float", "end_value": "float"}
    firms = _typed_columns(tables["node"].done(), meta.get("firms", ()), kinds["node"], ours=bool(meta))
    ties = tables["edge"].done()
    ties = _typed_columns(ties, meta.get("ties", ()), kinds["edge"], ours=bool(meta))
    ties["directed"] = flags
    if not meta and "layer" not in ties and "kind" in ties:
        ties["layer"] = ties.pop("kind")
    directed = any(flags) or (default and not flags)
    return _finish(path, Parts(ids, firms, [], [], ties, directed, keys, meta), ends)


def _gexf_tie(element: ET.Element, *, dates: bool, ours: bool) -> dict[str, Any]:
    """Return what GEXF keeps on the edge itself; dates that are numbers become columns of their own."""
    row: dict[str, Any] = {}
    names = {"weight": "strength"} if ours else {"weight": "strength", "label": "label", "kind": "kind"}
    names |= {"start": "start", "end": "end"} if dates else {"start": "start_value", "end": "end_value"}
    for outside, inside in names.items():
        if element.get(outside) is not None:
            row[inside] = element.get(outside)
    return row


# ── Pajek ──


def _write_pajek(net: Network) -> Iterator[str]:
    order = list(range(net.n_firms))
    size = f"{net.n_firms}"
    if net.is_two_mode:
        # Pajek wants the first mode first and its size in the header.
        codes = pd.factorize(net.firms["mode"])[0]
        order = sorted(order, key=lambda row: codes[row])
        size += f" {int((codes == 0).sum())}"
    ids = [str(name) for name in net.firms.index]
    labels = [_label(name) for name in ids]
    if len(set(labels)) < len(labels):
        twice = pd.Series(ids)[pd.Series(labels).duplicated(keep=False).to_numpy()]
        raise NetworkError(f"{len(twice):,} firm ids are alike in Pajek, which knows no quotes: {listing(twice)}.")
    number = {row: position + 1 for position, row in enumerate(order)}
    yield f"*Vertices {size}\n"
    for row in order:
        yield f'{number[row]} "{labels[row]}"\n'
    ties = net.ties
    source, target = (net.firms.index.get_indexer(ties[end]).tolist() for end in ("source", "target"))
    rows = list(
        zip(ties["layer"].tolist(), ties["directed"].tolist(), source, target, ties["strength"].tolist(), strict=True)
    )
    for relation, layer in enumerate(net.layers, start=1):
        for directed, head in ((True, "*Arcs"), (False, "*Edges")):
            lines = [
                f"{number[one]} {number[other]} {strength!r}\n"
                for name, flag, one, other, strength in rows
                if name == layer and flag is directed
            ]
            if lines:
                # A plain header for a network without layers: igraph reads no other.
                yield f"{head}\n" if net.layers == ("tie",) else f'{head} :{relation} "{_label(layer)}"\n'
                yield from lines


def _label(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace('"', "'")).strip() or "_"


def _read_pajek(path: Path) -> Parts:
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    labels: list[str] = []
    first_mode = 0
    rows: list[tuple[int, int, str, bool, float]] = []
    section, layer, matrix_row = "", "tie", 0
    names: dict[str, str] = {}
    lines = re.split("\r\n|\r|\n", text)
    for number, line in enumerate(map(str.strip, lines), start=1):
        if not line or line.startswith("%"):
            continue
        if not section and not line.startswith("*"):
            raise NetworkError(f"{path.name} is no Pajek network: line {number} stands before any *Vertices line.")
        try:
            if line.startswith("*"):
                head, *rest = _split(line)
                section, matrix_row = head.lower(), 0
                if section == "*vertices":
                    if labels:
                        raise NetworkError(f"{path.name} holds more than one network (line {number}); split the file.")
                    labels = [str(place) for place in range(1, int(rest[0]) + 1)]
                    first_mode = int(rest[1]) if len(rest) > 1 else 0
                elif section in _PAJEK_TIES:
                    layer = _relation(rest, names)
                continue
            if section == "*vertices":
                place, *rest = _split(line)
                if rest:
                    labels[_vertex(place, labels) - 1] = rest[0]
            elif section in {"*arcs", "*edges"}:
                one, other, *rest = _split(line)
                name = layer
                if one.endswith(":"):
                    # The form "relation: source target strength".
                    name, one, other, rest = names.get(one[:-1], one[:-1]), other, rest[0], rest[1:]
                weight = float(rest[0]) if rest and not rest[0][0].isalpha() else 1.0
                rows.append((_vertex(one, labels), _vertex(other, labels), name, section == "*arcs", weight))
            elif section in {"*arcslist", "*edgeslist"}:
                one, *others = line.split()
                rows += [
                    (_vertex(one, labels), _vertex(other, labels), layer, section == "*arcslist", 1.0)
                    for other in others
                ]
            elif section == "*matrix":
                matrix_row += 1
                for column, cell in enumerate(line.split(), start=1):
                    if float(cell) != 0:
                        # A two-mode matrix has the first mode in its rows and the second in its columns.
                        ends = _vertex(matrix_row, labels), _vertex(column + first_mode, labels)
                        rows.append((*ends, layer, not first_mode, float(cell)))
        except (ValueError, IndexError) as error:
            if isinstance(error, NetworkError):
                raise
            raise NetworkError(
                f"{path.name}, line {number}: {line[:60]!r} is no line of a {section or 'Pajek'} section."
            ) from error
    if not labels and not section:
        raise NetworkError(f"{path.name} is no Pajek network: it has no *Vertices line.")
    firms: dict[str, list[Any]] = {}
    ids: list[Any] = list(labels)
    if len(set(labels)) < len(labels):
        # Labels that repeat are names, not ids; then the vertex numbers are the ids.
        ids, firms["name"] = [str(place) for place in range(1, len(labels) + 1)], list(labels)
    if first_mode:
        firms["mode"] = [int(place >= first_mode) for place in range(len(labels))]
    source, target = [row[0] - 1 for row in rows], [row[1] - 1 for row in rows]
    ties = {name: [row[place] for row in rows] for place, name in ((2, "layer"), (3, "directed"), (4, "strength"))}
    return Parts(ids, firms, source, target, ties, directed=any(row[3] for row in rows))


_PAJEK_TIES = {"*arcs", "*edges", "*arcslist", "*edgeslist", "*matrix"}


_WORD = re.compile(r'"[^"]*"|[^\s"]+')


def _split(line: str) -> list[str]:
    """Return the words of a line; a quoted word may hold spaces, and quotes never nest."""
    return [word.strip('"') for word in _WORD.findall(line)]


def _relation(words: Sequence[str], names: dict[str, str]) -> str:
    if not words or not words[0].startswith(":"):
        return "tie"
    number = words[0].removeprefix(":")
    names[number] = words[1] if len(words) > 1 else names.get(number, number)
    return names[number]


def _vertex(word: str | int, labels: Sequence[str]) -> int:
    place = int(word)
    if not 1 <= place <= len(labels):
        raise ValueError(word)
    return place


WRITERS: dict[str, Callable[[Network], Iterator[str]]] = {
    ".graphml": _write_graphml,
    ".gexf": _write_gexf,
    ".net": _write_pajek,
    ".json": _write_json,
}
READERS: dict[str, Callable[[Path], Parts]] = {
    ".graphml": _read_graphml,
    ".gexf": _read_gexf,
    ".net": _read_pajek,
    ".json": _read_json,
}
