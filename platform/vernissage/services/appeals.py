"""From a refused artwork to one that a person looks at again, since its owner asks."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from moderation.text.canonical import canonical
from vernissage.db.appeals import Appeals
from vernissage.db.artworks import Artworks
from vernissage.db.queue import Queue
from vernissage.errors import AppealedBefore, BadInput, WrongState
from vernissage.messages import N_
from vernissage.models.appeals import Appeal
from vernissage.ports import Clock
from vernissage.states import State

LONGEST: Final = 1000
"""Characters that an appeal may have."""

UNREADABLE: Final = N_("The appeal is not valid UTF-8 text.")
EMPTY: Final = N_("The appeal is empty: say in a few words why we should look again.")
TOO_LONG: Final = N_(
    "An appeal may have at most %(most)s characters, and this one has %(got)s."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Appealer:
    """Takes appeals; what their owners write is in the database and in no log line."""

    sessions: sessionmaker[Session]
    clock: Clock

    def appeal(self, artwork_id: UUID, *, owner: str, words: str) -> Appeal:
        """The open appeal of *owner*, who has one for each refused work.

        NotFound for anybody else, WrongState for a work that is not refused,
        AppealedBefore the second time, BadInput for *words* that say nothing.
        """
        with self.sessions.begin() as session:
            artworks, appeals = Artworks(session), Appeals(session)
            artworks.owned(artwork_id, owner)
            artwork = artworks.held(artwork_id)
            if appeals.of(artwork_id) is not None:
                raise AppealedBefore(f"artwork {artwork_id} was appealed for before")
            if artwork.state is not State.REFUSED:
                raise WrongState(f"a {artwork.state} artwork is not refused")
            said, now = _spelt(words), self.clock()
            moved = Queue(session).move(artwork, State.APPEALED, now)
            return appeals.make(moved, said, now)


def _spelt(words: str) -> str:
    """The canonical *words*, or BadInput."""
    if "\ufffd" in words or words != words.encode(errors="ignore").decode():
        raise BadInput("words", UNREADABLE)
    # measured before as well: no time goes into what will not be read
    _check_length(words)
    text = canonical(words).text
    if not text:
        raise BadInput("words", EMPTY)
    _check_length(text)
    return text


def _check_length(words: str) -> None:
    if len(words) > LONGEST:
        raise BadInput("words", TOO_LONG, most=LONGEST, got=len(words))
