"""Convolutions, each computed as its device computes it fastest."""

from functools import cached_property
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from generation.kernels.winograd import SIDE, Winograd, tiles_of

FEWEST_CHANNELS: Final = 96
LEAST_WORK: Final = 4096
LARGEST: Final = 2**19
"""When interpolation pays: measured on two cores with AVX2.

Of few channels, or of few tiles times channels, changing to points and back takes
longer than it saves. A layer of more weights would quadruple too much memory.
"""


class Convolution:
    """A frozen, undilated convolution of pictures in channels-last order.

    On a CPU in float32 those of three by three taps are interpolated where that is
    quicker.
    """

    def __init__(self, layer: nn.Conv2d) -> None:
        self.bias = layer.bias
        self.stride = [int(step) for step in layer.stride]
        self.padding = [int(margin) for margin in layer.padding]
        self.weight = layer.weight.contiguous(memory_format=torch.channels_last)
        outputs, inputs, *taps = self.weight.shape
        self.interpolates = (
            self.weight.device.type == "cpu"
            and self.weight.dtype == torch.float32
            and (taps, self.stride, self.padding) == ([3, 3], [1, 1], [1, 1])
            and min(outputs, inputs) >= FEWEST_CHANNELS
            and outputs * inputs <= LARGEST
        )

    def __call__(self, x: Tensor) -> Tensor:
        """The convolution of *x* [n, channels, h, w]."""
        if self._interpolated(x):
            return self._winograd(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
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
        enough = tiles * min(self.weight.shape[:2]) >= LEAST_WORK
        return enough and SIDE * SIDE * tiles <= 1.6 * n * h * w

    @cached_property
    def _winograd(self) -> Winograd:
        return Winograd(self.weight, self.bias)
