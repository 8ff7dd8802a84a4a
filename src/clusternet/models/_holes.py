"""What becomes of structural holes when everybody seeks them (buskens2008)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from clusternet._compiled import call
from clusternet.measure import choose, whole_number
from clusternet.models._common import made_network
from clusternet.models._formation import hole_payoffs, shape
from clusternet.result import Result, Settings, resolve_seed, spawn_generators

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clusternet._compiled import Array
    from clusternet.network import Network

__all__ = ["HoleDynamics", "hole_dynamics", "seek_holes"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class HoleDynamics(Result):
    """Where networks end up whose firms tie and cut to lower their own constraint.

    Attributes
    ----------
    runs
        DataFrame, one row per run: ``start_ties``, ``ties``, ``shape`` of the last network, ``constraint`` (mean) and
        ``spread`` (largest less smallest constraint) in it, ``rounds`` over all pairs, and ``settled``.
    ties
        Boolean array of runs, firms and firms: the last network of each run.
    settings
        Parameters, seed and version.
    """

    runs: pd.DataFrame
    ties: NDArray[np.bool_]
    settings: Settings

    def network(self, run: int) -> Network:
        """Return the last network of a run."""
        ties = self.ties[run]
        source, target = np.nonzero(np.triu(ties))
        return made_network(len(ties), source, target, {"model": "hole_dynamics", "run": run})

    @property
    def bipartite_share(self) -> float:
        """Share of the runs that end in a complete bipartite network without isolates, a star included."""
        ended = self.runs["shape"].str.fullmatch(r"complete bipartite [\d+]+|star \d+")
        return float(ended.mean())

    def to_frame(self) -> pd.DataFrame:
        """Return one row per run."""
        return self.runs

    def summary(self) -> str:
        """Return the most frequent end in one line."""
        ends = self.runs["shape"].value_counts()
        return f"{int(ends.iloc[0]):,} of {len(self.runs):,} runs end as {ends.index[0]}"


def hole_dynamics(
    n_firms: int,
    *,
    runs: int = 100,
    contacts: Literal["direct", "all"] = "direct",
    max_rounds: int = 1_000,
    seed: int | None = None,
) -> HoleDynamics:
    """Let firms make and cut ties so as to lower their own constraint, until nobody wants another change.

    Every run starts from a random network whose density is drawn evenly from 0 to 1. Pairs are visited in random
    order, over and over. A tie is cut if one of the two gains by it, and made if one gains and the other does not lose.
    A firm without partners has nothing to broker and welcomes any tie. The work of a round grows with the fourth power
    of the firms: a run of 60 takes a second, one of 200 minutes.

    Parameters
    ----------
    n_firms
        Number of firms, at least 3.
    runs
        Number of runs, at least 1.
    contacts
        Over whom constraint is summed, as in `hole_payoffs`.
    max_rounds
        Rounds over all pairs after which a run stops in any case.
    seed
        Seed; a fresh one is drawn and stored in ``.settings`` when omitted.

    Returns
    -------
    HoleDynamics
        The last network of each run and what it is.

    Raises
    ------
    OptionError
        If an option is out of range.

    References
    ----------
    burt1992, buskens2008

    Examples
    --------
    >>> hole_dynamics(4, runs=20, seed=1).bipartite_share
    1.0
    """
    n = whole_number("n_firms", n_firms, 3)
    runs, max_rounds = whole_number("runs", runs, 1), whole_number("max_rounds", max_rounds, 1)
    choose("contacts", contacts, ("direct", "all"))
    seed = resolve_seed(seed)
    one, other = np.triu_indices(n, 1)
    payoffs = hole_payoffs(contacts=contacts)
    direct = np.array([contacts == "direct"], dtype=np.int64)
    rows, networks = [], []
    work = runs * len(one) * 4 * n * n  # about four rounds until all is quiet
    for rng in spawn_generators(seed, runs):
        ties = np.zeros((n, n), dtype=np.int64)
        begun = rng.random(len(one)) < rng.random()
        ties[one[begun], other[begun]] = ties[other[begun], one[begun]] = 1
        flat = ties.ravel()
        changes, rounds = np.ones(1, dtype=np.int64), 0
        while changes[0] and rounds < max_rounds:
            order = rng.permutation(len(one))
            changes[0] = 0
            call(seek_holes, [one[order], other[order], direct], [flat, changes, np.zeros(n)], work=work)
            work = 0
            rounds += 1
        ended = flat.reshape(n, n) > 0
        held = -payoffs(ended)
        held = held[np.isfinite(held)] if ended.any() else np.array([np.nan])
        end = shape(ended), held.mean(), held.max() - held.min()
        rows.append((int(begun.sum()), int(ended.sum()) // 2, *end, rounds, not changes[0]))
        networks.append(ended)
    columns = ["start_ties", "ties", "shape", "constraint", "spread", "rounds", "settled"]
    return HoleDynamics(
        runs=pd.DataFrame(rows, columns=columns).rename_axis("run"),
        ties=np.array(networks),
        settings=Settings({"n_firms": n, "runs": runs, "contacts": contacts, "max_rounds": max_rounds}, seed=seed),
    )


def seek_holes(  # noqa: PLR0917 (kernels take arrays by position)
    one: Array, other: Array, direct: Array, ties: Array, changes: Array, partners: Array
) -> None:
    """Visit the listed pairs once and make or cut their ties; `changes` counts, `partners` is scratch."""
    n = len(partners)
    for v in range(n):
        partners[v] = 0
        for u in range(n):
            partners[v] += ties[v * n + u]
    for place in range(len(one)):
        a, b = one[place], other[place]
        gain_a, gain_b = 0.0, 0.0
        before = ties[a * n + b]
        for side in range(4):  # a and b before the change, then after it
            if side == 2:
                ties[a * n + b] = ties[b * n + a] = 1 - before
                partners[a] += 1 - 2 * before
                partners[b] += 1 - 2 * before
            i = a if side % 2 == 0 else b
            total = 0.0
            if partners[i] == 0:
                total = 1e6  # nothing to broker: worse than any constraint
            else:
                for j in range(n):
                    if j == i or (direct[0] == 1 and ties[i * n + j] == 0):
                        continue
                    share = ties[i * n + j] / partners[i]
                    for q in range(n):
                        if ties[i * n + q] == 1 and ties[q * n + j] == 1:
                            share += 1.0 / (partners[i] * partners[q])
                    total += share * share
            if side == 0:
                gain_a = total
            elif side == 1:
                gain_b = total
            elif side == 2:
                gain_a -= total
            else:
                gain_b -= total
        best, worst = max(gain_a, gain_b), min(gain_a, gain_b)
        if best > 1e-9 and (before == 1 or worst >= -1e-9):
            changes[0] += 1
        else:
            ties[a * n + b] = ties[b * n + a] = before
            partners[a] -= 1 - 2 * before
            partners[b] -= 1 - 2 * before
