"""Pictures and masks as users bring them, and as everything else here expects them."""

from typing import Final

import numpy as np
import PIL.Image
from numpy.typing import NDArray
from PIL import ImageOps
from PIL.Image import Image

from generation.errors import ImageError

LEAST_SIDE: Final = 16
MOST_SIDE: Final = 8192
MOST_PIXELS: Final = 64_000_000
MOST_ASPECT: Final = 8
"""Encoders scale the shorter side up to theirs, and the longer one with it: of a strip
they would see only the middle, at the price of a picture a thousand times as large."""

HALF: Final = 128
"""The darkest shade that counts as white in a mask: the first above one half."""

_RANGES: Final = {"I": (255, 65535), "F": (1, 255, 65535)}
"""What white may be in a mode that leaves it open."""


def picture(image: Image) -> Image:
    """*image* as 8-bit RGB, upright, with white behind what is transparent.

    Sixteen bits are scaled to eight. Modes I and F do not say what white is: it is the
    least of 1 (F only), 255 and 65535 that no shade exceeds. Nothing else of the file
    is kept: no EXIF, no text, no colour profile.

    Raises:
        ImageError: if the picture is damaged, if a side is not within 16 to 8192 px,
            if it has more than 64 million pixels, or if one side is more than eight
            times the other.
    """
    _demand_fair_size(*image.size)
    return _flat(_upright(image), "white")


def mask_of(mask: Image, image: Image) -> Image:
    """*mask* for *image*, in mode L: 255 where it is to be repainted, otherwise 0.

    White repaints, from half brightness on; what is transparent is not white. *image*
    is upright, as `picture` answers it.

    Raises:
        ImageError: if the mask is damaged, differs in size, or is white nowhere.
    """
    mask = _upright(mask)
    if mask.size != image.size:
        raise ImageError(
            f"a mask must be as large as its picture, {image.width} x {image.height}, "
            f"got {mask.width} x {mask.height}"
        )
    shades = np.asarray(_flat(mask, "black").convert("L"))
    if shades.max() < HALF:
        raise ImageError(
            "nothing to repaint: the mask must be white where the picture is to "
            f"change, its brightest shade is {shades.max()} of 255"
        )
    return PIL.Image.fromarray(shades >= HALF).convert("L")


def _demand_fair_size(width: int, height: int) -> None:
    least, most = sorted((width, height))
    size = f"{width} x {height}"
    if least < LEAST_SIDE or most > MOST_SIDE:
        raise ImageError(
            f"a picture's sides must be {LEAST_SIDE} to {MOST_SIDE} px, got {size}"
        )
    if width * height > MOST_PIXELS:
        raise ImageError(f"a picture has at most {MOST_PIXELS} pixels, got {size}")
    if most > MOST_ASPECT * least:
        raise ImageError(
            f"a picture's longer side is at most {MOST_ASPECT} times the shorter, "
            f"got {size}: crop it"
        )


def _upright(image: Image) -> Image:
    """A copy of *image*, decoded and turned as its EXIF data say."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception as error:
        # files are decoded only here, and fail in more ways than Pillow documents
        raise ImageError(f"the picture is damaged: {error}") from error


def _flat(image: Image, page: str) -> Image:
    """*image* as 8-bit RGB on a *page* of a colour."""
    image = _eight_bits(image)
    if image.mode == "La":
        image = image.convert("LA")  # the only mode that Pillow converts it to
    if image.has_transparency_data:
        paper = PIL.Image.new("RGBA", image.size, page)
        image = PIL.Image.alpha_composite(paper, image.convert("RGBA"))
    flat = image.convert("RGB")
    flat.info.clear()
    return flat


def _eight_bits(image: Image) -> Image:
    """*image*, in mode L if it has more than eight bits to a shade.

    Pillow itself would not scale: it makes everything above 255 white.
    """
    if image.mode.startswith("I;16"):
        return _scaled(np.asarray(image), 65535)
    if image.mode not in _RANGES:
        return image
    shades = np.asarray(image)
    low, high = float(shades.min()), float(shades.max())
    for white in _RANGES[image.mode]:
        if low >= 0 and high <= white:
            return _scaled(shades, white)
    raise ImageError(
        f"the shades of a picture of mode {image.mode} must lie within one of "
        + ", ".join(f"0..{white}" for white in _RANGES[image.mode])
        + f", got {low:g}..{high:g}"
    )


def _scaled(shades: NDArray[np.generic], white: int) -> Image:
    scaled = np.rint(np.multiply(shades, 255 / white, dtype=np.float64))
    return PIL.Image.fromarray(scaled.astype(np.uint8))
