"""Pairs of members that share a partner: the arithmetic behind `Network.project`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["EXPAND_BELOW", "distinct", "shared_pairs"]

EXPAND_BELOW = 20_000_000
"""Pairs to list one by one, about 0.5 GB; beyond, a sparse matrix product adds them up as it goes."""


def distinct(
    member: NDArray[np.int64], partner: NDArray[np.int64], n_members: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return members and partners of the distinct memberships, by partner and then by member."""
    width = np.int64(max(n_members, 1))
    membership = np.sort(partner * width + member)  # np.unique hashes, which is ten times slower here
    partner, member = np.divmod(membership[np.diff(membership, prepend=-1) > 0], width)
    return member, partner


def shared_pairs(
    member: NDArray[np.int64], partner: NDArray[np.int64], n_members: int, n_partners: int, *, newman: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return the pairs of members with a partner in common: one, other, number of partners, strength.

    The memberships come from `distinct`. Pairs are sorted, with one < other. The strength is the number of shared
    partners, or with `newman` the sum of 1 / (k - 1) over shared partners of k members.
    """
    width = np.int64(max(n_members, 1))
    size = np.bincount(partner, minlength=n_partners)
    share = 1.0 / np.maximum(size - 1, 1)
    sizes, rank = np.unique(size, return_inverse=True)
    fits = float(width) ** 2 * len(sizes) < 2.0**62  # a pair and the size of its partner are one number below
    if float((size * (size - 1.0)).sum()) / 2 > EXPAND_BELOW or not fits:
        return _by_product(member, partner, share if newman else None, n_members, n_partners)
    # Members stand sorted within their partner, so each is paired with those that follow it.
    end = np.cumsum(size)[partner]
    rest = end - np.arange(len(partner)) - 1
    second = np.repeat(end - np.cumsum(rest), rest)
    second += np.arange(len(second))
    key = np.repeat(member * width, rest)
    key += member[second]
    if newman:
        # Sorting numbers is several times faster than finding their order: the size goes along as last digit.
        key *= len(sizes)
        key += np.repeat(rank[partner], rest)
    key.sort()
    if newman:
        key, rank = np.divmod(key, np.int64(len(sizes)))
    begin = np.flatnonzero(np.concatenate([np.ones(min(len(key), 1), dtype=bool), key[1:] != key[:-1]]))
    count = np.diff(begin, append=len(key))
    one, other = np.divmod(key[begin], width)
    if newman and len(key):
        return one, other, count, np.add.reduceat((1.0 / np.maximum(sizes - 1, 1))[rank], begin)
    return one, other, count, count.astype(float)


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
