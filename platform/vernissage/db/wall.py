"""Which works hang together: one visitor's own, or all that are on show."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from vernissage.models.artworks import Artwork
from vernissage.states import State


def own(session: Session, owner: str, *, limit: int) -> list[Artwork]:
    """The newest works of *owner*, whatever became of them."""
    return list(
        session.scalars(
            select(Artwork)
            .where(Artwork.owner == owner)
            .order_by(Artwork.submitted_at.desc(), Artwork.id)
            .limit(limit)
        )
    )


def on_show(session: Session, *, limit: int, offset: int) -> list[Artwork]:
    """The published works, newest first."""
    return list(
        session.scalars(
            select(Artwork)
            .where(Artwork.state == State.PUBLISHED)
            .order_by(Artwork.changed_at.desc(), Artwork.id)
            .limit(limit)
            .offset(offset)
        )
    )
