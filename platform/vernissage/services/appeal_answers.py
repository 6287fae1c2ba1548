"""From an appeal to a work that goes on, or that stays refused, by another person."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from moderation import Outcome
from vernissage.db.appeals import Appeals
from vernissage.db.artworks import Artworks, Decisions
from vernissage.db.queue import Queue
from vernissage.errors import BadInput, OwnRefusal, WrongState
from vernissage.messages import N_
from vernissage.models.artworks import Artwork
from vernissage.ports import Clock, WorkNotifier
from vernissage.reasons.refusals import refusals
from vernissage.services.publishing import Hanger
from vernissage.states import State

OUTCOMES: Final = MappingProxyType({"grant": Outcome.ALLOW, "uphold": Outcome.REFUSE})
"""What a person may answer, and what the record says then."""

UNANSWERED: Final = N_("An appeal is either granted or rejected.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arbiter:
    """Answers appeals; *policy* is the version in force, for the record."""

    sessions: sessionmaker[Session]
    hanger: Hanger
    notifier: WorkNotifier
    clock: Clock
    policy: str

    def answer(
        self, artwork_id: UUID, *, outcome: Outcome, actor: str, note: str = ""
    ) -> Artwork:
        """Grant (allow) or uphold (refuse), in the name of *actor*.

        A picture that is granted hangs; words and ideas that are granted are painted.
        WrongState unless an appeal is open, OwnRefusal for whoever refused the work.
        """
        if outcome not in OUTCOMES.values():
            raise BadInput("outcome", UNANSWERED)
        now = self.clock()
        with self.sessions.begin() as session:
            artwork = Artworks(session).held(artwork_id)
            if artwork.state is not State.APPEALED:
                raise WrongState(f"no appeal is open for a {artwork.state} artwork")
            if refuser(artwork) == actor:
                raise OwnRefusal(f"artwork {artwork_id} was refused by the same person")
            wanted = _state(artwork, outcome)
            moved = Queue(session).move(artwork, wanted, now, attempt=0)
            answer = Decisions(session).human(
                moved,
                outcome=outcome,
                actor=actor,
                note=note,
                policy=self.policy,
                at=now,
            )
            Appeals(session).close(artwork_id, answer)
        self.hanger.hang(artwork_id)
        if moved.state is State.QUEUED:
            self.notifier.painting()
        return moved


def refuser(artwork: Artwork) -> str | None:
    """The person who refused *artwork*; None where a gate did."""
    found = refusals(artwork.decisions)
    return found[-1].decision.actor if found else None


def _state(artwork: Artwork, outcome: Outcome) -> State:
    """What the answer makes of *artwork*."""
    if outcome is Outcome.REFUSE:
        return State.REFUSED
    return State.QUEUED if artwork.picture is None else State.PUBLISHED
