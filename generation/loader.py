"""Brings the networks of one model onto a device."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import torch
from tokenizers import Tokenizer

from generation.autoencoder import Autoencoder
from generation.decoder import Condition, Decoder
from generation.errors import DeviceError, WeightsError
from generation.geometry import Geometry
from generation.networks import (
    CLIPTextModelWithProjection,
    CLIPVisionModelWithProjection,
    MultilingualCLIP,
    PriorTransformer,
    UNet2DConditionModel,
    VQModel,
    demand,
    load,
)
from generation.prior import DiffusionPrior
from generation.schedules import decoder_alphas, prior_alphas
from generation.text import (
    ClipReader,
    MultilingualReader,
    clip_tokenizer,
    multilingual_tokenizer,
)
from generation.weights import Weights

Network = TypeVar("Network", bound=torch.nn.Module)

_PRIOR: Final = {
    "added_emb_type": "prd",
    "embedding_proj_norm_type": None,
    "encoder_hid_proj_type": "linear",
    "norm_in_type": None,
}
"""What sets the prior of 2.1 apart from others of its class."""


@dataclass(frozen=True, slots=True)
class Loader:
    """Loads the parts of *weights*; what they answer to nothing, they answer once."""

    weights: Weights
    geometry: Geometry
    device: torch.device

    @classmethod
    def of(cls, weights: Weights, geometry: Geometry, device: str) -> Self:
        """A loader onto *device*, or DeviceError where torch does not find it."""
        try:
            place = torch.device(device)
            torch.empty(0, device=place)
        except (AssertionError, RuntimeError) as error:
            raise DeviceError(f"no device {device!r} here: {error}") from error
        return cls(weights, geometry, place)

    def prior(self) -> DiffusionPrior:
        """CLIP's text half and the prior network."""
        half = self.weights.prior
        network = self._load(PriorTransformer, half / "prior", **_PRIOR)
        encoder = self._load(
            CLIPTextModelWithProjection,
            half / "text_encoder",
            hidden_size=self.geometry.embedding,
            projection_dim=self.geometry.embedding,
            max_position_embeddings=self.geometry.tokens,
        )
        tokenizer = clip_tokenizer(half / "tokenizer", length=self.geometry.tokens)
        _demand_words(tokenizer, half / "tokenizer", encoder.config.vocab_size)
        reader = ClipReader(tokenizer, encoder)
        return DiffusionPrior(network, reader, reader.read(""), prior_alphas())

    def decoder(self) -> Decoder:
        """XLM-R and the U-Net."""
        half = self.weights.decoder
        network = self._load(
            UNet2DConditionModel,
            half / "unet",
            cross_attention_dim=self.geometry.embedding,
        )
        encoder = self._load(
            MultilingualCLIP,
            half / "text_encoder",
            hidden_size=network.config["encoder_hid_dim"],
            numDims=self.geometry.embedding,
        )
        pad = encoder.config.pad_token_id
        tokenizer = multilingual_tokenizer(half / "tokenizer", pad=pad)
        _demand_words(tokenizer, half / "tokenizer", encoder.config.vocab_size)
        reader = MultilingualReader(tokenizer, encoder)
        return Decoder(
            network=network,
            reader=reader,
            unprompted=Condition(reader.read(""), self._embedding_of_nothing()),
            alphas=decoder_alphas(),
            geometry=self.geometry,
        )

    def autoencoder(self) -> Autoencoder:
        """MoVQ."""
        folder = self.weights.decoder / "movq"
        channels = self.geometry.channels
        return Autoencoder(self._load(VQModel, folder, latent_channels=channels))

    def _embedding_of_nothing(self) -> torch.Tensor:
        """The embedding [1, d] of an all-zero tensor, which is a grey picture to CLIP.

        The image encoder is needed for nothing else, so it is let go.
        """
        folder = self.weights.prior / "image_encoder"
        encoder = self._load(
            CLIPVisionModelWithProjection,
            folder,
            projection_dim=self.geometry.embedding,
        )
        side: Any = encoder.config.image_size
        nothing = torch.zeros(1, 3, side, side, device=self.device, dtype=encoder.dtype)
        embedding: torch.Tensor = encoder(nothing).image_embeds
        return embedding

    def _load(self, kind: type[Network], folder: Path, **expected: object) -> Network:
        dtype = torch.float32 if self.device.type == "cpu" else torch.float16
        network: Any = load(kind, folder, device=self.device, dtype=dtype)
        demand(folder, network.config, **expected)
        loaded: Network = network
        return loaded


def _demand_words(tokenizer: Tokenizer, folder: Path, known: int) -> None:
    """Refuses a tokenizer that could name a word its encoder has no vector for."""
    if (size := tokenizer.get_vocab_size()) > known:
        raise WeightsError(
            f"{folder} has {size} words, its encoder knows {known}: "
            "fetch both again from one place"
        )
