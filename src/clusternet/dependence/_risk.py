"""Dependence in words, one line per firm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from clusternet.build import build_network
from clusternet.dependence._flows import firm_leakage
from clusternet.dependence._partners import HHI_LIMIT, bilateral_dependence, partner_hhi
from clusternet.dependence._shared import partner_links, per_firm
from clusternet.dependence._sole import platform_dependence, sole_suppliers
from clusternet.measure import share_between
from clusternet.records import Records

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clusternet.linkage import Linkage
    from clusternet.measure import Direction
    from clusternet.network import Network

__all__ = ["MARKET_LIMIT", "ROLES", "risk_lines"]


MARKET_LIMIT = 0.9
"""A supplier with this share of all deliveries of an input counts as hard to replace, even if others exist."""
ROLES = {
    "supplier": ("supply", "in", "supply comes from", "supplier"),
    "buyer": ("supply", "out", "deliveries go to", "buyer"),
    "sender": ("referral", "in", "referred customers come from", "sender"),
}
"""The roles that `risk_lines` looks at: layer, direction, verb and noun."""


def _percent(share: float) -> str:
    text = f"{100 * share:.0f}%"
    return {"100%": "over 99%", "0%": "under 1%"}.get(text, text) if 0 < share < 1 else text


def _together(names: list[str], limit: int = 3) -> str:
    shown = names[:limit] + ([f"{len(names) - limit:,} more"] if len(names) > limit else [])
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _hold(inputs: list[tuple[str, float]], alone_says: str) -> str:
    """Return what a supplier holds of the inputs that a firm buys from it alone."""
    alone = [name for name, share in inputs if share == 1]
    parts = [f"{alone_says} {_together(alone)}"] if alone else []
    parts += [f"makes {_percent(share)} of all deliveries of {name}" for name, share in inputs if share < 1]
    return _together(parts)


def risk_lines(
    source: Network | Records,
    *,
    linkage: Linkage | None = None,
    hhi_limit: float = HHI_LIMIT,
    share_limit: float = 0.5,
    platforms: Iterable[object] | None = None,
    column: str = "input",
) -> pd.DataFrame:
    """Say in one line per firm on whom it depends.

    Parameters
    ----------
    source
        Records (built with the default rules of `build_network`), or a network. Suppliers and buyers are read from
        the layer supply, senders from the layer referral; a tie without direction there, such as one from a group of
        that kind, counts both ways. A network says what is supplied only if its ties have the column `column`.
    linkage
        With Records: what `link_firms` returned.
    hhi_limit
        Partners in one role more concentrated than this (HHI of strengths) are flagged.
    share_limit
        A firm with more than this share of its ties through platforms, or with firms outside of the registry, is
        flagged.
    platforms
        As in `platform_dependence`.
    column
        As in `sole_suppliers`.

    Returns
    -------
    DataFrame
        One row per firm in table order. ``line``: the sentences. ``risks``: words joined by "; ", empty if none, of
        "supplier", "buyer", "sender" (HHI above `hhi_limit`), "input" (an input bought from one firm that alone
        supplies it, or makes at least 90% of all its deliveries, `MARKET_LIMIT`), "platform" and "outside" (share
        above `share_limit`). Then the numbers: ``n_partners``; per role ``*_hhi``, ``top_*`` (id of the largest) and
        ``top_*_share``, NaN where the firm has no partner in that role; ``sole_inputs``, ``critical_inputs`` (how many
        inputs come from one supplier, and of these how many from such a firm; 0 for firms that buy nothing, NaN where
        no supply says its input); ``platform_share``; ``outside_share``, NaN where the column ``registered`` of firms
        is missing or holds no flags.

    Raises
    ------
    OptionError
        If a limit is not a share.

    References
    ----------
    dojftc2010, pfeffer1978

    Examples
    --------
    >>> import pandas as pd
    >>> from clusternet import Network
    >>> ties = pd.DataFrame({"source": ["Mill", "Farm"], "target": "Baker", "layer": "supply", "directed": True,
    ...                      "strength": [9.0, 1.0], "input": ["flour", "eggs"]})
    >>> risk_lines(Network.from_edges(ties[:1])).loc["Baker", "line"]
    'All of its supply comes from one supplier (Mill), which has no substitute for flour.'
    """
    for name, value in (("hhi_limit", hhi_limit), ("share_limit", share_limit)):
        share_between(name, value, zero=True, one=True)
    network = build_network(source, linkage=linkage) if isinstance(source, Records) else source
    firms = network.firms
    called = firms["name"] if "name" in firms.columns else firms.index
    names = {firm: str(firm if pd.isna(name) else name) for firm, name in zip(firms.index, called, strict=True)}
    table = pd.DataFrame(index=firms.index)
    table["n_partners"] = per_firm(partner_links(network, "all", "ignore")[0], size=len(firms))
    counts = {}
    for role, (layer, direction, _, _) in ROLES.items():
        part = network.layer(layer)
        way: Direction = "in" if direction == "in" else "out"
        pairs = bilateral_dependence(part, direction=way)
        first = pairs.drop_duplicates("firm").set_index("firm")
        table[f"{role}_hhi"] = partner_hhi(part, direction=way)
        table[f"top_{role}"] = first["partner"].reindex(firms.index)
        table[f"top_{role}_share"] = first["share"].reindex(firms.index).astype(float)
        counts[role] = pairs.groupby("firm").size().reindex(firms.index).fillna(0)
    told = source if isinstance(source, Records) else network.layer("supply")
    rows = told.partnerships.query("kind == 'supply'") if isinstance(told, Records) else told.ties
    table["sole_inputs"] = table["critical_inputs"] = np.nan
    needs: dict[object, dict[object, list[tuple[str, float]]]] = {}
    if column in rows.columns and rows[column].notna().any():
        sole = sole_suppliers(told, linkage=linkage, column=column)
        critical = sole[sole["critical"] | (sole["market_share"] >= MARKET_LIMIT)]
        for name, part in (("sole_inputs", sole), ("critical_inputs", critical)):
            table[name] = part.groupby("firm").size().reindex(firms.index).fillna(0).astype(float)
        # Where the only other supplier is the firm itself there is no substitute, whatever the share of the market.
        for row in critical.assign(share=critical["market_share"].mask(critical["critical"], 1.0)).itertuples():
            needs.setdefault(row.firm, {}).setdefault(row.supplier, []).append((str(row.input), row.share))
    table["platform_share"] = platform_dependence(network, platforms=platforms)["share"]
    # A column of this name may hold the user's own things, such as the day of registration.
    flagged = "registered" in firms.columns and pd.api.types.infer_dtype(firms["registered"], skipna=True) == "boolean"
    table["outside_share"] = firm_leakage(network) if flagged else np.nan
    lines, flags = [], []
    for firm, row in table.iterrows():
        line, flag = _risk_line(
            firm, row, counts, needs.get(firm, {}), names, hhi_limit=hhi_limit, share_limit=share_limit
        )
        lines.append(line)
        flags.append("; ".join(flag))
    table.insert(0, "risks", pd.Series(flags, index=table.index, dtype="str"))
    table.insert(0, "line", pd.Series(lines, index=table.index, dtype="str"))
    return table


def _risk_line(
    firm: object,
    row: pd.Series,
    counts: dict[str, pd.Series],
    needs: dict[object, list[tuple[str, float]]],
    names: dict[object, str],
    *,
    hhi_limit: float,
    share_limit: float,
) -> tuple[str, list[str]]:
    """Return the sentences on one firm and its flags."""
    sentences, flags = [], []
    rest = dict(needs)
    for role, (_, _, verb, noun) in ROLES.items():
        hhi = row[f"{role}_hhi"]
        if not hhi > hhi_limit:
            continue
        flags.append(role)
        top, share, count = row[f"top_{role}"], row[f"top_{role}_share"], int(counts[role][firm])
        if count == 1:
            said = f"All of its {verb} one {noun} ({names[top]})"
        elif share >= 0.5:
            said = f"{_percent(share)} of its {verb} one {noun} ({names[top]})"
        else:
            said = f"Its {verb} {count} {noun}s, as few as {1 / hhi:.1f} equal ones, {_percent(share)} {names[top]}"
        if role == "supplier" and top in rest:
            said += f", which {_hold(rest.pop(top), 'has no substitute for')}"
        sentences.append(said)
    sentences += [f"{names[supplier]} {_hold(inputs, 'alone supplies')}" for supplier, inputs in rest.items()]
    if needs:
        flags.append("input")
    if row["platform_share"] > share_limit:
        flags.append("platform")
        sentences.append(f"{_percent(row['platform_share'])} of its ties run through platforms")
    if row["outside_share"] > share_limit:
        flags.append("outside")
        sentences.append(f"{_percent(row['outside_share'])} of its ties are with firms outside of the registry")
    if not sentences:
        partners = int(row["n_partners"])
        several = f"{partners:,} partner{'s' if partners > 1 else ''}, no dependence above the limits"
        sentences.append(several if partners else "No recorded partner")
    return " ".join(text if text.endswith(".") else f"{text}." for text in sentences), flags
