"""Claims of cluster theory that records can contradict: one function per claim, each returns a Finding."""

from __future__ import annotations

__all__: list[str] = []
