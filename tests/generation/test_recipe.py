import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation import ASPECTS, Recipe, size_of
from generation.errors import RecipeError


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seed", -1),
        ("seed", 2**63),
        ("width", 0),
        ("height", 4097),
        ("prior_steps", 1),
        ("steps", 0),
        ("steps", 1001),
        ("guidance", 0.5),
        ("guidance", math.nan),
        ("prior_guidance", math.inf),
        ("concept_limit", 1.5),
        ("concept_limit", math.nan),
    ],
)
def test_what_no_sampler_can_do_is_named_and_shown(field, value):
    with pytest.raises(RecipeError, match=f"{field} must be .* got {value}"):
        Recipe(**{"seed": 7, "width": 64, "height": 64} | {field: value})


@given(st.sampled_from(sorted(ASPECTS)), st.integers(8, 1024))
def test_the_shorter_side_is_the_one_asked_for(aspect, side):
    assert min(size_of(aspect, side)) == side


def test_an_upright_aspect_is_a_lying_one_turned():
    assert size_of("9:16", 512) == size_of("16:9", 512)[::-1] == (512, 910)


def test_an_unknown_aspect_is_shown_beside_the_known_ones():
    with pytest.raises(RecipeError, match="9:16, 2:3, 1:1, 16:9, 3:2, got '5:4'"):
        size_of("5:4", 512)
