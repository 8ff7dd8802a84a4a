"""The loss that one firm causes, and the firms whose loss together costs most."""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from clusternet.errors import OptionError
from clusternet.resilience._paths import alone_of, ties_of
from clusternet.resilience._remove import remove_firms
from clusternet.resilience._results import CostliestFirms
from clusternet.result import Settings, warn_interrupted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from clusternet.network import Network
    from clusternet.resilience._paths import Progress

__all__ = ["costliest_firms", "vulnerability"]

_PER_SET = 5_000
"""What a look at one set costs beside its firms and ties, in their units."""
_EXACT_AUTO = 120_000_000
_EXACT_LIMIT = 20_000_000_000


def vulnerability(net: Network) -> pd.DataFrame:
    """Return what the network loses when one firm alone leaves, for every firm.

    All firms at once, in time linear in firms plus ties: an articulation firm splits its component into the
    branches that hang on it in a depth-first search. Direction is ignored (weak components).

    Parameters
    ----------
    net
        The network.

    Returns
    -------
    DataFrame
        One row per firm in the order of ``net.firms``:

        - ``giant_share_loss``: fall of the giant share (of the original n), the firm itself included; 0 to 1.
        - ``components_gained``: components after minus before; -1 for an isolate, 0 if nothing breaks.
        - ``pairs_lost``: pairs that could reach each other and no longer can, the firm's own pairs included.
        - ``pairs_lost_others``: those among the other firms only; 0 unless the firm is an articulation firm.
        - ``reachable_share_left``: share of the pairs of other firms that can still reach each other, 0 to 1; NaN
          if there are fewer than two others.

    References
    ----------
    hopcroft1973

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Hub", "Ada"), ("Hub", "Bo"), ("Bo", "Ada"), ("Hub", "Cy")])
    >>> vulnerability(net)["pairs_lost_others"].to_dict()
    {'Hub': 2, 'Ada': 0, 'Bo': 0, 'Cy': 0}
    """
    n = net.n_firms
    indptr, indices = ties_of(net)
    alone = alone_of(indptr, indices, np.ones(n, dtype=np.int8), work=n + len(indices))
    lost = alone.pairs_before - alone.pairs
    possible = (n - 1) * (n - 2) / 2
    return pd.DataFrame(
        {
            "giant_share_loss": (alone.giant_before - alone.giant) / max(n, 1),
            "components_gained": alone.parts - 1,
            "pairs_lost": lost,
            "pairs_lost_others": lost - (alone.size - 1),
            "reachable_share_left": alone.pairs / possible if possible > 0 else np.full(n, np.nan),
        },
        index=net.firms.index,
    )


def costliest_firms(
    net: Network,
    k: int = 5,
    *,
    response: Literal["reachable_pairs", "giant_share"] = "reachable_pairs",
    method: Literal["auto", "greedy", "exact"] = "auto",
    progress: Progress | None = None,
) -> CostliestFirms:
    """Return the k firms whose loss together costs most.

    Parameters
    ----------
    net
        The network; direction is ignored (weak components).
    k
        Number of firms, at most the number in the network.
    response
        What counts as cost: pairs of firms that can no longer reach each other (the pairs of the lost firms
        included; this maximizes the fragmentation of borgatti2006), or the fall of the giant share.
    method
        ``"exact"`` compares all sets of k firms; ``"greedy"`` adds the costliest firm k times; ``"auto"`` is exact
        where that takes about a second, and an exact search of more than some minutes is refused. Of sets that cost
        the same, the first in the firm table.
    progress
        Called as ``progress(done, total)``, in sets of k - 1 firms compared or in firms added. An interrupt (Ctrl-C)
        warns and keeps the best set, or the firms, so far.

    Returns
    -------
    CostliestFirms
        ``.firms``, ``.loss``, ``.loss_share``, ``.exact``, ``.steps``.

    Raises
    ------
    OptionError
        If k is not a whole number from 1 to n, an option is outside its set, or an exact search would not end.

    References
    ----------
    borgatti2006

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("a", "b"), ("b", "c"), ("c", "d"), ("d", "e")])
    >>> costliest_firms(net, 1).firms.tolist()
    ['c']
    """
    n = net.n_firms
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or not 1 <= k <= n:
        most = (
            f"from 1 to {n:,}, the number of firms" if n else "of at least 1, and a network with firms: this has none"
        )
        raise OptionError(f"k is {k!r}; give a whole number {most}.")
    if response not in ("reachable_pairs", "giant_share"):
        raise OptionError(f"response is {response!r}; choose 'reachable_pairs' or 'giant_share'.")
    if method not in ("auto", "greedy", "exact"):
        raise OptionError(f"method is {method!r}; choose 'auto', 'greedy' or 'exact'.")
    indptr, indices = ties_of(net)
    step = n + len(indices)
    sets = math.comb(n, k - 1)
    cost = sets * (step + _PER_SET)
    if method == "exact" and cost > _EXACT_LIMIT:
        raise OptionError(f"{math.comb(n, k):,} sets of {k} of {n:,} firms are too many; choose method='greedy'.")
    exact = k == 1 or method == "exact" or (method == "auto" and cost <= _EXACT_AUTO)
    kind = "pairs" if response == "reachable_pairs" else "giant"

    def left_after(gone: Iterable[int], work: int) -> NDArray[np.int64]:
        alive = np.ones(n, dtype=np.int8)
        alive[list(gone)] = 0
        values: NDArray[np.int64] = getattr(alone_of(indptr, indices, alive, work), kind)
        return np.where(alive == 1, values, np.iinfo(np.int64).max)

    if exact:
        least: int | None = None
        best: tuple[int, ...] = ()
        done = 0
        try:
            for gone in combinations(range(n), k - 1):
                after = left_after(gone, 0 if best else sets * step)
                first = gone[-1] + 1 if gone else 0  # so that every set is looked at once
                if first < n:
                    last = first + int(after[first:].argmin())
                    if least is None or after[last] < least:
                        least, best = int(after[last]), (*gone, last)
                done += 1
                if progress is not None:
                    progress(done, sets)
        except KeyboardInterrupt:
            if not best:
                raise
            warn_interrupted(done, sets, "sets")
            exact = False
        pool = np.array(best, dtype=np.int64)
    else:
        pool = np.arange(n)
    chosen: list[int] = []
    try:
        for _ in range(k):
            after = left_after(chosen, step)
            chosen.append(int(pool[after[pool].argmin()]))
            if progress is not None and len(pool) == n:  # greedy
                progress(len(chosen), k)
    except KeyboardInterrupt:
        if not chosen:
            raise
        warn_interrupted(len(chosen), k, "firms")
        exact = False

    path = remove_firms(net, order=net.firms.index[chosen], responses=[response]).curve[response]
    alone = vulnerability(net)["pairs_lost" if kind == "pairs" else "giant_share_loss"].to_numpy()
    start = float(path.iloc[0])
    lost = start - path.to_numpy(dtype=np.float64)[1:]
    steps = pd.DataFrame(
        {"loss_alone": alone[chosen].astype(np.float64), "loss": lost, "loss_share": lost / (start or np.nan)},
        index=net.firms.index[chosen],
    )
    return CostliestFirms(
        firms=steps.index,
        loss=float(lost[-1]),
        loss_share=float(steps["loss_share"].iloc[-1]),
        exact=exact,
        steps=steps,
        settings=Settings({"k": int(k), "response": response, "method": method}),
    )
