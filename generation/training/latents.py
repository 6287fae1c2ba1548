"""Pictures encoded once, which prior and decoder are trained on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from generation.checkpoints.networks import CLIPVisionModelWithProjection, VQModel
from generation.training.checkpoint import read_tensors, write_tensors
from generation.training.dataset import Dataset, Indices, for_autoencoder, for_clip
from generation.training.loop import Monitor, autocast
from generation.training.plan import FrameConfig


@dataclass(frozen=True, slots=True)
class EncodedPictures:
    """Pictures of one format.

    *latents* [n, 4, h, w] half precision, *embeddings* [n, d], and the *numbers* [n]
    that their data knows them by.
    """

    latents: Tensor
    embeddings: Tensor
    numbers: Tensor

    @classmethod
    def read(cls, file: Path) -> Self:
        """The pictures in *file*, as `write` wrote them."""
        return cls(**read_tensors(file))

    def write(self, file: Path) -> None:
        """Writes this to *file*, whole or not at all."""
        parts = ("latents", "embeddings", "numbers")
        write_tensors({part: getattr(self, part) for part in parts}, file)


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureEncoder:
    """Encodes pictures of *data*, so many in a *batch*, with both frozen networks."""

    movq: VQModel
    image: CLIPVisionModelWithProjection
    data: Dataset
    side: int
    batch: int
    monitor: Monitor

    @torch.inference_mode()
    def encode(self, frames: FrameConfig) -> EncodedPictures:
        """The first pictures of the data in one format, as many as are asked for.

        The crop decides a picture's embedding as well as its latents.
        """
        numbers = np.arange(min(frames.pictures, self.data.size))
        parts = []
        for start in range(0, len(numbers), self.batch):
            chosen = numbers[start : start + self.batch]
            parts.append(self._encoded(chosen, frames))
            done = start + len(chosen)
            self.monitor("latents", step=done, steps=len(numbers), loss=None)
        return EncodedPictures(
            *(torch.cat(column) for column in zip(*parts, strict=True))
        )

    def _encoded(
        self, numbers: Indices, frames: FrameConfig
    ) -> tuple[Tensor, Tensor, Tensor]:
        frame = frames.pixels(self.side)
        pictures = [self.data.picture(int(number), frame) for number in numbers]
        device = self.movq.device
        with autocast(device):
            latents = self.movq.encode(for_autoencoder(pictures).to(device)).latents
        side: Any = self.image.config.image_size
        seen = for_clip(pictures, side).to(device)
        embeddings = self.image(pixel_values=seen).image_embeds
        return latents.half().cpu(), embeddings.cpu(), torch.from_numpy(numbers)
