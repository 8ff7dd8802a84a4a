"""The matrix that says who is near whom, and its fingerprint."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from clusternet.errors import NetworkError, OptionError, listing
from clusternet.measure import Weights, choose
from clusternet.network import Network

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

Normalization = Literal["row", "spectral", "none"]


@dataclass(frozen=True, slots=True)
class Nearness:
    """A weights matrix: who influences whom, raw and normalized."""

    matrix: sparse.csr_array
    raw: sparse.csr_array
    n_links: int
    n_isolates: int
    sha256: str
    symmetric: bool
    normalize: Normalization

    def eigenvalues(self) -> NDArray[Any]:
        """Return all eigenvalues; real when the raw matrix is symmetric."""
        dense = self.matrix.toarray()
        if self.symmetric and self.normalize == "row":
            # D^-1 A is similar to the symmetric D^-1/2 A D^-1/2, whose eigenvalues are exact and real.
            scale = np.sqrt(_row_sums(self.raw))
            back = np.divide(1.0, scale, out=np.zeros_like(scale), where=scale > 0)
            dense = dense * scale[:, None] * back[None, :]
        if self.symmetric:
            return np.linalg.eigvalsh((dense + dense.T) / 2)
        return np.linalg.eigvals(dense)


def _row_sums(matrix: sparse.csr_array) -> NDArray[np.float64]:
    return np.asarray(matrix.sum(axis=1), dtype=float).ravel()


def nearness(
    weights_from: Network | pd.DataFrame | Any,
    *,
    keep: NDArray[np.bool_] | None = None,
    index: pd.Index | None = None,
    weights: Weights = "ignore",
    normalize: Normalization = "row",
) -> Nearness:
    """Return the weights matrix of a network or of a square matrix, of the kept firms only, normalized after that."""
    from scipy import sparse

    choose("weights", weights, ("ignore", "strength"))
    choose("normalize", normalize, ("row", "spectral", "none"))
    if isinstance(weights_from, Network):
        raw, ids = weights_from.simple().csr(weights=weights), weights_from.firms.index
    else:
        raw, ids = _square(weights_from, index)
        if weights == "ignore":
            raw.data[:] = 1.0
    if keep is not None and not keep.all():
        raw, ids = raw[keep][:, keep], ids[keep]
    raw = sparse.csr_array(raw)
    raw.sort_indices()
    sums = _row_sums(raw)
    if normalize == "row":
        back = np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)
        made = sparse.csr_array(sparse.diags_array(back) @ raw)
    elif normalize == "spectral" and raw.nnz:
        made = raw / _spectral_radius(raw)
    else:
        made = raw.copy()
    made.sort_indices()
    difference = abs(raw - raw.T)
    symmetric = difference.nnz == 0 or float(difference.max()) == 0.0
    return Nearness(made, raw, int(raw.nnz), int((sums == 0).sum()), fingerprint(made, ids), symmetric, normalize)


def _spectral_radius(raw: sparse.csr_array) -> float:
    from scipy.sparse.linalg import eigs

    if raw.shape[0] <= 1000:
        return float(np.abs(np.linalg.eigvals(raw.toarray())).max()) or 1.0
    start = np.ones(raw.shape[0])
    return float(np.abs(eigs(raw, k=1, which="LM", return_eigenvectors=False, v0=start)[0])) or 1.0


def _square(matrix: Any, index: pd.Index | None) -> tuple[sparse.csr_array, pd.Index]:
    from scipy import sparse

    if isinstance(matrix, pd.DataFrame):
        if not matrix.index.is_unique or set(matrix.index) != set(matrix.columns):
            raise NetworkError("a table of weights needs the same distinct firms as rows and as columns.")
        matrix = matrix[matrix.index]
        if index is not None:
            strange = index.difference(matrix.index)
            if len(strange):
                raise NetworkError(f"the weights lack {len(strange):,} firms: {listing(strange)}.")
            matrix = matrix.loc[index, index]
        ids, values = matrix.index, matrix.to_numpy(dtype=float)
    else:
        values = matrix
        ids = pd.RangeIndex(np.shape(matrix)[0]) if index is None else index
    raw = sparse.csr_array(values, dtype=float)
    if raw.shape[0] != raw.shape[1] or raw.shape[0] != len(ids):
        raise NetworkError(f"the weights are {raw.shape[0]:,} by {raw.shape[1]:,}; {len(ids):,} firms need a square.")
    raw = raw.copy()
    raw.setdiag(0.0)  # a firm is not its own neighbor
    raw.eliminate_zeros()
    if not np.isfinite(raw.data).all() or (raw.data < 0).any():
        raise OptionError("weights must be finite and not negative; zero means no influence.")
    return raw, ids


def fingerprint(matrix: sparse.csr_array, ids: pd.Index) -> str:
    """Return the sha256 of the weights: ids, and row, column and value of every link in order of ids.

    Values are rounded to 12 significant digits; the order in which the firms stand does not matter.
    """
    names = np.array([str(name) for name in ids])
    place = np.empty(len(names), dtype=np.int64)
    order = np.argsort(names, kind="stable")
    place[order] = np.arange(len(names))
    coo = matrix.tocoo()
    rows, columns = place[coo.row], place[coo.col]
    links = np.lexsort((columns, rows))
    digest = hashlib.sha256("\n".join(names[order]).encode())
    lines = (f"{rows[at]} {columns[at]} {coo.data[at]:.12g}\n" for at in links)
    digest.update("".join(lines).encode())
    return digest.hexdigest()
