"""An environment of its own, with a wheel in it, far from the checkout."""

import os
import re
import signal
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import distribution, distributions, requires
from pathlib import Path
from typing import Final
from urllib.error import URLError
from urllib.request import Request, urlopen

from packaging.requirements import Requirement

from tests.journeys.site import clean_environment, until
from tests.servers import free_port

PATIENCE: Final = 180.0
"""Seconds that a command may take."""

LIBRARIES: Final = Path(sysconfig.get_path("purelib"))
"""Where the libraries of the environment are that runs the tests."""


@dataclass(frozen=True)
class Installed:
    """A fresh environment, whose commands run in an empty folder."""

    place: Path
    folder: Path

    @property
    def packages(self) -> Path:
        """Where its packages are."""
        [found] = self.place.glob("lib/python*/site-packages")
        return found

    def environment(self, **settings: str) -> Mapping[str, str]:
        """What its commands are started with."""
        settings = {"VERNISSAGE_HOME": str(self.folder / "home"), **settings}
        environment = clean_environment(**settings)
        return {k: v for k, v in environment.items() if k != "PYTHONPATH"}

    def run(self, *command: str, words: str = "") -> subprocess.CompletedProcess[str]:
        """What becomes of *command*, which is told *words*."""
        return subprocess.run(
            [self.place / "bin" / command[0], *command[1:]],
            cwd=self.folder,
            env=self.environment(),
            input=words,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    @contextmanager
    def serving(self, command: str) -> Iterator[str]:
        """The address at which `vernissage` *command* is ready."""
        port = free_port()
        output = self.folder / "output.txt"
        with output.open("wb") as file:
            process = subprocess.Popen(
                [self.place / "bin" / "vernissage", command],
                cwd=self.folder,
                env=self.environment(VERNISSAGE_PORT=str(port)),
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

        def answers() -> bool:
            assert process.poll() is None, output.read_text()
            try:
                return bool(page(f"http://127.0.0.1:{port}/health/ready"))
            except URLError:
                return False

        try:
            until(answers, PATIENCE)
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(PATIENCE)


def install(wheel: Path, folder: Path) -> Installed:
    """A new environment in *folder* that has the *wheel* and nothing else."""
    installed = Installed(folder / "environment", folder / "empty")
    installed.folder.mkdir()
    venv.create(installed.place, symlinks=True)
    pip(installed, "install", "--quiet", "--no-deps", "--no-index", wheel)
    return installed


def pip(installed: Installed, *command: str | Path) -> None:
    """Have our pip carry out a *command* for *installed*."""
    python = installed.place / "bin" / "python"
    succeed([sys.executable, "-m", "pip", "--python", python, *command])


def lend_everything(installed: Installed) -> None:
    """Let *installed* import all that this environment's folder of libraries holds.

    Its .pth files are not read a second time, so that a checkout which is installed
    for editing stays unseen.
    """
    (installed.packages / "libraries.pth").write_text(str(LIBRARIES))


def lend_the_core(installed: Installed) -> None:
    """Let *installed* import what its wheel requires without any extra, and no more."""
    [wheel] = distributions(path=[str(installed.packages)])
    for name in _closure(wheel.requires or []):
        for file in distribution(name).files or []:
            top = file.parts[0]
            link = installed.packages / top
            if top not in {"..", "__pycache__"} and not link.exists():
                link.symlink_to(LIBRARIES / top)


def page(address: str, *, language: str = "en") -> str:
    """What is at *address* for a visitor who reads *language*."""
    with urlopen(Request(address, headers={"Accept-Language": language})) as answer:  # noqa: S310  # our own
        text: str = answer.read().decode()
    return text


def succeed(command: Sequence[str | Path]) -> str:
    """What *command* prints; it has to end well."""
    ended = subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def _closure(requirements: Sequence[str]) -> set[str]:
    """The names of all distributions that *requirements* lead to."""
    found: set[tuple[str, frozenset[str]]] = set()
    waiting = [(Requirement(text), frozenset({""})) for text in requirements]
    while waiting:
        requirement, extras = waiting.pop()
        if not _applies(requirement, extras):
            continue
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        asked = name, frozenset({"", *requirement.extras})
        if asked not in found:
            found.add(asked)
            waiting += [(Requirement(r), asked[1]) for r in requires(name) or []]
    return {name for name, _ in found}


def _applies(requirement: Requirement, extras: frozenset[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in extras)
