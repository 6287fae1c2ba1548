"""A PostgreSQL for as long as it is measured: a folder of its own, a socket in it."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

PLACES: Final = Path("/usr/lib/postgresql")
"""Folder of Debian's programs of each version, off the path."""


def programs() -> Path | None:
    """The folder of the newest PostgreSQL's programs; None where there is none."""
    found = [path.parent for path in PLACES.glob("*/bin/initdb")]
    if (other := shutil.which("initdb")) is not None:
        found.append(Path(other).resolve().parent)
    return max(found, key=lambda path: (len(path.parent.name), path), default=None)


@contextmanager
def server(bin_: Path) -> Iterator[str]:
    """The URL of an empty database that doesn't wait for the disk."""
    # PostgreSQL refuses to run as root.
    user = "postgres" if os.geteuid() == 0 else None
    owner = user or pwd.getpwuid(os.geteuid()).pw_name
    folder = Path(mkdtemp(prefix="bench-"))  # short, as a socket's path must be
    if user is not None:
        shutil.chown(folder, user)
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
    control: list[str | Path]
    control = [bin_ / "pg_ctl", "--pgdata", folder / "data", "--wait", "--silent"]
    try:
        _run([bin_ / "initdb", "--pgdata", folder / "data", "--auth=trust"], user)
        log = folder / "log.txt"
        _run([*control, "--log", log, "--options", options, "start"], user)
        try:
            yield f"postgresql+psycopg://{owner}@/postgres?host={folder}"
        finally:
            _run([*control, "--mode", "fast", "stop"], user)
    finally:
        shutil.rmtree(folder)


def _run(command: Sequence[str | Path], user: str | None) -> None:
    subprocess.run(  # noqa: S603  # Debian's programs
        command, check=True, cwd="/", stdout=subprocess.DEVNULL, user=user
    )
