"""What a picture is painted on: nothing, a sketch, or a picture with a hole."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import PIL.Image
import torch
from PIL.Image import Image
from torch import Tensor

from generation.checkpoints.geometry import Geometry
from generation.errors import ImageError
from generation.images import mask_of, picture
from generation.latent_mask import kept_cells
from generation.layout import (
    BLACK,
    WHITE,
    composed,
    fitted,
    fitted_mask,
    laid,
    padded,
    pixels,
)
from generation.regimes import Blank, Canvas, Masked, Sketch, Window


class Encoder(Protocol):
    """The first half of an autoencoder."""

    def encode(self, pixels: Tensor) -> Tensor:
        """The latent [1, channels, h, w], float32, of [1, 3, H, W] within -1..1."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kept:
    """What stays of a picture.

    *cells* [1, 1, rows, columns] are 1 where the latent stays and 0 where it is
    painted anew; they are float32. *image* has the recipe's size, as has *mask*,
    which is white where *image* does not count. Within *feather* pixels of the white
    the two pictures fade into each other.
    """

    cells: Tensor
    image: Image
    mask: Image
    feather: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ground:
    """What a latent begins on.

    *latent* [1, channels, rows, columns], float32, is what is known of the picture,
    and zero where nothing is. With a *strength* the painting begins with it, under so
    much noise. What is *kept* stays.
    """

    latent: Tensor
    strength: float | None = None
    kept: Kept | None = None

    @property
    def shape(self) -> torch.Size:
        """The latent's, [1, channels, rows, columns]."""
        return self.latent.shape

    @property
    def keep(self) -> Tensor | None:
        """The cells [1, 1, rows, columns] that are kept, 1 or 0, if any can be."""
        return None if self.kept is None else self.kept.cells

    def input(self, x: Tensor) -> Tensor:
        """What the network sees for the noisy *x*.

        An inpainting network is shown what is kept, and where: cat(x, z m, m).
        """
        if self.kept is None:
            return x
        return torch.cat([x, self.latent, self.kept.cells], dim=1)

    def blended(self, clean: Tensor) -> Tensor:
        """The prediction *clean* with what is kept put back: x0 (1 - m) + z m."""
        if self.kept is None:
            return clean
        return clean * (1 - self.kept.cells) + self.latent

    def finished(self, painted: Image) -> Image:
        """*painted*, of the recipe's size, with the pixels that are kept put back.

        The autoencoder alters them, however well the latent was kept.
        """
        if self.kept is None:
            return painted
        kept = self.kept
        return composed(painted, kept.image, kept.mask, feather=kept.feather)


def prepare(
    canvas: Canvas, width: int, height: int, geometry: Geometry, encoder: Encoder
) -> Ground:
    """The ground of a picture of *width* by *height* pixels.

    Raises:
        ImageError: if nothing can be painted from the canvas's picture or mask.
    """
    easel = _Easel(width, height, geometry, encoder)
    match canvas:
        case Blank():
            rows, columns = geometry.cells(width, height)
            return Ground(latent=torch.zeros(1, geometry.channels, rows, columns))
        case Sketch(image, strength):
            sketch = fitted(picture(image), width, height)
            return Ground(latent=easel.encoded(sketch), strength=strength)
        case Masked(image, mask):
            original = picture(image)
            white = fitted_mask(mask_of(mask, original), width, height)
            return easel.keeping(fitted(original, width, height), white)
        case Window(image, left, top):
            return easel.around(picture(image), left, top)


@dataclass(frozen=True, slots=True)
class _Easel:
    """Lays pictures out for one recipe and one model."""

    width: int
    height: int
    geometry: Geometry
    encoder: Encoder

    def encoded(self, image: Image) -> Tensor:
        """The latent of *image*, which has the recipe's size."""
        return self.encoder.encode(pixels(self._whole(image)))

    def keeping(self, image: Image, mask: Image) -> Ground:
        """The ground of *image* where *mask* is not white; both have the size."""
        latent = self.encoded(image)
        cells = self._cells(mask).to(latent.device)
        kept = Kept(cells=cells, image=image, mask=mask, feather=self.geometry.cell)
        return Ground(latent=latent * cells, kept=kept)

    def around(self, image: Image, left: int, top: int) -> Ground:
        """The ground of *image*, its upper left corner at (*left*, *top*)."""
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
        on = laid(image, left=left, top=top, width=self.width, height=self.height)
        return self.keeping(on, mask)

    def _mask_around(self, left: int, top: int, right: int, bottom: int) -> Image:
        """White around the box, and along its sides, that the seam be painted anew.

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
        return kept_cells(shades[None, None] > 0, self.geometry.cell)

    def _whole(self, image: Image) -> Image:
        """*image* with edges as far as the latent reaches."""
        rows, columns = self.geometry.cells(self.width, self.height)
        cell = self.geometry.cell
        return padded(image, columns * cell, rows * cell)
