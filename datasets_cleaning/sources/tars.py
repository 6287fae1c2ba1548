"""Webdataset tars: each is a shard, and its members make pairs wherever they stand."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from os import fstat, pread
from typing import BinaryIO

from datasets_cleaning.errors import SourceError
from datasets_cleaning.pair import Pair
from datasets_cleaning.protocols import SourceFormat
from datasets_cleaning.sources.captions import Captions
from datasets_cleaning.sources.local_files import read_part, reading
from datasets_cleaning.sources.pairing import Part, pair_up, part
from datasets_cleaning.sources.remote import downloaded, fingerprint
from datasets_cleaning.sources.tar_walker import Member, walk


@dataclass(frozen=True, slots=True, kw_only=True)
class TarShard:
    """The tar at *uri*, a path or a URL."""

    number: int
    name: str
    uri: str
    captions: Captions

    def fingerprint(self) -> str:
        """A digest that changes with its contents; SourceError when it is gone."""
        return fingerprint(self.uri)

    @contextmanager
    def open(self) -> Iterator[Sequence[Pair]]:
        """Its pairs in the order of their first members, a torn end included."""
        with downloaded(self.uri) as path, reading(path) as file:
            yield pair_up(_parts(file, self.name), self.captions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tars:
    """The tars at *uris*, in that order; *names* are theirs below the source."""

    uri: str
    uris: tuple[str, ...]
    names: tuple[str, ...]
    captions: Captions

    @property
    def source_format(self) -> SourceFormat:
        """The form of its data."""
        return SourceFormat.TARS

    def shards(self) -> Sequence[TarShard]:
        """All of them, in the order of their numbers."""
        return [
            TarShard(number=number, name=name, uri=uri, captions=self.captions)
            for number, (uri, name) in enumerate(
                zip(self.uris, self.names, strict=True)
            )
        ]


def _parts(file: BinaryIO, label: str) -> Iterator[Part]:
    handle = file.fileno()

    def read(place: int, size: int) -> bytes:
        return pread(handle, size, place)

    try:
        for member in walk(read, fstat(handle).st_size):
            name, start, size, fault = member
            if name:
                yield part(name, size, partial(read_part, file, start, size), fault)
            else:
                yield _nameless(member, label)
    except OSError as error:
        raise SourceError(f"cannot read {label}: {error}") from error


def _nameless(member: Member, label: str) -> Part:
    fault = member.fault
    if fault is None:
        return part("", member.size, bytes)
    if member.start == 0:
        raise SourceError(f"{label} is no uncompressed tar: {fault.detail}")
    return Part(f"{label}@{member.start}", None, fault)
