"""Artworks, their events and the decisions on them."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    String,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vernissage.models.columns import Base, BigId
from vernissage.states import State

FAILURE_LENGTH: Final = 255
"""Characters of a failure that are kept."""


class Artwork(Base):
    """A prompt, and in time the picture generated from it.

    *attempt* counts the claims of the present kind of work, and *screened_at* and
    *painted_at* say when a worker of that kind last claimed it. *translation* is the
    text that the prior read in place of the prompt. *changes* is the share of the
    submitted text that its canonical form changed, in [0, 1]; None where it was not
    recorded.
    """

    __tablename__ = "artworks"
    __table_args__ = (
        Index("artworks_by_state", "state", "submitted_at"),
        Index("artworks_by_screened_at", "owner", "screened_at"),
        Index("artworks_by_painted_at", "owner", "painted_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    owner: Mapped[str] = mapped_column(String(64))
    prompt: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    aspect: Mapped[str] = mapped_column(String(8))
    seed: Mapped[int] = mapped_column(BigInteger)
    steps: Mapped[int | None]
    state: Mapped[State]
    attempt: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    submitted_at: Mapped[datetime]
    screened_at: Mapped[datetime | None]
    painted_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]
    picture: Mapped[str | None] = mapped_column(String(128))
    model: Mapped[str | None] = mapped_column(String(128))
    translation: Mapped[str | None] = mapped_column(Text)
    changes: Mapped[float | None]
    decisions: Mapped[list["Decision"]] = relationship(order_by="Decision.id")


class Event(Base):
    """One transition or progress of an artwork; the stream that a visitor follows.

    A transition has no step; a progress event gives the number of *steps* and those
    done.
    """

    __tablename__ = "events"
    __table_args__ = (Index("events_by_artwork", "artwork_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    artwork_id: Mapped[UUID] = mapped_column(ForeignKey("artworks.id"))
    at: Mapped[datetime]
    state: Mapped[State]
    attempt: Mapped[int]
    step: Mapped[int | None]
    steps: Mapped[int | None]


class Decision(Base):
    """The verdict of one gate or the decision of one reviewer, never changed.

    *shadow* is the verdict of another policy: policy, outcome and reasons. *failure* is
    the kind and the place of the error that kept a gate from judging.
    """

    __tablename__ = "decisions"
    __table_args__ = (
        Index("decisions_by_artwork", "artwork_id"),
        Index("decisions_by_time", "decided_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    artwork_id: Mapped[UUID] = mapped_column(ForeignKey("artworks.id"))
    gate: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str] = mapped_column(String(8))
    judged: Mapped[bool]
    reasons: Mapped[list[dict[str, Any]]]
    scores: Mapped[dict[str, Any]]
    thresholds: Mapped[dict[str, Any]]
    policy: Mapped[str] = mapped_column(String(64))
    models: Mapped[list[str]]
    language: Mapped[str] = mapped_column(String(8))
    actor: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime]
    milliseconds: Mapped[float]
    shadow: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    failure: Mapped[str | None] = mapped_column(String(FAILURE_LENGTH))
