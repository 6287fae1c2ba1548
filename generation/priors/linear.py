"""The linear prior: one matrix from texts to pictures."""

from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import linear

from generation.priors.regression import Regression
from generation.recipe import PriorKind


class LinearPrior(Regression):
    """The second prior of table 3 of Razzhigaev et al. 2023, and the best by its FID.

    *weight* [embedding, text] and *bias* [embedding] are fitted in closed form.
    """

    kind: ClassVar = PriorKind.LINEAR
    weight: Tensor
    bias: Tensor

    def __init__(self, *, text: int, embedding: int) -> None:
        super().__init__(text=text, embedding=embedding)
        self.register_buffer("weight", torch.zeros(embedding, text))
        self.register_buffer("bias", torch.zeros(embedding))

    def forward(self, pooled: Tensor) -> Tensor:
        """Standardised embeddings [n, embedding] for texts *pooled* [n, text]."""
        return linear(pooled, self.weight, self.bias)
