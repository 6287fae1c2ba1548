"""From a published artwork to the picture that anyone may see."""

from dataclasses import dataclass

from vernissage.models.artworks import Artwork
from vernissage.ports import Storage
from vernissage.services.publishing import Hanger
from vernissage.states import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Shows what is published, hanging it first where a crash prevented that."""

    storage: Storage
    hanger: Hanger

    def view(self, artwork: Artwork) -> bytes | None:
        """The PNG of *artwork*, or None unless it is published."""
        if artwork.state is not State.PUBLISHED or artwork.picture is None:
            return None
        if (png := self.storage.public(artwork.picture)) is not None:
            return png
        self.hanger.hang(artwork.id)
        return self.storage.public(artwork.picture)
