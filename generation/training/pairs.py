"""Captions and their pictures, as points of CLIP's two spaces."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from generation.checkpoints.networks import CLIPTextModelWithProjection
from generation.training.dataset import Data, Numbers, captions_of
from generation.training.latents import Encoded
from generation.training.vocabularies import padded, trimmed

BATCH: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Reads captions of *encoded* pictures as `ClipTextEncoder` reads prompts."""

    text: CLIPTextModelWithProjection
    vocabulary: Tokenizer
    encoded: Encoded
    data: Data

    def __len__(self) -> int:
        return len(self.encoded.embeddings)

    @torch.no_grad()
    def of(self, chosen: Numbers, random: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Embeddings [n, d] of a caption of each *chosen* picture, and its own."""
        numbers = self.encoded.numbers[chosen].numpy()
        texts = captions_of(self.data, numbers, drop=0, random=random)
        device = self.text.device
        tokens = trimmed(padded(self.vocabulary, texts)).to(device)
        pooled: Tensor = self.text(input_ids=tokens.ids).text_embeds
        return pooled, self.encoded.embeddings[chosen].to(device)

    def batches(
        self, captions: int, random: np.random.Generator
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """All pictures, as often as each is to have *captions*."""
        order = np.tile(np.arange(len(self)), captions)
        for start in range(0, len(order), BATCH):
            yield self.of(order[start : start + BATCH], random)
