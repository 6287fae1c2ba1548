"""The pipeline of one model: from a regime to a picture, one model call at a time."""

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
from generation.checkpoints.weights import Weights
from generation.decoder import Decoder
from generation.errors import EmbeddingError, RecipeError, RegimeError, WeightsError
from generation.guidance import UNSAFE
from generation.latent_init import LatentInit, prepare_latent
from generation.loader import Loader
from generation.model_calls import ModelCalls
from generation.prior_pipeline import PriorPipeline
from generation.recipe import Recipe, Safety
from generation.regimes import Masked, Regime, Subject, Window
from generation.request import Embedding, PriorOutput
from generation.text_encoders import MultilingualTextEncoder
from generation.unet import Condition

DEFAULTS: Final = "defaults.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """Yields the model calls of a picture, and decodes the final latent.

    *zero_embedding* [1, d] is the embedding of an all-zero picture. Models without a
    *text_encoder* decode the embedding alone. Keeping a part of a picture needs the
    *inpainting* decoder, which not every model has.
    """

    model: str
    weights: Weights
    geometry: Geometry
    defaults: Recipe
    prior_pipeline: PriorPipeline
    text_encoder: MultilingualTextEncoder | None
    zero_embedding: Tensor
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
        image_encoder = loader.image_encoder()
        return cls(
            model=weights.verified(),
            weights=weights,
            geometry=geometry,
            defaults=_defaults(weights.folder / DEFAULTS, geometry.side),
            prior_pipeline=PriorPipeline(
                priors=loader.priors(),
                text_encoder=loader.clip_text_encoder(),
                image_encoder=image_encoder,
                translator=loader.translator(),
            ),
            text_encoder=loader.multilingual_text_encoder(),
            zero_embedding=image_encoder.zero_embedding(),
            decoder=loader.decoder(),
            inpainting=loader.inpaint(),
            autoencoder=loader.autoencoder(),
        )

    def latent_init(self, regime: Regime, recipe: Recipe) -> LatentInit:
        """The initial latent of *regime*; raises why it cannot be generated."""
        self.prior_pipeline.require(recipe.prior)
        if isinstance(regime.canvas, Masked | Window) and self.inpainting is None:
            raise RegimeError(
                f"{self.model} has no inpainting decoder: it cannot keep a part of a "
                "picture and paint the rest"
            )
        return prepare_latent(
            regime.canvas, recipe.width, recipe.height, self.geometry, self.autoencoder
        )

    def steps(self, init: LatentInit, recipe: Recipe) -> int:
        """Number of steps of the decoder."""
        return len(self.decoder.path(init, recipe))

    def decode(
        self,
        regime: Regime,
        recipe: Recipe,
        init: LatentInit,
        prior_output: PriorOutput,
    ) -> ModelCalls[Image]:
        """The picture of *prior_output*."""
        keeps = init.keep is not None
        decoder = self.inpainting if keeps and self.inpainting else self.decoder
        conditions = self.conditions(regime.subject, recipe, prior_output)
        latent = yield from decoder.denoise(conditions, init, recipe)
        decoded = self.autoencoder.decode_image(
            latent, recipe.width, recipe.height, quantised=recipe.quantised
        )
        return init.finished(decoded)

    def conditions(
        self, subject: Subject, recipe: Recipe, prior_output: PriorOutput
    ) -> list[Condition]:
        """The decoder's conditions, row by row: negative, prompted, unsafe."""
        prompted = self._condition(subject.prompt, prior_output.embedding)
        if recipe.safety is Safety.OFF and recipe.guidance <= 1:
            return [prompted]
        negative = self._condition(subject.negative, prior_output.negative)
        conditions = [negative, prompted]
        if prior_output.unsafe is not None:
            conditions.append(self._condition(UNSAFE, prior_output.unsafe))
        return conditions

    def _condition(self, prompt: str, embedding: Embedding | None) -> Condition:
        text = None if self.text_encoder is None else self.text_encoder.encode(prompt)
        if embedding is None:
            return Condition(self.zero_embedding, text)
        if embedding.shape != (self.geometry.embedding,):
            raise EmbeddingError(
                f"an embedding of {self.model} has {self.geometry.embedding} numbers, "
                f"got shape {embedding.shape}"
            )
        if flaws := np.count_nonzero(~np.isfinite(embedding)):
            raise EmbeddingError(f"{flaws} of an embedding's numbers are not finite")
        point = torch.tensor(embedding[None], device=self.zero_embedding.device)
        return Condition(point, text)


def _defaults(file: Path, side: int) -> Recipe:
    """The recipe in *file*, whose every entry is optional, as the file itself is."""
    try:
        entries = json.loads(file.read_text("utf-8")) if file.is_file() else {}
        return Recipe(seed=0, width=side, height=side, **entries)
    except (RecipeError, TypeError, ValueError) as error:
        raise WeightsError(f"{file} is no recipe: {error}") from error
