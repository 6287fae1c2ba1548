"""The model's own CLIP as a judge of what a picture shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from generation.evaluation.frechet import Features
from generation.prior_pipeline import PriorPipeline


@dataclass(frozen=True, slots=True)
class Judge:
    """Both halves of a model's CLIP."""

    prior_pipeline: PriorPipeline

    @torch.inference_mode()
    def seen(self, pictures: Iterable[Image.Image]) -> Features:
        """The embedding of each of *pictures*, [n, d]."""
        read = self.prior_pipeline.image_encoder.encode
        return _rows([read(picture) for picture in pictures])

    @torch.inference_mode()
    def told(self, sentences: Iterable[str]) -> Features:
        """The embedding of each of *sentences*, [n, d]."""
        read = self.prior_pipeline.text_encoder.encode
        return _rows([read(sentence).pooled for sentence in sentences])

    def scores(self, picture: Image.Image, sentences: Sequence[str]) -> Features:
        """How similar *picture* is to each of *sentences*, [n] in -1..1."""
        scores: Features = unit(self.told(sentences)) @ unit(self.seen([picture]))[0]
        return scores

    def best(self, picture: Image.Image, sentences: Sequence[str]) -> int:
        """The place in *sentences* of the one most similar to *picture*."""
        return int(self.scores(picture, sentences).argmax())


def unit(features: Features) -> Features:
    """*features*, each of length one."""
    scaled: Features = features / np.linalg.norm(features, axis=-1, keepdims=True)
    return scaled


def _rows(embeddings: list[Tensor]) -> Features:
    return torch.cat(embeddings).double().cpu().numpy()
