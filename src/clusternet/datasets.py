"""Small published tables shipped with the package, and opt-in downloads of open records.

`load` opens a shipped set, `describe` and `list_datasets` tell what there is, and `fetch` downloads.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import zipfile
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import pandas as pd

from clusternet.errors import DownloadError, OptionError, RecordsError, listing, nearest
from clusternet.network import Network
from clusternet.result import Result, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from clusternet.records import Records

__all__ = ["DatasetInfo", "describe", "fetch", "list_datasets", "load"]

_ATTRIBUTION = "CORDIS, Publications Office of the European Union"
_DOWNLOADS: dict[str, dict[str, Any]] = {
    "cordis_h2020": {
        "title": "Organizations and projects of Horizon 2020, 2014-2020",
        "url": "https://cordis.europa.eu/data/cordis-h2020projects-csv.zip",
    },
    "cordis_horizon": {
        "title": "Organizations and projects of Horizon Europe, 2021-2027",
        "url": "https://cordis.europa.eu/data/cordis-HORIZONprojects-csv.zip",
    },
}
_MIN_BYTES, _MAX_BYTES = 2_000_000, 500_000_000  # the archives were about 55 and 37 MB in 2026
_MAX_MEMBER = 1_000_000_000  # unpacked; the largest table was 79 MB in 2026
_CORDIS_NOTE = (
    "One row per participation. The portal renews the archive every month, so the file, its counts and its hash "
    "change: pin what you used with sha256=. Some participants are natural persons."
)
_ORGANIZATION = ("projectID", "organisationID", "name", "role")  # columns without which the file is another file
_PROJECT = ("id", "startDate", "endDate")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class DatasetInfo(Result):
    """What a data set is, where it comes from and under which terms it may be used.

    Attributes
    ----------
    name, title, kind
        The name `load` or `fetch` takes; a title; "network", "table" or "records".
    counts
        Published counts by what is counted; empty for downloads, whose content changes.
    citation
        Keys of references.bib.
    source, license, note
        Where the values come from, the terms, and how to read the columns.
    files
        sha256 of every shipped file; for downloads the address, without a hash.
    """

    name: str
    title: str
    kind: str
    counts: Mapping[str, int]
    citation: tuple[str, ...]
    source: str
    license: str
    note: str
    files: Mapping[str, str]
    settings: Settings

    @property
    def shipped(self) -> bool:
        """True if `load` opens it, False if `fetch` downloads it."""
        return self.kind != "records"

    def to_frame(self) -> pd.DataFrame:
        """Return one row per field: columns field and value, both text."""
        fields = ("name", "title", "kind", "counts", "citation", "source", "license", "note", "files")
        values = [_words(getattr(self, field)) for field in fields]
        return pd.DataFrame({"field": fields, "value": values})

    def summary(self) -> str:
        """Return name, title and counts in one line."""
        return f"{self.name}, {self.title}" + (f" ({_words(self.counts)})" if self.counts else "")


def list_datasets() -> pd.DataFrame:
    """Return every data set by name.

    Returns
    -------
    pandas.DataFrame
        Indexed by name; text columns title, kind ("network" and "table" come from `load`, "records" from
        `fetch`), counts, citation (keys of references.bib), source, license.

    Examples
    --------
    >>> list(list_datasets().index)  # doctest: +NORMALIZE_WHITESPACE
    ['baker', 'columbus', 'florentine', 'interlocks', 'interlocks_hs', 'knoke', 'moodywhite',
    'ornstein', 'cordis_h2020', 'cordis_horizon']
    """
    columns = ("title", "kind", "counts", "citation", "source", "license")
    infos = [describe(name) for name in [*sorted(_index()), *sorted(_DOWNLOADS)]]
    rows = {info.name: [_words(getattr(info, column)) for column in columns] for info in infos}
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(columns)).rename_axis(index="name")


def describe(name: str) -> DatasetInfo:
    """Return source, license, citation and counts of a data set.

    Raises
    ------
    OptionError
        If there is no data set of this name.

    Examples
    --------
    >>> describe("knoke").counts["information"]
    49
    """
    if name in _DOWNLOADS:
        entry = _DOWNLOADS[name]
        return DatasetInfo(
            name=name,
            title=entry["title"],
            kind="records",
            counts={},
            citation=(),
            source=_ATTRIBUTION,
            license="CC BY 4.0",
            note=_CORDIS_NOTE,
            files={entry["url"]: ""},
            settings=Settings({"name": name}),
        )
    known = _index()
    if name not in known:
        options = [*sorted(known), *sorted(_DOWNLOADS)]
        raise OptionError(f"there is no data set {name!r}; choose from {listing(options, 10)}.{nearest(name, options)}")
    entry = known[name]
    return DatasetInfo(
        name=name,
        title=entry["title"],
        kind=entry["kind"],
        counts=entry["counts"],
        citation=tuple(entry["citation"]),
        source=entry["source"],
        license=entry["license"],
        note=entry["note"],
        files=entry["files"],
        settings=Settings({"name": name}),
    )


def load(name: str) -> Network | pd.DataFrame:
    """Return a shipped data set, after checking that its files are the ones that were shipped.

    Parameters
    ----------
    name
        "florentine" (16 families, layers marriage and business, firm column wealth; padgett1993),
        "knoke" (ten organizations, directed layers information and money; knokewood1981),
        "baker" (20 journals, directed citations as strength, firm column self_citations; baker1992),
        "columbus" (49 areas, their neighbors, firm columns crime, income, home_value; anselin1988),
        "moodywhite" (23 members with nested cohesion; moodywhite2003),
        "interlocks" (six countries; kogut2008), "interlocks_hs" (four networks; heemskerk2008) or
        "ornstein" (248 firms with assets, sector, nation and interlocks; ornstein1976, fox2019).

    Returns
    -------
    Network or pandas.DataFrame
        The first five are networks, whose ``settings`` hold citation, source and license; the others are frames
        indexed by country, network or firm, with the same in ``attrs``. `describe` explains the columns.

    Raises
    ------
    OptionError
        If there is no shipped data set of this name; `fetch` has the downloads.
    RecordsError
        If a shipped file is damaged: its sha256 is not the registered one.

    Examples
    --------
    >>> load("florentine")
    <Network: 16 firms (1 isolate), 35 ties, undirected, layers business, marriage>
    """
    info = describe(name)
    if not info.shipped:
        raise OptionError(f"{name!r} is not shipped but downloaded; datasets.fetch({name!r}) gets it.")
    tables = [_shipped(path, checksum) for path, checksum in info.files.items()]
    about = {
        "dataset": name,
        "citation": info.citation,
        "source": info.source,
        "license": info.license,
        "note": info.note,
    }
    if info.kind == "table":
        table = tables[0].set_index(tables[0].columns[0])
        table.attrs.update(about)
        return table
    firms, ties = tables
    ties["directed"] = _index()[name]["directed"]
    return Network(firms.set_index("firm"), ties, settings=about)


def fetch(
    name: str,
    *,
    source: str | Path | None = None,
    url: str | None = None,
    sha256: str | None = None,
    cache: str | Path | None = None,
    refresh: bool = False,
) -> Records:
    """Return open European project consortia as records, from the portal, the cache or a file of your own.

    Organizations become firms (one per organisationID: the first value that is not missing), projects become
    agreements of layer "alliance", and participations become the parties of those agreements. SME flag,
    activity type (as sector), country, NUTS code (as region), coordinates and role come along. The value of an
    agreement is the largest EC contribution to the project; what a participant gets of it is the extra column
    ecContribution of ``groups``, as text with a decimal point.

    Parameters
    ----------
    name
        "cordis_h2020" (2014-2020) or "cordis_horizon" (2021-2027). Source: CORDIS, CC BY 4.0.
    source
        A zip archive that is already on this machine; nothing is downloaded then.
    url
        Another http(s) address of the same archive, should the portal move it.
    sha256
        The hash that the archive must have, 64 hexadecimal digits.
    cache
        Folder for downloads; default the environment variable CLUSTERNET_CACHE, else the user's cache folder.
    refresh
        Download again even if the cache has the archive.

    Returns
    -------
    Records
        As `clusternet.read_records` returns them. A row whose number of fields is not that of the header is set
        aside and listed in ``issues``. Rows of ``groups`` count as organization.csv does and those of ``agreements`` as
        project.csv, the header being row 1; firms are put together from participations and count from 0. ``settings``
        tell the file, its address, size and sha256.

    Raises
    ------
    DownloadError
        If the portal cannot be reached, or the archive has not the expected size, hash or members.
    OptionError
        If there is no download of this name, or `sha256` or `url` is malformed.
    RecordsError
        If a table lacks a required column.

    Notes
    -----
    The portal publishes no hash and renews the archive every month, so no hash can be fixed in advance: the size
    of the archive must lie between 2 and 500 MB, its hash is written beside it, and every later call compares
    (a changed file in the cache is an error). For a result that others can check, publish that hash and give it
    as `sha256`. Only the members organization.csv and project.csv are read, in memory; nothing is unpacked.
    """
    if name not in _DOWNLOADS:
        options = sorted(_DOWNLOADS)
        hint = f" {name!r} is shipped: datasets.load({name!r})." if name in _index() else nearest(name, options)
        raise OptionError(f"there is no download {name!r}; choose from {listing(options)}.{hint}")
    if sha256 is not None and (len(sha256) != 64 or set(sha256.lower()) - set("0123456789abcdef")):
        raise OptionError(f"sha256 is {sha256!r}; give 64 hexadecimal digits.")
    if source is None:
        address = url or str(_DOWNLOADS[name]["url"])
        path = _download(name, address, sha256=sha256, cache=cache, refresh=refresh)
    else:
        address, path = "", Path(source)
        if not path.is_file():
            raise DownloadError(f"there is no file {str(path)!r}; give the path of a CORDIS zip archive.")
    digest = _sha256(path)
    if sha256 is not None and digest != sha256.lower():
        raise DownloadError(
            f"{path.name} has sha256 {digest}, not {sha256.lower()}; it is another edition of the file."
        )
    about = {"dataset": name, "file": path.name, "url": address, "bytes": path.stat().st_size, "sha256": digest}
    return _cordis_records(path, about)


# ── shipped files ──


def _index() -> dict[str, dict[str, Any]]:
    text = files("clusternet").joinpath("data", "index.json").read_text(encoding="utf-8")
    loaded: dict[str, dict[str, Any]] = json.loads(text)
    return loaded


def _shipped(path: str, checksum: str) -> pd.DataFrame:
    content = files("clusternet").joinpath("data", path).read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != checksum:
        raise RecordsError(
            f"the shipped file data/{path} is damaged: sha256 {found[:12]}... instead of {checksum[:12]}...; "
            "install clusternet again."
        )
    return pd.read_csv(io.BytesIO(content), keep_default_na=False, na_values=[""])


def _words(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    if hasattr(value, "items"):
        return ", ".join(f"{item} {key}" if item != "" else str(key) for key, item in value.items())
    return str(value)


# ── downloads ──


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _cache_folder(cache: str | Path | None) -> Path:
    if cache is None:
        cache = os.environ.get("CLUSTERNET_CACHE") or None
    if cache is None:
        import platformdirs

        cache = platformdirs.user_cache_dir("clusternet", appauthor=False)
    return Path(cache).expanduser()


def _download(name: str, url: str, *, sha256: str | None, cache: str | Path | None, refresh: bool) -> Path:
    """Return the archive in the cache, downloaded if need be, after comparing it with the hash beside it."""
    if not url.startswith(("https://", "http://")):
        raise OptionError(f"url is {url!r}; give an http(s) address, or source= for a file on this machine.")
    folder = _cache_folder(cache)
    path, note = folder / f"{name}.zip", folder / f"{name}.zip.sha256"
    if path.is_file() and not refresh:
        noted = note.read_text(encoding="ascii").strip() if note.is_file() else ""
        if noted != _sha256(path):
            raise DownloadError(
                f"{str(path)!r} is not what was downloaded (its sha256 is not the one noted beside it); "
                f"datasets.fetch({name!r}, refresh=True) gets it anew."
            )
        return path
    part = folder / f"{name}.part.zip"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        _retrieve(url, part, sha256)
    except (OSError, ValueError) as error:  # requests' errors are OSErrors; pooch's hash mismatch is a ValueError
        part.unlink(missing_ok=True)
        raise DownloadError(
            f"could not download {name} from {url}: {error}. Without a connection, give a file you have: "
            f"datasets.fetch({name!r}, source='...zip'); if the portal moved it, give url=."
        ) from error
    size = part.stat().st_size
    if not _MIN_BYTES <= size <= _MAX_BYTES:
        part.unlink()
        raise DownloadError(
            f"{url} sent {size:,} bytes; an archive of {_MIN_BYTES:,} to {_MAX_BYTES:,} was expected. "
            "The portal may be down or have moved the file: try later, or give url=."
        )
    note.unlink(missing_ok=True)
    part.replace(path)
    note.write_text(_sha256(path) + "\n", encoding="ascii")
    return path


def _retrieve(url: str, path: Path, sha256: str | None) -> None:
    import pooch

    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel("ERROR")
    try:
        pooch.retrieve(
            url,
            known_hash=f"sha256:{sha256.lower()}" if sha256 else None,
            fname=path.name,
            path=path.parent,
            downloader=pooch.HTTPDownloader(timeout=60),
        )
    finally:
        logger.setLevel(level)


# ── CORDIS archives ──


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return the two tables of the archive, which must be plain files of sane size under honest names."""
    found: dict[str, zipfile.ZipInfo] = {}
    for member in archive.infolist():
        place = PurePosixPath(member.filename.replace("\\", "/"))
        if place.is_absolute() or ".." in place.parts or ":" in place.parts[0]:
            raise DownloadError(f"the archive has a member outside itself, {member.filename[:200]!r}; it is not used.")
        if place.name not in ("organization.csv", "project.csv"):
            continue
        if place.name in found:
            raise DownloadError(f"the archive has {place.name} more than once; it is not used.")
        if member.file_size > _MAX_MEMBER:
            raise DownloadError(f"{place.name} would unpack to {member.file_size:,} bytes; at most {_MAX_MEMBER:,}.")
        found[place.name] = member
    for name in ("organization.csv", "project.csv"):
        if name not in found:
            raise DownloadError(
                f"the archive has no {name}; it has {listing(archive.namelist())}. Give the CSV archive of a programme."
            )
    return found


def _table(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, needed: tuple[str, ...]
) -> tuple[pd.DataFrame, list[int]]:
    """Return a table as text, indexed by row as the file counts records, and the rows of another width."""
    with archive.open(member) as handle:
        content = handle.read(_MAX_MEMBER + 1)  # the size that the archive declares may lie
    name = PurePosixPath(member.filename).name
    if len(content) > _MAX_MEMBER:
        raise DownloadError(f"{name} unpacks to more than {_MAX_MEMBER:,} bytes; it is not used.")
    rows = _parse(content.decode("utf-8-sig", errors="replace").replace("\0", ""))
    header = next(rows, [])
    missing = [column for column in needed if column not in header]
    if missing:
        raise RecordsError(f"{name} lacks {listing(missing)}; it has {listing(header, 30)}.")
    kept, places, odd = [], [], []
    for place, row in enumerate(rows, start=2):
        if len(row) == len(header):
            kept.append(row)
            places.append(place)
        elif row:
            odd.append(place)
    table = pd.DataFrame(kept, columns=header, index=places, dtype="str")
    return table.loc[:, ~table.columns.duplicated()].replace("", float("nan")), odd


def _parse(text: str) -> Iterator[list[str]]:
    limit = csv.field_size_limit(10_000_000)  # objectives run to some thousand characters
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=";")
    except csv.Error as error:
        raise RecordsError(f"a table of the archive cannot be read: {error}.") from error
    finally:
        csv.field_size_limit(limit)


def _decimal(numbers: pd.Series) -> pd.Series:
    # Both 528340.97 and 960619,95 occur in one file; there are no thousands separators.
    return numbers.str.replace(",", ".", regex=False)


def _cordis_records(path: Path, about: Mapping[str, object]) -> Records:
    from clusternet.records import read_records

    try:
        with zipfile.ZipFile(path) as archive:
            member = _members(archive)
            parties, odd_parties = _table(archive, member["organization.csv"], _ORGANIZATION)
            projects, odd_projects = _table(archive, member["project.csv"], _PROJECT)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise DownloadError(f"{path.name} is not a readable zip archive: {error}.") from error
    optional = ("SME", "activityType", "city", "country", "nutsCode", "geolocation", "shortName", "ecContribution")
    parties = parties.reindex(columns=[*parties.columns, *(name for name in optional if name not in parties.columns)])
    parties = parties.astype("str")
    numbers = [name for name in ("ecContribution", "netEcContribution", "totalCost") if name in parties.columns]
    parties[numbers] = parties[numbers].apply(_decimal)
    at = parties["geolocation"].str.strip("() ").str.split(",", n=1, expand=True)
    at = at.reindex(columns=[0, 1]).astype("str")  # a column is float where no place is stated
    firms = parties.assign(lat=at[0].str.strip(), lon=at[1].str.strip())
    kept = ["organisationID", "name", "activityType", "nutsCode", "city", "country", "lat", "lon", "SME", "shortName"]
    firms = firms[kept].groupby("organisationID", sort=False).first().reset_index()
    party_columns = ["projectID", "organisationID", "role", "ecContribution"]
    party_columns += [name for name in ("netEcContribution", "endOfParticipation") if name in parties.columns]
    project_columns = ["id", "startDate", "endDate"]
    project_columns += [name for name in ("acronym", "ecMaxContribution", "fundingScheme") if name in projects.columns]
    projects = projects[project_columns].copy()
    if "ecMaxContribution" in projects.columns:
        projects["ecMaxContribution"] = _decimal(projects["ecMaxContribution"].astype("str"))
    agreement = {"name": "acronym", "value": "ecMaxContribution"}
    agreement = {column: theirs for column, theirs in agreement.items() if theirs in projects.columns}
    mapping = {
        "firms": {"columns": {"firm_id": "organisationID", "sector": "activityType", "region": "nutsCode"}},
        "groups": {
            "columns": {"group_id": "projectID", "firm": "organisationID"},
            "constants": {"kind": "alliance"},
        },
        "agreements": {
            "columns": {"group_id": "id", "start": "startDate", "end": "endDate", **agreement},
            "constants": {"kind": "alliance"},
        },
    }
    tables = {"firms": firms, "groups": parties[party_columns].reset_index(drop=True), "agreements": projects}
    records = read_records(tables, mapping=mapping)
    records = _with_file_rows(records, {"groups": parties.index.to_numpy(), "agreements": projects.index.to_numpy()})
    return _with_odd_rows(records, {"groups": odd_parties, "agreements": odd_projects}, about)


def _with_file_rows(records: Records, places: Mapping[str, NDArray[np.int64]]) -> Records:
    """Let tables, issues and duplicates tell rows as the file counts them, not as positions in what was split."""
    issues, duplicates, tables = records.issues.copy(), records.duplicates.copy(), {}
    for table, place in places.items():
        frame = getattr(records, table)
        tables[table] = frame.assign(row=place[frame["row"]])
        mine = issues["table"] == table
        issues.loc[mine, "row"] = issues.loc[mine, "row"].map(lambda row, place=place: place[row], na_action="ignore")
        issues.loc[mine, "action"] = issues.loc[mine, "action"].str.replace(
            r"(?<=\brow )[\d,]+",
            lambda told, place=place: str(place[int(told[0].replace(",", ""))]),
            regex=True,
        )
        mine = duplicates["table"] == table
        for column in ("row", "kept_row"):
            duplicates.loc[mine, column] = place[duplicates.loc[mine, column]]
    return replace(records, issues=issues, duplicates=duplicates, **tables)


def _with_odd_rows(records: Records, odd: Mapping[str, list[int]], about: Mapping[str, object]) -> Records:
    """Add the rows that could not be split into columns to issues and counts, and the file to the settings."""
    counts, logs = records.counts.copy(), [records.issues]
    for table, rows in odd.items():
        if rows:
            counts.loc[table, ["read", "rejected"]] += len(rows)
            log = {"table": table, "row": rows, "column": "", "value": "", "action": "row rejected"}
            log |= {"problem": "the row has not as many fields as the header", "severity": "error"}
            logs.append(pd.DataFrame(log).astype(records.issues.dtypes))
    issues = pd.concat(logs, ignore_index=True)
    parameters = {**records.settings.parameters, **about}
    return replace(records, issues=issues, counts=counts, settings=replace(records.settings, parameters=parameters))
