"""What CLIP sees in a picture."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import torch
from PIL.Image import Image, Resampling
from torch import Tensor

from generation.checkpoints.configuration import Config, configuration
from generation.checkpoints.networks import CLIPVisionModelWithProjection
from generation.errors import WeightsError
from generation.images import picture

STEPS: Final = ("do_resize", "do_center_crop", "do_rescale", "do_normalize")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preprocessing:
    """CLIP's way from a picture to numbers: resize, crop the middle, normalise."""

    side: int
    crop: int
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __post_init__(self) -> None:
        if not 0 < self.crop <= self.side:
            raise ValueError(f"cannot crop {self.crop} pixels out of {self.side}")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """What *folder*/preprocessor_config.json asks for, or WeightsError."""
        config = configuration(folder, "preprocessor_config.json")
        try:
            _demand_known_steps(config)
            return cls(
                side=_length(config["size"], "shortest_edge"),
                crop=_length(config["crop_size"], "height"),
                mean=_colours(config["image_mean"]),
                std=_colours(config["image_std"]),
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


@dataclass(frozen=True, slots=True)
class ImageReader:
    """Reads pictures for the decoder: CLIP's image half."""

    encoder: CLIPVisionModelWithProjection
    preprocessing: Preprocessing

    def read(self, image: Image) -> Tensor:
        """The embedding [1, d] of *image*, float32, not normalised."""
        return self._embedding(self.preprocessing(picture(image)))

    def nothing(self) -> Tensor:
        """The embedding [1, d] of an all-zero tensor, which is a grey picture to CLIP.

        The decoder learnt to take it for the lack of one.
        """
        side = self.preprocessing.crop
        return self._embedding(torch.zeros(1, 3, side, side))

    def _embedding(self, pixels: Tensor) -> Tensor:
        place: Any = self.encoder
        out = self.encoder(pixels.to(place.device, place.dtype))
        embedding: Tensor = out.image_embeds.float()
        return embedding


def _colours(numbers: list[float]) -> tuple[float, ...]:
    red, green, blue = map(float, numbers)
    return red, green, blue


def _length(size: Any, name: str) -> int:
    """A side in pixels, written as a number or as `{name: number}`."""
    return int(size[name] if isinstance(size, dict) else size)


def _demand_known_steps(config: Config) -> None:
    if skipped := [step for step in STEPS if not config.get(step, True)]:
        raise ValueError(f"{skipped} must be true")
    if config.get("resample", Resampling.BICUBIC) != Resampling.BICUBIC:
        raise ValueError(f"resample must be bicubic (3), got {config['resample']}")
