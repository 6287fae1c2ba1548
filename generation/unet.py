"""The decoder's network: predicts the noise in latents, for many askers in one pass.

An own pass over the weights of diffusers' U-Net. Whatever does not change from step to
step is computed once for each request; whatever does not differ between the rows of a
request, once for all of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any, Final, Self

import torch
from torch import Tensor
from torch.nn import functional

from generation.checkpoints.networks import UNet2DConditionModel
from generation.conditions import Condition
from generation.errors import WeightsError
from generation.kernels.convolution import Convolution
from generation.kernels.modulation import Clock, Modulation
from generation.kernels.normalization import GroupNorm
from generation.kernels.unet_layers import Attention, Residual, spread
from generation.model_calls import Question

INPAINTING: Final = 9
"""Channels of a sample, of a known latent, and of what is known of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """What a network knows of one request.

    *context* [rows, tokens, ...] holds the keys and values of its conditions for each
    attention.
    """

    context: Tensor
    modulation: Modulation


@dataclass(frozen=True, slots=True, eq=False)
class Company:
    """The requests of one pass: *owners* [rows] says whose a row is.

    None where every request has one row.
    """

    memories: tuple[Memory, ...]
    context: Tensor
    owners: Tensor | None

    @classmethod
    def of(cls, memories: tuple[Memory, ...]) -> Self:
        """Those who know *memories*."""
        counts = [len(memory.context) for memory in memories]
        context = torch.cat([memory.context for memory in memories])
        rows = [owner for owner, count in enumerate(counts) for _ in range(count)]
        owners = None
        if len(rows) > len(counts):
            owners = torch.tensor(rows, device=context.device)
        return cls(memories, context, owners)

    def consists_of(self, memories: Iterable[Memory]) -> bool:
        """Whether *memories* are those of this company, in this order."""
        return [*map(id, memories)] == [*map(id, self.memories)]


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """A layer of convolutions, and at most resolutions one that attends."""

    residual: Residual
    attention: Attention | None

    def __call__(
        self,
        x: Tensor,
        modulation: Tensor,
        context: Tensor,
        owners: Tensor | None = None,
    ) -> Tensor:
        """*x* [n, channels, h, w] changed; for *owners* see Residual."""
        x = self.residual(x, modulation, owners)
        return x if self.attention is None else self.attention(x, context)


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """Stages of one resolution, and what leads to the next."""

    stages: Sequence[Stage]
    resampler: Residual | None


class UNet:
    """A frozen U-Net of Kandinsky 2.1 or 2.2, for painting or inpainting.

    Latents have *channels*, samples *inputs*. It remembers the company of its last
    answer: steps of the same requests follow one another.
    """

    def __init__(self, network: UNet2DConditionModel) -> None:
        net: Any = network
        _demand_kandinsky(net.config)
        self.inputs: int = net.config.in_channels
        self.channels = 4 if self.inputs == INPAINTING else self.inputs
        self.device: torch.device = net.device
        self.dtype: torch.dtype = net.dtype
        self.reads_text = net.config.addition_embed_type == "text_image"
        self._condition, self._tokens = net.add_embedding, net.encoder_hid_proj
        self._company: Company | None = None
        residuals = [m for m in net.modules() if getattr(m, "time_emb_proj", None)]
        attentions = [m for m in net.modules() if getattr(m, "add_k_proj", None)]
        self._clock = Clock(net, residuals)
        parts = [p for a in attentions for p in (a.add_k_proj, a.add_v_proj)]
        self._context_weight = torch.cat([part.weight for part in parts])
        self._context_bias = torch.cat([part.bias for part in parts])
        places = _places(2 * block.out_channels for block in residuals)
        layers: dict[Any, Any] = {
            block: Residual(block, place)
            for block, place in zip(residuals, places, strict=True)
        }
        places = _places(2 * block.to_out[0].out_features for block in attentions)
        layers |= {
            block: Attention(block, place)
            for block, place in zip(attentions, places, strict=True)
        }
        self._down = [_level(block, layers) for block in net.down_blocks]
        self._middle = _level(net.mid_block, layers)
        self._up = [_level(block, layers) for block in net.up_blocks]
        self._first, self._last = Convolution(net.conv_in), Convolution(net.conv_out)
        self._norm = GroupNorm(net.conv_norm_out)

    @classmethod
    def of(cls, network: UNet2DConditionModel) -> Self:
        """A pass over the weights of *network*, or WeightsError.

        It keeps an arrangement of its own: *network* may be let go.
        """
        return cls(network)

    def prepare(
        self, conditions: Sequence[Condition], timesteps: Sequence[int]
    ) -> Memory:
        """What there is to know of a request before its first step.

        There is a row in each answer for each of *conditions*; *timesteps* are all
        that will be asked about.
        """
        points = torch.cat([self._cast(c.embedding) for c in conditions])
        if self.reads_text:
            readings = [c.reading for c in conditions if c.reading is not None]
            pooled = torch.cat([self._cast(reading.pooled) for reading in readings])
            states = torch.cat([self._cast(reading.states) for reading in readings])
            condition = self._condition(pooled, points)
            tokens = self._tokens(states, points)
        else:
            condition, tokens = self._condition(points), self._tokens(points)
        context = functional.linear(tokens, self._context_weight, self._context_bias)
        return Memory(context, Modulation(self._clock, condition, timesteps))

    def answer(self, questions: Sequence[Question]) -> list[Tensor]:
        """Noise and, in further channels, variance: [rows, ..., h, w], float32."""
        memories: list[Memory] = [question.memory for question in questions]
        if self._company is None or not self._company.consists_of(memories):
            self._company = Company.of(tuple(memories))
        samples = torch.cat([question.sample for question in questions])
        modulation = torch.cat([q.memory.modulation.at(q.timestep) for q in questions])
        rows = self._pass(self._cast(samples), modulation, self._company).float()
        return list(torch.split(rows, [len(memory.context) for memory in memories]))

    def _pass(self, samples: Tensor, modulation: Tensor, company: Company) -> Tensor:
        """Samples [n, inputs, h, w] to predictions [rows, outputs, h, w]."""
        context, owners = company.context, company.owners
        x = self._first(samples.contiguous(memory_format=torch.channels_last))
        skips = [x if owners is None else spread(x, owners)]
        for level in self._down:
            for stage in level.stages:
                x = stage(x, modulation, context, owners)
                owners = None
                skips.append(x)
            if level.resampler is not None:
                x = level.resampler(x, modulation)
                skips.append(x)
        for stage in self._middle.stages:
            x = stage(x, modulation, context)
        for level in self._up:
            for stage in level.stages:
                x = stage(torch.cat((x, skips.pop()), 1), modulation, context)
            if level.resampler is not None:
                x = level.resampler(x, modulation)
        return self._last(functional.silu(self._norm(x), inplace=True))

    def _cast(self, x: Tensor) -> Tensor:
        return x.to(self.device, self.dtype)


def _demand_kandinsky(config: Any) -> None:
    """Refuses networks whose layers compute something else."""
    for name, known in (
        ("addition_embed_type", ("text_image", "image")),
        ("resnet_time_scale_shift", ("scale_shift",)),
        ("only_cross_attention", (False,)),
    ):
        if (found := getattr(config, name)) not in known:
            raise WeightsError(
                f"a U-Net of Kandinsky 2.1 or 2.2 has {name} "
                f"{' or '.join(map(repr, known))}, got {found!r}: use another decoder"
            )


def _places(widths: Iterable[int]) -> list[slice]:
    """Slices of these *widths*, one after the other."""
    return [slice(*ends) for ends in pairwise(accumulate(widths, initial=0))]


def _level(block: Any, layers: Any) -> Level:
    """The layers of one of diffusers' blocks, which go by several names there."""
    attentions = [*(getattr(block, "attentions", None) or ())]
    attentions += [None] * (len(block.resnets) - len(attentions))
    resamplers = getattr(block, "downsamplers", None) or getattr(
        block, "upsamplers", None
    )
    return Level(
        [
            Stage(layers[residual], layers.get(attention))
            for residual, attention in zip(block.resnets, attentions, strict=True)
        ],
        layers[resamplers[0]] if resamplers else None,
    )
