"""Ten organizations of Indianapolis that exchange information and money."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from clusternet import centrality, cohesion, inference
from clusternet.datasets import load
from clusternet.reproduction._ledger import Entry, finding, holds, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusternet.network import Network

__all__ = ["ten_organizations"]


@finding("B2", "Ten organizations: does money follow information?")
def ten_organizations(seed: int) -> Iterator[Entry]:
    """Compute the worked values of hanneman2005 on the two matrices of knokewood1981.

    Parameters
    ----------
    seed
        Seed of the permutations.
    """
    both = cast("Network", load("knoke"))
    information, money = both.layer("information"), both.layer("money")
    book, data = "hanneman2005", "knokewood1981"
    yield number("information: ties", 49, data, "C", information.n_ties)
    yield number("information: density", 0.5444, book, "M", cohesion.density(information), absolute=5e-5)
    yield number("money: ties", 22, data, "C", money.n_ties)
    yield number("money: density", 0.2444, book, "M", cohesion.density(money), absolute=5e-5)
    distance = cohesion.mean_distance(information)
    yield number("information: mean distance", 1.533, data, "C", distance, absolute=5e-4)
    yield number("information: largest distance", 3, data, "C", information.igraph.diameter())

    between = centrality.betweenness(information, scale="raw")
    for firm, value in (("MAYR", 17.83), ("COMM", 12.33), ("EDUC", 11.69)):
        yield number(f"information: betweenness of {firm}", value, book, "M", between[firm], absolute=0.005)
    yield number("information: mean betweenness", 4.8, book, "M", between.mean())
    center = centrality.centralization(information, measure="betweenness", direction="out")
    yield number("information: betweenness centralization", 0.2011, book, "M", center, absolute=5e-5)
    leader = str(centrality.degree(information, direction="in").idxmax())
    yield holds("information: the organization that most others tell", "the newspaper", data, "C", leader,
                passed=leader == "NEWS", tolerance="NEWS")  # fmt: skip

    pairs = cohesion.dyad_census(information)
    for name, count in (("mutual", 17), ("asymmetric", 15), ("null", 13)):
        yield number(f"information: {name} pairs", count, data, "C", pairs[name])
    answered = cohesion.reciprocity(information, variant="dyads")
    yield number("information: reciprocity of tied pairs", 0.531, book, "M", answered, absolute=5e-4)
    yield number("information: reciprocity of ties", 34 / 49, data, "C", cohesion.reciprocity(information))
    closed = cohesion.transitivity(information, direction="keep")
    yield number("information: transitivity", 146 / 217, data, "C", closed)
    for denominator, words, out, into in (
        ("star", "(n - 1)²", 0.383, 0.506),
        ("freeman", "(n - 1)(n - 2)", 0.431, 0.569),
    ):
        for direction, value in (("out", out), ("in", into)):
            again = centrality.centralization(information, direction=direction, denominator=denominator)  # type: ignore[arg-type]
            quantity = f"information: {direction}-degree centralization over {words}"
            yield number(quantity, value, data, "C", again, absolute=5e-4)

    test = inference.qap_correlation(information, money, draws=20_000, seed=seed)
    yield number("information and money: correlation", -0.051, data, "C", test.observed, absolute=5e-4)
    yield number("information and money: p of as much or more", 0.72, data, "C", test.p_more, absolute=0.01)
    one, other = (net.adjacency.toarray() > 0 for net in (information, money))
    n = len(both)
    same = ((one == other).sum() - n) / (n * (n - 1))
    yield number("information and money: matching pairs", 0.456, data, "C", same, absolute=5e-4)
    jaccard = (one & other).sum() / (one | other).sum()
    yield number("information and money: overlap (Jaccard)", 0.183, data, "C", jaccard, absolute=5e-4)
