"""What is built is whole: a house opens from it, and a door with the core alone."""

import json
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.journeys.installed import (
    Installed,
    install,
    lend_everything,
    lend_the_core,
    page,
    pip,
    succeed,
)

pytestmark = pytest.mark.enable_socket

ROOT = Path(__file__).parents[2]
PLACES = {
    "platform/vernissage/": "vernissage/",
    "migrations/": "vernissage/migrations/",
    "moderation/": "moderation/",
    "generation/": "generation/",
    "datasets_cleaning/": "datasets_cleaning/",
}
"""Folders of the repository, and where a wheel installs each."""

WSGI = "from vernissage.wsgi import application; assert application.url_map"
SCREENER = """
from vernissage.bootstrap.workers import build_screener
from vernissage.settings import Settings
build_screener(Settings.load())
"""

NETWORKS = ("torch", "transformers", "diffusers", "open_clip", "faiss")


@pytest.fixture(scope="module")
def artefacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source distribution and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("artefacts")
    build: list[str | Path] = [sys.executable, "-m", "build", "--no-isolation"]
    succeed([*build, "--outdir", folder, ROOT])
    return folder


@pytest.fixture(scope="module")
def wheel(artefacts: Path) -> Path:
    [path] = artefacts.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def core(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel and what it requires without any extra."""
    installed = install(wheel, tmp_path_factory.mktemp("core"))
    lend_the_core(installed)
    return installed


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


def test_a_house_opens_from_the_wheel_alone(wheel, tmp_path):
    installed = install(wheel, tmp_path)
    lend_everything(installed)
    program = "import vernissage; print(vernissage.__file__)"
    found = installed.run("python", "-c", program)
    assert Path(found.stdout).is_relative_to(installed.place)

    upgraded = installed.run("vernissage", "db", "upgrade")
    checked = installed.run("vernissage", "doctor")

    assert "is at revision" in upgraded.stdout, upgraded.stderr
    assert checked.returncode == 0, checked.stdout + checked.stderr
    with installed.serving("run") as address:
        assert "Вернисаж" in page(address, language="ru")
        assert "font-family" in page(f"{address}/static/site.css")


def test_a_door_opens_with_the_core_alone(core):
    pip(core, "check")
    program = f"from importlib.util import find_spec as f; print(*map(f, {NETWORKS}))"
    assert set(core.run("python", "-c", program).stdout.split()) == {"None"}

    upgraded = core.run("vernissage", "db", "upgrade")
    checked = core.run("vernissage", "doctor")
    judged = core.run("vernissage", "moderate", words='{"text": "a red apple"}')

    assert "is at revision" in upgraded.stdout, upgraded.stderr
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert json.loads(judged.stdout)["outcome"] == "allow", judged.stderr
    for program in (WSGI, SCREENER):
        ended = core.run("python", "-c", program)
        assert ended.returncode == 0, ended.stderr
    with core.serving("serve") as address:
        assert "Вернисаж" in page(address, language="ru")


@pytest.mark.parametrize(
    ("command", "extra"),
    [
        (["paint"], "painter"),
        (["run"], "painter"),
        (["generate", "a lake", "--out", "lake.png"], "painter"),
        (["models", "list"], "painter"),
        (["clean", "run", ".", "--to", "cleaned"], "cleaning"),
        (["clean", "work"], "cleaning"),
        (["clean", "report", "."], "cleaning"),
        (["clean", "audit", "."], "cleaning"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value[:2]),
)
def test_a_command_says_which_extra_it_needs(core, command, extra):
    refusal = core.run("vernissage", *command)

    [line] = refusal.stderr.splitlines()
    assert line.endswith(f"not installed: pip install 'vernissage[{extra}]'")
    assert refusal.returncode == 1


def tracked() -> Sequence[str]:
    """The files of the repository."""
    listed = succeed(["git", "-C", ROOT, "ls-files", "-z"])
    return [name for name in listed.split("\0") if name and (ROOT / name).exists()]
