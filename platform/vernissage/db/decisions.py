"""The decision log: rows are only appended."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session, defer, selectinload

from moderation import Category, Gate, Outcome, Reason, Subject, Verdict
from vernissage.models.artworks import FAILURE_LENGTH, Artwork, Decision
from vernissage.reasons.refusals import Refusal, allowed, refusals, standing

log = structlog.get_logger()

BATCH: Final = 500
"""Artworks that are read at a time."""


@dataclass(frozen=True, slots=True)
class GateFailures:
    """The failures of one *gate* for one *cause*: how many, and the last one."""

    gate: str
    cause: str
    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Decisions:
    """The decision log as a collection: rows are only appended."""

    session: Session

    def record(self, artwork: Artwork, verdict: Verdict, at: datetime) -> None:
        """Append one *verdict*; a gate that could not judge asks for a person.

        The cause is logged and kept: its kind and place, never its message.
        """
        least = Outcome.ALLOW if verdict.judged else Outcome.REVIEW
        if (failure := verdict.failure) is not None:
            log.error(
                "gate_failed",
                gate=verdict.gate.value,
                artwork=str(artwork.id),
                error=failure.error,
                where=failure.where,
            )
        self.session.add(
            Decision(
                artwork_id=artwork.id,
                gate=verdict.gate.value,
                outcome=max(verdict.outcome, least).label,
                judged=verdict.judged,
                reasons=_written(verdict.reasons),
                scores={c.value: score for c, score in verdict.scores.items()},
                thresholds={
                    c.value: {"review": rule.review, "refuse": rule.refuse}
                    for c, rule in verdict.rules.items()
                },
                policy=verdict.policy,
                models=list(verdict.models),
                language=verdict.language or artwork.language,
                decided_at=at,
                milliseconds=verdict.milliseconds,
                shadow=verdict.shadow
                and {
                    "policy": verdict.shadow.policy,
                    "outcome": verdict.shadow.outcome.label,
                    "reasons": _written(verdict.shadow.reasons),
                },
                failure=failure
                and f"{failure.error} at {failure.where}"[-FAILURE_LENGTH:],
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
    ) -> Decision:
        """Append the decision of the reviewer *actor* while *policy* was in force."""
        decision = Decision(
            artwork_id=artwork.id,
            gate=Gate.HUMAN.value,
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
        self.session.add(decision)
        self.session.flush()
        return decision

    def worst(self, artwork_id: UUID) -> Outcome:
        """The worst outcome that counts for one artwork."""
        counted = standing(self._about(artwork_id))
        return max(Outcome[decision.outcome.upper()] for decision in counted)

    def allowed(self, artwork_id: UUID) -> frozenset[Subject]:
        """The subjects of one artwork that a person has allowed."""
        return allowed(self._about(artwork_id))

    def prompt_scores(self, artwork_id: UUID) -> dict[Category, float]:
        """The worst scores that count for the prompt of one artwork."""
        worst: dict[Category, float] = {}
        for decision in standing(self._about(artwork_id)):
            if Gate(decision.gate).subject is Subject.PROMPT:
                for name, score in decision.scores.items():
                    worst[Category(name)] = max(score, worst.get(Category(name), 0.0))
        return worst

    def failures_since(self, moment: datetime) -> list[GateFailures]:
        """The gates that could not judge from *moment* on, by cause, last one first."""
        last = func.max(Decision.decided_at)
        rows = self.session.execute(
            select(Decision.gate, Decision.failure, func.count(), last)
            .where(Decision.failure.is_not(None), Decision.decided_at >= moment)
            .group_by(Decision.gate, Decision.failure)
            .order_by(last.desc())
        )
        return [
            GateFailures(gate=gate, cause=cause or "", count=count, last_at=last_at)
            for gate, cause, count, last_at in rows
        ]

    def since(self, moment: datetime) -> Iterator[list[Decision]]:
        """The decisions on every artwork first judged at *moment* or later."""
        first = (
            select(Decision.artwork_id)
            .group_by(Decision.artwork_id)
            .having(func.min(Decision.decided_at) >= moment)
        )
        found = self.session.scalars(
            select(Decision)
            .where(Decision.artwork_id.in_(first))
            .order_by(Decision.artwork_id, Decision.id)
            .execution_options(yield_per=1000)
        )
        for _, about in groupby(found, key=lambda decision: decision.artwork_id):
            yield list(about)

    def _about(self, artwork_id: UUID) -> list[Decision]:
        """The decisions on one artwork, oldest first."""
        self.session.flush()
        return list(
            self.session.scalars(
                select(Decision)
                .where(Decision.artwork_id == artwork_id)
                .order_by(Decision.id)
            )
        )

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

    def refusals_since(self, moment: datetime) -> Iterator[tuple[Artwork, Refusal]]:
        """Every refusal decided from *moment* on, oldest first by artwork."""
        refused = select(Decision.artwork_id).where(
            Decision.outcome == Outcome.REFUSE.label, Decision.decided_at >= moment
        )
        artworks = self.session.scalars(
            select(Artwork)
            .where(Artwork.id.in_(refused))
            .order_by(Artwork.submitted_at, Artwork.id)
            .options(selectinload(Artwork.decisions), defer(Artwork.prompt))
            .execution_options(yield_per=BATCH)
        )
        for artwork in artworks:
            for refusal in refusals(artwork.decisions):
                if refusal.decision.decided_at >= moment:
                    yield artwork, refusal


def _written(reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    return [
        {
            "category": reason.category.value,
            "score": reason.score,
            "threshold": reason.threshold,
            "outcome": reason.outcome.label,
        }
        for reason in reasons
    ]
