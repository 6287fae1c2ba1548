import numpy as np
import pytest
from PIL import Image

from moderation.image.batches import squares
from moderation.image.preprocessing import Preprocessing, views

CLIP = Preprocessing(side=32, crop=32, mean=(0.0,) * 3, std=(1.0,) * 3)


@pytest.fixture(scope="module")
def waves() -> np.ndarray:
    """A picture [401, 401, 3] with something to see everywhere."""
    x = np.linspace(0, 20, 401)
    red = np.sin(x)[:, np.newaxis] * np.cos(0.7 * x)
    both = np.stack([red, -red, np.cos(red)], 2)
    return ((both + 1) * 127).astype(np.uint8)


@pytest.mark.parametrize(
    "shape",
    [(401, 401), (401, 300), (257, 401), (401, 120), (31, 40), (32, 32), (401, 1)],
)
@pytest.mark.parametrize("side", [32, 40])
def test_the_quick_views_are_those_of_the_exact_way(waves, shape, side):
    wanted = Preprocessing(side=side, crop=32, mean=CLIP.mean, std=CLIP.std)
    picture = waves[: shape[0], : shape[1]]

    made = squares(picture, wanted)

    exact = [wanted(view) for view in views(Image.fromarray(picture))]
    assert made.shape == (len(exact), 32, 32, 3)
    for ours, theirs in zip(made, exact, strict=True):
        assert np.abs(ours - 255 * theirs.transpose(1, 2, 0)).mean() < 3


def test_a_line_of_pixels_does_not_become_a_huge_picture():
    line = np.zeros((1, 16_384, 3), np.uint8)

    assert squares(line, CLIP).shape == (2, 32, 32, 3)
