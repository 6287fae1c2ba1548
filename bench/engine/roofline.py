"""The roofline: limits of the device, and the load of a network."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import torch
from torch.utils.flop_counter import FlopCounterMode

from bench.engine.timing import best
from generation.checkpoints.networks import UNet2DConditionModel, VQModel

BOUND: Final = 0.5
"""The share of a limit from which on it is the limit that counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Measured: *flops* per second of a large matrix product, *bytes* per second."""

    flops: float
    bytes: float

    @classmethod
    def of(cls, device: torch.device, dtype: torch.dtype) -> Self:
        """The limits of *device* for numbers of *dtype*; a multiply-add counts two."""
        side, length = (8192, 2**30) if device.type == "cuda" else (1536, 2**26)
        one, other = torch.rand(2, side, side, device=device).to(dtype)
        product = torch.empty_like(one)
        long = torch.zeros(length, dtype=torch.uint8, device=device)
        copy = torch.empty_like(long)
        return cls(
            flops=2
            * side**3
            / best(10, device, lambda: torch.mm(one, other, out=product)),
            bytes=2 * length / best(10, device, lambda: copy.copy_(long)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The FLOP of one pass, and the *bytes* of the weights that it reads."""

    flops: int
    bytes: int

    def shares(self, seconds: float, limits: Limits) -> tuple[float, float]:
        """The shares of both limits that a pass of so many *seconds* reaches."""
        flops = self.flops / seconds / limits.flops
        return flops, self.bytes / seconds / limits.bytes


def unet_load(folder: Path, dtype: torch.dtype, *, rows: int) -> Load:
    """The load of the U-Net in *folder*, as published, for a batch of *rows*."""
    config = UNet2DConditionModel.load_config(folder)
    with torch.device("meta"):
        network: Any = UNet2DConditionModel.from_config(config)
        width, cells = config["cross_attention_dim"], config["sample_size"]
        arguments = {
            "sample": torch.empty(rows, config["in_channels"], cells, cells),
            "timestep": torch.zeros(()),
            "encoder_hidden_states": torch.empty(rows, 77, config["encoder_hid_dim"]),
            "added_cond_kwargs": {
                "text_embeds": torch.empty(rows, width),
                "image_embeds": torch.empty(rows, width),
            },
        }
    return _load(network, dtype, lambda: network(**arguments))


def movq_load(folder: Path, dtype: torch.dtype, *, cells: int) -> Load:
    """The load of MoVQ's second half for a latent of *cells* by *cells*."""
    config = VQModel.load_config(folder)
    with torch.device("meta"):
        network: Any = VQModel.from_config(config)
        latent = torch.empty(1, config["latent_channels"], cells, cells)
    del network.encoder
    return _load(
        network, dtype, lambda: network.decode(latent, force_not_quantize=True)
    )


def bottleneck(arithmetic: float, traffic: float) -> str:
    """The bottleneck of a pass that reaches these shares of the two limits.

    Overhead is whatever lies between matrix products: activations that are written
    and read again, small operations, Python.
    """
    if max(arithmetic, traffic) < BOUND:
        return "overhead"
    return "arithmetic" if arithmetic >= traffic else "weights"


def _load(network: Any, dtype: torch.dtype, run: Any) -> Load:
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        run()
    count = sum(parameter.numel() for parameter in network.parameters())
    return Load(flops=counter.get_total_flops(), bytes=count * dtype.itemsize)
