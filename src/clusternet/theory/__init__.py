"""Claims of cluster theory that records can contradict: one function per claim, each returns a Finding.

`evidence` gathers what claims are tested on. `claims` lists all 85 claims of the register with what the records say to
each; a function such as `reciprocity_above_chance` tests one. A Finding states a number with its interval and whether
it agrees with the claim; records that lack a column give the answer "needs table.column", never an error.
"""

from __future__ import annotations

import clusternet.theory._planted
import clusternet.theory._planted_risk  # noqa: F401
from clusternet.theory._claims import claims, claims_text, findings
from clusternet.theory._evidence import FURTHER, TABLES, Evidence, evidence
from clusternet.theory._finding import Finding, Part
from clusternet.theory._governance import (
    boundaries_hold,
    confirmed_ties_last,
    formal_ties_last,
    pilots_grow,
    whole_exceeds_parts,
)
from clusternet.theory._growth import (
    health_leads_revenue,
    referrals_feed_themselves,
    segments_convert_better,
    targeting_beats_outreach,
)
from clusternet.theory._innovation import (
    closure_with_reach,
    dense_firms_launch_more,
    diverse_partners_spark,
    knowledge_leaks,
    likes_work_together,
)
from clusternet.theory._models import (
    Signatures,
    alliances_are_flexible,
    cooperatives_create_community,
    model_signatures,
    platforms_scale,
    supply_runs_in_tiers,
    ventures_are_large_and_long,
)
from clusternet.theory._niches import (
    gains_differ,
    niches_are_held,
    platforms_replace_proximity,
    sectors_cluster,
    selection_pays,
    specialists_differ_in_focus,
    specialists_last_together,
    specialists_need_partners,
    specialists_reach_farther,
    specialists_work_deeper,
    ties_at_moderate_overlap,
)
from clusternet.theory._planted_communities import Communities, simulate_communities
from clusternet.theory._power import PLANTED, Power, planted, power, power_table
from clusternet.theory._register import REGISTER, SECTIONS, Claim
from clusternet.theory._relations import (
    balanced_exchange,
    communities_follow_place_or_trade,
    deep_ties_are_embedded_and_last,
    favors_are_passed_on,
    hubs_grow,
    layers_support_each_other,
    members_outgrow_isolates,
    old_ties_are_firm,
    reciprocity_above_chance,
    trios_of_trades,
)
from clusternet.theory._risk import (
    community_buffers,
    concentration_harms,
    connection_stabilizes,
    coordination_costs_rise,
    failures_cascade,
    free_riding_erodes,
    platforms_bind,
    single_firms_cut_off,
    spreading_partners_spreads_risk,
    triads_balance,
    ventures_share_risk,
)
from clusternet.theory._table2 import Table2, table2

__all__ = [
    "FURTHER",
    "PLANTED",
    "REGISTER",
    "SECTIONS",
    "TABLES",
    "Claim",
    "Communities",
    "Evidence",
    "Finding",
    "Part",
    "Power",
    "Signatures",
    "Table2",
    "alliances_are_flexible",
    "balanced_exchange",
    "boundaries_hold",
    "claims",
    "claims_text",
    "closure_with_reach",
    "communities_follow_place_or_trade",
    "community_buffers",
    "concentration_harms",
    "confirmed_ties_last",
    "connection_stabilizes",
    "cooperatives_create_community",
    "coordination_costs_rise",
    "deep_ties_are_embedded_and_last",
    "dense_firms_launch_more",
    "diverse_partners_spark",
    "evidence",
    "failures_cascade",
    "favors_are_passed_on",
    "findings",
    "formal_ties_last",
    "free_riding_erodes",
    "gains_differ",
    "health_leads_revenue",
    "hubs_grow",
    "knowledge_leaks",
    "layers_support_each_other",
    "likes_work_together",
    "members_outgrow_isolates",
    "model_signatures",
    "niches_are_held",
    "old_ties_are_firm",
    "pilots_grow",
    "planted",
    "platforms_bind",
    "platforms_replace_proximity",
    "platforms_scale",
    "power",
    "power_table",
    "reciprocity_above_chance",
    "referrals_feed_themselves",
    "sectors_cluster",
    "segments_convert_better",
    "selection_pays",
    "simulate_communities",
    "single_firms_cut_off",
    "specialists_differ_in_focus",
    "specialists_last_together",
    "specialists_need_partners",
    "specialists_reach_farther",
    "specialists_work_deeper",
    "spreading_partners_spreads_risk",
    "supply_runs_in_tiers",
    "table2",
    "targeting_beats_outreach",
    "ties_at_moderate_overlap",
    "triads_balance",
    "trios_of_trades",
    "ventures_are_large_and_long",
    "ventures_share_risk",
    "whole_exceeds_parts",
]
