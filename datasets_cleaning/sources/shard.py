"""A webdataset tar: members whose names agree up to the first dot make a record.

The walk is ours because the usual readers pass over what is wrong: they split pairs
that do not stand side by side, end early in a torn tar and unpickle what they meet.
"""

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tarfile import BLOCKSIZE, TarFile, TarInfo
from typing import Final, Self

from datasets_cleaning.errors import SourceError
from datasets_cleaning.record import Drop, Part, Record
from datasets_cleaning.sources.pairing import Member, Pair, paired, safe

DAMAGES: Final = frozenset(
    {"structure:cut_short", "structure:damaged", "structure:trailing_data"}
)
"""The reasons that concern the whole tar: more may be missing than is known of."""

_UNREADABLE = (tarfile.TarError, OSError, ValueError)
_CHUNK = 2**20


@dataclass(frozen=True, slots=True)
class Shard:
    """The pairs in a tar, in the order in which their first members stand."""

    pairs: tuple[Pair, ...]

    @classmethod
    def read(cls, file: Path) -> Self:
        """The pairs in the tar *file*, a torn end included, or SourceError."""
        try:
            with tarfile.open(file, "r:", errors="surrogateescape") as tar:
                return cls(paired(_Walk(tar, file, file.stat().st_size).members()))
        except _UNREADABLE as error:
            raise SourceError(f"{file} is no uncompressed tar: {error}") from error

    def __len__(self) -> int:
        return len(self.pairs)

    def __iter__(self) -> Iterator[Record]:
        return (pair.record() for pair in self.pairs)


@dataclass(frozen=True, slots=True)
class _Walk:
    """One way through the headers of *tar*, which is *size* bytes long."""

    tar: TarFile
    file: Path
    size: int

    def members(self) -> Iterator[Member]:
        """Every member but the folders; last, whatever is wrong with the tar's end."""
        end = 0
        while True:
            try:
                info = self.tar.next()
            except _UNREADABLE as error:
                yield self._rest(end, "structure:cut_short", str(error))
                return
            if info is None:
                yield from self._after(end)
                return
            if not info.isdir():
                yield safe(info.name, self._member(info))
            if not end < self.tar.offset <= self.size:
                if info.isdir() or not _torn(info, self.size):
                    yield self._rest(self.size, "structure:cut_short", "no end mark")
                return
            end = self.tar.offset

    def _member(self, info: TarInfo) -> Member:
        path = PurePosixPath(info.name)
        stem, dot, rest = path.name.partition(".")
        key = path.with_name(stem).as_posix() if stem else path.as_posix()
        extension = (dot + rest).lower()
        if fault := _fault_of_kind(info):
            return Member(key, None, fault)
        start, end = info.offset_data, min(info.offset_data + info.size, self.size)
        if _torn(info, self.size):
            fault = Drop("structure:cut_short", f"the tar ends amid {path.as_posix()}")
        return Member(key, self._part(path.as_posix(), extension, start, end), fault)

    def _part(self, name: str, extension: str, start: int, end: int) -> Part:
        return Part(
            name=name,
            extension=extension,
            file=self.file,
            offset=start,
            size=end - start,
        )

    def _after(self, end: int) -> Iterator[Member]:
        """What stands from byte *end* on, where no further member does."""
        with self.file.open("rb") as stream:
            stream.seek(end)
            mark = stream.read(BLOCKSIZE)
            if len(mark) < BLOCKSIZE:
                yield self._rest(end, "structure:cut_short", "no end mark")
            elif any(mark):
                yield self._rest(end, "structure:damaged", "no header")
            elif any(any(chunk) for chunk in iter(lambda: stream.read(_CHUNK), b"")):
                yield self._rest(end, "structure:trailing_data", "the tar's end mark")

    def _rest(self, start: int, reason: str, problem: str) -> Member:
        """A member of its own for whatever stands from byte *start* on."""
        part = self._part(f"faulty/{start:012d}", "", start, self.size)
        return Member(
            f"{self.file.name}@{start}",
            part,
            Drop(
                reason,
                f"{problem} at byte {start},"
                f" {part.size} bytes before the end of {self.file.name}",
            ),
        )


def _torn(info: TarInfo, size: int) -> bool:
    """Whether the tar of *size* bytes ends before the data of *info* does."""
    return info.isreg() and info.offset_data + info.size > size


def _fault_of_kind(info: TarInfo) -> Drop | None:
    if info.issym() or info.islnk():
        return Drop("structure:link", f"{info.name} is a link")
    if not info.isreg() or info.issparse():
        return Drop("structure:not_a_file", f"{info.name} is no ordinary file")
    return None
