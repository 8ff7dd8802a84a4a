"""Kernels of resilience alone: entropy, reach from sources, explosive dismantling; run by `clusternet._compiled.call`.

A graph comes as `indptr` and `indices`: the neighbors of v are ``indices[indptr[v]:indptr[v + 1]]``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clusternet._compiled import Array

__all__ = ["explosive_order", "reach_path", "worth_path"]


def worth_path(  # noqa: PLR0917 (kernels take arrays by position)
    indptr: Array, indices: Array, order: Array, worth: Array, parent: Array, sums: Array
) -> None:
    """Fill the sum of ``worth[size]`` over the components after 0..n removals, adding firms back last first.

    `worth` and `sums` have length n + 1; `parent` (n) is scratch.
    """
    n = len(order)
    for v in range(n):
        parent[v] = n  # not there yet; a root holds minus its size
    total = 0.0
    sums[n] = total
    for step in range(n - 1, -1, -1):
        root = order[step]
        parent[root] = -1
        total += worth[1]
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
            total += worth[-parent[u] - parent[root]] - worth[-parent[u]] - worth[-parent[root]]
            if parent[u] < parent[root]:
                u, root = root, u
            parent[root] += parent[u]
            parent[u] = root
        sums[step] = total


def reach_path(  # noqa: PLR0917 (kernels take arrays by position)
    into_ptr: Array,
    into: Array,
    onto_ptr: Array,
    onto: Array,
    order: Array,
    source: Array,
    state: Array,
    queue: Array,
    reached: Array,
) -> None:
    """Fill the firms that the sources still there reach after 0..n removals, adding firms back last first.

    Arcs lead from the firms of `into` to v and from v to the firms of `onto`. Who is reached once stays reached on the
    way back, so that every arc is looked at twice. `state` and `queue` (n) are scratch.
    """
    n = len(order)
    for v in range(n):
        state[v] = 0  # 1: there, 2: reached
    count = 0
    reached[n] = count
    for step in range(n - 1, -1, -1):
        v = order[step]
        state[v] = 1
        hit = source[v]
        for place in range(into_ptr[v], into_ptr[v + 1]):
            if state[into[place]] == 2:
                hit = 1
        if hit:
            state[v] = 2
            queue[0] = v
            first, last = 0, 1
            while first < last:
                u = queue[first]
                first += 1
                for place in range(onto_ptr[u], onto_ptr[u + 1]):
                    w = onto[place]
                    if state[w] == 1:
                        state[w] = 2
                        queue[last] = w
                        last += 1
            count += last
        reached[step] = count


def explosive_order(  # noqa: PLR0917 (kernels take arrays by position)
    indptr: Array,
    indices: Array,
    prior: Array,
    effective: Array,
    chances: Array,
    limits: Array,
    parent: Array,
    seen: Array,
    out: Array,
    counts: Array,
    order: Array,
) -> None:
    """Put firms back into the empty network, the least harmful of some candidates first (clusella2016).

    ``limits`` holds the number of candidates, the component size above which the second score rules, and the steps to
    do. ``counts`` holds how many firms are still out, a clock for `seen`, and the size of the largest component; `out`
    begins with those firms. Who is put back first stands last in `order`. Ties: the highest `prior` comes back.
    """
    n = len(parent)
    most, bound, steps = limits[0], limits[1], limits[2]
    left, clock, largest = counts[0], counts[1], counts[2]
    used = 0
    for _ in range(steps):
        if left == 0:
            break
        tried = left
        if left > most:
            tried = most
            for place in range(most):
                other = place + int(chances[used] * (left - place))
                used += 1
                held = out[place]
                out[place] = out[other]
                out[other] = held
        best = -1
        best_a, best_b, best_c = 0.0, 0.0, 0.0
        for place in range(tried):
            v = out[place]
            clock += 1
            touching, runner, at_giant = 0, 0, 0
            harm = effective[v] * 1.0
            for slot in range(indptr[v], indptr[v + 1]):
                u = indices[slot]
                if parent[u] == n:
                    continue
                while parent[u] >= 0:
                    if parent[parent[u]] >= 0:
                        parent[u] = parent[parent[u]]
                    u = parent[u]
                if seen[u] == clock:
                    continue
                seen[u] = clock
                size = -parent[u]
                touching += 1
                harm += size**0.5 - 1.0
                if size == largest and at_giant == 0:
                    at_giant = 1
                elif size > runner:
                    runner = size
            a, b, c = 1.0, float(int(harm * 1e8 + 0.5)), 0.0  # float noise must not break a tie
            if largest > bound and at_giant == 1:
                a, b, c = 0.0, touching * 1.0, runner * 1.0
            if (
                best < 0
                or a < best_a
                or (
                    a == best_a
                    and (b < best_b or (b == best_b and (c < best_c or (c == best_c and prior[v] > prior[out[best]]))))
                )
            ):
                best, best_a, best_b, best_c = place, a, b, c
        root = out[best]
        left -= 1
        order[left] = root
        out[best] = out[left]
        out[left] = root
        parent[root] = -1
        for slot in range(indptr[root], indptr[root + 1]):
            u = indices[slot]
            if parent[u] == n:
                continue
            while parent[u] >= 0:
                u = parent[u]
            top = order[left]
            while parent[top] >= 0:
                top = parent[top]
            if u == top:
                continue
            if parent[u] < parent[top]:
                held = u
                u = top
                top = held
            parent[top] += parent[u]
            parent[u] = top
            largest = max(largest, -parent[top])
        largest = max(largest, 1)
    counts[0], counts[1], counts[2] = left, clock, largest
