"""Small networks of stated origin, so that the reference tests run on a machine without shared/golden."""

from __future__ import annotations

import networkx as nx
import pandas as pd

from clusternet import Network

# Padgett and Ansell (1993), marriages among 16 Florentine families, as in Wasserman and Faust (1994), appendix B.
FAMILIES = (
    "Acciaiuoli", "Albizzi", "Barbadori", "Bischeri", "Castellani", "Ginori", "Guadagni", "Lamberteschi", "Medici",
    "Pazzi", "Peruzzi", "Pucci", "Ridolfi", "Salviati", "Strozzi", "Tornabuoni",
)  # fmt: skip
MARRIAGES = """Acciaiuoli Medici, Albizzi Ginori, Albizzi Guadagni, Albizzi Medici, Barbadori Castellani,
Barbadori Medici, Bischeri Guadagni, Bischeri Peruzzi, Bischeri Strozzi, Castellani Peruzzi, Castellani Strozzi,
Guadagni Lamberteschi, Guadagni Tornabuoni, Medici Ridolfi, Medici Salviati, Medici Tornabuoni, Pazzi Salviati,
Peruzzi Strozzi, Ridolfi Strozzi, Ridolfi Tornabuoni"""

# Knoke and Wood (1981), information exchange among ten organizations, as printed in Hanneman and Riddle (2005).
KNOKE_NAMES = ("COUN", "COMM", "EDUC", "INDU", "MAYR", "WRO", "NEWS", "UWAY", "WELF", "WEST")
KNOKE = (
    """0100101010 1011101110 0101111001 1100101000 1111001111 0010001010 0101100000 1101101010 0100101000 1110101000"""
)


def florentine() -> Network:
    """All 16 families; Pucci has no marriage tie."""
    return Network.from_edges([tuple(pair.split()) for pair in MARRIAGES.split(",")], firms=FAMILIES)


def florentine15() -> Network:
    """The 15 connected families."""
    return florentine().largest_component()


def knoke() -> Network:
    rows = KNOKE.split()
    arcs = [(KNOKE_NAMES[i], KNOKE_NAMES[j]) for i, row in enumerate(rows) for j, bit in enumerate(row) if bit == "1"]
    return Network.from_edges(arcs, firms=KNOKE_NAMES, directed=True)


def karate() -> Network:
    """Zachary (1977), 34 members and 78 ties, strengths ignored."""
    return Network.from_edges(list(nx.karate_club_graph().edges), firms=range(34))


def ties(text: str, *, directed: bool = False, firms: str = "", modes: dict[str, str] | None = None) -> Network:
    """Return a network written as "A-B:2 B-C": a tie per word, the strength after the colon."""
    rows = []
    for word in text.split():
        pair, _, strength = word.partition(":")
        rows.append((*pair.split("-"), float(strength or 1)))
    table = pd.DataFrame(index=pd.Index(firms.split(), dtype=object)) if firms else None
    if modes is not None:
        table = pd.DataFrame({"mode": modes})
    return Network.from_edges(rows, firms=table, directed=directed)
