"""build_agreements: the two-mode network of firms and their agreements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clusternet.build._links import link, normalize, set_aside
from clusternet.build._network import lineage_rows
from clusternet.build._reports import (
    NAT,
    OpenEnd,
    Rules,
    Undated,
    When,
    check_layers,
    matching,
    memberships,
    partnership_reports,
    sorted_pairs,
    to_dates,
)
from clusternet.network import LAYERS, Network

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from clusternet.build._links import Resolver
    from clusternet.build._reports import Memberships, Reports
    from clusternet.records import Records

    Ints = NDArray[np.int64]

__all__ = ["build_agreements"]

OWN = ("mode", "kind", "start", "end", "size", "value", "group_id", "same_firm")
MOST = np.iinfo(np.int64).max


def build_agreements(
    records: Records,
    *,
    linkage: Resolver | None = None,
    kinds: Iterable[str] | str | None = None,
    bilateral: Iterable[str] | str = ("joint_venture", "platform"),
    window: tuple[object, object] | None = None,
    undated: Undated = "keep",
    open_end: OpenEnd = "open",
) -> Network:
    """Return the two-mode network in which every agreement is an entity of its own, tied to its member firms.

    The other view of `build_network`: here a joint venture or a platform is seen, and can be removed.

    Parameters
    ----------
    records, linkage, window, undated, open_end
        As in `build_network`.
    kinds
        Kinds of agreements to build; all when omitted. Referrals are events, and no agreements, unless the table
        groups holds them.
    bilateral
        Kinds for which a record of two partners becomes an agreement of two members, too. The two sides' reports of
        one agreement become one, by the rule of `build_network`. ``()`` takes groups only, `LAYERS` all.

    Returns
    -------
    Network
        ``firms`` holds the firms (``mode`` "firm", isolates kept), then the agreements (``mode`` "agreement",
        ``registered`` False), groups in order of first appearance before contracts of two, with ``name``; ``kind``;
        ``start``, the earliest known; ``end``, missing while any membership is open; ``size``, the number of members;
        ``value``, the agreement's own, else the members' common value, else the sum of theirs; ``group_id``; and
        ``same_firm``, the id of the registered firm that has the agreement's name, as a joint venture company or a
        platform firm may have (the two stay apart: one is a party, the other the contract). An agreement is called by
        its group id or record id; where that is taken, "agreement:" stands before it. A firm column that has the name
        of one of these columns gets "firm_" before it.
        ``ties`` join firm and agreement, undirected, strength 1, layer the kind: ``start`` and ``end`` of the
        membership, ``role``, the first told ("supplier" and "buyer" in a bilateral supply agreement), ``n_records``,
        and the member's ``value``. ``settings["dropped"]`` counts what was left out, agreements without members too.

    Raises
    ------
    OptionError
        If an option is outside its range.

    Notes
    -----
    Without `window` and dates ``build_agreements(records).project("firm", "newman")`` has the strengths of
    ``build_network(records, multiparty="clique_newman").merge_layers()`` for records that are groups.

    Examples
    --------
    >>> from clusternet import read_records
    >>> import pandas as pd
    >>> groups = pd.DataFrame({"group_id": "JV1", "kind": "joint venture", "firm": ["A", "B", "C"]})
    >>> net = build_agreements(read_records({"firms": pd.DataFrame({"firm_id": list("ABCD")}), "groups": groups}))
    >>> net
    <Network: 5 firms (1 isolate), 3 ties, undirected, two-mode>
    """
    chosen, pairs = check_layers("kinds", kinds), check_layers("bilateral", bilateral)
    when = When.of(window, undated, open_end)
    dropped: dict[str, int] = {}
    links = link(records, linkage)
    firms = set_aside(links.firms, OWN)
    arrows = ("supply", "referral")
    rules = Rules(chosen, arrows, when, "value", dropped)
    empty = records.agreements["group_id"].notna() & ~records.agreements["group_id"].isin(records.groups["group_id"])
    rules.note("agreements: no member in groups", empty.to_numpy(dtype=bool))
    members = memberships(records, links, rules)
    two = tuple(layer for layer in pairs if layer in chosen)
    found = partnership_reports(records, links, Rules(two, arrows, when, "value", dropped))
    found, pair, _, _ = sorted_pairs(found, len(firms))
    named, agreement = np.unique(matching(pair, found), return_inverse=True)

    groups = _group_nodes(records, members)
    contracts = _contract_nodes(records, found, named, agreement)
    nodes = pd.concat([groups, contracts], ignore_index=True) if len(contracts) else groups
    nodes.index = _ids(nodes.pop("called"), firms.index)
    nodes["same_firm"] = _same_firm(nodes["name"], firms)
    table = firms.reindex(firms.index.append(nodes.index))
    table["registered"] = table["registered"].eq(True).to_numpy(dtype=bool)
    table.insert(0, "mode", pd.Series(["firm"] * len(firms) + ["agreement"] * len(nodes), table.index, dtype="str"))
    if "name" in table.columns:
        nodes["name"] = nodes["name"].astype("str")
        table["name"] = table["name"].astype("str").where(table["mode"] == "firm", nodes["name"].reindex(table.index))
        nodes = nodes.drop(columns="name")
    table = table.join(nodes)

    ties, number = _ties(records, members, found, named=named, agreement=agreement, ids=table.index, firms=len(firms))
    settings: dict[str, Any] = {
        "linkage": links.label,
        "kinds": chosen,
        "bilateral": two,
        **when.settings,
        "dropped": dropped,
    }
    place, which = members.rows_of(np.arange(len(members.firm)))
    rows = np.arange(len(found))
    lineage = lineage_rows(
        records,
        np.concatenate([which, number[0][rows], number[1][rows]]),
        np.concatenate([np.ones(len(place), dtype=np.int64), np.zeros(2 * len(rows), dtype=np.int64)]),
        np.concatenate([place, found.place, found.place]),
    )
    return Network(table, ties, settings=settings, lineage=lineage)


def _spells(start: Ints, end: Ints, node: Ints, count: int) -> tuple[Ints, Ints]:
    """Return the earliest known start and the latest end, open if any is open, of every node."""
    first, last = np.full(count, MOST), np.full(count, NAT)
    np.minimum.at(first, node, np.where(start == NAT, MOST, start))
    np.maximum.at(last, node, np.where(end == NAT, MOST, end))
    return np.where(first == MOST, NAT, first), np.where(last == MOST, NAT, last)


def _group_nodes(records: Records, members: Memberships) -> pd.DataFrame:
    count = len(members.size)
    start, end = _spells(members.start, members.end, members.group, count)
    by = pd.Series(members.value).groupby(members.group)
    low, high = by.min(), by.max()
    value = by.sum(min_count=1).where(low != high, low).reindex(range(count))
    nodes = members.label.assign(start=to_dates(start), end=to_dates(end), size=members.size, value=value.astype(float))
    nodes["called"] = nodes["group_id"]
    told = records.agreements.dropna(subset="group_id").drop_duplicates("group_id").set_index("group_id")
    nodes["name"] = nodes["group_id"].map(told["name"]).astype("str")
    own = nodes["group_id"].map(told["value"]).astype(float)
    nodes["value"] = own.fillna(nodes["value"])
    return nodes


def _contract_nodes(records: Records, found: Reports, named: Ints, agreement: Ints) -> pd.DataFrame:
    start, end = _spells(found.start, found.end, agreement, len(named))
    value = pd.Series(found.value).groupby(agreement).max().reindex(range(len(named)))
    called = records.partnerships["record"].take(found.place[named]).astype("str").reset_index(drop=True)
    return pd.DataFrame(
        {
            "group_id": pd.Series(pd.NA, index=range(len(named)), dtype="str"),
            "kind": pd.Index(LAYERS, dtype="str").take(found.layer[named]),
            "start": to_dates(start),
            "end": to_dates(end),
            "size": np.full(len(named), 2),
            "value": value.astype(float),
            "called": called,
            "name": pd.Series(pd.NA, index=range(len(named)), dtype="str"),
        }
    )


def _ids(called: pd.Series, firms: pd.Index) -> pd.Index:
    """Return ids that are no firm's and stand once."""
    taken = set(firms)
    ids = []
    for name in called:
        new, step = name, 1
        while new in taken:
            new = f"agreement:{name}" if step == 1 else f"agreement:{name} ({step})"
            step += 1
        taken.add(new)
        ids.append(new)
    return pd.Index(ids, dtype="str", name="firm")


def _same_firm(names: pd.Series, firms: pd.DataFrame) -> pd.Series:
    if "name" not in firms.columns or not names.notna().any():
        return pd.Series(pd.NA, index=names.index, dtype="str")
    known = firms.loc[firms["registered"].to_numpy(dtype=bool), "name"].dropna()
    by_name = pd.Series(known.index, index=[normalize(name) for name in known], dtype="str")
    by_name = by_name[~by_name.index.duplicated(keep=False)]
    return names.map(normalize, na_action="ignore").map(by_name).astype("str")


def _ties(
    records: Records,
    members: Memberships,
    found: Reports,
    *,
    named: Ints,
    agreement: Ints,
    ids: pd.Index,
    firms: int,
) -> tuple[pd.DataFrame, tuple[Ints, Ints]]:
    """Return the ties, and the tie numbers of each report's two sides."""
    base, contracts = len(members.firm), len(named)
    start, end = _spells(found.start, found.end, agreement, contracts)
    node = firms + len(members.size) + np.arange(contracts)
    told = records.groups["role"].astype("str").take(members.rows).reset_index(drop=True)
    role = told.groupby(np.repeat(np.arange(base), np.diff(members.first))).first().to_numpy(dtype=object)
    supply = (found.layer[named] == LAYERS.index("supply")).astype(np.int64)
    sides = [np.array([None, word], dtype=object)[supply] for word in ("supplier", "buyer")]
    value = pd.Series(found.value).groupby(agreement).max().reindex(range(contracts)).to_numpy(dtype=np.float64)
    count = np.bincount(agreement, minlength=contracts)
    group_layer = np.array([LAYERS.index(kind) for kind in members.label["kind"]], dtype=np.int64)
    layer = np.concatenate([group_layer[members.group], found.layer[named], found.layer[named]])
    ties = pd.DataFrame(
        {
            "source": ids.take(np.concatenate([members.firm, found.source[named], found.target[named]])),
            "target": ids.take(np.concatenate([firms + members.group, node, node])),
            "layer": pd.Index(LAYERS, dtype="str").take(layer),
            "directed": False,
            "strength": 1.0,
            "start": to_dates(np.concatenate([members.start, start, start])),
            "end": to_dates(np.concatenate([members.end, end, end])),
            "role": pd.Series(np.concatenate([role, *sides]), dtype="str"),
            "n_records": np.concatenate([np.diff(members.first), count, count]),
            "value": np.concatenate([members.value, value, value]),
        }
    )
    # A later report may name the two sides of an undirected pair the other way round: lineage is the same for both.
    return ties, (base + agreement, base + contracts + agreement)
