"""Encodes pictures once: what prior and decoder learn from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from generation.checkpoints.networks import CLIPVisionModelWithProjection, VQModel
from generation.training import files
from generation.training.dataset import Data, Numbers
from generation.training.loop import Watch
from generation.training.pixels import for_autoencoder, for_clip
from generation.training.place import half
from generation.training.plan import Frames


@dataclass(frozen=True, slots=True)
class Encoded:
    """Pictures of one format.

    *latents* [n, 4, h, w] half precision, *embeddings* [n, d], and the *numbers* [n]
    that their data knows them by.
    """

    latents: Tensor
    embeddings: Tensor
    numbers: Tensor

    @classmethod
    def read(cls, file: Path) -> Self:
        """What *file* holds."""
        return cls(**files.read(file))

    def write(self, file: Path) -> None:
        """Leaves this in *file*, whole or not at all."""
        parts = ("latents", "embeddings", "numbers")
        files.write({part: getattr(self, part) for part in parts}, file)


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoder:
    """Encodes pictures of *data*, so many in a *batch*, with both frozen networks."""

    movq: VQModel
    image: CLIPVisionModelWithProjection
    data: Data
    side: int
    batch: int
    watch: Watch

    @torch.inference_mode()
    def encode(self, frames: Frames) -> Encoded:
        """The first pictures of the data in one format, as many as are asked for.

        What each is cropped from decides its embedding as well as its latents.
        """
        numbers = np.arange(min(frames.pictures, self.data.size))
        parts = []
        for start in range(0, len(numbers), self.batch):
            chosen = numbers[start : start + self.batch]
            parts.append(self._encoded(chosen, frames))
            done = start + len(chosen)
            self.watch("latents", step=done, steps=len(numbers), loss=None)
        return Encoded(*(torch.cat(column) for column in zip(*parts, strict=True)))

    def _encoded(
        self, numbers: Numbers, frames: Frames
    ) -> tuple[Tensor, Tensor, Tensor]:
        frame = frames.pixels(self.side)
        pictures = [self.data.picture(int(number), frame) for number in numbers]
        device = self.movq.device
        with half(device):
            latents = self.movq.encode(for_autoencoder(pictures).to(device)).latents
        side: Any = self.image.config.image_size
        seen = for_clip(pictures, side).to(device)
        embeddings = self.image(pixel_values=seen).image_embeds
        return latents.half().cpu(), embeddings.cpu(), torch.from_numpy(numbers)
