"""Matrices between firms, and joint permutations of their rows and columns."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from clusternet._compiled import Array, call
from clusternet.errors import NetworkError, OptionError, listing
from clusternet.measure import Weights, choose, firm_values
from clusternet.network import Network

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = [
    "MOST_ENUMERATED",
    "Dyads",
    "Matrix",
    "Within",
    "attribute_matrix",
    "cross_products",
    "is_exact",
    "permutations",
    "permuted",
    "read_dyads",
    "within_codes",
]

Matrix: TypeAlias = "Network | pd.DataFrame | NDArray[Any]"
"""A network, a square frame indexed by firms both ways, or a square array in the order of the firms."""
Within: TypeAlias = "str | pd.Series | Iterable[object] | None"

ENUMERATE_UP_TO = 8
"""Firms up to which all orders are gone through unasked: 8! = 40,320."""
MOST_ENUMERATED = 10
"""Firms up to which all orders can be asked for: 10! = 3,628,800."""
_CHUNK = 4_000_000  # cells of permutations held at once


@dataclass(frozen=True, slots=True, eq=False)
class Dyads:
    """Square matrices over the same firms: missing cells are NaN, and so is the diagonal, which never counts."""

    firms: pd.Index
    matrices: tuple[Floats, ...]
    directed: bool

    @property
    def n(self) -> int:
        """Number of firms."""
        return len(self.firms)

    @property
    def cells(self) -> tuple[Ints, Ints]:
        """Rows and columns of the cells that count: the lower triangle, or all but the diagonal if directed."""
        rows, columns = np.tril_indices(self.n, -1)
        if self.directed:
            return np.concatenate([rows, columns]), np.concatenate([columns, rows])
        return rows, columns


def _square(matrix: Matrix, weights: Weights, name: str) -> tuple[Floats, pd.Index | None]:
    if isinstance(matrix, Network):
        if matrix.is_two_mode:
            raise NetworkError(
                f"{name} is two-mode: pairs within a mode can have no tie, and counting them as such makes any two "
                "two-mode networks alike; give network.project(mode)."
            )
        dense: Floats = matrix.simple().csr(weights=weights).toarray()
        return dense, matrix.firms.index
    if isinstance(matrix, pd.DataFrame):
        for labels in (matrix.index, matrix.columns):
            if not labels.is_unique:
                raise OptionError(f"{name} names firms more than once: {listing(labels[labels.duplicated()])}.")
        if len(matrix.index) != len(matrix.columns) or not matrix.columns.isin(matrix.index).all():
            odd = matrix.index.symmetric_difference(matrix.columns)
            raise OptionError(f"{name} must have the same firms as rows and columns; not in both are {listing(odd)}.")
        return matrix[matrix.index].to_numpy(dtype=np.float64, na_value=np.nan).copy(), matrix.index
    array = np.array(matrix, dtype=np.float64)
    if array.ndim != 2 or array.shape[0] != array.shape[1]:
        raise OptionError(f"{name} has the shape {array.shape}; give a square matrix, firms by firms.")
    return array, None


def read_dyads(named: Sequence[tuple[str, Matrix]], *, weights: Weights, directed: bool | None) -> Dyads:
    """Return the matrices over the firms of the first that has labels, in its order.

    Raises
    ------
    OptionError
        If a matrix is not square, or they are not about the same firms, or one is not symmetric where it must be.
    NetworkError
        If a network is two-mode.
    """
    choose("weights", weights, ("ignore", "strength"))
    read = [(name, *_square(matrix, weights, name)) for name, matrix in named]
    firms = next((labels for _, _, labels in read if labels is not None), pd.RangeIndex(len(read[0][1])))
    firms = firms.rename("firm")
    found = []
    for name, matrix, labels in read:
        if len(matrix) != len(firms):
            raise OptionError(
                f"{name} has {len(matrix):,} firms, the first matrix {len(firms):,}; cut both to the same firms "
                "(network.subset, frame.loc[firms, firms])."
            )
        ordered = matrix
        if labels is not None:
            place = labels.get_indexer(firms)
            if (place < 0).any():
                raise OptionError(f"{name} lacks firms of the first matrix: {listing(firms[place < 0])}.")
            ordered = matrix[np.ix_(place, place)]
        np.fill_diagonal(ordered, np.nan)
        if np.isinf(ordered).any():
            raise OptionError(f"{name} holds infinite cells; make them missing (NaN) or finite.")
        found.append(ordered)
    lopsided = [
        name
        for (name, _, _), matrix in zip(read, found, strict=True)
        if not np.array_equal(matrix, matrix.T, equal_nan=True)
    ]
    if directed is False and lopsided:
        raise OptionError(
            f"directed is False, but {listing(lopsided)} differ across the diagonal; take network.undirected(), or "
            "directed=None."
        )
    return Dyads(firms, tuple(found), bool(lopsided) if directed is None else directed)


def attribute_matrix(
    network: Network,
    attribute: str | pd.Series | Iterable[object],
    *,
    rule: Literal["same", "difference", "sum", "product", "from", "to"] = "same",
) -> pd.DataFrame:
    """Return an attribute of the firms as a matrix between firms, for `mrqap` and the like.

    Parameters
    ----------
    network
        The network whose firms are meant.
    attribute
        A column of ``network.firms``, a Series by firm, or one value per firm.
    rule
        ``"same"``: 1 where both firms have the same value, else 0. Of numbers: ``"difference"``, absolute;
        ``"sum"``; ``"product"``; ``"from"``, the value of the row's firm; ``"to"``, of the column's.

    Returns
    -------
    DataFrame
        Firms by firms, float; the diagonal and the pairs with a missing value are NaN.

    Raises
    ------
    OptionError
        If the rule needs numbers and the attribute has none.

    Examples
    --------
    >>> net = Network(pd.DataFrame({"size": [1, 4]}, index=["Ada", "Bo"]), pd.DataFrame({"source": [], "target": []}))
    >>> attribute_matrix(net, "size", rule="difference").loc["Ada", "Bo"]
    np.float64(3.0)
    """
    choose("rule", rule, ("same", "difference", "sum", "product", "from", "to"))
    values = firm_values(network, attribute)
    if rule == "same":
        codes = pd.factorize(values)[0].astype(float)
        codes[codes < 0] = np.nan
        known = np.isfinite(codes)
        matrix = np.where(known[:, None] & known[None, :], (codes[:, None] == codes[None, :]).astype(float), np.nan)
    else:
        try:
            numbers = pd.to_numeric(values).to_numpy(dtype=np.float64, na_value=np.nan)
        except (ValueError, TypeError) as error:
            raise OptionError(f"rule {rule!r} needs numbers, and {values.name!r} has text; take 'same'.") from error
        one, other = numbers[:, None], numbers[None, :]
        if rule == "difference":
            matrix = np.abs(one - other)
        elif rule == "sum":
            matrix = one + other
        elif rule == "product":
            matrix = one * other
        else:
            matrix = (one if rule == "from" else other) + 0 * (one + other)
    np.fill_diagonal(matrix, np.nan)
    return pd.DataFrame(matrix, index=network.firms.index, columns=network.firms.index.rename("partner"))


# ── permutations ──


def within_codes(dyads: Dyads, within: Within, network: object) -> Ints:
    """Return the block of every firm, which permutations do not leave; one block when `within` is None.

    Raises
    ------
    OptionError
        If the blocks are a column and there is no network to look it up, or a firm has none.
    """
    if within is None:
        return np.zeros(dyads.n, dtype=np.int64)
    if isinstance(within, str):
        if not isinstance(network, Network):
            raise OptionError(f"within is {within!r}, but the first matrix is no network; give a Series by firm.")
        within = network.firms[within] if within in network.firms.columns else firm_values(network, within)
    if isinstance(within, pd.Series):
        values = within.reindex(dyads.firms)
    else:
        values = pd.Series(list(within))
        if len(values) != dyads.n:
            raise OptionError(f"within has {len(values):,} values for {dyads.n:,} firms; give one per firm.")
    codes: Ints = pd.factorize(values)[0].astype(np.int64)
    if (codes < 0).any():
        raise OptionError(f"within is missing for {listing(dyads.firms[codes < 0])}; give every firm a block.")
    return codes


def is_exact(n: int, blocks: Ints, *, exact: bool | None) -> bool:
    """Return whether all orders are gone through.

    Raises
    ------
    OptionError
        If it is asked for and there are too many.
    """
    possible = n <= MOST_ENUMERATED and not blocks.any()
    if exact and not possible:
        raise OptionError(
            f"exact enumeration of {n:,} firms is out of reach or comes with blocks; it goes up to {MOST_ENUMERATED} "
            "firms in one block. Leave exact=None and raise draws."
        )
    return possible and n <= ENUMERATE_UP_TO if exact is None else exact


def permutations(
    n: int, draws: int, rng: np.random.Generator, *, blocks: Ints, exact: bool
) -> Iterator[NDArray[np.int64]]:
    """Yield orders of n firms in chunks, one per row: all but the identity if exact, else random within blocks."""
    size = max(1, _CHUNK // max(n, 1))
    if exact:
        orders = itertools.islice(itertools.permutations(range(n)), 1, None)
        left = math.factorial(n) - 1
        while left > 0:
            rows = min(size, left)
            cells = itertools.chain.from_iterable(itertools.islice(orders, rows))
            yield np.fromiter(cells, dtype=np.int64, count=rows * n).reshape(rows, n)
            left -= rows
        return
    members = [np.flatnonzero(blocks == code) for code in np.unique(blocks)]
    for first in range(0, draws, size):
        chunk = np.tile(np.arange(n), (min(size, draws - first), 1))
        if len(members) == 1:
            rng.permuted(chunk, axis=1, out=chunk)
        else:
            for block in members:
                chunk[:, block] = rng.permuted(chunk[:, block], axis=1)
        yield chunk


def permuted(matrix: Floats, order: Ints) -> Floats:
    """Return the matrix with its rows and columns permuted jointly: cell (i, j) goes to (order[i], order[j])."""
    made = np.empty_like(matrix)
    made[np.ix_(order, order)] = matrix
    return made


def _cross_sparse(  # noqa: PLR0917  (kernels take arrays in a row)
    orders: Array, shape: Array, starts: Array, columns: Array, values: Array, targets: Array, out: Array
) -> None:
    # Four targets side by side, each summed in a variable of its own: what the processor can do at once.
    n, runs = shape[0], shape[1]
    for run in range(runs):
        order = run * n
        one = two = three = four = 0.0
        for row in range(n):
            base = orders[order + row] * n
            for cell in range(starts[row], starts[row + 1]):
                value = values[cell]
                place = 4 * (base + orders[order + columns[cell]])
                one += value * targets[place]
                two += value * targets[place + 1]
                three += value * targets[place + 2]
                four += value * targets[place + 3]
        out[4 * run], out[4 * run + 1], out[4 * run + 2], out[4 * run + 3] = one, two, three, four


def _cross_full(orders: Array, shape: Array, matrix: Array, targets: Array, out: Array) -> None:
    # One row of the targets at a time for all runs, so that it stays in the cache. `orders` are the inverse ones.
    n, runs, directed = shape[0], shape[1], shape[2]
    for row in range(n):
        stop = n if directed else row
        for run in range(runs):
            order = run * n
            base = orders[order + row] * n
            one = two = three = four = 0.0
            place = 4 * n * row
            for column in range(stop):
                value = matrix[base + orders[order + column]]
                one += value * targets[place]
                two += value * targets[place + 1]
                three += value * targets[place + 2]
                four += value * targets[place + 3]
                place += 4
            out[4 * run] += one
            out[4 * run + 1] += two
            out[4 * run + 2] += three
            out[4 * run + 3] += four


def _count_sparse(orders: Array, shape: Array, starts: Array, columns: Array, targets: Array, out: Array) -> None:  # noqa: PLR0917
    # Zeros and ones come in small types, which stay in the cache.
    n, runs = shape[0], shape[1]
    for run in range(runs):
        order = run * n
        total = 0
        for row in range(n):
            base = orders[order + row] * n
            for cell in range(starts[row], starts[row + 1]):
                total += targets[base + orders[order + columns[cell]]]
        out[run] = total


def cross_products(
    matrix: Floats, targets: Sequence[Floats], orders: Ints, *, directed: bool, planned: int = 0
) -> Floats:
    """Return the sum over cells of permuted(matrix) times each target, for every order: orders by targets.

    Of a sparse matrix only the nonzero cells are walked, so put the sparser one first. No cell but the diagonal,
    which never counts, may be NaN. `planned` is the number of orders of the whole run, stated at its first chunk.
    """
    runs, n = orders.shape
    counted = matrix.copy()
    np.fill_diagonal(counted, 0.0)
    if not directed:
        counted = np.tril(counted)
    rows, columns = np.nonzero(counted)
    # Unsigned, for numba then need not ask whether a place counts from the end.
    starts = np.searchsorted(rows, np.arange(n + 1)).astype(np.uint32)
    values = counted[rows, columns]
    columns = columns.astype(np.uint32)
    shape = np.array([n, runs, int(directed)], dtype=np.uint32)
    moves = orders.astype(np.uint32)
    if len(targets) == 1 and (values == 1).all() and _is_binary(targets[0]):
        total = np.zeros(runs, dtype=np.int64)
        small = np.nan_to_num(targets[0]).astype(np.int8).ravel()
        call(_count_sparse, (moves.ravel(), shape, starts, columns, small), (total,), work=planned * len(values))
        return total.astype(np.float64)[:, None]
    full = len(values) * (2 - directed) > 0.4 * n * n
    if full:
        backward = np.empty_like(moves)
        np.put_along_axis(backward, orders, np.arange(n, dtype=np.uint32)[None, :], axis=1)
    made = np.empty((runs, len(targets)))
    for first in range(0, len(targets), 4):
        few = targets[first : first + 4]
        side_by_side = np.zeros((n, n, 4))
        for place, target in enumerate(few):
            side_by_side[:, :, place] = target
        side_by_side[np.arange(n), np.arange(n)] = 0.0
        out = np.zeros(4 * runs)
        work = 2 * planned * len(values)
        if full:
            clean = matrix.copy()
            np.fill_diagonal(clean, 0.0)
            call(_cross_full, (backward.ravel(), shape, clean.ravel(), side_by_side.ravel()), (out,), work=work)
        else:
            whole = bool((np.abs(side_by_side) < 128).all()) and not (side_by_side % 1).any()
            # Small types stay in the cache.
            narrow: NDArray[Any] = side_by_side.astype(np.int8) if whole else side_by_side
            inputs = (moves.ravel(), shape, starts, columns, values, narrow.ravel())
            call(_cross_sparse, inputs, (out,), work=work)
        made[:, first : first + 4] = out.reshape(runs, 4)[:, : len(few)]
    return made


def _is_binary(matrix: Floats) -> bool:
    return bool(((matrix == 0) | (matrix == 1) | np.eye(len(matrix), dtype=bool)).all())
