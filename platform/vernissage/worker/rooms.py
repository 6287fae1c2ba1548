"""The two rooms behind the scenes, and the bell that each answers to."""

from dataclasses import dataclass
from typing import Final

from vernissage.adapters import celery_bell
from vernissage.lifecycle import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Where one kind of work is done: by what message, on what waits in which state."""

    queue: str
    task: str
    waiting: State


SCREENING: Final = Room(
    queue=celery_bell.SCREENING, task=celery_bell.SCREEN, waiting=State.SUBMITTED
)
PAINTING: Final = Room(
    queue=celery_bell.PAINTING, task=celery_bell.PAINT, waiting=State.QUEUED
)
