"""Ledger of a shard: a row for each pair, in the shard's order.

Scores are fixed point, 0 to 65535 for 0 to 1: a third of the room of float32, and
they can be compared as they lie on the disk. A missing value was not measured.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from datasets_cleaning.pair import UID_BYTES

ONE: Final = 65535
"""The fixed-point score of certainty."""

SCORE: Final = pa.uint16()
BASE_COLUMNS: Final[dict[str, pa.DataType]] = {
    "key": pa.string(),
    "uid": pa.binary(UID_BYTES),
    "fault": pa.dictionary(pa.int8(), pa.string()),
}
"""The columns of every ledger; measures add theirs."""


def fixed_point(score: float) -> int:
    """The *score*, from 0 to 1, as a ledger stores it.

    Only 1 becomes `ONE`: at 1.00 a policy says «never», which rounding must not reach.
    """
    return ONE if score >= 1 else min(round(score * ONE), ONE - 1)


@dataclass(frozen=True, slots=True, eq=False)
class Ledger:
    """The table of one shard."""

    table: pa.Table

    @classmethod
    def read(cls, path: Path, columns: Sequence[str] | None = None) -> Self:
        """The ledger in the Parquet file *path*; those of *columns* that it has."""
        file = pq.ParquetFile(path, memory_map=True)
        return cls(file.read(None if columns is None else list(columns)))

    def write(self, path: Path) -> None:
        """Write a Parquet file; the same rows give the same bytes.

        Numbers are split into streams of their bytes, of which LZ4 finds the zeros: on
        skewed scores less room than dictionaries under zstd, and half the time to read.
        """
        schema = self.table.schema
        numbers = [field.name for field in schema if _is_number(field.type)]
        texts = [f.name for f in schema if pa.types.is_dictionary(f.type)]
        pq.write_table(
            self.table,
            path,
            compression="lz4",
            use_dictionary=texts,
            column_encoding=dict.fromkeys(numbers, "BYTE_STREAM_SPLIT"),
            write_statistics=False,
            store_schema=True,
        )

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __contains__(self, column: str) -> bool:
        return bool(self.table.schema.get_field_index(column) >= 0)

    def complete(self, column: str) -> bool:
        """True if every row has a value in *column*."""
        return column in self and self.table.column(column).null_count == 0

    def known(self, column: str) -> NDArray[np.bool_]:
        """Mask of the rows with a value in *column* [n]; of none without the column."""
        if column not in self:
            return np.zeros(len(self), np.bool_)
        return np.asarray(self.table.column(column).is_valid())

    def unknown(self, columns: Sequence[str]) -> NDArray[np.bool_]:
        """Rows that lack a value in one of *columns*, as a mask [n]."""
        missing = np.zeros(len(self), np.bool_)
        for column in columns:
            if not self.complete(column):
                missing |= ~self.known(column)
        return missing

    def numbers(self, column: str) -> NDArray[Any]:
        """The values of a *column* of numbers or flags [n], 0 where one is missing."""
        chunks = self.table.column(column)
        whole = chunks.num_chunks == 1  # and then it need not be copied
        values = chunks.chunk(0) if whole else chunks.combine_chunks()
        if pa.types.is_boolean(values.type):
            values = values.cast(pa.uint8())
        return np.asarray(values.fill_null(0) if values.null_count else values)

    def matches(self, column: str, *texts: str) -> NDArray[np.bool_]:
        """Mask of the rows of a text *column* with one of *texts* [n], none missing."""
        chunks = [_among(chunk, texts) for chunk in self.table.column(column).chunks]
        return np.concatenate([np.empty(0, np.bool_), *chunks])

    def texts(self, column: str) -> list[str | None]:
        """The values of a text *column*, in full."""
        texts: list[str | None] = self.table.column(column).to_pylist()
        return texts

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every row as a dictionary; for people, not for speed."""
        return iter(self.table.to_pylist())


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _among(chunk: pa.Array, texts: Sequence[str]) -> NDArray[np.bool_]:
    """Mask of the values of the text *chunk* among *texts* [n]; no missing ones."""
    if not pa.types.is_dictionary(chunk.type):
        chunk = chunk.dictionary_encode()
    held = pc.is_in(chunk.dictionary, pa.array(texts, pa.string()))
    # few words, many rows; where all are missing there may be no word at all
    found: NDArray[np.bool_] = np.append(held, False)[chunk.indices.fill_null(0)]
    return found & np.asarray(chunk.is_valid()) if chunk.null_count else found
