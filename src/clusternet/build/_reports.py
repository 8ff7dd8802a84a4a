"""Records flattened into reports: one row per record and pair of firms, with the rules of time and parties applied."""

from __future__ import annotations

from dataclasses import dataclass, fields
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
import pandas as pd

from clusternet.errors import NetworkError, OptionError, choose, listing
from clusternet.network import LAYERS, read_date

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from clusternet.build._links import Links
    from clusternet.records import Records

    Ints = NDArray[np.int64]
    Small = NDArray[Any]  # integers narrower than int64
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = [
    "LEAD_ROLES",
    "NAT",
    "TABLES",
    "YEAR",
    "Memberships",
    "Multiparty",
    "NoLead",
    "OpenEnd",
    "Reports",
    "Rules",
    "StrengthOf",
    "Undated",
    "When",
    "check_layers",
    "group_reports",
    "matching",
    "memberships",
    "microseconds",
    "over",
    "partnership_reports",
    "referral_reports",
    "sorted_pairs",
    "to_dates",
]

Multiparty = Literal["clique", "clique_newman", "star", "none"]
NoLead = Literal["refuse", "clique", "drop"]
OpenEnd = Literal["open", "unknown"] | float
StrengthOf = Literal["strength", "value", "customers"]
Undated = Literal["keep", "drop"]

LEAD_ROLES = frozenset(
    {
        "lead", "leader", "lead partner", "lead firm", "coordinator", "co ordinator", "host", "hub", "operator",
        "orchestrator", "platform",
    }
)  # fmt: skip
"""Roles, in small letters and with blanks, that make a member the lead of its group."""

TABLES = ("partnerships", "groups", "referrals")
"""Tables that hold ties; a report names its table by position here."""

NAT = np.iinfo(np.int64).min
YEAR = 365.25 * 86_400e6  # microseconds
DAY = 86_400_000_000  # microseconds
MOST_PAIRS = 20_000_000  # with their lineage half a gigabyte per million
SPAN = 10_000_000  # days; longer than any spell, so that one running maximum serves all pairs


def check_layers(name: str, layers: Iterable[str] | str | None, default: tuple[str, ...] = LAYERS) -> tuple[str, ...]:
    """Return the chosen layers in the order of `LAYERS`."""
    if layers is None:
        return default
    try:
        wanted = {layers} if isinstance(layers, str) else set(layers)
    except TypeError:
        raise OptionError(f"{name} is {layers!r}; give one or several of {listing(LAYERS, 10)}.") from None
    for layer in sorted(wanted, key=str):
        choose(name, layer, LAYERS)
    return tuple(layer for layer in LAYERS if layer in wanted)


@dataclass(frozen=True, slots=True)
class When:
    """The rules of time: what an absent date means, and which spells count."""

    first: int | None
    last: int | None
    undated: Undated
    open_end: OpenEnd

    @classmethod
    def of(cls, window: tuple[object, object] | None, undated: Undated, open_end: OpenEnd) -> When:
        """Return the checked rules."""
        choose("undated", undated, ("keep", "drop"))
        if isinstance(open_end, str):
            choose("open_end", open_end, ("open", "unknown"))
        elif isinstance(open_end, bool) or not isinstance(open_end, Real) or not 0 <= open_end <= 1_000:
            raise OptionError(f"open_end is {open_end!r}; choose 'open', 'unknown' or a number of years up to 1,000.")
        if window is None:
            return cls(None, None, undated, open_end)
        try:
            first, last = window
        except (TypeError, ValueError) as error:
            raise OptionError(f"window is {window!r}; give two dates, (first, last).") from error
        bounds = microseconds("window", first), int(over(microseconds("window", last)))
        if bounds[1] < bounds[0]:
            raise OptionError(f"the window {first!r} to {last!r} is not two dates in order.")
        return cls(*bounds, undated, open_end)

    @property
    def settings(self) -> dict[str, Any]:
        """The rules as they land in the settings of a network."""
        window = None
        if self.first is not None and self.last is not None:
            window = tuple(str(pd.Timestamp(date, unit="us").date()) for date in (self.first, self.last))
        return {"window": window, "undated": self.undated, "open_end": self.open_end}

    def ends(self, start: Ints, end: Ints) -> Ints:
        """Return the ends with the rule for missing ones applied; what is still missing is open."""
        if self.open_end == "open":
            return end
        years = 0.0 if self.open_end == "unknown" else float(self.open_end)
        return np.where((end == NAT) & (start != NAT), start + np.int64(round(years * YEAR)), end)

    def select(self, start: Ints, end: Ints, dropped: dict[str, int], what: str) -> Bools:
        """Return which spells count, and note why the others do not. `end` has the rule for missing ones applied."""
        dated = (start != NAT) | (end != NAT)
        keep = dated | (self.undated == "keep")
        _note(dropped, f"{what}: undated", int((~keep).sum()))
        if self.first is not None and self.last is not None:
            alive = ((start == NAT) | (start <= self.last)) & ((end == NAT) | (over(end) >= self.first))
            _note(dropped, f"{what}: outside the window", int((keep & ~alive).sum()))
            keep &= alive
        return cast("Bools", keep)


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules that turn records into reports; `dropped` counts what they leave out, by reason."""

    layers: tuple[str, ...]
    directed: tuple[str, ...]
    when: When
    strength_of: StrengthOf
    dropped: dict[str, int]

    def note(self, reason: str, mask: Bools) -> None:
        """Count the marked rows as dropped for a reason."""
        _note(self.dropped, reason, int(mask.sum()))


@dataclass(slots=True)
class Reports:
    """One row per record and pair of firms; arrays of one length.

    ``amount`` is what the strength is made of, ``share`` the part of an agreement that this pair gets, ``reporter``
    the row number of the reporting firm (-1 unknown), ``table`` and ``place`` where the record stands; ``other`` is the
    second membership of a group's pair, else -1.
    """

    source: Small
    target: Small
    layer: Small
    directed: Bools
    start: Ints
    end: Ints
    amount: Floats
    value: Floats
    share: Floats
    reporter: Small
    table: Small
    place: Small
    other: Small

    def __post_init__(self) -> None:
        # A million rows are common and a hundred million are not: small integers halve the memory.
        for name in ("source", "target", "reporter", "place", "other"):
            setattr(self, name, getattr(self, name).astype(np.int32, copy=False))
        self.layer, self.table = self.layer.astype(np.int8, copy=False), self.table.astype(np.int8, copy=False)

    def __len__(self) -> int:
        return len(self.source)

    def take(self, which: NDArray[Any]) -> Reports:
        """Return the rows chosen by a mask or by numbers."""
        return Reports(*(getattr(self, part.name)[which] for part in fields(self)))

    @classmethod
    def concat(cls, parts: list[Reports]) -> Reports:
        """Return all rows under each other."""
        parts = [part for part in parts if len(part)] or parts[:1]  # copying a part alone would double the memory
        if len(parts) == 1:
            return parts[0]
        return cls(*(np.concatenate([getattr(part, column.name) for part in parts]) for column in fields(cls)))


@dataclass(slots=True)
class Memberships:
    """One row per group and firm, sorted by group: the distinct members of agreements of several parties."""

    group: Ints
    firm: Ints
    start: Ints
    end: Ints
    value: Floats
    lead: Bools
    rows: Ints
    first: Ints
    label: pd.DataFrame
    size: Ints

    def rows_of(self, member: Ints) -> tuple[Ints, Ints]:
        """Return the places in the table groups behind memberships, and for each which entry of `member` it serves."""
        count = self.first[member + 1] - self.first[member]
        which = np.repeat(np.arange(len(member)), count)
        step = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
        return self.rows[self.first[member][which] + step], which


def over(day: Any) -> Any:
    """Return when a day is over, in microseconds; a date with a time of day stays as it is."""
    return day + np.where(day % DAY == 0, DAY - 1, 0)


def microseconds(name: str, date: object) -> int:
    """Return the date of an option in microseconds."""
    return int(read_date(name, date).asm8.astype("datetime64[us]").astype(np.int64))


def to_dates(values: Ints) -> NDArray[np.datetime64]:
    """Return microseconds as dates; NAT is missing."""
    return values.view("datetime64[us]")


def _dates(column: pd.Series) -> Ints:
    dates = column if column.dtype.kind == "M" else pd.to_datetime(column)
    return np.asarray(dates.astype("datetime64[us]").to_numpy().view(np.int64), dtype=np.int64)


def _note(dropped: dict[str, int], reason: str, count: int) -> None:
    if count:
        dropped[reason] = dropped.get(reason, 0) + count


def _layer_codes(kinds: pd.Series) -> Ints:
    which, names = pd.factorize(kinds)
    code = np.array([LAYERS.index(name) if name in LAYERS else -1 for name in names] + [-1], dtype=np.int64)
    return np.asarray(code[which], dtype=np.int64)


def _chosen(layers: tuple[str, ...], code: Ints) -> Bools:
    wanted = np.zeros(len(LAYERS) + 1, dtype=bool)
    wanted[[LAYERS.index(layer) for layer in layers]] = True
    return wanted[code]


def _no_amount(size: int) -> Floats:
    return np.full(size, np.nan)


def _numbers(column: pd.Series) -> Floats:
    plain = column.dtype == np.float64  # or pandas copies the column and looks for NA
    return np.asarray(column.to_numpy() if plain else column.to_numpy(dtype=np.float64, na_value=np.nan))


def partnership_reports(records: Records, links: Links, rules: Rules) -> Reports:
    """Return the partnership records as reports."""
    table = records.partnerships
    start = _dates(table["start"])
    return _pair_reports(
        "partnerships",
        table,
        rules,
        ends=(links.codes("partnerships", "a"), links.codes("partnerships", "b")),
        layer=_layer_codes(table["kind"]),
        spell=(start, rules.when.ends(start, _dates(table["end"]))),
        reporter=links.codes("partnerships", "reported_by"),
    )


def referral_reports(records: Records, links: Links, rules: Rules) -> Reports:
    """Return the referral records as reports; each is an event of its own, on one day."""
    table = records.referrals
    date = _dates(table["date"])
    return _pair_reports(
        "referrals",
        table,
        rules,
        ends=(links.codes("referrals", "from"), links.codes("referrals", "to")),
        layer=np.full(len(table), LAYERS.index("referral")),
        spell=(date, date),
        reporter=np.full(len(table), -1),
    )


def _pair_reports(
    name: str,
    table: pd.DataFrame,
    rules: Rules,
    *,
    ends: tuple[Ints, Ints],
    layer: Ints,
    spell: tuple[Ints, Ints],
    reporter: Ints,
) -> Reports:
    """Return the records of two firms that the rules keep."""
    one, two = ends
    start, end = spell
    keep = _chosen(rules.layers, layer)
    rules.note(f"{name}: other layers", ~keep)
    rules.note(f"{name}: a firm is missing", keep & ((one < 0) | (two < 0)))
    keep &= (one >= 0) & (two >= 0)
    rules.note(f"{name}: a firm tied to itself", keep & (one == two))
    place = np.flatnonzero(keep & (one != two))
    place = place[rules.when.select(start[place], end[place], rules.dropped, name)]
    size = len(place)
    here = place if size < len(table) else slice(None)  # numbers would copy every column
    value = _numbers(table["value"])[here]
    own = "strength" if name == "partnerships" else "customers"
    return Reports(
        source=one[here],
        target=two[here],
        layer=layer[here],
        directed=_chosen(rules.directed, layer[here]),
        start=start[here],
        end=end[here],
        amount=(
            value
            if rules.strength_of == "value"
            else _numbers(table[own])[here]
            if rules.strength_of == own
            else _no_amount(size)
        ),
        value=value,
        share=np.ones(size),
        reporter=reporter[here],
        table=np.full(size, TABLES.index(name)),
        place=place,
        other=np.full(size, -1),
    )


def memberships(records: Records, links: Links, rules: Rules) -> Memberships:
    """Return the distinct members of every group; several rows of one firm are one membership."""
    table = records.groups
    which, names = pd.factorize(table["group_id"])
    layer = _layer_codes(table["kind"])
    # A row without a kind takes the kind of its group, if the group has exactly one.
    low, high = np.full(len(names) + 1, len(LAYERS)), np.full(len(names) + 1, -1)
    has = (layer >= 0) & (which >= 0)
    np.minimum.at(low, which[has], layer[has])
    np.maximum.at(high, which[has], layer[has])
    layer = np.where((layer < 0) & (low == high)[which], high[which], layer)
    firm = links.codes("groups", "firm")
    start, end = _dates(table["start"]), _dates(table["end"])
    end = rules.when.ends(start, end)
    rules.note("groups: no group id, kind or firm", (which < 0) | (layer < 0) | (firm < 0))
    keep = (which >= 0) & (layer >= 0) & (firm >= 0)
    rules.note("groups: other layers", keep & ~_chosen(rules.layers, layer))
    row = np.flatnonzero(keep & _chosen(rules.layers, layer))
    row = row[rules.when.select(start[row], end[row], rules.dropped, "groups")]
    # Group rows of two kinds under one id are two agreements.
    code, group = np.unique(which[row] * len(LAYERS) + layer[row], return_inverse=True)
    order = np.lexsort((row, firm[row], group))
    row, group = row[order], group[order]
    new = np.ones(len(row), dtype=bool)
    new[1:] = (group[1:] != group[:-1]) | (firm[row][1:] != firm[row][:-1])
    first = np.append(np.flatnonzero(new), len(row))
    begin = first[:-1]
    roles, role_names = pd.factorize(table["role"])
    leads = [" ".join(str(name).casefold().replace("_", " ").replace("-", " ").split()) for name in role_names]
    is_lead = np.array([name in LEAD_ROLES for name in leads] + [False], dtype=bool)[roles]
    number = _numbers(table["value"])[row]
    if len(row):
        known = np.where(start[row] == NAT, np.iinfo(np.int64).max, start[row])
        low_start = np.minimum.reduceat(known, begin)
        out = np.where(end[row] == NAT, np.iinfo(np.int64).max, end[row])
        high_end = np.maximum.reduceat(out, begin)
        lead = np.logical_or.reduceat(is_lead[row], begin)
        worth = np.fmax.reduceat(number, begin)
    else:
        low_start = high_end = np.empty(0, dtype=np.int64)
        lead, worth = np.empty(0, dtype=bool), np.empty(0)
    missing = np.iinfo(np.int64).max
    label = pd.DataFrame(
        {
            "group_id": np.asarray(names, dtype=object)[code // len(LAYERS)] if len(code) else [],
            "kind": np.array(LAYERS, dtype=object)[code % len(LAYERS)] if len(code) else [],
        },
        dtype="str",
    )
    return Memberships(
        group=group[begin],
        firm=firm[row][begin],
        start=np.where(low_start == missing, NAT, low_start),
        end=np.where(high_end == missing, NAT, high_end),
        value=worth,
        lead=lead,
        rows=row,
        first=first,
        label=label,
        size=np.bincount(group[begin], minlength=len(code)).astype(np.int64),
    )


def _pairs(members: Memberships, which: Bools) -> tuple[Ints, Ints]:
    """Return all pairs of members of the marked groups."""
    size = members.size
    begin = np.cumsum(size) - size
    here = np.flatnonzero(which[members.group])
    offset = here - begin[members.group[here]]
    count = size[members.group[here]] - 1 - offset
    one = np.repeat(here, count)
    return one, one + 1 + np.arange(len(one)) - np.repeat(np.cumsum(count) - count, count)


def _stars(members: Memberships, which: Bools) -> tuple[Ints, Ints]:
    """Return the pairs of each lead with every other member of its group, each pair once."""
    size = members.size
    begin = np.cumsum(size) - size
    here = np.flatnonzero(members.lead & which[members.group])
    count = size[members.group[here]]
    one = np.repeat(here, count)
    step = np.arange(len(one)) - np.repeat(np.cumsum(count) - count, count)
    two = begin[members.group[one]] + step
    keep = (one != two) & ~(members.lead[two] & (two < one))
    return one[keep], two[keep]


def group_reports(
    members: Memberships,
    multiparty: Multiparty,
    no_lead: NoLead,
    rules: Rules,
) -> Reports:
    """Return the pairs that the agreements of several parties tie, one report per agreement and pair."""
    size = members.size
    rules.note("groups: agreements with one firm", size == 1)
    leads = np.bincount(members.group[members.lead], minlength=len(size))
    led = leads > 0
    whole = ~led & ((size <= 2) | (no_lead == "clique")) if multiparty == "star" else np.full(len(size), True)
    pairs = int(np.where(whole, size * (size - 1) // 2, leads * size).sum())
    if pairs > MOST_PAIRS and multiparty != "none":
        other = "" if multiparty == "star" else "take multiparty='star', or "
        raise OptionError(
            f"{len(size):,} agreements, the largest of {int(size.max()):,} firms, make {pairs:,} pairs, more than "
            f"{MOST_PAIRS:,}; {other}keep the agreements whole with build_agreements(records)."
        )
    if multiparty == "none":
        rules.note("groups: agreements left to build_agreements", size > 1)
        one = two = np.empty(0, dtype=np.int64)
    elif multiparty == "star":
        headless = ~led & (size > 2)  # two parties are a star without a lead, too
        if headless.any() and no_lead == "refuse":
            raise NetworkError(
                f"{int(headless.sum()):,} agreements of three or more firms name no lead: "
                f"{listing(members.label.loc[headless, 'group_id'])}; a star needs a role such as 'lead' or "
                "'coordinator'. Give roles, or choose no_lead='clique' or 'drop'."
            )
        if no_lead == "drop":
            rules.note("groups: agreements without a lead", headless)
        one, two = (np.concatenate(both) for both in zip(_stars(members, led), _pairs(members, whole), strict=True))
    else:
        one, two = _pairs(members, whole)
    start = np.maximum(members.start[one], members.start[two])  # NAT is the smallest number: the known one wins
    ends = members.end[one], members.end[two]
    end = np.where(ends[0] == NAT, ends[1], np.where(ends[1] == NAT, ends[0], np.minimum(*ends)))
    together = (start == NAT) | (end == NAT) | (start <= over(end))
    rules.note("groups: pairs that were never members at one time", ~together)
    if not together.all():
        one, two, start, end = one[together], two[together], start[together], end[together]
    end = np.where(end == NAT, end, np.maximum(start, end))  # who joins at noon and leaves that day
    group = members.group[one]
    left, right = members.value[one], members.value[two]
    value = np.where(np.isnan(left), right, np.where(np.isnan(right), left, (left + right) / 2))
    count = len(one)
    codes = np.array([LAYERS.index(kind) for kind in members.label["kind"]], dtype=np.int64)
    return Reports(
        source=members.firm[one],
        target=members.firm[two],
        layer=codes[group] if count else np.empty(0, dtype=np.int64),
        directed=np.zeros(count, dtype=bool),
        start=start,
        end=end,
        amount=value if rules.strength_of == "value" else _no_amount(count),
        value=value,
        share=1.0 / (size[group] - 1) if multiparty == "clique_newman" else np.ones(count),
        reporter=np.full(count, -1),
        table=np.ones(count, dtype=np.int64),
        place=one,
        other=two,
    )


def stable_order(key: Ints) -> Ints:
    """Return the order that sorts nonnegative keys, equal ones as they stand."""
    bits = len(key).bit_length()
    if int(key.max(initial=0)).bit_length() + bits > 62:
        return np.argsort(key, kind="stable")
    packed = (key << bits) | np.arange(len(key))  # keys and rows in one number: a plain sort is several times faster
    packed.sort()
    return packed & ((1 << bits) - 1)


def sorted_pairs(found: Reports, firms: int) -> tuple[Reports, Ints, Ints, Ints]:
    """Return the reports sorted by layer and pair, the number of each one's pair, and the two firms of each pair."""
    swap = ~found.directed & (found.source > found.target)
    one = np.where(swap, found.target, found.source)
    two = np.where(swap, found.source, found.target)
    key = ((found.layer * 2 + found.directed) * np.int64(firms) + one) * np.int64(firms) + two
    order = stable_order(key)
    for part in fields(found):  # one column after the other: a whole second copy would be the peak of memory
        setattr(found, part.name, getattr(found, part.name)[order])
    key = key[order]
    new = np.ones(len(key), dtype=bool)
    new[1:] = key[1:] != key[:-1]
    head = order[np.flatnonzero(new)]
    return found, np.cumsum(new) - 1, one[head], two[head]


def matching(pair: Ints, reports: Reports) -> Ints:
    """Return for every report a number of its agreement: reports of one agreement share the number.

    Within a pair (and layer and direction) the reports whose spells overlap, directly or through others, form an
    episode; missing dates are unbounded. In an episode the first, second ... report of every reporter, in order of
    date, are one agreement each: two reporters confirm each other, one reporter's two records are two agreements.
    Only partnership records are matched; a group or a referral is an agreement of its own. The number is the smallest
    row of the agreement.
    """
    agreement = np.arange(len(pair))
    rows = np.flatnonzero(reports.table == 0)
    if not (reports.reporter[rows] >= 0).any():
        return agreement
    # Only pairs with two reporters need matching, which are few.
    rows = rows[(np.bincount(pair[rows], minlength=1) > 1)[pair[rows]]]
    if len(rows):
        heads = np.flatnonzero(np.append(True, pair[rows][1:] != pair[rows][:-1]))
        low, high = (extreme.reduceat(reports.reporter[rows], heads) for extreme in (np.minimum, np.maximum))
        rows = rows[np.repeat(low != high, np.diff(heads, append=len(rows)))]
    if not len(rows):
        return agreement
    start, end = reports.start[rows], reports.end[rows]
    bound = SPAN // 2 - 1
    begin = np.where(start == NAT, -bound, np.clip(start // DAY, -bound, bound))
    until = np.where(end == NAT, bound, np.clip(end // DAY, -bound, bound))
    order = stable_order(pair[rows] * SPAN + begin + bound)
    rows, begin, until = rows[order], begin[order], np.maximum(until, begin)[order]
    tie = np.zeros(len(rows), dtype=np.int64)
    tie[1:] = np.cumsum(pair[rows][1:] != pair[rows][:-1])
    running = np.maximum.accumulate(until + tie * SPAN) - tie * SPAN
    new = np.ones(len(rows), dtype=bool)
    new[1:] = (tie[1:] != tie[:-1]) | (begin[1:] > running[:-1])
    episode = np.cumsum(new)
    reporter = reports.reporter[rows]
    voice = episode * (int(reporter.max()) + 2) + reporter + 1  # one reporter in one episode
    order = stable_order(voice)
    same = np.diff(voice[order]) == 0
    spots = np.flatnonzero(np.append(False, same) | np.append(same, False))
    several = order[spots]  # only one voice's several reports need an order among them, and they are few
    amounts = (-np.nan_to_num(part[rows[several]], nan=-1.0) for part in (reports.value, reports.amount))
    order[spots] = several[np.lexsort((*amounts, until[several], begin[several], voice[several]))]
    rows, episode = rows[order], episode[order]
    head = np.flatnonzero(np.append(True, ~same))
    rank = np.arange(len(rows)) - np.repeat(head, np.diff(head, append=len(rows)))
    code = pd.factorize(episode * (rank.max() + 1) + rank)[0]
    smallest = np.full(len(rows), len(pair))
    np.minimum.at(smallest, code, rows)
    agreement[rows] = smallest[code]
    return agreement
