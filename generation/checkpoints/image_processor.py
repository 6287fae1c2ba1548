"""CLIP's preprocessing of pictures, read from preprocessor_config.json.

Ours, in place of transformers' CLIPImageProcessor: equal within float32 rounding, and
it refuses a configuration that asks for something else.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import torch
from PIL.Image import Image, Resampling
from torch import Tensor

from generation.checkpoints.network_files import Config, configuration
from generation.errors import WeightsError

STEPS: Final = ("do_resize", "do_center_crop", "do_rescale", "do_normalize")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageProcessor:
    """Resizes the shorter side to *side*, crops the middle to *crop*, normalises."""

    side: int
    crop: int
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __post_init__(self) -> None:
        if not 0 < self.crop <= self.side:
            raise ValueError(f"cannot crop {self.crop} pixels out of {self.side}")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The processor that *folder*/preprocessor_config.json describes.

        Raises WeightsError.
        """
        config = configuration(folder, "preprocessor_config.json")
        try:
            _require_known_steps(config)
            return cls(
                side=_length(config["size"], "shortest_edge"),
                crop=_length(config["crop_size"], "height"),
                mean=_channels(config["image_mean"]),
                std=_channels(config["image_std"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise WeightsError(
                f"cannot follow {folder / 'preprocessor_config.json'} ({error}): "
                "fetch it again"
            ) from error

    def __call__(self, image: Image) -> Tensor:
        """The middle of an RGB *image*, normalised: [1, 3, crop, crop]."""
        short = min(image.size)
        width, height = (self.side * length // short for length in image.size)
        resized = image.resize((width, height), Resampling.BICUBIC)
        left, top = (width - self.crop) // 2, (height - self.crop) // 2
        middle = resized.crop((left, top, left + self.crop, top + self.crop))
        pixels = torch.from_numpy(np.asarray(middle, np.float32) / 255)
        normal = (pixels - torch.tensor(self.mean)) / torch.tensor(self.std)
        return normal.permute(2, 0, 1)[None]


def _channels(numbers: list[float]) -> tuple[float, ...]:
    red, green, blue = map(float, numbers)
    return red, green, blue


def _length(size: Any, name: str) -> int:
    """A side in pixels, written as a number or as `{name: number}`."""
    return int(size[name] if isinstance(size, dict) else size)


def _require_known_steps(config: Config) -> None:
    if skipped := [step for step in STEPS if not config.get(step, True)]:
        raise ValueError(f"{skipped} must be true")
    if config.get("resample", Resampling.BICUBIC) != Resampling.BICUBIC:
        raise ValueError(f"resample must be bicubic (3), got {config['resample']}")
