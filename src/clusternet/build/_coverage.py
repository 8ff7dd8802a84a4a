"""coverage: how much of the cluster the records see, and how far the two sides agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from clusternet.build._links import PARTIES, link
from clusternet.build._network import reconcile
from clusternet.build._reports import Rules, When, partnership_reports, sorted_pairs
from clusternet.errors import OptionError, listing, nearest
from clusternet.network import LAYERS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clusternet.build._links import Resolver
    from clusternet.records import Records

__all__ = ["coverage"]

MISSING, OUTSIDE, TOTAL = "(missing)", "(not registered)", "(total)"


def coverage(records: Records, linkage: Resolver | None = None, *, by: str = "sector") -> pd.DataFrame:
    """Return, per group of firms, how many firms the records name and how many partnership ties both sides report.

    Parameters
    ----------
    records
        What `read_records` returned.
    linkage
        What `link_firms` returned; without it exact ids and names, as in `build_network`.
    by
        Column of the firm table to group by, such as "sector", "region" or a column of your own.

    Returns
    -------
    DataFrame
        One row per group in order of name, then "(missing)", registered firms for which `by` is missing,
        "(not registered)" and "(total)". Columns:
        ``registered`` firms; ``named``, registered firms that are party to a partnership, group or referral, and
        ``named_share`` of them in [0, 1]; ``unregistered`` firms named; ``reporting``, firms that report at least one
        partnership; ``ties``, pairs of firms with a partnership record, per layer, and per direction in supply; of
        these ``confirmed``, reported by both sides, ``one_sided``, reported by one, and ``unknown``, reported by a
        third party or nobody named; ``silent``, those one-sided ties whose other side reports nothing at all and so
        could confirm nothing; ``confirmed_share``, confirmed / (confirmed + one_sided), with its 95 % interval
        ``confirmed_low`` and ``confirmed_high`` (wilson1927). A tie counts in each group that one of its firms is in,
        so that only the total counts ties once. NaN means no firm, or no tie with a known side, to take the share of.

    Raises
    ------
    OptionError
        If the firm table has no column `by`.

    Notes
    -----
    All partnership records count, without window; groups and referrals have no reporter. Reports confirm each other by
    the rule of `build_network`. The interval is that of independent ties and hence somewhat too narrow.

    References
    ----------
    wilson1927

    Examples
    --------
    >>> from clusternet import read_records
    >>> import pandas as pd
    >>> tables = {
    ...     "firms": pd.DataFrame({"firm_id": ["A", "B", "C"], "sector": ["food", "food", "wood"]}),
    ...     "partnerships": pd.DataFrame({"a": ["A"], "b": ["B"], "kind": "alliance", "reported_by": ["A"]}),
    ... }
    >>> coverage(read_records(tables))[["registered", "named", "one_sided", "silent"]].loc["food"].to_dict()
    {'registered': 2, 'named': 2, 'one_sided': 1, 'silent': 1}
    """
    links = link(records, linkage)
    firms = links.firms
    if by not in firms.columns:
        raise OptionError(
            f"the firm table has no column {by!r}.{nearest(by, firms.columns)} It has {listing(firms.columns, 20)}."
        )
    size = len(firms)
    registered = firms["registered"].to_numpy(dtype=bool)
    named = np.zeros(size, dtype=bool)
    for table, column in PARTIES:
        party = links.codes(table, column)
        named[party[party >= 0]] = True
    rules = Rules(LAYERS, ("supply", "referral"), When.of(None, "keep", "open"), "value", {})
    found = partnership_reports(records, links, rules)
    found, pair, one, two = sorted_pairs(found, size)
    settled = reconcile(pair, found, "union")
    count = len(one)
    confirmed = np.bincount(pair, weights=settled.confirmed, minlength=count) > 0
    side = (found.reporter == found.source) | (found.reporter == found.target)
    told = np.bincount(pair, weights=side, minlength=count) > 0
    reporters = links.codes("partnerships", "reported_by")
    reporting = np.zeros(size, dtype=bool)
    reporting[reporters[(reporters >= 0) & (reporters < size)]] = True
    one_sided = told & ~confirmed
    silent = one_sided & ~(reporting[one] & reporting[two])

    label = firms[by].astype("str").fillna(MISSING).to_numpy(dtype=object)
    label[~registered] = OUTSIDE
    order = [*sorted(set(label) - {MISSING, OUTSIDE}), *([MISSING] if MISSING in set(label) else []), OUTSIDE]
    code = pd.Index(order).get_indexer(pd.Index(label)).astype(np.int64)

    def firms_in(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
        return _with_total(np.bincount(code[mask], minlength=len(order)), int(mask.sum()))

    def ties_in(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
        ends = code[one[mask]], code[two[mask]]
        twice = ends[0] == ends[1]
        per = sum(np.bincount(end, minlength=len(order)) for end in ends) - np.bincount(
            ends[0][twice], minlength=len(order)
        )
        return _with_total(per, int(mask.sum()))

    table = pd.DataFrame(
        {
            "registered": firms_in(registered),
            "named": firms_in(registered & named),
            "named_share": np.nan,
            "unregistered": firms_in(~registered & named),
            "reporting": firms_in(reporting),
            "ties": ties_in(np.ones(count, dtype=bool)),
            "confirmed": ties_in(confirmed),
            "one_sided": ties_in(one_sided),
            "unknown": ties_in(~told),
            "silent": ties_in(silent),
        },
        index=pd.Index([*order, TOTAL], name="group"),
    )
    table["named_share"] = table["named"] / table["registered"].where(table["registered"] > 0)
    known = table["confirmed"] + table["one_sided"]
    table["confirmed_share"] = table["confirmed"] / known.where(known > 0)
    table["confirmed_low"], table["confirmed_high"] = _wilson(table["confirmed_share"], known)
    return table


def _with_total(per: NDArray[np.int64], total: int) -> NDArray[np.int64]:
    return np.append(per, total).astype(np.int64)


def _wilson(share: pd.Series, n: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return the 95 % score interval of a share (wilson1927)."""
    z = 1.959963984540054
    n = n.where(n > 0).astype(float)
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    # Exactly 0 and 1 at the ends, where rounding would leave a hair.
    return (middle - half).mask(share == 0, 0.0), (middle + half).mask(share == 1, 1.0)
