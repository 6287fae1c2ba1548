from math import inf, nan

import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.errors import RegimeError
from generation.regimes import (
    MOST_PARTS,
    Blank,
    Masked,
    Part,
    Sketch,
    Subject,
    Window,
    fusion,
    image_to_image,
    inpainting,
    outpainting,
    text_to_image,
    variation,
)

IMAGE = PIL.Image.new("RGB", (32, 32))
MASK = PIL.Image.new("L", (32, 32), "white")


def test_a_text_is_read_by_the_prior_and_by_the_decoder():
    regime = text_to_image("a lake", negative="people", negative_prior="summer")

    assert regime.canvas == Blank()
    assert regime.subject == Subject(
        parts=(Part("a lake"),),
        prompt="a lake",
        negative="people",
        negative_prior="summer",
    )


def test_a_variation_is_of_the_picture_alone():
    regime = variation(IMAGE, negative="people")

    assert regime.canvas == Blank()
    assert regime.subject == Subject(parts=(Part(IMAGE),), negative="people")


def test_a_fusion_mixes_texts_and_pictures():
    parts = [Part("a lake", 0.4), Part(IMAGE, 0.6)]

    regime = fusion(parts, prompt="at dusk", negative_prior="summer")

    assert regime.subject == Subject(
        parts=tuple(parts), prompt="at dusk", negative_prior="summer"
    )


@pytest.mark.parametrize(
    ("regime", "canvas"),
    [
        (image_to_image(IMAGE, "a lake", strength=0.5), Sketch(IMAGE, 0.5)),
        (inpainting(IMAGE, MASK, prompt="a lake"), Masked(IMAGE, MASK)),
        (outpainting(IMAGE, left=-3, top=5, prompt="a lake"), Window(IMAGE, -3, 5)),
    ],
)
def test_a_prompt_decides_what_a_picture_is_changed_towards(regime, canvas):
    assert regime.canvas == canvas
    assert regime.subject == Subject(parts=(Part("a lake"),), prompt="a lake")


@pytest.mark.parametrize("nothing", ["", " \n"])
@pytest.mark.parametrize(
    "regime_of",
    [
        lambda prompt: image_to_image(IMAGE, prompt),
        lambda prompt: inpainting(IMAGE, MASK, prompt=prompt),
        lambda prompt: outpainting(IMAGE, left=0, top=0, prompt=prompt),
    ],
)
def test_without_a_prompt_a_picture_is_changed_after_itself(regime_of, nothing):
    assert regime_of(nothing).subject == Subject(parts=(Part(IMAGE),))


@given(st.lists(st.floats(0.01, 1), min_size=1, max_size=MOST_PARTS))
def test_shares_rounded_to_three_digits_sum_to_one(shares):
    whole = sum(shares)

    fusion([Part("a lake", round(share / whole, 3)) for share in shares])


@given(st.floats().filter(lambda rest: not abs(rest - 0.5) < 0.01))
def test_weights_that_miss_one_are_refused(rest):
    with pytest.raises(RegimeError, match=r"must sum to 1, got 0\.5 \+ "):
        fusion([Part("a lake", 0.5), Part(IMAGE, rest)])


@pytest.mark.parametrize("count", [0, MOST_PARTS + 1])
def test_a_subject_has_one_to_eight_parts(count):
    with pytest.raises(RegimeError, match=f"1 to 8 parts, got {count}"):
        fusion([Part("a lake", 1 / max(count, 1))] * count)


@pytest.mark.parametrize("strength", [0, -0.1, 1.01, nan, inf])
def test_a_strength_out_of_range_is_refused(strength):
    with pytest.raises(RegimeError, match=f"at most 1, got {strength:g}"):
        image_to_image(IMAGE, "a lake", strength=strength)
