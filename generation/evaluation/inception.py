"""Inception v3 as FID is measured by it: that of TensorFlow's 2015 graph.

torchvision's network, but for how the blocks pool: padding is left out of means, and
the last block takes maxima (pytorch-fid has found this out, and its weights, which
are read here, are for such a network).
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, max_pool2d

import generation.vision_ops  # noqa: F401  # before torchvision

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


def loaded(file: Path) -> Inception:
    """The network with the tensors in *file*, a state that torch.save wrote.

    Raises:
        RuntimeError: if tensors are missing, unknown or of another shape.
    """
    found = Inception()
    found.network.load_state_dict(torch.load(file, map_location="cpu"))
    found.network.fc = nn.Identity()
    return found.requires_grad_(requires_grad=False).eval()


def _pooled(pool: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    """What makes the last branch of a block anew, by *pool*."""

    def hook(block: Any, given: tuple[Tensor], made: Tensor) -> Tensor:
        branch: Tensor = block.branch_pool(pool(given[0]))
        return torch.cat([made[:, : -branch.shape[1]], branch], dim=1)

    return hook


def _mean(x: Tensor) -> Tensor:
    return avg_pool2d(x, kernel_size=3, stride=1, padding=1, count_include_pad=False)


def _highest(x: Tensor) -> Tensor:
    return max_pool2d(x, kernel_size=3, stride=1, padding=1)
