"""The decoder: from the conditions of a picture to its latent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from torch import Tensor

from generation.guidance import SafeGuidance, guided
from generation.latent_init import LatentInit
from generation.model_calls import ModelCall, ModelCalls
from generation.recipe import Recipe, Safety, SamplerKind
from generation.samplers import (
    DenoiseStep,
    NoiseSource,
    NoiseStream,
    Prediction,
    Sampling,
    add_noise,
    ancestral,
    clean_from_noise,
    ddim,
    denoise_steps,
    dpm,
    dynamic_threshold,
    seeded_noise,
    truncate,
)
from generation.schedules import trailing_timesteps
from generation.unet import Condition, UNet

SATURATION: Final = 2.0
"""Bound of the latents in training; the ancestral sampler's are clamped to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoder:
    """Samples latents.

    *alphas* is the noise schedule. Networks with a *learned_variance* predict in
    further channels how much fresh noise an ancestral step brings; *clamp* bounds the
    clean latents of those that were published with such a bound.
    """

    network: UNet
    alphas: Tensor
    learned_variance: bool
    clamp: float | None

    def path(self, init: LatentInit, recipe: Recipe) -> list[DenoiseStep]:
        """The denoising steps from the noise level of *init* to the clean latent."""
        whole = denoise_steps(trailing_timesteps(recipe.steps), self.alphas)
        return whole if init.strength is None else truncate(whole, init.strength)

    def denoise(
        self, conditions: Sequence[Condition], init: LatentInit, recipe: Recipe
    ) -> ModelCalls[Tensor]:
        """The latent [1, channels, rows, columns], float32.

        *conditions* are the negative one, the prompted one, and with a safety preset
        the unsafe one, in this order; without guidance only the second.
        """
        noise = seeded_noise(recipe.seed, NoiseStream.DECODER)
        path = self.path(init, recipe)
        cache = self.network.prepare(conditions, [step.timestep for step in path])
        sampling = self._sampling(init, path, noise, recipe)
        guide = _guide(recipe, steps=len(path))
        step, noisy = 0, next(sampling)
        while True:
            sample, timestep = noisy
            rows = yield ModelCall(
                network=self.network,
                cache=cache,
                sample=init.input(sample),
                timestep=timestep,
            )
            epsilon = guide(rows[:, : sample.shape[1]], step)
            clean = clean_from_noise(
                sample, epsilon, alpha=float(self.alphas[timestep])
            )
            clean = self._bounded(clean, init, recipe)
            try:
                variance = self._variance(rows, sample)
                noisy = sampling.send(Prediction(clean, variance))
            except StopIteration as end:
                latent: Tensor = end.value
                return latent
            step += 1

    def _sampling(
        self,
        init: LatentInit,
        path: list[DenoiseStep],
        noise: NoiseSource,
        recipe: Recipe,
    ) -> Sampling:
        """The sampler of *recipe*, begun at the first noisy sample."""
        x = noise(init.shape).to(self.network.device)
        if init.strength is not None:
            x = add_noise(init.latent, x, alpha=path[0].alpha)
        match recipe.sampler:
            case SamplerKind.DDIM:
                return ddim(x, path)
            case SamplerKind.DPM:
                return dpm(x, path)
            case SamplerKind.ANCESTRAL:
                return ancestral(x, path, noise=noise)

    def _bounded(self, clean: Tensor, init: LatentInit, recipe: Recipe) -> Tensor:
        """The clean latent within its bounds, and with the kept region restored.

        Before the ancestral sampler the authors cut, blend and threshold, in this
        order; thresholding row by row keeps each picture's own.
        """
        if self.clamp is not None:
            clean = clean.clamp(-self.clamp, self.clamp)
        if recipe.sampler is not SamplerKind.ANCESTRAL or not self.learned_variance:
            return init.blended(clean)
        return dynamic_threshold(init.blended(clean.clamp(-SATURATION, SATURATION)))

    def _variance(self, rows: Tensor, sample: Tensor) -> Tensor | None:
        """The predicted variance [1, ...] of the prompted row."""
        if not self.learned_variance:
            return None
        return rows[min(1, len(rows) - 1), None, sample.shape[1] :].float()


def _guide(recipe: Recipe, *, steps: int) -> Callable[[Tensor, int], Tensor]:
    """The function of rows and step, from 0, that makes the guided noise [1, ...]."""
    if recipe.safety is Safety.OFF:
        return lambda rows, _step: guided(rows, scale=recipe.guidance)
    safe = SafeGuidance.of(recipe.safety, steps=steps)
    return lambda rows, step: safe(rows, scale=recipe.guidance, step=step)
