"""Styles: filters over a finished picture."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from PIL import Image, ImageChops, ImageFilter, ImageOps

from generation.world.scene import Style

FLAT_COLOURS: Final = 6
NIGHT: Final = (0.30, 0.36, 0.62)  # of each colour's light
MOONLIGHT: Final = (8, 12, 34)
PAPER: Final = 3.5  # of 255: the deviation of its grain


def styled(
    picture: Image.Image, style: Style | None, random: np.random.Generator
) -> Image.Image:
    """*picture* in *style*, RGB of the same size."""
    return picture if style is None else _MADE[style](picture, random)


def _flat(picture: Image.Image, _: np.random.Generator) -> Image.Image:
    few = picture.filter(ImageFilter.ModeFilter(3)).quantize(
        FLAT_COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
    )
    return few.convert("RGB")


def _pencil(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    grey = ImageOps.grayscale(picture)
    soft = ImageOps.invert(grey).filter(ImageFilter.GaussianBlur(3))
    light = np.asarray(grey, np.float32) / np.maximum(
        255 - np.asarray(soft, np.float32), 1
    )
    edges = np.array(grey.filter(ImageFilter.FIND_EDGES), np.float32) / 255
    edges[[0, -1]] = edges[:, [0, -1]] = 0  # the filter leaves the border as it was
    tone = np.clip(np.minimum(light, 1) - 0.8 * edges, 0, 1)
    drawn = 250 * (0.25 + 0.75 * tone) + _grain(tone.shape, random)
    return Image.fromarray(np.clip(drawn, 0, 255).astype(np.uint8)).convert("RGB")


def _night(picture: Image.Image, _: np.random.Generator) -> Image.Image:
    dark = np.asarray(picture, np.float32) * NIGHT + MOONLIGHT
    return Image.fromarray(np.clip(dark, 0, 255).astype(np.uint8))


def _watercolour(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    washed = picture.filter(ImageFilter.ModeFilter(5)).filter(
        ImageFilter.GaussianBlur(0.7)
    )
    rim = ImageOps.invert(
        ImageOps.grayscale(washed).filter(ImageFilter.FIND_EDGES)
    ).point(lambda value: 190 + value // 4)
    wet = ImageChops.multiply(washed, rim.convert("RGB"))
    pale = np.asarray(wet, np.float32) * 0.78 + 52
    grain = _grain(pale.shape[:2], random)[..., None]
    return Image.fromarray(np.clip(pale + grain, 0, 255).astype(np.uint8))


def _grain(
    shape: tuple[int, ...], random: np.random.Generator
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return random.standard_normal(shape, np.float32) * np.float32(PAPER)


_MADE: Final[
    Mapping[Style, Callable[[Image.Image, np.random.Generator], Image.Image]]
] = MappingProxyType(
    {
        Style.FLAT: _flat,
        Style.PENCIL: _pencil,
        Style.NIGHT: _night,
        Style.WATERCOLOUR: _watercolour,
    }
)
