"""Specialization: which activities a place lives on, and which capabilities a firm lives on.

Tables in, tables out. Two tables carry everything: places by activities (employment, firms, plants) and firms by
capabilities (1 for "has it", or a weight); `tabulate` makes either from a list. Only the functions that join a table
to the topology (capability_coverage, bundle_coverage) ask for a network; community_variety and
specialization_by_coreness take a Series of memberships or corenesses.

``by``: "place" gives one value per row of the table, "activity" one per column.

A missing, negative, infinite or unreadable cell is refused and named: zero and unknown differ. A place or activity
without any employment has no shares, so its indicators are NaN.

Everything here is computed by clusternet itself; no outside package is called.
"""

from clusternet.specialization._complexity import (
    Complexity,
    co_occurrence,
    economic_complexity,
    proximity,
    relatedness,
    relatedness_density,
)
from clusternet.specialization._concentration import (
    ellison_glaeser,
    entropy,
    hachman,
    hhi,
    hoover,
    krugman_index,
    litzenberger_sternberg,
    locational_gini,
    shift_share,
    variety,
)
from clusternet.specialization._joined import (
    BundleCoverage,
    bundle_coverage,
    capability_coverage,
    community_variety,
    specialization_by_coreness,
)
from clusternet.specialization._niche import (
    d_prime,
    h2_prime,
    nestedness,
    niche_overlap,
    niche_width,
    paired_difference,
    redundancy,
    substitutability,
    uniqueness,
)
from clusternet.specialization._quotient import (
    QuotientIntervals,
    cluster_profile,
    location_quotient,
    location_quotient_interval,
    rca,
)
from clusternet.specialization._tables import tabulate

__all__ = [
    "BundleCoverage",
    "Complexity",
    "QuotientIntervals",
    "bundle_coverage",
    "capability_coverage",
    "cluster_profile",
    "co_occurrence",
    "community_variety",
    "d_prime",
    "economic_complexity",
    "ellison_glaeser",
    "entropy",
    "h2_prime",
    "hachman",
    "hhi",
    "hoover",
    "krugman_index",
    "litzenberger_sternberg",
    "location_quotient",
    "location_quotient_interval",
    "locational_gini",
    "nestedness",
    "niche_overlap",
    "niche_width",
    "paired_difference",
    "proximity",
    "rca",
    "redundancy",
    "relatedness",
    "relatedness_density",
    "shift_share",
    "specialization_by_coreness",
    "substitutability",
    "tabulate",
    "uniqueness",
    "variety",
]
