"""The shard worker: it claims a waiting shard and cleans it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

import structlog
from sqlalchemy.orm import Session, sessionmaker

from datasets_cleaning.protocols import Phase, RunTask, Task, TaskResult
from vernissage.cleaning.models import Run, RunShard, ShardState
from vernissage.cleaning.runs import Runs
from vernissage.cleaning.shards import Shards
from vernissage.errors import Cancelled
from vernissage.ports import Clock
from vernissage.services.heartbeat import renewing

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardWorker:
    """Cleans one shard at a time; *work_of* gives the task runner of a run.

    A doubled or late message does nothing: the lease counts.
    """

    sessions: sessionmaker[Session]
    clock: Clock
    length: timedelta
    owner: str
    work_of: Callable[[Run], RunTask]

    def clean(self, run_id: UUID, task: Task) -> bool:
        """Do *task* of that run; False when it is not, or no longer, one's own."""
        with self.sessions.begin() as session:
            until = self.clock() + self.length
            shard = Shards(session, run_id).claim(
                task.number, task.phase, self.owner, until
            )
            run = Runs(session)[run_id] if shard else None
        if shard is None or run is None:
            return False
        fields = {"run": str(run_id), "shard": task.number, "phase": task.phase.value}
        with renewing(partial(self._change, shard, self._more), length=self.length):
            done = self._done(run, task)
        try:
            self._change(shard, partial(_outcome, done))
        except Cancelled:
            log.info("shard_dropped", **fields)
            return False
        log.info("shard_finished", **fields, problem=bool(done.problem))
        return True

    def _done(self, run: Run, task: Task) -> TaskResult:
        try:
            work = self.work_of(run)
        except Exception as error:  # noqa: BLE001  # what is amiss here may be well elsewhere
            return TaskResult(task=task, problem=f"{type(error).__name__}: {error}")
        return work(task)

    def _more(self) -> dict[str, object]:
        return {"lease_until": self.clock() + self.length}

    def _change(self, shard: RunShard, values: Callable[[], dict[str, object]]) -> None:
        with self.sessions.begin() as session:
            Shards(session, shard.run_id).change(shard, **values())


def _outcome(done: TaskResult) -> dict[str, object]:
    return {
        "status": ShardState.FAILED if done.problem else ShardState.DONE,
        "manifest": None if done.manifest is None else dict(done.manifest),
        "problem": done.problem,
        "lease_owner": None,
        "lease_until": None,
    }


def task(phase: str, number: int, attempt: int) -> Task:
    """The task that a message names."""
    return Task(phase=Phase(phase), number=number, attempt=attempt)
