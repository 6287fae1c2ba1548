"""Measures of a picture's file: its marks, its digest, and lists of known files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, ClassVar, Final

import pyarrow as pa

from datasets_cleaning.decode import size
from datasets_cleaning.protocols import Cost, PairContents
from moderation.errors import Fault, ImageRefused
from moderation.image.hash_lists import HashList

TYPES: Final = ("jpeg", "png", "webp")
OTHER: Final = "other"
"""The format of a file of a kind that is not read here."""
UNREADABLE: Final = "unreadable"
"""The format of a picture that is cut short, damaged, too big, or something besides."""


@dataclass(frozen=True, slots=True)
class Header:
    """Bytes, format by content, and sides as the picture is shown."""

    cost: ClassVar[Cost] = Cost.HEADER
    version: ClassVar[str] = "header-1"
    columns: ClassVar[Mapping[str, pa.DataType]] = {
        "bytes": pa.uint32(),
        "format": pa.dictionary(pa.int8(), pa.string()),
        "width": pa.uint32(),
        "height": pa.uint32(),
    }

    def __call__(self, contents: Sequence[PairContents]) -> Mapping[str, Sequence[Any]]:
        """The columns; without sides where the format is none of `TYPES`."""
        rows = [_row(pair) for pair in contents]
        return dict(zip(self.columns, zip(*rows, strict=True), strict=True))


def _row(pair: PairContents) -> tuple[int | None, str, int | None, int | None]:
    length = pair.pair.image.size if pair.pair.image else None
    try:
        found = pair.container
        return length, found.kind.lower(), *size(pair.data, found)
    except ImageRefused as error:
        unread = error.fault is Fault.NOT_READ_HERE
        return length, OTHER if unread else UNREADABLE, None, None


@dataclass(frozen=True, slots=True)
class Digest:
    """The SHA-256 of the file, for exact copies and for lists of known files."""

    cost: ClassVar[Cost] = Cost.DIGEST
    version: ClassVar[str] = "sha256"
    columns: ClassVar[Mapping[str, pa.DataType]] = {"sha256": pa.binary(32)}

    def __call__(self, contents: Sequence[PairContents]) -> Mapping[str, Sequence[Any]]:
        """32 bytes for each of *contents*."""
        return {"sha256": [sha256(pair.data).digest() for pair in contents]}


@dataclass(frozen=True, slots=True)
class ListedFiles:
    """Look-up of a file in *lists*."""

    cost: ClassVar[Cost] = Cost.DIGEST
    lists: HashList
    columns: ClassVar[Mapping[str, pa.DataType]] = {"listed_sha256": pa.bool_()}

    @property
    def version(self) -> str:
        """The version of the lists, for the record."""
        return self.lists.version

    def __call__(self, contents: Sequence[PairContents]) -> Mapping[str, Sequence[Any]]:
        """True for each of *contents* that is listed."""
        files = self.lists.files
        return {
            "listed_sha256": [sha256(v.data).hexdigest() in files for v in contents]
        }
