"""What the report says: sections made of parts, from the results of the analysis."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clusternet.plots import short
from clusternet.report import (
    _brokerage,
    _charts,
    _claims,
    _dependence,
    _dynamics,
    _leaving,
    _mending,
    _shocks,
    _specialization,
)
from clusternet.report._analysis import ranks as rank_firms
from clusternet.report._blocks import (
    FIRM_MEASURES,
    attribute,
    firm_name,
    kind_columns,
    text_table,
    ties_of_many,
    undecided_firms,
)
from clusternet.report._formulas import FORMULAS
from clusternet.report._parts import (
    Facts,
    Formulas,
    Heading,
    KeyFigure,
    KeyFigures,
    Map,
    Paragraph,
    Part,
)
from clusternet.report._text import NONE, a_or_an, count, decimal, join, layer_name, number, plural, share

if TYPE_CHECKING:
    from clusternet.report._analysis import Analysis

__all__ = ["READINGS", "compose"]


def compose(found: Analysis) -> tuple[Part, ...]:
    """Return the parts of the report in reading order."""
    parts: list[Part] = []
    sections = (
        _summary, _quality, _maps, _who, _brokerage.parts, _cohesion, _specialization.parts, _dependence.parts,
        _leaving.parts, _shocks.parts, _mending.parts, _dynamics.parts, _claims.parts, _methods,
    )  # fmt: skip
    for section in sections:
        parts += section(found)
    return tuple(parts)


# ── 1. summary ──


def _summary(found: Analysis) -> list[Part]:
    items = (_size(found), _holding(found), _center(found), _grouping(found), _loss(found))
    return [Heading(text="The cluster in five findings", anchor="summary"), KeyFigures(items=items)]


def _size(found: Analysis) -> KeyFigure:
    n, alone = found.n, len(found.flat.isolates)
    tied, layers = n - alone, found.net.layers
    known = f"The records know of {plural(n, 'firm')}"
    if tied == 0:
        said = f"{known}, and of no tie{' between any two of them' if n > 1 else ''}."
    else:
        who = "both" if tied == n == 2 else "all" if tied == n else f"{count(tied)} of them ({share(tied / n)})"
        said = (
            f"{known}, and {who} have at least one tie: {plural(found.pairs, 'tied pair')} in "
            f"{a_or_an(len(layers))} layer{'' if len(layers) == 1 else 's'}, or kind{'' if len(layers) == 1 else 's'} "
            f"of tie: {join(layer_name(layer) for layer in layers)}."
        )
    caveats = []
    if alone and tied:
        verb = "has" if alone == 1 else "have"
        caveats.append(f"{plural(alone, 'firm')} {verb} no tie on record, which may mean no tie or no report.")
    undecided = len(undecided_firms(found))
    sure = len(found.marks) - undecided
    if found.records is not None and not len(found.records.firms):
        caveats.append("Without a table of firms, those without ties are not known.")
    if sure:
        verb = "is" if sure == 1 else "are"
        caveats.append(f"{plural(sure, 'firm')} named in the records {verb} not in the registry, and marked so.")
    if undecided:
        verb = "is" if undecided == 1 else "are"
        caveats.append(
            f"{plural(undecided, 'name')} {verb} marked as undecided and counted as outside of the registry until "
            "someone decides in review.csv."
        )
    certainty = _certainty(found)
    if tied and certainty:
        caveats.append(certainty)
    return KeyFigure(
        value=f"{count(tied)} of {count(n)}",
        label="firms with at least one tie",
        sentence=said,
        caveat=" ".join(caveats),
    )


def _holding(found: Analysis) -> KeyFigure:
    sizes = found.component_sizes
    giant = int(sizes.iloc[0]) if len(sizes) else 0
    others = int((sizes.iloc[1:] > 1).sum())
    part = giant / found.n if found.n else math.nan
    if giant <= 1:
        said = "No group of firms is connected, so nothing can travel from firm to firm along recorded ties."
    else:
        reach = "most" if part > 0.5 else "only a minority"
        said = (
            f"The largest connected group holds {plural(giant, 'firm')} ({share(part)} of "
            "all), so along partners of "
            f"partners {reach} of the cluster can be reached from one firm."
        )
    caveat = (
        f"Beside it there {'is' if others == 1 else 'are'} {a_or_an(others)} smaller "
        f"group{'' if others == 1 else 's'} of two "
        "or more firms."
        if others
        else ""
    )
    return KeyFigure(
        value=share(part) if giant > 1 else NONE,
        label="of all firms in the largest connected group",
        sentence=said,
        caveat=caveat,
    )


def _leaders(values: pd.Series) -> list[Any]:
    """Firms that share the highest value (to ten digits)."""
    known = values.dropna()
    if known.empty or known.max() <= 0:
        return []
    return list(known.index[known >= known.max() * (1 - 1e-10)])


def _center(found: Analysis) -> KeyFigure:
    routes, partners = found.measures["betweenness"], found.measures["degree"]
    first, label = _leaders(routes), "stands on the most routes between others"
    if not first:
        first, label = _leaders(partners), "has the most partners"
    if not first:
        return KeyFigure(
            value=NONE, label="no firm is central", sentence="No firm has a partner on record, so none is central."
        )
    names = [firm_name(found, firm) for firm in first]
    if len(first) > 1:
        more = len(first) - 3
        who = join([*names[:3], plural(more, "other")] if more > 0 else names)
        said = f"{who} share the first place: each {label}."
        together = label.replace("stands", "stand", 1).replace("has", "have", 1)
        return KeyFigure(value=plural(len(first), "firm"), label=together, sentence=said)
    firm = first[0]
    if _leaders(routes):
        said = (
            f"{names[0]} stands on the shortest route between {share(routes[firm])} of all pairs of other firms, more "
            f"than any other, and has {plural(partners[firm], 'partner')}."
        )
    else:
        said = f"{names[0]} has the most partners, {count(partners[firm])}."
    second = routes.drop(firm).max() if len(routes) > 1 else math.nan
    runner = ""
    if _leaders(routes) and second > 0:
        runner = f"Next comes {firm_name(found, routes.drop(firm).idxmax())} with {share(second)}. "
    cut = int(found.alone.loc[firm, "pairs_lost_others"])
    loss = (
        f"The loss of {names[0]} alone would cut {plural(cut, 'pair')} of other firms off from each other."
        if cut
        else ""
    )
    return KeyFigure(value=names[0], label=label, sentence=said, caveat=(runner + loss).strip())


def _certainty(found: Analysis) -> str:
    """How far positions can be trusted: how many ties the other side confirms."""
    if "(total)" not in found.coverage.index:
        return ""
    total = found.coverage.loc["(total)"]
    if not np.isfinite(total["confirmed_share"]):
        return "No tie can be checked against a report of the other side."
    return (
        f"Of the partnership ties with a known reporter {share(total['confirmed_share'])} "
        "are confirmed by the other side "
        f"(95% interval {share(total['confirmed_low'])} to {share(total['confirmed_high'])})."
    )


def _grouping(found: Analysis) -> KeyFigure:
    mixing = found.mixing
    cross = ""
    if len(mixing):
        first = mixing.iloc[0]
        cross = f" {share(first['cross_share'])} of the tied pairs with a known {mixing.index[0]} cross its lines."
    groups = found.groups
    if groups is None:
        return KeyFigure(value=NONE, label="communities", sentence="Without ties there are no communities." + cross)
    sizes = groups.membership.value_counts()
    large = sizes.index[sizes >= 3]
    several = len(large)
    graph = found.flat.simple()
    label = groups.membership.to_numpy(dtype=float)
    within = (label[graph.source] == label[graph.target]) & np.isin(label[graph.source], large.to_numpy(dtype=float))
    if several:
        does, where = ("works mostly among itself", "it") if several == 1 else ("work mostly among themselves", "one")
        said = (
            f"Firms form {plural(several, 'community', 'communities')} of three or more that {does}: "
            f"{share(float(within.mean()))} of all tied pairs lie inside {where}.{cross}"
        )
    else:
        said = f"No three firms form a community: each has at most two.{cross}"
    caveat = (
        f"Repeated {count(groups.runs.shape[1])} times from other random starts, the "
        f"grouping agrees with itself at {decimal(groups.stability, 2)} "
        "on a scale where 0 is chance and 1 is always the same."
        if math.isfinite(groups.stability)
        else ""
    )
    return KeyFigure(value=count(several), label="communities of three or more firms", sentence=said, caveat=caveat)


def _gone(found: Analysis) -> int:
    return max(1, round(found.n * 0.05))


def _loss(found: Analysis) -> KeyFigure:
    made = found.leaving
    if made is None or found.pairs == 0:
        return KeyFigure(
            value=NONE, label="firms left connected", sentence="With no ties on record, no departure can break any."
        )
    n, gone = found.n, _gone(found)
    # Of the two orders fixed beforehand, the one that does more harm.
    name = min(
        ("most partners first", "most routes between others first"),
        key=lambda order: round(made.removals[order].curve["giant_share"].loc[gone] * n),
    )
    curve = made.removals[name].curve["giant_share"]
    band = made.band.curve.loc[gone]
    before, after = round(curve.iloc[0] * n), round(curve.loc[gone] * n)
    what = "with the most partners" if name == "most partners first" else "on the most routes between others"
    who = f"firm {what}" if gone == 1 else f"{count(gone)} firms {what}"
    verdict = " That is no more than chance departures could do." if after >= round(band["low"] * n) else ""
    said = (
        f"Should the {who} leave ({share(gone / n)} of all), the largest connected group "
        f"would shrink from {count(before)} to "
        f"{plural(after, 'firm')}; after as many random departures it would still hold "
        f"{count(band['median'] * n)}.{verdict}"
    )
    low, high = count(band["low"] * n), count(band["high"] * n)
    held = f"between {low} and {high} firms" if low != high else plural(round(band["low"] * n), "firm")
    caveat = (
        f"In 95% of {count(made.band.settings.parameters['draws'])} random orders it holds {held}. "
        "Nobody is assumed to find new partners."
    )
    return KeyFigure(
        value=f"{count(before)} → {count(after)}",
        label=f"largest group when the {who} {'leaves' if gone == 1 else 'leave'}",
        sentence=said,
        caveat=caveat,
    )


# ── 2. data ──

GROUPS = {"country": "countries", "city": "cities"}
"""Plurals of grouping columns that do not just take an s."""


def _quality(found: Analysis) -> list[Part]:
    parts: list[Part] = [Heading(text="Data quality and coverage", anchor="data")]
    records = found.records
    if records is None:
        return [
            *parts,
            Paragraph(
                text="This report was made from a ready network, not from records, so nothing can be "
                "said about rows read or rejected."
            ),
        ]
    counts = records.counts
    used = counts
    total = used.sum(numeric_only=True)
    read = total.get("read", 0)
    parts.append(
        Paragraph(
            text=f"{plural(read, 'row')} {'was' if read == 1 else 'were'} read from {plural(len(used), 'table')}, "
            f"{count(total.get('kept', 0))} kept and {count(total.get('rejected', 0))} rejected. Nothing is dropped "
            "without a line in issues.csv, which names the table, the row as your file counts it, and what was done."
        )
    )
    others = [column for column in counts.columns if column not in ("read", "kept", "rejected")]
    parts.append(
        text_table(
            "Rows read",
            "Each line is a table of yours; rows read are those kept plus those rejected.",
            "|".join(["Table", "#Read", "#Kept", "#Rejected", *(f"#{_column_words(name)}" for name in others)]),
            [
                [str(table), *(number(float(row[c])) for c in ("read", "kept", "rejected", *others))]
                for table, row in used.iterrows()
            ],
        )
    )
    parts += _understood(found) + _issues(records.issues) + _linkage(found) + _coverage_parts(found) + _both_ways(found)
    return parts


def _column_words(name: object) -> str:
    return str(name).replace("_", " ").capitalize()


def _understood(found: Analysis) -> list[Part]:
    """Tell what was taken for what: files, columns, and words read by a rule."""
    records = found.records
    if records is None:
        return []
    parts: list[Part] = [Heading(text="How the tables were understood", level=3)]
    rows = []
    for table, source in dict(records.settings.parameters.get("sources", {})).items():
        renamed = [f"“{short(theirs, 30)}” as {ours}" for ours, theirs in source["columns"].items() if ours != theirs]
        form = [str(source.get(name, "")) for name in ("encoding", "sheet")]
        rows.append(
            [
                str(table),
                short(source.get("file") or "in memory", 60),
                " ".join(word for word in form if word and word != "None"),
                ", ".join(renamed) or "as they are called",
                ", ".join(short(name, 30) for name in source.get("extra", ())) or "none",
            ]
        )
    if rows:
        reading = "Each line is a table: its file, and which of its columns were read under another name."
        parts.append(text_table("Tables", reading, "Table|File|Form|Columns read|Further columns kept", rows))
    lines = _rules(records.issues)
    if lines:
        parts.append(
            text_table(
                "Read by a rule",
                "Each line says how something in your tables was taken; a mapping in the settings file overrules it.",
                "Where|What it is|What was done",
                lines[:25],
                note=f"{plural(len(lines) - 25, 'more line')} in issues.csv." if len(lines) > 25 else "",
            )
        )
    return parts


def _rules(issues: pd.DataFrame) -> list[list[str]]:
    """Return one line per rule that was applied: where, what it is, and what was done with which values."""
    notes = issues[issues["severity"] == "note"] if len(issues) else issues
    lines: dict[tuple[str, ...], tuple[list[str], dict[str, list[str]]]] = {}
    # Files that hold no table matter least, and come last.
    notes = notes.sort_values("table", key=lambda table: table.eq("source"), kind="stable")
    for table, column, value, problem, action in zip(
        *(notes[name] for name in ("table", "column", "value", "problem", "action")), strict=True
    ):
        aside = table == "source"
        place = "" if aside else str(table) if pd.isna(column) else f"{table} {column}"
        what = "other files and folders" if aside else _cell(problem)
        said = re.sub(r" \(\d[\d,]* rows?\b[^)]*\)$", "", str(action))
        # What was decided from the figures of one column is a line of its own.
        places, done = lines.setdefault((what, place) if re.search(r"\d", said) else (what,), ([], {}))
        places.append(place)
        done.setdefault(_cell(said), []).append(_quoted(value))
    return [
        [
            ", ".join(dict.fromkeys(places)),
            key[0],
            "; ".join(_first([f"{join(_first(values))} {action}".strip() for action, values in done.items()])),
        ]
        for key, (places, done) in lines.items()
    ]


def _first(texts: list[str], limit: int = 6) -> list[str]:
    """Return the first few different texts, and how many more there are."""
    known = list(dict.fromkeys(text for text in texts if text))
    return [*known[:limit], *([f"{len(known) - limit:,} more"] if len(known) > limit else [])]


def _cell(value: object) -> str:
    return "" if pd.isna(value) else short(value, 160)


def _quoted(value: object) -> str:
    return "" if pd.isna(value) else f"“{short(value, 40)}”"


def _issues(issues: pd.DataFrame) -> list[Part]:
    parts: list[Part] = [Heading(text="Problems found, and what was done", level=3)]
    rows = issues[issues["severity"] != "note"] if len(issues) else issues
    if not len(rows):
        return [*parts, Paragraph(text="No row had a problem.")]
    # Row numbers inside an action would make every line a kind of its own.
    done = rows["action"].str.replace(r"^kept once, as row \d+$", "dropped; the first copy is kept", regex=True)
    done = done.str.replace(r"\brow \d+", "another row", regex=True)
    lines = []
    for (table, column, problem, action), group in rows.groupby(
        [rows["table"], rows["column"].fillna(""), rows["problem"], done], sort=True
    ):
        examples = [_example(row) for _, row in group.head(5).iterrows()]
        text = "; ".join(example for example in examples if example) + (" …" if len(group) > 5 else "")
        cells = [str(table), str(column), short(problem, 120), count(len(group)), short(action, 120), text]
        lines.append((len(group), cells))
    lines.sort(key=lambda line: (-line[0], line[1]))
    left = len(lines) - 40
    parts.append(
        text_table(
            "Problems by kind",
            "Each line is one kind of problem: how often it occurred, what was done, and up "
            "to five examples with the row as "
            "your file counts it (the header is row 1).",
            "Table|Column|Problem|#Times|What was done|Examples",
            [cells for _, cells in lines[:40]],
            note=f"{plural(left, 'rarer kind')} in issues.csv." if left > 0 else "",
        )
    )
    return parts


def _example(row: pd.Series) -> str:
    place = "" if pd.isna(row["row"]) else f"row {int(row['row'])}"
    value = "" if pd.isna(row["value"]) else f"“{short(row['value'], 30)}”"
    return " ".join(part for part in (place, value) if part)


def _linkage(found: Analysis) -> list[Part]:
    linkage = found.linkage
    if linkage is None or not len(linkage.links):
        return []
    links = linkage.links
    tally = links.groupby("status", sort=False).agg(names=("status", "size"), records=("n_records", "sum"))
    words = {
        "id": _exactly(found, links),
        "name": "name, equal after tidying",
        "match": "name, alike enough to join by itself",
        "decision": "settled by a person",
        "review": "undecided, listed for a person",
        "unresolved": "no firm of the registry",
    }
    order = [status for status in words if status in tally.index] + [s for s in tally.index if s not in words]
    parts: list[Part] = [
        Heading(text="Names joined to firms", level=3),
        text_table(
            "How names in the records found their firm",
            "A name or id counts once in the first number and as often as records use it in the second.",
            "How|#Different names|#Uses in records",
            [[words.get(s, str(s)), count(tally.loc[s, "names"]), count(tally.loc[s, "records"])] for s in order],
        ),
    ]
    undecided = len(linkage.review)
    if undecided:
        parts.append(
            Paragraph(
                text=f"review.csv lists {plural(undecided, 'question')} that a person should settle. "
                "Copy it beside your "
                "records, write yes (the same firm) or no in the column “decision”, name the file in the "
                "settings (decisions under "
                "[linkage]) and make the report again.",
                note=True,
            )
        )
    merged = len(linkage.duplicates)
    if merged:
        verb = "was" if merged == 1 else "were"
        rows = f"{plural(merged, 'registry row')} {verb} merged into another row of the same firm"
        parts.append(Paragraph(text=f"{rows}; firm_duplicates.csv lists them with their scores."))
    return parts


def _exactly(found: Analysis, links: pd.DataFrame) -> str:
    """Return what the references that are found in the registry as they stand are: ids, names, or both."""
    names = found.records.firms["name"].dropna() if found.records is not None else pd.Series(dtype="str")
    named = links.loc[links["status"] == "id", "reference"].isin(names)
    what = "name" if named.all() else "firm id or name" if named.any() else "firm id"
    return f"{what}, exactly as in the registry"


def _coverage_parts(found: Analysis) -> list[Part]:
    table = found.coverage
    if not len(table):
        return []
    total = table.loc["(total)"] if "(total)" in table.index else table.iloc[-1]
    body = table[~table.index.isin(["(total)"])]
    body = body[(body[["registered", "unregistered", "ties"]].sum(axis=1) > 0)]
    ordered = body.sort_values(["registered", "ties"], ascending=False, kind="stable")
    shown = pd.concat([ordered.head(25), total.to_frame().T.rename(index={total.name: "(total)"})])
    known = total["confirmed"] + total["one_sided"]
    said = (
        f"{count(total['named'])} of {plural(total['registered'], 'registered firm')} "
        f"({share(total['named_share'])}) {'is' if total['named'] == 1 else 'are'} named in at "
        "least one record."
        if total["registered"] > 0
        else "Without a table of firms it cannot be said how many of them the records name."
    )
    if known == 1:
        who = "both sides report" if total["confirmed"] else "one side reports"
        said += f" One partnership tie has a known reporter: {who} it."
    elif known > 0:
        said += (
            f" Of the {plural(known, 'partnership tie')} with a known reporter, both sides "
            f"report {count(total['confirmed'])} "
            f"({share(total['confirmed_share'])}) and one side alone "
            f"{count(total['one_sided'])} ({share(1 - total['confirmed_share'])}); "
            f"in {count(total['silent'])} of the one-sided ones the other firm reports nothing "
            "at all, so it could confirm nothing."
        )
    elif found.net.n_ties:
        said += " Who reported a tie is not recorded, so it cannot be said how many ties both sides confirm."
    if not found.coverage_by:
        return [Heading(text="Coverage", level=3), Paragraph(text=said)]
    # Columns that would be empty in every line are left out.
    ties = total["ties"] > 0
    told = known > 0
    rows = [
        [
            _group_words(str(name)),
            count(row["registered"]),
            count(row["named"]),
            share(row["named_share"]),
            *([count(row["ties"])] if ties else []),
            *([count(row["confirmed"] + row["one_sided"]), count(row["one_sided"])] if told else []),
            *([count(row["confirmed"]), _interval(row)] if told else []),
        ]
        for name, row in shown.iterrows()
    ]
    reading = "Read a line as: so many firms are registered, so many of them appear in any record"
    if told:
        reading += (
            "; of their partnership ties so many have a known reporter, and of these so many are told by one side "
            "only and so many, with this share, are confirmed by the other side"
        )
    elif ties:
        reading += ", and so many ties of two firms each were found"
    if ties:
        reading += (
            f". A tie between firms of two {GROUPS.get(found.coverage_by, f'{found.coverage_by}s')} counts in both"
        )
    columns = f"{found.coverage_by.capitalize()}|#Registered|#Named|#Share named"
    columns += "|#Partnership ties" if ties else ""
    columns += "|#Reporter known|#One-sided|#Confirmed|#Share confirmed (95% interval)" if told else ""
    left = len(ordered) - 25
    parts: list[Part] = [Heading(text="Coverage", level=3), Paragraph(text=said)]
    if len(body["named_share"].dropna().unique()) > 1:
        # Bars of one length would say nothing.
        parts.append(_charts.coverage(body, found.coverage_by))
    note = f"{plural(left, 'smaller group')} in coverage.csv." if left > 0 else ""
    return [*parts, text_table(f"Coverage by {found.coverage_by}", f"{reading}.", columns, rows, note=note)]


def _both_ways(found: Analysis) -> list[Part]:
    """Tell in how many pairs each firm is on record as the supplier of the other, and where the two sides disagree."""
    records, lineage = found.records, found.net.lineage_table
    if records is None or lineage is None or "supply" not in found.net.layers or found.net.is_two_mode:
        return []
    ties = found.net.layer("supply").ties
    ties = ties[ties["directed"] & (ties["source"] != ties["target"])]
    reports = records.partnerships[["row", "reported_by"]].dropna()
    by = reports["reported_by"]
    reports["by"] = found.linkage.resolve(by) if found.linkage is not None else by
    behind = lineage.loc[lineage["table"] == "partnerships", ["row"]].rename_axis("tie").reset_index().merge(reports)
    tellers = behind.groupby("tie")["by"].agg(set).to_dict()
    said = {
        (one, other): tellers.get(tie, set())
        for tie, one, other in zip(ties.index, ties["source"], ties["target"], strict=True)
    }
    pairs = [(one, other) for one, other in said if (other, one) in said and str(one) < str(other)]
    if not pairs:
        return []
    apart = [
        pair
        for pair in pairs
        if {frozenset(said[pair]), frozenset(said[pair[::-1]])} == {frozenset(pair[:1]), frozenset(pair[1:])}
    ]
    many = len(pairs) > 1
    text = f"In {plural(len(pairs), 'pair')} of firms each is on record as the supplier of the other" + (
        f", such as {firm_name(found, pairs[0][0])} and {firm_name(found, pairs[0][1])}. "
        if many
        else f": {firm_name(found, pairs[0][0])} and {firm_name(found, pairs[0][1])}. "
    )
    if apart:
        which = "There" if not many else f"In {count(len(apart))} of them"
        text += (
            f"{which} one firm tells of the one direction only, and the other firm of the other: they may mean the "
            "same deliveries and contradict each other. Ask which way the goods go; "
        )
    else:
        text += "That may be so, or one report has the direction wrong: "
    text += "until then both directions count, in all that follows on suppliers and on failures that spread."
    return [Paragraph(text=text, note=True)]


def _group_words(name: str) -> str:
    return {"(missing)": "not stated", "(not registered)": "not in the registry", "(total)": "All firms"}.get(
        name, short(name, 60)
    )


def _interval(row: pd.Series) -> str:
    if not np.isfinite(row["confirmed_share"]):
        return NONE
    return f"{share(row['confirmed_share'])} ({share(row['confirmed_low'])} to {share(row['confirmed_high'])})"


# ── 3. map ──


def _maps(found: Analysis) -> list[Part]:
    parts: list[Part] = [Heading(text="Map of the network", anchor="map")]
    if found.pairs == 0:
        return [*parts, Paragraph(text="There is no tie to draw.")]
    net = found.shown.net
    alone = len(net.isolates)
    stand = "stands" if alone == 1 else "stand"
    everybody = "Both firms" if found.n == 2 else f"All {plural(found.n, 'firm')}"
    note = found.shown.reason or (
        f"{everybody} are shown{f'; the {a_or_an(alone)} without a tie {stand} in rows below' if alone else ''}."
    )
    parts.append(
        Paragraph(
            text="Firms that share partners are drawn close together; distance and direction on "
            "the page mean nothing else. "
            "Every firm keeps its place in all the maps."
        )
    )
    parts.append(_charts.layers(found, note))
    rows = []
    for layer in found.net.layers:
        sub = found.net.layer(layer)
        graph = sub.simple("undirected")
        ends = len(np.unique(np.concatenate([graph.source, graph.target])))
        rows.append(
            [
                layer_name(layer).capitalize(),
                "yes" if sub.is_directed else "no",
                count(sub.n_ties),
                count(len(graph.source)),
                count(ends),
                share(ends / found.n),
            ]
        )
    parts.append(
        text_table(
            "Layers",
            "Each line is one kind of tie; a pair tied both ways or several times counts once under pairs.",
            "Layer|Directed|#Ties|#Tied pairs|#Firms|#Share of all firms",
            rows,
        )
    )
    parts.append(
        Map(
            data=_charts.viewer_data(found),
            caption=f"Interactive map. {note} Dots grow with the number of partners; a line stands for "
            "a tied pair and has the color "
            "of its first layer shown.",
            alt=f"Interactive map of {plural(net.n_firms, 'firm')}. Find a firm by name in the "
            "search field; its numbers and partners are listed beside the map.",
        )
    )
    return parts


# ── 4. who matters ──


def _who(found: Analysis) -> list[Part]:
    parts: list[Part] = [Heading(text="Who matters", anchor="who")]
    if found.pairs == 0:
        return [*parts, Paragraph(text="No firm has a partner on record, so no firm is more central than another.")]
    measures, ranks = found.measures, found.ranks
    columns = [name for name in FIRM_MEASURES if measures[name].notna().any()]
    # Firms that share a rank share the mean of the places they take: else the many alike would outrank a hub.
    tied = measures["degree"] > 0
    mean = rank_firms(measures, method="average").loc[tied, columns].mean(axis=1)
    order = mean.sort_values(kind="stable").index[: found.config.show.top]
    parts.append(
        Paragraph(
            text="A firm can matter in different ways. Partners counts distinct firms it is tied "
            "to; strength adds up how strong the "
            "ties are; betweenness says how often it stands on the shortest route between two "
            "others, as a broker or a bottleneck; "
            "closeness says how few steps away everybody else is; eigenvector counts partners "
            "that are well connected themselves; "
            "PageRank counts ties received from firms that receive many."
        )
    )
    parts.append(_charts.rank_grid(found, order, columns))
    kinds = kind_columns(found)
    rows = []
    for firm in order:
        breaks = "yes" if found.alone.loc[firm, "components_gained"] > 0 else ""
        cells = [
            f"{number(measures.loc[firm, name])} ({count(ranks.loc[firm, name])})"
            if np.isfinite(measures.loc[firm, name])
            else NONE
            for name in columns
        ]
        rows.append([firm_name(found, firm), *(attribute(found, firm, name) for name in kinds), *cells, breaks])
    parts.append(
        text_table(
            f"The {count(len(rows))} most central firms"
            if len(rows) < tied.sum()
            else "Firms with ties, the most central first",
            f"Each cell holds the value and, in brackets, the rank among all {count(found.n)} firms; firms are ordered "
            "by their mean rank (equal ones share the mean of their places). A firm that ranks far higher in "
            "betweenness than in partners is a broker. “Holds others” marks a firm whose loss alone would cut others "
            "off.",
            "|".join(
                [
                    "Firm",
                    *(name.capitalize() for name in kinds),
                    *(f"#{FIRM_MEASURES[name]}" for name in columns),
                    "Holds others",
                ]
            ),
            rows,
            note="measures.csv has all firms.",
        )
    )
    missing = [FIRM_MEASURES[name] for name in FIRM_MEASURES if name not in columns]
    if missing:
        parts.append(
            Paragraph(
                text=f"{join(missing)} {'is' if len(missing) == 1 else 'are'} undefined for this "
                "network (see the formulas).",
                note=True,
            )
        )
    parts.append(_charts.partners(found))
    return parts


# ── 5. cohesion ──

READINGS = {
    "density": ("Tied pairs", "Share of all pairs of firms that are tied."),
    "n_components": (
        "Connected groups",
        "Number of groups without a route between them; a firm without ties is one of its own.",
    ),
    "giant_share": ("Largest connected group", "Its share of all firms."),
    "mean_distance": (
        "Steps apart",
        "Steps from one firm to another by the shortest route, on average over pairs with a route.",
    ),
    "global_efficiency": (
        "Nearness",
        "Mean of one over the number of steps, over all pairs; 1 if everyone is tied to everyone.",
    ),
    "transitivity": (
        "Partners who know each other",
        "How often two partners of a firm are partners themselves, over all such pairs.",
    ),
    "average_clustering": (
        "The same per firm",
        "Found for each firm, then averaged over firms with two partners or more.",
    ),
    "reciprocity": ("Answered ties", "Share of directed ties (supply, referral) that are returned."),
    "centralization": (
        "Lead of one firm",
        "How far one firm has most of the ties: 1 for a star, 0 if all have as many.",
    ),
    "degree_assortativity": (
        "Like with like",
        "Above 0 if firms with many partners tie with each other, below 0 if they tie with small ones.",
    ),
}
"""What the page calls a network measure, and one plain sentence on it; the others stand in the file."""

SHARES = ("density", "giant_share", "transitivity", "average_clustering", "reciprocity")


def _cohesion(found: Analysis) -> list[Part]:
    from clusternet.measure import list_measures

    parts: list[Part] = [Heading(text="Cohesion", anchor="cohesion")]
    info = {item.name: item for item in list_measures("network")}
    rows = []
    measured = found.network_measures
    for name, (called, said) in READINGS.items():
        if name in measured.index:
            value = share(measured[name], 1) if name in SHARES else number(measured[name])
            rows.append([called, value, said, info[name].label.lower()])
    left = len(measured) - len(rows)
    parts.append(
        text_table(
            "The network as a whole",
            "Each line is one number about the whole network and what it says; direction "
            "counts only "
            f"where it is named. {NONE} means that the number is undefined here.",
            "What|#Value|How to read it|Called",
            rows,
            note=f"{plural(left, 'further measure')} in network_measures.csv." if left > 0 else "",
        )
    )
    parts += _many_parties(found)
    sizes = found.component_sizes
    if len(sizes):
        tally = sizes.value_counts().sort_index(ascending=False)
        shown = tally.head(12)
        left = len(tally) - len(shown)
        parts.append(
            text_table(
                "Connected groups",
                "Within a group every firm can be reached from every other; between groups there is no route at all.",
                "#Firms in the group|#Groups of that size|#Firms in all|#Share of all firms",
                [
                    [count(size), count(times), count(size * times), share(size * times / found.n)]
                    for size, times in shown.items()
                ],
                note=f"{plural(left, 'smaller size')} not shown." if left else "",
            )
        )
    parts += _community_parts(found) + _mixing_parts(found)
    if found.pairs:
        parts.append(_charts.coreness(found))
    return parts


def _many_parties(found: Analysis) -> list[Part]:
    """Tell how many ties come from agreements that tie every member to every other."""
    made = ties_of_many(found.net)
    if not len(made):
        return []
    layers = found.net.ties.loc[made, "layer"]
    named = join(layer_name(layer) for layer in found.net.layers if (layers == layer).any())
    text = (
        f"Agreements of three or more firms ({named}) tie every member to every other: {count(len(made))} of the "
        f"{plural(found.net.n_ties, 'tie')} rest on one, which raises density, clustering and coreness."
    )
    return [Paragraph(text=text)]


def _community_parts(found: Analysis) -> list[Part]:
    groups = found.groups
    if groups is None:
        return []
    sizes = groups.membership.value_counts()
    several = sizes[sizes >= 3].sort_index()
    graph = found.flat.simple()
    label = groups.membership.to_numpy(dtype=float)
    rows = []
    sector = found.net.firms.get("sector", pd.Series(index=found.net.firms.index, dtype="str"))
    known = bool(sector.notna().any())
    for group in several.index[:15]:
        mine = groups.membership == group
        inside = int(((label[graph.source] == group) & (label[graph.target] == group)).sum())
        touching = int(((label[graph.source] == group) | (label[graph.target] == group)).sum())
        main = NONE
        if known and sector[mine].notna().any():
            tally = sector[mine].value_counts(normalize=True, dropna=False)
            tally = tally[tally.index.notna()].sort_index(kind="stable").sort_values(ascending=False, kind="stable")
            main = join(f"{short(name, 40)} {share(part)}" for name, part in tally.head(2).items())
        lead = found.measures.loc[mine, "degree"].sort_values(ascending=False, kind="stable").index[:3]
        rows.append(
            [
                f"C{int(group) + 1}",
                count(several[group]),
                *([main] if known else []),
                share(inside / touching if touching else math.nan),
                ", ".join(short(found.names[firm], 40) + found.marks.get(firm, "") for firm in lead),
            ]
        )
    left = len(several) - len(rows)
    stable = (
        f" Their stability over {count(groups.runs.shape[1])} runs is "
        f"{decimal(groups.stability, 2)} (1 is always the same, 0 is chance)."
        if math.isfinite(groups.stability)
        else ""
    )
    told: list[Part] = [
        Heading(text="Communities", level=3),
        Paragraph(
            text="Communities are groups of firms with more ties inside than the number of their "
            "partners would make us expect (modularity "
            f"{decimal(groups.modularity, 3)}).{stable}"
        ),
    ]
    if not rows:
        return told
    return [
        *told,
        text_table(
            "Communities of three or more firms",
            f"Each line is a community: its size, {'its most frequent sectors, ' if known else ''}the share of the "
            "tied pairs of its firms that stay inside it, and its firms with the most partners.",
            f"Community|#Firms|{'Main sectors|' if known else ''}#Ties that stay inside|Best-connected firms",
            rows,
            note=f"{plural(left, 'smaller community', 'smaller communities')} in communities.csv." if left > 0 else "",
        ),
    ]


def _mixing_parts(found: Analysis) -> list[Part]:
    mixing = found.mixing
    if not len(mixing):
        return []
    rows = [
        [
            f"{str(name).capitalize()} ({plural(row['groups'], 'group')})",
            count(row["pairs"]),
            share(row["cross_share"]),
            decimal(row["e_i"]),
            decimal(row["expected"]),
            decimal(row["assortativity"]),
        ]
        for name, row in mixing.iterrows()
    ]
    return [
        Heading(text="Ties within and across sectors and places", level=3),
        text_table(
            "Mixing",
            "E-I is −1 if all tied pairs stay inside their group and +1 if all cross; compare "
            "it with the value expected if "
            "firms chose partners without regard to the group. Assortativity is above 0 if "
            "like ties with like.",
            "Groups|#Tied pairs|#Crossing|#E-I index|#Expected E-I|#Assortativity",
            rows,
        ),
    ]


# ── 6. methods ──


def _methods(found: Analysis) -> list[Part]:
    shown = [*FIRM_MEASURES, *(name for name in READINGS if name in found.network_measures.index)]
    shown += ["modularity", "k_coreness"]
    if len(found.mixing):
        shown += ["e_i", "assortativity"]
    if len(found.coverage):
        shown.append("wilson")
    if found.brokerage is not None:
        shown += _brokerage.FORMULAS_USED
    for section in (_specialization, _dependence, _leaving, _shocks, _dynamics):
        shown += section.formulas_used(found)
    settings = _flat_settings(found)
    parts: list[Part] = [
        Heading(text="Methods", anchor="methods"),
        Paragraph(
            text="Firms are tied if the records tell of at least one partnership or referral "
            "between them, under the rules below. "
            "Except where direction is named, it is set aside: a supplier and its buyer are "
            "partners of each other. Parallel ties of "
            "several layers count once, with their strengths added. Numbers marked "
            f"{NONE} are undefined. Places on the maps come from a force-directed layout and "
            "are not data."
        ),
        Formulas(items=tuple(FORMULAS[name] for name in dict.fromkeys(shown))),
        Facts(title="Settings", items=tuple(settings)),
        Facts(title="Versions", items=tuple(found.versions.items())),
    ]
    files = tuple((name, f"SHA-256 {value}") for name, value in found.inputs.items())
    if files:
        parts.append(Facts(title="Input files", items=files))
    return parts


def _flat_settings(found: Analysis) -> list[tuple[str, str]]:
    """Return settings as dotted names and text, empty ones left out."""
    lines = [("seed", str(found.config.seed))]

    def walk(name: str, value: Any) -> None:
        if isinstance(value, dict) or hasattr(value, "items"):
            for key, inner in value.items():
                walk(f"{name}.{key}", inner)
        elif value is not None and str(value) not in ("", "()", "[]"):
            text = join(str(item) for item in value) if isinstance(value, (tuple, list)) else str(value)
            lines.append((name, short(text, 300)))

    if found.linkage is not None:
        walk("linkage", {key: value for key, value in found.linkage.settings.parameters.items() if key != "decisions"})
    walk("network", dict(found.net.settings))
    walk("cohesion", found.config.cohesion.model_dump())
    walk("brokerage", found.config.brokerage.model_dump())
    walk("specialization", found.config.specialization.model_dump())
    walk("dependence", found.config.dependence.model_dump())
    walk("resilience", found.config.resilience.model_dump())
    walk("dynamics", found.config.dynamics.model_dump())
    walk("theory", found.config.theory.model_dump())
    walk("show", found.config.show.model_dump())
    return lines
