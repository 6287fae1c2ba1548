"""A whole site of real processes: `vernissage run` in a folder of its own."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Final
from urllib.error import URLError
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

import psutil  # type: ignore[import-untyped]  # it has no types

PATIENCE: Final = 180.0
"""Seconds after which something has gone wrong."""

SETTLED: Final = frozenset({"published", "in_review", "refused", "failed"})

PAINTER_READY: Final = re.compile(r"worker_started .*queue=painting")

COMMANDS: Final = {
    "serve": "web server",
    "screen": "screener",
    "paint": "painter",
    "clean": "cleaning worker",
    "run": "supervisor",
}


@dataclass(frozen=True, slots=True)
class RunningSite:
    """The supervisor's *process* over *folder*; *client* keeps the visitor's cookie."""

    process: psutil.Popen
    folder: Path
    address: str
    client: OpenerDirector = field(
        default_factory=lambda: build_opener(HTTPCookieProcessor(CookieJar()))
    )

    def submit(self, prompt: str) -> str:
        """Send *prompt*; the id of its artwork."""
        body = json.dumps({"prompt": prompt, "steps": 1}).encode()
        request = Request(  # noqa: S310  # our own address
            f"{self.address}/api/artworks",
            body,
            {"Content-Type": "application/json"},
        )
        with self.client.open(request, timeout=PATIENCE) as answer:
            return str(json.load(answer)["id"])

    def entered(self, artwork_id: str) -> dict[str, datetime]:
        """The moment at which an artwork came into each of its states."""
        rows = self._rows(
            "SELECT state, at FROM events WHERE artwork_id = ? AND step IS NULL"
            " ORDER BY id",
            artwork_id.replace("-", ""),
        )
        return {state: datetime.fromisoformat(at) for state, at in rows}

    def settled(self, artwork_id: str) -> dict[str, datetime]:
        """The same, once nothing more is going to happen."""
        wait(lambda: SETTLED & self.entered(artwork_id).keys())
        return self.entered(artwork_id)

    def _rows(self, query: str, *values: str) -> list[tuple[str, str]]:
        path = self.folder / "vernissage.sqlite3"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            return connection.execute(query, values).fetchall()

    def processes(self) -> dict[str, list[psutil.Process]]:
        """The processes of the site by what each of them does."""
        found: dict[str, list[psutil.Process]] = {}
        for process in (self.process, *self.process.children(recursive=True)):
            found.setdefault(_role(process), []).append(process)
        return found


@contextmanager
def running_site(folder: Path, settings: Mapping[str, str]) -> Iterator[RunningSite]:
    """A site with these *settings*, until the block ends."""
    port = settings["VERNISSAGE_PORT"]
    inherited = {k: v for k, v in os.environ.items() if "VERNISSAGE" not in k}  # noqa: TID251  # for a child
    output = folder / "output.txt"
    with output.open("wb") as log:
        process = psutil.Popen(
            [sys.executable, "-m", "vernissage", "run"],
            env={**inherited, **settings},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    site = RunningSite(
        process, Path(settings["VERNISSAGE_HOME"]), f"http://127.0.0.1:{port}"
    )
    try:
        wait(lambda: _is_ready(site, output))
        yield site
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        process.wait(PATIENCE)


def _is_ready(site: RunningSite, output: Path) -> bool:
    """Whether the web server answers and the painter has loaded its networks."""
    text = output.read_text("utf-8")
    if site.process.poll() is not None:
        raise RuntimeError(f"the site did not start:\n{text}")
    if not PAINTER_READY.search(text):
        return False
    with suppress(URLError), site.client.open(f"{site.address}/health/ready") as answer:
        return bool(answer.status == HTTPStatus.OK)
    return False


def _role(process: psutil.Process) -> str:
    words = process.cmdline()
    if any("supervision" in word for word in words):
        return COMMANDS["run"]
    return next((COMMANDS[word] for word in words if word in COMMANDS), "others")


def wait(happened: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Return when it *happened*; TimeoutError after so many *seconds*."""
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing happened in {seconds} s")
        time.sleep(0.05)
