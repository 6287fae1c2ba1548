from pathlib import Path

import pytest

from moderation.clip import TransformersClip
from tests.moderation.toy import save_toy_clip


@pytest.fixture(scope="session")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random CLIP of toy width in the layout of transformers; nobody writes to it."""
    return save_toy_clip(tmp_path_factory.mktemp("clip"))


@pytest.fixture(scope="session")
def encoder(clip_folder: Path) -> TransformersClip:
    return TransformersClip.load(clip_folder)
