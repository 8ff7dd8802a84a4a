"""The Medici: who stands between the families, and whether marriage and business go together."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from clusternet import centrality, cohesion, inference, resilience
from clusternet.datasets import load
from clusternet.errors import MissingExtraError
from clusternet.reproduction._ledger import Entry, Tag, finding, holds, number, within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusternet.network import Network

__all__ = ["families_removed", "medici", "medici_models"]

MODELS = {
    ("marriage", "edges"): {
        ("edges", "estimate", "V"): -1.609438,
        ("edges", "se", "V"): 0.244949,
    },
    ("marriage", "edges + nodecov('wealth')"): {
        ("edges", "estimate", "V"): -2.594929,
        ("edges", "se", "V"): 0.536056,
        ("nodecov.wealth", "estimate", "V"): 0.010546,
        ("nodecov.wealth", "se", "V"): 0.004674,
    },
    ("marriage", "edges + absdiff('wealth')"): {
        ("edges", "estimate", "C"): -2.302042,
        ("absdiff.wealth", "estimate", "C"): 0.015519,
        ("absdiff.wealth", "se", "C"): 0.006157,
    },
    ("business", "edges + edgecov('marriage')"): {
        ("edges", "estimate", "C"): -2.586689,
        ("edgecov.marriage", "estimate", "C"): 2.181224,
    },
}
"""Layer and terms of each model; term, number and tag of what is published for it."""


@finding("B3", "The Medici: power without the most wealth or the most partners")
def medici(seed: int) -> Iterator[Entry]:
    """Compute centralities, centralizations and the correlation of the two layers.

    Parameters
    ----------
    seed
        Seed of the permutations.
    """
    both = cast("Network", load("florentine"))
    marriage, business = both.layer("marriage"), both.layer("business")
    tied = marriage.largest_component()  # 15 families: Pucci has no marriage tie
    yield number("families with a marriage tie", 15, "padgett1993", "C", len(tied))
    yield number("marriages", 20, "padgett1993", "C", marriage.n_ties)
    yield number("business ties", 15, "padgett1993", "C", business.n_ties)
    between = centrality.betweenness(tied)
    for family, value in (("Medici", 0.522), ("Guadagni", 0.255), ("Strozzi", 0.103)):
        yield number(f"betweenness of {family}, n = 15", value, "jackson2008", "M", between[family], absolute=5e-4)
    center = centrality.centralization
    yield number(
        "degree centralization, n = 16", 0.267, "wasserman1994", "M", center(marriage), absolute=5e-4,
        note="the source's table mixes n = 16 (degree) and n = 15 (closeness, betweenness)",
    )  # fmt: skip
    for measure, value in (("closeness", 0.322), ("betweenness", 0.437)):
        again = center(tied, measure=measure)  # type: ignore[arg-type]
        yield number(f"{measure} centralization, n = 15", value, "wasserman1994", "M", again, absolute=5e-4)
    shared = int((marriage.adjacency.toarray() * business.adjacency.toarray()).sum() / 2)
    yield number("pairs with marriage and business", 8, "padgett1993", "C", shared)
    test = inference.qap_correlation(marriage, business, draws=50_000, seed=seed)
    yield number("marriage and business: correlation", 0.3719, "borgatti2013", "M", test.observed, absolute=5e-5)
    quantity = "marriage and business: p of as much or more"
    yield within(quantity, 7e-4, "borgatti2013", "M", test.p_more, low=4e-4, high=1.1e-3)


@finding("B3", "The Medici: power without the most wealth or the most partners")
def medici_models(seed: int) -> Iterator[Entry]:
    """Fit tie models to the two layers.

    Parameters
    ----------
    seed
        Seed of the simulated likelihood.
    """
    both = cast("Network", load("florentine"))
    marriage = both.layer("marriage")
    for (layer, terms), published in MODELS.items():
        fit = inference.tie_model(both.layer(layer), terms, covariates={"marriage": marriage}).estimates
        for (term, what, tag), value in published.items():
            quantity = f"{layer} ~ {terms}: {what} of {term}"
            yield number(quantity, value, "hunter2008", cast("Tag", tag), fit.loc[term, what], absolute=1e-4)
    terms = "edges + triangle"
    quantity = f"marriage ~ {terms}: estimate of"
    limits = {"edges": (-1.68, 0.05), "triangle": (0.16, 0.1)}
    try:
        fit = inference.tie_model(marriage, terms, method="mcmle", seed=seed).estimates
    except MissingExtraError:
        for term, (value, limit) in limits.items():
            yield holds(f"{quantity} {term}", value, "hunter2008", "M", "not computed", passed=False,
                        tolerance=f"±{limit:g}", note="needs the extra ergm, which is not installed")  # fmt: skip
    else:
        for term, (value, limit) in limits.items():
            again = fit.loc[term, "estimate"]
            yield number(f"{quantity} {term}", value, "hunter2008", "M", again, absolute=limit)


@finding("B3", "The Medici: power without the most wealth or the most partners")
def families_removed(seed: int) -> Iterator[Entry]:
    """Take families out, one at a time.

    Parameters
    ----------
    seed
        Not used: nothing is drawn.
    """
    del seed
    tied = cast("Network", load("florentine")).layer("marriage").largest_component()
    left = resilience.vulnerability(tied)["reachable_share_left"]
    for family, value in (("Medici", 0.615), ("Guadagni", 0.857), ("Albizzi", 0.857), ("Strozzi", 1.0)):
        quantity = f"pairs of the others that still reach each other without {family}"
        yield number(quantity, value, "padgett1993", "C", left[family], absolute=5e-4)
    parts = cohesion.components(tied.without(["Medici"])).value_counts().to_list()
    yield holds("sizes of the parts without the Medici", "11, 2, 1", "padgett1993", "C",
                ", ".join(map(str, parts)), passed=parts == [11, 2, 1], tolerance="exact")  # fmt: skip
