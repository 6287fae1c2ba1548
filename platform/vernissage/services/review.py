"""Review: a person publishes or refuses a borderline artwork."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from moderation import Outcome
from vernissage.db.artworks import Artworks
from vernissage.db.decisions import Decisions
from vernissage.db.queue import Queue
from vernissage.errors import BadInput, WrongState
from vernissage.messages import N_
from vernissage.models.artworks import Artwork
from vernissage.ports import Clock
from vernissage.services.publishing import Publisher
from vernissage.states import State

STATES: Final = MappingProxyType(
    {Outcome.ALLOW: State.PUBLISHED, Outcome.REFUSE: State.REFUSED}
)
"""The state that a reviewer's decision gives an artwork."""

REVIEWABLE: Final = (State.IN_REVIEW, State.PUBLISHED)

UNDECIDED: Final = N_("A reviewer approves or refuses.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewer:
    """Settles artworks in review, and takes down published ones.

    *policy* is the version in force, for the record.
    """

    sessions: sessionmaker[Session]
    publisher: Publisher
    clock: Clock
    policy: str

    def decide(
        self, artwork_id: UUID, *, outcome: Outcome, actor: str, note: str = ""
    ) -> Artwork:
        """Allow or refuse, in the name of *actor*; WrongState unless it is in review.

        A published artwork may be refused as well.
        """
        if outcome not in STATES:
            raise BadInput("outcome", UNDECIDED)
        now = self.clock()
        with self.sessions.begin() as session:
            artwork = Artworks(session).get_for_update(artwork_id)
            if artwork.state not in REVIEWABLE:
                raise WrongState(f"a {artwork.state} artwork is not up for review")
            decided = Queue(session).move(artwork, STATES[outcome], now)
            Decisions(session).human(
                decided,
                outcome=outcome,
                actor=actor,
                note=note,
                policy=self.policy,
                at=now,
            )
        self.publisher.sync(artwork_id)
        return decided
