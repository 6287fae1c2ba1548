"""One training run: its plan, its folder, and the files of earlier stages."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
from torch import nn

from generation.checkpoints.networks import VQModel
from generation.errors import CheckpointError
from generation.training import checkpoint, clip, networks
from generation.training.dataset import Dataset
from generation.training.initial_networks import InitialNetworks
from generation.training.latents import EncodedPictures
from generation.training.loop import Monitor
from generation.training.plan import Plan
from generation.training.regression import CaptionPairs
from generation.training.tokenizers import Tokenizers

Network = TypeVar("Network", bound=nn.Module)

SEEDED = (
    "clip",
    "autoencoder",
    "prior",
    "decoder",
    "polish",
    "linear",
    "residual",
    "inpaint",
)


@dataclass(frozen=True, slots=True)
class Run:
    """A run of *plan* on *data*, begun with *initial* networks, in *folder*."""

    plan: Plan
    initial: InitialNetworks
    data: Dataset
    folder: Path
    monitor: Monitor
    device: torch.device

    @property
    def tokenizers(self) -> Path:
        """The folder of both tokenizers."""
        return self.folder / "tokenizers"

    @property
    def linear(self) -> Path:
        """The folder of the linear prior."""
        return self.folder / "linear"

    def file(self, stage: str) -> Path:
        """The file of the state of *stage*."""
        return self.folder / f"{stage}.safetensors"

    def latents(self, index: int) -> Path:
        """The file of the encoded pictures of the plan's format number *index*."""
        return self.folder / f"latents-{index}.safetensors"

    def seed(self, stage: str) -> int:
        """Another seed for every stage."""
        return self.plan.seed + SEEDED.index(stage)

    @contextmanager
    def seeded(self, stage: str) -> Iterator[None]:
        """Makes the first weights of *stage* depend on its seed alone."""
        with torch.random.fork_rng():
            torch.manual_seed(self.seed(stage))
            yield

    def vocabularies(self) -> Tokenizers:
        """The tokenizers of this run, or CheckpointError."""
        if not self.tokenizers.is_dir():
            raise CheckpointError(
                f"{self.tokenizers} is not there: take the stage tokenizers first"
            )
        return Tokenizers.read(self.tokenizers)

    def towers(self) -> clip.ClipTowers:
        """The trained towers, frozen."""
        return self.averaged("clip", clip.towers(self.plan, self.vocabularies()))

    def movq(self) -> VQModel:
        """The trained autoencoder, frozen."""
        return self.averaged("autoencoder", networks.movq(self.plan.shapes), "movq.")

    def polished(self) -> VQModel:
        """The autoencoder with its polished half, where that is trained, frozen."""
        if not self.file("polish").is_file():
            return self.movq()
        return self.averaged("polish", networks.movq(self.plan.shapes), "movq.")

    def pairs(self) -> CaptionPairs:
        """Captions of the squares and the squares themselves, as CLIP sees them."""
        return CaptionPairs(
            text=self.towers().text,
            vocabulary=self.vocabularies().clip,
            encoded=EncodedPictures.read(self.latents(0)),
            data=self.data,
        )

    def averaged(self, stage: str, network: Network, prefix: str = "") -> Network:
        """*network* with the average that *stage* left below *prefix*, frozen."""
        checkpoint.load_average(network, self.file(stage), prefix)
        frozen: Network = network.requires_grad_(requires_grad=False).eval()
        return frozen.to(self.device)
