"""Simulated clusters: what is planted is there, what is dirty is known, and the same seed gives the same bytes."""

import hashlib
import importlib.util
import json
import zipfile
from pathlib import Path

import igraph
import numpy as np
import pandas as pd
import pytest

from clusternet import simulate
from clusternet.errors import OptionError
from clusternet.simulate._names import fold

HARBOR = Path(__file__).parents[1] / "data" / "harbor_district"
ARCHETYPES = ("marshallian", "hub_and_spoke", "satellite", "state_anchored")


def graph_of(pairs):
    graph = igraph.Graph.TupleList(pairs.itertuples(index=False), directed=False)
    graph.simplify()
    return graph


def by_name(graph, values):
    return pd.Series(values, index=graph.vs["name"]).sort_values(ascending=False)


def all_pairs(simulation):
    """Every pair of firms that any table ties, groups as cliques."""
    tables = simulation.tables
    pairs = [tables["partnerships"][["a", "b"]].to_numpy(), tables["referrals"][["from", "to"]].to_numpy()]
    for _, firms in tables["groups"].groupby("group_id")["firm"]:
        ids = firms.to_numpy()
        one, two = np.triu_indices(len(ids), 1)
        pairs.append(np.column_stack([ids[one], ids[two]]))
    return pd.DataFrame(np.concatenate(pairs), columns=["a", "b"])


@pytest.fixture(scope="module")
def clean():
    return simulate.cluster(300, seed=11)


@pytest.fixture(scope="module")
def messy(clean):
    return simulate.mess(clean, seed=12)


def equal(one, two):
    return all(one.tables[name].equals(two.tables[name]) for name in one.tables)


# ── the cluster ──


def test_default_counts(clean):
    rows = clean.to_frame()["rows"]
    assert rows["firms"] == 300
    assert rows["partnerships"] == 800
    assert rows["referrals"] == 1_500
    assert 100 <= rows["groups"] <= 250
    assert rows["agreements"] == clean.tables["groups"]["group_id"].nunique() == 20
    assert list(clean.tables) == ["firms", "partnerships", "groups", "agreements", "referrals", "capabilities"]
    assert clean.answers.empty


def test_all_five_kinds_and_sizes_of_agreements(clean):
    kinds = {"alliance", "joint_venture", "cooperative", "platform", "supply"}
    assert set(clean.tables["partnerships"]["kind"]) == kinds
    assert set(clean.tables["groups"]["kind"]) == kinds - {"supply"}
    sizes = clean.tables["groups"].groupby("group_id").size()
    assert sizes.min() >= 3
    assert 20 <= sizes.max() <= 31
    assert (clean.tables["groups"].groupby("group_id")["role"].agg(lambda roles: (roles == "lead").sum()) == 1).all()


@pytest.mark.parametrize("archetype", ARCHETYPES)
@pytest.mark.parametrize("seed", range(4))
def test_the_hub_has_the_most_partners_in_every_archetype(archetype, seed):
    simulation = simulate.cluster(240, archetype=archetype, seed=seed)
    graph = graph_of(simulation.truth.ties[["a", "b"]])
    degree = by_name(graph, graph.degree())
    assert degree.index[0] == simulation.truth.hub
    assert degree.iloc[0] > degree.iloc[1]


@pytest.mark.parametrize(("n", "seed"), [(240, 6), (240, 22), (2_000, 0)])
def test_the_hub_of_a_satellite_district_leads_its_parents_and_platforms(n, seed):
    simulation = simulate.cluster(n, archetype="satellite", seed=seed)
    graph = graph_of(simulation.truth.ties[["a", "b"]])
    degree = by_name(graph, graph.degree())
    assert degree.index[0] == simulation.truth.hub
    assert degree.iloc[0] > 1.2 * degree.iloc[1]


@pytest.mark.parametrize("n", [60, 300, 900])
def test_the_broker_alone_holds_the_far_side(n):
    simulation = simulate.cluster(n, seed=5)
    truth = simulation.truth
    graph = graph_of(all_pairs(simulation))  # partnerships, groups and referrals together
    assert len(graph.components()) == 1
    assert graph.vcount() == n - len(truth.isolates)
    assert truth.broker in graph.vs[graph.articulation_points()]["name"]
    far = set(truth.far_side)
    assert truth.broker not in far
    assert len(far) > 0.08 * n
    graph.delete_vertices([truth.broker])
    assert far in [set(graph.vs[part]["name"]) for part in graph.components()]


def test_no_other_firm_costs_as_many_pairs_as_the_broker(clean):
    graph = graph_of(clean.truth.ties[["a", "b"]])

    def reachable(name):
        less = graph.copy()
        less.delete_vertices([name])
        sizes = np.array(less.components().sizes())
        return int((sizes * (sizes - 1)).sum())

    left = {name: reachable(name) for name in graph.vs["name"]}
    assert min(left, key=left.get) == clean.truth.broker


def test_only_one_input_has_a_single_supplier(clean):
    truth, table = clean.truth, clean.tables["partnerships"]
    supply = table[table["kind"] == "supply"]
    assert supply["input"].notna().all()
    assert table.loc[table["kind"] != "supply", "input"].isna().all()
    suppliers = supply.groupby("input")["a"].nunique()
    assert suppliers[suppliers == 1].index.tolist() == [truth.sole_input]
    sole = supply[supply["input"] == truth.sole_input]
    assert set(sole["a"]) == {truth.sole_supplier}
    assert set(sole["b"]) == set(truth.sole_customers)
    assert len(truth.sole_customers) >= 20


def test_the_core_is_dense_and_the_periphery_is_not(clean):
    graph = graph_of(clean.truth.ties[["a", "b"]])
    core = [graph.vs.find(name=name).index for name in clean.truth.core]
    inside = graph.induced_subgraph(core).density()
    assert inside > 0.4
    assert inside > 15 * graph.density()
    coreness = by_name(graph, graph.coreness())
    assert len(set(coreness.index[: len(core)]) & set(clean.truth.core)) >= 0.7 * len(core)


@pytest.mark.parametrize(("n", "seed"), [(300, 11), (60, 3), (240, 2)])
def test_the_platform_serves_its_members(n, seed):
    simulation = simulate.cluster(n, seed=seed)
    truth, tables = simulation.truth, simulation.tables
    rows = tables["partnerships"].query(
        "kind == 'platform' and a == @truth.platform or kind == 'platform' and b == @truth.platform"
    )
    dyadic = (set(rows["a"]) | set(rows["b"])) - {truth.platform}
    groups = tables["groups"]
    own = groups[
        groups["group_id"].isin(
            groups.loc[
                (groups["firm"] == truth.platform) & (groups["kind"] == "platform") & (groups["role"] == "lead"),
                "group_id",
            ]
        )
    ]
    assert dyadic | (set(own["firm"]) - {truth.platform}) == set(truth.platform_members)
    assert len(truth.platform_members) >= 0.1 * n


def test_isolates_are_named_nowhere(clean):
    isolates = set(clean.truth.isolates)
    assert len(isolates) == 24
    tables = clean.tables
    named = set(tables["groups"]["firm"])
    for table, columns in (("partnerships", ["a", "b", "reported_by"]), ("referrals", ["from", "to"])):
        for column in columns:
            named |= set(tables[table][column].dropna())
    assert not named & isolates
    assert named | isolates == set(tables["firms"]["firm_id"])


def test_communities_are_in_the_ties(clean):
    graph = graph_of(clean.truth.ties[["a", "b"]])
    labels = clean.truth.communities.loc[graph.vs["name"]].tolist()
    assert graph.modularity(labels) > 0.25
    assert sorted(set(labels)) == list(range(5))


def test_rows_are_sane(clean):
    tables = clean.tables
    firms = tables["firms"]
    assert firms["firm_id"].is_unique
    assert firms["name"].is_unique
    assert firms["employees"].between(1, 2_400).all()
    assert 5 < firms["employees"].median() < 25  # small businesses
    assert np.log(firms["employees"]).std() > 0.6
    assert firms["lat"].between(43, 56).all()
    assert firms["country"].nunique() == 8
    share = firms["sector"].value_counts(normalize=True)
    assert share["logistics"] > 0.1 > share["finance and advice"]
    ties = tables["partnerships"]
    assert (ties["a"] != ties["b"]).all()
    start, end = pd.to_datetime(ties["start"]), pd.to_datetime(ties["end"])
    assert (end.dropna() > start[end.notna()]).all()
    assert 0.3 < end.isna().mean() < 0.95
    reported = ties["reported_by"]
    assert ((reported == ties["a"]) | (reported == ties["b"]) | reported.isna()).all()
    pairs = pd.DataFrame({"x": ties[["a", "b"]].min(axis=1), "y": ties[["a", "b"]].max(axis=1), "kind": ties["kind"]})
    both = pairs.duplicated(keep=False)
    assert pairs.duplicated().sum() == 800 - len(clean.truth.ties)
    assert ties[both].groupby([pairs["x"], pairs["y"], pairs["kind"]])["reported_by"].nunique().eq(2).all()
    referrals = tables["referrals"]
    dates = pd.to_datetime(referrals["date"])
    assert dates.min() < pd.Timestamp("2019-02-15")
    assert dates.max() > pd.Timestamp("2024-11-15")
    assert dates.dt.year.value_counts().min() > 120
    assert (referrals["converted"] <= referrals["customers"]).all()
    assert ((referrals["value"] > 0) == (referrals["converted"] > 0)).all()
    tags = tables["capabilities"]
    assert tags["weight"].between(0, 1).all()
    assert not tags.duplicated(["firm_id", "tag"]).any()
    assert set(tags["firm_id"]) == set(firms["firm_id"])


def test_names_stay_apart_without_case_accents_order_and_legal_form():
    names = simulate.cluster(3_000, seed=4).tables["firms"]["name"]
    forms = {form for several in simulate._names.LEGAL_FORMS.values() for form in several}
    assert names.map(lambda name: any(name.endswith(f" {form}") for form in forms)).all()
    cores = list(names)
    for form in sorted(forms, key=len, reverse=True):
        cores = [core.removesuffix(f" {form}") for core in cores]
    keys = {" ".join(sorted(fold(core).replace("&", " ").split())) for core in cores}
    assert len(keys) == 3_000


def test_archetypes_differ_as_their_definition_says():
    shape = {name: simulate.cluster(300, archetype=name, seed=2) for name in ARCHETYPES}

    def hub(name):
        simulation = shape[name]
        return simulation.tables["firms"].set_index("firm_id").loc[simulation.truth.hub]

    def hub_degree(name):
        graph = graph_of(shape[name].truth.ties[["a", "b"]])
        return graph.degree(shape[name].truth.hub)

    assert hub("marshallian")["employees"] == 45
    assert hub("state_anchored")["employees"] == 2_400
    assert hub("state_anchored")["name"].startswith("Naval Base ")
    assert hub_degree("hub_and_spoke") > 1.3 * hub_degree("marshallian")
    assert len(shape["satellite"].truth.isolates) == 60
    assert len(shape["marshallian"].truth.isolates) == 15


def test_same_seed_same_cluster_other_seed_other_cluster():
    one, two, three = (simulate.cluster(120, seed=seed) for seed in (3, 3, 4))
    assert equal(one, two)
    assert not equal(one, three)
    fresh = simulate.cluster(60)
    assert equal(fresh, simulate.cluster(60, seed=fresh.settings.seed))


def test_global_random_state_is_neither_used_nor_changed():
    np.random.seed(1)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    one = simulate.mess(simulate.cluster(80, seed=3), seed=1)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002
    np.random.seed(99)  # noqa: NPY002
    assert equal(one, simulate.mess(simulate.cluster(80, seed=3), seed=1))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_firms": 59}, "at least 60"),
        ({"archetype": "hub_and_spok"}, "Did you mean 'hub_and_spoke'"),
        ({"n_partnerships": 150}, "planted ties alone need"),
        ({"n_firms": 60, "n_partnerships": 900_000}, "at most a third of all pairs"),
        ({"n_referrals": -1}, "n_referrals is -1"),
        ({"n_firms": "300"}, "n_firms is '300'; give a whole number"),
        ({"n_firms": 300.5}, "n_firms is 300.5; give a whole number"),
        ({"n_partnerships": 500.2}, "n_partnerships is 500.2"),
        ({"n_referrals": 2.5}, "n_referrals is 2.5"),
        ({"years": (2024, 2019)}, "in order"),
        ({"years": 2019}, "years is 2019"),
        ({"years": ("2019", "2024")}, "give a first and a last year"),
        ({"seed": -3}, "nonnegative"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(OptionError, match=message):
        simulate.cluster(**{"n_firms": 100, **options})


@pytest.mark.slow
def test_scales_to_42_000_firms():
    simulation = simulate.cluster(42_000, n_partnerships=45_000 + 67_000, n_referrals=55_000, seed=1)
    assert len(simulation.tables["referrals"]) == 55_000
    assert simulation.tables["firms"]["name"].is_unique
    graph = graph_of(simulation.truth.ties[["a", "b"]])
    assert by_name(graph, graph.degree()).index[0] == simulation.truth.hub
    assert len(graph.components()) == 1


# ── the mess ──


def cell(simulation, answer):
    return simulation.tables[answer.table].loc[answer.row, answer.column]


def test_every_answer_is_what_the_table_shows(messy):
    answers = messy.answers
    assert len(answers) > 400
    shown = answers[~answers["dirt"].isin(["one_sided", "exact_duplicate", "near_duplicate"])]
    for answer in shown.itertuples():
        value = cell(messy, answer)
        assert (pd.isna(value) and pd.isna(answer.written)) or value == answer.written, answer
    assert set(answers["dirt"]) == set(simulate.RATES) - {"by_name"}


def test_undoing_the_answers_gives_back_the_clean_tables(clean, messy):
    tables = {name: table.copy() for name, table in messy.tables.items()}
    drop = {name: [] for name in tables}
    for answer in messy.answers.itertuples():
        if answer.dirt in ("exact_duplicate", "near_duplicate", "self_tie", "unknown_firm", "registry_duplicate"):
            drop[answer.table].append(answer.row)
        elif answer.dirt != "one_sided":
            tables[answer.table].loc[answer.row, answer.column] = answer.truth
    for name, rows in drop.items():
        tables[name] = tables[name].drop(index=rows).reset_index(drop=True)
    gone = messy.answers.loc[messy.answers["dirt"] == "one_sided", "detail"].tolist()
    assert len(gone) > 3
    name_of = dict(zip(tables["firms"]["firm_id"], tables["firms"]["name"], strict=True))
    for name, table in clean.tables.items():
        want = simulate._simulation.as_text(table)
        if name == "partnerships":
            want = want[~want["record"].isin(gone)].reset_index(drop=True)
        for column in {"partnerships": ["a", "b", "reported_by"], "referrals": ["from", "to"], "firms": ["name"]}.get(
            name, []
        ):
            want[column] = want["firm_id"].map({**name_of}) if name == "firms" else want[column].map(name_of)
        if name == "firms":
            renamed = tables[name]["name"] != simulate._simulation.as_text(table)["name"]
            assert not renamed.any()  # hostile names are undone by the answers too
            want["name"] = table["name"].to_numpy()
        if name in ("partnerships", "referrals"):
            hostile = messy.answers.query("dirt == 'hostile_name'")
            back = dict(zip(hostile["truth"], hostile["written"], strict=True))
            for column in ("a", "b", "reported_by", "from", "to"):
                if column in want:
                    want[column] = want[column].replace(back)
        pd.testing.assert_frame_equal(tables[name], want, check_dtype=False)


def test_links_say_whom_every_reference_means(messy):
    links = messy.links
    assert links["reference"].is_unique
    known = set(links["reference"])
    for table, columns in (
        ("partnerships", ["a", "b", "reported_by"]),
        ("referrals", ["from", "to"]),
        ("groups", ["firm"]),
    ):
        for column in columns:
            assert set(messy.tables[table][column].dropna()) <= known
    unknown = messy.answers.loc[messy.answers["dirt"] == "unknown_firm", "written"]
    assert links.loc[links["firm"].isna(), "reference"].tolist() == unknown.drop_duplicates().tolist() or set(
        links.loc[links["firm"].isna(), "reference"]
    ) == set(unknown)
    spelt = messy.answers[messy.answers["dirt"] == "misspelt"]
    firm = links.set_index("reference")["firm"]
    assert (firm.loc[spelt["written"]].to_numpy() == spelt["firm"].to_numpy()).all()


def test_a_misspelt_name_is_nobody_elses(messy):
    firm = messy.links.dropna(subset="firm")
    meant = {}
    for reference, means in zip(firm["reference"], firm["firm"], strict=True):
        assert meant.setdefault(fold(reference), means) == means


def test_misspellings_cover_every_documented_way(messy):
    ways = set(messy.answers.query("dirt == 'misspelt'")["detail"])
    assert ways == {
        "form dropped", "form changed", "typo", "words reordered", "case", "accents lost", "and written out",
        "spaces doubled",
    }  # fmt: skip


def test_bad_dates_cover_every_documented_way():
    simulation = simulate.mess(simulate.cluster(300, seed=1), level=0, rates={"bad_date": 0.1}, seed=1)
    answers = simulation.answers
    assert set(answers["dirt"]) == {"bad_date"}
    assert set(answers["detail"]) == {"impossible", "out of range", "words", "ambiguous"}
    impossible = answers.query("detail == 'impossible'")["written"]
    assert pd.to_datetime(impossible, format="%d/%m/%Y", errors="coerce").isna().all()
    ambiguous = answers.query("detail == 'ambiguous'")
    assert (pd.to_datetime(ambiguous["written"], format="%d/%m/%Y") == pd.to_datetime(ambiguous["truth"])).all()
    swapped = pd.to_datetime(ambiguous["written"], format="%m/%d/%Y")
    assert (swapped != pd.to_datetime(ambiguous["truth"])).all()


@pytest.mark.parametrize(
    ("dirt", "share", "count"),
    [
        ("registry_duplicate", 0.05, 10),
        ("missing_city", 0.10, 20),
        ("self_tie", 0.01, 5 + 10),
        ("unknown_kind", 0.02, 11),
        ("exact_duplicate", 0.01, 5 + 10),
    ],
)
def test_rates_are_shares_of_rows(dirt, share, count):
    clean = simulate.cluster(200, n_partnerships=540, n_referrals=1_000, seed=1)
    answers = simulate.mess(clean, level=0, rates={dirt: share}, seed=1).answers
    assert len(answers) == count
    assert set(answers["dirt"]) == {dirt}


def test_exact_and_near_duplicates(messy):
    for table, mistakes in messy.answers.groupby("table"):
        frame = messy.tables[table]
        for answer in mistakes.itertuples():
            if answer.dirt not in ("exact_duplicate", "near_duplicate"):
                continue
            source = frame[frame["record"] == answer.detail.removeprefix("made from ")]
            copy = frame.loc[answer.row]
            if answer.dirt == "exact_duplicate":
                assert len(source) == 2
                assert frame.duplicated(keep=False).loc[answer.row]
            else:
                original = source[source.index != answer.row].iloc[0]
                same = (copy == original) | (copy.isna() & original.isna())
                name = "a" if table == "partnerships" else "from"
                assert set(same.index[~same]) <= {name, "record"}
                assert copy[name] == original[name].upper()
                assert same["record"] == (table == "referrals")


@pytest.mark.parametrize("rates", [{"misspelt": 1.0, "hostile_name": 0.05}, {"by_name": 0.0}])
def test_a_near_duplicate_is_never_an_exact_one(clean, rates):
    simulation = simulate.mess(clean, level=0, rates={**rates, "near_duplicate": 0.2}, seed=1)
    count = simulation.answers.query("dirt == 'near_duplicate'").groupby("table").size()
    assert simulation.records.duplicates.groupby(["table", "kind"]).size().to_dict() == {
        (table, "near"): number for table, number in count.items()
    }
    assert count["partnerships"] == 160
    if "by_name" in rates:
        assert "referrals" not in count  # ids have no case
    else:
        assert 290 < count["referrals"] < 300  # and nor has Arabic


def test_firms_outside_the_registry_are_not_in_it():
    simulation = simulate.mess(simulate.cluster(1_500, seed=1), level=0, rates={"unknown_firm": 0.4}, seed=1)
    links = simulation.links
    assert links["reference"].is_unique
    unknown = links.loc[links["firm"].isna(), "reference"]
    assert len(unknown) == 0.4 * (4_000 + 7_500)
    forms = sorted({form for several in simulate._names.LEGAL_FORMS.values() for form in several}, key=len)

    def core(name):
        return fold(next((name.removesuffix(f" {form}") for form in forms[::-1] if name.endswith(f" {form}")), name))

    assert not set(unknown.map(core)) & set(simulation.tables["firms"]["name"].map(core))


def test_a_cluster_without_referrals_has_no_such_table(tmp_path):
    clean = simulate.cluster(80, n_referrals=0, seed=1)
    assert "referrals" not in clean.tables
    assert clean.records.counts.loc["partnerships", "read"] == len(clean.tables["partnerships"])
    messy = simulate.mess(clean, seed=1)
    assert not (messy.answers["table"] == "referrals").any()
    messy.write(tmp_path)
    assert sorted(path.stem for path in tmp_path.iterdir()) == sorted(messy.tables)


def test_one_sided_removes_a_second_report(clean):
    simulation = simulate.mess(clean, level=0, rates={"one_sided": 1.0}, seed=1)
    assert len(simulation.tables["partnerships"]) == len(clean.truth.ties)
    assert len(simulation.answers) == 800 - len(clean.truth.ties)


def test_registry_duplicates_point_at_the_firm_they_repeat(messy):
    again = messy.answers.query("dirt == 'registry_duplicate'")
    firms = messy.tables["firms"].set_index("firm_id")
    assert len(again) == 9
    place = {firm: row for row, firm in enumerate(messy.tables["firms"]["firm_id"])}
    assert all(place[new] > place[old] for new, old in zip(again["written"], again["firm"], strict=True))
    assert firms.index.is_unique
    assert (firms.loc[again["written"], "name"].to_numpy() != firms.loc[again["firm"], "name"].to_numpy()).all()
    assert (
        firms.loc[again["written"], "sector"].to_numpy() == firms.loc[again["firm"], "sector"].to_numpy()
    ).mean() > 0.8


def test_level_zero_changes_nothing_but_names(clean):
    simulation = simulate.mess(clean, level=0, seed=1)
    assert simulation.answers.empty
    assert set(simulation.tables["partnerships"]["a"]) <= set(simulation.tables["firms"]["name"])
    ids = simulate.mess(clean, level=0, rates={"by_name": 0.0}, seed=1)
    for name, table in clean.tables.items():
        pd.testing.assert_frame_equal(ids.tables[name], simulate._simulation.as_text(table))


def test_the_clean_simulation_is_not_changed(clean):
    before = {name: table.copy() for name, table in clean.tables.items()}
    simulate.mess(clean, level=5, seed=1)
    for name, table in before.items():
        pd.testing.assert_frame_equal(clean.tables[name], table)


def test_bad_rates(clean, messy):
    with pytest.raises(OptionError, match="Did you mean 'self_tie'"):
        simulate.mess(clean, rates={"self_ties": 0.1})
    with pytest.raises(OptionError, match="from 0 to 1"):
        simulate.mess(clean, rates={"self_tie": 1.1})
    with pytest.raises(OptionError, match="level is -1"):
        simulate.mess(clean, level=-1)
    with pytest.raises(OptionError, match="'misspelt' is 'x'"):
        simulate.mess(clean, rates={"misspelt": "x"})
    with pytest.raises(OptionError, match="give a dictionary"):
        simulate.mess(clean, rates=["misspelt"])
    with pytest.raises(OptionError, match="level is 'much'"):
        simulate.mess(clean, level="much")
    with pytest.raises(OptionError, match="messy already"):
        simulate.mess(messy)
    with pytest.raises(OptionError, match="messy already"):  # names stand for ids, even without a mistake
        simulate.mess(simulate.mess(clean, level=0, seed=1), seed=2)


# ── files ──


def test_written_files_read_back_and_repeat_byte_for_byte(tmp_path, clean, messy):
    one = messy.write(tmp_path / "one", xlsx=tmp_path / "one.xlsx", answers=tmp_path / "key")
    again = simulate.mess(simulate.cluster(300, seed=11), seed=12)
    two = again.write(tmp_path / "two", xlsx=tmp_path / "two.xlsx", answers=tmp_path / "key2")
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]
    sheets = pd.read_excel(tmp_path / "one.xlsx", sheet_name=None, engine="calamine", dtype=str, keep_default_na=False)
    for name, table in messy.tables.items():
        back = pd.read_csv(tmp_path / "one" / f"{name}.csv", dtype=str, keep_default_na=False)
        assert back.equals(table.fillna("").astype(back.dtypes.iloc[0]))
        assert (sheets[name].to_numpy() == back.to_numpy()).all()


def test_numbers_are_numbers_in_the_workbook(tmp_path, clean):
    clean.write(tmp_path / "csv", xlsx=tmp_path / "book.xlsx")
    firms = pd.read_excel(tmp_path / "book.xlsx", sheet_name="firms", engine="calamine")
    assert firms["employees"].tolist() == clean.tables["firms"]["employees"].tolist()
    assert firms["lat"].tolist() == clean.tables["firms"]["lat"].tolist()


def test_no_cell_of_the_workbook_is_a_formula(tmp_path):
    import openpyxl

    simulation = simulate.mess(simulate.cluster(300, seed=1), level=0, rates={"hostile_name": 0.05}, seed=1)
    simulation.write(tmp_path, xlsx=tmp_path / "x" / "book.xlsx")
    book = openpyxl.load_workbook(tmp_path / "x" / "book.xlsx")
    cells = [c for row in book["firms"].iter_rows() for c in row if str(c.value).startswith(("=", "+", "-", "@"))]
    assert {c.value for c in cells} >= {"=SUM(1+1) Consulting", "@nchor Digital ApS"}
    assert {c.data_type for c in cells} == {"s"}
    assert set(simulate.HOSTILE) <= set(simulation.tables["firms"]["name"])


def test_encodings_and_delimiter(tmp_path, clean):
    clean.write(tmp_path, delimiter=";", encodings={"firms": "cp1252", "referrals": "utf-8-sig"})
    firms = pd.read_csv(tmp_path / "firms.csv", sep=";", encoding="cp1252")
    assert firms["name"].tolist() == clean.tables["firms"]["name"].tolist()
    assert any(ord(letter) > 127 for letter in "".join(firms["name"]))
    assert (tmp_path / "referrals.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    with pytest.raises(OptionError, match="encodings names 'firm'"):
        clean.write(tmp_path, encodings={"firm": "cp1252"})
    with pytest.raises(OptionError, match="delimiter is '; '"):
        clean.write(tmp_path, delimiter="; ")
    with pytest.raises(OptionError, match="'latin-99' for firms"):
        clean.write(tmp_path, encodings={"firms": "latin-99"})
    hostile = simulate.mess(clean, level=0, rates={"hostile_name": 0.05}, seed=1)
    with pytest.raises(OptionError, match="firms cannot be written as"):
        hostile.write(tmp_path / "none", encodings={"firms": "cp1252"})
    assert not (tmp_path / "none").exists()  # nothing is half written


def test_the_reader_finds_every_duplicate_and_self_tie(messy):
    records = messy.records
    count = messy.answers.groupby(["table", "dirt"]).size()
    found = records.duplicates.groupby(["table", "kind"]).size()
    for table in ("partnerships", "referrals"):
        assert found[table, "exact"] == count[table, "exact_duplicate"]
        assert found[table, "near"] == count[table, "near_duplicate"]
        self_ties = records.issues.query("table == @table and problem.str.contains('itself')")
        assert set(self_ties["row"]) == set(messy.answers.query("table == @table and dirt == 'self_tie'")["row"])
    assert (records.counts["read"] == records.counts["kept"] + records.counts["rejected"]).all()
    assert records.counts.loc["partnerships", "read"] == len(messy.tables["partnerships"])


def test_linkage_takes_the_links_as_truth(messy):
    linkage = pytest.importorskip("clusternet.linkage")
    quality = linkage.link_firms(messy.records).evaluate(messy.links).to_frame().set_index("kind").loc["all"]
    assert quality["precision"] >= 0.99
    assert quality["recall_settled"] >= 0.95


def test_result_record(messy):
    assert repr(messy).startswith("<Simulation: 309 firms, ")
    assert "<table" in messy._repr_html_()
    assert messy.settings.seed == 12
    assert messy.settings.parameters["cluster_seed"] == 11
    with pytest.raises(TypeError):
        messy.tables["firms"] = None


# ── the harbor district ──


@pytest.fixture(scope="module")
def harbor(tmp_path_factory):
    spec = importlib.util.spec_from_file_location("make_harbor", HARBOR / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folder = tmp_path_factory.mktemp("harbor")
    return folder, module.make(folder)


def test_harbor_district_is_made_by_its_script_byte_for_byte(harbor):
    folder, _ = harbor
    made = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    kept = {
        path.relative_to(HARBOR).as_posix(): path
        for path in sorted(HARBOR.rglob("*"))
        if path.is_file() and path.name != "make.py" and "__pycache__" not in path.parts
    }
    assert made.keys() == kept.keys()
    differs = [name for name, path in made.items() if path.read_bytes() != kept[name].read_bytes()]
    assert not differs, f"run data/harbor_district/make.py: {differs}"


def test_harbor_district_counts_and_data_sheet():
    rows = {path.stem: len(pd.read_csv(path, dtype=str)) for path in HARBOR.glob("*.csv")}
    assert rows["firms"] == 300
    assert rows["partnerships"] == 800
    assert rows["referrals"] == 1_500
    sheet = (HARBOR / "README.md").read_text(encoding="utf-8")
    assert "simulated" in sheet.splitlines()[2]
    assert "CC0 1.0" in sheet
    for name in ("firms.csv", "xlsx/harbor_district.xlsx"):
        assert hashlib.sha256((HARBOR / name).read_bytes()).hexdigest() in sheet
    with zipfile.ZipFile(HARBOR / "xlsx" / "harbor_district.xlsx") as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    names = set(pd.read_csv(HARBOR / "firms.csv")["name"])
    assert set(simulate.HOSTILE[:3]) <= names


def test_harbor_district_still_shows_what_was_planted():
    """Names resolved by the key alone, so that neither reader nor linkage is on trial here."""
    planted = json.loads((HARBOR / "answers" / "planted.json").read_text(encoding="utf-8"))
    means = pd.read_csv(HARBOR / "answers" / "links.csv").set_index("reference")["firm"]
    ties = pd.read_csv(HARBOR / "partnerships.csv", dtype=str)
    ties = ties.assign(a=ties["a"].map(means), b=ties["b"].map(means)).dropna(subset=["a", "b"])
    ties = ties[ties["a"] != ties["b"]]
    graph = graph_of(ties[["a", "b"]])
    degree = by_name(graph, graph.degree())
    assert degree.index[0] == planted["hub"]
    assert degree.iloc[0] > 1.5 * degree.iloc[1]
    assert planted["broker"] in by_name(graph, graph.betweenness()).index[:2]
    assert planted["broker"] in graph.vs[graph.articulation_points()]["name"]
    inputs = ties[ties["kind"].str.lower().str.contains("suppl")].groupby("input")["a"].nunique()
    assert inputs[inputs == 1].index.tolist() == [planted["sole_input"]]
    referrals = pd.read_csv(HARBOR / "referrals.csv", dtype=str)
    assert referrals["date"].str[:4].isin([str(year) for year in range(2019, 2025)]).mean() > 0.98


def test_harbor_district_shows_it_through_reader_linkage_and_builder():
    build = pytest.importorskip("clusternet.build")
    linkage = pytest.importorskip("clusternet.linkage")
    from clusternet.records import read_records

    planted = json.loads((HARBOR / "answers" / "planted.json").read_text(encoding="utf-8"))
    records = read_records(HARBOR)
    assert records.counts.loc[["firms", "partnerships", "referrals"], "read"].tolist() == [300, 800, 1_500]
    assert 0.01 < records.counts["rejected"].sum() / records.counts["read"].sum() < 0.05
    net = build.build_network(records, linkage=linkage.link_firms(records))
    graph = net.igraph_undirected
    degree = pd.Series(graph.degree(), index=net.firms.index).sort_values(ascending=False)
    assert degree.index[0] == planted["hub"]
    between = pd.Series(graph.betweenness(), index=net.firms.index).sort_values(ascending=False)
    assert between.index[0] == planted["broker"]
    rest = net.without([planted["broker"]])
    sizes = np.sort(np.bincount(rest.component_codes()))[::-1]
    assert sizes[0] > 200
    assert len(planted["far_side"]) <= sizes[1] <= len(planted["far_side"]) + 15  # with names outside the registry
    supply = net.layer("supply")
    customers = pd.Series(supply.igraph.outdegree(), index=net.firms.index).sort_values(ascending=False)
    assert customers.index[0] == planted["sole_supplier"]
    assert set(planted["isolates"]) <= set(net.isolates)


@pytest.mark.parametrize("n", [60, 61, 75])
def test_every_archetype_fits_in_its_default_rows_when_small(n):
    for archetype in ARCHETYPES:
        for seed in range(6):
            simulation = simulate.cluster(n, archetype=archetype, seed=seed)
            assert len(simulation.tables["partnerships"]) == max(round(8 / 3 * n), 2 * n + 60)
