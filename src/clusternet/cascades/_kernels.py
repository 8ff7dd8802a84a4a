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

__all__ = [
    "mean_sweeps",
    "spread_by_groups",
    "spread_in_turn",
    "spread_threshold",
    "sweep_order",
]


def sweep_order(  # noqa: PLR0917 (kernels take arrays by position)
    indptr: Array,
    customer: Array,
    back: Array,
    supplier: Array,
    order: Array,
    span: Array,
    waiting: Array,
    left: Array,
) -> None:
    """Order firms so that as many as can be come after all their customers, or after all that wait for them.

    ``order[:span[0]]`` come after their customers; what lies behind ``order[span[1]]`` is nobody's customer further
    ahead. Those between, in `order` as they came, sit on circles or between circles. Firm i sells to
    ``customer[indptr[i]:indptr[i + 1]]`` and buys from ``supplier[back[i]:back[i + 1]]``. `waiting` and `left` are
    scratch.
    """
    n = len(indptr) - 1
    count = 0
    for i in range(n):
        waiting[i] = indptr[i + 1] - indptr[i]
        if waiting[i] == 0:
            order[count] = i
            count += 1
    place = 0
    while place < count:
        for edge in range(back[order[place]], back[order[place] + 1]):
            u = supplier[edge]
            waiting[u] -= 1
            if waiting[u] == 0:
                order[count] = u
                count += 1
        place += 1
    span[0] = count
    last = n
    for i in range(n):
        left[i] = back[i + 1] - back[i]
        if waiting[i] > 0 and left[i] == 0:
            last -= 1
            order[last] = i
    place = n
    while place > last:
        place -= 1
        for edge in range(indptr[order[place]], indptr[order[place] + 1]):
            c = customer[edge]
            left[c] -= 1
            if waiting[c] > 0 and left[c] == 0:
                last -= 1
                order[last] = c
    span[1] = last
    for i in range(n):
        if waiting[i] > 0 and left[i] > 0:
            order[count] = i
            count += 1


def spread_by_groups(  # noqa: PLR0917 (kernels take arrays by position)
    indptr: Array,
    reached: Array,
    share: Array,
    group: Array,
    sector: Array,
    sales: Array,
    sector_sales: Array,
    severity: Array,
    worth: Array,
    shock_ptr: Array,
    shock_firm: Array,
    level: Array,
    sums: Array,
    left: Array,
    loss: Array,
    sent: Array,
    short: Array,
    hit: Array,
    met: Array,
) -> None:
    """Raise `level` to the least losses that agree with the production rule of diem2022, downstream.

    Edge e takes ``share[e]`` of the input group ``group[e]`` of the firm it reaches with it; a firm loses as much as
    its worst group. A supplier's loss counts by its share in what its sector still sells. Losses only rise and every
    rise makes others rise, so that the order of the steps does not change where they end.

    `level` is firms by lanes, one lane per shock. `sums` gets, by lane, the worth lost downstream, what of that `level`
    did not hold before, how many firms rise above a millionth, and 1 if losses circle for so long that the lane was
    given up (its `level` stays). `left` (sectors), `short` (groups), `loss`, `sent`,
    `hit` and `met` (firms and one more) are scratch; `loss`, `sent` and `short` are 0, before and after.
    """
    tolerance = 1e-11  # a smaller rise is not handed on; along slow circles such rests add up
    for b in range(len(shock_ptr) - 1):
        for s in range(len(sector_sales)):
            left[s] = sector_sales[s]
        n_hit, n_met = 0, 0
        for place in range(shock_ptr[b], shock_ptr[b + 1]):
            v = shock_firm[place]
            loss[v] = severity[v]
            left[sector[v]] -= sales[v] * severity[v]
            hit[n_hit] = v
            met[n_met] = v
            n_hit += 1
            n_met += 1
        moving = True
        rounds = 0
        while moving and rounds < 500:
            rounds += 1
            moving = False
            place = 0
            while place < n_hit:
                v = hit[place]
                place += 1
                base = max(left[sector[v]], sales[v])
                if loss[v] * sales[v] <= (sent[v] + tolerance) * base:
                    continue
                passed = loss[v] * sales[v] / base
                step = passed - sent[v]
                sent[v] = passed
                moving = True
                for edge in range(indptr[v], indptr[v + 1]):
                    g, u = group[edge], reached[edge]
                    short[g] += share[edge] * step
                    before = loss[u]
                    now = max(before, min(short[g], 1.0))
                    loss[u] = now
                    left[sector[u]] -= sales[u] * (now - before)
                    # Written in any case and kept only where it counts: faster than a branch nobody can foresee.
                    met[n_met] = u
                    n_met += before == 0.0
                    hit[n_hit] = u
                    n_hit += (before <= tolerance) & (now > tolerance) & (sales[u] > 0.0)
        for place in range(n_hit):
            v = hit[place]
            if sent[v] > 0.0:
                sent[v] = 0.0
                for edge in range(indptr[v], indptr[v + 1]):
                    short[group[edge]] = 0.0
        below, more, count = 0.0, 0.0, 0.0
        for place in range(n_met):
            v = met[place]
            now = loss[v]
            loss[v] = 0.0
            if moving:
                continue
            before = level[v][b]
            below += worth[v] * now
            more += worth[v] * max(now - before, 0.0)
            count += (before <= 1e-6) & (now > 1e-6)
            level[v][b] = max(now, before)
        sums[0][b], sums[1][b], sums[2][b], sums[3][b] = below, more, count, (1.0 if moving else 0.0)


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
    plan: Array,
    back: Array,
    leap: Array,
    level: Array,
    step: Array,
    sums: Array,
    fresh: Array,
) -> None:
    """Sweep over rows of ``level <- P level + given``, each from the newest of the others.

    `level` and `step` are firms by lanes, one lane per shock, so that every share is fetched once for all. Row i of P
    is ``share[indptr[i]:indptr[i + 1]]`` at those customers. `given` and the bounds `least` and `most` come by cells
    (rising rows). `plan` holds the first row, the end, and the numbers of sweeps not observed and, 0 or 2, observed:
    `sums` gets, by lane, the sum of the changes of the one before the last and of the last, and its largest change.
    If any lane has a `leap`, one more sweep comes first, and the lane goes `leap` times its change further; where it
    came from is kept in `step`, and a lane marked in `back` first returns there. `fresh` is scratch.
    """
    lanes = len(fresh)
    earlier, later, largest = sums[0], sums[1], sums[2]
    first = 0
    for k in range(lanes):
        earlier[k], later[k], largest[k] = 0.0, 0.0, 0.0
        if leap[k] > 0 or back[k] > 0:
            first = -1
    start, end, quiet = plan[0], plan[1], plan[2]
    for i in range(start, end if first < 0 else start):
        here, origin = level[i], step[i]
        for k in range(lanes):
            here[k] = origin[k] if back[k] > 0 else here[k]
    gifts, cells = 0, 0
    while gifts < len(given_row) and given_row[gifts] < start:
        gifts += 1
    while cells < len(row) and row[cells] < start:
        cells += 1
    for turn in range(first, quiet + plan[3]):
        gift, cell = gifts, cells
        for i in range(start, end):
            # Several customers at a time, for the lanes of `fresh` to be written less often.
            edge, stop = indptr[i], indptr[i + 1]
            if edge + 1 < stop:
                part, other = share[edge], share[edge + 1]
                at, by = level[customer[edge]], level[customer[edge + 1]]
                for k in range(lanes):
                    fresh[k] = part * at[k] + other * by[k]
                edge += 2
            elif edge < stop:
                part, at = share[edge], level[customer[edge]]
                for k in range(lanes):
                    fresh[k] = part * at[k]
                edge += 1
            else:
                for k in range(lanes):
                    fresh[k] = 0.0
            while edge + 3 < stop:
                part, other = share[edge], share[edge + 1]
                at, by = level[customer[edge]], level[customer[edge + 1]]
                third, fourth = share[edge + 2], share[edge + 3]
                beyond, far = level[customer[edge + 2]], level[customer[edge + 3]]
                for k in range(lanes):
                    fresh[k] += (part * at[k] + other * by[k]) + (third * beyond[k] + fourth * far[k])
                edge += 4
            if edge + 1 < stop:
                part, other = share[edge], share[edge + 1]
                at, by = level[customer[edge]], level[customer[edge + 1]]
                for k in range(lanes):
                    fresh[k] += part * at[k] + other * by[k]
                edge += 2
            if edge < stop:
                part, at = share[edge], level[customer[edge]]
                for k in range(lanes):
                    fresh[k] += part * at[k]
            while gift < len(given_row) and given_row[gift] == i:
                fresh[given_lane[gift]] += given[gift]
                gift += 1
            while cell < len(row) and row[cell] == i:
                fresh[lane[cell]] = min(max(fresh[lane[cell]], least[cell]), most[cell])
                cell += 1
            here = level[i]
            if turn == quiet:
                for k in range(lanes):
                    earlier[k] += abs(fresh[k] - here[k])
            elif turn > quiet:
                for k in range(lanes):
                    gap = abs(fresh[k] - here[k])
                    later[k] += gap
                    largest[k] = max(largest[k], gap)
            elif turn < 0:
                change = step[i]
                for k in range(lanes):
                    change[k] = fresh[k] - here[k]
            for k in range(lanes):
                here[k] = fresh[k]
        for i in range(start, end if turn < 0 else start):
            here, change = level[i], step[i]
            for k in range(lanes):
                origin = here[k]
                here[k] = origin + leap[k] * change[k]
                change[k] = origin


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
