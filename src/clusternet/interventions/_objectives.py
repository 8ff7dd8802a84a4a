"""What a recommendation should raise, as a function of the network and, where it pays, of the ties added to it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from clusternet._percolation import neighbors
from clusternet.brokerage import constraint
from clusternet.errors import OptionError, listing, share_between
from clusternet.interventions._change import changed, listed_ids, one_number
from clusternet.interventions._greedy import distances
from clusternet.resilience import remove_firms
from clusternet.resilience._paths import weak_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from clusternet.network import Network

__all__ = ["OBJECTIVES", "Aim", "Backup", "Coverage", "Generic", "Path", "Reach", "held_by", "network_value"]

Objective: TypeAlias = Literal["robustness", "giant_share_after", "coverage", "constraint", "reach", "backup"]
OBJECTIVES = ("robustness", "giant_share_after", "coverage", "constraint", "reach", "backup")
_MOST_DENSE = 5_000  # firms whose full matrix of ties is quick to multiply


class Aim(NamedTuple):
    """The objective and what it needs."""

    objective: str | Callable[[Network], float]
    steps: int
    lose: float
    capabilities: pd.DataFrame | None
    focus: tuple[object, ...] | None

    @property
    def name(self) -> str:
        """The objective's name."""
        if isinstance(self.objective, str):
            return self.objective
        return getattr(self.objective, "__name__", type(self.objective).__name__)

    @property
    def words(self) -> str:
        """What the objective is, as a sentence says it."""
        told = {
            "robustness": "robustness R under degree attack",
            "giant_share_after": f"the giant share after the loss of the best-tied {100 * self.lose:g}% of firms",
            "coverage": "the mean share of capabilities that a firm has or a partner offers",
            "constraint": "the mean constraint of the firms to relieve",
            "reach": f"the mean share of other firms at most {self.steps} ties away",
            "backup": "the share of supplies with a backup supplier",
        }
        return told[self.objective] if isinstance(self.objective, str) else self.name

    @property
    def sign(self) -> int:
        """-1 if less is better."""
        return -1 if self.objective == "constraint" else 1


def held_by(capabilities: pd.DataFrame | None, firms: pd.Index, what: str) -> NDArray[np.bool_]:
    """Return who holds what, one row per firm; a firm that the table does not name holds nothing.

    Raises
    ------
    OptionError
        If there is no table, or a cell is no nonnegative number.
    """
    if capabilities is None:
        raise OptionError(f"{what} needs a firm by capability table; give it as capabilities=.")
    if not isinstance(capabilities, pd.DataFrame):
        raise OptionError(
            f"capabilities is a {type(capabilities).__name__}; give a frame, firms in rows and capabilities in columns."
        )
    try:
        cells = capabilities.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise OptionError("capabilities must hold numbers: 1 for a firm that has the capability, else 0.") from error
    bad = ~(cells >= 0)
    if bad.any():
        raise OptionError(
            f"capabilities has missing or negative cells for {listing(capabilities.index[bad.any(axis=1)])}; "
            "fill them with 0 where the firm lacks the capability."
        )
    if not capabilities.index.is_unique:
        twice = capabilities.index[capabilities.index.duplicated()].unique()
        raise OptionError(f"capabilities names firms twice: {listing(twice)}; keep one row per firm.")
    place = capabilities.index.get_indexer(firms)
    held = np.zeros((len(firms), cells.shape[1]), dtype=bool)
    held[place >= 0] = cells[place[place >= 0]] > 0
    return held


def periphery(net: Network) -> tuple[object, ...]:
    """Return the tied firms whose degree is in the lowest quarter."""
    graph = net.simple("undirected")
    degree = np.bincount(np.concatenate([graph.source, graph.target]), minlength=graph.n)
    tied = degree > 0
    if not tied.any():
        return ()
    return tuple(net.firms.index[tied & (degree <= np.quantile(degree[tied], 0.25))])


def n_lost(lose: float, n: int) -> int:
    """Return how many firms a share of them is, rounded up."""
    return min(n, math.ceil(lose * n - 1e-9))


def network_value(net: Network, aim: Aim) -> float:
    """Return the objective's value in a network.

    Raises
    ------
    OptionError
        If the objective is a function that does not return a number.
    """
    n = net.n_firms
    if not isinstance(aim.objective, str):
        return one_number(aim.name, aim.objective(net))
    if n == 0:
        return math.nan
    if aim.objective == "robustness":
        return remove_firms(net, order="degree", responses=("giant_share",)).robustness
    if aim.objective == "giant_share_after":
        path = remove_firms(net, order="degree", responses=("giant_share",)).curve["giant_share"]
        return float(path.iloc[n_lost(aim.lose, n)])
    if aim.objective == "coverage":
        table = aim.capabilities
        held = held_by(table, net.firms.index, "the objective 'coverage'")
        if not held.size:
            return math.nan
        # Capabilities that nobody there holds count too, so that a recruit who brings one raises the share.
        near = net.simple("undirected").csr()
        return float(((held + near @ held.astype(np.float64)) > 0).mean())
    if aim.objective == "constraint":
        firms = [firm for firm in aim.focus or () if firm in net.firms.index]
        return float(constraint(net).loc[firms].fillna(1.0).mean()) if firms else math.nan
    if aim.objective == "reach":
        away = distances(net, "out")
        return float(((away <= aim.steps).sum() - n) / (n * (n - 1))) if n > 1 else math.nan
    raise OptionError("the objective 'backup' compares with the supplies there were; it is for recommendations.")


class Generic:
    """An objective that is computed anew on every changed network."""

    submodular = False

    def __init__(self, net: Network, aim: Aim, ties: pd.DataFrame) -> None:
        self.net, self.aim, self.ties = net, aim, ties.drop(columns="cost", errors="ignore")
        self.taken: list[int] = []
        self.every: Network | None = None

    def value(self, items: Iterable[int]) -> float:
        """Return the objective with these candidates and no others."""
        rows = list(items)
        if not rows:
            return network_value(self.net, self.aim)
        if self.every is None:
            self.every = changed(self.net, add_ties=self.ties)  # checked once; the choices are slices of it
        keep = np.arange(self.every.n_ties) < self.net.n_ties
        keep[self.net.n_ties + np.asarray(rows)] = True
        return network_value(self.every._pick(keep, f"{len(rows)} candidates"), self.aim)  # noqa: SLF001

    def tried(self, item: int) -> float:
        """Return the objective with the candidate and those taken."""
        return self.value([*self.taken, item])

    def take(self, item: int) -> None:
        """Keep a candidate."""
        self.taken.append(item)


def _new_arcs(net: Network, ties: pd.DataFrame) -> NDArray[np.int64]:
    """Return how many arcs (pairs, in an undirected network) each tie alone adds to the simple graph."""
    graph = net.simple()
    n = np.int64(graph.n)
    there = graph.source * n + graph.target
    one, other = net.positions(ties["source"]), net.positions(ties["target"])
    if not graph.directed:
        return (~np.isin(np.minimum(one, other) * n + np.maximum(one, other), there)).astype(np.int64)
    back = ~np.isin(other * n + one, there) & ~ties["directed"].to_numpy(dtype=bool)
    return np.asarray((~np.isin(one * n + other, there)).astype(np.int64) + back, dtype=np.int64)


class Path(Generic):
    """Robustness and the giant share under degree attack, from arrays instead of tables."""

    def __init__(self, net: Network, aim: Aim, ties: pd.DataFrame) -> None:
        super().__init__(net, aim, ties)
        self.graph = net.simple("undirected")
        arcs = net.simple()
        self.degree = np.bincount(np.concatenate([arcs.source, arcs.target]), minlength=arcs.n)
        self.weight = _new_arcs(net, ties)
        one, other = net.positions(ties["source"]), net.positions(ties["target"])
        self.low, self.high = np.minimum(one, other), np.maximum(one, other)

    def value(self, items: Iterable[int]) -> float:
        """Return the objective with these candidates and no others."""
        rows = list(items)
        n = self.graph.n
        low = np.concatenate([self.graph.source, self.low[rows]])
        high = np.concatenate([self.graph.target, self.high[rows]])
        key = np.unique(low * np.int64(n) + high)
        low, high = np.divmod(key, np.int64(n))
        indptr, indices, _ = neighbors(n, low, high)
        degree = self.degree.copy()
        np.add.at(degree, self.low[rows], self.weight[rows])
        np.add.at(degree, self.high[rows], self.weight[rows])
        order = np.argsort(-degree, kind="stable")
        giant = weak_path(indptr, indices, order, n + len(indices)).giant
        if self.aim.objective == "robustness":
            return float(giant[1:].sum() / n**2)
        return float(giant[n_lost(self.aim.lose, n)] / n)


class Reach(Generic):
    """Mean reach within some steps, updated from the distances: a new tie is walked at most once on a shortest path."""

    def __init__(self, net: Network, aim: Aim, ties: pd.DataFrame) -> None:
        super().__init__(net, aim, ties)
        self.away = distances(net, "out")
        self.one, self.other = net.positions(ties["source"]), net.positions(ties["target"])
        self.one_way = ties["directed"].to_numpy(dtype=bool)
        self.within = int((self.away <= aim.steps).sum())

    def _share(self, within: int) -> float:
        n = len(self.away)
        return (within - n) / (n * (n - 1)) if n > 1 else math.nan

    def _added(self, away: NDArray[np.float64], item: int) -> NDArray[np.float64]:
        a, b = self.one[item], self.other[item]
        after = np.minimum(away, away[:, [a]] + 1 + away[[b], :])
        return after if self.one_way[item] else np.minimum(after, away[:, [b]] + 1 + away[[a], :])

    def value(self, items: Iterable[int]) -> float:
        """Return the objective with these candidates and no others."""
        away = distances(self.net, "out")
        for item in items:
            away = self._added(away, item)
        return self._share(int((away <= self.aim.steps).sum()))

    def tried(self, item: int) -> float:
        """Return the objective with the candidate and those taken."""
        gained, steps = [], self.aim.steps
        for a, b in [(self.one[item], self.other[item])] + (
            [] if self.one_way[item] else [(self.other[item], self.one[item])]
        ):
            from_a, to_b = self.away[:, a], self.away[b]
            rows, columns = np.flatnonzero(from_a < steps), np.flatnonzero(to_b < steps)
            fresh = (from_a[rows, None] + to_b[columns] < steps) & (self.away[np.ix_(rows, columns)] > steps)
            i, j = np.nonzero(fresh)
            gained.append(rows[i] * np.int64(len(self.away)) + columns[j])
        return self._share(self.within + len(np.unique(np.concatenate(gained))))

    def take(self, item: int) -> None:
        """Keep a candidate."""
        super().take(item)
        self.away = self._added(self.away, item)
        self.within = int((self.away <= self.aim.steps).sum())


class Coverage(Generic):
    """Mean share of capabilities that a firm has or a partner offers: every tie adds to two unions."""

    submodular = True

    def __init__(self, net: Network, aim: Aim, ties: pd.DataFrame) -> None:
        super().__init__(net, aim, ties)
        self.held = held_by(aim.capabilities, net.firms.index, "the objective 'coverage'")
        near = net.simple("undirected").csr()
        self.start = (self.held + near @ self.held.astype(np.float64)) > 0
        self.there = self.start.copy()
        self.one, self.other = net.positions(ties["source"]), net.positions(ties["target"])

    def value(self, items: Iterable[int]) -> float:
        """Return the objective with these candidates and no others."""
        there = self.start.copy()
        for item in items:
            self._add(there, item)
        return float(there.mean()) if there.size else math.nan

    def _add(self, there: NDArray[np.bool_], item: int) -> None:
        there[self.one[item]] |= self.held[self.other[item]]
        there[self.other[item]] |= self.held[self.one[item]]

    def tried(self, item: int) -> float:
        """Return the objective with the candidate and those taken."""
        a, b = self.one[item], self.other[item]
        fresh = int((self.held[b] & ~self.there[a]).sum()) + int((self.held[a] & ~self.there[b]).sum())
        return (int(self.there.sum()) + fresh) / self.there.size if self.there.size else math.nan

    def take(self, item: int) -> None:
        """Keep a candidate."""
        super().take(item)
        self._add(self.there, item)


class Constraint(Generic):
    """Mean constraint of some firms; a tie changes it only for its two ends and their partners."""

    def __init__(self, net: Network, aim: Aim, ties: pd.DataFrame) -> None:
        super().__init__(net, aim, ties)
        arcs = net.simple().csr().toarray()
        self.arcs = arcs + arcs.T if net.is_directed else arcs
        self.one, self.other = net.positions(ties["source"]), net.positions(ties["target"])
        self.weight = _new_arcs(net, ties)
        self.focus = np.zeros(net.n_firms, dtype=bool)
        self.focus[net.positions(aim.focus or ())] = True
        self._settle()

    def _settle(self) -> None:
        self.shares = _shares(self.arcs)
        rows = np.flatnonzero(self.focus)
        self.each = np.zeros(len(self.focus))
        self.each[rows] = _constraints(self.arcs[rows], self.shares[rows] @ self.shares)

    def value(self, items: Iterable[int]) -> float:
        """Return the objective with these candidates and no others."""
        fresh = Constraint(self.net, self.aim, self.ties)
        for item in items:
            fresh._add(item)
        fresh._settle()
        return float(fresh.each.sum() / self.focus.sum())

    def _add(self, item: int) -> None:
        a, b = self.one[item], self.other[item]
        self.arcs[[a, b], [b, a]] += self.weight[item]

    def tried(self, item: int) -> float:
        """Return the objective with the candidate and those taken."""
        ends = np.array([self.one[item], self.other[item]])
        touched = (self.arcs[ends] > 0).any(axis=0)
        touched[ends] = True
        rows = np.flatnonzero(self.focus & touched)
        if not len(rows):
            return float(self.each.sum() / self.focus.sum())
        after = self.arcs[ends]
        after[[0, 1], ends[::-1]] += self.weight[item]
        shares = _shares(after)
        arcs, mine = self.arcs[rows], self.shares[rows]
        for place, end in enumerate(ends):
            arcs[rows == end], mine[rows == end] = after[place], shares[place]
        two = mine @ self.shares + mine[:, ends] @ (shares - self.shares[ends])
        total = self.each.sum() - self.each[rows].sum() + _constraints(arcs, two).sum()
        return float(total / self.focus.sum())

    def take(self, item: int) -> None:
        """Keep a candidate."""
        super().take(item)
        self._add(item)
        self._settle()


def _shares(arcs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each row divided by its sum; a row without ties stays 0."""
    total = arcs.sum(axis=1, keepdims=True)
    shares: NDArray[np.float64] = np.divide(arcs, total, out=np.zeros_like(arcs), where=total > 0)
    return shares


def _constraints(arcs: NDArray[np.float64], two: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Burt's constraint of firms from their ties and the two-step shares; 1 for an isolate."""
    each = np.where(arcs > 0, (_shares(arcs) + two) ** 2, 0.0).sum(axis=1)
    return np.asarray(np.where(arcs.any(axis=1), each, 1.0), dtype=np.float64)


class Backup(Generic):
    """Share of the supplies there at the start whose buyer has another supplier with a capability of the first."""

    submodular = True

    def __init__(self, net: Network, aim: Aim, ties: pd.DataFrame) -> None:
        super().__init__(net, aim, ties)
        self.held = held_by(aim.capabilities, net.firms.index, "the objective 'backup'")
        self.supplier, buyer = supplies(net)
        self.supplies_of: dict[int, NDArray[np.int64]] = pd.Series(buyer).groupby(buyer).indices
        self.from_, self.to = net.positions(ties["source"]), net.positions(ties["target"])
        self.start = np.zeros(len(buyer), dtype=bool)
        for firm, to in zip(self.supplier.tolist(), buyer.tolist(), strict=True):
            self.start[self._helped(firm, to)] = True
        self.there = self.start.copy()

    def _helped(self, firm: int, buyer: int) -> NDArray[np.int64]:
        """Return the supplies to the buyer for which the firm could stand in."""
        rows = self.supplies_of.get(buyer, np.empty(0, dtype=np.int64))
        rows = rows[self.supplier[rows] != firm]
        helped: NDArray[np.int64] = rows[(self.held[self.supplier[rows]] & self.held[firm]).any(axis=1)]
        return helped

    def value(self, items: Iterable[int]) -> float:
        """Return the objective with these candidates and no others."""
        there = self.start.copy()
        for item in items:
            there[self._helped(self.from_[item], self.to[item])] = True
        return float(there.mean()) if len(there) else math.nan

    def tried(self, item: int) -> float:
        """Return the objective with the candidate and those taken."""
        fresh = (~self.there[self._helped(self.from_[item], self.to[item])]).sum()
        return float((self.there.sum() + fresh) / len(self.there)) if len(self.there) else math.nan

    def take(self, item: int) -> None:
        """Keep a candidate."""
        super().take(item)
        self.there[self._helped(self.from_[item], self.to[item])] = True


def supplies(net: Network) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return supplier and buyer of every directed tie in the layer "supply", each pair once."""
    ties = net.ties
    ties = ties[(ties["layer"] == "supply") & ties["directed"] & (ties["source"] != ties["target"])]
    pairs = ties[["source", "target"]].drop_duplicates()
    return net.positions(pairs["source"]), net.positions(pairs["target"])


def aim_of(
    net: Network,
    objective: Any,
    *,
    steps: int,
    lose: float,
    capabilities: pd.DataFrame | None,
    focus: Iterable[object] | None,
) -> Aim:
    """Return the checked objective."""
    if not callable(objective) and objective not in OBJECTIVES:
        raise OptionError(f"objective is {objective!r}; choose {listing(OBJECTIVES, 9)}, or a function of a network.")
    lose = share_between("lose", lose, zero=True, one=True)
    firms: tuple[object, ...] | None = None
    if objective == "constraint":
        firms = periphery(net) if focus is None else tuple(dict.fromkeys(listed_ids(focus)))
        net.positions(firms)
        if not firms:
            raise OptionError("no firm to relieve of constraint: name some in focus=.")
    return Aim(objective, steps, lose, capabilities, firms)


def evaluator(net: Network, aim: Aim, ties: pd.DataFrame) -> Generic:
    """Return the fastest way to evaluate the objective with ties added."""
    turns_directed = bool(ties["directed"].any()) and not net.is_directed  # then every tie counts both ways
    if aim.objective in ("robustness", "giant_share_after") and not turns_directed:
        return Path(net, aim, ties)
    if aim.objective == "constraint" and not turns_directed and net.n_firms <= _MOST_DENSE:
        return Constraint(net, aim, ties)
    fast: dict[Any, type[Generic]] = {"reach": Reach, "coverage": Coverage, "backup": Backup}
    known = fast.get(aim.objective, Generic) if isinstance(aim.objective, str) else Generic
    return known(net, aim, ties)
