"""The layers of the autoencoder, which normalises by where in the picture it is."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from generation.kernels.convolution import Convolution
from generation.kernels.normalization import GroupNorm


class SpatialNorm:
    """Group normalisation with a scale and a shift for each cell of a latent.

    Zheng et al. 2022 (MoVQ), equation 3. The pointwise convolutions that make scale
    and shift are computed for cells and shared by the pixels of each, which is the
    same as computing them for the pixels of an enlarged latent.
    """

    def __init__(self, layer: Any) -> None:
        self.norm = GroupNorm(layer.norm_layer)
        by, onto = layer.conv_y, layer.conv_b
        self.weight = torch.cat((by.weight, onto.weight)).flatten(1)
        self.bias = torch.cat((by.bias, onto.bias))

    def __call__(self, x: Tensor, latent: Tensor) -> Tensor:
        """*x* [n, c, h, w] normalised by *latent* [n, rows, columns, channels]."""
        n, c, h, w = x.shape
        _, rows, columns, _ = latent.shape
        modulation = functional.linear(latent, self.weight, self.bias)
        scale, shift = modulation[:, :, None, :, None].chunk(2, -1)
        normal = self.norm(x).permute(0, 2, 3, 1)
        cells = normal.view(n, rows, h // rows, columns, w // columns, c)
        torch.addcmul(shift, cells, scale, out=cells)
        return normal.permute(0, 3, 1, 2)


class PlainNorm:
    """Group normalisation that is the same everywhere."""

    def __init__(self, layer: Any) -> None:
        self.norm = GroupNorm(layer)

    def __call__(self, x: Tensor, _latent: Tensor | None) -> Tensor:
        """*x* [n, c, h, w] normalised."""
        return self.norm(x)


class Residual:
    """Two convolutions beside a shortcut."""

    def __init__(self, block: Any) -> None:
        self.norms = norm_of(block.norm1), norm_of(block.norm2)
        self.first, self.second = Convolution(block.conv1), Convolution(block.conv2)
        shortcut = block.conv_shortcut
        self.shortcut = None if shortcut is None else Convolution(shortcut)

    def __call__(self, x: Tensor, latent: Any) -> Tensor:
        """*x* [n, c, h, w] changed; it may be overwritten."""
        h = self.first(functional.silu(self.norms[0](x, latent), inplace=True))
        h = functional.silu(self.norms[1](h, latent), inplace=True)
        return self.second.onto(x if self.shortcut is None else self.shortcut(x), h)


class Attention:
    """Pixels that look at all pixels."""

    def __init__(self, block: Any) -> None:
        self.norm = norm_of(block.spatial_norm or block.group_norm)
        parts = block.to_q, block.to_k, block.to_v
        self.weight = torch.cat([part.weight for part in parts])
        self.bias = torch.cat([part.bias for part in parts])
        self.heads, self.out = block.heads, block.to_out[0]

    def __call__(self, x: Tensor, latent: Any) -> Tensor:
        """*x* [n, c, h, w] changed and overwritten."""
        n, c, h, w = x.shape
        pixels = self.norm(x, latent).permute(0, 2, 3, 1).view(n, h * w, c)
        asked = functional.linear(pixels, self.weight, self.bias)
        queries, keys, values = (
            part.view(n, h * w, self.heads, -1).transpose(1, 2)
            for part in asked.chunk(3, 2)
        )
        seen = functional.scaled_dot_product_attention(queries, keys, values)
        seen = self.out(seen.transpose(1, 2).reshape(n, h, w, c))
        return x.add_(seen.permute(0, 3, 1, 2))


class Doubling:
    """Doubles the sides of a picture."""

    def __init__(self, layer: Any) -> None:
        self.convolution = Convolution(layer.conv)

    def __call__(self, x: Tensor, _latent: Any) -> Tensor:
        """*x* [n, c, h, w] at twice the size."""
        return self.convolution(
            functional.interpolate(x, scale_factor=2.0, mode="nearest")
        )


class Halving:
    """Halves the sides of a picture."""

    def __init__(self, layer: Any) -> None:
        self.convolution = Convolution(layer.conv)

    def __call__(self, x: Tensor, _latent: Any) -> Tensor:
        """*x* [n, c, h, w] at half the size; only the far edges get a margin."""
        return self.convolution(functional.pad(x, (0, 1, 0, 1)))


def norm_of(layer: Any) -> SpatialNorm | PlainNorm:
    """Diffusers' normalisation *layer*, of either kind."""
    return SpatialNorm(layer) if hasattr(layer, "conv_y") else PlainNorm(layer)
