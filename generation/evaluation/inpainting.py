"""Whether inpainting keeps what it should, and fills the hole as it is told."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from PIL import Image, ImageFilter

from generation.evaluation.experiment import Trial
from generation.evaluation.findings import Findings
from generation.evaluation.image_cache import opened
from generation.evaluation.probes import Question, lone, questions
from generation.evaluation.result import share
from generation.evaluation.verdicts import BY_CLIP, BY_LIKENESS, judged
from generation.regimes import Regime, inpainting

FRAME: Final = 8  # this part of the side is kept, all around
FILLED: Final = 0.60


def edited(trial: Trial) -> Findings:
    """A drawn thing is cut out of the middle, and another one asked for there."""
    if trial.engine.pipeline.inpainting is None:
        return Findings(
            notes=(
                "Inpainting was not measured: this model has no inpainting decoder.",
            )
        )
    asked = questions(lone, count=trial.count, seed=trial.recipe.seed)
    side = trial.engine.side
    before = [_before(trial, question, seed) for seed, question in enumerate(asked)]
    fade = trial.engine.pipeline.geometry.cell
    mask = hole(side, fade=fade)
    asks = trial.asks(_regimes(asked, before, mask))
    after = list(opened(trial.album.filled(asks, "inpainting")))
    kept = [
        untouched(a, b, mask, fade=fade) for a, b in zip(before, after, strict=True)
    ]
    clip, likeness = judged(trial, asked, after)
    of = "inpainting"
    return Findings(
        figures=[
            share(kept, of=of, measure="kept pixels exact", bar=1.0),
            share(clip, of=of, measure=BY_CLIP, bar=FILLED),
            share(likeness, of=of, measure=BY_LIKENESS, bar=FILLED),
        ],
        rows=[
            trial.kept("before inpainting", before),
            trial.kept("after inpainting", after),
        ],
    )


def hole(side: int, *, fade: int) -> Image.Image:
    """A mask whose middle is to be painted anew; around it is room to *fade*."""
    mask = Image.new("L", (side, side))
    edge = max(side // FRAME, 2 * fade)
    mask.paste(255, (edge, edge, side - edge, side - edge))
    return mask


def untouched(
    before: Image.Image, after: Image.Image, mask: Image.Image, *, fade: int
) -> bool:
    """Whether all pixels are the same that lie *fade* or more outside of *mask*.

    Nearer to its white, the old picture fades into the new one.
    """
    kept = np.asarray(mask.filter(ImageFilter.MaxFilter(2 * fade + 1))) == 0
    return bool(np.array_equal(np.asarray(before)[kept], np.asarray(after)[kept]))


def _before(trial: Trial, question: Question, seed: int) -> Image.Image:
    """Another thing on the colour that is asked for."""
    side = trial.engine.side
    random = np.random.default_rng(seed)
    scene = question.candidates[1]
    return trial.renderer.render(scene, frame=(side, side), random=random)


def _regimes(
    asked: Sequence[Question], before: Sequence[Image.Image], mask: Image.Image
) -> list[Regime]:
    return [
        inpainting(picture, mask, prompt=question.prompt)
        for question, picture in zip(asked, before, strict=True)
    ]
