"""Our own strict walk over the members of a tar (USTAR, PAX, GNU long names).

Every header's checksum is held against its bytes, nothing is extracted, no link is
followed, and whatever is wrong is said. The usual readers end early in a torn tar as
if it were finished, and unpickle what they meet.
"""

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from struct import Struct
from typing import Final, NamedTuple

from datasets_cleaning.pair import MAX_FILE_BYTES, Fault

BLOCK: Final = 512
Read = Callable[[int, int], bytes]
"""The bytes from an offset on, so many of them; fewer at the end of the tar."""

_FIELDS: Final = Struct("100s24x12s12x8sB100x6s82x155s12x").unpack
"""A header's name, size, checksum, kind, magic and prefix."""

_CHUNK: Final = 2**20
_REGULAR: Final = frozenset(b"\x0007")
_LINKS: Final = frozenset(b"12")
_WITHOUT_DATA: Final = frozenset(b"123456")
_FOLDER: Final = ord("5")
_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL = b"LKxg"
_ABOUT_THE_NEXT: Final = frozenset((_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL))
_DIGITS: Final = 20
_RECORD: Final = re.compile(rb"([1-9][0-9]{0,6}) ([^=]+)=")


class Member(NamedTuple):
    """One thing in a tar: *size* bytes from *start* on, and what is wrong with it.

    The *name* is as it stands there; what is no UTF-8 in it is surrogate-escaped. It
    is empty for what has none: a damage of the tar itself.
    """

    name: str
    start: int
    size: int
    fault: Fault | None


class _Header(NamedTuple):
    kind: int
    name: bytes
    size: int


@dataclass(frozen=True, slots=True)
class _ExtendedHeader:
    """Facts of extended headers about the next member."""

    name: bytes | None = None
    size: int | None = None
    sparse: bool = False


_NOTHING: Final = _ExtendedHeader()


def walk(read: Read, length: int) -> Iterator[Member]:
    """Every member but the folders of a tar of *length* bytes.

    Last comes whatever is wrong with the tar's end. A tar that begins with no header
    gives a single nameless member, damaged at byte 0.
    """
    place, extended = 0, _NOTHING
    while place + BLOCK <= length:
        header = _header(block := read(place, BLOCK))
        if header is None:
            yield from _trailing(read, place, length, is_end=not any(block))
            return
        start, size = place + BLOCK, header.size
        if header.kind in _ABOUT_THE_NEXT:
            if start + size > length:
                break
            fits = size <= _CHUNK
            heard = (
                _read_extended(extended, header.kind, read(start, size))
                if fits
                else None
            )
            if heard is None:
                yield _damage(place, length, "structure:damaged", "no sound long name")
                return
            extended = heard
        else:
            member = _member(header, extended, start, length)
            size = 0 if header.kind in _WITHOUT_DATA else member.size
            if header.kind != _FOLDER and member.name[-1:] != "/":
                yield member
            if start + size > length:
                return
            extended = _NOTHING
        place = start + size + -size % BLOCK
    yield _damage(min(place, length), length, "structure:cut_short", "no end mark")


def _member(
    header: _Header, extended: _ExtendedHeader, start: int, length: int
) -> Member:
    name = header.name if extended.name is None else extended.name
    size = header.size if extended.size is None else extended.size
    shown = name.decode("utf-8", "surrogateescape")
    fault = None
    if header.kind in _LINKS:
        fault = Fault("structure:link", f"{shown!a} is a link")
    elif start + size > length and header.kind not in _WITHOUT_DATA:
        fault = Fault("structure:cut_short", f"the tar ends amid {shown!a}")
    elif header.kind not in _REGULAR or extended.sparse:
        fault = Fault("structure:not_a_file", f"{shown!a} is no ordinary file")
    elif size > MAX_FILE_BYTES:
        text = f"{shown!a} has {size} bytes; {MAX_FILE_BYTES} are the most"
        fault = Fault("structure:too_large", text)
    return Member(shown, start, size, fault)


def _header(block: bytes) -> _Header | None:
    """The header in *block*; None when it is none.

    Adler-32's lower half is one more than the sum of all bytes, modulo 65521: ten
    times as fast as adding them, and no weaker against damage.
    """
    name, length, checksum, kind, magic, prefix = _FIELDS(block)
    try:
        # A plain number, as nearly all are, is read without further ado.
        size = int(length[:11], 8) if length[:11].isdigit() else _number(length)
        total = int(checksum[:6], 8) if checksum[:6].isdigit() else _number(checksum)
    except ValueError:
        return None
    if (zlib.adler32(block) & 0xFFFF) != (total + sum(checksum) - 255) % 65521:
        return None
    name = name.partition(b"\0")[0]
    if magic == b"ustar\0" and prefix[0]:
        name = prefix.partition(b"\0")[0] + b"/" + name
    return _Header(kind, name, size)


def _number(field: bytes) -> int:
    """An octal number, or GNU's base 256 behind a first byte of 0x80."""
    if field[0] & 0x80:
        if field[0] != 0x80:  # noqa: PLR2004  # negative, or beyond all measure
            raise ValueError(field)
        return int.from_bytes(field[1:], "big")
    digits = field.partition(b"\0")[0].strip(b" ")
    if digits and not digits.isdigit():
        raise ValueError(field)
    return int(digits or b"0", 8)


def _read_extended(
    extended: _ExtendedHeader, kind: int, data: bytes
) -> _ExtendedHeader | None:
    """*extended*, with the facts of another header; None when that makes no sense."""
    if kind == _LONG_NAME:
        return replace(extended, name=data.rstrip(b"\0"))
    if kind == _LONG_LINK:
        return extended
    place = 0
    while place < len(data):
        match = _RECORD.match(data, place)
        end = place + int(match[1]) if match else 0
        if not match or not match.end() < end <= len(data) or data[end - 1] != 10:  # noqa: PLR2004  # a line feed
            return None
        key, value = match[2], data[match.end() : end - 1]
        if kind == _PAX_GLOBAL and key in {b"path", b"size", b"linkpath"}:
            return None  # one name for all that follows
        if key == b"size" and not (value.isdigit() and len(value) <= _DIGITS):
            return None
        extended = _updated(extended, key, value)
        place = end
    return extended


def _updated(extended: _ExtendedHeader, key: bytes, value: bytes) -> _ExtendedHeader:
    if key == b"path":
        return replace(extended, name=value)
    if key == b"size":
        return replace(extended, size=int(value))
    if key.startswith(b"GNU.sparse."):
        return replace(extended, sparse=True)
    return extended


def _trailing(read: Read, place: int, length: int, *, is_end: bool) -> Iterator[Member]:
    """Faults of the bytes from *place* on, where no further member stands."""
    if not is_end:
        yield _damage(place, length, "structure:damaged", "no header")
        return
    for start in range(place, length, _CHUNK):
        if read(start, _CHUNK).strip(b"\0"):
            yield _damage(place, length, "structure:trailing_data", "the end mark")
            return


def _damage(place: int, length: int, reason: str, what: str) -> Member:
    text = f"{what} at byte {place}, {length - place} bytes before the end of the tar"
    return Member("", place, length - place, Fault(reason, text))
