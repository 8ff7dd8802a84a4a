"""At which share of firms lost a network falls apart."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Literal

import numpy as np

from clusternet.errors import OptionError
from clusternet.measure import choose
from clusternet.resilience._paths import ties_of
from clusternet.resilience._results import Removal

if TYPE_CHECKING:
    from clusternet.network import Network

__all__ = ["critical_fraction"]

_OF_REMOVAL = ("susceptibility", "threshold")
_OF_NETWORK = ("molloy_reed", "degree_attack")
CriticalMethod = Literal["susceptibility", "threshold", "molloy_reed", "degree_attack"]


def critical_fraction(
    source: Removal | Network, *, method: CriticalMethod | None = None, threshold: float = 0.05
) -> float:
    """Return the share of firms whose loss breaks the network, measured along a path or from the degrees alone.

    Parameters
    ----------
    source
        A removal path, or a network.
    method
        Of a path: ``"susceptibility"`` (default), where the mean size of the component of a firm outside the giant
        peaks (the first peak of several as high); or ``"threshold"``, the first share at which the giant share is
        below `threshold`. Of a network, as if it were random but for its degrees: ``"molloy_reed"`` (default), for
        random loss, 1 - 1/(kappa - 1) with kappa = <k^2>/<k> (cohen2000); or ``"degree_attack"``, for loss of the
        best tied first, the smallest share f at which the sum of k(k - 1) over the firms kept is at most the sum of
        k over all (cohen2001), linear between firms.
    threshold
        Giant share, of the original firms, below which the network counts as broken.

    Returns
    -------
    float
        Share of the firms, 0 to 1. 0 where a network has no giant to lose (kappa at most 2). NaN if the path never
        gets below the threshold, no firm is ever outside the giant (a complete network shrinks, but does not break),
        or the network has no ties.

    Raises
    ------
    OptionError
        If the source or the method for it is none of these, the path lacks the response that it needs, or the
        threshold is not between 0 and 1.

    Notes
    -----
    Closed forms hold for large networks without correlation of degrees; small, clustered or assortative ones break
    elsewhere. Compare with the path.

    References
    ----------
    molloyreed1995, cohen2000, cohen2001, albert2000

    Examples
    --------
    >>> import networkx as nx
    >>> from clusternet import Network
    >>> cubic = Network.from_networkx(nx.random_regular_graph(3, 20, seed=1))
    >>> critical_fraction(cubic)
    0.5
    """
    if isinstance(source, Removal):
        choose("method", method or "susceptibility", _OF_REMOVAL)
        return _along(source, method or "susceptibility", threshold)
    if not hasattr(source, "simple"):
        raise OptionError(f"source is a {type(source).__name__}; give a network, or a path from remove_firms.")
    choose("method", method or "molloy_reed", _OF_NETWORK)
    degree = np.sort(np.diff(ties_of(source)[0]).astype(np.float64))[::-1]
    total = float(degree.sum())
    if total == 0:
        return float("nan")
    branching = degree * (degree - 1)
    if branching.sum() <= total:  # kappa at most 2
        return 0.0
    if method != "degree_attack":
        kappa = float((degree**2).sum()) / total
        return 1 - 1 / (kappa - 1)
    kept = np.concatenate([[branching.sum()], branching.sum() - np.cumsum(branching)])
    first = int(np.argmax(kept <= total))
    between = (kept[first - 1] - total) / (kept[first - 1] - kept[first])
    return float((first - 1 + between) / len(degree))


def _along(removal: Removal, method: str, threshold: float) -> float:
    response = "susceptibility" if method == "susceptibility" else "giant_share"
    if response not in removal.curve.columns:
        raise OptionError(f"the path lacks {response!r}; call remove_firms with responses=[{response!r}].")
    values = removal.curve[response].to_numpy(dtype=np.float64)
    n = removal.settings.parameters["n_firms"]
    if n == 0:
        return float("nan")
    if method == "susceptibility":
        return float(values.argmax() / n) if values.max() > 0 else float("nan")
    if not isinstance(threshold, Real) or not 0 < threshold < 1:
        raise OptionError(f"threshold is {threshold!r}; give a share between 0 and 1, such as 0.05.")
    below = values < threshold
    return float(below.argmax() / n) if below.any() else float("nan")
