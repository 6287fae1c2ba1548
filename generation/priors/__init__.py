"""Priors: from a text to a point of CLIP's image space, in the paper's four ways."""

from typing import Protocol

from torch import Tensor

from generation.model_calls import ModelCalls
from generation.recipe import Recipe
from generation.text_encoders import EncodedText


class Prior(Protocol):
    """Predicts the embedding that CLIP would give to a picture of a text."""

    def embed(
        self, text: EncodedText, negative: EncodedText, recipe: Recipe, /
    ) -> ModelCalls[Tensor]:
        """An embedding [1, d] of *text*, float32, not normalised.

        Priors that can be guided lead away from *negative*.
        """
        ...
