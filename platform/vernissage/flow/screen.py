"""From a submitted artwork to one that waits for a painter, or that was refused."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from moderation import PromptGate
from vernissage.db.catalogue import Decisions
from vernissage.db.queue import Queue
from vernissage.flow.lease import Lease, Leases
from vernissage.lifecycle import State
from vernissage.ports import Clock, Doorbell


@dataclass(frozen=True, slots=True, kw_only=True)
class Screener:
    """Judges prompts by what is too slow for a door."""

    sessions: sessionmaker[Session]
    leases: Leases
    gate: PromptGate
    bell: Doorbell
    clock: Clock

    def screen_next(self) -> bool:
        """Judge the next prompt that waits; False when none does."""
        return self.leases.work_next(State.SUBMITTED, self._screen)

    def screen(self, artwork_id: UUID) -> bool:
        """Judge one prompt; False unless it waits for that."""
        return self.leases.work_on(artwork_id, State.SUBMITTED, self._screen)

    def _screen(self, lease: Lease) -> None:
        verdict, now = self.gate.judge(lease.artwork.prompt), self.clock()
        with self.sessions.begin() as session:
            Decisions(session).record(lease.artwork, verdict, now)
            if verdict.refused:
                Queue(session).move(lease.artwork, State.REFUSED, now)
            else:  # the painters count their attempts from the start
                Queue(session).move(lease.artwork, State.QUEUED, now, attempt=0)
        if not verdict.refused:
            self.bell.painting()
