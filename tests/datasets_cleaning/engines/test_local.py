import os
import signal
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import pytest

from datasets_cleaning.engines.local import LocalEngine
from datasets_cleaning.errors import EngineError
from datasets_cleaning.protocols import Phase, Task, TaskResult
from datasets_cleaning.summary import DONE
from tests.datasets_cleaning.jobs import cleaned, tree
from tests.datasets_cleaning.toys import Inline, shards

HUNDRED = [("bad" if n % 9 == 0 else "fine=3",) for n in range(100)]


@dataclass(frozen=True)
class Deadly:
    """Work that kills its process at the tasks *numbers*."""

    numbers: tuple[int, ...]

    def __call__(self, task: Task) -> TaskResult:
        if task.number in self.numbers:
            os.kill(os.getpid(), signal.SIGKILL)
        return TaskResult(task=task, manifest={"process": os.getpid()})


@dataclass(frozen=True)
class Unreadable:
    """Work that no other process can make sense of."""

    def __call__(self, task: Task) -> TaskResult:
        raise AssertionError("nobody does this work")

    def __reduce__(self):
        return os._exit, (7,)


def tasks(count):
    return [Task(phase=Phase.JUDGE, number=number) for number in range(count)]


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A folder in which waiting for the disk takes no time, where there is one."""
    shared = Path("/dev/shm")  # noqa: S108  # nobody else reads what lies in it
    with TemporaryDirectory(dir=shared if shared.is_dir() else tmp_path) as folder:
        yield Path(folder)


def test_killing_workers_anywhere_changes_no_byte(memory):
    source = shards(memory / "in", HUNDRED)
    tasks_run: list[Task] = []
    cleaned(source, memory / "undisturbed", engine=Inline())

    summary = cleaned(
        source, memory / "out", engine=LocalEngine(2), deadly=0.025, tasks_run=tasks_run
    )

    assert summary.exit_code == DONE
    assert any(task.attempt > 1 for task in tasks_run)
    assert tree(memory / "out") == tree(memory / "undisturbed")


def test_a_killed_worker_costs_its_task_and_is_replaced():
    ended = list(LocalEngine(1).run(tasks(3), Deadly((1,))))

    problems = {done.task.number: done.problem for done in ended}
    assert problems == {0: "", 1: "its worker was ended by signal 9", 2: ""}


def test_a_worker_does_one_task_after_another():
    ended = list(LocalEngine(1).run(tasks(5), Deadly(())))

    assert len({done.manifest["process"] for done in ended if done.manifest}) == 1
    assert os.getpid() not in {d.manifest["process"] for d in ended if d.manifest}


def test_workers_that_cannot_begin_end_the_run():
    with pytest.raises(EngineError, match=r"as they start: .* exit code 7"):
        list(LocalEngine(1).run(tasks(5), Unreadable()))


def test_whoever_stops_listening_stops_the_workers():
    ended = LocalEngine(1).run(tasks(5), Deadly(()))
    first = next(ended)
    assert first.manifest

    cast("Generator[TaskResult]", ended).close()

    with pytest.raises(ProcessLookupError):
        os.kill(first.manifest["process"], 0)
