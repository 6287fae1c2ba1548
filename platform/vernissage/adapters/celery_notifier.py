"""Notifications to the workers, as Celery messages."""

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
"""The names of the tasks, so that a notifier need not import the worker."""

PATIENCE: Final = 1.0
"""Seconds that a visitor may wait for a broker that does not answer."""

STALE: Final = 60
"""Seconds after which a message expires: the sweep has sent another one by then."""


@dataclass(frozen=True, slots=True)
class CeleryNotifier:
    """Sends messages without content; a broker that is down delays work, no more."""

    app: Celery

    @classmethod
    def at(cls, broker_url: str) -> Self:
        """The notifier of the broker at *broker_url*, redis:// or amqp://."""
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
        """Notify the screeners."""
        self._send(SCREEN, SCREENING)

    def painting(self) -> None:
        """Notify the generators."""
        self._send(PAINT, PAINTING)

    def _send(self, task: str, queue: str) -> None:
        try:
            self.app.send_task(
                task, queue=queue, expires=STALE, delivery_mode="transient", retry=False
            )
        except Exception as error:  # noqa: BLE001  # every transport has its own kinds
            # its message may hold the broker's password
            log.warning("notification_failed", queue=queue, error=type(error).__name__)
