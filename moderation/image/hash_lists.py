"""Lists of known pictures: who is on one is refused, whatever a classifier says.

The files that they come in are described in `listed`. No list ships with the package.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from PIL.Image import Image

from moderation.errors import HashListError
from moderation.image.listed import Entry, Flaw, Kind, entries, is_hash, shortened
from moderation.image.nearby import Nearby
from moderation.image.pdq import Fingerprint
from moderation.protocols import Scores
from moderation.verdict import Category

FARTHEST = 31
"""Bits of 256 in which PDQ hashes of one picture differ at most."""
FLATTEST = 49
"""A picture of this PDQ quality or less is too flat to be told from others."""
SURE = 1.0  # no score of a classifier reaches it: every policy refuses at it


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
        cls, listed: Iterable[Entry], *, category: Category = Category.UNSAFE
    ) -> Self:
        """The list of what is *listed*; HashListError names all that is malformed."""
        files: dict[str, Entry] = {}
        pictures: dict[str, Entry] = {}
        problems = []
        for place, entry in enumerate(listed, start=1):
            if not is_hash(entry.hash):
                wrong = Flaw.HASH.format(shown=shortened(entry.hash))
                problems.append(f"entry {place}: {wrong}")
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
        found = [entry for path in paths for entry in _read(path, kind, problems)]
        if problems:
            raise HashListError(problems)
        return cls.of(found, category=category)

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


def _read(path: Path, kind: Kind | None, problems: list[str]) -> list[Entry]:
    """The entries of *path*; what is wrong with a line is added to *problems*."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            found, malformed = entries(lines, kind)
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{path}: {error}")
        return []
    problems.extend(f"{path}, {line}" for line in malformed)
    return found
