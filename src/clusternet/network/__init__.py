"""The one carrier: a network is two tables, firms and ties, and every special network is a filter."""

from clusternet.network._core import LAYERS, Network, SimpleGraph, igraph_view
from clusternet.network._dates import read_date, read_dates

__all__ = ["LAYERS", "Network", "SimpleGraph", "igraph_view", "read_date", "read_dates"]
