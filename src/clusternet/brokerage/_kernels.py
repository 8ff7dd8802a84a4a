"""Loops of the brokerage measures, written once: plain Python for small networks, compiled by numba for large ones.

Every kernel reads its inputs, fills its outputs (scratch arrays among them) and uses one-dimensional arrays only, as
`clusternet._compiled.call` asks. A graph comes as `indptr` and `indices`, neighbors in ascending order.
"""

# ruff: noqa: PLR0917  (a compiled kernel takes its arrays by position)

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clusternet._compiled import Array

__all__ = [
    "best_core",
    "ego_pairs",
    "every_core",
    "least_squares_coreness",
    "open_paths",
    "pair_sweep",
    "shared_partners",
    "spans",
    "tie_losses",
]


def open_paths(indptr: Array, indices: Array, group: Array, counts: Array, seen: Array) -> None:
    """Count per broker b and role the paths a -> b -> c without a -> c; `counts` is firms by five roles, flattened.

    Roles: 0 coordinator, 1 consultant, 2 representative, 3 gatekeeper, 4 liaison. `seen` starts at -1.
    """
    for a in range(len(indptr) - 1):
        first, last = indptr[a], indptr[a + 1]
        for slot in range(first, last):
            seen[indices[slot]] = a
        for slot in range(first, last):
            b = indices[slot]
            same_ab = group[a] == group[b]
            for follow in range(indptr[b], indptr[b + 1]):
                c = indices[follow]
                if c == a or seen[c] == a:
                    continue
                if same_ab:
                    role = 0 if group[b] == group[c] else 2
                elif group[b] == group[c]:
                    role = 3
                elif group[a] == group[c]:
                    role = 1
                else:
                    role = 4
                counts[5 * b + role] += 1


def shared_partners(indptr: Array, indices: Array, source: Array, target: Array, shared: Array) -> None:
    """Count the common neighbors of the two ends of every listed pair."""
    for tie in range(len(source)):
        i, i_last = indptr[source[tie]], indptr[source[tie] + 1]
        j, j_last = indptr[target[tie]], indptr[target[tie] + 1]
        found = 0
        while i < i_last and j < j_last:
            if indices[i] == indices[j]:
                found += 1
                i += 1
                j += 1
            elif indices[i] < indices[j]:
                i += 1
            else:
                j += 1
        shared[tie] = found


def spans(
    indptr: Array, indices: Array, source: Array, target: Array, span: Array, mark: Array, left: Array, right: Array
) -> None:
    """Find the steps between the ends of every listed tie without that tie, -1 if there is no other way.

    Two searches, one from each end, take turns; the one with fewer firms at its border goes on. `mark` starts at -1 and
    holds 2 tie for a firm seen from the source and 2 tie + 1 for one seen from the target.
    """
    for tie in range(len(source)):
        u, v = source[tie], target[tie]
        mark[u], mark[v] = 2 * tie, 2 * tie + 1
        left[0], right[0] = u, v
        left_first, left_last, right_first, right_last = 0, 1, 0, 1
        steps, met = 0, False
        while not met and left_first < left_last and right_first < right_last:
            steps += 1
            from_left = left_last - left_first <= right_last - right_first
            mine, other = (2 * tie, 2 * tie + 1) if from_left else (2 * tie + 1, 2 * tie)
            first, last = (left_first, left_last) if from_left else (right_first, right_last)
            end = last
            for place in range(first, last):
                firm = left[place] if from_left else right[place]
                for slot in range(indptr[firm], indptr[firm + 1]):
                    near = indices[slot]
                    if (firm == u and near == v) or (firm == v and near == u):
                        continue
                    if mark[near] == other:
                        met = True
                    elif mark[near] != mine:
                        mark[near] = mine
                        if from_left:
                            left[end] = near
                        else:
                            right[end] = near
                        end += 1
            if from_left:
                left_first, left_last = last, end
            else:
                right_first, right_last = last, end
        span[tie] = steps if met else -1


def tie_losses(
    indptr: Array,
    indices: Array,
    tie_of: Array,
    loss: Array,
    distance: Array,
    ways: Array,
    only: Array,
    order: Array,
    hit: Array,
    new: Array,
    affected: Array,
    touched: Array,
) -> None:
    """Sum over ordered pairs how much 1/distance falls when a tie is removed, for every tie at once.

    Seen from a source, a tie matters only if it is the one way into its far end; then exactly the firms all of whose
    shortest paths run through that end are affected, and only their distances are found anew.
    """
    n = len(indptr) - 1
    far = n + 1
    for s in range(n):
        for i in range(n):
            distance[i] = -1
            ways[i] = 0
        distance[s] = 0
        order[0] = s
        first, last = 0, 1
        while first < last:
            x = order[first]
            first += 1
            for slot in range(indptr[x], indptr[x + 1]):
                y = indices[slot]
                if distance[y] < 0:
                    distance[y] = distance[x] + 1
                    order[last] = y
                    last += 1
                if distance[y] == distance[x] + 1:
                    ways[y] += 1
                    only[y] = slot
        for place in range(1, last):
            v = order[place]
            if ways[v] != 1:
                continue
            cut = tie_of[only[v]]
            nearest, alone = far, True
            for slot in range(indptr[v], indptr[v + 1]):
                y = indices[slot]
                if tie_of[slot] != cut:
                    nearest = min(nearest, distance[y])
                    if distance[y] > distance[v] and ways[y] == 1:
                        alone = False
                        break
            if alone:  # nobody else depends on the tie, which is the usual case
                loss[cut] += 1.0 / distance[v]
                if nearest < far:
                    loss[cut] -= 1.0 / (nearest + 1)
                continue
            affected[0] = v
            new[v] = far
            size, done, n_touched = 1, 0, 0
            while done < size:
                x = affected[done]
                done += 1
                for slot in range(indptr[x], indptr[x + 1]):
                    y = indices[slot]
                    if distance[y] == distance[x] + 1:
                        if hit[y] == 0:
                            touched[n_touched] = y
                            n_touched += 1
                        hit[y] += 1
                        if hit[y] == ways[y]:
                            affected[size] = y
                            new[y] = far
                            size += 1
            for i in range(n_touched):
                hit[touched[i]] = 0
            for i in range(size):  # from here on, hit marks the affected firms
                hit[affected[i]] = 1
            changed = True
            while changed:
                changed = False
                # The new way in comes mostly from beyond, so the farthest first.
                for i in range(size - 1, -1, -1):
                    x = affected[i]
                    best = new[x]
                    for slot in range(indptr[x], indptr[x + 1]):
                        if tie_of[slot] == cut:
                            continue
                        y = indices[slot]
                        through = (new[y] if hit[y] == 1 else distance[y]) + 1
                        best = min(best, through)
                    if best < new[x]:
                        new[x] = best
                        changed = True
            lost = 0.0
            for i in range(size):
                x = affected[i]
                hit[x] = 0
                lost += 1.0 / distance[x]
                if new[x] < far:
                    lost -= 1.0 / new[x]
            loss[cut] += lost


def ego_pairs(
    indptr: Array, indices: Array, contacts: Array, pairs: Array, mark: Array, seen: Array, others: Array
) -> None:
    """Count per firm the others in its agreements, and the ordered pairs of them that share one of *its* agreements.

    `mark` and `seen` start at -1; marks are numbered so that nothing need be wiped.
    """
    for i in range(len(indptr) - 1):
        size = 0
        for slot in range(indptr[i], indptr[i + 1]):
            agreement = indices[slot]
            for member in range(indptr[agreement], indptr[agreement + 1]):
                j = indices[member]
                if j != i and mark[j] != i:
                    mark[j] = i
                    others[size] = j
                    size += 1
        contacts[i] = size
        mine = len(indptr) + i  # agreements of i, told from the firms marked above
        for slot in range(indptr[i], indptr[i + 1]):
            mark[indices[slot]] = mine
        found = 0
        for place in range(size):
            j = others[place]
            stamp = i * (len(indptr)) + place
            for slot in range(indptr[j], indptr[j + 1]):
                agreement = indices[slot]
                if mark[agreement] != mine:
                    continue
                for member in range(indptr[agreement], indptr[agreement + 1]):
                    k = indices[member]
                    if k not in (i, j) and seen[k] != stamp:
                        seen[k] = stamp
                        found += 1
        pairs[i] = found


def best_core(
    indptr: Array,
    indices: Array,
    sums: Array,
    squares: Array,
    rule: Array,
    starts: Array,
    best: Array,
    fit: Array,
    core: Array,
    near: Array,
    near_squares: Array,
    row: Array,
    row_squares: Array,
) -> None:
    """Climb from every start by the single move in or out of the core that raises the correlation most.

    `rule`: 0 core-periphery cells ignored, 1 they should be tied, 2 they should not. `sums` holds a_ij + a_ji and
    `squares` their squares' sum; `starts` is starts by firms, flattened. Of equal cores the smaller one is kept.
    """
    n = len(indptr) - 1
    cells = n * (n - 1.0)
    all_sum, all_squares = 0.0, 0.0
    for i in range(n):
        row[i], row_squares[i] = 0.0, 0.0
        for slot in range(indptr[i], indptr[i + 1]):
            row[i] += sums[slot]
            row_squares[i] += squares[slot]
        all_sum += row[i] / 2
        all_squares += row_squares[i] / 2
    fit[0] = -2.0
    best_size = n
    for start in range(len(starts) // n):
        for i in range(n):
            core[i] = starts[start * n + i]
            near[i], near_squares[i] = 0.0, 0.0
        size = 0
        for i in range(n):
            if core[i] == 1:
                size += 1
                for slot in range(indptr[i], indptr[i + 1]):
                    near[indices[slot]] += sums[slot]
                    near_squares[indices[slot]] += squares[slot]
        in_sum, in_squares, out_sum, out_squares = 0.0, 0.0, 0.0, 0.0
        for i in range(n):
            if core[i] == 1:
                in_sum += near[i] / 2
                in_squares += near_squares[i] / 2
            else:
                out_sum += (row[i] - near[i]) / 2
                out_squares += (row_squares[i] - near_squares[i]) / 2
        now, climbing = -3.0, True
        while climbing:
            climbing = False
            top, move = now, -2
            for i in range(-1 if now < -2.5 else 0, n):  # -1: the start itself
                c, s1, q1, s0, q0 = size, in_sum, in_squares, out_sum, out_squares
                if i >= 0:
                    way = 1 - 2 * core[i]
                    c += way
                    s1 += way * near[i]
                    q1 += way * near_squares[i]
                    s0 -= way * (row[i] - near[i])
                    q0 -= way * (row_squares[i] - near_squares[i])
                inside, outside = c * (c - 1.0), (n - c) * (n - c - 1.0)
                if rule[0] == 0:
                    total, ones, y, yy, xy = inside + outside, inside, s1 + s0, q1 + q0, s1
                elif rule[0] == 1:
                    total, ones, y, yy, xy = cells, cells - outside, all_sum, all_squares, all_sum - s0
                else:
                    total, ones, y, yy, xy = cells, inside, all_sum, all_squares, s1
                spread = (total * ones - ones * ones) * (total * yy - y * y)
                value = (total * xy - ones * y) / spread**0.5 if spread > 1e-9 else -2.0
                if value > top + 1e-12:
                    top, move = value, i
            if move > -2:
                now, climbing = top, True
            if move >= 0:
                way = 1 - 2 * core[move]
                size += way
                in_sum += way * near[move]
                in_squares += way * near_squares[move]
                out_sum -= way * (row[move] - near[move])
                out_squares -= way * (row_squares[move] - near_squares[move])
                core[move] = 1 - core[move]
                for slot in range(indptr[move], indptr[move + 1]):
                    near[indices[slot]] += way * sums[slot]
                    near_squares[indices[slot]] += way * squares[slot]
        if now > fit[0] + 1e-12 or (now > fit[0] - 1e-12 and size < best_size):
            fit[0] = now
            best_size = size
            for i in range(n):
                best[i] = core[i]


def every_core(
    indptr: Array,
    indices: Array,
    sums: Array,
    squares: Array,
    rule: Array,
    best: Array,
    fit: Array,
    core: Array,
    near: Array,
    near_squares: Array,
    row: Array,
    row_squares: Array,
) -> None:
    """Try every core, one firm in or out at a time (Gray code); arguments as in `best_core`."""
    n = len(indptr) - 1
    cells = n * (n - 1.0)
    all_sum, all_squares = 0.0, 0.0
    for i in range(n):
        core[i], near[i], near_squares[i], row[i], row_squares[i] = 0, 0.0, 0.0, 0.0, 0.0
        for slot in range(indptr[i], indptr[i + 1]):
            row[i] += sums[slot]
            row_squares[i] += squares[slot]
        all_sum += row[i] / 2
        all_squares += row_squares[i] / 2
    fit[0] = -2.0
    c, best_size = 0, n
    s1, q1, s0, q0 = 0.0, 0.0, all_sum, all_squares
    for step in range(1, 2**n):
        move = 0
        while (step >> move) & 1 == 0:
            move += 1
        way = 1 - 2 * core[move]
        c += way
        s1 += way * near[move]
        q1 += way * near_squares[move]
        s0 -= way * (row[move] - near[move])
        q0 -= way * (row_squares[move] - near_squares[move])
        core[move] = 1 - core[move]
        for slot in range(indptr[move], indptr[move + 1]):
            near[indices[slot]] += way * sums[slot]
            near_squares[indices[slot]] += way * squares[slot]
        inside, outside = c * (c - 1.0), (n - c) * (n - c - 1.0)
        if rule[0] == 0:
            total, ones, y, yy, xy = inside + outside, inside, s1 + s0, q1 + q0, s1
        elif rule[0] == 1:
            total, ones, y, yy, xy = cells, cells - outside, all_sum, all_squares, all_sum - s0
        else:
            total, ones, y, yy, xy = cells, inside, all_sum, all_squares, s1
        spread = (total * ones - ones * ones) * (total * yy - y * y)
        value = (total * xy - ones * y) / spread**0.5 if spread > 1e-9 else -2.0
        if value > fit[0] + 1e-12 or (value > fit[0] - 1e-12 and c < best_size):
            fit[0] = value
            best_size = c
            for i in range(n):
                best[i] = core[i]


def least_squares_coreness(
    indptr: Array, indices: Array, values: Array, stop: Array, coreness: Array, sweeps: Array
) -> None:
    """Give every firm in turn the coreness that best explains its ties by c_i c_j, until nobody's changes any more.

    Each step is the exact minimum over one coreness, so that the sum of squares never rises. `stop` holds the greatest
    number of sweeps and the change, relative to the length of the vector, that ends them.
    """
    n = len(indptr) - 1
    length = 0.0
    for i in range(n):
        length += coreness[i] ** 2
    sweep, change = 0, 1.0
    while sweep < stop[0] and change > stop[1] * length**0.5:
        sweep += 1
        change = 0.0
        for i in range(n):
            others = length - coreness[i] ** 2
            pull = 0.0
            for slot in range(indptr[i], indptr[i + 1]):
                pull += values[slot] * coreness[indices[slot]]
            new = pull / others if others > 1e-12 else coreness[i]
            change = max(change, abs(new - coreness[i]))
            length = others + new**2
            coreness[i] = new
    sweeps[0] = sweep


def pair_sweep(
    indptr: Array,
    indices: Array,
    weights: Array,
    mass: Array,
    rule: Array,
    order: Array,
    pair: Array,
    core: Array,
    in_core: Array,
    at_edge: Array,
    to_core: Array,
    to_edge: Array,
    moved: Array,
) -> None:
    """Let every firm, in `order`, join the pair and role of most gain among those of its partners and its own.

    `rule` holds the scale of the expected ties and whether a firm counts with itself; `in_core` and `at_edge` the mass
    of every pair's core and periphery. `to_core` and `to_edge` are zero between firms.
    """
    scale, own = rule[0], rule[1]
    moved[0] = 0
    for place in range(len(order)):
        i = order[place]
        if core[i] == 1:
            in_core[pair[i]] -= mass[i]
        else:
            at_edge[pair[i]] -= mass[i]
        for slot in range(indptr[i], indptr[i + 1]):
            j = indices[slot]
            if core[j] == 1:
                to_core[pair[j]] += weights[slot]
            else:
                to_edge[pair[j]] += weights[slot]
        alone = own * scale * mass[i] * mass[i] / 2
        home = pair[i]
        bond = to_core[home] - scale * mass[i] * in_core[home]
        rest = to_edge[home] - scale * mass[i] * at_edge[home] - alone
        gain = bond + rest if core[i] == 1 else bond
        best, best_pair, best_core = gain, home, core[i]
        if bond > best + 1e-9:
            best, best_core = bond, 0
        if bond + rest > best + 1e-9:
            best, best_core = bond + rest, 1
        for slot in range(indptr[i], indptr[i + 1]):
            there = pair[indices[slot]]
            bond = to_core[there] - scale * mass[i] * in_core[there]
            rest = to_edge[there] - scale * mass[i] * at_edge[there] - alone
            if bond > best + 1e-9:
                best, best_pair, best_core = bond, there, 0
            if bond + rest > best + 1e-9:
                best, best_pair, best_core = bond + rest, there, 1
        for slot in range(indptr[i], indptr[i + 1]):
            to_core[pair[indices[slot]]] = 0.0
            to_edge[pair[indices[slot]]] = 0.0
        if best_pair != home or best_core != core[i]:
            moved[0] += 1
        pair[i], core[i] = best_pair, best_core
        if best_core == 1:
            in_core[best_pair] += mass[i]
        else:
            at_edge[best_pair] += mass[i]
