import hashlib

import numpy as np
import pytest

from moderation import Category
from moderation.image.heads import Head
from moderation.image.networks import SoftmaxNetwork
from tests.factories import stored
from tests.generation.toy import EMBEDDING, save_toy
from vernissage.bootstrap import components
from vernissage.bootstrap.workers import build_generator, load_engine
from vernissage.db.artworks import Artworks
from vernissage.db.migrate import upgrade
from vernissage.errors import SettingsError
from vernissage.settings import Settings
from vernissage.states import State


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    """Real networks at toy width."""
    return save_toy(tmp_path_factory.mktemp("models") / "toy")


def test_a_model_whose_heads_are_missing_paints_for_reviewers_only(tmp_path, toy):
    settings = Settings(home=tmp_path / "house", weights=toy)
    sessions = components.sessions(settings)
    upgrade(settings.database)
    artwork = stored(sessions, State.QUEUED, aspect="3:2", steps=2)

    assert build_generator(settings).generate_all()

    with sessions() as session:
        painted = Artworks(session)[artwork.id]
        judged = {d.gate: d.judged for d in painted.decisions}
    assert painted.state is State.IN_REVIEW
    assert judged == {"prompt": True, "embedding": False, "image": False}
    assert "toy@" in str(painted.model)
    storage, key = components.storage(settings), str(painted.picture)
    assert storage.public(key) is None
    assert (storage.quarantined(key) or b"").startswith(b"\x89PNG")


@pytest.fixture
def calm_heads(tmp_path, toy):
    """Heads over the toy's own encoder which find nothing in anything it embeds."""
    weights = toy / "prior" / "image_encoder" / "model.safetensors"
    far = np.full((1, EMBEDDING), 1 / np.sqrt(EMBEDDING), np.float32)
    head = Head(
        name="calm",
        encoder=hashlib.sha256(weights.read_bytes()).hexdigest(),
        categories=(Category.VIOLENCE,),
        network=SoftmaxNetwork(
            weight=np.concatenate([far * 90, far * 0]),
            bias=np.asarray([-80, 0], np.float32),
            membership=np.asarray([[1, 0]], np.float32),
        ),
        harmless=-far,
        flagged=far,
    )
    head.save(tmp_path / "heads.safetensors")
    return tmp_path / "heads.safetensors"


def test_a_model_with_heads_of_its_own_is_judged_by_them(tmp_path, toy, calm_heads):
    settings = Settings(home=tmp_path / "house", weights=toy, heads=calm_heads)
    sessions = components.sessions(settings)
    upgrade(settings.database)
    artwork = stored(sessions, State.QUEUED, steps=2)

    assert build_generator(settings).generate_all()

    with sessions() as session:
        painted = Artworks(session)[artwork.id]
        models = {d.gate: d.models for d in painted.decisions}
    assert painted.state is State.PUBLISHED
    assert models["image"][0].startswith("heads-calm@")


def test_an_encoder_that_cannot_be_loaded_leaves_pictures_to_reviewers(tmp_path, toy):
    absent = tmp_path / "ViT-L-14.safetensors"
    settings = Settings(home=tmp_path / "house", weights=toy, clip=absent)
    sessions = components.sessions(settings)
    upgrade(settings.database)
    artwork = stored(sessions, State.QUEUED, steps=2)

    assert build_generator(settings).generate_all()

    with sessions() as session:
        assert Artworks(session)[artwork.id].state is State.IN_REVIEW


def test_a_folder_without_networks_is_one_clear_line(tmp_path):
    settings = Settings(home=tmp_path / "house", weights=tmp_path)

    with pytest.raises(SettingsError) as caught:
        load_engine(settings)

    [line] = str(caught.value).splitlines()
    assert str(tmp_path) in line
