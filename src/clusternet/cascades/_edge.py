"""Losses downstream that circle for long, or stand on the edge of collapse: Newton's method from below."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from clusternet.cascades._settle import settled

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Production", "limit_of"]

_WARM = 50  # plain rounds first, which find the input that binds
_STEPS = 200
_NOISE = 1e-14  # of a firm's loss after one round
_CLOSE = 1e-10
_STILL = 1e-12


class Production(NamedTuple):
    """Ties, and what their firms sell; a firm loses as much as its worst group of inputs."""

    supplier: NDArray[np.int64]
    customer: NDArray[np.int64]
    share: NDArray[np.float64]  # of the group of inputs
    group: NDArray[np.int64]
    n_groups: int
    sector: NDArray[np.int64]
    sales: NDArray[np.float64]


class _Round(NamedTuple):
    """One plain round of the rule."""

    loss: NDArray[np.float64]
    rise: NDArray[np.float64]
    still: NDArray[np.float64]  # what the firm's sector still sells
    factor: NDArray[np.float64]  # share of the firm in that, at most 1
    binding: NDArray[np.int64]  # the group of inputs that takes most, -1 where the shock does


def limit_of(made: Production, shock: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the least losses that agree with the production rule of diem2022 and a shock, in [0, 1].

    Every step replaces the rule by one that is nowhere above it for larger losses, and solves that: the worst group of
    inputs of now, and the tangent to what a supplier's loss costs as its sector sells less, up to where no competitor
    is left to replace it. So the losses rise to the limit and not beyond, however slowly plain rounds would get there.
    """
    owner = np.empty(made.n_groups, dtype=np.int64)
    owner[made.group] = made.customer
    loss = shock.copy()
    for turn in range(_WARM + _STEPS):
        now = _round(made, owner, shock, loss)
        step = now.rise if turn < _WARM else np.maximum(_tangent(made, now), now.rise)
        loss = np.minimum(loss + step, 1.0)
        if step.max(initial=0.0) < (_STILL if turn < _WARM else _CLOSE) and now.rise.max(initial=0.0) < _STILL:
            break
    return loss


def _round(made: Production, owner: NDArray[np.int64], shock: NDArray[np.float64], loss: NDArray[np.float64]) -> _Round:
    still = np.bincount(made.sector, made.sales * (1 - loss))[made.sector].astype(np.float64)
    base = np.maximum(still, made.sales)
    factor = np.divide(made.sales, base, out=np.zeros_like(base), where=base > 0)
    short = np.bincount(made.group, made.share * (factor * loss)[made.supplier], made.n_groups)
    worst = shock.copy()
    np.maximum.at(worst, owner, short)
    rise = np.minimum(worst, 1.0) - loss
    rise[rise < _NOISE] = 0.0
    binding = np.full(len(loss), -1)
    bound = np.flatnonzero((short > 0) & (short >= worst[owner]))[::-1]
    binding[owner[bound]] = bound
    return _Round(loss, rise, still, factor, binding)


def _tangent(made: Production, now: _Round) -> NDArray[np.float64]:
    """Return by how much losses rise until they agree with the tangent rule, at most."""
    from scipy import sparse

    n, n_sectors = len(now.loss), int(made.sector.max(initial=-1)) + 1
    ties = np.flatnonzero(made.group == now.binding[made.customer])
    supplier, customer, share = made.supplier[ties], made.customer[ties], made.share[ties]
    # Unknowns: the further loss of every firm, of every sector, and that of its sector as far as it counts for a firm.
    room = np.concatenate([1 - now.loss, np.zeros(n_sectors), np.maximum(now.still - made.sales, 0.0)])
    room[n + made.sector] = now.still
    tangent = np.divide(now.loss * now.factor, now.still, out=np.zeros(n), where=now.still > made.sales)
    of_sector, of_firm = n + made.sector, n + n_sectors + np.arange(n)
    rows = np.concatenate([customer, customer, of_sector, of_firm])
    columns = np.concatenate([supplier, of_firm[supplier], np.arange(n), of_sector])
    slopes = np.concatenate([share * now.factor[supplier], share * tangent[supplier], made.sales, np.ones(n)])
    free = (room[rows] > 0) & (room[columns] > 0)
    rows, columns, slopes = rows[free], columns[free], slopes[free]
    lean = sparse.csr_array((slopes * room[columns] / room[rows], (rows, columns)), shape=(len(room), len(room)))
    first = np.zeros((len(room), 1))
    first[:n, 0] = np.divide(now.rise, room[:n], out=np.zeros(n), where=room[:n] > 0)
    part: NDArray[np.float64] = settled(lean, np.minimum(first, 1.0), below=True)[:n, 0] * room[:n]
    return part
