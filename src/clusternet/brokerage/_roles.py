"""Roles of brokers between groups: Gould and Fernandez, and the gatekeepers of a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from clusternet._compiled import call
from clusternet.brokerage import _kernels
from clusternet.errors import NetworkError, OptionError, listing
from clusternet.measure import choose, firm_groups
from clusternet.result import Result, Settings, resolve_seed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from clusternet.network import Network

ROLES = ("coordinator", "consultant", "representative", "gatekeeper", "liaison")
COLUMNS = (*ROLES, "total")
MIXED = np.array([role in {"representative", "gatekeeper"} for role in COLUMNS])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class BrokerageRoles(Result):
    """How often every firm brokers, by role, beside what a random network of the same density would show.

    Attributes
    ----------
    counts, expected, z
        DataFrames, firms by ``coordinator``, ``consultant``, ``representative``, ``gatekeeper``, ``liaison``,
        ``total``: brokered pairs, their expectation, and the difference in standard deviations. NaN for firms without a
        group; z also where the variance is 0.
    overall
        DataFrame, one row per role: ``count``, ``expected``, ``sd`` and ``z`` of the whole network.
    settings
        The variance used, the density, the number of groups and of firms without one.
    """

    counts: pd.DataFrame
    expected: pd.DataFrame
    z: pd.DataFrame
    overall: pd.DataFrame
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return one row per firm and role: ``firm``, ``role``, ``count``, ``expected``, ``z``."""
        return _long({"count": self.counts, "expected": self.expected, "z": self.z})

    def summary(self) -> str:
        """Return the brokered pairs and the leading role in one line."""
        count = self.overall["count"]
        if not count["total"]:
            return "0 brokered pairs"
        lead = str(count[list(ROLES)].idxmax())
        return (
            f"{count['total']:,.0f} brokered pairs, most by a {lead} ({count[lead]:,.0f}, z {self.overall.z[lead]:.1f})"
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class RoleTest(Result):
    """How often every firm brokers, by role, beside what the same network shows when group labels are shuffled.

    Attributes
    ----------
    counts, expected, z, p_more, p_fewer
        DataFrames, firms by roles and ``total``: brokered pairs, their mean over the draws, the difference in standard
        deviations of the draws (NaN where these do not vary), and the shares of draws with as many or more, and as many
        or fewer, (r + 1)/(draws + 1). NaN for firms without a group.
    overall
        DataFrame, one row per role: the same for the whole network.
    draws
        DataFrame, one row per draw: counts of the whole network by role.
    settings
        Draws and seed.
    """

    counts: pd.DataFrame
    expected: pd.DataFrame
    z: pd.DataFrame
    p_more: pd.DataFrame
    p_fewer: pd.DataFrame
    overall: pd.DataFrame
    draws: pd.DataFrame
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return one row per firm and role: count, expected, z, p_more, p_fewer."""
        parts = {"count": self.counts, "expected": self.expected, "z": self.z}
        return _long(parts | {"p_more": self.p_more, "p_fewer": self.p_fewer})

    def summary(self) -> str:
        """Return the least likely role in one line."""
        least = self.overall.loc[list(ROLES), ["p_more", "p_fewer"]].min(axis=1)
        if least.isna().all():
            return "nothing to test"
        role = least.idxmin()
        return (
            f"{len(self.draws):,} draws; least like chance: {role} "
            f"(z {self.overall.z[role]:.1f}, one-sided p {least[role]:.3g})"
        )


def _long(parts: dict[str, pd.DataFrame]) -> pd.DataFrame:
    firms = next(iter(parts.values())).index
    table = {"firm": firms.repeat(len(COLUMNS)), "role": np.tile(COLUMNS, len(firms))}
    return pd.DataFrame(table | {name: frame.to_numpy().ravel() for name, frame in parts.items()})


def _framer(network: Network, part: Network) -> Callable[[NDArray[Any]], pd.DataFrame]:
    """Return a function from values of the firms that have a group to a table of all firms."""

    def frame(values: NDArray[Any]) -> pd.DataFrame:
        table = pd.DataFrame(values, index=part.firms.index, columns=[*COLUMNS], dtype="float64")
        return table.reindex(network.firms.index)

    return frame


def _counter(network: Network) -> Callable[[NDArray[np.int64]], NDArray[np.int64]]:
    """Return a function from group codes to brokered pairs, firms by roles and total."""
    matrix = network.simple().csr()
    n = network.n_firms
    graph = (matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64))
    paths = int(np.diff(matrix.indptr) @ np.bincount(matrix.indices, minlength=n)) if n else 0

    def count(group: NDArray[np.int64]) -> NDArray[np.int64]:
        counts, seen = np.zeros(5 * n, dtype=np.int64), np.full(n, -1, dtype=np.int64)
        call(_kernels.open_paths, (*graph, group.astype(np.int64)), (counts, seen), work=paths)
        roles = counts.reshape(n, 5)
        return np.column_stack([roles, roles.sum(axis=1)])

    return count


def _grouped(network: Network, groups: str | pd.Series | Iterable[object]) -> tuple[Network, NDArray[np.int64]]:
    """Return the firms that have a group and the ties among them, and the groups' codes."""
    if network.is_two_mode:
        raise NetworkError(
            "roles between groups are not defined where no two firms are tied; net.project(mode) makes a one-mode "
            "network of a two-mode one."
        )
    codes, _ = firm_groups(network, groups)
    if network.n_firms and not (codes >= 0).any():
        raise OptionError("no firm has a group; give a column of firms or a Series by firm with some values.")
    if (codes < 0).any():
        network = network.subset(network.firms.index[codes >= 0])
    return network, codes[codes >= 0]


def brokerage_roles(
    network: Network,
    groups: str | pd.Series | Iterable[object],
    *,
    variance: Literal["exact", "gould_fernandez"] = "exact",
) -> BrokerageRoles:
    """Count the pairs of firms that each firm brokers, by the groups of the three.

    Firm b brokers a and c if a -> b -> c and not a -> c. It is the coordinator if all three are of one group, the
    consultant (itinerant) of two fellows of another group, the representative of its fellow a towards c of another
    group, the gatekeeper that lets a of another group reach its fellow c, the liaison of three groups.

    Parameters
    ----------
    network
        A one-mode network. Without direction every tie counts both ways, so that each brokered pair counts twice, and
        representative equals gatekeeper.
    groups
        Column of ``firms``, Series or dict by firm, or one value per firm. Firms without a group, and paths through or
        between them, are left out.
    variance
        Of the z of the whole network. "exact": of a random network where every tie is there with the observed density.
        "gould_fernandez": the formulas of the original, in use in sna, which for coordinator, total, representative and
        gatekeeper count some covariances wrongly (too small a variance for the last two); directed networks only. The
        z of single firms is exact in both.

    Returns
    -------
    BrokerageRoles
        ``.counts``, ``.expected``, ``.z`` (firms by roles) and ``.overall`` (roles).

    Raises
    ------
    NetworkError
        If the network is two-mode.
    OptionError
        If no firm has a group, or ``variance="gould_fernandez"`` meets an undirected network.

    Notes
    -----
    The null model holds groups and density, not degrees: in a network with hubs it finds too many brokers. Test the
    assignment of groups with `test_brokerage_roles`.

    References
    ----------
    gould1989

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("a1", "b1"), ("b1", "b2")], directed=True)
    >>> brokerage_roles(net, ["A", "B", "B"]).counts.loc["b1"].to_dict()
    {'coordinator': 0.0, 'consultant': 0.0, 'representative': 0.0, 'gatekeeper': 1.0, 'liaison': 0.0, 'total': 1.0}
    """
    choose("variance", variance, ("exact", "gould_fernandez"))
    part, codes = _grouped(network, groups)
    if variance == "gould_fernandez" and not network.is_directed:
        raise OptionError("variance='gould_fernandez' is made for directed ties; use variance='exact'.")
    n = part.n_firms
    size = np.bincount(codes).astype(float)
    arcs = len(part.simple().source) * (1 if part.simple().directed else 2)
    density = arcs / (n * (n - 1)) if n > 1 else 0.0
    counts = _counter(part)(codes).astype(float)
    pairs, sharing = (table[codes] for table in _firm_configurations(size))
    chance = density**2 * (1 - density)
    both = density**3 * (1 - density) ** 2 - chance**2
    # Without direction the two orders of a pair are one event, except where the ends differ in role.
    fold = np.where(MIXED | part.simple().directed, 1.0, 2.0)
    expected = pairs * chance
    deviation = np.sqrt(np.clip((pairs * chance * (1 - chance) + sharing * both) * fold, 0.0, None))
    total_pairs, total_variance = _network_moments(size, density, part.simple().directed, variance)
    overall = pd.DataFrame(
        {
            "count": counts.sum(axis=0),
            "expected": total_pairs * chance,
            "sd": np.sqrt(np.clip(total_variance, 0, None)),
        },
        index=pd.Index(COLUMNS, name="role"),
    )
    overall["z"] = _standardized(overall["count"].to_numpy(), overall["expected"].to_numpy(), overall["sd"].to_numpy())

    frame = _framer(network, part)
    parameters = {
        "variance": variance,
        "density": density,
        "n_groups": len(size),
        "n_without_group": network.n_firms - n,
        "directed": network.is_directed,
    }
    return BrokerageRoles(
        counts=frame(counts),
        expected=frame(expected),
        z=frame(_standardized(counts, expected, deviation)),
        overall=overall,
        settings=Settings(parameters),
    )


def _standardized(
    count: NDArray[np.float64], expected: NDArray[np.float64], deviation: NDArray[np.float64]
) -> NDArray[np.float64]:
    sure = deviation <= 1e-9 * np.maximum(1.0, np.abs(expected))
    value: NDArray[np.float64] = np.divide(count - expected, deviation, out=np.full(count.shape, np.nan), where=~sure)
    return value


def _firm_configurations(size: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return, groups by roles, the ordered pairs a firm could broker, and the pairs of these that share an arc."""
    n = size.sum()
    fellows, others = size - 1, n - size
    squares, cubes = (size**2).sum() - size**2, (size**3).sum() - size**3  # over the other groups
    triples = cubes - 3 * squares + 2 * others  # sum of s (s - 1)(s - 2) over the other groups
    apart = others**2 * (others - 1) - (2 * others - 1) * squares + cubes  # sum of s (o - s)(o - s - 1)
    mixed = fellows * others * (others - 1) + others * fellows * (fellows - 1)
    everyone = np.ones_like(size)
    pairs = [
        fellows * (fellows - 1),
        squares - others,
        fellows * others,
        fellows * others,
        others**2 - squares,
        (n - 1) * (n - 2) * everyone,
    ]
    sharing = [
        2 * fellows * (fellows - 1) * (fellows - 2),
        2 * triples,
        mixed,
        mixed,
        2 * apart,
        2 * (n - 1) * (n - 2) * (n - 3) * everyone,
    ]
    return np.column_stack(pairs), np.column_stack(sharing)


def _network_moments(
    size: NDArray[np.float64],
    density: float,
    directed: bool,  # noqa: FBT001
    variance: Literal["exact", "gould_fernandez"],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return by role the triples that could be brokered, and the variance of how many are.

    Two triples covary if they share a pair of firms: as a tie both need, as the tie both lack, or as a tie one needs
    and the other lacks. For a pair u -> v, `first` counts the triples where it comes first, `second` where it
    comes second, `lack` where it closes the triple. All depend on the sizes of the two groups alone, so that the sums
    run over distinct sizes.
    """
    n = size.sum()
    sizes, times = np.unique(size, return_counts=True)
    own, other = sizes[:, None] + 0 * sizes, sizes + 0 * sizes[:, None]
    within = times * sizes * (sizes - 1)
    between = own * other * (np.outer(times, times) - np.diag(times))
    none_in, none_out = np.zeros_like(sizes), np.zeros_like(own)
    fellows, outside = sizes - 2, n - sizes
    rest = n - own - other
    # (first, second, lack) of pairs inside a group, then of pairs between two groups
    table = [
        ((fellows, fellows, fellows), (none_out, none_out, none_out)),
        ((none_in, none_in, outside), (own - 1, other - 1, none_out)),
        ((outside, none_in, none_in), (none_out, own - 1, own - 1)),
        ((none_in, outside, none_in), (other - 1, none_out, other - 1)),
        ((none_in, none_in, none_in), (rest, rest, rest)),
        ((n - 2 + none_in,) * 3, (n - 2 + none_out,) * 3),
    ]
    chance = density**2 * (1 - density)
    both = density**3 * (1 - density) ** 2 - chance**2
    neither = density**4 * (1 - density) - chance**2
    possible, spread = np.zeros(len(COLUMNS)), np.zeros(len(COLUMNS))
    for place, (inside, across) in enumerate(table):
        plus, minus, crossed, triples = 0.0, 0.0, 0.0, 0.0
        for (first, second, lack), weight, turned in ((inside, within, False), (across, between, True)):
            need = first + second
            if not directed:
                # One tie serves both orders; a triple with alike ends is one event, not two.
                need = need + (need.T if turned else need) if MIXED[place] else first + (first.T if turned else first)
                lack = lack + (lack.T if turned else lack) if MIXED[place] else lack  # noqa: PLW2901
            plus += (weight * need * (need - 1)).sum()
            minus += (weight * lack * (lack - 1)).sum()
            crossed += (weight * need * lack).sum()
            triples += (weight * first).sum()
        possible[place] = triples
        # Triples on the same three firms share more than one pair; each pair was counted above, the event is one.
        same = triples * {0: 2.0, 1: 0.0, 2: 1.0, 3: 1.0, 4: 2.0, 5: 2.0}[place]
        if directed:
            spread[place] = triples * chance * (1 - chance) + plus * both + minus * neither
            spread[place] += (same - 2 * crossed) * chance**2
            if variance == "gould_fernandez":
                spread[place] += {0: same, 2: 2 * crossed - same, 3: 2 * crossed - same, 5: same}.get(
                    place, 0.0
                ) * chance**2
        else:
            events = triples if MIXED[place] else triples / 2
            same = 0.0 if place == 1 else triples
            spread[place] = events * chance * (1 - chance) + (plus * both + minus * neither) / 2
            spread[place] += same * (chance**2 - both) - crossed * chance**2
            spread[place] *= 1 if MIXED[place] else 4
    return possible, spread


def test_brokerage_roles(
    network: Network,
    groups: str | pd.Series | Iterable[object],
    *,
    draws: int = 1000,  # noqa: PT028  (a test of hypotheses, not of this code)
    seed: int | None = None,  # noqa: PT028
) -> RoleTest:
    """Test whether firms broker by group more or less often than if group labels were dealt at random.

    The ties stay; the labels are permuted among the firms that have one. Degrees are held, so that a busy firm is not
    taken for a broker between groups; ``total`` cannot vary.

    Parameters
    ----------
    network
        A one-mode network, read as in `brokerage_roles`.
    groups
        Column of ``firms``, Series or dict by firm, or one value per firm; firms without a group are left out.
    draws
        Number of permutations.
    seed
        A fresh one is drawn and stored when omitted.

    Returns
    -------
    RoleTest
        Counts, expectations, z and one-sided p by firm and role, ``.overall`` and its ``.draws``.

    Raises
    ------
    NetworkError
        If the network is two-mode.
    OptionError
        If no firm has a group or `draws` is not positive.

    References
    ----------
    gould1989

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("a", "b"), ("b", "c"), ("c", "d"), ("d", "e")])
    >>> test = test_brokerage_roles(net, [*"xxyyy"], draws=99, seed=1)
    >>> test.overall.loc["total", ["count", "expected"]].tolist()
    [6.0, 6.0]
    """
    _positive("draws", draws)
    part, codes = _grouped(network, groups)
    used = resolve_seed(seed)
    rng = np.random.default_rng(used)
    count = _counter(part)
    seen = count(codes)
    shape = seen.shape
    more, fewer = np.zeros(shape), np.zeros(shape)
    first, second = np.zeros(shape), np.zeros(shape)
    totals = np.empty((draws, len(COLUMNS)))
    for draw in range(draws):
        got = count(rng.permutation(codes))
        more += got >= seen
        fewer += got <= seen
        # Around the observed count, so that the variance is not a difference of large numbers.
        first += got - seen
        second += (got - seen).astype(float) ** 2
        totals[draw] = got.sum(axis=0)
    mean = first / draws
    deviation = np.sqrt(np.clip(second / draws - mean**2, 0, None) * draws / max(draws - 1, 1))
    whole, spread = totals.mean(axis=0), totals.std(axis=0, ddof=1) if draws > 1 else np.zeros(len(COLUMNS))
    observed = seen.sum(axis=0)
    overall = pd.DataFrame(
        {
            "count": observed.astype(float),
            "expected": whole,
            "sd": spread,
            "z": _standardized(observed.astype(float), whole, spread),
            "p_more": (1 + (totals >= observed).sum(axis=0)) / (draws + 1),
            "p_fewer": (1 + (totals <= observed).sum(axis=0)) / (draws + 1),
        },
        index=pd.Index(COLUMNS, name="role"),
    )

    frame = _framer(network, part)
    expected = seen + mean
    return RoleTest(
        counts=frame(seen.astype(float)),
        expected=frame(expected),
        z=frame(_standardized(seen.astype(float), expected, deviation)),
        p_more=frame((1 + more) / (draws + 1)),
        p_fewer=frame((1 + fewer) / (draws + 1)),
        overall=overall,
        draws=pd.DataFrame(totals, columns=[*COLUMNS], index=pd.RangeIndex(draws, name="draw")),
        settings=Settings({"draws": draws, "n_without_group": network.n_firms - part.n_firms}, seed=used),
    )


def _positive(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise OptionError(f"{name} is {value!r}; give a positive whole number.")


# ── the cluster and the world outside ──


def _inside(network: Network, inside: str | pd.Series | Iterable[object]) -> NDArray[np.float64]:
    """Return 1 for firms inside, 0 for firms outside, NaN where nothing is said."""
    if isinstance(inside, str | pd.Series | Mapping):
        codes, labels = firm_groups(network, inside)
        if not set(labels.tolist()) <= {True, False}:
            raise OptionError(
                f"inside must hold flags; it holds {listing(labels)}. Give True for firms of the cluster."
            )
        flags = np.array([*map(bool, labels), np.nan], dtype=float)
        return np.asarray(flags[codes])
    flag = np.zeros(network.n_firms)
    flag[network.positions(inside)] = 1.0
    return flag


def gatekeepers(network: Network, *, inside: str | pd.Series | Iterable[object]) -> pd.DataFrame:
    """Show which firms of a cluster connect it with firms beyond its boundary.

    A gatekeeper has partners on both sides and stands between them (allen1977, giuliani2005, graf2011): knowledge from
    outside reaches the cluster through it.

    Parameters
    ----------
    network
        A one-mode network that holds firms inside and outside the cluster.
    inside
        The cluster: a column of flags in ``firms``, a Series or dict of flags by firm, or the ids of the firms inside.
        Firms whose flag is missing are on neither side and left out.

    Returns
    -------
    DataFrame
        One row per firm inside, in table order. ``inside_partners`` and ``outside_partners`` are numbers of firms,
        direction forgotten. ``brings_in`` counts the pairs outside -> firm -> inside without a direct tie (the
        gatekeeper of gould1989), ``sends_out`` the pairs inside -> firm -> outside (the representative); without
        direction they are equal. ``sole_access`` counts its outside partners that have no other partner inside.
        ``gatekeeper`` is True where `brings_in` is positive.

    Raises
    ------
    NetworkError
        If the network is two-mode, or holds no firm outside or none inside.
    OptionError
        If the flags are not flags.

    References
    ----------
    allen1977, giuliani2005, graf2011, gould1989

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("World", "Ada"), ("Ada", "Bo"), ("Bo", "Cy")])
    >>> gatekeepers(net, inside=["Ada", "Bo", "Cy"])["brings_in"].to_dict()
    {'Ada': 1, 'Bo': 0, 'Cy': 0}
    """
    flag = _inside(network, inside)
    if not (flag == 0).any() or not (flag == 1).any():
        side = "outside" if (flag == 1).any() else "inside"
        raise NetworkError(
            f"there is no firm {side} the cluster; gatekeepers needs ties to firms on both sides of its boundary. "
            "Keep partners beyond the registry in the network (build_network lists them with registered = False)."
        )
    part, codes = _grouped(network, pd.Series(flag, index=network.firms.index))
    within = flag[~np.isnan(flag)] == 1
    counts = _counter(part)(codes)
    matrix = part.simple("undirected").csr()
    inner = matrix @ within.astype(float)
    outer = matrix @ (~within).astype(float)
    only = matrix @ (~within & (inner == 1)).astype(float)
    brings = counts[:, COLUMNS.index("gatekeeper")]
    table = pd.DataFrame(
        {
            "inside_partners": inner.astype(np.int64),
            "outside_partners": outer.astype(np.int64),
            "brings_in": brings,
            "sends_out": counts[:, COLUMNS.index("representative")],
            "sole_access": only.astype(np.int64),
            "gatekeeper": brings > 0,
        },
        index=part.firms.index,
    )
    return table[within]
