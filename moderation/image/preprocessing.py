"""CLIP's preprocessing: the views of a picture, exactly or fast, as numbers.

`views` and `Preprocessing` are exact. `square_views` cuts the same two from pixels that
a decoder has perhaps scaled down: they differ by a few shades, so that a score close to
a threshold wants the exact ones.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor
from pathlib import Path
from typing import Any, NamedTuple, Self

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
        """The steps in *folder*/preprocessor_config.json, or ClassifierUnavailable."""
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


_MARGIN = 16  # pixels around what is looked at, to choose from
Pixels = NDArray[np.uint8]


_CANVAS = np.full((LARGEST, LARGEST, 3), GREY, np.uint8)


def square_views(pixels: Pixels, wanted: Preprocessing) -> Pixels:
    """The views of *pixels* [h, w, 3] as *wanted*: [1 or 2, crop, crop, 3].

    The middle comes first; the whole picture on grey follows where it is no square.
    """
    height, width = pixels.shape[:2]
    middle = _middle(pixels, wanted)
    if height == width:
        return middle[np.newaxis]
    scale = min(1, LARGEST / max(height, width))
    whole = _resized(pixels, round(height * scale), round(width * scale))
    return np.stack([middle, _middle(_on_grey(whole), wanted)])


def _middle(pixels: Pixels, wanted: Preprocessing) -> Pixels:
    """The square that `Preprocessing` cuts out of *pixels*, within a pixel."""
    short = min(pixels.shape[:2])
    down, right = (
        _window(length, int(wanted.side * length / short), wanted.crop)
        for length in pixels.shape[:2]
    )
    seen = pixels[down.first : down.last, right.first : right.last]
    larger = _resized(seen, down.made, right.made)
    top, left = down.skipped, right.skipped
    return larger[top : top + wanted.crop, left : left + wanted.crop]


class _Window(NamedTuple):
    """Pixels *first* to *last* become *made*; what is wanted lies behind *skipped*."""

    first: int
    last: int
    made: int
    skipped: int


def _window(length: int, scaled: int, crop: int) -> _Window:
    """The pixels from which to make the middle *crop* of *length*, were they *scaled*.

    What is to be seen rarely begins between two pixels. Of those before it, and behind
    it, so many are taken along that they make whole pixels, nearly. More than a few are
    not: a line of pixels would become a huge picture.
    """
    size = length / scaled
    start = (scaled - crop) // 2 * size
    end = start + crop * size
    ahead = _nearest_multiple(
        [start - i for i in range(floor(start), -1, -1)[:_MARGIN]], size
    )
    behind = _nearest_multiple(
        [i - end for i in range(ceil(end), length + 1)[:_MARGIN]], size
    )
    made = crop + round(ahead / size) + round(behind / size)
    return _Window(round(start - ahead), round(end + behind), made, round(ahead / size))


def _nearest_multiple(lengths: Sequence[float], size: float) -> float:
    """Of *lengths* the one nearest to a multiple of *size*."""
    return min(lengths, key=lambda x: abs(x / size - round(x / size)), default=0.0)


def _on_grey(picture: Pixels) -> Pixels:
    """*picture*, of at most LARGEST a side, in the middle of a grey square."""
    height, width = picture.shape[:2]
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    square = _CANVAS[:side, :side].copy()
    square[top : top + height, left : left + width] = picture
    return square


def _resized(pixels: Pixels, height: int, width: int) -> Pixels:
    """*pixels* by the bicubic filter; torch's is several times as fast as Pillow's."""
    from torch import from_numpy  # noqa: PLC0415  # importing this module stays light
    from torch.nn.functional import interpolate  # noqa: PLC0415  # see above

    size = max(1, height), max(1, width)
    if size == pixels.shape[:2]:
        return pixels
    picture = from_numpy(np.require(pixels, requirements=["C", "W"])).permute(2, 0, 1)[
        np.newaxis
    ]
    [made] = interpolate(picture, size=size, mode="bicubic", antialias=True)
    return np.asarray(made.permute(1, 2, 0).numpy(), np.uint8)
