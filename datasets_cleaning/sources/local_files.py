"""Files on this machine, read without following a link."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

from datasets_cleaning.errors import SourceError

_EDGE: Final = 2**20
"""The bytes at a file's beginning and end that its fingerprint covers."""


def fingerprint(path: Path) -> str:
    """A digest of the file's size, time of change, first and last MiB.

    The times alone miss a file that was restored or copied over with its old ones;
    a hash of everything costs as much as judging it. A tar's first and last MiB hold
    member names, sizes and pictures, which no other tar of that size shares.
    """
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            digest = sha256(f"{status.st_size} {status.st_mtime_ns}\n".encode())
            digest.update(file.read(_EDGE))
            file.seek(max(0, status.st_size - _EDGE))
            digest.update(file.read(_EDGE))
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error}") from error
    return digest.hexdigest()


@contextmanager
def reading(path: Path) -> Iterator[BinaryIO]:
    """The file at *path*, open; SourceError when it can't be read."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error}") from error
    with file:
        yield file


def read_part(file: BinaryIO, place: int, size: int) -> bytes:
    """Exactly *size* bytes of the open *file* from *place* on, or SourceError.

    Not a memory map: where a disk fails or a file is cut amid the job, that would end
    the whole process.
    """
    try:
        data = os.pread(file.fileno(), size, place)
    except (OSError, ValueError) as error:
        raise SourceError(f"cannot read {file.name}: {error}") from error
    if len(data) != size:
        raise SourceError(f"{file.name} was cut short while it was read")
    return data


def read_whole(path: Path, size: int) -> bytes:
    """The *size* bytes of the ordinary file at *path*; SourceError when that changed.

    Neither a link nor a pipe put there meanwhile is opened.
    """
    try:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with open(
            path, "rb", opener=lambda name, _: os.open(name, flags)
        ) as file:  # Path.open knows no opener
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_size != size:
                raise SourceError(f"{path} has changed while it was read")
            return file.read(size)
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error}") from error
