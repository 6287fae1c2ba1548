"""Which pictures of a data set are copies, and which of the copies stay."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from datasets_cleaning.destination import Destination, whole
from datasets_cleaning.duplicates.clusters import Candidates, Labels, joined, settled
from datasets_cleaning.duplicates.exact import exact
from datasets_cleaning.duplicates.near import near
from datasets_cleaning.duplicates.pictures import Pictures
from datasets_cleaning.duplicates.semantic import alike
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.plan import Duplicates

Flags = NDArray[np.bool_]


@dataclass(slots=True, kw_only=True)
class Copies:
    """Takes in what is kept and what is unsafe, shard by shard; tells the copies."""

    asked: Duplicates
    to: Destination
    parts: list[tuple[Pictures, Flags, Flags]] = field(default_factory=list)

    def add(
        self, number: int, ledger: Ledger, *, kept: Flags, unsafe: Flags, wanted: Flags
    ) -> None:
        """The shard *number*: for each row whether it is in, and how [n] each."""
        rows = np.flatnonzero(kept | unsafe)
        pictures = Pictures.of(number, ledger, rows)
        self.parts.append((pictures, unsafe[rows], wanted[rows]))

    def settled(self) -> Iterator[tuple[int, NDArray[np.uint32], str]]:
        """The rows of shards that are dropped as copies, for one reason each.

        `duplicates.parquet` then tells of every cluster, with what stays of it.
        """
        pictures = Pictures.together([pictures for pictures, _, _ in self.parts])
        rows = Candidates(
            tainted=np.concatenate([unsafe for _, unsafe, _ in self.parts]),
            spoken=np.concatenate([wanted for _, _, wanted in self.parts]),
            pixels=pictures.pixels,
            uids=pictures.uids,
        )
        levels = self._levels(pictures)
        reasons = settled(levels, rows)
        _write(pictures, levels[-1][1], reasons, rows.tainted, self.to)
        for reason in sorted(set(reasons) - {""}):
            for number in np.unique(pictures.shards[reasons == reason]):
                chosen = (reasons == reason) & (pictures.shards == number)
                yield int(number), pictures.rows[chosen], reason

    def _levels(self, pictures: Pictures) -> Sequence[tuple[str, Labels]]:
        """The clusters by each reason that is asked for, each within the next."""
        labels, levels = np.arange(len(pictures)), []
        if self.asked.exact:
            labels = joined(len(pictures), exact(pictures.digests), labels)
        levels.append(("duplicate:exact", labels))
        if self.asked.near is not None:
            told = (pictures.quality >= self.asked.quality) & pictures.hashes.any(
                axis=1
            )
            rows = np.flatnonzero(told)
            edges = rows[near(pictures.hashes[rows], self.asked.near)]
            labels = joined(len(pictures), edges, labels)
        levels.append(("duplicate:near", labels))
        if self.asked.alike is not None:
            edges = alike(self._vectors(pictures), self.asked.alike)
            labels = joined(len(pictures), edges, labels)
        levels.append(("duplicate:alike", labels))
        return levels

    def _vectors(self, pictures: Pictures) -> NDArray[np.float16]:
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
    pictures: Pictures,
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
    with whole(to.duplicates) as path:
        pq.write_table(pa.table(table), path, compression="zstd")
