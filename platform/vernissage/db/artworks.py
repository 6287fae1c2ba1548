"""Artworks as a collection."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from vernissage.db import fairness
from vernissage.errors import NotFound
from vernissage.models.artworks import Artwork
from vernissage.states import State

IN_PROGRESS = (State.SUBMITTED, State.SCREENING, State.QUEUED, State.PAINTING)


@dataclass(frozen=True, slots=True)
class Artworks:
    """Artworks as a collection."""

    session: Session

    def __getitem__(self, artwork_id: UUID) -> Artwork:
        """The artwork, or NotFound."""
        if (artwork := self.session.get(Artwork, artwork_id)) is None:
            raise NotFound(f"no artwork {artwork_id}")
        return artwork

    def get_for_update(self, artwork_id: UUID) -> Artwork:
        """The artwork, or NotFound; locked until the transaction ends."""
        artwork = self.session.get(Artwork, artwork_id, with_for_update=True)
        if artwork is None:
            raise NotFound(f"no artwork {artwork_id}")
        return artwork

    def get_owned(self, artwork_id: UUID, owner: str) -> Artwork:
        """The artwork, or NotFound when it does not exist or has another owner."""
        artwork = self[artwork_id]
        if artwork.owner != owner:
            raise NotFound(f"no artwork {artwork_id}")
        return artwork

    def count_in_progress(self, owner: str) -> int:
        """The number of artworks of *owner* that are not finished.

        No other transaction that asks this of the same owner goes on before this one
        ends, so that the count still holds when an artwork is added.
        """
        if self.session.get_bind().dialect.name == "postgresql":
            key = func.hashtextextended(owner, 0)
            self.session.execute(select(func.pg_advisory_xact_lock(key)))
        count = select(func.count()).where(
            Artwork.owner == owner, Artwork.state.in_(IN_PROGRESS)
        )
        return self.session.scalars(count).one()

    def of_owner(self, owner: str, *, limit: int) -> list[Artwork]:
        """The newest artworks of *owner*, in any state."""
        return list(
            self.session.scalars(
                select(Artwork)
                .where(Artwork.owner == owner)
                .order_by(Artwork.submitted_at.desc(), Artwork.id)
                .limit(limit)
            )
        )

    def published(self, *, limit: int, offset: int) -> list[Artwork]:
        """The published artworks, newest first."""
        return list(
            self.session.scalars(
                select(Artwork)
                .where(Artwork.state == State.PUBLISHED)
                .order_by(Artwork.changed_at.desc(), Artwork.id)
                .limit(limit)
                .offset(offset)
            )
        )

    def position(self, artwork: Artwork) -> int | None:
        """The place in the queue, 1 being next; None once the artwork is settled."""
        return fairness.position(self.session, artwork)

    def seconds_left(self, artwork: Artwork, now: datetime) -> float | None:
        """Seconds until a picture is generated, by the last ones; None if unknown."""
        return fairness.seconds_left(self.session, artwork, now)
