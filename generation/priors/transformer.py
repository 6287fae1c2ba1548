"""The prior network, asked again and again about the same prompts.

Its attention is causal, and the prompt's tokens come before those of the timestep and
the sample: whatever a block makes of them is the same at every step. So it is made
once, and a step costs three tokens in place of 81.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from operator import is_
from typing import Any, Final, Self

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from generation.checkpoints.networks import PriorTransformer
from generation.model_calls import Question
from generation.priors.blocks import Affine, affine, causal
from generation.priors.prompts import Prompts
from generation.schedules import TRAINING_STEPS
from generation.text_encoders import Reading

SUFFIX: Final = 3
"""Timestep, sample, and the token in whose place the prediction appears."""

Prefixes = tuple[Tensor, ...]
"""Keys and values [blocks, 2, heads, tokens, width of a head], prompt by prompt."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """The rows of several memories, side by side, with room for the suffix.

    *cells* is [blocks, 2, rows, heads, length, width of a head]. Shorter prompts are
    filled up, which *seen* [rows, 1, 3, length] hides. Each row belongs to one
    *asker* [rows] of *members*, and each of these has as many rows as *sizes* says.
    """

    members: list[Prefixes]
    cells: Tensor
    seen: Tensor
    asker: Tensor
    sizes: list[int]

    @classmethod
    def of(cls, memories: Sequence["Memory"]) -> Self:
        """The rows of *memories* in their order."""
        prefixes = [prefix for memory in memories for prefix in memory.prefixes]
        blocks, two, heads, _, width = prefixes[0].shape
        length = max(prefix.shape[-2] for prefix in prefixes) + SUFFIX
        cells = prefixes[0].new_zeros(blocks, two, len(prefixes), heads, length, width)
        seen = causal(SUFFIX, length).repeat(len(prefixes), 1, 1, 1)
        for row, prefix in enumerate(prefixes):
            tokens = prefix.shape[-2]
            cells[:, :, row, :, :tokens] = prefix
            seen[row, ..., tokens:-SUFFIX] = -inf
        sizes = [len(memory.prefixes) for memory in memories]
        asker = torch.arange(len(sizes)).repeat_interleave(torch.tensor(sizes))
        return cls(
            members=[memory.prefixes for memory in memories],
            cells=cells,
            seen=seen.to(cells),
            asker=asker.to(cells.device),
            sizes=sizes,
        )

    def holds(self, memories: Sequence["Memory"]) -> bool:
        """Whether these are the rows of exactly these *memories*."""
        asking = [memory.prefixes for memory in memories]
        same = map(is_, self.members, asking)
        return len(self.members) == len(asking) and all(same)


@dataclass(slots=True, eq=False)
class Memory:
    """What the network remembers of the prompts of one request.

    As long as nobody joins or leaves, *prefixes* are read off one *table*, which the
    first request keeps.
    """

    prefixes: Prefixes
    table: Table | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PriorNetwork:
    """Predicts clean embeddings for any number of requests in one pass.

    What is the same at every pass is at hand: the token of each timestep in *times*
    [1000, width], the last token *mark* [width], and *nothing*, the prefix of the empty
    prompt, which was read as *unprompted*. All of them, and the bias of *sample*,
    include what the network has learnt about positions.
    """

    prompts: Prompts
    times: Tensor
    sample: Affine
    mark: Tensor
    norm: nn.LayerNorm
    clean: Affine
    mean: Tensor
    deviation: Tensor
    unprompted: Reading
    nothing: Tensor

    @classmethod
    @torch.no_grad()
    def of(cls, network: PriorTransformer, unprompted: Reading) -> Self:
        """*network*, of Kandinsky 2.1 or 2.2, with the empty prompt as it was read."""
        net: Any = network
        prompts = Prompts.of(network, suffix=SUFFIX)
        time, sample, mark = net.positional_embedding.detach()[0, -SUFFIX:]
        weight, bias = affine(net.proj_in)
        steps = net.time_proj(torch.arange(TRAINING_STEPS, device=weight.device))
        return cls(
            prompts=prompts,
            times=net.time_embedding(steps.to(weight.dtype)) + time,
            sample=(weight, bias + sample),
            mark=net.prd_embedding.detach()[0, 0] + mark,
            norm=net.norm_out,
            clean=affine(net.proj_to_clip_embeddings),
            mean=net.clip_mean.detach().float(),
            deviation=net.clip_std.detach().float(),
            unprompted=unprompted,
            nothing=prompts.prefix(unprompted),
        )

    @property
    def embedding(self) -> int:
        """How many numbers an embedding has."""
        return self.mean.shape[-1]

    @property
    def device(self) -> torch.device:
        """Where embeddings are predicted."""
        return self.times.device

    def destandardised(self, clean: Tensor) -> Tensor:
        """The point of CLIP's image space that *clean* [1, d] stands for."""
        return clean * self.deviation + self.mean

    @torch.no_grad()
    def prepare(self, readings: Sequence[Reading]) -> Memory:
        """What will be remembered of *readings*, one for each row."""
        return Memory(tuple(map(self._prefix, readings)))

    @torch.no_grad()
    def answer(self, questions: Sequence[Question]) -> Sequence[Tensor]:
        """The clean embeddings [rows, d], standardised, in each question's sample."""
        table = self._table([question.memory for question in questions])
        samples = torch.cat([question.sample for question in questions])
        tokens = torch.stack(
            [
                torch.stack([self.times[question.timestep] for question in questions]),
                linear(samples.to(self.times.dtype), *self.sample),
                self.mark.expand(len(questions), -1),
            ],
            dim=1,
        )
        x = tokens[table.asker]
        for block, cells in zip(self.prompts.blocks, table.cells, strict=True):
            x = block(x, cells, table.seen)
        clean = linear(self.norm(x[:, -1]), *self.clean)
        return torch.split(clean, table.sizes)

    def _prefix(self, reading: Reading) -> Tensor:
        if torch.equal(reading.pooled, self.unprompted.pooled):
            return self.nothing
        return self.prompts.prefix(reading)

    def _table(self, memories: Sequence[Memory]) -> Table:
        """The table of exactly these *memories*: the last one, if it still is."""
        first = memories[0]
        if first.table is None or not first.table.holds(memories):
            first.table = Table.of(memories)
        return first.table
