"""Brokerage: who spans the holes between others, within groups, between them, and around the core.

Five families. Structural holes (Burt): `constraint`, `effective_size`, `ego_efficiency`, `ego_hierarchy`. Roles between
groups (Gould and Fernandez): `brokerage_roles`, `gatekeepers`. Bridging ties (Granovetter, Krackhardt, Valente and
Fujimoto): `tie_embeddedness`, `bridging`. Positions among communities (Guimera and Amaral):
`participation_coefficient`, `within_module_z`. Core and periphery (Borgatti and Everett; Kojaku and
Masuda): `core_periphery`, `cp_coreness`, `core_periphery_pairs`.
"""

from clusternet.brokerage._bridging import (
    bridging,
    local_bridges,
    participation_coefficient,
    simmelian_ties,
    tie_embeddedness,
    within_module_z,
)
from clusternet.brokerage._core import CorePeriphery, core_fit, core_periphery, cp_coreness
from clusternet.brokerage._holes import (
    constraint,
    constraint_by_partner,
    effective_size,
    ego_efficiency,
    ego_hierarchy,
    two_mode_constraint,
    two_mode_effective_size,
)
from clusternet.brokerage._pairs import CorePeripheryPairs, core_periphery_pairs
from clusternet.brokerage._roles import (
    BrokerageRoles,
    RoleTest,
    brokerage_roles,
    gatekeepers,
    test_brokerage_roles,
)

__all__ = [
    "BrokerageRoles",
    "CorePeriphery",
    "CorePeripheryPairs",
    "RoleTest",
    "bridging",
    "brokerage_roles",
    "constraint",
    "constraint_by_partner",
    "core_fit",
    "core_periphery",
    "core_periphery_pairs",
    "cp_coreness",
    "effective_size",
    "ego_efficiency",
    "ego_hierarchy",
    "gatekeepers",
    "local_bridges",
    "participation_coefficient",
    "simmelian_ties",
    "test_brokerage_roles",
    "tie_embeddedness",
    "two_mode_constraint",
    "two_mode_effective_size",
    "within_module_z",
]
