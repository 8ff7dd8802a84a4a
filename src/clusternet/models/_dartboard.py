"""Industries whose plants choose their places with a known tendency to cluster."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clusternet.errors import OptionError
from clusternet.measure import whole_number
from clusternet.models._common import amount
from clusternet.result import resolve_seed

__all__ = ["dartboard"]


def dartboard(
    gamma: float, plants: int, *, places: int = 20, draws: int = 1000, tail: float = 1.5, seed: int | None = None
) -> tuple[pd.DataFrame, pd.Series]:
    """Draw industries whose plants locate as the index of Ellison and Glaeser supposes.

    Every industry draws its own pull of the places around their shares x, from a Dirichlet law with parameters
    x (1 - gamma)/gamma; its plants then settle independently of each other. The expected index is gamma, whatever the
    sizes of the plants.

    Parameters
    ----------
    gamma
        The true index, from 0 (plants thrown like darts) to below 1.
    plants
        Plants of each industry; their sizes follow a Pareto law and are the same in all industries.
    places
        Number of places, at least 2; their shares are drawn once.
    draws
        Number of industries.
    tail
        Exponent of the law of sizes, above 0; the smaller, the more one plant holds.
    seed
        Seed of everything; a fresh one is drawn and stored in ``attrs`` when omitted.

    Returns
    -------
    tuple of DataFrame and Series
        One row per plant with columns place, activity (0 to draws - 1) and employment, as
        `clusternet.specialization.ellison_glaeser` takes them; and the shares of the places, to be its reference.

    Raises
    ------
    OptionError
        If an option is out of range.

    References
    ----------
    ellisonglaeser1997

    Examples
    --------
    >>> from clusternet.specialization import ellison_glaeser
    >>> table, share = dartboard(0.2, 30, draws=400, seed=1)
    >>> round(float(ellison_glaeser(table, reference=share)["gamma"].mean()), 1)
    0.2
    """
    plants, places, draws = (
        whole_number("plants", plants, 1),
        whole_number("places", places, 2),
        whole_number("draws", draws, 1),
    )
    gamma, tail = amount("gamma", gamma), amount("tail", tail, above=True)
    if gamma >= 1:
        raise OptionError(f"gamma is {gamma!r}; give a number from 0 to below 1.")
    used = resolve_seed(seed)
    rng = np.random.default_rng(used)
    share = rng.dirichlet(np.full(places, 2.0))
    size = rng.pareto(tail, plants) + 1
    if not np.isfinite(size.sum()):
        raise OptionError(f"tail is {tail!r}, so small that a plant is larger than any number; give one above 0.1.")
    pull = np.tile(share, (draws, 1)) if gamma == 0 else rng.dirichlet(share * (1 - gamma) / gamma, draws)
    edges = np.cumsum(pull, axis=1)
    edges /= edges[:, -1:]
    names = np.array([f"place {number}" for number in range(places)])
    where = np.vstack([np.searchsorted(edge, rng.random(plants), side="right") for edge in edges])
    table = pd.DataFrame(
        {
            "place": names[np.minimum(where, places - 1).ravel()],
            "activity": np.repeat(np.arange(draws), plants),
            "employment": np.tile(size, draws),
        }
    )
    table.attrs["seed"] = used
    return table, pd.Series(share, index=pd.Index(names, name="place"), name="share")
