"""Kernels of node removal, to be run by `clusternet._compiled.call`.

A graph comes as `indptr` and `indices`: the neighbors of v are
``indices[indptr[v]:indptr[v + 1]]``, without loops or repeats.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clusternet._compiled import Array

__all__ = [
    "adaptive_order",
    "core_order",
    "influence_order",
    "neighbors",
    "rounded",
    "single_removals",
    "tie_path",
    "union_path",
    "value_path",
]


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
    held: Array,
    giant: Array,
    second: Array,
    parts: Array,
    squares: Array,
) -> None:
    """Fill component statistics after 0..n removals by adding the firms back, last removed first (newmanziff2001).

    `giant` and `second` are the two largest component sizes, `parts` the number of components and `squares` the sum
    of squared sizes, each of length n + 1. `parent`, `near`, `count` and `held` (n + 1) are scratch. All but `count`
    and `held` compile to half the time if their types are unsigned: no index can then count from the end.
    """
    n = len(order)
    for v in range(n):
        parent[v] = n  # not there yet; a root is its own parent
    for size in range(n + 1):
        count[size] = 0
    largest, runner, components, total = 0, 0, 0, 0
    big = n + 1  # the root of the largest; its firms next to the newcomer are joined at once
    giant[n], second[n], parts[n], squares[n] = 0, 0, 0, 0
    for step in range(n - 1, -1, -1):
        root = order[step]
        there, touched = 0, 0
        for place in range(indptr[root], indptr[root + 1]):  # no branch: who is back already cannot be predicted
            u = indices[place]
            up = parent[u]
            near[there] = u
            touched |= up == big
            there += (up != n) & (up != big)
        parent[root] = root
        components += 1
        total += 1
        size = 1
        if touched:
            parent[root] = big
            root = big
            other = held[big]
            total += 2 * other
            components -= 1
            count[other] -= 1
            size += other
        for place in range(there):
            u = near[place]
            up = parent[u]
            top = parent[up]
            while top != up:
                parent[u] = top
                u = up
                up = top
                top = parent[up]
            if top == root:
                continue
            other = held[top]
            total += 2 * size * other
            components -= 1
            count[other] -= 1
            larger = other > size
            lower = root if larger else top
            root = top if larger else root
            parent[lower] = root
            size += other
        held[root] = size
        count[size] += 1
        if size > largest:
            if count[largest] > 0:
                runner = largest
            largest = size
            big = root
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
    firms: Array,
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
    becomes the size of the component before. `firms` lists whole components; those with ``alive == 0`` are passed
    over. `visit` begins with those that are not, component by component. The rest is scratch.
    """
    for v in firms:
        seen[v], low[v], size[v], up[v], cursor[v] = 0, 0, 0, -1, indptr[v]
        hung[v], parts[v], biggest[v], squares[v] = 0, 0, 0, 0
    clock = 0
    for start in firms:
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


def tie_path(  # noqa: PLR0917 (kernels take arrays by position)
    one: Array,
    other: Array,
    order: Array,
    parent: Array,
    count: Array,
    giant: Array,
    second: Array,
    parts: Array,
    squares: Array,
) -> None:
    """Fill component statistics after 0..m ties are gone by adding the ties back, last removed first (newmanziff2001).

    ``one[t]`` and ``other[t]`` are the ends of tie t. As in `union_path`, but all firms stay. `parent` (n) and `count`
    (n + 1) are scratch.
    """
    n, m = len(parent), len(order)
    for v in range(n):
        parent[v] = -1
        count[v] = 0
    count[n] = 0
    count[min(n, 1)] = n
    largest, runner, components, total = min(n, 1), min(n // 2, 1), n, n
    giant[m], second[m], parts[m], squares[m] = largest, runner, components, total
    for step in range(m - 1, -1, -1):
        u, v = one[order[step]], other[order[step]]
        while parent[u] >= 0:
            if parent[parent[u]] >= 0:
                parent[u] = parent[parent[u]]
            u = parent[u]
        while parent[v] >= 0:
            if parent[parent[v]] >= 0:
                parent[v] = parent[parent[v]]
            v = parent[v]
        if u != v:
            if parent[u] > parent[v]:
                u, v = v, u
            a, b = -parent[u], -parent[v]
            parent[u] = -(a + b)
            parent[v] = u
            count[a] -= 1
            count[b] -= 1
            count[a + b] += 1
            total += 2 * a * b
            components -= 1
            if a + b > largest:
                if count[largest] > 0:
                    runner = largest
                largest = a + b
            elif a + b > runner:
                runner = a + b
            while runner > 0 and (count[runner] == 0 or (runner == largest and count[runner] < 2)):
                runner -= 1
        giant[step], second[step], parts[step], squares[step] = largest, runner, components, total


def value_path(  # noqa: PLR0917 (kernels take arrays by position)
    indptr: Array,
    indices: Array,
    order: Array,
    value: Array,
    parent: Array,
    total: Array,
    best: Array,
    held: Array,
) -> None:
    """Fill, after 0..n removals, the largest sum of values in one component and the firms in components with any.

    Values are at least 0. `best` and `held` have length n + 1; `parent` and `total` (n) are scratch.
    """
    n = len(order)
    for v in range(n):
        parent[v] = n  # not there yet; a root holds minus its size
        total[v] = value[v]
    most, firms = 0.0, 0
    best[n], held[n] = most, firms
    for step in range(n - 1, -1, -1):
        root = order[step]
        parent[root] = -1
        firms += total[root] > 0
        for place in range(indptr[root], indptr[root + 1]):
            u = indices[place]
            if parent[u] == n:
                continue
            while parent[u] >= 0:
                if parent[parent[u]] >= 0:
                    parent[u] = parent[parent[u]]
                u = parent[u]
            if u == root:
                continue
            if total[u] > 0 and total[root] == 0:
                firms -= parent[root]
            elif total[root] > 0 and total[u] == 0:
                firms -= parent[u]
            if parent[u] < parent[root]:
                u, root = root, u
            parent[root] += parent[u]
            parent[u] = root
            total[root] += total[u]
        most = max(most, total[root])
        best[step], held[step] = most, firms


def influence_order(  # noqa: PLR0917 (kernels take arrays by position)
    indptr: Array,
    indices: Array,
    prior: Array,
    radius: Array,
    degree: Array,
    score: Array,
    tree: Array,
    mark: Array,
    queue: Array,
    touched: Array,
    state: Array,
    order: Array,
) -> None:
    """Fill the order in which the firm of largest collective influence leaves (morone2015), ties by lowest `prior`.

    `degree` starts as the number of neighbors; ``radius[0]`` is the radius, at least 1, and ``radius[1]`` how far the
    order is filled; a later call goes on from there, and at 0 only `score` is filled. `tree` (twice a power of two that
    is at least n) is a tournament of the firms still there, and starts as -1; `mark` starts as zeros, `touched` as all
    firms, and `state` as their number, 0 and 0: how many are touched, a clock for `mark`, and how far the order is.
    """
    leaves, reach, steps = len(tree) // 2, radius[0], radius[1]
    changed, clock, filled = state[0], state[1], state[2]
    while True:
        for place in range(changed):
            u = touched[place]
            if degree[u] >= 0:
                clock += 1
                mark[u] = clock
                queue[0] = u
                first, last = 0, 1
                for _ in range(reach):
                    end = last
                    for near in range(first, end):
                        w = queue[near]
                        for slot in range(indptr[w], indptr[w + 1]):
                            x = indices[slot]
                            if degree[x] >= 0 and mark[x] != clock:
                                mark[x] = clock
                                queue[last] = x
                                last += 1
                    first = end
                around = 0
                for near in range(first, last):
                    around += degree[queue[near]] - 1
                score[u] = (degree[u] - 1) * around
            at = leaves + u
            tree[at] = u if degree[u] >= 0 else -1
            at //= 2
            while at >= 1:
                a, b = tree[2 * at], tree[2 * at + 1]
                if a < 0 or (b >= 0 and (score[b] > score[a] or (score[b] == score[a] and prior[b] < prior[a]))):
                    a = b
                tree[at] = a
                at //= 2
        if filled == steps:
            break
        v = tree[1]
        order[filled] = v
        filled += 1
        clock += 1
        mark[v] = clock
        touched[0] = v
        first, changed = 0, 1
        for _ in range(reach + 1):
            end = changed
            for near in range(first, end):
                w = touched[near]
                for slot in range(indptr[w], indptr[w + 1]):
                    x = indices[slot]
                    if degree[x] >= 0 and mark[x] != clock:
                        mark[x] = clock
                        touched[changed] = x
                        changed += 1
            first = end
        degree[v] = -1
        score[v] = -1
        for slot in range(indptr[v], indptr[v + 1]):
            if degree[indices[slot]] >= 0:
                degree[indices[slot]] -= 1
    state[0], state[1], state[2] = 0, clock, filled


def core_order(  # noqa: PLR0917 (kernels take arrays by position)
    indptr: Array,
    indices: Array,
    prior: Array,
    degree: Array,
    tree: Array,
    queue: Array,
    order: Array,
    filled: Array,
) -> None:
    """Fill the order in which the firm with most ties in the 2-core leaves until that is empty (zdeborova2016).

    `degree` starts as the number of neighbors and ends at -1 for all outside the 2-core. ``filled[0]`` is how many
    left; with an empty `order`, none does. Ties by lowest `prior`; `tree` as in `influence_order`.
    """
    n, leaves = len(degree), len(tree) // 2
    for place in range(len(tree)):
        tree[place] = -1
    waiting = 0
    for v in range(n):
        if degree[v] < 2:
            queue[waiting] = v
            waiting += 1
        else:
            tree[leaves + v] = v
    for at in range(leaves - 1, 0, -1):
        a, b = tree[2 * at], tree[2 * at + 1]
        if a < 0 or (b >= 0 and (degree[b] > degree[a] or (degree[b] == degree[a] and prior[b] < prior[a]))):
            a = b
        tree[at] = a
    done = 0
    while True:
        place = 0
        while place < waiting:  # what is out takes a tie from its neighbors, who may fall out in turn
            v = queue[place]
            place += 1
            degree[v] = -1
            for slot in range(indptr[v] - 1, indptr[v + 1]):
                u = v if slot < indptr[v] else indices[slot]
                if u != v:
                    if degree[u] < 0:
                        continue
                    degree[u] -= 1
                    if degree[u] == 1:
                        queue[waiting] = u
                        waiting += 1
                at = leaves + u
                tree[at] = u if degree[u] >= 2 else -1
                at //= 2
                while at >= 1:
                    a, b = tree[2 * at], tree[2 * at + 1]
                    if a < 0 or (
                        b >= 0 and (degree[b] > degree[a] or (degree[b] == degree[a] and prior[b] < prior[a]))
                    ):
                        a = b
                    tree[at] = a
                    at //= 2
        v = tree[1]
        if v < 0 or done == len(order):
            break
        order[done] = v
        done += 1
        queue[0] = v
        waiting = 1
    filled[0] = done
