"""The picture that a table's cell means: bytes, a path, or a URL to fetch."""

import stat
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any, Final

from datasets_cleaning.errors import SourceError
from datasets_cleaning.pair import MAX_FILE_BYTES, Blob, Fault
from datasets_cleaning.sources.http_guard import AllowedHosts
from datasets_cleaning.sources.local_files import read_whole
from datasets_cleaning.sources.pairing import is_safe, shown_key
from datasets_cleaning.sources.remote import fetch, is_remote, may_name

AT_ONCE: Final = 16
"""Pictures that are fetched at the same time."""

_MAGIC: Final = ((b"\xff\xd8\xff", ".jpg"), (b"\x89PNG\r\n\x1a\n", ".png"))
_HEAD: Final = 16


def is_path(cell: Any) -> bool:
    """True if the picture is a file of this machine, as the table is."""
    return isinstance(cell, str) and not is_remote(cell) and cell[:5] != "data:"


def unwrapped(cell: Any) -> Any:
    """The *cell* itself, or what is in one of Hugging Face's `{bytes, path}`."""
    if isinstance(cell, dict) and {"bytes", "path"} & cell.keys():
        data = cell.get("bytes")
        return cell.get("path") if data is None else data
    return cell


def picture_in_cell(data: bytes, name: str) -> Blob | Fault:
    """The picture whose bytes stand in the table; its extension follows its *name*."""
    if len(data) > MAX_FILE_BYTES:
        return _too_large(name, len(data))
    extension = _extension(data)
    return _blob(name + extension, len(data), extension, lambda: data)


def picture_at(cell: str, folder: str, *, called: str) -> Blob | Fault | str:
    """The picture at the path or URL *cell* of the table *called* so in *folder*.

    A string is the URL from which it is still to be fetched.
    """
    if not is_path(cell):
        if may_name(cell, folder):
            return cell
        return Fault("image_unavailable", f"no table may name {shown_key(cell)}")
    if is_remote(folder):
        return f"{folder}/{cell}"
    return _on_disk(cell, Path(folder), called)


def fetch_all(
    urls: Sequence[str], folder: Path, *, allowed_hosts: AllowedHosts
) -> list[Blob | Fault]:
    """The pictures at *urls*, called after these; they are kept in *folder*."""

    def one(place: int) -> Blob | Fault:
        path = folder / str(place)
        try:
            size = fetch(urls[place], path, allowed_hosts=allowed_hosts)
            extension = _extension(read_whole(path, size)[:_HEAD])
        except SourceError as error:
            path.unlink(missing_ok=True)
            return Fault("image_unavailable", f"it can't be fetched: {error}")
        name = f"{_digest(urls[place])}{extension}"
        return _blob(name, size, extension, partial(read_whole, path, size))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(len(urls))))


def _on_disk(cell: str, folder: Path, called: str) -> Blob | Fault:
    """The picture at the path *cell*, as seen from *folder*; links are followed.

    A table may name any file, as it may for the trainers: whose is no picture is not
    kept, and where a path leads out of the folder, the name does not.
    """
    if not cell.isprintable():
        return Fault("structure:unsafe_name", f"{shown_key(cell)} is no file's name")
    try:
        path = (folder / cell).resolve()
        status = path.stat()
    except FileNotFoundError:
        return Fault("image_missing", f"there is no file {cell}")
    except OSError as error:
        return Fault("image_unavailable", f"{shown_key(cell)}: {error.strerror}")
    if not stat.S_ISREG(status.st_mode):
        return Fault("structure:not_a_file", f"{cell} is no ordinary file")
    if status.st_size > MAX_FILE_BYTES:
        return _too_large(cell, status.st_size)
    read = partial(read_whole, path, status.st_size)
    extension = PurePosixPath(cell).suffix.lower()
    name = PurePosixPath(called).parent / cell
    if not is_safe(cell):
        name = PurePosixPath("elsewhere", f"{_digest(str(path))}{extension[:10]}")
    return _blob(name.as_posix(), status.st_size, extension, read)


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _blob(name: str, size: int, extension: str, read: Any) -> Blob:
    return Blob(name=name, extension=extension, size=size, read=read)


def _too_large(name: str, size: int) -> Fault:
    text = f"{shown_key(name)} has {size} bytes; {MAX_FILE_BYTES} are the most"
    return Fault("structure:too_large", text)


def _extension(data: bytes) -> str:
    """The extension that a picture's first bytes ask for; empty for none we know."""
    for magic, extension in _MAGIC:
        if data.startswith(magic):
            return extension
    return ".webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else ""
