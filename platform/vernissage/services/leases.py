"""Leases: the claim of a worker on an artwork, its end and the attempt number."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event as Flag
from typing import Final, Self
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from vernissage.db.events import Events
from vernissage.db.queue import Queue
from vernissage.errors import Cancelled, EngineBroken
from vernissage.logs import error_fields
from vernissage.models.artworks import Artwork
from vernissage.ports import Clock
from vernissage.services.heartbeat import renewing
from vernissage.states import GIVEN_BACK, State

log = structlog.get_logger()

PROGRESS_EVERY: Final = timedelta(seconds=0.4)
"""The least time between two steps that are written down."""


@dataclass(slots=True, kw_only=True, eq=False)
class Lease:
    """A claimed *artwork*, as it was when it was claimed, held for *length* at a time.

    While the database is away the lease lasts, and so does the work: writes that failed
    are made up for by the next one.
    """

    artwork: Artwork
    sessions: sessionmaker[Session]
    clock: Clock
    length: timedelta
    lost: Flag = field(default_factory=Flag)
    reported_at: datetime | None = None

    @property
    def retried(self) -> bool:
        """Whether an earlier attempt at the artwork failed."""
        return self.artwork.attempt > 1

    def check(self) -> None:
        """Raise Cancelled if the lease is known to be lost."""
        if self.lost.is_set():
            raise Cancelled(f"the lease on {self.artwork.id} is lost")

    def progress(self, step: int, steps: int) -> None:
        """Write down that *step* of *steps* is done; Cancelled if the lease is lost."""
        self.check()
        now, last = self.clock(), self.reported_at
        if step < steps and last is not None and now - last < PROGRESS_EVERY:
            return
        self.reported_at = now
        try:
            with self.sessions.begin() as session:
                Queue(session).renew(self.artwork, now + self.length)
                Events(session).record(self.artwork, now, step=step, steps=steps)
        except SQLAlchemyError as error:
            self._log("progress_not_saved", error)

    def renew(self) -> None:
        """Extend the lease, or note that it is lost."""
        try:
            with self.sessions.begin() as session:
                Queue(session).renew(self.artwork, self.clock() + self.length)
        except Cancelled:
            self.lost.set()
        except SQLAlchemyError as error:
            self._log("lease_not_renewed", error)

    def _log(self, event: str, error: Exception) -> None:
        log.warning(event, artwork=str(self.artwork.id), error=type(error).__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leases:
    """Claims artworks that wait, each for *length*, and gives back unfinished ones."""

    sessions: sessionmaker[Session]
    clock: Clock
    length: timedelta
    attempts: int

    def claim(
        self,
        waiting: State,
        *,
        only: UUID | None = None,
        first_attempts_only: bool = False,
    ) -> Lease | None:
        """The lease on the artwork whose turn it is; None when none waits.

        With *only*, no other artwork is claimed. With *first_attempts_only*, an artwork
        that was tried before is not claimed, nor any behind it.
        """
        with self.sessions() as session:  # a look is cheap, a claim locks out writers
            if not Queue(session).waits(waiting, only=only):
                return None
        now = self.clock()
        with self.sessions.begin() as session:
            artwork = Queue(session).claim(
                waiting,
                now,
                now + self.length,
                only=only,
                first_attempts_only=first_attempts_only,
            )
        if artwork is None:
            return None
        return Lease(
            artwork=artwork,
            sessions=self.sessions,
            clock=self.clock,
            length=self.length,
        )

    def give_back(self, artwork: Artwork, *, counted: bool) -> None:
        """Let *artwork* wait again; *counted*, the attempt was one of those it has."""
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
            log.info("lease_lost", artwork=str(artwork.id), attempt=artwork.attempt)
        except SQLAlchemyError as error:  # the sweep gives it back when it expires
            log.warning(
                "lease_left_to_expire",
                artwork=str(artwork.id),
                error=type(error).__name__,
            )


@dataclass(frozen=True, slots=True)
class LeaseSet:
    """The leases that one worker *held* at a time, renewed by one thread."""

    leases: Leases
    held: list[Lease] = field(default_factory=list)

    @classmethod
    @contextmanager
    def open(cls, leases: Leases) -> Iterator[Self]:
        """An empty set, until the end of the block.

        Artworks that it holds even then are given back and lose no attempt: the worker
        stops, which is no fault of theirs.
        """
        leased = cls(leases)
        with renewing(leased._renew, length=leases.length):
            try:
                yield leased
            finally:
                for lease in leased.held:
                    leases.give_back(lease.artwork, counted=False)

    def claim(
        self,
        waiting: State,
        *,
        only: UUID | None = None,
        first_attempts_only: bool = False,
    ) -> Lease | None:
        """Claim the next artwork, if one waits, and hold it: see `Leases.claim`."""
        lease = self.leases.claim(
            waiting, only=only, first_attempts_only=first_attempts_only
        )
        if lease is not None:
            self.held.append(lease)
        return lease

    def process_next(
        self, waiting: State, work: Callable[[Lease], None], *, only: UUID | None = None
    ) -> bool:
        """Do *work* on the next artwork *waiting*; False when there is none."""
        lease = self.claim(waiting, only=only)
        if lease is None:
            return False
        with self.attempt(lease):
            work(lease)
            self.release(lease)
        return True

    @contextmanager
    def attempt(self, lease: Lease) -> Iterator[None]:
        """One attempt at an artwork: an exception in the block fails it, and no other.

        EngineBroken is raised again.
        """
        try:
            yield
        except Cancelled:
            artwork = lease.artwork
            log.info("lease_lost", artwork=str(artwork.id), attempt=artwork.attempt)
            self.release(lease)
        except EngineBroken as error:
            self.fail(lease, error.__cause__ or error)
            raise
        except Exception as error:  # noqa: BLE001  # the other artworks go on
            self.fail(lease, error)

    def fail(self, lease: Lease, error: BaseException) -> None:
        """Give the artwork back, this attempt counted, because of *error*."""
        artwork = lease.artwork
        log.error(
            "attempt_failed",
            artwork=str(artwork.id),
            attempt=artwork.attempt,
            **error_fields(error),
        )
        self.release(lease)
        self.leases.give_back(artwork, counted=True)

    def release(self, lease: Lease) -> None:
        """Hold *lease* no longer: its artwork is settled, or has another holder."""
        self.held.remove(lease)

    def _renew(self) -> None:
        for lease in tuple(self.held):
            lease.renew()
