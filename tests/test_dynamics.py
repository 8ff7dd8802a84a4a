"""Dynamics: hand calculations, outside engines for survival and hazard, and a bootstrap checked draw by draw."""

from __future__ import annotations

import math
import time
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.optimize import linear_sum_assignment
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from clusternet import Network, cohesion, dynamics
from clusternet.dynamics._indicators import _Resampler
from clusternet.dynamics._survival import _log_rank
from clusternet.errors import NetworkError, OptionError
from reference import ties

NAN = math.nan


def dated(rows: str, **columns: Any) -> Network:
    """A-B 2020-01-01 2020-12-31 per line; "-" is a missing date."""
    table = [row.split() for row in rows.strip().splitlines()]
    frame = pd.DataFrame(
        {
            "source": [row[0].split("-")[0] for row in table],
            "target": [row[0].split("-")[1] for row in table],
            "start": [None if row[1] == "-" else row[1] for row in table],
            "end": [None if row[2] == "-" else row[2] for row in table],
        }
    )
    return Network.from_edges(frame.assign(**columns), firms=[*"ABCDE"])


def small() -> Network:
    """Waves 2020: AB, BC; 2021: AB, AC, CD; 2022: AC, CD, AD. E is an isolate throughout."""
    return dated(
        """
        A-B 2020-01-01 2021-06-30
        B-C 2020-03-01 2020-12-31
        A-C 2021-02-01 -
        C-D 2021-03-01 -
        A-D 2022-05-01 -
        """
    )


def waves() -> dynamics.Snapshots:
    return dynamics.snapshots(small(), last="2022-12-31")


# ── snapshots ──


def test_snapshots_cut_time_into_years() -> None:
    found = waves()
    assert list(found) == ["2020", "2021", "2022"]
    assert found.table["n_ties"].tolist() == [2, 3, 3]
    assert found.table["complete"].all()
    assert found.table.loc["2021", ["first", "last"]].tolist() == [
        pd.Timestamp("2021-01-01"),
        pd.Timestamp("2021-12-31"),
    ]
    assert all(len(net) == 5 for net in found.values())
    assert len(found) == 3
    assert "2020 to 2022" in repr(found)


def test_a_period_cut_short_is_said_to_be() -> None:
    found = dynamics.snapshots(small())  # the last start is 2022-05-01
    assert found.table["complete"].tolist() == [True, True, False]
    assert found.table.loc["2022", "last"] == pd.Timestamp("2022-05-01")
    assert "1 cut short" in repr(found)


def test_rolling_windows_and_the_day_that_counts() -> None:
    rolling = dynamics.snapshots(small(), window=2, last="2022-12-31")
    assert rolling.table["n_ties"].to_dict() == {"2021": 4, "2022": 4}
    at_end = dynamics.snapshots(small(), alive="at_end", last="2022-12-31")
    assert at_end.table["n_ties"].tolist() == [2, 2, 3]  # AB ended in June 2021
    quarters = dynamics.snapshots(small(), every="quarter", last="2021-03-31")
    assert list(quarters) == ["2020Q1", "2020Q2", "2020Q3", "2020Q4", "2021Q1"]
    assert quarters.table["n_ties"].tolist() == [2, 2, 2, 2, 3]
    assert list(dynamics.snapshots(small(), every="month", first="2020-11-05", last="2021-01-31")) == [
        "2020-11",
        "2020-12",
        "2021-01",
    ]


def test_a_first_period_cut_short_by_the_user_is_said_to_be() -> None:
    found = dynamics.snapshots(small(), first="2021-01-15", last="2022-12-31")
    assert found.table["complete"].tolist() == [False, True]
    assert found.table.loc["2021", "first"] == pd.Timestamp("2021-01-15")
    rolling = dynamics.snapshots(small(), first="2020-06-01", last="2022-12-31", window=2)
    assert rolling.table["complete"].tolist() == [False, True]
    asked: list[Any] = []

    def build(first: pd.Timestamp, last: pd.Timestamp) -> Network:
        asked.append(str(first.date()))
        return small().window(first, last)

    dynamics.snapshots(build, first="2020-06-01", last="2021-12-31")
    assert asked == ["2020-06-01", "2021-01-01"]  # nothing before observation starts


def test_a_year_as_a_number_is_no_date() -> None:
    for call in (
        lambda: dynamics.snapshots(small(), first=2020),
        lambda: dynamics.tie_spells(small(), until=2021),
        lambda: dynamics.tie_survival(small(), since=2020.0),
    ):
        with pytest.raises(OptionError, match="A year is text"):
            call()
    with pytest.raises(OptionError, match="give a Network"):
        dynamics.snapshots([1], first="2020", last="2021")
    with pytest.raises(OptionError, match="return a Network"):
        dynamics.snapshots(lambda first, last: None, first="2020", last="2021")


def test_undated_ties_are_dropped_and_counted() -> None:
    net = dated("A-B 2020-01-01 2020-12-31\nB-C - -\nC-D - 2020-06-30\nD-E 2021-06-01 -")
    dropped = dynamics.snapshots(net, last="2021-12-31")
    assert dropped.table["n_ties"].tolist() == [2, 1]
    assert dropped.settings.parameters["undated_ties_dropped"] == 1
    assert dynamics.snapshots(net, last="2021-12-31", undated="keep").table["n_ties"].tolist() == [3, 2]


def test_snapshots_of_a_function_ask_it_for_every_period() -> None:
    asked: list[Any] = []

    def build(first: pd.Timestamp, last: pd.Timestamp) -> Network:
        asked.append((str(first.date()), str(last.date())))
        return small().window(first, last)

    found = dynamics.snapshots(build, first="2020-01-01", last="2021-12-31")
    assert asked == [("2020-01-01", "2020-12-31"), ("2021-01-01", "2021-12-31")]
    assert found.table["n_ties"].tolist() == [2, 3]
    with pytest.raises(OptionError, match="first and last"):
        dynamics.snapshots(build, first="2020-01-01")


def test_snapshots_refuse_what_makes_no_sense() -> None:
    for wrong in (
        {"every": "week"},
        {"window": 0},
        {"alive": "x"},
        {"undated": "x"},
        {"first": "2023-01-01"},
        {"last": "?"},
    ):
        with pytest.raises(OptionError):
            dynamics.snapshots(small(), **wrong)
    with pytest.raises(NetworkError, match="no tie of this network has a start"):
        dynamics.snapshots(ties("A-B"))
    with pytest.raises(OptionError, match="dictionary from label"):
        dynamics.persistence(small())


# ── persistence, turnover, decay ──


def test_persistence_by_hand() -> None:
    table = dynamics.persistence(waves()).set_index("wave")
    # 2020 AB BC, 2021 AB AC CD: one kept, one ended, two new.
    counts = table.loc["2021", ["before", "after", "kept", "ended", "new"]].tolist()
    assert counts == [2, 3, 1, 1, 2]
    shares = table.loc["2021", ["jaccard", "retention", "exit", "entry", "churn"]].tolist()
    assert shares == pytest.approx([1 / 4, 1 / 2, 1 / 2, 2 / 3, 3 / 5])
    # 2021 AB AC CD, 2022 AC CD AD.
    assert table.loc["2022", ["jaccard", "retention", "entry", "churn"]].tolist() == pytest.approx(
        [1 / 2, 2 / 3, 1 / 3, 1 / 3]
    )
    assert table[["one_way", "repaid", "repayment"]].isna().all(axis=None)


def test_repayment_by_hand() -> None:
    first = ties("A-B B-A A-C C-D", directed=True, firms="A B C D")
    second = ties("A-B C-A D-C C-D B-D", directed=True, firms="A B C D")
    row = dynamics.persistence({1: first, 2: second}).iloc[0]
    # AC and CD were one-way; now CA and DC are there.
    assert row[["one_way", "repaid", "repayment"]].tolist() == [2, 2, 1.0]
    # Arcs AB BA AC CD, then AB CA DC CD BD.
    assert row[["before", "after", "kept", "jaccard"]].tolist() == [4, 5, 2, 2 / 7]


def test_mixed_waves_count_undirected_ties_as_two_arcs() -> None:
    first, second = ties("A-B B-C", firms="A B C"), ties("A-B", directed=True, firms="A B C")
    row = dynamics.persistence({1: first, 2: second}).iloc[0]
    assert row[["before", "after", "kept", "one_way"]].tolist() == [4, 1, 1, 0]


def test_persistence_by_layer_and_with_firms_that_come_and_go() -> None:
    one = Network.from_edges(pd.DataFrame({"source": [*"AA"], "target": [*"BC"], "layer": ["supply", "guild"]}))
    two = Network.from_edges(pd.DataFrame({"source": [*"DB"], "target": [*"AA"], "layer": ["supply", "supply"]}))
    table = dynamics.persistence({1: one, 2: two}, by="layer").set_index("layer")
    assert table.loc["supply", ["before", "after", "kept"]].tolist() == [1, 2, 1]
    assert table.loc["guild", ["before", "after", "kept"]].tolist() == [1, 0, 0]
    assert dynamics.persistence({1: one, 2: two})["jaccard"].tolist() == [1 / 3]
    with pytest.raises(OptionError, match="by"):
        dynamics.persistence({1: one}, by="x")
    assert dynamics.persistence({1: one}).empty
    assert dynamics.persistence({}, by="layer").empty


def test_firm_turnover_by_hand() -> None:
    table = dynamics.firm_turnover(waves()).set_index(["wave", "firm"])
    assert table.loc[("2021", "A")].tolist() == [1, 0, 1, 0.5]  # B, then B and C
    assert table.loc[("2021", "B")].tolist() == [1, 1, 0, 0.5]
    assert table.loc[("2021", "C")].tolist() == [0, 1, 2, 1.0]  # B, then A and D
    assert math.isnan(table.loc[("2021", "E"), "turnover"])
    pairs = dynamics.persistence(waves()).set_index("wave")
    for column, count in (("kept", "kept"), ("lost", "ended"), ("gained", "new")):
        assert (table[column].groupby("wave").sum() == 2 * pairs[count]).all()
    assert dynamics.firm_turnover({"2020": small()}).empty


def test_tie_decay_by_hand() -> None:
    table = dynamics.tie_decay(waves()).set_index("lag")
    assert table.loc[1].tolist() == pytest.approx([5, 3, 0.6, -math.log(0.6)])  # 2 + 3 ties, 1 + 2 kept
    assert table.loc[2, ["ties", "kept", "share"]].tolist() == [2, 0, 0]  # AB and BC are gone in 2022
    assert math.isnan(table.loc[2, "rate"])


# ── survival ──


def spells(n: int = 150, seed: int = 4) -> Network:
    """Ties with known starts and exponential lives; about a third still open on 2020-12-31."""
    rng = np.random.default_rng(seed)
    start = pd.Timestamp("2010-01-01") + pd.to_timedelta(rng.integers(0, 3650, n), unit="D")
    formal = rng.random(n) < 0.5
    life = pd.to_timedelta(np.round(rng.exponential(np.where(formal, 2500, 900))), unit="D")
    end = pd.Series(start + life).where(lambda date: date <= pd.Timestamp("2020-12-31"))
    frame = pd.DataFrame(
        {
            "source": rng.integers(0, 60, n),
            "target": rng.integers(60, 99, n),
            "start": start,
            "end": end,
            "formal": formal,
        }
    )
    return Network(range(99), frame)


UNTIL = "2020-12-31"


def test_tie_spells_by_hand() -> None:
    net = dated(
        """
        A-B 2020-01-01 2020-12-31
        B-C 2020-01-01 2023-06-30
        C-D 2021-01-01 -
        D-E - 2020-05-01
        A-E 2022-01-01 -
        A-C 2018-01-01 2019-06-30
        """
    )
    table = dynamics.tie_spells(net, until="2021-12-31")
    assert table.index.tolist() == [0, 1, 2, 5]  # no start; starts later
    assert (table["time"] * 365.25).round(9).tolist() == [366, 731, 365, 546]
    assert table["ended"].tolist() == [True, False, False, True]  # the planned end of BC was not seen
    assert (table["entry"] == 0).all()
    late = dynamics.tie_spells(net, since="2020-07-01", until="2021-12-31")
    assert late.index.tolist() == [0, 1, 2]  # AC was over before anybody looked
    assert (late["entry"] * 365.25).round(9).tolist() == [182, 182, 0]
    with pytest.raises(OptionError, match="before it begins"):
        dynamics.tie_spells(net, since="2022-01-01", until="2021-12-31")


@pytest.mark.reference
@pytest.mark.parametrize("since", [None, "2014-06-01"])
def test_kaplan_meier_equals_statsmodels(since: str | None) -> None:
    net = spells()
    table = dynamics.tie_spells(net, since=since, until=UNTIL)
    found = dynamics.tie_survival(net, since=since, until=UNTIL)
    entry = None if since is None else table["entry"].to_numpy()
    other = SurvfuncRight(table["time"].to_numpy(), table["ended"].to_numpy().astype(int), entry=entry)
    assert 0 < table["ended"].mean() < 1
    assert (since is None) == bool((table["entry"] == 0).all())
    curve = found.curve
    assert curve["time"].to_numpy() == pytest.approx(other.surv_times)
    assert curve["at_risk"].to_numpy() == pytest.approx(other.n_risk)
    assert curve["ended"].to_numpy() == pytest.approx(other.n_events)
    assert curve["survival"].to_numpy() == pytest.approx(other.surv_prob, abs=1e-12)
    alive = curve["survival"].to_numpy() > 0
    assert curve["se"].to_numpy()[alive] == pytest.approx(other.surv_prob_se[alive], abs=1e-12)
    assert found.groups.loc["all", "median"] == pytest.approx(other.quantile(0.5))


@pytest.mark.reference
def test_kaplan_meier_of_the_leukemia_patients() -> None:
    """Freireich et al. (1963), 6-MP arm: weeks, + censored; estimates as printed in textbooks on survival analysis."""
    weeks = [
        "6",
        "6",
        "6",
        "6+",
        "7",
        "9+",
        "10",
        "10+",
        "11+",
        "13",
        "16",
        "17+",
        "19+",
        "20+",
        "22",
        "23",
        "25+",
        "32+",
        "32+",
        "34+",
        "35+",
    ]
    time = np.array([int(week.strip("+")) for week in weeks])
    ended = np.array([not week.endswith("+") for week in weeks])
    frame = pd.DataFrame({"time": time, "entry": 0.0, "ended": ended})
    from clusternet.dynamics._survival import _kaplan_meier

    curve = _kaplan_meier(frame, 1.96).set_index("time")
    assert curve["at_risk"].tolist() == [21, 17, 15, 12, 11, 7, 6]
    printed = [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    assert curve["survival"].tolist() == pytest.approx(printed, abs=5e-4)
    assert curve["se"].tolist() == pytest.approx([0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346], abs=5e-5)
    # log-log interval at 6 weeks: R survfit(conf.type = "log-log") gives .620 to .952
    assert curve.loc[6, ["low", "high"]].tolist() == pytest.approx([0.620, 0.952], abs=5e-4)


def test_survival_by_group_and_log_rank() -> None:
    net = spells()
    found = dynamics.tie_survival(net, by="formal", until=UNTIL)
    table = dynamics.tie_spells(net, until=UNTIL)
    _, p = survdiff(table["time"].to_numpy(), table["ended"].to_numpy().astype(int), table["formal"].to_numpy())
    assert found.p == pytest.approx(p)
    assert found.p < 0.01
    assert found.groups.loc["False", "median"] < found.groups.loc["True", "median"]
    assert found.groups["ties"].sum() == len(table)
    assert found.groups["ended"].sum() + found.groups["censored"].sum() == len(table)
    assert set(found.curve["group"]) == {"False", "True"}
    assert "log-rank p" in repr(found)
    with pytest.raises(OptionError, match="no such column"):
        dynamics.tie_survival(net, by="colour")


@pytest.mark.reference
@pytest.mark.parametrize("late", [False, True])
def test_log_rank_of_three_groups_equals_statsmodels(*, late: bool) -> None:
    rng = np.random.default_rng(5)
    for _ in range(10):
        group, time = rng.integers(0, 3, 60), np.round(rng.exponential(3, 60), 1) + 0.1
        entry = np.round(time * rng.random(60) * 0.9, 2) if late else np.zeros(60)
        table = pd.DataFrame({"time": time, "entry": entry, "ended": rng.random(60) < 0.7})
        _, p = survdiff(time, table["ended"].to_numpy().astype(int), group, entry=entry if late else None)
        parts = [(str(code), table[group == code]) for code in range(3)]
        assert _log_rank(parts) == pytest.approx(p, abs=1e-9)


def test_log_rank_of_groups_never_at_risk_together_is_missing() -> None:
    net = dated("A-B 2020-01-01 2020-06-30\nB-C 2020-01-01 2020-06-30\nC-D 2020-12-01 -", kind=[*"xxy"])
    found = dynamics.tie_survival(net, by="kind", until="2020-12-31")
    assert math.isnan(found.p)
    assert found.groups["ties"].tolist() == [2, 1]


def test_the_median_is_not_missed_by_a_hair() -> None:
    # 24 ties end week by week: after the twelfth, 23/24 x 22/23 x ... is .5000000000000001.
    ends = pd.date_range("2020-02-01", periods=24, freq="7D")
    net = Network(
        range(48), pd.DataFrame({"source": range(24), "target": range(24, 48), "start": "2020-01-01", "end": ends})
    )
    found = dynamics.tie_survival(net, until="2022-01-01")
    assert found.groups.loc["all", "median"] == pytest.approx(
        ((ends[11] - pd.Timestamp("2020-01-01")).days + 1) / 365.25
    )


def test_ties_without_a_group_are_counted() -> None:
    net = dated("A-B 2020-01-01 2020-06-30\nB-C 2020-01-01 -\nC-D 2020-02-01 -", kind=["x", None, None])
    found = dynamics.tie_survival(net, by="kind", until="2020-12-31")
    assert found.settings.parameters["without_group"] == 2
    nobody = dynamics.tie_survival(net.layer("supply"), by="kind", until="2020-12-31")
    assert list(nobody.curve) == list(found.curve)
    blank = dynamics.tie_survival(dated("A-B 2020-01-01 2020-06-30", kind=[None]), by="kind", until="2020-12-31")
    assert blank.curve.empty


def test_survival_counts_what_it_leaves_out() -> None:
    net = dated("A-B 2020-01-01 2020-12-31\nB-C - -\nC-D 2022-01-01 -")
    found = dynamics.tie_survival(net, until="2021-06-30")
    assert found.settings.parameters["without_start"] == 1
    assert found.settings.parameters["outside_observation"] == 1
    assert found.curve["survival"].tolist() == [0.0]
    assert math.isnan(found.curve["low"][0])
    open_ended = dynamics.tie_survival(dated("A-B 2020-01-01 -"), until="2021-06-30")
    assert open_ended.curve.empty
    assert "not reached" in repr(open_ended)


# ── hazard by age ──


def person_periods(table: pd.DataFrame) -> pd.DataFrame:
    """The expansion written out as a loop, in days: a period counts if all of it, but for a day, was observed."""
    rows = []
    for row in table.itertuples():
        seen = (pd.Timestamp(UNTIL) - row.start).days + 1
        for age in range(100):
            opens, closes = age * 365.25, (age + 1) * 365.25
            before = row.entry * 365.25 > opens + 1 + 1e-6
            over = row.ended and age > 0 and row.time * 365.25 <= opens + 1 + 1e-6
            if before or over or seen < closes - 1 - 1e-6:
                continue
            rows.append((age, row.ended and row.time * 365.25 <= closes + 1 + 1e-6, float(row.formal)))
    return pd.DataFrame(rows, columns=["age", "ended", "formal"])


@pytest.mark.reference
@pytest.mark.parametrize("since", [None, "2014-06-01"])
@pytest.mark.parametrize(("age", "covariates"), [("linear", ()), ("log", ()), ("linear", ("formal",))])
def test_tie_hazard_equals_a_logit_on_single_rows(age: str, covariates: tuple[str, ...], since: str | None) -> None:
    net = spells()
    found = dynamics.tie_hazard(net, age=age, covariates=covariates, since=since, until=UNTIL)
    rows = person_periods(dynamics.tie_spells(net, since=since, until=UNTIL))
    by_age = rows.groupby("age")["ended"].agg(["size", "sum"])
    assert found.table["at_risk"].tolist() == by_age["size"].tolist()
    assert found.table["ended"].tolist() == by_age["sum"].tolist()
    design = pd.DataFrame({"intercept": 1.0, "age": rows["age"] if age == "linear" else np.log1p(rows["age"])})
    for name in covariates:
        design[name] = rows[name]
    logit = sm.Logit(rows["ended"].astype(float), design.astype(float)).fit(disp=0, method="newton", tol=1e-12)
    assert found.coefficients["estimate"].tolist() == pytest.approx(logit.params.tolist(), abs=1e-7)
    assert found.coefficients["se"].tolist() == pytest.approx(logit.bse.tolist(), abs=1e-6)
    assert found.coefficients["p"].tolist() == pytest.approx(logit.pvalues.tolist(), abs=1e-6)
    assert found.coefficients["odds_ratio"].tolist() == pytest.approx(np.exp(logit.params).tolist(), abs=1e-6)
    if not covariates:
        mean = (found.table["fitted"] * found.table["at_risk"]).sum()
        assert mean == pytest.approx(found.table["ended"].sum())  # the score equation of the intercept
    assert found.coefficients.index[1] == ("age" if age == "linear" else "log_age")


def test_tie_hazard_by_hand() -> None:
    net = dated(
        """
        A-B 2020-01-01 2020-06-30
        B-C 2020-01-01 2020-06-30
        C-D 2020-01-01 2021-06-30
        D-E 2020-01-01 -
        A-E 2020-01-01 -
        A-C 2022-07-01 -
        """
    )
    found = dynamics.tie_hazard(net, until="2023-01-01").table.set_index("age")
    # AC is half a year old when observation ends: it has not completed a period, and does not count.
    assert found[["at_risk", "ended"]].values.tolist() == [[5, 2], [3, 1], [2, 0]]
    assert found.loc[0, "hazard"] == 0.4
    # Wilson at 2 of 5: (.4 + z^2/10 -+ z sqrt(.24/5 + z^2/100)) / (1 + z^2/5)
    assert found.loc[0, ["low", "high"]].tolist() == pytest.approx([0.1176, 0.7693], abs=5e-5)
    halves = dynamics.tie_hazard(net, until="2023-01-01", period_years=0.5).table.set_index("age")
    assert halves.loc[0, ["at_risk", "ended"]].tolist() == [6, 2]


def test_constant_and_falling_hazards_are_told_apart() -> None:
    rng = np.random.default_rng(6)
    n = 800
    start = pd.Timestamp("2005-01-01")
    for shape, falls in ((1.0, False), (0.5, True)):
        days = 1 + np.round(365 * 4 * rng.weibull(shape, n))
        end = pd.Series(start + pd.to_timedelta(days, unit="D")).where(lambda date: date <= pd.Timestamp("2014-12-31"))
        net = Network(
            range(2 * n), pd.DataFrame({"source": range(n), "target": range(n, 2 * n), "start": start, "end": end})
        )
        row = dynamics.tie_hazard(net, until="2014-12-31").coefficients.loc["age"]
        assert bool(row["high"] < 1) is falls


def test_hazard_of_ties_that_end_in_a_period_cut_short_is_not_too_high() -> None:
    """With a risk that is the same at all ages, it must come out the same at all ages."""
    rng = np.random.default_rng(1)
    n = 6000
    start = pd.Timestamp("2010-01-01") + pd.to_timedelta(rng.integers(0, 1826, n), unit="D")
    end = start + pd.to_timedelta(np.ceil(rng.exponential(365.25 / 0.4, n)) - 1, unit="D")
    frame = pd.DataFrame({"source": range(n), "target": range(n, 2 * n), "start": start, "end": end})
    found = dynamics.tie_hazard(Network(range(2 * n), frame), until="2014-12-31")
    # Counting ends in the period under way gave .36 .37 .39 .42 1.00, and an odds ratio of 1.13 with z = 5.
    assert found.table["hazard"][:4].tolist() == pytest.approx([1 - math.exp(-0.4)] * 4, abs=0.05)
    assert abs(found.coefficients.loc["age", "z"]) < 2
    seen = int((end <= "2014-12-31").sum())
    assert found.settings.parameters["ends_in_unfinished_periods"] == seen - found.table["ended"].sum() > 500


@pytest.mark.parametrize("years", [1, 2, 3])
def test_contracts_of_whole_years_end_in_their_last_year_leap_years_or_not(years: int) -> None:
    rows = [f"A-B {year}-01-01 {year + years - 1}-12-31" for year in range(2010, 2018)]
    net = dated("\n".join([*rows, "B-C 2010-05-01 -"]))
    table = dynamics.tie_hazard(net, until="2021-12-31").table
    assert table.loc[table["ended"] > 0, ["age", "ended"]].values.tolist() == [[years - 1, 8]]
    daily = dynamics.tie_hazard(dated("A-B 2020-01-01 2020-01-01\nB-C 2020-01-01 -"), until="2022-06-01").table
    assert daily["ended"].tolist() == [1, 0]  # a tie of one day ended in its first year


def test_covariates_of_any_size_and_name() -> None:
    net = spells()
    rng = np.random.default_rng(3)
    size = rng.lognormal(0, 1, net.n_ties)
    plain = dynamics.tie_hazard(Network(net.firms, net.ties.assign(x=size)), covariates=["x"], until=UNTIL)
    for factor in (1e-9, 1e12, 1e15):
        scaled = Network(net.firms, net.ties.assign(size=size * factor))
        found = dynamics.tie_hazard(scaled, covariates=(name for name in ["size"]), until=UNTIL).coefficients
        assert (found.loc["size", ["estimate", "se"]] * factor).tolist() == pytest.approx(
            plain.coefficients.loc["x", ["estimate", "se"]].tolist()
        )
        assert found.loc["size", "p"] == pytest.approx(plain.coefficients.loc["x", "p"])
    with_year = net.ties.assign(year=2e5 + rng.integers(0, 3, net.n_ties))
    years = dynamics.tie_hazard(Network(net.firms, with_year), covariates=["year"], until=UNTIL)
    assert years.coefficients.loc["intercept", "se"] > 1e3  # far from the data, and no reason to give up
    assert not years.settings.parameters["separated"]
    flat = dynamics.tie_hazard(Network(net.firms, net.ties.assign(x=3.0)), covariates=["x"], until=UNTIL)
    assert (flat.settings.parameters["collinear"], flat.settings.parameters["separated"]) == (True, False)
    assert flat.coefficients["estimate"].isna().all()
    holes = np.where(np.arange(net.n_ties) < 20, np.inf, size)
    left = dynamics.tie_hazard(Network(net.firms, net.ties.assign(x=holes)), covariates=["x"], until=UNTIL)
    assert left.settings.parameters["without_covariates"] == 20
    clash = Network(net.firms, net.ties.assign(time=size, intercept=size))
    for names in (["time"], ["intercept"], ["formal", "formal"]):
        with pytest.raises(OptionError, match="given twice, or called like"):
            dynamics.tie_hazard(clash, covariates=names, until=UNTIL)
    with pytest.raises(OptionError, match="how long a tie lasted"):
        dynamics.tie_survival(clash, by="time", until=UNTIL)


def test_p_values_of_strong_effects_are_small_and_not_zero() -> None:
    rng = np.random.default_rng(0)
    n = 900
    strong = np.arange(n) % 2 == 0
    life = np.ceil(rng.exponential(np.where(strong, 4000, 200)))
    frame = pd.DataFrame({"source": range(n), "target": range(n, 2 * n), "start": pd.Timestamp("2000-01-01")})
    frame = frame.assign(end=frame["start"] + pd.to_timedelta(life, unit="D"), strong=strong)
    net = Network(range(2 * n), frame)
    row = dynamics.tie_hazard(net, covariates=["strong"], until="2020-01-01").coefficients.loc["strong"]
    assert abs(row["z"]) > 9
    assert 0 < row["p"] < 1e-19
    assert 0 < dynamics.tie_survival(net, by="strong", until="2020-01-01").p < 1e-19


def test_tie_hazard_says_when_there_is_nothing_to_estimate() -> None:
    with pytest.raises(NetworkError, match="too few"):
        dynamics.tie_hazard(dated("A-B 2020-01-01 -\nB-C 2020-01-01 -"), until="2023-01-01")
    with pytest.raises(NetworkError, match="no tie of this network has a start"):
        dynamics.tie_hazard(ties("A-B"))
    net = dated("A-B 2020-01-01 2020-06-30\nB-C 2020-01-01 2020-06-30\nC-D 2020-01-01 -\nD-E 2020-01-01 -", kind="x")
    with pytest.raises(OptionError, match="not numeric"):
        dynamics.tie_hazard(net, covariates=["kind"], until="2023-01-01")
    with pytest.raises(OptionError, match="no column"):
        dynamics.tie_hazard(net, covariates=["value"], until="2023-01-01")
    only_first = dynamics.tie_hazard(net, until="2022-01-02")  # 2 of 4, then 0 of 2: no finite slope
    assert only_first.settings.parameters["separated"]
    assert only_first.coefficients["estimate"].isna().all()
    assert only_first.table["hazard"].tolist() == [0.5, 0.0]
    assert "no finite estimate" in repr(only_first)


def test_ties_without_a_covariate_are_left_out() -> None:
    net = spells()
    frame = net.ties.assign(value=np.where(np.arange(net.n_ties) % 3 == 0, np.nan, 1.0 + np.arange(net.n_ties) % 5))
    found = dynamics.tie_hazard(Network(net.firms, frame), covariates="value", until=UNTIL)
    assert found.settings.parameters["without_covariates"] == 50
    assert found.coefficients.index.tolist() == ["intercept", "age", "value"]


# ── communities and core ──


def test_match_communities_by_hand() -> None:
    found = dynamics.match_communities(
        {
            1: pd.Series({"A": 0, "B": 0, "C": 0, "D": 1, "E": 1, "F": 1, "G": 2, "H": NAN}),
            2: pd.Series({"A": 9, "B": 9, "C": 9, "D": 8, "E": 8, "G": 7, "H": 7, "F": 9}),
            3: pd.Series({"D": 3, "E": 3, "A": 4, "G": 4, "X": 5, "Y": 5}),
        }
    )
    table = found.table.set_index(["wave", "track"])
    assert table.loc[(2, 0), ["size", "event", "jaccard", "previous_size"]].tolist() == [4, "continued", 3 / 4, 3]
    assert table.loc[(2, 1), ["size", "event", "jaccard"]].tolist() == [2, "continued", 2 / 3]
    assert table.loc[(2, 2), ["event", "jaccard"]].tolist() == ["continued", 1 / 2]
    assert table.loc[(3, 1), "jaccard"] == 1.0
    # A and G meet: with {G, H} they share 1 of 3, with {A, B, C, F} 1 of 5.
    assert table.loc[(3, 2), "jaccard"] == pytest.approx(1 / 3)
    assert table.loc[(3, 3), "event"] == "born"
    assert table["dissolved"].to_dict()[(2, 0)]
    assert table["dissolved"].sum() == 1
    assert found.membership.loc["D"].tolist() == [1, 1, 1]
    assert found.membership.loc["H"].isna().tolist() == [True, False, True]
    assert "1 born, 1 dissolved" in repr(found)


def test_matching_takes_the_best_sum_not_the_first_best() -> None:
    # {1..6} shares 3 of 7 with {4..6, 7} and 3 of 6 with {1, 2, 3}; {7, 8} shares 1 of 5 with the former.
    old = pd.Series(dict.fromkeys(range(1, 7), 0) | {7: 1, 8: 1})
    new = pd.Series({4: 0, 5: 0, 6: 0, 7: 0, 1: 1, 2: 1, 3: 1})
    found = dynamics.match_communities({1: old, 2: new}, minimum=0.1).table
    assert found.loc[found["wave"] == 2, ["track", "jaccard"]].round(3).values.tolist() == [[1, 0.2], [0, 0.5]]
    strict = dynamics.match_communities({1: old, 2: new}, minimum=0.3).table
    assert strict.loc[strict["wave"] == 2, "event"].tolist() == ["born", "continued"]
    with pytest.raises(OptionError, match="minimum"):
        dynamics.match_communities({1: old}, minimum=0)
    with pytest.raises(OptionError, match="more than once"):
        dynamics.match_communities({1: pd.Series([0, 1], index=["A", "A"])})


def test_matching_of_many_small_communities_is_the_best_and_quick() -> None:
    rng = np.random.default_rng(5)
    for minimum in (0.05, 0.3):
        one = rng.integers(0, 8, 40)
        two = np.where(rng.random(40) < 0.5, one, rng.integers(0, 9, 40))
        table = dynamics.match_communities({1: pd.Series(one), 2: pd.Series(two)}, minimum=minimum).table
        shared = pd.crosstab(one, two).to_numpy()
        jaccard = shared / (shared.sum(axis=1)[:, None] + shared.sum(axis=0) - shared)
        jaccard[jaccard < minimum] = 0
        best = jaccard[linear_sum_assignment(jaccard, maximize=True)].sum()
        assert table["jaccard"].sum() == pytest.approx(best)
    singles = {wave: pd.Series(rng.permutation(3000)) for wave in (1, 2)}
    before = time.process_time()
    found = dynamics.match_communities(singles)
    assert time.process_time() - before < 5  # all pairs one by one took minutes
    assert (found.table.loc[found.table["wave"] == 2, "event"] == "continued").all()
    assert (found.membership[1] == found.membership[2]).all()
    for wrong in ([pd.Series([1])], {1: {"A": 1}}):
        with pytest.raises(OptionError, match="Series"):
            dynamics.match_communities(wrong)


def test_the_core_counts_partners_not_arcs() -> None:
    # A and B refer to each other and ally: one partner each. The triangle is the core.
    net = ties("A-B B-A C-D D-E E-C", directed=True)
    assert dynamics.lock_in({1: net})["core"].tolist() == [3]
    with pytest.raises(OptionError, match="returns a Series"):
        dynamics.lock_in({1: net}, coreness=lambda net: 3)


def test_lock_in_by_hand() -> None:
    first = ties("A-B B-C A-C C-D D-E", firms="A B C D E")
    second = ties("A-B B-C A-C A-D B-D C-D D-E", firms="A B C D E")
    groups = pd.Series({"A": "x", "B": "x", "C": "x", "D": "y", "E": "y"})
    table = dynamics.lock_in({1: first, 2: second}, groups=groups)
    # Of 5 ties only CD crosses: (1 - 4)/5; of 7 AD, BD, CD: (3 - 4)/7.
    assert table["ei"].tolist() == pytest.approx([-3 / 5, -1 / 7])
    assert table["core"].tolist() == [3, 4]  # the triangle, then the complete four
    assert table.loc[2, ["core_stayed", "core_entered", "core_left", "core_entry"]].tolist() == [3, 1, 0, 0.25]
    # Ranks 4 4 4 1.5 1.5 and 3.5 3.5 3.5 3.5 1: covariance and variances by hand.
    one, two = np.array([4, 4, 4, 1.5, 1.5]) - 3, np.array([3.5, 3.5, 3.5, 3.5, 1]) - 3
    assert table.loc[2, "coreness_correlation"] == pytest.approx(one @ two / math.sqrt((one @ one) * (two @ two)))
    degree = dynamics.lock_in(
        {1: first, 2: second}, coreness=lambda net: pd.Series(net.igraph.degree(), net.firms.index)
    )
    assert degree["core"].tolist() == [1, 1]
    assert math.isnan(degree.loc[1, "ei"])
    frozen = dynamics.lock_in({1: first, 2: first})
    assert frozen.loc[2, ["coreness_correlation", "core_entry"]].tolist() == pytest.approx([1.0, 0.0])
    nothing = dynamics.lock_in({1: ties("A-B").without(["A"])})
    assert nothing["core"].tolist() == [0]


# ── indicators ──


def test_indicator_panel_by_hand() -> None:
    wide = dynamics.indicators(waves(), draws=0).wide
    assert list(wide.columns) == list(dynamics.INDICATORS)
    # 2020 AB BC: A, B, C of five; 2021 AB AC CD: four of five; 2022 AC CD AD: a triangle of A, C, D.
    assert wide["connected_share"].tolist() == pytest.approx([3 / 5, 4 / 5, 3 / 5])
    assert wide["giant_share"].tolist() == pytest.approx([3 / 5, 4 / 5, 3 / 5])
    assert wide["mean_partners"].tolist() == pytest.approx([4 / 5, 6 / 5, 6 / 5])
    assert wide["two_core_share"].tolist() == pytest.approx([0, 0, 3 / 5])
    assert wide["average_clustering"].tolist() == pytest.approx([0, 0, 1])
    assert wide["persistence"].tolist() == pytest.approx([NAN, 1 / 4, 1 / 2], nan_ok=True)
    assert wide[["reciprocity", "tie_balance", "repayment"]].isna().all(axis=None)
    # Undirected: 1, 1/2, 1 in 2020.
    assert wide.loc["2020", "referral_hhi"] == pytest.approx((1 + 1 / 2 + 1) / 3)


def test_flow_indicators_take_the_layer_referral_where_there_is_one() -> None:
    def wave(arcs: list[tuple[str, str, float]]) -> Network:
        table = pd.DataFrame(arcs, columns=["source", "target", "strength"]).assign(layer="referral", directed=True)
        more = pd.DataFrame({"source": ["C"], "target": ["D"], "layer": ["alliance"], "directed": [False]})
        return Network.from_edges(
            pd.concat([table, more], ignore_index=True).fillna({"strength": 1.0}), firms=[*"ABCD"]
        )

    panel = dynamics.indicators(
        {1: wave([("A", "B", 3.0), ("B", "A", 1.0), ("C", "B", 1.0)]), 2: wave([("B", "C", 2.0), ("A", "B", 1.0)])},
        draws=0,
    )
    wide = panel.wide
    assert wide.loc[1, "reciprocity"] == pytest.approx(2 / 3)
    assert wide.loc[1, "tie_balance"] == pytest.approx((0.5 + 0) / 2)
    assert wide.loc[1, "referral_hhi"] == pytest.approx((0.625 + 1) / 2)
    assert wide.loc[2, "repayment"] == 1.0  # CB was one-way, and BC came
    assert wide.loc[2, "persistence"] == pytest.approx(3 / 6)  # AB and both arcs of CD of AB BA CB CD DC BC
    assert wide.loc[1, "connected_share"] == 1.0


def test_indicators_take_names_and_functions() -> None:
    def n_ties(net: Network) -> float:
        return net.n_ties

    panel = dynamics.indicators(small(), measures=["density", "persistence", n_ties], draws=3, seed=2)
    assert panel.wide["density"].tolist() == pytest.approx([2 / 10, 3 / 10, 3 / 10])
    assert panel.wide["n_ties"].tolist() == [2, 3, 3]
    assert panel.table["complete"].tolist() == [True, True, False] * 3
    assert "3 indicators over 3 waves" in repr(panel)
    quarters = dynamics.indicators(small(), every="quarter", measures=["connected_share"], draws=0)
    assert len(quarters.wide) == 10
    for wrong in (
        {"measures": ["densty"]},
        {"measures": [n_ties, n_ties]},
        {"draws": -1},
        {"level": 0},
        {"level": "0.9"},
    ):
        with pytest.raises(OptionError):
            dynamics.indicators(small(), **wrong)


@pytest.mark.slow
def test_bands_repeat_and_follow_their_formula() -> None:
    one, two = (dynamics.indicators(waves(), draws=30, seed=7, level=0.9) for _ in range(2))
    assert np.array_equal(one.draws, two.draws, equal_nan=True)
    assert one.draws.shape == (30, 3, len(dynamics.INDICATORS))
    row = one.table[(one.table["indicator"] == "mean_partners") & (one.table["wave"] == "2021")].iloc[0]
    column = list(dynamics.INDICATORS).index("mean_partners")
    assert row["se"] == pytest.approx(one.draws[:, 1, column].std(ddof=1))
    assert row["high"] == pytest.approx(1.2 + 1.6448536269514722 * row["se"])
    assert row["low"] == pytest.approx(max(0, 1.2 - 1.6448536269514722 * row["se"]))
    shares = one.table[one.table["indicator"] != "mean_partners"]
    assert ((shares["low"] >= 0) | shares["low"].isna()).all()
    assert ((shares["high"] <= 1) | shares["high"].isna()).all()
    assert one.settings.parameters["bootstrap"] == "vertex"
    assert not np.array_equal(one.draws, dynamics.indicators(waves(), draws=30, seed=8).draws, equal_nan=True)


def dense_draw(net: Network, rng: np.random.Generator) -> np.ndarray:
    """The vertex bootstrap of Snijders and Borgatti written out: copies of one firm take a random pair's ties."""
    n = len(net)
    chosen = rng.integers(n, size=n)
    matrix = net.adjacency.toarray()
    copies = np.argsort(chosen, kind="stable")
    ranked = chosen[copies]
    twins = [
        (copies[i], copies[i + gap]) for gap in range(1, n) for i in range(n - gap) if ranked[i] == ranked[i + gap]
    ]
    first = rng.integers(n, size=len(twins))
    second = rng.integers(n - 1, size=len(twins))
    second = second + (second >= first)
    made = matrix[np.ix_(chosen, chosen)].copy()
    for (a, b), i, j in zip(twins, first, second, strict=True):
        made[a, b], made[b, a] = matrix[i, j], matrix[j, i]
    return made


@pytest.mark.reference
@pytest.mark.parametrize("directed", [True, False])
def test_vertex_bootstrap_equals_the_dense_one(*, directed: bool) -> None:
    rng = np.random.default_rng(3)
    rows = [(i, j, float(rng.integers(1, 5))) for i in range(12) for j in range(12) if i != j and rng.random() < 0.3]
    net = Network.from_edges(rows, firms=range(12), directed=directed)
    sampler = _Resampler({"w": net}, net.firms.index)
    for seed in range(20):
        drawn = sampler.draw(np.random.default_rng(seed))["w"]
        assert np.array_equal(drawn.adjacency.toarray(), dense_draw(net, np.random.default_rng(seed)))


@pytest.mark.slow
def test_vertex_bootstrap_keeps_density_on_average_and_waves_together() -> None:
    net = Network.from_edges([(i, j) for i in range(30) for j in range(i) if (i * j) % 5 == 1], firms=range(30))
    sampler = _Resampler({1: net, 2: net}, net.firms.index)
    rng = np.random.default_rng(0)
    densities = []
    for _ in range(300):
        drawn = sampler.draw(rng)
        assert drawn[1].equals(drawn[2])  # the same firms, and the same pairs lent to copies
        densities.append(cohesion.density(drawn[1]))
    assert np.mean(densities) == pytest.approx(cohesion.density(net), abs=4 * np.std(densities) / np.sqrt(300))


def test_vertex_bootstrap_of_two_modes_stays_two_mode() -> None:
    modes = {"a": "firm", "b": "firm", "c": "firm", "x": "deal", "y": "deal"}
    net = ties("a-x b-x b-y c-y", modes=modes)
    sampler = _Resampler({1: net}, net.firms.index)
    rng = np.random.default_rng(1)
    drawn = [sampler.draw(rng)[1] for _ in range(40)]
    assert all((one.firms["mode"].nunique() < 2) or one.is_two_mode for one in drawn)


# ── control chart ──


@pytest.mark.reference
def test_control_chart_of_the_nist_handbook() -> None:
    """NIST/SEMATECH e-Handbook of Statistical Methods, section 6.3.2.2: flow rates of ten batches."""
    flow = pd.Series([49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1])
    chart = dynamics.control_chart(flow)
    assert chart["center"][0] == pytest.approx(50.81)
    assert chart["upper"][0] == pytest.approx(55.8041, abs=2e-4)
    assert chart["lower"][0] == pytest.approx(45.8159, abs=2e-4)
    assert (chart["signal"] == "").all()


def test_control_chart_signals() -> None:
    steady = [5.0, 6.0, 5.0, 6.0]
    chart = dynamics.control_chart(pd.Series([*steady, 8.2, 2.8, NAN]), baseline=range(4))
    # Moving range 1, s = 1/1.128: 5.5 -+ 2.66
    assert chart["upper"][0] == pytest.approx(5.5 + 3 / 1.128)
    assert chart["signal"].tolist() == [""] * 4 + ["above", "below", ""]
    wide = dynamics.control_chart(pd.Series([*steady, 8.2]), baseline=range(4), sigmas=4)
    assert (wide["signal"] == "").all()
    shifted = pd.Series([*steady, *[6.1] * 8])
    assert dynamics.control_chart(shifted, baseline=range(4))["signal"].tolist() == [""] * 10 + ["run"] * 2
    # The last steady value lies above the center as well: the eighth in a row is the seventh of the shift.
    assert (dynamics.control_chart(shifted, baseline=range(4), run=0)["signal"] == "").all()
    assert dynamics.control_chart(pd.Series([1.0]))[["lower", "upper"]].isna().all(axis=None)
    for wrong in ({"sigmas": 0}, {"run": 1}, {"baseline": ["x"]}):
        with pytest.raises(OptionError):
            dynamics.control_chart(shifted, **wrong)


@pytest.mark.parametrize("value", [0.1, 0.3, 1 / 3, 0.7])
def test_a_constant_gives_no_signal(value: float) -> None:
    for n in range(2, 20):
        assert (dynamics.control_chart(pd.Series([value] * n))["signal"] == "").all()
    moved = dynamics.control_chart(pd.Series([value] * 5 + [value + 1e-3]), baseline=range(5))
    assert moved["signal"].tolist() == [""] * 5 + ["above"]


def test_control_chart_says_what_it_cannot_use() -> None:
    assert dynamics.control_chart([1.0, 2.0])["center"].tolist() == [1.5, 1.5]
    named = dynamics.control_chart(pd.Series({"2020": 1.0, "2021": 3.0}), baseline="2021")
    assert named["center"].tolist() == [3.0, 3.0]
    for values, options in (
        (pd.Series([1.0, 2.0]), {"baseline": (name for name in ["x"])}),
        (pd.Series(["a", "b"]), {}),
        (pd.Series([1.0, np.inf]), {}),
    ):
        with pytest.raises(OptionError):
            dynamics.control_chart(values, **options)


def test_bootstrap_keeps_what_functions_of_the_user_read() -> None:
    def cross(net: Network) -> float:
        assert net.ties["note"].notna().all()
        return cohesion.ei_index(net, "region")

    base = small()
    net = Network(base.firms.assign(region=[*"nnsse"]), base.ties.assign(note="x"))
    panel = dynamics.indicators(net, measures=cross, draws=20, seed=1)
    assert panel.table["se"].iloc[0] > 0
    with pytest.raises(OptionError, match="returned a str"):
        dynamics.indicators(net, measures=[lambda net: "x"], draws=0)
    with pytest.raises(OptionError, match="measures is empty"):
        dynamics.indicators(net, measures=[], draws=0)
    endless = dynamics.indicators(net, measures=[lambda net: math.inf], draws=3, seed=1)
    assert endless.control["center"].isna().all()


def test_bootstrap_leaves_firms_out_of_waves_that_do_not_know_them() -> None:
    few = Network.from_edges([("A", "B")])
    many = Network.from_edges([(a, b) for a in "ABCDEFGH" for b in "ABCDEFGH" if a < b])
    sampler = _Resampler({1: few, 2: many}, many.firms.index)
    rng = np.random.default_rng(0)
    sizes = []
    for _ in range(80):
        drawn = sampler.draw(rng)
        assert len(drawn[2]) == 8
        assert set(drawn[1].firms.index) <= set(drawn[2].firms.index)
        sizes.append(len(drawn[1]))
    assert np.mean(sizes) == pytest.approx(2, abs=0.6)  # two of eight, not eight with six isolates


def test_a_draw_without_referrals_does_not_fall_back_on_all_ties() -> None:
    rows = pd.DataFrame({"source": [*"ABCDEF"], "target": [*"BCDEFA"], "layer": "alliance"})
    rows.loc[0, "layer"] = "referral"
    net = Network.from_edges(rows.assign(directed=rows["layer"] == "referral"))
    panel = dynamics.indicators({1: net}, measures=["referral_hhi"], draws=60, seed=1)
    told = panel.draws[np.isfinite(panel.draws)]
    assert 5 < len(told) < 55  # only draws with both ends of the one referral, or a pair that was lent it
    one = Network.from_edges(rows[:1].assign(directed=True), firms=[*"ABCDEF"])
    alone = dynamics.indicators({1: one}, measures=["referral_hhi"], draws=60, seed=1)
    assert np.array_equal(panel.draws, alone.draws, equal_nan=True)


def test_incomplete_waves_do_not_move_the_center() -> None:
    panel = dynamics.indicators(small(), measures=["mean_partners"], draws=0)
    assert panel.control["center"].tolist() == pytest.approx([1.0] * 3)  # .8 and 1.2; 2022 was cut short


def test_nothing_warns_on_empty_waves() -> None:
    empty = Network([*"AB"], pd.DataFrame({"source": [], "target": []}))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        panel = dynamics.indicators({1: empty, 2: empty}, draws=5, seed=1)
        nobody = dynamics.indicators({1: empty.without([*"AB"])}, draws=5, seed=1)
    assert panel.wide["connected_share"].tolist() == [0, 0]
    assert nobody.wide.isna().all(axis=None)
    assert dynamics.tie_decay({1: empty, 2: empty})["share"].isna().all()
