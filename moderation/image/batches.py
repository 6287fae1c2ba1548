"""Pictures by the thousand: what an encoder is shown of them, quickly.

The same two views as in `views`, cut from pixels that a decoder has perhaps scaled down
already. They differ from the exact ones by a few shades: whoever decides by a score
that lies close to a threshold looks again, the exact way.
"""

from collections.abc import Sequence
from math import ceil, floor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from moderation.image.preprocessing import GREY, LARGEST, Preprocessing

_MARGIN = 16  # pixels around what is looked at, to choose from
Pixels = NDArray[np.uint8]


_CANVAS = np.full((LARGEST, LARGEST, 3), GREY, np.uint8)


def squares(pixels: Pixels, wanted: Preprocessing) -> Pixels:
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
    """What `Preprocessing` cuts out of *pixels*, to a fraction of a pixel."""
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
    """How to get the middle *crop* of *length* pixels, were they *scaled*.

    What is to be seen rarely begins between two pixels. Of those before it, and behind
    it, so many are taken along that they make whole pixels, nearly. More than a few are
    not: a line of pixels would become a huge picture.
    """
    size = length / scaled
    start = (scaled - crop) // 2 * size
    end = start + crop * size
    ahead = _wholest([start - i for i in range(floor(start), -1, -1)[:_MARGIN]], size)
    behind = _wholest([i - end for i in range(ceil(end), length + 1)[:_MARGIN]], size)
    made = crop + round(ahead / size) + round(behind / size)
    return _Window(round(start - ahead), round(end + behind), made, round(ahead / size))


def _wholest(lengths: Sequence[float], size: float) -> float:
    """That of *lengths* which is the nearest to a multiple of *size*."""
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
