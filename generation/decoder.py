"""The decoder: from what a picture is conditioned on to the latent of that picture."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from torch import Tensor

from generation.conditions import Condition
from generation.guidance import guided
from generation.latent_init import Ground
from generation.model_calls import Inquiry, Question
from generation.noise import NoiseSource, Stage, seeded
from generation.recipe import Recipe, Safety, SamplerKind
from generation.safety import Steering
from generation.samplers import (
    Jump,
    Prediction,
    Steps,
    ancestral,
    clean_of,
    ddim,
    dpm,
    jumps,
    noised,
    tail,
    threshold,
)
from generation.schedules import trailing
from generation.unet import UNet

SATURATION: Final = 2.0
"""Latents were trained within this; what the ancestral sampler sees is cut there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoder:
    """Paints latents.

    *alphas* is the noise schedule. Networks with a *learned variance* say in further
    channels how much fresh noise an ancestral step may bring; *clamp* bounds the clean
    latents of those that were published with such a bound.
    """

    network: UNet
    alphas: Tensor
    learned_variance: bool
    clamp: float | None

    def path(self, ground: Ground, recipe: Recipe) -> list[Jump]:
        """The steps from the noise that *ground* begins under to the clean latent."""
        whole = jumps(trailing(recipe.steps), self.alphas)
        return whole if ground.strength is None else tail(whole, ground.strength)

    def paint(
        self, conditions: Sequence[Condition], ground: Ground, recipe: Recipe
    ) -> Inquiry[Tensor]:
        """The latent [1, channels, rows, columns], float32.

        *conditions* are what is guided away from, what is asked for, and with a safety
        preset what is unsafe, in this order; without guidance only the second.
        """
        noise = seeded(recipe.seed, Stage.DECODER)
        path = self.path(ground, recipe)
        memory = self.network.prepare(conditions, [jump.timestep for jump in path])
        steps = self._steps(ground, path, noise, recipe)
        guide = _guide(recipe, steps=len(path))
        step, asked = 0, next(steps)
        while True:
            sample, timestep = asked
            rows = yield Question(
                network=self.network,
                memory=memory,
                sample=ground.input(sample),
                timestep=timestep,
            )
            epsilon = guide(rows[:, : sample.shape[1]], step)
            clean = clean_of(sample, epsilon, alpha=float(self.alphas[timestep]))
            clean = self._polished(clean, ground, recipe)
            try:
                asked = steps.send(Prediction(clean, self._variance(rows, sample)))
            except StopIteration as end:
                latent: Tensor = end.value
                return latent
            step += 1

    def _steps(
        self, ground: Ground, path: list[Jump], noise: NoiseSource, recipe: Recipe
    ) -> Steps:
        """The sampler of *recipe*, from the first noisy sample on."""
        x = noise(ground.shape).to(self.network.device)
        if ground.strength is not None:
            x = noised(ground.latent, x, alpha=path[0].alpha)
        match recipe.sampler:
            case SamplerKind.DDIM:
                return ddim(x, path)
            case SamplerKind.DPM:
                return dpm(x, path)
            case SamplerKind.ANCESTRAL:
                return ancestral(x, path, noise=noise)

    def _polished(self, clean: Tensor, ground: Ground, recipe: Recipe) -> Tensor:
        """What the sampler goes on from: within bounds, and what is kept restored.

        Before the ancestral sampler the authors cut, blend and threshold, in this
        order; thresholding row by row keeps each picture's own.
        """
        if self.clamp is not None:
            clean = clean.clamp(-self.clamp, self.clamp)
        if recipe.sampler is not SamplerKind.ANCESTRAL or not self.learned_variance:
            return ground.blended(clean)
        return threshold(ground.blended(clean.clamp(-SATURATION, SATURATION)))

    def _variance(self, rows: Tensor, sample: Tensor) -> Tensor | None:
        """What the network says of the variance for what is asked for."""
        if not self.learned_variance:
            return None
        return rows[min(1, len(rows) - 1), None, sample.shape[1] :].float()


def _guide(recipe: Recipe, *, steps: int) -> Callable[[Tensor, int], Tensor]:
    """What makes one noise [1, ...] of the rows of a step, counted from 0."""
    if recipe.safety is Safety.OFF:
        return lambda rows, _step: guided(rows, scale=recipe.guidance)
    steering = Steering.of(recipe.safety, steps=steps)
    return lambda rows, step: steering(rows, scale=recipe.guidance, step=step)
