"""The artworks as a queue: every change of state is a guarded UPDATE and an event."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from vernissage.db.events import Events
from vernissage.db.fairness import TURN, next_in
from vernissage.errors import Cancelled
from vernissage.models.artworks import Artwork
from vernissage.states import GIVEN_BACK, WORKING, State, move

FRESH = {"synchronize_session": False, "populate_existing": True}


@dataclass(frozen=True, slots=True)
class Queue:
    """Artworks that wait, and the leases of those that are worked on."""

    session: Session

    def claim(
        self,
        waiting: State,
        now: datetime,
        until: datetime,
        *,
        only: UUID | None = None,
        first_attempts_only: bool = False,
    ) -> Artwork | None:
        """Claim the artwork whose turn it is out of *waiting*; None when none waits.

        With *only*, no other artwork is claimed. With *first_attempts_only*, nothing is
        claimed when that artwork was tried before.
        """
        artwork = self._update(
            Artwork.id == (only or next_in(waiting).scalar_subquery()),
            Artwork.state == waiting,
            *([Artwork.attempt == 0] if first_attempts_only else []),
            state=move(waiting, WORKING[waiting]),
            attempt=Artwork.attempt + 1,
            lease_until=until,
            changed_at=now,
            **{TURN[waiting]: now},
        )
        if artwork is not None:
            Events(self.session).record(artwork, now)
        return artwork

    def renew(self, artwork: Artwork, until: datetime) -> None:
        """Extend the lease on *artwork*, or raise Cancelled when it is lost."""
        if self._update(*_unchanged(artwork), lease_until=until) is None:
            raise _lost(artwork)

    def move(
        self, artwork: Artwork, wanted: State, now: datetime, **changes: Any
    ) -> Artwork:
        """Move *artwork* to *wanted*, or raise Cancelled if it moved meanwhile."""
        moved = self._update(
            *_unchanged(artwork),
            state=move(artwork.state, wanted),
            lease_until=None,
            changed_at=now,
            **changes,
        )
        if moved is None:
            raise _lost(artwork)
        Events(self.session).record(moved, now)
        return moved

    def give_back(self, artwork: Artwork, now: datetime, *, attempts: int) -> Artwork:
        """Return *artwork* to the queue, or fail it when all attempts are used up."""
        used_up = artwork.attempt >= attempts
        wanted = State.FAILED if used_up else GIVEN_BACK[artwork.state]
        return self.move(artwork, wanted, now)

    def expired(self, now: datetime) -> list[Artwork]:
        """The artworks whose leases have expired."""
        return list(
            self.session.scalars(
                select(Artwork)
                .where(Artwork.state.in_(GIVEN_BACK), Artwork.lease_until < now)
                .with_for_update(skip_locked=True)
            )
        )

    def waits(self, waiting: State, *, only: UUID | None = None) -> bool:
        """Whether anything, or with *only* that artwork, waits in *waiting*."""
        found = exists().where(Artwork.state == waiting)
        if only is not None:
            found = found.where(Artwork.id == only)
        return bool(self.session.scalar(select(found)))

    def _update(self, *guards: Any, **values: Any) -> Artwork | None:
        return self.session.scalars(
            update(Artwork).where(*guards).values(values).returning(Artwork),
            execution_options=FRESH,
        ).one_or_none()


def _unchanged(artwork: Artwork) -> tuple[Any, ...]:
    return (
        Artwork.id == artwork.id,
        Artwork.state == artwork.state,
        Artwork.attempt == artwork.attempt,
    )


def _lost(artwork: Artwork) -> Cancelled:
    return Cancelled(
        f"{artwork.id} is no longer {artwork.state} at attempt {artwork.attempt}"
    )
