"""Dependence: on whom each firm leans, whom it feeds, and what a partner's failure would reach.

``direction``: "in" looks at what a firm receives (purchases in the layer supply, customers in the layer referral),
"out" at what it sends (sales, referrals), "all" at both together. Take one layer first, ``network.layer("supply")``,
where layers should not be mixed. Strengths may be counts or money: ``build_network(strength="sum")`` sums values.
"""

from clusternet.dependence._flows import dyadic_balance, firm_leakage, leakage, net_balance, net_flow_gini
from clusternet.dependence._influence import aggregate_volatility, influence, systemic_share
from clusternet.dependence._partners import (
    HHI_LIMIT,
    bilateral_dependence,
    effective_partners,
    partner_hhi,
    top_partner_share,
)
from clusternet.dependence._referrals import ReproductionNumber, conversion_flow, reproduction_number
from clusternet.dependence._risk import risk_lines
from clusternet.dependence._sole import platform_dependence, sole_senders, sole_suppliers

__all__ = [
    "HHI_LIMIT",
    "ReproductionNumber",
    "aggregate_volatility",
    "bilateral_dependence",
    "conversion_flow",
    "dyadic_balance",
    "effective_partners",
    "firm_leakage",
    "influence",
    "leakage",
    "net_balance",
    "net_flow_gini",
    "partner_hhi",
    "platform_dependence",
    "reproduction_number",
    "risk_lines",
    "sole_senders",
    "sole_suppliers",
    "systemic_share",
    "top_partner_share",
]
