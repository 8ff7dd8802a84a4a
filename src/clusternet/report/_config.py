"""Settings of a report: a TOML file, checked before anything is computed."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from clusternet.errors import OptionError, nearest

__all__ = ["ReportConfig"]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LinkageConfig(_Section):
    """How names are joined to the registry; an omitted value is the default of `link_firms`."""

    enabled: bool = Field(default=True, description="False joins by exact id or name only, and merges no rows.")
    threshold: float | None = Field(
        default=None, gt=0, le=1, description="Score from which a name is joined by itself."
    )
    review: float | None = Field(
        default=None, gt=0, le=1, description="Score from which a name is listed for a person."
    )
    decisions: Path | None = Field(default=None, description="The review CSV, settled by a person.")


class ResilienceConfig(_Section):
    """How many random orders, and up to which size the slow orders are computed."""

    draws: int = Field(default=1000, ge=1, le=1_000_000, description="Random removal orders behind the band.")
    adaptive_limit: int = Field(
        default=500, ge=0, description="Firms up to which betweenness is recomputed at every step."
    )
    null_draws: int = Field(
        default=199, ge=0, le=100_000, description="Random networks to compare with, at most; fewer in large networks."
    )
    introductions: int = Field(
        default=5, ge=0, le=20, description="Introductions, backup suppliers and recruits to recommend, of each."
    )


class CohesionConfig(_Section):
    """Communities."""

    runs: int | None = Field(
        default=None, ge=2, le=10_000, description="Leiden runs; 20, or 5 in networks of over 100,000 tied pairs."
    )
    resolution: float = Field(default=1.0, gt=0, description="Resolution of the modularity that communities maximize.")


class BrokerageConfig(_Section):
    """Roles between groups, core and periphery."""

    draws: int = Field(
        default=199, ge=0, le=100_000, description="Draws behind z and p, at most; fewer in large networks, 0 for none."
    )


class SpecializationConfig(_Section):
    """Sectors by place, and capabilities."""

    draws: int = Field(default=1000, ge=2, le=100_000, description="Draws behind the intervals of location quotients.")
    minimum: int = Field(default=5, ge=1, description="Firms from which a quotient is told.")
    bundles: dict[str, list[str]] = Field(
        default_factory=dict, description="Bundles of capabilities that are asked for, by name."
    )


class DependenceConfig(_Section):
    """Referrals."""

    draws: int = Field(
        default=200, ge=0, le=100_000, description="Draws behind the interval of the reproduction number."
    )


class DynamicsConfig(_Section):
    """Change from year to year."""

    draws: int = Field(default=50, ge=0, le=10_000, description="Draws behind the bands, at most; 0 for none.")


class TheoryConfig(_Section):
    """Claims of cluster theory."""

    draws: int = Field(default=199, ge=0, le=100_000, description="Draws of each test; 0 leaves the section out.")
    firms_at_most: int = Field(default=2000, ge=0, description="Firms above which claims are not tested.")

    @field_validator("draws")
    @classmethod
    def _enough(cls, draws: int) -> int:
        if 0 < draws < 39:
            raise ValueError("give 0 or at least 39: fewer draws cannot tell 5 %")
        return draws


class ShowConfig(_Section):
    """How much the page shows; the CSV tables are always whole."""

    top: int = Field(default=15, ge=1, le=200, description="Firms in the tables of who matters.")
    map_firms: int = Field(default=5000, ge=10, le=50_000, description="Firms on the maps.")
    map_ties: int = Field(default=20_000, ge=10, le=200_000, description="Tied pairs on the maps.")


class ReportConfig(_Section):
    """Settings of a report.

    Load a file with `from_toml`; the sections are tables of the TOML file.

    Examples
    --------
    >>> ReportConfig(seed=7).resilience.draws
    1000
    """

    title: str = Field(
        default="", max_length=300, description="Title of the page; made from the folder name when empty."
    )
    seed: int = Field(default=1, ge=0, lt=2**63, description="Seed of everything random in the report.")
    strict: bool = Field(default=False, description="Refuse records with any problem.")
    records: dict[str, Any] = Field(default_factory=dict, description="The mapping of `read_records`.")
    linkage: LinkageConfig = Field(default_factory=LinkageConfig)
    build: dict[str, Any] = Field(default_factory=dict, description="Rules of `build_network`, by keyword.")
    cohesion: CohesionConfig = Field(default_factory=CohesionConfig)
    brokerage: BrokerageConfig = Field(default_factory=BrokerageConfig)
    specialization: SpecializationConfig = Field(default_factory=SpecializationConfig)
    dependence: DependenceConfig = Field(default_factory=DependenceConfig)
    resilience: ResilienceConfig = Field(default_factory=ResilienceConfig)
    dynamics: DynamicsConfig = Field(default_factory=DynamicsConfig)
    theory: TheoryConfig = Field(default_factory=TheoryConfig)
    show: ShowConfig = Field(default_factory=ShowConfig)

    @classmethod
    def from_toml(cls, path: str | Path) -> Self:
        """Read settings from a TOML file; a relative ``linkage.decisions`` counts from the file's folder.

        Raises
        ------
        OptionError
            If the file is missing, is not TOML, or holds an unknown setting or a value out of range; all are named.
        """
        path = Path(path)
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise OptionError(f"the settings file {str(path)!r} cannot be read: {reason}.") from error
        except tomllib.TOMLDecodeError as error:
            raise OptionError(f"the settings file {str(path)!r} is not TOML: {error}.") from error
        config = cls.from_dict(values)
        decisions = config.linkage.decisions
        if decisions is not None and not decisions.is_absolute():
            settled = config.linkage.model_copy(update={"decisions": path.parent / decisions})
            config = config.model_copy(update={"linkage": settled})
        return config

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Check a dictionary of settings.

        Raises
        ------
        OptionError
            If a setting is unknown or out of range; the message names all of them.

        Examples
        --------
        >>> ReportConfig.from_dict({"resilience": {"draws": 0}})
        Traceback (most recent call last):
            ...
        clusternet.errors.OptionError: resilience.draws is 0; give at least 1.
        """
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise OptionError("\n".join(_sentence(cls, dict(problem)) for problem in error.errors())) from None


_WANTED = {
    "int": "a whole number", "float": "a number", "string": "text in quotes", "bool": "true or false",
    "dict": "a table of settings", "model": "a table of settings", "path": "the path of a file, in quotes",
}  # fmt: skip


def _sentence(model: type[BaseModel], problem: dict[str, Any]) -> str:
    """Say one problem of the settings as a person would."""
    place = ".".join(str(step) for step in problem["loc"])
    kind, limits, given = str(problem["type"]), problem.get("ctx", {}), problem["input"]
    if kind == "extra_forbidden":
        section: Any = model
        for step in problem["loc"][:-1]:
            section = section.model_fields[step].annotation
        known = list(section.model_fields)
        return f"{place} is not a setting.{nearest(problem['loc'][-1], known)} Known here are {', '.join(known)}."
    asked = {
        "greater_than_equal": f"give at least {limits.get('ge')}",
        "greater_than": f"give more than {limits.get('gt')}",
        "less_than_equal": f"give at most {limits.get('le')}",
        "less_than": f"give less than {limits.get('lt')}",
        "string_too_long": f"give at most {limits.get('max_length')} characters",
    }.get(kind)
    if asked is None:
        wanted = _WANTED.get(kind.partition("_")[0])
        asked = f"give {wanted}" if wanted else str(problem["msg"])
    return f"{place} is {given!r}; {asked}."
