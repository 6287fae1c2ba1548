from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.evaluation.reconstruction import l1, psnr, ssim

C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
WINDOW = 11


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0, 255, (16, 20, 3))


def test_a_picture_is_all_that_is_in_itself():
    assert psnr(noise(0), noise(0)) == inf
    assert ssim(noise(0), noise(0)) == pytest.approx(1)
    assert l1(noise(0), noise(0)) == 0


def test_black_beside_white_has_no_decibels():
    black, white = np.zeros((16, 16, 3)), np.full((16, 16, 3), 255.0)

    assert psnr(black, white) == pytest.approx(0)
    assert l1(black, white) == 1


def test_a_tenth_of_the_range_is_twenty_decibels():
    assert psnr(np.zeros((8, 8, 3)), np.full((8, 8, 3), 25.5)) == pytest.approx(20)


@settings(max_examples=15)
@given(one=st.floats(0, 255), other=st.floats(0, 255))
def test_of_even_pictures_only_the_brightness_is_compared(one, other):
    expected = (2 * one * other + C1) / (one**2 + other**2 + C1)

    found = ssim(np.full((12, 12, 1), one), np.full((12, 12, 1), other))

    assert found == pytest.approx(expected, abs=1e-6)


def test_the_window_is_that_of_the_paper():
    """One window, computed term by term (Wang et al. 2004, equations 14 to 16)."""
    one, other = noise(1)[:WINDOW, :WINDOW, :1], noise(2)[:WINDOW, :WINDOW, :1]
    place = np.arange(WINDOW) - 5
    weights = np.exp(-(place[:, None] ** 2 + place**2) / (2 * 1.5**2))[..., None]
    weights /= weights.sum()
    x, y = (weights * one).sum(), (weights * other).sum()
    xx = (weights * (one - x) ** 2).sum()
    yy = (weights * (other - y) ** 2).sum()
    xy = (weights * (one - x) * (other - y)).sum()
    expected = (
        (2 * x * y + C1) * (2 * xy + C2) / ((x * x + y * y + C1) * (xx + yy + C2))
    )

    assert ssim(one, other) == pytest.approx(expected)


@settings(max_examples=15)
@given(seed=st.integers(0, 1000))
def test_it_does_not_matter_which_picture_comes_first(seed):
    one, other = noise(seed), noise(seed + 1)

    assert ssim(one, other) == pytest.approx(ssim(other, one))
    assert psnr(one, other) == psnr(other, one)


def test_a_picture_below_the_window_is_refused():
    with pytest.raises(ValueError, match="at least 11 pixels"):
        ssim(np.zeros((8, 20, 3)), np.zeros((8, 20, 3)))
