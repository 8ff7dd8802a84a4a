"""Kernels of spreading shocks, in the plain subset that numba compiles (see `clusternet._percolation`).

A block of shocks comes as `shock_ptr` and `shock_firm`: shock b hits ``shock_firm[shock_ptr[b]:shock_ptr[b + 1]]``.
The loss of firm v under shock b lands in ``loss[b * n + v]``. Whom firm v reaches: ``reached[indptr[v]:indptr[v + 1]]``.
"""

from __future__ import annotations

from typing import Any, TypeAlias

__all__ = ["EXTRAPOLATE_EVERY", "TOLERANCE", "spread_by_groups", "spread_in_turn", "spread_linear", "spread_threshold"]

Array: TypeAlias = Any  # an array when compiled, a list in plain Python

TOLERANCE = 1e-10
"""A change of a firm's loss below this is not handed on."""

EXTRAPOLATE_EVERY = 12


def spread_by_groups(  # noqa: PLR0917 (kernels take arrays by position)
    indptr: Array,
    reached: Array,
    share: Array,
    group: Array,
    sector: Array,
    sales: Array,
    sector_sales: Array,
    shock_ptr: Array,
    shock_firm: Array,
    loss: Array,
    left: Array,
    lost: Array,
    sent: Array,
    hit: Array,
) -> None:
    """Fill the least losses that agree with the production rule of diem2022, downstream.

    Edge e takes ``share[e]`` of the input group ``group[e]`` of the firm it reaches with it; a firm loses as much as
    its worst group. A supplier's loss counts by its share in what its sector still sells. Losses only rise and every
    rise makes others rise, so that the order of the steps does not change where they end.

    `loss` starts at 0. `left` (sectors), `lost` (groups), `sent` and `hit` (firms) are scratch, `lost` and `sent` 0.
    """
    tolerance = 1e-10
    n = len(indptr) - 1
    for b in range(len(shock_ptr) - 1):
        row = b * n
        for s in range(len(sector_sales)):
            left[s] = sector_sales[s]
        n_hit = 0
        for place in range(shock_ptr[b], shock_ptr[b + 1]):
            v = shock_firm[place]
            loss[row + v] = 1.0
            left[sector[v]] -= sales[v]
            hit[n_hit] = v
            n_hit += 1
        moving = True
        while moving:
            moving = False
            place = 0
            while place < n_hit:
                v = hit[place]
                place += 1
                remains = left[sector[v]]
                if remains > sales[v]:
                    passed = loss[row + v] * sales[v] / remains
                else:
                    passed = loss[row + v]
                step = passed - sent[v]
                if step <= tolerance:
                    continue
                sent[v] = passed
                moving = True
                for edge in range(indptr[v], indptr[v + 1]):
                    g = group[edge]
                    lost[g] += share[edge] * step
                    now = min(lost[g], 1.0)
                    u = reached[edge]
                    before = loss[row + u]
                    if now > before:
                        if before == 0.0:
                            hit[n_hit] = u
                            n_hit += 1
                        loss[row + u] = now
                        left[sector[u]] -= sales[u] * (now - before)
        for place in range(n_hit):
            v = hit[place]
            sent[v] = 0.0
            for edge in range(indptr[v], indptr[v + 1]):
                lost[group[edge]] = 0.0


def spread_linear(  # noqa: PLR0917 (kernels take arrays by position)
    indptr: Array,
    reached: Array,
    share: Array,
    shock_ptr: Array,
    shock_firm: Array,
    loss: Array,
    now: Array,
    after: Array,
    state: Array,
    hit: Array,
) -> None:
    """Fill the losses x = P x with x = 1 at the shocked firms, ``P[reached[e], v] = share[e]``, rows of P at most 1.

    Where chains of customers are long the rounds shrink by a constant factor, and every twelfth is extrapolated
    (Aitken) if that leaves less to do. `loss` starts at 0; the rest is scratch: `now`, `after` and `state` start at 0.
    """
    tolerance = 1e-10
    n = len(indptr) - 1
    for b in range(len(shock_ptr) - 1):
        row = b * n
        n_hit = 0
        for place in range(shock_ptr[b], shock_ptr[b + 1]):
            v = shock_firm[place]
            loss[row + v] = 1.0
            now[v] = 1.0
            state[v] = 2  # 0 not reached, 1 reached, 2 shocked
            hit[n_hit] = v
            n_hit += 1
        before = 0.0
        turn = 0
        while True:
            known = n_hit
            for place in range(known):
                v = hit[place]
                step = now[v]
                if step == 0.0:
                    continue
                for edge in range(indptr[v], indptr[v + 1]):
                    u = reached[edge]
                    if state[u] == 2:
                        continue
                    if state[u] == 0:
                        state[u] = 1
                        hit[n_hit] = u
                        n_hit += 1
                    after[u] += share[edge] * step
            turn += 1
            total = 0.0
            largest = 0.0
            for place in range(n_hit):
                size = abs(after[hit[place]])
                total += size
                largest = max(largest, size)
            ratio = total / before if before > 0.0 else 0.0
            before = total
            factor = 0.0
            if turn % 12 == 0 and 0.3 < ratio < 1.0:
                factor = ratio / (1.0 - ratio)
                left = 0.0
                for place in range(n_hit):
                    v = hit[place]
                    if state[v] == 1:
                        left += abs((1.0 + factor) * after[v] - factor * now[v])
                if left < total:
                    before = left
                else:
                    factor = 0.0
            for place in range(n_hit):
                v = hit[place]
                rest = after[v]
                if factor > 0.0 and state[v] == 1:
                    loss[row + v] += factor * now[v]
                    rest = (1.0 + factor) * rest - factor * now[v]
                loss[row + v] += rest
                now[v] = rest
                after[v] = 0.0
            # What all later rounds add is at most the geometric series of this one.
            if factor == 0.0 and largest <= tolerance * max(1.0 - ratio, 1e-4):
                break
        for place in range(n_hit):
            v = hit[place]
            loss[row + v] = min(max(loss[row + v], 0.0), 1.0)
            now[v] = 0.0
            state[v] = 0


def spread_in_turn(  # noqa: PLR0917 (kernels take arrays by position)
    indptr: Array,
    reached: Array,
    impact: Array,
    shock_ptr: Array,
    shock_firm: Array,
    loss: Array,
    gain: Array,
    state: Array,
    wave: Array,
    touched: Array,
) -> None:
    """Fill DebtRank losses (battiston2012): a firm hands its loss on once, in the round after it was first hit.

    `loss`, `gain` and `state` start at 0; `wave` and `touched` are scratch.
    """
    n = len(indptr) - 1
    for b in range(len(shock_ptr) - 1):
        row = b * n
        count = 0
        for place in range(shock_ptr[b], shock_ptr[b + 1]):
            v = shock_firm[place]
            loss[row + v] = 1.0
            state[v] = 1  # 0 not hit, 1 hit, gain pending in the same round counts before it hands on
            wave[count] = v
            count += 1
        first = 0
        while first < count:
            last = count
            n_touched = 0
            for place in range(first, last):
                v = wave[place]
                step = loss[row + v]
                for edge in range(indptr[v], indptr[v + 1]):
                    u = reached[edge]
                    if gain[u] == 0.0:
                        touched[n_touched] = u
                        n_touched += 1
                    gain[u] += impact[edge] * step
            for place in range(n_touched):
                u = touched[place]
                loss[row + u] = min(1.0, loss[row + u] + gain[u])
                gain[u] = 0.0
                if state[u] == 0:
                    state[u] = 1
                    wave[count] = u
                    count += 1
            first = last
        for place in range(count):
            state[wave[place]] = 0


def spread_threshold(  # noqa: PLR0917 (kernels take arrays by position)
    indptr: Array,
    reached: Array,
    share: Array,
    limit: Array,
    shock_ptr: Array,
    shock_firm: Array,
    failed: Array,
    rounds: Array,
    pressure: Array,
    state: Array,
    wave: Array,
) -> None:
    """Fill how many firms fail, and in how many rounds, when a firm fails at its limit (watts2002).

    `pressure` and `state` start at 0; `wave` is scratch.
    """
    for b in range(len(shock_ptr) - 1):
        count = 0
        for place in range(shock_ptr[b], shock_ptr[b + 1]):
            v = shock_firm[place]
            state[v] = 1
            wave[count] = v
            count += 1
        first = 0
        turns = 0
        while first < count:
            last = count
            for place in range(first, last):
                v = wave[place]
                for edge in range(indptr[v], indptr[v + 1]):
                    u = reached[edge]
                    pressure[u] += share[edge]
                    if state[u] == 0 and pressure[u] >= limit[u]:
                        state[u] = 1
                        wave[count] = u
                        count += 1
            first = last
            if count > last:
                turns += 1
        failed[b] = count
        rounds[b] = turns
        for place in range(count):
            v = wave[place]
            state[v] = 0
            for edge in range(indptr[v], indptr[v + 1]):
                pressure[reached[edge]] = 0.0
