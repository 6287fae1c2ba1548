import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from generation.guidance import guided

ROWS = torch.tensor([[1.0, 2.0], [3.0, 1.0]])


def test_more_guidance_leans_further_away_from_no_prompt():
    assert guided(ROWS, scale=4).tolist() == [[9.0, -2.0]]


def test_guidance_of_one_follows_the_prompt_alone():
    torch.testing.assert_close(guided(ROWS, scale=1), ROWS[1:])


@given(st.floats(1, 100))
def test_a_single_row_is_the_prediction_at_any_scale(scale):
    assert torch.equal(guided(ROWS[1:], scale=scale), ROWS[1:])


@given(st.floats(1, 100))
def test_there_is_nowhere_to_lean_when_the_prompt_says_nothing(scale):
    rows = ROWS[:1].expand(2, -1)

    assert torch.equal(guided(rows, scale=scale), ROWS[:1])


@pytest.mark.parametrize("rows", [ROWS[1:], ROWS])
def test_guidance_is_reckoned_in_full_precision(rows):
    assert guided(rows.bfloat16(), scale=4).dtype == torch.float32
