"""Who works on an artwork, until when, for the how-manieth time."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event as Flag
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from vernissage.db.artworks import Events
from vernissage.db.queue import Queue
from vernissage.errors import Cancelled
from vernissage.models.artworks import Artwork
from vernissage.ports import Clock
from vernissage.states import GIVEN_BACK, State

log = structlog.get_logger()

PROGRESS_EVERY: Final = timedelta(seconds=0.4)
"""How often at most a step is written down."""


@dataclass(slots=True, kw_only=True, eq=False)
class Lease:
    """A claimed *artwork*, as it was when it was claimed, held for *length* at a time.

    While the database is away the lease lasts, and so does the work: what could not be
    written is written the next time.
    """

    artwork: Artwork
    sessions: sessionmaker[Session]
    clock: Clock
    length: timedelta
    lost: Flag = field(default_factory=Flag)
    told_at: datetime | None = None

    @property
    def retried(self) -> bool:
        """Whether an earlier attempt at the artwork came to nothing."""
        return self.artwork.attempt > 1

    def check(self) -> None:
        """Raise Cancelled if the lease is known to be lost."""
        if self.lost.is_set():
            raise Cancelled(f"the lease on {self.artwork.id} is lost")

    def progress(self, step: int, steps: int) -> None:
        """Write down that *step* of *steps* is done; Cancelled if the lease is lost."""
        self.check()
        now = self.clock()
        if step < steps and self.told_at and now - self.told_at < PROGRESS_EVERY:
            return
        self.told_at = now
        try:
            with self.sessions.begin() as session:
                Queue(session).renew(self.artwork, now + self.length)
                Events(session).record(self.artwork, now, step=step, steps=steps)
        except SQLAlchemyError as error:
            self._log("progress_not_told", error)

    def renew(self) -> None:
        """Hold the artwork longer, or learn that it is lost."""
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
    """Hands out what waits, and takes back what was not finished."""

    sessions: sessionmaker[Session]
    clock: Clock
    length: timedelta
    attempts: int

    def claim(
        self, waiting: State, *, only: UUID | None = None, fresh: bool = False
    ) -> Lease | None:
        """The lease on the artwork whose turn it is; None when none waits.

        With *only*, that artwork has its turn or none has. With *fresh*, an artwork
        that was tried before is not handed out, nor what stands behind it.
        """
        with self.sessions() as session:  # a look is cheap, a claim locks out writers
            if not Queue(session).waits(waiting, only=only):
                return None
        now = self.clock()
        with self.sessions.begin() as session:
            artwork = Queue(session).claim(
                waiting, now, now + self.length, only=only, fresh=fresh
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
            log.info("work_dropped", artwork=str(artwork.id), attempt=artwork.attempt)
        except SQLAlchemyError as error:  # the sweep gives it back when it expires
            log.warning(
                "lease_left_to_expire",
                artwork=str(artwork.id),
                error=type(error).__name__,
            )
