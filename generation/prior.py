"""The diffusion prior: from a prompt to the embedding of a picture of it."""

from dataclasses import dataclass
from typing import Final

from torch import Tensor

from generation.guidance import asked, guided
from generation.networks import PriorTransformer
from generation.noise import Stage, seeded
from generation.prefix import Prefix
from generation.recipe import Recipe
from generation.samplers import Denoiser, ancestral, jumps
from generation.schedules import spaced
from generation.text import ClipReader, Reading

CLAMP: Final = 10.0
"""The standardised embeddings that the prior was trained on stay within this."""


@dataclass(frozen=True, slots=True)
class DiffusionPrior:
    """Samples embeddings that CLIP would give to pictures of a prompt.

    *unprompted* is the reading of the empty prompt, *alphas* the noise schedule.
    """

    network: PriorTransformer
    reader: ClipReader
    unprompted: Reading
    alphas: Tensor

    def imagine(self, prompt: str, recipe: Recipe) -> Tensor:
        """An embedding [1, d] in CLIP's image space, float32, not normalised."""
        noise = seeded(recipe.seed, Stage.PRIOR)
        x = noise((1, self.network.config["embedding_dim"])).to(self.network.device)
        denoise = self.denoiser(self.reader.read(prompt), recipe.prior_guidance)
        path = jumps(spaced(recipe.prior_steps), self.alphas)
        *_, x = ancestral(denoise, x, path, noise=noise)
        return x * self.network.clip_std.float() + self.network.clip_mean.float()

    def denoiser(self, prompted: Reading, scale: float) -> Denoiser:
        """The network, asked about *prompted* with guidance *scale*.

        It predicts the clean embedding itself, standardised element by element.
        """
        rows = asked(self.unprompted, prompted, scale=scale)
        prefix = Prefix.of(self.network, rows)

        def denoise(x: Tensor, timestep: int) -> Tensor:
            clean = guided(prefix.predict(x, timestep), scale=scale)
            return clean.clamp(-CLAMP, CLAMP)

        return denoise
