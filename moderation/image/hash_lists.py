"""Lists of known pictures, by perceptual hash (PDQ) or by the bytes of a file.

A picture on one is refused, whatever a classifier says. The files are CSV, a hash on
each line: the column `hash` holds 64 hexadecimal digits; a column `kind` says `pdq` or
`sha256` unless the file is of one kind. `label`, `source` and `note` may follow, other
columns are not read. No list ships with the package.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from sys import intern
from typing import NamedTuple, Self

import numpy as np
from PIL.Image import Image

from moderation.errors import HashListError
from moderation.image.multi_index import MultiIndex
from moderation.image.pdq import PdqHash
from moderation.protocols import Scores
from moderation.verdict import Category

_HASH = re.compile("[0-9a-fA-F]{64}")
_ABOUT = ("label", "source", "note")
_LONGEST = 80  # characters of what is shown of a malformed field


class HashKind(StrEnum):
    """The source of a hash: what a picture shows, or the bytes of its file."""

    PDQ = "pdq"
    SHA256 = "sha256"


_KINDS = {kind.value: kind for kind in HashKind}


class HashEntry(NamedTuple):
    """One line of a list; *hash* is 64 hexadecimal digits."""

    kind: HashKind
    hash: str
    label: str = ""
    source: str = ""
    note: str = ""


class Flaw(StrEnum):
    """Faults of a line."""

    HASH = "a hash is 64 hexadecimal digits, got {shown!r}"
    KIND = "a kind is pdq or sha256, got {shown!r}"
    OTHER_KIND = "a kind is the same in the whole list here, got {shown!r}"
    FIELDS = "has {shown} fields, not as many as the first line"
    NO_HASHES = "needs a column `hash`, has {shown}"
    NO_KINDS = "needs a column `kind`: PDQ and SHA-256 hashes look alike"
    UNREADABLE = "cannot be read: {shown}"


class MalformedLine(NamedTuple):
    """A line, counted from 1, with its flaw and what of it shows that."""

    line: int
    flaw: Flaw
    shown: str = ""

    def __str__(self) -> str:
        return f"line {self.line}: {self.flaw.value.format(shown=self.shown)}"


class _Wrong(ValueError):  # noqa: N818  # it never leaves this module
    def __init__(self, flaw: Flaw, shown: str = "") -> None:
        super().__init__()
        self.flaw, self.shown = flaw, shown


def is_hash(text: str) -> bool:
    """Whether *text* is 64 hexadecimal digits."""
    return _HASH.fullmatch(text) is not None


def shortened(text: str) -> str:
    """*text*, or its beginning where it is too long to be shown."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def parse_entries(
    lines: Iterable[str], kind: HashKind | None = None
) -> tuple[list[HashEntry], list[MalformedLine]]:
    """The entries, of one *kind* unless *lines* say theirs, and what is malformed."""
    found: list[HashEntry] = []
    malformed: list[MalformedLine] = []
    rows = csv.reader(lines)
    try:
        columns = next(rows, [])
        if wrong := _missing(columns, kind):
            return [], [MalformedLine(1, *wrong)]
        for row in filter(None, rows):
            try:
                found.append(_entry(columns, row, kind))
            except _Wrong as error:
                malformed.append(MalformedLine(rows.line_num, error.flaw, error.shown))
    except csv.Error as error:
        malformed.append(MalformedLine(rows.line_num, Flaw.UNREADABLE, str(error)))
    return found, malformed


def _missing(columns: Sequence[str], kind: HashKind | None) -> tuple[Flaw, str] | None:
    """The flaw of a file with these *columns*, or None."""
    if "hash" not in columns:
        return Flaw.NO_HASHES, shortened(", ".join(columns))
    if kind is None and "kind" not in columns:
        return Flaw.NO_KINDS, ""
    return None


def _entry(
    columns: Sequence[str], row: Sequence[str], kind: HashKind | None
) -> HashEntry:
    """The entry on *row*; `_Wrong` says what is wrong with it."""
    if len(row) != len(columns):
        raise _Wrong(Flaw.FIELDS, str(len(row)))
    said = dict(zip(columns, row, strict=True))
    text = said["hash"].strip()
    if not is_hash(text):
        raise _Wrong(Flaw.HASH, shortened(text))
    told = said.get("kind", kind or "").strip()
    if (own := _KINDS.get(told.lower())) is None:
        raise _Wrong(Flaw.KIND, shortened(told))
    if kind not in {None, own}:
        raise _Wrong(Flaw.OTHER_KIND, told)
    # lists repeat few words often
    about = (intern(said.get(name, "").strip()) for name in _ABOUT)
    return HashEntry(own, text.lower(), *about)


MAX_DISTANCE = 31
"""Bits of 256 in which PDQ hashes of one picture differ at most."""
MAX_FLAT_QUALITY = 49
"""A picture of this PDQ quality or less is too flat to be told from others."""
CERTAIN_SCORE = 1.0  # no score of a classifier reaches it: every policy refuses at it


class HashMatch(NamedTuple):
    """An entry that a picture is on, and in how many bits of 256 it differs."""

    entry: HashEntry
    distance: int


@dataclass(frozen=True, slots=True, eq=False)
class HashList:
    """Pictures that must not pass, as a classifier: 1 for what is listed, else 0.

    A label that names a category counts for that one, any other label for *category*.
    Pictures are looked up in all eight orientations.
    """

    files: dict[str, HashEntry]
    pictures: tuple[HashEntry, ...]
    category: Category = Category.UNSAFE
    version: str = field(init=False)
    _index: MultiIndex = field(init=False, repr=False)

    def __post_init__(self) -> None:
        bits = bytes.fromhex("".join(entry.hash for entry in self.pictures))
        digest = sha256(self.category.encode())
        for entry in (*self.files.values(), *self.pictures):
            digest.update("\0".join(entry).encode("utf-8", "surrogatepass") + b"\n")
        object.__setattr__(self, "version", f"hashes@{digest.hexdigest()[:12]}")
        object.__setattr__(self, "_index", MultiIndex(np.frombuffer(bits, np.uint8)))

    def __len__(self) -> int:
        return len(self.files) + len(self.pictures)

    @classmethod
    def of(
        cls, listed: Iterable[HashEntry], *, category: Category = Category.UNSAFE
    ) -> Self:
        """The list of what is *listed*; HashListError names all that is malformed."""
        files: dict[str, HashEntry] = {}
        pictures: dict[str, HashEntry] = {}
        problems = []
        for place, entry in enumerate(listed, start=1):
            if not is_hash(entry.hash):
                wrong = Flaw.HASH.format(shown=shortened(entry.hash))
                problems.append(f"entry {place}: {wrong}")
            known = pictures if entry.kind is HashKind.PDQ else files
            known.setdefault(entry.hash.lower(), entry)
        if problems:
            raise HashListError(problems)
        return cls(files, tuple(pictures.values()), category)

    @classmethod
    def read(
        cls,
        *paths: Path,
        kind: HashKind | None = None,
        category: Category = Category.UNSAFE,
    ) -> Self:
        """The lists of all the CSV files *paths*, of one *kind* unless they say theirs.

        HashListError names every malformed line of every file.
        """
        problems: list[str] = []
        found = [entry for path in paths for entry in _read(path, kind, problems)]
        if problems:
            raise HashListError(problems)
        return cls.of(found, category=category)

    def matches(self, image: Image, sha256: str | None = None) -> tuple[HashMatch, ...]:
        """The entries of *image* and of its file's *sha256*, the nearest first."""
        found = []
        if sha256 is not None and (entry := self.files.get(sha256.lower())):
            found.append(HashMatch(entry, 0))
        turned = PdqHash.dihedral(image) if self.pictures else []
        if turned and turned[0].quality > MAX_FLAT_QUALITY:
            queries = np.stack([fingerprint.bits for fingerprint in turned])
            near = self._index.within(MAX_DISTANCE, queries)
            found += [HashMatch(self.pictures[i], distance) for i, distance in near]
        return tuple(sorted(found, key=lambda match: match.distance))

    def scores(self, image: Image, sha256: str | None = None) -> Scores:
        """1 for each category that *image*, or its file's *sha256*, is listed for."""
        listed = {self._category(m.entry) for m in self.matches(image, sha256)}
        return {self.category: 0.0} | dict.fromkeys(listed, CERTAIN_SCORE)

    def _category(self, entry: HashEntry) -> Category:
        label = entry.label.strip().lower()
        return Category(label) if label in set(Category) else self.category


def _read(path: Path, kind: HashKind | None, problems: list[str]) -> list[HashEntry]:
    """The entries of *path*; what is wrong with a line is added to *problems*."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            found, malformed = parse_entries(lines, kind)
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{path}: {error}")
        return []
    problems.extend(f"{path}, {line}" for line in malformed)
    return found
