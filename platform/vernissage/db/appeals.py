"""Appeals: what owners of refused works have to say, and what came of it."""

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
    """All appeals; a work has one at most."""

    session: Session

    def of(self, artwork_id: UUID) -> Appeal | None:
        """The appeal for one work, answered or not."""
        return self.session.scalars(
            select(Appeal).where(Appeal.artwork_id == artwork_id)
        ).one_or_none()

    def make(self, artwork: Artwork, words: str, at: datetime) -> Appeal:
        """Write down what the owner of *artwork* says."""
        appeal = Appeal(artwork_id=artwork.id, words=words, made_at=at)
        self.session.add(appeal)
        self.session.flush()
        return appeal

    def close(self, artwork_id: UUID, answer: Decision) -> None:
        """Answer the open appeal for one work, or raise WrongState if there is none."""
        closed = self.session.execute(
            update(Appeal)
            .where(Appeal.artwork_id == artwork_id, Appeal.answer_id.is_(None))
            .values(answer_id=answer.id)
            .returning(Appeal.id)
        )
        if closed.one_or_none() is None:
            raise WrongState(f"no appeal for {artwork_id} waits for an answer")

    def open(self) -> list[Appeal]:
        """What waits for an answer, oldest first."""
        return list(
            self.session.scalars(
                select(Appeal)
                .where(Appeal.answer_id.is_(None))
                .order_by(Appeal.made_at, Appeal.id)
            )
        )

    def since(self, moment: datetime) -> list[Appeal]:
        """What was made from *moment* on, oldest first."""
        return list(
            self.session.scalars(
                select(Appeal)
                .where(Appeal.made_at >= moment)
                .order_by(Appeal.made_at, Appeal.id)
            )
        )
