"""Initial latents: noise, a picture to start from, or one with a region to keep."""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import PIL.Image
import torch
from PIL.Image import Image
from torch import Tensor
from torch.nn.functional import max_pool2d, pad

from generation.checkpoints.geometry import Geometry
from generation.errors import ImageError
from generation.images import (
    BLACK,
    WHITE,
    composite,
    fitted,
    fitted_mask,
    padded,
    placed,
    to_mask,
    to_rgb,
    to_tensor,
)
from generation.regimes import Blank, Canvas, Masked, Sketch, Window

NEIGHBOURS: Final = ((-1, -1), (-1, 0), (0, -1), (0, 1), (1, 0), (1, 1))
"""Cells, as (down, right), repainted along with a cell; the authors' choice."""


class Encoder(Protocol):
    """The first half of an autoencoder."""

    def encode(self, pixels: Tensor) -> Tensor:
        """The latent [1, channels, h, w], float32, of [1, 3, H, W] within -1..1."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeptRegion:
    """The region of a picture that is kept.

    *cells* [1, 1, rows, columns] are 1 where the latent is kept and 0 where it is
    repainted; they are float32. *image* has the recipe's size, as has *mask*,
    which is white where *image* does not count. Within *feather* pixels of the white
    the two pictures fade into each other.
    """

    cells: Tensor
    image: Image
    mask: Image
    feather: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LatentInit:
    """The latent that sampling begins with.

    *latent* [1, channels, rows, columns], float32, is that of a given picture, and zero
    where there is none. With a *strength* sampling starts from it, under so much noise.
    The *kept* region is restored.
    """

    latent: Tensor
    strength: float | None = None
    kept: KeptRegion | None = None

    @property
    def shape(self) -> torch.Size:
        """The latent's, [1, channels, rows, columns]."""
        return self.latent.shape

    @property
    def keep(self) -> Tensor | None:
        """The kept cells [1, 1, rows, columns], 1 or 0; None without a kept region."""
        return None if self.kept is None else self.kept.cells

    def input(self, x: Tensor) -> Tensor:
        """The network's input for the noisy *x*.

        An inpainting network also sees the kept latent and its mask: cat(x, z m, m).
        """
        if self.kept is None:
            return x
        return torch.cat([x, self.latent, self.kept.cells], dim=1)

    def blended(self, clean: Tensor) -> Tensor:
        """The prediction *clean* with the kept latent restored: x0 (1 - m) + z m."""
        if self.kept is None:
            return clean
        return clean * (1 - self.kept.cells) + self.latent

    def finished(self, painted: Image) -> Image:
        """*painted*, of the recipe's size, with the kept pixels restored.

        The autoencoder alters them, however well the latent was kept.
        """
        if self.kept is None:
            return painted
        kept = self.kept
        return composite(painted, kept.image, kept.mask, feather=kept.feather)


def prepare_latent(
    canvas: Canvas, width: int, height: int, geometry: Geometry, encoder: Encoder
) -> LatentInit:
    """The initial latent of a picture of *width* by *height* pixels.

    Raises:
        ImageError: if the canvas's picture or mask cannot be used.
    """
    layout = _LatentLayout(width, height, geometry, encoder)
    match canvas:
        case Blank():
            rows, columns = geometry.cells(width, height)
            return LatentInit(latent=torch.zeros(1, geometry.channels, rows, columns))
        case Sketch(image, strength):
            sketch = fitted(to_rgb(image), width, height)
            return LatentInit(latent=layout.encoded(sketch), strength=strength)
        case Masked(image, mask):
            original = to_rgb(image)
            white = fitted_mask(to_mask(mask, original), width, height)
            return layout.masked(fitted(original, width, height), white)
        case Window(image, left, top):
            return layout.outpainted(to_rgb(image), left, top)


@dataclass(frozen=True, slots=True)
class _LatentLayout:
    """Encodes pictures for one recipe and one model."""

    width: int
    height: int
    geometry: Geometry
    encoder: Encoder

    def encoded(self, image: Image) -> Tensor:
        """The latent of *image*, which has the recipe's size."""
        return self.encoder.encode(to_tensor(self._whole(image)))

    def masked(self, image: Image, mask: Image) -> LatentInit:
        """The latent of *image*, kept where *mask* is not white; both have the size."""
        latent = self.encoded(image)
        cells = self._cells(mask).to(latent.device)
        kept = KeptRegion(
            cells=cells, image=image, mask=mask, feather=self.geometry.cell
        )
        return LatentInit(latent=latent * cells, kept=kept)

    def outpainted(self, image: Image, left: int, top: int) -> LatentInit:
        """The latent of *image*, kept, its upper left corner at (*left*, *top*)."""
        right, bottom = left + image.width, top + image.height
        place = f"the {image.width} x {image.height} picture at ({left}, {top})"
        canvas = f"the {self.width} x {self.height} canvas"
        if right <= 0 or bottom <= 0 or left >= self.width or top >= self.height:
            raise ImageError(f"{place} lies outside of {canvas}: move it in")
        if left <= 0 and top <= 0 and right >= self.width and bottom >= self.height:
            raise ImageError(f"nothing to paint: {place} covers {canvas}")
        mask = self._mask_around(left, top, right, bottom)
        if not self._cells(mask).any():
            raise ImageError(
                f"too little of {place} lies on {canvas}: its border is "
                "painted anew, so nothing would be kept: move or scale it"
            )
        on = placed(image, left=left, top=top, width=self.width, height=self.height)
        return self.masked(on, mask)

    def _mask_around(self, left: int, top: int, right: int, bottom: int) -> Image:
        """White around the box, and along its sides, so that the seam is repainted.

        A side on the canvas's edge or beyond has no seam.
        """
        border = self.geometry.cell
        box = (
            left + border if left > 0 else 0,
            top + border if top > 0 else 0,
            right - border if right < self.width else self.width,
            bottom - border if bottom < self.height else self.height,
        )
        mask = PIL.Image.new("L", (self.width, self.height), WHITE)
        if box[0] < box[2] and box[1] < box[3]:
            mask.paste(BLACK, box)
        return mask

    def _cells(self, mask: Image) -> Tensor:
        shades = torch.from_numpy(np.array(self._whole(mask)))
        return latent_mask(shades[None, None] > 0, self.geometry.cell)

    def _whole(self, image: Image) -> Image:
        """*image* with edges as far as the latent reaches."""
        rows, columns = self.geometry.cells(self.width, self.height)
        cell = self.geometry.cell
        return padded(image, columns * cell, rows * cell)


def latent_mask(white: Tensor, cell: int) -> Tensor:
    """The latent cells [1, 1, h, w] that are kept, 1 or 0, under a mask [1, 1, H, W].

    A *cell* with any *white* pixel is repainted, and with it the neighbours.
    """
    return eroded(1 - max_pool2d(white.float(), cell))


def eroded(keep: Tensor) -> Tensor:
    """*keep* [1, 1, h, w], 1 or 0, less the `NEIGHBOURS` of each cell that is 0.

    The networks were trained with masks grown so by the authors' `prepare_mask`.
    """
    rows, columns = keep.shape[-2:]
    framed = pad(keep, (1, 1, 1, 1), value=1)
    for down, right in NEIGHBOURS:
        shifted = framed[..., 1 + down :, 1 + right :][..., :rows, :columns]
        keep = keep.minimum(shifted)
    return keep
