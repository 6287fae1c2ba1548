"""Detection of the kind of data set at a place."""

import re
from glob import glob, has_magic
from itertools import chain, product
from os.path import commonprefix
from pathlib import Path, PurePosixPath
from typing import Final

from datasets_cleaning.errors import SourceError
from datasets_cleaning.pair import IMAGE_EXTENSIONS
from datasets_cleaning.protocols import Source
from datasets_cleaning.sources.captions import Columns
from datasets_cleaning.sources.folder import Folder
from datasets_cleaning.sources.remote import is_remote, list_files, local_path
from datasets_cleaning.sources.rows import READERS
from datasets_cleaning.sources.tables import Tables
from datasets_cleaning.sources.tars import Tars

_BRACES: Final = re.compile(r"\{(\d+)\.\.(\d+)\}")
_MOST: Final = 10**6
"""The most files that a pattern in braces may name."""


def detect_source(uri: str, columns: Columns, *, images: bool) -> Source:
    """The data set at *uri*; SourceError when there is none or more than one."""
    if not uri:
        raise SourceError("no source is given: name a tar, a table or a folder")
    path = local_path(uri)
    if not is_remote(uri) and path.is_dir():
        return _in_folder(uri, path, columns, images=images)
    files = _files(uri)
    return _of_files(uri, files, columns, images=images)


def _of_files(
    uri: str, files: tuple[str, ...], columns: Columns, *, images: bool
) -> Source:
    """The data set in *files*: tars if there are any, otherwise tables."""
    if tars := tuple(file for file in files if _suffix(file) == ".tar"):
        _need_images(uri, images=images)
        captions = columns.captions()
        return Tars(uri=uri, uris=tars, names=_names(tars), captions=captions)
    tables = tuple(file for file in files if _suffix(file) in READERS)
    if len(kinds := sorted({_suffix(file) for file in tables})) > 1:
        raise SourceError(f"{uri} holds {' and '.join(kinds)} files: name one kind")
    if not tables:
        known = ", ".join([".tar", *READERS])
        raise SourceError(
            f"{uri} is no data set: neither a folder of pictures nor {known}"
        )
    return Tables(
        uri=uri, uris=tables, names=_names(tables), columns=columns, images=images
    )


def _in_folder(uri: str, path: Path, columns: Columns, *, images: bool) -> Source:
    try:
        found = sorted(path.iterdir())
    except OSError as error:
        raise SourceError(f"cannot look into {path}: {error.strerror}") from error
    if not found:
        raise SourceError(f"{path} is empty")
    kinds = {_suffix(file.name) for file in found}
    pictures = IMAGE_EXTENSIONS & kinds
    if ".tar" in kinds and pictures:
        raise SourceError(f"{path} holds both tars and pictures: name one of them")
    if ".tar" in kinds or (kinds & READERS.keys() and not pictures):
        files = tuple(str(file) for file in found if file.is_file())
        return _of_files(uri, files, columns, images=images)
    _need_images(uri, images=images)
    return Folder(uri=uri, root=path, captions=columns.captions())


def _files(uri: str) -> tuple[str, ...]:
    """The files that *uri* names; SourceError where there is none of them."""
    uris = _unbraced(uri)
    if is_remote(uri):
        return uris if len(uris) > 1 else list_files(uri)
    paths = [str(local_path(one)) for one in uris]
    if len(paths) == 1 and has_magic(paths[0]) and not Path(paths[0]).exists():
        paths = sorted(glob(paths[0]))  # noqa: PTH207  # it may begin at the root
    missing = [path for path in paths if not Path(path).is_file()]
    if missing or not paths:
        what = missing[0] if missing else uri
        more = f" ({len(missing)} of {len(paths)} files)" if len(paths) > 1 else ""
        raise SourceError(f"there is no file {what}{more}")
    return tuple(paths)


def _unbraced(uri: str) -> tuple[str, ...]:
    """Every file that a pattern with numbers such as `{00..19}` means, in order."""
    spans = [
        (match[1], int(match[1]), int(match[2])) for match in _BRACES.finditer(uri)
    ]
    total = 1
    for _, first, last in spans:
        total *= max(0, last - first + 1)
    if not 0 < total <= _MOST:
        raise SourceError(f"{uri} names {total} files; 1 to {_MOST} make a data set")
    numbers = (
        [f"{number:0{len(text)}d}" for number in range(first, last + 1)]
        for text, first, last in spans
    )
    between = _BRACES.sub("\0", uri).split("\0")
    return tuple(
        "".join(chain.from_iterable(zip(between, (*some, ""), strict=True)))
        for some in product(*numbers)
    )


def _names(files: tuple[str, ...]) -> tuple[str, ...]:
    """The names of *files* below the folder that holds them all."""
    if len(files) == 1:
        return (PurePosixPath(files[0]).name,)
    folder = commonprefix(files).rpartition("/")[0]  # noqa: RUF071  # of URLs, too
    return tuple(file[len(folder) :].lstrip("/") for file in files)


def _need_images(uri: str, *, images: bool) -> None:
    if not images:
        raise SourceError(f"only tables can be read without their pictures: {uri}")


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()
