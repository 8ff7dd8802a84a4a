"""How a shock to one firm moves the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from clusternet.dependence._shared import NAN, WEIGHTS
from clusternet.errors import OptionError
from clusternet.measure import Weights, choose, firm_measure, firm_series, network_measure, real_number

if TYPE_CHECKING:
    import pandas as pd

    from clusternet.network import Network

__all__ = ["aggregate_volatility", "influence", "systemic_share"]

NoInputs = Literal["self", "outside", "uniform"]


@firm_measure(label="Influence on the aggregate", cites=("acemoglu2012",))
def influence(
    network: Network, *, alpha: float = 1 / 3, weights: Weights = "strength", no_inputs: NoInputs = "self"
) -> pd.Series:
    """How strongly a shock to each firm moves the output of all.

    The influence vector v = (alpha/n) (I - (1 - alpha) W')^-1 1, where w_ij is the share of supplier j in the inputs
    of firm i. Ties run from supplier to buyer; an undirected tie runs both ways.

    Parameters
    ----------
    network
        The network, usually the layer supply; loops are ignored.
    alpha
        Share of labor in production, from 0.01 to 1; the rest is bought.
    weights
        "strength": inputs in proportion to strength. "ignore": all suppliers alike.
    no_inputs
        What a firm without suppliers in the network uses. "self": its own product. "outside": inputs from elsewhere,
        whose shocks are not counted. "uniform": a little of everybody's, which makes v the PageRank (brin1998) of the
        buyer-to-supplier network with damping 1 - alpha.

    Returns
    -------
    Series
        One float per firm, above 0 to 1, summing to 1 (less with "outside"). An isolate has 1/n with "self", alpha/n
        with "outside".

    Raises
    ------
    OptionError
        If `alpha` is outside its range.

    References
    ----------
    acemoglu2012, brin1998

    Examples
    --------
    >>> from clusternet import Network
    >>> star = Network.from_edges([("Hub", name) for name in "abcdefghi"], directed=True)
    >>> influence(star)["Hub"].__round__(4)  # 1/30 + 2/3
    np.float64(0.7)
    """
    choose("weights", weights, WEIGHTS)
    choose("no_inputs", no_inputs, ("self", "outside", "uniform"))
    if not 0.01 <= real_number("alpha", alpha) <= 1:
        raise OptionError(f"alpha is {alpha!r}; the share of labor lies from 0.01 to 1, such as 1/3.")
    n = network.n_firms
    if n == 0:
        return firm_series(network, [], "influence")
    supply = network.simple().csr(weights=weights)  # from supplier (row) to buyer (column)
    bought = np.bincount(supply.indices, weights=supply.data, minlength=n)
    without = bought == 0
    supply.data *= (1.0 - alpha) / bought[supply.indices]
    idle = without * (1.0 - alpha)
    own = 1.0 / np.where(without, alpha, 1.0)
    vector = np.full(n, 1.0 / n)
    # An error fades by 1 - alpha per round. Once it is below what a float can hold, rounding may keep the last digit
    # going to and fro for ever.
    for number in range(1, int((40 + np.log(n / alpha)) / alpha)):
        # The sum is right from the start, so that what is left of the error fades faster than 1 - alpha per round.
        new = supply @ vector
        if no_inputs == "self":
            new += alpha / n
            new *= own
        else:  # "outside" is in proportion to "uniform": both miss the inputs of the same firms
            new += (alpha + idle @ vector) / n
        old, vector = vector, new
        if number % 4 == 0 and (np.abs(new - old) <= 1e-15 * new).all():
            break
    if no_inputs == "outside":
        vector *= alpha / (alpha + idle @ vector)
    return firm_series(network, vector, "influence")


@network_measure(label="Aggregate volatility", cites=("acemoglu2012",))
def aggregate_volatility(
    network: Network,
    *,
    alpha: float = 1 / 3,
    sigma: float = 1.0,
    weights: Weights = "strength",
    no_inputs: NoInputs = "self",
) -> float:
    """How far shocks that hit single firms move the output of all.

    The standard deviation of aggregate output under independent shocks to all firms: sigma times the length of the
    influence vector. Where it falls as 1/sqrt(n), shocks to single firms average out; where it hardly falls, a few
    suppliers carry the risk of all.

    Parameters
    ----------
    network, alpha, weights, no_inputs
        As in `influence`.
    sigma
        Standard deviation of one firm's shock, at least 0.

    Returns
    -------
    float
        From sigma/sqrt(n) (with "outside" less) to sigma. NaN without firms.

    Raises
    ------
    OptionError
        If `alpha` or `sigma` is outside its range.

    References
    ----------
    acemoglu2012

    Examples
    --------
    >>> from clusternet import Network
    >>> ring = Network.from_edges([("A", "B"), ("B", "C"), ("C", "D"), ("D", "A")], directed=True)
    >>> aggregate_volatility(ring).__round__(12)
    0.5
    """
    if not 0 <= real_number("sigma", sigma) < np.inf:
        raise OptionError(f"sigma is {sigma!r}; give a standard deviation, 0 or more.")
    vector = influence(network, alpha=alpha, weights=weights, no_inputs=no_inputs).to_numpy()
    return float(sigma * np.sqrt(vector @ vector)) if len(vector) else NAN


@firm_measure(label="Share of aggregate risk", cites=("acemoglu2012",))
def systemic_share(
    network: Network,
    *,
    alpha: float = 1 / 3,
    weights: Weights = "strength",
    no_inputs: Literal["self", "outside"] = "self",
) -> pd.Series:
    """Share of each firm in the variance of aggregate output: which firms are systemic.

    v_i^2 / sum v^2, with v the influence vector.

    Parameters
    ----------
    network, alpha, weights, no_inputs
        As in `influence`. (Its "uniform" adds to all in proportion, so that the shares would be those of "outside".)

    Returns
    -------
    Series
        One float per firm, above 0 to 1, summing to 1. An isolate has the smallest share that a firm with its own
        inputs can have.

    Raises
    ------
    OptionError
        If `alpha` is outside its range.

    References
    ----------
    acemoglu2012

    Examples
    --------
    >>> from clusternet import Network
    >>> star = Network.from_edges([("Hub", name) for name in "abcdefghi"], directed=True)
    >>> systemic_share(star)["Hub"].__round__(4)  # .49 / .5
    np.float64(0.98)
    """
    choose("no_inputs", no_inputs, ("self", "outside"))
    vector = influence(network, alpha=alpha, weights=weights, no_inputs=no_inputs).to_numpy()
    return firm_series(network, vector**2 / (vector @ vector) if len(vector) else [], "systemic_share")
