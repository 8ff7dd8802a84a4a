"""Null models: random networks that keep something of the observed one, and say what and how."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np
import pandas as pd

from clusternet.errors import NetworkError, OptionError, listing
from clusternet.measure import choose, firm_values, whole_number
from clusternet.network import Network
from clusternet.network._rewiring import TRADES_PER_ROW, TRIES_PER_TIE, Switching, Trading
from clusternet.result import resolve_seed, spawn_generators

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    Codes: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64]]
    Attribute: TypeAlias = str | pd.Series | Iterable[object]

__all__ = ["NULLS", "Null", "draw_networks"]

Null = Literal[
    "size",
    "ties",
    "density",
    "dyads",
    "degree",
    "layers",
    "places",
    "two_mode",
    "strength",
    "strengths",
    "labels",
]

NULLS = MappingProxyType(
    {
        "size": "the firms; every pair is tied or not by the toss of a fair coin",
        "ties": "the number of ties, which join random pairs",
        "density": "the number of ties on average; every pair is tied with the same chance",
        "dyads": "the numbers of mutual, one-way and untied pairs",
        "degree": "every firm's number of partners; of a directed network, in and out",
        "layers": "every firm's number of partners in every layer; of a directed layer, in and out",
        "places": "every firm's number of partners in every place; of a directed network, in and out",
        "two_mode": "every firm's number of agreements, every agreement's number of firms",
        "strength": "every firm's number of partners, the strengths, and nearly every firm's total strength",
        "strengths": "who is tied with whom; the strengths are dealt anew among the ties",
        "labels": "the ties; the attributes are dealt anew among the firms",
    }
)
"""What each null model keeps of the network, by name."""

HOW = MappingProxyType(
    {
        "size": "independent draws",
        "ties": "independent draws",
        "density": "independent draws",
        "dyads": "independent draws",
        "degree": "tie switching from a common hub",
        "layers": "tie switching from a common hub, layer by layer",
        "places": "tie switching from a common hub, inside every pair of places",
        "two_mode": "fastball trades from a common hub",
        "strength": "tie switching from a common hub, strengths ranked to the firms' totals",
        "strengths": "independent permutations of the strengths",
        "labels": "independent permutations of the firms' rows",
    }
)


@dataclass(frozen=True, slots=True)
class Sampler:
    """A null model of one network: how to draw, and the network in the form of its draws."""

    draw: Callable[[np.random.Generator], Network]
    observed: Network
    settings: dict[str, Any]


# ── ties as rows that are dealt anew ──


@dataclass(frozen=True, slots=True)
class _Rows:
    """A network with one row per tied pair; `varied` are the columns that tell ties apart beside their ends."""

    network: Network
    ties: pd.DataFrame
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    directed: bool
    merged: bool
    columns: dict[str, Any]
    varied: list[str]

    @classmethod
    def of(cls, network: Network) -> _Rows:
        graph = network.simple()
        ties = network.ties
        source, target = network._codes  # noqa: SLF001  (ends as positions)
        mixed = graph.directed and not ties["directed"].all()
        merged = mixed or len(graph.source) < len(ties)
        if merged:
            # Parallel ties are one tie to the measures; what they do not share is lost.
            layers = network.layers
            source, target = graph.source, graph.target
            ties = pd.DataFrame(
                {
                    "source": network.firms.index[source],
                    "target": network.firms.index[target],
                    "layer": pd.Series(layers[0] if len(layers) == 1 else "all", index=range(len(source)), dtype="str"),
                    "directed": graph.directed,
                    "strength": graph.strength,
                    "start": np.full(len(source), "NaT", dtype="datetime64[us]"),
                    "end": np.full(len(source), "NaT", dtype="datetime64[us]"),
                }
            )
        ties = ties.set_axis(pd.RangeIndex(len(ties), name="tie"))
        told = [name for name in ties.columns if name not in {"source", "target", "directed"}]
        varied = [name for name in told if len(ties[name].drop_duplicates()) > 1]
        columns = {name: ties[name].array for name in ties.columns}
        return cls(network, ties, source, target, graph.directed, merged, columns, varied)

    @property
    def n(self) -> int:
        return self.network.n_firms

    def form(self) -> Network:
        """Return the network in the form of the draws."""
        return _network(self.network, self.ties, (self.source, self.target)) if self.merged else self.network

    def joined(self, source: NDArray[np.int64], target: NDArray[np.int64], rows: NDArray[np.int64] | None) -> Network:
        """Return a network of ties with these ends, their other columns from the given rows (None: as they are)."""
        count = len(source)
        told = self.columns
        if rows is not None:
            told = {
                name: values.take(rows) if name in self.varied or count != len(self.ties) else values
                for name, values in told.items()
            }
        ids = self.network.firms.index.array
        ties = pd.DataFrame(
            told | {"source": ids.take(source), "target": ids.take(target)},
            index=pd.RangeIndex(count, name="tie"),
            copy=False,
        )
        return _network(self.network, ties, (source, target))

    def dealt(self, source: NDArray[np.int64], target: NDArray[np.int64], rng: np.random.Generator) -> Network:
        """Return a network of as many ties, all columns but the ends dealt anew among them."""
        return self.joined(source, target, rng.permutation(len(source)) if self.varied else None)


def _network(network: Network, ties: pd.DataFrame, codes: Codes) -> Network:
    settings = network._noted("drawn from a null model")  # noqa: SLF001
    return Network._trusted(network.firms, ties, codes, settings, None)  # noqa: SLF001


# ── which pairs there are ──


@dataclass(frozen=True, slots=True)
class _Pairs:
    """All pairs of firms that a tie could join, by number."""

    n: int
    directed: bool
    sides: Codes | None  # the firms of the two modes

    @classmethod
    def of(cls, rows: _Rows) -> _Pairs:
        if not rows.network.is_two_mode:
            return cls(rows.n, rows.directed, None)
        codes = rows.network._modes[0]  # noqa: SLF001  (mode of every firm as a number)
        return cls(rows.n, rows.directed, (np.flatnonzero(codes == 0), np.flatnonzero(codes == 1)))

    @property
    def count(self) -> int:
        if self.sides is not None:
            return len(self.sides[0]) * len(self.sides[1])
        return self.n * (self.n - 1) // (1 if self.directed else 2)

    def ends(self, number: NDArray[np.int64]) -> Codes:
        """Return the ends of the pairs with these numbers."""
        if self.sides is not None:
            one, other = np.divmod(number, max(len(self.sides[1]), 1))
            return self.sides[0][one], self.sides[1][other]
        if self.directed:
            one, other = np.divmod(number, max(self.n - 1, 1))
            return one, other + (other >= one)
        # Pairs (i, j < i) in rows: i (i - 1) / 2 come before row i.
        row = ((1 + np.sqrt(1 + 8.0 * number)) / 2).astype(np.int64)
        row -= row * (row - 1) // 2 > number
        row += row * (row + 1) // 2 <= number
        return number - row * (row - 1) // 2, row


def _coins(network: Network, null: Null) -> Sampler:
    rows = _Rows.of(network)
    pairs = _Pairs.of(rows)
    m = len(rows.ties)
    if pairs.sides is not None and rows.directed:
        raise NetworkError(f"null={null!r} takes undirected memberships; give network.undirected().")
    if m == 0 and null == "size":
        raise NetworkError("null='size' needs a tie to take layer and strength from; the network has none.")
    chance = 0.5 if null == "size" else m / pairs.count if pairs.count else 0.0

    def draw(rng: np.random.Generator) -> Network:
        count = m if null == "ties" else int(rng.binomial(pairs.count, chance))
        source, target = pairs.ends(rng.choice(pairs.count, count, replace=False, shuffle=False))
        if count == m:
            return rows.dealt(source, target, rng)
        # More or fewer ties than there were: their columns are those of ties picked at random.
        return rows.joined(source, target, rng.integers(0, m, count))

    return Sampler(draw, rows.form(), {"merged": rows.merged})


def _dyads(network: Network) -> Sampler:
    rows = _Rows.of(network)
    if network.is_two_mode:
        raise NetworkError("null='dyads' is for one mode; 'ties' or 'two_mode' fits a two-mode network.")
    if not rows.directed:
        return _coins(network, "ties")
    n, m = rows.n, len(rows.ties)
    pairs = _Pairs(n, directed=False, sides=None)
    key = np.minimum(rows.source, rows.target) * n + np.maximum(rows.source, rows.target)
    joined = len(np.unique(key))
    mutual = m - joined

    def draw(rng: np.random.Generator) -> Network:
        one, other = pairs.ends(rng.choice(pairs.count, joined, replace=False))
        turn = rng.random(joined) < 0.5
        source, target = np.where(turn, other, one), np.where(turn, one, other)
        source, target = np.append(source, target[:mutual]), np.append(target, source[:mutual])
        return rows.dealt(source, target, rng)

    return Sampler(draw, rows.form(), {"merged": rows.merged, "mutual": mutual, "one_way": joined - mutual})


# ── chains ──


def _one_mode(network: Network, null: Null) -> None:
    if network.is_two_mode:
        raise NetworkError(
            f"null={null!r} would tie firms to firms; for a two-mode network choose 'two_mode', which deals the "
            "memberships out anew, or project it first."
        )


def _switched(
    network: Network, hub: np.random.Generator, draws: int, tries: int, place: NDArray[np.int64] | None
) -> Sampler:
    rows = _Rows.of(network)
    chain = Switching(rows.n, rows.source, rows.target, directed=rows.directed, place=place)
    chain.plan(draws + 1, tries)
    chain.run(chain.tries(tries), hub)

    def draw(rng: np.random.Generator) -> Network:
        source, target = chain.drawn(rng, tries)
        return rows.dealt(source, target, rng)

    return Sampler(draw, rows.form(), {"merged": rows.merged, "tries_per_tie": tries})


def _layered(network: Network, hub: np.random.Generator, draws: int, tries: int) -> Sampler:
    names = network.layers
    if not names:
        return Sampler(lambda _: network, network, {"merged": False, "layers": names})
    parts = [_Rows.of(network.layer(name)) for name in names]
    chains = [Switching(part.n, part.source, part.target, directed=part.directed) for part in parts]
    for chain, rng in zip(chains, hub.spawn(len(names)), strict=True):
        chain.plan(draws + 1, tries)
        chain.run(chain.tries(tries), rng)
    ties = pd.concat([part.ties for part in parts], ignore_index=True).rename_axis(index="tie")
    merged = any(part.merged for part in parts)
    both = [np.concatenate(ends) for ends in ([part.source for part in parts], [part.target for part in parts])]
    rows = _Rows(
        network,
        ties,
        both[0],
        both[1],
        network.is_directed,
        merged,
        {name: ties[name].array for name in ties.columns},
        sorted(set().union(*(part.varied for part in parts))),
    )
    first = np.cumsum([0, *(len(part.ties) for part in parts)])[:-1]

    def draw(rng: np.random.Generator) -> Network:
        ends = [chain.drawn(rng, tries) for chain in chains]
        dealt = [begin + rng.permutation(len(part.ties)) for begin, part in zip(first, parts, strict=True)]
        source, target = (np.concatenate([pair[end] for pair in ends]) for end in (0, 1))
        return rows.joined(source, target, np.concatenate(dealt))

    return Sampler(draw, rows.form(), {"merged": merged, "layers": names, "tries_per_tie": tries})


def _traded(network: Network, hub: np.random.Generator, tries: int) -> Sampler:
    if not network.is_two_mode:
        raise NetworkError(
            "null='two_mode' deals memberships out; this network is not two-mode. Choose 'degree' or 'layers', or "
            "give the network of build_agreements."
        )
    rows = _Rows.of(network)
    if rows.directed:
        raise NetworkError("null='two_mode' takes undirected memberships; give network.undirected().")
    codes = network._modes[0]  # noqa: SLF001  (mode of every firm as a number)
    first = codes[rows.source] == 0
    chain = Trading(np.where(first, rows.source, rows.target), np.where(first, rows.target, rows.source))
    chain.run(hub, tries)

    def draw(rng: np.random.Generator) -> Network:
        return rows.dealt(*chain.drawn(rng, tries), rng)

    return Sampler(draw, rows.form(), {"merged": rows.merged, "trades_per_row": tries})


# ── strengths and labels ──


def _dealt_strengths(network: Network) -> Sampler:
    strength = network.ties["strength"].to_numpy()
    if len(np.unique(strength)) < 2:
        raise NetworkError("null='strengths' deals strengths anew, but all ties have the same; choose 'degree'.")

    def draw(rng: np.random.Generator) -> Network:
        return _network(network, network.ties.assign(strength=rng.permutation(strength)), network._codes)  # noqa: SLF001

    return Sampler(draw, network, {})


def _ranked_strengths(network: Network, hub: np.random.Generator, draws: int, tries: int) -> Sampler:
    rows = _Rows.of(network)
    strength = rows.ties["strength"].to_numpy()
    if len(np.unique(strength)) < 2:
        raise NetworkError("null='strength' deals strengths anew, but all ties have the same; choose 'degree'.")
    chain = Switching(rows.n, rows.source, rows.target, directed=rows.directed)
    chain.plan(draws + 1, tries)
    chain.run(chain.tries(tries), hub)
    gives, takes = (np.bincount(ends, strength, rows.n).astype(np.float64) for ends in (rows.source, rows.target))
    if not rows.directed:
        gives = takes = gives + takes
    by_size = np.argsort(strength, kind="stable")

    def draw(rng: np.random.Generator) -> Network:
        source, target = chain.drawn(rng, tries)
        place = _ranked(source, target, strength[by_size], (gives, takes), rng, directed=rows.directed)
        return rows.joined(source, target, by_size[place])

    return Sampler(draw, rows.form(), {"merged": rows.merged, "tries_per_tie": tries})


def _ranked(
    source: NDArray[np.int64],
    target: NDArray[np.int64],
    sizes: NDArray[np.float64],
    totals: tuple[NDArray[np.float64], NDArray[np.float64]],
    rng: np.random.Generator,
    *,
    directed: bool,
) -> NDArray[np.int64]:
    """Return for every tie its place among the sorted strengths, so that totals come near (rubinov2011).

    A tie is due what its ends still lack, multiplied; the ties get the strengths in that order. In every round a share
    of the ties, picked at random, gets its strength for good, and the rest is ranked anew.
    """
    left_out, left_in = totals[0].copy(), totals[1] if not directed else totals[1].copy()
    if not directed:
        left_in = left_out
    place = np.empty(len(source), dtype=np.int64)
    open_ties, open_places = np.arange(len(source)), np.arange(len(source))
    share = max(1, len(source) // ROUNDS)
    while len(open_ties):
        due = np.maximum(left_out[source[open_ties]], 0) * np.maximum(left_in[target[open_ties]], 0)
        order = np.lexsort((rng.random(len(due)), due))
        settled = np.sort(rng.choice(len(order), min(share, len(order)), replace=False))
        ties = open_ties[order[settled]]
        place[ties] = open_places[settled]
        given = sizes[open_places[settled]]
        np.subtract.at(left_out, source[ties], given)
        np.subtract.at(left_in, target[ties], given)
        open_ties = np.delete(open_ties, order[settled])
        open_places = np.delete(open_places, settled)
    return place


ROUNDS = 100
"""Rounds in which strengths are settled; more come nearer to the totals, and cost more."""


def _labels(network: Network, columns: list[str], place: NDArray[np.int64]) -> Sampler:
    firms = network.firms
    groups = [np.flatnonzero(place == code) for code in np.unique(place)]

    def draw(rng: np.random.Generator) -> Network:
        rows = np.empty(len(firms), dtype=np.int64)
        for group in groups:
            rows[group] = rng.permutation(group)
        table = firms.copy(deep=False)
        for name in columns:
            table[name] = firms[name].array.take(rows)
        settings = network._noted("drawn from a null model")  # noqa: SLF001
        return Network._trusted(table, network.ties, network._codes, settings, None)  # noqa: SLF001

    return Sampler(draw, network, {"columns": tuple(columns)})


# ── the public face ──


def sampler(  # noqa: PLR0917
    network: Network,
    null: Null,
    columns: str | Iterable[str] | None,
    place: Attribute | None,
    tries: int | None,
    draws: int,
    hub: np.random.Generator,
) -> Sampler:
    """Return the null model of a network, its chain moved to the hub."""
    choose("null", null, get_args(Null))
    if not isinstance(network, Network):
        raise OptionError(f"network is a {type(network).__name__}; give a Network.")
    if tries is not None and (isinstance(tries, bool) or not isinstance(tries, (int, np.integer)) or tries < 1):
        raise OptionError(f"tries is {tries!r}; give a positive whole number, or None for {TRIES_PER_TIE}.")
    if columns is not None and null != "labels":
        raise OptionError(f"columns belongs to null='labels', not to {null!r}.")
    if place is not None and null not in {"places", "labels"}:
        raise OptionError(f"place belongs to null='places' and 'labels', not to {null!r}.")
    if place is None and null == "places":
        raise OptionError("null='places' needs the places: place='county', or a Series by firm.")
    if place is None:
        codes = np.zeros(network.n_firms, dtype=np.int64)
    else:
        codes = np.asarray(pd.factorize(firm_values(network, place))[0], dtype=np.int64)  # -1: a place of its own
    per = TRIES_PER_TIE if tries is None else int(tries)
    if null in {"degree", "layers", "places", "strength"}:
        _one_mode(network, null)
    if null in {"size", "ties", "density"}:
        made = _coins(network, null)
    elif null == "dyads":
        made = _dyads(network)
    elif null == "degree":
        made = _switched(network, hub, draws, per, None)
    elif null == "places":
        made = _switched(network, hub, draws, per, codes)
    elif null == "layers":
        made = _layered(network, hub, draws, per)
    elif null == "two_mode":
        made = _traded(network, hub, TRADES_PER_ROW if tries is None else per)
    elif null == "strength":
        made = _ranked_strengths(network, hub, draws, per)
    elif null == "strengths":
        made = _dealt_strengths(network)
    else:
        made = _labels(network, _chosen_columns(network, columns, place), _within(network, codes))
    known: dict[str, Any] = {"null": null, "keeps": NULLS[null], "sampler": HOW[null]}
    if place is not None:
        known["place"] = place if isinstance(place, str) else getattr(place, "name", None) or "given"
    return Sampler(made.draw, made.observed, known | made.settings)


def _within(network: Network, codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the groups inside which labels are dealt: the places, and never across the modes."""
    modes = network._modes[0]  # noqa: SLF001  (mode of every firm as a number)
    return np.unique(np.column_stack([modes, codes]), axis=0, return_inverse=True)[1].ravel()


def _chosen_columns(network: Network, columns: str | Iterable[str] | None, place: Attribute | None) -> list[str]:
    held = [name for name in network.firms.columns if name != "mode" and not (isinstance(place, str) and name == place)]
    if not held:
        raise NetworkError("null='labels' deals attributes of firms anew; this network's firms have none.")
    if columns is None:
        return held
    wanted = [columns] if isinstance(columns, str) else list(columns)
    unknown = [name for name in wanted if name not in held]
    if unknown or not wanted:
        raise OptionError(f"columns names {listing(unknown)}; the attributes to deal are {listing(held, 20)}.")
    return wanted


def draw_networks(
    network: Network,
    *,
    null: Null = "degree",
    draws: int = 100,
    columns: str | Iterable[str] | None = None,
    place: Attribute | None = None,
    tries: int | None = None,
    seed: int | None = None,
) -> Iterator[Network]:
    """Yield random networks that keep something of the observed one.

    Parameters
    ----------
    network
        The observed network. All its firms, their order and columns are in every draw.
    null
        What is kept. All networks that keep it are equally likely, except where stated.

        - "size": only the firms; every pair is tied by the toss of a fair coin (anderson1999), so that half of
          all pairs are: at 5,000 firms a draw has six million ties and takes seconds. "ties": the number of
          ties. "density": that number on average, every pair tied with the same chance. "dyads": the numbers of
          mutual, one-way and untied pairs. In a two-mode network pairs join the modes ("dyads" is refused).
        - "degree": every firm's number of partners; of a directed network, in and out. "layers": the same within
          every layer, each rewired on its own. "places": every firm's number of partners in every `place`, so that
          each tie keeps its pair of places; firms without a place count as one more place.
        - "two_mode": every firm's number of agreements and every agreement's number of firms.
        - "strengths": who is tied with whom; strengths are permuted over the ties. "strength": every firm's number of
          partners and the strengths as a whole exactly, every firm's total strength nearly, by the ranking of
          rubinov2011; these networks are not equally likely.
        - "labels": the ties; the rows of the `columns` are permuted over the firms, inside a `place` if one is given,
          and never across the modes.
    draws
        Number of networks.
    columns
        Of "labels": the attributes to deal anew, together; all but `place` when omitted.
    place
        Of "places" and "labels": a column of ``firms``, a Series by firm, or one value per firm.
    tries
        Of the chains: tried switches per tie ("two_mode": trades per row) from the hub to each draw, and from the
        observed network to the hub; 10 when omitted.
    seed
        One generator per draw comes of it: draw k is the same whatever the number of draws taken.

    Yields
    ------
    Network
        One random network. Layer, strength, dates and extras of a tie stay together as a row, and the rows are dealt
        anew among the ties ("layers": within the layer). Where several ties join a pair in one layer ("layers"), or
        at all (elsewhere, "strengths" and "labels" apart), or directed and undirected ties are mixed, measures see
        a simple graph, and so do the draws: one tie per pair or arc with the summed strength, in the layer "all" if
        there are several, without dates and extras. Loops are dropped. There is no lineage.

    Raises
    ------
    NetworkError
        If the null does not apply to this network.
    OptionError
        If an option is outside its set or belongs to another null.

    Notes
    -----
    The switching and trading chains are symmetric, so that they tend to equal chances for all networks with these
    degrees; arcs need the reversal of three-cycles for this, and get it (rao1996, carstens2015). The draws set out from
    one hub, itself a draw's length from the observed network: observed and drawn are exchangeable under the null even
    if the chain mixes badly (besag1989).

    References
    ----------
    maslov2002, rao1996, besag1989, strona2014, godard2022, carstens2015, anderson1999, rubinov2011

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Cy", "Di"), ("Di", "Ed")])
    >>> [drawn] = draw_networks(net, draws=1, seed=1)
    >>> drawn
    <Network: 5 firms (0 isolates), 4 ties, undirected>
    """
    count = whole_number("draws", draws)
    hub, *each = spawn_generators(resolve_seed(seed), count + 1)
    made = sampler(network, null, columns, place, tries, count, hub)
    return (made.draw(rng) for rng in each)
