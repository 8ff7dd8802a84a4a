"""Every picture: a result in, axes out; nothing here shows or saves.

Without ``ax`` a function draws on a new figure, which is ``ax.figure``. Colors are those of Okabe and Ito, told
apart by color-blind readers. Names of firms are drawn as they are: no mathematics, no line breaks, cut when long.
"""

from __future__ import annotations

import io
import math
import sys
import threading
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
import pandas as pd

from clusternet.errors import OptionError, listing, nearest
from clusternet.measure import firm_values
from clusternet.result import igraph_seed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from clusternet.cascades import Cascade
    from clusternet.network import Network
    from clusternet.resilience import Removal

__all__ = [
    "LAYER_COLORS",
    "OKABE_ITO",
    "cascade_sizes",
    "dismantled",
    "distribution",
    "draw_svg",
    "firm_names",
    "firm_scatter",
    "group_colors",
    "indicator_lines",
    "intervals",
    "largest_groups",
    "layer_maps",
    "layout",
    "network_map",
    "rank_chart",
    "removal_paths",
    "risk_ranks",
    "share_bars",
    "shock_map",
    "short",
    "stages_of",
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

STEPS = (1, 2, 2.5, 5, 10)
"""Round distances between ticks."""

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


def _names_of(index: pd.Index, names: pd.Series | None) -> list[object]:
    """Return what to call the rows of a table: their names, or the ids of those that have none."""
    if names is None:
        return list(index)
    return [one if pd.isna(name) else name for one, name in zip(index, names.reindex(index), strict=True)]


# ── axes ──


def _figure(size: tuple[float, float]) -> Figure:
    if "ipykernel" in sys.modules:  # a notebook shows the figures that pyplot knows
        import matplotlib.pyplot as plt

        return plt.figure(figsize=size, layout="constrained")
    from matplotlib.figure import Figure

    return Figure(figsize=size, layout="constrained")


def _axes(ax: Axes | None, size: tuple[float, float] = (7.0, 4.2)) -> Axes:
    return _figure(size).subplots() if ax is None else ax


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


def _numbers(what: str, values: pd.Series) -> NDArray[np.float64]:
    numbers = np.asarray(pd.to_numeric(values, errors="coerce").astype("float64"))
    wrong = values[np.isnan(numbers) & values.notna().to_numpy()]
    if len(wrong):
        raise OptionError(f"{what} has {listing(wrong.tolist())} for {listing(wrong.index)}; give numbers.")
    return numbers


def _within(what: str, values: NDArray[np.float64], most: float) -> None:
    """Refuse numbers that the axes would cut off."""
    wrong = values[(values < 0) | (values > most * (1 + 1e-9))]
    if len(wrong):
        scale = "0 or more" if math.isinf(most) else f"from 0 to {most:g}"
        raise OptionError(f"{what} holds {listing(wrong.tolist())}; what is drawn must be {scale}.")


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
    # Half the width: that of the largest component, or more where many small ones would make a tower.
    steps = np.where(counts > 1, 2 * np.sqrt(counts) + 0.9, 1.05)
    big = max(math.sqrt(counts[order[0]]), 0.6 * math.sqrt(float((np.sort(steps)[:-1] ** 2).sum())))
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
            step = float(steps[code])
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


def largest_groups(groups: pd.Series, limit: int) -> tuple[pd.Series, list[str], str]:
    """Return which of the `limit` largest groups every firm is in, their labels, and what to call the rest.

    Parameters
    ----------
    groups
        One label per firm; missing labels belong to the rest.
    limit
        Number of groups to keep apart.

    Returns
    -------
    place : Series of int
        Place in the list of labels; its length for the rest.
    names : list of str
        Labels, the largest group first, equally large ones by label.
    rest : str
        "other", "unknown" or "other or unknown"; empty if there is no rest.
    """
    if pd.api.types.is_float_dtype(groups.dtype) and (groups.dropna() % 1 == 0).all():
        groups = groups.astype("Int64")  # whole numbers with gaps
    text = groups.astype("str").where(groups.notna())
    counts = text.value_counts()
    names = sorted(counts.index, key=lambda name: (-counts[name], name))[:limit]
    place = text.map({name: rank for rank, name in enumerate(names)}).fillna(len(names)).astype(int)
    rest = " or ".join(["other"] * (len(counts) > len(names)) + ["unknown"] * bool(text.isna().any()))
    while rest in names:  # a group may be called so
        rest = f"all {rest}"
    return place, [str(name) for name in names], rest


def group_colors(groups: pd.Series, limit: int = 6) -> tuple[pd.Series, dict[str, str]]:
    """Return a color per firm, and the legend: the `limit` largest groups get a color of their own, the rest gray.

    Parameters
    ----------
    groups
        One label per firm; missing labels are drawn gray.
    limit
        Number of groups with a color, at most 7.
    """
    place, names, rest = largest_groups(groups, min(limit, 7))
    colors = [*OKABE_ITO[: len(names)], PALE]
    legend = dict(zip([*names, rest] if rest else names, colors, strict=False))
    return place.map(dict(enumerate(colors))).astype("object"), legend


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
    if not {"x", "y"} <= set(positions.columns) or not positions.index.is_unique:
        raise OptionError("positions takes columns x and y and one row per firm, as layout(net) returns them.")
    missing = net.firms.index.difference(positions.index, sort=False)
    if len(missing):
        raise OptionError(
            f"positions lacks {len(missing):,} firms of the network: {listing(missing)}; layout(net) places all."
        )
    return np.asarray(positions.loc[net.firms.index, ["x", "y"]], dtype=np.float64)


def _sizes(values: NDArray[np.float64], least: float, most: float) -> NDArray[np.float64]:
    """Return areas in proportion to the values, the largest `most`, none below `least`."""
    values = np.nan_to_num(values, nan=0.0)
    top = float(values.max()) if len(values) else 0.0
    return np.maximum(most * values / top if top > 0 else np.zeros(len(values)), least)


def _given_sizes(given: pd.Series) -> NDArray[np.float64]:
    sizes = _numbers("size_by", given)
    wrong = given[(sizes < 0) | np.isinf(sizes)]
    if len(wrong):
        raise OptionError(
            f"size_by has {listing(wrong.tolist())} for {listing(wrong.index)}; a dot needs a finite number, 0 or more."
        )
    return sizes


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
        Finite values by firm, 0 or more; dots have areas in proportion, but none is too small to see, and NaN is drawn
        so small. Number of partners when omitted.
    labels
        Number of firms, largest first, that carry their name.
    seed
        Seed of the layout.

    Returns
    -------
    Axes
        The axes drawn on.

    Raises
    ------
    OptionError
        If positions lack a firm, a Series names none of the firms, or a size is negative or infinite.
    """
    if net.n_firms == 0:
        return _note(_axes(ax, (7.5, 6.0)), "There is no firm to draw.")
    graph = net.simple("undirected")
    if size_by is None:
        values = np.bincount(np.concatenate([graph.source, graph.target]), minlength=net.n_firms).astype(float)
    else:
        values = _given_sizes(firm_values(net, size_by))
    if isinstance(color_by, str) and color_by not in net.firms.columns:
        color_by = None
    colored = None if color_by is None else firm_values(net, color_by)
    place = _place(net, positions, seed)
    ax = _axes(ax, (7.5, 6.0))
    alpha = float(np.clip(9.0 / math.sqrt(max(len(graph.source), 1)), 0.08, 0.55))
    _draw_ties(ax, place, graph, color=QUIET, alpha=alpha, width=0.5)
    many = net.n_firms > 600
    dots = _sizes(values, 5.0 if many else 12.0, 70.0 if many else 150.0)
    legend: dict[str, str] = {}
    colors: Any = OKABE_ITO[0]
    if colored is not None and colored.notna().any():
        series, legend = group_colors(colored)
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
        columns = int(np.clip(_inches(ax)[0] / 1.1, 1, min(4, len(legend))))
        box = ax.legend(
            handles, [_label(name, 28) for name in legend], loc="upper center", bbox_to_anchor=(0.5, 0.0),
            ncols=columns, frameon=False, fontsize=8, handletextpad=0.2, columnspacing=1.2,
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
    # The axes keep their aspect, so one direction decides how many inches a unit takes.
    span = np.maximum(np.ptp(place, axis=0), 1e-9)
    unit = float(np.min(_inches(ax) / (1.08 * span)))
    taken: list[tuple[float, float, float, float]] = []
    written = 0
    for firm in np.lexsort((np.arange(len(values)), -np.nan_to_num(values, nan=-1.0))):
        if written >= count or not values[firm] > 0:
            break
        text = _label(names.iloc[firm], 26)
        wide, high, lift = LETTER * len(text) / unit, 0.14 / unit, 0.05 / unit
        x, y = place[firm]
        box = (x - wide / 2, x + wide / 2, y + lift, y + lift + high)
        if any(box[0] < b[1] and b[0] < box[1] and box[2] < b[3] and b[2] < box[3] for b in taken):
            continue
        taken.append(box)
        written += 1
        ax.annotate(
            text, (x, y), xytext=(0, 5), textcoords="offset points", ha="center", va="bottom", fontsize=7.5, color=INK,
            zorder=4, parse_math=False, path_effects=_halo(), annotation_clip=False,
        )  # fmt: skip


LETTER = 0.075
"""Inches that a letter of a name takes, at most but for the widest."""


def _inches(ax: Axes) -> NDArray[np.float64]:
    """Return width and height of the axes, as they are before the layout makes room for labels."""
    size: NDArray[np.float64] = np.array([ax.bbox.width, ax.bbox.height]) / ax.figure.dpi
    return size


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
        columns = min(3, max(len(layers), 1))
        rows = max(math.ceil(len(layers) / columns), 1)
        axes = list(_figure((3.2 * columns, 3.0 * rows)).subplots(rows, columns, squeeze=False).ravel())
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
    "reachable_share": "Pairs of firms that can still reach each other (share)",
}


def _share_gone(removal: Any) -> tuple[NDArray[np.float64], str]:
    """Return the share gone at every step of a path, and of what; a path may end before all are gone."""
    about, curve = removal.settings.parameters, removal.curve
    for column, of in (("n_left", about.get("of")), ("n_firms", "firms")):
        if column in curve.columns:  # groups and periods: the steps differ in size
            left = curve[column].to_numpy(dtype=float)
            return 1 - left / max(left[0], 1.0), of
    of = "ties" if "n_ties" in about else "firms"
    return curve.index.to_numpy(dtype=float) / max(about[f"n_{of}"], 1), of


def _marked(n: int) -> NDArray[np.int64]:
    """Return the places of a long row that get a mark: all, or ever fewer further on; a page stays small."""
    if n <= RASTER_FROM // 4:
        return np.arange(n)
    return np.unique(np.geomspace(1, n, 400).round().astype(np.int64)) - 1


def _shade(ax: Axes, x: NDArray[np.float64], low: Any, high: Any, **style: Any) -> None:
    """Fill between two curves, at a thousand places of a longer one; a page stays small."""
    some = np.unique(np.linspace(0, len(x) - 1, min(len(x), RASTER_FROM // 4)).round().astype(np.int64))
    ax.fill_between(x[some], np.asarray(low)[some], np.asarray(high)[some], **style)


def _band_edges(band: Any) -> tuple[NDArray[np.float64], NDArray[np.float64], str]:
    """Return the edges of a band and what lies between; few draws have no quantiles, only a range."""
    draws = len(band.robustness)
    what = "draws of the records" if "drop" in band.settings.parameters else "random orders"
    if draws * (1 - band.level) < 2:
        return band.curves.min(axis=0), band.curves.max(axis=0), f"all {draws:,} {what}"
    low, high = (band.curve[end].to_numpy(dtype=float) for end in ("low", "high"))
    return low, high, f"middle {100 * band.level:g}% of {draws:,} {what}"


def removal_paths(
    removals: Mapping[str, Any],
    *,
    band: Any = None,
    null: pd.DataFrame | None = None,
    response: str = "giant_share",
    ax: Axes | None = None,
) -> Axes:
    """Draw what is left of the network as more and more firms leave or ties are cut.

    Parameters
    ----------
    removals
        Removal results by label, all of firms or all of ties: a Removal, TieRemoval, GroupRemoval or ScenarioRemoval. A
        path that takes in some firms only ends where they are gone; where values are missing, dots show the others.
    band
        A RemovalBand, of random orders or of draws of the records: its median as a line, and as a shade its level, or
        all of its draws where they are too few for that.
    null
        The same path in random networks with the same numbers of partners: columns low and high (and median, not
        drawn) by number removed, from 0 to all, shaded; ``null.attrs["label"]`` is its name in the legend.
    response
        The column of the curves to draw.
    ax
        Axes to draw on; new ones when omitted.

    Returns
    -------
    Axes
        The axes drawn on; x is the share of firms (or ties) gone, from 0 to 1.

    Raises
    ------
    OptionError
        If a curve lacks the response, or some paths are of firms and others of ties.
    """
    for name, removal in removals.items():
        if response not in removal.curve.columns:
            raise OptionError(f"the curve of {name!r} lacks {response!r}.{nearest(response, removal.curve.columns)}")
    if band is not None and band.response != response:
        raise OptionError(f"the band holds {band.response!r}; draw that, or make a band of {response!r}.")
    paths = [_share_gone(removal) for removal in removals.values()]
    kinds = {of for _, of in paths} | ({"firms"} if band is not None else set())
    if len(kinds) > 1:
        raise OptionError("some paths are of firms and others of ties; draw each kind on axes of its own.")
    ax = _axes(ax)
    _plain_axes(ax)
    if band is not None:
        x = _share_removed(band.curve.index)
        low, high, told = _band_edges(band)
        _shade(ax, x, low, high, color=PALE, alpha=0.75, linewidth=0, label=told)
        ax.plot(x, band.curve["median"], color=QUIET, linewidth=1.4, label="their median")
    if null is not None:
        x, low, high = _share_removed(null.index), null["low"], null["high"]
        _shade(ax, x, low, high, color=OKABE_ITO[4], alpha=0.16, linewidth=0)
        # Told apart from the other band in gray print; a fill of its own, because in SVG one alpha goes for both.
        _shade(
            ax, x, low, high, facecolor="none", edgecolor="#e9a97a", hatch="////", linewidth=0,
            label=_label(null.attrs.get("label", "random networks with the same numbers of partners"), 70),
        )  # fmt: skip
    styles = ("-", "--", "-.", ":")
    for place, ((name, removal), (gone, _)) in enumerate(zip(removals.items(), paths, strict=True)):
        color = (OKABE_ITO[4], OKABE_ITO[0], OKABE_ITO[2], OKABE_ITO[3], OKABE_ITO[1])[place % 5]
        values = removal.curve[response].to_numpy(dtype=float)
        known = np.isfinite(values)  # a slow response may be computed at some steps only
        ax.plot(
            gone[known], values[known], color=color, linewidth=1.8, linestyle=styles[place % 4],
            marker="" if known.all() else ".", label=_label(name, 60),
        )  # fmt: skip
    ax.set_xlim(0, 1)
    if response.endswith("_share") and ax.dataLim.y1 <= 1:
        ax.set_ylim(0, 1.02)
    elif ax.dataLim.y0 >= 0:
        ax.set_ylim(bottom=0)
    ax.set_xlabel(
        "Ties that were cut (share of all ties)" if kinds == {"ties"} else "Firms that have left (share of all firms)",
        color=INK,
    )
    ax.set_ylabel(_label(_RESPONSES.get(response, response), 70), color=INK, fontsize=8.5, parse_math=False)
    if removals or band is not None or null is not None:
        box = ax.legend(frameon=False, fontsize=8.5, loc="upper right")
        for text in box.get_texts():
            text.set_parse_math(False)
    return ax


def _share_removed(index: pd.Index) -> NDArray[np.float64]:
    steps = np.asarray(index, dtype=float)
    return steps / max(float(steps[-1]), 1.0) if len(steps) else steps


def _firms_of(removal: Removal) -> int:
    """Return the number of firms at the start of a path of single firms."""
    from clusternet.resilience import Removal

    if not isinstance(removal, Removal):
        raise OptionError(f"removal is a {type(removal).__name__}; give a path of single firms, from remove_firms.")
    return int(removal.settings.parameters["n_firms"])


def stages_of(removal: Removal, left: Sequence[float] = (0.75, 0.5, 0.25)) -> tuple[float, ...]:
    """Return the start, and the shares of firms gone at which the largest component has shrunk to parts of its start.

    Parameters
    ----------
    removal
        A path of firms with the response ``giant_share``; parts that it does not come down to are left out.
    left
        Parts of the first size, each above 0 and below 1, falling.
    """
    n = _firms_of(removal)
    curve = removal.curve["giant_share"].to_numpy(dtype=float)
    found = [int(np.argmax(curve <= part * curve[0] + 1e-12)) for part in left]
    return tuple(step / max(n, 1) for step in dict.fromkeys([0, *found]))


def dismantled(
    net: Network,
    removal: Removal,
    *,
    stages: Sequence[float] | None = None,
    axes: Sequence[Axes] | None = None,
    positions: pd.DataFrame | None = None,
    seed: int = 0,
) -> list[Axes]:
    """Draw what is left of a network at some stages of a removal path, every firm at the same place in each.

    The largest component is blue, other tied firms are orange, firms without a tie left are gray; firms that have left
    are not drawn.

    Parameters
    ----------
    net
        The network.
    removal
        The path; its ``order`` says who leaves, among them firms that `net` need not show.
    stages
        Shares of the firms of the path that have left, each from 0 to 1; those of `stages_of` when omitted.
    axes
        One axes per stage; new ones in a row when omitted.
    positions
        Columns x and y by firm id; computed with `seed` when omitted.
    seed
        Seed of the layout.

    Returns
    -------
    list of Axes
        One per stage; the title tells how many firms have left and how many the largest component drawn holds.

    Raises
    ------
    OptionError
        If a stage is outside 0 to 1 or beyond the end of the path, `removal` is no path of single firms, or fewer axes
        than stages are given.
    """
    n = _firms_of(removal)
    stages = list(stages_of(removal) if stages is None else stages)
    wrong = [stage for stage in stages if not 0 <= stage <= 1]
    if wrong or not stages:
        raise OptionError(f"stages holds {listing(wrong) or 'nothing'}; give shares of firms gone, from 0 to 1.")
    beyond = [stage for stage in stages if round(stage * n) > len(removal.order)]
    if beyond:
        raise OptionError(
            f"stages holds {listing(beyond)}, but the path ends with {len(removal.order):,} of {n:,} firms gone; give "
            f"stages up to {len(removal.order) / n:.4g}, or remove more firms."
        )
    if axes is None:
        axes = list(_figure((3.2 * len(stages), 3.2)).subplots(1, len(stages), squeeze=False)[0])
    if len(axes) < len(stages):
        raise OptionError(f"{len(axes)} axes for {len(stages)} stages; give one per stage.")
    place = _place(net, positions, seed)
    raster = net.n_firms > RASTER_FROM // 4
    for ax, stage in zip(axes, stages, strict=False):
        gone = round(stage * n)
        there = ~net.firms.index.isin(removal.order[:gone])
        left = net.subset(net.firms.index[there])
        spots = place[there]
        codes = left.component_codes()
        sizes = np.bincount(codes) if len(codes) else np.zeros(1, dtype=np.int64)
        # Without a tie left there is no largest group to speak of.
        giant = (codes == sizes.argmax()) & (sizes.max() > 1)
        small = (sizes[codes] > 1) & ~giant if len(codes) else giant
        graph = left.simple("undirected")
        alpha = float(np.clip(14.0 / math.sqrt(max(len(graph.source), 1)), 0.12, 0.7))
        _draw_ties(ax, spots, graph, color=QUIET, alpha=alpha, width=0.4, bins=1)
        for mine, color, size in ((~giant & ~small, PALE, 3.0), (small, OKABE_ITO[1], 7.0), (giant, OKABE_ITO[0], 7.0)):
            ax.scatter(spots[mine, 0], spots[mine, 1], s=size, c=color, linewidths=0, zorder=2, rasterized=raster)
        _frame(ax, place)
        held = int(giant.sum())
        ax.set_title(
            f"{gone:,} gone ({gone / max(n, 1):.0%})\n{held:,} in the largest group",
            fontsize=9,
            color=INK,
            parse_math=False,
        )
    return list(axes[: len(stages)])


def cascade_sizes(cascade: Cascade, *, ax: Axes | None = None, label: str = "Share lost") -> Axes:
    """Draw how many shocks are at least so large, both axes in powers of ten.

    Parameters
    ----------
    cascade
        A cascade result; shocks of size 0 count in the shares but have no place on the axis.
    ax
        Axes to draw on; new ones when omitted.
    label
        Name of the horizontal axis.

    Returns
    -------
    Axes
        The axes drawn on; y is the share of shocks at least as large as x.
    """
    ax = _axes(ax, (5.0, 3.2))
    table = cascade.distribution
    table = table[table.index > 0]
    if not len(table):
        return _note(ax, "No shock costs anything.")
    _plain_axes(ax)
    least, most = float(table.index.min()), float(table.index.max())
    rarest = float(table["share_at_least"].min())
    ax.plot(
        table.index, table["share_at_least"], color=OKABE_ITO[4], marker="o", markersize=3.2, linewidth=1.2,
        drawstyle="steps-pre", markevery=(len(table) - 1 - _marked(len(table))[::-1]).tolist(),
    )  # fmt: skip
    _powers(ax, "x", least / 1.3, 1.3 * most)
    _powers(ax, "y", rarest / 1.3, 1.04)
    ax.set_xlabel(_label(label, 80), color=INK, parse_math=False)
    ax.set_ylabel("Share of failures at least so large", color=INK)
    return ax


def _percent(value: float, _: object = None) -> str:
    return f"{100 * value:g}%"


def _powers(ax: Axes, side: Literal["x", "y"], low: float, high: float) -> None:
    """Set a log scale of percentages that has ticks even where it spans no power of ten."""
    from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

    (ax.set_xscale if side == "x" else ax.set_yscale)("log")
    (ax.set_xlim if side == "x" else ax.set_ylim)(low, high)
    axis = ax.xaxis if side == "x" else ax.yaxis
    within = (1.0,) if high > 300 * low else (1.0, 2.0, 5.0)
    axis.set_major_locator(LogLocator(subs=within) if high > 8 * low else MaxNLocator(5, steps=STEPS))
    axis.set_major_formatter(_percent)
    axis.set_minor_locator(NullLocator())


def risk_ranks(
    sizes: pd.Series,
    *,
    ax: Axes | None = None,
    names: pd.Series | None = None,
    labels: int = 5,
    label: str = "Share lost",
) -> Axes:
    """Draw what every firm's failure would cost, the costliest first, and name the first few.

    Parameters
    ----------
    sizes
        Share lost by firm, 0 or more, such as ``economic_risk(net).size``; NaN is left out.
    ax
        Axes to draw on; new ones when omitted.
    names
        Names by firm; the index when omitted.
    labels
        Number of firms that carry their name.
    label
        Name of the vertical axis.

    Returns
    -------
    Axes
        The axes drawn on; x is the rank, from 1.
    """
    ax = _axes(ax, (6.4, 3.6))
    ranked = sizes.dropna().sort_values(ascending=False, kind="stable")
    if not len(ranked):
        return _note(ax, "No failure was followed.")
    top = float(ranked.iloc[0])
    if not top > 0:
        return _note(ax, "No failure costs anything.")
    _plain_axes(ax)
    rank = np.arange(1, len(ranked) + 1)
    ax.plot(
        rank,
        ranked.to_numpy(dtype=float),
        color=OKABE_ITO[0],
        marker="o",
        markersize=3.4,
        linewidth=1.0,
        markevery=_marked(len(ranked)).tolist(),
    )
    ax.set_xscale("log")
    ax.set_xlim(0.85, len(ranked) * 1.15 if len(ranked) > 1 else 10)
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    ax.xaxis.set_major_locator(LogLocator(subs=(1.0,) if len(ranked) > 200 else (1.0, 2.0, 5.0)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 1 else ""))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(_percent)
    called = _names_of(ranked.index[: max(labels, 0)], names)
    # Names stand right of their dot and above the curve, each a line above the next.
    floor = -math.inf
    for place in reversed(range(min(labels, len(ranked)))):
        value = float(ranked.iloc[place])
        floor = max(value + 0.03 * top, floor + 0.08 * top)
        ax.annotate(
            _label(called[place], 40), (float(rank[place]), value), xytext=(float(rank[place]) * 1.35, floor),
            textcoords="data", ha="left", va="center", fontsize=7.5, color=INK, parse_math=False, path_effects=_halo(),
            arrowprops={"arrowstyle": "-", "color": QUIET, "linewidth": 0.5, "shrinkA": 0.0, "shrinkB": 2.0},
        )  # fmt: skip
    ax.set_ylim(0, max(1.12 * top, floor + 0.06 * top))
    ax.set_xlabel("Rank of the firm", color=INK)
    ax.set_ylabel(_label(label, 60), color=INK, parse_math=False)
    return ax


def shock_map(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw who is hit by whose failure: the darker the cell, the larger the share lost.

    Parameters
    ----------
    table
        Failing firms as rows, those hit (sectors, places) as columns, shares lost from 0 to 1; NaN leaves a cell blank.
    ax
        Axes to draw on; new ones when omitted.

    Returns
    -------
    Axes
        The axes drawn on; cells of half a percent or more carry their share.

    Raises
    ------
    OptionError
        If a share is outside 0 to 1.
    """
    rows, columns = table.shape
    ax = _axes(ax, (3.4 + 0.72 * max(columns, 1), 1.3 + 0.32 * max(rows, 1)))
    if not rows or not columns:
        return _note(ax, "No failure spreads.")
    from matplotlib.colors import LinearSegmentedColormap

    cells = table.to_numpy(dtype=float)
    _within("the table", cells, 1.0)
    scale = LinearSegmentedColormap.from_list("lost", ["#ffffff", "#f6c9a8", "#D55E00", "#6b2f00"])
    ax.imshow(np.ma.masked_invalid(np.sqrt(cells)), cmap=scale, vmin=0, vmax=1, aspect="auto")
    for down, across in zip(*np.nonzero(np.nan_to_num(cells) >= 0.005), strict=True):
        value = cells[down, across]
        ink = "white" if value > 0.4 else INK
        told = ">99%" if 0.995 <= value < 1 else f"{max(value, 0.01):.0%}"
        ax.text(across, down, told, ha="center", va="center", fontsize=7.5, color=ink)
    ax.set_yticks(range(rows), [_label(name, 40) for name in table.index], parse_math=False, fontsize=8.5)
    ax.set_xticks(
        range(columns), [_label(name, 24) for name in table.columns], parse_math=False, fontsize=8.5, rotation=35,
        ha="left", rotation_mode="anchor",
    )  # fmt: skip
    ax.xaxis.tick_top()
    ax.tick_params(length=0, labelcolor=INK)
    for side in ("top", "right", "left", "bottom"):
        ax.spines[side].set_visible(False)
    ax.set_xticks(np.arange(columns + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(rows + 1) - 0.5, minor=True)
    ax.grid(which="minor", color=GRID, linewidth=0.8)
    ax.tick_params(which="minor", length=0)
    return ax


def indicator_lines(
    table: pd.DataFrame, *, axes: Sequence[Axes] | None = None, names: Mapping[str, str] | None = None
) -> list[Axes]:
    """Draw indicators over time as small multiples, each with its band; incomplete periods are hollow.

    The scale of an indicator that is never negative begins at 0.

    Parameters
    ----------
    table
        One row per indicator and wave, as ``IndicatorPanel.table``: indicator, wave, value, low, high, complete.
    axes
        One axes per indicator; new ones, three in a row, when omitted.
    names
        Titles by indicator; the indicator itself when omitted.

    Returns
    -------
    list of Axes
        One per indicator, in the order of the table.

    Raises
    ------
    OptionError
        If fewer axes than indicators are given.
    """
    wanted = list(dict.fromkeys(table["indicator"]))
    if axes is None:
        rows = max(math.ceil(len(wanted) / 3), 1)
        axes = list(_figure((9.6, 2.3 * rows)).subplots(rows, 3, squeeze=False).ravel())
    if len(axes) < len(wanted):
        raise OptionError(f"{len(axes)} axes for {len(wanted)} indicators; give one per indicator.")
    for ax, name in zip(axes, wanted, strict=False):
        mine = table[table["indicator"] == name]
        _plain_axes(ax)
        x = np.arange(len(mine))
        value, low, high = (mine[column].to_numpy(dtype=float) for column in ("value", "low", "high"))
        ax.fill_between(x, low, high, color=PALE, alpha=0.7, linewidth=0)
        banded = np.concatenate([[False], np.isfinite(low) & np.isfinite(high), [False]])
        lone = banded[1:-1] & ~banded[:-2] & ~banded[2:]  # a band needs two neighbors, a bar stands alone
        if lone.any():
            ax.vlines(x[lone], low[lone], high[lone], color=PALE, alpha=0.7, linewidth=6)
        ax.plot(x, value, color=OKABE_ITO[0], linewidth=1.5)
        whole = mine["complete"].to_numpy(dtype=bool)
        ax.scatter(x[whole], value[whole], s=13, color=OKABE_ITO[0], zorder=3)
        ax.scatter(x[~whole], value[~whole], s=16, facecolor="white", edgecolor=OKABE_ITO[0], zorder=3)
        step = max(math.ceil(len(mine) / 5), 1)
        ax.set_xticks(x[::step], [_label(wave, 12) for wave in mine["wave"]][::step], parse_math=False, fontsize=8)
        if ax.dataLim.y0 >= 0:
            ax.set_ylim(bottom=0)
        else:
            ax.axhline(0, color=PALE, linewidth=0.8, zorder=0)
        ax.set_title(_label((names or {}).get(name, name), 60), fontsize=8.5, color=INK, loc="left", parse_math=False)
    for spare in axes[len(wanted) :]:
        spare.set_axis_off()
    return list(axes[: len(wanted)])


def distribution(
    values: pd.Series, *, ax: Axes | None = None, label: str | None = None, color: str = OKABE_ITO[0]
) -> Axes:
    """Draw how many firms have each value: bars per whole number, or a histogram; log scale when the tail is long.

    Every bar of a histogram of whole numbers holds as many of them.

    Parameters
    ----------
    values
        One number per firm; NaN and infinite ones are left out.
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

    Raises
    ------
    OptionError
        If a value is no number.
    """
    ax = _axes(ax, (5.0, 3.0))
    from matplotlib.ticker import MaxNLocator

    known = _numbers("values", values)
    known = known[np.isfinite(known)]
    if not len(known):
        return _note(ax, "No value is defined.")
    _plain_axes(ax)
    whole = bool(np.all(known == np.round(known)))
    bins = min(30, max(int(math.sqrt(len(known))), 5))
    if whole and np.ptp(known) <= 40:
        levels, counts = np.unique(known, return_counts=True)
        ax.bar(levels, counts, width=0.8, color=color)
        middle, reach = (levels[0] + levels[-1]) / 2, max(np.ptp(levels) / 2 + 1, 2)
        ax.set_xlim(middle - reach, middle + reach)
    else:
        if whole:
            step = math.ceil((np.ptp(known) + 1) / bins)
            cuts: Any = np.arange(known.min(), known.max() + step + 1, step) - 0.5
        else:
            cuts = bins
        counts, edges = np.histogram(known, bins=cuts)
        ax.bar(edges[:-1], counts, width=np.diff(edges), align="edge", color=color, edgecolor="white", linewidth=0.6)
    if whole:
        ax.xaxis.set_major_locator(MaxNLocator("auto", steps=STEPS, integer=True))
    if counts.max() > 50 * max(int(np.median(counts[counts > 0])), 1):
        ax.set_yscale("log")
        ax.set_ylim(bottom=0.5)  # else a bar of one firm has no height
    else:
        ax.yaxis.set_major_locator(MaxNLocator("auto", steps=STEPS, integer=True))
    ax.set_xlabel(_label(label or values.name or "value", 60), color=INK, parse_math=False)
    ax.set_ylabel("Firms" if ax.get_yscale() == "linear" else "Firms (log scale)", color=INK)
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

    Raises
    ------
    OptionError
        If a share is outside 0 to 1.
    """
    ax = _axes(ax, (6.5, 0.6 + 0.3 * max(len(table), 1)))
    if not len(table):
        return _note(ax, "There is no group to show.")
    _plain_axes(ax, grid="x")
    rows = np.arange(len(table))[::-1]
    share = table["share"].to_numpy(dtype=float)
    _within("share", share, 1.0)
    ax.barh(rows, np.nan_to_num(share), height=0.62, color=OKABE_ITO[5])
    right = np.nan_to_num(share)
    if {"low", "high"} <= set(table.columns):
        low, high = table["low"].to_numpy(dtype=float), table["high"].to_numpy(dtype=float)
        ok = np.isfinite(share) & np.isfinite(low) & np.isfinite(high)
        ax.hlines(rows[ok], low[ok], high[ok], color=INK, linewidth=1.2)
        right = np.where(ok, np.fmax(right, high), right)
    for row, place, text in zip(rows, right, table["text"], strict=True):
        ax.text(place + 0.015, row, _label(text, 60), va="center", ha="left", fontsize=8, color=QUIET, parse_math=False)
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
        with NaN or an infinite number in either is left out.
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

    Raises
    ------
    OptionError
        If a number is negative.
    """
    ax = _axes(ax, (6.8, 4.2))
    table = table.iloc[:, :2].replace([np.inf, -np.inf], np.nan).dropna()
    if not len(table):
        return _note(ax, "There is no firm to show.")
    _plain_axes(ax)
    place = table.to_numpy(dtype=float)
    _within("the table", place, math.inf)
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
    _name_dots(ax, place / np.maximum(top, 1e-9), place, _names_of(table.index, names), labels)
    if legend:
        from matplotlib.lines import Line2D

        handles = [Line2D([], [], marker="o", linestyle="", color=color, markersize=6) for color in legend.values()]
        box = ax.legend(handles, [_label(name, 28) for name in legend], loc="lower right", frameon=False, fontsize=8)
        for text in box.get_texts():
            text.set_parse_math(False)
    return ax


def _name_dots(
    ax: Axes, unit: NDArray[np.float64], place: NDArray[np.float64], names: Sequence[object], labels: int
) -> None:
    """Name the dots that are highest and furthest right, skipping a name that would cover one already written."""
    order = [np.argsort(-unit[:, side], kind="stable") for side in (1, 0)]
    turns = [int(firm) for pair in zip(*order, strict=True) for firm in pair]
    taken: list[tuple[float, float, float, float]] = []
    letter = LETTER / _inches(ax)[0]
    for firm in list(dict.fromkeys(turns))[: 4 * labels]:
        if len(taken) >= labels:
            break
        text = _label(names[firm], 26)
        x, y = unit[firm]
        right = x > 0.6
        wide = letter * len(text)
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
        Indexed by what is shown, with ``value``, ``low`` and ``high`` (NaN draws nothing; an infinite end runs to the
        edge) and ``text``, written at the right. The scale begins at 0 unless something is negative.
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
    drawn = np.array([0.0 if reference is None else reference, *value, *low, *high])
    ends = np.array([drawn[np.isfinite(drawn)].min(), drawn[np.isfinite(drawn)].max()])
    room = 0.05 * float(np.ptp(ends)) or 1.0
    left, right = float(ends[0] - room) if ends[0] < 0 else 0.0, float(ends[1] + room)
    ax.hlines(rows, np.maximum(low, left), np.minimum(high, right), colors=colors.tolist(), linewidth=1.6)
    ax.scatter(value, rows, s=28, c=colors.tolist(), zorder=3)
    if reference is not None:
        ax.axvline(reference, color=INK, linewidth=0.9, linestyle="--", zorder=1)
    for row, text in zip(rows, table["text"], strict=True):
        ax.annotate(
            _label(text, 60), (1.01, row), xycoords=("axes fraction", "data"), va="center", ha="left", fontsize=8,
            color=QUIET, parse_math=False, annotation_clip=False,
        )  # fmt: skip
    ax.set_yticks(rows, [_label(name, 58) for name in table.index], parse_math=False, fontsize=8.5)
    ax.set_ylim(-0.6, len(table) - 0.4)
    ax.set_xlim(left, right)
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
        text = (
            f"{rank:.1f}".removesuffix(".0")
            if rank < 1000
            else f"{rank / 1000:.1f}k"
            if rank < 9_950
            else f"{rank / 1000:.0f}k"
        )
        ink = "white" if shade[down, across] > 0.6 else INK
        ax.text(across, -down, text, ha="center", va="center", fontsize=7.5, color=ink, zorder=3)
    called = _names_of(ranks.index, names)
    ax.set_yticks(-np.arange(rows), [_label(name, 34) for name in called], parse_math=False, fontsize=8.5)
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
