"""Models of how networks form and how knowledge moves through them, behind published findings.

Learning: `knowledge_barter` (cowan2004), `make_landscape` and `collective_search` (lazer2007). Formation:
`rnd_equilibrium` (goyal2001), `hole_dynamics` (buskens2008), and for every network of up to seven firms
`small_networks` with any payoff function (jacksonwolinsky1996). Supply:
`pareto_volatility` (acemoglu2012). Location:
`dartboard` (ellisonglaeser1997). To compare with: `random_network`, `random_layers`,
`preferential_attachment`, `rewired_ring`, `random_boards`.
"""

from __future__ import annotations

from clusternet.models._barter import Barter, knowledge_barter
from clusternet.models._dartboard import dartboard
from clusternet.models._formation import (
    Payoffs,
    RndEquilibrium,
    connection_payoffs,
    hole_payoffs,
    is_pairwise_stable,
    regular_effort,
    rnd_equilibrium,
    rnd_payoffs,
    rnd_profits,
    small_network,
    small_networks,
)
from clusternet.models._holes import HoleDynamics, hole_dynamics
from clusternet.models._origins import pareto_volatility
from clusternet.models._random import preferential_attachment, random_layers, random_network, sorted_by_degree
from clusternet.models._rings import random_boards, rewired_ring
from clusternet.models._search import Landscape, Search, collective_search, make_landscape

__all__ = [
    "Barter",
    "HoleDynamics",
    "Landscape",
    "Payoffs",
    "RndEquilibrium",
    "Search",
    "collective_search",
    "connection_payoffs",
    "dartboard",
    "hole_dynamics",
    "hole_payoffs",
    "is_pairwise_stable",
    "knowledge_barter",
    "make_landscape",
    "pareto_volatility",
    "preferential_attachment",
    "random_boards",
    "random_layers",
    "random_network",
    "regular_effort",
    "rewired_ring",
    "rnd_equilibrium",
    "rnd_payoffs",
    "rnd_profits",
    "small_network",
    "small_networks",
    "sorted_by_degree",
]
