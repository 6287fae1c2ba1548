"""The two rooms behind the scenes, and the bell that each answers to."""

from dataclasses import dataclass
from typing import Final

from vernissage.adapters import celery_notifier
from vernissage.states import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Where one kind of work is done: by what message, on what waits in which state."""

    queue: str
    task: str
    waiting: State


SCREENING: Final = Room(
    queue=celery_notifier.SCREENING,
    task=celery_notifier.SCREEN,
    waiting=State.SUBMITTED,
)
PAINTING: Final = Room(
    queue=celery_notifier.PAINTING, task=celery_notifier.PAINT, waiting=State.QUEUED
)
