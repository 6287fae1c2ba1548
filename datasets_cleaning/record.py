"""One image-text pair on its way through a job."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from PIL.Image import Image

from moderation.errors import Fault, ImageRefused
from moderation.image.uploads import MAX_BYTES, read_image

IMAGES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
CAPTIONS = frozenset({".txt"})
COMPANIONS = frozenset({".json"})
"""Files that travel with their pair, unread."""

LONGEST_CAPTION = 2**16
"""Bytes; a longer text file is no caption."""

NOT_JUDGED = "not_judged"
"""The reason to drop what a filter could not judge."""

_CHUNK = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """An original file: *size* bytes of *file* from *offset*, known as *name*.

    The name is a relative path with forward slashes that leads nowhere else; the
    *extension* starts with a dot and is in lower case.
    """

    name: str
    extension: str
    file: Path
    offset: int = 0
    size: int

    def read(self) -> bytes:
        """All of its bytes."""
        return b"".join(self.chunks())

    def chunks(self) -> Iterator[bytes]:
        """Its bytes, at most a MiB at a time."""
        left = self.size
        with self.file.open("rb") as stream:
            stream.seek(self.offset)
            while left and (chunk := stream.read(min(left, _CHUNK))):
                left -= len(chunk)
                yield chunk
        if left:
            raise OSError(f"{self.file} lost {left} bytes while it was read")


@dataclass(frozen=True, slots=True)
class Drop:
    """Why a record is not kept: one *reason*, and a *detail* for people."""

    reason: str
    detail: str


@dataclass(frozen=True)  # no slots: cached_property needs a place to keep the picture
class Record:
    """The files of one key; a *fault* is what its source found wrong with them."""

    key: str
    parts: tuple[Part, ...]
    fault: Drop | None = None

    @property
    def image_part(self) -> Part | None:
        """The picture's file, or None."""
        return self._only(IMAGES)

    @property
    def caption_part(self) -> Part | None:
        """The caption's file, or None."""
        return self._only(CAPTIONS)

    @cached_property
    def caption(self) -> str:
        """The caption without the blanks around it, or ValueError."""
        part = self.caption_part
        if part is None:
            raise ValueError("there is no caption")
        if part.size > LONGEST_CAPTION:
            raise ValueError(
                f"a caption has at most {LONGEST_CAPTION} bytes,"
                f" this one has {part.size}"
            )
        return part.read().decode("utf-8-sig").strip()

    @cached_property
    def image(self) -> Image:
        """The picture, upright and RGB, or ImageRefused."""
        part = self.image_part
        if part is None:
            raise ImageRefused("there is no picture", Fault.EMPTY)
        if part.size > MAX_BYTES:
            raise ImageRefused(
                f"a picture has at most {MAX_BYTES} bytes, this one has {part.size}",
                Fault.TOO_MANY_BYTES,
            )
        return read_image(part.read())

    def _only(self, extensions: frozenset[str]) -> Part | None:
        return next((p for p in self.parts if p.extension in extensions), None)


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of *record*: it is kept unless there is a *drop*."""

    record: Record
    drop: Drop | None
