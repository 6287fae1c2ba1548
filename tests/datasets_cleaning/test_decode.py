from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from datasets_cleaning.decode import pixels, size
from moderation.errors import ImageRefused
from moderation.image.uploads import inspected, read_image


def saved(image, kind="JPEG", **options):
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def decoded(data, **options):
    return pixels(data, inspected(data), **options)


@pytest.fixture
def slope() -> Image.Image:
    """A picture whose four corners differ, 1200 x 800."""
    across = np.linspace(0, 255, 1200)[np.newaxis].repeat(800, 0)
    down = np.linspace(0, 255, 800)[:, np.newaxis].repeat(1200, 1)
    return Image.fromarray(np.stack([across, down, 0 * down], 2).astype(np.uint8))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_large_picture_comes_smaller_but_not_too_small(slope, kind):
    made = decoded(saved(slope, kind))

    assert 224 <= min(made.shape[:2]) < 448
    assert made.shape[1] / made.shape[0] == pytest.approx(1.5, abs=0.01)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_small_picture_comes_as_it_is(slope, kind):
    data = saved(slope.resize((90, 60)), kind, quality=95)

    assert np.abs(decoded(data).astype(int) - np.asarray(read_image(data))).max() < 9


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_every_orientation_is_turned_upright(slope, turn, kind):
    exif = Image.Exif()
    exif[0x0112] = turn
    data = saved(slope.resize((96, 64)), kind, exif=exif)

    made = decoded(data)

    assert np.abs(made.astype(int) - np.asarray(read_image(data))).mean() < 1
    assert size(data, inspected(data)) == made.shape[1::-1]


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_other_colours_than_three_are_made_so(slope, mode):
    data = saved(slope.resize((96, 64)).convert(mode))

    made = decoded(data)

    assert made.shape == (64, 96, 3)
    assert np.abs(made.astype(int) - np.asarray(read_image(data))).mean() < 2


def test_what_uploads_refuse_is_refused(slope):
    torn = saved(slope)[:-500]

    with pytest.raises(ImageRefused):
        decoded(torn)
