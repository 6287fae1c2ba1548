"""Judges of what a picture shows: CLIP, template matching, and the border's colour."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from generation.evaluation.frechet import Features
from generation.prior_pipeline import PriorPipeline
from generation.world.renderer import Renderer
from generation.world.scene import Objects, Scene
from generation.world.vocabulary import Colour, nearest_colour


@dataclass(frozen=True, slots=True)
class ClipJudge:
    """Both halves of a model's CLIP."""

    prior_pipeline: PriorPipeline

    @torch.inference_mode()
    def embed_images(self, pictures: Iterable[Image.Image]) -> Features:
        """The embedding of each of *pictures*, [n, d]."""
        read = self.prior_pipeline.image_encoder.encode
        return _rows([read(picture) for picture in pictures])

    @torch.inference_mode()
    def embed_texts(self, sentences: Iterable[str]) -> Features:
        """The embedding of each of *sentences*, [n, d]."""
        read = self.prior_pipeline.text_encoder.encode
        return _rows([read(sentence).pooled for sentence in sentences])

    def scores(self, picture: Image.Image, sentences: Sequence[str]) -> Features:
        """The similarities of *picture* to each of *sentences*, [n] in -1..1."""
        scores: Features = (
            unit(self.embed_texts(sentences)) @ unit(self.embed_images([picture]))[0]
        )
        return scores

    def best_match(self, picture: Image.Image, sentences: Sequence[str]) -> int:
        """The index of the one of *sentences* most similar to *picture*."""
        return int(self.scores(picture, sentences).argmax())


def unit(features: Features) -> Features:
    """*features*, each of length one."""
    scaled: Features = features / np.linalg.norm(features, axis=-1, keepdims=True)
    return scaled


def _rows(embeddings: list[Tensor]) -> Features:
    return torch.cat(embeddings).double().cpu().numpy()


BY_CLIP: Final = "right, by CLIP"
BY_TEMPLATE: Final = "right, by template match"

SIDE: Final = 64  # pictures are compared at this size
POSES: Final = 8
POSES_TOGETHER: Final = 24  # several objects stand in several arrangements
EDGES: Final = 2.0  # how much an edge counts beside a colour

Description = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TemplateMatcher:
    """Compares colours and edges with fresh drawings by *renderer*."""

    renderer: Renderer

    def best_match(
        self, picture: Image.Image, scenes: Sequence[Scene], seed: int = 0
    ) -> int:
        """The index of the one of *scenes* with the nearest drawing.

        Each scene is drawn `POSES` or `POSES_TOGETHER` times, posed by *seed*.
        """
        random = np.random.default_rng(seed)
        shown = _description(picture)
        apart = [
            min(
                float(np.square(self._drawn(scene, random) - shown).sum())
                for _ in range(_poses(scene))
            )
            for scene in scenes
        ]
        return int(np.argmin(apart))

    def _drawn(self, scene: Scene, random: np.random.Generator) -> Description:
        return _description(
            self.renderer.render(scene, frame=(SIDE, SIDE), random=random)
        )


def _poses(scene: Scene) -> int:
    subject = scene.subject
    run_alone = isinstance(subject, Objects) and [g.count for g in subject.groups] == [
        1
    ]
    return POSES if run_alone else POSES_TOGETHER


def _description(picture: Image.Image) -> Description:
    """Colours relative to the border's, and edges, both averaged over cells."""
    small = picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX)
    pixels = np.asarray(small, np.float64) / 255
    inside = np.zeros((SIDE, SIDE), dtype=bool)
    inside[4:-4, 4:-4] = True
    colours = pixels - np.median(pixels[~inside], axis=0)
    across = np.abs(np.diff(pixels, axis=1))[:-1].sum(axis=2)
    down = np.abs(np.diff(pixels, axis=0))[:, :-1].sum(axis=2)
    edges = np.pad(across + down, ((0, 1), (0, 1)))
    return np.concatenate(
        [_coarse(colours, 2).ravel(), EDGES * _coarse(edges[..., None], 4).ravel()]
    )


def _coarse(values: Description, cell: int) -> Description:
    """The mean of every *cell* by *cell* values [height, width, channels]."""
    height, width, channels = values.shape
    cells = values.reshape(height // cell, cell, width // cell, cell, channels)
    coarse: Description = cells.mean(axis=(1, 3))
    return coarse


BORDER = 16  # the border is this part of the shorter side, at least a pixel


def background_colour(picture: Image.Image) -> Colour:
    """The named colour nearest to the median of the border of *picture*."""
    pixels = np.asarray(picture.convert("RGB"), dtype=np.float64)
    width = max(1, min(picture.size) // BORDER)
    inside = np.zeros(pixels.shape[:2], dtype=bool)
    inside[width:-width, width:-width] = True
    red, green, blue = np.median(pixels[~inside], axis=0)
    return nearest_colour((red, green, blue))
