"""What tables, columns and kinds are called: the canonical names, their synonyms, and how names are compared."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "KINDS",
    "REQUIRED",
    "SCHEMA",
    "SYNONYMS",
    "Kind",
    "fold",
    "fold_all",
    "kind_of",
    "table_of",
]

SCHEMA: dict[str, dict[str, str]] = {
    "firms": {
        "firm_id": "text", "name": "text", "sector": "text", "region": "text", "city": "text", "country": "text",
        "lat": "number", "lon": "number", "founded": "date", "employees": "number", "revenue": "number",
    },
    "partnerships": {
        "record": "text", "kind": "kind", "a": "firm", "b": "firm", "start": "date", "end": "date",
        "strength": "number", "value": "number", "formal": "flag", "reported_by": "firm", "input": "text",
    },
    "groups": {
        "group_id": "text", "kind": "kind", "firm": "firm", "role": "text", "start": "date", "end": "date",
        "value": "number",
    },
    "agreements": {
        "group_id": "text", "name": "text", "kind": "kind", "start": "date", "end": "date", "value": "number",
    },
    "referrals": {
        "record": "text", "from": "firm", "to": "firm", "date": "date", "customers": "number",
        "converted": "number", "value": "number",
    },
    "capabilities": {"firm_id": "firm", "tag": "text", "weight": "number", "confidential": "flag"},
    "outcomes": {
        "firm_id": "firm", "period": "text", "revenue": "number", "cost": "number", "employees": "number",
        "launches": "number", "patents": "number", "exit": "flag",
    },
}  # fmt: skip
"""Canonical columns of each table, and the type of each: text, firm (id or name), kind, number, date or flag."""

REQUIRED: dict[str, tuple[str, ...]] = {
    "firms": (),  # an id or a name, checked apart
    "partnerships": ("a", "b", "kind"),
    "groups": ("group_id", "firm", "kind"),  # the kind may come from agreements
    "agreements": ("group_id",),
    "referrals": ("from", "to"),
    "capabilities": ("firm_id", "tag"),
    "outcomes": ("firm_id",),
}
"""Columns without which a row says nothing; firms need an id or a name."""

KINDS = ("alliance", "joint_venture", "cooperative", "platform", "supply", "referral")
"""The six layers, as ``network.LAYERS``."""

_KIND_COLUMN = (
    "type", "relation type", "rel type", "relationship type", "partnership type", "tie type", "collaboration type",
    "link type", "group type", "group kind", "agreement type", "collaboration model", "model", "relation",
    "relationship", "layer", "category", "form", "art", "typ", "tipo",
)  # fmt: skip
_START = (
    "start date", "date start", "begin", "begin date", "start year", "since", "from", "from date", "date from",
    "valid from", "signed", "date signed", "signature date", "joined", "joined on", "member since", "opened", "date",
    "year", "beginn", "datum", "inicio",
)  # fmt: skip
_END = (
    "end date", "date end", "end year", "until", "to", "to date", "date to", "valid to", "valid until", "expires",
    "expiry", "expiry date", "left", "left on", "closed", "terminated", "termination date", "finish", "finish date",
    "ende", "fin",
)  # fmt: skip
_VALUE = (
    "amount", "contract value", "deal value", "order value", "total value", "total cost", "budget", "volume", "sum",
    "contribution", "revenue", "turnover",
)  # fmt: skip
_FIRM = (
    "firm id", "company id", "organization id", "organisation id", "org id", "business id", "member id",
    "participant id", "partner id", "firm", "company", "organization", "organisation", "org", "business",
    "enterprise", "member", "participant", "firm name", "company name", "organization name", "organisation name",
    "member name", "business name", "partner", "name", "id",
)  # fmt: skip
_GROUP = (
    "group", "group nr", "consortium id", "consortium", "project id", "project", "agreement id", "agreement",
    "cooperative id", "coop id", "venture id", "joint venture id", "jv id", "platform id", "association id", "team id",
    "team", "contract id", "record id", "record",
)  # fmt: skip


def _sided(letter: str, digit: str) -> tuple[str, ...]:
    """Return "firm a id", "firm 1", "partner a name" ..., ids before names."""
    nouns = (
        "firm", "company", "organization", "organisation", "org", "business", "partner", "member", "node", "party",
        "firma", "unternehmen",
    )  # fmt: skip
    stems = [f"{noun} {side}" for noun in nouns for side in (letter, digit)]
    ids = [f"{noun} id {side}" for noun in nouns for side in (letter, digit)] + ["id " + letter, "id " + digit]
    names = [f"{noun} name {side}" for noun in nouns for side in (letter, digit)] + ["name " + letter, "name " + digit]
    return (*(f"{stem} id" for stem in stems), *ids, *stems, *(f"{stem} name" for stem in stems), *names)


SYNONYMS: dict[str, dict[str, dict[str, tuple[str, ...]]]] = {
    "tables": {
        "names": {
            "firms": (
                "firm", "companies", "company", "registry", "register", "firm registry", "business registry",
                "company register", "organizations", "organisations", "organization", "organisation", "orgs",
                "businesses", "enterprises", "nodes", "firm list", "company list", "firmen", "unternehmen",
                "entreprises", "empresas",
            ),
            "partnerships": (
                "partnership", "partners", "alliances", "ties", "tie list", "relations", "relationships", "links",
                "edges", "edge list", "collaborations", "supply", "supply chain", "supplies", "partnerschaften",
                "kooperationen", "partenariats",
            ),
            "groups": (
                "group", "members", "memberships", "membership", "consortia", "consortium", "group members",
                "participations", "participants", "affiliations",
            ),
            "agreements": ("agreement", "projects", "project", "contracts", "group list", "group table"),
            "referrals": ("referral", "recommendations", "referral log", "leads", "introductions"),
            "capabilities": ("capability", "skills", "competences", "competencies", "tags", "products"),
            "outcomes": ("outcome", "results", "performance", "accounts", "financials", "kpi", "kpis"),
        }
    },
    "columns": {
        "firms": {
            "firm_id": (
                "id", "company id", "organization id", "organisation id", "org id", "business id", "enterprise id",
                "member id", "firm code", "company code", "identifier", "firm nr", "firm no", "firm number",
                "company number", "registration number", "registry number", "reg no", "registry id", "node id",
            ),
            "name": (
                "firm name", "company name", "organization name", "organisation name", "business name", "legal name",
                "trade name", "enterprise name", "member name", "firm", "company", "organization", "organisation",
                "business", "enterprise", "label", "firma", "firmenname", "raison sociale", "razon social", "nombre",
                "nom",
            ),
            "sector": (
                "industry", "branch", "sector name", "industry sector", "nace", "nace code", "sic", "naics", "activity",
                "economic activity", "line of business", "trade", "branche",
            ),
            "region": ("nuts", "nuts code", "province", "county", "state", "district"),
            "city": ("town", "municipality", "place", "locality", "village", "ort", "ville"),
            "country": ("country code", "nation", "land", "pays"),
            "lat": ("latitude",),
            "lon": ("longitude", "lng", "long"),
            "founded": (
                "year founded", "founding year", "founding date", "date founded", "foundation year", "established",
                "year established", "incorporated", "incorporation date", "incorporation year", "start year",
            ),
            "employees": (
                "headcount", "staff", "number of employees", "no of employees", "n employees", "employee count", "fte",
                "workforce",
            ),
            "revenue": ("turnover", "sales", "annual revenue", "annual turnover"),
        },
        "partnerships": {
            "record": (
                "record id", "rec id", "rec", "partnership id", "tie id", "link id", "edge id", "relation id",
                "agreement id", "contract id", "id", "no", "nr", "number",
            ),
            "kind": _KIND_COLUMN,
            "a": (
                *_sided("a", "1"), "supplier id", "source id", "from id", "supplier", "seller", "vendor", "source",
                "from", "from firm", "ego", "firm id", "company id", "firm", "company", "organization",
                "organisation", "firm name", "company name", "supplier name",
            ),
            "b": (
                *_sided("b", "2"), "buyer id", "customer id", "target id", "to id", "buyer", "customer", "client",
                "target", "to", "to firm", "alter", "partner id", "partner", "partner firm", "partner name",
                "counterpart", "other firm", "buyer name", "customer name",
            ),
            "start": _START,
            "end": _END,
            "strength": ("tie strength", "weight", "intensity", "closeness", "frequency", "score"),
            "value": _VALUE,
            "formal": ("is formal", "formalized", "formalised", "formal contract", "has contract", "written",
                "formality"),
            "input": (
                "supplied input", "what is supplied", "supplied product", "goods", "product", "material", "commodity",
                "component", "item", "ware", "produkt",
            ),
            "reported_by": ("reporter", "reporting firm", "respondent", "informant", "stated by", "named by"),
        },
        "groups": {
            "group_id": _GROUP,
            "kind": _KIND_COLUMN,
            "firm": _FIRM,
            "role": ("position", "function", "member role", "partner role", "participant role"),
            "start": _START,
            "end": _END,
            "value": _VALUE,
        },
        "agreements": {
            "group_id": (*_GROUP, "id", "rcn"),
            "name": ("title", "acronym", "project name", "project title", "agreement name", "group name", "label"),
            "kind": _KIND_COLUMN,
            "start": _START,
            "end": _END,
            "value": _VALUE,
        },
        "referrals": {
            "record": ("record id", "rec id", "rec", "referral id", "id", "no", "nr", "number"),
            "from": (
                "from id", "from firm id", "referrer id", "from firm", "referrer", "referring firm", "referred by",
                "recommended by", "introduced by", "referral from", "sender", "giver", "source", *_sided("a", "1"),
                "a", "referrer name", "from name",
            ),
            "to": (
                "to id", "to firm id", "to firm", "referred to", "referred firm", "recommended to", "introduced to",
                "referral to", "sent to", "receiver", "recipient", "target", *_sided("b", "2"), "b", "to name",
            ),
            "date": ("referral date", "date of referral", "when", "timestamp", "year"),
            "customers": (
                "n customers", "number of customers", "customer count", "clients", "n clients", "leads", "n leads",
                "n referrals", "referrals", "quantity", "count", "n",
            ),
            "converted": ("conversions", "n converted", "customers converted", "won", "closed", "success"),
            "value": ("revenue", "order value", "amount", "sales", "turnover", "deal value"),
        },
        "capabilities": {
            "firm_id": _FIRM,
            "tag": (
                "skill", "capability", "niche", "product", "ip", "competence", "competency", "technology", "service",
                "keyword",
            ),
            "weight": ("level", "score", "strength", "proficiency", "share"),
            "confidential": ("is confidential", "private", "secret"),
        },
        "outcomes": {
            "firm_id": _FIRM,
            "period": ("year", "quarter", "month", "date", "time", "fiscal year"),
            "revenue": ("turnover", "sales"),
            "cost": ("costs", "expenses", "expenditure"),
            "employees": ("headcount", "staff", "number of employees", "n employees", "fte"),
            "launches": ("product launches", "new products", "n launches"),
            "patents": ("n patents", "patent count"),
            "exit": ("exited", "closed", "exit flag"),
        },
    },
    "kinds": {
        "forward": {
            "alliance": (
                "strategic alliance", "alliances", "partnership", "strategic partnership", "partner", "collaboration",
                "collaborates with", "joint project", "project", "consortium", "co-marketing", "cooperation",
                "cooperation agreement", "r&d alliance", "kooperation", "partnerschaft", "allianz", "partenariat",
                "alianza",
            ),
            "joint_venture": (
                "jv", "joint ventures", "equity joint venture", "shared company", "gemeinschaftsunternehmen",
            ),
            "cooperative": (
                "coop", "cooperatives", "cooperative network", "co-operative network", "association",
                "purchasing group", "buying group", "purchasing cooperative", "genossenschaft", "cooperativa",
            ),
            "platform": (
                "platforms", "platform collaboration", "platform membership", "digital platform", "marketplace",
                "online platform", "plattform",
            ),
            "supply": (
                "supplier", "supplier of", "supplies", "supplies to", "supply chain", "supply chain collaboration",
                "supply-chain partner", "vendor", "vendor of", "sells to", "seller", "subcontractor",
                "subcontractor of", "lieferant", "zulieferer", "fournisseur", "proveedor",
            ),
            "referral": ("referrals", "refers", "refers to", "referred", "referred to", "recommends", "recommendation",
                "empfehlung"),
        },
        "reversed": {
            "supply": (
                "customer", "customer of", "client", "client of", "buyer", "buyer of", "buys from", "purchases from",
                "supplied by", "sourced from", "kunde", "abnehmer", "cliente",
            ),
            "referral": ("referred by", "recommended by", "introduced by"),
        },
    },
}  # fmt: skip
"""Other names that are understood: ``["tables"]["names"]``, ``["columns"][table]`` and ``["kinds"]``.

Names are compared by `fold`, so case, spaces, punctuation and accents do not matter. Under "reversed" stand kinds that
name the second firm's part ("customer of"): the two firms change places, and the log says so. The order inside a tuple
is the order of preference.
"""


class Kind(NamedTuple):
    """What a kind in the user's words means: the layer, and whether the two firms change places."""

    layer: str
    swap: bool


# Letters that Unicode does not decompose into a base letter and an accent.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "&": "and"}
)
_SIGNS = (
    r"\t\r\x0b\x0c\x00-\x08\x0e-\x1f !-\"$-*,-/:-@\[-`{-\x9f\u00a0-\u00bf\u00d7\u00f7\u034f\u061c\u1680\u2000-\u206f"
    r"\u2e00-\u2e7f\u3000-\u3003\u3008-\u301f\ufe0e\ufe0f\ufeff\uff01-\uff0f"
)
_BETWEEN_DIGITS = re.compile(rf"(?<=[0-9])[{_SIGNS}]+(?=[0-9])")
_PUNCTUATION = re.compile(rf"[{_SIGNS}]+")
_ACCENTS = re.compile("[\u0300-\u036f]+")
_KEPT = "\x1a"  # stands for the sign between two digits while the others go


def fold_all(texts: Sequence[str]) -> list[str]:
    """Return each text without case, accents, spaces and punctuation, for comparison only.

    One sign between two digits stays (as a point), since ``1-1`` and ``11`` are two ids; ``+`` and ``#`` stay; ``&``
    equals "and". A text of nothing but punctuation stays as it is. Done in one pass over the joined text, which is
    what makes a million names affordable.
    """
    if not len(texts):
        return []
    joined = "\n".join(texts)
    if joined.count("\n") != len(texts) - 1:  # a text with a line break inside
        joined = "\n".join(text.replace("\n", " ") for text in texts)
    if not joined.isascii():
        joined = _ACCENTS.sub("", unicodedata.normalize("NFKD", joined).casefold())
        joined = joined.casefold().replace("\u2028", " ").replace("\u2029", " ")
    joined = joined.lower().translate(_LETTERS)
    joined = _BETWEEN_DIGITS.sub(_KEPT, joined)
    joined = _PUNCTUATION.sub("", joined.replace(_KEPT, "\ue01a")).replace("\ue01a", ".")
    folded = joined.split("\n")
    return [short or text for short, text in zip(folded, texts, strict=True)]


def fold(text: str) -> str:
    """Return one text as `fold_all` compares it.

    Examples
    --------
    >>> fold("Café du Port, S.A."), fold("Co-op"), fold("F-1-2"), fold("Smith & Sons")
    ('cafeduportsa', 'coop', 'f1.2', 'smithandsons')
    """
    return fold_all([text])[0]


def _lookup(names: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for canonical, name in names:
        found.setdefault(fold(name), canonical)
    return found


_TABLES = _lookup(
    [(table, table) for table in SCHEMA]
    + [(table, name) for table, names in SYNONYMS["tables"]["names"].items() for name in names]
)
_KINDS = {
    **{
        fold(name): Kind(layer, swap=True)
        for layer, names in SYNONYMS["kinds"]["reversed"].items()
        for name in names
    },
    **{
        fold(name): Kind(layer, swap=False)
        for layer, names in SYNONYMS["kinds"]["forward"].items()
        for name in names
    },
    **{fold(layer): Kind(layer, swap=False) for layer in KINDS},
}  # fmt: skip


def kind_of(text: str) -> Kind | None:
    """Return what a kind means, or None when it is not understood.

    Examples
    --------
    >>> kind_of("JV"), kind_of("customer of")
    (Kind(layer='joint_venture', swap=False), Kind(layer='supply', swap=True))
    """
    return _KINDS.get(fold(text))


def kind_names() -> list[str]:
    """Return every kind that is understood, in the words of `SYNONYMS`."""
    spelled = [name for way in SYNONYMS["kinds"].values() for names in way.values() for name in names]
    return [*KINDS, *spelled]


def table_of(name: str) -> tuple[str, bool] | None:
    """Return the table that a file or sheet name means, and whether it is the canonical name; None if unknown.

    Years and other figures in the name do not matter: ``firms_2021`` means firms.
    """
    folded = fold(name)
    if folded in SCHEMA:
        return folded, True
    bare = re.sub(r"[0-9.]+", "", folded)
    table = _TABLES.get(folded) or _TABLES.get(bare)
    return None if table is None else (table, False)
