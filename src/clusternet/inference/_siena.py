"""Waves of a network as files that RSiena reads."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clusternet.errors import NetworkError, OptionError, listing
from clusternet.inference._design import is_number
from clusternet.network import Network
from clusternet.result import Result, Settings, safe_cells

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

__all__ = ["SienaFiles", "write_siena"]

_ABSENT, _CERTAIN, _MISSING = 10, 11, -1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class SienaFiles(Result):
    """What was written for RSiena.

    Attributes
    ----------
    folder
        Where the files are.
    files
        One row per file, indexed by its name: what it holds, rows, columns.
    waves
        One row per wave: firms present, ties, missing pairs, and since the wave before it, among pairs seen and free
        to change in both: ties created, dissolved and kept, and jaccard = kept / (kept + created + dissolved), in
        [0, 1]. The model of snijders2010 takes change as gradual: below .2 it is hard to fit, and above .3 is good.
        NaN in the first wave.
    settings
        Options and version.
    """

    folder: Path
    files: pd.DataFrame
    waves: pd.DataFrame
    settings: Settings

    def to_frame(self) -> pd.DataFrame:
        """Return one row per wave."""
        return self.waves.copy()

    def summary(self) -> str:
        """Return number of waves and files in one line."""
        return f"{len(self.waves)} waves, {len(self.files)} files in {self.folder}"


def write_siena(
    networks: Mapping[Any, Network] | Sequence[Network],
    folder: str | Path,
    *,
    covariates: Iterable[str] = (),
    silent: Mapping[Any, Iterable[object]] | None = None,
    impossible: pd.DataFrame | None = None,
    certain: pd.DataFrame | None = None,
) -> SienaFiles:
    """Write two or more waves, their covariates and an R script for stochastic actor-oriented models.

    Parameters
    ----------
    networks
        The waves in order: a list, a dictionary by label, or what `clusternet.dynamics.snapshots` returned. One layer
        each; ties count as there or not.
    folder
        A new or empty folder. It appears whole or not at all.
    covariates
        Columns of the firms. One that differs between waves is written as changing, else as constant. Words become
        numbers from 1 on in sorted order, and codes.csv tells which.
    silent
        By wave label (its place from 0 on in a list), firms that did not report then: their outgoing ties are missing
        there; in an undirected network a pair is missing where neither firm reports a tie and one of them is silent.
    impossible, certain
        Square tables by firm, true where a tie cannot, or must, be there in any wave (structural zeros and ones).

    Returns
    -------
    SienaFiles

    Raises
    ------
    NetworkError
        If there are fewer than two waves, one is two-mode, some are directed and others not, or a table does not fit
        the firms, has cells other than true and false (1 and 0), or both tables claim a pair.
    OptionError
        If the folder holds files, or a covariate is missing, or a firm is unknown.

    Notes
    -----
    The actors are the firms of all waves, in order of first appearance (actors.csv: number and id). wave1.txt and so on
    are adjacency matrices, rows send, separated by spaces: 0 no tie, 1 tie, 10 structural zero, 11 structural one, NA
    missing. A firm that is not in a wave has structural zeros in its row and column there. Covariate files hold one row
    per actor, one column per wave if changing, NA missing. siena.R reads everything into an object for the R package
    RSiena (snijders2010); nothing in it comes from names in the data, so a hostile name cannot become code.
    """
    labels, waves = _waves(networks)
    ids = _actors(waves)
    directed = waves[0].is_directed if waves[0].n_ties else any(wave.is_directed for wave in waves)
    if any(wave.is_directed != directed for wave in waves if wave.n_ties):
        raise NetworkError("some waves are directed and others not; take net.undirected() of all, or direct all.")
    quiet = _silent(silent or {}, labels, ids)
    matrices = [
        _codes(wave, ids, quiet.get(label, ()), directed=directed) for label, wave in zip(labels, waves, strict=True)
    ]
    structural = [None if table is None else _flags(table, ids, directed=directed) for table in (impossible, certain)]
    if structural[0] is not None and structural[1] is not None and (both := structural[0] & structural[1]).any():
        raise NetworkError(f"ties are both impossible and certain for {listing(ids[both.any(axis=1)])}.")
    for fixed, code in zip(structural, (_ABSENT, _CERTAIN), strict=True):
        if fixed is not None:
            for matrix in matrices:
                matrix[fixed & (matrix != _ABSENT)] = code
    contents: dict[str, tuple[str, str, int, int]] = {}
    n = len(ids)
    for at, matrix in enumerate(matrices, start=1):
        contents[f"wave{at}.txt"] = (_matrix_text(matrix), f"adjacency, wave {labels[at - 1]}", n, n)
    actors = safe_cells(pd.DataFrame({"number": np.arange(1, n + 1), "firm": [str(name) for name in ids]}))
    contents["actors.csv"] = (actors.to_csv(index=False, lineterminator="\n"), "the firm behind every number", n, 2)
    script, codes = [], []
    for at, name in enumerate(covariates, start=1):
        values, levels = _covariate(waves, ids, name)
        file = f"{_slug(name)}_{at}.txt"
        kind = "changing covariate" if values.shape[1] > 1 else "constant covariate"
        contents[file] = (_covariate_text(values), f"{kind} {name}", *values.shape)
        script.append((f"covariate{at}", file, values.shape[1] > 1))
        codes += [(file, name, code, level) for code, level in enumerate(levels, start=1)]
    if codes:
        table = safe_cells(pd.DataFrame(codes, columns=["file", "covariate", "code", "word"]))
        contents["codes.csv"] = (table.to_csv(index=False, lineterminator="\n"), "words behind codes", *table.shape)
    contents["siena.R"] = (_script(len(waves), n, script), "reads the files in R", 0, 0)
    target = _place(Path(folder), {name: text for name, (text, *_) in contents.items()})
    files = pd.DataFrame(
        [(what, rows, columns) for _, what, rows, columns in contents.values()],
        columns=["holds", "rows", "columns"],
        index=pd.Index(list(contents), name="file"),
    )
    return SienaFiles(
        folder=target,
        files=files,
        waves=_changes(labels, waves, matrices, directed=directed),
        settings=Settings({"waves": [str(label) for label in labels], "directed": directed, "actors": n}),
    )


def _waves(networks: Mapping[Any, Network] | Sequence[Network]) -> tuple[list[Any], list[Network]]:
    if isinstance(networks, Mapping):
        labels, waves = list(networks), list(networks.values())
    else:
        waves = list(networks)
        labels = list(range(len(waves)))
    odd = [type(wave).__name__ for wave in waves if not isinstance(wave, Network)]
    two_mode = [
        label for label, wave in zip(labels, waves, strict=True) if isinstance(wave, Network) and wave.is_two_mode
    ]
    if two_mode:
        raise NetworkError(
            f"the waves {listing(two_mode)} are two-mode; these files are for one mode: give wave.project(mode)."
        )
    if odd or len(waves) < 2:
        raise NetworkError(f"RSiena needs two or more networks; given were {len(waves)}{', ' if odd else ''}"
                           f"{listing(odd)}.")  # fmt: skip
    return labels, waves


def _actors(waves: list[Network]) -> pd.Index:
    ids = waves[0].firms.index
    for wave in waves[1:]:
        ids = ids.append(wave.firms.index.difference(ids, sort=False))
    if not len(ids):
        raise NetworkError("the waves have no firms.")
    return ids


def _silent(silent: Mapping[Any, Iterable[object]], labels: list[Any], ids: pd.Index) -> dict[Any, NDArray[np.int64]]:
    found = {}
    for label, firms in silent.items():
        if label not in labels:
            raise OptionError(f"silent names the wave {label!r}; there are {listing(labels, 10)}.")
        wanted = list(firms)
        place = ids.get_indexer(pd.Index(wanted, tupleize_cols=False)) if wanted else np.empty(0, dtype=np.int64)
        if (place < 0).any():
            raise OptionError(f"silent names unknown firms: {listing(np.array(wanted, dtype=object)[place < 0])}.")
        found[label] = place.astype(np.int64)
    return found


def _codes(wave: Network, ids: pd.Index, quiet: Iterable[int], *, directed: bool) -> NDArray[np.int64]:
    """Return the adjacency matrix of a wave with the codes of RSiena."""
    n = len(ids)
    place = ids.get_indexer(wave.firms.index)
    matrix = np.zeros((n, n), dtype=np.int64)
    graph = wave.simple()
    matrix[place[graph.source], place[graph.target]] = 1
    if not directed:
        matrix = np.maximum(matrix, matrix.T)
    rows = np.asarray(quiet, dtype=np.int64)
    if directed:
        matrix[rows] = _MISSING
    else:
        unknown = np.zeros((n, n), dtype=bool)
        unknown[rows] = unknown[:, rows] = True
        matrix[unknown & (matrix == 0)] = _MISSING
    absent = np.ones(n, dtype=bool)
    absent[place] = False
    matrix[absent] = _ABSENT
    matrix[:, absent] = _ABSENT
    np.fill_diagonal(matrix, 0)
    return matrix


def _flags(table: pd.DataFrame, ids: pd.Index, *, directed: bool) -> NDArray[np.bool_]:
    if not table.index.is_unique or not table.columns.is_unique:
        raise NetworkError("a table of structural ties names firms more than once.")
    strange = table.index.union(table.columns).difference(ids)
    if len(strange):
        raise NetworkError(f"a table of structural ties has unknown firms: {listing(strange)}.")
    known = table.isin([True, False])  # 1 and 0 are equal to these
    if not known.to_numpy().all():
        odd = table.to_numpy(dtype=object)[~known.to_numpy()]
        raise NetworkError(f"a table of structural ties holds {listing(pd.unique(odd))}; give true and false alone.")
    flags = np.asarray(table.reindex(index=ids, columns=ids, fill_value=False), dtype=bool).copy()
    np.fill_diagonal(flags, False)
    if not directed and (flags != flags.T).any():
        raise NetworkError("a table of structural ties is not symmetric, but the network is undirected.")
    return flags


def _matrix_text(matrix: NDArray[np.int64]) -> str:
    words = {_MISSING: "NA"}
    return "".join(" ".join(words.get(int(cell), str(int(cell))) for cell in row) + "\n" for row in matrix)


def _covariate(waves: list[Network], ids: pd.Index, name: str) -> tuple[NDArray[np.float64], list[str]]:
    """Return one column per wave, or one in all if no firm's value changes, and the words behind codes."""
    lacking = [at for at, wave in enumerate(waves) if name not in wave.firms.columns]
    if lacking:
        raise OptionError(f"firms has no column {name!r} in waves {listing(lacking)}.")
    columns = [wave.firms[name] for wave in waves]
    levels: list[str] = []
    if not all(is_number(column) for column in columns):
        words = [column.astype("str").where(column.notna()) for column in columns]
        levels = sorted({word for column in words for word in column.dropna()})
        code = {word: float(at) for at, word in enumerate(levels, start=1)}
        columns = [column.map(code).astype("float64") for column in words]
    values = np.column_stack([column.astype("float64").reindex(ids).to_numpy() for column in columns])
    low, high = np.fmin.reduce(values, axis=1), np.fmax.reduce(values, axis=1)
    if ((low == high) | np.isnan(low)).all():
        return low[:, None], levels
    return values, levels


def _covariate_text(values: NDArray[np.float64]) -> str:
    return "".join(" ".join("NA" if np.isnan(cell) else repr(float(cell)) for cell in row) + "\n" for row in values)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", str(name).lower()).strip("_")[:40] or "covariate"


def _script(n_waves: int, n: int, covariates: list[tuple[str, str, bool]]) -> str:
    lines = [
        "# Run in this folder: Rscript siena.R, or source('siena.R').",
        "library(RSiena)",
        'read_matrix <- function(file) as.matrix(read.table(file, na.strings = "NA"))',
        f'waves <- lapply(1:{n_waves}, function(w) unname(read_matrix(paste0("wave", w, ".txt"))))',
        f"ties <- sienaDependent(array(unlist(waves), dim = c({n}, {n}, {n_waves})))",
    ]
    for name, file, changing in covariates:
        if changing:  # the last wave has no period after it
            columns = "1" if n_waves == 2 else f"1:{n_waves - 1}"
            made = (
                f'coCovar(read_matrix("{file}")[, 1])'
                if n_waves == 2
                else (f'varCovar(read_matrix("{file}")[, {columns}])')
            )
        else:
            made = f'coCovar(as.vector(read_matrix("{file}")))'
        lines.append(f"{name} <- {made}  # {file}")
    every = ", ".join(["ties", *(name for name, _, _ in covariates)])
    lines += [
        f"data <- sienaDataCreate({every})",
        "effects <- getEffects(data)",
        'print01Report(data, modelname = "clusternet")',
        "",
    ]
    return "\n".join(lines)


def _place(folder: Path, contents: Mapping[str, str]) -> Path:
    """Write all files beside the folder and let them appear at once."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OptionError(f"{str(folder)!r} is not empty; give a new or empty folder.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=folder.parent))
    try:
        for name, text in contents.items():
            (partial / name).write_text(text, encoding="utf-8", newline="\n")
        partial.chmod(0o755)
        if folder.exists():
            folder.rmdir()
        partial.replace(folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return folder


def _changes(
    labels: list[Any], waves: list[Network], matrices: list[NDArray[np.int64]], *, directed: bool
) -> pd.DataFrame:
    n = len(matrices[0])
    pairs = ~np.eye(n, dtype=bool) if directed else np.triu(np.ones((n, n), dtype=bool), 1)
    rows: list[dict[str, float]] = []
    for at, (wave, matrix) in enumerate(zip(waves, matrices, strict=True)):
        row = {
            "firms": wave.n_firms,
            "ties": int((np.isin(matrix, (1, _CERTAIN)) & pairs).sum()),
            "missing_pairs": int(((matrix == _MISSING) & pairs).sum()),
            **dict.fromkeys(("created", "dissolved", "kept", "jaccard"), float("nan")),
        }
        if at:
            before = matrices[at - 1]
            seen = pairs & np.isin(before, (0, 1)) & np.isin(matrix, (0, 1))
            old, new = (before == 1) & seen, (matrix == 1) & seen
            kept, created, gone = int((old & new).sum()), int((new & ~old).sum()), int((old & ~new).sum())
            row |= {"created": created, "dissolved": gone, "kept": kept}
            row["jaccard"] = kept / (kept + created + gone) if kept + created + gone else float("nan")
        rows.append(row)
    return pd.DataFrame(rows, index=pd.Index([str(label) for label in labels], name="wave"))
