"""The order in which artworks are generated, and the time that it takes.

Owners take turns: next is the owner whose last turn lies furthest back, with the oldest
artwork that this owner has waiting.
"""

from datetime import datetime
from statistics import fmean
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session, aliased

from vernissage.models.artworks import Artwork, Event
from vernissage.states import State

TURN: Final = MappingProxyType(
    {State.SUBMITTED: "screened_at", State.QUEUED: "painted_at"}
)
"""The column with the time of the last claim, by waiting state."""

LINE: Final = (State.SUBMITTED, State.SCREENING, State.QUEUED)
"""States from which a picture is still to be generated; screening takes no time."""

PAINTED: Final = (State.PUBLISHED, State.IN_REVIEW, State.REFUSED)

SAMPLE: Final = 20
"""Number of the last pictures that the mean time is taken over."""


def next_in(state: State) -> Select[Any]:
    """Select the id of the artwork whose turn it is among those waiting in *state*."""
    waiting = aliased(Artwork)
    return (
        select(waiting.id)
        .where(waiting.state == state)
        .order_by(
            _last_turn(waiting, TURN[state]).nulls_first(),
            waiting.submitted_at,
            waiting.id,
        )
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def position(session: Session, artwork: Artwork) -> int | None:
    """The place of *artwork* in the queue, 1 being next; None outside it."""
    turn = func.row_number().over(
        partition_by=Artwork.owner, order_by=(Artwork.submitted_at, Artwork.id)
    )
    # owners who never had a turn have theirs in the order of their first artworks,
    # and keep that order in every round
    first = func.min(Artwork.submitted_at).over(partition_by=Artwork.owner)
    first_id = func.first_value(Artwork.id).over(
        partition_by=Artwork.owner, order_by=(Artwork.submitted_at, Artwork.id)
    )
    waiting = (
        select(
            Artwork.id,
            turn.label("turn"),
            _last_turn(Artwork, TURN[State.QUEUED]).label("last_turn"),
            first.label("first"),
            first_id.label("first_id"),
        )
        .where(Artwork.state.in_(LINE))
        .subquery()
        .c
    )
    order = (
        waiting.turn,
        waiting.last_turn.nulls_first(),
        waiting.first,
        waiting.first_id,
    )
    place = func.row_number().over(order_by=order).label("place")
    line = select(waiting.id, place).subquery().c
    return session.scalars(
        select(line.place).where(line.id == artwork.id)
    ).one_or_none()


def seconds_left(session: Session, artwork: Artwork, now: datetime) -> float | None:
    """Seconds until *artwork* is generated; None without earlier pictures."""
    mean = mean_seconds(session)
    if artwork.state is State.PAINTING:
        return _remaining(session, artwork, now, mean)
    place = position(session, artwork)
    if place is None or mean is None:
        return None
    in_flight = session.scalars(
        select(Artwork).where(Artwork.state == State.PAINTING)
    ).all()
    begun = sum(_remaining(session, other, now, mean) or 0.0 for other in in_flight)
    return (begun + (place - 1) * mean) / max(len(in_flight), 1) + mean


def mean_seconds(session: Session) -> float | None:
    """The mean seconds from claim to picture of the last artworks; None without any."""
    begun = (
        select(Event)
        .where(Event.state == State.PAINTING, Event.step.is_(None))
        .order_by(Event.id.desc())
        .limit(SAMPLE)
        .subquery()
        .c
    )
    ended = and_(
        Event.artwork_id == begun.artwork_id,
        Event.attempt == begun.attempt,
        Event.id > begun.id,
        Event.state.in_(PAINTED),
    )
    spans = session.execute(
        select(begun.at, func.min(Event.at))
        .join(Event, ended)
        .group_by(begun.id, begun.at)
    )
    seconds = [(end - start).total_seconds() for start, end in spans]
    return fmean(seconds) if seconds else None


def _remaining(
    session: Session, artwork: Artwork, now: datetime, mean: float | None
) -> float | None:
    """Seconds left for *artwork*, in flight now: by its steps, else by the mean."""
    if artwork.painted_at is None:
        return None
    elapsed = (now - artwork.painted_at).total_seconds()
    latest = session.scalars(
        select(Event)
        .where(
            Event.artwork_id == artwork.id,
            Event.attempt == artwork.attempt,
            Event.step > 0,
        )
        .order_by(Event.id.desc())
        .limit(1)
    ).one_or_none()
    if latest is not None and latest.step and latest.steps:
        return max(elapsed * (latest.steps - latest.step) / latest.step, 0.0)
    return None if mean is None else max(mean - elapsed, 0.0)


def _last_turn(waiting: Any, column: str) -> Any:
    """The last claim of any artwork of the owner of *waiting*; NULL for never."""
    other = aliased(Artwork)
    return (
        select(func.max(getattr(other, column)))
        .where(other.owner == waiting.owner)
        .correlate(waiting)
        .scalar_subquery()
    )
