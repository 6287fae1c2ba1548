"""Noise schedules: the signal that is left at each of 1000 training timesteps.

An *alpha* here is the cumulative product that the papers write with a bar, in (0, 1]:
a noisy sample is sqrt(alpha) times the clean one plus sqrt(1 - alpha) times noise.
"""

from math import cos, pi
from typing import Final

import torch
from torch import Tensor

TRAINING_STEPS: Final = 1000


def prior_alphas() -> Tensor:
    """The prior's cosine schedule [1000], float64 (Nichol, Dhariwal 2021, eq. 17)."""

    def level(u: float) -> float:
        return cos(pi / 2 * (u + 0.008) / 1.008) ** 2

    betas = [
        min(0.999, 1 - level((t + 1) / TRAINING_STEPS) / level(t / TRAINING_STEPS))
        for t in range(TRAINING_STEPS)
    ]
    return torch.cumprod(1 - torch.tensor(betas, dtype=torch.float64), dim=0)


def decoder_alphas() -> Tensor:
    """The decoder's schedule [1000], float64: betas linear from 0.00085 to 0.012."""
    betas = torch.linspace(0.00085, 0.012, TRAINING_STEPS, dtype=torch.float64)
    return torch.cumprod(1 - betas, dim=0)


def linspace_timesteps(steps: int) -> list[int]:
    """*steps*, 1 to 1000, timesteps from 999 down to 0, evenly spaced and rounded."""
    last = TRAINING_STEPS - 1
    if steps == 1:
        return [last]
    return [round(i * last / (steps - 1)) for i in reversed(range(steps))]


def trailing_timesteps(steps: int) -> list[int]:
    """*steps*, 1 to 1000, timesteps from 999 down, the last a whole step above clean.

    From there a sampler lands on the clean sample: no step is spent on what is clean
    already, which counts when they are few (Lin et al. 2023, section 3.3).
    """
    return [
        round(i * TRAINING_STEPS / steps) - 1 for i in reversed(range(1, steps + 1))
    ]
