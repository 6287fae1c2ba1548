"""The residual prior: a deep perceptron from texts to pictures."""

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu

from generation.priors.regression import Regression
from generation.recipe import PriorKind


class ResidualPrior(Regression):
    """The third prior of table 3 of Razzhigaev et al. 2023.

    The paper has 18 *blocks* and says nothing of their *width*. Texts are standardised
    by *text_mean* and *text_std* [text] before they enter.
    """

    kind: ClassVar = PriorKind.RESIDUAL
    text_mean: Tensor
    text_std: Tensor

    def __init__(
        self, *, text: int, embedding: int, width: int, blocks: int, expansion: int
    ) -> None:
        super().__init__(
            text=text,
            embedding=embedding,
            width=width,
            blocks=blocks,
            expansion=expansion,
        )
        self.register_buffer("text_mean", torch.zeros(text))
        self.register_buffer("text_std", torch.ones(text))
        self.enter = nn.Linear(text, width)
        self.blocks = nn.ModuleList(_Block(width, expansion) for _ in range(blocks))
        self.norm = nn.LayerNorm(width)
        self.leave = nn.Linear(width, embedding)

    def forward(self, pooled: Tensor) -> Tensor:
        """Standardised embeddings [n, embedding] for texts *pooled* [n, text]."""
        x = self.enter((pooled - self.text_mean) / self.text_std)
        for block in self.blocks:
            x = block(x)
        clean: Tensor = self.leave(self.norm(x))
        return clean


class _Block(nn.Module):
    """A perceptron beside what it is added to."""

    def __init__(self, width: int, expansion: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, expansion * width)
        self.down = nn.Linear(expansion * width, width)

    def forward(self, x: Tensor) -> Tensor:
        changed: Tensor = x + self.down(gelu(self.up(self.norm(x))))
        return changed
