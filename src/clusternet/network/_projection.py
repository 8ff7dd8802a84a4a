"""Pairs of members that share a partner: the arithmetic behind `Network.project`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["EXPAND_BELOW", "shared_pairs"]

EXPAND_BELOW = 20_000_000
"""Pairs to list one by one, about 0.5 GB; beyond, a sparse matrix product adds them up as it goes."""


def shared_pairs(
    member: NDArray[np.int64], partner: NDArray[np.int64], n_members: int, n_partners: int, *, newman: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return the pairs of members with a partner in common: one, other, number of partners, strength.

    Pairs are sorted, with one < other. A membership that stands twice counts once. The strength is the number of
    shared partners, or with `newman` the sum of 1 / (k - 1) over shared partners of k members.
    """
    width = np.int64(max(n_members, 1))
    membership = np.sort(partner * width + member)  # np.unique hashes, which is ten times slower here
    partner, member = np.divmod(membership[np.diff(membership, prepend=-1) > 0], width)
    size = np.bincount(partner, minlength=n_partners)
    share = 1.0 / np.maximum(size - 1, 1)
    if float((size * (size - 1.0)).sum()) / 2 > EXPAND_BELOW:
        return _by_product(member, partner, share if newman else None, n_members, n_partners)
    # Members stand sorted within their partner, so each is paired with those that follow it.
    rest = np.cumsum(size)[partner] - np.arange(len(partner)) - 1
    first = np.repeat(np.arange(len(partner)), rest)
    second = np.arange(len(first)) - np.repeat(np.cumsum(rest) - rest, rest) + first + 1
    key = member[first] * width + member[second]
    if newman:
        order = np.argsort(key, kind="stable")
        key, weight = key[order], share[partner[first]][order]
    else:
        key.sort()
    begin = np.flatnonzero(np.diff(key, prepend=-1))
    count = np.diff(begin, append=len(key))
    one, other = np.divmod(key[begin], width)
    return one, other, count, np.add.reduceat(weight, begin) if newman and len(key) else count.astype(float)


def _by_product(
    member: NDArray[np.int64],
    partner: NDArray[np.int64],
    share: NDArray[np.float64] | None,
    n_members: int,
    n_partners: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    from scipy import sparse

    incidence = sparse.csr_array((np.ones(len(member)), (member, partner)), shape=(n_members, n_partners))
    shared = incidence @ incidence.T
    shared.sort_indices()
    one = np.repeat(np.arange(n_members), np.diff(shared.indptr))
    upper = one < shared.indices
    count = shared.data[upper]
    strength = count
    if share is not None:
        scaled = (incidence @ sparse.diags_array(share)) @ incidence.T
        scaled.sort_indices()  # the same pairs in the same order: all entries are positive
        strength = scaled.data[upper]
    return one[upper], shared.indices[upper].astype(np.int64), count.astype(np.int64), strength
