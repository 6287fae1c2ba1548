"""From a lost worker or a missed bell back to the queue."""

from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session, sessionmaker

from vernissage.db.queue import Queue
from vernissage.ports import Clock, Doorbell
from vernissage.states import State

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweeper:
    """Gives back what silent workers hold, and rings for whatever waits."""

    sessions: sessionmaker[Session]
    bell: Doorbell
    clock: Clock
    attempts: int

    def sweep(self) -> None:
        """Look once; whoever wants more calls again."""
        now = self.clock()
        with self.sessions.begin() as session:
            queue = Queue(session)
            for artwork in queue.expired(now):
                queue.give_back(artwork, now, attempts=self.attempts)
                log.warning("lease_expired", artwork=str(artwork.id))
        with self.sessions() as session:
            queue = Queue(session)
            prompts, works = map(queue.waits, (State.SUBMITTED, State.QUEUED))
        if prompts:
            self.bell.screening()
        if works:
            self.bell.painting()
