"""The sizes that a model's networks share, read from their configurations."""

from dataclasses import dataclass
from math import ceil
from typing import Any, Self

from generation.checkpoints.network_files import Config, configuration
from generation.checkpoints.weights import Weights
from generation.errors import WeightsError


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """Sizes of pixels, latent cells and embeddings.

    The autoencoder makes one latent cell, of *channels* values, out of *cell* by
    *cell* pixels; the U-Net folds *fold* by *fold* cells into one. *side* is the side
    in pixels of the squares that the decoder was trained on.
    """

    channels: int
    cell: int
    fold: int
    side: int
    embedding: int
    tokens: int

    @classmethod
    def of(cls, weights: Weights) -> Self:
        """The geometry of a model whose networks fit together, or WeightsError."""
        unet = configuration(weights.decoder / "unet")
        movq = configuration(weights.decoder / "movq")
        prior = configuration(weights.prior / "prior")
        try:
            cell = _halvings(movq)
            found = cls(
                channels=unet["in_channels"],
                cell=cell,
                fold=_halvings(unet),
                side=unet["sample_size"] * cell,
                embedding=prior.get("embedding_dim", 768),
                tokens=prior.get("num_embeddings", 77),
            )
            if weights.inpaint:
                _require_same_sizes(configuration(weights.inpaint / "unet"), unet)
        except (KeyError, TypeError) as error:
            raise WeightsError(
                f"a config.json of {weights.name} in {weights.folder} lacks a sound "
                f"entry ({error}): fetch the model again"
            ) from error
        return found

    def cells(self, width: int, height: int) -> tuple[int, int]:
        """Rows and columns of the smallest latent that covers so many pixels."""
        step = self.cell * self.fold
        return ceil(height / step) * self.fold, ceil(width / step) * self.fold


def _halvings(config: Config) -> int:
    """The factor between the sides of a network's first level and its deepest."""
    halvings: int = 2 ** (len(config["block_out_channels"]) - 1)
    return halvings


def _require_same_sizes(inpainting: Config, painting: Config) -> None:
    """Refuses a second decoder for other latents or another prior."""

    def sizes(config: Config) -> tuple[Any, ...]:
        return _halvings(config), config["out_channels"], config["encoder_hid_dim"]

    if (found := sizes(inpainting)) != (wanted := sizes(painting)):
        raise WeightsError(
            "the inpainting U-Net has fold, out_channels and encoder_hid_dim "
            f"{found}, the other one {wanted}: fetch both from one place"
        )
