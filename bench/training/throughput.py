"""python -m bench.training.throughput SIDE: how fast one side learns, as JSON.

Every process that torchrun starts takes its part of each step.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from types import MappingProxyType
from typing import Final

import click
import torch
from accelerate import PartialState
from PIL.Image import Image

from bench.engine.quiet import quiet
from bench.training import ours, plain
from bench.training.task import TaskFactory
from bench.training.training_setup import TrainingSetup, training_setup
from generation.training.loop import Loop
from generation.training.plan import Schedule

SIDES: Final[Mapping[str, Mapping[str, TaskFactory]]] = MappingProxyType(
    {"ours": ours.STAGES, "plain": plain.STAGES}
)
WARM_UP: Final = 1  # the first step builds what later ones find
SAVING: Final = 1  # the last one writes a checkpoint


@click.command()
@click.argument("side", type=click.Choice(list(SIDES)))
@click.option("--plan", "plan_file", type=click.Path(path_type=Path), required=True)
@click.option("--steps", type=click.IntRange(1), required=True)
@click.option("--threads", type=click.IntRange(1), required=True)
def main(side: str, plan_file: Path, steps: int, threads: int) -> None:
    """Prints the pictures a second of every stage of *side*."""
    torch.set_num_threads(threads)
    quiet()
    accelerator = PartialState(cpu=True)
    with training_setup(plan_file) as setup:
        seconds = {
            stage: step_seconds(setup, stage, make, steps)
            for stage, make in SIDES[side].items()
        }
    if accelerator.is_main_process:
        paces = {
            stage: accelerator.num_processes
            * setup.plan.schedules[stage].batch
            / median(s)
            for stage, s in seconds.items()
        }
        click.echo(json.dumps(paces))


def step_seconds(
    setup: TrainingSetup, stage: str, make: TaskFactory, steps: int
) -> list[float]:
    """The seconds of each of so many *steps*, in the process that writes."""
    known = setup.plan.schedules[stage]
    task, monitor = make(setup, known.batch), _Stopwatch()
    with TemporaryDirectory() as folder:
        Loop(
            stage=stage,
            networks=task.networks.train(),
            loss=task.loss,
            schedule=_short(known, WARM_UP + steps + SAVING),
            seed=setup.plan.seed,
            file=Path(folder, "state.safetensors"),
            monitor=monitor,
            device=torch.device("cpu"),
        ).run()
    return monitor.seconds[WARM_UP:-SAVING]


def _short(schedule: Schedule, steps: int) -> Schedule:
    """*schedule* with so many *steps*, and saved at their end only."""
    return schedule.model_copy(update={"steps": steps, "save_every": steps})


class _Stopwatch:
    """Records the seconds of each step."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._since = perf_counter()

    def __call__(
        self, stage: str, *, step: int, steps: int, loss: float | None
    ) -> None:
        """Takes the time."""
        del stage, step, steps, loss
        now = perf_counter()
        self.seconds.append(now - self._since)
        self._since = now

    def shown(self, stage: str, *, step: int, sample: Image) -> None:
        """Never asked for."""


if __name__ == "__main__":
    main()
