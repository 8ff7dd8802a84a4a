"""Models of how networks form and how knowledge moves through them, behind published findings."""

from __future__ import annotations

__all__: list[str] = []
