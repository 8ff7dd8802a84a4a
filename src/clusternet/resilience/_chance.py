"""How sure: robustness against networks with the same degrees, and under errors in the records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import pandas as pd

from clusternet.errors import NetworkError, OptionError, share_between
from clusternet.measure import choose
from clusternet.network import Network
from clusternet.network._rewiring import memberships, rewired
from clusternet.resilience._economy import PathResponse, settled
from clusternet.resilience._paths import COUNTABLE, Connection, curve_of
from clusternet.resilience._remove import remove_firms
from clusternet.resilience._results import RemovalBand, band_of, check_whole
from clusternet.result import NullTest, Settings, resolve_seed, spawn_generators, until_interrupted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clusternet.resilience._orders import Order
    from clusternet.resilience._paths import CountedResponse, Progress

__all__ = ["RelativeRobustness", "disturbed", "record_band", "relative_robustness"]

Null = Literal["degree", "layers", "two_mode"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class RelativeRobustness(NullTest):
    """Robustness R beside that of random networks with the same degrees; the draws are kept.

    ``p_fewer`` tells whether the network is more fragile than chance, ``p_more`` whether it is more robust.
    """

    @property
    def relative(self) -> float:
        """R over its mean by chance: below 1, the network is more fragile than its degrees make it."""
        return self.observed / self.expected if self.expected > 0 else float("nan")

    def to_frame(self) -> pd.DataFrame:
        """Return one row: that of `NullTest`, and ``relative``."""
        frame = NullTest.to_frame(self)
        frame["relative"] = self.relative
        return frame

    def summary(self) -> str:
        """Return the comparison in one line."""
        return f"{NullTest.summary(self)}, relative {self.relative:.2f}"


def _kept(order: Order) -> Order:
    """Return an order that can be gone through once per draw."""
    return list(order) if isinstance(order, Iterator) else order


def _tied(net: Network, source: NDArray[np.int64], target: NDArray[np.int64], **columns: Any) -> Network:
    """Return the network of the same firms with other, undated ties: ends as positions, and the rest of their columns.

    Tables that a network has checked before: a check costs more than the path.
    """
    ids = net._firms.index  # noqa: SLF001
    dates = dict.fromkeys(("start", "end"), np.full(len(source), "NaT", dtype="datetime64[us]"))
    own = {name: columns.pop(name) for name in ("layer", "directed", "strength")}
    table = {"source": ids[source], "target": ids[target], **own, **dates, **columns}
    ties = pd.DataFrame(table, index=pd.RangeIndex(len(source), name="tie"))
    return Network._trusted(net._firms, ties, (source, target), {}, None)  # noqa: SLF001


def _nulls(net: Network, null: Null, draws: int, seed: int) -> Iterator[Network]:
    if null == "two_mode":
        codes = net._modes[0]  # noqa: SLF001  (mode of every firm as a number)
        graph = net.simple("undirected")
        first = codes[graph.source] == 0
        row, column = np.where(first, graph.source, graph.target), np.where(first, graph.target, graph.source)
        names, chains = ["tie"], [memberships(row, column, draws, seed)]
    else:
        layers = {name: net.layer(name) for name in net.layers} if null == "layers" else {}
        layers = layers or {"tie": net}  # all ties alike, or none at all
        names = list(layers)
        seeds = np.random.SeedSequence(seed).generate_state(len(layers)).tolist()
        # One chain per layer, so that all draws set out from the same hub (see `network._rewiring`).
        chains = [rewired(layer, draws, number) for layer, number in zip(layers.values(), seeds, strict=True)]
    for drawn in zip(*chains, strict=True):
        source, target = (np.concatenate(ends) for ends in zip(*drawn, strict=True))
        layer = pd.array(np.repeat(names, [len(ends[0]) for ends in drawn]), dtype="str")
        m = len(source)
        yield _tied(net, source, target, layer=layer, directed=np.zeros(m, dtype=bool), strength=np.ones(m))


def relative_robustness(
    net: Network,
    *,
    order: Order = "degree",
    adaptive: bool = False,
    null: Null = "degree",
    draws: int = 200,
    ties: Literal["first", "random"] = "first",
    progress: Progress | None = None,
    seed: int | None = None,
) -> RelativeRobustness:
    """Compare robustness R with that of random networks with the same degrees.

    Parameters
    ----------
    net
        The network. Direction and strengths are dropped, in it and in the random ones.
    order, adaptive, ties
        As in `remove_firms`; the order is found anew in every random network, except that a Series or list stays with
        its firms. "strength" is refused, for the random networks have none.
    null
        What the random networks keep: ``"degree"``, every firm's number of partners; ``"layers"``, its number of
        partners in every layer; ``"two_mode"``, every firm's number of agreements and every agreement's of firms.
        Ties are switched ten times each (two-mode: ten trades per row), which mixes well.
    draws
        Number of random networks.
    progress
        Called as ``progress(done, draws)``. An interrupt (Ctrl-C) keeps the finished draws and warns.
    seed
        A fresh one is drawn and stored when omitted.

    Returns
    -------
    RelativeRobustness
        ``.observed``, ``.expected``, ``.relative``, ``.z``, ``.p_fewer`` (more fragile), ``.p_more``, each
        (r + 1)/(draws + 1), and ``.draws``.

    Raises
    ------
    OptionError
        If an option is outside its set, or the order does not take in every firm.
    NetworkError
        If ``null="two_mode"`` and the network is not.

    References
    ----------
    schneider2011, strona2014

    Examples
    --------
    >>> import networkx as nx
    >>> net = Network.from_networkx(nx.connected_caveman_graph(6, 5))
    >>> relative_robustness(net, draws=99, seed=1).relative < 0.9
    True
    """
    choose("null", null, ("degree", "layers", "two_mode"))
    n_draws = check_whole("draws", draws)
    if isinstance(order, str) and order == "strength":
        raise OptionError("order is 'strength', which random networks lack; choose 'degree' or give a Series.")
    if null == "two_mode" and not net.is_two_mode:
        raise NetworkError("the network is not two-mode; choose null='degree' or 'layers', or give build_agreements'.")
    order = _kept(order)
    used = resolve_seed(seed)
    own, chain, *each = np.random.SeedSequence(used).generate_state(n_draws + 2).tolist()

    def robustness(of: Network, number: int) -> float:
        removal = remove_firms(
            of, order=order, adaptive=adaptive, ties=ties, responses=("giant_share",), seed=int(number)
        )
        if len(removal.order) < of.n_firms:
            raise OptionError("the order does not take in every firm, so that there is no R; list all of them.")
        return removal.robustness

    observed = robustness(net.undirected(), own)
    jobs = zip(_nulls(net, null, n_draws, int(chain)), each, strict=True)
    found = until_interrupted(lambda job: robustness(*job), jobs, n_draws, progress)
    name = order if isinstance(order, str) else getattr(order, "name", None) or "given"
    return RelativeRobustness(
        statistic="robustness",
        observed=observed,
        draws=pd.Series(found, index=pd.RangeIndex(len(found), name="draw"), name="robustness"),
        settings=Settings({"order": str(name), "adaptive": adaptive, "null": null, "draws": len(found)}, used),
    )


def disturbed(net: Network, rng: np.random.Generator, drop: float, add: float, misassign: float) -> Network:
    """Return the network with errors as `record_band` describes them: ties missed, invented, given to a wrong firm."""
    source, target = (codes.copy() for codes in net._codes)  # noqa: SLF001  (ends as positions)
    n, m = net.n_firms, net.n_ties
    # In a network of firms and agreements a firm is taken for a firm, and an agreement for an agreement.
    kind = net._modes[0] if net.is_two_mode else np.zeros(n, dtype=np.int64)  # noqa: SLF001
    by = np.argsort(kind, kind="stable")
    size = np.bincount(kind, minlength=1)
    first = np.cumsum(size) - size
    rank = np.empty(n, dtype=np.int64)
    rank[by] = np.arange(n) - first[kind[by]]

    def another(firm: NDArray[np.int64]) -> NDArray[np.int64]:
        of = kind[firm]  # never the firm itself, unless it is the only one of its kind
        return by[first[of] + (rank[firm] + rng.integers(1, np.maximum(size[of], 2))) % size[of]]

    extra = int(rng.binomial(m, add)) if n > 1 else 0
    wrong = np.flatnonzero(rng.random(m) < misassign) if n > 1 else np.empty(0, dtype=np.int64)
    at_source = rng.random(len(wrong)) < 0.5
    instead = another(np.where(at_source, source[wrong], target[wrong]))
    source[wrong] = np.where(at_source, instead, source[wrong])
    target[wrong] = np.where(at_source, target[wrong], instead)
    kept = np.flatnonzero(rng.random(m) >= drop)
    model = rng.integers(0, max(m, 1), extra)  # a tie nobody reported looks like one that somebody did
    of = kind[source[model]]
    one = by[first[of] + rng.integers(0, size[of])]
    of = kind[target[model]]
    other = by[first[of] + rng.integers(0, size[of])] if net.is_two_mode else another(one)
    rows = np.concatenate([kept, model])
    like = net._ties.iloc[rows]  # noqa: SLF001
    columns = {name: like[name].array for name in like.columns if name not in ("source", "target", "start", "end")}
    return _tied(net, np.concatenate([source[kept], one]), np.concatenate([target[kept], other]), **columns)


def record_band(
    net: Network,
    *,
    drop: float = 0.0,
    add: float = 0.0,
    misassign: float = 0.0,
    order: Order = "degree",
    adaptive: bool = False,
    connection: Connection = "weak",
    draws: int = 200,
    response: CountedResponse | Literal["component_entropy"] | PathResponse = "giant_share",
    level: float = 0.9,
    progress: Progress | None = None,
    seed: int | None = None,
) -> RemovalBand:
    """Return the removal path under errors in the records: ties missed, invented, or given to the wrong firm.

    In every draw each tie is given to a wrong firm with probability `misassign` (one end, picked at random, becomes
    another firm; should that be the firm at its other end, it ties nobody), then dropped with probability `drop`; and
    a binomial number of ties, `add` per reported tie on average, is put between random pairs of firms, each with the
    layer, direction, strength and further columns of a random tie. In a network of firms and agreements a wrong firm
    stands for a firm, a wrong agreement for an agreement, and invented ties join the two. The order is found anew in
    every draw, unless it is a Series or list.

    Parameters
    ----------
    net
        The network as recorded.
    drop, add, misassign
        Rates, 0 to 1. Take them from double reports or a check of a sample of the records.
    order, adaptive, connection
        As in `remove_firms`; ties in scores by the firm table. A random order is drawn anew in every draw. Of layers
        that are all needed, one that lost its last tie to an error is still needed.
    draws, response, level, progress, seed
        As in `removal_band`; one generator per draw.

    Returns
    -------
    RemovalBand
        ``.curve`` (mean, low, median, high), ``.robustness`` of every draw, the draws.

    Raises
    ------
    OptionError
        If an option is outside its set or range, or the order does not take in every firm.

    References
    ----------
    borgatticarley2006

    Examples
    --------
    >>> net = Network.from_edges([("Hub", "Ada"), ("Hub", "Bo"), ("Hub", "Cy")])
    >>> record_band(net, draws=20, seed=1).curve.loc[1].tolist()
    [0.25, 0.25, 0.25, 0.25]
    """
    for name, rate in (("drop", drop), ("add", add), ("misassign", misassign)):
        if isinstance(rate, bool) or not isinstance(rate, Real) or not 0 <= rate <= 1:
            raise OptionError(f"{name} is {rate!r}; give a rate from 0 to 1.")
    n_draws = check_whole("draws", draws)
    name = response.label if isinstance(response, PathResponse) else response
    if not isinstance(response, PathResponse):
        choose("response", response, COUNTABLE)
    choose("connection", connection, get_args(Connection))
    share_between("level", level)
    order = _kept(order)
    used = resolve_seed(seed)
    n = net.n_firms
    wanted = settled(net, {name: response})

    def follow(rng: np.random.Generator) -> tuple[NDArray[np.float64], float]:
        drawn = disturbed(net, rng, drop, add, misassign)
        asked = wanted.values() if connection == "weak" else ()  # else only the order is of use
        removal = remove_firms(drawn, order=order, adaptive=adaptive, responses=asked, seed=int(rng.integers(0, 2**32)))
        if len(removal.order) < n:
            raise OptionError("the order does not take in every firm; list all of them.")
        curve, robustness = removal.curve, removal.robustness
        if connection != "weak":
            going = net.positions(removal.order)
            curve, giant = curve_of(drawn, going, wanted, connection, None, needed=net.layers)
            robustness = float(giant[1:].sum()) / n**2 if n else np.nan
        return curve[name].to_numpy(dtype=np.float64), robustness

    drawn = until_interrupted(follow, spawn_generators(used, n_draws), n_draws, progress)
    done = len(drawn)
    values, robustness = np.array([curve for curve, _ in drawn]), np.array([single for _, single in drawn])
    by = order if isinstance(order, str) else getattr(order, "name", None) or "given"
    parameters = {
        "draws": done,
        "response": name,
        "level": level,
        "n_firms": n,
        "order": str(by),
        "adaptive": adaptive,
        "connection": connection,
        "drop": drop,
        "add": add,
        "misassign": misassign,
    }
    return RemovalBand(
        curve=band_of(values, level, "removed"),
        response=name,
        level=level,
        robustness=pd.Series(robustness, index=pd.RangeIndex(done, name="draw"), name="robustness"),
        counts=values,
        divisor=np.ones(n + 1),
        settings=Settings(parameters, used),
    )
