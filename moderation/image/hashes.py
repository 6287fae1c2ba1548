"""Lists of known pictures: who is on one is refused, whatever a classifier says.

A list is a CSV file. Its column `hash` holds 64 hexadecimal digits; a column `kind`
says `pdq` or `sha256` unless the file is of one kind. `label`, `source` and `note` may
follow, further columns are not read. No list ships with the package.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from sys import intern
from typing import NamedTuple, Self

import numpy as np
from PIL.Image import Image

from moderation.errors import HashListError
from moderation.image.nearby import Nearby
from moderation.image.pdq import Fingerprint
from moderation.protocols import Scores
from moderation.verdict import Category

FARTHEST = 31
"""Bits of 256 in which PDQ hashes of one picture differ at most."""
FLATTEST = 49
"""A picture of this PDQ quality or less is too flat to be told from others."""
SURE = 1.0  # no score of a classifier reaches it: every policy refuses at it

_HASH = re.compile("[0-9a-fA-F]{64}")
_ABOUT = ("label", "source", "note")


class Kind(StrEnum):
    """What a hash is made of: what a picture shows, or the bytes of its file."""

    PDQ = "pdq"
    SHA256 = "sha256"


_KINDS = {kind.value: kind for kind in Kind}


class Entry(NamedTuple):
    """One line of a list; *hash* is 64 hexadecimal digits."""

    kind: Kind
    hash: str
    label: str = ""
    source: str = ""
    note: str = ""


class Match(NamedTuple):
    """An entry that a picture is on, and in how many bits of 256 it differs."""

    entry: Entry
    distance: int


@dataclass(frozen=True, slots=True, eq=False)
class HashList:
    """Pictures that must not pass, as a classifier: 1 for what is listed, else 0.

    A label that names a category counts for that one, any other label for *category*.
    Pictures are looked up in all eight orientations.
    """

    files: dict[str, Entry]
    pictures: tuple[Entry, ...]
    category: Category = Category.UNSAFE
    version: str = field(init=False)
    _nearby: Nearby = field(init=False, repr=False)

    def __post_init__(self) -> None:
        bits = bytes.fromhex("".join(entry.hash for entry in self.pictures))
        digest = sha256(self.category.encode())
        for entry in (*self.files.values(), *self.pictures):
            digest.update("\0".join(entry).encode("utf-8", "surrogatepass") + b"\n")
        object.__setattr__(self, "version", f"hashes@{digest.hexdigest()[:12]}")
        object.__setattr__(self, "_nearby", Nearby(np.frombuffer(bits, np.uint8)))

    def __len__(self) -> int:
        return len(self.files) + len(self.pictures)

    @classmethod
    def of(
        cls, entries: Iterable[Entry], *, category: Category = Category.UNSAFE
    ) -> Self:
        """The list of *entries*; HashListError names all that are malformed."""
        files: dict[str, Entry] = {}
        pictures: dict[str, Entry] = {}
        problems = []
        for place, entry in enumerate(entries, start=1):
            if not _HASH.fullmatch(entry.hash):
                problems.append(f"entry {place}: {_no_hash(entry.hash)}")
            known = pictures if entry.kind is Kind.PDQ else files
            known.setdefault(entry.hash.lower(), entry)
        if problems:
            raise HashListError(problems)
        return cls(files, tuple(pictures.values()), category)

    @classmethod
    def read(
        cls,
        *paths: Path,
        kind: Kind | None = None,
        category: Category = Category.UNSAFE,
    ) -> Self:
        """The lists of all the CSV files *paths*, of one *kind* unless they say theirs.

        HashListError names every malformed line of every file.
        """
        problems: list[str] = []
        entries = [entry for path in paths for entry in _lines(path, kind, problems)]
        if problems:
            raise HashListError(problems)
        return cls.of(entries, category=category)

    def matches(self, image: Image, sha256: str | None = None) -> tuple[Match, ...]:
        """The entries of *image* and of its file's *sha256*, the nearest first."""
        found = []
        if sha256 is not None and (entry := self.files.get(sha256.lower())):
            found.append(Match(entry, 0))
        turned = Fingerprint.turned(image) if self.pictures else []
        if turned and turned[0].quality > FLATTEST:
            queries = np.stack([fingerprint.bits for fingerprint in turned])
            near = self._nearby.within(FARTHEST, queries)
            found += [Match(self.pictures[i], distance) for i, distance in near]
        return tuple(sorted(found, key=lambda match: match.distance))

    def scores(self, image: Image, sha256: str | None = None) -> Scores:
        """1 for each category that *image*, or its file's *sha256*, is listed for."""
        listed = {self._category(m.entry) for m in self.matches(image, sha256)}
        return {self.category: 0.0} | dict.fromkeys(listed, SURE)

    def _category(self, entry: Entry) -> Category:
        label = entry.label.strip().lower()
        return Category(label) if label in set(Category) else self.category


def _lines(path: Path, kind: Kind | None, problems: list[str]) -> Iterator[Entry]:
    """The entries of *path*; what is wrong with a line is added to *problems*."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.reader(lines)
            columns = next(rows, [])
            if missing := _missing(columns, kind):
                problems.append(f"{path}, line 1: {missing}")
                return
            for row in filter(None, rows):
                try:
                    yield _entry(columns, row, kind)
                except ValueError as error:
                    problems.append(f"{path}, line {rows.line_num}: {error}")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        problems.append(f"{path}: {error}")


def _missing(columns: Sequence[str], kind: Kind | None) -> str | None:
    """Why nobody can tell the hashes of a file with these *columns*, or None."""
    if "hash" not in columns:
        return f"needs a column `hash`, has {list(columns)}"
    if kind is None and "kind" not in columns:
        return "needs a column `kind`: PDQ and SHA-256 hashes look alike"
    return None


def _entry(columns: Sequence[str], row: Sequence[str], kind: Kind | None) -> Entry:
    """What *row* says, or ValueError."""
    if len(row) != len(columns):
        raise ValueError(f"has {len(row)} fields, the first line has {len(columns)}")
    said = dict(zip(columns, row, strict=True))
    text = said["hash"].strip()
    if not _HASH.fullmatch(text):
        raise ValueError(_no_hash(text))
    own = _KINDS.get(said.get("kind", kind or "").strip().lower())
    if own is None or kind not in {None, own}:
        wanted = kind or " or ".join(Kind)
        raise ValueError(f"a kind is {wanted} here, got {said['kind']!r}")
    # lists repeat few words often
    about = (intern(said.get(name, "").strip()) for name in _ABOUT)
    return Entry(own, text.lower(), *about)


def _no_hash(text: str) -> str:
    shown = text if len(text) <= 80 else f"{text[:80]}…"  # noqa: PLR2004  # a line
    return f"a hash is 64 hexadecimal digits, got {shown!r}"
