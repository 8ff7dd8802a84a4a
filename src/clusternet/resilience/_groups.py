"""What is left when ties are cut, or when whole sets go at once: a layer, a sector, a place, a platform."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np
import pandas as pd

from clusternet import _percolation
from clusternet._compiled import call
from clusternet.errors import OptionError, listing, nearest
from clusternet.measure import choose, firm_values
from clusternet.network import igraph_view
from clusternet.resilience._economy import settled
from clusternet.resilience._mutual import MutualComponents
from clusternet.resilience._orders import as_scores, by_score, members_of
from clusternet.resilience._paths import (
    COUNTABLE,
    Connection,
    Path,
    bare,
    check_responses,
    completed,
    counted,
    curve_of,
    entropy,
    is_recounted,
    recounted,
    sampled,
    sizes_of,
    ties_of,
    weak_path,
)
from clusternet.resilience._results import check_whole
from clusternet.result import Result, Settings, resolve_seed, until_interrupted, warn_interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from clusternet.network import Network
    from clusternet.resilience._paths import Progress, Response

__all__ = ["TIE_ORDERS", "GroupRemoval", "TieRemoval", "remove_groups", "remove_ties", "tie_scores"]

TieOrder = Literal["random", "strongest", "weakest", "betweenness"]
GroupOrder = Literal["size", "loss", "random"]
TIE_ORDERS: tuple[str, ...] = get_args(TieOrder)
"""Names of the orders that `remove_ties` knows."""
GROUP_ORDERS: tuple[str, ...] = get_args(GroupOrder)

if TYPE_CHECKING:
    Groups: TypeAlias = str | pd.Series | Mapping[object, Iterable[object]]

_USUAL = ("giant_share", "n_components", "reachable_pairs", "reachable_share")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TieRemoval(Result):
    """What is left after 0, 1, ... ties have been cut in one order; all firms stay.

    Attributes
    ----------
    curve
        One row per number of ties cut (index ``removed``), one column per response.
    order
        Tie ids in the order in which they were cut.
    robustness
        Mean of the giant share after 1, ..., m cuts: R of schneider2011 for ties. NaN if some ties were never cut or
        there are none.
    settings
        Order, ties and responses; the seed where chance was used.
    """

    curve: pd.DataFrame
    order: pd.Index
    robustness: float
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return the curve with a first column ``tie``: the tie that was cut at that step (missing at 0)."""
        frame = self.curve.copy()
        frame.insert(0, "tie", pd.Series([None, *self.order], index=frame.index, dtype=object))
        return frame

    def summary(self) -> str:
        """Return the order, the number of ties and the robustness in one line."""
        about = self.settings.parameters
        how = f"{about['order']}{', adaptive' if about['adaptive'] else ''}"
        return f"{len(self.order):,} of {about['n_ties']:,} ties by {how}, robustness {self.robustness:.3f}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class GroupRemoval(Result):
    """What is left after 0, 1, ... whole groups of firms or ties have gone.

    Attributes
    ----------
    curve
        One row per number of groups gone (index ``removed``): ``n_left``, firms or ties still there, then one column
        per response.
    order
        Groups in the order in which they went.
    settings
        Order, what the groups are of, responses; the seed where chance was used.
    """

    curve: pd.DataFrame
    order: pd.Index
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return the curve with a first column ``group``: what went at that step (missing at 0)."""
        frame = self.curve.copy()
        frame.insert(0, "group", pd.Series([None, *self.order], index=frame.index, dtype=object))
        return frame

    def summary(self) -> str:
        """Return the groups and what is left in one line."""
        about = self.settings.parameters
        left = self.curve["n_left"]
        how = f"{about['order']}{', adaptive' if about['adaptive'] else ''}"
        return (
            f"{len(self.order):,} groups of {about['of']} by {how}: {listing(self.order)}; "
            f"{left.iloc[-1]:,} of {left.iloc[0]:,} {about['of']} left"
        )


def _tie_path(net: Network, order: NDArray[np.int64]) -> Path:
    source, target = net._codes  # noqa: SLF001  (ends as positions, in the order of the tie table)
    n, m = net.n_firms, net.n_ties
    everything = completed(order, m).astype(np.int64)
    scratch = [np.empty(n, dtype=np.int64), np.empty(n + 1, dtype=np.int64)]
    path = Path(*(np.empty(m + 1, dtype=np.int64) for _ in range(4)))
    inputs: list[NDArray[Any]] = [source.astype(np.int64), target.astype(np.int64), everything]
    call(_percolation.tie_path, inputs, [*scratch, *path], work=n + 2 * m)
    return Path(*(row[: len(order) + 1] for row in path))


def _tie_curve(
    net: Network,
    order: NDArray[np.int64],
    wanted: dict[str, Any],
    connection: Connection,
    progress: Progress | None,
    *,
    at: NDArray[np.bool_],
) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Return the responses after every cut, and the size of the giant; slow responses only `at` some cuts."""
    n, none = net.n_firms, np.empty(0, dtype=np.int64)
    uncut = np.ones(net.n_ties, dtype=bool)

    def after(step: int) -> Network:
        if step:
            uncut[order[step - 1]] = False
        else:
            uncut[:] = True
        return net._pick(uncut, "cut")  # noqa: SLF001  (ties by a mask)

    def sizes(step: int) -> list[int]:
        if connection == "all_layers":
            return MutualComponents(after(step), net.layers).sizes()
        return sizes_of(after(step).simple().csr(), connection)

    if is_recounted(net, connection) or "component_entropy" in wanted:
        path, worth = recounted(sizes, len(order), progress)
    else:
        path, worth = _tie_path(net, order), None
    done = len(path.giant)
    slow = {name: response for name, response in settled(net, wanted).items() if name not in COUNTABLE}

    def values(step: int) -> list[float]:
        left = after(step)
        return curve_of(left, none, slow, "weak", None)[0].iloc[0].tolist() if at[step] else [math.nan] * len(slow)

    if slow:
        found = until_interrupted(values, range(done), done - 1, progress, start=1)
        done = len(found)
        others = dict(zip(slow, np.array(found, dtype=np.float64).T, strict=True))
    columns: dict[str, Any] = {}
    for name in wanted:
        if name in slow:
            columns[name] = others[name]
        elif name == "component_entropy" and worth is not None:
            columns[name] = entropy(worth, n, stay=True)[:done]
        else:
            counts, divisor = counted(name, path, n, stay=True)
            columns[name] = (counts if name in ("n_components", "reachable_pairs") else counts / divisor)[:done]
    return pd.DataFrame(columns, index=pd.RangeIndex(done, name="removed")), path.giant[:done]


def _positions(ids: pd.Index, wanted: Iterable[object], what: str) -> NDArray[np.int64]:
    given = pd.Index([wanted] if isinstance(wanted, str) else list(wanted), tupleize_cols=False)
    if not given.is_unique:
        raise OptionError(f"{what}s are listed twice: {listing(given[given.duplicated()].unique())}.")
    place = ids.get_indexer(given)
    if (place < 0).any():
        raise OptionError(f"these {what}s are not in the network: {listing(given[place < 0])}.")
    return np.asarray(place, dtype=np.int64)


def _given(
    ids: pd.Index, order: pd.Series | Iterable[object], what: str, prior: NDArray[np.int64] | None
) -> tuple[str, NDArray[np.int64]]:
    """Return the name of an order by scores or by a list, and the positions in that order."""
    if isinstance(order, (set, frozenset)):
        raise OptionError(f"the order is a set, which has none; give a list, or a Series of scores by {what}.")
    if isinstance(order, Mapping):  # its keys alone would pass for a list
        order = pd.Series(dict(order), dtype=None if order else "float64")
    if not isinstance(order, pd.Series):
        return "list", _positions(ids, order, what)
    scores = np.full(len(ids), np.nan)
    scores[_positions(ids, order.index, what)] = as_scores(order)
    return str(order.name) if order.name is not None else "scores", by_score(scores, prior)


def _pairs(net: Network) -> NDArray[np.int64]:
    """Return which pair of the simple undirected graph every tie belongs to; -1 for a tie of a firm with itself."""
    graph = net.simple("undirected")
    source, target = net._codes  # noqa: SLF001
    n = np.int64(max(net.n_firms, 1))
    key = np.minimum(source, target) * n + np.maximum(source, target)
    return np.where(source == target, -1, np.searchsorted(graph.source * n + graph.target, key))


def tie_scores(net: Network, order: str) -> NDArray[np.float64]:
    strength: NDArray[np.float64] = net.ties["strength"].to_numpy(dtype=np.float64)
    if order == "strongest":
        return strength
    if order == "weakest":
        return -strength
    pair = _pairs(net)
    between = np.array(igraph_view(net, "undirected").edge_betweenness(), dtype=np.float64)
    scores = np.full(net.n_ties, np.nan)
    scores[pair >= 0] = _percolation.rounded(between)[pair[pair >= 0]]
    return scores


def _cut_by_betweenness(net: Network, prior: NDArray[np.int64], progress: Progress | None) -> NDArray[np.int64]:
    """Cut a tie of the pair of highest betweenness, recompute in the component that it left, repeat."""
    pair = _pairs(net)
    by = np.argsort(prior)
    loops = by[pair[by] < 0]
    whole = bare(net.undirected())
    n_pairs = whole.ecount()
    waiting: list[list[int]] = [[] for _ in range(n_pairs)]  # ties of every pair, who goes first at the end
    for tie in by[::-1].tolist():
        if pair[tie] >= 0:
            waiting[pair[tie]].append(tie)
    first = np.array([prior[ties[-1]] for ties in waiting], dtype=np.int64)
    score = np.zeros(n_pairs)
    home: list[Any] = [None] * n_pairs

    def settle(graph: Any) -> None:
        for piece in graph.decompose():
            if piece.ecount():
                held = piece.es["pair"]
                score[held] = _percolation.rounded(np.array(piece.edge_betweenness()))
                for one in held:
                    home[one] = piece

    whole.es["pair"] = range(n_pairs)
    settle(whole)
    order: list[int] = []
    try:
        while len(order) < net.n_ties - len(loops):
            tied = np.flatnonzero(score == score.max())
            cut = int(tied[first[tied].argmin()])
            order.append(waiting[cut].pop())
            if waiting[cut]:
                first[cut] = prior[waiting[cut][-1]]
            else:
                score[cut] = -1.0
                piece = home[cut]
                piece.delete_edges(piece.es["pair"].index(cut))
                settle(piece)
            if progress is not None:
                progress(len(order), net.n_ties)
    except KeyboardInterrupt:
        warn_interrupted(len(order), net.n_ties)
        return np.array(order, dtype=np.int64)
    return np.array([*order, *loops.tolist()], dtype=np.int64)


def remove_ties(
    net: Network,
    *,
    order: TieOrder | pd.Series | Iterable[object] = "strongest",
    adaptive: bool = False,
    responses: Iterable[Response | Callable[[Network], float]] = _USUAL,  # type: ignore[assignment]
    ties: Literal["first", "random"] = "first",
    connection: Connection = "weak",
    every: int = 1,
    progress: Progress | None = None,
    seed: int | None = None,
) -> TieRemoval:
    """Cut ties one after the other, and record what is left after each.

    Ties are the rows of ``net.ties``: parallel ties are cut one by one, and a pair stays connected until the last of
    them is gone.

    Parameters
    ----------
    net
        The network.
    order
        ``"strongest"`` or ``"weakest"`` first (onnela2007: where weak ties bridge, the second breaks a network
        sooner); ``"betweenness"`` of the tied pair, without direction and strength, highest first; ``"random"``; a
        Series of scores by tie id, highest first, the unscored last; or a list of tie ids, which need not name every
        tie.
    adaptive
        False: rank once, on the intact network. True, for "betweenness" alone, as cuts change no other order: rank
        again after every cut (newmangirvan2004).
    responses
        As in `remove_firms`; shares are of all firms. All but those that count components are recomputed, hence slow
        (see `every`), and "component_entropy" recounts them.
    ties
        Who goes first among equal scores: ``"first"`` in the tie table, or one at ``"random"`` by `seed`.
    connection
        As in `remove_firms`, and as slow; a layer that is needed at the start is needed when all its ties are cut.
    every
        Compute slow responses after every so many cuts (and the last) only; NaN between.
    progress
        Called as ``progress(done, total)`` on long steps. An interrupt (Ctrl-C) keeps the steps done and warns.
    seed
        For a random order or random ties; a fresh one is drawn and stored when omitted.

    Returns
    -------
    TieRemoval
        ``.curve`` with m + 1 rows, ``.order``, ``.robustness``.

    Raises
    ------
    OptionError
        If an option is outside its set, scores are not numbers, a list names a tie twice or one there is not, or an
        order that is fixed is asked to adapt.

    References
    ----------
    newmanziff2001, schneider2011, onnela2007, newmangirvan2004

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo", 3.0), ("Bo", "Cy", 1.0), ("Cy", "Di", 2.0)])
    >>> remove_ties(net, order="weakest").curve["n_components"].tolist()
    [1, 2, 3, 4]
    """
    wanted = check_responses(responses)
    choose("ties", ties, ("first", "random"))
    choose("connection", connection, get_args(Connection))
    check_whole("every", every)
    if isinstance(order, str):
        choose("order", order, TIE_ORDERS)
    if adaptive and not (isinstance(order, str) and order == "betweenness"):
        raise OptionError("only order 'betweenness' changes as ties are cut; choose adaptive=False for every other.")
    chance = ties == "random" or (isinstance(order, str) and order == "random")
    used = resolve_seed(seed) if chance or seed is not None else None
    rng = np.random.default_rng(used)
    m, n = net.n_ties, net.n_firms
    prior = rng.permutation(m) if ties == "random" else None
    ids = net.ties.index
    if not isinstance(order, str):
        name, going = _given(ids, order, "tie", prior)
    else:
        name = order
        if adaptive:
            going = _cut_by_betweenness(net, np.arange(m) if prior is None else prior, progress)
        elif order == "random":
            going = rng.permutation(m)
        else:
            going = by_score(tie_scores(net, order), prior)
    curve, giant = _tie_curve(net, going, wanted, connection, progress, at=sampled(len(going), every))
    going = going[: len(curve) - 1]
    parameters = {
        "order": name,
        "adaptive": adaptive,
        "ties": ties,
        "connection": connection,
        "responses": tuple(wanted),
        "n_firms": n,
        "n_ties": m,
        **({"every": every} if every > 1 else {}),
    }
    return TieRemoval(
        curve=curve,
        order=ids[going],
        robustness=float(giant[1:].sum() / (m * n)) if len(going) == m > 0 else math.nan,
        settings=Settings(parameters, used if chance else None),
    )


def _members(net: Network, groups: Groups, of: str) -> dict[object, NDArray[np.int64]]:
    """Positions of the members of every group."""
    ids = net.firms.index if of == "firms" else net.ties.index
    if isinstance(groups, Mapping):
        return {name: _positions(ids, members, of[:-1]) for name, members in groups.items()}
    if isinstance(groups, pd.Series):
        _positions(ids, groups.index, of[:-1])
        values = groups.reindex(ids)
    elif not isinstance(groups, str):
        raise OptionError(f"groups is a {type(groups).__name__}; give a column, a Series or a dict of lists of {of}.")
    elif of == "firms":
        values = firm_values(net, groups)
    elif groups not in net.ties.columns:
        raise OptionError(
            f"ties has no column {groups!r}; it has {listing(net.ties.columns, 20)}."
            f"{nearest(groups, map(str, net.ties.columns))}"
        )
    else:
        values = net.ties[groups]
    codes, names = pd.factorize(values)
    return dict(zip(names, members_of(codes), strict=True))


def _pairs_left(net: Network, members: NDArray[np.int64], of: str) -> int:
    """Pairs of firms that can reach each other once the members are gone."""
    gone = len(members)
    if of == "ties":
        squares, left = int(_tie_path(net, members).squares[-1]), net.n_firms
    else:
        indptr, indices = ties_of(net)
        n = net.n_firms
        path = weak_path(indptr, indices, completed(members, n), n + len(indices))
        squares, left = int(path.squares[gone]), n - gone
    return (squares - left) // 2


def _ranked(net: Network, sets: list[NDArray[np.int64]], of: str, order: str, *, adaptive: bool) -> NDArray[np.int64]:
    """Return the groups by size or by the pairs that their loss alone costs, once or after every loss."""
    gone = np.empty(0, dtype=np.int64)
    waiting, going = list(range(len(sets))), []
    while waiting:
        left = [np.setdiff1d(sets[group], gone) for group in waiting]
        score = [
            -_pairs_left(net, np.concatenate([gone, group]), of) if order == "loss" else len(group) for group in left
        ]
        by = by_score(np.array(score, dtype=np.float64), None)
        if not adaptive:
            return by
        gone = np.concatenate([gone, left[by[0]]])
        going.append(waiting.pop(int(by[0])))
    return np.array(going, dtype=np.int64)


def remove_groups(
    net: Network,
    groups: Groups,
    *,
    of: Literal["firms", "ties"] = "firms",
    order: GroupOrder | pd.Series | Iterable[object] = "size",
    adaptive: bool = False,
    responses: Iterable[Response | Callable[[Network], float]] = _USUAL,  # type: ignore[assignment]
    connection: Connection = "weak",
    progress: Progress | None = None,
    seed: int | None = None,
) -> GroupRemoval:
    """Remove whole groups at once: the firms of a sector, place or scenario, or the ties of a layer or platform.

    Parameters
    ----------
    net
        The network. In a network of firms and agreements (two-mode), a platform or joint venture is a firm-like node
        of its own, so that ``groups={"platform": ["its id"]}`` ends it.
    groups
        A column of ``net.firms`` (with ``of="ties"``: of ``net.ties``, such as "layer"); a Series of group names by
        firm (tie); or group names to lists of ids, which may overlap. What has no group never leaves.
    of
        Whether groups are of "firms", who leave with their ties, or of "ties", which are cut while the firms stay.
    order
        ``"size"``: the group with most members first; ``"loss"``: the group whose loss alone costs most reachable
        pairs first; ``"random"``; a Series of scores by group, highest first, the unscored last; or a list of groups,
        which need not name all. Equal groups in the order in which they first appear.
    adaptive
        False: rank once, on the intact network. True, for "size" and "loss": rank again by the members still there
        and by the pairs that their loss would cost now.
    responses
        As in `remove_firms`, with ``of="ties"`` as in `remove_ties`.
    connection
        As in `remove_firms`; "loss" is of pairs in weak components whatever it is.
    progress
        Called as ``progress(done, total)``, in firms or ties, on long steps. An interrupt (Ctrl-C) keeps the groups
        that are done and warns.
    seed
        For a random order; a fresh one is drawn and stored when omitted.

    Returns
    -------
    GroupRemoval
        ``.curve`` (first column ``n_left``) and ``.order``.

    Raises
    ------
    OptionError
        If an option is outside its set, there is no such column, group, firm or tie, one is listed twice, or an order
        that is fixed is asked to adapt.

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Cy", "Di")])
    >>> sector = pd.Series({"Ada": "food", "Bo": "wood", "Cy": "wood", "Di": "food"})
    >>> remove_groups(net, sector, order=["wood", "food"]).curve[["n_left", "giant_share"]].values.tolist()
    [[4.0, 1.0], [2.0, 0.25], [0.0, 0.0]]
    """
    choose("of", of, ("firms", "ties"))
    wanted = check_responses(responses)
    choose("connection", connection, get_args(Connection))
    members = _members(net, groups, of)
    names = pd.Index(list(members), dtype=object, tupleize_cols=False)
    chance = isinstance(order, str) and order == "random"
    used = resolve_seed(seed) if chance or seed is not None else None
    sets = list(members.values())
    if isinstance(order, str):
        choose("order", order, GROUP_ORDERS)
    if adaptive and (not isinstance(order, str) or chance):
        raise OptionError("a random order, a Series and a list cannot adapt; choose adaptive=False, 'size' or 'loss'.")
    if not isinstance(order, str):
        label, going = _given(names, order, "group", None)
    else:
        label = order
        going = (
            np.random.default_rng(used).permutation(len(names))
            if chance
            else _ranked(net, sets, of, order, adaptive=adaptive)
        )
    size = net.n_firms if of == "firms" else net.n_ties
    there = np.ones(size, dtype=bool)
    parts: list[NDArray[np.int64]] = []
    for group in going:
        parts.append(sets[group][there[sets[group]]])  # who is in two groups leaves with the first
        there[parts[-1]] = False
    path = np.concatenate([np.empty(0, dtype=np.int64), *parts])
    ends = np.cumsum([0, *map(len, parts)])
    at = np.zeros(len(path) + 1, dtype=bool)
    at[ends] = True
    follow = curve_of if of == "firms" else _tie_curve
    whole = follow(net, path, wanted, connection, progress, at=at)[0]
    ends = ends[ends < len(whole)]  # all but after an interrupt
    curve = whole.iloc[ends].set_axis(pd.RangeIndex(len(ends), name="removed"))
    curve.insert(0, "n_left", size - ends)
    parameters = {
        "order": label,
        "adaptive": adaptive,
        "of": of,
        "connection": connection,
        "responses": tuple(wanted),
    }
    return GroupRemoval(
        curve=curve, order=names[going[: len(ends) - 1]], settings=Settings(parameters, used if chance else None)
    )
