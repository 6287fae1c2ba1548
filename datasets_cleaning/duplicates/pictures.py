"""The pictures of a whole data set, as far as it takes to tell which are the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from datasets_cleaning.ledger import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
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
    def together(cls, parts: Sequence[Self]) -> Self:
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
