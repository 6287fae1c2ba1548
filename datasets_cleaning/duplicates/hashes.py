"""Edges between equal digests (SHA-256), and between near hashes (PDQ, 256 bits)."""

import numpy as np
from numpy.typing import NDArray

from datasets_cleaning.duplicates.clusters import Edges
from moderation.image.multi_index import pairs_within


def exact_edges(digests: NDArray[np.uint8]) -> Edges:
    """An edge between each row and the one before it with the same digest [n, bytes].

    Rows of nothing but zeros have none.
    """
    halves = np.ascontiguousarray(digests).view(np.uint64)
    order = np.lexsort(halves.T)
    order = order[halves[order].any(axis=1)]
    same = (halves[order[1:]] == halves[order[:-1]]).all(axis=1)
    return np.stack([order[:-1][same], order[1:][same]], axis=1)


def near_edges(hashes: NDArray[np.uint8], distance: int) -> Edges:
    """An edge for each two of *hashes* [n, 32] that differ in at most *distance* bits.

    Equal ones are chained instead: a thousand copies take a thousand edges.
    """
    unique, first, back = np.unique(
        np.ascontiguousarray(hashes).view("V32").ravel(),
        return_index=True,
        return_inverse=True,
    )
    copies = np.stack([first[back], np.arange(len(hashes))], axis=1)
    copies = copies[copies[:, 0] != copies[:, 1]]
    pairs = pairs_within(distance, unique.view(np.uint8).reshape(-1, 32))
    return np.concatenate([copies, first[pairs]])
