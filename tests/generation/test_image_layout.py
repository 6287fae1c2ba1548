import numpy as np
import PIL.Image
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL.Image import Resampling

from generation.errors import ImageError
from generation.images import (
    composite,
    fitted,
    fitted_mask,
    padded,
    placed,
    to_tensor,
)

sides = st.integers(16, 90)
seeds = st.integers(0, 2**32 - 1)


def noise(width, height, seed=0):
    shades = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return PIL.Image.fromarray(shades)


def speckled(width, height, seed=0, share=0.02):
    white = np.random.default_rng(seed).random((height, width)) < share
    white[height // 2, width // 2] = True
    return PIL.Image.fromarray(np.where(white, 255, 0).astype(np.uint8))


def apart(one, other):
    """The largest difference of two pictures' shades."""
    return np.abs(np.asarray(one).astype(int) - np.asarray(other).astype(int)).max()


@given(sides, sides, sides, sides)
def test_a_fitted_picture_has_the_size(width, height, wide, high):
    assert fitted(noise(width, height), wide, high).size == (wide, high)


@given(sides, sides)
def test_a_picture_that_fits_is_left_alone(width, height):
    image, mask = noise(width, height), speckled(width, height)

    assert apart(fitted(image, width, height), image) == 0
    assert apart(fitted_mask(mask, width, height), mask) == 0


def test_the_middle_is_cut_out_of_what_is_too_wide():
    image = noise(90, 30)

    assert apart(fitted(image, 30, 30), image.crop((30, 0, 60, 30))) == 0


@given(st.integers(1, 12), st.integers(1, 12), st.floats(0.05, 3), seeds)
def test_no_white_of_a_mask_gets_lost(across, down, scale, seed):
    dots = np.random.default_rng(seed)
    left, top = (int(dots.integers(10 * side)) for side in (across, down))
    mask = PIL.Image.new("L", (10 * across, 10 * down))
    mask.putpixel((left, top), 255)
    step = max(1, round(10 * scale))

    white = fitted_mask(mask, across * step, down * step)

    x, y = int((left + 0.5) * step / 10), int((top + 0.5) * step / 10)
    assert white.crop((x - 1, y - 1, x + 1, y + 1)).getbbox()
    assert set(np.unique(np.asarray(white))) <= {0, 255}


def test_one_white_pixel_of_a_large_mask_gets_not_lost():
    mask = PIL.Image.new("L", (4000, 4000))
    mask.putpixel((2000, 2000), 255)

    assert np.count_nonzero(np.asarray(fitted_mask(mask, 32, 32))) == 1


def test_a_mask_whose_white_is_cut_off_is_refused():
    mask = PIL.Image.new("L", (90, 30))
    mask.paste(255, (0, 0, 20, 30))

    with pytest.raises(ImageError, match="of 90 x 30 the middle is cut out for 30"):
        fitted_mask(mask, 30, 30)


@given(sides, sides, st.integers(0, 64), st.integers(0, 64))
def test_padding_and_cropping_the_middle_changes_nothing(width, height, more, higher):
    image = noise(width, height)

    whole = padded(image, width + more, height + higher)

    assert whole.size == (width + more, height + higher)
    left, top = more // 2, higher // 2
    middle = whole.crop((left, top, left + width, top + height))
    assert apart(middle, image) == 0


@given(st.data(), sides, sides, sides, sides)
def test_a_canvas_repeats_the_nearest_pixel_of_the_picture(
    data, width, height, wide, high
):
    image = noise(width, height)
    left = data.draw(st.integers(1 - width, wide - 1))
    top = data.draw(st.integers(1 - height, high - 1))

    canvas = placed(image, left=left, top=top, width=wide, height=high)

    seen_x = np.arange(wide).clip(max(left, 0), min(left + width, wide) - 1)
    seen_y = np.arange(high).clip(max(top, 0), min(top + height, high) - 1)
    nearest = np.asarray(image)[np.ix_(seen_y - top, seen_x - left)]
    np.testing.assert_array_equal(np.asarray(canvas), nearest)


def test_a_mask_is_padded_as_its_picture_is():
    mask = speckled(30, 20)

    whole = padded(mask, 40, 32)

    assert apart(padded(mask.convert("RGB"), 40, 32), whole.convert("RGB")) == 0


def test_pixels_lie_between_minus_one_and_one():
    image = noise(20, 30)

    tensor = to_tensor(image)

    assert tensor.shape == (1, 3, 30, 20)
    assert tensor.dtype == torch.float32
    assert (tensor.min().item(), tensor.max().item()) == (-1, 1)
    back = ((tensor[0] + 1) * 127.5).round().byte().permute(1, 2, 0)
    np.testing.assert_array_equal(back.numpy(), np.asarray(image))


@given(seeds, st.sampled_from([0, 2, 4, 8, 16]))
def test_a_composite_is_painted_in_the_white_and_kept_far_from_it(seed, feather):
    painted, original = noise(60, 50, seed), noise(60, 50, seed + 1)
    mask = speckled(60, 50, seed, share=0.001)

    composed = np.asarray(composite(painted, original, mask, feather=feather))

    white = np.asarray(mask) > 0
    near = torch.nn.functional.max_pool2d(
        torch.from_numpy(white)[None, None].float(), 2 * feather + 1, 1, feather
    )
    far = near[0, 0].numpy() == 0
    np.testing.assert_array_equal(composed[white], np.asarray(painted)[white])
    np.testing.assert_array_equal(composed[far], np.asarray(original)[far])


def test_a_composite_has_no_seam():
    painted = PIL.Image.new("RGB", (60, 50), "white")
    original = PIL.Image.new("RGB", (60, 50), "black")
    mask = PIL.Image.new("L", (60, 50))
    mask.paste(255, (0, 0, 30, 50))

    composed = composite(painted, original, mask, feather=8)

    along = np.asarray(composed)[25, :, 0].astype(int)
    assert np.diff(along).min() == pytest.approx(-255 / 9, abs=1)
    assert (along[29], along[38]) == (255, 0)


def test_nearest_resampling_invents_no_shades():
    image = noise(64, 48)

    small = fitted(image, 16, 16, Resampling.NEAREST)

    shades = {tuple(shade) for shade in np.asarray(image).reshape(-1, 3)}
    assert {tuple(shade) for shade in np.asarray(small).reshape(-1, 3)} <= shades
