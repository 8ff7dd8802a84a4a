"""Random networks with nothing but a size, or grown by attachment, to compare with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from clusternet.errors import NetworkError, OptionError, listing
from clusternet.measure import choose, whole_number
from clusternet.models._common import amount, made_network
from clusternet.network import Network
from clusternet.result import igraph_seed, resolve_seed, spawn_generators

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["preferential_attachment", "random_layers", "random_network", "sorted_by_degree"]


def _pairs(n: int, ties: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return distinct pairs of different firms, every set of them equally likely."""
    if ties > n * (n - 1) // 2:
        raise OptionError(f"{n:,} firms have {n * (n - 1) // 2:,} pairs, fewer than the {ties:,} ties asked for.")
    if 4 * ties >= n * (n - 1) // 2:
        one, other = np.triu_indices(n, k=1)
        chosen = np.sort(rng.permutation(len(one))[:ties])
        return np.column_stack([one[chosen], other[chosen]]).astype(np.int64)
    found = np.empty((0, 2), dtype=np.int64)
    while len(found) < ties:
        ends = np.sort(rng.integers(0, n, (round(1.1 * (ties - len(found))) + 10, 2)), axis=1)
        found = np.unique(np.vstack([found, ends[ends[:, 0] != ends[:, 1]]]), axis=0)
    return found[np.sort(rng.permutation(len(found))[:ties])]


def random_network(n: int, ties: int, *, seed: int | None = None) -> Network:
    """Draw a network with a given number of ties, every such network equally likely.

    Parameters
    ----------
    n, ties
        Numbers of firms, called 0 to n - 1, and of ties.
    seed
        A fresh one is drawn and stored in the settings when omitted.

    Returns
    -------
    Network
        Undirected, one layer.

    Raises
    ------
    OptionError
        If a number is negative or there are more ties than pairs.

    Examples
    --------
    >>> random_network(5, 4, seed=1).n_ties
    4
    """
    n, ties = whole_number("n", n, 0), whole_number("ties", ties, 0)
    used = resolve_seed(seed)
    ends = _pairs(n, ties, spawn_generators(used, 1)[0])
    return made_network(n, ends[:, 0], ends[:, 1], {"model": "random ties", "n": n, "ties": ties, "seed": used})


def random_layers(
    n: int, *, ties: float, layers: Iterable[str] = ("supply", "platform"), seed: int | None = None
) -> Network:
    """Draw firms with random ties, anew for every layer.

    Parameters
    ----------
    n
        Number of firms, called 0 to n - 1.
    ties
        Mean number of ties per firm in every layer.
    layers
        Names of the layers; one text is one layer.
    seed
        A fresh one is drawn and stored in the settings when omitted.

    Returns
    -------
    Network
        Undirected.

    Raises
    ------
    OptionError
        If a number is negative, there is no layer or one twice, or there are more ties than pairs.

    Examples
    --------
    >>> random_layers(10, ties=2.0, seed=1).layers
    ('platform', 'supply')
    """
    n = whole_number("n", n, 0)
    names = [layers] if isinstance(layers, str) else list(layers)
    if not names or len(set(names)) < len(names):
        raise OptionError(f"layers are {listing(names)}; name at least one, and every layer once.")
    ties = amount("ties", ties)
    used = resolve_seed(seed)
    parts = []
    for name, rng in zip(names, spawn_generators(used, len(names)), strict=True):
        ends = _pairs(n, round(n * ties / 2), rng)
        parts.append(pd.DataFrame({"source": ends[:, 0], "target": ends[:, 1], "layer": name}))
    firms = pd.DataFrame(index=pd.RangeIndex(n, name="firm"))
    return Network(
        firms,
        pd.concat(parts, ignore_index=True),
        settings={"model": "random layers", "n": n, "ties": ties, "seed": used},
    )


def preferential_attachment(n: int, m: int, *, appeal: float = 0.0, seed: int | None = None) -> Network:
    """Grow a network in which newcomers tie themselves to firms in proportion to the ties these have.

    Parameters
    ----------
    n, m
        Number of firms, called 0 to n - 1, and ties of each newcomer.
    appeal
        What a firm attracts beside its ties: 0 in the model of barabasi1999, 1 in igraph's default. The larger it is,
        the fewer the hubs, and the later an attack on them breaks the network.
    seed
        A fresh one is drawn and stored in the settings when omitted.

    Returns
    -------
    Network
        Undirected, without parallel ties.

    Raises
    ------
    OptionError
        If a number is negative.

    References
    ----------
    barabasi1999

    Examples
    --------
    >>> preferential_attachment(50, 2, seed=1).n_ties
    97
    """
    n, m = whole_number("n", n, 0), whole_number("m", m, 0)
    appeal = amount("appeal", appeal)
    used = resolve_seed(seed)
    import igraph

    with igraph_seed(used):
        graph = igraph.Graph.Barabasi(n, m, outpref=True, zero_appeal=appeal)
    ends = np.array(graph.get_edgelist(), dtype=np.int64).reshape(-1, 2)
    about = {"model": "preferential attachment", "n": n, "m": m, "appeal": appeal, "seed": used}
    return made_network(n, ends[:, 0], ends[:, 1], about)


def sorted_by_degree(
    network: Network, *, toward: Literal["alike", "unlike"] = "alike", switches: int = 20, seed: int | None = None
) -> Network:
    """Switch ties until firms with many partners have partners like them, or unlike them; degrees stay.

    Two random ties are cut and their four ends tied anew by their degrees: the two highest and the two lowest
    ("alike"), or the highest with the lowest ("unlike"). Switches that would double a tie are skipped. A million tried
    switches take half a minute.

    Parameters
    ----------
    network
        The network; direction, strengths and layers are forgotten.
    toward
        "alike": an assortative network, whose core is closed. "unlike": one whose core reaches out.
    switches
        Tried switches per tie.
    seed
        A fresh one is drawn and stored in the settings when omitted.

    Returns
    -------
    Network
        The same firms with the same numbers of partners.

    Raises
    ------
    OptionError
        If an option is out of range.
    NetworkError
        If the network is two-mode: switched ties would join two of one mode.

    References
    ----------
    xulvibrunet2004

    Examples
    --------
    >>> from clusternet.cohesion import degree_assortativity
    >>> grown = preferential_attachment(60, 2, seed=1)
    >>> [degree_assortativity(sorted_by_degree(grown, toward=t, seed=1)) > 0 for t in ("alike", "unlike")]
    [True, False]
    """
    choose("toward", toward, ("alike", "unlike"))
    switches = whole_number("switches", switches, 0)
    if network.is_two_mode:
        raise NetworkError(
            "the network is two-mode: switched ties would join two of one mode. Project it first: net.project(mode)."
        )
    used = resolve_seed(seed)
    graph = network.simple("undirected")
    ends = [(int(a), int(b)) for a, b in zip(graph.source, graph.target, strict=True)]
    degree = np.bincount(np.array(ends, dtype=np.int64).ravel(), minlength=graph.n).tolist()
    tied = {frozenset(pair) for pair in ends}
    rng = np.random.default_rng(used)
    for _ in range(switches * len(ends) if len(ends) > 1 else 0):
        one, other = (int(place) for place in rng.choice(len(ends), 2, replace=False))
        four = {*ends[one], *ends[other]}
        if len(four) < 4:
            continue
        a, b, c, d = sorted(four, key=lambda firm: (degree[firm], firm))
        new = [(a, b), (c, d)] if toward == "alike" else [(a, d), (b, c)]
        before = {frozenset(ends[one]), frozenset(ends[other])}
        after = {frozenset(pair) for pair in new}
        if after == before or (after - before) & tied:
            continue
        tied -= before
        tied |= after
        ends[one], ends[other] = new
    table = np.array(ends, dtype=np.int64).reshape(-1, 2)
    about = {"model": "sorted by degree", "toward": toward, "switches": switches, "seed": used}
    return made_network(network.firms, table[:, 0], table[:, 1], about)
