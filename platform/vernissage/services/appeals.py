"""Appeals: the owner of a refused artwork asks once more, and a person answers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from moderation import Outcome
from moderation.text.canonical import canonical
from vernissage.db.appeals import Appeals
from vernissage.db.artworks import Artworks
from vernissage.db.decisions import Decisions
from vernissage.db.queue import Queue
from vernissage.errors import (
    AppealedBefore,
    AppealTooLate,
    BadInput,
    OwnRefusal,
    WrongState,
)
from vernissage.messages import N_
from vernissage.models.appeals import Appeal
from vernissage.models.artworks import Artwork
from vernissage.ports import Clock, WorkNotifier
from vernissage.reasons.refusals import refusals
from vernissage.services.publishing import Publisher
from vernissage.states import State

LONGEST: Final = 1000
"""Characters that an appeal may have."""

OUTCOMES: Final = MappingProxyType({"grant": Outcome.ALLOW, "uphold": Outcome.REFUSE})
"""The answers to an appeal, and the outcome that each puts on record."""

UNREADABLE: Final = N_("The appeal is not valid UTF-8 text.")
EMPTY: Final = N_("The appeal is empty: say in a few words why we should look again.")
TOO_LONG: Final = N_(
    "An appeal may have at most %(most)s characters, and this one has %(got)s."
)
UNANSWERED: Final = N_("An appeal is either granted or rejected.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealService:
    """Takes appeals and answers them; their texts are in no log line.

    An owner may appeal for *window* after the refusal, and is answered within
    *answer_within* of the appeal. *policy* is the version in force, for the record.
    """

    sessions: sessionmaker[Session]
    publisher: Publisher
    notifier: WorkNotifier
    clock: Clock
    policy: str
    window: timedelta
    answer_within: timedelta

    def make(self, artwork_id: UUID, *, owner: str, words: str) -> Appeal:
        """The open appeal of *owner*, who has one for each refused artwork.

        NotFound for anybody else, WrongState for an artwork that is not refused,
        AppealedBefore the second time, AppealTooLate after the deadline, BadInput for
        *words* that say nothing.
        """
        with self.sessions.begin() as session:
            artworks, appeals = Artworks(session), Appeals(session)
            artworks.get_owned(artwork_id, owner)
            artwork = artworks.get_for_update(artwork_id)
            if appeals.of(artwork_id) is not None:
                raise AppealedBefore(f"artwork {artwork_id} was appealed for before")
            if artwork.state is not State.REFUSED:
                raise WrongState(f"a {artwork.state} artwork is not refused")
            now = self.clock()
            if now > self.appeal_by(artwork):
                raise AppealTooLate(f"the time to appeal for {artwork_id} is over")
            text = _canonical(words)
            moved = Queue(session).move(artwork, State.APPEALED, now)
            return appeals.make(moved, text, now)

    def answer(
        self, artwork_id: UUID, *, outcome: Outcome, actor: str, note: str = ""
    ) -> Artwork:
        """Grant (allow) or uphold (refuse), in the name of *actor*.

        A granted picture is published; a granted prompt or embedding goes on to be
        generated. WrongState unless an appeal is open, OwnRefusal for whoever refused
        the artwork.
        """
        if outcome not in OUTCOMES.values():
            raise BadInput("outcome", UNANSWERED)
        now = self.clock()
        with self.sessions.begin() as session:
            artwork = Artworks(session).get_for_update(artwork_id)
            if artwork.state is not State.APPEALED:
                raise WrongState(f"no appeal is open for a {artwork.state} artwork")
            if refuser(artwork) == actor:
                raise OwnRefusal(f"artwork {artwork_id} was refused by the same person")
            moved = Queue(session).move(
                artwork, _state(artwork, outcome), now, attempt=0
            )
            answer = Decisions(session).human(
                moved,
                outcome=outcome,
                actor=actor,
                note=note,
                policy=self.policy,
                at=now,
            )
            Appeals(session).close(artwork_id, answer)
        self.publisher.sync(artwork_id)
        if moved.state is State.QUEUED:
            self.notifier.painting()
        return moved

    def appeal_by(self, artwork: Artwork) -> datetime:
        """The last moment at which the owner may appeal for the refused *artwork*."""
        found = refusals(artwork.decisions)
        refused_at = found[-1].decision.decided_at if found else artwork.changed_at
        return refused_at + self.window

    def answer_by(self, appeal: Appeal) -> datetime:
        """The last moment at which a person should have answered *appeal*."""
        return appeal.made_at + self.answer_within


def refuser(artwork: Artwork) -> str | None:
    """The person who refused *artwork*; None where a gate did."""
    found = refusals(artwork.decisions)
    return found[-1].decision.actor if found else None


def _canonical(words: str) -> str:
    """The canonical *words*, or BadInput."""
    if "\ufffd" in words or words != words.encode(errors="ignore").decode():
        raise BadInput("words", UNREADABLE)
    # measured before as well: no time goes into text that will not be read
    _check_length(words)
    text = canonical(words).text
    if not text:
        raise BadInput("words", EMPTY)
    _check_length(text)
    return text


def _check_length(words: str) -> None:
    if len(words) > LONGEST:
        raise BadInput("words", TOO_LONG, most=LONGEST, got=len(words))


def _state(artwork: Artwork, outcome: Outcome) -> State:
    """The state that the answer *outcome* gives *artwork*."""
    if outcome is Outcome.REFUSE:
        return State.REFUSED
    return State.QUEUED if artwork.picture is None else State.PUBLISHED
