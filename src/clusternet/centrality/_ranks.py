"""How sure a rank is: the ranks a firm can have under any centrality, and those it has over many draws."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from clusternet.centrality._common import WEIGHTS, rounded
from clusternet.errors import OptionError
from clusternet.measure import Weights, choose, real_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from scipy import sparse

    from clusternet.network import Network

BLOCK = 2**22
"""Entries of the table of shared partners that are held at a time."""


def rank_intervals(network: Network, *, weights: Weights = "ignore") -> pd.DataFrame:
    """Highest and lowest rank that each firm can have under any centrality that respects neighborhood inclusion.

    Firm i is dominated by firm j if every partner of i, other than j, is a partner of j too. Degree, closeness,
    betweenness, eigenvector and many more then never put i above j (schochbrandes2016), so that the firms above and
    below a firm in this partial order bound its rank whichever of them is chosen. Both bounds are reached: some ranking
    that keeps the order attains them. A measure that gives equal values to firms that the order tells apart
    (betweenness does, to all with a single partner) leaves open which of them comes first.

    Parameters
    ----------
    network
        The network; direction is forgotten, because the theorem holds for undirected ties only.
    weights
        "ignore": partners are compared. "strength": j must also be tied to each of them at least as strongly;
        strengths that differ by rounding only count as equal.

    Returns
    -------
    DataFrame
        One row per firm, whole numbers: ``best`` and ``worst`` (rank 1 is the most central; firms that dominate each
        other share the better rank), ``above`` and ``below`` (firms strictly above and below in the partial order) and
        ``alike`` (other firms that are dominated by the firm and dominate it).
        best = 1 + above, worst = n - below - alike. No missing values.

    References
    ----------
    schochbrandes2016, brandes2016

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Cy", "Di"), ("Di", "Ed")])
    >>> rank_intervals(net)[["best", "worst"]].T.to_dict("list")
    {'Ada': [3, 5], 'Bo': [1, 4], 'Cy': [1, 3], 'Di': [1, 4], 'Ed': [3, 5]}
    """
    choose("weights", weights, WEIGHTS)
    n = len(network)
    matrix = network.simple("undirected").csr(weights=weights)
    matrix.data = rounded(matrix.data)
    # Firms with the same partners stand for one another, and a star of thousands becomes two firms.
    stand, size = _twins(matrix)
    firsts = np.unique(stand, return_index=True)[1]
    small = matrix[firsts][:, firsts]
    small.sort_indices()
    partners = np.diff(matrix.indptr)[firsts].astype(np.int64)
    above, below, alike = (np.zeros(len(firsts), dtype=np.int64) for _ in range(3))
    for low, high, strict in _dominations(small, size, partners):
        np.add.at(above, low[strict], size[high[strict]])
        np.add.at(below, high[strict], size[low[strict]])
        np.add.at(alike, low[~strict], size[high[~strict]])
    # Isolates have no partner that another firm could lack.
    alone = partners == 0
    above[alone] = n - size[alone]
    below[~alone] += size[alone].sum()
    alike += size - 1
    table = {"best": 1 + above, "worst": n - below - alike, "above": above, "below": below, "alike": alike}
    return pd.DataFrame({name: values[stand] for name, values in table.items()}, index=network.firms.index)


def draw_rank_intervals(draws: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Range of the rank of each firm over draws, so that "third most central" comes with how far that can be trusted.

    Parameters
    ----------
    draws
        One row per draw (a resampled, perturbed or rewired network, another year, another measure), one column per
        firm; the larger value is the more central, and values that differ by rounding only are equal. A missing value
        leaves the firm out of that draw.
    level
        Share of the draws that the interval covers, in (0, 1].

    Returns
    -------
    DataFrame
        One row per firm: ``best``, ``median`` and ``worst`` rank (1 is the most central; equal values share the better
        rank; each is a rank that occurred) and ``n_draws``, the number of draws in which the firm has a value. Ranks
        are NaN for a firm that never has one.

    Raises
    ------
    OptionError
        If `level` is outside of (0, 1], a firm has two columns, or `draws` is no table of numbers.

    References
    ----------
    efron1993

    Examples
    --------
    >>> import pandas as pd
    >>> draws = pd.DataFrame({"Ada": [3.0, 3.0, 1.0], "Bo": [2.0, 2.0, 2.0], "Cy": [1.0, 0.0, 3.0]})
    >>> draw_rank_intervals(draws)[["best", "median", "worst"]].T.to_dict("list")
    {'Ada': [1.0, 1.0, 3.0], 'Bo': [2.0, 2.0, 2.0], 'Cy': [1.0, 3.0, 3.0]}
    """
    if not isinstance(draws, pd.DataFrame):
        raise OptionError(
            f"draws is a {type(draws).__name__}; give a DataFrame, one row per draw, one column per firm."
        )
    level = real_number("level", level)
    if not 0 < level <= 1:
        raise OptionError(f"level is {level!r}; give the share of draws to cover, above 0 and up to 1.")
    if not draws.columns.is_unique:
        raise OptionError("draws names a firm in two columns; give one column per firm.")
    try:
        values = draws.astype("float64")
    except (ValueError, TypeError) as error:
        raise OptionError(f"draws holds what is no number ({error}); give the centralities alone.") from error
    values = pd.DataFrame(rounded(values.to_numpy()), columns=draws.columns)
    ranks = values.rank(axis=1, ascending=False, method="min")
    counts = ranks.notna().sum().to_numpy()
    ordered = np.sort(ranks.to_numpy(), axis=0)  # missing ranks come last
    tail = (1 - level) / 2
    table = {}
    for name, share in (("best", tail), ("median", 0.5), ("worst", 1 - tail)):
        # The smallest rank that at least this share of the draws does not pass.
        place = np.clip(np.ceil(share * counts - 1e-9).astype(np.int64) - 1, 0, np.maximum(counts - 1, 0))
        table[name] = ordered[place, np.arange(len(counts))] if len(ordered) else np.full(len(counts), np.nan)
    index = pd.Index(draws.columns, name="firm")
    return pd.DataFrame(table | {"n_draws": counts}, index=index)


def _twins(matrix: sparse.csr_array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return a class number per firm, equal for firms with the same partners at the same strengths, and class sizes."""
    bounds, partners, strengths = matrix.indptr.tolist(), matrix.indices, matrix.data
    rows = [
        partners[first:last].tobytes() + strengths[first:last].tobytes() for first, last in itertools.pairwise(bounds)
    ]
    # Firms without a partner all have the empty row.
    stand = pd.factorize(np.array(rows, dtype=object))[0].astype(np.int64)
    return stand, np.bincount(stand)


def _dominations(
    matrix: sparse.csr_array, size: NDArray[np.int64], partners: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]]:
    """Yield pairs (low, high) of tied firms with low dominated by high, and whether high is not dominated in turn.

    Every firm stands for `size` firms that have the same partners, `partners` of them in the whole network.
    """
    n = matrix.shape[0]
    pattern = matrix.copy()
    pattern.data = np.ones(len(pattern.data), dtype=np.int64)
    degree = np.diff(matrix.indptr).astype(np.int64)
    keys = np.repeat(np.arange(n), degree) * np.int64(n) + matrix.indices
    # A row of shared partners has at most as many entries as its firm has paths of two steps.
    cost = np.cumsum(np.minimum(pattern @ degree, n) + degree)
    block = cost // BLOCK
    for rows in np.split(np.arange(n), np.flatnonzero(np.diff(block)) + 1):
        shared = (pattern[rows] @ pattern + pattern[rows]).tocoo()
        low, high = rows[shared.row], shared.col.astype(np.int64)
        covered = (shared.data == degree[low]) & (low != high)
        # A twin of the higher firm is no partner of it, so the lower firm must not be tied to both.
        twin = np.flatnonzero(covered & (size[high] > 1))
        place = np.searchsorted(keys, low[twin] * np.int64(n) + high[twin])
        tied = keys[np.minimum(place, len(keys) - 1)] == low[twin] * np.int64(n) + high[twin]
        covered[twin[tied]] = False
        low, high = low[covered], high[covered]
        if len(low) == 0:
            continue
        strict = partners[low] != partners[high]
        # One line per pair and partner of the lower firm, other than the higher firm itself.
        lines = np.repeat(np.arange(len(low)), degree[low])
        place = np.arange(len(lines)) - np.repeat(np.cumsum(degree[low]) - degree[low], degree[low])
        entry = matrix.indptr[low[lines]] + place
        partner = matrix.indices[entry]
        other = partner != high[lines]
        lines, entry, partner = lines[other], entry[other], partner[other]
        found = np.searchsorted(keys, high[lines] * np.int64(n) + partner)
        gap = matrix.data[found] - matrix.data[entry]
        weaker, stronger = np.zeros(len(low), dtype=bool), np.zeros(len(low), dtype=bool)
        weaker[lines[gap < 0]] = True
        stronger[lines[gap > 0]] = True
        yield low[~weaker], high[~weaker], (strict | stronger)[~weaker]
