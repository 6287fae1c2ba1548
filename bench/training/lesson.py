"""What one side of the comparison teaches in a stage."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn

from bench.training.training_setup import Workshop
from generation.training.loop import Draw


@dataclass(frozen=True, slots=True)
class Lesson:
    """*networks*, and the *loss* that a step of theirs lessens."""

    networks: nn.Module
    loss: Callable[[Draw], Tensor]


Teaching = Callable[[Workshop, int], Lesson]
"""A stage's lesson, with so many pictures in a step."""
