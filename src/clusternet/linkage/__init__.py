"""Match the names in records to the registry: normalize, block, score, decide, and list the undecided."""

from __future__ import annotations

from clusternet.linkage._core import Linkage, link_firms
from clusternet.linkage._names import normalize
from clusternet.linkage._quality import LinkageQuality

__all__ = ["Linkage", "LinkageQuality", "link_firms", "normalize"]
