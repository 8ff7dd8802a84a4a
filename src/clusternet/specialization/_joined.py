"""Capabilities joined to who works with whom: coverage with partners, bundles, communities, coreness."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clusternet.errors import NetworkError, OptionError, listing, nearest
from clusternet.measure import whole_number
from clusternet.result import Result, Settings
from clusternet.specialization._concentration import variety
from clusternet.specialization._niche import d_prime, niche_width, uniqueness
from clusternet.specialization._tables import NAN, aligned, cells, coded, ratio

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from scipy import sparse

    from clusternet.network import Network

MOST_TAGS = 10


def _holders(network: Network, table: pd.DataFrame) -> NDArray[np.bool_]:
    """Return who holds what, one row per firm of the network; a firm that the table does not name holds nothing."""
    if network.is_two_mode:
        raise NetworkError(
            "in a two-mode network the partners of a firm are agreements, which hold no capabilities; "
            "net.project(mode) makes a one-mode network of it."
        )
    held = cells(table) > 0
    place = network.firms.index.get_indexer(table.index)
    if (place < 0).any():
        raise OptionError(
            f"the table has firms that the network lacks: {listing(table.index[place < 0])}. "
            "Keep table.loc[table.index.isin(network.firms.index)] to go on without them."
        )
    found = np.zeros((len(network), held.shape[1]), dtype=bool)
    found[place] = held
    return found


def capability_coverage(network: Network, table: pd.DataFrame, *, steps: int = 1) -> pd.DataFrame:
    """Share of all capabilities that a firm can offer alone, and together with its partners.

    Parameters
    ----------
    network
        Who works with whom, a one-mode network; direction is forgotten, strengths are ignored.
    table
        Firms in rows, capabilities in columns: 1 for "has it", or a nonnegative weight (any above 0 counts). A firm of
        the network that the table does not name has none. Columns that no firm has do not count.
    steps
        How far partners may be: 1 for direct partners, 2 for their partners too.

    Returns
    -------
    DataFrame
        One row per firm of the network: ``own`` and ``with_partners``, shares from 0 to 1 of the capabilities in the
        table, and ``gain``, their difference. NaN when nobody has any.

    Raises
    ------
    NetworkError
        If the network is two-mode.
    OptionError
        If the table names a firm that the network lacks, a cell is missing or negative, or steps is below 1.

    Examples
    --------
    >>> import pandas as pd
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo")], firms=["Ada", "Bo", "Cy"])
    >>> has = pd.DataFrame({"milling": [1, 0], "welding": [0, 1]}, index=["Ada", "Bo"])
    >>> capability_coverage(net, has)["with_partners"].to_dict()
    {'Ada': 1.0, 'Bo': 1.0, 'Cy': 0.0}
    """
    reach = whole_number("steps", steps, 1)
    held = _holders(network, table)
    held = held[:, held.any(axis=0)]
    near = network.simple("undirected").csr()
    together = held.astype("float64")
    for _ in range(reach):
        together = ((together + near @ together) > 0).astype("float64")
    count = held.shape[1]
    own, partners = ratio(held.sum(axis=1), count), ratio(together.sum(axis=1), count)
    return pd.DataFrame({"own": own, "with_partners": partners, "gain": partners - own}, index=network.firms.index)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class BundleCoverage(Result):
    """Which demanded bundles of capabilities a connected set of firms can deliver.

    Attributes
    ----------
    share
        Share of the demand (number of bundles, or of their weights) that is covered, 0 to 1; NaN without demand.
    bundles
        DataFrame, one row per bundle: ``tags``, how many capabilities it asks for; ``weight``; ``covered``;
        ``missing``, how many of them no firm of the best connected component has; and ``n_firms``, the size of the
        smallest connected set of firms that has all of them, be it too large or not; NaN if no ``max_firms`` was given
        or there is no such set.
    settings
        Parameters and version.
    """

    share: float
    bundles: pd.DataFrame
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return ``bundles``."""
        return self.bundles

    def summary(self) -> str:
        """Return the share in one line."""
        return (
            f"{int(self.bundles['covered'].sum()):,} of {len(self.bundles):,} bundles covered, share {self.share:.3f}"
        )


def bundle_coverage(
    network: Network,
    table: pd.DataFrame,
    bundles: Mapping[object, object],
    *,
    max_firms: int | None = None,
    weights: pd.Series | None = None,
) -> BundleCoverage:
    """Share of demanded bundles that some connected set of firms can cover between them.

    Parameters
    ----------
    network
        Who works with whom, a one-mode network; direction is forgotten, strengths are ignored.
    table
        Firms in rows, capabilities in columns: 1 for "has it", or a nonnegative weight (any above 0 counts).
    bundles
        Name of the bundle to the capabilities it asks for, such as ``{"retrofit": ["welding", "design"]}``. A
        capability that no column names is one that nobody has.
    max_firms
        Largest team: a bundle counts as covered only if a connected set of at most so many firms covers it. The
        smallest such set is found exactly, by dynamic programming over subsets of the bundle, so a bundle may ask for
        at most 10 capabilities. Any number of connected firms when omitted.
    weights
        Demand of each bundle, a nonnegative Series by bundle; all equal when omitted.

    Returns
    -------
    BundleCoverage
        The share, one row per bundle, and the settings.

    Raises
    ------
    NetworkError
        If the network is two-mode.
    OptionError
        If a bundle is empty or, with `max_firms`, has more than 10 capabilities; the table names a firm that the
        network lacks; a cell is missing or negative; or weights lack a bundle.

    References
    ----------
    dreyfuswagner1971

    Examples
    --------
    >>> import pandas as pd
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy")], firms=["Ada", "Bo", "Cy", "Di"])
    >>> has = pd.DataFrame({"milling": [1, 0, 0], "welding": [0, 1, 0], "design": [0, 0, 1]}, index=["Ada", "Cy", "Di"])
    >>> bundle_coverage(net, has, {"frame": ["milling", "welding"], "house": ["milling", "design"]}, max_firms=5)
    <BundleCoverage: 1 of 2 bundles covered, share 0.500>
    """
    limit = None if max_firms is None else whole_number("max_firms", max_firms, 1)
    if not isinstance(bundles, Mapping):
        raise OptionError(
            f"bundles is a {type(bundles).__name__}; give a dict from the bundle's name to its capabilities, such as "
            '{"retrofit": ["welding", "design"]}.'
        )
    held = _holders(network, table)
    names = pd.Index(list(bundles), name="bundle", tupleize_cols=False)
    weight = np.ones(len(names)) if weights is None else aligned(weights, names, "weights")
    components = network.component_codes()
    count = int(components.max(initial=-1)) + 1
    has = np.zeros((count, held.shape[1]), dtype=bool)
    np.logical_or.at(has, components, held)
    near = network.simple("undirected").csr()
    rows = []
    for name, asked in bundles.items():
        tags = _tags(name, asked)
        columns = table.columns.get_indexer(pd.Index(tags, dtype=object))
        known = columns[columns >= 0]
        best = int(has[:, known].sum(axis=1).max(initial=0))
        covered, team = best == len(tags), NAN
        if limit is not None:
            if len(tags) > MOST_TAGS:
                raise OptionError(
                    f"bundle {name!r} asks for {len(tags)} capabilities; with max_firms at most {MOST_TAGS} can be "
                    "searched. Leave max_firms out, or split the bundle."
                )
            if covered:
                team = _smallest_team(near, held[:, known])
                covered = team <= limit
        rows.append({"tags": len(tags), "covered": covered, "missing": len(tags) - best, "n_firms": team})
    made = pd.DataFrame(rows, columns=["tags", "covered", "missing", "n_firms"], index=names)
    made = made.astype({"tags": "int64", "covered": "bool", "missing": "int64", "n_firms": "float64"})
    made.insert(1, "weight", weight)
    share = ratio(weight[made["covered"].to_numpy()].sum(), weight.sum())
    return BundleCoverage(share=float(share), bundles=made, settings=Settings({"max_firms": limit}))


def _tags(name: object, asked: object) -> list[Any]:
    tags = list(asked) if isinstance(asked, Iterable) and not isinstance(asked, str) else [asked]
    odd = [tag for tag in tags if not pd.api.types.is_hashable(tag)]
    if odd:
        raise OptionError(f"bundle {name!r} asks for {listing(odd)}; give names of capabilities.")
    tags = list(dict.fromkeys(tags))
    if not tags:
        raise OptionError(f"bundle {name!r} asks for no capability; leave it out.")
    return tags


def _smallest_team(near: sparse.csr_array, held: NDArray[np.bool_]) -> float:
    """Return the number of firms in the smallest connected set that holds every column.

    cost[subset][firm] is the size of the smallest connected set with this firm that holds the subset (Dreyfus and
    Wagner, with costs on firms and one group of firms per capability).
    """
    n, k = held.shape
    source = np.repeat(np.arange(n), np.diff(near.indptr))
    target = near.indices
    cost = np.full((1 << k, n), np.inf, dtype=np.float32)
    for tag in range(k):
        cost[1 << tag, held[:, tag]] = 1.0
    for subset in range(1, 1 << k):
        now = cost[subset]
        part = (subset - 1) & subset
        while part > subset ^ part:
            # Two sets that meet in a firm count it once.
            np.minimum(now, cost[part] + cost[subset ^ part] - 1, out=now)
            part = (part - 1) & subset
        while True:
            further = now.copy()
            np.minimum.at(further, target, now[source] + 1)
            if (further == now).all():
                break
            now[:] = further
    return float(cost[-1].min(initial=np.inf))


def community_variety(
    table: pd.DataFrame,
    membership: pd.Series,
    *,
    groups: Mapping[object, object] | pd.Series | Callable[[Any], object],
    base: float = 2.0,
    minimum: int = 5,
) -> pd.DataFrame:
    """Related and unrelated variety within each community of firms.

    Parameters
    ----------
    table
        Firms in rows, detailed activities (or capabilities) in columns: employment, counts or 1 for "does it"; made by
        ``tabulate(firms, rows=..., columns=...)``.
    membership
        Community of each firm, such as ``communities(net).membership``. Firms without one (NaN), and firms that the
        table or the membership does not name, take no part.
    groups
        Broad group of each activity: a dict, a Series indexed by activity, or a function of the activity's label.
    base
        Base of the logarithm, above 1; 2 gives bits.
    minimum
        Smallest number of firms with an activity for which variety is told.

    Returns
    -------
    DataFrame
        One row per community, in the order of its label: ``n_firms`` (with an activity), ``unrelated``, ``related``,
        ``total`` as in `variety`, and ``too_few``, in which case the three are NaN. Entropy of few firms is biased
        downward, so compare communities of like size.

    Raises
    ------
    OptionError
        If an activity has no group, a cell is missing or negative, or an option is out of range.

    References
    ----------
    frenken2007

    Examples
    --------
    >>> import pandas as pd
    >>> does = pd.DataFrame({"1a": [1, 0, 0], "1b": [0, 1, 0], "2a": [0, 0, 1]}, index=["Ada", "Bo", "Cy"])
    >>> together = pd.Series({"Ada": 0, "Bo": 0, "Cy": 1})
    >>> community_variety(does, together, groups=lambda code: code[0], minimum=1)["related"].to_dict()
    {0: 1.0, 1: 0.0}
    """
    least = whole_number("minimum", minimum, 1)
    values = cells(table)
    group = _by_firm(membership, table.index, "membership")
    busy = values.sum(axis=1) > 0
    # Where some firm has no community, whole numbers have become floats on the way.
    codes, labels = coded(group.where(busy))
    labels = labels.astype(membership.dtype)
    inside = codes >= 0
    summed = np.zeros((len(labels), values.shape[1]))
    np.add.at(summed, codes[inside], values[inside])
    found = variety(pd.DataFrame(summed, index=labels, columns=table.columns), groups=groups, base=base)
    found.index.name = "community"
    n = np.bincount(codes[inside], minlength=len(labels))
    found[n < least] = np.nan
    found.insert(0, "n_firms", n)
    found["too_few"] = n < least
    return found


def _by_firm(values: pd.Series, firms: pd.Index, what: str) -> pd.Series:
    if not isinstance(values, pd.Series):
        raise OptionError(f"{what} is a {type(values).__name__}; give a Series indexed by firm.")
    if not values.index.is_unique:
        raise OptionError(f"{what} names firms more than once: {listing(values.index[values.index.duplicated()])}.")
    if len(firms) and not firms.isin(values.index).any():
        raise OptionError(
            f"{what} names none of the firms of the table: {listing(values.index)}."
            f"{nearest(str(firms[0]), map(str, values.index))} Index both by firm id."
        )
    return values.reindex(firms)


def specialization_by_coreness(
    table: pd.DataFrame, coreness: pd.Series, *, bins: int | None = None, minimum: int = 5
) -> pd.DataFrame:
    """Breadth of capabilities from the periphery to the core: niche width, d' and uniqueness by coreness.

    Parameters
    ----------
    table
        Firms in rows, capabilities in columns: 1 for "has it", or a nonnegative weight.
    coreness
        Coreness of each firm, such as ``k_coreness(net)`` or a core-periphery coreness. Firms without one (NaN), and
        firms without capabilities, take no part.
    bins
        Number of groups of about equal size, by rank of coreness; firms of equal coreness stay together. One group per
        value when omitted.
    minimum
        Smallest number of firms for which a group's means are told.

    Returns
    -------
    DataFrame
        One row per group, from the periphery to the core: ``lowest`` and ``highest`` coreness in it, ``n_firms``, the
        means of ``niche_width`` (Levins), ``d_prime`` and ``uniqueness``, and ``too_few``, in which case the means are
        NaN. d' and uniqueness compare with all firms of the table.

    Raises
    ------
    OptionError
        If coreness is no number, a cell is missing or negative, or an option is out of range.

    References
    ----------
    levins1968, bluethgen2006

    Examples
    --------
    >>> import pandas as pd
    >>> has = pd.DataFrame({"milling": [1, 1, 0], "welding": [1, 0, 1]}, index=["Ada", "Bo", "Cy"])
    >>> coreness = pd.Series({"Ada": 2, "Bo": 1, "Cy": 1})
    >>> specialization_by_coreness(has, coreness, minimum=1)["niche_width"].to_dict()
    {0: 1.0, 1: 2.0}
    """
    least = whole_number("minimum", minimum, 1)
    if bins is not None:
        whole_number("bins", bins, 1)
    core = _by_firm(coreness, table.index, "coreness")
    if not pd.api.types.is_numeric_dtype(core.dtype):
        raise OptionError(f"coreness must hold numbers; found {listing(core.dropna().unique())}.")
    per_firm = pd.DataFrame(
        {"niche_width": niche_width(table), "d_prime": d_prime(table)["d_prime"], "uniqueness": uniqueness(table)}
    )
    taking = core.notna() & per_firm["niche_width"].notna()
    core, per_firm = core[taking].astype("float64"), per_firm[taking]
    if bins is None:
        codes = pd.factorize(core, sort=True)[0]
    else:
        rank = core.rank(method="average", pct=True)
        codes = pd.factorize(np.ceil(rank * bins - 1e-9), sort=True)[0]
    grouped = per_firm.groupby(codes)
    n = np.bincount(codes) if len(codes) else np.zeros(0, dtype=np.int64)
    means = grouped.mean()
    means[n < least] = np.nan
    ends = core.groupby(codes).agg(["min", "max"])
    means.insert(0, "lowest", ends["min"])
    means.insert(1, "highest", ends["max"])
    means.insert(2, "n_firms", n)
    means["too_few"] = n < least
    return means.reset_index(drop=True)
