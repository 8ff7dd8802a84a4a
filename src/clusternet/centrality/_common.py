"""What the centralities share: the closed choices, and a few sums and shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from clusternet.errors import NetworkError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clusternet.measure import Direction, Weights
    from clusternet.network import Network

Paths = Literal["keep", "all"]
"""Whether paths follow the direction of the ties or forget it."""

DIRECTIONS = ("in", "out", "all")
WEIGHTS = ("ignore", "strength")
PATHS = ("keep", "all")


def incident(network: Network, direction: Direction, weights: Weights) -> NDArray[np.float64]:
    graph = network.simple()
    values = graph.strength if weights == "strength" else np.ones(len(graph.source))
    total = np.zeros(graph.n)
    if direction != "in" or not graph.directed:
        total += np.bincount(graph.source, weights=values, minlength=graph.n)
    if direction != "out" or not graph.directed:
        total += np.bincount(graph.target, weights=values, minlength=graph.n)
    return total


def ratio(top: Any, bottom: Any) -> NDArray[np.float64]:
    """Divide, and say NaN where the denominator is 0."""
    top, bottom = np.broadcast_arrays(np.asarray(top, dtype=float), np.asarray(bottom, dtype=float))
    ratio: NDArray[np.float64] = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom != 0)
    return ratio


def rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return numbers to twelve digits, so that those that differ by rounding only are equal."""
    mantissa, exponent = np.frexp(values)
    return np.asarray(np.ldexp(np.round(mantissa * 2.0**40) / 2.0**40, exponent))


def other_mode(network: Network) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return, per firm, the number of firms of the other mode and of its own."""
    if not network.is_two_mode:
        raise NetworkError(
            "scale='two_mode' needs a two-mode network: firms['mode'] with two values, every tie from one to the "
            "other; build_agreements makes one."
        )
    codes = pd.factorize(network.firms["mode"])[0]
    sizes = np.bincount(codes[codes >= 0], minlength=2).astype(float)
    own = np.where(codes >= 0, sizes[codes], np.nan)
    return sizes.sum() - own, own
