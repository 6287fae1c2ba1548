"""What the blocks of the prior network make of a prompt, once and for all steps."""

from dataclasses import dataclass
from typing import Any, Self

import torch
from torch import Tensor
from torch.nn.functional import linear

from generation.checkpoints.networks import PriorTransformer
from generation.priors.blocks import Affine, Block, affine, causal
from generation.text_encoders import Reading


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prompts:
    """Brings prompts before the *blocks*.

    *states* and *pooled* fit what was read to the width of the network, *positions*
    [78, width] are learnt.
    """

    blocks: tuple[Block, ...]
    states: Affine
    pooled: Affine
    positions: Tensor

    @classmethod
    def of(cls, network: PriorTransformer, *, suffix: int) -> Self:
        """As *network* does it, which has *suffix* tokens that are no prompt's."""
        net: Any = network
        return cls(
            blocks=tuple(map(Block.of, net.transformer_blocks)),
            states=affine(net.encoder_hidden_states_proj),
            pooled=affine(net.embedding_proj),
            positions=net.positional_embedding.detach()[0, :-suffix],
        )

    def prefix(self, reading: Reading) -> Tensor:
        """Keys and values [blocks, 2, heads, tokens, width of a head] of one prompt.

        Nothing looks at padding, so it is left out; every token keeps its position.
        """
        states = linear(reading.states[reading.mask], *self.states)
        pooled = linear(reading.pooled, *self.pooled)
        x = torch.cat(
            [states + self.positions[:-1][reading.mask[0]], pooled + self.positions[-1]]
        )
        tokens, width = x.shape
        heads = self.blocks[0].heads
        memory = x.new_empty(len(self.blocks), 2, 1, heads, tokens, width // heads)
        seen = causal(tokens, tokens).to(x)
        x = x[None]
        for block, cells in zip(self.blocks, memory, strict=True):
            x = block(x, cells, seen)
        return memory[:, :, 0]
