"""From a judged artwork to a picture on the wall, or off it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from vernissage.db.artworks import Artworks
from vernissage.ports import Storage
from vernissage.states import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Hanger:
    """Keeps each picture on the side of the storage where its artwork's state wants it.

    The state is committed first and the picture follows: a crash in between leaves a
    published picture in quarantine for a moment, and never an unjudged one in public.
    """

    sessions: sessionmaker[Session]
    storage: Storage

    def hang(self, artwork_id: UUID) -> None:
        """Show the picture if its artwork is published, else hide it. Idempotent."""
        with self.sessions.begin() as session:
            # held: two of these at once could end on the wrong side
            artwork = Artworks(session).held(artwork_id)
            if artwork.picture is None:
                return
            if artwork.state is State.PUBLISHED:
                self.storage.release(artwork.picture)
            else:
                self.storage.withdraw(artwork.picture)
