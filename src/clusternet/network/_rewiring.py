"""Random networks that keep what the observed one has of degrees: tie switching, and trades of memberships.

Both chains are symmetric: a step and its reverse are equally likely. So all networks with these degrees are equally
likely after enough steps. The draws follow besag1989: the observed network is moved to a hub, and every draw sets out
from the hub with steps of its own. Under the null the observed network and the draws are then exchangeable, however
well the chain mixes, and no draw depends on another one.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from clusternet._compiled import call
from clusternet.network._fastball import Fastball
from clusternet.result import spawn_generators

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from clusternet._compiled import Array
    from clusternet.network._core import Network

__all__ = ["TRADES_PER_ROW", "TRIES_PER_TIE", "Switching", "Trading", "memberships", "rewired"]

Ends: TypeAlias = "tuple[NDArray[np.int64], NDArray[np.int64]]"

TRIES_PER_TIE = 10
"""Tried switches per tie of one draw, as in igraph; most of them succeed in a sparse network."""

TRADES_PER_ROW = 10
"""Trades per row of memberships of one draw."""

PIECE = 500_000
"""Tries whose random numbers are drawn ahead in one piece: 8 MB."""

FEWEST = 100
"""Tries of a draw however few the ties."""

UNITS_PER_TRY = 16
"""What a try costs plain Python, in the units of ``_compiled.COMPILE_ABOVE``."""

UNDIRECTED, CROSSING, ARCS = 0, 1, 2


class Switching:
    """A chain of simple networks with the given degrees.

    A try picks two ties at random and exchanges their far ends, unless that makes a loop or a tie that is there
    already (maslov2002). Arcs keep in- and outdegrees; as exchanges alone cannot reverse a cycle of three firms, one
    try in eight does that (rao1996), and all networks can be reached.

    Parameters
    ----------
    n
        Number of firms.
    source, target
        Ends of the ties as positions: distinct, no loops; undirected ties in any orientation.
    directed
        Whether the ties are arcs.
    place
        A number per firm: ties are switched only among those that join the same two places, so that every firm keeps
        its number of partners in every place.
    """

    __slots__ = ("_fixed", "_order", "_state", "m")

    def __init__(
        self,
        n: int,
        source: NDArray[np.int64],
        target: NDArray[np.int64],
        *,
        directed: bool = False,
        place: NDArray[np.int64] | None = None,
    ) -> None:
        self.m = len(source)
        codes = np.zeros(n, dtype=np.int64) if place is None else np.unique(place, return_inverse=True)[1]
        if not directed:
            turn = codes[source] > codes[target]
            source, target = np.where(turn, target, source), np.where(turn, source, target)
        cell = codes[source] * (int(codes.max(initial=0)) + 1) + codes[target]
        # In the order of the sources, so that the arcs of a firm inside its place stand together and stay so.
        self._order = np.lexsort((target, source, cell))
        source, target, cell = source[self._order], target[self._order], cell[self._order]
        _, first, block, size = np.unique(cell, return_index=True, return_inverse=True, return_counts=True)
        inside = codes[source] == codes[target]
        kind = np.where(inside, ARCS if directed else UNDIRECTED, CROSSING)[first]
        begin, stop = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
        own, at, held = np.unique(source[inside], return_index=True, return_counts=True)
        begin[own] = np.flatnonzero(inside)[at]
        stop[own] = begin[own] + held
        self._fixed = [np.array([directed, len(first)], dtype=np.int64), block, first, size, kind, begin, stop]
        ends = np.column_stack([source, target]).ravel().astype(np.int32)
        heads = np.full(1 << max(3, (4 * self.m - 1).bit_length()), -1, dtype=np.int32)
        after = np.full(self.m, -1, dtype=np.int32)
        call(chain_ties, [ends], [heads, after], work=2 * self.m)
        self._state = [ends, heads, after]

    def tries(self, per_tie: int = TRIES_PER_TIE) -> int:
        """Return the number of tries of a draw."""
        return max(per_tie * self.m, FEWEST) if self.m > 1 else 0

    def plan(self, draws: int, per_tie: int = TRIES_PER_TIE) -> None:
        """Tell how many draws are to come, so that the kernel is compiled at once if that pays."""
        self.run(0, np.random.default_rng(0), planned=draws * self.tries(per_tie))

    def run(self, tries: int, rng: np.random.Generator, *, planned: int = 0) -> None:
        """Move the chain on by `tries` tries."""
        work = UNITS_PER_TRY * max(planned, tries)
        for begin in range(0, max(tries, 1), PIECE):
            chance = rng.random(2 * min(PIECE, tries - begin))
            call(switch_ties, [chance, *self._fixed], [*self._state, np.zeros(15, dtype=np.int64)], work=work)
            work = 0

    def ends(self) -> Ends:
        """Return the ends of the ties, in the order in which they were given."""
        source, target = np.empty(self.m, dtype=np.int64), np.empty(self.m, dtype=np.int64)
        source[self._order], target[self._order] = self._state[0][::2], self._state[0][1::2]
        return source, target

    def drawn(self, rng: np.random.Generator, per_tie: int = TRIES_PER_TIE) -> Ends:
        """Return the ends after a draw's tries; the chain itself stays where it is."""
        branch = copy(self)  # threads may draw from one chain at a time
        branch._state = [part.copy() for part in self._state]  # noqa: SLF001
        branch.run(self.tries(per_tie), rng)
        return branch.ends()


class Trading:
    """A chain of memberships in which every firm and every agreement keeps its number of them (godard2022).

    Parameters
    ----------
    row, column
        Distinct memberships as numbers.
    """

    __slots__ = ("column", "n_columns", "row")

    def __init__(self, row: NDArray[np.int64], column: NDArray[np.int64]) -> None:
        order = np.argsort(row, kind="stable")
        self.row, self.column = row[order], column[order]
        self.n_columns = int(column.max(initial=-1)) + 1

    def plan(self, draws: int, per_row: int = TRADES_PER_ROW) -> None:
        """Tell how many draws are to come, so that the kernel is compiled at once if that pays."""
        chain = Fastball(self.row, self.column, self.n_columns, np.random.default_rng(0))
        chain.trade(0, planned=draws * per_row * max(chain.n_rows, FEWEST // per_row))

    def drawn(self, rng: np.random.Generator, per_row: int = TRADES_PER_ROW) -> Ends:
        """Return the memberships after a draw's trades, by rows; the chain itself stays where it is."""
        chain = Fastball(self.row, self.column, self.n_columns, rng)
        chain.trade(per_row * max(chain.n_rows, FEWEST // per_row))
        return self.row, chain.indices

    def run(self, rng: np.random.Generator, per_row: int = TRADES_PER_ROW) -> None:
        """Move the chain on by a draw's trades."""
        self.column = self.drawn(rng, per_row)[1]


def rewired(network: Network, draws: int, seed: int, *, place: NDArray[np.int64] | None = None) -> Iterator[Ends]:
    """Yield the ends of the ties of random networks with the same degrees, direction forgotten.

    With `place`, a number per firm, every firm also keeps its number of partners in every place.
    """
    graph = network.simple("undirected")
    chain = Switching(graph.n, graph.source, graph.target, place=place)
    hub, *each = spawn_generators(seed, draws + 1)
    chain.plan(draws + 1)
    chain.run(chain.tries(), hub)
    for rng in each:
        yield chain.drawn(rng)


def memberships(row: NDArray[np.int64], column: NDArray[np.int64], draws: int, seed: int) -> Iterator[Ends]:
    """Yield random memberships in which every firm and every agreement keeps its number of them."""
    chain = Trading(row, column)
    hub, *each = spawn_generators(seed, draws + 1)
    chain.plan(draws + 1)
    chain.run(hub)
    for rng in each:
        yield chain.drawn(rng)


def chain_ties(ends: Array, heads: Array, after: Array) -> None:
    """Put every tie into the bucket of its pair: `heads` holds the first tie of each, `after` the next; -1 is none.

    The bucket comes from sum and product of the ends, so that direction plays no part, and stays below 2^63.
    """
    mask = len(heads) - 1
    for e in range(len(after)):
        a, b = ends[2 * e], ends[2 * e + 1]
        place = (((a + b) * 1640531527 + ((a * b) & 2147483647) * 1779033703) >> 20) & mask
        after[e] = heads[place]
        heads[place] = e


def switch_ties(  # noqa: PLR0917 (kernels take arrays by position)
    chance: Array,
    shape: Array,
    block: Array,
    first: Array,
    size: Array,
    kind: Array,
    begin: Array,
    stop: Array,
    ends: Array,
    heads: Array,
    after: Array,
    move: Array,
) -> None:
    """Try one switch for every two random numbers; `move` is scratch: tie, old ends, new ends, three times.

    Ties are switched within their block, ``first[g]`` to ``first[g] + size[g]``; the arcs of firm v inside its own
    place are ``begin[v]`` to ``stop[v]``.
    """
    directed, blocks = shape[0], shape[1]
    m = len(after)
    mask = len(heads) - 1
    for turn in range(len(chance) // 2):
        e = int(chance[2 * turn] * m)
        g = block[e] if blocks > 1 else 0
        pick = int(chance[2 * turn + 1] * (8 * size[g]))
        a, b = int(ends[2 * e]), int(ends[2 * e + 1])
        moves = 2
        if kind[g] == 2 and pick & 7 == 0:
            # A cycle of three: this arc, one that goes on from its end, and the one that leads back, if it is there.
            held = stop[b] - begin[b]
            if held == 0:
                continue
            f = begin[b] + (pick >> 3) % held
            c = int(ends[2 * f + 1])
            if c == a:
                continue
            place = (((c + a) * 1640531527 + ((c * a) & 2147483647) * 1779033703) >> 20) & mask
            last = heads[place]
            while last >= 0 and (ends[2 * last] != c or ends[2 * last + 1] != a):
                last = after[last]
            if last < 0:
                continue
            moves = 3
            move[0], move[1], move[2], move[3], move[4] = e, a, b, a, c
            move[5], move[6], move[7], move[8], move[9] = f, b, c, b, a
            move[10], move[11], move[12], move[13], move[14] = last, c, a, c, b
        else:
            f = first[g] + (pick >> 3)
            c, d = int(ends[2 * f]), int(ends[2 * f + 1])
            if kind[g] == 0 and pick & 1:
                c, d = d, c
            if a in (c, d) or b in (c, d):
                continue  # nothing would change, or a loop would come
            move[0], move[1], move[2], move[3], move[4] = e, a, b, a, d
            move[5], move[6], move[7], move[8], move[9] = f, c, d, c, b
        there = False
        for step in range(moves):
            u, v = move[5 * step + 3], move[5 * step + 4]
            place = (((u + v) * 1640531527 + ((u * v) & 2147483647) * 1779033703) >> 20) & mask
            tie = heads[place]
            while tie >= 0:
                x, y = ends[2 * tie], ends[2 * tie + 1]
                if (x == u and y == v) or (directed == 0 and x == v and y == u):
                    there = True
                    break
                tie = after[tie]
            if there:
                break
        if there:
            continue
        for step in range(moves):
            tie, u, v = move[5 * step], move[5 * step + 1], move[5 * step + 2]
            place = (((u + v) * 1640531527 + ((u * v) & 2147483647) * 1779033703) >> 20) & mask
            if heads[place] == tie:
                heads[place] = after[tie]
            else:
                before = heads[place]
                while after[before] != tie:
                    before = after[before]
                after[before] = after[tie]
            u, v = move[5 * step + 3], move[5 * step + 4]
            place = (((u + v) * 1640531527 + ((u * v) & 2147483647) * 1779033703) >> 20) & mask
            after[tie] = heads[place]
            heads[place] = tie
            ends[2 * tie], ends[2 * tie + 1] = u, v
