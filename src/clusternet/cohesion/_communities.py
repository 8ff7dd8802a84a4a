"""Communities: groups of firms tied more to each other than to others, and how sure of them we are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from clusternet.cohesion._common import NAN, WEIGHTS, by_size, modularity_of
from clusternet.errors import OptionError
from clusternet.measure import Weights, choose, real_number, whole_number
from clusternet.network import igraph_view
from clusternet.result import Result, Settings, igraph_seed, resolve_seed

if TYPE_CHECKING:
    from collections.abc import Callable

    from igraph import Graph as IGraph
    from numpy.typing import NDArray

    from clusternet.network import Network

__all__ = ["Communities", "communities"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Communities(Result):
    """Communities of firms, and how far they depend on the seed.

    Attributes
    ----------
    membership
        Series, one float per firm: 0 is the largest community; those of one size are numbered in the order of the firm
        table. NaN for isolates, which belong to none.
    modularity
        Modularity of `membership` at the resolution used; NaN without ties.
    codelength
        Infomap only: bits per step that describe a random walk with these communities, of the best run; else NaN.
    n_communities
        Number of communities, isolates not counted.
    stability
        Mean adjusted Rand index over all pairs of runs, isolates left out: 1 when every seed finds the same
        communities, about 0 when they agree no more than chance. NaN with one run or fewer than two tied firms.
    runs
        DataFrame, one column per run: its membership, numbered as above. The setting ``best_run`` names the best one,
        which is `membership` unless the consensus was asked for.
    settings
        Parameters, seed and version.
    """

    membership: pd.Series
    modularity: float
    codelength: float
    n_communities: int
    stability: float
    runs: pd.DataFrame
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return one row per firm: ``community``, and ``togetherness``, the mean share of its fellows kept in a run.

        A togetherness well below 1 marks a firm between communities. NaN for isolates and for firms without fellows.
        """
        return pd.DataFrame({"community": self.membership, "togetherness": self._togetherness()})

    def summary(self) -> str:
        """Return the communities in one line."""
        return (
            f"{self.n_communities:,} communities, modularity {self.modularity:.3f}, "
            f"stability {self.stability:.3f} over {self.runs.shape[1]} runs"
        )

    def _togetherness(self) -> pd.Series:
        own = self.membership.to_numpy()
        tied = ~np.isnan(own)
        mine = own[tied].astype(np.int64)
        together = np.zeros(len(mine))
        fellows = np.bincount(mine)[mine] - 1 if len(mine) else np.zeros(0)
        for column in self.runs.columns:
            other = self.runs[column].to_numpy()[tied].astype(np.int64)
            both = mine * (other.max(initial=0) + 1) + other
            _, place, count = np.unique(both, return_inverse=True, return_counts=True)
            together += count[place] - 1
        share = np.full(len(own), np.nan)
        share[tied] = np.divide(
            together, fellows * self.runs.shape[1], out=np.full(len(mine), np.nan), where=fellows > 0
        )
        return pd.Series(share, index=self.membership.index)


def communities(
    network: Network,
    *,
    method: Literal["leiden", "infomap"] = "leiden",
    weights: Weights = "ignore",
    resolution: float = 1.0,
    keep: Literal["best", "consensus"] = "best",
    runs: int = 20,
    seed: int | None = None,
) -> Communities:
    """Find communities several times, and keep the best partition or the consensus of all.

    Parameters
    ----------
    network
        The network; direction is forgotten (strengths of the two directions summed).
    method
        "leiden" looks for the highest modularity (traag2019), "infomap" for the shortest description of a random walk
        (rosvall2008). Stochastic block models are not offered: no library that fits them well comes with pip.
    weights
        "ignore": ties exist or not. "strength": ties count by strength.
    resolution
        Of Leiden: above 0; larger values give more and smaller communities.
    keep
        "best": the run with the highest modularity, or the shortest description; of equal ones the first. "consensus":
        firms are tied by the share of runs that put them together, if it is more than half or the largest they have,
        and the communities of that network are found anew, by modularity, until all runs agree (lancichinetti2012).
    runs
        Number of runs, each of which iterates until it no longer improves.
    seed
        Seed of all runs; a fresh one is drawn and stored in ``.settings`` when omitted.

    Returns
    -------
    Communities
        Membership, modularity, stability and all runs.

    Raises
    ------
    OptionError
        If `resolution` is not positive, or not 1 with Infomap, or `runs` is below 1.

    References
    ----------
    traag2019, rosvall2008, lancichinetti2012, newmangirvan2004, hubertarabie1985

    Examples
    --------
    >>> from clusternet import Network
    >>> ring = [("Ada", "Bo"), ("Bo", "Cy"), ("Ada", "Cy"), ("Cy", "Di"), ("Di", "Ed"), ("Ed", "Flo"), ("Di", "Flo")]
    >>> communities(Network.from_edges(ring), seed=1)
    <Communities: 2 communities, modularity 0.357, stability 1.000 over 20 runs>
    """
    choose("method", method, ("leiden", "infomap"))
    choose("weights", weights, WEIGHTS)
    choose("keep", keep, ("best", "consensus"))
    resolution = real_number("resolution", resolution, positive="number")
    if method == "infomap" and resolution != 1:
        raise OptionError(f"resolution is {resolution!r}; Infomap has none, use method='leiden'.")
    runs = whole_number("runs", runs, 1)
    seed = resolve_seed(seed)
    engine = igraph_view(network, "undirected")
    tied = np.asarray(engine.degree(), dtype=np.int64) > 0
    graph = network.simple("undirected")
    strength = graph.strength / graph.strength.max(initial=0.0) if weights == "strength" else np.ones(engine.ecount())
    labels, scores = np.full((runs, len(network)), -1, dtype=np.int64), np.full(runs, np.nan)
    leiden = _leiden(engine, strength, resolution)
    with igraph_seed(seed):
        for run in range(runs if tied.any() else 0):
            if method == "leiden":
                membership = leiden()
            else:
                found = engine.community_infomap(edge_weights=strength, trials=1)
                membership = np.asarray(found.membership, dtype=np.int64)
            labels[run, tied] = _numbered(membership[tied])
            scores[run] = (
                modularity_of(graph, labels[run], weights, resolution) if method == "leiden" else -found.codelength
            )
        # Rounding must not decide between runs that found the same communities.
        best = int(np.argmax(scores >= scores.max() - 1e-12)) if tied.any() else 0
        chosen = labels[best].copy()
        if keep == "consensus" and tied.any():
            chosen[tied] = _consensus(labels[:, tied])
    ids = network.firms.index
    return Communities(
        membership=pd.Series(np.where(tied, chosen, np.nan), index=ids, name="community"),
        modularity=modularity_of(graph, chosen, weights, resolution),
        codelength=-float(scores[best]) if method == "infomap" else NAN,
        n_communities=int(chosen.max(initial=-1) + 1),
        stability=_agreement(labels[:, tied]),
        runs=pd.DataFrame(
            np.where(tied[:, None], labels.T, np.nan), index=ids, columns=pd.RangeIndex(runs, name="run")
        ),
        settings=Settings(
            {
                "method": method,
                "weights": weights,
                "resolution": resolution,
                "keep": keep,
                "runs": runs,
                "best_run": best,
            },
            seed=seed,
        ),
    )


def _leiden(graph: IGraph, strength: NDArray[np.float64], resolution: float) -> Callable[[], NDArray[np.int64]]:
    """Return a search for the highest modularity that always ends, each call with new random moves.

    igraph compares gains in floating point; where two are equal but for rounding, it can move firms round in a circle
    for ever, and no interrupt reaches it. Here gains are whole numbers below 2**53, which floating point holds
    exactly: the strength of each firm in units of about the total over 2**26, that of ties in the square of that unit.
    """
    # Over the smallest strength counts are whole numbers, and stay exact.
    relative = np.maximum(strength, 2.0**-60 * strength.max(initial=0.0))
    relative = relative / relative.min(initial=np.inf)
    total = 2 * float(relative.sum())
    step = 2.0 ** np.floor(26 + np.log2(min(resolution, 1.0)) / 2 - np.log2(max(total, 1.0)))
    unit = step**2 * total / resolution
    loads = np.rint(step * np.asarray(graph.strength(weights=relative.tolist()))).tolist()
    ties = np.maximum(np.rint(unit * relative), 1.0).tolist()
    # The random moves go by the gain in units of a mean tie.
    beta = 0.01 * unit * float(relative.mean()) if len(relative) else 1.0

    def search() -> NDArray[np.int64]:
        found = graph.community_leiden(
            objective_function="CPM", weights=ties, node_weights=loads, resolution=1.0, beta=beta, n_iterations=-1
        )
        return np.asarray(found.membership, dtype=np.int64)

    return search


def _numbered(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the communities numbered by size, those of one size by first appearance."""
    return by_size(pd.factorize(codes)[0].astype(np.int64))


def _consensus(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the partition that the partitions in the rows of `labels` agree on (lancichinetti2012).

    Firms that every run puts together behave as one, so the network of runs has one vertex for each such group, with a
    loop for the ties inside.
    """
    import igraph

    for _ in range(100):
        kinds, kind, count = np.unique(labels, axis=1, return_inverse=True, return_counts=True)
        if (kinds == kinds[0]).all():
            break
        together = np.stack([(kinds == kinds[:, [one]]).mean(axis=0) for one in range(kinds.shape[1])])
        others = together - np.eye(len(together))
        most = others.max(axis=1, keepdims=True)
        # A firm that is with nobody in most runs stays with those it is with most often.
        lonely = (most <= 0.5) & (count[:, None] == 1)
        kept = (together > 0.5) | (lonely & (others > 0) & (others == most))
        one, other = np.nonzero(np.triu(kept | kept.T))
        pairs = np.where(one == other, count[one] * (count[one] - 1) // 2, count[one] * count[other])
        one, other, pairs = one[pairs > 0], other[pairs > 0], pairs[pairs > 0]
        graph = igraph.Graph(n=len(count), edges=zip(one.tolist(), other.tolist(), strict=True))
        leiden = _leiden(graph, together[one, other] * pairs, 1.0)
        labels = np.stack([_numbered(leiden()[kind.ravel()]) for _ in range(len(labels))])
    return _numbered(labels[0])


def _agreement(partitions: NDArray[np.int64]) -> float:
    """Return the mean adjusted Rand index over all pairs of partitions."""
    distinct, times = np.unique(partitions, axis=0, return_counts=True)
    runs = len(partitions)
    if runs < 2 or distinct.shape[1] < 2:
        return NAN
    total = float((times * (times - 1) // 2).sum())
    for one in range(len(distinct)):
        for other in range(one):
            total += _adjusted_rand(distinct[one], distinct[other]) * int(times[one] * times[other])
    return total / (runs * (runs - 1) / 2)


def _adjusted_rand(one: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    """Return how far two partitions agree on which pairs belong together: 1 if fully, 0 as expected by chance."""

    def pairs(codes: NDArray[np.int64]) -> int:
        count = np.unique(codes, return_counts=True)[1]
        return int((count * (count - 1) // 2).sum())

    both = pairs(one * (int(other.max()) + 1) + other)
    first, second = pairs(one), pairs(other)
    expected = first * second / (len(one) * (len(one) - 1) / 2)
    mean = (first + second) / 2
    return 1.0 if mean == expected else (both - expected) / (mean - expected)
