"""From named columns and measures to the outcome and the columns of a regression; nothing in a text is evaluated."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from clusternet.errors import OptionError, listing, nearest
from clusternet.measure import list_measures
from clusternet.network import Network

if TYPE_CHECKING:
    from numpy.typing import NDArray

Covariate: TypeAlias = str | pd.Series | Callable[[Network], pd.Series]
Source: TypeAlias = Network | pd.DataFrame

TRANSFORMS: dict[str, Callable[[pd.Series], pd.Series]] = {
    "log": np.log,
    "log2": np.log2,
    "log10": np.log10,
    "log1p": np.log1p,
    "sqrt": np.sqrt,
    "square": np.square,
    "center": lambda values: values - values.mean(),
    "standardize": lambda values: (values - values.mean()) / values.std(),
}
INTERCEPT = "(intercept)"


@dataclass(frozen=True, slots=True)
class Design:
    """Outcome and columns of the complete rows, and what was left out."""

    outcome: pd.Series
    columns: pd.DataFrame
    missing: pd.Series
    complete: NDArray[np.bool_]


def split_formula(outcome: str, covariates: Iterable[Covariate] | None) -> tuple[str, list[Covariate]]:
    """Return outcome and covariates of "y ~ a + b", or the two as they were given."""
    if "~" not in outcome:
        return outcome, [covariates] if isinstance(covariates, str) else list(covariates or ())
    if covariates is not None:
        raise OptionError(f"{outcome!r} is a whole formula; leave covariates out, or give the outcome's name alone.")
    left, _, right = outcome.partition("~")
    terms = [term.strip() for term in right.split("+")]
    if not left.strip() or "" in terms or "~" in right:
        raise OptionError(f"{outcome!r} is no formula; write 'outcome ~ one + other', or '~ 1' for a constant alone.")
    return left.strip(), [term for term in terms if term != "1"]


def _plain(source: Source, name: str) -> pd.Series:
    """Return a column of the firms, or a listed measure of the network."""
    table = source.firms if isinstance(source, Network) else source
    if name in table.columns:
        return table[name]
    measures = {info.name: info.function for info in list_measures("firm")} if isinstance(source, Network) else {}
    if name in measures:
        values: pd.Series = measures[name](source)
        return values
    known = [*map(str, table.columns), *measures]
    what = "neither a column of the firms nor a listed measure" if measures else "not a column of the table"
    raise OptionError(f"{name!r} is {what}.{nearest(name, known)} There are {listing(known, 12)}.")


def values_of(source: Source, covariate: Covariate) -> tuple[str, pd.Series]:
    """Return name and values of a covariate, one per row of the source."""
    index = source.firms.index if isinstance(source, Network) else source.index
    if isinstance(covariate, str):
        call = re.fullmatch(r"\s*(\w+)\((.+)\)\s*", covariate)
        if not call:
            return covariate, _plain(source, covariate.strip())
        function, inner = call[1], call[2].strip()
        if function == "C":
            return inner, _plain(source, inner).astype("str").where(_plain(source, inner).notna())
        if function not in TRANSFORMS:
            raise OptionError(f"there is no transformation {function!r}; there are C, {', '.join(TRANSFORMS)}.")
        raw = number(_plain(source, inner), inner)
        with np.errstate(all="ignore"):
            made = TRANSFORMS[function](raw)
        lost = raw.notna() & ~np.isfinite(made)
        if lost.any():
            raise OptionError(
                f"{covariate} is undefined for {int(lost.sum()):,} rows: {listing(raw.index[lost])}; log1p({inner}) "
                "takes zeros, or leave these rows out."
            )
        return covariate, made
    if isinstance(covariate, pd.Series):
        if not covariate.index.is_unique:
            raise OptionError(f"the Series {covariate.name!r} names rows more than once.")
        return str(covariate.name or "covariate"), covariate.reindex(index)
    if not isinstance(source, Network):
        raise OptionError("a function as covariate needs a Network; with a table give columns.")
    values = covariate(source)
    name = getattr(covariate, "__name__", type(covariate).__name__)
    if not isinstance(values, pd.Series) or not values.index.equals(index):
        raise OptionError(f"{name} must return a Series indexed like network.firms.")
    return name, values


def is_number(values: pd.Series) -> bool:
    """Tell numbers and flags from words."""
    return bool(pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_bool_dtype(values.dtype))


def number(values: pd.Series, name: str) -> pd.Series:
    """Return values as float, or say which are none."""
    made = values.astype("float64") if is_number(values) else pd.to_numeric(values, errors="coerce")
    bad = values.notna() & made.isna()
    if bad.any():
        raise OptionError(f"{name} holds what is no number: {listing(values[bad].unique())}.")
    made = made.astype("float64")
    if np.isinf(made).any():
        raise OptionError(f"{name} is infinite for {listing(made.index[np.isinf(made)])}.")
    return made


def make_design(
    source: Source, outcome: str, covariates: Iterable[Covariate], *, needed: Iterable[pd.Series] = ()
) -> Design:
    """Return outcome and columns (constant first; words become one column per level but the first) of complete rows.

    `needed` are further Series whose missing rows drop too.
    """
    name, values = values_of(source, outcome)
    y = number(values, name).rename(name)
    parts: list[pd.Series] = [y]
    columns: list[tuple[str, pd.Series]] = []
    for covariate in covariates:
        name, values = values_of(source, covariate)
        values = values.set_axis(y.index)
        parts.append(values.rename(name))
        columns.append((name, values))
    names = [name for name, _ in columns]
    if len(set(names)) < len(names):
        raise OptionError(f"covariates stand twice: {listing(sorted({n for n in names if names.count(n) > 1}))}.")
    parts += list(needed)
    missing = pd.Series({str(part.name): int(part.isna().sum()) for part in parts}, dtype="int64", name="missing")
    complete = np.logical_and.reduce([part.notna().to_numpy() for part in parts])
    if not complete.any():
        raise OptionError(f"no row is complete; missing are {missing[missing > 0].to_dict()}.")
    table: dict[str, Any] = {INTERCEPT: np.ones(int(complete.sum()))}
    for name, values in columns:
        kept = values[complete]
        if is_number(kept):
            table[name] = number(kept, name).to_numpy()
            continue
        levels = kept.cat.categories if isinstance(kept.dtype, pd.CategoricalDtype) else sorted(kept.unique())
        levels = [level for level in levels if (kept == level).any()]
        if len(levels) > max(50, len(kept) // 4):
            raise OptionError(f"{name} has {len(levels):,} different words in {len(kept):,} rows; is it a name or id?")
        for level in levels[1:]:
            table[f"{name}[{level}]"] = (kept == level).to_numpy(dtype=float)
    frame = pd.DataFrame(table, index=y.index[complete])
    _refuse_dependent(frame)
    return Design(y[complete], frame, missing, complete)


def _refuse_dependent(columns: pd.DataFrame) -> None:
    """Refuse columns that the ones before them determine."""
    values = columns.to_numpy()
    if len(values) <= values.shape[1]:
        raise OptionError(f"{len(values):,} complete rows cannot carry {values.shape[1]} coefficients.")
    scale = np.linalg.norm(values, axis=0)
    scaled = values / np.where(scale > 0, scale, 1.0)
    basis: list[NDArray[np.float64]] = []
    bad = []
    for name, column in zip(columns.columns, scaled.T, strict=True):
        rest = column.copy()
        for _ in range(2):  # twice is enough for full accuracy
            for direction in basis:
                rest -= (direction @ rest) * direction
        size = float(np.linalg.norm(rest))
        if size < 1e-9:
            bad.append(name)
        else:
            basis.append(rest / size)
    if bad:
        raise OptionError(f"these columns follow from the others: {listing(bad)}; leave them out.")
