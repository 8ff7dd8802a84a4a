"""The base of result records: every record tells its numbers, its settings and the seed that made it."""

from __future__ import annotations

import html
import secrets
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from clusternet.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

__all__ = ["Result", "Settings", "package_version", "resolve_seed", "spawn_generators"]


def package_version() -> str:
    """Return the installed version of clusternet."""
    try:
        return version("clusternet")
    except PackageNotFoundError:  # a source tree that was never installed
        return "0+unknown"


def resolve_seed(seed: int | None) -> int:
    """Return `seed`, or a fresh one that the result stores so that the run can be repeated.

    Raises
    ------
    OptionError
        If `seed` is not a nonnegative integer.
    """
    if seed is None:
        return secrets.randbits(32)
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise OptionError(f"seed is {seed!r}; give a nonnegative integer, or None for a fresh one.")
    return int(seed)


def spawn_generators(seed: int, count: int) -> list[np.random.Generator]:
    """Return one independent generator per job, so that results do not depend on the number of workers."""
    return [np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(count)]


@dataclass(frozen=True, slots=True)
class Settings:
    """What made a result: the parameters, the seed that was used, and the version of clusternet."""

    parameters: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None
    version: str = field(default_factory=package_version)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", MappingProxyType(dict(self.parameters)))

    def to_dict(self) -> dict[str, Any]:
        """Return a plain dictionary: parameters, seed, version."""
        return {"parameters": dict(self.parameters), "seed": self.seed, "version": self.version}


class Result:
    """Base of frozen result records: ``to_frame()``, a one-line repr, an HTML repr, ``settings``.

    Subclasses are ``@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)``, carry a
    ``settings`` field and define `to_frame` and `summary`.
    """

    __slots__ = ()
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return the result as one tidy table."""
        raise NotImplementedError

    def summary(self) -> str:
        """Return the result in one line."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.summary()}>"

    def _repr_html_(self) -> str:
        head = html.escape(f"{type(self).__name__}: {self.summary()}")
        table = self.to_frame().head(20).to_html(escape=True, border=0)
        return f"<p><strong>{head}</strong></p>{table}"
