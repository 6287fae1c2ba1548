"""Finds the few of many bit strings that differ little from one.

Multi-index hashing (Norouzi, Punjani and Fleet 2012): a string of sixteen chunks that
differs in at most 31 bits has a chunk that differs in at most one. So each chunk is an
index, it is asked for its own value and for those one bit away, and only what comes up
is compared whole.
"""

import numpy as np
from numpy.typing import NDArray

CHUNKS = 16
WIDTH = 16  # bits of a chunk
LARGEST_RADIUS = 2 * CHUNKS - 1


class Nearby:
    """An index over strings of 256 bits: uint8 [n * 32], 100 bytes of memory each."""

    __slots__ = ("_order", "_starts", "_strings")

    def __init__(self, strings: NDArray[np.uint8]) -> None:
        self._strings = strings.view(np.uint64).reshape(-1, 4)
        chunks = strings.view(np.uint16).reshape(-1, CHUNKS).T
        self._order = np.empty(chunks.shape, np.int32)
        for order, chunk in zip(self._order, chunks, strict=True):
            order[:] = np.argsort(chunk, kind="stable")
        counts = [np.bincount(chunk, minlength=1 << WIDTH) for chunk in chunks]
        self._starts = np.zeros((CHUNKS, (1 << WIDTH) + 1), np.int64)
        np.cumsum(counts, axis=1, out=self._starts[:, 1:])

    def within(
        self, radius: int, queries: NDArray[np.uint8]
    ) -> tuple[tuple[int, int], ...]:
        """Where strings lie within *radius* of one of *queries* [m, 32].

        Pairs of an index and its least distance. Raises ValueError for a radius that
        this index may overlook.
        """
        if not 0 <= radius <= LARGEST_RADIUS:
            raise ValueError(f"a radius is 0 to {LARGEST_RADIUS}, got {radius}")
        asked, found = self._candidates(np.ascontiguousarray(queries))
        whole = np.ascontiguousarray(queries).view(np.uint64)
        differing = np.bitwise_count(self._strings[found] ^ whole[asked])
        distance = differing.sum(axis=1, dtype=np.int64)
        near: dict[int, int] = {}
        for i in np.flatnonzero(distance <= radius):
            index, away = int(found[i]), int(distance[i])
            near[index] = min(away, near.get(index, away))
        return tuple(sorted(near.items()))

    def _candidates(
        self, queries: NDArray[np.uint8]
    ) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
        """Which query is to be compared with which string, pair by pair."""
        flips = np.array([0, *(1 << np.arange(WIDTH))], np.uint16)
        values = queries.view(np.uint16)[:, :, np.newaxis] ^ flips  # [m, chunks, 17]
        chunk = np.arange(CHUNKS)[np.newaxis, :, np.newaxis]
        first = self._starts[chunk, values].ravel()
        count = self._starts[chunk, values.astype(np.int64) + 1].ravel() - first
        first += np.broadcast_to(chunk * len(self._strings), values.shape).ravel()
        asked = np.repeat(np.arange(count.size) // (CHUNKS * flips.size), count)
        places = np.arange(count.sum()) + np.repeat(
            first - count.cumsum() + count, count
        )
        return asked, self._order.ravel()[places]
