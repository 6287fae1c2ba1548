"""Reads a picture that a stranger sent.

Kind and sides come from the header; only what passes there is decoded.
"""

from io import BytesIO

import numpy as np
import PIL.Image
from PIL import ImageOps
from PIL.Image import DecompressionBombError, DecompressionBombWarning, Image

from moderation.errors import ImageRefused

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_BYTES = 16 * 2**20
MAX_PIXELS = 16_000_000


def read_image(data: bytes) -> Image:
    """The first frame of *data* as an upright RGB picture, or ImageRefused.

    What is transparent is laid on white. Nothing else of the file is kept: no EXIF, no
    text, no colour profile.
    """
    if len(data) > MAX_BYTES:
        raise ImageRefused(
            f"a picture has at most {MAX_BYTES} bytes, this one has {len(data)}"
        )
    image = _open(data)
    if image.width * image.height > MAX_PIXELS:
        raise ImageRefused(
            f"a picture has at most {MAX_PIXELS} pixels,"
            f" this one has {image.width} x {image.height}"
        )
    try:
        return _on_white(ImageOps.exif_transpose(image))
    except Exception as error:
        # a decoder meets hostile bytes here: it fails in more ways than it documents
        raise ImageRefused(f"the picture is damaged: {error}") from error


def _open(data: bytes) -> Image:
    """The picture of *data*, its header read and nothing decoded."""
    try:
        return PIL.Image.open(BytesIO(data), formats=FORMATS)
    except (DecompressionBombError, DecompressionBombWarning) as error:
        raise ImageRefused(f"a picture has at most {MAX_PIXELS} pixels") from error
    except PIL.UnidentifiedImageError as error:
        raise ImageRefused("the file is no JPEG, PNG or WebP picture") from error
    except Exception as error:
        raise ImageRefused(f"the picture's header is damaged: {error}") from error


def _on_white(image: Image) -> Image:
    """*image* as RGB, the way a browser shows it on a white page."""
    if image.mode.startswith("I;16"):
        # Pillow would not scale sixteen bits to eight: it makes all but black white
        image = PIL.Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if not image.has_transparency_data:
        return image.convert("RGB")
    page = PIL.Image.new("RGBA", image.size, "white")
    return PIL.Image.alpha_composite(page, image.convert("RGBA")).convert("RGB")
