"""The Celery application of one worker process."""

from collections.abc import Callable
from typing import Final

from celery import Celery

from vernissage.errors import SettingsError
from vernissage.settings import Settings
from vernissage.worker.queues import Room

MEMORY: Final = "memory"

POOLS: Final = {
    # Without a broker nothing needs attention while a picture is painted, and every
    # other pool fetches one message a second from memory.
    MEMORY: "solo",
    # A broker wants heartbeats while a picture is painted, which solo cannot give.
    # Threads keep one worker one process: a killed painter leaves no child behind that
    # holds its artwork and its GPU.
    "redis": "threads",
    "rediss": "threads",
    "amqp": "threads",
    "amqps": "threads",
}

TRANSPORT: Final = {
    MEMORY: {"polling_interval": 0.01},
    "redis": {"socket_timeout": 30, "socket_keepalive": True},
    "rediss": {"socket_timeout": 30, "socket_keepalive": True},
}
"""Seconds; kombu's own second between two looks into memory is too long to wait."""


def application(settings: Settings, room: Room, answer: Callable[[], None]) -> Celery:
    """A Celery application that does *answer* when the bell of *room* rings.

    Messages say nothing and may be lost: what survives a crash is the lease in SQL, so
    they are acknowledged early, never retried and answered by no result.
    """
    app = connected(settings)

    @app.task(name=room.task, shared=False)
    def look() -> None:
        answer()

    return app


def connected(settings: Settings) -> Celery:
    """A Celery application on the broker in force, for one thing at a time."""
    scheme = broker(settings)
    # kombu misses a host in memory://, and says so at every connection
    url = "memory://localhost" if scheme == MEMORY else settings.broker_url
    app = Celery("vernissage", broker=url, set_as_current=False)
    app.conf.update(
        accept_content=["json"],
        broker_connection_max_retries=None,
        broker_connection_retry_on_startup=True,
        broker_transport_options=TRANSPORT.get(scheme, {}),
        task_acks_late=False,
        task_ignore_result=True,
        task_store_errors_even_if_ignored=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_concurrency=1,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_pool=POOLS[scheme],
        worker_prefetch_multiplier=1,
        worker_redirect_stdouts=False,
    )
    return app


def broker(settings: Settings) -> str:
    """The kind of broker, or SettingsError for one whose messages get lost."""
    scheme = settings.broker_url.partition("://")[0]
    if scheme not in POOLS:
        raise SettingsError(
            "VERNISSAGE_BROKER_URL begins with one of"
            f" {', '.join(f'{known}://' for known in POOLS)}, got {scheme!r}"
        )
    return scheme
