"""What the models share: checks of options, and networks made from arrays."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from clusternet.errors import OptionError
from clusternet.measure import real_number
from clusternet.network import Network

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["amount", "made_network"]


def amount(option: str, value: object, least: float = 0.0, *, above: bool = False) -> float:
    """Return a finite number of at least `least` (`above`: above it), or refuse."""
    number = real_number(option, value)
    if not math.isfinite(number) or number < least or (above and number == least):
        raise OptionError(f"{option} is {value!r}; give a number {'above' if above else 'of at least'} {least:g}.")
    return number


def made_network(
    firms: pd.DataFrame | int,
    source: NDArray[np.int64],
    target: NDArray[np.int64],
    settings: Mapping[str, object],
) -> Network:
    """Return an undirected network of firms 0, 1, ... (or a frame of firms) from the positions of its ties."""
    table = pd.DataFrame(index=pd.RangeIndex(firms)) if isinstance(firms, int) else firms
    ties = pd.DataFrame({"source": table.index[source], "target": table.index[target]})
    return Network(table, ties, settings=settings)
