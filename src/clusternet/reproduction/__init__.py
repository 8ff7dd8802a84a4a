"""Published findings computed again: one ledger of published and computed numbers, each with its tolerance."""

from __future__ import annotations

__all__: list[str] = []
