"""How pictures and masks are laid out: scaled, cropped, padded and put together."""

from typing import Final

import numpy as np
import PIL.Image
import torch
from PIL import ImageOps
from PIL.Image import Image, Resampling
from PIL.ImageFilter import BoxBlur
from torch import Tensor

from generation.errors import ImageError

BLACK: Final = 0
WHITE: Final = 255


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


def laid(image: Image, *, left: int, top: int, width: int, height: int) -> Image:
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
    return laid(image, left=left, top=top, width=width, height=height)


def pixels(image: Image) -> Tensor:
    """An RGB *image* [1, 3, height, width] as the autoencoder reads it, in -1..1."""
    shades = torch.from_numpy(np.array(image, np.float32))
    return (shades / 127.5 - 1).permute(2, 0, 1)[None].contiguous()


def composed(painted: Image, original: Image, mask: Image, *, feather: int) -> Image:
    """*painted* where *mask* is white, and *original*, bit by bit, elsewhere.

    One fades into the other outside of the white, within *feather* pixels (of the
    larger of the two coordinates' distances), an even number.
    """
    return PIL.Image.composite(painted, original, _feathered(mask, feather // 2))


def _feathered(mask: Image, radius: int) -> Image:
    """*mask*, falling from 255 to 0 within twice *radius* px around the white.

    Spreading the white by as much as it is blurred afterwards leaves it whole.
    """
    for along in ((radius, 0), (0, radius)):
        mask = mask.filter(BoxBlur(along)).point(_lit)
    return mask.filter(BoxBlur(radius))


def _lit(shade: int) -> int:
    return WHITE if shade else BLACK
