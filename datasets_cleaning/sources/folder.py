"""A folder of pictures, each beside the text file of the same name."""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Final

from datasets_cleaning.errors import SourceError
from datasets_cleaning.pair import Fault, Pair
from datasets_cleaning.protocols import SourceFormat
from datasets_cleaning.sources.captions import Captions
from datasets_cleaning.sources.local_files import read_whole
from datasets_cleaning.sources.pairing import Part, pair_up, part

PAIRS: Final = 10_000
"""Pairs of a shard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderShard:
    """Some of the files below *root*, by their *names* there."""

    number: int
    root: Path
    names: tuple[str, ...]
    captions: Captions

    @property
    def name(self) -> str:
        """Its number in five digits."""
        return f"{self.number:05d}"

    def fingerprint(self) -> str:
        """A digest of the files' names, kinds, sizes and times of change."""
        digest = sha256()
        for name in self.names:
            status = _status(self.root, name)
            facts = (stat.S_IFMT(status.st_mode), status.st_size, status.st_mtime_ns)
            digest.update(f"{name!a} {facts}\n".encode())
        return digest.hexdigest()

    @contextmanager
    def open(self) -> Iterator[Sequence[Pair]]:
        """Its pairs by their keys; no link is followed."""
        yield pair_up((_part(self.root, name) for name in self.names), self.captions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """The pairs in the folder at *uri* and in the folders below it."""

    uri: str
    root: Path
    captions: Captions

    @property
    def source_format(self) -> SourceFormat:
        """The form of its data."""
        return SourceFormat.FOLDER

    def shards(self) -> Sequence[FolderShard]:
        """All of them, `PAIRS` pairs each in the order of their keys."""
        together: dict[str, list[str]] = {}
        for name in _below(self.root):
            together.setdefault(part(name, 0, bytes).key, []).append(name)
        names = [sorted(together[key]) for key in sorted(together)]
        return [
            FolderShard(
                number=number,
                root=self.root,
                names=tuple(chain.from_iterable(names[start : start + PAIRS])),
                captions=self.captions,
            )
            for number, start in enumerate(range(0, len(names), PAIRS))
        ]


def _below(root: Path) -> Iterator[str]:
    """The name of whatever is below *root* and no folder; a link is no folder."""
    for folder, folders, files in os.walk(root, onerror=_refuse):
        here = Path(folder)
        inner = [name for name in folders if (here / name).is_symlink()]
        for name in (*files, *inner):
            yield (here / name).relative_to(root).as_posix()


def _refuse(error: OSError) -> None:
    raise SourceError(f"cannot look into {error.filename}: {error.strerror}")


def _status(root: Path, name: str) -> os.stat_result:
    try:
        return (root / name).lstat()
    except OSError as error:
        raise SourceError(f"cannot look at {root / name}: {error.strerror}") from error


def _part(root: Path, name: str) -> Part:
    status, fault = _status(root, name), None
    if stat.S_ISLNK(status.st_mode):
        fault = Fault("structure:link", f"{name!a} is a link")
    elif not stat.S_ISREG(status.st_mode):
        fault = Fault("structure:not_a_file", f"{name!a} is no ordinary file")
    read = partial(read_whole, root / name, status.st_size)
    return part(name, status.st_size, read, fault)
