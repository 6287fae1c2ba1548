"""What turns gradients into steps."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from transformers.optimization import Adafactor

from generation.training.plan import Schedule


def optimizer(
    learned: Sequence[nn.Parameter], schedule: Schedule
) -> torch.optim.Optimizer:
    """The optimizer that *schedule* asks for, over what is *learned*."""
    if schedule.optimizer == "adamw":
        return torch.optim.AdamW(
            learned, lr=schedule.rate, betas=(0.9, 0.98), weight_decay=0.01
        )
    # as Kandinsky's authors set it: the rate is what the schedule says, no more
    make: Any = Adafactor
    made: torch.optim.Optimizer = make(
        learned, lr=schedule.rate, scale_parameter=False, relative_step=False
    )
    return made
