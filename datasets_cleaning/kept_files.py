"""Kept pairs as files: every byte as it was, every file whole."""

import csv
import io
import shutil
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tarfile import BLOCKSIZE, RECORDSIZE, TarInfo
from typing import BinaryIO, Final

from datasets_cleaning.destination import atomic_write
from datasets_cleaning.errors import DestinationError
from datasets_cleaning.pair import Blob, Pair
from datasets_cleaning.sources.pairing import is_safe


def write_tar(path: Path, pairs: Iterable[Pair]) -> None:
    """Write the tar *path* with every file of *pairs* as its source has it.

    The files of a pair stand side by side, sorted by their names; there are no times,
    owners or modes of their own. A caption that stood in a table gets a `.txt` file.
    DestinationError when it can't be written, SourceError when a file can't be read;
    either way nothing bears the name *path* that did not before.
    """
    with atomic_open(path) as file:
        for pair in pairs:
            for blob in sorted(files_of(pair), key=lambda blob: blob.name):
                _copy(blob, file)
        file.write(bytes(2 * BLOCKSIZE))
        file.write(bytes(-file.tell() % RECORDSIZE))


def files_of(pair: Pair) -> tuple[Blob, ...]:
    """The files that *pair* consists of, its picture's first."""
    image, caption = pair.image, pair.caption
    if image is None:
        return pair.companions
    if pair.companions or caption is None:
        return (image, *pair.companions)
    name = f"{image.name.removesuffix(image.extension)}.txt"
    text = caption.encode()
    blob = Blob(name=name, extension=".txt", size=len(text), read=lambda: text)
    return (image, blob)


def _copy(blob: Blob, file: BinaryIO) -> None:
    if not is_safe(blob.name):
        raise DestinationError(f"no name for a file in a tar: {blob.name!a}")
    info, data = TarInfo(blob.name), blob.read()
    info.size = len(data)
    file.write(info.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict"))
    file.write(data)
    file.write(bytes(-len(data) % BLOCKSIZE))


def write_files(folder: Path, pairs: Iterable[Pair]) -> None:
    """Copy every file of *pairs* below *folder*; the same files over again are fine.

    DestinationError when one can't be written, SourceError when one can't be read;
    either way each file is there whole or not at all.
    """
    for pair in pairs:
        for blob in files_of(pair):
            if not is_safe(blob.name):
                raise DestinationError(f"no name for a file: {blob.name!a}")
            data = blob.read()
            with atomic_open(folder / blob.name) as file:
                file.write(data)


HEADING: Final = "image_name,caption\n"


def write_rows(path: Path, rows: Iterable[tuple[str, str]]) -> None:
    """Write a part of the list, without its heading: pictures' names and captions.

    The same rows give the same bytes. DestinationError when it can't be written.
    """
    with atomic_open(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        csv.writer(text, lineterminator="\n").writerows(rows)
        text.detach()


def write_kept_csv(path: Path, parts: Iterable[Path]) -> None:
    """Write the whole list from its *parts*, in their order; or DestinationError."""
    with atomic_open(path) as file:
        file.write(HEADING.encode())
        for part in parts:
            with part.open("rb") as rows:
                shutil.copyfileobj(rows, file)


@contextmanager
def atomic_open(path: Path) -> Iterator[BinaryIO]:
    """A new file that gets the name *path* when the block has ended well.

    Otherwise nothing is left; an OSError, as of a full disk, is a DestinationError.
    """
    with atomic_write(path) as unfinished, unfinished.open("wb") as file:
        yield file
