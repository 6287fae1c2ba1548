"""Table 4 of the paper: PSNR, SSIM, L1 and FID of pictures that MoVQ reconstructs."""

from collections.abc import Sequence
from math import inf, log10
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from generation.evaluation.experiment import Experiment
from generation.evaluation.frechet import frechet, interval
from generation.evaluation.result import Figure, Findings, Result, mean
from generation.training.dataset import for_autoencoder
from generation.training.ssim import structural_similarity

Pixels = NDArray[np.float64]
"""[height, width, channels] in 0..255."""

PEAK: Final = 255.0


def psnr(one: Pixels, other: Pixels) -> float:
    """Peak signal to noise in dB; infinite for equal pictures."""
    error = float(np.square(one - other).mean())
    return inf if error == 0 else 10 * log10(PEAK * PEAK / error)


def l1(one: Pixels, other: Pixels) -> float:
    """The mean absolute difference of pixels in 0..1."""
    return float(np.abs(one - other).mean()) / PEAK


def ssim(one: Pixels, other: Pixels) -> float:
    """Structural similarity, the mean over all places and channels, from -1 to 1."""
    return float(structural_similarity(_batch(one), _batch(other)))


def _batch(pixels: Pixels) -> Tensor:
    """*pixels* as a batch of one, in 0..1."""
    return torch.from_numpy(pixels / PEAK).permute(2, 0, 1)[None]


PSNR: Final = 26.0
SSIM: Final = 0.90
NOTES: Final = (
    (
        "MoVQ, as the paper's table 4 has it. The paper's own, on ImageNet at 256"
        " pixels: FID 0.965, SSIM 0.725, PSNR 26.45, L1 0.0415."
    ),
)


def reconstruction(experiment: Experiment) -> Result:
    """Distance and likeness, with latents as they are painted and quantised."""
    shown = [example.picture() for example in experiment.examples()]
    found = Findings(rows=[experiment.kept("before MoVQ", shown)], notes=NOTES)
    for quantised in (False, True):
        label = "MoVQ, quantised" if quantised else "MoVQ, not quantised"
        again = reconstructed(experiment, shown, quantised=quantised)
        found += Findings(
            figures=_figures(experiment, shown, again, label, barred=not quantised),
            rows=[experiment.kept(label, again)],
        )
    return found.result("reconstruction", experiment.settings)


def reconstructed(
    experiment: Experiment, pictures: Sequence[Image.Image], *, quantised: bool
) -> list[Image.Image]:
    """Each of *pictures* out of its own latent."""
    movq = experiment.engine.pipeline.autoencoder
    with torch.inference_mode():
        return [
            movq.decode_image(
                movq.encode(for_autoencoder([one])), *one.size, quantised=quantised
            )
            for one in pictures
        ]


def compare_images(
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
    experiment: Experiment,
    shown: Sequence[Image.Image],
    again: Sequence[Image.Image],
    of: str,
    *,
    barred: bool,
) -> list[Figure]:
    real, made = (
        experiment.extractor.features(shown),
        experiment.extractor.features(again),
    )
    low, high = interval(real, made)
    distance = Figure(
        of=of,
        measure="FID",
        value=frechet(real, made),
        low=low,
        high=high,
        count=len(shown),
    )
    return [distance, *compare_images(shown, again, of, barred=barred)]


def _pixels(picture: Image.Image) -> Pixels:
    return np.asarray(picture, np.float64)
