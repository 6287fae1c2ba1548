"""Layers of MoVQ, whose normalisation is modulated by the latent, cell by cell."""

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
        scale, shift = layer.conv_y, layer.conv_b
        self.weight = torch.cat((scale.weight, shift.weight)).flatten(1)
        self.bias = torch.cat((scale.bias, shift.bias))

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
    """Group normalisation without modulation."""

    def __init__(self, layer: Any) -> None:
        self.norm = GroupNorm(layer)

    def __call__(self, x: Tensor, _latent: Tensor | None) -> Tensor:
        """*x* [n, c, h, w] normalised."""
        return self.norm(x)


class ResidualBlock:
    """Two convolutions with a residual connection."""

    def __init__(self, block: Any) -> None:
        self.norms = build_norm(block.norm1), build_norm(block.norm2)
        self.first, self.second = Convolution(block.conv1), Convolution(block.conv2)
        shortcut = block.conv_shortcut
        self.shortcut = None if shortcut is None else Convolution(shortcut)

    def __call__(self, x: Tensor, latent: Any) -> Tensor:
        """*x* [n, c, h, w] changed; it may be overwritten."""
        h = self.first(functional.silu(self.norms[0](x, latent), inplace=True))
        h = functional.silu(self.norms[1](h, latent), inplace=True)
        return self.second.onto(x if self.shortcut is None else self.shortcut(x), h)


class Attention:
    """Self-attention over all pixels."""

    def __init__(self, block: Any) -> None:
        self.norm = build_norm(block.spatial_norm or block.group_norm)
        parts = block.to_q, block.to_k, block.to_v
        self.weight = torch.cat([part.weight for part in parts])
        self.bias = torch.cat([part.bias for part in parts])
        self.heads, self.out = block.heads, block.to_out[0]

    def __call__(self, x: Tensor, latent: Any) -> Tensor:
        """*x* [n, c, h, w] changed and overwritten."""
        n, c, h, w = x.shape
        pixels = self.norm(x, latent).permute(0, 2, 3, 1).view(n, h * w, c)
        qkv = functional.linear(pixels, self.weight, self.bias)
        queries, keys, values = (
            part.view(n, h * w, self.heads, -1).transpose(1, 2)
            for part in qkv.chunk(3, 2)
        )
        mixed = functional.scaled_dot_product_attention(queries, keys, values)
        mixed = self.out(mixed.transpose(1, 2).reshape(n, h, w, c))
        return x.add_(mixed.permute(0, 3, 1, 2))


class Upsample:
    """Doubles the sides of a picture."""

    def __init__(self, layer: Any) -> None:
        self.convolution = Convolution(layer.conv)

    def __call__(self, x: Tensor, _latent: Any) -> Tensor:
        """*x* [n, c, h, w] at twice the size."""
        return self.convolution(
            functional.interpolate(x, scale_factor=2.0, mode="nearest")
        )


class Downsample:
    """Halves the sides of a picture."""

    def __init__(self, layer: Any) -> None:
        self.convolution = Convolution(layer.conv)

    def __call__(self, x: Tensor, _latent: Any) -> Tensor:
        """*x* [n, c, h, w] at half the size; only right and lower edges are padded."""
        return self.convolution(functional.pad(x, (0, 1, 0, 1)))


def build_norm(layer: Any) -> SpatialNorm | PlainNorm:
    """Diffusers' normalisation *layer*, of either kind."""
    return SpatialNorm(layer) if hasattr(layer, "conv_y") else PlainNorm(layer)
