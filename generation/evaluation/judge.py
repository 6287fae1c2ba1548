"""The model's own CLIP as a judge: which of several sentences fits a picture best."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import torch
from PIL import Image
from torch.nn.functional import normalize

from generation.networks import (
    CLIPTextModelWithProjection,
    CLIPVisionModelWithProjection,
    load,
)
from generation.text import ClipReader, clip_tokenizer
from generation.training.pixels import for_clip
from generation.weights import Weights


@dataclass(frozen=True, slots=True)
class Judge:
    """Both halves of a model's CLIP."""

    reader: ClipReader
    image: CLIPVisionModelWithProjection

    @classmethod
    def of(cls, folder: Path) -> Self:
        """The CLIP of the model in *folder*."""
        half = Weights.find(folder).prior
        place: Any = {"device": torch.device("cpu"), "dtype": torch.float32}
        text = load(CLIPTextModelWithProjection, half / "text_encoder", **place)
        image = load(CLIPVisionModelWithProjection, half / "image_encoder", **place)
        length: Any = text.config.max_position_embeddings
        tokenizer = clip_tokenizer(half / "tokenizer", length=length)
        return cls(ClipReader(tokenizer, text), image)

    @torch.inference_mode()
    def best(self, picture: Image.Image, sentences: list[str]) -> int:
        """The place in *sentences* of the one most similar to *picture*."""
        side: Any = self.image.config.image_size
        scale = side / min(picture.size)
        size = (round(picture.width * scale), round(picture.height * scale))
        pixels = for_clip([picture.resize(size, Image.Resampling.BICUBIC)])
        seen = normalize(self.image(pixel_values=pixels).image_embeds, dim=-1)
        read = torch.cat([self.reader.read(sentence).pooled for sentence in sentences])
        return int((normalize(read, dim=-1) @ seen[0]).argmax())
