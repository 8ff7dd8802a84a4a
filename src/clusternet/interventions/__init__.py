"""What to do about it: what-if comparisons, key players, ties and firms worth adding.

Nothing here changes the network it is given. Every recommendation states its objective, is compared with random and
degree-matched choices, and comes with one plain sentence.
"""

from clusternet.interventions._key_players import (
    KeyPlayers,
    distance_weighted_fragmentation,
    distance_weighted_reach,
    fragmentation,
    key_players,
    reach,
)
from clusternet.interventions._objectives import OBJECTIVES
from clusternet.interventions._recommend import Recommendation, recommend_firms, recommend_ties
from clusternet.interventions._what_if import WHAT_IF_RESPONSES, Comparison, what_if

__all__ = [
    "OBJECTIVES",
    "WHAT_IF_RESPONSES",
    "Comparison",
    "KeyPlayers",
    "Recommendation",
    "distance_weighted_fragmentation",
    "distance_weighted_reach",
    "fragmentation",
    "key_players",
    "reach",
    "recommend_firms",
    "recommend_ties",
    "what_if",
]
