"""Cohesion: how firmly the network hangs together, as a whole and around each firm.

"Cohesion" here covers density, closure, components, hierarchy, groups and communities. Structural cohesion in the sense
of White and Harary (how many firms must leave before the rest falls apart) is `structural_cohesion`.

``direction``: "keep" follows the ties' direction, "all" forgets it (two firms are tied if either names the other, and
the strengths of both directions add up). In an undirected network the two agree.
"""

from clusternet.cohesion._closure import average_clustering, local_clustering, transitivity
from clusternet.cohesion._communities import Communities, communities
from clusternet.cohesion._components import (
    articulation_firms,
    bridges,
    components,
    giant_share,
    k_coreness,
    n_components,
)
from clusternet.cohesion._density import density, dyad_census, reciprocity, triad_census
from clusternet.cohesion._distances import global_efficiency, mean_distance
from clusternet.cohesion._groups import (
    degree_assortativity,
    ei_index,
    firm_ei_index,
    modularity,
    nominal_assortativity,
    numeric_assortativity,
)

__all__ = [
    "Communities",
    "articulation_firms",
    "average_clustering",
    "bridges",
    "communities",
    "components",
    "degree_assortativity",
    "density",
    "dyad_census",
    "ei_index",
    "firm_ei_index",
    "giant_share",
    "global_efficiency",
    "k_coreness",
    "local_clustering",
    "mean_distance",
    "modularity",
    "n_components",
    "nominal_assortativity",
    "numeric_assortativity",
    "reciprocity",
    "transitivity",
    "triad_census",
]
