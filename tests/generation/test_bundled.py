"""The model that the repository ships."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import generation
from generation.engine import Engine
from generation.regimes import inpainting, text_to_image

MINI = Path(generation.__file__).parent / "bundled" / "kandinsky-mini"
MIB = 2**20


@pytest.fixture(scope="module")
def mini():
    return Engine.load(MINI)


def test_the_bundled_weights_stay_small():
    sizes = [file.stat().st_size for file in MINI.rglob("*.safetensors")]

    assert 0 < sum(sizes) < 36 * MIB


def test_the_bundled_weights_vouch_for_themselves(mini):
    assert (MINI / "DIGESTS").is_file()
    assert mini.model.startswith("kandinsky-mini@")


@pytest.mark.parametrize(
    ("prompt", "aspect"),
    [("a red apple on a blue background", "3:2"), ("кот на жёлтом фоне", "9:16")],
)
def test_the_bundled_model_paints_in_both_languages(prompt, aspect, mini):
    recipe = mini.recipe(seed=7, aspect=aspect, steps=4)

    request = mini.run_prior(text_to_image(prompt), recipe)
    picture = mini.run_decoder(request, lambda _done, _of: None)

    assert picture.size == (recipe.width, recipe.height)
    assert np.asarray(picture).std() > 1


def test_the_bundled_model_repaints_a_hole_and_keeps_the_rest(mini):
    blue = Image.new("RGB", (64, 64), "cornflowerblue")
    hole = Image.new("L", (64, 64), "black")
    hole.paste("white", (12, 12, 52, 52))
    regime = inpainting(blue, hole, prompt="a strawberry on a blue background")

    request = mini.run_prior(regime, mini.recipe(seed=7, aspect="1:1", steps=10))
    picture = np.asarray(mini.run_decoder(request, lambda _done, _of: None))

    changed = (picture != np.asarray(blue)).any(axis=2)
    assert changed[16:48, 16:48].any()
    assert not changed[:8].any()
    assert not changed[56:].any()
    red, _, bluish = picture[28:36, 28:36].mean(axis=(0, 1))
    assert red > bluish
