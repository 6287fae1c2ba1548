"""Samplers, written once for every network that can be asked for the clean sample.

An *alpha* is a noise level as in `schedules`: 1 is clean, near 0 is noise. A sampler
is a generator that asks for one prediction a step and ends with its last sample.
Between two steps the caller may look, report, or walk away.
"""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf, log, sqrt

import torch
from torch import Tensor

from generation.noise import NoiseSource

Ask = tuple[Tensor, int]
"""What is in this noisy sample [1, ...], float32, at this timestep?"""


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """The *clean* sample that a network sees in a noisy one, float32, of its shape.

    Networks that learned it also say how much fresh noise belongs here, value by
    value: *variance* is about -1 for the least and 1 for the most that is possible.
    """

    clean: Tensor
    variance: Tensor | None = None


Steps = Generator[Ask, Prediction, Tensor]
"""Asks once a step, is sent the prediction, and returns the last sample [1, ...]."""


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


def tail(path: Sequence[Jump], strength: float) -> list[Jump]:
    """The last round(steps * *strength*) steps of *path*, at least one.

    A picture that starts under less than all noise takes these; at *strength* 1, all.
    """
    return list(path[-max(1, round(len(path) * strength)) :])


def ddim(x: Tensor, path: Iterable[Jump]) -> Steps:
    """Follows *path* without fresh noise (Song et al. 2021)."""
    for jump in path:
        predicted = yield x, jump.timestep
        x = ddim_step(x, predicted.clean, alpha=jump.alpha, alpha_next=jump.alpha_next)
    return x


def ancestral(x: Tensor, path: Iterable[Jump], *, noise: NoiseSource) -> Steps:
    """Follows *path* with fresh *noise* at each step but the last (Ho et al. 2020).

    How much is what the network says, or else the least that is possible.
    """
    for jump in path:
        levels = {"alpha": jump.alpha, "alpha_next": jump.alpha_next}
        predicted = yield x, jump.timestep
        x, deviation = posterior(x, predicted.clean, **levels)
        if not deviation:
            continue
        fresh = noise(x.shape).to(x.device)
        if predicted.variance is None:
            x = x + deviation * fresh
        else:
            x = x + learned_deviation(predicted.variance, **levels) * fresh
    return x


def dpm(x: Tensor, path: Iterable[Jump]) -> Steps:
    """Follows *path* by DPM-Solver++(2M) (Lu et al. 2022, algorithm 2).

    The first order of that solver is DDIM. The second goes to where the last two
    predictions point, so that a few steps do for many; the first step has nothing to
    look back on, and the last, which is endless, nothing to gain.
    """
    earlier: Prediction | None = None
    before = inf
    for jump in path:
        predicted = yield x, jump.timestep
        clean, step = predicted.clean, _log_snr(jump.alpha_next) - _log_snr(jump.alpha)
        if earlier is not None and step < inf:
            clean = clean + step / before / 2 * (clean - earlier.clean)
        x = ddim_step(x, clean, alpha=jump.alpha, alpha_next=jump.alpha_next)
        earlier, before = predicted, step
    return x


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


def learned_deviation(variance: Tensor, *, alpha: float, alpha_next: float) -> Tensor:
    """The standard deviation between those of the posterior and of the whole jump.

    Nichol and Dhariwal 2021, equation 15; *variance* as in `Prediction`.
    """
    beta = 1 - alpha / alpha_next
    left = (1 - alpha_next) / (1 - alpha)
    share = (variance + 1) / 2
    return torch.exp((share * log(beta) + (1 - share) * log(left * beta)) / 2)


def noised(clean: Tensor, noise: Tensor, *, alpha: float) -> Tensor:
    """The *clean* sample under standard normal *noise* (Ho et al. 2020, equation 4)."""
    return sqrt(alpha) * clean + sqrt(1 - alpha) * noise


def clean_of(x: Tensor, noise: Tensor, *, alpha: float) -> Tensor:
    """The clean sample under *x* for a network that predicts its *noise*.

    Ho et al. 2020, equation 15.
    """
    return (x - sqrt(1 - alpha) * noise) / sqrt(alpha)


def threshold(clean: Tensor, *, quantile: float = 0.995, most: float = 2.0) -> Tensor:
    """*clean* [rows, ...] brought within -1..1 (Saharia et al. 2022, section 2.3).

    Dynamic thresholding: each row is cut at its own *quantile* of sizes, taken for
    no less than 1 and no more than *most*, and divided by it. What becomes of a row
    does not depend on the others.
    """
    rows = clean.flatten(1)
    sizes = rows.abs().quantile(quantile, dim=1, keepdim=True).clamp(1, most)
    return (rows.clamp(-sizes, sizes) / sizes).view_as(clean)


def _log_snr(alpha: float) -> float:
    """Half the logarithm of signal to noise, infinite for a clean sample."""
    return inf if alpha == 1 else log(alpha / (1 - alpha)) / 2
