"""The inpainting decoder: the decoder, which also sees what is kept of a picture."""

from collections.abc import Sequence
from copy import deepcopy
from math import cos, pi, sin
from typing import Any, Final

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor, nn

from generation.checkpoints.networks import UNet2DConditionModel
from generation.errors import PlanError
from generation.training.loop import Draw

SEEN: Final = 9  # channels: noise, what is kept, and the mask
FINER: Final = 8  # masks are drawn so much finer than latents
BOX: Final = (0.25, 0.75)  # sides of a hole, relative to the picture's
BOX_SHARE: Final = 0.4  # of the holes; the others are rounder
FRAME_SHARE: Final = 0.25  # of the masks keep what is inside and repaint around it
WHOLE_SHARE: Final = 0.1  # of the masks keep nothing
CORNERS: Final = 16


def grown(unet: UNet2DConditionModel) -> UNet2DConditionModel:
    """A copy of the decoder *unet* that sees nine channels, and heeds only the old.

    The five new ones begin with weight zero, so that it paints at first as before.
    """
    wider = deepcopy(unet)
    narrow: nn.Conv2d = wider.conv_in
    wide = nn.Conv2d(SEEN, narrow.out_channels, 3, padding=1)
    with torch.no_grad():
        wide.weight.zero_()
        wide.weight[:, : narrow.in_channels] = narrow.weight
        wide.bias.copy_(narrow.bias)  # type: ignore[union-attr, arg-type]  # both have one
    wider.conv_in = wide.to(narrow.weight.device)
    configured: Any = wider
    configured.register_to_config(in_channels=SEEN)
    return wider


def share(unet: UNet2DConditionModel, parts: Sequence[str]) -> None:
    """Leaves *parts* of *unet* as the decoder has them, or PlanError."""
    for part in parts:
        try:
            unet.get_submodule(part).requires_grad_(requires_grad=False)
        except AttributeError as error:
            known = ", ".join(name for name, _ in unet.named_children())
            raise PlanError(f"the decoder has no part {part!r}, but {known}") from error


def keeps(draw: Draw, shape: torch.Size) -> Tensor:
    """Masks [n, 1, h, w] for latents of *shape*: 1 is kept, 0 is painted anew."""
    count, _, height, width = shape
    masks = [_mask(width, height, draw.numpy) for _ in range(count)]
    return torch.from_numpy(np.stack(masks))[:, None]


def _mask(
    width: int, height: int, random: np.random.Generator
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    if random.random() < WHOLE_SHARE:
        return np.zeros((height, width), np.float32)
    hole = Image.new("L", (FINER * width, FINER * height))
    _punch(ImageDraw.Draw(hole), hole.size, random)
    inside = np.asarray(hole.resize((width, height), Image.Resampling.BOX)) > 0
    kept = inside if random.random() < FRAME_SHARE else ~inside
    return kept.astype(np.float32)


def _punch(
    draw: ImageDraw.ImageDraw, size: tuple[int, int], random: np.random.Generator
) -> None:
    sides = random.uniform(*BOX, 2) * size
    left, top = random.uniform(0, 1, 2) * (size - sides)
    if random.random() < BOX_SHARE:
        draw.rectangle((left, top, left + sides[0], top + sides[1]), fill=255)
        return
    radii = random.uniform(0.7, 1.0, CORNERS)
    corners = [
        (
            left + sides[0] / 2 * (1 + radius * cos(2 * pi * i / CORNERS)),
            top + sides[1] / 2 * (1 + radius * sin(2 * pi * i / CORNERS)),
        )
        for i, radius in enumerate(radii)
    ]
    draw.polygon(corners, fill=255)
