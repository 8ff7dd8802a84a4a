"""Random networks for hypothesis: layered, dated, mixed in direction, with loops, parallel ties and isolates."""

import pandas as pd
from hypothesis import strategies as st

from clusternet import Network

DAYS = tuple(pd.date_range("2019-12-30", periods=6, freq="D"))


@st.composite
def networks(draw, *, max_firms=7, max_ties=12, two_mode=False):
    size = draw(st.integers(0, max_firms))
    ids = draw(st.sampled_from([[f"f{i}" for i in range(size)], list(range(10, 10 + size))]))
    firms = pd.DataFrame(index=pd.Index(ids, dtype="str" if not ids or isinstance(ids[0], str) else "int64"))
    firms["size"] = (
        draw(st.lists(st.none() | st.integers(-5, 5), min_size=size, max_size=size).map(pd.array)) if size else []
    )
    modes = draw(st.lists(st.sampled_from(["firm", "agreement"]), min_size=size, max_size=size))
    pairs = [(a, b) for a in range(size) for b in range(size)]
    if two_mode:
        firms["mode"] = pd.Series(modes, index=firms.index, dtype="str")
        pairs = [(a, b) for a, b in pairs if modes[a] != modes[b]]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=max_ties)) if pairs else []
    rows = []
    for a, b in chosen:
        day = st.none() | st.integers(0, len(DAYS) - 1)
        start, end = draw(day), draw(day)
        if start is not None and end is not None and end < start:
            start, end = end, start
        rows.append(
            {
                "source": ids[a],
                "target": ids[b],
                "layer": draw(st.sampled_from(["alliance", "supply", "own <&>"])),
                "directed": draw(st.booleans()),
                "strength": draw(st.sampled_from([0.5, 1.0, 2.25, 1e-9])),
                "start": pd.NaT if start is None else DAYS[start],
                "end": pd.NaT if end is None else DAYS[end],
                "note": draw(st.none() | st.text(st.characters(exclude_categories=("Cs",)), max_size=5)),
            }
        )
    ties = pd.DataFrame(rows, columns=["source", "target", "layer", "directed", "strength", "start", "end", "note"])
    ties["note"] = ties["note"].astype("str")
    shift = draw(st.integers(0, 3))
    ties.index = pd.Index(range(shift, shift + len(ties)), dtype="int64")
    return Network(firms, ties, settings={"rule": "x"})
