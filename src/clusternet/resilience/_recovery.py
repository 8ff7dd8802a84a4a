"""Recovery: how fast the firms that stay tie the network together again."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from clusternet.errors import OptionError, share_between
from clusternet.measure import choose, firm_groups
from clusternet.resilience._orders import listed
from clusternet.resilience._paths import ties_of
from clusternet.resilience._results import band_of, check_whole
from clusternet.result import Result, Settings, resolve_seed, spawn_generators, until_interrupted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from clusternet.network import Network
    from clusternet.resilience._paths import Progress

__all__ = ["Recovery", "recover"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Recovery(Result):
    """How the network grows together again after a loss.

    Attributes
    ----------
    curve
        Index ``step`` = 0 (right after the loss), 1, ...; columns ``mean``, ``low``, ``median``, ``high`` over the
        draws of the giant share: firms in the largest component over the firms *that stay*.
    before
        The giant share before the loss.
    times
        First step at which a draw is back at `target` times `before`, index ``draw``; NaN if it never is.
    n_ties
        Ties made in every draw, index ``draw``.
    settings
        The lost firms' number, rule, chance, steps, target, draws, level and the seed.
    """

    curve: pd.DataFrame
    before: float
    times: pd.Series
    n_ties: pd.Series
    settings: Settings

    @property
    def recovered(self) -> float:
        """Share of the draws that are back at the target within the steps."""
        return float(self.times.notna().mean())

    def to_frame(self) -> pd.DataFrame:
        """Return the curve: mean, low, median and high at every step."""
        return self.curve.copy()

    def summary(self) -> str:
        """Return how often and how fast the network recovers in one line."""
        about = self.settings.parameters
        when = "" if self.recovered == 0 else f", after {self.times.median():.0f} steps (median)"
        return (
            f"{about['n_lost']:,} firms lost, rule {about['rule']}: giant share {self.before:.3f} before, "
            f"{self.curve['mean'].iloc[0]:.3f} after, {self.curve['mean'].iloc[-1]:.3f} at the end; "
            f"{self.recovered:.0%} of {len(self.times):,} draws back at {about['target']:.0%}{when}"
        )


def _giant(partners: list[set[int]], there: list[int]) -> int:
    """Return the size of the largest component."""
    seen: set[int] = set()
    largest = 0
    for start in there:
        if start in seen:
            continue
        begun = len(seen)
        seen.add(start)
        waiting = [start]
        while waiting:
            for near in partners[waiting.pop()]:
                if near not in seen:
                    seen.add(near)
                    waiting.append(near)
        largest = max(largest, len(seen) - begun)
    return largest


def recover(
    net: Network,
    lost: Iterable[object],
    *,
    rule: Literal["partners_partner", "substitute", "nothing"] = "partners_partner",
    groups: str | pd.Series | None = None,
    chance: float = 1.0,
    steps: int = 20,
    target: float = 0.9,
    draws: int = 100,
    level: float = 0.9,
    progress: Progress | None = None,
    seed: int | None = None,
) -> Recovery:
    """Let the firms that stay replace the partners they lost, step by step.

    Every firm has one open place per lost partner. In each step all firms with open places take turns in random order;
    each tries, with probability `chance`, to fill one of them (the first that can be filled) with a partner drawn at
    random from those that the rule allows, never itself or a partner it has. Direction is ignored.

    Parameters
    ----------
    net
        The network before the loss.
    lost
        Ids of the firms that leave.
    rule
        ``"partners_partner"``: a firm that was a partner of the lost one, too. ``"substitute"``: a firm of the lost
        one's group, one that can do the same. ``"nothing"``: no replacement. In a network of firms and agreements the
        lost one's place is taken by one of its own mode: two steps from it, or of its group.
    groups
        For "substitute": a column of ``net.firms`` or a Series by firm (capability, sector). Whoever lost a firm
        without a group finds no substitute.
    chance
        Probability with which a firm acts in a step; 1 over it is the mean search time of one that can find a partner.
    steps
        Steps to follow.
    target
        Recovered means a giant share of at least so much of that before the loss.
    draws, level, progress, seed
        As in `removal_band`; one generator per draw.

    Returns
    -------
    Recovery
        ``.curve``, ``.times`` to recover, ``.recovered`` (share of draws), ``.n_ties`` made.

    Raises
    ------
    OptionError
        If an option is outside its set or range, "substitute" comes without groups, a firm is listed twice, or nobody
        stays.
    UnknownFirmError
        If a lost firm is not in the network.

    Examples
    --------
    >>> from clusternet import Network
    >>> net = Network.from_edges([("Hub", "Ada"), ("Hub", "Bo"), ("Hub", "Cy")])
    >>> recover(net, ["Hub"], seed=1).curve["mean"].round(2).tolist()[:2]
    [0.33, 1.0]
    """
    choose("rule", rule, ("partners_partner", "substitute", "nothing"))
    for name, value in (("chance", chance), ("target", target)):
        if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= value <= 1:
            raise OptionError(f"{name} is {value!r}; give a share from 0 to 1.")
    for name, number in (("steps", steps), ("draws", draws)):
        check_whole(name, number)
    share_between("level", level)
    gone = listed(net, lost)
    n = net.n_firms
    left = n - len(gone)
    if n == 0:
        raise OptionError("the network has no firms, so that nobody is there to recover.")
    if left == 0:
        raise OptionError("all firms are lost, so that nobody is there to recover; leave at least one.")
    if rule == "substitute" and groups is None:
        raise OptionError("rule 'substitute' needs groups: a column of net.firms or a Series by firm.")
    codes = firm_groups(net, groups)[0] if groups is not None else np.full(n, -1)
    indptr, indices = ties_of(net)
    near = [set(part.tolist()) for part in np.split(indices, indptr[1:-1])]
    out = set(gone.tolist())
    there = [firm for firm in range(n) if firm not in out]
    allowed: dict[int, list[int]] = {}
    mode = net._modes[0]  # noqa: SLF001  (mode of every firm as a number)
    for firm in gone.tolist():
        pool: list[int] = []
        if rule == "substitute" and codes[firm] >= 0:
            pool = np.flatnonzero((codes == codes[firm]) & (mode == mode[firm] if net.is_two_mode else True)).tolist()
        elif rule == "partners_partner":
            pool = sorted(set().union(*(near[other] for other in near[firm])) if net.is_two_mode else near[firm])
        allowed[firm] = [other for other in pool if other not in out]
    before = _giant(near, list(range(n))) / n
    used = resolve_seed(seed)

    def follow(rng: np.random.Generator) -> tuple[NDArray[np.int64], int]:
        giants = np.empty(steps + 1, dtype=np.int64)
        return giants, _follow(near, there, out, allowed, chance, rng, giants)

    giants, made = zip(*until_interrupted(follow, spawn_generators(used, draws), draws, progress), strict=True)
    done = len(made)
    shares = np.array(giants) / left
    back = shares >= target * before - 1e-12
    rows = pd.RangeIndex(done, name="draw")
    parameters = {
        "n_lost": len(gone),
        "rule": rule,
        "chance": chance,
        "steps": int(steps),
        "target": target,
        "draws": done,
        "level": level,
    }
    return Recovery(
        curve=band_of(shares, level, "step"),
        before=before,
        times=pd.Series(np.where(back.any(axis=1), back.argmax(axis=1), math.nan), index=rows, name="steps"),
        n_ties=pd.Series(made, index=rows, name="ties"),
        settings=Settings(parameters, used),
    )


def _follow(  # noqa: PLR0917 (one draw of one call above)
    near: list[set[int]],
    there: list[int],
    out: set[int],
    allowed: dict[int, list[int]],
    chance: float,
    rng: np.random.Generator,
    giants: NDArray[np.int64],
) -> int:
    """Fill the size of the giant after every step of one draw, and return the number of ties made."""
    partners = [near[firm] - out if firm not in out else set() for firm in range(len(near))]
    places = {firm: sorted(near[firm] & out) for firm in there if near[firm] & out}
    giants[:] = _giant(partners, there)
    made = 0
    for step in range(1, len(giants)):
        hungry = list(places)
        grown = False
        for turn in rng.permutation(len(hungry)).tolist():
            firm = hungry[turn]
            if rng.random() >= chance:
                continue
            for place in places[firm]:
                pool = [other for other in allowed[place] if other != firm and other not in partners[firm]]
                if pool:
                    other = pool[int(rng.integers(len(pool)))]
                    partners[firm].add(other)
                    partners[other].add(firm)
                    places[firm].remove(place)
                    made += 1
                    grown = True
                    break
            if not places[firm]:
                del places[firm]
        if grown:
            giants[step:] = _giant(partners, there)
    return made
