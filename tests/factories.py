"""Factories of artworks in each state, as rows."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session, sessionmaker

from moderation import Category, Gate, Outcome, Reason, Rule, Verdict
from vernissage.db.decisions import Decisions
from vernissage.db.events import Events
from vernissage.models.artworks import Artwork
from vernissage.states import State

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
PAINTED = (State.IN_REVIEW, State.PUBLISHED)


def an_artwork(state: State = State.SUBMITTED, **columns: Any) -> Artwork:
    """An artwork in *state* that is in no database yet."""
    picture = f"{uuid4().hex}-{uuid4().hex}.png" if state in PAINTED else None
    return Artwork(
        **{
            "id": uuid4(),
            "owner": "anna",
            "prompt": "a lake",
            "language": "en",
            "aspect": "1:1",
            "seed": 7,
            "state": state,
            "attempt": 0,
            "submitted_at": NOON,
            "changed_at": NOON,
            "picture": picture,
            **columns,
        }
    )


def stored(
    sessions: sessionmaker[Session], state: State = State.SUBMITTED, **columns: Any
) -> Artwork:
    """An artwork in *state*, written down with an event and an allowed prompt."""
    artwork = an_artwork(state, **columns)
    with sessions.begin() as session:
        session.add(artwork)
        session.flush()
        Events(session).record(artwork, artwork.submitted_at)
        Decisions(session).record(artwork, a_verdict(), artwork.submitted_at)
    return artwork


def refused(
    sessions: sessionmaker[Session], gate: str = "prompt", **columns: Any
) -> Artwork:
    """An artwork that *gate* refused, with the event and the decision."""
    artwork = stored(sessions, State.REFUSED, **columns)
    with sessions.begin() as session:
        verdict = a_verdict(Outcome.REFUSE, gate=gate)
        Decisions(session).record(artwork, verdict, artwork.submitted_at)
    return artwork


def a_verdict(
    outcome: Outcome = Outcome.ALLOW, *, gate: str = "prompt", judged: bool = True
) -> Verdict:
    """A verdict with *outcome*, for violence unless it is allowed."""
    score = {Outcome.ALLOW: 0.1, Outcome.REVIEW: 0.6, Outcome.REFUSE: 0.95}[outcome]
    threshold = 0.9 if outcome is Outcome.REFUSE else 0.5
    reason = Reason(Category.VIOLENCE, score, threshold, outcome)
    return Verdict(
        gate=Gate(gate),
        outcome=outcome,
        reasons=(reason,) if judged and outcome is not Outcome.ALLOW else (),
        scores={Category.VIOLENCE: score} if judged else {},
        rules={Category.VIOLENCE: Rule(review=0.5, refuse=0.9)} if judged else {},
        policy="test-1",
        models=("scorer@test",),
        milliseconds=1.5,
        judged=judged,
    )
