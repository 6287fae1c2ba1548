"""Samplers, for every network that predicts the clean sample.

An *alpha* is a noise level as in `schedules`: 1 is clean, near 0 is noise. A sampler is
a generator that yields a noisy sample a step, is sent the prediction, and returns its
last sample. Between two steps the caller may look, report, or stop.

Ours, in place of diffusers' schedulers: these keep the state of one batch inside and
cannot serve requests that join and leave; parity with them is tested.
"""

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from math import inf, log, sqrt

import numpy as np
import torch
from torch import Tensor

NoiseSource = Callable[[Sequence[int]], Tensor]
"""Draws fresh standard normal noise of a shape, float32 on the CPU."""


NoisySample = tuple[Tensor, int]
"""A noisy sample [1, ...], float32, and its timestep."""


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """The predicted *clean* sample, float32, of the noisy one's shape.

    Networks with a learned *variance* also predict how much fresh noise to add, value
    by value: about -1 is the least and 1 the most that is possible.
    """

    clean: Tensor
    variance: Tensor | None = None


Sampling = Generator[NoisySample, Prediction, Tensor]
"""Yields once a step, is sent the prediction, and returns the last sample [1, ...]."""


@dataclass(frozen=True, slots=True)
class DenoiseStep:
    """One step: the network predicts at *timestep*; *alpha* becomes *alpha_next*."""

    timestep: int
    alpha: float
    alpha_next: float


class NoiseStream(IntEnum):
    """Streams of noise; each stage of a picture draws from one of its own."""

    PRIOR, DECODER = range(2)


def seeded_noise(seed: int, stream: NoiseStream) -> NoiseSource:
    """The noise of one *stream* of the picture of *seed*, the same on every device.

    NumPy's generator, because torch's keeps only the lowest 32 bits of a seed.
    """
    generator = np.random.default_rng([seed, stream])

    def draw(shape: Sequence[int]) -> Tensor:
        return torch.from_numpy(generator.standard_normal(tuple(shape), np.float32))

    return draw


def denoise_steps(timesteps: Sequence[int], alphas: Tensor) -> list[DenoiseStep]:
    """The steps along falling *timesteps*; the last one lands on the clean sample."""
    levels = [*(float(alphas[t]) for t in timesteps), 1.0]
    return [
        DenoiseStep(t, *pair)
        for t, pair in zip(timesteps, pairwise(levels), strict=True)
    ]


def truncate(path: Sequence[DenoiseStep], strength: float) -> list[DenoiseStep]:
    """The last round(steps * *strength*) steps of *path*, at least one.

    A picture that starts with less than full noise takes these; at *strength* 1, all.
    """
    return list(path[-max(1, round(len(path) * strength)) :])


def ddim(x: Tensor, path: Iterable[DenoiseStep]) -> Sampling:
    """Follows *path* without fresh noise (Song et al. 2021)."""
    for step in path:
        predicted = yield x, step.timestep
        x = ddim_step(x, predicted.clean, alpha=step.alpha, alpha_next=step.alpha_next)
    return x


def ancestral(
    x: Tensor, path: Iterable[DenoiseStep], *, noise: NoiseSource
) -> Sampling:
    """Follows *path* with fresh *noise* at each step but the last (Ho et al. 2020).

    Its deviation is the learned one, or else the least that is possible.
    """
    for step in path:
        levels = {"alpha": step.alpha, "alpha_next": step.alpha_next}
        predicted = yield x, step.timestep
        x, deviation = posterior(x, predicted.clean, **levels)
        if not deviation:
            continue
        fresh = noise(x.shape).to(x.device)
        if predicted.variance is None:
            x = x + deviation * fresh
        else:
            x = x + learned_deviation(predicted.variance, **levels) * fresh
    return x


def dpm(x: Tensor, path: Iterable[DenoiseStep]) -> Sampling:
    """Follows *path* by DPM-Solver++(2M) (Lu et al. 2022, algorithm 2).

    The first order of that solver is DDIM. The second extrapolates the last two
    predictions, so that few steps suffice; the first step has no earlier prediction,
    and the last, of infinite width, gains nothing.
    """
    earlier: Prediction | None = None
    before = inf
    for step in path:
        predicted = yield x, step.timestep
        clean = predicted.clean
        width = _log_snr(step.alpha_next) - _log_snr(step.alpha)
        if earlier is not None and width < inf:
            clean = clean + width / before / 2 * (clean - earlier.clean)
        x = ddim_step(x, clean, alpha=step.alpha, alpha_next=step.alpha_next)
        earlier, before = predicted, width
    return x


def ddim_step(x: Tensor, clean: Tensor, *, alpha: float, alpha_next: float) -> Tensor:
    """Song et al. 2021, equation 12, eta = 0."""
    noise = (x - sqrt(alpha) * clean) / sqrt(1 - alpha)
    return sqrt(alpha_next) * clean + sqrt(1 - alpha_next) * noise


def posterior(
    x: Tensor, clean: Tensor, *, alpha: float, alpha_next: float
) -> tuple[Tensor, float]:
    """Mean and standard deviation of the less noisy sample.

    Ho et al. 2020, equation 7, where beta spans the whole step.
    """
    beta = 1 - alpha / alpha_next
    left = (1 - alpha_next) / (1 - alpha)
    mean = sqrt(alpha_next) * beta / (1 - alpha) * clean + sqrt(1 - beta) * left * x
    return mean, sqrt(left * beta)


def learned_deviation(variance: Tensor, *, alpha: float, alpha_next: float) -> Tensor:
    """The standard deviation between those of the posterior and of the whole step.

    Nichol and Dhariwal 2021, equation 15; *variance* as in `Prediction`.
    """
    beta = 1 - alpha / alpha_next
    left = (1 - alpha_next) / (1 - alpha)
    share = (variance + 1) / 2
    return torch.exp((share * log(beta) + (1 - share) * log(left * beta)) / 2)


def add_noise(clean: Tensor, noise: Tensor, *, alpha: float) -> Tensor:
    """The *clean* sample under standard normal *noise* (Ho et al. 2020, equation 4)."""
    return sqrt(alpha) * clean + sqrt(1 - alpha) * noise


def clean_from_noise(x: Tensor, noise: Tensor, *, alpha: float) -> Tensor:
    """The clean sample under *x* for a network that predicts its *noise*.

    Ho et al. 2020, equation 15.
    """
    return (x - sqrt(1 - alpha) * noise) / sqrt(alpha)


def dynamic_threshold(
    clean: Tensor, *, quantile: float = 0.995, most: float = 2.0
) -> Tensor:
    """*clean* [rows, ...] brought within -1..1 (Saharia et al. 2022, section 2.3).

    Each row is clamped to its own *quantile* of magnitudes, taken for no less than 1
    and no more than *most*, and divided by it: no row depends on another.
    """
    rows = clean.flatten(1)
    sizes = rows.abs().quantile(quantile, dim=1, keepdim=True).clamp(1, most)
    return (rows.clamp(-sizes, sizes) / sizes).view_as(clean)


def _log_snr(alpha: float) -> float:
    """Half the logarithm of signal to noise, infinite for a clean sample."""
    return inf if alpha == 1 else log(alpha / (1 - alpha)) / 2
