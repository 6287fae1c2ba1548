import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from vernissage import logs
from vernissage.cli.program import run
from vernissage.settings import Settings

Vernissage = Callable[..., int]


@pytest.fixture
def data_dir(monkeypatch: pytest.MonkeyPatch, migrated: Path, tmp_path: Path) -> Path:
    """A home folder with an empty database, and no networks to load."""
    folder = tmp_path / "home"
    folder.mkdir()
    shutil.copy(migrated, folder / "vernissage.sqlite3")
    monkeypatch.setenv("VERNISSAGE_HOME", str(folder))
    monkeypatch.setenv("VERNISSAGE_WEIGHTS", str(tmp_path / "no-weights"))
    return folder


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    return Settings.load()


@pytest.fixture
def vernissage(monkeypatch: pytest.MonkeyPatch) -> Vernissage:
    """Runs a command in this process, without taking over its logging."""

    def leave_alone(*arguments: object, **options: object) -> None:
        """Configure nothing."""

    monkeypatch.setattr(logs, "configure", leave_alone)
    monkeypatch.setenv("LC_ALL", "C")

    def call(*arguments: str | Path) -> int:
        words: Sequence[str] = [str(argument) for argument in arguments]
        return run(words)

    return call
