"""Draw the README's picture from the harbor district's records: `python paper/figures/harbor_district.py`."""

from __future__ import annotations

from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import clusternet as cn

HERE = Path(__file__).parent
RECORDS = HERE.parents[1] / "data" / "harbor_district"


def main() -> None:
    """Write harbor_district.png beside this script."""
    records = cn.read_records(RECORDS)
    net = cn.build_network(records, linkage=cn.link_firms(records))
    members = cn.cohesion.communities(net, seed=1).membership
    groups = "community " + (members + 1).astype("Int64").astype("str")
    groups = groups.where(members.notna())
    between = cn.centrality.betweenness(net)
    band = cn.removal_band(net, level=0.95, seed=1)
    paths = {
        "most partners first": cn.remove_firms(net, order="degree"),
        "highest betweenness first": cn.remove_firms(net, order="betweenness"),
    }

    figure = Figure(figsize=(11, 5), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
    cn.plots.network_map(net, ax=left, color_by=groups, size_by=between, labels=4, seed=1)
    left.set_title("Who works with whom, by community")
    cn.plots.removal_paths(paths, band=band, ax=right)
    right.set_title("What holds when firms leave")
    figure.savefig(HERE / "harbor_district.png", dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    main()
