"""Bands: what is left along many random orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd

from clusternet.errors import OptionError, listing, nearest, share_between
from clusternet.measure import choose
from clusternet.resilience._economy import PathResponse
from clusternet.resilience._paths import (
    COUNTABLE,
    Connection,
    counted,
    entropy,
    entropy_path,
    firm_path,
    is_recounted,
    ties_of,
    weak_path,
)
from clusternet.resilience._results import RemovalBand, band_of, check_whole
from clusternet.result import Settings, resolve_seed, spawn_generators, warn_interrupted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clusternet.network import Network
    from clusternet.resilience._paths import CountedResponse, Progress

__all__ = ["removal_band"]

_BLOCK = 50  # draws per generator; part of what a seed means, so never tuned to the machine


def removal_band(
    net: Network,
    *,
    draws: int = 1000,
    response: CountedResponse | Literal["component_entropy"] | PathResponse = "giant_share",
    level: float = 0.9,
    connection: Connection = "weak",
    progress: Progress | None = None,
    seed: int | None = None,
) -> RemovalBand:
    """Remove all firms along many random orders, and summarize what is left.

    Parameters
    ----------
    net
        The network.
    draws
        Number of random orders.
    response
        What to record: a response of `remove_firms` that counts components or their firms, from "giant_share" to
        "component_entropy", or one in economic units, such as ``attribute_connected("employees")``.
    level
        Share of the draws between the columns low and high of the curve, at each step.
    connection
        As in `remove_firms`: all but "weak" is recounted at every step, slow above some hundred firms.
    progress
        Called as ``progress(done, draws)``. An interrupt (Ctrl-C) keeps the finished draws and warns.
    seed
        A fresh one is drawn and stored when omitted. The draws come in blocks of 50 with one generator each, so
        that the first 50 of 1,000 draws are the 50 of a shorter run.

    Returns
    -------
    RemovalBand
        ``.curve`` (mean, low, median, high), ``.robustness`` of every draw, the draws.

    Raises
    ------
    OptionError
        If an option is outside its set or range.

    References
    ----------
    newmanziff2001, schneider2011

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Cy", "Ada")])
    >>> band = removal_band(net, draws=100, seed=1)
    >>> band.curve.loc[1].tolist()
    [0.6666666666666666, 0.6666666666666666, 0.6666666666666666, 0.6666666666666666]
    """
    check_whole("draws", draws)
    own = response if isinstance(response, PathResponse) else None
    name = response.label if isinstance(response, PathResponse) else response
    if own is None and name not in COUNTABLE:
        raise OptionError(
            f"response is {response!r}.{nearest(str(response), COUNTABLE)} Choose of {listing(COUNTABLE, 9)}, or give "
            "one in economic units."
        )
    share_between("level", level)
    choose("connection", connection, get_args(Connection))
    used = resolve_seed(seed)
    n = net.n_firms
    anew = is_recounted(net, connection)
    indptr, indices = ties_of(net)
    work = draws * (n + len(indices))
    kind = (
        np.float64
        if own is not None or name in ("susceptibility", "component_entropy")
        else np.int64
        if name.startswith("reachable")
        else np.int32
    )
    counts = np.empty((draws, n + 1), dtype=kind)
    robustness = np.empty(draws)
    divisor: NDArray[np.float64] | float = 1.0
    done = 0
    try:
        for rng in spawn_generators(used, -(-draws // _BLOCK)):
            for _ in range(min(_BLOCK, draws - done)):
                order = rng.permutation(n)
                if anew:
                    path, worth = firm_path(net, order, connection, None, None)
                else:
                    path, worth = weak_path(indptr, indices, order, 0 if done else work), None
                if own is not None:
                    counts[done] = own.path(net, order)
                elif name == "component_entropy":
                    counts[done] = entropy_path(net, order) if worth is None else entropy(worth, n)
                else:
                    counts[done], divisor = counted(name, path, n)
                robustness[done] = path.giant[1:].sum() / n**2 if n else np.nan
                done += 1
            if progress is not None:
                progress(done, draws)
    except KeyboardInterrupt:
        if done == 0:
            raise
        warn_interrupted(done, draws)
        counts, robustness = counts[:done], robustness[:done]
    divisor = np.full(n + 1, divisor)
    curve = band_of(counts, level, "removed", divisor)
    parameters = {"draws": done, "response": name, "level": level, "connection": connection, "n_firms": n}
    return RemovalBand(
        curve=curve,
        response=name,
        level=level,
        robustness=pd.Series(robustness, index=pd.RangeIndex(done, name="draw"), name="robustness"),
        counts=counts,
        divisor=divisor,
        settings=Settings(parameters, used),
    )
