"""Real files for the tests: pictures, captions, tars, and what is wrong with some."""

import struct
import tarfile
import zlib
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path

from PIL import Image

from datasets_cleaning.record import Part, Record


def png(colour: str = "red", size: tuple[int, int] = (64, 64)) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()


def bomb(side: int = 10_000) -> bytes:
    """A PNG of some kilobytes that would decode to *side* x *side* grey pixels."""
    pixels = zlib.compressobj(9)
    rows = b"".join(pixels.compress(bytes(side // 8 + 1)) for _ in range(side))

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", rows + pixels.flush())
        + chunk(b"IEND", b"")
    )


def folder(root: Path, files: Mapping[str, bytes]) -> Path:
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def tar(path: Path, members: Iterable[tuple[str, bytes]]) -> Path:
    with tarfile.open(path, "w") as file:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, BytesIO(data))
    return path


def record(
    path: Path, *, image: bytes | None = None, text: bytes | None = None
) -> Record:
    """A record called 0001 with these files below *path*."""
    files = {".png": image, ".txt": text}
    return Record(
        "0001", tuple(_part(path, e, d) for e, d in files.items() if d is not None)
    )


def _part(path: Path, extension: str, data: bytes) -> Part:
    file = path / f"0001{extension}"
    file.write_bytes(data)
    return Part(name=file.name, extension=extension, file=file, size=len(data))
