"""One worker process, from opening to closing."""

import logging
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from signal import SIGTERM
from threading import Event, Lock, Thread
from typing import Any, Final

import structlog
from celery import Celery, signals
from celery.exceptions import CPendingDeprecationWarning
from celery.platforms import SecurityWarning
from sqlalchemy.orm import Session, sessionmaker

from vernissage.errors import EngineBroken
from vernissage.services.recovery import Sweeper
from vernissage.settings import Settings
from vernissage.worker.app import MEMORY, application, broker
from vernissage.worker.polling import Bell, Watch
from vernissage.worker.queues import Room

log = structlog.get_logger()

CHATTY: Final = ("celery.app.trace", "celery.apps.worker", "celery.worker.strategy")
"""These tell of every message, which says nothing, and of what we say ourselves."""


def tell_to_end() -> None:
    """Do to this process, from any of its threads, what whoever stops it does."""
    os.kill(os.getpid(), SIGTERM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Does *work_all* that waits in *room* when the bell rings, and sweeps in between.

    At each sweep it looks for itself, too: Celery may come back from a broker's outage
    connected and deaf. The bell makes it quick, the look makes it sure.

    *stopping* is set when the process is told to end: *work_all* then returns soon. If
    it raises EngineBroken, the process *leaves* and another one has to take its place.
    """

    settings: Settings
    room: Room
    sessions: sessionmaker[Session]
    sweeper: Sweeper
    work_all: Callable[[], object]
    stopping: Event
    leave: Callable[[], None] = tell_to_end
    broken: Event = field(default_factory=Event)
    at_work: Lock = field(default_factory=Lock)

    def work(self) -> int:
        """The exit status, once SIGTERM or SIGINT said that it is enough."""
        bell = Bell(lambda: app.send_task(self.room.task, queue=self.room.queue))
        app = application(self.settings, self.room, partial(self.answer, bell))
        rounds = [
            partial(self.every, self.settings.sweep_seconds, act)
            for act in (self.sweeper.sweep, partial(self.answer, bell))
        ]
        if broker(self.settings) == MEMORY:
            rounds.append(self._watch(bell))
        threads = [Thread(target=round_, daemon=True) for round_ in rounds]
        log.info("room_opened", room=self.room.queue, pool=app.conf.worker_pool)
        for thread in threads:
            thread.start()
        status = self._serve(app)
        for thread in threads:
            thread.join()
        log.info("room_closed", room=self.room.queue)
        return status

    def answer(self, bell: Bell) -> None:
        """Work until nothing waits; whoever else would, waits for that."""
        bell.answered()
        with self.at_work:
            if self.stopping.is_set():
                return
            try:
                self.work_all()
            except EngineBroken:
                self.broken.set()
                self.stopping.set()
                self.leave()

    def every(self, seconds: float, act: Callable[[], object]) -> None:
        """Do *act* time and again; a database that is away does not end it."""
        while not self.stopping.wait(seconds):
            try:
                act()
            except Exception as error:  # noqa: BLE001  # looked at in the next round
                # further lines may quote a statement with its values
                first = str(error).partition("\n")[0]
                log.warning("round_missed", error=type(error).__name__, problem=first)

    def _watch(self, bell: Bell) -> partial[None]:
        """What rings where no broker does: at each change."""
        url, state = self.settings.database, self.room.waiting
        watch = Watch.over(url, self.sessions, state, bell)
        return partial(self.every, watch.pause, watch.glance)

    def _serve(self, app: Celery) -> int:
        return int(consume(app, self.room.queue, self.stopping) or self.broken.is_set())


def consume(app: Celery, queue: str, stopping: Event) -> int:
    """Let *app* take the messages of *queue*; the exit status when told to end.

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
    """Let Celery log through our handlers, and of messages only what went wrong."""
    signals.setup_logging.connect(_leave_logging_alone)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    # It fears for root that a message is a pickle; ours are JSON and nothing else.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    # At each lost connection it advises a setting for late acknowledgements.
    warnings.filterwarnings("ignore", category=CPendingDeprecationWarning)


def _leave_logging_alone(**_: object) -> None:
    """Being connected is enough."""
