"""Several cores, each with a periphery of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd

from clusternet._compiled import call
from clusternet.brokerage._core import _draws, _matrix, _p, _relative, _tested
from clusternet.brokerage._kernels import pair_sweep
from clusternet.errors import OptionError
from clusternet.measure import Weights, choose
from clusternet.result import Result, Settings, resolve_seed, spawn_generators

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

    from clusternet.network import Network

Expected = Literal["degree", "density"]
MOST_SWEEPS = 200


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class CorePeripheryPairs(Result):
    """Pairs of a core and its periphery, the quality of each, and whether chance makes as good ones.

    Attributes
    ----------
    firms
        One row per firm: ``pair`` (1 is the best pair; 0 for a firm without ties) and ``core`` (True in the core).
    pairs
        One row per pair, indexed by its number: ``firms``, ``core`` and ``periphery`` (numbers of firms), ``quality``
        (its part of the whole) and ``p``, the share of networks with the same degrees that have a pair of at most as
        many firms that is at least as good, (r + 1)/(draws + 1). Larger pairs are better by size alone, hence the
        limit. NaN without draws.
    quality
        Sum over the pairs; 0 when every firm is alone, at most 1. NaN without ties.
    p
        Share of networks with the same degrees (strengths dealt anew among the ties) that reach at least this quality.
        NaN without draws.
    draws
        The qualities of these networks.
    settings
        The specification, draws and seed.
    """

    firms: pd.DataFrame
    pairs: pd.DataFrame
    quality: float
    p: float
    draws: NDArray[np.float64]
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return one row per firm: pair and core."""
        return self.firms.copy()

    def summary(self) -> str:
        """Return number of pairs, quality and p in one line."""
        tested = "" if np.isnan(self.p) else f", p {self.p:.3g} over {len(self.draws):,} draws"
        return f"{len(self.pairs):,} core-periphery pairs, quality {self.quality:.3f}{tested}"


@dataclass(frozen=True, slots=True)
class _Expectation:
    """What chance gives a pair of firms: `scale` times the product of their masses; `own` counts a firm with itself."""

    mass: NDArray[np.float64]
    scale: float
    own: float

    @classmethod
    def of(cls, matrix: sparse.csr_array, expected: Expected, everybody: int) -> _Expectation:
        total = float(matrix.sum())
        if expected == "density":
            return cls(np.ones(matrix.shape[0]), total / (everybody * (everybody - 1.0)), 0.0)
        return cls(np.asarray(matrix.sum(axis=1)).ravel(), 1.0 / total, 1.0)


def _qualities(
    matrix: sparse.csr_array, chance: _Expectation, pair: NDArray[np.int64], core: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return every pair's part of the quality: ties beyond chance in its core and between core and periphery."""
    cells = matrix.tocoo()
    counts = (pair[cells.row] == pair[cells.col]) & ((core[cells.row] | core[cells.col]) > 0)
    size = int(pair.max(initial=-1)) + 1
    ties = np.bincount(pair[cells.row[counts]], cells.data[counts], size)
    whole = np.bincount(pair, chance.mass, size)
    edge = np.bincount(pair, chance.mass * (1 - core), size)
    alone = np.bincount(pair, chance.mass**2 * core, size) * (1.0 - chance.own)
    return np.asarray((ties - chance.scale * (whole**2 - edge**2 - alone)) / matrix.sum())


def _found(
    matrix: sparse.csr_array, chance: _Expectation, runs: int, rng: np.random.Generator, fits: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return pair and core of every firm and the qualities: the best of several searches from firms alone."""
    n = matrix.shape[0]
    graph = (matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64), matrix.data.astype(float), chance.mass)
    rule = np.array([chance.scale, chance.own])
    best = (np.arange(n), np.ones(n, dtype=np.int64), np.full(n, -np.inf))
    work = 10 * fits * runs * (n + matrix.nnz)
    for _ in range(runs):
        pair, core = np.arange(n), np.ones(n, dtype=np.int64)
        in_core, at_edge = chance.mass.copy(), np.zeros(n)
        to_core, to_edge, moved = np.zeros(n), np.zeros(n), np.zeros(1, dtype=np.int64)
        for _sweep in range(MOST_SWEEPS):
            inputs = (*graph, rule, rng.permutation(n))
            call(pair_sweep, inputs, (pair, core, in_core, at_edge, to_core, to_edge, moved), work=work)
            work = 0
            if not moved[0]:
                break
        _, pair = np.unique(pair, return_inverse=True)
        quality = _qualities(matrix, chance, pair, core)
        if quality.sum() > best[2].sum() + 1e-12:
            best = (pair, core, quality)
    return best


def core_periphery_pairs(
    network: Network,
    *,
    expected: Expected = "degree",
    weights: Weights = "ignore",
    runs: int = 10,
    draws: int = 100,
    seed: int | None = None,
) -> CorePeripheryPairs:
    """Find several core-periphery pairs: groups of firms, each around a core of its own.

    A pair counts its ties within the core and between core and periphery, less those that chance would give; ties
    within a periphery do not count.

    Parameters
    ----------
    network
        A one-mode network; direction is forgotten.
    expected
        What chance gives: "degree", ties in proportion to the degrees of both firms (kojaku2018), or "density", the
        same for all pairs of firms (kojaku2017). Under "degree" a single hub with its leaves fits as well, or better,
        the other way round, with the leaves as a core: it needs several firms to make a core.
    weights
        "ignore": ties are 1. "strength": ties are their strengths.
    runs
        Searches from different orders; the best is kept.
    draws
        Networks of the same degrees for the p-values, each searched in the same way; 0 for no test. An interrupt keeps
        those drawn so far and warns.
    seed
        Of the searches and the networks; a fresh one is drawn and stored when omitted.

    Returns
    -------
    CorePeripheryPairs
        Pairs by falling quality, and the pair and role of every firm.

    Raises
    ------
    NetworkError
        If the network is two-mode.
    OptionError
        If an option is out of its range.

    Notes
    -----
    With x = 1 in the core, c the pair, d the degrees and W their sum, the quality under "degree" is
    sum_ij (A_ij - d_i d_j / W)(x_i + x_j - x_i x_j)[c_i = c_j] / W, a firm with itself included as in the source. One
    firm after the other moves to the pair and role, among those of its partners, that raise it most (label switching).
    With every firm in the core it is modularity. The search is a heuristic: compare runs with other seeds. Compare
    `core_periphery` for a single core.

    References
    ----------
    kojaku2018, kojaku2017

    Examples
    --------
    >>> from clusternet import Network
    >>> spokes = [(hub, f"{hub}{n}") for hub in ("Ada", "Bo") for n in range(5)]
    >>> net = Network.from_edges([*spokes, ("Ada", "Bo")])
    >>> found = core_periphery_pairs(net, expected="density", draws=0, seed=1)
    >>> found.firms.index[found.firms["core"]].tolist(), found.pairs["firms"].tolist()
    (['Ada', 'Bo'], [6, 6])
    """
    choose("expected", expected, get_args(Expected))
    draws = _draws(draws)
    if isinstance(runs, bool) or not isinstance(runs, (int, np.integer)) or runs < 1:
        raise OptionError(f"runs is {runs!r}; give a positive whole number.")
    used = resolve_seed(seed)
    generators = spawn_generators(used, draws + 1)
    whole = _relative(_matrix(network, "all", weights))
    tied = np.flatnonzero(np.diff(whole.indptr))
    pair, core = np.zeros(network.n_firms, dtype=np.int64), np.zeros(network.n_firms, dtype=bool)
    pairs = pd.DataFrame({"firms": [], "core": [], "periphery": [], "quality": [], "p": []})
    quality, p, drawn = float("nan"), float("nan"), np.empty(0)
    if len(tied):
        matrix = whole[tied][:, tied].tocsr()
        matrix.sort_indices()
        chance = _Expectation.of(matrix, expected, network.n_firms)
        number, inside, parts = _found(matrix, chance, runs, generators[0], draws + 1)
        order = np.lexsort((np.arange(len(parts)), -np.round(parts, 12)))
        rank = np.empty(len(parts), dtype=np.int64)
        rank[order] = np.arange(len(parts))
        pair[tied], core[tied] = rank[number] + 1, inside > 0
        quality = float(parts.sum())
        others: list[tuple[NDArray[np.int64], NDArray[np.float64]]] = []

        def fit_of(network_drawn: sparse.csr_array, count: int) -> float:
            # Strengths are dealt anew, so that the firms' totals are those of the draw.
            own = _Expectation.of(network_drawn, expected, network.n_firms)
            labels, _, found = _found(network_drawn, own, runs, generators[count], 0)
            others.append((np.bincount(labels), found))
            return float(found.sum())

        drawn = _tested(matrix, fit_of, draws, used)
        p = _p(quality, drawn)
        sizes, cores = np.bincount(number), np.bincount(number, inside).astype(np.int64)
        shares = [
            _p(float(part), np.array([found[size <= firms].max(initial=-1.0) for size, found in others]))
            for part, firms in zip(parts, sizes, strict=True)
        ]
        pairs = pd.DataFrame(
            {"firms": sizes, "core": cores, "periphery": sizes - cores, "quality": parts, "p": shares}
        ).iloc[order]
    pairs.index = pd.RangeIndex(1, len(pairs) + 1, name="pair")
    how = {"method": "label switching", "null_model": "same degrees, ties rewired"}
    return CorePeripheryPairs(
        firms=pd.DataFrame({"pair": pair, "core": core}, index=network.firms.index),
        pairs=pairs,
        quality=quality,
        p=p,
        draws=drawn,
        settings=Settings({"expected": expected, "weights": weights, "runs": runs, "draws": draws} | how, seed=used),
    )
