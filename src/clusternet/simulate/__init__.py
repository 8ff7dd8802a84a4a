"""Make records of a cluster whose truth is known; make them messy on purpose."""

from clusternet.simulate._cluster import Archetype, cluster
from clusternet.simulate._mess import RATES, mess
from clusternet.simulate._names import HOSTILE
from clusternet.simulate._simulation import Simulation, Truth

__all__ = ["HOSTILE", "RATES", "Archetype", "Simulation", "Truth", "cluster", "mess"]
