"""What each folder of a model has to hold for the others to fit it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import torch
from tokenizers import Tokenizer

from generation.checkpoints.configuration import configuration
from generation.checkpoints.geometry import Geometry
from generation.checkpoints.network_files import stored_tensors
from generation.checkpoints.networks import (
    CLIPTextModelWithProjection,
    CLIPVisionModelWithProjection,
    MultilingualCLIP,
    PriorTransformer,
    UNet2DConditionModel,
    VQModel,
    demand,
    demand_every_tensor,
    load,
    skeleton,
)
from generation.checkpoints.weights import Weights
from generation.errors import WeightsError
from generation.image_encoder import Preprocessing
from generation.priors.linear import LinearPrior
from generation.priors.regression import Regression
from generation.priors.residual import ResidualPrior
from generation.text_encoders import clip_tokenizer, multilingual_tokenizer

Network = TypeVar("Network", bound=torch.nn.Module)

_PRIOR: Final = {
    "added_emb_type": "prd",
    "embedding_proj_norm_type": None,
    "encoder_hid_proj_type": "linear",
    "norm_in_type": None,
}
"""What sets the prior of 2.1 and 2.2 apart from others of its class."""


@dataclass(frozen=True, slots=True)
class NetworkPart(Generic[Network]):
    """A folder for a network of class *kind*, with what its configuration must say."""

    folder: Path
    kind: type[Network]
    expected: Mapping[str, object] = field(default_factory=dict)

    def load(self, *, device: torch.device, dtype: torch.dtype) -> Network:
        """The network, or WeightsError."""
        network = load(self.kind, self.folder, device=device, dtype=dtype)
        demand(self.folder, network.config, **self.expected)
        return network

    def skeleton(self) -> Network:
        """The network without its weights."""
        return skeleton(self.kind, self.folder)

    def check(self) -> Network:
        """The network without its weights, which are looked at, but not read."""
        if not self.folder.is_dir():
            raise WeightsError(f"{self.folder} is missing: fetch the model again")
        network = self.skeleton()
        demand_every_tensor(network, stored_tensors(self.folder), self.folder)
        demand(self.folder, network.config, **self.expected)
        return network


@dataclass(frozen=True, slots=True)
class Networks:
    """The networks that a model of such a *geometry* consists of."""

    weights: Weights
    geometry: Geometry

    def __iter__(self) -> Iterator[NetworkPart[Any]]:
        yield from (self.prior, self.text_encoder, self.image_encoder)
        if self.weights.family.reads_prompts:
            yield self.multilingual
        yield from (self.unet(self.weights.decoder), self.movq)
        if self.weights.inpaint:
            yield self.unet(self.weights.inpaint)

    @property
    def prior(self) -> NetworkPart[PriorTransformer]:
        """The transformer of the diffusion prior."""
        return NetworkPart(self.weights.prior / "prior", PriorTransformer, _PRIOR)

    @property
    def text_encoder(self) -> NetworkPart[CLIPTextModelWithProjection]:
        """CLIP's text half: what the prior reads."""
        sizes = {
            "hidden_size": self.geometry.embedding,
            "projection_dim": self.geometry.embedding,
            "max_position_embeddings": self.geometry.tokens,
        }
        folder = self.weights.prior / "text_encoder"
        return NetworkPart(folder, CLIPTextModelWithProjection, sizes)

    @property
    def image_encoder(self) -> NetworkPart[CLIPVisionModelWithProjection]:
        """CLIP's image half, in whose space embeddings lie."""
        sizes = {"projection_dim": self.geometry.embedding}
        folder = self.weights.prior / "image_encoder"
        return NetworkPart(folder, CLIPVisionModelWithProjection, sizes)

    @property
    def multilingual(self) -> NetworkPart[MultilingualCLIP]:
        """XLM-R: what the decoder of 2.1 reads."""
        unet = configuration(self.weights.decoder / "unet")
        sizes = {
            "hidden_size": unet.get("encoder_hid_dim"),
            "numDims": self.geometry.embedding,
        }
        folder = self.weights.decoder / "text_encoder"
        return NetworkPart(folder, MultilingualCLIP, sizes)

    @property
    def movq(self) -> NetworkPart[VQModel]:
        """The autoencoder."""
        sizes = {"latent_channels": self.geometry.channels}
        return NetworkPart(self.weights.decoder / "movq", VQModel, sizes)

    def unet(self, half: Path) -> NetworkPart[UNet2DConditionModel]:
        """The U-Net of either decoder; embeddings enter it where its family says."""
        reads = self.weights.family.reads_prompts
        entry = "cross_attention_dim" if reads else "encoder_hid_dim"
        sizes = {entry: self.geometry.embedding}
        return NetworkPart(half / "unet", UNet2DConditionModel, sizes)

    def regressions(self) -> Iterator[tuple[Path, type[Regression]]]:
        """The folders and the classes of the priors that lie beside the first."""
        if self.weights.linear:
            yield self.weights.linear, LinearPrior
        if self.weights.residual:
            yield self.weights.residual, ResidualPrior

    def regression(
        self,
        folder: Path,
        kind: type[Regression],
        *,
        device: torch.device,
        dtype: torch.dtype,
    ) -> Regression:
        """One of them, or WeightsError."""
        prior = kind.load(folder, device=device, dtype=dtype)
        width = self.geometry.embedding
        demand(folder, prior, text=width, embedding=width)
        return prior

    def clip_words(self, encoder: Any) -> Tokenizer:
        """The tokenizer of CLIP's text half, whose configuration is *encoder*."""
        folder = self.weights.prior / "tokenizer"
        tokenizer = clip_tokenizer(folder, length=self.geometry.tokens)
        return _known(tokenizer, folder, encoder.vocab_size)

    def multilingual_words(self, encoder: Any) -> Tokenizer:
        """The tokenizer of the XLM-R whose configuration is *encoder*."""
        folder = self.weights.decoder / "tokenizer"
        tokenizer = multilingual_tokenizer(folder, pad=encoder.pad_token_id)
        return _known(tokenizer, folder, encoder.vocab_size)

    def preprocessing(self, encoder: Any) -> Preprocessing:
        """How pictures are shown to CLIP's image half, configured as *encoder*."""
        preprocessing = Preprocessing.read(self.weights.prior / "image_processor")
        demand(self.image_encoder.folder, encoder, image_size=preprocessing.crop)
        return preprocessing


def _known(tokenizer: Tokenizer, folder: Path, words: int) -> Tokenizer:
    """Refuses a tokenizer that could name a word its encoder has no vector for."""
    if (size := tokenizer.get_vocab_size()) > words:
        raise WeightsError(
            f"{folder} has {size} words, its encoder knows {words}: "
            "fetch both again from one place"
        )
    return tokenizer
