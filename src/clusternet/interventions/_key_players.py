"""Key players (borgatti2006): whose loss fragments most (KPP-Neg), and who reaches most together (KPP-Pos)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from clusternet.errors import OptionError, listing
from clusternet.interventions._change import listed_ids
from clusternet.interventions._greedy import distances, lazy_greedy
from clusternet.measure import Direction, choose, whole_number
from clusternet.network import igraph_view
from clusternet.resilience import costliest_firms
from clusternet.result import Result, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from clusternet.network import Network

__all__ = [
    "KeyPlayers",
    "distance_weighted_fragmentation",
    "distance_weighted_reach",
    "fragmentation",
    "key_players",
    "reach",
]

Goal: TypeAlias = Literal["fragmentation", "distance_weighted_fragmentation", "reach", "distance_weighted_reach"]
GOALS = ("fragmentation", "distance_weighted_fragmentation", "reach", "distance_weighted_reach")
Method: TypeAlias = Literal["auto", "greedy", "exact"]
_EXACT_AUTO = 3e8  # cells looked at: about a second
_EXACT_LIMIT = 1e11


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class KeyPlayers(Result):
    """The k firms that together matter most for one goal.

    Attributes
    ----------
    firms
        Their ids: by greedy choice, the best next one given those before it.
    goal
        The goal that they maximize.
    base
        Its value without any of them: fragmentation of the whole network, or a reach of 0.
    value
        Its value with all of them: fragmentation after they left, reach of the set; 0 to 1. NaN for a fragmentation
        when fewer than two firms stay.
    bound
        No set of k firms can do better than this: equal to `value` where the search was exact; for the reach goals
        the least of 1, value / (1 - 1/e) (nemhauser1978) and the value plus the k largest gains left. Fragmentation
        has no such guarantee; its bound is what the k highest degrees allow, often loose: as many ties gone, and as
        many parts of equal size left.
    exact
        True if every set of k firms was compared.
    steps
        One row per firm: ``alone`` (value of the goal for it alone) and ``value`` (with those before it).
    settings
        k, goal, steps, direction and method.
    """

    firms: pd.Index
    goal: str
    base: float
    value: float
    bound: float
    exact: bool
    steps: pd.DataFrame
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return one row per firm: the goal for it alone, and together with the firms before it."""
        return self.steps.copy()

    def summary(self) -> str:
        """Return the firms and what they reach or break in one line."""
        how = "exact" if self.exact else f"greedy, at most {self.bound:.3f}"
        return f"{listing(self.firms)}: {self.goal.replace('_', ' ')} {self.value:.3f}, before {self.base:.3f} ({how})"


def fragmentation(network: Network, *, leave: Iterable[object] = ()) -> float:
    """Share of the pairs of firms that cannot reach each other: F of borgatti2006.

    Parameters
    ----------
    network
        The network; direction is ignored.
    leave
        Firms that leave first; the pairs are those of the firms that stay.

    Returns
    -------
    float
        0 (connected) to 1 (no ties); NaN for fewer than two firms.

    Raises
    ------
    UnknownFirmError
        If a firm that leaves is not in the network.
    """
    sizes = np.bincount(network.without(listed_ids(leave)).component_codes()).astype(float)
    n = sizes.sum()
    return float(1 - (sizes * (sizes - 1)).sum() / (n * (n - 1))) if n > 1 else math.nan


def distance_weighted_fragmentation(network: Network, *, leave: Iterable[object] = ()) -> float:
    """One less the mean of 1/distance over the pairs of firms, unreachable pairs counting 0 (borgatti2006).

    Parameters
    ----------
    network
        The network; direction and strength are ignored.
    leave
        Firms that leave first; the pairs are those of the firms that stay.

    Returns
    -------
    float
        0 (everybody tied to everybody) to 1 (no ties), at least `fragmentation`; NaN for fewer than two firms.

    Raises
    ------
    UnknownFirmError
        If a firm that leaves is not in the network.
    """
    return _spread(network.without(listed_ids(leave)).igraph_undirected)


def _spread(graph: Any) -> float:
    n = graph.vcount()
    if n < 2:
        return math.nan
    total = sum(count / length for length, _, count in graph.path_length_hist(directed=False).bins())
    return float(1 - 2 * total / (n * (n - 1)))


def reach(network: Network, firms: Iterable[object], *, steps: int = 2, direction: Direction = "all") -> float:
    """Share of all firms that a set of firms reaches within some steps, its own members included (borgatti2006).

    Parameters
    ----------
    network
        The network; strengths are ignored.
    firms
        The set: one id, or several.
    steps
        How many ties away a firm may be.
    direction
        "out": along directed ties, "in": against them, "all": either way.

    Returns
    -------
    float
        0 (empty set) to 1; NaN without firms in the network.

    Raises
    ------
    OptionError
        If steps is below 1 or the direction unknown.
    UnknownFirmError
        If a firm is not in the network.
    """
    steps = whole_number("steps", steps)
    away = _away(network, firms, direction)
    return float((away <= steps).mean()) if len(away) else math.nan


def distance_weighted_reach(network: Network, firms: Iterable[object], *, direction: Direction = "all") -> float:
    """Mean over all firms of 1/distance from the nearest member of a set, members counting 1 (borgatti2006).

    Parameters
    ----------
    network
        The network; strengths are ignored.
    firms
        The set: one id, or several.
    direction
        "out": along directed ties, "in": against them, "all": either way.

    Returns
    -------
    float
        0 (empty set) to 1 (every firm is in the set or tied to it); NaN without firms in the network.

    Raises
    ------
    OptionError
        If the direction is unknown.
    UnknownFirmError
        If a firm is not in the network.
    """
    away = _away(network, firms, direction)
    return float((1 / np.maximum(away, 1)).mean()) if len(away) else math.nan


def _worth(goal: str, steps: int, network: Network, direction: Direction) -> NDArray[np.float64]:
    """Return what firm j counts for (column) when firm i is in the set (row)."""
    choose("direction", direction, ("out", "in", "all"))
    away = distances(network, direction)
    if goal == "reach":
        return (away <= steps).astype(np.float64)
    return 1 / np.maximum(away, 1)


def _away(network: Network, firms: Iterable[object], direction: Direction) -> NDArray[np.float64]:
    """Return how many ties every firm is away from the nearest of a set; infinite if there is no path."""
    choose("direction", direction, ("out", "in", "all"))
    members = np.unique(network.positions(listed_ids(firms))).tolist()
    if not members:
        return np.full(network.n_firms, np.inf)
    away = np.array(igraph_view(network).distances(source=members, mode=direction), dtype=np.float64)
    return np.asarray(away.min(axis=0))


def key_players(
    network: Network,
    *,
    k: int = 3,
    goal: Goal = "fragmentation",
    steps: int = 2,
    direction: Direction = "all",
    method: Method = "auto",
) -> KeyPlayers:
    """Find the k firms whose loss fragments the network most, or who reach most of it together.

    Parameters
    ----------
    network
        The network; strengths are ignored.
    k
        Number of firms.
    goal
        ``"fragmentation"`` or ``"distance_weighted_fragmentation"`` (KPP-Neg: the value after the firms left, over
        the pairs of those that stay); ``"reach"`` or ``"distance_weighted_reach"`` (KPP-Pos).
    steps
        Of "reach": how many ties away a firm may be.
    direction
        Of the reach goals: "out" along directed ties, "in" against them, "all" either way.
    method
        ``"exact"`` compares all sets of k firms, and refuses what would take more than some minutes; ``"greedy"``
        adds the best next firm k times; ``"auto"`` is exact where that takes about a second. Of sets worth the same,
        the first in the firm table.

    Returns
    -------
    KeyPlayers
        ``.firms``, ``.value``, ``.base``, ``.bound``, ``.exact``, ``.steps``.

    Raises
    ------
    OptionError
        If an option is outside its set or range, or an exact search would not end.

    Notes
    -----
    Reach is monotone and submodular in the set, so that the greedy set reaches at least 1 - 1/e = 63% of the best
    one (nemhauser1978), and a gain once seen never grows (lazy evaluation, minoux1978). Fragmentation is neither: its
    greedy set can be far from the best, and every firm that could be next is looked at anew.
    The distance-weighted fragmentation takes all distances anew for every firm that could be next: about a second
    per chosen firm at 300 firms, half a minute at 1,000.

    References
    ----------
    borgatti2006, nemhauser1978, minoux1978

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("a", "b"), ("b", "c"), ("c", "d"), ("d", "e")])
    >>> key_players(net, k=1).firms.tolist(), key_players(net, k=2, goal="reach", steps=1).firms.tolist()
    (['c'], ['d', 'a'])
    """
    n = network.n_firms
    choose("goal", goal, GOALS)
    choose("method", method, ("auto", "greedy", "exact"))
    choose("direction", direction, ("out", "in", "all"))
    steps = whole_number("steps", steps)
    k = whole_number("k", k, 1, most=n)
    if goal == "fragmentation":
        found = costliest_firms(network, k, response="reachable_pairs", method=method)
        picked, exact, bound = network.positions(found.firms).tolist(), found.exact, _most_fragmented(network, k)
        alone = [fragmentation(network, leave=[firm]) for firm in found.firms]
        values = [fragmentation(network, leave=found.firms[: step + 1]) for step in range(k)]
        base = fragmentation(network)
    elif goal == "distance_weighted_fragmentation":
        picked, exact = _most_spread(network, k, method)
        bound = _most_fragmented(network, k, weighted=True)
        ids = network.firms.index[picked]
        alone = [distance_weighted_fragmentation(network, leave=[firm]) for firm in ids]
        values = [distance_weighted_fragmentation(network, leave=ids[: step + 1]) for step in range(k)]
        base = distance_weighted_fragmentation(network)
    else:
        worth = _worth(goal, steps, network, direction)
        picked, exact, bound = _most_reached(worth, k, method)
        alone = worth[picked].mean(axis=1).tolist()
        values = np.maximum.accumulate(worth[picked], axis=0).mean(axis=1).tolist()
        base = 0.0
    if exact:
        bound = values[-1]
    return KeyPlayers(
        firms=network.firms.index[picked],
        goal=goal,
        base=base,
        value=float(values[-1]),
        bound=float(bound),
        exact=exact,
        steps=pd.DataFrame({"alone": alone, "value": values}, index=network.firms.index[picked]),
        settings=Settings({"k": k, "goal": goal, "steps": steps, "direction": direction, "method": method}),
    )


def _most_fragmented(network: Network, k: int, *, weighted: bool = False) -> float:
    """Return what no loss of k firms can exceed, NaN if fewer than two stay.

    A firm takes at most its ties with it, and leaves at most one part more for each tie after the first. So many ties
    are left at least, each a pair that stays connected, and the pairs in so many parts are fewest if these are alike.
    """
    n = network.n_firms - k
    if n < 2:
        return math.nan
    graph = network.simple("undirected")
    degree = np.bincount(np.concatenate([graph.source, graph.target]), minlength=graph.n)
    gone = int(np.sort(degree)[::-1][:k].sum())
    parts = min(n, max(1, len(set(network.component_codes().tolist())) + gone - k))
    size, larger = divmod(n, parts)
    apart = parts * size * (size - 1) // 2 + larger * size
    # Pairs further apart count less than 1: at least the ties of a tree in each part are left whole.
    pairs = max(len(graph.source) - gone, n - parts if weighted else apart)
    return 1 - pairs / (n * (n - 1) / 2)


def _is_exact(method: str, n: int, k: int, work: float) -> bool:
    if method == "exact" and work > _EXACT_LIMIT:
        raise OptionError(f"{math.comb(n, k):,} sets of {k} of {n:,} firms are too many; choose method='greedy'.")
    return method == "exact" or (method == "auto" and work <= _EXACT_AUTO)


def _most_spread(network: Network, k: int, method: str) -> tuple[list[int], bool]:
    """Return the firms without which the distance-weighted fragmentation is largest."""
    n = network.n_firms
    graph = network.igraph_undirected
    del graph.es["strength"]
    # All distances of one network take about as long as 20 looks at each of its cells n * (n + ties).
    exact = _is_exact(method, n, k, 20.0 * math.comb(n, k) * n * (n + graph.ecount()))

    def without(gone: tuple[int, ...]) -> float:
        left = graph.copy()
        left.delete_vertices(list(gone))
        value = _spread(left)
        return 1.0 if math.isnan(value) else value

    pool: Iterable[int] = range(n)
    if exact:
        most = -math.inf
        for gone in combinations(range(n), k):
            value = without(gone)
            if value > most + 1e-12:
                pool, most = gone, value
    return _best_next(pool, k, without), exact


def _best_next(pool: Iterable[int], k: int, value_of: Callable[[tuple[int, ...]], float]) -> list[int]:
    """Return k of the pool, each the one that is best with those before it; of equals the first."""
    picked: list[int] = []
    for _ in range(k):
        rest = [firm for firm in pool if firm not in picked]
        values = [value_of((*picked, firm)) for firm in rest]
        picked.append(next(firm for firm, value in zip(rest, values, strict=True) if value >= max(values) - 1e-12))
    return picked


def _most_reached(worth: NDArray[np.float64], k: int, method: str) -> tuple[list[int], bool, float]:
    """Return the rows whose columnwise maximum is largest on average, and a bound on what any k rows reach."""
    n = len(worth)
    exact = _is_exact(method, n, k, float(math.comb(n, k - 1)) * n * n / 2)
    if exact:
        best: tuple[int, ...] = ()
        most = -math.inf
        for head in combinations(range(n), k - 1):
            first = head[-1] + 1 if head else 0
            if first == n:
                continue
            there = worth[list(head)].max(axis=0) if head else np.zeros(n)
            totals = np.maximum(worth[first:], there).mean(axis=1)
            last = int(np.flatnonzero(totals >= totals.max() - 1e-12)[0])
            if totals[last] > most + 1e-12:
                best, most = (*head, first + last), float(totals[last])
        return _best_next(best, k, lambda firms: float(worth[list(firms)].max(axis=0).mean())), True, most
    there = np.zeros(n)

    def gain(row: int) -> float:
        return float(np.maximum(worth[row] - there, 0).mean())

    def take(row: int) -> None:
        np.maximum(there, worth[row], out=there)

    picked = lazy_greedy(n, k, gain, take)
    value = float(there.mean())
    left = np.sort([gain(row) for row in range(n)])[::-1][:k]
    return picked, False, min(1.0, value / (1 - math.exp(-1)), value + float(left.sum()))
