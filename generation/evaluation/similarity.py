"""How much of one picture is in another: PSNR, SSIM and L1."""

from math import inf, log10
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

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
