"""Random two-mode networks that keep every firm's and every partner's number of memberships."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from clusternet._compiled import call

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clusternet._compiled import Array

__all__ = ["Fastball", "pair_hits"]

CHANCES = 1_000_000
"""Trades planned, and random numbers drawn ahead, in one piece: 8 MB each."""


class Fastball:
    """A chain of random memberships with the given margins: trades of godard2022 and strona2014.

    A trade takes two rows at random, keeps what both hold and deals the rest out anew, at random, so that neither
    changes in size. A trade and its reverse are equally likely, hence all networks with these margins are, too, after
    enough trades (carstens2015).

    Parameters
    ----------
    row, column
        Distinct memberships as numbers, in any order.
    n_columns
        Number of columns.
    rng
        Source of chance.
    """

    __slots__ = ("_chance", "_mark", "_pool", "_rng", "_spot", "_state", "indices", "indptr", "n_rows")

    def __init__(
        self, row: NDArray[np.int64], column: NDArray[np.int64], n_columns: int, rng: np.random.Generator
    ) -> None:
        size = np.bincount(row)
        size = size[size > 0]  # rows without a membership have nothing to trade
        self.n_rows = len(size)
        self.indptr = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
        self.indices = column[np.argsort(row, kind="stable")].astype(np.int64)
        widest = int(size.max(initial=0))
        self._pool = np.zeros(2 * widest, dtype=np.int64)
        self._spot = np.zeros(2 * widest, dtype=np.int64)
        self._mark = np.full(n_columns, -1, dtype=np.int64)
        self._state = np.zeros(3, dtype=np.int64)  # trades done, chances used, last stamp
        self._chance = np.empty(0)
        self._rng = rng

    def trade(self, trades: int, *, planned: int = 0) -> None:
        """Make `trades` trades between random pairs of rows; of `planned` trades to come, tell the work."""
        if self.n_rows < 2:
            return
        if planned > trades:
            self._trade(0, planned)
        for begin in range(0, trades, CHANCES):
            self._trade(min(CHANCES, trades - begin))

    def _trade(self, trades: int, planned: int = 0) -> None:
        first = self._rng.integers(0, self.n_rows, trades)
        second = self._rng.integers(0, self.n_rows - 1, trades)
        second += second >= first
        per_row = len(self.indices) // self.n_rows + 1
        work = max(trades, planned) * 2 * (per_row + 1)
        self._state[0] = 0
        while self._state[0] < trades or work:
            if self._state[1] + len(self._pool) > len(self._chance):
                self._chance = self._rng.random(min(CHANCES, trades * per_row) + len(self._pool))
                self._state[1] = 0
            call(
                trade_rows,
                [self.indptr, first, second, self._chance],
                [self.indices, self._mark, self._pool, self._spot, self._state],
                work=work,
            )
            work = 0


def trade_rows(  # noqa: PLR0917 (kernels take arrays by position)
    indptr: Array,
    first: Array,
    second: Array,
    chance: Array,
    indices: Array,
    mark: Array,
    pool: Array,
    spot: Array,
    state: Array,
) -> None:
    """Trade between the listed pairs of rows until the random numbers could run out."""
    done, used, stamp = state[0], state[1], state[2]
    while done < len(first) and used + len(pool) <= len(chance):
        one, other = first[done], second[done]
        done += 1
        stamp += 2
        for slot in range(indptr[one], indptr[one + 1]):
            mark[indices[slot]] = stamp
        n = 0
        for slot in range(indptr[other], indptr[other + 1]):
            column = indices[slot]
            if mark[column] == stamp:
                mark[column] = stamp + 1  # both hold it
            else:
                pool[n], spot[n] = column, slot
                n += 1
        theirs = n
        for slot in range(indptr[one], indptr[one + 1]):
            column = indices[slot]
            if mark[column] == stamp:
                pool[n], spot[n] = column, slot
                n += 1
        # A random subset for the side with fewer decides for both.
        if theirs <= n - theirs:
            for place in range(theirs):
                pick = place + int(chance[used] * (n - place))
                used += 1
                pool[place], pool[pick] = pool[pick], pool[place]
        else:
            for place in range(n - 1, theirs - 1, -1):
                pick = int(chance[used] * (place + 1))
                used += 1
                pool[place], pool[pick] = pool[pick], pool[place]
        for place in range(n):
            indices[spot[place]] = pool[place]
    state[0], state[1], state[2] = done, used, stamp


def pair_hits(  # noqa: PLR0917 (kernels take arrays by position)
    indptr: Array,
    indices: Array,
    pair_ptr: Array,
    other: Array,
    count: Array,
    back_ptr: Array,
    back: Array,
    shared: Array,
    hits: Array,
) -> None:
    """Add 1 to `hits` for every listed pair of columns that now shares at least `count` rows.

    Pairs of the first column i are ``other[pair_ptr[i]:pair_ptr[i + 1]]``. `back` and `back_ptr` are room for the rows
    of every column, `shared` holds one zero per column and gets them back.
    """
    for column in range(len(back_ptr)):
        back_ptr[column] = 0
    for slot in range(len(indices)):
        back_ptr[indices[slot] + 1] += 1
    for column in range(len(back_ptr) - 1):
        back_ptr[column + 1] += back_ptr[column]
    # Filled from the last row down, so that the pointers end where the columns begin.
    for row in range(len(indptr) - 2, -1, -1):
        for slot in range(indptr[row], indptr[row + 1]):
            column = indices[slot]
            back_ptr[column + 1] -= 1
            back[back_ptr[column + 1]] = row
    for column in range(len(pair_ptr) - 1):
        if pair_ptr[column] == pair_ptr[column + 1]:
            continue
        last = back_ptr[column + 2] if column + 2 < len(back_ptr) else len(indices)
        for place in range(back_ptr[column + 1], last):
            for slot in range(indptr[back[place]], indptr[back[place] + 1]):
                shared[indices[slot]] += 1
        for pair in range(pair_ptr[column], pair_ptr[column + 1]):
            if shared[other[pair]] >= count[pair]:
                hits[pair] += 1
        for place in range(back_ptr[column + 1], last):
            for slot in range(indptr[back[place]], indptr[back[place] + 1]):
                shared[indices[slot]] = 0
