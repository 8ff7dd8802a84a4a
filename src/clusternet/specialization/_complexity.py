"""What goes together: co-occurrence, relatedness, proximity, and the complexity read from who has what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from clusternet.errors import OptionError
from clusternet.measure import choose, whole_number
from clusternet.result import Result, Settings
from clusternet.specialization._tables import BY, By, cells, presence, ratio, square

if TYPE_CHECKING:
    from numpy.typing import NDArray

Method = Literal["eigenvector", "reflections", "fitness"]
Scale = Literal["sample_sd", "population_sd", "percent", "raw"]


def _pairs(table: pd.DataFrame, by: By) -> tuple[NDArray[np.float64], pd.Index]:
    choose("by", by, BY)
    values = presence(table)
    return (values @ values.T, table.index) if by == "place" else (values.T @ values, table.columns)


def co_occurrence(table: pd.DataFrame, *, by: By = "activity") -> pd.DataFrame:
    """Count in how many places two activities are both present (or how many activities two places share).

    Parameters
    ----------
    table
        Presence, 1 or 0: places in rows, activities in columns, such as ``rca(employment)``; or firms by capabilities.
    by
        "activity": pairs of columns. "place": pairs of rows.

    Returns
    -------
    DataFrame
        Square, symmetric, counts, with a zero diagonal.

    Raises
    ------
    OptionError
        If a cell is neither 0 nor 1.

    References
    ----------
    vaneck2009

    Examples
    --------
    >>> import pandas as pd
    >>> has = pd.DataFrame({"wine": [1, 1, 0], "cork": [1, 1, 1], "steel": [0, 0, 1]})
    >>> co_occurrence(has)["cork"].to_dict()
    {'wine': 2.0, 'cork': 0.0, 'steel': 1.0}
    """
    counts, labels = _pairs(table, by)
    np.fill_diagonal(counts, 0.0)
    return pd.DataFrame(counts, index=labels, columns=labels)


def relatedness(
    counts: pd.DataFrame, *, variant: Literal["probability", "association", "cosine", "jaccard"] = "probability"
) -> pd.DataFrame:
    """Normalize co-occurrences: how much more often two activities meet than their totals suggest.

    With c_ij the co-occurrences (diagonal set to 0), s_i their row sums and T their total: association
    c_ij T / (s_i s_j); probability, the same with draws without repetition,
    c_ij / (T/2 [s_i s_j / (T (T - s_i)) + s_i s_j / (T (T - s_j))]); cosine c_ij / sqrt(s_i s_j); jaccard
    c_ij / (s_i + s_j - c_ij).

    Parameters
    ----------
    counts
        Square, symmetric table of co-occurrences, from `co_occurrence` or any other source. The diagonal is ignored.
    variant
        Which normalization. Cosine and Jaccard are those of the co-occurrence table, as in EconGeo, not those of the
        sets of places; `proximity` compares sets.

    Returns
    -------
    DataFrame
        Square, symmetric, from 0 up, zero diagonal; 1 is what chance gives for "probability" and "association". 0
        for an activity that never meets another.

    Raises
    ------
    OptionError
        If the table is not square and symmetric, or a cell is missing or negative.

    References
    ----------
    vaneck2009, steijn2021

    Examples
    --------
    >>> import pandas as pd
    >>> has = pd.DataFrame({"wine": [1, 1, 0], "cork": [1, 1, 1], "steel": [0, 0, 1]})
    >>> relatedness(co_occurrence(has), variant="association").loc["wine", "cork"]
    np.float64(2.0)
    """
    choose("variant", variant, ("probability", "association", "cosine", "jaccard"))
    c = square(counts, "counts").copy()
    np.fill_diagonal(c, 0.0)
    s, t = c.sum(axis=0), c.sum()
    product = np.outer(s, s)
    if variant == "association":
        found = ratio(c * t, product)
    elif variant == "cosine":
        found = ratio(c, np.sqrt(product))
    elif variant == "jaccard":
        found = ratio(c, s[:, None] + s[None, :] - c)
    else:
        rest = ratio(1.0, t - s)
        found = ratio(c, product * (rest[:, None] + rest[None, :]) / 2)
    return pd.DataFrame(np.nan_to_num(found), index=counts.index, columns=counts.columns)


def proximity(table: pd.DataFrame, *, by: By = "activity") -> pd.DataFrame:
    """Proximity of Hidalgo et al.: the smaller of the two conditional probabilities of having one given the other.

    phi_ij = c_ij / max(u_i, u_j), with u the number of places that have the activity.

    Parameters
    ----------
    table
        Presence, 1 or 0: places in rows, activities in columns, such as ``rca(employment)``.
    by
        "activity": between columns. "place": between rows.

    Returns
    -------
    DataFrame
        Square, symmetric, from 0 to 1, diagonal 1. NaN between activities that no place has, and on their diagonal.

    Raises
    ------
    OptionError
        If a cell is neither 0 nor 1.

    References
    ----------
    hidalgo2007

    Examples
    --------
    >>> import pandas as pd
    >>> has = pd.DataFrame({"wine": [1, 1, 0, 0], "cork": [1, 1, 1, 1]})
    >>> proximity(has).loc["wine", "cork"]
    np.float64(0.5)
    """
    both, labels = _pairs(table, by)
    u = np.diag(both)
    return pd.DataFrame(ratio(both, np.maximum(u[:, None], u[None, :])), index=labels, columns=labels)


def relatedness_density(table: pd.DataFrame, related: pd.DataFrame) -> pd.DataFrame:
    """Relatedness density: how much of what is related to an activity a place already has.

    d_ij = sum_k M_ik R_jk / sum_k R_jk.

    Parameters
    ----------
    table
        Presence M, 1 or 0: places in rows, activities in columns.
    related
        Relatedness R of the activities, square: from `relatedness` (zero diagonal), or from `proximity`, whose
        diagonal of 1 counts the activity itself in, as Hidalgo et al. do.

    Returns
    -------
    DataFrame
        Shape and labels of `table`, from 0 to 1. NaN for an activity that is related to nothing. Keep the absent
        activities with ``.where(table == 0)``.

    Raises
    ------
    OptionError
        If a cell is neither 0 nor 1, or `related` has other activities than the table.

    References
    ----------
    hidalgo2007, boschma2013

    Examples
    --------
    >>> import pandas as pd
    >>> has = pd.DataFrame({"wine": [1, 1, 0], "cork": [1, 0, 1], "steel": [0, 0, 1]}, index=["Est", "Nord", "Sud"])
    >>> relatedness_density(has, relatedness(co_occurrence(has))).loc["Nord"].to_dict()
    {'wine': 0.0, 'cork': 0.5, 'steel': 0.0}
    """
    has = presence(table)
    if isinstance(related, pd.DataFrame):
        if not (related.index.equals(table.columns) and related.columns.equals(table.columns)):
            raise OptionError("related must have the activities of the table in rows and columns, in the same order.")
        # Two activities that nobody has are NaN in a proximity table; they add nothing to any other.
        missing = related.isna().to_numpy(dtype=bool)
        absent = np.diag(missing)
        related = related.mask(absent[:, None] & absent & missing, 0.0)
    r = cells(related, "related")
    return pd.DataFrame(ratio(has @ r.T, r.sum(axis=1)), index=table.index, columns=table.columns)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Complexity(Result):
    """Complexity of places and of activities.

    Attributes
    ----------
    places
        Series, the complexity of each place (ECI, KCI or fitness); NaN for a place that has nothing.
    activities
        Series, the complexity of each activity (PCI, TCI); NaN for one that no place has.
    diversity
        Series, number of activities of each place.
    ubiquity
        Series, number of places of each activity.
    settings
        Parameters and version.
    """

    places: pd.Series
    activities: pd.Series
    diversity: pd.Series
    ubiquity: pd.Series
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return one row per place and per activity: ``kind``, ``name``, ``complexity``, ``degree``."""
        parts = [
            pd.DataFrame({"kind": kind, "name": values.index, "complexity": values.array, "degree": degree.array})
            for kind, values, degree in (
                ("place", self.places, self.diversity),
                ("activity", self.activities, self.ubiquity),
            )
        ]
        return pd.concat(parts, ignore_index=True)

    def summary(self) -> str:
        """Return the most complex place and activity in one line."""
        top = [str(s.idxmax()) if s.notna().any() else "undefined" for s in (self.places, self.activities)]
        return (
            f"{len(self.places):,} places by {len(self.activities):,} activities, "
            f"{self.settings.parameters['method']}; most complex: {top[0]}, {top[1]}"
        )


def economic_complexity(
    table: pd.DataFrame, *, method: Method = "eigenvector", steps: int = 20, scale: Scale | None = None
) -> Complexity:
    """Economic complexity of places and activities, from who has what (also ECI and PCI, KCI and TCI).

    Parameters
    ----------
    table
        Presence, 1 or 0: places in rows, activities in columns, such as ``rca(employment)``.
    method
        "eigenvector": second eigenvector of the place-by-place matrix of mean co-presence. "reflections": average the
        other side's previous values, starting from diversity and ubiquity; its order approaches the eigenvector's.
        "fitness": the nonlinear map of Tacchella et al., `steps` updates.
    steps
        Number of steps, at least 1; not used by "eigenvector". With "reflections" places are told after the last even
        number of steps up to `steps` (averages of diversity), activities after the last odd one: in between, the same
        averages measure ubiquity, the opposite of complexity.
    scale
        "sample_sd" or "population_sd": mean 0 and standard deviation 1, each side on its own (tools divide by n - 1 or
        by n). "percent": from 0 to 100. "raw": the eigenvector with length 1, the averages, or fitness with mean 1.
        When omitted "raw" for "fitness", else "sample_sd".

    Returns
    -------
    Complexity
        Places, activities, diversity and ubiquity. The eigenvector's sign is such that complex places are diverse
        (positive correlation with diversity), and an activity is complex where complex places have it. With
        "eigenvector" everything is NaN when the second eigenvalue is not simple, as when the places fall into parts
        that share no activity: complexity then has no order. With one place or activity, or values that are all equal,
        a scaled complexity is NaN.

    Raises
    ------
    OptionError
        If a cell is neither 0 nor 1, or an option is out of range.

    References
    ----------
    hidalgo2009, tacchella2012, ballandrigby2017

    Examples
    --------
    >>> import pandas as pd
    >>> has = pd.DataFrame({"cork": [1, 1, 1], "wine": [1, 1, 0], "chips": [1, 0, 0]}, index=["Est", "Nord", "Sud"])
    >>> economic_complexity(has)
    <Complexity: 3 places by 3 activities, eigenvector; most complex: Est, chips>
    """
    choose("method", method, ("eigenvector", "reflections", "fitness"))
    steps = whole_number("steps", steps, 1)
    used: Scale = scale if scale is not None else ("raw" if method == "fitness" else "sample_sd")
    choose("scale", used, ("sample_sd", "population_sd", "percent", "raw"))
    values = presence(table)
    diversity, ubiquity = values.sum(axis=1), values.sum(axis=0)
    rows, columns = diversity > 0, ubiquity > 0
    m = values[rows][:, columns]
    if not m.size:
        found = np.full(int(rows.sum()), np.nan), np.full(int(columns.sum()), np.nan)
    elif method == "eigenvector":
        found = _second_vectors(m)
    elif method == "reflections":
        found = _reflections(m, steps, exact=used == "raw")
    else:
        found = _fitness(m, steps)
    places, activities = np.full(len(rows), np.nan), np.full(len(columns), np.nan)
    places[rows], activities[columns] = (_scaled(side, used) for side in found)
    return Complexity(
        places=pd.Series(places, index=table.index, name="complexity"),
        activities=pd.Series(activities, index=table.columns, name="complexity"),
        diversity=pd.Series(diversity.astype(np.int64), index=table.index, name="diversity"),
        ubiquity=pd.Series(ubiquity.astype(np.int64), index=table.columns, name="ubiquity"),
        settings=Settings({"method": method, "steps": steps, "scale": used}),
    )


def _scaled(values: NDArray[np.float64], scale: Scale) -> NDArray[np.float64]:
    if scale == "raw" or not len(values):
        return values
    if scale == "percent":
        return 100 * ratio(values - values.min(), _spread(np.ptp(values), values))
    deviation = values.std(ddof=1 if scale == "sample_sd" else 0) if len(values) > 1 else 0.0
    return ratio(values - values.mean(), _spread(float(deviation), values))


def _spread(spread: float, values: NDArray[np.float64]) -> float:
    """Return 0 for a spread that is only rounding."""
    return float(spread) if spread > 1e-12 * np.abs(values).max() else 0.0


def _second_vectors(m: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the second eigenvectors of both sides, found on the smaller one and carried over to the other."""
    down, across = np.sqrt(m.sum(axis=1)), np.sqrt(m.sum(axis=0))
    even = m / down[:, None] / across[None, :]
    wide = m.shape[0] <= m.shape[1]
    value, vector = np.linalg.eigh(even @ even.T if wide else even.T @ even)
    undefined = np.full(m.shape[0], np.nan), np.full(m.shape[1], np.nan)
    third = value[-3] if len(value) > 2 else 0.0
    if len(value) < 2 or value[-2] < 1e-10 or value[-2] > 1 - 1e-10 or value[-2] - third < 1e-10:
        return undefined
    own = vector[:, -2]
    other = (even.T @ own if wide else even @ own) / np.sqrt(value[-2])
    place, activity = (own / down, other / across) if wide else (other / down, own / across)
    diversity = m.sum(axis=1)
    # All equally diverse: no sign is right; take the one in which the first place is the more complex.
    side = ((place - place.mean()) * (diversity - diversity.mean())).sum()
    if (side if abs(side) > 1e-12 else place[0]) < 0:
        place, activity = -place, -activity
    return place / np.linalg.norm(place), activity / np.linalg.norm(activity)


def _reflections(m: NDArray[np.float64], steps: int, *, exact: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    diversity, ubiquity = m.sum(axis=1), m.sum(axis=0)
    # Averages of diversity only: places have them after even steps, activities after odd ones.
    places = diversity
    for step in range(1, steps + 1):
        if step % 2:
            activities = m.T @ places / ubiquity
        else:
            places = m @ activities / diversity
        if not exact:
            # The averages draw together; stretching them back keeps their digits and changes no scaled value.
            places, activities = _stretched(places), _stretched(activities)
    return places, activities


def _stretched(values: NDArray[np.float64]) -> NDArray[np.float64]:
    spread = _spread(float(np.ptp(values)), values)
    return (values - values.mean()) / spread if spread else np.zeros(len(values))


def _fitness(m: NDArray[np.float64], steps: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    places, activities = np.ones(m.shape[0]), np.ones(m.shape[1])
    for _ in range(steps):
        # The fitness of weak places goes to 0 with many steps; it must not become 0 times infinity.
        fit, hard = m @ activities, 1 / (m.T @ (1 / np.maximum(places, 1e-300)))
        places, activities = fit / fit.mean(), hard / hard.mean()
    return places, activities
