"""The decoder's U-Net: predicts the noise in latents, for many requests in one pass.

An own forward pass over the weights of diffusers' U-Net. Values that are the same at
every step are computed once for each request; values that are the same in all rows of a
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
from generation.errors import WeightsError
from generation.kernels.convolution import Convolution
from generation.kernels.normalization import GroupNorm
from generation.kernels.unet_layers import (
    Attention,
    Modulation,
    ResidualBlock,
    TimeEmbedding,
    expand_rows,
)
from generation.model_calls import ModelCall
from generation.text_encoders import EncodedText

INPAINTING: Final = 9
"""Input channels of an inpainting U-Net: sample, masked latent, and mask."""


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """One row that the decoder is conditioned on.

    *embedding* [1, d] is a point of CLIP's image space, *text* a prompt as the
    decoder's own text encoder encodes it; None where the decoder sees no text, as in
    Kandinsky 2.2.
    """

    embedding: Tensor
    text: EncodedText | None


@dataclass(frozen=True, slots=True, eq=False)
class ConditioningCache:
    """Values of one request that are the same at every step.

    *context* [rows, tokens, ...] holds the keys and values of its conditions for each
    attention.
    """

    context: Tensor
    modulation: Modulation


@dataclass(frozen=True, slots=True, eq=False)
class PassBatch:
    """The requests of one pass: *sample_index* [rows] is the sample of each row.

    It is None where every sample has one row.
    """

    caches: tuple[ConditioningCache, ...]
    context: Tensor
    sample_index: Tensor | None

    @classmethod
    def of(cls, caches: tuple[ConditioningCache, ...]) -> Self:
        """The batch of the requests with these *caches*."""
        counts = [len(cache.context) for cache in caches]
        context = torch.cat([cache.context for cache in caches])
        rows = [sample for sample, count in enumerate(counts) for _ in range(count)]
        sample_index = None
        if len(rows) > len(counts):
            sample_index = torch.tensor(rows, device=context.device)
        return cls(caches, context, sample_index)

    def matches(self, caches: Iterable[ConditioningCache]) -> bool:
        """Whether *caches* are those of this batch, in this order."""
        return [*map(id, caches)] == [*map(id, self.caches)]


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A residual block, and an attention at most resolutions."""

    residual: ResidualBlock
    attention: Attention | None

    def __call__(
        self,
        x: Tensor,
        modulation: Tensor,
        context: Tensor,
        sample_index: Tensor | None = None,
    ) -> Tensor:
        """*x* [n, channels, h, w] changed; *sample_index* as in ResidualBlock."""
        x = self.residual(x, modulation, sample_index)
        return x if self.attention is None else self.attention(x, context)


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """Blocks of one resolution, and the resampler to the next."""

    blocks: Sequence[Block]
    resampler: ResidualBlock | None


class UNet:
    """A frozen U-Net of Kandinsky 2.1 or 2.2, for painting or inpainting.

    Latents have *channels*, samples *inputs*. It keeps the batch of its last pass:
    steps of the same requests follow one another.
    """

    def __init__(self, network: UNet2DConditionModel) -> None:
        net: Any = network
        _require_kandinsky(net.config)
        self.inputs: int = net.config.in_channels
        self.channels = 4 if self.inputs == INPAINTING else self.inputs
        self.device: torch.device = net.device
        self.dtype: torch.dtype = net.dtype
        self.reads_text = net.config.addition_embed_type == "text_image"
        self._condition, self._tokens = net.add_embedding, net.encoder_hid_proj
        self._batch: PassBatch | None = None
        residuals = [m for m in net.modules() if getattr(m, "time_emb_proj", None)]
        attentions = [m for m in net.modules() if getattr(m, "add_k_proj", None)]
        self._time_embedding = TimeEmbedding(net, residuals)
        parts = [p for a in attentions for p in (a.add_k_proj, a.add_v_proj)]
        self._context_weight = torch.cat([part.weight for part in parts])
        self._context_bias = torch.cat([part.bias for part in parts])
        slices = _slices(2 * block.out_channels for block in residuals)
        layers: dict[Any, Any] = {
            block: ResidualBlock(block, columns)
            for block, columns in zip(residuals, slices, strict=True)
        }
        slices = _slices(2 * block.to_out[0].out_features for block in attentions)
        layers |= {
            block: Attention(block, columns)
            for block, columns in zip(attentions, slices, strict=True)
        }
        self._down = [_level(block, layers) for block in net.down_blocks]
        self._middle = _level(net.mid_block, layers)
        self._up = [_level(block, layers) for block in net.up_blocks]
        self._first, self._last = Convolution(net.conv_in), Convolution(net.conv_out)
        self._norm = GroupNorm(net.conv_norm_out)

    @classmethod
    def of(cls, network: UNet2DConditionModel) -> Self:
        """A forward pass over the weights of *network*, or WeightsError.

        It keeps the weights in an own layout: *network* may be freed.
        """
        return cls(network)

    def prepare(
        self, conditions: Sequence[Condition], timesteps: Sequence[int]
    ) -> ConditioningCache:
        """The cache of a request, computed before its first step.

        Each prediction has a row for each of *conditions*; *timesteps* are all that it
        will be called with.
        """
        points = torch.cat([self._cast(c.embedding) for c in conditions])
        if self.reads_text:
            texts = [c.text for c in conditions if c.text is not None]
            pooled = torch.cat([self._cast(text.pooled) for text in texts])
            states = torch.cat([self._cast(text.states) for text in texts])
            condition = self._condition(pooled, points)
            tokens = self._tokens(states, points)
        else:
            condition, tokens = self._condition(points), self._tokens(points)
        context = functional.linear(tokens, self._context_weight, self._context_bias)
        modulation = Modulation(self._time_embedding, condition, timesteps)
        return ConditioningCache(context, modulation)

    def predict(self, calls: Sequence[ModelCall]) -> list[Tensor]:
        """Noise and, in further channels, variance [rows, ..., h, w], float32."""
        caches: list[ConditioningCache] = [call.cache for call in calls]
        if self._batch is None or not self._batch.matches(caches):
            self._batch = PassBatch.of(tuple(caches))
        samples = torch.cat([call.sample for call in calls])
        modulation = torch.cat(
            [call.cache.modulation.at(call.timestep) for call in calls]
        )
        rows = self._pass(self._cast(samples), modulation, self._batch).float()
        return list(torch.split(rows, [len(cache.context) for cache in caches]))

    def _pass(self, samples: Tensor, modulation: Tensor, batch: PassBatch) -> Tensor:
        """Samples [n, inputs, h, w] to predictions [rows, outputs, h, w]."""
        context, sample_index = batch.context, batch.sample_index
        x = self._first(samples.contiguous(memory_format=torch.channels_last))
        skips = [x if sample_index is None else expand_rows(x, sample_index)]
        for level in self._down:
            for block in level.blocks:
                x = block(x, modulation, context, sample_index)
                sample_index = None
                skips.append(x)
            if level.resampler is not None:
                x = level.resampler(x, modulation)
                skips.append(x)
        for block in self._middle.blocks:
            x = block(x, modulation, context)
        for level in self._up:
            for block in level.blocks:
                x = block(torch.cat((x, skips.pop()), 1), modulation, context)
            if level.resampler is not None:
                x = level.resampler(x, modulation)
        return self._last(functional.silu(self._norm(x), inplace=True))

    def _cast(self, x: Tensor) -> Tensor:
        return x.to(self.device, self.dtype)


def _require_kandinsky(config: Any) -> None:
    """Refuses networks whose layers compute something that is not implemented."""
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


def _slices(widths: Iterable[int]) -> list[slice]:
    """Slices of these *widths*, one after the other."""
    return [slice(*ends) for ends in pairwise(accumulate(widths, initial=0))]


def _level(block: Any, layers: Any) -> Level:
    """The layers of one of diffusers' blocks, which have several names there."""
    attentions = [*(getattr(block, "attentions", None) or ())]
    attentions += [None] * (len(block.resnets) - len(attentions))
    resamplers = getattr(block, "downsamplers", None) or getattr(
        block, "upsamplers", None
    )
    return Level(
        [
            Block(layers[residual], layers.get(attention))
            for residual, attention in zip(block.resnets, attentions, strict=True)
        ],
        layers[resamplers[0]] if resamplers else None,
    )
