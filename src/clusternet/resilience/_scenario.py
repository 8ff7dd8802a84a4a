"""Scenarios: a table of shocks, period after period, on firms, sectors, places, layers or platforms."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

import numpy as np
import pandas as pd

from clusternet.errors import OptionError, listing, nearest, share_between
from clusternet.measure import choose
from clusternet.resilience._economy import settled
from clusternet.resilience._groups import TIE_ORDERS, tie_scores
from clusternet.resilience._orders import ONLY_ADAPTIVE, ORDERS, as_scores, by_score, named_order
from clusternet.resilience._paths import Connection, check_responses, curve_of
from clusternet.resilience._results import band_of, check_whole
from clusternet.result import Result, Settings, resolve_seed, spawn_generators, until_interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import NoReturn

    from numpy.typing import NDArray

    from clusternet.network import Network
    from clusternet.resilience._paths import Progress, Response

__all__ = ["ScenarioRemoval", "remove_scenario"]

_COLUMNS = ("period", "target", "kind", "size", "unit", "who")
_OPTIONAL = ("kind", "size", "unit", "who")
_IN_ORDER = ("integer", "floating", "mixed-integer-float", "decimal", "date", "datetime", "datetime64", "period")
"""Kinds of periods that have an order of their own, as pandas tells them, whatever the column's type."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ScenarioRemoval(Result):
    """What is left after every period of a scenario.

    Attributes
    ----------
    curve
        Index ``step`` = 0 (before) and 1, 2, ... for the periods; columns ``period`` (missing at 0), ``n_firms`` and
        ``n_ties`` still there, and one per response: means over the draws.
    bands
        One row per step and column of the curve: ``step``, ``period``, ``response``, ``mean``, ``low``, ``median``,
        ``high``; low and high bound the central `level` of the draws, NaN where a draw is.
    left
        Who left: ``draw``, ``step``, ``period``, ``row`` (of the scenario), ``what`` ("firm" or "tie"), ``id``.
    draws
        The columns of the curve in every draw, indexed by ``draw`` and ``step``.
    settings
        Who fails, responses, draws, level; the seed where chance was used.
    """

    curve: pd.DataFrame
    bands: pd.DataFrame
    left: pd.DataFrame
    draws: pd.DataFrame
    settings: Settings

    @property
    def share_of_draws(self) -> pd.Series:
        """Share of the draws in which each firm left, most often first; firms that never left are not in it."""
        firms = self.left.loc[self.left["what"] == "firm", "id"]
        counts = firms.value_counts(sort=True) / self.settings.parameters["draws"]
        return counts.rename("share_of_draws").rename_axis("firm")

    def to_frame(self) -> pd.DataFrame:
        """Return the bands: one row per step and response."""
        return self.bands.copy()

    def summary(self) -> str:
        """Return the periods and what is left in one line."""
        about = self.settings.parameters
        first, last = self.curve["n_firms"].iloc[[0, -1]]
        how = f", mean of {about['draws']:,} draws" if self.settings.seed is not None else ""
        when = f"{about['n_rows']:,} shocks in {len(self.curve) - 1:,} periods"
        return f"{when}: {last:,.4g} of {first:,.0f} firms left{how}"


class _Shock(NamedTuple):
    label: object
    step: int
    ties: bool
    members: NDArray[np.int64]
    size: float
    share: bool
    who: str | pd.Series

    def number(self, there: int) -> int:
        """Return how many of those still there fail; halves are rounded up."""
        # Float noise must not turn a half (14.5% of 100) into less.
        return math.floor(self.size * there + 0.5 + 1e-9) if self.share else min(int(self.size), there)


def _refuse(label: object, column: str, value: object, problem: str) -> NoReturn:
    raise OptionError(f"scenario, row {label!r}, column {column!r}: {value!r} {problem}")


def _table(scenario: pd.DataFrame | Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    if not isinstance(scenario, pd.DataFrame):
        scenario = pd.DataFrame(scenario if isinstance(scenario, Mapping) else list(scenario))
    table = scenario
    missing = [name for name in ("period", "target") if name not in table.columns]
    if missing and len(table):
        raise OptionError(
            f"the scenario lacks the columns {listing(missing)}; it has {listing(table.columns, 10)}. A row says in "
            "which period, of which target (and kind: firm, all, or a column of firms or ties) how many fail (size)."
        )
    strange = [name for name in table.columns if name not in _COLUMNS]
    if strange:
        raise OptionError(
            f"the scenario has the unknown columns {listing(strange)}; it may have {listing(_COLUMNS, 9)}."
        )
    table = table.reindex(columns=list(_COLUMNS))
    blank = table[list(_OPTIONAL)].map(lambda cell: isinstance(cell, str) and not cell.strip())
    return table.assign(**{name: table[name].mask(blank[name]) for name in _OPTIONAL})


def _periods(table: pd.DataFrame) -> tuple[NDArray[np.int64], list[object]]:
    """Step of every row, from 1 on, and the periods: what has an order in it, texts as they first appear."""
    periods = table["period"]
    if periods.isna().any():
        label = periods.index[periods.isna()][0]
        _refuse(label, "period", periods[label], "is missing; say when the shock comes.")
    ranked = isinstance(periods.dtype, pd.CategoricalDtype) and bool(periods.dtype.ordered)
    sort = ranked or pd.api.types.infer_dtype(periods, skipna=False) in _IN_ORDER
    codes, names = pd.factorize(periods, sort=sort)
    return codes + 1, list(names)


def _members(net: Network, label: object, kind: object, target: object) -> tuple[bool, NDArray[np.int64]]:
    """Whether the target is of ties, and its members."""
    firms, ties = net.firms, net.ties
    if kind == "all":
        return False, np.arange(net.n_firms)
    if not pd.api.types.is_scalar(target):
        _refuse(label, "target", target, "is more than one; give each a row of its own.")
    if pd.isna(target):
        _refuse(label, "target", target, "is missing; name what fails, or give kind 'all'.")
    if kind == "firm":
        place = firms.index.get_indexer(pd.Index([target], tupleize_cols=False))
        if place[0] < 0:
            hint = nearest(str(target), map(str, firms.index[:20_000]))
            _refuse(label, "target", target, f"is not a firm of this network.{hint}")
        return False, place.astype(np.int64)
    of_ties = kind not in firms.columns
    if of_ties and kind not in ties.columns:
        known = ["firm", "all", *firms.columns, *(name for name in ties.columns if name not in firms.columns)]
        hint = nearest(str(kind), map(str, known))
        _refuse(label, "kind", kind, f"is no column of firms or ties.{hint} Choose of {listing(known, 30)}.")
    values = (ties if of_ties else firms)[kind]
    members = np.flatnonzero((values == target).fillna(False).to_numpy(dtype=bool))
    if not len(members):  # a table read from a file tells flags and numbers as text
        members = np.flatnonzero((values.notna() & (values.astype("str") == str(target))).to_numpy(dtype=bool))
    if not len(members):
        known = values.dropna().unique()
        hint = nearest(str(target), map(str, known))
        _refuse(label, "target", target, f"is nobody's {kind}.{hint} There are {listing(known, 10)}.")
    return of_ties, members


def _size(label: object, size: object, unit: object, n_members: int, *, shares: bool) -> tuple[float, bool]:
    """Return the size and whether it is a share."""
    if not pd.isna(unit):
        if unit not in ("share", "count"):
            _refuse(label, "unit", unit, "is not 'share' or 'count'.")
        if pd.isna(size):
            _refuse(label, "size", size, f"is missing beside the unit {unit!r}; leave both out for all of the target.")
    elif pd.isna(size):
        return 1.0, True
    value = size
    if isinstance(size, str):
        text = size.strip()
        percent = text.endswith("%")
        value = pd.to_numeric(text.rstrip("% "), errors="coerce")
        if percent:
            if unit == "count":
                _refuse(label, "size", size, "is a share beside the unit 'count'.")
            value, unit = value / 100, "share"
    number = float(value) if isinstance(value, (int, float, np.number)) and not isinstance(value, bool) else math.nan
    if not (math.isfinite(number) and number >= 0):
        _refuse(label, "size", size, "is not a number of 0 or more; give a share such as 0.25 or '25%', or a count.")
    if pd.isna(unit):
        if number == 1 and shares and n_members > 1:
            _refuse(
                label, "size", size, "could be one or all where other sizes are shares; write '100%' or give a unit."
            )
        unit = "share" if number < 1 else "count"
    if unit == "share":
        if number > 1:
            _refuse(label, "size", size, "is a share above 1.")
        return number, True
    if number != int(number):
        _refuse(label, "size", size, "is a count but not whole; a share is below 1 or ends with %.")
    if number > n_members:
        _refuse(label, "size", size, f"is more than the target has: {n_members:,}.")
    return number, False


def _who(net: Network, label: object, who: Any, *, ties: bool) -> str | pd.Series:
    table, orders = (net.ties, TIE_ORDERS) if ties else (net.firms, ORDERS)
    if isinstance(who, pd.Series):
        if ties:
            _refuse(label, "who", who.name, "are scores of firms, and the target is of ties; name an order here.")
        scores = np.full(net.n_firms, np.nan)
        scores[net.positions(who.index)] = as_scores(who)
        return pd.Series(scores)
    if not isinstance(who, str) or (who not in orders and who not in table.columns):
        known = [*orders, *table.columns]
        _refuse(
            label,
            "who",
            who,
            f"is no order or column.{nearest(str(who), map(str, known))} Choose of {listing(known, 40)}.",
        )
    if who in orders:
        if who in table.columns:
            of = "ties" if ties else "firms"
            _refuse(label, "who", who, f"is an order and a column of {of}; rename the column.")
        return who
    if not pd.api.types.is_numeric_dtype(table[who].dtype):
        _refuse(label, "who", who, f"holds {table[who].dtype}; give a column of numbers, the highest fail first.")
    return pd.Series(as_scores(table[who]))


def _shocks(net: Network, table: pd.DataFrame, who: str | pd.Series) -> tuple[list[_Shock], list[object]]:
    steps, periods = _periods(table)
    of = table["kind"].where(table["kind"].notna(), "firm")
    numbers = pd.to_numeric(table["size"], errors="coerce")
    shares = bool((table["unit"].isna() & (numbers > 0) & (numbers < 1)).any())
    shocks = []
    for place, row in enumerate(table.assign(kind=of).itertuples()):
        ties, members = _members(net, row.Index, row.kind, row.target)
        size, share = _size(row.Index, row.size, row.unit, len(members), shares=shares)
        whole = size == (1 if share else len(members))
        # Where all of the target fail, nobody asks who.
        fails = row.who if not pd.isna(row.who) else "random" if whole else who
        chosen_by = _who(net, row.Index, fails, ties=ties)
        shocks.append(_Shock(row.Index, int(steps[place]), ties, members, size, share, chosen_by))
    return sorted(shocks, key=lambda shock: shock.step), periods


class _Draw:
    """One run through the periods."""

    def __init__(self, net: Network, rng: np.random.Generator | None) -> None:
        self.net, self.rng = net, rng
        self.there = np.ones(net.n_firms, dtype=bool)
        self.uncut = np.ones(net.n_ties, dtype=bool)
        self.gone: list[NDArray[np.int64]] = []

    def ties_there(self) -> NDArray[np.bool_]:
        source, target = self.net._codes  # noqa: SLF001  (ends as positions)
        return np.asarray(self.uncut & self.there[source] & self.there[target])

    def hit(self, shock: _Shock) -> NDArray[np.int64]:
        """Let the shock take whom it takes, and return them."""
        standing = self.ties_there() if shock.ties else self.there
        members = shock.members[standing[shock.members]]
        number = shock.number(len(members))
        if number == len(members):
            chosen = members
        elif isinstance(shock.who, pd.Series):
            chosen = members[by_score(shock.who.to_numpy()[members], None)[:number]]
        elif shock.who == "random" and self.rng is not None:
            chosen = np.sort(self.rng.permutation(members)[:number])
        elif shock.ties:
            places = np.flatnonzero(standing)
            left = self.net._pick(standing, "scenario")  # noqa: SLF001  (ties by a mask)
            ranked = places[by_score(tie_scores(left, str(shock.who)), None)]
            chosen = ranked[np.isin(ranked, members)][:number]
        else:
            places = np.flatnonzero(self.there)
            ids = self.net.firms.index[places]
            left = self.net._pick(self.ties_there(), "scenario").subset(ids)  # noqa: SLF001
            order = str(shock.who)
            ranked = places[
                named_order(
                    left,
                    order,
                    adaptive=order in ONLY_ADAPTIVE,
                    prior=None,
                    rng=self.rng,
                    radius=2,
                    candidates=max(left.n_firms, 1),
                    progress=None,
                )
            ]
            chosen = ranked[np.isin(ranked, members)][:number]
        if shock.ties:
            self.uncut[chosen] = False
        else:
            self.there[chosen] = False
            self.gone.append(chosen)
        return chosen

    def order(self) -> NDArray[np.int64]:
        return np.concatenate([np.empty(0, dtype=np.int64), *self.gone])


def remove_scenario(
    net: Network,
    scenario: pd.DataFrame | Iterable[Mapping[str, Any]],
    *,
    who: str | pd.Series = "random",
    responses: Iterable[Response | Callable[[Network], float]] = (
        "giant_share",
        "n_components",
        "reachable_pairs",
        "reachable_share",
    ),
    connection: Connection = "weak",
    draws: int = 200,
    level: float = 0.9,
    progress: Progress | None = None,
    seed: int | None = None,
) -> ScenarioRemoval:
    """Let shocks hit the network period after period, as a table says, and record what is left after each.

    Parameters
    ----------
    net
        The network.
    scenario
        One row per shock. ``period``: numbers, dates and ordered categories in order, texts as they first appear.
        ``target`` and ``kind``: a firm id (kind "firm", also when blank); a value of a column of ``net.firms``, such as
        kind "sector", target "food"; a value of a column of ``net.ties``, such as kind "layer", target "supply", whose
        ties are cut (where both tables have the column, that of the firms counts); or kind "all", every firm. In a
        network of firms and agreements a platform is a firm-like node: kind "firm", its id. ``size``, optional: below
        1, or a text such as "25%", the share of the target still there (to the nearest whole number, halves up); from 1
        on, a count; blank, all. ``unit``, optional: "share" or "count", where a size of 1 could be either. ``who``,
        optional: as below, for this row.
    who
        Which of the target fail: ``"random"``; an order of `remove_firms` (for ties, of `remove_ties`), ranked when
        the shock comes on what is left by then; a column of numbers, such as "insolvency_hazard", or a Series by firm,
        highest first, ties by the table, the unscored last.
    responses
        As in `remove_firms`; shares are of the firms at the start.
    connection
        As in `remove_firms`; a layer that is needed at the start is needed when all its ties have been cut.
    draws
        Runs through the whole table where chance decides; one run where it does not.
    level
        Share of the draws between low and high.
    progress
        Called as ``progress(done, draws)``. An interrupt (Ctrl-C) keeps the finished draws and warns.
    seed
        A fresh one is drawn and stored when chance decides and it is omitted; one generator per draw.

    Returns
    -------
    ScenarioRemoval
        ``.curve`` (per period), ``.bands``, ``.left`` (who), ``.share_of_draws`` per firm, ``.draws``.

    Raises
    ------
    OptionError
        If an option is outside its set or range, or a row cannot be understood; the message names its index, the
        column and the value.
    UnknownFirmError
        If `who` names a firm that is not in the network.

    Notes
    -----
    Shocks of one period strike in the order of the table: whoever one has taken is not there for the next.

    Examples
    --------
    >>> from clusternet import Network
    >>> firms = pd.DataFrame({"sector": ["food", "food", "wood", "wood"]}, index=["Ada", "Bo", "Cy", "Di"])
    >>> ties = pd.DataFrame({"source": ["Ada", "Bo", "Cy"], "target": ["Bo", "Cy", "Di"]})
    >>> shocks = pd.DataFrame({"period": [2025, 2026], "kind": ["firm", "sector"], "target": ["Di", "food"],
    ...                        "size": [1, "50%"]})
    >>> remove_scenario(Network(firms, ties), shocks, who="degree").curve["giant_share"].tolist()
    [1.0, 0.75, 0.25]
    """
    wanted = settled(net, check_responses(responses))
    choose("connection", connection, get_args(Connection))
    n_draws = check_whole("draws", draws)
    share_between("level", level)
    shocks, periods = _shocks(net, _table(scenario), who)
    of_ties = any(shock.ties for shock in shocks)
    chance = any(
        isinstance(shock.who, str)
        and shock.who == "random"
        and (shock.size < 1 if shock.share else True)
        and (shock.share or shock.size < len(shock.members))
        for shock in shocks
    )
    used = resolve_seed(seed) if chance or seed is not None else None
    steps = range(1, len(periods) + 1)

    def run(rng: np.random.Generator | None) -> tuple[NDArray[np.float64], list[tuple[int, _Shock, NDArray[np.int64]]]]:
        draw = _Draw(net, rng)
        lost: list[tuple[int, _Shock, NDArray[np.int64]]] = []
        sizes, rows, ends = [(net.n_firms, net.n_ties)], [], [0]
        if of_ties:
            rows.append(_state(draw, wanted, connection))
        waiting = iter([*shocks, None])
        shock = next(waiting)
        for step in steps:
            while shock is not None and shock.step == step:
                lost.append((step, shock, draw.hit(shock)))
                shock = next(waiting)
            sizes.append((int(draw.there.sum()), int(draw.ties_there().sum())))
            ends.append(net.n_firms - sizes[-1][0])
            if of_ties:
                rows.append(_state(draw, wanted, connection))
        if not of_ties:
            order = draw.order()
            at = np.zeros(len(order) + 1, dtype=bool)
            at[ends] = True
            rows = list(curve_of(net, order, wanted, connection, None, at=at)[0].to_numpy(dtype=np.float64)[ends])
        return np.column_stack([np.array(sizes, dtype=np.float64), np.array(rows)]), lost

    generators: list[Any] = spawn_generators(used or 0, n_draws) if chance else [None]
    found = until_interrupted(run, generators, len(generators), progress)
    names = ["n_firms", "n_ties", *wanted]
    values = np.array([value for value, _ in found])
    return ScenarioRemoval(
        **_tables(net, values, names, [lost for _, lost in found], periods, level),
        settings=Settings(
            {
                "who": who if isinstance(who, str) else str(who.name if who.name is not None else "scores"),
                "responses": tuple(wanted),
                "connection": connection,
                "draws": len(found),
                "level": level,
                "n_rows": len(shocks),
            },
            used if chance else None,
        ),
    )


def _state(draw: _Draw, wanted: dict[str, Any], connection: Connection) -> NDArray[np.float64]:
    """Responses as things stand, where ties have been cut."""
    order = draw.order()
    at = np.zeros(len(order) + 1, dtype=bool)
    at[-1] = True
    standing = draw.net._pick(draw.uncut, "scenario")  # noqa: SLF001  (ties by a mask)
    curve = curve_of(standing, order, wanted, connection, None, needed=draw.net.layers, at=at)[0]
    return np.asarray(curve.to_numpy(dtype=np.float64)[-1])


def _tables(  # noqa: PLR0917 (one call above)
    net: Network,
    values: NDArray[np.float64],
    names: list[str],
    lost: list[list[tuple[int, _Shock, NDArray[np.int64]]]],
    periods: list[object],
    level: float,
) -> dict[str, pd.DataFrame]:
    n_steps = values.shape[1]
    period = pd.Series([None, *periods], dtype=object).convert_dtypes()
    bands = []
    for place, name in enumerate(names):
        band = band_of(values[:, :, place], level, "step")
        band[np.isnan(values[:, :, place]).any(axis=0)] = np.nan
        band.insert(0, "response", name)
        band.insert(0, "period", period.to_numpy())
        bands.append(band.reset_index())
    every = pd.concat(bands, ignore_index=True)
    every["period"] = period.take(np.tile(np.arange(n_steps), len(names))).array
    curve = pd.DataFrame(values.mean(axis=0), columns=names, index=pd.RangeIndex(n_steps, name="step"))
    curve.insert(0, "period", period.array)
    rows = [
        (draw, step, shock.label, shock.ties, place)
        for draw, run in enumerate(lost)
        for step, shock, chosen in run
        for place in chosen.tolist()
    ]
    left = pd.DataFrame(rows, columns=["draw", "step", "row", "ties", "place"])
    of_ties = left.pop("ties").to_numpy(dtype=bool)
    place = left.pop("place").to_numpy(dtype=np.int64)
    left.insert(2, "period", period.take(left["step"].to_numpy(dtype=np.int64)).array)
    left["what"] = np.where(of_ties, "tie", "firm")
    ids = np.empty(len(left), dtype=object)
    ids[~of_ties] = net.firms.index.to_numpy(dtype=object)[place[~of_ties]]
    ids[of_ties] = net.ties.index.to_numpy(dtype=object)[place[of_ties]]
    left["id"] = ids
    index = pd.MultiIndex.from_product([range(len(values)), range(n_steps)], names=["draw", "step"])
    draws = pd.DataFrame(values.reshape(-1, len(names)), index=index, columns=names)
    return {"curve": curve, "bands": every, "left": left, "draws": draws}
