"""The sizes that a model's networks agree on, read from their configurations."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any, Final, Self

from generation.errors import WeightsError
from generation.weights import Weights

_INPAINTING_CHANNELS: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """How pixels, latent cells and embeddings measure up.

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
        unet = _config(weights.decoder / "unet")
        movq = _config(weights.decoder / "movq")
        prior = _config(weights.prior / "prior")
        try:
            _demand_text_and_image(unet, weights.decoder / "unet")
            cell = 2 ** (len(movq["block_out_channels"]) - 1)
            return cls(
                channels=unet["in_channels"],
                cell=cell,
                fold=2 ** (len(unet["block_out_channels"]) - 1),
                side=unet["sample_size"] * cell,
                embedding=prior.get("embedding_dim", 768),
                tokens=prior.get("num_embeddings", 77),
            )
        except (KeyError, TypeError) as error:
            raise WeightsError(
                f"a config.json in {weights.folder} lacks a sound entry ({error}): "
                "fetch the model again"
            ) from error

    def cells(self, width: int, height: int) -> tuple[int, int]:
        """Rows and columns of the smallest latent that covers so many pixels."""
        step = self.cell * self.fold
        return ceil(height / step) * self.fold, ceil(width / step) * self.fold


def _demand_text_and_image(unet: Mapping[str, Any], folder: Path) -> None:
    """Turns away the relatives that share Kandinsky 2.1's layout."""
    if unet["in_channels"] == _INPAINTING_CHANNELS:
        raise WeightsError(
            f"{folder} is an inpainting U-Net (in_channels 9): "
            "use the decoder of kandinsky-2-1"
        )
    kind = unet.get("addition_embed_type")
    if kind != "text_image":
        raise WeightsError(
            f"{folder} is not a U-Net of Kandinsky 2.1: its addition_embed_type "
            f"must be 'text_image', got {kind!r}"
        )


def _config(folder: Path) -> Mapping[str, Any]:
    file = folder / "config.json"
    try:
        config: Mapping[str, Any] = json.loads(file.read_text("utf-8"))
    except FileNotFoundError as error:
        raise WeightsError(f"{file} is missing: fetch the model again") from error
    except ValueError as error:
        raise WeightsError(f"{file} is not JSON ({error}): fetch it again") from error
    return config
