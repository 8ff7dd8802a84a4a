"""Claims of cluster theory that records can contradict: one function per claim, each returns a Finding.

`evidence` gathers what claims are tested on. `claims` lists all 85 claims of the register with what the records say to
each; a function such as `reciprocity_above_chance` tests one. A Finding states a number with its interval and whether
it agrees with the claim; records that lack a column give the answer "needs table.column", never an error.
"""

from __future__ import annotations

import clusternet.theory._planted  # noqa: F401  (lists what can be planted)
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
from clusternet.theory._models import (
    Signatures,
    alliances_are_flexible,
    cooperatives_create_community,
    model_signatures,
    platforms_scale,
    supply_runs_in_tiers,
    ventures_are_large_and_long,
)
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

__all__ = [
    "FURTHER",
    "PLANTED",
    "REGISTER",
    "SECTIONS",
    "TABLES",
    "Claim",
    "Evidence",
    "Finding",
    "Part",
    "Power",
    "Signatures",
    "alliances_are_flexible",
    "balanced_exchange",
    "boundaries_hold",
    "claims",
    "claims_text",
    "communities_follow_place_or_trade",
    "confirmed_ties_last",
    "cooperatives_create_community",
    "deep_ties_are_embedded_and_last",
    "evidence",
    "favors_are_passed_on",
    "findings",
    "formal_ties_last",
    "health_leads_revenue",
    "hubs_grow",
    "layers_support_each_other",
    "members_outgrow_isolates",
    "model_signatures",
    "old_ties_are_firm",
    "pilots_grow",
    "planted",
    "platforms_scale",
    "power",
    "power_table",
    "reciprocity_above_chance",
    "referrals_feed_themselves",
    "segments_convert_better",
    "supply_runs_in_tiers",
    "targeting_beats_outreach",
    "trios_of_trades",
    "ventures_are_large_and_long",
    "whole_exceeds_parts",
]
