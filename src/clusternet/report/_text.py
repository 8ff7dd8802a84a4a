"""Numbers and names as the page writes them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from clusternet.errors import NONE, count, plural

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["NONE", "a_or_an", "count", "decimal", "join", "layer_name", "number", "plain", "plural", "share", "units"]

_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def share(value: float, digits: int = 0) -> str:
    """Share as a percentage; a little more precise near 0 and 1, where rounding would claim none or all."""
    if not math.isfinite(value):
        return NONE
    percent = 100 * value
    while digits < 3 and round(percent, digits) in (0.0, 100.0) and abs(percent - round(percent)) > 1e-9:
        digits += 1
    if 1e-9 < percent < 0.0005:
        return "<0.001%"
    if 99.9995 < percent < 100 - 1e-9:
        return ">99.999%"
    return f"{percent:.{digits}f}%"


def decimal(value: float, digits: int = 3) -> str:
    """Decimal number with a fixed number of places; a value too small for them keeps two digits of its own."""
    if not math.isfinite(value):
        return NONE
    text = f"{value:,.{digits}f}"
    if float(text.replace(",", "")) == 0:
        text = f"{value:.1e}".replace("e-0", "e-") if value else f"{0:.{digits}f}"
    return text.replace("-", "−")


def number(value: float) -> str:
    """Whole numbers as counts, others with three places."""
    if not math.isfinite(value):
        return NONE
    return count(value) if float(value).is_integer() else decimal(value)


def units(value: float, many: str) -> str:
    """Write a number with its unit, which is given in the plural."""
    return f"{number(value)} {many.removesuffix('s') if value == 1 else many}"


def a_or_an(value: int) -> str:
    """Small number as a word, others in digits."""
    return _WORDS[value] if 0 <= value < len(_WORDS) else f"{value:,}"


def join(words: Iterable[str]) -> str:
    """Words as an enumeration."""
    items = list(words)
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def layer_name(layer: str) -> str:
    """Layer as a reader would say it."""
    return layer.replace("_", " ")


def plain(value: object) -> float | int | str | None:
    """Return a number that JSON can hold; None where it is undefined."""
    if isinstance(value, (bool, np.bool_)):
        return int(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        # The last digits depend on the machine's linear algebra.
        return float(f"{value:.12g}") if math.isfinite(value) else None
    return None if value is None else str(value)
