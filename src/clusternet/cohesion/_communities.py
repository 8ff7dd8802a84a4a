"""Communities: groups of firms tied more to each other than to others, and how sure of them we are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from clusternet.cohesion._common import NAN, WEIGHTS, by_size, modularity_of
from clusternet.errors import OptionError
from clusternet.measure import Weights, choose
from clusternet.network import igraph_view
from clusternet.result import Result, Settings, igraph_seed, resolve_seed

if TYPE_CHECKING:
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
    n_communities
        Number of communities, isolates not counted.
    stability
        Mean adjusted Rand index over all pairs of runs, isolates left out: 1 when every seed finds the same
        communities, about 0 when they agree no more than chance. NaN with one run or fewer than two tied firms.
    runs
        DataFrame, one column per run: its membership, numbered as above. Which column became `membership` is the
        setting ``best_run``.
    settings
        Parameters, seed and version.
    """

    membership: pd.Series
    modularity: float
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
    weights: Weights = "ignore",
    resolution: float = 1.0,
    runs: int = 20,
    seed: int | None = None,
) -> Communities:
    """Find communities with the Leiden algorithm, several times, and keep the partition with the highest modularity.

    Parameters
    ----------
    network
        The network; direction is forgotten (strengths of the two directions summed).
    weights
        "ignore": ties exist or not. "strength": ties count by strength.
    resolution
        Above 0; larger values give more and smaller communities.
    runs
        Number of runs, each of which iterates until it no longer improves. Of runs with equal modularity the first
        one is kept.
    seed
        Seed of all runs; a fresh one is drawn and stored in ``.settings`` when omitted.

    Returns
    -------
    Communities
        Membership, modularity, stability and all runs.

    Raises
    ------
    OptionError
        If `resolution` is not positive or `runs` is below 1.

    References
    ----------
    traag2019, newmangirvan2004, hubertarabie1985

    Examples
    --------
    >>> from clusternet import Network
    >>> ring = [("Ada", "Bo"), ("Bo", "Cy"), ("Ada", "Cy"), ("Cy", "Di"), ("Di", "Ed"), ("Ed", "Flo"), ("Di", "Flo")]
    >>> communities(Network.from_edges(ring), seed=1)
    <Communities: 2 communities, modularity 0.357, stability 1.000 over 20 runs>
    """
    choose("weights", weights, WEIGHTS)
    if not (np.isfinite(resolution) and resolution > 0):
        raise OptionError(f"resolution is {resolution!r}; give a positive number.")
    if isinstance(runs, bool) or not isinstance(runs, (int, np.integer)) or runs < 1:
        raise OptionError(f"runs is {runs!r}; give a whole number of at least 1.")
    seed = resolve_seed(seed)
    engine = igraph_view(network, "undirected")
    tied = np.asarray(engine.degree(), dtype=np.int64) > 0
    partitions: list[NDArray[np.int64]] = []
    with igraph_seed(seed):
        for _ in range(runs):
            found = engine.community_leiden(
                objective_function="modularity",
                weights="strength" if weights == "strength" else None,
                resolution=resolution,
                n_iterations=-1,
            ).membership
            partitions.append(by_size(pd.factorize(np.asarray(found, dtype=np.int64)[tied])[0].astype(np.int64)))
    ids = network.firms.index
    memberships = np.full((len(ids), runs), np.nan)
    memberships[tied] = np.column_stack(partitions)
    graph = network.simple("undirected")
    labels = np.full((runs, len(ids)), -1, dtype=np.int64)
    labels[:, tied] = partitions
    scores = np.array([modularity_of(graph, codes, weights, resolution) for codes in labels])
    # Rounding must not decide between runs that found the same communities.
    best = int(np.argmax(scores >= np.nanmax(scores) - 1e-12)) if tied.any() else 0
    return Communities(
        membership=pd.Series(memberships[:, best], index=ids, name="community"),
        modularity=float(scores[best]),
        n_communities=int(partitions[best].max(initial=-1) + 1),
        stability=_agreement(partitions),
        runs=pd.DataFrame(memberships, index=ids, columns=pd.RangeIndex(runs, name="run")),
        settings=Settings(
            {"weights": weights, "resolution": resolution, "runs": int(runs), "best_run": best}, seed=seed
        ),
    )


def _agreement(partitions: list[NDArray[np.int64]]) -> float:
    """Return the mean adjusted Rand index over all pairs of partitions."""
    distinct, times = np.unique(np.array(partitions), axis=0, return_counts=True)
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
