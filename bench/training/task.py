"""The training task of one side in a stage."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn

from bench.training.training_setup import TrainingSetup
from generation.training.loop import StepRandom


@dataclass(frozen=True, slots=True)
class TrainingTask:
    """*networks*, and the *loss* that a step of theirs lessens."""

    networks: nn.Module
    loss: Callable[[StepRandom], Tensor]


TaskFactory = Callable[[TrainingSetup, int], TrainingTask]
"""A stage's lesson, with so many pictures in a step."""
