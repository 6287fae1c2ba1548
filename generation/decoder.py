"""The decoder: from an embedding and a prompt to the latent of a picture."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from generation.geometry import Geometry
from generation.guidance import asked, guided
from generation.networks import UNet2DConditionModel
from generation.noise import Stage, seeded
from generation.recipe import Recipe
from generation.samplers import Denoiser, clean_of, ddim, jumps
from generation.schedules import trailing
from generation.text import MultilingualReader, Reading


@dataclass(frozen=True, slots=True)
class Condition:
    """What a latent is painted after: a prompt, read, and an embedding [1, d]."""

    reading: Reading
    embedding: Tensor


@dataclass(frozen=True, slots=True)
class Decoder:
    """Paints latents.

    *unprompted* is the empty prompt with the embedding of an all-zero picture,
    *alphas* the noise schedule.
    """

    network: UNet2DConditionModel
    reader: MultilingualReader
    unprompted: Condition
    alphas: Tensor
    geometry: Geometry

    def paint(self, prompt: str, embedding: Tensor, recipe: Recipe) -> Iterator[Tensor]:
        """The latent [1, channels, rows, columns] after each step, float32."""
        rows, columns = self.geometry.cells(recipe.width, recipe.height)
        noise = seeded(recipe.seed, Stage.DECODER)
        x = noise((1, self.geometry.channels, rows, columns)).to(self.network.device)
        condition = Condition(self.reader.read(prompt), embedding)
        path = jumps(trailing(recipe.steps), self.alphas)
        yield from ddim(self.denoiser(condition, recipe.guidance), x, path)

    def denoiser(self, prompted: Condition, scale: float) -> Denoiser:
        """The network, asked about *prompted* with guidance *scale*.

        It predicts the noise, and in further channels a variance that no sampler
        here has a use for.
        """
        dtype = self.network.dtype
        rows = asked(self.unprompted, prompted, scale=scale)
        states = torch.cat([row.reading.states for row in rows]).to(dtype)
        added = {
            "text_embeds": torch.cat([row.reading.pooled for row in rows]).to(dtype),
            "image_embeds": torch.cat([row.embedding for row in rows]).to(dtype),
        }

        def denoise(x: Tensor, timestep: int) -> Tensor:
            out = self.network(
                x.to(dtype).expand(len(rows), -1, -1, -1),
                timestep,
                encoder_hidden_states=states,
                added_cond_kwargs=added,
            ).sample
            noise = guided(out[:, : self.geometry.channels], scale=scale)
            return clean_of(x, noise, alpha=float(self.alphas[timestep]))

        return denoise
