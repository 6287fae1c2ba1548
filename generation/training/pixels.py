"""Pictures as tensors, in the ranges that CLIP and the autoencoder expect."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

CLIP_MEAN: Final = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD: Final = (0.26862954, 0.26130258, 0.27577711)


def for_autoencoder(pictures: Sequence[Image.Image]) -> Tensor:
    """*pictures* of one size as [n, 3, height, width] in -1..1."""
    return _unit(pictures) * 2 - 1


def for_clip(pictures: Sequence[Image.Image], side: int) -> Tensor:
    """The middles of *pictures* as [n, 3, side, side], CLIP's scale."""
    mean, std = torch.tensor(CLIP_MEAN), torch.tensor(CLIP_STD)
    squares = _unit([_middle(picture, side) for picture in pictures])
    return (squares - mean.view(3, 1, 1)) / std.view(3, 1, 1)


def _unit(pictures: Sequence[Image.Image]) -> Tensor:
    stacked = np.stack([np.asarray(picture) for picture in pictures])
    return torch.from_numpy(stacked).permute(0, 3, 1, 2).contiguous().float() / 255


def _middle(picture: Image.Image, side: int) -> Image.Image:
    return ImageOps.fit(picture, (side, side), Image.Resampling.BICUBIC)
