"""What every firm loses in the end when every loss is handed on, again and again, and nobody loses more than all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["settled"]

_CLOSE = 1e-9  # between the bounds on the loss of any firm
_SWEEPS = 1000
_LEAP = 20  # sweeps from one leap to the next


def settled(lean: Any, shock: NDArray[np.float64], *, below: bool = False) -> NDArray[np.float64]:
    """Return the least losses with ``h = min(1, shock + lean h)``, right to 1e-9: firms by shocks.

    Losses that rise from the shock and losses that fall from 1 close in on them. The rule is concave, so that only one
    h in which every firm that the shock reaches loses something agrees with it.

    Parameters
    ----------
    lean
        Sparse matrix, 0 or more: row i, column j is what firm i loses per unit of j's loss.
    shock
        Loss at once, in [0, 1]: firms by shocks.
    below
        Whether to return losses that are not too large but for rounding; else they are not too small.
    """

    def rule(loss: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.minimum(1.0, shock + lean @ loss))

    low, high = shock, _reached(lean, shock).astype(np.float64)
    rise = fall = np.zeros_like(shock)
    closed = np.zeros(shock.shape[1], dtype=np.bool_)
    for turn in range(1, _SWEEPS + 1):
        more, less = np.maximum(rule(low), low), np.minimum(rule(high), high)
        rise, rose, fall, fell = more - low, rise, high - less, fall
        low, high = more, less
        closed = np.asarray((high - low < _CLOSE).all(axis=0) | (not below and (fall < 1e-15).all(axis=0)))
        if closed.all():
            break
        if turn % _LEAP == 0:
            low = _leap(rule, low, rise, rose, 1)
            high = _leap(rule, high, fall, fell, -1)
    found = low if below else high
    for lane in np.flatnonzero(~closed):
        found[:, lane] = _solved(lean, shock[:, lane], high[:, lane])
    return found


def _leap(
    rule: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    loss: NDArray[np.float64],
    step: NDArray[np.float64],
    before: NDArray[np.float64],
    way: int,
) -> NDArray[np.float64]:
    """Go on as if all later steps shrank as much as the one that shrank most; kept where it is a bound still."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(before > 0, step / before, np.inf).min(axis=0)
    ratio = np.where(np.isfinite(ratio), np.clip(ratio, 0.0, 1 - 1e-9), 0.0)
    far = np.clip(loss + way * ratio / (1 - ratio) * step, 0.0, 1.0)
    landed = rule(far)
    # What the rule raises lies below the answer, and what it lowers above.
    bound = ((landed - far) * way >= -1e-15).all(axis=0)
    return np.where(bound, landed, loss)


def _reached(lean: Any, shock: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return whom the shocks reach: a closed circle that none reaches could lose any amount and agree with the rule."""
    from scipy import sparse
    from scipy.sparse.csgraph import breadth_first_order

    n, onward, hit = len(shock), lean.T.tocsr(), shock > 0
    for lane in range(shock.shape[1]):
        # One walk from a node ahead of all that the shock hits.
        source = sparse.csr_array(hit[:, lane][None, :], dtype=np.float64)
        ahead = sparse.block_array([[onward, None], [source, sparse.csr_array((1, 1))]], format="csr")
        found = breadth_first_order(ahead, n, return_predecessors=False)
        hit[found[found < n], lane] = True
    return hit


def _solved(lean: Any, shock: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the losses under one shock from equations: those who lose less than all, until nobody joins them."""
    from scipy import sparse
    from scipy.sparse.linalg import splu

    loss, hit = high.copy(), high > 0
    free = np.zeros(len(loss), dtype=bool)
    while True:
        freed = free | (hit & (shock + lean @ loss < 1 - 1e-14))
        if (freed == free).all():
            return loss
        free = freed
        whole, place = hit & ~free, np.flatnonzero(free)
        rows = lean[place]
        loss[whole] = 1.0
        left = sparse.eye_array(len(place), format="csc") - rows[:, place].tocsc()
        loss[place] = splu(left).solve(shock[place] + rows @ whole.astype(np.float64))
