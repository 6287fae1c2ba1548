"""Remote files: any URL that fsspec opens, and http(s) without anything else.

Whole shards are downloaded to a temporary file, which is gone afterwards. Keys, regions
and endpoints come from fsspec's own configuration.
"""

import json
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from glob import has_magic
from hashlib import sha256
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit
from urllib.request import Request, urlopen

import fsspec

from datasets_cleaning.errors import SourceError
from datasets_cleaning.pair import MAX_FILE_BYTES
from datasets_cleaning.sources import local_files
from datasets_cleaning.sources.http_guard import AllowedHosts, opener

SECONDS: Final = 10.0
"""Seconds that a single picture may take, and that any server may be silent."""

_CHUNK: Final = 2**16
_WEB: Final = ("http://", "https://")
_STORES: Final = frozenset({"s3", "gs", "gcs", "az", "abfs", "hf"})
"""Schemes of stores, where many tables have their pictures."""
_AGENT: Final = "Mozilla/5.0 (compatible; vernissage-clean)"
_TELLING: Final = (
    *("ETag", "etag", "md5", "md5Hash", "crc32c", "content_md5", "checksum"),
    *("mtime", "LastModified", "last_modified", "updated", "created", "Last-Modified"),
)
"""Names by which file systems tell of a change of a file's contents."""
_OBJECTIONS: Final = frozenset({"noai", "noimageai", "noindex", "noimageindex"})
_NO_HEAD: Final = frozenset({403, 405, 501})
"""Answers of servers that send a file and refuse HEAD, as for signed URLs."""
_TROUBLE: Final = (OSError, ValueError, ImportError, RuntimeError, HTTPException)
"""Errors of fsspec's file systems and urllib for files that can't be had."""


def is_remote(uri: str) -> bool:
    """True if *uri* is a URL of anything but a file of this machine."""
    return "://" in uri and not uri.startswith("file://")


def is_web(uri: str) -> bool:
    """True if a web server has what is at *uri*."""
    return uri.startswith(_WEB)


def local_path(uri: str) -> Path:
    """The path on this machine that *uri*, a path or a file URL, means."""
    if uri.startswith("file://"):
        return Path(unquote(urlsplit(uri).path))
    return Path(uri)


@contextmanager
def downloaded(uri: str) -> Iterator[Path]:
    """The file at *uri* as one of this machine, as long as the block runs."""
    if not is_remote(uri):
        yield local_path(uri)
        return
    with TemporaryDirectory(prefix="vernissage-") as folder:
        path = Path(folder) / "shard"
        download(uri, path)
        yield path


def download(uri: str, path: Path) -> None:
    """Copy the file at the URL *uri* to *path*; or SourceError."""
    try:
        with open_url(uri) as stream, path.open("wb") as file:
            shutil.copyfileobj(stream, file, 2**20)
            _demand_end(stream)
    except _TROUBLE as error:
        raise SourceError(f"cannot bring {uri} here: {_described(error)}") from error


@contextmanager
def open_url(
    uri: str, allowed_hosts: AllowedHosts | None = None
) -> Iterator[IO[bytes]]:
    """The bytes at the URL *uri*; raises what urllib or fsspec do.

    On the web *allowed_hosts* are asked, or any host for a URL that a user named.
    """
    if uri.startswith((*_WEB, "data:")):
        request = Request(uri, headers={"User-Agent": _AGENT})  # noqa: S310  # http, https and data only
        ask = urlopen if allowed_hosts is None else opener(allowed_hosts).open
        with ask(request, timeout=SECONDS) as answer:
            yield answer
    else:
        with fsspec.open(uri, "rb") as file:
            yield file


def fingerprint(uri: str) -> str:
    """A digest that changes with the file at *uri*; SourceError when it is gone.

    Of a remote file that is its size with every checksum and time that its server
    tells; a server that tells none has its files told apart by size alone.
    """
    if not is_remote(uri):
        return local_files.fingerprint(local_path(uri))
    text = json.dumps(file_facts(uri), sort_keys=True, default=str)
    return sha256(text.encode()).hexdigest()


def file_facts(uri: str) -> Mapping[str, Any]:
    """The server's facts of the file at the URL *uri*; SourceError when it is gone."""
    try:
        return _http_facts(uri) if is_web(uri) else _store_facts(uri)
    except _TROUBLE as error:
        raise SourceError(f"cannot ask for {uri}: {_described(error)}") from error


def list_files(uri: str) -> tuple[str, ...]:
    """The URLs of the files in the remote folder, or of the pattern, *uri*; sorted.

    Those of a single file are itself. SourceError where there is nothing.
    """
    if is_web(uri):
        return (uri,)
    try:
        system, path = fsspec.core.url_to_fs(uri)
        if has_magic(path):
            found = system.glob(path)
        elif system.isdir(path):
            found = [item["name"] for item in system.ls(path) if item["type"] == "file"]
        else:
            found = [path] if system.exists(path) else []
        urls = tuple(sorted(str(system.unstrip_protocol(name)) for name in found))
    except _TROUBLE as error:
        raise SourceError(f"cannot look into {uri}: {_described(error)}") from error
    if not urls:
        raise SourceError(f"there is nothing at {uri}")
    return urls


def may_name(url: str, table: str) -> bool:
    """True if a row of *table* may name *url*: on the web, in a store, or beside it.

    Other file systems, and chains of them, lead to files and machines that the author
    of the table has no business with.
    """
    if url.startswith((*_WEB, "data:")):
        return True
    own = table.partition("://")[0] if is_remote(table) else ""
    return url.partition("://")[0] in {*_STORES, own} and "::" not in url


def allowed_hosts_of(table: str) -> AllowedHosts:
    """The hosts that the rows of *table*, a path or a URL, may ask on the web."""
    home = urlsplit(table).netloc if is_web(table) else ""
    return AllowedHosts(public=is_remote(table), home=home)


def fetch(url: str, path: Path, *, allowed_hosts: AllowedHosts) -> int:
    """Download one picture to *path*; its size in bytes.

    SourceError when *allowed_hosts* don't have it, it has more than `MAX_FILE_BYTES`,
    takes longer than `SECONDS`, or its server objects to training (X-Robots-Tag, as
    img2dataset reads it).
    """
    until, size = time.monotonic() + SECONDS, 0
    try:
        with (
            open_url(url, allowed_hosts.for_url(url)) as stream,
            path.open("wb") as file,
        ):
            if tag := _objection(stream):
                raise SourceError(f"its server says {tag}")
            read = getattr(stream, "read1", stream.read)
            while chunk := read(_CHUNK):
                size += file.write(chunk)
                if size > MAX_FILE_BYTES:
                    raise SourceError(f"it has more than {MAX_FILE_BYTES} bytes")
                if time.monotonic() > until:
                    raise SourceError(f"it took longer than {SECONDS:.0f} s")
            _demand_end(stream)
    except _TROUBLE as error:
        raise SourceError(_described(error)) from error
    return size


def _store_facts(uri: str) -> dict[str, Any]:
    system, path = fsspec.core.url_to_fs(uri)
    system.invalidate_cache()
    info = system.info(path)
    return {name: info[name] for name in ("size", *_TELLING) if info.get(name)}


def _http_facts(uri: str) -> dict[str, str]:
    try:
        return _headers(uri, "HEAD")
    except HTTPError as error:
        if error.code not in _NO_HEAD:
            raise
        return _headers(uri, "GET")


def _headers(uri: str, method: str) -> dict[str, str]:
    """The headers of an answer, whose body is not waited for."""
    request = Request(uri, method=method, headers={"User-Agent": _AGENT})  # noqa: S310  # http and https only
    with urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
        names = ("Content-Length", "ETag", "Last-Modified")
        return {name: answer.headers[name] for name in names if answer.headers[name]}


def _demand_end(stream: Any) -> None:
    """OSError where a web server's answer broke off, of which reading says nothing."""
    if isinstance(stream, HTTPResponse) and stream.length:
        raise OSError(f"its server broke off {stream.length} bytes before the end")


def _objection(stream: Any) -> str:
    """The directive of X-Robots-Tag that objects to training; empty for none."""
    headers = getattr(stream, "headers", None)
    lines = headers.get_all("X-Robots-Tag", []) if headers is not None else []
    directives = {
        directive.strip().lower() for line in lines for directive in line.split(",")
    }
    return next(iter(sorted(directives & _OBJECTIONS)), "")


def _described(error: BaseException) -> str:
    """The *error* in a few words; never the URL's own."""
    if isinstance(error, URLError) and not isinstance(error.reason, str):
        error = error.reason
    return (str(error) or type(error).__name__).split("\n", maxsplit=1)[0][:200]
