"""From single files to records: who belongs together, and what is wrong with it."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from datasets_cleaning.record import CAPTIONS, COMPANIONS, IMAGES, Drop, Part, Record

_NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f\\\ud800-\udfff]")
"""Control characters, backslashes, and what stands for bytes that are no UTF-8."""


@dataclass(frozen=True, slots=True)
class Member:
    """One thing found in a source: the record it belongs to, its bytes, its fault."""

    key: str
    part: Part | None
    fault: Drop | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """Everything found under one key, light enough to hold a whole source."""

    key: str
    parts: tuple[Part, ...]
    fault: Drop | None

    def record(self) -> Record:
        """A fresh record, with nothing read yet."""
        return Record(self.key, self.parts, self.fault)


def paired(members: Iterable[Member]) -> tuple[Pair, ...]:
    """The pairs of *members*, wherever these stand, in the order of their first."""
    together: dict[str, list[Member]] = {}
    for member in members:
        together.setdefault(member.key, []).append(member)
    return tuple(_pair(key, found) for key, found in together.items())


def safe(name: str, member: Member) -> Member:
    """*member*, or a faulty one of its own when *name* could lead out of a folder.

    The bytes of such a member go by another name, under which they can be written.
    """
    path = PurePosixPath(name)
    if (
        path.parts
        and not path.is_absolute()
        and ".." not in path.parts
        and not _NOT_IN_NAMES.search(name)
    ):
        return member
    shown = ascii(name)[1:-1]
    plain = f"faulty/{hashlib.sha256(shown.encode()).hexdigest()[:12]}"
    return Member(
        shown,
        member.part and replace(member.part, name=plain, extension=""),
        Drop("structure:unsafe_name", f"{shown} is no name for a file here"),
    )


def _pair(key: str, members: list[Member]) -> Pair:
    parts = tuple(member.part for member in members if member.part)
    faults = (member.fault for member in members if member.fault)
    return Pair(key, parts, next(faults, None) or _fault(parts))


def _fault(parts: tuple[Part, ...]) -> Drop | None:
    names = [part.name for part in parts]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        return Drop("structure:duplicate_member", f"more than once: {', '.join(twice)}")
    for kind, extensions in (("images", IMAGES), ("captions", CAPTIONS)):
        if len(found := [p.name for p in parts if p.extension in extensions]) > 1:
            return Drop(f"structure:several_{kind}", ", ".join(found))
    known = IMAGES | CAPTIONS | COMPANIONS
    if strange := [part.name for part in parts if part.extension not in known]:
        return Drop("structure:unknown_member", ", ".join(strange))
    return None
