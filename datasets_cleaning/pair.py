"""One image-text pair on its way through a job."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from unicodedata import normalize

IMAGE_EXTENSIONS: Final = frozenset({".jpg", ".jpeg", ".png", ".webp"})
CAPTION_EXTENSIONS: Final = frozenset({".txt"})
COMPANION_EXTENSIONS: Final = frozenset({".json"})
"""Files that travel with their pair."""

MAX_FILE_BYTES: Final = 64 * 2**20
"""The most bytes that any one file may have; a larger one is never read."""

UID_BYTES: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """An original file: its *size* in bytes is known before anything is read.

    The *name* is a relative path with forward slashes that leads nowhere else; but for
    tars, each with names of its own, no other file of the source has it. The
    *extension* starts with a dot and is in lower case, or empty. *read* raises
    SourceError when the file has gone or changed.
    """

    name: str
    extension: str
    size: int
    read: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that keeps a pair from being judged: *reason*, *detail* for people."""

    reason: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Files that a source found under one key, at one place of a shard.

    A *caption* is None when there is none; *companions* are the pair's other files, the
    one with its caption among them. A *fault*, with one of `FAULTS`, is what is wrong
    with the pair, and a pair with one is not kept. Without an *image* and a fault, the
    picture was not asked for.
    """

    index: int
    key: str
    image: Blob | None = None
    caption: str | None = None
    companions: tuple[Blob, ...] = ()
    fault: Fault | None = None


def uid(image: bytes, caption: str) -> bytes:
    """The identity of a pair in every data set, `UID_BYTES` long.

    The same bytes with the same caption have the same one, wherever they stand.
    """
    text = normalize("NFC", caption).encode("utf-8", "surrogatepass")
    return sha256(image + b"\0" + text).digest()[:UID_BYTES]
