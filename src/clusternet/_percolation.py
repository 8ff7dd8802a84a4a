"""Kernels of node removal, written once: compiled by numba where that pays, run as plain Python elsewhere.

Every kernel fills arrays that the caller made and uses nothing but loops, numbers and indexing, so the compiled and
the plain run give the same results. A graph comes as `indptr` and `indices`: the neighbors of v are
``indices[indptr[v]:indptr[v + 1]]``, without loops or repeats.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

__all__ = ["COMPILE_ABOVE", "adaptive_order", "call", "neighbors", "rounded", "single_removals", "union_path"]

Array: TypeAlias = Any  # an array when compiled, a list in plain Python

COMPILE_ABOVE = 3_000_000
"""Work (firms plus twice the ties, times runs) that plain Python does in the 0.9 s that loading numba takes."""

_compiled: dict[Callable[..., None], Callable[..., None] | None] = {}
_spent: dict[Callable[..., None], int] = {}


def _compile(kernel: Callable[..., None]) -> Callable[..., None] | None:
    try:
        import numba
    except ImportError:
        return None
    try:
        return numba.njit(nogil=True, cache=True)(kernel)
    except RuntimeError:  # no folder that the cache could be written to
        return numba.njit(nogil=True)(kernel)


def call(
    kernel: Callable[..., None], inputs: Sequence[NDArray[Any]], outputs: Sequence[NDArray[Any]], *, work: int
) -> None:
    """Run a kernel on `inputs` and fill `outputs`; compiled once its work, this run included, is worth the loading.

    Whoever plans many runs states their whole work at the first and 0 at the others.
    """
    if kernel not in _compiled:
        _spent[kernel] = _spent.get(kernel, 0) + work
        if _spent[kernel] > COMPILE_ABOVE:
            _compiled[kernel] = _compile(kernel)
    fast = _compiled.get(kernel)
    if fast is not None:
        fast(*inputs, *outputs)
        return
    # Plain Python indexes lists several times faster than arrays.
    filled = [array.tolist() for array in outputs]
    kernel(*(array.tolist() for array in inputs), *filled)
    for array, values in zip(outputs, filled, strict=True):
        array[:] = values


def neighbors(
    n: int, one: NDArray[np.int64], other: NDArray[np.int64], weights: NDArray[np.float64] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Return ``indptr, indices, weights`` of an undirected graph given one row per pair, rows sorted by `one`."""
    from scipy import sparse

    values = np.ones(len(one), dtype=np.int8) if weights is None else weights
    indptr = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(one, minlength=n), out=indptr[1:])
    # The rows are in order, so that half of the matrix is there already; its transpose and the sum are linear.
    half = sparse.csr_array((values, other.astype(np.int32), indptr.astype(np.int32)), shape=(n, n))
    matrix = half + half.T.tocsr()
    matrix.sort_indices()
    return matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), matrix.data.astype(np.float64)


def rounded(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return scores in whole units of 1e-8, so that float noise cannot break a tie."""
    scaled = scores * 1e8
    return np.where(np.abs(scaled) < 2.0**51, np.rint(scaled), scaled)


def union_path(  # noqa: PLR0917 (kernels take arrays by position)
    indptr: Array,
    indices: Array,
    order: Array,
    parent: Array,
    near: Array,
    count: Array,
    giant: Array,
    second: Array,
    parts: Array,
    squares: Array,
) -> None:
    """Fill component statistics after 0..n removals by adding the firms back, last removed first (newmanziff2001).

    `giant` and `second` are the two largest component sizes, `parts` the number of components and `squares` the sum
    of squared sizes, each of length n + 1. `parent`, `near` and `count` (n + 1) are scratch.
    """
    n = len(order)
    for v in range(n):
        parent[v] = n  # not there yet; a root holds minus its size
    for size in range(n + 1):
        count[size] = 0
    largest, runner, components, total = 0, 0, 0, 0
    giant[n], second[n], parts[n], squares[n] = 0, 0, 0, 0
    for step in range(n - 1, -1, -1):
        root = order[step]
        parent[root] = -1
        size = 1
        components += 1
        total += 1
        start, stop = indptr[root], indptr[root + 1]
        there = 0
        for place in range(start, stop):  # no branch: whether a neighbor is back already cannot be predicted
            u = indices[place]
            near[there] = u
            there += parent[u] != n
        for place in range(there):
            u = near[place]
            up = parent[u]
            if up == root:
                continue
            while up >= 0:
                top = parent[up]
                if top >= 0:
                    parent[u] = top
                u = up
                up = top
            if u == root:
                continue
            other = -up
            total += 2 * size * other
            components -= 1
            count[other] -= 1
            if other > size:
                parent[root] = u
                root = u
            else:
                parent[u] = root
            size += other
            parent[root] = -size
        count[size] += 1
        if size > largest:
            if count[largest] > 0:
                runner = largest
            largest = size
        elif size > runner:
            runner = size
        # Every size passed here belongs to firms that just joined the giant, so that the scans add up to at most n.
        while runner > 0 and (count[runner] == 0 or (runner == largest and count[runner] < 2)):
            runner -= 1
        giant[step], second[step], parts[step], squares[step] = largest, runner, components, total


def adaptive_order(  # noqa: PLR0917 (kernels take arrays by position)
    indptr: Array,
    indices: Array,
    weights: Array,
    prior: Array,
    left: Array,
    score: Array,
    heap: Array,
    order: Array,
) -> None:
    """Fill the order in which the firm with the largest remaining weight leaves, ties by lowest `prior`.

    `left` starts as the sum of each firm's weights, `score` as ``rounded(left)``, `heap` as the firms sorted by
    (score descending, prior). Weights only fall, so a firm is looked at again only when it reaches the top.
    """
    magic = 6755399441055744.0  # adding and subtracting 1.5 * 2**52 rounds to the nearest whole number
    size = len(heap)
    filled = 0
    while size > 0:
        v = heap[0]
        now = left[v] * 1e8
        if now < 2251799813685248.0:
            now = (now + magic) - magic
        if now < score[v]:
            score[v] = now
        else:
            order[filled] = v
            filled += 1
            score[v] = -1.0
            for place in range(indptr[v], indptr[v + 1]):
                left[indices[place]] -= weights[place]
            size -= 1
            if size == 0:
                break
            v = heap[size]
        hole = 0
        while True:
            child = 2 * hole + 1
            if child >= size:
                break
            c = heap[child]
            if child + 1 < size:
                d = heap[child + 1]
                if score[d] > score[c] or (score[d] == score[c] and prior[d] < prior[c]):
                    child += 1
                    c = d
            if score[c] > score[v] or (score[c] == score[v] and prior[c] < prior[v]):
                heap[hole] = c
                hole = child
            else:
                break
        heap[hole] = v


def single_removals(  # noqa: PLR0917 (kernels take arrays by position)
    indptr: Array,
    indices: Array,
    alive: Array,
    seen: Array,
    low: Array,
    size: Array,
    up: Array,
    cursor: Array,
    hung: Array,
    visit: Array,
    parts: Array,
    biggest: Array,
    squares: Array,
) -> None:
    """Fill what each firm's own component falls into when that firm alone leaves (hopcroft1973).

    `parts`, `biggest` and `squares` are the number of pieces, the largest and the sum of their squared sizes; `size`
    becomes the size of the component before. Firms with ``alive == 0`` are passed over. The rest is scratch.
    """
    n = len(alive)
    for v in range(n):
        seen[v], low[v], size[v], up[v], cursor[v] = 0, 0, 0, -1, indptr[v]
        hung[v], parts[v], biggest[v], squares[v] = 0, 0, 0, 0
    clock = 0
    for start in range(n):
        if seen[start] != 0 or alive[start] == 0:
            continue
        first = clock
        v = start
        visit[clock] = v
        clock += 1
        seen[v], low[v], size[v] = clock, clock, 1
        while v >= 0:
            if cursor[v] < indptr[v + 1]:
                u = indices[cursor[v]]
                cursor[v] += 1
                if alive[u] == 0:
                    continue
                if seen[u] == 0:
                    visit[clock] = u
                    clock += 1
                    seen[u], low[u], size[u], up[u] = clock, clock, 1, v
                    v = u
                elif u != up[v] and seen[u] < low[v]:
                    low[v] = seen[u]
            else:
                p = up[v]
                if p >= 0:
                    branch = size[v]
                    size[p] += branch
                    low[p] = min(low[p], low[v])
                    if low[v] >= seen[p]:  # nothing in the branch of v reaches above p
                        parts[p] += 1
                        hung[p] += branch
                        squares[p] += branch * branch
                        biggest[p] = max(biggest[p], branch)
                v = p
        whole = clock - first
        for place in range(first, clock):
            v = visit[place]
            size[v] = whole
            rest = whole - 1 - hung[v]
            if rest > 0:
                parts[v] += 1
                squares[v] += rest * rest
                biggest[v] = max(biggest[v], rest)
