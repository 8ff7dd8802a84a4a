"""The indicator panel: the health of a cluster over time, with bands and a control chart."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clusternet import cohesion, dependence
from clusternet.dynamics._waves import Every, Snapshots, all_firms, persistence, snapshots
from clusternet.errors import OptionError, listing, nearest
from clusternet.measure import list_measures, real_number, share_between, whole_number
from clusternet.network import Network
from clusternet.result import Result, Settings, resolve_seed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

__all__ = ["INDICATORS", "IndicatorPanel", "control_chart", "indicators"]

NAN = float("nan")
SIZE_2_RANGE = 1.128
"""Expected range of two independent standard normal values: turns a mean moving range into a standard deviation."""

INDICATORS = {
    "connected_share": "share of firms with a tie",
    "giant_share": "share of firms in the largest component",
    "mean_partners": "mean number of partners per firm",
    "two_core_share": "share of firms in the 2-core: still tied when all chains and hangers-on are taken away",
    "average_clustering": "mean share of a firm's partners that are tied to each other",
    "reciprocity": "share of the flows that are answered",
    "tie_balance": "mean balance of giving and receiving in a pair",
    "referral_hhi": "mean concentration (HHI) of those from whom a firm receives",
    "persistence": "Jaccard similarity of the ties with the wave before",
    "repayment": "share of last wave's one-way flows that are answered now",
}
"""The indicators of the panel, and how to read each. All but mean_partners lie from 0 to 1."""


def _values(
    waves: Mapping[Any, Network], chosen: dict[str, Callable[..., Any] | None], *, referrals: bool
) -> NDArray[np.float64]:
    """Return the indicators, one row per wave, one column per indicator."""
    flows = {label: net.layer("referral") if referrals else net for label, net in waves.items()}
    table = np.full((len(waves), len(chosen)), np.nan)
    for column, (name, function) in enumerate(chosen.items()):
        if name in ("persistence", "repayment") and function is None:
            which = waves if name == "persistence" else flows
            table[1:, column] = persistence(which)["jaccard" if name == "persistence" else "repayment"]
            continue
        for row, (label, net) in enumerate(waves.items()):
            value = _value(name, net, flows[label]) if function is None else function(net)
            try:
                table[row, column] = value
            except (TypeError, ValueError) as error:
                raise OptionError(
                    f"{name} returned a {type(value).__name__}; an indicator is a function of a network that returns "
                    "one number."
                ) from error
    return table


def _value(name: str, net: Network, flow: Network) -> float:
    n = net.n_firms
    if n == 0:
        return NAN
    if name == "connected_share":
        return 1 - len(net.isolates) / n
    if name == "giant_share":
        return cohesion.giant_share(net)
    if name == "mean_partners":
        return 2 * len(net.simple("undirected").source) / n
    if name == "two_core_share":
        # Mutual arcs are one partner.
        return float((cohesion.k_coreness(net.undirected()) >= 2).mean())
    if name == "average_clustering":
        return cohesion.average_clustering(net)
    if name == "reciprocity":
        return cohesion.reciprocity(flow)
    if name == "tie_balance":
        return dependence.dyadic_balance(flow)
    return float(dependence.partner_hhi(flow, direction="in").mean())


def _chosen(measures: Iterable[str | Callable[..., Any]] | None) -> dict[str, Callable[..., Any] | None]:
    if measures is None:
        return dict.fromkeys(INDICATORS)
    listed = {info.name: info.function for info in list_measures("network")}
    chosen: dict[str, Callable[..., Any] | None] = {}
    for measure in [measures] if isinstance(measures, str) or callable(measures) else measures:
        if callable(measure):
            name = getattr(measure, "__name__", type(measure).__name__)
            function: Callable[..., Any] | None = measure
        elif measure in INDICATORS:
            name, function = measure, None
        elif measure in listed:
            name, function = measure, listed[measure]
        else:
            known = [*INDICATORS, *listed]
            raise OptionError(
                f"{measure!r} is no indicator and no listed network measure.{nearest(str(measure), known)} "
                f"Choose of {listing(known, 60)}, or give a function of a network."
            )
        if name in chosen:
            raise OptionError(f"two indicators are called {name!r}; give functions of your own distinct names.")
        chosen[name] = function
    if not chosen:
        raise OptionError(f"measures is empty; name some of {listing(INDICATORS, 20)}, or leave it out for all.")
    return chosen


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class IndicatorPanel(Result):
    """Indicators by wave.

    Attributes
    ----------
    table
        One row per indicator and wave: ``indicator``, ``wave``, ``value``, ``se`` (standard deviation over the
        bootstrap draws), ``low`` and ``high`` (value plus and minus the normal quantile times se, cut to the range of
        the indicator), ``complete`` (False where the end of observation cut the wave short). NaN means undefined in
        that wave.
    control
        The control chart of every indicator, see `control_chart`: ``indicator``, ``wave``, ``value``, ``center``,
        ``lower``, ``upper``, ``signal``.
    draws
        The bootstrap draws: draws by waves by indicators.
    settings
        Options and seed; the bootstrap is the vertex bootstrap of snijders1999.
    """

    table: pd.DataFrame
    control: pd.DataFrame
    draws: NDArray[np.float64]
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return one row per indicator and wave."""
        return self.table.copy(deep=False)

    @property
    def wide(self) -> pd.DataFrame:
        """The values, one row per wave and one column per indicator."""
        waves = self.table["wave"].unique()
        wide = self.table.pivot_table(index="wave", columns="indicator", values="value", dropna=False, sort=False)
        return wide.reindex(index=pd.Index(waves, name="wave"), columns=self.table["indicator"].unique())

    def summary(self) -> str:
        """Return the number of indicators, waves and signals in one line."""
        signals = int((self.control["signal"] != "").sum())
        return (
            f"{self.table['indicator'].nunique():,} indicators over {self.table['wave'].nunique():,} waves, "
            f"{signals:,} signal{'' if signals == 1 else 's'} in the control charts"
        )


def indicators(
    source: Network | Mapping[Any, Network],
    *,
    every: Every = "year",
    measures: Iterable[str | Callable[..., Any]] | None = None,
    draws: int = 100,
    level: float = 0.95,
    seed: int | None = None,
) -> IndicatorPanel:
    """Follow the health of a cluster from period to period.

    Parameters
    ----------
    source
        A network with dates, cut by `snapshots` with its defaults, or waves: what `snapshots` returned, or a dictionary
        from label to Network.
    every
        Length of a period, if `source` is a network.
    measures
        Names of `INDICATORS`, of listed network measures, or functions of a network that return a number. All of
        `INDICATORS` when omitted. Those on flows (reciprocity, tie_balance, referral_hhi, repayment) take the layer
        referral where any wave has it, else the whole network.
    draws
        Number of bootstrap draws; 0 gives no bands.
    level
        Coverage of the bands.
    seed
        A fresh one is drawn and stored when omitted.

    Returns
    -------
    IndicatorPanel
        Values with bands, and a control chart per indicator.

    Raises
    ------
    OptionError
        If an indicator is not known, or an option is outside its range.
    NetworkError
        If the network has no dates.

    Notes
    -----
    The bands come from the vertex bootstrap of snijders1999: firms are drawn with replacement, the same ones in all
    waves; two copies of one firm, whose tie cannot be known, get the ties of a pair of firms drawn at random. As there,
    the draws give the standard error only: they are not centered on the value, since copies add closure and isolates.

    References
    ----------
    snijders1999, shewhart1931

    Examples
    --------
    >>> ties = pd.DataFrame({"source": [*"AB"], "target": [*"BC"], "start": ["2020-03-01", "2021-05-01"]})
    >>> panel = indicators(Network.from_edges(ties, firms=[*"ABCD"]), measures=["connected_share"], draws=0)
    >>> panel.wide["connected_share"].tolist()
    [0.5, 0.75]
    """
    draws, level = whole_number("draws", draws, 0), share_between("level", level)
    chosen = _chosen(measures)
    waves: Mapping[Any, Network] = snapshots(source, every=every) if isinstance(source, Network) else source
    seed = resolve_seed(seed)
    ids = all_firms(waves)
    # Decided once: a draw in which nobody refers must not fall back on all ties.
    referrals = any("referral" in net.layers for net in waves.values())
    found = _values(waves, chosen, referrals=referrals)
    drawn = np.full((int(draws), *found.shape), np.nan)
    if draws and len(ids) > 1:
        spread = _Resampler(waves, ids)
        rng = np.random.default_rng(seed)
        for number in range(int(draws)):
            drawn[number] = _values(spread.draw(rng), chosen, referrals=referrals)
    z = NormalDist().inv_cdf((1 + level) / 2)
    drawn[~np.isfinite(drawn)] = np.nan
    known = np.isfinite(drawn).sum(axis=0)
    se = np.full(found.shape, np.nan)
    enough = (known > 1) & np.isfinite(found)
    if enough.any():
        se[enough] = np.nanstd(drawn[:, enough], axis=0, ddof=1)
    low, high = found - z * se, found + z * se
    for column, name in enumerate(chosen):
        if chosen[name] is None:
            top = np.inf if name == "mean_partners" else 1.0
            low[:, column], high[:, column] = np.clip(low[:, column], 0, top), np.clip(high[:, column], 0, top)
    labels = list(waves)
    whole = waves.table["complete"].to_numpy(dtype=bool) if isinstance(waves, Snapshots) else np.ones(len(labels), bool)
    tables, charts = [], []
    for column, name in enumerate(chosen):
        columns = {"value": found[:, column], "se": se[:, column], "low": low[:, column], "high": high[:, column]}
        tables.append(pd.DataFrame({"indicator": name, "wave": labels, **columns, "complete": whole}))
        finite = np.where(np.isfinite(found[:, column]), found[:, column], np.nan)
        values = pd.Series(finite, index=pd.Index(labels, name="wave"))
        chart = control_chart(values, baseline=values.index[whole]).reset_index()
        chart.insert(0, "indicator", name)
        charts.append(chart)
    options: dict[str, Any] = {"measures": tuple(chosen), "draws": int(draws), "level": level}
    if isinstance(waves, Snapshots):
        options |= dict(waves.settings.parameters)
    return IndicatorPanel(
        table=pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(),
        control=pd.concat(charts, ignore_index=True) if charts else pd.DataFrame(),
        draws=drawn,
        settings=Settings(options | {"bootstrap": "vertex"}, seed=seed),
    )


class _Resampler:
    """Waves as arrays over one list of firms, from which the vertex bootstrap draws."""

    def __init__(self, waves: Mapping[Any, Network], ids: pd.Index) -> None:
        self.n = len(ids)
        self.waves: dict[Any, tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], pd.DataFrame]] = {}
        self.firms: dict[Any, tuple[pd.DataFrame, NDArray[np.bool_]]] = {}
        self.two_mode = bool(waves) and all(net.is_two_mode for net in waves.values())
        for label, net in waves.items():
            ties, firms = net.ties, net.firms
            self.firms[label] = firms.reindex(ids), ids.isin(firms.index)
            source = ids.get_indexer(ties["source"]).astype(np.int64)
            target = ids.get_indexer(ties["target"]).astype(np.int64)
            keep = source != target
            source, target, ties = source[keep], target[keep], ties[keep]
            pair = np.minimum(source, target) * np.int64(self.n) + np.maximum(source, target)
            order = np.argsort(pair, kind="stable")
            columns = ties.drop(columns=["source", "target"]).iloc[order].reset_index(drop=True)
            self.waves[label] = (source[order], target[order], pair[order], columns)

    def draw(self, rng: np.random.Generator) -> dict[Any, Network]:
        """Return one bootstrap draw of all waves."""
        n = self.n
        chosen = rng.integers(n, size=n)
        copies = np.argsort(chosen, kind="stable")
        ranked = chosen[copies]
        count = np.bincount(chosen, minlength=n)
        start = np.cumsum(count) - count
        twins = [np.flatnonzero(ranked[gap:] == ranked[:-gap]) for gap in range(1, int(count.max()))]
        one = np.concatenate([copies[place] for place in twins]) if twins else np.empty(0, dtype=np.int64)
        other = (
            np.concatenate([copies[place + gap] for gap, place in enumerate(twins, start=1)])
            if twins
            else np.empty(0, dtype=np.int64)
        )
        first = rng.integers(n, size=len(one))
        second = rng.integers(n - 1, size=len(one))
        second = second + (second >= first)
        if self.two_mode:  # two copies of one firm are of one mode, and cannot be tied
            one = other = first = second = one[:0]
        made = {}
        for label, (source, target, pair, columns) in self.waves.items():
            width = count[target]
            times = count[source] * width
            row = np.repeat(np.arange(len(source)), times)
            step = np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times)
            across = width[row]
            ends = copies[start[source[row]] + step // across], copies[start[target[row]] + step % across]
            # Two copies of a firm stand as the pair drawn for them stood.
            table, present = self.firms[label]
            here = present[chosen]  # firms that this wave does not know stay out of it
            key = np.where(here[one], np.minimum(first, second) * np.int64(n) + np.maximum(first, second), -1)
            left, right = np.searchsorted(pair, key, side="left"), np.searchsorted(pair, key, side="right")
            size = right - left
            spot = np.repeat(np.arange(len(key)), size)
            lent = np.repeat(left, size) + np.arange(len(spot)) - np.repeat(np.cumsum(size) - size, size)
            same = source[lent] == first[spot]
            more = np.where(same, one[spot], other[spot]), np.where(same, other[spot], one[spot])
            ties = columns.iloc[np.concatenate([row, lent])].reset_index(drop=True)
            ties.insert(0, "source", np.concatenate([ends[0], more[0]]))
            ties.insert(1, "target", np.concatenate([ends[1], more[1]]))
            made[label] = Network(table.iloc[chosen].set_axis(pd.RangeIndex(n))[here], ties)
        return made


def control_chart(
    values: pd.Series, *, baseline: Iterable[object] | None = None, sigmas: float = 3.0, run: int = 8
) -> pd.DataFrame:
    """Tell signals from noise in a series of values (individuals chart of Shewhart).

    The center is the mean, and the limits lie `sigmas` times s on both sides, where s is the mean absolute difference
    of consecutive values over 1.128, its expectation for independent normal values of standard deviation 1.

    Parameters
    ----------
    values
        One value per period, in order of time; missing ones are left out of everything.
    baseline
        Labels of the periods from which center and limits are computed; all when omitted.
    sigmas
        Distance of the limits from the center.
    run
        This many values in a row on one side of the center are a signal, too: the level has shifted. 0 for never.

    Returns
    -------
    DataFrame
        Indexed like `values`: ``value``, ``center``, ``lower``, ``upper``, and ``signal``: "above" or "below" the
        limits, "run", or empty. Limits are NaN with fewer than two values in the baseline. With few periods the
        limits are rough.

    Raises
    ------
    OptionError
        If an option is outside its range, or `baseline` names no period of `values`.

    References
    ----------
    shewhart1931

    Examples
    --------
    >>> chart = control_chart(pd.Series([5.0, 6.0, 5.0, 6.0, 12.0]), baseline=[0, 1, 2, 3])
    >>> chart["signal"].tolist()
    ['', '', '', '', 'above']
    """
    sigmas = real_number("sigmas", sigmas, positive="number, usually 3")
    if whole_number("run", run, 0) == 1:
        raise OptionError(f"run is {run!r}; give a number of periods of at least 2, or 0 for never.")
    try:
        series = pd.Series(values).astype(float)
    except (TypeError, ValueError) as error:
        raise OptionError(f"values holds what is no number: {listing(values)}.") from error
    if np.isinf(series).any():
        raise OptionError(f"values holds infinite numbers: {listing(series[np.isinf(series)])}; leave them missing.")
    index = series.index
    wanted = [baseline] if isinstance(baseline, str) else list(index if baseline is None else baseline)
    inside = np.asarray(index.isin(wanted), dtype=bool)
    if len(series) and not inside.any() and wanted:
        raise OptionError(f"baseline names none of the periods {listing(index)}.")
    basis = series[inside].dropna().to_numpy()
    center = float(basis.mean()) if len(basis) else NAN
    spread = float(np.abs(np.diff(basis)).mean() / SIZE_2_RANGE) if len(basis) > 1 else NAN
    lower, upper = center - sigmas * spread, center + sigmas * spread
    signal = np.full(len(series), "", dtype=object)
    number, side, streak = series.to_numpy(), 0, 0
    hair = (
        1e-9 * np.abs(basis).max() if len(basis) else 0.0
    )  # the mean of equal numbers may miss them by the last digit
    for place, value in enumerate(number):
        if np.isnan(value):
            continue
        now = int(np.sign(value - center)) if abs(value - center) > hair else 0
        streak = streak + 1 if now == side and now else int(now != 0)
        side = now
        if run and streak >= run:
            signal[place] = "run"
        if value > upper + hair:
            signal[place] = "above"
        elif value < lower - hair:
            signal[place] = "below"
    return pd.DataFrame(
        {"value": number, "center": center, "lower": lower, "upper": upper, "signal": pd.array(signal, dtype="str")},
        index=index,
    )
