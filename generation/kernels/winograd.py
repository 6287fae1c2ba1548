"""Convolution by interpolation: a quarter of the multiplications.

F(4 x 4, 3 x 3) after Lavin and Gray 2016, section 4.3: a tile of 6 x 6 pixels becomes
its values at 36 points, where convolving is multiplying, and the products become 4 x 4
pixels of the answer. All three steps are products of matrices, for which CPUs have
their fastest routines.
"""

from collections.abc import Iterator
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

SIDE: Final = 4
"""Of the square of pixels that a tile answers for."""

TAPS: Final = 3
TILE: Final = SIDE + TAPS - 1

POINTS: Final = (0.0, 0.65, -0.65, 1.5, -1.5)
"""Where polynomials are evaluated, besides at infinity.

Of all symmetric points on a grid of 0.05 these lose least in float32, no more than the
direct sum; the customary 0, 1, -1, 2, -2 lose four times as much.
"""

ROOM: Final = 2**19
"""Numbers that are changed to points before they are multiplied: they stay in cache."""

LEAST: Final = 64
"""Tiles that are worth reading all weights for."""


def _monomials(count: int) -> Tensor:
    """The first *count* monomials at all points, [points, count], infinity last."""
    points = torch.tensor(POINTS, dtype=torch.float64)
    infinity = torch.eye(count, dtype=torch.float64)[-1:]
    return torch.cat((torch.vander(points, count, increasing=True), infinity))


def _matrices() -> tuple[Tensor, Tensor, Tensor]:
    """Matrices for tiles, kernels and products of one dimension.

    Toom and Cook's multiplication of polynomials, transposed, so that the inverse
    evaluation falls on the tiles. Scaling its rows by powers of two costs no digits.
    """
    tile = torch.linalg.inv(_monomials(TILE)).T
    scale = tile.abs().sum(1, keepdim=True).log2().round().exp2()
    return tile / scale, _monomials(TAPS) * scale, _monomials(SIDE).T.contiguous()


class Winograd:
    """A frozen 3 x 3 convolution of stride and padding 1, in float32 on a CPU."""

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        tile, kernel, answer = _matrices()
        self.to_points = torch.kron(tile, tile).float()
        self.to_pixels = torch.kron(answer, answer).float()
        values = torch.einsum("ij,ocjk,lk->ilco", kernel, weight.double(), kernel)
        self.weight = values.flatten(0, 1).float().contiguous()
        self.bias = weight.new_zeros(len(weight)) if bias is None else bias

    def __call__(self, x: Tensor, base: Tensor | None = None) -> Tensor:
        """The convolution of *x* [n, h, w, channels], added to *base* if there is one.

        *base* [n, h, w, channels] is overwritten.
        """
        n, h, w, _ = x.shape
        rows, columns, outputs = tiles_of(h), tiles_of(w), self.weight.shape[2]
        covered = rows * SIDE, columns * SIDE
        margins = 0, 0, 1, covered[1] - w + 1, 1, covered[0] - h + 1
        padded = functional.pad(x, margins)
        whole = covered == (h, w)
        onto = base if whole else None
        result = x.new_empty(n, *covered, outputs) if onto is None else onto
        canvas = result.view(n, rows, SIDE, columns, SIDE, outputs)
        for images, band in self._bands(n, rows, columns):
            pixels = self._pixels(padded[images], band, columns)
            if onto is None:
                canvas[images, band] = pixels
            else:
                canvas[images, band] += pixels
        if whole:
            return result
        result = result[:, :h, :w]
        return result.contiguous() if base is None else base.add_(result)

    def _bands(self, n: int, rows: int, columns: int) -> Iterator[tuple[slice, slice]]:
        """Slices of images and of rows of tiles that are worked on at once."""
        tiles = max(LEAST, ROOM // (TILE * TILE * max(self.weight.shape[1:])))
        few = max(1, tiles // (rows * columns))
        band = max(1, min(rows, tiles // columns))
        for image in range(0, n, few):
            for row in range(0, rows, band):
                yield slice(image, image + few), slice(row, min(rows, row + band))

    def _pixels(self, padded: Tensor, band: slice, columns: int) -> Tensor:
        """The answer in tiles [n, rows, SIDE, columns, SIDE, channels]."""
        n, _, _, channels = padded.shape
        image, line, pixel, _ = padded.stride()
        rows = band.stop - band.start
        tiles = (
            padded[:, SIDE * band.start :]
            .as_strided(
                (n, rows, columns, TILE, TILE, channels),
                (image, SIDE * line, SIDE * pixel, line, pixel, 1),
            )
            .reshape(-1, TILE * TILE, channels)
        )
        values = torch.bmm(self.to_points.expand(len(tiles), -1, -1), tiles)
        products = torch.bmm(values.transpose(0, 1), self.weight).transpose(0, 1)
        answer = torch.baddbmm(
            self.bias, self.to_pixels.expand(len(tiles), -1, -1), products
        )
        return answer.view(n, rows, columns, SIDE, SIDE, -1).transpose(2, 3)


def tiles_of(side: int) -> int:
    """The number of tiles that cover *side* pixels."""
    return -(-side // SIDE)
