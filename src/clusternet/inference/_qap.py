"""QAP: whether two networks on the same firms go together more than chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from clusternet.errors import NetworkError, OptionError
from clusternet.inference._dyads import (
    Dyads,
    Matrix,
    Within,
    cross_products,
    is_exact,
    permutations,
    read_dyads,
    within_codes,
)
from clusternet.measure import Weights, choose
from clusternet.resilience._results import check_whole
from clusternet.result import NullTest, Settings, resolve_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["QapTest", "qap_correlation"]

Statistic = Literal["pearson", "matching", "jaccard"]
STATISTICS = ("pearson", "matching", "jaccard")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class QapTest(NullTest):
    """A correlation of two matrices beside those after permuting the firms of one.

    Attributes
    ----------
    n_firms, n_cells
        Firms, and cells (pairs, or ordered pairs if directed) that both matrices know.
    exact
        True if the draws are all orders of the firms but the given one; the p-values are then exact.
    """

    n_firms: int
    n_cells: int
    exact: bool

    def to_frame(self) -> pd.DataFrame:
        """Return one row: that of `NullTest`, and ``n_firms``, ``n_cells``, ``exact``."""
        return NullTest.to_frame(self).assign(n_firms=self.n_firms, n_cells=self.n_cells, exact=self.exact)


def qap_correlation(
    x: Matrix,
    y: Matrix,
    *,
    statistic: Statistic = "pearson",
    weights: Weights = "ignore",
    directed: bool | None = None,
    within: Within = None,
    draws: int = 5000,
    exact: bool | None = None,
    seed: int | None = None,
) -> QapTest:
    """Correlate two networks on the same firms, and test it by permuting the firms of one.

    Rows and columns of one matrix are permuted jointly, so that each keeps its own structure: who is central, who
    closes triangles. Only who is who is left to chance. Asking cell by cell instead would count one popular firm as
    many independent findings.

    Parameters
    ----------
    x, y
        Networks (for layers ``network.layer(...)``), square frames indexed by firms, or square arrays. Labels are
        matched; the firms must be the same. NaN is a missing cell.
    statistic
        ``"pearson"``: correlation over the cells. ``"matching"``: share of cells that agree. ``"jaccard"``: ties in
        both over ties in either. The last two need cells of 0 and 1.
    weights
        Networks as 0 and 1, or with the strengths of their ties.
    directed
        True: all cells but the diagonal; False: the lower triangle. None: the lower triangle if both are symmetric.
    within
        Column of the firms of `x`, Series or values: firms change places only with firms of the same value, so that
        what the groups explain (place, sector, cluster) is no finding.
    draws
        Random orders.
    exact
        True: all orders, up to ten firms. None: up to eight.
    seed
        A fresh one is drawn and stored when omitted.

    Returns
    -------
    QapTest
        ``.observed``; ``.p_more`` and ``.p_fewer``, shares of orders at least as large and as small (equal up to
        1e-12 counts), (r + 1)/(draws + 1); ``.draws``. A missing cell moves with its firms, and each correlation
        is over the cells that both then know; NaN where these do not vary.

    Raises
    ------
    OptionError
        If the firms differ, or an option is outside its set.
    NetworkError
        If a network is two-mode, or the cells of a matrix do not vary, so that the observed value is undefined.

    Notes
    -----
    Matrices are dense: 5,000 firms take 200 MB each, and a few of them are held at once.

    References
    ----------
    hubert1987, krackhardt1988

    Examples
    --------
    >>> from clusternet import datasets
    >>> net = datasets.load("florentine")
    >>> test = qap_correlation(net.layer("marriage"), net.layer("business"), draws=999, seed=1)
    >>> round(test.observed, 4), test.p_more < 0.01
    (0.3719, True)
    """
    choose("statistic", statistic, STATISTICS)
    n_draws = check_whole("draws", draws)
    dyads = read_dyads([("x", x), ("y", y)], weights=weights, directed=directed)
    blocks = within_codes(dyads, within, x)
    every = is_exact(dyads.n, blocks, exact=exact)
    one, other = dyads.matrices
    if statistic != "pearson":
        for name, matrix in (("x", one), ("y", other)):
            odd = ~((matrix == 0) | (matrix == 1) | np.isnan(matrix))
            if odd.any():
                raise OptionError(
                    f"{statistic!r} needs cells of 0 and 1, but {name} holds {matrix[odd][0]:g}; take "
                    "weights='ignore', or statistic='pearson'."
                )
    used = resolve_seed(seed)
    identity = np.arange(dyads.n)[None, :]
    plan = _Sums(dyads)
    observed = float(_statistic(plan.of(identity, planned=1), statistic)[0])
    if np.isnan(observed):
        raise NetworkError(
            "the cells of x or y that both know do not vary (no ties, all ties, or nothing known), so that there is "
            f"no {statistic} value to test."
        )
    found, planned = [], n_draws
    for orders in permutations(dyads.n, n_draws, np.random.default_rng(used), blocks=blocks, exact=every):
        found.append(_statistic(plan.of(orders, planned=planned), statistic))
        planned = 0
    values = np.concatenate(found) if found else np.empty(0)
    parameters = {
        "statistic": statistic,
        "weights": weights,
        "directed": dyads.directed,
        "within": None if within is None else int(blocks.max()) + 1,
        "draws": len(values),
        "exact": every,
    }
    return QapTest(
        statistic=statistic,
        observed=observed,
        draws=pd.Series(values, index=pd.RangeIndex(len(values), name="draw"), name=statistic),
        n_firms=dyads.n,
        n_cells=plan.known,
        exact=every,
        settings=Settings(parameters, None if every else used),
    )


class _Sums:
    """The six sums behind a correlation over jointly known cells, for many orders at once.

    What does not change under permutation is summed once; the rest are products of sparse matrices. With missing
    cells, sums over known cells are sums over all less those over the few missing ones.
    """

    def __init__(self, dyads: Dyads) -> None:
        self._cells = dyads.cells
        self._directed = dyads.directed
        x, y = (matrix[self._cells] for matrix in dyads.matrices)
        # The distribution is the same whichever is permuted: the one with fewer nonzero cells is quicker.
        swap = np.count_nonzero(np.nan_to_num(x)) > np.count_nonzero(np.nan_to_num(y))
        one, other = reversed(dyads.matrices) if swap else dyads.matrices
        self._gap_x, self._gap_y = np.isnan(one).astype(float), np.isnan(other).astype(float)
        for gap in (self._gap_x, self._gap_y):
            np.fill_diagonal(gap, 0.0)  # never a cell
        self._x, self._y = (_shifted(matrix, self._cells) for matrix in (one, other))
        self.known = int((~np.isnan(x) & ~np.isnan(y)).sum())

    def _total(self, matrix: Floats) -> float:
        return float(matrix[self._cells].sum())

    def of(self, orders: NDArray[np.int64], *, planned: int) -> tuple[Floats, ...]:
        """Return n, sum x, sum y, sum x squared, sum y squared, sum xy, one value per order."""

        def cross(matrix: Floats, target: Floats) -> Floats:
            return cross_products(matrix, [target], orders, directed=self._directed, planned=planned)[:, 0]

        x, y, ones = self._x, self._y, np.ones(len(orders))
        sums = [len(self._cells[0]) * ones, self._total(x) * ones, self._total(y) * ones]
        sums += [self._total(x**2) * ones, self._total(y**2) * ones, cross(x, y)]
        if self._gap_x.any() or self._gap_y.any():
            gone_x, gone_y = self._gap_x, self._gap_y
            sums[0] += cross(gone_x, gone_y) - self._total(gone_x) - self._total(gone_y)
            sums[1] -= cross(x, gone_y)
            sums[2] -= cross(gone_x, y)
            sums[3] -= cross(x**2, gone_y)
            sums[4] -= cross(gone_x, y**2)
        return tuple(sums)


def _shifted(matrix: Floats, cells: tuple[NDArray[np.int64], NDArray[np.int64]]) -> Floats:
    """Return the matrix with gaps as 0, less its mean where most cells are other than 0 and 1: sums stay exact."""
    known = matrix[cells][~np.isnan(matrix[cells])]
    dense = np.count_nonzero((known != 0) & (known != 1)) * 2 > len(known)
    return np.nan_to_num(matrix - known.mean() if dense else matrix)


def _statistic(sums: tuple[Floats, ...], statistic: Statistic) -> Floats:
    n, x, y, xx, yy, xy = sums
    with np.errstate(invalid="ignore", divide="ignore"):
        if statistic == "jaccard":
            made = xy / (x + y - xy)
        elif statistic == "matching":
            made = (n - x - y + 2 * xy) / n
        else:
            spread = (n * xx - x**2) * (n * yy - y**2)
            # Below rounding, a constant matrix: no correlation rather than a wild one.
            spread = np.where(spread > 1e-12 * (n * n * xx * yy), spread, np.nan)
            made = (n * xy - x * y) / np.sqrt(spread)
    return np.where(np.isfinite(made), made, np.nan)
