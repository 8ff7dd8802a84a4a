"""What is left along a removal path: component statistics, efficiency, any function of a network."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, get_args

import numpy as np
import pandas as pd

from clusternet import _percolation
from clusternet.errors import OptionError, listing, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from clusternet.network import Network

    Progress: TypeAlias = Callable[[int, int], None]

__all__ = [
    "COUNTED",
    "RESPONSES",
    "Alone",
    "Connection",
    "CountedResponse",
    "Path",
    "Response",
    "alone_of",
    "bare",
    "check_responses",
    "completed",
    "counted",
    "curve_of",
    "ties_of",
    "warn_interrupted",
    "weak_path",
]

Connection = Literal["weak", "strong"]
CountedResponse = Literal[
    "giant_share",
    "second_share",
    "n_components",
    "reachable_pairs",
    "reachable_share",
    "reachable_share_left",
    "susceptibility",
]
Response = Literal[CountedResponse, "efficiency"]
RESPONSES: tuple[str, ...] = get_args(Response)
"""Names of the responses that `remove_firms` knows."""
COUNTED: tuple[str, ...] = get_args(CountedResponse)


class Path(NamedTuple):
    """Component statistics after 0, 1, ... removals; the last axis is the number removed."""

    giant: NDArray[np.int64]
    second: NDArray[np.int64]
    parts: NDArray[np.int64]
    squares: NDArray[np.int64]


def ties_of(net: Network) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    def make() -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        graph = net.simple("undirected")
        return _percolation.neighbors(graph.n, graph.source, graph.target)[:2]

    return net._cached("neighbors", make)  # noqa: SLF001  (the network keeps all its derived views)


def bare(net: Network) -> Any:
    """Return a copy of the simple igraph without attributes, which would be copied at every split."""
    graph = net.igraph.copy()
    for attribute in graph.es.attributes():
        del graph.es[attribute]
    return graph


def completed(order: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Return the order with the firms that never leave at its end."""
    if len(order) == n:
        return order
    stay = np.ones(n, dtype=bool)
    stay[order] = False
    return np.concatenate([order, np.flatnonzero(stay)])


def weak_path(indptr: NDArray[np.int64], indices: NDArray[np.int32], order: NDArray[Any], work: int) -> Path:
    n = len(order)
    scratch = [np.empty(n + 1, dtype=np.int32) for _ in range(3)]
    path = Path(*(np.empty(n + 1, dtype=np.int64) for _ in range(4)))
    inputs: list[NDArray[Any]] = [indptr, indices, np.ascontiguousarray(order, dtype=np.int32)]
    _percolation.call(_percolation.union_path, inputs, [*scratch, *path], work=work)
    return path


def _strong_path(net: Network, order: NDArray[np.int64], progress: Progress | None) -> Path:
    from scipy.sparse.csgraph import connected_components

    matrix = net.simple().csr()
    there = np.ones(net.n_firms, dtype=bool)
    rows: list[tuple[int, int, int, int]] = []
    try:
        for step in range(len(order) + 1):
            if step:
                there[order[step - 1]] = False
            if not there.any():
                rows.append((0, 0, 0, 0))
                continue
            labels = connected_components(matrix[there][:, there], directed=True, connection="strong")[1]
            sizes = np.sort(np.bincount(labels))[::-1]
            second = int(sizes[1]) if len(sizes) > 1 else 0
            rows.append((int(sizes[0]), second, len(sizes), int((sizes.astype(np.int64) ** 2).sum())))
            if progress is not None:
                progress(step, len(order))
    except KeyboardInterrupt:
        if not rows:
            raise
        warn_interrupted(len(rows) - 1, len(order))
    return Path(*np.array(rows, dtype=np.int64).T)


def counted(name: str, path: Path, n: int, *, stay: bool = False) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Return a response as counts and the divisor that each step's count has; with `stay`, only ties leave."""
    steps = path.giant.shape[-1]
    left = np.full(steps, n) if stay else n - np.arange(steps, dtype=np.int64)
    same = np.ones(steps)
    if name == "giant_share":
        return path.giant, same * (n or np.nan)
    if name == "second_share":
        return path.second, same * (n or np.nan)
    if name == "n_components":
        return path.parts, same
    if name == "susceptibility":
        outside = left - path.giant
        spread = path.squares - path.giant**2
        return np.divide(spread, outside, out=np.zeros(outside.shape), where=outside > 0), same
    pairs = (path.squares - left) // 2
    if name == "reachable_pairs":
        return pairs, same
    possible = left * (left - 1) / 2
    if name == "reachable_share":
        return pairs, same * (possible[0] or np.nan)
    return pairs, np.where(possible > 0, possible, np.nan)


def _efficiency(net: Network, order: NDArray[np.int64], progress: Progress | None) -> list[float]:
    graph = bare(net)
    members = np.arange(net.n_firms)
    values: list[float] = []
    try:
        for step in range(len(order) + 1):
            if step:
                place = int(np.searchsorted(members, order[step - 1]))
                graph.delete_vertices(place)
                members = np.delete(members, place)
            size = len(members)
            total = 0.0
            if size > 1:
                total = sum(count / length for length, _, count in graph.path_length_hist(directed=True).bins())
                total *= 1 if graph.is_directed() else 2
            values.append(total / (size * (size - 1)) if size > 1 else 0.0)
            if progress is not None:
                progress(step, len(order))
    except KeyboardInterrupt:
        if not values:
            raise
        warn_interrupted(len(values) - 1, len(order))
    return values


def _called(
    net: Network, function: Callable[[Network], float], order: NDArray[np.int64], progress: Progress | None
) -> list[float]:
    ids = net.firms.index[order]
    values = [float(function(net))]
    try:
        for step, firm in enumerate(ids, start=1):
            net = net.without([firm])
            values.append(float(function(net)))
            if progress is not None:
                progress(step, len(ids))
    except KeyboardInterrupt:
        warn_interrupted(len(values) - 1, len(ids))
    return values


def warn_interrupted(done: int, total: int) -> None:
    message = f"interrupted after {done:,} of {total:,} steps; the result holds those."
    warnings.warn(message, RuntimeWarning, stacklevel=4)


def check_responses(responses: Iterable[Any]) -> dict[str, Any]:
    if isinstance(responses, str) or callable(responses):
        responses = (responses,)
    wanted: dict[str, Any] = {}
    for response in responses:
        name = response if isinstance(response, str) else getattr(response, "__name__", type(response).__name__)
        if isinstance(response, str) and response not in RESPONSES:
            raise OptionError(
                f"{response!r} is not a response.{nearest(response, RESPONSES)} Choose of {listing(RESPONSES, 20)}, "
                "or give a function of a network."
            )
        if not isinstance(response, str) and not callable(response):
            raise OptionError(f"{response!r} is not a response; give a name or a function of a network.")
        if name in wanted:
            raise OptionError(f"two responses are called {name!r}; give functions of your own distinct names.")
        wanted[name] = response
    return wanted


def curve_of(
    net: Network, order: NDArray[np.int64], wanted: dict[str, Any], connection: str, progress: Progress | None
) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Return the responses after every removal, and the size of the giant."""
    n = net.n_firms
    if connection == "strong" and net.is_directed:
        path = _strong_path(net, order, progress)
    else:
        indptr, indices = ties_of(net)
        everyone = completed(order, n)
        path = Path(*(row[: len(order) + 1] for row in weak_path(indptr, indices, everyone, n + len(indices))))
    columns: dict[str, Any] = {}
    for name, response in wanted.items():
        if hasattr(response, "path"):
            columns[name] = response.path(net, order)
        elif not isinstance(response, str):
            columns[name] = _called(net, response, order, progress)
        elif name == "efficiency":
            columns[name] = _efficiency(net, order, progress)
        else:
            counts, divisor = counted(name, path, n)
            columns[name] = counts if name in ("n_components", "reachable_pairs") else counts / divisor
    # Fewer than all after an interrupt.
    done = min([len(path.giant), *map(len, columns.values())])
    index = pd.RangeIndex(done, name="removed")
    return pd.DataFrame({name: values[:done] for name, values in columns.items()}, index=index), path.giant[:done]


class Alone(NamedTuple):
    """For every firm: its component's size, the pieces that its loss leaves of it, and the network after."""

    size: NDArray[np.int64]
    parts: NDArray[np.int64]
    biggest: NDArray[np.int64]
    giant: NDArray[np.int64]
    pairs: NDArray[np.int64]
    giant_before: int
    pairs_before: int


def alone_of(indptr: NDArray[np.int64], indices: NDArray[np.int32], alive: NDArray[np.int8], work: int) -> Alone:
    n = len(alive)
    fields = [np.empty(n, dtype=np.int64) for _ in range(10)]
    _percolation.call(_percolation.single_removals, [indptr, indices, alive], fields, work=work)
    size, parts, biggest, squares = fields[2], fields[7], fields[8], fields[9]
    total = int(size.sum())  # every firm brings the size of its component: the sum of squared sizes
    left = int(alive.sum())
    top = int(size.max()) if n else 0
    below = size[size < top]
    # Largest component among the others: another of the same size, or else the next size.
    other = top if int((size == top).sum()) > top else int(below.max()) if len(below) else 0
    giant = np.maximum(biggest, np.where(size == top, other, top))
    pairs = (total - size**2 + squares - (left - 1)) // 2
    return Alone(size, parts, biggest, giant, pairs, top, (total - left) // 2)
