"""The driver of cleaning runs: it takes a waiting run and drives it to its end."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from threading import Event as Flag
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy.orm import Session, sessionmaker

from datasets_cleaning.summary import DONE, NOTHING, PARTLY, Summary
from vernissage.cleaning.models import Run, RunState
from vernissage.cleaning.runs import Runs
from vernissage.errors import Cancelled
from vernissage.ports import Clock
from vernissage.services.heartbeat import renewing

log = structlog.get_logger()

ENDS: Final = {
    DONE: RunState.DONE,
    PARTLY: RunState.PARTIAL,
    NOTHING: RunState.FAILED,
}
"""The state of a run for each exit code of its job."""

Check = Callable[[], None]
"""A check that raises Cancelled once the run is driven by another or cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """Drives one run at a time, as *owner*; when *stopping* is set, it lets go."""

    sessions: sessionmaker[Session]
    clock: Clock
    length: timedelta
    owner: str
    stopping: Flag

    def take(self, run_id: UUID) -> Run:
        """Take that run; WrongState while another drives it."""
        now = self.clock()
        with self.sessions.begin() as session:
            return Runs(session).take(run_id, self.owner, now, now + self.length)

    def next(self) -> Run | None:
        """Take the oldest waiting run that was started on the site, or None."""
        now = self.clock()
        with self.sessions.begin() as session:
            return Runs(session).next(self.owner, now, now + self.length)

    def drive(self, run: Run, job: Callable[[Check], Summary]) -> Summary:
        """Run *job*, which calls its check now and then, and record the end of *run*.

        An error is on record, too; a run that never began leaves no row, unless it was
        started on the site.
        """
        with renewing(lambda: self._renew(run), length=self.length) as lost:

            def check() -> None:
                if lost.is_set() or self.stopping.is_set():
                    raise Cancelled(f"the run into {run.folder} was cancelled")

            try:
                summary = job(check)
            except (Cancelled, KeyboardInterrupt):
                self._let_go(run)
                raise
            except Exception as error:
                self._fail(run, error)
                raise
        self._end(run, ENDS[summary.exit_code], problem=summary.stopped)
        return summary

    def _renew(self, run: Run) -> None:
        with self.sessions.begin() as session:
            Runs(session).renew(run, self.clock() + self.length)

    def _let_go(self, run: Run) -> None:
        """Leave *run* to the next driver; a run of the command line ends here."""
        try:
            if run.started_by is None:
                self._end(run, RunState.CANCELLED)
            else:
                self._change(run, state=RunState.WAITING)
        except Cancelled:
            log.info("run_dropped", run=str(run.id))

    def _fail(self, run: Run, error: Exception) -> None:
        with self.sessions.begin() as session:
            begun = bool(Runs(session)[run.id].shards)
            if not begun and run.started_by is None:
                session.delete(Runs(session)[run.id])
                return
        self._end(run, RunState.FAILED, problem=f"{type(error).__name__}: {error}")

    def _end(self, run: Run, state: RunState, **values: Any) -> None:
        self._change(run, state=state, finished_at=self.clock(), **values)
        log.info("run_ended", run=str(run.id), state=state.value)

    def _change(self, run: Run, **values: Any) -> None:
        with self.sessions.begin() as session:
            Runs(session).change(run, lease_owner=None, lease_until=None, **values)
