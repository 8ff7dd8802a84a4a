"""How far shocks to single firms move the output of all when a few supply most of the others."""

from __future__ import annotations

import numpy as np

from clusternet.errors import OptionError

__all__ = ["pareto_volatility"]

_LISTED = 1_000_000  # firms summed one by one; the rest of a longer sum is an integral


def _power_sum(power: float, n: int) -> float:
    """Return the sum of (i - 1/2)^-power over i = 1..n."""
    listed = min(n, _LISTED)
    total = float(((np.arange(listed) + 0.5) ** -power).sum())
    if n == listed:
        return total
    first, last = listed + 0.5, n + 0.5
    rest = float(np.log(last / first)) if power == 1 else (last ** (1 - power) - first ** (1 - power)) / (1 - power)
    return float(total + rest + (first**-power - last**-power) / 2)  # Euler and Maclaurin


def pareto_volatility(n: int, *, tail: float, alpha: float = 1 / 3) -> float:
    """Aggregate volatility when firms supply all others in proportion to sizes that follow a Pareto law.

    Every firm buys from firm i the share d_i / sum d of its inputs, with d_i = ((i - 1/2)/n)^(-1/tail), the quantiles
    of the law; the influence of firm i is then exactly alpha/n + (1 - alpha) d_i / sum d.

    Parameters
    ----------
    n
        Number of firms, at least 1; 10^8 takes no longer than 10^6.
    tail
        Exponent of the law, above 0; the smaller, the more a few firms supply.
    alpha
        Share of labor in production, above 0 to 1, as in `clusternet.dependence.influence`.

    Returns
    -------
    float
        Standard deviation of aggregate output for shocks of 1, from 1/sqrt(n) to 1.

    Raises
    ------
    OptionError
        If a number is outside its range.

    Notes
    -----
    For tails between 1 and 2 it falls no faster than n^((1 - tail)/tail) (acemoglu2012), but it nears that rate slowly:
    with a tail of 1.38 the slope between n = 100 and 1,000 is .34, not .28.

    References
    ----------
    acemoglu2012

    Examples
    --------
    >>> round(pareto_volatility(1000, tail=1.38), 4), round(1000**-0.5, 4)
    (0.0696, 0.0316)
    """
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 1:
        raise OptionError(f"n is {n!r}; give a whole number of firms, 1 or more.")
    if not (np.isfinite(tail) and tail > 0):
        raise OptionError(f"tail is {tail!r}; give a number above 0.")
    if not 0 < alpha <= 1:
        raise OptionError(f"alpha is {alpha!r}; give a share above 0, at most 1.")
    share = _power_sum(2 / tail, int(n)) / _power_sum(1 / tail, int(n)) ** 2
    return float(np.sqrt(alpha**2 / n + 2 * alpha * (1 - alpha) / n + (1 - alpha) ** 2 * share))
