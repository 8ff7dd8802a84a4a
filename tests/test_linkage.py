"""Names to firms: normalization, planted misspellings, decisions, hostile names, real names."""

from __future__ import annotations

import csv
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clusternet.errors import OptionError, RecordsError
from clusternet.linkage import Linkage, link_firms, normalize
from clusternet.records import SCHEMA, Records
from clusternet.result import Settings

SHARED = Path(__file__).parents[2] / "shared"
DTYPES = {"text": "str", "kind": "str", "firm": "str", "number": "float64", "date": "datetime64[us]", "flag": "boolean"}


def frame(table: str, rows: list[dict[str, object]]) -> pd.DataFrame:
    columns = SCHEMA[table]
    extra = [name for row in rows[:1] for name in row if name not in columns]
    data = pd.DataFrame(rows, columns=[*columns, *extra])
    data = data.astype({name: DTYPES[kind] for name, kind in columns.items()} | dict.fromkeys(extra, "str"))
    data.insert(len(columns), "row", np.arange(len(data), dtype="int64"))
    return data


def make(firms: list[dict[str, object]], **tables: list[dict[str, object]]) -> Records:
    rows = {"firms": firms} | tables
    frames = {table: frame(table, rows.get(table, [])) for table in SCHEMA}
    empty = pd.DataFrame()
    return Records(**frames, issues=empty, counts=empty, duplicates=empty, settings=Settings())


def registry(*names: str, **columns: list[object]) -> list[dict[str, object]]:
    return [
        {"firm_id": f"F{at}", "name": name} | {key: values[at] for key, values in columns.items()}
        for at, name in enumerate(names)
    ]


def refer(*pairs: tuple[object, object], **extra: list[object]) -> list[dict[str, object]]:
    return [
        {"kind": "alliance", "a": a, "b": b} | {key: values[at] for key, values in extra.items()}
        for at, (a, b) in enumerate(pairs)
    ]


def status(linkage: Linkage, reference: str) -> str:
    return linkage.links.set_index("reference").loc[reference, "status"]


def firm(linkage: Linkage, reference: str) -> str:
    return linkage.links.set_index("reference").loc[reference, "firm"]


# --- a registry with a known truth ------------------------------------------------------------------------------


def words(text: str) -> list[str]:
    return text.split()


SURNAMES = words("""
Müller Schmidt Schneider Fischer Weber Meyer Meier Maier Wagner Becker Decker Schulz Hoffmann Hofmann Koch Bauer
Richter Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hartmann Lange Werner Krause Lehmann Köhler
Herrmann Walter König Huber Kaiser Fuchs Peters Lang Möller Weiß Jung Hahn Vogel Friedrich Günther Keller Berger
Frank Roth Beck Lorenz Baumann Franke Albrecht Schuster Simon Ludwig Böhm Winter Kraus Schumacher Krämer Vogt Stein
Jäger Otto Sommer Groß Seidel Heinrich Brandt Haas Schreiber Graf Dietrich Ziegler Kühn Pohl Engel Horn Busch
Bergmann Voigt Sauer Arnold Pfeiffer Rossi Ferrari Bianchi García López Martín Dupont Lefèvre Moreau Johansson
Lindqvist Nilsson Jensen Sørensen Nowak Kowalski Wiśniewski Novák Dvořák Nagy Tóth Horváth Silva Santos Pereira
Virtanen Korhonen Ødegård
""")
TRADES = words("""
Bau Holzbau Stahlbau Maschinenbau Anlagenbau Elektro Elektrotechnik Metall Metallbau Logistik Spedition Transport
Trading Handel Großhandel Foods Fish Fisch Seafood Bakery Bäckerei Metzgerei Brauerei Druck Verlag Media Design
Software Systems Solutions Consulting Engineering Technik Automation Robotics Kunststoff Chemie Pharma
Medizintechnik Optik Solar Energie Wind Umwelttechnik Recycling Immobilien Hotel Gastronomie Catering Reisen Yachten
Schiffbau Werft Marine Services Security Textil Mode Möbel Garten Floristik Autohaus Fahrzeuge Präzision Werkzeuge
Formenbau Gießerei Labor Analytik Data Networks Mobility Parts Packaging Verpackung Papier Glas Keramik Farben Lacke
Dach Sanitär Heizung Kälte Klima Akustik Bühnen Event Marketing Personal Bildung Pflege Dental Vet Agrar Mühle
Kaffee Wein
""")
PLACES = words("""
Hamburg Bremen Kiel Lübeck Rostock Wismar Stralsund Flensburg Husum Cuxhaven Emden Oldenburg Hannover Berlin Potsdam
Leipzig Dresden Halle Magdeburg Erfurt Jena Weimar Kassel Göttingen Frankfurt Mainz Wiesbaden Köln Bonn Aachen Essen
Dortmund Bochum Münster Bielefeld Stuttgart Ulm Karlsruhe Mannheim Freiburg München Augsburg Nürnberg Regensburg
Passau Würzburg Wien Graz Linz Salzburg Innsbruck Zürich Basel Bern
""")
REGIONS = ("Nord", "Ost", "West", "Süd")
BRANDS = words("""
Nordic Baltic Hansa Alpen Rhein Elbe Donau Euro Inter Trans Multi Omni Global United First Premium Royal Blue Green
Silver Golden Crystal Star Sun Moon Ocean Sea Harbor Hafen Bridge Tower Castle Eagle Falcon Lion Bear Wolf Atlas
Delta Sigma Alpha Omega Nova Terra Aqua Aero Geo Bio Eco Neo Opti Quanta
""")
HEADS = words("""
Ahl Alt Bach Berg Birk Blum Brand Buch Burg Dorn Eber Eich Eisen Erl Fal Feld Fink Frei Gold Grab Grün Hag Hain Hart
Hein Herz Hirsch Hohl Holl Hof Kamp Kirch Kling Korn Kron Land Lind Loh Mai Mark Mühl Neu Nieder Ober Oster Quell
Rab Rau Reh Rein Rosen Ruh Sand Schell Schild Schön See Sieg Sonn Stern Stroh Tann Thal Traut Uhl Vier Wald Wall
Wasser Weid Wester Wies Wild Wind Ziegen
""")
TAILS = words("""
acker auer bach bauer baum beck berg berger born brink bruch bürger burg dorf egger eisen felder garten graber hagen
hammer hauser heimer hofer holz huber kamp kötter lander lehner leitner mann mayer meister müller rath reuter rieder
schmid schmidt seder städter stein steiner stetter thaler wieser winkler
""")
ONSETS = words("b bl br c d dr f fl fr g gl gr h j k kr l m n p pl pr qu r s sch st t tr v w z")
CODAS = ["", "", "l", "m", "n", "r", "s", "x", "nd", "rt"]
ENDS = words("tec tex lux nox vent med soft form line plan con gen vik a o is um ion ia ex")
FORMS = ("GmbH", "GmbH & Co. KG", "AG", "KG", "UG", "e.K.", "OHG", "Ltd", "S.A.")
LIKELY = (0.55, 0.12, 0.06, 0.06, 0.06, 0.04, 0.03, 0.05, 0.03)
SPELLED = {
    "GmbH": ("G.m.b.H.", "gmbh", "GMBH", "Gesellschaft mbH"),
    "GmbH & Co. KG": ("GmbH & Co KG", "GmbH und Co. KG", "GmbH&Co.KG"),
    "AG": ("A.G.", "Aktiengesellschaft"),
    "Ltd": ("Limited", "Ltd.", "LTD"),
    "S.A.": ("SA", "S. A."),
}


@dataclass
class Planted:
    records: Records
    truth: pd.Series
    rows: int
    references: int


def _pick(rng: np.random.Generator, items: object) -> str:
    return str(items[int(rng.integers(len(items)))])


def _syllable(rng: np.random.Generator) -> str:
    return _pick(rng, ONSETS) + _pick(rng, "aeiou") + _pick(rng, CODAS)


def _surname(rng: np.random.Generator) -> str:
    return _pick(rng, SURNAMES) if rng.random() < 0.3 else _pick(rng, HEADS) + _pick(rng, TAILS)


def _core(rng: np.random.Generator, brands: list[str]) -> str:
    kind = rng.random()
    if kind < 0.30:
        return f"{_surname(rng)} {_pick(rng, TRADES)}"
    if kind < 0.38:
        return f"{_surname(rng)} & {_surname(rng)} {_pick(rng, TRADES)}"
    if kind < 0.45:
        return f"{_surname(rng)} & Söhne"
    if kind < 0.60:
        return f"{_pick(rng, BRANDS)} {_pick(rng, TRADES)} {_pick(rng, TRADES)}"
    if kind < 0.68:
        return f"{_pick(rng, TRADES)} {_pick(rng, PLACES)}"
    if kind < 0.73:
        return f"{_pick(rng, BRANDS)} {_pick(rng, TRADES)} {int(rng.integers(1, 30))}"
    if kind < 0.90:
        return f"{_pick(rng, brands)} {_pick(rng, TRADES)}"
    return _pick(rng, brands)


def _typo(rng: np.random.Generator, text: str) -> str:
    places = [at for at, letter in enumerate(text) if letter.isalpha()]
    at = places[int(rng.integers(len(places)))]
    letter = "abcdefghijklmnopqrstuvwxyz"[int(rng.integers(26))]
    return (
        text[:at] + text[at + 1 :],
        text[:at] + letter + text[at:],
        text[:at] + letter + text[at + 1 :],
        text[:at] + text[at + 1 : at + 2] + text[at] + text[at + 2 :],
    )[int(rng.integers(4))]


def misspell(rng: np.random.Generator, core: str, form: str) -> str:
    """One or two of: legal form dropped or changed or written otherwise, typing error, words reordered, case."""
    for _ in range(1 if rng.random() < 0.7 else 2):
        kind = rng.random()
        if kind < 0.25:
            form = ""
        elif kind < 0.35:
            form = str(rng.choice(FORMS, p=LIKELY))
        elif kind < 0.50:
            form = _pick(rng, SPELLED.get(form, (form,)))
        elif kind < 0.80:
            core = _typo(rng, core)
        elif kind < 0.92 and " " in core:
            words = core.replace(" & ", " ").split()
            core = " ".join([words[-1], *words[:-1]])
        else:
            core = (
                core.upper() if rng.random() < 0.5 else core.replace("ü", "ue").replace("ö", "oe").replace("&", "und")
            )
    return f"{core} {form}".strip()


def planted(n_firms: int, n_rows: int, seed: int, *, references: int | None = None) -> Planted:
    """Return records of `n_firms` firms in `n_rows` registry rows, and misspelled references to them.

    Names share their words, so different firms come near each other: one name in two towns, two legal forms in
    one town, numbered firms, one trade word apart.
    """
    rng = np.random.default_rng(seed)
    brands = sorted(
        {f"{_syllable(rng)}{_syllable(rng)}{_pick(rng, ENDS)}".title() for _ in range(max(n_firms // 2, 60))}
    )
    firms: list[tuple[str, str, str, str]] = []
    taken: set[tuple[str, str]] = set()
    while len(firms) < n_firms:
        core = _core(rng, brands)
        if firms and rng.random() < 0.04:  # near collision: an existing name in another town, or one word changed
            core = firms[int(rng.integers(len(firms)))][0]
            if rng.random() < 0.5 and " " in core:
                core = f"{core.rsplit(' ', 1)[0]} {_pick(rng, TRADES)}"
        city = _pick(rng, PLACES)
        if (core, city) in taken:
            continue
        taken.add((core, city))
        firms.append((core, str(rng.choice(FORMS, p=LIKELY)), city, _pick(rng, TRADES[:20])))
    owner = np.concatenate([np.arange(n_firms), rng.integers(n_firms, size=n_rows - n_firms)])
    rows, truth = [], {}
    for at, who in enumerate(owner.tolist()):
        core, form, city, sector = firms[who]
        name = f"{core} {form}"
        if at >= n_firms:
            name = misspell(rng, core, form)
            place = rng.random()
            city = None if place < 0.15 else _pick(rng, PLACES) if place < 0.22 else city
            sector = None if rng.random() < 0.1 else sector
        region = REGIONS[PLACES.index(city) % 4] if city else None
        rows.append({"name": name, "city": city, "region": region, "country": "DE", "sector": sector, "who": who})
    order = rng.permutation(len(rows))
    rows = [rows[at] for at in order]
    for at, row in enumerate(rows):
        row["firm_id"] = f"F{at:06d}"
    first: dict[int, str] = {}
    for row in rows:
        first.setdefault(row["who"], row["firm_id"])
    for row in rows:
        truth[row["firm_id"]] = first[row.pop("who")]
    exact = {row["name"] for row in rows}
    wanted = n_firms if references is None else references
    names: list[str] = []
    registered = {core for core, _, _, _ in firms}
    outside = [core for core in (_core(rng, brands) for _ in range(max(wanted // 10, 2))) if core not in registered]
    forms = [str(rng.choice(FORMS, p=LIKELY)) for _ in outside]
    while len(names) < wanted:
        if rng.random() < 0.1:
            at = int(rng.integers(len(outside)))
            text, true = misspell(rng, outside[at], forms[at]), f"outside {outside[at]}"
        else:
            core, form, _, _ = firms[int(rng.integers(n_firms))]
            text, true = misspell(rng, core, form), core
        if text not in exact and text not in truth:
            truth[text] = true
            names.append(text)
    by_core: dict[str, set[str]] = {}
    for at, (core, _, _, _) in enumerate(firms):
        by_core.setdefault(core, set()).add(first[at])
    for text in names:
        if not truth[text].startswith("outside "):
            options = by_core[truth[text]]
            truth[text] = min(options) if len(options) == 1 else "ambiguous"
    truth = {key: value for key, value in truth.items() if value != "ambiguous"}
    pairs = [(names[at], names[at + 1]) for at in range(0, len(names) - 1, 2)]
    return Planted(make(rows, partnerships=refer(*pairs)), pd.Series(truth), len(rows), len(names))


# --- normalize --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Müller Bau GmbH", "muller bau"),
        ("MÜLLER  BAU G.m.b.H.", "muller bau"),
        ("Müller Bau G. m. b. H.", "muller bau"),
        ("Bau GmbH & Co. KG", "bau"),
        ("Bau GmbH&Co.KG", "bau"),
        ("Bau UG (haftungsbeschränkt)", "bau"),
        ("Smith & Sons Ltd.", "smith and sons"),
        ("Smith and Sons, Limited", "smith and sons"),
        ("Schmidt und Söhne", "schmidt and sohne"),
        ("Dupont et Fils SARL", "dupont and fils"),
        ("Dupont S.à r.l.", "dupont"),
        ("García y López S.L.", "garcia and lopez"),
        ("Rossi S.p.A.", "rossi"),
        ("Rossi S. r. l.", "rossi"),
        ("Groß & Weiß OHG", "gross and weiss"),
        ("Ørsted A/S", "orsted"),
        ("Łódź Ryby Sp. z o.o.", "lodz ryby"),
        ("Æro Smør ApS", "aero smor"),
        ("Novák, s.r.o.", "novak"),
        ("Ribe d.o.o.", "ribe"),
        ("Virtanen Oy", "virtanen"),
        ("Nagy Kft.", "nagy"),
        ("Silva Lda", "silva"),
        ("Tata Pvt. Ltd.", "tata"),
        ("Acme, Inc.", "acme"),
        ("Acme LLC", "acme"),
        ("L'Oréal S.A.", "loreal"),
        ("AB Foods", "ab foods"),  # a legal form is one only at the end
        ("Limited Editions Ltd", "limited editions"),
        ("SA Ventures Limited", "sa ventures"),
        ("GmbH", "gmbh"),  # nothing but a legal form stays
        ("Ltd.", "ltd"),
        ("Γαλαξίας Α.Ε.", "γαλαξιασ"),
        ("Ромашка ООО", "ромашка"),
        ("شركة البحر", "شركة البحر"),
        ("東京海鮮株式会社", "東京海鮮"),
        ("株式会社東京海鮮", "株式会社 東京海鮮"),
        ("がんばれ", "がんばれ"),  # marks of other scripts tell words apart
        ("🐟🐟", "🐟🐟"),
        ("!!!", "!!!"),
        ("🐟 Fish Ltd", "fish"),
        ("", ""),
    ],
)
def test_normalize(name: str, plain: str) -> None:
    assert normalize(name) == plain
    assert normalize(normalize(name)) == plain


def test_short_legal_forms_count_in_their_countries() -> None:
    assert normalize("Volvo AB", "SE") == normalize("Volvo AB", "Sweden") == normalize("Volvo AB") == "volvo"
    assert normalize("Cafe AB", "DE") == "cafe ab"
    assert normalize("Cafe GmbH", "SE") == "cafe"  # long forms are no words of a name anywhere
    assert normalize("Airbus SE", "FR") == "airbus"


# --- references to the registry ---------------------------------------------------------------------------------


def test_id_then_name_then_normalized_name_then_score() -> None:
    firms = registry("Nordwind Maschinenbau GmbH", "Hansa Fisch AG", "Elbwerft Zirkonia KG", "Alpen Kaffee Ltd")
    records = make(
        firms,
        partnerships=refer(
            ("F0", "Hansa Fisch AG"), ("ELBWERFT ZIRKONIA KG.", "Alpen Kaffee"), ("Nordwnd Maschinenbau GmbH", "Quux")
        ),
    )
    linkage = link_firms(records)
    links = linkage.links.set_index("reference")
    assert links["status"].to_dict() == {
        "F0": "id", "Hansa Fisch AG": "name", "ELBWERFT ZIRKONIA KG.": "name", "Alpen Kaffee": "name",
        "Nordwnd Maschinenbau GmbH": "match", "Quux": "unresolved",
    }  # fmt: skip
    assert links["firm"].to_dict() == {
        "F0": "F0", "Hansa Fisch AG": "F1", "ELBWERFT ZIRKONIA KG.": "F2", "Alpen Kaffee": "F3",
        "Nordwnd Maschinenbau GmbH": "F0", "Quux": "Quux",
    }  # fmt: skip
    assert links.loc["Nordwnd Maschinenbau GmbH", "score"] > 0.9
    assert linkage.firms.index.tolist() == ["F0", "F1", "F2", "F3", "Quux"]
    assert linkage.firms["registered"].tolist() == [True, True, True, True, False]
    assert linkage.firms.loc["Quux", "name"] == "Quux"
    assert "firm_id" not in linkage.firms.columns
    assert linkage.firms.index.name == "firm"


def test_the_id_wins_over_the_name_of_another_firm() -> None:
    firms = [{"firm_id": "Acme", "name": "Zephyr Tools"}, {"firm_id": "F2", "name": "Acme"}]
    linkage = link_firms(make(firms, partnerships=refer(("Acme", "F2"))))
    assert firm(linkage, "Acme") == "Acme"
    assert any("'Acme'" in note for note in linkage.notes)
    assert linkage.settings.parameters["notes"] == linkage.notes


def test_two_firms_that_fit_equally_go_to_review() -> None:
    firms = registry("Müller Bau GmbH", "Müller Bau GmbH", city=["Hamburg", "München"])
    linkage = link_firms(make(firms, partnerships=refer(("Müller Bau", "F0"), ("Muller Bau", "F1"))))
    assert len(linkage.duplicates) == 0
    assert status(linkage, "Müller Bau") == "review"
    offered = linkage.review[linkage.review["left"] == "Müller Bau"]
    assert sorted(offered["right"]) == ["F0", "F1"]
    assert offered["score"].max() < 0.5
    assert firm(linkage, "Müller Bau") == "Müller Bau"  # stands for itself until settled


def test_a_town_in_the_records_settles_a_tie() -> None:
    firms = registry("Müller Bau GmbH", "Müller Bau GmbH", "Elbe Yachten", city=["Hamburg", "München", "Kiel"])
    ties = refer(("Muller Bau GmbH", "F2"), a_city=["Hamburg"])
    linkage = link_firms(make(firms, partnerships=ties))
    assert firm(linkage, "Muller Bau GmbH") == "F0"
    assert status(linkage, "Muller Bau GmbH") == "match"


@pytest.mark.parametrize(("told", "where", "found"), [
    ("a_city", "Bremen", "match"), ("a_country", "DK", "review"), ("a_country", "Germany", "name"),
])  # fmt: skip
def test_a_name_told_in_another_place_is_left_to_the_score(told: str, where: str, found: str) -> None:
    firms = registry("Beta Hof GmbH", "Elbe Yachten", city=["Bonn", "Kiel"], country=["DE", "DE"])
    linkage = link_firms(make(firms, partnerships=refer(("Beta Hof GmbH", "F1"), **{told: [where]})))
    assert status(linkage, "Beta Hof GmbH") == found


def test_one_country_in_two_writings_is_one_place() -> None:
    firms = registry("Müller Bau GmbH", "Müller Bau GmbH", country=["DE", "AT"])
    ties = refer(("Müller Bau", "F0"), ("Müller Bau", "F1"), a_country=["Austria", "AT"])
    linkage = link_firms(make(firms, partnerships=ties))
    assert not linkage.notes
    assert firm(linkage, "Müller Bau") == "F1"


def test_two_towns_for_one_reference_do_not_count_and_are_noted() -> None:
    firms = registry("Müller Bau GmbH", "Müller Bau GmbH", city=["Hamburg", "München"])
    ties = refer(("Müller Bau", "F0"), ("Müller Bau", "F1"), a_city=["Hamburg", "München"])
    linkage = link_firms(make(firms, partnerships=ties))
    assert status(linkage, "Müller Bau") == "review"
    assert any("Müller Bau" in note for note in linkage.notes)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hafen 1 GmbH", "Hafen 2 GmbH"),
        ("Institut Halbleiter III", "Institut Halbleiter IV"),
        ("Nordic Fish Trading", "Nordic Fish Transport"),
        ("Universität Hamburg Zentrum", "Universität Homburg Kolleg"),
        ("Zephyr Becker Optik", "Zephyr Optik"),
        ("Zephyr Werft A", "Zephyr Werft B"),
    ],
)
def test_names_that_tell_firms_apart_are_never_merged_unseen(one: str, other: str) -> None:
    same_place = {"city": ["Kiel", "Kiel"], "sector": ["fish", "fish"], "country": ["DE", "DE"]}
    pair = link_firms(make(registry(one, other, **same_place)))
    assert len(pair.duplicates) == 0
    reference = link_firms(make(registry(one, "Ganz Anders AG"), partnerships=refer((other, "F1"))))
    assert status(reference, other) in {"review", "unresolved"}


def sisters(*pairs: str) -> Records:
    """Return a registry in which each pair, "North South", is two firms of one brand of its own, town and sector."""
    rng = np.random.default_rng(4)
    rows: list[dict[str, object]] = []
    for at, pair in enumerate(pairs):
        brand = "".join(_syllable(rng) for _ in range(4)).title()
        for side, ends in enumerate(pair.split(" / ")):
            name = ends.replace("*", brand) if "*" in ends else f"{brand} {ends}"
            rows.append({"firm_id": f"{at}-{side}", "name": name, "city": f"{PLACES[at % 50]} {at}", "sector": "fish"})
    return make([row | {"country": "DE"} for row in rows])


def test_a_telling_word_is_no_misspelling() -> None:
    pairs = [
        "North Ltd / South Ltd", "Northern / Southern", "Eastern / Western", "Nordost / Nordwest",
        "Southeast / Southwest", "Ostpark / Westpark", "Oststadt eG / Weststadt eG", "Northgate / Southgate",
        "Este SL / Oeste SL", "Est SARL / Ouest SARL", "Ost* GmbH / West* GmbH", "North* Ltd / South* Ltd",
        "Import / Export", "Interior / Exterior", "Intern / Extern", "Onshore / Offshore", "Online / Offline",
        "Junior / Senior", "Jr / Sr", "Men Ltd / Women Ltd", "Male / Female", "Legal / Illegal", "Hochbau / Holzbau",
        "Vermietung / Vermittlung", "Martin / Martina", "Christian / Christina", "Jan / Jana", "Sohn / Söhne",
        "Freiburg / Freiberg", "Iran / Irak", "Austria / Australia", "Mainz / Main", "Linz / Lienz",
        "Bern / Berlin", "UK Ltd / US Ltd", "EU / EN", "AGS / AG", "Inn / Inc", "LTE / Ltd", "Frei Burg / Freiberg",
        "Haustechnik / Bautechnik", "Hausbau / Hausrat", "Elektronik / Elektrik", "Verwaltung / Vermietung",
        "Consult / Consulting",
        "Hotel / Hostel", "Maler / Makler", "Media / Medica", "Dental / Rental", "Food / Wood", "Metro / Retro",
    ]  # fmt: skip
    found = link_firms(sisters(*pairs))
    assert found.duplicates.to_dict("records") == []
    asked = set(zip(found.review["left"], found.review["right"], strict=True))
    assert [pair for at, pair in enumerate(pairs) if (f"{at}-0", f"{at}-1") not in asked] == []


def test_a_slip_beside_a_telling_word_is_one() -> None:
    pairs = [
        "Maschinenbau GmbH / Maschinebau GmbH", "Maschinenbau GmbH / Maschinen Bau", "Werkzeuge / WERKZEUGE GmbH",
        "Ostpark GmbH / Ostprak GmbH", "Freiburg / Freibrug", "Hafen 12 / -Hafen 12", "Improt / Import GmbH",
        "Import Export / Export Import", "Johanna Optik / Johana Optik", "Services Ltd / Service Ltd",
        "Nord GmbH / Nord", "* / *x", "Söhne & Müller / Soehne und Mueller",
        "Süd / Sued",
    ]  # fmt: skip
    merged = link_firms(sisters(*pairs)).duplicates
    assert merged["firm_id"].tolist() == [f"{at}-1" for at in range(len(pairs))]


def test_places_that_both_stand_in_the_records_are_not_one_misspelled() -> None:
    towns = ["Wustermark", "Wustermarl"] * 4
    rows = registry(*(f"{_syllable(np.random.default_rng(at))} Optik {at}x" for at in range(8)), city=towns)
    names = ["Zirkonia Kontor", "Zirkonja Kontor"]
    rows += [{"firm_id": f"Z{at}", "name": name, "city": towns[at]} for at, name in enumerate(names)]
    assert len(link_firms(make(rows)).duplicates) == 0
    rows = [row for row in rows if row["city"] == towns[0] or row["firm_id"] == "Z1"]  # once only: a slip
    assert link_firms(make(rows)).duplicates["firm_id"].tolist() == ["Z1"]


def test_a_branch_in_another_town_is_not_the_firm() -> None:
    rest = {"city": ["Hamburg", "Kiel"], "region": ["Nord"] * 2, "country": ["DE"] * 2, "sector": ["fish"] * 2}
    others = registry(*(f"{name} Optik" for name in SURNAMES[:60]), city=PLACES[8:48] + PLACES[8:28])
    for one, other in (("Zirkonia Hamburg", "Zirkonia"), ("Zirkonia", "Zirkonia Kiel")):
        rows = [row | {"firm_id": f"Z{at}"} for at, row in enumerate(registry(one, other, **rest))]
        assert len(link_firms(make(rows + others)).duplicates) == 0


def test_two_words_in_use_are_not_each_others_misspelling() -> None:
    names = ["Becker Zirkon", "Decker Zirkon", "Becker Optik", "Decker Optik", "Becker Dach", "Decker Glas"]
    assert len(link_firms(make(registry(*names, city=["Kiel"] * 6))).duplicates) == 0
    again = ["Becker Zirkon", "Beckerr Zirkon", "Becker Optik", "Decker Optik", "Becker Dach", "Decker Glas"]
    merged = link_firms(make(registry(*again, city=["Kiel"] * 6))).duplicates
    assert merged["firm_id"].tolist() == ["F1"]
    assert merged["firm"].tolist() == ["F0"]


def test_legal_forms_that_differ_need_other_evidence() -> None:
    names = ("Elbwerft Zirkonia GmbH", "Elbwerft Zirkonia AG", "Ganz Anders KG", "Vortex", "Quarz", "Bernstein", "Halo")
    alone = link_firms(make(registry(*names)))
    assert len(alone.duplicates) == 0
    assert alone.review[["left", "right"]].to_numpy().tolist() == [["F0", "F1"]]
    others = ["Bonn", "Ulm", "Jena", "Wien", "Bern"]
    agreeing = link_firms(make(registry(*names, city=["Kiel", "Kiel", *others])))
    assert agreeing.duplicates["firm_id"].tolist() == ["F1"]
    apart = link_firms(make(registry(*names, city=["Kiel", "Ulm", *others])))
    assert len(apart.duplicates) == 0
    names = ("Lebenshilfe Zirkonia e.V.", "Lebenshilfe Zirkonia gGmbH", *names[2:])  # an association and its company
    both = link_firms(make(registry(*names, city=["Kiel", "Kiel", *others])))
    assert len(both.duplicates) == 0
    assert both.review[["left", "right"]].to_numpy().tolist() == [["F0", "F1"]]


def test_the_same_unregistered_firm_misspelled_is_one() -> None:
    ties = refer(
        ("Zephyr Zirkonia GmbH", "F0"), ("F0", "Zephyr Zirkonai GmbH"), ("F0", "Zirkonia Zephyr"), ("F0", "Quux")
    )
    linkage = link_firms(make(registry("Nordwind Maschinenbau"), partnerships=ties))
    assert linkage.firms.index.tolist() == ["F0", "Zephyr Zirkonia GmbH", "Quux"]
    resolved = linkage.resolve(pd.Series(["Zirkonia Zephyr", "Zephyr Zirkonai GmbH", None, "F0"], index=[3, 1, 4, 9]))
    assert resolved.iloc[[0, 1, 3]].tolist() == ["Zephyr Zirkonia GmbH", "Zephyr Zirkonia GmbH", "F0"]
    assert resolved.isna().tolist() == [False, False, True, False]
    assert resolved.index.tolist() == [3, 1, 4, 9]
    assert resolved.dtype == "str"


def test_unregistered_names_that_are_equal_once_normalized_are_one_firm() -> None:
    # "Handel" is in every name of the registry and hence no evidence; that the names are equal is.
    firms = registry(*(f"Kontor{at} Handel" for at in range(30)))
    ties = refer(("Handel", "F0"), ("HANDEL", "F1"), ("Handel KG", "F2"), ("handel k.g.", "F3"))
    linkage = link_firms(make(firms, partnerships=ties))
    assert [firm(linkage, name) for name in ("Handel", "HANDEL")] == ["Handel", "Handel"]
    assert [firm(linkage, name) for name in ("Handel KG", "handel k.g.")] == ["Handel KG", "Handel KG"]
    assert not set(linkage.review["left"]) & {"HANDEL", "handel k.g."}
    assert linkage.firms.index.tolist()[30:] == ["Handel", "Handel KG"]
    # A person, or a town, may tell them apart.
    decisions = pd.DataFrame({"kind": ["names"], "left": ["Handel"], "right": ["HANDEL"], "decision": ["different"]})
    apart = link_firms(make(firms, partnerships=ties), decisions=decisions)
    assert firm(apart, "HANDEL") == "HANDEL"
    towns = link_firms(make(firms, partnerships=refer(("Handel", "F0"), ("HANDEL", "F1"), a_city=["Kiel", "Bonn"])))
    assert firm(towns, "HANDEL") == "HANDEL"


def test_a_registry_column_called_registered_is_kept() -> None:
    firms = [{"firm_id": "A", "name": "Alpha Werke", "registered": "2001", "firm_registered": "yes"}]
    table = link_firms(make(firms)).firms
    assert table.loc["A", ["registered", "firm_registered", "firm_firm_registered"]].tolist() == [True, "yes", "2001"]


def test_a_legal_form_without_a_blank_is_one() -> None:
    assert normalize("東京商事株式会社") == "東京商事"
    firms = registry("東京商事株式会社", "株式会社大阪製作所", "Elbe Yachten", city=["東京", "大阪", "Kiel"])
    linkage = link_firms(make(firms, partnerships=refer(("東京商事", "F2"), ("大阪製作所", "F2"))))
    assert [firm(linkage, name) for name in ("東京商事", "大阪製作所")] == ["F0", "F1"]


def test_resolve_refuses_what_was_never_linked() -> None:
    linkage = link_firms(make(registry("Nordwind")))
    with pytest.raises(RecordsError, match="'Nirgends'"):
        linkage.resolve(pd.Series(["F0", "Nirgends"]))


def test_every_table_is_read_and_a_reporter_is_no_firm() -> None:
    records = make(
        registry("Nordwind Maschinenbau"),
        partnerships=[{"kind": "alliance", "a": "F0", "b": "Bravo", "reported_by": "Chamber of Commerce"}],
        groups=[{"group_id": "g", "kind": "platform", "firm": "Golf"}],
        referrals=[{"from": "Foxtrot", "to": "F0"}],
        capabilities=[{"firm_id": "Charlie", "tag": "welding"}],
        outcomes=[{"firm_id": "Oscar", "period": "2020"}],
    )
    linkage = link_firms(records)
    assert sorted(linkage.firms.index) == ["Bravo", "Charlie", "F0", "Foxtrot", "Golf", "Oscar"]
    assert linkage.resolve(records.partnerships["reported_by"]).tolist() == ["Chamber of Commerce"]
    assert linkage.links.set_index("reference")["n_records"].to_dict() == dict.fromkeys(
        ["F0", "Bravo", "Chamber of Commerce", "Golf", "Foxtrot", "Charlie", "Oscar"], 1
    ) | {"F0": 2}


def test_duplicates_keep_the_first_id_and_fill_its_gaps() -> None:
    firms = [
        {"firm_id": "A", "name": "Nordwind Maschinenbau GmbH", "city": "Kiel", "employees": None, "chamber": "x"},
        {"firm_id": "B", "name": "Nordwind Maschinenbau", "city": "Kiel", "employees": 12.0, "chamber": "y"},
        {"firm_id": "C", "name": "Ganz Anders", "city": "Ulm", "employees": 3.0, "chamber": "z"},
    ]
    linkage = link_firms(make(firms, partnerships=refer(("B", "C"))))
    assert linkage.firms.index.tolist() == ["A", "C"]
    assert linkage.firms.loc["A", ["name", "employees", "chamber"]].tolist() == [
        "Nordwind Maschinenbau GmbH",
        12.0,
        "x",
    ]
    assert firm(linkage, "B") == "A"
    assert linkage.duplicates[["firm_id", "firm", "status"]].to_numpy().tolist() == [["B", "A", "match"]]
    assert linkage.firms["employees"].dtype == "float64"


def test_likeness_does_not_chain() -> None:
    """B is like A and C is like B, but A and C are not alike: at most one pair is merged."""
    names = ["Zirkonia Hafenwerke", "Zirkonja Hafenwerke", "Zirkonja Hafenwerk Hallo", "Zirkonja Hafnwerk Hallo"]
    linkage = link_firms(make(registry(*names, city=["Kiel"] * 4)))
    groups = pd.Series(linkage.registry)
    assert groups["F0"] == groups["F1"]
    assert groups["F2"] == groups["F3"]
    assert groups["F0"] != groups["F2"]


# --- decisions --------------------------------------------------------------------------------------------------


def undecided() -> Records:
    firms = registry(
        "Müller Bau GmbH", "Müller Bau GmbH", "Elbwerft Zirkonia GmbH", "Elbwerft Zirkonia AG", "=HYPERLINK(1)",
        city=["Hamburg", "München", None, None, None],
    )  # fmt: skip
    return make(
        firms, partnerships=refer(("Müller Bau", "F2"), ("Quux Vortex GmbH", "Quux Vortex AG"), ("=HYPERLINK(2)", "F0"))
    )


def settle(
    path: Path, answers: dict[tuple[str, str], str], *, delimiter: str = ",", encoding: str = "utf-8-sig"
) -> None:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["decision"] = answers.get((row["left"], row["right"]), row["decision"])
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)


def test_decisions_are_honored_and_carried_on(tmp_path: Path) -> None:
    first = link_firms(undecided())
    pairs = {(row.kind, row.left, row.right) for row in first.review.itertuples()}
    assert {("reference", "Müller Bau", "F0"), ("reference", "Müller Bau", "F1")} < pairs
    assert {("registry", "F2", "F3"), ("names", "Quux Vortex AG", "Quux Vortex GmbH")} < pairs
    path = first.write_review(tmp_path / "review.csv")
    settle(
        path,
        {
            ("Müller Bau", "F1"): "Same", ("Müller Bau", "F0"): "no", ("F2", "F3"): "1",
            ("Quux Vortex AG", "Quux Vortex GmbH"): "different",
        },
    )  # fmt: skip
    second = link_firms(undecided(), decisions=path)
    assert firm(second, "Müller Bau") == "F1"
    assert status(second, "Müller Bau") == "decision"
    assert second.duplicates[["firm_id", "firm", "status"]].to_numpy().tolist() == [["F3", "F2", "decision"]]
    assert {"Quux Vortex AG", "Quux Vortex GmbH"} <= set(second.firms.index)
    left = {(row.left, row.right) for row in second.review.itertuples()}
    assert not left & {("Müller Bau", "F0"), ("Müller Bau", "F1"), ("F2", "F3"), ("Quux Vortex AG", "Quux Vortex GmbH")}
    # The file of the second run holds the decisions of the first.
    third = link_firms(undecided(), decisions=second.write_review(tmp_path / "review2.csv"))
    pd.testing.assert_frame_equal(third.links, second.links)
    assert second.settings.parameters["decisions"] == "review.csv"
    assert second.settings.parameters["decisions_honored"] == 4


def test_decisions_survive_added_rows_and_stale_ones_are_listed(tmp_path: Path) -> None:
    path = link_firms(undecided()).write_review(tmp_path / "review.csv")
    settle(path, {("F2", "F3"): "yes", ("Müller Bau", "F0"): "yes"})
    more = make(
        [
            {"firm_id": "N", "name": "Neu AG"},
            *registry("Müller Bau GmbH", "x", "Elbwerft Zirkonia GmbH", "Elbwerft Zirkonia AG"),
        ],
        partnerships=refer(("F0", "F2")),
    )
    linkage = link_firms(more, decisions=path)
    assert linkage.registry["F3"] == "F2"
    assert linkage.stale[["kind", "left", "right"]].to_numpy().tolist() == [["reference", "Müller Bau", "F0"]]
    assert "Müller Bau" in linkage.stale["reason"].iloc[0]
    assert any("stale" in note for note in linkage.notes)


def test_a_decision_on_two_names_holds_when_one_of_them_is_registered() -> None:
    ties = refer(("Gamma Bau", "F0"), ("Zirkonia Bau", "F1"), ("Gama Bau", "F1"))
    decisions = pd.DataFrame(
        {
            "kind": "names",
            "left": ["Gamma Bau", "Gamma Bau"],
            "right": ["Zirkonia Bau", "Gama Bau"],
            "decision": ["yes", "no"],
        }
    )
    before = link_firms(make(registry("Alpha Werke", "Beta Hof"), partnerships=ties), decisions=decisions)
    assert firm(before, "Zirkonia Bau") == firm(before, "Gamma Bau") != firm(before, "Gama Bau")
    grown = registry("Alpha Werke", "Beta Hof", "Gamma Bau")
    assert firm(link_firms(make(grown, partnerships=ties)), "Gama Bau") == "F2"  # by its score
    after = link_firms(make(grown, partnerships=ties), decisions=decisions)
    assert [firm(after, name) for name in ("Gamma Bau", "Zirkonia Bau")] == ["F2", "F2"]
    assert status(after, "Zirkonia Bau") == "decision"
    assert firm(after, "Gama Bau") == "Gama Bau"
    assert after.stale.empty
    # Both registered: no decision on the two names can join two firms.
    both = link_firms(
        make(registry("Alpha Werke", "Beta Hof", "Gamma Bau", "Zirkonia Bau"), partnerships=ties), decisions=decisions
    )
    assert [firm(both, name) for name in ("Gamma Bau", "Zirkonia Bau")] == ["F2", "F3"]
    assert both.stale["reason"].tolist() == ["both linked to registered firms: 'F2', 'F3'"]
    assert both.settings.parameters["decisions_honored"] == 1
    assert any("stale" in note for note in both.notes)


@pytest.mark.parametrize(("delimiter", "encoding"), [(";", "utf-8"), (",", "cp1252"), ("\t", "utf-8-sig")])
def test_a_spreadsheet_may_save_the_file_its_own_way(tmp_path: Path, delimiter: str, encoding: str) -> None:
    path = link_firms(undecided()).write_review(tmp_path / "review.csv")
    settle(path, {("Müller Bau", "F0"): "TRUE"}, delimiter=delimiter, encoding=encoding)
    assert firm(link_firms(undecided(), decisions=path), "Müller Bau") == "F0"


def test_cells_are_no_formulas_and_come_back_exactly(tmp_path: Path) -> None:
    names = [
        "=1+1 Zirkonia AG",
        "+49 Zirkonia",
        "-Zirkonia Werke AG",
        "@Zirkonia Nord AG",
        "'=Zirkonia Süd AG",
        "\tZirkonia",
    ]
    spoiled = [name.replace("AG", "GmbH") for name in names]
    records = make(registry(*names), partnerships=refer(*((name, "F0") for name in spoiled)))
    linkage = link_firms(records)
    path = linkage.write_review(tmp_path / "review.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))]
    review = linkage.review[linkage.review["kind"] == "reference"]
    assert len(review) >= 3
    for row in review.itertuples():
        settle(path, {})
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        for line in rows:
            hit = line["left"].removeprefix("'") == row.left and line["right"] == row.right
            line["decision"] = "same" if hit else ""
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        settled = link_firms(records, decisions=path)
        assert status(settled, row.left) == "decision"
        assert len(settled.stale) == 0


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("reference", "Müller Bau", "F0", "maybe")], "Row 0 .*'maybe'"),
        ([("firm", "Müller Bau", "F0", "yes")], "Row 0 .*'firm'"),
        ([("reference", None, "F0", "yes")], "Row 0 .*no pair"),
        ([("registry", "F0", "F1", "yes"), ("registry", "F1", "F0", "no")], "Rows 0 and 1 "),
        ([("reference", "Müller Bau", "F0", "yes"), ("reference", "Müller Bau", "F1", "yes")], "Rows 0 and 1 "),
        (
            [("registry", "F0", "F1", "yes"), ("registry", "F1", "F2", "yes"), ("registry", "F0", "F2", "no")],
            "Rows 2 and 0 and 1 ",
        ),
        (
            [
                ("registry", "F0", "F1", "yes"),
                ("reference", "Müller Bau", "F0", "yes"),
                ("reference", "Müller Bau", "F1", "no"),
            ],
            "Rows 2 and 0 ",
        ),
    ],
)
def test_decisions_that_make_no_sense_are_refused(rows: list[tuple[object, ...]], message: str) -> None:
    decisions = pd.DataFrame(rows, columns=["kind", "left", "right", "decision"])
    with pytest.raises(RecordsError, match=message):
        link_firms(undecided(), decisions=decisions)


def test_rows_of_a_decisions_file_count_from_its_header(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text(
        "kind,left,right,decision\nreference,Müller Bau,F0,\nreference,Müller Bau,F1,perhaps\n", encoding="utf-8"
    )
    with pytest.raises(RecordsError, match="Row 3 of the decisions says 'perhaps'"):
        link_firms(undecided(), decisions=path)
    path.write_text("left,right\n", encoding="utf-8")
    with pytest.raises(RecordsError, match="no column 'kind', 'decision'"):
        link_firms(undecided(), decisions=path)
    with pytest.raises(RecordsError, match="does not exist"):
        link_firms(undecided(), decisions=tmp_path / "none.csv")


def test_a_refused_exact_name_is_not_linked() -> None:
    records = make(registry("Hansa Fisch"), partnerships=refer(("Hansa Fisch", "F0")))
    no = pd.DataFrame([("reference", "Hansa Fisch", "F0", "no")], columns=["kind", "left", "right", "decision"])
    linkage = link_firms(records, decisions=no)
    assert linkage.firms.index.tolist() == ["F0", "Hansa Fisch"]
    assert status(linkage, "Hansa Fisch") == "unresolved"


# --- dirt -------------------------------------------------------------------------------------------------------


def test_hostile_names_pass() -> None:
    names = [
        "<script>alert(1)</script>", "../../etc/passwd", "a" * 100_000, "🐟", "🐟🐟", "   ", "شركة البحر", "海鮮 東京",
        "\u202eevil", "x\x00y", "%s {0}", "Ünïcödé", "0", "-", "and", "& & &", "GmbH", "nan", "None",
    ]  # fmt: skip
    records = make(registry(*names), partnerships=refer(*((name, names[0]) for name in names), ("nan", "🐠")))
    linkage = link_firms(records)
    assert linkage.firms["registered"].sum() == len(names)
    cells = records.partnerships["a"]
    assert linkage.resolve(cells).isna().sum() == 1  # the blank one
    assert firm(linkage, "nan") == f"F{names.index('nan')}"


def test_empty_and_nameless_registries() -> None:
    nothing = link_firms(make([]))
    assert nothing.firms.empty
    assert nothing.links.empty
    assert nothing.evaluate(pd.Series(dtype=object)).table.loc["all", "true"] == 0
    names_only = link_firms(make([], partnerships=refer(("Alpha Zirkonia", "Beta Vortex"))))
    assert names_only.firms["registered"].tolist() == [False, False]
    ids_only = link_firms(make([{"firm_id": "F1"}, {"firm_id": "F2"}], partnerships=refer(("F1", "F2"))))
    assert ids_only.firms.index.tolist() == ["F1", "F2"]
    no_ids = link_firms(
        make([{"name": "Alpha Zirkonia"}, {"name": "Beta Vortex"}], partnerships=refer(("Beta Vortex", "F9")))
    )
    assert no_ids.firms.index.tolist() == ["Alpha Zirkonia", "Beta Vortex", "F9"]


def test_one_name_ten_thousand_times_is_no_quadratic_trap() -> None:
    start = time.process_time()
    linkage = link_firms(make(registry(*["Unknown"] * 10_000)))
    assert time.process_time() - start < 5
    assert len(linkage.duplicates) == 0


def test_repeated_ids_and_wrong_levels_are_refused() -> None:
    with pytest.raises(RecordsError, match="'F1'"):
        link_firms(make([{"firm_id": "F1", "name": "a"}, {"firm_id": "F1", "name": "b"}]))
    records = make(registry("a"))
    for levels in ({"threshold": 0}, {"threshold": 1.5}, {"review": -1}, {"threshold": 0.5, "review": 0.6}):
        with pytest.raises(OptionError):
            link_firms(records, **levels)


# --- quality ----------------------------------------------------------------------------------------------------


def test_evaluate_counts_by_hand() -> None:
    """Three rows are one firm and two of them are merged; one reference right, one wrong, one missed."""
    firms = registry("Nordwind Zirkonia", "Nordwind Zirkonia", "Vortex Quarz", "Ganz Anders")
    ties = refer(("Nordwind Zirkonai", "Vortex Quartz"), ("Ganz Andere Firma", "F0"))
    linkage = link_firms(make(firms, partnerships=ties))
    assert linkage.registry == {"F0": "F0", "F1": "F0", "F2": "F2", "F3": "F3"}
    truth = pd.Series({
        "F0": "F0", "F1": "F0", "F2": "F0",
        "Nordwind Zirkonai": "F0", "Vortex Quartz": "F3", "Ganz Andere Firma": "F3",
    })  # fmt: skip
    table = linkage.evaluate(truth).table
    assert table.loc["registry", ["merged", "right", "true"]].tolist() == [1, 1, 3]
    assert table.loc["registry", "precision"] == 1
    assert table.loc["registry", "recall"] == pytest.approx(1 / 3)
    assert table.loc["registry", "f1"] == pytest.approx(0.5)
    assert table.loc["reference", ["merged", "right", "true"]].tolist() == [2, 1, 3]
    assert table.loc["reference", "precision"] == 0.5
    # Wilson 1927 for 1 of 2: (0.5 + z²/4 ± z·sqrt(0.125 + z²/16)) / (1 + z²/2), z = 1.96
    assert table.loc["reference", "precision_low"] == pytest.approx(0.0945, abs=1e-4)
    assert table.loc["reference", "precision_high"] == pytest.approx(0.9055, abs=1e-4)
    same = linkage.evaluate(truth.rename_axis("reference").rename("firm").reset_index()).table
    pd.testing.assert_frame_equal(same, table)


def test_evaluate_reads_blanks_as_the_reader_does() -> None:
    firms = registry("Nordwind Maschinenbau GmbH", "Hansa Fisch AG")
    linkage = link_firms(make(firms, partnerships=refer(("Nordwind Maschinenbau", "F1"))))
    truth = pd.Series({"Nordwind   Maschinenbau ": "F0"})
    assert linkage.evaluate(truth).table.loc["reference", ["merged", "right"]].tolist() == [1, 1]


def test_evaluate_refuses_two_truths() -> None:
    linkage = link_firms(make(registry("a")))
    with pytest.raises(RecordsError, match="'x'"):
        linkage.evaluate(pd.Series(["F0", "F1"], index=["x", "x"]))


@pytest.mark.slow
def test_planted_misspellings_of_300_firms() -> None:
    """Summed over six registries of 300 firms in 408 rows, each with 300 misspelled references."""
    tables, rows, references = [], 0, 0
    for seed in range(6):
        plant = planted(300, 408, seed)
        tables.append(link_firms(plant.records).evaluate(plant.truth).table)
        rows, references = rows + plant.rows, references + plant.references
    counts = sum(table[["merged", "right", "true", "settled", "review"]] for table in tables)
    for kind in ("registry", "reference"):
        merged, right, true, settled, _ = counts.loc[kind]
        assert right / merged >= 0.99, counts
        assert settled / true >= 0.95, counts
        assert right / true >= 0.85, counts
    assert counts.loc["registry", "review"] < 0.05 * rows
    assert counts.loc["reference", "review"] < 0.12 * references  # every one of them is misspelled


@pytest.mark.slow
def test_planted_misspellings_of_42_000_firms() -> None:
    plant = planted(42_000, 55_000, 1, references=10_000)
    start = time.process_time()
    linkage = link_firms(plant.records)
    seconds = time.process_time() - start  # of the processor: other work on the machine does not count
    table = linkage.evaluate(plant.truth).table
    for kind in ("registry", "reference"):
        assert table.loc[kind, "precision"] >= 0.99
        assert table.loc[kind, "recall_settled"] >= 0.95
    assert table.loc["registry", "f1"] >= 0.90
    assert table.loc["registry", "review"] < 0.05 * plant.rows
    assert seconds < 90


def test_the_same_records_give_the_same_links_whatever_the_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    plant = planted(300, 408, 7)
    first = link_firms(plant.records)
    import joblib

    whole = joblib.Parallel
    monkeypatch.setattr(joblib, "Parallel", lambda n_jobs, prefer: whole(n_jobs=1, prefer=prefer))
    second = link_firms(plant.records)
    for table in ("links", "firms", "review", "duplicates"):
        pd.testing.assert_frame_equal(getattr(first, table), getattr(second, table))


@pytest.mark.slow
def test_nothing_depends_on_the_hash_seed(tmp_path: Path) -> None:
    import os
    import subprocess
    import sys

    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from test_linkage import link_firms, planted\n"
        "linkage = link_firms(planted(120, 160, 3).records)\n"
        "sys.stdout.write(linkage.links.to_csv() + linkage.review.to_csv() + linkage.duplicates.to_csv())\n"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code, str(Path(__file__).parent)],
            env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, check=True,
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert runs[0] == runs[1]
    assert len(runs[0]) > 1_000


def test_the_result_tells_itself() -> None:
    linkage = link_firms(make(registry("Nordwind Zirkonia"), partnerships=refer(("F0", "Quux"))))
    assert repr(linkage) == (
        "<Linkage: 1 registered firms (0 duplicates merged), 1 of 2 references linked, 1 unregistered firms, "
        "0 pairs to review>"
    )
    assert linkage.to_frame().columns.tolist() == ["reference", "n_records", "firm", "score", "status", "exact"]
    assert linkage.settings.parameters["threshold"] == 0.9
    assert (
        "<script>" not in link_firms(make(registry("<script>"), partnerships=refer(("<script>", "F0"))))._repr_html_()
    )


# --- real names -------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_real_organizations() -> None:
    path = SHARED / "data/h2020_2016/unique_org.csv"
    if not path.is_file():
        pytest.skip(f"{path.name} is absent")
    table = pd.read_csv(path, sep="\t", dtype="str")
    rows = [
        {"firm_id": a, "name": b, "country": c}
        for a, b, c in zip(table["new_org_id"], table["name"], table["country"], strict=True)
    ]
    linkage = link_firms(make(rows))
    merged = {frozenset(pair) for pair in zip(linkage.duplicates["name"], linkage.duplicates["kept_name"], strict=True)}
    for right in (
        {"UNIVERSITAET ZU LUEBECK", "UNIVERSITAT ZU LUBECK"},
        {"INDRA SISTEMAS S.A.", "INDRA SISTEMAS SA"},
        {"TECHNISCHE UNIVERSITAET DORTMUND", "TECHNISCHE UNIVERSITAT DORTMUND"},
    ):
        assert frozenset(right) in merged
    for wrong in (
        {"UNIVERSITA DEGLI STUDI DI PAVIA", "UNIVERSITA DEGLI STUDI DI PARMA"},
        {"UNIVERSITA DEGLI STUDI DI SALERNO", "UNIVERSITA DEGLI STUDI DI PALERMO"},
        {"INSTYTUT AGROFIZYKI POLSKIEJ AKADEMII NAUK", "Instytut Geofizyki Polskiej Akademii Nauk"},
        {"DASSAULT SYSTEMES BIOVIA LIMITED", "DASSAULT SYSTEMES GEOVIA LTD"},
        {"KEOLIS", "KIOLIS"},
        {"SELTA SPA", "Selva S.p.A."},
    ):
        assert frozenset(wrong) not in merged
    assert 20 <= len(linkage.duplicates) <= 40
    assert len(linkage.review) < 120  # of 12,326
