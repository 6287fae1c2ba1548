"""The prior's transformer, with the keys and values of prompts cached over all steps.

Its attention is causal, and the prompt's tokens come before those of the timestep and
the sample: their keys and values are the same at every step. They are computed once,
and a step costs three tokens in place of 81.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from operator import is_
from typing import Any, Final, Self

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, linear, scaled_dot_product_attention

from generation.checkpoints.networks import PriorTransformer
from generation.model_calls import ModelCall
from generation.schedules import TRAINING_STEPS
from generation.text_encoders import EncodedText

SUFFIX: Final = 3
"""Timestep, sample, and the token in whose place the prediction appears."""

Affine = tuple[Tensor, Tensor]
"""The weight [out, in] and the bias [out] of a linear layer."""

Prefixes = tuple[Tensor, ...]
"""Keys and values [blocks, 2, heads, tokens, width of a head], prompt by prompt."""


def causal_mask(tokens: int, length: int) -> Tensor:
    """Additive mask [tokens, length] of the last *tokens*: 0, -inf for later ones."""
    return torch.full((tokens, length), -inf).triu(length - tokens + 1)


@dataclass(frozen=True, slots=True, eq=False)
class TransformerBlock:
    """Self-attention and a perceptron, each with a residual connection.

    *qkv* makes queries, keys and values in one product.
    """

    heads: int
    norm: nn.LayerNorm
    qkv: Affine
    out: Affine
    second_norm: nn.LayerNorm
    up: Affine
    down: Affine

    @classmethod
    def of(cls, block: Any) -> Self:
        """The weights of a transformer block of diffusers' PriorTransformer."""
        attention = block.attn1
        projections = (attention.to_q, attention.to_k, attention.to_v)
        weights, biases = zip(*map(_affine, projections), strict=True)
        return cls(
            heads=attention.heads,
            norm=block.norm1,
            qkv=(torch.cat(weights), torch.cat(biases)),
            out=_affine(attention.to_out[0]),
            second_norm=block.norm3,
            up=_affine(block.ff.net[0].proj),
            down=_affine(block.ff.net[2]),
        )

    def __call__(self, x: Tensor, cache: Tensor, mask: Tensor) -> Tensor:
        """*x* [rows, tokens, width], the last tokens of a sequence, one block further.

        *cache* [2, rows, heads, length, width of a head] holds keys and values of the
        whole sequence; those of *x* are written to its end. *mask* is added to the
        scores.
        """
        rows, tokens, _ = x.shape
        projected = linear(self.norm(x), *self.qkv)
        heads = projected.view(rows, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        cache[..., -tokens:, :] = heads[1:]
        queries, (keys, values) = heads[0], cache
        mixed = scaled_dot_product_attention(queries, keys, values, attn_mask=mask)
        x = x + linear(mixed.transpose(1, 2).flatten(2), *self.out)
        return x + linear(gelu(linear(self.second_norm(x), *self.up)), *self.down)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PromptEncoder:
    """Computes the keys and values of prompts in all *blocks*.

    *states* and *pooled* project an encoded text to the width of the network,
    *positions* [78, width] are learnt.
    """

    blocks: tuple[TransformerBlock, ...]
    states: Affine
    pooled: Affine
    positions: Tensor

    @classmethod
    def of(cls, network: PriorTransformer) -> Self:
        """The weights of *network* for the tokens of a prompt."""
        net: Any = network
        return cls(
            blocks=tuple(map(TransformerBlock.of, net.transformer_blocks)),
            states=_affine(net.encoder_hidden_states_proj),
            pooled=_affine(net.embedding_proj),
            positions=net.positional_embedding.detach()[0, :-SUFFIX],
        )

    def prefix(self, text: EncodedText) -> Tensor:
        """Keys and values [blocks, 2, heads, tokens, width of a head] of one prompt.

        No token attends to padding, so it is left out; each keeps its position.
        """
        states = linear(text.states[text.mask], *self.states)
        pooled = linear(text.pooled, *self.pooled)
        x = torch.cat(
            [states + self.positions[:-1][text.mask[0]], pooled + self.positions[-1]]
        )
        tokens, width = x.shape
        heads = self.blocks[0].heads
        cache = x.new_empty(len(self.blocks), 2, 1, heads, tokens, width // heads)
        mask = causal_mask(tokens, tokens).to(x)
        x = x[None]
        for block, layer in zip(self.blocks, cache, strict=True):
            x = block(x, layer, mask)
        return cache[:, :, 0]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PrefixBatch:
    """The prefixes of several requests, one row each, with room for the suffix.

    *cache* is [blocks, 2, rows, heads, length, width of a head]. Shorter prompts are
    padded, which *mask* [rows, 1, 3, length] hides. *sample_index* [rows] is the sample
    that a row belongs to; each of *members* has as many rows as *sizes* says.
    """

    members: list[Prefixes]
    cache: Tensor
    mask: Tensor
    sample_index: Tensor
    sizes: list[int]

    @classmethod
    def of(cls, caches: Sequence["PromptCache"]) -> Self:
        """The rows of *caches* in their order."""
        prefixes = [prefix for cache in caches for prefix in cache.prefixes]
        blocks, two, heads, _, width = prefixes[0].shape
        length = max(prefix.shape[-2] for prefix in prefixes) + SUFFIX
        batch = prefixes[0].new_zeros(blocks, two, len(prefixes), heads, length, width)
        mask = causal_mask(SUFFIX, length).repeat(len(prefixes), 1, 1, 1)
        for row, prefix in enumerate(prefixes):
            tokens = prefix.shape[-2]
            batch[:, :, row, :, :tokens] = prefix
            mask[row, ..., tokens:-SUFFIX] = -inf
        sizes = [len(cache.prefixes) for cache in caches]
        index = torch.arange(len(sizes)).repeat_interleave(torch.tensor(sizes))
        return cls(
            members=[cache.prefixes for cache in caches],
            cache=batch,
            mask=mask.to(batch),
            sample_index=index.to(batch.device),
            sizes=sizes,
        )

    def matches(self, caches: Sequence["PromptCache"]) -> bool:
        """Whether these are the rows of exactly these *caches*."""
        asked = [cache.prefixes for cache in caches]
        same = map(is_, self.members, asked)
        return len(self.members) == len(asked) and all(same)


@dataclass(slots=True, eq=False)
class PromptCache:
    """The cached *prefixes* of the prompts of one request.

    As long as no request joins or leaves, they are read from one *batch*, which the
    first request keeps.
    """

    prefixes: Prefixes
    batch: PrefixBatch | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PriorNetwork:
    """Predicts clean embeddings for any number of requests in one pass.

    Precomputed are the token of each timestep, *times* [1000, width], the last token
    *query* [width], and *empty_prefix*, the prefix of the empty prompt, which was
    encoded as *empty*. All of them, and the bias of *sample*, include their learnt
    positions.
    """

    prompts: PromptEncoder
    times: Tensor
    sample: Affine
    query: Tensor
    norm: nn.LayerNorm
    clean: Affine
    mean: Tensor
    deviation: Tensor
    empty: EncodedText
    empty_prefix: Tensor

    @classmethod
    @torch.no_grad()
    def of(cls, network: PriorTransformer, empty: EncodedText) -> Self:
        """The weights of *network*, of Kandinsky 2.1 or 2.2; *empty* is «» encoded."""
        net: Any = network
        prompts = PromptEncoder.of(network)
        time, sample, query = net.positional_embedding.detach()[0, -SUFFIX:]
        weight, bias = _affine(net.proj_in)
        steps = net.time_proj(torch.arange(TRAINING_STEPS, device=weight.device))
        return cls(
            prompts=prompts,
            times=net.time_embedding(steps.to(weight.dtype)) + time,
            sample=(weight, bias + sample),
            query=net.prd_embedding.detach()[0, 0] + query,
            norm=net.norm_out,
            clean=_affine(net.proj_to_clip_embeddings),
            mean=net.clip_mean.detach().float(),
            deviation=net.clip_std.detach().float(),
            empty=empty,
            empty_prefix=prompts.prefix(empty),
        )

    @property
    def embedding(self) -> int:
        """Length of an embedding."""
        return self.mean.shape[-1]

    @property
    def device(self) -> torch.device:
        """The device of the weights."""
        return self.times.device

    def destandardised(self, clean: Tensor) -> Tensor:
        """The point of CLIP's image space that *clean* [1, d] stands for."""
        return clean * self.deviation + self.mean

    @torch.no_grad()
    def prepare(self, texts: Sequence[EncodedText]) -> PromptCache:
        """The cache of *texts*, one for each row."""
        return PromptCache(tuple(map(self._prefix, texts)))

    @torch.no_grad()
    def predict(self, calls: Sequence[ModelCall]) -> Sequence[Tensor]:
        """The clean embeddings [rows, d], standardised, for each of *calls*."""
        batch = self._batch([call.cache for call in calls])
        samples = torch.cat([call.sample for call in calls])
        tokens = torch.stack(
            [
                torch.stack([self.times[call.timestep] for call in calls]),
                linear(samples.to(self.times.dtype), *self.sample),
                self.query.expand(len(calls), -1),
            ],
            dim=1,
        )
        x = tokens[batch.sample_index]
        for block, cache in zip(self.prompts.blocks, batch.cache, strict=True):
            x = block(x, cache, batch.mask)
        clean = linear(self.norm(x[:, -1]), *self.clean)
        return torch.split(clean, batch.sizes)

    def _prefix(self, text: EncodedText) -> Tensor:
        if torch.equal(text.pooled, self.empty.pooled):
            return self.empty_prefix
        return self.prompts.prefix(text)

    def _batch(self, caches: Sequence[PromptCache]) -> PrefixBatch:
        """The batch of exactly these *caches*: the last one, if it still is."""
        first = caches[0]
        if first.batch is None or not first.batch.matches(caches):
            first.batch = PrefixBatch.of(caches)
        return first.batch


def _affine(layer: nn.Linear) -> Affine:
    return layer.weight.detach(), layer.bias.detach()
