"""Layers that need each other: firms that work only while they hold together in every one of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from clusternet.cascades._run import numbers
from clusternet.errors import OptionError, listing
from clusternet.resilience._mutual import components_of, mutual_blocks
from clusternet.result import Result, Settings, resolve_seed

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from clusternet.network import Network

__all__ = ["MutualGiant", "interdependence_threshold", "layer_correlation", "mutual_giant", "mutual_giant_share"]


# ── closed forms ──


def _reach(n_layers: int, dependence: float) -> NDArray[np.float64]:
    """Return the chances that a firm in one layer needs itself in 1, 2, ... layers, those it needs through others too.

    One needed layer after the other is asked which of the layers not yet needed it needs.
    """
    from scipy.stats import binom

    places = np.arange(n_layers)
    spared = binom.pmf(places, places[:, None], 1 - dependence)  # row: not needed before, column: after
    waiting = np.eye(n_layers)[-1]
    chances = np.zeros(n_layers)
    for asked in range(1, n_layers + 1):
        waiting = waiting @ spared
        chances[asked - 1], waiting[n_layers - asked] = waiting[n_layers - asked], 0.0
    return chances


def _needed(x: ArrayLike, chances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean ties per firm left, p k, at which x = k P solves P = p (a R1 + a^2 R2 + ...), a = 1 - e^-x, R `_reach`."""
    alive = -np.expm1(-np.asarray(x, dtype=np.float64))
    with np.errstate(divide="ignore", over="ignore"):  # inf: no number of ties would do
        return np.asarray(x / (alive * np.polyval(chances[::-1], alive)))


def _check_layers(n_layers: int, dependence: float) -> None:
    if isinstance(n_layers, bool) or not isinstance(n_layers, (int, np.integer)) or n_layers < 1:
        raise OptionError(f"layers is {n_layers!r}; give a whole number of 1 or more.")
    if not 0 <= dependence <= 1:
        raise OptionError(f"dependence is {dependence!r}; give a share from 0 to 1.")


class _Edge(NamedTuple):
    kept: float
    x: float


def _edges(chances: NDArray[np.float64]) -> list[_Edge]:
    """Return where the share falls as p k declines, highest first: p k, and k P before the fall.

    The last is the least p k with a mutual giant component; k P is 0 there where it declines to nothing.
    """
    from scipy.optimize import minimize_scalar

    grid = np.geomspace(1e-6, 50.0, 4000)
    values = _needed(grid, chances)
    edges = []
    for place in np.flatnonzero((values[1:-1] <= values[:-2]) & (values[1:-1] < values[2:]))[::-1] + 1:
        found = minimize_scalar(
            lambda x: float(_needed(x, chances)),
            bounds=(grid[place - 1], grid[place + 1]),
            method="bounded",
            options={"xatol": 1e-12},
        )
        edges.append(_Edge(float(found.fun), float(found.x)))
    if chances[0] > 0:
        edges.append(_Edge(1 / float(chances[0]), 0.0))
    # A later edge counts only if the share lasts until there.
    return [edge for place, edge in enumerate(edges) if all(edge.kept < other.kept for other in edges[:place])]


def interdependence_threshold(
    layers: int | Iterable[int] = (1, 2, 3, 4, 5), *, dependence: float = 1.0
) -> pd.DataFrame:
    """Damage at which random layers that need each other fall apart (buldyrev2010, gao2011).

    n layers are random networks of k ties per firm; a share p of the firms is left, the same in all layers. With
    q = 1 the share P of firms that still work solves P = p (1 - e^(-kP))^n; with q below 1 the share that works in
    a given layer solves P = p (a R_1 + a^2 R_2 + ... + a^n R_n), a = 1 - e^(-kP), where R_s is the chance that a firm
    in a layer needs itself in s layers, that one included, directly or through others. Two layers:
    P = p (1 - e^(-kP)) (1 - q e^(-kP)).

    Parameters
    ----------
    layers
        Number of layers n; one or many.
    dependence
        Probability q that a firm in one layer needs itself in a given other one; 0: layers do not care.

    Returns
    -------
    DataFrame
        Index ``layers``. ``kept_ties`` is p k at the threshold, the least that leaves a share above 0 (1 for one
        layer), ``giant_ties`` is P k there: above 0 where it falls to nothing, 0 where it declines to nothing (with
        four or more layers after a fall, in a narrow range of q). ``f`` = e^(-kP), the chance that a tie leads
        nowhere.

    Raises
    ------
    OptionError
        If a number is outside its range.

    References
    ----------
    buldyrev2010, gao2011

    Examples
    --------
    >>> interdependence_threshold(2).round(4).loc[2].to_dict()
    {'kept_ties': 2.4554, 'giant_ties': 1.2564, 'f': 0.2847}
    """
    counts = list(layers) if isinstance(layers, Iterable) else [layers]
    rows = []
    for n_layers in counts:
        _check_layers(n_layers, dependence)
        edge = _edges(_reach(n_layers, dependence))[-1]
        rows.append((edge.kept, edge.x, float(np.exp(-edge.x))))
    return pd.DataFrame(rows, index=pd.Index(counts, name="layers"), columns=["kept_ties", "giant_ties", "f"])


def mutual_giant_share(
    kept: float | Iterable[float], *, ties: float, layers: int = 2, dependence: float = 1.0
) -> pd.Series:
    """Share of firms that still work when a share of them is left, in random layers that need each other.

    It is what `mutual_giant` finds in large random layers: with full dependence its ``share``, with partial
    dependence the mean of a column of its ``working`` (fewer firms work in all layers at once).

    Parameters
    ----------
    kept
        Share p of firms left, in [0, 1]; one or many.
    ties
        Mean number k of ties per firm in every layer, above 0.
    layers, dependence
        As in `interdependence_threshold`.

    Returns
    -------
    Series
        P of `interdependence_threshold` as a share of all firms at the start, the largest solution, in [0, 1], index
        ``kept``.

    Raises
    ------
    OptionError
        If a number is outside its range.

    References
    ----------
    buldyrev2010, gao2011

    Examples
    --------
    >>> mutual_giant_share([0.6, 0.7], ties=4.0).round(3).to_dict()
    {0.6: 0.0, 0.7: 0.558}
    """
    from scipy.optimize import brentq

    _check_layers(layers, dependence)
    if not 0 < ties < float("inf"):
        raise OptionError(f"ties is {ties!r}; give the mean number of ties per firm, above 0.")
    p = numbers(kept, "kept")
    if not ((p >= 0) & (p <= 1)).all():
        raise OptionError(f"kept holds {listing(p[~((p >= 0) & (p <= 1))].tolist())}; shares lie in [0, 1].")
    chances = _reach(layers, dependence)
    edges = _edges(chances)
    found = np.zeros(len(p))
    for place, target in enumerate((p * ties).tolist()):

        def short(x: float, target: float = target) -> float:
            return float(_needed(x, chances)) - target

        # From an edge up p k only rises with k P, to more than itself.
        low = next((max(edge.x, 1e-12) for edge in edges if edge.kept <= target), None)
        if low is None or target == 0:
            continue
        if short(low) >= 0:
            x = low if low > 1e-12 else 0.0
        else:
            x = brentq(short, low, target, xtol=1e-14) if short(target) > 0 else target
        found[place] = x / ties
    return pd.Series(found, index=pd.Index(p, name="kept"), name="mutual_giant_share")


# ── the layers of a network ──


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class MutualGiant(Result):
    """The firms that still work when every layer needs the others.

    Attributes
    ----------
    working
        Firms (rows) by layers (columns), True where the firm works in that layer.
    share
        Firms that work in all layers, as a share of all firms, in [0, 1]; NaN without firms.
    rounds
        Rounds of failure until nothing changed.
    settings
        Layers, removed firms, dependence; the seed where chance was used.
    """

    working: pd.DataFrame
    share: float
    rounds: int
    settings: Settings

    @property
    def firms(self) -> pd.Index:
        """Ids of the firms that work in all layers."""
        return self.working.index[self.working.all(axis=1)]

    def to_frame(self) -> pd.DataFrame:
        """Return where each firm works."""
        return self.working.copy()

    def summary(self) -> str:
        """Return the share left in one line."""
        about = self.settings.parameters
        return (
            f"{len(self.firms):,} of {len(self.working):,} firms ({self.share:.1%}) work in all of "
            f"{len(self.working.columns)} layers after {about['n_removed']:,} left, in {self.rounds} rounds"
        )


def _pairs(network: Network, layers: Iterable[str] | None) -> tuple[tuple[str, ...], list[NDArray[np.int64]]]:
    names = network.layers if layers is None else tuple(layers)
    if len(names) < 2 or len(set(names)) < len(names):
        raise OptionError(
            f"layers are {listing(names) or 'none'}; name two or more different ones of "
            f"{listing(network.layers) or 'none that are there'}."
        )
    made = []
    for name in names:
        graph = network.layer(name).simple("undirected")
        made.append(np.vstack([graph.source, graph.target]))
    return names, made


def _mutual(layers: list[NDArray[np.int64]], there: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], int]:
    """Return the largest set of firms connected within itself in every layer, and the rounds that it took."""
    block, rounds = mutual_blocks(layers, there)
    size = np.bincount(block[there]) if there.any() else np.zeros(1, dtype=np.int64)
    return there & (block == int(size.argmax())), rounds


def _partial(
    layers: list[NDArray[np.int64]], there: NDArray[np.bool_], needs: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], int]:
    """Return who works where: layers keep their largest component, and a firm falls where a layer it needs fell."""
    n, n_layers = len(there), len(layers)
    working = np.repeat(there[:, None], n_layers, axis=1)
    rounds = 0
    while True:
        before = int(working.sum())
        for layer, pairs in enumerate(layers):
            alive = working[:, layer]
            inside = pairs[:, alive[pairs[0]] & alive[pairs[1]]]
            code = components_of(inside, n)
            size = np.bincount(code[alive], minlength=int(code.max(initial=0)) + 1)
            if size.max(initial=0):
                working[:, layer] = alive & (code == int(size.argmax()))
        # needs[i, a, b]: firm i in layer a needs itself in layer b.
        working &= (~needs | working[:, None, :]).all(axis=2)
        rounds += 1
        if int(working.sum()) == before:
            return working, rounds


def mutual_giant(
    network: Network,
    *,
    removed: Iterable[object] = (),
    layers: Iterable[str] | None = None,
    dependence: float = 1.0,
    seed: int | None = None,
) -> MutualGiant:
    """Firms that still work together in every layer after some have left (buldyrev2010).

    With full dependence these are the largest *mutually connected component*: the largest set of firms that hold
    together within the set in every layer, ties either way. A single firm holds together with itself, so the share
    is at least 1/n while a firm is left.

    Parameters
    ----------
    network
        A network with layers; direction and strength play no part.
    removed
        Ids of firms that leave all layers.
    layers
        Layers that need each other; all when omitted.
    dependence
        Probability q that a firm in one layer needs itself in a given other one, drawn once for every firm and
        ordered pair of layers (parshani2010). Below 1 each layer keeps its largest component, firms fall where a
        layer they need has fallen, and so on; equal components: the one with the first firm.
    seed
        Of the draws; a fresh one when omitted. Not used when `dependence` is 0 or 1.

    Returns
    -------
    MutualGiant
        Where each firm works, and the share that works in all layers.

    Raises
    ------
    OptionError
        If fewer than two layers are named, or `dependence` is outside [0, 1].
    NetworkError
        If a layer is not there.
    UnknownFirmError
        If `removed` names a stranger.

    References
    ----------
    buldyrev2010, gao2011, parshani2010

    Examples
    --------
    >>> from clusternet import Network
    >>> rows = [("A", "B", "supply"), ("B", "C", "supply"), ("A", "B", "platform"), ("C", "D", "platform")]
    >>> net = Network.from_edges(pd.DataFrame(rows, columns=["source", "target", "layer"]))
    >>> list(mutual_giant(net).firms), mutual_giant(net, removed=["B"]).share
    (['A', 'B'], 0.25)
    """
    _check_layers(2, dependence)
    names, pairs = _pairs(network, layers)
    n = network.n_firms
    gone = pd.Index(list(removed), tupleize_cols=False).unique()
    there = np.ones(n, dtype=bool)
    there[network.positions(gone)] = False
    used: int | None = None
    if dependence == 1:
        mutual, rounds = _mutual(pairs, there)
        working = np.repeat(mutual[:, None], len(names), axis=1)
    else:
        shape = (n, len(names), len(names))
        needs = np.zeros(shape, dtype=bool)
        if dependence > 0:
            used = resolve_seed(seed)
            needs = np.random.default_rng(used).random(shape) < dependence
        needs[:, np.arange(len(names)), np.arange(len(names))] = False
        working, rounds = _partial(pairs, there, needs)
    return MutualGiant(
        working=pd.DataFrame(working, index=network.firms.index, columns=list(names)),
        share=float(working.all(axis=1).mean()) if n else float("nan"),
        rounds=rounds,
        settings=Settings({"layers": names, "n_removed": len(gone), "dependence": dependence}, seed=used),
    )


def layer_correlation(network: Network, *, layers: Iterable[str] | None = None) -> pd.DataFrame:
    """How alike the layers of a network are: in who is central, and in who is tied to whom (nicosia2015).

    Layers that differ back each other up less well when firms need all of them.

    Parameters
    ----------
    network
        A network with layers; direction and strength play no part, parallel ties of a layer count once.
    layers
        Layers to compare; all when omitted.

    Returns
    -------
    DataFrame
        One row per pair of layers: ``layer``, ``other``; ``degree_correlation`` (Pearson) and ``rank_correlation``
        (Spearman, mean ranks) of the number of partners over all firms, in [-1, 1], NaN where all firms of a layer
        have the same number; ``tie_overlap``, pairs tied in both divided by pairs tied in either, in [0, 1];
        ``firm_overlap``, the same of firms with ties. NaN where neither layer has any.

    Raises
    ------
    OptionError
        If fewer than two layers are named.
    NetworkError
        If a layer is not there.

    References
    ----------
    nicosia2015, battiston2014

    Examples
    --------
    >>> from clusternet import Network
    >>> rows = [("A", "B", "supply"), ("A", "C", "supply"), ("A", "B", "platform")]
    >>> net = Network.from_edges(pd.DataFrame(rows, columns=["source", "target", "layer"]))
    >>> layer_correlation(net)[["degree_correlation", "tie_overlap"]].iloc[0].to_dict()
    {'degree_correlation': 0.5, 'tie_overlap': 0.5}
    """
    names, pairs = _pairs(network, layers)
    n = network.n_firms
    degree = [np.bincount(ends.ravel(), minlength=n) for ends in pairs]
    rank = [pd.Series(values).rank().to_numpy() for values in degree]
    keys = [ends[0] * np.int64(max(n, 1)) + ends[1] for ends in pairs]
    rows = []
    for a, b in combinations(range(len(names)), 2):
        shared = len(np.intersect1d(keys[a], keys[b], assume_unique=True))
        either = len(keys[a]) + len(keys[b]) - shared
        active = degree[a] > 0, degree[b] > 0
        both, any_ = int((active[0] & active[1]).sum()), int((active[0] | active[1]).sum())
        rows.append(
            (
                names[a],
                names[b],
                _pearson(degree[a], degree[b]),
                _pearson(rank[a], rank[b]),
                shared / either if either else float("nan"),
                both / any_ if any_ else float("nan"),
            )
        )
    columns = ["layer", "other", "degree_correlation", "rank_correlation", "tie_overlap", "firm_overlap"]
    return pd.DataFrame(rows, columns=columns)


def _pearson(one: NDArray[np.generic], other: NDArray[np.generic]) -> float:
    a, b = np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)
    if len(a) == 0 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    a, b = a - a.mean(), b - b.mean()
    return float(np.clip(a @ b / np.sqrt((a @ a) * (b @ b)), -1.0, 1.0))
