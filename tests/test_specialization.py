"""Specialization: agreement with other software, the identities of the indices, and what happens at the edges."""

from __future__ import annotations

import ast
import inspect
import itertools
import math
import typing
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import golden
from clusternet import Network, cohesion
from clusternet import specialization as sp
from clusternet.errors import NetworkError, OptionError

reference = pytest.mark.reference
FOLDER = golden.GOLDEN / "networks" / "econ_a"


def table(values: Any) -> pd.DataFrame:
    made = np.atleast_2d(np.asarray(values))
    return pd.DataFrame(
        made, index=[f"R{i}" for i in range(made.shape[0])], columns=[f"I{j}" for j in range(made.shape[1])]
    )


def read(name: str) -> pd.DataFrame:
    golden.require()
    return pd.read_csv(FOLDER / name, index_col=0)


class Econ:
    """The golden tables of regions and industries."""

    def __init__(self) -> None:
        self.e1, self.e2 = read("employment_t1.csv"), read("employment_t2.csv")
        self.plants, self.regions = read("plants.csv"), read("regions.csv")
        self.has = sp.rca(self.e1)
        self.totals = self.e1.sum(axis=1).to_frame("all")
        counted = sp.tabulate(self.plants, rows="region", columns="industry")
        self.counts = counted.reindex(index=self.e1.index, columns=self.e1.columns, fill_value=0)
        self.co = sp.co_occurrence(self.has)
        self.eg = sp.ellison_glaeser(self.plants, place="region", activity="industry")

    def gerfin(self) -> pd.DataFrame:
        """Gerfin's indices are ratios of the classic components."""
        parts = sp.shift_share(self.e1, self.e2)
        start, end = self.e1.sum(axis=1), self.e2.sum(axis=1)
        like_whole = start + parts["national"]
        like_mix = like_whole + parts["mix"]
        return pd.DataFrame(
            {
                "Industrial mix": like_mix / like_whole,
                "Regional share": end / like_mix,
                "Net total shift": end / like_whole,
            }
        )

    @staticmethod
    def reat(parts: pd.DataFrame) -> pd.DataFrame:
        names = {
            "change": "Growth (t1-t)",
            "national": "National share",
            "mix": "Industrial mix",
            "competitive": "Regional share",
            "allocation": "Allocation effect",
        }
        if "allocation" not in parts:
            parts["Net total shift"] = parts["change"] - parts["national"]
        return parts.rename(columns=names)

    def density(self, related: pd.DataFrame) -> pd.DataFrame:
        return sp.relatedness_density(self.has, related)

    def density_above_one(self) -> pd.DataFrame:
        return 100 * sp.relatedness_density(self.has, (sp.relatedness(self.co) > 1).astype(int))


@pytest.fixture(scope="module")
def econ() -> Econ:
    return Econ()


def by_pair(square: pd.DataFrame) -> dict[str, float]:
    return {f"{a}|{b}": square.loc[a, b] for a, b in itertools.combinations(square.index, 2)}


def by_row(frame: pd.DataFrame) -> dict[str, Any]:
    return frame.T.to_dict()


def unit(values: pd.Series) -> pd.Series:
    return values / np.linalg.norm(values)


ROWS: dict[str, Callable[[Econ], Any]] = {
    "location_quotient": lambda e: by_row(sp.location_quotient(e.e1)),
    "rca_rounded2": lambda e: by_row(sp.location_quotient(e.e1)),
    "rca_binary": lambda e: by_row(e.has),
    "herfindahl_region": lambda e: sp.hhi(e.e1),
    "herfindahl_region_normalised": lambda e: sp.hhi(e.e1, scale="normalized"),
    "herfindahl_region_equivalent_number": lambda e: sp.hhi(e.e1, scale="equivalent"),
    "herfindahl_industry": lambda e: sp.hhi(e.e1, by="activity"),
    "herfindahl_region_totals": lambda e: sp.hhi(e.totals, by="activity")["all"],
    "entropy_region_rounded3": lambda e: sp.entropy(e.e1),
    "entropy_region_log2": lambda e: sp.entropy(e.e1),
    "entropy_region_ln": lambda e: sp.niche_width(e.e1, variant="shannon"),
    "krugman_specialisation": lambda e: sp.krugman_index(e.e1),
    "krugman_specialisation_vs_mean_of_others": lambda e: sp.krugman_index(e.e1, reference="others"),
    "krugman_concentration": lambda e: sp.krugman_index(e.e1, by="activity"),
    "relative_diversity_durpug": lambda e: 1 / sp.krugman_index(e.e1),
    "specialisation_coefficient": lambda e: sp.hoover(e.e1, by="place"),
    "specialisation_coefficient_hoover": lambda e: sp.hoover(e.e1, by="place"),
    "hoover_concentration_totals": lambda e: sp.hoover(e.e1),
    "hoover_concentration_population": lambda e: sp.hoover(e.e1, reference=e.regions["population"]),
    "hoover_index_population_percent": lambda e: 100 * sp.hoover(e.e1, reference=e.regions["population"]),
    "hachman": lambda e: sp.hachman(e.e1),
    "mean_location_quotient": lambda e: 1 / sp.hachman(e.e1),
    "hoover_gini_population_rounded3": lambda e: sp.locational_gini(e.e1, reference=e.regions["population"]),
    "gini_industry": lambda e: sp.locational_gini(e.e1, reference="equal"),
    "gini_industry_rounded3": lambda e: sp.locational_gini(e.e1, reference="equal"),
    "gini_industry_normalised": lambda e: sp.locational_gini(e.e1, reference="equal", scale="normalized"),
    "gini_region_totals": lambda e: sp.locational_gini(e.totals, reference="equal")["all"],
    "locational_gini": lambda e: sp.locational_gini(e.e1, scale="half"),
    "gini_concentration_lq": lambda e: sp.locational_gini(sp.location_quotient(e.e1), reference="equal"),
    "gini_specialisation_lq": lambda e: sp.locational_gini(sp.location_quotient(e.e1), by="place", reference="equal"),
    "diversity": lambda e: sp.economic_complexity(e.has).diversity,
    "ubiquity": lambda e: sp.economic_complexity(e.has).ubiquity,
    "co_occurrence_industry": lambda e: by_pair(sp.co_occurrence(e.has)),
    "relatedness_prob": lambda e: by_pair(sp.relatedness(e.co)),
    "relatedness_association": lambda e: by_pair(sp.relatedness(e.co, variant="association")),
    "relatedness_cosine": lambda e: by_pair(sp.relatedness(e.co, variant="cosine")),
    "relatedness_jaccard": lambda e: by_pair(sp.relatedness(e.co, variant="jaccard")),
    "relatedness_density_prob_fraction": lambda e: by_row(e.density(sp.relatedness(e.co))),
    "relatedness_density_prob_percent_rounded2": lambda e: by_row(100 * e.density(sp.relatedness(e.co))),
    "relatedness_density_cosine_fraction": lambda e: by_row(e.density(sp.relatedness(e.co, variant="cosine"))),
    "relatedness_density_cosine_percent_rounded2": lambda e: by_row(
        100 * e.density(sp.relatedness(e.co, variant="cosine"))
    ),
    "relatedness_density_prob_binary1_percent_rounded2": lambda e: by_row(e.density_above_one()),
    "relatedness_density_int_rounded0": lambda e: by_row(e.density_above_one().where(e.has == 1)),
    "relatedness_density_ext_rounded0": lambda e: by_row(e.density_above_one().where(e.has == 0)),
    "proximity_industry": lambda e: by_pair(sp.proximity(e.has)),
    "proximity_region": lambda e: by_pair(sp.proximity(e.has, by="place")),
    "density_hidalgo": lambda e: by_row(sp.relatedness_density(e.has, sp.proximity(e.has))),
    "kci_eigen": lambda e: unit(sp.economic_complexity(e.has, scale="raw").places),
    "tci_eigen": lambda e: unit(sp.economic_complexity(e.has, scale="raw").activities),
    "mor_region_step2": lambda e: sp.economic_complexity(e.has, method="reflections", steps=2, scale="raw").places,
    "mor_region_step4": lambda e: sp.economic_complexity(e.has, method="reflections", steps=4, scale="percent").places,
    "mor_region_step20": lambda e: sp.economic_complexity(e.has, method="reflections", scale="percent").places,
    "mor_industry_step1": lambda e: (
        sp.economic_complexity(e.has, method="reflections", steps=1, scale="raw").activities
    ),
    "mor_industry_step3": lambda e: (
        sp.economic_complexity(e.has, method="reflections", steps=3, scale="percent").activities
    ),
    "mor_industry_step19": lambda e: (
        sp.economic_complexity(e.has, method="reflections", steps=19, scale="percent").activities
    ),
    "eci_eigenvalues": lambda e: sp.economic_complexity(e.has).places,
    "pci_eigenvalues": lambda e: sp.economic_complexity(e.has).activities,
    "eci_eigenvalues.population_sd": lambda e: sp.economic_complexity(e.has, scale="population_sd").places,
    # economiccomplexity stops the places two steps and the activities one step before its "20 iterations".
    "eci_reflections": lambda e: sp.economic_complexity(e.has, method="reflections", steps=18).places,
    "pci_reflections": lambda e: sp.economic_complexity(e.has, method="reflections", steps=19).activities,
    "eci_fitness": lambda e: sp.economic_complexity(e.has, method="fitness", steps=19).places,
    "pci_fitness": lambda e: sp.economic_complexity(e.has, method="fitness", steps=19).activities,
    "ellison_glaeser.gamma": lambda e: e.eg["gamma"],
    "ellison_glaeser.G_raw": lambda e: e.eg["concentration"],
    "ellison_glaeser.plant_herfindahl": lambda e: e.eg["plant_hhi"],
    "ellison_glaeser.z": lambda e: e.eg["z"],
    "ellison_glaeser.n_plants": lambda e: e.eg["n_plants"],
    "shift_share_dunn": lambda e: by_row(e.reat(sp.shift_share(e.e1, e.e2, zero_cells="undefined"))),
    "shift_share_esteban": lambda e: by_row(
        e.reat(sp.shift_share(e.e1, e.e2, variant="homothetic", zero_cells="undefined"))
    ),
    "shift_share_gerfin": lambda e: by_row(e.gerfin()),
    "shift_share_national": lambda e: sp.shift_share(e.e1, e.e2)["national"],
    "shift_share_industry_mix": lambda e: sp.shift_share(e.e1, e.e2)["mix"],
    "shift_share_competitive": lambda e: sp.shift_share(e.e1, e.e2)["competitive"],
    "total_change": lambda e: sp.shift_share(e.e1, e.e2)["change"],
    "litzenberger_sternberg_cluster_index": lambda e: by_row(
        sp.litzenberger_sternberg(e.e1, plants=e.counts, area=e.regions["area_km2"], population=e.regions["population"])
    ),
    "specialisation.d_raw.region": lambda e: sp.d_prime(e.e1)["d"],
    "specialisation.d_prime.region": lambda e: sp.d_prime(e.e1)["d_prime"],
    "specialisation.H2_uncorrected": lambda e: sp.h2_prime(e.e1)["h2"],
    "specialisation.H2_prime": lambda e: sp.h2_prime(e.e1)["h2_prime"],
}
"""Golden row to the call that must reproduce it."""

NOT_OURS = {
    "normalised_ubiquity_rounded2": "another measure, not in the plan",
    "pci_eigenvalues.eci_scaled": "ecomplexity scales PCI by the mean and sd of ECI; rescaled in a test of its own",
    "theil_region_totals": "inequality of totals, not specialization",
    "cv_region_totals": "inequality of totals, not specialization",
    "growth_rate_percent_rounded2": "a growth table, one line of pandas",
    "entry": "difference of two presence tables, one line of pandas",
    "exit": "difference of two presence tables, one line of pandas",
    "prody": "income content of activities, not in the plan",
    "prody_unrounded": "income content of activities, not in the plan",
    "complexity_outlook_index": "not in the plan",
    "complexity_outlook_gain": "not in the plan",
}


@reference
@pytest.mark.parametrize("key", ROWS)
def test_golden_rows_agree(econ: Econ, key: str) -> None:
    entry = golden.values("econ_a")[key]
    got = ROWS[key](econ)
    if entry["tolerance"].get("compare", "").startswith("divide by own norm"):
        told = unit(pd.Series(entry["value"]))
        sign = np.sign((told * got).sum())
        np.testing.assert_allclose(sign * got[told.index], told, rtol=entry["tolerance"]["rel"])
        return
    golden.check(golden.Row("econ_a", key, entry), got)


@reference
def test_every_golden_row_is_reproduced_or_declined() -> None:
    golden.require()
    assert set(golden.values("econ_a")) == set(ROWS) | set(NOT_OURS)


@reference
def test_ecomplexity_scales_activities_like_places(econ: Econ) -> None:
    """Its PCI is ours up to mean and spread: the eigenvector, minus the mean of ECI's, over the sd of ECI's."""
    told = pd.Series(golden.values("econ_a")["pci_eigenvalues.eci_scaled"]["value"])
    ours = sp.economic_complexity(econ.has, scale="population_sd").activities
    np.testing.assert_allclose((told - told.mean()) / told.std(ddof=0), ours[told.index], rtol=1e-6)


@reference
def test_golden_rows_of_southern_women() -> None:
    net_rows = golden.rows("b.")
    women = {row.key: row for row in net_rows if row.network == "southern_women"}
    if not women:
        pytest.skip("shared/golden is absent")
    net = golden.load_network("southern_women", "b")
    attended = net.ties.assign(one=1).pivot_table(index="source", columns="target", values="one", fill_value=0)
    golden.check(women["b.nestedness.NODF"], sp.nestedness(attended)["nodf"])
    golden.check(women["b.specialisation.PDI.mode1"], sp.paired_difference(attended.T))
    golden.check(women["b.mode1_size_hhi"], sp.hhi(attended.sum().to_frame("all"), by="activity")["all"])
    shared = sp.co_occurrence(attended, by="place")
    got = {pair: shared.loc[tuple(pair.split("|"))] for pair in women["b.projection.mode0.weights"].entry["value"]}
    golden.check(women["b.projection.mode0.weights"], got)


# ── published and by hand: run on every machine ──


@reference
def test_ellison_glaeser_of_a_textbook() -> None:
    """Farhauer and Kroell (2014), as computed by REAT's example of ellison.a: 0.05990628."""
    plants = pd.DataFrame(
        {
            "employment": [200, 650, 12000, 100, 50, 16000, 13000, 1500, 1500, 25000],
            "place": ["Wien"] * 5 + ["Linz"] * 4 + ["Graz"],
            "activity": "any",
        }
    )
    totals = pd.Series([500000, 400000, 100000], index=["Wien", "Linz", "Graz"])
    assert sp.ellison_glaeser(plants, reference=totals).loc["any", "gamma"] == pytest.approx(0.05990628, abs=5e-9)


@reference
def test_variety_by_hand() -> None:
    # Shares 1/4, 1/4 in group a and 1/2 in b: 1 bit between, half of the place has 1 bit within.
    found = sp.variety(table([[1, 1, 2], [0, 0, 3]]), groups={"I0": "a", "I1": "a", "I2": "b"})
    assert found.loc["R0"].tolist() == [1.0, 0.5, 1.5]
    assert found.loc["R1"].tolist() == [0.0, 0.0, 0.0]
    assert sp.entropy(table([[1, 0], [1, 4]]), by="activity").tolist() == [1.0, 0.0]
    nats = sp.variety(table([[1, 1, 2]]), groups=pd.Series({"I0": 1, "I1": 1, "I2": 2}), base=math.e)
    assert nats.loc["R0", "total"] == pytest.approx(1.5 * math.log(2))


@reference
def test_niches_by_hand() -> None:
    has = table([[3, 1, 0, 0], [1, 1, 1, 1], [0, 0, 0, 2], [0, 0, 0, 0]])
    levins = sp.niche_width(has)
    assert levins.tolist()[:3] == pytest.approx([1.6, 4.0, 1.0])  # 1 / (9/16 + 1/16)
    assert sp.niche_width(has, scale="unit").tolist()[:3] == pytest.approx([0.2, 1.0, 0.0])
    shannon = sp.niche_width(has, variant="shannon")
    first = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    assert shannon.tolist()[:3] == pytest.approx([first, math.log(4), 0.0])
    assert sp.niche_width(has, variant="shannon", scale="unit").iloc[0] == pytest.approx(first / math.log(4))
    assert math.isnan(levins.iloc[3])
    assert math.isnan(shannon.iloc[3])
    overlap = sp.niche_overlap(has)
    assert overlap.loc["R0", "R1"] == pytest.approx(4 / (math.sqrt(10) * 2))
    assert overlap.loc["R0", "R2"] == 0.0
    assert overlap.loc["R1", "R1"] == 1.0
    assert overlap.loc["R3"].isna().all()
    assert sp.uniqueness(has).tolist()[:3] == [0.0, 0.25, 0.0]  # only column I2 has one holder
    assert sp.substitutability(has).tolist()[:3] == [1.0, 0.75, 1.0]
    assert sp.substitutability(has, variant="least").tolist()[:3] == [1.0, 0.0, 1.0]
    assert sp.uniqueness(has).isna().tolist() == [False, False, False, True]
    assert sp.substitutability(has, variant="least").isna().tolist() == [False, False, False, True]
    spare = sp.redundancy(has)
    assert spare["firms"].tolist() == [2, 2, 1, 2]
    assert spare["spare"].tolist() == [1, 1, 0, 1]
    assert spare["effective"].tolist() == pytest.approx([1.6, 2.0, 1.0, 1.8])
    assert spare["sole"].isna().tolist() == [True, True, False, True]
    assert spare.loc["I2", "sole"] == "R1"
    nobody = sp.redundancy(table([[0], [0]]))
    assert nobody["spare"].tolist() == [0]
    assert nobody["effective"].isna().all()


@reference
def test_d_prime_by_hand() -> None:
    # Columns hold 10 of 20 each; Ada has 8 and 0: d = ln 2, least 0 (4 and 4), most ln(20/8).
    found = sp.d_prime(table([[8, 0], [1, 5], [1, 5]]))
    assert found.loc["R0"].tolist() == pytest.approx(
        [math.log(2) / math.log(2.5), math.log(2), 0.0, math.log(2.5)], abs=1e-12
    )
    # One unit cannot be spread: whole units leave the least at ln(1/q) of the most common column.
    single = table([[1, 0], [1, 1], [1, 1]])
    assert sp.d_prime(single, units="counts").loc["R0", "d_min"] == pytest.approx(math.log(5 / 3))
    assert sp.d_prime(single, units="counts").loc["R0", "d_prime"] == 0.0
    assert sp.d_prime(single, units="shares").loc["R0", "d_min"] == 0.0
    assert sp.d_prime(single, units="shares").loc["R0", "d_prime"] == pytest.approx(math.log(5 / 3) / math.log(5))
    assert sp.d_prime(single, units="shares").equals(sp.d_prime(single))
    twice = single * 2
    assert sp.d_prime(twice, units="counts").equals(sp.d_prime(twice, units="auto"))
    # Two units over shares 3/5 and 2/5: one each, d = ln(1/2) - ln(6/25)/2.
    assert sp.d_prime(twice).loc["R0", "d_min"] == pytest.approx(math.log(0.5) - math.log(6 / 25) / 2)
    halves = single / 2
    assert sp.d_prime(halves).loc["R0", "d_prime"] == pytest.approx(math.log(5 / 3) / math.log(5))
    with pytest.raises(OptionError, match="whole numbers"):
        sp.d_prime(halves, units="counts")


@reference
def test_h2_prime_by_hand() -> None:
    assert sp.h2_prime(table([[4, 0, 0], [0, 3, 0], [0, 0, 5]]), units="counts")["h2_prime"] == pytest.approx(1.0)
    assert sp.h2_prime(table([[4, 0, 0], [0, 3, 3]]), units="shares")["h2_prime"] == pytest.approx(1.0)
    assert sp.h2_prime(table([[5, 5], [5, 5]]), units="counts")["h2_prime"] == 0.0
    assert sp.h2_prime(table([[5, 5], [5, 5]]), units="shares")["h2_prime"] == 0.0
    # Cells of 0 and 1 are as equal as whole units can be; as shares they are far from independent.
    assert sp.h2_prime(table([[1, 0], [0, 1]]), units="counts")["h2_prime"] != 1.0
    assert sp.h2_prime(table([[1, 0], [0, 1]]), units="auto")["h2_prime"] == 1.0
    # Row sums 2, 1 and column sums 2, 1: the independent table is 4/3, 2/3, 2/3, 1/3; whole units reach 1, 1, 1, 0.
    two = table([[2, 0], [0, 1]])
    assert sp.h2_prime(two, units="counts")["h2_max"] == pytest.approx(math.log(3))
    entropy = -(2 / 3 * math.log(2 / 3) + 1 / 3 * math.log(1 / 3))
    assert sp.h2_prime(two, units="shares")["h2_max"] == pytest.approx(2 * entropy)
    assert sp.h2_prime(two, units="shares")["h2_min"] == pytest.approx(entropy)
    assert sp.h2_prime(table([[2, 0], [0, 1]]))["h2_prime"] == 1.0
    assert sp.h2_prime(table([[0.2, 0.2], [0.3, 0.3]]))["h2_prime"] == pytest.approx(0.0, abs=1e-12)


def same_sums(rows: list[int], columns: list[int]) -> Iterator[list[tuple[int, ...]]]:
    """Yield every table of whole numbers with these sums."""
    if len(rows) == 1:
        yield [tuple(columns)]
        return
    for first in itertools.product(*(range(min(rows[0], column) + 1) for column in columns)):
        if sum(first) == rows[0]:
            for rest in same_sums(rows[1:], [c - x for c, x in zip(columns, first, strict=True)]):
                yield [first, *rest]


@reference
def test_bluethgen_against_every_table_with_the_same_sums() -> None:
    rng = np.random.default_rng(0)
    off = []
    for _ in range(40):
        values = rng.integers(0, 5, (3, 3)) if rng.random() < 0.7 else rng.integers(0, 4, (2, 4))
        values = values[values.sum(1) > 0][:, values.sum(0) > 0]
        d, h = sp.d_prime(table(values), units="counts"), sp.h2_prime(table(values), units="counts")
        q = values.sum(0) / values.sum()
        for row, least in zip(values, d["d_min"], strict=True):
            n = int(row.sum())
            mixes = itertools.product(*(range(min(n, int(c)) + 1) for c in values.sum(0)))
            costs = [
                sum(x / n * math.log(x / n / p) for x, p in zip(mix, q, strict=True) if x)
                for mix in mixes
                if sum(mix) == n
            ]
            assert least == pytest.approx(min(costs), abs=1e-9)
        entropies = []
        for other in same_sums(values.sum(1).tolist(), values.sum(0).tolist()):
            p = np.array(other, dtype=float).ravel() / values.sum()
            entropies.append(-(p[p > 0] * np.log(p[p > 0])).sum())
        if max(entropies) - min(entropies) > 1e-9:
            exact = (max(entropies) - h["h2"]) / (max(entropies) - min(entropies))
            off.append(abs(h["h2_prime"] - exact))
    assert np.mean(off) < 0.006
    assert max(off) < 0.1


@reference
def test_nestedness_by_hand() -> None:
    # Rows of degree 3, 2, 2: pairs (0,1) 2/2, (0,2) 2/2, (1,2) tie 0. Columns of degree 3, 2, 2 likewise.
    found = sp.nestedness(table([[1, 1, 1], [1, 1, 0], [1, 0, 1]]))
    assert found.tolist() == pytest.approx([200 / 3] * 3)
    assert sp.nestedness(table([[1, 0], [0, 1]]))["nodf"] == 0.0
    # Degrees 2, 1, 1, 0: an empty row overlaps with nobody. Rows 50 + 100 of pairs, columns of degree 2 and 2 tie.
    uneven = sp.nestedness(table([[1, 1, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]]))
    assert uneven["rows"] == pytest.approx(100 / 6)
    assert uneven["columns"] == pytest.approx(100 * (1 + 0) / 3)


@reference
def test_shift_share_by_hand() -> None:
    before, after = table([[50, 50], [100, 0]]), table([[60, 40], [120, 20]])
    classic = sp.shift_share(before, after)
    # The whole grows by 20 %; I0 by 20 %, I1 by 20 %: no mix effect. R0 should be 120 and is 100; R1 has 20 anew.
    assert classic.loc["R0"].tolist() == pytest.approx([0, 20, 0, -20])
    assert classic.loc["R1"].tolist() == pytest.approx([40, 20, 0, 20])
    same = sp.shift_share(before, after, variant="homothetic")
    # R0 has 100 people; like the whole it would have 75 in I0 and 25 in I1. Rates beyond: 0 and -40 %.
    assert same.loc["R0"].tolist() == pytest.approx([0, 20, 0, -10, -10])
    assert same.loc["R1"].tolist() == pytest.approx([40, 20, 0, 20, 0])
    strict = sp.shift_share(before, after, variant="homothetic", zero_cells="undefined")
    assert strict.loc["R1", ["competitive", "allocation"]].isna().all()
    assert strict.loc["R0", "competitive"] == pytest.approx(-10)


@reference
def test_krugman_against_the_others_by_hand() -> None:
    values = table([[4, 0], [1, 3], [2, 2]])
    # Others of R0: mean of (.25, .75) and (.5, .5) is (.375, .625).
    assert sp.krugman_index(values, reference="others")["R0"] == pytest.approx(2 * 0.625)
    # The columns' place shares are (4, 1, 2)/7 and (0, 3, 2)/5; each is the other's only other.
    expected = abs(4 / 7) + abs(1 / 7 - 3 / 5) + abs(2 / 7 - 2 / 5)
    assert sp.krugman_index(values, by="activity", reference="others").tolist() == pytest.approx([expected] * 2)
    empty = sp.krugman_index(table([[4, 0], [0, 0], [0, 4]]), reference="others")
    assert empty.tolist() == pytest.approx([2.0, math.nan, 2.0], nan_ok=True)


@reference
def test_complexity_equals_the_plain_eigenvector() -> None:
    rng = np.random.default_rng(4)
    for shape in ((9, 14), (14, 9)):
        has = table((rng.random(shape) < 0.45).astype(int))
        m = has.to_numpy(float)
        found = sp.economic_complexity(has)
        for side, got, degree in ((m, found.places, None), (m.T, found.activities, None)):
            walk = (side / side.sum(1, keepdims=True)) @ (side / side.sum(0)).T
            values, vectors = np.linalg.eig(walk)
            second = vectors[:, np.argsort(-values.real)[1]].real
            second = (second - second.mean()) / second.std(ddof=1)
            second *= np.sign((second * got).sum())
            np.testing.assert_allclose(got, second, rtol=1e-8, atol=1e-10)
            assert degree is None
        assert np.corrcoef(found.places, m.sum(1))[0, 1] > 0
        # A complex activity is one that complex places have.
        mean_place = (m * found.places.to_numpy()[:, None]).sum(0) / m.sum(0)
        assert np.corrcoef(found.activities, mean_place)[0, 1] == pytest.approx(1)


def small_networks() -> list[tuple[Network, pd.DataFrame]]:
    rng = np.random.default_rng(11)
    made = []
    for _ in range(40):
        n = int(rng.integers(1, 8))
        ids = [f"f{i}" for i in range(n)]
        edges = [(a, b) for a, b in itertools.combinations(ids, 2) if rng.random() < 0.35]
        has = pd.DataFrame(rng.random((n, 4)) < 0.35, index=ids, columns=list("abcd")).astype(int)
        made.append((Network.from_edges(edges, firms=ids), has))
    return made


@pytest.mark.slow
@reference
def test_smallest_team_equals_trying_every_set() -> None:
    for net, has in small_networks():
        graph = net.to_networkx(simple=True).to_undirected()
        found = sp.bundle_coverage(net, has, {"abc": "abc", "d": ["d"], "bd": ["b", "d"]}, max_firms=3)
        whole = sp.bundle_coverage(net, has, {"abc": "abc", "d": ["d"], "bd": ["b", "d"]})
        for name, tags in (("abc", "abc"), ("d", "d"), ("bd", "bd")):
            tags_list = list(tags) if name != "abc" else ["abc"]
            best = math.inf
            for size in range(1, len(net) + 1):
                for team in itertools.combinations(has.index, size):
                    sub = graph.subgraph(team)
                    if all(tag in has and has.loc[list(team), tag].any() for tag in tags_list) and is_connected(sub):
                        best = min(best, size)
            row = found.bundles.loc[name]
            assert (row["n_firms"] == best) if best < math.inf else math.isnan(row["n_firms"])
            assert row["covered"] == (best <= 3)
            assert whole.bundles.loc[name, "covered"] == (best < math.inf)
            assert math.isnan(whole.bundles.loc[name, "n_firms"])


def is_connected(graph: Any) -> bool:
    import networkx as nx

    return nx.is_connected(graph)


# ── every option has an outside value, and makes a difference ──

SAID = "Mapping", "Callable", "Network"
EXAMPLE = table([[9, 2, 0, 4], [1, 7, 3, 0], [2, 2, 6, 5], [0, 1, 8, 1], [3, 0, 0, 2]])
GROUPS = {"I0": "a", "I1": "a", "I2": "b", "I3": "b"}
CALLS: dict[str, Callable[..., Any]] = {
    "hhi": lambda **o: sp.hhi(EXAMPLE, **o),
    "entropy": lambda **o: sp.entropy(EXAMPLE, **o),
    "krugman_index": lambda **o: sp.krugman_index(EXAMPLE, **o),
    "hoover": lambda **o: sp.hoover(EXAMPLE, **o),
    "locational_gini": lambda **o: sp.locational_gini(EXAMPLE, **({"reference": "equal"} | o)),
    "shift_share": lambda **o: sp.shift_share(EXAMPLE, EXAMPLE[::-1].set_axis(EXAMPLE.index), **o),
    "co_occurrence": lambda **o: sp.co_occurrence(sp.rca(EXAMPLE), **o),
    "proximity": lambda **o: sp.proximity(sp.rca(EXAMPLE), **o),
    "relatedness": lambda **o: sp.relatedness(sp.co_occurrence((EXAMPLE > 0).astype(int)), **o),
    "economic_complexity": lambda **o: sp.economic_complexity((EXAMPLE > 1).astype(int), **o).places,
    "niche_width": lambda **o: sp.niche_width(EXAMPLE, **o),
    "d_prime": lambda **o: sp.d_prime(EXAMPLE, **o),
    "h2_prime": lambda **o: sp.h2_prime(EXAMPLE, **o),
    "substitutability": lambda **o: sp.substitutability(EXAMPLE, **o),
}


def closed_options() -> list[tuple[str, str, tuple[str, ...]]]:
    found = []
    for name in sp.__all__:
        function = getattr(sp, name)
        if not inspect.isfunction(function):
            continue
        names = {"Mapping": Mapping, "Callable": Callable, "Network": Network, "Iterable": typing.Iterable}
        hints = typing.get_type_hints(function, function.__globals__ | names)
        for option in inspect.signature(function).parameters:
            parts = (hints[option], *typing.get_args(hints[option]))
            values = [v for part in parts if typing.get_origin(part) is typing.Literal for v in typing.get_args(part)]
            if values:
                found.append((name, option, tuple(dict.fromkeys(values))))
    return found


@pytest.mark.parametrize(("name", "option", "values"), closed_options(), ids=lambda v: v if isinstance(v, str) else "")
def test_options_differ_and_are_closed(name: str, option: str, values: tuple[str, ...]) -> None:
    # "auto" is one of the others.
    got = {value: CALLS[name](**{option: value}) for value in values if value != "auto"}
    for one, other in itertools.combinations(got, 2):
        assert not got[one].equals(got[other]), (one, other)
    with pytest.raises(OptionError, match="choose"):
        CALLS[name](**{option: "nothing of the kind"})


def reference_calls() -> list[tuple[str, dict[str, object]]]:
    """Return the calls ``sp.name(..., option="value")`` written in ROWS and in the tests marked as reference."""
    tree = ast.parse(Path(__file__).read_text(encoding="utf-8"))
    kept = [
        node
        for node in tree.body
        if (isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "ROWS")
        or (isinstance(node, ast.FunctionDef) and "reference" in map(ast.unparse, node.decorator_list))
    ]
    calls = [node for part in kept for node in ast.walk(part) if isinstance(node, ast.Call)]
    return [
        (call.func.attr, {k.arg: getattr(k.value, "value", ...) for k in call.keywords if k.arg})
        for call in calls
        if isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "sp"
    ]


def test_every_closed_option_has_an_outside_row() -> None:
    calls = reference_calls()
    for name, option, values in closed_options():
        default = inspect.signature(getattr(sp, name)).parameters[option].default
        said = {given.get(option, default) for function, given in calls if function == name}
        if (name, option) == ("economic_complexity", "scale"):
            said.add("raw" if any(given.get("method") == "fitness" for _, given in calls) else None)
            said.add("sample_sd" if None in said else None)
        assert set(values) <= said, f"{name}({option}=...) has no outside value for {set(values) - said}"


def test_every_function_has_an_outside_row() -> None:
    named = {name for name, _ in reference_calls()}
    random = {"cluster_profile", "location_quotient_interval"}  # simulation, tested for coverage
    sums = {
        "tabulate",
        "capability_coverage",
        "community_variety",
        "specialization_by_coreness",
    }  # counted by hand below
    helpers = {"ellison_glaeser", "co_occurrence", "rca"}  # called once in Econ, named in ROWS by what they make
    functions = {name for name in sp.__all__ if inspect.isfunction(getattr(sp, name))}
    assert functions - named <= random | sums | helpers


# ── identities ──

counts = arrays.arrays(
    np.int64, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=st.integers(0, 50) | st.just(0)
).map(table)


@given(counts)
def test_mean_location_quotient_is_one(values: pd.DataFrame) -> None:
    found = sp.location_quotient(values)
    assert found.isna().equals(
        pd.DataFrame(
            (values.sum(axis=1) == 0).to_numpy()[:, None] | (values.sum(axis=0) == 0).to_numpy(),
            index=values.index,
            columns=values.columns,
        )
    )
    weight = values.sum(axis=1)
    if weight.sum():
        mean = found.mul(weight, axis=0).sum() / weight.sum()
        assert mean[values.sum() > 0].tolist() == pytest.approx([1.0] * int((values.sum() > 0).sum()))
        # A quotient of exactly 1 counts as specialized, so every activity that is there has a specialized place.
        assert (sp.rca(values).loc[:, values.sum() > 0].sum() >= 1).all()


@given(counts)
def test_indices_keep_their_ranges(values: pd.DataFrame) -> None:
    there, n = values.sum(axis=1) > 0, values.shape[1]
    h, e = sp.hhi(values), sp.entropy(values)
    assert h.notna().equals(there)
    assert h[there].between(1 / n - 1e-12, 1 + 1e-12).all()
    assert e[there].between(0, math.log2(n) + 1e-12).all()
    assert sp.krugman_index(values)[there].between(0, 2).all()
    np.testing.assert_allclose(2 * sp.hoover(values, by="place"), sp.krugman_index(values))
    assert sp.hachman(values)[there].between(0, 1 + 1e-12).all()
    for scale, most in (("area", 1.0), ("half", 0.5)):
        gini = sp.locational_gini(values, scale=scale)
        assert gini[values.sum() > 0].between(0, most).all()
        assert gini.notna().equals(values.sum() > 0)
    plain = sp.locational_gini(values, reference="equal")
    x = np.sort(values.to_numpy(float), axis=0)
    rank = np.arange(1, len(x) + 1)[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        textbook = 2 * (rank * x).sum(0) / (len(x) * x.sum(0)) - (len(x) + 1) / len(x)
    np.testing.assert_allclose(plain, textbook, atol=1e-12)


@given(counts, st.integers(0, 2**32 - 1))
def test_shift_share_adds_up(before: pd.DataFrame, seed: int) -> None:
    after = pd.DataFrame(
        np.random.default_rng(seed).integers(0, 60, before.shape), index=before.index, columns=before.columns
    )
    for variant in ("classic", "homothetic"):
        parts = sp.shift_share(before, after, variant=variant)
        if before.to_numpy().sum():
            np.testing.assert_allclose(parts.drop(columns="change").sum(axis=1), parts["change"], atol=1e-9)
            assert parts["competitive"].sum() == pytest.approx(
                parts["change"].sum() - parts["national"].sum() - parts["mix"].sum()
                if variant == "classic"
                else parts["competitive"].sum()
            )
        else:
            assert parts.drop(columns="change").isna().all(axis=None)


@given(counts, st.lists(st.sampled_from("xyz"), min_size=5, max_size=5))
def test_variety_splits_the_entropy(values: pd.DataFrame, labels: list[str]) -> None:
    found = sp.variety(values, groups=dict(zip(values.columns, labels, strict=False)))
    np.testing.assert_allclose(found["related"] + found["unrelated"], sp.entropy(values), atol=1e-12)
    assert (found.dropna() >= 0).all(axis=None)
    alone = sp.variety(values, groups=lambda code: code)
    np.testing.assert_allclose(alone["related"], 0 * sp.entropy(values), atol=1e-12)


@given(counts)
def test_bluethgen_stays_between_its_ends(values: pd.DataFrame) -> None:
    for units in ("counts", "shares"):
        d = sp.d_prime(values, units=units)
        assert d.loc[values.sum(axis=1) == 0].isna().all(axis=None)
        there = d[values.sum(axis=1) > 0]
        assert ((there["d_min"] <= there["d"] + 1e-12) & (there["d"] <= there["d_max"] + 1e-12)).all()
        assert there["d_prime"].dropna().between(0, 1).all()
        h = sp.h2_prime(values, units=units)
        if values.to_numpy().sum():
            assert h["h2_min"] <= h["h2"] <= h["h2_max"]
            assert math.isnan(h["h2_prime"]) or 0 <= h["h2_prime"] <= 1
        else:
            assert h.isna().all()


@given(counts)
def test_order_of_rows_and_columns_does_not_matter(values: pd.DataFrame) -> None:
    flipped = values.iloc[::-1, ::-1]
    for function in (sp.hhi, sp.krugman_index, sp.hachman, sp.uniqueness, sp.substitutability, sp.paired_difference):
        pd.testing.assert_series_equal(function(values), function(flipped).iloc[::-1])
    assert sp.nestedness(values).tolist() == pytest.approx(sp.nestedness(flipped).tolist(), nan_ok=True)
    pd.testing.assert_series_equal(sp.locational_gini(values), sp.locational_gini(flipped).iloc[::-1])
    has = (values > 0).astype(int)
    one, other = (
        sp.economic_complexity(has, method="fitness"),
        sp.economic_complexity(flipped.gt(0).astype(int), method="fitness"),
    )
    pd.testing.assert_series_equal(one.places, other.places.iloc[::-1])


@pytest.mark.slow
@given(counts)
def test_presence_measures_keep_their_ranges(values: pd.DataFrame) -> None:
    has = (values > 20).astype(int)
    near = sp.proximity(has)
    assert near.stack().dropna().between(0, 1).all()
    co = sp.co_occurrence(has)
    assert co.equals(co.T)
    for related in (near, sp.relatedness(co)):
        assert sp.relatedness_density(has, related).stack().dropna().between(0, 1 + 1e-12).all()
    for variant, most in (("cosine", 1.0), ("jaccard", 1.0)):
        assert sp.relatedness(co, variant=variant).stack().between(0, most).all()
    for method in ("eigenvector", "reflections", "fitness"):
        found = sp.economic_complexity(has, method=method)
        assert found.places[found.diversity == 0].isna().all()
        assert np.isfinite(found.places.dropna()).all()
        assert len(found.to_frame()) == sum(has.shape)


# ── Ellison-Glaeser under its own model ──


def darts(gamma: float, n_plants: int, draws: int, seed: int) -> pd.DataFrame:
    """Plants of Pareto size in 20 places whose attraction varies with Var p_j = gamma x_j (1 - x_j)."""
    rng = np.random.default_rng(seed)
    x = rng.dirichlet(np.full(20, 3.0))
    p = np.tile(x, (draws, 1)) if gamma == 0 else rng.dirichlet(x * (1 / gamma - 1), size=draws)
    up = p.cumsum(axis=1)
    where = (rng.random((draws, n_plants, 1)) > up[:, None, :-1]).sum(axis=2)
    size = np.ceil(10 * (rng.pareto(1.5, (draws, n_plants)) + 1))
    plants = pd.DataFrame(
        {
            "place": where.ravel(),
            "activity": np.repeat(np.arange(draws), n_plants),
            "employment": size.ravel(),
        }
    )
    return sp.ellison_glaeser(plants, reference=pd.Series(x))


def off_in_se(found: pd.DataFrame, gamma: float) -> float:
    return (found["gamma"].mean() - gamma) / (found["gamma"].std() / math.sqrt(len(found)))


def test_ellison_glaeser_is_unbiased_and_its_variance_right() -> None:
    null = darts(0.0, 30, 4000, seed=3)
    assert abs(off_in_se(null, 0.0)) < 3
    assert null["z"].std() == pytest.approx(1, abs=0.08)
    assert null["z"].mean() == pytest.approx(0, abs=0.05)
    # Very unequal plants have the widest gamma, so the variances average, not the deviations.
    assert math.sqrt((null["sd"] ** 2).mean()) == pytest.approx(null["gamma"].std(), rel=0.25)
    assert null["expected"].mean() > 0.03  # raw concentration is not zero: it is what plant size alone makes
    assert abs(off_in_se(darts(0.2, 10, 1500, seed=5), 0.2)) < 3


@pytest.mark.slow
@pytest.mark.parametrize("gamma", [0.0, 0.02, 0.05, 0.2, 0.5])
@pytest.mark.parametrize(("n_plants", "draws"), [(10, 4000), (500, 1000)])
def test_ellison_glaeser_finds_the_true_gamma(gamma: float, n_plants: int, draws: int) -> None:
    assert abs(off_in_se(darts(gamma, n_plants, draws, seed=17), gamma)) < 3


def test_ellison_glaeser_where_nothing_can_be_said() -> None:
    plants = pd.DataFrame(
        {"place": ["A", "A", "B", "A"], "activity": ["one", "two", "two", "none"], "employment": [5, 3, 3, 0]}
    )
    found = sp.ellison_glaeser(plants)
    assert found.loc["one", ["gamma", "sd", "z"]].isna().all()
    assert found.loc["one", "plant_hhi"] == 1.0
    assert found.loc["none", ["gamma", "z"]].isna().all()
    assert found["n_plants"].tolist() == [1, 1, 2]
    assert sp.ellison_glaeser(plants[plants["place"] == "A"])["gamma"].isna().all()
    assert not len(sp.ellison_glaeser(plants.iloc[:0]))
    with pytest.raises(OptionError, match="without place or activity: 2"):
        sp.ellison_glaeser(plants.assign(place=["A", "A", None, "A"]))
    with pytest.raises(OptionError, match=r"lacks places.*'B'"):
        sp.ellison_glaeser(plants, reference=pd.Series({"A": 1.0}))
    with pytest.raises(OptionError, match="'employees'"):
        sp.ellison_glaeser(plants, size="employees")
    with pytest.raises(OptionError, match=r"employment must hold nonnegative numbers; found '1: -3'"):
        sp.ellison_glaeser(plants.assign(employment=[5, -3, 3, 0]))


# ── the edges of tables ──

TABLE_FUNCTIONS = [
    sp.location_quotient, sp.rca, sp.hhi, sp.entropy, sp.krugman_index, sp.hoover, sp.locational_gini, sp.hachman,
    sp.niche_width, sp.niche_overlap, sp.d_prime, sp.h2_prime, sp.paired_difference, sp.redundancy,
    sp.substitutability, sp.uniqueness, sp.nestedness,
]  # fmt: skip


@pytest.mark.parametrize("function", TABLE_FUNCTIONS)
def test_dirty_cells_are_named(function: Callable[..., Any]) -> None:
    for bad, said in ((None, "nan"), (-2, "-2"), (math.inf, "inf"), ("many", "many")):
        values = table([[1, 2], [3, 4]]).astype(object)
        values.loc["R1", "I0"] = bad
        with pytest.raises(OptionError, match=r"R1, I0: (None|NaN|nan|-2|inf|many)") as told:
            function(values)
        assert said.casefold() in str(told.value).casefold() or bad is None
        assert "fillna(0)" in str(told.value)
    with pytest.raises(OptionError, match="more than one row 'R0'"):
        function(table([[1], [2]]).set_axis(["R0", "R0"]))
    with pytest.raises(OptionError, match="more than one column 'I'"):
        function(table([[1, 2]]).set_axis(["I", "I"], axis=1))
    with pytest.raises(OptionError, match="tabulate"):
        function([[1, 2]])


@pytest.mark.parametrize("function", TABLE_FUNCTIONS)
@pytest.mark.parametrize(
    "values",
    [
        table([[0, 0], [0, 0]]), table([[5]]), table([[1, 2, 3]]), table([[1], [2]]), pd.DataFrame(),
        table([[1, 2]]).iloc[:0],
    ],
    ids=["zeros", "one cell", "one place", "one activity", "empty", "no rows"],
)  # fmt: skip
def test_small_and_empty_tables_do_not_crash(function: Callable[..., Any], values: pd.DataFrame) -> None:
    before = values.copy()
    function(values)
    pd.testing.assert_frame_equal(values, before)


def test_small_tables_say_what_is_undefined() -> None:
    one = table([[5, 5]])
    assert sp.location_quotient(one).to_numpy().tolist() == [[1.0, 1.0]]
    assert sp.hhi(one)["R0"] == 0.5
    assert sp.krugman_index(one)["R0"] == 0.0
    assert math.isnan(sp.krugman_index(one, reference="others")["R0"])
    assert math.isnan(sp.hhi(table([[5]]), scale="normalized")["R0"])
    assert sp.locational_gini(one).tolist() == [0.0, 0.0]
    assert sp.hachman(one)["R0"] == 1.0
    assert math.isnan(sp.niche_width(table([[5]]), scale="unit")["R0"])
    assert math.isnan(sp.paired_difference(table([[5]]))["R0"])
    assert math.isnan(sp.d_prime(one)["d_prime"]["R0"])  # a firm that is all there is cannot differ
    assert math.isnan(sp.h2_prime(one)["h2_prime"])
    assert sp.nestedness(table([[1]])).isna().all()
    zero = table([[0, 0], [1, 3]])
    assert sp.hhi(zero).isna().tolist() == [True, False]
    assert sp.location_quotient(zero).loc["R0"].isna().all()
    assert sp.rca(zero).loc["R0"].tolist() == [0, 0]


def test_tables_in_any_numeric_form_agree() -> None:
    plain = table([[4, 1], [2, 2]])
    for form in (plain.astype("Int64"), plain.astype(object), plain.astype(str), plain.astype("float32")):
        pd.testing.assert_series_equal(sp.hhi(form), sp.hhi(plain))
    pd.testing.assert_series_equal(sp.niche_width(plain > 1), sp.niche_width((plain > 1).astype(int)))


def test_presence_and_squares_are_checked() -> None:
    with pytest.raises(OptionError, match=r"0 and 1 only; found 'R0, I1: 3'"):
        sp.economic_complexity(table([[1, 3]]))
    has = table([[1, 1], [0, 1]])
    with pytest.raises(OptionError, match="symmetric"):
        sp.relatedness(pd.DataFrame([[0, 1], [2, 0]], index=list("ab"), columns=list("ab")))
    with pytest.raises(OptionError, match="same things"):
        sp.relatedness(has)
    with pytest.raises(OptionError, match="activities of the table"):
        sp.relatedness_density(has, sp.proximity(has, by="place"))
    with pytest.raises(OptionError, match="steps"):
        sp.economic_complexity(has, steps=0)
    with pytest.raises(OptionError, match="threshold"):
        sp.rca(has, threshold=0)


def test_complexity_without_an_order_is_undefined() -> None:
    apart = sp.economic_complexity(table([[1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 1], [0, 0, 0, 1]]))
    assert apart.places.isna().all()
    assert "undefined" in repr(apart)
    alike = sp.economic_complexity(table([[1, 1], [1, 1]]))
    assert alike.places.isna().all()
    with_empty = sp.economic_complexity(table([[1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]))
    assert with_empty.places.isna().tolist() == [False, False, False, True]
    assert with_empty.activities.isna().tolist() == [False, False, False, True]
    assert with_empty.places["R0"] > with_empty.places["R1"] > with_empty.places["R2"]
    assert with_empty.settings.parameters["scale"] == "sample_sd"


def test_gini_and_hoover_with_a_place_of_reference_zero() -> None:
    values = table([[3], [1], [0]])
    population = pd.Series({"R2": 5, "R1": 5, "R0": 0})
    # All of R0's share stands over nothing: half of the people have nothing, the rest 1/4.
    assert sp.hoover(values, reference=population)["I0"] == pytest.approx(0.75)
    assert sp.locational_gini(values, reference=population)["I0"] == pytest.approx(1 - 0.5 * 0.25)
    with pytest.raises(OptionError, match=r"no value for 'R2'"):
        sp.hoover(values, reference=population.drop("R2"))
    with pytest.raises(OptionError, match="nonnegative"):
        sp.hoover(values, reference=-population)
    with pytest.raises(OptionError, match="a list; give a Series"):
        sp.hoover(values, reference=[1, 2, 3])
    with pytest.raises(OptionError, match="more than once"):
        sp.hoover(values, reference=pd.Series([1, 2], index=["R0", "R0"]))
    with pytest.raises(OptionError, match="normalized"):
        sp.locational_gini(values, reference=population, scale="normalized")
    with pytest.raises(OptionError, match="base"):
        sp.entropy(values, base=1)


def test_shift_share_and_litzenberger_want_matching_tables() -> None:
    before, after = table([[1, 2]]), table([[1, 2], [3, 4]])
    with pytest.raises(OptionError, match="'R1'"):
        sp.shift_share(before, after)
    with pytest.raises(OptionError, match="the order"):
        sp.shift_share(after, after[::-1])
    ones = pd.Series(1, index=before.index)
    with pytest.raises(OptionError, match="rows and columns of the table"):
        sp.litzenberger_sternberg(before, plants=after, area=ones, population=ones)
    with pytest.raises(OptionError, match="area is 0 in 'R0'"):
        sp.litzenberger_sternberg(before, plants=before, area=0 * ones, population=ones)
    with pytest.raises(OptionError, match="no group for 'I1'"):
        sp.variety(before, groups={"I0": "a"})
    with pytest.raises(OptionError, match="more than once"):
        sp.variety(before, groups=pd.Series(["a", "b"], index=["I0", "I0"]))


def test_tabulate_adds_up_and_keeps_the_silent() -> None:
    tags = pd.DataFrame({"firm": ["Ada", "Ada", "Bo", None], "tag": ["x", "x", "y", "x"], "hours": [2, 3, 4, 9]})
    assert sp.tabulate(tags, rows="firm", columns="tag").loc["Ada", "x"] == 2
    hours = sp.tabulate(tags, rows="firm", columns="tag", values="hours", index=["Cy", "Bo", "Ada"])
    assert hours.to_numpy().tolist() == [[0, 0], [0, 4], [5, 0]]
    assert hours.index.tolist() == ["Cy", "Bo", "Ada"]
    with pytest.raises(OptionError, match="'Ada' more than once"):
        sp.tabulate(tags, rows="firm", columns="tag", index=["Ada", "Ada", "Bo"])
    with pytest.raises(OptionError, match="rows that index lacks: 'Bo'"):
        sp.tabulate(tags, rows="firm", columns="tag", index=["Ada"])
    with pytest.raises(OptionError, match=r"no column 'tags'.*Did you mean 'tag'"):
        sp.tabulate(tags, rows="firm", columns="tags")
    with pytest.raises(OptionError, match=r"hours must hold nonnegative numbers; found '1: nan'"):
        sp.tabulate(tags.assign(hours=[1, None, 1, 1]), rows="firm", columns="tag", values="hours")


# ── intervals ──


def registry(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    p = np.array([0.25, 0.05, 0.1, 0.1, 0.2, 0.3])
    cell = rng.choice(6, n, p=p)
    return pd.DataFrame(
        {"place": np.array(["Nord", "Sud"])[cell // 3], "sector": np.array(["steel", "wine", "wool"])[cell % 3]}
    ).assign(employees=np.ceil(5 * (rng.pareto(2, n) + 1)))


def test_cluster_profile_tells_quotients_intervals_and_guards() -> None:
    firms = registry(300, 1)
    profile = sp.cluster_profile(firms, draws=200, seed=4, minimum=30)
    found = profile.table.set_index(["place", "activity"])
    plain = sp.location_quotient(sp.tabulate(firms, rows="place", columns="sector"))
    for (place, activity), row in found.iterrows():
        assert row["n"] == ((firms["place"] == place) & (firms["sector"] == activity)).sum()
        assert row["share"] == pytest.approx(row["n"] / (firms["place"] == place).sum())
        assert row["too_few"] == (row["n"] < 30)
        if row["too_few"]:
            assert row[["lq", "low", "high"]].isna().all()
            assert not row["specialized"]
        else:
            assert row["lq"] == pytest.approx(plain.loc[place, activity])
            assert row["low"] < row["lq"] < row["high"]
            assert row["specialized"] == (row["low"] > 1)
            drawn = profile.draws[place, activity]
            assert row["low"] == pytest.approx(drawn.quantile(0.025))
    assert found["too_few"].any()
    assert found["specialized"].any()
    for place, rows in profile.table.groupby("place"):
        assert rows["lq"].dropna().is_monotonic_decreasing, place
        assert not rows["lq"].isna().to_numpy()[: rows["lq"].notna().sum()].any()
    again = sp.cluster_profile(firms, draws=200, seed=4, minimum=30)
    pd.testing.assert_frame_equal(again.table, profile.table)
    assert profile.settings.seed == 4
    assert profile.settings.parameters["resample"] == "firms"
    fresh = sp.cluster_profile(firms, draws=3)
    pd.testing.assert_frame_equal(sp.cluster_profile(firms, draws=3, seed=fresh.settings.seed).draws, fresh.draws)


def test_cluster_profile_weighs_by_size_and_counts_the_left_out() -> None:
    firms = registry(200, 2)
    firms.loc[0, "place"] = None
    firms.loc[1, "sector"] = None
    firms.loc[2, "employees"] = None
    profile = sp.cluster_profile(firms, size="employees", draws=50, seed=1)
    assert profile.n_left_out == 3
    assert "3 firms left out" in repr(profile)
    jobs = sp.tabulate(firms.drop([0, 1, 2]), rows="place", columns="sector", values="employees")
    first = profile.table.iloc[0]
    assert first["lq"] == pytest.approx(sp.location_quotient(jobs).loc[first["place"], first["activity"]])
    assert first["size"] == jobs.loc[first["place"], first["activity"]]
    # One large employer makes the interval wide: firms are resampled, not jobs.
    heavy = firms.drop([0, 1, 2]).reset_index(drop=True)
    cell = heavy.index[(heavy["place"] == "Nord") & (heavy["sector"] == "steel")]
    heavy.loc[cell[0], "employees"] = 5000.0

    def width(made):
        row = made.table.set_index(["place", "activity"]).loc[("Nord", "steel")]
        return (row["high"] - row["low"]) / row["lq"]

    of_jobs = sp.location_quotient_interval(
        sp.tabulate(heavy, rows="place", columns="sector", values="employees"), draws=200, seed=1
    )
    of_firms = sp.cluster_profile(heavy, size="employees", draws=200, seed=1)
    assert width(of_firms) > 4 * width(of_jobs)


def test_profiles_of_nothing_and_of_one() -> None:
    none = sp.cluster_profile(pd.DataFrame({"place": [], "sector": []}), draws=5, seed=1)
    assert not len(none.table)
    assert none.draws.shape == (5, 0)
    one = sp.cluster_profile(pd.DataFrame({"place": ["A"], "sector": ["x"]}), draws=5, seed=1, minimum=1)
    assert one.table.loc[0, ["lq", "low", "high"]].tolist() == [1, 1, 1]
    nothing = sp.cluster_profile(
        pd.DataFrame({"place": ["A"] * 6, "sector": ["x"] * 6, "jobs": [0] * 6}), size="jobs", draws=5, seed=1
    )
    assert nothing.table.loc[0, ["lq", "low", "high"]].isna().all()
    assert not nothing.table.loc[0, "specialized"]
    for wrong in ({"level": 1.0}, {"draws": 1}, {"minimum": 0}, {"seed": -1}, {"minimum": 2.5}):
        with pytest.raises(OptionError, match=next(iter(wrong))):
            sp.cluster_profile(pd.DataFrame({"place": ["A"], "sector": ["x"]}), **wrong)
    with pytest.raises(OptionError, match="no column 'sector'"):
        sp.cluster_profile(pd.DataFrame({"place": ["A"]}))


def test_counts_are_drawn_as_poisson_numbers() -> None:
    values = table([[40, 10], [30, 120]])
    found = sp.location_quotient_interval(values, draws=4000, seed=2, level=0.9)
    drawn = found.draws["R0", "I0"]
    # Delta method on log LQ = log cell + log total - log row - log column, each count having its mean as variance.
    slope = np.array([[1 / 40 - 1 / 50 - 1 / 70, -1 / 50], [-1 / 70, 0]]) + 1 / 200
    assert np.log(drawn).std() == pytest.approx(math.sqrt((slope**2 * values.to_numpy()).sum()), rel=0.08)
    row = found.table.set_index(["place", "activity"]).loc[("R0", "I0")]
    assert [row["low"], row["high"]] == pytest.approx(drawn.quantile([0.05, 0.95]).tolist())
    wide = sp.location_quotient_interval(values, draws=400, seed=2, level=0.99).table
    narrow = sp.location_quotient_interval(values, draws=400, seed=2, level=0.5).table
    assert (wide["high"] - wide["low"] > narrow["high"] - narrow["low"]).all()
    assert found.settings.parameters["resample"] == "poisson"


@pytest.mark.slow
def test_intervals_cover_the_true_quotient() -> None:
    p = np.array([[0.25, 0.05, 0.1], [0.1, 0.2, 0.3]])
    truth = p / p.sum(1, keepdims=True) / p.sum(0)
    for method in ("firms", "counts"):
        hits, told = 0, 0
        for seed in range(150):
            firms = registry(400, seed)
            if method == "firms":
                made = sp.cluster_profile(firms, draws=300, seed=seed)
            else:
                made = sp.location_quotient_interval(
                    sp.tabulate(firms, rows="place", columns="sector"), draws=300, seed=seed
                )
            rows = made.table.set_index(["place", "activity"]).sort_index()
            inside = (rows["low"].to_numpy() <= truth.ravel()) & (truth.ravel() <= rows["high"].to_numpy())
            hits += inside.sum()
            told += len(rows)
        assert 0.92 < hits / told < 0.975, method


# ── joined to the topology ──


def chain() -> tuple[Network, pd.DataFrame]:
    net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Di", "Ed")], firms=["Ada", "Bo", "Cy", "Di", "Ed", "Flo"])
    has = pd.DataFrame(
        {"mill": [1, 0, 0, 1], "weld": [0, 0, 1, 0], "paint": [0, 0, 0, 1], "none": 0}, index=["Ada", "Bo", "Cy", "Di"]
    )
    return net, has


def test_capability_coverage_grows_with_partners() -> None:
    net, has = chain()
    found = sp.capability_coverage(net, has)
    assert found["own"].tolist() == pytest.approx([1 / 3, 0, 1 / 3, 2 / 3, 0, 0])
    assert found["with_partners"].tolist() == pytest.approx([1 / 3, 2 / 3, 1 / 3, 2 / 3, 2 / 3, 0])
    assert found["gain"].tolist() == pytest.approx([0, 2 / 3, 0, 0, 2 / 3, 0])
    assert sp.capability_coverage(net, has, steps=2).loc["Ada", "with_partners"] == pytest.approx(2 / 3)
    assert sp.capability_coverage(net, 0 * has).isna().all(axis=None)
    directed = Network.from_edges([("Ada", "Bo")], firms=["Ada", "Bo"], directed=True)
    assert sp.capability_coverage(directed, has.loc[["Ada"]]).loc["Bo", "with_partners"] == 1.0
    with pytest.raises(OptionError, match="network lacks: 'Cy', 'Di'"):
        sp.capability_coverage(directed, has)
    with pytest.raises(OptionError, match="steps"):
        sp.capability_coverage(net, has, steps=0)
    assert not len(sp.capability_coverage(Network.from_edges([]), has.iloc[:0]))


def test_bundle_coverage_tells_what_is_missing() -> None:
    net, has = chain()
    asked = {"gate": ["mill", "weld"], "sign": ["weld", "paint"], "rail": "mill", "moon": ["mill", "magic"]}
    found = sp.bundle_coverage(net, has, asked, weights=pd.Series({"gate": 3, "sign": 1, "rail": 0, "moon": 1}))
    assert found.bundles["covered"].tolist() == [True, False, True, False]
    assert found.bundles["missing"].tolist() == [0, 1, 0, 1]
    assert found.bundles["tags"].tolist() == [2, 2, 1, 2]
    assert found.share == pytest.approx(3 / 5)
    teams = sp.bundle_coverage(net, has, asked, max_firms=3)
    assert teams.bundles["n_firms"].tolist() == pytest.approx([3, math.nan, 1, math.nan], nan_ok=True)
    assert teams.share == 0.5
    assert sp.bundle_coverage(net, has, asked, max_firms=2).bundles["covered"].tolist() == [False, False, True, False]
    assert sp.bundle_coverage(net, has, {"twice": ["mill", "mill"]}).bundles["tags"].tolist() == [1]
    assert math.isnan(sp.bundle_coverage(net, has, {}).share)
    numbered = sp.bundle_coverage(
        net, has.set_axis(range(4), axis=1), {"gate": (0, 1), "rail": 0, "moon": 7}, max_firms=3
    )
    assert numbered.bundles["n_firms"].tolist() == pytest.approx([3, 1, math.nan], nan_ok=True)
    assert repr(teams) == "<BundleCoverage: 2 of 4 bundles covered, share 0.500>"
    with pytest.raises(OptionError, match="'empty' asks for no capability"):
        sp.bundle_coverage(net, has, {"empty": []})
    with pytest.raises(OptionError, match="at most 10"):
        sp.bundle_coverage(net, has, {"all": [f"t{i}" for i in range(11)]}, max_firms=3)
    with pytest.raises(OptionError, match="weights has no value for 'gate'"):
        sp.bundle_coverage(net, has, {"gate": "mill"}, weights=pd.Series({"sign": 1}))
    empty = sp.bundle_coverage(Network.from_edges([]), has.iloc[:0], {"gate": "mill"}, max_firms=1)
    assert empty.bundles["covered"].tolist() == [False]


def test_community_variety_adds_up_firms() -> None:
    does = pd.DataFrame(
        {"a1": [2, 0, 0, 1, 0], "a2": [0, 2, 0, 0, 0], "b1": [0, 0, 4, 0, 0]}, index=["Ada", "Bo", "Cy", "Di", "Ed"]
    )
    together = pd.Series({"Ada": 0.0, "Bo": 0.0, "Cy": 0.0, "Di": 1.0, "Ed": 1.0, "Flo": 2.0})
    found = sp.community_variety(does, together, groups=lambda code: code[0], minimum=2)
    assert found.loc[0.0, ["unrelated", "related", "total"]].tolist() == [1.0, 0.5, 1.5]
    assert found["n_firms"].tolist() == [3, 1]
    assert found["too_few"].tolist() == [False, True]
    assert found.loc[1.0, ["unrelated", "related", "total"]].isna().all()
    without = sp.community_variety(does, together.where(together != 1), groups=lambda code: code[0], minimum=1)
    assert without.index.tolist() == [0.0]
    net = Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Di", "Ed")])
    joined = sp.community_variety(
        does, cohesion.communities(net, seed=1).membership, groups=lambda code: code[0], minimum=1
    )
    assert joined["n_firms"].tolist() == [3, 1]
    with pytest.raises(OptionError, match="none of the firms"):
        sp.community_variety(does, pd.Series({"ada": 1}), groups=lambda code: code[0])
    with pytest.raises(OptionError, match="more than once"):
        sp.community_variety(does, pd.Series([1, 2], index=["Ada", "Ada"]), groups=lambda code: code[0])


def test_specialization_by_coreness_finds_the_planted_slope() -> None:
    rng = np.random.default_rng(3)
    ids = [f"f{i}" for i in range(60)]
    core = pd.Series(np.repeat([1, 2, 3], 20), index=ids)
    has = pd.DataFrame(0, index=ids, columns=[f"t{j}" for j in range(12)])
    for firm, level in core.items():
        has.loc[firm, rng.choice(has.columns, 2 * level, replace=False)] = 1
    found = sp.specialization_by_coreness(has, core)
    assert found["niche_width"].tolist() == pytest.approx([2, 4, 6])
    assert found["n_firms"].tolist() == [20, 20, 20]
    expected = sp.d_prime(has)["d_prime"].groupby(core).mean()
    assert found["d_prime"].tolist() == pytest.approx(expected.tolist())
    halves = sp.specialization_by_coreness(has, core.astype(float) + np.linspace(0, 0.1, 60), bins=4)
    assert halves["n_firms"].tolist() == [15, 15, 15, 15]
    assert halves["niche_width"].is_monotonic_increasing
    assert halves["highest"].iloc[0] < halves["lowest"].iloc[1]
    few = sp.specialization_by_coreness(has, core, minimum=21)
    assert few["too_few"].all()
    assert few[["niche_width", "d_prime", "uniqueness"]].isna().all(axis=None)
    gone = sp.specialization_by_coreness(has, core.where(core > 1))
    assert gone["lowest"].tolist() == [2, 3]
    with pytest.raises(OptionError, match="must hold numbers"):
        sp.specialization_by_coreness(has, core.astype(str))
    assert not len(sp.specialization_by_coreness(has.iloc[:0], core.iloc[:0].astype(float)))


def test_specialist_firms_are_found_in_a_planted_table() -> None:
    """Ten specialists with a capability of their own, ten generalists with all the common ones."""
    has = pd.DataFrame(0, index=[f"s{i}" for i in range(10)] + [f"g{i}" for i in range(10)], columns=range(20))
    for i in range(10):
        has.loc[f"s{i}", i] = 1
        has.loc[f"g{i}", range(10, 20)] = 1
    assert sp.uniqueness(has).tolist() == [1.0] * 10 + [0.0] * 10
    d = sp.d_prime(has)["d_prime"]
    assert d.iloc[:10].min() > d.iloc[10:].max()
    own = np.kron(np.eye(4), np.ones((5, 5)))
    none, some, much = (sp.h2_prime(pd.DataFrame(1 + times * own))["h2_prime"] for times in (0, 3, 9))
    assert none == pytest.approx(0, abs=1e-12)
    assert 0 < some < much < 1
    assert sp.niche_overlap(has).loc["g0", "g1"] == pytest.approx(1)
    assert sp.redundancy(has)["sole"].notna().sum() == 10


# ── found by adversarial reading ──


def test_reflections_do_not_turn_activities_upside_down() -> None:
    """After even steps the activities' averages measure ubiquity: nested places show which end is complex."""
    nested = table(np.tril(np.ones((5, 5))))  # R4 has all, I0 is everywhere, I4 only in R4
    exact = sp.economic_complexity(nested)
    for steps in (20, 21):
        found = sp.economic_complexity(nested, method="reflections", steps=steps)
        assert (found.places.idxmax(), found.places.idxmin()) == ("R4", "R0")
        assert (found.activities.idxmax(), found.activities.idxmin()) == ("I4", "I0")
        assert np.corrcoef(found.activities, exact.activities)[0, 1] > 0.99
    raw = sp.economic_complexity(nested, method="reflections", steps=2, scale="raw")
    assert raw.activities.tolist() == [3, 3.5, 4, 4.5, 5]  # mean diversity of the places that have it
    assert raw.places.tolist() == [3, 3.25, 3.5, 3.75, 4]  # mean of these
    assert sp.economic_complexity(nested, method="reflections", steps=1, scale="raw").places.tolist() == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("unit", [1, 10**6, 10**9, 10**12])
def test_specialization_of_money_is_found_and_does_not_depend_on_its_unit(unit: int) -> None:
    """Whole euros are counts too; differences of x ln x lost all digits, and the search for d_min never ended."""
    rng = np.random.default_rng(4)
    values = table(rng.integers(0, 1000, (12, 9)) * unit)
    plain = sp.d_prime(values / unit, units="shares")
    found = sp.d_prime(values)
    assert found["d"].tolist() == pytest.approx(plain["d"].tolist())
    assert found["d_prime"].tolist() == pytest.approx(plain["d_prime"].tolist(), abs=1e-4)
    assert sp.h2_prime(values)["h2_prime"] == pytest.approx(
        sp.h2_prime(values, units="shares")["h2_prime"], abs=1e-4 if unit == 1 else 1e-8
    )


def test_whole_numbers_that_floats_cannot_count_are_shares() -> None:
    values = table(np.random.default_rng(4).integers(0, 1000, (6, 5)) * 1e16)
    pd.testing.assert_series_equal(sp.h2_prime(values), sp.h2_prime(values, units="shares"))
    with pytest.raises(OptionError, match=r"below 1e\+15 in all"):
        sp.d_prime(values, units="counts")


@pytest.mark.parametrize(
    "column",
    [
        pd.to_datetime(["2020-01-01", "2021-01-01"]),
        pd.to_timedelta([1, 2], unit="D"),
        pd.Series([1 + 2j, 2]),
        pd.Series([pd.Timestamp("2020"), 2], dtype=object),
    ],
)
def test_dates_are_no_employment(column: Any) -> None:
    """A date is nanoseconds to pandas, and would outweigh all jobs."""
    with pytest.raises(OptionError, match=r"0, founded: (2020|1 days|\(1\+2j\))"):
        sp.hhi(pd.DataFrame({"jobs": [1, 2], "founded": column}))
    plants = pd.DataFrame({"place": ["A", "B"], "activity": "x", "employment": column})
    with pytest.raises(OptionError, match="must hold nonnegative numbers; found '0: "):
        sp.ellison_glaeser(plants)


def test_a_place_of_the_reference_without_employment_counts() -> None:
    """Silently dropped, the empty region of 98 people would make the activity look spread like the population."""
    jobs = table([[1], [1]])
    people = pd.Series({"R0": 1, "R1": 1, "R2": 98})
    for function in (sp.hoover, sp.locational_gini):
        with pytest.raises(OptionError, match=r"values for 'R2'.*reindex\(index=reference.index, fill_value=0\)"):
            function(jobs, reference=people)
        full = jobs.reindex(index=people.index, fill_value=0)
        assert function(full, reference=people)["I0"] == pytest.approx(0.98)
        assert function(jobs, reference=people.where(people < 2, 0))["I0"] == 0
    with pytest.raises(OptionError, match=r"values for 'I9'.*columns=reference.index"):
        sp.hoover(jobs, by="place", reference=pd.Series({"I0": 1, "I9": 1}))


def test_a_table_without_rows_or_columns_has_no_indices() -> None:
    places, activities = pd.DataFrame(index=["A", "B"]), pd.DataFrame(columns=["x", "y"], dtype=float)
    for function in (sp.hhi, sp.entropy, sp.krugman_index, sp.hoover, sp.locational_gini):
        assert function(places, by="place").isna().tolist() == [True, True]
        assert function(activities, by="activity").isna().tolist() == [True, True]
    assert sp.krugman_index(places, reference="others").isna().all()
    assert sp.niche_overlap(places).isna().all(axis=None)


def test_missing_relatedness_is_not_none() -> None:
    has = table([[1, 0, 0], [1, 1, 0]])
    near = sp.proximity(has)
    assert math.isnan(near.loc["I2", "I2"])  # nobody has it: the one gap that means nothing
    assert sp.relatedness_density(has, near).loc["R0", "I1"] == pytest.approx(0.5 / 1.5)
    near.loc["I0", "I1"] = np.nan
    with pytest.raises(OptionError, match="'I0, I1: nan'"):
        sp.relatedness_density(has, near)
    with pytest.raises(OptionError, match="related is a ndarray"):
        sp.relatedness_density(has, np.eye(3))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda t: sp.variety(t, groups=["a", "b"]), "groups is a list"),
        (lambda t: sp.variety(t, groups="sector"), "groups is a str"),
        (lambda t: sp.entropy(t, base="2"), "base is '2'"),
        (lambda t: sp.rca(t, threshold=None), "threshold is None"),
        (lambda t: sp.location_quotient_interval(t, level="0.9"), "level is '0.9'"),
        (lambda t: sp.location_quotient_interval(t * 1e19), "no count of firms"),
        (lambda t: sp.locational_gini(t, reference={"R0": 1}), "reference is a dict"),
        (lambda t: sp.locational_gini(t, reference=np.ones(2)), "reference is a ndarray"),
        (lambda t: sp.ellison_glaeser(listed(), reference={"A": 1}), "reference is a dict"),
        (lambda t: sp.tabulate(listed(), rows=["place"], columns="activity"), r"no column \['place'\]"),
        (lambda t: sp.tabulate(listed(), rows="place", columns="activity", index="A"), "index is 'A'"),
        (
            lambda t: sp.tabulate(listed(), rows="mixed", columns="activity"),
            "mixed holds 'Timestamp', 'int', which have no",
        ),
        (lambda t: sp.cluster_profile(listed(), place="mixed", activity="activity"), "mixed holds"),
        (lambda t: sp.bundle_coverage(PAIR, t, [["I0"]]), "bundles is a list"),
        (lambda t: sp.bundle_coverage(PAIR, t, pd.Series({"b": ["I0"]})), "bundles is a Series"),
        (lambda t: sp.bundle_coverage(PAIR, t, {"b": [["I0"]]}), r"bundle 'b' asks for \['I0'\]"),
    ],
)
def test_what_is_no_option_is_told(call: Callable[[pd.DataFrame], Any], said: str) -> None:
    with pytest.raises(OptionError, match=said):
        call(table([[1, 0], [0, 1]]))


PAIR = Network.from_edges([("R0", "R1")])


def listed() -> pd.DataFrame:
    mixed = pd.Series([3, pd.Timestamp("2020")], dtype=object)
    return pd.DataFrame({"place": ["A", "B"], "activity": ["x", "y"], "employment": [1, 2], "mixed": mixed})


def test_groups_and_bundles_may_be_called_by_pairs() -> None:
    found = sp.variety(table([[1, 1, 2]]), groups={"I0": ("a", 1), "I1": ("a", 1), "I2": ("b", 1)})
    assert found.loc["R0"].tolist() == pytest.approx([1, 0.5, 1.5])
    bundles = sp.bundle_coverage(PAIR, table([[1, 0], [0, 1]]), {("house", 2020): ["I0", "I1"]}).bundles
    assert bundles.index.tolist() == [("house", 2020)]
    assert bundles["covered"].tolist() == [True]


def test_a_team_that_is_too_large_is_still_counted() -> None:
    chain = Network.from_edges([("R0", "R1"), ("R1", "R2")])
    found = sp.bundle_coverage(chain, table([[1, 0], [0, 0], [0, 1]]), {"b": ["I0", "I1"]}, max_firms=2)
    assert found.bundles.loc["b", ["covered", "missing", "n_firms"]].tolist() == [False, 0, 3]


def test_an_agreement_is_no_partner_and_no_member_of_a_team() -> None:
    """Ada and Bo meet in a joint venture: a team of two, not three, and each has what the other can do."""
    modes = pd.DataFrame({"mode": ["firm", "firm", "venture"]}, index=["R0", "R1", "JV"])
    net = Network.from_edges([("R0", "JV"), ("R1", "JV")], firms=modes)
    has = table([[1, 0], [0, 1]])
    for call in (sp.capability_coverage, lambda *given: sp.bundle_coverage(*given, {"b": ["I0", "I1"]}, max_firms=2)):
        with pytest.raises(NetworkError, match="partners of a firm are agreements"):
            call(net, has)
    firms = net.project("firm")
    assert sp.capability_coverage(firms, has)["with_partners"].tolist() == [1, 1]
    assert sp.bundle_coverage(firms, has, {"b": ["I0", "I1"]}, max_firms=2).bundles["n_firms"].tolist() == [2]


def test_communities_keep_their_numbers() -> None:
    does = table([[1, 0], [0, 1], [0, 0]])
    found = sp.community_variety(does, pd.Series({"R0": 2, "R2": 7}), groups=lambda label: label, minimum=1)
    assert found.index.tolist() == [2]
    assert found.index.dtype == "int64"
