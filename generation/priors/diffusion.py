"""The diffusion prior: from a prompt to the embedding of a picture of it."""

from dataclasses import dataclass
from typing import Final

from torch import Tensor

from generation.guidance import guided
from generation.model_calls import ModelCall, ModelCalls
from generation.priors.transformer import PriorNetwork
from generation.recipe import Recipe
from generation.samplers import (
    NoiseStream,
    Prediction,
    Sampling,
    ancestral,
    denoise_steps,
    seeded_noise,
)
from generation.schedules import linspace_timesteps
from generation.text_encoders import EncodedText

CLAMP: Final = 10.0
"""Bound of the standardised embeddings that the prior was trained on."""


@dataclass(frozen=True, slots=True)
class DiffusionPrior:
    """Samples embeddings that CLIP would give to pictures of a prompt.

    *alphas* is the noise schedule. The first prior of table 3 of Razzhigaev et al.
    2023, after Ramesh et al. 2022, section 2.2.
    """

    network: PriorNetwork
    alphas: Tensor

    def embed(
        self, text: EncodedText, negative: EncodedText, recipe: Recipe, /
    ) -> ModelCalls[Tensor]:
        """An embedding [1, d]; guidance leads from *negative* to *text*.

        The network predicts the clean embedding itself, standardised element by
        element. At guidance 1 it does not see *negative*.
        """
        scale = recipe.prior_guidance
        cache = self.network.prepare([negative, text] if scale > 1 else [text])
        sampling = self._sampling(recipe)
        sample, timestep = next(sampling)
        while True:
            rows = yield ModelCall(
                network=self.network, cache=cache, sample=sample, timestep=timestep
            )
            clean = guided(rows, scale=scale).clamp(-CLAMP, CLAMP)
            try:
                sample, timestep = sampling.send(Prediction(clean))
            except StopIteration as end:
                return self.network.destandardised(end.value)

    def _sampling(self, recipe: Recipe) -> Sampling:
        noise = seeded_noise(recipe.seed, NoiseStream.PRIOR)
        x = noise((1, self.network.embedding)).to(self.network.device)
        path = denoise_steps(linspace_timesteps(recipe.prior_steps), self.alphas)
        return ancestral(x, path, noise=noise)
