"""A report is a frozen list of parts: computed first, rendered afterwards, written last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from clusternet.report import (
    _analysis,
    _brokerage,
    _claims,
    _dependence,
    _dynamics,
    _leaving,
    _mending,
    _parts,
    _sections,
    _shocks,
    _specialization,
)
from clusternet.report._claims import claims_section
from clusternet.report._config import ReportConfig
from clusternet.report._files import write_report
from clusternet.report._html import render_html
from clusternet.report._parts import *  # noqa: F403  (the classes of which a report is made)
from clusternet.report._parts import Report
from clusternet.report._text import plain, plural
from clusternet.result import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from clusternet.network import Network
    from clusternet.records import Records
    from clusternet.report._analysis import Analysis

__all__ = ["ReportConfig", "claims_section", "make_report", "render_html", "write_report"]
__all__ += _parts.__all__

SECTIONS = (_brokerage, _specialization, _dependence, _leaving, _shocks, _mending, _dynamics, _claims)
"""Sections that tell numbers and tables of their own."""


def make_report(
    source: str | Path | Mapping[str, Any] | Records | Network,
    *,
    config: ReportConfig | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Report:
    """Compute everything and compose the report; nothing is written.

    Parameters
    ----------
    source
        What `read_records` takes (a folder, a workbook, tables), records already read, or a ready network (the report
        then says nothing of rows and names).
    config
        Settings; the defaults when omitted.
    progress
        Called as ``progress(step, done, total)`` before each long step.

    Returns
    -------
    Report
        Parts in reading order, the full tables, the numbers, the manifest. The same source, settings and versions give
        the same report.

    Raises
    ------
    RecordsError
        If the source cannot be read as records.
    OptionError
        If a setting is unknown or out of range.

    Examples
    --------
    >>> from clusternet import Network
    >>> report = make_report(Network.from_edges([("Ada", "Bo"), ("Bo", "Cy")], firms=["Di"]))
    >>> report.numbers["firms.known"], report.numbers["giant.firms"]
    (4, 3)
    """
    chosen = config if config is not None else ReportConfig()
    found = _analysis.analyze(source, chosen, progress)
    numbers = _numbers(found)
    parts = _sections.compose(found)
    settings = chosen.model_dump(mode="json", exclude_none=True)
    if chosen.linkage.decisions is not None:
        # Only the name: where the file lies on this machine must not change the report.
        settings["linkage"]["decisions"] = chosen.linkage.decisions.name
    told = found.network_measures.index.intersection(_sections.READINGS)
    cites = [info for name, info in _listed().items() if name in told]
    manifest = {
        "title": found.title,
        "lead": _lead(found),
        "seed": chosen.seed,
        "settings": settings,
        "network": {key: _jsonable(value) for key, value in found.net.settings.items()},
        "versions": found.versions,
        "inputs": found.inputs,
        "cites": sorted({key for info in cites for key in info.cites} | {"fruchterman1991"}),
    }
    return Report(
        title=found.title,
        parts=parts,
        tables=_tables(found),
        numbers=numbers,
        manifest=manifest,
        settings=Settings(settings, chosen.seed),
    )


def _listed() -> dict[str, Any]:
    from clusternet.measure import list_measures

    return {info.name: info for info in list_measures("network")}


def _lead(found: Analysis) -> str:
    what = f"{plural(found.n, 'firm')} and {plural(found.pairs, 'tied pair')}"
    return f"A report on the network of partnerships and referrals among {what}."


def _jsonable(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _jsonable(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_jsonable(inner) for inner in value]
    return plain(value)


def _numbers(found: Analysis) -> dict[str, float | int | str | None]:
    """Return every headline number by a dotted name."""
    net, n = found.net, found.n
    sizes = found.component_sizes
    firms = net.firms
    registered = int(firms["registered"].astype(bool).sum()) if "registered" in firms.columns else n
    raw: dict[str, object] = {
        "firms.known": n,
        "firms.registered": registered,
        "firms.unregistered": n - registered,
        "firms.tied": n - len(found.flat.isolates),
        "firms.isolated": len(found.flat.isolates),
        "ties.count": net.n_ties,
        "ties.pairs": found.pairs,
        "giant.firms": int(sizes.iloc[0]) if len(sizes) else 0,
        "giant.share": float(sizes.iloc[0]) / n if n else None,
        "components.count": len(sizes),
    }
    for layer in net.layers:
        sub = net.layer(layer)
        raw[f"layers.{layer}.ties"] = sub.n_ties
        raw[f"layers.{layer}.pairs"] = len(sub.simple("undirected").source)
    if found.records is not None:
        for table, row in found.records.counts.iterrows():
            raw |= {f"records.{table}.{column}": int(row[column]) for column in ("read", "kept", "rejected")}
        raw["records.issues"] = len(found.records.issues)
    if found.linkage is not None:
        for status, times in found.linkage.links["status"].value_counts().sort_index().items():
            raw[f"linkage.{status}"] = int(times)
        raw["linkage.to_review"] = len(found.linkage.review)
    if "(total)" in found.coverage.index:
        for name, value in found.coverage.loc["(total)"].items():
            raw[f"coverage.{name}"] = value if str(name).startswith(("named_share", "confirmed_")) else int(value)
    raw |= {f"network.{name}": value for name, value in found.network_measures.items()}
    if found.groups is not None:
        raw |= {
            "communities.count": found.groups.n_communities,
            "communities.modularity": found.groups.modularity,
            "communities.stability": found.groups.stability,
        }
    for name, row in found.mixing.iterrows():
        raw |= {f"mixing.{name}.{column}": value for column, value in row.items()}
    for name in ("degree", "betweenness"):
        values = found.measures[name].dropna()
        if len(values) and values.max() > 0:
            raw |= {f"top.{name}.firm": found.names[values.idxmax()], f"top.{name}.value": values.max()}
    for section in SECTIONS:
        raw |= section.numbers(found)
    return {key: plain(value) for key, value in raw.items()}


def _with_name(found: Analysis, frame: pd.DataFrame) -> pd.DataFrame:
    """Put id and name of the firm in front."""
    table = frame.rename_axis(index="firm").reset_index()
    if "name" not in table.columns:
        table.insert(1, "name", found.names.loc[frame.index].to_numpy())
    return table


def _tables(found: Analysis) -> dict[str, pd.DataFrame]:
    """Return the tables behind the page, whole, by file name."""
    net = found.net
    measured = found.measures.assign(k_coreness=found.coreness)
    ranked = found.ranks.add_suffix("_rank")
    holds = (found.alone["components_gained"] > 0).rename("articulation")
    ties = net.ties.rename_axis(index="tie").reset_index()
    ties.insert(2, "source_name", found.names.loc[ties["source"]].to_numpy())
    ties.insert(4, "target_name", found.names.loc[ties["target"]].to_numpy())
    tables = {
        "firms": _with_name(found, net.firms),
        "ties": ties,
        "measures": _with_name(found, pd.concat([measured, ranked, holds], axis=1)),
        "network_measures": found.network_measures.rename_axis("measure").rename("value").reset_index(),
    }
    if found.groups is not None:
        tables["communities"] = _with_name(found, found.groups.to_frame())
    if found.records is not None:
        tables |= {
            "counts": found.records.counts.rename_axis(index="table").reset_index(),
            "issues": found.records.issues,
            "duplicates": found.records.duplicates,
        }
    if found.linkage is not None:
        tables |= {
            "links": found.linkage.links,
            "firm_duplicates": found.linkage.duplicates,
            # Settled questions stay in the file, so that one file can be carried on.
            "review": pd.concat([found.linkage.review, found.linkage.settled], ignore_index=True),
        }
    if len(found.coverage):
        tables["coverage"] = found.coverage.rename_axis(index=found.coverage_by or "group").reset_index()
    for section in SECTIONS:
        for name, table in section.tables(found).items():
            tables[name] = _with_name(found, table) if table.index.name == "firm" else table
    return tables
