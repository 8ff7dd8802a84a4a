"""Read firms, partnerships, groups and referrals; map synonyms; validate; keep a log; never drop silently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clusternet.result import Result, Settings

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SCHEMA", "Records"]

SCHEMA: dict[str, dict[str, str]] = {
    "firms": {
        "firm_id": "text", "name": "text", "sector": "text", "region": "text", "city": "text", "country": "text",
        "lat": "number", "lon": "number", "founded": "date", "employees": "number", "revenue": "number",
    },
    "partnerships": {
        "record": "text", "kind": "kind", "a": "firm", "b": "firm", "start": "date", "end": "date",
        "strength": "number", "value": "number", "formal": "flag", "reported_by": "firm",
    },
    "groups": {
        "group_id": "text", "kind": "kind", "firm": "firm", "role": "text", "start": "date", "end": "date",
        "value": "number",
    },
    "agreements": {
        "group_id": "text", "name": "text", "kind": "kind", "start": "date", "end": "date", "value": "number",
    },
    "referrals": {
        "record": "text", "from": "firm", "to": "firm", "date": "date", "customers": "number",
        "converted": "number", "value": "number",
    },
    "capabilities": {"firm_id": "firm", "tag": "text", "weight": "number", "confidential": "flag"},
    "outcomes": {
        "firm_id": "firm", "period": "text", "revenue": "number", "cost": "number", "employees": "number",
        "launches": "number", "patents": "number", "exit": "flag",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Records(Result):
    """Tables."""

    firms: pd.DataFrame
    partnerships: pd.DataFrame
    groups: pd.DataFrame
    agreements: pd.DataFrame
    referrals: pd.DataFrame
    capabilities: pd.DataFrame
    outcomes: pd.DataFrame
    issues: pd.DataFrame
    counts: pd.DataFrame
    duplicates: pd.DataFrame
    settings: Settings
