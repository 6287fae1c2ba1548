"""The whole chain of one model, from a prompt to a picture, in two stages.

Between them lies the embedding: whoever calls may look at it before it is painted.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Self

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from generation.autoencoder import Autoencoder
from generation.decoder import Decoder
from generation.errors import EmbeddingError, RecipeError, WeightsError
from generation.geometry import Geometry
from generation.loader import Loader
from generation.prior import DiffusionPrior
from generation.recipe import Recipe, size_of
from generation.weights import Weights

Embedding = NDArray[np.float32]
OnStep = Callable[[int, int], None]
"""Told after each step how many are done, of how many; may raise to stop."""

DEFAULTS: Final = "defaults.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Serves one caller at a time.

    *model* names the weights in records, *defaults* is the recipe of a square that the
    model paints well, and *image_encoder* and *image_processor* are the folders of the
    CLIP in whose image space the embeddings lie.
    """

    model: str
    defaults: Recipe
    image_encoder: Path
    image_processor: Path
    imagination: DiffusionPrior = field(repr=False)
    brush: Decoder = field(repr=False)
    autoencoder: Autoencoder = field(repr=False)

    @classmethod
    def load(cls, folder: Path, *, device: str = "cpu") -> Self:
        """The model in *folder*, in half precision anywhere but on the CPU."""
        weights = Weights.find(folder)
        geometry = Geometry.of(weights)
        loader = Loader.of(weights, geometry, device)
        with torch.inference_mode():
            return cls(
                model=weights.verified(),
                defaults=_defaults(weights.folder / DEFAULTS, geometry.side),
                image_encoder=weights.prior / "image_encoder",
                image_processor=weights.prior / "image_processor",
                imagination=loader.prior(),
                brush=loader.decoder(),
                autoencoder=loader.autoencoder(),
            )

    @property
    def side(self) -> int:
        """The shorter side in pixels of the model's own pictures."""
        return self.defaults.width

    def recipe(self, *, seed: int, aspect: str, steps: int | None = None) -> Recipe:
        """The recipe of a picture of the model's own size."""
        width, height = size_of(aspect, self.side)
        return replace(
            self.defaults,
            seed=seed,
            width=width,
            height=height,
            steps=self.defaults.steps if steps is None else steps,
        )

    @torch.inference_mode()
    def prior(self, prompt: str, recipe: Recipe) -> Embedding:
        """The embedding [d] of a picture of *prompt*, not normalised."""
        [embedding] = self.imagination.imagine(prompt, recipe)
        array: Embedding = embedding.cpu().numpy()
        return array

    @torch.inference_mode()
    def decoder(
        self, prompt: str, embedding: Embedding, recipe: Recipe, on_step: OnStep
    ) -> Image.Image:
        """The picture of *embedding* [d], guided by *prompt*.

        What *on_step* raises ends the work and reaches the caller untouched.
        """
        self._demand_point(embedding)
        point = torch.tensor(embedding[None], device=self.brush.network.device)
        latents = self.brush.paint(prompt, point, recipe)
        for done, latent in enumerate(latents, start=1):  # noqa: B007  # last is shown
            on_step(done, recipe.steps)
        return self.autoencoder.picture(latent, recipe)

    def _demand_point(self, embedding: Embedding) -> None:
        width = self.brush.geometry.embedding
        if embedding.shape != (width,):
            raise EmbeddingError(
                f"an embedding of {self.model} has {width} numbers, "
                f"got shape {embedding.shape}"
            )
        if flaws := np.count_nonzero(~np.isfinite(embedding)):
            raise EmbeddingError(f"{flaws} of an embedding's numbers are not finite")


def _defaults(file: Path, side: int) -> Recipe:
    """The recipe in *file*, whose every entry is optional, as the file itself is."""
    try:
        wishes = json.loads(file.read_text("utf-8")) if file.is_file() else {}
        return Recipe(seed=0, width=side, height=side, **wishes)
    except (RecipeError, TypeError, ValueError) as error:
        raise WeightsError(f"{file} is no recipe: {error}") from error
