"""Captions for pictures that are already encoded."""

from typing import Final

import numpy as np

from generation.training.latents import Encoded, Places
from generation.world.captions import caption
from generation.world.vocabulary import COLOURS, LANGUAGES, things

BARE_SHARE: Final = 0.2  # of the captions name no colour


def captions_of(
    encoded: Encoded, chosen: Places, *, drop: float, random: np.random.Generator
) -> list[str]:
    """A caption for each *chosen* picture, in either language, empty where dropped."""
    known = things()
    return [
        ""
        if random.random() < drop
        else caption(
            known[encoded.thing[index]],
            None if random.random() < BARE_SHARE else COLOURS[encoded.colour[index]],
            language=LANGUAGES[random.integers(len(LANGUAGES))],
            random=random,
        )
        for index in chosen
    ]
