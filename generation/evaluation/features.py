"""What makes features of pictures, for the Fréchet distance."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, Protocol, TypeVar

import numpy as np
import torch
from PIL import Image
from torch.nn.functional import interpolate

from generation.errors import EvaluationError
from generation.evaluation.frechet import Features
from generation.evaluation.inception import SIDE, Inception, loaded
from generation.evaluation.judges import Judge

BATCH: Final = 16
Item = TypeVar("Item")


class Sight(Protocol):
    """Sees pictures as points."""

    @property
    def name(self) -> str:
        """What it is, for the report."""
        ...

    def features(self, pictures: Iterable[Image.Image]) -> Features:
        """The features of *pictures*, [n, d]."""
        ...


@dataclass(frozen=True, slots=True)
class ClipSight:
    """The model's own CLIP: its figures compare with no other model's."""

    judge: Judge
    name: str = "the model's own CLIP image tower"

    def features(self, pictures: Iterable[Image.Image]) -> Features:
        """The embeddings, not normalised."""
        return self.judge.seen(pictures)


@dataclass(frozen=True, slots=True)
class InceptionSight:
    """Inception v3 with the weights that FID is usually measured by."""

    network: Inception
    name: str = "Inception v3, last pooling, 2048 features"

    @classmethod
    def load(cls, file: Path) -> "InceptionSight":
        """The network with the weights in *file*, in the layout of pytorch-fid."""
        try:
            return cls(loaded(file))
        except (OSError, RuntimeError, ValueError) as error:
            raise EvaluationError(
                f"{file} does not hold Inception weights in the layout of"
                f" pytorch-fid: {str(error)[:200]}"
            ) from error

    @torch.inference_mode()
    def features(self, pictures: Iterable[Image.Image]) -> Features:
        """What the last pooling layer says, of pictures in -1..1 at 299 pixels."""
        rows = []
        for batch in _batches(pictures):
            pixels = torch.stack([torch.from_numpy(np.array(one)) for one in batch])
            scaled = interpolate(
                pixels.permute(0, 3, 1, 2).float() / 255,
                size=(SIDE, SIDE),
                mode="bilinear",
                align_corners=False,
            )
            rows.append(self.network(scaled * 2 - 1).double())
        found: Features = torch.cat(rows).numpy()
        return found


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    rest = iter(items)
    while batch := list(islice(rest, BATCH)):
        yield batch
