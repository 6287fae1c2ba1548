"""Writes the two files of a TensorFlow SavedModel that hold its variables."""

import struct
import zipfile
from pathlib import Path

import numpy as np

MAGIC = bytes.fromhex("57fb808b247547db")


def save_model(path: Path, variables: dict[str, np.ndarray], *, pack: bool) -> None:
    """Writes *variables* into the zip *path*; with *pack*, Snappy's way."""
    data, entries = b"", [(b"", b"\x08\x01")]
    for name, tensor in sorted(variables.items()):
        shape = b"".join(field(2, varint_field(1, side)) for side in tensor.shape)
        raw = tensor.astype("<f4").tobytes()
        value = varint_field(1, 1) + field(2, shape)
        value += varint_field(4, len(data)) + varint_field(5, len(raw))
        value += b"\x35" + struct.pack("<I", 7)
        entries.append((f"{name}/.ATTRIBUTES/VARIABLE_VALUE".encode(), value))
        data += raw
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model/saved_model.pb", b"")
        archive.writestr("model/variables/variables.index", table(entries, pack=pack))
        archive.writestr("model/variables/variables.data-00000-of-00001", data)


def table(entries: list[tuple[bytes, bytes]], *, pack: bool) -> bytes:
    content = block(entries)
    stored = snappy(content) if pack else content
    file = stored + bytes([pack]) + bytes(4)
    handle = varint(0) + varint(len(stored))
    index = block([(b"\xff", handle)])
    at = varint(len(file)) + varint(len(index))
    file += index + bytes(5)
    return file + (varint(0) + varint(0) + at).ljust(40, b"\0") + MAGIC


def block(entries: list[tuple[bytes, bytes]]) -> bytes:
    out, last = b"", b""
    for key, value in entries:
        shared = 0
        while shared < min(len(key), len(last)) and key[shared] == last[shared]:
            shared += 1
        own = key[shared:]
        out += varint(shared) + varint(len(own)) + varint(len(value)) + own + value
        last = key
    return out + struct.pack("<II", 0, 1)


def snappy(content: bytes) -> bytes:
    """Literals of all lengths, and a copy of the last four bytes where they repeat."""
    out, place = varint(len(content)), 0
    while place < len(content):
        if place >= 4 and content[place : place + 4] == content[place - 4 : place]:
            out += bytes([0b001, 4])
            place += 4
            continue
        piece = content[place : place + (100 if place == 0 else 3)]
        size = len(piece) - 1
        out += bytes([60 << 2, size]) if size >= 60 else bytes([size << 2])
        out += piece
        place += len(piece)
    return out


def field(number: int, value: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(value)) + value


def varint_field(number: int, value: int) -> bytes:
    return varint(number << 3) + varint(value)


def varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])
