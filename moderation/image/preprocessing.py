"""What a classifier is shown of a picture, and as which numbers."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import PIL.Image
from numpy.typing import NDArray
from PIL.Image import Image, Resampling

from moderation.errors import ClassifierUnavailable

LARGEST = 512  # pixels of a side of the whole view: encoders see 224 to 336
GREY = (123, 117, 104)  # CLIP's mean colour: it becomes about zero


def views(image: Image) -> tuple[Image, ...]:
    """The pictures to judge in the place of *image*: the worst of them counts.

    An encoder looks at the middle square only: at 9:16 that hides 44 % of the picture.
    So a picture that is not square is also shown whole, on a grey square. Raises
    ValueError where there is nothing to see.
    """
    if not min(image.size):
        raise ValueError(f"there is nothing to see in {image.width} x {image.height}")
    if image.width == image.height:
        return (image,)
    side = min(max(image.size), LARGEST)
    wide, high = (max(1, round(side * x / max(image.size))) for x in image.size)
    whole = image.convert("RGB").resize((wide, high), Resampling.BICUBIC)
    square = PIL.Image.new("RGB", (side, side), GREY)
    square.paste(whole, ((side - whole.width) // 2, (side - whole.height) // 2))
    return (image, square)


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
        if not len(self.mean) == len(self.std) == 3 or min(self.std) <= 0:  # noqa: PLR2004  # colours
            raise ValueError(f"no mean {self.mean} and spread {self.std} of 3 colours")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """What *folder*/preprocessor_config.json asks for, or ClassifierUnavailable."""
        path = folder / "preprocessor_config.json"
        try:
            config = json.loads(path.read_text("utf-8"))
            _check_that_we_do_it(config)
            return cls(
                side=_length(config["size"], "shortest_edge"),
                crop=_length(config["crop_size"], "height"),
                mean=tuple(map(float, config["image_mean"])),
                std=tuple(map(float, config["image_std"])),
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ClassifierUnavailable(f"cannot follow {path}: {error!r}") from error

    def __call__(self, image: Image) -> NDArray[np.float32]:
        """The middle of *image*, normalised: [3, *crop*, *crop*]."""
        rgb = image.convert("RGB")
        short = min(rgb.size)
        # the middle alone is scaled: a line of pixels would become a huge picture
        width, height = (int(self.side * length / short) for length in rgb.size)
        left, top = (width - self.crop) // 2, (height - self.crop) // 2
        across, down = rgb.width / width, rgb.height / height
        right, bottom = left + self.crop, top + self.crop
        box = (left * across, top * down, right * across, bottom * down)
        middle = rgb.resize((self.crop, self.crop), Resampling.BICUBIC, box=box)
        pixels = np.asarray(middle, np.float32) / 255
        normal = (pixels - np.array(self.mean)) / np.array(self.std)
        return np.ascontiguousarray(normal.transpose(2, 0, 1), np.float32)


def _length(size: Any, name: str) -> int:
    """A side in pixels, written as a number or as `{name: number}`."""
    return int(size[name] if isinstance(size, dict) else size)


def _check_that_we_do_it(config: dict[str, Any]) -> None:
    steps = ("do_resize", "do_center_crop", "do_rescale", "do_normalize")
    if skipped := [step for step in steps if not config.get(step, True)]:
        raise ValueError(f"{skipped} must be true")
    if config.get("resample", Resampling.BICUBIC) != Resampling.BICUBIC:
        raise ValueError(f"resample must be bicubic (3), got {config['resample']}")
