"""Priors that embed a text in one pass: linear, residual, and no prior at all."""

from dataclasses import dataclass

import torch
from torch import Tensor

from generation.checkpoints.regressions import RegressionNetwork
from generation.model_calls import ModelCalls
from generation.recipe import Recipe
from generation.text_encoders import EncodedText


@dataclass(frozen=True, slots=True)
class IdentityPrior:
    """Takes texts for pictures, since CLIP has one space for both.

    The fourth prior of table 3 of Razzhigaev et al. 2023, there for comparison.
    """

    def embed(
        self, text: EncodedText, _negative: EncodedText, _recipe: Recipe, /
    ) -> ModelCalls[Tensor]:
        """The embedding [1, d] of the text itself, without any call."""
        yield from ()
        return text.pooled.float()


@dataclass(frozen=True, slots=True)
class RegressionPrior:
    """Predicts the embedding by a *network*, always the same one for a text."""

    network: RegressionNetwork

    def embed(
        self, text: EncodedText, _negative: EncodedText, _recipe: Recipe, /
    ) -> ModelCalls[Tensor]:
        """The embedding [1, d]; yields no call, and knows no guidance."""
        yield from ()
        network = self.network
        with torch.no_grad():
            clean: Tensor = network(text.pooled.to(network.clip_mean.dtype))
            return clean.float() * network.clip_std.float() + network.clip_mean.float()
