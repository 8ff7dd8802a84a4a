"""The pictures of the report, and the data of its interactive map."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from clusternet import plots
from clusternet.report._blocks import FIRM_MEASURES, GROUPINGS, STRANGER, UNDECIDED, amounts
from clusternet.report._parts import Figure
from clusternet.report._text import NONE, count, join, layer_name, number, plural, share

if TYPE_CHECKING:
    import pandas as pd

    from clusternet.network import Network
    from clusternet.report._analysis import Analysis
    from clusternet.report._leaving import Leaving

__all__ = [
    "coreness",
    "coverage",
    "layers",
    "network_data",
    "partners",
    "rank_grid",
    "removal",
    "stages",
    "viewer_data",
]


def coverage(table: pd.DataFrame, by: str) -> Figure:
    """Share of registered firms that the records name, by group."""
    body = table[table["registered"] > 0].sort_values("registered", ascending=False, kind="stable").head(15)
    bars = body[["named_share"]].rename(columns={"named_share": "share"})
    bars["text"] = [f"{count(row['named'])} of {count(row['registered'])}" for _, row in body.iterrows()]
    bars.index = [{"(missing)": "not stated"}.get(str(name), str(name)) for name in bars.index]
    svg = plots.draw_svg(
        lambda figure: plots.share_bars(bars, ax=figure.subplots(), label="Registered firms that a record names"),
        (6.8, 0.7 + 0.28 * max(len(bars), 1)),
    )
    said = "; ".join(f"{plots.short(name, 40)} {share(row['share'])}" for name, row in bars.head(6).iterrows())
    return Figure(
        svg=svg,
        narrow=True,
        alt=f"Bars by {by}: share of registered firms named in the records. {said}.",
        caption=f"Share of registered firms that at least one record names, by {by}, largest groups first.",
    )


def layers(found: Analysis, note: str) -> Figure:
    """Small maps, one per layer."""
    net, positions = found.shown.net, found.shown.positions
    names = net.layers
    columns = min(3, max(len(names), 1))
    rows = max(math.ceil(len(names) / columns), 1)
    tall = float(np.clip(positions["y"].max() if len(positions) else 1.0, 0.6, 1.4))

    def draw(figure: Any) -> None:
        axes = figure.subplots(rows, columns, squeeze=False)
        plots.layer_maps(net, axes=list(axes.ravel()), positions=positions)

    wide = {1: 6.4, 2: 4.4}.get(columns, 3.2)
    svg = plots.draw_svg(draw, (wide * columns, rows * (0.95 * wide * tall + 0.6)))
    parts = [
        f"{layer_name(layer)} {plural(len(net.layer(layer).simple('undirected').source), 'pair')}" for layer in names
    ]
    return Figure(
        svg=svg,
        narrow=columns == 1,
        alt=f"Small maps of the network, one per layer: {join(parts)}.",
        caption=f"The network by layer, every firm at the same place. {note} Gray dots have no tie in that layer.",
    )


def rank_grid(found: Analysis, order: pd.Index, columns: list[str]) -> Figure:
    """Ranks side by side."""
    table = found.ranks.loc[order, columns].rename(columns=FIRM_MEASURES)
    svg = plots.draw_svg(
        lambda figure: plots.rank_chart(table, ax=figure.subplots(), names=found.names),
        (3.0 + 0.95 * len(columns), 0.8 + 0.3 * len(order)),
    )
    first = plots.short(found.names[order[0]], 60)
    return Figure(
        svg=svg,
        alt=f"Grid of ranks under {join(FIRM_MEASURES[name].lower() for name in columns)}; "
        f"first by mean rank is {first}.",
        caption="Ranks under each measure, 1 for the highest value; the darker, the nearer the "
        "top. A row of equal "
        "shades is a firm that matters in every way, a row of mixed ones a specialist.",
    )


def partners(found: Analysis) -> Figure:
    """How many firms have how many partners."""
    values = found.measures["degree"].rename("Number of partners")
    svg = plots.draw_svg(lambda figure: plots.distribution(values, ax=figure.subplots()), (6.0, 3.0))
    return Figure(
        svg=svg,
        narrow=True,
        alt=f"Bars: number of firms by number of partners; median {number(values.median())}, "
        f"largest {number(values.max())}.",
        caption="How many firms have how many partners. Half of all firms have at most "
        f"{number(math.floor(values.median()))}, "
        f"the best-connected one has {number(values.max())}.",
    )


def coreness(found: Analysis) -> Figure:
    """How many firms belong to how tight a core."""
    values = found.coreness.rename("k-coreness")
    top = values.max()
    inner = int((values == top).sum())
    svg = plots.draw_svg(
        lambda figure: plots.distribution(values, ax=figure.subplots(), color=plots.OKABE_ITO[2]), (6.0, 3.0)
    )
    return Figure(
        svg=svg,
        narrow=True,
        alt=f"Bars: number of firms by k-coreness from {number(values.min())} to "
        f"{number(top)}; {plural(inner, 'firm')} in the innermost core.",
        caption="k-coreness: a firm of coreness k belongs to a part of the network where everyone "
        "has at least k partners in "
        f"that part. The innermost core holds {plural(inner, 'firm')}, each with at least "
        f"{plural(top, 'partner')} in it.",
    )


def removal(made: Leaving) -> Figure:
    """Draw the largest group as firms leave."""
    svg = plots.draw_svg(
        lambda figure: plots.removal_paths(made.removals, band=made.band, null=made.null_band, ax=figure.subplots()),
        (7.6, 4.4),
    )
    said = "; ".join(f"{name}: R {removal.robustness:.3f}" for name, removal in made.removals.items())
    caption = (
        "What stays connected as firms leave. The gray band holds the middle 95% of random orders at each step; a "
        "curve far below it means that the cluster hangs on a few firms."
    )
    if made.null_band is not None:
        caption += (
            " The orange band is where the curve of the firms with most partners would run if these numbers of "
            "partners were tied at random: below it, who is tied to whom makes the cluster fragile, above it sturdy."
        )
    return Figure(
        svg=svg,
        alt="Curves of the largest connected group as firms leave. "
        f"random: R {made.band.robustness.median():.3f}; {said}.",
        caption=caption,
    )


def stages(found: Analysis, made: Leaving) -> Figure:
    """Draw the network with more and more of the best-connected firms gone."""
    path = made.removals["most partners first"]
    net, positions = found.shown.net, found.shown.positions
    tall = float(np.clip(positions["y"].max() if len(positions) else 1.0, 0.6, 1.4))
    told = plots.stages_of(path)
    rows = math.ceil(len(told) / 2)

    def draw(figure: Any) -> None:
        axes = list(figure.subplots(rows, 2, squeeze=False).ravel())
        plots.dismantled(net, path, stages=told, axes=axes, positions=positions)
        for spare in axes[len(told) :]:
            spare.set_axis_off()

    curve = path.curve["giant_share"]
    left = [(share(stage), round(curve.iloc[round(stage * found.n)] * found.n)) for stage in told]
    said = join(f"{gone} gone: {plural(firms, 'firm')}" for gone, firms in left)
    part = " Over each picture are counted those of its firms that the maps show." if found.shown.reason else ""
    return Figure(
        svg=plots.draw_svg(draw, (8.8, rows * (4.1 * tall + 0.35))),
        alt=f"The network in {len(told)} stages as the best-connected firms leave; the largest group"
        f"{' of the whole network' if found.shown.reason else ''}: {said}.",
        caption="The same network as its best-connected firms leave: before, and when the largest connected group "
        "(blue) first has at most three quarters, a half and a quarter of its firms. Orange are firms tied to others "
        f"outside of it, gray are firms left alone.{part}",
    )


# ── the interactive map ──

SCALE = 1000
N_COLORS = 7
"""Colors told apart by color-blind readers on white; twice as many groups are told apart by dots and squares."""


def network_data(net: Network, positions: pd.DataFrame, names: pd.Series) -> dict[str, Any]:
    """Return what the interactive map needs at least: places, names, ties as positions and layer bits, and jobs."""
    ids = net.firms.index
    graph = net.undirected().simple()
    place = positions.loc[ids].to_numpy(dtype=float)
    high = float(place[:, 1].max()) if len(place) else 1.0
    x = np.round(place[:, 0] * SCALE, 1)
    y = np.round((high - place[:, 1]) * SCALE, 1)
    pad = 0.04 * SCALE
    bits = np.zeros(len(graph.source), dtype=np.int64)
    size = np.int64(max(net.n_firms, 1))
    key = graph.source * size + graph.target
    for number_of, layer in enumerate(net.layers):
        part = net.layer(layer).simple("undirected")
        bits[np.searchsorted(key, part.source * size + part.target)] |= 1 << number_of
    partners = np.bincount(np.concatenate([graph.source, graph.target]), minlength=net.n_firms)
    jobs, note = _jobs(net)
    return {
        "width": float(x.max() + 2 * pad) if len(x) else 1.0,
        "height": float(y.max() + 2 * pad) if len(y) else 1.0,
        "x": (x + pad).round(1).tolist(),
        "y": (y + pad).round(1).tolist(),
        "firms": [plots.short(name, 120) for name in names.loc[ids]],
        "size": np.round(partners / max(float(partners.max()), 1.0), 4).tolist() if len(partners) else [],
        "order": np.argsort(-partners, kind="stable").tolist(),
        "a": graph.source.tolist(),
        "b": graph.target.tolist(),
        "layer": bits.tolist(),
        "layers": [[layer_name(layer), plots.LAYER_COLORS.get(layer, "#1f2933")] for layer in net.layers],
        "jobs": jobs,
        "jobs_note": note,
        "columns": [],
        "colors": [],
    }


def _jobs(net: Network) -> tuple[list[float] | None, str]:
    """Return employees by firm, 0 where they are unknown, and a sentence on the unknown; None where none are known."""
    known = amounts(net.firms, "employees")
    if known is None:
        return None, ""
    lacking = int(known.isna().sum())
    note = (
        f"Jobs are the column employees; it is empty for {plural(lacking, 'firm')}, "
        f"which {'counts' if lacking == 1 else 'count'} as 0."
        if lacking
        else ""
    )
    jobs = known.fillna(0.0)
    return [int(value) if value.is_integer() else value for value in jobs.tolist()], note


def viewer_data(found: Analysis) -> dict[str, Any]:
    """Return the shown network for the interactive map, with ready text and colors by firm."""
    net, positions = found.shown.net, found.shown.positions
    ids = net.firms.index
    degree = found.measures.loc[ids, "degree"].to_numpy(dtype=float)
    top = max(float(degree.max()), 1.0) if len(degree) else 1.0
    # Names are written in this order: the best-connected firms and the brokers first.
    best = found.ranks.loc[ids, ["degree", "betweenness"]].min(axis=1).fillna(np.inf).to_numpy(dtype=float)
    columns = [["partners", [number(value) for value in degree]]]
    for name in ("betweenness", "harmonic", "pagerank"):
        rank = found.ranks.loc[ids, name]
        columns.append(
            [
                f"{FIRM_MEASURES[name].lower() if name != 'pagerank' else 'PageRank'} rank",
                [f"{count(value)} of {count(found.n)}" for value in rank],
            ]
        )
    lost = found.alone.loc[ids, "pairs_lost_others"]
    columns.append(["pairs cut if it leaves", [count(value) for value in lost]])
    colors = []
    for name in (*GROUPINGS, "city"):
        if name in net.firms.columns and net.firms[name].notna().any():
            text = net.firms[name].astype("str")
            columns.insert(
                0,
                [
                    name,
                    [
                        NONE if missing else plots.short(value, 60)
                        for value, missing in zip(text, text.isna(), strict=True)
                    ],
                ],
            )
            colors.append(_scheme(name, net.firms[name]))
    if found.marks:
        words = {STRANGER: "no", UNDECIDED: "undecided"}
        columns.append(["in the registry", [words.get(found.marks.get(firm, ""), "yes") for firm in ids]])
    if found.groups is not None:
        label = found.groups.membership.loc[ids]
        community = label.map(lambda value: f"C{int(value) + 1}", na_action="ignore")
        columns.append(["community", [NONE if isinstance(value, float) else str(value) for value in community]])
        colors.append(_scheme("community", community))
    return network_data(net, positions, found.names) | {
        # Whoever has many partners outside of the map is drawn large all the same.
        "size": np.round(degree / top, 4).tolist(),
        "order": np.argsort(best, kind="stable").tolist(),
        "columns": columns,
        "colors": colors,
    }


def _scheme(name: str, groups: pd.Series) -> dict[str, Any]:
    """Return the colors of a grouping: seven colors as dots, the same as squares, gray for the rest."""
    place, names, rest = plots.largest_groups(groups, 2 * N_COLORS)
    legend = [
        [plots.short(group, 40), plots.OKABE_ITO[rank % N_COLORS], rank // N_COLORS] for rank, group in enumerate(names)
    ]
    if rest:
        legend.append([rest, plots.PALE, 0])
    return {"name": name, "legend": legend, "of": place.tolist()}
