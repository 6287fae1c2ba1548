import numpy as np
import pytest

from generation.evaluation.probes import lone, pair, questions, several
from generation.evaluation.template_match import Likeness


@pytest.mark.parametrize("draw", [lone, pair, several])
def test_what_the_font_draws_is_recognised(renderer, draw):
    asked = questions(draw, count=2, seed=2)

    right = [
        Likeness(renderer).best(
            renderer.render(
                question.scene, frame=(96, 96), random=np.random.default_rng(place)
            ),
            question.candidates,
            seed=100,
        )
        == 0
        for place, question in enumerate(asked)
    ]

    assert all(right)
