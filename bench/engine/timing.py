"""Timing of two sides by turns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from time import perf_counter, process_time
from typing import TypeVar

import torch

Task = TypeVar("Task")
Run = Sequence[float]
"""After how many seconds each thing that was asked for at once was done."""


@dataclass(frozen=True, slots=True)
class Stopwatch:
    """Runs from when it is made; waits for what *device* still computes."""

    device: torch.device
    began: float

    @classmethod
    def start(cls, device: torch.device) -> "Stopwatch":
        """One that begins now."""
        return cls(device, _now(device))

    def seconds(self) -> float:
        """Since the start."""
        return _now(self.device) - self.began


@dataclass(frozen=True, slots=True)
class Runs:
    """Seconds of both sides, round by round."""

    ours: Sequence[Run]
    theirs: Sequence[Run]

    def last(self) -> tuple[float, float]:
        """Median seconds until everything was done."""
        return _over(self.ours, max), _over(self.theirs, max)

    def mean(self) -> tuple[float, float]:
        """Median over the rounds of the mean seconds until one thing was done."""
        return _over(self.ours, fmean), _over(self.theirs, fmean)


def alternate(
    rounds: int,
    task: Callable[[], Task],
    ours: Callable[[Task], Run],
    theirs: Callable[[Task], Run],
) -> Runs:
    """Gives both sides the same task in each round, in turns first.

    A round before them counts for nothing: it warms both up.
    """
    done: tuple[list[Run], list[Run]] = ([], [])
    sides = [(ours, done[0]), (theirs, done[1])]
    for number in range(rounds + 1):
        asked = task()
        for side, results in sides if number % 2 else sides[::-1]:
            result = side(asked)
            if number:
                results.append(result)
    return Runs(*done)


def best(rounds: int, device: torch.device, action: Callable[[], object]) -> float:
    """The least seconds that *action* took."""
    action()
    return min(_timed(device, action) for _ in range(rounds))


def _timed(device: torch.device, action: Callable[[], object]) -> float:
    watch = Stopwatch.start(device)
    action()
    return watch.seconds()


def alone(device: torch.device) -> bool:
    """Whether one thread does it all, and its processor time is the time it takes.

    So what else the machine does meanwhile need not count.
    """
    return device.type == "cpu" and torch.get_num_threads() == 1


def _now(device: torch.device) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return process_time() if alone(device) else perf_counter()


def _over(runs: Sequence[Run], kind: Callable[[Run], float]) -> float:
    return median(kind(run) for run in runs)
