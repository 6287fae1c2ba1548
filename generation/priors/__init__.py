"""From a text to a point of CLIP's image space, in the four ways of the paper."""

from typing import Protocol

from torch import Tensor

from generation.model_calls import Inquiry
from generation.recipe import Recipe
from generation.text_encoders import Reading


class Prior(Protocol):
    """Imagines the embedding that CLIP would give to a picture of a text."""

    def imagine(
        self, reading: Reading, negative: Reading, recipe: Recipe, /
    ) -> Inquiry[Tensor]:
        """An embedding [1, d], float32, not normalised, of the text that was read.

        Priors that can be guided lean away from *negative*.
        """
        ...
