"""From an artwork that its owner no longer wants to nothing."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from vernissage.db.artworks import Artworks
from vernissage.db.queue import Queue
from vernissage.models.artworks import Artwork
from vernissage.ports import Clock
from vernissage.states import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Canceller:
    """Stops an artwork; whoever works on it learns so when the lease is renewed."""

    sessions: sessionmaker[Session]
    clock: Clock

    def cancel(self, artwork_id: UUID, *, owner: str) -> Artwork:
        """Cancel for its *owner*; a second time changes nothing.

        NotFound for anybody else, WrongState when it is finished.
        """
        with self.sessions.begin() as session:
            artworks = Artworks(session)
            artworks.owned(artwork_id, owner)
            artwork = artworks.held(artwork_id)
            if artwork.state is State.CANCELLED:
                return artwork
            return Queue(session).move(artwork, State.CANCELLED, self.clock())
