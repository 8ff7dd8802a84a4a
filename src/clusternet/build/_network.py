"""build_network: reports to ties, one per pair and layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from clusternet.build._links import link
from clusternet.build._reports import (
    NAT,
    TABLES,
    YEAR,
    Memberships,
    Multiparty,
    NoLead,
    OpenEnd,
    Reports,
    Rules,
    StrengthOf,
    Undated,
    When,
    check_layers,
    group_reports,
    matching,
    memberships,
    microseconds,
    over,
    partnership_reports,
    referral_reports,
    sorted_pairs,
    to_dates,
)
from clusternet.errors import OptionError, choose, real_number, whole_number
from clusternet.network import LAYERS, Network

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from clusternet.build._links import Resolver
    from clusternet.records import Records

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = ["Reporting", "Strength", "build_network", "lineage_rows", "reconcile"]

Reporting = Literal["union", "intersection", "sum"]
Strength = Literal["count", "sum", "max", "recency"]


def build_network(
    records: Records,
    *,
    linkage: Resolver | None = None,
    layers: Iterable[str] | str | None = None,
    directed: Iterable[str] | str = ("supply", "referral"),
    window: tuple[object, object] | None = None,
    undated: Undated = "keep",
    open_end: OpenEnd = "open",
    reports: Reporting = "union",
    multiparty: Multiparty = "clique",
    no_lead: NoLead = "refuse",
    strength: Strength = "count",
    strength_of: StrengthOf = "value",
    half_life: float = 2.0,
    as_of: object = None,
    minimum: int = 1,
) -> Network:
    """Return the network that the records tell, one tie per pair of firms and layer.

    Every rule that changes a number is an argument, and lands in ``network.settings`` with the count of what it
    dropped (``settings["dropped"]``; of partnerships and referrals, whose name then stands before the reason, every
    record that is behind no tie counts once).

    Parameters
    ----------
    records
        What `read_records` returned.
    linkage
        What `link_firms` returned. Without it names join the registry by exact id, or by exact name (case, accents
        and blanks aside) where one firm alone has that name; all others become unregistered firms.
    layers
        Kinds to build; all that the records hold when omitted.
    directed
        Layers whose ties run from a to b (supplier to buyer) or from the referring firm to the other. In the other
        layers a pair is a pair. The ties of an agreement of several parties have no direction in any layer.
    window
        First and last date, both days included whole: only records alive on some day between count. A missing start
        means "always was". None takes all.
    undated
        Whether records with neither date are kept, as alive all along, or dropped.
    open_end
        What a missing end means: "open", alive to this day; "unknown", alive on its start only; or a number of
        years after its start. A referral is an event: alive on its date only.
    reports
        How one-sided partnership reports are reconciled, see Notes. "union": an agreement counts if anyone reports it.
        "intersection": only if both sides do; a firm that reports nothing confirms nothing, so the ties of
        non-respondents are lost. "sum": every report counts by itself (krackhardt1987).
    multiparty
        How an agreement of k firms becomes ties. "clique": every pair. "clique_newman": every pair, each 1/(k - 1) of
        an agreement, so that a large one does not outweigh many small ones (newman2001). "star": every member with
        the lead, which is a member with a role in `LEAD_ROLES`; of several leads each. "none": no ties; see
        `build_agreements`.
    no_lead
        With "star", what becomes of agreements of three or more firms without a lead: refuse to build, expand them
        as a "clique", or "drop" them.
    strength
        "count": number of agreements, with "clique_newman" the sum of their shares. "sum" or "max": of `strength_of`.
        "recency": agreements count 1 while alive and half as much after each `half_life`.
    strength_of
        Column to add up: "strength" (partnerships only), "value" (all tables), "customers" (referrals only). For a
        pair in a group the value is the mean of the two members' values. Where the sides report different amounts,
        "union" takes the larger, "intersection" the smaller.
    half_life
        Years after which a past agreement counts half, with "recency".
    as_of
        Date from which "recency" looks back; records that start later are dropped. When omitted the last date on
        which any record starts (planned ends lie in the future), never the day of the run.
    minimum
        Least number of agreements (not of reports) for a tie to count.

    Returns
    -------
    Network
        ``firms``: the registry, isolates included, then the unregistered firms that are party to a record; column
        ``registered``. Unregistered names that only report, or stand in the tables of capabilities and outcomes alone,
        are no firms of the network. A column of the registry that is called ``mode`` or ``registered``, which mean
        something in a network, gets "firm_" before its name.
        ``ties``, by layer and then in the order of the firm table: ``strength``; ``start``, the earliest known, and
        ``end``, the latest, missing if any agreement is open; ``n_agreements``, what "count" counts; ``n_records``, the
        partnership and referral records and groups behind it (duplicates that reading dropped not counted);
        ``n_reporters``, distinct known reporters; ``confirmed``, whether both sides report one same agreement;
        ``value``, summed over agreements, NaN if never given.
        ``lineage``: table, row and record of all rows behind each tie, dropped duplicates included.

    Raises
    ------
    OptionError
        If an option is outside its range; if nobody reports and "intersection" is asked; if no record of a layer has
        the amount to add up; if agreements of many firms would make more than 20 million pairs (a million take some
        seconds and half a gigabyte).
    NetworkError
        If a star is asked of agreements without a lead, or the linkage is of other records.

    Notes
    -----
    **What is an agreement?** A group is one agreement, and so is a referral record. Partnership reports on one pair in
    one layer (and direction) whose spells overlap, directly or through other reports, form an episode; missing dates
    are unbounded. In an episode, ordered by date, the first report of every reporter is one agreement, the second
    report of every reporter the next one, and so on. So the two sides' reports of one contract count once, while two
    contracts that one side lists count twice. Records without ``reported_by`` share one unnamed reporter, and a third
    party (a chamber, a register) is a reporter of its own: under "union" its record counts, under "intersection" it
    confirms nothing. Groups and referrals have no reporter and are never reconciled.

    Sides that contradict each other, one telling that it supplies the other and the other the reverse, or another kind
    or another time, make two ties or agreements that nobody confirms: under "intersection" both go. ``records.issues``
    names such rows (where the two firms are written as in the registry, or alike).

    The window selects records before they are reconciled, while ``network.window`` cuts finished ties by their whole
    spell. A year is 365.25 days. Several rows of one firm in one group are one membership from its first start to its
    last end, and two members are tied while both belong. With ``strength`` other than "count" a record without the
    amount adds nothing; ties that end with no positive strength are dropped and counted in the settings.

    References
    ----------
    newman2001, krackhardt1987

    Examples
    --------
    >>> from clusternet import read_records
    >>> import pandas as pd
    >>> tables = {
    ...     "firms": pd.DataFrame({"firm_id": ["A", "B", "C"]}),
    ...     "partnerships": pd.DataFrame(
    ...         {"a": ["A", "B"], "b": ["B", "A"], "kind": "alliance", "reported_by": ["A", "B"]}
    ...     ),
    ... }
    >>> net = build_network(read_records(tables))
    >>> net.ties[["source", "target", "strength", "n_records", "confirmed"]].values.tolist()
    [['A', 'B', 1.0, 2, True]]
    """
    choose("reports", reports, ("union", "intersection", "sum"))
    choose("multiparty", multiparty, ("clique", "clique_newman", "star", "none"))
    choose("no_lead", no_lead, ("refuse", "clique", "drop"))
    choose("strength", strength, ("count", "sum", "max", "recency"))
    choose("strength_of", strength_of, ("strength", "value", "customers"))
    minimum = whole_number("minimum", minimum, what=" of agreements")
    half_life = real_number("half_life", half_life, positive="number of years")
    chosen, arrows = check_layers("layers", layers), check_layers("directed", directed)
    when = When.of(window, undated, open_end)
    dropped: dict[str, int] = {}
    links = link(records, linkage)
    rules = Rules(chosen, arrows, when, strength_of, dropped)
    members = memberships(records, links, rules)
    found = Reports.concat(
        [
            partnership_reports(records, links, rules),
            group_reports(members, multiparty, no_lead, rules),
            referral_reports(records, links, rules),
        ]
    )
    settings: dict[str, Any] = {
        "linkage": links.label,
        "layers": chosen,
        "directed": tuple(layer for layer in arrows if layer in chosen),
        **when.settings,
        "reports": reports,
        "multiparty": multiparty,
        "strength": strength,
        "minimum": minimum,
    }
    if multiparty == "star":
        settings["no_lead"] = no_lead
    if strength in ("sum", "max"):
        settings["strength_of"] = strength_of
        _check_amounts(found, strength_of)
    if strength == "recency":
        found, date = _decayed(found, half_life, as_of, dropped)
        settings |= {"half_life": float(half_life), "as_of": date}
    if reports == "intersection" and (found.table == 0).any() and not (found.reporter >= 0).any():
        raise OptionError(
            "reports is 'intersection', but no partnership record says who reported it, so none can be confirmed; "
            "fill the column reported_by, or take reports='union'."
        )
    found, pair, one, two = sorted_pairs(found, len(links.firms))
    settled = reconcile(pair, found, reports)
    ties, ends, number = _tie_table(
        settled,
        found,
        pair,
        one,
        two,
        strength=strength,
        minimum=minimum,
        dropped=dropped,
    )
    del settled, pair, one, two  # of a million records these hold a hundred megabytes
    for code, table in enumerate(TABLES):
        if table != "groups" and (lost := int(((found.table == code) & (number < 0)).sum())):
            dropped[f"{table}: unconfirmed, or of a pair that was dropped"] = lost
    lineage = _lineage(records, number, found, members)
    del found, number, members
    settings["dropped"] = dropped
    return Network._of_codes(links.firms, ties, ends, settings=settings, lineage=lineage)  # noqa: SLF001  (spares a look-up of every id)


def _check_amounts(found: Reports, column: str) -> None:
    have = np.bincount(found.layer[~np.isnan(found.amount)], minlength=len(LAYERS)) > 0
    bare = (np.bincount(found.layer, minlength=len(LAYERS)) > 0) & ~have
    if bare.any():
        names = [layer for layer, empty in zip(LAYERS, bare, strict=True) if empty]
        others = [layer for layer, full in zip(LAYERS, have, strict=True) if full]
        raise OptionError(
            f"no record of {', '.join(names)} has a {column!r}; layers that have it: {', '.join(others) or 'none'}. "
            "Choose these layers, another strength_of, or strength='count'."
        )


def _decayed(found: Reports, half_life: float, as_of: object, dropped: dict[str, int]) -> tuple[Reports, str | None]:
    """Return the reports with their recency as amount."""
    if as_of is None:
        known = found.start[found.start != NAT] if (found.start != NAT).any() else found.end[found.end != NAT]
        if not len(known):
            # Without any date nothing has aged.
            found.amount = np.ones(len(found))
            return found, None
        today = int(known.max())
    else:
        today = microseconds("as_of", as_of)
    later = found.start > over(today)
    if later.any():
        dropped["records that start after as_of"] = int(later.sum())
        found = found.take(~later)
    age = np.where(found.end == NAT, 0.0, np.maximum(today - found.end.astype(np.float64), 0.0)) / YEAR
    found.amount = np.asarray(0.5 ** (age / half_life))
    return found, str(to_dates(np.array([today]))[0].astype("datetime64[D]"))


@dataclass(slots=True)
class Settled:
    """Reports after reconciliation: which are kept, which stand for their agreement, and with what amounts."""

    kept: Bools
    counts: Bools
    amount: Floats
    value: Floats
    confirmed: Bools


def reconcile(pair: Ints, found: Reports, reports: Reporting) -> Settled:
    """Apply the rule for one-sided reports."""
    agreement = matching(pair, found)
    size = len(pair)
    side_a, side_b = found.reporter == found.source, found.reporter == found.target
    # The firms of an undirected pair may stand either way round: what matters is that both are among the reporters.
    low = side_a & (found.source < found.target) | side_b & (found.target < found.source)
    high = (side_a | side_b) & ~low
    both = np.zeros(size, dtype=bool)
    several = np.zeros(size, dtype=bool)
    several[agreement[agreement != np.arange(size)]] = True
    rows = np.flatnonzero(several[agreement])
    rows = rows[np.argsort(agreement[rows], kind="stable")]
    amount, value = found.amount.copy(), found.value.copy()
    heads = np.flatnonzero(np.append(True, agreement[rows][1:] != agreement[rows][:-1])) if len(rows) else rows
    names = agreement[rows][heads]
    if len(rows):
        both[names] = np.logical_or.reduceat(low[rows], heads) & np.logical_or.reduceat(high[rows], heads)
    confirmed = both[agreement]
    if reports == "sum":
        every = np.ones(size, dtype=bool)
        return Settled(every, every, amount, value, confirmed)
    counts = agreement == np.arange(size)
    kept = np.ones(size, dtype=bool)
    if reports == "intersection":
        kept = confirmed | (found.table != 0)
        counts &= kept
    if len(rows):
        for column in (amount, value):
            raw = column[rows]
            if reports == "union":
                column[names] = np.fmax.reduceat(raw, heads)
            else:
                sides = (np.fmax.reduceat(np.where(side[rows], raw, np.nan), heads) for side in (low, high))
                column[names] = np.fmin(*sides)
    return Settled(kept, counts, amount, value, confirmed)


def _tie_table(
    settled: Settled,
    found: Reports,
    pair: Ints,
    one: Ints,
    two: Ints,
    *,
    strength: Strength,
    minimum: int,
    dropped: dict[str, int],
) -> tuple[pd.DataFrame, tuple[Ints, Ints], Ints]:
    """Return the ties, the row numbers of their firms, and the number of each report's tie (-1 for none)."""
    size = len(one)
    if not size:
        head = np.empty(0, dtype=np.int64)
        whole = ("layer", "start", "end", "n_agreements", "n_records", "n_reporters")
        columns: dict[str, NDArray[Any]] = {
            **dict.fromkeys(whole, head),
            **dict.fromkeys(("directed", "confirmed"), head.astype(bool)),
            **dict.fromkeys(("strength", "value"), head.astype(float)),
        }
        return _frame(columns), (head, head), head
    heads = np.flatnonzero(np.append(True, pair[1:] != pair[:-1]))
    counts = settled.counts.astype(np.float64)
    agreements = np.bincount(pair, weights=counts, minlength=size).astype(np.int64)
    if strength == "count":
        total = np.bincount(pair, weights=counts * found.share, minlength=size)
    else:
        amount = np.where(settled.counts, settled.amount, np.nan) * found.share
        if strength == "max":
            total = np.fmax.reduceat(amount, heads)
        else:
            total = np.bincount(pair, weights=np.nan_to_num(amount), minlength=size)
    worth = np.where(settled.counts, settled.value, np.nan)
    given = np.bincount(pair[~np.isnan(worth)], minlength=size) > 0
    value = np.where(given, np.bincount(pair, weights=np.nan_to_num(worth), minlength=size), np.nan)
    most = np.iinfo(np.int64).max
    start = np.minimum.reduceat(np.where(settled.kept & (found.start != NAT), found.start, most), heads)
    late = np.where(found.end == NAT, most, found.end)
    end = np.maximum.reduceat(np.where(settled.kept, late, NAT), heads)
    named = np.flatnonzero(settled.kept & (found.reporter >= 0))
    width = np.int64(found.reporter.max(initial=0)) + 1
    told = np.sort(pair[named] * width + found.reporter[named])  # np.unique hashes, and that is far slower
    told = told[np.append(True, told[1:] != told[:-1])[: len(told)]] // width

    few = agreements < minimum
    weak = ~(np.nan_to_num(total) > 0)
    for reason, mask in (
        ("pairs whose reports are not confirmed", agreements == 0),
        ("pairs with fewer agreements than the minimum", few & (agreements > 0)),
        ("pairs without a positive strength", ~few & weak),
    ):
        if mask.any():
            dropped[reason] = int(mask.sum())
    good = ~few & ~weak
    keep = slice(None) if good.all() else good  # a mask would copy every column
    columns = {
        "layer": found.layer[heads],
        "directed": found.directed[heads],
        "strength": total,
        "start": np.where(start == most, NAT, start),
        "end": np.where(end == most, NAT, end),
        "n_agreements": agreements,
        "n_records": np.bincount(pair, weights=settled.kept, minlength=size).astype(np.int64),
        "n_reporters": np.bincount(told, minlength=size).astype(np.int64),
        "confirmed": np.bincount(pair, weights=settled.confirmed & settled.kept, minlength=size) > 0,
        "value": value,
    }
    number = np.where(good, np.cumsum(good) - 1, -1)
    table = _frame({name: column[keep] for name, column in columns.items()})
    ends = one[keep].astype(np.int64), two[keep].astype(np.int64)
    return table, ends, np.where(settled.kept, number[pair], -1)


def _frame(columns: dict[str, NDArray[Any]]) -> pd.DataFrame:
    names = pd.Index(LAYERS, dtype="str")
    return pd.DataFrame(
        {
            **columns,
            "layer": names.take(columns["layer"]),
            "start": to_dates(columns["start"]),
            "end": to_dates(columns["end"]),
        },
        copy=False,
    )


def _lineage(records: Records, number: Ints, found: Reports, members: Memberships) -> pd.DataFrame:
    """Return the rows behind every tie, the dropped duplicates after the row they repeat."""
    used = np.flatnonzero(number >= 0)
    single = used[found.table[used] != 1]
    grouped = used[found.table[used] == 1]
    pieces = [(number[single], found.table[single], found.place[single])]
    for end in (found.place, found.other):
        place, which = members.rows_of(end[grouped])
        pieces.append((number[grouped][which], np.ones(len(place), dtype=np.int64), place))
    return lineage_rows(records, *(np.concatenate(column) for column in zip(*pieces, strict=True)))


def lineage_rows(records: Records, tie: Ints, table: Ints, place: Ints) -> pd.DataFrame:
    """Return the lineage of (tie, table, place in that table), with duplicates, sorted by tie."""
    if (table == 1).any():
        # Other reports come sorted. One key sorts several times faster than three.
        order = np.argsort((tie * len(TABLES) + table) * (place.max() + 1) + place, kind="stable")
        tie, table, place = tie[order], table[order], place[order]
    row = np.empty(len(tie), dtype=np.int64)
    texts, spots = [], []
    for code, name in enumerate(TABLES):
        here = np.flatnonzero(table == code)
        source = getattr(records, name)
        row[here] = source["row"].to_numpy()[place[here]]
        texts.append(source["group_id" if name == "groups" else "record"].astype("str").take(place[here]))
        spots.append(here)
    back = np.empty(len(tie), dtype=np.int64)
    back[np.concatenate(spots)] = np.arange(len(tie))
    told = [text for text in texts if len(text)]
    record = told[0].array if len(told) == 1 else pd.concat(texts).array.take(back)
    columns = {"table": pd.Categorical.from_codes(table, TABLES), "row": row, "record": record}
    frames = [pd.DataFrame(columns, index=pd.Index(tie, name="tie"))]
    twice = records.duplicates
    if len(twice):
        kept = frames[0].reset_index()
        kept["table"] = kept["table"].astype("str")
        copies = twice.astype({"table": "str"})[["table", "row", "kept_row"]]
        copies = copies.merge(kept, left_on=["table", "kept_row"], right_on=["table", "row"], suffixes=("", "_kept"))
        if len(copies):
            copies["record"] = copies["table"] + ":" + copies["row"].astype("str")
            copies["table"] = pd.Categorical(copies["table"], TABLES)
            frames.append(copies.set_index("tie")[["table", "row", "record"]])
            return pd.concat(frames).sort_index(kind="stable")
    return frames[0]
