"""Five models of collaboration, built from records, and what each looks like as a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from clusternet import centrality, cohesion, resilience
from clusternet.build import build_agreements, build_network
from clusternet.records import read_records
from clusternet.reproduction._ledger import Entry, finding, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusternet.network import Network
    from clusternet.records import Records

__all__ = ["five_models"]


def _group(kind: str, members: int) -> Records:
    """Return the records of one agreement of many firms; the first one leads it."""
    names = [f"firm {number}" for number in range(members)]
    parties = {"group_id": "G1", "kind": kind, "firm": names, "role": ["lead"] + ["member"] * (members - 1)}
    return read_records({"firms": pd.DataFrame({"firm_id": names}), "groups": pd.DataFrame(parties)})


def _robustness(net: Network) -> float:
    return resilience.remove_firms(net, order="degree", adaptive=True).robustness


@finding("B0", "The five collaboration models: which network does each make?")
def five_models(_seed: int) -> Iterator[Entry]:
    """Build each model from its record form and compare with its closed form.

    Parameters
    ----------
    _seed
        Not used: nothing is drawn.
    """
    r, center = "schneider2011", "freeman1979"
    pair = pd.DataFrame({"a": ["firm 0"], "b": ["firm 1"], "kind": ["alliance"]})
    alliance = build_network(read_records({"partnerships": pair}))
    yield number("strategic alliance: robustness R", 1 / 4, r, "C", _robustness(alliance), absolute=1e-10)

    parents = 4
    venture = _group("joint_venture", parents)
    net = build_agreements(venture)
    yield number("joint venture of 4 parents: ties to the new entity", parents, "breiger1974", "C", net.n_ties)
    cut = len(cohesion.articulation_firms(net))
    yield number("joint venture: firms or entities whose loss cuts it", 1, "breiger1974", "C", cut)
    flat = net.project("firm")
    pairs = parents * (parents - 1) / 2
    yield number("joint venture, projected: ties among the parents", pairs, "breiger1974", "C", flat.n_ties)
    cut = len(cohesion.articulation_firms(flat))
    yield number("joint venture, projected: firms whose loss cuts it", 0, "breiger1974", "C", cut)

    members = 10
    records = _group("cooperative", members)
    coop = build_network(records, multiparty="clique")
    closed = (members - 1) / (2 * members)
    yield number("cooperative of 10: robustness R", closed, r, "C", _robustness(coop), absolute=1e-10)
    yield number("cooperative: transitivity", 1, "newman2001", "C", cohesion.transitivity(coop))
    weighted = build_network(records, multiparty="clique_newman")
    strength = centrality.strength(weighted)
    yield number(
        "cooperative, weighted: strength of every member", 1, "newman2001", "C", strength.max(), absolute=1e-10
    )

    platform = build_network(_group("platform", members), multiparty="star")
    star = (members - 1) / members**2
    yield number("platform with 9 firms: robustness R", star, r, "C", _robustness(platform), absolute=1e-10)
    spread = centrality.centralization(platform)
    yield number("platform: degree centralization", 1, center, "C", spread, absolute=1e-10)
    yield number("platform: transitivity", 0, center, "C", cohesion.transitivity(platform))

    chain = pd.DataFrame({"supplier": ["mine", "mill", "mill"], "buyer": ["mill", "yard", "shop"], "kind": "supply"})
    supply = build_network(read_records({"partnerships": chain.rename(columns={"supplier": "a", "buyer": "b"})}))
    level = centrality.trophic_level(supply)
    for firm, tier in (("mine", 0), ("mill", 1), ("yard", 2), ("shop", 2)):
        height = level[firm] - level.min()
        yield number(f"supply chain: tiers above the source, {firm}", tier, "mackay2020", "C", height, absolute=1e-9)
    yield number("supply chain: reciprocity", 0, "garlaschelli2004", "C", cohesion.reciprocity(supply))
