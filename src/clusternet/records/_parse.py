"""Texts to values: cleaned text, numbers, dates, flags. Every rule works on the unique texts of a column.

Each function returns the values and a list of `Finding`: which texts were dropped, changed or read by a rule.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from clusternet.errors import OptionError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clusternet.records._log import Severity
    from clusternet.records._read import Column

__all__ = ["FIRST_YEAR", "LAST_YEAR", "LONGEST_CELL", "Finding", "clean", "parse_dates", "parse_flags", "parse_numbers"]

FIRST_YEAR = 1800
"""Dates before this year are dropped."""
LAST_YEAR = 2100
"""Dates after this year are dropped; fixed, so that a run does not depend on the day."""
LONGEST_CELL = 10_000
"""Characters of a cell that are kept."""

_NOTHING = {
    "na", "n/a", "n.a.", "n.a", "#n/a", "nan", "nat", "null", "none", "nil", "-", "--", "–", "—", "?", ".", "unknown",
    "not available", "not known", "missing", "tbd", "#div/0!", "#ref!", "#value!", "#num!", "#name?", "#null!",
}  # fmt: skip
_OPEN_END = {"present", "ongoing", "open", "current", "now", "active", "today", "open-ended", "open ended", "permanent"}
_PLACEHOLDER = {"-", "--", "---", "–", "—", ".", "..", "...", "…", "?", "??"}
# Yes, no and what spreadsheets write for TRUE and FALSE, in the languages whose words do not contradict each other.
_YES = {
    "true", "yes", "y", "1", "x", "t", "ja", "j", "oui", "si", "sí", "sì", "sim", "tak", "ano", "áno", "igen", "kyllä",
    "wahr", "vrai", "vero", "verdadero", "verdadeiro", "waar", "prawda", "sant", "sand", "✓", "✔", "contract",
    "formal", "written", "signed",
}  # fmt: skip
_NO = {
    "false", "no", "n", "0", "f", "nein", "non", "nej", "nei", "nee", "não", "nao", "nie", "ne", "nem", "ei",
    "falsch", "faux", "falso", "onwaar", "fałsz", "falskt", "falsk", "✗", "✘", "informal", "oral", "verbal",
    "unwritten", "unsigned",
}  # fmt: skip


class Finding(NamedTuple):
    """What a rule did: which unique texts, the problem, the action, the severity, one issue per row or one in all."""

    mask: NDArray[np.bool_]
    problem: str
    action: str
    severity: Severity
    per_row: bool = True


# ── text ────────────────────────────────────────────────────────────────────────────────────────────────────────────

# Marks that turn the reading direction or show nothing: they hide a name's true spelling. Joiners (200C, 200D) belong
# to Persian spelling and to emoji and stay.
_HIDDEN = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_SPACE = re.compile(r"\s+")


def clean(column: Column, *, placeholders: bool) -> tuple[list[str], list[Finding]]:
    """Return the unique texts as they are kept: trimmed, one line, composed (NFC), "" where nothing is left.

    Control characters, direction marks and zero-width marks go; a cell above `LONGEST_CELL` characters is cut; with
    `placeholders`, a cell of only a dash, point or question mark counts as empty. "NA" and "n/a" stay: they may be
    names.
    """
    kept = column.texts.tolist()
    size = len(kept)
    long, hidden, control, lost, nothing = (np.zeros(size, dtype=bool) for _ in range(5))
    untidy = [] if _all_tidy(kept) else [place for place, text in enumerate(kept) if not _tidy_already(text)]
    for place in untidy:
        text = kept[place]
        if len(text) > LONGEST_CELL:
            long[place] = True
            text = text[:LONGEST_CELL]
        if not text.isascii():
            lost[place] = "\ufffd" in text
            # a lone half of a surrogate pair cannot be written anywhere
            text = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode("utf-8"))
            visible = _HIDDEN.sub("", text)
            hidden[place] = visible != text
            text = visible
        plain = _CONTROL.sub("", text)
        control[place] = plain != text
        kept[place] = _SPACE.sub(" ", plain).strip()
    if placeholders and not _PLACEHOLDER.isdisjoint(kept):
        for place in [place for place, text in enumerate(kept) if text in _PLACEHOLDER]:
            nothing[place] = True
            kept[place] = ""
    findings = [
        Finding(long, "cell too long", f"cut after {LONGEST_CELL:,} characters", "warning"),
        Finding(hidden, "invisible or direction mark", "mark removed, cell kept", "warning"),
        Finding(control, "control character", "character removed, cell kept", "warning"),
        Finding(lost, "unreadable bytes", "read as U+FFFD; state `encoding` in the mapping", "warning"),
        Finding(nothing, "placeholder", "read as empty", "note"),
    ]
    return kept, [finding for finding in findings if finding.mask.any()]


def _all_tidy(texts: list[str]) -> bool:
    """Whether no text needs cleaning, found in one pass over all of them."""
    joined = "\n".join(texts)
    return (
        joined.isascii()
        and joined.count("\n") == max(len(texts) - 1, 0)
        and max(map(len, texts), default=0) <= LONGEST_CELL
        and joined.replace("\n", "").isprintable()
        and not any(blank in f"\n{joined}\n" for blank in ("  ", "\n ", " \n"))
    )


def _tidy_already(text: str) -> bool:
    return (
        text.isascii()
        and text.isprintable()
        and "  " not in text
        and text[:1] != " "
        and text[-1:] != " "
        and len(text) <= LONGEST_CELL
    )


# ── numbers ─────────────────────────────────────────────────────────────────────────────────────────────────────────

_PLAIN = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_INTEGER = re.compile(r"[+-]?[0-9]+")
_MONEY = r"(?:[$€£¥₹₽₺₩]|(?:EUR|USD|GBP|CHF|SEK|NOK|DKK|PLN|CZK|HUF|JPY|CNY|INR|CAD|AUD)(?![a-z]))"
_CURRENCY = re.compile(rf"([+-]?) ?{_MONEY} ?(.+)|(.*[0-9.,]) ?(?:{_MONEY}|kr\.?|zł|Kč)", re.IGNORECASE)
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:[ '’\u00a0\u202f\u2009][0-9]{3})+(?=[.,][0-9]*$|$)")
_GROUP_SIGNS = re.compile(r"[ '’\u00a0\u202f\u2009]")
_BY_DECIMAL = {
    sign: re.compile(
        rf"[+-]?(?:[0-9]*(?:{point}[0-9]*)?(?:[eE][+-]?[0-9]{{1,4}})?"
        rf"|[1-9][0-9]{{0,2}}(?:{group}[0-9]{{3}})+(?:{point}[0-9]*)?)"
    )
    for sign, point, group in ((".", r"\.", ","), (",", ",", r"\."))
}


def _read_number(text: str, decimal: str) -> float | None:
    """Return a number written with this decimal sign and the other sign (or none) between thousands."""
    if not _BY_DECIMAL[decimal].fullmatch(text):
        return None
    other = "," if decimal == "." else "."
    try:
        return float(text.replace(other, "").replace(decimal, "."))
    except ValueError:  # a sign or an exponent without figures
        return None


def parse_numbers(
    column: Column, *, decimal: str | None = None, flags: bool = False
) -> tuple[NDArray[np.float64], list[Finding]]:
    """Return one float per unique text (NaN: dropped or empty), and what was done.

    Without a stated `decimal` the point is the decimal sign, unless values of the column can only be read with a
    decimal comma ("12,5") and none only with a point: then the comma is. Values that can be read both ways ("1,234")
    follow the values that cannot; without such evidence, or with evidence for both, they are dropped. Every such rule
    is logged. With `flags`, yes and no read as 1 and 0.
    """
    size = len(column.texts)
    values = np.full(size, np.nan)
    masks = {name: np.zeros(size, dtype=bool) for name in ("bad", "percent", "infinite", "empty", "money", "flag")}
    native = column.numbers
    plain = _INTEGER if decimal == "," else _PLAIN
    points: list[int] = []
    unclear: dict[int, tuple[float, float]] = {}
    by_comma: list[int] = []
    by_point: list[int] = []
    for place, text in enumerate(column.texts):
        if native is not None and not np.isnan(native[place]):
            values[place] = native[place]
            continue
        if plain.fullmatch(text):
            values[place] = float(text)
            if decimal is None and "." in text:
                points.append(place)
            continue
        bare = text.strip().replace("−", "-")  # the typographic minus
        low = bare.lower()
        if not bare:
            continue
        if low in _NOTHING:
            masks["empty"][place] = True
            continue
        if flags and low in _YES | _NO:
            masks["flag"][place] = True
            values[place] = float(low in _YES)
            continue
        if bare.endswith("%"):
            masks["percent"][place] = True
            continue
        if low.strip("+-") in {"inf", "infinity", "∞"}:
            masks["infinite"][place] = True
            continue
        if len(bare) <= 60 and (match := _CURRENCY.fullmatch(bare)) is not None:
            bare = match[1] + match[2] if match[2] is not None else match[3].strip()
            masks["money"][place] = True
        if _GROUPED.match(bare):
            bare = _GROUP_SIGNS.sub("", bare)
        point, comma = _read_number(bare, "."), _read_number(bare, ",")
        if decimal is not None:
            read = point if decimal == "." else comma
            values[place] = np.nan if read is None else read
            masks["bad"][place] = read is None
        elif point is not None and comma is not None and point != comma:
            unclear[place] = (point, comma)
        elif point is not None:
            values[place] = point
            if point != comma:
                by_point.append(place)
        elif comma is not None:
            values[place] = comma
            by_comma.append(place)
        else:
            masks["bad"][place] = True
    findings: list[Finding] = []
    if by_comma or unclear:
        findings += _settle_decimal(
            column, values, points=points, by_point=by_point, by_comma=by_comma, unclear=unclear
        )
    elif points and not by_point and all(_read_number(column.texts[place], ",") is not None for place in points):
        either = np.zeros(size, dtype=bool)
        either[points] = True
        action = "point read as decimal sign; if 1.234 means 1,234 here, state `decimal` = ',' in the mapping"
        findings.append(Finding(either, "decimal point or thousands", action, "note", per_row=False))
    masks["money"] &= ~np.isnan(values)
    masks["infinite"] |= np.isinf(values)
    values[masks["infinite"]] = np.nan
    findings += [
        Finding(masks["bad"], "not a number", "value dropped, row kept; write it as 1234.5", "warning"),
        Finding(masks["percent"], "a share in percent", "value dropped, row kept; give plain numbers", "warning"),
        Finding(masks["infinite"], "not a finite number", "value dropped, row kept", "warning"),
        Finding(masks["empty"], "a word for nothing", "read as empty", "note", per_row=False),
        Finding(masks["money"], "currency sign", "sign left out, number read as it stands", "note", per_row=False),
        Finding(masks["flag"], "yes or no for a number", "read as 1 and 0", "note", per_row=False),
    ]
    return values, [finding for finding in findings if finding.mask.any()]


def _settle_decimal(
    column: Column,
    values: NDArray[np.float64],
    *,
    points: list[int],
    by_point: list[int],
    by_comma: list[int],
    unclear: dict[int, tuple[float, float]],
) -> list[Finding]:
    """Read the values that could be either, by what the column's other values show; fill `values` in place."""
    # "1.234" is plain notation; it shows a decimal point only where it cannot be a group of thousands ("12.5")
    either = {place: read for place in points if (read := _read_number(column.texts[place], ",")) is not None}
    shows_point = bool(by_point) or len(either) < len(points)
    dropped = np.zeros(len(values), dtype=bool)
    read_by_rule = np.zeros(len(values), dtype=bool)
    read_by_rule[by_comma] = True
    if by_comma and not shows_point:
        for place, comma in [*either.items(), *((place, pair[1]) for place, pair in unclear.items())]:
            values[place] = comma
            read_by_rule[place] = True
        action = "comma read as decimal sign: values such as this can be read no other way, and none needs a point"
    elif shows_point and not by_comma:
        for place, (point, _) in unclear.items():
            values[place] = point
            read_by_rule[place] = True
        action = "comma read as a thousands sign: other values of the column show a decimal point"
    else:
        if by_comma:
            values[list(either)] = np.nan
            dropped[list(either)] = True
        dropped[list(unclear)] = True
        action = "the column mixes decimal points and commas: values that can be read one way only are read so"
    why = "value dropped, row kept; state `decimal` in the mapping"
    return [
        Finding(read_by_rule, "decimal comma or thousands", action, "note", per_row=False),
        Finding(dropped, "decimal comma or thousands unclear", why, "warning"),
    ]


# ── dates ───────────────────────────────────────────────────────────────────────────────────────────────────────────

_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ISO_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?"
    r" ?(Z|UTC|[+-][0-9]{2}:?[0-9]{2})?"
)
_TIME = re.compile(r"[ T,]+[0-9]{1,2}[:.][0-9]{2}(?:[:.][0-9]{2}(?:[.,][0-9]+)?)?(?: ?[AaPp]\.?[Mm]\.?)?(?: ?Z)?$")
_YEAR = re.compile(r"([0-9]{4})(?:\.0+)?")
_YEAR_FIRST = re.compile(r"([0-9]{4})([-/. ])([0-9]{1,2})\2([0-9]{1,2})\.?")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_YEAR_MONTH = re.compile(r"([0-9]{4})[-/. ]([0-9]{1,2})|([0-9]{1,2})[-/. ]([0-9]{4})")
_QUARTER = re.compile(r"([0-9]{4})[- /]?q([1-4])|q([1-4])[- /]?([0-9]{4})", re.IGNORECASE)
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-/. ])([0-9]{1,2})\2([0-9]{4})\.?")
_SHORT_YEAR = re.compile(r"[0-9]{1,2}([-/.])[0-9]{1,2}\1[0-9]{2}")
_SERIAL = re.compile(r"[0-9]{5}(?:\.[0-9]+)?")
_DAY_NAMED = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?\.?[ -]([a-z]{3,9})\.?[ ,-]+([0-9]{4})", re.IGNORECASE)
_NAMED_DAY = re.compile(r"([a-z]{3,9})\.?[ -]([0-9]{1,2})(?:st|nd|rd|th)?[ ,-]+([0-9]{4})", re.IGNORECASE)
_NAMED = re.compile(r"([a-z]{3,9})\.?[-/ ]([0-9]{4})", re.IGNORECASE)
_FULL_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_MONTHS = {
    name: number for number, full in enumerate(_FULL_MONTHS, 1) for name in (full, full[:3], full[:4])
}  # "sept" as well as "sep"

_NAT = np.datetime64("NaT", "us")


def parse_dates(
    column: Column, *, date_format: str | None = None, open_end: bool = False
) -> tuple[NDArray[np.datetime64], list[Finding]]:
    """Return one date per unique text (NaT: dropped or empty), and what was done.

    ISO dates are read as they are, zones left out. A year, quarter or month alone is read as its first day. Figures
    such as 03/04/2021 are read day first when the column has a value that can only be day first and none that can
    only be month first, and the other way round; otherwise they are dropped. `date_format` (as in ``strptime``)
    comes before all of it. With `open_end`, "present" and the like count as empty.
    """
    size = len(column.texts)
    values = np.full(size, _NAT, dtype="datetime64[us]")
    names = ("bad", "impossible", "unclear", "serial", "short", "year", "order", "zone", "time", "empty", "open")
    masks = {name: np.zeros(size, dtype=bool) for name in names}
    todo: list[tuple[int, str]] = []
    days: list[int] = []
    for place, text in enumerate(column.texts):
        if column.dates is not None and not np.isnat(column.dates[place]):
            values[place] = column.dates[place]
        elif date_format is None and _ISO_DAY.fullmatch(text):
            days.append(place)
        elif bare := text.strip():
            todo.append((place, bare))
    if days:
        found = pd.to_datetime(pd.Series(column.texts[days], dtype=object), format="%Y-%m-%d", errors="coerce")
        values[days] = found.to_numpy().astype("datetime64[us]")
        masks["impossible"][days] = np.isnat(values[days])
    if date_format is not None:
        todo = _by_format(values, todo, date_format)
    figures: list[tuple[int, int, int, int]] = []
    for place, text in todo:
        low = text.lower()
        if low in _NOTHING:
            masks["empty"][place] = True
        elif open_end and low in _OPEN_END:
            masks["open"][place] = True
        elif (match := _ISO_TIME.fullmatch(text)) is not None:
            values[place] = _timestamp(match)
            masks["impossible"][place] = np.isnat(values[place])
            masks["zone"][place] = bool(match[6]) and not np.isnat(values[place])
        elif _SERIAL.fullmatch(text):
            masks["serial"][place] = True
        elif column.numbers is not None and column.numbers[place] % 1 > 0:  # 2021.1 may have been October or a tenth
            masks["bad"][place] = True
        else:
            without_time = _TIME.sub("", text).strip()
            if without_time.isdigit() and len(without_time) < 8:  # "2021 06.30": no time of day follows a year alone
                without_time = text
            masks["time"][place] = without_time != text
            if (match := _YEAR_LAST.fullmatch(without_time)) is not None:
                figures.append((place, int(match[1]), int(match[3]), int(match[4])))
            elif _SHORT_YEAR.fullmatch(without_time):
                masks["short"][place] = True
            else:
                _spelled(place, without_time, values, masks)
    if date_format is None:
        order = _settle_order(figures, values, masks)
    else:  # figures that do not match a stated format are not guessed at
        order = ""
        for place, *_ in figures:
            masks["bad"][place] = True
    years = values.astype("datetime64[Y]").astype("int64") + 1970
    outside = ~np.isnat(values) & ((years < FIRST_YEAR) | (years > LAST_YEAR))
    values[outside] = _NAT
    for name in ("year", "order", "zone", "time"):
        masks[name] &= ~np.isnat(values)
    drop = "value dropped, row kept"
    stated = f"does not match the stated {date_format!r}; {drop}" if date_format else f"{drop}; write it as 2021-06-30"
    two = f"{drop}; write the year in full, or state `date_format`"
    findings = [
        Finding(masks["bad"], "not a date", stated, "warning"),
        Finding(masks["impossible"], "no such day", drop, "warning"),
        Finding(outside, f"date outside {FIRST_YEAR} to {LAST_YEAR}", drop, "warning"),
        Finding(masks["unclear"], "day or month first is unclear", f"{drop}; state `date_format`", "warning"),
        Finding(masks["serial"], "looks like a spreadsheet's day number", f"{drop}; format it as a date", "warning"),
        Finding(masks["short"], "year of two figures", two, "warning"),
        Finding(masks["year"], "a year, quarter or month for a date", "read as its first day", "note", per_row=False),
        Finding(masks["order"], "day and month in figures", order, "note", per_row=False),
        Finding(masks["zone"], "time zone", "time kept as written, zone left out", "note", per_row=False),
        Finding(masks["time"], "time of day not in ISO form", "day read, time left out", "note", per_row=False),
        Finding(masks["empty"], "a word for nothing", "read as empty", "note", per_row=False),
        Finding(masks["open"], "a word for an open end", "read as no end", "note", per_row=False),
    ]
    return values, [finding for finding in findings if finding.mask.any()]


def _by_format(values: NDArray[np.datetime64], todo: list[tuple[int, str]], date_format: str) -> list[tuple[int, str]]:
    """Read what matches the stated format into `values`, and return the rest."""
    if not todo:
        return todo
    texts = pd.Series([text for _, text in todo], dtype=object)
    try:
        found = pd.to_datetime(texts, format=date_format, errors="coerce", utc="%z" in date_format)
    except (ValueError, TypeError, OverflowError) as error:
        raise OptionError(f"date_format {date_format!r} is not understood ({error}); for example '%d/%m/%Y'.") from None
    if isinstance(found.dtype, pd.DatetimeTZDtype):
        found = found.dt.tz_localize(None)
    read = found.to_numpy().astype("datetime64[us]")
    values[[place for place, _ in todo]] = read
    return [pair for pair, missing in zip(todo, np.isnat(read), strict=True) if missing]


def _timestamp(match: re.Match[str]) -> np.datetime64:
    """Return the time of an ISO match, or NaT where there is no such time."""
    seconds = f"{match[4] or '00'}.{(match[5] or '0')[:6]:0<6}"
    try:
        return np.datetime64(f"{match[1]}T{match[2]}:{match[3]}:{seconds}", "us")
    except ValueError:
        return _NAT


def _day(year: int, month: int, day: int) -> np.datetime64:
    """Return a date, or NaT where there is no such day."""
    try:
        return np.datetime64(dt.date(year, month, day), "us")
    except ValueError:
        return _NAT


def _spelled(place: int, text: str, values: NDArray[np.datetime64], masks: dict[str, NDArray[np.bool_]]) -> None:
    """Read one date whose order is plain: year first, a month's name, or a year, quarter or month alone."""
    day: np.datetime64 | None = None
    first = False
    if match := _YEAR_FIRST.fullmatch(text):
        day = _day(int(match[1]), int(match[3]), int(match[4]))
    elif match := _COMPACT.fullmatch(text):
        day = _day(int(match[1]), int(match[2]), int(match[3]))
    elif match := _YEAR.fullmatch(text):
        day, first = _day(int(match[1]), 1, 1), True
    elif match := _QUARTER.fullmatch(text):
        day, first = _day(int(match[1] or match[4]), 3 * int(match[2] or match[3]) - 2, 1), True
    elif match := _YEAR_MONTH.fullmatch(text):
        day, first = _day(int(match[1] or match[4]), int(match[2] or match[3]), 1), True
    elif (match := _DAY_NAMED.fullmatch(text)) and match[2].lower() in _MONTHS:
        day = _day(int(match[3]), _MONTHS[match[2].lower()], int(match[1]))
    elif (match := _NAMED_DAY.fullmatch(text)) and match[1].lower() in _MONTHS:
        day = _day(int(match[3]), _MONTHS[match[1].lower()], int(match[2]))
    elif (match := _NAMED.fullmatch(text)) and match[1].lower() in _MONTHS:
        day, first = _day(int(match[2]), _MONTHS[match[1].lower()], 1), True
    if day is None:
        masks["bad"][place] = True
    elif np.isnat(day):
        masks["impossible"][place] = True
    else:
        values[place] = day
        masks["year"][place] = first


def _settle_order(
    figures: list[tuple[int, int, int, int]], values: NDArray[np.datetime64], masks: dict[str, NDArray[np.bool_]]
) -> str:
    """Read dates such as 03/04/2021 by what the column's other values show; return the rule in words."""
    # A day that does not exist shows no order: 31/02/2021 may be a slip for anything.
    day_first = sum(1 for _, one, two, year in figures if one > 12 and not np.isnat(_day(year, two, one)))
    month_first = sum(1 for _, one, two, year in figures if two > 12 and not np.isnat(_day(year, one, two)))
    for place, one, two, year in figures:
        if one > 12:
            day = _day(year, two, one)
        elif two > 12 or (month_first and not day_first):
            day = _day(year, one, two)
        elif one == two or (day_first and not month_first):
            day = _day(year, two, one)
        else:
            masks["unclear"][place] = True
            continue
        values[place] = day
        masks["impossible" if np.isnat(day) else "order"][place] = True
    if day_first and not month_first:
        return f"read day first: {day_first:,} different values can only be so, none only month first"
    if month_first and not day_first:
        return f"read month first: {month_first:,} different values can only be so, none only day first"
    return (
        f"{day_first:,} different values can only be day first, {month_first:,} only month first: "
        "only values that can be read one way are read"
    )


# ── flags ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def parse_flags(column: Column) -> tuple[NDArray[np.float64], list[Finding]]:
    """Return 1, 0 or NaN per unique text: yes, no, neither."""
    values = np.full(len(column.texts), np.nan)
    bad, empty = (np.zeros(len(values), dtype=bool) for _ in range(2))
    for place, text in enumerate(column.texts):
        low = unicodedata.normalize("NFC", text.strip().lower().removesuffix(".0"))
        if low in _YES:
            values[place] = 1
        elif low in _NO:
            values[place] = 0
        elif low in _NOTHING:
            empty[place] = True
        elif low:
            bad[place] = True
    findings = [
        Finding(bad, "neither yes nor no", "value dropped, row kept; write yes or no", "warning"),
        Finding(empty, "a word for nothing", "read as empty", "note", per_row=False),
    ]
    return values, [finding for finding in findings if finding.mask.any()]
