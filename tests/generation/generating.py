"""What the engine is asked for, and pictures of it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from PIL import Image, ImageDraw

from generation import regimes
from generation.engine import Engine
from generation.regimes import Part, text_to_image
from generation.request import GenerationRequest, RequestStage

LONGEST = 10_000
"""Ticks after which an engine will never be idle."""

CAT = text_to_image("a red cat")


def scene(size=(64, 64)) -> Image.Image:
    """Something with colours and edges."""
    picture = Image.linear_gradient("L").resize(size).convert("RGB")
    ImageDraw.Draw(picture).ellipse((8, 8, 30, 40), fill="red")
    return picture


def hole(size=(64, 64)) -> Image.Image:
    """Repaints the right half."""
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).rectangle((32, 0, *size), fill="white")
    return mask


REGIMES = {
    "text to image": CAT,
    "variation": regimes.variation(scene()),
    "fusion": regimes.fusion([Part(scene(), 0.3), Part("a red cat", 0.7)]),
    "text and image": regimes.fusion([Part(scene())], prompt="a red cat"),
    "image to image": regimes.image_to_image(scene(), "a red cat", strength=0.6),
    "inpainting": regimes.inpainting(scene(), hole(), prompt="a red cat"),
    "inpainting after itself": regimes.inpainting(scene(), hole()),
    "outpainting": regimes.outpainting(scene((24, 24)), left=4, top=8, prompt="a cat"),
    "outpainting after itself": regimes.outpainting(scene(), left=20, top=-4),
}


def painted(engine, regime=CAT, *, seed=7, aspect="1:1", **changes):
    recipe = engine.recipe(seed=seed, aspect=aspect, steps=3)
    request = engine.run_prior(regime, replace(recipe, **changes))
    return engine.run_decoder(request, unheard)


def unheard(_done: int, _of: int) -> None:
    """Nobody listens."""


def drained(
    engine: Engine, requests: Sequence[GenerationRequest]
) -> Iterator[list[GenerationRequest]]:
    """Paints *requests* together, tick by tick."""
    for _ in range(LONGEST):
        for request in requests:
            if request.stage is RequestStage.EMBEDDED:
                engine.decode(request)
        if engine.idle:
            return
        yield engine.tick()
    raise AssertionError(f"the engine is busy after {LONGEST} ticks")


def apart(one, other):
    """The largest difference of two pictures, in levels of 255."""
    return np.abs(np.asarray(one, int) - np.asarray(other, int)).max()
