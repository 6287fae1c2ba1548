import numpy as np
import pytest

from generation.evaluation.judges import TemplateMatcher
from generation.evaluation.probes import counted, draw_probes, pair, single


@pytest.mark.parametrize("draw", [single, pair, counted])
def test_what_the_font_draws_is_recognised(renderer, draw):
    probes = draw_probes(draw, count=2, seed=2)

    right = [
        TemplateMatcher(renderer).best_match(
            renderer.render(
                probe.scene, frame=(96, 96), random=np.random.default_rng(place)
            ),
            probe.candidates,
            seed=100,
        )
        == 0
        for place, probe in enumerate(probes)
    ]

    assert all(right)
