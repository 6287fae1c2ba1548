"""Captions of pairs: their place, and their form, which is text in UTF-8.

No other encoding is guessed: a guess that is wrong is a caption that was not
judged. A refusal names the first strange byte, never the text.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from datasets_cleaning.errors import SourceError
from datasets_cleaning.pair import CAPTION_EXTENSIONS, COMPANION_EXTENSIONS, Blob, Fault

LONGEST: Final = 2**20
"""The most bytes of a file that is read for its caption."""

_NOT_IN_TEXT: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")
"""Characters that no text has, but UTF-16 and ISO 2022 read as UTF-8."""


class Captions(Protocol):
    """Finds the caption among the files of a pair."""

    def of(self, blobs: Sequence[Blob], /) -> str | Fault:
        """The caption as it stands, or why there is none."""
        ...


@dataclass(frozen=True, slots=True)
class TextFileCaption:
    """The caption is the whole of the `.txt` file."""

    def of(self, blobs: Sequence[Blob], /) -> str | Fault:
        """The caption as it stands, or why there is none."""
        found = [blob for blob in blobs if blob.extension in CAPTION_EXTENSIONS]
        if len(found) != 1:
            return _not_one(found, ".txt")
        data = _read(found[0])
        return data if isinstance(data, Fault) else decode_caption(data, found[0].name)


@dataclass(frozen=True, slots=True)
class JsonFieldCaption:
    """The caption is the text under the key *field* of the `.json` file."""

    field: str

    def of(self, blobs: Sequence[Blob], /) -> str | Fault:
        """The caption as it stands, or why there is none."""
        found = [blob for blob in blobs if blob.extension in COMPANION_EXTENSIONS]
        if len(found) != 1:
            return _not_one(found, ".json")
        data = _read(found[0])
        if isinstance(data, Fault):
            return data
        try:
            fields: Any = json.loads(data)
        except (ValueError, RecursionError):
            return Fault("caption_unreadable", f"{found[0].name} is no JSON")
        if not isinstance(fields, dict):
            return Fault("caption_unreadable", f"{found[0].name} is no JSON object")
        return caption(fields.get(self.field), f"{self.field!r} in {found[0].name}")


def caption(value: Any, where: str) -> str | Fault:
    """The caption in a cell with *value*, None for an empty one."""
    if value is None:
        return Fault("caption_missing", f"{where} is empty")
    if not isinstance(value, str):
        kind = type(value).__name__
        return Fault("caption_unreadable", f"{where} is no text but {kind}")
    if strange := _NOT_IN_TEXT.search(value):
        return _not_utf8(where, f"character {strange[0]!a}", strange.start())
    return value


def decode_caption(data: bytes, where: str) -> str | Fault:
    """The caption in the bytes of a text file; a byte order mark is left out."""
    try:
        return caption(data.decode().removeprefix("\ufeff"), where)
    except UnicodeDecodeError as error:
        return _not_utf8(where, f"byte 0x{data[error.start]:02x}", error.start)


def _not_utf8(where: str, what: str, place: int) -> Fault:
    text = f"{where} is no UTF-8 text ({what} at {place}): save captions as UTF-8"
    return Fault("caption_unreadable", text)


def _not_one(found: Sequence[Blob], extension: str) -> Fault:
    if not found:
        return Fault("caption_missing", f"no {extension} file has this key")
    return Fault("structure:several_captions", ", ".join(blob.name for blob in found))


def _read(blob: Blob) -> bytes | Fault:
    if blob.size > LONGEST:
        text = f"{blob.name} has {blob.size} bytes; captions have {LONGEST} at most"
        return Fault("structure:too_large", text)
    try:
        return blob.read()
    except SourceError as error:
        return Fault("caption_unreadable", str(error))


IMAGE, CAPTION = "image_name", "caption"
"""The columns that Kandinsky's trainers read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Places of a pair's parts, if not the usual ones.

    In tables, the names of columns: *image* holds a path, a URL or bytes, *key* what a
    pair is called. In tars and folders only *caption* has a meaning: `json:FIELD` for
    captions that stand under FIELD in the `.json` files instead of in `.txt` files.
    """

    image: str | None = None
    caption: str | None = None
    key: str | None = None

    def captions(self) -> Captions:
        """The place of the captions of tars and folders; SourceError for nonsense."""
        if strange := self.image or self.key:
            raise SourceError(f"tars and folders have no columns: {strange!r}")
        if self.caption is None:
            return TextFileCaption()
        kind, _, field = self.caption.partition(":")
        if kind != "json" or not field:
            raise SourceError(
                "captions of tars and folders are in .txt files or, given as"
                f" 'json:FIELD', in .json files; got {self.caption!r}"
            )
        return JsonFieldCaption(field)
