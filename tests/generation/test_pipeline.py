import json
import subprocess
import sys
from shutil import rmtree

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from generation import PriorKind, regimes
from generation.engine import Engine
from generation.errors import (
    DeviceError,
    ImageError,
    RecipeError,
    RegimeError,
    WeightsError,
)
from generation.regimes import text_to_image
from tests.generation.generating import (
    REGIMES,
    hole,
    painted,
    scene,
)
from tests.generation.toy import save_toy


@pytest.mark.parametrize("regime", ["inpainting", "outpainting"])
def test_a_model_without_inpainting_says_so(regime, own_toy):
    rmtree(own_toy / "inpaint")
    engine = Engine.load(own_toy)

    with pytest.raises(RegimeError, match="has no inpainting decoder"):
        painted(engine, REGIMES[regime])
    assert engine.free == engine.capacity


def test_a_prior_that_is_not_there_is_named(own_toy):
    rmtree(own_toy / "prior" / "linear")
    engine = Engine.load(own_toy)

    with pytest.raises(RecipeError, match="no linear prior: choose diffusion"):
        painted(engine, prior=PriorKind.LINEAR)


@pytest.mark.parametrize(
    ("regime", "complaint"),
    [
        (regimes.variation(Image.new("RGB", (4, 400))), "4 x 400"),
        (regimes.inpainting(scene(), Image.new("L", (64, 64))), "nothing to repaint"),
        (regimes.inpainting(scene(), hole((32, 64))), "32 x 64"),
    ],
)
def test_pictures_that_cannot_be_painted_from_are_turned_away(
    regime, complaint, engine
):
    with pytest.raises(ImageError, match=complaint):
        painted(engine, regime)
    assert engine.free == engine.capacity


def test_what_an_encoder_does_not_read_is_told(engine):
    long = "a red cat " * 40

    request = engine.run_prior(
        text_to_image(long), engine.recipe(seed=7, aspect="1:1", steps=2)
    )
    engine.cancel(request)

    [end] = request.notes.truncated
    assert end
    assert long.strip().endswith(end.strip())


def test_a_kandinsky_2_2_paints_without_reading(toy_22):
    engine = Engine.load(toy_22)

    picture = painted(engine)

    assert picture.size == (32, 32)
    assert picture != painted(engine, seed=8)
    assert picture != painted(engine, text_to_image("a dog"))


def test_a_model_may_bring_the_recipe_it_paints_best_by(own_toy):
    (own_toy / "defaults.json").write_text('{"steps": 12, "guidance": 2.5}', "utf-8")

    engine = Engine.load(own_toy)

    assert engine.defaults.steps == 12
    assert engine.recipe(seed=7, aspect="3:2").guidance == 2.5
    assert engine.recipe(seed=7, aspect="3:2", steps=5).steps == 5
    assert engine.recipe(seed=7, aspect="3:2").prior_steps == 25


@pytest.mark.parametrize(
    "wishes",
    [
        "{",
        "[]",
        json.dumps({"step": 12}),
        json.dumps({"steps": 0}),
        json.dumps({"sampler": "magic"}),
    ],
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
