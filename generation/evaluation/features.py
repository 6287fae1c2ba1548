"""Features of pictures for the Fréchet distance: the model's own CLIP, or Inception v3.

Inception is that of TensorFlow's 2015 graph, by which FID is measured: torchvision's
network, but for the pooling of its blocks. Padding is left out of means, and the last
block takes maxima, as pytorch-fid found out, whose weights are read here. Not
torch-fidelity: it downloads its weights, wants thousands of pictures, and gives no
interval.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, max_pool2d

import torch_runtime.torchvision_operators  # noqa: F401  # before torchvision
from generation.errors import EvaluationError
from generation.evaluation.frechet import Features
from generation.evaluation.judges import ClipJudge

SIDE: Final = 299
CLASSES: Final = 1008
MEAN: Final = ("5b", "5c", "5d", "6b", "6c", "6d", "6e", "7b")
HIGHEST: Final = "7c"


class Inception(nn.Module):
    """From pictures [n, 3, 299, 299] in -1..1 to features [n, 2048]."""

    def __init__(self) -> None:
        super().__init__()
        from torchvision.models.inception import (  # type: ignore[import-untyped]  # noqa: PLC0415  # only who has the weights needs it
            Inception3,
        )

        self.network: Any = Inception3(
            num_classes=CLASSES, aux_logits=False, init_weights=False
        )
        for block in MEAN:
            self._block(block).register_forward_hook(_pooled(_mean))
        self._block(HIGHEST).register_forward_hook(_pooled(_highest))

    def forward(self, pixels: Tensor) -> Tensor:
        """The features of the last pooling layer."""
        features: Tensor = self.network(pixels)
        return features

    def _block(self, name: str) -> nn.Module:
        block: nn.Module = getattr(self.network, f"Mixed_{name}")
        return block


def load_inception(file: Path) -> Inception:
    """The network with the tensors in *file*, a state that torch.save wrote.

    Raises:
        RuntimeError: if tensors are missing, unknown or of another shape.
    """
    found = Inception()
    found.network.load_state_dict(torch.load(file, map_location="cpu"))
    found.network.fc = nn.Identity()
    return found.requires_grad_(requires_grad=False).eval()


def _pooled(pool: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    """A forward hook that replaces the last branch of a block by *pool*."""

    def hook(block: Any, given: tuple[Tensor], made: Tensor) -> Tensor:
        branch: Tensor = block.branch_pool(pool(given[0]))
        return torch.cat([made[:, : -branch.shape[1]], branch], dim=1)

    return hook


def _mean(x: Tensor) -> Tensor:
    return avg_pool2d(x, kernel_size=3, stride=1, padding=1, count_include_pad=False)


def _highest(x: Tensor) -> Tensor:
    return max_pool2d(x, kernel_size=3, stride=1, padding=1)


BATCH: Final = 16
Item = TypeVar("Item")


class FeatureExtractor(Protocol):
    """Extracts features of pictures."""

    @property
    def name(self) -> str:
        """Its name in the report."""
        ...

    def features(self, pictures: Iterable[Image.Image]) -> Features:
        """The features of *pictures*, [n, d]."""
        ...


@dataclass(frozen=True, slots=True)
class ClipFeatures:
    """The model's own CLIP: its figures compare with no other model's."""

    judge: ClipJudge
    name: str = "the model's own CLIP image tower"

    def features(self, pictures: Iterable[Image.Image]) -> Features:
        """The embeddings, not normalised."""
        return self.judge.embed_images(pictures)


@dataclass(frozen=True, slots=True)
class InceptionFeatures:
    """Inception v3 with the weights that FID is usually measured by."""

    network: Inception
    name: str = "Inception v3, last pooling, 2048 features"

    @classmethod
    def load(cls, file: Path) -> "InceptionFeatures":
        """The network with the weights in *file*, in the layout of pytorch-fid."""
        try:
            return cls(load_inception(file))
        except (OSError, RuntimeError, ValueError) as error:
            raise EvaluationError(
                f"{file} does not hold Inception weights in the layout of"
                f" pytorch-fid: {str(error)[:200]}"
            ) from error

    @torch.inference_mode()
    def features(self, pictures: Iterable[Image.Image]) -> Features:
        """The last pooling layer's output for pictures in -1..1 at 299 pixels."""
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
