"""One loop for every stage, resumable to the step."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from generation.training.checkpoint import State
from generation.training.plan import Schedule

GRADIENT_NORM: Final = 1.0
DECAY_SHARE: Final = 0.2  # of the steps, at the end
SETTLING: Final = 10  # the average of few steps weighs the newest more


@dataclass(frozen=True, slots=True)
class Draw:
    """All the chance of one step: for NumPy and for torch."""

    numpy: np.random.Generator
    torch: torch.Generator

    @classmethod
    def at(cls, seed: int, step: int) -> "Draw":
        """The same draw for the same *seed* and *step*, wherever a run restarts."""
        generator = torch.Generator().manual_seed(seed * 1_000_003 + step)
        return cls(np.random.default_rng([seed, step]), generator)


class Watch(Protocol):
    """Is told after each step how far a stage is, and its loss where it has one."""

    def __call__(
        self, stage: str, *, step: int, steps: int, loss: float | None
    ) -> None:
        """Takes note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """Trains *networks* by *loss* and leaves the state in *file*."""

    stage: str
    networks: nn.Module
    loss: Callable[[Draw], Tensor]
    schedule: Schedule
    seed: int
    file: Path
    watch: Watch
    device: torch.device

    def run(self) -> None:
        """Takes the steps that are still missing."""
        self.networks.to(self.device)
        averaged = deepcopy(self.networks).requires_grad_(requires_grad=False)
        learned = [p for p in self.networks.parameters() if p.requires_grad]
        optimizer = torch.optim.AdamW(
            learned, lr=self.schedule.rate, betas=(0.9, 0.98), weight_decay=0.01
        )
        state = State(self.networks, averaged, optimizer)
        step = state.load(self.file) if self.file.is_file() else 0
        while step < self.schedule.steps:
            loss = self._step(step, learned, optimizer)
            step += 1
            _average(averaged, self.networks, step, self.schedule.average)
            if step % self.schedule.save_every == 0 or step == self.schedule.steps:
                state.save(self.file, step=step)
            self.watch(self.stage, step=step, steps=self.schedule.steps, loss=loss)

    def _step(
        self, step: int, learned: list[nn.Parameter], optimizer: torch.optim.Optimizer
    ) -> float:
        for group in optimizer.param_groups:
            group["lr"] = self.schedule.rate * progress_of_rate(step, self.schedule)
        loss = self.loss(Draw.at(self.seed, step))
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(learned, GRADIENT_NORM)
        optimizer.step()
        return float(loss.detach())


def progress_of_rate(step: int, schedule: Schedule) -> float:
    """The share of the full rate at *step*: a ramp, a plateau, a slope to zero."""
    up = (step + 1) / max(1, schedule.warmup)
    down = (schedule.steps - step) / max(1.0, DECAY_SHARE * schedule.steps)
    return max(0.0, min(1.0, up, down))


@torch.no_grad()
def _average(averaged: nn.Module, networks: nn.Module, step: int, decay: float) -> None:
    decay = min(decay, (1 + step) / (SETTLING + step))
    torch._foreach_lerp_(
        list(averaged.parameters()), list(networks.parameters()), 1 - decay
    )
