"""Networks to compare with: rings with rewired ties, and boards filled with directors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from clusternet.errors import OptionError
from clusternet.measure import share_between, whole_number
from clusternet.models._common import amount, made_network
from clusternet.result import resolve_seed

if TYPE_CHECKING:
    from clusternet.network import Network

__all__ = ["random_boards", "rewired_ring"]


def rewired_ring(n_firms: int, partners: int, *, chance: float = 0.0, seed: int | None = None) -> Network:
    """Return a ring of firms tied to their nearest, some of whose ties were moved to anybody.

    Parameters
    ----------
    n_firms
        Number of firms, at least 3.
    partners
        Nearest firms that each is tied to at the start, an even number below `n_firms`.
    chance
        Chance that a tie is moved: it keeps one end, the other goes to a random firm that is not a partner yet. 0 is
        the ring, 1 nearly a random network, between them lie the small worlds.
    seed
        Seed of the moves; a fresh one is drawn and stored in ``.settings`` when omitted.

    Returns
    -------
    Network
        ``n_firms * partners / 2`` ties, firms numbered from 0 around the ring.

    Raises
    ------
    OptionError
        If an option is out of range.

    References
    ----------
    wattsstrogatz1998

    Examples
    --------
    >>> rewired_ring(20, 4, chance=0.1, seed=1)
    <Network: 20 firms (0 isolates), 40 ties, undirected>
    """
    n = whole_number("n_firms", n_firms, 3)
    k = whole_number("partners", partners, 2)
    if k % 2 or k >= n:
        raise OptionError(f"partners is {k}; give an even number below the {n:,} firms.")
    chance = share_between("chance", chance, zero=True, one=True)
    seed = resolve_seed(seed)
    rng = np.random.default_rng(seed)
    partners_of: list[set[int]] = [set() for _ in range(n)]
    ties = [(i, (i + step) % n) for step in range(1, k // 2 + 1) for i in range(n)]
    for i, j in ties:
        partners_of[i].add(j)
        partners_of[j].add(i)
    moved = rng.random(len(ties)) < chance
    for place in np.flatnonzero(moved).tolist():
        i, j = ties[place]
        if len(partners_of[i]) >= n - 1:
            continue
        to = int(rng.integers(n))
        while to == i or to in partners_of[i]:
            to = int(rng.integers(n))
        partners_of[i].remove(j)
        partners_of[j].remove(i)
        partners_of[i].add(to)
        partners_of[to].add(i)
        ties[place] = i, to
    ends = np.array(ties, dtype=np.int64).reshape(-1, 2)
    about = {"model": "rewired_ring", "n_firms": n, "partners": k, "chance": chance, "seed": seed}
    return made_network(n, ends[:, 0], ends[:, 1], about)


def random_boards(
    n_firms: int,
    n_directors: int,
    *,
    seats: float = 8.0,
    busy: float = 2.0,
    local: float = 0.0,
    regions: int = 10,
    seed: int | None = None,
) -> Network:
    """Return boards filled with directors, by chance or from the neighborhood.

    Board sizes are 3 and a Poisson number. Each seat goes to a director who does not sit there yet, in proportion to a
    taste for seats that is Pareto distributed, so that a few hold many. With `local`, some seats may only go to
    directors of the firm's own region: the planted structure that a test should find.

    Parameters
    ----------
    n_firms, n_directors
        Number of boards and of people who may sit on them; those who get no seat are left out.
    seats
        Mean size of a board, at least 3.
    busy
        Exponent of the Pareto tail of the taste for seats, above 1; small means few people hold very many seats.
    local
        Share of the seats that go to directors of the same region, from 0 to 1.
    regions
        Number of regions, to which firms and directors belong in turn.
    seed
        Seed; a fresh one is drawn and stored in ``.settings`` when omitted.

    Returns
    -------
    Network
        Two-mode: ``firms["mode"]`` is "firm" or "director", ``firms["region"]`` the region.

    Raises
    ------
    OptionError
        If an option is out of range.

    References
    ----------
    newmanstrogatzwatts2001, kogut2008

    Examples
    --------
    >>> random_boards(30, 200, seed=1).is_two_mode
    True
    """
    n, m = whole_number("n_firms", n_firms, 1), whole_number("n_directors", n_directors, 1)
    regions = whole_number("regions", regions, 1)
    local = share_between("local", local, zero=True, one=True)
    seats, busy = amount("seats", seats, 3.0), amount("busy", busy, 1.0, above=True)
    if m // regions < 1:
        raise OptionError(f"{m:,} directors are too few for {regions:,} regions.")
    seed = resolve_seed(seed)
    rng = np.random.default_rng(seed)
    sizes = np.minimum(3 + rng.poisson(seats - 3, n), m)
    taste = 1 + rng.pareto(busy, m)
    home = np.arange(m) % regions
    # The largest of ln(u)/taste is a draw in proportion to taste, without replacement (Efraimidis and Spirakis).
    firm, director = [], []
    for board, size in enumerate(sizes.tolist()):
        keys = np.log(rng.random(m)) / taste
        near = rng.binomial(size, local)
        inside = np.flatnonzero(home == board % regions)
        chosen = inside[np.argsort(-keys[inside])[:near]]
        keys = np.log(rng.random(m)) / taste
        keys[chosen] = -np.inf
        chosen = np.concatenate([chosen, np.argsort(-keys)[: size - len(chosen)]])
        firm.append(np.full(len(chosen), board))
        director.append(chosen)
    rows, columns = np.concatenate(firm), np.concatenate(director)
    seated, columns = np.unique(columns, return_inverse=True)
    table = pd.DataFrame(
        {
            "mode": ["firm"] * n + ["director"] * len(seated),
            "region": np.concatenate([np.arange(n) % regions, home[seated]]),
        },
        index=[f"firm {board + 1}" for board in range(n)] + [f"director {place + 1}" for place in seated.tolist()],
    )
    about = {
        "model": "random_boards", "n_firms": n, "n_directors": m, "seats": seats, "busy": busy, "local": local,
        "regions": regions, "seed": seed,
    }  # fmt: skip
    return made_network(table, rows, n + columns, about)
