"""Run a kernel over blocks of shocks, on all cores once it is compiled."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clusternet import _percolation
from clusternet.errors import OptionError, listing
from clusternet.measure import firm_groups, firm_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from clusternet.network import Network

__all__ = ["Block", "blocks", "compressed", "each_block", "firm_numbers", "single_shocks"]

Block = tuple["NDArray[np.int64]", "NDArray[np.int64]"]
_SHOCKS = 32  # in a block: enough to fetch every tie once for many, few enough to stay near the processor


def single_shocks(network: Network, shocks: str | pd.Series | Iterable[object] | None) -> tuple[Block, pd.Index]:
    """Return the firms that each shock hits, compressed, and the names of the shocks: firms, or groups of firms."""
    n = network.n_firms
    if shocks is None:
        return (np.arange(n + 1), np.arange(n)), network.firms.index.rename("firm")
    codes, names = firm_groups(network, shocks)
    inside = np.flatnonzero(codes >= 0)
    indptr, (firms,) = compressed(len(names), codes[inside], inside)
    return (indptr, firms), names.rename(shocks if isinstance(shocks, str) else "group")


def blocks(shocks: Block) -> Iterator[tuple[slice, Block]]:
    """Cut the shocks into blocks whose loss tables stay small."""
    indptr, firms = shocks
    for first in range(0, len(indptr) - 1, _SHOCKS):
        last = min(first + _SHOCKS, len(indptr) - 1)
        part = indptr[first : last + 1]
        yield slice(first, last), (part - part[0], firms[part[0] : part[-1]])


def each_block(job: Callable[[Block, int], Any], shocks: Block, work: int) -> Iterator[tuple[slice, Any]]:
    """Yield the rows of every block and what `job(block, work)` makes of it; the first call states the whole work."""
    parts = list(blocks(shocks))
    if not parts:
        return
    yield parts[0][0], job(parts[0][1], work)
    if work <= _percolation.COMPILE_ABOVE or len(parts) < 3:
        for rows, block in parts[1:]:
            yield rows, job(block, 0)
        return
    workers = min(os.cpu_count() or 1, len(parts) - 1)
    with ThreadPoolExecutor(workers) as pool:  # compiled kernels let go of the interpreter
        # A few at a time, so that finished blocks do not pile up.
        for first in range(1, len(parts), 2 * workers):
            some = parts[first : first + 2 * workers]
            results = pool.map(lambda part: job(part[1], 0), some)
            for (rows, _), result in zip(some, results, strict=True):
                yield rows, result


def compressed(n: int, start: NDArray[Any], *columns: NDArray[Any]) -> tuple[NDArray[np.int64], list[NDArray[Any]]]:
    """Return row pointers and the columns sorted by `start`, the form that kernels walk."""
    order = np.argsort(start, kind="stable")
    indptr = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(start, minlength=n), out=indptr[1:])
    return indptr, [column[order] for column in columns]


def firm_numbers(network: Network, values: str | pd.Series | Iterable[object], option: str) -> NDArray[np.float64]:
    """Return one nonnegative number per firm.

    Raises
    ------
    OptionError
        If a firm has none: a silent zero would be a wrong number.
    """
    given = pd.to_numeric(firm_values(network, values), errors="coerce")
    numbers: NDArray[np.float64] = given.to_numpy(dtype=np.float64, na_value=np.nan)
    bad = ~(np.isfinite(numbers) & (numbers >= 0))
    if bad.any():
        raise OptionError(
            f"{option} is missing, negative or no number for {int(bad.sum()):,} firms: "
            f"{listing(network.firms.index[bad])}; fill it first, as in network.firms['employment'].fillna(1)."
        )
    return numbers
