"""Read firms, partnerships, groups and referrals; map synonyms; validate; keep a log; never drop silently."""

from clusternet.records._core import Records, problems, read_records, report_text
from clusternet.records._schema import KINDS, REQUIRED, SCHEMA, SYNONYMS

__all__ = ["KINDS", "REQUIRED", "SCHEMA", "SYNONYMS", "Records", "problems", "read_records", "report_text"]
