"""Appeals: the texts of owners of refused artworks, and the answers."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from moderation import Outcome
from vernissage.models.artworks import Artwork, Decision
from vernissage.models.columns import Base, BigId


class Appeal(Base):
    """One appeal, in the owner's *words*, and the decision that answers it, if any."""

    __tablename__ = "appeals"
    __table_args__ = (UniqueConstraint("artwork_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    artwork_id: Mapped[UUID] = mapped_column(ForeignKey("artworks.id"))
    words: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("decisions.id"))
    artwork: Mapped[Artwork] = relationship()
    answer: Mapped[Decision | None] = relationship()

    @property
    def granted(self) -> bool | None:
        """Whether the picture may be shown after all; None without an answer."""
        if self.answer is None:
            return None
        return self.answer.outcome == Outcome.ALLOW.label
