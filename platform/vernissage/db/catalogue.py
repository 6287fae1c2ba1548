"""Tables seen as collections."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from moderation import Outcome, Verdict
from vernissage.db import line
from vernissage.db.tables import Artwork, Decision, Event
from vernissage.errors import NotFound
from vernissage.lifecycle import State

UNDER_WAY = (State.SUBMITTED, State.SCREENING, State.QUEUED, State.PAINTING)
HUMAN = "human"
"""The gate of a decision that a person took."""


@dataclass(frozen=True, slots=True)
class Artworks:
    """All artworks."""

    session: Session

    def __getitem__(self, artwork_id: UUID) -> Artwork:
        """The artwork, or NotFound."""
        if (artwork := self.session.get(Artwork, artwork_id)) is None:
            raise NotFound(f"no artwork {artwork_id}")
        return artwork

    def held(self, artwork_id: UUID) -> Artwork:
        """The artwork, or NotFound; nobody else changes it in this transaction."""
        artwork = self.session.get(Artwork, artwork_id, with_for_update=True)
        if artwork is None:
            raise NotFound(f"no artwork {artwork_id}")
        return artwork

    def owned(self, artwork_id: UUID, owner: str) -> Artwork:
        """The artwork, or NotFound when it does not exist or is somebody else's."""
        artwork = self[artwork_id]
        if artwork.owner != owner:
            raise NotFound(f"no artwork {artwork_id}")
        return artwork

    def under_way(self, owner: str) -> int:
        """How many works of *owner* nobody has finished yet.

        No other transaction that asks this of the same owner goes on before this one
        ends, so that what was counted still holds when a work is added.
        """
        if self.session.get_bind().dialect.name == "postgresql":
            key = func.hashtextextended(owner, 0)
            self.session.execute(select(func.pg_advisory_xact_lock(key)))
        count = select(func.count()).where(
            Artwork.owner == owner, Artwork.state.in_(UNDER_WAY)
        )
        return self.session.scalars(count).one()

    def in_review(self) -> list[Artwork]:
        """What waits for a reviewer, oldest first."""
        return list(
            self.session.scalars(
                select(Artwork)
                .where(Artwork.state == State.IN_REVIEW)
                .order_by(Artwork.submitted_at, Artwork.id)
            )
        )

    def position(self, artwork: Artwork) -> int | None:
        """The place in the queue, 1 being next; None for what waits no more."""
        return line.position(self.session, artwork)

    def seconds_left(self, artwork: Artwork, now: datetime) -> float | None:
        """How long until a picture is painted, by the last ones; None if unknown."""
        return line.seconds_left(self.session, artwork, now)


@dataclass(frozen=True, slots=True)
class Events:
    """What happened to the artworks: it only grows."""

    session: Session

    def record(
        self,
        artwork: Artwork,
        at: datetime,
        *,
        step: int | None = None,
        steps: int | None = None,
    ) -> None:
        """Append the state of *artwork* at the moment *at*, and how far it is."""
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
        """What happened to one artwork after the event *event_id*; 0 means ever."""
        return list(
            self.session.scalars(
                select(Event)
                .where(Event.artwork_id == artwork_id, Event.id > event_id)
                .order_by(Event.id)
            )
        )

    def latest(self, artwork_id: UUID) -> Event | None:
        """What happened to one artwork last."""
        return self.session.scalars(
            select(Event)
            .where(Event.artwork_id == artwork_id)
            .order_by(Event.id.desc())
            .limit(1)
        ).one_or_none()


@dataclass(frozen=True, slots=True)
class Decisions:
    """The decision log: it only grows."""

    session: Session

    def record(self, artwork: Artwork, verdict: Verdict, at: datetime) -> None:
        """Append one *verdict*; a gate that could not judge asks for a person."""
        least = Outcome.ALLOW if verdict.judged else Outcome.REVIEW
        self.session.add(
            Decision(
                artwork_id=artwork.id,
                gate=verdict.gate,
                outcome=max(verdict.outcome, least).label,
                judged=verdict.judged,
                reasons=[
                    {
                        "category": reason.category.value,
                        "score": reason.score,
                        "threshold": reason.threshold,
                        "outcome": reason.outcome.label,
                    }
                    for reason in verdict.reasons
                ],
                scores={c.value: score for c, score in verdict.scores.items()},
                thresholds={
                    c.value: {"review": rule.review, "refuse": rule.refuse}
                    for c, rule in verdict.rules.items()
                },
                policy=verdict.policy,
                models=list(verdict.models),
                language=artwork.language,
                decided_at=at,
                milliseconds=verdict.milliseconds,
            )
        )

    def human(  # noqa: PLR0913  # a record has the fields it has
        self,
        artwork: Artwork,
        *,
        outcome: Outcome,
        actor: str,
        note: str,
        policy: str,
        at: datetime,
    ) -> None:
        """Append what the reviewer *actor* decided while *policy* was in force."""
        self.session.add(
            Decision(
                artwork_id=artwork.id,
                gate=HUMAN,
                outcome=outcome.label,
                judged=True,
                reasons=[],
                scores={},
                thresholds={},
                policy=policy,
                models=[],
                language=artwork.language,
                actor=actor,
                note=note or None,
                decided_at=at,
                milliseconds=0.0,
            )
        )

    def worst(self, artwork_id: UUID) -> Outcome:
        """The worst outcome on record for one artwork."""
        self.session.flush()
        labels = self.session.scalars(
            select(Decision.outcome).where(Decision.artwork_id == artwork_id)
        )
        return max(Outcome[label.upper()] for label in labels)

    def search(  # noqa: PLR0913  # one argument per filter of the log
        self,
        *,
        gate: str | None = None,
        outcome: str | None = None,
        language: str | None = None,
        policy: str | None = None,
        artwork: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> list[Decision]:
        """The newest decisions that fit every filter, of those *before* an id.

        *artwork* is any part of an artwork's id; *until* is the first moment too late.
        """
        wanted = {"gate": gate, "outcome": outcome, "language": language}
        fits = [
            getattr(Decision, column) == value
            for column, value in {**wanted, "policy": policy}.items()
            if value is not None
        ]
        if artwork is not None:
            written = func.replace(cast(Decision.artwork_id, String), "-", "")
            part = artwork.replace("-", "").lower()
            fits.append(written.contains(part, autoescape=True))
        if since is not None:
            fits.append(Decision.decided_at >= since)
        if until is not None:
            fits.append(Decision.decided_at < until)
        if before is not None:
            fits.append(Decision.id < before)
        return list(
            self.session.scalars(
                select(Decision).where(*fits).order_by(Decision.id.desc()).limit(limit)
            )
        )
