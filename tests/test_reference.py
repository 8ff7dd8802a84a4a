"""Every measure and every option agrees with a value computed by independent software, printed, or worked out by hand.

GOLDEN maps measure and options to keys of shared/golden (all its networks are walked). HAND holds published values and
hand calculations, which run on every machine. The last tests fail if a public measure or an option has no row, or if
its rows could not tell the option's values apart.
"""

# ruff: noqa: E501  (the two tables read better in rows)
from __future__ import annotations

import inspect
import itertools
import math
import typing
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import golden
from clusternet import Network, centrality, cohesion
from clusternet.errors import ClusternetError
from clusternet.measure import Direction, Weights
from clusternet.result import Result
from reference import florentine, florentine15, karate, knoke, ties

pytestmark = pytest.mark.reference

MODULES = (centrality, cohesion)


def function(name: str) -> Callable[..., Any]:
    return next(getattr(module, name) for module in MODULES if name in module.__all__)


# ── how a golden file writes a result ──


def same(got: Any, net: Network) -> Any:
    return got


def zero(got: pd.Series, net: Network) -> Any:
    """Some tools write 0 where a value is undefined."""
    return got.fillna(0.0)


def first_member(got: pd.Series, net: Network) -> Any:
    return {firm: got.index[got == code][0] for firm, code in got.items()}


def sizes(got: pd.Series, net: Network) -> Any:
    return got.value_counts().sort_values(ascending=False).tolist()


def pairs(got: pd.DataFrame, net: Network) -> Any:
    return {f"{a}|{b}": value for a, b, value in zip(got["source"], got["target"], got["betweenness"], strict=True)}


def bridge_names(got: pd.DataFrame, net: Network) -> Any:
    return sorted(f"{a}|{b}" for a, b in zip(got["source"], got["target"], strict=True))


def members(got: pd.Index, net: Network) -> Any:
    return sorted(got)


def four(got: pd.Series, net: Network) -> Any:
    """The census of an undirected network, by the number of ties in the triple."""
    assert got.drop(["003", "102", "201", "300"]).eq(0).all()
    return {"0": got["003"], "1": got["102"], "2": got["201"], "3": got["300"]}


def counts(got: pd.Series, net: Network) -> Any:
    return got.to_dict()


def complement(got: float, net: Network) -> Any:
    return 1 - got


def depths(got: pd.DataFrame, net: Network) -> Any:
    """The k-components by k, in the order of the golden files: smaller ones first."""
    place = {firm: number for number, firm in enumerate(net.firms.index)}
    parts = got.groupby(["k", "component"])["firm"].agg(list)
    order = sorted(parts.items(), key=lambda item: (item[0][0], len(item[1]), place[item[1][0]]))
    return {str(k): [firms for (level, _), firms in order if level == k] for k in got["k"].unique()}


def blocks(got: cohesion.CohesiveBlocks, net: Network) -> Any:
    firms = got.members.groupby("block")["firm"].agg(list)
    order = got.blocks.sort_values(["cohesion", "size"], ascending=[False, True], kind="stable")
    return [
        {"cohesion": int(row["cohesion"]), "n": int(row["size"]), "members": firms[block]}
        for block, row in order.iterrows()
    ]


def n_parts(got: pd.DataFrame, net: Network) -> Any:
    return got["component"].nunique()


def square(got: pd.DataFrame, net: Network) -> Any:
    return {sender: row.to_dict() for sender, row in got.iterrows()}


def club(got: cohesion.RichClub, net: Network) -> Any:
    return {str(k): density for k, density in got.table["density"].dropna().items()}


def club_at_degrees(got: cohesion.RichClub, net: Network) -> Any:
    """One density per degree that occurs, the largest apart."""
    degrees = np.unique(np.bincount(net.simple("undirected").csr().indices, minlength=len(net)))
    return {str(k): got.table["density"][k] for k in degrees[:-1]}


def small(got: cohesion.SmallWorld, net: Network) -> Any:
    seen, chance = got.table["observed"], got.table["expected"]
    return {
        "n": got.n, "m": got.ties, "mean_degree": 2 * got.ties / got.n, "C_transitivity": seen["clustering"],
        "C_average_zero": seen["average_clustering"], "L": seen["distance"], "C_rand_er": chance["clustering"],
        "L_rand_er": chance["distance"], "sigma_analytic_Cavg": got.sigma_average, "sigma_analytic_Ctrans": got.sigma,
    }  # fmt: skip


def by_firms(got: float, net: Network) -> Any:
    return [round(got * len(net))]


@dataclass(frozen=True)
class Golden:
    """Keys of shared/golden that a call must reproduce. `view`: the network view, if not the one the key names."""

    measure: str
    key: str
    options: dict[str, Any] = field(default_factory=dict)
    view: str | None = None
    to: Callable[[Any, Network], Any] = same

    def __str__(self) -> str:
        said = ", ".join(f"{name}={value}" for name, value in self.options.items())
        return f"{self.measure}({said}) = {self.key}{f' on {self.view}' if self.view else ''}"

    def rows(self) -> list[golden.Row]:
        view = self.view or self.key.split(".", 1)[0]
        directed = view in {"d", "dw"}
        return [
            row
            for row in golden.rows(self.key)
            if row.key == self.key and (golden.meta(row.network)["directed"] or not directed)
        ]

    def network(self, row: golden.Row) -> Network:
        return golden.load_network(row.network, typing.cast("Any", self.view or self.key.split(".", 1)[0]))

    def arguments(self, row: golden.Row) -> dict[str, Any]:
        """Fill in what depends on the network: {"alpha": "@alpha"} reads the entry's parameter, "#group" its meta."""
        filled = {}
        for name, value in self.options.items():
            if isinstance(value, str) and value.startswith("@"):
                value = row.entry["params"][value[1:]]  # noqa: PLW2901
            elif isinstance(value, str) and value.startswith("#"):
                value = golden.meta(row.network)[value[1:]]  # noqa: PLW2901
            filled[name] = value
        return filled


def path_cases() -> list[Golden]:
    """Closeness, harmonic: each direction, weighting and scale has its own key."""
    cases = []
    plans = [
        ("u.", "", {}, None), ("u.", "", {"direction": "all"}, "d"),
        ("uw.", ".invw", {"weights": "strength"}, None), ("uw.", ".invw", {"weights": "strength", "direction": "all"}, "dw"),
        ("d.in_", "", {"direction": "in"}, None), ("d.out_", "", {"direction": "out"}, None),
        ("dw.in_", ".invw", {"direction": "in", "weights": "strength"}, None),
        ("dw.out_", ".invw", {"direction": "out", "weights": "strength"}, None),
    ]  # fmt: skip
    for start, end, options, view in plans:
        key = f"{start}{{}}{end}"
        cases += [
            Golden("closeness", key.format("closeness.reachable_norm"), options | {"variant": "component"}, view),
            Golden("closeness", key.format("closeness.reachable_raw"), options | {"scale": "raw"}, view),
            Golden("closeness", key.format("closeness.wf_improved"), options | {"variant": "wasserman_faust"}, view, zero),
            Golden("harmonic", key.format("harmonic.norm"), options | {"scale": "normalized"}, view),
            Golden("harmonic", key.format("harmonic.raw"), options | {"scale": "raw"}, view),
        ]  # fmt: skip
    return cases


STRONG = {"weights": "strength"}
GROUP = {"groups": "#group"}
GOLDEN = [
    *path_cases(),
    # centrality
    Golden("degree", "u.degree", {"scale": "raw"}),
    Golden("degree", "u.degree_norm", {"scale": "normalized"}),
    *(Golden("degree", f"d.degree.{way}", {"direction": way}) for way in ("in", "out", "all")),
    Golden("degree", "b.degree"),
    Golden("degree", "b.degree_norm", {"scale": "two_mode"}),
    Golden("strength", "uw.strength"),
    *(Golden("strength", f"dw.strength.{way}", {"direction": way}) for way in ("in", "out", "all")),
    Golden("closeness", "b.closeness.reachable_norm", {"scale": "normalized"}),
    Golden("closeness", "b.closeness.bipartite_norm", {"scale": "two_mode"}),
    Golden("betweenness", "u.betweenness.norm", {"scale": "normalized"}),
    Golden("betweenness", "u.betweenness.raw", {"scale": "raw", "weights": "ignore"}),
    Golden("betweenness", "u.betweenness.raw", {"scale": "raw", "direction": "all"}, "d"),
    Golden("betweenness", "d.betweenness.norm", {"direction": "keep"}),
    Golden("betweenness", "d.betweenness.raw", {"scale": "raw"}),
    Golden("betweenness", "uw.betweenness.raw.invw", STRONG | {"scale": "raw"}),
    Golden("betweenness", "uw.betweenness.raw.invw", STRONG | {"scale": "raw", "direction": "all"}, "dw"),
    Golden("betweenness", "dw.betweenness.raw.invw", STRONG | {"scale": "raw"}),
    Golden("betweenness", "b.betweenness.raw", {"scale": "raw"}),
    Golden("betweenness", "b.betweenness.bipartite_norm", {"scale": "two_mode"}),
    Golden("tie_betweenness", "u.edge_betweenness.raw", {"scale": "raw"}, to=pairs),
    Golden("tie_betweenness", "u.edge_betweenness.raw", {"scale": "raw", "direction": "all"}, "d", pairs),
    Golden("tie_betweenness", "d.edge_betweenness.raw", {"scale": "raw", "direction": "keep"}, to=pairs),
    Golden("eigenvector", "u.eigenvector.max1", {"scale": "max1"}),
    Golden("eigenvector", "u.eigenvector.l2", {"scale": "l2", "weights": "ignore"}),
    Golden("eigenvector", "u.eigenvector.max1", {"direction": "all"}, "d"),
    Golden("eigenvector", "uw.eigenvector.l2", STRONG | {"scale": "l2"}),
    Golden("eigenvector", "uw.eigenvector.l2", STRONG | {"scale": "l2", "direction": "all"}, "dw"),
    Golden("eigenvector", "d.eigenvector.in.l2", {"scale": "l2", "direction": "in"}),
    Golden("eigenvector", "b.eigenvector.l2", {"scale": "l2"}),
    Golden("pagerank", "u.pagerank85", {"damping": 0.85}),
    Golden("pagerank", "u.pagerank85", {"direction": "all"}, "d"),
    Golden("pagerank", "d.pagerank85", {"direction": "in"}),
    Golden("pagerank", "uw.pagerank85", STRONG),
    Golden("pagerank", "uw.pagerank85", STRONG | {"direction": "all"}, "dw"),
    Golden("pagerank", "dw.pagerank85", STRONG),
    Golden("katz", "u.katz.raw", {"alpha": "@alpha"}),
    Golden("katz", "u.katz.raw", {"direction": "all"}, "d"),
    Golden("katz", "d.katz.raw", {"direction": "in"}),
    Golden("katz", "d.katz.raw", {"alpha": "@alpha", "weights": "ignore"}),
    Golden("bonacich_power", "u.bonacich_power.pos"),
    Golden("bonacich_power", "u.bonacich_power.neg", {"beta": "@exponent"}),
    Golden("bonacich_power", "u.bonacich_power.neg", {"beta": "@exponent", "direction": "all"}, "d"),
    Golden("bonacich_power", "d.bonacich_power.pos", {"direction": "out", "weights": "ignore"}),
    *(
        Golden(measure, f"{view}.{word}.{scale}", {"scale": scale, "weights": "strength" if view == "dw" else "ignore"})
        for measure, word in (("hubs", "hub"), ("authorities", "authority"))
        for view, scale in (("d", "max1"), ("d", "sum1"), ("dw", "sum1"))
    ),
    Golden("information", "u.information.sna", {"variant": "stephenson_zelen"}),
    Golden("information", "u.information.networkx", {"variant": "current_flow"}),
    Golden("current_flow_betweenness", "u.current_flow_betweenness.norm", {"scale": "normalized", "weights": "ignore"}),
    Golden("current_flow_betweenness", "u.current_flow_betweenness.norm", view="d"),
    Golden("reach", "d.local_reaching_centrality", {"direction": "out"}),
    Golden("flow_hierarchy", "d.flow_hierarchy"),
    Golden("centralization", "d.global_reaching_centrality", {"measure": "reach", "direction": "out"}),
    Golden("centralization", "u.centralization.degree", {"measure": "degree", "denominator": "star"}),
    Golden("centralization", "u.centralization.degree", {"denominator": "freeman"}),
    Golden("centralization", "u.centralization.closeness", {"measure": "closeness"}),
    Golden("centralization", "u.centralization.betweenness", {"measure": "betweenness"}),
    Golden("centralization", "u.centralization.eigenvector.igraph", {"measure": "eigenvector", "denominator": "igraph"}),
    Golden("centralization", "u.centralization.betweenness", {"measure": "betweenness", "direction": "all"}, "d"),
    Golden("centralization", "d.centralization.betweenness", {"measure": "betweenness", "direction": "out"}),
    Golden("centralization", "d.centralization.degree.in", {"direction": "in"}),
    Golden("centralization", "d.centralization.degree.out", {"direction": "out"}),
    # cohesion
    Golden("density", "u.density"),
    Golden("density", "u.density", {"direction": "all"}, "d"),
    Golden("density", "d.density", {"direction": "keep"}),
    Golden("density", "b.density"),
    Golden("reciprocity", "d.reciprocity.edgewise", {"variant": "arcs", "weights": "ignore"}),
    Golden("reciprocity", "d.reciprocity.dyadic_nonnull", {"variant": "dyads"}),
    Golden("reciprocity", "d.reciprocity.dyadic", {"variant": "all_dyads"}),
    Golden("dyad_census", "d.dyad_census", to=counts),
    Golden("triad_census", "d.triad_census", to=counts),
    Golden("triad_census", "u.triad_census4", to=four),
    Golden("transitivity", "u.transitivity.global"),
    Golden("transitivity", "u.transitivity.global", {"direction": "all"}, "d"),
    Golden("transitivity", "d.transitivity.weak", {"direction": "keep"}),
    Golden("local_clustering", "u.clustering.local_nan"),
    Golden("local_clustering", "u.clustering.local_nan", {"direction": "all", "weights": "ignore"}, "d"),
    Golden("local_clustering", "uw.clustering.barrat_nan", STRONG | {"formula": "barrat"}),
    Golden("local_clustering", "uw.clustering.barrat_nan", STRONG | {"formula": "barrat", "direction": "all"}, "dw"),
    Golden("local_clustering", "uw.clustering.onnela", STRONG | {"formula": "onnela"}, to=zero),
    Golden("local_clustering", "d.clustering.fagiolo", {"direction": "keep"}, to=zero),
    Golden("local_clustering", "dw.clustering.fagiolo", STRONG | {"direction": "keep"}, to=zero),
    Golden("average_clustering", "u.clustering.average_excl", {"undefined": "exclude"}),
    Golden("average_clustering", "u.clustering.average_zero", {"undefined": "zero"}),
    Golden("components", "u.components.membership", to=first_member),
    Golden("components", "u.components.sizes", to=sizes),
    *(
        case
        for way in ("weak", "strong")
        for case in (
            Golden("components", f"d.components.{way}.membership", {"connection": way}, to=first_member),
            Golden("components", f"d.components.{way}.sizes", {"connection": way}, to=sizes),
            Golden("n_components", f"d.components.{way}.count", {"connection": way}),
        )
    ),
    Golden("n_components", "u.components.count"),
    Golden("giant_share", "u.giant_share"),
    Golden("k_coreness", "u.coreness"),
    *(Golden("k_coreness", f"d.coreness.{way}", {"direction": way}) for way in ("in", "out", "all")),
    Golden("articulation_firms", "u.articulation_points", to=members),
    Golden("articulation_firms", "u.articulation_points", view="d", to=members),
    Golden("bridges", "u.bridges", to=bridge_names),
    Golden("bridges", "u.bridges", view="d", to=bridge_names),
    *(
        case
        for measure in ("mean_distance", "global_efficiency")
        for case in (
            Golden(measure, f"u.{measure}", {"weights": "ignore"}),
            Golden(measure, f"u.{measure}", {"direction": "all"}, "d"),
            Golden(measure, f"d.{measure}", {"direction": "keep"}),
        )
    ),
    Golden("mean_distance", "uw.mean_distance.invw", STRONG),
    Golden("global_efficiency", "uw.global_efficiency.invw_unnormalised", STRONG),
    *(
        case
        for measure in ("modularity", "ei_index")
        for case in (
            Golden(measure, f"u.{measure}.group", GROUP | {"weights": "ignore"}),
            Golden(measure, f"u.{measure}.group", GROUP | {"direction": "all"}, "d"),
            Golden(measure, f"d.{measure}.group", GROUP | {"direction": "keep"}),
            Golden(measure, f"uw.{measure}.group", GROUP | STRONG),
            Golden(measure, f"dw.{measure}.group", GROUP | STRONG),
        )
    ),
    Golden("firm_ei_index", "u.ei_index.node", GROUP),
    Golden("firm_ei_index", "u.ei_index.node", GROUP | {"direction": "all", "weights": "ignore"}, "d"),
    Golden("nominal_assortativity", "u.assortativity.nominal_group", GROUP),
    Golden("nominal_assortativity", "u.assortativity.nominal_group", GROUP | {"direction": "all"}, "d"),
    Golden("nominal_assortativity", "d.assortativity.nominal_group", GROUP | {"direction": "keep", "weights": "ignore"}),
    Golden("nominal_assortativity", "uw.assortativity.nominal_group", GROUP | STRONG),
    Golden("numeric_assortativity", "u.assortativity.numeric", {"values": "#numeric"}),
    Golden("numeric_assortativity", "u.assortativity.numeric", {"values": "#numeric", "direction": "all"}, "d"),
    Golden("numeric_assortativity", "d.assortativity.numeric", {"values": "#numeric", "direction": "keep"}),
    Golden("degree_assortativity", "u.assortativity.degree", {"weights": "ignore"}),
    Golden("degree_assortativity", "u.assortativity.degree", {"ends": "all"}, "d"),
    Golden("degree_assortativity", "uw.assortativity.degree_weighted", STRONG),
    Golden("degree_assortativity", "d.assortativity.degree.igraph_outin", {"ends": "out_in"}),
    *(
        Golden("degree_assortativity", f"d.assortativity.degree.{ends}", {"ends": ends})
        for ends in ("out_in", "out_out", "in_in", "in_out")
    ),
    Golden("transitivity", "d.transitivity.strong", {"direction": "keep", "variant": "strong"}),
    *(
        Golden("local_two_mode_clustering", f"b.clustering.latapy_{base}", {"variant": f"latapy_{base}"})
        for base in ("dot", "min", "max")
    ),
    Golden("robins_alexander_clustering", "b.clustering.robins_alexander"),
    Golden("structural_cohesion", "u.nestedness"),
    Golden("structural_cohesion", "u.nestedness", view="d"),
    Golden("k_components", "u.k_components", to=depths),
    Golden("cohesive_blocks", "u.cohesive_blocks", to=blocks),
    Golden("vertex_connectivity", "u.vertex_connectivity"),
    Golden("edge_connectivity", "u.edge_connectivity"),
    Golden("bicomponents", "u.biconnected_components.count", to=n_parts),
    Golden("degeneracy", "u.degeneracy"),
    Golden("gtd_connectedness", "u.connectedness"),
    Golden("gtd_connectedness", "u.fragmentation", to=complement),
    Golden("gtd_connectedness", "d.krackhardt.connectedness"),
    Golden("gtd_hierarchy", "d.krackhardt.hierarchy"),
    Golden("gtd_efficiency", "d.krackhardt.efficiency"),
    Golden("gtd_lubness", "d.krackhardt.lubness", {"bound": "greatest"}),
    Golden("global_efficiency", "u.distance_weighted_fragmentation", to=complement),
    Golden("mixing_matrix", "u.mixing_matrix.group", GROUP, to=square),
    Golden("mixing_matrix", "u.mixing_matrix.group", GROUP | {"direction": "all"}, "d", square),
    Golden("mixing_matrix", "d.mixing_matrix.group", GROUP | {"direction": "keep"}, to=square),
    Golden("rich_club", "u.rich_club.networkx", {"draws": 0}, to=club),
    Golden("rich_club", "u.rich_club.raw", {"draws": 0}, to=club_at_degrees),
    Golden("small_world", "u.smallworld.giant", {"null": "random"}, to=small),
]  # fmt: skip


@pytest.mark.parametrize("case", GOLDEN, ids=str)
def test_golden_value(case: Golden) -> None:
    golden.require()
    rows = case.rows()
    assert rows, f"no golden row has the key {case.key}"
    for row in rows:
        net = case.network(row)
        golden.check(row, case.to(function(case.measure)(net, **case.arguments(row)), net))


# Keys of these measures that are left out on purpose, with the reason.
LEFT_OUT = {
    "u.closeness.whole_graph": "0 for everyone in a disconnected network tells nothing; wasserman_faust is the named choice",
    "d.out_closeness.whole_graph": "as above",
    "u.betweenness.endpoints_raw": "counting end points adds the reachable pairs to everyone",
    "uw.betweenness.raw.asdist": "strength is not length",
    "u.pagerank85.networkit": "a trap: does not sum to 1 with isolates (traps.json T13)",
    "u.clustering.average_excl_zero_clustering": "a trap: drops zeros as if they were undefined (traps.json T7)",
    "u.clustering.local_zero": "local_nan with zeros filled in",
    "d.clustering.fagiolo_gt": "graph-tool's out-neighbor definition, not Fagiolo's",
    "b.nestedness.NODF": "of a table of firms and capabilities: specialization",
    "d.transitivity.weakcensus": "a count, not a share",
}
STEMS = (
    "degree", "degree_norm", "strength", "closeness", "in_closeness", "out_closeness", "harmonic", "in_harmonic",
    "out_harmonic", "betweenness", "edge_betweenness", "eigenvector", "pagerank85", "katz", "bonacich_power", "hub",
    "authority", "centralization", "density", "reciprocity", "dyad_census", "triad_census", "triad_census4",
    "transitivity", "clustering", "components", "giant_share", "coreness", "articulation_points", "bridges",
    "mean_distance", "global_efficiency", "modularity", "ei_index", "assortativity", "information",
    "current_flow_betweenness", "flow_hierarchy", "local_reaching_centrality", "global_reaching_centrality",
    "nestedness", "k_components", "cohesive_blocks", "vertex_connectivity", "edge_connectivity", "biconnected_components", "degeneracy",
    "connectedness",
    "fragmentation", "distance_weighted_fragmentation", "krackhardt", "mixing_matrix", "rich_club", "smallworld",
)  # fmt: skip


def test_no_golden_key_of_these_measures_is_passed_over() -> None:
    golden.require()
    used = {case.key for case in GOLDEN}
    keys = {row.key for row in golden.rows() if row.key.split(".")[1] in STEMS}
    assert keys - used - set(LEFT_OUT) == set()


# ── printed values and hand calculations ──


@dataclass(frozen=True)
class Hand:
    measure: str
    network: Callable[[], Network]
    expected: Any
    origin: str
    options: dict[str, Any] = field(default_factory=dict)
    digits: int = 12  # the precision to which the value is printed or worked out
    to: Callable[[Any], Any] | None = None  # what of the result is compared

    def __str__(self) -> str:
        return f"{self.measure}({', '.join(f'{name}={value}' for name, value in self.options.items())}): {self.origin}"


def net(text: str, **options: Any) -> Callable[[], Network]:
    return lambda: ties(text, **options)


CHAIN = net("A-B B-C", directed=True)
FORK = net("A-C B-C", directed=True)
# A cycle A -> B -> C -> A with B -> A as well: lambda^3 = lambda + 1, the plastic number.
RHO = ((9 + math.sqrt(69)) / 18) ** (1 / 3) + ((9 - math.sqrt(69)) / 18) ** (1 / 3)
PLASTIC = net("A-B B-A B-C C-A", directed=True, firms="A B C")
PHI = (1 + math.sqrt(5)) / 2
PATH4 = net("A-B B-C C-D")
MIXED = net("A-B:3 B-A:1 A-C:2", directed=True)
SPLIT = net("A-B B-C D-E")
SIDES = {"groups": ["x", "x", "y"]}
# Fourteen events and eighteen women of Davis, Gardner and Gardner (1941); mode 0 are the women.
DAVIS = lambda: Network.from_networkx(nx.davis_southern_women_graph())  # noqa: E731
WEIGHED = net("A-B:3 B-C:1 A-C:2 C-D:4")
PATH3 = net("A-B B-C")
HALVES = {"groups": [*"xxyy"]}
HUB = net("B-A:2 B-C:1 B-D:1", firms="A B C D")
MIXER = net("A-B C-B B-D", directed=True, firms="A B C D")
# All have two suppliers, the hubs A and B many customers: in-degeneracy 2, out-degeneracy 1, of all ties 3.
CORES = net("A-B B-A A-X B-X A-Y B-Y X-A Y-B", directed=True)
TWICE = lambda: Network.from_edges(pd.DataFrame({  # noqa: E731
    "source": [*"ABA"], "target": [*"BAB"], "layer": ["supply", "supply", "alliance"], "directed": [True, True, False],
}), firms=[*"ABC"])  # fmt: skip
RING = lambda: Network.from_edges(list(nx.ring_of_cliques(30, 5).edges), firms=range(150))  # noqa: E731
PLANTED = lambda: Network.from_edges(list(nx.planted_partition_graph(4, 10, 0.7, 0.1, seed=21).edges), firms=range(40))  # noqa: E731
CYCLE6 = net("A-B B-C C-D D-E E-F F-A")
STAR = net("A-B A-C A-D")
# Every firm is in two of thirty agreements of three, and meets nobody twice.
TRIPLES = lambda: Network(  # noqa: E731
    pd.DataFrame({"mode": ["firm"] * 45 + ["deal"] * 30}, index=range(75)),
    pd.DataFrame(
        {"source": [*range(45)] * 2, "target": [45 + i // 3 for i in range(45)] + [60 + i % 15 for i in range(45)]}
    ),
)


FLAGS = net("A-B A-C B-C", directed=True)
HEAVY = net("A-B:1 A-C:1 B-C:3", directed=True)
# dbces11 of R netrankr, a network made so that five centralities have five different leaders. Its edges follow from
# the neighborhood inclusions, degrees, closeness and betweenness printed in the vignette "Neighborhood-inclusion".
DBCES = net("K-A K-C K-E K-F K-G C-E E-I B-D D-H J-F J-G J-H J-I F-G F-H G-I H-I", firms="A B C D E F G H I J K")


def three_draws() -> Any:
    """Ranks of A 1, 1, 3; of B 2, 2, 1; of C 3, 3, 2; of D no value, 4, no value."""
    return pd.DataFrame(
        {"A": [3.0, 9.0, 1.0], "B": [2.0, 8.0, 5.0], "C": [1.0, 7.0, 3.0], "D": [math.nan, 0.0, math.nan]}
    )


HAND = [
    # printed
    Hand("betweenness", florentine15, {"Medici": 0.522, "Strozzi": 0.103, "Guadagni": 0.255}, "Jackson 2008, section 1.2.1, 15 families", digits=3),
    Hand("betweenness", florentine, {"Medici": 0.452}, "the same 47.5 of (15)(14)/2 pairs, 16 families", digits=3),
    Hand("betweenness", florentine, {"Medici": 47.5, "Pucci": 0.0}, ".452 x 105", {"scale": "raw"}),
    Hand("closeness", florentine15, {"Medici": 14 / 25, "Pazzi": 14 / 49}, "golden/CONVENTIONS.md 1: .56; distances counted"),
    Hand("closeness", florentine, {"Medici": 0.5227, "Pucci": math.nan}, "golden/CONVENTIONS.md 1: .56 x 14/15", {"variant": "wasserman_faust"}, 4),
    Hand("degree", florentine15, {"Medici": 6 / 14, "Strozzi": 4 / 14}, "counted", {"scale": "normalized"}),
    Hand("centralization", florentine, 56 / 210, "6 x 16 - 40 over 15 x 14: .2667"),
    Hand("centralization", florentine, 56 / 240, "default of R igraph, loops allowed: 56/(16 x 15)", {"denominator": "igraph"}),
    Hand("centralization", florentine, 0.3834921, "R igraph centr_betw (golden values)", {"measure": "betweenness"}, 6),
    Hand("centralization", PATH4, (0.25 + 0.25) / 1.2, "3/6, 3/4, 3/4, 3/6 over (3)(2)/5", {"measure": "closeness"}),
    Hand("density", knoke, 49 / 90, "Hanneman and Riddle 2005, chapter 7: .5444"),
    Hand("reciprocity", knoke, 17 / 32, "17 mutual of 32 tied pairs, counted in the matrix", {"variant": "dyads"}),
    Hand("reciprocity", knoke, 34 / 49, "the same 17 mutual pairs, by arcs", {"variant": "arcs"}),
    Hand("reciprocity", knoke, (34 / 49 - 49 / 90) / (1 - 49 / 90), "Garlaschelli and Loffredo 2004, eq. 3", {"variant": "rho"}),
    Hand("dyad_census", knoke, {"mutual": 17, "asymmetric": 15, "null": 13}, "from the two rows above: 45 pairs"),
    Hand("transitivity", karate, 135 / 528, "KONECT, ucidata-zachary: 45 triangles, 528 wedges, .255682"),
    Hand("transitivity", florentine, 9 / 47, "R igraph, .1914894; 3 triangles, 47 triples"),
    Hand("triad_census", florentine, {"003": 324, "102": 195, "201": 38, "300": 3, "012": 0}, "sna::triad.census(flo)"),
    Hand("average_clustering", florentine, 0.218182, "golden/traps.json T7", {"undefined": "exclude"}, 6),
    Hand("average_clustering", florentine, 0.15, "golden/traps.json T7", {"undefined": "zero"}),
    Hand("degree_assortativity", karate, -0.475613, "KONECT, ucidata-zachary", digits=6),
    Hand("communities", karate, 0.4197896, "largest of all partitions, by igraph community_optimal_modularity (exact)", {"seed": 1, "runs": 10}, 6),
    # worked out
    Hand("closeness", SPLIT, dict(zip("ABCDE", (2 / 3, 1, 2 / 3, 1, 1), strict=True)), "NAMES.md, path of three and an edge"),
    Hand("closeness", SPLIT, dict(zip("ABCDE", (1 / 3, 1 / 2, 1 / 3, 1 / 4, 1 / 4), strict=True)), "NAMES.md, the same", {"variant": "wasserman_faust"}),
    Hand("closeness", net("A-B:2 B-C:4"), {"A": 2 / 1.25, "B": 2 / 0.75}, "lengths 1/2 and 1/4", {"weights": "strength"}),
    Hand("closeness", net("A-B:1 B-A:3", directed=True), {"A": 4.0}, "both directions: strength 4, length 1/4", {"weights": "strength", "direction": "all"}),
    Hand("harmonic", net("A-B:2 B-C:4"), {"A": (2 + 1 / 0.75) / 2}, "lengths 1/2 and 3/4", {"weights": "strength"}),
    Hand("betweenness", net("A-B:1 A-C:4 C-B:4"), {"C": 1.0, "A": 0.0}, "A to B directly takes 1, through C 1/4 + 1/4", {"weights": "strength"}),
    Hand("betweenness", net("A-B:6 B-D:3 A-C:4 C-D:4"), {"B": 0.5, "C": 0.5}, "1/6 + 1/3 = 1/4 + 1/4 although floats differ", {"weights": "strength", "scale": "raw"}),
    Hand("tie_betweenness", net("A-B B-C"), [2 / 3, 2 / 3], "each tie carries two of three pairs", {"scale": "normalized"}),
    Hand("tie_betweenness", net("A-B:1 A-C:4 C-B:4"), [0.0, 2.0, 2.0], "A to B runs through C", {"weights": "strength", "scale": "raw"}),
    Hand("tie_betweenness", net("A-B:1 A-C:1 C-B:1"), [1.0, 1.0, 1.0], "each pair directly", {"weights": "ignore", "scale": "raw"}),
    Hand("eigenvector", PLASTIC, {"A": 1 / RHO, "B": 1.0, "C": 1 / RHO**2}, "lambda^3 = lambda + 1", {"direction": "out"}),
    Hand("eigenvector", PLASTIC, {"A": 1.0, "B": 1 / RHO, "C": 1 / RHO**2}, "lambda^3 = lambda + 1", {"direction": "in"}),
    Hand("eigenvector", net("A-B B-A B-C", directed=True), {"A": 1.0, "B": 1.0, "C": 1.0}, "lambda 1; C lives on B", {"direction": "in"}),
    Hand("eigenvector", net("A-B B-A B-C", directed=True), {"A": 1.0, "B": 1.0, "C": 0.0}, "C sends nothing", {"direction": "out"}),
    Hand("eigenvector", net("A-B C-D"), dict.fromkeys("ABCD", math.nan), "two components share lambda 1"),
    Hand("eigenvector", net("A-B:2 C-D:1"), {"A": 1.0, "B": 1.0, "C": 0.0, "D": 0.0}, "lambda 2 wins over 1", {"weights": "strength"}),
    Hand("eigenvector", CHAIN, dict.fromkeys("ABC", math.nan), "no cycle, lambda 0", {"direction": "in"}),
    Hand("pagerank", FORK, {"A": 1 / 4.7, "B": 1 / 4.7, "C": 2.7 / 4.7}, "a = (.15 + .85 c)/3, c = 2.7 a", {"direction": "in"}),
    Hand("pagerank", FORK, {"A": 1.425 / 3.85, "B": 1.425 / 3.85, "C": 1 / 3.85}, "c = (1 - .85 c)/3, a = c + .425 c", {"direction": "out"}),
    Hand("pagerank", FORK, {"A": 0.25, "B": 0.25, "C": 0.5}, "a = (.5 + .5 c)/3, c = 2 a", {"damping": 0.5}),
    Hand("katz", CHAIN, {"A": 1.0, "B": 1.5, "C": 1.75}, "1; 1 + 1/2; 1 + 1/2 + 1/4", {"alpha": 0.5}),
    Hand("katz", CHAIN, {"A": 1.75, "B": 1.5, "C": 1.0}, "the same, backwards", {"alpha": 0.5, "direction": "out"}),
    Hand("katz", net("A-B:2 B-C:3", directed=True), {"A": 1.0, "B": 1.2, "C": 1.36}, "1 + .1 x 2; 1 + .1 x 3 + .01 x 6", {"alpha": 0.1, "weights": "strength"}),
    Hand("bonacich_power", CHAIN, {"A": 1.5 * math.sqrt(3 / 3.25), "B": math.sqrt(3 / 3.25), "C": 0.0}, "1.5, 1, 0 before scaling", {"beta": 0.5}),
    Hand("bonacich_power", CHAIN, {"A": 0.0, "B": math.sqrt(3 / 3.25), "C": 1.5 * math.sqrt(3 / 3.25)}, "0, 1, 1.5 before scaling", {"beta": 0.5, "direction": "in"}),
    Hand("bonacich_power", net("A-B:2 B-C:1", directed=True), {"A": 3 * math.sqrt(0.3), "B": math.sqrt(0.3), "C": 0.0}, "2 + .5 x 2 x 1, 1, 0", {"beta": 0.5, "weights": "strength"}),
    Hand("centralization", net("A-B A-C A-D"), 1.0, "a star", {"measure": "eigenvector", "denominator": "star"}),
    Hand("centralization", PATH4, (2 - 2 / PHI) / (3 - math.sqrt(3)), "1/phi, 1, 1, 1/phi", {"measure": "eigenvector", "denominator": "star"}),
    Hand("centralization", PATH4, 1 - 1 / PHI, "1/phi, 1, 1, 1/phi over n - 2", {"measure": "eigenvector", "denominator": "igraph"}),
    Hand("centralization", FORK, 1.0, "in-degrees 0, 0, 2 of (n - 1)^2 = 4: a directed star, FINDINGS C2", {"direction": "in"}),
    Hand("centralization", FORK, 2.0, "in-degrees 0, 0, 2 over (n - 1)(n - 2) = 2, FINDINGS C2", {"direction": "in", "denominator": "freeman"}),
    Hand("centralization", FORK, 4 / 6, "in-degrees 0, 0, 2 over n(n - 1)", {"direction": "in", "denominator": "igraph"}),
    Hand("centralization", PATH4, 4 / 9, "11/18, 15/18, 15/18, 11/18 over (n - 2)/2 = 1", {"measure": "harmonic"}),
    Hand("centralization", FORK, 1.0, "0, 0, 1 over n - 1: a directed star", {"measure": "harmonic", "direction": "in"}),
    Hand("centralization", SPLIT, 0.5, "3/8, 4/8, 3/8, 2/8, 2/8 over (n - 2)/2", {"measure": "harmonic"}),
    Hand("centralization", PATH4, 4 / 9, "0, 2/3, 2/3, 0 over n - 1; a tree has one path per pair", {"measure": "current_flow_betweenness"}),
    Hand("centralization", FORK, 1.0, "reach 0, 0, 1 over n - 1", {"measure": "reach", "direction": "in"}),
    Hand("centralization", FORK, 0.5, "degrees 1, 1, 2 of 4 at most: (1 + 1)/(2 x 2 x 1)", {"direction": "all"}),
    Hand("reach", CHAIN, {"A": 0.0, "B": 0.5, "C": 1.0}, "counted", {"direction": "in"}),
    Hand("reach", CHAIN, {"A": 1.0, "B": 0.5, "C": 0.0}, "counted", {"direction": "out"}),
    Hand("reach", CHAIN, {"A": 1.0, "B": 1.0, "C": 1.0}, "counted", {"direction": "all"}),
    Hand("information", net("A-B:2 B-C:4"), {"A": 2.4, "B": 4.0, "C": 3.0}, "resistances 1/2, 1/4, 3/4: 3/(5/4), 3/(3/4), 3/1", {"weights": "strength"}),
    Hand("information", net("A-B B-C A-C"), {"A": 9 / 4}, "1 beside 1 + 1: resistance 2/3 twice, 3/(4/3)"),
    Hand("information", SPLIT, {"A": 1.0, "B": 1.5, "D": 2.0}, "3/3, 3/2; 2/1: each within its component"),
    Hand("information", SPLIT, {"A": 1 / 3, "B": 1 / 2, "D": 1.0}, "1/sum", {"variant": "current_flow"}),
    Hand("current_flow_betweenness", PATH4, {"A": 0.0, "B": 2.0}, "two pairs through B", {"scale": "raw"}),
    Hand("current_flow_betweenness", PATH4, {"A": 0.5, "B": 5 / 6}, "3 own pairs, and 2 through B, of 6", {"scale": "newman"}),
    Hand("current_flow_betweenness", net("A-B B-C A-C"), {"A": 1 / 3}, "a third goes the long way"),
    Hand("current_flow_betweenness", net("A-B:1 A-C:2 B-C:2"), {"A": 0.25, "C": 0.5}, "2/3 beside 2; 1 beside 1", {"weights": "strength"}),
    Hand("current_flow_betweenness", SPLIT, {"B": 1 / 6, "D": 0.0}, "one of (4)(3)/2 pairs; none between components"),
    Hand("trophic_level", FLAGS, {"A": 0.0, "B": 2 / 3, "C": 4 / 3}, "2b = c, 2c - b = 2"),
    Hand("trophic_level", FLAGS, {"A": 1.0, "B": 2.0, "C": 2.5}, "1 + (1 + 2)/2", {"definition": "levine"}),
    Hand("trophic_level", HEAVY, {"A": 0.0, "B": 4 / 7, "C": 10 / 7}, "4b + 2 = 3c, 4c - 3b = 4", {"weights": "strength"}),
    Hand("trophic_level", HEAVY, {"C": 2.75}, "1 + (1 x 1 + 3 x 2)/4", {"weights": "strength", "definition": "levine"}),
    Hand("trophic_level", net("A-B B-A B-C D-C", directed=True), {"A": math.nan, "B": math.nan, "C": math.nan, "D": 1.0}, "A and B feed each other only", {"definition": "levine"}),
    Hand("trophic_incoherence", FLAGS, 1 / 9, "steps 2/3, 4/3, 2/3"),
    Hand("trophic_incoherence", FLAGS, math.sqrt(1 / 6), "steps 1, 3/2, 1/2", {"definition": "levine"}),
    Hand("trophic_incoherence", HEAVY, 3 / 35, "steps 4/7, 10/7, 6/7, the last three times", {"weights": "strength"}),
    Hand("trophic_incoherence", net("A-B B-C C-A", directed=True), 1.0, "a ring leads nowhere up (mackay2020)"),
    Hand("flow_hierarchy", net("A-B:1 B-A:1 B-C:2", directed=True), 1 / 3, "one of three ties"),
    Hand("flow_hierarchy", net("A-B:1 B-A:1 B-C:2", directed=True), 1 / 2, "2 of 4", {"weights": "strength"}),
    Hand("group_degree", net("A-B C-A D-A", directed=True), 1.0, "B", {"firms": ["A"], "direction": "out", "scale": "raw"}),
    Hand("group_degree", net("A-B C-A D-A", directed=True), 2.0, "C, D", {"firms": ["A"], "direction": "in", "scale": "raw"}),
    Hand("group_degree", net("A-C B-C B-D A-B E-F"), 2 / 4, "C counts once; D; not E, F", {"firms": ["A", "B"]}),
    Hand("group_closeness", net("A-B B-C C-D", directed=True), 2 / 3, "C at 1, D at 2", {"firms": ["B"], "direction": "out"}),
    Hand("group_closeness", net("A-B B-C C-D", directed=True), 1.0, "A at 1", {"firms": ["B"], "direction": "in"}),
    Hand("group_closeness", net("A-B B-C C-D", directed=True), 1 / 3, "A at 1, two out of reach", {"firms": ["B"], "direction": "in", "variant": "wasserman_faust"}),
    Hand("group_closeness", net("A-B:2 B-C:4 C-D:1"), 2 / 1.25, "B at 1/2, C at 3/4 (1 from D)", {"firms": ["A", "D"], "weights": "strength"}),
    Hand("group_betweenness", net("A-B B-C C-D", directed=True), 0.5, "A to D, not D to A", {"firms": ["B", "C"]}),
    Hand("group_betweenness", net("A-B B-C C-D", directed=True), 1.0, "the one pair", {"firms": ["B", "C"], "direction": "all"}),
    Hand("group_betweenness", net("A-B B-C C-D", directed=True), 1.0, "A to D once, though B and C are on it", {"firms": ["B", "C"], "scale": "raw"}),
    Hand("group_betweenness", net("A-B:1 A-C:4 C-B:4"), 1.0, "1/4 + 1/4 beats 1", {"firms": ["C"], "weights": "strength"}),
    Hand("group_betweenness", net("A-B B-D A-C C-D D-E"), 2.0, "half of A-D and of A-E each way: B alone 1, B and C 2", {"firms": ["B", "C"], "scale": "raw"}),
    Hand("rank_intervals", DBCES, [6, 11, 3, 11, 3, 10, 1, 10, 1, 9, 1, 10, 1, 10, 1, 10, 1, 11, 1, 11, 1, 9], "netrankr, vignette Partial Centrality (its rank 11 is our rank 1)"),
    Hand("rank_intervals", net("A-B:1 A-C:2"), [1, 1, 2, 2, 2, 2], "B and C alike", {"weights": "ignore"}),
    Hand("rank_intervals", net("A-B:1 A-C:2"), [1, 1, 3, 3, 2, 2], "C has the stronger tie", {"weights": "strength"}),
    Hand("draw_rank_intervals", three_draws, [1, 1, 3, 1, 2, 2, 2, 3, 3, 4, 4, 4], "counted", {"level": 1.0}),
    Hand("draw_rank_intervals", three_draws, [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4], "the middle of three draws", {"level": 0.01}),
    Hand("reciprocity", MIXED, 2 / 6, "min(3, 1) twice over 6", {"weights": "strength"}),
    Hand("density", net("A-x B-x", modes={"A": "firm", "B": "firm", "x": "deal", "y": "deal"}), 0.5, "two of 2 x 2 pairs"),
    Hand("giant_share", CHAIN, 1 / 3, "three strong components", {"connection": "strong"}),
    Hand("giant_share", CHAIN, 1.0, "one weak component", {"connection": "weak"}),
    Hand("components", SPLIT, dict(zip("ABCDE", (0, 0, 0, 1, 1), strict=True)), "the larger first"),
    Hand("mean_distance", net("A-B:2 B-C:4"), 0.5, "(1/2 + 1/4 + 3/4)/3", {"weights": "strength"}),
    Hand("global_efficiency", net("A-B:2 B-C:4"), (2 + 4 + 4 / 3) / 3, "1/d", {"weights": "strength"}),
    Hand("modularity", net("A-B C-D"), 0.5, "1 - 2/4", {"groups": ["x", "x", "y", "y"]}),
    Hand("modularity", net("A-B C-D"), 0.0, "1 - 2 x 2/4", {"groups": ["x", "x", "y", "y"], "resolution": 2.0}),
    Hand("modularity", net("A-B B-C"), 0.0, "C has no group: one tie inside the only group left", {"groups": ["x", "x", None]}),
    Hand("ei_index", net("A-B:3 B-C:1"), -0.5, "(1 - 3)/4", SIDES | {"weights": "strength"}),
    Hand("firm_ei_index", net("A-B:3 B-C:1"), {"A": -1.0, "B": -0.5, "C": 1.0}, "(1 - 3)/4", SIDES | {"weights": "strength"}),
    Hand("firm_ei_index", net("A-B C-B", directed=True), {"A": -1.0, "B": math.nan, "C": 1.0}, "B sends no tie", SIDES | {"direction": "out"}),
    Hand("firm_ei_index", net("A-B C-B", directed=True), {"A": math.nan, "B": 0.0, "C": math.nan}, "only B receives", SIDES | {"direction": "in"}),
    Hand("nominal_assortativity", net("A-B:3 B-C:1"), (3 / 4 - (49 + 1) / 64) / (1 - 50 / 64), "a = 7/8, 1/8", SIDES | {"weights": "strength"}),
    Hand("numeric_assortativity", net("A-B B-C"), -1.0, "1 meets 5 only", {"values": [1.0, 5.0, 1.0]}),
    # what the communities of two triangles joined by one tie are, and what each option does to them
    Hand("communities", net("A-B B-C A-C C-D D-E E-F D-F"), 6 / 7 - 98 / 196, "6 of 7 ties inside, halves of the degree", {"seed": 1, "weights": "ignore"}),
    Hand("communities", net("A-B:2 B-C:2 A-C:2 C-D:1 D-E:2 E-F:2 D-F:2"), 12 / 13 - 0.5, "12 of 13 inside", {"seed": 1, "weights": "strength"}),
    Hand("communities", net("A-B B-C A-C C-D D-E E-F D-F"), 1 - 0.1, "at resolution .1 one community: 1 - .1", {"seed": 1, "resolution": 0.1}),
    Hand("communities", RING, 21 / 22 - 1 / 15, "30 cliques of 5 in a ring: modularity merges pairs, 21 of 22 ties inside", {"seed": 1, "method": "leiden"}),
    Hand("communities", RING, 10 / 11 - 1 / 30, "Infomap keeps every clique: 10 of 11 ties inside", {"seed": 1, "method": "infomap"}),
    Hand("communities", PLANTED, 0.2272048, "the four planted groups, which the best run misses (networkx modularity, resolution 1.8)", {"seed": 1, "resolution": 1.8, "keep": "consensus"}, 6),
    # cohesion, second part
    Hand("transitivity", WEIGHED, 6 / 11.5, "2.5 + 2 + 1.5 of these and 3 + 2.5", {"weights": "strength"}),
    Hand("transitivity", net("A-B:3 B-C:1 A-C:2 C-D:4", directed=True), 2 / (2 + 2.5 + 3), "A B C closes, mean 2; B C D and A C D are open", {"weights": "strength", "direction": "keep"}),
    Hand("transitivity", PATH3, 0.0, "two paths without a tie, four ties without a path: none of six agrees", {"variant": "strong"}),
    Hand("two_mode_clustering", DAVIS, 0.7718967999, "Opsahl 2013, R package tnet: .7718968", {"mode": 0}, 9),
    Hand("local_two_mode_clustering", DAVIS, {"Evelyn Jefferson": 0.7666667, "Laura Mandeville": 0.8421751, "Theresa Anderson": 0.7523437, "Brenda Rogers": 0.8387909}, "Opsahl 2013, R package tnet", {"variant": "opsahl"}, 6),
    Hand("robins_alexander_clustering", DAVIS, 0.4678, "golden values, networkx", {}, 4),
    Hand("structural_cohesion", net("0-1 1-2 2-3 3-0 0-4 2-5"), dict(zip("012345", (2, 2, 2, 2, 1, 1), strict=True)), "NAMES.md: igraph misses the cycle"),
    Hand("k_truss", karate, {0: 5, 13: 5, 23: 4, 9: 2, 11: 2, 4: 3}, "networkx k_truss for k = 2 ... 6"),
    *(Hand("degeneracy", CORES, value, "2 suppliers each; 1 customer; 3 ties", {"direction": way}) for way, value in (("in", 2.0), ("out", 1.0), ("all", 3.0))),
    Hand("gtd_lubness", net("A-C A-D B-C B-D", directed=True), 1 / 3, "C and D have two superiors, neither lower; A and B none: 1 - 2/3", {"bound": "least"}),
    Hand("hierarchy_slope", STAR, np.polyfit(np.log([1, 2, 3, 4]), np.log([3, 1, 1, 1]), 1)[0], "numpy polyfit of log 3, 1, 1, 1"),
    Hand("assortativity_slope", STAR, -1.0, "degree 3 meets 1, degree 1 meets 3: (1 - 3)/(3 - 1)"),
    Hand("layer_density", TWICE, {"supply": 2 / 6, "alliance": 1 / 3}, "arcs of 3 x 2, pairs of 3", {"direction": "keep"}, to=lambda got: got["density"]),
    Hand("layer_density", TWICE, {"supply": 1 / 3, "alliance": 1 / 3}, "one pair of 3 in each", {"direction": "all"}, to=lambda got: got["density"]),
    Hand("group_density", net("A-B B-C", directed=True), [1 / 2, 1 / 2, 0.0], "AB of 2; BC of AC, BC; none of CA, CB", SIDES | {"direction": "keep"}, to=lambda got: got["density"].dropna().tolist()),
    Hand("group_density", net("A-B B-C", directed=True), [1.0, 1 / 2], "AB; BC of AC and BC", SIDES | {"direction": "all"}, to=lambda got: got["density"].dropna().tolist()),
    Hand("mixing_matrix", net("A-B:3 B-C:1"), {"x": 3.0, "y": 1.0}, "3 within x, 1 between", SIDES | {"weights": "strength"}, to=lambda got: got.loc["x"]),
    Hand("mixing_matrix", net("A-B:3 B-C:1"), {"x": 1.0, "y": 1.0}, "one tie each", SIDES | {"weights": "ignore"}, to=lambda got: got.loc["x"]),
    Hand("coleman_index", net("A-B B-C C-D", directed=True), {"x": 1 / 4, "y": 1.0}, "x sends 2, 1 within, 2/3 expected; y sends 1, within", HALVES | {"direction": "keep"}),
    Hand("coleman_index", net("A-B B-C C-D", directed=True), {"x": 1 / 2, "y": 1 / 2}, "3 ties each, 2 within, 1 expected", HALVES | {"direction": "all"}),
    Hand("coleman_index", net("A-B C-D"), {"x": -1.0, "y": -1.0}, "never within", {"groups": [*"xyxy"]}),
    Hand("yule_q", net("A-B A-D", firms="A B C D E", directed=True), (11 - 7) / 18, "1 of 8 within, 1 of 12 between", {"groups": [*"xxxyy"], "direction": "keep"}),
    Hand("yule_q", net("A-B A-D", firms="A B C D E", directed=True), (5 - 3) / 8, "1 of 4 within, 1 of 6 between", {"groups": [*"xxxyy"], "direction": "all"}),
    Hand("firm_blau_index", HUB, {"A": 0.0, "B": 1 - 5 / 9}, "one x, two y", {"groups": [*"xxyy"], "variant": "blau"}),
    Hand("firm_blau_index", HUB, {"A": 0.0, "B": 8 / 9}, "over 1 - 1/2", {"groups": [*"xxyy"], "variant": "iqv"}),
    Hand("firm_blau_index", HUB, {"B": 0.5}, "strength 2 to x, 2 to y", {"groups": [*"xxyy"], "weights": "strength"}),
    Hand("firm_blau_index", MIXER, {"B": 0.5, "A": math.nan}, "from A and C", {"groups": [*"xxyy"], "direction": "in"}),
    Hand("firm_blau_index", MIXER, {"B": 0.0, "A": 0.0}, "to D only", {"groups": [*"xxyy"], "direction": "out"}),
    Hand("firm_blau_index", MIXER, {"B": 4 / 9}, "A, C and D", {"groups": [*"xxyy"], "direction": "all"}),
    Hand("test_ei_index", PATH4, 1 / 3, "a pair is of one group in 1 of 3 deals: 2/3 - 1/3", HALVES | {"draws": 4000, "seed": 1, "direction": "keep", "weights": "ignore"}, 1, to=lambda got: got.expected),
    Hand("test_ei_index", net("A-B:3 C-D:1 B-C:2"), -1 / 3, "(2 - 4)/6", HALVES | {"draws": 10, "seed": 1, "weights": "strength"}, to=lambda got: got.observed),
    Hand("test_ei_index", net("A-B B-A B-C", directed=True), 0.0, "one pair within, one between", SIDES | {"draws": 10, "seed": 1, "direction": "all"}, to=lambda got: got.observed),
    Hand("rich_club", CYCLE6, 1.0, "all degrees equal: whoever is tied, 6 ties of 15", {"draws": 5, "seed": 1}, to=lambda got: got.table["ratio"][1]),
    Hand("small_world", STAR, 1.0, "only a star has these degrees", {"null": "degrees", "draws": 5, "seed": 1}, to=lambda got: got.table["ratio"]["distance"]),
    Hand("two_mode_small_world", DAVIS, 0.93, "FINDINGS.md B11: .932, +- .015, where .928 is observed", {"mode": 0, "null": "memberships", "draws": 200, "seed": 1}, 2, to=lambda got: got.table["expected"]["clustering"]),
    Hand("two_mode_small_world", TRIPLES, 1 / 3, "a firm meets 2 and 2: 2 of its 6 pairs of partners are tied", {"mode": "firm", "null": "moments", "seed": 1}, to=lambda got: got.table["expected"]["clustering"]),
]  # fmt: skip


def assert_close(got: Any, expected: float, digits: int, what: str) -> None:
    if math.isnan(expected):
        assert math.isnan(got), what
    else:
        assert abs(got - expected) <= 0.5 * 10.0**-digits + 1e-12, f"{what}: {got!r} is not {expected!r}"


@pytest.mark.parametrize("case", HAND, ids=str)
def test_hand_value(case: Hand) -> None:
    got = function(case.measure)(case.network(), **case.options)
    got = got if case.to is None else case.to(got)
    if isinstance(got, cohesion.Communities):
        got = got.modularity
    if isinstance(got, pd.DataFrame) and "best" in got:
        got = got[[name for name in ("best", "median", "worst") if name in got]].to_numpy().ravel().tolist()
    if isinstance(got, pd.DataFrame):
        got = got["betweenness"].tolist()
    if isinstance(case.expected, dict):
        for firm, value in case.expected.items():
            assert_close(got[firm], value, case.digits, f"{case} {firm}")
    elif isinstance(case.expected, list):
        assert got == pytest.approx(case.expected, abs=1e-12)
    else:
        assert_close(got, case.expected, case.digits, str(case))


# ── the table itself ──

CASES: list[Golden | Hand] = [*GOLDEN, *HAND]
# Options that change how a result is reached, not what it should be.
NOT_A_CHOICE = {"communities": {"runs", "seed"}}


def public() -> list[str]:
    return [
        name for module in MODULES for name in module.__all__ if not inspect.isclass(getattr(module, name))
    ]  # fmt: skip


def options_of(name: str) -> dict[str, tuple[Any, ...] | None]:
    """Return the options of a measure: its closed choices, or None for an open one."""
    places = {"Network": Network, "Iterable": Iterable, "Direction": Direction, "Weights": Weights, "pd": pd}
    measure = function(name)
    hints = typing.get_type_hints(measure, localns=places)
    options = {}
    for parameter in list(inspect.signature(measure).parameters)[1:]:
        hint = hints[parameter]
        options[parameter] = typing.get_args(hint) if typing.get_origin(hint) is typing.Literal else None
    return options


def value_in(case: Golden | Hand, option: str) -> Any:
    default = inspect.signature(function(case.measure)).parameters[option].default
    return case.options.get(option, default)


@pytest.mark.parametrize("name", public())
def test_every_measure_and_option_has_a_row(name: str) -> None:
    cases = [case for case in CASES if case.measure == name]
    assert cases, f"{name} has no outside value"
    for option, choices in options_of(name).items():
        if choices is None:
            given = [case for case in cases if option in case.options]
            assert given or option in NOT_A_CHOICE.get(name, ()), f"no row of {name} gives {option}"
            continue
        missing = set(choices) - {value_in(case, option) for case in cases}
        assert not missing, f"no row of {name} has {option}={missing}"


def examples(case: Golden | Hand) -> Iterable[tuple[Network, dict[str, Any]]]:
    if isinstance(case, Hand):
        yield case.network(), case.options
    elif golden.available():
        for row in case.rows():
            yield case.network(row), case.arguments(row)


def fingerprint(got: Any) -> Any:
    if isinstance(got, cohesion.Communities):
        got = got.modularity
    if isinstance(got, Result):
        got = got.to_frame()
    if isinstance(got, pd.DataFrame):
        return tuple(got.columns), len(got), np.round(got.select_dtypes("number").to_numpy(), 6).tobytes()
    if isinstance(got, (pd.Series, pd.Index)):
        values = got.to_numpy()
        return np.round(values.astype(float), 6).tobytes() if values.dtype.kind in "iuf" else tuple(values)
    return "nan" if np.isnan(got) else round(float(got), 6)


def differ(name: str, net: Network, one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Tell whether both calls answer, and answer differently: a refusal tells nothing."""
    try:
        return bool(fingerprint(function(name)(net, **one)) != fingerprint(function(name)(net, **other)))
    except ClusternetError:
        return False


@pytest.mark.parametrize("name", [name for name in public() if any(options_of(name).values())])
def test_rows_tell_options_apart(name: str) -> None:
    golden.require()
    cases = sorted((case for case in CASES if case.measure == name), key=lambda case: isinstance(case, Golden))
    for option, choices in options_of(name).items():
        for one, other in itertools.combinations(choices or (), 2):
            assert any(
                differ(name, net, options | {option: one}, options | {option: other})
                for case in cases
                if value_in(case, option) in {one, other}
                for net, options in examples(case)
            ), f"no row of {name} tells {option}={one!r} from {other!r}"


def test_network_level_of_the_bipartite_package():
    """Its connectance is two-mode density; asymmetry, togetherness, C-score, discrepancy are not measures of ours."""
    golden.require()
    row = golden.values("southern_women")["b.bipartite_networklevel"]["value"]
    net = golden.load_network("southern_women", "b")
    assert cohesion.density(net) == pytest.approx(row["connectance"], rel=1e-6)
    assert net.n_ties / net.n_firms == pytest.approx(row["links per species"], rel=1e-6)
