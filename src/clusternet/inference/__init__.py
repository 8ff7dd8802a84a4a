"""Is it more than chance, and does it survive its records: null models, permutation tests, tie models, sensitivity."""

from __future__ import annotations

__all__: list[str] = []
