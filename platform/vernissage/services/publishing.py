"""Publishing: the side of the storage that a picture lies on, and access to it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from vernissage.db.artworks import Artworks
from vernissage.models.artworks import Artwork
from vernissage.ports import Storage
from vernissage.states import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Keeps each picture on the side of the storage where its artwork's state wants it.

    The state is committed first and the picture follows: a crash in between leaves a
    published picture in quarantine for a moment, and never an unjudged one in public.
    """

    sessions: sessionmaker[Session]
    storage: Storage

    def sync(self, artwork_id: UUID) -> None:
        """Show the picture if its artwork is published, else hide it. Idempotent."""
        with self.sessions.begin() as session:
            # locked: two of these at once could end on the wrong side
            artwork = Artworks(session).get_for_update(artwork_id)
            if artwork.picture is None:
                return
            if artwork.state is State.PUBLISHED:
                self.storage.release(artwork.picture)
            else:
                self.storage.withdraw(artwork.picture)

    def public_picture(self, artwork: Artwork) -> bytes | None:
        """The PNG of *artwork*, or None unless it is published.

        A picture that a crash left in quarantine is released first.
        """
        if artwork.state is not State.PUBLISHED or artwork.picture is None:
            return None
        if (png := self.storage.public(artwork.picture)) is not None:
            return png
        self.sync(artwork.id)
        return self.storage.public(artwork.picture)
