"""One loop for every stage, resumable to the step."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import torch
from accelerate import Accelerator, DistributedDataParallelKwargs
from PIL.Image import Image
from torch import Tensor, nn

from generation.training import optimizers
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
    def at(cls, seed: int, step: int, process: int = 0) -> "Draw":
        """The same draw for the same numbers, wherever a run restarts."""
        random = np.random.default_rng([seed, step, process])
        generator = torch.Generator().manual_seed(int(random.integers(2**63)))
        return cls(random, generator)


class Watch(Protocol):
    """Is told how a stage goes on."""

    def __call__(
        self, stage: str, *, step: int, steps: int, loss: float | None
    ) -> None:
        """Takes note of a step, and of its loss where it has one."""

    def shown(self, stage: str, *, step: int, sample: Image) -> None:
        """Takes note of what the stage can do after *step* steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """Trains *networks* by *loss* and leaves the state in *file*.

    Started by `accelerate launch`, several processes share each step: every one draws
    its own batch, and the first alone writes and shows a *sample* after it has saved.
    """

    stage: str
    networks: nn.Module
    loss: Callable[[Draw], Tensor]
    schedule: Schedule
    seed: int
    file: Path
    watch: Watch
    device: torch.device
    sample: Callable[[], Image] | None = None

    def run(self) -> None:
        """Takes the steps that are still missing."""
        company = Accelerator(
            cpu=self.device.type == "cpu",
            kwargs_handlers=[DistributedDataParallelKwargs(static_graph=True)],
        )
        self.networks.to(company.device)
        averaged = deepcopy(self.networks).requires_grad_(requires_grad=False)
        learned = [p for p in self.networks.parameters() if p.requires_grad]
        optimizer = optimizers.optimizer(learned, self.schedule)
        state = State(self.networks, averaged, optimizer)
        step = state.load(self.file) if self.file.is_file() else 0
        together = company.prepare_model(_Lesson(self.networks, self.loss))
        while step < self.schedule.steps:
            loss = self._step(step, together, optimizer, company)
            step += 1
            averaging(averaged, self.networks, step, self.schedule.average)
            if company.is_main_process:
                self._note(step, loss, state)

    def _step(
        self,
        step: int,
        together: nn.Module,
        optimizer: torch.optim.Optimizer,
        company: Accelerator,
    ) -> float:
        for group in optimizer.param_groups:
            group["lr"] = self.schedule.rate * progress_of_rate(step, self.schedule)
        loss = together(Draw.at(self.seed, step, company.process_index))
        optimizer.zero_grad()
        company.backward(loss)
        nn.utils.clip_grad_norm_(together.parameters(), GRADIENT_NORM)
        optimizer.step()
        return float(loss.detach())

    def _note(self, step: int, loss: float, state: State) -> None:
        saves = step % self.schedule.save_every == 0 or step == self.schedule.steps
        if saves:
            state.save(self.file, step=step)
        self.watch(self.stage, step=step, steps=self.schedule.steps, loss=loss)
        if saves and self.sample is not None:
            self.watch.shown(self.stage, step=step, sample=self.sample())


class _Lesson(nn.Module):
    """*networks*, seen as one that answers a draw with its loss."""

    def __init__(self, networks: nn.Module, loss: Callable[[Draw], Tensor]) -> None:
        super().__init__()
        self.networks = networks
        self.loss = loss

    def forward(self, draw: Draw) -> Tensor:
        return self.loss(draw)


def progress_of_rate(step: int, schedule: Schedule) -> float:
    """The share of the full rate at *step*: a ramp, a plateau, a slope to zero."""
    up = (step + 1) / max(1, schedule.warmup)
    down = (schedule.steps - step) / max(1.0, DECAY_SHARE * schedule.steps)
    return max(0.0, min(1.0, up, down))


@torch.no_grad()
def averaging(
    averaged: nn.Module, networks: nn.Module, step: int, decay: float
) -> None:
    """Brings the *averaged* weights on after the *step*-th step of *networks*."""
    decay = min(decay, (1 + step) / (SETTLING + step))
    torch._foreach_lerp_(
        list(averaged.parameters()), list(networks.parameters()), 1 - decay
    )
