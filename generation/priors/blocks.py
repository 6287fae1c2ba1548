"""One block of the prior network, over the newest tokens of a sequence."""

from dataclasses import dataclass
from math import inf
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, linear, scaled_dot_product_attention

Affine = tuple[Tensor, Tensor]
"""The weight [out, in] and the bias [out] of a linear layer."""


def affine(layer: nn.Linear) -> Affine:
    """What *layer* has learnt, without the way it got there."""
    return layer.weight.detach(), layer.bias.detach()


def causal(tokens: int, length: int) -> Tensor:
    """Where the last *tokens* of *length* look: 0, and negative infinity ahead."""
    return torch.full((tokens, length), -inf).triu(length - tokens + 1)


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Attention and two layers, each beside what they are added to.

    *asked* makes queries, keys and values in one product.
    """

    heads: int
    norm: nn.LayerNorm
    asked: Affine
    told: Affine
    second_norm: nn.LayerNorm
    up: Affine
    down: Affine

    @classmethod
    def of(cls, block: Any) -> Self:
        """One of the transformer blocks of diffusers' PriorTransformer."""
        attention = block.attn1
        asked = (attention.to_q, attention.to_k, attention.to_v)
        weights, biases = zip(*map(affine, asked), strict=True)
        return cls(
            heads=attention.heads,
            norm=block.norm1,
            asked=(torch.cat(weights), torch.cat(biases)),
            told=affine(attention.to_out[0]),
            second_norm=block.norm3,
            up=affine(block.ff.net[0].proj),
            down=affine(block.ff.net[2]),
        )

    def __call__(self, x: Tensor, memory: Tensor, seen: Tensor) -> Tensor:
        """*x* [rows, tokens, width], one block further.

        *memory* [2, rows, heads, length, width of a head] holds keys and values of the
        whole sequence; those of *x* are written to its end. *seen* is added to what
        they score: 0 where a token looks, negative infinity where it does not.
        """
        rows, tokens, _ = x.shape
        projected = linear(self.norm(x), *self.asked)
        heads = projected.view(rows, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        memory[..., -tokens:, :] = heads[1:]
        queries, (keys, values) = heads[0], memory
        mixed = scaled_dot_product_attention(queries, keys, values, attn_mask=seen)
        x = x + linear(mixed.transpose(1, 2).flatten(2), *self.told)
        return x + linear(gelu(linear(self.second_norm(x), *self.up)), *self.down)
