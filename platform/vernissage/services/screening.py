"""Screening: the classifiers that are too slow for the web process read a prompt."""

from dataclasses import dataclass, field
from threading import Event as Flag
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from moderation import PromptGate
from vernissage.db.decisions import Decisions
from vernissage.db.queue import Queue
from vernissage.ports import Clock, WorkNotifier
from vernissage.services.leases import Lease, Leases, LeaseSet
from vernissage.states import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Screener:
    """Judges prompts by the *gate* of slow classifiers; None where there are none.

    The fast classifiers have judged each prompt at submission, and are not asked again.
    When *stopping* is set, the present prompt is finished first.
    """

    sessions: sessionmaker[Session]
    leases: Leases
    gate: PromptGate | None
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
        artwork = lease.artwork
        verdict = None if self.gate is None else self.gate.judge(artwork.prompt)
        refused, now = verdict is not None and verdict.refused, self.clock()
        with self.sessions.begin() as session:
            if verdict is not None:
                Decisions(session).record(artwork, verdict, now)
            if refused:
                Queue(session).move(artwork, State.REFUSED, now)
            else:  # generators count their attempts from the start
                Queue(session).move(artwork, State.QUEUED, now, attempt=0)
        if not refused:
            self.notifier.painting()
