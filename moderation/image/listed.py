"""The files that lists of known pictures come in: CSV, a hash on each line.

The column `hash` holds 64 hexadecimal digits; a column `kind` says `pdq` or `sha256`
unless the file is of one kind. `label`, `source` and `note` may follow, further columns
are not read.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from sys import intern
from typing import NamedTuple

_HASH = re.compile("[0-9a-fA-F]{64}")
_ABOUT = ("label", "source", "note")
_LONGEST = 80  # characters of what is shown of a malformed field


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


class Flaw(StrEnum):
    """What can be wrong with a line."""

    HASH = "a hash is 64 hexadecimal digits, got {shown!r}"
    KIND = "a kind is pdq or sha256, got {shown!r}"
    OTHER_KIND = "a kind is the same in the whole list here, got {shown!r}"
    FIELDS = "has {shown} fields, not as many as the first line"
    NO_HASHES = "needs a column `hash`, has {shown}"
    NO_KINDS = "needs a column `kind`: PDQ and SHA-256 hashes look alike"
    UNREADABLE = "cannot be read: {shown}"


class Malformed(NamedTuple):
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


def entries(
    lines: Iterable[str], kind: Kind | None = None
) -> tuple[list[Entry], list[Malformed]]:
    """What stands on *lines*, all of one *kind* unless they say theirs.

    Besides it every line that is malformed.
    """
    found: list[Entry] = []
    malformed: list[Malformed] = []
    rows = csv.reader(lines)
    try:
        columns = next(rows, [])
        if wrong := _missing(columns, kind):
            return [], [Malformed(1, *wrong)]
        for row in filter(None, rows):
            try:
                found.append(_entry(columns, row, kind))
            except _Wrong as error:
                malformed.append(Malformed(rows.line_num, error.flaw, error.shown))
    except csv.Error as error:
        malformed.append(Malformed(rows.line_num, Flaw.UNREADABLE, str(error)))
    return found, malformed


def _missing(columns: Sequence[str], kind: Kind | None) -> tuple[Flaw, str] | None:
    """Why nobody can tell the hashes of a file with these *columns*, or None."""
    if "hash" not in columns:
        return Flaw.NO_HASHES, shortened(", ".join(columns))
    if kind is None and "kind" not in columns:
        return Flaw.NO_KINDS, ""
    return None


def _entry(columns: Sequence[str], row: Sequence[str], kind: Kind | None) -> Entry:
    """What *row* says, or what is wrong with it."""
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
    return Entry(own, text.lower(), *about)
