"""Snapshots of a network, and what stays, comes and goes between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from clusternet import cohesion
from clusternet.errors import NetworkError, OptionError, listing
from clusternet.measure import choose, firm_values, share_between, whole_number
from clusternet.network import LAYERS, Network, read_date
from clusternet.result import Result, Settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "CommunityTracks",
    "Snapshots",
    "all_firms",
    "firm_turnover",
    "last_start",
    "lock_in",
    "match_communities",
    "persistence",
    "ratio",
    "snapshots",
    "tie_decay",
    "tie_keys",
]

Every = Literal["month", "quarter", "year"]
PERIODS = {"month": "M", "quarter": "Q", "year": "Y"}
NAN = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Snapshots(Result, Mapping[str, Network]):
    """Networks of consecutive periods: a mapping from label ("2021", "2021Q2", "2021-06") to Network.

    Attributes
    ----------
    networks
        The networks by label, in order of time. All firms are in each of them.
    table
        One row per wave (index ``wave``): ``first`` and ``last`` day, ``n_ties``, and ``complete``, False where the
        period goes on after the end of observation, or began before the first day that was given: what a cut period
        lacks has not ended, it was not seen.
    settings
        Options, and the number of ties left out because they have no dates.
    """

    networks: dict[str, Network]
    table: pd.DataFrame
    settings: Settings

    def __getitem__(self, wave: str) -> Network:
        return self.networks[wave]

    def __iter__(self) -> Iterator[str]:
        return iter(self.networks)

    def __len__(self) -> int:
        return len(self.networks)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per wave: its days, the number of ties, and whether it is complete."""
        return self.table.copy(deep=False)

    def summary(self) -> str:
        """Return the number of waves, the first and the last, in one line."""
        labels = list(self.networks)
        cut = int((~self.table["complete"]).sum())
        note = f", {cut:,} cut short by the limits of observation" if cut else ""
        return f"{len(labels):,} waves, {labels[0]} to {labels[-1]}{note}" if labels else "no waves"


def last_start(network: Network) -> pd.Timestamp:
    """Return the latest date on which a tie starts: up to there the network was certainly observed.

    Ends may lie in the future (planned), and the day of the run must not change a result.

    Raises
    ------
    NetworkError
        If no tie has a start.
    """
    start = network.ties["start"].max()
    if pd.isna(start):
        raise NetworkError("no tie of this network has a start; dynamics need dates, such as column start of ties.")
    return pd.Timestamp(start)


def snapshots(
    source: Network | Callable[[pd.Timestamp, pd.Timestamp], Network],
    *,
    every: Every = "year",
    window: int = 1,
    first: object = None,
    last: object = None,
    alive: Literal["during", "at_end"] = "during",
    undated: Literal["drop", "keep"] = "drop",
) -> Snapshots:
    """Cut time into periods, and return the network of each.

    Parameters
    ----------
    source
        A network with dates, or a function of the first and last day that returns a network, such as
        ``lambda first, last: build_network(records, window=(first, last))``. The function is right for referrals and
        other events: a network has one tie from the first to the last referral of a pair, as if it were never idle.
    every
        Length of a period: calendar months, quarters or years.
    window
        Number of periods that each wave spans, its own and those before: 1 gives separate periods, more a rolling
        window.
    first, last
        Days on which observation starts and ends. When omitted the earliest and the latest start of a tie; the first
        period then counts as seen from its first day.
    alive
        "during": ties alive on some day of the window. "at_end": on its last day. Of a network only.
    undated
        What becomes of ties with neither date: dropped, since they would persist for ever, or kept in every wave.

    Returns
    -------
    Snapshots
        A mapping from label to Network, with a table that says which waves are complete.

    Raises
    ------
    NetworkError
        If no tie has a start and `first` or `last` is omitted.
    OptionError
        If an option is outside its set or range, or a function comes without `first` and `last`, or returns no
        network.

    Examples
    --------
    >>> import pandas as pd
    >>> ties = pd.DataFrame({"source": [*"AB"], "target": [*"BC"], "start": ["2020-03-01", "2021-05-01"],
    ...                      "end": ["2020-12-31", None]})
    >>> waves = snapshots(Network.from_edges(ties), last="2021-12-31")
    >>> waves, waves["2021"].n_ties
    (<Snapshots: 2 waves, 2020 to 2021>, 1)
    """
    choose("every", every, PERIODS)
    choose("alive", alive, ("during", "at_end"))
    choose("undated", undated, ("drop", "keep"))
    window = whole_number("window", window, what=" of periods")
    if not isinstance(source, Network) and not callable(source):
        raise OptionError(
            f"source is a {type(source).__name__}; give a Network, or a function of the first and last day."
        )
    if not isinstance(source, Network) and (first is None or last is None):
        raise OptionError("a function needs first and last, the days on which observation starts and ends.")
    dropped = 0
    given = first is not None
    if isinstance(source, Network):
        if undated == "drop":
            dropped = int((source.ties["start"].isna() & source.ties["end"].isna()).sum())
        last = last_start(source) if last is None else last
        first = source.ties["start"].min() if first is None else first
        if pd.isna(first):
            raise NetworkError("no tie of this network has a start; give the first day of observation as first.")
    begin, end = read_date("first", first).normalize(), read_date("last", last).normalize()
    if end < begin:
        raise OptionError(f"observation ends on {end.date()}, before it starts on {begin.date()}.")
    periods = pd.period_range(begin, end, freq=PERIODS[every])
    networks: dict[str, Network] = {}
    rows = []
    for place in range(int(window) - 1, len(periods)):
        opens = periods[place - int(window) + 1].start_time
        late = given and opens < begin
        opens = begin if late else opens
        closes = periods[place].end_time.normalize()
        until = min(closes, end)
        if isinstance(source, Network):
            net = source.window(until if alive == "at_end" else opens, until, undated=undated)
        else:
            net = source(opens, until)
            if not isinstance(net, Network):
                raise OptionError(f"the function returned a {type(net).__name__} for {opens.date()}; return a Network.")
        label = str(periods[place])
        networks[label] = net
        rows.append((label, opens, until, net.n_ties, closes <= end and not late))
    table = pd.DataFrame(rows, columns=["wave", "first", "last", "n_ties", "complete"]).astype({"complete": bool})
    options = {
        "every": every,
        "window": int(window),
        "first": str(begin.date()),
        "last": str(end.date()),
        "alive": alive,
        "undated": undated,
        "undated_ties_dropped": dropped,
    }
    return Snapshots(networks=networks, table=table.set_index("wave"), settings=Settings(options))


# ── ties of waves as sorted keys ──


def ratio(part: float, whole: float) -> float:
    """Return part/whole, NaN if whole is 0."""
    return float(part / whole) if whole else NAN


def all_firms(waves: Mapping[Any, Network]) -> pd.Index:
    """Return the firms of all waves, in order of first appearance.

    Raises
    ------
    OptionError
        If `waves` is no mapping of networks.
    """
    if not isinstance(waves, Mapping) or not all(isinstance(net, Network) for net in waves.values()):
        raise OptionError(
            f"waves is a {type(waves).__name__}; give what snapshots returns, or a dictionary from label to Network."
        )
    ids = pd.Index([], dtype=object)
    for net in waves.values():
        index = net.firms.index
        if len(ids) == 0:
            ids = index
        elif not ids.equals(index):
            ids = ids.append(index[~index.isin(ids)])
    return ids


def among(keys: NDArray[np.int64], sorted_keys: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which keys are among the sorted ones."""
    if not len(sorted_keys):
        return np.zeros(len(keys), dtype=bool)
    place = np.minimum(np.searchsorted(sorted_keys, keys), len(sorted_keys) - 1)
    return np.asarray(sorted_keys[place] == keys)


def tie_keys(
    waves: Mapping[Any, Network], ids: pd.Index, *, direction: Literal["keep", "undirected"] = "keep"
) -> tuple[list[NDArray[np.int64]], bool]:
    """Return the ties of every wave as sorted numbers source * n + target, and whether they are directed.

    If any wave is directed all are, and an undirected tie counts as two.
    """
    directed = direction == "keep" and any(net.is_directed for net in waves.values())
    n = np.int64(max(len(ids), 1))
    keys = []
    for net in waves.values():
        graph = net.simple("keep" if directed else "undirected")
        source, target = graph.source, graph.target
        same = ids.equals(net.firms.index)
        if not same:
            place = ids.get_indexer(net.firms.index).astype(np.int64)
            source, target = place[source], place[target]
        if directed and not graph.directed:
            source, target = np.concatenate([source, target]), np.concatenate([target, source])
        elif not directed:
            source, target = np.minimum(source, target), np.maximum(source, target)
        key = source * n + target
        # A simple graph comes sorted, without repeats.
        keys.append(key if same and directed == graph.directed else np.unique(key))
    return keys, directed


def _layers_of(waves: Mapping[Any, Network]) -> list[str]:
    present = {layer for net in waves.values() for layer in net.layers}
    return [name for name in LAYERS if name in present] + sorted(present.difference(LAYERS))


def _one_layer(net: Network, layer: str) -> Network:
    # A wave without a tie in a layer of the user's naming does not know that layer.
    return net.layer(layer) if layer in net.layers else Network(net.firms, net.ties.iloc[:0])


def persistence(waves: Mapping[Any, Network], *, by: Literal["pair", "layer"] = "pair") -> pd.DataFrame:
    """Compare the ties of every wave with those of the wave before.

    Parameters
    ----------
    waves
        Networks by label, in order of time.
    by
        "pair": two firms are tied if they are in any layer. "layer": every layer by itself.

    Returns
    -------
    DataFrame
        One row per wave but the first (and layer, column ``layer``): ``wave``, ``previous``; the number of ties
        ``before`` (previous wave), ``after`` (this one), ``kept`` (both), ``ended`` and ``new``; ``jaccard`` = kept /
        (kept + ended + new); ``retention`` = kept / before; ``exit`` = ended / before; ``entry`` = new / after;
        ``churn`` = (ended + new) / (before + after), half the reallocation rate of davis1992; ``one_way``, arcs of
        the previous wave without one back, ``repaid``, those that have one in this wave, and ``repayment``, their
        share. Shares are from 0 to 1, NaN where there is nothing to divide by; the last three are NaN without
        direction. Directed ties count as arcs, others as pairs.

    References
    ----------
    snijders2010, davis1992

    Examples
    --------
    >>> waves = {1: Network.from_edges([("A", "B"), ("B", "C")], firms=[*"ABC"]),
    ...          2: Network.from_edges([("A", "B"), ("A", "C")], firms=[*"ABC"])}
    >>> persistence(waves)[["kept", "ended", "new", "jaccard", "retention"]].values.round(3).tolist()
    [[1.0, 1.0, 1.0, 0.333, 0.5]]
    """
    choose("by", by, ("pair", "layer"))
    ids = all_firms(waves)
    if by == "pair":
        return _compare(waves, ids)
    parts = [
        _compare({label: _one_layer(net, layer) for label, net in waves.items()}, ids).assign(layer=layer)
        for layer in _layers_of(waves)
    ]
    table = pd.concat(parts, ignore_index=True) if parts else _compare({}, ids).assign(layer="")
    table.insert(2, "layer", table.pop("layer"))
    return table


def _compare(waves: Mapping[Any, Network], ids: pd.Index) -> pd.DataFrame:
    keys, directed = tie_keys(waves, ids)
    n = np.int64(max(len(ids), 1))
    labels = list(waves)
    rows = []
    for place in range(1, len(keys)):
        old, now = keys[place - 1], keys[place]
        before, after, kept = len(old), len(now), int(among(old, now).sum())
        ended, new = before - kept, after - kept
        one_way = repaid = NAN
        if directed:
            back = (old % n) * n + old // n
            waiting = back[~among(back, old)]
            one_way, repaid = len(waiting), int(among(waiting, now).sum())
        rows.append(
            {
                "wave": labels[place],
                "previous": labels[place - 1],
                "before": before,
                "after": after,
                "kept": kept,
                "ended": ended,
                "new": new,
                "jaccard": ratio(kept, kept + ended + new),
                "retention": ratio(kept, before),
                "exit": ratio(ended, before),
                "entry": ratio(new, after),
                "churn": ratio(ended + new, before + after),
                "one_way": one_way,
                "repaid": repaid,
                "repayment": ratio(repaid, one_way),
            }
        )
    columns = [
        "wave", "previous", "before", "after", "kept", "ended", "new", "jaccard", "retention", "exit", "entry", "churn",
        "one_way", "repaid", "repayment",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def firm_turnover(waves: Mapping[Any, Network]) -> pd.DataFrame:
    """Count the partners that each firm kept, lost and gained from wave to wave.

    Parameters
    ----------
    waves
        Networks by label, in order of time. Direction and layers are ignored: a partner is a partner.

    Returns
    -------
    DataFrame
        One row per wave but the first, and firm: ``wave``, ``firm``, ``kept``, ``lost``, ``gained`` (partners), and
        ``turnover`` = (lost + gained) / (kept + lost + gained), 0 to 1, NaN for firms without partners in both waves.

    References
    ----------
    snijders2010

    Examples
    --------
    >>> waves = {1: Network.from_edges([("A", "B"), ("B", "C")], firms=[*"ABC"]),
    ...          2: Network.from_edges([("A", "B"), ("A", "C")], firms=[*"ABC"])}
    >>> firm_turnover(waves)["turnover"].tolist()
    [0.5, 0.5, 1.0]
    """
    ids = all_firms(waves)
    keys, _ = tie_keys(waves, ids, direction="undirected")
    n = max(len(ids), 1)

    def partners(ties: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.bincount(ties // n, minlength=len(ids)) + np.bincount(ties % n, minlength=len(ids))

    tables = []
    for label, old, now in zip(list(waves)[1:], keys, keys[1:], strict=False):
        kept = partners(old[among(old, now)])
        lost, gained = partners(old) - kept, partners(now) - kept
        every = kept + lost + gained
        change = np.divide(lost + gained, every, out=np.full(len(ids), np.nan), where=every > 0)
        columns = {"kept": kept, "lost": lost, "gained": gained, "turnover": change}
        tables.append(pd.DataFrame({"wave": [label] * len(ids), "firm": ids, **columns}))
    if not tables:
        return pd.DataFrame(columns=["wave", "firm", "kept", "lost", "gained", "turnover"])
    return pd.concat(tables, ignore_index=True)


def tie_decay(waves: Mapping[Any, Network]) -> pd.DataFrame:
    """How many ties are still there after one wave, two waves, and so on.

    Parameters
    ----------
    waves
        Networks by label, in order of time, evenly spaced. Layers are merged.

    Returns
    -------
    DataFrame
        One row per lag from 1 to the number of waves less 1: ``lag``; ``ties``, of all waves that are followed by a
        wave at that lag (later ones cannot tell, and are not counted); ``kept``, those that are there again, whatever
        happened in between; ``share`` = kept / ties; ``rate`` = -ln(share) / lag, which is the same at all lags when
        ties decay exponentially and falls when older ties last longer (burt2002). NaN without ties; ``rate`` is
        missing where none is left.

    References
    ----------
    burt2002

    Examples
    --------
    >>> waves = {1: Network.from_edges([("A", "B"), ("B", "C")], firms=[*"ABC"]),
    ...          2: Network.from_edges([("A", "B"), ("A", "C")], firms=[*"ABC"])}
    >>> tie_decay(waves)[["ties", "kept", "share"]].values.tolist()
    [[2.0, 1.0, 0.5]]
    """
    keys, _ = tie_keys(waves, all_firms(waves))
    rows = []
    for lag in range(1, len(keys)):
        ties = sum(len(old) for old in keys[:-lag])
        later = zip(keys, keys[lag:], strict=False)
        kept = sum(int(among(old, now).sum()) for old, now in later)
        share = ratio(kept, ties)
        rows.append((lag, ties, kept, share, -np.log(share) / lag if share > 0 else NAN))
    return pd.DataFrame(rows, columns=["lag", "ties", "kept", "share", "rate"])


# ── communities and core over time ──


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class CommunityTracks(Result):
    """Communities followed from wave to wave.

    Attributes
    ----------
    membership
        One row per firm, one column per wave: the number of the track its community belongs to. NaN where the firm
        belongs to none.
    table
        One row per wave and community: ``wave``, ``track``, ``size``, ``event`` ("first", "continued", "born"),
        ``jaccard`` with the community of the same track in the wave before, ``previous_size`` (both NaN unless
        continued), and ``dissolved``, True if no community of the next wave continues it (never in the last one).
    settings
        The threshold.
    """

    membership: pd.DataFrame
    table: pd.DataFrame
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return one row per wave and community."""
        return self.table.copy(deep=False)

    def summary(self) -> str:
        """Return the number of tracks, and how many communities continued, in one line."""
        events = self.table["event"].value_counts()
        return (
            f"{self.table['track'].nunique():,} communities over {self.membership.shape[1]:,} waves, "
            f"{int(events.get('continued', 0)):,} times continued, {int(events.get('born', 0)):,} born, "
            f"{int(self.table['dissolved'].sum()):,} dissolved"
        )


def match_communities(memberships: Mapping[Any, pd.Series], *, minimum: float = 0.3) -> CommunityTracks:
    """Follow communities through the waves by the members they share.

    Between consecutive waves communities are paired one to one so that the sum of the Jaccard similarities of their
    members is largest (kuhn1955); a pair below `minimum` is no match.

    Parameters
    ----------
    memberships
        By wave, in order of time, a Series of community numbers or names by firm (NaN: none), such as
        ``{wave: communities(net, seed=1).membership for wave, net in waves.items()}``.
    minimum
        Least Jaccard similarity, above 0 to 1, at which a community continues another.

    Returns
    -------
    CommunityTracks
        Tracks are numbered from 0 by first appearance, the larger first.

    Raises
    ------
    OptionError
        If `minimum` is outside its range, a membership is no Series, or it names a firm twice.

    References
    ----------
    kuhn1955, hopcroft2004

    Examples
    --------
    >>> import pandas as pd
    >>> waves = {1: pd.Series({"A": 0, "B": 0, "C": 1, "D": 1}), 2: pd.Series({"A": 5, "B": 5, "C": 5, "D": 7})}
    >>> match_communities(waves).table[["wave", "track", "event", "jaccard"]].round(3).values.tolist()[2:]
    [[2, 0, 'continued', 0.667], [2, 1, 'continued', 0.5]]
    """
    minimum = share_between("minimum", minimum, one=True)
    if not isinstance(memberships, Mapping):
        raise OptionError(f"memberships is a {type(memberships).__name__}; give a dictionary from wave to Series.")
    for wave, members in memberships.items():
        if not isinstance(members, pd.Series):
            raise OptionError(
                f"the membership of wave {wave!r} is a {type(members).__name__}; give a Series of communities by firm, "
                "such as communities(net, seed=1).membership."
            )
        if not members.index.is_unique:
            twice = members.index[members.index.duplicated()].unique()
            raise OptionError(f"the membership of wave {wave!r} names firms more than once: {listing(twice)}.")
    everyone = pd.Index([], dtype=object)
    for members in memberships.values():
        everyone = everyone.append(members.index[~members.index.isin(everyone)].astype(object))
    rows: list[dict[str, Any]] = []
    columns: dict[Any, NDArray[np.float64]] = {}
    old, tracks, fresh = np.full(len(everyone), -1), np.empty(0, dtype=np.int64), 0
    for number, (wave, members) in enumerate(memberships.items()):
        now = _by_size(members, everyone)
        size, before = np.bincount(now[now >= 0]), np.bincount(old[old >= 0])
        match = _best_pairs(old, now, minimum)
        current = np.empty(len(size), dtype=np.int64)
        for j in range(len(size)):
            i, jaccard = match.get(j, (-1, NAN))
            # A track that breaks off never comes back: a new community gets a new number.
            current[j] = fresh if i < 0 else tracks[i]
            fresh += int(i < 0)
            rows.append(
                {
                    "wave": wave,
                    "track": int(current[j]),
                    "size": int(size[j]),
                    "event": "first" if number == 0 else "born" if i < 0 else "continued",
                    "jaccard": jaccard,
                    "previous_size": NAN if i < 0 else int(before[i]),
                }
            )
        columns[wave] = np.append(current.astype(float), NAN)[now]  # -1, no community, takes the NaN at the end
        old, tracks = now, current
    table = pd.DataFrame(rows, columns=["wave", "track", "size", "event", "jaccard", "previous_size"])
    order = {wave: place for place, wave in enumerate(memberships)}
    seen = set(zip(table["wave"].map(order), table["track"], strict=True))
    table["dissolved"] = [
        order[wave] + 1 < len(order) and (order[wave] + 1, track) not in seen
        for wave, track in zip(table["wave"], table["track"], strict=True)
    ]
    membership = pd.DataFrame(columns, index=everyone)
    return CommunityTracks(
        membership=membership.astype(float).rename_axis(index="firm"),
        table=table,
        settings=Settings({"minimum": float(minimum)}),
    )


def _by_size(members: pd.Series, everyone: pd.Index) -> NDArray[np.int64]:
    """Return the number of everyone's community, 0 for the largest, and -1 for none."""
    known = members.dropna()
    codes = np.unique(known.groupby(known, sort=True).ngroup().to_numpy(), return_inverse=True)[1]
    rank = np.argsort(np.argsort(-np.bincount(codes), kind="stable"))
    found = np.full(len(everyone), -1)
    found[everyone.get_indexer(known.index.astype(object))] = rank[codes]
    return found


def _best_pairs(old: NDArray[np.int64], now: NDArray[np.int64], minimum: float) -> dict[int, tuple[int, float]]:
    """Return by community of now the one before that it continues, and their Jaccard similarity."""
    from scipy.optimize import linear_sum_assignment
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    both = (old >= 0) & (now >= 0)
    if not both.any():
        return {}
    size, before = np.bincount(now[now >= 0]), np.bincount(old[old >= 0])
    key, shared = np.unique(old[both] * len(size) + now[both], return_counts=True)
    i, j = np.divmod(key, len(size))
    jaccard = shared / (before[i] + size[j] - shared)
    i, j, jaccard = (values[jaccard >= minimum] for values in (i, j, jaccard))
    # Communities that share no firm with the others are paired by themselves: one large table would take minutes.
    graph = coo_array((jaccard, (i, len(before) + j)), shape=(len(before) + len(size),) * 2)
    part = connected_components(graph, directed=False)[1][i]
    order = np.argsort(part, kind="stable")
    found = {}
    for rows in np.split(order, np.flatnonzero(np.diff(part[order])) + 1):
        if not len(rows):
            continue
        ones, row = np.unique(i[rows], return_inverse=True)
        others, column = np.unique(j[rows], return_inverse=True)
        block = np.zeros((len(ones), len(others)))
        block[row, column] = jaccard[rows]
        for a, b in zip(*linear_sum_assignment(block, maximize=True), strict=True):
            if block[a, b] > 0:
                found[int(others[b])] = int(ones[a]), float(block[a, b])
    return found


def lock_in(
    waves: Mapping[Any, Network],
    *,
    groups: str | pd.Series | None = None,
    coreness: Callable[[Network], pd.Series] | None = None,
) -> pd.DataFrame:
    """How closed the network is, and how closed its core is to newcomers, wave by wave.

    Parameters
    ----------
    waves
        Networks by label, in order of time.
    groups
        A column of ``firms`` or a Series by firm, such as the region: the E-I index says whether ties stay inside of
        groups. None leaves it out.
    coreness
        A firm measure; k-coreness among partners, direction ignored, when omitted. The core of a wave is the firms
        with its highest value, if above 0.

    Returns
    -------
    DataFrame
        Indexed by ``wave``: ``ei``, the E-I index, -1 when all ties are inside of groups, 1 when all cross, NaN without
        groups or ties; ``coreness_correlation``, rank correlation (Spearman) of coreness with the wave before over the
        firms of both, 1 when positions are frozen, NaN in the first wave and where all firms have one value; ``core``,
        the number of firms in it; ``core_stayed``, ``core_entered``, ``core_left`` against the wave before;
        ``core_entry`` = entered / core, 0 when nobody gets in. Lock-in shows as falling `ei` with high correlation and
        low entry.

    References
    ----------
    krackhardtstern1988, seidman1983, crespo2014

    Examples
    --------
    >>> square = [("A", "B"), ("B", "C"), ("A", "C"), ("C", "D")]
    >>> waves = {1: Network.from_edges(square), 2: Network.from_edges([*square, ("B", "D"), ("A", "D")])}
    >>> lock_in(waves)[["core", "core_entered", "core_entry"]].values.tolist()
    [[3.0, nan, nan], [4.0, 1.0, 0.25]]
    """
    all_firms(waves)
    rows = []
    old: pd.Series | None = None
    old_core = pd.Index([])
    for label, net in waves.items():
        # Mutual arcs, or an alliance among arcs, are one partner.
        now = cohesion.k_coreness(net.undirected()) if coreness is None else coreness(net)
        if not isinstance(now, pd.Series):
            raise OptionError(f"coreness returned a {type(now).__name__}; give a firm measure, which returns a Series.")
        top = now.max()
        core = now.index[(now == top).to_numpy() & bool(top > 0)]
        row: dict[str, Any] = {"wave": label, "ei": NAN, "coreness_correlation": NAN, "core": len(core)}
        if groups is not None:
            row["ei"] = cohesion.ei_index(net, firm_values(net, groups))
        if old is not None:
            stayed = len(core.intersection(old_core))
            row |= {
                "coreness_correlation": _rank_correlation(old, now),
                "core_stayed": stayed,
                "core_entered": len(core) - stayed,
                "core_left": len(old_core) - stayed,
                "core_entry": ratio(len(core) - stayed, len(core)),
            }
        rows.append(row)
        old, old_core = now, core
    columns = ["wave", "ei", "coreness_correlation", "core", "core_stayed", "core_entered", "core_left", "core_entry"]
    return pd.DataFrame(rows, columns=columns).set_index("wave")


def _rank_correlation(one: pd.Series, other: pd.Series) -> float:
    """Return Spearman's rank correlation over the firms that both know."""
    both = pd.DataFrame({"one": one, "other": other}).dropna().rank()
    if len(both) < 2 or both.nunique().min() < 2:
        return NAN
    return float(np.corrcoef(both["one"], both["other"])[0, 1])
