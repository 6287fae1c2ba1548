"""Reads the float variables of a TensorFlow SavedModel in a zip, without TensorFlow.

Variables lie end to end in one file. Where each begins stands in another, a sorted
table in LevelDB's format whose values are BundleEntryProto messages.
"""

import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from moderation.errors import ModerationError
from moderation.image.networks import Matrix

_FLOAT = 1  # TensorFlow's number for float32
_FOOTER = 48
_MAGIC = bytes.fromhex("57fb808b247547db")
_SNAPPY = 1
_VALUE = "/.ATTRIBUTES/VARIABLE_VALUE"
_MOST = 2**28  # bytes of one file in the zip


def variables(path: Path) -> dict[str, Matrix]:
    """The float32 variables in the zip file *path*, or ModerationError."""
    try:
        with zipfile.ZipFile(path) as archive:
            index = _member(archive, "variables/variables.index")
            data = _member(archive, "variables/variables.data-00000-of-00001")
        entries = [
            (key.decode().removesuffix(_VALUE), _message(value))
            for key, value in _table(index)
            if key
        ]
        return {
            name: _tensor(entry, data)
            for name, entry in entries
            if entry.get(1) == _FLOAT
        }
    except (
        OSError,
        zipfile.BadZipFile,
        LookupError,
        ValueError,
        struct.error,
    ) as error:
        raise ModerationError(f"{path} is no saved model: {error!r}") from error


def _member(archive: zipfile.ZipFile, ending: str) -> bytes:
    [info] = [i for i in archive.infolist() if i.filename.endswith(ending)]
    if info.file_size > _MOST:
        raise ValueError(f"{info.filename} has {info.file_size} bytes")
    return archive.read(info)


def _tensor(entry: dict[int, int | bytes], data: bytes) -> Matrix:
    """The variable that *entry* describes: 2 its shape, 4 its offset, 5 its size."""
    match entry.get(2, b""), entry.get(4, 0), entry[5]:
        case bytes(shape), int(offset), int(size):
            sides = [_message(side).get(1, 0) for side in _repeated(shape, 2)]
            flat = np.frombuffer(data, "<f4", size // 4, offset)
            return flat.reshape([int(side) for side in sides])
    raise ValueError(f"{entry} describes no variable")


def _table(table: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Every key and value of a sorted *table*."""
    if table[-8:] != _MAGIC:
        raise ValueError("its index is no table")
    footer, place = table[-_FOOTER:], 0
    for _ in range(2):  # the place of another index, which says nothing here
        _, place = _number(footer, place)
    for _, handle in _entries(_block(table, footer[place:])):
        yield from _entries(_block(table, handle))


def _block(table: bytes, handle: bytes) -> bytes:
    offset, place = _number(handle, 0)
    size, _ = _number(handle, place)
    block, how = table[offset : offset + size], table[offset + size]
    return _unsnapped(block) if how == _SNAPPY else block


def _entries(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values; each key repeats some bytes of the one before."""
    [restarts] = struct.unpack("<I", block[-4:])
    end, place, key = len(block) - 4 * (restarts + 1), 0, b""
    while place < end:
        shared, place = _number(block, place)
        own, place = _number(block, place)
        length, place = _number(block, place)
        key = key[:shared] + block[place : place + own]
        place += own
        yield key, block[place : place + length]
        place += length


def _unsnapped(packed: bytes) -> bytes:
    """Snappy's raw format: literals, and copies of what was written before."""
    size, place = _number(packed, 0)
    out = bytearray()
    while place < len(packed):
        tag, place = packed[place], place + 1
        if tag & 3 == 0:
            length = tag >> 2
            if length >= 60:  # noqa: PLR2004  # then so many bytes of length follow
                more = length - 59
                length = int.from_bytes(packed[place : place + more], "little")
                place += more
            out += packed[place : place + length + 1]
            place += length + 1
            continue
        if tag & 3 == 1:
            length, back = (tag >> 2 & 7) + 4, tag >> 5 << 8 | packed[place]
            place += 1
        else:
            width = 2 if tag & 3 == 2 else 4  # noqa: PLR2004  # the kind of copy
            length = (tag >> 2) + 1
            back = int.from_bytes(packed[place : place + width], "little")
            place += width
        for _ in range(length):  # a copy may overlap what it writes
            out.append(out[-back])
    if len(out) != size:
        raise ValueError(f"a block unpacks to {len(out)} bytes, not {size}")
    return bytes(out)


def _message(data: bytes) -> dict[int, int | bytes]:
    """The last value of each field of a protocol buffer."""
    return dict(_fields(data))


def _repeated(data: bytes, number: int) -> Iterator[bytes]:
    return (v for n, v in _fields(data) if n == number and isinstance(v, bytes))


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    place = 0
    while place < len(data):
        tag, place = _number(data, place)
        match tag & 7:
            case 0:
                value, place = _number(data, place)
                yield tag >> 3, value
            case 2:
                length, place = _number(data, place)
                yield tag >> 3, data[place : place + length]
                place += length
            case 5:
                place += 4
            case 1:
                place += 8
            case other:
                raise ValueError(f"unknown kind of field {other}")


def _number(data: bytes, place: int) -> tuple[int, int]:
    """The varint at *place*, and where it ends."""
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:  # noqa: PLR2004  # the highest bit says that more follows
            return value, place
