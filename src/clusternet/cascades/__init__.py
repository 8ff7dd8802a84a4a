"""Shocks that spread: from one firm, sector or place to those that lean on it.

A tie runs from the firm that supplies to the firm that buys (or from sender to receiver). Take one layer first,
``network.layer("supply")``, where layers should not be mixed; functions on interdependent layers take them all.
"""

from clusternet.cascades._economy import (
    SecondaryLoss,
    inoperability,
    interdependency,
    precipice,
    reliability,
    secondary_loss,
)
from clusternet.cascades._layers import (
    MutualGiant,
    interdependence_threshold,
    layer_correlation,
    mutual_giant,
    mutual_giant_share,
)
from clusternet.cascades._result import Cascade
from clusternet.cascades._spread import dependence_cascades, load_cascades, threshold_cascades
from clusternet.cascades._supply import NEEDS, economic_risk

__all__ = [
    "NEEDS",
    "Cascade",
    "MutualGiant",
    "SecondaryLoss",
    "dependence_cascades",
    "economic_risk",
    "inoperability",
    "interdependence_threshold",
    "interdependency",
    "layer_correlation",
    "load_cascades",
    "mutual_giant",
    "mutual_giant_share",
    "precipice",
    "reliability",
    "secondary_loss",
    "threshold_cascades",
]
