"""Every picture: a result in, axes out; nothing here shows or saves.

Without ``ax`` a function draws on a new figure, which is ``ax.figure``. Colors are those of Okabe and Ito, told
apart by color-blind readers. Names of firms are drawn as they are: no mathematics, no line breaks, cut when long.
"""

from __future__ import annotations

import io
import math
import threading
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
import pandas as pd

from clusternet.errors import OptionError, listing, nearest
from clusternet.result import igraph_seed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from clusternet.network import Network

__all__ = [
    "LAYER_COLORS",
    "OKABE_ITO",
    "distribution",
    "draw_svg",
    "firm_names",
    "firm_scatter",
    "group_colors",
    "intervals",
    "layer_maps",
    "layout",
    "network_map",
    "rank_chart",
    "removal_paths",
    "share_bars",
    "short",
]

OKABE_ITO = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#F0E442", "#000000")
"""Eight colors that color-blind readers tell apart (Okabe and Ito), in the order in which we use them."""

LAYER_COLORS = {
    "alliance": "#0072B2",
    "joint_venture": "#D55E00",
    "cooperative": "#009E73",
    "platform": "#CC79A7",
    "supply": "#E69F00",
    "referral": "#56B4E9",
}
"""One color per known layer, the same in every picture."""

INK, QUIET, GRID, PALE = "#1f2933", "#7b8794", "#e4e7eb", "#c3cbd3"
RASTER_FROM = 4_000
"""Ties or firms from which a drawing is embedded as an image, so that a page stays small."""

_lock = threading.RLock()


# ── text ──


@cache
def _drawable() -> frozenset[int]:
    """Code points of the font that matplotlib ships, the only one that is the same everywhere."""
    from matplotlib.font_manager import findfont, get_font

    return frozenset(get_font(findfont("DejaVu Sans")).get_charmap())


def short(text: object, width: int = 32) -> str:
    r"""Return text on one line, cut with an ellipsis after `width` characters, controls left out.

    Parameters
    ----------
    text
        Anything that has a text form.
    width
        The most characters returned, the ellipsis included.

    Examples
    --------
    >>> short("Harbor Precision\nTooling and Sons", width=20)
    'Harbor Precision To…'
    """
    kept = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in str(text))
    line = " ".join(kept.split())
    return line if len(line) <= width else f"{line[: width - 1].rstrip()}…"


def _label(text: object, width: int = 32) -> str:
    """Return text that the bundled font can draw; a sign it lacks becomes a box."""
    return "".join(sign if ord(sign) in _drawable() else "□" for sign in short(text, width))


def firm_names(net: Network) -> pd.Series:
    """Return the name of every firm as text, its id where the name is missing, by firm id in table order."""
    ids = pd.Series([str(firm) for firm in net.firms.index], index=net.firms.index, dtype="str")
    if "name" not in net.firms.columns:
        return ids.rename("name")
    names = net.firms["name"].astype("str")
    return names.where(names.notna() & (names.str.strip() != ""), ids).rename("name")


# ── axes ──


def _axes(ax: Axes | None, size: tuple[float, float] = (7.0, 4.2)) -> Axes:
    if ax is not None:
        return ax
    from matplotlib.figure import Figure

    return Figure(figsize=size, layout="constrained").subplots()


def _plain_axes(ax: Axes, *, grid: Literal["x", "y"] | None = "y") -> None:
    """Thin lines, no box, quiet ticks."""
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(PALE)
    ax.tick_params(colors=QUIET, labelcolor=INK, length=3)
    ax.set_axisbelow(True)
    if grid:
        ax.grid(axis=grid, color=GRID, linewidth=0.8)


def _note(ax: Axes, text: str) -> Axes:
    ax.set_axis_off()
    ax.text(0.5, 0.5, text, ha="center", va="center", color=QUIET, transform=ax.transAxes, parse_math=False)
    return ax


def draw_svg(draw: Callable[[Figure], object], size: tuple[float, float]) -> str:
    """Return a picture as SVG text, the same bytes for the same drawing on every machine.

    Parameters
    ----------
    draw
        Gets an empty figure and fills it.
    size
        Width and height in inches.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    # The user's matplotlibrc must not change the report; back-end settings are none of ours.
    machine = (
        "backend",
        "interactive",
        "toolbar",
        "webagg",
        "tk.",
        "date.epoch",
        "timezone",
        "docstring",
        "savefig.dir",
    )
    plain: dict[Any, Any] = {key: value for key, value in mpl.rcParamsDefault.items() if not key.startswith(machine)}
    fixed: dict[Any, Any] = {
        "svg.hashsalt": "clusternet",
        "svg.fonttype": "path",
        "font.family": ["DejaVu Sans"],
        "font.size": 9.0,
    }
    # rcParams are global: one drawing at a time.
    with _lock, mpl.rc_context(plain | fixed):
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasSVG(figure)
        draw(figure)
        out = io.StringIO()
        figure.savefig(out, format="svg", dpi=170, metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    return text[text.index("<svg") :]


# ── positions ──


def _spring(n: int, edges: NDArray[np.int64]) -> NDArray[np.float64]:
    """Place one connected component in a disk of radius 1 around the origin."""
    import igraph

    if n == 1:
        return np.zeros((1, 2))
    if n == 2:
        return np.array([[-1.0, 0.0], [1.0, 0.0]])
    graph = igraph.Graph(n=n, edges=edges.tolist())
    # Kamada-Kawai shows small groups best, and is a good start for a larger one.
    start = graph.layout_kamada_kawai() if n <= 400 else None
    spread = graph.layout_fruchterman_reingold(niter=500 if n <= 2000 else 300, seed=start) if n > 60 else start
    place: NDArray[np.float64] = np.array(cast("Any", spread).coords, dtype=np.float64)
    place -= place.mean(axis=0)
    # Turn the long axis to the horizontal: pages are wider than high.
    x, y = place[:, 0], place[:, 1]
    turn = 0.5 * math.atan2(2 * float((x * y).sum()), float((x * x - y * y).sum()))
    place = np.column_stack([x * math.cos(turn) + y * math.sin(turn), y * math.cos(turn) - x * math.sin(turn)])
    # Far-flung strays would shrink the rest: distances beyond the 95th percentile are drawn in.
    radius = np.hypot(place[:, 0], place[:, 1])
    edge = max(float(np.quantile(radius, 0.95)), 1e-9)
    pull = np.where(radius > edge, (edge + 0.35 * (radius - edge)) / np.maximum(radius, 1e-9), 1.0)
    place *= pull[:, None]
    place /= max(float(np.hypot(place[:, 0], place[:, 1]).max()), 1e-9)
    return place


def layout(network: Network, *, seed: int = 0) -> pd.DataFrame:
    """Return a place for every firm: each component by forces, the small ones and isolates in rows below.

    Parameters
    ----------
    network
        The network; direction and strength are ignored.
    seed
        Seed of the force-directed layout; the same seed gives the same places.

    Returns
    -------
    DataFrame
        Columns ``x`` (0 to 1, left to right) and ``y`` (from 0 at the bottom; one unit is as long as in x), index
        equal to ``network.firms.index``. Nothing is NaN.

    References
    ----------
    fruchterman1991
    """
    size = network.n_firms
    place = np.zeros((size, 2))
    if size == 0:
        return pd.DataFrame({"x": [], "y": []}, index=network.firms.index, dtype="float64")
    codes = network.component_codes()
    graph = network.simple("undirected")
    counts = np.bincount(codes)
    order = sorted(range(len(counts)), key=lambda code: (-counts[code], code))
    members = np.split(np.argsort(codes, kind="stable"), np.cumsum(counts)[:-1])
    tie_code = codes[graph.source] if len(graph.source) else np.empty(0, dtype=np.int64)
    tie_order = np.argsort(tie_code, kind="stable")
    lines_of = np.split(tie_order, np.cumsum(np.bincount(tie_code, minlength=len(counts)))[:-1])
    local = np.empty(size, dtype=np.int64)
    for group in members:
        local[group] = np.arange(len(group))
    big = math.sqrt(counts[order[0]])
    left, shelf, row_height, isolates = -big, 0.0, 0.0, False
    # igraph has one generator for the process: one layout at a time.
    with _lock, igraph_seed(seed):
        for rank, code in enumerate(order):
            group, n = members[code], int(counts[code])
            lines = lines_of[code]
            edges = np.column_stack([local[graph.source[lines]], local[graph.target[lines]]])
            radius = math.sqrt(n) if n > 1 else 0.35
            disk = _spring(n, edges) * radius
            if rank == 0:
                place[group] = disk
                shelf = float(disk[:, 1].min()) - 0.12 * big - 0.8
                continue
            # Later components are no larger than those before, so rows filled from the left stay tidy.
            step = 2 * radius + (0.9 if n > 1 else 0.35)
            new_row = left + step > big + 0.5 or (n == 1 and not isolates)
            isolates = n == 1
            if new_row and left > -big:
                left, shelf, row_height = -big, shelf - row_height, 0.0
            row_height = max(row_height, step)
            place[group] = disk + np.array([left + step / 2, shelf - step / 2])
            left += step
    place -= place.min(axis=0)
    width = max(float(place[:, 0].max()), float(place[:, 1].max()) * 0.6, 1e-9)
    place /= width
    return pd.DataFrame(place, index=network.firms.index, columns=["x", "y"]).rename_axis(index="firm")


# ── maps ──


def group_colors(groups: pd.Series, limit: int = 6) -> tuple[pd.Series, dict[str, str]]:
    """Return a color per firm, and the legend: the `limit` largest groups get a color of their own, the rest gray.

    Parameters
    ----------
    groups
        One label per firm; missing labels are drawn gray.
    limit
        Number of groups with a color, at most 7.
    """
    text = groups.astype("str").where(groups.notna())
    counts = text.value_counts()
    names = sorted(counts.index, key=lambda name: (-counts[name], name))[: min(limit, 7)]
    legend = {str(name): OKABE_ITO[place] for place, name in enumerate(names)}
    colors = text.map(legend).astype("object")
    rest = colors.isna()
    if rest.any() and len(text):
        legend["other or unknown" if text.isna().any() else "other"] = PALE
    return colors.where(~rest, PALE), legend


def _tie_path(place: NDArray[np.float64], source: NDArray[np.int64], target: NDArray[np.int64]) -> Any:
    """All ties as one path: a hundred times smaller in SVG than one line each."""
    from matplotlib.path import Path

    points = np.empty((2 * len(source), 2))
    points[0::2], points[1::2] = place[source], place[target]
    codes = np.tile(np.array([Path.MOVETO, Path.LINETO], dtype=np.uint8), len(source))
    return Path(points, codes)


def _draw_ties(
    ax: Axes, place: NDArray[np.float64], graph: Any, *, color: str, alpha: float, width: float, bins: int = 3
) -> None:
    from matplotlib.patches import PathPatch

    if not len(graph.source):
        return
    strength = graph.strength
    cuts = np.quantile(strength, np.linspace(0, 1, bins + 1)[1:-1]) if strength.min() < strength.max() else []
    band = np.searchsorted(cuts, strength, side="left") if len(cuts) else np.zeros(len(strength), dtype=np.int64)
    for level in np.unique(band):
        mine = band == level
        patch = PathPatch(
            _tie_path(place, graph.source[mine], graph.target[mine]),
            facecolor="none", edgecolor=color, alpha=alpha, linewidth=width * (1 + 0.8 * int(level)),
            rasterized=len(graph.source) > RASTER_FROM, zorder=1,
        )  # fmt: skip
        ax.add_patch(patch)


def _frame(ax: Axes, place: NDArray[np.float64]) -> None:
    ax.set_aspect("equal")
    ax.set_axis_off()
    if len(place):
        low, high = place.min(axis=0), place.max(axis=0)
        pad = 0.04 * max(float((high - low).max()), 0.1)
        ax.set_xlim(low[0] - pad, high[0] + pad)
        ax.set_ylim(low[1] - pad, high[1] + pad)


def _place(net: Network, positions: pd.DataFrame | None, seed: int) -> NDArray[np.float64]:
    if positions is None:
        positions = layout(net, seed=seed)
    missing = net.firms.index.difference(positions.index, sort=False)
    if len(missing):
        raise OptionError(
            f"positions lacks {len(missing):,} firms of the network: {listing(missing)}; layout(net) places all."
        )
    return np.asarray(positions.loc[net.firms.index, ["x", "y"]], dtype=np.float64)


def _sizes(values: NDArray[np.float64], least: float, most: float) -> NDArray[np.float64]:
    values = np.nan_to_num(values, nan=0.0)
    top = float(values.max()) if len(values) else 0.0
    return least + (most - least) * (values / top if top > 0 else np.zeros(len(values)))


def network_map(
    net: Network,
    *,
    ax: Axes | None = None,
    positions: pd.DataFrame | None = None,
    color_by: str | pd.Series | None = "sector",
    size_by: pd.Series | None = None,
    labels: int = 10,
    seed: int = 0,
) -> Axes:
    """Draw firms as dots and ties as lines.

    Parameters
    ----------
    net
        The network; parallel ties are one line, its width in three steps of strength.
    ax
        Axes to draw on; new ones when omitted.
    positions
        Columns x and y by firm id, as `layout` returns; computed with `seed` when omitted.
    color_by
        A column of ``net.firms`` or a Series by firm; the six largest groups get a color. An absent column or None
        draws all firms alike.
    size_by
        Nonnegative values by firm; dots have areas in proportion. Number of partners when omitted.
    labels
        Number of firms, largest first, that carry their name.
    seed
        Seed of the layout.

    Returns
    -------
    Axes
        The axes drawn on.
    """
    ax = _axes(ax, (7.5, 6.0))
    if net.n_firms == 0:
        return _note(ax, "There is no firm to draw.")
    place = _place(net, positions, seed)
    graph = net.simple("undirected")
    if size_by is None:
        partners = np.bincount(np.concatenate([graph.source, graph.target]), minlength=net.n_firms).astype(float)
        size_by = pd.Series(partners, index=net.firms.index)
    values = size_by.reindex(net.firms.index).to_numpy(dtype=float)
    if isinstance(color_by, str):
        color_by = net.firms[color_by] if color_by in net.firms.columns else None
    alpha = float(np.clip(9.0 / math.sqrt(max(len(graph.source), 1)), 0.08, 0.55))
    _draw_ties(ax, place, graph, color=QUIET, alpha=alpha, width=0.5)
    many = net.n_firms > 600
    dots = _sizes(values, 5.0 if many else 12.0, 70.0 if many else 150.0)
    legend: dict[str, str] = {}
    colors: Any = OKABE_ITO[0]
    if color_by is not None and color_by.notna().any():
        series, legend = group_colors(color_by.reindex(net.firms.index))
        colors = series.tolist()
    ax.scatter(
        place[:, 0], place[:, 1], s=dots, c=colors, edgecolors="white", linewidths=0.4, zorder=2,
        rasterized=net.n_firms > RASTER_FROM,
    )  # fmt: skip
    _frame(ax, place)
    _draw_labels(ax, place, values, firm_names(net), labels)
    if legend:
        from matplotlib.lines import Line2D

        handles = [Line2D([], [], marker="o", linestyle="", color=color, markersize=6) for color in legend.values()]
        box = ax.legend(
            handles, [_label(name, 28) for name in legend], loc="upper center", bbox_to_anchor=(0.5, 0.0),
            ncols=min(4, len(legend)), frameon=False, fontsize=8, handletextpad=0.2, columnspacing=1.2,
        )  # fmt: skip
        for text in box.get_texts():
            text.set_parse_math(False)
    return ax


def _draw_labels(
    ax: Axes, place: NDArray[np.float64], values: NDArray[np.float64], names: pd.Series, count: int
) -> None:
    """Name the largest firms, skipping a name that would cover one already written."""
    if count <= 0 or not len(place):
        return
    span = max(float(np.ptp(place, axis=0).max()), 1e-9)
    taken: list[tuple[float, float, float, float]] = []
    written = 0
    for firm in np.lexsort((np.arange(len(values)), -np.nan_to_num(values, nan=-1.0))):
        if written >= count or not values[firm] > 0:
            break
        text = _label(names.iloc[firm], 26)
        wide, high = 0.0135 * span * len(text), 0.034 * span
        x, y = place[firm]
        box = (x - wide / 2, x + wide / 2, y + 0.008 * span, y + 0.008 * span + high)
        if any(box[0] < b[1] and b[0] < box[1] and box[2] < b[3] and b[2] < box[3] for b in taken):
            continue
        taken.append(box)
        written += 1
        ax.annotate(
            text, (x, y), xytext=(0, 5), textcoords="offset points", ha="center", va="bottom", fontsize=7.5, color=INK,
            zorder=4, parse_math=False, path_effects=_halo(), annotation_clip=False,
        )  # fmt: skip


def _halo() -> list[Any]:
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=2.2, foreground="white")]


def layer_maps(
    net: Network,
    *,
    axes: Sequence[Axes] | None = None,
    positions: pd.DataFrame | None = None,
    seed: int = 0,
) -> list[Axes]:
    """Draw one small map per layer, every firm at the same place in each.

    Parameters
    ----------
    net
        The network.
    axes
        One axes per layer in ``net.layers``; new ones, three in a row, when omitted.
    positions
        Columns x and y by firm id; computed with `seed` when omitted.
    seed
        Seed of the layout.

    Returns
    -------
    list of Axes
        One per layer.

    Raises
    ------
    OptionError
        If fewer axes than layers are given.
    """
    layers = net.layers
    if axes is None:
        from matplotlib.figure import Figure

        columns = min(3, max(len(layers), 1))
        rows = max(math.ceil(len(layers) / columns), 1)
        grid = Figure(figsize=(3.2 * columns, 3.0 * rows), layout="constrained").subplots(rows, columns, squeeze=False)
        axes = list(grid.ravel())
    if len(axes) < max(len(layers), 1):
        raise OptionError(f"{len(axes)} axes for {len(layers)} layers; give one per layer: {listing(layers, 10)}.")
    if not layers:
        for spare in axes:
            spare.set_axis_off()
        return [_note(axes[0], "No tie has been recorded.")]
    place = _place(net, positions, seed)
    for ax, name in zip(axes, layers, strict=False):
        graph = net.layer(name).simple("undirected")
        color = LAYER_COLORS.get(name, INK)
        tied = np.zeros(net.n_firms, dtype=bool)
        tied[graph.source] = tied[graph.target] = True
        raster = net.n_firms > RASTER_FROM // 4
        ax.scatter(place[~tied, 0], place[~tied, 1], s=2.0, c=PALE, linewidths=0, zorder=0, rasterized=raster)
        alpha = float(np.clip(14.0 / math.sqrt(max(len(graph.source), 1)), 0.12, 0.85))
        _draw_ties(ax, place, graph, color=color, alpha=alpha, width=0.45)
        ax.scatter(place[tied, 0], place[tied, 1], s=6.0, c=color, linewidths=0, zorder=2, rasterized=raster)
        _frame(ax, place)
        pairs = len(graph.source)
        ax.set_title(
            f"{_label(name.replace('_', ' '))}\n{int(tied.sum()):,} firms, {pairs:,} "
            f"pair{'' if pairs == 1 else 's'}",
            fontsize=9, color=INK, parse_math=False,
        )  # fmt: skip
    for spare in axes[len(layers) :]:
        spare.set_axis_off()
    return list(axes[: len(layers)])


# ── curves and charts ──

_RESPONSES = {
    "giant_share": "Firms in the largest connected group (share of all firms)",
    "n_components": "Number of separate groups",
    "reachable_pairs": "Pairs of firms that can still reach each other",
}


def removal_paths(
    removals: Mapping[str, Any],
    *,
    band: Any = None,
    response: str = "giant_share",
    ax: Axes | None = None,
) -> Axes:
    """Draw what is left of the network as more and more firms leave.

    Parameters
    ----------
    removals
        Removal results by label; each has a ``curve`` indexed by the number removed.
    band
        A RemovalBand of random orders: its median as a line, its 95 % band as a shade.
    response
        The column of the curves to draw.
    ax
        Axes to draw on; new ones when omitted.

    Returns
    -------
    Axes
        The axes drawn on; x is the share of firms removed, from 0 to 1.

    Raises
    ------
    OptionError
        If a curve lacks the response.
    """
    ax = _axes(ax)
    _plain_axes(ax)
    if band is not None:
        if band.response != response:
            raise OptionError(f"the band holds {band.response!r}; draw that, or make a band of {response!r}.")
        x, curve = _share_removed(band.curve.index), band.curve
        ax.fill_between(
            x, curve["low"], curve["high"], color=PALE, alpha=0.75, linewidth=0,
            label=f"random, middle {band.level:.0%} of orders",
        )  # fmt: skip
        ax.plot(x, curve["median"], color=QUIET, linewidth=1.4, label="random, median")
    styles = ("-", "--", "-.", ":")
    for place, (name, removal) in enumerate(removals.items()):
        curve = removal.curve
        if response not in curve.columns:
            raise OptionError(f"the curve of {name!r} lacks {response!r}.{nearest(response, curve.columns)}")
        color = (OKABE_ITO[4], OKABE_ITO[0], OKABE_ITO[2], OKABE_ITO[3], OKABE_ITO[1])[place % 5]
        ax.plot(
            _share_removed(curve.index), curve[response].to_numpy(dtype=float), color=color, linewidth=1.8,
            linestyle=styles[place % 4], label=_label(name, 60),
        )  # fmt: skip
    ax.set_xlim(0, 1)
    if response == "giant_share":
        ax.set_ylim(0, 1.02)
    ax.set_xlabel("Firms that have left (share of all firms)", color=INK)
    ax.set_ylabel(_RESPONSES.get(response, response), color=INK, fontsize=8.5)
    if removals or band is not None:
        box = ax.legend(frameon=False, fontsize=8.5, loc="upper right")
        for text in box.get_texts():
            text.set_parse_math(False)
    return ax


def _share_removed(index: pd.Index) -> NDArray[np.float64]:
    steps = np.asarray(index, dtype=float)
    return steps / max(float(steps[-1]), 1.0) if len(steps) else steps


def distribution(
    values: pd.Series, *, ax: Axes | None = None, label: str | None = None, color: str = OKABE_ITO[0]
) -> Axes:
    """Draw how many firms have each value: bars per whole number, or a histogram; log scale when the tail is long.

    Parameters
    ----------
    values
        One number per firm; NaN is left out.
    ax
        Axes to draw on; new ones when omitted.
    label
        Name of the horizontal axis; the name of `values` when omitted.
    color
        Color of the bars.

    Returns
    -------
    Axes
        The axes drawn on.
    """
    ax = _axes(ax, (5.0, 3.0))
    known = values.dropna().to_numpy(dtype=float)
    if not len(known):
        return _note(ax, "No value is defined.")
    _plain_axes(ax)
    whole = bool(np.all(known == np.round(known)))
    if whole and np.ptp(known) <= 40:
        levels, counts = np.unique(known, return_counts=True)
        ax.bar(levels, counts, width=0.8, color=color)
        from matplotlib.ticker import MaxNLocator

        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    else:
        counts, edges = np.histogram(known, bins=min(30, max(int(math.sqrt(len(known))), 5)))
        ax.bar(edges[:-1], counts, width=np.diff(edges), align="edge", color=color, edgecolor="white", linewidth=0.6)
    if counts.max() > 50 * max(int(np.median(counts[counts > 0])), 1):
        ax.set_yscale("log")
    ax.set_xlabel(_label(label or values.name or "value", 60), color=INK, parse_math=False)
    ax.set_ylabel("Firms", color=INK)
    return ax


def share_bars(table: pd.DataFrame, *, ax: Axes | None = None, label: str = "Share") -> Axes:
    """Draw one bar per row for a share between 0 and 1, the largest groups on top, with their counts.

    Parameters
    ----------
    table
        Indexed by group, with ``share`` (0 to 1, NaN for no bar) and ``text`` (written beside the bar); optional
        ``low`` and ``high`` draw an interval.
    ax
        Axes to draw on; new ones when omitted.
    label
        Name of the horizontal axis.

    Returns
    -------
    Axes
        The axes drawn on.
    """
    ax = _axes(ax, (6.5, 0.6 + 0.3 * max(len(table), 1)))
    if not len(table):
        return _note(ax, "There is no group to show.")
    _plain_axes(ax, grid="x")
    rows = np.arange(len(table))[::-1]
    share = table["share"].to_numpy(dtype=float)
    ax.barh(rows, np.nan_to_num(share), height=0.62, color=OKABE_ITO[5])
    right = np.nan_to_num(share)
    if {"low", "high"} <= set(table.columns):
        low, high = table["low"].to_numpy(dtype=float), table["high"].to_numpy(dtype=float)
        ok = np.isfinite(share) & np.isfinite(low) & np.isfinite(high)
        ax.hlines(rows[ok], low[ok], high[ok], color=INK, linewidth=1.2)
        right = np.where(ok, np.fmax(right, high), right)
    for row, place, text in zip(rows, right, table["text"], strict=True):
        ax.text(place + 0.015, row, str(text), va="center", ha="left", fontsize=8, color=QUIET, parse_math=False)
    ax.set_yticks(rows, [_label(name, 30) for name in table.index], parse_math=False, fontsize=8.5)
    ax.set_xlim(0, 1.28)
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1.0], ["0", "25%", "50%", "75%", "100%"])
    ax.set_xlabel(_label(label, 80), color=INK, parse_math=False)
    return ax


def firm_scatter(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    names: pd.Series | None = None,
    color_by: pd.Series | None = None,
    labels: int = 6,
) -> Axes:
    """Draw every firm as a dot by two numbers, with the line where the two are equal.

    Parameters
    ----------
    table
        Firms as rows; the first two columns, both nonnegative, are drawn across and upward and name the axes. A firm
        with NaN in either is left out.
    ax
        Axes to draw on; new ones when omitted.
    names
        Names by firm; the index when omitted.
    color_by
        A group per firm; all alike when omitted.
    labels
        Number of firms that carry their name: those highest up, then those furthest right, taken in turn.

    Returns
    -------
    Axes
        The axes drawn on.
    """
    ax = _axes(ax, (6.8, 4.2))
    table = table.iloc[:, :2].dropna()
    if not len(table):
        return _note(ax, "There is no firm to show.")
    _plain_axes(ax)
    place = table.to_numpy(dtype=float)
    top = place.max(axis=0)
    end = float(top.min())
    ax.plot([0, end], [0, end], color=QUIET, linewidth=1.0, linestyle="--", zorder=1)
    colors: Any = OKABE_ITO[0]
    legend: dict[str, str] = {}
    if color_by is not None:
        series, legend = group_colors(color_by.reindex(table.index))
        colors = series.tolist()
    ax.scatter(
        place[:, 0], place[:, 1], s=18.0, c=colors, edgecolors="white", linewidths=0.3, zorder=2, alpha=0.85,
        rasterized=len(table) > RASTER_FROM,
    )  # fmt: skip
    ax.set_xlim(-0.02 * top[0], 1.06 * max(top[0], 1e-9))
    ax.set_ylim(-0.02 * top[1], 1.10 * max(top[1], 1e-9))
    ax.set_xlabel(_label(table.columns[0], 60), color=INK, parse_math=False)
    ax.set_ylabel(_label(table.columns[1], 60), color=INK, parse_math=False)
    called = names.reindex(table.index) if names is not None else table.index.to_series()
    _name_dots(ax, place / np.maximum(top, 1e-9), place, called, labels)
    if legend:
        from matplotlib.lines import Line2D

        handles = [Line2D([], [], marker="o", linestyle="", color=color, markersize=6) for color in legend.values()]
        box = ax.legend(handles, [_label(name, 28) for name in legend], loc="lower right", frameon=False, fontsize=8)
        for text in box.get_texts():
            text.set_parse_math(False)
    return ax


def _name_dots(ax: Axes, unit: NDArray[np.float64], place: NDArray[np.float64], names: pd.Series, labels: int) -> None:
    """Name the dots that are highest and furthest right, skipping a name that would cover one already written."""
    order = [np.argsort(-unit[:, side], kind="stable") for side in (1, 0)]
    turns = [int(firm) for pair in zip(*order, strict=True) for firm in pair]
    taken: list[tuple[float, float, float, float]] = []
    for firm in list(dict.fromkeys(turns))[: 4 * labels]:
        if len(taken) >= labels:
            break
        text = _label(names.iloc[firm], 26)
        x, y = unit[firm]
        right = x > 0.6
        wide = 0.0155 * len(text)
        box = (x - wide, x, y - 0.025, y + 0.025) if right else (x, x + wide, y - 0.025, y + 0.025)
        if any(box[0] < b[1] and b[0] < box[1] and box[2] < b[3] and b[2] < box[3] for b in taken):
            continue
        taken.append(box)
        ax.annotate(
            text, (float(place[firm, 0]), float(place[firm, 1])), xytext=(-5 if right else 5, 2),
            textcoords="offset points", ha="right" if right else "left", va="center", fontsize=7.5, color=INK, zorder=4,
            parse_math=False, path_effects=_halo(), annotation_clip=False,
        )  # fmt: skip


def intervals(
    table: pd.DataFrame, *, ax: Axes | None = None, label: str = "Value", reference: float | None = None
) -> Axes:
    """Draw one dot with its interval per row, the first row on top; those wholly above the reference stand out.

    Parameters
    ----------
    table
        Indexed by what is shown, with ``value``, ``low`` and ``high`` (NaN draws nothing) and ``text``, written at
        the right edge.
    ax
        Axes to draw on; new ones when omitted.
    label
        Name of the horizontal axis.
    reference
        A value to compare with, drawn as a line.

    Returns
    -------
    Axes
        The axes drawn on.
    """
    ax = _axes(ax, (6.5, 0.6 + 0.3 * max(len(table), 1)))
    if not len(table):
        return _note(ax, "There is nothing to show.")
    _plain_axes(ax, grid="x")
    rows = np.arange(len(table))[::-1]
    value, low, high = (table[name].to_numpy(dtype=float) for name in ("value", "low", "high"))
    above = low > (reference if reference is not None else -np.inf)
    colors = np.where(above, OKABE_ITO[0], QUIET)
    ax.hlines(rows, low, high, colors=colors.tolist(), linewidth=1.6)
    ax.scatter(value, rows, s=28, c=colors.tolist(), zorder=3)
    if reference is not None:
        ax.axvline(reference, color=INK, linewidth=0.9, linestyle="--", zorder=1)
    for row, text in zip(rows, table["text"], strict=True):
        ax.annotate(
            str(text), (1.01, row), xycoords=("axes fraction", "data"), va="center", ha="left", fontsize=8, color=QUIET,
            parse_math=False, annotation_clip=False,
        )  # fmt: skip
    ax.set_yticks(rows, [_label(name, 58) for name in table.index], parse_math=False, fontsize=8.5)
    ax.set_ylim(-0.6, len(table) - 0.4)
    ax.set_xlim(left=0)
    ax.set_xlabel(_label(label, 80), color=INK, parse_math=False)
    return ax


def rank_chart(ranks: pd.DataFrame, *, ax: Axes | None = None, names: pd.Series | None = None) -> Axes:
    """Draw the ranks of firms under several measures as a grid: the darker the dot, the nearer the top.

    Parameters
    ----------
    ranks
        Firms as rows, measures as columns, 1 for the top; NaN leaves the cell blank.
    ax
        Axes to draw on; new ones when omitted.
    names
        Names by firm; the index when omitted.

    Returns
    -------
    Axes
        The axes drawn on.
    """
    rows, columns = ranks.shape
    ax = _axes(ax, (2.6 + 0.85 * max(columns, 1), 0.9 + 0.32 * max(rows, 1)))
    if not rows or not columns:
        return _note(ax, "There is no rank to show.")
    from matplotlib.colors import LinearSegmentedColormap

    table = ranks.to_numpy(dtype=float)
    shade = 1 - np.log(np.maximum(np.nan_to_num(table, nan=1.0), 1.0)) / math.log(max(4.0 * rows, 8.0))
    shade = np.clip(shade, 0.0, 1.0)
    scale = LinearSegmentedColormap.from_list("rank", ["#eaf1f6", "#7fb2d3", "#0b4f7a"])
    row, column = np.nonzero(np.isfinite(table))
    ax.scatter(column, -row, s=210, c=shade[row, column], cmap=scale, vmin=0, vmax=1, linewidths=0, zorder=2)
    for down, across in zip(row.tolist(), column.tolist(), strict=True):
        rank = table[down, across]
        text = f"{rank:.0f}" if rank < 1000 else f"{rank / 1000:.0f}k"
        ink = "white" if shade[down, across] > 0.6 else INK
        ax.text(across, -down, text, ha="center", va="center", fontsize=7.5, color=ink, zorder=3)
    labels = ranks.index.to_series().map(names) if names is not None else ranks.index
    ax.set_yticks(-np.arange(rows), [_label(name, 34) for name in labels], parse_math=False, fontsize=8.5)
    ax.set_xticks(range(columns), [_label(name, 18) for name in ranks.columns], parse_math=False, fontsize=8.5)
    ax.xaxis.tick_top()
    ax.tick_params(length=0, labelcolor=INK)
    for side in ("top", "right", "left", "bottom"):
        ax.spines[side].set_visible(False)
    ax.set_xlim(-0.6, columns - 0.4)
    ax.set_ylim(-rows + 0.4, 0.6)
    ax.grid(axis="y", color=GRID, linewidth=0.8)
    ax.set_axisbelow(True)
    return ax
