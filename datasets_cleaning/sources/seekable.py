"""Files that are read at any offset, as tables are, wherever they lie.

fsspec's caches leave files with names behind when a process is killed; here nothing has
a name.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BufferedReader, RawIOBase
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import IO, TYPE_CHECKING, Any, Final

from datasets_cleaning.sources.remote import (
    download,
    file_facts,
    is_remote,
    is_web,
    local_path,
    open_url,
)

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_TELLING: Final = frozenset({"ETag", "Last-Modified"})
"""Facts of a web server that change with the file even where its size does not."""


@contextmanager
def seekable(uri: str) -> Iterator[IO[bytes]]:
    """The bytes at *uri*; a store is asked for parts, a web server for the whole.

    Raises SourceError, or what fsspec does.
    """
    if is_web(uri):
        with _latest.open(uri) as stream:
            yield stream
    elif is_remote(uri):
        with open_url(uri) as stream:
            yield stream
    else:
        with local_path(uri).open("rb") as stream:
            yield stream


@dataclass(slots=True)
class _LatestDownload:
    """The file that came last from the web, so that a table's shards share it.

    It comes again unless its server tells that it is the same one still. It has no
    name on this disk, so that nothing stays of it, however this process ends.
    """

    uri: str = ""
    server_facts: Mapping[str, Any] = field(default_factory=dict)
    descriptor: int | None = None
    lock: Lock = field(default_factory=Lock)

    def open(self, uri: str) -> IO[bytes]:
        """The bytes at *uri*, on this disk; a reader may go on for ever."""
        with self.lock:
            server_facts = file_facts(uri)
            same = (
                uri == self.uri
                and server_facts == self.server_facts
                and server_facts.keys() & _TELLING
            )
            if self.descriptor is None or not same:
                self.forget()
                self.descriptor = _downloaded(uri)
                self.uri, self.server_facts = uri, server_facts
            return BufferedReader(_SharedFile(self.descriptor))

    def forget(self) -> None:
        """Close the file, which frees its room once no reader has it."""
        if self.descriptor is not None:
            os.close(self.descriptor)
        self.uri, self.server_facts, self.descriptor = "", {}, None


class _SharedFile(RawIOBase):
    """The file at a *descriptor*, read from a place of its own and kept open."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = os.dup(descriptor)
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        prepare_job = {
            os.SEEK_SET: 0,
            os.SEEK_CUR: self._place,
            os.SEEK_END: os.fstat(self._descriptor).st_size,
        }
        self._place = prepare_job[whence] + offset
        return self._place

    def readinto(self, buffer: "WriteableBuffer") -> int:
        count = os.preadv(self._descriptor, [buffer], self._place)
        self._place += count
        return count

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()


def _downloaded(uri: str) -> int:
    """A descriptor of the file at *uri*, on this disk, without a name."""
    with TemporaryDirectory(prefix="vernissage-") as folder:
        file = Path(folder, "table")
        download(uri, file)
        return os.open(file, os.O_RDONLY)


_latest: Final = _LatestDownload()
