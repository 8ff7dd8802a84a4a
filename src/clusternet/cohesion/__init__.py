"""Cohesion: how firmly the network hangs together, as a whole and around each firm.

"Cohesion" here covers density, closure, components, hierarchy, groups and communities. Structural cohesion in the sense
of White and Harary (how many firms must leave before the rest falls apart) is `structural_cohesion`.

``direction``: "keep" follows the ties' direction, "all" forgets it (two firms are tied if either names the other, and
the strengths of both directions add up). In an undirected network the two agree.
"""

# The order of the report, in which measures are listed as their modules load.
# isort: off
from clusternet.cohesion._density import density, dyad_census, layer_density, reciprocity, triad_census
from clusternet.cohesion._closure import average_clustering, local_clustering, transitivity
from clusternet.cohesion._two_mode import (
    local_two_mode_clustering,
    robins_alexander_clustering,
    two_mode_clustering,
)
from clusternet.cohesion._components import (
    articulation_firms,
    bicomponents,
    bridges,
    components,
    degeneracy,
    giant_share,
    k_coreness,
    k_truss,
    n_components,
)
from clusternet.cohesion._structural import (
    CohesiveBlocks,
    cohesive_blocks,
    edge_connectivity,
    k_components,
    structural_cohesion,
    vertex_connectivity,
)
from clusternet.cohesion._distances import global_efficiency, mean_distance
from clusternet.cohesion._small_world import SmallWorld, small_world, two_mode_small_world
from clusternet.cohesion._hierarchy import (
    RichClub,
    assortativity_slope,
    gtd_connectedness,
    gtd_efficiency,
    gtd_hierarchy,
    gtd_lubness,
    hierarchy_slope,
    rich_club,
)
from clusternet.cohesion._communities import Communities, communities
from clusternet.cohesion._groups import (
    coleman_index,
    degree_assortativity,
    ei_index,
    firm_blau_index,
    firm_ei_index,
    group_density,
    mixing_matrix,
    modularity,
    nominal_assortativity,
    numeric_assortativity,
    test_ei_index,
    yule_q,
)
# isort: on

__all__ = [
    "CohesiveBlocks",
    "Communities",
    "RichClub",
    "SmallWorld",
    "articulation_firms",
    "assortativity_slope",
    "average_clustering",
    "bicomponents",
    "bridges",
    "cohesive_blocks",
    "coleman_index",
    "communities",
    "components",
    "degeneracy",
    "degree_assortativity",
    "density",
    "dyad_census",
    "edge_connectivity",
    "ei_index",
    "firm_blau_index",
    "firm_ei_index",
    "giant_share",
    "global_efficiency",
    "group_density",
    "gtd_connectedness",
    "gtd_efficiency",
    "gtd_hierarchy",
    "gtd_lubness",
    "hierarchy_slope",
    "k_components",
    "k_coreness",
    "k_truss",
    "layer_density",
    "local_clustering",
    "local_two_mode_clustering",
    "mean_distance",
    "mixing_matrix",
    "modularity",
    "n_components",
    "nominal_assortativity",
    "numeric_assortativity",
    "reciprocity",
    "rich_club",
    "robins_alexander_clustering",
    "small_world",
    "structural_cohesion",
    "test_ei_index",
    "transitivity",
    "triad_census",
    "two_mode_clustering",
    "two_mode_small_world",
    "vertex_connectivity",
    "yule_q",
]
