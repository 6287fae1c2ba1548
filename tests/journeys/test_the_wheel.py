"""The built package, installed into an environment of its own far from here."""

import os
import signal
import subprocess
import sys
import sysconfig
import tarfile
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen
from zipfile import ZipFile

import pytest

from tests.journeys.house import clean_environment, until
from tests.servers import free_port

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[2]
PLACES = {
    "platform/vernissage/": "vernissage/",
    "migrations/": "vernissage/migrations/",
    "moderation/": "moderation/",
    "generation/": "generation/",
    "datasets_cleaning/": "datasets_cleaning/",
}
"""Folders of the repository, and where a wheel installs each."""

PATIENCE = 120.0


@dataclass(frozen=True)
class Installed:
    """The commands of a fresh environment, run in an empty folder."""

    programs: Path
    folder: Path

    def environment(self, **settings: str) -> Mapping[str, str]:
        settings = {"VERNISSAGE_HOME": str(self.folder / "home"), **settings}
        environment = clean_environment(**settings)
        return {k: v for k, v in environment.items() if k != "PYTHONPATH"}

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.programs / command[0], *command[1:]],
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )


@pytest.fixture(scope="module")
def artefacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source distribution and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("artefacts")
    _succeed(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT]
    )
    return folder


@pytest.fixture(scope="module")
def wheel(artefacts: Path) -> Path:
    [path] = artefacts.glob("*.whl")
    return path


@pytest.fixture
def installed(wheel: Path, tmp_path: Path) -> Installed:
    """The wheel, beside the libraries of this environment but not its packages.

    The line of a .pth file makes what lies in that folder importable, and reads no
    other .pth file there: a checkout that is installed for editing stays unseen.
    """
    place, folder = tmp_path / "environment", tmp_path / "empty"
    folder.mkdir()
    venv.create(place, symlinks=True)
    programs = place / "bin"
    pip: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        programs / "python",
    ]
    _succeed([*pip, "install", "--quiet", "--no-deps", "--no-index", wheel])
    [packages] = place.glob("lib/python*/site-packages")
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib"))
    return Installed(programs, folder)


def test_everything_that_is_tracked_is_in_the_wheel(wheel):
    names = set(ZipFile(wheel).namelist())

    missing = [
        name
        for name in tracked()
        for place, there in PLACES.items()
        if name.startswith(place) and there + name.removeprefix(place) not in names
    ]

    assert missing == []
    assert not {name for name in names if name.startswith(("tests", "bench"))}


def test_everything_that_is_tracked_is_in_the_source_distribution(artefacts):
    [path] = artefacts.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert set(tracked()) - names == set()


def test_a_house_opens_from_the_wheel_alone(installed):
    program = "import vernissage; print(vernissage.__file__)"
    found = installed.run("python", "-c", program)
    assert Path(found.stdout).is_relative_to(installed.programs.parent)

    upgraded = installed.run("vernissage", "db", "upgrade")
    checked = installed.run("vernissage", "doctor")

    assert "is at revision" in upgraded.stdout, upgraded.stderr
    assert checked.returncode == 0, checked.stdout + checked.stderr
    with running(installed) as address:
        assert "Вернисаж" in page(address, language="ru")
        assert "font-family" in page(f"{address}/static/site.css")


def tracked() -> Sequence[str]:
    """The files of the repository."""
    listed = _succeed(["git", "-C", ROOT, "ls-files", "-z"])
    return [name for name in listed.split("\0") if name and (ROOT / name).exists()]


def page(address: str, *, language: str = "en") -> str:
    """What the house at *address* answers to a visitor who reads *language*."""
    with urlopen(Request(address, headers={"Accept-Language": language})) as answer:  # noqa: S310  # our own
        text: str = answer.read().decode()
    return text


@contextmanager
def running(installed: Installed) -> Iterator[str]:
    """The address of a house that is open."""
    port = free_port()
    output = installed.folder / "output.txt"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [installed.programs / "vernissage", "run"],
            cwd=installed.folder,
            env=installed.environment(VERNISSAGE_PORT=str(port)),
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


def _succeed(command: Sequence[str | Path]) -> str:
    """What *command* prints; it has to end well."""
    ended = subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout
