"""Table 4: what is left of a picture that MoVQ has encoded and decoded."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from PIL import Image

from generation.evaluation.experiment import Trial
from generation.evaluation.findings import Findings
from generation.evaluation.frechet import frechet, interval
from generation.evaluation.result import Figure, Result, mean
from generation.evaluation.similarity import Pixels, l1, psnr, ssim
from generation.training.pixels import for_autoencoder

PSNR: Final = 26.0
SSIM: Final = 0.90
NOTES: Final = (
    (
        "MoVQ, as the paper's table 4 has it. The paper's own, on ImageNet at 256"
        " pixels: FID 0.965, SSIM 0.725, PSNR 26.45, L1 0.0415."
    ),
)


def reconstruction(trial: Trial) -> Result:
    """Distance and likeness, with latents as they are painted and quantised."""
    shown = [exhibit.picture() for exhibit in trial.exhibits()]
    found = Findings(rows=[trial.kept("before MoVQ", shown)], notes=NOTES)
    for quantised in (False, True):
        label = "MoVQ, quantised" if quantised else "MoVQ, not quantised"
        again = rebuilt(trial, shown, quantised=quantised)
        found += Findings(
            figures=_figures(trial, shown, again, label, barred=not quantised),
            rows=[trial.kept(label, again)],
        )
    return found.result("reconstruction", trial.settings)


def rebuilt(
    trial: Trial, pictures: Sequence[Image.Image], *, quantised: bool
) -> list[Image.Image]:
    """Each of *pictures* out of its own latent."""
    movq = trial.engine.pipeline.autoencoder
    with torch.inference_mode():
        return [
            movq.decode_image(
                movq.encode(for_autoencoder([one])), *one.size, quantised=quantised
            )
            for one in pictures
        ]


def alike(
    shown: Sequence[Image.Image], again: Sequence[Image.Image], of: str, *, barred: bool
) -> list[Figure]:
    """PSNR, SSIM and L1 of every picture and its twin."""
    pairs = [(_pixels(a), _pixels(b)) for a, b in zip(shown, again, strict=True)]
    noise, same, apart = ([f(*pair) for pair in pairs] for f in (psnr, ssim, l1))
    bars = (PSNR, SSIM) if barred else (None, None)
    return [
        mean(noise, of=of, measure="PSNR", unit="dB", bar=bars[0]),
        mean(same, of=of, measure="SSIM", bar=bars[1]),
        mean(apart, of=of, measure="L1"),
    ]


def _figures(
    trial: Trial,
    shown: Sequence[Image.Image],
    again: Sequence[Image.Image],
    of: str,
    *,
    barred: bool,
) -> list[Figure]:
    real, made = trial.sight.features(shown), trial.sight.features(again)
    low, high = interval(real, made)
    distance = Figure(
        of=of,
        measure="FID",
        value=frechet(real, made),
        low=low,
        high=high,
        count=len(shown),
    )
    return [distance, *alike(shown, again, of, barred=barred)]


def _pixels(picture: Image.Image) -> Pixels:
    return np.asarray(picture, np.float64)
