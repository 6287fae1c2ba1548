"""Records as two tars, `kept/NAME.tar` and `dropped/NAME.tar`.

The same records give the same bytes: no times and no owners are written.
"""

import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tarfile import TarFile, TarInfo

from datasets_cleaning.record import Decision, Part


@dataclass(frozen=True, slots=True)
class Tars:
    """Copies the members of records into one of two open tars."""

    kept: TarFile
    dropped: TarFile

    def write(self, decision: Decision) -> None:
        """Copy the members of one record, side by side."""
        tar = self.kept if decision.drop is None else self.dropped
        for part in decision.record.parts:
            _copy(part, tar)


@contextmanager
def tars(root: Path, name: str) -> Iterator[Tars]:
    """Tars called *name* below *root*; they get that name once they are whole."""
    with _tar(root / "kept" / name) as kept, _tar(root / "dropped" / name) as dropped:
        yield Tars(kept, dropped)


@contextmanager
def _tar(file: Path) -> Iterator[TarFile]:
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f".{file.name}.unfinished")
    with tarfile.open(unfinished, "x") as tar:
        yield tar
    unfinished.rename(file)


def _copy(part: Part, tar: TarFile) -> None:
    info = TarInfo(part.name)
    info.size = part.size
    with part.file.open("rb") as stream:
        stream.seek(part.offset)
        tar.addfile(info, stream)
