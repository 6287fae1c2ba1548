"""Tables of pictures and captions: Kandinsky's CSV, JSON lines, Parquet."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, Final, NamedTuple

from datasets_cleaning.errors import SourceError
from datasets_cleaning.pair import Blob, Fault, Pair
from datasets_cleaning.protocols import SourceFormat
from datasets_cleaning.sources import captions, pictures
from datasets_cleaning.sources.captions import CAPTION, IMAGE, Columns
from datasets_cleaning.sources.pairing import shown_key
from datasets_cleaning.sources.remote import (
    allowed_hosts_of,
    fingerprint,
    is_remote,
    local_path,
)
from datasets_cleaning.sources.rows import HEAVY_ROWS, ROWS, Row, Span, reader_of
from datasets_cleaning.sources.seekable import seekable

_LOOK: Final = 16
"""Rows that are looked at to tell whether pictures are heavy."""


class _FoundRow(NamedTuple):
    """A row of which nothing but the table has been read."""

    key: str
    cell: Any
    caption: str | Fault
    fault: Fault | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableShard:
    """The rows of *span* in the table at *uri*, a path or a URL, called *table*.

    *images* says whether pictures are opened at all; where they are *heavy*, they
    stand in the table or are fetched.
    """

    number: int
    name: str
    table: str
    uri: str
    span: Span
    columns: Columns
    heavy: bool
    images: bool

    def fingerprint(self) -> str:
        """A digest that changes with the table or, if they lie beside it, its pictures.

        Pictures on the web are not asked for changes.
        """
        digest = sha256(fingerprint(self.uri).encode())
        digest.update(f"{self.span} {self.columns} {self.images}".encode())
        if self.images and not self.heavy:
            for found in self._found():
                digest.update(ascii(_file_status(found.cell, self._folder)).encode())
        return digest.hexdigest()

    @contextmanager
    def open(self, images: Collection[int] | None = None) -> Iterator[Sequence[Pair]]:
        """Its pairs by rows; pictures only of the rows with an index in *images*.

        By default all pictures are wanted. With an empty collection nothing is opened
        or fetched but the table itself: a pass over captions alone.
        """
        found = list(self._found())
        wanted = range(len(found)) if images is None and self.images else images or ()
        with TemporaryDirectory(prefix="vernissage-") as folder:
            seen = self._pictures(found, frozenset(wanted), Path(folder))
            yield tuple(
                _pair(index, one, seen[index]) for index, one in enumerate(found)
            )

    @property
    def _folder(self) -> str:
        """The folder in which relative paths of the table begin."""
        if is_remote(self.uri):
            return self.uri.rpartition("/")[0]
        return str(local_path(self.uri).parent)

    def _found(self) -> Iterator[_FoundRow]:
        image, caption = self.columns.image or IMAGE, self.columns.caption or CAPTION
        names = [image, caption, *([self.columns.key] if self.columns.key else [])]
        with reading(self.uri) as stream:
            rows = reader_of(self.uri).rows(stream, self.span, names)
            for number, row in enumerate(rows, self.span.first):
                cell = pictures.unwrapped(row.cells.get(image))
                text = captions.caption(row.cells.get(caption), f"row {number}")
                yield _FoundRow(self._key(row, cell, number), cell, text, row.fault)

    def _key(self, row: Row, cell: Any, number: int) -> str:
        given = row.cells.get(self.columns.key) if self.columns.key else None
        if given is not None and given != "":
            return shown_key(str(given))
        if isinstance(cell, str) and cell and not cell.startswith("data:"):
            return shown_key(cell)
        return f"{number:09d}"

    def _pictures(
        self, found: Sequence[_FoundRow], wanted: Collection[int], folder: Path
    ) -> list[Blob | Fault | None]:
        """The picture of each row, or its fault; None where it is not asked for."""
        seen = [
            self._picture(one, self.span.first + index, is_wanted=index in wanted)
            for index, one in enumerate(found)
        ]
        urls = {index: one for index, one in enumerate(seen) if isinstance(one, str)}
        asked = list(urls.values())
        here = pictures.fetch_all(
            asked, folder, allowed_hosts=allowed_hosts_of(self.uri)
        )
        fetched = dict(zip(urls, here, strict=True))
        return [
            fetched[index] if isinstance(one, str) else one
            for index, one in enumerate(seen)
        ]

    def _picture(
        self, one: _FoundRow, number: int, *, is_wanted: bool
    ) -> Blob | Fault | str | None:
        """The picture of row *number*; a URL where it is still to be fetched."""
        cell = one.cell
        if not cell:
            return Fault("image_missing", "the row names no picture")
        if not is_wanted:
            return None
        if isinstance(cell, bytes):
            return pictures.picture_in_cell(cell, f"{self.table}/{number:09d}")
        if not isinstance(cell, str):
            kind = type(cell).__name__
            return Fault("image_unavailable", f"neither path, URL nor bytes but {kind}")
        return pictures.picture_at(cell, self._folder, called=self.table)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The tables at *uris*, in that order, of one format; called *names*."""

    uri: str
    uris: tuple[str, ...]
    names: tuple[str, ...]
    columns: Columns
    images: bool

    @property
    def source_format(self) -> SourceFormat:
        """The form of its data."""
        return SourceFormat.TABLE

    def shards(self) -> Sequence[TableShard]:
        """All of them: `ROWS` rows each, `HEAVY_ROWS` where pictures are heavy."""
        parts = chain.from_iterable(map(self._shards_of, self.uris, self.names))
        return [replace(part, number=number) for number, part in enumerate(parts)]

    def _shards_of(self, uri: str, name: str) -> Iterator[TableShard]:
        reader, image = reader_of(uri), self.columns.image or IMAGE
        called = name.rpartition(".")[0]
        with reading(uri) as stream:
            _check(self.columns, reader.columns(stream))
            spans = reader.spans(stream, HEAVY_ROWS)
            beginnings = [
                Span(0, min(_LOOK, span.size), span.start) for span in spans[:1]
            ]
            cells = [
                pictures.unwrapped(row.cells.get(image))
                for span in beginnings
                for row in reader.rows(stream, span, [image])
            ]
        heavy = is_remote(uri) or not all(map(pictures.is_path, filter(None, cells)))
        for place, span in enumerate(spans if heavy else _merged(spans)):
            yield TableShard(
                number=0,
                name=f"{called}-{place:05d}",
                table=called,
                uri=uri,
                span=span,
                columns=self.columns,
                heavy=heavy,
                images=self.images,
            )


@contextmanager
def reading(uri: str) -> Iterator[IO[bytes]]:
    """The table at *uri*, open for reading in any place."""
    try:
        with seekable(uri) as stream:
            yield stream
    except SourceError as error:
        raise SourceError(f"cannot read {uri}: {error}") from error


def _merged(spans: Sequence[Span]) -> Iterator[Span]:
    """The *spans* of heavy rows joined to those of light ones."""
    many = ROWS // HEAVY_ROWS
    for group in (spans[start : start + many] for start in range(0, len(spans), many)):
        first, _, start = group[0]
        yield Span(first, sum(span.size for span in group), start)


def _check(columns: Columns, there: Sequence[str]) -> None:
    asked = (columns.image or IMAGE, columns.caption or CAPTION, columns.key)
    for name in asked:
        if name is not None and name not in there:
            shown = ", ".join(map(ascii, there))[:200]
            raise SourceError(
                f"it has no column {name!r}; as UTF-8 its columns read {shown}"
            )


def _pair(index: int, one: _FoundRow, image: Blob | Fault | None) -> Pair:
    faults = (one.fault, image, one.caption)
    return Pair(
        index=index,
        key=one.key,
        image=image if isinstance(image, Blob) else None,
        caption=one.caption if isinstance(one.caption, str) else None,
        fault=next((fault for fault in faults if isinstance(fault, Fault)), None),
    )


def _file_status(cell: Any, folder: str) -> tuple[int, int] | None:
    """The size and the time of change of the picture at a path; None for no file."""
    if not cell or not pictures.is_path(cell):
        return None
    try:
        status = (Path(folder) / cell).stat()
    except (OSError, ValueError):
        return None
    return status.st_size, status.st_mtime_ns
