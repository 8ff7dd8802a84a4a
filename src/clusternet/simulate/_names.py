"""Invented names, places and trades: believable words of eight countries, put together by chance."""

# ruff: noqa: E501  (word lists read better unbroken)
from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["COUNTRIES", "HOSTILE", "LEGAL_FORMS", "SECTORS", "TOWNS", "fold", "make_names", "name_key", "unknown_names"]


class Sector(NamedTuple):
    """What a sector is like: its share of firms, size, place in the supply chain, inputs and skills."""

    share: float
    employees: float  # median
    revenue: float  # per employee and year
    tier: int  # 0 supplies 1 supplies 2
    inputs: tuple[str, ...]
    tags: tuple[str, ...]
    trades: dict[str, tuple[str, ...]]  # words for the firm's name by country


def _words(text: str) -> dict[str, tuple[str, ...]]:
    """Read ``DE a, b; DK c`` into words by country."""
    parts = (part.strip().split(" ", 1) for part in text.split(";"))
    return {country: tuple(word.strip() for word in words.split(",")) for country, words in parts}


def _list(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(","))


SECTORS: dict[str, Sector] = {
    "logistics": Sector(
        0.16, 14, 190_000, 1, _list("haulage, warehousing, customs clearance"),
        _list("haulage, cold chain, customs, project cargo, warehousing"),
        _words(
            "DE Logistik, Spedition, Transporte, Frachtkontor; DK Transport, Logistik, Spedition, Godsservice; "
            "NL Logistiek, Expeditie, Vrachtdienst, Transporten; GB Logistics, Freight, Haulage, Forwarding; "
            "FR Transports, Logistique, Affrètement, Transit; IT Logistica, Trasporti, Spedizioni, Autotrasporti; "
            "ES Logística, Transportes, Fletes, Mensajería; SI Logistika, Prevozi, Špedicija, Transport"
        ),
    ),
    "ship repair": Sector(
        0.12, 22, 140_000, 2, _list("hull repair, dry docking, painting"),
        _list("hull repair, dry docking, blasting, welding, refit"),
        _words(
            "DE Schiffswerft, Bootswerft, Schiffsreparatur, Dockbetrieb; DK Skibsværft, Bådebyggeri, Skibsservice, Dok; "
            "NL Scheepswerf, Jachtwerf, Scheepsreparatie, Dokbedrijf; GB Boatyard, Ship Repair, Dry Dock, Slipway; "
            "FR Chantier Naval, Réparation Navale, Carénage, Cale Sèche; IT Cantiere Navale, Riparazioni Navali, "
            "Carenaggio, Squero; ES Astilleros, Reparaciones Navales, Varadero, Carena; "
            "SI Ladjedelnica, Popravila Plovil, Ladjedelstvo, Suhi Dok"
        ),
    ),
    "marine engineering": Sector(
        0.10, 16, 160_000, 1, _list("engines, hydraulics, design studies"),
        _list("propulsion, hydraulics, naval design, fuel systems, noise control"),
        _words(
            "DE Schiffstechnik, Antriebstechnik, Marinetechnik, Hydraulik; DK Skibsteknik, Motorteknik, Hydraulik, "
            "Maskinfabrik; NL Scheepstechniek, Aandrijftechniek, Hydrauliek, Machinefabriek; GB Marine Engineering, "
            "Propulsion, Naval Design, Hydraulics; FR Ingénierie Navale, Propulsion, Mécanique Marine, Hydraulique; "
            "IT Ingegneria Navale, Motori Marini, Oleodinamica, Progetti Navali; ES Ingeniería Naval, Motores Marinos, "
            "Hidráulica, Propulsores; SI Ladijska Tehnika, Pogoni, Hidravlika, Strojništvo"
        ),
    ),
    "port services": Sector(
        0.09, 24, 120_000, 2, _list("stevedoring, towage, pilotage"),
        _list("stevedoring, towage, mooring, bunkering, port agency"),
        _words(
            "DE Hafenbetriebe, Stauerei, Schleppdienst, Umschlag; DK Havneservice, Bugsering, Stevedore, Havnedrift; "
            "NL Havenbedrijf, Sleepdienst, Stuwadoors, Overslag; GB Stevedores, Towage, Harbor Services, Wharfage; "
            "FR Manutention, Remorquage, Services Portuaires, Consignation; IT Servizi Portuali, Rimorchiatori, "
            "Ormeggiatori, Imbarchi; ES Servicios Portuarios, Remolques, Estibadores, Consignaciones; "
            "SI Pristaniške Storitve, Vleka, Privezi, Pretovor"
        ),
    ),
    "ship supply": Sector(
        0.07, 8, 210_000, 1, _list("provisions, ropes and paint, spare parts"),
        _list("provisions, ropes, paint, spare parts, bonded stores"),
        _words(
            "DE Schiffsausrüster, Schiffsbedarf, Tauwerk, Segelmacherei; DK Skibsproviantering, Tovværk, Skibsudstyr, "
            "Sejlmager; NL Scheepsbenodigdheden, Touwslagerij, Zeilmakerij, Proviand; GB Ship Chandlers, Ropeworks, "
            "Sailmakers, Marine Stores; FR Avitaillement, Corderie, Voilerie, Accastillage; IT Forniture Navali, Corderia, "
            "Veleria, Provveditoria; ES Efectos Navales, Cordelería, Velería, Suministros; "
            "SI Ladijska Oprema, Vrvarna, Jadrarstvo, Oskrba"
        ),
    ),
    "metalwork": Sector(
        0.10, 15, 130_000, 0, _list("steel parts, castings, sheet metal"),
        _list("machining, casting, sheet metal, welding, galvanizing"),
        _words(
            "DE Metallbau, Stahlbau, Gießerei, Schlosserei; DK Smedje, Stålbyg, Støberi, Metalvarer; "
            "NL Metaalbewerking, Staalbouw, Gieterij, Smederij; GB Metalworks, Steelwork, Foundry, Fabrication; "
            "FR Métallerie, Fonderie, Chaudronnerie, Tôlerie; IT Carpenterie, Fonderia, Officine Metalliche, Torneria; "
            "ES Calderería, Fundición, Talleres Metálicos, Herrería; SI Kovinarstvo, Livarna, Orodjarstvo, Jeklarstvo"
        ),
    ),
    "electrical and automation": Sector(
        0.07, 11, 150_000, 0, _list("switchboards, sensors, wiring"),
        _list("switchboards, sensors, navigation electronics, automation, batteries"),
        _words(
            "DE Elektrotechnik, Automation, Schaltanlagen, Bordelektronik; DK Elteknik, Automatik, Tavlebyg, Skibselektronik; "
            "NL Elektrotechniek, Automatisering, Paneelbouw, Boordelektronica; GB Electrical, Controls, Automation, "
            "Switchgear; FR Électricité Marine, Automatismes, Tableaux Électriques, Électronique; IT Impianti Elettrici, "
            "Automazioni, Quadri Elettrici, Elettronica; ES Electricidad Naval, Automatismos, Cuadros Eléctricos, "
            "Electrónica; SI Elektrotehnika, Avtomatika, Stikalni Bloki, Elektronika"
        ),
    ),
    "it services": Sector(
        0.08, 9, 120_000, 0, _list("port software, hosting, data services"),
        _list("port software, security, cloud, data, tracking"),
        _words(
            "DE Datentechnik, Softwarehaus, Systemhaus, Digital; DK Datasystemer, Softwarehus, Digital, It-Drift; "
            "NL Datasystemen, Softwarehuis, Digitaal, Netwerken; GB Software, Data Systems, Digital, Networks; "
            "FR Informatique, Logiciels, Numérique, Réseaux; IT Informatica, Sistemi Dati, Digitale, Reti; "
            "ES Informática, Sistemas, Digital, Redes; SI Informatika, Podatkovni Sistemi, Digital, Omrežja"
        ),
    ),
    "seafood": Sector(
        0.06, 12, 230_000, 0, _list("fresh fish, frozen fish, ice"),
        _list("filleting, freezing, smoking, aquaculture, auctions"),
        _words(
            "DE Fischhandel, Räucherei, Feinkostfisch, Krabbenkontor; DK Fiskeeksport, Røgeri, Fiskehandel, Muslinger; "
            "NL Visgroothandel, Visrokerij, Garnalen, Mosselhandel; GB Seafoods, Smokehouse, Fish Merchants, Shellfish; "
            "FR Marée, Fumaison, Mareyage, Conserverie; IT Ittica, Conserve Ittiche, Pescheria, Molluschi; "
            "ES Pescados, Conservas, Mariscos, Ahumados; SI Ribarstvo, Prekajevalnica, Ribarnica, Školjke"
        ),
    ),
    "catering": Sector(
        0.07, 10, 70_000, 1, _list("crew meals, event catering, laundry"),
        _list("crew meals, events, vegetarian kitchen, laundry, bakery"),
        _words(
            "DE Catering, Kombüse, Bäckerei, Gastronomie; DK Catering, Kantine, Bageri, Selskabsmad; "
            "NL Catering, Kombuis, Bakkerij, Partyservice; GB Catering, Galley, Bakery, Kitchens; "
            "FR Traiteur, Boulangerie, Restauration, Cambuse; IT Ristorazione, Panificio, Cambusa, Banqueting; "
            "ES Catering, Panadería, Cocinas, Restauración; SI Gostinstvo, Pekarna, Kuhinja, Pogostitve"
        ),
    ),
    "tourism and yachting": Sector(
        0.05, 7, 90_000, 2, _list("berths, charters, guided tours"),
        _list("charter, marina, guided tours, yacht care, brokerage"),
        _words(
            "DE Yachtservice, Charter, Ausflugsschiffe, Marina; DK Lystbåde, Charter, Turbåde, Marina; "
            "NL Jachtverhuur, Rondvaart, Jachthaven, Zeilreizen; GB Yacht Charter, Marina, Boat Tours, Yacht Care; "
            "FR Plaisance, Croisières, Location Nautique, Nautisme; IT Nautica, Crociere, Noleggio Barche, Diporto; "
            "ES Náutica, Cruceros, Alquiler de Barcos, Deportivo; SI Navtika, Izleti, Najem Plovil, Marina"
        ),
    ),
    "finance and advice": Sector(
        0.03, 6, 160_000, 1, _list("insurance, surveys, accounting"),
        _list("marine insurance, surveys, accounting, ship finance, law"),
        _words(
            "DE Assekuranz, Schiffsgutachter, Treuhand, Seerecht; DK Søassurance, Skibssyn, Revision, Søret; "
            "NL Assurantiën, Expertise, Accountants, Zeerecht; GB Marine Insurance, Surveyors, Accountants, Ship Finance; "
            "FR Assurances Maritimes, Expertise, Fiduciaire, Conseil; IT Assicurazioni, Perizie, Fiduciaria, Consulenze; "
            "ES Seguros Marítimos, Peritajes, Asesoría, Gestoría; SI Zavarovanja, Cenitve, Knjigovodstvo, Svetovanje"
        ),
    ),
}  # fmt: skip

COUNTRIES: dict[str, float] = {
    "DE": 0.34, "DK": 0.22, "NL": 0.14, "GB": 0.10, "FR": 0.06, "IT": 0.05, "ES": 0.05, "SI": 0.04,
}  # fmt: skip

LEGAL_FORMS: dict[str, tuple[str, ...]] = {
    "DE": ("GmbH", "GmbH", "GmbH & Co. KG", "KG", "e.K.", "AG"),
    "DK": ("ApS", "ApS", "A/S", "I/S"),
    "NL": ("B.V.", "B.V.", "V.O.F.", "N.V."),
    "GB": ("Ltd", "Ltd", "Limited", "LLP", "PLC"),
    "FR": ("SARL", "SARL", "SAS", "S.A."),
    "IT": ("S.r.l.", "S.r.l.", "S.p.A.", "S.n.c."),
    "ES": ("S.L.", "S.L.", "S.A."),
    "SI": ("d.o.o.", "d.o.o.", "d.d."),
}

# Invented towns on real coasts: region, country, latitude, longitude (degrees).
TOWNS = pd.DataFrame(
    [
        ("Altensiel", "Westermarsch", "DE", 53.71, 8.02), ("Norderwik", "Westermarsch", "DE", 53.66, 7.61),
        ("Grönhusen", "Westermarsch", "DE", 53.58, 8.14), ("Lüttmoor", "Westermarsch", "DE", 53.49, 8.29),
        ("Havneby Strand", "Sønderkyst", "DK", 55.08, 8.57), ("Østervig", "Sønderkyst", "DK", 55.31, 8.66),
        ("Kystrup", "Sønderkyst", "DK", 55.24, 8.49),
        ("Oudezijl", "Waddenmond", "NL", 53.35, 6.42), ("Zuiderschor", "Waddenmond", "NL", 53.41, 6.71),
        ("Kreekdam", "Waddenmond", "NL", 53.38, 6.05),
        ("Saltmouth", "Fenshore", "GB", 52.94, 0.88), ("Eastwharf", "Fenshore", "GB", 52.81, 0.43),
        ("Port-Opaline", "Côte d'Opaline", "FR", 50.72, 1.58), ("Saint-Érec", "Côte d'Opaline", "FR", 50.87, 1.67),
        ("Porto Salino", "Riva Salina", "IT", 45.48, 12.61), ("Lagosole", "Riva Salina", "IT", 45.62, 12.96),
        ("Puerto Albo", "Costa Alba", "ES", 43.39, -4.19), ("Villamar del Cabo", "Costa Alba", "ES", 43.43, -3.92),
        ("Slanik", "Solinsko", "SI", 45.53, 13.61), ("Sveti Križ ob Morju", "Solinsko", "SI", 45.56, 13.67),
    ],
    columns=["city", "region", "country", "lat", "lon"],
)  # fmt: skip

_TOWNS_OF: dict[str, tuple[str, ...]] = TOWNS.groupby("country")["city"].agg(tuple).to_dict()

_STEMS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "DE": (
        _list("Ahren, Born, Dorn, Egge, Fehn, Grot, Hasel, Immen, Kolk, Lauen, Mers, Nieder, Oster, Pohl, Quer, Ros, Selk, "
              "Tams, Ubbe, Vier, Wes, Brüg, Möhl, Rüt, Köhl, Lüd, Döhr, Stür, Bär, Grün"),
        _list("berg, mann, stedt, kamp, brink, hoff, bach, lohe, sen, feld, ing, horst"),
    ),
    "DK": (
        _list("Ager, Bjerre, Dals, Enge, Fugl, Grøn, Hvid, Iver, Kirke, Lyng, Mose, Nør, Ole, Pil, Rav, Sø, Tang, Uld, Vester, "
              "Øster, Åg, Birke, Holme, Krog, Sten"),
        _list("gaard, holt, lund, strup, kjær, bæk, dahl, toft, vang, høj, sø"),
    ),
    "NL": (
        _list("Aker, Berk, Dijk, Eik, Gors, Heide, IJs, Kamp, Lind, Meer, Noord, Ooster, Polder, Riet, Schel, Terp, Veen, Water, "
              "Zand, Wilgen, Duin, Kreek"),
        _list("stra, ma, huis, sloot, man, haar, ink, horst, velde, burg, wijk"),
    ),
    "GB": (
        _list("Aldar, Brack, Calder, Dun, Elm, Fen, Garth, Hather, Ing, Kel, Lang, Mar, Nether, Orm, Pen, Quar, Rad, Scar, Thorn, "
              "Ulver, Wythe, Yar"),
        _list("thorpe, wick, ley, combe, worth, mere, sby, ridge, stow, croft, well"),
    ),
    "FR": (
        _list("Aubre, Beauv, Caudr, Delm, Escall, Fauv, Grandr, Hautb, Jolliv, Kerr, Lamb, Malh, Nouv, Orv, Pérr, Quén, Roch, Séb, "
              "Tréb, Vaud"),
        _list("ieu, ault, ignon, oire, erin, aret, elle, onnier, ussac, ec"),
    ),
    "IT": (
        _list("Albar, Bond, Carn, Dalb, Ermen, Fior, Gald, Iacop, Lov, Mard, Nov, Orl, Pasqu, Quir, Rav, Salv, Torr, Ubal, Ven, Zan"),
        _list("ello, etti, oni, iero, ucci, asco, inato, aldi, igo, este"),
    ),
    "ES": (
        _list("Albe, Barce, Carra, Domi, Este, Ferre, Gande, Herre, Iba, Jime, Lobe, Mace, Nava, Ordo, Pare, Quinta, Ribe, Sala, "
              "Torre, Urqui, Velas"),
        _list("ría, na, ruelo, nares, zábal, llosa, ndáriz, ño, garay, ndo"),
    ),
    "SI": (
        _list("Bar, Cesn, Dol, Gab, Hrib, Jer, Kop, Lav, Mrav, Nov, Obl, Pod, Rav, Slav, Trat, Ver, Zaj, Žag, Šest, Brez"),
        _list("nik, ar, ovec, šek, ovšak, inc, ovnik, lin, an, elj"),
    ),
}  # fmt: skip

_GIVEN: dict[str, tuple[str, ...]] = {
    "DE": _list("Anke, Bernd, Carsten, Dörte, Enno, Frauke, Gerd, Hauke, Ilse, Jörg, Klaas, Levke, Malte, Onno, Rieke, Sönke"),
    "DK": _list("Anders, Birthe, Claus, Dorthe, Erik, Frederik, Gitte, Helle, Inge, Jørgen, Kirsten, Lærke, Mads, Niels, Rasmus"),
    "NL": _list("Aafke, Bram, Coen, Dieuwke, Evert, Femke, Gijs, Hylke, Jelle, Klaske, Lieke, Maarten, Nynke, Piet, Sietske"),
    "GB": _list("Agnes, Barnaby, Cecil, Dorothy, Edmund, Flora, Giles, Harriet, Ivor, Josiah, Kitty, Leonard, Mabel, Nigel"),
    "FR": _list("Agathe, Bastien, Cécile, Damien, Élodie, Fabien, Gaëlle, Hervé, Inès, Jérôme, Loïc, Maëlle, Noémie, Régis"),
    "IT": _list("Alvise, Bianca, Carlo, Dario, Elena, Fabio, Giulia, Ivano, Lucia, Marco, Nicolò, Ottavia, Piero, Renata"),
    "ES": _list("Adela, Benito, Carmen, Diego, Elvira, Fermín, Gloria, Íñigo, Joaquín, Lucía, Marcos, Nieves, Óscar, Pilar"),
    "SI": _list("Alenka, Boris, Cvetka, Drago, Eva, Franc, Gorazd, Irena, Jernej, Katja, Luka, Mojca, Nejc, Petra, Rok, Špela"),
}  # fmt: skip

_HEIRS = {
    "DE": "Söhne", "DK": "Sønner", "NL": "Zonen", "GB": "Sons", "FR": "Fils", "IT": "Figli", "ES": "Hijos", "SI": "Sinovi",
}  # fmt: skip

HOSTILE: tuple[str, ...] = (
    "=SUM(1+1) Consulting",
    "Müller & Söhne <Yachts> GmbH",
    'O\'Neill "Quayside" Ltd',
    "-5 Degrees Cold Stores B.V.",
    "+Plus Kranverleih GmbH",
    "@nchor Digital ApS",
    "Quill; Tarbet, Fenn & Partners LLP",
    "Café ⚓ Kajkant",
    "مرسى للخدمات البحرية",
    "../../Slipway 9 Ltd",
)
"""Names that are legal to register and that a careless program would run, parse, escape wrongly or open."""


def fold(text: str) -> str:
    """Return text without case and accents, for comparing names."""
    plain = text.replace("ø", "o").replace("Ø", "O").replace("æ", "ae").replace("Æ", "Ae").replace("ß", "ss")
    return "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c)).casefold()


def name_key(name: str) -> str:
    """Return what is left of a name without legal form when case, accents and word order are lost."""
    return " ".join(sorted(fold(name).replace("&", " ").split()))


def make_names(
    rng: np.random.Generator, sectors: NDArray[np.str_], countries: NDArray[np.str_]
) -> tuple[list[str], list[str]]:
    """Return names without legal form, all different even when case, accents and word order are lost; and the forms.

    In a large register plain "surname trade" is soon taken, so its share falls with the number of firms.
    """
    size = len(sectors)
    short = min(0.45, 1_500 / max(size, 1))
    names = [""] * size
    keys: dict[str, int] = {}
    todo = list(range(size))
    for attempt in range(50):
        draws = rng.random((len(todo), 8))
        left = []
        for place, u in zip(todo, draws, strict=True):
            name = _name(u, str(sectors[place]), str(countries[place]), short if attempt == 0 else 0.0)
            key = name_key(name)
            if key in keys:
                left.append(place)
            else:
                keys[key] = place
                names[place] = name
        todo = left
        if not todo:
            break
    for place in todo:  # practically never; a number keeps the promise
        names[place] = f"{_name(rng.random(8), str(sectors[place]), str(countries[place]), 0.0)} {place + 2}"
    forms = [_pick(LEGAL_FORMS[str(country)], u) for country, u in zip(countries, rng.random(size), strict=True)]
    return names, forms


def unknown_names(rng: np.random.Generator, size: int, taken: set[str]) -> list[str]:
    """Return `size` names with legal form, whose keys without it are new in `taken`, which holds them afterwards."""
    sectors = np.array(list(SECTORS))[rng.integers(len(SECTORS), size=2 * size + 8)]
    countries = np.array(list(COUNTRIES))[rng.integers(len(COUNTRIES), size=2 * size + 8)]
    names, forms = make_names(rng, sectors, countries)
    free = [(name, form) for name, form in zip(names, forms, strict=True) if name_key(name) not in taken][:size]
    taken.update(name_key(name) for name, _ in free)
    return [f"{name} {form}" for name, form in free]


def _pick(words: tuple[str, ...], u: float) -> str:
    return words[int(u * len(words))]


def _surname(country: str, u: float, v: float) -> str:
    stems, endings = _STEMS[country]
    return _pick(stems, u) + _pick(endings, v)


def _name(u: NDArray[np.float64], sector: str, country: str, short: float) -> str:
    trade = _pick(SECTORS[sector].trades[country], u[1])
    one, two = _surname(country, u[2], u[3]), _surname(country, u[4], u[5])
    if u[0] < short:
        return f"{one} {trade}"
    style = (u[0] - short) / (1 - short)
    if style < 0.40:
        return f"{_pick(_GIVEN[country], u[6])} {one} {trade}"
    if style < 0.85:
        return f"{one} & {two} {trade}"
    if style < 0.95:
        return f"{_pick(_GIVEN[country], u[6])} {one} & {_HEIRS[country]} {trade}"
    return f"{one} {trade} {_pick(_TOWNS_OF[country], u[7])}"
