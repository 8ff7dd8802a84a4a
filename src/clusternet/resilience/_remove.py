"""One removal path."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import pandas as pd

from clusternet.errors import OptionError, listing, nearest
from clusternet.measure import choose
from clusternet.resilience._dismantle import put_back
from clusternet.resilience._orders import (
    ONLY_ADAPTIVE,
    ONLY_STATIC,
    ORDERS,
    adaptive_function,
    as_scores,
    by_score,
    listed,
    named_order,
    scores_from,
)
from clusternet.resilience._paths import Connection, check_responses, curve_of, sampled
from clusternet.resilience._results import Removal, check_whole
from clusternet.result import Settings, resolve_seed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from clusternet.network import Network
    from clusternet.resilience._orders import Order
    from clusternet.resilience._paths import Progress, Response

__all__ = ["remove_firms"]


def _layers(net: Network, layers: Iterable[str] | None) -> tuple[str, ...] | None:
    if layers is None:
        return None
    names = (layers,) if isinstance(layers, str) else tuple(dict.fromkeys(layers))
    net.layer(*names)  # refuses an unknown layer, and none at all
    return names


def remove_firms(
    net: Network,
    *,
    order: Order = "degree",
    adaptive: bool = False,
    responses: Iterable[Response | Callable[[Network], float]] = (
        "giant_share",
        "n_components",
        "reachable_pairs",
        "reachable_share",
    ),
    ties: Literal["first", "random"] = "first",
    connection: Connection = "weak",
    layers: Iterable[str] | None = None,
    radius: int = 2,
    candidates: int = 1000,
    reinsert: float | None = None,
    every: int = 1,
    progress: Progress | None = None,
    seed: int | None = None,
) -> Removal:
    """Remove firms one after the other, and record what is left after each.

    Parameters
    ----------
    net
        The network. Parallel ties count once and loops not at all (see `Network`). In a network of firms and
        agreements both leave, by an order of both, and both count in the shares; for firms alone list or score those,
        and take `attribute_connected` of a column that is 1 for a firm and 0 for an agreement.
    order
        A name (below); a Series of scores indexed by firm, highest first, firms without a score last, such as the
        column ``net.firms["employees"]``; a function of a network that returns such a Series; or a list of firm ids.
        A list need not name every firm: the path then ends early.
    adaptive
        False: rank once, on the intact network. True: rank again after every removal (all names but "random", and
        functions; a function is called on every remaining network, which is slow).
    responses
        What to record; shares are of the firms or pairs *at the start*. ``"giant_share"`` and ``"second_share"``:
        firms in the largest and second largest component, 0 to 1. ``"n_components"``. ``"reachable_pairs"``:
        unordered pairs of remaining firms in one component (a count), ``"reachable_share"``: those as a share of
        the n(n - 1)/2 pairs at the start, ``"reachable_share_left"``: as a share of the pairs of firms still there
        (NaN for fewer than two). ``"susceptibility"``: mean size of the component of a firm outside the giant, 0 if
        there is none; its peak marks the breakdown. ``"component_entropy"``: of the shares of the remaining firms in
        each component, in nats (shannon1948): 0 in one piece, ln of their number when all stand alone, NaN once
        nobody is left. Recomputed, hence slow (see `every`): ``"efficiency"``, global efficiency of the firms still
        there, in steps along directed ties (latora2001); ``"algebraic_connectivity"``, second smallest eigenvalue of
        the Laplacian (fiedler1973), 0 in pieces, NaN for fewer than two firms, and ``"algebraic_connectivity_giant"``,
        that of the largest component (the first in the firm table of several); ``"natural_connectivity"``, ln of the
        mean of exp(eigenvalue) of the adjacency matrix (wu2011), NaN once nobody is left: these three without direction
        and strength, the last with a full matrix of the largest component (3 GB at 20,000 firms). Or one in economic
        units, made by `attribute_connected`, `attribute_tied`, `tie_value`, `capabilities_lost`, `bundles_coverable`
        or `firms_cut_off` (direction ignored), or by `reachable_from` (along directed ties). Or any function of a
        network that returns a number (slow: the network is rebuilt at every step, down to the empty one).
    radius
        For "collective_influence": how far from the firm its influence is summed, at least 1.
    candidates
        For "explosive": firms drawn at every step, of which the best is taken; all of them in smaller networks.
    reinsert
        Giant share at which the network counts as dismantled: of the firms gone by then, those are put back that can
        be without a larger component (braunstein2016), who then leave later. None: no putting back.
    every
        Compute slow responses and functions after every so many losses (and the last) only; NaN between.
    ties
        Who goes first among equal scores: ``"first"`` in the firm table, or one at ``"random"`` by `seed`.
        Named scores are equal when they agree to 8 decimals; your own scores when identical.
        Where the table is sorted by age or size, "first" prefers the old or large: compare with "random".
    connection
        What a component is. ``"weak"``: held together by ties of any layer, direction ignored. ``"strong"``: along
        directed ties, both ways. ``"all_layers"``: a largest set of firms connected within itself in *every* layer
        (buldyrev2010), direction ignored. The last two are recounted at every step: slow above some thousand firms.
    layers
        Layers whose ties hold firms together; all when omitted. They bear on every response, not on the order.
    progress
        Called as ``progress(done, total)`` on long steps. An interrupt (Ctrl-C) keeps the steps done and warns.
    seed
        For a random order or random ties; a fresh one is drawn and stored when omitted.

    Returns
    -------
    Removal
        ``.curve`` with n + 1 rows, ``.order``, ``.robustness`` (R of schneider2011), ``.area``.

    Raises
    ------
    OptionError
        If an option is outside its set, scores are not numbers, a list names a firm twice, or an order that is
        fixed is asked to adapt.
    UnknownFirmError
        If the order names a firm that is not in the network.

    Notes
    -----
    The named orders, highest first unless told otherwise; from "collective_influence" on they forget direction:

    - "random".
    - "degree", "strength": in plus out where directed.
    - "betweenness": unweighted, raw, along directed ties.
    - "closeness": direction forgotten, scaled to the whole network ("wasserman_faust"); isolates 0.
    - "eigenvector": direction forgotten; the component with the largest eigenvalue first, in it by its eigenvector.
    - "pagerank": along directed ties, damping 0.85.
    - "k_coreness": direction forgotten.
    - "collective_influence" (morone2015): (ties - 1) times the sum of (ties - 1) over the firms exactly `radius` steps
      away. Adaptive is the published attack, without its putting back of firms.
    - "articulation" (tian2017): adaptive, of a largest component the firm whose loss leaves the smallest largest
      piece of it, of these the one with most ties. The source stops where no single loss splits anything; this goes
      on by ties. Static ranks all firms once by size of their component, largest piece left, and ties.
    - "corehd" (zdeborova2016): adaptive, the firm with most ties within the 2-core; once that is empty, the trees are
      broken as in "articulation". Static ranks once by ties within the 2-core, firms outside it last.
    - "best_first": the firm whose loss leaves the smallest giant, of these the one that leaves the fewest reachable
      pairs, of these the one with most ties; every firm is tried at every step. Static ranks once by what is left when
      each alone leaves.
    - "gnd_unit", "gnd_degree" (ren2019; adaptive only): generalized network dismantling. The largest component is cut
      in two by the second eigenvector of its Laplacian (found roughly above 600 firms), each tie weighted by the costs
      of its two firms less 1; the cheapest set of firms that covers the cut leaves, most ties first. A loss costs 1, or
      as much as the firm has ties left. The source approximates the cover; it is exact here, as a cut is bipartite.
    - "explosive" (clusella2016; static only): firms return to the empty network and the order is turned round. Of
      `candidates` drawn, the one returns that has least effective ties (ties but those to leaves and to hubs, who have
      6 effective ties or more, found in 10 rounds) plus the sum of sqrt(size) - 1 over the components it would join;
      once the largest exceeds sqrt(n) firms, of those next to it the one that joins the fewest components, then the
      smallest second one. Of equals the later in the table returns first.

    Adaptive "best_first" looks at all firms at every step, "articulation" at all of the component that was hit: slow
    above ten thousand.

    References
    ----------
    schneider2011, newmanziff2001, albert2000, holme2002, morone2015, tian2017, zdeborova2016,
    ren2019, clusella2016, braunstein2016, fiedler1973, wu2011, shannon1948, buldyrev2010

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Hub", "Ada"), ("Hub", "Bo"), ("Hub", "Cy")])
    >>> removal = remove_firms(net, order="degree")
    >>> removal.curve["giant_share"].tolist()
    [1.0, 0.25, 0.25, 0.25, 0.0]
    >>> removal.robustness
    0.1875
    """
    wanted = check_responses(responses)
    choose("ties", ties, ("first", "random"))
    choose("connection", connection, get_args(Connection))
    held_by = _layers(net, layers)
    if isinstance(order, str) and order not in ORDERS:
        raise OptionError(
            f"order is {order!r}.{nearest(order, ORDERS)} Choose one of {listing(ORDERS, 20)}, or give a Series of "
            "scores, a function or a list of firm ids."
        )
    for name, number in (("radius", radius), ("candidates", candidates), ("every", every)):
        check_whole(name, number)
    if reinsert is not None and (isinstance(reinsert, bool) or not 0 < reinsert < 1):
        raise OptionError(f"reinsert is {reinsert!r}; give a giant share between 0 and 1, such as 0.05, or None.")
    n = net.n_firms
    drawn = isinstance(order, str) and (order == "random" or (order == "explosive" and n > candidates))
    chance = ties == "random" or drawn
    used = resolve_seed(seed) if chance or seed is not None else None
    rng = np.random.default_rng(used) if chance else None
    prior = rng.permutation(n) if rng is not None and ties == "random" else None
    if adaptive and not callable(order) and (not isinstance(order, str) or order in ONLY_STATIC):
        raise OptionError(
            "a random or explosive order, a Series and a list cannot adapt; choose adaptive=False, or give a function "
            "of a network."
        )
    if not adaptive and isinstance(order, str) and order in ONLY_ADAPTIVE:
        raise OptionError(f"{order!r} splits anew what each step leaves; choose adaptive=True.")
    n_unscored = 0
    if isinstance(order, (set, frozenset)):
        raise OptionError("the order is a set, which has none; give a list of firm ids, or a Series of scores by firm.")
    if isinstance(order, dict):  # its keys alone would pass for a list of ids
        order = pd.Series(order, dtype=None if order else "float64")
    if isinstance(order, str):
        name = order
        going = named_order(
            net,
            order,
            adaptive=adaptive,
            prior=prior,
            rng=rng,
            radius=int(radius),
            candidates=int(candidates),
            progress=progress,
        )
    elif isinstance(order, pd.Series):
        name = str(order.name) if order.name is not None else "scores"
        place = listed(net, order.index)
        scores = np.full(n, np.nan)
        scores[place] = as_scores(order)
        n_unscored = int(np.isnan(scores).sum())
        going = by_score(scores, prior)
    elif callable(order):
        name = getattr(order, "__name__", type(order).__name__)
        going = adaptive_function(net, order, prior, progress) if adaptive else by_score(scores_from(order, net), prior)
    else:
        name = "list"
        going = listed(net, order)

    if reinsert is not None and len(going) < n:
        if name == "list":
            raise OptionError("reinsert needs an order of all firms, to know when the network is dismantled.")
        reinsert = None  # interrupted
    if reinsert is not None:
        going = put_back(net, going, reinsert)
    at = sampled(len(going), every) if every > 1 else None
    curve, giant = curve_of(net, going, wanted, connection, progress, layers=held_by, at=at)
    steps = len(curve) - 1
    going = going[:steps]
    whole = steps == n and n > 0
    total = int(giant.sum()) if whole else 0
    parameters: dict[str, Any] = {
        "order": name,
        "adaptive": adaptive,
        "ties": ties,
        "connection": connection,
        "responses": tuple(wanted),
        "n_firms": n,
        "n_unscored": n_unscored,
    }
    asked = {
        "layers": (held_by, held_by is not None),
        "radius": (radius, name == "collective_influence"),
        "candidates": (candidates, name == "explosive"),
        "reinsert": (reinsert, reinsert is not None),
        "every": (every, every > 1),
    }
    parameters |= {option: value for option, (value, bears) in asked.items() if bears}
    return Removal(
        curve=curve,
        order=net._firms.index[going],  # noqa: SLF001  (handing out a copy of the table costs more than the kernel)
        robustness=(total - int(giant[0])) / n**2 if whole else math.nan,
        area=(2 * total - int(giant[0])) / (2 * n * int(giant[0])) if whole else math.nan,
        settings=Settings(parameters, used if chance else None),
    )
