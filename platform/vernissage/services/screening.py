"""From a submitted artwork to one that waits for a painter, or that was refused."""

from dataclasses import dataclass, field
from threading import Event as Flag
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from moderation import PromptGate
from vernissage.db.artworks import Decisions
from vernissage.db.queue import Queue
from vernissage.ports import Clock, WorkNotifier
from vernissage.services.leases import Lease, Leases, LeaseSet
from vernissage.states import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Screener:
    """Judges prompts by what is too slow for a door.

    When *stopping* is set, the prompt at hand is finished: reading one takes no time.
    """

    sessions: sessionmaker[Session]
    leases: Leases
    gate: PromptGate
    notifier: WorkNotifier
    clock: Clock
    stopping: Flag = field(default_factory=Flag)

    def screen_all(self) -> bool:
        """Judge prompts until none waits; whether any did."""
        began = False
        with LeaseSet.open(self.leases) as leases:
            while not self.stopping.is_set():
                if not leases.process_next(State.SUBMITTED, self._screen):
                    break
                began = True
        return began

    def screen(self, artwork_id: UUID) -> bool:
        """Judge one prompt; False unless it waits for that."""
        with LeaseSet.open(self.leases) as leases:
            return leases.process_next(State.SUBMITTED, self._screen, only=artwork_id)

    def _screen(self, lease: Lease) -> None:
        verdict, now = self.gate.judge(lease.artwork.prompt), self.clock()
        with self.sessions.begin() as session:
            Decisions(session).record(lease.artwork, verdict, now)
            if verdict.refused:
                Queue(session).move(lease.artwork, State.REFUSED, now)
            else:  # the painters count their attempts from the start
                Queue(session).move(lease.artwork, State.QUEUED, now, attempt=0)
        if not verdict.refused:
            self.notifier.painting()
