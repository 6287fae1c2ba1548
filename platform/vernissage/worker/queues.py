"""The two queues that workers process, and the Celery task of each."""

from dataclasses import dataclass
from typing import Final

from vernissage.adapters import celery_notifier


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkQueue:
    """Artworks that wait for one kind of work.

    *name* is the broker's queue, *task* the task of its messages.
    """

    name: str
    task: str


SCREENING: Final = WorkQueue(
    name=celery_notifier.SCREENING, task=celery_notifier.SCREEN
)
PAINTING: Final = WorkQueue(name=celery_notifier.PAINTING, task=celery_notifier.PAINT)
