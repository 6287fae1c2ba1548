"""The parts of a model, each with the configuration that fits the others."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import torch
from tokenizers import Tokenizer

from generation.checkpoints.geometry import Geometry
from generation.checkpoints.image_processor import ImageProcessor
from generation.checkpoints.network_files import configuration, stored_tensors
from generation.checkpoints.networks import (
    CLIPTextModelWithProjection,
    CLIPVisionModelWithProjection,
    MultilingualCLIP,
    PriorTransformer,
    UNet2DConditionModel,
    VQModel,
    load,
    require,
    require_every_tensor,
    skeleton,
)
from generation.checkpoints.regressions import (
    LinearNetwork,
    RegressionNetwork,
    ResidualNetwork,
)
from generation.checkpoints.tokenizers import clip_tokenizer, multilingual_tokenizer
from generation.checkpoints.weights import Weights
from generation.errors import WeightsError

Network = TypeVar("Network", bound=torch.nn.Module)

_PRIOR: Final = {
    "added_emb_type": "prd",
    "embedding_proj_norm_type": None,
    "encoder_hid_proj_type": "linear",
    "norm_in_type": None,
}
"""The configuration of the prior of 2.1 and 2.2, among others of its class."""


@dataclass(frozen=True, slots=True)
class NetworkPart(Generic[Network]):
    """A folder for a network of class *kind*, with the *expected* configuration."""

    folder: Path
    kind: type[Network]
    expected: Mapping[str, object] = field(default_factory=dict)

    def load(self, *, device: torch.device, dtype: torch.dtype) -> Network:
        """The network, or WeightsError."""
        network = load(self.kind, self.folder, device=device, dtype=dtype)
        require(self.folder, network.config, **self.expected)
        return network

    def skeleton(self) -> Network:
        """The network without its weights."""
        return skeleton(self.kind, self.folder)

    def check(self) -> Network:
        """The network without its weights, of which only the headers are read."""
        if not self.folder.is_dir():
            raise WeightsError(f"{self.folder} is missing: fetch the model again")
        network = self.skeleton()
        require_every_tensor(network, stored_tensors(self.folder), self.folder)
        require(self.folder, network.config, **self.expected)
        return network


@dataclass(frozen=True, slots=True)
class ModelParts:
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
        """CLIP's text half, which the prior reads with."""
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
        """XLM-R, which the decoder of 2.1 reads with."""
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

    def unet(self, folder: Path) -> NetworkPart[UNet2DConditionModel]:
        """The U-Net of the decoder in *folder*; the input width is by family."""
        reads = self.weights.family.reads_prompts
        entry = "cross_attention_dim" if reads else "encoder_hid_dim"
        sizes = {entry: self.geometry.embedding}
        return NetworkPart(folder / "unet", UNet2DConditionModel, sizes)

    def regressions(self) -> Iterator[tuple[Path, type[RegressionNetwork]]]:
        """The folders and the classes of the priors beside the diffusion prior."""
        if self.weights.linear:
            yield self.weights.linear, LinearNetwork
        if self.weights.residual:
            yield self.weights.residual, ResidualNetwork

    def regression(
        self,
        folder: Path,
        kind: type[RegressionNetwork],
        *,
        device: torch.device,
        dtype: torch.dtype,
    ) -> RegressionNetwork:
        """One of them, or WeightsError."""
        prior = kind.load(folder, device=device, dtype=dtype)
        width = self.geometry.embedding
        require(folder, prior, text=width, embedding=width)
        return prior

    def clip_tokenizer(self, encoder: Any) -> Tokenizer:
        """The tokenizer of CLIP's text half, whose configuration is *encoder*."""
        folder = self.weights.prior / "tokenizer"
        tokenizer = clip_tokenizer(folder, length=self.geometry.tokens)
        return _known(tokenizer, folder, encoder.vocab_size)

    def multilingual_tokenizer(self, encoder: Any) -> Tokenizer:
        """The tokenizer of the XLM-R whose configuration is *encoder*."""
        folder = self.weights.decoder / "tokenizer"
        tokenizer = multilingual_tokenizer(folder, pad=encoder.pad_token_id)
        return _known(tokenizer, folder, encoder.vocab_size)

    def image_processor(self, encoder: Any) -> ImageProcessor:
        """The preprocessing of CLIP's image half, whose configuration is *encoder*."""
        processor = ImageProcessor.load(self.weights.prior / "image_processor")
        require(self.image_encoder.folder, encoder, image_size=processor.crop)
        return processor


def _known(tokenizer: Tokenizer, folder: Path, words: int) -> Tokenizer:
    """Refuses a tokenizer with more tokens than its encoder has vectors for."""
    if (size := tokenizer.get_vocab_size()) > words:
        raise WeightsError(
            f"{folder} has {size} words, its encoder knows {words}: "
            "fetch both again from one place"
        )
    return tokenizer
