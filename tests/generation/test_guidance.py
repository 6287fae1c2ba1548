import torch

from generation.guidance import asked, guided

ROWS = torch.tensor([[1.0, 2.0], [3.0, 1.0]])


def test_more_guidance_leans_further_away_from_no_prompt():
    assert guided(ROWS, scale=4).tolist() == [[9.0, -2.0]]


def test_guidance_of_one_asks_about_the_prompt_only():
    assert asked("nothing", "a cat", scale=1) == ["a cat"]
    assert guided(ROWS[1:], scale=1).tolist() == [[3.0, 1.0]]


def test_guidance_asks_without_the_prompt_first():
    assert asked("nothing", "a cat", scale=4) == ["nothing", "a cat"]
