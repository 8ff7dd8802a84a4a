"""Run a kernel over blocks of shocks, on all cores once it is compiled."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from clusternet import _compiled
from clusternet.errors import OptionError, listing
from clusternet.measure import firm_groups, firm_values
from clusternet.result import warn_interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from clusternet.network import Network

__all__ = [
    "Block",
    "Progress",
    "blocks",
    "compressed",
    "each_block",
    "firm_numbers",
    "numbers",
    "severities",
    "single_shocks",
]

Block = tuple["NDArray[np.int64]", "NDArray[np.int64]"]
Progress: TypeAlias = "Callable[[int, int], None]"
_SHOCKS = 32  # in a block: enough to fetch every tie once for many, few enough to stay near the processor


def single_shocks(
    network: Network, shocks: str | pd.Series | Iterable[object] | None, severity: NDArray[np.float64] | None = None
) -> tuple[Block, pd.Index]:
    """Return the firms that each shock hits, compressed, and the names of the shocks: firms, or groups of firms.

    Firms of severity 0 are hit by none.
    """
    n = network.n_firms
    hurt = np.ones(n, dtype=bool) if severity is None else severity > 0
    if shocks is None:
        codes, names = np.arange(n), network.firms.index.rename("firm")
    else:
        codes, names = firm_groups(network, shocks)
        names = names.rename(shocks if isinstance(shocks, str) else "group")
    inside = np.flatnonzero((codes >= 0) & hurt)
    indptr, (firms,) = compressed(len(names), codes[inside], inside)
    return (indptr, firms), names


def severities(network: Network, severity: float | str | pd.Series | Iterable[object]) -> NDArray[np.float64]:
    """Return the share of its output that each firm loses at once when it is hit.

    Raises
    ------
    OptionError
        If a share is missing or outside [0, 1].
    """
    share = firm_numbers(network, severity, "severity")
    bad = ~((share >= 0) & (share <= 1))
    if bad.any():
        raise OptionError(
            f"severity is {listing(np.unique(share[bad]).tolist())}; give the share of its output that a firm loses "
            "at once, from 0 to 1."
        )
    return share


def blocks(shocks: Block) -> Iterator[tuple[slice, Block]]:
    """Cut the shocks into blocks whose loss tables stay small."""
    indptr, firms = shocks
    for first in range(0, len(indptr) - 1, _SHOCKS):
        last = min(first + _SHOCKS, len(indptr) - 1)
        part = indptr[first : last + 1]
        yield slice(first, last), (part - part[0], firms[part[0] : part[-1]])


def each_block(job: Callable[[Block, int], Any], shocks: Block, work: int, progress: Progress | None) -> list[Any]:
    """Return what `job(block, work)` makes of every block, in order; the first call states the whole work.

    The blocks do not depend on the number of cores. An interrupt keeps the finished blocks and warns.
    """
    parts = list(blocks(shocks))
    total = len(shocks[0]) - 1
    found: list[Any] = []

    def done() -> int:
        return parts[len(found) - 1][0].stop if found else 0

    def keep(results: Iterable[Any]) -> None:
        for result in results:
            found.append(result)
            if progress is not None:
                progress(done(), total)

    try:
        keep(job(block, work) for _, block in parts[:1])
        if work <= _compiled.COMPILE_ABOVE or len(parts) < 3:
            keep(job(block, 0) for _, block in parts[1:])
        else:
            workers = min(os.cpu_count() or 1, len(parts) - 1)
            with ThreadPoolExecutor(workers) as pool:  # compiled kernels let go of the interpreter
                # A few at a time, so that an interrupt need not wait for all.
                for first in range(1, len(parts), 4 * workers):
                    keep(pool.map(lambda part: job(part[1], 0), parts[first : first + 4 * workers]))
    except KeyboardInterrupt:
        if not found:
            raise
        warn_interrupted(done(), total, "shocks")
    return found


def compressed(n: int, start: NDArray[Any], *columns: NDArray[Any]) -> tuple[NDArray[np.int64], list[NDArray[Any]]]:
    """Return row pointers and the columns sorted by `start`, the form that kernels walk."""
    order = np.argsort(start, kind="stable")
    indptr = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(start, minlength=n), out=indptr[1:])
    return indptr, [column[order] for column in columns]


def firm_numbers(
    network: Network, values: float | str | pd.Series | Iterable[object], option: str
) -> NDArray[np.float64]:
    """Return one nonnegative number per firm; a single number holds for all.

    Raises
    ------
    OptionError
        If a firm has none: a silent zero would be a wrong number.
    """
    if isinstance(values, (int, float, np.number)):
        if not (np.isfinite(values) and values >= 0):
            raise OptionError(f"{option} is {values!r}; give a number of 0 or more.")
        return np.full(network.n_firms, float(values))
    if not isinstance(values, Iterable):
        raise OptionError(f"{option} is {values!r}; give a number, a column of the firms, or one number per firm.")
    given = pd.to_numeric(firm_values(network, values), errors="coerce")
    numbers: NDArray[np.float64] = given.to_numpy(dtype=np.float64, na_value=np.nan)
    bad = ~(np.isfinite(numbers) & (numbers >= 0))
    if bad.any():
        column = repr(values) if isinstance(values, str) else "'employees'"
        raise OptionError(
            f"{option} is missing, negative or no number for {int(bad.sum()):,} firms: "
            f"{listing(network.firms.index[bad])}; fill it first, as in network.firms[{column}].fillna(1)."
        )
    return numbers


def numbers(values: float | Iterable[float], option: str) -> NDArray[np.float64]:
    """Return the numbers an option holds, be it one or many.

    Raises
    ------
    OptionError
        If it holds something else.
    """
    try:
        return np.asarray([*values] if isinstance(values, Iterable) else [values], dtype=np.float64)
    except (TypeError, ValueError):
        raise OptionError(f"{option} is {values!r}; give a number, or several.") from None
