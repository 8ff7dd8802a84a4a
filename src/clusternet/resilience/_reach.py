"""The response "firms that can still be reached from some sources"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from clusternet._compiled import call
from clusternet.errors import OptionError
from clusternet.measure import choose
from clusternet.resilience._economy import PathResponse, ids_of
from clusternet.resilience._kernels import reach_path
from clusternet.resilience._paths import completed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from clusternet.network import Network

__all__ = ["reachable_from"]


def reachable_from(
    sources: Iterable[object], *, direction: Literal["out", "in"] = "out", name: str = "reachable_from"
) -> PathResponse:
    """Return the response "share of firms that can still be reached from the sources", along directed ties.

    Parameters
    ----------
    sources
        Ids of the firms to start from, such as the farms or importers of a supply network; all must be in the network
        at the start. A source still there reaches itself; one that has left reaches nobody.
    direction
        ``"out"``: whom the sources reach along ties (in supply: buyers, and their buyers). ``"in"``: who reaches one
        of them. An undirected tie leads both ways.
    name
        Column of the curve: a share of the firms at the start, 0 to 1; NaN in a network of no firm.

    Raises
    ------
    OptionError
        If no source is named, or `direction` is outside its set.
    UnknownFirmError
        When used: if the network lacks a source.

    Examples
    --------
    >>> from clusternet import Network
    >>> from clusternet.resilience import remove_firms
    >>> ties = pd.DataFrame({"source": ["Farm", "Mill"], "target": ["Mill", "Shop"], "directed": True})
    >>> net = Network.from_edges(ties)
    >>> removal = remove_firms(net, order=["Mill"], responses=[reachable_from(["Farm"])])
    >>> removal.curve["reachable_from"].round(2).tolist()
    [1.0, 0.33]
    """
    choose("direction", direction, ("out", "in"))
    wanted = pd.Index(ids_of(sources), tupleize_cols=False)
    if not len(wanted):
        raise OptionError("there is no source; name at least one firm to start from.")

    def along(net: Network, order: NDArray[np.int64]) -> NDArray[np.float64]:
        n = net.n_firms
        onto = net.simple().csr()
        into = onto.T.tocsr()
        if direction == "in":
            onto, into = into, onto
        arcs = [array.astype(np.int64) for array in (into.indptr, into.indices, onto.indptr, onto.indices)]
        source = net.firms.index.isin(wanted).astype(np.int64)
        inputs: list[NDArray[Any]] = [*arcs, completed(order, n), source]
        reached = np.empty(n + 1, dtype=np.int64)
        outputs = [np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64), reached]
        call(reach_path, inputs, outputs, work=n + len(arcs[1]))
        return reached[: len(order) + 1] / (n or np.nan)

    return PathResponse(name, along, tuple(wanted))
