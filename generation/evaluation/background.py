"""The colour behind an object, by the pixels along the border."""

import numpy as np
from PIL import Image

from generation.world.vocabulary import Colour, nearest_colour

BORDER = 16  # the border is this part of the shorter side, at least a pixel


def background_of(picture: Image.Image) -> Colour:
    """The named colour nearest to the median of the border of *picture*."""
    pixels = np.asarray(picture.convert("RGB"), dtype=np.float64)
    width = max(1, min(picture.size) // BORDER)
    inside = np.zeros(pixels.shape[:2], dtype=bool)
    inside[width:-width, width:-width] = True
    red, green, blue = np.median(pixels[~inside], axis=0)
    return nearest_colour((red, green, blue))
