"""Kernels of spreading shocks, in the plain subset that numba compiles (see `clusternet._compiled`).

A block of shocks comes as `shock_ptr` and `shock_firm`: shock b hits ``shock_firm[shock_ptr[b]:shock_ptr[b + 1]]``,
and firm v loses ``severity[v]``, above 0, at once.
The loss of firm v under shock b lands in ``loss[b * n + v]``. Firm v reaches
``reached[indptr[v]:indptr[v + 1]]``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clusternet._compiled import Array

__all__ = ["mean_sweeps", "spread_again", "spread_by_groups", "spread_in_turn", "spread_threshold"]


def spread_by_groups(  # noqa: PLR0917 (kernels take arrays by position)
    indptr: Array,
    reached: Array,
    share: Array,
    group: Array,
    sector: Array,
    sales: Array,
    sector_sales: Array,
    severity: Array,
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
    tolerance = 1e-9  # a smaller rise is not handed on
    n = len(indptr) - 1
    for b in range(len(shock_ptr) - 1):
        row = b * n
        for s in range(len(sector_sales)):
            left[s] = sector_sales[s]
        n_hit = 0
        for place in range(shock_ptr[b], shock_ptr[b + 1]):
            v = shock_firm[place]
            loss[row + v] = severity[v]
            left[sector[v]] -= sales[v] * severity[v]
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
                passed = loss[row + v] * (sales[v] / remains if remains > sales[v] else 1.0)
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


def mean_sweeps(  # noqa: PLR0917 (kernels take arrays by position)
    indptr: Array,
    customer: Array,
    share: Array,
    given_row: Array,
    given_lane: Array,
    given: Array,
    row: Array,
    lane: Array,
    least: Array,
    most: Array,
    back: Array,
    leap: Array,
    level: Array,
    step: Array,
    kept: Array,
    sums: Array,
    fresh: Array,
) -> None:
    """Sweep five times over the rows of ``level <- P level + given``, each from the newest of the others.

    `level`, `step` (the last change) and `kept` are firms by lanes, one lane per shock, so that every share is fetched
    once for all. Row i of P is ``share[indptr[i]:indptr[i + 1]]`` at those customers. Before the sweeps a lane goes
    `leap` times its last change further, or ``back`` to where it was kept. `given` and the bounds `least` and `most`
    come by cells (rising rows). `sums` gets, by lane, the last change times the one before, the one before squared,
    and the largest of the last. `fresh` is scratch.
    """
    lanes = len(fresh)
    product, square, largest = sums[0], sums[1], sums[2]
    moved = False
    for k in range(lanes):
        product[k], square[k], largest[k] = 0.0, 0.0, 0.0
        moved = moved or back[k] > 0 or leap[k] > 0
    for i in range(len(indptr) - 1 if moved else 0):
        here, change, old = level[i], step[i], kept[i]
        for k in range(lanes):
            start = old[k] if back[k] > 0 else here[k]
            old[k] = start
            here[k] = start + leap[k] * change[k]
    for turn in range(5):
        gift, cell = 0, 0
        for i in range(len(indptr) - 1):
            for k in range(lanes):
                fresh[k] = 0.0
            for edge in range(indptr[i], indptr[i + 1]):
                part, at = share[edge], level[customer[edge]]
                for k in range(lanes):
                    fresh[k] += part * at[k]
            while gift < len(given_row) and given_row[gift] == i:
                fresh[given_lane[gift]] += given[gift]
                gift += 1
            while cell < len(row) and row[cell] == i:
                fresh[lane[cell]] = min(max(fresh[lane[cell]], least[cell]), most[cell])
                cell += 1
            here, change = level[i], step[i]
            if turn < 3:
                for k in range(lanes):
                    here[k] = fresh[k]
            elif turn == 3:
                for k in range(lanes):
                    change[k] = fresh[k] - here[k]
                    here[k] = fresh[k]
            else:
                for k in range(lanes):
                    before = change[k]
                    now = fresh[k] - here[k]
                    product[k] += now * before
                    square[k] += before * before
                    largest[k] = max(largest[k], abs(now))
                    change[k] = now
                    here[k] = fresh[k]


def spread_in_turn(  # noqa: PLR0917 (kernels take arrays by position)
    indptr: Array,
    reached: Array,
    impact: Array,
    severity: Array,
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
            loss[row + v] = severity[v]
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


def spread_again(  # noqa: PLR0917 (kernels take arrays by position)
    indptr: Array,
    reached: Array,
    impact: Array,
    severity: Array,
    shock_ptr: Array,
    shock_firm: Array,
    loss: Array,
    sent: Array,
    hit: Array,
) -> None:
    """Fill the least losses that agree with ``h = min(1, shock + impact h)``: every rise is handed on (bardoscia2015).

    `loss` and `sent` start at 0; `hit` is scratch.
    """
    tolerance = 1e-9  # a smaller rise is not handed on
    n = len(indptr) - 1
    for b in range(len(shock_ptr) - 1):
        row = b * n
        n_hit = 0
        for place in range(shock_ptr[b], shock_ptr[b + 1]):
            v = shock_firm[place]
            loss[row + v] = severity[v]
            hit[n_hit] = v
            n_hit += 1
        moving = True
        while moving:
            moving = False
            place = 0
            while place < n_hit:
                v = hit[place]
                place += 1
                step = loss[row + v] - sent[v]
                if step <= tolerance:
                    continue
                sent[v] = loss[row + v]
                moving = True
                for edge in range(indptr[v], indptr[v + 1]):
                    u = reached[edge]
                    if loss[row + u] == 0.0:
                        hit[n_hit] = u
                        n_hit += 1
                    loss[row + u] = min(1.0, loss[row + u] + impact[edge] * step)
        for place in range(n_hit):
            sent[hit[place]] = 0.0


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
