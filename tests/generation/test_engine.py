import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from generation import ASPECTS
from generation.engine import Engine
from generation.errors import DeviceError, EmbeddingError, RecipeError, WeightsError
from tests.generation.toy import EMBEDDING, save_toy


def painted(engine, prompt="a red cat", *, seed=7, aspect="1:1", guidance=4.0):
    recipe = replace(
        engine.recipe(seed=seed, aspect=aspect, steps=3), guidance=guidance
    )
    embedding = engine.prior(prompt, recipe)
    return engine.decoder(prompt, embedding, recipe, lambda _done, _of: None)


class Leaving(Exception):  # noqa: N818  # it is no error
    """Nobody in the engine knows this one."""


@pytest.mark.parametrize("aspect", ASPECTS)
def test_a_picture_has_the_size_that_was_asked_for(aspect, engine):
    recipe = engine.recipe(seed=7, aspect=aspect)

    picture = painted(engine, aspect=aspect)

    assert picture.mode == "RGB"
    assert picture.size == (recipe.width, recipe.height)
    assert min(picture.size) == engine.side == 32


def test_a_picture_depends_on_nothing_painted_before(engine):
    first = painted(engine)
    painted(engine, "something else", seed=8, aspect="9:16")

    assert painted(engine) == first


@pytest.mark.parametrize(
    "other",
    [{"seed": 8}, {"prompt": "рыжий кот"}, {"guidance": 1.0}],
    ids=lambda other: next(iter(other)),
)
def test_each_thing_that_is_asked_shows_in_the_picture(other, engine):
    assert painted(engine, **other) != painted(engine)


def test_the_embedding_shows_in_the_picture(engine):
    recipe = engine.recipe(seed=7, aspect="1:1", steps=2)
    embeddings = np.eye(EMBEDDING, dtype=np.float32)[:2] * 9

    one, other = (
        engine.decoder("", embedding, recipe, lambda _done, _of: None)
        for embedding in embeddings
    )

    assert one != other


def test_the_prior_answers_one_point_of_the_image_space(engine):
    recipe = engine.recipe(seed=7, aspect="1:1")

    embedding = engine.prior("a red cat", recipe)

    assert embedding.shape == (EMBEDDING,)
    assert embedding.dtype == np.float32
    assert np.isfinite(embedding).all()


def test_each_step_is_reported_once_and_in_order(engine):
    recipe = engine.recipe(seed=7, aspect="1:1", steps=3)
    embedding = engine.prior("a red cat", recipe)
    reports = []

    engine.decoder("a red cat", embedding, recipe, lambda *step: reports.append(step))

    assert reports == [(1, 3), (2, 3), (3, 3)]


def test_whoever_listens_may_walk_away(engine):
    recipe = engine.recipe(seed=7, aspect="1:1", steps=9)
    embedding = engine.prior("a red cat", recipe)
    reports = []
    before = painted(engine)

    def on_step(done, of):
        reports.append(done)
        if done == 2:
            raise Leaving(of)

    with pytest.raises(Leaving) as left:
        engine.decoder("a red cat", embedding, recipe, on_step)

    assert left.value.args == (9,)
    assert reports == [1, 2]
    assert painted(engine) == before


@pytest.mark.parametrize(
    ("embedding", "complaint"),
    [
        (np.zeros(768, np.float32), r"has 32 numbers, got shape \(768,\)"),
        (np.full(EMBEDDING, np.nan, np.float32), "32 of an embedding's numbers"),
    ],
)
def test_a_foreign_embedding_is_turned_away(embedding, complaint, engine):
    recipe = engine.recipe(seed=7, aspect="1:1")

    with pytest.raises(EmbeddingError, match=complaint):
        engine.decoder("a red cat", embedding, recipe, lambda _done, _of: None)


def test_a_model_may_bring_the_recipe_it_paints_best_by(own_toy):
    (own_toy / "defaults.json").write_text('{"steps": 12, "guidance": 2.5}', "utf-8")

    engine = Engine.load(own_toy)

    assert engine.defaults.steps == 12
    assert engine.recipe(seed=7, aspect="3:2").guidance == 2.5
    assert engine.recipe(seed=7, aspect="3:2", steps=5).steps == 5
    assert engine.recipe(seed=7, aspect="3:2").prior_steps == 25


@pytest.mark.parametrize(
    "wishes", ["{", "[]", json.dumps({"step": 12}), json.dumps({"steps": 0})]
)
def test_defaults_that_are_no_recipe_are_named(wishes, own_toy):
    (own_toy / "defaults.json").write_text(wishes, "utf-8")

    with pytest.raises(WeightsError, match=r"defaults\.json is no recipe"):
        Engine.load(own_toy)


def test_half_precision_files_are_computed_in_full_on_a_cpu(own_toy, engine):
    for file in own_toy.rglob("*.safetensors"):
        halved = {name: tensor.half() for name, tensor in load_file(file).items()}
        save_file(halved, file, metadata={"format": "pt"})

    picture = np.asarray(painted(Engine.load(own_toy)), int)

    assert np.abs(picture - np.asarray(painted(engine), int)).max() <= 4


def test_an_unknown_aspect_and_a_negative_seed_are_refused(engine):
    with pytest.raises(RecipeError, match="aspect"):
        engine.recipe(seed=7, aspect="5:4")
    with pytest.raises(RecipeError, match="seed"):
        engine.recipe(seed=-1, aspect="1:1")


@pytest.mark.parametrize("device", ["cuda:99", "abacus"])
def test_a_device_that_is_not_there_is_named(device, toy):
    with pytest.raises(DeviceError, match=f"no device '{device}' here"):
        Engine.load(toy, device=device)


def test_the_halves_may_keep_the_names_they_are_downloaded_under(tmp_path, engine):
    folder = save_toy(tmp_path, prior="kandinsky-2-1-prior", decoder="kandinsky-2-1")

    assert painted(Engine.load(folder)) == painted(engine)


def test_the_encoder_of_the_image_space_can_be_found(engine, toy):
    assert engine.image_encoder == toy / "prior" / "image_encoder"
    assert (engine.image_encoder / "config.json").is_file()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_gpu_paints_the_same_picture_in_half_precision(toy, engine):
    on_gpu = np.asarray(painted(Engine.load(toy, device="cuda")), int)

    assert np.abs(on_gpu - np.asarray(painted(engine), int)).mean() < 2


def test_importing_the_package_loads_no_network():
    check = "import sys, generation; sys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


def test_a_model_is_loaded_without_a_word(toy, capfd):
    Engine.load(toy)

    assert capfd.readouterr() == ("", "")
