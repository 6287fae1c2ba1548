"""Structural similarity of pictures, for a loss and for a measurement alike.

Ours, in place of pytorch-msssim: equal within 2e-7 and as fast, but typed, in the
dtype of its input, and it refuses sides shorter than the window.
"""

from typing import Final

import torch
from torch import Tensor
from torch.nn.functional import conv2d

WINDOW: Final = 11
SIGMA: Final = 1.5
C1: Final = 0.01**2
C2: Final = 0.03**2


def structural_similarity(one: Tensor, other: Tensor) -> Tensor:
    """The similarity of *one* and *other*, [n, c, h, w] in 0..1; [n] from -1 to 1.

    Wang et al. 2004, equation 13, with their Gaussian window of 11 pixels; the mean
    over all places and channels.

    Raises:
        ValueError: if a side is shorter than the window.
    """
    if min(one.shape[-2:]) < WINDOW:
        sides = tuple(one.shape[-2:])
        raise ValueError(f"sides must be at least {WINDOW} pixels, got {sides}")
    mean, other_mean = _blurred(one), _blurred(other)
    variance = _blurred(one * one) - mean * mean
    other_variance = _blurred(other * other) - other_mean * other_mean
    shared = _blurred(one * other) - mean * other_mean
    alike = (2 * mean * other_mean + C1) * (2 * shared + C2)
    apart = (mean**2 + other_mean**2 + C1) * (variance + other_variance + C2)
    return (alike / apart).mean(dim=(1, 2, 3))


def _blurred(pixels: Tensor) -> Tensor:
    """The weighted mean of every whole window."""
    place = torch.arange(WINDOW, dtype=pixels.dtype, device=pixels.device)
    weights = (-((place - WINDOW // 2) ** 2) / (2 * SIGMA**2)).exp()
    weights = weights / weights.sum()
    channels = pixels.shape[1]
    for shape in ((1, 1, -1, 1), (1, 1, 1, -1)):
        kernel = weights.view(shape).expand(channels, 1, -1, -1)
        pixels = conv2d(pixels, kernel, groups=channels)
    return pixels
