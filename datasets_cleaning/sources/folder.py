"""A folder of pictures, each beside the text file of the same name."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from datasets_cleaning.record import Drop, Part, Record
from datasets_cleaning.sources.pairing import Member, Pair, paired, safe


@dataclass(frozen=True, slots=True)
class Folder:
    """The pairs in a folder and in the folders below it, by name."""

    pairs: tuple[Pair, ...]

    @classmethod
    def read(cls, root: Path) -> Self:
        """The pairs below *root*; no link is followed."""
        return cls(
            paired(
                safe(name := path.relative_to(root).as_posix(), _member(path, name))
                for path in sorted(_files(root))
            )
        )

    def __len__(self) -> int:
        return len(self.pairs)

    def __iter__(self) -> Iterator[Record]:
        return (pair.record() for pair in self.pairs)


def _files(root: Path) -> Iterator[Path]:
    """Whatever is below *root* and no folder; a link to a folder is a link."""
    for folder, folders, files in os.walk(root, onerror=_raise):
        here = Path(folder)
        yield from (here / name for name in files)
        yield from (here / name for name in folders if (here / name).is_symlink())


def _raise(error: OSError) -> None:
    raise error


def _member(path: Path, name: str) -> Member:
    key, status = name.removesuffix(path.suffix), path.lstat()
    if stat.S_ISLNK(status.st_mode):
        return Member(key, None, Drop("structure:link", f"{name} is a link"))
    if not stat.S_ISREG(status.st_mode):
        fault = Drop("structure:not_a_file", f"{name} is no ordinary file")
        return Member(key, None, fault)
    extension, size = path.suffix.lower(), status.st_size
    return Member(key, Part(name=name, extension=extension, file=path, size=size))
