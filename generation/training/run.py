"""One training run: its plan, its folder, and what earlier stages left there."""

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
from generation.training.dataset import Data
from generation.training.latents import Encoded
from generation.training.loop import Watch
from generation.training.pairs import Pairs
from generation.training.plan import Plan
from generation.training.start import Start
from generation.training.vocabularies import Vocabularies

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
    """A *plan*, where it starts, what it learns from, its *folder*, and who watches."""

    plan: Plan
    start: Start
    data: Data
    folder: Path
    watch: Watch
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
        """Where the state of *stage* lies."""
        return self.folder / f"{stage}.safetensors"

    def latents(self, index: int) -> Path:
        """Where the encoded pictures of the plan's format number *index* lie."""
        return self.folder / f"latents-{index}.safetensors"

    def seed(self, stage: str) -> int:
        """Another seed for every stage."""
        return self.plan.seed + SEEDED.index(stage)

    @contextmanager
    def chance(self, stage: str) -> Iterator[None]:
        """Makes the first weights of *stage* depend on its seed alone."""
        with torch.random.fork_rng():
            torch.manual_seed(self.seed(stage))
            yield

    def vocabularies(self) -> Vocabularies:
        """The tokenizers of this run, or CheckpointError."""
        if not self.tokenizers.is_dir():
            raise CheckpointError(
                f"{self.tokenizers} is not there: take the stage tokenizers first"
            )
        return Vocabularies.read(self.tokenizers)

    def towers(self) -> clip.Towers:
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

    def pairs(self) -> Pairs:
        """Captions of the squares and the squares themselves, as CLIP sees them."""
        return Pairs(
            text=self.towers().text,
            vocabulary=self.vocabularies().clip,
            encoded=Encoded.read(self.latents(0)),
            data=self.data,
        )

    def averaged(self, stage: str, network: Network, prefix: str = "") -> Network:
        """*network* with the average that *stage* left below *prefix*, frozen."""
        checkpoint.averaged_into(network, self.file(stage), prefix)
        frozen: Network = network.requires_grad_(requires_grad=False).eval()
        return frozen.to(self.device)
