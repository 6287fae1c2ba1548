"""Who works on an artwork, until when, for the how-manieth time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event as Flag
from threading import Thread
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from vernissage.db.catalogue import Events
from vernissage.db.queue import Queue
from vernissage.db.tables import Artwork
from vernissage.errors import Cancelled
from vernissage.lifecycle import GIVEN_BACK, State
from vernissage.ports import Clock

log = structlog.get_logger()

PROGRESS_EVERY: Final = timedelta(seconds=0.4)
"""How often at most a step is written down."""


@dataclass(slots=True, kw_only=True)
class Lease:
    """A claimed *artwork*, as it was when it was claimed, held for *length* at a time.

    A thread of its own renews it, so that no step is too long for it.
    """

    artwork: Artwork
    sessions: sessionmaker[Session]
    clock: Clock
    length: timedelta
    lost: Flag = field(default_factory=Flag)
    told_at: datetime | None = None

    def progress(self, step: int, steps: int) -> None:
        """Write down that *step* of *steps* is done; Cancelled if the lease is lost."""
        if self.lost.is_set():
            raise Cancelled(f"the lease on {self.artwork.id} is lost")
        now = self.clock()
        if step < steps and self.told_at and now - self.told_at < PROGRESS_EVERY:
            return
        with self.sessions.begin() as session:
            Queue(session).renew(self.artwork, now + self.length)
            Events(session).record(self.artwork, now, step=step, steps=steps)
        self.told_at = now

    @contextmanager
    def renewed(self) -> Iterator[None]:
        """Renew the lease until the end of the block."""
        over = Flag()
        pulse = Thread(target=self._renew_until, args=(over,), daemon=True)
        pulse.start()
        try:
            yield
        finally:
            over.set()
            pulse.join()

    def _renew_until(self, over: Flag) -> None:
        while not over.wait(self.length.total_seconds() / 3):
            try:
                with self.sessions.begin() as session:
                    Queue(session).renew(self.artwork, self.clock() + self.length)
            except Cancelled:
                self.lost.set()
                return
            except SQLAlchemyError as error:  # the next pulse may get through
                log.warning(
                    "lease_not_renewed",
                    artwork=str(self.artwork.id),
                    error=type(error).__name__,
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Leases:
    """Hands out what waits, and takes back what was not finished."""

    sessions: sessionmaker[Session]
    clock: Clock
    length: timedelta
    attempts: int

    def work_next(self, waiting: State, work: Callable[[Lease], None]) -> bool:
        """Do *work* on the next artwork *waiting*; False when there is none."""
        return self._work(self._claim(waiting), work)

    def work_on(
        self, artwork_id: UUID, waiting: State, work: Callable[[Lease], None]
    ) -> bool:
        """Do *work* on one artwork; False unless it is *waiting*."""
        return self._work(self._claim(waiting, only=artwork_id), work)

    def _work(self, lease: Lease | None, work: Callable[[Lease], None]) -> bool:
        if lease is None:
            return False
        artwork, attempt = str(lease.artwork.id), lease.artwork.attempt
        with lease.renewed():
            try:
                work(lease)
            except Cancelled:
                log.info("work_dropped", artwork=artwork, attempt=attempt)
            except Exception as error:  # noqa: BLE001  # it costs an attempt, no more
                where = _where(error)
                log.error("attempt_failed", artwork=artwork, attempt=attempt, **where)  # noqa: TRY400  # a message may quote the prompt
                self._give_back(lease.artwork, counted=True)
            except BaseException:  # the process ends, which is no fault of the artwork
                self._give_back(lease.artwork, counted=False)
                raise
        return True

    def _claim(self, waiting: State, *, only: UUID | None = None) -> Lease | None:
        now = self.clock()
        with self.sessions.begin() as session:
            artwork = Queue(session).claim(waiting, now, now + self.length, only=only)
        if artwork is None:
            return None
        return Lease(
            artwork=artwork,
            sessions=self.sessions,
            clock=self.clock,
            length=self.length,
        )

    def _give_back(self, artwork: Artwork, *, counted: bool) -> None:
        now = self.clock()
        try:
            with self.sessions.begin() as session:
                if counted:
                    Queue(session).give_back(artwork, now, attempts=self.attempts)
                else:
                    waiting = GIVEN_BACK[artwork.state]
                    attempt = artwork.attempt - 1
                    Queue(session).move(artwork, waiting, now, attempt=attempt)
        except Cancelled:
            log.info("work_dropped", artwork=str(artwork.id), attempt=artwork.attempt)


def _where(error: Exception) -> dict[str, str]:
    """The kind and the place of *error*, without its message."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    code = trace.tb_frame.f_code if trace else None
    place = f"{code.co_filename}:{trace.tb_lineno}" if trace and code else "unknown"
    return {"error": type(error).__name__, "where": place}
