"""What both sides train: the networks of a plan, untrained, and pictures to learn."""

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
from generation.training.latents import Encoded, Encoder
from generation.training.plan import Frames, Plan
from generation.training.rendered import Rendered, rendered
from generation.training.vocabularies import Vocabularies

CAPTIONS: Final = 2000
PICTURES: Final = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """Frozen networks of one *plan*, and pictures that they have encoded."""

    plan: Plan
    data: Rendered
    vocabularies: Vocabularies
    towers: clip.Towers
    movq: VQModel
    encoded: Encoded


@contextmanager
def workshop(plan_file: Path) -> Iterator[Workshop]:
    """The workshop of the plan in *plan_file*, with vocabularies of few captions."""
    plan = Plan.read(plan_file, [f"tokenizers.captions = {CAPTIONS}"])
    data = rendered(plan)
    with TemporaryDirectory() as folder, torch.random.fork_rng():
        torch.manual_seed(plan.seed)
        tokenizers.write(plan, data, Path(folder) / "tokenizers")
        vocabularies = Vocabularies.read(Path(folder) / "tokenizers")
        towers = clip.towers(plan, vocabularies).requires_grad_(requires_grad=False)
        movq = autoencoder.untrained(plan.shapes).requires_grad_(requires_grad=False)
        encoder = Encoder(
            movq=movq,
            image=towers.image,
            data=data,
            side=plan.side,
            batch=plan.latents.batch,
            watch=Unwatched(),
        )
        yield Workshop(
            plan=plan,
            data=data,
            vocabularies=vocabularies,
            towers=towers,
            movq=movq,
            encoded=encoder.encode(Frames(size=(1.0, 1.0), pictures=PICTURES)),
        )


class Unwatched:
    """Nobody looks on."""

    def __call__(
        self, stage: str, *, step: int, steps: int, loss: float | None
    ) -> None:
        """Lets a step pass."""

    def shown(self, stage: str, *, step: int, sample: Image) -> None:
        """Lets a sample pass."""
