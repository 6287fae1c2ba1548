"""The training loop of every stage, resumable to the step."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import torch
from accelerate import Accelerator, DistributedDataParallelKwargs
from PIL.Image import Image
from torch import Tensor, nn
from transformers.optimization import Adafactor

from generation.training.checkpoint import TrainingState
from generation.training.plan import Schedule

NATIVE: Final = ("amx_bf16", "avx512_bf16", "bf16")
"""Capabilities of a processor that multiplies bfloat16 natively."""


def autocast(device: torch.device) -> AbstractContextManager[None]:
    """Computes in bfloat16 where that is enough; weights stay as they are.

    Not on a processor that would have to imitate it: that is forty times slower.
    """
    if device.type == "cpu" and not _is_native():
        return nullcontext()
    context: AbstractContextManager[None] = torch.autocast(device.type, torch.bfloat16)
    return context


@cache
def _is_native() -> bool:
    known = torch.cpu.get_capabilities()
    return any(known.get(name, False) for name in NATIVE)


def make_optimizer(
    learned: Sequence[nn.Parameter], schedule: Schedule
) -> torch.optim.Optimizer:
    """The optimizer of *schedule* over the *learned* parameters."""
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


GRADIENT_NORM: Final = 1.0
DECAY_SHARE: Final = 0.2  # of the steps, at the end
SETTLING: Final = 10  # the average of few steps weighs the newest more


@dataclass(frozen=True, slots=True)
class StepRandom:
    """The random numbers of one step, for NumPy and for torch."""

    numpy: np.random.Generator
    torch: torch.Generator

    @classmethod
    def at(cls, seed: int, step: int, process: int = 0) -> "StepRandom":
        """The random numbers of a step, the same wherever a run restarts."""
        random = np.random.default_rng([seed, step, process])
        generator = torch.Generator().manual_seed(int(random.integers(2**63)))
        return cls(random, generator)


class Monitor(Protocol):
    """Receives the progress of a stage."""

    def __call__(
        self, stage: str, *, step: int, steps: int, loss: float | None
    ) -> None:
        """Receives a step, and its loss where it has one."""

    def shown(self, stage: str, *, step: int, sample: Image) -> None:
        """Receives a *sample* of the stage after *step* steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """Trains *networks* by *loss* and leaves the state in *file*.

    Started by `accelerate launch`, several processes share each step: every one draws
    its own batch, and the first alone writes and shows a *sample* after it has saved.
    """

    stage: str
    networks: nn.Module
    loss: Callable[[StepRandom], Tensor]
    schedule: Schedule
    seed: int
    file: Path
    monitor: Monitor
    device: torch.device
    sample: Callable[[], Image] | None = None

    def run(self) -> None:
        """Takes the steps that are still missing."""
        accelerator = Accelerator(
            cpu=self.device.type == "cpu",
            kwargs_handlers=[DistributedDataParallelKwargs(static_graph=True)],
        )
        self.networks.to(accelerator.device)
        averaged = deepcopy(self.networks).requires_grad_(requires_grad=False)
        learned = [p for p in self.networks.parameters() if p.requires_grad]
        optimizer = make_optimizer(learned, self.schedule)
        state = TrainingState(self.networks, averaged, optimizer)
        step = state.load(self.file) if self.file.is_file() else 0
        together = accelerator.prepare_model(_LossModule(self.networks, self.loss))
        while step < self.schedule.steps:
            loss = self._step(step, together, optimizer, accelerator)
            step += 1
            update_average(averaged, self.networks, step, self.schedule.average)
            if accelerator.is_main_process:
                self._note(step, loss, state)

    def _step(
        self,
        step: int,
        together: nn.Module,
        optimizer: torch.optim.Optimizer,
        accelerator: Accelerator,
    ) -> float:
        for group in optimizer.param_groups:
            group["lr"] = self.schedule.rate * learning_rate_factor(step, self.schedule)
        loss = together(StepRandom.at(self.seed, step, accelerator.process_index))
        optimizer.zero_grad()
        accelerator.backward(loss)
        nn.utils.clip_grad_norm_(together.parameters(), GRADIENT_NORM)
        optimizer.step()
        return float(loss.detach())

    def _note(self, step: int, loss: float, state: TrainingState) -> None:
        saves = step % self.schedule.save_every == 0 or step == self.schedule.steps
        if saves:
            state.save(self.file, step=step)
        self.monitor(self.stage, step=step, steps=self.schedule.steps, loss=loss)
        if saves and self.sample is not None:
            self.monitor.shown(self.stage, step=step, sample=self.sample())


class _LossModule(nn.Module):
    """*networks* as a module whose forward pass is the loss."""

    def __init__(
        self, networks: nn.Module, loss: Callable[[StepRandom], Tensor]
    ) -> None:
        super().__init__()
        self.networks = networks
        self.loss = loss

    def forward(self, rng: StepRandom) -> Tensor:
        return self.loss(rng)


def learning_rate_factor(step: int, schedule: Schedule) -> float:
    """The share of the full rate at *step*: a ramp, a plateau, a slope to zero."""
    up = (step + 1) / max(1, schedule.warmup)
    down = (schedule.steps - step) / max(1.0, DECAY_SHARE * schedule.steps)
    return max(0.0, min(1.0, up, down))


@torch.no_grad()
def update_average(
    averaged: nn.Module, networks: nn.Module, step: int, decay: float
) -> None:
    """Updates the *averaged* weights after step number *step* of *networks*."""
    decay = min(decay, (1 + step) / (SETTLING + step))
    torch._foreach_lerp_(
        list(averaged.parameters()), list(networks.parameters()), 1 - decay
    )
