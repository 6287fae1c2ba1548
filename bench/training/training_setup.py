"""The setup of both sides: untrained networks of a plan, and encoded pictures."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import torch
from PIL.Image import Image

from generation.checkpoints.networks import VQModel
from generation.training import autoencoder, clip, tokenizers
from generation.training.dataset import RenderedDataset, rendered_dataset
from generation.training.latents import EncodedPictures, PictureEncoder
from generation.training.plan import FrameConfig, Plan
from generation.training.tokenizers import Tokenizers

CAPTIONS: Final = 2000
PICTURES: Final = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSetup:
    """Frozen networks of one *plan*, and pictures that they have encoded."""

    plan: Plan
    data: RenderedDataset
    vocabularies: Tokenizers
    towers: clip.ClipTowers
    movq: VQModel
    encoded: EncodedPictures


@contextmanager
def training_setup(plan_file: Path) -> Iterator[TrainingSetup]:
    """The workshop of the plan in *plan_file*, with vocabularies of few captions."""
    plan = Plan.read(plan_file, [f"tokenizers.captions = {CAPTIONS}"])
    data = rendered_dataset(plan)
    with TemporaryDirectory() as folder, torch.random.fork_rng():
        torch.manual_seed(plan.seed)
        tokenizers.train_tokenizers(plan, data, Path(folder) / "tokenizers")
        vocabularies = Tokenizers.read(Path(folder) / "tokenizers")
        towers = clip.towers(plan, vocabularies).requires_grad_(requires_grad=False)
        movq = autoencoder.untrained(plan.shapes).requires_grad_(requires_grad=False)
        encoder = PictureEncoder(
            movq=movq,
            image=towers.image,
            data=data,
            side=plan.side,
            batch=plan.latents.batch,
            monitor=SilentMonitor(),
        )
        yield TrainingSetup(
            plan=plan,
            data=data,
            vocabularies=vocabularies,
            towers=towers,
            movq=movq,
            encoded=encoder.encode(FrameConfig(size=(1.0, 1.0), pictures=PICTURES)),
        )


class SilentMonitor:
    """A monitor that ignores all."""

    def __call__(
        self, stage: str, *, step: int, steps: int, loss: float | None
    ) -> None:
        """Lets a step pass."""

    def shown(self, stage: str, *, step: int, sample: Image) -> None:
        """Lets a sample pass."""
