from pathlib import Path
from shutil import copytree

import pytest

from tests.generation.repositories import save_repositories


@pytest.fixture(scope="session")
def repositories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that is published, in one folder; nobody writes into it."""
    return save_repositories(tmp_path_factory.mktemp("hub"))


@pytest.fixture
def own_repositories(repositories: Path, tmp_path: Path) -> Path:
    """The same, to be damaged."""
    return copytree(repositories, tmp_path / "repositories")
