from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest
import torch

from generation.checkpoints.families import Family
from generation.engine import Engine
from generation.pipeline import Pipeline
from tests.generation.toy import save_toy


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """Networks this small lose more by waiting for a second core than they gain."""
    usual = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(usual)


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole model at toy width; nobody writes into it."""
    return save_toy(tmp_path_factory.mktemp("models") / "toy")


@pytest.fixture(scope="session")
def toy_22(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole model of the second family; nobody writes into it."""
    folder = tmp_path_factory.mktemp("models") / "toy-22"
    return save_toy(folder, family=Family.KANDINSKY_22)


@pytest.fixture(scope="session")
def pipeline(toy: Path) -> Pipeline:
    return Engine.load(toy, device="cpu").pipeline


@pytest.fixture
def engine(pipeline: Pipeline) -> Engine:
    """All places are free."""
    return Engine(pipeline=pipeline)


@pytest.fixture
def own_toy(toy: Path, tmp_path: Path) -> Path:
    """The toy model in a folder that the test may damage."""
    return copytree(toy, tmp_path / "toy")
