"""What is left along a removal path: component statistics, efficiency, any function of a network."""

from __future__ import annotations

import math
from functools import lru_cache
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, get_args

import numpy as np
import pandas as pd

from clusternet import _percolation
from clusternet._compiled import call
from clusternet._paths import level_counts, numbered
from clusternet.errors import OptionError, listing, nearest
from clusternet.resilience._kernels import worth_path
from clusternet.resilience._mutual import MutualComponents
from clusternet.resilience._spectral import SPECTRAL, spectral_value
from clusternet.result import until_interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray
    from scipy import sparse

    from clusternet.network import Network

    Progress: TypeAlias = Callable[[int, int], None]

__all__ = [
    "COUNTABLE",
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
    "entropy",
    "entropy_path",
    "firm_path",
    "is_recounted",
    "recounted",
    "sampled",
    "sizes_of",
    "ties_of",
    "weak_path",
]

Connection = Literal["weak", "strong", "all_layers"]
CountedResponse = Literal[
    "giant_share",
    "second_share",
    "n_components",
    "reachable_pairs",
    "reachable_share",
    "reachable_share_left",
    "susceptibility",
]
Response = Literal[
    CountedResponse,
    "component_entropy",
    "efficiency",
    "algebraic_connectivity",
    "algebraic_connectivity_giant",
    "natural_connectivity",
]
RESPONSES: tuple[str, ...] = get_args(Response)
"""Names of the responses that `remove_firms` knows."""
COUNTED: tuple[str, ...] = get_args(CountedResponse)
COUNTABLE = (*COUNTED, "component_entropy")


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
    # In two pieces, because many small ones are handed back to the system and fetched anew at every call.
    scratch, path = np.empty((4, n + 1), dtype=np.uint32), Path(*np.empty((4, n + 1), dtype=np.int64))
    everyone = np.ascontiguousarray(order, dtype=np.uint32)
    parent, near, count, held = scratch
    inputs: list[NDArray[Any]] = [indptr.view(np.uint64), indices.view(np.uint32), everyone]
    fields: list[NDArray[Any]] = [parent, near, count.view(np.int32), held.view(np.int32), *path]
    call(_percolation.union_path, inputs, fields, work=work)
    return path


def sampled(steps: int, every: int) -> NDArray[np.bool_]:
    """Return which of 0, 1, ..., steps are asked for: each so many, and the last."""
    at: NDArray[np.bool_] = np.arange(steps + 1) % every == 0
    at[-1] = True
    return at


def recounted(
    sizes: Callable[[int], list[int]], steps: int, progress: Progress | None
) -> tuple[Path, NDArray[np.float64]]:
    """Return the path of component sizes that are told anew, largest first, for every step, and sums of s log s."""

    def row(step: int) -> tuple[float, ...]:
        found = sizes(step)
        largest = [*found, 0, 0]
        worth = sum(size * math.log(size) for size in found)
        return largest[0], largest[1], len(found), sum(size * size for size in found), worth

    rows = until_interrupted(row, range(steps + 1), steps, progress, start=1)
    *counts, worth = np.array(rows, dtype=np.float64).T
    return Path(*(column.astype(np.int64) for column in counts)), worth


def sizes_of(matrix: sparse.csr_array, connection: Literal["weak", "strong"]) -> list[int]:
    """Return the sizes of the components, largest first."""
    from scipy.sparse.csgraph import connected_components

    if not matrix.shape[0]:
        return []
    labels = connected_components(matrix, directed=True, connection=connection)[1]
    return sorted(np.bincount(labels).tolist(), reverse=True)


def _sizes_path(
    net: Network, order: NDArray[np.int64], layers: Iterable[str] | None, progress: Progress | None
) -> tuple[Path, NDArray[np.float64]]:
    """Recount the components after every removal, where they do not grow by one union per tie."""
    there = np.ones(net.n_firms, dtype=bool)
    mutual = None if layers is None else MutualComponents(net, layers)
    matrix = net.simple().csr()

    def sizes(step: int) -> list[int]:
        if step:
            there[order[step - 1]] = False
            if mutual:
                mutual.remove(int(order[step - 1]))
        return mutual.sizes() if mutual else sizes_of(matrix[there][:, there], "strong")

    return recounted(sizes, len(order), progress)


def is_recounted(net: Network, connection: Connection) -> bool:
    """Whether components must be found anew at every step."""
    return connection == "all_layers" or (connection == "strong" and net.is_directed)


def firm_path(
    net: Network,
    order: NDArray[np.int64],
    connection: Connection,
    layers: Iterable[str] | None,
    progress: Progress | None,
) -> tuple[Path, NDArray[np.float64] | None]:
    """Return the component statistics after every removal, and sums of s log s if they cost nothing."""
    if is_recounted(net, connection):
        needed = (net.layers if layers is None else layers) if connection == "all_layers" else None
        return _sizes_path(net, order, needed, progress)
    indptr, indices = ties_of(net)
    n = net.n_firms
    path = weak_path(indptr, indices, completed(order, n), n + len(indices))
    return Path(*(row[: len(order) + 1] for row in path)), None


def counted(name: str, path: Path, n: int, *, stay: bool = False) -> tuple[NDArray[Any], NDArray[np.float64] | float]:
    """Return a response as counts and their divisor, one for all steps or one each; with `stay`, only ties leave."""
    if name == "giant_share":
        return path.giant, n or math.nan
    if name == "second_share":
        return path.second, n or math.nan
    if name == "n_components":
        return path.parts, 1.0
    steps = path.giant.shape[-1]
    left = np.full(steps, n) if stay else n - np.arange(steps, dtype=np.int64)
    if name == "susceptibility":
        outside = left - path.giant
        spread = path.squares - path.giant**2
        return np.divide(spread, outside, out=np.zeros(outside.shape), where=outside > 0), 1.0
    pairs = (path.squares - left) // 2
    if name == "reachable_pairs":
        return pairs, 1.0
    possible = left * (left - 1) / 2
    if name == "reachable_share":
        return pairs, possible[0] or math.nan
    return pairs, np.where(possible > 0, possible, np.nan)


def entropy(worth: NDArray[np.float64], n: int, *, stay: bool = False) -> NDArray[np.float64]:
    """Entropy of component sizes from the sums of s log s; 0 in one piece, NaN once nobody is left."""
    left = n - np.arange(len(worth), dtype=np.float64) * (not stay)
    there = left > 0
    values = np.full(len(worth), np.nan)
    values[there] = np.maximum(np.log(left[there]) - worth[there] / left[there], 0.0)
    return values


def entropy_path(net: Network, order: NDArray[Any]) -> NDArray[np.float64]:
    """Return the entropy of component sizes after every removal."""
    indptr, indices = ties_of(net)
    n = net.n_firms
    size = np.arange(n + 1, dtype=np.float64)
    worth = size * np.log(np.maximum(size, 1))
    sums = np.empty(n + 1)
    inputs: list[NDArray[Any]] = [indptr, indices, completed(order, n).astype(np.int32), worth]
    call(worth_path, inputs, [np.empty(n, dtype=np.int32), sums], work=n + len(indices))
    return entropy(sums[: len(order) + 1], n)


def _efficiency(net: Network) -> Callable[[NDArray[np.bool_]], float]:
    matrix = net.simple().csr()
    row = np.repeat(np.arange(net.n_firms), np.diff(matrix.indptr))
    column = matrix.indices.astype(np.int64)
    number, numbered_at = np.empty(0, dtype=np.int64), math.inf
    pairs, long = net.n_firms**2, False

    def value(there: NDArray[np.bool_]) -> float:
        nonlocal row, column, number, numbered_at, pairs, long
        both = there[row] & there[column]
        row, column = row[both], column[both]
        size = int(np.count_nonzero(there))
        if size < 2 or not len(row):
            return 0.0
        counts = None
        # One search per firm is faster where paths are long, and where hardly any firm reaches another.
        if not long and pairs * len(row) > 200_000 * size:
            indptr = np.zeros(len(there) + 1, dtype=np.int64)
            np.cumsum(np.bincount(row, minlength=len(there)), out=indptr[1:])
            if size < 0.98 * numbered_at:
                number, numbered_at = numbered(indptr, column), size
            counts = level_counts(indptr, column, number)
            long = counts is None
        found = dict(
            _path_lengths(row, column, directed=net.is_directed) if counts is None else enumerate(counts.sum(axis=1), 1)
        )
        pairs = sum(found.values())
        return float(sum(count / length for length, count in found.items()) / (size * (size - 1)))

    return value


def _path_lengths(row: NDArray[np.int64], column: NDArray[np.int64], *, directed: bool) -> Iterator[tuple[int, int]]:
    """Yield every length of a shortest path and how many ordered pairs have it."""
    import igraph

    once = slice(None) if directed else row < column
    graph = igraph.Graph(edges=zip(row[once].tolist(), column[once].tolist(), strict=True), directed=directed)
    for length, _, count in graph.path_length_hist().bins():
        yield int(length), int(count) if directed else 2 * int(count)


def _called(net: Network, function: Callable[[Network], float]) -> Callable[[NDArray[np.bool_]], float]:
    ids = net.firms.index
    name = getattr(function, "__name__", type(function).__name__)

    def value(there: NDArray[np.bool_]) -> float:
        found = function(net if there.all() else net.without(ids[~there]))
        if isinstance(found, (Real, np.number, np.bool_)):
            return float(found)
        raise OptionError(
            f"{name} returned {found!r} for a network; a response must return a number (NaN if undefined)."
        )

    return value


def _followed(
    value: Callable[[NDArray[np.bool_]], float],
    n: int,
    order: NDArray[np.int64],
    at: NDArray[np.bool_] | None,
    progress: Progress | None,
) -> list[float]:
    """Return the value for whoever is there after 0, 1, ... removals, NaN after those that are not asked for."""
    there = np.ones(n, dtype=bool)

    def after(step: int) -> float:
        if step:
            there[order[step - 1]] = False
        return value(there) if at is None or at[step] else math.nan

    return until_interrupted(after, range(len(order) + 1), len(order), progress, start=1)


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
    net: Network,
    order: NDArray[np.int64],
    wanted: dict[str, Any],
    connection: Connection,
    progress: Progress | None,
    *,
    layers: Sequence[str] | None = None,
    needed: Sequence[str] | None = None,
    at: NDArray[np.bool_] | None = None,
) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Return the responses after every removal, and the size of the giant; slow ones only `at` some steps.

    With connection "all_layers", the layers needed are the `layers` that count, unless told otherwise.
    """
    n = net.n_firms
    if layers is not None:
        net = net.layer(*layers)
    path, worth = firm_path(net, order, connection, layers if needed is None else needed, progress)
    columns: dict[str, Any] = {}
    for name, response in wanted.items():
        if hasattr(response, "path"):
            columns[name] = response.path(net, order)
        elif not isinstance(response, str):
            columns[name] = _followed(_called(net, response), n, order, at, progress)
        elif name == "efficiency":
            columns[name] = _followed(_efficiency(net), n, order, at, progress)
        elif name in SPECTRAL:
            columns[name] = _followed(spectral_value(net, name), n, order, at, progress)
        elif name == "component_entropy":
            columns[name] = entropy_path(net, order) if worth is None else entropy(worth, n)
        else:
            counts, divisor = counted(name, path, n)
            columns[name] = counts if name in ("n_components", "reachable_pairs") else counts / divisor
    # Fewer than all after an interrupt.
    done = min([len(path.giant), *map(len, columns.values())])
    columns = {name: values[:done] for name, values in columns.items()}
    return _table(columns, pd.RangeIndex(done, name="removed")), path.giant[:done]


@lru_cache
def _headings(names: tuple[str, ...]) -> pd.Index:
    return pd.Index(names)


def _table(columns: dict[str, Any], index: pd.Index) -> pd.DataFrame:
    """Return the columns as a frame; of one column the values as they are, since checks cost a third of the kernel."""
    if len(columns) == 1:
        [values] = columns.values()
        return pd.DataFrame(np.asarray(values)[:, None], index, _headings(tuple(columns)), copy=False)
    return pd.DataFrame(columns, index=index)


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
    call(_percolation.single_removals, [indptr, indices, alive, np.arange(n, dtype=np.int32)], fields, work=work)
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
