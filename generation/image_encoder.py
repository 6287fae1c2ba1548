"""CLIP's image half: from pictures to embeddings."""

from dataclasses import dataclass
from typing import Any

import torch
from PIL.Image import Image
from torch import Tensor

from generation.checkpoints.image_processor import ImageProcessor
from generation.checkpoints.networks import CLIPVisionModelWithProjection
from generation.images import to_rgb


@dataclass(frozen=True, slots=True)
class ImageEncoder:
    """Embeds pictures for the decoder."""

    network: CLIPVisionModelWithProjection
    processor: ImageProcessor

    def encode(self, image: Image) -> Tensor:
        """The embedding [1, d] of *image*, float32, not normalised."""
        return self._embedding(self.processor(to_rgb(image)))

    def zero_embedding(self) -> Tensor:
        """The embedding [1, d] of an all-zero tensor, which is a grey picture to CLIP.

        The decoder learnt to take it for the lack of one.
        """
        side = self.processor.crop
        return self._embedding(torch.zeros(1, 3, side, side))

    def _embedding(self, pixels: Tensor) -> Tensor:
        network: Any = self.network
        out = self.network(pixels.to(network.device, network.dtype))
        embedding: Tensor = out.image_embeds.float()
        return embedding
