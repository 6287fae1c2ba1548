"""Decoding of a picture's file to no more pixels than are looked at.

A JPEG is scaled while it is decoded, in whole eighths, which saves most of the work.
The same files are refused as by `moderation.image.uploads`.
"""

from io import BytesIO
from typing import Final

import numpy as np
import PIL.Image
import simplejpeg
from numpy.typing import NDArray

from moderation.errors import ImageRefused
from moderation.image.containers import Container
from moderation.image.uploads import read_image

SIDE: Final = 224
"""Pixels that the shorter side keeps at least, where it has them."""

Pixels = NDArray[np.uint8]

_ORIENTATION: Final = 0x0112  # the EXIF tag
_ON_ITS_SIDE: Final = 5  # this orientation and those above it swap the sides
_TELLING: Final = (b"Exif", b"tiff:Orientation")


def pixels(data: bytes, found: Container, *, side: int = SIDE) -> Pixels:
    """The picture in *data*, upright RGB [h, w, 3], or ImageRefused.

    *found* is from `uploads.checked`. The shorter side has *side* pixels at
    least, or all that there are.
    """
    if found.kind == "JPEG":
        try:
            scaled = simplejpeg.decode_jpeg(
                data,
                "RGB",
                fastdct=False,
                fastupsample=False,
                min_height=side,
                min_width=side,
            )
            return upright(scaled, orientation(data, found))
        except ValueError:
            # four inks, or a fault that Pillow may know how to forgive
            pass
    image = read_image(data)
    smaller = image.reduce(max(1, min(image.size) // side))
    return np.asarray(smaller)


def orientation(data: bytes, found: Container) -> int:
    """Orientation of the camera, 1 to 8 as EXIF counts; 1 where the file has none."""
    if found.kind == "JPEG" and not any(
        word in part for part in found.metadata for word in _TELLING
    ):
        return 1
    try:
        with PIL.Image.open(BytesIO(data), formats=(found.kind,)) as image:
            value = image.getexif().get(_ORIENTATION, 1)
    except Exception as error:
        # a decoder meets hostile bytes here: it fails in more ways than it documents
        raise ImageRefused(f"the picture is damaged: {error}") from error
    return value if isinstance(value, int) and 1 <= value <= 8 else 1  # noqa: PLR2004  # as EXIF


def size(data: bytes, found: Container) -> tuple[int, int]:
    """Width and height of the picture as it is shown; or ImageRefused."""
    if orientation(data, found) >= _ON_ITS_SIDE:
        return found.height, found.width
    return found.width, found.height


def upright(picture: Pixels, turn: int) -> Pixels:
    """*picture* [h, w, 3] as it is meant to be seen; *turn* is an `orientation`."""
    if turn >= _ON_ITS_SIDE:
        picture = picture.swapaxes(0, 1)
    if turn in {2, 3, 6, 7}:
        picture = picture[:, ::-1]
    if turn in {3, 4, 7, 8}:
        picture = picture[::-1]
    return np.ascontiguousarray(picture)
