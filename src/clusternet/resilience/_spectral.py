"""Responses from the spectrum: algebraic and natural connectivity along a removal path."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from scipy import sparse

    from clusternet.network import Network

__all__ = ["SPECTRAL", "spectral_value"]

SPECTRAL = ("algebraic_connectivity", "algebraic_connectivity_giant", "natural_connectivity")
_DENSE = 1500  # firms up to which the whole matrix is decomposed


def _fiedler_value(matrix: sparse.csr_array) -> float:
    """Second smallest eigenvalue of the Laplacian of a connected graph."""
    from scipy.linalg import eigvalsh

    n = matrix.shape[0]
    degree = matrix.sum(axis=1)
    if n <= _DENSE:
        return float(eigvalsh(np.diag(degree) - matrix.toarray(), subset_by_index=[1, 1])[0])
    from scipy import sparse
    from scipy.sparse.linalg import eigsh

    start = np.random.default_rng(0).normal(size=n)
    # A little below 0, so that the shifted Laplacian can be solved; its least eigenvalues are then the largest.
    laplacian = sparse.csc_array(sparse.diags_array(degree) - matrix)
    found = eigsh(laplacian, k=2, sigma=-1e-3, which="LM", v0=start, return_eigenvectors=False)
    return float(max(found))


def _log_sum_exp(matrix: sparse.csr_array) -> float:
    """Logarithm of the sum of exp(eigenvalue) over the adjacency matrix."""
    from scipy.linalg import eigvalsh
    from scipy.special import logsumexp

    return float(logsumexp(eigvalsh(matrix.toarray())))


def spectral_value(net: Network, name: str) -> Callable[[NDArray[np.bool_]], float]:
    """Return the response as a function of who is there.

    Components that the last loss left alone keep their spectrum, so that only what changed is decomposed again.
    """
    from scipy.sparse.csgraph import connected_components

    matrix = net.simple("undirected").csr()
    compute = _log_sum_exp if name == "natural_connectivity" else _fiedler_value
    known: dict[tuple[int, int], float] = {}

    def of(members: NDArray[np.int64]) -> float:
        # Firms only leave: the same first firm in a component of the same size is the same component.
        key = (int(members[0]), len(members))
        if key not in known:
            known[key] = compute(matrix[members][:, members])
        return known[key]

    def value(there: NDArray[np.bool_]) -> float:
        firms = np.flatnonzero(there)
        if not len(firms):
            return math.nan
        labels = connected_components(matrix[firms][:, firms], directed=False)[1]
        by = np.argsort(labels, kind="stable")
        parts = np.split(firms[by], np.flatnonzero(np.diff(labels[by])) + 1)
        if name == "natural_connectivity":
            sums = [of(part) for part in parts if len(part) > 1]
            alone = len(parts) - len(sums)
            total = np.logaddexp.reduce([*sums, math.log(alone)] if alone else sums)
            return float(total - math.log(len(firms)))
        if name == "algebraic_connectivity" and len(parts) > 1:
            return 0.0
        giant = max(parts, key=len)  # the first in the firm table of several of one size
        return of(giant) if len(giant) > 1 else math.nan

    return value
