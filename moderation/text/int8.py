"""Matrices of a network as bytes: a CPU multiplies them faster, and they are small."""

import warnings

import torch
from torch import Tensor, nn


class ByteLinear(nn.Module):
    """A linear layer with int8 weights; what it is given is rounded as it comes."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        steps = _steps(layer.weight)
        with warnings.catch_warnings():
            # torch means to give up these tensors for those of another package, torchao
            warnings.filterwarnings("ignore", "torch.quantize_per_tensor", UserWarning)
            weight = torch.quantize_per_channel(
                layer.weight.detach(),
                steps.double(),
                torch.zeros(len(steps), dtype=torch.int64),
                axis=0,
                dtype=torch.qint8,
            )
        # the last argument keeps sums of products within 16 bits, on older processors
        self._packed = torch.ops.quantized.linear_prepack(
            weight, layer.bias.detach().clone()
        )

    def forward(self, x: Tensor) -> Tensor:
        """*x* [..., in] as [..., out]."""
        out: Tensor = torch.ops.quantized.linear_dynamic(
            x, self._packed, reduce_range=True
        )
        return out


class ByteEmbedding(nn.Module):
    """Rows of int8, each in units of its own."""

    def __init__(self, layer: nn.Embedding) -> None:
        super().__init__()
        self._steps = _steps(layer.weight)[:, None]
        self._rows = (layer.weight.detach() / self._steps).round().to(torch.int8)

    def forward(self, ids: Tensor) -> Tensor:
        """The rows [..., d] of *ids* [...]."""
        return self._rows[ids] * self._steps[ids]


def as_bytes(network: nn.Module) -> None:
    """Replace every linear layer and embedding inside *network*, in place."""
    _replace(network)
    for left in network.parameters():
        left.data = left.data.clone()  # lest one of them keep a mapped file in memory


def _replace(network: nn.Module) -> None:
    for name, child in network.named_children():
        if isinstance(child, nn.Linear):
            setattr(network, name, ByteLinear(child))
        elif isinstance(child, nn.Embedding):
            setattr(network, name, ByteEmbedding(child))
        else:
            _replace(child)


def _steps(weight: Tensor) -> Tensor:
    """The size of one whole number in each row of *weight* [n, d]."""
    return weight.detach().abs().amax(dim=1).clamp_min(1e-8) / 127
