"""Pictures and masks: checked, converted to 8-bit RGB, scaled, cropped and composed."""

from typing import Final

import numpy as np
import PIL.Image
import torch
from numpy.typing import NDArray
from PIL import ImageOps
from PIL.Image import Image, Resampling
from PIL.ImageFilter import BoxBlur
from torch import Tensor

from generation.errors import ImageError

BLACK: Final = 0
WHITE: Final = 255

LEAST_SIDE: Final = 16
MOST_SIDE: Final = 8192
MOST_PIXELS: Final = 64_000_000
MOST_ASPECT: Final = 8
"""Encoders scale the shorter side up to theirs, and the longer one with it: of a strip
they would see only the middle, at the price of a picture a thousand times as large."""

HALF: Final = 128
"""The darkest shade that counts as white in a mask: the first above one half."""

_RANGES: Final = {"I": (255, 65535), "F": (1, 255, 65535)}
"""Values that white may have in a mode that does not define it."""


def to_rgb(image: Image) -> Image:
    """*image* as 8-bit RGB, upright, with white behind what is transparent.

    Sixteen bits are scaled to eight. Modes I and F do not say what white is: it is the
    least of 1 (F only), 255 and 65535 that no shade exceeds. Nothing else of the file
    is kept: no EXIF, no text, no colour profile.

    Raises:
        ImageError: if the picture is damaged, if a side is not within 16 to 8192 px,
            if it has more than 64 million pixels, or if one side is more than eight
            times the other.
    """
    _require_fair_size(*image.size)
    return _flat(_upright(image), "white")


def to_mask(mask: Image, image: Image) -> Image:
    """*mask* for *image*, in mode L: 255 where it is to be repainted, otherwise 0.

    White repaints, from half brightness on; what is transparent is not white. *image*
    is upright, as `to_rgb` answers it.

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


def fitted(
    image: Image, width: int, height: int, resample: Resampling = Resampling.LANCZOS
) -> Image:
    """*image* scaled to cover *width* by *height*, and its middle cut out."""
    return ImageOps.fit(image, (width, height), resample)


def fitted_mask(mask: Image, width: int, height: int) -> Image:
    """*mask*, L of 0 and 255, fitted as its picture is: no white pixel gets lost.

    Raises:
        ImageError: if all that is white is cut off.
    """
    # in 8 bits, a white pixel among a thousand black ones would be rounded away
    shares = fitted(mask.convert("F"), width, height, Resampling.BOX)
    white = np.asarray(shares) > 0
    if not white.any():
        raise ImageError(
            f"nothing to repaint: of {mask.width} x {mask.height} the middle is cut "
            f"out for {width} x {height}, and the mask is white only outside of it; "
            "ask for a size of the picture's own aspect ratio"
        )
    return PIL.Image.fromarray(white).convert("L")


def placed(image: Image, *, left: int, top: int, width: int, height: int) -> Image:
    """*image* with its upper left corner at (*left*, *top*) of a canvas, in pixels.

    What does not lie on the canvas, *width* by *height*, is cut off. The rest of the
    canvas repeats the edges of what does; that must be a pixel at least.
    """
    across = slice(max(-left, 0), width - left)
    down = slice(max(-top, 0), height - top)
    seen = np.asarray(image)[down, across]
    before = max(top, 0), max(left, 0)
    after = height - seen.shape[0] - before[0], width - seen.shape[1] - before[1]
    margins = [*zip(before, after, strict=True), (0, 0)][: seen.ndim]
    return PIL.Image.fromarray(np.pad(seen, margins, mode="edge"))


def padded(image: Image, width: int, height: int) -> Image:
    """*image* in the middle of *width* by *height*, its edges repeated around it."""
    left = (width - image.width) // 2
    top = (height - image.height) // 2
    return placed(image, left=left, top=top, width=width, height=height)


def to_tensor(image: Image) -> Tensor:
    """An RGB *image* [1, 3, height, width] as the autoencoder reads it, in -1..1."""
    shades = torch.from_numpy(np.array(image, np.float32))
    return (shades / 127.5 - 1).permute(2, 0, 1)[None].contiguous()


def composite(painted: Image, original: Image, mask: Image, *, feather: int) -> Image:
    """*painted* where *mask* is white, and *original*, bit by bit, elsewhere.

    One fades into the other outside of the white, within *feather* pixels (of the
    larger of the two coordinates' distances), an even number.
    """
    return PIL.Image.composite(painted, original, _feathered(mask, feather // 2))


def _require_fair_size(width: int, height: int) -> None:
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


def _feathered(mask: Image, radius: int) -> Image:
    """*mask*, falling from 255 to 0 within twice *radius* px around the white.

    Spreading the white by as much as it is blurred afterwards leaves it whole.
    """
    for along in ((radius, 0), (0, radius)):
        mask = mask.filter(BoxBlur(along)).point(_binary)
    return mask.filter(BoxBlur(radius))


def _binary(shade: int) -> int:
    return WHITE if shade else BLACK
