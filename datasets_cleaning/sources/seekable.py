"""Files that are read in any place, as tables are, wherever they lie."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import IO, Any, Final

from datasets_cleaning.sources.remote import (
    bring,
    facts,
    here,
    is_remote,
    is_web,
    opened,
)

_TELLING: Final = frozenset({"ETag", "Last-Modified"})
"""What of a web server's facts changes with the file even where its size does not."""


@contextmanager
def seekable(uri: str) -> Iterator[IO[bytes]]:
    """The bytes at *uri*; a store is asked for parts, a web server for the whole.

    Raises SourceError, or what fsspec does.
    """
    if is_web(uri):
        with _latest.open(uri) as stream:
            yield stream
    elif is_remote(uri):
        with opened(uri) as stream:
            yield stream
    else:
        with here(uri).open("rb") as stream:
            yield stream


@dataclass(slots=True)
class _Latest:
    """The file that came last from the web, so that a table's shards share it.

    It comes again unless its server tells that it is the same one still.
    """

    uri: str = ""
    told: Mapping[str, Any] = field(default_factory=dict)
    folder: "TemporaryDirectory[str] | None" = None
    lock: Lock = field(default_factory=Lock)

    def open(self, uri: str) -> IO[bytes]:
        """The bytes at *uri*, on this disk; whoever reads them may go on for ever."""
        with self.lock:
            told = facts(uri)
            same = uri == self.uri and told == self.told and told.keys() & _TELLING
            if self.folder is None or not same:
                self.forget()
                self.folder = TemporaryDirectory(prefix="vernissage-")
                bring(uri, Path(self.folder.name, "table"))
                self.uri, self.told = uri, told
            return Path(self.folder.name, "table").open("rb")

    def forget(self) -> None:
        """Leave nothing on this disk."""
        if self.folder is not None:
            self.folder.cleanup()
        self.uri, self.told, self.folder = "", {}, None


_latest: Final = _Latest()
