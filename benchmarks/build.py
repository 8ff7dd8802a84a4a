"""Records to network: the builder beside pandas + igraph and narwhals, same input, same ties, in one run.

Run ``python benchmarks/build.py [rows]`` (default one million). Prints CPU seconds (wall time
means little on a shared machine), ratios and peak memory, after asserting that the results are equal.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

FIRMS = 50_000
KINDS = np.array(["alliance", "supply"])


def write_records(folder: Path, rows: int) -> None:
    """Random partners, nearly all pairs distinct: the worst case for grouping. One report in five is repeated by b."""
    rng = np.random.default_rng(1)
    a, b = rng.integers(0, FIRMS, (2, rows))
    b = np.where(a == b, (b + 1) % FIRMS, b)
    kind = KINDS[rng.integers(0, 2, rows)]
    start = np.datetime64("2015-01-01") + rng.integers(0, 2_500, rows)
    value = rng.integers(1, 10_000, rows)
    reporter = a.copy()
    again = rng.random(rows) < 0.2
    half = rows // 2
    first = np.flatnonzero(again[:half])
    for column in (a, b, kind, start):
        column[half + first] = column[first]
    reporter[half + first] = b[first]
    name = np.array([f"F{i:05d}" for i in range(FIRMS)])
    columns = {"a": name[a], "b": name[b], "kind": kind, "start": start, "value": value, "reported_by": name[reporter]}
    pd.DataFrame(columns).to_csv(folder / "partnerships.csv", index=False)
    pd.DataFrame({"firm_id": name, "name": name}).to_csv(folder / "firms.csv", index=False)


def peer_network(folder: Path):
    """What an analyst writes: read, parse, factorize, canonical pair, group, igraph from an ndarray."""
    import igraph

    frame = pd.read_csv(folder / "partnerships.csv", parse_dates=["start"])
    firms = pd.read_csv(folder / "firms.csv")
    index = pd.Index(firms["firm_id"])
    a, b = index.get_indexer(frame["a"]), index.get_indexer(frame["b"])
    swap = (a > b) & (frame["kind"] != "supply").to_numpy()
    frame["one"], frame["two"] = np.where(swap, b, a), np.where(swap, a, b)
    frame = frame[frame["one"] != frame["two"]]
    by = frame.groupby(["kind", "one", "two"])
    ties = by.agg(value=("value", "sum"), n=("value", "size"), start=("start", "min")).reset_index()
    graph = igraph.Graph(n=len(firms), edges=ties[["one", "two"]].to_numpy())
    graph.es["value"] = ties["value"].to_numpy()
    return ties, graph


def our_records(folder: Path):
    from clusternet import read_records

    return read_records(folder)


def our_network(folder: Path):
    from clusternet import build_network

    return build_network(our_records(folder))


def seconds(function, *arguments, repeat: int = 3) -> float:
    taken = []
    for _ in range(repeat):
        begin = time.process_time()
        function(*arguments)
        taken.append(time.process_time() - begin)
    return statistics.median(taken)


def peak(function: str, folder: Path) -> float:
    """Peak memory in MB of one call in a fresh process."""
    code = f"import build; build.{function}(build.Path({str(folder)!r})); print(build.memory())"
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parent, check=True, capture_output=True, text=True
    )
    return float(told.stdout)


def memory() -> float:
    """Peak of this process in MB; the kernel's own counter, which a child does not inherit from its parent."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def line(what: str, ours: float, peer: str, theirs: float) -> None:
    print(f"{what:<46} us {ours:7.2f} s   {peer:<32} {theirs:7.2f} s   {theirs / ours:6.2f}x")


def partnerships(folder: Path, rows: int) -> None:
    from clusternet import build_network
    from clusternet.build import aggregate_ties

    write_records(folder, rows)
    ties, _ = peer_network(folder)
    records = our_records(folder)
    net = build_network(records)
    assert net.n_ties == len(ties)
    assert net.ties["n_records"].sum() == ties["n"].sum()
    peer = seconds(peer_network, folder)
    line(f"{rows:,} CSV rows to Network", seconds(our_network, folder), "pandas read + groupby + igraph", peer)
    read = seconds(our_records, folder)
    build = seconds(build_network, records)
    print(f"{'  of which':<44} read_records {read:.2f} s, build_network {build:.2f} s")
    frame = pd.DataFrame(
        {
            "source": records.partnerships["a"],
            "target": records.partnerships["b"],
            "layer": records.partnerships["kind"],
            "start": records.partnerships["start"],
            "reporter": records.partnerships["reported_by"],
            "value": records.partnerships["value"],
        }
    )
    supply = frame["layer"] == "supply"
    engines = {"pandas": lambda part: part}
    try:
        import polars as pl

        engines["polars"] = pl.from_pandas
        import duckdb

        engines["DuckDB"] = duckdb.from_df
    except ImportError:
        pass
    for name, convert in engines.items():
        parts = [
            (convert(frame[which].reset_index(drop=True)), arrow) for which, arrow in ((supply, True), (~supply, False))
        ]

        def run(parts=parts):
            made = [aggregate_ties(part, directed=arrow) for part, arrow in parts]
            return sum(len(one.fetchall()) if hasattr(one, "fetchall") else len(one) for one in made)

        assert run() == net.n_ties
        line("  records to ties, build_network", build, f"aggregate_ties in {name}", seconds(run, repeat=1))
    print(
        f"{'  peak memory':<46} us {peak('our_network', folder):,.0f} MB, peer {peak('peer_network', folder):,.0f} MB"
    )


def memberships(rows: int) -> None:
    """A million memberships of groups of five, to pairs."""
    import igraph
    import networkx as nx

    from clusternet import build_agreements, build_network, read_records

    rng = np.random.default_rng(2)
    groups = rows // 5
    firm = rng.integers(0, groups, rows)
    table = pd.DataFrame({"group_id": np.repeat(np.arange(groups), 5), "firm": firm}).drop_duplicates()
    ids = [f"F{i:06d}" for i in range(groups)]
    raw = table.assign(
        group_id="G" + table["group_id"].astype("str"), firm=np.array(ids)[table["firm"]], kind="cooperative"
    )
    records = read_records({"firms": pd.DataFrame({"firm_id": ids}), "groups": raw})
    edges = np.column_stack([table["firm"], table["group_id"] + groups])

    def peer():
        graph = igraph.Graph(2 * groups, zip(edges[:, 0].tolist(), edges[:, 1].tolist(), strict=True))
        return graph.bipartite_projection([False] * groups + [True] * groups, multiplicity=True, which=0)

    def by_networkx():
        graph = nx.Graph(zip(edges[:, 0].tolist(), edges[:, 1].tolist(), strict=True))
        return nx.bipartite.weighted_projected_graph(graph, set(edges[:, 0].tolist()))

    net = build_network(records)
    two = build_agreements(records)
    projected = two.project("firm")
    assert net.n_ties == peer().ecount() == projected.n_ties
    assert net.ties["strength"].sum() == sum(peer().es["weight"]) == projected.ties["strength"].sum()
    theirs = seconds(peer)
    line(
        f"{rows:,} memberships: two-mode to projection",
        seconds(two.project, "firm"),
        "igraph bipartite_projection",
        theirs,
    )
    networkx = seconds(by_networkx, repeat=1)
    line("  the same", seconds(two.project, "firm"), "networkx", networkx)
    ours = seconds(build_network, records, repeat=1)
    line("  records to one-mode Network with lineage", ours, "networkx, projection alone", networkx)


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        partnerships(Path(folder), rows)
    memberships(rows)


if __name__ == "__main__":
    main()
