"""The whole chain of one model, from a regime to a picture, one question at a time."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self

import numpy as np
import torch
from PIL.Image import Image
from torch import Tensor

from generation.autoencoder import Autoencoder
from generation.checkpoints.geometry import Geometry
from generation.checkpoints.loader import Loader
from generation.checkpoints.weights import Weights
from generation.conditions import Condition
from generation.decoder import Decoder
from generation.errors import EmbeddingError, RecipeError, RegimeError, WeightsError
from generation.latent_init import Ground, prepare
from generation.model_calls import Inquiry
from generation.prior_pipeline import Imagination
from generation.recipe import Recipe, Safety
from generation.regimes import Masked, Regime, Subject, Window
from generation.request import Embedding, Imagined
from generation.safety import UNSAFE
from generation.text_encoders import MultilingualReader

DEFAULTS: Final = "defaults.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Says what has to be asked of which network, and makes pictures of the answers.

    *nothing* [1, d] is the embedding of an all-zero picture. Models with no *reader*
    are painted after the embedding alone. What is kept of a picture needs the networks
    of *inpainting*, which not every model has.
    """

    model: str
    weights: Weights
    geometry: Geometry
    defaults: Recipe
    imagination: Imagination
    reader: MultilingualReader | None
    nothing: Tensor
    decoder: Decoder
    inpainting: Decoder | None
    autoencoder: Autoencoder

    @classmethod
    @torch.inference_mode()
    def load(
        cls, folder: Path, *, device: str, dtype: str | None, translation: Path | None
    ) -> Self:
        """The model in *folder*; *translation* replaces what lies there, if anything.

        Raises WeightsError or DeviceError.
        """
        weights = Weights.find(folder)
        if translation is not None:
            weights = replace(weights, translation=translation)
        geometry = Geometry.of(weights)
        loader = Loader.of(weights, geometry, device, dtype)
        images = loader.images()
        return cls(
            model=weights.verified(),
            weights=weights,
            geometry=geometry,
            defaults=_defaults(weights.folder / DEFAULTS, geometry.side),
            imagination=Imagination(
                priors=loader.priors(),
                reader=loader.reader(),
                images=images,
                translator=loader.translator(),
            ),
            reader=loader.multilingual(),
            nothing=images.nothing(),
            decoder=loader.decoder(),
            inpainting=loader.inpaint(),
            autoencoder=loader.autoencoder(),
        )

    def ground(self, regime: Regime, recipe: Recipe) -> Ground:
        """What the latent of *regime* begins on, once nothing speaks against it."""
        self.imagination.demand(recipe.prior)
        if isinstance(regime.canvas, Masked | Window) and self.inpainting is None:
            raise RegimeError(
                f"{self.model} has no inpainting decoder: it cannot keep a part of a "
                "picture and paint the rest"
            )
        return prepare(
            regime.canvas, recipe.width, recipe.height, self.geometry, self.autoencoder
        )

    def steps(self, ground: Ground, recipe: Recipe) -> int:
        """How many steps the decoder will take."""
        return len(self.decoder.path(ground, recipe))

    def paint(
        self, regime: Regime, recipe: Recipe, ground: Ground, imagined: Imagined
    ) -> Inquiry[Image]:
        """The picture of what was *imagined*."""
        keeps = ground.keep is not None
        decoder = self.inpainting if keeps and self.inpainting else self.decoder
        conditions = self.conditions(regime.subject, recipe, imagined)
        latent = yield from decoder.paint(conditions, ground, recipe)
        painted = self.autoencoder.picture(
            latent, recipe.width, recipe.height, quantised=recipe.quantised
        )
        return ground.finished(painted)

    def conditions(
        self, subject: Subject, recipe: Recipe, imagined: Imagined
    ) -> list[Condition]:
        """What the decoder is asked about, row by row: away from, towards, unsafe."""
        asked = self._condition(subject.prompt, imagined.embedding)
        if recipe.safety is Safety.OFF and recipe.guidance <= 1:
            return [asked]
        conditions = [self._condition(subject.negative, imagined.negative), asked]
        if imagined.unsafe is not None:
            conditions.append(self._condition(UNSAFE, imagined.unsafe))
        return conditions

    def _condition(self, text: str, embedding: Embedding | None) -> Condition:
        reading = None if self.reader is None else self.reader.read(text)
        if embedding is None:
            return Condition(self.nothing, reading)
        if embedding.shape != (self.geometry.embedding,):
            raise EmbeddingError(
                f"an embedding of {self.model} has {self.geometry.embedding} numbers, "
                f"got shape {embedding.shape}"
            )
        if flaws := np.count_nonzero(~np.isfinite(embedding)):
            raise EmbeddingError(f"{flaws} of an embedding's numbers are not finite")
        point = torch.tensor(embedding[None], device=self.nothing.device)
        return Condition(point, reading)


def _defaults(file: Path, side: int) -> Recipe:
    """The recipe in *file*, whose every entry is optional, as the file itself is."""
    try:
        wishes = json.loads(file.read_text("utf-8")) if file.is_file() else {}
        return Recipe(seed=0, width=side, height=side, **wishes)
    except (RecipeError, TypeError, ValueError) as error:
        raise WeightsError(f"{file} is no recipe: {error}") from error
