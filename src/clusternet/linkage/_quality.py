"""How right a linkage is, where the truth is known."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from clusternet.errors import RecordsError, listing
from clusternet.result import Result, Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["LinkageQuality", "evaluate", "wilson"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class LinkageQuality(Result):
    """Precision and recall of a linkage against the truth.

    `table` has one row a kind: ``registry`` (pairs of registry rows), ``reference`` (references written otherwise
    than the registry id or name), ``exact`` (references that equal a name of the registry), ``names`` (pairs of
    names that are not in the registry), ``all``. Columns: `merged` links made without review, `right` of those,
    `true` links that exist, `precision`, `recall`, `f1` with 95 % Wilson intervals [wilson1927]_ (`*_low`,
    `*_high`), `settled` links right after an oracle has settled the review, `recall_settled`, and `review`, the
    number of rows (or references) a person is asked about. NaN where nothing was merged or nothing is to be found.
    Pairs are not independent of each other, so the intervals are somewhat too narrow.
    """

    table: pd.DataFrame
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return one row a kind."""
        return self.table.reset_index()

    def summary(self) -> str:
        """Return precision and recall over all kinds in one line."""
        total = self.table.loc["all"]
        return (
            f"precision {total['precision']:.3f}, recall {total['recall']:.3f}, "
            f"{total['recall_settled']:.3f} when the review is settled ({int(total['review']):,} to review)"
        )


def wilson(right: int, total: int) -> tuple[float, float]:
    """Return the 95 % Wilson score interval of a share; NaN for a share of nothing [wilson1927]_."""
    if total == 0:
        return math.nan, math.nan
    z = 1.959963984540054
    share = right / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def _truth_map(truth: pd.Series | pd.DataFrame) -> dict[str, object]:
    if isinstance(truth, pd.DataFrame):
        if {"reference", "firm"} <= set(truth.columns):
            truth = truth.set_index("reference")["firm"]
        elif truth.shape[1] == 2:
            truth = truth.set_index(truth.columns[0])[truth.columns[1]]
        else:
            raise RecordsError(
                f"The truth has the columns {listing(truth.columns)}; give a Series from reference or registry id "
                "to true firm, or a frame with the columns reference and firm."
            )
    found: dict[str, object] = {}
    clash = []
    for key, value in zip(truth.index, truth.tolist(), strict=True):
        true = None if pd.isna(value) else str(value)
        name = " ".join(str(key).split())  # as reading leaves it
        if found.setdefault(name, true) != true:
            clash.append(name)
    if clash:
        raise RecordsError(f"The truth gives {len(clash):,} names two firms: {listing(clash)}; give each name one.")
    return found


def _pairs(labels: Iterable[object]) -> int:
    return sum(count * (count - 1) // 2 for count in Counter(labels).values())


def _row(*, merged: int, right: int, true: int, settled: int, review: int) -> dict[str, float]:
    precision = right / merged if merged else math.nan
    recall = right / true if true else math.nan
    low, high = wilson(right, merged)
    recall_low, recall_high = wilson(right, true)
    settled_low, settled_high = wilson(settled, true)
    return {
        "merged": merged, "right": right, "true": true,
        "precision": precision, "precision_low": low, "precision_high": high,
        "recall": recall, "recall_low": recall_low, "recall_high": recall_high,
        "f1": 2 * right / (merged + true) if merged + true else math.nan,
        "settled": settled, "recall_settled": settled / true if true else math.nan,
        "recall_settled_low": settled_low, "recall_settled_high": settled_high,
        "review": review,
    }  # fmt: skip


def _grouped(
    group: Sequence[str], truth: Sequence[object], open_pairs: Iterable[tuple[int, int]], review: int
) -> dict[str, float]:
    """Return the counts for rows put into groups; the oracle joins the open pairs that are one firm."""
    head = {label: label for label in group}

    def find(label: str) -> str:
        while head[label] != label:
            label = head[label]
        return label

    for left, right in open_pairs:
        if truth[left] == truth[right]:
            one, other = sorted((find(group[left]), find(group[right])))
            head[other] = one
    return _row(
        merged=_pairs(group),
        right=_pairs(zip(group, truth, strict=True)),
        true=_pairs(truth),
        settled=_pairs((find(label), true) for label, true in zip(group, truth, strict=True)),
        review=review,
    )


def evaluate(
    registry: dict[str, str],
    links: pd.DataFrame,
    review: pd.DataFrame,
    truth: pd.Series | pd.DataFrame,
    settings: Settings,
) -> LinkageQuality:
    """Return the quality of `links` (references) and `registry` (registry id to kept id)."""
    known = _truth_map(truth)
    true_of = {firm: known.get(firm) or firm for firm in registry}
    places = {firm: at for at, firm in enumerate(registry)}
    by_kind = {kind: review[review["kind"] == kind] for kind in ("registry", "reference", "names")}
    asked = by_kind["registry"]
    rows = {
        "registry": _grouped(
            list(registry.values()),
            [true_of[firm] for firm in registry],
            [(places[a], places[b]) for a, b in zip(asked["left"], asked["right"], strict=True)],
            len(asked),
        )
    }
    firms = set(true_of.values())
    options: dict[str, set[object]] = {}
    for left, right in zip(by_kind["reference"]["left"], by_kind["reference"]["right"], strict=True):
        options.setdefault(left, set()).add(true_of[right])
    counts = {
        kind: dict.fromkeys(("merged", "right", "true", "settled", "review"), 0) for kind in ("reference", "exact")
    }
    outside: list[tuple[str, str, object]] = []
    for reference, firm, status, exact in zip(
        links["reference"], links["firm"], links["status"], links["exact"], strict=True
    ):
        if status == "id" or reference not in known:
            continue
        count = counts["exact" if exact else "reference"]
        true = known[reference]
        linked = status in {"name", "match", "decision"} and firm in true_of
        right = linked and true_of[firm] == true
        count["merged"] += linked
        count["right"] += right
        count["true"] += true in firms
        count["settled"] += right or (true in firms and true in options.get(reference, set()))
        count["review"] += status == "review"
        if not linked and true is not None and true not in firms:
            outside.append((reference, firm, true))
    rows["reference"], rows["exact"] = _row(**counts["reference"]), _row(**counts["exact"])
    at_name = {reference: at for at, (reference, _, _) in enumerate(outside)}
    asked = by_kind["names"]
    rows["names"] = _grouped(
        [firm for _, firm, _ in outside],
        [true for _, _, true in outside],
        [
            (at_name[a], at_name[b])
            for a, b in zip(asked["left"], asked["right"], strict=True)
            if a in at_name and b in at_name
        ],
        len(asked),
    )
    summed = ("merged", "right", "true", "settled", "review")
    rows["all"] = _row(**{name: int(np.sum([row[name] for row in rows.values()])) for name in summed})
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis(index="kind")
    table = table.astype(dict.fromkeys(summed, "int64"))
    return LinkageQuality(table=table, settings=settings)
