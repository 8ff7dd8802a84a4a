"""Whether a number, or a list of firms, survives errors in the records and other rules of building."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from clusternet.build import build_network
from clusternet.errors import ClusternetError, NetworkError, OptionError, listing, nearest, share_between
from clusternet.inference._against import _Asked
from clusternet.measure import choose
from clusternet.network import Network
from clusternet.records import Records
from clusternet.resilience._chance import disturbed
from clusternet.resilience._results import check_whole
from clusternet.result import Result, Settings, resolve_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clusternet.linkage import Linkage

    Measure = str | Callable[[Network], Any]

    Floats = NDArray[np.float64]

__all__ = ["ERRORS", "CaseStability", "Sensitivity", "case_stability", "sensitivity", "with_errors"]

ERRORS = ("missing_firms", "missing_fringe", "silent_firms", "missing_ties", "false_ties", "misassigned_ties")
"""Errors in records that `sensitivity` knows."""

_ONE_MODE = {"false_ties", "misassigned_ties"}
Rates: TypeAlias = "float | Sequence[float]"
Progress: TypeAlias = Callable[[int, int], None]
_RANKED = ("spearman", "kendall", "overlap", "first")


# ── one network with errors ──


def with_errors(network: Network, *, seed: int | np.random.Generator | None = None, **rates: float) -> Network:
    """Return the network as it might have been recorded, with errors at the given rates.

    Parameters
    ----------
    network
        The network as recorded.
    seed
        Seed or generator.
    rates
        Error to rate, 0 to 1; see `sensitivity`. Several strike in this order: ties are misassigned, missed and
        invented; then firms fall silent; then firms are missing. The number of firms is the rate times all firms, a
        fraction of a firm by chance: at .1, one of four firms is missing in four draws of ten. Of a two-mode network
        firms and agreements alike are missing.

    Raises
    ------
    OptionError
        If an error is unknown or a rate outside 0 to 1.
    NetworkError
        If ties of a two-mode network are to be invented or misassigned: they would tie firms to firms.

    Examples
    --------
    >>> net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Cy", "Di")])
    >>> with_errors(net, missing_firms=0.5, seed=1).n_firms
    2
    """
    _check_rates(rates)
    rng = np.random.default_rng(seed)
    _check_modes(network, rates)
    ties = [rates.get(name, 0.0) for name in ("missing_ties", "false_ties", "misassigned_ties")]
    made = disturbed(network, rng, *ties) if any(ties) else network
    n = made.n_firms
    if count := _part(rates.get("silent_firms", 0.0), n, rng):
        silent = np.zeros(n, dtype=bool)
        silent[rng.choice(n, count, replace=False)] = True
        source, target = made._codes  # noqa: SLF001  (ends as positions)
        unheard = silent[source] & (silent[target] | made.ties["directed"].to_numpy())
        made = made._pick(~unheard, f"silent({count} firms)")  # noqa: SLF001
    for name in ("missing_firms", "missing_fringe"):
        if count := _part(rates.get(name, 0.0), n, rng):
            chance = None
            if name == "missing_fringe":
                graph = made.simple("undirected")
                degree = np.bincount(np.concatenate([graph.source, graph.target]), minlength=made.n_firms)
                chance = 1.0 / (1.0 + degree)
                chance /= chance.sum()
            gone = rng.choice(made.n_firms, min(count, made.n_firms), replace=False, p=chance)
            made = made.without(made.firms.index[np.sort(gone)])
    return made


def _part(rate: float, n: int, rng: np.random.Generator) -> int:
    """Return a share of n as a whole number, a fraction by chance: of few firms a small share would else be none."""
    exact = round(rate * n, 9)
    return int(exact) + int(exact % 1 > 0 and rng.random() < exact % 1)


def _check_modes(network: Network, errors: Iterable[str]) -> None:
    odd = [name for name in errors if name in _ONE_MODE]
    if odd and network.is_two_mode:
        raise NetworkError(
            f"{listing(odd)} would tie firms to firms in a two-mode network; leave them out, or give "
            "network.project(mode)."
        )


def _check_rates(rates: Mapping[str, object]) -> None:
    for name, rate in rates.items():
        if name not in ERRORS:
            raise OptionError(f"{name!r} is no error; choose {listing(ERRORS, 10)}.{nearest(str(name), ERRORS)}")
        if isinstance(rate, bool) or not isinstance(rate, (int, float, np.number)) or not 0 <= rate <= 1:
            raise OptionError(f"{name} is {rate!r}; give a rate from 0 to 1.")


# ── the comparison of two rankings ──


def _membership(values: Floats, k: int) -> Floats:
    """Return how much each firm belongs to the k largest: 1, 0, or an equal share where ties fill the last places."""
    known = values[~np.isnan(values)]
    member = np.zeros(len(values))
    if k >= len(known):
        member[~np.isnan(values)] = 1.0
        return member
    cut = np.sort(known)[len(known) - k]
    level = np.isclose(values, cut, rtol=1e-9, atol=1e-12)
    above = (values > cut) & ~level
    member[above] = 1.0
    member[level] = (k - above.sum()) / level.sum()
    return member


def _ranks(values: Floats) -> Floats:
    """Return ranks, 1 the largest, ties at their best place; NaN stays NaN."""
    made = np.full(len(values), np.nan)
    order = np.flatnonzero(~np.isnan(values))
    order = order[np.argsort(-values[order], kind="stable")]
    if len(order):
        falls = ~np.isclose(values[order][1:], values[order][:-1], rtol=1e-9, atol=1e-12)
        made[order] = np.maximum.accumulate(np.append(0, np.where(falls, np.arange(1, len(order)), 0))) + 1
    return made


def _mean_ranks(values: Floats) -> Floats:
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Floats = (np.cumsum(count) - (count - 1) / 2)[place]
    return ranks


def _correlation(one: Floats, other: Floats, kind: str) -> float:
    both = ~(np.isnan(one) | np.isnan(other))
    one, other = one[both], other[both]
    if len(one) < 2 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan")
    if kind == "kendall":
        from scipy.stats import kendalltau

        return float(kendalltau(one, other).statistic)
    if kind == "spearman":
        one, other = _mean_ranks(one), _mean_ranks(other)
    return float(np.clip(np.corrcoef(one, other)[0, 1], -1.0, 1.0))


def _compared(base: Floats, drawn: Floats, k: int) -> tuple[dict[str, float], Floats]:
    """Return how alike two rankings of the firms present in both are, and who belongs to the second list."""
    left = np.where(np.isnan(drawn), np.nan, base)
    now = _membership(drawn, k)
    before = _membership(left, k)
    alike = {kind: _correlation(left, drawn, kind) for kind in ("spearman", "kendall")}
    size = before.sum()
    # A list of everybody is always complete: that says nothing.
    says = size > 0 and k < min((~np.isnan(left)).sum(), (~np.isnan(drawn)).sum())
    alike["overlap"] = float(np.minimum(before, now).sum() / size) if says else float("nan")
    alike["first"] = float(np.minimum(_membership(left, 1), _membership(drawn, 1)).sum()) if size else float("nan")
    return alike, now


# ── rules and linkage ──


class _DrawnLinkage:
    """The linkage with its undecided pairs settled at random, each as one firm with the probability of its score."""

    def __init__(self, linkage: Linkage, rng: np.random.Generator) -> None:
        links = linkage.links
        own = dict(zip(links["reference"], links["firm"], strict=True))
        head: dict[str, str] = {}

        def top(firm: str) -> str:
            while firm in head:
                firm = head[firm]
            return firm

        review = linkage.review
        moved: dict[str, str] = {}
        named = review[review["kind"] == "reference"]
        for reference, options in named.groupby("left", sort=True):
            chances = np.clip(options["score"].to_numpy(dtype=float), 0.0, 1.0)
            chances = chances / max(1.0, chances.sum())
            pick = rng.random()
            place = int(np.searchsorted(np.cumsum(chances), pick, side="right"))
            if place < len(options):
                moved[str(reference)] = linkage.registry[str(options["right"].iloc[place])]
        for kind, left, right, score in review[["kind", "left", "right", "score"]].itertuples(index=False):
            if kind == "reference" or rng.random() >= score:
                continue
            known: Mapping[str, str] = linkage.registry if kind == "registry" else own
            one, other = top(known[str(left)]), top(known[str(right)])
            if one != other:
                head[other] = one
        self._table = {reference: top(moved.get(str(reference), str(firm))) for reference, firm in own.items()}
        self._registry = {label: top(firm) for label, firm in linkage.registry.items()}
        self.settings = Settings({**linkage.settings.parameters, "review": "drawn at random"})
        firms = linkage.firms
        kept = ~firms.index.isin(list(head))
        # A name that has found its firm is no firm of its own any more.
        named_by = set(self._table.values())
        kept &= firms["registered"].to_numpy(dtype=bool) | firms.index.isin(list(named_by))
        self.firms = firms[kept]

    def resolve(self, values: pd.Series) -> pd.Series:
        """Return the firm ids of references, as `Linkage.resolve` does."""
        found = values.astype("str").str.strip().map({**self._table, **self._registry})
        return found.astype("str").rename(values.name)


def _usual_rules(records: Records, build: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the other rules that could have been taken with these records, by name."""
    rules: dict[str, dict[str, Any]] = {}
    if records.partnerships["reported_by"].notna().any():
        rules |= {f"reports: {rule}": {"reports": rule} for rule in ("union", "intersection", "sum")}
    if len(records.groups):
        for rule in ("clique", "clique_newman", "star", "none"):
            extra = {"no_lead": "clique"} if rule == "star" else {}
            rules[f"multiparty: {rule}"] = {"multiparty": rule, **extra}
    rules["minimum: 2"] = {"minimum": 2}
    if build.get("window") is not None:
        first, last = (pd.Timestamp(date) for date in build["window"])
        year = pd.Timedelta(365, "D")
        rules["window: a year longer"] = {"window": (first - year, last)}
        if first + year <= last:
            rules["window: a year shorter"] = {"window": (first + year, last)}
        rules |= {f"undated: {rule}": {"undated": rule} for rule in ("keep", "drop")}
        rules |= {f"open_end: {rule}": {"open_end": rule} for rule in ("open", "unknown")}
    defaults = {"reports": "union", "multiparty": "clique", "minimum": 1, "undated": "keep", "open_end": "open"}
    taken = {**defaults, **build}
    return {name: rule for name, rule in rules.items() if any(taken.get(key) != value for key, value in rule.items())}


# ── results ──


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Sensitivity(Result):
    """A measure under errors in the records, and under other rules of building.

    Attributes
    ----------
    measure
        Its name.
    observed
        The number, or a Series by firm.
    top
        Length of the list of firms; 0 for a number.
    table
        One row per scenario: ``rate`` (NaN for a rule), ``draws``, ``undefined`` (draws without a value), ``note`` (why
        a rule could not be applied). Of a number: ``mean``, ``low``, ``high``, ``change`` (mean less observed). Of a
        ranking, means over the draws: ``spearman`` and ``kendall`` with the observed values; ``overlap``, share of the
        list that stays; ``first``, share in which the first stays first; ``spearman_low``, ``overlap_low``, what all
        but the worst draws reach. Firms that are missing in a draw are left out of its comparison; overlap is NaN in a
        draw with no more firms than the list is long.
    firms
        Of a ranking, per scenario and firm: ``value`` and ``rank`` observed; ``listed``, whether among the top
        (ties share the last places); ``kept``, share of the draws with this firm, and with more firms than the list is
        long, in which it is among the top; ``rank_low``, ``rank_high``; ``present``, share of draws with the firm.
        Empty for a number.
    draws
        Long frame: scenario, draw, and the value or the agreement of that draw.
    settings
        Rates, rules, draws, level and seed.
    """

    measure: str
    observed: float | pd.Series
    top: int
    table: pd.DataFrame
    firms: pd.DataFrame
    draws: pd.DataFrame
    settings: Settings

    @property
    def survival(self) -> pd.DataFrame:
        """Does the list survive? Its firms in order, and per scenario the share of draws in which each stays on it."""
        if not isinstance(self.observed, pd.Series):
            return pd.DataFrame(index=pd.Index([], name="firm"))
        values = self.observed.to_numpy()
        about = pd.DataFrame({"value": values, "rank": _ranks(values)}, index=self.observed.index.rename("firm"))
        about = about[_membership(values, self.top) > 0].sort_values("rank", kind="stable")
        for name in self.table.index[self.table["draws"] > 0]:
            about[name] = self.firms.loc[name, "kept"]
        return about

    def to_frame(self) -> pd.DataFrame:
        """Return the table, one row per scenario."""
        return self.table.copy()

    def summary(self) -> str:
        """Return the worst case in one line."""
        if self.top:
            known = self.table.dropna(subset=["overlap"])
            if not len(known):
                return f"top {self.top} by {self.measure}: no scenario gave a ranking of more firms than that"
            worst = known["overlap"].idxmin()
            row = known.loc[worst]
            return (
                f"top {self.top} by {self.measure}: at worst {row['overlap']:.0%} of the list stays ({worst}), "
                f"Spearman {row['spearman']:.2f}; {len(known):,} scenarios"
            )
        known = self.table.dropna(subset=["mean"])
        if not len(known):
            return f"{self.measure} {self.observed:.3g}: no scenario gave a value"
        return (
            f"{self.measure} {self.observed:.3g}, from {known['low'].min():.3g} to {known['high'].max():.3g} over "
            f"{len(known):,} scenarios"
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Scenario:
    name: str
    rate: float
    draws: int
    make: Callable[[np.random.Generator], Network]


def _error_scenarios(base: Network, errors: Mapping[str, Rates], draws: int, *, joint: bool) -> Iterator[_Scenario]:
    lists = {name: [rate] if np.isscalar(rate) else list(rate) for name, rate in errors.items()}  # type: ignore[arg-type]
    for name, rates in lists.items():
        for rate in rates:
            _check_rates({name: rate})
    if joint:
        if any(len(rates) != 1 for rates in lists.values()):
            raise OptionError("joint=True takes one rate per error; give each a single number.")
        together = {name: float(rates[0]) for name, rates in lists.items()}  # type: ignore[arg-type]
        told = ", ".join(f"{name} {rate:g}" for name, rate in together.items())
        yield _Scenario(told, float("nan"), draws, lambda rng: with_errors(base, seed=rng, **together))
        return
    for name, rates in lists.items():
        for rate in rates:
            one = {name: float(rate)}  # type: ignore[arg-type]
            yield _Scenario(
                f"{name} {float(rate):g}",  # type: ignore[arg-type]
                float(rate),  # type: ignore[arg-type]
                draws,
                lambda rng, one=one: with_errors(base, seed=rng, **one),  # type: ignore[misc]
            )


def sensitivity(
    source: Network | Records,
    measure: Measure,
    *,
    errors: Mapping[str, Rates] | None = None,
    joint: bool = False,
    rules: Mapping[str, Mapping[str, Any]] | None = None,
    linkage: Linkage | None = None,
    build: Mapping[str, Any] | None = None,
    top: int = 10,
    draws: int = 200,
    level: float = 0.95,
    progress: Progress | None = None,
    seed: int | None = None,
) -> Sensitivity:
    """Recompute a measure under errors in the records and under other rules, and see what stays of it.

    ``sensitivity(network, "betweenness").survival`` answers whether the list of top brokers survives.

    Parameters
    ----------
    source
        A network, which is given errors; or records, which are built anew under other rules.
    measure
        Name of a listed measure, or a function of a network that returns a number or a Series by firm.
    errors
        Error to rate, or to several rates, each a scenario of its own. With a network all at 10 % when omitted (of a
        two-mode network but false and misassigned ties), with records none. *Missing firms*: ``"missing_firms"``, at
        random; ``"missing_fringe"``, the likelier the fewer partners (in proportion to 1/(1 + partners)), as when a
        boundary is drawn too tight. ``"silent_firms"``: they answer nothing, and stay as far as others name them
        (gone is every tie from them, and every undirected tie between two of them). *Ties*, as in `record_band`:
        ``"missing_ties"``, ``"false_ties"`` (as a share of the recorded), ``"misassigned_ties"``, one end put to a
        wrong firm.
    joint
        All errors at once, as one scenario.
    rules
        With records: name to arguments of `build_network` that replace those in `build`. When omitted the other
        choices that matter for these records: reports, multi-party agreements, a minimum of two agreements; with a
        window also a year more or less, undated records and open ends.
    linkage
        With records: what `link_firms` returned. Adds the scenario ``linkage``, in which every pair left for review
        is one firm with the probability of its score, drawn anew each time.
    build
        With records: arguments of `build_network` for the observed network.
    top
        Length of the list of firms, largest values first; it tells something if there are more firms than that.
    draws
        Draws per scenario. A rule needs but one.
    level
        Share of the draws between low and high.
    progress
        Called as ``progress(scenarios done, scenarios)``.
    seed
        A fresh one is drawn and stored when omitted.

    Returns
    -------
    Sensitivity
        ``.table`` by scenario, ``.survival`` of the list, ``.firms``, ``.draws``.

    Raises
    ------
    OptionError
        If an error, rate, rule or option is outside its set.
    NetworkError
        If ties of a two-mode network are to be invented or misassigned.

    References
    ----------
    borgatticarley2006, costenbader2003

    Examples
    --------
    >>> net = Network.from_edges([("Hub", name) for name in ("Ada", "Bo", "Cy", "Di")])
    >>> sensitivity(net, "degree", errors={"missing_ties": 0.1}, top=1, draws=50, seed=1).table["first"].tolist()
    [1.0]
    """
    n_draws, k = check_whole("draws", draws), check_whole("top", top)
    share_between("level", level)
    asked_of = _Asked(measure)
    scenarios: list[_Scenario] = []
    notes: dict[str, str] = {}
    asked: dict[str, Rates]
    if isinstance(source, Network):
        if rules is not None or linkage is not None or build is not None:
            raise OptionError(
                "rules, linkage and build need the records; give what read_records returned, not a network."
            )
        base = source
        usual = [name for name in ERRORS if not (source.is_two_mode and name in _ONE_MODE)]
        asked = dict.fromkeys(usual, 0.1) if errors is None else dict(errors)
        _check_modes(source, asked)
        chosen: dict[str, dict[str, Any]] = {}
    elif isinstance(source, Records):
        options = dict(build or {})
        base = build_network(source, linkage=linkage, **options)
        asked = dict(errors or {})
        chosen = (
            _usual_rules(source, options) if rules is None else {str(key): dict(rule) for key, rule in rules.items()}
        )
        for label, rule in chosen.items():
            try:
                made = build_network(source, linkage=linkage, **{**options, **rule})
            except ClusternetError as error:
                notes[label] = str(error)
                continue
            scenarios.append(_Scenario(label, float("nan"), 1, lambda _, made=made: made))  # type: ignore[misc]
        if linkage is not None and len(linkage.review):
            undecided = linkage
            scenarios.append(
                _Scenario(
                    "linkage",
                    float("nan"),
                    n_draws,
                    lambda rng: build_network(source, linkage=_DrawnLinkage(undecided, rng), **options),
                )
            )
    else:
        raise OptionError(f"source is a {type(source).__name__}; give a Network, or what read_records returned.")
    scenarios += _error_scenarios(base, asked, n_draws, joint=joint) if asked else []
    used = resolve_seed(seed)
    observed = asked_of(base)
    parameters = {
        "measure": asked_of.name,
        "errors": {error: np.atleast_1d(rate).tolist() for error, rate in asked.items()},
        "joint": joint,
        "rules": {label: {key: str(value) for key, value in rule.items()} for label, rule in chosen.items()},
        "linkage_pairs": 0 if linkage is None else len(linkage.review),
        "draws": n_draws,
        "top": k,
        "level": level,
    }
    study = _Study(asked_of, observed, top=k, level=level)
    for place, (scenario, child) in enumerate(
        zip(scenarios, np.random.SeedSequence(used).spawn(len(scenarios)), strict=True), 1
    ):
        study.run(scenario, child)
        if progress is not None:
            progress(place, len(scenarios))
    for label, why in notes.items():
        study.refused(label, why)
    return study.result(Settings(parameters, used))


class _Study:
    """Collects scenarios of one measure."""

    def __init__(self, asked: _Asked, observed: float | pd.Series, *, top: int, level: float) -> None:
        self.asked, self.observed, self.level = asked, observed, level
        self.ranked = isinstance(observed, pd.Series)
        self.top = min(top, len(observed)) if isinstance(observed, pd.Series) else 0
        self.rows: dict[str, dict[str, Any]] = {}
        self.draws: list[pd.DataFrame] = []
        self.firms: list[pd.DataFrame] = []

    def run(self, scenario: _Scenario, seeds: np.random.SeedSequence) -> None:
        values: list[float] = []
        alike: list[dict[str, float]] = []
        member: list[Floats] = []
        present: list[NDArray[np.bool_]] = []
        places: list[Floats] = []
        undefined = 0
        for child in seeds.spawn(scenario.draws):
            try:
                value = self.asked(scenario.make(np.random.default_rng(child)))
            except ClusternetError:  # undefined for this draw, such as an empty network
                value = float("nan")
            if isinstance(self.observed, pd.Series):
                ids = self.observed.index
                drawn = value.reindex(ids).to_numpy() if isinstance(value, pd.Series) else np.full(len(ids), np.nan)
                undefined += bool(np.isnan(drawn).all())
                found, now = _compared(self.observed.to_numpy(), drawn, self.top)
                alike.append(found)
                present.append(~np.isnan(drawn))
                member.append(np.where(present[-1] & (self.top < present[-1].sum()), now, np.nan))
                places.append(_ranks(drawn))
            else:
                number = float("nan") if isinstance(value, pd.Series) else value
                undefined += bool(np.isnan(number))
                values.append(number)
        row: dict[str, Any] = {"rate": scenario.rate, "draws": scenario.draws, "undefined": undefined, "note": ""}
        if self.ranked:
            frame = pd.DataFrame(alike, columns=list(_RANKED))
            row |= frame.mean().to_dict()
            row |= {f"{kind}_low": _quantile(frame[kind], 1 - self.level) for kind in ("spearman", "overlap")}
            self.firms.append(self._firms(scenario.name, np.array(member), np.array(places), np.array(present)))
        else:
            frame = pd.DataFrame({"value": values})
            tail = (1 - self.level) / 2
            mean = float(frame["value"].mean())
            row |= {
                "mean": mean,
                "low": _quantile(frame["value"], tail),
                "high": _quantile(frame["value"], 1 - tail),
                "change": mean - float(self.observed),
            }
        frame.insert(0, "draw", np.arange(len(frame)))
        frame.insert(0, "scenario", scenario.name)
        self.draws.append(frame)
        self.rows[scenario.name] = row

    def refused(self, label: str, why: str) -> None:
        self.rows[label] = {"rate": float("nan"), "draws": 0, "undefined": 0, "note": why}

    def _firms(self, label: str, member: Floats, places: Floats, present: NDArray[np.bool_]) -> pd.DataFrame:
        if not isinstance(self.observed, pd.Series):
            raise TypeError("only a ranking has firms")
        values = self.observed.to_numpy()
        count = present.sum(axis=0)
        tail = (1 - self.level) / 2
        gone = count == 0
        safe = np.where(gone[None, :], 0.0, places)  # quantiles of nothing would warn
        low, high = np.nanquantile(safe, [tail, 1 - tail], axis=0)
        with np.errstate(invalid="ignore"):
            kept = np.nansum(member, axis=0) / (~np.isnan(member)).sum(axis=0)
        ids = pd.MultiIndex.from_product([[label], self.observed.index], names=["scenario", "firm"])
        return pd.DataFrame(
            {
                "value": values,
                "rank": _ranks(values),
                "listed": _membership(values, self.top),
                "kept": kept,
                "rank_low": np.where(gone, np.nan, low),
                "rank_high": np.where(gone, np.nan, high),
                "present": present.mean(axis=0),
            },
            index=ids,
        )

    def result(self, settings: Settings) -> Sensitivity:
        of = (*_RANKED, "spearman_low", "overlap_low") if self.ranked else ("mean", "low", "high", "change")
        columns = ["rate", "draws", "undefined", *of, "note"]
        table = pd.DataFrame.from_dict(self.rows, orient="index").reindex(columns=columns)
        table.index.name = "scenario"
        return Sensitivity(
            measure=self.asked.name,
            observed=self.observed,
            top=self.top,
            table=table,
            firms=pd.concat(self.firms) if self.firms else pd.DataFrame(),
            draws=pd.concat(self.draws, ignore_index=True) if self.draws else pd.DataFrame(),
            settings=settings,
        )


def _quantile(values: pd.Series, share: float) -> float:
    known = values.dropna()
    return float(known.quantile(share)) if len(known) else float("nan")


# ── how much may be missing ──


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class CaseStability(Result):
    """How a ranking holds when ever more firms or ties are left out.

    Attributes
    ----------
    coefficient
        The CS-coefficient: the largest share that may be dropped so that, in at least `level` of the draws, the
        correlation with the full ranking is at least `minimum`. 0 if not even the smallest share. Below .25 a
        ranking should not be read, above .5 it is stable (epskamp2018).
    curve
        Per share dropped: ``mean``, ``low``, ``median``, ``high`` of the correlation, ``reached`` (share of draws that
        reach the minimum; an undefined correlation does not), ``undefined``.
    settings
        What was dropped, correlation, minimum, level, draws and seed.
    """

    coefficient: float
    curve: pd.DataFrame
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return the curve."""
        return self.curve.copy()

    def summary(self) -> str:
        """Return the coefficient in one line."""
        about = self.settings.parameters
        return (
            f"{about['measure']}: CS-coefficient {self.coefficient:.2f} ({about['drop']} dropped, "
            f"{about['correlation']} >= {about['minimum']:g} in {about['level']:.0%} of draws)"
        )


def case_stability(
    network: Network,
    measure: Measure,
    *,
    drop: Literal["firms", "ties"] = "firms",
    correlation: Literal["pearson", "spearman", "kendall"] = "spearman",
    shares: Sequence[float] | None = None,
    minimum: float = 0.7,
    level: float = 0.95,
    draws: int = 200,
    seed: int | None = None,
) -> CaseStability:
    """Return the CS-coefficient of a firm measure: what share of the firms or ties may be missing.

    Parameters
    ----------
    network
        The network as recorded.
    measure
        Name of a listed measure, or a function of a network that returns a Series by firm.
    drop
        Whether firms, with their ties, or ties are left out at random, a share of them that is exact but for a fraction
        of a firm or tie, which falls by chance.
    correlation
        Of the measure in the rest with the measure in the whole, over the firms that are left.
    shares
        Shares dropped; .05, .10, ..., .75 when omitted.
    minimum
        What the correlation must reach.
    level
        In what share of the draws.
    draws
        Draws per share.
    seed
        A fresh one is drawn and stored when omitted.

    Returns
    -------
    CaseStability
        ``.coefficient`` and ``.curve``. It is the last share before the first failure, so that a lucky large share
        does not count.

    Raises
    ------
    OptionError
        If an option is outside its set or range, or the measure returns no Series.

    References
    ----------
    epskamp2018, costenbader2003

    Examples
    --------
    >>> net = Network.from_edges([("Hub", f"F{i}") for i in range(30)])
    >>> case_stability(net, "degree", drop="ties", correlation="pearson", draws=50, seed=1).coefficient
    0.75
    """
    choose("drop", drop, ("firms", "ties"))
    choose("correlation", correlation, ("pearson", "spearman", "kendall"))
    share_between("level", level)
    n_draws = check_whole("draws", draws)
    if isinstance(minimum, bool) or not -1 <= minimum <= 1:
        raise OptionError(f"minimum is {minimum!r}; give a correlation from -1 to 1.")
    tested = sorted(set(np.round(np.arange(0.05, 0.76, 0.05), 2).tolist() if shares is None else map(float, shares)))
    if not tested or tested[0] <= 0 or tested[-1] >= 1:
        raise OptionError(f"shares are {listing(tested)}; give shares between 0 and 1, both left out.")
    asked_of = _Asked(measure)
    observed = asked_of(network)
    if not isinstance(observed, pd.Series):
        raise OptionError(
            f"{asked_of.name} returns a number; the CS-coefficient is of a firm measure. Take sensitivity."
        )
    used = resolve_seed(seed)
    full = observed.to_numpy()

    def agreement(share: float, rng: np.random.Generator) -> float:
        if drop == "firms":
            rest = with_errors(network, seed=rng, missing_firms=share)
        else:
            keep = np.ones(network.n_ties, dtype=bool)
            keep[rng.choice(network.n_ties, _part(share, network.n_ties, rng), replace=False)] = False
            rest = network._pick(keep, f"drop({share:g} of ties)")  # noqa: SLF001
        try:
            value = asked_of(rest)
        except ClusternetError:  # undefined for what is left
            return float("nan")
        if not isinstance(value, pd.Series):
            return float("nan")
        return _correlation(full, value.reindex(observed.index).to_numpy(), correlation)

    rows = []
    for share, child in zip(tested, np.random.SeedSequence(used).spawn(len(tested)), strict=True):
        generators = [np.random.default_rng(one) for one in child.spawn(n_draws)]
        found = np.array([agreement(share, rng) for rng in generators])
        known = pd.Series(found).dropna()
        tail = (1 - level) / 2
        quantiles = known.quantile([tail, 0.5, 1 - tail]).tolist() if len(known) else [float("nan")] * 3
        reached = float((np.nan_to_num(found, nan=-2.0) >= minimum - 1e-12).mean())
        mean = float(known.mean()) if len(known) else float("nan")
        rows.append((mean, *quantiles, reached, int(np.isnan(found).sum())))
    curve = pd.DataFrame(
        rows,
        columns=["mean", "low", "median", "high", "reached", "undefined"],
        index=pd.Index(tested, name="dropped"),
    )
    passed = (curve["reached"] >= level - 1e-12).to_numpy()
    first_failure = len(passed) if passed.all() else int(np.argmin(passed))
    parameters = {
        "measure": asked_of.name,
        "drop": drop,
        "correlation": correlation,
        "minimum": minimum,
        "level": level,
        "draws": n_draws,
    }
    return CaseStability(
        coefficient=tested[first_failure - 1] if first_failure else 0.0,
        curve=curve,
        settings=Settings(parameters, used),
    )
