"""What time and condition do to the layers of the decoder's U-Net."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional

BLOCK: Final = 64
"""Rows of modulation that are computed at once: enough to read the weights seldom,
few enough that a request of many steps holds on to little."""


class Clock:
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
        self, clock: Clock, condition: Tensor, timesteps: Sequence[int]
    ) -> None:
        self.clock, self.condition = clock, condition
        self.timesteps = tuple(dict.fromkeys(timesteps))
        self.known: Mapping[int, Tensor] = {}

    def at(self, timestep: int) -> Tensor:
        """The modulation [rows, ...] at *timestep*, one of those announced."""
        if timestep not in self.known:
            start = self.timesteps.index(timestep)
            steps = max(1, BLOCK // len(self.condition))
            ahead = self.timesteps[start : start + steps]
            rows = self.clock.modulation(ahead, self.condition)
            self.known = dict(zip(ahead, rows, strict=True))
        return self.known[timestep]


def _folded(layer: nn.Linear, norm: nn.GroupNorm) -> tuple[Tensor, Tensor]:
    """Weight and bias of *layer*, which makes scales and shifts, *norm* included."""
    by, onto = layer.weight.chunk(2)
    by_bias, onto_bias = layer.bias.chunk(2)
    by_bias = 1 + by_bias
    scale, shift = norm.weight, norm.bias
    weight = torch.cat((scale[:, None] * by, shift[:, None] * by + onto))
    return weight, torch.cat((scale * by_bias, shift * by_bias + onto_bias))
