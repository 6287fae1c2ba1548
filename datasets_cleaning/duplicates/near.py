"""The same picture to the eye, by its perceptual hash (PDQ, 256 bits).

Two hashes that differ in at most 31 bits differ in at most one bit in one of their 16
words of 16 bits: there are no more than 31 such bits to share out, and two in each word
would take 32. So looking into the bucket of each word, and into those one bit away,
finds every pair, at a hundredth of the comparisons. It is exact, not an estimate.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from datasets_cleaning.duplicates.clusters import Edges

BITS: Final = 31
"""The largest distance for which the words of 16 bits find every pair."""

_AT_ONCE: Final = 2**22
"""Distances that are worked out at a time: 32 MB each of two arrays."""

_FLIPS: Final = (0, *(1 << bit for bit in range(16)))


def near_edges(hashes: NDArray[np.uint8], distance: int) -> Edges:
    """An edge for each two of *hashes* [n, 32] that differ in at most *distance* bits.

    Equal ones are chained instead: a thousand copies take a thousand edges.
    """
    if not 0 <= distance <= BITS:
        raise ValueError(f"a distance is from 0 to {BITS} bits, got {distance}")
    unique, first, back = np.unique(
        np.ascontiguousarray(hashes).view("V32").ravel(),
        return_index=True,
        return_inverse=True,
    )
    copies = np.stack([first[back], np.arange(len(hashes))], axis=1)
    copies = copies[copies[:, 0] != copies[:, 1]]
    words = unique.view(np.uint64).reshape(-1, 4)
    found = [
        edges
        for band in range(16)
        for edges in _of_band(words, words.view(np.uint16)[:, band], distance)
    ]
    return np.concatenate([copies, *(first[edges] for edges in found)])


def _of_band(
    words: NDArray[np.uint64], keys: NDArray[np.uint16], distance: int
) -> Iterator[Edges]:
    """The edges between hashes whose *keys* differ in one bit at most."""
    order = np.argsort(keys, kind="stable")
    bounds = np.searchsorted(keys[order], np.arange(2**16 + 1))
    for key in np.flatnonzero(np.diff(bounds)):
        here = order[bounds[key] : bounds[key + 1]]
        others = [key ^ flip for flip in _FLIPS if key ^ flip >= key]
        there = np.concatenate([order[bounds[o] : bounds[o + 1]] for o in others])
        for start in range(0, len(here), step := max(1, _AT_ONCE // len(there))):
            yield _close(words, here[start : start + step], there, distance)


def _close(
    words: NDArray[np.uint64], here: Edges, there: Edges, distance: int
) -> Edges:
    apart = np.zeros((len(here), len(there)), np.uint16)
    for word in range(4):
        apart += np.bitwise_count(words[here, word, None] ^ words[None, there, word])
    left, right = np.nonzero(apart <= distance)
    left, right = here[left], there[right]
    edges: Edges = np.stack([left, right], axis=1)[left != right]
    return edges
