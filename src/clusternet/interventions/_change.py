"""A network after firms left or joined and ties were added or dropped."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from clusternet.errors import NetworkError, OptionError, listing
from clusternet.network import Network

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Ties: TypeAlias = pd.DataFrame | Iterable[tuple[object, ...]]
    Firms: TypeAlias = pd.DataFrame | Iterable[object]

__all__ = ["changed", "check_two_mode", "listed_ids", "one_number", "tie_frame"]


def one_number(name: str, value: object) -> float:
    """Return what a function of a network returned as a number.

    Raises
    ------
    OptionError
        If it is none.
    """
    if isinstance(value, str) or not np.isscalar(value):
        raise OptionError(f"{name} returned a {type(value).__name__}; it must return one number.")
    return float(value)  # type: ignore[arg-type]


def listed_ids(ids: object) -> list[object]:
    """Return ids as a list; a text or a number is one id."""
    return [ids] if isinstance(ids, str) or not isinstance(ids, Iterable) else list(ids)


def tie_frame(ties: Ties, what: str) -> pd.DataFrame:
    """Return ties given as tuples or a frame as a frame with a fresh index.

    Raises
    ------
    OptionError
        If they are neither (source, target[, strength]) tuples nor a frame with source and target.
    """
    if isinstance(ties, pd.DataFrame):
        lacking = [column for column in ("source", "target") if column not in ties.columns]
        if lacking:
            raise OptionError(f"{what} lacks the columns {listing(lacking)}; it has {listing(ties.columns, 10)}.")
        return ties.reset_index(drop=True)
    rows: list[Any] = listed_ids(ties)
    wrong = [row for row in rows if not isinstance(row, (tuple, list)) or len(row) not in (2, 3)]
    if wrong:
        raise OptionError(f"{what} holds {listing(wrong)}; give (source, target) or (source, target, strength) tuples.")
    frame = pd.DataFrame(
        {
            "source": pd.Series([row[0] for row in rows], dtype=None if rows else "object"),
            "target": pd.Series([row[1] for row in rows], dtype=None if rows else "object"),
        }
    )
    if any(len(row) == 3 for row in rows):
        frame["strength"] = [row[2] if len(row) == 3 else 1.0 for row in rows]
    return frame


def _joined(firms: pd.DataFrame, join: Firms) -> pd.DataFrame:
    more = (
        join if isinstance(join, pd.DataFrame) else pd.DataFrame(index=pd.Index(listed_ids(join), tupleize_cols=False))
    )
    there = more.index[more.index.isin(firms.index)]
    if len(there):
        raise OptionError(f"{len(there):,} firms to join are in the network already: {listing(there)}.")
    if not more.index.is_unique:
        raise OptionError(f"join lists firms twice: {listing(more.index[more.index.duplicated()].unique())}.")
    if more.empty and not len(more.index):
        return firms
    ids = pd.Index([*firms.index, *more.index], tupleize_cols=False)
    columns: dict[str, Any] = {}
    for column in dict.fromkeys([*firms.columns, *more.columns]):
        parts = [
            table[column] if column in table.columns else pd.Series(np.nan, index=table.index, dtype=object)
            for table in (firms, more)
        ]
        values = [value for part in parts for value in part]
        kind = parts[0].dtype if column in firms.columns else parts[1].dtype
        if pd.api.types.is_bool_dtype(kind):
            kind = pd.BooleanDtype()  # a flag that is unknown for the firms that join is missing, not False
        elif isinstance(kind, pd.CategoricalDtype):
            fresh = [value for value in dict.fromkeys(parts[1].dropna()) if value not in kind.categories]
            kind = pd.CategoricalDtype([*kind.categories, *fresh], ordered=kind.ordered)
        elif pd.api.types.is_integer_dtype(kind) and any(pd.isna(value) for value in values):
            kind = np.dtype("float64")
        try:
            columns[column] = pd.Series(values, index=ids, dtype=kind)
        except (TypeError, ValueError):
            columns[column] = pd.Series(values, index=ids, dtype=object)
    return pd.DataFrame(columns, index=ids)


def _dropped(net: Network, drop: Ties) -> NDArray[np.bool_]:
    """Return which ties stay."""
    frame = tie_frame(drop, "drop_ties")
    source, target = net.positions(net.ties["source"]), net.positions(net.ties["target"])
    one, other = net.positions(frame["source"]), net.positions(frame["target"])
    layers = frame["layer"].tolist() if "layer" in frame.columns else [None] * len(frame)
    stay = np.ones(net.n_ties, dtype=bool)
    missing = []
    for a, b, layer in zip(one, other, layers, strict=True):
        hit = ((source == a) & (target == b)) | ((source == b) & (target == a))
        if layer is not None and not pd.isna(layer):
            hit &= (net.ties["layer"] == layer).to_numpy()
        if not hit.any():
            missing.append((net.firms.index[a], net.firms.index[b]))
        stay &= ~hit
    if missing:
        raise OptionError(f"{len(missing):,} of the ties to drop are not there: {listing(missing)}.")
    return stay


def changed(
    net: Network,
    *,
    leave: Iterable[object] = (),
    join: Firms | None = None,
    add_ties: Ties | None = None,
    drop_ties: Ties | None = None,
) -> Network:
    """Return the network after the changes; ties are dropped first, then firms leave, then firms join, then ties.

    Raises
    ------
    NetworkError
        If a tie to add names a firm that is not there.
    OptionError
        If a firm joins that is there already, or a tie to drop is not there.
    UnknownFirmError
        If a firm that leaves, or whose tie is dropped, is not in the network.
    """
    gone = list(dict.fromkeys(listed_ids(leave)))
    firms, ties, lineage = net.firms, net.ties, net.lineage_table
    n_dropped = n_added = n_joined = 0
    if drop_ties is not None:
        stay = _dropped(net, drop_ties)
        n_dropped = int((~stay).sum())
        ties = ties[stay]
    if gone:
        leavers = net.firms.index[net.positions(gone)]
        firms = firms[~firms.index.isin(leavers)]
        ties = ties[~(ties["source"].isin(leavers) | ties["target"].isin(leavers))]
    if join is not None:
        n_joined = -len(firms)
        firms = _joined(firms, join)
        n_joined += len(firms)
    if add_ties is not None:
        more = tie_frame(add_ties, "add_ties")
        if "layer" not in more.columns and len(net.layers) == 1:
            more["layer"] = net.layers[0]
        n_added = len(more)
        if n_added:
            ties = _with(ties, Network(firms, more).ties)
            lineage = None  # an imagined tie has no record behind it
    steps = (("leave", len(gone)), ("join", n_joined), ("add", n_added), ("drop", n_dropped))
    note = f"what_if({', '.join(f'{name} {count}' for name, count in steps if count)})"
    settings = {**net.settings, "slices": (*net.settings.get("slices", ()), note)}
    return Network(firms, ties, settings=settings, lineage=lineage)


def _with(ties: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame:
    """Return both tables of checked ties in one; the added ones get ids that were free."""
    if pd.api.types.is_integer_dtype(ties.index.dtype):
        first = int(ties.index.max()) + 1 if len(ties) else 0
        fresh: Sequence[object] = range(first, first + len(more))
    else:
        taken = set(ties.index)
        fresh = []
        number = 0
        while len(fresh) < len(more):
            number += 1
            if f"added {number}" not in taken:
                fresh.append(f"added {number}")
    more = more.set_axis(pd.Index(list(fresh), tupleize_cols=False), axis=0)
    if not len(ties):
        return more
    index = pd.Index([*ties.index, *more.index], tupleize_cols=False)
    columns: dict[str, Any] = {}
    for column in dict.fromkeys([*ties.columns, *more.columns]):
        if column in ties.columns and column in more.columns:
            columns[column] = [*ties[column], *more[column]]
        else:
            columns[column] = (ties if column in ties.columns else more)[column].reindex(index).to_numpy()
    frame = pd.DataFrame(columns, index=index)
    for column in ("start", "end"):
        frame[column] = pd.to_datetime(frame[column]).astype("datetime64[us]")
    return frame


def check_two_mode(net: Network, what: str) -> None:
    """Refuse a two-mode network where only firms tied to firms make sense.

    Raises
    ------
    NetworkError
        If the network is two-mode.
    """
    if net.is_two_mode:
        raise NetworkError(f"{what} works on firms tied to firms; take net.project('firm') of this two-mode network.")
