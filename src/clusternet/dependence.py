"""Dependence: on whom each firm leans, whom it feeds, and what a partner's failure would reach.

``direction``: "in" looks at what a firm receives (purchases in the layer supply, customers in the layer referral),
"out" at what it sends (sales, referrals), "all" at both together. Take one layer first, ``network.layer("supply")``,
where layers should not be mixed. Strengths may be counts or money: ``build_network(strength="sum")`` sums values.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import pandas as pd

from clusternet.build import build_network
from clusternet.errors import OptionError, listing
from clusternet.measure import (
    Direction,
    Weights,
    choose,
    firm_measure,
    firm_series,
    firm_values,
    network_measure,
)
from clusternet.network import Network
from clusternet.records import Records
from clusternet.result import Result, Settings, resolve_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

    from clusternet.linkage import Linkage

    Inside: TypeAlias = str | pd.Series | Iterable[object]

__all__ = [
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
    "volatility_reach",
]

DIRECTIONS = ("in", "out", "all")
WEIGHTS = ("ignore", "strength")
NoInputs = Literal["self", "outside", "uniform"]
NAN = float("nan")

HHI_LIMIT = 0.25
"""Above this a market counts as highly concentrated (dojftc2010), and a firm's partners as too few."""
