"""Errors: one base and a few kinds, each also a built-in so that ``except ValueError`` keeps working."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "ClusternetError",
    "DownloadError",
    "MissingExtraError",
    "NetworkError",
    "OptionError",
    "RecordsError",
    "UnknownFirmError",
    "listing",
    "nearest",
]


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
