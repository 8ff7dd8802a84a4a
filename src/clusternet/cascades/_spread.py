"""Thresholds, load and dependence: three classic ways in which one failure becomes many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from clusternet._betweenness import Betweenness
from clusternet._compiled import call
from clusternet.cascades._kernels import spread_in_turn, spread_threshold
from clusternet.cascades._result import Cascade
from clusternet.cascades._run import (
    compressed,
    each_block,
    firm_numbers,
    severities,
    single_shocks,
)
from clusternet.cascades._settle import settled
from clusternet.errors import OptionError, listing
from clusternet.measure import Direction, Weights, choose
from clusternet.network import igraph_view
from clusternet.result import Settings, warn_interrupted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from clusternet.cascades._run import Block, Progress
    from clusternet.network import Network

__all__ = ["dependence_cascades", "load_cascades", "threshold_cascades"]


def _leaning(
    network: Network, direction: Direction, weights: Weights
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return partner, the firm that leans on it, and the strength: one row per pair."""
    choose("direction", direction, ("in", "out", "all"))
    choose("weights", weights, ("ignore", "strength"))
    matrix = network.simple("undirected" if direction == "all" else "keep").csr(weights=weights).tocoo()
    one, other = matrix.row.astype(np.int64), matrix.col.astype(np.int64)
    return (other, one, matrix.data) if direction == "out" else (one, other, matrix.data)


def _of_all(place: NDArray[np.int64], values: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    return np.asarray(np.bincount(place, weights=values, minlength=n), dtype=np.float64)


def threshold_cascades(
    network: Network,
    *,
    threshold: float | str | pd.Series | Iterable[object] = 0.18,
    direction: Direction = "in",
    weights: Weights = "ignore",
    progress: Progress | None = None,
) -> Cascade:
    """How many firms fail when a firm fails as soon as a given share of its partners has (watts2002).

    Parameters
    ----------
    network
        The network; loops are ignored.
    threshold
        Share of partners, above 0 to 1, at which a firm fails: one number, or a column, Series or list with one per
        firm. A firm fails when exactly this share has failed; one without partners never follows others. Watts'
        example is 0.18.
    direction
        Which partners count. "in": those that send ties to the firm, its suppliers. "out": those it sends ties to,
        its customers. "all": both; in an undirected network all three agree.
    weights
        "ignore": partners count alike, as in the source. "strength": by their strength.
    progress
        Called as ``progress(done, total)`` with numbers of shocks. An interrupt (Ctrl-C) keeps the shocks done and
        warns.

    Returns
    -------
    Cascade
        ``size`` is the share of all firms that fail, the first one included, from 1/n to 1. ``n_failed`` is their
        number, ``rounds`` how many rounds of failures follow the first (0 if nobody follows).

    Raises
    ------
    OptionError
        If a threshold is missing or outside its range, or an option is unknown.

    Notes
    -----
    The time grows as firms times ties: seconds at 10,000 firms and 50,000 ties, minutes at 50,000 firms.

    References
    ----------
    watts2002

    Examples
    --------
    >>> from clusternet import Network
    >>> star = Network.from_edges([("Hub", name) for name in "abcd"])
    >>> threshold_cascades(star, threshold=0.5).size.to_dict()
    {'Hub': 1.0, 'a': 0.2, 'b': 0.2, 'c': 0.2, 'd': 0.2}
    """
    n = network.n_firms
    limit = firm_numbers(network, threshold, "threshold")
    bad = ~((limit > 0) & (limit <= 1))
    if bad.any():
        raise OptionError(
            f"threshold is {listing(np.unique(limit[bad]).tolist())}; give shares of partners above 0 and at most 1."
        )
    partner, firm, strength = _leaning(network, direction, weights)
    indptr, (reached, share) = compressed(n, partner, firm, strength / _of_all(firm, strength, n)[firm])
    hit, names = single_shocks(network, None)

    def job(block: Block, work: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        failed, rounds = (np.zeros(len(block[0]) - 1, dtype=np.int64) for _ in range(2))
        scratch = [np.zeros(n), np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)]
        # Shares add up in another order than the threshold was written down: 3 x 1/3 has to reach 1.
        inputs = [indptr, reached, share, limit * (1 - 1e-12), *block]
        call(spread_threshold, inputs, [failed, rounds, *scratch], work=work)
        return failed, rounds

    found = each_block(job, hit, (n + len(reached)) * n, progress)
    failed, rounds = np.concatenate([np.empty((2, 0), dtype=np.int64), *map(np.array, found)], axis=1)
    sizes = pd.DataFrame({"size": failed / max(n, 1), "n_failed": failed, "rounds": rounds}, index=names[: len(failed)])
    given = threshold if isinstance(threshold, (int, float, str)) else "values given"
    return Cascade(
        model="threshold",
        sizes=sizes,
        settings=Settings({"threshold": given, "direction": direction, "weights": weights}),
    )


def load_cascades(
    network: Network, *, tolerance: float = 0.2, endpoints: bool = True, progress: Progress | None = None
) -> Cascade:
    """How many firms fail when traffic moves to other shortest paths and overloads them (motter2002).

    A firm's load is the number of shortest paths that it carries, one for every pair of firms, split evenly where a
    pair has several (length counted in ties); its capacity is 1 + `tolerance` times its load at the start. A firm
    leaves, loads are recomputed, all firms above their capacity leave together, and so on until none is.

    Parameters
    ----------
    network
        The network; paths follow the direction of ties.
    tolerance
        Spare capacity as a share of the load, 0 or more.
    endpoints
        Whether a firm carries the paths that start or end at it as well, as in the source, where every pair of firms
        exchanges one unit along its shortest paths, and in the count it builds on (newman2001). False: betweenness
        as usual (freeman1977). A firm that lies on no path then has no capacity and fails as soon as one passes it,
        so that cascades come out larger (on sparse random networks two to four times as many firms follow).
    progress
        Called as ``progress(done, total)`` with numbers of shocks. An interrupt (Ctrl-C) keeps the shocks done and
        warns.

    Returns
    -------
    Cascade
        ``size`` is the share of all firms that leave, the first one included. ``n_failed`` is their number,
        ``rounds`` of overload, and ``giant_left`` the largest (weak) component left, as a share of the largest one
        before: G of the source.

    Raises
    ------
    OptionError
        If `tolerance` is negative.

    Notes
    -----
    Every seed that lies on a shortest path costs one or more betweenness computations: ten seconds at 300 firms, an
    hour or two at 2,000. The loss of another moves no path.

    References
    ----------
    motter2002, newman2001, freeman1977

    Examples
    --------
    >>> from clusternet import Network
    >>> ring = Network.from_edges([(i, (i + 1) % 6) for i in range(6)])
    >>> load_cascades(ring, tolerance=0.1).sizes["n_failed"].to_list()  # the firm opposite goes from 7 paths to 8
    [2, 2, 2, 2, 2, 2]
    """
    if not (np.isfinite(tolerance) and tolerance >= 0):
        raise OptionError(f"tolerance is {tolerance!r}; give spare capacity as a share of the load, 0 or more.")
    n = network.n_firms
    between = Betweenness(network, "keep", runs=n)

    def load() -> NDArray[np.float64]:
        if not endpoints:
            return between.score
        if not network.is_directed:
            return between.score + np.bincount(between.piece[between.left], minlength=n)[between.piece] - 1
        there = np.flatnonzero(between.left)
        graph = igraph_view(network).induced_subgraph(there.tolist())
        ends = np.zeros(n)
        for mode in ("out", "in"):
            ends[there] += np.array(graph.neighborhood_size(order=max(n, 1), mode=mode)) - 1
        return between.score + ends

    def giant() -> int:
        return int(np.bincount(between.piece[between.left], minlength=1).max())

    capacity = load() * (1 + tolerance)
    crossed = between.score > 0
    slack = 1e-9 * np.maximum(capacity, 1.0)
    before = giant()
    rows: list[tuple[float, int, int, float]] = []
    try:
        for firm in range(n):
            between.restore()
            leave, rounds = np.array([firm]), -1
            while len(leave):
                between.leave(leave)
                rounds += 1
                leave = leave[:0]
                if crossed[firm]:  # else no path moves
                    leave = np.flatnonzero(between.left & (load() > capacity + slack))
            failed = n - int(between.left.sum())
            rows.append((failed / n, failed, rounds, giant() / before))
            if progress is not None:
                progress(len(rows), n)
    except KeyboardInterrupt:
        if not rows:
            raise
        warn_interrupted(len(rows), n, "shocks")
    done = network.firms.index[: len(rows)]
    sizes = pd.DataFrame(rows, index=done, columns=["size", "n_failed", "rounds", "giant_left"])
    return Cascade(
        model="load",
        sizes=sizes.astype({"size": float, "n_failed": "int64", "rounds": "int64", "giant_left": float}),
        settings=Settings({"tolerance": tolerance, "endpoints": endpoints}),
    )


def dependence_cascades(
    network: Network,
    *,
    variant: Literal["once", "repeated"] = "once",
    pass_on: float = 1.0,
    buffer: float | str | pd.Series | Iterable[object] | None = None,
    value: str | pd.Series | Iterable[object] | None = None,
    severity: float | str | pd.Series | Iterable[object] = 1.0,
    direction: Direction = "in",
    weights: Weights = "strength",
    progress: Progress | None = None,
) -> Cascade:
    """Share of economic value that suffers, directly or through others, when a firm fails (battiston2012).

    Firm i loses W_ji = pass_on w_ji / buffer_i of itself when its partner j fails, in proportion when j only
    suffers, and never more than 1: ``h_i <- min(1, h_i + sum_j W_ji h_j)``. By default the buffer is all that the
    firm has with partners, so that W_ji is the share of j in it.

    Parameters
    ----------
    network
        The network; loops are ignored.
    variant
        "once" is DebtRank as published: a firm hands its distress on once, in the round after it is first hit, and
        what reaches it later goes no further, so that no cycle multiplies a shock; W_ji counts as 1 where it is
        more. "repeated" hands every further loss on, and W_ji, the leverage of i towards j, may exceed 1, so that a
        small loss of j wipes out a thin buffer (bardoscia2015); it is never smaller. With the default buffer,
        ``pass_on=1`` and ties either way, firms that all lean on each other lose everything.
    pass_on
        Share of a partner's loss that is felt, above 0 to 1.
    buffer
        What a firm can lose before it fails, in units of strength (capital, revenue), above 0: column, Series, list,
        or one number for all.
    value
        Economic value of firms, such as ``employees``; all alike when omitted.
    severity
        Share of itself that the failing firm loses at once, 0 to 1: one number, or a column, Series or list with one
        per firm. 1: it fails.
    direction
        Who can hurt a firm: "in" those that send ties to it (suppliers), "out" those it sends to (customers), "all".
    weights
        "strength": partners weigh by their strength. "ignore": all alike.
    progress
        Called as ``progress(done, total)`` with numbers of shocks. An interrupt (Ctrl-C) keeps the shocks done and
        warns.

    Returns
    -------
    Cascade
        ``size`` is R of the source: the share of value lost *beyond* the failing firm's own, in [0, 1), NaN if no
        firm has value. ``own`` is what the failing firm loses at once, ``n_hit`` how many firms lose more than a
        millionth, itself included.

    Raises
    ------
    OptionError
        If an option is outside its range, or a firm lacks a value or a buffer.

    Notes
    -----
    The time grows as firms times ties: half a minute at 10,000 firms and 50,000 ties. "repeated" costs more the
    longer losses circle: seconds at 1,000 firms, up to an hour at 10,000. Its losses are right to 1e-9.

    References
    ----------
    battiston2012, bardoscia2015

    Examples
    --------
    >>> from clusternet import Network
    >>> chain = Network.from_edges([("Ada", "Cy", 3.0), ("Bo", "Cy", 1.0), ("Cy", "Di", 1.0)], directed=True)
    >>> dependence_cascades(chain).size.to_dict()  # Cy loses .75 and Di as much, of four firms
    {'Ada': 0.375, 'Cy': 0.25, 'Bo': 0.125, 'Di': 0.0}
    """
    from scipy import sparse

    choose("variant", variant, ("once", "repeated"))
    if not 0 < pass_on <= 1:
        raise OptionError(f"pass_on is {pass_on!r}; give the share of a loss that is felt, above 0 and at most 1.")
    n = network.n_firms
    partner, firm, strength = _leaning(network, direction, weights)
    room = _of_all(firm, strength, n) if buffer is None else firm_numbers(network, buffer, "buffer")
    empty = np.unique(firm[room[firm] == 0])
    if len(empty):
        raise OptionError(f"buffer is 0 for {len(empty):,} firms with partners: {listing(network.firms.index[empty])}.")
    impact = pass_on * strength / room[firm]
    worth = np.ones(n) if value is None else firm_numbers(network, value, "value")
    worth = worth / worth.sum() if worth.sum() > 0 else np.full(n, np.nan)
    depth = severities(network, severity)
    hit, names = single_shocks(network, None, depth)

    if variant == "once":
        indptr, (reached, share) = compressed(n, partner, firm, np.minimum(impact, 1.0))
    else:
        leverage = sparse.csr_array((impact, (firm, partner)), shape=(n, n))

    def job(block: Block, work: int) -> NDArray[np.float64]:
        number = len(block[0]) - 1
        if variant == "once":
            loss, gain, *rest = np.zeros(number * n), np.zeros(n), *(np.zeros(n, dtype=np.int64) for _ in range(3))
            call(spread_in_turn, [indptr, reached, share, depth, *block], [loss, gain, *rest], work=work)
            rows = loss.reshape(number, n)
        else:
            shock = np.zeros((n, number))
            shock[block[1], np.repeat(np.arange(number), np.diff(block[0]))] = depth[block[1]]
            rows = settled(leverage, shock).T
        return np.column_stack([rows @ worth, np.count_nonzero(rows > 1e-6, axis=1)])

    found = each_block(job, hit, 5 * (n + len(impact)) * n, progress)
    table = np.concatenate([np.empty((0, 2)), *found])
    own = (worth * depth)[: len(table)]
    sizes = pd.DataFrame(
        {"size": np.maximum(table[:, 0] - own, 0.0), "own": own, "n_hit": table[:, 1].astype(np.int64)},
        index=names[: len(table)],
    )
    about = {
        "variant": variant,
        "pass_on": pass_on,
        "buffer": "all with partners" if buffer is None else buffer if isinstance(buffer, str) else "values given",
        "severity": severity if isinstance(severity, (int, float, str)) else "values given",
        "value": "all firms alike" if value is None else value if isinstance(value, str) else "values given",
        "direction": direction,
        "weights": weights,
    }
    return Cascade(model="dependence", sizes=sizes, settings=Settings(about))
