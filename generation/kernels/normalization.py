"""Group normalisation (Wu and He 2018) of pictures in channels-last order."""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

SMALL: Final = 2**15
"""Numbers below which torch's own takes no longer."""


class GroupNorm:
    """A frozen group normalisation.

    On a CPU torch's own goes through channels-last pictures group by group, a few
    neighbouring numbers at a time; going through whole pixels is up to eight times as
    fast.
    """

    def __init__(self, layer: nn.GroupNorm) -> None:
        self.groups, self.eps = layer.num_groups, layer.eps
        self.weight, self.bias = layer.weight, layer.bias
        self.whole = self.weight.device.type == "cpu" and (
            self.weight.dtype == torch.float32
        )

    def __call__(self, x: Tensor) -> Tensor:
        """*x* [n, channels, h, w] with mean and deviation as learned."""
        if self.whole and x.numel() >= SMALL:
            return self._by_pixels(x, self.weight, self.bias)
        return functional.group_norm(x, self.groups, self.weight, self.bias, self.eps)

    def modulated(self, x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        """*x* with deviation *scale* and mean *shift* [n, channels] for each row."""
        if self.whole and x.numel() >= SMALL:
            return self._by_pixels(x, scale, shift)
        x = functional.group_norm(x, self.groups, None, None, self.eps)
        return torch.addcmul(shift[:, :, None, None], x, scale[:, :, None, None])

    def _by_pixels(self, x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        n, channels, h, w = x.shape
        groups = self.groups, channels // self.groups
        size = h * w * groups[1]
        pixels = x.permute(0, 2, 3, 1).view(n, h * w, channels)
        mean = pixels.sum(1).view(n, *groups).sum(2, keepdim=True).div_(size)
        centred = pixels - mean.expand(n, *groups).reshape(n, 1, channels)
        squares = (centred * centred).sum(1).view(n, *groups).sum(2, keepdim=True)
        deviation = squares.div_(size).add_(self.eps).sqrt_()
        scale = (scale.view(-1, *groups) / deviation).view(n, 1, channels)
        torch.addcmul(shift.view(-1, 1, channels), centred, scale, out=centred)
        return centred.view(n, h, w, channels).permute(0, 3, 1, 2)
