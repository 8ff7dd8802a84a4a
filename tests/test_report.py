"""The report: what it says, that names stay names, that it is written whole or not at all, and the same twice."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clusternet.report._files as files
from clusternet import Network, build_network, link_firms, plots, read_records, simulate
from clusternet.bibliography import cite, parse_bibtex, references
from clusternet.centrality import degree
from clusternet.dynamics import indicators
from clusternet.errors import OptionError, RecordsError
from clusternet.measure import list_measures
from clusternet.report import (
    Figure,
    Formulas,
    Heading,
    KeyFigures,
    Listing,
    Map,
    Paragraph,
    Report,
    ReportConfig,
    Table,
    _mending,
    claims_section,
    make_report,
    render_html,
    write_report,
)
from clusternet.report._analysis import choose_shown
from clusternet.report._blocks import FIRM_MEASURES
from clusternet.report._formulas import FORMULAS
from clusternet.report._leaving import fair
from clusternet.report._sections import READINGS
from clusternet.report._specialization import named_capabilities
from clusternet.report._text import decimal, join, number, share
from clusternet.resilience import relative_robustness, remove_firms
from clusternet.result import Settings

SHARED = Path(__file__).parents[2] / "shared"
FEW = {
    "theory": {"draws": 0},
    "resilience": {"draws": 50, "null_draws": 19, "introductions": 2},
    "dynamics": {"draws": 0},
    "cohesion": {"runs": 3},
    "brokerage": {"draws": 19},
    "specialization": {"draws": 50},
    "dependence": {"draws": 20},
}
QUICK = ReportConfig.from_dict(FEW)
LEAN = ReportConfig.from_dict(FEW | {"resilience": {"draws": 50, "null_draws": 0, "introductions": 0}})
"""For sections that need neither random networks nor introductions."""
HOSTILE = {
    "f1": "<script>alert(1)</script>",
    "f2": '=HYPERLINK("http://example.org","x")',
    "f3": r"$\alpha$ A$B$C",
    "f4": "</script><img src=x onerror=alert(2)>",
    "f5": "شركة الميناء",
    "f6": "🚀 Rocket 港口",
    "f7": "+cmd|' /C calc'!A0",
    "f8": "very long name " * 60,
    "f9": '"><svg/onload=alert(3)> \u2028 <!--',
}


def star(leaves: int = 9) -> Network:
    ids = ["Hub", *(f"Leaf {place}" for place in range(leaves)), "Alone"]
    firms = pd.DataFrame({"sector": ["port"] + ["wood", "food", "wood"] * 3 + ["wood"]}, index=ids)
    ties = pd.DataFrame(
        {
            "source": "Hub",
            "target": ids[1:-1],
            "layer": ["supply"] * 4 + ["alliance"] * 5,
            "directed": [True] * 4 + [False] * 5,
        }
    )
    return Network(firms, ties)


def records_with_dirt() -> dict[str, pd.DataFrame]:
    firms = pd.DataFrame(
        {"firm_id": list(HOSTILE), "name": list(HOSTILE.values()), "sector": ["=1+1", "<b>wood</b>"] * 4 + ["wood"]}
    )
    ids = list(HOSTILE)
    pairs = pd.DataFrame(
        {
            "a": [*ids[:-1], "f1", "f1", "Nobody <b>Ltd</b>"],
            "b": [*ids[1:], "f1", "f3", "f2"],
            "kind": ["alliance", "supplier"] * 4 + ["alliance", "friendly", "alliance"],
            "reported_by": [*ids[:-1], "f1", "f1", "f2"],
            "start": ["2020-01-01"] * 8 + ["31/02/2021", "2020-01-01", "2020-01-01"],
            "input": ["", "<i>steel</i>", "", "=1+2"] * 2 + [""] * 3,
        }
    )
    sent = pd.DataFrame({"from": ids[:-1], "to": ids[1:], "customers": 4, "converted": 2})
    tags = pd.DataFrame({"firm_id": ids, "tag": ["=2+3", "<u>welding</u>", "\u202ecasting"] * 3})
    return {"firms": firms, "partnerships": pairs, "referrals": sent, "capabilities": tags}


class Page(HTMLParser):
    """Collects what a browser would act upon."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.inside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.inside.append(tag)

    def handle_endtag(self, tag):
        if tag in self.inside:
            while self.inside.pop() != tag:
                pass

    def handle_data(self, data):
        if not {"script", "style"} & set(self.inside):
            self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture
def no_pictures(monkeypatch):
    """Most tests do not look at pictures, which take most of the time."""
    monkeypatch.setattr(plots, "draw_svg", lambda draw, size: '<svg width="72pt" height="36pt"></svg>')


@pytest.fixture
def unseen(monkeypatch):
    """Leave out what only eyes can tell: drawing takes half the time of a small report."""
    monkeypatch.setattr(plots, "draw_svg", lambda draw, size: "<svg></svg>")


@pytest.fixture(scope="module")
def star_report() -> Report:
    return make_report(star(), config=QUICK)


@pytest.fixture(scope="module")
def hostile_report() -> Report:
    return make_report(records_with_dirt(), config=QUICK)


@pytest.fixture(scope="module")
def cluster_report() -> Report:
    made = simulate.mess(simulate.cluster(80, seed=4), seed=5)
    return make_report(made.tables, config=QUICK)


def table(report: Report, title: str) -> Table:
    return next(part for part in report.parts if isinstance(part, Table) and part.title == title)


class TestText:
    def test_numbers(self):
        assert (share(0.5), share(0.9999), share(0.0004), share(1.0), share(float("nan"))) == (
            "50%",
            "99.99%",
            "0.04%",
            "100%",
            "–",
        )
        assert (share(1e-7), share(1 - 1e-7), share(1 + 1e-15, 1), share(1e-15)) == (
            "<0.001%",
            ">99.999%",
            "100.0%",
            "0%",
        )
        assert (decimal(-0.0691), decimal(1e-6), decimal(0.0), number(1200.0), number(0.25)) == (
            "−0.069",
            "1.0e-6".replace("-", "−"),
            "0.000",
            "1,200",
            "0.250",
        )
        assert join(["a", "b", "c"]) == "a, b and c"


class TestWhatItSays:
    def test_numbers_of_a_star(self, star_report):
        numbers = star_report.numbers
        assert numbers["firms.known"] == 11
        assert numbers["firms.isolated"] == 1
        assert numbers["ties.pairs"] == 9
        assert numbers["layers.supply.ties"] == 4
        assert numbers["giant.share"] == pytest.approx(10 / 11)
        assert numbers["network.density"] == pytest.approx(9 / 55)
        assert numbers["top.betweenness.firm"] == "Hub"
        # all 36 pairs of leaves run through the hub, of the 45 pairs of other firms
        assert numbers["top.betweenness.value"] == pytest.approx(36 / 45)
        # hub first: 10/11 firms, then nine single firms (1/11 each) until the last has left
        assert numbers["removal.degree.R"] == pytest.approx(10 / 11 / 11)
        assert numbers["mixing.sector.e_i"] == 1.0
        json.dumps(numbers, allow_nan=False)

    def test_five_findings_each_with_its_number(self, star_report):
        (five,) = [part for part in star_report.parts if isinstance(part, KeyFigures)]
        assert len(five.items) == 5
        said = [item.sentence for item in five.items]
        assert said[0].startswith(
            "The records know of 11 firms, and 10 of them (91%) have at least one tie: 9 tied pairs in two layers, or "
            "kinds of tie: alliance and supply."
        )
        assert "largest connected group holds 10 firms (91% of all)" in said[1]
        # All routes between the leaves, and none to the firm without a tie: 36 of 45 pairs.
        assert said[2].startswith("Hub stands on the shortest route between 80% of all pairs of other firms, more than")
        assert "The loss of Hub alone would cut 36 pairs of other firms" in five.items[2].caveat
        assert said[4].startswith(
            "Should the firm with the most partners leave (9% of all), the largest connected group would shrink from "
            "10 to 1 firm;"
        )
        assert "random orders it holds between" in five.items[4].caveat

    def test_the_hub_holds_the_others(self, star_report):
        rows = table(star_report, "Firms with ties, the most central first").rows
        assert rows[0][0] == "Hub"
        assert rows[0][2] == "9 (1)"
        assert rows[0][-1] == "yes"
        assert {row[-1] for row in rows[1:]} == {""}

    def test_loss_of_one_firm(self, star_report):
        hub = table(star_report, "What leaves with a firm").rows[0]
        # 45 pairs are reachable; 36 of others and the hub's own 9 are lost, and eight leaves are cut off from the ninth
        assert hub == ("Hub", "port", "8", "45 (100%)")
        alone = star_report.tables["vulnerability"].set_index("firm").loc["Hub"]
        assert (alone["pairs_lost_others"], alone["components_gained"]) == (36, 8)

    def test_every_part_explains_itself(self, cluster_report):
        for part in cluster_report.parts:
            if isinstance(part, Table):
                assert part.reading.endswith(".")
                assert all(len(row) == len(part.columns) for row in part.rows), part.title
            if isinstance(part, (Figure, Map)):
                assert len(part.alt) > 20
                assert part.caption
        kinds = [type(part).__name__ for part in cluster_report.parts]
        assert {"KeyFigures", "Table", "Figure", "Map", "Formulas", "Facts"} <= set(kinds)

    def test_sections_in_order(self, cluster_report):
        found = [part.anchor for part in cluster_report.parts if isinstance(part, Heading) and part.level == 2]
        assert found == [
            "summary", "data", "map", "who", "brokerage", "cohesion", "specialization", "dependence", "leaving",
            "shocks", "mending", "dynamics", "methods",
        ]  # fmt: skip

    def test_rows_read_are_told(self, cluster_report):
        rows = table(cluster_report, "Rows read").rows
        for row in rows:
            read, kept, rejected = (int(cell.replace(",", "")) for cell in row[1:4])
            assert read == kept + rejected
        numbers = cluster_report.numbers
        assert sum(int(row[1].replace(",", "")) for row in rows) == sum(
            value for key, value in numbers.items() if key.startswith("records.") and key.endswith(".read")
        )
        assert any(int(row[3]) for row in rows)

    def test_problems_have_examples_with_rows(self, cluster_report):
        rows = table(cluster_report, "Problems by kind").rows
        issues = cluster_report.tables["issues"]
        assert sum(int(row[3].replace(",", "")) for row in rows) == (issues["severity"] != "note").sum()
        assert all(re.match(r"row \d+( |;|$)", row[5]) for row in rows if row[5])
        assert not any("kept once" in row[4] for row in rows)
        assert any(row[4] == "dropped; the first copy is kept" for row in rows)
        assert all(row[5].count("row ") == min(int(row[3]), 5) for row in rows if row[5])

    def test_review_is_asked_for(self, cluster_report):
        assert len(cluster_report.tables["review"])
        notes = [part.text for part in cluster_report.parts if isinstance(part, Paragraph) and part.note]
        assert any(
            text.startswith(f"review.csv lists {len(cluster_report.tables['review'])} question") for text in notes
        )

    def test_coverage_total_is_all_firms(self, cluster_report):
        rows = table(cluster_report, "Coverage by sector").rows
        assert rows[-1][0] == "All firms"
        assert int(rows[-1][1]) == sum(int(row[1]) for row in rows[:-1])
        for row in rows:
            ties, known, alone, confirmed = (int(cell.replace(",", "")) for cell in row[4:8])
            assert alone + confirmed == known <= ties

    def test_undecided_names_are_told_apart(self, cluster_report):
        links, firms = cluster_report.tables["links"], cluster_report.tables["firms"]
        waiting = set(links.loc[links["status"] == "review", "firm"]) & set(firms.loc[~firms["registered"], "firm"])
        strangers = cluster_report.numbers["firms.unregistered"]
        (five,) = [part for part in cluster_report.parts if isinstance(part, KeyFigures)]
        assert waiting
        assert f"{len(waiting)} name{'' if len(waiting) == 1 else 's'} " in five.items[0].caveat
        sure = strangers - len(waiting)
        assert ("not in the registry" in five.items[0].caveat) == (sure > 0)
        assert not sure or f"{sure} firm" in five.items[0].caveat
        assert "confirmed by the other side" in five.items[0].caveat
        assert "counted as outside until someone decides in review.csv" in told(cluster_report, "brokerage")

    def test_no_heading_is_printed_twice(self, cluster_report):
        said = [
            getattr(part, "text", "") if isinstance(part, Heading) else part.title
            for part in cluster_report.parts
            if isinstance(part, (Heading, Table))
        ]
        assert all(one != two for one, two in itertools.pairwise(said))

    @pytest.mark.usefixtures("no_pictures")
    def test_progress_counts_up(self):
        seen: list[tuple[str, int, int]] = []
        make_report(star(), config=QUICK, progress=lambda *step: seen.append(step))
        assert [done for _, done, _ in seen] == list(range(len(seen)))
        assert {total for _, _, total in seen} == {len(seen)}


def told(report: Report, anchor: str) -> str:
    """Return the running text of a section."""
    inside, said = False, []
    for part in report.parts:
        if isinstance(part, Heading) and part.level == 2:
            inside = part.anchor == anchor
        elif inside and isinstance(part, Paragraph):
            said.append(part.text)
    return " ".join(said)


def formula_names(report: Report) -> set[str]:
    """Return the keys of the formulas on the page."""
    (shown,) = [part for part in report.parts if isinstance(part, Formulas)]
    return {name for name, item in FORMULAS.items() if item in shown.items}


def titles(report: Report) -> list[str]:
    return [part.title for part in report.parts if isinstance(part, Table)]


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.usefixtures("unseen")
class TestWhoConnectsWhom:
    def test_a_star(self, star_report):
        numbers = star_report.numbers
        # nine partners, none tied to another: nine separate ones; of the 36 pairs of leaves 15 are wood, 3 food
        assert numbers["brokerage.top.firm"] == "Hub"
        assert numbers["brokerage.top.effective_size"] == 9
        assert numbers["brokerage.roles_by"] == "sector"
        roles = ("coordinator", "consultant", "gatekeeper", "liaison")
        assert [numbers[f"brokerage.{role}.count"] for role in roles] == [0, 18, 0, 18]
        assert numbers["brokerage.total.count"] == 36
        assert numbers["brokerage.local_bridges"] == 9
        # The leaves have one partner each and bridge nothing.
        (row,) = table(star_report, "The firm that bridges most").rows
        assert row == ("Hub", "port", "9", "9.0", "0.111", "9", "1")
        assert "Only 10 firms have a tie" in told(star_report, "brokerage")

    def test_each_pair_is_counted_once_in_the_file(self, star_report):
        firms = star_report.tables["brokerage"].set_index("firm")
        assert firms.loc["Hub", ["consultant", "liaison", "brokered_pairs"]].tolist() == [18, 18, 36]
        assert list(star_report.tables["roles"]["groups"].unique()) == ["sector"]

    def test_roles_of_few_firms_get_no_verdict(self, star_report):
        assert "So it occurs" not in [
            name for name, _ in table(star_report, "Ways of standing between two firms").columns
        ]
        assert "With so few firms the numbers are not compared with chance" in told(star_report, "brokerage")

    def test_a_gatekeeper_of_two_sectors_counts_once(self):
        firms = pd.DataFrame({"sector": ["wood", "wood", "food"]}, index=["Ada", "Bo", "Cy"])
        net = Network(firms, pd.DataFrame({"source": ["Ada", "Bo"], "target": ["Bo", "Cy"]}))
        numbers = make_report(net, config=LEAN).numbers
        assert numbers["brokerage.gatekeeper.count"] == numbers["brokerage.total.count"] == 1

    def test_the_test_of_roles_is_the_one_of_the_library(self, cluster_report):
        roles = cluster_report.tables["roles"].set_index("role")
        assert cluster_report.numbers["brokerage.role_draws"] == 19
        assert roles.loc["total", "count"] == pytest.approx(roles.loc["total", "expected"])
        assert roles["z"].drop("total").notna().all()
        assert np.isnan(roles.loc["total", "z"])

    def test_communities_are_not_tested_against_themselves(self):
        net = Network.from_edges([(a, b) for a in range(4) for b in range(a)] + [(3, 4)] + [(4, 5), (5, 6), (4, 6)])
        report = make_report(net, config=LEAN)
        assert report.numbers["brokerage.roles_by"] == "community"
        assert report.numbers["brokerage.liaison.z"] is None
        assert "would find what it put in" in told(report, "brokerage")
        assert "#z" not in [name for name, _ in table(report, "Ways of standing between two firms").columns]

    def test_a_planted_core_is_found(self):
        core = [(f"c{a}", f"c{b}") for a in range(6) for b in range(a)]
        net = Network.from_edges(core + [(f"c{place % 6}", f"p{place}") for place in range(12)])
        report = make_report(net, config=LEAN)
        assert report.numbers["core.firms"] == 6
        assert report.numbers["core.fit"] == pytest.approx(1.0)
        assert report.numbers["core.density.core_core"] == 1.0
        assert report.numbers["core.density.periphery_periphery"] == 0.0
        members = report.tables["brokerage"].set_index("firm")["core"]
        assert set(members.index[members]) == {f"c{place}" for place in range(6)}
        assert "6 firms (33% of all) form the core" in told(report, "brokerage")

    def test_gatekeepers_reach_firms_outside_of_the_registry(self):
        firms = pd.DataFrame({"registered": [True] * 3 + [False] * 2}, index=["Ada", "Bo", "Cy", "Far", "Out"])
        ties = pd.DataFrame({"source": ["Ada", "Bo", "Ada", "Cy", "Bo"], "target": ["Bo", "Cy", "Far", "Out", "Out"]})
        report = make_report(Network(firms, ties), config=LEAN)
        rows = table(report, "Firms that connect the registry with firms outside of it").rows
        # Ada alone meets Far and joins it with Bo; both Bo and Cy meet Out, and only Bo joins it with another, Ada
        assert rows[0] == ("Ada", "1", "1", "1", "1")
        assert rows[1] == ("Bo", "2", "1", "1", "0")
        assert report.numbers["gatekeepers.firms"] == 2
        assert "1 of the 2 can be reached through one registered firm only" in told(report, "brokerage")

    def test_nobody_bridges_closed_circles(self):
        report = make_report(
            Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Ada", "Cy"), ("Di", "Ed")]), config=LEAN
        )
        assert "nobody stands between others" in told(report, "brokerage")
        assert "brokerage.top.firm" not in report.numbers
        assert "Ways of standing between two firms" not in titles(report)

    def test_limits_are_said(self, monkeypatch):
        import clusternet.report._brokerage as section

        monkeypatch.setattr(section, "TEST_PAIRS", 3)
        monkeypatch.setattr(section, "ROLE_WORK", 3)
        monkeypatch.setattr(section, "SEARCHED", 3)
        report = make_report(star(), config=LEAN)
        assert report.numbers["core.draws"] == report.numbers["brokerage.role_draws"] == 0
        assert report.numbers["core.method"] == "degree"
        assert "too large to compare with chance" in told(report, "brokerage")


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.usefixtures("unseen")
class TestWhatItIsGoodAt:
    @staticmethod
    def records(**columns: object) -> dict[str, pd.DataFrame]:
        # Nord: 7 wine, 1 steel; Sud: 4 wine, 14 steel
        firms = pd.DataFrame(
            {
                "firm_id": [f"F{place:02}" for place in range(26)],
                "sector": ["wine"] * 7 + ["steel"] + ["wine"] * 4 + ["steel"] * 14,
                "region": ["Nord"] * 8 + ["Sud"] * 18,
                **columns,
            }
        )
        pairs = pd.DataFrame({"a": ["F00", "F01", "F20"], "b": ["F10", "F20", "F21"], "kind": "alliance"})
        return {"firms": firms, "partnerships": pairs}

    def test_a_quotient_and_its_guard(self):
        report = make_report(self.records(), config=LEAN)
        numbers = report.numbers
        profile = report.tables["sector_profile"].set_index(["region", "sector"])
        assert profile.loc[("Nord", "wine"), "lq"] == pytest.approx((7 / 8) / (11 / 26))
        assert profile.loc[("Nord", "steel"), "too_few"]
        assert np.isnan(profile.loc[("Nord", "steel"), "lq"])
        assert numbers["sectors.specialized"] == 2
        assert numbers["sectors.too_few"] == 2
        assert numbers["sectors.weighed_by"] == "firms"
        assert numbers["sectors.effective"] == pytest.approx(26**2 / (15**2 + 11**2))
        assert "wine in Nord, whose share of firms there is 2.1 times its share overall" in told(
            report, "specialization"
        )
        rows = table(report, "Sectors and how concentrated they are").rows
        assert rows[0][:4] == ("steel", "15", "58%", "Sud 93%")

    def test_firms_are_weighed_by_employees_where_known(self):
        report = make_report(self.records(employees=[10] * 7 + [100] + [10] * 18), config=LEAN)
        assert report.numbers["sectors.weighed_by"] == "employees"
        profile = report.tables["sector_profile"].set_index(["region", "sector"])
        assert profile.loc[("Nord", "wine"), "lq"] == pytest.approx((70 / 170) / (110 / 350))
        few = make_report(self.records(employees=[10.0] * 20 + [np.nan] * 6), config=LEAN)
        assert few.numbers["sectors.weighed_by"] == "firms"
        assert few.numbers["sectors.firms"] == 26

    def test_what_is_missing_is_named(self):
        tables = self.records()
        nowhere = make_report(tables | {"firms": tables["firms"].drop(columns="region")}, config=LEAN)
        assert "takes a column region, country or city" in told(nowhere, "specialization")
        assert "Sectors" in titles(nowhere)
        assert "sector_profile" not in nowhere.tables
        nothing = make_report(tables | {"firms": tables["firms"][["firm_id"]]}, config=LEAN)
        assert "the firm table has no filled column sector" in told(nothing, "specialization")
        assert "no table of capabilities (columns firm_id and tag)" in told(nothing, "specialization")
        assert "sectors.count" not in nothing.numbers

    def test_capabilities_that_one_firm_has(self):
        tags = pd.DataFrame(
            {"firm_id": ["F00", "F01", "F01", "F02", "F99"], "tag": ["milling", "Milling ", "welding", "casting", "x"]}
        )
        config = ReportConfig.from_dict(FEW | {"linkage": {"enabled": False}})
        report = make_report(self.records() | {"capabilities": tags}, config=config)
        numbers = report.numbers
        assert (numbers["capabilities.count"], numbers["capabilities.firms"], numbers["capabilities.sole"]) == (3, 3, 2)
        assert table(report, "The rarest capabilities").rows == (
            ("casting", "1", "0", "F02"),
            ("welding", "1", "0", "F01"),
            ("milling", "2", "1", "–"),
        )
        firms = report.tables["firm_capabilities"].set_index("firm")
        assert firms.loc["F01", "uniqueness"] == 0.5
        # F01 is tied to F20, which has none; F00 to F10, which has none either
        assert firms.loc[["F00", "F01", "F20"], "with_partners"].tolist() == pytest.approx([1 / 3, 2 / 3, 2 / 3])
        assert "1 record of firms that are not in the network could not be used" in told(report, "specialization")

    def test_confidential_ones_are_counted_but_never_named(self, tmp_path):
        tags = pd.DataFrame(
            {
                "firm_id": ["F00", "F01", "F02", "F03"],
                "tag": ["laser", "secret sauce", "milling", "milling"],
                "confidential": ["no", "yes", "no", "yes"],
            }
        )
        report = make_report(self.records() | {"capabilities": tags}, config=LEAN)
        rows = table(report, "The rarest capabilities").rows
        assert ("(confidential)", "1", "0", "confidential") in rows
        assert ("milling", "2", "1", "–") in rows
        write_report(report, tmp_path)
        for path in tmp_path.iterdir():
            assert "secret sauce" not in path.read_text(encoding="utf-8").casefold(), path.name

    def test_bundles_only_if_asked(self, cluster_report):
        assert "bundles" not in cluster_report.tables
        tags = pd.DataFrame({"firm_id": ["F00", "F10", "F20"], "tag": ["milling", "welding", "casting"]})
        asked = {"Frame": ["Milling", "welding"], "Hull": ["milling", "casting"]}
        config = ReportConfig.from_dict(FEW | {"specialization": {"draws": 50, "bundles": asked}})
        report = make_report(self.records() | {"capabilities": tags}, config=config)
        assert table(report, "Bundles asked for").rows == (("Frame", "2", "yes", "0"), ("Hull", "2", "no", "1"))
        assert report.numbers["capabilities.bundles_covered"] == 0.5


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.usefixtures("unseen")
class TestWhomItDependsOn:
    @staticmethod
    def records() -> dict[str, pd.DataFrame]:
        pairs = pd.DataFrame(
            {
                "a": ["Mill", "Mill", "Mill", "Farm", "Dairy", "Dairy"],
                "b": ["Ada", "Bo", "Cy", "Ada", "Bo", "Cy"],
                "kind": "supply",
                "start": ["2015-01-01"] + ["2020-01-01"] * 5,
                "end": ["2016-01-01"] + [None] * 5,
                "input": ["flour", "flour", "Flour", "milk", "milk", None],
            }
        )
        sent = pd.DataFrame({"from": ["Ada", "Bo", "Cy"], "to": ["Bo", "Ada", "Ada"]})
        sent = sent.assign(customers=[8, 4, 4], converted=[4, 2, 2])
        names = ["Mill", "Farm", "Dairy", "Ada", "Bo", "Cy"]
        return {"firms": pd.DataFrame({"firm_id": names, "name": names}), "partnerships": pairs, "referrals": sent}

    def test_sole_suppliers_by_input(self):
        report = make_report(self.records(), config=LEAN)
        rows = table(report, "Suppliers that are somebody's only one").rows
        assert rows[0] == ("Mill", "flour", "3", "3", "Ada, Bo and 1 more")
        assert report.numbers["dependence.hard_to_replace"] == 3
        assert report.numbers["dependence.sole_customers"] == 3
        assert {row[0] for row in rows[1:]} == {"Farm", "Dairy"}
        assert {row[3] for row in rows[1:]} == {"0"}

    def test_the_rules_of_the_report_hold(self):
        config = ReportConfig.from_dict(FEW | {"build": {"window": ["2019-01-01", "2021-01-01"]}})
        report = make_report(self.records(), config=config)
        rows = table(report, "Suppliers that are somebody's only one").rows
        assert rows[0] == ("Mill", "flour", "2", "2", "Bo and Cy")

    def test_without_inputs_nothing_is_said_about_substitutes(self):
        tables = self.records()
        mill = tables["partnerships"].head(3).drop(columns="input")
        report = make_report(tables | {"partnerships": mill}, config=LEAN)
        made = table(report, "Suppliers that are somebody's only one")
        assert [name for name, _ in made.columns] == ["Supplier", "Customers", "Among them"]
        assert "column input of partnerships" in told(report, "dependence")
        assert "substitutes" not in report.tables["sole_suppliers"].columns

    def test_inputs_that_no_supply_tells(self):
        # The column is there, and empty in every row that is a supply.
        pairs = pd.DataFrame(
            {"a": ["Mill", "Ada"], "b": ["Ada", "Bo"], "kind": ["supply", "alliance"], "input": [None, "x"]}
        )
        report = make_report({"partnerships": pairs}, config=LEAN)
        assert "1 firm buys everything from one supplier only." in told(report, "dependence")
        # Where some supplies tell theirs, those that do not are left out and said to be.
        pairs = pd.DataFrame(
            {
                "a": ["Mill", "Farm", "Dairy"],
                "b": ["Ada", "Bo", "Bo"],
                "kind": "supply",
                "input": [None, "milk", "milk"],
            }
        )
        text = told(make_report({"partnerships": pairs}, config=LEAN), "dependence")
        assert "No input on record is bought from one supplier only. 1 supply of which no input is told is left" in text

    def test_an_input_parts_a_tie_without_changing_its_strength(self):
        tables = self.records()
        more = tables["partnerships"].iloc[[0]].assign(input="bran", start="2020-02-01", end=None)
        tables["partnerships"] = pd.concat([tables["partnerships"], more], ignore_index=True)
        risk = make_report(tables, config=LEAN).tables["risk"].set_index("firm")
        # Ada: two records with Mill (flour, bran), one with Farm
        assert risk.loc["Ada", "top_supplier_share"] == pytest.approx(2 / 3)
        assert risk.loc["Ada", "supplier_hhi"] == pytest.approx(5 / 9)
        assert risk.loc["Ada", "sole_inputs"] == 3

    def test_referrals(self):
        report = make_report(self.records(), config=LEAN)
        numbers = report.numbers
        # Ada sends on 8 of the 8 it received, Bo 4 of 8, and half of all buy: sqrt(1/2) / 2
        assert numbers["referrals.R"] == pytest.approx(0.5 * np.sqrt(0.5))
        assert numbers["referrals.converted"] == 0.5
        assert numbers["referrals.R_low"] <= numbers["referrals.R"] <= numbers["referrals.R_high"] <= 0.5
        assert numbers["referrals.sent"] == 16
        # Bo gets 8 and gives 4, Cy gives 4, Ada gives and gets 8
        assert (numbers["referrals.net_givers"], numbers["referrals.net_receivers"]) == (1, 1)
        # with so few records the interval reaches the ceiling, and the number is no finding
        text = told(report, "dependence")
        assert "50% of the customers sent bought, so the loop cannot feed itself on what firms receive" in text
        assert "The reproduction number is" not in text

    def test_a_reproduction_number_below_its_ceiling_is_told(self):
        days = pd.date_range("2020-01-01", periods=120).strftime("%Y-%m-%d")
        sent = pd.DataFrame(
            {"from": [*"ABC"] * 40, "to": [*"BAA"] * 40, "customers": [8, 4, 4] * 40, "converted": [4, 2, 2] * 40}
        )
        names = pd.DataFrame({"firm_id": [*"ABC"], "name": [*"ABC"]})
        report = make_report({"firms": names, "referrals": sent.assign(date=days)}, config=LEAN)
        assert report.numbers["referrals.R_high"] < 0.5
        text = told(report, "dependence")
        assert "The reproduction number is 0.35 (95% interval" in text
        assert "2 firms form the loop behind the number" in text
        assert "cannot exceed 0.50" in text

    def test_referrals_without_conversions(self):
        tables = self.records()
        report = make_report(tables | {"referrals": tables["referrals"].drop(columns="converted")}, config=LEAN)
        assert "referrals.R" not in report.numbers
        assert "No referral says how many customers bought" in told(report, "dependence")

    def test_leakage_counts_firms_outside_of_the_registry(self):
        tables = self.records()
        tables["firms"] = tables["firms"][lambda firms: firms["firm_id"] != "Dairy"]
        report = make_report(tables, config=LEAN)
        # of nine ties (six supplies, three referrals of which two join Ada and Bo) two cross
        assert report.numbers["leakage.all"] == pytest.approx(2 / 9)
        assert report.numbers["leakage.supply"] == 0.0
        assert "22% of all dealings of the registered firms" in told(report, "dependence")

    def test_a_chain_passes_shocks_on(self):
        firms = ["Hub", *(f"b{place}" for place in range(9))]
        ties = pd.DataFrame({"source": "Hub", "target": firms[1:], "layer": "supply", "directed": True})
        report = make_report(Network(firms, ties), config=LEAN)
        # nine deliveries are too few for a sentence
        assert "Along the supply chain" not in told(report, "dependence")
        # v is 0.7 for the hub and 1/30 for the others
        assert report.numbers["supply.shock_multiplier"] == pytest.approx(np.sqrt(10 * (0.7**2 + 9 / 900)))
        assert report.numbers["supply.systemic.firm"] == "Hub"
        assert report.numbers["supply.systemic.share"] == pytest.approx(0.49 / 0.5)

    def test_the_firms_at_risk_are_few_and_all_are_in_the_file(self, cluster_report):
        rows = table(cluster_report, "On whom they depend").rows
        assert 0 < len(rows) <= 15
        assert len(cluster_report.tables["risk"]) == cluster_report.numbers["firms.known"]
        risky = cluster_report.tables["risk"]
        assert cluster_report.numbers["dependence.firms_at_risk"] == (risky["risks"] != "").sum()

    def test_the_planted_sole_supplier_comes_first(self):
        made = simulate.cluster(80, seed=4)
        report = make_report(made.tables, config=LEAN)
        first = table(report, "Suppliers that are somebody's only one").rows[0]
        assert first[0] == report.tables["firms"].set_index("firm").loc[made.truth.sole_supplier, "name"]

    def test_those_who_repeat_what_two_lines_show_are_left_out(self):
        pairs = [("Hub", f"buyer {i}") for i in range(6)] + [("Mill", "Farm")]
        tables = {"partnerships": pd.DataFrame(pairs, columns=["a", "b"]).assign(kind="supply")}
        report = make_report(tables, config=LEAN)
        lines = [row[2] for row in table(report, "On whom they depend").rows]
        assert sum("one supplier (Hub)" in line for line in lines) == 2
        assert "Most often they depend on Hub (6 firms); the table lists at most two" in told(report, "dependence")
        assert any("one supplier (Mill)" in line for line in lines)

    def test_each_the_supplier_of_the_other(self):
        def note(reported: list[str]) -> str:
            pairs = pd.DataFrame({"a": ["A", "B", "A"], "b": ["B", "A", "C"], "kind": "supply"})
            report = make_report(
                {"firms": pd.DataFrame({"firm_id": list("ABC")}), "partnerships": pairs.assign(reported_by=reported)},
                config=LEAN,
            )
            return told(report, "data")

        first = "In 1 pair of firms each is on record as the supplier of the other: A and B."
        assert f"{first} There one firm tells of the one direction only" in note(["A", "B", "A"])
        assert f"{first} That may be so, or one report has the direction wrong" in note(["A", "A", "A"])

    def test_columns_of_another_meaning_are_left_alone(self):
        firms = pd.DataFrame(
            {"registered": ["yes", "no"], "employees": ["x", "3"], "sector": ["a", "b"], "region": [1, 2]},
            index=["A", "B"],
        )
        ties = pd.DataFrame({"source": ["A"], "target": ["B"], "layer": ["supply"], "directed": [True]})
        report = make_report(Network(firms, ties), config=LEAN)
        assert "leakage.all" not in report.numbers
        assert "gatekeepers" not in report.tables
        assert report.numbers["sectors.weighed_by"] == "firms"
        assert "All 2 firms with partners lean on few" in told(report, "dependence")
        assert "Half of the firms with partners have one partner only" in told(report, "dependence")
        assert "1 firm buys everything from one supplier only" in told(report, "dependence")

    def test_a_network_of_agreements_is_explained(self):
        modes = pd.DataFrame({"mode": ["firm", "firm", "agreement"]}, index=["Ada", "Bo", "JV"])
        net = Network(modes, pd.DataFrame({"source": ["Ada", "Bo"], "target": ["JV", "JV"]}))
        report = make_report(net, config=LEAN)
        assert "ties firms to agreements" in told(report, "brokerage")
        assert "ties firms to agreements" in told(report, "dependence")


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.usefixtures("unseen")
class TestWhoMustNotLeave:
    @staticmethod
    def bridge() -> dict[str, pd.DataFrame]:
        """Two triangles over one bridge firm: of 21 pairs, 6 stay when it leaves."""
        ids = ["a1", "a2", "a3", "Bridge", "b1", "b2", "b3"]
        firms = pd.DataFrame({"firm_id": ids, "name": ids, "employees": [10, 10, None, 5, 20, 20, 20]})
        pairs = [("a1", "a2"), ("a2", "a3"), ("a1", "a3"), ("b1", "b2"), ("b2", "b3"), ("b1", "b3")]
        pairs += [("a1", "Bridge"), ("Bridge", "b1")]
        ties = pd.DataFrame(pairs, columns=["a", "b"]).assign(kind="alliance", value=[1, 1, 1, 1, 1, 1, 100, 200])
        tags = pd.DataFrame(
            {"firm_id": ["Bridge", "a1", "b1", "Bridge"], "tag": ["laser", "milling", "milling", "<b>x"]}
        )
        return {"firms": firms, "partnerships": ties, "capabilities": tags}

    def test_every_loss_is_counted(self):
        report = make_report(self.bridge(), config=LEAN)
        row = report.tables["losses"].set_index("firm").loc["Bridge"]
        # three firms are cut off from the largest group that is left, and all pairs but six are lost
        assert (row["firms_cut"], row["pairs_cut"], row["pairs_lost"]) == (3, 9, 15)
        # five jobs are its own; of the two parts of three firms the one with fewer jobs, twenty, is cut off
        assert (row["jobs_own"], row["jobs_cut"], row["jobs_touched"]) == (5, 20, 25)
        assert row["tie_value"] == 300
        assert (row["capabilities_lost"], row["capabilities_named"]) == (2, "<b>x; laser")
        assert row["mean_share"] == pytest.approx((15 / 21 + 25 / 85 + 300 / 306 + 2 / 3) / 4)
        assert report.numbers["losses.top.firm"] == "Bridge"
        assert table(report, "What leaves with a firm").rows[0] == (
            "Bridge", "3", "15 (71%)", "5", "20", "300", "<b>x and laser",
        )  # fmt: skip
        (names,) = [part for part in report.parts if isinstance(part, Listing)]
        assert names.items[0] == (
            "Bridge (2 partners): its 5 jobs go; 3 other firms with 20 jobs are cut off (a1, a2 and a3); "
            "its ties and agreements are worth 300; nobody else offers <b>x and laser."
        )
        assert "1 firm without a number of employees counts as 0 jobs" in table(report, "What leaves with a firm").note
        assert "<b>x" not in render_html(report)
        assert "one that is not on record undoes it: ask before you act." in told(report, "leaving")
        whole = make_report(Network.from_edges([("a", "b"), ("b", "c"), ("c", "a")]), config=LEAN)
        assert "ask before you act" not in told(whole, "leaving")

    def test_losses_agree_with_the_network_without_the_firm(self, cluster_report):
        made = simulate.mess(simulate.cluster(80, seed=4), seed=5)
        records = read_records(made.tables)
        net = build_network(records, linkage=link_firms(records))
        jobs = net.firms["employees"]
        losses = cluster_report.tables["losses"].set_index("firm")
        assert list(losses.index[:12]) == list(
            losses.sort_values("mean_share", ascending=False, kind="stable").index[:12]
        )
        flat = net.undirected()
        group = pd.Series(flat.component_codes(), index=net.firms.index)
        known = net.ties["value"].fillna(0.0)
        for firm in losses.index[:12]:
            rest = flat.subset(net.firms.index.drop(firm))
            part = pd.Series(rest.component_codes(), index=rest.firms.index)[group.drop(firm) == group[firm]]
            size = part.value_counts()
            lost = part.index[part != size.idxmax()]
            assert size.iloc[0] > size.iloc[1:2].sum()
            # Of firms none of which tells its employees it is not known how many jobs are cut off.
            cut_off = jobs[lost].sum(min_count=1 if len(lost) else 0)
            assert losses.loc[firm, ["firms_cut", "jobs_cut"]].tolist() == pytest.approx(
                [len(lost), cut_off], nan_ok=True
            )
            # Groups are counted once and not by pair: no firm's worth exceeds that of its ties.
            value = known[(net.ties["source"] == firm) | (net.ties["target"] == firm)].sum()
            assert 0 < losses.loc[firm, "tie_value"] <= value

    def test_an_agreement_of_many_counts_once(self):
        firms = pd.DataFrame({"firm_id": list("ABCDE"), "name": list("ABCDE")})
        groups = pd.DataFrame({"group_id": "G", "kind": "cooperative", "firm": list("ABCD")})
        made = {
            "firms": firms,
            "groups": groups,
            "agreements": pd.DataFrame({"group_id": ["G"], "kind": ["cooperative"], "value": [600.0]}),
            "partnerships": pd.DataFrame({"a": ["A", "A"], "b": ["B", "E"], "kind": "alliance", "value": [40.0, None]}),
        }
        report = make_report(made, config=LEAN)
        losses = report.tables["losses"].set_index("firm")
        # by pairs of the cooperative it would be 1,840 for A and 1,840 for B
        assert losses["tie_value"].to_dict() == {"A": 640.0, "B": 640.0, "C": 600.0, "D": 600.0, "E": 0.0}
        pairs = losses["pairs_lost"] / 10
        assert losses["mean_share"].to_dict() == pytest.approx(((pairs + losses["tie_value"] / 640) / 2).to_dict())
        assert "1 tie or agreement without a value counts as 0." in table(report, "What leaves with a firm").note
        none = ReportConfig.from_dict({**LEAN.model_dump(), "build": {"multiparty": "none"}})
        alone = make_report(made, config=none).tables["losses"].set_index("firm")
        assert alone["tie_value"].to_dict() == {"A": 40.0, "B": 40.0, "C": 0.0, "D": 0.0, "E": 0.0}
        part = ReportConfig.from_dict({**LEAN.model_dump(), "build": {"layers": ["alliance"]}})
        alone = make_report(made, config=part).tables["losses"].set_index("firm")
        assert alone["tie_value"].to_dict() == {"A": 40.0, "B": 40.0, "C": 0.0, "D": 0.0, "E": 0.0}

    def test_whoever_is_cut_off_is_counted_and_named_alike(self):
        # Without the hub its nine leaves stand alone, and a ring of six is then the largest group.
        ties = [("Hub", f"leaf {i}") for i in range(9)] + [(f"ring {i}", f"ring {(i + 1) % 6}") for i in range(6)]
        net = Network.from_edges(ties)
        net = Network(net.firms.assign(employees=[1.0] * 10 + [100.0] * 6), net.ties)
        report = make_report(net, config=LEAN)
        row = report.tables["losses"].set_index("firm").loc["Hub"]
        assert (row["firms_cut"], row["jobs_own"], row["jobs_cut"]) == (8, 1, 8)
        (names,) = [part for part in report.parts if isinstance(part, Listing)]
        said = "8 other firms with 8 jobs are cut off (leaf 1, leaf 2, leaf 3 and 5 more)"
        assert any(item.startswith("Hub (9 partners)") and said in item for item in names.items)

    def test_jobs_are_those_of_the_firms_cut_off(self):
        # The part with fewer firms has most of the jobs.
        ties = [("Mid", f"small {i}") for i in range(5)] + [("Mid", "big 0"), ("big 0", "big 1")]
        ties += [(f"small {i}", f"small {j}") for i in range(5) for j in range(i)]
        net = Network.from_edges(ties)
        net = Network(
            net.firms.assign(employees=[500.0 if "big" in str(f) else 2.0 for f in net.firms.index]), net.ties
        )
        row = make_report(net, config=LEAN).tables["losses"].set_index("firm").loc["Mid"]
        assert (row["firms_cut"], row["jobs_cut"]) == (2, 1000)

    def test_equal_firms_are_not_singled_out(self):
        def first(net: Network) -> tuple[str, ...]:
            (names,) = [part for part in make_report(net, config=LEAN).parts if isinstance(part, Listing)]
            return names.items

        ring = [(f"r{i}", f"r{(i + 1) % 14}") for i in range(14)]
        assert first(Network.from_edges(ring)) == ("All 14 firms would cost the cluster alike: none stands out.",)
        hub = first(Network.from_edges([("Hub", f"leaf {i}") for i in range(9)]))
        assert hub[0].startswith("Hub (9 partners): 8 other firms are cut off")
        assert hub[1:] == ("After it come 9 firms that would cost the cluster alike.",)
        two = first(Network.from_edges([(f"{hub}", f"{hub}{i}") for hub in "abcdef" for i in range(3)]))
        assert two == ("6 firms share the first place: each would cost the cluster alike.",)
        report = make_report(Network.from_edges(ring), config=LEAN)
        assert (
            "2 further firms would cost as much as the last one listed."
            in table(report, "What leaves with a firm").note
        )

    def test_a_firm_without_a_number_of_employees_is_said_to_lack_it(self):
        net = Network.from_edges([("Hub", f"leaf {i}") for i in range(9)])
        net = Network(net.firms.assign(employees=[None] + [3.0] * 9, revenue=[5000.0] + [None] * 9), net.ties)
        report = make_report(net, config=LEAN)
        (names,) = [part for part in report.parts if isinstance(part, Listing)]
        assert names.items[0].startswith(
            "Hub (9 partners): its revenue of 5,000 goes; how many jobs go is not on record; "
            "8 other firms with 24 jobs are cut off"
        )
        assert table(report, "What leaves with a firm").rows[0][3:5] == ("–", "24")

    def test_referred_customers_are_told_by_direction(self):
        made = {
            "firms": pd.DataFrame({"firm_id": list("ABC")}),
            "referrals": pd.DataFrame({"from": ["A", "C"], "to": ["B", "A"], "customers": [5, 2], "value": [10, None]}),
        }
        report = make_report(made, config=LEAN)
        reading = table(report, "What leaves with a firm").reading
        assert "its ties and agreements, referrals among them, are worth so much" in reading
        (names,) = [part for part in report.parts if isinstance(part, Listing)]
        assert "it sent 5 customers and received 2" in names.items[0]

    def test_ended_ties_are_said_to_count(self, star_report):
        firms = pd.DataFrame({"firm_id": list("ABCD")})
        ties = pd.DataFrame(
            {
                "a": ["A", "A", "B"],
                "b": ["B", "C", "D"],
                "kind": "alliance",
                "start": ["2010-01-01", "2012-01-01", "2020-05-01"],
                "end": ["2015-01-01", None, "2024-01-01"],
            }
        )
        report = make_report({"firms": firms, "partnerships": ties}, config=LEAN)
        assert "Of the 3 partnership ties with a date, 1 (33%) has ended before 2020-05-01" in told(report, "leaving")
        present = ReportConfig.from_dict({**LEAN.model_dump(), "build": {"window": ["2020-01-01", "2020-12-31"]}})
        report = make_report({"firms": firms, "partnerships": ties}, config=present)
        assert report.numbers["ties.count"] == 2
        assert "with a date" not in told(report, "leaving")
        valued = {"firms": firms, "partnerships": ties.assign(value=5)}
        reading = table(make_report(valued, config=present), "What leaves with a firm").reading
        assert "worth so much in the window of the settings" in reading
        assert (
            "worth so much in all years" in table(make_report(valued, config=LEAN), "What leaves with a firm").reading
        )
        assert "with a date" not in told(star_report, "leaving")

    def test_a_joint_loss_stands_beside_that_of_firms_that_hold_nothing(self):
        ties = [("Hub", f"leaf {i}") for i in range(30)]
        report = make_report(Network.from_edges(ties), config=LEAN)
        note = table(report, "The costliest firm").note
        assert note.startswith("A firm of the largest group that holds nothing together would take 30 pairs along (6%)")

    def test_jobs_of_firms_that_tell_none_are_no_zero(self):
        net = Network.from_edges([("Hub", f"leaf {i}") for i in range(9)])
        net = Network(net.firms.assign(employees=[7.0] + [None] * 9), net.ties)
        report = make_report(net, config=LEAN)
        made = table(report, "What leaves with a firm")
        assert made.rows[0][3:5] == ("7", "–")
        assert "0 jobs; – stands where none of the firms cut off has such a number." in made.note
        assert np.isnan(report.tables["losses"].set_index("firm").loc["Hub", "jobs_cut"])
        (names,) = [part for part in report.parts if isinstance(part, Listing)]
        assert "its 7 jobs go; 8 other firms are cut off (leaf 1, leaf 2, leaf 3 and 5 more)" in names.items[0]

    def test_firms_outside_of_the_registry_are_marked(self):
        made = self.bridge()
        made["firms"] = made["firms"].iloc[:5]
        report = make_report(made, config=LEAN)
        (names,) = [part for part in report.parts if isinstance(part, Listing)]
        assert (
            "3 other firms with 20 jobs are cut off (b1, b2 [not registered] and b3 [not registered])" in names.items[0]
        )
        (five,) = [part for part in report.parts if isinstance(part, KeyFigures)]
        assert "2 firms named in the records are not in the registry, and marked so." in five.items[0].caveat
        (shown,) = [part for part in report.parts if isinstance(part, Map)]
        assert dict(shown.data["columns"])["in the registry"] == ["yes"] * 5 + ["no"] * 2

    def test_a_second_firm_that_adds_nothing_is_left_out(self, star_report):
        together = table(star_report, "The costliest firm")
        assert [row[1:] for row in together.rows] == [("45", "45", "100%")]
        assert together.note.endswith("No two firms can reach each other after that.")

    def test_what_is_missing_is_said(self, star_report):
        note = table(star_report, "What leaves with a firm").note
        assert (
            "say nothing of jobs (column employees of firms), money (column value of partnerships), referrals" in note
        )


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.usefixtures("unseen")
class TestAgainstChance:
    def test_a_chain_of_cliques_is_more_fragile(self):
        ties = [(f"{c}{i}", f"{c}{j}") for c in "abcdef" for i in range(6) for j in range(i)]
        ties += [(f"{one}0", f"{two}1") for one, two in pairwise("abcdef")]
        enough = ReportConfig.from_dict(FEW | {"resilience": {"draws": 50, "null_draws": 39, "introductions": 0}})
        report = make_report(Network.from_edges(ties), config=enough)
        numbers = report.numbers
        assert numbers["removal.degree.R_relative"] < 0.8
        assert numbers["removal.degree.p_more_fragile"] == 1 / 40
        assert numbers["removal.degree.null_draws"] == 39
        assert "Yes: when firms with most partners leave first" in told(report, "leaving")
        rows = table(report, "Robustness beside that of random networks").rows
        assert [row[-1] for row in rows] == ["more fragile", "more fragile"]
        # One of 20 is not one in forty.
        report = make_report(Network.from_edges(ties), config=QUICK)
        rows = table(report, "Robustness beside that of random networks")
        assert [row[-1] for row in rows.rows] == ["as by chance", "as by chance"]
        assert "So few random networks cannot tell" in rows.note

    @pytest.mark.parametrize("n", [12, 40])
    def test_the_order_of_the_records_does_not_make_a_ring_sturdy(self, n):
        # Left one after the other along the ring, its equal firms would keep the rest in one piece: R near 0.46.
        ring = Network.from_edges([(f"r{i:02}", f"r{(i + 1) % n:02}") for i in range(n)])
        enough = ReportConfig.from_dict(FEW | {"resilience": {"draws": 50, "null_draws": 39, "introductions": 0}})
        report = make_report(ring, config=enough)
        assert report.numbers["removal.degree.R"] < 0.4
        rows = table(report, "Robustness beside that of random networks").rows
        assert [row[-1] for row in rows] == ["as by chance", "as by chance"]
        assert "No more and no less, as far as can be told" in told(report, "leaving")
        # Both tables tell of the same path.
        assert rows[0][1] == table(report, "Robustness by order of leaving").rows[1][1]

    def test_no_other_way_to_tie_is_no_verdict(self, star_report):
        text = told(star_report, "leaving")
        assert "That cannot be told here" in text
        assert "as far as can be told" not in text
        rows = table(star_report, "Robustness beside that of random networks").rows
        assert {row[-1] for row in rows} == {"cannot be told"}

    def test_clumps_of_agreements_are_owned_up_to(self, cluster_report):
        assert re.search(r"Mind that \d+ of the \d+ ties come from agreements", told(cluster_report, "leaving"))

    def test_orders_that_disagree_are_both_told(self, monkeypatch):
        import clusternet.report._leaving as section

        found = iter(["more robust", "more fragile"])
        monkeypatch.setattr(section, "_verdict", lambda test: (next(found), test.p_fewer))
        text = told(make_report(star(), config=QUICK), "leaving")
        assert "In part: when firms with most partners leave first, what stays connected is on average" in text
        assert "; when firms on most routes between others leave first, what stays connected is on average" in text

    def test_it_is_the_test_of_the_library(self, cluster_report):
        firms, ties = (cluster_report.tables[name] for name in ("firms", "ties"))
        net = Network(firms.set_index("firm"), ties[["source", "target"]])
        test = relative_robustness(net, order=lambda of: fair(degree(of), 1), draws=19, seed=1)
        numbers = cluster_report.numbers
        assert numbers["removal.degree.R_expected"] == pytest.approx(test.expected)
        assert numbers["removal.degree.p_more_robust"] == test.p_more
        band = cluster_report.tables["removal_curves"]
        assert (band["most partners first, by chance, low"] <= band["most partners first, by chance, high"]).all()

    def test_none_if_none_is_asked_for(self):
        config = ReportConfig.from_dict(FEW | {"resilience": {"draws": 5, "null_draws": 0, "introductions": 0}})
        report = make_report(star(), config=config)
        assert "removal.degree.R_relative" not in report.numbers
        assert "Robustness beside that of random networks" not in titles(report)
        assert "No introductions were asked for" in told(report, "mending")


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.usefixtures("unseen")
class TestShocks:
    @staticmethod
    def chain(**columns: object) -> Network:
        # A mill sells to ten bakers of another sector, who sell to one shop each: without the mill nobody sells.
        bakers, shops = [f"b{i}" for i in range(10)], [f"s{i}" for i in range(10)]
        firms = pd.DataFrame({"sector": ["flour"] + ["bread"] * 10 + ["retail"] * 10}, index=["Mill", *bakers, *shops])
        firms["employees"] = 2
        ties = pd.DataFrame({"source": ["Mill"] * 10 + bakers, "target": bakers + shops})
        return Network(firms, ties.assign(layer="supply", directed=True, **columns))

    def test_in_money_where_values_are_known(self):
        report = make_report(self.chain(value=3.0), config=LEAN)
        assert report.numbers["shocks.model"] == "economic risk"
        assert report.numbers["shocks.worst.firm"] == "Mill"
        assert report.numbers["shocks.worst.size"] == pytest.approx(1.0)
        row = table(report, "The failures that spread furthest").rows[0]
        assert row[:6] == ("Mill", "100.0%", "100.0%", "50.0%", "42", "20")
        assert row[6].endswith("and 17 more")
        text = told(report, "shocks")
        assert "Mill weighs most: its failure costs 100% of all deliveries; the mean over 21 firms is" in text
        assert "This is the worst case that the records allow" in text
        spread = report.tables["shocks_spread"]
        assert spread.loc[spread["failing"] == "Mill", "loss"].tolist() == pytest.approx([1.0] * 20)
        assert "economic_risk" in formula_names(report)

    def test_failures_that_cost_nothing_are_not_listed(self):
        firms = [*"ab", *(f"buyer {i}" for i in range(10))]
        ties = pd.DataFrame({"source": [*"ab"] * 5, "target": firms[2:], "layer": "supply", "directed": True})
        report = make_report(Network(firms, ties), config=LEAN)
        made = table(report, "The failures that spread furthest")
        assert [row[0] for row in made.rows] == ["a", "b"]
        assert "as much as the last one" not in made.note

    def test_in_shares_without_values(self):
        report = make_report(self.chain(), config=LEAN)
        assert report.numbers["shocks.model"] == "dependence"
        assert report.numbers["shocks.worst.size"] == pytest.approx(20 / 21)
        assert table(report, "The failures that spread furthest").rows[0][:3] == ("Mill", "95.2%", "20")
        text = told(report, "shocks")
        assert "Mill weighs most: its failure costs 95% of the chain; the mean over 21 firms is" in text
        assert "With the value of supply ties (column value of partnerships), this would be told in money." in text
        net = self.chain(value=3.0)
        text = told(make_report(Network(net.firms.drop(columns="sector"), net.ties), config=LEAN), "shocks")
        assert "With the sector of firms (column sector), this would be told in money." in text
        assert "dependence_cascade" in formula_names(report)

    def test_ties_without_a_value_are_left_out_and_said(self):
        report = make_report(self.chain(value=[3.0] * 19 + [np.nan]), config=LEAN)
        assert "1 supply tie without a value is left out" in table(report, "The failures that spread furthest").note
        assert report.numbers["shocks.firms"] == 20

    def test_a_large_chain_is_followed_in_part(self, monkeypatch):
        import clusternet.report._shocks as section

        whole = make_report(self.chain(value=3.0), config=LEAN).tables["shocks"].set_index("firm")
        monkeypatch.setattr(section, "WORK", 12 * 41)
        monkeypatch.setattr(section, "BLOCK", 5)
        report = make_report(self.chain(value=3.0), config=LEAN)
        part = report.tables["shocks"].set_index("firm")
        assert len(part) == 12
        pd.testing.assert_series_equal(part["size"], whole.loc[part.index, "size"])
        assert "Of the 21 firms in the supply chain, the failures of the 12 that sell most" in told(report, "shocks")

    def test_others_hit_lose_a_percent_at_least(self, monkeypatch):
        import clusternet.report._shocks as section

        monkeypatch.setattr(section, "TOP", 12)
        # The baker buys a thousandth of its flour from a: its failure reaches baker and shop, and neither feels it.
        firms = pd.DataFrame({"sector": ["bread", "retail"] + ["flour"] * 10}, index=["Baker", "Shop", *"abcdefghij"])
        ties = pd.DataFrame({"source": ["Baker", *"abcdefghij"], "target": ["Shop", *["Baker"] * 10]})
        net = Network(firms, ties.assign(layer="supply", directed=True, value=[1.0, 1.0] + [100.0] * 9))
        report = make_report(net, config=LEAN)
        rows = {row[0]: row for row in table(report, "The failures that spread furthest").rows}
        sizes = report.tables["shocks"].set_index("firm")
        assert sizes.loc["a", "n_hit"] == 3
        assert rows["a"][4:] == ("0", "–")
        # j stands for a ninth, which both feel.
        assert rows["j"][4] == str(sizes.loc["j", "n_hit"] - 1)
        assert rows["Baker"][4] == "11"

    def test_equal_failures_are_told_as_such(self):
        ids = [f"r{i:02}" for i in range(12)]
        firms = pd.DataFrame({"sector": [*"abc"] * 4, "employees": [None] + [4] * 11}, index=ids)
        ties = pd.DataFrame({"source": ids, "target": ids[1:] + ids[:1], "layer": "supply", "directed": True})
        report = make_report(Network(firms, ties), config=LEAN)
        assert "All weigh the same: the failure of any one costs 92% of the chain. With" in told(report, "shocks")
        note = table(report, "The failures that spread furthest").note
        assert note.startswith("2 further failures would cost as much as the last one listed.")
        # Two closed circles: the six of the larger one weigh most.
        first = [*ids[1:7], ids[0], *ids[8:], ids[7]]
        told_of = make_report(Network(firms, ties.assign(target=first, value=1.0)), config=LEAN)
        assert "7 firms weigh most: the failure of each alone costs 58% of all deliveries" in told(told_of, "shocks")
        note = table(told_of, "The failures that spread furthest").note
        assert "1 firm without a number of employees counts as 0 jobs." in note

    def test_sales_that_circle_cost_all_that_circles(self):
        ids = [f"f{i}" for i in range(12)]
        pairs = [(ids[i], ids[(i + 1) % 6], 1e6) for i in range(6)] + [(ids[0], ids[6], 1.0)]
        pairs += [(ids[i], ids[i + 1], 1.0) for i in range(6, 11)]
        ties = pd.DataFrame(pairs, columns=["source", "target", "value"]).assign(layer="supply", directed=True)
        report = make_report(Network(pd.DataFrame({"sector": [*"ab"] * 6}, index=ids), ties), config=LEAN)
        assert report.numbers["shocks.model"] == "economic risk"
        # Who of the circle fails stops it, and who buys from it stands still too: all deliveries are lost.
        assert report.numbers["shocks.worst.size"] == pytest.approx(1, abs=1e-6)
        assert "f10 and f11 weigh most: the failure of each alone costs >99.999% of all deliveries" in told(
            report, "shocks"
        )

    def test_supply_ties_without_direction(self):
        net = self.chain()
        report = make_report(Network(net.firms, net.ties.assign(directed=False)), config=LEAN)
        assert "The supply ties do not say who delivers to whom" in told(report, "shocks")

    def test_without_a_chain(self, star_report):
        assert "The records hold 4 supply ties; following" in told(star_report, "shocks")
        assert "shocks" not in star_report.tables


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.usefixtures("unseen")
class TestMending:
    @staticmethod
    def two_parts() -> Network:
        ties = [(f"{c}{i}", f"{c}{j}") for c in "ab" for i in range(6) for j in range(i)]
        return Network.from_edges([*ties, ("Bridge", "a0"), ("Bridge", "b0"), *((f"x{i}", "Bridge") for i in range(9))])

    def test_an_introduction_over_the_bridge(self):
        report = make_report(self.two_parts(), config=QUICK)
        # With so few draws nothing is clearly better than chance, and is not called so.
        row = table(report, "Introductions to consider").rows[0]
        assert {row[0], row[1]} == {"a0", "b0"}
        assert "this choice is not clearly better than chance" in told(report, "mending")
        assert row[3] == (
            "Both have ties to Bridge; without the introduction, no chain of ties joins them once Bridge has left."
        )
        numbers = report.numbers
        assert numbers["mending.after"] > numbers["mending.before"]
        assert numbers["mending.by_chance"] < numbers["mending.after"] - numbers["mending.before"]
        flat = self.two_parts()
        # 22 firms; without the bridge and the first of either clique less than a quarter stays together
        path = remove_firms(flat, order=list(report.tables["removal_orders"]["most partners first"]))
        assert path.curve["giant_share"].tolist()[:4] == [1.0, 6 / 22, 6 / 22, 5 / 22]
        assert numbers["mending.before"] == pytest.approx((6 + 6 + 5) / 66)
        told_after = f"on average over these departures: {numbers['mending.after'] * 22:.1f} instead of 5.7."
        assert told_after in told(report, "mending")
        chosen = report.tables["introductions"]
        more = [*zip(flat.ties["source"], flat.ties["target"], strict=True)]
        more += [*zip(chosen["source"], chosen["target"], strict=True)]
        mended = remove_firms(Network.from_edges(more, firms=list(flat.firms.index)), order=list(path.order[:3]))
        assert numbers["mending.after"] == pytest.approx(mended.curve["giant_share"].iloc[1:].mean())

    def test_nobody_outside_of_the_registry_is_recommended(self, cluster_report):
        net = self.two_parts()
        net = Network(net.firms.assign(registered=net.firms.index != "a0"), net.ties)
        pairs = _mending._candidates(net, _mending._inside(net))[:2]
        ends = {frozenset(net.firms.index[[one, other]]) for one, other in zip(*pairs, strict=True)}
        # The bridge and the rest of either clique, b0 and the nine, the nine among each other; a0 meets nobody.
        assert len(ends) == 5 + 5 + 9 + 36
        assert not [pair for pair in ends if "a0" in pair]
        text = told(cluster_report, "mending")
        assert "pairs of registered firms who share a partner" in text
        assert "are not recommended: such a name may be a known firm, misspelt" in text
        known = cluster_report.tables["firms"].set_index("firm")["registered"]
        assert not known.all()
        for name in ("introductions", "backup_suppliers"):
            assert known[cluster_report.tables[name][["source", "target"]].to_numpy().ravel()].all()

    def test_nobody_shares_a_partner(self):
        report = make_report(Network.from_edges([("Ada", "Bo"), ("Cy", "Di")]), config=QUICK)
        assert "No two firms without a tie share a partner" in told(report, "mending")

    def test_backup_suppliers_offer_the_same(self, cluster_report):
        rows = cluster_report.tables["backup_suppliers"]
        assert (rows["gain"] > 0).all()
        numbers = cluster_report.numbers
        assert numbers["mending.backup_after"] - numbers["mending.backup_before"] == pytest.approx(rows["gain"].sum())
        assert all(row[2] != "–" for row in table(cluster_report, "Backup suppliers to consider").rows)

    @staticmethod
    def mill(firms: str = "SBCTUVW") -> dict[str, pd.DataFrame]:
        # S supplies B and C, T is an ally of C; U, V and W have no tie. V does in confidence what S, T and U do openly.
        pairs = pd.DataFrame({"a": list("SST"), "b": list("BCC"), "kind": ["supply", "supply", "alliance"]})
        tags = pd.DataFrame({"firm_id": list("STSTUUV"), "tag": ["secret", "secret", *["open"] * 3, "secret", "open"]})
        tags["confidential"] = ["yes", "yes", "no", "no", "no", "yes", "yes"]
        registry = pd.DataFrame({"firm_id": list(firms), "name": list(firms), "region": ["North", "South"] * 3 + ["x"]})
        return {"firms": registry, "partnerships": pairs, "capabilities": tags}

    def test_confidential_capabilities_are_not_told(self):
        report = make_report(self.mill(), config=QUICK)
        rows = table(report, "Backup suppliers to consider").rows
        assert {row[:3] for row in rows} == {("T", "B", "open"), ("T", "C", "open")}
        assert "secret" not in render_html(report)
        assert "secret" not in "".join(frame.to_csv() for frame in report.tables.values())
        # Recruits are registered firms without a tie.
        row = table(report, "The firm to consider").rows[0]
        assert row == (
            "U",
            "open",
            "+100.0",
            "2 customers (B and C) have one supplier only of the kind, 1 of 2 in its own region (North).",
        )
        text = told(report, "mending")
        assert "3 registered firms have no tie on record; 1 of them says openly what it can do." in text
        assert "1 recruit could at most give 2 supplies a second supplier of the same kind, which 0.0% of the 2" in text
        numbers = report.numbers
        assert (numbers["mending.recruits_before"], numbers["mending.recruits_after"]) == (0, 1)
        listed = report.tables["recruits"].iloc[0]
        assert listed[["firm", "offers", "supplies", "customers"]].tolist() == ["U", "open", 2, "B; C"]
        assert "what the suppliers on record openly offer, a second firm offers too." in text

    def test_recruits_of_the_cluster(self, cluster_report):
        rows, numbers = cluster_report.tables["recruits"], cluster_report.numbers
        degree = cluster_report.tables["measures"].set_index("firm")["degree"]
        assert (degree[rows["firm"]] == 0).all()
        assert not set(cluster_report.tables["backup_suppliers"]["source"]) & set(degree.index[degree == 0])
        assert numbers["mending.recruits_before"] == numbers["mending.backup_before"]
        gained = numbers["mending.recruits_after"] - numbers["mending.recruits_before"]
        assert gained == pytest.approx(rows["gain"].sum())
        ties = cluster_report.tables["ties"]
        supplies = ties[(ties["layer"] == "supply") & (ties["source"] != ties["target"])]
        pairs = supplies.drop_duplicates(["source", "target"])
        assert rows["supplies"].sum() == round(gained * len(pairs))
        assert numbers["mending.recruits_by_chance"] <= gained

    def test_why_nobody_is_recruited(self):
        def why(tables: dict[str, pd.DataFrame]) -> str:
            records = read_records(tables)
            net = build_network(records)
            able = named_capabilities(net, records, None)
            return _mending._recruits(net, net.undirected(), able, 2, QUICK).why

        tables = self.mill()
        assert why(tables) == ""
        tied = tables | {"firms": tables["firms"].iloc[:4]}
        assert why(tied) == "Every firm of the registry has a tie, so that there is nobody in it to bring in."
        nobody = {name: tables[name] for name in ("partnerships", "capabilities")}
        assert why(nobody).startswith("Without a table of firms, those without ties are not known")
        lacking = {name: tables[name] for name in ("firms", "partnerships")}
        assert why(lacking).startswith("Whom to bring in of the 3 firms without ties takes a table of capabilities")
        allied = tables | {"partnerships": tables["partnerships"].assign(kind="alliance")}
        assert (
            why(allied) == "Whom to bring in of the 3 firms without ties takes supply ties, which say who needs what."
        )
        silent = tables | {"capabilities": tables["capabilities"].query("firm_id in ['S', 'T']")}
        assert why(silent).startswith("Of the 3 firms without ties none says openly what it can do")
        other = tables | {"capabilities": tables["capabilities"].assign(tag=[*"abcdefg"], confidential="no")}
        assert why(other) == "None of the 3 firms without ties offers what a supplier on record does."

    def test_whom_to_look_for_elsewhere(self):
        tables = self.mill()
        more = pd.DataFrame(
            {"firm_id": ["S", "U", "W"], "tag": ["Milling", "tailoring", "baking"], "confidential": "no"}
        )
        tables["capabilities"] = pd.concat([tables["capabilities"], more], ignore_index=True)
        bundles = {"refit": ["milling", "cranes", "Secret"], "feast": ["baking"]}
        config = ReportConfig.from_dict(FEW | {"specialization": {"draws": 50, "bundles": bundles}})
        report = make_report(tables, config=config)
        # Tailoring hangs on one firm too, but nobody asks for it; a secret three firms share.
        assert table(report, "Whom to look for elsewhere").rows == (
            ("cranes", "nobody", "0", "–", "refit"),
            ("Milling", "S", "2", "North (1) and South (1)", "refit"),
            ("baking", "W", "0", "–", "feast"),
        )


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.usefixtures("unseen")
class TestYears:
    def test_indicators_are_those_of_the_library(self):
        ties = pd.DataFrame(
            {
                "source": ["a", "b", "c", "a"],
                "target": ["b", "c", "d", "d"],
                "start": pd.to_datetime(["2019-02-01", "2020-02-01", "2021-02-01", "2022-12-31"]),
            }
        )
        config = ReportConfig.from_dict(FEW | {"dynamics": {"draws": 30}})
        net = Network(list("abcde"), ties)
        report = make_report(net, config=config)
        panel = indicators(net, draws=30, seed=1)
        pd.testing.assert_frame_equal(report.tables["indicators"], panel.table)
        assert report.numbers["dynamics.waves"] == 4
        assert report.numbers["dynamics.connected_share.2022"] == 0.8
        assert "Every year from 2019 to 2022" in told(report, "dynamics")
        assert "from 30 draws" in told(report, "dynamics")
        rows = {row[0]: row for row in table(report, "2021 and 2022").rows}
        assert rows["Firms with a tie"][2].startswith("80% (")

    def test_without_bands_nothing_is_said_to_have_moved(self, cluster_report):
        made = next(p for p in cluster_report.parts if isinstance(p, Table) and p.columns[0][0] == "Indicator")
        assert "Moved" not in [name for name, _ in made.columns]
        assert made.reading.endswith("without intervals it cannot be said what moved by more than chance.")
        assert "No bands were asked for." in told(cluster_report, "dynamics")

    def test_without_dates(self, star_report):
        assert "takes ties with dates" in told(star_report, "dynamics")
        assert "indicators" not in star_report.tables


@pytest.mark.usefixtures("unseen")
class TestFew:
    """Records of one or two rows: every sentence still holds."""

    @staticmethod
    def page(report: Report) -> str:
        return Page(render_html(report)).text

    def test_stages_need_a_group_that_can_break(self):
        def stages(ties: list[tuple[str, str]]) -> list[str]:
            parts = make_report(Network.from_edges(ties), config=LEAN).parts
            return [part.alt for part in parts if isinstance(part, Figure) and part.alt.startswith("The network in")]

        # Six pairs: the last stage would be an empty picture.
        assert not stages([(f"a{i}", f"b{i}") for i in range(6)])
        (hub,) = stages([("Hub", f"leaf {i}") for i in range(9)])
        assert hub.endswith("0% gone: 10 firms and 10% gone: 1 firm.")

    def test_one_partnership(self):
        pair = pd.DataFrame({"a": ["Ada"], "b": ["Bo"], "kind": ["alliance"]})
        text = self.page(make_report({"partnerships": pair}, config=QUICK))
        assert "1 row was read from 1 table, 1 kept and 0 rejected" in text
        assert "2 firms have the most partners" in text
        assert "random orders it holds 1 firm." in text
        assert "0 of 0" not in text
        assert "Without a table of firms" in text
        assert "computed up to" not in text

    def test_no_tie(self):
        firms = pd.DataFrame({"firm_id": ["A", "B"], "name": ["Ada", "Bo"]})
        report = make_report({"firms": firms}, config=QUICK)
        figures = next(part for part in report.parts if isinstance(part, KeyFigures)).items
        assert figures[1].value == "–"
        assert "0 of 2 registered firms (0%) are named in at least one record." in self.page(report)
        assert "Who reported a tie" not in self.page(report)

    def test_one_of_everything(self):
        firms = pd.DataFrame({"firm_id": ["A", "B", "C"], "name": ["Al", "Be", "Ce"], "employees": [1, 2, None]})
        made = {
            "firms": firms,
            "partnerships": pd.DataFrame(
                {"a": ["A"], "b": ["B"], "kind": ["supply"], "value": [1.0], "reported_by": ["A"]}
            ),
            "referrals": pd.DataFrame({"from": ["A"], "to": ["B"], "customers": [1]}),
            "capabilities": pd.DataFrame({"firm_id": ["A"], "tag": ["welding"]}),
        }
        report = make_report(made, config=QUICK)
        text = self.page(report)
        assert "it is empty for 1 firm, which counts as 0" in text
        assert "its 1 job goes; its ties and agreements are worth 1; it sent 1 customer and received 0" in text
        assert "1 firm without a number of employees counts as 0 jobs." in text
        assert "1 firm names 1 capability. 1 of them is held by one firm only" in text
        assert "held by at most 1 firm." in text
        assert "1 firm sends more than it receives, 1 receives more" in text
        assert "The largest giver on balance is Al (+1); the largest taker Be (−1)." in text
        assert "One partnership tie has a known reporter: one side reports it." in text
        assert "Of the one firm without ties" not in text
        assert "The one firm without ties does not say openly what it can do" in text
        assert "Both firms are shown" not in text
        assert "All 3 firms are shown; the one without a tie stands in rows below" in text
        # Of so few firms any set breaks the rest.
        assert "must not leave together" not in text
        assert "costliest.pairs_lost" not in report.numbers

    def test_many_alike_do_not_outrank_the_hub(self):
        ties = pd.DataFrame({"a": "Hub", "b": [f"Leaf {k}" for k in range(11)], "kind": "supply"})
        report = make_report({"partnerships": ties}, config=QUICK)
        assert table(report, "Firms with ties, the most central first").rows[0][0] == "Hub"
        why = [row[3] for row in table(report, "Introductions to consider").rows]
        assert all(text.endswith("no chain of ties joins them once Hub has left.") for text in why)

    def test_one_pair_to_introduce(self):
        pairs = pd.DataFrame({"a": ["A", "B"], "b": ["B", "C"], "kind": "alliance"})
        report = make_report({"partnerships": pairs}, config=QUICK)
        assert table(report, "The introduction to consider").note == "There is one such pair only."

    def test_communities_in_the_plural(self):
        groups = pd.DataFrame(
            {"group_id": [*"gggghh"], "firm": [*"ABCDAE"], "kind": ["cooperative"] * 4 + ["alliance"] * 2}
        )
        text = self.page(make_report({"groups": groups}, config=QUICK))
        assert "all three are of different communities" in text
        assert "communitys" not in text


@pytest.mark.usefixtures("unseen")
class TestClaims:
    """What theory says, what these records say."""

    @staticmethod
    def frame() -> pd.DataFrame:
        return pd.DataFrame(
            {
                "claim": ["Hubs <script>grow</script>.", "Old ties are firm.", "Cores last.", "Vision pays."],
                "status": ["tested", "tested", "needs", "registered"],
                "verdict": ["open", "agrees", "not tested", "not tested"],
                "estimate": [-0.2, 0.5, np.nan, np.nan],
                "low": [np.nan, 0.1, np.nan, np.nan],
                "high": [np.nan, 0.9, np.nan, np.nan],
                "p": [0.5, 0.0001, np.nan, np.nan],
                "n": [1500, 120, np.nan, np.nan],
                "measured": ["elasticity", "hazard of ending", "", ""],
                "unit": ["log revenue", "hazard ratio", "", ""],
                "note": ["hubs grow little", "old ties end less often", "no outcomes by <b>firm</b>", ""],
                "others": ["Growth <i>later</i>: -0.2 (-0.3 to -0.1), as claimed.", "", "", ""],
                "untested": ["", "whether members grow: these records have no outcomes (revenue)", "", ""],
                "contested": [True, False, False, False],
            },
            index=pd.Index([10, 4, 7, 73], name="number"),
        )

    def test_tested_first_by_verdict_then_what_is_missing(self):
        parts = claims_section(self.frame())
        page = Page(render_html(Report(title="Theory", parts=parts, settings=Settings({}))))
        assert "make 4 claims that records could speak to" in page.text
        assert (
            "allow 2 to be tested: 1 agrees, 0 do not, 1 is open; 1 cannot be told from them, and for 1 there is no"
            in page.text
        )
        assert not page.all("script")
        assert not page.all("b")
        tested, rest = (part for part in parts if isinstance(part, Table))
        assert tested.rows[0] == (
            "4", "Old ties are firm.",
            "Old ties end less often. Not tested: whether members grow: these records have no outcomes (revenue).",
            "Hazard of ending: 0.500 (0.100 to 0.900), hazard ratio", "under 0.001", "120", "agrees",
        )  # fmt: skip
        assert tested.rows[1][1:4] == (
            "Hubs <script>grow</script>. (contested in the literature)",
            "Hubs grow little. Growth <i>later</i>: −0.2 (−0.3 to −0.1), as claimed.",
            "Elasticity: −0.200, log revenue",
        )  # fmt: skip
        assert tested.rows[1][5:] == ("1,500", "open")
        assert rest.rows == (("7", "Cores last.", "No outcomes by <b>firm</b>."),)

    def test_nothing_to_test(self):
        heading, said = claims_section(self.frame().iloc[:0])
        assert heading.anchor == "theory"
        assert "make 0 claims" in said.text

    def test_nothing_tested_and_nothing_missing_are_not_counted(self):
        said = claims_section(self.frame().iloc[[3]])[1].text
        assert said.endswith("make 1 claim that records could speak to. These records allow 0 to be tested, and for 1 "
                             "there is no test yet.")  # fmt: skip
        said = claims_section(self.frame().iloc[[0, 1, 1]])[1].text
        assert "allow 3 to be tested: 2 agree, 0 do not, 1 is open. A number agrees" in said

    def test_the_report_tells_what_the_claims_table_holds(self, monkeypatch):
        from clusternet.theory import claims, evidence
        from clusternet.theory._finding import TESTS

        for claim in set(TESTS) - {7, 14, 81, 84}:
            monkeypatch.delitem(TESTS, claim)
        records = simulate.cluster(60, seed=5).records
        lean = {"draws": 20, "null_draws": 0, "introductions": 0}
        config = ReportConfig.from_dict(FEW | {"theory": {"draws": 39}, "resilience": lean})
        report = make_report(records, config=config)
        linkage = link_firms(records)
        alone = claims(evidence(records, linkage=linkage), draws=39, seed=config.seed)
        told = report.tables["claims"].set_index("number")
        assert told["estimate"].equals(alone["estimate"])
        assert report.numbers["theory.agrees"] == (alone["verdict"] == "agrees").sum()
        assert any(isinstance(part, Heading) and part.anchor == "theory" for part in report.parts)
        without = make_report(star(), config=ReportConfig.from_dict(FEW | {"theory": {"draws": 0}}))
        assert "claims" not in without.tables
        large = make_report(star(), config=ReportConfig.from_dict(FEW | {"theory": {"firms_at_most": 10}}))
        assert "claims" not in large.tables
        assert any("take long" in part.text for part in large.parts if isinstance(part, Paragraph))

    def test_too_few_draws_are_refused(self):
        with pytest.raises(OptionError, match=r"theory\.draws"):
            ReportConfig.from_dict({"theory": {"draws": 10}})


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.usefixtures("unseen")
class TestCalmTables:
    """What would be empty or the same in every line is left out."""

    @staticmethod
    def tables() -> dict[str, pd.DataFrame]:
        firms = pd.DataFrame({"firm_id": ["a", "b", "c"], "country": ["SI", "SI", "DE"]})
        groups = pd.DataFrame({"group_id": ["g", "g", "h", "h"], "firm": ["a", "b", "b", "c"], "kind": "alliance"})
        return {"firms": firms, "groups": groups}

    def test_no_columns_about_reporters_where_none_is_known(self):
        report = make_report(self.tables(), config=LEAN)
        made = table(report, "Coverage by country")
        assert [name for name, _ in made.columns] == ["Country", "Registered", "Named", "Share named"]
        assert "confirmed" not in made.reading
        charts = [part for part in report.parts if isinstance(part, Figure) and "named in the records" in part.alt]
        assert not charts

    def test_bars_of_different_length_are_drawn(self):
        tables = self.tables()
        tables["firms"].loc[3] = ["d", "DE"]
        report = make_report(tables, config=LEAN)
        assert [part for part in report.parts if isinstance(part, Figure) and "named in the records" in part.alt]

    def test_the_kind_of_firm_that_is_known(self):
        made = table(make_report(self.tables(), config=LEAN), "Firms with ties, the most central first")
        assert [name for name, _ in made.columns][:2] == ["Firm", "Country"]
        bare = self.tables()
        bare["firms"] = bare["firms"].drop(columns="country")
        made = table(make_report(bare, config=LEAN), "Firms with ties, the most central first")
        assert [name for name, _ in made.columns][:2] == ["Firm", "Partners"]

    def test_rules_are_told_once(self, tmp_path):
        for name, frame in self.tables().items():
            frame.assign(start="n/a", end="n/a").to_csv(tmp_path / f"{name}.csv", index=False)
        (tmp_path / "README.md").write_text("about")
        (tmp_path / "make.py").write_text("1")
        rows = table(make_report(tmp_path, config=LEAN), "Read by a rule").rows
        assert rows[-1] == ("", "other files and folders", "“make.py” and “README.md” not read") or rows[-1] == (
            "", "other files and folders", "“README.md” and “make.py” not read",
        )  # fmt: skip
        assert ("groups start, groups end", "a word for nothing", "“n/a” read as empty") in rows


@pytest.mark.usefixtures("unseen")
class TestSmallClusters:
    @pytest.mark.parametrize(
        "net",
        [
            pytest.param(Network([], pd.DataFrame({"source": [], "target": []})), id="nobody"),
            pytest.param(Network(["Ada"], pd.DataFrame({"source": [], "target": []})), id="one firm"),
            pytest.param(Network(["Ada", "Bo", "Cy"], pd.DataFrame({"source": [], "target": []})), id="no tie"),
            pytest.param(Network.from_edges([("Ada", "Bo")]), id="one pair"),
            pytest.param(Network.from_edges([("Ada", "Ada")]), id="one loop"),
            pytest.param(Network.from_edges([("Ada", "Bo"), ("Cy", "Di")], directed=True), id="two pairs"),
            pytest.param(Network.from_edges([("Ada", "Bo"), ("Bo", "Cy"), ("Ada", "Cy")]), id="triangle"),
            pytest.param(Network.from_edges([(1, 2), (2, 3)]), id="ids that are numbers"),
        ],
    )
    def test_says_something_sensible(self, net, tmp_path):
        report = make_report(net, config=LEAN)
        page = Page(render_html(report))
        assert not re.search(r"\b(nan|NaN|None|inf|NaT)\b", page.text)
        assert len(page.all("h1")) == 1
        assert write_report(report, tmp_path / "out").is_file()
        json.dumps(dict(report.numbers), allow_nan=False)

    @pytest.mark.usefixtures("no_pictures")
    def test_nobody_is_central_without_ties(self):
        report = make_report(Network(["Ada", "Bo"], pd.DataFrame({"source": [], "target": []})), config=LEAN)
        assert "no tie between any two of them" in render_html(report)
        assert "so none is central" in render_html(report)

    @pytest.mark.usefixtures("no_pictures")
    def test_shared_first_place(self):
        report = make_report(Network.from_edges([(i, (i + 1) % 6) for i in range(6)]), config=LEAN)
        assert "0, 1, 2 and 3 others share the first place" in render_html(report)
        assert "6 firms bridge most, each with partners that count as 2.0 separate ones." in told(report, "brokerage")

    @pytest.mark.usefixtures("no_pictures")
    def test_pairs_are_no_community_of_three(self):
        report = make_report(Network.from_edges([("Ada", "Bo"), ("Cy", "Di")]), config=LEAN)
        (five,) = [part for part in report.parts if isinstance(part, KeyFigures)]
        assert five.items[3].value == "0"
        assert five.items[3].sentence.startswith("No three firms form a community")
        assert "at least 1 partner in it" in " ".join(part.caption for part in report.parts if isinstance(part, Figure))

    @pytest.mark.usefixtures("no_pictures")
    def test_agreements_of_many_are_told(self):
        groups = pd.DataFrame(
            {"group_id": list("ggghh"), "firm": list("abccd"), "kind": ["platform"] * 3 + ["alliance"] * 2}
        )
        report = make_report({"groups": groups}, config=LEAN)
        # the three pairs of the platform, and one alliance of two
        assert "three or more firms (platform) tie every member to every other: 3 of the 4 ties rest" in told(
            report, "cohesion"
        )

    @pytest.mark.usefixtures("no_pictures")
    def test_the_worse_order_is_the_headline(self):
        # two cliques of seven joined over one firm with two partners
        ties = [(f"{side}{i}", f"{side}{j}") for side in "ab" for i in range(7) for j in range(i)]
        report = make_report(Network.from_edges([*ties, ("a0", "Mid"), ("Mid", "b0")]), config=LEAN)
        (five,) = [part for part in report.parts if isinstance(part, KeyFigures)]
        assert "firm on the most routes between others leave (7% of all)" in five.items[4].sentence
        assert five.items[4].value == "15 → 7"

    @pytest.mark.usefixtures("no_pictures")
    def test_a_ring_loses_no_more_than_by_chance(self):
        report = make_report(Network.from_edges([(i, (i + 1) % 6) for i in range(6)]), config=LEAN)
        (five,) = [part for part in report.parts if isinstance(part, KeyFigures)]
        assert "no more than chance departures could do" in five.items[4].sentence
        assert "with the most partners" in five.items[4].sentence

    @pytest.mark.usefixtures("no_pictures")
    def test_records_without_registry(self):
        tables = {"partnerships": pd.DataFrame({"a": ["Ada", "Bo"], "b": ["Bo", "Cy"], "kind": "alliance"})}
        report = make_report(tables, config=LEAN)
        assert report.numbers["firms.known"] == 3
        assert report.numbers["firms.unregistered"] == 3
        # Where there is no registry nobody stands outside of it.
        assert "[not registered]" not in render_html(report)
        (five,) = [part for part in report.parts if isinstance(part, KeyFigures)]
        assert five.items[0].sentence.startswith("The records know of 3 firms, and all have at least one tie")
        assert five.items[0].caveat.startswith("Without a table of firms, those without ties are not known.")


class TestHostileNames:
    def test_no_name_becomes_markup(self, hostile_report):
        text = render_html(hostile_report)
        page = Page(text)
        assert [attrs.get("type") for attrs in page.all("script")] == ["application/json", None]
        assert "alert(" not in text.replace("&lt;script&gt;alert(1)", "").replace("onerror=alert(2)&gt;", "").replace(
            "onload=alert(3)&gt;", ""
        ).replace("\\u003cscript\\u003ealert(1)", "").replace("onerror=alert(2)\\u003e", "").replace(
            "onload=alert(3)\\u003e", ""
        )
        assert not page.all("svg")
        assert all(set(attrs) == {"src", "alt", "width", "height"} for attrs in page.all("img"))
        assert not any(key.startswith("on") for _, attrs in page.tags for key in attrs)
        for name in ("<script>alert(1)</script>", "شركة الميناء", "🚀 Rocket 港口"):
            assert name in page.text

    def test_the_data_of_the_map_cannot_end_the_script(self, hostile_report):
        raw = re.search(
            r'<script type="application/json" id="viewer-data">(.*?)</script>', render_html(hostile_report), re.DOTALL
        )[1]
        assert not set("<>&\u2028") & set(raw)
        data = json.loads(raw)
        assert HOSTILE["f4"] in data["firms"]
        assert len(data["firms"]) == len(data["x"]) == len(data["order"]) == hostile_report.numbers["firms.known"]
        assert len(data["a"]) == hostile_report.numbers["ties.pairs"]

    @pytest.mark.parametrize(
        ("groups", "rest"),
        [(["a", None], ["unknown"]), (["a", "b"], []), ([*"abcdefghijklmno"], ["other"]),
         ([*"abcdefghijklmno", None], ["other or unknown"])],
    )  # fmt: skip
    def test_the_map_says_unknown_only_of_what_is_missing(self, groups, rest):
        from clusternet.report._charts import _scheme

        made = _scheme("sector", pd.Series(groups))
        assert [name for name, color, _ in made["legend"] if color == plots.PALE] == rest
        last = min(len(groups) - 1, 14)
        assert made["of"] == [min(place, last) if group else last for place, group in enumerate(groups)]

    def test_nothing_is_loaded(self, hostile_report):
        text = render_html(hostile_report)
        assert not re.search(r"""(src|href|action|poster|data)\s*=\s*["']?\s*(https?:)?//""", text)
        assert not re.search(r"@import|url\(", text)
        page = Page(text)
        assert all(attrs["src"].startswith("data:image/svg+xml;base64,") for attrs in page.all("img"))
        assert all(attrs["href"].startswith("#") for attrs in page.all("a"))
        for attrs in page.all("img"):
            svg = base64.b64decode(attrs["src"].split(",", 1)[1]).decode()
            assert not re.search(r'href="(?!#|data:image/png)', svg)
            assert "<script" not in svg

    def test_cells_are_neutral(self, hostile_report, tmp_path):
        write_report(hostile_report, tmp_path)
        for path in tmp_path.glob("*.csv"):
            cells = pd.read_csv(path, dtype=str, keep_default_na=False, header=None).to_numpy().ravel()
            bad = [cell for cell in cells if re.match(r"[=@\t\r]|[+-](?![\d.])", cell)]
            assert not bad, (path.name, bad[:3])
        names = pd.read_csv(tmp_path / "firms.csv")["name"].tolist()
        assert "'" + HOSTILE["f2"] in names

    def test_only_our_file_names(self, hostile_report, tmp_path):
        write_report(hostile_report, tmp_path)
        assert {path.name for path in tmp_path.iterdir()} <= set(files.FILES)


class TestPage:
    def test_policy_allows_our_script_and_nothing_else(self, cluster_report):
        text = render_html(cluster_report)
        policy = next(a["content"] for a in Page(text).all("meta") if a.get("http-equiv") == "Content-Security-Policy")
        script = re.search(r"<script>(.*?)</script>", text, re.DOTALL)[1]
        told = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"script-src 'sha256-{told}'" in policy
        assert policy.startswith("default-src 'none'")

    def test_headings_descend_one_at_a_time(self, cluster_report):
        levels = [int(tag[1]) for tag, _ in Page(render_html(cluster_report)).tags if re.fullmatch(r"h[1-6]", tag)]
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))

    def test_contents_lead_somewhere(self, cluster_report):
        page = Page(render_html(cluster_report))
        ids = [attrs["id"] for _, attrs in page.tags if attrs.get("id")]
        assert len(ids) == len(set(ids))
        assert {attrs["href"][1:] for attrs in page.all("a")} <= set(ids)
        assert page.all("html")[0]["lang"] == "en"

    def test_every_measure_that_is_printed_has_its_formula(self, cluster_report):
        printed = {name for name in READINGS if f"network.{name}" in cluster_report.numbers}
        assert printed | set(FIRM_MEASURES) <= formula_names(cluster_report)
        listed = {info.name for info in list_measures()}
        assert {*READINGS, *FIRM_MEASURES} <= listed & set(FORMULAS)

    def test_every_source_named_is_listed(self, cluster_report):
        text = Page(render_html(cluster_report)).text
        (formulas,) = [part for part in cluster_report.parts if isinstance(part, Formulas)]
        for key in {key for item in formulas.items for key in item.cites}:
            assert references()[key].label in text
            assert references()[key].text() in text
        assert "Wilson, E. B. (1927)" in text

    @pytest.mark.usefixtures("no_pictures")
    def test_methods_name_seed_versions_and_hashes(self, tmp_path):
        made = simulate.cluster(60, seed=1)
        for name, frame in made.tables.items():
            frame.to_csv(tmp_path / f"{name}.csv", index=False)
        report = make_report(tmp_path, config=QUICK)
        text = Page(render_html(report)).text
        assert f"pandas {pd.__version__}" in text
        for path in tmp_path.glob("*.csv"):
            assert hashlib.sha256(path.read_bytes()).hexdigest() in text
        assert report.manifest["inputs"].keys() == {path.name for path in tmp_path.iterdir()}
        assert str(tmp_path) not in text


class TestWriting:
    def test_tables_and_manifest(self, cluster_report, tmp_path):
        page = write_report(cluster_report, tmp_path / "deep" / "out")
        out = page.parent
        assert page.name == "report.html"
        manifest = json.loads((out / "manifest.json").read_text())
        for name, told in manifest["files"].items():
            assert hashlib.sha256((out / name).read_bytes()).hexdigest() == told
        assert manifest["seed"] == 1
        measures = pd.read_csv(out / "measures.csv")
        assert len(measures) == cluster_report.numbers["firms.known"]
        curves = pd.read_csv(out / "removal_curves.csv")
        assert len(curves) == cluster_report.numbers["firms.known"] + 1

    def test_refuses_a_file(self, star_report, tmp_path):
        (tmp_path / "out").write_text("mine")
        with pytest.raises(OptionError, match="is a file; give a folder"):
            write_report(star_report, tmp_path / "out")
        assert (tmp_path / "out").read_text() == "mine"

    def test_refuses_a_folder_below_a_file(self, star_report, tmp_path):
        (tmp_path / "file").write_text("mine")
        with pytest.raises(OptionError, match="cannot be written"):
            write_report(star_report, tmp_path / "file" / "out")

    def test_leaves_other_files_and_removes_its_own_stale_ones(self, star_report, cluster_report, tmp_path):
        (tmp_path / "notes.txt").write_text("mine")
        write_report(cluster_report, tmp_path)
        assert (tmp_path / "issues.csv").exists()
        write_report(star_report, tmp_path)
        assert not (tmp_path / "issues.csv").exists()
        assert (tmp_path / "notes.txt").read_text() == "mine"

    @pytest.mark.parametrize(
        "error", [RuntimeError("boom"), KeyboardInterrupt(), OSError(28, "No space left on device")]
    )
    def test_a_failed_run_leaves_nothing_new(self, star_report, tmp_path, monkeypatch, error):
        def fail(*_):
            raise error

        monkeypatch.setattr(files, "write_csv", fail)
        with pytest.raises(OptionError if isinstance(error, OSError) else type(error)):
            write_report(star_report, tmp_path / "new" / "out")
        assert not (tmp_path / "new").exists()

    def test_a_failed_run_keeps_the_earlier_report(self, star_report, tmp_path, monkeypatch):
        write_report(star_report, tmp_path)
        before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
        monkeypatch.setattr(files, "render_html", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            write_report(star_report, tmp_path)
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before

    def test_decisions_of_a_person_are_not_overwritten(self, cluster_report, tmp_path):
        write_report(cluster_report, tmp_path)
        path = tmp_path / "review.csv"
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        lines[1] += "same"
        path.write_text("\n".join(lines), encoding="utf-8-sig")
        with pytest.raises(OptionError, match="holds 1 decision that would be lost"):
            write_report(cluster_report, tmp_path)
        assert path.read_text(encoding="utf-8-sig").splitlines()[1].endswith("same")

    @pytest.mark.slow
    @pytest.mark.usefixtures("no_pictures")
    def test_a_settled_review_is_honored_in_place(self, tmp_path):
        made = simulate.mess(simulate.cluster(80, seed=4), seed=5)
        report = make_report(made.tables, config=QUICK)
        path = write_report(report, tmp_path).with_name("review.csv")
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        lines[1] += "different"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
        config = ReportConfig.from_dict({**QUICK.model_dump(), "linkage": {"decisions": path}})
        again = make_report(made.tables, config=config)
        assert again.numbers["linkage.to_review"] < report.numbers["linkage.to_review"]
        write_report(again, tmp_path)
        assert "different" in path.read_text(encoding="utf-8-sig")
        assert "review.csv" in again.manifest["inputs"]


class TestSameBytes:
    @pytest.mark.slow
    def test_twice_in_one_process(self, tmp_path):
        made = simulate.mess(simulate.cluster(70, seed=2), seed=3)
        for name in ("one", "two"):
            write_report(make_report(made.tables, config=QUICK), tmp_path / name)
        one, two = ({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()} for name in ("one", "two"))
        assert one == two

    @pytest.mark.slow
    def test_in_processes_that_hash_differently(self, tmp_path):
        made = simulate.mess(simulate.cluster(70, seed=2), seed=3)
        source = tmp_path / "records"
        source.mkdir()
        for name, frame in made.tables.items():
            frame.to_csv(source / f"{name}.csv", index=False)
        code = (
            "import json, sys\n"
            "from clusternet.report import ReportConfig, make_report, write_report\n"
            "config = ReportConfig.from_dict(json.loads(sys.argv[3]))\n"
            "write_report(make_report(sys.argv[1], config=config), sys.argv[2])"
        )
        few = json.dumps(FEW | {"theory": {"draws": 39}, "dynamics": {"draws": 20}})
        found = []
        for seed in ("0", "1"):
            out = tmp_path / seed
            environment = {**os.environ, "PYTHONHASHSEED": seed, "MPLCONFIGDIR": str(tmp_path / f"mpl{seed}")}
            subprocess.run([sys.executable, "-c", code, source, out, few], check=True, env=environment, cwd=tmp_path)
            found.append({path.name: path.read_bytes() for path in out.iterdir()})
        assert found[0] == found[1]

    @pytest.mark.slow
    @pytest.mark.usefixtures("no_pictures")
    def test_another_seed_is_another_report(self):
        one = make_report(star(), config=ReportConfig.from_dict({**QUICK.model_dump(), "seed": 1}))
        two = make_report(star(), config=ReportConfig.from_dict({**QUICK.model_dump(), "seed": 2}))
        assert one.numbers["removal.random.R"] != two.numbers["removal.random.R"]
        assert one.numbers["removal.degree.R"] == two.numbers["removal.degree.R"]


@pytest.mark.usefixtures("no_pictures")
class TestLarge:
    def test_a_map_that_does_not_fit_shows_the_strongest_part(self):
        ring = [(i, (i + 1) % 100, 1.0) for i in range(100)]
        strong = [(i, i + 1, 5.0) for i in range(20)]
        net = Network.from_edges(ring + strong)
        shown, reason = choose_shown(net, net.undirected(), firms=50, pairs=50)
        assert sorted(shown.firms.index) == list(range(21))
        assert "21 firms in the largest connected group of pairs with a strength of at least 6" in reason

    def test_equal_strengths_show_the_core(self):
        clique = [(i, j) for i in range(8) for j in range(i)]
        net = Network.from_edges(clique + [(i, i + 1) for i in range(7, 60)])
        shown, reason = choose_shown(net, net.undirected(), firms=20, pairs=50)
        assert sorted(shown.firms.index) == list(range(8))
        assert "at least 2 partners among each other" in reason

    def test_isolates_go_first(self):
        net = Network.from_edges([("a", "b")], firms=[f"x{i}" for i in range(30)])
        shown, reason = choose_shown(net, net.undirected(), firms=10, pairs=10)
        assert shown.n_firms == 2
        assert reason == "The 30 firms without a tie are left out."

    def test_tables_stay_short(self):
        rng = np.random.default_rng(1)
        net = Network.from_edges([tuple(pair) for pair in rng.integers(0, 700, (1500, 2)).tolist()])
        config = ReportConfig.from_dict({**LEAN.model_dump(), "show": {"top": 5, "map_firms": 100}})
        report = make_report(net, config=config)
        assert max(len(part.rows) for part in report.parts if isinstance(part, Table)) <= 41
        (drawn,) = [part for part in report.parts if isinstance(part, Map)]
        assert len(drawn.data["firms"]) <= 100
        assert "would not fit" in drawn.caption
        assert "up to 500 firms" in table(report, "Robustness by order of leaving").note

    @pytest.mark.slow
    def test_european_consortia(self):
        folder = SHARED / "data" / "h2020_2016"
        if not folder.exists():
            pytest.skip("shared/data/h2020_2016 is absent")
        mapping = {
            "firms": {
                "file": "unique_org.csv",
                "columns": {"firm_id": "new_org_id", "name": "name", "country": "country"},
            },
            "groups": {
                "file": "edges.csv",
                "columns": {"group_id": "projectRcn", "firm": "new_org_id"},
                "constants": {"kind": "joint_venture"},
            },
        }
        report = make_report(folder, config=ReportConfig.from_dict(FEW | {"records": mapping}))
        assert report.numbers["records.firms.read"] == 12_326
        assert report.numbers["giant.share"] > 0.8
        assert sum(len(part.rows) for part in report.parts if isinstance(part, Table)) < 300


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.usefixtures("unseen")
class TestConfig:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("resilience.draws = 0", "resilience.draws is 0; give at least 1."),
            ("resilience.drawz = 10", "resilience.drawz is not a setting. Did you mean 'draws'?"),
            ("titel = 'x'", "titel is not a setting. Did you mean 'title'?"),
            ("seed = 'one'", "seed is 'one'; give a whole number."),
            ("seed = -1", "seed is -1; give at least 0."),
            ("linkage.threshold = 1.5", "linkage.threshold is 1.5; give at most 1."),
            ("linkage = 3", "linkage is 3; give a table of settings."),
            ("strict = 'maybe'", "strict is 'maybe'; give true or false."),
            ("show.top = 2.5", "show.top is 2.5; give a whole number."),
        ],
    )
    def test_says_what_is_wrong(self, tmp_path, text, said):
        path = tmp_path / "cluster.toml"
        path.write_text(text)
        with pytest.raises(OptionError) as caught:
            ReportConfig.from_toml(path)
        assert said in str(caught.value)

    def test_names_all_problems_at_once(self):
        with pytest.raises(OptionError) as caught:
            ReportConfig.from_dict({"seed": -1, "resilience": {"draws": 0}})
        assert len(str(caught.value).splitlines()) == 2

    def test_not_toml_and_not_there(self, tmp_path):
        path = tmp_path / "cluster.toml"
        path.write_text("title = ")
        with pytest.raises(OptionError, match="is not TOML"):
            ReportConfig.from_toml(path)
        with pytest.raises(OptionError, match="cannot be read: No such file"):
            ReportConfig.from_toml(tmp_path / "nothing.toml")

    def test_decisions_count_from_the_file(self, tmp_path):
        path = tmp_path / "cluster.toml"
        path.write_text("[linkage]\ndecisions = 'settled.csv'")
        assert ReportConfig.from_toml(path).linkage.decisions == tmp_path / "settled.csv"

    def test_unknown_build_rule(self):
        config = ReportConfig.from_dict({"build": {"multi_party": "star"}})
        with pytest.raises(OptionError, match=r"build.multi_party is not a setting. Did you mean 'multiparty'\?"):
            make_report(records_with_dirt(), config=config)

    def test_build_rules_reach_the_network(self):
        config = ReportConfig.from_dict({**QUICK.model_dump(), "build": {"minimum": 2}})
        report = make_report(records_with_dirt(), config=config)
        assert report.numbers["ties.count"] == 0
        assert ("network.minimum", "2") in next(p for p in report.parts if getattr(p, "title", "") == "Settings").items

    def test_without_linkage_only_exact_names_join(self):
        tables = records_with_dirt()
        tables["partnerships"].loc[0, "b"] = "f22"
        config = ReportConfig.from_dict({**QUICK.model_dump(), "linkage": {"enabled": False}})
        report = make_report(tables, config=config)
        assert report.numbers["firms.registered"] == 9
        assert report.numbers["firms.unregistered"] == 2
        assert "links" not in report.tables

    def test_strict_refuses_dirt(self):
        with pytest.raises(RecordsError):
            make_report(records_with_dirt(), config=ReportConfig(strict=True))

    def test_records_already_read(self):
        records = read_records(records_with_dirt())
        assert make_report(records, config=LEAN).numbers == make_report(records_with_dirt(), config=LEAN).numbers


class TestBibliography:
    def test_every_cited_key_is_there(self):
        cite([key for item in FORMULAS.values() for key in item.cites])
        cite([key for info in list_measures() for key in info.cites])

    def test_markup_becomes_text(self):
        found = parse_bibtex(
            "% a comment\n@article{a1, author = {Barab{\\'a}si, Albert-L{\\'a}szl{\\'o} and M{\\\"u}ller, {\\O}de},\n"
            " title = \"A {Title} -- with ``quotes''\", year = 1999, pages = {1--9}, doi = {https://doi.org/10.1/x_y}}\n"
        )["a1"]
        assert found.label == "Barabási and Müller 1999"
        assert found.text() == "Barabási, A. and Müller, Ø. (1999) A Title – with “quotes”. 1–9. doi:10.1/x_y"

    def test_institutions_stay_whole(self):
        entry = references()["dojftc2010"]
        who = "U.S. Department of Justice and Federal Trade Commission"
        assert entry.authors == [(who, "")]
        assert entry.label == f"{who} 2010"
        assert entry.text() == f"{who} (2010) Horizontal Merger Guidelines."
        mixed = parse_bibtex(
            "@misc{m, author = {{Port and Sons} and {\\O}de, Ann and Doe, J.}, title = {T.}, year = 2000}"
        )
        assert mixed["m"].authors == [("Port and Sons", ""), ("Øde", "Ann"), ("Doe", "J.")]
        assert mixed["m"].text() == "Port and Sons, Øde, A. and Doe, J. (2000) T."
        assert not [key for key, found in references().items() if ". ." in found.text()]

    def test_twice_is_an_error(self):
        with pytest.raises(OptionError, match="two entries 'a'"):
            parse_bibtex("@book{a, year = 1}\n@book{a, year = 2}")

    def test_unknown_key(self):
        with pytest.raises(OptionError, match="Did you mean 'freeman1979'"):
            cite(["freeman19799"])

    def test_each_entry_has_what_a_reader_needs(self):
        for key, entry in references().items():
            assert entry.authors, key
            assert re.fullmatch(r"\d{4}", entry.fields["year"]), key
            assert entry.fields["title"], key
            assert not re.search(r"[{}\\]", entry.text()), key
