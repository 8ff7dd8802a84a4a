"""What is left when firms leave: removal paths, robustness, bands over random orders, the loss each firm would cause.

*Robustness* is function kept under loss, *vulnerability* the loss that one firm causes.

Paths: remove_firms, remove_ties, remove_groups; remove_scenario for a table of shocks. Responses in economic units:
attribute_connected, attribute_tied, tie_value, capabilities_lost, bundles_coverable, firms_cut_off; along directed
ties: reachable_from. Breakdown: critical_fraction. Who must not leave:
vulnerability, costliest_firms. How sure: removal_band (random orders), record_band (errors in the records),
relative_robustness (networks with the same degrees). Afterwards: recover.
"""

from __future__ import annotations

from clusternet.resilience._bands import removal_band
from clusternet.resilience._chance import RelativeRobustness, record_band, relative_robustness
from clusternet.resilience._critical import critical_fraction
from clusternet.resilience._economy import (
    PathResponse,
    attribute_connected,
    attribute_tied,
    bundles_coverable,
    capabilities_lost,
    firms_cut_off,
    tie_value,
)
from clusternet.resilience._groups import TIE_ORDERS, GroupRemoval, TieRemoval, remove_groups, remove_ties
from clusternet.resilience._losses import costliest_firms, vulnerability
from clusternet.resilience._orders import ORDERS
from clusternet.resilience._paths import RESPONSES
from clusternet.resilience._reach import reachable_from
from clusternet.resilience._recovery import Recovery, recover
from clusternet.resilience._remove import remove_firms
from clusternet.resilience._results import CostliestFirms, Removal, RemovalBand
from clusternet.resilience._scenario import ScenarioRemoval, remove_scenario

__all__ = [
    "ORDERS",
    "RESPONSES",
    "TIE_ORDERS",
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
]
