"""Group normalization that learns quickly on a processor."""

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.functional import layer_norm


def quicken(network: nn.Module) -> None:
    """Lets every group normalization of *network* go through layer normalization.

    It is the same function: a layer is one group. On processors torch's backward pass
    of the former takes half of an autoencoder's step, that of the latter a fortieth.
    """
    for module in network.modules():
        if isinstance(module, nn.GroupNorm):
            module.forward = partial(_normalized, module)  # type: ignore[method-assign]


def _normalized(norm: nn.GroupNorm, x: Tensor) -> Tensor:
    groups = x.reshape(len(x), norm.num_groups, -1)
    y = layer_norm(groups, groups.shape[2:], eps=norm.eps).view(x.shape)
    if not norm.affine:
        return y
    shape = (1, -1, *(1,) * (x.dim() - 2))
    weight, bias = (p.view(shape).to(y.dtype) for p in (norm.weight, norm.bias))
    return torch.addcmul(bias, y, weight)
