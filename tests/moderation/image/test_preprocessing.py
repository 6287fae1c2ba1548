import json

import numpy as np
import pytest
from PIL import Image

from moderation.errors import ClassifierUnavailable
from moderation.image.preprocessing import GREY, Preprocessing, square_views, views
from tests.moderation.networks import CLIPImageProcessor


@pytest.fixture
def preprocessing() -> Preprocessing:
    return Preprocessing(side=8, crop=8, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))


def red_share(pixels):
    """How much of normalised *pixels* is red without green."""
    return ((pixels[0] > 0) & (pixels[1] < 0)).mean()


def test_a_square_picture_is_shown_once():
    square = Image.new("RGB", (32, 32))

    assert views(square) == (square,)


def test_the_middle_square_hides_what_the_whole_view_shows(half_red, preprocessing):
    middle, whole = (preprocessing(view) for view in views(half_red))

    assert red_share(middle) == 0
    assert red_share(whole) == pytest.approx(0.125, abs=0.1)


@pytest.mark.parametrize("size", [(64, 32), (32, 64), (30, 1000), (2000, 1500)])
def test_the_whole_view_keeps_proportions_on_a_grey_square(size):
    picture = Image.new("RGB", size, "white")

    _, whole = views(picture)

    white = (np.asarray(whole) == 255).all(axis=2)
    assert whole.width == whole.height <= 512
    assert white.any(axis=0).sum() / white.any(axis=1).sum() == pytest.approx(
        size[0] / size[1], rel=0.1
    )
    assert set(whole.getcolors() or []) == {
        (int(white.sum()), (255, 255, 255)),
        (int((~white).sum()), GREY),
    }


def test_a_line_of_pixels_takes_no_more_memory_than_a_picture(preprocessing):
    line = Image.new("RGB", (4_000_000, 1))

    shapes = [preprocessing(view).shape for view in views(line)]

    assert shapes == [(3, 8, 8), (3, 8, 8)]


@pytest.mark.parametrize("size", [(1, 400), (3, 2), (64, 32)])
def test_any_picture_becomes_a_normalised_square(size, preprocessing):
    pixels = preprocessing(Image.new("RGB", size, "white"))

    assert pixels.shape == (3, 8, 8)
    assert pixels.dtype == np.float32
    assert pixels.max() == pytest.approx(1)


@pytest.mark.parametrize("size", [(32, 32), (50, 77), (200, 33), (20, 31)])
def test_preprocessing_agrees_with_transformers(size, clip_folder):
    picture = Image.radial_gradient("L").resize(size).convert("RGB")
    theirs = CLIPImageProcessor.from_pretrained(clip_folder)(picture)

    ours = Preprocessing.read(clip_folder)(picture)

    # theirs resizes tensors, ours resizes pictures: they differ by one level of 255
    assert np.abs(ours - theirs["pixel_values"][0].numpy()).max() < 2 / 255 / 0.26


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"do_normalize": False}, "do_normalize"),
        ({"resample": 2}, "bicubic"),
        ({"size": {"height": 8, "width": 8}}, "shortest_edge"),
        ({"crop_size": 64}, "cannot crop 64"),
        ({"image_std": [1, 1]}, "3 colours"),
        ({"image_mean": None}, "NoneType"),
    ],
)
def test_a_configuration_that_we_cannot_follow_is_refused(
    change, complaint, own_clip_folder
):
    path = own_clip_folder / "preprocessor_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))

    with pytest.raises(ClassifierUnavailable, match=complaint):
        Preprocessing.read(own_clip_folder)


def test_a_missing_configuration_is_refused(tmp_path):
    with pytest.raises(ClassifierUnavailable, match=r"preprocessor_config\.json"):
        Preprocessing.read(tmp_path)


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

    made = square_views(picture, wanted)

    exact = [wanted(view) for view in views(Image.fromarray(picture))]
    assert made.shape == (len(exact), 32, 32, 3)
    for ours, theirs in zip(made, exact, strict=True):
        assert np.abs(ours - 255 * theirs.transpose(1, 2, 0)).mean() < 3


def test_a_line_of_pixels_does_not_become_a_huge_picture():
    line = np.zeros((1, 16_384, 3), np.uint8)

    assert square_views(line, CLIP).shape == (2, 32, 32, 3)
