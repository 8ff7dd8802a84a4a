"""Compute every number, table and figure of the paper, then typeset it: build/paper/paper.pdf.

``paper.typ`` holds words only. Its numbers come from ``data.json``, which this script writes beside the figures; a word
of the paper that needs a number asks for it by key, and a key that nobody asks for is an error. The ledger of published
findings is read from ``reproduction.csv``, which `clusternet reproduce` writes.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import json
import math
import multiprocessing
import os
import platform
import shutil
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from importlib import metadata, resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import igraph
import networkx as nx
import numpy as np
import pandas as pd
from matplotlib import get_data_path
from matplotlib.ticker import NullFormatter

import clusternet as cn

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from matplotlib.figure import Figure

HERE = Path(__file__).parent
ROOT = HERE.parent
LEDGER = ROOT / "reproduction.csv"
OUT = ROOT / "build" / "paper"
SEED = 1
EPOCH = int(os.environ.get("SOURCE_DATE_EPOCH", "1767225600"))  # the date inside the PDF: fixed, so that bytes are
REPLICATIONS, DRAWS, PIECES = 20, 99, 6

WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


# ── what a part of the paper hands back ──


@dataclass
class Book:
    """Numbers as they are printed, tables as rows of text, figures as SVG."""

    numbers: dict[str, str] = field(default_factory=dict)
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    figures: dict[str, str] = field(default_factory=dict)

    def put(self, key: str, value: object, digits: int = 2) -> None:
        """Keep one number as text."""
        if key in self.numbers:
            raise KeyError(f"{key} is there already")
        self.numbers[key] = text(value, digits)

    def share(self, key: str, value: float, digits: int = 0) -> None:
        """Keep a share as a percentage."""
        self.put(key, f"{text(100 * value, digits)} %")

    def word(self, key: str, value: int) -> None:
        """Keep a count as a word up to twelve."""
        self.put(key, WORDS[value] if value < len(WORDS) else value)

    def table(
        self, key: str, head: Sequence[str], rows: Iterable[Sequence[object]], align: str, *, widths: Sequence[int] = ()
    ) -> None:
        """Keep a table; `align` has a letter per column (l, r, c), `widths` a share of the rest or 0 for as needed."""
        body = [[cell if isinstance(cell, str) else text(cell) for cell in row] for row in rows]
        if any(len(row) != len(head) for row in body) or len(align) != len(head):
            raise ValueError(f"table {key} is not rectangular")
        self.tables[key] = {"head": list(head), "rows": body, "align": align, "widths": list(widths) or [0] * len(head)}

    def says(self, words: str, *, holds: bool) -> None:
        """Refuse numbers that would make a sentence of the paper false."""
        if not holds:
            raise ValueError(f"mend the paper, which says: {words}")

    def merge(self, other: Book) -> None:
        """Take in what another part made."""
        for mine, theirs in (
            (self.numbers, other.numbers),
            (self.tables, other.tables),
            (self.figures, other.figures),
        ):
            twice = mine.keys() & theirs.keys()
            if twice:
                raise KeyError(f"made twice: {sorted(twice)}")
            mine.update(theirs)  # type: ignore[attr-defined]


def text(value: object, digits: int = 2) -> str:
    """Return a number as it is printed: thousands apart, a true minus sign, a dash for what is undefined."""
    if isinstance(value, str):
        return value
    if isinstance(value, (int, np.integer)):
        return f"{value:,}".replace("-", "\u2212")
    number = float(value)  # type: ignore[arg-type]
    if math.isnan(number):
        return "\u2013"
    made = f"{number:,.{digits}f}"
    if made.strip("-0.,") == "":
        made = made.replace("-", "")
    return made.replace("-", "\u2212")


def p_text(p: float) -> str:
    """Return a p-value with the sign before it."""
    return "\u2013" if math.isnan(p) else "p < .001" if p < 0.001 else f"p = {p:.3f}".replace("0.", ".")


def listed(items: Iterable[object]) -> str:
    """Return items as a list in words."""
    *rest, last = map(str, items)
    return f"{', '.join(rest)} and {last}" if rest else last


def power_of_ten(value: float) -> str:
    """Return a very small number as a digit and a power of ten."""
    if value == 0:
        return "0"
    digit, power = f"{value:.0e}".split("e")
    raised = str(int(power)).translate(
        str.maketrans("-0123456789", "\u207b\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079")
    )
    return f"{digit} \u00b7 10{raised}"


def interval(low: float, high: float, digits: int = 2) -> str:
    """Return an interval in words."""
    return f"{text(low, digits)} to {text(high, digits)}"


# ── the cluster everything is shown on ──


@functools.cache
def harbor() -> tuple[Any, Any, Any]:
    """Return records, linkage and network of the example that ships with the repository."""
    records = cn.read_records(ROOT / "data" / "harbor_district")
    linkage = cn.link_firms(records)
    return records, linkage, cn.build_network(records, linkage=linkage)


def part_records() -> Book:
    """From records to a network: accounts, linkage, layers, rules."""
    book = Book()
    records, linkage, net = harbor()
    counts = records.counts
    book.table(
        "accounts",
        ["table", "rows read", "kept", "rejected", "of these duplicates", "problems logged"],
        [
            [name, *(int(row[c]) for c in ("read", "kept", "rejected", "duplicates")), int(problems)]
            for (name, row), problems in zip(
                counts.iterrows(),
                records.issues["table"].value_counts().reindex(counts.index, fill_value=0),
                strict=True,
            )
        ],
        "lrrrrr",
    )
    for column in ("read", "kept"):
        book.put(f"rows.{column}", int(counts[column].sum()))
    book.put("issues", len(records.issues))
    book.word("n_tables", len(cn.records.SCHEMA))

    truth = pd.read_csv(ROOT / "data" / "harbor_district" / "answers" / "links.csv")
    quality = linkage.evaluate(truth).to_frame().set_index("kind")
    judged = quality.loc["reference"]
    book.put("names", int(judged["true"]))
    book.put("names.merged", int(judged["merged"]))
    book.put("names.right", int(judged["right"]))
    book.share("names.recall", judged["recall"], 1)
    book.put(
        "names.recall.interval", f"{text(100 * judged['recall_low'], 1)} to {text(100 * judged['recall_high'], 1)} %"
    )
    book.put("names.review", int(judged["review"]))
    book.share("names.settled", judged["recall_settled"], 0)
    status = linkage.links["status"].value_counts()
    book.put("references.unresolved", int(status["unresolved"]))
    doubles = quality.loc["registry"]
    book.put("doubles.found", int(doubles["right"]))
    book.put("doubles", int(doubles["true"]))

    book.put("firms", net.n_firms)
    book.put("isolates", int((cn.centrality.degree(net) == 0).sum()))
    book.put("ties", net.n_ties)
    book.word("layers", len(net.layers))
    rows = []
    for name in net.layers:
        layer = net.layer(name)
        active = layer.subset(layer.firms.index[(cn.centrality.degree(layer) > 0).to_numpy()])
        rows.append(
            [
                name.replace("_", " "),
                layer.n_ties,
                active.n_firms,
                "yes" if layer.is_directed else "no",
                text(cn.cohesion.density(active), 3),
                text(cn.cohesion.transitivity(active.undirected()), 2),
                text(cn.cohesion.giant_share(active), 2),
            ]
        )
    head = ["layer", "ties", "firms", "directed", "density", "transitivity", "largest component"]
    book.table("layers", head, rows, "lrrcrrr")

    tie = net.ties.index[net.ties["n_records"].to_numpy().argmax()]
    whole = net.ties.loc[tie]
    names = net.firms["name"]
    book.put("lineage.who", f"{names[whole['source']]} and {names[whole['target']]}")
    book.put("lineage.layer", str(whole["layer"]))
    lineage = net.lineage(tie)
    book.put("lineage.n", len(lineage))
    first = lineage.iloc[0]
    book.put("lineage.first", f"row {int(first['row'])} of {first['table']}")

    rules = {
        "as reported by either side, agreements as cliques": {},
        "only what both sides report": {"reports": "intersection"},
        "agreements tie members to their lead": {"multiparty": "star"},
        "agreements left out": {"multiparty": "none"},
        "active at the end of the observed years": {"window": ("2024-12-01", "2024-12-31")},
        "at least two agreements or referrals": {"minimum": 2},
    }
    rows, top = [], set(cn.centrality.betweenness(net).nlargest(10).index)
    for words, options in rules.items():
        built = cn.build_network(records, linkage=linkage, **options)
        flat = built.undirected()
        central = cn.centrality.betweenness(built)
        rows.append(
            [
                words,
                built.n_ties,
                int((cn.centrality.degree(built) == 0).sum()),
                text(cn.cohesion.giant_share(flat), 2),
                text(cn.cohesion.transitivity(flat), 2),
                text(cn.cohesion.mean_distance(flat), 2),
                len(top & set(central.nlargest(10).index)),
            ]
        )
    head = ["rule", "ties", "isolates", "largest component", "transitivity", "mean distance", "top ten kept"]
    book.table("rules", head, rows, "lrrrrrr", widths=(1, 0, 0, 0, 0, 0, 0))
    book.put("rules.low", rows[-1][1])
    book.put("rules.top.low", min(int(row[-1]) for row in rows))
    book.put("rules.transitivity", interval(*(f([float(row[4]) for row in rows]) for f in (min, max))))

    members = cn.cohesion.communities(net, seed=SEED).membership
    groups = ("community " + (members + 1).astype("Int64").astype("str")).where(members < 6)
    between = cn.centrality.betweenness(net)
    tied = net.subset(net.firms.index[(cn.centrality.degree(net) > 0).to_numpy()])

    def draw(figure: Figure) -> None:
        ax = figure.subplots()
        cn.plots.network_map(tied, ax=ax, color_by=groups, size_by=between, labels=3, seed=SEED)

    book.figures["map"] = cn.plots.draw_svg(draw, (6.4, 3.6))
    planted = json.loads((ROOT / "data" / "harbor_district" / "answers" / "planted.json").read_text(encoding="utf-8"))
    broker = planted["broker"]["firm"] if isinstance(planted["broker"], dict) else planted["broker"]
    book.put("broker", str(names[broker]))
    book.put("broker.rank", int(between.rank(ascending=False)[broker]))
    return book


# ── measures, beside other software ──


def _depths(graph: nx.Graph) -> dict[str, list[int]]:
    """Return structural cohesion of every member by definition, by clusternet, networkx and igraph."""
    n = len(graph)
    near = [sum(1 << other for other in graph[member]) for member in range(n)]

    def connected(members: int) -> bool:
        seen = front = members & -members
        while front:
            reached = functools.reduce(int.__or__, (near[i] for i in range(n) if front >> i & 1), 0)
            front = reached & members & ~seen
            seen |= front
        return seen == members

    connectivity, depth = {0: 0}, [0] * n
    for members in sorted(range(1, 1 << n), key=int.bit_count):
        size = members.bit_count()
        # Whoever leaves lowers the connectivity by at most one, and a member of a smallest cut does.
        rest = [connectivity[members & ~(1 << i)] for i in range(n) if members >> i & 1]
        value = min(size - 1, min(rest) + 1) if size > 1 and connected(members) else 0
        connectivity[members] = value
        for i in range(n):
            if members >> i & 1:
                depth[i] = max(depth[i], value)
    ours = cn.cohesion.structural_cohesion(cn.Network.from_edges(list(graph.edges), firms=range(n)))
    theirs = [0] * n
    for k, parts in nx.k_components(graph).items():
        for member in itertools.chain(*parts):
            theirs[member] = max(theirs[member], k)
    engine = igraph.Graph(n=n, edges=list(graph.edges)).cohesive_blocks()
    blocks = [0] * n
    for part, k in zip(engine, engine.cohesions(), strict=True):
        for member in part:
            blocks[member] = max(blocks[member], int(k or 0))
    return {"definition": depth, "clusternet": ours.astype(int).tolist(), "networkx": theirs, "igraph": blocks}


def part_measures() -> Book:
    """Compute measures of the harbor beside networkx and igraph, and structural cohesion beside its definition."""
    book = Book()
    _, _, net = harbor()
    flat = net.undirected()
    graph = flat.to_networkx(simple=True)
    engine = igraph.Graph(
        n=net.n_firms,
        edges=[(flat.firms.index.get_loc(a), flat.firms.index.get_loc(b)) for a, b in graph.edges],
    )
    n = net.n_firms

    def numbers(values: Mapping[Hashable, float] | Sequence[float]) -> pd.Series:
        return (
            pd.Series(values).reindex(flat.firms.index)
            if hasattr(values, "keys")
            else pd.Series(list(values), index=flat.firms.index)
        ).astype(float)

    harmonic = engine.harmonic_centrality()
    rows: list[tuple[str, Callable[[], Any], str, Callable[[], Any]]] = [
        ("betweenness", lambda: cn.centrality.betweenness(flat), "networkx", lambda: nx.betweenness_centrality(graph)),
        (
            "betweenness",
            lambda: cn.centrality.betweenness(flat, scale="raw"),
            "igraph",
            engine.betweenness,
        ),
        ("harmonic closeness", lambda: cn.centrality.harmonic(flat), "igraph", lambda: harmonic),
        (
            "PageRank",
            lambda: cn.centrality.pagerank(flat),
            "networkx",
            lambda: nx.pagerank(graph, tol=1e-12, max_iter=999),
        ),
        ("core number", lambda: cn.cohesion.k_coreness(flat), "networkx", lambda: nx.core_number(graph)),
        ("constraint", lambda: cn.brokerage.constraint(flat), "networkx", lambda: nx.constraint(graph)),
        ("constraint", lambda: cn.brokerage.constraint(flat), "igraph", engine.constraint),
        ("effective size", lambda: cn.brokerage.effective_size(flat), "networkx", lambda: nx.effective_size(graph)),
        (
            "local clustering",
            lambda: cn.cohesion.local_clustering(flat),
            "igraph",
            lambda: engine.transitivity_local_undirected(mode="nan"),
        ),
    ]
    made = []
    for words, ours, other, theirs in rows:
        mine, yours = ours().astype(float), numbers(theirs())
        both = mine.notna() & yours.notna()
        made.append([words, other, int(both.sum()), n - int(both.sum()), f"{(mine - yours)[both].abs().max():.0e}"])
    singles: list[tuple[str, Callable[[], float], str, Callable[[], float]]] = [
        ("transitivity", lambda: cn.cohesion.transitivity(flat), "networkx", lambda: nx.transitivity(graph)),
        (
            "degree assortativity",
            lambda: cn.cohesion.degree_assortativity(flat),
            "igraph",
            lambda: engine.assortativity_degree(directed=False),
        ),
        (
            "global efficiency",
            lambda: cn.cohesion.global_efficiency(flat),
            "networkx",
            lambda: nx.global_efficiency(graph),
        ),
    ]
    for words, one, other, two in singles:
        made.append([words, other, 1, 0, f"{abs(one() - two()):.0e}"])
    worst = max(float(row[-1]) for row in made)
    for row in made:
        row[-1] = power_of_ten(float(row[-1]))
    head = ["measure", "other software", "numbers compared", "undefined", "largest difference"]
    book.table("agreement", head, made, "llrrr")
    book.put("agreement.worst", power_of_ten(worst))
    book.put("measures", len(cn.list_measures()))

    atlas = [graph for graph in nx.graph_atlas_g() if len(graph)]
    wrong: dict[str, list[nx.Graph]] = {"clusternet": [], "networkx": [], "igraph": []}
    for small in atlas:
        depths = _depths(small)
        for name, found in wrong.items():
            if depths[name] != depths["definition"]:
                found.append(small)
    rows_wrong = []
    for name, found in wrong.items():
        version = cn.__version__ if name == "clusternet" else metadata.version(name)
        book.put(f"wrong.{name}", len(found))
        smallest = min(found, key=lambda g: (len(g), g.number_of_edges()), default=None)
        if smallest is None:
            rows_wrong.append([f"{name} {version}", len(found), "\u2013", "\u2013", "\u2013"])
            continue
        depths = _depths(smallest)
        letters = "ABCDEFG"
        ties = " ".join(f"{letters[a]}{letters[b]}" for a, b in sorted(smallest.edges))
        told, true = (" ".join(map(str, depths[kind])) for kind in (name, "definition"))
        rows_wrong.append([f"{name} {version}", len(found), ties, told, true])
    book.put("atlas", len(atlas))
    head = ["software", "networks wrong", "smallest: its ties", "cohesion told", "by definition"]
    book.table("cohesion", head, rows_wrong, "lrlll")
    return book


# ── resilience ──


def part_resilience() -> Book:
    """Compute removal paths with bands over random orders and over networks with the same degrees."""
    book = Book()
    _, _, net = harbor()
    names = net.firms["name"]
    band = cn.removal_band(net, draws=1000, level=0.95, seed=SEED)
    paths = {
        "most partners first": cn.remove_firms(net, order="degree"),
        "highest betweenness first": cn.remove_firms(net, order="betweenness"),
        "highest betweenness of the rest first": cn.remove_firms(net, order="betweenness", adaptive=True),
    }
    flat = net.undirected()
    drawn = [
        cn.remove_firms(other, order="betweenness").curve["giant_share"]
        for other in cn.inference.draw_networks(flat, null="degree", draws=DRAWS, seed=SEED)
    ]
    curves = pd.concat(drawn, axis=1)
    null = pd.DataFrame({"low": curves.quantile(0.025, axis=1), "high": curves.quantile(0.975, axis=1)})
    null.attrs["label"] = "same numbers of partners, betweenness first"

    def draw(figure: Figure) -> None:
        ax = cn.plots.removal_paths(paths, band=band, null=null, ax=figure.subplots())
        ax.set_ylabel("Firms in the largest group\n(share of all firms)")

    book.figures["removal"] = cn.plots.draw_svg(draw, (6.4, 3.4))
    low, high = band.interval()
    rows: list[list[object]] = [
        ["at random (1,000 orders)", band.robustness.mean(), interval(low, high), "\u2013", "\u2013", "\u2013"]
    ]
    rows[0][0] = f"at random ({text(len(band.robustness))} orders)"
    for words, order in (("most partners first", "degree"), ("highest betweenness first", "betweenness")):
        test = cn.resilience.relative_robustness(flat, order=order, draws=DRAWS, seed=SEED)
        expected = f"{text(test.expected)} ± {text(float(test.draws.std()), 3)}"
        rows.append([words, test.observed, "\u2013", expected, test.relative, p_text(test.p_fewer)])
        if order == "degree":
            book.put("relative.degree", test.relative)
        book.says("beside its degrees the district is not fragile", holds=test.p_fewer > 0.05)
    adaptive = paths["highest betweenness of the rest first"]
    rows.append(["highest betweenness of the rest first", adaptive.robustness, "\u2013", "\u2013", "\u2013", "\u2013"])
    head = ["order of leaving", "R", "middle 95 %", "R by chance", "relative", "more fragile"]
    book.table("robustness", head, rows, "lrrrrr", widths=(1, 0, 0, 0, 0, 0))
    tenth = net.n_firms // 10
    book.share("tenth.random", float(band.curve["median"].iloc[tenth]))
    book.share("tenth.attack", float(paths["highest betweenness first"].curve["giant_share"].iloc[tenth]))
    loss = cn.vulnerability(net).sort_values("reachable_share_left")
    worst = loss.index[0]
    book.put("worst", str(names[worst]))
    book.share("worst.left", float(loss.loc[worst, "reachable_share_left"]))
    book.share("next.left", float(loss["reachable_share_left"].iloc[1]))
    book.put("null.draws", DRAWS)
    book.put("p.floor", 1 / (DRAWS + 1))
    return book


# ── inference ──


def _meetings(agreements: cn.Network) -> float:
    return cn.cohesion.transitivity(agreements.project("firm"))


def part_inference() -> Book:
    """Null models, QAP, tie models, and what survives errors in the records."""
    book = Book()
    _, _, net = harbor()
    flat = net.undirected()
    book.table("nulls", ["null model", "kept"], [[name, words] for name, words in cn.inference.NULLS.items()], "ll")
    measures = {
        "transitivity": cn.cohesion.transitivity,
        "degree assortativity": cn.cohesion.degree_assortativity,
        "mean distance": cn.cohesion.mean_distance,
        "share in the largest component": cn.cohesion.giant_share,
    }
    rows = []
    for null in ("ties", "degree", "layers"):
        test = cn.inference.test_against_null(flat, measures, null=null, draws=DRAWS, seed=SEED).to_frame()
        for place, (name, row) in enumerate(test.iterrows()):
            rows.append(
                [null if place == 0 else "", str(name),
                 row["observed"], row["expected"], text(row["z"], 1), f"{row['p_maxt']:.2f}"]
            )  # fmt: skip
            if name == "transitivity":
                book.put(f"transitivity.{null}", row["expected"])
                if null == "ties":
                    book.put("transitivity", row["observed"])
    book.table("against", ["null", "measure", "observed", "expected", "z", "p (maxT)"], rows, "llrrrr")

    records, linkage, _ = harbor()
    agreements = cn.build_agreements(records, linkage=linkage, bilateral=())
    met = cn.inference.test_against_null(agreements, _meetings, null="two_mode", draws=DRAWS, seed=SEED)
    book.put("coop.n", int((agreements.firms["mode"] == "agreement").sum()))
    book.put("coop.observed", met.observed)
    book.put("coop.expected", met.expected)
    book.put("coop.p", p_text(met.p))
    book.says("agreements alone show no closure to explain", holds=met.p > 0.05)

    florence = cn.datasets.load("florentine")
    marriage, business = florence.layer("marriage"), florence.layer("business")
    qap = cn.inference.qap_correlation(marriage, business, draws=20_000, seed=SEED)
    book.put("qap.r", qap.observed, 3)
    book.put("qap.p", f"{qap.p_more:.4f}".replace("0.", "."))
    book.put("qap.draws", 20_000)
    model = cn.inference.tie_model(business, "edges + edgecov('marriage')", covariates={"marriage": marriage})
    slope = model.estimates.iloc[1]
    book.put("tie.odds", float(np.exp(slope["estimate"])), 1)

    rates = {"missing_firms": 0.1, "missing_ties": 0.1, "false_ties": 0.1, "misassigned_ties": 0.1}
    tried = cn.inference.sensitivity(net, "betweenness", errors=rates, draws=100, seed=SEED)
    book.table(
        "sensitivity",
        ["error, a tenth of them", "rank correlation", "of the top ten, kept", "same first firm"],
        [
            [
                str(name).rsplit(" ", 1)[0].replace("_", " "),
                row["spearman"],
                text(row["overlap"], 2),
                f"{100 * row['first']:.0f} %",
            ]
            for name, row in tried.table.iterrows()
        ],
        "lrrr",
    )
    kept = tried.survival.iloc[:, 2:].min(axis=1)
    book.word("survive.top", int((kept >= 0.95).sum()))
    book.put("survive.draws", 100)
    book.share("survive.level", 0.95)
    book.put("survive.first.false", round(100 * tried.table.loc["false_ties 0.1", "first"]))
    book.put("survive.first.missing", round(100 * tried.table.loc["missing_ties 0.1", "first"]))
    detect = cn.inference.detectable_effect(
        cn.inference.test_against_null(flat, "transitivity", null="degree", draws=199, seed=SEED)
    )
    book.put("detect", float(detect.effect), 3)
    return book


# ── where print and theory differ ──


def part_disagreement() -> Book:
    """Small worlds of projections, fits of core and periphery, slow convergence."""
    book = Book()
    table = cn.datasets.load("interlocks")
    nulls = {
        "rand": "a random network of firms",
        "robins": "random boards, drawn",
        "nsw": "random boards, formula",
    }
    degree = 2 * table["links"] / table["N"]
    expected = {"rand": (degree / table["N"], np.log(table["N"]) / np.log(degree))} | {
        name: (table[f"C_{name}"], table[f"L_{name}"]) for name in ("robins", "nsw")
    }
    ratios = pd.DataFrame({name: (table["C"] / c) / (table["L"] / length) for name, (c, length) in expected.items()})
    for name in nulls:
        book.put(f"sw.{name}", interval(ratios[name].min(), ratios[name].max(), 1))
    book.word("sw.countries", len(ratios))
    book.word("sw.fall", int((ratios["nsw"] < ratios["rand"]).sum()))
    book.word("sw.fall.drawn", int((ratios["robins"] < ratios["rand"]).sum()))

    def worlds(figure: Figure) -> None:
        ax = figure.subplots()
        rows = np.arange(len(ratios))[::-1]
        for (name, words), color, marker in zip(nulls.items(), cn.plots.OKABE_ITO, "osD", strict=False):
            ax.scatter(ratios[name], rows, color=color, marker=marker, s=36, label=words, zorder=3)
        ax.hlines(rows, ratios.min(axis=1), ratios.max(axis=1), color=cn.plots.PALE, zorder=1)
        ax.axvline(1, color=cn.plots.INK, linewidth=0.9, linestyle="--")
        ax.set_xscale("log")
        ax.set_xticks([1, 2, 5, 10, 20, 50], ["1", "2", "5", "10", "20", "50"])
        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.set_yticks(rows, [str(name) for name in ratios.index])
        ax.set_xlabel("Small-world ratio (1: as chance has it; logarithmic)")
        ax.legend(title="compared with", frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
        for side in ("top", "right"):
            ax.spines[side].set_visible(False)

    book.figures["worlds"] = cn.plots.draw_svg(worlds, (6.4, 2.4))

    baker = cn.datasets.load("baker")
    readings: dict[str, dict[str, Any]] = {
        "either cites the other; core\u2013periphery pairs ignored": {},
        "the same, citations as they go": {"direction": "keep"},
        "the same, only mutual citations": {"direction": "mutual"},
        "core\u2013periphery pairs expected tied": {"between": "tied"},
        "core\u2013periphery pairs expected not tied": {"between": "untied"},
        "numbers of citations; these pairs not tied": {"between": "untied", "direction": "keep", "weights": "strength"},
    }
    cores = {
        words: cn.brokerage.core_periphery(baker, draws=DRAWS, seed=SEED, **how) for words, how in readings.items()
    }
    fits = pd.Series({words: core.fit for words, core in cores.items()})
    book.put("fit.low", fits.min())
    book.put("fit.high", fits.max())
    book.put("fit.published", fits.iloc[0], 3)
    book.word("fit.readings", len(fits))
    book.put("fit.n", baker.n_firms)
    book.put("fit.core.low", min(len(core.core) for core in cores.values()))
    book.put("fit.core.high", max(len(core.core) for core in cores.values()))

    def spread(figure: Figure) -> None:
        ax = figure.subplots()
        for place, core in enumerate(cores.values()):
            ax.plot(core.draws, np.full(len(core.draws), place), "|", color="#999999", alpha=0.6)
            ax.plot(core.fit, place, "o", color=cn.plots.OKABE_ITO[4])
            ax.annotate(
                f"{core.fit:.2f}, p = {core.p:.2f}", (1.02, place), xycoords=("axes fraction", "data"), va="center",
                fontsize=8, annotation_clip=False,
            )  # fmt: skip
        ax.set_yticks(range(len(cores)), list(cores))
        ax.invert_yaxis()
        ax.set_xlim(0, 1)
        ax.set_xlabel("Correlation with the ideal")
        for side in ("top", "right"):
            ax.spines[side].set_visible(False)

    book.figures["fits"] = cn.plots.draw_svg(spread, (6.4, 2.3))

    sizes = 10 ** np.arange(2, 9)
    rates = {}
    for tail in (1.18, 1.38):
        volatility = np.array([cn.models.pareto_volatility(int(n), tail=tail) for n in sizes])
        rates[tail] = -np.diff(np.log10(volatility))
        book.put(f"slope.{tail}.first", rates[tail][0])
        book.put(f"slope.{tail}.last", rates[tail][-1])
        book.put(f"slope.{tail}.bound", (tail - 1) / tail)
        book.put(f"slope.{tail}.tail", tail)
    book.put("sizes.first", f"{text(int(sizes[0]))} and {text(int(sizes[1]))}")
    book.put("sizes.last", text(int(sizes[-1])))

    def slopes(figure: Figure) -> None:
        ax = figure.subplots()
        for (tail, rate), color in zip(rates.items(), cn.plots.OKABE_ITO, strict=False):
            ax.semilogx(np.sqrt(sizes[1:] * sizes[:-1]), rate, marker="o", color=color, label=f"tail exponent {tail}")
            ax.axhline((tail - 1) / tail, color=color, linestyle=":")
        ax.axhline(0.5, color=cn.plots.QUIET, linewidth=1)
        ax.annotate("shocks average out", (2e7, 0.49), va="top", ha="center", fontsize=8, color=cn.plots.QUIET)
        ax.set_ylim(0.1, 0.54)
        ax.set_xlabel("Firms")
        ax.set_ylabel("Local rate of decline")
        ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(0, 0.9))
        for side in ("top", "right"):
            ax.spines[side].set_visible(False)

    book.figures["slopes"] = cn.plots.draw_svg(slopes, (5.2, 2.5))
    return book


# ── theory ──


def part_claims() -> Book:
    """Count what the register of claims says, and what the harbor's records say to it."""
    book = Book()
    records, linkage, net = harbor()
    seen = cn.theory.evidence(records, linkage=linkage, network=net)
    table = cn.theory.claims(seen, draws=199, seed=SEED)
    book.put("claims", len(table))
    book.put("claims.contested", int(table["contested"].sum()))
    for status in ("tested", "needs", "registered"):
        book.put(f"claims.{status}", int((table["status"] == status).sum()))
    for verdict in ("agrees", "contradicts", "open"):
        book.put(f"claims.{verdict}", int((table["verdict"] == verdict).sum()))
    sections = []
    for label, title in cn.theory.SECTIONS.items():
        rows = table[table["section"] == label]
        counted = [int((rows["status"] == s).sum()) for s in ("tested", "needs", "registered")]
        verdicts = [int((rows["verdict"] == v).sum()) for v in ("agrees", "contradicts", "open")]
        sections.append([title, len(rows), *counted, *verdicts])
    head = ["section of the register", "claims", "tested", "lack columns", "no test", "agree", "contradict", "open"]
    book.table("sections", head, sections, "lrrrrrrr", widths=(1, 0, 0, 0, 0, 0, 0, 0))
    told = []
    for number, row in table[table["status"] == "tested"].iterrows():
        told.append(
            [str(number), str(row["claim"]), str(row["measured"]),
             f"{text(row['estimate'])} ({interval(row['low'], row['high'])})",
             str(row["verdict"])]
        )  # fmt: skip
    book.table(
        "tested", ["no.", "claim", "measured", "estimate (95 %)", "verdict"], told, "rllll", widths=(0, 5, 4, 0, 0)
    )
    against = table[table["verdict"] == "contradicts"]
    book.says("claim 12 is contradicted", holds=12 in against.index)
    book.put("claims.contradicted", listed(against.index))
    book.put("claims.explained", 12)
    return book


def part_power(numbers: Sequence[int]) -> Book:
    """Measure size and power of some claims; the rows are joined later."""
    made = [
        # Claim 8 has no answer with fewer draws.
        cn.theory.power_table([number], replications=REPLICATIONS, draws=DRAWS if number == 8 else 59, seed=SEED)
        for number in numbers
    ]
    table = pd.concat(made)
    book = Book()
    rows = [
        [str(number), str(row["test"]).replace("_", " "), f"{row['n']:,.0f} {row['of']}" if row["n"] > 0 else "\u2013",
         f"{row['size']:.2f}", interval(row["size_low"], row["size_high"]), f"{row['false_agreement']:.2f}",
         f"{row['power']:.2f}", interval(row["power_low"], row["power_high"])]
        for number, row in table.iterrows()
    ]  # fmt: skip
    head = ["no.", "test", "at", "size", "95 %", "agrees wrongly", "power", "95 %"]
    book.table("power", head, rows, "rllrlrrl", widths=(0, 3, 3, 0, 0, 0, 0, 0))
    return book


# ── the ledger ──


def number_text(value: object) -> str:
    """Return a cell of the ledger with at most five digits."""
    try:
        number = float(str(value))
    except ValueError:
        return str(value)
    return f"{number:.5g}".replace("-", "\u2212")


def part_ledger(path: Path) -> Book:
    """Read the ledger: its summary, its rows, and single numbers that the paper speaks of."""
    book = Book()
    ledger = pd.read_csv(path, dtype="str", keep_default_na=False)
    titles = cn.reproduction.findings()
    rows = []
    for label, part in ledger.groupby("finding", sort=False):
        passed = part["passed"] == "yes"
        keys = sorted(set(part["source"]))
        rows.append(
            [
                str(label),
                titles[label],
                len(part),
                int(passed.sum()),
                int((~passed & (part["note"] != "")).sum()),
                " ".join(keys),
            ]
        )
    book.table(
        "ledger",
        ["", "finding", "rows", "as published", "explained", "sources"],
        rows,
        "llrrrl",
        widths=(0, 5, 0, 0, 0, 4),
    )
    passed = ledger["passed"] == "yes"
    book.put("ledger.rows", len(ledger))
    book.put("ledger.passed", int(passed.sum()))
    book.word("ledger.explained", int((~passed & (ledger["note"] != "")).sum()))
    book.put("ledger.unexplained", int((~passed & (ledger["note"] == "")).sum()))
    book.put("ledger.findings", ledger["finding"].nunique())
    for tag in cn.reproduction.TAGS:
        book.put(f"ledger.{tag}", int((ledger["tag"] == tag).sum()))
    head = ["", "quantity", "published", "computed", "tolerance", "tag", "pass"]
    body = [
        [row.finding, row.quantity, number_text(row.published), number_text(row.computed),
         row.tolerance.replace("-", "\u2212"), row.tag,
         {"yes": "yes", "no": "no, see text"}[row.passed]]
        for row in ledger.itertuples()
    ]  # fmt: skip
    book.table("ledger.full", head, body, "llrrlcl", widths=(0, 8, 3, 3, 4, 0, 0))

    cells = ledger.set_index(["finding", "quantity"])

    def cell(key: str, label: str, quantity: str, column: str = "computed", digits: int = 2) -> None:
        book.put(key, float(cells.loc[(label, quantity), column]), digits)

    cell("attack.quoted.hubs", "B4", "hub-dominated (ties), attack: threshold", "published")
    cell("attack.quoted.random", "B4", "random ties, random failure: threshold", "published")
    cell("attack.grown", "B4", "hub-dominated (ties), attack: threshold")
    cell("attack.plus", "B4", "hub-dominated (ties + 1), attack: threshold")
    cell("attack.theory", "B4", "hub-dominated (ties), attack: closed form")
    cell("failure.found", "B4", "random ties, random failure: threshold")
    cell("failure.theory", "B4", "random ties, random failure: closed form")
    cell("attack.recomputed", "B4", "random ties, recomputed attack: peak")
    cell("attack.static", "B4", "random ties, static attack: peak")
    cell("davis.transitivity", "B11", "women: transitivity of the projection")
    cell("davis.expected", "B11", "random memberships: transitivity of the projection")
    cell("davis.p", "B11", "the observed transitivity among them: p")
    cell("davis.two", "B11", "women: two-mode clustering")
    cell("davis.two.expected", "B11", "random memberships: two-mode clustering")
    cell("davis.two.z", "B11", "the observed two-mode clustering among them: z", digits=1)
    cell("fit.quoted", "B10", "journals: fit of the discrete core", "published")
    return book


# ── putting it together ──


def join_power(books: Sequence[Book]) -> Book:
    """Join the rows of the claims whose power was measured in several processes."""
    book = Book()
    rows = sorted((row for part in books for row in part.tables["power"]["rows"]), key=lambda row: int(row[0]))
    first = books[0].tables["power"]
    book.table("power", first["head"], rows, first["align"], widths=first["widths"])
    book.put("power.tests", len(rows))
    book.put("power.replications", REPLICATIONS)
    size, wrong, power = (np.array([float(row[i]) for row in rows]) for i in (3, 5, 6))
    book.put("power.size.mean", size.mean(), 3)
    book.put("power.wrong", wrong.max())
    book.put("power.eight", int((power >= 0.8).sum()))
    book.share("power.wanted", 0.8)
    book.share("power.nominal", 0.05)
    off = [row[0] for row in rows if row[4][:4] != "\u2013" and float(row[4].split(" to ")[0]) > 0.05]
    book.put("power.off", f"claim {listed(off)}" if off else "none")
    silent = [row[0] for row in rows if row[2] == "\u2013"]
    book.put("power.silent", f"claim {listed(silent)}" if silent else "none")
    return book


def jobs() -> dict[str, tuple[Callable[..., Book], tuple[Any, ...]]]:
    """Return the parts of the paper that take time, the longest first."""
    numbers = sorted(cn.theory.PLANTED)
    made: dict[str, tuple[Callable[..., Book], tuple[Any, ...]]] = {
        "claims": (part_claims, ()),
        **{f"power {k}": (part_power, (numbers[k::PIECES],)) for k in range(PIECES)},
        "measures": (part_measures, ()),
        "inference": (part_inference, ()),
        "table2": (part_table2, ()),
        "resilience": (part_resilience, ()),
        "disagreement": (part_disagreement, ()),
        "records": (part_records, ()),
    }
    return made


def compute(ledger: Book, workers: int) -> dict[str, Any]:
    """Return everything the paper prints, from its ledger and the package."""
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        waiting = {name: pool.submit(function, *given) for name, (function, given) in jobs().items()}
        made = {name: future.result() for name, future in waiting.items()}
    return assemble(ledger, made)


def assemble(ledger: Book, made: Mapping[str, Book]) -> dict[str, Any]:
    """Join the parts, and say what made them."""
    book = Book()
    book.merge(ledger)
    for name, part in made.items():
        if not name.startswith("power"):
            book.merge(part)
    book.merge(join_power([part for name, part in made.items() if name.startswith("power")]))
    book.put("seed", SEED)
    book.put("version", cn.__version__)
    used = ("numpy", "pandas", "scipy", "networkx", "igraph", "statsmodels", "numba", "matplotlib", "typst")
    book.put("python", ".".join(platform.python_version_tuple()[:2]))
    book.put("versions", ", ".join(f"{name} {metadata.version(name)}" for name in used))
    return {"numbers": book.numbers, "tables": book.tables, "figures": book.figures}


def part_table2() -> Book:
    """Put Table 2 of the essays to the test on two simulated clusters of known truth."""
    book = Book()
    pairs = 6
    told: dict[float, list[pd.DataFrame]] = {}
    for contrast in (1.0, 0.0):
        for place in range(pairs):
            two = cn.theory.simulate_communities(contrast=contrast, seed=SEED + place)
            seen = cn.theory.table2(two.general, two.specialized, bundles=two.bundles, draws=DRAWS, seed=SEED)
            told.setdefault(contrast, []).append(seen.table)
            if contrast and place == 0:
                first, truth = two, two.truth
    table = told[1.0][0]

    def said(contrast: float, measure: Hashable) -> str:
        agrees = pd.Series([one.loc[measure, "agrees"] for one in told[contrast]], dtype="boolean")
        return f"{int(agrees.sum())} / {int((~agrees).sum())}"

    rows, before = [], ""
    for measure, row in table.iterrows():
        rows.append(
            ["" if row["row"] == before else str(row["row"]), str(measure), text(row["general"]),
             text(row["specialized"]), f"{text(row['difference'])} ({interval(row['low'], row['high'])})",
             "general" if row["expected"] == "general" else "special.",
             said(1.0, measure), said(0.0, measure)]
        )  # fmt: skip
        before = row["row"]
    head = ["row", "measure", "general", "special.", "difference (95 %)", "essays: higher", "planted", "not planted"]
    book.table("table2", head, rows, "llrrrlrr", widths=(3, 5, 0, 0, 0, 0, 0, 0))
    claims = sorted(int(one) for one in set(table["claim"]))
    book.put("table2.claims", f"{claims[0]} to {claims[-1]}")
    book.put("table2.firms", first.general.network.n_firms)
    book.put("table2.pairs", pairs)
    widths = truth.loc["width"]
    book.put("table2.wide", float(widths["general"]), 0)
    book.put("table2.narrow", float(widths["specialized"]), 0)
    for key, name in (
        ("random", "capabilities kept as firms leave at random"),
        ("attack", "capabilities kept as the best tied leave"),
        ("behind", "firms behind a capability"),
        ("teams", "demanded bundles that a team delivers"),
    ):
        for side in ("general", "specialized"):
            value = float(table.loc[name, side])
            book.put(f"table2.{key}.{side}", text(value, 1 if key == "behind" else 2))
        book.says(f"{name}: lower among specialists", holds=bool(table.loc[name, "high"] < 0))
    counts = table["agrees"]
    book.word("table2.agree", int(counts.sum()))
    book.word("table2.against", int((~counts).sum()))
    book.word("table2.open", int(counts.isna().sum()))
    book.word("table2.measures", len(table))
    return book


def write(made: dict[str, Any], out: Path) -> None:
    """Write data.json, the figures and what else typst reads into one folder."""
    out.mkdir(parents=True, exist_ok=True)
    for name, svg in made["figures"].items():
        (out / f"{name}.svg").write_text(svg, encoding="utf-8")
    plain = {"numbers": made["numbers"], "tables": made["tables"]}
    (out / "data.json").write_text(json.dumps(plain, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def typeset(out: Path, source: Path = HERE / "paper.typ") -> Path:
    """Typeset the paper from what `write` left in `out`, and return its path."""
    try:
        import typst  # noqa: PLC0415  (an extra)
    except ImportError:
        sys.exit("The paper needs typst: pip install 'clusternet[report]'")
    if source.resolve() != (out / "paper.typ").resolve():
        shutil.copyfile(source, out / "paper.typ")
    shutil.copyfile(HERE / "layout.typ", out / "layout.typ")
    bibliography = resources.files("clusternet").joinpath("references.bib").read_text(encoding="utf-8")
    (out / "references.bib").write_text(bibliography, encoding="utf-8")
    typst.compile(
        out / "paper.typ",
        output=out / "paper.pdf",
        root=out,
        font_paths=[Path(get_data_path()) / "fonts" / "ttf"],
        ignore_system_fonts=True,
        timestamp=EPOCH,
    )
    return out / "paper.pdf"


def main() -> None:
    """Compute, write, typeset."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ledger", type=Path, default=LEDGER, help="what `clusternet reproduce` wrote")
    parser.add_argument("--out", type=Path, default=OUT, help="folder for the paper and what it is made of")
    parser.add_argument("--workers", type=int, default=2, help="processes that compute")
    parser.add_argument("--words-only", action="store_true", help="typeset again from the numbers that are there")
    asked = parser.parse_args()
    if not asked.words_only:
        if not asked.ledger.exists():
            sys.exit(f"{asked.ledger} is missing; make reproduce writes it.")
        write(compute(part_ledger(asked.ledger), asked.workers), asked.out)
    print(typeset(asked.out))


if __name__ == "__main__":
    main()
