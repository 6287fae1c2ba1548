"""Sample sheets: a stage's results so far, as one picture for people."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import torch
from PIL import Image

from generation.checkpoints.networks import VQModel
from generation.engine import Engine
from generation.recipe import SamplerKind
from generation.regimes import Regime, inpainting, text_to_image
from generation.training.dataset import Dataset, for_autoencoder

COUNT: Final = 8
STEPS: Final = 10  # enough for DPM-Solver++


@torch.inference_mode()
def reconstructed(movq: VQModel, data: Dataset, side: int) -> Image.Image:
    """The first pictures of *data*, and below them their reconstructions by *movq*."""
    shown = _first(data, side)
    pixels = for_autoencoder(shown).to(movq.device)
    painted = movq.decode(movq.encode(pixels).latents, force_not_quantize=True).sample
    bytes_ = ((painted / 2 + 0.5).clamp(0, 1) * 255).round().byte()
    again = [Image.fromarray(p) for p in bytes_.permute(0, 2, 3, 1).cpu().numpy()]
    return rows(shown, again)


def painted(engine: Engine, data: Dataset) -> Image.Image:
    """The first pictures of *data*, and below them those of their captions."""
    shown = _first(data, engine.side)
    regimes = [text_to_image(caption) for caption in _captions(data)]
    return rows(shown, _painted(engine, regimes))


def filled(engine: Engine, data: Dataset) -> Image.Image:
    """The first pictures of *data* with their right half painted anew, and as new."""
    shown = _first(data, engine.side)
    mask = Image.new("L", (engine.side, engine.side))
    mask.paste(255, (engine.side // 2, 0, engine.side, engine.side))
    regimes = [
        inpainting(picture, mask, prompt=caption)
        for picture, caption in zip(shown, _captions(data), strict=True)
    ]
    return rows(shown, _painted(engine, regimes))


def rows(*pictures: Sequence[Image.Image]) -> Image.Image:
    """Sequences of pictures of one size, one below the other."""
    width, height = pictures[0][0].size
    sheet = Image.new("RGB", (width * len(pictures[0]), height * len(pictures)))
    for row, line in enumerate(pictures):
        for column, picture in enumerate(line):
            sheet.paste(picture, (column * width, row * height))
    return sheet


def _painted(engine: Engine, regimes: Sequence[Regime]) -> list[Image.Image]:
    recipe = replace(
        engine.recipe(seed=0, aspect="1:1", steps=STEPS), sampler=SamplerKind.DPM
    )
    requests = [engine.run_prior(regime, recipe) for regime in regimes]
    return [engine.run_decoder(request, lambda *_: None) for request in requests]


def _first(data: Dataset, side: int) -> list[Image.Image]:
    return [data.picture(number, (side, side)) for number in _numbers(data)]


def _captions(data: Dataset) -> list[str]:
    random = np.random.default_rng(0)
    return [data.caption(number, random).text for number in _numbers(data)]


def _numbers(data: Dataset) -> range:
    return range(min(COUNT, data.size))
