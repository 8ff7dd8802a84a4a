"""Two communities of known truth: one of generalists, one of specialists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from clusternet.errors import OptionError
from clusternet.result import Result, Settings, resolve_seed, spawn_generators
from clusternet.theory._evidence import Evidence, evidence
from clusternet.theory._planted import days, ids, lifetimes, network
from clusternet.theory._planted_risk import capabilities, random_tags

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Communities", "simulate_communities"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Communities(Result):
    """A community of generalists and one of specialists, with what was planted.

    Attributes
    ----------
    general, specialized
        Each with firms, capabilities, partnerships (formal, dated, of two kinds), referrals and outcomes.
    bundles
        Name of each demanded bundle to the capabilities that it asks for.
    truth
        One row per planted quantity: its value in each community.
    settings
        Options and seed.
    """

    general: Evidence
    specialized: Evidence
    bundles: Mapping[str, tuple[str, ...]]
    truth: pd.DataFrame
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return the truth."""
        return self.truth.copy(deep=False)

    def summary(self) -> str:
        """Return the sizes of both communities in one line."""
        return (
            f"generalists: {self.general.network.n_firms:,} firms, {self.general.network.n_ties:,} ties; specialists: "
            f"{self.specialized.network.n_firms:,} firms, {self.specialized.network.n_ties:,} ties"
        )


def simulate_communities(
    n_firms: int = 80,
    *,
    n_capabilities: int = 40,
    widths: tuple[int, int] = (6, 2),
    partners: float = 5.0,
    contrast: float = 1.0,
    n_bundles: int = 60,
    seed: int | None = None,
) -> Communities:
    """Simulate a community of generalists and one of specialists, as the essays describe them.

    Both have as many firms and know as many capabilities; only how many a firm holds is set apart by `widths`. What the
    essays say of collaboration, revenue, innovation and reach is planted with strength `contrast`. Resilience is not
    planted: with narrower firms, fewer stand behind each capability, and what follows from that is the finding.

    Parameters
    ----------
    n_firms
        Firms of each community, at least 20.
    n_capabilities
        Capabilities known in each, at least 5 and twice the larger width. The firms of each must hold half as many
        again, all together, so that none is unknown.
    widths
        Mean number of capabilities of a firm, whole, generalists first.
    partners
        Mean number of partners of a firm, up to a quarter of the firms.
    contrast
        1: specialists are of fewer sectors, have more formal, lasting and manifold relations, earn by what they reach
        with partners rather than by age, launch more and are sent customers from farther away. 0: no such difference.
        Widths differ anyway.
    n_bundles
        Demanded bundles, of three to five capabilities.
    seed
        A fresh one is drawn and stored when omitted.

    Returns
    -------
    Communities
        The two, the bundles and the truth.

    Raises
    ------
    OptionError
        If a number is outside its range.

    Examples
    --------
    >>> made = simulate_communities(40, seed=1)
    >>> made.truth.loc["width", ["general", "specialized"]].tolist()
    [6.0, 2.0]
    """
    pair = tuple(widths) if isinstance(widths, (tuple, list)) else ()
    whole = all(
        isinstance(one, (int, np.integer)) and not isinstance(one, bool)
        for one in (n_firms, n_capabilities, n_bundles, *pair)
    )
    numbers = whole and all(isinstance(one, (int, float, np.number)) for one in (partners, contrast))
    if not (
        numbers
        and len(pair) == 2
        and n_firms >= 20
        and n_bundles >= 0
        and n_capabilities >= max(5, 2 * max(pair))
        and min(pair) >= 1
        and n_firms * min(pair) >= 1.5 * n_capabilities
        and 1 <= partners <= n_firms / 4
    ):
        raise OptionError(
            f"n_firms {n_firms!r}, n_capabilities {n_capabilities!r}, widths {widths!r}, partners {partners!r}, "
            f"n_bundles {n_bundles!r}, contrast {contrast!r}: give at least 20 firms, at least 5 capabilities, "
            "two whole widths from 1 to half of them, with n_firms times the smaller at least 1.5 times "
            "n_capabilities, and 1 to n_firms/4 partners."
        )
    if not (np.isfinite(contrast) and contrast >= 0):
        raise OptionError(f"contrast is {contrast!r}; give 0 for none, 1 for what the essays say.")
    seed = resolve_seed(seed)
    *both, demand = spawn_generators(seed, 3)
    truth = pd.DataFrame(
        {
            "width": [float(one) for one in widths],
            "sectors": [8.0, float(max(2, round(8 / (1 + contrast))))],
            "formal": [0.4, 0.4 + 0.35 * min(contrast, 1.7)],
            "ends_per_year": [0.25, 0.25 * float(np.exp(-0.8 * contrast))],
            "several_ways": [0.05, min(0.05 + 0.15 * contrast, 1.0)],
            "launches": [1.0, float(np.exp(0.5 * contrast))],
            "reach_km": [20.0, 20.0 * float(np.exp(1.0 * contrast))],
            "pay_for_reach": [0.1 * contrast, 0.6 * contrast],
            "pay_for_age": [0.6 * contrast, 0.1 * contrast],
        },
        index=["general", "specialized"],
    ).T
    made = [
        _community(rng, n_firms, n_capabilities, partners, truth[side])
        for rng, side in zip(both, truth.columns, strict=True)
    ]
    bundles = {
        f"B{place:02d}": tuple(
            f"T{one:02d}" for one in demand.choice(n_capabilities, demand.integers(3, 6), replace=False)
        )
        for place in range(n_bundles)
    }
    options = {
        "n_firms": n_firms, "n_capabilities": n_capabilities, "widths": widths, "partners": partners,
        "contrast": contrast, "n_bundles": n_bundles,
    }  # fmt: skip
    return Communities(general=made[0], specialized=made[1], bundles=bundles, truth=truth,
                       settings=Settings(options, seed))  # fmt: skip


def _community(rng: np.random.Generator, n: int, tags: int, partners: float, truth: pd.Series) -> Evidence:
    sizes = 1 + rng.binomial(2 * int(truth["width"] - 1), 0.5, n)
    held = random_tags(sizes, tags, rng)
    # Nobody holds some capabilities by chance: each gets one firm, so that both communities start with all.
    for tag in np.flatnonzero(~held.any(axis=0)):
        spare = np.flatnonzero(held[:, held.sum(axis=0) > 1].any(axis=1))
        firm = rng.choice(spare)
        old = rng.choice(np.flatnonzero(held[firm] & (held.sum(axis=0) > 1)))
        held[firm, old], held[firm, tag] = False, True
    lat, lon = 50 + rng.normal(0, 0.8, n), 9 + rng.normal(0, 1.2, n)
    region = np.where(lat > 50, "N", "S") + np.where(lon > 9, "E", "W").astype(object)
    sector = rng.integers(0, int(truth["sectors"]), n)
    age = rng.gamma(2, 8, n)
    firms = pd.DataFrame({"lat": lat, "lon": lon, "region": region, "sector": sector.astype(str),
                          "founded": days(-age).to_numpy()}, index=ids(n))  # fmt: skip
    # Firms tie with those that differ from them, busy ones more.
    busy = rng.gamma(2, 1, n)
    one, other = np.triu_indices(n, 1)
    weight = busy[one] * busy[other] * np.exp(-1.0 * (held.astype(float) @ held.T)[one, other])
    wanted = n * partners / 2
    chance = np.clip(weight * wanted / weight.sum(), 0, 0.9)
    while chance.sum() < 0.95 * wanted:  # busy firms cannot have more than all partners: the others make up for it
        chance = np.clip(chance * wanted / chance.sum(), 0, 0.9)
    kept = rng.random(len(one)) < chance
    source, target = one[kept], other[kept]
    again = rng.random(len(source)) < truth["several_ways"]
    kind = np.append(np.full(len(source), "alliance"), np.full(int(again.sum()), "supply"))
    source, target = np.append(source, source[again]), np.append(target, target[again])
    m = len(source)
    start = rng.uniform(0, 10, m)
    end = lifetimes(start, np.full(m, truth["ends_per_year"]), rng)
    net = network(firms, source, target, layer=kind, start=days(start), end=days(end),
                  formal=rng.random(m) < truth["formal"])  # fmt: skip
    covered = held.copy()
    np.logical_or.at(covered, source, held[target])
    np.logical_or.at(covered, target, held[source])
    reach = covered.mean(axis=1)
    earned = (
        13
        + truth["pay_for_reach"] * (reach - reach.mean()) / max(reach.std(), 1e-9)
        + truth["pay_for_age"] * (np.log1p(age) - np.log1p(age).mean()) / np.log1p(age).std()
        + rng.normal(0, 0.6, n)
    )
    periods = 3
    outcomes = pd.DataFrame(
        {
            "firm_id": np.tile(firms.index, periods),
            "period": np.repeat([str(2019 + one) for one in range(periods)], n),
            "revenue": np.exp(np.tile(earned, periods) + rng.normal(0, 0.1, periods * n)),
            "launches": rng.poisson(truth["launches"] * rng.gamma(3, 1 / 3, periods * n)).astype(float),
        }
    )
    far = np.hypot(111 * (lat[:, None] - lat), 71 * (lon[:, None] - lon))
    near = np.exp(-far / truth["reach_km"])
    np.fill_diagonal(near, 0)
    sender = rng.integers(0, n, 5 * n)
    receiver = np.array([rng.choice(n, p=near[who] / near[who].sum()) for who in sender])
    referrals = pd.DataFrame({"from": firms.index[sender], "to": firms.index[receiver]})
    return evidence(
        network=net,
        tables={"capabilities": capabilities(held, firms.index), "outcomes": outcomes, "referrals": referrals},
    )
