"""The layers of the decoder's U-Net."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from generation.kernels.convolution import Convolution
from generation.kernels.normalization import GroupNorm


class Residual:
    """Two convolutions beside a shortcut, told of time and condition between them.

    Some also halve or double the sides of the picture. *place* is where a row of
    modulation speaks to this layer: a scale for each channel, then a shift for each.
    """

    def __init__(self, block: Any, place: slice) -> None:
        self.norms = GroupNorm(block.norm1), GroupNorm(block.norm2)
        self.first, self.second = Convolution(block.conv1), Convolution(block.conv2)
        shortcut = block.conv_shortcut
        self.shortcut = None if shortcut is None else Convolution(shortcut)
        self.up, self.down = block.up, block.down
        self.place = place

    def __call__(
        self, x: Tensor, modulation: Tensor, owners: Tensor | None = None
    ) -> Tensor:
        """*x* [n, channels, h, w] changed by *modulation* [rows, ...].

        Where pictures differ from here on only, *owners* [rows] says which one each
        row continues; what does not depend on the row is computed once.
        """
        h = functional.silu(self.norms[0](x), inplace=True)
        if self.up:
            h, x = _doubled(h), _doubled(x)
        elif self.down:
            h, x = functional.avg_pool2d(h, 2), functional.avg_pool2d(x, 2)
        h = self.first(h)
        if self.shortcut is not None:
            x = self.shortcut(x)
        if owners is not None:
            h, x = spread(h, owners), spread(x, owners)
        scale, shift = modulation[:, self.place].chunk(2, 1)
        h = functional.silu(self.norms[1].modulated(h, scale, shift), inplace=True)
        if self.shortcut is not None or self.up or self.down:
            return self.second.onto(x, h)
        return self.second(h).add_(x)


class Attention:
    """Looks at its own picture and at the context in one softmax.

    *place* is where keys and values of the context lie for this layer, keys first.
    """

    def __init__(self, block: Any, place: slice) -> None:
        self.norm, self.heads, self.out = (
            GroupNorm(block.group_norm),
            block.heads,
            block.to_out[0],
        )
        parts = block.to_q, block.to_k, block.to_v
        self.weight = torch.cat([part.weight for part in parts])
        self.bias = torch.cat([part.bias for part in parts])
        self.place = place

    def __call__(self, x: Tensor, context: Tensor) -> Tensor:
        """*x* [rows, c, h, w], overwritten, after a look at *context* [rows, ...]."""
        rows, c, h, w = x.shape
        pixels = self.norm(x).permute(0, 2, 3, 1).view(rows, h * w, c)
        asked = functional.linear(pixels, self.weight, self.bias)
        known = torch.cat((context[:, :, self.place], asked[:, :, c:]), 1)
        queries, keys, values = (
            part.view(*part.shape[:2], self.heads, -1).transpose(1, 2)
            for part in (asked[:, :, :c], known[:, :, :c], known[:, :, c:])
        )
        seen = functional.scaled_dot_product_attention(queries, keys, values)
        seen = self.out(seen.transpose(1, 2).reshape(rows, h, w, c))
        return x.add_(seen.permute(0, 3, 1, 2))


def spread(x: Tensor, owners: Tensor) -> Tensor:
    """The rows [len(owners), ...] that continue the pictures *x*."""
    return x.permute(0, 2, 3, 1).index_select(0, owners).permute(0, 3, 1, 2)


def _doubled(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")
