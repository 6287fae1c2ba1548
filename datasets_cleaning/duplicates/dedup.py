"""Deduplication over a data set: copies of pictures, and those of them that stay."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from datasets_cleaning.destination import Destination, atomic_write
from datasets_cleaning.duplicates.clusters import (
    Candidates,
    Labels,
    connected,
    drop_reasons,
)
from datasets_cleaning.duplicates.hashes import exact_edges, near_edges
from datasets_cleaning.duplicates.semantic import semantic_edges
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.plan_file import Duplicates


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureTable:
    """Rows of many ledgers: the number of its *shards* and its *row* there, for each.

    Digests and hashes are [n, 32] and zeros where there is none; *uids* are [n, 16].
    """

    shards: NDArray[np.uint32]
    rows: NDArray[np.uint32]
    uids: NDArray[np.uint8]
    digests: NDArray[np.uint8]
    hashes: NDArray[np.uint8]
    quality: NDArray[np.uint8]
    pixels: NDArray[np.int64]

    @classmethod
    def of(cls, number: int, ledger: Ledger, rows: NDArray[np.intp]) -> Self:
        """These *rows* of the *ledger* of the shard *number*."""
        return cls(
            shards=np.full(len(rows), number, np.uint32),
            rows=rows.astype(np.uint32),
            uids=octets(ledger, "uid", 16)[rows],
            digests=octets(ledger, "sha256", 32)[rows],
            hashes=octets(ledger, "pdq", 32)[rows],
            quality=_numbers(ledger, "pdq_quality")[rows].astype(np.uint8),
            pixels=(_numbers(ledger, "width") * _numbers(ledger, "height"))[rows],
        )

    @classmethod
    def concatenated(cls, parts: Sequence[Self]) -> Self:
        """All of *parts*, at least one, in their order."""
        return cls(
            **{
                name: np.concatenate([getattr(part, name) for part in parts])
                for name in cls.__slots__
            }
        )

    def __len__(self) -> int:
        return len(self.rows)


def octets(ledger: Ledger, column: str, width: int) -> NDArray[np.uint8]:
    """The values of a binary *column* [n, width], zeros where one is missing."""
    if column not in ledger:
        return np.zeros((len(ledger), width), np.uint8)
    values = ledger.table.column(column).combine_chunks().fill_null(bytes(width))
    flat = np.frombuffer(values.buffers()[1] or b"", np.uint8)
    return flat.reshape(-1, width)[values.offset : values.offset + len(values)]


def _numbers(ledger: Ledger, column: str) -> NDArray[np.int64]:
    if column not in ledger:
        return np.zeros(len(ledger), np.int64)
    return np.asarray(ledger.numbers(column), np.int64)


Flags = NDArray[np.bool_]


@dataclass(slots=True, kw_only=True)
class Deduplicator:
    """Takes in what is kept and what is unsafe, shard by shard; tells the copies."""

    settings: Duplicates
    to: Destination
    parts: list[tuple[PictureTable, Flags, Flags]] = field(default_factory=list)

    def add(
        self, number: int, ledger: Ledger, *, kept: Flags, unsafe: Flags, wanted: Flags
    ) -> None:
        """The shard *number*: for each row whether it is in, and how [n] each."""
        rows = np.flatnonzero(kept | unsafe)
        pictures = PictureTable.of(number, ledger, rows)
        self.parts.append((pictures, unsafe[rows], wanted[rows]))

    def dropped(self) -> Iterator[tuple[int, NDArray[np.uint32], str]]:
        """The rows of shards that are dropped as copies, for one reason each.

        `duplicates.parquet` then tells of every cluster, with what stays of it.
        """
        pictures = PictureTable.concatenated(
            [pictures for pictures, _, _ in self.parts]
        )
        rows = Candidates(
            unsafe=np.concatenate([unsafe for _, unsafe, _ in self.parts]),
            wanted=np.concatenate([wanted for _, _, wanted in self.parts]),
            pixels=pictures.pixels,
            uids=pictures.uids,
        )
        levels = self._levels(pictures)
        reasons = drop_reasons(levels, rows)
        _write(pictures, levels[-1][1], reasons, rows.unsafe, self.to)
        for reason in sorted(set(reasons) - {""}):
            for number in np.unique(pictures.shards[reasons == reason]):
                chosen = (reasons == reason) & (pictures.shards == number)
                yield int(number), pictures.rows[chosen], reason

    def _levels(self, pictures: PictureTable) -> Sequence[tuple[str, Labels]]:
        """The clusters by each reason that is asked for, each within the next."""
        labels, levels = np.arange(len(pictures)), []
        if self.settings.exact:
            labels = connected(len(pictures), exact_edges(pictures.digests), labels)
        levels.append(("duplicate:exact", labels))
        if self.settings.near is not None:
            comparable = (
                pictures.quality >= self.settings.quality
            ) & pictures.hashes.any(axis=1)
            rows = np.flatnonzero(comparable)
            edges = rows[near_edges(pictures.hashes[rows], self.settings.near)]
            labels = connected(len(pictures), edges, labels)
        levels.append(("duplicate:near", labels))
        if self.settings.semantic is not None:
            edges = semantic_edges(self._vectors(pictures), self.settings.semantic)
            labels = connected(len(pictures), edges, labels)
        levels.append(("duplicate:semantic", labels))
        return levels

    def _vectors(self, pictures: PictureTable) -> NDArray[np.float16]:
        """Their embeddings [n, d], zeros where there is none."""
        found: list[tuple[Flags, NDArray[np.float16]]] = []
        for number in np.unique(pictures.shards):
            if (path := self.to.embeddings(int(number))).exists():
                here = pictures.shards == number
                found.append((here, np.load(path, mmap_mode="r")[pictures.rows[here]]))
        width = found[0][1].shape[1] if found else 1
        vectors = np.zeros((len(pictures), width), np.float16)
        for here, own in found:
            vectors[here] = own
        return vectors


def _write(
    pictures: PictureTable,
    labels: Labels,
    reasons: NDArray[Any],
    unsafe: Flags,
    to: Destination,
) -> None:
    """Every cluster of two or more, in the order of their first rows."""
    sizes = np.bincount(labels, minlength=len(labels))
    rows = np.flatnonzero(sizes[labels] > 1)
    rows = rows[np.argsort(labels[rows], kind="stable")]
    cluster = np.unique(labels[rows], return_inverse=True)[1]
    table = {
        "cluster": pa.array(cluster, pa.uint32()),
        "shard": pa.array(pictures.shards[rows]),
        "row": pa.array(pictures.rows[rows]),
        "uid": pa.array(map(bytes, pictures.uids[rows]), pa.binary(16)),
        "reason": pa.array(reasons[rows].tolist(), pa.string()),
        "unsafe": pa.array(unsafe[rows]),
    }
    with atomic_write(to.duplicates) as path:
        pq.write_table(pa.table(table), path, compression="zstd")
