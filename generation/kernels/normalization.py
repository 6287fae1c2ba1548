"""Group normalisation (Wu and He 2018) whose scale and shift may differ by row."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class GroupNorm:
    """A frozen group normalisation."""

    def __init__(self, layer: nn.GroupNorm) -> None:
        self.groups, self.eps = layer.num_groups, layer.eps
        self.weight, self.bias = layer.weight, layer.bias

    def __call__(self, x: Tensor) -> Tensor:
        """*x* [n, channels, h, w] with mean and deviation as learned."""
        return functional.group_norm(x, self.groups, self.weight, self.bias, self.eps)

    def modulated(self, x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        """*x* with deviation *scale* and mean *shift* [n, channels] for each row."""
        x = functional.group_norm(x, self.groups, None, None, self.eps)
        return torch.addcmul(shift[:, :, None, None], x, scale[:, :, None, None])
