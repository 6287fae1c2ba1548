"""Brings the networks of one model onto a device."""

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
from generation.checkpoints.parts import Networks
from generation.checkpoints.weights import Weights
from generation.decoder import Decoder
from generation.errors import DeviceError
from generation.image_encoder import ImageReader
from generation.priors import Prior
from generation.priors.diffusion import DiffusionPrior
from generation.priors.identity import IdentityPrior
from generation.priors.transformer import PriorNetwork
from generation.recipe import PriorKind
from generation.schedules import decoder_alphas, prior_alphas
from generation.text_encoders import ClipReader, MultilingualReader
from generation.translation import Translator
from generation.unet import UNet

DTYPES: Final = MappingProxyType(
    {
        "float32": torch.float32,
        "bfloat16": torch.bfloat16,
        "float16": torch.float16,
    }
)
"""What networks can be kept in."""

CLAMP: Final = 1.0
"""The painting decoder of 2.2 was published with its clean latents kept within this."""


@dataclass(frozen=True)  # no slots: cached_property needs a place to keep the reader
class Loader:
    """Loads the parts of *weights* one by one, in numbers of *dtype*."""

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
            place = torch.device(device)
            torch.empty(0, device=place)
        except (AssertionError, RuntimeError) as error:
            raise DeviceError(f"no device {device!r} here: {error}") from error
        return cls(weights, geometry, place, _dtype(dtype or usual_dtype(place)))

    def reader(self) -> ClipReader:
        """CLIP's text half, which all priors read with."""
        return self._reader

    def images(self) -> ImageReader:
        """CLIP's image half."""
        encoder = self.networks.image_encoder.load(device=self.device, dtype=self.dtype)
        return ImageReader(encoder, self.networks.preprocessing(encoder.config))

    def priors(self) -> dict[PriorKind, Prior]:
        """The priors that this model has: two always, and those trained for it."""
        found: dict[PriorKind, Prior] = {
            PriorKind.DIFFUSION: self._diffusion(),
            PriorKind.NONE: IdentityPrior(),
        }
        for folder, kind in self.networks.regressions():
            found[kind.kind] = self.networks.regression(
                folder, kind, device=self.device, dtype=self.dtype
            )
        return found

    def multilingual(self) -> MultilingualReader | None:
        """XLM-R, for decoders that read prompts."""
        if not self.weights.family.reads_prompts:
            return None
        encoder = self.networks.multilingual.load(device=self.device, dtype=self.dtype)
        words = self.networks.multilingual_words(encoder.config)
        return MultilingualReader(words, encoder)

    def decoder(self) -> Decoder:
        """The decoder that begins with noise alone."""
        clamp = CLAMP if self.weights.family is Family.KANDINSKY_22 else None
        return self._decoder(self.weights.decoder, clamp)

    def inpaint(self) -> Decoder | None:
        """The decoder that is also told what to keep, where there is one."""
        half = self.weights.inpaint
        return None if half is None else self._decoder(half, None)

    def autoencoder(self) -> Autoencoder:
        """MoVQ."""
        network = self.networks.movq.load(device=self.device, dtype=self.dtype)
        return Autoencoder.of(network)

    def translator(self) -> Translator | None:
        """What puts Russian prompts into English, where there is something."""
        folder = self.weights.translation
        return None if folder is None else Translator.load(folder, device=self.device)

    @property
    def networks(self) -> Networks:
        """The parts by name."""
        return Networks(self.weights, self.geometry)

    @cached_property
    def _reader(self) -> ClipReader:
        encoder = self.networks.text_encoder.load(device=self.device, dtype=self.dtype)
        return ClipReader(self.networks.clip_words(encoder.config), encoder)

    def _diffusion(self) -> DiffusionPrior:
        network = self.networks.prior.load(device=self.device, dtype=self.dtype)
        unprompted = self.reader().read("")
        return DiffusionPrior(PriorNetwork.of(network, unprompted), prior_alphas())

    def _decoder(self, half: Path, clamp: float | None) -> Decoder:
        network = self.networks.unet(half).load(device=self.device, dtype=self.dtype)
        return Decoder(
            network=UNet.of(network),
            alphas=decoder_alphas(),
            learned_variance=self.weights.family is Family.KANDINSKY_21,
            clamp=clamp,
        )


def usual_dtype(device: torch.device) -> str:
    """The numbers that networks are best kept in on *device*, one of `DTYPES`."""
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
