"""Everything a report computes, once each, before a word is written."""

from __future__ import annotations

import hashlib
import inspect
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from clusternet.errors import OptionError, nearest
from clusternet.network import Network
from clusternet.records import Records
from clusternet.report import _brokerage, _claims, _dependence, _dynamics, _leaving, _mending, _shocks, _specialization
from clusternet.report._blocks import FIRM_MEASURES, GROUPINGS, outside_marks
from clusternet.result import package_version

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clusternet.cohesion import Communities
    from clusternet.linkage import Linkage
    from clusternet.report._brokerage import Brokerage
    from clusternet.report._config import ReportConfig
    from clusternet.report._dependence import Dependence
    from clusternet.report._dynamics import Dynamics
    from clusternet.report._leaving import Leaving
    from clusternet.report._mending import Mending
    from clusternet.report._shocks import Shocks
    from clusternet.report._specialization import Capabilities, Sectors

    Progress = Callable[[str, int, int], None]

__all__ = ["Analysis", "Shown", "analyze", "choose_shown"]

DIRECTED_LAYER = {
    "trophic_incoherence": "supply",
    "flow_hierarchy": "supply",
    "aggregate_volatility": "supply",
    "dyadic_balance": "referral",
    "net_flow_gini": "referral",
}
"""Measures of the whole network that need direction, and the layer of which they tell."""

STEPS = (
    "Reading the records",
    "Joining names to firms",
    "Building the network",
    "Measuring firms",
    "Measuring cohesion",
    "Finding communities",
    "Finding who connects whom",
    "Comparing sectors and capabilities",
    "Tracing dependence",
    "Removing firms",
    "Spreading shocks",
    "Looking for introductions",
    "Following the years",
    "Testing claims of theory",
    "Drawing the maps",
    "Writing the page",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The part of the network that the maps show, and why not all of it."""

    net: Network
    positions: pd.DataFrame
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """All results behind a report. Frames per firm are indexed by firm id."""

    config: ReportConfig
    title: str
    source: str
    inputs: dict[str, str]
    records: Records | None
    linkage: Linkage | None
    net: Network
    flat: Network
    names: pd.Series
    marks: dict[Any, str]
    measures: pd.DataFrame
    ranks: pd.DataFrame
    network_measures: pd.Series
    coreness: pd.Series
    groups: Communities | None
    mixing: pd.DataFrame
    brokerage: Brokerage | None
    sectors: Sectors | None
    capabilities: Capabilities | None
    dependence: Dependence | None
    leaving: Leaving | None
    shocks: Shocks | None
    mending: Mending | None
    dynamics: Dynamics | None
    claims: pd.DataFrame | None
    coverage: pd.DataFrame
    coverage_by: str
    shown: Shown
    versions: dict[str, str]

    @property
    def n(self) -> int:
        """Number of firms."""
        return self.net.n_firms

    @property
    def pairs(self) -> int:
        """Number of tied pairs, direction and layers set aside."""
        return len(self.flat.simple().source)

    @property
    def alone(self) -> pd.DataFrame:
        """What is lost when one firm alone leaves, by firm; empty without firms."""
        if self.leaving is not None:
            return self.leaving.alone
        from clusternet.resilience import vulnerability

        return vulnerability(self.flat)

    @property
    def component_sizes(self) -> pd.Series:
        """Sizes of the connected groups, largest first."""
        codes = self.flat.component_codes()
        return pd.Series(np.sort(np.bincount(codes))[::-1] if len(codes) else np.empty(0, dtype=np.int64))


def analyze(
    source: str | Path | Mapping[str, Any] | Records | Network, config: ReportConfig, progress: Progress | None
) -> Analysis:
    """Compute everything from records, or from a ready network."""

    def step(place: int) -> None:
        if progress is not None:
            progress(STEPS[place], place, len(STEPS))

    step(0)
    records, net = _read(source, config) if not isinstance(source, Network) else (None, source)
    step(1)
    linkage = _link(records, config) if records is not None else None
    step(2)
    if net is None:
        net = _build(records, linkage, config)
    flat = net.undirected()
    step(3)
    measures = _firm_measures(net, flat)
    step(4)
    network_measures, coreness, mixing = _cohesion(net, flat)
    step(5)
    groups = _groups(flat, config)
    names, marks = _names(flat), outside_marks(net, linkage)
    step(6)
    grouping = next((name for name in GROUPINGS if _is_grouping(flat, name)), "")
    brokerage = _brokerage.study(net, flat, groups, grouping, config)
    step(7)
    sectors, capabilities = _specialization.study(net, records, linkage, config)
    step(8)
    dependence = _dependence.study(net, flat, records, config, names=names, marks=marks)
    step(9)
    leaving = _leaving.study(
        net, measures, config, capabilities=capabilities, dependence=dependence, records=records, linkage=linkage
    )
    step(10)
    shocks = _shocks.study(net)
    step(11)
    mending = _mending.study(net, flat, leaving, config, records=records, linkage=linkage)
    step(12)
    dynamics = _dynamics.study(net, config)
    coverage, by = _coverage(records, linkage)
    step(13)
    claims = _claims.study(records, linkage, net, config)
    step(14)
    shown = _shown(net, flat, config)
    step(15)
    return Analysis(
        config=config,
        title=config.title or _title(source),
        source=_title(source),
        inputs=_hashes(records, config),
        records=records,
        linkage=linkage,
        net=net,
        flat=flat,
        names=names,
        marks=marks,
        measures=measures,
        ranks=ranks(measures),
        network_measures=network_measures,
        coreness=coreness,
        groups=groups,
        mixing=mixing,
        brokerage=brokerage,
        sectors=sectors,
        capabilities=capabilities,
        dependence=dependence,
        leaving=leaving,
        shocks=shocks,
        mending=mending,
        dynamics=dynamics,
        claims=claims,
        coverage=coverage,
        coverage_by=by,
        shown=shown,
        versions=_versions(),
    )


# ── read and build ──


def _read(source: Any, config: ReportConfig) -> tuple[Records, Network | None]:
    if isinstance(source, Records):
        return source, None
    from clusternet.records import read_records

    return read_records(source, mapping=config.records or None, strict=config.strict), None


def _link(records: Records, config: ReportConfig) -> Linkage | None:
    from clusternet.linkage import link_firms

    if not config.linkage.enabled:
        return None
    chosen = config.linkage.model_dump(exclude_none=True, exclude={"enabled"})
    return link_firms(records, **chosen)


def _build(records: Records | None, linkage: Linkage | None, config: ReportConfig) -> Network:
    from clusternet.build import build_network

    known = [name for name in inspect.signature(build_network).parameters if name not in ("records", "linkage")]
    for name in config.build:
        if name not in known:
            raise OptionError(
                f"build.{name} is not a setting.{nearest(name, known)} Known here are {', '.join(known)}."
            )
    rules = dict(config.build)
    if isinstance(rules.get("window"), list):
        rules["window"] = tuple(rules["window"])
    if records is None:
        raise OptionError("there are no records to build from.")
    return build_network(records, linkage=linkage, **rules)


def _title(source: Any) -> str:
    if isinstance(source, (str, Path)):
        words = Path(source).resolve().stem.replace("_", " ").replace("-", " ").strip()
        return words[:1].upper() + words[1:] if words else "The cluster"
    return "The cluster"


def _hashes(records: Records | None, config: ReportConfig) -> dict[str, str]:
    """SHA-256 of every file that was read."""
    sums = {}
    if records is not None:
        for source in dict(records.settings.parameters.get("sources", {})).values():
            if source.get("file") and source.get("sha256"):
                sums[str(source["file"])] = str(source["sha256"])
    decisions = config.linkage.decisions
    if decisions is not None and decisions.is_file():
        sums[decisions.name] = hashlib.sha256(decisions.read_bytes()).hexdigest()
    return dict(sorted(sums.items()))


def _versions() -> dict[str, str]:
    found = {"clusternet": package_version(), "Python": platform.python_version()}
    for name in ("igraph", "jinja2", "matplotlib", "networkx", "numpy", "pandas", "rapidfuzz", "scipy"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _names(net: Network) -> pd.Series:
    """Names for the page; a name that several firms share gets the id behind it."""
    from clusternet.plots import firm_names

    names = firm_names(net)
    ids = pd.Series([str(firm) for firm in net.firms.index], index=names.index, dtype="str")
    twice = names.duplicated(keep=False) & (names != ids)
    return names.where(~twice, names + " (" + ids + ")")


# ── measure ──


def _firm_measures(net: Network, flat: Network) -> pd.DataFrame:
    """Direction is set aside but for PageRank, which needs somebody to be referred to."""
    from clusternet import centrality

    functions = {name: getattr(centrality, name) for name in FIRM_MEASURES}
    table = {name: functions[name](net if name == "pagerank" else flat) for name in FIRM_MEASURES}
    # The largest value is 1, and what lies below 1e-10 of it differs from run to run.
    table["eigenvector"] = table["eigenvector"].round(10)
    return pd.DataFrame(table, index=flat.firms.index).astype("float64")


def ranks(measures: pd.DataFrame, *, method: Literal["min", "average"] = "min") -> pd.DataFrame:
    """Rank 1 is the highest value; equal values (to ten digits) share the best or mean rank; NaN stays NaN."""
    rounded = measures.apply(lambda column: column.map(lambda value: float(f"{value:.10g}")))
    return rounded.rank(ascending=False, method=method)


def _cohesion(net: Network, flat: Network) -> tuple[pd.Series, pd.Series, pd.DataFrame]:
    from clusternet.cohesion import k_coreness
    from clusternet.measure import list_measures

    values = {}
    for info in list_measures("network"):
        if info.heavy:
            continue
        if info.name == "reciprocity":
            if net.is_directed:
                arrows = Network(net.firms, net.ties[net.ties["directed"]])
                values[info.name] = float(info.function(arrows))
        elif info.name in DIRECTED_LAYER:
            layer = net.layer(DIRECTED_LAYER[info.name])
            if layer.is_directed and layer.n_ties:
                values[info.name] = float(info.function(layer))
        else:
            values[info.name] = float(info.function(flat))
    mixing = pd.DataFrame({name: _mixing(flat, name) for name in GROUPINGS if _is_grouping(flat, name)}).T
    return pd.Series(values, dtype="float64"), k_coreness(flat), mixing


def _is_grouping(flat: Network, name: str) -> bool:
    if not len(flat.simple().source) or name not in flat.firms.columns:
        return False
    return len(flat.firms[name].dropna().unique()) > 1


def _mixing(flat: Network, name: str) -> dict[str, float]:
    """Tied pairs within and across groups, and the E-I index expected when tied firms pair up regardless of group."""
    from clusternet.cohesion import ei_index, nominal_assortativity

    codes = pd.factorize(flat.firms[name])[0]
    graph = flat.simple()
    known = (codes[graph.source] >= 0) & (codes[graph.target] >= 0)
    tied = np.unique(np.concatenate([graph.source, graph.target]))
    sizes = np.bincount(codes[tied][codes[tied] >= 0])
    total = int(sizes.sum())
    inside = float((sizes * (sizes - 1)).sum()) / (total * (total - 1)) if total > 1 else np.nan
    index = ei_index(flat, name)
    return {
        "groups": float((sizes > 0).sum()),
        "pairs": float(known.sum()),
        "cross_share": (1 + index) / 2,
        "e_i": index,
        "expected": 1 - 2 * inside,
        "assortativity": nominal_assortativity(flat, name),
    }


def _groups(flat: Network, config: ReportConfig) -> Communities | None:
    from clusternet.cohesion import communities

    if not len(flat.simple().source):
        return None
    runs = config.cohesion.runs or (20 if len(flat.simple().source) <= 100_000 else 5)
    return communities(flat, resolution=config.cohesion.resolution, runs=runs, seed=config.seed)


def _coverage(records: Records | None, linkage: Linkage | None) -> tuple[pd.DataFrame, str]:
    if records is None:
        return pd.DataFrame(), ""
    from clusternet.build import coverage

    firms = linkage.firms if linkage is not None else records.firms
    by = next((name for name in (*GROUPINGS, "city") if name in firms and firms[name].notna().any()), "")
    if by:
        return coverage(records, linkage, by=by), by
    # Without any grouping only the total is told.
    return (coverage(records, linkage).loc[["(total)"]], "") if "sector" in firms else (pd.DataFrame(), "")


# ── show ──


def choose_shown(net: Network, flat: Network, firms: int, pairs: int) -> tuple[Network, str]:
    """Return the part of the network that fits a map, and a sentence that says which part it is."""
    graph = flat.simple()
    if flat.n_firms <= firms and len(graph.source) <= pairs:
        return net, ""
    tied = np.unique(np.concatenate([graph.source, graph.target]))
    if len(tied) <= firms and len(graph.source) <= pairs:
        alone = flat.n_firms - len(tied)
        return net.subset(net.firms.index[tied]), f"The {alone:,} firms without a tie are left out."
    for least in np.unique(graph.strength)[1:]:
        keep = graph.strength >= least
        ends = np.unique(np.concatenate([graph.source[keep], graph.target[keep]]))
        if len(ends) <= firms and keep.sum() <= pairs:
            chosen = _ties_among(net, flat, graph.source[keep], graph.target[keep])
            shown = Network(net.firms.iloc[ends], net.ties[chosen]).largest_component()
            return shown, (
                f"All {flat.n_firms:,} firms and {len(graph.source):,} tied pairs would not fit: shown are the "
                f"{shown.n_firms:,} firms in the largest connected group of pairs with a strength of at least "
                f"{least:g}."
            )
    # Strength does not tell the pairs apart: keep the innermost part.
    core = np.asarray(flat.igraph.coreness())
    for least_core in range(1, int(core.max()) + 1):
        keep = (core[graph.source] >= least_core) & (core[graph.target] >= least_core)
        if (core >= least_core).sum() <= firms and keep.sum() <= pairs:
            shown = net.subset(net.firms.index[core >= least_core])
            return shown, _core_reason(flat, shown, least_core)
    inner = net.firms.index[core == core.max()][:firms]
    shown = net.subset(inner)
    return shown, _core_reason(flat, shown, int(core.max()))


def _core_reason(flat: Network, shown: Network, least: int) -> str:
    return (
        f"All {flat.n_firms:,} firms would not fit: shown are {shown.n_firms:,} firms that have at least {least} "
        f"partner{'' if least == 1 else 's'} among each other."
    )


def _ties_among(net: Network, flat: Network, source: Any, target: Any) -> Any:
    """Say which ties join one of the given pairs of firms."""
    size = np.int64(max(flat.n_firms, 1))
    wanted = source * size + target
    one = net.firms.index.get_indexer(net.ties["source"]).astype(np.int64)
    other = net.firms.index.get_indexer(net.ties["target"]).astype(np.int64)
    return np.isin(np.minimum(one, other) * size + np.maximum(one, other), wanted)


def _shown(net: Network, flat: Network, config: ReportConfig) -> Shown:
    from clusternet.plots import layout

    shown, reason = choose_shown(net, flat, config.show.map_firms, config.show.map_ties)
    return Shown(net=shown, positions=layout(shown, seed=config.seed), reason=reason)
