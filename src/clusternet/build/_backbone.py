"""The ties of a weighted network that stand out from chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from clusternet.errors import NetworkError, choose
from clusternet.network import Network
from clusternet.network._backbone import adjusted, check_options, disparity_p, noise_corrected_p

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clusternet.network._backbone import Correction, Keep

__all__ = ["backbone"]


def backbone(
    net: Network,
    *,
    method: Literal["disparity", "noise_corrected"] = "disparity",
    alpha: float = 0.05,
    correction: Correction = "none",
    keep: Keep = "significant",
) -> Network:
    """Return the ties whose strength stands out from what chance would give their two firms; all firms stay.

    For networks whose ties were weighted from the start. Ties that come from shared agreements belong to
    ``net.project(..., backbone=...)``, which knows the agreements.

    Parameters
    ----------
    net
        A one-mode network. The ties of a pair are tested together, by their summed strength.
    method
        "disparity": is the tie a larger share of its firm's strength than a random split over as many ties would give
        it? The p is the smaller of those of the two ends, and an end with a single tie cannot tell, p = 1
        (serrano2009). Strengths of any unit will do. "noise_corrected": is the tie stronger than the totals of both
        firms lead to expect, given how uncertain such counts are? (coscia2017). Strengths must be counts; in other
        units the p change with the unit.
    alpha
        Level of the one-sided test: a tie is significant if ``p_adjusted`` is at most `alpha`.
    correction
        For the many ties tested: "none", "bonferroni", "holm" or "fdr", over all pairs with a tie.
    keep
        "significant" drops the other ties, "all" keeps them.

    Returns
    -------
    Network
        The ties as they were, with their strength and lineage, and two more columns (columns of these names are
        replaced): ``p`` in [0, 1] and ``p_adjusted``. Parallel ties of a pair have the p of the pair. In a directed
        network "disparity" looks at the ties sent by the source and at those received by the target, and a tie without
        direction has the smaller p of its two. NaN: a loop, which is not tested and counts as not significant.
        ``settings["backbone"]`` tells method, level and number of tests.

    Raises
    ------
    NetworkError
        If the network is two-mode, or strengths add up to 1 or less with "noise_corrected".
    OptionError
        If an option is outside its choices.

    Notes
    -----
    With share w / s of the strength s of a firm with k ties, disparity has p = (1 - w / s)^(k - 1). Noise-corrected: of
    N in total, n between firms with totals a and b; lift L = (k n - 1) / (k n + 1) with k = N / (a b); p = P(Z >= L /
    sd(L)). sd(L) follows by the delta method from Var(n) = N q (1 - q), q the mean of a Beta distribution with
    hypergeometric mean and variance after seeing n. (The authors' program has 1 - m^2 for (1 - m)^2 in the second
    parameter of that Beta distribution, m its mean; this is the distribution as described.)

    Examples
    --------
    >>> ties = [("Ada", "Bo", 90), ("Ada", "Cy", 5), ("Ada", "Di", 5), ("Cy", "Di", 5)]
    >>> kept = backbone(Network.from_edges(ties)).ties
    >>> kept[["source", "target", "strength", "p"]].round(4).values.tolist()
    [['Ada', 'Bo', 90.0, 0.01]]
    """
    check_options(alpha=alpha, correction=correction, keep=keep)
    choose("method", method, ("disparity", "noise_corrected"))
    if net.is_two_mode:
        raise NetworkError("the network is two-mode; test its projection with net.project(mode, backbone='sdsm').")
    graph = net.simple()
    p = disparity_p(graph) if method == "disparity" else noise_corrected_p(graph)
    ties = net.ties
    ties["p"], ties["p_adjusted"] = (_per_tie(net, values) for values in (p, adjusted(p, correction, len(p))))
    if keep == "significant":
        ties = ties[ties["p_adjusted"] <= alpha]
    options = {"method": method, "alpha": alpha, "correction": correction, "keep": keep, "tests": len(p)}
    slices = (*net.settings.get("slices", ()), f"backbone({method})")
    return Network(
        net.firms, ties, settings={**net.settings, "slices": slices, "backbone": options}, lineage=net.lineage_table
    )


def _per_tie(net: Network, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the value of every tie's pair, NaN for loops; of a tie that counts both ways, the smaller one."""
    graph = net.simple()
    by_pair = np.append(values, np.nan)
    width = np.int64(max(graph.n, 1))
    pairs = graph.source * width + graph.target
    source, target = (net.positions(net.ties[end]) for end in ("source", "target"))

    def of(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.float64]:
        place = np.where(one == other, len(values), np.searchsorted(pairs, one * width + other))
        found: NDArray[np.float64] = by_pair[place]
        return found

    if not graph.directed:
        return of(np.minimum(source, target), np.maximum(source, target))
    forward = of(source, target)
    both = ~net.ties["directed"].to_numpy(dtype=bool)
    forward[both] = np.minimum(forward[both], of(target[both], source[both]))
    return forward
