"""Cluster indicators: whether an industry is localized, and who interlocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from clusternet import inference, models, specialization
from clusternet.datasets import load
from clusternet.reproduction._ledger import Entry, finding, holds, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

__all__ = ["localization", "who_interlocks"]

EFFECTS = {
    "(intercept)": -0.8394, "log2(assets)": 0.3129, "nation[OTH]": -0.1070, "nation[UK]": -0.3872,
    "nation[US]": -0.7724, "sector[BNK]": -0.1665, "sector[CON]": -0.4893, "sector[FIN]": -0.1116,
    "sector[HLD]": -0.0149, "sector[MAN]": 0.1219, "sector[MER]": 0.0616, "sector[MIN]": 0.2498,
    "sector[TRN]": 0.1518, "sector[WOD]": 0.4983,
}  # fmt: skip


@finding("B12", "Cluster indicators: what is localized, and who interlocks?")
def localization(seed: int) -> Iterator[Entry]:
    """Estimate a known index on simulated industries.

    Parameters
    ----------
    seed
        Seed of the industries.
    """
    source = "ellisonglaeser1997"
    for plants, draws in ((10, 2000), (500, 300)):
        for gamma in (0.0, 0.02, 0.05, 0.2, 0.5):
            table, share = models.dartboard(gamma, plants, draws=draws, seed=seed)
            found = specialization.ellison_glaeser(table, reference=share)["gamma"]
            error = float(found.std() / np.sqrt(len(found)))
            yield number(f"{plants} plants, true index {gamma}: mean estimate", gamma, source, "V", found.mean(),
                         absolute=round(3 * error, 5))  # fmt: skip
    raw = {}
    for plants in (10, 500):
        table, share = models.dartboard(0.0, plants, draws=300, seed=seed)
        found = specialization.ellison_glaeser(table, reference=share)
        raw[plants] = float(found["concentration"].mean() / (1 - (share**2).sum()))
    yield holds("no localization at all: raw concentration of 10 and of 500 plants", ".186 and .022", source, "C",
                f"{raw[10]:.3f} and {raw[500]:.3f}", passed=raw[10] > 0.1 and raw[500] < 0.05,
                tolerance="the fewer the plants, the larger")  # fmt: skip


@finding("B12", "Cluster indicators: what is localized, and who interlocks?")
def who_interlocks(_seed: int) -> Iterator[Entry]:
    """Regress interlocks of the firms of ornstein1976 as fox2019 do.

    Parameters
    ----------
    _seed
        Not used: nothing is drawn.
    """
    firms = cast("pd.DataFrame", load("ornstein"))
    fit = inference.firm_regression(firms, "interlocks ~ log2(assets) + nation + sector", family="poisson")
    estimate = fit.estimates["estimate"]
    for name, value in EFFECTS.items():
        yield number(f"interlocks, Poisson: {name}", value, "fox2019", "M", estimate[name], absolute=1e-3)
    for name, value, digits in (("deviance", 1547.1, 0.05), ("null_deviance", 3737.0, 0.05), ("aic", 2473.1, 0.05)):
        yield number(f"interlocks, Poisson: {name.replace('_', ' ')}", value, "fox2019", "M", fit.statistics[name],
                     absolute=digits)  # fmt: skip
    scaled = inference.firm_regression(firms, "interlocks ~ log2(assets) + nation + sector", family="quasipoisson")
    yield number("interlocks, quasi-Poisson: dispersion", 6.40, "fox2019", "M", scaled.statistics["dispersion"],
                 absolute=5e-3)  # fmt: skip
    ratio = scaled.estimates["se"] / fit.estimates["se"]
    yield number("interlocks, quasi-Poisson: errors are larger by", 2.53, "fox2019", "C", ratio.mean(), absolute=0.005)
    doubled, american = np.exp(estimate["log2(assets)"]), 1 - np.exp(estimate["nation[US]"])
    yield number("interlocks: factor of doubled assets", 1.37, "fox2019", "C", doubled, absolute=0.005)
    yield number("interlocks: fewer under control from the US", 0.54, "fox2019", "C", american, absolute=0.005)
