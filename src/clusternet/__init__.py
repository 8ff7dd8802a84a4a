"""clusternet: from partnership and referral records of small businesses to networks, measures and reports.

The table of contents, in working order. Names load on first use, so that ``import clusternet`` stays fast.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clusternet import (
        brokerage,
        build,
        cascades,
        centrality,
        cohesion,
        datasets,
        dependence,
        dynamics,
        errors,
        inference,
        interventions,
        linkage,
        measure,
        models,
        network,
        plots,
        records,
        report,
        reproduction,
        resilience,
        result,
        simulate,
        specialization,
        theory,
    )
    from clusternet.build import backbone, build_agreements, build_network, coverage
    from clusternet.cascades import (
        Cascade,
        MutualGiant,
        dependence_cascades,
        economic_risk,
        load_cascades,
        mutual_giant,
        secondary_loss,
        threshold_cascades,
    )
    from clusternet.errors import ClusternetError
    from clusternet.interventions import (
        Comparison,
        KeyPlayers,
        Recommendation,
        key_players,
        recommend_firms,
        recommend_ties,
        what_if,
    )
    from clusternet.linkage import Linkage, link_firms
    from clusternet.measure import list_measures, measure_firms, measure_network
    from clusternet.network import LAYERS, Network
    from clusternet.records import Records, read_records
    from clusternet.report import make_report, write_report
    from clusternet.resilience import (
        CostliestFirms,
        GroupRemoval,
        PathResponse,
        Recovery,
        RelativeRobustness,
        Removal,
        RemovalBand,
        ScenarioRemoval,
        TieRemoval,
        attribute_connected,
        attribute_tied,
        bundles_coverable,
        capabilities_lost,
        costliest_firms,
        critical_fraction,
        firms_cut_off,
        reachable_from,
        record_band,
        recover,
        relative_robustness,
        removal_band,
        remove_firms,
        remove_groups,
        remove_scenario,
        remove_ties,
        tie_value,
        vulnerability,
    )
    from clusternet.result import Result, Settings

_WHERE = {
    # read
    "records": ("Records", "read_records"),
    "linkage": ("Linkage", "link_firms"),
    "datasets": (),
    "simulate": (),
    # build
    "network": ("LAYERS", "Network"),
    "build": ("backbone", "build_agreements", "build_network", "coverage"),
    # measure
    "measure": ("list_measures", "measure_firms", "measure_network"),
    "centrality": (),
    "cohesion": (),
    "brokerage": (),
    "specialization": (),
    "dependence": (),
    "dynamics": (),
    # act
    "resilience": (
        "CostliestFirms",
        "GroupRemoval",
        "PathResponse",
        "Recovery",
        "RelativeRobustness",
        "Removal",
        "RemovalBand",
        "ScenarioRemoval",
        "TieRemoval",
        "attribute_connected",
        "attribute_tied",
        "bundles_coverable",
        "capabilities_lost",
        "costliest_firms",
        "critical_fraction",
        "firms_cut_off",
        "reachable_from",
        "record_band",
        "recover",
        "relative_robustness",
        "removal_band",
        "remove_firms",
        "remove_groups",
        "remove_scenario",
        "remove_ties",
        "tie_value",
        "vulnerability",
    ),
    "cascades": (
        "Cascade",
        "MutualGiant",
        "dependence_cascades",
        "economic_risk",
        "load_cascades",
        "mutual_giant",
        "secondary_loss",
        "threshold_cascades",
    ),
    "interventions": (
        "Comparison",
        "KeyPlayers",
        "Recommendation",
        "key_players",
        "recommend_firms",
        "recommend_ties",
        "what_if",
    ),
    # test
    "inference": (),
    "models": (),
    "theory": (),
    "reproduction": (),
    # tell
    "plots": (),
    "report": ("make_report", "write_report"),
    # throughout
    "errors": ("ClusternetError",),
    "result": ("Result", "Settings"),
}
_HOME = {name: module for module, names in _WHERE.items() for name in names}

__all__ = [  # noqa: RUF022  (working order)
    "records", "linkage", "datasets", "simulate",
    "network", "build",
    "measure", "centrality", "cohesion", "brokerage", "specialization", "dependence", "dynamics",
    "resilience", "cascades", "interventions",
    "inference", "models", "theory", "reproduction",
    "plots", "report",
    "errors", "result",
    "Records", "read_records", "Linkage", "link_firms",
    "LAYERS", "Network", "build_agreements", "build_network", "coverage", "backbone",
    "list_measures", "measure_firms", "measure_network",
    "Removal", "GroupRemoval", "TieRemoval", "ScenarioRemoval", "RemovalBand", "RelativeRobustness", "Recovery",
    "CostliestFirms", "PathResponse",
    "remove_firms", "remove_ties", "remove_groups", "remove_scenario", "critical_fraction",
    "vulnerability", "costliest_firms", "removal_band", "record_band", "relative_robustness", "recover",
    "attribute_connected", "attribute_tied", "tie_value", "capabilities_lost", "bundles_coverable", "firms_cut_off",
    "reachable_from",
    "Cascade", "MutualGiant",
    "dependence_cascades", "economic_risk", "load_cascades", "mutual_giant", "secondary_loss", "threshold_cascades",
    "Comparison", "KeyPlayers", "Recommendation", "key_players", "recommend_firms", "recommend_ties", "what_if",
    "make_report", "write_report",
    "ClusternetError", "Result", "Settings",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name in _WHERE:
        return importlib.import_module(f"clusternet.{name}")
    if name in _HOME:
        return getattr(importlib.import_module(f"clusternet.{_HOME[name]}"), name)
    if name == "__version__":
        from clusternet.result import package_version

        return package_version()
    raise AttributeError(f"module 'clusternet' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
