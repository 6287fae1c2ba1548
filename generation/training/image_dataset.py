"""Datasets on disk: a CSV table of pictures, or webdataset tars."""

import csv
import tarfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Final, Self

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from generation.errors import DataError
from generation.training.dataset import Caption


@dataclass(frozen=True, slots=True)
class ImageSource:
    """A picture's name for messages, the reader of its bytes, and its caption."""

    name: str
    read: Callable[[], bytes]
    caption: str


@dataclass(frozen=True, slots=True)
class CaptionedImages:
    """Pictures of any source, cropped to a frame around their middle."""

    sources: Sequence[ImageSource]

    @classmethod
    def of(cls, sources: Sequence[ImageSource], problems: Sequence[str]) -> Self:
        """All *sources*; DataError names the first *problems*, if there are any."""
        if problems:
            more = len(problems) - len(problems[:SHOWN])
            rest = [f"and {more} more"] if more else []
            raise DataError("\n".join((*problems[:SHOWN], *rest)))
        if not sources:
            raise DataError("there are no pictures to learn from")
        return cls(sources)

    @property
    def size(self) -> int:
        """Number of pictures."""
        return len(self.sources)

    def picture(self, number: int, frame: tuple[int, int]) -> Image.Image:
        """The picture of that *number*, upright, filling *frame*; or DataError."""
        source = self.sources[number]
        try:
            with Image.open(BytesIO(source.read())) as opened:
                opened.draft("RGB", frame)
                upright = ImageOps.exif_transpose(opened).convert("RGB")
        except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
            raise DataError(f"{source.name} cannot be read: {error}") from error
        return ImageOps.fit(upright, frame, Image.Resampling.BICUBIC)

    def caption(self, number: int, random: np.random.Generator) -> Caption:
        """Its caption."""
        del random
        text = self.sources[number].caption
        return Caption(text, text)

    def matches(self, caption: Caption, number: int) -> bool:
        """Whether it has the very same caption."""
        return bool(caption.content == self.sources[number].caption)

    def partial_caption(self, number: int, random: np.random.Generator) -> Caption:
        """Its caption."""
        return self.caption(number, random)

    def hard_negative(
        self, caption: Caption, number: int, random: np.random.Generator
    ) -> Caption | None:
        """None: nothing is known of what these pictures do not show."""
        del caption, number, random
        return None


SHOWN = 20
"""Problems that are named one by one."""


COLUMNS: Final = ("image_name", "caption")


def load_csv(file: Path) -> CaptionedImages:
    """The pictures that the CSV *file* names, relative to its folder.

    DataError names every row without a picture or a caption.
    """
    sources, problems = [], []
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            rows = csv.DictReader(opened)
            if missing := set(COLUMNS) - set(rows.fieldnames or ()):
                raise DataError(
                    f"{file} has no column {' and no '.join(sorted(missing))}:"
                    f" it needs {' and '.join(COLUMNS)}, and has"
                    f" {', '.join(rows.fieldnames or ()) or 'none'}"
                )
            for line, row in enumerate(rows, start=2):
                path = file.parent / (row["image_name"] or "")
                caption = (row["caption"] or "").strip()
                if not path.is_file():
                    problems.append(f"{file}, line {line}: no picture at {path}")
                elif not caption:
                    problems.append(f"{file}, line {line}: the caption is empty")
                sources.append(
                    ImageSource(str(path), partial(path.read_bytes), caption)
                )
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"cannot read the table {file}: {error}") from error
    return CaptionedImages.of(sources, problems)


PICTURES: Final = frozenset({"jpg", "jpeg", "png", "webp"})
LONGEST_CAPTION: Final = 2**16


@dataclass(frozen=True, slots=True)
class FileSlice:
    """A range of bytes of a file, read when called."""

    file: Path
    offset: int
    size: int

    def __call__(self) -> bytes:
        """The bytes."""
        with self.file.open("rb") as opened:
            opened.seek(self.offset)
            return opened.read(self.size)


def load_webdataset(folder: Path) -> CaptionedImages:
    """The pictures with a .txt beside them in every uncompressed tar of *folder*.

    Only the headers are read now. DataError names what has no partner.
    """
    files = sorted(folder.glob("*.tar"))
    if not files:
        raise DataError(f"{folder} holds no .tar files")
    sources, problems = [], []
    for file in files:
        for key, members in _members(file).items():
            found = [members[kind] for kind in sorted(PICTURES & set(members))]
            if not found or "txt" not in members:
                lack = "caption" if found else "picture"
                problems.append(f"{file}: {key} has no {lack}")
                continue
            caption = _tar_caption(file, key, members["txt"])
            sources.append(ImageSource(f"{file}: {key}", found[0], caption))
            if not caption:
                problems.append(f"{file}: the caption of {key} is empty")
    return CaptionedImages.of(sources, problems)


def _members(file: Path) -> dict[str, dict[str, FileSlice]]:
    """The files of each key, by their extension."""
    keyed: dict[str, dict[str, FileSlice]] = {}
    for info in _walk(file):
        folder, _, name = info.name.rpartition("/")
        stem, _, extension = name.partition(".")
        stretch = FileSlice(file, info.offset_data, info.size)
        keyed.setdefault(f"{folder}/{stem}".lstrip("/"), {})[extension.lower()] = (
            stretch
        )
    return keyed


def _walk(file: Path) -> Iterator[tarfile.TarInfo]:
    try:
        with tarfile.open(file, "r:") as tar:
            yield from (info for info in tar if info.isreg())
    except (OSError, tarfile.TarError) as error:
        raise DataError(f"{file} is no uncompressed tar: {error}") from error


def _tar_caption(file: Path, key: str, stretch: FileSlice) -> str:
    if stretch.size > LONGEST_CAPTION:
        raise DataError(f"{file}: the caption of {key} has {stretch.size} bytes")
    try:
        return stretch().decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise DataError(f"{file}: the caption of {key} is no UTF-8") from error
