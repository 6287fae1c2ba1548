from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path

import pytest

from bench.cleaning.__main__ import QUICK, _rate
from datasets_cleaning.protocols import RunTask, Task, TaskResult


@dataclass(frozen=True)
class By:
    """An engine whose shards are done by these *processes*, in this order."""

    processes: Sequence[int]

    def run(self, tasks: Sequence[Task], work: RunTask) -> Iterator[TaskResult]:
        del work
        for task, process in zip(tasks, self.processes, strict=True):
            yield TaskResult(task=task, manifest={"process": process})


def rate(*processes):
    return _rate(By(processes), QUICK, Path(), to="x", workers=2)


def test_a_rate_counts_what_comes_after_every_worker_has_done_a_shard():
    assert rate(1, 2, 1, 2) > 0
    assert rate(1, 1, 2, 1) > 0


@pytest.mark.parametrize("processes", [(1, 1, 1, 1), (1, 1, 1, 2)])
def test_without_work_for_every_worker_there_is_no_rate(processes):
    assert isnan(rate(*processes))
