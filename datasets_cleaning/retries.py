"""Retries: the same tasks again, until each has ended well or was tried enough."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from typing import Final, cast

from datasets_cleaning.errors import FatalError
from datasets_cleaning.protocols import Engine, Phase, RunTask, Task, TaskResult

ATTEMPTS: Final = 3
"""Attempts at a shard in a run before it has failed."""


def run_with_retries(
    engine: Engine, run_task: RunTask, phase: Phase, numbers: Iterable[int]
) -> Iterator[TaskResult]:
    """The final result of the task of each of *numbers*, once for each.

    An engine may say so more than once, and may say nothing of a task that it lost.
    FatalError as soon as there is no room, or a worker has no models: to try on
    would cost every shard its attempts in vain.
    """
    left = dict.fromkeys(numbers, "its engine lost it")
    for attempt in range(1, ATTEMPTS + 1):
        tasks = [
            Task(phase=phase, number=number, attempt=attempt) for number in sorted(left)
        ]
        if not tasks:
            return
        # Whoever stops listening stops the engine, too.
        with closing(
            cast("Generator[TaskResult]", engine.run(tasks, run_task))
        ) as answers:
            for done in answers:
                if error := FatalError.from_text(done.problem):
                    raise error
                if done.task.number not in left:
                    continue
                if done.manifest is None:
                    left[done.task.number] = done.problem
                else:
                    del left[done.task.number]
                    yield done
    for number, problem in sorted(left.items()):
        yield TaskResult(
            task=Task(phase=phase, number=number, attempt=ATTEMPTS), problem=problem
        )
