"""Conditional uniform graph tests: is the number more than size, ties or dyads alone give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from clusternet.errors import OptionError
from clusternet.inference import _against
from clusternet.measure import choose
from clusternet.result import NullTest

if TYPE_CHECKING:
    from collections.abc import Callable

    from clusternet.network import Network

__all__ = ["cug_test"]

Condition = Literal["size", "edges", "dyads"]
_NULLS: dict[str, Literal["size", "ties", "dyads"]] = {"size": "size", "edges": "ties", "dyads": "dyads"}


def cug_test(
    network: Network,
    measure: str | Callable[[Network], Any],
    *,
    condition: Condition = "edges",
    draws: int = 1000,
    seed: int | None = None,
) -> NullTest:
    """Compare a number with random networks that share the network's size, ties or dyads, all equally likely.

    A first question, not the last: most networks of firms differ from these. Whether a number is more than the firms'
    own numbers of partners give is asked with ``test_against_null(..., null="degree")``.

    Parameters
    ----------
    network
        The network.
    measure
        Name of a listed measure, or a function of a network that returns a number.
    condition
        ``"size"``: all networks of as many firms (every tie with chance one half). ``"edges"``: with as many ties
        as well. ``"dyads"``: with as many mutual, one-way and untied pairs; of an undirected network as "edges".
    draws
        Number of random networks.
    seed
        A fresh one is drawn and stored when omitted.

    Returns
    -------
    NullTest
        Observed, expected, z, one-sided and two-sided p, each (r + 1)/(draws + 1), and the draws.

    Raises
    ------
    OptionError
        If an option is outside its set, or the measure returns no number.

    References
    ----------
    anderson1999

    Examples
    --------
    >>> import networkx as nx
    >>> from clusternet import Network
    >>> net = Network.from_networkx(nx.connected_caveman_graph(4, 5))
    >>> cug_test(net, "transitivity", draws=99, seed=1).p_more
    0.01
    """
    choose("condition", condition, _NULLS)
    null = "ties" if condition == "dyads" and not network.is_directed else _NULLS[condition]
    tested = _against.test_against_null(network, measure, null=null, draws=draws, seed=seed)
    if not isinstance(tested, NullTest):
        raise OptionError("the measure returned a Series; a CUG test is of one number. Take test_against_null.")
    return tested
