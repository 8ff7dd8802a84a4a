"""Centrality: how prominent each firm is, from counting partners to status that partners hand on.

Three options recur. ``direction``: in a directed network "in" looks at ties received, "out" at ties sent and "all" at
both; each docstring says what "all" means there. In an undirected network the three agree. ``weights``: "ignore" sees
only whether a tie exists, "strength" uses its strength; strength is closeness, so measures that walk along paths use
the length 1/strength. ``scale``: the unit of the answer.
"""

# ruff: noqa: I001  (working order, which the list of measures follows)
from clusternet.centrality._ties import degree, strength
from clusternet.centrality._shortest import betweenness, closeness, harmonic, reach, tie_betweenness
from clusternet.centrality._current import current_flow_betweenness, information
from clusternet.centrality._status import authorities, bonacich_power, eigenvector, hubs, katz, pagerank
from clusternet.centrality._order import flow_hierarchy, trophic_incoherence, trophic_level
from clusternet.centrality._groups import group_betweenness, group_closeness, group_degree
from clusternet.centrality._centralization import centralization
from clusternet.centrality._ranks import draw_rank_intervals, rank_intervals

__all__ = [
    "authorities",
    "betweenness",
    "bonacich_power",
    "centralization",
    "closeness",
    "current_flow_betweenness",
    "degree",
    "draw_rank_intervals",
    "eigenvector",
    "flow_hierarchy",
    "group_betweenness",
    "group_closeness",
    "group_degree",
    "harmonic",
    "hubs",
    "information",
    "katz",
    "pagerank",
    "rank_intervals",
    "reach",
    "strength",
    "tie_betweenness",
    "trophic_incoherence",
    "trophic_level",
]
