"""How concentrated and how special: indices of places and of activities, their growth and their variety."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from clusternet.errors import OptionError, listing
from clusternet.measure import choose
from clusternet.specialization._tables import (
    NAN,
    By,
    aligned,
    cells,
    coded,
    column,
    is_number,
    numbers,
    oriented,
    plogp,
    ratio,
    shares,
    undefined,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


def hhi(
    table: pd.DataFrame, *, by: By = "place", scale: Literal["share", "normalized", "equivalent"] = "share"
) -> pd.Series:
    """Herfindahl-Hirschman index: the sum of the squared shares.

    Parameters
    ----------
    table
        Places in rows, activities in columns: employment or counts.
    by
        "place": each place over its activities. "activity": each activity over the places.
    scale
        "share": the sum H. "normalized": (H - 1/n) / (1 - 1/n), where n counts all columns (or rows), empty ones too.
        "equivalent": 1 / H, the number of equal parts that would give the same H.

    Returns
    -------
    Series
        "share": from 1/n to 1. "normalized": from 0 to 1; NaN when n is 1. "equivalent": from 1 to n.
        NaN for a place or activity without employment.

    Raises
    ------
    OptionError
        If a cell is missing, negative or no number.

    References
    ----------
    hirschman1945, herfindahl1950

    Examples
    --------
    >>> import pandas as pd
    >>> hhi(pd.DataFrame({"wine": [3, 1], "steel": [1, 1]}, index=["Nord", "Sud"])).to_dict()
    {'Nord': 0.625, 'Sud': 0.5}
    """
    choose("scale", scale, ("share", "normalized", "equivalent"))
    values, labels = oriented(table, by)
    index = (shares(values) ** 2).sum(axis=1) + undefined(values)
    n = values.shape[1]
    if scale == "normalized":
        index = (index - 1 / n) / (1 - 1 / n) if n > 1 else np.full(len(index), np.nan)
    elif scale == "equivalent":
        index = ratio(1.0, index)
    return pd.Series(index, index=labels, name="hhi")


def entropy(table: pd.DataFrame, *, by: By = "place", base: float = 2.0) -> pd.Series:
    """Shannon entropy of the shares: how evenly a place spreads over activities, or an activity over places.

    Parameters
    ----------
    table
        Places in rows, activities in columns: employment or counts.
    by
        "place": each place over its activities. "activity": each activity over the places.
    base
        Base of the logarithm, above 1: 2 gives bits, e gives nats.

    Returns
    -------
    Series
        From 0 (all in one) to log n. NaN for a place or activity without employment.

    Raises
    ------
    OptionError
        If a cell is missing, negative or no number, or the base is not above 1.

    References
    ----------
    shannon1948

    Examples
    --------
    >>> import pandas as pd
    >>> entropy(pd.DataFrame({"wine": [4, 1], "steel": [0, 1]}, index=["Nord", "Sud"])).to_dict()
    {'Nord': 0.0, 'Sud': 1.0}
    """
    values, labels = oriented(table, by)
    return pd.Series(_entropy(values, base), index=labels, name="entropy")


def _entropy(values: NDArray[np.float64], base: float) -> NDArray[np.float64]:
    if not (is_number(base) and base > 1):
        raise OptionError(f"base is {base!r}; give a number above 1.")
    # The 0 in front turns the -0 of a single share into 0.
    found: NDArray[np.float64] = undefined(values) - plogp(shares(values)).sum(axis=1) / np.log(base)
    return found


def krugman_index(
    table: pd.DataFrame, *, by: By = "place", reference: Literal["whole", "others"] = "whole"
) -> pd.Series:
    """Krugman index: the sum of the absolute differences between own shares and those of a reference.

    Parameters
    ----------
    table
        Places in rows, activities in columns: employment or counts.
    by
        "place": each place's activity shares (specialization). "activity": each activity's place shares
        (concentration).
    reference
        "whole": the shares of the whole economy, the place itself included. "others": the unweighted mean of the
        other places' (activities') shares.

    Returns
    -------
    Series
        From 0 (the same mix) to 2 (nothing in common); half of it is the specialization coefficient, and its inverse
        the relative diversity index of Duranton and Puga. NaN for a place or activity without employment, and with
        "others" when there is no other.

    Raises
    ------
    OptionError
        If a cell is missing, negative or no number.

    References
    ----------
    krugman1991

    Examples
    --------
    >>> import pandas as pd
    >>> krugman_index(pd.DataFrame({"wine": [4, 0], "steel": [0, 4]}, index=["Nord", "Sud"])).to_dict()
    {'Nord': 1.0, 'Sud': 1.0}
    """
    choose("reference", reference, ("whole", "others"))
    values, labels = oriented(table, by)
    share = shares(values)
    if reference == "whole":
        against = ratio(values.sum(axis=0), values.sum())[None, :]
    else:
        known = np.nan_to_num(share)
        others = (~np.isnan(share).any(axis=1)).sum() - 1
        against = ratio(known.sum(axis=0) - known, max(others, 0))
    return pd.Series(np.abs(share - against).sum(axis=1) + undefined(values), index=labels, name="krugman_index")


def _reference(
    values: NDArray[np.float64], table: pd.DataFrame, by: By, reference: pd.Series | None
) -> NDArray[np.float64]:
    if reference is None:
        total = values.sum(axis=0)
    else:
        across, what = (table.columns, "columns") if by == "place" else (table.index, "index")
        total = aligned(reference, across, "reference")
        beyond = reference[~reference.index.isin(across) & (reference != 0)]
        if len(beyond):
            raise OptionError(
                f"reference has values for {listing(beyond.index)}, which the table lacks. Where they are places "
                f"(activities) without any employment, table.reindex({what}=reference.index, fill_value=0) counts them "
                "in; drop them from the reference otherwise."
            )
    return ratio(total, total.sum())


def hoover(table: pd.DataFrame, *, by: By = "activity", reference: pd.Series | None = None) -> pd.Series:
    """Hoover index: the share that would have to move to match the reference.

    Parameters
    ----------
    table
        Places in rows, activities in columns: employment or counts.
    by
        "activity": how far each activity is from being spread like the reference over the places (concentration).
        "place": how far each place is from the reference mix of activities (specialization).
    reference
        What to compare with, one value per place (by "activity") or per activity (by "place"), such as population;
        the totals of the table when omitted.

    Returns
    -------
    Series
        From 0 to 1: half the sum of absolute differences of shares. NaN for an activity or place without employment.

    Raises
    ------
    OptionError
        If a cell is missing, negative or no number, or the reference lacks a label or has one that the table lacks.

    References
    ----------
    hoover1936

    Examples
    --------
    >>> import pandas as pd
    >>> jobs = pd.DataFrame({"wine": [4, 0], "steel": [0, 4]}, index=["Nord", "Sud"])
    >>> hoover(jobs, reference=pd.Series({"Nord": 1, "Sud": 3})).to_dict()
    {'wine': 0.75, 'steel': 0.25}
    """
    values, labels = oriented(table, by)
    against = _reference(values, table, by, reference)
    found = np.abs(shares(values) - against).sum(axis=1) / 2 + undefined(values)
    return pd.Series(found, index=labels, name="hoover")


def locational_gini(
    table: pd.DataFrame,
    *,
    by: By = "activity",
    reference: Literal["total", "equal"] | pd.Series = "total",
    scale: Literal["area", "half", "normalized"] = "area",
) -> pd.Series:
    """Gini coefficient of an activity over places (or of a place over activities), against a reference distribution.

    The Lorenz curve adds up own shares over reference shares, in ascending order of their ratio.

    Parameters
    ----------
    table
        Places in rows, activities in columns: employment or counts.
    by
        "activity": over the places. "place": over the activities.
    reference
        "total": the totals of the table, so 0 means spread like everything else (Krugman's locational Gini).
        "equal": every place (activity) the same, the plain Gini coefficient. A Series, such as population, one value
        per place (activity). The Gini of location quotients is that of ``location_quotient(table)`` with "equal".
    scale
        "area": twice the area between diagonal and curve. "half": the area itself, at most 1/2, as in Krugman (1991)
        and EconGeo. "normalized": times n / (n - 1), so that 1 can be reached; with the reference "equal" only.

    Returns
    -------
    Series
        From 0 to 1, or to 1/2 with "half". NaN for an activity or place without employment.

    Raises
    ------
    OptionError
        If a cell is missing, negative or no number, the reference lacks a label or has one that the table lacks, or
        "normalized" meets another reference than "equal".

    References
    ----------
    krugman1991, hoover1936

    Examples
    --------
    >>> import pandas as pd
    >>> jobs = pd.DataFrame({"wine": [4, 0], "steel": [4, 8]}, index=["Nord", "Sud"])
    >>> locational_gini(jobs).to_dict()
    {'wine': 0.5, 'steel': 0.16666666666666663}
    """
    choose("scale", scale, ("area", "half", "normalized"))
    values, labels = oriented(table, by)
    if not isinstance(reference, str):
        base = _reference(values, table, by, reference)
    else:
        choose("reference", reference, ("total", "equal"))
        n = values.shape[1]
        base = np.full(n, 1 / n) if reference == "equal" and n else _reference(values, table, by, None)
    if scale == "normalized" and not (isinstance(reference, str) and reference == "equal"):
        raise OptionError("scale='normalized' corrects the plain Gini; give reference='equal', or another scale.")
    share = shares(values)
    found = np.full(len(labels), np.nan)
    for row in range(len(labels)):
        if np.isnan(share[row]).any() or np.isnan(base).any() or not len(base):
            continue
        steep = np.divide(share[row], base, out=np.where(share[row] > 0, np.inf, 0.0), where=base > 0)
        order = np.argsort(steep, kind="stable")
        height = np.cumsum(share[row][order])
        found[row] = 1 - (base[order] * (2 * height - share[row][order])).sum()
    if scale == "half":
        found /= 2
    elif scale == "normalized":
        n = values.shape[1]
        found *= n / (n - 1) if n > 1 else NAN
    return pd.Series(np.where(found < 0, 0.0, found), index=labels, name="locational_gini")


def hachman(table: pd.DataFrame) -> pd.Series:
    """Hachman index: how close the mix of a place is to that of the whole economy.

    H_i = 1 / sum_j LQ_ij s_ij, one over the place's own-share-weighted mean location quotient.

    Parameters
    ----------
    table
        Places in rows, activities in columns: employment or counts.

    Returns
    -------
    Series
        Above 0, up to 1 (the same mix as the whole). NaN for a place without employment.

    Raises
    ------
    OptionError
        If a cell is missing, negative or no number.

    References
    ----------
    hachman1995

    Examples
    --------
    >>> import pandas as pd
    >>> hachman(pd.DataFrame({"wine": [4, 0], "steel": [0, 4]}, index=["Nord", "Sud"])).to_dict()
    {'Nord': 0.5, 'Sud': 0.5}
    """
    values = cells(table)
    share = shares(values)
    quotient = np.nan_to_num(ratio(share, ratio(values.sum(axis=0), values.sum())))
    return pd.Series(ratio(1.0, (quotient * share).sum(axis=1)), index=table.index, name="hachman")


def ellison_glaeser(
    plants: pd.DataFrame,
    *,
    place: str = "place",
    activity: str = "activity",
    size: str = "employment",
    reference: pd.Series | None = None,
) -> pd.DataFrame:
    """Ellison-Glaeser index: how far an activity is more concentrated than its plants would be if thrown like darts.

    With s an activity's shares of places, x the reference shares and z its plants' shares of its employment:
    G = sum (s - x)^2, H = sum z^2, gamma = (G - (1 - sum x^2) H) / ((1 - sum x^2) (1 - H)). Unbiased: random location
    gives 0 on average, however large the plants. Ellison and Glaeser call above 0.05 highly concentrated, below 0.02
    not very.

    Parameters
    ----------
    plants
        One row per plant or firm.
    place, activity, size
        Columns that say where the plant is, what it does and how large it is (employment, nonnegative).
    reference
        One value per place, such as all employment there; every place that shall count, also one without a plant. The
        plants' total by place when omitted.

    Returns
    -------
    DataFrame
        One row per activity: ``n_plants``; ``gamma``; ``sd``, its standard deviation under random location;
        ``concentration`` G; ``expected`` G under random location, (1 - sum x^2) H; ``plant_hhi`` H; and ``z``,
        (G - expected) over its standard deviation. gamma, sd and z are NaN when one plant holds everything or there is
        one place; all but n_plants when the plants have no employment. z compares with random location, it does not
        test gamma = 0 against small samples: with few plants its distribution is skewed.

    Raises
    ------
    OptionError
        If a column is not there, a plant lacks place, activity or size, a size is negative, or the reference lacks a
        place.

    References
    ----------
    ellisonglaeser1997

    Examples
    --------
    >>> import pandas as pd
    >>> plants = pd.DataFrame({"place": ["Nord", "Nord", "Sud"], "activity": "wine", "employment": [50, 30, 20]})
    >>> ellison_glaeser(plants, reference=pd.Series({"Nord": 50, "Sud": 50}))["gamma"].round(3).to_dict()
    {'wine': -0.032}
    """
    where, what = column(plants, place, "plants"), column(plants, activity, "plants")
    employment = numbers(column(plants, size, "plants"), size)
    nowhere = (where.isna() | what.isna()).to_numpy()
    if nowhere.any():
        raise OptionError(
            f"plants without {place} or {activity}: {listing(plants.index[nowhere])}. Fill them in or drop these rows."
        )
    if reference is None:
        down, places = coded(where)
        total = np.bincount(down, weights=employment, minlength=len(places)).astype("float64")
    else:
        places = reference.index if isinstance(reference, pd.Series) else pd.Index([])
        total = aligned(reference, places, "reference")
        down = places.get_indexer(where)
        if (down < 0).any():
            raise OptionError(f"reference lacks places that plants name: {listing(where[down < 0].unique())}.")
    across, activities = coded(what)
    x = ratio(total, total.sum())
    count = len(activities)
    n = np.bincount(across, minlength=count)
    whole = np.bincount(across, weights=employment, minlength=count)
    z = ratio(employment, whole[across])
    s = np.bincount(across * len(places) + down, weights=z, minlength=count * len(places)).reshape(count, len(places))
    concentration = ((s - x) ** 2).sum(axis=1)
    h = np.bincount(across, weights=z**2, minlength=count)
    h4 = np.bincount(across, weights=z**4, minlength=count)
    x2, x3 = (x**2).sum(), (x**3).sum()
    variance = 2 * (h**2 * (x2 - 2 * x3 + x2**2) - h4 * (x2 - 4 * x3 + 3 * x2**2))
    spread = (1 - x2) * (1 - h)
    # One plant, or one place, leaves nothing to compare; rounding must not turn that into a large number.
    spread = np.where(spread > 1e-12, spread, 0.0)
    deviation = np.where(spread > 0, np.sqrt(np.maximum(variance, 0.0)), np.nan)
    expected = (1 - x2) * h
    return pd.DataFrame(
        {
            "n_plants": n,
            "gamma": ratio(concentration - expected, spread),
            "sd": ratio(deviation, spread),
            "concentration": concentration,
            "expected": expected,
            "plant_hhi": h,
            "z": ratio(concentration - expected, deviation),
        },
        index=pd.Index(activities, name=activity),
    )


def litzenberger_sternberg(
    table: pd.DataFrame, *, plants: pd.DataFrame, area: pd.Series, population: pd.Series
) -> pd.DataFrame:
    """Cluster index of Litzenberger and Sternberg: relative density times relative specialization over relative size.

    CI_ij = [(e_ij/a_i) / (e_.j/a)] [(e_ij/p_i) / (e_.j/p)] / [(e_ij/b_ij) / (e_.j/b_.j)], with area a, population p
    and number of plants b. High where many small plants of an activity crowd in one place.

    Parameters
    ----------
    table
        Employment, places in rows, activities in columns.
    plants
        Number of plants, same rows and columns.
    area, population
        One positive value per place.

    Returns
    -------
    DataFrame
        Shape and labels of `table`, from 0 up; 1 is the average. NaN where there is no employment or no plant.

    Raises
    ------
    OptionError
        If a cell is missing or negative, the two tables have other labels, or a place has no area or population.

    References
    ----------
    litzenberger2006

    Examples
    --------
    >>> import pandas as pd
    >>> jobs = pd.DataFrame({"wine": [30, 10]}, index=["Nord", "Sud"])
    >>> plants = pd.DataFrame({"wine": [6, 1]}, index=["Nord", "Sud"])
    >>> one = pd.Series({"Nord": 1, "Sud": 1})
    >>> litzenberger_sternberg(jobs, plants=plants, area=one, population=one)["wine"].round(3).to_dict()
    {'Nord': 2.571, 'Sud': 0.143}
    """
    employment, number = cells(table), cells(plants, "plants")
    if not (table.index.equals(plants.index) and table.columns.equals(plants.columns)):
        raise OptionError("plants must have the rows and columns of the table, in the same order.")
    parts = {"area": aligned(area, table.index, "area"), "population": aligned(population, table.index, "population")}
    for name, values in parts.items():
        if (values == 0).any():
            raise OptionError(f"{name} is 0 in {listing(table.index[values == 0])}; give positive values.")
    whole = employment.sum(axis=0)
    dense = [ratio(employment / v[:, None], whole / v.sum()) for v in parts.values()]
    size = ratio(ratio(employment, number), ratio(whole, number.sum(axis=0)))
    return pd.DataFrame(ratio(dense[0] * dense[1], size), index=table.index, columns=table.columns)


def shift_share(
    start: pd.DataFrame,
    end: pd.DataFrame,
    *,
    variant: Literal["classic", "homothetic"] = "classic",
    zero_cells: Literal["competitive", "undefined"] = "competitive",
) -> pd.DataFrame:
    """Shift-share analysis: split each place's change into national growth, activity mix and local performance.

    With growth g of the whole, g_j of an activity and g_ij of an activity in a place: national sum_j e_ij g, mix
    sum_j e_ij (g_j - g), competitive sum_j e_ij (g_ij - g_j). The homothetic variant of Esteban-Marquillas takes the
    competitive effect at the employment the place would have with the mix of the whole, b_ij = e_i. e_.j / e_..; the
    rest, sum_j (e_ij - b_ij)(g_ij - g_j), is the allocation effect.

    Parameters
    ----------
    start, end
        Employment at the two dates, places in rows, activities in columns, same labels.
    variant
        "classic" or "homothetic".
    zero_cells
        What happens where a place has none of an activity at the start, so that g_ij is undefined. "competitive": the
        whole change of the cell counts as competitive, so that the components always add up. "undefined": the
        competitive and allocation effects of that place are NaN.

    Returns
    -------
    DataFrame
        One row per place, in the unit of the table: ``change``, ``national``, ``mix``, ``competitive`` and, if
        homothetic, ``allocation``. Apart from NaN the components add up to the change. All components are NaN when
        nothing is there at the start.

    Raises
    ------
    OptionError
        If a cell is missing, negative or no number, or the labels of the two tables differ.

    References
    ----------
    dunn1960, estebanmarquillas1972

    Examples
    --------
    >>> import pandas as pd
    >>> before = pd.DataFrame({"wine": [50, 50], "steel": [50, 50]}, index=["Nord", "Sud"])
    >>> after = pd.DataFrame({"wine": [80, 60], "steel": [50, 30]}, index=["Nord", "Sud"])
    >>> shift_share(before, after).loc["Nord"].round(6).abs().to_dict()
    {'change': 30.0, 'national': 10.0, 'mix': 0.0, 'competitive': 20.0}
    """
    choose("variant", variant, ("classic", "homothetic"))
    choose("zero_cells", zero_cells, ("competitive", "undefined"))
    before, after = cells(start, "start"), cells(end, "end")
    if not (start.index.equals(end.index) and start.columns.equals(end.columns)):
        sides = (
            (start.index, end.index),
            (end.index, start.index),
            (start.columns, end.columns),
            (end.columns, start.columns),
        )
        differ = [label for one, other in sides for label in one[~one.isin(other)]]
        raise OptionError(
            f"start and end must have the same rows and columns in the same order; they differ in "
            f"{listing(differ) if differ else 'the order'}. end.reindex_like(start).fillna(0) mends it where absent "
            "means none."
        )
    local, activity, whole = before.sum(axis=1), before.sum(axis=0), before.sum()
    growth = after.sum() / whole - 1 if whole else NAN
    by_activity = ratio(after.sum(axis=0), activity) - 1
    mix = (before * np.where(activity > 0, by_activity - growth, 0.0)).sum(axis=1)
    # What a cell gained beyond its activity's growth; an activity that is new everywhere has no growth to beat.
    beyond = after - before * (1 + np.where(activity > 0, by_activity, 0.0))
    fresh = before == 0
    undefined = fresh.any(axis=1) if zero_cells == "undefined" else np.zeros(len(before), dtype=bool)
    found: dict[str, Any] = {
        "change": after.sum(axis=1) - local,
        "national": local * growth,
        "mix": np.where(np.isnan(growth), np.nan, mix),
    }
    if variant == "classic":
        competitive = beyond.sum(axis=1)
    else:
        homothetic = np.outer(local, ratio(activity, whole))
        rate = np.divide(beyond, before, out=np.zeros_like(beyond), where=~fresh)
        competitive = np.where(fresh, beyond, homothetic * rate).sum(axis=1)
        found["allocation"] = np.where(fresh, 0.0, (before - homothetic) * rate).sum(axis=1)
        found["allocation"] = np.where(undefined | np.isnan(growth), np.nan, found["allocation"])
    found["competitive"] = np.where(undefined | np.isnan(growth), np.nan, competitive)
    order = ["change", "national", "mix", "competitive", *(["allocation"] if variant == "homothetic" else [])]
    return pd.DataFrame(found, index=start.index)[order]


def variety(
    table: pd.DataFrame,
    *,
    groups: Mapping[object, object] | pd.Series | Callable[[Any], object],
    base: float = 2.0,
) -> pd.DataFrame:
    """Related and unrelated variety: entropy within and between broad groups of activities.

    Parameters
    ----------
    table
        Places in rows, detailed activities in columns: employment or counts.
    groups
        Broad group of each activity: a dict, a Series indexed by activity, or a function of the activity's label
        (``lambda code: code[:2]`` for two-digit groups).
    base
        Base of the logarithm, above 1; 2 gives bits.

    Returns
    -------
    DataFrame
        One row per place: ``unrelated`` (entropy between groups), ``related`` (mean entropy within groups, weighted
        by the groups' shares) and ``total``, their sum, which is the entropy over all activities. All are nonnegative;
        NaN for a place without employment.

    Raises
    ------
    OptionError
        If an activity has no group, a cell is missing or negative, or the base is not above 1.

    References
    ----------
    frenken2007

    Examples
    --------
    >>> import pandas as pd
    >>> jobs = pd.DataFrame({"1a": [1, 2], "1b": [1, 0], "2a": [2, 2]}, index=["Nord", "Sud"])
    >>> variety(jobs, groups=lambda code: code[0]).loc["Nord"].to_dict()
    {'unrelated': 1.0, 'related': 0.5, 'total': 1.5}
    """
    values = cells(table)
    if not (callable(groups) or isinstance(groups, (Mapping, pd.Series))):
        raise OptionError(
            f"groups is a {type(groups).__name__}; give a dict or Series from activity to group, or a function of the "
            "activity's label, such as lambda code: code[:2]."
        )
    if isinstance(groups, pd.Series) and not groups.index.is_unique:
        twice = groups.index[groups.index.duplicated()].unique()
        raise OptionError(f"groups names more than once: {listing(twice)}.")
    given = table.columns.to_series().map(groups)
    if given.isna().any():
        raise OptionError(f"groups has no group for {listing(table.columns[given.isna()])}.")
    codes, labels = pd.factorize(given)
    broad = np.zeros((len(values), len(labels)))
    np.add.at(broad.T, codes, values.T)
    total, unrelated = _entropy(values, base), _entropy(broad, base)
    # Rounding must not make a place without any variety within groups negative.
    return pd.DataFrame(
        {"unrelated": unrelated, "related": np.maximum(total - unrelated, 0.0), "total": total}, index=table.index
    )
