"""The review queue: artworks in review, in the order of age or uncertainty."""

from collections import defaultdict
from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.uncertainty import smallest_margin
from vernissage.models.artworks import Artwork, Decision
from vernissage.states import State


class Order(StrEnum):
    """Order of the queue: oldest first, or the least certain verdicts first."""

    AGE = "age"
    UNCERTAINTY = "uncertainty"


def count(session: Session) -> int:
    """The number of artworks in review."""
    waiting = select(func.count()).where(Artwork.state == State.IN_REVIEW)
    return session.scalars(waiting).one()


def waiting(
    session: Session, order: Order, *, limit: int, offset: int
) -> list[Artwork]:
    """One page of the artworks in review; of two alike the older one is first."""
    oldest = (
        select(Artwork)
        .where(Artwork.state == State.IN_REVIEW)
        .order_by(Artwork.submitted_at, Artwork.id)
    )
    if order is Order.AGE:
        return list(session.scalars(oldest.limit(limit).offset(offset)))
    page = _least_sure(session)[offset : offset + limit]
    found = session.scalars(select(Artwork).where(Artwork.id.in_(page)))
    return sorted(found, key=lambda artwork: page.index(artwork.id))


def _least_sure(session: Session) -> list[UUID]:
    """The ids of the artworks in review, least certain verdict first."""
    rows = session.execute(
        select(Artwork.id, Decision.scores, Decision.thresholds)
        .outerjoin(Decision, Decision.artwork_id == Artwork.id)
        .where(Artwork.state == State.IN_REVIEW)
        .order_by(Artwork.submitted_at, Artwork.id)
    )
    recorded: dict[UUID, list[tuple[Mapping[str, Any], Mapping[str, Any]]]]
    recorded = defaultdict(list)
    for artwork_id, scores, thresholds in rows:
        recorded[artwork_id].append((scores or {}, thresholds or {}))
    # sorting keeps the order of what is alike
    return sorted(
        recorded, key=lambda artwork_id: smallest_margin(recorded[artwork_id])
    )
