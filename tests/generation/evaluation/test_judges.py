import numpy as np
import pytest
from PIL import Image

from generation.evaluation.fid import distance, score
from generation.evaluation.inpainting import hole, untouched
from generation.evaluation.prompt_adherence import above


def test_a_fusion_must_be_like_both_its_parts():
    others = [0.1] * 9 + [0.9]

    assert above([0.5, 0.6, *others])
    assert not above([0.5, 0.05, *others])
    assert not above([0.5, 0.6, *others[1:], 0.9])


def test_one_kept_pixel_that_changed_is_seen():
    before = Image.new("RGB", (32, 32), "red")
    after = before.copy()
    after.paste("blue", (5, 5, 27, 27))

    assert untouched(before, after, hole(32, fade=4), fade=4)

    after.putpixel((0, 31), (254, 0, 0))
    assert not untouched(before, after, hole(32, fade=4), fade=4)


def test_the_score_is_the_mean_cosine():
    seen = np.array([[2.0, 0.0], [0.0, 3.0]])
    told = np.array([[1.0, 0.0], [1.0, 1.0]])

    figure = score(seen, told, of="it")

    assert figure.value == pytest.approx((1 + 2**-0.5) / 2)


def test_a_distance_tells_of_how_many_pictures_it_is():
    features = np.random.default_rng(0).normal(size=(9, 3))

    figure = distance(features, features + 1, of="it")

    assert figure.count == 9
    assert figure.value == pytest.approx(3)
    assert figure.low == pytest.approx(figure.high)
