"""Celery as a doorbell."""

from dataclasses import dataclass
from typing import Final, Self

import structlog
from celery import Celery

log = structlog.get_logger()

SCREENING: Final = "screening"
PAINTING: Final = "painting"
"""The queues; each has one task, which looks for work."""

SCREEN: Final = "vernissage.screen"
PAINT: Final = "vernissage.paint"
"""The names of the tasks, so that whoever rings need not import the worker."""

PATIENCE: Final = 1.0
"""Seconds that a visitor may wait for a broker that does not answer."""

STALE: Final = 60
"""Seconds after which an unheard bell means nothing: the sweep has rung again."""


@dataclass(frozen=True, slots=True)
class CeleryBell:
    """Sends messages without content; a broker that is down is nobody's problem."""

    app: Celery

    @classmethod
    def at(cls, broker_url: str) -> Self:
        """The bell of the broker at *broker_url*, redis:// or amqp://."""
        app = Celery("vernissage", broker=broker_url, set_as_current=False)
        app.conf.update(
            broker_connection_timeout=PATIENCE,
            broker_transport_options={
                "max_retries": 0,
                "socket_connect_timeout": PATIENCE,
                "socket_timeout": PATIENCE,
            },
            task_ignore_result=True,
            task_publish_retry=False,
            task_serializer="json",
        )
        return cls(app)

    def screening(self) -> None:
        """Something waits for a screener."""
        self._ring(SCREEN, SCREENING)

    def painting(self) -> None:
        """Something waits for a painter."""
        self._ring(PAINT, PAINTING)

    def _ring(self, task: str, queue: str) -> None:
        try:
            self.app.send_task(
                task, queue=queue, expires=STALE, delivery_mode="transient", retry=False
            )
        except Exception as error:  # noqa: BLE001  # every transport has its own kinds
            # its message may hold the broker's password
            log.warning("bell_missed", queue=queue, error=type(error).__name__)


@dataclass(frozen=True, slots=True)
class SilentBell:
    """For a house without a broker, where the database itself wakes the workers."""

    def screening(self) -> None:
        """Say nothing."""

    def painting(self) -> None:
        """Say nothing."""
