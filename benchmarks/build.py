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


def seconds(*functions, repeat: int = 3) -> list[float]:
    """Median CPU seconds of each function, taken in turns so that a busy machine slows all alike."""
    taken = [[] for _ in functions]
    for _ in range(repeat):
        for times, function in zip(taken, functions, strict=True):
            begin = time.process_time()
            function()
            times.append(time.process_time() - begin)
    return [statistics.median(times) for times in taken]


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
    del ties, records
    ours, peer = seconds(lambda: our_network(folder), lambda: peer_network(folder), repeat=5)
    line(f"{rows:,} CSV rows to Network", ours, "pandas read + groupby + igraph", peer)
    records = our_records(folder)
    read, build = seconds(lambda: our_records(folder), lambda: build_network(records))
    print(f"{'  of which':<46} read_records {read:.2f} s, build_network {build:.2f} s")
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

        begin = time.process_time()
        assert run() == net.n_ties
        line("  records to ties, build_network", build, f"aggregate_ties in {name}", time.process_time() - begin)
    ours, peer = peak("our_network", folder), peak("peer_network", folder)
    print(f"{'  peak memory':<46} us {ours:7,.0f} MB   {'peer':<32} {peer:7,.0f} MB   {peer / ours:6.2f}x")


def memberships(rows: int) -> None:
    """Memberships of groups of five, to pairs; networkx, which takes half a minute for a million, gets a tenth."""
    import igraph
    import networkx as nx

    from clusternet import build_agreements, build_network

    records, edges, groups = group_records(rows)

    def by_igraph():
        graph = igraph.Graph(2 * groups, zip(edges[:, 0].tolist(), edges[:, 1].tolist(), strict=True))
        return graph.bipartite_projection([False] * groups + [True] * groups, multiplicity=True, which=0)

    net, two = build_network(records), build_agreements(records)
    projected, graph = two.project("firm"), by_igraph()
    assert net.n_ties == graph.ecount() == projected.n_ties
    assert net.ties["strength"].sum() == sum(graph.es["weight"]) == projected.ties["strength"].sum()
    ours, peer = seconds(lambda: two.project("firm"), by_igraph)
    line(f"{rows:,} memberships: two-mode to projection", ours, "igraph bipartite_projection", peer)

    rows //= 10
    records, edges, groups = group_records(rows)
    two = build_agreements(records)

    def by_networkx():
        graph = nx.Graph(zip(edges[:, 0].tolist(), edges[:, 1].tolist(), strict=True))
        return nx.bipartite.weighted_projected_graph(graph, set(edges[:, 0].tolist()))

    assert two.project("firm").n_ties == by_networkx().number_of_edges()
    ours, peer, build = seconds(lambda: two.project("firm"), by_networkx, lambda: build_network(records), repeat=1)
    line(f"{rows:,} memberships: two-mode to projection", ours, "networkx", peer)
    line("  records to one-mode Network with lineage", build, "networkx, projection alone", peer)


def group_records(rows: int):
    """Records of groups of five random firms, the same as pairs of vertex numbers, and the number of groups."""
    from clusternet import read_records

    rng = np.random.default_rng(2)
    groups = rows // 5
    firm = rng.integers(0, groups, rows)
    table = pd.DataFrame({"group_id": np.repeat(np.arange(groups), 5), "firm": firm}).drop_duplicates()
    ids = np.array([f"F{i:06d}" for i in range(groups)])
    raw = table.assign(group_id="G" + table["group_id"].astype("str"), firm=ids[table["firm"]], kind="cooperative")
    records = read_records({"firms": pd.DataFrame({"firm_id": ids}), "groups": raw})
    return records, np.column_stack([table["firm"], table["group_id"] + groups]), groups


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        partnerships(Path(folder), rows)
    memberships(rows)


if __name__ == "__main__":
    main()
