"""Which cells of a latent stay under a mask of pixels."""

from typing import Final

from torch import Tensor
from torch.nn.functional import max_pool2d, pad

NEIGHBOURS: Final = ((-1, -1), (-1, 0), (0, -1), (0, 1), (1, 0), (1, 1))
"""Cells, as (down, right), that a repainted one takes with it; the authors' choice."""


def kept_cells(white: Tensor, cell: int) -> Tensor:
    """The latent cells [1, 1, h, w] that stay, 1 or 0, under a mask [1, 1, H, W].

    A *cell* with any *white* pixel is painted anew, and with it the neighbours.
    """
    return eroded(1 - max_pool2d(white.float(), cell))


def eroded(keep: Tensor) -> Tensor:
    """*keep* [1, 1, h, w], 1 or 0, less the `NEIGHBOURS` of each cell that is 0.

    The networks were trained with masks that the authors' `prepare_mask` had grown so.
    """
    rows, columns = keep.shape[-2:]
    framed = pad(keep, (1, 1, 1, 1), value=1)
    for down, right in NEIGHBOURS:
        shifted = framed[..., 1 + down :, 1 + right :][..., :rows, :columns]
        keep = keep.minimum(shifted)
    return keep
