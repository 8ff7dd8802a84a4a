"""Dynamics: how ties, communities and indicators change from one period to the next.

A *wave* is the network of one period. Functions take waves as a mapping from label to Network, in order of time: what
`snapshots` returns, or a dictionary of your own. Observation ends somewhere, and what goes on after that is unknown:
a tie that was still open then is right-censored, never "ended", and a period that was cut short is marked.
"""

from clusternet.dynamics._indicators import INDICATORS, IndicatorPanel, control_chart, indicators
from clusternet.dynamics._survival import TieHazard, TieSurvival, tie_hazard, tie_spells, tie_survival
from clusternet.dynamics._waves import (
    CommunityTracks,
    Snapshots,
    firm_turnover,
    lock_in,
    match_communities,
    persistence,
    snapshots,
    tie_decay,
)

__all__ = [
    "INDICATORS",
    "CommunityTracks",
    "IndicatorPanel",
    "Snapshots",
    "TieHazard",
    "TieSurvival",
    "control_chart",
    "firm_turnover",
    "indicators",
    "lock_in",
    "match_communities",
    "persistence",
    "snapshots",
    "tie_decay",
    "tie_hazard",
    "tie_spells",
    "tie_survival",
]
