"""Errors: one base and a few kinds, each also a built-in so that ``except ValueError`` keeps working.

And the checks of options that raise them, and counts in words, because every room below the top needs these.
"""

from __future__ import annotations

import difflib
import math
from numbers import Integral, Real
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "NONE",
    "ClusternetError",
    "DownloadError",
    "MissingExtraError",
    "NetworkError",
    "OptionError",
    "RecordsError",
    "UnknownFirmError",
    "choose",
    "count",
    "listing",
    "nearest",
    "plural",
    "real_number",
    "share_between",
    "whole_number",
]


NONE = "–"
"""What is told where a number is undefined."""


class ClusternetError(Exception):
    """Base of every error that clusternet raises on purpose."""


class RecordsError(ClusternetError, ValueError):
    """The records as a whole cannot be used: a file, table or required column is missing, or ids clash."""


class NetworkError(ClusternetError, ValueError):
    """The two tables do not make a network, or the network is not of the kind the function needs."""


class OptionError(ClusternetError, ValueError):
    """An option has a value outside its closed set or range."""


class UnknownFirmError(ClusternetError, KeyError):
    """A firm id is not in the network."""

    def __str__(self) -> str:
        """Return the message itself; KeyError would quote it."""
        return str(self.args[0]) if self.args else ""


class DownloadError(ClusternetError, OSError):
    """A data set could not be downloaded, or what came is not what was expected."""


class MissingExtraError(ClusternetError, ImportError):
    """An optional library is missing; the message names the install command."""


def listing(items: Iterable[object], limit: int = 5) -> str:
    """Return up to `limit` items as text, with the number left out.

    Examples
    --------
    >>> listing(["a", "b", "c"], limit=2)
    "'a', 'b' ... and 1 more"
    """
    values = list(items)
    shown = ", ".join(repr(value) for value in values[:limit])
    more = len(values) - limit
    return f"{shown} ... and {more:,} more" if more > 0 else shown


def count(value: float) -> str:
    """Return a whole number with thousands separators.

    Examples
    --------
    >>> count(1200), count(float("nan"))
    ('1,200', '–')
    """
    return NONE if not math.isfinite(value) else f"{round(value):,}".replace("-", "−")


def plural(value: float, one: str, many: str | None = None) -> str:
    """Return a count with its noun, and perhaps its verb.

    Examples
    --------
    >>> plural(1, "firm"), plural(1200, "firm"), plural(2, "community is", "communities are")
    ('1 firm', '1,200 firms', '2 communities are')
    """
    return f"{count(value)} {one if value == 1 else many or one + 's'}"


def nearest(word: str, options: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` for the closest option, or an empty string.

    Examples
    --------
    >>> nearest("firm_nmae", ["firm_id", "name", "firm_name"])
    " Did you mean 'firm_name'?"
    """
    folded = {str(option).casefold(): str(option) for option in options}
    found = difflib.get_close_matches(str(word).casefold(), folded, n=1, cutoff=0.6)
    return f" Did you mean {folded[found[0]]!r}?" if found else ""


def choose(option: str, value: object, choices: Iterable[object]) -> None:
    """Refuse a value outside a closed set, and say what the set is.

    Parameters
    ----------
    option
        Its name.
    value
        What was given.
    choices
        The set.

    Raises
    ------
    OptionError
        If `value` is not one of `choices`.
    """
    options = list(choices)
    if value not in options:
        raise OptionError(
            f"{option} is {value!r}; choose {listing(options, 20)}.{nearest(str(value), map(str, options))}"
        )


def _number(value: object) -> float:
    return float(value) if isinstance(value, Real) and not isinstance(value, bool) else math.nan


def real_number(option: str, value: object, *, positive: str = "") -> float:
    """Return an option that must be a number; refuse texts, flags and missing values.

    Parameters
    ----------
    option
        Its name.
    value
        What was given.
    positive
        What it counts, such as "number of years", if it must be finite and above 0.

    Raises
    ------
    OptionError
        If `value` is not such a number.
    """
    number = _number(value)
    if math.isnan(number) or (positive and not 0 < number < math.inf):
        raise OptionError(f"{option} is {value!r}; give a {f'positive {positive}' if positive else 'number'}.")
    return number


def share_between(option: str, value: object, *, zero: bool = False, one: bool = False) -> float:
    """Return an option that must be a share between 0 and 1, with the ends only as told.

    Parameters
    ----------
    option
        Its name.
    value
        What was given.
    zero, one
        Whether this end is allowed.

    Raises
    ------
    OptionError
        If it is not.
    """
    number = _number(value)
    if not (0 < number < 1 or (zero and number == 0) or (one and number == 1)):
        ends = {
            (False, False): "between 0 and 1, such as 0.95",
            (False, True): "above 0 and up to 1",
            (True, False): "from 0 to below 1",
            (True, True): "from 0 to 1",
        }
        raise OptionError(f"{option} is {value!r}; give a share {ends[zero, one]}.")
    return number


def whole_number(option: str, value: object, least: int = 1, *, most: int | None = None, what: str = "") -> int:
    """Return an option that must be a whole number from `least` to `most`.

    Parameters
    ----------
    option
        Its name.
    value
        What was given.
    least, most
        The range, both ends included.
    what
        What it counts or what an end means, for the message: " of periods".

    Raises
    ------
    OptionError
        If it is not.
    """
    number = int(value) if isinstance(value, Integral) and not isinstance(value, bool) else least - 1
    if number < least or (most is not None and number > most):
        upto = "" if most is None else f" and at most {most:,}"
        raise OptionError(f"{option} is {value!r}; give a whole number{what} of at least {least}{upto}.")
    return number
