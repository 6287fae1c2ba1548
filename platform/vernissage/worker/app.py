"""The Celery application, which takes messages where there is a broker."""

import logging
import warnings
from collections.abc import Callable
from threading import Event as Flag
from typing import Any, Final

from celery import Celery, signals
from celery.exceptions import CPendingDeprecationWarning
from celery.platforms import SecurityWarning

from vernissage.errors import SettingsError
from vernissage.settings import Settings
from vernissage.worker.queues import WorkQueue

MEMORY: Final = "memory"
"""The scheme of a site without a broker, in which Celery has no part."""

SCHEMES: Final = (MEMORY, "redis", "rediss", "amqp", "amqps")

REDIS_TRANSPORT: Final = {"socket_timeout": 30, "socket_keepalive": True}
"""Options of the socket to Redis; the timeout is in seconds."""

CHATTY: Final = ("celery.app.trace", "celery.apps.worker", "celery.worker.strategy")
"""Loggers that log every message, which says nothing, and what we log ourselves."""


def application(
    settings: Settings, queue: WorkQueue, process: Callable[[], object]
) -> Celery:
    """A Celery application that calls *process* at each message of *queue*.

    Messages have no content and may be lost: the lease in SQL survives a crash, so they
    are acknowledged early, never retried and answered by no result.
    """
    app = connected(settings)

    @app.task(name=queue.task, shared=False)
    def look() -> None:
        process()

    return app


def connected(settings: Settings) -> Celery:
    """A Celery application on the broker in force, for one task at a time."""
    redis = broker(settings).startswith("redis")
    app = Celery("vernissage", broker=settings.broker_url, set_as_current=False)
    app.conf.update(
        accept_content=["json"],
        broker_connection_max_retries=None,
        broker_connection_retry_on_startup=True,
        broker_transport_options=REDIS_TRANSPORT if redis else {},
        task_acks_late=False,
        task_ignore_result=True,
        task_store_errors_even_if_ignored=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_concurrency=1,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        # A broker wants heartbeats while a picture is painted, which solo cannot give.
        # Threads keep one worker one process: a killed generator leaves no child behind
        # that holds its artwork and its GPU.
        worker_pool="threads",
        worker_prefetch_multiplier=1,
        worker_redirect_stdouts=False,
    )
    return app


def broker(settings: Settings) -> str:
    """The kind of broker, or SettingsError for one whose messages get lost."""
    scheme = settings.broker_url.partition("://")[0]
    if scheme not in SCHEMES:
        raise SettingsError(
            "VERNISSAGE_BROKER_URL begins with one of"
            f" {', '.join(f'{known}://' for known in SCHEMES)}, got {scheme!r}"
        )
    return scheme


def consume(app: Celery, queue: str, stopping: Flag) -> int:
    """Let *app* take the messages of *queue*; the exit status when told to stop.

    *stopping* is set as soon as it is told.
    """
    _keep_quiet()
    stop: Callable[..., Any] = lambda **_: stopping.set()  # noqa: E731  # Celery calls by keyword
    signals.worker_shutting_down.connect(stop, weak=False)
    worker = app.Worker(
        queues=[queue],
        quiet=True,
        without_gossip=True,
        without_heartbeat=True,
        without_mingle=True,
    )
    try:
        worker.start()
    finally:
        stopping.set()
        signals.worker_shutting_down.disconnect(stop)
    return int(worker.exitcode or 0)


def _keep_quiet() -> None:
    """Let Celery log through our handlers, and of messages only errors."""
    signals.setup_logging.connect(_leave_logging_alone)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    # It fears for root that a message is a pickle; ours are JSON and nothing else.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    # At each lost connection it advises a setting for late acknowledgements.
    warnings.filterwarnings("ignore", category=CPendingDeprecationWarning)


def _leave_logging_alone(**_: object) -> None:
    """Do nothing: being connected is enough."""
