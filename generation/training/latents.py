"""Encodes the world once: what prior and decoder learn from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor

from generation.networks import CLIPVisionModelWithProjection, VQModel
from generation.training.loop import Watch
from generation.training.pixels import for_autoencoder, for_clip
from generation.training.plan import Frames, Plan
from generation.world.renderer import Renderer
from generation.world.vocabulary import COLOURS, things

Places = NDArray[np.int64]
"""Places in a table of the world, [n]."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """Pictures of one format.

    *latents* [n, 4, h, w] half precision, *embeddings* [n, d], and the places of each
    picture's thing and colour in the vocabulary, [n] each.
    """

    latents: Tensor
    embeddings: Tensor
    thing: Tensor
    colour: Tensor

    @classmethod
    def read(cls, file: Path) -> Self:
        """What *file* holds."""
        return cls(**load_file(file))

    def write(self, file: Path) -> None:
        """Leaves this in *file*, whole or not at all."""
        partial = file.with_suffix(".partial")
        parts = ("latents", "embeddings", "thing", "colour")
        save_file({part: getattr(self, part).contiguous() for part in parts}, partial)
        partial.replace(file)


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoder:
    """Renders pictures and encodes them with both frozen networks."""

    movq: VQModel
    image: CLIPVisionModelWithProjection
    renderer: Renderer
    plan: Plan
    watch: Watch

    @torch.inference_mode()
    def encode(self, frames: Frames) -> Encoded:
        """As many pictures of one format as the plan wishes."""
        random = np.random.default_rng([self.plan.seed, *frames.pixels(self.plan.side)])
        order = _order(frames.pictures, random)
        parts = []
        for start in range(0, len(order), self.plan.encoding_batch):
            pairs = order[start : start + self.plan.encoding_batch]
            parts.append(self._batch(pairs, frames, random))
            self.watch("latents", step=start + len(pairs), steps=len(order), loss=None)
        return Encoded(*(torch.cat(column) for column in zip(*parts, strict=True)))

    def _batch(
        self, pairs: Places, frames: Frames, random: np.random.Generator
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        known = things()
        thing, colour = pairs // len(COLOURS), pairs % len(COLOURS)
        pictures = [
            self.renderer.render(
                known[t],
                COLOURS[c],
                frame=frames.pixels(self.plan.side),
                random=random,
            )
            for t, c in zip(thing, colour, strict=True)
        ]
        with torch.autocast("cpu", torch.bfloat16):
            latents = self.movq.encode(for_autoencoder(pictures)).latents
        embeddings = self.image(pixel_values=for_clip(pictures)).image_embeds
        return (
            latents.half(),
            embeddings,
            torch.from_numpy(thing),
            torch.from_numpy(colour),
        )


def _order(pictures: int, random: np.random.Generator) -> Places:
    """Pairs of thing and colour, each as often as any other, shuffled."""
    pairs = len(things()) * len(COLOURS)
    rounds = -(-pictures // pairs)
    return np.concatenate([random.permutation(pairs) for _ in range(rounds)])[:pictures]
