"""Appeals of owners against refusals, and their answers."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from vernissage.errors import WrongState
from vernissage.models.appeals import Appeal
from vernissage.models.artworks import Artwork, Decision


@dataclass(frozen=True, slots=True)
class Appeals:
    """Appeals as a collection; an artwork has one at most."""

    session: Session

    def of(self, artwork_id: UUID) -> Appeal | None:
        """The appeal for one artwork, answered or not."""
        return self.session.scalars(
            select(Appeal).where(Appeal.artwork_id == artwork_id)
        ).one_or_none()

    def make(self, artwork: Artwork, words: str, at: datetime) -> Appeal:
        """Record the appeal of *artwork*'s owner."""
        appeal = Appeal(artwork_id=artwork.id, words=words, made_at=at)
        self.session.add(appeal)
        self.session.flush()
        return appeal

    def close(self, artwork_id: UUID, answer: Decision) -> None:
        """Close the open appeal for one artwork, or raise WrongState without one."""
        closed = self.session.execute(
            update(Appeal)
            .where(Appeal.artwork_id == artwork_id, Appeal.answer_id.is_(None))
            .values(answer_id=answer.id)
            .returning(Appeal.id)
        )
        if closed.one_or_none() is None:
            raise WrongState(f"no appeal for {artwork_id} waits for an answer")

    def open(self) -> list[Appeal]:
        """The appeals without an answer, oldest first."""
        return list(
            self.session.scalars(
                select(Appeal)
                .where(Appeal.answer_id.is_(None))
                .order_by(Appeal.made_at, Appeal.id)
            )
        )

    def since(self, moment: datetime) -> list[Appeal]:
        """The appeals made from *moment* on, oldest first."""
        return list(
            self.session.scalars(
                select(Appeal)
                .where(Appeal.made_at >= moment)
                .order_by(Appeal.made_at, Appeal.id)
            )
        )
