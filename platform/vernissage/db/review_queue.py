"""What waits for a reviewer, in the order in which it is looked at."""

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
    """What comes first: what waits longest, or what the gates were least sure of."""

    AGE = "age"
    UNCERTAINTY = "uncertainty"


def count(session: Session) -> int:
    """How many works wait for a reviewer."""
    waiting = select(func.count()).where(Artwork.state == State.IN_REVIEW)
    return session.scalars(waiting).one()


def waiting(
    session: Session, order: Order, *, limit: int, offset: int
) -> list[Artwork]:
    """One page of what waits for a reviewer; of two alike the older one is first."""
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
    """The ids of all that waits, by what every gate recorded about it."""
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
