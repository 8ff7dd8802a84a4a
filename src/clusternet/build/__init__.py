"""From records to ties: the rules of what counts as a tie, its direction, strength, window and layer."""

from clusternet.build._aggregate import aggregate_ties
from clusternet.build._agreements import build_agreements
from clusternet.build._backbone import backbone
from clusternet.build._coverage import coverage
from clusternet.build._network import build_network
from clusternet.build._reports import LEAD_ROLES

__all__ = ["LEAD_ROLES", "aggregate_ties", "backbone", "build_agreements", "build_network", "coverage"]
