"""Firms by capabilities: how narrow a niche is, how far niches overlap, and who could stand in for whom."""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from clusternet.errors import OptionError
from clusternet.measure import choose
from clusternet.specialization._concentration import entropy, hhi
from clusternet.specialization._tables import NAN, cells, plogp, ratio, shares, undefined

if TYPE_CHECKING:
    from numpy.typing import NDArray

Units = Literal["auto", "counts", "shares"]
MOST_UNITS = 1e15  # beyond, a float does not tell one unit more from none


def niche_width(
    table: pd.DataFrame,
    *,
    variant: Literal["levins", "shannon"] = "levins",
    scale: Literal["raw", "unit"] = "raw",
) -> pd.Series:
    """Niche width: over how many capabilities a firm effectively spreads.

    Levins B = 1 / sum p^2; Shannon H = -sum p ln p, with p the firm's shares of its capabilities.

    Parameters
    ----------
    table
        Firms in rows, capabilities in columns: 1 for "has it", or a nonnegative weight.
    variant
        "levins" or "shannon" (natural logarithm).
    scale
        "raw", or "unit": from 0 to 1, (B - 1) / (n - 1) or H / ln n, with n the number of columns.

    Returns
    -------
    Series
        One value per firm. "levins": from 1 (one capability) to n. "shannon": from 0 to ln n. NaN for a firm without
        capabilities, and with "unit" when there is one column only.

    Raises
    ------
    OptionError
        If a cell is missing, negative or no number.

    References
    ----------
    levins1968, hurlbert1978

    Examples
    --------
    >>> import pandas as pd
    >>> has = pd.DataFrame({"milling": [1, 1], "welding": [0, 1]}, index=["Ada", "Bo"])
    >>> niche_width(has).to_dict()
    {'Ada': 1.0, 'Bo': 2.0}
    """
    choose("variant", variant, ("levins", "shannon"))
    choose("scale", scale, ("raw", "unit"))
    if variant == "levins":
        width = hhi(table, scale="equivalent").to_numpy(copy=True)
        low, high = 1.0, float(table.shape[1])
    else:
        width = entropy(table, base=np.e).to_numpy(copy=True)
        low, high = 0.0, float(np.log(max(table.shape[1], 1)))
    if scale == "unit":
        width = ratio(width - low, high - low)
    return pd.Series(width, index=table.index, name="niche_width")


def niche_overlap(table: pd.DataFrame) -> pd.DataFrame:
    """Pianka's overlap of the capabilities of two firms.

    O_ab = sum p_a p_b / sqrt(sum p_a^2 sum p_b^2), the cosine of the two rows.

    Parameters
    ----------
    table
        Firms in rows, capabilities in columns: 1 for "has it", or a nonnegative weight.

    Returns
    -------
    DataFrame
        Firms by firms, symmetric, from 0 (nothing in common) to 1 (the same mix); 1 on the diagonal. NaN for a firm
        without capabilities.

    Raises
    ------
    OptionError
        If a cell is missing, negative or no number.

    References
    ----------
    pianka1973

    Examples
    --------
    >>> import pandas as pd
    >>> has = pd.DataFrame({"milling": [3, 4], "welding": [4, 3]}, index=["Ada", "Bo"])
    >>> niche_overlap(has).loc["Ada", "Bo"].round(2)
    np.float64(0.96)
    """
    values = cells(table)
    share = shares(values)
    unit = ratio(share, np.sqrt((share**2).sum(axis=1, keepdims=True)))
    overlap = np.minimum(unit @ unit.T, 1.0)
    np.fill_diagonal(overlap, 1.0)
    return pd.DataFrame(overlap + undefined(values)[:, None], index=table.index, columns=table.index)


def _in_units(values: NDArray[np.float64], units: Units) -> bool:
    """Tell whether cells move as whole units; "auto" takes a table of 0 and 1 as saying only what is there."""
    choose("units", units, ("auto", "counts", "shares"))
    whole = bool((values == np.floor(values)).all()) and values.sum() < MOST_UNITS
    if units == "counts" and not whole:
        raise OptionError(
            f"units='counts' needs whole numbers in the table, below {MOST_UNITS:.0e} in all; give units='shares' for "
            "weights."
        )
    return units == "counts" or (units == "auto" and whole and bool((values > 1).any()))


def d_prime(table: pd.DataFrame, *, units: Units = "auto") -> pd.DataFrame:
    """Bluethgen's d': how far a firm's mix of capabilities is from what is around, between least and most possible.

    d = sum p ln(p / q), with p the firm's shares and q the shares of the capabilities in the whole table;
    d' = (d - d_min) / (d_max - d_min), d_max = ln(N / n_a), with n_a the firm's sum and N that of the table.

    Parameters
    ----------
    table
        Firms in rows, capabilities in columns: counts, 1 for "has it", or nonnegative weights. Also places by
        activities.
    units
        What d_min is. "counts": the least d that the firm's whole units can have within the columns' sums (the
        original's heuristic can end a little higher); a firm with one unit of what is most common then gets 0.
        "shares": 0, as weights can match q. "auto": "counts" if all cells are whole numbers and one is above 1.

    Returns
    -------
    DataFrame
        One row per firm: ``d_prime`` from 0 (generalist) to 1 (specialist), ``d``, ``d_min``, ``d_max``, natural
        logarithm. NaN for a firm without capabilities; d_prime also where d_min = d_max, as for a firm that is alone.

    Raises
    ------
    OptionError
        If a cell is missing, negative or no number, or "counts" meets cells that are no whole numbers.

    References
    ----------
    bluethgen2006

    Examples
    --------
    >>> import pandas as pd
    >>> has = pd.DataFrame({"milling": [8, 1, 1], "welding": [0, 5, 5]}, index=["Ada", "Bo", "Cy"])
    >>> d_prime(has)["d_prime"].round(2).to_dict()
    {'Ada': 0.76, 'Bo': 0.2, 'Cy': 0.2}
    """
    values = cells(table)
    counted = _in_units(values, units)
    own, column = values.sum(axis=1), values.sum(axis=0)
    total = values.sum()
    held = column > 0
    q = ratio(column[held], total)
    x = values[:, held]

    def distance(given: NDArray[np.float64]) -> NDArray[np.float64]:
        p = shares(given)
        found: NDArray[np.float64] = (plogp(p) - p * np.log(q)).sum(axis=1)
        return found

    d = np.where(own > 0, distance(x), np.nan)
    most = np.log(ratio(total, own))
    least = np.where(own > 0, 0.0, np.nan)
    if counted and x.size:
        least = np.fmin(distance(_closest(own, q, column[held])), d)
    undone = most - least <= 1e-12
    prime = ratio(d - least, np.where(undone, 0.0, most - least))
    return pd.DataFrame({"d_prime": np.clip(prime, 0.0, 1.0), "d": d, "d_min": least, "d_max": most}, index=table.index)


def _closest(own: NDArray[np.float64], q: NDArray[np.float64], room: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return whole units per firm, within the room of each column, with the least distance from q."""
    given = np.floor(own[:, None] * q)
    rest = (own - given.sum(axis=1)).astype(np.int64)
    for step in range(int(rest.max(initial=0))):
        firms = np.flatnonzero(rest > step)
        now = given[firms]
        given[firms, _rise(now, q, room).argmin(axis=1)] += 1
    # The cost is convex in each cell, so units that no single move can better are at the least cost.
    firms = np.flatnonzero(own > 0)
    while len(firms):
        now = given[firms]
        rise, fall = _rise(now, q, room), np.where(now > 0, _rise(now - 1, q, room), -np.inf)
        to, fro = rise.argmin(axis=1), fall.argmax(axis=1)
        row = np.arange(len(firms))
        better = rise[row, to] < fall[row, fro] - 1e-12
        firms, to, fro = firms[better], to[better], fro[better]
        given[firms, to] += 1
        given[firms, fro] -= 1
    return given


def _rise(x: NDArray[np.float64], q: NDArray[np.float64], room: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what one more unit in a cell adds to the distance, infinite where there is no room."""
    # (x + 1) ln(x + 1) - x ln x, without a difference of large numbers, whose rounding would never let a search end.
    more = np.log1p(np.maximum(x, 0.0)) + x * np.log1p(1 / np.maximum(x, 1.0))
    return np.where(x < room, more - np.log(q), np.inf)


def h2_prime(table: pd.DataFrame, *, units: Units = "auto") -> pd.Series:
    """Bluethgen's H2': specialization of the whole table, between least and most possible with its row and column sums.

    H2 = -sum p ln p over the cells' shares p; H2' = (H2_max - H2) / (H2_max - H2_min).

    Parameters
    ----------
    table
        Firms in rows, capabilities in columns: counts, 1 for "has it", or nonnegative weights. Also places by
        activities.
    units
        What H2_max is. "counts": the cells hold whole units, put where the expected value is furthest from reached.
        "shares": the cells are as expected, row sum times column sum over total. "auto": "counts" if all cells are
        whole numbers and one is above 1. H2_min packs the largest possible amounts into single cells. Both are
        heuristics for counts, as in the original; against all tables with the same sums, H2' of small tables is off
        by less than 0.01 on average, by 0.17 at worst in sixty tables of three by three. The index is made for
        weights: a table of 0 and 1 has H2' = 0 with "counts", as its cells are as equal as cells can be; with "shares"
        compare it only with tables of the same row and column sums.

    Returns
    -------
    Series
        ``h2_prime`` from 0 (no specialization) to 1 (perfect), ``h2``, ``h2_min``, ``h2_max``, natural logarithm. NaN
        without anything in the table; h2_prime also when h2_min = h2_max, as with one row or column.

    Raises
    ------
    OptionError
        If a cell is missing, negative or no number, or "counts" meets cells that are no whole numbers.

    References
    ----------
    bluethgen2006

    Examples
    --------
    >>> import pandas as pd
    >>> h2_prime(pd.DataFrame({"milling": [8, 0], "welding": [0, 8]}, index=["Ada", "Bo"]))["h2_prime"]
    np.float64(1.0)
    """
    values = cells(table)
    counted = _in_units(values, units)
    values = values[values.sum(axis=1) > 0][:, values.sum(axis=0) > 0]
    names = ["h2_prime", "h2", "h2_min", "h2_max"]
    if not values.size:
        return pd.Series(NAN, index=names, name="h2_prime")
    total = values.sum()
    expected = np.outer(values.sum(axis=1), values.sum(axis=0)) / total

    def spread(given: NDArray[np.float64]) -> float:
        return float(0.0 - plogp(given / total).sum())

    now = spread(values)
    most = max(spread(_even(expected) if counted else expected), now)
    least = min(spread(_packed(values.sum(axis=1), values.sum(axis=0))), now)
    prime = (most - now) / (most - least) if most - least > 1e-12 else NAN
    return pd.Series([prime, now, least, most], index=names, name="h2_prime")


def _even(expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return whole units with the row and column sums of `expected`, as near to it as adding one at a time can come."""
    given = np.floor(expected + 1e-9)
    rows = np.rint(expected.sum(axis=1) - given.sum(axis=1)).astype(np.int64).tolist()
    columns = np.rint(expected.sum(axis=0) - given.sum(axis=0)).astype(np.int64).tolist()
    left = sum(rows)
    # A unit takes a cell behind all cells that have none yet, so each sweep gives at most one to a cell.
    order = np.argsort(given - expected, axis=None, kind="stable")
    places = list(zip(*(side.tolist() for side in np.unravel_index(order, given.shape)), strict=True)) if left else []
    while left:
        for i, j in places:
            if rows[i] and columns[j]:
                given[i, j] += 1
                rows[i] -= 1
                columns[j] -= 1
                left -= 1
                if not left:
                    break
    return given


def _packed(rows: NDArray[np.float64], columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the cells of a table with these sums, as few and as large as filling the largest first can make them."""
    tiny = 1e-12 * rows.sum()  # sums of weights match up to rounding only
    more, fewer = sorted(rows.tolist()), sorted(columns.tolist())
    filled = []
    while more and fewer:
        if more[-1] < fewer[-1]:
            more, fewer = fewer, more
        # The largest cell is the largest sum of the side with the smaller maximum; the tightest fit leaves least over.
        size = fewer.pop()
        room = more.pop(bisect.bisect_left(more, size - tiny))
        filled.append(min(size, room))
        if room - size > tiny:
            bisect.insort(more, room - size)
    return np.array(filled)


def paired_difference(table: pd.DataFrame) -> pd.Series:
    """Paired difference index: how far a firm's strongest capability stands out from all the others.

    PDI = sum over the other columns of (P_max - P) / ((n - 1) P_max), with n the number of columns.

    Parameters
    ----------
    table
        Firms in rows, capabilities in columns: 1 for "has it", or a nonnegative weight. Transpose it for capabilities.

    Returns
    -------
    Series
        One value per firm, from 0 (all alike) to 1 (one only). NaN for a firm without capabilities, and with one
        column.

    Raises
    ------
    OptionError
        If a cell is missing, negative or no number.

    References
    ----------
    poisot2011

    Examples
    --------
    >>> import pandas as pd
    >>> paired_difference(pd.DataFrame([[4, 2, 0], [1, 1, 1]], index=["Ada", "Bo"])).to_dict()
    {'Ada': 0.75, 'Bo': 0.0}
    """
    values = cells(table)
    n = values.shape[1]
    top = values.max(axis=1, initial=0.0)
    # The strongest itself adds nothing to the sum of differences.
    found = ratio((top[:, None] - values).sum(axis=1), top * max(n - 1, 0))
    return pd.Series(found, index=table.index, name="paired_difference")


def redundancy(table: pd.DataFrame) -> pd.DataFrame:
    """How many firms hold each capability, so how many could fail before it is lost.

    Parameters
    ----------
    table
        Firms in rows, capabilities in columns: 1 for "has it", or a nonnegative weight.

    Returns
    -------
    DataFrame
        One row per capability: ``firms``, how many hold it; ``spare``, how many beyond the first; ``effective``,
        1 / HHI of the weights, which is below ``firms`` when one firm has most of it; ``sole``, the id of the only
        holder, else missing. ``effective`` is NaN for a capability that nobody holds.

    Raises
    ------
    OptionError
        If a cell is missing, negative or no number.

    Examples
    --------
    >>> import pandas as pd
    >>> has = pd.DataFrame({"milling": [1, 0], "welding": [1, 1]}, index=["Ada", "Bo"])
    >>> redundancy(has)[["firms", "spare", "sole"]].fillna("-").values.tolist()
    [[1, 0, 'Ada'], [2, 1, '-']]
    """
    held = cells(table) > 0
    firms = held.sum(axis=0)
    ids = table.index.to_numpy(dtype=object)
    sole = [ids[column.argmax()] if count == 1 else None for column, count in zip(held.T, firms, strict=True)]
    return pd.DataFrame(
        {
            "firms": firms.astype(np.int64),
            "spare": np.maximum(firms - 1, 0).astype(np.int64),
            "effective": hhi(table, by="activity", scale="equivalent").to_numpy(),
            "sole": pd.Series(sole, index=table.columns, dtype=object),
        },
        index=table.columns,
    )


def substitutability(table: pd.DataFrame, *, variant: Literal["mean", "least"] = "mean") -> pd.Series:
    """How many other firms hold what a firm can do.

    Parameters
    ----------
    table
        Firms in rows, capabilities in columns: 1 for "has it", or a nonnegative weight (any above 0 counts).
    variant
        "mean": average number of other holders over the firm's capabilities. "least": that of the capability with the
        fewest, the one that would be missed first.

    Returns
    -------
    Series
        One value per firm, from 0 (nobody else can do it) to n - 1. NaN for a firm without capabilities.

    Raises
    ------
    OptionError
        If a cell is missing, negative or no number.

    Examples
    --------
    >>> import pandas as pd
    >>> has = pd.DataFrame({"milling": [1, 0], "welding": [1, 1]}, index=["Ada", "Bo"])
    >>> substitutability(has).to_dict()
    {'Ada': 0.5, 'Bo': 1.0}
    """
    choose("variant", variant, ("mean", "least"))
    held = cells(table) > 0
    others = held.sum(axis=0) - 1.0
    if variant == "mean":
        found = ratio(held @ others, held.sum(axis=1))
    else:
        found = np.where(held, others, np.inf).min(axis=1, initial=np.inf)
        found = np.where(np.isinf(found), np.nan, found)
    return pd.Series(found, index=table.index, name="substitutability")


def uniqueness(table: pd.DataFrame) -> pd.Series:
    """Share of a firm's capabilities that no other firm holds.

    Parameters
    ----------
    table
        Firms in rows, capabilities in columns: 1 for "has it", or a nonnegative weight (the share is then one of
        weight).

    Returns
    -------
    Series
        One value per firm, from 0 to 1. NaN for a firm without capabilities.

    Raises
    ------
    OptionError
        If a cell is missing, negative or no number.

    Examples
    --------
    >>> import pandas as pd
    >>> has = pd.DataFrame({"milling": [1, 0], "welding": [1, 1]}, index=["Ada", "Bo"])
    >>> uniqueness(has).to_dict()
    {'Ada': 0.5, 'Bo': 0.0}
    """
    values = cells(table)
    alone = (values > 0).sum(axis=0) == 1
    return pd.Series(shares(values)[:, alone].sum(axis=1) + undefined(values), index=table.index, name="uniqueness")


def nestedness(table: pd.DataFrame) -> pd.Series:
    """NODF: how far the capabilities of narrow firms are a subset of those of broad firms.

    Rows and columns count in descending order of their degree. Of each pair of rows with falling degree, the share of
    the smaller one's capabilities that the larger one has; 0 for a pair of equal degree; likewise for columns.

    Parameters
    ----------
    table
        Firms in rows, capabilities in columns: 1 for "has it", or a nonnegative weight (any above 0 counts).

    Returns
    -------
    Series
        ``nodf``, the mean over all pairs, ``rows`` and ``columns``, the means over pairs of either; from 0 to 100. NaN
        where there are no pairs.

    Raises
    ------
    OptionError
        If a cell is missing, negative or no number.

    References
    ----------
    almeidaneto2008

    Examples
    --------
    >>> import pandas as pd
    >>> nestedness(pd.DataFrame([[1, 1, 1], [1, 1, 0], [1, 0, 0]]))["nodf"]
    np.float64(100.0)
    """
    held = (cells(table) > 0).astype("float64")
    (rows, n_rows), (columns, n_columns) = _paired_overlap(held), _paired_overlap(held.T)
    found = [ratio(100 * (rows + columns), n_rows + n_columns), ratio(100 * rows, n_rows)]
    found.append(ratio(100 * columns, n_columns))
    return pd.Series(np.array(found, dtype="float64"), index=["nodf", "rows", "columns"], name="nestedness")


def _paired_overlap(held: NDArray[np.float64]) -> tuple[float, int]:
    """Return the sum of paired overlaps of rows with unequal degree, and the number of all pairs."""
    degree = held.sum(axis=1)
    n, total = len(held), 0.0
    for first in range(0, n, 1000):  # a block at a time: n by n numbers would not fit
        block = slice(first, first + 1000)
        broader = (degree[block, None] > degree) & (degree > 0)
        both = held[block] @ held.T
        total += float(np.divide(both, degree, out=np.zeros_like(both), where=broader).sum())
    return total, n * (n - 1) // 2
