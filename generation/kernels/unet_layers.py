"""Layers of the decoder's U-Net, with the modulation by time and condition."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from generation.kernels.convolution import Convolution
from generation.kernels.normalization import GroupNorm

ROWS: Final = 64
"""Rows of modulation that are computed at once: enough to read the weights seldom,
few enough that a request of many steps keeps little in memory."""


class TimeEmbedding:
    """Makes a scale and a shift for each channel of each of the *blocks*.

    The affine half of the normalisation that these modulate is multiplied into the
    weights: normalised x becomes (weight x + bias) (1 + scale) + shift.
    """

    def __init__(self, network: Any, blocks: Sequence[Any]) -> None:
        self.sinusoid, self.embedding = network.time_proj, network.time_embedding
        self.device, self.dtype = network.device, network.dtype
        parts = [_folded(block.time_emb_proj, block.norm2) for block in blocks]
        self.weight = torch.cat([weight for weight, _ in parts])
        self.bias = torch.cat([bias for _, bias in parts])

    def modulation(self, timesteps: Sequence[int], condition: Tensor) -> Tensor:
        """For each step and row of *condition* [rows, d], [steps, rows, ...]."""
        waves = self.sinusoid(torch.tensor(timesteps, device=self.device))
        time = self.embedding(waves.to(self.dtype))
        return functional.linear(
            functional.silu(time[:, None] + condition), self.weight, self.bias
        )


class Modulation:
    """The modulation of one request, computed some steps ahead."""

    def __init__(
        self, embedding: TimeEmbedding, condition: Tensor, timesteps: Sequence[int]
    ) -> None:
        self.embedding, self.condition = embedding, condition
        self.timesteps = tuple(dict.fromkeys(timesteps))
        self.computed: Mapping[int, Tensor] = {}

    def at(self, timestep: int) -> Tensor:
        """The modulation [rows, ...] at *timestep*, one of those announced."""
        if timestep not in self.computed:
            start = self.timesteps.index(timestep)
            steps = max(1, ROWS // len(self.condition))
            ahead = self.timesteps[start : start + steps]
            rows = self.embedding.modulation(ahead, self.condition)
            self.computed = dict(zip(ahead, rows, strict=True))
        return self.computed[timestep]


class ResidualBlock:
    """Two convolutions with a residual connection, modulated between them.

    Some also halve or double the sides of the picture. *columns* are those of a row of
    modulation for this block: a scale for each channel, then a shift for each.
    """

    def __init__(self, block: Any, columns: slice) -> None:
        self.norms = GroupNorm(block.norm1), GroupNorm(block.norm2)
        self.first, self.second = Convolution(block.conv1), Convolution(block.conv2)
        shortcut = block.conv_shortcut
        self.shortcut = None if shortcut is None else Convolution(shortcut)
        self.up, self.down = block.up, block.down
        self.columns = columns

    def __call__(
        self, x: Tensor, modulation: Tensor, sample_index: Tensor | None = None
    ) -> Tensor:
        """*x* [n, channels, h, w] changed by *modulation* [rows, ...].

        Where samples have several rows from here on, *sample_index* [rows] is the
        sample of each row; what does not depend on the row is computed once.
        """
        h = functional.silu(self.norms[0](x), inplace=True)
        if self.up:
            h, x = _doubled(h), _doubled(x)
        elif self.down:
            h, x = functional.avg_pool2d(h, 2), functional.avg_pool2d(x, 2)
        h = self.first(h)
        if self.shortcut is not None:
            x = self.shortcut(x)
        if sample_index is not None:
            h, x = expand_rows(h, sample_index), expand_rows(x, sample_index)
        scale, shift = modulation[:, self.columns].chunk(2, 1)
        h = functional.silu(self.norms[1].modulated(h, scale, shift), inplace=True)
        if self.shortcut is not None or self.up or self.down:
            return self.second.onto(x, h)
        return self.second(h).add_(x)


class Attention:
    """Attends to the pixels of its own picture and to the context in one softmax.

    *columns* are those of the keys and values of the context, keys first.
    """

    def __init__(self, block: Any, columns: slice) -> None:
        self.norm, self.heads, self.out = (
            GroupNorm(block.group_norm),
            block.heads,
            block.to_out[0],
        )
        parts = block.to_q, block.to_k, block.to_v
        self.weight = torch.cat([part.weight for part in parts])
        self.bias = torch.cat([part.bias for part in parts])
        self.columns = columns

    def __call__(self, x: Tensor, context: Tensor) -> Tensor:
        """*x* [rows, c, h, w], overwritten, plus its attention.

        *context* is [rows, tokens, ...].
        """
        rows, c, h, w = x.shape
        pixels = self.norm(x).permute(0, 2, 3, 1).view(rows, h * w, c)
        qkv = functional.linear(pixels, self.weight, self.bias)
        kv = torch.cat((context[:, :, self.columns], qkv[:, :, c:]), 1)
        queries, keys, values = (
            part.view(*part.shape[:2], self.heads, -1).transpose(1, 2)
            for part in (qkv[:, :, :c], kv[:, :, :c], kv[:, :, c:])
        )
        mixed = functional.scaled_dot_product_attention(queries, keys, values)
        mixed = self.out(mixed.transpose(1, 2).reshape(rows, h, w, c))
        return x.add_(mixed.permute(0, 3, 1, 2))


def expand_rows(x: Tensor, sample_index: Tensor) -> Tensor:
    """The rows [len(sample_index), ...] of the samples *x*, in channels-last order."""
    return x.permute(0, 2, 3, 1).index_select(0, sample_index).permute(0, 3, 1, 2)


def _doubled(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")


def _folded(layer: nn.Linear, norm: nn.GroupNorm) -> tuple[Tensor, Tensor]:
    """Weight and bias of *layer*, which makes scales and shifts, *norm* included."""
    scales, shifts = layer.weight.chunk(2)
    scales_bias, shifts_bias = layer.bias.chunk(2)
    scales_bias = 1 + scales_bias
    scale, shift = norm.weight, norm.bias
    weight = torch.cat((scale[:, None] * scales, shift[:, None] * scales + shifts))
    bias = torch.cat((scale * scales_bias, shift * scales_bias + shifts_bias))
    return weight, bias
