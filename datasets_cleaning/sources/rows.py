"""Rows of a table's file, by parts: CSV, JSON lines, Parquet.

Only the rows asked for are read, from a file of this machine or from any that fsspec
can seek in. Arrow's readers of CSV and JSON start at no row of their own and tell no
byte of what is damaged, so only Parquet is read by them.
"""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Any, Final, NamedTuple, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from datasets_cleaning.errors import SourceError
from datasets_cleaning.pair import Fault

ROWS: Final = 10_000
"""Rows of a shard, where pictures are at paths."""

HEAVY_ROWS: Final = 1_000
"""Rows of a shard where pictures stand in the table or are fetched."""

_LONGEST_LINE: Final = 2**27
_BATCH: Final = 256


class Span(NamedTuple):
    """*size* rows from number *first* on; in text they begin at byte *start*."""

    first: int
    size: int
    start: int = 0


class Row(NamedTuple):
    """The cells of a row by their columns, or what is wrong with all of it."""

    cells: dict[str, Any]
    fault: Fault | None = None


class Reader(Protocol):
    """Reads one format."""

    def columns(self, stream: IO[bytes], /) -> Sequence[str]:
        """The table's columns; SourceError when it is none."""
        ...

    def spans(self, stream: IO[bytes], size: int, /) -> list[Span]:
        """The whole table in spans of *size* rows."""
        ...

    def rows(
        self, stream: IO[bytes], span: Span, columns: Sequence[str], /
    ) -> Iterator[Row]:
        """The rows of *span*, with *columns* at least."""
        ...


@dataclass(slots=True)
class _Lines:
    """The lines of *stream* as text, what is no UTF-8 in them surrogate-escaped."""

    stream: IO[bytes]
    place: int

    def __iter__(self) -> Iterator[str]:
        while line := self.stream.readline(_LONGEST_LINE):
            if len(line) == _LONGEST_LINE:
                raise SourceError(f"the line at byte {self.place} has no end")
            self.place += len(line)
            yield line.decode("utf-8", "surrogateescape")


class Csv:
    """Comma-separated values with a line of headings, quoted as RFC 4180 says."""

    def columns(self, stream: IO[bytes], /) -> Sequence[str]:
        """The table's columns; SourceError when it is none."""
        return self._header(stream)[0]

    def spans(self, stream: IO[bytes], size: int, /) -> list[Span]:
        """The whole table in spans of *size* rows."""
        columns, lines = self._header(stream)
        return _spans(_csv_rows(lines, columns), lines, size)

    def rows(
        self, stream: IO[bytes], span: Span, columns: Sequence[str], /
    ) -> Iterator[Row]:
        """The rows of *span*, with *columns* at least."""
        columns, lines = self._header(stream)
        stream.seek(span.start)
        lines.place = span.start
        for _, row in zip(range(span.size), _csv_rows(lines, columns), strict=False):
            yield row

    @staticmethod
    def _header(stream: IO[bytes]) -> tuple[list[str], _Lines]:
        stream.seek(0)
        lines = _Lines(stream, 0)
        try:
            columns = next(csv.reader(iter(lines), strict=True), [])
        except csv.Error as error:
            raise SourceError(f"the first line is no heading: {error}") from error
        if columns:
            columns[0] = columns[0].removeprefix("\ufeff")
        return columns, lines


def _csv_rows(lines: _Lines, columns: Sequence[str]) -> Iterator[Row]:
    """A row for each that is one; a stray quotation mark costs what it spoils."""
    reader = csv.reader(iter(lines), strict=True)
    while True:
        start = lines.place
        try:
            cells = next(reader, None)
        except csv.Error as error:
            text = f"bytes {start} to {lines.place} are no CSV: {error}"
            yield Row({}, Fault("structure:damaged", text))
            continue
        if cells is None:
            return
        if len(cells) == len(columns):
            yield Row(dict(zip(columns, cells, strict=True)))
        elif cells:
            text = f"{len(cells)} cells in {len(columns)} columns at byte {start}"
            yield Row({}, Fault("structure:damaged", text))


class JsonLines:
    """One JSON object in each line."""

    def columns(self, stream: IO[bytes], /) -> Sequence[str]:
        """The keys of the first object; SourceError when it is none."""
        stream.seek(0)
        first = next(_json_rows(_Lines(stream, 0)), None)
        if first is None or first.fault:
            raise SourceError("the first line is no JSON object")
        return list(first.cells)

    def spans(self, stream: IO[bytes], size: int, /) -> list[Span]:
        """The whole table in spans of *size* rows."""
        stream.seek(0)
        lines = _Lines(stream, 0)
        return _spans((line for line in lines if line.strip()), lines, size)

    def rows(
        self, stream: IO[bytes], span: Span, columns: Sequence[str], /
    ) -> Iterator[Row]:
        """The rows of *span*, with *columns* at least."""
        stream.seek(span.start)
        rows = _json_rows(_Lines(stream, span.start))
        for _, row in zip(range(span.size), rows, strict=False):
            yield Row(dict.fromkeys(columns) | row.cells, row.fault)


def _json_rows(lines: _Lines) -> Iterator[Row]:
    for line in lines:
        text = line.removeprefix("\ufeff")
        if not text.strip():
            continue
        try:
            cells = json.loads(text)
        except (ValueError, RecursionError):
            cells = None
        if isinstance(cells, dict):
            yield Row(cells)
        else:
            text = f"the line before byte {lines.place} is no JSON object"
            yield Row({}, Fault("structure:damaged", text))


def _spans(rows: Iterator[Any], lines: _Lines, size: int) -> list[Span]:
    spans, first, start = [], 0, lines.place
    while count := sum(1 for _ in zip(range(size), rows, strict=False)):
        spans.append(Span(first, count, start))
        first, start = first + count, lines.place
    return spans


class Parquet:
    """Parquet; only the columns and row groups that are asked for are read."""

    def columns(self, stream: IO[bytes], /) -> Sequence[str]:
        """The table's columns; SourceError when it is none."""
        return list(_parquet(stream).schema_arrow.names)

    def spans(self, stream: IO[bytes], size: int, /) -> list[Span]:
        """The whole table in spans of *size* rows."""
        total = _parquet(stream).metadata.num_rows
        starts = range(0, total, size)
        return [Span(start, min(size, total - start)) for start in starts]

    def rows(
        self, stream: IO[bytes], span: Span, columns: Sequence[str], /
    ) -> Iterator[Row]:
        """The rows of *span*, with *columns* alone."""
        file, left = _parquet(stream), span.size
        groups, skipped = _groups(file, span)
        try:
            size = min(_BATCH, left)
            for batch in file.iter_batches(size, groups, columns=list(columns)):
                rows = batch.slice(min(skipped, len(batch)), left)
                skipped -= min(skipped, len(batch))
                left -= len(rows)
                yield from map(Row, rows.to_pylist())
                if not left:
                    return
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise SourceError(f"it can't be read: {error}") from error


def _groups(file: pq.ParquetFile, span: Span) -> tuple[list[int], int]:
    """The row groups that *span* touches, and how many rows of theirs come before."""
    groups: list[int] = []
    place = before = 0
    for number in range(file.metadata.num_row_groups):
        count = file.metadata.row_group(number).num_rows
        if place < span.first + span.size and place + count > span.first:
            before = before if groups else span.first - place
            groups.append(number)
        place += count
    return groups, before


def _parquet(stream: IO[bytes]) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(stream, pre_buffer=False)
    except (pa.ArrowException, OSError) as error:
        raise SourceError(f"it is no Parquet: {error}") from error


READERS: Final[dict[str, Reader]] = {
    ".csv": Csv(),
    ".jsonl": JsonLines(),
    ".ndjson": JsonLines(),
    ".parquet": Parquet(),
}


def reader_of(uri: str) -> Reader:
    """The reader of the table at *uri*, by its extension."""
    return READERS[PurePosixPath(uri).suffix.lower()]
