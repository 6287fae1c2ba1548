"""What a picture's very bytes are known by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, ClassVar

import pyarrow as pa

from datasets_cleaning.protocols import View
from moderation.image.hash_lists import HashList


@dataclass(frozen=True, slots=True)
class Digest:
    """The SHA-256 of the file, for exact copies and for lists of known files."""

    version: ClassVar[str] = "sha256"
    columns: ClassVar[Mapping[str, pa.DataType]] = {"sha256": pa.binary(32)}

    def __call__(self, views: Sequence[View]) -> Mapping[str, Sequence[Any]]:
        """32 bytes for each of *views*."""
        return {"sha256": [sha256(view.data).digest() for view in views]}


@dataclass(frozen=True, slots=True)
class ListedFiles:
    """Whether a file is on one of *lists*."""

    lists: HashList
    columns: ClassVar[Mapping[str, pa.DataType]] = {"listed_sha256": pa.bool_()}

    @property
    def version(self) -> str:
        """Which lists answer, for the record."""
        return self.lists.version

    def __call__(self, views: Sequence[View]) -> Mapping[str, Sequence[Any]]:
        """True for each of *views* that is listed."""
        files = self.lists.files
        return {"listed_sha256": [sha256(v.data).hexdigest() in files for v in views]}
