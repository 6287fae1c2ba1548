"""Webdataset shards: tars in which a picture and its caption share a name."""

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from generation.errors import DataError
from generation.training.image_dataset import Pictures, Source

PICTURES: Final = frozenset({"jpg", "jpeg", "png", "webp"})
LONGEST_CAPTION: Final = 2**16


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some bytes of a file, read when somebody calls."""

    file: Path
    offset: int
    size: int

    def __call__(self) -> bytes:
        """The bytes."""
        with self.file.open("rb") as opened:
            opened.seek(self.offset)
            return opened.read(self.size)


def shards(folder: Path) -> Pictures:
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
            caption = _caption(file, key, members["txt"])
            sources.append(Source(f"{file}: {key}", found[0], caption))
            if not caption:
                problems.append(f"{file}: the caption of {key} is empty")
    return Pictures.of(sources, problems)


def _members(file: Path) -> dict[str, dict[str, Stretch]]:
    """The files of each key, by their extension."""
    keyed: dict[str, dict[str, Stretch]] = {}
    for info in _walk(file):
        folder, _, name = info.name.rpartition("/")
        stem, _, extension = name.partition(".")
        stretch = Stretch(file, info.offset_data, info.size)
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


def _caption(file: Path, key: str, stretch: Stretch) -> str:
    if stretch.size > LONGEST_CAPTION:
        raise DataError(f"{file}: the caption of {key} has {stretch.size} bytes")
    try:
        return stretch().decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise DataError(f"{file}: the caption of {key} is no UTF-8") from error
