"""What-if: every measure and response before and after a change, with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import pandas as pd

from clusternet.errors import NetworkError, OptionError, UnknownFirmError, listing, nearest, share_between
from clusternet.interventions._change import changed, listed_ids, one_number
from clusternet.measure import measure_network, whole_number
from clusternet.network import Network
from clusternet.resilience import RESPONSES, PathResponse, removal_band, remove_firms
from clusternet.result import Result, Settings, resolve_seed, spawn_generators, warn_interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from clusternet.interventions._change import Firms, Ties

__all__ = ["WHAT_IF_RESPONSES", "Comparison", "what_if"]

QuickResponse = Literal[
    "giant_firms",
    "giant_share",
    "second_share",
    "n_components",
    "isolates",
    "susceptibility",
    "component_entropy",
    "reachable_pairs",
    "reachable_share",
    "robustness_degree",
    "robustness_random",
]
ResponseName = Literal[
    QuickResponse, "efficiency", "algebraic_connectivity", "algebraic_connectivity_giant", "natural_connectivity"
]
WHAT_IF_RESPONSES: tuple[str, ...] = get_args(ResponseName)
"""Names of the responses that `what_if` knows."""
_QUICK: tuple[Any, ...] = get_args(QuickResponse)
_FREE = 2**40  # no firm that a response may name has such a number


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Comparison(Result):
    """A network before and after a change.

    Attributes
    ----------
    table
        One row per number (index ``name``): ``kind`` ("measure" or "response"), ``before``, ``after``,
        ``difference`` (after - before; NaN if either is undefined), ``low`` and ``high`` around the difference, and
        ``interval``, what those two are: "vertex bootstrap", "random orders" or "none". Rows that the change leaves
        alone stay in.
    draws
        Differences by draw (index ``draw``), one column per row of the table that has an interval.
    after
        The changed network.
    settings
        The change, draws, level and the seed.
    """

    table: pd.DataFrame
    draws: pd.DataFrame
    after: Network
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return the table: one row per measure or response."""
        return self.table.copy()

    def summary(self) -> str:
        """Return the change and how many numbers move, in one line."""
        about = self.settings.parameters
        parts = [
            f"{name.replace('_', ' ')} {about[name]:,}"
            for name in ("leave", "join", "add_ties", "drop_ties")
            if about[name]
        ]
        moved = int((self.table["difference"].abs() > 1e-12).sum())
        return f"{', '.join(parts) or 'nothing changed'}: {moved:,} of {len(self.table):,} numbers move"


_COUNTED = ("giant_share", "n_components", "reachable_pairs", "reachable_share")


def _components(net: Network) -> NDArray[np.int64]:
    codes = net.component_codes()
    return np.bincount(codes) if len(codes) else np.zeros(0, dtype=np.int64)


def _counted(net: Network, name: str) -> float:
    sizes, n = _components(net), net.n_firms
    pairs = float((sizes * (sizes - 1)).sum()) / 2
    if name == "n_components":
        return float(len(sizes))
    if name == "isolates":
        return float(len(net.isolates))
    if name == "giant_firms":
        return float(sizes.max()) if n else 0.0
    if name == "giant_share":
        return float(sizes.max()) / n if n else float("nan")
    if name == "reachable_pairs":
        return pairs
    return pairs / (n * (n - 1) / 2) if n > 1 else float("nan")


def _response(net: Network, name: str, response: str | Callable[[Network], float]) -> float:
    if not isinstance(response, str):
        return one_number(name, response(net))
    if response == "robustness_degree":
        return remove_firms(net, order="degree", responses=("giant_share",)).robustness if net.n_firms else float("nan")
    if response in RESPONSES and response not in _COUNTED:
        return float(remove_firms(net, order=[], responses=(response,)).curve[response].iloc[0])  # type: ignore[arg-type]
    return _counted(net, response)


def _named(responses: Iterable[Any]) -> dict[str, Any]:
    wanted: dict[str, Any] = {}
    for response in [responses] if isinstance(responses, str) or callable(responses) else responses:
        if isinstance(response, str) and response not in WHAT_IF_RESPONSES:
            raise OptionError(
                f"{response!r} is not a response.{nearest(response, WHAT_IF_RESPONSES)} Choose of "
                f"{listing(WHAT_IF_RESPONSES, 20)}, or give a function of a network."
            )
        if not isinstance(response, str) and not callable(response):
            raise OptionError(f"{response!r} is not a response; give a name or a function of a network.")
        name = response if isinstance(response, str) else getattr(response, "__name__", type(response).__name__)
        if name in wanted:
            raise OptionError(f"two responses are called {name!r}; give functions of your own distinct names.")
        wanted[name] = response
    return wanted


def _check_named(wanted: dict[str, Any], both: tuple[Network, Network]) -> None:
    """Refuse responses that name firms or layers which neither network has: they would be passed over."""
    for name, response in wanted.items():
        if not isinstance(response, PathResponse):
            continue
        firms = [firm for firm in response.firms if not any(firm in net.firms.index for net in both)]
        if firms:
            raise UnknownFirmError(f"{name} names firms that are in neither network: {listing(firms)}.")
        layers = [layer for layer in response.layers if not any(layer in net.layers for net in both)]
        if layers:
            raise NetworkError(f"{name} names layers that are in neither network: {listing(layers)}.")


def _resampled(net: Network, copies: NDArray[np.int64], luck: NDArray[np.float64]) -> Network:
    """Return the network of firms drawn with replacement (snijders1999).

    Copies of two firms are tied as the firms are. Two copies of one firm are tied like a pair drawn at random from
    all pairs; `luck` holds three numbers in [0, 1) per pair of copies in order: whether they are tied, like which tied
    pair, and which way round.
    """
    n = net.n_firms
    first = np.concatenate([[0], np.cumsum(copies)])
    source, target = net.positions(net.ties["source"]), net.positions(net.ties["target"])
    times = copies[source] * copies[target]
    row = np.repeat(np.arange(net.n_ties), times)
    place = np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times)
    one, other = np.divmod(place, np.maximum(copies[target[row]], 1))
    keep = (source[row] != target[row]) | (one == other)  # a loop stays a loop
    row, one, other = row[keep], one[keep], other[keep]
    ends = [first[source[row]] + one, first[target[row]] + other]
    if not net.is_two_mode and net.n_ties:
        low, high = np.minimum(source, target), np.maximum(source, target)
        real = np.flatnonzero(low != high)
        ties_of = list(pd.Series(real).groupby(low[real] * np.int64(n) + high[real]).indices.values())
        density = len(ties_of) / (n * (n - 1) / 2) if n > 1 else 0.0
        again = 0
        extra = []
        for firm in np.flatnonzero(copies > 1).tolist():
            for i in range(int(copies[firm])):
                for j in range(i):
                    tied, which, way = luck[again]
                    again += 1
                    if tied < density:
                        pair = real[ties_of[int(which * len(ties_of))]]
                        turned = (source[pair] == low[pair]) == (way < 0.5)
                        extra += [
                            (tie, first[firm] + (i if t else j), first[firm] + (j if t else i))
                            for tie, t in zip(pair, turned, strict=True)
                        ]
        if extra:
            more = np.array(extra, dtype=np.int64)
            row = np.concatenate([row, more[:, 0]])
            ends = [np.concatenate([ends[0], more[:, 1]]), np.concatenate([ends[1], more[:, 2]])]
    ids = _ids_of_copies(net.firms.index, copies)
    firms = net.firms.iloc[np.repeat(np.arange(n), copies)].set_axis(ids, axis=0)
    ties = net.ties.iloc[row].reset_index(drop=True).assign(source=ids[ends[0]], target=ids[ends[1]])
    return Network(firms, ties)


def _ids_of_copies(ids: pd.Index, copies: NDArray[np.int64]) -> pd.Index:
    """Return an id per copy: the first keeps that of the firm, which responses may name, others get a free one."""
    of = np.repeat(np.arange(len(ids)), copies)
    again = np.flatnonzero(np.diff(of, prepend=-1) == 0)
    named = ids[of].astype(object).to_numpy(copy=True)
    if pd.api.types.is_integer_dtype(ids.dtype):
        named[again] = max(_FREE, int(ids.max()) + 1 if len(ids) else 0) + np.arange(len(again))
    else:
        mark = " copy"
        while ids.astype(str).str.contains(mark, regex=False).any():
            mark += " copy"
        named[again] = [f"{named[place]}{mark} {number}" for number, place in enumerate(again.tolist())]
    return pd.Index(named, dtype=None if ids.dtype == object else ids.dtype, tupleize_cols=False)


def _bootstrap(
    before: Network,
    after: Network,
    values: Callable[[Network], pd.Series],
    *,
    draws: int,
    progress: Callable[[int, int], None] | None,
    seed: int,
) -> pd.DataFrame:
    """Return the difference of every value in resamples that both networks share."""
    everyone = before.firms.index.union(after.firms.index, sort=False)
    places = [everyone.get_indexer(net.firms.index) for net in (before, after)]
    rows = []
    try:
        for rng in spawn_generators(seed, draws):
            copies = np.bincount(rng.integers(len(everyone), size=len(everyone)), minlength=len(everyone))
            luck = rng.random((int((copies * (copies - 1) // 2).sum()), 3))
            pairs = copies * (copies - 1) // 2
            start = np.cumsum(pairs) - pairs
            both = []
            for net, place in zip((before, after), places, strict=True):
                # The same chance for the same pair of copies, so that only the change itself makes a difference.
                mine = [number for p in place for number in range(start[p], start[p] + pairs[p])]
                both.append(values(_resampled(net, copies[place], luck[mine])))
            rows.append(both[1] - both[0])
            if progress is not None:
                progress(len(rows), draws)
    except KeyboardInterrupt:
        if not rows:
            raise
        warn_interrupted(len(rows), draws, "draws")
    return pd.DataFrame(rows, index=pd.RangeIndex(len(rows), name="draw"))


def what_if(
    net: Network,
    *,
    leave: Iterable[object] = (),
    join: Firms | None = None,
    add_ties: Ties | None = None,
    drop_ties: Ties | None = None,
    measures: Iterable[str | Callable[..., Any]] | None = None,
    responses: Iterable[ResponseName | Callable[[Network], float]] = _QUICK,
    draws: int = 100,
    level: float = 0.9,
    progress: Callable[[int, int], None] | None = None,
    seed: int | None = None,
) -> Comparison:
    """Compare a network with itself after firms left or joined and ties were added or dropped.

    Parameters
    ----------
    net
        The network; it is not changed.
    leave
        Ids of firms that leave, with their ties.
    join
        Firms that join: a list of ids, or a frame indexed by id with attributes. They come without ties; give those
        in `add_ties`.
    add_ties
        (source, target[, strength]) tuples, or a frame with ``source``, ``target`` and any column of ties.
        Undirected unless a column ``directed`` says otherwise; in the layer of the network if it has only one.
    drop_ties
        (source, target) tuples: all ties of those two firms go, both ways; a frame with a column ``layer`` drops
        those of that layer only. `add_ties` comes last: a tie can be dropped and added anew.
    measures
        Listed network measures or functions of a network that return a number; all listed ones when omitted. In
        resamples the firms keep their attributes; the first copy of a firm keeps its id, others get a new one.
    responses
        ``"giant_firms"`` (firms in the largest component, direction ignored), ``"giant_share"`` (of the firms then
        there: it can rise when firms leave), ``"n_components"``, ``"isolates"``, ``"reachable_pairs"`` (unordered
        pairs of firms in one component), ``"reachable_share"`` (of all pairs then there), ``"robustness_degree"`` (R
        of schneider2011 when firms leave by degree, each path over the firms then there), ``"robustness_random"``
        (mean R over random orders), ``"second_share"``, ``"susceptibility"``, ``"component_entropy"`` (as in
        `remove_firms`): these when omitted. By name also ``"efficiency"`` and the spectral responses of `remove_firms`,
        which take a while. Responses in economic units, such as ``attribute_connected("employees")`` or
        `capabilities_lost`, and any function of a network that returns a number.
    draws
        Number of bootstrap resamples, and of random orders; an interval takes two. 0 leaves the bootstrap out
        ("robustness_random" still takes 100 orders).
    level
        Confidence level of the bootstrap intervals, and share of the draws between low and high for random orders.
    progress
        Called as ``progress(done, draws)``. An interrupt (Ctrl-C) keeps the finished draws and warns.
    seed
        A fresh one is drawn and stored when omitted.

    Returns
    -------
    Comparison
        ``.table`` (before, after, difference, low, high), ``.draws``, ``.after``.

    Raises
    ------
    NetworkError
        If a tie to add names a firm that is not there.
    OptionError
        If an option is outside its set or range, a firm joins that is there already, a tie to drop is not there, or a
        response of your own returns no number or is called like a measure.
    UnknownFirmError
        If a firm that leaves, or that a response names, is not in the network.

    Notes
    -----
    "vertex bootstrap": the difference +- z sd, sd over resamples of the firms with replacement, the same ones before
    and after; it says how far the difference hangs on which firms the network happens to hold. A number that is
    undefined in most resamples gets none. "random orders": the
    central share of the differences between paired draws; the same seed gives both networks the same orders as long
    as they have the same number of firms.

    References
    ----------
    schneider2011, snijders1999

    Examples
    --------
    >>> net = Network.from_edges([("Ada", "Bo"), ("Cy", "Di")])
    >>> found = what_if(net, add_ties=[("Bo", "Cy")], measures=["density"], responses=["giant_firms"], seed=1)
    >>> found.table["difference"].round(3).to_dict()
    {'density': 0.167, 'giant_firms': 2.0}
    """
    draws = whole_number("draws", draws, 0)
    level = share_between("level", level)
    wanted = _named(responses)
    chosen = None if measures is None else [measures] if isinstance(measures, str) else list(measures)
    used = resolve_seed(seed)
    gone = list(dict.fromkeys(listed_ids(leave)))
    add = None if add_ties is None else add_ties if isinstance(add_ties, pd.DataFrame) else list(add_ties)
    drop = None if drop_ties is None else drop_ties if isinstance(drop_ties, pd.DataFrame) else list(drop_ties)
    more = None if join is None else join if isinstance(join, pd.DataFrame) else listed_ids(join)
    after = changed(net, leave=gone, join=more, add_ties=add, drop_ties=drop)
    _check_named(wanted, (net, after))
    plain = {name: response for name, response in wanted.items() if response != "robustness_random"}

    def values(network: Network, found: pd.Series | None = None) -> pd.Series:
        found = measure_network(network, chosen) if found is None else found
        # A listed measure and a response of one name are one number: the measure's row is kept.
        more = {name: _response(network, name, what) for name, what in plain.items() if name not in found.index}
        return pd.concat([found, pd.Series(more, dtype="float64")]) if more else found

    now = measure_network(net, chosen)
    measured = now.index
    own = [name for name, response in wanted.items() if name in measured and not isinstance(response, str)]
    if own:
        raise OptionError(f"responses of your own are called like measures: {listing(own)}; give them other names.")
    kept = pd.DataFrame(index=pd.RangeIndex(draws, name="draw"))
    table = pd.DataFrame({"before": values(net, now), "after": values(after)}, dtype="float64")
    if draws and len(table):
        kept = _bootstrap(net, after, values, draws=draws, progress=progress, seed=used)
    table["difference"] = table["after"] - table["before"]
    kept_rows = kept.reindex(columns=table.index)
    enough = kept_rows.notna().mean() >= 0.5  # a number that most resamples lack has no spread to tell of
    off = kept_rows.std().where(enough) * NormalDist().inv_cdf((1 + level) / 2)
    table["low"], table["high"] = table["difference"] - off, table["difference"] + off
    table["interval"] = np.where(table["low"].notna(), "vertex bootstrap", "none")
    if "robustness_random" in wanted:
        row, differences = _random_orders(net, after, draws or 100, level, used)
        row = pd.DataFrame([row], index=["robustness_random"])
        table = pd.concat([table, row]) if len(table) else row
        if len(kept):
            kept["robustness_random"] = pd.Series(differences).reindex(range(len(kept))).to_numpy()
    table = table.loc[[*measured, *(name for name in wanted if name not in measured)]]
    table.insert(0, "kind", np.where(table.index.isin(measured), "measure", "response"))
    parameters = {
        "leave": len(gone),
        "join": 0 if more is None else len(more),
        "add_ties": 0 if add is None else len(add),
        "drop_ties": 0 if drop is None else len(drop),
        "draws": draws,
        "level": level,
    }
    return Comparison(
        table=table.rename_axis(index="name"),
        draws=kept,
        after=after,
        settings=Settings(parameters, used),
    )


def _random_orders(
    before: Network, after: Network, draws: int, level: float, seed: int
) -> tuple[dict[str, Any], NDArray[np.float64]]:
    one, two = (
        removal_band(net, draws=draws, seed=seed).robustness.to_numpy() if net.n_firms else np.full(draws, np.nan)
        for net in (before, after)
    )
    drawn = min(len(one), len(two))  # an interrupt may have stopped either
    one, two = one[:drawn], two[:drawn]
    told = before.n_firms and after.n_firms and drawn > 1
    low, high = np.quantile(two - one, [(1 - level) / 2, (1 + level) / 2]) if told else (np.nan, np.nan)
    row = {"before": one.mean(), "after": two.mean(), "difference": two.mean() - one.mean(), "low": low, "high": high}
    return {**row, "interval": "random orders" if told else "none"}, two - one
