"""Samplers, written once for every network that can be asked for the clean sample.

An *alpha* is a noise level as in `schedules`: 1 is clean, near 0 is noise. A sampler
is a generator over the steps: between two of them the caller may look, report, or
walk away.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

from torch import Tensor

from generation.noise import NoiseSource

Denoiser = Callable[[Tensor, int], Tensor]
"""Answers the clean sample that a network sees in a noisy one at a timestep."""


@dataclass(frozen=True, slots=True)
class Jump:
    """One step: the network is asked at *timestep*; *alpha* becomes *alpha_next*."""

    timestep: int
    alpha: float
    alpha_next: float


def jumps(timesteps: Sequence[int], alphas: Tensor) -> list[Jump]:
    """The steps along falling *timesteps*; the last one lands on the clean sample."""
    levels = [*(float(alphas[t]) for t in timesteps), 1.0]
    return [Jump(t, *pair) for t, pair in zip(timesteps, pairwise(levels), strict=True)]


def ddim(denoise: Denoiser, x: Tensor, path: Iterable[Jump]) -> Iterator[Tensor]:
    """Follows *path* without fresh noise, yielding each sample on the way."""
    for jump in path:
        clean = denoise(x, jump.timestep)
        x = ddim_step(x, clean, alpha=jump.alpha, alpha_next=jump.alpha_next)
        yield x


def ancestral(
    denoise: Denoiser, x: Tensor, path: Iterable[Jump], *, noise: NoiseSource
) -> Iterator[Tensor]:
    """Follows *path* with fresh noise at each step, yielding each sample on the way."""
    for jump in path:
        mean, deviation = posterior(
            x,
            denoise(x, jump.timestep),
            alpha=jump.alpha,
            alpha_next=jump.alpha_next,
        )
        x = mean + deviation * noise(x.shape).to(x.device) if deviation else mean
        yield x


def ddim_step(x: Tensor, clean: Tensor, *, alpha: float, alpha_next: float) -> Tensor:
    """Song et al. 2021, equation 12, eta = 0."""
    noise = (x - sqrt(alpha) * clean) / sqrt(1 - alpha)
    return sqrt(alpha_next) * clean + sqrt(1 - alpha_next) * noise


def posterior(
    x: Tensor, clean: Tensor, *, alpha: float, alpha_next: float
) -> tuple[Tensor, float]:
    """Mean and standard deviation of the less noisy sample.

    Ho et al. 2020, equation 7, where beta spans the whole jump.
    """
    beta = 1 - alpha / alpha_next
    left = (1 - alpha_next) / (1 - alpha)
    mean = sqrt(alpha_next) * beta / (1 - alpha) * clean + sqrt(1 - beta) * left * x
    return mean, sqrt(left * beta)


def clean_of(x: Tensor, noise: Tensor, *, alpha: float) -> Tensor:
    """The clean sample under *x* for a network that predicts its *noise*.

    Ho et al. 2020, equation 15.
    """
    return (x - sqrt(1 - alpha) * noise) / sqrt(alpha)
