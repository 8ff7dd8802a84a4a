"""aggregate_ties: reports to ties in the user's own engine, written once with narwhals."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from clusternet.errors import OptionError, choose, listing, whole_number

if TYPE_CHECKING:
    from clusternet.build._network import Reporting

__all__ = ["aggregate_ties"]

LONG_AGO, FAR_AHEAD = datetime(1700, 1, 1), datetime(2200, 1, 1)  # noqa: DTZ001  (spells have no time zone)


def aggregate_ties(
    frame: Any,
    *,
    directed: bool = False,
    reports: Reporting = "union",
    strength: Literal["count", "sum", "max"] = "count",
    minimum: int = 1,
) -> Any:
    """Reduce partnership reports to ties with the engine that holds them.

    The rules of `build_network` for reports of two firms (see its Notes), for tables that are too large to be read
    into `Records`: group in the engine, then hand the result to ``Network.from_edges``.

    Parameters
    ----------
    frame
        pandas or polars frame (eager or lazy), DuckDB relation, or whatever else narwhals takes. Columns ``source``
        and ``target`` (text); optional ``layer`` (text, "tie" where missing), ``start`` and ``end`` (dates from 1700
        to 2200), ``reporter`` (text, an id like those in source and target), ``amount`` and ``value`` (numbers).
    directed
        Whether a pair runs from source to target. Otherwise the pair is put in alphabetical order.
    reports, minimum
        As in `build_network`.
    strength
        "count" of agreements, "sum" or "max" of ``amount``.

    Returns
    -------
    frame of the same engine
        One row per pair and layer, in no order: source, target, layer, directed, strength, start, end, n_agreements,
        n_records, n_reporters, confirmed, value; as in ``build_network(...).ties``. Blanks around ids do not count.
        Rows without a source or target, loops, and ties without a positive strength are left out.

    Raises
    ------
    OptionError
        If an option is outside its range or a column is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"source": ["A", "B", "A"], "target": ["B", "A", "C"], "reporter": ["A", "B", "A"]})
    >>> ties = aggregate_ties(frame).sort_values("target")
    >>> ties[["source", "target", "strength", "n_records"]].values.tolist()
    [['A', 'B', 1.0, 2], ['A', 'C', 1.0, 1]]
    """
    import narwhals as nw

    choose("reports", reports, ("union", "intersection", "sum"))
    choose("strength", strength, ("count", "sum", "max"))
    minimum = whole_number("minimum", minimum, what=" of agreements")
    given = nw.from_native(frame)
    table = given.lazy()
    names = table.collect_schema().names()
    needed = ["source", "target", *(["amount"] if strength != "count" else [])]
    if lacking := [name for name in needed if name not in names]:
        raise OptionError(f"the frame lacks {listing(lacking)}; it has {listing(names, 20)}.")

    def column(name: str, dtype: Any, otherwise: Any = None) -> Any:
        return nw.col(name).cast(dtype) if name in names else nw.lit(otherwise, dtype=dtype).alias(name)

    def number(condition: Any) -> Any:
        return condition.cast(nw.Int64).fill_null(0)

    key = ["source", "target", "layer"]
    source, target = nw.col("source"), nw.col("target")
    rows = (
        table.with_columns(*(end.cast(nw.String).str.strip_chars() for end in (source, target)))
        .filter(~source.is_null(), source != "", ~target.is_null(), target != "")
        .filter(source != target)
        .select(
            (source if directed else nw.min_horizontal("source", "target")).alias("source"),
            (target if directed else nw.max_horizontal("source", "target")).alias("target"),
            column("layer", nw.String, "tie").fill_null("tie"),  # a join finds no partner for a missing key
            column("start", nw.Datetime("us")),
            column("end", nw.Datetime("us")),
            column("reporter", nw.String).str.strip_chars().fill_null(""),
            column("amount", nw.Float64).fill_nan(None),
            column("value", nw.Float64).fill_nan(None),
        )
        .with_columns(
            nw.col("start").fill_null(nw.lit(LONG_AGO)).dt.truncate("1d").alias("begin"),
            nw.col("end").fill_null(nw.lit(FAR_AHEAD)).dt.truncate("1d").alias("until"),
            nw.lit(1).alias("each"),
            number(nw.col("reporter") == source).alias("side_a"),
            number(nw.col("reporter") == target).alias("side_b"),
            (-nw.col("amount").fill_null(-1.0)).alias("by_amount"),
            (-nw.col("value").fill_null(-1.0)).alias("by_value"),
        )
    )
    # An episode is named by its first day. Rows of one first day share one, in whatever order an engine takes them.
    spell = ["begin", "until"]
    rows = (
        rows.with_columns(nw.col("until").cum_max().over(*key, order_by=spell).alias("reach"))
        .with_columns(nw.col("reach").shift(1).over(*key, order_by=spell).alias("before"))
        .with_columns(number(nw.col("before").is_null() | (nw.col("begin") > nw.col("before"))).alias("new"))
        .with_columns(nw.col("new").max().over(*key, "begin"))
        .with_columns(nw.when(nw.col("new") == 1).then("begin").otherwise(nw.lit(LONG_AGO)).alias("opens"))
        .with_columns(nw.col("opens").cum_max().over(*key, order_by=spell).alias("episode"))
        # A running sum of ones, because narwhals' cum_count takes pandas rows as they stand, whatever order_by says.
        .with_columns(
            nw.col("each")
            .cum_sum()
            .over(*key, "episode", "reporter", order_by=[*spell, "by_amount", "by_value"])
            .alias("rank")
        )
    )
    one = [*key, "episode", "rank"]
    both = nw.col("side_a").max().over(*one) + nw.col("side_b").max().over(*one) == 2
    rows = rows.with_columns(
        number(both).alias("confirmed"),
        number(nw.col("reporter") == "").alias("unnamed"),
        number(nw.col("end").is_null()).alias("open"),
    )
    if reports == "intersection":
        rows = rows.filter(nw.col("confirmed") == 1)
    per_tie = rows.group_by(*key).agg(
        nw.len().alias("n_records"),
        nw.col("reporter").n_unique().alias("n_names"),
        nw.col("unnamed").max(),
        nw.col("start").min(),
        nw.col("end").max(),
        nw.col("open").max(),
        nw.col("confirmed").max(),
    )
    if reports == "sum":
        agreements = rows.select(*key, "amount", "value")
    elif reports == "union":
        agreements = (
            rows.group_by(*one).agg(nw.col("amount").max(), nw.col("value").max()).select(*key, "amount", "value")
        )
    else:
        sides = {
            f"{name}_{side}": nw.when(nw.col(side) == 1).then(name)
            for name in ("amount", "value")
            for side in ("side_a", "side_b")
        }
        agreements = (
            rows.with_columns(**sides)
            .group_by(*one)
            .agg(*(nw.col(name).max() for name in sides))
            .select(
                *key,
                *(nw.min_horizontal(f"{name}_side_a", f"{name}_side_b").alias(name) for name in ("amount", "value")),
            )
        )
    total = {
        "count": nw.col("n_agreements").cast(nw.Float64),
        "sum": nw.col("total"),
        "max": nw.col("largest"),
    }[strength]
    summed = (
        agreements.with_columns(nw.col("value").is_null().cast(nw.Int64).alias("bare"))
        .group_by(*key)
        .agg(
            nw.len().alias("n_agreements"),
            nw.col("amount").sum().alias("total"),
            nw.col("amount").max().alias("largest"),
            nw.col("value").sum().alias("worth"),
            nw.col("bare").min().alias("bare"),
        )
    )
    ties = (
        per_tie.join(summed, on=key, how="inner")
        .with_columns(total.alias("strength"))
        .filter(nw.col("n_agreements") >= minimum, nw.col("strength") > 0)
        .select(
            *key,
            nw.lit(directed).alias("directed"),
            "strength",
            "start",
            nw.when(nw.col("open") == 0).then("end").alias("end"),
            nw.col("n_agreements", "n_records").cast(nw.Int64),
            (nw.col("n_names").cast(nw.Int64) - nw.col("unnamed")).alias("n_reporters"),
            (nw.col("confirmed") == 1).alias("confirmed"),
            nw.when(nw.col("bare") == 0).then("worth").alias("value"),
        )
    )
    return ties.collect().to_native() if isinstance(given, nw.DataFrame) else ties.to_native()
