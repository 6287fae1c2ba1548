"""Picture files by their own marks: nothing is decoded or unpacked.

Each walk reads a file from its first byte to the end of the picture: what is cut short,
goes on after its end, or says one thing and is another then shows.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from moderation.errors import Fault, ImageRefused

MAX_SCANS = 100  # of one JPEG: a progressive one has about ten
MAX_CHUNKS = 20_000  # of one file
MAX_COMPANIONS = 8  # further pictures behind a phone's JPEG
MAX_UNPACKED = 2**22  # bytes that all packed metadata of a file may unpack to

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # what ends coded JPEG data
_LEAD = re.compile(rb"\xff+")
_SIZES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # SOF0 and its kin
_SCAN, _END = 0xDA, 0xD9
_BARE = {0x01, *range(0xD0, 0xD8)}  # markers without a segment
_APART = {0xFE, *range(0xE0, 0xF0)}  # comments and APP0 to APP15
_MULTI_PICTURE = b"MPF\0"


@dataclass(slots=True)
class Container:
    """A file of *kind*, its picture *width* x *height*, over at byte *end*.

    *metadata* are the parts beside the pixels.
    """

    kind: str
    width: int = 0
    height: int = 0
    end: int = 0
    metadata: list[bytes] = field(default_factory=list)


def parse_container(data: bytes) -> Container:
    """The container that *data* is, or ImageRefused."""
    if data.startswith(_PNG):
        found = _png(data)
    elif data.startswith(_JPEG):
        found = _jpeg(data)
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        found = _webp(data)
    else:
        raise ImageRefused(
            "the file is no JPEG, PNG or WebP picture", Fault.NOT_READ_HERE
        )
    if not found.width or not found.height:
        raise ImageRefused("the picture's header has no size")
    return found


def _cut_short(kind: str) -> ImageRefused:
    return ImageRefused(f"the {kind} file is cut short", Fault.TRUNCATED)


def _crowded(kind: str) -> ImageRefused:
    return ImageRefused(f"the {kind} file is in too many pieces", Fault.BOMB)


def _png(data: bytes) -> Container:
    found, left = Container("PNG"), MAX_UNPACKED
    for count, (name, body, end) in enumerate(_png_chunks(data)):
        if count > MAX_CHUNKS:
            raise _crowded("PNG")
        if (count == 0) != (name == b"IHDR"):
            raise ImageRefused("the PNG file does not begin with its header")
        if name == b"IHDR":
            found.width, found.height = struct.unpack_from(">II", body.ljust(8, b"\0"))
        elif name == b"IEND":
            found.end = end
            return found
        elif name not in {b"IDAT", b"fdAT"}:
            found.metadata.append(body)
            left -= _unpacked_size(name, body, left)
    raise _cut_short("PNG")


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes, int]]:
    """Name, body and end of each chunk; the body of pixels is left out."""
    place = len(_PNG)
    while place + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, place)
        end = place + 12 + length
        if end > len(data):
            raise _cut_short("PNG")
        body = b"" if name == b"IDAT" else data[place + 8 : end - 4]
        yield name, body, end
        place = end


def _unpacked_size(name: bytes, body: bytes, most: int) -> int:
    """The bytes that the metadata in *body* unpacks to; refused above *most*."""
    if name not in {b"zTXt", b"iTXt", b"iCCP"}:
        return 0
    start = body.find(b"\0") + 2
    if name == b"iTXt":
        if body[start - 1 : start] != b"\1":
            return 0
        start = body.find(b"\0", body.find(b"\0", start + 1) + 1) + 1
    unpacker = zlib.decompressobj()
    try:
        size = len(unpacker.decompress(body[start:], most + 1))
    except zlib.error:
        return 0
    if size > most:
        raise ImageRefused("text in the PNG file unpacks without end", Fault.BOMB)
    return size


def _jpeg(data: bytes) -> Container:
    """With the further pictures that phones append, when the first announces them."""
    found = _jpeg_from(data, 0)
    if any(part.startswith(_MULTI_PICTURE) for part in found.metadata):
        for _ in range(MAX_COMPANIONS):
            if not data.startswith(_JPEG, found.end):
                break
            companion = _jpeg_from(data, found.end)
            found.metadata += companion.metadata
            found.end = companion.end
    return found


def _jpeg_from(data: bytes, start: int) -> Container:
    found, scans, place = Container("JPEG"), 0, start + 2
    for _ in range(MAX_CHUNKS):
        marker, place = _next_marker(data, place)
        if marker == _END:
            found.end = place
            return found
        if marker in _BARE:
            continue
        body = _segment(data, place)
        place += 2 + len(body)
        if marker in _SIZES and not found.width:
            found.height, found.width = struct.unpack_from(
                ">HH", body.ljust(5, b"\0"), 1
            )
        elif marker == _SCAN:
            scans += 1
            if scans > MAX_SCANS:
                raise ImageRefused("the JPEG file is in too many scans", Fault.BOMB)
            place = _after_coded(data, place)
        elif marker in _APART:
            found.metadata.append(body)
    raise _crowded("JPEG")


def _next_marker(data: bytes, place: int) -> tuple[int, int]:
    """The marker at *place* and where it ends; it may be led by bytes FF."""
    if place >= len(data):
        raise _cut_short("JPEG")
    if (led := _LEAD.match(data, place)) is None:
        raise ImageRefused(f"the JPEG file has no marker at byte {place}")
    if led.end() == len(data):
        raise _cut_short("JPEG")
    return data[led.end()], led.end() + 1


def _segment(data: bytes, place: int) -> bytes:
    if place + 2 > len(data):
        raise _cut_short("JPEG")
    [length] = struct.unpack_from(">H", data, place)
    if length < 2:  # noqa: PLR2004  # it counts itself
        raise ImageRefused(f"the JPEG file has a segment of {length} bytes")
    if place + length > len(data):
        raise _cut_short("JPEG")
    return data[place + 2 : place + length]


def _after_coded(data: bytes, place: int) -> int:
    if (found := _MARKER.search(data, place)) is None:
        raise _cut_short("JPEG")
    return found.start()


def _webp(data: bytes) -> Container:
    found = Container("WEBP")
    [size] = struct.unpack_from("<I", data, 4)
    found.end = 8 + size + size % 2
    if 8 + size > len(data):
        raise _cut_short("WebP")
    place = 12
    for _ in range(MAX_CHUNKS):
        if place + 8 > 8 + size:
            return found
        name, length = struct.unpack_from("<4sI", data, place)
        body, place = data[place + 8 : place + 8 + length], place + 8 + length
        if place > 8 + size:
            raise _cut_short("WebP")
        place += length % 2
        if not found.width:
            found.width, found.height = _webp_size(name, body)
        if name not in {b"VP8 ", b"VP8L", b"ALPH", b"ANMF"}:
            found.metadata.append(body)
    raise _crowded("WebP")


def _webp_size(name: bytes, body: bytes) -> tuple[int, int]:
    """The size that the chunk *name* gives the picture, or 0, 0."""
    body = body[:16].ljust(16, b"\0")
    if name == b"VP8X":
        wide = int.from_bytes(body[4:7], "little")
        return wide + 1, int.from_bytes(body[7:10], "little") + 1
    if name == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if name == b"VP8 ":
        wide, high = struct.unpack_from("<HH", body, 6)
        return wide & 0x3FFF, high & 0x3FFF
    raise ImageRefused("the WebP file does not begin with its picture")
