"""Kept pairs as a tar for webdataset, byte-identical for the same pairs."""

import tarfile
from collections.abc import Iterable
from pathlib import Path
from tarfile import BLOCKSIZE, RECORDSIZE, TarInfo
from typing import BinaryIO

from datasets_cleaning.errors import DestinationError
from datasets_cleaning.pair import Blob, Pair
from datasets_cleaning.sinks.written import written
from datasets_cleaning.sources.pairing import is_safe


def write_tar(path: Path, pairs: Iterable[Pair]) -> None:
    """Write the tar *path* with every file of *pairs* as its source has it.

    The files of a pair stand side by side, sorted by their names; there are no times,
    owners or modes of their own. A caption that stood in a table gets a `.txt` file.
    DestinationError when it can't be written, SourceError when a file can't be read;
    either way nothing bears the name *path* that did not before.
    """
    with written(path) as file:
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
