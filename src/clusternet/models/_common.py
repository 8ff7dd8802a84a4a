"""What the models share: checks of options, and networks made from arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from clusternet.errors import OptionError
from clusternet.network import Network

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["made_network", "share_between"]


def share_between(option: str, value: object, *, above: bool = False) -> float:
    """Return a number from 0 to 1 (`above`: above 0), or refuse."""
    number = cast("float", value)
    good = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not good or not (0 < number <= 1 if above else 0 <= number <= 1):
        raise OptionError(f"{option} is {value!r}; give a number {'above' if above else 'from'} 0 to 1.")
    return float(number)


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
