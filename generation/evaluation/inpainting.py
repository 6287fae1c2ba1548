"""Inpainting: whether kept pixels stay, and the hole shows what the prompt says."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from PIL import Image, ImageFilter

from generation.evaluation.experiment import Experiment
from generation.evaluation.image_cache import load_images
from generation.evaluation.judges import BY_CLIP, BY_TEMPLATE
from generation.evaluation.probes import Probe, draw_probes, single
from generation.evaluation.result import Findings, share
from generation.regimes import Regime, inpainting

FRAME: Final = 8  # this part of the side is kept, all around
FILLED: Final = 0.60


def measure_inpainting(experiment: Experiment) -> Findings:
    """A drawn thing is cut out of the middle, and another one asked for there."""
    if experiment.engine.pipeline.inpainting is None:
        return Findings(
            notes=(
                "Inpainting was not measured: this model has no inpainting decoder.",
            )
        )
    probes = draw_probes(single, count=experiment.count, seed=experiment.recipe.seed)
    side = experiment.engine.side
    before = [_before(experiment, probe, seed) for seed, probe in enumerate(probes)]
    fade = experiment.engine.pipeline.geometry.cell
    mask = hole(side, fade=fade)
    tasks = experiment.tasks(_regimes(probes, before, mask))
    after = list(load_images(experiment.images.generate(tasks, "inpainting")))
    kept = [
        untouched(a, b, mask, fade=fade) for a, b in zip(before, after, strict=True)
    ]
    clip, templates = experiment.judge_all(probes, after)
    of = "inpainting"
    return Findings(
        figures=[
            share(kept, of=of, measure="kept pixels exact", bar=1.0),
            share(clip, of=of, measure=BY_CLIP, bar=FILLED),
            share(templates, of=of, measure=BY_TEMPLATE, bar=FILLED),
        ],
        rows=[
            experiment.kept("before inpainting", before),
            experiment.kept("after inpainting", after),
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


def _before(experiment: Experiment, probe: Probe, seed: int) -> Image.Image:
    """Another thing on the colour that is asked for."""
    side = experiment.engine.side
    random = np.random.default_rng(seed)
    scene = probe.candidates[1]
    return experiment.renderer.render(scene, frame=(side, side), random=random)


def _regimes(
    probes: Sequence[Probe], before: Sequence[Image.Image], mask: Image.Image
) -> list[Regime]:
    return [
        inpainting(picture, mask, prompt=probe.prompt)
        for probe, picture in zip(probes, before, strict=True)
    ]
