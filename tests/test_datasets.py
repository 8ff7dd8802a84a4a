"""Shipped tables have their published counts; downloads are safe, checked, and clear about what went wrong."""

import hashlib
import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clusternet import datasets
from clusternet.errors import DownloadError, OptionError, RecordsError
from clusternet.network import Network

SHARED = Path(__file__).parents[2] / "shared"
BIBLIOGRAPHY = Path(datasets.__file__).parent / "references.bib"


def facts():
    path = SHARED / "facts" / "published_facts.json"
    if not path.is_file():
        pytest.skip("shared/facts is absent")
    return json.loads(path.read_text(encoding="utf-8"))


# ── shipped ──


def test_florentine_has_its_published_counts():
    net = datasets.load("florentine")
    assert net.n_firms == 16
    count = net.ties["layer"].value_counts()
    assert count["marriage"] == 20
    assert count["business"] == 15
    pairs = {
        layer: {frozenset(pair) for pair in rows[["source", "target"]].to_numpy()}
        for layer, rows in net.ties.groupby("layer")
    }
    assert len(pairs["marriage"] & pairs["business"]) == 8
    assert list(net.isolates) == ["Pucci"]
    assert not net.is_directed
    assert net.firms["wealth"].sum() == 681
    assert net.firms.loc["Strozzi", "wealth"] == 146


def test_medici_betweenness_on_15_and_on_16_families():
    marriage = load_layer("florentine", "marriage")
    graph = marriage.igraph
    raw = graph.betweenness()[marriage.firms.index.get_loc("Medici")]
    assert round(raw / (14 * 13 / 2), 3) == 0.522
    assert round(raw / (15 * 14 / 2), 3) == 0.452
    connected = marriage.without(marriage.isolates)
    assert connected.n_firms == 15


def load_layer(name, layer):
    net = datasets.load(name)
    assert isinstance(net, Network)
    return net.layer(layer)


def test_marriages_are_those_of_networkx_and_of_the_golden_file():
    import networkx as nx

    ties = load_layer("florentine", "marriage").ties
    ours = {frozenset(pair) for pair in ties[["source", "target"]].to_numpy()}
    assert ours == {frozenset(edge) for edge in nx.florentine_families_graph().edges}
    golden = SHARED / "golden" / "networks" / "florentine_marriage"
    if not golden.is_dir():
        pytest.skip("shared/golden is absent")
    assert ours == {frozenset(pair) for pair in pd.read_csv(golden / "edges.csv").to_numpy()}
    wealth = pd.read_csv(golden / "nodes.csv").set_index("id")["wealth"]
    assert datasets.load("florentine").firms["wealth"].to_dict() == wealth.to_dict()


def test_knoke_has_its_published_counts():
    for layer, ties, density in (("information", 49, 0.5444), ("money", 22, 0.2444)):
        net = load_layer("knoke", layer)
        assert net.n_firms == 10
        assert net.is_directed
        assert net.n_ties == ties
        assert round(net.n_ties / 90, 4) == density
    information = load_layer("knoke", "information")
    mutual = information.igraph.dyad_census()
    assert tuple(mutual) == (17, 15, 13)
    received = pd.Series(information.igraph.indegree(), index=information.firms.index)
    assert received.idxmax() == "NEWS"  # the newspaper is the big receiver, so direction is right
    assert list(load_layer("knoke", "money").isolates) == ["WRO"]


def test_baker_is_a_valued_directed_network_without_its_diagonal():
    net = datasets.load("baker")
    assert net.n_firms == 20
    assert net.n_ties == 87
    assert net.is_directed
    assert (net.ties["source"] != net.ties["target"]).all()
    assert net.firms["self_citations"].sum() == 1_777
    tie = net.ties.set_index(["source", "target"])["strength"]
    assert tie["SCW", "SW"] == 124
    assert tie["SW", "SCW"] == 58


def test_interlock_densities_match_their_links():
    table = datasets.load("interlocks")
    assert len(table) == 6
    density = 2 * table["links"] / (table["N"] * (table["N"] - 1))
    assert (density - table["density"]).abs().max() <= 0.0005 + 1e-9
    path = np.log(table["N"]) / np.log(2 * table["links"] / table["N"])
    assert (path.round(1) - table["L_rand"]).abs().max() <= 0.05
    small = datasets.load("interlocks_hs")
    world = (small["C"] / small["C_rand"]) / (small["L"] / small["L_rand"])
    assert list(small.index) == ["CH1990", "CH2000", "NL1996", "NL2001"]
    assert (world / small["SW"]).between(0.85, 1.2).all()  # C_rand is rounded to two digits


def test_shipped_values_are_the_published_facts():
    known = facts()
    for layer in ("information", "money"):
        net = load_layer("knoke", layer)
        assert net.adjacency.toarray().tolist() == known["knoke"][layer]
        assert list(net.firms.index) == known["knoke"]["names"]
    baker = datasets.load("baker")
    matrix = baker.adjacency.toarray() + np.diag(baker.firms["self_citations"])
    assert matrix.tolist() == known["baker"]["matrix"]
    business = load_layer("florentine", "business").ties[["source", "target"]].to_numpy().tolist()
    assert business == known["florentine"]["business"]
    assert datasets.load("florentine").firms["wealth"].tolist() == known["florentine"]["wealth"]
    for name, key in (("interlocks", "kogut_belinky_2008"), ("interlocks_hs", "heemskerk_schnyder_2008")):
        table, want = datasets.load(name), known[key]
        assert list(table.columns) == want["cols"]
        assert {row: table.loc[row].tolist() for row in table.index} == {k: v for k, v in want.items() if k != "cols"}


def test_ornstein_has_the_counts_of_its_source():
    table = datasets.load("ornstein")
    assert list(table.columns) == ["assets", "sector", "nation", "interlocks"]
    assert table["nation"].value_counts().to_dict() == {"CAN": 117, "US": 96, "OTH": 18, "UK": 17}
    assert table["sector"].value_counts()[["MIN", "BNK", "CON"]].tolist() == [54, 8, 5]
    assert table.loc[1].tolist() == [147_670, "BNK", "CAN", 87]


def test_columbus_has_the_232_links_that_give_the_published_rho():
    net = datasets.load("columbus")
    assert net.adjacency.nnz == 232
    # Two areas of the book's table, and the means of the three columns.
    assert net.firms.loc[5].tolist() == [15.72598, 19.531, 80.467]
    assert net.firms.mean().round(3).tolist() == [35.129, 14.375, 38.436]
    links = facts()["columbus_colnb_links"].split("\n")
    listed = {
        int(row.split()[0]): set(map(int, near.split())) for row, near in zip(links[1::2], links[2::2], strict=False)
    }
    matrix = net.adjacency.toarray() > 0
    ids = net.firms.index
    assert {one: set(ids[matrix[at]]) for at, one in enumerate(ids)} == listed


@pytest.mark.parametrize(
    "name", ["florentine", "knoke", "baker", "columbus", "interlocks", "interlocks_hs", "moodywhite", "ornstein"]
)
def test_every_shipped_set_tells_its_source(name):
    loaded, info = datasets.load(name), datasets.describe(name)
    about = loaded.settings if isinstance(loaded, Network) else loaded.attrs
    assert about["dataset"] == name
    assert about["citation"] == info.citation
    assert info.shipped
    keys = BIBLIOGRAPHY.read_text(encoding="utf-8")
    for key in info.citation:
        assert f"{{{key}," in keys
    if isinstance(loaded, Network):
        found = {"firms": loaded.n_firms, "ties": loaded.n_ties, **loaded.ties["layer"].value_counts()}
        found["citations"] = loaded.ties["strength"].sum()
        assert {key: found[key] for key in info.counts} == dict(info.counts)
    else:
        assert len(loaded) == info.counts["rows"]
    frame = info.to_frame().set_index("field")["value"]
    assert frame["license"] == info.license
    assert name in repr(info)


def test_list_datasets():
    table = datasets.list_datasets()
    assert table.index.is_unique
    assert len(table) == 10
    assert table["kind"].value_counts().to_dict() == {"network": 5, "table": 3, "records": 2}
    assert table.loc["knoke", "counts"] == "10 firms, 71 ties, 49 information, 22 money"
    assert table.loc["cordis_h2020", "license"] == "CC BY 4.0"
    assert table.notna().all(axis=None)


def test_a_damaged_shipped_file_is_refused(monkeypatch):
    index = datasets._index()
    index["knoke"]["files"]["knoke_ties.csv"] = "0" * 64
    monkeypatch.setattr(datasets, "_index", lambda: index)
    with pytest.raises(RecordsError, match=r"knoke_ties\.csv is damaged"):
        datasets.load("knoke")


def test_wrong_names_are_answered_with_the_right_ones():
    with pytest.raises(OptionError, match="Did you mean 'florentine'"):
        datasets.load("florentin")
    with pytest.raises(OptionError, match=r"datasets\.fetch\('cordis_h2020'\)"):
        datasets.load("cordis_h2020")
    with pytest.raises(OptionError, match=r"datasets\.load\('knoke'\)"):
        datasets.fetch("knoke")
    with pytest.raises(OptionError, match="Did you mean 'cordis_horizon'"):
        datasets.fetch("cordis_horizn")


def test_loading_twice_gives_independent_objects():
    one = datasets.load("interlocks")
    one.loc["Norway", "N"] = -1
    assert datasets.load("interlocks").loc["Norway", "N"] == 53


# ── downloads ──

HEADER = (
    "projectID;projectAcronym;organisationID;vatNumber;name;shortName;SME;activityType;street;postCode;city;country;"
    "nutsCode;geolocation;organizationURL;contactForm;contentUpdateDate;rcn;order;role;ecContribution;"
    "netEcContribution;totalCost;endOfParticipation;active"
)
# project, organization, name, SME, activity, city, country, NUTS, place, role, contribution, total cost
ROWS = [
    row.split("|")
    for row in (
        "101|900|NORDERWIK YARD GMBH|true|PRC|Norderwik|DE|DE94|(53.66,7.61)|coordinator|250000|300000",
        "101|901|UNIVERSITY OF SALTMOUTH|false|HES|Saltmouth|UK|UKH1|52.94,0.88|participant|528340.97|960619,95",
        '101|902|Kystrup ""Quay"" ApS; Skibe|true|PRC||DK|DK03||participant|1234,5|1234,5',
        "102|902|Kystrup Quay ApS|true|PRC|Kystrup|DK|DK03|55.24,8.49|coordinator|10000|10000",
        "102|903|=cmd('calc')!A0||OTH|Slanik|SI|SI04|45.53,13.61|thirdParty||",
        "103|904|ALONE SRL|true|PRC|Lagosole|IT|ITH3|45.6,12.9|coordinator|50000|50000",
    )
]
PROJECTS = (
    "id;acronym;status;title;startDate;endDate;totalCost;ecMaxContribution;fundingScheme;objective\n"
    '101;TIDE;CLOSED;"Tides; and harbors";2016-01-01;2018-12-31;1261854,4;779575,47;RIA;"A ""text""\nin two lines"\n'
    "102;QUAY;SIGNED;Quays;2019-05-01;2020-04-30;10000;10000;CSA;short\n"
    "103;SOLO;CLOSED;Solo;2017-01-01;2017-06-30;50000;50000;SME-1;short\n"
)


def organizations(rows=ROWS, extra=""):
    lines = [HEADER]
    for project, firm, name, sme, kind, city, country, nuts, place, role, money, cost in rows:
        cells = [
            project,
            f"P{project}",
            firm,
            "",
            name,
            "",
            sme,
            kind,
            "",
            "",
            city,
            country,
            nuts,
            place,
            "",
            "",
            "",
            "",
        ]
        cells += ["1", role, money, money, cost, "false", ""]
        lines.append(";".join(f'"{cell}"' for cell in cells))
    return "\n".join(lines) + "\n" + extra


def archive(path, members=None):
    members = members or {"organization.csv": organizations(), "project.csv": PROJECTS, "topics.csv": "x\n1\n"}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as handle:
        for name, text in members.items():
            handle.writestr(name, text)
    return path


def test_a_small_archive_of_the_same_form_becomes_records(tmp_path):
    path = archive(tmp_path / "small.zip")
    records = datasets.fetch("cordis_h2020", source=path)
    firms = records.firms.set_index("firm_id")
    assert list(firms.index) == ["900", "901", "902", "903", "904"]
    assert firms.loc["900", ["lat", "lon"]].tolist() == [53.66, 7.61]
    assert firms.loc["902", "name"] == 'Kystrup "Quay" ApS; Skibe'
    assert firms.loc["902", "city"] == "Kystrup"  # the first value that is not missing
    assert firms.loc["902", "lat"] == 55.24
    assert firms.loc["901", ["country", "region", "sector"]].tolist() == ["UK", "UKH1", "HES"]
    assert firms["SME"].fillna("").tolist() == ["true", "false", "true", "", "true"]
    assert firms.loc["903", "name"] == "=cmd('calc')!A0"  # kept as text; writers neutralize it
    parties = records.groups
    assert len(parties) == 6
    assert set(parties["kind"]) == {"alliance"}
    assert parties["group_id"].tolist() == ["101", "101", "101", "102", "102", "103"]
    assert parties["role"].tolist()[:2] == ["coordinator", "participant"]
    money = pd.to_numeric(parties["ecContribution"])  # both decimal signs occur in the file
    assert money.fillna(-1).tolist() == [250_000, 528_340.97, 1_234.5, 10_000, -1, 50_000]
    assert parties["value"].tolist() == [779_575.47] * 3 + [10_000] * 2 + [50_000]  # of the agreement
    projects = records.agreements.set_index("group_id")
    assert projects.loc["101", "name"] == "TIDE"
    assert projects.loc["101", "value"] == 779_575.47
    assert projects.loc["101", "start"] == pd.Timestamp("2016-01-01")
    assert projects.loc["102", "end"] == pd.Timestamp("2020-04-30")
    assert records.counts.loc["groups", ["read", "kept"]].tolist() == [6, 6]
    assert records.settings.parameters["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert records.settings.parameters["bytes"] == path.stat().st_size


def test_a_row_of_another_width_is_logged_and_counted(tmp_path):
    path = archive(
        tmp_path / "odd.zip", {"organization.csv": organizations(extra='"101";"TIDE";"905"\n'), "project.csv": PROJECTS}
    )
    records = datasets.fetch("cordis_h2020", source=path)
    assert records.counts.loc["groups", ["read", "kept", "rejected"]].tolist() == [7, 6, 1]
    logged = records.issues[records.issues["table"] == "groups"].dropna(subset="row")
    assert logged["row"].tolist() == [8]
    assert "fields" in logged["problem"].iloc[0]
    assert logged["severity"].tolist() == ["error"]
    assert records.issues.dtypes["row"] == "Int64"
    assert (records.counts["read"] == records.counts["kept"] + records.counts["rejected"]).all()


def test_rows_are_told_as_the_file_counts_them(tmp_path):
    odd = '"101";"TIDE";"905"'
    header, *lines = organizations([*ROWS, ROWS[0], [*ROWS[1][:1], "", *ROWS[1][2:]]]).splitlines()
    path = archive(
        tmp_path / "odd.zip", {"organization.csv": "\n".join([header, odd, *lines]), "project.csv": PROJECTS}
    )
    records = datasets.fetch("cordis_h2020", source=path)
    assert records.groups["row"].tolist() == [3, 4, 5, 6, 7, 8]
    assert records.agreements["row"].tolist() == [2, 3, 4]
    assert records.duplicates[["row", "kept_row"]].to_numpy().tolist() == [[9, 3]]
    issues = records.issues.dropna(subset="row").set_index("row")
    assert issues.loc[9, "action"] == "kept once, as row 3"
    assert issues.loc[10, "problem"] == "no firm"
    assert issues.loc[2, "severity"] == "error"


def test_an_archive_without_places_or_participations(tmp_path):
    nowhere = [[*row[:8], "", *row[9:]] for row in ROWS]
    path = archive(tmp_path / "a.zip", {"organization.csv": organizations(nowhere), "project.csv": PROJECTS})
    assert datasets.fetch("cordis_h2020", source=path).firms[["lat", "lon"]].isna().all(axis=None)
    path = archive(tmp_path / "b.zip", {"organization.csv": HEADER + "\n", "project.csv": PROJECTS})
    with pytest.raises(RecordsError, match="is empty"):
        datasets.fetch("cordis_h2020", source=path)


def test_a_network_can_be_built_from_the_archive(tmp_path):
    build = pytest.importorskip("clusternet.build")
    net = build.build_network(datasets.fetch("cordis_horizon", source=archive(tmp_path / "small.zip")))
    assert net.n_firms == 5
    assert list(net.isolates) == ["904"]
    assert len(net.simple("undirected").source) == 4


@pytest.mark.parametrize("folder", ["csv/", "data/2024/"])
def test_tables_may_stand_in_a_folder_of_the_archive(tmp_path, folder):
    path = archive(
        tmp_path / "in.zip", {f"{folder}organization.csv": organizations(), f"{folder}project.csv": PROJECTS}
    )
    assert len(datasets.fetch("cordis_h2020", source=path).firms) == 5


@pytest.mark.parametrize(
    "name", ["../project.csv", "/project.csv", "..\\project.csv", "C:/project.csv", "a/../../x.txt"]
)
def test_an_archive_that_points_outside_itself_is_refused(tmp_path, name):
    path = archive(tmp_path / "evil.zip", {"organization.csv": organizations(), "project.csv": PROJECTS, name: "x"})
    with pytest.raises(DownloadError, match="outside itself"):
        datasets.fetch("cordis_h2020", source=path)
    assert sorted(tmp_path.rglob("*")) == [path]  # nothing was unpacked


def test_absurd_sizes_are_refused_even_if_the_archive_lies(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets, "_MAX_MEMBER", 10_000)
    path = archive(tmp_path / "bomb.zip", {"organization.csv": organizations(), "project.csv": "id;" + "0" * 100_000})
    with pytest.raises(DownloadError, match="would unpack to 100,003 bytes"):
        datasets.fetch("cordis_h2020", source=path)
    real = zipfile.ZipFile.infolist

    def lying(self):
        members = real(self)
        for member in members:
            member.file_size = min(member.file_size, 9_000)
        return members

    monkeypatch.setattr(zipfile.ZipFile, "infolist", lying)
    with pytest.raises(DownloadError):
        datasets.fetch("cordis_h2020", source=path)


@pytest.mark.parametrize(
    ("members", "error", "message"),
    [
        ({"organization.csv": organizations()}, DownloadError, "no project.csv"),
        ({"organization.csv": "", "a/project.csv": "", "b/project.csv": ""}, DownloadError, "more than once"),
        ({"organization.csv": "name;city\nA;B\n", "project.csv": ""}, RecordsError, "lacks 'projectID', 'organ"),
        ({"organization.csv": organizations(), "project.csv": ""}, RecordsError, "project.csv lacks"),
    ],
)  # fmt: skip
def test_another_archive_is_refused_by_what_it_lacks(tmp_path, members, error, message):
    with pytest.raises(error, match=message):
        datasets.fetch("cordis_h2020", source=archive(tmp_path / "other.zip", members))


def test_a_file_that_is_no_archive(tmp_path):
    path = tmp_path / "page.zip"
    path.write_text("<html>not found</html>", encoding="utf-8")
    with pytest.raises(DownloadError, match="not a readable zip archive"):
        datasets.fetch("cordis_h2020", source=path)
    good = archive(tmp_path / "cut.zip").read_bytes()
    path.write_bytes(good[: len(good) // 2])
    with pytest.raises(DownloadError, match="not a readable zip archive"):
        datasets.fetch("cordis_h2020", source=path)
    with pytest.raises(DownloadError, match="there is no file"):
        datasets.fetch("cordis_h2020", source=tmp_path / "absent.zip")


def test_a_pinned_hash_must_match(tmp_path):
    path = archive(tmp_path / "small.zip")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert len(datasets.fetch("cordis_h2020", source=path, sha256=digest.upper()).firms) == 5
    with pytest.raises(DownloadError, match="another edition"):
        datasets.fetch("cordis_h2020", source=path, sha256="0" * 64)
    with pytest.raises(OptionError, match="64 hexadecimal digits"):
        datasets.fetch("cordis_h2020", source=path, sha256="abc")


@pytest.fixture
def portal(tmp_path, monkeypatch):
    """A portal that serves a small archive, and counts how often it is asked."""
    served = archive(tmp_path / "served.zip")
    asked = []

    def retrieve(url, path, sha256):
        asked.append((url, sha256))
        path.write_bytes(served.read_bytes())

    monkeypatch.setattr(datasets, "_retrieve", retrieve)
    monkeypatch.setattr(datasets, "_MIN_BYTES", 500)
    monkeypatch.setenv("CLUSTERNET_CACHE", str(tmp_path / "cache"))
    return served, asked


def test_downloads_once_and_notes_the_hash(tmp_path, portal):
    served, asked = portal
    for _ in range(2):
        assert len(datasets.fetch("cordis_h2020").firms) == 5
    assert asked == [("https://cordis.europa.eu/data/cordis-h2020projects-csv.zip", None)]
    digest = hashlib.sha256(served.read_bytes()).hexdigest()
    assert (tmp_path / "cache" / "cordis_h2020.zip.sha256").read_text() == digest + "\n"
    assert sorted(p.name for p in (tmp_path / "cache").iterdir()) == ["cordis_h2020.zip", "cordis_h2020.zip.sha256"]
    datasets.fetch("cordis_h2020", refresh=True, url="https://mirror.example/x.zip")
    assert asked[1] == ("https://mirror.example/x.zip", None)
    datasets.fetch("cordis_h2020", cache=tmp_path / "elsewhere")
    assert (tmp_path / "elsewhere" / "cordis_h2020.zip").is_file()


def test_a_changed_file_in_the_cache_is_refused(tmp_path, portal):
    datasets.fetch("cordis_h2020")
    with (tmp_path / "cache" / "cordis_h2020.zip").open("ab") as handle:
        handle.write(b"x")
    with pytest.raises(DownloadError, match="refresh=True"):
        datasets.fetch("cordis_h2020")
    assert len(datasets.fetch("cordis_h2020", refresh=True).firms) == 5


def test_a_reply_of_absurd_size_is_refused_and_not_kept(tmp_path, portal, monkeypatch):
    datasets.fetch("cordis_h2020")
    before = (tmp_path / "cache" / "cordis_h2020.zip").read_bytes()
    monkeypatch.setattr(datasets, "_MIN_BYTES", 2_000_000)
    with pytest.raises(DownloadError, match="bytes; an archive of 2,000,000"):
        datasets.fetch("cordis_h2020", refresh=True)
    assert (tmp_path / "cache" / "cordis_h2020.zip").read_bytes() == before
    assert len(list((tmp_path / "cache").iterdir())) == 2


def test_offline_the_error_says_what_to_do(tmp_path, monkeypatch):
    pooch = pytest.importorskip("pooch")

    def fail(*_, **__):
        raise ConnectionError("name resolution failed")

    monkeypatch.setattr(pooch, "retrieve", fail)
    with pytest.raises(DownloadError, match=r"name resolution failed.*source='\.\.\.zip'") as caught:
        datasets.fetch("cordis_horizon", cache=tmp_path)
    assert "cordis-HORIZONprojects-csv.zip" in str(caught.value)
    assert isinstance(caught.value, OSError)
    assert not list(tmp_path.iterdir())


def test_pooch_is_asked_for_the_pinned_hash(tmp_path, monkeypatch):
    pooch = pytest.importorskip("pooch")
    seen = {}
    monkeypatch.setattr(pooch, "retrieve", lambda url, **options: seen.update(url=url, **options))
    datasets._retrieve("https://mirror.example/a.zip", tmp_path / "a.part.zip", "AB" * 32)
    assert seen["known_hash"] == "sha256:" + "ab" * 32
    assert (seen["path"], seen["fname"]) == (tmp_path, "a.part.zip")
    assert seen["url"] == "https://mirror.example/a.zip"


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x/y.zip", "cordis.zip"])
def test_only_web_addresses_are_downloaded(tmp_path, url):
    with pytest.raises(OptionError, match=r"http\(s\)"):
        datasets.fetch("cordis_h2020", url=url, cache=tmp_path)
