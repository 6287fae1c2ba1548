"""Clusters of duplicates, and the picture of each that stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.intp]
"""For each row the lowest row of its cluster [n]."""

Edges = NDArray[np.intp]
"""Pairs of rows that are the same picture [edges, 2]."""

OF_DROPPED: Final = "duplicate:of_dropped"


def connected(rows: int, edges: Edges, labels: Labels | None = None) -> Labels:
    """The clusters that *edges* make of *rows*, on top of those that *labels* tell.

    Connected rows are together, in any order of the edges. SciPy's connected_components
    takes two to ten times as long on the few edges that a data set has.
    """
    labels = np.arange(rows) if labels is None else labels.copy()
    while len(edges):
        left, right = labels[edges[:, 0]], labels[edges[:, 1]]
        apart = left != right
        if not apart.any():
            break
        edges, left, right = edges[apart], left[apart], right[apart]
        low, high = np.minimum(left, right), np.maximum(left, right)
        np.minimum.at(labels, high, low)
        # A label is a row of the same cluster, and its label is as good or better.
        while not np.array_equal(further := labels[labels], labels):
            labels = further
    return labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Facts that decide which row of a cluster stays, a value for each row [n].

    *wanted* says that a person wants it kept; *unsafe* that it was dropped for
    safety, or by a person; such a one never stays. *pixels* is the picture's area,
    *uids* are [n, 16].
    """

    wanted: NDArray[np.bool_]
    unsafe: NDArray[np.bool_]
    pixels: NDArray[np.int64]
    uids: NDArray[np.uint8]


def drop_reasons(
    levels: Sequence[tuple[str, Labels]], rows: Candidates
) -> NDArray[np.object_]:
    """The reason to drop each row as a duplicate; "" for those that stay.

    *levels* are the clusters by each reason, the narrowest first, each within the next.
    In a cluster with an unsafe row, only what a person wants is kept, since a copy
    that looks harmless is no better than what it copies. Otherwise the best stays: a
    person's choice, then the largest, then that with the lowest uid, then the first.
    """
    _, widest = levels[-1]
    high, low = np.ascontiguousarray(rows.uids).view(">u8").T
    order = np.lexsort((low, high, -rows.pixels, ~rows.wanted))
    order = order[~rows.unsafe[order]]
    best = np.full(len(widest), -1)
    best[widest[order[::-1]]] = order[::-1]
    unsafe = np.zeros(len(widest), np.bool_)
    unsafe[widest[rows.unsafe]] = True
    best, unsafe, here = best[widest], unsafe[widest], np.arange(len(widest))
    stays = rows.unsafe | ((best == here) & (rows.wanted | ~unsafe))
    found = np.where(stays, "", OF_DROPPED).astype(object)
    for reason, labels in reversed(levels):
        found[~stays & ~unsafe & (labels == labels[best])] = reason
    return found
