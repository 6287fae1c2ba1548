"""Loading of one model: published networks become the parts of a pipeline."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

import torch
from torch.cuda import is_bf16_supported as has_bfloat16

from generation.autoencoder import Autoencoder
from generation.checkpoints.families import Family
from generation.checkpoints.geometry import Geometry
from generation.checkpoints.parts import ModelParts
from generation.checkpoints.weights import Weights
from generation.decoder import Decoder
from generation.errors import DeviceError
from generation.image_encoder import ImageEncoder
from generation.priors import Prior
from generation.priors.diffusion import DiffusionPrior
from generation.priors.regression import IdentityPrior, RegressionPrior
from generation.priors.transformer import PriorNetwork
from generation.recipe import PriorKind
from generation.schedules import decoder_alphas, prior_alphas
from generation.text_encoders import ClipTextEncoder, MultilingualTextEncoder
from generation.translation import Translator
from generation.unet import UNet
from torch_runtime.devices import find_device

DTYPES: Final = MappingProxyType(
    {
        "float32": torch.float32,
        "bfloat16": torch.bfloat16,
        "float16": torch.float16,
    }
)
"""The dtypes that networks can be loaded in, by name."""

CLAMP: Final = 1.0
"""Bound of the clean latents that the decoder of 2.2 was published with."""


@dataclass(frozen=True)  # no slots: cached_property needs a place to keep the encoder
class Loader:
    """Loads the parts of *weights* one by one onto *device* in *dtype*."""

    weights: Weights
    geometry: Geometry
    device: torch.device
    dtype: torch.dtype

    @classmethod
    def of(
        cls,
        weights: Weights,
        geometry: Geometry,
        device: str,
        dtype: str | None = None,
    ) -> Self:
        """A loader onto *device*, or DeviceError where torch does not find it.

        Unless a *dtype* of `DTYPES` is named, it is single precision on a CPU, and
        elsewhere the half precision that the device is made for.
        """
        try:
            found = find_device(device)
        except LookupError as error:
            raise DeviceError(str(error)) from error
        return cls(weights, geometry, found, _dtype(dtype or default_dtype(found)))

    @property
    def parts(self) -> ModelParts:
        """The parts by name."""
        return ModelParts(self.weights, self.geometry)

    def clip_text_encoder(self) -> ClipTextEncoder:
        """CLIP's text half, which all priors read with; loaded once."""
        return self._clip_text_encoder

    def image_encoder(self) -> ImageEncoder:
        """CLIP's image half."""
        network = self.parts.image_encoder.load(device=self.device, dtype=self.dtype)
        return ImageEncoder(network, self.parts.image_processor(network.config))

    def priors(self) -> dict[PriorKind, Prior]:
        """The priors that this model has: two always, and those trained for it."""
        found: dict[PriorKind, Prior] = {
            PriorKind.DIFFUSION: self._diffusion_prior(),
            PriorKind.NONE: IdentityPrior(),
        }
        for folder, kind in self.parts.regressions():
            network = self.parts.regression(
                folder, kind, device=self.device, dtype=self.dtype
            )
            found[kind.kind] = RegressionPrior(network)
        return found

    def multilingual_text_encoder(self) -> MultilingualTextEncoder | None:
        """XLM-R, for decoders that read prompts."""
        if not self.weights.family.reads_prompts:
            return None
        network = self.parts.multilingual.load(device=self.device, dtype=self.dtype)
        tokenizer = self.parts.multilingual_tokenizer(network.config)
        return MultilingualTextEncoder(tokenizer, network)

    def decoder(self) -> Decoder:
        """The decoder that begins with noise alone."""
        clamp = CLAMP if self.weights.family is Family.KANDINSKY_22 else None
        return self._decoder(self.weights.decoder, clamp)

    def inpaint(self) -> Decoder | None:
        """The inpainting decoder, where there is one."""
        folder = self.weights.inpaint
        return None if folder is None else self._decoder(folder, None)

    def autoencoder(self) -> Autoencoder:
        """MoVQ."""
        network = self.parts.movq.load(device=self.device, dtype=self.dtype)
        return Autoencoder.of(network)

    def translator(self) -> Translator | None:
        """The translator of Russian prompts, where there is one."""
        folder = self.weights.translation
        return None if folder is None else Translator.load(folder, device=self.device)

    @cached_property
    def _clip_text_encoder(self) -> ClipTextEncoder:
        network = self.parts.text_encoder.load(device=self.device, dtype=self.dtype)
        return ClipTextEncoder(self.parts.clip_tokenizer(network.config), network)

    def _diffusion_prior(self) -> DiffusionPrior:
        network = self.parts.prior.load(device=self.device, dtype=self.dtype)
        empty = self.clip_text_encoder().encode("")
        return DiffusionPrior(PriorNetwork.of(network, empty), prior_alphas())

    def _decoder(self, folder: Path, clamp: float | None) -> Decoder:
        network = self.parts.unet(folder).load(device=self.device, dtype=self.dtype)
        return Decoder(
            network=UNet.of(network),
            alphas=decoder_alphas(),
            learned_variance=self.weights.family is Family.KANDINSKY_21,
            clamp=clamp,
        )


def default_dtype(device: torch.device) -> str:
    """The dtype that networks compute best in on *device*, one of `DTYPES`."""
    if device.type == "cpu":
        return "float32"
    if device.type == "cuda" and has_bfloat16(including_emulation=False):
        return "bfloat16"
    return "float16"


def _dtype(name: str) -> torch.dtype:
    if name not in DTYPES:
        known = ", ".join(DTYPES)
        raise DeviceError(f"dtype must be one of {known}, got {name!r}")
    return DTYPES[name]
