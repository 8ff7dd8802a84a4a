"""Several small clusters together: pooled tests, meta-analysis, and what a test of this size can find."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from clusternet.errors import OptionError, listing
from clusternet.inference._against import test_against_null
from clusternet.measure import choose, whole_number
from clusternet.result import NullTest, Result, Settings, resolve_seed, spawn_generators

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clusternet.inference._against import Measure
    from clusternet.inference._nulls import Attribute, Null
    from clusternet.network import Network

__all__ = [
    "DetectableEffect",
    "MetaAnalysis",
    "PooledTest",
    "PowerCurve",
    "detectable_effect",
    "meta_analysis",
    "pool_tests",
    "pooled_test",
    "power_curve",
]

Alternative = Literal["two-sided", "more", "fewer"]


# ── one test of several clusters ──


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class PooledTest(NullTest):
    """A test of several clusters as one; the draws are those of the pooled statistic.

    Attributes
    ----------
    clusters
        DataFrame, one row per cluster: the columns of `NullTest.to_frame`, and ``weight``, its share in the pool.
    stouffer_p
        Two-sided p-value of the weighted sum of normal scores of the one-sided p-values (whitlock2005).
    fisher_p
        p-value of the product of the two-sided p-values: small if some clusters differ from chance, either way.
    """

    clusters: pd.DataFrame
    stouffer_p: float
    fisher_p: float

    def to_frame(self) -> pd.DataFrame:
        """Return one row: that of `NullTest`, and ``clusters`` (their number), ``stouffer_p``, ``fisher_p``."""
        return NullTest.to_frame(self).assign(
            clusters=len(self.clusters), stouffer_p=self.stouffer_p, fisher_p=self.fisher_p
        )

    def summary(self) -> str:
        """Return the pooled comparison in one line."""
        return f"{NullTest.summary(self)} in each of {len(self.clusters):,} clusters"


def pool_tests(
    tests: Mapping[Any, NullTest] | Iterable[NullTest],
    *,
    pool: Literal["z", "sum"] = "z",
    weights: Mapping[Any, float] | pd.Series | None = None,
) -> PooledTest:
    """Pool tests of several clusters into one.

    Every draw of the pool takes one draw of each cluster: chance acts in each cluster on its own, as in a stratified
    permutation test. Many clusters, each too small to tell, may tell together.

    Parameters
    ----------
    tests
        A `NullTest` per cluster, by name or in order, with draws that are independent of each other.
    pool
        "z": the weighted mean of the numbers in standard deviations from chance, each cluster's mean and deviation
        taken over observed and draws together. "sum": the weighted sum of the numbers themselves, for counts.
    weights
        A positive number per cluster, such as its number of firms; equal when omitted.

    Returns
    -------
    PooledTest
        Observed, expected, z, one- and two-sided p-values of the pool, each (r + 1)/(draws + 1), with as many draws as
        the smallest test has; the clusters one by one; Stouffer's and Fisher's p-values beside. With "z" a cluster
        whose number is undefined or never varies is left out, and listed with weight 0.

    Raises
    ------
    OptionError
        If there is nothing to pool, two tests share a seed, or a weight is missing or not positive.

    Notes
    -----
    Stouffer and Fisher need no draws but treat p-values as continuous. A one-sided p of 1 counts half a draw less.

    References
    ----------
    whitlock2005

    Examples
    --------
    >>> draws = pd.Series(range(1, 20), dtype=float)
    >>> one = NullTest(statistic="ties", observed=17.0, draws=draws, settings=Settings(seed=1))
    >>> two = NullTest(statistic="ties", observed=16.0, draws=draws[::-1].reset_index(drop=True), settings=Settings())
    >>> pool_tests([one, two], pool="sum").p_more
    0.05
    """
    choose("pool", pool, ("z", "sum"))
    named = dict(tests) if isinstance(tests, Mapping) else dict(enumerate(tests))
    if not named:
        raise OptionError("there are no tests to pool; give one NullTest per cluster.")
    seeds = [test.settings.seed for test in named.values() if test.settings.seed is not None]
    if len(set(seeds)) < len(seeds):
        raise OptionError(
            "some tests share a seed, so that their draws are not independent; give each cluster a seed of its own, or "
            "call pooled_test, which does."
        )
    share = _weights(named, weights)
    count = min(len(test.draws) for test in named.values())
    every = np.column_stack(
        [np.append(test.observed, test.draws.to_numpy(dtype=np.float64)[:count]) for test in named.values()]
    )
    used = share.to_numpy().copy()
    if pool == "z":
        with np.errstate(invalid="ignore"):
            spread = np.nanstd(every, axis=0)
        tells = ~np.isnan(every[0]) & (spread > 1e-12 * np.maximum(1.0, np.abs(np.nan_to_num(every[0]))))
        used[~tells] = 0.0
        if not tells.any():
            raise OptionError(
                "in no cluster is the number defined and differs between draws; there is nothing to pool."
            )
        used /= used.sum()
        # A draw in which the number is undefined says as much as the average one.
        z = np.nan_to_num((every - np.nanmean(every, axis=0)) / np.where(tells, spread, 1.0))
        pooled = z @ used
    else:
        pooled = every @ used
    table = pd.concat([test.to_frame() for test in named.values()])
    table.index = pd.Index(list(named), name="cluster", tupleize_cols=False)
    table["weight"] = used
    first = next(iter(named.values()))
    stouffer, fisher = _combined(table[table["weight"] > 0])
    # What all tests share; a setting that differs between them is that of no pool.
    shared = {
        key: value
        for key, value in first.settings.parameters.items()
        if all(key in test.settings.parameters and test.settings.parameters[key] == value for test in named.values())
    }
    parameters = shared | {"pool": pool, "clusters": len(named), "draws": count}
    parameters["seeds"] = [test.settings.seed for test in named.values()]
    return PooledTest(
        statistic=f"{'mean z of' if pool == 'z' else 'sum of'} {first.statistic}",
        observed=float(pooled[0]),
        draws=pd.Series(pooled[1:], index=pd.RangeIndex(count, name="draw"), name="pooled"),
        settings=Settings(parameters),
        clusters=table,
        stouffer_p=stouffer,
        fisher_p=fisher,
    )


def _weights(named: Mapping[Any, NullTest], weights: Mapping[Any, float] | pd.Series | None) -> pd.Series:
    if weights is None:
        return pd.Series(1.0, index=range(len(named)))
    given = dict(weights.items())
    lacking = [name for name in named if not (name in given and np.isfinite(given[name]) and given[name] > 0)]
    if lacking:
        raise OptionError(f"weights has no positive number for {listing(lacking)}; give one per cluster.")
    return pd.Series([float(given[name]) for name in named])


def _combined(table: pd.DataFrame) -> tuple[float, float]:
    """Return Stouffer's two-sided p of the one-sided p-values, and Fisher's p of the two-sided ones."""
    from scipy import stats

    known = table.dropna(subset=["p_more"])
    if known.empty:
        return float("nan"), float("nan")
    highest = 1 - 0.5 / (known["draws"] + 1)
    score = stats.norm.isf(np.minimum(known["p_more"], highest))
    weight = known["weight"].to_numpy()
    z = float(weight @ score / np.sqrt((weight**2).sum()))
    return float(2 * stats.norm.sf(abs(z))), float(stats.chi2.sf(-2 * np.log(known["p"]).sum(), 2 * len(known)))


def pooled_test(
    networks: Mapping[Any, Network] | Iterable[Network],
    measure: Measure,
    *,
    null: Null = "degree",
    draws: int = 999,
    columns: str | Iterable[str] | None = None,
    place: Attribute | None = None,
    tries: int | None = None,
    pool: Literal["z", "sum"] = "z",
    weights: Mapping[Any, float] | pd.Series | None = None,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
    seed: int | None = None,
) -> PooledTest:
    """Test a measure in several clusters at once against a null model within each.

    Parameters
    ----------
    networks
        A network per cluster, by name or in order.
    measure
        Any function of a network that returns a number, or the name of a listed measure.
    null, draws, columns, place, tries, workers
        As in `test_against_null`, for every cluster.
    pool, weights
        As in `pool_tests`.
    progress
        Called as ``progress(done, draws)`` within every cluster in turn.
    seed
        Every cluster gets a seed of its own from it; a fresh one is drawn and stored when omitted.

    Returns
    -------
    PooledTest
        The pool and the clusters one by one.

    Raises
    ------
    NetworkError
        If the null does not apply to one of the networks.
    OptionError
        If an option is outside its set, or the measure does not return one number.

    Examples
    --------
    >>> import networkx as nx
    >>> from clusternet import Network
    >>> nets = [Network.from_networkx(nx.connected_caveman_graph(k, 5)) for k in (3, 4, 5)]
    >>> pooled_test(nets, "transitivity", draws=99, seed=1).p_more
    0.01
    """
    named = dict(networks) if isinstance(networks, Mapping) else dict(enumerate(networks))
    used = resolve_seed(seed)
    columns, place = _kept(columns), _kept(place)
    tests: dict[Any, NullTest] = {}
    for (name, network), own in zip(named.items(), _seeds(used, len(named)), strict=True):
        tested = test_against_null(
            network,
            measure,
            null=null,
            draws=draws,
            columns=columns,
            place=place,
            tries=tries,
            workers=workers,
            progress=progress,
            seed=own,
        )
        if not isinstance(tested, NullTest):
            raise OptionError("the measure returns several numbers; pool them one at a time, with pool_tests.")
        tests[name] = tested
    pooled = pool_tests(tests, pool=pool, weights=weights)
    return PooledTest(
        statistic=pooled.statistic,
        observed=pooled.observed,
        draws=pooled.draws,
        settings=Settings(pooled.settings.parameters, used),
        clusters=pooled.clusters,
        stouffer_p=pooled.stouffer_p,
        fisher_p=pooled.fisher_p,
    )


def _seeds(seed: int, count: int) -> list[int]:
    """Return distinct seeds of 64 bits."""
    return [int(child.generate_state(1, np.uint64)[0]) for child in np.random.SeedSequence(seed).spawn(count)]


# ── effects and their errors ──


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class MetaAnalysis(Result):
    """Effects of several clusters put together.

    Attributes
    ----------
    table
        DataFrame with a row ``fixed`` (one effect behind all clusters) and ``random`` (an effect per cluster, spread
        around a mean). Columns ``effect``, ``se``, ``low``, ``high`` (interval), ``z``, ``p`` (two-sided).
    clusters
        DataFrame, one row per cluster: ``effect``, ``se``, ``weight_fixed``, ``weight_random`` (shares).
    tau2
        Variance of the effects between clusters, at least 0; NaN for one cluster.
    i2
        Share of the variation that is due to differences between clusters, 0 to 1; NaN for one cluster.
    q, q_p
        Cochran's test of equal effects: weighted sum of squares, and p-value; p is NaN for one cluster.
    prediction
        Interval in which the effect of a further cluster lies; NaN with fewer than three clusters.
    settings
        Level and version.
    """

    table: pd.DataFrame
    clusters: pd.DataFrame
    tau2: float
    i2: float
    q: float
    q_p: float
    prediction: tuple[float, float]
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return the two pooled effects."""
        return self.table

    def summary(self) -> str:
        """Return the random-effects mean and the heterogeneity in one line."""
        row = self.table.loc["random"]
        return (
            f"{len(self.clusters):,} clusters, effect {row['effect']:.3f} [{row['low']:.3f}, {row['high']:.3f}], "
            f"p {row['p']:.3g}, tau2 {self.tau2:.3g}, I2 {self.i2:.0%}"
        )


def meta_analysis(effects: pd.Series, errors: pd.Series, *, level: float = 0.95) -> MetaAnalysis:
    """Put effects of several clusters together, by fixed and by random effects.

    Parameters
    ----------
    effects
        An effect per cluster, such as a regression coefficient, or observed less expected of a `NullTest`.
    errors
        Their standard errors by the same index, such as the standard deviation of the draws.
    level
        Of the intervals, between 0 and 1.

    Returns
    -------
    MetaAnalysis
        Weighted means with intervals (normal), tau2 by moments (dersimonian1986), I2 (higgins2002), Cochran's Q, and
        the prediction interval for a further cluster (higgins2009, t with k - 2 degrees of freedom).

    Raises
    ------
    OptionError
        If a cluster lacks its effect or a positive standard error, the indexes differ, or there is no cluster.

    Notes
    -----
    With few clusters tau2 is known badly, and the interval of the random effects is then too narrow: read the
    prediction interval beside it.

    References
    ----------
    dersimonian1986, higgins2002, higgins2009

    Examples
    --------
    >>> found = meta_analysis(pd.Series([0.1, 0.3, 0.8]), pd.Series([0.1, 0.1, 0.2]))
    >>> found.table["effect"].round(3).to_dict(), round(found.tau2, 3)
    ({'fixed': 0.267, 'random': 0.356}, 0.06)
    """
    from scipy import stats

    if not 0 < level < 1:
        raise OptionError(f"level is {level!r}; give a share between 0 and 1, such as 0.95.")
    if not effects.index.is_unique or not effects.index.equals(errors.index) or not len(effects):
        raise OptionError("effects and errors must have the same index, one entry per cluster, and at least one.")
    y, se = effects.to_numpy(dtype=np.float64), errors.to_numpy(dtype=np.float64)
    bad = ~(np.isfinite(y) & np.isfinite(se) & (se > 0))
    if bad.any():
        raise OptionError(f"no effect or no positive standard error: {listing(effects.index[bad])}; leave them out.")
    k = len(y)
    weight = se**-2
    mean = float(weight @ y / weight.sum())
    q = float(weight @ (y - mean) ** 2)
    freedom = weight.sum() - (weight**2).sum() / weight.sum()
    tau2 = max(0.0, float((q - (k - 1)) / freedom)) if k > 1 else float("nan")
    spread = 1 / (se**2 + (tau2 if k > 1 else 0.0))
    reach = float(stats.norm.ppf(0.5 + level / 2))
    rows = {}
    for name, share in (("fixed", weight), ("random", spread)):
        effect, error = float(share @ y / share.sum()), float(share.sum() ** -0.5)
        z = effect / error
        interval = {"low": effect - reach * error, "high": effect + reach * error}
        rows[name] = {"effect": effect, "se": error, **interval, "z": z, "p": float(2 * stats.norm.sf(abs(z)))}
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("model")
    prediction = (float("nan"), float("nan"))
    if k > 2:
        half = float(stats.t.ppf(0.5 + level / 2, k - 2)) * float(np.sqrt(tau2 + table.loc["random", "se"] ** 2))
        prediction = (rows["random"]["effect"] - half, rows["random"]["effect"] + half)
    clusters = pd.DataFrame(
        {"effect": y, "se": se, "weight_fixed": weight / weight.sum(), "weight_random": spread / spread.sum()},
        index=effects.index,
    )
    return MetaAnalysis(
        table=table,
        clusters=clusters,
        tau2=tau2,
        i2=float("nan") if k == 1 else max(0.0, (q - (k - 1)) / q) if q > 0 else 0.0,
        q=q,
        q_p=float(stats.chi2.sf(q, k - 1)) if k > 1 else float("nan"),
        prediction=prediction,
        settings=Settings({"level": level, "clusters": k}),
    )


# ── what could have been found ──


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class DetectableEffect(Result):
    """The smallest difference from chance that a test of this size finds.

    Attributes
    ----------
    statistic
        Name of the number.
    effect
        Minimum detectable difference from the expected number, in the number's own unit, at least 0.
    more, fewer
        The number itself at which more, and less, than chance is found with this power; NaN for the side not tested.
    normal
        The difference by the normal formula (bloom1995), from the standard deviation of the draws alone.
    settings
        Power, alpha, alternative, and the settings of the test.
    """

    statistic: str
    effect: float
    more: float
    fewer: float
    normal: float
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return one row: effect, more, fewer, normal."""
        row = {"effect": self.effect, "more": self.more, "fewer": self.fewer, "normal": self.normal}
        return pd.DataFrame([row], index=pd.Index([self.statistic], name="statistic"))

    def summary(self) -> str:
        """Return the effect in one line."""
        known = self.settings.parameters
        return (
            f"{self.statistic}: a difference of {self.effect:.3g} from chance is found with {known['power']:.0%} power "
            f"at alpha {known['alpha']:g}"
        )


def detectable_effect(
    test: NullTest, *, power: float = 0.8, alpha: float = 0.05, alternative: Alternative = "two-sided"
) -> DetectableEffect:
    """Return the smallest difference from chance that a test of this size would find.

    A test that finds nothing tells something only if it could have found what matters.

    Parameters
    ----------
    test
        Of `test_against_null`, with its draws; what it observed plays no part.
    power
        Chance to find the effect, between 0 and 1.
    alpha
        Level of the test.
    alternative
        "two-sided", or only "more" or "fewer" than chance.

    Returns
    -------
    DetectableEffect
        The effect shifts the distribution of the draws as it is; it is found where the shifted number passes the
        critical draws with the wanted power. `normal` is the formula (z of alpha + z of power) times the standard
        deviation. If the true effect also widens the distribution, more is needed: `power_curve` simulates that. All
        NaN if there are too few draws for this alpha, or they do not vary. Of whole numbers it takes the next one.

    Raises
    ------
    OptionError
        If an option is out of its range.

    References
    ----------
    bloom1995

    Examples
    --------
    >>> draws = pd.Series(np.random.default_rng(1).normal(5, 2, 9999))
    >>> test = NullTest(statistic="ties", observed=6.0, draws=draws, settings=Settings())
    >>> found = detectable_effect(test)
    >>> round(found.effect, 1), round(found.normal, 1)
    (5.6, 5.6)
    """
    from scipy import stats

    choose("alternative", alternative, ("two-sided", "more", "fewer"))
    for name, value in (("power", power), ("alpha", alpha)):
        if not 0 < value < 1:
            raise OptionError(f"{name} is {value!r}; give a share between 0 and 1.")
    drawn = np.sort(test.draws.dropna().to_numpy(dtype=np.float64))
    tail = alpha / 2 if alternative == "two-sided" else alpha
    # p = (r + 1)/(d + 1) is at most `tail` if fewer than this many draws are as extreme.
    allowed = int(np.floor(tail * (len(drawn) + 1) + 1e-9)) - 1
    sd = float(drawn.std(ddof=1)) if len(drawn) > 1 else 0.0
    more = fewer = normal = effect = float("nan")
    if allowed >= 0 and sd > 1e-12 * max(1.0, abs(float(drawn.mean()))):
        center = float(drawn.mean())
        normal = float(stats.norm.isf(tail) + stats.norm.ppf(power)) * sd
        # The shift that carries a share `power` of the draws beyond the critical one.
        up = drawn[len(drawn) - 1 - allowed] - float(np.quantile(drawn, 1 - power))
        down = float(np.quantile(drawn, power)) - drawn[allowed]
        more = center + up if alternative != "fewer" else more
        fewer = center - down if alternative != "more" else fewer
        effect = float({"two-sided": max(up, down), "more": up, "fewer": down}[alternative])
    parameters = {"power": power, "alpha": alpha, "alternative": alternative, "draws": len(drawn)}
    return DetectableEffect(
        statistic=test.statistic,
        effect=effect,
        more=more,
        fewer=fewer,
        normal=normal,
        settings=Settings(dict(test.settings.parameters) | parameters, test.settings.seed),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class PowerCurve(Result):
    """How often a test finds planted effects.

    Attributes
    ----------
    table
        DataFrame indexed by ``effect``: ``power``, the share of simulated networks in which p is at most alpha,
        ``low`` and ``high``, its 95 % interval (Wilson), ``mean``, the mean of the measure, and ``networks``.
    p
        DataFrame, one row per simulated network, one column per effect: the p-values.
    settings
        Alpha, alternative, the null, seed and version.
    """

    table: pd.DataFrame
    p: pd.DataFrame
    settings: Settings

    def detectable(self, power: float = 0.8) -> float:
        """Return the smallest effect with this power, between simulated ones by a straight line; NaN if none has it."""
        level = self.table["power"].to_numpy()
        effect = self.table.index.to_numpy(dtype=np.float64)
        reached = np.flatnonzero(level >= power)
        if not len(reached):
            return float("nan")
        k = int(reached[0])
        if k == 0:
            return float(effect[0])
        return float(np.interp(power, level[k - 1 : k + 1], effect[k - 1 : k + 1]))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per effect."""
        return self.table

    def summary(self) -> str:
        """Return the effect that is found with 80 % power in one line."""
        alpha = self.settings.parameters["alpha"]
        return f"80 % power at alpha {alpha:g} from an effect of {self.detectable():.3g} on"


def power_curve(
    generator: Callable[[float, np.random.Generator], Network],
    measure: Measure,
    *,
    effects: Iterable[float],
    networks: int = 100,
    alpha: float = 0.05,
    alternative: Alternative = "two-sided",
    null: Null = "degree",
    draws: int = 199,
    columns: str | Iterable[str] | None = None,
    place: Attribute | None = None,
    seed: int | None = None,
) -> PowerCurve:
    """Return how often a test finds effects of given sizes, by simulation.

    Parameters
    ----------
    generator
        A function of an effect and a numpy generator that returns a network with that effect planted.
    measure, null, draws, columns, place
        The test, as in `test_against_null`; the measure returns a number.
    effects
        Sizes to plant, in rising order; 0 shows the size of the test.
    networks
        Simulated networks per effect.
    alpha
        Level of the test.
    alternative
        "two-sided", or only "more" or "fewer" than chance.
    seed
        A fresh one is drawn and stored when omitted.

    Returns
    -------
    PowerCurve
        Power per effect with its interval; `PowerCurve.detectable` gives the smallest effect with enough of it.

    Raises
    ------
    OptionError
        If an option is out of its range, or the draws cannot reach `alpha`.

    Examples
    --------
    >>> import networkx as nx
    >>> from clusternet import Network
    >>> def planted(share, rng):
    ...     return Network.from_networkx(nx.watts_strogatz_graph(20, 4, 1 - share, seed=int(rng.integers(2**32))))
    >>> curve = power_curve(planted, "transitivity", effects=[0.0, 1.0], networks=10, draws=39, seed=1)
    >>> curve.table["power"].tolist()[1]
    1.0
    """
    choose("alternative", alternative, ("two-sided", "more", "fewer"))
    sizes = [float(effect) for effect in effects]
    if not sizes or sorted(set(sizes)) != sizes:
        raise OptionError(f"effects is {sizes!r}; give distinct sizes in rising order.")
    count = whole_number("networks", networks)
    columns, place = _kept(columns), _kept(place)
    least = (2 if alternative == "two-sided" else 1) / (whole_number("draws", draws) + 1)
    if not 0 < alpha < 1 or least > alpha + 1e-12:
        raise OptionError(f"with {draws:,} draws p is at least {least:.3g}; alpha = {alpha!r} needs more draws.")
    used = resolve_seed(seed)
    p, seen = np.empty((count, len(sizes))), np.empty((count, len(sizes)))
    rngs = iter(spawn_generators(used, count * len(sizes)))
    for column, effect in enumerate(sizes):
        for row in range(count):
            rng = next(rngs)
            made = generator(effect, rng)
            test = test_against_null(
                made, measure, null=null, draws=draws, columns=columns, place=place, seed=int(rng.integers(2**63))
            )
            if not isinstance(test, NullTest):
                raise OptionError("the measure returns several numbers; the power of one at a time can be told.")
            p[row, column] = {"two-sided": test.p, "more": test.p_more, "fewer": test.p_fewer}[alternative]
            seen[row, column] = test.observed
    found = (p <= alpha + 1e-12).mean(axis=0)
    low, high = _wilson(found, count)
    index = pd.Index(sizes, name="effect", dtype="float64")
    table = pd.DataFrame(
        {"power": found, "low": low, "high": high, "mean": seen.mean(axis=0), "networks": count}, index=index
    )
    parameters = {"alpha": alpha, "alternative": alternative, "null": null, "draws": draws, "networks": count}
    told: dict[str, Any] = {"effects": sizes, "columns": columns}
    told["place"] = place if place is None or isinstance(place, str) else "given"
    return PowerCurve(
        table=table,
        p=pd.DataFrame(p, columns=index, index=pd.RangeIndex(count, name="network")),
        settings=Settings(parameters | told, used),
    )


def _kept(values: Any) -> Any:
    """Return an iterable as a list, which can be gone through for every network; names and Series as they are."""
    return values if values is None or isinstance(values, (str, pd.Series)) else list(values)


def _wilson(share: NDArray[np.float64], count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the 95 % interval of a share."""
    z = 1.959963984540054
    center = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z / (1 + z**2 / count) * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    return np.clip(center - half, 0, 1), np.clip(center + half, 0, 1)
