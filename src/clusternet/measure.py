"""The tag that lists a measure, and the two calls that compute many at once."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

import numpy as np
import pandas as pd

from clusternet.errors import OptionError, choose, listing, nearest, real_number, share_between, whole_number

if TYPE_CHECKING:
    from clusternet.network import Network

__all__ = [
    "Direction",
    "MeasureInfo",
    "Weights",
    "choose",
    "firm_measure",
    "list_measures",
    "measure_firms",
    "measure_network",
    "network_measure",
    "real_number",
    "share_between",
    "whole_number",
]

Weights = Literal["ignore", "strength"]
Direction = Literal["in", "out", "all"]
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class MeasureInfo:
    """A listed measure: its function, what it is per, its label and its sources.

    A `heavy` measure costs more than firms times ties (minutes on ten thousand firms): ask for it by name.
    """

    name: str
    function: Callable[..., Any]
    per: Literal["firm", "network"]
    label: str
    cites: tuple[str, ...]
    heavy: bool = False


_listed: dict[str, MeasureInfo] = {}


def _tag(per: Literal["firm", "network"], label: str, cites: tuple[str, ...], *, heavy: bool) -> Callable[[F], F]:
    def hand_back(function: F) -> F:
        name = function.__name__
        _listed[name] = MeasureInfo(name, function, per, label, cites, heavy)
        return function

    return hand_back


def firm_measure(*, label: str, cites: tuple[str, ...] = (), heavy: bool = False) -> Callable[[F], F]:
    """List a function that returns one number per firm, and hand it back unchanged.

    Parameters
    ----------
    label
        How the report calls it.
    cites
        Keys of references.bib.
    heavy
        True if it costs more than firms times ties; it is then computed only when asked for by name.
    """
    return _tag("firm", label, cites, heavy=heavy)


def network_measure(*, label: str, cites: tuple[str, ...] = (), heavy: bool = False) -> Callable[[F], F]:
    """List a function that returns one number per network, and hand it back unchanged.

    Parameters
    ----------
    label
        How the report calls it.
    cites
        Keys of references.bib.
    heavy
        True if it costs more than firms times ties; it is then computed only when asked for by name.
    """
    return _tag("network", label, cites, heavy=heavy)


MEASURE_MODULES = ("centrality", "cohesion", "brokerage", "dependence")
"""Modules that define listed measures, in the order of the report; loaded when the list is first asked for."""


def list_measures(per: Literal["firm", "network"] | None = None) -> list[MeasureInfo]:
    """Return the listed measures, in the order in which their modules define them."""
    for module in MEASURE_MODULES:
        importlib.import_module(f"clusternet.{module}")
    return [info for info in _listed.values() if per in (None, info.per)]


def _choose(
    measures: Iterable[str | Callable[..., Any]] | None, per: Literal["firm", "network"]
) -> list[Callable[..., Any]]:
    listed = list_measures(per)
    if measures is None:
        return [info.function for info in listed if not info.heavy]
    known = {info.name: info.function for info in listed}
    chosen: list[Callable[..., Any]] = []
    for measure in measures:
        if callable(measure):
            chosen.append(measure)
        elif measure in known:
            chosen.append(known[measure])
        else:
            raise OptionError(
                f"{measure!r} is not a listed {per} measure.{nearest(measure, known)} Listed are {listing(known, 60)}."
            )
    return chosen


def firm_series(network: Network, values: object, name: str) -> pd.Series:
    """Return one float per firm, indexed by firm: the shape in which firm measures answer."""
    return pd.Series(np.asarray(values, dtype="float64"), index=network.firms.index, name=name)


def firm_values(network: Network, values: str | pd.Series | Iterable[object]) -> pd.Series:
    """Return an attribute of the firms: a column of ``network.firms``, a Series by firm id, or one value per firm.

    A Series (or dict) is put in the order of the firms; firms it does not name get a missing value.

    Raises
    ------
    OptionError
        If there is no such column, the Series names a firm twice or none of the network's, the number of values is
        not that of the firms, or the values are in no order.
    """
    firms = network.firms
    if isinstance(values, Mapping):
        values = pd.Series(values)  # its keys are firms; as a plain iterable each would be a value of its own
    if isinstance(values, (set, frozenset)) or not isinstance(values, Iterable):
        raise OptionError(
            f"a {type(values).__name__} has no value per firm; give a column of firms, a Series by firm, or one value "
            "per firm, in order."
        )
    if isinstance(values, str):
        if values not in firms.columns:
            raise OptionError(
                f"firms has no column {values!r}; it has {listing(firms.columns, 20) or 'none'}."
                f"{nearest(values, map(str, firms.columns))} A Series indexed by firm will do as well."
            )
        return firms[values]
    if isinstance(values, pd.Series):
        if not values.index.is_unique:
            twice = values.index[values.index.duplicated()].unique()
            raise OptionError(f"the Series names firms more than once: {listing(twice)}; keep one value per firm.")
        if len(values) and len(firms) and not values.index.isin(firms.index).any():
            raise OptionError(
                f"the Series names no firm of the network: {listing(values.index)}; the network has "
                f"{listing(firms.index)}. Index it by firm id, of the same type."
            )
        return values.reindex(firms.index)
    listed = values if isinstance(values, np.ndarray) else list(values)
    if len(listed) != len(firms):
        raise OptionError(f"{len(listed):,} values were given for {len(firms):,} firms; give one per firm, in order.")
    if len(listed) and isinstance(listed[0], (int, float)):
        # pandas looks at every item of a list, numpy takes numbers as they are.
        with suppress(ValueError):
            numbers = np.asarray(listed)
            listed = numbers if numbers.dtype.kind in "iuf" else listed
    return pd.Series(listed, index=firms.index)


def firm_groups(network: Network, groups: str | pd.Series | Iterable[object]) -> tuple[np.ndarray, pd.Index]:
    """Return a group number per firm (-1 when it has none) and the groups' names in order of first appearance."""
    values = firm_values(network, groups)
    try:
        codes, labels = pd.factorize(values)
    except TypeError as error:
        raise OptionError(f"groups holds values such as {listing(values, 1)}; give texts or numbers.") from error
    return codes.astype(np.int64), pd.Index(labels)


def measure_firms(network: Network, measures: Iterable[str | Callable[..., Any]] | None = None) -> pd.DataFrame:
    """Compute several measures per firm.

    Parameters
    ----------
    network
        The network to measure.
    measures
        Names of listed measures or functions of a network that return a Series indexed by firm; all listed
        measures that are not heavy when omitted. A function of your own needs no tag.

    Returns
    -------
    DataFrame
        One row per firm in the order of ``network.firms``, one column per measure. NaN means undefined there.

    Raises
    ------
    OptionError
        If a name is not listed, two columns share a name, or a function returns something else.

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy")])
    >>> measure_firms(net, ["degree"])["degree"].to_dict()
    {'Ada': 1.0, 'Bo': 2.0, 'Cy': 1.0}
    """
    columns: dict[str, pd.Series] = {}
    for function in _choose(measures, "firm"):
        values = function(network)
        name = getattr(function, "__name__", type(function).__name__)
        if not isinstance(values, pd.Series) or not values.index.equals(network.firms.index):
            raise OptionError(f"{name} must return a Series indexed like network.firms.")
        # A Series made from another one still carries that one's name, so the function's own name comes first.
        label = name if name != "<lambda>" and hasattr(function, "__name__") else str(values.name or name)
        if label in columns:
            raise OptionError(f"two measures are called {label!r}; give functions of your own distinct names.")
        columns[label] = values
    return pd.DataFrame(columns, index=network.firms.index)


def measure_network(network: Network, measures: Iterable[str | Callable[..., Any]] | None = None) -> pd.Series:
    """Compute several measures of the whole network.

    Parameters
    ----------
    network
        The network to measure.
    measures
        Names of listed measures or functions of a network that return a number; all listed that are not heavy when
        omitted.

    Returns
    -------
    Series
        One value per measure, indexed by its name, float. NaN means undefined for this network.

    Raises
    ------
    OptionError
        If a name is not listed, two entries share a name, or a function does not return a number.

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Ada", "Cy")])
    >>> measure_network(net, ["density"])["density"]
    np.float64(1.0)
    """
    values: dict[str, float] = {}
    for function in _choose(measures, "network"):
        name = getattr(function, "__name__", type(function).__name__)
        if name in values:
            raise OptionError(f"two measures are called {name!r}; give functions of your own distinct names.")
        value = function(network)
        if isinstance(value, (str, bytes)) or not np.isscalar(value):
            raise OptionError(f"{name} returned a {type(value).__name__}; a network measure returns one number.")
        values[name] = float(cast("float", value))
    return pd.Series(values, dtype="float64", name="value")
