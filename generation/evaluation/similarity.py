"""How much of one picture is in another: PSNR, SSIM and L1."""

from math import inf, log10
from typing import Final

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float64]
"""[height, width, channels] in 0..255."""

PEAK: Final = 255.0
WINDOW: Final = 11
SIGMA: Final = 1.5
C1: Final = (0.01 * PEAK) ** 2
C2: Final = (0.03 * PEAK) ** 2


def psnr(one: Pixels, other: Pixels) -> float:
    """Peak signal to noise in dB; infinite for equal pictures."""
    error = float(np.square(one - other).mean())
    return inf if error == 0 else 10 * log10(PEAK * PEAK / error)


def l1(one: Pixels, other: Pixels) -> float:
    """The mean absolute difference of pixels in 0..1."""
    return float(np.abs(one - other).mean()) / PEAK


def ssim(one: Pixels, other: Pixels) -> float:
    """Structural similarity, the mean over all places and channels, from -1 to 1.

    Wang et al. 2004, equation 13, with their Gaussian window of 11 pixels. Pictures
    are at least so large.
    """
    if min(one.shape[:2]) < WINDOW:
        raise ValueError(f"sides must be at least {WINDOW} pixels, got {one.shape[:2]}")
    mean, other_mean = _blurred(one), _blurred(other)
    variance = _blurred(one * one) - mean * mean
    other_variance = _blurred(other * other) - other_mean * other_mean
    shared = _blurred(one * other) - mean * other_mean
    alike = (2 * mean * other_mean + C1) * (2 * shared + C2)
    apart = (mean**2 + other_mean**2 + C1) * (variance + other_variance + C2)
    return float((alike / apart).mean())


def _blurred(pixels: Pixels) -> Pixels:
    """The weighted mean of every whole window."""
    place = np.arange(WINDOW) - WINDOW // 2
    weights = np.exp(-(place**2) / (2 * SIGMA**2))
    weights /= weights.sum()
    for axis in (0, 1):
        windows = np.lib.stride_tricks.sliding_window_view(pixels, WINDOW, axis=axis)
        pixels = windows @ weights
    return pixels
