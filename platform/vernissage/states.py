"""The states of an artwork and the only moves between them."""

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from vernissage.errors import WrongState


class State(StrEnum):
    """The state of an artwork."""

    SUBMITTED = "submitted"
    SCREENING = "screening"
    QUEUED = "queued"
    PAINTING = "painting"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    REFUSED = "refused"
    APPEALED = "appealed"
    FAILED = "failed"
    CANCELLED = "cancelled"


MOVES: Final = MappingProxyType(
    {
        State.SUBMITTED: frozenset({State.SCREENING, State.CANCELLED}),
        State.SCREENING: frozenset(
            {
                State.SUBMITTED,
                State.QUEUED,
                State.REFUSED,
                State.FAILED,
                State.CANCELLED,
            }
        ),
        State.QUEUED: frozenset({State.PAINTING, State.CANCELLED}),
        State.PAINTING: frozenset(
            {
                State.QUEUED,
                State.IN_REVIEW,
                State.PUBLISHED,
                State.REFUSED,
                State.FAILED,
                State.CANCELLED,
            }
        ),
        State.IN_REVIEW: frozenset({State.PUBLISHED, State.REFUSED, State.CANCELLED}),
        State.PUBLISHED: frozenset({State.REFUSED}),
        State.REFUSED: frozenset({State.APPEALED}),
        State.APPEALED: frozenset({State.QUEUED, State.PUBLISHED, State.REFUSED}),
        State.FAILED: frozenset(),
        State.CANCELLED: frozenset(),
    }
)

FINAL: Final = frozenset(
    {State.PUBLISHED, State.REFUSED, State.FAILED, State.CANCELLED}
)
"""Nothing moves any more, unless a person wants it: a reviewer takes a published work
down, an owner appeals for a refused one."""

WAITING: Final = frozenset({State.SUBMITTED, State.QUEUED})
WORKING: Final = MappingProxyType(
    {State.SUBMITTED: State.SCREENING, State.QUEUED: State.PAINTING}
)
"""The state that a waiting artwork takes when a worker claims it."""

GIVEN_BACK: Final = MappingProxyType({v: k for k, v in WORKING.items()})
"""The state that a claimed artwork returns to when its worker is lost."""


def move(current: State, wanted: State) -> State:
    """Return *wanted* if that step exists; raise otherwise."""
    if wanted not in MOVES[current]:
        raise WrongState(f"{current} cannot become {wanted}")
    return wanted
