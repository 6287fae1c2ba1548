"""MoVQ, the autoencoder: from pixels to latents and back.

Zheng et al. 2022, "MoVQ: Modulating Quantized Vectors for High-Fidelity Image
Generation"; an own forward pass over the weights of diffusers' VQModel.
"""

from math import ceil
from typing import Any, Final, Self

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from generation.checkpoints.networks import VQModel
from generation.kernels.convolution import Convolution
from generation.kernels.movq_layers import (
    Attention,
    Downsample,
    ResidualBlock,
    Upsample,
    build_norm,
)

CHUNK: Final = 1024
"""Cells that are compared with all codes at once: 64 MB for 16384 codes."""


class Autoencoder:
    """A frozen MoVQ.

    The authors' own code does not quantise latents before it decodes them; quantised
    or not, pictures score the same (Razzhigaev et al. 2023, table 3).
    """

    def __init__(self, network: VQModel) -> None:
        net: Any = network
        self.device: torch.device = net.device
        self.dtype: torch.dtype = net.dtype
        self.codes: Tensor = net.quantize.embedding.weight.float()
        self._encoder, self._decoder = _ConvStack(net.encoder), _ConvStack(net.decoder)
        self._encoded = Convolution(net.quant_conv)
        self._decoded = Convolution(net.post_quant_conv)

    @classmethod
    def of(cls, network: VQModel) -> Self:
        """A forward pass over the weights of *network*, which may be freed."""
        return cls(network)

    def encode(self, pixels: Tensor) -> Tensor:
        """The latent [n, channels, h, w] of *pixels* [n, 3, H, W] in -1..1, float32.

        It is not quantised.
        """
        return self._encoded(self._encoder(self._cast(pixels), None)).float()

    def decode(self, latent: Tensor, *, quantised: bool) -> Tensor:
        """The pixels [n, 3, H, W] of *latent* [n, channels, h, w], float32.

        They may lie a little outside of -1..1.
        """
        if quantised:
            latent = self.quantize(latent)
        z = self._cast(latent)
        return self._decoder(self._decoded(z), z.permute(0, 2, 3, 1)).float()

    def quantize(self, latent: Tensor) -> Tensor:
        """The code [n, channels, h, w] nearest to each cell of *latent*, float32."""
        cells = latent.to(self.device, torch.float32).permute(0, 2, 3, 1)
        chunks = ceil(cells[..., 0].numel() / CHUNK)
        half = self.codes.square().sum(1) / 2
        found = [
            torch.addmm(half, chunk, self.codes.T, alpha=-1).argmin(1)
            for chunk in cells.reshape(-1, cells.shape[3]).chunk(chunks)
        ]
        return self.codes[torch.cat(found)].view(cells.shape).permute(0, 3, 1, 2)

    def decode_image(
        self, latent: Tensor, width: int, height: int, *, quantised: bool = False
    ) -> Image.Image:
        """The middle of *latent* [1, channels, h, w], *width* by *height* pixels."""
        [pixels] = self.decode(latent, quantised=quantised)
        shades = pixels.add_(1).mul_(127.5).round_().clamp_(0, 255).byte()
        image = Image.fromarray(shades.permute(1, 2, 0).cpu().numpy(), "RGB")
        left = (image.width - width) // 2
        top = (image.height - height) // 2
        return image.crop((left, top, left + width, top + height))

    def _cast(self, x: Tensor) -> Tensor:
        return x.to(self.device, self.dtype, memory_format=torch.channels_last)


class _ConvStack:
    """The encoder, or the decoder, which is modulated by the latent."""

    def __init__(self, network: Any) -> None:
        self.first, self.last = (
            Convolution(network.conv_in),
            Convolution(network.conv_out),
        )
        self.norm = build_norm(network.conv_norm_out)
        middle = _layers(network.mid_block)
        if hasattr(network, "down_blocks"):
            self.layers = [
                *(layer for block in network.down_blocks for layer in _layers(block)),
                *middle,
            ]
        else:
            self.layers = middle + [
                layer for block in network.up_blocks for layer in _layers(block)
            ]

    def __call__(self, x: Tensor, latent: Any) -> Tensor:
        x = self.first(x)
        for layer in self.layers:
            x = layer(x, latent)
        return self.last(functional.silu(self.norm(x, latent), inplace=True))


def _layers(block: Any) -> list[Any]:
    """The layers of one of diffusers' blocks, in the order of computation."""
    attentions = [*(getattr(block, "attentions", None) or ())]
    attentions += [None] * (len(block.resnets) - len(attentions))
    layers: list[Any] = []
    for residual, attention in zip(block.resnets, attentions, strict=True):
        layers.append(ResidualBlock(residual))
        if attention is not None:
            layers.append(Attention(attention))
    layers += [Upsample(layer) for layer in getattr(block, "upsamplers", None) or ()]
    layers += [
        Downsample(layer) for layer in getattr(block, "downsamplers", None) or ()
    ]
    return layers
