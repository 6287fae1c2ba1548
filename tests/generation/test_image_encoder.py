import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from transformers import CLIPImageProcessorPil

from generation.checkpoints.geometry import Geometry
from generation.checkpoints.image_processor import ImageProcessor
from generation.checkpoints.weights import Weights
from generation.errors import WeightsError
from generation.loader import Loader

PLAIN = ImageProcessor(side=32, crop=32, mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))
sides = st.integers(16, 120)


@pytest.fixture(scope="module")
def images(toy):
    weights = Weights.find(toy)
    with torch.inference_mode():
        return Loader.of(weights, Geometry.of(weights), "cpu").image_encoder()


@given(sides, sides)
def test_every_picture_becomes_one_square(width, height):
    pixels = PLAIN(Image.new("RGB", (width, height), "white"))

    assert pixels.shape == (1, 3, 32, 32)
    assert torch.equal(pixels, torch.full_like(pixels, 2.0))


def test_pixels_are_what_transformers_makes_of_them(toy):
    folder = toy / "prior" / "image_processor"
    processor = CLIPImageProcessorPil.from_pretrained(folder)
    noise = np.random.default_rng(0).integers(0, 256, (41, 67, 3), np.uint8)
    image = Image.fromarray(noise)

    ours = ImageProcessor.load(folder)(image)

    theirs = torch.as_tensor(np.stack(processor(image)["pixel_values"]))
    assert torch.allclose(ours, theirs, atol=1e-5)


@torch.inference_mode()
def test_a_picture_is_read_as_it_is_seen(images):
    clear = Image.new("RGBA", (40, 40), (255, 0, 0, 0))
    white = Image.new("RGB", (40, 40), "white")

    assert torch.equal(images.encode(clear), images.encode(white))


@torch.inference_mode()
def test_nothing_is_a_picture_of_the_mean_colour(images):
    grey = Image.new("RGB", (32, 32), (128, 128, 128))

    nothing, seen = images.zero_embedding(), images.encode(grey)

    assert torch.cosine_similarity(nothing, seen) > 0.99
    assert nothing.norm() > 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"do_center_crop": False}, "do_center_crop"),
        ({"resample": 2}, "resample must be bicubic"),
        ({"image_mean": [0.5]}, "not enough values"),
        ({"size": {"longest_edge": 32}}, "shortest_edge"),
        ({"crop_size": 0}, "cannot crop 0 pixels out of 32"),
    ],
)
def test_numbers_that_cannot_be_followed_are_named(change, said, toy, tmp_path):
    file = toy / "prior" / "image_processor" / "preprocessor_config.json"
    known = json.loads(file.read_text("utf-8"))
    (tmp_path / file.name).write_text(json.dumps(known | change), "utf-8")

    with pytest.raises(WeightsError, match=said):
        ImageProcessor.load(tmp_path)
