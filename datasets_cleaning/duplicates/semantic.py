"""The same in meaning, by CLIP's embeddings.

Comparing all with all is out of the question, so the rows are first sorted into about
√N heaps of like ones (k-means), each into its two nearest, and compared within a heap.
A pair whose two rows share no heap is missed: this level is an estimate.
"""

from collections.abc import Iterator
from itertools import pairwise
from math import isqrt
from typing import Final

import faiss
import numpy as np
from numpy.typing import NDArray

from datasets_cleaning.duplicates.clusters import Edges

SEED: Final = 2026
ROUNDS: Final = 10
SAMPLE: Final = 256
"""Rows for each heap that k-means learns from."""

NEAREST_CELLS: Final = 2
"""The cells that each row lies in."""

_AT_ONCE: Final = 2**12
"""Rows that are compared with their heap at a time."""


def semantic_edges(vectors: NDArray[np.float16], cosine: float) -> Edges:
    """An edge for each two of *vectors* [n, d] with at least this *cosine*, but a few.

    Rows of nothing but zeros have none.
    """
    rows = np.flatnonzero(vectors.any(axis=1))
    if len(rows) < 2:  # noqa: PLR2004  # two make a pair
        return np.empty((0, 2), np.intp)
    cells = max(1, isqrt(len(rows)))
    centres = _centres(vectors, rows, cells)
    nearest = np.concatenate(
        [
            centres.search(normalized(vectors[part]), min(NEAREST_CELLS, cells))[1]
            for part in _parts(rows)
        ]
    )
    members = np.repeat(rows, nearest.shape[1])
    order = np.argsort(nearest.ravel(), kind="stable")
    bounds = np.searchsorted(nearest.ravel()[order], np.arange(cells + 1))
    found = [
        edges
        for start, end in pairwise(bounds)
        for edges in _edges_within(vectors, members[order[start:end]], cosine)
    ]
    return np.concatenate([np.empty((0, 2), np.intp), *found])


def normalized(vectors: NDArray[np.float16]) -> NDArray[np.float32]:
    """*vectors* [n, d] at length 1; those of length 0 as they are."""
    wide = vectors.astype(np.float32)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    return np.asarray(wide / np.where(lengths > 0, lengths, 1), np.float32)


def _centres(
    vectors: NDArray[np.float16], rows: NDArray[np.intp], cells: int
) -> "faiss.Index":
    sample = rows
    if len(rows) > SAMPLE * cells:
        chosen = np.random.default_rng(SEED).choice(len(rows), SAMPLE * cells, False)  # noqa: FBT003
        sample = rows[np.sort(chosen)]
    means = faiss.Kmeans(
        vectors.shape[1],
        cells,
        niter=ROUNDS,
        seed=SEED,
        spherical=True,
        min_points_per_centroid=1,
        max_points_per_centroid=SAMPLE,
    )
    means.train(normalized(vectors[sample]))
    return means.index


def _parts(rows: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    for start in range(0, len(rows), _AT_ONCE):
        yield rows[start : start + _AT_ONCE]


def _edges_within(
    vectors: NDArray[np.float16], cell: NDArray[np.intp], cosine: float
) -> Iterator[Edges]:
    whole = normalized(vectors[cell])
    for start in range(0, len(cell), _AT_ONCE):
        close = whole[start : start + _AT_ONCE] @ whole.T >= cosine
        left, right = np.nonzero(np.triu(close, start + 1))
        yield np.stack([cell[left + start], cell[right]], axis=1)
