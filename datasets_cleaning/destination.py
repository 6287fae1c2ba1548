"""The folder of a job: what lies where, and how a file gets there whole or not at all.

A manifest is written last, so that what it names is there; a process that is killed
before that leaves nothing that counts.
"""

import errno
import fcntl
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

from datasets_cleaning.errors import DestinationError, FullError

UNFINISHED: Final = ".unfinished"
"""The ending of a file's name until it is whole."""

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Errors of a disk, an allowance or a file that can't grow."""


@dataclass(frozen=True, slots=True)
class Destination:
    """The files of the job in the folder *root*; a shard's go by its number."""

    root: Path

    @property
    def job(self) -> Path:
        """Description of the job: the first file that is written."""
        return self.root / "job.json"

    @property
    def final_manifest(self) -> Path:
        """The manifest of the final verdicts."""
        return self.root / "settled.json"

    @property
    def duplicates(self) -> Path:
        """Every cluster of two pictures or more."""
        return self.root / "duplicates.parquet"

    @property
    def dropped(self) -> Path:
        """A line for each pair that is not kept."""
        return self.root / "dropped.jsonl"

    @property
    def kept_csv(self) -> Path:
        """The list that the trainers read."""
        return self.root / "kept.csv"

    @property
    def kept(self) -> Path:
        """The folder of the pairs that are kept, once they are written."""
        return self.root / "kept"

    def ledger(self, number: int) -> Path:
        """The ledger of the pairs of a shard."""
        return self.root / "ledger" / f"{number:05d}.parquet"

    def embeddings(self, number: int) -> Path:
        """A row for each pair."""
        return self.root / "embeddings" / f"{number:05d}.npy"

    def judged(self, number: int) -> Path:
        """The manifest of the judge phase."""
        return self.root / "judged" / f"{number:05d}.json"

    def verdicts(self, number: int) -> Path:
        """A code for each pair, 0 for what is kept."""
        return self.root / "verdicts" / f"{number:05d}.npy"

    def written(self, number: int) -> Path:
        """The manifest of the write phase."""
        return self.root / "written" / f"{number:05d}.json"

    def rows(self, number: int) -> Path:
        """The shard's part of `kept.csv`."""
        return self.root / "written" / f"{number:05d}.csv"

    def relative(self, path: Path) -> str:
        """The *path* of a file below the root, as a manifest names it."""
        return path.relative_to(self.root).as_posix()

    def remove_unfinished(self) -> None:
        """Remove what killed workers have left half done."""
        for path in self.root.glob(f"**/.*{UNFINISHED}"):
            path.unlink(missing_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """The folder for one driver alone, or DestinationError; it is made if need be.

        The lock goes with the process, however that ends.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.root / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise DestinationError(f"cannot write to {self.root}: {error}") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DestinationError(
                f"another run is at work in {self.root}: wait for its end or stop it"
            ) from error
        else:
            yield
        finally:
            os.close(handle)


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """A file to write, which becomes *path* when the block ends well, on the disk too.

    Two processes that write the same one don't meet; the last to end wins. That a crash
    of the machine may lose the new name does no harm: a manifest without all of its
    files doesn't count. An OSError is a FullError or another DestinationError.
    """
    unfinished = path.with_name(f".{path.name}.{token_hex(4)}{UNFINISHED}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield unfinished
        with unfinished.open("rb+") as file:
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException as error:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _unwritten(path, error) from error
        raise


def _unwritten(path: Path, error: OSError) -> DestinationError:
    # Arrow's words for an error are its own.
    what = os.strerror(error.errno) if error.errno else str(error)
    if error.errno in _FULL:
        return FullError(f"{path}: {what}")
    return DestinationError(f"cannot write {path}: {what}")


def prune(to: Destination, manifests: Iterable[Mapping[str, Any]]) -> None:
    """Remove from the folder of kept pairs what none of *manifests* names.

    So what was kept under other verdicts, or was half done, does not stay.
    """
    named = {name for manifest in manifests for name in manifest["files"]}
    for path, _, files in os.walk(to.kept, topdown=False):
        folder = Path(path)
        for file in files:
            if to.relative(folder / file) not in named:
                (folder / file).unlink()
        if not any(folder.iterdir()):
            folder.rmdir()


def digest(path: Path) -> str:
    """The SHA-256 of the file *path* in hexadecimal."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
