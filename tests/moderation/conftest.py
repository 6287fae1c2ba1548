from pathlib import Path
from shutil import copytree

import pytest

from moderation.clip import TransformersClip
from tests.moderation.toy import save_toy_clip


@pytest.fixture(scope="session")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random CLIP of toy width in the layout of transformers; nobody writes to it."""
    return save_toy_clip(tmp_path_factory.mktemp("clip"))


@pytest.fixture
def own_clip_folder(clip_folder: Path, tmp_path: Path) -> Path:
    """The toy CLIP in a folder that the test may damage."""
    return copytree(clip_folder, tmp_path / "clip")


@pytest.fixture(scope="session")
def encoder(clip_folder: Path) -> TransformersClip:
    return TransformersClip.load(clip_folder)
