"""Pairing of single files by their keys, and faults of the pairs.

A key is a file's path up to the *last* dot of its name, so `a.b.jpg` stands with
`a.b.txt`, and `a.c.jpg` is another pair. Webdataset cuts at the first dot instead and
makes one sample of all three, in which no `jpg` is found. Where no name has a second
dot the keys are the same.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from datasets_cleaning.pair import (
    CAPTION_EXTENSIONS,
    COMPANION_EXTENSIONS,
    IMAGE_EXTENSIONS,
    MAX_FILE_BYTES,
    Blob,
    Fault,
    Pair,
)
from datasets_cleaning.sources.captions import Captions

_NOT_IN_NAMES: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\\\ud800-\udfff]")
"""Control characters, backslashes, and what stands for bytes that are no UTF-8."""

_PLAIN: Final = re.compile(
    r"((?:[\w-][\w.-]*/)*[\w-][\w.-]*)\.(\w+)", re.ASCII
).fullmatch
"""The form of nearly all names, obviously safe; its groups are key and extension."""

_LONGEST_PART: Final = 230
"""The bytes of a file's name that leave room for an ending on the usual disks."""


class Part(NamedTuple):
    """One thing found in a source: the pair it belongs to, its bytes, its fault."""

    key: str
    blob: Blob | None
    fault: Fault | None = None


_KNOWN: Final = IMAGE_EXTENSIONS | CAPTION_EXTENSIONS | COMPANION_EXTENSIONS


def is_safe(name: str) -> bool:
    """True if *name* is a path with forward slashes that stays where it is put."""
    path = PurePosixPath(name)
    return (
        bool(path.parts)
        and not path.is_absolute()
        and ".." not in path.parts
        and not _NOT_IN_NAMES.search(name)
        and all(len(part.encode()) <= _LONGEST_PART for part in path.parts)
    )


def part(
    name: str, size: int, read: Callable[[], bytes], fault: Fault | None = None
) -> Part:
    """The file *name* of *size* bytes, or what is wrong with it."""
    if (match := _PLAIN(name)) and len(name) <= _LONGEST_PART:
        stem, extension = match[1], match[2]
    elif is_safe(name):
        name = PurePosixPath(name).as_posix()
        stem, _, extension = name.rpartition(".")
        if not stem or stem.endswith("/") or "/" in extension:
            stem, extension = name, ""
    else:
        shown = shown_key(name)
        text = f"{shown} is no name for a file here"
        return Part(shown, None, Fault("structure:unsafe_name", text))
    if fault is None and size > MAX_FILE_BYTES:
        text = f"{name} has {size} bytes; {MAX_FILE_BYTES} are the most"
        fault = Fault("structure:too_large", text)
    if fault is not None:
        return Part(stem, None, fault)
    suffix = f".{extension.lower()}" if extension else ""
    return Part(stem, Blob(name=name, extension=suffix, size=size, read=read))


def shown_key(key: str) -> str:
    """The *key* as it can be shown: in ASCII where it is strange, short where long."""
    if _NOT_IN_NAMES.search(key):
        key = ascii(key)[1:-1]
    if len(key) <= _LONGEST_PART:
        return key
    return f"{key[:100]}...{sha256(key.encode()).hexdigest()[:12]}"


def pair_up(parts: Iterable[Part], captions: Captions) -> tuple[Pair, ...]:
    """The pairs of *parts*, wherever these stand, in the order of their first."""
    together: dict[str, list[Part]] = {}
    for one in parts:
        together.setdefault(one.key, []).append(one)
    return tuple(
        _pair(index, key, found, captions)
        for index, (key, found) in enumerate(together.items())
    )


def _pair(index: int, key: str, parts: list[Part], captions: Captions) -> Pair:
    blobs = [blob for _, blob, _ in parts if blob is not None]
    images = [blob for blob in blobs if blob.extension in IMAGE_EXTENSIONS]
    faults = [fault for _, _, fault in parts if fault is not None]
    extensions = {blob.extension for blob in blobs}
    if len(images) != 1 or len(extensions) < len(blobs) or extensions - _KNOWN:
        faults.extend(_faults(blobs, images))
        if not images and not faults:
            faults.append(Fault("image_missing", "no picture has this key"))
    caption = captions.of(blobs)
    if isinstance(caption, Fault):
        faults.append(caption)
    return Pair(
        index=index,
        key=key,
        image=images[0] if len(images) == 1 else None,
        caption=caption if isinstance(caption, str) else None,
        companions=tuple(
            [blob for blob in blobs if blob.extension not in IMAGE_EXTENSIONS]
        ),
        fault=faults[0] if faults else None,
    )


def _faults(blobs: list[Blob], images: list[Blob]) -> Iterator[Fault]:
    """Faults of files together that, one by one, are sound."""
    names = [blob.name for blob in blobs]
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        text = f"more than once: {', '.join(twice)}"
        yield Fault("structure:duplicate_member", text)
    if len(images) > 1:
        text = ", ".join(blob.name for blob in images)
        yield Fault("structure:several_images", text)
    if len(texts := [b.name for b in blobs if b.extension in CAPTION_EXTENSIONS]) > 1:
        yield Fault("structure:several_captions", ", ".join(texts))
    if strange := [blob.name for blob in blobs if blob.extension not in _KNOWN]:
        yield Fault("structure:unknown_member", ", ".join(strange))
