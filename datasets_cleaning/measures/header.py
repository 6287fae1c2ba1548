"""What the marks of a picture's file say: kind and sides. Nothing is decoded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import pyarrow as pa

from datasets_cleaning.decode import size
from datasets_cleaning.protocols import View
from moderation.errors import Fault, ImageRefused

TYPES: Final = ("jpeg", "png", "webp")
OTHER: Final = "other"
"""The format of a file of a kind that nobody reads here."""
UNREADABLE: Final = "unreadable"
"""The format of a picture that is cut short, damaged, too big, or something besides."""


@dataclass(frozen=True, slots=True)
class Header:
    """Bytes, format by content, and sides as the picture is shown."""

    version: ClassVar[str] = "header-1"
    columns: ClassVar[Mapping[str, pa.DataType]] = {
        "bytes": pa.uint32(),
        "format": pa.dictionary(pa.int8(), pa.string()),
        "width": pa.uint32(),
        "height": pa.uint32(),
    }

    def __call__(self, views: Sequence[View]) -> Mapping[str, Sequence[Any]]:
        """The columns of *views*; without sides where the format is none of `TYPES`."""
        rows = [_row(view) for view in views]
        return dict(zip(self.columns, zip(*rows, strict=True), strict=True))


def _row(view: View) -> tuple[int | None, str, int | None, int | None]:
    length = view.pair.image.size if view.pair.image else None
    try:
        found = view.container
        return length, found.kind.lower(), *size(view.data, found)
    except ImageRefused as error:
        unread = error.fault is Fault.NOT_READ_HERE
        return length, OTHER if unread else UNREADABLE, None, None
