"""Networks and values computed by independent software, read from ``shared/golden`` beside the repository.

The folder is absent on a bare machine: call `require` (or use `rows`, which then yields nothing) before reading.
"""

from __future__ import annotations

import functools
import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import pandas as pd
import pytest

from clusternet import Network

if TYPE_CHECKING:
    from collections.abc import Callable

GOLDEN = Path(__file__).resolve().parents[2] / "shared" / "golden"
View = Literal["u", "uw", "d", "dw", "b"]


class Row(NamedTuple):
    """One golden value: the network's name, the key (with its view prefix) and the entry."""

    network: str
    key: str
    entry: dict[str, Any]


def available() -> bool:
    return GOLDEN.is_dir()


def require() -> None:
    """Skip the calling test when the golden values are absent."""
    if not available():
        pytest.skip("shared/golden is absent")


@functools.cache
def names() -> list[str]:
    """Return the names of the networks that have values; empty when the folder is absent."""
    if not available():
        return []
    return sorted(path.parent.name for path in GOLDEN.glob("networks/*/edges.csv") if _value_file(path.parent.name))


def _value_file(name: str) -> Path | None:
    path = GOLDEN / "values" / f"{name}.json"
    return path if path.exists() else None


@functools.cache
def values(name: str) -> dict[str, dict[str, Any]]:
    """Return all golden entries of a network, by key."""
    return json.loads((GOLDEN / "values" / f"{name}.json").read_text(encoding="utf-8"))


@functools.cache
def meta(name: str) -> dict[str, Any]:
    return json.loads((GOLDEN / "networks" / name / "meta.json").read_text(encoding="utf-8"))


@functools.cache
def rows(prefix: str = "") -> list[Row]:
    """Return every golden row whose key starts with `prefix` ("u.", "dw.closeness", ...)."""
    return [Row(name, key, entry) for name in names() for key, entry in values(name).items() if key.startswith(prefix)]


@functools.cache
def load_network(name: str, view: View) -> Network:
    """Return a golden network in one of its views.

    u: undirected, strength 1 (i and j are tied if either arc is there). uw: undirected, strengths of both
    directions summed. d: directed, strength 1. dw: directed with strengths. b: two-mode, column ``mode``.
    Node attributes stay as columns of ``firms``.
    """
    folder = GOLDEN / "networks" / name
    about = meta(name)
    # Ids stay text; the keys of the value files are text too.
    firms = pd.read_csv(folder / "nodes.csv", dtype={"id": str}, keep_default_na=False).set_index("id")
    edges = pd.read_csv(folder / "edges.csv", dtype={"source": str, "target": str}, keep_default_na=False)
    ties = edges[["source", "target"]].copy()
    ties["strength"] = edges["weight"].astype(float) if "weight" in edges else 1.0
    directed = view in {"d", "dw"}
    if (directed and not about["directed"]) or (view == "b") != about["bipartite"]:
        raise ValueError(f"{name} has no {view} view")
    if view in {"u", "d", "b"}:
        ties["strength"] = 1.0
        if view == "u":
            pair = ties[["source", "target"]].apply(frozenset, axis=1)
            ties = ties[~pair.duplicated()].reset_index(drop=True)
    ties["directed"] = directed
    if view != "b":
        firms = firms.drop(columns="mode", errors="ignore")
    return Network(firms, ties)


@functools.cache
def _compare() -> Callable[[dict[str, Any], Any], tuple[bool, Any]]:
    spec = importlib.util.spec_from_file_location("golden_compare", GOLDEN / "compare.py")
    if spec is None or spec.loader is None:
        raise ImportError("shared/golden/compare.py cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.compare


def plain(got: Any) -> Any:
    """Return a result as the golden files write it: dicts of ids to numbers, None for NaN."""
    if isinstance(got, pd.Series):
        return {key: plain(value) for key, value in got.items()}
    if hasattr(got, "item"):
        got = got.item()
    if isinstance(got, dict):
        return {key: plain(value) for key, value in got.items()}
    if isinstance(got, (list, tuple)):
        return [plain(value) for value in got]
    return None if isinstance(got, float) and got != got else got  # noqa: PLR0124


def check(row: Row, got: Any) -> None:
    """Assert that a result equals a golden row, at the row's own tolerance."""
    entry = row.entry
    if entry["value"] in ("Infinity", "-Infinity", "NaN"):  # a tool that divided by a zero variance: undefined
        entry = entry | {"value": None}
    ok, worst = _compare()(entry, plain(got))
    assert ok, f"{row.network} {row.key}: {worst} ({row.entry['tool']}, {row.entry['function']})"
