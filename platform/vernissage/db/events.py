"""Events of artworks: transitions and progress; they are only appended."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from vernissage.models.artworks import Artwork, Event


@dataclass(frozen=True, slots=True)
class Events:
    """Events of artworks as a collection: rows are only appended."""

    session: Session

    def record(
        self,
        artwork: Artwork,
        at: datetime,
        *,
        step: int | None = None,
        steps: int | None = None,
    ) -> None:
        """Append the state of *artwork* at the moment *at*, and its progress."""
        self.session.add(
            Event(
                artwork_id=artwork.id,
                at=at,
                state=artwork.state,
                attempt=artwork.attempt,
                step=step,
                steps=steps,
            )
        )

    def after(self, artwork_id: UUID, event_id: int) -> list[Event]:
        """The events of one artwork after the event *event_id*; 0 for all."""
        return list(
            self.session.scalars(
                select(Event)
                .where(Event.artwork_id == artwork_id, Event.id > event_id)
                .order_by(Event.id)
            )
        )

    def latest(self, artwork_id: UUID) -> Event | None:
        """The last event of one artwork."""
        return self.session.scalars(
            select(Event)
            .where(Event.artwork_id == artwork_id)
            .order_by(Event.id.desc())
            .limit(1)
        ).one_or_none()
