"""Nested cohesion, and closure that is only projection."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pandas as pd

from clusternet import cohesion, inference
from clusternet.datasets import load
from clusternet.network import Network
from clusternet.reproduction._ledger import Entry, finding, number, within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusternet.result import NullTest

__all__ = ["nested_blocks", "southern_women", "women_and_events"]


def women_and_events() -> Network:
    """Return the attendance of 18 women at 14 events (davis1941) as a two-mode network."""
    import networkx as nx

    graph = nx.davis_southern_women_graph()
    firms = pd.DataFrame({"mode": ["woman" if graph.nodes[v]["bipartite"] == 0 else "event" for v in graph]},
                         index=pd.Index(list(graph), name="firm"))  # fmt: skip
    return Network(firms, pd.DataFrame(list(graph.edges), columns=["source", "target"]))


@finding("B11", "Nested cohesion, and closure that is only projection")
def nested_blocks(_seed: int) -> Iterator[Entry]:
    """Find the cohesive blocks of the example of moodywhite2003.

    Parameters
    ----------
    _seed
        Not used: nothing is drawn.
    """
    blocks = cohesion.cohesive_blocks(cast("Network", load("moodywhite"))).blocks
    found = blocks.sort_values(["size"], ascending=False)
    yield number("example: number of blocks", 5, "moodywhite2003", "V", len(blocks))
    for (size, level), (have, strength) in zip(
        ((23, 1), (14, 2), (10, 2), (7, 5), (4, 3)), found[["size", "cohesion"]].to_numpy().tolist(), strict=True
    ):
        yield number(f"example, block of {size}: size", size, "moodywhite2003", "V", have)
        yield number(f"example, block of {size}: cohesion", level, "moodywhite2003", "V", strength)


@finding("B11", "Nested cohesion, and closure that is only projection")
def southern_women(seed: int) -> Iterator[Entry]:
    """Compute the closure of opsahl2013 on the data of davis1941, and what memberships alone would give.

    Parameters
    ----------
    seed
        Seed of the random memberships.
    """
    net = women_and_events()
    women = net.project("woman")
    closure = cohesion.two_mode_clustering(net, "woman")
    yield number("women: two-mode clustering", 0.7718968, "opsahl2013", "V", closure)
    local = cohesion.local_two_mode_clustering(net)
    for name, value in zip(
        ("Evelyn Jefferson", "Laura Mandeville", "Theresa Anderson", "Brenda Rogers"),
        (0.7666667, 0.8421751, 0.7523437, 0.8387909),
        strict=True,
    ):
        yield number(f"{name}: local two-mode clustering", value, "opsahl2013", "V", local[name])
    yield number("women: pairs who met", 139, "davis1941", "C", women.n_ties)
    yield number("events: pairs with a common guest", 66, "davis1941", "C", net.project("event").n_ties)
    observed = cohesion.transitivity(women)
    yield number("women: transitivity of the projection", 0.9284, "davis1941", "C", observed, absolute=5e-5)
    squares = cohesion.robins_alexander_clustering(net)
    yield number("women: closed fourcycles", 0.4678, "robins2004", "C", squares, absolute=5e-5)

    def projected(drawn: Network) -> float:
        return cohesion.transitivity(drawn.project("woman"))

    def two_mode(drawn: Network) -> float:
        return cohesion.two_mode_clustering(drawn, "woman")

    one, both = (
        cast("NullTest", inference.test_against_null(net, measure, null="two_mode", draws=600, seed=seed))
        for measure in (projected, two_mode)
    )
    source = "robins2004"
    yield number("random memberships: transitivity of the projection", 0.932, source, "C", one.expected, absolute=0.003)
    yield within("the observed transitivity among them: p", 0.62, source, "C", one.p_more, low=0.5, high=0.75)
    yield number("random memberships: two-mode clustering", 0.811, source, "C", both.expected, absolute=0.003)
    yield number("the observed two-mode clustering among them: z", -3.9, source, "C", both.z, absolute=0.4)
