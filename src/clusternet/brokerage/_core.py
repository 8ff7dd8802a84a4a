"""Core and periphery: a discrete core, continuous coreness, how well either fits, and whether chance fits as well."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd

from clusternet._compiled import call
from clusternet.brokerage import _kernels
from clusternet.errors import NetworkError, OptionError
from clusternet.measure import Weights, choose, firm_series
from clusternet.network._rewiring import Switching
from clusternet.result import Result, Settings, resolve_seed, spawn_generators, until_interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray
    from scipy import sparse

    from clusternet.network import Network

Between = Literal["ignore", "tied", "untied"]
Ties = Literal["all", "keep", "mutual"]
Search = Literal["search", "exact", "degree", "eigenvector", "lip"]
BETWEEN: tuple[str, ...] = get_args(Between)
EXACT_UP_TO = 14  # firms for which `search` tries every core: 2^14 of them cost less than the climbing
EXACT_AT_MOST = 24
MOST_SWEEPS = 1000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class CorePeriphery(Result):
    """A core and a periphery, how well they fit, and whether networks of the same degrees fit as well.

    Attributes
    ----------
    core
        Index of the firms in the core, in table order.
    coreness
        Series, one float per firm: 1 in the core and 0 outside for a discrete core; for the continuous ones a number
        from 0, with squares that sum to 1. NaN when nothing can be told apart.
    fit
        How well it fits: for a discrete core and for ``method="correlation"`` the correlation with the ideal, for
        ``method="minres"`` the share of the variance of the ties that it explains. NaN when undefined.
    p
        Share of networks with the same degrees that fit as well or better, (r + 1)/(draws + 1). NaN without draws.
    draws
        The fits of these networks; -1 where no core could be told.
    densities
        Series: mean tie among ``core_core``, ``core_periphery`` and ``periphery_periphery`` pairs; NaN where there is
        no such pair.
    settings
        The whole specification (method, core-periphery cells, ties, weights, null model), draws and seed: fits under
        different specifications cannot be compared.
    """

    core: pd.Index
    coreness: pd.Series
    fit: float
    p: float
    draws: NDArray[np.float64]
    densities: pd.Series
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return one row per firm: ``coreness`` and ``core`` (True or False)."""
        return pd.DataFrame({"coreness": self.coreness, "core": self.coreness.index.isin(self.core)})

    def summary(self) -> str:
        """Return size of the core, fit and specification in one line."""
        said = self.settings.parameters
        cells = f", core-periphery cells {said['between']}" if "between" in said else ""
        tested = "" if np.isnan(self.p) else f", p {self.p:.3g} over {len(self.draws):,} draws"
        size = f"{len(self.core):,} of {len(self.coreness):,} firms in the core"
        return f"{size}, fit {self.fit:.3f}{tested} ({said['method']}{cells})"


# ── what a core is compared with ──


def _matrix(network: Network, direction: Ties, weights: Weights) -> sparse.csr_array:
    """Return the ties under study as an n by n matrix without loops."""
    choose("direction", direction, get_args(Ties))
    choose("weights", weights, get_args(Weights))
    if network.is_two_mode:
        raise NetworkError(
            "a core of firms needs ties among firms; net.project(mode) makes a one-mode network of a two-mode one."
        )
    if direction == "all" or not network.is_directed:
        return network.simple("undirected").csr(weights=weights)
    matrix = network.simple().csr(weights=weights)
    if direction == "mutual":
        matrix = matrix.minimum(matrix.T.tocsr()).tocsr()
        matrix.eliminate_zeros()
        matrix.sort_indices()
    return matrix


def _relative(matrix: sparse.csr_array) -> sparse.csr_array:
    """Return the strengths relative to the strongest: no fit depends on their unit, and rounding shall not either."""
    return matrix / matrix.max() if matrix.nnz else matrix


@dataclass(frozen=True, slots=True)
class _Cells:
    """Both cells of every pair: the sum of the two ties, and of their squares."""

    n: int
    indptr: NDArray[np.int64]
    indices: NDArray[np.int64]
    sums: NDArray[np.float64]
    squares: NDArray[np.float64]

    @classmethod
    def of(cls, matrix: sparse.csr_array) -> _Cells:
        both = (matrix + matrix.T).tocsr()
        squared = matrix.copy()
        squared.data = squared.data**2
        squared = (squared + squared.T).tocsr()
        both.sort_indices()
        squared.sort_indices()
        return cls(both.shape[0], both.indptr.astype(np.int64), both.indices.astype(np.int64), both.data, squared.data)

    @property
    def rows(self) -> NDArray[np.int64]:
        return np.repeat(np.arange(self.n), np.diff(self.indptr))

    def parts(self, core: NDArray[np.bool_]) -> tuple[float, float, float, float]:
        """Return the sums of ties and of squares inside the core, then inside the periphery (both cells of a pair)."""
        one, other = core[self.rows], core[self.indices]
        inside, outside = one & other, ~one & ~other
        values = (self.sums[inside], self.squares[inside], self.sums[outside], self.squares[outside])
        s1, q1, s0, q0 = (float(value.sum()) / 2 for value in values)
        return s1, q1, s0, q0


def _fit(
    cells: _Cells,
    size: NDArray[np.float64],
    parts: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
    between: Between,
) -> NDArray[np.float64]:
    """Return the correlation of ties and ideal for cores of these sizes and sums; -2 where one of them is constant."""
    n = cells.n
    s1, q1, s0, q0 = parts
    inside, outside = size * (size - 1.0), (n - size) * (n - size - 1.0)
    all_sum, all_squares = cells.sums.sum() / 2, cells.squares.sum() / 2
    if between == "ignore":
        total, ones, y, yy, xy = inside + outside, inside, s1 + s0, q1 + q0, s1
    elif between == "tied":
        total = np.full_like(size, n * (n - 1.0))
        ones, y, yy, xy = total - outside, all_sum, all_squares, all_sum - s0
    else:
        total = np.full_like(size, n * (n - 1.0))
        ones, y, yy, xy = inside, all_sum, all_squares, s1
    spread = (total * ones - ones**2) * (total * yy - y**2)
    clear = spread > 1e-9
    return np.where(clear, (total * xy - ones * y) / np.sqrt(np.where(clear, spread, 1.0)), -2.0)


def _prefixes(
    cells: _Cells, score: NDArray[np.float64], between: Between
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the firms by falling score, and the fit of the first 1, 2, ... n of them as a core."""
    order = np.argsort(-score, kind="stable")
    rank = np.empty(cells.n, dtype=np.int64)
    rank[order] = np.arange(cells.n)
    one, other = rank[cells.rows], rank[cells.indices]
    # A pair is inside once its later firm is; it has left the periphery once its earlier one has.
    later, earlier = np.maximum(one, other), np.minimum(one, other)
    gained = [np.bincount(later, values, cells.n).cumsum() / 2 for values in (cells.sums, cells.squares)]
    left = [
        (values.sum() - np.bincount(earlier, values, cells.n).cumsum()) / 2 for values in (cells.sums, cells.squares)
    ]
    size = np.arange(1, cells.n + 1, dtype=float)
    return order, _fit(cells, size, (gained[0], gained[1], left[0], left[1]), between)


def _threshold(cells: _Cells, score: NDArray[np.float64], between: Between) -> NDArray[np.bool_]:
    """Return the best of the cores that hold all firms at or above some score."""
    order, fits = _prefixes(cells, score, between)
    falling = score[order]
    whole = np.append(falling[1:] < falling[:-1], True)  # never part firms of one score
    core = np.zeros(cells.n, dtype=bool)
    core[order[: int(np.argmax(np.where(whole, fits, -3.0))) + 1]] = True
    return core


def _scores(cells: _Cells, by: Literal["degree", "eigenvector"]) -> NDArray[np.float64]:
    if by == "degree":
        # Ties of one strength make degree; strengths add up.
        return np.round(np.bincount(cells.rows, cells.sums, cells.n), 9)
    from igraph import Graph

    upper = cells.rows < cells.indices
    graph = Graph(cells.n, list(zip(cells.rows[upper].tolist(), cells.indices[upper].tolist(), strict=True)))
    if not graph.ecount():
        return np.zeros(cells.n)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of components that the leading eigenvector leaves at zero
        values = graph.eigenvector_centrality(weights=cells.sums[upper].tolist())
    return np.round(np.asarray(values), 9)


def _lip(cells: _Cells) -> NDArray[np.bool_]:
    """Return the core with the fewest misfits: missing ties inside, present ones outside (lip2011)."""
    degree = np.bincount(cells.rows, (cells.sums > 0).astype(float), cells.n)
    order = np.argsort(-degree, kind="stable")
    size = np.arange(1, cells.n + 1)
    misfits = size * (size - 1) / 2 - degree[order].cumsum()
    core = np.zeros(cells.n, dtype=bool)
    core[order[: int(np.argmin(misfits)) + 1]] = True
    return core


def _climbed(
    cells: _Cells, between: Between, starts: int, rng: np.random.Generator, *, every: bool, runs: int = 1
) -> NDArray[np.bool_]:
    """Return the best core found: of all, or by climbing from several starts."""
    n = cells.n
    best, core = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    fit = np.zeros(1)
    scratch = [np.zeros(n) for _ in range(4)]
    rule = np.array([BETWEEN.index(between)], dtype=np.int64)
    graph = (cells.indptr, cells.indices, cells.sums, cells.squares, rule)
    degree_of_all = max(len(cells.indices), 1) / max(n, 1)
    if every:
        work = int(2.0**n * (10 + 2 * degree_of_all) * runs)
        call(_kernels.every_core, graph, (best, fit, core, *scratch), work=work)
        return best.astype(bool)
    degree = _scores(cells, "degree")
    seeds = np.zeros((max(starts, 1), n), dtype=np.int64)
    for number, seed in enumerate(seeds):
        # From the order of degrees to none at all: the noise doubles, and starts over.
        noise = 0.0 if number == 0 else 0.25 * 2.0 ** (number % 5)
        order, fits = _prefixes(cells, np.log(degree + 0.5) + noise * rng.standard_normal(n), between)
        seed[order[: int(np.argmax(fits)) + 1]] = 1
    work = int(len(seeds) * n * (n + degree_of_all) / 2 * runs)
    call(_kernels.best_core, (*graph, seeds.ravel()), (best, fit, core, *scratch), work=work)
    return best.astype(bool)


def _members(network: Network, core: Iterable[object]) -> NDArray[np.bool_]:
    flag = np.zeros(network.n_firms, dtype=bool)
    flag[network.positions(core)] = True
    return flag


def core_fit(
    network: Network,
    core: Iterable[object],
    *,
    between: Between = "ignore",
    direction: Ties = "all",
    weights: Weights = "ignore",
) -> float:
    """How well a given core fits: the correlation of the ties with an ideal core and periphery.

    The ideal has 1 for two firms of the core and 0 for two of the periphery.

    Parameters
    ----------
    network
        A one-mode network.
    core
        Ids of the firms in the core.
    between
        What the ideal says of a core firm and a peripheral one: "ignore" (such pairs are left out), "tied" (1) or
        "untied" (0). The choice moves the fit widely: state it.
    direction
        "all": two firms are tied if either names the other (strengths summed). "keep": each direction is a cell.
        "mutual": they are tied if both do (the smaller strength).
    weights
        "ignore": ties are 1. "strength": ties are their strengths.

    Returns
    -------
    float
        From -1 to 1. NaN where ties or ideal do not vary, as for a core of nobody or everybody.

    Raises
    ------
    NetworkError
        If the network is two-mode.
    UnknownFirmError
        If an id is not in the network.

    References
    ----------
    borgatti1999

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Ada", "Cy"), ("Cy", "Di"), ("Ada", "Ed")])
    >>> core_fit(net, ["Ada", "Bo", "Cy"])
    1.0
    >>> round(core_fit(net, ["Ada", "Bo", "Cy"], between="untied"), 3)
    0.655
    """
    choose("between", between, BETWEEN)
    cells = _Cells.of(_relative(_matrix(network, direction, weights)))
    return _number(_given_fit(cells, _members(network, core), between))


def _given_fit(cells: _Cells, core: NDArray[np.bool_], between: Between) -> float:
    parts = tuple(np.array([value]) for value in cells.parts(core))
    return float(_fit(cells, np.array([float(core.sum())]), parts, between)[0])  # type: ignore[arg-type]


def _number(fit: float) -> float:
    return float("nan") if fit < -1.5 else float(np.clip(fit, -1.0, 1.0))


# ── the null model ──


def _rewired(matrix: sparse.csr_array, rng: np.random.Generator, draws: int = 1) -> Callable[[], sparse.csr_array]:
    """Return a function that draws a network with the same degrees; strengths are dealt anew among its ties."""
    from scipy import sparse

    n = matrix.shape[0]
    symmetric = (matrix != matrix.T).nnz == 0
    cells = (sparse.triu(matrix, k=1) if symmetric else matrix).tocoo()
    chain = Switching(n, cells.row.astype(np.int64), cells.col.astype(np.int64), directed=not symmetric)
    chain.plan(draws + 1)
    chain.run(chain.tries(), rng)

    def draw() -> sparse.csr_array:
        row, column = chain.drawn(rng)
        values = rng.permutation(cells.data)
        if symmetric:
            row, column, values = np.append(row, column), np.append(column, row), np.append(values, values)
        return sparse.csr_array((values, (row, column)), shape=(n, n))

    return draw


def _tested(
    matrix: sparse.csr_array, fit_of: Callable[[sparse.csr_array, int], float], draws: int, seed: int
) -> NDArray[np.float64]:
    """Return the fits of networks with the same degrees; an interrupt keeps those there are, and warns."""
    if not draws:
        return np.empty(0)
    draw = _rewired(matrix, spawn_generators(seed, draws + 2)[-1], draws)
    fits = until_interrupted(
        lambda number: max(fit_of(draw(), number), -1.0), range(1, draws + 1), draws, None, what="draws"
    )
    return np.array(fits)


def _p(fit: float, draws: NDArray[np.float64]) -> float:
    if not len(draws) or fit < -1.5:
        return float("nan")
    return float((1 + (draws >= fit - 1e-9).sum()) / (len(draws) + 1))


def _draws(draws: object) -> int:
    if isinstance(draws, bool) or not isinstance(draws, (int, np.integer)) or draws < 0:
        raise OptionError(f"draws is {draws!r}; give a whole number, 0 for no test.")
    return int(draws)


def _densities(matrix: sparse.csr_array, core: NDArray[np.bool_]) -> pd.Series:
    size, rest = float(core.sum()), float((~core).sum())
    s1, _, s0, _ = _Cells.of(matrix).parts(core)
    across = float(matrix.sum()) - s1 - s0
    sums = {"core_core": s1, "core_periphery": across, "periphery_periphery": s0}
    cells = (size * (size - 1), 2 * size * rest, rest * (rest - 1))
    means = [total / count if count else float("nan") for total, count in zip(sums.values(), cells, strict=True)]
    return pd.Series(means, index=list(sums), name="density")


# ── discrete ──


def core_periphery(
    network: Network,
    *,
    method: Search = "search",
    between: Between = "ignore",
    direction: Ties = "all",
    weights: Weights = "ignore",
    restarts: int = 20,
    draws: int = 100,
    seed: int | None = None,
) -> CorePeriphery:
    """Find the core whose ties correlate best with an ideal core and periphery.

    Parameters
    ----------
    network
        A one-mode network; isolates belong to the periphery.
    method
        "search": climb from `restarts` starts by moving one firm at a time; up to 14 firms every core is tried. Time
        grows with the square of the firms: above some thousand of them take fewer restarts and draws, or "degree".
        "exact": try every core (at most 24 firms); every further firm doubles the time. "degree" and "eigenvector":
        only cores of all firms above a threshold of that score. "lip": the smallest core with the fewest misfits,
        missing ties inside and present ones outside, found exactly from the degrees, strengths ignored (lip2011); its
        fit is given as a correlation too.
    between, direction, weights
        The specification, as in `core_fit`.
    restarts
        Number of starts of "search".
    draws
        Networks of the same degrees for the p-value, each searched in the same way; 0 for no test. An interrupt keeps
        those drawn so far and warns.
    seed
        A fresh one is drawn and stored when omitted.

    Returns
    -------
    CorePeriphery
        ``.core``, ``.fit``, ``.p``, ``.densities`` and the specification in ``.settings``. Without a core to tell (no
        ties, all ties, fewer than three firms) the core is empty and fit, coreness and p are NaN.

    Raises
    ------
    NetworkError
        If the network is two-mode.
    OptionError
        If an option is out of its range, or "exact" meets more than 24 firms.

    Notes
    -----
    The null model rewires ties and keeps every firm's degree (in- and out-degree where direction is kept); strengths
    are dealt anew among the ties. A good fit with a large p says that degrees alone make such a core.

    References
    ----------
    borgatti1999, lip2011

    Examples
    --------
    >>> from clusternet import datasets
    >>> found = core_periphery(datasets.load("baker"), draws=0, seed=1)
    >>> found.core.tolist(), round(found.fit, 4)
    (['CW', 'CYSR', 'JSWE', 'SCW', 'SSR', 'SW', 'SWRA'], 0.8596)
    """
    choose("method", method, get_args(Search))
    choose("between", between, BETWEEN)
    if isinstance(restarts, bool) or not isinstance(restarts, (int, np.integer)) or restarts < 1:
        raise OptionError(f"restarts is {restarts!r}; give a positive whole number.")
    draws = _draws(draws)
    matrix = _matrix(network, direction, weights)
    n = network.n_firms
    if method == "exact" and n > EXACT_AT_MOST:
        raise OptionError(f"method='exact' would try 2^{n} cores; use 'search' above {EXACT_AT_MOST} firms.")
    used = resolve_seed(seed)
    generators = spawn_generators(used, draws + 1)
    every = method == "exact" or (method == "search" and n <= EXACT_UP_TO)

    def find(cells: _Cells, number: int) -> NDArray[np.bool_]:
        if method == "degree" or method == "eigenvector":  # noqa: PLR1714  (mypy narrows this one)
            return _threshold(cells, _scores(cells, method), between)
        if method == "lip":
            return _lip(cells)
        runs = draws + 1 if number == 0 else 0
        return _climbed(cells, between, restarts, generators[number], every=every, runs=runs)

    def fit_of(drawn: sparse.csr_array, number: int) -> float:
        drawn_cells = _Cells.of(drawn)
        return _given_fit(drawn_cells, find(drawn_cells, number), between)

    core, fit, fits = np.zeros(n, dtype=bool), -2.0, np.empty(0)
    if matrix.nnz and n > 2:
        relative = _relative(matrix)
        cells = _Cells.of(relative)
        core = find(cells, 0)
        fit = _given_fit(cells, core, between)
        if fit < -1.5:
            core = np.zeros(n, dtype=bool)
        else:
            fits = _tested(relative, fit_of, draws, used)
    specification = {"method": method, "between": between, "direction": direction, "weights": weights}
    how = {"restarts": restarts, "tried_every_core": every, "draws": draws, "null_model": "same degrees, ties rewired"}
    coreness = core.astype(float) if fit > -1.5 else np.full(n, np.nan)
    return CorePeriphery(
        core=network.firms.index[core],
        coreness=firm_series(network, coreness, "coreness"),
        fit=_number(fit),
        p=_p(fit, fits),
        draws=fits,
        densities=_densities(matrix, core),
        settings=Settings(specification | how, seed=used),
    )


# ── continuous ──


def _continuous(
    matrix: sparse.csr_array, method: Literal["minres", "correlation"], runs: int = 1
) -> tuple[NDArray[np.float64], float]:
    """Return the coreness of unit length and its fit (-2 if undefined); `runs` counts the fits to come."""
    n = matrix.shape[0]
    cells = n * (n - 1.0)
    total, squares = float(matrix.sum()), float((matrix.data**2).sum())
    variation = squares - total**2 / cells if cells else 0.0
    if variation <= 1e-12 or n < 3:
        return np.full(n, np.nan), -2.0
    both = _Cells.of(matrix)
    degree = np.asarray(matrix.sum(axis=1)).ravel()
    starts = [degree, _scores(both, "eigenvector"), _threshold(both, degree, "ignore").astype(float)]
    best, fit = np.full(n, np.nan), -np.inf
    for start in starts:
        begin = start / np.sqrt((start**2).sum())
        begin = begin + 1e-3 * begin.max()
        if method == "minres":
            c, value = _minres(matrix, begin, variation, runs)
        else:
            c, value = _correlated(matrix, begin, variation)
        if value > fit + 1e-10:
            best, fit = c, value
    if method == "correlation":
        # Flat vectors 1 + e v leave v_i + v_j as e goes to 0; where no product beats that sum, no coreness is the best.
        apart = degree - degree.mean()
        if fit <= np.sqrt(2 * (apart**2).sum() / ((n - 2) * variation)) + 1e-6:
            return np.full(n, np.nan), fit
    length = np.sqrt((best**2).sum())
    return (best / length if length > 0 else np.full(n, np.nan)), fit


def _minres(
    matrix: sparse.csr_array, begin: NDArray[np.float64], variation: float, runs: int
) -> tuple[NDArray[np.float64], float]:
    """Return the coreness of the least sum of squares near `begin`, and the share of the variation explained."""
    c = begin * np.sqrt(max(float(begin @ (matrix @ begin)), 1e-9))
    graph = (matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64), matrix.data.astype(float))
    work = 100 * runs * (len(c) + matrix.nnz)
    sweeps = np.zeros(1, dtype=np.int64)
    call(_kernels.least_squares_coreness, (*graph, np.array([MOST_SWEEPS, 1e-9])), (c, sweeps), work=work)
    residual = (matrix.data**2).sum() - 2 * (c @ (matrix @ c)) + (c**2).sum() ** 2 - (c**4).sum()
    return c, float(1 - residual / variation)


def _correlated(
    matrix: sparse.csr_array, begin: NDArray[np.float64], variation: float
) -> tuple[NDArray[np.float64], float]:
    """Return the coreness whose products correlate best with the ties near `begin`, and the correlation."""
    from scipy.optimize import minimize

    n = len(begin)
    cells = n * (n - 1.0)
    mean = float(matrix.sum()) / cells

    def minus_correlation(c: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        pull = matrix @ c
        one, two, four = c.sum(), (c**2).sum(), (c**4).sum()
        ideal_mean = (one**2 - two) / cells
        together = (c * pull).sum() - mean * (one**2 - two)
        spread = two**2 - four - cells * ideal_mean**2
        if spread <= 1e-14:
            return 0.0, np.zeros_like(c)
        root = np.sqrt(spread * variation)
        slope = 2 * pull - mean * 2 * (one - c)
        widening = 4 * two * c - 4 * c**3 - 4 * ideal_mean * (one - c)
        return -together / root, -(slope / root - together * widening * variation / (2 * root**3))

    found = minimize(
        minus_correlation,
        begin,
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, None)] * n,
        options={"maxiter": 500, "ftol": 1e-12},
    )
    return found.x, -float(found.fun)


def _concentrated(coreness: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return the firms of highest coreness, as many as correlate best with it."""
    n = len(coreness)
    order = np.argsort(-np.round(coreness, 9), kind="stable")
    size = np.arange(1, n)
    apart = (coreness[order] - coreness.mean())[:-1].cumsum()
    core = np.zeros(n, dtype=bool)
    core[order[: int(np.argmax(np.round(apart / np.sqrt(size * (n - size)), 12))) + 1]] = True
    return core


def cp_coreness(
    network: Network,
    *,
    method: Literal["minres", "correlation"] = "minres",
    weights: Weights = "ignore",
    draws: int = 100,
    seed: int | None = None,
) -> CorePeriphery:
    """Core-periphery coreness: how near every firm is to the core, as a number.

    Not to be confused with `k_coreness` (Seidman). The model says that the tie of i and j is c_i c_j.

    Parameters
    ----------
    network
        A one-mode network; direction is forgotten.
    method
        "minres": c_i c_j comes closest to the ties in the sum of squares off the diagonal (boyd2010). "correlation":
        c_i c_j correlates best with them (borgatti1999), which is ten to a hundred times as slow.
    weights
        "ignore": ties are 1. "strength": ties are their strengths.
    draws
        Networks of the same degrees for the p-value, each fitted in the same way; 0 for no test. An interrupt keeps
        those drawn so far and warns.
    seed
        Of the rewired networks; a fresh one is drawn and stored when omitted. The fit itself needs none.

    Returns
    -------
    CorePeriphery
        ``.coreness`` is at least 0 and of unit length; ``.fit`` is the correlation, or for "minres" the share of the
        variance of the ties explained (1 - residual over total sum of squares, which can be negative); ``.core`` holds
        the firms of highest coreness, as many as make the correlation of coreness with membership largest. NaN and an
        empty core if ties do not vary, there are fewer than three firms, or no coreness is the best (see Notes).

    Raises
    ------
    NetworkError
        If the network is two-mode.
    OptionError
        If an option is out of its range.

    Notes
    -----
    "correlation" has no best coreness where the sums v_i + v_j fit as well as any product: ever flatter vectors then
    fit ever better. This is so for stars and for many sparse networks whose degrees say all; the answer is NaN.

    References
    ----------
    borgatti1999, boyd2010

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("a", "b", 6), ("a", "c", 3), ("b", "c", 2)], firms=[*"abcd"])
    >>> (cp_coreness(net, weights="strength", draws=0).coreness ** 2 * 14).round(2).to_dict()  # (3, 2, 1, 0) squared
    {'a': 9.0, 'b': 4.0, 'c': 1.0, 'd': 0.0}
    """
    choose("method", method, ("minres", "correlation"))
    draws = _draws(draws)
    matrix = _matrix(network, "all", weights)
    used = resolve_seed(seed)
    relative = _relative(matrix)
    coreness, fit = _continuous(relative, method, draws + 1)
    core, fits = np.zeros(network.n_firms, dtype=bool), np.empty(0)
    if not np.isnan(coreness).any() and network.n_firms:
        core = _concentrated(coreness)
        fits = _tested(relative, lambda drawn, _: _continuous(drawn, method, 0)[1], draws, used)
    specification = {"method": method, "direction": "all", "weights": weights}
    return CorePeriphery(
        core=network.firms.index[core],
        coreness=firm_series(network, coreness, "coreness"),
        fit=float("nan") if not core.any() else fit,
        p=_p(fit, fits),
        draws=fits,
        densities=_densities(matrix, core),
        settings=Settings(specification | {"draws": draws, "null_model": "same degrees, ties rewired"}, seed=used),
    )
