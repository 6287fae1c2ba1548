"""Convolutions, each computed as its device computes it fastest."""

from functools import cached_property
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from generation.winograd import SIDE, Winograd, tiles_of

FEWEST_TILES: Final = 8
FEWEST_CHANNELS: Final = 64
LARGEST: Final = 2**19
"""When interpolation pays: measured on two cores with AVX2.

Below, changing to and from points takes longer than it saves. A layer of more weights
would quadruple too much memory.
"""


class Convolution:
    """A frozen, undilated convolution of pictures in channels-last order.

    On a CPU in float32 its weights are brought once into the blocks that oneDNN works
    in, which is done anew at each call of the plain function, and for small pictures
    takes as long as the convolution.
    """

    def __init__(self, layer: nn.Conv2d) -> None:
        self.bias = layer.bias
        self.stride = [int(step) for step in layer.stride]
        self.padding = [int(margin) for margin in layer.padding]
        weight = layer.weight.contiguous(memory_format=torch.channels_last)
        outputs, inputs, *taps = weight.shape
        self.pointwise = taps == [1, 1]
        self.packed = not self.pointwise and _packs(weight)
        self.weight = self._packed(weight) if self.packed else weight
        self.interpolates = (
            self.packed
            and (taps, self.stride, self.padding) == ([3, 3], [1, 1], [1, 1])
            and min(outputs, inputs) >= FEWEST_CHANNELS
            and outputs * inputs <= LARGEST
        )

    def __call__(self, x: Tensor) -> Tensor:
        """The convolution of *x* [n, channels, h, w]."""
        if self.pointwise:
            y = functional.linear(
                x.permute(0, 2, 3, 1), self.weight[:, :, 0, 0], self.bias
            )
            return y.permute(0, 3, 1, 2)
        if self._interpolated(x):
            return self._winograd(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        if self.packed:
            packed: Tensor = torch.ops.mkldnn._convolution_pointwise(  # noqa: SLF001
                x, self.weight, self.bias, self.padding, self.stride, [1, 1], 1,
                "none", [], "",
            )  # fmt: skip
            return packed
        return functional.conv2d(x, self.weight, self.bias, self.stride, self.padding)

    def onto(self, base: Tensor, x: Tensor) -> Tensor:
        """*base* plus the convolution of *x*; overwrites *base*."""
        if self._interpolated(x):
            self._winograd(x.permute(0, 2, 3, 1), base.permute(0, 2, 3, 1))
            return base
        return base.add_(self(x))

    def _interpolated(self, x: Tensor) -> bool:
        """Whether there are enough tiles, most of which do not reach over the edges."""
        if not self.interpolates:
            return False
        n, _, h, w = x.shape
        tiles = n * tiles_of(h) * tiles_of(w)
        return tiles >= FEWEST_TILES and SIDE * SIDE * tiles <= 1.6 * n * h * w

    @cached_property
    def _winograd(self) -> Winograd:
        return Winograd(self.weight.to_dense(), self.bias)

    def _packed(self, weight: Tensor) -> Tensor:
        """*weight* in blocks for pictures of any size; told of none, it is slow."""
        size = [1, weight.shape[1], 16, 16]
        packed: Tensor = torch.ops.mkldnn._reorder_convolution_weight(  # noqa: SLF001
            weight, self.padding, self.stride, [1, 1], 1, size
        )
        return packed


def _packs(weight: Tensor) -> bool:
    return (
        weight.device.type == "cpu"
        and weight.dtype == torch.float32
        and torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    )
