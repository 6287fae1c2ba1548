"""The prior network, asked again and again about the same prompts.

Its attention is causal, and the prompt's 78 tokens come before those of the timestep
and the sample: whatever a block makes of them is the same at every step. So it is
made once, and a step costs three tokens in place of 81.
"""

from dataclasses import dataclass
from typing import Any, Final, Self

import torch
from torch import Tensor
from torch.nn.functional import pad, scaled_dot_product_attention

from generation.networks import PriorTransformer
from generation.text import Reading

KeysAndValues = tuple[Tensor, Tensor]
"""What one block's attention remembers, [rows, heads, tokens, width of a head] each."""

SUFFIX: Final = 3
"""Timestep, sample, and the token in whose place the prediction appears."""


@dataclass(frozen=True, slots=True)
class Prefix:
    """The prompts of some rows, as every block of *network* remembers them.

    *seen* [rows, 1, 3, 81] is true where a later token may look: not at padding, and
    not ahead.
    """

    network: PriorTransformer
    memory: list[KeysAndValues]
    seen: Tensor

    @classmethod
    def of(cls, network: PriorTransformer, readings: list[Reading]) -> Self:
        """*network* with one prompt of *readings* in each row."""
        net: Any = network
        states = net.encoder_hidden_states_proj(torch.cat([r.states for r in readings]))
        pooled = net.embedding_proj(torch.cat([r.pooled for r in readings]))
        x = torch.cat([states, pooled[:, None]], dim=1)
        x = x + net.positional_embedding[:, :-SUFFIX]
        text = torch.cat([reading.mask for reading in readings])
        seen = _causal(pad(text, (0, 1 + SUFFIX), value=True))
        memory = []
        for block in net.transformer_blocks:
            x, keys_and_values = _attend(block, x, seen[..., :-SUFFIX, :-SUFFIX], None)
            memory.append(keys_and_values)
        return cls(network, memory, seen[..., -SUFFIX:, :])

    def predict(self, x: Tensor, timestep: int) -> Tensor:
        """The clean embeddings [rows, d] that the network sees in *x* [1, d]."""
        net: Any = self.network
        time = net.time_proj(torch.tensor([timestep], device=x.device))
        tokens = torch.stack(
            [
                net.time_embedding(time.to(net.dtype)),
                net.proj_in(x.to(net.dtype)),
                net.prd_embedding[0],
            ],
            dim=1,
        )
        out = tokens + net.positional_embedding[:, -SUFFIX:]
        out = out.expand(len(self.seen), -1, -1)
        for block, remembered in zip(net.transformer_blocks, self.memory, strict=True):
            out, _ = _attend(block, out, self.seen, remembered)
        clean: Tensor = net.proj_to_clip_embeddings(net.norm_out(out[:, -1]))
        return clean


def _causal(mask: Tensor) -> Tensor:
    """Where each token may look [rows, 1, tokens, tokens], given which are no padding.

    *mask* is [rows, tokens].
    """
    length = mask.shape[1]
    past = torch.ones(length, length, dtype=torch.bool, device=mask.device).tril()
    return mask[:, None, None, :] & past


def _attend(
    block: Any, x: Tensor, seen: Tensor, remembered: KeysAndValues | None
) -> tuple[Tensor, KeysAndValues]:
    """One block over *x* [rows, tokens, width], and what it will remember."""
    attention = block.attn1
    normed = block.norm1(x)

    def heads(projected: Tensor) -> Tensor:
        rows, tokens, _ = projected.shape
        return projected.view(rows, tokens, attention.heads, -1).transpose(1, 2)

    queries = heads(attention.to_q(normed))
    keys, values = heads(attention.to_k(normed)), heads(attention.to_v(normed))
    if remembered is not None:
        keys = torch.cat([remembered[0], keys], dim=2)
        values = torch.cat([remembered[1], values], dim=2)
    mixed = scaled_dot_product_attention(queries, keys, values, attn_mask=seen)
    x = x + attention.to_out[0](mixed.transpose(1, 2).flatten(2))
    return x + block.ff(block.norm3(x)), (keys, values)
