"""Published findings computed again: one ledger of published and computed numbers, each with its tolerance.

`ledger` computes the findings, `write_ledger` keeps them as ``reproduction.csv``, `unexplained` returns the rows that
fail without a reason given. A finding is a module ``_bNN_name.py`` beside this one; `_ledger.py` says what it holds.
"""

from __future__ import annotations

from clusternet.reproduction._ledger import TAGS, findings, ledger, unexplained, write_ledger

__all__ = ["TAGS", "findings", "ledger", "unexplained", "write_ledger"]
