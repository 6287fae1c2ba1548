"""Recovery of artworks from lost workers, and of lost notifications."""

from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session, sessionmaker

from vernissage.db.queue import Queue
from vernissage.ports import Clock, WorkNotifier
from vernissage.states import State

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweeper:
    """Releases expired leases, and notifies workers of all that waits."""

    sessions: sessionmaker[Session]
    notifier: WorkNotifier
    clock: Clock
    attempts: int

    def sweep(self) -> None:
        """Release expired leases, then notify of waiting artworks."""
        now = self.clock()
        with self.sessions.begin() as session:
            queue = Queue(session)
            for artwork in queue.expired(now):
                queue.give_back(artwork, now, attempts=self.attempts)
                log.warning("lease_expired", artwork=str(artwork.id))
        with self.sessions() as session:
            queue = Queue(session)
            submitted, queued = map(queue.waits, (State.SUBMITTED, State.QUEUED))
        if submitted:
            self.notifier.screening()
        if queued:
            self.notifier.painting()
