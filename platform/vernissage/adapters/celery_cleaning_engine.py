"""Celery as an engine: a message for each shard, and the outcome in SQL."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import structlog
from celery import Celery
from sqlalchemy.orm import Session, sessionmaker

from datasets_cleaning.errors import EngineError
from datasets_cleaning.protocols import RunTask, Task, TaskResult
from vernissage.cleaning.models import ShardState
from vernissage.cleaning.shards import Shards
from vernissage.ports import Clock

log = structlog.get_logger()

CLEANING: Final = "cleaning"
"""The queue."""

CLEAN: Final = "vernissage.clean"
"""The name of the task, so that a driver need not import the worker."""

SILENT: Final = "its worker fell silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class CeleryEngine:
    """Sends the shards of one run as messages, and reads their states.

    A message may be lost or doubled: a worker takes a shard under a lease in SQL, and
    writes there how it ended. *check* raises when the run is no longer one's own.
    """

    send: Callable[[Task], None]
    sessions: sessionmaker[Session]
    clock: Clock
    run_id: UUID
    check: Callable[[], None]
    pause: float = 0.2
    stale: float = 5.0

    def run(self, tasks: Sequence[Task], work: RunTask) -> Iterator[TaskResult]:
        """The results of *tasks*, as they end; EngineError without a broker."""
        del work  # each worker makes its own
        pending = {task.number: task for task in tasks}
        self._ask(tasks)
        for task in tasks:
            self.send(task)
        quiet = Quiet(self.stale)
        while pending:
            self.check()
            ended = list(self._ended(pending))
            for done in ended:
                del pending[done.task.number]
            yield from ended
            if quiet.too_long(broken=bool(ended) or self._in_work(pending)):
                log.warning("nobody_cleans", run=str(self.run_id), waiting=len(pending))
                with suppress(EngineError):  # an outage of the broker may end
                    for task in pending.values():
                        self.send(task)
            time.sleep(self.pause)

    def _ask(self, tasks: Sequence[Task]) -> None:
        with self.sessions.begin() as session:
            for phase in {task.phase for task in tasks}:
                numbers = [task.number for task in tasks if task.phase is phase]
                Shards(session, self.run_id).ask(numbers, phase)

    def _ended(self, pending: dict[int, Task]) -> Iterator[TaskResult]:
        with self.sessions() as session:
            shards = Shards(session, self.run_id)
            for phase in {task.phase for task in pending.values()}:
                for number in sorted(shards.ended(phase) & pending.keys()):
                    shard = shards[number]
                    yield TaskResult(
                        task=pending[number],
                        manifest=shard.manifest,
                        problem=shard.problem,
                    )

    def _in_work(self, pending: dict[int, Task]) -> bool:
        """Whether a worker still holds a shard; fails those with an expired lease."""
        now = self.clock()
        with self.sessions() as session:
            shards = Shards(session, self.run_id)
            silent = shards.expired(now) & pending.keys()
            held = shards.sums().get(ShardState.LEASED, 0)
        for number in silent:
            with self.sessions.begin() as session:
                Shards(session, self.run_id).give_up(number, now, SILENT)
        return held > len(silent)


@dataclass(slots=True)
class Quiet:
    """Time without news of any worker, and its limit in *seconds*.

    A worker that dies takes the next message with it, so they are sent again; each time
    the limit doubles, lest they pile up in an empty queue.
    """

    seconds: float
    times: int = 1
    since: float = field(default_factory=time.monotonic)

    def too_long(self, *, broken: bool) -> bool:
        """Whether it is time to send again; *broken* says that there was news."""
        now = time.monotonic()
        if broken:
            self.since, self.times = now, 1
        if now - self.since <= self.seconds * self.times:
            return False
        self.since, self.times = now, 2 * self.times
        return True


@dataclass(frozen=True, slots=True)
class Messages:
    """Sends a task of the run *run_id* as a message."""

    app: Celery
    run_id: UUID

    def __call__(self, task: Task) -> None:
        """Send *task*, or raise EngineError."""
        arguments = [str(self.run_id), task.phase.value, task.number, task.attempt]
        try:
            self.app.send_task(CLEAN, args=arguments, queue=CLEANING, retry=False)
        except Exception as error:  # noqa: BLE001  # every transport has its own kinds
            # its message may hold the broker's password
            raise EngineError(
                f"the broker does not take messages: {type(error).__name__}"
            ) from None
