"""Real files for the tests: pictures, captions, tars, and what is wrong with some."""

import resource
import signal
import struct
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image


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


def jpeg(seed: int = 0, *, side: int = 64) -> bytes:
    """A small photograph-like picture; another *seed* gives quite another one."""
    colours = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), np.uint8)
    file = BytesIO()
    blurred = Image.fromarray(colours).resize((side, side), Image.Resampling.BICUBIC)
    blurred.save(file, "JPEG", quality=90)
    return file.getvalue()


def pairs(n: int, *, first: int = 0, side: int = 64) -> Iterator[tuple[str, bytes]]:
    """The files of *n* sound pairs, `000000000.jpg`, `000000000.txt` and so on."""
    for number in range(first, first + n):
        yield f"{number:09d}.jpg", jpeg(number, side=side)
        yield f"{number:09d}.txt", f"a picture of thing {number}".encode()


def tar_shard(
    path: Path,
    n: int = 8,
    *,
    first: int = 0,
    side: int = 64,
    extra: Iterable[tuple[str, bytes]] = (),
) -> Path:
    """A tar of *n* sound pairs, numbered from *first*, then of the files *extra*."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return tar(path, [*pairs(n, first=first, side=side), *extra])


@contextmanager
def no_room_beyond(size: int) -> Iterator[None]:
    """As on a full disk, no file grows beyond *size* bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
