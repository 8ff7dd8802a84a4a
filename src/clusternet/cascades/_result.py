"""The record of one cascade model: what every single shock would cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clusternet.result import Result, Settings

__all__ = ["Cascade"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Cascade(Result):
    """How far the shock that starts at each seed spreads.

    Attributes
    ----------
    model
        "threshold", "load", "dependence" or "economic risk".
    sizes
        One row per seed (a firm, or a group of firms that fail together). ``size`` in [0, 1] is the share lost; the
        function that made the record says of what. The other columns take it apart.
    losses
        Share of its production that each firm (row) loses under each shock (column), in [0, 1]; kept where groups
        of firms fail, None where every single firm does.
    settings
        Rules of the model; no chance is involved.
    """

    model: str
    sizes: pd.DataFrame
    settings: Settings
    losses: pd.DataFrame | None = None

    @property
    def size(self) -> pd.Series:
        """Size of the cascade from every seed, float in [0, 1]."""
        return self.sizes["size"]

    @property
    def distribution(self) -> pd.DataFrame:
        """The sizes that occur, rising: ``n_shocks`` of that size, ``share_at_least`` of shocks that size or larger.

        Sizes that agree to nine digits count as equal; undefined sizes (NaN) are left out.
        """
        values, count = np.unique(np.round(self.size.dropna().to_numpy(dtype=np.float64), 9), return_counts=True)
        total = max(int(count.sum()), 1)
        table = {"n_shocks": count, "share_at_least": count[::-1].cumsum()[::-1] / total}
        return pd.DataFrame(table, index=pd.Index(values, name="size"))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per seed, in the order of the firms or groups."""
        return self.sizes.copy()

    def summary(self) -> str:
        """Return the model, the number of shocks, their mean and the worst in one line."""
        if self.sizes.empty:
            return f"{self.model}, no shocks"
        known = self.size.dropna()
        if known.empty:
            return f"{self.model}, {len(self.sizes):,} shocks, of undefined size: nothing of value can be lost"
        worst = known.index.tolist()[int(known.argmax())]  # as Python writes it, no np.int64(3)
        return (
            f"{self.model}, {len(self.sizes):,} shocks, mean size {known.mean():.4f}, worst {worst!r} {known.max():.4f}"
        )
